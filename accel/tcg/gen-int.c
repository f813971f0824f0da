/*
 * The list of integer instructions, and the generators of strings and of what
 * is rare. The others are in gen-int-mov.c (with what all share),
 * gen-int-alu.c, gen-int-bit.c and gen-int-flow.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "gen-int.h"
#include "op-misc.h"
#include "op-string.h"

/* ----------------------------------------------------------------- strings */

/* The last of F2 and F3 counts; 0: none. */
static uint8_t repeat_prefix(const Decoder *d)
{
    uint8_t found = 0;

    for (int i = 0; i < d->insn.raw.prefix_count; i++) {
        uint8_t v = d->insn.raw.prefixes[i].value;

        if (v == 0xf2 || v == 0xf3) {
            found = v;
        }
    }
    return found;
}

static int source_segment(const Decoder *d)
{
    ZydisInstructionAttributes a = d->insn.attributes;

    if (a & ZYDIS_ATTRIB_HAS_SEGMENT_FS) {
        return R_FS;
    }
    if (a & ZYDIS_ATTRIB_HAS_SEGMENT_GS) {
        return R_GS;
    }
    if (d->mode & MODE_CS64) {
        return R_DS;
    }
    return a & ZYDIS_ATTRIB_HAS_SEGMENT_CS   ? R_CS
           : a & ZYDIS_ATTRIB_HAS_SEGMENT_SS ? R_SS
           : a & ZYDIS_ATTRIB_HAS_SEGMENT_ES ? R_ES
                                             : R_DS;
}

/* Element sizes by the mnemonic's last letter. */
static unsigned element_size(const Decoder *d)
{
    switch (d->insn.mnemonic) {
    case ZYDIS_MNEMONIC_MOVSB: case ZYDIS_MNEMONIC_STOSB:
    case ZYDIS_MNEMONIC_LODSB: case ZYDIS_MNEMONIC_CMPSB:
    case ZYDIS_MNEMONIC_SCASB: case ZYDIS_MNEMONIC_XLAT: return 1;
    case ZYDIS_MNEMONIC_MOVSW: case ZYDIS_MNEMONIC_STOSW:
    case ZYDIS_MNEMONIC_LODSW: case ZYDIS_MNEMONIC_CMPSW:
    case ZYDIS_MNEMONIC_SCASW: return 2;
    case ZYDIS_MNEMONIC_MOVSD: case ZYDIS_MNEMONIC_STOSD:
    case ZYDIS_MNEMONIC_LODSD: case ZYDIS_MNEMONIC_CMPSD:
    case ZYDIS_MNEMONIC_SCASD: return 4;
    default: return 8;
    }
}

static Op *gen_string(Decoder *d, OpFn *one, OpFn *repeated)
{
    uint8_t rep = repeated ? repeat_prefix(d) : 0;
    Op *op = emit(d, rep ? repeated : one);

    op->size = element_size(d);
    op->aux = d->adsize;
    op->r1 = source_segment(d);
    op->r2 = rep == 0xf3;
    info_keeps(d, op);
    return op;
}

void gen_movs(Decoder *d)
{
    if (d->insn.opcode_map != ZYDIS_OPCODE_MAP_DEFAULT) {
        gen_sse_movsd(d);
        return;
    }
    gen_string(d, op_movs, op_movs_rep);
}
void gen_stos(Decoder *d)
{
    gen_string(d, op_stos, op_stos_rep);
}
void gen_lods(Decoder *d)
{
    gen_string(d, op_lods, op_lods_rep);
}

/* Repeated zero times they change no flag. */
void gen_cmps(Decoder *d)
{
    Op *op;

    if (d->insn.opcode_map != ZYDIS_OPCODE_MAP_DEFAULT) {
        gen_sse_cmpsd(d);
        return;
    }
    op = gen_string(d, op_cmps, op_cmps_rep);
    op_info(d, op)->reads_none = op_info(d, op)->writes_none = false;
}
void gen_scas(Decoder *d)
{
    Op *op = gen_string(d, op_scas, op_scas_rep);

    op_info(d, op)->reads_none = op_info(d, op)->writes_none = false;
}
void gen_xlat(Decoder *d)
{
    gen_string(d, op_xlat, NULL);
}

/* ------------------------------------------------------------------- flags */

static Op *gen_merging(Decoder *d, OpFn *fn)
{
    Op *op = emit(d, fn);

    info_merges(d, op, NULL, true);
    return op;
}

static void gen_carry(Decoder *d, bool set)
{
    Op *op = gen_merging(d, op_flags_change);

    op->imm = set ? CC_C : 0;
    op->disp = CC_C;
}
void gen_clc(Decoder *d)
{
    gen_carry(d, false);
}
void gen_stc(Decoder *d)
{
    gen_carry(d, true);
}
void gen_cmc(Decoder *d)
{
    gen_merging(d, op_cmc);
}
void gen_sahf(Decoder *d)
{
    gen_merging(d, op_sahf);
}

static void gen_plain(Decoder *d, OpFn *fn)
{
    info_pure(d, emit(d, fn));
}
void gen_cld(Decoder *d)
{
    gen_plain(d, op_cld);
}
void gen_std(Decoder *d)
{
    gen_plain(d, op_std);
}

static void gen_reading(Decoder *d, OpFn *fn)
{
    Op *op = emit(d, fn);

    info_pure(d, op);
    op_info(d, op)->reads_none = false;
}
void gen_lahf(Decoder *d)
{
    gen_reading(d, op_lahf);
}
void gen_salc(Decoder *d)
{
    gen_reading(d, op_salc);
}

/* ----------------------------------------------------- decimal arithmetic */

void gen_aaa(Decoder *d)
{
    gen_merging(d, op_aaa);
}
void gen_aas(Decoder *d)
{
    gen_merging(d, op_aaa)->aux = 1;
}
void gen_daa(Decoder *d)
{
    gen_merging(d, op_daa);
}
void gen_das(Decoder *d)
{
    gen_merging(d, op_daa)->aux = 1;
}
void gen_aad(Decoder *d)
{
    Op *op = gen_merging(d, op_aad);

    op->imm = d->opnd[0].imm.value.u;
    op_info(d, op)->leaves_cc = cc_op_of(CC_ADD, 1) + 1;
}
void gen_aam(Decoder *d)
{
    Op *op = gen_merging(d, op_aam);

    op->imm = d->opnd[0].imm.value.u;
    op_info(d, op)->cannot_exit = false;
}

/* ------------------------------------------------------------------ others */

void gen_bound(Decoder *d)
{
    MemRef m = gen_mem(d, &d->opnd[1], d->opsize * 2, false);
    Op *op = emit(d, op_bound);

    op_set_mem(op, m);
    op->r1 = opnd_reg(&d->opnd[0]);
    op->size = d->opsize;
    info_keeps(d, op);
}

void gen_rdrand(Decoder *d)
{
    Op *op = emit(d, op_rdrand);

    op->r1 = opnd_reg(&d->opnd[0]);
    op->size = opnd_size(&d->opnd[0]);
    info_sets(d, op, CC_OP_EFLAGS, NULL, true);
}

void gen_fence(Decoder *d)
{
    gen_plain(d, op_fence);
}

void gen_clflush(Decoder *d)
{
    MemRef m = gen_mem(d, &d->opnd[0], 1, false);
    Op *op = emit(d, op_touch);

    op_set_mem(op, m);
    info_keeps(d, op);
}

void gen_pause(Decoder *d)
{
    gen_plain(d, op_pause);
}

void gen_nop(Decoder *d)
{
}

/* -------------------------------------------------------------------- list */

#define M(name) ZYDIS_MNEMONIC_##name
#define CONDITIONS(prefix, fn) \
    { M(prefix##O), fn }, { M(prefix##NO), fn }, { M(prefix##B), fn }, \
    { M(prefix##NB), fn }, { M(prefix##Z), fn }, { M(prefix##NZ), fn }, \
    { M(prefix##BE), fn }, { M(prefix##NBE), fn }, { M(prefix##S), fn }, \
    { M(prefix##NS), fn }, { M(prefix##P), fn }, { M(prefix##NP), fn }, \
    { M(prefix##L), fn }, { M(prefix##NL), fn }, { M(prefix##LE), fn }, \
    { M(prefix##NLE), fn }

const GenEntry tcg_gen_int[] = {
    { M(ADD), gen_add }, { M(OR), gen_or }, { M(ADC), gen_adc },
    { M(SBB), gen_sbb }, { M(AND), gen_and }, { M(SUB), gen_sub },
    { M(XOR), gen_xor }, { M(CMP), gen_cmp }, { M(TEST), gen_test },
    { M(INC), gen_inc }, { M(DEC), gen_dec }, { M(NEG), gen_neg },
    { M(NOT), gen_not }, { M(XCHG), gen_xchg }, { M(XADD), gen_xadd },
    { M(CMPXCHG), gen_cmpxchg }, { M(CMPXCHG8B), gen_cmpxchg8b },
    { M(CMPXCHG16B), gen_cmpxchg16b },

    { M(MOV), gen_mov }, { M(MOVNTI), gen_movnti }, { M(MOVZX), gen_movzx },
    { M(MOVSX), gen_movsx }, { M(MOVSXD), gen_movsx },
    { M(MOVBE), gen_movbe }, { M(LEA), gen_lea_insn },
    { M(BSWAP), gen_bswap }, { M(CBW), gen_cbw }, { M(CWDE), gen_cwde },
    { M(CDQE), gen_cdqe }, { M(CWD), gen_cwd }, { M(CDQ), gen_cdq },
    { M(CQO), gen_cqo },

    { M(ROL), gen_rol }, { M(ROR), gen_ror }, { M(RCL), gen_rcl },
    { M(RCR), gen_rcr }, { M(SHL), gen_shl }, { M(SHR), gen_shr },
    { M(SAR), gen_sar }, { M(SHLD), gen_shld }, { M(SHRD), gen_shrd },
    { M(SHLX), gen_shlx }, { M(SHRX), gen_shrx }, { M(SARX), gen_sarx },
    { M(RORX), gen_rorx }, { M(MUL), gen_mul }, { M(IMUL), gen_imul },
    { M(DIV), gen_div }, { M(IDIV), gen_idiv }, { M(MULX), gen_mulx },

    { M(BT), gen_bt }, { M(BTS), gen_bts }, { M(BTR), gen_btr },
    { M(BTC), gen_btc }, { M(BSF), gen_bsf }, { M(BSR), gen_bsr },
    { M(LZCNT), gen_lzcnt }, { M(TZCNT), gen_tzcnt },
    { M(POPCNT), gen_popcnt }, { M(ANDN), gen_andn }, { M(BLSI), gen_blsi },
    { M(BLSR), gen_blsr }, { M(BLSMSK), gen_blsmsk }, { M(BZHI), gen_bzhi },
    { M(BEXTR), gen_bextr }, { M(PDEP), gen_pdep }, { M(PEXT), gen_pext },
    { M(ADCX), gen_adcx }, { M(ADOX), gen_adox }, { M(CRC32), gen_crc32 },

    { M(PUSH), gen_push }, { M(POP), gen_pop }, { M(PUSHA), gen_pusha },
    { M(PUSHAD), gen_pusha }, { M(POPA), gen_popa }, { M(POPAD), gen_popa },
    { M(ENTER), gen_enter }, { M(LEAVE), gen_leave },
    { M(PUSHF), gen_pushf }, { M(PUSHFD), gen_pushf },
    { M(PUSHFQ), gen_pushf }, { M(POPF), gen_popf }, { M(POPFD), gen_popf },
    { M(POPFQ), gen_popf },

    { M(JMP), gen_jmp }, { M(CALL), gen_call }, { M(RET), gen_ret },
    CONDITIONS(J, gen_jcc), CONDITIONS(SET, gen_setcc),
    CONDITIONS(CMOV, gen_cmovcc), { M(JCXZ), gen_jcxz },
    { M(JECXZ), gen_jcxz }, { M(JRCXZ), gen_jcxz }, { M(LOOP), gen_loop },
    { M(LOOPE), gen_loope }, { M(LOOPNE), gen_loopne },

    { M(MOVSB), gen_movs }, { M(MOVSW), gen_movs }, { M(MOVSD), gen_movs },
    { M(MOVSQ), gen_movs }, { M(STOSB), gen_stos }, { M(STOSW), gen_stos },
    { M(STOSD), gen_stos }, { M(STOSQ), gen_stos }, { M(LODSB), gen_lods },
    { M(LODSW), gen_lods }, { M(LODSD), gen_lods }, { M(LODSQ), gen_lods },
    { M(CMPSB), gen_cmps }, { M(CMPSW), gen_cmps }, { M(CMPSD), gen_cmps },
    { M(CMPSQ), gen_cmps }, { M(SCASB), gen_scas }, { M(SCASW), gen_scas },
    { M(SCASD), gen_scas }, { M(SCASQ), gen_scas }, { M(XLAT), gen_xlat },

    { M(CLC), gen_clc }, { M(STC), gen_stc }, { M(CMC), gen_cmc },
    { M(CLD), gen_cld }, { M(STD), gen_std }, { M(LAHF), gen_lahf },
    { M(SAHF), gen_sahf }, { M(SALC), gen_salc }, { M(AAA), gen_aaa },
    { M(AAS), gen_aas }, { M(DAA), gen_daa }, { M(DAS), gen_das },
    { M(AAM), gen_aam }, { M(AAD), gen_aad }, { M(BOUND), gen_bound },
    { M(RDRAND), gen_rdrand }, { M(RDSEED), gen_rdrand },
    { M(MFENCE), gen_fence }, { M(SFENCE), gen_fence },
    { M(LFENCE), gen_fence }, { M(CLFLUSH), gen_clflush },
    { M(CLFLUSHOPT), gen_clflush }, { M(CLWB), gen_clflush },
    { M(PAUSE), gen_pause }, { M(NOP), gen_nop },
    { M(ENDBR32), gen_nop }, { M(ENDBR64), gen_nop },
    { M(PREFETCH), gen_nop }, { M(PREFETCHW), gen_nop },
    { M(PREFETCHWT1), gen_nop }, { M(PREFETCHNTA), gen_nop },
    { M(PREFETCHT0), gen_nop }, { M(PREFETCHT1), gen_nop },
    { M(PREFETCHT2), gen_nop },
    { 0, NULL },
};
