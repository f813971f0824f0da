/*
 * What all generators share: appending Ops, memory operands, direct jumps,
 * exceptions known while decoding.
 *
 * A memory operand fits an Op as it is (base + index << scale + disp) in most
 * 64-bit code; FS and GS take a free place in that sum. All else is computed
 * by an Op before, into SLOT_EA: 32- and 16-bit addresses, which wrap, and
 * segments that have to be checked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-core.h"

Op *emit(Decoder *d, OpFn *fn)
{
    Block *b = d->b;
    unsigned pos = b->nr_ops++;
    Op *op = &b->ops[pos];

    g_assert(pos < BLOCK_MAX_OPS);
    memset(op, 0, sizeof(*op));
    memset(&d->info[pos], 0, sizeof(d->info[pos]));
    op->fn = fn;
    op->r1 = op->r2 = op->r3 = op->base = op->index = SLOT_ZERO;
    op->len = d->insn.length;
    op->pos = pos;
    op->ip_off = (d->insn.length ? d->rip : d->next_rip) - b->rip;
    return op;
}

uint8_t gen_reg(ZydisRegister reg)
{
    if (reg >= ZYDIS_REGISTER_AL && reg <= ZYDIS_REGISTER_BL) {
        return REG_OFF(reg - ZYDIS_REGISTER_AL);
    }
    if (reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH) {
        return REG_OFF(reg - ZYDIS_REGISTER_AH) + 1;
    }
    if (reg >= ZYDIS_REGISTER_SPL && reg <= ZYDIS_REGISTER_R15B) {
        return REG_OFF(reg - ZYDIS_REGISTER_SPL + R_ESP);
    }
    if (reg >= ZYDIS_REGISTER_AX && reg <= ZYDIS_REGISTER_R15W) {
        return REG_OFF(reg - ZYDIS_REGISTER_AX);
    }
    if (reg >= ZYDIS_REGISTER_EAX && reg <= ZYDIS_REGISTER_R15D) {
        return REG_OFF(reg - ZYDIS_REGISTER_EAX);
    }
    if (reg >= ZYDIS_REGISTER_RAX && reg <= ZYDIS_REGISTER_R15) {
        return REG_OFF(reg - ZYDIS_REGISTER_RAX);
    }
    return SLOT_ZERO;
}

/* -------------------------------------------------------- address handlers */

/* RIP-relative or absolute, beyond what disp can hold. */
static const Op *op_ea_imm(TcgCpu *t, const Op *op)
{
    REG64(t, SLOT_EA) = op->imm;
    NEXT(t, op);
}

/* r2: a segment's base, or SLOT_ZERO. */
static const Op *op_ea64(TcgCpu *t, const Op *op)
{
    REG64(t, SLOT_EA) = op_ea(t, op) + REG64(t, op->r2);
    NEXT(t, op);
}

static const Op *op_ea32(TcgCpu *t, const Op *op)
{
    REG64(t, SLOT_EA) = (uint32_t)op_ea(t, op) + REG64(t, op->r2);
    NEXT(t, op);
}

static const Op *op_ea16(TcgCpu *t, const Op *op)
{
    REG64(t, SLOT_EA) = (uint16_t)op_ea(t, op);
    NEXT(t, op);
}

/* Outside of 64-bit code; imm: mask of the offset, and above it the size, which
 * is 512 for FXSAVE; aux: segment, r3: write. */
static const Op *op_ea_segment(TcgCpu *t, const Op *op)
{
    uint32_t offset = op_ea(t, op) & op->imm;

    tcg_check_limit(t, op, op->aux, offset, op->imm >> 32, op->r3);
    REG64(t, SLOT_EA) =
        (uint32_t)(offset + REG64(t, SLOT_SEG_BASE + 8 * op->aux));
    NEXT(t, op);
}

/* #AC: SLOT_EA is not a multiple of size. */
static const Op *op_ea_aligned(TcgCpu *t, const Op *op)
{
    if (REG64(t, SLOT_EA) & (op->size - 1)) {
        tcg_raise_err(t, op, EXCP11_ALGN, 0);
    }
    NEXT(t, op);
}

/* -------------------------------------------------------- memory operands */

static int segment_of(const ZydisDecodedOperand *o)
{
    ZydisRegister seg = o->mem.segment;

    return seg >= ZYDIS_REGISTER_ES && seg <= ZYDIS_REGISTER_GS
               ? (int)(seg - ZYDIS_REGISTER_ES)
               : R_DS;
}

/* The sum without segment. *is_abs: there is no register in it, and *abs is
 * what it comes to. */
static MemRef mem_sum(const Decoder *d, const ZydisDecodedOperand *o,
                      uint64_t *abs, bool *is_abs)
{
    static const uint8_t log2_scale[16] = {[2] = 1, [4] = 2, [8] = 3};
    MemRef m = {.base = gen_reg(o->mem.base),
                .index = gen_reg(o->mem.index),
                .scale = log2_scale[o->mem.scale & 15],
                .disp = o->mem.disp.value,
                .seg = segment_of(o)};
    bool rip = o->mem.base == ZYDIS_REGISTER_RIP ||
               o->mem.base == ZYDIS_REGISTER_EIP;

    *abs = o->mem.disp.value;
    if (rip) {
        *abs += d->rip + d->insn.length;
    }
    if (d->adsize == 4) {
        *abs = (uint32_t)*abs;
    }
    *is_abs = m.base == SLOT_ZERO && m.index == SLOT_ZERO;
    if (*is_abs) {
        m.disp = *abs;
    }
    return m;
}

static MemRef in_slot_ea(int seg)
{
    return (MemRef){
        .base = SLOT_EA, .index = SLOT_ZERO, .disp = 0, .seg = seg};
}

static Op *emit_ea(Decoder *d, OpFn *fn, MemRef m)
{
    Op *op = emit(d, fn);

    op_set_mem(op, m);
    op_info(d, op)->reads_none = true;
    op_info(d, op)->writes_none = true;
    op_info(d, op)->cannot_exit = true;
    return op;
}

static MemRef mem64(Decoder *d, MemRef m, uint64_t abs, bool is_abs)
{
    bool far_abs = is_abs && (int64_t)abs != m.disp;
    uint8_t seg_base = SLOT_ZERO;

    if (m.seg == R_FS || m.seg == R_GS) {
        seg_base = SLOT_SEG_BASE + 8 * m.seg;
    }
    if (far_abs && seg_base == SLOT_ZERO) {
        emit_ea(d, op_ea_imm, m)->imm = abs;
        return in_slot_ea(m.seg);
    }
    if (d->adsize == 4 && !is_abs) {
        emit_ea(d, op_ea32, m)->r2 = seg_base;
        return in_slot_ea(m.seg);
    }
    if (seg_base == SLOT_ZERO) {
        return m;
    }
    if (far_abs) {
        emit_ea(d, op_ea_imm, m)->imm = abs;
        m = in_slot_ea(m.seg);
    }
    if (m.base == SLOT_ZERO) {
        m.base = seg_base;
    } else if (m.index == SLOT_ZERO) {
        m.index = seg_base;
        m.scale = 0;
    } else {
        emit_ea(d, op_ea64, m)->r2 = seg_base;
        m = in_slot_ea(m.seg);
    }
    return m;
}

static MemRef mem_legacy(Decoder *d, MemRef m, unsigned size, bool write)
{
    Op *op;

    if ((d->mode & MODE_FLAT) &&
        (m.seg == R_DS || m.seg == R_SS || m.seg == R_ES)) {
        emit_ea(d, d->adsize == 2 ? op_ea16 : op_ea32, m);
        return in_slot_ea(m.seg);
    }
    op = emit_ea(d, op_ea_segment, m);
    op->imm = d->adsize == 2 ? UINT16_MAX : UINT32_MAX;
    op->imm |= (uint64_t)size << 32;
    op->aux = m.seg;
    op->r3 = write;
    op_info(d, op)->cannot_exit = false;
    return in_slot_ea(m.seg);
}

MemRef gen_mem(Decoder *d, const ZydisDecodedOperand *o, unsigned size,
               bool write)
{
    uint64_t abs;
    bool is_abs;
    MemRef m = mem_sum(d, o, &abs, &is_abs);

    m = d->mode & MODE_CS64 ? mem64(d, m, abs, is_abs)
                            : mem_legacy(d, m, size, write);
    if ((d->mode & MODE_AC) && (size == 2 || size == 4 || size == 8)) {
        Op *op;

        if (m.base != SLOT_EA) {
            emit_ea(d, op_ea64, m);
            m = in_slot_ea(m.seg);
        }
        op = emit_ea(d, op_ea_aligned, m);
        op->size = size;
        op_info(d, op)->cannot_exit = false;
    }
    return m;
}

MemRef gen_lea(Decoder *d, const ZydisDecodedOperand *o)
{
    uint64_t abs;
    bool is_abs;
    MemRef m = mem_sum(d, o, &abs, &is_abs);

    if (is_abs && (int64_t)abs != m.disp) {
        emit_ea(d, op_ea_imm, m)->imm = abs;
        return in_slot_ea(m.seg);
    }
    if (d->adsize < d->opsize) {
        emit_ea(d, d->adsize == 2 ? op_ea16 : op_ea32, m);
        return in_slot_ea(m.seg);
    }
    return m;
}

void op_set_mem(Op *op, MemRef m)
{
    op->base = m.base;
    op->index = m.index;
    op->scale = m.scale;
    op->disp = m.disp;
}

/* ----------------------------------------------------------------- the end */

Op *gen_goto(Decoder *d, uint64_t rip)
{
    uint64_t here = d->b->cs_base + d->b->rip;
    uint64_t there = d->b->cs_base + rip;
    bool near = ((here ^ there) & TCG_PAGE_MASK) == 0;
    Op *op = emit(d, near ? tcg_op_goto : tcg_op_goto_far);

    op->link = op;
    memcpy(&op->disp, &rip, sizeof(rip)); /* see tcg-core.h */
    memset(&op->index, 0, sizeof(uint32_t));
    d->end = true;
    return op;
}

static const Op *op_raise(TcgCpu *t, const Op *op)
{
    if (op->aux) {
        tcg_raise_err(t, op, op->size, op->imm);
    }
    tcg_raise(t, op, op->size);
}

void gen_raise(Decoder *d, int vector, bool has_error, uint32_t error)
{
    Op *op = emit(d, op_raise);

    op->size = vector;
    op->aux = has_error;
    op->imm = error;
    d->end = true;
}
