/*
 * SSE floating point beyond "register, register/memory": comparisons,
 * conversions from and to general and MMX registers, rounding, dot products,
 * and MXCSR itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "sse-internal.h"

/* ------------------------------------------------------------ comparisons */

#define CASE(t, op, r, d, s, text, n) \
    case n: \
        SSE_EXEC(t, op, TINY_NONE, r, \
                 "movaps %[d], %[r]\n\t" text " $" #n ", %[s], %[r]", \
                 L([r] "=&x"(r)), L([d] "x"(d), [s] "x"(s))); \
        break;

#define PREDICATE(name, size) \
    static V v_##name(TcgCpu *t, const Op *op, V d, V s) \
    { \
        V r = d; \
\
        switch (op->imm & 7) { \
            CASE(t, op, r, d, s, #name, 0) \
            CASE(t, op, r, d, s, #name, 1) \
            CASE(t, op, r, d, s, #name, 2) \
            CASE(t, op, r, d, s, #name, 3) \
            CASE(t, op, r, d, s, #name, 4) \
            CASE(t, op, r, d, s, #name, 5) \
            CASE(t, op, r, d, s, #name, 6) \
            CASE(t, op, r, d, s, #name, 7) \
        } \
        return r; \
    } \
    HANDLERS(name, size)

#define HANDLERS(name, size) \
    static const Op *xr_##name(TcgCpu *t, const Op *op) \
    { \
        XMM(t, op->r1) = \
            v_##name(t, op, XMM(t, op->r1), XMM(t, op->r2)); \
        NEXT(t, op); \
    } \
    static const Op *xm_##name(TcgCpu *t, const Op *op) \
    { \
        V s = sse_ld_operand(t, op, size); \
\
        XMM(t, op->r1) = v_##name(t, op, XMM(t, op->r1), s); \
        NEXT(t, op); \
    }
PREDICATE(cmpps, 16)
PREDICATE(cmppd, 16)
PREDICATE(cmpss, 4)
PREDICATE(cmpsd, 8)

#define ORDERED(name, size) \
    static ALWAYS_INLINE const Op *do_##name(TcgCpu *t, const Op *op, V s) \
    { \
        V d = XMM(t, op->r1); \
        bool z, p, c; \
\
        SSE_EXEC(t, op, TINY_NONE, d, #name " %[s], %[d]", \
                 L("=@ccz"(z), "=@ccp"(p), "=@ccc"(c)), \
                 L([d] "x"(d), [s] "x"(s))); \
        tcg_set_cc(t, (z ? CC_Z : 0) | (p ? CC_P : 0) | (c ? CC_C : 0)); \
        NEXT(t, op); \
    } \
    static const Op *xr_##name(TcgCpu *t, const Op *op) \
    { \
        return do_##name(t, op, XMM(t, op->r2)); \
    } \
    static const Op *xm_##name(TcgCpu *t, const Op *op) \
    { \
        return do_##name(t, op, sse_ld_operand(t, op, size)); \
    }
ORDERED(comiss, 4)
ORDERED(comisd, 8)
ORDERED(ucomiss, 4)
ORDERED(ucomisd, 8)

/* --------------------------------------------------------------- rounding */

#define ROUND(name, size) \
    static V v_##name(TcgCpu *t, const Op *op, V d, V s) \
    { \
        V r = d; \
\
        switch (op->imm & 15) { \
            CASE(t, op, r, d, s, #name, 0) \
            CASE(t, op, r, d, s, #name, 1) \
            CASE(t, op, r, d, s, #name, 2) \
            CASE(t, op, r, d, s, #name, 3) \
            CASE(t, op, r, d, s, #name, 4) \
            CASE(t, op, r, d, s, #name, 5) \
            CASE(t, op, r, d, s, #name, 6) \
            CASE(t, op, r, d, s, #name, 7) \
            CASE(t, op, r, d, s, #name, 8) \
            CASE(t, op, r, d, s, #name, 9) \
            CASE(t, op, r, d, s, #name, 10) \
            CASE(t, op, r, d, s, #name, 11) \
            CASE(t, op, r, d, s, #name, 12) \
            CASE(t, op, r, d, s, #name, 13) \
            CASE(t, op, r, d, s, #name, 14) \
            CASE(t, op, r, d, s, #name, 15) \
        } \
        return r; \
    } \
    HANDLERS(name, size)
ROUND(roundps, 16)
ROUND(roundpd, 16)
ROUND(roundss, 4)
ROUND(roundsd, 8)

/* ----------------------------------------------------------- dot products */

/* All ones in the dwords that bits i, i + step ... of imm name. */
static V dword_mask(unsigned imm, bool doubles)
{
    return doubles ? _mm_set_epi64x(-(int64_t)(imm >> 1 & 1),
                                    -(int64_t)(imm & 1))
                   : _mm_set_epi32(-(imm >> 3 & 1), -(imm >> 2 & 1),
                                   -(imm >> 1 & 1), -(imm & 1));
}

/* One step of a dot product, with exceptions of its own. */
#define STEP(t, op, insn, tiny, to, a, b) \
    SSE_EXEC(t, op, tiny, to, "movaps %[d], %[r]\n\t" insn " %[s], %[r]", \
             L([r] "=&x"(to)), L([d] "x"(a), [s] "x"(b)))

static V v_dpps(TcgCpu *t, const Op *op, V d, V s)
{
    V use = dword_mask(op->imm >> 4, false), product, pairs, r;

    d = _mm_and_si128(d, use);
    s = _mm_and_si128(s, use);
    STEP(t, op, "mulps", TINY_S4, product, d, s);
    STEP(t, op, "addps", TINY_S4, pairs, product,
         _mm_shuffle_epi32(product, 0xb1));
    STEP(t, op, "addss", TINY_S1, r, pairs, _mm_shuffle_epi32(pairs, 0x4e));
    return _mm_and_si128(_mm_shuffle_epi32(r, 0), dword_mask(op->imm, false));
}
HANDLERS(dpps, 16)

static V v_dppd(TcgCpu *t, const Op *op, V d, V s)
{
    V use = dword_mask(op->imm >> 4, true), product, r;

    d = _mm_and_si128(d, use);
    s = _mm_and_si128(s, use);
    STEP(t, op, "mulpd", TINY_D2, product, d, s);
    STEP(t, op, "addsd", TINY_D1, r, product,
         _mm_shuffle_epi32(product, 0x4e));
    return _mm_and_si128(_mm_shuffle_epi32(r, 0x44),
                         dword_mask(op->imm, true));
}
HANDLERS(dppd, 16)

/* ------------------------------------------- from and to general registers */

/* Integer of type `type` to the low element of r1. */
#define FROM_INTEGER(fn, insn, type, size) \
    static ALWAYS_INLINE const Op *do_##fn(TcgCpu *t, const Op *op, type s) \
    { \
        V d = XMM(t, op->r1), r; \
\
        SSE_EXEC(t, op, TINY_NONE, r, \
                 "movaps %[d], %[r]\n\t" insn " %[s], %[r]", \
                 L([r] "=&x"(r)), L([d] "x"(d), [s] "r"(s))); \
        XMM(t, op->r1) = r; \
        NEXT(t, op); \
    } \
    const Op *xr_##fn(TcgCpu *t, const Op *op) \
    { \
        return do_##fn(t, op, REG64(t, op->r2)); \
    } \
    const Op *xm_##fn(TcgCpu *t, const Op *op) \
    { \
        return do_##fn(t, op, mem_ld(t, op_ea(t, op), size, op)); \
    }
FROM_INTEGER(cvtsi2ss32, "cvtsi2ssl", uint32_t, 4)
FROM_INTEGER(cvtsi2ss64, "cvtsi2ssq", uint64_t, 8)
FROM_INTEGER(cvtsi2sd32, "cvtsi2sdl", uint32_t, 4)
FROM_INTEGER(cvtsi2sd64, "cvtsi2sdq", uint64_t, 8)

#define TO_INTEGER(fn, insn, type, size) \
    static ALWAYS_INLINE const Op *do_##fn(TcgCpu *t, const Op *op, V s) \
    { \
        type r; \
\
        SSE_EXEC(t, op, TINY_NONE, s, insn " %[s], %[r]", L([r] "=r"(r)), \
                 L([s] "x"(s))); \
        REG64(t, op->r1) = r; \
        NEXT(t, op); \
    } \
    const Op *xr_##fn(TcgCpu *t, const Op *op) \
    { \
        return do_##fn(t, op, XMM(t, op->r2)); \
    } \
    const Op *xm_##fn(TcgCpu *t, const Op *op) \
    { \
        return do_##fn(t, op, sse_ld_operand(t, op, size)); \
    }
TO_INTEGER(cvtss2si32, "cvtss2si", uint32_t, 4)
TO_INTEGER(cvtss2si64, "cvtss2si", uint64_t, 4)
TO_INTEGER(cvtsd2si32, "cvtsd2si", uint32_t, 8)
TO_INTEGER(cvtsd2si64, "cvtsd2si", uint64_t, 8)
TO_INTEGER(cvttss2si32, "cvttss2si", uint32_t, 4)
TO_INTEGER(cvttss2si64, "cvttss2si", uint64_t, 4)
TO_INTEGER(cvttsd2si32, "cvttsd2si", uint32_t, 8)
TO_INTEGER(cvttsd2si64, "cvttsd2si", uint64_t, 8)

/* ------------------------------------------- from and to MMX registers */

/* Two dwords to two floats in the lower half of r1, or two doubles. */
static ALWAYS_INLINE void put_pi2ps(TcgCpu *t, const Op *op, uint64_t v)
{
    V s = _mm_cvtsi64_si128(v), r;

    SSE_EXEC(t, op, TINY_NONE, r, "cvtdq2ps %[s], %[r]", L([r] "=x"(r)),
             L([s] "x"(s)));
    XMM_REG(t, op->r1)->q[0] = _mm_cvtsi128_si64(r);
}

static const Op *xr_cvtpi2ps(TcgCpu *t, const Op *op)
{
    uint64_t v = MMX(t, op->r2);

    mmx_check(t, op);
    mmx_touch(t);
    put_pi2ps(t, op, v);
    NEXT(t, op);
}

/* From memory they have nothing to do with MMX. */
static const Op *xm_cvtpi2ps(TcgCpu *t, const Op *op)
{
    put_pi2ps(t, op, mem_ld(t, op_ea(t, op), 8, op));
    NEXT(t, op);
}

static const Op *xr_cvtpi2pd(TcgCpu *t, const Op *op)
{
    V s = _mm_cvtsi64_si128(MMX(t, op->r2));

    mmx_check(t, op);
    mmx_touch(t);
    XMM(t, op->r1) = _mm_castpd_si128(_mm_cvtepi32_pd(s));
    NEXT(t, op);
}

static const Op *xm_cvtpi2pd(TcgCpu *t, const Op *op)
{
    V s = sse_ld_operand(t, op, 8);

    XMM(t, op->r1) = _mm_castpd_si128(_mm_cvtepi32_pd(s));
    NEXT(t, op);
}

/* Two floats or doubles to an MMX register: r1 from XMM r2 or memory. An
 * exception comes after the change to MMX state. */
#define TO_MMX(fn, insn, size) \
    static ALWAYS_INLINE const Op *do_##fn(TcgCpu *t, const Op *op, V s) \
    { \
        V r; \
\
        mmx_touch(t); \
        SSE_EXEC(t, op, TINY_NONE, s, insn " %[s], %[r]", L([r] "=x"(r)), \
                 L([s] "x"(s))); \
        mmx_set(t, op->r1, _mm_cvtsi128_si64(r)); \
        NEXT(t, op); \
    } \
    static const Op *xr_##fn(TcgCpu *t, const Op *op) \
    { \
        V s = XMM(t, op->r2); \
\
        mmx_check(t, op); \
        return do_##fn(t, op, size == 8 ? _mm_move_epi64(s) : s); \
    } \
    static const Op *xm_##fn(TcgCpu *t, const Op *op) \
    { \
        mmx_check(t, op); \
        return do_##fn(t, op, sse_ld_operand(t, op, size)); \
    }
TO_MMX(cvtps2pi, "cvtps2dq", 8)
TO_MMX(cvttps2pi, "cvttps2dq", 8)
TO_MMX(cvtpd2pi, "cvtpd2dq", 16)
TO_MMX(cvttpd2pi, "cvttpd2dq", 16)

/* ------------------------------------------------------------------ MXCSR */

const Op *op_ldmxcsr(TcgCpu *t, const Op *op)
{
    uint32_t v = mem_ld(t, op_ea(t, op), 4, op);

    if (v & ~MXCSR_MASK) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    t->env.mxcsr = v;
    NEXT(t, op);
}

const Op *op_stmxcsr(TcgCpu *t, const Op *op)
{
    mem_st(t, op_ea(t, op), t->env.mxcsr, 4, op);
    NEXT(t, op);
}

/* ------------------------------------------------------------------ tables */

#define M(name) ZYDIS_MNEMONIC_##name
#define XMM_ENTRY(m, name) {M(m), xr_##name, xm_##name}
/* The memory form has no XMM operand. */
#define MMX_ENTRY(m, name) {M(m), xr_##name, xm_##name, xr_##name, xm_##name}

const SseEntry tcg_sse_cvt[] = {
    XMM_ENTRY(CMPPS, cmpps),
    XMM_ENTRY(CMPPD, cmppd),
    XMM_ENTRY(CMPSS, cmpss),
    XMM_ENTRY(CMPSD, cmpsd),
    XMM_ENTRY(ROUNDPS, roundps),
    XMM_ENTRY(ROUNDPD, roundpd),
    XMM_ENTRY(ROUNDSS, roundss),
    XMM_ENTRY(ROUNDSD, roundsd),
    XMM_ENTRY(DPPS, dpps),
    XMM_ENTRY(DPPD, dppd),
    XMM_ENTRY(CVTPI2PS, cvtpi2ps),
    XMM_ENTRY(CVTPI2PD, cvtpi2pd),
    MMX_ENTRY(CVTPS2PI, cvtps2pi),
    MMX_ENTRY(CVTTPS2PI, cvttps2pi),
    MMX_ENTRY(CVTPD2PI, cvtpd2pi),
    MMX_ENTRY(CVTTPD2PI, cvttpd2pi),
    {0},
};

const SseEntry tcg_sse_cc[] = {
    XMM_ENTRY(COMISS, comiss),
    XMM_ENTRY(COMISD, comisd),
    XMM_ENTRY(UCOMISS, ucomiss),
    XMM_ENTRY(UCOMISD, ucomisd),
    XMM_ENTRY(PCMPESTRI, pcmpestri),
    XMM_ENTRY(PCMPESTRM, pcmpestrm),
    XMM_ENTRY(PCMPISTRI, pcmpistri),
    XMM_ENTRY(PCMPISTRM, pcmpistrm),
    {0},
};
