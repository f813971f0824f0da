/*
 * Generator of x87 instructions: by opcode (D8 to DF) and ModRM.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tcg-fp.h"
#include "x87-internal.h"

/* What an opcode does: handler, and Op.size (pops, or a condition). */
typedef struct X87Entry {
    OpFn *fn;
    uint8_t size;
} X87Entry;

#define ARITHMETIC(shape) \
    { \
        {op_fadd_##shape}, {op_fmul_##shape}, {op_fcom_##shape, 0}, \
            {op_fcom_##shape, 1}, {op_fsub_##shape}, {op_fsubr_##shape}, \
            {op_fdiv_##shape}, {op_fdivr_##shape}, \
    }

/* [opcode & 7][reg], with a memory operand */
static const X87Entry memory[8][8] = {
    ARITHMETIC(m32),
    {{op_fld_m32}, {NULL}, {op_fst_m32, 0}, {op_fst_m32, 1}, {op_fldenv},
     {op_fldcw}, {op_fnstenv}, {op_fnstcw}},
    ARITHMETIC(i32),
    {{op_fild_i32}, {op_fisttp_i32}, {op_fist_i32, 0}, {op_fist_i32, 1},
     {NULL}, {op_fld_m80}, {NULL}, {op_fstp_m80}},
    ARITHMETIC(m64),
    {{op_fld_m64}, {op_fisttp_i64}, {op_fst_m64, 0}, {op_fst_m64, 1},
     {op_frstor}, {NULL}, {op_fnsave}, {op_fnstsw}},
    ARITHMETIC(i16),
    {{op_fild_i16}, {op_fisttp_i16}, {op_fist_i16, 0}, {op_fist_i16, 1},
     {op_fbld}, {op_fild_i64}, {op_fbstp}, {op_fistp_i64}},
};

/* [opcode & 7][reg], with ST(rm); where fn is NULL, rm says more. */
static const X87Entry registers[8][8] = {
    {{op_fadd_st0}, {op_fmul_st0}, {op_fcom, 0}, {op_fcom, 1}, {op_fsub_st0},
     {op_fsubr_st0}, {op_fdiv_st0}, {op_fdivr_st0}},
    {{op_fld_st}, {op_fxch}, {NULL}, {op_fstpnce}},
    {{op_fcmov, 2}, {op_fcmov, 4}, {op_fcmov, 6}, {op_fcmov, 10}},
    {{op_fcmov, 3}, {op_fcmov, 5}, {op_fcmov, 7}, {op_fcmov, 11}, {NULL},
     {op_fucomi, 0}, {op_fcomi, 0}},
    {{op_fadd_sti}, {op_fmul_sti}, {op_fcom, 0}, {op_fcom, 1}, {op_fsubr_sti},
     {op_fsub_sti}, {op_fdivr_sti}, {op_fdiv_sti}},
    {{op_ffree, 0}, {op_fxch}, {op_fst_st, 0}, {op_fst_st, 1}, {op_fucom, 0},
     {op_fucom, 1}},
    {{op_fadd_pop}, {op_fmul_pop}, {op_fcom, 1}, {NULL}, {op_fsubr_pop},
     {op_fsub_pop}, {op_fdivr_pop}, {op_fdiv_pop}},
    {{op_ffree, 1}, {op_fxch}, {op_fst_st, 1}, {op_fst_st, 1}, {NULL},
     {op_fucomi, 1}, {op_fcomi, 1}},
};

/* Opcodes without operands: D9 /4 to /7, [reg - 4][rm]. */
static const X87Entry plain[4][8] = {
    {{op_fchs}, {op_fabs}, {NULL}, {NULL}, {op_ftst}, {op_fxam}},
    {{op_fld1}, {op_fldl2t}, {op_fldl2e}, {op_fldpi}, {op_fldlg2},
     {op_fldln2}, {op_fldz}},
    {{op_f2xm1}, {op_fyl2x}, {op_fptan}, {op_fpatan}, {op_fxtract},
     {op_fprem1}, {op_fdecstp}, {op_fincstp}},
    {{op_fprem}, {op_fyl2xp1}, {op_fsqrt}, {op_fsincos}, {op_frndint},
     {op_fscale}, {op_fsin}, {op_fcos}},
};

/* The rest, by opcode << 8 | ModRM. */
static const struct {
    uint16_t code;
    X87Entry entry;
} singles[] = {
    {0xd9d0, {op_fnop}},      {0xdae9, {op_fucom, 2}}, {0xdbe2, {op_fnclex}},
    {0xdbe3, {op_fninit}},    {0xded9, {op_fcom, 2}},
    {0xdfe0, {op_fnstsw_ax}},
};

static const X87Entry *find_entry(const Decoder *d)
{
    const ZydisDecodedInstruction *i = &d->insn;
    unsigned low = i->opcode & 7, reg = i->raw.modrm.reg, rm = i->raw.modrm.rm;
    uint16_t code = i->opcode << 8 | 0xc0 | reg << 3 | rm;

    if (i->raw.modrm.mod != 3) {
        return &memory[low][reg];
    }
    if (low == 1 && reg >= 4) {
        return &plain[reg - 4][rm];
    }
    for (unsigned n = 0; n < ARRAY_SIZE(singles); n++) {
        if (singles[n].code == code) {
            return &singles[n].entry;
        }
    }
    return &registers[low][reg];
}

static bool is_environment(const X87Entry *e)
{
    return e->fn == op_fnstenv || e->fn == op_fldenv || e->fn == op_fnsave ||
           e->fn == op_frstor;
}

/* What the flag pass may know: only FCOMI and FCMOV have to do with flags. */
static void tell_flags(Decoder *d, const Op *op)
{
    OpInfo *info = op_info(d, op);
    OpFn *fn = op->fn;

    info->reads_none = fn != op_fcmov;
    if (fn == op_fcomi || fn == op_fucomi) {
        info->sets_all = true;
        info->leaves_cc = CC_OP_EFLAGS + 1;
    } else {
        info->writes_none = true;
    }
}

/* An Op for entry e with its operand; memory is written by what stores. */
static void emit_x87(Decoder *d, const X87Entry *e)
{
    const ZydisDecodedInstruction *i = &d->insn;
    uint32_t fop = (i->opcode & 7) << 8 | i->raw.modrm.mod << 6 |
                   i->raw.modrm.reg << 3 | i->raw.modrm.rm;
    Op *op;

    if (i->raw.modrm.mod == 3) {
        op = emit(d, e->fn);
        op->aux = i->raw.modrm.rm;
    } else {
        const ZydisDecodedOperand *o = d->opnd;
        MemRef ref;

        while (o->type != ZYDIS_OPERAND_TYPE_MEMORY) {
            o++;
        }
        ref = gen_mem(d, o, o->size / 8,
                      o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE);
        op = emit(d, e->fn);
        op_set_mem(op, ref);
        fop |= ref.seg << FPU_SEG_SHIFT;
    }
    op->imm = fop;
    op->size = e->size;
    if (is_environment(e)) {
        op->size = d->opsize == 2 ? 2 : 4;
        op->aux = (d->mode & MODE_PE) && !(d->mode & MODE_VM);
    }
    tell_flags(d, op);
}

static void gen_x87(Decoder *d)
{
    const X87Entry *e = find_entry(d);

    if (d->insn.meta.isa_set == ZYDIS_ISA_SET_SSE3X87 &&
        !(tcg_fp_features(FEAT_1_ECX) & CPUID_1_ECX_SSE3 &
          d->t->cpu->features[FEAT_1_ECX])) {
        gen_undefined(d);
        return;
    }
    if (!gen_need_x87(d, false)) {
        return;
    }
    if (!e->fn) {
        gen_undefined(d);
        return;
    }
    emit_x87(d, e);
}

/* FENI, FDISI, FSETPM: of earlier coprocessors, nothing now. */
static void gen_ignored(Decoder *d)
{
    gen_need_x87(d, false);
}

static void gen_fwait(Decoder *d)
{
    if (gen_need_x87(d, true)) {
        emit(d, op_fwait);
    }
}

#define X(name) {ZYDIS_MNEMONIC_##name, gen_x87}

const GenEntry tcg_gen_x87[] = {
    X(F2XM1),   X(FABS),    X(FADD),    X(FADDP),  X(FBLD),    X(FBSTP),
    X(FCHS),    X(FCMOVB),  X(FCMOVBE), X(FCMOVE), X(FCMOVNB), X(FCMOVNBE),
    X(FCMOVNE), X(FCMOVNU), X(FCMOVU),  X(FCOM),   X(FCOMI),   X(FCOMIP),
    X(FCOMP),   X(FCOMPP),  X(FCOS),    X(FDECSTP), X(FDIV),   X(FDIVP),
    X(FDIVR),   X(FDIVRP),  X(FFREE),   X(FFREEP), X(FIADD),   X(FICOM),
    X(FICOMP),  X(FIDIV),   X(FIDIVR),  X(FILD),   X(FIMUL),   X(FINCSTP),
    X(FIST),    X(FISTP),   X(FISTTP),  X(FISUB),  X(FISUBR),  X(FLD),
    X(FLD1),    X(FLDCW),   X(FLDENV),  X(FLDL2E), X(FLDL2T),  X(FLDLG2),
    X(FLDLN2),  X(FLDPI),   X(FLDZ),    X(FMUL),   X(FMULP),   X(FNCLEX),
    X(FNINIT),  X(FNOP),    X(FNSAVE),  X(FNSTCW), X(FNSTENV), X(FNSTSW),
    X(FPATAN),  X(FPREM),   X(FPREM1),  X(FPTAN),  X(FRNDINT), X(FRSTOR),
    X(FSCALE),  X(FSIN),    X(FSINCOS), X(FSQRT),  X(FST),     X(FSTP),
    X(FSTPNCE), X(FSUB),    X(FSUBP),   X(FSUBR),  X(FSUBRP),  X(FTST),
    X(FUCOM),   X(FUCOMI),  X(FUCOMIP), X(FUCOMP), X(FUCOMPP), X(FXAM),
    X(FXCH),    X(FXTRACT), X(FYL2X),   X(FYL2XP1),
    {ZYDIS_MNEMONIC_FWAIT, gen_fwait},
    {ZYDIS_MNEMONIC_FENI8087_NOP, gen_ignored},
    {ZYDIS_MNEMONIC_FDISI8087_NOP, gen_ignored},
    {ZYDIS_MNEMONIC_FSETPM287_NOP, gen_ignored},
    {0},
};
