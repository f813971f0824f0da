/*
 * Handlers of near branches. Those that push or pop take the operand size
 * from Op.size; calls have their return address in imm, returns what they pop
 * besides. Direct calls and conditional jumps are followed by gen_goto()'s.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_OP_BRANCH_H
#define ACCEL_TCG_OP_BRANCH_H

#include "op-stack.h"

OpFn op_call64, op_call_ind64, op_jmp_ind64, op_ret64;
OpFn op_call, op_call_ind, op_jmp_ind, op_ret;
OpFn op_check_target;
OpFn op_jcxz, op_loop, op_loope, op_loopne; /* size: address size */

#endif
