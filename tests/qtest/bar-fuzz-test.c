/*
 * Register accesses no driver makes: every BAR and the configuration space at
 * every offset and width, BARs that move under a running device, bus master
 * switched off and on, bridges.
 *
 * What is asked of the emulator is that it answers, and that afterwards the
 * device works.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/qtest/lib/qsocket.h"
#include "tests/qtest/lib/qvnet.h"

#define NEEDS_RESET 0x40

static const QVNetMode modern = { .mergeable = true, .event_idx = true };

static void check_works(QTestState *qts, int fd, bool legacy)
{
    QVNetMode mode = { .legacy = legacy, .mergeable = true };
    uint8_t frame[200], got[70000];
    ssize_t len;
    QVNet n;

    qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &mode, 0, 1);
    qsocket_fill(frame, 200, 77);
    g_assert_true(qvnet_send(&n, NULL, frame, 200));
    do {
        len = qsocket_recv(fd, got, sizeof(got), 5000);
        g_assert_cmpint(len, >, 0);
    } while (len != 200);
    g_assert_cmpmem(frame, 200, got, 200);
    qsocket_send(fd, frame, 200);
    do {
        len = qvnet_recv(&n, 0, NULL, got, sizeof(got), 5000);
        g_assert_cmpint(len, >, 0);
    } while (len != 200);
    qvnet_stop(&n);
}

/* ------------------------------------------------------------------ batch */

/* Lines to send together. */
typedef struct Batch {
    QTestState *qts;
    GPtrArray *lines;
} Batch;

static void batch_init(Batch *b, QTestState *qts)
{
    b->qts = qts;
    b->lines = g_ptr_array_new_with_free_func(g_free);
}

static void G_GNUC_PRINTF(2, 3) batch_add(Batch *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    g_ptr_array_add(b->lines, g_strdup_vprintf(fmt, ap));
    va_end(ap);
}

/* Every line must be answered with OK. */
static void batch_run(Batch *b)
{
    size_t n = b->lines->len;
    g_autofree char **replies = g_new0(char *, n);

    qtest_raw_batch(b->qts, (char **)b->lines->pdata, replies, n);
    for (size_t i = 0; i < n; i++) {
        if (!g_str_has_prefix(replies[i], "OK")) {
            g_error("'%s' answered '%s'", (char *)b->lines->pdata[i],
                    replies[i]);
        }
        g_free(replies[i]);
    }
    g_ptr_array_set_size(b->lines, 0);
}

static void batch_end(Batch *b)
{
    g_ptr_array_free(b->lines, true);
}

static const char widths[] = { 'b', 'w', 'l', 'q' };

static void add_access(Batch *b, const QPCIBar *bar, uint64_t offset,
                       int width, uint64_t val)
{
    uint64_t at = bar->addr + offset;
    char w = widths[width];

    if (bar->is_io) {
        if (width < 3) {
            batch_add(b, "in%c 0x%" PRIx64, w, at);
            batch_add(b, "out%c 0x%" PRIx64 " 0x%" PRIx64, w, at, val);
        }
        return;
    }
    batch_add(b, "read%c 0x%" PRIx64, w, at);
    batch_add(b, "write%c 0x%" PRIx64 " 0x%" PRIx64, w, at, val);
}

/* Every offset, over the end as well; of a large BAR, whose pages are all
 * alike, only both ends of some. */
static void fuzz_bar(Batch *b, const QPCIBar *bar, uint64_t val)
{
    for (uint64_t offset = 0; offset < bar->size + 8; offset++) {
        if (offset >= 32 * KiB && ((offset + 8) % 4096 >= 16 ||
                                   !is_power_of_2((offset + 8) / 4096))) {
            continue;
        }
        for (int width = 0; width < 4; width++) {
            add_access(b, bar, offset, width, val);
        }
        if (b->lines->len > 8192) {
            batch_run(b);
        }
    }
    batch_run(b);
}

/* The registers are a device's while it runs, or one nobody has started.
 * covers DPL-01, DCC-01, DCC-05 */
static void test_bars(const void *opaque)
{
    static const uint64_t values[] = { 0, UINT64_MAX,
                                       UINT64_C(0x0101010101010101) };
    bool legacy = GPOINTER_TO_INT(opaque) & 1;
    const char *options = GPOINTER_TO_INT(opaque) & 2
        ? ",modern-pio-notify=on,page-per-vq=on,ioeventfd=off" : "";
    QVNetMode mode = { .legacy = legacy, .mergeable = true };
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", options);
    Batch b;
    QVNet n;

    batch_init(&b, qts);
    for (int i = 0; i < ARRAY_SIZE(values); i++) {
        qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &mode, 0, 1);
        for (int bar = 0; bar < 6; bar++) {
            if (n.v.pci.bars[bar].addr) {
                fuzz_bar(&b, &n.v.pci.bars[bar], values[i]);
            }
        }
        qvnet_stop(&n);
        g_assert_true(qtest_alive(qts));
        check_works(qts, fd, legacy);
    }
    batch_end(&b);
    close(fd);
    qtest_quit(qts);
}

static unsigned random_below(unsigned n)
{
    return (uint32_t)g_test_rand_int() % n;
}

/* Random words to random registers, reproducible from the seed. */
static void test_random(void)
{
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    Batch b;
    QVNet n;

    batch_init(&b, qts);
    for (int round = 0; round < 8; round++) {
        qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &modern, 0, 1);
        for (int i = 0; i < 4000; i++) {
            static const int bars[] = { 0, 1, 4 };
            const QPCIBar *bar = &n.v.pci.bars[bars[random_below(3)]];
            /* Mostly where the registers are. */
            uint64_t offset = random_below(random_below(4) ? 64 : 16384);
            uint64_t page = random_below(4) * 4096;

            add_access(&b, bar, (page + offset) % bar->size, random_below(4),
                       random_below(random_below(2) ? 8 : UINT32_MAX));
        }
        batch_run(&b);
        qvnet_stop(&n);
        check_works(qts, fd, round & 1);
    }
    batch_end(&b);
    close(fd);
    qtest_quit(qts);
}

/* ----------------------------------------------------- configuration space */

static void add_config(Batch *b, uint8_t bus, unsigned devfn, unsigned offset,
                       int width, uint32_t val)
{
    batch_add(b, "outl 0xcf8 0x%x",
              1u << 31 | bus << 16 | devfn << 8 | (offset & 0xfc));
    batch_add(b, "in%c 0x%x", widths[width], 0xcfc + (offset & 3));
    batch_add(b, "out%c 0x%x 0x%x", widths[width], 0xcfc + (offset & 3), val);
}

static void fuzz_config(Batch *b, uint8_t bus, unsigned devfn, uint32_t val)
{
    for (unsigned offset = 0; offset < 256; offset++) {
        for (int width = 0; width < 3; width++) {
            add_config(b, bus, devfn, offset, width, val);
        }
    }
    batch_run(b);
}

/* covers DPC-01, PB-01 */
static void test_config(void)
{
    static const uint32_t values[] = { 0xffffffff, 0, 0x55555555, 0xaaaaaaaa,
                                       0x80000001 };
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    uint32_t id, class_rev, subsystem;
    QPCIDevice dev;
    Batch b;
    QVNet n;

    batch_init(&b, qts);
    qpci_device_init(&dev, qts, 0, QSOCKET_DEVFN);
    id = qpci_config_read(&dev, 0, 4);
    class_rev = qpci_config_read(&dev, 8, 4);
    subsystem = qpci_config_read(&dev, 0x2c, 4);
    for (int i = 0; i < ARRAY_SIZE(values); i++) {
        qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &modern, 0, 1);
        fuzz_config(&b, 0, QSOCKET_DEVFN, values[i]);
        g_assert_cmphex(qpci_config_read(&dev, 0, 4), ==, id);
        g_assert_cmphex(qpci_config_read(&dev, 8, 4), ==, class_rev);
        g_assert_cmphex(qpci_config_read(&dev, 0x2c, 4), ==, subsystem);
        g_assert_cmphex(qpci_config_read(&dev, 0x40, 4) & 0xff,
                        ==, qpci_config_read(&dev, 0x40, 1));
        /* Whatever was written to the command register: as firmware would. */
        qpci_config_write(&dev, PCI_COMMAND, 0, 2);
        qpci_device_enable(&n.v.pci);
        qpci_msix_disable(&n.v.pci);
        qvnet_stop(&n);
        check_works(qts, fd, false);
    }
    batch_end(&b);
    close(fd);
    qtest_quit(qts);
}

/* Every function of the bus, the board's own too. */
static void test_config_board(const void *opaque)
{
    const char *machine = opaque;
    QTestState *qts = qtest_initf(
        "-machine %s -device virtio-net-pci,addr=4 "
        "-device pci-bridge,id=br,chassis_nr=1,addr=5 "
        "-device virtio-net-pci,bus=br,addr=1", machine);
    Batch b;

    batch_init(&b, qts);
    for (int round = 0; round < 2; round++) {
        for (unsigned devfn = 0; devfn < 256; devfn++) {
            if (qpci_device_present(qts, 0, devfn)) {
                fuzz_config(&b, 0, devfn, round ? 0xffffffff : 0x5a5a5a5a);
            }
        }
    }
    /* Addresses that name nothing. */
    for (unsigned port = 0xcf8; port < 0xd00; port++) {
        for (int width = 0; width < 3; width++) {
            batch_add(&b, "out%c 0x%x 0x%x", widths[width], port, 0xffffffff);
            batch_add(&b, "in%c 0x%x", widths[width], port);
        }
    }
    batch_run(&b);
    g_assert_true(qtest_alive(qts));
    json_decref(qtest_qmp_ok(qts, "{'execute': 'system_reset'}"));
    json_decref(qtest_qmp_ok(qts, "{'execute': 'query-pci'}"));
    g_assert_true(qpci_device_present(qts, 0, QPCI_DEVFN(4, 0)));
    batch_end(&b);
    qtest_quit(qts);
}

/* ------------------------------------------------------------- relocation */

static void expect_traffic(QVNet *n, int fd)
{
    uint8_t frame[90], got[90];

    qsocket_fill(frame, 90, 4);
    g_assert_true(qvnet_send(n, NULL, frame, 90));
    g_assert_cmpint(qsocket_recv(fd, got, 90, 5000), ==, 90);
    g_assert_cmpmem(frame, 90, got, 90);
    qsocket_send(fd, frame, 90);
    g_assert_cmpint(qvnet_recv(n, 0, NULL, got, 90, 5000), ==, 90);
    g_assert_cmpmem(frame, 90, got, 90);
}

/* What a read finds where nobody answers: all ones, as on a bus. */
static uint32_t nothing_there(void)
{
    return qtest_is_ours() ? 0xffffffff : 0;
}

static void test_relocate(void)
{
    static const uint64_t places[] = { 0xe2000000, 0xf0000000, 0xfea00000,
                                       UINT64_C(0x800000000), 0xe1100000 };
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    QPCIBar *bar;
    QVNet n;

    qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &modern, 0, 1);
    bar = &n.v.pci.bars[4];
    for (int i = 0; i < ARRAY_SIZE(places); i++) {
        uint64_t old = bar->addr;

        /* Its own doorbells move while the queues run. */
        qpci_config_write(&n.v.pci, PCI_BASE_ADDRESS_4, places[i], 4);
        qpci_config_write(&n.v.pci, PCI_BASE_ADDRESS_5, places[i] >> 32, 4);
        bar->addr = places[i];
        expect_traffic(&n, fd);
        g_assert_cmphex(qtest_read(qts, old, 4), ==, nothing_there());
    }
    /* On top of RAM, of a chip, of the MSI-X table: RAM stays RAM. */
    qtest_write(qts, 0x200000, 0x12345678, 4);
    qpci_config_write(&n.v.pci, PCI_BASE_ADDRESS_4, 0x200000, 4);
    qpci_config_write(&n.v.pci, PCI_BASE_ADDRESS_5, 0, 4);
    if (qtest_is_ours()) {
        g_assert_cmphex(qtest_read(qts, 0x200000, 4), ==, 0x12345678);
    }
    qpci_config_write(&n.v.pci, PCI_BASE_ADDRESS_4, 0xfec00000, 4);
    qpci_config_write(&n.v.pci, PCI_BASE_ADDRESS_4, n.v.pci.bars[1].addr, 4);
    qpci_config_write(&n.v.pci, PCI_BASE_ADDRESS_4, 0xfffffff0, 4);
    qpci_config_write(&n.v.pci, PCI_BASE_ADDRESS_5, 0xffffffff, 4);
    qpci_config_write(&n.v.pci, PCI_BASE_ADDRESS_5, 0, 4);
    qpci_config_write(&n.v.pci, PCI_BASE_ADDRESS_4, places[0], 4);
    bar->addr = places[0];
    expect_traffic(&n, fd);
    /* Memory decoding off and on. */
    qpci_config_write(&n.v.pci, PCI_COMMAND, PCI_COMMAND_MASTER, 2);
    g_assert_cmphex(qtest_read(qts, places[0], 4), ==, nothing_there());
    qpci_config_write(&n.v.pci, PCI_COMMAND, 7, 2);
    expect_traffic(&n, fd);
    qvnet_stop(&n);
    close(fd);
    qtest_quit(qts);
}

/* Without bus mastering a device reads and writes no memory. */
static void test_bus_master(void)
{
    uint8_t frame[90], got[90];
    uint16_t before, head;
    uint32_t len;
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    QVNet n;

    if (!qtest_is_ours()) {
        g_test_skip("stock QEMU does not resume by itself");
        close(fd);
        qtest_quit(qts);
        return;
    }
    qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &modern, 0, 1);
    expect_traffic(&n, fd);
    for (int round = 0; round < 3; round++) {
        qpci_config_write(&n.v.pci, PCI_COMMAND, 3, 2);
        memcpy(&before, n.pair[0].rx.used_p + 2, 2);
        qsocket_fill(frame, 90, round);
        qsocket_send(fd, frame, 90);
        g_assert_true(qvnet_send_nowait(&n, 0, NULL, frame, 90));
        qvirtqueue_kick_always(&n.pair[0].tx);
        g_assert_cmpint(qsocket_recv(fd, got, 90, 20), ==, -1);
        g_assert_cmpmem(&before, 2, n.pair[0].rx.used_p + 2, 2);
        qpci_config_write(&n.v.pci, PCI_COMMAND, 7, 2);
        g_assert_true(qvirtqueue_wait(&n.pair[0].tx, &head, &len));
        g_assert_cmpint(qsocket_recv(fd, got, 90, 5000), ==, 90);
        g_assert_cmpmem(frame, 90, got, 90);
        g_assert_cmpint(qvnet_recv(&n, 0, NULL, got, 90, 5000), ==, 90);
        g_assert_cmpmem(frame, 90, got, 90);
    }
    g_assert_cmphex(qvirtio_get_status(&n.v) & NEEDS_RESET, ==, 0);
    qvnet_stop(&n);
    close(fd);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/hazard/bar-fuzz-1-2-4-8/modern", (void *)0,
                         test_bars);
    g_test_add_data_func("/hazard/bar-fuzz-1-2-4-8/legacy", (void *)1,
                         test_bars);
    g_test_add_data_func("/hazard/bar-fuzz-1-2-4-8/doorbells", (void *)2,
                         test_bars);
    g_test_add_func("/hazard/bar-fuzz-random", test_random);
    g_test_add_func("/pci/config-fuzz/device", test_config);
    g_test_add_data_func("/pci/config-fuzz/pc", "pc", test_config_board);
    g_test_add_data_func("/pci/config-fuzz/q35", "q35", test_config_board);
    g_test_add_func("/pci/relocate", test_relocate);
    g_test_add_func("/pci/bus-master", test_bus_master);
    return g_test_run();
}
