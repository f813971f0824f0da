/*
 * CMP or TEST and the Jcc behind it as one Op: the condition is the host's
 * own compare of the operands, and the flags are still stored for whoever
 * comes next.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "op-int.h"

static ALWAYS_INLINE const Op *fused(TcgCpu *t, const Op *op, unsigned what,
                                     unsigned size, unsigned cond, uint64_t a,
                                     uint64_t b)
{
    bool taken;

    if (what == FUSE_CMP) {
        cc_set(t, CC_SUB, size, a, b);
        taken = cc_cond(CC_SUB, size, cond, a, b);
    } else {
        uint64_t r = what == FUSE_TST ? a : a & b;

        cc_set(t, CC_LOGIC, size, r, 0);
        taken = cc_cond(CC_LOGIC, size, cond, r, 0);
    }
    return tcg_follow(t, taken ? op + 2 : op + 1);
}

#define FUSED_REG(what, form, cond, size, operand) \
    static HANDLER(form##_##what##_##cond##_##size) \
    { \
        JUMP(t, fused(t, op, what, size, cond, reg_ld(t, op->r1, size), \
                      operand)); \
    }
#define FUSED_MEM(what, form, cond, size, a, b) \
    static NOINLINE HANDLER(form##_##what##_##cond##_##size##_slow) \
    { \
        uint64_t v = mem_ld_slow(t, op_ea(t, op), size, op); \
        JUMP(t, fused(t, op, what, size, cond, a, b)); \
    } \
    FUSED_MEM_FAST(what, form, EA_B, cond, size, a, b) \
    FUSED_MEM_FAST(what, form, EA_X, cond, size, a, b)
#define FUSED_MEM_FAST(what, form, eaform, cond, size, a, b) \
    static HANDLER(form##_##what##_##cond##_##size##_##eaform) \
    { \
        void *p; \
        uint64_t v; \
        if (unlikely(!probe_ld(t, ea(t, op, eaform), size, &p))) { \
            return form##_##what##_##cond##_##size##_slow(t, op); \
        } \
        v = host_ld(p, size); \
        JUMP(t, fused(t, op, what, size, cond, a, b)); \
    }

#define FUSED_CMP(what, cond, size) \
    FUSED_REG(what, rr, cond, size, reg_ld(t, op->r2, size)) \
    FUSED_REG(what, ri, cond, size, op->imm) \
    FUSED_MEM(what, rm, cond, size, reg_ld(t, op->r1, size), v) \
    FUSED_MEM(what, mr, cond, size, v, reg_ld(t, op->r2, size)) \
    FUSED_MEM(what, mi, cond, size, v, op->imm)
#define FUSED_TEST(what, cond, size) \
    FUSED_REG(what, rr, cond, size, reg_ld(t, op->r2, size)) \
    FUSED_REG(what, ri, cond, size, op->imm) \
    FUSED_MEM(what, mr, cond, size, v, reg_ld(t, op->r2, size)) \
    FUSED_MEM(what, mi, cond, size, v, op->imm)
#define FUSED_TST(what, cond, size) FUSED_REG(what, rr, cond, size, 0)

/* Overflow and parity are left to a Jcc of its own. */
#define CONDS(X, what) \
    OP_SIZES(X, what, 2) OP_SIZES(X, what, 3) OP_SIZES(X, what, 4) \
    OP_SIZES(X, what, 5) OP_SIZES(X, what, 6) OP_SIZES(X, what, 7) \
    OP_SIZES(X, what, 8) OP_SIZES(X, what, 9) OP_SIZES(X, what, 12) \
    OP_SIZES(X, what, 13) OP_SIZES(X, what, 14) OP_SIZES(X, what, 15)

CONDS(FUSED_CMP, FUSE_CMP)
CONDS(FUSED_TEST, FUSE_TEST)
CONDS(FUSED_TST, FUSE_TST)

#define LOG2(size) (size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3)
#define BOTH(form, what, cond, size) \
    .form = { form##_##what##_##cond##_##size##_EA_B, \
              form##_##what##_##cond##_##size##_EA_X }
#define CMP_ENTRY(what, cond, size) \
    [what][LOG2(size)][cond] = { \
        .rr = rr_##what##_##cond##_##size, \
        .ri = ri_##what##_##cond##_##size, \
        BOTH(rm, what, cond, size), \
        BOTH(mr, what, cond, size), \
        BOTH(mi, what, cond, size), \
    },
#define TEST_ENTRY(what, cond, size) \
    [what][LOG2(size)][cond] = { \
        .rr = rr_##what##_##cond##_##size, \
        .ri = ri_##what##_##cond##_##size, \
        BOTH(mr, what, cond, size), \
        BOTH(mi, what, cond, size), \
    },
#define TST_ENTRY(what, cond, size) \
    [what][LOG2(size)][cond] = { .rr = rr_##what##_##cond##_##size },

const CmpJccOps op_cmp_jcc[FUSE_COUNT][4][16] = {
    CONDS(CMP_ENTRY, FUSE_CMP)
    CONDS(TEST_ENTRY, FUSE_TEST)
    CONDS(TST_ENTRY, FUSE_TST)
};
