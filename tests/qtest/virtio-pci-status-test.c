/*
 * The status register as a state machine, and reset from every state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/virtio_pci.h>

#include "tests/qtest/lib/qsocket.h"
#include "tests/qtest/lib/qvnet.h"

#define ACK 1
#define DRIVER 2
#define DRIVER_OK 4
#define FEATURES_OK 8
#define NEEDS_RESET 0x40
#define FAILED 0x80
#define NO_VECTOR 0xffff

static const QVNetMode modern = { .mergeable = true };

/* -------------------------------------------------------- order of bits */

/* What a device of this interface shows after `val` is written. */
static uint8_t expected_status(uint8_t old, uint8_t val, bool legacy)
{
    uint8_t now = old, add = val & ~old;

    if (!val) {
        return 0;
    }
    now |= add & (ACK | FAILED);
    if ((add & DRIVER) && (now & ACK)) {
        now |= DRIVER;
    }
    if ((add & FEATURES_OK) && (now & DRIVER) && !legacy) {
        now |= FEATURES_OK;
    }
    if ((add & DRIVER_OK) && (legacy || (now & FEATURES_OK))) {
        now |= DRIVER_OK;
    }
    return now;
}

static void accept_version_1(QVirtio *v)
{
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_GFSELECT, 1, 4);
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_GF, 1, 4);
}

static void enter_state(QVirtio *v, uint8_t state)
{
    static const uint8_t order[] = { ACK, DRIVER, FEATURES_OK, DRIVER_OK,
                                     FAILED };

    qvirtio_reset(v);
    if (!v->legacy) {
        accept_version_1(v);
    }
    for (int i = 0; i < ARRAY_SIZE(order); i++) {
        if (state & order[i]) {
            qvirtio_add_status(v, order[i]);
        }
    }
    g_assert_cmphex(qvirtio_get_status(v), ==, state);
}

/* Every value in every state. covers DST-01, DIN-01, PG-07, RS-01, LF-01 */
static void test_order(const void *opaque)
{
    static const uint8_t modern_states[] = {
        0, ACK, ACK | DRIVER, ACK | DRIVER | FEATURES_OK,
        ACK | DRIVER | FEATURES_OK | DRIVER_OK,
        ACK | DRIVER | FEATURES_OK | DRIVER_OK | FAILED, FAILED,
    };
    static const uint8_t legacy_states[] = {
        0, ACK, ACK | DRIVER, ACK | DRIVER | DRIVER_OK, DRIVER_OK, FAILED,
    };
    bool legacy = opaque;
    const uint8_t *states = legacy ? legacy_states : modern_states;
    int count = legacy ? ARRAY_SIZE(legacy_states)
                       : ARRAY_SIZE(modern_states);
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    QVirtio v;

    if (!qtest_is_ours()) {
        g_test_skip("stock QEMU takes the bits in any order");
        close(fd);
        qtest_quit(qts);
        return;
    }
    qvirtio_init(&v, qts, 0, QSOCKET_DEVFN, legacy, false);
    for (int i = 0; i < count; i++) {
        for (int val = 0; val < 256; val++) {
            enter_state(&v, states[i]);
            qvirtio_set_status(&v, val);
            g_assert_cmphex(qvirtio_get_status(&v), ==,
                            expected_status(states[i], val, legacy));
        }
    }
    qvirtio_reset(&v);
    close(fd);
    qtest_quit(qts);
}

/* A kick before DRIVER_OK does nothing but is not lost; features written after
 * FEATURES_OK are not taken. covers ST-01, DIN-03, DIN-04 */
static void test_too_early(void)
{
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    uint64_t addr;
    uint8_t got[64];
    QVirtqueue tx;
    QVirtio v;
    uint16_t head;
    uint32_t len;

    qvirtio_init(&v, qts, 0, QSOCKET_DEVFN, false, true);
    g_assert_true(qvirtio_negotiate(&v, QVIRTIO_BIT(QVIRTIO_F_VERSION_1)));
    qvirtqueue_init(&tx, &v, 1, 0);
    addr = qtest_alloc(qts, 4096);
    qsocket_fill(qtest_ram(qts) + addr + 12, 64, 3);
    qvirtqueue_add(&tx, &(QVBuf){ addr, 12 + 64, false }, 1);
    qvirtqueue_kick_always(&tx);
    g_usleep(20000);
    g_assert_false(qvirtqueue_get(&tx, &head, &len));
    g_assert_cmpint(qsocket_recv(fd, got, 64, 20), ==, -1);
    g_assert_false(qpci_msix_fired(&v.pci, 2));
    qvirtio_driver_ok(&v);
    if (!qtest_is_ours()) {
        qvirtqueue_kick_always(&tx); /* stock QEMU forgot it */
    }
    g_assert_true(qvirtqueue_wait(&tx, &head, &len));
    g_assert_cmpint(qsocket_recv(fd, got, 64, 5000), ==, 64);
    g_assert_cmpmem(got, 64, qtest_ram(qts) + addr + 12, 64);
    qvirtqueue_free(&tx);
    close(fd);
    qtest_quit(qts);
}

/* DRIVER_OK without FEATURES_OK leaves the rings alone. */
static void test_driver_ok_alone(void)
{
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    uint8_t frame[64];
    QVirtio v;

    if (!qtest_is_ours()) {
        g_test_skip("stock QEMU takes the bits in any order");
        close(fd);
        qtest_quit(qts);
        return;
    }
    qvirtio_init(&v, qts, 0, QSOCKET_DEVFN, false, true);
    qvirtio_reset(&v);
    qvirtio_common_write(&v, VIRTIO_PCI_COMMON_Q_DESCLO, 0x200000, 4);
    qvirtio_common_write(&v, VIRTIO_PCI_COMMON_Q_AVAILLO, 0x210000, 4);
    qvirtio_common_write(&v, VIRTIO_PCI_COMMON_Q_USEDLO, 0x220000, 4);
    qvirtio_common_write(&v, VIRTIO_PCI_COMMON_Q_ENABLE, 1, 2);
    qvirtio_set_status(&v, ACK);
    qvirtio_set_status(&v, ACK | DRIVER | DRIVER_OK);
    g_assert_cmphex(qvirtio_get_status(&v), ==, ACK | DRIVER);
    qsocket_fill(frame, 64, 1);
    qsocket_send(fd, frame, 64);
    g_usleep(20000);
    g_assert_cmphex(qtest_read(qts, 0x220000, 4), ==, 0);
    close(fd);
    qtest_quit(qts);
}

/* ----------------------------------------------------------------- reset */

typedef enum ResetState {
    RESET_LIVE,
    RESET_TX_STUCK,   /* elements in flight: the netdev does not take them */
    RESET_BROKEN,     /* DEVICE_NEEDS_RESET */
    RESET_FAILED,     /* the driver gave up */
    RESET_NO_MASTER,  /* bus mastering off */
    RESET_STOPPED,    /* the VM does not run */
    RESET_LINK_DOWN,
    RESET_BY_SYSTEM,  /* not by the driver */
    RESET_STATES,
} ResetState;

static const char *const reset_names[RESET_STATES] = {
    "live", "tx-stuck", "broken", "failed", "no-master", "stopped",
    "link-down", "by-system",
};

static void set_link(QTestState *qts, bool up)
{
    json_decref(qtest_qmp_ok(qts, "{'execute': 'set_link', 'arguments': "
                             "{'name': 'nic0', 'up': %s}}",
                             up ? "true" : "false"));
}

static void fill_tx(QVNet *n)
{
    uint8_t frame[4096];

    qsocket_fill(frame, sizeof(frame), 1);
    while (qvnet_send_nowait(n, 0, NULL, frame, sizeof(frame))) {
        g_free(qtest_raw(n->v.pci.qts, "clock_step 1000000"));
    }
    g_assert_cmpuint(n->pair[0].tx.size - n->pair[0].tx.num_free, >=, 32);
}

static void break_tx(QVNet *n)
{
    qvirtqueue_push_avail(&n->pair[0].tx, 9999);
    qvirtqueue_kick_always(&n->pair[0].tx);
    for (int i = 0; i < 500; i++) {
        if (n->v.legacy || (qvirtio_get_status(&n->v) & NEEDS_RESET)) {
            return;
        }
        g_usleep(1000);
    }
    g_error("device did not ask for a reset");
}

static void prepare(QVNet *n, ResetState state)
{
    QTestState *qts = n->v.pci.qts;

    switch (state) {
    case RESET_TX_STUCK:
        fill_tx(n);
        break;
    case RESET_BROKEN:
        break_tx(n);
        break;
    case RESET_FAILED:
        qvirtio_add_status(&n->v, FAILED);
        break;
    case RESET_NO_MASTER:
        qpci_config_write(&n->v.pci, PCI_COMMAND, 3, 2);
        break;
    case RESET_STOPPED:
        json_decref(qtest_qmp_ok(qts, "{'execute': 'stop'}"));
        break;
    case RESET_LINK_DOWN:
        set_link(qts, false);
        break;
    default:
        break;
    }
}

static void undo(QVNet *n, ResetState state)
{
    QTestState *qts = n->v.pci.qts;

    if (state == RESET_STOPPED) {
        json_decref(qtest_qmp_ok(qts, "{'execute': 'cont'}"));
    } else if (state == RESET_LINK_DOWN) {
        set_link(qts, true);
    }
}

static void reset_now(QVNet *n, ResetState state)
{
    QTestState *qts = n->v.pci.qts;

    if (state == RESET_BY_SYSTEM) {
        json_t *event;

        json_decref(qtest_qmp_ok(qts, "{'execute': 'system_reset'}"));
        event = qtest_qmp_event(qts, "RESET");
        g_assert_nonnull(event);
        json_decref(event);
        qpci_device_enable(&n->v.pci); /* BARs are gone, too */
    }
    qvirtio_reset(&n->v);
}

/* covers RS-01, RS-02, PG-07, PG-08, PG-09, PM-07 */
static void check_defaults(QVirtio *v)
{
    if (v->legacy) {
        for (unsigned q = 0; q < 3; q++) {
            qpci_bar_write(&v->pci, 0, VIRTIO_PCI_QUEUE_SEL, q, 2);
            g_assert_cmphex(qpci_bar_read(&v->pci, 0, VIRTIO_PCI_QUEUE_PFN, 4),
                            ==, 0);
        }
        g_assert_cmphex(qpci_bar_read(&v->pci, 0, VIRTIO_PCI_GUEST_FEATURES,
                                      4), ==, 0);
        g_assert_cmphex(qpci_bar_read(&v->pci, 0, VIRTIO_PCI_ISR, 1), ==, 0);
        return;
    }
    g_assert_cmphex(qvirtio_common_read(v, VIRTIO_PCI_COMMON_MSIX, 2), ==,
                    NO_VECTOR);
    for (unsigned q = 0; q < 3; q++) {
        qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_SELECT, q, 2);
        g_assert_cmphex(qvirtio_common_read(v, VIRTIO_PCI_COMMON_Q_SIZE, 2),
                        ==, q == 2 ? 64 : 256);
        g_assert_cmphex(qvirtio_common_read(v, VIRTIO_PCI_COMMON_Q_MSIX, 2),
                        ==, NO_VECTOR);
        g_assert_cmphex(qvirtio_common_read(v, VIRTIO_PCI_COMMON_Q_ENABLE, 2),
                        ==, 0);
        g_assert_cmphex(qvirtio_common_read(v, 58, 2), ==, 0);
        for (unsigned reg = VIRTIO_PCI_COMMON_Q_DESCLO;
             reg <= VIRTIO_PCI_COMMON_Q_USEDHI; reg += 4) {
            g_assert_cmphex(qvirtio_common_read(v, reg, 4), ==, 0);
        }
    }
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_GFSELECT, 0, 4);
    g_assert_cmphex(qvirtio_common_read(v, VIRTIO_PCI_COMMON_GF, 4), ==, 0);
    g_assert_cmphex(qvirtio_read_isr(v), ==, 0);
}

/* Frames go both ways. What an earlier life left in the socket is skipped. */
static void check_traffic(QVNet *n, int fd)
{
    uint8_t frame[100], got[70000];
    ssize_t len;

    qsocket_fill(frame, 100, 42);
    g_assert_true(qvnet_send_nowait(n, 0, NULL, frame, 100));
    do {
        len = qsocket_recv(fd, got, sizeof(got), 5000);
        g_assert_cmpint(len, >, 0);
        g_assert_true(len == 100 || len == 4096); /* still framed */
    } while (len != 100);
    g_assert_cmpmem(frame, 100, got, 100);
    qsocket_send(fd, frame, 100);
    do {
        len = qvnet_recv(n, 0, NULL, got, sizeof(got), 5000);
        g_assert_cmpint(len, >, 0);
    } while (len != 100);
    g_assert_cmpmem(frame, 100, got, 100);
}

static void check_reset(QTestState *qts, int fd, ResetState state,
                        const QVNetMode *mode)
{
    uint16_t rx_used, tx_used;
    uint8_t frame[64];
    QVNet n;

    qvnet_start(&n, qts, 0, QSOCKET_DEVFN, mode,
                QVIRTIO_BIT(QVNET_F_STATUS) | QVIRTIO_BIT(QVNET_F_CTRL_VQ), 1);
    prepare(&n, state);
    reset_now(&n, state);
    check_defaults(&n.v);
    for (unsigned i = 0; i < n.v.pci.msix_vectors; i++) {
        qpci_msix_fired(&n.v.pci, i);
    }
    memcpy(&rx_used, n.pair[0].rx.used_p + 2, 2);
    memcpy(&tx_used, n.pair[0].tx.used_p + 2, 2);
    undo(&n, state);
    /* Nothing that happens now reaches the old rings. */
    qsocket_fill(frame, 64, 1);
    qsocket_send(fd, frame, 64);
    qvirtqueue_kick_always(&n.pair[0].rx);
    qvirtqueue_kick_always(&n.pair[0].tx);
    g_usleep(5000);
    g_free(qtest_raw(qts, "clock_step 1000000"));
    g_assert_cmpmem(&rx_used, 2, n.pair[0].rx.used_p + 2, 2);
    g_assert_cmpmem(&tx_used, 2, n.pair[0].tx.used_p + 2, 2);
    for (unsigned i = 0; i < n.v.pci.msix_vectors; i++) {
        g_assert_false(qpci_msix_fired(&n.v.pci, i));
    }
    qvnet_stop(&n);
    qvnet_start(&n, qts, 0, QSOCKET_DEVFN, mode, 0, 1);
    check_traffic(&n, fd);
    qvnet_stop(&n);
}

static void test_reset(const void *opaque)
{
    ResetState state = GPOINTER_TO_INT(opaque) & 15;
    QVNetMode mode = modern;
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");

    mode.legacy = GPOINTER_TO_INT(opaque) & 16;
    for (int round = 0; round < 3; round++) {
        check_reset(qts, fd, state, &mode);
    }
    close(fd);
    qtest_quit(qts);
}

/* Reset and status reads in every state on the way up. */
static void test_reset_on_the_way(void)
{
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    QVirtio v;
    QVirtqueue vq;

    qvirtio_init(&v, qts, 0, QSOCKET_DEVFN, false, true);
    for (int stage = 0; stage < 5; stage++) {
        qvirtio_set_status(&v, ACK);
        if (stage > 0) {
            qvirtio_add_status(&v, DRIVER);
        }
        if (stage > 1) {
            accept_version_1(&v);
            qvirtio_add_status(&v, FEATURES_OK);
        }
        if (stage > 2) {
            qvirtqueue_init(&vq, &v, 0, 0);
        }
        if (stage > 3) {
            qvirtio_driver_ok(&v);
        }
        qvirtio_reset(&v);
        check_defaults(&v);
        if (stage > 2) {
            qvirtqueue_free(&vq);
        }
    }
    close(fd);
    qtest_quit(qts);
}

/* covers QR-01, QR-02, QE-01, PG-10, PG-11, PG-13 */
static void test_queue_reset(void)
{
    uint8_t frame[64], got[64];
    uint16_t head;
    uint32_t len;
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    QVirtqueue fresh;
    QVNet n;
    uint64_t addr;

    qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &modern,
                QVIRTIO_BIT(QVIRTIO_F_RING_RESET), 1);
    g_assert_true(n.v.features & QVIRTIO_BIT(QVIRTIO_F_RING_RESET));
    qsocket_fill(frame, 64, 1);
    g_assert_true(qvnet_send(&n, NULL, frame, 64));
    g_assert_cmpint(qsocket_recv(fd, got, 64, 5000), ==, 64);
    for (int round = 0; round < 3; round++) {
        qvirtio_common_write(&n.v, VIRTIO_PCI_COMMON_Q_SELECT, 1, 2);
        qvirtio_common_write(&n.v, 58, 1, 2);
        g_assert_cmphex(qvirtio_common_read(&n.v, 58, 2), ==, 0);
        g_assert_cmphex(
            qvirtio_common_read(&n.v, VIRTIO_PCI_COMMON_Q_ENABLE, 2), ==, 0);
        qvirtqueue_kick_always(&n.pair[0].tx);
        /* Another size, other addresses; positions start at 0 again. */
        qvirtqueue_init(&fresh, &n.v, 1, 64 << round);
        g_assert_cmphex(qvirtio_common_read(&n.v, 58, 2), ==, 0);
        addr = qtest_alloc(qts, 4096);
        memcpy(qtest_ram(qts) + addr + 12, frame, 64);
        qvirtqueue_add(&fresh, &(QVBuf){ addr, 12 + 64, false }, 1);
        qvirtqueue_kick_always(&fresh);
        g_assert_true(qvirtqueue_wait(&fresh, &head, &len));
        g_assert_cmpint(qsocket_recv(fd, got, 64, 5000), ==, 64);
        g_assert_cmpmem(frame, 64, got, 64);
        qvirtqueue_free(&fresh);
    }
    qvnet_stop(&n);
    close(fd);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/hazard/pci-status-order/modern", NULL, test_order);
    g_test_add_data_func("/hazard/pci-status-order/legacy", (void *)1,
                         test_order);
    g_test_add_func("/virtio-pci/status/too-early", test_too_early);
    g_test_add_func("/virtio-pci/status/driver-ok-alone",
                    test_driver_ok_alone);
    for (int i = 0; i < 2 * RESET_STATES; i++) {
        bool legacy = i >= RESET_STATES;
        g_autofree char *path = g_strdup_printf(
            "/virtio-pci/reset/%s-%s", reset_names[i % RESET_STATES],
            legacy ? "legacy" : "modern");
        g_test_add_data_func(
            path, GINT_TO_POINTER(i % RESET_STATES + (legacy ? 16 : 0)),
            test_reset);
    }
    g_test_add_func("/virtio-pci/reset/on-the-way", test_reset_on_the_way);
    g_test_add_func("/virtio-pci/queue-reset", test_queue_reset);
    return g_test_run();
}
