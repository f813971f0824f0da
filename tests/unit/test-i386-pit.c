/*
 * The 8254: modes, counts in binary and BCD, latches, gates, interrupt 0.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "pci-test-board.h"

#define CLOCKS(n) (((n)*NANOSECONDS_PER_SECOND + PIT_FREQ - 1) / PIT_FREQ + 1)

static void control(int channel, int access, int mode, bool bcd)
{
    port_write(0x43, channel << 6 | access << 4 | mode << 1 | bcd, 1);
}

static void load(int channel, uint16_t count)
{
    port_write(0x40 + channel, count & 0xff, 1);
    port_write(0x40 + channel, count >> 8, 1);
}

static uint16_t count_of(int channel)
{
    uint8_t low;

    port_write(0x43, channel << 6, 1);
    low = port_read(0x40 + channel, 1);
    return low | port_read(0x40 + channel, 1) << 8;
}

static uint8_t status_of(int channel)
{
    port_write(0x43, 0xe0 | 2 << channel, 1);
    return port_read(0x40 + channel, 1);
}

static bool out2(void)
{
    return port_read(0x61, 1) & 0x20;
}

static void gate2(bool on)
{
    port_write(0x61, on, 1);
}

/* Every step starts from a whole clock. */
static void start(void)
{
    board_start("pc", 16 * MiB);
    gate2(true);
}

static void test_reset(void)
{
    board_start("pc", 16 * MiB);
    for (int n = 0; n < 3; n++) {
        g_assert_cmphex(status_of(n) & 0x3f, ==, 0x36);
        g_assert_cmphex(count_of(n), ==, 0);
    }
    g_assert_cmphex(port_read(0x61, 1) & ~0x10, ==, 0x20);
    g_assert_cmphex((port_read(0x61, 1) ^ port_read(0x61, 1)) & 0x10, ==, 0x10);
    g_assert_true(board_timer_level());
    port_write(0x61, 0xff, 1);
    g_assert_cmphex(port_read(0x61, 1) & ~0x30, ==, 0x03);
    machine_reset(current_machine);
    g_assert_cmphex(port_read(0x61, 1) & ~0x30, ==, 0);
    board_stop();
}

static void test_terminal_count(void)
{
    start();
    control(2, 3, 0, false);
    g_assert_false(out2());
    g_assert_cmphex(status_of(2), ==, 0x70); /* null count */
    load(2, 1000);
    g_assert_cmphex(status_of(2), ==, 0x30);
    board_step(CLOCKS(400));
    g_assert_cmpint(count_of(2), ==, 600);
    gate2(false); /* stands still */
    board_step(CLOCKS(5000));
    g_assert_cmpint(count_of(2), ==, 600);
    gate2(true);
    board_step(CLOCKS(599));
    g_assert_false(out2());
    board_step(CLOCKS(1));
    g_assert_true(out2());
    g_assert_cmphex(status_of(2), ==, 0xb0);
    board_step(CLOCKS(10));
    g_assert_cmphex(count_of(2), ==, 0xfff6); /* goes on from the top */
    g_assert_true(out2());
    port_write(0x42, 5, 1); /* the first byte stops it */
    g_assert_false(out2());
    port_write(0x42, 0, 1);
    board_step(CLOCKS(5));
    g_assert_true(out2());
    board_stop();
}

static void test_one_shot(void)
{
    start();
    control(2, 3, 1, false);
    load(2, 100);
    g_assert_true(out2());
    g_assert_cmphex(status_of(2), ==, 0xf2);
    gate2(false);
    gate2(true);
    g_assert_false(out2());
    g_assert_cmphex(status_of(2), ==, 0x32);
    board_step(CLOCKS(60));
    load(2, 1000); /* for the next shot */
    gate2(false);
    board_step(CLOCKS(30));
    g_assert_false(out2());
    board_step(CLOCKS(10));
    g_assert_true(out2());
    gate2(true);
    board_step(CLOCKS(900));
    g_assert_false(out2());
    board_step(CLOCKS(100));
    g_assert_true(out2());
    board_stop();
}

static void test_rate(void)
{
    start();
    control(2, 3, 2, false);
    load(2, 10);
    board_step(CLOCKS(8));
    g_assert_true(out2());
    g_assert_cmpint(count_of(2), ==, 2);
    board_step(CLOCKS(1) - 1);
    g_assert_false(out2());
    g_assert_cmpint(count_of(2), ==, 1);
    board_step(CLOCKS(1) - 1);
    g_assert_true(out2());
    g_assert_cmpint(count_of(2), ==, 10);
    board_step(CLOCKS(9) - 1);
    g_assert_false(out2());
    gate2(false);
    g_assert_true(out2());
    board_step(CLOCKS(100));
    g_assert_true(out2());
    gate2(true);
    g_assert_cmpint(count_of(2), ==, 10);
    board_stop();
}

static void test_square(void)
{
    static const int counts[] = {10, 11};

    for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
        int high = 0;

        start();
        control(2, 1, 3, false);
        port_write(0x42, counts[i], 1);
        for (int n = 0; n < counts[i]; n++) {
            high += out2();
            board_step(CLOCKS(1) - 1);
        }
        g_assert_cmpint(high, ==, (counts[i] + 1) / 2);
        board_stop();
    }
}

static void test_strobes(void)
{
    start();
    control(2, 3, 4, false);
    g_assert_true(out2());
    load(2, 20);
    board_step(CLOCKS(19));
    g_assert_true(out2());
    board_step(CLOCKS(1) - 1);
    g_assert_false(out2());
    board_step(CLOCKS(1) - 1);
    g_assert_true(out2());
    board_step(CLOCKS(0xffff));
    g_assert_true(out2());
    control(2, 3, 5, false);
    load(2, 20);
    board_step(CLOCKS(20));
    g_assert_true(out2());
    gate2(false);
    gate2(true);
    board_step(CLOCKS(20));
    g_assert_false(out2());
    board_step(CLOCKS(1));
    g_assert_true(out2());
    board_stop();
}

static void test_bytes_and_bcd(void)
{
    start();
    control(2, 1, 0, true);
    port_write(0x42, 0x45, 1);
    g_assert_cmphex(port_read(0x42, 1), ==, 0x45);
    board_step(CLOCKS(6));
    g_assert_cmphex(port_read(0x42, 1), ==, 0x39);
    g_assert_cmphex(status_of(2), ==, 0x11);
    control(2, 2, 0, false);
    port_write(0x42, 0x45, 1);
    g_assert_cmphex(port_read(0x42, 1), ==, 0x45);
    board_step(CLOCKS(1));
    g_assert_cmphex(port_read(0x42, 1), ==, 0x44);
    control(2, 3, 0, true);
    load(2, 0); /* is 10000 */
    board_step(CLOCKS(1));
    g_assert_cmphex(count_of(2), ==, 0x9999);
    /* Latches keep the first value until it is read; status comes first. */
    port_write(0x43, 0xc0 | 8, 1);
    board_step(CLOCKS(500));
    port_write(0x43, 0x80, 1);
    g_assert_cmphex(port_read(0x42, 1), ==, 0x31);
    g_assert_cmphex(port_read(0x42, 1), ==, 0x99);
    g_assert_cmphex(port_read(0x42, 1), ==, 0x99);
    g_assert_cmphex(port_read(0x42, 1), ==, 0x99);
    g_assert_cmphex(port_read(0x42, 1), ==, 0x94);
    board_stop();
}

static int rises;

static void count_rises(void *opaque, int n, int level)
{
    rises += level;
}

static void test_irq0(void)
{
    PCMachineState *pc = board_start("q35", 16 * MiB);
    qemu_irq count = qemu_allocate_irq(count_rises, NULL, 0);

    pc->pit->irq = count;
    control(0, 3, 2, false);
    load(0, 1193); /* about a thousand a second */
    rises = 0;
    board_step(NANOSECONDS_PER_SECOND);
    g_assert_cmpint(rises, ==, 1000);
    rises = 0;
    control(0, 3, 0, false);
    load(0, 1193);
    board_step(500000);
    g_assert_cmpint(rises, ==, 0);
    board_step(500000);
    g_assert_cmpint(rises, ==, 1);
    board_step(NANOSECONDS_PER_SECOND);
    g_assert_cmpint(rises, ==, 1);
    g_assert_false(timer_pending(pc->pit->timer));
    /* A count that would change nothing takes no time. */
    control(0, 1, 2, false);
    port_write(0x40, 1, 1);
    g_assert_false(timer_pending(pc->pit->timer));
    board_stop();
    qemu_free_irq(count);
}

static void test_off(void)
{
    MachineState *ms = machine_new(machine_find_class("pc"));

    g_assert_true(
        object_property_parse(OBJECT(ms), "pit", "off", &error_abort));
    ms->ram_size = 16 * MiB;
    g_assert_true(machine_run_board_init(ms, &error_abort));
    g_assert_null(PC_MACHINE(ms)->pit);
    g_assert_cmphex(port_read(0x40, 1), ==, 0xff);
    g_assert_cmphex(port_read(0x61, 1), ==, 0xff);
    machine_free(ms);
    user_creatable_cleanup();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/i386/pit/reset", test_reset);
    g_test_add_func("/i386/pit/terminal-count", test_terminal_count);
    g_test_add_func("/i386/pit/one-shot", test_one_shot);
    g_test_add_func("/i386/pit/rate", test_rate);
    g_test_add_func("/i386/pit/square", test_square);
    g_test_add_func("/i386/pit/strobes", test_strobes);
    g_test_add_func("/i386/pit/bytes-and-bcd", test_bytes_and_bcd);
    g_test_add_func("/i386/pit/irq0", test_irq0);
    g_test_add_func("/i386/pit/off", test_off);
    return g_test_run();
}
