/*
 * Base address registers: sizing, mapping, moving, and the values that map
 * nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <glib/gstdio.h>

#include "pci-test-board.h"

#define DEVFN  PCI_DEVFN(3, 0)
#define BAR(n) (PCI_BASE_ADDRESS_0 + (n)*4)

static TestPCI *start(void)
{
    PCIBus *bus = board_start("pc", 64 * MiB)->bus;
    TestPCI *t = test_pci_new(bus, "3", NULL, &error_abort);

    cfg_write(0, DEVFN, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY, 2);
    return t;
}

static uint32_t size_bar(int n)
{
    uint32_t old = cfg_read(0, DEVFN, BAR(n), 4), mask;

    cfg_write(0, DEVFN, BAR(n), 0xffffffff, 4);
    mask = cfg_read(0, DEVFN, BAR(n), 4);
    cfg_write(0, DEVFN, BAR(n), old, 4);
    return mask;
}

static void test_sizing(void)
{
    start();
    g_assert_cmphex(size_bar(0), ==, 0xffffffe1);
    g_assert_cmphex(size_bar(1), ==, 0xfffff000);
    g_assert_cmphex(size_bar(2), ==, 0xfffff000);
    g_assert_cmphex(size_bar(3), ==, 0);
    g_assert_cmphex(size_bar(4), ==, 0xffff000c);
    g_assert_cmphex(size_bar(5), ==, 0xffffffff);
    g_assert_cmphex(size_bar(0), ==, 0xffffffe1);
    /* The same by bytes. */
    for (int i = 0; i < 4; i++) {
        cfg_write(0, DEVFN, BAR(2) + i, 0xff, 1);
    }
    g_assert_cmphex(cfg_read(0, DEVFN, BAR(2), 4), ==, 0xfffff000);
    board_stop();
}

static void test_mapping(void)
{
    TestPCI *t = start();
    PCIDevice *dev = &t->parent_obj;

    g_assert_cmphex(pci_get_bar_addr(dev, 2), ==, PCI_BAR_UNMAPPED);
    g_assert_cmphex(mem_read(0xe0000000, 4), ==, 0xffffffff);
    cfg_write(0, DEVFN, BAR(2), 0xe0000000, 4);
    g_assert_cmphex(pci_get_bar_addr(dev, 2), ==, 0xe0000000);
    g_assert_cmphex(mem_read(0xe0000000, 4), ==, 0x23222120);
    mem_write(0xe0000ffc, 0x77, 4);
    g_assert_cmphex(t->last_write, ==, 0x77);
    /* Moved while live; the old place is empty. */
    cfg_write(0, DEVFN, BAR(2), 0xe1234567, 4);
    g_assert_cmphex(cfg_read(0, DEVFN, BAR(2), 4), ==, 0xe1234000);
    g_assert_cmphex(mem_read(0xe1234002, 2), ==, 0x2322);
    g_assert_cmphex(mem_read(0xe0000000, 4), ==, 0xffffffff);

    cfg_write(0, DEVFN, BAR(0), 0xc000, 4);
    g_assert_cmphex(port_read(0xc004, 2), ==, 0x0504);
    port_write(0xc01f, 0x5a, 1);
    g_assert_cmphex(t->last_write, ==, 0x5a);
    g_assert_cmphex(port_read(0xc020, 1), ==, 0xff);

    /* Each decoder has its switch. */
    cfg_write(0, DEVFN, PCI_COMMAND, PCI_COMMAND_IO, 2);
    g_assert_cmphex(mem_read(0xe1234000, 4), ==, 0xffffffff);
    g_assert_cmphex(port_read(0xc004, 2), ==, 0x0504);
    cfg_write(0, DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    g_assert_cmphex(port_read(0xc004, 2), ==, 0xffff);
    g_assert_cmphex(mem_read(0xe1234000, 4), ==, 0x23222120);
    board_stop();
}

static void test_64bit(void)
{
    TestPCI *t = start();
    PCIDevice *dev = &t->parent_obj;

    cfg_write(0, DEVFN, BAR(4), 0xfe000000, 4);
    g_assert_cmphex(pci_get_bar_addr(dev, 4), ==, 0xfe000000);
    /* The second of the two writes moves it. */
    cfg_write(0, DEVFN, BAR(5), 0x12, 4);
    g_assert_cmphex(pci_get_bar_addr(dev, 4), ==, UINT64_C(0x12fe000000));
    g_assert_cmphex(mem_read(UINT64_C(0x12fe00fffe), 2), ==, 0x4f4e);
    g_assert_cmphex(mem_read(0xfe000000, 4), ==, 0xffffffff);
    /* From 4 GiB on, where the low dword is 0. */
    cfg_write(0, DEVFN, BAR(4), 0, 4);
    cfg_write(0, DEVFN, BAR(5), 1, 4);
    g_assert_cmphex(pci_get_bar_addr(dev, 4), ==, 4 * GiB);
    /* All ones, and the last place of all. */
    cfg_write(0, DEVFN, BAR(5), 0xffffffff, 4);
    cfg_write(0, DEVFN, BAR(4), 0xffffffff, 4);
    g_assert_cmphex(pci_get_bar_addr(dev, 4), ==, PCI_BAR_UNMAPPED);
    cfg_write(0, DEVFN, BAR(4), 0xfffe0000, 4);
    g_assert_cmphex(pci_get_bar_addr(dev, 4), ==, UINT64_C(0xfffffffffffe0000));
    g_assert_cmphex(mem_read(UINT64_C(0xfffffffffffe0000), 1), ==, 0x40);
    board_stop();
}

static void test_edges(void)
{
    static const struct {
        int bar;
        uint32_t value;
        bool mapped;
    } cases[] = {
        {2, 0, false},          {2, 0xfff, false},      {2, 0x1000, true},
        {2, 0xffffe000, true},  {2, 0xfffff000, false}, {2, 0xffffffff, false},
        {0, 0, false},          {0, 0x1f, false},       {0, 0x20, true},
        {0, 0xffe0, true},      {0, 0x10000, false},    {0, 0xffffffff, false},
        {1, 0xfffff000, false}, {1, 0x80000000, true},
    };
    TestPCI *t = start();

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        cfg_write(0, DEVFN, BAR(cases[i].bar), cases[i].value, 4);
        g_assert_cmpint(pci_get_bar_addr(&t->parent_obj, cases[i].bar) !=
                            PCI_BAR_UNMAPPED,
                        ==, cases[i].mapped);
    }
    board_stop();
}

/* A BAR over RAM, over a chip and over another BAR. */
static void test_overlap(void)
{
    TestPCI *t = start();

    mem_write(0x100000, 0xcafe, 4);
    cfg_write(0, DEVFN, BAR(2), 0x100000, 4);
    g_assert_cmphex(pci_get_bar_addr(&t->parent_obj, 2), ==, 0x100000);
    g_assert_cmphex(mem_read(0x100000, 4), ==, 0xcafe);
    cfg_write(0, DEVFN, BAR(2), 0xfec00000, 4);
    mem_write(0xfec00000, 1, 4);
    g_assert_cmphex(mem_read(0xfec00010, 4), ==, 0x00170020);
    cfg_write(0, DEVFN, BAR(2), 0xe0000000, 4);
    cfg_write(0, DEVFN, BAR(4), 0xe0000000, 4);
    cfg_write(0, DEVFN, BAR(1), 0xe0000000, 4);
    mem_read(0xe0000000, 4);
    cfg_write(0, DEVFN, BAR(1), 0, 4);
    cfg_write(0, DEVFN, BAR(2), 0, 4);
    g_assert_cmphex(mem_read(0xe0000000, 4), ==, 0x43424140);
    /* The configuration ports themselves. */
    cfg_write(0, DEVFN, BAR(0), 0xce0, 4);
    g_assert_cmphex(port_read(0xce4, 1), ==, 0x04);
    board_stop();
}

/* Every offset and size of every BAR, and around it. */
static void test_fuzz_accesses(void)
{
    static const uint64_t bases[] = {0xe0000000, 0xe0010000, 0xe0020000};
    TestPCI *t = start();

    cfg_write(0, DEVFN, BAR(1), bases[0], 4);
    cfg_write(0, DEVFN, BAR(2), bases[1], 4);
    cfg_write(0, DEVFN, BAR(4), bases[2], 4);
    cfg_write(0, DEVFN, BAR(0), 0xc000, 4);
    for (unsigned b = 0; b < G_N_ELEMENTS(bases); b++) {
        for (int off = -8; off < 4096 + 8; off++) {
            for (unsigned len = 1; len <= 8; len *= 2) {
                mem_write(bases[b] + off, UINT64_MAX, len);
                mem_read(bases[b] + off, len);
            }
        }
    }
    for (int off = -8; off < 40; off++) {
        for (unsigned len = 1; len <= 4; len *= 2) {
            port_write(0xc000 + off, UINT32_MAX, len);
            port_read(0xc000 + off, len);
        }
    }
    g_assert_cmphex(cfg_read(0, DEVFN, PCI_VENDOR_ID, 2), ==, 0x1234);
    g_assert_cmpint(t->resets, ==, 0);
    board_stop();
}

static void test_rom(void)
{
    g_autofree char *path = NULL;
    g_autofree char *props = NULL;
    g_autofree char *props_off = NULL;
    PCIBus *bus = board_start("pc", 16 * MiB)->bus;
    PCIDevice *dev;
    Error *err = NULL;
    int fd = g_file_open_tmp("pci-rom-XXXXXX", &path, NULL);

    g_assert_cmpint(write(fd, "\x55\xaa rom", 6), ==, 6);
    g_assert_cmpint(ftruncate(fd, 5000), ==, 0);
    close(fd);
    props = g_strdup_printf("romfile=%s", path);
    dev = PCI_DEVICE(test_pci_new(bus, "3", props, &error_abort));
    cfg_write(0, DEVFN, PCI_ROM_ADDRESS, 0xffffffff, 4);
    g_assert_cmphex(cfg_read(0, DEVFN, PCI_ROM_ADDRESS, 4), ==, 0xffffe001);
    cfg_write(0, DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    cfg_write(0, DEVFN, PCI_ROM_ADDRESS, 0xe0000000, 4);
    g_assert_cmphex(mem_read(0xe0000000, 2), ==, 0xffff);
    cfg_write(0, DEVFN, PCI_ROM_ADDRESS, 0xe0000001, 4);
    g_assert_cmphex(mem_read(0xe0000000, 2), ==, 0xaa55);
    mem_write(0xe0000000, 0, 2);
    g_assert_cmphex(mem_read(0xe0000000, 2), ==, 0xaa55);
    object_unparent(OBJECT(dev));
    g_assert_cmphex(mem_read(0xe0000000, 2), ==, 0xffff);

    props_off = g_strdup_printf("romfile=%s,rombar=0", path);
    test_pci_new(bus, "3", props_off, &error_abort);
    g_assert_cmphex(size_bar(8), ==, 0); /* register 0x30 */
    g_free(props);
    props = g_strdup_printf("romfile=%s,romsize=4096", path);
    g_assert_null(test_pci_new(bus, "4", props, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "(5000 bytes) is too large "
                                                   "for ROM size 4096"));
    error_free(err);
    g_unlink(path);
    board_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/pci/bar/sizing", test_sizing);
    g_test_add_func("/pci/bar/mapping", test_mapping);
    g_test_add_func("/pci/bar/64bit", test_64bit);
    g_test_add_func("/pci/bar/edges", test_edges);
    g_test_add_func("/pci/bar/overlap", test_overlap);
    g_test_add_func("/pci/bar/bar-fuzz-1-2-4-8", test_fuzz_accesses);
    g_test_add_func("/pci/bar/rom", test_rom);
    return g_test_run();
}
