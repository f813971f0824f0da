/*
 * Interrupts of virtio over PCI (INTx and ISR, MSI-X), the configuration
 * access window, and what moves when MSI-X is switched on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/virtio_pci.h>

#include "tests/qtest/lib/qsocket.h"
#include "tests/qtest/lib/qvnet.h"

#define NO_VECTOR 0xffff
#define STATUS_INTX 8 /* of the PCI status register */
#define BAR4 4

/* A bare driver of the transmit queue. */
typedef struct TxDriver {
    QVirtio v;
    QVirtqueue tx;
    int fd;
    uint64_t buf;
} TxDriver;

static QTestState *start_tx(TxDriver *d, const char *device, bool legacy,
                            bool msix)
{
    QTestState *qts = qsocket_start(&d->fd, "pc", device);

    qvirtio_init(&d->v, qts, 0, QSOCKET_DEVFN, legacy, msix);
    g_assert_true(qvirtio_negotiate(&d->v,
                                    QVIRTIO_BIT(QVIRTIO_F_VERSION_1) |
                                    QVIRTIO_BIT(QVIRTIO_F_ANY_LAYOUT) |
                                    QVIRTIO_BIT(QVNET_F_STATUS)));
    qvirtqueue_init(&d->tx, &d->v, 1, 0);
    qvirtio_driver_ok(&d->v);
    d->buf = qtest_alloc(qts, 4096);
    qsocket_fill(qtest_ram(qts) + d->buf + (legacy ? 10 : 12), 64, 1);
    return qts;
}

/* One frame goes out and its element comes back. */
static void send_one(TxDriver *d)
{
    QVBuf buf = { d->buf, d->v.legacy ? 74 : 76, false };
    uint8_t got[64];
    uint16_t head;
    uint32_t len;

    g_assert_cmpint(qvirtqueue_add(&d->tx, &buf, 1), >=, 0);
    qvirtqueue_kick_always(&d->tx);
    g_assert_true(qvirtqueue_wait(&d->tx, &head, &len));
    g_assert_cmpint(qsocket_recv(d->fd, got, 64, 5000), ==, 64);
    g_assert_cmpmem(got + 6, 58, qtest_ram(d->v.pci.qts) + d->buf +
                                     buf.len - 58, 58);
}

static void end_tx(TxDriver *d)
{
    QTestState *qts = d->v.pci.qts;

    qvirtqueue_free(&d->tx);
    close(d->fd);
    qtest_quit(qts);
}

static void set_link(QTestState *qts, bool up)
{
    json_decref(qtest_qmp_ok(qts, "{'execute': 'set_link', 'arguments': "
                             "{'name': 'nic0', 'up': %s}}",
                             up ? "true" : "false"));
}

/* A vector fires within a moment. */
static bool fires(QVirtio *v, unsigned vector)
{
    for (int i = 0; i < 200; i++) {
        if (qpci_msix_fired(&v->pci, vector)) {
            return true;
        }
        g_usleep(1000);
    }
    return false;
}

/* ------------------------------------------------------------------ INTx */

/* The line the board routed the device's INTA to. */
static int find_line(QTestState *qts)
{
    for (int n = 0; n < 24; n++) {
        if (qtest_get_irq(qts, n)) {
            return n;
        }
    }
    return -1;
}

static bool intx_status(QVirtio *v)
{
    return qpci_config_read(&v->pci, PCI_STATUS, 2) & STATUS_INTX;
}

static void write_command(QVirtio *v, uint16_t set)
{
    qpci_config_write(&v->pci, PCI_COMMAND, 7 | set, 2);
}

/* covers PR-02, PR-03, PR-04, PR-05 */
static void test_intx(const void *opaque)
{
    TxDriver d;
    QTestState *qts = start_tx(&d, "", opaque != NULL, false);
    int line;

    /* As firmware does: PIRQs of the host bridge's ISA bridge to IRQ 10/11. */
    {
        QPCIDevice isa;
        qpci_device_init(&isa, qts, 0, QPCI_DEVFN(1, 0));
        qpci_config_write(&isa, 0x60, 0x0b0a0b0a, 4);
    }
    g_assert_true(qtest_irq_intercept_in(qts, "ioapic"));
    g_assert_cmpint(find_line(qts), ==, -1);
    send_one(&d);
    line = find_line(qts);
    g_assert_cmpint(line, >, 0);
    g_assert_true(intx_status(&d.v));
    g_assert_cmphex(qvirtio_read_isr(&d.v), ==, 1);
    g_assert_false(qtest_get_irq(qts, line));
    g_assert_false(intx_status(&d.v));
    g_assert_cmphex(qvirtio_read_isr(&d.v), ==, 0);
    /* Configuration changes have the other bit; both may be set. */
    set_link(qts, false);
    g_assert_true(qtest_get_irq(qts, line));
    set_link(qts, true);
    send_one(&d);
    g_assert_cmphex(qvirtio_read_isr(&d.v), ==, 3);
    g_assert_false(qtest_get_irq(qts, line));
    /* Interrupt Disable holds the line, not the status. */
    write_command(&d.v, PCI_COMMAND_INTX_DISABLE);
    send_one(&d);
    g_assert_false(qtest_get_irq(qts, line));
    g_assert_true(intx_status(&d.v));
    write_command(&d.v, 0);
    g_assert_true(qtest_get_irq(qts, line));
    /* A reset lowers it. */
    qvirtio_reset(&d.v);
    g_assert_false(qtest_get_irq(qts, line));
    g_assert_cmphex(qvirtio_read_isr(&d.v), ==, 0);
    end_tx(&d);
}

/* The driver's wish not to be interrupted. covers SU-02, SU-03 */
static void test_suppressed(void)
{
    TxDriver d;
    QTestState *qts = start_tx(&d, "", false, false);

    qvirtqueue_interrupts(&d.tx, false);
    send_one(&d);
    g_assert_cmphex(qvirtio_read_isr(&d.v), ==, 0);
    qvirtqueue_interrupts(&d.tx, true);
    send_one(&d);
    g_assert_cmphex(qvirtio_read_isr(&d.v), ==, 1);
    g_assert_true(qtest_alive(qts));
    end_tx(&d);
}

/* ----------------------------------------------------------------- MSI-X */

static uint16_t set_queue_vector(QVirtio *v, unsigned queue, uint16_t vector)
{
    if (v->legacy) {
        qpci_bar_write(&v->pci, 0, VIRTIO_PCI_QUEUE_SEL, queue, 2);
        qpci_bar_write(&v->pci, 0, VIRTIO_MSI_QUEUE_VECTOR, vector, 2);
        return qpci_bar_read(&v->pci, 0, VIRTIO_MSI_QUEUE_VECTOR, 2);
    }
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_SELECT, queue, 2);
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_MSIX, vector, 2);
    return qvirtio_common_read(v, VIRTIO_PCI_COMMON_Q_MSIX, 2);
}

static uint16_t set_config_vector(QVirtio *v, uint16_t vector)
{
    if (v->legacy) {
        qpci_bar_write(&v->pci, 0, VIRTIO_MSI_CONFIG_VECTOR, vector, 2);
        return qpci_bar_read(&v->pci, 0, VIRTIO_MSI_CONFIG_VECTOR, 2);
    }
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_MSIX, vector, 2);
    return qvirtio_common_read(v, VIRTIO_PCI_COMMON_MSIX, 2);
}

/* covers PM-01, PM-04, PM-05, PM-06, PM-08, PM-09, DMX-01, PU-01, PW-01,
 * PR-02 */
static void test_vectors(const void *opaque)
{
    static const uint16_t bad[] = { 4, 5, 0x7ff, 0x800, 0x7fff, 0x8000,
                                    0xfffe };
    TxDriver d;
    QTestState *qts = start_tx(&d, "", opaque != NULL, true);

    g_assert_cmpuint(d.v.pci.msix_vectors, ==, 4);
    /* Any event to any vector, config and queues sharing one as well. */
    for (unsigned vec = 0; vec < 4; vec++) {
        g_assert_cmphex(set_queue_vector(&d.v, 1, vec), ==, vec);
        g_assert_cmphex(set_config_vector(&d.v, vec), ==, vec);
        send_one(&d);
        g_assert_true(fires(&d.v, vec));
        set_link(qts, false);
        g_assert_true(fires(&d.v, vec));
        set_link(qts, true);
        g_assert_true(fires(&d.v, vec));
        for (unsigned other = 0; other < 4; other++) {
            g_assert_false(qpci_msix_fired(&d.v.pci, other));
        }
    }
    /* The queue bit of ISR is not for MSI-X, the config bit is. */
    g_assert_cmphex(qvirtio_read_isr(&d.v) & 2, ==, 2);
    for (int i = 0; i < ARRAY_SIZE(bad); i++) {
        g_assert_cmphex(set_queue_vector(&d.v, 1, bad[i]), ==, NO_VECTOR);
        g_assert_cmphex(set_config_vector(&d.v, bad[i]), ==, NO_VECTOR);
    }
    /* No vector, no interrupt. */
    send_one(&d);
    set_link(qts, false);
    set_link(qts, true);
    g_usleep(2000);
    for (unsigned vec = 0; vec < 4; vec++) {
        g_assert_false(qpci_msix_fired(&d.v.pci, vec));
    }
    g_assert_cmphex(set_queue_vector(&d.v, 1, 3), ==, 3);
    send_one(&d);
    g_assert_true(fires(&d.v, 3));
    end_tx(&d);
}

static void pba_of(QVirtio *v, int *bar, uint32_t *offset)
{
    uint32_t reg = qpci_config_read(&v->pci, v->pci.msix_cap + PCI_MSIX_PBA,
                                    4);

    *bar = reg & PCI_MSIX_PBA_BIR;
    *offset = reg & PCI_MSIX_PBA_OFFSET;
}

static void function_mask(QVirtio *v, bool on)
{
    uint16_t flags = qpci_config_read(&v->pci,
                                      v->pci.msix_cap + PCI_MSIX_FLAGS, 2);

    flags = on ? flags | PCI_MSIX_FLAGS_MASKALL
               : flags & ~PCI_MSIX_FLAGS_MASKALL;
    qpci_config_write(&v->pci, v->pci.msix_cap + PCI_MSIX_FLAGS, flags, 2);
}

static void test_mask(void)
{
    TxDriver d;
    uint32_t offset;
    int bar;

    start_tx(&d, "", false, true);
    pba_of(&d.v, &bar, &offset);
    for (int by_function = 0; by_function < 2; by_function++) {
        if (by_function) {
            function_mask(&d.v, true);
        } else {
            qpci_msix_mask(&d.v.pci, 2, true);
        }
        send_one(&d);
        send_one(&d);
        g_usleep(2000);
        g_assert_false(qpci_msix_fired(&d.v.pci, 2));
        g_assert_cmphex(qpci_bar_read(&d.v.pci, bar, offset, 8), ==, 1 << 2);
        /* Not writable. covers DPL-01 */
        for (unsigned size = 1; size <= 8; size *= 2) {
            qpci_bar_write(&d.v.pci, bar, offset, 0, size);
        }
        g_assert_cmphex(qpci_bar_read(&d.v.pci, bar, offset, 4), ==, 1 << 2);
        if (by_function) {
            function_mask(&d.v, false);
        } else {
            qpci_msix_mask(&d.v.pci, 2, false);
        }
        g_assert_true(fires(&d.v, 2)); /* once */
        g_assert_false(qpci_msix_fired(&d.v.pci, 2));
        g_assert_cmphex(qpci_bar_read(&d.v.pci, bar, offset, 8), ==, 0);
        send_one(&d);
        g_assert_true(fires(&d.v, 2));
    }
    end_tx(&d);
}

/* DEVICE_NEEDS_RESET is told by the config vector. covers ST-02, ST-03,
 * XNR-01 */
static void test_needs_reset(void)
{
    TxDriver d;

    start_tx(&d, "", false, true);
    g_assert_cmphex(set_config_vector(&d.v, 0), ==, 0);
    qvirtqueue_push_avail(&d.tx, 0x4444);
    qvirtqueue_kick_always(&d.tx);
    g_assert_true(fires(&d.v, 0));
    g_assert_cmphex(qvirtio_get_status(&d.v), ==, 0x4f);
    g_assert_cmphex(qvirtio_read_isr(&d.v) & 2, ==, 2);
    end_tx(&d);
}

static void test_no_msix(const void *opaque)
{
    TxDriver d;

    start_tx(&d, ",vectors=0", opaque != NULL, false);
    g_assert_cmpuint(qpci_find_capability(&d.v.pci, PCI_CAP_ID_MSIX, 0), ==,
                     0);
    if (!d.v.legacy) {
        g_assert_cmphex(set_queue_vector(&d.v, 1, 0), ==, NO_VECTOR);
        g_assert_cmphex(set_config_vector(&d.v, 0), ==, NO_VECTOR);
    }
    send_one(&d);
    g_assert_cmphex(qvirtio_read_isr(&d.v), ==, 1);
    end_tx(&d);
}

/* More vectors than events, and the limit. */
static void test_vector_counts(void)
{
    static const unsigned counts[] = { 1, 2, 3, 17, 128, 2048 };

    for (int i = 0; i < ARRAY_SIZE(counts); i++) {
        g_autofree char *opt = g_strdup_printf(",vectors=%u", counts[i]);
        TxDriver d;

        start_tx(&d, opt, false, true);
        g_assert_cmpuint(d.v.pci.msix_vectors, ==, counts[i]);
        g_assert_cmphex(set_queue_vector(&d.v, 1, counts[i] - 1), ==,
                        counts[i] - 1);
        g_assert_cmphex(set_config_vector(&d.v, counts[i]), ==, NO_VECTOR);
        send_one(&d);
        g_assert_true(fires(&d.v, counts[i] - 1));
        end_tx(&d);
    }
}

/* ---------------------------------------------------- legacy config block */

static void read_mac(QVirtio *v, unsigned base, uint8_t *mac)
{
    for (int i = 0; i < 6; i++) {
        mac[i] = qpci_bar_read(&v->pci, 0, base + i, 1);
    }
}

/* covers PLL-02, PLL-03, LI-01 */
static void test_legacy_offset(void)
{
    static const uint8_t expect[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x77 };
    static const uint8_t other[] = { 0x52, 0x54, 0, 1, 2, 3 };
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", ",mac=52:54:00:12:34:77");
    uint8_t mac[6];
    QVirtio v;

    qvirtio_init(&v, qts, 0, QSOCKET_DEVFN, true, false);
    for (int round = 0; round < 2; round++) {
        read_mac(&v, 20, mac);
        g_assert_cmpmem(mac, 6, expect, 6);
        qpci_msix_enable(&v.pci);
        read_mac(&v, 24, mac);
        g_assert_cmpmem(mac, 6, expect, 6);
        g_assert_cmphex(qpci_bar_read(&v.pci, 0, 20, 2), ==, 0xffff);
        g_assert_cmphex(qpci_bar_read(&v.pci, 0, 24, 4), ==, 0x12005452);
        g_assert_cmphex(qpci_bar_read(&v.pci, 0, 28, 2), ==, 0x7734);
        qpci_msix_disable(&v.pci);
    }
    /* The MAC is writable here, before any negotiation. */
    for (int i = 0; i < 6; i++) {
        qpci_bar_write(&v.pci, 0, 20 + i, other[i], 1);
    }
    read_mac(&v, 20, mac);
    g_assert_cmpmem(mac, 6, other, 6);
    close(fd);
    qtest_quit(qts);
}

/* Modern: read-only. covers DNC-01, DIN-02 */
static void test_modern_config_write(void)
{
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", ",mac=52:54:00:12:34:77");
    QVirtio v;

    qvirtio_init(&v, qts, 0, QSOCKET_DEVFN, false, false);
    /* Stock QEMU takes a MAC until features are agreed on. */
    for (unsigned i = 0; i < 24 && qtest_is_ours(); i++) {
        qvirtio_config_write(&v, i, 0x5a, 1);
    }
    g_assert_cmphex(qvirtio_config_read(&v, 0, 4), ==, 0x12005452);
    g_assert_true(qvirtio_negotiate(&v, ~QVIRTIO_BIT(QVNET_F_CTRL_MAC_ADDR)));
    for (unsigned i = 0; i < 64 && qtest_is_ours(); i += 4) {
        qvirtio_config_write(&v, i, 0x5a5a5a5a, 4);
    }
    g_assert_cmphex(qvirtio_config_read(&v, 0, 4), ==, 0x12005452);
    g_assert_cmphex(qvirtio_config_read(&v, 4, 4), ==, 0x17734);
    close(fd);
    qtest_quit(qts);
}

/* ----------------------------------------------------- access window */

static void window(QVirtio *v, uint8_t bar, uint32_t offset, uint32_t length)
{
    qpci_config_write(&v->pci, v->pci_cfg_cap + 4, bar, 1);
    qpci_config_write(&v->pci, v->pci_cfg_cap + 8, offset, 4);
    qpci_config_write(&v->pci, v->pci_cfg_cap + 12, length, 4);
}

static uint32_t window_read(QVirtio *v, uint8_t bar, uint32_t offset,
                            uint32_t length)
{
    window(v, bar, offset, length);
    return qpci_config_read(&v->pci, v->pci_cfg_cap + 16,
                            length == 1 || length == 2 ? length : 4);
}

static void window_write(QVirtio *v, uint8_t bar, uint32_t offset,
                         uint32_t length, uint32_t val)
{
    window(v, bar, offset, length);
    qpci_config_write(&v->pci, v->pci_cfg_cap + 16, val,
                      length == 1 || length == 2 ? length : 4);
}

/* A device is brought up and used through the window alone.
 * covers PA-02, PA-03 */
static void test_window(void)
{
    TxDriver d;
    QTestState *qts = start_tx(&d, "", false, false);
    uint32_t common = d.v.common.offset;
    QVBuf buf = { d.buf, 76, false };
    uint8_t got[64];
    uint16_t head;
    uint32_t len;

    g_assert_cmphex(window_read(&d.v, BAR4, common + 20, 1), ==, 0xf);
    g_assert_cmphex(window_read(&d.v, BAR4, common + 18, 2), ==, 3);
    for (unsigned i = 0; i < 24; i++) {
        g_assert_cmphex(window_read(&d.v, BAR4, d.v.config.offset + i, 1), ==,
                        qvirtio_config_read(&d.v, i, 1));
    }
    window_write(&d.v, BAR4, common + 22, 2, 1);
    g_assert_cmphex(window_read(&d.v, BAR4, common + 24, 2), ==, 256);
    g_assert_cmphex(window_read(&d.v, BAR4, common + 32, 4), ==, d.tx.desc);
    qvirtqueue_add(&d.tx, &buf, 1);
    window_write(&d.v, BAR4, d.tx.notify_off, 2, 1);
    g_assert_true(qvirtqueue_wait(&d.tx, &head, &len));
    g_assert_cmpint(qsocket_recv(d.fd, got, 64, 5000), ==, 64);
    g_assert_cmphex(window_read(&d.v, BAR4, d.v.isr.offset, 1), ==, 1);
    g_assert_cmphex(window_read(&d.v, BAR4, d.v.isr.offset, 1), ==, 0);
    window_write(&d.v, BAR4, common + 20, 1, 0);
    g_assert_cmphex(qvirtio_get_status(&d.v), ==, 0);
    g_assert_true(qtest_alive(qts));
    end_tx(&d);
}

/* covers DPV-01, DPV-02, DPV-03, DPC-01 */
static void test_window_bad(void)
{
    static const uint32_t offsets[] = { 0, 1, 2, 3, 20, 0xfff, 0x1001, 0x3ffe,
                                        0x3fff, 0x4000, 0x7ffff000, 0x80000000,
                                        0xfffffffc, 0xffffffff };
    static const uint32_t lengths[] = { 0, 1, 2, 3, 4, 5, 8, 16, 0x10000,
                                        0x80000000, 0xffffffff };
    TxDriver d;

    start_tx(&d, "", false, false);
    for (int bar = 0; bar < 256; bar = bar < 8 ? bar + 1 : bar * 2 - 1) {
        for (int o = 0; o < ARRAY_SIZE(offsets); o++) {
            for (int l = 0; l < ARRAY_SIZE(lengths); l++) {
                window_read(&d.v, bar, offsets[o], lengths[l]);
                /* Not into the registers themselves: that would be legal. */
                if ((bar != BAR4 || offsets[o] >= 0x4000) &&
                    qtest_is_ours()) {
                    window_write(&d.v, bar, offsets[o], lengths[l],
                                 0xffffffff);
                }
            }
        }
    }
    /* Fields that are not for writing. */
    qpci_config_write(&d.v.pci, d.v.pci_cfg_cap, 0xffffffff, 4);
    g_assert_cmphex(qpci_config_read(&d.v.pci, d.v.pci_cfg_cap, 1), ==, 9);
    g_assert_cmphex(qpci_config_read(&d.v.pci, d.v.pci_cfg_cap + 2, 2), ==,
                    0x0514);
    g_assert_cmphex(qvirtio_get_status(&d.v), ==, 0xf);
    send_one(&d);
    end_tx(&d);
}

/* ------------------------------------------------------------- doorbells */

static void test_page_per_vq(void)
{
    TxDriver d;

    start_tx(&d, ",page-per-vq=on", false, true);
    g_assert_cmpuint(d.v.notify_multiplier, ==, 4096);
    send_one(&d);
    g_assert_true(fires(&d.v, 2));
    end_tx(&d);
}

static void test_pio_notify(void)
{
    TxDriver d;
    QVBuf buf;
    uint16_t head;
    uint32_t len;

    start_tx(&d, ",modern-pio-notify=on", false, true);
    buf = (QVBuf){ d.buf, 76, false };
    send_one(&d);
    qvirtqueue_add(&d.tx, &buf, 1);
    qpci_bar_write(&d.v.pci, 2, 0, 1, 2);
    g_assert_true(qvirtqueue_wait(&d.tx, &head, &len));
    end_tx(&d);
}

/* Kicks of other widths and values do no harm, and none is needed twice.
 * covers SA-05, DNT-01, DNT-03 */
static void test_odd_kicks(void)
{
    TxDriver d;

    start_tx(&d, "", false, true);
    for (unsigned size = 1; size <= 8; size *= 2) {
        for (unsigned off = 0; off < 64; off++) {
            qpci_bar_write(&d.v.pci, d.v.notify.bar, d.v.notify.offset + off,
                           off, size);
        }
    }
    send_one(&d);
    end_tx(&d);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/virtio-pci/intx/modern", NULL, test_intx);
    g_test_add_data_func("/virtio-pci/intx/legacy", (void *)1, test_intx);
    g_test_add_func("/virtio-pci/intx/suppressed", test_suppressed);
    g_test_add_data_func("/virtio-pci/msix/modern", NULL, test_vectors);
    g_test_add_data_func("/virtio-pci/msix/legacy", (void *)1, test_vectors);
    g_test_add_func("/virtio-pci/msix/mask", test_mask);
    g_test_add_func("/virtio-pci/msix/needs-reset", test_needs_reset);
    g_test_add_data_func("/virtio-pci/msix/none-modern", NULL, test_no_msix);
    g_test_add_data_func("/virtio-pci/msix/none-legacy", (void *)1,
                         test_no_msix);
    g_test_add_func("/virtio-pci/msix/counts", test_vector_counts);
    g_test_add_func("/virtio-pci/legacy-config", test_legacy_offset);
    g_test_add_func("/virtio-pci/config-write", test_modern_config_write);
    g_test_add_func("/virtio-pci/window/use", test_window);
    g_test_add_func("/virtio-pci/window/bad", test_window_bad);
    g_test_add_func("/virtio-pci/notify/page-per-vq", test_page_per_vq);
    g_test_add_func("/virtio-pci/notify/port", test_pio_notify);
    g_test_add_func("/virtio-pci/notify/odd", test_odd_kicks);
    return g_test_run();
}
