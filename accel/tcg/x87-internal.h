/*
 * x87 handlers, for the generator.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_X87_INTERNAL_H
#define ACCEL_TCG_X87_INTERNAL_H

#include "fpu-internal.h"

#define L FPU_L

/* op-x87.c: ST(0) OP= ST(i), ST(i) OP= ST(0), the same with pop, memory */
#define X87_ARITHMETIC(name) \
    OpFn op_##name##_st0, op_##name##_sti, op_##name##_pop, op_##name##_m32, \
        op_##name##_m64, op_##name##_i16, op_##name##_i32;
X87_ARITHMETIC(fadd)
X87_ARITHMETIC(fmul)
X87_ARITHMETIC(fsub)
X87_ARITHMETIC(fsubr)
X87_ARITHMETIC(fdiv)
X87_ARITHMETIC(fdivr)
#undef X87_ARITHMETIC
OpFn op_fcom, op_fucom, op_fcom_m32, op_fcom_m64, op_fcom_i16, op_fcom_i32,
    op_fcomi, op_fucomi, op_ftst, op_fxam;

/* op-x87-move.c; those that may pop do if Op.size is not 0 */
OpFn op_fld_st, op_fld_m32, op_fld_m64, op_fld_m80, op_fild_i16, op_fild_i32,
    op_fild_i64, op_fbld, op_fst_st, op_fst_m32, op_fst_m64, op_fstp_m80,
    op_fist_i16, op_fist_i32, op_fistp_i64, op_fisttp_i16, op_fisttp_i32,
    op_fisttp_i64, op_fbstp, op_fstpnce, op_fxch, op_fcmov, op_ffree, op_fincstp,
    op_fdecstp;

/* op-x87-fn.c */
OpFn op_fchs, op_fabs, op_fsqrt, op_frndint, op_f2xm1, op_fsin, op_fcos,
    op_fptan, op_fsincos, op_fxtract, op_fpatan, op_fyl2x, op_fyl2xp1, op_fprem,
    op_fprem1, op_fscale, op_fld1, op_fldl2t, op_fldl2e, op_fldpi, op_fldlg2,
    op_fldln2, op_fldz;

/* op-x87-env.c */
OpFn op_fwait, op_fnop, op_fninit, op_fnclex, op_fldcw, op_fnstcw, op_fnstsw,
    op_fnstsw_ax, op_fnstenv, op_fldenv, op_fnsave, op_frstor;

#endif
