/*
 * Handlers of multiplication and division; [flags kept][log2 of size].
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_OP_MULDIV_H
#define ACCEL_TCG_OP_MULDIV_H

#include "op-int.h"

/* r1 = r3 * r2; r1 = r2 * imm */
extern OpFn *const op_imul_rr[2][4], *const op_imul_ri[2][4];
/* The accumulator and r2 */
extern OpFn *const op_mul[2][4], *const op_imul[2][4];
extern OpFn *const op_div[2][4], *const op_idiv[2][4];
/* r1:r2 = eDX * r3 */
OpFn op_mulx4, op_mulx8;

#endif
