/*
 * MMX and XMM forms of the instructions that work differently on 8 bytes: the
 * MMX form is made of the XMM one by arranging its operands.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "sse-handlers.h"

/* Interleaves the upper halves. */
#define HOW_HIGH(name) \
    static ALWAYS_INLINE V h_##name(V d, V s) \
    { \
        d = v_##name(_mm_slli_si128(d, 8), _mm_slli_si128(s, 8)); \
        return _mm_srli_si128(d, 8); \
    }
/* The first half of the result comes from d, the second from s. */
#define HOW_JOIN(name) \
    static ALWAYS_INLINE V h_##name(V d, V s) \
    { \
        d = _mm_unpacklo_epi64(d, s); \
        return v_##name(d, d); \
    }
/* s selects from d: index bit 3 must not matter. */
#define HOW_TWICE(name) \
    static ALWAYS_INLINE V h_##name(V d, V s) \
    { \
        return v_##name(_mm_unpacklo_epi64(d, d), s); \
    }

#define HANDLERS_UNLIKE(M, name, how) \
    VALUE(name) \
    XMM_REGISTER(name) \
    XMM_MEMORY(name, 16) \
    HOW_##how(name) \
    MMX_REGISTER(name, h_##name) \
    MMX_MEMORY(name, h_##name, 8)
SSE_LIST_UNLIKE(HANDLERS_UNLIKE)
SSE_LIST_UNLIKE3(HANDLERS_UNLIKE)

const SseEntry tcg_sse_mmx[] = {
    SSE_LIST_UNLIKE(ENTRY_BOTH)
    SSE_LIST_UNLIKE3(ENTRY_BOTH)
    {0},
};
