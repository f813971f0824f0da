/*
 * Integer generators: what they share. A GenFn looks at the decoded operands,
 * picks a handler by operation, size and kind of operand, and tells the flag
 * pass (OpInfo) what the handler does to flags.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_GEN_INT_H
#define ACCEL_TCG_GEN_INT_H

#include "op-int.h"

static inline bool is_reg(const ZydisDecodedOperand *o)
{
    return o->type == ZYDIS_OPERAND_TYPE_REGISTER;
}
static inline bool is_mem(const ZydisDecodedOperand *o)
{
    return o->type == ZYDIS_OPERAND_TYPE_MEMORY;
}
static inline bool is_imm(const ZydisDecodedOperand *o)
{
    return o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
}
static inline unsigned opnd_size(const ZydisDecodedOperand *o)
{
    return o->size / 8;
}
static inline uint8_t opnd_reg(const ZydisDecodedOperand *o)
{
    return gen_reg(o->reg.value);
}
static inline bool has_lock(const Decoder *d)
{
    return d->insn.attributes & ZYDIS_ATTRIB_HAS_LOCK;
}
/* The immediate, sign-extended from what is encoded. */
uint64_t opnd_imm(const Decoder *d, const ZydisDecodedOperand *o);

/* What an Op does to flags: nothing; and nothing at all but registers. */
void info_keeps(Decoder *d, const Op *op);
void info_pure(Decoder *d, const Op *op);
/* It sets all of them without looking; leaves cc_op, no_flags may be NULL. */
void info_sets(Decoder *d, const Op *op, unsigned cc_op, OpFn *no_flags,
               bool pure);
/* It changes or sets some. */
void info_merges(Decoder *d, const Op *op, OpFn *no_flags, bool pure);

/* A load into register offset r of `size` bytes; a store. */
void gen_load(Decoder *d, uint8_t r, const ZydisDecodedOperand *o,
              unsigned size);
void gen_store(Decoder *d, uint8_t r, MemRef m, unsigned size);
/* Where the operand's value is: its register, or SLOT_T0 after a load or an
 * immediate move. */
uint8_t gen_value(Decoder *d, const ZydisDecodedOperand *o);

/*
 * The last Op is r1 = r3 op ..., of registers and constants only. If the one
 * before copies a register to r1, the two become one: r3 is what was copied.
 */
void gen_merge_move(Decoder *d, unsigned size);

/* By subject; see the lists in gen-int.c. */
GenFn gen_add, gen_or, gen_adc, gen_sbb, gen_and, gen_sub, gen_xor, gen_cmp,
    gen_test, gen_inc, gen_dec, gen_neg, gen_not;
GenFn gen_xchg, gen_xadd, gen_cmpxchg, gen_cmpxchg8b, gen_cmpxchg16b;
GenFn gen_mov, gen_movnti, gen_movzx, gen_movsx, gen_movbe, gen_lea_insn, gen_bswap,
    gen_cbw, gen_cwde, gen_cdqe, gen_cwd, gen_cdq, gen_cqo;
GenFn gen_rol, gen_ror, gen_rcl, gen_rcr, gen_shl, gen_shr, gen_sar, gen_shld,
    gen_shrd, gen_shlx, gen_shrx, gen_sarx, gen_rorx;
GenFn gen_mul, gen_imul, gen_div, gen_idiv, gen_mulx;
GenFn gen_bt, gen_bts, gen_btr, gen_btc, gen_bsf, gen_bsr, gen_lzcnt,
    gen_tzcnt, gen_popcnt, gen_andn, gen_blsi, gen_blsr, gen_blsmsk, gen_bzhi,
    gen_bextr, gen_pdep, gen_pext, gen_adcx, gen_adox, gen_crc32;
GenFn gen_push, gen_pop, gen_pusha, gen_popa, gen_enter, gen_leave, gen_pushf,
    gen_popf;
GenFn gen_jmp, gen_call, gen_ret, gen_jcc, gen_jcxz, gen_loop, gen_loope,
    gen_loopne, gen_setcc, gen_cmovcc;
GenFn gen_movs, gen_stos, gen_lods, gen_cmps, gen_scas, gen_xlat;
GenFn gen_clc, gen_stc, gen_cmc, gen_cld, gen_std, gen_lahf, gen_sahf, gen_salc;
GenFn gen_aaa, gen_aas, gen_daa, gen_das, gen_aam, gen_aad, gen_bound,
    gen_rdrand, gen_fence, gen_clflush, gen_pause, gen_nop;

#endif
