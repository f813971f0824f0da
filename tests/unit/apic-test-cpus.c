/*
 * See apic-test-cpus.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "apic-test-cpus.h"

static unsigned nr_cpus;

void cpus_start(unsigned n, const char *features)
{
    MachineState *ms = machine_new(machine_find_class("none"));

    if (!qemu_get_aio_context()) {
        g_assert_true(qemu_init_main_loop(&error_abort));
    }
    qemu_clock_set_manual(true);
    qemu_clock_enable_virtual(true);
    ms->smp.cpus = n;
    ms->smp.sockets = n;
    ms->smp.dies = ms->smp.modules = ms->smp.cores = ms->smp.threads = 1;
    ms->cpu_type = g_strdup_printf(
        "qemu64,%s", features ? features : "+x2apic,+tsc-deadline");
    g_assert_true(x86_cpus_init(ms, true, &error_abort));
    nr_cpus = n;
}

void cpus_stop(void)
{
    machine_free(current_machine);
    g_assert_true(TAILQ_EMPTY(&cpus));
}

X86CPU *cpu_nr(int n)
{
    return X86_CPU(qemu_get_cpu(n));
}

static APICCommonState *apic_nr(int n)
{
    return APIC_COMMON(cpu_nr(n)->apic);
}

uint32_t apic_rd(int cpu, unsigned reg)
{
    APICCommonState *s = apic_nr(cpu);

    return APIC_COMMON_GET_CLASS(s)->mmio_read(s, reg);
}

void apic_wr(int cpu, unsigned reg, uint32_t val)
{
    APICCommonState *s = apic_nr(cpu);

    APIC_COMMON_GET_CLASS(s)->mmio_write(s, reg, val);
}

bool msr_rd(int cpu, unsigned reg, uint64_t *val)
{
    return apic_msr_read(cpu_nr(cpu), 0x800 + reg / 16, val);
}

bool msr_wr(int cpu, unsigned reg, uint64_t val)
{
    return apic_msr_write(cpu_nr(cpu), 0x800 + reg / 16, val);
}

void apic_enable(int cpu)
{
    apic_wr(cpu, A_SVR, 0x1ff);
}

void apic_enable_x2(int cpu)
{
    uint64_t base = cpu_get_apic_base(cpu_nr(cpu));

    g_assert_true(
        cpu_set_apic_base(cpu_nr(cpu), base | MSR_IA32_APICBASE_EXTD));
    g_assert_true(msr_wr(cpu, A_SVR, 0x1ff));
}

bool bit_set(int cpu, unsigned base, uint8_t vector)
{
    return apic_rd(cpu, base + vector / 32 * 16) & 1u << (vector & 31);
}

uint32_t requests(int cpu)
{
    return qemu_get_cpu(cpu)->interrupt_request;
}

void clear_requests(int cpu)
{
    cpu_reset_interrupt(qemu_get_cpu(cpu), UINT32_MAX);
}

uint32_t who_got(uint8_t vector)
{
    uint32_t mask = 0;

    for (unsigned n = 0; n < nr_cpus; n++) {
        if (apic_has_interrupt(cpu_nr(n))) {
            g_assert_true(requests(n) & CPU_INTERRUPT_HARD);
            g_assert_cmphex(cpu_get_pic_interrupt(cpu_nr(n)), ==, vector);
            g_assert_false(requests(n) & CPU_INTERRUPT_HARD);
            if (cpu_get_apic_base(cpu_nr(n)) & MSR_IA32_APICBASE_EXTD) {
                g_assert_true(msr_wr(n, A_EOI, 0));
            } else {
                apic_wr(n, A_EOI, 0);
            }
            mask |= 1u << n;
        }
    }
    return mask;
}

void msi(uint64_t addr, uint32_t data)
{
    g_assert_cmpint(
        address_space_send_message(&address_space_memory, addr, data), ==,
        MEMTX_OK);
}

void pass(int64_t ns)
{
    qemu_clock_warp(qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + ns);
}
