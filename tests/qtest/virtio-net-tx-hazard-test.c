/*
 * Hostile transmit chains and headers: the emulator lives, the counters add
 * up, and the next good frame passes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/eth.h"
#include "tests/qtest/lib/tapnet.h"

#define MARK 0x88b5

/* One chain of these bytes as they lie, cut after each `cut` bytes (0: in one
 * piece); the device must use it with length 0. */
static void send_raw(TapNet *t, const uint8_t *bytes, size_t len, size_t cut)
{
    QVirtqueue *tx = &t->net.pair[0].tx;
    QVBuf bufs[64];
    unsigned n = 0;
    uint16_t head;
    uint32_t used_len;

    memcpy(qtest_ram(t->qts) + t->net.tx_buf, bytes, len);
    for (size_t at = 0; at < len || n == 0; n++) {
        size_t piece = cut && n < 62 ? MIN(cut, len - at) : len - at;

        bufs[n] = (QVBuf){ t->net.tx_buf + at, piece, false };
        at += piece;
    }
    g_assert_cmpint(qvirtqueue_add(tx, bufs, n), >=, 0);
    qvirtqueue_kick(tx);
    g_assert_true(qvirtqueue_wait(tx, &head, &used_len));
    g_assert_cmpuint(used_len, ==, 0);
}

static uint64_t drops(TapNet *t, const char *reason)
{
    return tapnet_counter(t->qts, "vnet0", 0, reason);
}

/* What is too short for a header and Ethernet addresses. offset: from the
 * header's length, or from 0 if it is below the header's. */
static void short_chains(const QVNetMode *mode, bool from_hdr, int offset)
{
    TapNet *t = tapnet_new("", "", 1);
    uint8_t bytes[64] = { 0 };
    unsigned sent = 0;
    size_t len;

    tapnet_driver(t, mode, 0, 1);
    len = (from_hdr ? t->net.hdr_len : 0) + offset;
    for (size_t cut = 0; cut <= 3; cut++) {
        for (int i = 0; i < 100; i++, sent++) {
            send_raw(t, bytes, len, cut);
        }
        g_assert_true(tapnet_ping(t, cut, 56));
    }
    if (qtest_is_ours()) {
        g_assert_cmpuint(drops(t, "too-short"), ==, sent);
        g_assert_cmpuint(tapnet_counter(t->qts, "vnet0", 0, "tx_malformed"),
                         ==, sent);
    }
    tapnet_free(t);
}

/* Nothing to read at all: a chain of buffers to write only is used like the
 * other short ones. A descriptor of length 0 is a fault of the ring: the
 * device wants a reset, and works after it. */
static void test_tx_short_0(const void *opaque)
{
    const QVNetMode *mode = opaque;
    TapNet *t = tapnet_new("", "", 1);
    QVBuf buf = { .len = 64, .write = true };
    uint16_t head;
    uint32_t len;

    tapnet_driver(t, mode, 0, 1);
    buf.addr = t->net.tx_buf;
    for (int i = 0; i < 100; i++) {
        g_assert_cmpint(qvirtqueue_add(&t->net.pair[0].tx, &buf, 1), >=, 0);
        qvirtqueue_kick(&t->net.pair[0].tx);
        g_assert_true(qvirtqueue_wait(&t->net.pair[0].tx, &head, &len));
        g_assert_cmpuint(len, ==, 0);
    }
    g_assert_true(tapnet_ping(t, 1, 56));
    if (qtest_is_ours()) {
        g_assert_cmpuint(drops(t, "too-short"), ==, 100);
    }

    buf = (QVBuf){ .addr = t->net.tx_buf };
    g_assert_cmpint(qvirtqueue_add(&t->net.pair[0].tx, &buf, 1), >=, 0);
    qvirtqueue_kick(&t->net.pair[0].tx);
    if (!mode->legacy) {
        for (int i = 0; !(qvirtio_get_status(&t->net.v) & 0x40); i++) {
            g_assert_cmpint(i, <, 5000);
            g_usleep(1000);
        }
    }
    tapnet_driver_stop(t);
    tapnet_driver(t, mode, 0, 1);
    g_assert_true(tapnet_ping(t, 2, 56));
    tapnet_free(t);
}

static void test_tx_short_1(const void *mode)
{
    short_chains(mode, false, 1);
}

static void test_tx_short_hdr_1(const void *mode)
{
    short_chains(mode, true, -1);
}

static void test_tx_short_hdr(const void *mode)
{
    short_chains(mode, true, 0);
}

static void test_tx_short_hdr_13(const void *mode)
{
    short_chains(mode, true, 13);
}

/* 14 bytes are a frame. */
static void test_tx_shortest(const void *opaque)
{
    const QVNetMode *mode = opaque;
    TapNet *t = tapnet_new("", "", 1);
    int fd = netns_packet(TAPNET_IF);
    uint8_t bytes[64] = { 0 }, got[2048];
    VnetHdr hdr;
    ssize_t n;

    tapnet_driver(t, mode, 0, 1);
    memset(bytes + t->net.hdr_len, 2, 12);
    stw_be_p(bytes + t->net.hdr_len + 12, MARK);
    for (size_t cut = 0; cut <= 5; cut++) {
        send_raw(t, bytes, t->net.hdr_len + 14, cut);
        do {
            n = netns_packet_recv(fd, &hdr, got, sizeof(got), 5000);
            g_assert_cmpint(n, >=, 14);
        } while (ldw_be_p(got + 12) != MARK);
    }
    close(fd);
    tapnet_free(t);
}

static void test_tx_64k(const void *opaque)
{
    TapNet *t = tapnet_new("", "", 1);
    static uint8_t bytes[80000];
    static const unsigned longer[] = { 65551, 65552, 66000, 70000, 73000 };

    tapnet_driver(t, NULL, 0, 1);
    stw_be_p(bytes + t->net.hdr_len + 12, MARK);
    /* The longest there is: 64 KiB of payload and its Ethernet header. */
    send_raw(t, bytes, t->net.hdr_len + 65549, 0);
    send_raw(t, bytes, t->net.hdr_len + 65549, 4096);
    for (int i = 0; i < ARRAY_SIZE(longer); i++) {
        send_raw(t, bytes, t->net.hdr_len + longer[i], i % 2 ? 4096 : 0);
    }
    g_assert_true(tapnet_ping(t, 1, 56));
    if (qtest_is_ours()) {
        g_assert_cmpuint(drops(t, "too-long"), ==, ARRAY_SIZE(longer));
    }
    tapnet_free(t);
}

/* Puts these header bytes in front of a good frame. */
static void send_header(TapNet *t, const uint8_t raw[12], const uint8_t *frame,
                        size_t len)
{
    uint8_t *p = qtest_ram(t->qts) + t->net.tx_buf;
    QVirtqueue *tx = &t->net.pair[0].tx;
    QVBuf bufs[2] = { { t->net.tx_buf, t->net.hdr_len, false },
                      { t->net.tx_buf + t->net.hdr_len, len, false } };
    uint16_t head;
    uint32_t used_len;

    memcpy(p, raw, t->net.hdr_len);
    memcpy(p + t->net.hdr_len, frame, len);
    g_assert_cmpint(qvirtqueue_add(tx, bufs, 2), >=, 0);
    qvirtqueue_kick(tx);
    if (!qvirtqueue_wait(tx, &head, &used_len)) {
        g_error("not used: header %02x %02x %02x%02x %02x%02x %02x%02x "
                "%02x%02x", raw[0], raw[1], raw[3], raw[2], raw[5], raw[4],
                raw[7], raw[6], raw[9], raw[8]);
    }
    g_assert_cmpuint(used_len, ==, 0);
}

static void check_sum(TapNet *t, uint64_t sent)
{
    if (qtest_is_ours()) {
        uint64_t tx = tapnet_counter(t->qts, "vnet0", 0, "tx packets");

        g_assert_cmpuint(tx + drops(t, "bad-header"), ==, sent);
        g_assert_cmpuint(drops(t, "bad-header"), ==,
                         tapnet_counter(t->qts, "vnet0", 0, "tx_malformed"));
    }
}

static void test_hdr_fuzz(const void *opaque)
{
    const QVNetMode *mode = opaque;
    TapNet *t = tapnet_new("", "", 1);
    uint8_t frame[300], raw[12];
    VnetHdr hdr;
    uint64_t sent = 0;
    size_t len;

    tapnet_driver(t, mode, ~UINT64_C(0), 1);
    len = qip_udp(frame, &hdr, &t->guest, &t->host, raw, sizeof(raw), true);
    /* Every byte through all its values, over three good headers. */
    for (int base = 0; base < 3; base++) {
        VnetHdr good = base ? hdr : (VnetHdr){ 0 };

        if (base == 2) {
            good.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
            good.gso_size = 4;
            good.hdr_len = 42;
        }
        for (unsigned at = 0; at < t->net.hdr_len; at++) {
            for (int v = 0; v < 256; v++, sent++) {
                vnet_hdr_encode(&good, raw, sizeof(raw), false);
                raw[at] = v;
                send_header(t, raw, frame, len);
            }
        }
    }
    for (int i = 0; i < 3000; i++, sent++) {
        for (int k = 0; k < 12; k++) {
            raw[k] = g_test_rand_int();
        }
        if (i % 2) {
            raw[0] &= 1; /* more of what is nearly right */
            raw[1] &= 7;
            raw[7] = raw[9] = 0;
        }
        send_header(t, raw, frame, len);
    }
    check_sum(t, sent);
    g_assert_true(tapnet_ping(t, 1, 56));
    tapnet_free(t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    netns_enter();
    tapnet_add_hazard("tx-short-0", test_tx_short_0);
    tapnet_add_hazard("tx-short-1", test_tx_short_1);
    tapnet_add_hazard("tx-short-hdr-1", test_tx_short_hdr_1);
    tapnet_add_hazard("tx-short-hdr", test_tx_short_hdr);
    tapnet_add_hazard("tx-short-hdr+13", test_tx_short_hdr_13);
    tapnet_add_hazard("tx-shortest-frame", test_tx_shortest);
    tapnet_add_hazard("vnet-hdr-fuzz", test_hdr_fuzz);
    netns_add_test("/hazard/tx-64k+1", NULL, test_tx_64k);
    return g_test_run();
}
