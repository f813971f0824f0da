/*
 * Handlers of the stack.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_OP_STACK_H
#define ACCEL_TCG_OP_STACK_H

#include "op-int.h"

/* 2, 4 or 8 bytes at the current privilege level; changes nothing if it
 * faults. */
void tcg_push(TcgCpu *t, const Op *op, uint64_t v, unsigned size);
uint64_t tcg_stack_ld(TcgCpu *t, const Op *op, uint64_t sp, unsigned size);

/* 64-bit code and operand; r1 or imm */
OpFn op_push_r64, op_push_i64, op_pop_r64, op_leave64;
/* An op_push_r64 (op_pop_r64) that does the one behind it too; not RSP. */
OpFn op_push2_r64, op_pop2_r64;
/* Op.size is the operand size. op_stack_peek loads r1 and leaves the stack
 * pointer to op_stack_drop. */
OpFn op_push_r, op_push_i, op_push_seg, op_pop_r, op_leave;
OpFn op_stack_peek, op_stack_drop;
OpFn op_pusha, op_popa, op_enter, op_pushf;
/* imm: where it goes on, if the mode changes or an interrupt waits */
OpFn op_popf;

#endif
