/*
 * Handlers of moves. Indices are the log2 of the operand size, then the form
 * of the memory operand. r1 is the destination, r2 the source.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_OP_MOV_H
#define ACCEL_TCG_OP_MOV_H

#include "op-int.h"

extern OpFn *const op_mov_rr[4], *const op_mov_ri[4];
extern OpFn *const op_mov_rm[4][EA_FORMS];
extern OpFn *const op_mov_mr[4][EA_FORMS], *const op_mov_mi[4][EA_FORMS];

typedef struct ExtendOps {
    OpFn *rr, *rm[EA_FORMS];
} ExtendOps;
/* [log2 from][log2 to] */
extern const ExtendOps op_movzx[3][4], op_movsx[3][4];
extern OpFn *const op_sign[4];
extern OpFn *const op_lea[4][EA_FORMS];
OpFn op_bswap2, op_bswap4, op_bswap8;
extern OpFn *const op_movbe_rm[4], *const op_movbe_mr[4];

#endif
