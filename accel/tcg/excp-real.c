/*
 * Interrupts and exceptions of the software CPU in real mode: the interrupt
 * vector table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"

void deliver_real(TcgCpu *t, const Event *e)
{
    CPUX86State *env = &t->env;
    SegmentCache *cs = &env->segs[R_CS];
    uint32_t off = e->vector * 4, entry;
    uint16_t ip;
    Stack s;

    if (off + 3 > env->idt.limit) {
        tcg_raise_err(t, e->op, EXCP0D_GPF, e->vector * 8 + 2);
    }
    entry = mem_ld_kernel(t, sys_linear(t, env->idt.base + off), 4, e->op);
    ip = entry;
    stack_init(&s, t, e->op);
    stack_push(&s, e->eflags, 2);
    stack_push(&s, cs->selector, 2);
    stack_push(&s, e->rip, 2);
    stack_set_sp(t, &s);

    env->eflags &= ~(uint64_t)(IF_MASK | TF_MASK | AC_MASK | RF_MASK);
    tcg_load_seg(t, R_CS, entry >> 16, (uint64_t)(entry >> 16) << 4, cs->limit,
                 cs->flags);
    env->rip = ip;
}
