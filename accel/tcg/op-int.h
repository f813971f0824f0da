/*
 * Integer handlers: helpers that are the same in all of them, and the tables
 * by which the generators (gen-int*.c) find them.
 *
 * A handler is an inline function of constants (operation, size, form)
 * instantiated by a macro. Those that access memory look into the TLB
 * themselves and leave everything else to their _slow twin by a tail call: so
 * the usual way through a handler has no stack frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_OP_INT_H
#define ACCEL_TCG_OP_INT_H

#include "flags.h"

#define NOINLINE __attribute__((noinline))
#define HANDLER(name) const Op *name(TcgCpu *t, const Op *op)
#define OP_SIZES(X, ...) \
    X(__VA_ARGS__, 1) X(__VA_ARGS__, 2) X(__VA_ARGS__, 4) X(__VA_ARGS__, 8)

/* ------------------------------------------------------------- registers */

static ALWAYS_INLINE uint64_t reg_ld(TcgCpu *t, unsigned off, unsigned size)
{
    switch (size) {
    case 1: return REG8(t, off);
    case 2: return REG16(t, off);
    case 4: return REG32(t, off);
    default: return REG64(t, off);
    }
}

static ALWAYS_INLINE void reg_st(TcgCpu *t, unsigned off, uint64_t v,
                                 unsigned size)
{
    switch (size) {
    case 1: REG8(t, off) = v; break;
    case 2: REG16(t, off) = v; break;
    case 4: SET_REG32(t, off, v); break;
    default: REG64(t, off) = v; break;
    }
}

/* ---------------------------------------------------------------- memory */

/* Forms of a memory operand: without index register, and any. */
enum { EA_B, EA_X, EA_FORMS };

static ALWAYS_INLINE uint64_t ea(TcgCpu *t, const Op *op, unsigned form)
{
    if (form == EA_B) {
        return REG64(t, op->base) + (int64_t)op->disp;
    }
    return op_ea(t, op);
}
static inline unsigned ea_form(const Op *op)
{
    return op->index == SLOT_ZERO ? EA_B : EA_X;
}

/* The host address if plain RAM may be read (written, both) there at once. */
static ALWAYS_INLINE bool probe_ld(TcgCpu *t, uint64_t a, unsigned size,
                                   void **p)
{
    TlbEntry *e = tlb_entry(t, a);

    *p = (void *)(uintptr_t)(a + e->addend);
    return likely(e->read == ((a + size - 1) & TCG_PAGE_MASK));
}

static ALWAYS_INLINE bool probe_st(TcgCpu *t, uint64_t a, unsigned size,
                                   void **p)
{
    TlbEntry *e = tlb_entry(t, a);

    *p = (void *)(uintptr_t)(a + e->addend);
    return likely(e->write == ((a + size - 1) & TCG_PAGE_MASK));
}

static ALWAYS_INLINE bool probe_rw(TcgCpu *t, uint64_t a, unsigned size,
                                   void **p)
{
    TlbEntry *e = tlb_entry(t, a);

    *p = (void *)(uintptr_t)(a + e->addend);
    return likely(e->write == ((a + size - 1) & TCG_PAGE_MASK) &&
                  e->read == e->write);
}

/*
 * A handler that loads `size` bytes at op's operand and then does BODY, an
 * expression statement with the value as `v`. DECLARE_LOAD makes name_slow,
 * LOAD_FORM one of its fast twins.
 */
#define LOAD_SLOW(name, size, finish) \
    static NOINLINE HANDLER(name##_slow) \
    { \
        uint64_t v = mem_ld_slow(t, op_ea(t, op), size, op); \
        finish(t, op, v); \
        NEXT(t, op); \
    }
#define LOAD_FAST(name, form, size, finish) \
    static HANDLER(name##_##form) \
    { \
        void *p; \
        if (unlikely(!probe_ld(t, ea(t, op, form), size, &p))) { \
            return name##_slow(t, op); \
        } \
        finish(t, op, host_ld(p, size)); \
        NEXT(t, op); \
    }
#define LOAD_HANDLERS(name, size, finish) \
    LOAD_SLOW(name, size, finish) \
    LOAD_FAST(name, EA_B, size, finish) \
    LOAD_FAST(name, EA_X, size, finish)

/* ------------------------------------------------------------ arithmetic */

/* Two-operand operations in the order of the opcodes, then unary ones. */
enum {
    ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP,
    ALU_TEST, ALU_TST, /* TST: TEST of a register with itself */
    ALU_INC, ALU_DEC, ALU_NEG, ALU_NOT, ALU_COUNT,
};

static ALWAYS_INLINE bool alu_reads_carry(unsigned kind)
{
    return kind == ALU_ADC || kind == ALU_SBB;
}
/* CMP and TEST. */
static ALWAYS_INLINE bool alu_compares(unsigned kind)
{
    return kind == ALU_CMP || kind == ALU_TEST || kind == ALU_TST;
}

static ALWAYS_INLINE uint64_t alu_value(unsigned kind, uint64_t a, uint64_t b,
                                        bool carry)
{
    switch (kind) {
    case ALU_ADD: return a + b;
    case ALU_OR: return a | b;
    case ALU_ADC: return a + b + carry;
    case ALU_SBB: return a - b - carry;
    case ALU_AND:
    case ALU_TEST: return a & b;
    case ALU_TST: return a;
    case ALU_SUB:
    case ALU_CMP: return a - b;
    case ALU_XOR: return a ^ b;
    case ALU_INC: return a + 1;
    case ALU_DEC: return a - 1;
    case ALU_NEG: return -a;
    default: return ~a;
    }
}

/* carry: CF from before, where it matters. */
static ALWAYS_INLINE void alu_flags(TcgCpu *t, unsigned kind, unsigned size,
                                    uint64_t a, uint64_t b, uint64_t r,
                                    bool carry)
{
    switch (kind) {
    case ALU_ADD: cc_set(t, CC_ADD, size, r, b); break;
    case ALU_ADC:
        cc_set(t, CC_CARRY, size, r, (a & b) | ((a | b) & ~r));
        break;
    case ALU_SBB:
        cc_set(t, CC_CARRY, size, r, (~a & b) | ((~a | b) & r));
        break;
    case ALU_SUB:
    case ALU_CMP: cc_set(t, CC_SUB, size, a, b); break;
    case ALU_INC: cc_set(t, CC_INC, size, r, carry); break;
    case ALU_DEC: cc_set(t, CC_DEC, size, r, carry); break;
    case ALU_NEG: cc_set(t, CC_SUB, size, 0, a); break;
    case ALU_NOT: break;
    default: cc_set(t, CC_LOGIC, size, r, 0); break;
    }
}

/* The kind of cc_op that it leaves; CC_KINDS: none. */
static inline unsigned alu_cc_kind(unsigned kind)
{
    switch (kind) {
    case ALU_ADD: return CC_ADD;
    case ALU_ADC:
    case ALU_SBB: return CC_CARRY;
    case ALU_SUB:
    case ALU_CMP:
    case ALU_NEG: return CC_SUB;
    case ALU_INC: return CC_INC;
    case ALU_DEC: return CC_DEC;
    case ALU_NOT: return CC_KINDS;
    default: return CC_LOGIC;
    }
}

static ALWAYS_INLINE bool alu_carry_in(TcgCpu *t, unsigned kind, bool flags)
{
    if (alu_reads_carry(kind) ||
        (flags && (kind == ALU_INC || kind == ALU_DEC))) {
        return tcg_cc_carry(t);
    }
    return false;
}

static ALWAYS_INLINE uint64_t alu(TcgCpu *t, unsigned kind, unsigned size,
                                  bool flags, uint64_t a, uint64_t b)
{
    bool c = alu_carry_in(t, kind, flags);
    uint64_t r = alu_value(kind, a, b, c);

    if (flags) {
        alu_flags(t, kind, size, a, b, r, c);
    }
    return r;
}

/* --------------------------------------------------------------- stack */

/* Linear address of `size` bytes at offset sp of the stack segment, checked
 * against its limit. */
static inline uint64_t stack_linear(TcgCpu *t, const Op *op, uint64_t sp,
                                    unsigned size, bool write)
{
    if (t->mode & MODE_CS64) {
        return sp;
    }
    sp &= t->mode & MODE_SS32 ? UINT32_MAX : UINT16_MAX;
    if (!(t->mode & MODE_FLAT)) {
        tcg_check_limit(t, op, R_SS, sp, size, write);
    }
    return (uint32_t)(t->env.segs[R_SS].base + sp);
}

static inline void set_sp(TcgCpu *t, uint64_t sp)
{
    if (t->mode & MODE_CS64) {
        t->env.regs[R_ESP] = sp;
    } else if (t->mode & MODE_SS32) {
        t->env.regs[R_ESP] = (uint32_t)sp;
    } else {
        REG16(t, REG_OFF(R_ESP)) = sp;
    }
}

/* ---------------------------------------------------------------- tables */

typedef struct AluOps {
    OpFn *rr, *ri, *rm[EA_FORMS], *mr[EA_FORMS], *mi[EA_FORMS];
} AluOps;
/* [flags kept][operation][log2 of size]; what reads CF always keeps flags, NOT
 * and comparisons have one way. */
extern const AluOps op_alu[2][ALU_COUNT][4];
/* [ADC, SBB][cc_op before]: rr, ri, rm; NULL where there is none. */
extern const AluOps op_alu_carry[2][CC_OP_COUNT];
extern OpFn *const op_alu_locked[ALU_COUNT][4];
extern OpFn *const op_zero[2][4]; /* XOR r, r; [flags kept] */

/* Compare and jump: next Op is the jump not taken, then the one taken. */
typedef struct CmpJccOps {
    OpFn *rr, *ri, *rm[EA_FORMS], *mr[EA_FORMS], *mi[EA_FORMS];
} CmpJccOps;
enum { FUSE_CMP, FUSE_TEST, FUSE_TST, FUSE_COUNT };
extern const CmpJccOps op_cmp_jcc[FUSE_COUNT][4][16];

/* What reads a condition. SETCC writes r1, CMOV moves r2 to r1. */
enum { READ_JCC, READ_SETCC, READ_CMOV4, READ_CMOV8, READ_COUNT };
extern OpFn *const op_cond[READ_COUNT][CC_OP_COUNT][16];
extern OpFn *const op_cond_any[READ_COUNT]; /* condition in aux */

#endif
