/*
 * Packed instructions of SSE3, SSSE3, SSE4.1, SSE4.2 and AES without
 * floating-point flags, made from the lists in sse-list.h. Only reached where
 * the host has them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "sse-handlers.h"

SSE_LIST_BOTH3(HANDLERS_BOTH)
SSE_LIST_XMM4(HANDLERS_XMM)

/* The selector is XMM0, implied. */
#define HANDLERS_BLENDV(M, name) \
    static ALWAYS_INLINE V v_##name(V d, V s, V select) \
    { \
        register V xmm0 asm("xmm0") = select; \
\
        asm(#name " %%xmm0, %1, %0" : "+x"(d) : "x"(s), "x"(xmm0)); \
        return d; \
    } \
    static const Op *xr_##name(TcgCpu *t, const Op *op) \
    { \
        XMM(t, op->r1) = \
            v_##name(XMM(t, op->r1), XMM(t, op->r2), XMM(t, 0)); \
        NEXT(t, op); \
    } \
    static const Op *xm_##name(TcgCpu *t, const Op *op) \
    { \
        V s = sse_ld_operand(t, op, 16); \
\
        XMM(t, op->r1) = v_##name(XMM(t, op->r1), s, XMM(t, 0)); \
        NEXT(t, op); \
    }
#define ENTRY_BLENDV(M, name) {ZYDIS_MNEMONIC_##M, xr_##name, xm_##name},
#define LIST_BLENDV(X) \
    X(PBLENDVB, pblendvb) X(BLENDVPS, blendvps) X(BLENDVPD, blendvpd)
LIST_BLENDV(HANDLERS_BLENDV)

static void set_ptest_flags(TcgCpu *t, V d, V s)
{
    bool z, c;

    asm("ptest %3, %2" : "=@ccz"(z), "=@ccc"(c) : "x"(d), "x"(s));
    tcg_set_cc(t, (z ? CC_Z : 0) | (c ? CC_C : 0));
}

static const Op *xr_ptest(TcgCpu *t, const Op *op)
{
    set_ptest_flags(t, XMM(t, op->r1), XMM(t, op->r2));
    NEXT(t, op);
}

static const Op *xm_ptest(TcgCpu *t, const Op *op)
{
    V s = sse_ld_operand(t, op, 16);

    set_ptest_flags(t, XMM(t, op->r1), s);
    NEXT(t, op);
}

const SseEntry tcg_sse_int4[] = {
    SSE_LIST_BOTH3(ENTRY_BOTH)
    SSE_LIST_XMM4(ENTRY_XMM)
    LIST_BLENDV(ENTRY_BLENDV)
    {ZYDIS_MNEMONIC_PTEST, xr_ptest, xm_ptest},
    {0},
};
