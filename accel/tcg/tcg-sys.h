/*
 * The system part of the software CPU: what its files share, and what the
 * other generators and the loop call.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_TCG_SYS_H
#define ACCEL_TCG_TCG_SYS_H

#include "accel/tcg/tcg-internal.h"

/* ------------------------------------------------ for generators, the loop */

/*
 * Forms of common mnemonics that are system instructions: MOV, PUSH and POP
 * with a segment, control or debug register; far JMP, CALL and RET. True if
 * this was one and its Ops are made; the generators of these mnemonics ask
 * first.
 */
bool gen_sys_form(Decoder *d);

/*
 * Before an instruction in MODE_CODE_BP: an Op that raises #DB if DR0-3 name
 * its address, unless RF is set (which it clears).
 */
void gen_code_breakpoint(Decoder *d);

/*
 * A block decoded for `mode` with MODE_TF or MODE_INHIBIT has run to its end
 * (left by LEAVE, env.rip being what comes next, not by an exception): the
 * interrupt shadow is over, the single step trap is due. May raise. Called by
 * the loop; tcg_op_end_single does it where an instruction just goes on.
 */
void tcg_end_single(TcgCpu *t, uint32_t mode);
OpFn tcg_op_end_single;

/*
 * IF or the TPR changed so that an interrupt that is pending may be taken:
 * true if the handler has to LEAVE for the loop to look.
 */
static inline bool tcg_must_look(const TcgCpu *t)
{
    return qatomic_read(&t->cpu->parent_obj.interrupt_request) != 0;
}

#endif
