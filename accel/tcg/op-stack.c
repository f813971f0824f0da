/*
 * The stack: PUSH, POP and their kin. 64-bit code has handlers of its own;
 * the others go through the stack segment (stack_linear()).
 *
 * In each, the last access that can fault comes before the first change of a
 * register.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "op-stack.h"
#include "tcg-sys.h"

#define RSP(t) ((t)->env.regs[R_ESP])
#define RBP(t) ((t)->env.regs[R_EBP])

void tcg_push(TcgCpu *t, const Op *op, uint64_t v, unsigned size)
{
    uint64_t sp = RSP(t) - size, a = stack_linear(t, op, sp, size, true);

    switch (size) {
    case 2: mem_st(t, a, v, 2, op); break;
    case 4: mem_st(t, a, v, 4, op); break;
    default: mem_st(t, a, v, 8, op); break;
    }
    set_sp(t, sp);
}

uint64_t tcg_stack_ld(TcgCpu *t, const Op *op, uint64_t sp, unsigned size)
{
    uint64_t a = stack_linear(t, op, sp, size, false);

    switch (size) {
    case 2: return mem_ld(t, a, 2, op);
    case 4: return mem_ld(t, a, 4, op);
    default: return mem_ld(t, a, 8, op);
    }
}

/* ------------------------------------------------------------ 64-bit code */

#define PUSH64(name, value) \
    static NOINLINE HANDLER(name##_slow) \
    { \
        uint64_t sp = RSP(t) - 8; \
        mem_st_slow(t, sp, value, 8, op); \
        RSP(t) = sp; \
        NEXT(t, op); \
    } \
    HANDLER(name) \
    { \
        uint64_t sp = RSP(t) - 8; \
        void *p; \
        if (unlikely(!probe_st(t, sp, 8, &p))) { \
            return name##_slow(t, op); \
        } \
        host_st(p, value, 8); \
        RSP(t) = sp; \
        NEXT(t, op); \
    }
PUSH64(op_push_r64, REG64(t, op->r1))
PUSH64(op_push_i64, op->imm)

static NOINLINE HANDLER(pop_r64_slow)
{
    uint64_t v = mem_ld_slow(t, RSP(t), 8, op);

    RSP(t) += 8;
    REG64(t, op->r1) = v;
    NEXT(t, op);
}
HANDLER(op_pop_r64)
{
    uint64_t sp = RSP(t);
    void *p;

    if (unlikely(!probe_ld(t, sp, 8, &p))) {
        return pop_r64_slow(t, op);
    }
    RSP(t) = sp + 8;
    REG64(t, op->r1) = host_ld(p, 8);
    NEXT(t, op);
}

/*
 * Two in a row, of this Op and the next: PUSHes and POPs come in rows. If they
 * cannot be done at once, this one is done alone. Neither is of RSP.
 */
HANDLER(op_push2_r64)
{
    uint64_t sp = RSP(t) - 16;
    void *p;

    if (unlikely(!probe_st(t, sp, 16, &p))) {
        return op_push_r64(t, op);
    }
    host_st((uint8_t *)p + 8, REG64(t, op->r1), 8);
    host_st(p, REG64(t, op[1].r1), 8);
    RSP(t) = sp;
    JUMP(t, op + 2);
}

HANDLER(op_pop2_r64)
{
    uint64_t sp = RSP(t);
    void *p;

    if (unlikely(!probe_ld(t, sp, 16, &p))) {
        return op_pop_r64(t, op);
    }
    REG64(t, op->r1) = host_ld(p, 8);
    REG64(t, op[1].r1) = host_ld((uint8_t *)p + 8, 8);
    RSP(t) = sp + 16;
    JUMP(t, op + 2);
}

static NOINLINE HANDLER(leave64_slow)
{
    uint64_t v = mem_ld_slow(t, RBP(t), 8, op);

    RSP(t) = RBP(t) + 8;
    RBP(t) = v;
    NEXT(t, op);
}
HANDLER(op_leave64)
{
    uint64_t sp = RBP(t);
    void *p;

    if (unlikely(!probe_ld(t, sp, 8, &p))) {
        return leave64_slow(t, op);
    }
    RSP(t) = sp + 8;
    RBP(t) = host_ld(p, 8);
    NEXT(t, op);
}

/* --------------------------------------------------- any mode, any size */

HANDLER(op_push_r)
{
    tcg_push(t, op, REG64(t, op->r1), op->size);
    NEXT(t, op);
}
HANDLER(op_push_i)
{
    tcg_push(t, op, op->imm, op->size);
    NEXT(t, op);
}
/* The selector in aux; a 32-bit push writes only 16 bits of it, as processors
 * do. */
HANDLER(op_push_seg)
{
    uint64_t sp = RSP(t) - op->size;
    uint64_t a = stack_linear(t, op, sp, op->size, true);
    uint16_t sel = t->env.segs[op->aux].selector;

    if (op->size == 8) {
        mem_st(t, a, sel, 8, op);
    } else {
        mem_st(t, a, sel, 2, op);
    }
    set_sp(t, sp);
    NEXT(t, op);
}
HANDLER(op_pop_r)
{
    uint64_t v = tcg_stack_ld(t, op, RSP(t), op->size);

    set_sp(t, RSP(t) + op->size);
    reg_st(t, op->r1, v, op->size);
    NEXT(t, op);
}
HANDLER(op_stack_peek)
{
    REG64(t, op->r1) = tcg_stack_ld(t, op, RSP(t), op->size);
    NEXT(t, op);
}
HANDLER(op_stack_drop)
{
    set_sp(t, RSP(t) + op->size);
    NEXT(t, op);
}

/* eBP is 16 or 32 bits by the stack's size here, not by the operand's. */
HANDLER(op_leave)
{
    uint64_t bp = RBP(t), v = tcg_stack_ld(t, op, bp, op->size);

    set_sp(t, bp + op->size);
    reg_st(t, REG_OFF(R_EBP), v, op->size);
    NEXT(t, op);
}

HANDLER(op_pusha)
{
    unsigned size = op->size;

    /* Both ends first: eight words do not span more than two pages. */
    for (int i = 0; i < 8; i += 7) {
        mem_check_write(t,
                        stack_linear(t, op, RSP(t) - (i + 1) * size, size,
                                     true), size, op);
    }
    for (int i = 0; i < 8; i++) {
        uint64_t a = stack_linear(t, op, RSP(t) - (i + 1) * size, size, true);

        if (size == 2) {
            mem_st(t, a, t->env.regs[i], 2, op);
        } else {
            mem_st(t, a, t->env.regs[i], 4, op);
        }
    }
    set_sp(t, RSP(t) - 8 * size);
    NEXT(t, op);
}

HANDLER(op_popa)
{
    uint32_t v[8];

    for (int i = 0; i < 8; i++) {
        v[i] = tcg_stack_ld(t, op, RSP(t) + i * op->size, op->size);
    }
    for (int i = 0; i < 8; i++) {
        if (7 - i != R_ESP) {
            reg_st(t, REG_OFF(7 - i), v[i], op->size);
        }
    }
    set_sp(t, RSP(t) + 8 * op->size);
    NEXT(t, op);
}

static void stack_st(TcgCpu *t, const Op *op, uint64_t sp, uint64_t v)
{
    uint64_t a = stack_linear(t, op, sp, op->size, true);

    switch (op->size) {
    case 2: mem_st(t, a, v, 2, op); break;
    case 4: mem_st(t, a, v, 4, op); break;
    default: mem_st(t, a, v, 8, op); break;
    }
}

/* ENTER imm, aux (0 to 31). Stores below the stack pointer show nothing if a
 * later one faults. */
HANDLER(op_enter)
{
    unsigned size = op->size, level = op->aux;
    uint64_t sp = RSP(t) - size, frame = sp, bp = RBP(t);

    stack_st(t, op, sp, bp);
    for (unsigned i = 1; i < level; i++) {
        bp -= size;
        sp -= size;
        stack_st(t, op, sp, tcg_stack_ld(t, op, bp, size));
    }
    if (level) {
        sp -= size;
        stack_st(t, op, sp, frame);
    }
    sp -= op->imm;
    /* The new top of the stack has to be writable. */
    mem_check_write(t, stack_linear(t, op, sp, size, true), 1, op);
    set_sp(t, sp);
    if (t->mode & (MODE_CS64 | MODE_SS32)) {
        reg_st(t, REG_OFF(R_EBP), frame, size);
    } else {
        REG16(t, REG_OFF(R_EBP)) = frame;
    }
    NEXT(t, op);
}

/* ------------------------------------------------------------------- flags */

static bool vm_forbids(TcgCpu *t)
{
    return (t->mode & MODE_VM) && (t->env.eflags & IOPL_MASK) != IOPL_MASK;
}

HANDLER(op_pushf)
{
    if (vm_forbids(t)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    tcg_push(t, op, tcg_get_eflags(t) & ~(uint64_t)(VM_MASK | RF_MASK),
             op->size);
    NEXT(t, op);
}

HANDLER(op_popf)
{
    unsigned iopl = (t->env.eflags & IOPL_MASK) >> IOPL_SHIFT;
    uint64_t mask = TF_MASK | DF_MASK | NT_MASK | AC_MASK | ID_MASK | RF_MASK;
    uint64_t old = t->env.eflags, v;

    if (vm_forbids(t)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    v = tcg_stack_ld(t, op, RSP(t), op->size) & ~(uint64_t)RF_MASK;
    if (tcg_cpl(t) <= iopl) {
        mask |= IF_MASK;
    }
    if (tcg_cpl(t) == 0) {
        mask |= IOPL_MASK;
    }
    if (op->size == 2) {
        mask &= UINT16_MAX;
    }
    set_sp(t, RSP(t) + op->size);
    tcg_set_eflags(t, v, mask);
    if ((old ^ t->env.eflags) & (TF_MASK | AC_MASK)) {
        tcg_sync_mode(t);
        LEAVE(t, op->imm);
    }
    if (!(old & IF_MASK) && (t->env.eflags & IF_MASK) && tcg_must_look(t)) {
        LEAVE(t, op->imm);
    }
    NEXT(t, op);
}
