/*
 * The software CPU's stacks in system instructions: pushes and pops whose
 * stack pointer becomes final only when nothing can fault any more, and the
 * stacks that a TSS names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"

void stack_init(Stack *s, TcgCpu *t, const Op *op)
{
    *s = (Stack){
        .t = t,
        .op = op,
        .ss = t->env.segs[R_SS],
        .sp = t->env.regs[R_ESP],
        .is64 = t->mode & MODE_CS64,
        .user = tcg_cpl(t) == 3,
    };
}

void stack_init_new(Stack *s, TcgCpu *t, const Op *op, const SegmentCache *ss,
                    uint64_t sp, unsigned cpl)
{
    *s = (Stack){
        .t = t,
        .op = op,
        .ss = *ss,
        .sp = sp,
        .user = cpl == 3,
        .vector_sel = ss->selector & ~3,
    };
}

/* The linear address of `size` bytes at s->sp, within limits. */
static uint64_t stack_linear(Stack *s, unsigned size)
{
    uint32_t off;

    if (s->is64) {
        if (unlikely(!is_canonical(s->sp) || !is_canonical(s->sp + size - 1))) {
            tcg_raise_err(s->t, s->op, EXCP0C_STACK, 0);
        }
        return s->sp;
    }
    off = s->ss.flags & DESC_B_MASK ? s->sp : s->sp & 0xffff;
    if (unlikely(!tcg_in_limit(&s->ss, off, size))) {
        tcg_raise_err(s->t, s->op, EXCP0C_STACK, s->vector_sel);
    }
    return (uint32_t)(s->ss.base + off);
}

static uint64_t stack_wrap(const Stack *s, uint64_t sp)
{
    if (s->is64) {
        return sp;
    }
    return s->ss.flags & DESC_B_MASK ? (uint32_t)sp : sp & 0xffff;
}

void stack_push(Stack *s, uint64_t v, unsigned size)
{
    uint64_t a;

    s->sp = stack_wrap(s, s->sp - size);
    a = stack_linear(s, size);
    if (s->user) {
        switch (size) {
        case 2:
            mem_st(s->t, a, v, 2, s->op);
            break;
        case 4:
            mem_st(s->t, a, v, 4, s->op);
            break;
        default:
            mem_st(s->t, a, v, 8, s->op);
            break;
        }
    } else {
        switch (size) {
        case 2:
            kernel_st(s->t, a, v, 2, s->op);
            break;
        case 4:
            kernel_st(s->t, a, v, 4, s->op);
            break;
        default:
            kernel_st(s->t, a, v, 8, s->op);
            break;
        }
    }
}

uint64_t stack_pop(Stack *s, unsigned size)
{
    uint64_t v, a = stack_linear(s, size);

    switch (size) {
    case 2:
        v = mem_ld(s->t, a, 2, s->op);
        break;
    case 4:
        v = mem_ld(s->t, a, 4, s->op);
        break;
    default:
        v = mem_ld(s->t, a, 8, s->op);
        break;
    }
    s->sp = stack_wrap(s, s->sp + size);
    return v;
}

void stack_set_sp(TcgCpu *t, const Stack *s)
{
    if (s->is64) {
        t->env.regs[R_ESP] = s->sp;
    } else if (s->ss.flags & DESC_B_MASK) {
        SET_REG32(t, REG_OFF(R_ESP), s->sp);
    } else {
        REG16(t, REG_OFF(R_ESP)) = s->sp;
    }
}

void tss_stack(TcgCpu *t, const Op *op, unsigned dpl, uint16_t *ss,
               uint32_t *esp)
{
    const SegmentCache *tr = &t->env.tr;
    bool is32 = desc_type(tr->flags) & 8;
    uint32_t off = is32 ? 4 + 8 * dpl : 2 + 4 * dpl;
    uint64_t a = tr->base + off;

    if (!(tr->flags & DESC_P_MASK) || off + (is32 ? 7 : 3) > tr->limit) {
        tcg_raise_sel(t, op, EXCP0A_TSS, tr->selector);
    }
    if (is32) {
        *esp = mem_ld_kernel(t, sys_linear(t, a), 4, op);
        *ss = mem_ld_kernel(t, sys_linear(t, a + 4), 2, op);
    } else {
        *esp = mem_ld_kernel(t, sys_linear(t, a), 2, op);
        *ss = mem_ld_kernel(t, sys_linear(t, a + 2), 2, op);
    }
}

uint64_t tss_stack64(TcgCpu *t, const Op *op, unsigned dpl, unsigned ist)
{
    const SegmentCache *tr = &t->env.tr;
    uint32_t off = ist ? 36 + 8 * (ist - 1) : 4 + 8 * dpl;
    uint64_t rsp;

    if (!(tr->flags & DESC_P_MASK) || off + 7 > tr->limit) {
        tcg_raise_sel(t, op, EXCP0A_TSS, tr->selector);
    }
    rsp = kernel_ld(t, tr->base + off, 8, op);
    if (!is_canonical(rsp)) {
        tcg_raise_err(t, op, EXCP0C_STACK, 0);
    }
    return rsp;
}
