/*
 * The differential tester: what the files that make code share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_DIFFTEST_GENERATE_H
#define TESTS_DIFFTEST_GENERATE_H

#include <Zydis/Zydis.h>

#include "difftest.h"
#include "hw/i386/cpu.h"

/* An instruction on its way into a case: first what sets up its operands. */
typedef struct Gen {
    Rng r;
    Case *c;
    ZydisDecoder decoder;
    uint32_t undefined; /* arithmetic flags that have no defined value now */

    uint8_t bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand opnd[ZYDIS_MAX_OPERAND_COUNT];
    uint64_t address; /* of the memory operand, if it was chosen */
} Gen;

/* Appends bytes to the case; there is room for what one instruction needs. */
void dt_bytes(Gen *g, const void *bytes, unsigned len);
void dt_int(Gen *g, uint64_t v, unsigned size);
void dt_mov(Gen *g, unsigned reg, uint64_t v); /* whole register */

/* operands.c: emits what g's instruction needs before it, and makes its bytes
 * fit. False: not this instruction. */
bool dt_operands(Gen *g);
/* After it: removes from memory what is not compared. */
void dt_cleanup(Gen *g);

/* accept.c: whether the instruction behaves the same everywhere, as user. */
bool dt_acceptable(const Gen *g);

#endif
