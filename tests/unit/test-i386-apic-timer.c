/*
 * The local APIC's timer: 1 GHz, so that a count is a nanosecond at divisor 1.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "apic-test-cpus.h"

#define DEADLINE_MSR 0x6e0
#define VECTOR       0x31
#define PERIODIC     (1u << 17)
#define DEADLINE     (1u << 18)

static void start(uint32_t lvt, uint32_t divide)
{
    cpus_start(1, NULL);
    apic_enable(0);
    apic_wr(0, A_TIMER, lvt);
    apic_wr(0, A_DIVIDE, divide);
}

static void test_divide(void)
{
    static const uint8_t codes[8] = {0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xa, 0xb};
    static const unsigned divisors[8] = {2, 4, 8, 16, 32, 64, 128, 1};

    for (int i = 0; i < 8; i++) {
        start(VECTOR, codes[i]);
        apic_wr(0, A_INITIAL, 1000);
        pass(300 * divisors[i]);
        g_assert_cmpuint(apic_rd(0, A_CURRENT), ==, 700);
        pass(700 * divisors[i] - 1);
        g_assert_cmphex(who_got(VECTOR), ==, 0);
        pass(1);
        g_assert_cmphex(who_got(VECTOR), ==, 1);
        g_assert_cmphex(apic_rd(0, A_DIVIDE), ==, codes[i]);
        cpus_stop();
    }
}

static void test_one_shot(void)
{
    start(VECTOR, 0xb);
    apic_wr(0, A_INITIAL, 100000);
    g_assert_cmpuint(apic_rd(0, A_CURRENT), ==, 100000);
    pass(100000);
    g_assert_cmphex(who_got(VECTOR), ==, 1);
    g_assert_cmpuint(apic_rd(0, A_CURRENT), ==, 0);
    g_assert_cmpuint(apic_rd(0, A_INITIAL), ==, 100000);
    pass(1000000);
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    /* Turned periodic it stands until it is written. */
    apic_wr(0, A_TIMER, PERIODIC | VECTOR);
    pass(1000000);
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    apic_wr(0, A_TIMER, VECTOR);
    apic_wr(0, A_INITIAL, 100000);
    pass(60000);
    apic_wr(0, A_INITIAL, 100000); /* from the start */
    pass(60000);
    g_assert_cmpuint(apic_rd(0, A_CURRENT), ==, 40000);
    apic_wr(0, A_INITIAL, 0);
    pass(1000000);
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    g_assert_cmpuint(apic_rd(0, A_CURRENT), ==, 0);
    cpus_stop();
}

static void test_periodic(void)
{
    unsigned ticks = 0;

    start(PERIODIC | VECTOR, 0xb);
    apic_wr(0, A_INITIAL, 1000000);
    for (int i = 0; i < 1000; i++) {
        pass(250000);
        ticks += who_got(VECTOR);
        g_assert_cmpuint(apic_rd(0, A_CURRENT), ==,
                         1000000 - 250000 * ((i + 1) % 4));
    }
    g_assert_cmpuint(ticks, ==, 250);
    /* The divider does not make the count jump. */
    pass(500000);
    apic_wr(0, A_DIVIDE, 0x1);
    g_assert_cmpuint(apic_rd(0, A_CURRENT), ==, 500000);
    pass(4 * 500000 - 1);
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    pass(1);
    g_assert_cmphex(who_got(VECTOR), ==, 1);
    /* To one-shot: this period is the last. */
    apic_wr(0, A_TIMER, VECTOR);
    pass(4000000);
    g_assert_cmphex(who_got(VECTOR), ==, 1);
    pass(40000000);
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    cpus_stop();
}

/* Interrupts that the host has no time for are left out, the phase stays. */
static void test_short_period(void)
{
    unsigned ticks = 0;

    start(PERIODIC | VECTOR, 0xb);
    apic_wr(0, A_INITIAL, 1);
    for (int i = 0; i < 100; i++) {
        pass(100000);
        ticks += who_got(VECTOR);
    }
    g_assert_cmpuint(ticks, ==, 100);
    cpus_stop();
}

static void test_masked(void)
{
    start(A_MASKED | PERIODIC | VECTOR, 0xb);
    apic_wr(0, A_INITIAL, 100000);
    pass(250000);
    g_assert_cmpuint(apic_rd(0, A_CURRENT), ==, 50000);
    g_assert_cmpint(qemu_clock_next_virtual_deadline(), ==, -1);
    apic_wr(0, A_TIMER, PERIODIC | VECTOR);
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    pass(50000);
    g_assert_cmphex(who_got(VECTOR), ==, 1);
    apic_wr(0, A_TIMER, A_MASKED | VECTOR);
    apic_wr(0, A_INITIAL, 100000);
    pass(100000);
    apic_wr(0, A_TIMER, VECTOR); /* over while masked */
    pass(1000000);
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    cpus_stop();
}

static uint64_t deadline(void)
{
    uint64_t val = 1;

    g_assert_true(apic_msr_read(cpu_nr(0), DEADLINE_MSR, &val));
    g_assert_cmpuint(val, ==, apic_get_tsc_deadline(cpu_nr(0)));
    return val;
}

static uint64_t tsc(void)
{
    return x86_guest_tsc(cpu_nr(0)->env);
}

static void set_deadline(uint64_t val)
{
    g_assert_true(apic_msr_write(cpu_nr(0), DEADLINE_MSR, val));
}

static void test_deadline(void)
{
    uint64_t hz = x86_tsc_hz();

    start(DEADLINE | VECTOR, 0xb);
    pass(12345);
    set_deadline(tsc() + hz / 1000);
    g_assert_cmpuint(deadline(), !=, 0);
    pass(NANOSECONDS_PER_SECOND / 1000 - 1000);
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    pass(1001);
    g_assert_cmphex(who_got(VECTOR), ==, 1);
    g_assert_cmpuint(deadline(), ==, 0);
    /* In the past: at once. */
    set_deadline(tsc() - 1);
    pass(0);
    g_assert_cmphex(who_got(VECTOR), ==, 1);
    set_deadline(tsc() + hz);
    set_deadline(0);
    pass(2 * NANOSECONDS_PER_SECOND);
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    set_deadline(UINT64_MAX);
    pass(2 * NANOSECONDS_PER_SECOND);
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    apic_wr(0, A_INITIAL, 1000); /* means nothing in this mode */
    g_assert_cmpuint(apic_rd(0, A_CURRENT), ==, 0);
    /* The mode's end is the deadline's. */
    set_deadline(tsc() + hz);
    apic_wr(0, A_TIMER, VECTOR);
    g_assert_cmpuint(deadline(), ==, 0);
    set_deadline(tsc() + hz);
    g_assert_cmpuint(deadline(), ==, 0);
    pass(2 * NANOSECONDS_PER_SECOND);
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    cpus_stop();
}

static void test_tsc_jump(void)
{
    uint64_t hz = x86_tsc_hz();

    start(DEADLINE | VECTOR, 0xb);
    set_deadline(tsc() + hz);
    cpu_nr(0)->env->tsc_offset -= hz; /* one second back */
    pass(NANOSECONDS_PER_SECOND + 1); /* unsaid, it is noticed then */
    g_assert_cmphex(who_got(VECTOR), ==, 0);
    cpu_nr(0)->env->tsc_offset += hz / 2;
    apic_tsc_changed(cpu_nr(0));
    pass(NANOSECONDS_PER_SECOND / 2 + 1);
    g_assert_cmphex(who_got(VECTOR), ==, 1);
    cpus_stop();
}

static void test_no_deadline(void)
{
    uint64_t val;

    cpus_start(1, "-tsc-deadline,+x2apic");
    apic_enable(0);
    g_assert_false(apic_msr_read(cpu_nr(0), DEADLINE_MSR, &val));
    g_assert_false(apic_msr_write(cpu_nr(0), DEADLINE_MSR, 0));
    apic_wr(0, A_TIMER, DEADLINE | VECTOR);
    g_assert_cmphex(apic_rd(0, A_TIMER), ==, VECTOR);
    apic_enable_x2(0);
    g_assert_false(msr_wr(0, A_TIMER, DEADLINE | VECTOR));
    cpus_stop();
}

/* A count may be over before anything here has had time to notice. */
static void test_late(void)
{
    start(VECTOR, 0xb);
    qemu_clock_set_manual(false);
    apic_wr(0, A_INITIAL, 1);
    main_loop_wait(false);
    g_assert_cmphex(who_got(VECTOR), ==, 1);
    for (int i = 0; i < 4; i++) {
        apic_wr(0, A_INITIAL, 1000);
        g_usleep(1000);
        g_assert_cmpuint(apic_rd(0, A_CURRENT), ==, 0);
        if (i == 0) {
            apic_wr(0, A_TIMER, VECTOR);
        } else if (i == 1) {
            apic_wr(0, A_TIMER, A_MASKED | VECTOR);
            apic_wr(0, A_TIMER, VECTOR);
        } else if (i == 2) {
            apic_wr(0, A_DIVIDE, 0xb);
        } else {
            apic_wr(0, A_INITIAL, 0);
        }
        g_assert_cmphex(who_got(VECTOR), ==, 1);
        main_loop_wait(true);
        g_assert_cmphex(who_got(VECTOR), ==, 0);
    }
    cpus_stop();
}

static void test_stopped(void)
{
    start(VECTOR, 0xb);
    qemu_clock_set_manual(false);
    apic_wr(0, A_INITIAL, 1000000000);
    qemu_clock_enable_virtual(false);
    for (int i = 0; i < 2; i++) {
        static uint32_t count;

        if (i) {
            g_assert_cmpuint(apic_rd(0, A_CURRENT), ==, count);
        }
        count = apic_rd(0, A_CURRENT);
        g_usleep(2000);
    }
    qemu_clock_enable_virtual(true);
    cpus_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/i386/apic/timer/divide", test_divide);
    g_test_add_func("/i386/apic/timer/one-shot", test_one_shot);
    g_test_add_func("/i386/apic/timer/periodic", test_periodic);
    g_test_add_func("/i386/apic/timer/short-period", test_short_period);
    g_test_add_func("/i386/apic/timer/masked", test_masked);
    g_test_add_func("/i386/apic/timer/deadline", test_deadline);
    g_test_add_func("/i386/apic/timer/tsc-jump", test_tsc_jump);
    g_test_add_func("/i386/apic/timer/no-deadline", test_no_deadline);
    g_test_add_func("/i386/apic/timer/late", test_late);
    g_test_add_func("/i386/apic/timer/stopped", test_stopped);
    return g_test_run();
}
