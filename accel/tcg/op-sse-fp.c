/*
 * Floating-point arithmetic and conversions between XMM registers, with exact
 * MXCSR flags and exceptions; and the slow ways of sse-internal.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "sse-handlers.h"

COLD const Op *sse_st_slow(TcgCpu *t, const Op *op)
{
    const XMMReg *r = XMM_REG(t, op->r1);
    uint64_t a = op_ea(t, op);

    mem_check_write(t, a, 16, op);
    mem_st(t, a, r->q[0], 8, op);
    mem_st(t, a + 8, r->q[1], 8, op);
    NEXT(t, op);
}

COLD void sse_misaligned(TcgCpu *t, const Op *op)
{
    tcg_raise_err(t, op, EXCP0D_GPF, 0);
}

static bool tiny_single(uint32_t v)
{
    return !(v & 0x7f800000) && (v & 0x7fffff);
}

static bool tiny_double(uint64_t v)
{
    return !(v & 0x7ff0000000000000) && (v & 0xfffffffffffff);
}

static bool has_tiny(V result, SseTiny tiny)
{
    XMMReg r;

    _mm_store_si128((V *)&r, result);
    switch (tiny) {
    case TINY_S4:
        return tiny_single(r.l[0]) || tiny_single(r.l[1]) ||
               tiny_single(r.l[2]) || tiny_single(r.l[3]);
    case TINY_S1:
        return tiny_single(r.l[0]);
    case TINY_D2:
        return tiny_double(r.q[0]) || tiny_double(r.q[1]);
    case TINY_D1:
        return tiny_double(r.q[0]);
    default:
        return false;
    }
}

/* The order of exceptions (SDM 1, 11.5.2): those of the operands (invalid,
 * denormal, divide by zero) come before any result is there. */
COLD void sse_flags(TcgCpu *t, const Op *op, uint32_t csr, SseTiny tiny,
                    V result)
{
    CPUX86State *env = &t->env;
    uint32_t unmasked = ~(env->mxcsr >> 7) & MXCSR_FLAGS;
    uint32_t flags = csr & MXCSR_FLAGS;

    if (flags & unmasked & (FPUS_IE | FPUS_DE | FPUS_ZE)) {
        flags &= FPUS_IE | FPUS_DE | FPUS_ZE;
    } else if ((unmasked & FPUS_UE) && has_tiny(result, tiny)) {
        flags |= FPUS_UE;
    }
    env->mxcsr |= flags;
    if (flags & unmasked) {
        tcg_raise(t, op, env->cr[4] & CR4_OSXMMEXCPT ? EXCP13_SSE
                                                     : EXCP06_ILLOP);
    }
}

/* As SSE_EXEC(), with its second half in a function of its own: so the first
 * has no calls. It keeps MXCSR in a slot. */
#define HANDLERS_FP(M, name, size, tiny) \
    static COLD const Op *slow_##name(TcgCpu *t, const Op *op, V s) \
    { \
        V d = XMM(t, op->r1), r; \
\
        SSE_EXEC(t, op, TINY_##tiny, r, \
                 "movaps %[d], %[r]\n\t" #name " %[s], %[r]", \
                 L([r] "=&x"(r)), L([d] "x"(d), [s] "x"(s))); \
        XMM(t, op->r1) = r; \
        NEXT(t, op); \
    } \
    static ALWAYS_INLINE const Op *do_##name(TcgCpu *t, const Op *op, V s) \
    { \
        uint32_t mxcsr = t->env.mxcsr; \
        V r = XMM(t, op->r1); \
\
        asm volatile(#name " %[s], %[r]\n\tstmxcsr %[csr]" \
                     : [r] "+x"(r), [csr] "=m"(REG32(t, SLOT_T3)) \
                     : [s] "x"(s)); \
        if (unlikely((mxcsr & ~MXCSR_FLAGS) != MXCSR_DEFAULT || \
                     (REG32(t, SLOT_T3) & ~mxcsr))) { \
            return slow_##name(t, op, s); \
        } \
        XMM(t, op->r1) = r; \
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
SSE_LIST_FP(HANDLERS_FP)
SSE_LIST_FP3(HANDLERS_FP)

#define ENTRY_FP(M, name, size, tiny) ENTRY_XMM(M, name, size)

const SseEntry tcg_sse_fp[] = {
    SSE_LIST_FP(ENTRY_FP)
    SSE_LIST_FP3(ENTRY_FP)
    {0},
};
