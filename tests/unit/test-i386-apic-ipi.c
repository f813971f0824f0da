/*
 * Messages to local APICs: destinations, delivery modes, shorthands.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "apic-test-cpus.h"

#define LOGICAL  (1u << 2) /* of a message's address */
#define REDIRECT (1u << 3)

static void start(unsigned n)
{
    cpus_start(n, NULL);
    for (unsigned i = 0; i < n; i++) {
        apic_enable(i);
        apic_wr(i, A_LDR, 1u << (24 + i % 8));
    }
}

static uint64_t to(uint8_t dest, uint32_t flags)
{
    return 0xfee00000 | (uint32_t)dest << 12 | flags;
}

static void test_physical(void)
{
    start(4);
    msi(to(2, 0), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 1u << 2);
    msi(to(0, 0), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 1u << 0);
    msi(to(9, 0), 0x40); /* nobody */
    g_assert_cmphex(who_got(0x40), ==, 0);
    msi(to(0xff, 0), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 0xf);
    msi(to(2, REDIRECT), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 1u << 2);
    cpus_stop();
}

static void test_logical_flat(void)
{
    start(4);
    msi(to(0x5, LOGICAL), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 0x5);
    msi(to(0xff, LOGICAL), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 0xf);
    apic_wr(1, A_LDR, 0); /* nothing matches it */
    msi(to(0xff, LOGICAL), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 0xd);
    cpus_stop();
}

static void test_logical_cluster(void)
{
    start(4);
    for (int n = 0; n < 4; n++) {
        apic_wr(n, A_DFR, 0x0fffffff);
        apic_wr(n, A_LDR, (n / 2 + 1) << 28 | (n % 2 + 1) << 24);
    }
    msi(to(0x12, LOGICAL), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 0x2);
    msi(to(0x23, LOGICAL), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 0xc);
    msi(to(0xf1, LOGICAL), 0x40); /* that CPU of each cluster */
    g_assert_cmphex(who_got(0x40), ==, 0x5);
    msi(to(0xff, LOGICAL), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 0xf);
    msi(to(0x33, LOGICAL), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 0);
    cpus_stop();
}

/* Not through memory, where the upper half is another address. */
static void send_msi(uint64_t addr, uint32_t data)
{
    APICCommonState *s = APIC_COMMON(cpu_nr(0)->apic);

    APIC_COMMON_GET_CLASS(s)->send_msi(s, addr, data);
}

static void test_logical_x2apic(void)
{
    cpus_start(20, NULL);
    for (int n = 0; n < 20; n++) {
        apic_enable_x2(n);
    }
    g_assert_true(msr_wr(0, A_ICR, UINT64_C(0x10005) << 32 | 0x840));
    g_assert_cmphex(who_got(0x40), ==, 0x50000);
    g_assert_true(msr_wr(0, A_ICR, UINT64_C(0x0c00a) << 32 | 0x840));
    g_assert_cmphex(who_got(0x40), ==, 0xc00a);
    g_assert_true(msr_wr(0, A_ICR, UINT64_C(0xffffffff) << 32 | 0x840));
    g_assert_cmphex(who_got(0x40), ==, 0xfffff);
    g_assert_true(msr_wr(0, A_ICR, UINT64_C(0xffffffff) << 32 | 0x40));
    g_assert_cmphex(who_got(0x40), ==, 0xfffff);
    g_assert_true(msr_wr(0, A_ICR, UINT64_C(0xff) << 32 | 0x40)); /* an ID */
    g_assert_cmphex(who_got(0x40), ==, 0);
    msi(to(17, 0), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 1u << 17);
    msi(to(0xff, 0), 0x40);
    g_assert_cmphex(who_got(0x40), ==, 0xfffff);
    /* An ID above 255 needs the upper half of the address. */
    send_msi(to(17, 0) | UINT64_C(1) << 40, 0x40);
    g_assert_cmphex(who_got(0x40), ==, 0);
    send_msi(to(0xff, 0) | UINT64_C(0xffffff) << 40, 0x40);
    g_assert_cmphex(who_got(0x40), ==, 0xfffff);
    cpus_stop();
}

static void test_lowest(void)
{
    uint32_t got = 0;

    start(4);
    /* Equals take turns. */
    for (int i = 0; i < 4; i++) {
        msi(to(0xf, LOGICAL), 0x140);
        got |= who_got(0x40);
    }
    g_assert_cmphex(got, ==, 0xf);
    for (int n = 0; n < 4; n++) {
        apic_wr(n, A_TPR, 0x20 + 0x10 * (n ^ 2));
    }
    for (int i = 0; i < 3; i++) {
        msi(to(0xf, LOGICAL), 0x170);
        g_assert_cmphex(who_got(0x70), ==, 1u << 2);
        msi(to(0xb, LOGICAL | REDIRECT), 0x70);
        g_assert_cmphex(who_got(0x70), ==, 1u << 3);
    }
    apic_wr(2, A_SVR, 0xff); /* who is off does not take part */
    msi(to(0xf, LOGICAL), 0x170);
    g_assert_cmphex(who_got(0x70), ==, 1u << 3);
    msi(to(0xff, 0), 0x170); /* to everybody, lowest priority */
    g_assert_cmphex(who_got(0x70), ==, 1u << 3);
    cpus_stop();
}

static void test_modes(void)
{
    start(2);
    msi(to(1, 0), 0x200); /* SMI: there is none */
    msi(to(1, 0), 0x341);
    msi(to(1, 0), 0x612); /* SIPI: not from devices */
    g_assert_cmphex(requests(1), ==, 0);
    msi(to(1, 0), 0x400);
    g_assert_cmphex(requests(1), ==, CPU_INTERRUPT_NMI);
    clear_requests(1);
    msi(to(1, 0), 0x500);
    g_assert_cmphex(requests(1), ==, CPU_INTERRUPT_INIT);
    clear_requests(1);
    msi(to(1, 0), 0x8041); /* a level goes down */
    g_assert_cmphex(requests(1), ==, 0);
    msi(to(1, 0), 0xc041);
    g_assert_true(bit_set(1, A_TMR, 0x41));
    msi(to(1, 0), 0x41);
    g_assert_false(bit_set(1, A_TMR, 0x41));
    g_assert_cmphex(who_got(0x41), ==, 2);
    g_assert_cmphex(requests(0), ==, 0);
    cpus_stop();
}

static void ipi(uint32_t dest, uint32_t low)
{
    apic_wr(0, A_ICR2, dest << 24);
    apic_wr(0, A_ICR, low);
    g_assert_cmphex(apic_rd(0, A_ICR), ==, low & 0xccfff);
    g_assert_cmphex(apic_rd(0, A_ICR2), ==, dest << 24);
}

/* Table "Valid combinations for the Pentium 4 and Intel Xeon processors' local
 * xAPIC interrupt command register". */
static void test_shorthands(void)
{
    enum { SELF = 1 << 18, ALL = 2 << 18, OTHERS = 3 << 18 };
    start(3);
    ipi(1, 0x40);
    g_assert_cmphex(who_got(0x40), ==, 2);
    ipi(0, 0x40);
    g_assert_cmphex(who_got(0x40), ==, 1);
    ipi(0xff, 0x40);
    g_assert_cmphex(who_got(0x40), ==, 7);
    ipi(0x6, 0x840);
    g_assert_cmphex(who_got(0x40), ==, 6);
    ipi(1, SELF | 0x40);
    g_assert_cmphex(who_got(0x40), ==, 1);
    ipi(1, ALL | 0x40);
    g_assert_cmphex(who_got(0x40), ==, 7);
    ipi(1, OTHERS | 0x40);
    g_assert_cmphex(who_got(0x40), ==, 6);
    ipi(1, OTHERS | 0x840); /* the shorthand counts, not the destination */
    g_assert_cmphex(who_got(0x40), ==, 6);
    ipi(0, OTHERS | 0x400);
    g_assert_cmphex(requests(0) | requests(1) << 8 | requests(2) << 16, ==,
                    CPU_INTERRUPT_NMI << 8 | CPU_INTERRUPT_NMI << 16);
    clear_requests(1);
    clear_requests(2);
    /* Not valid. */
    for (unsigned mode = 1; mode < 8; mode++) {
        ipi(0, SELF | mode << 8 | 0x4040);
        ipi(0, ALL | mode << 8 | 0x4040);
        g_assert_cmphex(requests(0) | requests(1) | requests(2), ==, 0);
    }
    ipi(1, 0x340);
    ipi(1, 0x740);
    g_assert_cmphex(requests(1), ==, 0);
    cpus_stop();
}

static void test_startup(void)
{
    start(2);
    ipi(1, 0xc500);
    g_assert_cmphex(requests(1), ==, CPU_INTERRUPT_INIT);
    clear_requests(1);
    ipi(1, 0x8500); /* de-assert: nothing */
    g_assert_cmphex(requests(1), ==, 0);
    ipi(1, 0x4699);
    g_assert_cmphex(requests(1), ==, CPU_INTERRUPT_SIPI);
    g_assert_cmphex(cpu_nr(1)->env->sipi_vector, ==, 0x99);
    /* INIT that is handled late does not lose the startup. */
    ipi(1, 0x4500);
    x86_cpu_reset(cpu_nr(1), true);
    g_assert_cmphex(requests(1), ==, CPU_INTERRUPT_SIPI);
    g_assert_cmphex(cpu_nr(1)->env->sipi_vector, ==, 0x99);
    x86_cpu_sipi(cpu_nr(1), cpu_nr(1)->env->sipi_vector);
    g_assert_cmphex(cpu_nr(1)->env->segs[R_CS].base, ==, 0x99000);
    cpus_stop();
}

static void test_nmi_button(void)
{
    start(2);
    apic_pulse_nmi(cpu_nr(0));
    g_assert_cmphex(requests(0), ==, CPU_INTERRUPT_NMI);
    clear_requests(0);
    apic_pulse_nmi(cpu_nr(1)); /* masked there */
    g_assert_cmphex(requests(1), ==, 0);
    apic_wr(1, A_LINT1, 0x44);
    apic_pulse_nmi(cpu_nr(1));
    g_assert_cmphex(who_got(0x44), ==, 2);
    g_assert_true(cpu_set_apic_base(cpu_nr(1), 0xfee00000));
    apic_pulse_nmi(cpu_nr(1));
    g_assert_cmphex(requests(1), ==, CPU_INTERRUPT_NMI);
    cpus_stop();
}

/* Nothing that can be written does harm. */
static void test_random(void)
{
    GRand *rand = g_rand_new_with_seed(g_test_rand_int());

    cpus_start(3, NULL);
    for (int i = 0; i < 200000; i++) {
        int cpu = g_rand_int_range(rand, 0, 3);
        uint32_t val = g_rand_int(rand) >> g_rand_int_range(rand, 0, 32);
        uint64_t any = (uint64_t)g_rand_int(rand) << 32 | val;

        switch (g_rand_int_range(rand, 0, 9)) {
        case 0:
        case 1:
            apic_wr(cpu, g_rand_int_range(rand, 0, 0x400) & ~3u, val);
            break;
        case 2:
            apic_rd(cpu, g_rand_int_range(rand, 0, 0x1000) & ~3u);
            break;
        case 3:
            msr_wr(cpu, g_rand_int_range(rand, 0, 0x420), any);
            break;
        case 4:
            msr_rd(cpu, g_rand_int_range(rand, 0, 0x1000), &any);
            break;
        case 5:
            msi(to(val >> 8, val & 0xc), val);
            break;
        case 6:
            cpu_get_pic_interrupt(cpu_nr(cpu));
            break;
        case 7:
            cpu_set_apic_base(cpu_nr(cpu),
                              val % 4 ? 0xfee00000 | (val & 0xd00) : any);
            apic_msr_write(cpu_nr(cpu), 0x6e0, any >> (val & 63));
            break;
        case 8:
            pass(val & 0xffff);
            clear_requests(cpu);
            break;
        }
    }
    g_rand_free(rand);
    cpus_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/i386/apic/physical", test_physical);
    g_test_add_func("/i386/apic/logical/flat", test_logical_flat);
    g_test_add_func("/i386/apic/logical/cluster", test_logical_cluster);
    g_test_add_func("/i386/apic/logical/x2apic", test_logical_x2apic);
    g_test_add_func("/i386/apic/lowest-priority", test_lowest);
    g_test_add_func("/i386/apic/modes", test_modes);
    g_test_add_func("/i386/apic/shorthands", test_shorthands);
    g_test_add_func("/i386/apic/startup", test_startup);
    g_test_add_func("/i386/apic/nmi-button", test_nmi_button);
    g_test_add_func("/i386/apic/random", test_random);
    return g_test_run();
}
