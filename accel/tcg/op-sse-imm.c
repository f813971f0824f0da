/*
 * SSE and MMX instructions with an immediate that picks or arranges elements.
 * The host's own would need the immediate at compile time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "sse-internal.h"

#define UNPACK(name, v) \
    XMMReg name; \
    _mm_store_si128((V *)&name, v)
#define PACK(name) _mm_load_si128((const V *)&(name))

static ALWAYS_INLINE V v_pshufd(TcgCpu *t, const Op *op, V d, V s)
{
    unsigned i = op->imm;
    UNPACK(x, s);

    return _mm_set_epi32(x.l[i >> 6 & 3], x.l[i >> 4 & 3], x.l[i >> 2 & 3],
                         x.l[i & 3]);
}

static ALWAYS_INLINE uint64_t shuffle_words(uint64_t s, unsigned i)
{
    return (s >> 16 * (i & 3) & 0xffff) |
           (s >> 16 * (i >> 2 & 3) & 0xffff) << 16 |
           (s >> 16 * (i >> 4 & 3) & 0xffff) << 32 |
           (s >> 16 * (i >> 6 & 3) & 0xffff) << 48;
}

static ALWAYS_INLINE V v_pshuflw(TcgCpu *t, const Op *op, V d, V s)
{
    UNPACK(x, s);

    return _mm_set_epi64x(x.q[1], shuffle_words(x.q[0], op->imm));
}

static ALWAYS_INLINE V v_pshufhw(TcgCpu *t, const Op *op, V d, V s)
{
    UNPACK(x, s);

    return _mm_set_epi64x(shuffle_words(x.q[1], op->imm), x.q[0]);
}

static ALWAYS_INLINE V v_shufps(TcgCpu *t, const Op *op, V d, V s)
{
    unsigned i = op->imm;
    UNPACK(a, d);
    UNPACK(b, s);

    return _mm_set_epi32(b.l[i >> 6 & 3], b.l[i >> 4 & 3], a.l[i >> 2 & 3],
                         a.l[i & 3]);
}

static ALWAYS_INLINE V v_shufpd(TcgCpu *t, const Op *op, V d, V s)
{
    UNPACK(a, d);
    UNPACK(b, s);

    return _mm_set_epi64x(b.q[op->imm >> 1 & 1], a.q[op->imm & 1]);
}

/* Bytes i ... i+15 of s:d after it, zeros behind. */
static ALWAYS_INLINE V bytes_from(V d, V s, unsigned i)
{
    uint8_t buf[48] = {0};

    if (i >= 32) {
        return _mm_setzero_si128();
    }
    _mm_storeu_si128((V *)buf, s);
    _mm_storeu_si128((V *)(buf + 16), d);
    return _mm_loadu_si128((V *)(buf + i));
}

static ALWAYS_INLINE V v_palignr(TcgCpu *t, const Op *op, V d, V s)
{
    return bytes_from(d, s, op->imm);
}

static ALWAYS_INLINE V v_psrldq(TcgCpu *t, const Op *op, V d, V s)
{
    return bytes_from(_mm_setzero_si128(), d, MIN(op->imm, 16));
}

static ALWAYS_INLINE V v_pslldq(TcgCpu *t, const Op *op, V d, V s)
{
    return bytes_from(d, _mm_setzero_si128(), 16 - MIN(op->imm, 16));
}

static ALWAYS_INLINE V v_blendps(TcgCpu *t, const Op *op, V d, V s)
{
    UNPACK(a, d);
    UNPACK(b, s);

    for (unsigned i = 0; i < 4; i++) {
        a.l[i] = op->imm >> i & 1 ? b.l[i] : a.l[i];
    }
    return PACK(a);
}

static ALWAYS_INLINE V v_blendpd(TcgCpu *t, const Op *op, V d, V s)
{
    UNPACK(a, d);
    UNPACK(b, s);

    return _mm_set_epi64x(op->imm & 2 ? b.q[1] : a.q[1],
                          op->imm & 1 ? b.q[0] : a.q[0]);
}

static ALWAYS_INLINE V v_pblendw(TcgCpu *t, const Op *op, V d, V s)
{
    UNPACK(a, d);
    UNPACK(b, s);

    for (unsigned i = 0; i < 8; i++) {
        a.w[i] = op->imm >> i & 1 ? b.w[i] : a.w[i];
    }
    return PACK(a);
}

/* Immediate: source element (op->aux is 3 for a register, 0 for memory, which
 * has only one), destination, zero mask. */
static ALWAYS_INLINE V v_insertps(TcgCpu *t, const Op *op, V d, V s)
{
    UNPACK(a, d);
    UNPACK(b, s);

    a.l[op->imm >> 4 & 3] = b.l[op->imm >> 6 & 3 & op->aux];
    for (unsigned i = 0; i < 4; i++) {
        a.l[i] = op->imm >> i & 1 ? 0 : a.l[i];
    }
    return PACK(a);
}

/* Sums of absolute differences of 4 bytes of s with 8 places of d. */
static ALWAYS_INLINE V v_mpsadbw(TcgCpu *t, const Op *op, V d, V s)
{
    unsigned from = op->imm & 4, with = 4 * (op->imm & 3);
    UNPACK(a, d);
    UNPACK(b, s);
    XMMReg r;

    for (unsigned i = 0; i < 8; i++) {
        unsigned sum = 0;

        for (unsigned k = 0; k < 4; k++) {
            sum += abs(a.b[from + i + k] - b.b[with + k]);
        }
        r.w[i] = sum;
    }
    return PACK(r);
}

static ALWAYS_INLINE V v_pclmulqdq(TcgCpu *t, const Op *op, V d, V s)
{
    d = op->imm & 1 ? _mm_srli_si128(d, 8) : d;
    s = op->imm & 16 ? _mm_srli_si128(s, 8) : s;
    asm("pclmulqdq $0, %1, %0" : "+x"(d) : "x"(s));
    return d;
}

/* The round constant is added last: dwords 1 and 3. */
static ALWAYS_INLINE V v_aeskeygenassist(TcgCpu *t, const Op *op, V d, V s)
{
    uint32_t rcon = (uint8_t)op->imm;

    asm("aeskeygenassist $0, %1, %0" : "=x"(d) : "x"(s));
    return _mm_xor_si128(d, _mm_set_epi32(rcon, 0, rcon, 0));
}

#define IMMEDIATE(name, memory_size) \
    static const Op *xr_##name(TcgCpu *t, const Op *op) \
    { \
        XMM(t, op->r1) = \
            v_##name(t, op, XMM(t, op->r1), XMM(t, op->r2)); \
        NEXT(t, op); \
    } \
    static const Op *xm_##name(TcgCpu *t, const Op *op) \
    { \
        V s = sse_ld_operand(t, op, memory_size); \
\
        XMM(t, op->r1) = v_##name(t, op, XMM(t, op->r1), s); \
        NEXT(t, op); \
    }
IMMEDIATE(pshufd, 16)
IMMEDIATE(pshuflw, 16)
IMMEDIATE(pshufhw, 16)
IMMEDIATE(shufps, 16)
IMMEDIATE(shufpd, 16)
IMMEDIATE(palignr, 16)
IMMEDIATE(blendps, 16)
IMMEDIATE(blendpd, 16)
IMMEDIATE(pblendw, 16)
IMMEDIATE(insertps, 4)
IMMEDIATE(mpsadbw, 16)
IMMEDIATE(pclmulqdq, 16)
IMMEDIATE(aeskeygenassist, 16)

static const Op *xr_psrldq(TcgCpu *t, const Op *op)
{
    XMM(t, op->r1) = v_psrldq(t, op, XMM(t, op->r1), XMM(t, op->r1));
    NEXT(t, op);
}

static const Op *xr_pslldq(TcgCpu *t, const Op *op)
{
    XMM(t, op->r1) = v_pslldq(t, op, XMM(t, op->r1), XMM(t, op->r1));
    NEXT(t, op);
}

/* ------------------------------------------------------------------ MMX */

static uint64_t align_mmx(uint64_t d, uint64_t s, unsigned i)
{
    V both = _mm_set_epi64x(d, s);

    return _mm_cvtsi128_si64(bytes_from(_mm_setzero_si128(), both, i));
}

static const Op *mr_palignr(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_set(t, op->r1, align_mmx(MMX(t, op->r1), MMX(t, op->r2), op->imm));
    NEXT(t, op);
}

static const Op *mm_palignr(TcgCpu *t, const Op *op)
{
    uint64_t s;

    mmx_check(t, op);
    s = mem_ld(t, op_ea(t, op), 8, op);
    mmx_set(t, op->r1, align_mmx(MMX(t, op->r1), s, op->imm));
    NEXT(t, op);
}

static const Op *mr_pshufw(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_set(t, op->r1, shuffle_words(MMX(t, op->r2), op->imm));
    NEXT(t, op);
}

static const Op *mm_pshufw(TcgCpu *t, const Op *op)
{
    uint64_t s;

    mmx_check(t, op);
    s = mem_ld(t, op_ea(t, op), 8, op);
    mmx_set(t, op->r1, shuffle_words(s, op->imm));
    NEXT(t, op);
}

#define M(name) ZYDIS_MNEMONIC_##name

const SseEntry tcg_sse_imm[] = {
    {M(PSHUFD), xr_pshufd, xm_pshufd},
    {M(PSHUFLW), xr_pshuflw, xm_pshuflw},
    {M(PSHUFHW), xr_pshufhw, xm_pshufhw},
    {M(SHUFPS), xr_shufps, xm_shufps},
    {M(SHUFPD), xr_shufpd, xm_shufpd},
    {M(PSRLDQ), .xi = xr_psrldq},
    {M(PSLLDQ), .xi = xr_pslldq},
    {M(PSHUFW), .mr = mr_pshufw, .mm = mm_pshufw},
    {M(PALIGNR), xr_palignr, xm_palignr, mr_palignr, mm_palignr},
    {M(BLENDPS), xr_blendps, xm_blendps},
    {M(BLENDPD), xr_blendpd, xm_blendpd},
    {M(PBLENDW), xr_pblendw, xm_pblendw},
    {M(INSERTPS), xr_insertps, xm_insertps},
    {M(MPSADBW), xr_mpsadbw, xm_mpsadbw},
    {M(PCLMULQDQ), xr_pclmulqdq, xm_pclmulqdq},
    {M(AESKEYGENASSIST), xr_aeskeygenassist, xm_aeskeygenassist},
    {0},
};
