/*
 * The local APIC: priorities, registers of both modes, errors, IA32_APIC_BASE,
 * reset. Numbers of tables and sections are those of Intel's manual, volume 3,
 * chapter "Advanced programmable interrupt controller".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "apic-test-cpus.h"

static const uint64_t reset_base = 0xfee00000 | MSR_IA32_APICBASE_ENABLE;

static void test_reset(void)
{
    cpus_start(2, NULL);
    for (int n = 0; n < 2; n++) {
        g_assert_cmphex(apic_rd(n, A_ID), ==, n << 24);
        g_assert_cmphex(apic_rd(n, A_VERSION), ==, 0x50014);
        g_assert_cmphex(apic_rd(n, A_SVR), ==, 0xff);
        g_assert_cmphex(apic_rd(n, A_DFR), ==, 0xffffffff);
        g_assert_cmphex(apic_rd(n, A_LDR), ==, 0);
        g_assert_cmphex(apic_rd(n, A_TIMER), ==, A_MASKED);
        g_assert_cmphex(apic_rd(n, A_ERROR), ==, A_MASKED);
        g_assert_cmphex(apic_rd(n, A_TPR), ==, 0);
        g_assert_cmphex(apic_rd(n, A_ICR), ==, 0);
        g_assert_cmphex(apic_rd(n, A_INITIAL), ==, 0);
    }
    g_assert_cmphex(cpu_get_apic_base(cpu_nr(0)), ==,
                    reset_base | MSR_IA32_APICBASE_BSP);
    g_assert_cmphex(cpu_get_apic_base(cpu_nr(1)), ==, reset_base);
    /* The boot CPU hears the PICs and the NMI button, as after firmware. */
    g_assert_cmphex(apic_rd(0, A_LINT0), ==, 0x700);
    g_assert_cmphex(apic_rd(0, A_LINT1), ==, 0x400);
    g_assert_cmphex(apic_rd(1, A_LINT0), ==, A_MASKED);
    g_assert_cmphex(apic_rd(1, A_LINT1), ==, A_MASKED);
    apic_wr(0, A_ID, 0x77000000); /* does not change */
    g_assert_cmphex(apic_rd(0, A_ID), ==, 0);
    cpus_stop();
}

static void test_init(void)
{
    cpus_start(2, NULL);
    apic_enable_x2(1);
    g_assert_true(msr_wr(1, A_TPR, 0x30));
    g_assert_true(msr_wr(1, A_TIMER, 0x20031));
    g_assert_true(msr_wr(1, A_INITIAL, 1000000));
    g_assert_true(msr_wr(1, A_SELF_IPI, 0x41));
    g_assert_true(requests(1) & CPU_INTERRUPT_HARD);
    apic_reset(cpu_nr(1), true);
    g_assert_false(requests(1) & CPU_INTERRUPT_HARD);
    g_assert_cmphex(cpu_get_apic_base(cpu_nr(1)), ==,
                    reset_base | MSR_IA32_APICBASE_EXTD);
    pass(NANOSECONDS_PER_SECOND);
    g_assert_false(apic_has_interrupt(cpu_nr(1)));
    apic_reset(cpu_nr(1), false);
    g_assert_cmphex(cpu_get_apic_base(cpu_nr(1)), ==, reset_base);
    cpus_stop();
}

/* Section "Interrupt, task, and processor priority". */
static void test_priority(void)
{
    X86CPU *cpu;

    cpus_start(1, NULL);
    cpu = cpu_nr(0);
    apic_enable(0);
    msi(0xfee00000, 0x41);
    msi(0xfee00000, 0x45);
    msi(0xfee00000, 0x52);
    g_assert_true(bit_set(0, A_IRR, 0x41) && bit_set(0, A_IRR, 0x52));
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x52);
    g_assert_true(bit_set(0, A_ISR, 0x52));
    g_assert_false(bit_set(0, A_IRR, 0x52));
    g_assert_cmphex(apic_rd(0, A_PPR), ==, 0x50);
    g_assert_false(apic_has_interrupt(cpu));
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, -1);
    msi(0xfee00000, 0x5f); /* the same class waits */
    g_assert_false(apic_has_interrupt(cpu));
    msi(0xfee00000, 0x60); /* a higher one nests */
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x60);
    apic_wr(0, A_EOI, 0); /* of the highest in service */
    g_assert_false(bit_set(0, A_ISR, 0x60));
    g_assert_true(bit_set(0, A_ISR, 0x52));
    apic_wr(0, A_EOI, 0);
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x5f);
    apic_wr(0, A_EOI, 0);
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x45);
    apic_wr(0, A_EOI, 0);
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x41);
    apic_wr(0, A_EOI, 0);
    apic_wr(0, A_EOI, 0); /* of nothing */
    g_assert_cmphex(apic_rd(0, A_PPR), ==, 0);
    cpus_stop();
}

static void test_tpr(void)
{
    X86CPU *cpu;

    cpus_start(1, NULL);
    cpu = cpu_nr(0);
    apic_enable(0);
    apic_wr(0, A_TPR, 0x4f);
    g_assert_cmphex(cpu_get_apic_tpr(cpu), ==, 4);
    g_assert_cmphex(apic_rd(0, A_PPR), ==, 0x4f);
    msi(0xfee00000, 0x4f);
    g_assert_false(requests(0) & CPU_INTERRUPT_HARD);
    cpu_set_apic_tpr(cpu, 3);
    g_assert_cmphex(apic_rd(0, A_TPR), ==, 0x30);
    g_assert_true(requests(0) & CPU_INTERRUPT_HARD);
    /* Raised before the CPU took it: there is none after all. */
    cpu_set_apic_tpr(cpu, 15);
    g_assert_false(requests(0) & CPU_INTERRUPT_HARD);
    g_assert_cmpint(cpu_get_pic_interrupt(cpu), ==, -1);
    cpu_set_apic_tpr(cpu, 0);
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x4f);
    cpus_stop();
}

static void test_software_disable(void)
{
    cpus_start(1, NULL);
    msi(0xfee00000, 0x41); /* still off */
    g_assert_false(apic_has_interrupt(cpu_nr(0)));
    apic_wr(0, A_TIMER, 0x31);
    g_assert_cmphex(apic_rd(0, A_TIMER), ==, A_MASKED | 0x31);
    apic_enable(0);
    apic_wr(0, A_TIMER, 0x31);
    g_assert_cmphex(apic_rd(0, A_TIMER), ==, 0x31);
    msi(0xfee00000, 0x41);
    apic_wr(0, A_SVR, 0xff);
    g_assert_cmphex(apic_rd(0, A_TIMER), ==, A_MASKED | 0x31);
    g_assert_cmphex(apic_rd(0, A_LINT0), ==, A_MASKED | 0x700);
    /* What had arrived stays. */
    g_assert_cmphex(cpu_get_pic_interrupt(cpu_nr(0)), ==, 0x41);
    /* NMI and INIT arrive all the same. */
    msi(0xfee00000, 0x400);
    g_assert_cmphex(requests(0), ==, CPU_INTERRUPT_NMI);
    cpus_stop();
}

static uint32_t read_esr(int cpu)
{
    apic_wr(cpu, A_ESR, 0);
    return apic_rd(cpu, A_ESR);
}

static void test_errors(void)
{
    cpus_start(1, NULL);
    apic_enable(0);
    apic_wr(0, A_ERROR, 0xfe);
    msi(0xfee00000, 0x0f);
    g_assert_cmphex(who_got(0xfe), ==, 1);
    g_assert_cmphex(apic_rd(0, A_ESR), ==, 0); /* not before the write */
    g_assert_cmphex(read_esr(0), ==, 0x40);
    g_assert_cmphex(read_esr(0), ==, 0);
    apic_wr(0, A_ICR, 0x40003);
    g_assert_cmphex(who_got(0xfe), ==, 1);
    g_assert_cmphex(read_esr(0), ==, 0x20);
    apic_rd(0, 0x40);
    apic_wr(0, 0x3f0, 0x41); /* self IPI: x2APIC only */
    g_assert_cmphex(read_esr(0), ==, 0x80);
    g_assert_cmphex(who_got(0xfe), ==, 1);
    apic_wr(0, A_PPR, 1); /* read-only is no error */
    g_assert_cmphex(read_esr(0), ==, 0);
    /* The error's own vector is illegal. */
    apic_wr(0, A_ERROR, 0x05);
    msi(0xfee00000, 0x0f);
    g_assert_cmphex(read_esr(0), ==, 0x40);
    g_assert_false(apic_has_interrupt(cpu_nr(0)));
    cpus_stop();
}

/* Section "x2APIC state transitions". */
static void test_transitions(void)
{
    const uint64_t off = 0xfee00000, on = reset_base;
    const uint64_t x2 = on | MSR_IA32_APICBASE_EXTD;
    const uint64_t bad = off | MSR_IA32_APICBASE_EXTD;
    static const char ok[4][4] = {
        /* to off, xAPIC, x2APIC, EXTD alone; from: */
        {1, 1, 0, 0}, /* off */
        {1, 1, 1, 0}, /* xAPIC */
        {1, 0, 1, 0}, /* x2APIC */
    };
    const uint64_t states[4] = {off, on, x2, bad};
    X86CPU *cpu;

    cpus_start(1, NULL);
    cpu = cpu_nr(0);
    for (int from = 0; from < 3; from++) {
        for (int to = 0; to < 4; to++) {
            apic_reset(cpu, false);
            g_assert_true(from == 1 || cpu_set_apic_base(cpu, states[from]));
            g_assert_cmpint(cpu_set_apic_base(cpu, states[to]), ==,
                            ok[from][to]);
            g_assert_cmphex(cpu_get_apic_base(cpu) & 0xc00, ==,
                            states[ok[from][to] ? to : from] & 0xc00);
        }
    }
    apic_reset(cpu, false);
    g_assert_false(cpu_set_apic_base(cpu, on | 1));
    g_assert_false(cpu_set_apic_base(cpu, on | 1 << 9));
    g_assert_false(cpu_set_apic_base(cpu, on | UINT64_C(1) << 52));
    g_assert_false(cpu_set_apic_base(cpu, on | UINT64_C(1) << cpu->phys_bits));
    g_assert_true(cpu_set_apic_base(cpu, on | UINT64_C(0xf00000000)));
    cpus_stop();
    cpus_start(1, "-x2apic");
    g_assert_false(cpu_set_apic_base(cpu_nr(0), x2));
    cpus_stop();
}

static void test_off(void)
{
    X86CPU *cpu;
    uint64_t val;

    cpus_start(1, NULL);
    cpu = cpu_nr(0);
    apic_enable(0);
    msi(0xfee00000, 0x41);
    g_assert_true(cpu_set_apic_base(cpu, 0xfee00000));
    g_assert_false(requests(0) & CPU_INTERRUPT_HARD);
    g_assert_cmphex(apic_rd(0, A_VERSION), ==, 0xffffffff);
    g_assert_false(msr_rd(0, A_VERSION, &val));
    apic_wr(0, A_TPR, 0x20);
    msi(0xfee00000, 0x400);
    g_assert_cmphex(requests(0), ==, 0);
    g_assert_true(cpu_set_apic_base(cpu, reset_base));
    g_assert_cmphex(apic_rd(0, A_SVR), ==, 0xff);
    g_assert_cmphex(apic_rd(0, A_TPR), ==, 0);
    cpus_stop();
}

/* Table "Local APIC register address map supported by x2APIC". */
static void test_x2apic_registers(void)
{
    static const struct {
        unsigned reg;
        bool read, write;  /* of 0 */
        uint64_t reserved; /* a bit that faults, 0: write does anyway */
    } regs[] = {
        {A_ID, true, false, 0},           {A_VERSION, true, false, 0},
        {A_TPR, true, true, 0x100},       {0x90, false, false, 0},
        {A_PPR, true, false, 0},          {A_EOI, false, true, 1},
        {0xc0, false, false, 0},          {A_LDR, true, false, 0},
        {A_DFR, false, false, 0},         {A_SVR, true, true, 0x1000},
        {A_ISR, true, false, 0},          {A_TMR + 0x70, true, false, 0},
        {A_IRR + 0x30, true, false, 0},   {A_ESR, true, true, 1},
        {0x2f0, false, false, 0},         {A_ICR, true, true, 1 << 13},
        {A_ICR2, false, false, 0},        {A_TIMER, true, true, 1 << 19},
        {A_THERMAL, true, true, 1 << 11}, {A_PERF, true, true, 1 << 13},
        {A_LINT0, true, true, 1 << 11},   {A_LINT1, true, true, 1 << 17},
        {A_ERROR, true, true, 0x100},     {A_INITIAL, true, true, 1ull << 32},
        {A_CURRENT, true, false, 0},      {A_DIVIDE, true, true, 4},
        {A_SELF_IPI, false, true, 0x100}, {0x400, false, false, 0},
        {0xff0, false, false, 0},         {0, false, false, 0},
    };
    uint64_t val;

    cpus_start(1, NULL);
    g_assert_false(msr_rd(0, A_VERSION, &val));
    g_assert_false(msr_wr(0, A_TPR, 0));
    apic_enable_x2(0);
    g_assert_cmphex(apic_rd(0, A_VERSION), ==, 0xffffffff);
    for (unsigned i = 0; i < G_N_ELEMENTS(regs); i++) {
        g_assert_cmpint(msr_rd(0, regs[i].reg, &val), ==, regs[i].read);
        g_assert_cmpint(msr_wr(0, regs[i].reg, 0), ==, regs[i].write);
        if (regs[i].reserved) {
            g_assert_false(msr_wr(0, regs[i].reg, regs[i].reserved));
        }
        g_assert_false(msr_wr(0, regs[i].reg & ~0xfu, 1ull << 32) &&
                       regs[i].reg != A_ICR);
    }
    g_assert_false(apic_msr_read(cpu_nr(0), 0x840, &val));
    g_assert_false(apic_msr_read(cpu_nr(0), 0x7ff, &val));
    g_assert_false(apic_msr_read(cpu_nr(0), 0x900, &val));
    cpus_stop();
}

static void test_x2apic_ids(void)
{
    uint64_t val;

    cpus_start(20, NULL);
    apic_enable_x2(19);
    g_assert_true(msr_rd(19, A_ID, &val));
    g_assert_cmphex(val, ==, 19);
    g_assert_true(msr_rd(19, A_LDR, &val));
    g_assert_cmphex(val, ==, 0x10008);
    apic_enable_x2(3);
    /* One 64-bit register; the write is the message. */
    g_assert_true(msr_wr(3, A_ICR, UINT64_C(19) << 32 | 0x55));
    g_assert_true(msr_rd(3, A_ICR, &val));
    g_assert_cmphex(val, ==, UINT64_C(19) << 32 | 0x55);
    g_assert_cmphex(who_got(0x55), ==, 1u << 19);
    g_assert_true(msr_wr(3, A_SELF_IPI, 0x66));
    g_assert_cmphex(who_got(0x66), ==, 1u << 3);
    cpus_stop();
}

static void test_info(void)
{
    g_autofree char *text = NULL;

    cpus_start(1, NULL);
    apic_enable(0);
    apic_wr(0, A_TIMER, 0x200ef);
    apic_wr(0, A_DIVIDE, 0xb);
    apic_wr(0, A_ICR2, 0x03000000);
    msi(0xfee00000, 0x21);
    msi(0xfee00000, 0xc022);
    text = apic_info_text(cpu_nr(0));
    g_assert_true(g_str_has_prefix(
        text, "dumping local APIC state for CPU 0 \n\n"
              "LVT0\t 0x00000700 active-hi edge                              "
              "ExtINT (vec 0)\n"
              "LVT1\t 0x00000400 active-hi edge                              "
              "NMI   \n"));
    g_assert_nonnull(strstr(text, "LVTT\t 0x000200ef active-hi edge         "
                                  "        periodic     Fixed  (vec 239)\n"));
    g_assert_nonnull(strstr(text, "Timer\t DCR=0xb (divide by 1) "
                                  "initial_count = 0 current_count = 0\n"));
    g_assert_nonnull(strstr(text, "SPIV\t 0x000001ff APIC enabled, focus=off, "
                                  "spurious vec 255\n"));
    g_assert_nonnull(strstr(text, "ICR2\t 0x03000000 cpu 3 (APIC ID)\n"));
    g_assert_nonnull(strstr(text, "IRR\t 33 34(level)\n"));
    cpus_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/i386/apic/reset", test_reset);
    g_test_add_func("/i386/apic/init", test_init);
    g_test_add_func("/i386/apic/priority", test_priority);
    g_test_add_func("/i386/apic/tpr", test_tpr);
    g_test_add_func("/i386/apic/software-disable", test_software_disable);
    g_test_add_func("/i386/apic/errors", test_errors);
    g_test_add_func("/i386/apic/transitions", test_transitions);
    g_test_add_func("/i386/apic/off", test_off);
    g_test_add_func("/i386/apic/x2apic/registers", test_x2apic_registers);
    g_test_add_func("/i386/apic/x2apic/ids", test_x2apic_ids);
    g_test_add_func("/i386/apic/info", test_info);
    return g_test_run();
}
