/*
 * A virtio-net driver for tests (virtio 1.4, 5.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/virtio_pci.h>

#include "tests/qtest/lib/qvnet.h"

#define TX_BUFS 64
#define TX_BUF_SIZE (72 * KiB)

#define MODE(i)                                                    \
    { .legacy = (i) & 8, .mergeable = !((i) & 4),                  \
      .indirect = !((i) & 2), .event_idx = !((i) & 1) }

const QVNetMode qvnet_modes[16] = {
    MODE(0), MODE(1), MODE(2),  MODE(3),  MODE(4),  MODE(5),  MODE(6),
    MODE(7), MODE(8), MODE(9),  MODE(10), MODE(11), MODE(12), MODE(13),
    MODE(14), MODE(15),
};

char *qvnet_mode_name(const QVNetMode *m)
{
    return g_strdup_printf("%s%s%s%s", m->legacy ? "legacy" : "modern",
                           m->mergeable ? "-merge" : "-whole",
                           m->indirect ? "-indirect" : "-direct",
                           m->event_idx ? "-event" : "-flags");
}

static uint64_t choose_features(const QVNetMode *mode, uint64_t wanted,
                                unsigned pairs)
{
    uint64_t f = wanted;

    f &= ~(QVIRTIO_BIT(QVNET_F_MRG_RXBUF) |
           QVIRTIO_BIT(QVIRTIO_F_INDIRECT_DESC) |
           QVIRTIO_BIT(QVIRTIO_F_EVENT_IDX));
    if (mode->mergeable) {
        f |= QVIRTIO_BIT(QVNET_F_MRG_RXBUF);
    }
    if (mode->indirect) {
        f |= QVIRTIO_BIT(QVIRTIO_F_INDIRECT_DESC);
    }
    if (mode->event_idx) {
        f |= QVIRTIO_BIT(QVIRTIO_F_EVENT_IDX);
    }
    f |= QVIRTIO_BIT(QVNET_F_MAC) | QVIRTIO_BIT(QVIRTIO_F_ANY_LAYOUT);
    f |= QVIRTIO_BIT(QVIRTIO_F_VERSION_1);
    if (pairs <= 1) {
        f &= ~QVIRTIO_BIT(QVNET_F_MQ);
    }
    return f;
}

void qvnet_post_rx(QVNet *n, unsigned pair, uint16_t slot)
{
    QVNetPair *p = &n->pair[pair];
    uint64_t addr = p->rx_buf + (uint64_t)slot * n->rx_buf_size;
    QVBuf whole[2] = {
        { addr, n->hdr_len, true },
        { addr + n->hdr_len, n->rx_buf_size - n->hdr_len, true },
    };
    QVBuf one = { addr, n->rx_buf_size, true };
    bool merge = n->v.features & QVIRTIO_BIT(QVNET_F_MRG_RXBUF);
    /* Without merging some drivers give the header a descriptor of its own;
     * doing so covers that layout too. */
    int head = merge ? qvirtqueue_add(&p->rx, &one, 1)
                     : qvirtqueue_add(&p->rx, whole, 2);

    g_assert_cmpint(head, >=, 0);
    p->rx_slot[head] = slot;
}

static void setup_pair(QVNet *n, unsigned i)
{
    QVNetPair *p = &n->pair[i];
    bool merge = n->v.features & QVIRTIO_BIT(QVNET_F_MRG_RXBUF);
    unsigned slots;

    qvirtqueue_init(&p->rx, &n->v, 2 * i, 256);
    qvirtqueue_init(&p->tx, &n->v, 2 * i + 1, 256);
    qvirtqueue_interrupts(&p->tx, false);
    p->rx_slot = g_new0(uint16_t, p->rx.size);
    slots = merge ? MIN(p->rx.size, 256) : 64;
    if (!merge && !p->rx.indirect) {
        slots = MIN(slots, p->rx.size / 2);
    }
    slots = MIN(slots, n->rx_slots);
    p->rx_buf = qtest_alloc(n->v.pci.qts, (size_t)slots * n->rx_buf_size);
    for (unsigned s = 0; s < slots; s++) {
        qvnet_post_rx(n, i, s);
    }
}

static void read_mac(QVNet *n)
{
    for (int i = 0; i < 6; i++) {
        n->mac[i] = qvirtio_config_read(&n->v, i, 1);
    }
}

void qvnet_start(QVNet *n, QTestState *qts, uint8_t bus, uint8_t devfn,
                 const QVNetMode *mode, uint64_t features, unsigned pairs)
{
    qvnet_start_sized(n, qts, bus, devfn, mode, features, pairs,
                      mode->mergeable ? 4096 : 68 * KiB, UINT_MAX);
}

void qvnet_start_sized(QVNet *n, QTestState *qts, uint8_t bus, uint8_t devfn,
                       const QVNetMode *mode, uint64_t features,
                       unsigned pairs, uint32_t rx_buf_size, unsigned rx_slots)
{
    unsigned max_pairs = 1;

    memset(n, 0, sizeof(*n));
    qvirtio_init(&n->v, qts, bus, devfn, mode->legacy, true);
    g_assert_true(qvirtio_negotiate(&n->v,
                                    choose_features(mode, features, pairs)));
    n->hdr_len = mode->legacy && !mode->mergeable ? VNET_HDR_LEN_LEGACY
                                                  : VNET_HDR_LEN_V1;
    n->rx_buf_size = rx_buf_size;
    n->rx_slots = rx_slots;
    n->rx_repost = true;
    read_mac(n);
    if (n->v.features & QVIRTIO_BIT(QVNET_F_MQ)) {
        max_pairs = qvirtio_config_read(&n->v, 8, 2);
    }
    g_assert_cmpuint(pairs, <=, MIN(max_pairs, QVNET_MAX_PAIRS));
    n->pairs = pairs;
    for (unsigned i = 0; i < pairs; i++) {
        setup_pair(n, i);
    }
    n->has_ctrl = n->v.features & QVIRTIO_BIT(QVNET_F_CTRL_VQ);
    if (n->has_ctrl) {
        qvirtqueue_init(&n->ctrl, &n->v, 2 * max_pairs, 0);
    }
    n->tx_buf = qtest_alloc(qts, TX_BUFS * TX_BUF_SIZE);
    qvirtio_driver_ok(&n->v);
    for (unsigned i = 0; i < pairs; i++) {
        qvirtqueue_kick(&n->pair[i].rx);
    }
}

void qvnet_free(QVNet *n)
{
    for (unsigned i = 0; i < n->pairs; i++) {
        qvirtqueue_free(&n->pair[i].rx);
        qvirtqueue_free(&n->pair[i].tx);
        g_free(n->pair[i].rx_slot);
    }
    if (n->has_ctrl) {
        qvirtqueue_free(&n->ctrl);
    }
}

void qvnet_stop(QVNet *n)
{
    qvirtio_reset(&n->v);
    qvnet_free(n);
    qtest_alloc_reset(n->v.pci.qts);
}

void qvnet_reap_tx(QVNet *n, unsigned pair)
{
    uint16_t head;
    uint32_t len;

    while (qvirtqueue_get(&n->pair[pair].tx, &head, &len)) {
        g_assert_cmpuint(len, ==, 0); /* nothing was device-writable */
    }
}

bool qvnet_send_nowait(QVNet *n, unsigned pair, const VnetHdr *hdr,
                       const void *frame, size_t len)
{
    QVirtqueue *tx = &n->pair[pair].tx;
    uint64_t addr = n->tx_buf + (n->tx_next % TX_BUFS) * TX_BUF_SIZE;
    uint8_t *p = qtest_ram(n->v.pci.qts) + addr;
    VnetHdr none = { 0 };
    QVBuf bufs[2] = { { addr, n->hdr_len, false },
                      { addr + n->hdr_len, len, false } };

    g_assert_cmpuint(len + n->hdr_len, <=, TX_BUF_SIZE);
    qvnet_reap_tx(n, pair);
    if (tx->size - tx->num_free >= (tx->indirect ? TX_BUFS : 2 * TX_BUFS) ||
        tx->num_free < 2) {
        return false;
    }
    vnet_hdr_encode(hdr ? hdr : &none, p, n->hdr_len, false);
    memcpy(p + n->hdr_len, frame, len);
    n->tx_next++;
    g_assert_cmpint(qvirtqueue_add(tx, bufs, 2), >=, 0);
    qvirtqueue_kick(tx);
    return true;
}

bool qvnet_send_on(QVNet *n, unsigned pair, const VnetHdr *hdr,
                   const void *frame, size_t len)
{
    uint16_t head;
    uint32_t used_len;

    g_assert_true(qvnet_send_nowait(n, pair, hdr, frame, len));
    if (!qvirtqueue_wait(&n->pair[pair].tx, &head, &used_len)) {
        return false;
    }
    g_assert_cmpuint(used_len, ==, 0);
    return true;
}

bool qvnet_send(QVNet *n, const VnetHdr *hdr, const void *frame, size_t len)
{
    return qvnet_send_on(n, 0, hdr, frame, len);
}

/* One used buffer: copies its bytes from `skip` on, posts it again. */
static size_t take_buffer(QVNet *n, unsigned pair, uint16_t head, uint32_t len,
                          size_t skip, uint8_t *out, size_t max)
{
    QVNetPair *p = &n->pair[pair];
    uint16_t slot = p->rx_slot[head];
    const uint8_t *from = qtest_ram(n->v.pci.qts) + p->rx_buf +
                          (uint64_t)slot * n->rx_buf_size;

    g_assert_cmpuint(len, <=, n->rx_buf_size);
    g_assert_cmpuint(len, >=, skip);
    g_assert_cmpuint(len - skip, <=, max);
    memcpy(out, from + skip, len - skip);
    if (n->rx_repost) {
        qvnet_post_rx(n, pair, slot);
    }
    return len - skip;
}

static bool wait_rx(QVNet *n, QVNetPair *p, uint16_t *head, uint32_t *len,
                    int timeout_ms)
{
    int64_t deadline = g_get_monotonic_time() + timeout_ms * INT64_C(1000);

    while (!qvirtqueue_get(&p->rx, head, len)) {
        if (g_get_monotonic_time() >= deadline) {
            return false;
        }
        g_usleep(100);
    }
    return true;
}

ssize_t qvnet_recv(QVNet *n, unsigned pair, VnetHdr *hdr, void *frame,
                   size_t max, int timeout_ms)
{
    QVNetPair *p = &n->pair[pair];
    VnetHdr local;
    VnetHdr *h = hdr ? hdr : &local;
    const uint8_t *raw;
    size_t got;
    uint16_t head;
    uint32_t len;

    if (!wait_rx(n, p, &head, &len, timeout_ms)) {
        return -1;
    }
    raw = qtest_ram(n->v.pci.qts) + p->rx_buf +
          (uint64_t)p->rx_slot[head] * n->rx_buf_size;
    vnet_hdr_decode(h, raw, n->hdr_len, false);
    if (n->hdr_len == VNET_HDR_LEN_LEGACY ||
        (!h->num_buffers && !qtest_is_ours())) {
        h->num_buffers = 1; /* stock QEMU leaves 0 there without merging */
    }
    g_assert_cmpuint(h->num_buffers, >=, 1);
    if (!(n->v.features & QVIRTIO_BIT(QVNET_F_MRG_RXBUF))) {
        g_assert_cmpuint(h->num_buffers, ==, 1);
    }
    got = take_buffer(n, pair, head, len, n->hdr_len, frame, max);
    for (unsigned i = 1; i < h->num_buffers; i++) {
        /* All buffers of a packet are published together. */
        g_assert_true(qvirtqueue_get(&p->rx, &head, &len));
        got += take_buffer(n, pair, head, len, 0, (uint8_t *)frame + got,
                           max - got);
    }
    qvirtqueue_kick(&p->rx);
    return got;
}

int qvnet_ctrl(QVNet *n, uint8_t class, uint8_t cmd, const void *data,
               size_t len)
{
    uint64_t addr = qtest_alloc(n->v.pci.qts, 4096 + len);
    uint8_t *p = qtest_ram(n->v.pci.qts) + addr;
    QVBuf bufs[3] = { { addr, 2, false },
                      { addr + 16, len, false },
                      { addr + 8, 1, true } };
    uint16_t head;
    uint32_t used_len;

    g_assert_true(n->has_ctrl);
    p[0] = class;
    p[1] = cmd;
    p[8] = 0xee;
    if (len) {
        memcpy(p + 16, data, len);
        qvirtqueue_add(&n->ctrl, bufs, 3);
    } else {
        bufs[1] = bufs[2];
        qvirtqueue_add(&n->ctrl, bufs, 2);
    }
    qvirtqueue_kick(&n->ctrl);
    if (!qvirtqueue_wait(&n->ctrl, &head, &used_len)) {
        return -1;
    }
    g_assert_cmpuint(used_len, ==, 1);
    return p[8];
}
