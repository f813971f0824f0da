/*
 * CPUs with local APICs and nothing else, for the tests of the local APIC.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_APIC_TEST_CPUS_H
#define TESTS_UNIT_APIC_TEST_CPUS_H

#include "hw/i386/apic.h"

/* Offsets in the page; the MSR is 0x800 + offset / 16. */
enum {
    A_ID = 0x20,
    A_VERSION = 0x30,
    A_TPR = 0x80,
    A_PPR = 0xa0,
    A_EOI = 0xb0,
    A_LDR = 0xd0,
    A_DFR = 0xe0,
    A_SVR = 0xf0,
    A_ISR = 0x100,
    A_TMR = 0x180,
    A_IRR = 0x200,
    A_ESR = 0x280,
    A_ICR = 0x300,
    A_ICR2 = 0x310,
    A_TIMER = 0x320,
    A_THERMAL = 0x330,
    A_PERF = 0x340,
    A_LINT0 = 0x350,
    A_LINT1 = 0x360,
    A_ERROR = 0x370,
    A_INITIAL = 0x380,
    A_CURRENT = 0x390,
    A_DIVIDE = 0x3e0,
    A_SELF_IPI = 0x3f0,
};
#define A_MASKED (1u << 16)

/* n CPUs (NULL features: x2APIC and TSC deadline), APIC IDs 0 to n - 1. */
void cpus_start(unsigned n, const char *features);
void cpus_stop(void);
X86CPU *cpu_nr(int n);

uint32_t apic_rd(int cpu, unsigned reg);
void apic_wr(int cpu, unsigned reg, uint32_t val);
/* MSRs by the same offsets. False: #GP. */
bool msr_rd(int cpu, unsigned reg, uint64_t *val);
bool msr_wr(int cpu, unsigned reg, uint64_t val);
/* Switched on by its spurious vector register. */
void apic_enable(int cpu);
/* In x2APIC mode and on. */
void apic_enable_x2(int cpu);
bool bit_set(int cpu, unsigned base, uint8_t vector);
/* Pending CPU_INTERRUPT_*. */
uint32_t requests(int cpu);
void clear_requests(int cpu);
/* The mask of CPUs with a vector requested; and forgets it, by taking it. */
uint32_t who_got(uint8_t vector);
void msi(uint64_t addr, uint32_t data);
void pass(int64_t ns);

#endif
