/*
 * Far JMP, CALL and RET of the software CPU: between code segments, through
 * call gates (with an inner ring's stack and the parameters copied to it) and
 * to tasks.
 *
 * Operands: the offset in SLOT_T0, the selector in SLOT_T1.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"

typedef struct FarTarget {
    uint64_t off;
    uint16_t sel;
    Desc cs;
} FarTarget;

static bool real_mode(const TcgCpu *t)
{
    return !(t->mode & MODE_PE) || t->mode & MODE_VM;
}

/* CS := sel with privilege level cpl, and the mode that comes with it. */
static void load_cs(TcgCpu *t, uint16_t sel, const Desc *d, unsigned cpl)
{
    tcg_load_desc(t, R_CS, (sel & ~3) | cpl, d);
    tcg_sync_mode(t);
}

/* #GP(0) if the offset is none of the segment's. */
static void check_target(TcgCpu *t, const Op *op, const Desc *cs, uint64_t off)
{
    bool to64 = t->mode & MODE_LMA && cs->hi & DESC_L_MASK;

    if (to64 ? !is_canonical(off) : off > desc_limit(cs)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
}

/* Presence, and L and D of long mode. */
static void check_code(TcgCpu *t, const Op *op, uint16_t sel, const Desc *d)
{
    const uint32_t both = DESC_L_MASK | DESC_B_MASK;

    if (t->mode & MODE_LMA && (d->hi & both) == both) {
        tcg_raise_sel(t, op, EXCP0D_GPF, sel);
    }
    if (!(d->hi & DESC_P_MASK)) {
        tcg_raise_sel(t, op, EXCP0B_NOSEG, sel);
    }
}

/* The code segment of a direct JMP or CALL: no change of privilege. */
static void check_direct(TcgCpu *t, const Op *op, const FarTarget *to)
{
    unsigned cpl = tcg_cpl(t), dpl = desc_dpl(to->cs.hi);

    if (to->cs.hi & DESC_C_MASK ? dpl > cpl
                                : (to->sel & 3) > cpl || dpl != cpl) {
        tcg_raise_sel(t, op, EXCP0D_GPF, to->sel);
    }
    check_code(t, op, to->sel, &to->cs);
    check_target(t, op, &to->cs, to->off);
}

static FarTarget far_operand(TcgCpu *t, const Op *op)
{
    FarTarget to = {
        .off = REG64(t, SLOT_T0),
        .sel = REG16(t, SLOT_T1),
    };

    if (real_mode(t)) {
        return to;
    }
    if (sel_is_null(to.sel)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    if (!tcg_fetch_desc(t, op, to.sel, &to.cs)) {
        tcg_raise_sel(t, op, EXCP0D_GPF, to.sel);
    }
    return to;
}

/* A gate or TSS may be used: DPL against CPL and RPL, presence. */
static void check_gate(TcgCpu *t, const Op *op, const FarTarget *to)
{
    unsigned dpl = desc_dpl(to->cs.hi);

    if (dpl < tcg_cpl(t) || dpl < (to->sel & 3)) {
        tcg_raise_sel(t, op, EXCP0D_GPF, to->sel);
    }
    if (!(to->cs.hi & DESC_P_MASK)) {
        tcg_raise_sel(t, op, EXCP0B_NOSEG, to->sel);
    }
}

/* Follows a call gate: *to becomes what it leads to. Returns the gate. */
static Desc follow_gate(TcgCpu *t, const Op *op, FarTarget *to)
{
    Desc gate = to->cs;
    uint16_t gate_sel = to->sel;

    check_gate(t, op, to);
    to->sel = gate.lo >> 16;
    to->off = gate.lo & 0xffff;
    if (desc_type(gate.hi) & 8) {
        to->off |= gate.hi & 0xffff0000;
    }
    if (t->mode & MODE_LMA) {
        to->off |= (uint64_t)tcg_fetch_desc_high(t, op, gate_sel, &gate) << 32;
    }
    if (sel_is_null(to->sel)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    if (!tcg_fetch_desc(t, op, to->sel, &to->cs) || !desc_is_code(to->cs.hi) ||
        desc_dpl(to->cs.hi) > tcg_cpl(t) ||
        (t->mode & MODE_LMA &&
         (to->cs.hi & (DESC_L_MASK | DESC_B_MASK)) != DESC_L_MASK)) {
        tcg_raise_sel(t, op, EXCP0D_GPF, to->sel);
    }
    if (!(to->cs.hi & DESC_P_MASK)) {
        tcg_raise_sel(t, op, EXCP0B_NOSEG, to->sel);
    }
    return gate;
}

static bool is_call_gate(const TcgCpu *t, unsigned type)
{
    return type == DESC_CALL32 ||
           (type == DESC_CALL16 && !(t->mode & MODE_LMA));
}

/* What the system descriptor *to leads to as a task's TSS selector. Raises if
 * it is neither a TSS nor a task gate. */
static uint16_t task_of(TcgCpu *t, const Op *op, const FarTarget *to)
{
    if (!(t->mode & MODE_LMA)) {
        switch (desc_type(to->cs.hi)) {
        case DESC_TSS16:
        case DESC_TSS32:
            check_gate(t, op, to);
            return to->sel;
        case DESC_TASK_GATE:
            check_gate(t, op, to);
            return to->cs.lo >> 16;
        default:
            break;
        }
    }
    tcg_raise_sel(t, op, EXCP0D_GPF, to->sel);
}

static const Op *far_task(TcgCpu *t, const Op *op, const FarTarget *to,
                          TaskSource source)
{
    tcg_switch_task(t, op, task_of(t, op, to), source, sys_next_rip(t, op));
    tcg_task_trap(t);
    return NULL;
}

static void far_real(TcgCpu *t, const Op *op, const FarTarget *to)
{
    SegmentCache *cs = &t->env.segs[R_CS];

    if (to->off > cs->limit) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    tcg_load_seg(t, R_CS, to->sel, (uint64_t)to->sel << 4, cs->limit,
                 cs->flags);
    tcg_sync_mode(t);
}

const Op *tcg_op_far_jmp(TcgCpu *t, const Op *op)
{
    FarTarget to = far_operand(t, op);

    if (real_mode(t)) {
        far_real(t, op, &to);
        SYS_GOTO(t, op, to.off);
    }
    if (desc_is_code(to.cs.hi)) {
        check_direct(t, op, &to);
    } else if (!(to.cs.hi & DESC_S_MASK) &&
               is_call_gate(t, desc_type(to.cs.hi))) {
        follow_gate(t, op, &to);
        if (!(to.cs.hi & DESC_C_MASK) && desc_dpl(to.cs.hi) != tcg_cpl(t)) {
            tcg_raise_sel(t, op, EXCP0D_GPF, to.sel);
        }
        check_target(t, op, &to.cs, to.off);
    } else if (to.cs.hi & DESC_S_MASK) {
        tcg_raise_sel(t, op, EXCP0D_GPF, to.sel);
    } else {
        return far_task(t, op, &to, TASK_JMP);
    }
    tcg_mark_accessed(t, op, &to.cs);
    load_cs(t, to.sel, &to.cs, tcg_cpl(t));
    SYS_GOTO(t, op, to.off);
}

/* ------------------------------------------------------------------ CALL */

/* Onto the stack of the inner ring cpl, in long mode: SS is null. */
static void call_inner64(TcgCpu *t, const Op *op, unsigned cpl, Stack *s)
{
    SegmentCache ss = {.selector = cpl, .flags = cpl << DESC_DPL_SHIFT};

    stack_init_new(s, t, op, &ss, tss_stack64(t, op, cpl, 0), cpl);
    s->is64 = true;
    stack_push(s, t->env.segs[R_SS].selector, 8);
    stack_push(s, t->env.regs[R_ESP], 8);
}

static void call_inner(TcgCpu *t, const Op *op, const Desc *gate, unsigned cpl,
                       unsigned size, Stack *s)
{
    unsigned nr = gate->hi & 31;
    uint64_t params[32];
    Stack old;
    SegmentCache ss;
    uint16_t sel;
    uint32_t esp;
    Desc d;

    stack_init(&old, t, op);
    tss_stack(t, op, cpl, &sel, &esp);
    tcg_check_ss(t, op, sel, cpl, false, EXCP0A_TSS, &d);
    tcg_mark_accessed(t, op, &d);
    for (unsigned i = 0; i < nr; i++) {
        params[i] = stack_pop(&old, size);
    }
    ss = tcg_desc_cache(sel, &d);
    stack_init_new(s, t, op, &ss, esp, cpl);
    stack_push(s, t->env.segs[R_SS].selector, size);
    stack_push(s, t->env.regs[R_ESP], size);
    while (nr > 0) {
        stack_push(s, params[--nr], size);
    }
}

static void call_gate(TcgCpu *t, const Op *op, FarTarget *to)
{
    Desc gate = follow_gate(t, op, to);
    bool is64 = t->mode & MODE_LMA;
    unsigned size = is64 ? 8 : desc_type(gate.hi) & 8 ? 4 : 2;
    unsigned cpl = tcg_cpl(t);
    bool inner = !(to->cs.hi & DESC_C_MASK) && desc_dpl(to->cs.hi) < cpl;
    Stack s;

    check_target(t, op, &to->cs, to->off);
    if (inner) {
        cpl = desc_dpl(to->cs.hi);
        if (is64) {
            call_inner64(t, op, cpl, &s);
        } else {
            call_inner(t, op, &gate, cpl, size, &s);
        }
    } else {
        stack_init(&s, t, op);
        s.is64 = is64;
    }
    stack_push(&s, t->env.segs[R_CS].selector, size);
    stack_push(&s, sys_next_rip(t, op), size);
    tcg_mark_accessed(t, op, &to->cs);
    if (inner) {
        tcg_load_seg(t, R_SS, s.ss.selector, s.ss.base, s.ss.limit, s.ss.flags);
    }
    stack_set_sp(t, &s);
    load_cs(t, to->sel, &to->cs, cpl);
}

static void call_direct(TcgCpu *t, const Op *op, FarTarget *to)
{
    Stack s;

    check_direct(t, op, to);
    stack_init(&s, t, op);
    stack_push(&s, t->env.segs[R_CS].selector, op->size);
    stack_push(&s, sys_next_rip(t, op), op->size);
    tcg_mark_accessed(t, op, &to->cs);
    stack_set_sp(t, &s);
    load_cs(t, to->sel, &to->cs, tcg_cpl(t));
}

const Op *tcg_op_far_call(TcgCpu *t, const Op *op)
{
    FarTarget to = far_operand(t, op);

    if (real_mode(t)) {
        Stack s;

        if (to.off > t->env.segs[R_CS].limit) {
            tcg_raise_err(t, op, EXCP0D_GPF, 0);
        }
        stack_init(&s, t, op);
        stack_push(&s, t->env.segs[R_CS].selector, op->size);
        stack_push(&s, sys_next_rip(t, op), op->size);
        stack_set_sp(t, &s);
        far_real(t, op, &to);
    } else if (desc_is_code(to.cs.hi)) {
        call_direct(t, op, &to);
    } else if (to.cs.hi & DESC_S_MASK) {
        tcg_raise_sel(t, op, EXCP0D_GPF, to.sel);
    } else if (is_call_gate(t, desc_type(to.cs.hi))) {
        call_gate(t, op, &to);
    } else {
        return far_task(t, op, &to, TASK_CALL);
    }
    SYS_GOTO(t, op, to.off);
}

/* ------------------------------------------------------------------- RET */

/* The code segment of a return: RPL is the privilege level to go to. */
static void check_return_cs(TcgCpu *t, const Op *op, FarTarget *to)
{
    unsigned rpl = to->sel & 3, dpl;

    if (sel_is_null(to->sel)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    if (!tcg_fetch_desc(t, op, to->sel, &to->cs) || !desc_is_code(to->cs.hi) ||
        rpl < tcg_cpl(t)) {
        tcg_raise_sel(t, op, EXCP0D_GPF, to->sel);
    }
    dpl = desc_dpl(to->cs.hi);
    if (to->cs.hi & DESC_C_MASK ? dpl > rpl : dpl != rpl) {
        tcg_raise_sel(t, op, EXCP0D_GPF, to->sel);
    }
    check_code(t, op, to->sel, &to->cs);
    check_target(t, op, &to->cs, to->off);
}

/* To an outer ring: SS:SP are popped too, after the parameters. */
static void return_outer(TcgCpu *t, const Op *op, FarTarget *to, Stack *s)
{
    unsigned cpl = to->sel & 3;
    bool to64 = t->mode & MODE_LMA && to->cs.hi & DESC_L_MASK;
    uint64_t sp;
    uint16_t sel;
    bool usable;
    Desc ss;

    sp = stack_pop(s, op->size);
    sel = stack_pop(s, op->size);
    usable = tcg_check_ss(t, op, sel, cpl, to64, EXCP0D_GPF, &ss);
    if (usable) {
        tcg_mark_accessed(t, op, &ss);
        s->ss = tcg_desc_cache(sel, &ss);
    }
    tcg_mark_accessed(t, op, &to->cs);

    if (usable) {
        tcg_load_desc(t, R_SS, sel, &ss);
    } else {
        tcg_load_null(t, R_SS, sel, cpl);
    }
    s->is64 = to64;
    s->sp = sp + op->imm;
    stack_set_sp(t, s);
    load_cs(t, to->sel, &to->cs, cpl);
    tcg_drop_inner_segs(t, cpl);
    tcg_sync_mode(t);
}

/* imm: bytes of parameters to drop. */
const Op *tcg_op_far_ret(TcgCpu *t, const Op *op)
{
    FarTarget to;
    Stack s;

    stack_init(&s, t, op);
    to.off = stack_pop(&s, op->size);
    to.sel = stack_pop(&s, op->size);
    s.sp += op->imm;
    if (real_mode(t)) {
        far_real(t, op, &to);
        stack_set_sp(t, &s);
        SYS_GOTO(t, op, to.off);
    }
    check_return_cs(t, op, &to);
    if ((to.sel & 3) > tcg_cpl(t)) {
        return_outer(t, op, &to, &s);
    } else {
        tcg_mark_accessed(t, op, &to.cs);
        stack_set_sp(t, &s);
        load_cs(t, to.sel, &to.cs, tcg_cpl(t));
    }
    SYS_GOTO(t, op, to.off);
}
