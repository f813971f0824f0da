/*
 * Generators of MMX and SSE instructions: which Ops an instruction becomes.
 * Most are "register, register/memory" and go by the tables of handlers that
 * the op-*.c files have; gen-sse-move.c has the others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "sse-internal.h"
#include "sse-list.h"
#include "tcg-fp.h"

/* The CPUID bit that an instruction needs, beyond what x86-64 always has. */
static uint32_t needed_feature(const ZydisDecodedInstruction *insn)
{
    switch (insn->meta.isa_set) {
    case ZYDIS_ISA_SET_SSE3:
        return CPUID_1_ECX_SSE3;
    case ZYDIS_ISA_SET_SSSE3:
    case ZYDIS_ISA_SET_SSSE3MMX:
        return CPUID_1_ECX_SSSE3;
    case ZYDIS_ISA_SET_SSE4:
        return CPUID_1_ECX_SSE41;
    case ZYDIS_ISA_SET_SSE42:
        return CPUID_1_ECX_SSE42;
    case ZYDIS_ISA_SET_AES:
        return CPUID_1_ECX_AES;
    case ZYDIS_ISA_SET_PCLMULQDQ:
        return CPUID_1_ECX_PCLMULQDQ;
    default:
        return 0;
    }
}

static bool is_conversion_to_mmx(ZydisMnemonic m)
{
    return m == ZYDIS_MNEMONIC_CVTPS2PI || m == ZYDIS_MNEMONIC_CVTTPS2PI ||
           m == ZYDIS_MNEMONIC_CVTPD2PI || m == ZYDIS_MNEMONIC_CVTTPD2PI;
}

bool gen_sse_begin(Decoder *d)
{
    uint32_t feature = needed_feature(&d->insn);
    bool mmx = false, xmm = is_conversion_to_mmx(d->insn.mnemonic);

    if (feature && !(tcg_fp_features(FEAT_1_ECX) & feature &
                     d->t->cpu->features[FEAT_1_ECX])) {
        gen_undefined(d);
        return false;
    }
    for (unsigned i = 0; i < d->insn.operand_count_visible; i++) {
        xmm |= opnd_is_xmm(&d->opnd[i]);
        mmx |= opnd_is_mmx(&d->opnd[i]);
    }
    return mmx && !xmm ? gen_need_mmx(d) : gen_need_sse(d);
}

uint8_t gen_sse_reg(const ZydisDecodedOperand *o)
{
    return 16 * ZydisRegisterGetId(o->reg.value);
}

Op *gen_sse_op(Decoder *d, int dest, int src, OpFn *r, OpFn *m, bool write)
{
    const ZydisDecodedOperand *o = &d->opnd[src];
    OpInfo *info;
    Op *op;

    if (opnd_is_mem(o)) {
        MemRef ref = gen_mem(d, o, o->size / 8, write);

        op = emit(d, m);
        op_set_mem(op, ref);
    } else {
        op = emit(d, r);
        op->r2 = gen_sse_reg(o);
    }
    if (dest >= 0) {
        op->r1 = gen_sse_reg(&d->opnd[dest]);
    }
    info = op_info(d, op);
    info->reads_none = true;
    info->writes_none = true;
    return op;
}

/* --------------------------------------------------------------- by table */

static const SseEntry *const all_tables[] = {
    tcg_sse_int, tcg_sse_int4, tcg_sse_mmx, tcg_sse_fp,
    tcg_sse_imm, tcg_sse_cvt,  tcg_sse_cc,
};

static const SseEntry *find_entry(ZydisMnemonic mnemonic)
{
    static const SseEntry *by_mnemonic[ZYDIS_MNEMONIC_MAX_VALUE + 1];
    static gsize ready;

    if (g_once_init_enter(&ready)) {
        for (unsigned i = 0; i < ARRAY_SIZE(all_tables); i++) {
            for (const SseEntry *e = all_tables[i]; e->mnemonic; e++) {
                by_mnemonic[e->mnemonic] = e;
            }
        }
        g_once_init_leave(&ready, 1);
    }
    return by_mnemonic[mnemonic];
}

/* Only registers, no floating point: nothing that can go wrong. */
static bool is_harmless(const SseEntry *e, const Decoder *d)
{
    return !opnd_is_mem(&d->opnd[1]) && opnd_is_xmm(&d->opnd[0]) &&
           d->insn.meta.category != ZYDIS_CATEGORY_CONVERT &&
           d->insn.cpu_flags->modified == 0 && !e->mr == !e->mm &&
           (e->mr || e->xi);
}

static Op *gen_by_entry(Decoder *d, const SseEntry *e)
{
    const ZydisDecodedOperand *src = &d->opnd[1];
    bool xmm = opnd_is_xmm(&d->opnd[0]) || opnd_is_xmm(src);
    Op *op;

    if (src->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        op = gen_sse_op(d, 0, 0, xmm ? e->xi : e->mi, NULL, false);
        op->imm = src->imm.value.u;
    } else {
        op = gen_sse_op(d, 0, 1, xmm ? e->xr : e->mr, xmm ? e->xm : e->mm,
                        false);
        op->aux = opnd_is_mem(src) ? 0 : 3;
    }
    if (d->insn.operand_count_visible > 2 &&
        d->opnd[2].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        op->imm = d->opnd[2].imm.value.u;
    }
    return op;
}

static void gen_rm(Decoder *d)
{
    const SseEntry *e = find_entry(d->insn.mnemonic);
    Op *op;

    if (!gen_sse_begin(d)) {
        return;
    }
    op = gen_by_entry(d, e);
    op_info(d, op)->cannot_exit = is_harmless(e, d);
}

/* Those that write flags: all six. */
static void gen_cc(Decoder *d)
{
    const SseEntry *e = find_entry(d->insn.mnemonic);
    OpInfo *info;
    Op *op;

    if (!gen_sse_begin(d)) {
        return;
    }
    op = gen_by_entry(d, e);
    op->aux = d->insn.raw.rex.W; /* of PCMPESTRx */
    info = op_info(d, op);
    info->writes_none = false;
    info->sets_all = true;
    info->leaves_cc = CC_OP_EFLAGS + 1;
}

void gen_sse_movsd(Decoder *d)
{
    gen_movss(d);
}

void gen_sse_cmpsd(Decoder *d)
{
    gen_rm(d);
}

/* ------------------------------------------------------------------- list */

#define M(name) ZYDIS_MNEMONIC_##name
#define RM2(m, name) {M(m), gen_rm},
#define RM3(m, name, a) {M(m), gen_rm},
#define RM4(m, name, a, b) {M(m), gen_rm},

const GenEntry tcg_gen_sse[] = {
    SSE_LIST_BOTH(RM3) SSE_LIST_SHIFT(RM2) SSE_LIST_BOTH3(RM3)
    SSE_LIST_UNLIKE(RM3) SSE_LIST_UNLIKE3(RM3) SSE_LIST_XMM(RM3)
    SSE_LIST_XMM4(RM3) SSE_LIST_FP(RM4) SSE_LIST_FP3(RM4)

    {M(PSHUFD), gen_rm},
    {M(PSHUFLW), gen_rm},
    {M(PSHUFHW), gen_rm},
    {M(PSHUFW), gen_rm},
    {M(SHUFPS), gen_rm},
    {M(SHUFPD), gen_rm},
    {M(PSRLDQ), gen_rm},
    {M(PSLLDQ), gen_rm},
    {M(PALIGNR), gen_rm},
    {M(BLENDPS), gen_rm},
    {M(BLENDPD), gen_rm},
    {M(PBLENDW), gen_rm},
    {M(PBLENDVB), gen_rm},
    {M(BLENDVPS), gen_rm},
    {M(BLENDVPD), gen_rm},
    {M(INSERTPS), gen_rm},
    {M(MPSADBW), gen_rm},
    {M(PCLMULQDQ), gen_rm},
    {M(AESKEYGENASSIST), gen_rm},
    {M(CMPPS), gen_rm},
    {M(CMPPD), gen_rm},
    {M(CMPSS), gen_rm}, /* CMPSD: gen_sse_cmpsd() */
    {M(ROUNDPS), gen_rm},
    {M(ROUNDPD), gen_rm},
    {M(ROUNDSS), gen_rm},
    {M(ROUNDSD), gen_rm},
    {M(DPPS), gen_rm},
    {M(DPPD), gen_rm},
    {M(CVTPI2PS), gen_rm},
    {M(CVTPI2PD), gen_rm},
    {M(CVTPS2PI), gen_rm},
    {M(CVTTPS2PI), gen_rm},
    {M(CVTPD2PI), gen_rm},
    {M(CVTTPD2PI), gen_rm},
    {M(CVTSI2SS), gen_from_integer},
    {M(CVTSI2SD), gen_from_integer},
    {M(CVTSS2SI), gen_to_integer},
    {M(CVTTSS2SI), gen_to_integer},
    {M(CVTSD2SI), gen_to_integer},
    {M(CVTTSD2SI), gen_to_integer},

    {M(COMISS), gen_cc},
    {M(COMISD), gen_cc},
    {M(UCOMISS), gen_cc},
    {M(UCOMISD), gen_cc},
    {M(PTEST), gen_cc},
    {M(PCMPESTRI), gen_cc},
    {M(PCMPESTRM), gen_cc},
    {M(PCMPISTRI), gen_cc},
    {M(PCMPISTRM), gen_cc},

    {M(MOVAPS), gen_mov_aligned},
    {M(MOVAPD), gen_mov_aligned},
    {M(MOVDQA), gen_mov_aligned},
    {M(MOVNTPS), gen_mov_aligned},
    {M(MOVNTPD), gen_mov_aligned},
    {M(MOVNTDQ), gen_mov_aligned},
    {M(MOVNTDQA), gen_mov_aligned},
    {M(MOVUPS), gen_mov_unaligned},
    {M(MOVUPD), gen_mov_unaligned},
    {M(MOVDQU), gen_mov_unaligned},
    {M(LDDQU), gen_mov_unaligned},
    {M(MOVD), gen_movd},
    {M(MOVQ), gen_movd},
    {M(MOVSS), gen_movss}, /* MOVSD: gen_sse_movsd() */
    {M(MOVHPS), gen_mov_high},
    {M(MOVHPD), gen_mov_high},
    {M(MOVLPS), gen_mov_low},
    {M(MOVLPD), gen_mov_low},
    {M(MOVHLPS), gen_movhlps},
    {M(MOVLHPS), gen_movlhps},
    {M(MOVMSKPS), gen_movmskps},
    {M(MOVMSKPD), gen_movmskpd},
    {M(PMOVMSKB), gen_pmovmskb},
    {M(MOVQ2DQ), gen_movq2dq},
    {M(MOVDQ2Q), gen_movdq2q},
    {M(MOVNTQ), gen_movntq},
    {M(MASKMOVQ), gen_maskmov},
    {M(MASKMOVDQU), gen_maskmov},
    {M(PEXTRB), gen_pextr},
    {M(PEXTRW), gen_pextr},
    {M(PEXTRD), gen_pextr},
    {M(PEXTRQ), gen_pextr},
    {M(EXTRACTPS), gen_pextr},
    {M(PINSRB), gen_pinsr},
    {M(PINSRW), gen_pinsr},
    {M(PINSRD), gen_pinsr},
    {M(PINSRQ), gen_pinsr},
    {M(EMMS), gen_emms},
    {M(LDMXCSR), gen_ldmxcsr},
    {M(STMXCSR), gen_stmxcsr},
    {M(FXSAVE), gen_fxsave},
    {M(FXSAVE64), gen_fxsave},
    {M(FXRSTOR), gen_fxrstor},
    {M(FXRSTOR64), gen_fxrstor},
    {0},
};
