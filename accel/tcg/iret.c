/*
 * IRET of the software CPU in all modes: real, protected (same ring, outer
 * ring, virtual-8086 mode, back to a nested task) and long mode, which is the
 * one that has to be fast.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"

/* What IRET may set whatever the privilege level. */
#define IRET_FLAGS \
    (CC_ALL | TF_MASK | DF_MASK | NT_MASK | RF_MASK | AC_MASK | ID_MASK)

uint64_t tcg_keep_rf(const TcgCpu *t, uint64_t eflags)
{
    return t->mode & MODE_CODE_BP ? eflags : eflags & ~(uint64_t)RF_MASK;
}

/* Bits of EFLAGS that IRET takes from the stack at this privilege level. */
static uint32_t iret_mask(const TcgCpu *t, unsigned size)
{
    unsigned cpl = tcg_cpl(t);
    uint32_t mask = IRET_FLAGS;

    if (cpl == 0) {
        mask |= IOPL_MASK;
    }
    if (cpl <= (t->env.eflags & IOPL_MASK) >> IOPL_SHIFT) {
        mask |= IF_MASK;
    }
    return size == 2 ? mask & 0xffff : mask;
}

typedef struct Frame {
    uint64_t rip, rflags, rsp;
    uint16_t cs, ss;
    Desc cs_desc, ss_desc;
    bool ss_null, to64;
    unsigned cpl;
} Frame;

static void check_cs(TcgCpu *t, const Op *op, Frame *f)
{
    unsigned rpl = f->cs & 3, dpl;
    Desc *d = &f->cs_desc;
    uint32_t both = DESC_L_MASK | DESC_B_MASK;

    if (unlikely(sel_is_null(f->cs))) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    if (unlikely(!tcg_fetch_desc(t, op, f->cs, d) || !desc_is_code(d->hi) ||
                 rpl < tcg_cpl(t))) {
        tcg_raise_sel(t, op, EXCP0D_GPF, f->cs);
    }
    dpl = desc_dpl(d->hi);
    if (unlikely(d->hi & DESC_C_MASK ? dpl > rpl : dpl != rpl)) {
        tcg_raise_sel(t, op, EXCP0D_GPF, f->cs);
    }
    if (unlikely(t->mode & MODE_LMA && (d->hi & both) == both)) {
        tcg_raise_sel(t, op, EXCP0D_GPF, f->cs);
    }
    if (unlikely(!(d->hi & DESC_P_MASK))) {
        tcg_raise_sel(t, op, EXCP0B_NOSEG, f->cs);
    }
    f->cpl = rpl;
    f->to64 = t->mode & MODE_LMA && d->hi & DESC_L_MASK;
    if (unlikely(f->to64 ? !is_canonical(f->rip) : f->rip > desc_limit(d))) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
}

static void check_ss(TcgCpu *t, const Op *op, Frame *f)
{
    f->ss_null =
        !tcg_check_ss(t, op, f->ss, f->cpl, f->to64, EXCP0D_GPF, &f->ss_desc);
}

/* Nothing can fault any more but the accessed bits. same: the stack to stay
 * on; NULL: SS:RSP of the frame are loaded. */
static void finish(TcgCpu *t, const Op *op, Frame *f, const Stack *same)
{
    CPUX86State *env = &t->env;
    bool outer = f->cpl != tcg_cpl(t);
    uint32_t mask = iret_mask(t, op->size);

    if (!same && !f->ss_null) {
        tcg_mark_accessed(t, op, &f->ss_desc);
    }
    tcg_mark_accessed(t, op, &f->cs_desc);
    if (same) {
        stack_set_sp(t, same);
    } else {
        if (f->ss_null) {
            tcg_load_null(t, R_SS, f->ss, f->cpl);
        } else {
            tcg_load_desc(t, R_SS, f->ss, &f->ss_desc);
        }
        if (f->to64) {
            env->regs[R_ESP] = f->rsp;
        } else if (env->segs[R_SS].flags & DESC_B_MASK) {
            SET_REG32(t, REG_OFF(R_ESP), f->rsp);
        } else {
            REG16(t, REG_OFF(R_ESP)) = f->rsp;
        }
    }
    tcg_load_desc(t, R_CS, f->cs, &f->cs_desc);
    if (outer) {
        tcg_drop_inner_segs(t, f->cpl);
    }
    tcg_set_eflags(t, tcg_keep_rf(t, f->rflags), mask);
    env->nmi_blocked = false;
    tcg_sync_mode(t);
}

/* --------------------------------------------------------------- long mode */

const Op *tcg_op_iretq(TcgCpu *t, const Op *op)
{
    CPUX86State *env = &t->env;
    uint64_t rsp = env->regs[R_ESP];
    Frame f;

    if (unlikely(env->eflags & NT_MASK)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    f.rip = mem_ld(t, rsp, 8, op);
    f.cs = mem_ld(t, rsp + 8, 8, op);
    f.rflags = mem_ld(t, rsp + 16, 8, op);
    f.rsp = mem_ld(t, rsp + 24, 8, op);
    f.ss = mem_ld(t, rsp + 32, 8, op);
    check_cs(t, op, &f);
    check_ss(t, op, &f);
    finish(t, op, &f, NULL);
    SYS_GOTO(t, op, f.rip);
}

/* ---------------------------------------------- real and virtual-8086 mode */

static const Op *iret_real(TcgCpu *t, const Op *op)
{
    CPUX86State *env = &t->env;
    SegmentCache *cs = &env->segs[R_CS];
    uint32_t mask = IRET_FLAGS | IF_MASK;
    uint64_t ip, sel, flags;
    Stack s;

    if (t->mode & MODE_VM) {
        if ((env->eflags & IOPL_MASK) != IOPL_MASK) {
            tcg_raise_err(t, op, EXCP0D_GPF, 0);
        }
    } else {
        mask |= IOPL_MASK;
    }
    stack_init(&s, t, op);
    ip = stack_pop(&s, op->size);
    sel = stack_pop(&s, op->size) & 0xffff;
    flags = stack_pop(&s, op->size);
    if (ip > cs->limit) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    stack_set_sp(t, &s);
    tcg_load_seg(t, R_CS, sel, sel << 4, cs->limit, cs->flags);
    tcg_set_eflags(t, tcg_keep_rf(t, flags),
                   op->size == 2 ? mask & 0xffff : mask);
    env->nmi_blocked = false;
    tcg_sync_mode(t);
    SYS_GOTO(t, op, ip);
}

/* ---------------------------------------------------------- protected mode */

static void load_vm86_seg(TcgCpu *t, int seg, uint16_t sel)
{
    tcg_load_seg(t, seg, sel, (uint64_t)sel << 4, 0xffff,
                 DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | DESC_A_MASK |
                     3 << DESC_DPL_SHIFT);
}

/* The frame of a monitor's return to its virtual-8086 task. */
static const Op *iret_to_vm86(TcgCpu *t, const Op *op, Frame *f, Stack *s)
{
    static const uint8_t order[] = {R_ES, R_DS, R_FS, R_GS};
    uint16_t sel[4];
    uint32_t esp, ss;

    esp = stack_pop(s, 4);
    ss = stack_pop(s, 4);
    for (unsigned i = 0; i < 4; i++) {
        sel[i] = stack_pop(s, 4);
    }
    tcg_set_eflags(t, tcg_keep_rf(t, f->rflags),
                   IRET_FLAGS | IF_MASK | IOPL_MASK | VM_MASK | VIF_MASK |
                       VIP_MASK);
    load_vm86_seg(t, R_CS, f->cs);
    load_vm86_seg(t, R_SS, ss);
    for (unsigned i = 0; i < 4; i++) {
        load_vm86_seg(t, order[i], sel[i]);
    }
    SET_REG32(t, REG_OFF(R_ESP), esp);
    t->env.nmi_blocked = false;
    tcg_sync_mode(t);
    SYS_GOTO(t, op, f->rip & 0xffff);
}

static const Op *iret_nested_task(TcgCpu *t, const Op *op)
{
    uint16_t link = mem_ld_kernel(t, sys_linear(t, t->env.tr.base), 2, op);

    tcg_switch_task(t, op, link, TASK_IRET, sys_next_rip(t, op));
    t->env.nmi_blocked = false;
    tcg_task_trap(t);
    return NULL;
}

/* Everything but IRETQ of 64-bit code. */
const Op *tcg_op_iret(TcgCpu *t, const Op *op)
{
    bool with_stack;
    Frame f;
    Stack s;

    if (!(t->mode & MODE_PE) || t->mode & MODE_VM) {
        return iret_real(t, op);
    }
    if (t->env.eflags & NT_MASK) {
        if (t->mode & MODE_LMA) {
            tcg_raise_err(t, op, EXCP0D_GPF, 0);
        }
        return iret_nested_task(t, op);
    }
    stack_init(&s, t, op);
    f.rip = stack_pop(&s, op->size);
    f.cs = stack_pop(&s, op->size);
    f.rflags = stack_pop(&s, op->size);
    if (f.rflags & VM_MASK && op->size == 4 && tcg_cpl(t) == 0 &&
        !(t->mode & MODE_LMA)) {
        return iret_to_vm86(t, op, &f, &s);
    }
    check_cs(t, op, &f);
    with_stack = f.cpl != tcg_cpl(t) || t->mode & MODE_CS64;
    if (with_stack) {
        f.rsp = stack_pop(&s, op->size);
        f.ss = stack_pop(&s, op->size);
        check_ss(t, op, &f);
    }
    finish(t, op, &f, with_stack ? NULL : &s);
    SYS_GOTO(t, op, f.rip);
}
