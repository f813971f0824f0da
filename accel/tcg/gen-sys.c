/*
 * Decoding system instructions: the list of their mnemonics, and generators of
 * those without a segment or far operand (gen-sys-seg.c has these).
 *
 * An instruction that changes what decoding depends on ends its block.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/gen-sys.h"
#include "accel/tcg/tcg-core.h"

bool gen_need_cpl0(Decoder *d)
{
    if (d->mode & MODE_CPL_MASK) {
        gen_raise(d, EXCP0D_GPF, true, 0);
        return false;
    }
    return true;
}

bool gen_need_x87(Decoder *d, bool is_wait)
{
    uint32_t stop = is_wait ? MODE_MP : MODE_EM;
    bool raised = is_wait ? (d->mode & stop) && (d->mode & MODE_TS)
                          : d->mode & (MODE_EM | MODE_TS);

    if (raised) {
        gen_raise(d, EXCP07_PREX, false, 0);
    }
    return !raised;
}

bool gen_need_sse(Decoder *d)
{
    if (d->mode & MODE_EM || !(d->mode & MODE_OSFXSR)) {
        gen_undefined(d);
        return false;
    }
    if (d->mode & MODE_TS) {
        gen_raise(d, EXCP07_PREX, false, 0);
        return false;
    }
    return true;
}

bool gen_need_mmx(Decoder *d)
{
    if (d->mode & MODE_EM) {
        gen_undefined(d);
        return false;
    }
    if (d->mode & MODE_TS) {
        gen_raise(d, EXCP07_PREX, false, 0);
        return false;
    }
    return true;
}

bool gen_need_protected(Decoder *d)
{
    if (!(d->mode & MODE_PE) || d->mode & MODE_VM) {
        gen_undefined(d);
        return false;
    }
    return true;
}

static bool need_feature(Decoder *d, X86FeatureWord word, uint32_t bit)
{
    if (!x86_cpu_has(d->t->cpu, word, bit)) {
        gen_undefined(d);
        return false;
    }
    return true;
}

void gen_code_breakpoint(Decoder *d)
{
    emit(d, tcg_op_check_code_bp);
}

/* ------------------------------------------------- control, debug registers */

/* The number of a control or debug register, or -1. */
static int reg_number(const ZydisDecodedOperand *o, ZydisRegister first,
                      ZydisRegister last)
{
    if (o->type != ZYDIS_OPERAND_TYPE_REGISTER || o->reg.value < first ||
        o->reg.value > last) {
        return -1;
    }
    return o->reg.value - first;
}

static int cr_number(const ZydisDecodedOperand *o)
{
    return reg_number(o, ZYDIS_REGISTER_CR0, ZYDIS_REGISTER_CR15);
}

static int dr_number(const ZydisDecodedOperand *o)
{
    return reg_number(o, ZYDIS_REGISTER_DR0, ZYDIS_REGISTER_DR15);
}

/* The general register is 8 bytes in 64-bit code and 4 elsewhere, whatever
 * the operand size. */
static void gen_mov_from(Decoder *d, OpFn *fn, int n)
{
    Op *op = emit(d, fn);

    op->aux = n;
    op->r1 = gen_reg(d->opnd[0].reg.value);
}

static void gen_mov_to(Decoder *d, OpFn *fn, int n)
{
    Op *op = emit(d, fn);

    op->aux = n;
    op->r2 = gen_reg(d->opnd[1].reg.value);
    d->end = true;
}

static void gen_mov_cr(Decoder *d, int n, bool to)
{
    if (n == 1 || (n > 4 && n != 8)) {
        gen_undefined(d);
    } else if (gen_need_cpl0(d)) {
        if (to) {
            gen_mov_to(d, tcg_op_mov_to_cr, n);
        } else {
            gen_mov_from(d, tcg_op_mov_from_cr, n);
        }
    }
}

static void gen_mov_dr(Decoder *d, int n, bool to)
{
    if (n > 7) {
        gen_undefined(d);
    } else if (gen_need_cpl0(d)) {
        if (to) {
            gen_mov_to(d, tcg_op_mov_to_dr, n);
        } else {
            gen_mov_from(d, tcg_op_mov_from_dr, n);
        }
    }
}

void gen_mov_system(Decoder *d)
{
    const ZydisDecodedOperand *dst = &d->opnd[0], *src = &d->opnd[1];

    if (cr_number(dst) >= 0) {
        gen_mov_cr(d, cr_number(dst), true);
    } else if (cr_number(src) >= 0) {
        gen_mov_cr(d, cr_number(src), false);
    } else if (dr_number(dst) >= 0) {
        gen_mov_dr(d, dr_number(dst), true);
    } else if (dr_number(src) >= 0) {
        gen_mov_dr(d, dr_number(src), false);
    } else {
        gen_mov_seg(d);
    }
}

/* ----------------------------------------------------------- small classes */

/* An Op of CPL 0 after which decoding starts anew, or goes on. */
static void gen_privileged(Decoder *d, OpFn *fn, bool end)
{
    if (gen_need_cpl0(d)) {
        emit(d, fn);
        d->end = end;
    }
}

static void gen_clts(Decoder *d)
{
    gen_privileged(d, tcg_op_clts, true);
}

static void gen_hlt(Decoder *d)
{
    gen_privileged(d, tcg_op_hlt, true);
}

static void gen_rdmsr(Decoder *d)
{
    if (need_feature(d, FEAT_1_EDX, 1u << 5)) {
        gen_privileged(d, tcg_op_rdmsr, false);
    }
}

static void gen_wrmsr(Decoder *d)
{
    if (need_feature(d, FEAT_1_EDX, 1u << 5)) {
        gen_privileged(d, tcg_op_wrmsr, false);
    }
}

/* Caches are not modelled. */
static void gen_cache_nop(Decoder *d)
{
    gen_need_cpl0(d);
}

static void gen_invlpg(Decoder *d)
{
    if (gen_need_cpl0(d)) {
        MemRef m = gen_lea(d, &d->opnd[0]);
        Op *op = emit(d, tcg_op_invlpg);

        op_set_mem(op, m);
        op->aux = m.seg;
        op->size = d->adsize;
        d->end = true;
    }
}

static void gen_cli(Decoder *d)
{
    emit(d, tcg_op_cli);
}

/*
 * The instruction that STI protects has to be in its block: it may not be if
 * that is full or its page ends.
 */
static void gen_sti(Decoder *d)
{
    bool last = tcg_options.one_insn || !d->b->host || d->b->host2 ||
                d->mode & (MODE_SINGLE | MODE_CODE_BP | MODE_WATCH) ||
                d->b->nr_ops > BLOCK_MAX_OPS - 20 ||
                ((d->next_rip + d->b->cs_base) & (TCG_PAGE_SIZE - 1)) >
                    TCG_PAGE_SIZE - 16;

    if (last) {
        emit(d, tcg_op_sti_last);
        d->end = true;
    } else {
        emit(d, tcg_op_sti);
    }
}

static void gen_cpuid(Decoder *d)
{
    emit(d, tcg_op_cpuid);
}

static void gen_rdtsc(Decoder *d)
{
    emit(d, tcg_op_rdtsc);
}

static void gen_rdtscp(Decoder *d)
{
    if (need_feature(d, FEAT_8000_0001_EDX, 1u << 27)) {
        emit(d, tcg_op_rdtscp);
    }
}

static void gen_rdpid(Decoder *d)
{
    if (need_feature(d, FEAT_7_0_ECX, 1u << 22)) {
        emit(d, tcg_op_rdpid)->r1 = gen_reg(d->opnd[0].reg.value);
    }
}

/* There are no counters: every index is out of range. */
static void gen_rdpmc(Decoder *d)
{
    gen_raise(d, EXCP0D_GPF, true, 0);
}

static void gen_lmsw(Decoder *d)
{
    if (gen_need_cpl0(d)) {
        uint8_t src = gen_load16(d, &d->opnd[0]);

        emit(d, tcg_op_lmsw)->r2 = src;
        d->end = true;
    }
}

static void gen_smsw(Decoder *d)
{
    gen_store_sel(d, 2);
}

/* ------------------------------------------------------- FS and GS, SMAP */

static void gen_swapgs(Decoder *d)
{
    gen_privileged(d, tcg_op_swapgs, false);
}

static void gen_base(Decoder *d, int seg, bool write)
{
    Op *op = emit(d, write ? tcg_op_wrbase : tcg_op_rdbase);

    op->aux = seg;
    op->size = d->opnd[0].size / 8;
    op->r1 = op->r2 = gen_reg(d->opnd[0].reg.value);
}

static void gen_rdfsbase(Decoder *d)
{
    gen_base(d, R_FS, false);
}

static void gen_rdgsbase(Decoder *d)
{
    gen_base(d, R_GS, false);
}

static void gen_wrfsbase(Decoder *d)
{
    gen_base(d, R_FS, true);
}

static void gen_wrgsbase(Decoder *d)
{
    gen_base(d, R_GS, true);
}

static void gen_ac(Decoder *d, OpFn *fn)
{
    if (!need_feature(d, FEAT_7_0_EBX, 1u << 20)) {
        return;
    }
    if (d->mode & MODE_CPL_MASK) {
        gen_undefined(d);
    } else {
        emit(d, fn);
    }
}

static void gen_clac(Decoder *d)
{
    gen_ac(d, tcg_op_clac);
}

static void gen_stac(Decoder *d)
{
    gen_ac(d, tcg_op_stac);
}

/* -------------------------------------------------------------------- ports */

static void gen_port(Decoder *d, OpFn *fn, const ZydisDecodedOperand *port,
                     const ZydisDecodedOperand *data)
{
    Op *op = emit(d, fn);

    op->size = data->size / 8;
    if (port->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        op->imm = port->imm.value.u & 0xff;
    } else {
        op->aux = 1;
    }
}

static void gen_in(Decoder *d)
{
    gen_port(d, tcg_op_in, &d->opnd[1], &d->opnd[0]);
}

static void gen_out(Decoder *d)
{
    gen_port(d, tcg_op_out, &d->opnd[0], &d->opnd[1]);
}

static void gen_string_port(Decoder *d, OpFn *fn, unsigned size)
{
    const ZydisInstructionAttributes rep =
        ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;
    Op *op = emit(d, fn);

    op->size = size;
    op->scale = d->adsize;
    op->r3 = (d->insn.attributes & rep) != 0;
    op->aux = R_DS;
    for (unsigned i = 0; i < d->insn.operand_count; i++) {
        const ZydisDecodedOperand *o = &d->opnd[i];

        if (o->type == ZYDIS_OPERAND_TYPE_MEMORY && fn == tcg_op_outs) {
            op->aux = gen_seg(o->mem.segment);
        }
    }
}

static void gen_insb(Decoder *d)
{
    gen_string_port(d, tcg_op_ins, 1);
}

static void gen_insw(Decoder *d)
{
    gen_string_port(d, tcg_op_ins, 2);
}

static void gen_insd(Decoder *d)
{
    gen_string_port(d, tcg_op_ins, 4);
}

static void gen_outsb(Decoder *d)
{
    gen_string_port(d, tcg_op_outs, 1);
}

static void gen_outsw(Decoder *d)
{
    gen_string_port(d, tcg_op_outs, 2);
}

static void gen_outsd(Decoder *d)
{
    gen_string_port(d, tcg_op_outs, 4);
}

#define ENTRY(m, fn) \
    { \
        ZYDIS_MNEMONIC_##m, fn \
    }

const GenEntry tcg_gen_sys[] = {
    ENTRY(ARPL, gen_arpl),
    ENTRY(CLAC, gen_clac),
    ENTRY(CLI, gen_cli),
    ENTRY(CLTS, gen_clts),
    ENTRY(CPUID, gen_cpuid),
    ENTRY(HLT, gen_hlt),
    ENTRY(IN, gen_in),
    ENTRY(INSB, gen_insb),
    ENTRY(INSD, gen_insd),
    ENTRY(INSW, gen_insw),
    ENTRY(INT, gen_int),
    ENTRY(INT1, gen_int1),
    ENTRY(INT3, gen_int3),
    ENTRY(INTO, gen_into),
    ENTRY(INVD, gen_cache_nop),
    ENTRY(INVLPG, gen_invlpg),
    ENTRY(IRET, gen_iret),
    ENTRY(IRETD, gen_iret),
    ENTRY(IRETQ, gen_iret),
    ENTRY(LAR, gen_lar),
    ENTRY(LDS, gen_lds),
    ENTRY(LES, gen_les),
    ENTRY(LFS, gen_lfs),
    ENTRY(LGDT, gen_lgdt),
    ENTRY(LGS, gen_lgs),
    ENTRY(LIDT, gen_lidt),
    ENTRY(LLDT, gen_lldt),
    ENTRY(LMSW, gen_lmsw),
    ENTRY(LSL, gen_lsl),
    ENTRY(LSS, gen_lss),
    ENTRY(LTR, gen_ltr),
    ENTRY(OUT, gen_out),
    ENTRY(OUTSB, gen_outsb),
    ENTRY(OUTSD, gen_outsd),
    ENTRY(OUTSW, gen_outsw),
    ENTRY(RDFSBASE, gen_rdfsbase),
    ENTRY(RDGSBASE, gen_rdgsbase),
    ENTRY(RDMSR, gen_rdmsr),
    ENTRY(RDPID, gen_rdpid),
    ENTRY(RDPMC, gen_rdpmc),
    ENTRY(RDTSC, gen_rdtsc),
    ENTRY(RDTSCP, gen_rdtscp),
    ENTRY(SGDT, gen_sgdt),
    ENTRY(SIDT, gen_sidt),
    ENTRY(SLDT, gen_sldt),
    ENTRY(SMSW, gen_smsw),
    ENTRY(STAC, gen_stac),
    ENTRY(STI, gen_sti),
    ENTRY(STR, gen_str),
    ENTRY(SWAPGS, gen_swapgs),
    ENTRY(SYSCALL, gen_syscall),
    ENTRY(SYSENTER, gen_sysenter),
    ENTRY(SYSEXIT, gen_sysexit),
    ENTRY(SYSRET, gen_sysret),
    ENTRY(VERR, gen_verr),
    ENTRY(VERW, gen_verw),
    ENTRY(WBINVD, gen_cache_nop),
    ENTRY(WRFSBASE, gen_wrfsbase),
    ENTRY(WRGSBASE, gen_wrgsbase),
    ENTRY(WRMSR, gen_wrmsr),
    {0, NULL},
};
