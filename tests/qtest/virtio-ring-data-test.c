/*
 * What must not matter: where a chain is split, how often the indices have
 * wrapped, that somebody changes a descriptor while it is read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/virtio_pci.h>

#include "tests/qtest/lib/qsocket.h"
#include "tests/qtest/lib/qvnet.h"
#include "util/atomic.h"
#include "util/bswap.h"

#define NEEDS_RESET 0x40
#define FRAME 100

static const QVNetMode chain_modes[] = {
    { .legacy = false, .mergeable = true, .indirect = false },
    { .legacy = false, .mergeable = false, .indirect = true },
    { .legacy = true, .mergeable = true, .indirect = true },
    { .legacy = true, .mergeable = false, .indirect = false },
};

static QTestState *start(QVNet *n, int *fd, const QVNetMode *mode)
{
    QTestState *qts = qsocket_start(fd, "pc", "");

    qvnet_start(n, qts, 0, QSOCKET_DEVFN, mode,
                QVIRTIO_BIT(QVNET_F_CTRL_VQ) | QVIRTIO_BIT(QVNET_F_CTRL_RX) |
                QVIRTIO_BIT(QVNET_F_CTRL_MAC_ADDR), 1);
    return qts;
}

static void end(QVNet *n, int fd)
{
    QTestState *qts = n->v.pci.qts;

    qvnet_stop(n);
    close(fd);
    qtest_quit(qts);
}

/* ------------------------------------------------------------------ splits */

/* The pieces of [addr, addr + len) cut at a and, if b is larger, at b. */
static unsigned cut(QVBuf *bufs, uint64_t addr, uint32_t len, uint32_t a,
                    uint32_t b, bool write)
{
    const uint32_t ends[] = { a, b, len };
    uint32_t from = 0;
    unsigned n = 0;

    for (int i = 0; i < 3; i++) {
        if (ends[i] > from) {
            bufs[n++] = (QVBuf){ addr + from, ends[i] - from, write };
            from = ends[i];
        }
    }
    return n;
}

static void send_chain(QVNet *n, int fd, const QVBuf *bufs, unsigned count,
                       const uint8_t *frame)
{
    uint8_t got[FRAME];
    uint16_t head;
    uint32_t len;

    g_assert_cmpint(qvirtqueue_add(&n->pair[0].tx, bufs, count), >=, 0);
    qvirtqueue_kick(&n->pair[0].tx);
    g_assert_true(qvirtqueue_wait(&n->pair[0].tx, &head, &len));
    g_assert_cmpuint(len, ==, 0);
    g_assert_cmpint(qsocket_recv(fd, got, FRAME, 5000), ==, FRAME);
    g_assert_cmpmem(frame, FRAME, got, FRAME);
}

/* covers SF-01, SD-01, SD-04 */
static void test_split_tx(const void *opaque)
{
    QVNet n;
    int fd;
    QTestState *qts = start(&n, &fd, opaque);
    uint64_t addr = qtest_alloc(qts, 4096);
    uint8_t *p = qtest_ram(qts) + addr, frame[FRAME], before[4096];
    uint32_t total = n.hdr_len + FRAME;
    QVBuf bufs[3];

    qsocket_fill(frame, FRAME, 5);
    memcpy(p + n.hdr_len, frame, FRAME);
    memcpy(before, p, 4096);
    for (uint32_t a = 1; a <= total; a++) {
        send_chain(&n, fd, bufs, cut(bufs, addr, total, a, 0, false), frame);
        send_chain(&n, fd, bufs, cut(bufs, addr, total, a / 2, a, false),
                   frame);
    }
    g_assert_cmpmem(before, 4096, p, 4096); /* readable: nobody wrote there */
    end(&n, fd);
}

/* A byte a descriptor, in a ring without indirect tables. */
static void test_split_bytes(void)
{
    QVNet n;
    int fd;
    QTestState *qts = start(&n, &fd, &chain_modes[0]);
    uint64_t addr = qtest_alloc(qts, 4096);
    uint8_t frame[FRAME], table[16 * 256];
    QVirtqueue *tx = &n.pair[0].tx;
    uint16_t head;
    uint32_t len;
    uint8_t got[FRAME];
    uint32_t total = n.hdr_len + FRAME;
    QVBuf bufs[FRAME + 12];

    qsocket_fill(frame, FRAME, 9);
    memcpy(qtest_ram(qts) + addr + n.hdr_len, frame, FRAME);
    for (uint32_t i = 0; i < total; i++) {
        bufs[i] = (QVBuf){ addr + i, 1, false };
    }
    g_assert_cmpint(qvirtqueue_add(tx, bufs, total), >=, 0);
    memcpy(table, tx->desc_p, sizeof(table));
    qvirtqueue_kick(tx);
    g_assert_cmpint(qsocket_recv(fd, got, FRAME, 5000), ==, FRAME);
    g_assert_cmpmem(frame, FRAME, got, FRAME);
    /* The table is the driver's. */
    g_assert_cmpmem(table, sizeof(table), tx->desc_p, sizeof(table));
    g_assert_true(qvirtqueue_wait(tx, &head, &len));
    end(&n, fd);
}

/* A receive buffer of `size` bytes cut at every byte of header and frame. */
static void test_split_rx(const void *opaque)
{
    const QVNetMode *mode = opaque;
    const uint32_t size = 2048;
    uint8_t frame[FRAME];
    uint16_t head;
    uint32_t len;
    QVNet n;
    QVirtqueue rx;
    int fd;
    QTestState *qts = start(&n, &fd, mode);
    uint64_t addr;
    uint8_t *p;

    /* The queue without what the library posted. */
    g_assert_true(qvirtio_negotiate(&n.v, n.v.features));
    qvirtqueue_init(&rx, &n.v, 0, 0);
    qvirtio_driver_ok(&n.v);
    addr = qtest_alloc(qts, 4096);
    p = qtest_ram(qts) + addr;
    for (uint32_t a = 1; a <= n.hdr_len + FRAME + 1; a++) {
        QVBuf bufs[3];
        unsigned count = cut(bufs, addr, size, a, a + 1 + a % 7, true);

        memset(p, 0xcc, 4096);
        qsocket_fill(frame, FRAME, a);
        g_assert_cmpint(qvirtqueue_add(&rx, bufs, count), >=, 0);
        qvirtqueue_kick(&rx);
        qsocket_send(fd, frame, FRAME);
        g_assert_true(qvirtqueue_wait(&rx, &head, &len));
        g_assert_cmpuint(len, ==, n.hdr_len + FRAME);
        g_assert_cmpmem(p + n.hdr_len, FRAME, frame, FRAME);
        g_assert_cmphex(p[size], ==, 0xcc);
        g_assert_cmphex(p[n.hdr_len + FRAME], ==, 0xcc);
        if (n.hdr_len == 12 && qtest_is_ours()) {
            g_assert_cmpuint(ldw_le_p(p + 10), ==, 1);
        }
    }
    qvirtqueue_free(&rx);
    end(&n, fd);
}

/* The command and its data cut at every byte, the ack on its own. */
static void test_split_ctrl(const void *opaque)
{
    static const uint8_t command[] = { 1, 1, 0x52, 0x54, 0, 7, 8, 9 };
    QVNet n;
    int fd;
    QTestState *qts = start(&n, &fd, opaque);
    uint64_t addr = qtest_alloc(qts, 4096);
    uint8_t *p = qtest_ram(qts) + addr;
    uint16_t head;
    uint32_t len;

    memcpy(p, command, sizeof(command));
    for (uint32_t a = 1; a <= sizeof(command); a++) {
        for (uint32_t b = a; b <= sizeof(command); b++) {
            QVBuf bufs[4];
            unsigned count = cut(bufs, addr, sizeof(command), a, b, false);

            p[7] = a * 16 + b;
            p[64] = 0xee;
            bufs[count++] = (QVBuf){ addr + 64, 1, true };
            g_assert_cmpint(qvirtqueue_add(&n.ctrl, bufs, count), >=, 0);
            qvirtqueue_kick(&n.ctrl);
            g_assert_true(qvirtqueue_wait(&n.ctrl, &head, &len));
            g_assert_cmpuint(len, ==, 1);
            g_assert_cmphex(p[64], ==, 0);
            g_assert_cmphex(qvirtio_config_read(&n.v, 5, 1), ==, p[7]);
        }
    }
    end(&n, fd);
}

/* -------------------------------------------------------------- the wrap */

/* 64k elements and more through each queue, so that all indices wrap.
 * covers SR-01, SR-02 */
static void test_wrap(const void *opaque)
{
    QVNet n;
    int fd;
    QTestState *qts = start(&n, &fd, opaque);
    uint64_t addr = qtest_alloc(qts, 4096);
    uint8_t frame[FRAME], got[FRAME], on = 0;
    QVirtqueue *tx = &n.pair[0].tx;
    QVBuf short_chain = { addr, 4, false }; /* no frame: dropped */
    uint16_t head;
    uint32_t len;

    if (!qtest_is_ours()) {
        g_test_skip("stock QEMU breaks the device at the first one");
        end(&n, fd);
        return;
    }
    qsocket_fill(frame, FRAME, 1);
    for (unsigned done = 0; done < 65536 - 300;) {
        unsigned batch = 0;

        while (qvirtqueue_add(tx, &short_chain, 1) >= 0) {
            batch++;
        }
        qvirtqueue_kick_always(tx);
        for (unsigned i = 0; i < batch; i++) {
            g_assert_true(qvirtqueue_wait(tx, &head, &len));
        }
        done += batch;
    }
    g_assert_cmpuint(tx->last_used, <, 65535);
    for (int i = 0; i < 600; i++) { /* across 65535 */
        g_assert_true(qvnet_send(&n, NULL, frame, FRAME));
        g_assert_cmpint(qsocket_recv(fd, got, FRAME, 5000), ==, FRAME);
        g_assert_cmpmem(frame, FRAME, got, FRAME);
    }
    g_assert_cmpuint(tx->last_used, <, 1000);
    g_assert_cmpint(qvnet_ctrl(&n, 0, 0, &on, 1), ==, 0);
    end(&n, fd);
}

/* ---------------------------------------------------------------- TOCTOU */

typedef struct Flipper {
    uint8_t *desc;
    uint64_t addr[4];
    uint32_t len[4];
    bool stop;
} Flipper;

static void *flip(void *opaque)
{
    Flipper *f = opaque;

    for (unsigned i = 0; !qatomic_read(&f->stop); i++) {
        qatomic_set((uint32_t *)(f->desc + 8), f->len[i % 4]);
        qatomic_set((uint64_t *)f->desc, f->addr[i / 4 % 4]);
    }
    return NULL;
}

/* Puts descriptor 0 back as it was and makes it available alone. */
static void offer_flipped(QVNet *n, uint16_t round)
{
    QVirtqueue *tx = &n->pair[0].tx;

    stw_le_p(tx->desc_p + 12, 0);
    stw_le_p(tx->avail_p + 4 + 2 * (round % tx->size), 0);
    qatomic_store_release((uint16_t *)(tx->avail_p + 2),
                          (uint16_t)(round + 1));
    qvirtqueue_kick_always(tx);
}

/* Frames that come out were whole ones of one of the lengths. */
static unsigned drain(int fd, const uint32_t *len, unsigned hdr_len)
{
    uint8_t got[70000];
    unsigned frames = 0;
    ssize_t n;

    while ((n = qsocket_recv(fd, got, sizeof(got), 5)) > 0) {
        g_assert_true(n == len[0] - hdr_len || n == len[1] - hdr_len);
        frames++;
    }
    return frames;
}

/* One descriptor changes under the device's eyes: its length between two
 * good ones and two bad, its address between two good ones and bad.
 * covers DCU-01 */
static void test_flip(const void *opaque)
{
    QVNetMode mode = { .legacy = opaque, .mergeable = true };
    uint64_t deadline = g_get_monotonic_time() + G_USEC_PER_SEC;
    unsigned frames = 0, breaks = 0;
    QVNet n;
    int fd;
    QTestState *qts = start(&n, &fd, &mode);

    while (g_get_monotonic_time() < deadline || !frames) {
        uint64_t addr = qtest_alloc(qts, 8192);
        Flipper f = {
            .desc = n.pair[0].tx.desc_p,
            .addr = { addr, addr + 64, addr, breaks & 1 ? UINT64_MAX - 4 :
                      addr + 128 },
            .len = { 112, 1000, breaks & 2 ? 0xffffffff : 112, 1000 },
        };
        GThread *thread = g_thread_new("flip", flip, &f);

        for (uint16_t round = 0; round < 150; round++) {
            offer_flipped(&n, round);
        }
        frames += drain(fd, f.len, n.hdr_len);
        qatomic_set(&f.stop, true);
        g_thread_join(thread);
        g_assert_true(qtest_alive(qts));
        breaks++;
        qvnet_stop(&n);
        frames += drain(fd, f.len, n.hdr_len);
        qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &mode, 0, 1);
    }
    g_test_message("%u frames, %u lives", frames, breaks);
    end(&n, fd);
}

/* Chains that pass through a table somebody rewrites all the time. */
static void *scribble(void *opaque)
{
    Flipper *f = opaque;
    uint32_t seed = 1;

    for (unsigned i = 0; !qatomic_read(&f->stop); i++) {
        uint8_t *d = f->desc + 16 * (i % 16);

        seed = seed * 1664525 + 1013904223;
        qatomic_set((uint64_t *)d, f->addr[seed >> 30]);
        qatomic_set((uint32_t *)(d + 8), f->len[seed >> 28 & 3]);
        /* NEXT and WRITE, now and then INDIRECT; next anywhere */
        qatomic_set((uint32_t *)(d + 12), (seed >> 24 & 1) |
                    (seed >> 8 & 15) << 16 |
                    (seed % 97 ? 0 : seed >> 5 & 6));
    }
    return NULL;
}

static void test_scribble(void)
{
    uint64_t deadline = g_get_monotonic_time() + G_USEC_PER_SEC;
    QVNet n;
    int fd;
    QTestState *qts = start(&n, &fd, &chain_modes[1]);
    uint8_t sink[70000];

    while (g_get_monotonic_time() < deadline) {
        uint64_t addr = qtest_alloc(qts, 8192);
        Flipper f = {
            .desc = n.pair[0].tx.desc_p,
            .addr = { addr, addr + 100, 0x100000, UINT64_C(0xe0000000) },
            .len = { 12, 60, 1, 64 },
        };
        GThread *thread = g_thread_new("scribble", scribble, &f);

        for (int i = 0; i < 64; i++) {
            qvirtqueue_push_avail(&n.pair[0].tx, i % 16);
            qvirtqueue_kick_always(&n.pair[0].tx);
        }
        qatomic_set(&f.stop, true);
        g_thread_join(thread);
        g_assert_true(qtest_alive(qts));
        qvnet_stop(&n);
        while (qsocket_recv(fd, sink, sizeof(sink), 0) > 0) {
            continue;
        }
        qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &chain_modes[1], 0, 1);
    }
    g_assert_true(qvnet_send(&n, NULL, sink, 64));
    end(&n, fd);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 0; i < ARRAY_SIZE(chain_modes); i++) {
        static const struct {
            const char *name;
            GTestDataFunc fn;
        } tests[] = {
            { "/hazard/chain-split-invariance/tx", test_split_tx },
            { "/hazard/chain-split-invariance/rx", test_split_rx },
            { "/hazard/chain-split-invariance/ctrl", test_split_ctrl },
            { "/hazard/ring-wrap-65535", test_wrap },
        };
        g_autofree char *mode = qvnet_mode_name(&chain_modes[i]);

        for (int t = 0; t < ARRAY_SIZE(tests); t++) {
            g_autofree char *path = g_strdup_printf("%s/%s", tests[t].name,
                                                    mode);
            g_test_add_data_func(path, &chain_modes[i], tests[t].fn);
        }
    }
    g_test_add_func("/hazard/chain-split-invariance/bytes", test_split_bytes);
    g_test_add_data_func("/hazard/ring-toctou-flip/modern", NULL, test_flip);
    g_test_add_data_func("/hazard/ring-toctou-flip/legacy", (void *)1,
                         test_flip);
    g_test_add_func("/hazard/ring-toctou-flip/chains", test_scribble);
    return g_test_run();
}
