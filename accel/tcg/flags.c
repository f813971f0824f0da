/*
 * Lazy flags: the ways to compute them where cc_op is not known beforehand.
 * Every path goes through one table of small functions, one per cc_op.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "flags.h"

typedef uint32_t FlagsFn(uint64_t dst, uint64_t src);
typedef bool CarryFn(uint64_t dst, uint64_t src);

#define FLAGS_FN(kind, size) \
    static uint32_t flags_##kind##_##size(uint64_t dst, uint64_t src) \
    { \
        return cc_flags(kind, size, dst, src); \
    } \
    static bool carry_##kind##_##size(uint64_t dst, uint64_t src) \
    { \
        return cc_c(kind, size, dst, src); \
    }
#define SIZES(X, kind) X(kind, 1) X(kind, 2) X(kind, 4) X(kind, 8)
#define KINDS(X) \
    SIZES(X, CC_ADD) SIZES(X, CC_SUB) SIZES(X, CC_LOGIC) SIZES(X, CC_CARRY) \
    SIZES(X, CC_INC) SIZES(X, CC_DEC) SIZES(X, CC_SHL) SIZES(X, CC_SHR) \
    SIZES(X, CC_SAR)
KINDS(FLAGS_FN)

static uint32_t flags_eflags(uint64_t dst, uint64_t src)
{
    return src;
}
static bool carry_eflags(uint64_t dst, uint64_t src)
{
    return src & CC_C;
}

#define FLAGS_ENTRY(kind, size) flags_##kind##_##size,
static FlagsFn *const flags_fns[CC_OP_COUNT] = {
    flags_eflags, flags_eflags, flags_eflags, flags_eflags,
    KINDS(FLAGS_ENTRY)
};
#define CARRY_ENTRY(kind, size) carry_##kind##_##size,
static CarryFn *const carry_fns[CC_OP_COUNT] = {
    carry_eflags, carry_eflags, carry_eflags, carry_eflags,
    KINDS(CARRY_ENTRY)
};

uint32_t tcg_cc_compute(TcgCpu *t)
{
    return flags_fns[t->cc_op](t->cc_dst, t->cc_src);
}

bool tcg_cc_carry(TcgCpu *t)
{
    return carry_fns[t->cc_op](t->cc_dst, t->cc_src);
}

bool tcg_test_cc(TcgCpu *t, unsigned cc)
{
    return cond_of_flags(tcg_cc_compute(t), cc);
}

uint64_t tcg_get_eflags(TcgCpu *t)
{
    return (t->env.eflags & ~(uint64_t)CC_ALL) | tcg_cc_compute(t) | 2;
}

void tcg_set_eflags(TcgCpu *t, uint64_t value, uint64_t mask)
{
    mask &= ~(uint64_t)CC_ALL;
    t->env.eflags = (t->env.eflags & ~(mask | CC_ALL)) | (value & mask) | 2;
    tcg_set_cc(t, value);
}
