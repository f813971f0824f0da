/*
 * LOCK-prefixed instructions and XCHG, XADD, CMPXCHG: atomic between vCPUs by
 * the host's atomic operations on guest memory. Where memory is not plain or
 * the operand crosses a page, all other vCPUs stand still meanwhile.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "op-int.h"
#include "op-atomic.h"

/* x86 locks unaligned operands too; elsewhere they take the slow way. */
static ALWAYS_INLINE void *lockable(TcgCpu *t, uint64_t a, unsigned size,
                                    const Op *op)
{
    void *p = mem_rw(t, a, size, op);

#if !defined(__x86_64__) && !defined(__i386__)
    if ((uintptr_t)p & (size - 1)) {
        return NULL;
    }
#endif
    return p;
}

/* ------------------------------------------------ LOCK ADD and the like */

static ALWAYS_INLINE void locked_alu(TcgCpu *t, const Op *op, unsigned kind,
                                     unsigned size)
{
    uint64_t a = op_ea(t, op), b = zext(reg_ld(t, op->r2, size), size);
    void *p = lockable(t, a, size, op);
    bool c = alu_carry_in(t, kind, true);
    uint64_t old, r;

    if (p) {
        old = host_ld(p, size);
        do {
            r = alu_value(kind, old, b, c);
        } while (!host_cas(p, &old, r, size));
    } else {
        mem_lock_begin(t);
        old = mem_ld(t, a, size, op);
        r = alu_value(kind, old, b, c);
        mem_st(t, a, r, size, op);
        mem_lock_end(t);
    }
    alu_flags(t, kind, size, old, b, r, c);
}

#define LOCKED(kind, size) \
    static HANDLER(locked_##kind##_##size) \
    { \
        locked_alu(t, op, kind, size); \
        NEXT(t, op); \
    }
#define EACH_KIND(X) \
    OP_SIZES(X, ALU_ADD) OP_SIZES(X, ALU_OR) OP_SIZES(X, ALU_ADC) \
    OP_SIZES(X, ALU_SBB) OP_SIZES(X, ALU_AND) OP_SIZES(X, ALU_SUB) \
    OP_SIZES(X, ALU_XOR) OP_SIZES(X, ALU_INC) OP_SIZES(X, ALU_DEC) \
    OP_SIZES(X, ALU_NEG) OP_SIZES(X, ALU_NOT)
EACH_KIND(LOCKED)

#define LOG2(size) (size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3)
#define LOCKED_ENTRY(kind, size) [kind][LOG2(size)] = locked_##kind##_##size,
OpFn *const op_alu_locked[ALU_COUNT][4] = { EACH_KIND(LOCKED_ENTRY) };

/* -------------------------------------------------------------- XCHG, XADD */

static ALWAYS_INLINE void xchg_mem(TcgCpu *t, const Op *op, unsigned size)
{
    uint64_t a = op_ea(t, op), v = reg_ld(t, op->r1, size), old;
    void *p = lockable(t, a, size, op);

    if (p) {
        old = host_xchg(p, v, size);
    } else {
        mem_lock_begin(t);
        old = mem_ld(t, a, size, op);
        mem_st(t, a, v, size, op);
        mem_lock_end(t);
    }
    reg_st(t, op->r1, old, size);
}

/* aux: locked. Plain XADD as atomic as the locked one costs nothing extra
 * worth a second handler. */
static ALWAYS_INLINE void xadd_mem(TcgCpu *t, const Op *op, unsigned size)
{
    uint64_t a = op_ea(t, op), v = reg_ld(t, op->r1, size), old;
    void *p = lockable(t, a, size, op);

    if (p) {
        old = host_add(p, v, size);
    } else {
        mem_lock_begin(t);
        old = mem_ld(t, a, size, op);
        mem_st(t, a, old + v, size, op);
        mem_lock_end(t);
    }
    reg_st(t, op->r1, old, size);
    alu_flags(t, ALU_ADD, size, old, v, old + v, false);
}

#define EXCHANGES(_, size) \
    static HANDLER(xchg_rr_##size) \
    { \
        uint64_t a = reg_ld(t, op->r1, size), b = reg_ld(t, op->r2, size); \
        reg_st(t, op->r2, a, size); \
        reg_st(t, op->r1, b, size); \
        NEXT(t, op); \
    } \
    static HANDLER(xchg_mem_##size) \
    { \
        xchg_mem(t, op, size); \
        NEXT(t, op); \
    } \
    /* r1 is the destination. If both are one register, the sum stays. */ \
    static HANDLER(xadd_rr_##size) \
    { \
        uint64_t a = reg_ld(t, op->r1, size), b = reg_ld(t, op->r2, size); \
        reg_st(t, op->r2, a, size); \
        reg_st(t, op->r1, a + b, size); \
        alu_flags(t, ALU_ADD, size, a, b, a + b, false); \
        NEXT(t, op); \
    } \
    static HANDLER(xadd_mem_##size) \
    { \
        xadd_mem(t, op, size); \
        NEXT(t, op); \
    }
OP_SIZES(EXCHANGES, 0)

/* ---------------------------------------------------------------- CMPXCHG */

/* The accumulator is written only if the comparison fails. */
static ALWAYS_INLINE void cmpxchg_done(TcgCpu *t, unsigned size, uint64_t acc,
                                       uint64_t old)
{
    if (zext(acc, size) != zext(old, size)) {
        reg_st(t, REG_OFF(R_EAX), old, size);
    }
    alu_flags(t, ALU_CMP, size, acc, old, 0, false);
}

static ALWAYS_INLINE void cmpxchg_mem(TcgCpu *t, const Op *op, unsigned size)
{
    uint64_t a = op_ea(t, op), new = reg_ld(t, op->r2, size);
    uint64_t acc = reg_ld(t, REG_OFF(R_EAX), size), old = acc;
    void *p = lockable(t, a, size, op);

    if (p) {
        host_cas(p, &old, new, size);
    } else {
        mem_lock_begin(t);
        old = mem_ld(t, a, size, op);
        mem_st(t, a, old == acc ? new : old, size, op);
        mem_lock_end(t);
    }
    cmpxchg_done(t, size, acc, old);
}

#define CMPXCHG(_, size) \
    static HANDLER(cmpxchg_rr_##size) \
    { \
        uint64_t old = reg_ld(t, op->r1, size); \
        uint64_t new = reg_ld(t, op->r2, size); \
        uint64_t acc = reg_ld(t, REG_OFF(R_EAX), size); \
        cmpxchg_done(t, size, acc, old); \
        if (old == acc) { \
            reg_st(t, op->r1, new, size); \
        } \
        NEXT(t, op); \
    } \
    static HANDLER(cmpxchg_mem_##size) \
    { \
        cmpxchg_mem(t, op, size); \
        NEXT(t, op); \
    }
OP_SIZES(CMPXCHG, 0)

#define ENTRIES(name) { name##_1, name##_2, name##_4, name##_8 }
OpFn *const op_xchg_rr[4] = ENTRIES(xchg_rr);
OpFn *const op_xchg_mem[4] = ENTRIES(xchg_mem);
OpFn *const op_xadd_rr[4] = ENTRIES(xadd_rr);
OpFn *const op_xadd_mem[4] = ENTRIES(xadd_mem);
OpFn *const op_cmpxchg_rr[4] = ENTRIES(cmpxchg_rr);
OpFn *const op_cmpxchg_mem[4] = ENTRIES(cmpxchg_mem);

/* ------------------------------------------------- CMPXCHG8B, CMPXCHG16B */

static void set_zf(TcgCpu *t, bool z)
{
    cc_merge(t, z ? CC_Z : 0, CC_Z);
}

HANDLER(op_cmpxchg8b)
{
    uint64_t a = op_ea(t, op);
    uint64_t acc = REG32(t, REG_OFF(R_EAX)) |
                   (uint64_t)REG32(t, REG_OFF(R_EDX)) << 32;
    uint64_t new = REG32(t, REG_OFF(R_EBX)) |
                   (uint64_t)REG32(t, REG_OFF(R_ECX)) << 32;
    uint64_t old = acc;
    void *p = lockable(t, a, 8, op);

    if (p) {
        host_cas(p, &old, new, 8);
    } else {
        mem_lock_begin(t);
        old = mem_ld(t, a, 8, op);
        mem_st(t, a, old == acc ? new : old, 8, op);
        mem_lock_end(t);
    }
    if (old != acc) {
        SET_REG32(t, REG_OFF(R_EAX), old);
        SET_REG32(t, REG_OFF(R_EDX), old >> 32);
    }
    set_zf(t, old == acc);
    NEXT(t, op);
}

/* The operand is 16 bytes, aligned, so in one page. */
HANDLER(op_cmpxchg16b)
{
    uint64_t a = op_ea(t, op), lo, hi;
    uint64_t acc_lo = t->env.regs[R_EAX], acc_hi = t->env.regs[R_EDX];
    uint64_t new_lo = t->env.regs[R_EBX], new_hi = t->env.regs[R_ECX];
    bool equal;
    void *p;

    if (a & 15) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    p = mem_rw(t, a, 8, op);
    if (p && host_has_cas16) {
        lo = acc_lo;
        hi = acc_hi;
        equal = host_cas16(p, &lo, &hi, new_lo, new_hi);
    } else {
        mem_lock_begin(t);
        lo = mem_ld(t, a, 8, op);
        hi = mem_ld(t, a + 8, 8, op);
        equal = lo == acc_lo && hi == acc_hi;
        mem_st(t, a, equal ? new_lo : lo, 8, op);
        mem_st(t, a + 8, equal ? new_hi : hi, 8, op);
        mem_lock_end(t);
    }
    if (!equal) {
        t->env.regs[R_EAX] = lo;
        t->env.regs[R_EDX] = hi;
    }
    set_zf(t, equal);
    NEXT(t, op);
}
