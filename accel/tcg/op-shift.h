/*
 * Handlers of shifts and rotates.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_OP_SHIFT_H
#define ACCEL_TCG_OP_SHIFT_H

#include "op-int.h"

/* In the order of the opcodes' /reg. */
enum {
    SHIFT_ROL, SHIFT_ROR, SHIFT_RCL, SHIFT_RCR, SHIFT_SHL, SHIFT_SHR,
    SHIFT_SAL, SHIFT_SAR, SHIFT_COUNT,
};

/* Register or memory by a constant (aux, masked; not 0 for registers) or by
 * CL. ri takes its source from r3, which may have been merged. */
typedef struct ShiftOps {
    OpFn *ri, *rc, *mi, *mc;
} ShiftOps;
/* [flags kept][kind][log2 of size]; RCL and RCR always keep flags. */
extern const ShiftOps op_shift[2][SHIFT_COUNT][4];
/* SHLD, SHRD: r2 is shifted in. A count of 0 is all right. */
extern const ShiftOps op_shxd[2][4];
/* SHLX, SHRX, SARX (r1 = r2 by r3), RORX (by aux); [4 or 8 bytes] */
extern OpFn *const op_shiftx[4][2];

#endif
