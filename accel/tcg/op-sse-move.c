/*
 * Moves of MMX and SSE: between registers, memory and general registers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "sse-internal.h"

/* --------------------------------------------------------- XMM and memory */

const Op *op_xmm_mov(TcgCpu *t, const Op *op)
{
    XMM(t, op->r1) = XMM(t, op->r2);
    NEXT(t, op);
}

const Op *op_xmm_ld16a(TcgCpu *t, const Op *op)
{
    XMM(t, op->r1) = sse_ld_a(t, op_ea(t, op), op);
    NEXT(t, op);
}

const Op *op_xmm_ld16u(TcgCpu *t, const Op *op)
{
    XMM(t, op->r1) = sse_ld_u(t, op_ea(t, op), op);
    NEXT(t, op);
}

static ALWAYS_INLINE const Op *store_16(TcgCpu *t, const Op *op, bool aligned)
{
    uint64_t a = op_ea(t, op);
    TlbEntry *e = tlb_entry(t, a);

    if (aligned && unlikely(a & 15)) {
        sse_misaligned(t, op);
    }
    /* A call that only ends this keeps it a leaf. */
    if (unlikely(e->write != ((a + 15) & TCG_PAGE_MASK))) {
        return sse_st_slow(t, op);
    }
    _mm_storeu_si128((V *)(a + e->addend), XMM(t, op->r1));
    NEXT(t, op);
}

const Op *op_xmm_st16u(TcgCpu *t, const Op *op)
{
    return store_16(t, op, false);
}

const Op *op_xmm_st16a(TcgCpu *t, const Op *op)
{
    return store_16(t, op, true);
}

/* Upper part cleared. */
const Op *op_xmm_ld8(TcgCpu *t, const Op *op)
{
    XMM(t, op->r1) = sse_ld_operand(t, op, 8);
    NEXT(t, op);
}

const Op *op_xmm_ld4(TcgCpu *t, const Op *op)
{
    XMM(t, op->r1) = sse_ld_operand(t, op, 4);
    NEXT(t, op);
}

/* The other half stays. */
const Op *op_xmm_ld_low(TcgCpu *t, const Op *op)
{
    XMM_REG(t, op->r1)->q[0] = mem_ld(t, op_ea(t, op), 8, op);
    NEXT(t, op);
}

const Op *op_xmm_ld_high(TcgCpu *t, const Op *op)
{
    XMM_REG(t, op->r1)->q[1] = mem_ld(t, op_ea(t, op), 8, op);
    NEXT(t, op);
}

const Op *op_xmm_st8(TcgCpu *t, const Op *op)
{
    mem_st(t, op_ea(t, op), XMM_REG(t, op->r1)->q[0], 8, op);
    NEXT(t, op);
}

const Op *op_xmm_st4(TcgCpu *t, const Op *op)
{
    mem_st(t, op_ea(t, op), XMM_REG(t, op->r1)->l[0], 4, op);
    NEXT(t, op);
}

const Op *op_xmm_st_high(TcgCpu *t, const Op *op)
{
    mem_st(t, op_ea(t, op), XMM_REG(t, op->r1)->q[1], 8, op);
    NEXT(t, op);
}

/* --------------------------------------------------------- parts of XMM */

const Op *op_movhlps(TcgCpu *t, const Op *op)
{
    XMM_REG(t, op->r1)->q[0] = XMM_REG(t, op->r2)->q[1];
    NEXT(t, op);
}

const Op *op_movlhps(TcgCpu *t, const Op *op)
{
    XMM_REG(t, op->r1)->q[1] = XMM_REG(t, op->r2)->q[0];
    NEXT(t, op);
}

const Op *op_movss(TcgCpu *t, const Op *op)
{
    XMM_REG(t, op->r1)->l[0] = XMM_REG(t, op->r2)->l[0];
    NEXT(t, op);
}

const Op *op_movsd(TcgCpu *t, const Op *op)
{
    XMM_REG(t, op->r1)->q[0] = XMM_REG(t, op->r2)->q[0];
    NEXT(t, op);
}

const Op *op_movq(TcgCpu *t, const Op *op)
{
    XMM(t, op->r1) = _mm_move_epi64(XMM(t, op->r2));
    NEXT(t, op);
}

/* -------------------------------------------- general registers: r2 to r1 */

const Op *op_xmm_from_r32(TcgCpu *t, const Op *op)
{
    XMM(t, op->r1) = _mm_cvtsi32_si128(REG32(t, op->r2));
    NEXT(t, op);
}

const Op *op_xmm_from_r64(TcgCpu *t, const Op *op)
{
    XMM(t, op->r1) = _mm_cvtsi64_si128(REG64(t, op->r2));
    NEXT(t, op);
}

const Op *op_r32_from_xmm(TcgCpu *t, const Op *op)
{
    SET_REG32(t, op->r1, XMM_REG(t, op->r2)->l[0]);
    NEXT(t, op);
}

const Op *op_r64_from_xmm(TcgCpu *t, const Op *op)
{
    REG64(t, op->r1) = XMM_REG(t, op->r2)->q[0];
    NEXT(t, op);
}

const Op *op_pmovmskb_xmm(TcgCpu *t, const Op *op)
{
    SET_REG32(t, op->r1, _mm_movemask_epi8(XMM(t, op->r2)));
    NEXT(t, op);
}

const Op *op_movmskps(TcgCpu *t, const Op *op)
{
    SET_REG32(t, op->r1, _mm_movemask_ps(_mm_castsi128_ps(XMM(t, op->r2))));
    NEXT(t, op);
}

const Op *op_movmskpd(TcgCpu *t, const Op *op)
{
    SET_REG32(t, op->r1, _mm_movemask_pd(_mm_castsi128_pd(XMM(t, op->r2))));
    NEXT(t, op);
}

/* ------------------------------------------------------------------ MMX */

const Op *op_mmx_mov(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_set(t, op->r1, MMX(t, op->r2));
    NEXT(t, op);
}

const Op *op_mmx_ld8(TcgCpu *t, const Op *op)
{
    uint64_t v;

    mmx_check(t, op);
    v = mem_ld(t, op_ea(t, op), 8, op);
    mmx_set(t, op->r1, v);
    NEXT(t, op);
}

const Op *op_mmx_ld4(TcgCpu *t, const Op *op)
{
    uint64_t v;

    mmx_check(t, op);
    v = mem_ld(t, op_ea(t, op), 4, op);
    mmx_set(t, op->r1, v);
    NEXT(t, op);
}

const Op *op_mmx_st8(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mem_st(t, op_ea(t, op), MMX(t, op->r1), 8, op);
    mmx_touch(t);
    NEXT(t, op);
}

const Op *op_mmx_st4(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mem_st(t, op_ea(t, op), (uint32_t)MMX(t, op->r1), 4, op);
    mmx_touch(t);
    NEXT(t, op);
}

const Op *op_mmx_from_r32(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_set(t, op->r1, REG32(t, op->r2));
    NEXT(t, op);
}

const Op *op_mmx_from_r64(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_set(t, op->r1, REG64(t, op->r2));
    NEXT(t, op);
}

const Op *op_r32_from_mmx(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_touch(t);
    SET_REG32(t, op->r1, MMX(t, op->r2));
    NEXT(t, op);
}

const Op *op_r64_from_mmx(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_touch(t);
    REG64(t, op->r1) = MMX(t, op->r2);
    NEXT(t, op);
}

const Op *op_movq2dq(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_touch(t);
    XMM(t, op->r1) = _mm_cvtsi64_si128(MMX(t, op->r2));
    NEXT(t, op);
}

const Op *op_movdq2q(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_set(t, op->r1, XMM_REG(t, op->r2)->q[0]);
    NEXT(t, op);
}

const Op *op_pmovmskb_mmx(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_touch(t);
    SET_REG32(t, op->r1,
              _mm_movemask_epi8(_mm_cvtsi64_si128(MMX(t, op->r2))));
    NEXT(t, op);
}

const Op *op_emms(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_touch(t);
    t->env.fptags = 0xff;
    NEXT(t, op);
}

/* ------------------------------------------------- bytes chosen by a mask */

/* Bytes of v whose mask byte is negative; faults as if all were written. */
static void store_masked(TcgCpu *t, uint64_t a, const uint8_t *v,
                         const uint8_t *mask, unsigned n, const Op *op)
{
    mem_check_write(t, a, n, op);
    for (unsigned i = 0; i < n; i++) {
        if (mask[i] & 0x80) {
            mem_st(t, a + i, v[i], 1, op);
        }
    }
}

const Op *op_maskmovdqu(TcgCpu *t, const Op *op)
{
    store_masked(t, op_ea(t, op), XMM_REG(t, op->r1)->b,
                 XMM_REG(t, op->r2)->b, 16, op);
    NEXT(t, op);
}

const Op *op_maskmovq(TcgCpu *t, const Op *op)
{
    uint64_t v = MMX(t, op->r1), mask = MMX(t, op->r2);

    mmx_check(t, op);
    mmx_touch(t);
    store_masked(t, op_ea(t, op), (uint8_t *)&v, (uint8_t *)&mask, 8, op);
    NEXT(t, op);
}

/* ---------------------------------------- one element, number in Op.imm */

/* Op.size bytes of XMM r2 to a general register or, *_m, to memory. */
static uint64_t element(TcgCpu *t, unsigned off, const Op *op)
{
    const XMMReg *x = XMM_REG(t, off);

    switch (op->size) {
    case 1:
        return x->b[op->imm & 15];
    case 2:
        return x->w[op->imm & 7];
    case 4:
        return x->l[op->imm & 3];
    default:
        return x->q[op->imm & 1];
    }
}

const Op *op_pextr(TcgCpu *t, const Op *op)
{
    REG64(t, op->r1) = element(t, op->r2, op);
    NEXT(t, op);
}

#define PEXTR_MEMORY(n) \
    const Op *op_pextr_m##n(TcgCpu *t, const Op *op) \
    { \
        mem_st(t, op_ea(t, op), element(t, op->r2, op), n, op); \
        NEXT(t, op); \
    }
PEXTR_MEMORY(1)
PEXTR_MEMORY(2)
PEXTR_MEMORY(4)
PEXTR_MEMORY(8)

static void set_element(TcgCpu *t, const Op *op, uint64_t v)
{
    XMMReg *x = XMM_REG(t, op->r1);

    switch (op->size) {
    case 1:
        x->b[op->imm & 15] = v;
        break;
    case 2:
        x->w[op->imm & 7] = v;
        break;
    case 4:
        x->l[op->imm & 3] = v;
        break;
    default:
        x->q[op->imm & 1] = v;
        break;
    }
}

const Op *op_pinsr(TcgCpu *t, const Op *op)
{
    set_element(t, op, REG64(t, op->r2));
    NEXT(t, op);
}

#define PINSR_MEMORY(n) \
    const Op *op_pinsr_m##n(TcgCpu *t, const Op *op) \
    { \
        set_element(t, op, mem_ld(t, op_ea(t, op), n, op)); \
        NEXT(t, op); \
    }
PINSR_MEMORY(1)
PINSR_MEMORY(2)
PINSR_MEMORY(4)
PINSR_MEMORY(8)

const Op *op_pextrw_mmx(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    mmx_touch(t);
    REG64(t, op->r1) = (uint16_t)(MMX(t, op->r2) >> 16 * (op->imm & 3));
    NEXT(t, op);
}

static void insert_word(TcgCpu *t, const Op *op, uint64_t v)
{
    unsigned shift = 16 * (op->imm & 3);
    uint64_t rest = MMX(t, op->r1) & ~(0xffffull << shift);

    mmx_set(t, op->r1, rest | (v & 0xffff) << shift);
}

const Op *op_pinsrw_mmx(TcgCpu *t, const Op *op)
{
    mmx_check(t, op);
    insert_word(t, op, REG64(t, op->r2));
    NEXT(t, op);
}

const Op *op_pinsrw_mmx_m(TcgCpu *t, const Op *op)
{
    uint64_t v;

    mmx_check(t, op);
    v = mem_ld(t, op_ea(t, op), 2, op);
    insert_word(t, op, v);
    NEXT(t, op);
}
