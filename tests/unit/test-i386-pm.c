/*
 * ACPI's registers: where the chipsets put them, events and their interrupt,
 * the timer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/runstate.h"
#include "pci-test-board.h"

#define PIIX4_PM_DEVFN PCI_DEVFN(1, 3)
#define ICH9_DEVFN     PCI_DEVFN(31, 0)
#define BASE           0x600

enum { STATUS = BASE, ENABLE = BASE + 2, CONTROL = BASE + 4, TIMER = BASE + 8 };

static void place(const char *machine, uint16_t base, bool on)
{
    if (g_str_equal(machine, "pc")) {
        cfg_write(0, PIIX4_PM_DEVFN, 0x40, base | 1, 4);
        cfg_write(0, PIIX4_PM_DEVFN, 0x80, on, 1);
    } else {
        cfg_write(0, ICH9_DEVFN, 0x40, base | 1, 4);
        cfg_write(0, ICH9_DEVFN, 0x44, on ? 0x80 : 0, 1);
    }
}

static void press_button(void)
{
    qemu_system_powerdown_request();
    qemu_process_requests();
}

static void test_place(gconstpointer machine)
{
    board_start(machine, 16 * MiB);
    g_assert_cmphex(port_read(ENABLE, 2), ==, 0xffff);
    place(machine, BASE, true);
    g_assert_cmphex(port_read(ENABLE, 2), ==, 0);
    port_write(ENABLE, 0x0120, 2);
    place(machine, 0xb000, true);
    g_assert_cmphex(port_read(ENABLE, 2), ==, 0xffff);
    g_assert_cmphex(port_read(0xb002, 2), ==, 0x0120);
    place(machine, 0, true); /* nobody's ports are taken */
    g_assert_cmphex(port_read(0x0002, 2), ==, 0xffff);
    place(machine, 0xffc0, true);
    place(machine, BASE, false);
    g_assert_cmphex(port_read(ENABLE, 2), ==, 0xffff);
    place(machine, BASE, true);
    machine_reset(current_machine);
    g_assert_cmphex(port_read(ENABLE, 2), ==, 0xffff);
    place(machine, BASE, true);
    g_assert_cmphex(port_read(ENABLE, 2), ==, 0);
    board_stop();
}

static void test_button(gconstpointer machine)
{
    board_start(machine, 16 * MiB);
    place(machine, BASE, true);
    press_button();
    g_assert_cmphex(port_read(STATUS, 2), ==, 0x0100);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    port_write(ENABLE + 1, 0x01, 1); /* a byte changes only itself */
    g_assert_cmphex(board_irq_levels(), ==, 1 << 9);
    port_write(STATUS, 0xff, 1);
    g_assert_cmphex(port_read(STATUS + 1, 1), ==, 0x01);
    port_write(STATUS, 0x0100, 2);
    g_assert_cmphex(port_read(STATUS, 2), ==, 0);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    press_button();
    g_assert_cmphex(board_irq_levels(), ==, 1 << 9);
    machine_reset(current_machine);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    board_stop();
}

/* Its interrupt and PCI's may be the same. */
static void test_shared(void)
{
    PCMachineState *pc = board_start("q35", 16 * MiB);
    PCIDevice *dev =
        PCI_DEVICE(test_pci_new(pc->bus, "6", NULL, &error_abort)); /* G */

    place("q35", BASE, true);
    cfg_write(0, ICH9_DEVFN, 0x6a, 9, 1);
    port_write(ENABLE, 0x0100, 2);
    press_button();
    pci_set_irq(dev, 1);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 9 | 1 << 22);
    pci_set_irq(dev, 0);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 9);
    /* Moved while it is up. */
    cfg_write(0, ICH9_DEVFN, 0x44, 0x82, 1);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 11);
    cfg_write(0, ICH9_DEVFN, 0x44, 0x85, 1);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 21);
    pci_set_irq(dev, 1);
    port_write(STATUS, 0x0100, 2);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 9 | 1 << 22);
    pci_set_irq(dev, 0);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    board_stop();
}

static void test_timer(gconstpointer machine)
{
    uint32_t before;

    board_start(machine, 16 * MiB);
    place(machine, BASE, true);
    before = port_read(TIMER, 4);
    port_write(TIMER, 0, 4);
    board_step(NANOSECONDS_PER_SECOND);
    g_assert_cmpint(((port_read(TIMER, 4) - before) & 0xffffff) - 3579545, <=,
                    1);
    g_assert_cmphex(port_read(TIMER, 1), ==, port_read(TIMER, 4) & 0xff);
    /* The top bit changes every 2.34 s, with and without an interrupt. */
    port_write(STATUS, 1, 2);
    g_assert_cmphex(port_read(STATUS, 2), ==, 0);
    board_step(5 * NANOSECONDS_PER_SECOND / 2);
    g_assert_cmphex(port_read(STATUS, 2), ==, 1);
    port_write(ENABLE, 1, 2);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 9);
    port_write(STATUS, 1, 2);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    board_step(5 * NANOSECONDS_PER_SECOND / 2);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 9);
    board_stop();
}

static void test_off(gconstpointer machine)
{
    MachineState *ms = machine_new(machine_find_class(machine));

    g_assert_true(
        object_property_parse(OBJECT(ms), "acpi", "off", &error_abort));
    ms->ram_size = 16 * MiB;
    g_assert_true(machine_run_board_init(ms, &error_abort));
    machine_reset(ms);
    place(machine, BASE, true);
    g_assert_cmphex(port_read(ENABLE, 2), ==, 0xffff);
    press_button();
    machine_free(ms);
    user_creatable_cleanup();
}

int main(int argc, char **argv)
{
    static const char *const machines[] = {"pc", "q35"};
    static const struct {
        const char *name;
        GTestDataFunc fn;
    } tests[] = {
        {"place", test_place},
        {"button", test_button},
        {"timer", test_timer},
        {"off", test_off},
    };

    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    for (unsigned m = 0; m < G_N_ELEMENTS(machines); m++) {
        for (unsigned t = 0; t < G_N_ELEMENTS(tests); t++) {
            g_autofree char *path =
                g_strdup_printf("/i386/pm/%s/%s", machines[m], tests[t].name);

            g_test_add_data_func(path, machines[m], tests[t].fn);
        }
    }
    g_test_add_func("/i386/pm/shared", test_shared);
    return g_test_run();
}
