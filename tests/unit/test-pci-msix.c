/*
 * MSI-X: the table, masks, pending bits, notifiers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "pci-test-board.h"

#define DEVFN      PCI_DEVFN(3, 0)
#define TABLE      0xe0000000
#define PBA        (TABLE + 0x800)
#define ENTRY(v)   (TABLE + (v)*16)
#define MAILBOX(v) (0x2000 + (v)*4)

static PCIDevice *dev;
static int cap;

static void set_control(uint16_t value)
{
    cfg_write(0, DEVFN, cap + PCI_MSIX_FLAGS, value, 2);
}

/* All four vectors used, with a message to their mailbox, masked. */
static void start(void)
{
    PCIBus *bus = board_start("pc", 16 * MiB)->bus;

    dev = PCI_DEVICE(test_pci_new(bus, "3", NULL, &error_abort));
    cap = pci_find_capability(dev, PCI_CAP_ID_MSIX);
    cfg_write(0, DEVFN, PCI_BASE_ADDRESS_1, TABLE, 4);
    cfg_write(0, DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
              2);
    for (int v = 0; v < TEST_PCI_VECTORS; v++) {
        g_assert_true(msix_vector_use(dev, v));
        mem_write(ENTRY(v), MAILBOX(v), 8);
        mem_write(ENTRY(v) + 8, 0x100 + v, 4);
    }
}

static void unmask(int v)
{
    mem_write(ENTRY(v) + 12, 0, 4);
}

static void mask(int v)
{
    mem_write(ENTRY(v) + 12, 1, 4);
}

/* The message of vector v that has come since the last call, or 0. */
static uint32_t take_message(int v)
{
    uint32_t data = mem_read(MAILBOX(v), 4);

    mem_write(MAILBOX(v), 0, 4);
    return data;
}

static void test_layout(void)
{
    static const struct {
        unsigned vectors;
        uint32_t bar_mask, pba;
    } cases[] = {
        {1, 0xfffff000, 0x801},     {128, 0xfffff000, 0x801},
        {129, 0xfffff000, 0x811},   {200, 0xfffff000, 0xc81},
        {300, 0xffffe000, 0x12c1},  {1024, 0xffff8000, 0x4001},
        {2048, 0xffff0000, 0x8001},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        PCIBus *bus = board_start("pc", 16 * MiB)->bus;
        g_autofree char *props =
            g_strdup_printf("vectors=%u", cases[i].vectors);

        dev = PCI_DEVICE(test_pci_new(bus, "3", props, &error_abort));
        cap = pci_find_capability(dev, PCI_CAP_ID_MSIX);
        g_assert_cmpint(cfg_read(0, DEVFN, cap + PCI_MSIX_FLAGS, 2), ==,
                        cases[i].vectors - 1);
        g_assert_cmphex(cfg_read(0, DEVFN, cap + PCI_MSIX_TABLE, 4), ==, 1);
        g_assert_cmphex(cfg_read(0, DEVFN, cap + PCI_MSIX_PBA, 4), ==,
                        cases[i].pba);
        cfg_write(0, DEVFN, PCI_BASE_ADDRESS_1, 0xffffffff, 4);
        g_assert_cmphex(cfg_read(0, DEVFN, PCI_BASE_ADDRESS_1, 4), ==,
                        cases[i].bar_mask);
        g_assert_cmpint(msix_nr_vectors_allocated(dev), ==, cases[i].vectors);
        board_stop();
    }
}

static void test_table(void)
{
    start();
    g_assert_cmphex(mem_read(ENTRY(0) + 12, 4), ==, 1);
    g_assert_cmphex(mem_read(ENTRY(1), 8), ==, MAILBOX(1));
    g_assert_cmphex(mem_read(ENTRY(1) + 8, 8), ==, UINT64_C(0x100000101));
    /* Reserved bits; bytes, words and unaligned accesses are refused. */
    mem_write(ENTRY(2), UINT64_MAX, 8);
    mem_write(ENTRY(2) + 12, UINT32_MAX, 4);
    g_assert_cmphex(mem_read(ENTRY(2), 8), ==, ~UINT64_C(3));
    g_assert_cmphex(mem_read(ENTRY(2) + 12, 4), ==, 1);
    mem_write(ENTRY(2) + 12, 0, 1);
    mem_write(ENTRY(2) + 13, 0, 4);
    g_assert_cmphex(mem_read(ENTRY(2) + 12, 4), ==, 1);
    /* Behind the last entry. */
    mem_write(ENTRY(TEST_PCI_VECTORS), 0, 8);
    g_assert_cmphex(mem_read(ENTRY(TEST_PCI_VECTORS), 4), ==, 0xffffffff);
    g_assert_cmphex(cfg_read(0, DEVFN, cap + PCI_MSIX_FLAGS, 2), ==,
                    TEST_PCI_VECTORS - 1);
    set_control(0xffff);
    g_assert_cmphex(cfg_read(0, DEVFN, cap + PCI_MSIX_FLAGS, 2), ==,
                    0xc000 | (TEST_PCI_VECTORS - 1));
    board_stop();
}

/* The guest cannot make one device's interrupt another one's kick. */
static void test_message_to_registers(void)
{
    TestPCI *t;

    start();
    t = TEST_PCI(dev);
    cfg_write(0, DEVFN, PCI_BASE_ADDRESS_2, 0xe0010000, 4);
    mem_write(0xe0010000, 0x55, 4);
    g_assert_cmphex(t->last_write, ==, 0x55);
    set_control(PCI_MSIX_FLAGS_ENABLE);
    mem_write(ENTRY(0), 0xe0010000, 8);
    unmask(0);
    msix_notify(dev, 0);
    g_assert_cmphex(t->last_write, ==, 0x55);
    /* To its own table: that would have masked vector 1. */
    mem_write(ENTRY(0), ENTRY(1) + 12, 8);
    unmask(1);
    msix_notify(dev, 0);
    g_assert_cmphex(mem_read(ENTRY(1) + 12, 4), ==, 0);
    msix_notify(dev, 1);
    g_assert_cmphex(take_message(1), ==, 0x101);
    board_stop();
}

static void test_notify(void)
{
    start();
    unmask(0);
    msix_notify(dev, 0); /* off: ignored, not remembered */
    set_control(PCI_MSIX_FLAGS_ENABLE);
    g_assert_cmphex(take_message(0), ==, 0);
    msix_notify(dev, 0);
    g_assert_cmphex(take_message(0), ==, 0x100);
    /* Masked by its own bit: pending, sent once when unmasked. */
    msix_notify(dev, 1);
    msix_notify(dev, 1);
    g_assert_cmphex(take_message(1), ==, 0);
    g_assert_true(msix_is_pending(dev, 1));
    g_assert_cmphex(mem_read(PBA, 4), ==, 2);
    unmask(1);
    g_assert_cmphex(take_message(1), ==, 0x101);
    g_assert_cmphex(mem_read(PBA, 8), ==, 0);
    mask(1);
    unmask(1);
    g_assert_cmphex(take_message(1), ==, 0);
    /* By the function mask. */
    set_control(PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    msix_notify(dev, 0);
    msix_notify(dev, 3);
    unmask(3);
    g_assert_cmphex(mem_read(PBA, 4), ==, 9);
    set_control(PCI_MSIX_FLAGS_ENABLE);
    g_assert_cmphex(take_message(0), ==, 0x100);
    g_assert_cmphex(take_message(3), ==, 0x103);
    g_assert_cmphex(mem_read(PBA, 4), ==, 0);
    /* Written by one byte, as some drivers do. */
    cfg_write(0, DEVFN, cap + PCI_MSIX_FLAGS + 1, 0xc0, 1);
    g_assert_true(msix_is_masked(dev, 0));
    /* Out of range, unused. */
    msix_notify(dev, TEST_PCI_VECTORS);
    msix_notify(dev, UINT_MAX);
    g_assert_false(msix_vector_use(dev, TEST_PCI_VECTORS));
    msix_vector_unuse(dev, TEST_PCI_VECTORS);
    board_stop();
}

static void test_use_counts(void)
{
    start();
    set_control(PCI_MSIX_FLAGS_ENABLE);
    g_assert_true(msix_vector_use(dev, 1));
    msix_notify(dev, 1);
    msix_vector_unuse(dev, 1);
    g_assert_true(msix_is_pending(dev, 1));
    msix_vector_unuse(dev, 1);
    g_assert_false(msix_is_pending(dev, 1));
    msix_notify(dev, 1);
    g_assert_false(msix_is_pending(dev, 1));
    msix_vector_unuse(dev, 1); /* once too often */
    unmask(1);
    g_assert_cmphex(take_message(1), ==, 0);
    board_stop();
}

static void test_pba_read_only(void)
{
    start();
    set_control(PCI_MSIX_FLAGS_ENABLE);
    msix_notify(dev, 2);
    mem_write(PBA, 0, 8);
    g_assert_cmphex(mem_read(PBA, 8), ==, 4);
    mem_write(PBA, UINT64_MAX, 8);
    g_assert_cmphex(mem_read(PBA, 8), ==, 4);
    mem_write(PBA, UINT64_MAX, 4);
    mem_write(PBA, UINT64_MAX, 1);
    g_assert_cmphex(mem_read(PBA + 4, 4), ==, 0);
    board_stop();
}

static void test_reset(void)
{
    start();
    set_control(PCI_MSIX_FLAGS_ENABLE);
    unmask(0);
    msix_notify(dev, 1);
    pci_device_reset(dev);
    g_assert_false(msix_enabled(dev));
    g_assert_true(msix_is_masked(dev, 0));
    g_assert_false(msix_is_pending(dev, 1));
    g_assert_cmphex(msix_get_message(dev, 0).address, ==, 0);
    board_stop();
}

/* ------------------------------------------------------------- notifiers */

static int uses[TEST_PCI_VECTORS], releases[TEST_PCI_VECTORS];
static MSIMessage last_message;
static bool refuse;

static int note_use(PCIDevice *d, unsigned vector, MSIMessage msg)
{
    uses[vector]++;
    last_message = msg;
    return refuse ? -1 : 0;
}

static void note_release(PCIDevice *d, unsigned vector)
{
    releases[vector]++;
}

static const MSIXVectorNotifier notifier = {note_use, note_release};

static void test_notifiers(void)
{
    start();
    unmask(0);
    set_control(PCI_MSIX_FLAGS_ENABLE);
    msix_set_vector_notifiers(dev, &notifier);
    g_assert_cmpint(uses[0], ==, 1); /* was unmasked already */
    g_assert_cmpint(uses[1], ==, 0);
    unmask(1);
    g_assert_cmpint(uses[1], ==, 1);
    g_assert_cmphex(last_message.address, ==, MAILBOX(1));
    g_assert_cmphex(last_message.data, ==, 0x101);
    /* A message that changes under an unmasked vector. */
    mem_write(ENTRY(1) + 8, 0x55, 4);
    g_assert_cmpint(releases[1], ==, 1);
    g_assert_cmpint(uses[1], ==, 2);
    g_assert_cmphex(last_message.data, ==, 0x55);
    mask(1);
    mask(1);
    g_assert_cmpint(releases[1], ==, 2);
    /* use() failed: no release is owed. */
    refuse = true;
    unmask(2);
    mask(2);
    g_assert_cmpint(uses[2], ==, 1);
    g_assert_cmpint(releases[2], ==, 0);
    refuse = false;
    /* Off for all, on again. */
    set_control(0);
    g_assert_cmpint(releases[0], ==, 1);
    set_control(PCI_MSIX_FLAGS_ENABLE);
    g_assert_cmpint(uses[0], ==, 2);
    msix_set_vector_notifiers(dev, NULL);
    g_assert_cmpint(releases[0], ==, 2);
    unmask(1);
    g_assert_cmpint(uses[1], ==, 2);
    board_stop();
    g_assert_cmpint(releases[0], ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/pci/msix/layout", test_layout);
    g_test_add_func("/pci/msix/table", test_table);
    g_test_add_func("/pci/msix/message-to-registers",
                    test_message_to_registers);
    g_test_add_func("/pci/msix/notify", test_notify);
    g_test_add_func("/pci/msix/use-counts", test_use_counts);
    g_test_add_func("/pci/msix/pba-read-only-CVE-2015-7549",
                    test_pba_read_only);
    g_test_add_func("/pci/msix/reset", test_reset);
    g_test_add_func("/pci/msix/notifiers", test_notifiers);
    return g_test_run();
}
