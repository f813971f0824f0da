/*
 * FERR# and IGNNE#: interrupt 13 for x87 exceptions, and port 0xf0.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/ferr.h"
#include "pci-test-board.h"

/* Both interrupt controllers in the PC's usual state, everything masked. */
static void init_pics(void)
{
    for (unsigned port = 0x20; port <= 0xa0; port += 0x80) {
        port_write(port, 0x11, 1);
        port_write(port + 1, port == 0x20 ? 0x08 : 0x70, 1);
        port_write(port + 1, port == 0x20 ? 0x04 : 0x02, 1);
        port_write(port + 1, 0x01, 1);
        port_write(port + 1, 0xff, 1);
    }
}

/* Requested, as the second controller has it. */
static bool irq13(void)
{
    port_write(0xa0, 0x0a, 1);
    return port_read(0xa0, 1) & 0x20;
}

static void test_ignored(void)
{
    board_start("pc", 16 * MiB);
    init_pics();
    port_write(0xf0, 0, 1); /* nothing is pending: nothing is ignored */
    g_assert_false(irq13());
    ferr_raise();
    g_assert_true(irq13());
    port_write(0xf0, 0, 1);
    init_pics(); /* forget the edge */
    ferr_raise();
    g_assert_false(irq13());
    ferr_clear();
    ferr_raise();
    g_assert_true(irq13());
    board_stop();
}

static void test_reset(void)
{
    board_start("pc", 16 * MiB);
    init_pics();
    ferr_raise();
    port_write(0xf0, 0, 1);
    machine_reset(current_machine);
    init_pics();
    g_assert_false(irq13());
    ferr_raise();
    g_assert_true(irq13());
    board_stop();
    ferr_raise(); /* no board: nobody to tell */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/i386/ferr/ignored", test_ignored);
    g_test_add_func("/i386/ferr/reset", test_reset);
    return g_test_run();
}
