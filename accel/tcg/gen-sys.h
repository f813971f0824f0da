/*
 * Decoding system instructions: what gen-sys.c and gen-sys-seg.c share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_GEN_SYS_H
#define ACCEL_TCG_GEN_SYS_H

#include "accel/tcg/tcg-sys.h"

/* Protected mode without VM, else #UD. False: raised. */
bool gen_need_protected(Decoder *d);
/* R_* of a segment register. */
int gen_seg(ZydisRegister reg);
/* A 16-bit register or memory operand: where its value will be. */
uint8_t gen_load16(Decoder *d, const ZydisDecodedOperand *o);
/* SLDT, STR, SMSW: see tcg_op_store_sel. */
void gen_store_sel(Decoder *d, unsigned which);
/* MOV to or from a segment register. */
void gen_mov_seg(Decoder *d);

GenFn gen_arpl, gen_int, gen_int1, gen_int3, gen_into, gen_iret, gen_lar,
    gen_lds, gen_les, gen_lfs, gen_lgdt, gen_lgs, gen_lidt, gen_lldt, gen_lsl,
    gen_lss, gen_ltr, gen_sgdt, gen_sidt, gen_sldt, gen_str, gen_syscall,
    gen_sysenter, gen_sysexit, gen_sysret, gen_verr, gen_verw;

#endif
