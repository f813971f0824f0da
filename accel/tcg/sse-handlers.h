/*
 * Makes handlers out of the lists in sse-list.h. For op-mmx.c, op-sse-*.c.
 *
 * v_NAME() is the guest's own instruction on values; handlers by operands are
 * xr_NAME (XMM, XMM), xm_NAME (XMM, memory), mr_NAME and mm_NAME (MMX).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_SSE_HANDLERS_H
#define ACCEL_TCG_SSE_HANDLERS_H

#include "sse-internal.h"
#include "sse-list.h"

#define VALUE(name) \
    static ALWAYS_INLINE V v_##name(V d, V s) \
    { \
        asm(#name " %1, %0" : "+x"(d) : "x"(s)); \
        return d; \
    }

#define XMM_REGISTER(name) \
    static const Op *xr_##name(TcgCpu *t, const Op *op) \
    { \
        XMM(t, op->r1) = v_##name(XMM(t, op->r1), XMM(t, op->r2)); \
        NEXT(t, op); \
    }

#define XMM_MEMORY(name, size) \
    static const Op *xm_##name(TcgCpu *t, const Op *op) \
    { \
        V s = sse_ld_operand(t, op, size); \
\
        XMM(t, op->r1) = v_##name(XMM(t, op->r1), s); \
        NEXT(t, op); \
    }

/* MMX values in the low half; how: a function (V d, V s) -> V. */
#define MMX_REGISTER(name, how) \
    static const Op *mr_##name(TcgCpu *t, const Op *op) \
    { \
        mmx_check(t, op); \
        mmx_set(t, op->r1, \
                _mm_cvtsi128_si64(how(_mm_cvtsi64_si128(MMX(t, op->r1)), \
                                      _mm_cvtsi64_si128(MMX(t, op->r2))))); \
        NEXT(t, op); \
    }

#define MMX_MEMORY(name, how, size) \
    static const Op *mm_##name(TcgCpu *t, const Op *op) \
    { \
        V s; \
\
        mmx_check(t, op); \
        s = sse_ld_operand(t, op, size); \
        mmx_set(t, op->r1, \
                _mm_cvtsi128_si64(how(_mm_cvtsi64_si128(MMX(t, op->r1)), \
                                      s))); \
        NEXT(t, op); \
    }

#define HANDLERS_BOTH(M, name, size) \
    VALUE(name) \
    XMM_REGISTER(name) \
    XMM_MEMORY(name, 16) \
    MMX_REGISTER(name, v_##name) \
    MMX_MEMORY(name, v_##name, size)
#define ENTRY_BOTH(M, name, size) \
    {ZYDIS_MNEMONIC_##M, xr_##name, xm_##name, mr_##name, mm_##name},

#define HANDLERS_XMM(M, name, size) \
    VALUE(name) \
    XMM_REGISTER(name) \
    XMM_MEMORY(name, size)
#define ENTRY_XMM(M, name, size) {ZYDIS_MNEMONIC_##M, xr_##name, xm_##name},

#endif
