/*
 * What reads a condition: Jcc, SETcc, CMOVcc. Where the flag pass knows cc_op
 * they are one comparison of cc_dst and cc_src; else the _any handlers choose
 * among the same ones by cc_op at run time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "op-int.h"

#define JUMP_IF(t, op, taken) \
    do { \
        const Op *to_ = (taken) ? (op) + 2 : (op) + 1; \
        JUMP(t, tcg_follow(t, to_)); \
    } while (0)

static ALWAYS_INLINE bool cond_now(TcgCpu *t, unsigned kind, unsigned size,
                                   unsigned cond)
{
    return cc_cond(kind, size, cond, t->cc_dst, t->cc_src);
}

static ALWAYS_INLINE void cmov(TcgCpu *t, const Op *op, unsigned size, bool v)
{
    uint64_t old = reg_ld(t, op->r1, size), new = reg_ld(t, op->r2, size);

    reg_st(t, op->r1, v ? new : old, size);
}

#define READERS(kind, cond, size) \
    static HANDLER(jcc_##kind##_##cond##_##size) \
    { \
        JUMP_IF(t, op, cond_now(t, kind, size, cond)); \
    } \
    static HANDLER(setcc_##kind##_##cond##_##size) \
    { \
        REG8(t, op->r1) = cond_now(t, kind, size, cond); \
        NEXT(t, op); \
    } \
    static HANDLER(cmov4_##kind##_##cond##_##size) \
    { \
        cmov(t, op, 4, cond_now(t, kind, size, cond)); \
        NEXT(t, op); \
    } \
    static HANDLER(cmov8_##kind##_##cond##_##size) \
    { \
        cmov(t, op, 8, cond_now(t, kind, size, cond)); \
        NEXT(t, op); \
    }

#define CONDS(X, S, kind) \
    S(X, kind, 0) S(X, kind, 1) S(X, kind, 2) S(X, kind, 3) S(X, kind, 4) \
    S(X, kind, 5) S(X, kind, 6) S(X, kind, 7) S(X, kind, 8) S(X, kind, 9) \
    S(X, kind, 10) S(X, kind, 11) S(X, kind, 12) S(X, kind, 13) \
    S(X, kind, 14) S(X, kind, 15)
/* Conditions of the result alone: Z, NZ, S, NS; and the carry. */
#define RESULT_CONDS(X, S, kind) \
    S(X, kind, 4) S(X, kind, 5) S(X, kind, 8) S(X, kind, 9)
#define CARRY_CONDS(X, S, kind) S(X, kind, 2) S(X, kind, 3)
#define ONE_SIZE(X, ...) X(__VA_ARGS__, 1)

#define EVERY(X) \
    CONDS(X, ONE_SIZE, CC_EFLAGS) \
    CONDS(X, OP_SIZES, CC_SUB) \
    CONDS(X, OP_SIZES, CC_LOGIC) \
    RESULT_CONDS(X, OP_SIZES, CC_ADD) \
    CARRY_CONDS(X, OP_SIZES, CC_ADD) \
    RESULT_CONDS(X, OP_SIZES, CC_CARRY) \
    CARRY_CONDS(X, OP_SIZES, CC_CARRY) \
    RESULT_CONDS(X, OP_SIZES, CC_INC) \
    RESULT_CONDS(X, OP_SIZES, CC_DEC) \
    RESULT_CONDS(X, OP_SIZES, CC_SHL) \
    RESULT_CONDS(X, OP_SIZES, CC_SHR) \
    CARRY_CONDS(X, OP_SIZES, CC_SHR) \
    RESULT_CONDS(X, OP_SIZES, CC_SAR)

EVERY(READERS)

#define LOG2(size) (size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3)
#define READER_ENTRIES(kind, cond, size) \
    [READ_JCC][kind * 4 + LOG2(size)][cond] = jcc_##kind##_##cond##_##size, \
    [READ_SETCC][kind * 4 + LOG2(size)][cond] = \
        setcc_##kind##_##cond##_##size, \
    [READ_CMOV4][kind * 4 + LOG2(size)][cond] = \
        cmov4_##kind##_##cond##_##size, \
    [READ_CMOV8][kind * 4 + LOG2(size)][cond] = \
        cmov8_##kind##_##cond##_##size,

OpFn *const op_cond[READ_COUNT][CC_OP_COUNT][16] = { EVERY(READER_ENTRIES) };

/* ------------------------------------------------ cc_op not known before */

static NOINLINE HANDLER(jcc_slow)
{
    JUMP_IF(t, op, tcg_test_cc(t, op->aux));
}
static NOINLINE HANDLER(setcc_slow)
{
    REG8(t, op->r1) = tcg_test_cc(t, op->aux);
    NEXT(t, op);
}
static NOINLINE HANDLER(cmov4_slow)
{
    cmov(t, op, 4, tcg_test_cc(t, op->aux));
    NEXT(t, op);
}
static NOINLINE HANDLER(cmov8_slow)
{
    cmov(t, op, 8, tcg_test_cc(t, op->aux));
    NEXT(t, op);
}

#define READ_ANY(name, reader) \
    static HANDLER(name##_any) \
    { \
        OpFn *fn = op_cond[reader][t->cc_op][op->aux]; \
        if (likely(fn)) { \
            return fn(t, op); \
        } \
        return name##_slow(t, op); \
    }
READ_ANY(jcc, READ_JCC)
READ_ANY(setcc, READ_SETCC)
READ_ANY(cmov4, READ_CMOV4)
READ_ANY(cmov8, READ_CMOV8)

OpFn *const op_cond_any[READ_COUNT] = { jcc_any, setcc_any, cmov4_any,
                                        cmov8_any };
