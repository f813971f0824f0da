/*
 * The registers of virtio over PCI: ids, capabilities, every field of the
 * common configuration, the status machine, reset.
 *
 * Tests of what is stricter here than in a stock QEMU ask qtest_is_ours();
 * the others hold for both.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/virtio_pci.h>

#include "tests/qtest/lib/qsocket.h"
#include "tests/qtest/lib/qvnet.h"

#define NO_VECTOR 0xffff
#define Q_RESET 58

static const QVNetMode modern = { .mergeable = true };

/* ------------------------------------------------------------ identity */

typedef struct IdCase {
    const char *name;
    const char *device;
    bool behind_port; /* a PCI Express root port */
    bool legacy, modern;
} IdCase;

static const IdCase id_cases[] = {
    { "default", "virtio-net-pci", false, true, true },
    { "port", "virtio-net-pci", true, false, true },
    { "port-transitional", "virtio-net-pci,disable-legacy=off", true, true,
      true },
    { "disable-legacy", "virtio-net-pci,disable-legacy=on", false, false,
      true },
    { "disable-modern", "virtio-net-pci,disable-modern=on", false, true,
      false },
    { "transitional", "virtio-net-pci-transitional", false, true, true },
    { "non-transitional", "virtio-net-pci-non-transitional", false, false,
      true },
    { "disable-legacy-off", "virtio-net-pci,disable-legacy=off", false, true,
      true },
    { "pio-notify", "virtio-net-pci,modern-pio-notify=on", false, true, true },
    { "page-per-vq", "virtio-net-pci,page-per-vq=on", false, true, true },
    { "vectors-0", "virtio-net-pci,vectors=0", false, true, true },
};

/* The secondary bus of the root port gets number 1. */
static void open_port(QTestState *qts)
{
    QPCIDevice port;

    qpci_device_init(&port, qts, 0, QPCI_DEVFN(3, 0));
    qpci_config_write(&port, PCI_PRIMARY_BUS, 0x010100, 4);
    qpci_config_write(&port, PCI_MEMORY_BASE, 0xfdf0e000 | 0x100, 4);
    qpci_config_write(&port, PCI_IO_BASE, 0xf000 | 0xc0, 2);
    qpci_config_write(&port, PCI_COMMAND, 7, 2);
}

static QTestState *start_id_case(const IdCase *c, QPCIDevice *dev)
{
    QTestState *qts = qtest_initf(
        "-machine q35 -netdev hubport,id=h0,hubid=0 %s -device %s,netdev=h0,%s",
        c->behind_port ? "-device pcie-root-port,id=rp,addr=3" : "", c->device,
        c->behind_port ? "bus=rp" : "addr=4");

    if (c->behind_port) {
        open_port(qts);
    }
    qpci_device_init(dev, qts, c->behind_port,
                     c->behind_port ? 0 : QPCI_DEVFN(4, 0));
    return qts;
}

static unsigned capability_count(QPCIDevice *dev)
{
    unsigned n = 0;

    for (uint8_t pos = 0;
         (pos = qpci_find_capability(dev, PCI_CAP_ID_VNDR, pos));) {
        n++;
    }
    return n;
}

/* covers PI-01, PI-02, PI-04, PI-05, PI-06, PIT-01, PIL-01, PIL-02, PIL-03,
 * PLL-01, PLD-01, PM-02 */
static void test_ids(const void *opaque)
{
    const IdCase *c = opaque;
    bool msix = !strstr(c->device, "vectors=0");
    bool pio = strstr(c->device, "pio-notify");
    QPCIDevice dev;
    QTestState *qts = start_id_case(c, &dev);
    uint32_t bar0 = qpci_config_read(&dev, PCI_BASE_ADDRESS_0, 4);
    uint32_t bar4 = qpci_config_read(&dev, PCI_BASE_ADDRESS_4, 4);

    g_assert_cmphex(qpci_config_read(&dev, PCI_VENDOR_ID, 2), ==, 0x1af4);
    g_assert_cmphex(qpci_config_read(&dev, PCI_DEVICE_ID, 2), ==,
                    c->legacy ? 0x1000 : 0x1041);
    g_assert_cmphex(qpci_config_read(&dev, PCI_REVISION_ID, 1), ==,
                    c->legacy ? 0 : 1);
    g_assert_cmphex(qpci_config_read(&dev, PCI_SUBSYSTEM_VENDOR_ID, 2), ==,
                    0x1af4);
    g_assert_cmphex(qpci_config_read(&dev, PCI_SUBSYSTEM_ID, 2), ==,
                    c->legacy ? 1 : 0x1100);
    g_assert_cmphex(qpci_config_read(&dev, PCI_CLASS_REVISION, 4) >> 8, ==,
                    0x020000);
    g_assert_cmphex(qpci_config_read(&dev, PCI_HEADER_TYPE, 1), ==, 0);
    g_assert_cmphex(qpci_config_read(&dev, PCI_INTERRUPT_PIN, 1), ==, 1);
    g_assert_cmphex(bar0 & 1, ==, c->legacy);
    g_assert_cmphex(bar4, ==, c->modern ? 0xc : 0);
    g_assert_cmpuint(capability_count(&dev), ==,
                     c->modern ? 5u + pio : 0u);
    g_assert_cmpuint(qpci_find_capability(&dev, PCI_CAP_ID_MSIX, 0) != 0, ==,
                     msix);
    g_assert_cmpuint(qpci_find_capability(&dev, PCI_CAP_ID_EXP, 0) != 0, ==,
                     c->behind_port);
    qpci_device_enable(&dev);
    g_assert_cmpuint(dev.bars[0].size, ==, c->legacy ? 32 : 0);
    g_assert_cmpuint(dev.bars[1].size, ==, msix ? 4096 : 0);
    g_assert_cmpuint(dev.bars[2].size, ==, pio ? 4 : 0);
    g_assert_cmpuint(dev.bars[4].size, ==,
                     !c->modern ? 0
                     : strstr(c->device, "page-per-vq") ? 8 * MiB
                                                        : 16 * KiB);
    qtest_quit(qts);
}

/* -------------------------------------------------------- capabilities */

typedef struct CapSeen {
    unsigned count[10];
    uint32_t start[10], end[10];
} CapSeen;

static void check_capability(QVirtio *v, uint8_t pos, CapSeen *seen)
{
    uint8_t len = qpci_config_read(&v->pci, pos + 2, 1);
    uint8_t type = qpci_config_read(&v->pci, pos + 3, 1);
    uint8_t bar = qpci_config_read(&v->pci, pos + 4, 1);
    uint32_t offset = qpci_config_read(&v->pci, pos + 8, 4);
    uint32_t length = qpci_config_read(&v->pci, pos + 12, 4);
    static const uint8_t min_len[] = { 0, 16, 20, 16, 16, 20 };
    static const uint8_t align[] = { 1, 4, 2, 1, 4, 1 };
    static const uint32_t min_length[] = { 0, 60, 2, 1, 12, 0 };

    g_assert_cmpuint(type, >=, 1);
    g_assert_cmpuint(type, <=, 5);
    g_assert_cmpuint(len, >=, min_len[type]);
    g_assert_cmpuint(bar, <, 6);
    g_assert_cmpuint(offset % align[type], ==, 0);
    g_assert_cmpuint(pos % 4, ==, 0);
    seen->count[type]++;
    if (type != VIRTIO_PCI_CAP_PCI_CFG) {
        g_assert_cmpuint(length, >=, min_length[type]);
        g_assert_cmpuint((uint64_t)offset + length, <=,
                         v->pci.bars[bar].size);
        seen->start[type] = offset;
        seen->end[type] = offset + length;
    }
}

/* covers PC-01, PG-01, PG-02, PN-01, PN-02, PN-03, PN-04, PN-05, PN-06, PR-01,
 * PV-01, PVN-01, PA-01 */
static void test_capabilities(void)
{
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    CapSeen seen = { 0 };
    QVirtio v;
    uint32_t max_off = 0;

    qvirtio_init(&v, qts, 0, QSOCKET_DEVFN, false, true);
    for (uint8_t pos = 0;
         (pos = qpci_find_capability(&v.pci, PCI_CAP_ID_VNDR, pos));) {
        check_capability(&v, pos, &seen);
    }
    for (int type = 1; type <= 5; type++) {
        g_assert_cmpuint(seen.count[type], ==, 1);
    }
    /* Blocks do not overlap. */
    for (int a = 1; a <= 4; a++) {
        for (int b = a + 1; b <= 4; b++) {
            g_assert(seen.end[a] <= seen.start[b] ||
                     seen.end[b] <= seen.start[a]);
        }
    }
    for (unsigned i = 0; i < 3; i++) {
        qvirtio_common_write(&v, VIRTIO_PCI_COMMON_Q_SELECT, i, 2);
        max_off = MAX(max_off,
                      qvirtio_common_read(&v, VIRTIO_PCI_COMMON_Q_NOFF, 2));
    }
    g_assert_cmpuint(v.notify_multiplier, >=, 2);
    g_assert_true(is_power_of_2(v.notify_multiplier));
    g_assert_cmpuint(v.notify.length, >=,
                     max_off * v.notify_multiplier + 2);
    close(fd);
    qtest_quit(qts);
}

/* ---------------------------------------------------------- the fields */

static QTestState *start_modern(QVirtio *v, int *fd)
{
    QTestState *qts = qsocket_start(fd, "pc", "");

    qvirtio_init(v, qts, 0, QSOCKET_DEVFN, false, true);
    return qts;
}

typedef struct Field {
    unsigned offset, size;
    uint64_t write, expect;
} Field;

/* covers PL-01, PG-03, PG-15, CF-01, DCC-01, DCC-06, PM-04, PM-05, PM-06 */
static void test_fields(void)
{
    static const Field fields[] = {
        { VIRTIO_PCI_COMMON_DFSELECT, 4, 1, 1 },
        { VIRTIO_PCI_COMMON_DFSELECT, 4, 0xdeadbeef, 0xdeadbeef },
        { VIRTIO_PCI_COMMON_DF, 4, 0xffffffff, 0 }, /* of a high select */
        { VIRTIO_PCI_COMMON_GFSELECT, 4, 0xdeadbeef, 0xdeadbeef },
        { VIRTIO_PCI_COMMON_GF, 4, 0, 0 },
        { VIRTIO_PCI_COMMON_MSIX, 2, 1, 1 },
        { VIRTIO_PCI_COMMON_MSIX, 2, NO_VECTOR, NO_VECTOR },
        { VIRTIO_PCI_COMMON_NUMQ, 2, 77, 3 },
        { VIRTIO_PCI_COMMON_Q_SELECT, 2, 1, 1 },
        { VIRTIO_PCI_COMMON_Q_SIZE, 2, 128, 128 },
        { VIRTIO_PCI_COMMON_Q_MSIX, 2, 2, 2 },
        { VIRTIO_PCI_COMMON_Q_NOFF, 2, 9, 1 },
        { VIRTIO_PCI_COMMON_Q_DESCLO, 4, 0x12345670, 0x12345670 },
        { VIRTIO_PCI_COMMON_Q_DESCHI, 4, 0x11223344, 0x11223344 },
        { VIRTIO_PCI_COMMON_Q_AVAILLO, 4, 0x22345670, 0x22345670 },
        { VIRTIO_PCI_COMMON_Q_AVAILHI, 4, 0x21223344, 0x21223344 },
        { VIRTIO_PCI_COMMON_Q_USEDLO, 4, 0x32345670, 0x32345670 },
        { VIRTIO_PCI_COMMON_Q_USEDHI, 4, 0x31223344, 0x31223344 },
        { VIRTIO_PCI_COMMON_Q_ENABLE, 2, 0, 0 },
    };
    QVirtio v;
    int fd;
    QTestState *qts = start_modern(&v, &fd);
    uint8_t generation;

    for (int i = 0; i < ARRAY_SIZE(fields); i++) {
        const Field *f = &fields[i];

        qvirtio_common_write(&v, f->offset, f->write, f->size);
        g_assert_cmphex(qvirtio_common_read(&v, f->offset, f->size), ==,
                        f->expect);
    }
    generation = qvirtio_common_read(&v, VIRTIO_PCI_COMMON_CFGGENERATION, 1);
    qvirtio_common_write(&v, VIRTIO_PCI_COMMON_CFGGENERATION, ~generation, 1);
    g_assert_cmphex(
        qvirtio_common_read(&v, VIRTIO_PCI_COMMON_CFGGENERATION, 1), ==,
        generation);
    /* The device configuration is there before any negotiation. */
    g_assert_cmphex(qvirtio_config_read(&v, 6, 2), ==, 1);
    close(fd);
    qtest_quit(qts);
}

/* Sizes the device cannot take, fields at a width not their own, enable before
 * FEATURES_OK. covers DCC-03, DPL-01 */
static void test_bad_values(void)
{
    static const uint16_t bad_sizes[] = { 0, 3, 100, 255, 257, 512, 1024,
                                          0x8000, 0xffff };
    QVNet n;
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    QVirtio *v = &n.v;

    if (!qtest_is_ours()) {
        g_test_skip("stock QEMU breaks the device");
        close(fd);
        qtest_quit(qts);
        return;
    }
    qvirtio_init(v, qts, 0, QSOCKET_DEVFN, false, true);
    for (int i = 0; i < ARRAY_SIZE(bad_sizes); i++) {
        qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_SIZE, bad_sizes[i], 2);
        g_assert_cmpuint(
            qvirtio_common_read(v, VIRTIO_PCI_COMMON_Q_SIZE, 2), ==, 256);
    }
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_SIZE, 64, 1);
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_SIZE, 64, 4);
    g_assert_cmpuint(qvirtio_common_read(v, VIRTIO_PCI_COMMON_Q_SIZE, 2), ==,
                     256);
    /* Not before FEATURES_OK. */
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_ENABLE, 1, 2);
    g_assert_cmpuint(qvirtio_common_read(v, VIRTIO_PCI_COMMON_Q_ENABLE, 2),
                     ==, 0);
    close(fd);
    qtest_quit(qts);
}

/* covers DCC-04, DCC-06 */
static void test_frozen(void)
{
    static const unsigned regs[] = {
        VIRTIO_PCI_COMMON_Q_DESCLO,  VIRTIO_PCI_COMMON_Q_DESCHI,
        VIRTIO_PCI_COMMON_Q_AVAILLO, VIRTIO_PCI_COMMON_Q_AVAILHI,
        VIRTIO_PCI_COMMON_Q_USEDLO,  VIRTIO_PCI_COMMON_Q_USEDHI,
    };
    uint8_t frame[64], got[64];
    QVNet n;
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");

    if (!qtest_is_ours()) {
        g_test_skip("registers of a live queue change in stock QEMU");
        close(fd);
        qtest_quit(qts);
        return;
    }
    qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &modern, 0, 1);
    qsocket_fill(frame, 64, 1);
    for (unsigned q = 0; q < 2; q++) {
        qvirtio_common_write(&n.v, VIRTIO_PCI_COMMON_Q_SELECT, q, 2);
        qvirtio_common_write(&n.v, VIRTIO_PCI_COMMON_Q_SIZE, 64, 2);
        g_assert_cmpuint(
            qvirtio_common_read(&n.v, VIRTIO_PCI_COMMON_Q_SIZE, 2), ==, 256);
        for (int i = 0; i < ARRAY_SIZE(regs); i++) {
            uint32_t old = qvirtio_common_read(&n.v, regs[i], 4);

            qvirtio_common_write(&n.v, regs[i], 0xfffff000, 4);
            g_assert_cmphex(qvirtio_common_read(&n.v, regs[i], 4), ==, old);
        }
        qvirtio_common_write(&n.v, VIRTIO_PCI_COMMON_Q_ENABLE, 0, 2);
        g_assert_cmpuint(
            qvirtio_common_read(&n.v, VIRTIO_PCI_COMMON_Q_ENABLE, 2), ==, 1);
        g_assert_true(qvnet_send(&n, NULL, frame, 64));
        g_assert_cmpint(qsocket_recv(fd, got, 64, 5000), ==, 64);
        g_assert_cmpmem(frame, 64, got, 64);
    }
    qvnet_stop(&n);
    close(fd);
    qtest_quit(qts);
}

/* ---------------------------------------------------------- oob select */

static const uint16_t oob_selects[] = { 3, 4, 63, 64, 1023, 1024, 0x7fff,
                                        0x8000, 0xffff };

static void oob_modern(QVirtio *v, uint16_t select)
{
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_SELECT, select, 2);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned reg = VIRTIO_PCI_COMMON_Q_SIZE; reg < 64; reg += 2) {
            uint64_t expect = reg == VIRTIO_PCI_COMMON_Q_MSIX ? NO_VECTOR : 0;
            unsigned size = reg >= VIRTIO_PCI_COMMON_Q_DESCLO && reg < 56 ? 4
                                                                          : 2;

            if (size == 4 && reg % 4) {
                continue;
            }
            g_assert_cmphex(qvirtio_common_read(v, reg, size), ==, expect);
            qvirtio_common_write(v, reg, reg == Q_RESET ? 1 : 2, size);
            g_assert_cmphex(qvirtio_common_read(v, reg, size), ==, expect);
        }
        qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_ENABLE, 1, 2);
    }
    /* A doorbell behind the last queue, and a value that names none. */
    qpci_bar_write(&v->pci, v->notify.bar,
                   v->notify.offset + MIN(select * v->notify_multiplier,
                                          v->notify.length - 4),
                   select, 2);
    qpci_bar_write(&v->pci, v->notify.bar, v->notify.offset, select, 2);
}

static void oob_legacy(QVirtio *v, uint16_t select)
{
    qpci_bar_write(&v->pci, 0, VIRTIO_PCI_QUEUE_SEL, select, 2);
    g_assert_cmphex(qpci_bar_read(&v->pci, 0, VIRTIO_PCI_QUEUE_NUM, 2), ==, 0);
    qpci_bar_write(&v->pci, 0, VIRTIO_PCI_QUEUE_PFN, 0x100, 4);
    g_assert_cmphex(qpci_bar_read(&v->pci, 0, VIRTIO_PCI_QUEUE_PFN, 4), ==, 0);
    qpci_bar_write(&v->pci, 0, VIRTIO_PCI_QUEUE_PFN, 0, 4);
    qpci_bar_write(&v->pci, 0, VIRTIO_MSI_QUEUE_VECTOR, 1, 2);
    g_assert_cmphex(qpci_bar_read(&v->pci, 0, VIRTIO_MSI_QUEUE_VECTOR, 2), ==,
                    NO_VECTOR);
    qpci_bar_write(&v->pci, 0, VIRTIO_PCI_QUEUE_NOTIFY, select, 2);
}

/* covers PG-14, DNT-03 */
static void test_select_oob(const void *opaque)
{
    bool legacy = opaque;
    QVNetMode mode = { .legacy = legacy, .mergeable = true };
    uint8_t frame[64], got[64];
    QVNet n;
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");

    if (!qtest_is_ours()) {
        g_test_skip("stock QEMU resets the device or answers otherwise");
        close(fd);
        qtest_quit(qts);
        return;
    }
    qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &mode, 0, 1);
    qsocket_fill(frame, 64, 1);
    for (int i = 0; i < ARRAY_SIZE(oob_selects); i++) {
        if (legacy) {
            oob_legacy(&n.v, oob_selects[i]);
        } else {
            oob_modern(&n.v, oob_selects[i]);
        }
        /* The live queues have noticed nothing. */
        g_assert_true(qvnet_send(&n, NULL, frame, 64));
        g_assert_cmpint(qsocket_recv(fd, got, 64, 5000), ==, 64);
        qsocket_send(fd, frame, 64);
        g_assert_cmpint(qvnet_recv(&n, 0, NULL, got, 64, 5000), ==, 64);
    }
    qvnet_stop(&n);
    close(fd);
    qtest_quit(qts);
}

/* ------------------------------------------------------------ features */

static uint32_t device_word(QVirtio *v, uint32_t select)
{
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_DFSELECT, select, 4);
    return qvirtio_common_read(v, VIRTIO_PCI_COMMON_DF, 4);
}

static void driver_word(QVirtio *v, uint32_t select, uint32_t val)
{
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_GFSELECT, select, 4);
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_GF, val, 4);
}

/* True if FEATURES_OK sticks with those words. */
static bool accepts(QVirtio *v, uint32_t w0, uint32_t w1, uint32_t w2,
                    uint32_t w3)
{
    qvirtio_reset(v);
    qvirtio_set_status(v, 1);
    qvirtio_set_status(v, 3);
    driver_word(v, 0, w0);
    driver_word(v, 1, w1);
    driver_word(v, 2, w2);
    driver_word(v, 3, w3);
    qvirtio_set_status(v, 0xb);
    return qvirtio_get_status(v) & 8;
}

/* covers FB-02, FB-03, FB-04, FB-05, PG-03, PG-04, DFB-01, DFB-03, DIN-03,
 * DRF-01, LR-04 */
static void test_feature_words(void)
{
    static const uint32_t high[] = { 4, 5, 31, 0x80000000, 0xffffffff };
    QVirtio v;
    int fd;
    QTestState *qts = start_modern(&v, &fd);
    uint32_t w0 = device_word(&v, 0), w1 = device_word(&v, 1);
    uint32_t version1 = 1;

    g_assert_cmphex(w1 & version1, ==, version1);
    /* Legacy-only bits are not offered by this interface, nor reserved ones. */
    g_assert_cmphex(w0 & (1u << 24 | 1u << 30 | 1u << 6), ==, 0);
    for (int i = 0; i < ARRAY_SIZE(high); i++) {
        g_assert_cmphex(device_word(&v, high[i]), ==, 0);
    }
    g_assert_true(accepts(&v, w0, w1, 0, 0));
    g_assert_true(accepts(&v, 0, version1, 0, 0));
    g_assert_true(accepts(&v, w0, w1, 0, 0)); /* not refused later */
    if (qtest_is_ours()) {
        uint32_t missing = ~w0;

        g_assert_cmphex(device_word(&v, 2), ==, 0);
        g_assert_cmphex(device_word(&v, 3), ==, 0);
        g_assert_false(accepts(&v, 0, 0, 0, 0)); /* no VERSION_1 */
        for (int bit = 0; bit < 32; bit++) {
            if (missing & 1u << bit) {
                g_assert_false(accepts(&v, 1u << bit, version1, 0, 0));
            }
        }
        g_assert_false(accepts(&v, 0, version1, 1, 0));
        g_assert_false(accepts(&v, 0, version1, 0, 0x80000000));
        g_assert_true(accepts(&v, 0, version1, 0, 0));
        qvirtio_common_write(&v, VIRTIO_PCI_COMMON_GFSELECT, 0, 4);
        qvirtio_common_write(&v, VIRTIO_PCI_COMMON_GF, w0, 4);
        g_assert_cmphex(qvirtio_common_read(&v, VIRTIO_PCI_COMMON_GF, 4), ==,
                        0); /* too late */
    }
    close(fd);
    qtest_quit(qts);
}

/* -------------------------------------------------------- generation */

/* covers PG-06 */
static void test_generation(void)
{
    QVirtio v;
    int fd;
    QTestState *qts = start_modern(&v, &fd);
    uint8_t before, after;

    g_assert_true(qvirtio_negotiate(&v, QVIRTIO_BIT(QVIRTIO_F_VERSION_1) |
                                            QVIRTIO_BIT(QVNET_F_STATUS)));
    before = qvirtio_common_read(&v, VIRTIO_PCI_COMMON_CFGGENERATION, 1);
    g_assert_cmphex(qvirtio_config_read(&v, 6, 2), ==, 1);
    g_assert_cmphex(
        qvirtio_common_read(&v, VIRTIO_PCI_COMMON_CFGGENERATION, 1), ==,
        before);
    json_decref(qtest_qmp_ok(qts, "{'execute': 'set_link', 'arguments': "
                                  "{'name': 'nic0', 'up': false}}"));
    after = qvirtio_common_read(&v, VIRTIO_PCI_COMMON_CFGGENERATION, 1);
    g_assert_cmphex(qvirtio_config_read(&v, 6, 2), ==, 0);
    if (qtest_is_ours()) { /* stock QEMU: only after DRIVER_OK */
        g_assert_cmphex(after, !=, before);
    }
    close(fd);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 0; i < ARRAY_SIZE(id_cases); i++) {
        g_autofree char *path = g_strdup_printf("/virtio-pci/ids/%s",
                                                id_cases[i].name);
        g_test_add_data_func(path, &id_cases[i], test_ids);
    }
    g_test_add_func("/virtio-pci/capabilities", test_capabilities);
    g_test_add_func("/virtio-pci/fields", test_fields);
    g_test_add_func("/virtio-pci/bad-values", test_bad_values);
    g_test_add_func("/virtio-pci/feature-words", test_feature_words);
    g_test_add_func("/virtio-pci/generation", test_generation);
    g_test_add_func("/hazard/ring-resize-after-enable", test_frozen);
    g_test_add_data_func("/hazard/pci-select-oob/modern", NULL,
                         test_select_oob);
    g_test_add_data_func("/hazard/pci-select-oob/legacy", (void *)1,
                         test_select_oob);
    return g_test_run();
}
