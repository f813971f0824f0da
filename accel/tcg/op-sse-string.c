/*
 * PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM of SSE4.2 (SDM 2B, 4.1). In C:
 * the host's own would need the control byte at compile time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "sse-internal.h"

/* The control byte. */
enum {
    IMM_WORDS = 1 << 0,
    IMM_SIGNED = 1 << 1,
    IMM_AGGREGATION = 3 << 2, /* AGG_* << 2 */
    IMM_NEGATE = 1 << 4,
    IMM_NEGATE_VALID = 1 << 5, /* with IMM_NEGATE: only within the string */
    IMM_LAST = 1 << 6,         /* index forms: of the last match */
    IMM_EXPAND = 1 << 6,       /* mask forms: to bytes or words */
};
enum { AGG_ANY, AGG_RANGES, AGG_EACH, AGG_ORDERED };

typedef struct Strings {
    XMMReg a, b; /* set or needle; string searched */
    int a_len, b_len, n;
    unsigned imm;
} Strings;

static int element(const XMMReg *x, unsigned i, unsigned imm)
{
    if (imm & IMM_WORDS) {
        return imm & IMM_SIGNED ? (int16_t)x->w[i] : x->w[i];
    }
    return imm & IMM_SIGNED ? (int8_t)x->b[i] : x->b[i];
}

/* Implicit length: up to the first zero. */
static int length_to_zero(const XMMReg *x, int n, unsigned imm)
{
    int i = 0;

    while (i < n && element(x, i, imm)) {
        i++;
    }
    return i;
}

static int clamp_length(int64_t len, int n)
{
    if (len < -n || len > n) {
        return n;
    }
    return len < 0 ? -len : len;
}

static bool match_any(const Strings *s, int j)
{
    for (int i = 0; i < s->a_len; i++) {
        if (element(&s->a, i, s->imm) == element(&s->b, j, s->imm)) {
            return true;
        }
    }
    return false;
}

static bool match_ranges(const Strings *s, int j)
{
    int v = element(&s->b, j, s->imm);

    for (int i = 0; i + 1 < s->a_len; i += 2) {
        if (v >= element(&s->a, i, s->imm) &&
            v <= element(&s->a, i + 1, s->imm)) {
            return true;
        }
    }
    return false;
}

/* a stands at j of b, as far as b's register reaches. */
static bool match_ordered(const Strings *s, int j)
{
    for (int i = 0; i < s->a_len && i + j < s->n; i++) {
        if (i + j >= s->b_len ||
            element(&s->a, i, s->imm) != element(&s->b, i + j, s->imm)) {
            return false;
        }
    }
    return true;
}

static bool match(const Strings *s, int j)
{
    switch ((s->imm & IMM_AGGREGATION) >> 2) {
    case AGG_ANY:
        return j < s->b_len && match_any(s, j);
    case AGG_RANGES:
        return j < s->b_len && match_ranges(s, j);
    case AGG_EACH:
        if (j >= s->a_len || j >= s->b_len) {
            return j >= s->a_len && j >= s->b_len;
        }
        return element(&s->a, j, s->imm) == element(&s->b, j, s->imm);
    default:
        return match_ordered(s, j);
    }
}

static unsigned compare(TcgCpu *t, const Strings *s)
{
    unsigned bits = 0, flags = 0;

    for (int j = 0; j < s->n; j++) {
        bits |= match(s, j) << j;
    }
    if (s->imm & IMM_NEGATE) {
        bits ^= s->imm & IMM_NEGATE_VALID ? (1u << s->b_len) - 1
                                          : (1u << s->n) - 1;
    }
    flags |= bits ? CC_C : 0;
    flags |= s->b_len < s->n ? CC_Z : 0;
    flags |= s->a_len < s->n ? CC_S : 0;
    flags |= bits & 1 ? CC_O : 0;
    tcg_set_cc(t, flags);
    return bits;
}

static void put_index(TcgCpu *t, const Strings *s)
{
    unsigned bits = compare(t, s), index = s->n;

    if (bits) {
        index = s->imm & IMM_LAST ? 31 - __builtin_clz(bits)
                                  : __builtin_ctz(bits);
    }
    REG64(t, REG_OFF(R_ECX)) = index;
}

static void put_mask(TcgCpu *t, const Strings *s)
{
    unsigned bits = compare(t, s);
    XMMReg r = {0};

    if (!(s->imm & IMM_EXPAND)) {
        r.w[0] = bits;
    } else {
        for (int i = 0; i < s->n; i++) {
            if (s->imm & IMM_WORDS) {
                r.w[i] = bits >> i & 1 ? 0xffff : 0;
            } else {
                r.b[i] = bits >> i & 1 ? 0xff : 0;
            }
        }
    }
    t->env.xmm[0] = r;
}

/* op->aux: operand size 8 of the explicit lengths in RAX and RDX. */
static const Op *pcmpstr(TcgCpu *t, const Op *op, V b, bool explicit_length,
                         bool index)
{
    Strings s = {.imm = op->imm, .n = op->imm & IMM_WORDS ? 8 : 16};

    _mm_store_si128((V *)&s.a, XMM(t, op->r1));
    _mm_store_si128((V *)&s.b, b);
    if (explicit_length) {
        int64_t a_len = REG64(t, REG_OFF(R_EAX));
        int64_t b_len = REG64(t, REG_OFF(R_EDX));

        s.a_len = clamp_length(op->aux ? a_len : (int32_t)a_len, s.n);
        s.b_len = clamp_length(op->aux ? b_len : (int32_t)b_len, s.n);
    } else {
        s.a_len = length_to_zero(&s.a, s.n, s.imm);
        s.b_len = length_to_zero(&s.b, s.n, s.imm);
    }
    if (index) {
        put_index(t, &s);
    } else {
        put_mask(t, &s);
    }
    NEXT(t, op);
}

/* Their memory operand need not be aligned. */
#define PCMPSTR(name, explicit_length, index) \
    const Op *xr_##name(TcgCpu *t, const Op *op) \
    { \
        return pcmpstr(t, op, XMM(t, op->r2), explicit_length, index); \
    } \
    const Op *xm_##name(TcgCpu *t, const Op *op) \
    { \
        return pcmpstr(t, op, sse_ld_u(t, op_ea(t, op), op), \
                       explicit_length, index); \
    }
PCMPSTR(pcmpestri, true, true)
PCMPSTR(pcmpestrm, true, false)
PCMPSTR(pcmpistri, false, true)
PCMPSTR(pcmpistrm, false, false)
