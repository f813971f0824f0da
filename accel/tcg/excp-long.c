/*
 * Interrupts and exceptions of the software CPU in long mode: 16-byte gates,
 * the interrupt stack table. The way that every system call, page fault and
 * timer tick of a 64-bit guest takes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"

typedef struct Target {
    uint64_t rip;
    Desc cs;
    uint16_t sel;
    unsigned cpl, ist;
    bool is_trap;
} Target;

/* Reads and checks the gate and its code segment. */
static void read_gate(TcgCpu *t, const Event *e, Target *to)
{
    CPUX86State *env = &t->env;
    uint32_t off = e->vector * 16, hi;
    uint64_t q0, q1;
    unsigned type;

    if (unlikely(off + 15 > env->idt.limit)) {
        tcg_raise_err(t, e->op, EXCP0D_GPF, e->vector * 8 + 2);
    }
    q0 = kernel_ld(t, env->idt.base + off, 8, e->op);
    q1 = kernel_ld(t, env->idt.base + off + 8, 8, e->op);
    hi = q0 >> 32;
    type = hi >> 8 & 31;
    if (unlikely((type != DESC_INT32 && type != DESC_TRAP32) ||
                 (e->is_int && desc_dpl(hi) < tcg_cpl(t)))) {
        tcg_raise_err(t, e->op, EXCP0D_GPF, e->vector * 8 + 2);
    }
    if (unlikely(!(hi & DESC_P_MASK))) {
        tcg_raise_err(t, e->op, EXCP0B_NOSEG, e->vector * 8 + 2);
    }
    to->is_trap = type == DESC_TRAP32;
    to->ist = hi & 7;
    to->rip = (q0 & 0xffff) | (hi & 0xffff0000) | q1 << 32;
    to->sel = q0 >> 16;
    if (unlikely(sel_is_null(to->sel))) {
        tcg_raise_err(t, e->op, EXCP0D_GPF, 0);
    }
    if (unlikely(!tcg_fetch_desc(t, e->op, to->sel, &to->cs) ||
                 !desc_is_code(to->cs.hi) ||
                 desc_dpl(to->cs.hi) > tcg_cpl(t))) {
        tcg_raise_sel(t, e->op, EXCP0D_GPF, to->sel);
    }
    if (unlikely(!(to->cs.hi & DESC_P_MASK))) {
        tcg_raise_sel(t, e->op, EXCP0B_NOSEG, to->sel);
    }
    if (unlikely((to->cs.hi & (DESC_L_MASK | DESC_B_MASK)) != DESC_L_MASK)) {
        tcg_raise_sel(t, e->op, EXCP0D_GPF, to->sel);
    }
    to->cpl = to->cs.hi & DESC_C_MASK ? tcg_cpl(t) : desc_dpl(to->cs.hi);
}

/* Pushes the frame below rsp; returns the new one. */
static uint64_t push_frame(TcgCpu *t, const Event *e, const Target *to,
                           uint64_t rsp)
{
    CPUX86State *env = &t->env;
    uint64_t frame[6] = {
        e->error,  e->rip,           env->segs[R_CS].selector,
        e->eflags, env->regs[R_ESP], env->segs[R_SS].selector,
    };
    unsigned first = e->has_error ? 0 : 1;

    if (unlikely(!is_canonical(rsp - 8 * (6 - first)) ||
                 !is_canonical(rsp - 1))) {
        tcg_raise_err(t, e->op, EXCP0C_STACK, 0);
    }
    for (unsigned i = 6; i-- > first;) {
        rsp -= 8;
        if (likely(to->cpl != 3)) {
            kernel_st(t, rsp, frame[i], 8, e->op);
        } else {
            mem_st(t, rsp, frame[i], 8, e->op);
        }
    }
    return rsp;
}

void deliver_long(TcgCpu *t, const Event *e)
{
    CPUX86State *env = &t->env;
    bool inner;
    Target to;
    uint64_t rsp;

    read_gate(t, e, &to);
    inner = to.cpl != tcg_cpl(t);
    if (inner || to.ist) {
        rsp = tss_stack64(t, e->op, to.cpl, to.ist);
    } else {
        rsp = env->regs[R_ESP];
    }
    if (unlikely(!is_canonical(to.rip))) {
        tcg_raise_err(t, e->op, EXCP0D_GPF, 0);
    }
    rsp = push_frame(t, e, &to, rsp & ~15ull);
    tcg_mark_accessed(t, e->op, &to.cs);

    env->regs[R_ESP] = rsp;
    if (inner) {
        tcg_load_null(t, R_SS, to.cpl, to.cpl);
    }
    tcg_load_desc(t, R_CS, (to.sel & ~3) | to.cpl, &to.cs);
    env->eflags &= ~(uint64_t)(TF_MASK | NT_MASK | RF_MASK | VM_MASK |
                               (to.is_trap ? 0 : IF_MASK));
    env->rip = to.rip;
}
