/*
 * Bridges and root ports: configuration cycles by bus number, windows, INTx
 * swizzling, resets, slots and hot plug; and what query-pci says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "pci-test-board.h"

#define SLOT(n) PCI_DEVFN(n, 0)

static void set_buses(int bus, int devfn, int secondary, int subordinate)
{
    cfg_write(bus, devfn, PCI_PRIMARY_BUS,
              bus | secondary << 8 | subordinate << 16, 4);
}

static void open_bridge(int bus, int devfn)
{
    cfg_write(bus, devfn, PCI_COMMAND,
              PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
}

/* pci.0 -> b1 (slot 2) -> b2 (slot 4) -> test device (slot 5) */
static TestPCI *start_nested(void)
{
    board_start("pc", 64 * MiB);
    board_add("pci-bridge,id=b1,chassis_nr=1,addr=2");
    board_add("pci-bridge,id=b2,chassis_nr=2,bus=b1,addr=4");
    return test_pci_new(board_bus("b2"), "5", "id=t", &error_abort);
}

static void test_config_cycles(void)
{
    start_nested();
    /* No numbers yet: bus 0 is the root and nothing else. */
    g_assert_cmphex(cfg_read(0, SLOT(2), 0, 4), ==, 0x00011b36);
    g_assert_cmphex(cfg_read(0, SLOT(5), 0, 4), ==, 0xffffffff);
    set_buses(0, SLOT(2), 1, 1);
    g_assert_cmphex(cfg_read(1, SLOT(4), 0, 4), ==, 0x00011b36);
    set_buses(1, SLOT(4), 2, 2);
    /* Bus 2 lies outside what the first bridge forwards. */
    g_assert_cmphex(cfg_read(2, SLOT(5), 0, 4), ==, 0xffffffff);
    set_buses(0, SLOT(2), 1, 7);
    g_assert_cmphex(cfg_read(2, SLOT(5), 0, 4), ==, 0x56781234);
    g_assert_cmphex(cfg_read(3, SLOT(5), 0, 4), ==, 0xffffffff);
    g_assert_cmpint(pci_bus_num(board_bus("b2")), ==, 2);
    /* Nonsense: the same number twice, a range upside down, number 0. */
    set_buses(1, SLOT(4), 1, 1);
    cfg_read(1, SLOT(4), 0, 4);
    set_buses(0, SLOT(2), 9, 3);
    g_assert_cmphex(cfg_read(5, SLOT(4), 0, 4), ==, 0xffffffff);
    set_buses(0, SLOT(2), 0, 255);
    g_assert_cmphex(cfg_read(0, SLOT(2), 0, 4), ==, 0x00011b36);
    board_stop();
}

static void test_windows(void)
{
    TestPCI *t = start_nested();
    PCIDevice *dev = PCI_DEVICE(t);

    set_buses(0, SLOT(2), 1, 2);
    set_buses(1, SLOT(4), 2, 2);
    cfg_write(2, SLOT(5), PCI_BASE_ADDRESS_0, 0xc000, 4);
    cfg_write(2, SLOT(5), PCI_BASE_ADDRESS_2, 0xe0100000, 4);
    cfg_write(2, SLOT(5), PCI_BASE_ADDRESS_4, 0, 4);
    cfg_write(2, SLOT(5), PCI_BASE_ADDRESS_5, 0x12, 4);
    open_bridge(2, SLOT(5));
    g_assert_cmphex(pci_get_bar_addr(dev, 2), ==, 0xe0100000);
    g_assert_cmphex(mem_read(0xe0100000, 4), ==, 0xffffffff);

    for (int bus = 0; bus < 2; bus++) {
        int devfn = bus ? SLOT(4) : SLOT(2);

        cfg_write(bus, devfn, PCI_IO_BASE, 0xc0c0, 2);
        cfg_write(bus, devfn, PCI_MEMORY_BASE, 0xe010e010, 4);
        cfg_write(bus, devfn, PCI_PREF_MEMORY_BASE, 0, 4);
        cfg_write(bus, devfn, PCI_PREF_BASE_UPPER32, 0x12, 4);
        cfg_write(bus, devfn, PCI_PREF_LIMIT_UPPER32, 0x12, 4);
    }
    open_bridge(1, SLOT(4));
    g_assert_cmphex(mem_read(0xe0100000, 4), ==, 0xffffffff);
    open_bridge(0, SLOT(2));
    g_assert_cmphex(mem_read(0xe0100000, 4), ==, 0x23222120);
    g_assert_cmphex(port_read(0xc008, 2), ==, 0x0908);
    g_assert_cmphex(mem_read(UINT64_C(0x1200000000), 4), ==, 0x43424140);

    /* One bridge's memory off, ports on. */
    cfg_write(0, SLOT(2), PCI_COMMAND, PCI_COMMAND_IO, 2);
    g_assert_cmphex(mem_read(0xe0100000, 4), ==, 0xffffffff);
    g_assert_cmphex(mem_read(UINT64_C(0x1200000000), 4), ==, 0xffffffff);
    g_assert_cmphex(port_read(0xc008, 2), ==, 0x0908);
    open_bridge(0, SLOT(2));
    /* A window that has moved away, and one that is closed. */
    cfg_write(1, SLOT(4), PCI_MEMORY_BASE, 0xe020e020, 4);
    g_assert_cmphex(mem_read(0xe0100000, 4), ==, 0xffffffff);
    cfg_write(1, SLOT(4), PCI_MEMORY_BASE, 0xe000e110, 4);
    g_assert_cmphex(mem_read(0xe0100000, 4), ==, 0xffffffff);
    cfg_write(1, SLOT(4), PCI_MEMORY_BASE, 0xfff00000, 4);
    g_assert_cmphex(mem_read(0xe0100000, 4), ==, 0x23222120);
    /* Everything of everything. */
    cfg_write(1, SLOT(4), PCI_PREF_BASE_UPPER32, 0, 4);
    cfg_write(1, SLOT(4), PCI_PREF_LIMIT_UPPER32, 0xffffffff, 4);
    cfg_write(1, SLOT(4), PCI_PREF_MEMORY_BASE, 0xfff00000, 4);
    g_assert_cmphex(mem_read(UINT64_C(0x1200000000), 4), ==, 0x43424140);
    board_stop();
}

static void test_swizzle(void)
{
    TestPCI *t = start_nested();

    /* Pin A of slot 5 is B on b2, B of slot 4 is B on b1, B of slot 2 is C at
     * the root: (2 - 1 + 1) & 3 = 2, PIRQ C. */
    cfg_write(0, SLOT(1), 0x62, 11, 1);
    pci_set_irq(PCI_DEVICE(t), 1);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 11);
    object_unparent(OBJECT(t));
    g_assert_cmphex(board_irq_levels(), ==, 0);
    board_stop();
}

static void test_bus_reset(void)
{
    TestPCI *t = start_nested();

    set_buses(0, SLOT(2), 1, 2);
    set_buses(1, SLOT(4), 2, 2);
    open_bridge(2, SLOT(5));
    cfg_write(0, SLOT(2), PCI_BRIDGE_CONTROL, PCI_BRIDGE_CTL_BUS_RESET, 2);
    g_assert_cmpint(t->resets, ==, 1);
    g_assert_cmphex(ldw_le_p(PCI_DEVICE(t)->config + PCI_COMMAND), ==, 0);
    g_assert_cmphex(cfg_read(1, SLOT(4), PCI_SECONDARY_BUS, 1), ==, 0);
    g_assert_cmphex(cfg_read(0, SLOT(2), PCI_SECONDARY_BUS, 1), ==, 1);
    /* The bit's level does nothing. */
    cfg_write(0, SLOT(2), PCI_BRIDGE_CONTROL, PCI_BRIDGE_CTL_BUS_RESET, 2);
    cfg_write(0, SLOT(2), PCI_BRIDGE_CONTROL, 0, 2);
    g_assert_cmpint(t->resets, ==, 1);
    machine_reset(current_machine);
    g_assert_cmphex(cfg_read(0, SLOT(2), PCI_SECONDARY_BUS, 1), ==, 0);
    /* Unplugging the bridge takes what is behind it along. */
    object_unparent(object_resolve_path("/machine/peripheral/b1", NULL));
    g_assert_cmphex(cfg_read(0, SLOT(2), 0, 4), ==, 0xffffffff);
    board_stop();
}

static void expect_add_failure(const char *device, const char *message)
{
    g_autofree char *driver = g_strndup(device, strcspn(device, ","));
    PCIBus *bus = pci_find_primary_bus();
    DeviceState *dev = qdev_new(driver);
    char **props = g_strsplit(device, ",", -1);
    Error *err = NULL;

    for (int i = 1; props[i]; i++) {
        char *eq = strchr(props[i], '=');

        *eq = '\0';
        object_property_parse(OBJECT(dev), props[i], eq + 1, &error_abort);
    }
    g_assert_false(qdev_realize_and_unref(dev, BUS(bus), &err));
    expect_error(err, message);
    g_strfreev(props);
}

static void test_errors(void)
{
    Error *err = NULL;

    board_start("q35", 16 * MiB);
    expect_add_failure("pci-bridge",
                       "Bridge chassis not specified. Each bridge is required "
                       "to be assigned a unique chassis id > 0.");
    expect_add_failure("pci-bridge,chassis_nr=1,shpc=on",
                       "shpc=on is not supported by this pci-bridge, only "
                       "shpc=off");
    expect_add_failure("pci-bridge,chassis_nr=1,msi=on",
                       "msi=on is not supported by this pci-bridge, only "
                       "msi=off and msi=auto");
    expect_add_failure("pcie-root-port,pref32-reserve=1M,pref64-reserve=1M",
                       "PCI resource reserve cap: PREF32 and PREF64 conflict");
    expect_add_failure("pcie-root-port,mem-reserve=4G",
                       "PCI resource reserve cap: mem-reserve must be less "
                       "than 4G");
    board_add("pcie-root-port,id=rp,chassis=1,slot=2");
    expect_add_failure("pcie-root-port,chassis=1,slot=2",
                       "Can't add chassis slot, error -16");
    board_add("pcie-root-port,chassis=1,slot=3");
    g_assert_null(test_pci_new(board_bus("rp"), "1", NULL, &err));
    expect_error(err, "PCI: slot 1 is not valid for test-pci, parent device "
                      "only allows plugging into slot 0.");
    err = NULL;
    test_pci_new(board_bus("rp"), NULL, NULL, &error_abort);
    g_assert_null(test_pci_new(board_bus("rp"), NULL, NULL, &err));
    expect_error(err, "PCI: no slot/function available for test-pci, all in "
                      "use or reserved");
    board_stop();
    /* The numbers are free again. */
    board_start("q35", 16 * MiB);
    board_add("pcie-root-port,chassis=1,slot=2");
    board_stop();
}

/* ------------------------------------------------------------- root ports */

static void test_root_port(void)
{
    PCIDevice *dev;
    int exp;

    board_start("q35", 16 * MiB);
    board_add("pcie-root-port,id=rp,chassis=1,slot=9,port=8,addr=3,"
              "io-reserve=4k,mem-reserve=2M,bus-reserve=1");
    dev = PCI_DEVICE(
        test_pci_new(board_bus("rp"), NULL, "express=on", &error_abort));
    machine_reset(current_machine);
    g_assert_cmphex(cfg_read(0, SLOT(3), 0, 4), ==, 0x000c1b36);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_HEADER_TYPE, 1), ==, 1);
    /* Windows closed. */
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_IO_BASE, 2), ==, 0x00f0);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_MEMORY_BASE, 4), ==, 0xfff0);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_PREF_MEMORY_BASE, 4), ==,
                    0x0001fff1);
    set_buses(0, SLOT(3), 1, 1);
    g_assert_cmphex(cfg_read(1, 0, 0, 4), ==, 0x56781234);
    exp = PCI_DEVICE(object_resolve_path("/machine/peripheral/rp", NULL))
              ->exp_cap;
    g_assert_cmphex(cfg_read(0, SLOT(3), exp + PCI_EXP_FLAGS, 2), ==,
                    2 | PCI_EXP_TYPE_ROOT_PORT << 4 | PCI_EXP_FLAGS_SLOT);
    g_assert_cmpint(cfg_read(0, SLOT(3), exp + PCI_EXP_LNKCAP + 3, 1), ==, 8);
    g_assert_cmpint(cfg_read(0, SLOT(3), exp + PCI_EXP_SLTCAP, 4) >> 19, ==, 9);
    g_assert_cmphex(cfg_read(0, SLOT(3), exp + PCI_EXP_SLTSTA, 2), ==,
                    PCI_EXP_SLTSTA_PDS);
    g_assert_true(cfg_read(0, SLOT(3), exp + PCI_EXP_LNKSTA, 2) &
                  PCI_EXP_LNKSTA_DLLLA);
    g_assert_cmphex(ldw_le_p(dev->config + dev->exp_cap + PCI_EXP_FLAGS), ==,
                    2 | PCI_EXP_TYPE_ENDPOINT << 4);
    board_stop();
}

static void test_hotplug_events(void)
{
    int exp, msix;
    PCIDevice *rp;
    TestPCI *t;

    board_start("q35", 16 * MiB);
    board_add("pcie-root-port,id=rp,chassis=1,addr=3");
    machine_reset(current_machine);
    qdev_machine_creation_done();
    rp = PCI_DEVICE(object_resolve_path("/machine/peripheral/rp", NULL));
    exp = rp->exp_cap;
    msix = pci_find_capability(rp, PCI_CAP_ID_MSIX);
    g_assert_cmphex(cfg_read(0, SLOT(3), exp + PCI_EXP_SLTSTA, 2), ==, 0);

    /* INTx: slot 3 pin A is PIRQ H, input 23. */
    cfg_write(0, SLOT(3), exp + PCI_EXP_SLTCTL,
              PCI_EXP_SLTCTL_HPIE | PCI_EXP_SLTCTL_PDCE, 2);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    t = test_pci_new(board_bus("rp"), NULL, NULL, &error_abort);
    g_assert_cmphex(cfg_read(0, SLOT(3), exp + PCI_EXP_SLTSTA, 2), ==,
                    PCI_EXP_SLTSTA_PDS | PCI_EXP_SLTSTA_PDC |
                        PCI_EXP_SLTSTA_DLLSC | PCI_EXP_SLTSTA_CC);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 23);
    cfg_write(0, SLOT(3), exp + PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PDC, 2);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    cfg_write(0, SLOT(3), exp + PCI_EXP_SLTSTA, 0xffff, 2);
    g_assert_cmphex(cfg_read(0, SLOT(3), exp + PCI_EXP_SLTSTA, 2), ==,
                    PCI_EXP_SLTSTA_PDS);

    /* MSI-X, link event. */
    cfg_write(0, SLOT(3), PCI_BASE_ADDRESS_0, 0xe0000000, 4);
    open_bridge(0, SLOT(3));
    mem_write(0xe0000000, 0x3000, 8);
    mem_write(0xe0000008, 0xabc, 8);
    cfg_write(0, SLOT(3), msix + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE, 2);
    cfg_write(0, SLOT(3), exp + PCI_EXP_SLTCTL,
              PCI_EXP_SLTCTL_HPIE | PCI_EXP_SLTCTL_DLLSCE, 2);
    g_assert_cmphex(mem_read(0x3000, 4), ==, 0);
    object_unparent(OBJECT(t));
    g_assert_cmphex(mem_read(0x3000, 4), ==, 0xabc);
    g_assert_false(cfg_read(0, SLOT(3), exp + PCI_EXP_SLTSTA, 2) &
                   PCI_EXP_SLTSTA_PDS);
    board_stop();
}

/* The root bus of q35 takes none; a port can be told not to. */
static void test_no_hotplug(void)
{
    Error *err = NULL;

    board_start("q35", 16 * MiB);
    board_add("pcie-root-port,id=rp,chassis=1,addr=3,hotplug=off");
    qdev_machine_creation_done();
    g_assert_null(test_pci_new(board_bus("pcie.0"), NULL, NULL, &err));
    expect_error(err, "Bus 'pcie.0' does not support hotplugging");
    err = NULL;
    g_assert_null(test_pci_new(board_bus("rp"), NULL, NULL, &err));
    expect_error(err, "Bus 'rp' does not support hotplugging");
    board_stop();

    board_start("pc", 16 * MiB);
    qdev_machine_creation_done();
    test_pci_new(board_bus("pci.0"), "9", NULL, &error_abort);
    g_assert_cmphex(cfg_read(0, SLOT(9), 0, 4), ==, 0x56781234);
    board_stop();
}

/* ------------------------------------------------------------------ info */

static const char info_text[] =
    "  Bus  0, device   0, function 0:\n"
    "    Host bridge: PCI device 8086:1237\n"
    "      PCI subsystem 1af4:1100\n"
    "      id \"\"\n"
    "  Bus  0, device   1, function 0:\n"
    "    ISA bridge: PCI device 8086:7000\n"
    "      PCI subsystem 1af4:1100\n"
    "      id \"\"\n"
    "  Bus  0, device   1, function 3:\n"
    "    Bridge: PCI device 8086:7113\n"
    "      PCI subsystem 1af4:1100\n"
    "      IRQ 0, pin A\n"
    "      id \"\"\n"
    "  Bus  0, device   2, function 0:\n"
    "    PCI bridge: PCI device 1b36:0001\n"
    "      BUS 0.\n"
    "      secondary bus 1.\n"
    "      subordinate bus 2.\n"
    "      IO range [0xc000, 0xcfff]\n"
    "      memory range [0xe0100000, 0xe01fffff]\n"
    "      prefetchable memory range [0x00000000, 0x000fffff]\n"
    "      id \"b1\"\n"
    "  Bus  1, device   4, function 0:\n"
    "    PCI bridge: PCI device 1b36:0001\n"
    "      BUS 1.\n"
    "      secondary bus 2.\n"
    "      subordinate bus 2.\n"
    "      IO range [0x0000, 0x0fff]\n"
    "      memory range [0x00000000, 0x000fffff]\n"
    "      prefetchable memory range [0x00000000, 0x000fffff]\n"
    "      id \"b2\"\n"
    "  Bus  2, device   5, function 0:\n"
    "    Ethernet controller: PCI device 1234:5678\n"
    "      PCI subsystem 1af4:1100\n"
    "      IRQ 0, pin A\n"
    "      BAR0: I/O at 0xc000 [0xc01f]\n"
    "      BAR1: 32 bit memory (not mapped)\n"
    "      BAR2: 32 bit memory at 0xe0100000 [0xe0100fff]\n"
    "      BAR4: 64 bit prefetchable memory at 0x1200000000 "
    "[0x120000ffff]\n"
    "      id \"t\"\n";

static void test_info(void)
{
    g_autofree char *text = NULL;
    json_t *buses, *bridge, *range, *dev;
    json_int_t base, limit;
    const char *type;

    start_nested();
    set_buses(0, SLOT(2), 1, 2);
    set_buses(1, SLOT(4), 2, 2);
    cfg_write(0, SLOT(2), PCI_IO_BASE, 0xc0c0, 2);
    cfg_write(0, SLOT(2), PCI_MEMORY_BASE, 0xe010e010, 4);
    cfg_write(2, SLOT(5), PCI_BASE_ADDRESS_0, 0xc000, 4);
    cfg_write(2, SLOT(5), PCI_BASE_ADDRESS_2, 0xe0100000, 4);
    cfg_write(2, SLOT(5), PCI_BASE_ADDRESS_5, 0x12, 4);
    open_bridge(2, SLOT(5));
    text = pci_info_text();
    g_assert_cmpstr(text, ==, info_text);

    buses = pci_query();
    g_assert_cmpint(json_array_size(buses), ==, 1);
    dev =
        json_array_get(json_object_get(json_array_get(buses, 0), "devices"), 3);
    bridge = json_object_get(dev, "pci_bridge");
    range = json_object_get(json_object_get(bridge, "bus"), "memory_range");
    g_assert_cmpint(
        json_unpack(range, "{s:I s:I !}", "base", &base, "limit", &limit), ==,
        0);
    g_assert_cmphex(base, ==, 0xe0100000);
    g_assert_cmphex(limit, ==, 0xe01fffff);
    dev = json_array_get(json_object_get(bridge, "devices"), 0);
    bridge = json_object_get(dev, "pci_bridge");
    dev = json_array_get(json_object_get(bridge, "devices"), 0);
    g_assert_cmpint(json_unpack(dev, "{s:[{s:s}]}", "regions", "type", &type),
                    ==, 0);
    g_assert_cmpstr(type, ==, "io");
    json_decref(buses);
    board_stop();
}

static void test_qtree(void)
{
    g_autofree char *text = NULL;

    start_nested();
    text = qdev_qtree_info(true);
    g_assert_nonnull(strstr(text, "class Ethernet controller, addr 00:05.0, "
                                  "pci id 1234:5678 (sub 1af4:1100)\n"));
    g_assert_nonnull(strstr(text, "bar 0: i/o at 0xffffffffffffffff [0x1e]\n"));
    g_assert_nonnull(strstr(text, "bar 4: mem at 0xffffffffffffffff "
                                  "[0xfffe]\n"));
    g_assert_nonnull(strstr(text, "class PCI bridge, addr 00:02.0, pci id "
                                  "1b36:0001 (sub 0000:0000)\n"));
    board_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/pci/bridge/config-cycles", test_config_cycles);
    g_test_add_func("/pci/bridge/windows", test_windows);
    g_test_add_func("/pci/bridge/swizzle", test_swizzle);
    g_test_add_func("/pci/bridge/bus-reset", test_bus_reset);
    g_test_add_func("/pci/bridge/errors", test_errors);
    g_test_add_func("/pci/bridge/root-port", test_root_port);
    g_test_add_func("/pci/bridge/hotplug-events", test_hotplug_events);
    g_test_add_func("/pci/bridge/no-hotplug", test_no_hotplug);
    g_test_add_func("/pci/bridge/info", test_info);
    g_test_add_func("/pci/bridge/qtree", test_qtree);
    return g_test_run();
}
