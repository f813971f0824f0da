/*
 * Weak stand-ins for what the CPUs will provide, so that the program links
 * until they are there. Goes with them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/apic.h"

__attribute__((weak)) struct CPUTailQ cpus = TAILQ_HEAD_INITIALIZER(cpus);

__attribute__((weak)) CPUState *current_cpu(void)
{
    return NULL;
}

__attribute__((weak)) void cpu_interrupt(CPUState *cpu, uint32_t mask)
{
    cpu->interrupt_request |= mask;
}

__attribute__((weak)) void cpu_reset_interrupt(CPUState *cpu, uint32_t mask)
{
    cpu->interrupt_request &= ~mask;
}

__attribute__((weak)) uint64_t x86_guest_tsc(const CPUX86State *env)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

__attribute__((weak)) uint64_t x86_tsc_hz(void)
{
    return NANOSECONDS_PER_SECOND;
}
