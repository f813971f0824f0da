/*
 * Cases from the manuals: code that faults (or does not), and what has to be
 * found on the handler's stack.
 *
 * The CPU is brought into a mode, `setup` may change anything, the code runs,
 * and the handler's HLT ends it. Checked: the vector, the error code, the
 * address of the instruction, CR2, the interrupted CS, SS:SP and flags, and
 * that no general register was changed where the case says so.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_TCG_FAULT_H
#define TESTS_UNIT_TCG_FAULT_H

#include "tcg-harness.h"

typedef enum FaultMode {
    FAULT_REAL,
    FAULT_PM16,
    FAULT_PM32,
    FAULT_PM32_USER,
    FAULT_VM86, /* IOPL 3 */
    FAULT_COMPAT_USER,
    FAULT_LONG,
    FAULT_LONG_USER,
} FaultMode;

/* FaultCase.error */
#define NO_ERROR (-1)
/* FaultCase.vector: the code's own HLT; shutdown. */
#define NO_FAULT (-1)
#define SHUTDOWN (-2)
/* FaultCase.at: not checked, as the code ends elsewhere. */
#define ANYWHERE (-1)

typedef struct FaultCase {
    const char *name; /* the code, in assembler */
    FaultMode mode;
    void (*setup)(TcgCpu *t);
    uint8_t code[32];
    uint8_t len;
    int vector;
    int error;
    int at; /* offset of the pushed IP in the code */
    uint64_t cr2;
    /* More to check, in the handler; may be NULL. */
    void (*check)(TcgCpu *t);
} FaultCase;

/* Where more descriptors and a second TSS have room. */
enum {
    FAULT_SEL_FREE = 0x50, /* first free selector; the limit is 0xff */
    FAULT_SEL_LAST = 0xf8,
    FAULT_DATA = TEST_DATA,
    FAULT_UNMAPPED = 0x40000000, /* the first address without a page */
};

/* Brings it into mode, calls setup, runs, checks. */
void fault_run(const FaultCase *c);
/* A whole test program: one test per case, prefix/NAME. */
int fault_main(int argc, char **argv, const char *prefix,
               const FaultCase *cases, unsigned nr);

/* For setup and check functions. */
TcgCpu *fault_start(FaultMode mode);
/* Code runs in it at this address. */
uint64_t fault_code_addr(FaultMode mode);
void fault_put(uint64_t addr, uint64_t v, unsigned size);
uint64_t fault_get(uint64_t addr, unsigned size);
void fault_set_desc(unsigned sel, uint64_t desc);
/* Gate for a vector: selector, offset and flags (0x8e: present, 32-bit or
 * 64-bit interrupt gate). */
void fault_set_gate(TcgCpu *t, unsigned vector, uint16_t sel, uint32_t offset,
                    uint8_t flags);
/* A segment register from the GDT, without any check. */
void fault_load_seg(TcgCpu *t, int seg, uint16_t sel);
/* Word n of the frame that the handler of mode sees, 0 being the lowest (the
 * error code, if there is one). */
uint64_t fault_frame(TcgCpu *t, unsigned n);

#endif
