/*
 * Multiplication and division. MUL and IMUL change CF and OF only, on the
 * processors we compare with; DIV and IDIV clear ZF, SF and PF and set AF.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "op-muldiv.h"

static ALWAYS_INLINE void mul_flags(TcgCpu *t, bool overflow)
{
    cc_merge(t, overflow ? CC_C | CC_O : 0, CC_C | CC_O);
}

/* ---------------------------------------------- IMUL with two and three */

static ALWAYS_INLINE void imul(TcgCpu *t, const Op *op, unsigned size,
                               bool flags, uint64_t x, uint64_t y)
{
    int64_t a = sext(x, size), b = sext(y, size), r;
    bool overflow = __builtin_mul_overflow(a, b, &r);

    reg_st(t, op->r1, r, size);
    if (flags) {
        mul_flags(t, size == 8 ? overflow : r != sext(r, size));
    }
}

#define IMUL_R(flags, size) \
    static HANDLER(imul_rr_##flags##_##size) \
    { \
        imul(t, op, size, flags, reg_ld(t, op->r3, size), \
             reg_ld(t, op->r2, size)); \
        NEXT(t, op); \
    } \
    static HANDLER(imul_ri_##flags##_##size) \
    { \
        imul(t, op, size, flags, reg_ld(t, op->r2, size), op->imm); \
        NEXT(t, op); \
    }
IMUL_R(0, 2)
IMUL_R(0, 4)
IMUL_R(0, 8)
IMUL_R(1, 2)
IMUL_R(1, 4)
IMUL_R(1, 8)
OpFn *const op_imul_rr[2][4] = {
    { NULL, imul_rr_0_2, imul_rr_0_4, imul_rr_0_8 },
    { NULL, imul_rr_1_2, imul_rr_1_4, imul_rr_1_8 },
};
OpFn *const op_imul_ri[2][4] = {
    { NULL, imul_ri_0_2, imul_ri_0_4, imul_ri_0_8 },
    { NULL, imul_ri_1_2, imul_ri_1_4, imul_ri_1_8 },
};

/* -------------------------------------------- the accumulator by a register */

#define EAX REG_OFF(R_EAX)
#define EDX REG_OFF(R_EDX)

static ALWAYS_INLINE bool mul_wide(TcgCpu *t, unsigned size, bool sign,
                                   uint64_t b)
{
    uint64_t a = reg_ld(t, EAX, size);

    if (size == 8) {
        unsigned __int128 r = sign ? (unsigned __int128)((__int128)(int64_t)a *
                                                         (int64_t)b)
                                   : (unsigned __int128)a * b;
        REG64(t, EAX) = r;
        REG64(t, EDX) = r >> 64;
        return sign ? (int64_t)(r >> 64) != ((int64_t)r >> 63) : r >> 64 != 0;
    } else {
        uint64_t r = sign ? (uint64_t)(sext(a, size) * sext(b, size))
                          : a * zext(b, size);

        if (size == 1) {
            REG16(t, EAX) = r;
        } else {
            reg_st(t, EAX, r, size);
            reg_st(t, EDX, r >> (size * 8), size);
        }
        return sign ? (int64_t)r != sext(r, size) : r != zext(r, size);
    }
}

#define MULS(flags, size) \
    static HANDLER(mul_##flags##_##size) \
    { \
        bool o = mul_wide(t, size, false, reg_ld(t, op->r2, size)); \
        if (flags) { \
            mul_flags(t, o); \
        } \
        NEXT(t, op); \
    } \
    static HANDLER(imul_##flags##_##size) \
    { \
        bool o = mul_wide(t, size, true, reg_ld(t, op->r2, size)); \
        if (flags) { \
            mul_flags(t, o); \
        } \
        NEXT(t, op); \
    }
OP_SIZES(MULS, 0)
OP_SIZES(MULS, 1)
OpFn *const op_mul[2][4] = { { mul_0_1, mul_0_2, mul_0_4, mul_0_8 },
                             { mul_1_1, mul_1_2, mul_1_4, mul_1_8 } };
OpFn *const op_imul[2][4] = { { imul_0_1, imul_0_2, imul_0_4, imul_0_8 },
                              { imul_1_1, imul_1_2, imul_1_4, imul_1_8 } };

HANDLER(op_mulx4)
{
    uint64_t r = (uint64_t)REG32(t, EDX) * REG32(t, op->r3);

    SET_REG32(t, op->r2, r);
    SET_REG32(t, op->r1, r >> 32);
    NEXT(t, op);
}
HANDLER(op_mulx8)
{
    unsigned __int128 r = (unsigned __int128)REG64(t, EDX) * REG64(t, op->r3);

    REG64(t, op->r2) = r;
    REG64(t, op->r1) = r >> 64;
    NEXT(t, op);
}

/* ---------------------------------------------------------------- division */

static void div_flags(TcgCpu *t)
{
    cc_merge(t, CC_A, CC_A | CC_Z | CC_S | CC_P);
}

/* Quotient and remainder go to AX (AL, AH), or eAX and eDX. */
static ALWAYS_INLINE void div_store(TcgCpu *t, unsigned size, uint64_t q,
                                    uint64_t r)
{
    if (size == 1) {
        REG16(t, EAX) = (uint8_t)q | (uint8_t)r << 8;
    } else {
        reg_st(t, EAX, q, size);
        reg_st(t, EDX, r, size);
    }
}

/* The dividend of up to 32-bit divisors. */
static ALWAYS_INLINE uint64_t dividend(TcgCpu *t, unsigned size)
{
    if (size == 1) {
        return REG16(t, EAX);
    }
    return reg_ld(t, EAX, size) | reg_ld(t, EDX, size) << (size * 8);
}

static ALWAYS_INLINE void div_small(TcgCpu *t, const Op *op, unsigned size)
{
    uint64_t n = dividend(t, size), d = reg_ld(t, op->r2, size);

    if (d == 0 || n / d != zext(n / d, size)) {
        tcg_raise(t, op, EXCP00_DIVZ);
    }
    div_store(t, size, n / d, n % d);
}

static ALWAYS_INLINE void idiv_small(TcgCpu *t, const Op *op, unsigned size)
{
    int64_t n = sext(dividend(t, size), size * 2);
    int64_t d = sext(reg_ld(t, op->r2, size), size);

    if (d == 0 || (d == -1 && n == INT64_MIN) || n / d != sext(n / d, size)) {
        tcg_raise(t, op, EXCP00_DIVZ);
    }
    div_store(t, size, n / d, n % d);
}

static void div_64(TcgCpu *t, const Op *op)
{
    uint64_t lo = REG64(t, EAX), hi = REG64(t, EDX), d = REG64(t, op->r2);
    unsigned __int128 n;

    if (hi >= d) {
        tcg_raise(t, op, EXCP00_DIVZ);
    }
    if (hi == 0) {
        div_store(t, 8, lo / d, lo % d);
        return;
    }
    n = (unsigned __int128)hi << 64 | lo;
    div_store(t, 8, n / d, n % d);
}

static void idiv_64(TcgCpu *t, const Op *op)
{
    uint64_t lo = REG64(t, EAX), hi = REG64(t, EDX), d = REG64(t, op->r2);
    unsigned __int128 n = (unsigned __int128)hi << 64 | lo, q;
    bool minus = (hi ^ d) >> 63, n_minus = hi >> 63;
    uint64_t r;

    if ((int64_t)hi == (int64_t)lo >> 63 && d != 0 && d != UINT64_MAX) {
        div_store(t, 8, (int64_t)lo / (int64_t)d, (int64_t)lo % (int64_t)d);
        return;
    }
    n = n_minus ? -n : n;
    d = d >> 63 ? -d : d;
    if (d == 0 || (uint64_t)(n >> 64) >= d) {
        tcg_raise(t, op, EXCP00_DIVZ);
    }
    q = n / d;
    r = n % d;
    if (q > (uint64_t)INT64_MAX + minus) {
        tcg_raise(t, op, EXCP00_DIVZ);
    }
    div_store(t, 8, minus ? -q : q, n_minus ? -r : r);
}

#define DIVS(flags, size) \
    static HANDLER(div_##flags##_##size) \
    { \
        if (size == 8) { \
            div_64(t, op); \
        } else { \
            div_small(t, op, size); \
        } \
        if (flags) { \
            div_flags(t); \
        } \
        NEXT(t, op); \
    } \
    static HANDLER(idiv_##flags##_##size) \
    { \
        if (size == 8) { \
            idiv_64(t, op); \
        } else { \
            idiv_small(t, op, size); \
        } \
        if (flags) { \
            div_flags(t); \
        } \
        NEXT(t, op); \
    }
OP_SIZES(DIVS, 0)
OP_SIZES(DIVS, 1)
OpFn *const op_div[2][4] = { { div_0_1, div_0_2, div_0_4, div_0_8 },
                             { div_1_1, div_1_2, div_1_4, div_1_8 } };
OpFn *const op_idiv[2][4] = { { idiv_0_1, idiv_0_2, idiv_0_4, idiv_0_8 },
                              { idiv_1_1, idiv_1_2, idiv_1_4, idiv_1_8 } };
