/*
 * PCI configuration space: addresses and their clashes, the two ways in,
 * masks, command bits, INTx, DMA, capabilities, reset.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "pci-test-board.h"

#define SLOT(n) PCI_DEVFN(n, 0)
#define ECAM    0xb0000000

static void test_ports(void)
{
    board_start("pc", 16 * MiB);
    g_assert_cmphex(cfg_read(0, 0, PCI_VENDOR_ID, 4), ==, 0x12378086);
    g_assert_cmphex(cfg_read(0, 0, PCI_DEVICE_ID, 2), ==, 0x1237);
    g_assert_cmphex(cfg_read(0, 0, 3, 1), ==, 0x12);
    g_assert_cmphex(cfg_read(0, SLOT(1), PCI_VENDOR_ID, 4), ==, 0x70008086);
    /* Nobody there: slot, function, bus. */
    g_assert_cmphex(cfg_read(0, SLOT(5), 0, 4), ==, 0xffffffff);
    g_assert_cmphex(cfg_read(0, PCI_DEVFN(0, 7), 0, 4), ==, 0xffffffff);
    g_assert_cmphex(cfg_read(255, 0, 0, 4), ==, 0xffffffff);
    cfg_write(0, SLOT(5), 4, 7, 4);
    /* A word over a dword's end: what the port leads to, no more. */
    g_assert_cmphex(port_read(0xcfd, 2) & 0xffff, ==, 0xffff);
    /* Not enabled. */
    port_write(0xcf8, 0, 4);
    g_assert_cmphex(port_read(0xcfc, 4), ==, 0xffffffff);
    /* Only dwords write the address port. */
    port_write(0xcf8, 0x80000000, 4);
    port_write(0xcf8, 0x12, 1);
    port_write(0xcfa, 0x1234, 2);
    g_assert_cmphex(port_read(0xcf8, 4), ==, 0x80000000);
    board_stop();
}

static void test_ecam(void)
{
    PCMachineState *pc = board_start("q35", 16 * MiB);
    uint32_t devfn = SLOT(3) << 12;

    test_pci_new(pc->bus, "3", "express=on", &error_abort);
    g_assert_cmphex(cfg_read(0, 0, MCH_PCIEXBAR, 4), ==, ECAM);
    g_assert_cmphex(mem_read(ECAM, 4), ==, 0xffffffff);
    cfg_write(0, 0, MCH_PCIEXBAR, ECAM | 1, 4);
    g_assert_cmphex(mem_read(ECAM, 4), ==, 0x29c08086);
    g_assert_cmphex(mem_read(ECAM + devfn, 4), ==, 0x56781234);
    g_assert_cmphex(mem_read(ECAM + devfn, 8), ==, 0x0010000056781234);
    g_assert_cmphex(mem_read(ECAM + devfn + 1, 2), ==, 0x7812);
    /* The extended space of an Express function, of a conventional one, and
     * past the end. */
    g_assert_cmphex(mem_read(ECAM + devfn + 0x100, 4), ==, 0);
    g_assert_cmphex(mem_read(ECAM + 0x100, 4), ==, 0xffffffff);
    g_assert_cmphex(mem_read(ECAM + devfn + 0xffe, 4), ==, 0xffff0000);
    mem_write(ECAM + devfn + 0xffe, 0xffffffff, 4);
    mem_write(ECAM + 0xfff, 0xffff, 2);
    /* Other lengths; a reserved one; moved by a write through the window. */
    cfg_write(0, 0, MCH_PCIEXBAR, ECAM | 1 | 2 << 1, 4);
    g_assert_cmphex(mem_read(ECAM + 64 * MiB, 4), ==, 0xffffffff);
    g_assert_cmphex(mem_read(ECAM, 2), ==, 0x8086);
    mem_write(ECAM + MCH_PCIEXBAR, UINT64_C(0x1e0000001), 8);
    g_assert_cmphex(mem_read(ECAM, 4), ==, 0xffffffff);
    g_assert_cmphex(mem_read(UINT64_C(0x1e0000000), 2), ==, 0x8086);
    cfg_write(0, 0, MCH_PCIEXBAR, 0xe0000000 | 1 | 3 << 1, 4);
    g_assert_cmphex(mem_read(UINT64_C(0x1e0000000), 4), ==, 0xffffffff);
    cfg_write(0, 0, MCH_PCIEXBAR, 0xffffffff, 4);
    cfg_write(0, 0, MCH_PCIEXBAR + 4, 0xffffffff, 4);
    machine_reset(MACHINE(pc));
    g_assert_cmphex(cfg_read(0, 0, MCH_PCIEXBAR, 4), ==, ECAM);
    board_stop();
}

static void expect_add_error(PCIBus *bus, const char *addr, const char *props,
                             const char *message)
{
    Error *err = NULL;

    g_assert_null(test_pci_new(bus, addr, props, &err));
    expect_error(err, message);
}

static void test_addresses(void)
{
    PCIBus *bus = board_start("pc", 16 * MiB)->bus;
    TestPCI *t;

    t = test_pci_new(bus, NULL, "id=first", &error_abort);
    g_assert_cmpint(t->parent_obj.devfn, ==, SLOT(2));
    t = test_pci_new(bus, "04.0", "multifunction=on", &error_abort);
    g_assert_cmpint(t->parent_obj.devfn, ==, SLOT(4));
    t = test_pci_new(bus, "4.7", NULL, &error_abort);
    g_assert_cmphex(cfg_read(0, PCI_DEVFN(4, 7), 0, 4), ==, 0x56781234);
    g_assert_cmphex(cfg_read(0, SLOT(4), PCI_HEADER_TYPE, 1), ==, 0x80);
    g_assert_cmphex(cfg_read(0, SLOT(2), PCI_HEADER_TYPE, 1), ==, 0);

    expect_add_error(bus, "2", NULL,
                     "PCI: slot 2 function 0 not available "
                     "for test-pci, in use by test-pci,id=first");
    expect_add_error(bus, "0", NULL,
                     "PCI: slot 0 function 0 not available "
                     "for test-pci, in use by i440FX");
    expect_add_error(bus, "2.1", NULL,
                     "PCI: single function device can't be "
                     "populated in function 2.1");
    test_pci_new(bus, "1f.3", NULL, &error_abort);
    expect_add_error(bus, "1f", NULL,
                     "PCI: 1f.0 indicates single function, "
                     "but 1f.3 is already populated.");
    test_pci_new(bus, "1f", "multifunction=on", &error_abort);
    expect_add_error(bus, "20", NULL,
                     "Property 'test-pci.addr' doesn't take value '20'");
    expect_add_error(bus, "3.8", NULL,
                     "Property 'test-pci.addr' doesn't take value '3.8'");
    /* Slots 0, 1, 2, 4 and 31 are taken. */
    for (int i = 0; i < 27; i++) {
        test_pci_new(bus, NULL, NULL, &error_abort);
    }
    expect_add_error(bus, NULL, NULL,
                     "PCI: no slot/function available for "
                     "test-pci, all in use or reserved");
    board_stop();
}

static void test_bad_properties(void)
{
    PCIBus *bus = board_start("pc", 16 * MiB)->bus;

    expect_add_error(bus, NULL, "romsize=4097",
                     "ROM size 4097 is not a power of two");
    expect_add_error(bus, NULL, "romfile=no-such.rom",
                     "failed to find romfile \"no-such.rom\"");
    expect_add_error(bus, NULL, "romfile=/",
                     "romfile \"/\" too large (size cannot exceed 2 GiB)");
    expect_add_error(bus, NULL, "romfile=/dev/null",
                     "romfile \"/dev/null\" is empty");
    test_pci_new(bus, NULL, "acpi-index=7", &error_abort);
    expect_add_error(bus, NULL, "acpi-index=7",
                     "a PCI device with acpi-index = 7 already exist");
    expect_add_error(bus, NULL, "vectors=2049",
                     "The number of MSI-X vectors is invalid: 2049, should "
                     "be 1 to 2048");
    expect_add_error(bus, "9", "fail=on", "test device told to fail");
    /* A failure leaves the slot free. */
    g_assert_cmphex(cfg_read(0, SLOT(9), 0, 4), ==, 0xffffffff);
    test_pci_new(bus, "9", NULL, &error_abort);
    board_stop();
}

static void test_masks(void)
{
    PCIBus *bus = board_start("pc", 16 * MiB)->bus;
    TestPCI *t = test_pci_new(bus, "3", NULL, &error_abort);
    PCIDevice *dev = &t->parent_obj;

    for (int reg = 0; reg < 256; reg += 4) {
        if (reg != PCI_STATUS - 2) {
            cfg_write(0, SLOT(3), reg, 0xffffffff, 4);
        }
    }
    g_assert_cmphex(cfg_read(0, SLOT(3), 0, 4), ==, 0x56781234);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_CLASS_REVISION, 4), ==,
                    0x02000000);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_CACHE_LINE_SIZE, 1), ==, 0xff);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_HEADER_TYPE, 1), ==, 0);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_SUBSYSTEM_VENDOR_ID, 4), ==,
                    0x11001af4);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_INTERRUPT_LINE, 2), ==, 0x01ff);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_ROM_ADDRESS, 4), ==, 0);
    cfg_write(0, SLOT(3), PCI_COMMAND, 0xffff, 2);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_COMMAND, 2), ==, 0x0507);
    /* Status: written ones clear, and only what is there to be cleared. */
    stw_le_p(dev->config + PCI_STATUS, PCI_STATUS_CAP_LIST |
                                           PCI_STATUS_REC_MASTER_ABORT |
                                           PCI_STATUS_PARITY);
    cfg_write(0, SLOT(3), PCI_STATUS, PCI_STATUS_PARITY, 2);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_STATUS, 2), ==,
                    PCI_STATUS_CAP_LIST | PCI_STATUS_REC_MASTER_ABORT);
    cfg_write(0, SLOT(3), PCI_STATUS, 0xffff, 2);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_STATUS, 2), ==,
                    PCI_STATUS_CAP_LIST);
    board_stop();
}

static void test_dma(void)
{
    PCIBus *bus = board_start("pc", 16 * MiB)->bus;
    TestPCI *t = test_pci_new(bus, "3", NULL, &error_abort);
    AddressSpace *as = pci_get_address_space(&t->parent_obj);
    uint32_t v = 0;

    mem_write(0x1000, 0xcafe, 4);
    g_assert_null(guest_memory_map(as->view, 0x1000, 4, GUEST_MEMORY_READ));
    g_assert_cmpint(address_space_read(as, 0x1000, &v, 4), ==,
                    MEMTX_DECODE_ERROR);
    pci_msi_send(&t->parent_obj, 0x1000, 0xdead);
    g_assert_cmphex(mem_read(0x1000, 4), ==, 0xcafe);

    cfg_write(0, SLOT(3), PCI_COMMAND, PCI_COMMAND_MASTER, 2);
    g_assert_nonnull(guest_memory_map(as->view, 0x1000, 4, GUEST_MEMORY_READ));
    pci_msi_send(&t->parent_obj, 0x1000, 0xdead);
    g_assert_cmphex(mem_read(0x1000, 4), ==, 0xdead);

    cfg_write(0, SLOT(3), PCI_COMMAND, 0, 2);
    g_assert_null(guest_memory_map(as->view, 0x1000, 4, GUEST_MEMORY_READ));
    board_stop();
}

static void test_intx(void)
{
    PCMachineState *pc = board_start("pc", 16 * MiB);
    PCIDevice *a, *b;

    a = PCI_DEVICE(test_pci_new(pc->bus, "3", NULL, &error_abort));
    b = PCI_DEVICE(test_pci_new(pc->bus, "7", NULL, &error_abort));
    cfg_write(0, SLOT(1), 0x62, 10, 1); /* slots 3 and 7: PIRQ C */
    pci_set_irq(a, 1);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 10);
    g_assert_true(cfg_read(0, SLOT(3), PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
    /* Shared: the line falls with the last. */
    pci_set_irq(b, 1);
    pci_set_irq(a, 0);
    pci_set_irq(a, 0);
    g_assert_false(cfg_read(0, SLOT(3), PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 10);
    /* Disabled: the status bit stays, the line does not. */
    cfg_write(0, SLOT(7), PCI_COMMAND, PCI_COMMAND_INTX_DISABLE, 2);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    g_assert_true(cfg_read(0, SLOT(7), PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
    pci_set_irq(b, 0);
    pci_set_irq(b, 1);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    cfg_write(0, SLOT(7), PCI_COMMAND, 0, 2);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 10);
    /* Unplugged and reset with the line up. */
    object_unparent(OBJECT(b));
    g_assert_cmphex(board_irq_levels(), ==, 0);
    pci_set_irq(a, 1);
    machine_reset(MACHINE(pc));
    g_assert_cmphex(board_irq_levels(), ==, 0);
    g_assert_false(cfg_read(0, SLOT(3), PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
    board_stop();
}

static void test_capabilities(void)
{
    PCIBus *bus = board_start("q35", 16 * MiB)->bus;
    PCIDevice *dev;
    Error *err = NULL;
    int pos;

    dev = PCI_DEVICE(test_pci_new(bus, "3", "express=on", &error_abort));
    g_assert_true(dev->is_express);
    pos = cfg_read(0, SLOT(3), PCI_CAPABILITY_LIST, 1);
    g_assert_cmphex(cfg_read(0, SLOT(3), pos, 1), ==, PCI_CAP_ID_PM);
    pos = cfg_read(0, SLOT(3), pos + 1, 1);
    g_assert_cmphex(cfg_read(0, SLOT(3), pos, 1), ==, PCI_CAP_ID_EXP);
    g_assert_cmphex(cfg_read(0, SLOT(3), pos + PCI_EXP_FLAGS, 2), ==,
                    2 | PCI_EXP_TYPE_RC_END << 4);
    pos = cfg_read(0, SLOT(3), pos + 1, 1);
    g_assert_cmphex(cfg_read(0, SLOT(3), pos, 1), ==, PCI_CAP_ID_MSIX);
    g_assert_cmphex(cfg_read(0, SLOT(3), pos + 1, 1), ==, 0);
    g_assert_cmpint(pci_find_capability(dev, PCI_CAP_ID_MSIX), ==, pos);
    g_assert_cmpint(pci_find_capability(dev, PCI_CAP_ID_AGP), ==, 0);

    g_assert_cmpint(pci_add_capability(dev, PCI_CAP_ID_VNDR, pos, 8, &err), ==,
                    -EINVAL);
    g_clear_pointer(&err, error_free);
    g_assert_cmpint(pci_add_capability(dev, PCI_CAP_ID_VNDR, 0xfc, 8, &err), ==,
                    -EINVAL);
    g_clear_pointer(&err, error_free);
    g_assert_cmpint(pci_add_capability(dev, PCI_CAP_ID_VNDR, 0, 0xf0, &err), ==,
                    -ENOSPC);
    g_clear_pointer(&err, error_free);
    /* To the last byte. */
    g_assert_cmpint(
        pci_add_capability(dev, PCI_CAP_ID_VNDR, 0xf8, 8, &error_abort), ==,
        0xf8);
    board_stop();
}

static void test_reset(void)
{
    PCMachineState *pc = board_start("q35", 16 * MiB);
    TestPCI *t = test_pci_new(pc->bus, "3", "express=on", &error_abort);
    int exp = t->parent_obj.exp_cap;
    int pm = pci_find_capability(&t->parent_obj, PCI_CAP_ID_PM);

    cfg_write(0, SLOT(3), PCI_BASE_ADDRESS_2, 0xe0000000, 4);
    cfg_write(0, SLOT(3), PCI_COMMAND, 7, 2);
    cfg_write(0, SLOT(3), PCI_INTERRUPT_LINE, 11, 1);
    cfg_write(0, SLOT(3), pm + PCI_PM_CTRL, 3, 2);
    cfg_write(0, SLOT(3), exp + PCI_EXP_DEVCTL, 0x0f, 1);
    g_assert_cmphex(cfg_read(0, SLOT(3), pm + PCI_PM_CTRL, 2), ==, 0xb);
    machine_reset(MACHINE(pc));
    g_assert_cmpint(t->resets, ==, 1);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_BASE_ADDRESS_2, 4), ==, 0);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_COMMAND, 2), ==, 0);
    g_assert_cmphex(cfg_read(0, SLOT(3), PCI_INTERRUPT_LINE, 1), ==, 0);
    g_assert_cmphex(cfg_read(0, SLOT(3), pm + PCI_PM_CTRL, 2), ==, 8);
    g_assert_cmphex(cfg_read(0, SLOT(3), exp + PCI_EXP_DEVCTL, 2), ==, 0);

    /* Function level reset, asked for by a byte, a word or a dword. */
    for (unsigned len = 1; len <= 4; len *= 2) {
        int reg = exp + PCI_EXP_DEVCTL + (len == 1);

        cfg_write(0, SLOT(3), PCI_COMMAND, 7, 2);
        cfg_write(0, SLOT(3), reg, len == 1 ? 0x80 : 0x8000, len);
        g_assert_cmphex(cfg_read(0, SLOT(3), PCI_COMMAND, 2), ==, 0);
    }
    g_assert_cmpint(t->resets, ==, 4);
    board_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/pci/config/ports", test_ports);
    g_test_add_func("/pci/config/ecam", test_ecam);
    g_test_add_func("/pci/config/addresses", test_addresses);
    g_test_add_func("/pci/config/bad-properties", test_bad_properties);
    g_test_add_func("/pci/config/masks", test_masks);
    g_test_add_func("/pci/config/dma", test_dma);
    g_test_add_func("/pci/config/intx", test_intx);
    g_test_add_func("/pci/config/capabilities", test_capabilities);
    g_test_add_func("/pci/config/reset", test_reset);
    return g_test_run();
}
