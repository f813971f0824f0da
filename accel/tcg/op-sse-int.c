/*
 * Packed integers of MMX and SSE2, and what of SSE has no floating-point
 * flags: handlers made from the lists in sse-list.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "sse-handlers.h"

SSE_LIST_BOTH(HANDLERS_BOTH)
SSE_LIST_XMM(HANDLERS_XMM)

/* Shifts: also by an immediate, in Op.imm. */
#define HANDLERS_SHIFT(M, name) \
    HANDLERS_BOTH(M, name, 8) \
    static const Op *xi_##name(TcgCpu *t, const Op *op) \
    { \
        XMM(t, op->r1) = \
            v_##name(XMM(t, op->r1), _mm_cvtsi64_si128(op->imm)); \
        NEXT(t, op); \
    } \
    static const Op *mi_##name(TcgCpu *t, const Op *op) \
    { \
        mmx_check(t, op); \
        mmx_set(t, op->r1, \
                _mm_cvtsi128_si64(v_##name(_mm_cvtsi64_si128(MMX(t, op->r1)), \
                                           _mm_cvtsi64_si128(op->imm)))); \
        NEXT(t, op); \
    }
#define ENTRY_SHIFT(M, name) \
    {ZYDIS_MNEMONIC_##M, xr_##name, xm_##name, mr_##name, \
     mm_##name,          xi_##name, mi_##name},
SSE_LIST_SHIFT(HANDLERS_SHIFT)

const SseEntry tcg_sse_int[] = {
    SSE_LIST_BOTH(ENTRY_BOTH)
    SSE_LIST_XMM(ENTRY_XMM)
    SSE_LIST_SHIFT(ENTRY_SHIFT)
    {0},
};
