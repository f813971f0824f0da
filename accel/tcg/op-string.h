/*
 * Handlers of string instructions. size: of an element; aux: address size;
 * r1: segment of the source (R_*); r2 of CMPS and SCAS: 1 repeats while equal,
 * 0 while not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_OP_STRING_H
#define ACCEL_TCG_OP_STRING_H

#include "op-int.h"

OpFn op_movs, op_stos, op_lods, op_cmps, op_scas;
OpFn op_movs_rep, op_stos_rep, op_lods_rep, op_cmps_rep, op_scas_rep;
OpFn op_xlat; /* size 1 */

#endif
