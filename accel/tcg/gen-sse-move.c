/*
 * Generators of MMX and SSE instructions that are not "register,
 * register/memory": moves, elements, conversions with general registers, state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "sse-internal.h"

/* Load, store or move of XMM registers. */
static void gen_mov_xmm(Decoder *d, OpFn *mov, OpFn *ld, OpFn *st)
{
    Op *op;

    if (!gen_sse_begin(d)) {
        return;
    }
    if (opnd_is_mem(&d->opnd[0])) {
        gen_sse_op(d, 1, 0, NULL, st, true);
        return;
    }
    op = gen_sse_op(d, 0, 1, mov, ld, false);
    op_info(d, op)->cannot_exit = opnd_is_reg(&d->opnd[1]);
}

void gen_mov_aligned(Decoder *d)
{
    gen_mov_xmm(d, op_xmm_mov, op_xmm_ld16a, op_xmm_st16a);
}

void gen_mov_unaligned(Decoder *d)
{
    gen_mov_xmm(d, op_xmm_mov, op_xmm_ld16u, op_xmm_st16u);
}

/* MOVSS, MOVSD */
void gen_movss(Decoder *d)
{
    if (d->insn.mnemonic == ZYDIS_MNEMONIC_MOVSS) {
        gen_mov_xmm(d, op_movss, op_xmm_ld4, op_xmm_st4);
    } else {
        gen_mov_xmm(d, op_movsd, op_xmm_ld8, op_xmm_st8);
    }
}

void gen_mov_high(Decoder *d)
{
    gen_mov_xmm(d, NULL, op_xmm_ld_high, op_xmm_st_high);
}

void gen_mov_low(Decoder *d)
{
    gen_mov_xmm(d, NULL, op_xmm_ld_low, op_xmm_st8);
}

void gen_movhlps(Decoder *d)
{
    gen_mov_xmm(d, op_movhlps, NULL, NULL);
}

void gen_movlhps(Decoder *d)
{
    gen_mov_xmm(d, op_movlhps, NULL, NULL);
}

/* Operand `gpr` is a general register: sets its offset as r1 (dest) or r2. */
static Op *emit_with_gpr(Decoder *d, OpFn *fn, int gpr, int sse)
{
    Op *op = emit(d, fn);
    OpInfo *info = op_info(d, op);

    if (gpr == 0) {
        op->r1 = gen_reg(d->opnd[0].reg.value);
        op->r2 = gen_sse_reg(&d->opnd[sse]);
    } else {
        op->r1 = gen_sse_reg(&d->opnd[sse]);
        op->r2 = gen_reg(d->opnd[gpr].reg.value);
    }
    info->reads_none = true;
    info->writes_none = true;
    info->cannot_exit = opnd_is_xmm(&d->opnd[sse]);
    return op;
}

static bool is_gpr(const ZydisDecodedOperand *o)
{
    return opnd_is_reg(o) && !opnd_is_xmm(o) && !opnd_is_mmx(o);
}

static void gen_movd_xmm(Decoder *d, bool wide)
{
    const ZydisDecodedOperand *o = d->opnd;

    if (is_gpr(&o[0])) {
        emit_with_gpr(d, wide ? op_r64_from_xmm : op_r32_from_xmm, 0, 1);
    } else if (is_gpr(&o[1])) {
        emit_with_gpr(d, wide ? op_xmm_from_r64 : op_xmm_from_r32, 1, 0);
    } else if (opnd_is_mem(&o[0])) {
        gen_sse_op(d, 1, 0, NULL, wide ? op_xmm_st8 : op_xmm_st4, true);
    } else {
        gen_sse_op(d, 0, 1, op_movq, wide ? op_xmm_ld8 : op_xmm_ld4, false);
    }
}

static void gen_movd_mmx(Decoder *d, bool wide)
{
    const ZydisDecodedOperand *o = d->opnd;

    if (is_gpr(&o[0])) {
        emit_with_gpr(d, wide ? op_r64_from_mmx : op_r32_from_mmx, 0, 1);
    } else if (is_gpr(&o[1])) {
        emit_with_gpr(d, wide ? op_mmx_from_r64 : op_mmx_from_r32, 1, 0);
    } else if (opnd_is_mem(&o[0])) {
        gen_sse_op(d, 1, 0, NULL, wide ? op_mmx_st8 : op_mmx_st4, true);
    } else {
        gen_sse_op(d, 0, 1, op_mmx_mov, wide ? op_mmx_ld8 : op_mmx_ld4, false);
    }
}

/* MOVD, MOVQ of all kinds. */
void gen_movd(Decoder *d)
{
    bool wide = d->insn.mnemonic == ZYDIS_MNEMONIC_MOVQ;

    if (!gen_sse_begin(d)) {
        return;
    }
    if (opnd_is_mmx(&d->opnd[0]) || opnd_is_mmx(&d->opnd[1])) {
        gen_movd_mmx(d, wide);
    } else {
        gen_movd_xmm(d, wide);
    }
}

void gen_movntq(Decoder *d)
{
    if (gen_sse_begin(d)) {
        gen_sse_op(d, 1, 0, NULL, op_mmx_st8, true);
    }
}

void gen_movmskps(Decoder *d)
{
    if (gen_sse_begin(d)) {
        emit_with_gpr(d, op_movmskps, 0, 1);
    }
}

void gen_movmskpd(Decoder *d)
{
    if (gen_sse_begin(d)) {
        emit_with_gpr(d, op_movmskpd, 0, 1);
    }
}

void gen_pmovmskb(Decoder *d)
{
    if (gen_sse_begin(d)) {
        emit_with_gpr(d,
                      opnd_is_mmx(&d->opnd[1]) ? op_pmovmskb_mmx
                                               : op_pmovmskb_xmm,
                      0, 1);
    }
}

void gen_movq2dq(Decoder *d)
{
    if (gen_sse_begin(d)) {
        gen_sse_op(d, 0, 1, op_movq2dq, NULL, false);
    }
}

void gen_movdq2q(Decoder *d)
{
    if (gen_sse_begin(d)) {
        gen_sse_op(d, 0, 1, op_movdq2q, NULL, false);
    }
}

/* DS:(R|E)DI, which operands do not name. */
static MemRef implied_destination(Decoder *d, unsigned size)
{
    static const struct {
        ZydisInstructionAttributes prefix;
        ZydisRegister seg;
    } segments[] = {
        {ZYDIS_ATTRIB_HAS_SEGMENT_ES, ZYDIS_REGISTER_ES},
        {ZYDIS_ATTRIB_HAS_SEGMENT_CS, ZYDIS_REGISTER_CS},
        {ZYDIS_ATTRIB_HAS_SEGMENT_SS, ZYDIS_REGISTER_SS},
        {ZYDIS_ATTRIB_HAS_SEGMENT_FS, ZYDIS_REGISTER_FS},
        {ZYDIS_ATTRIB_HAS_SEGMENT_GS, ZYDIS_REGISTER_GS},
    };
    ZydisDecodedOperand o = {.type = ZYDIS_OPERAND_TYPE_MEMORY,
                             .size = size * 8};

    o.mem.base = d->adsize == 8   ? ZYDIS_REGISTER_RDI
                 : d->adsize == 4 ? ZYDIS_REGISTER_EDI
                                  : ZYDIS_REGISTER_DI;
    o.mem.segment = ZYDIS_REGISTER_DS;
    for (unsigned i = 0; i < ARRAY_SIZE(segments); i++) {
        if (d->insn.attributes & segments[i].prefix) {
            o.mem.segment = segments[i].seg;
        }
    }
    return gen_mem(d, &o, size, true);
}

/* MASKMOVQ, MASKMOVDQU */
void gen_maskmov(Decoder *d)
{
    bool mmx = opnd_is_mmx(&d->opnd[0]);
    MemRef ref;
    Op *op;

    if (!gen_sse_begin(d)) {
        return;
    }
    ref = implied_destination(d, mmx ? 8 : 16);
    op = emit(d, mmx ? op_maskmovq : op_maskmovdqu);
    op_set_mem(op, ref);
    op->r1 = gen_sse_reg(&d->opnd[0]);
    op->r2 = gen_sse_reg(&d->opnd[1]);
    op_info(d, op)->reads_none = true;
    op_info(d, op)->writes_none = true;
}

static unsigned element_size(ZydisMnemonic m)
{
    switch (m) {
    case ZYDIS_MNEMONIC_PEXTRB:
    case ZYDIS_MNEMONIC_PINSRB:
        return 1;
    case ZYDIS_MNEMONIC_PEXTRW:
    case ZYDIS_MNEMONIC_PINSRW:
        return 2;
    case ZYDIS_MNEMONIC_PEXTRQ:
    case ZYDIS_MNEMONIC_PINSRQ:
        return 8;
    default:
        return 4;
    }
}

static OpFn *by_size(unsigned size, OpFn *f1, OpFn *f2, OpFn *f4, OpFn *f8)
{
    return size == 1 ? f1 : size == 2 ? f2 : size == 4 ? f4 : f8;
}

/* GPR or memory, register, number. */
void gen_pextr(Decoder *d)
{
    unsigned size = element_size(d->insn.mnemonic);
    Op *op;

    if (!gen_sse_begin(d)) {
        return;
    }
    if (opnd_is_mem(&d->opnd[0])) {
        MemRef ref = gen_mem(d, &d->opnd[0], size, true);

        op = emit(d, by_size(size, op_pextr_m1, op_pextr_m2, op_pextr_m4,
                             op_pextr_m8));
        op_set_mem(op, ref);
        op->r2 = gen_sse_reg(&d->opnd[1]);
        op_info(d, op)->reads_none = true;
        op_info(d, op)->writes_none = true;
    } else {
        op = emit_with_gpr(
            d, opnd_is_mmx(&d->opnd[1]) ? op_pextrw_mmx : op_pextr, 0, 1);
    }
    op->size = size;
    op->imm = d->opnd[2].imm.value.u;
}

/* Register, GPR or memory, number. */
void gen_pinsr(Decoder *d)
{
    unsigned size = element_size(d->insn.mnemonic);
    bool mmx = opnd_is_mmx(&d->opnd[0]);
    Op *op;

    if (!gen_sse_begin(d)) {
        return;
    }
    if (opnd_is_mem(&d->opnd[1])) {
        OpFn *fn = by_size(size, op_pinsr_m1, op_pinsr_m2, op_pinsr_m4,
                           op_pinsr_m8);

        op = gen_sse_op(d, 0, 1, NULL, mmx ? op_pinsrw_mmx_m : fn, false);
    } else {
        op = emit_with_gpr(d, mmx ? op_pinsrw_mmx : op_pinsr, 1, 0);
    }
    op->size = size;
    op->imm = d->opnd[2].imm.value.u;
}

void gen_emms(Decoder *d)
{
    if (gen_need_mmx(d)) {
        emit(d, op_emms);
    }
}

/* CVTSI2SS, CVTSI2SD */
void gen_from_integer(Decoder *d)
{
    bool wide = d->opnd[1].size == 64;
    OpFn *r, *m;

    if (d->insn.mnemonic == ZYDIS_MNEMONIC_CVTSI2SS) {
        r = wide ? xr_cvtsi2ss64 : xr_cvtsi2ss32;
        m = wide ? xm_cvtsi2ss64 : xm_cvtsi2ss32;
    } else {
        r = wide ? xr_cvtsi2sd64 : xr_cvtsi2sd32;
        m = wide ? xm_cvtsi2sd64 : xm_cvtsi2sd32;
    }
    if (!gen_sse_begin(d)) {
        return;
    }
    if (opnd_is_mem(&d->opnd[1])) {
        gen_sse_op(d, 0, 1, NULL, m, false);
    } else {
        op_info(d, emit_with_gpr(d, r, 1, 0))->cannot_exit = false;
    }
}

typedef struct ToInteger {
    ZydisMnemonic mnemonic;
    OpFn *r32, *m32, *r64, *m64;
} ToInteger;

static const ToInteger to_integer[] = {
    {ZYDIS_MNEMONIC_CVTSS2SI, xr_cvtss2si32, xm_cvtss2si32, xr_cvtss2si64,
     xm_cvtss2si64},
    {ZYDIS_MNEMONIC_CVTTSS2SI, xr_cvttss2si32, xm_cvttss2si32, xr_cvttss2si64,
     xm_cvttss2si64},
    {ZYDIS_MNEMONIC_CVTSD2SI, xr_cvtsd2si32, xm_cvtsd2si32, xr_cvtsd2si64,
     xm_cvtsd2si64},
    {ZYDIS_MNEMONIC_CVTTSD2SI, xr_cvttsd2si32, xm_cvttsd2si32, xr_cvttsd2si64,
     xm_cvttsd2si64},
};

void gen_to_integer(Decoder *d)
{
    const ToInteger *c = to_integer;
    bool wide = d->opnd[0].size == 64;

    while (c->mnemonic != d->insn.mnemonic) {
        c++;
    }
    if (!gen_sse_begin(d)) {
        return;
    }
    if (opnd_is_mem(&d->opnd[1])) {
        Op *op = gen_sse_op(d, -1, 1, NULL, wide ? c->m64 : c->m32, false);

        op->r1 = gen_reg(d->opnd[0].reg.value);
    } else {
        Op *op = emit_with_gpr(d, wide ? c->r64 : c->r32, 0, 1);

        op_info(d, op)->cannot_exit = false;
    }
}

void gen_ldmxcsr(Decoder *d)
{
    if (gen_sse_begin(d)) {
        gen_sse_op(d, -1, 0, NULL, op_ldmxcsr, false);
    }
}

void gen_stmxcsr(Decoder *d)
{
    if (gen_sse_begin(d)) {
        gen_sse_op(d, -1, 0, NULL, op_stmxcsr, true);
    }
}
