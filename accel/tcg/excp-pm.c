/*
 * Interrupts and exceptions of the software CPU in protected mode, virtual-8086
 * mode included: interrupt, trap and task gates of both widths, the change to
 * an inner ring's stack.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"

typedef struct Gate {
    uint32_t offset;
    uint16_t sel;
    unsigned type, size; /* size: of what is pushed */
    Desc cs;
    unsigned cpl; /* of the handler */
} Gate;

static uint32_t idt_error(const Event *e)
{
    return e->vector * 8 + 2;
}

static void read_gate(TcgCpu *t, const Event *e, Gate *g)
{
    CPUX86State *env = &t->env;
    uint32_t off = e->vector * 8, hi;
    uint64_t v;

    if (off + 7 > env->idt.limit) {
        tcg_raise_err(t, e->op, EXCP0D_GPF, idt_error(e));
    }
    v = mem_ld_kernel(t, sys_linear(t, env->idt.base + off), 8, e->op);
    hi = v >> 32;
    g->type = hi >> 8 & 31;
    switch (g->type) {
    case DESC_TASK_GATE:
    case DESC_INT16:
    case DESC_TRAP16:
    case DESC_INT32:
    case DESC_TRAP32:
        break;
    default:
        tcg_raise_err(t, e->op, EXCP0D_GPF, idt_error(e));
    }
    if (e->is_int && desc_dpl(hi) < tcg_cpl(t)) {
        tcg_raise_err(t, e->op, EXCP0D_GPF, idt_error(e));
    }
    if (!(hi & DESC_P_MASK)) {
        tcg_raise_err(t, e->op, EXCP0B_NOSEG, idt_error(e));
    }
    g->size = g->type & 8 ? 4 : 2;
    g->sel = v >> 16;
    g->offset = (v & 0xffff) | (g->size == 4 ? hi & 0xffff0000 : 0);
}

static void read_code(TcgCpu *t, const Event *e, Gate *g)
{
    if (sel_is_null(g->sel)) {
        tcg_raise_err(t, e->op, EXCP0D_GPF, 0);
    }
    if (!tcg_fetch_desc(t, e->op, g->sel, &g->cs) || !desc_is_code(g->cs.hi) ||
        desc_dpl(g->cs.hi) > tcg_cpl(t)) {
        tcg_raise_sel(t, e->op, EXCP0D_GPF, g->sel);
    }
    if (!(g->cs.hi & DESC_P_MASK)) {
        tcg_raise_sel(t, e->op, EXCP0B_NOSEG, g->sel);
    }
    g->cpl = g->cs.hi & DESC_C_MASK ? tcg_cpl(t) : desc_dpl(g->cs.hi);
    if (t->mode & MODE_VM && g->cpl != 0) {
        tcg_raise_sel(t, e->op, EXCP0D_GPF, g->sel);
    }
    if (g->offset > desc_limit(&g->cs)) {
        tcg_raise_err(t, e->op, EXCP0D_GPF, 0);
    }
}

static void push_outer(TcgCpu *t, Stack *s, unsigned size)
{
    CPUX86State *env = &t->env;

    if (t->mode & MODE_VM) {
        stack_push(s, env->segs[R_GS].selector, size);
        stack_push(s, env->segs[R_FS].selector, size);
        stack_push(s, env->segs[R_DS].selector, size);
        stack_push(s, env->segs[R_ES].selector, size);
    }
    stack_push(s, env->segs[R_SS].selector, size);
    stack_push(s, env->regs[R_ESP], size);
}

/* The stack of the ring it goes to. */
static void inner_stack(TcgCpu *t, const Event *e, const Gate *g, Stack *s)
{
    SegmentCache ss;
    uint32_t esp;
    uint16_t sel;
    Desc d;

    tss_stack(t, e->op, g->cpl, &sel, &esp);
    tcg_check_ss(t, e->op, sel, g->cpl, false, EXCP0A_TSS, &d);
    tcg_mark_accessed(t, e->op, &d);
    ss = tcg_desc_cache(sel, &d);
    stack_init_new(s, t, e->op, &ss, esp, g->cpl);
    push_outer(t, s, g->size);
}

static void through_task_gate(TcgCpu *t, const Event *e, uint16_t sel)
{
    tcg_switch_task(t, e->op, sel, TASK_CALL, e->rip);
    if (e->has_error) {
        tcg_push_task_error(t, e->error);
    }
}

void deliver_protected(TcgCpu *t, const Event *e)
{
    CPUX86State *env = &t->env;
    bool inner;
    Gate g;
    Stack s;

    read_gate(t, e, &g);
    if (g.type == DESC_TASK_GATE) {
        through_task_gate(t, e, g.sel);
        return;
    }
    read_code(t, e, &g);
    inner = g.cpl != tcg_cpl(t);
    if (inner) {
        inner_stack(t, e, &g, &s);
    } else {
        stack_init(&s, t, e->op);
    }
    stack_push(&s, e->eflags, g.size);
    stack_push(&s, env->segs[R_CS].selector, g.size);
    stack_push(&s, e->rip, g.size);
    if (e->has_error) {
        stack_push(&s, e->error, g.size);
    }
    tcg_mark_accessed(t, e->op, &g.cs);

    if (t->mode & MODE_VM) {
        tcg_load_null(t, R_ES, 0, 0);
        tcg_load_null(t, R_DS, 0, 0);
        tcg_load_null(t, R_FS, 0, 0);
        tcg_load_null(t, R_GS, 0, 0);
    }
    if (inner) {
        tcg_load_seg(t, R_SS, s.ss.selector, s.ss.base, s.ss.limit, s.ss.flags);
    }
    stack_set_sp(t, &s);
    tcg_load_desc(t, R_CS, (g.sel & ~3) | g.cpl, &g.cs);
    env->eflags &= ~(uint64_t)(TF_MASK | NT_MASK | RF_MASK | VM_MASK |
                               (g.type & 1 ? 0 : IF_MASK));
    env->rip = g.offset;
}
