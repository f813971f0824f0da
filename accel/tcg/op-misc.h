/*
 * Handlers of rare instructions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_OP_MISC_H
#define ACCEL_TCG_OP_MISC_H

#include "op-int.h"

OpFn op_flags_change; /* those in disp become those of imm */
OpFn op_cmc, op_cld, op_std, op_lahf, op_sahf, op_salc;
OpFn op_aaa, op_daa; /* aux: AAS, DAS */
OpFn op_aam, op_aad; /* imm: base */
OpFn op_bound, op_rdrand; /* size: operand size */
OpFn op_fence, op_touch, op_pause;

#endif
