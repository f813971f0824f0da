/*
 * Arithmetic and logic between registers, immediates and memory, all sizes,
 * with flags and without. See op_alu[] for how the handlers are found.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "op-int.h"

/* --------------------------------------------------- registers, immediates */

/* r1 = r3 op b. r3 is r1 but where a move to r1 was merged with op; a
 * comparison has no r3. */
static ALWAYS_INLINE void to_reg(TcgCpu *t, const Op *op, unsigned kind,
                                 unsigned size, bool flags, uint64_t b)
{
    if (alu_compares(kind)) {
        alu(t, kind, size, flags, reg_ld(t, op->r1, size), b);
    } else {
        uint64_t a = reg_ld(t, op->r3, size);

        reg_st(t, op->r1, alu(t, kind, size, flags, a, b), size);
    }
}

#define REG_FORMS(kind, flags, size) \
    static HANDLER(rr_##kind##_##flags##_##size) \
    { \
        to_reg(t, op, kind, size, flags, reg_ld(t, op->r2, size)); \
        NEXT(t, op); \
    } \
    static HANDLER(ri_##kind##_##flags##_##size) \
    { \
        to_reg(t, op, kind, size, flags, op->imm); \
        NEXT(t, op); \
    }

/* ------------------------------------------------------------ from memory */

#define LOAD_FORMS(kind, flags, size) \
    static ALWAYS_INLINE void do_rm_##kind##_##flags##_##size( \
        TcgCpu *t, const Op *op, uint64_t v) \
    { \
        to_reg(t, op, kind, size, flags, v); \
    } \
    LOAD_HANDLERS(rm_##kind##_##flags##_##size, size, \
                  do_rm_##kind##_##flags##_##size)

/* Comparisons do not write what they load. */
#define COMPARE_FORMS(kind, flags, size) \
    static ALWAYS_INLINE void do_mr_##kind##_##flags##_##size( \
        TcgCpu *t, const Op *op, uint64_t v) \
    { \
        alu(t, kind, size, flags, v, reg_ld(t, op->r2, size)); \
    } \
    LOAD_HANDLERS(mr_##kind##_##flags##_##size, size, \
                  do_mr_##kind##_##flags##_##size) \
    static ALWAYS_INLINE void do_mi_##kind##_##flags##_##size( \
        TcgCpu *t, const Op *op, uint64_t v) \
    { \
        alu(t, kind, size, flags, v, op->imm); \
    } \
    LOAD_HANDLERS(mi_##kind##_##flags##_##size, size, \
                  do_mi_##kind##_##flags##_##size)

/* -------------------------------------------------------------- to memory */

static ALWAYS_INLINE void to_host(TcgCpu *t, void *p, unsigned kind,
                                  unsigned size, bool flags, uint64_t b)
{
    host_st(p, alu(t, kind, size, flags, host_ld(p, size), b), size);
}

/* After mem_rw() nothing can fault; still, flags change last. */
static ALWAYS_INLINE void to_mem_slow(TcgCpu *t, const Op *op, unsigned kind,
                                      unsigned size, bool flags, uint64_t b)
{
    uint64_t a = op_ea(t, op), v, r;
    void *p = mem_rw_slow(t, a, size, op);
    bool c;

    if (p) {
        to_host(t, p, kind, size, flags, b);
        return;
    }
    v = mem_ld(t, a, size, op);
    c = alu_carry_in(t, kind, flags);
    r = alu_value(kind, v, b, c);
    mem_st(t, a, r, size, op);
    if (flags) {
        alu_flags(t, kind, size, v, b, r, c);
    }
}

#define RMW_SLOW(name, kind, flags, size, operand) \
    static NOINLINE HANDLER(name##_slow) \
    { \
        to_mem_slow(t, op, kind, size, flags, operand); \
        NEXT(t, op); \
    }
#define RMW_FAST(name, form, kind, flags, size, operand) \
    static HANDLER(name##_##form) \
    { \
        void *p; \
        if (unlikely(!probe_rw(t, ea(t, op, form), size, &p))) { \
            return name##_slow(t, op); \
        } \
        to_host(t, p, kind, size, flags, operand); \
        NEXT(t, op); \
    }
#define RMW_HANDLERS(name, kind, flags, size, operand) \
    RMW_SLOW(name, kind, flags, size, operand) \
    RMW_FAST(name, EA_B, kind, flags, size, operand) \
    RMW_FAST(name, EA_X, kind, flags, size, operand)

#define RMW_FORMS(kind, flags, size) \
    RMW_HANDLERS(mr_##kind##_##flags##_##size, kind, flags, size, \
                 reg_ld(t, op->r2, size)) \
    RMW_HANDLERS(mi_##kind##_##flags##_##size, kind, flags, size, op->imm)

/* ----------------------------------------------------------------- tables */

#define UNARY_FORMS(kind, flags, size) \
    static HANDLER(rr_##kind##_##flags##_##size) \
    { \
        to_reg(t, op, kind, size, flags, 0); \
        NEXT(t, op); \
    } \
    RMW_HANDLERS(mi_##kind##_##flags##_##size, kind, flags, size, 0)

#define ALL_BINARY(kind, flags, size) \
    REG_FORMS(kind, flags, size) \
    LOAD_FORMS(kind, flags, size) \
    RMW_FORMS(kind, flags, size)
#define ALL_COMPARE(kind, flags, size) \
    REG_FORMS(kind, flags, size) \
    LOAD_FORMS(kind, flags, size) \
    COMPARE_FORMS(kind, flags, size)

#define EACH_BINARY(X, flags) \
    OP_SIZES(X, ALU_ADD, flags) OP_SIZES(X, ALU_OR, flags) \
    OP_SIZES(X, ALU_AND, flags) OP_SIZES(X, ALU_SUB, flags) \
    OP_SIZES(X, ALU_XOR, flags)
#define EACH_UNARY(X, flags) \
    OP_SIZES(X, ALU_INC, flags) OP_SIZES(X, ALU_DEC, flags) \
    OP_SIZES(X, ALU_NEG, flags)

EACH_BINARY(ALL_BINARY, 0)
EACH_BINARY(ALL_BINARY, 1)
EACH_UNARY(UNARY_FORMS, 0)
EACH_UNARY(UNARY_FORMS, 1)
OP_SIZES(UNARY_FORMS, ALU_NOT, 0)
OP_SIZES(ALL_BINARY, ALU_ADC, 1)
OP_SIZES(ALL_BINARY, ALU_SBB, 1)
OP_SIZES(ALL_COMPARE, ALU_CMP, 1)
OP_SIZES(ALL_COMPARE, ALU_TEST, 1)
OP_SIZES(REG_FORMS, ALU_TST, 1)

#define FORMS_OF(name) { name##_EA_B, name##_EA_X }
#define BINARY_ENTRY(kind, flags, size) \
    [flags][kind][size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3] = { \
        rr_##kind##_##flags##_##size, \
        ri_##kind##_##flags##_##size, \
        FORMS_OF(rm_##kind##_##flags##_##size), \
        FORMS_OF(mr_##kind##_##flags##_##size), \
        FORMS_OF(mi_##kind##_##flags##_##size), \
    },
#define UNARY_ENTRY(kind, flags, size) \
    [flags][kind][size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3] = { \
        .rr = rr_##kind##_##flags##_##size, \
        .mi = FORMS_OF(mi_##kind##_##flags##_##size), \
    },
#define TST_ENTRY(kind, flags, size) \
    [flags][kind][size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3] = { \
        .rr = rr_##kind##_##flags##_##size, \
        .ri = ri_##kind##_##flags##_##size, \
    },

const AluOps op_alu[2][ALU_COUNT][4] = {
    EACH_BINARY(BINARY_ENTRY, 0)
    EACH_BINARY(BINARY_ENTRY, 1)
    EACH_UNARY(UNARY_ENTRY, 0)
    EACH_UNARY(UNARY_ENTRY, 1)
    OP_SIZES(UNARY_ENTRY, ALU_NOT, 0)
    OP_SIZES(BINARY_ENTRY, ALU_ADC, 1)
    OP_SIZES(BINARY_ENTRY, ALU_SBB, 1)
    OP_SIZES(BINARY_ENTRY, ALU_CMP, 1)
    OP_SIZES(BINARY_ENTRY, ALU_TEST, 1)
    OP_SIZES(TST_ENTRY, ALU_TST, 1)
};

/* -------------------------------------------------- ADC, SBB, CF known how */

#define CARRY_FORMS(kind, from, size) \
    static ALWAYS_INLINE void do_##kind##_##from##_##size( \
        TcgCpu *t, const Op *op, uint64_t b) \
    { \
        bool c = cc_c(from, size, t->cc_dst, t->cc_src); \
        uint64_t a = reg_ld(t, op->r3, size), r = alu_value(kind, a, b, c); \
        alu_flags(t, kind, size, a, b, r, c); \
        reg_st(t, op->r1, r, size); \
    } \
    static HANDLER(rr_##kind##_##from##_##size) \
    { \
        do_##kind##_##from##_##size(t, op, reg_ld(t, op->r2, size)); \
        NEXT(t, op); \
    } \
    static HANDLER(ri_##kind##_##from##_##size) \
    { \
        do_##kind##_##from##_##size(t, op, op->imm); \
        NEXT(t, op); \
    } \
    LOAD_HANDLERS(rm_##kind##_##from##_##size, size, \
                  do_##kind##_##from##_##size)
#define EACH_CARRY(X) \
    X(ALU_ADC, CC_ADD, 4) X(ALU_ADC, CC_ADD, 8) X(ALU_ADC, CC_CARRY, 4) \
    X(ALU_ADC, CC_CARRY, 8) X(ALU_SBB, CC_SUB, 4) X(ALU_SBB, CC_SUB, 8) \
    X(ALU_SBB, CC_CARRY, 4) X(ALU_SBB, CC_CARRY, 8) X(ALU_ADC, CC_SUB, 4) \
    X(ALU_ADC, CC_SUB, 8)
EACH_CARRY(CARRY_FORMS)

#define CARRY_ENTRY(kind, from, size) \
    [kind == ALU_SBB][from * 4 + (size == 4 ? 2 : 3)] = { \
        rr_##kind##_##from##_##size, \
        ri_##kind##_##from##_##size, \
        FORMS_OF(rm_##kind##_##from##_##size), \
    },
const AluOps op_alu_carry[2][CC_OP_COUNT] = { EACH_CARRY(CARRY_ENTRY) };

/* ------------------------------------------------------------------- zero */

#define ZERO(flags, size) \
    static HANDLER(zero_##flags##_##size) \
    { \
        reg_st(t, op->r1, 0, size); \
        if (flags) { \
            cc_set(t, CC_LOGIC, size, 0, 0); \
        } \
        NEXT(t, op); \
    }
OP_SIZES(ZERO, 0)
OP_SIZES(ZERO, 1)

OpFn *const op_zero[2][4] = {
    { zero_0_1, zero_0_2, zero_0_4, zero_0_8 },
    { zero_1_1, zero_1_2, zero_1_4, zero_1_8 },
};
