/*
 * Runs guest code on a software CPU in the test's own thread.
 *
 * The guest has TCG_TEST_RAM bytes of RAM at 0. tcg_test_start() brings the
 * CPU into a mode with all tables in place; code is put anywhere (CODE is a
 * good place) and runs until it executes HLT: of its own, or one of the
 * exception handlers', of which there is one per vector.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_TCG_HARNESS_H
#define TESTS_UNIT_TCG_HARNESS_H

#include "accel/tcg/tcg-internal.h"

#define TCG_TEST_RAM (16 * MiB)

/* Guest physical addresses, which are linear ones too. */
enum {
    TEST_PML4 = 0x1000,
    TEST_PDPT = 0x2000,
    TEST_PD = 0x3000, /* 2 MiB pages, 1 GiB of them, user accessible */
    TEST_GDT = 0x4000,
    TEST_IDT = 0x5000,
    TEST_TSS = 0x6800,
    TEST_HANDLERS = 0x7000, /* HLT, NOP for each vector */
    TEST_STACK = 0x10000,   /* top */
    TEST_STACK0 = 0x14000,  /* top; RSP0 of the TSS */
    TEST_PT = 0x20000,      /* room for tables of tests */
    TEST_CODE = 0x100000,
    TEST_DATA = 0x200000,
};

/* Selectors of the GDT. */
enum {
    TEST_CS64 = 0x08,
    TEST_DS = 0x10,
    TEST_CS32 = 0x18,
    TEST_CS16 = 0x20,
    TEST_USER_CS32 = 0x2b,
    TEST_USER_DS = 0x33,
    TEST_USER_CS64 = 0x3b,
    TEST_TR = 0x40,
};

typedef enum TestMode {
    TEST_REAL,     /* CS:IP = 0:CODE16 is not possible: CODE is 0x8000 */
    TEST_PROT32,   /* flat, ring 0, no paging */
    TEST_LONG,     /* 64-bit, ring 0 */
    TEST_LONG_USER, /* 64-bit, ring 3 */
} TestMode;
#define TEST_CODE_REAL 0x8000

/* Makes the CPU at the first call; resets it, clears RAM, enters mode; RIP is
 * at TEST_CODE (TEST_CODE_REAL), RSP at TEST_STACK. */
TcgCpu *tcg_test_start(TestMode mode);
uint8_t *tcg_test_ram(void);
/* As a device would write it. */
void tcg_test_write(uint64_t phys, const void *bytes, uint64_t len);
#define TEST_PUT(phys, ...) \
    do { \
        static const uint8_t bytes_[] = {__VA_ARGS__}; \
        tcg_test_write(phys, bytes_, sizeof(bytes_)); \
    } while (0)
/* Until HLT. Fails the test if that takes longer than some seconds. */
void tcg_test_run(TcgCpu *t);
/* The vector of the handler that ended it, or -1: the code's own HLT. */
int tcg_test_vector(TcgCpu *t);
/* All of the above: puts code at TEST_CODE and runs it. */
#define TEST_RUN(t, ...) \
    do { \
        TEST_PUT((t)->env.rip, __VA_ARGS__); \
        tcg_test_run(t); \
    } while (0)

#endif
