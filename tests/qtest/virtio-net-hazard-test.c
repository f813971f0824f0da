/*
 * Starving receive queues, frames that cannot be delivered, backends that go
 * away: the emulator lives, nothing stalls, nothing is lost that need not be.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/eth.h"
#include "tests/qtest/lib/tapnet.h"

#define MARK 0x88b5

static uint64_t drops(TapNet *t, const char *reason)
{
    return tapnet_counter(t->qts, "vnet0", 0, reason);
}

/* ----------------------------------------------------------------- receive */

static void mark_frame(TapNet *t, uint8_t *frame, unsigned number)
{
    memcpy(frame, t->guest.mac, 6);
    memcpy(frame + 6, t->host.mac, 6);
    stw_be_p(frame + 12, MARK);
    stl_be_p(frame + 14, number);
}

#define STALL_FRAMES 6000
#define STALL_BUFFERS 8

typedef struct Starver {
    TapNet *t;
    int fd;
    GQueue *ours; /* buffers the device does not have */
    unsigned sent, got;
} Starver;

/* Posts up to n buffers; kicks only if the device asks for it. */
static void post_some(Starver *s, unsigned n)
{
    while (n-- && !g_queue_is_empty(s->ours)) {
        qvnet_post_rx(&s->t->net, 0,
                      GPOINTER_TO_UINT(g_queue_pop_head(s->ours)));
    }
    qvirtqueue_kick(&s->t->net.pair[0].rx);
}

/* Takes a frame, which must come: the device has a buffer for it. */
static void take_one(Starver *s)
{
    TapNet *t = s->t;
    QVNetPair *p = &t->net.pair[0];
    unsigned last = p->rx.last_used % p->rx.size;

    if (qvnet_recv(&t->net, 0, NULL, t->frame, sizeof(t->frame), 10000) < 0) {
        g_error("stalled: %u of %u frames received, %u buffers posted",
                s->got, s->sent, STALL_BUFFERS - g_queue_get_length(s->ours));
    }
    g_queue_push_tail(s->ours, GUINT_TO_POINTER(p->rx_slot[ldl_le_p(
                                   p->rx.used_p + 4 + 8 * last)]));
    if (ldw_be_p(t->frame + 12) == MARK) {
        g_assert_cmpuint(ldl_be_p(t->frame + 14), ==, s->got);
        s->got++;
    }
}

static void flood(Starver *s, unsigned n)
{
    uint8_t frame[1400] = { 0 };

    while (n-- && s->sent < STALL_FRAMES && s->sent - s->got < 400) {
        mark_frame(s->t, frame, s->sent++);
        netns_packet_send(s->fd, NULL, frame,
                          g_test_rand_int_range(60, sizeof(frame)));
    }
}

/*
 * rx-stall-stress: the driver has few buffers and posts some at odd times,
 * without a kick unless the device asks for one, while the host floods. Every
 * frame must arrive, in order.
 */
static void test_stall(const void *opaque)
{
    const QVNetMode *mode = opaque;
    Starver s = { .t = tapnet_new("", "", 1),
                  .fd = netns_packet(TAPNET_IF),
                  .ours = g_queue_new() };

    qvnet_start_sized(&s.t->net, s.t->qts, 0, QPCI_DEVFN(TAPNET_SLOT, 0),
                      mode, 0, 1, 2048, STALL_BUFFERS);
    s.t->driver = true;
    s.t->net.rx_repost = false;
    while (s.got < STALL_FRAMES) {
        flood(&s, g_test_rand_int_range(0, 12));
        if (g_test_rand_int_range(0, 8) == 0) {
            g_usleep(g_test_rand_int_range(0, 300));
        }
        post_some(&s, g_test_rand_int_range(0, 4));
        for (unsigned k = g_test_rand_int_range(0, 5);
             k && s.got < s.sent &&
             g_queue_get_length(s.ours) < STALL_BUFFERS; k--) {
            take_one(&s);
        }
    }
    g_queue_free(s.ours);
    close(s.fd);
    tapnet_free(s.t);
}

/*
 * rx-error-returns-heads: frames that are not delivered, for every reason,
 * cost no buffer: after many times the ring all buffers still work.
 */
static void test_rx_heads(const void *opaque)
{
    TapNet *t = tapnet_new("", "", 1);
    int fd = netns_packet(TAPNET_IF);
    uint8_t frame[4000] = { 0 }, off = 0;

    netns_ip("link set %s mtu 4000", TAPNET_IF);
    qvnet_start_sized(&t->net, t->qts, 0, QPCI_DEVFN(TAPNET_SLOT, 0),
                      &qvnet_modes[4],
                      QVIRTIO_BIT(QVNET_F_CTRL_VQ) |
                      QVIRTIO_BIT(QVNET_F_CTRL_RX), 1, 1600, 4);
    t->driver = true;
    g_assert_cmpint(qvnet_ctrl(&t->net, 0, 0, &off, 1), ==, 0);
    for (int i = 0; i < 300; i++) {
        mark_frame(t, frame, i);
        frame[5] ^= 1; /* to somebody else */
        netns_packet_send(fd, NULL, frame, 100);
        frame[5] ^= 1;
        netns_packet_send(fd, NULL, frame, 3000); /* too large */
        if (i % 30 == 29) {
            for (int k = 0; k < 8; k++) {
                mark_frame(t, frame, k);
                netns_packet_send(fd, NULL, frame, 100);
                g_assert_cmpint(tapnet_recv_type(t, MARK, 5000), ==, 100);
                g_assert_cmpuint(ldl_be_p(t->frame + 14), ==, k);
            }
        }
    }
    if (qtest_is_ours()) {
        g_assert_cmpuint(drops(t, "no-buffer"), ==, 300);
        g_assert_cmpuint(drops(t, "filtered"), >=, 300);
    }
    close(fd);
    tapnet_free(t);
}

/* A frame that was read before the driver chose the length of its header. */
static void test_stale_header(const void *opaque)
{
    const QVNetMode *mode = opaque;
    TapNet *t = tapnet_new("", "", 1);
    int fd = netns_packet(TAPNET_IF);
    uint8_t frame[200];

    memset(frame, 0x5a, sizeof(frame));
    mark_frame(t, frame, 7);
    for (int i = 0; i < 5; i++) {
        netns_packet_send(fd, NULL, frame, sizeof(frame));
    }
    g_free(qtest_hmp(t->qts, "info status"));
    tapnet_driver(t, mode, 0, 1);
    /* They may be lost, not damaged. */
    while (qvnet_recv(&t->net, 0, &t->hdr, t->frame, sizeof(t->frame), 200) >
           0) {
        if (ldw_be_p(t->frame + 12) == MARK) {
            g_assert_cmpmem(t->frame, sizeof(frame), frame, sizeof(frame));
        } else {
            g_assert_cmphex(ldw_be_p(t->frame + 12), ==, ETH_P_IPV6);
        }
    }
    close(fd);
    tapnet_free(t);
}

/* tap-short-read: nothing the kernel has is shorter than this. */
static void test_shortest_read(const void *opaque)
{
    TapNet *t = tapnet_new("", "", 1);
    int fd = netns_packet(TAPNET_IF);
    uint8_t frame[64] = { 0 };

    tapnet_driver(t, opaque, 0, 1);
    for (size_t len = 14; len < 60; len++) {
        mark_frame(t, frame, len);
        netns_packet_send(fd, NULL, frame, len);
        g_assert_cmpint(tapnet_recv_type(t, MARK, 5000), >=, len);
        g_assert_cmpmem(t->frame, len, frame, len);
    }
    close(fd);
    tapnet_free(t);
}

/* ---------------------------------------------------- backends that go away */

/* Every chain comes back. */
static void drain_tx(QVNet *n)
{
    QVirtqueue *tx = &n->pair[0].tx;
    uint16_t head;
    uint32_t len;

    while (tx->num_free < tx->size) {
        g_assert_true(qvirtqueue_wait(tx, &head, &len));
        g_assert_cmpuint(len, ==, 0);
    }
}

/* hot-unplug-with-inflight: the netdev goes while a frame waits for room in
 * the tap's send buffer. */
static void test_unplug_inflight(const void *opaque)
{
    TapNet *t = tapnet_new(",sndbuf=20000", "", 1);
    int sink = netns_tap_open("sink0", 0);
    QVirtqueue *tx = &t->net.pair[0].tx;
    uint8_t frame[1514] = { 2, [6] = 2, [11] = 9 };
    unsigned sent = 0;

    netns_ip("link add br0 type bridge");
    netns_ip("link set br0 addrgenmode none up");
    netns_ip("link set %s master br0", TAPNET_IF);
    netns_ip("link set sink0 master br0");
    g_assert_cmpint(system("tc qdisc add dev sink0 root tbf rate 8kbit "
                           "burst 2k limit 4mb"), ==, 0);
    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    while (sent < 40 &&
           qvnet_send_nowait(&t->net, 0, NULL, frame, sizeof(frame))) {
        sent++;
    }
    for (int i = 0; i < 20; i++) {
        qtest_clock_step(t->qts, 1000000);
    }
    qvnet_reap_tx(&t->net, 0);
    g_assert_cmpuint(tx->num_free, <, tx->size); /* some are held */
    json_decref(qtest_qmp_ok(t->qts, "{'execute': 'netdev_del', 'arguments': "
                             "{'id': 'n0'}}"));
    g_assert_cmphex(qvirtio_config_read(&t->net.v, 6, 2) & 1, ==, 0);
    drain_tx(&t->net);
    for (int i = 0; i < 10; i++) {
        g_assert_true(qvnet_send(&t->net, NULL, frame, sizeof(frame)));
    }
    close(sink);
    netns_ip("link del br0");
    tapnet_free(t);
}

/* Reset instead of unplug: nothing of before comes back afterwards. */
static void test_reset_inflight(const void *opaque)
{
    TapNet *t = tapnet_new(",sndbuf=20000", "", 1);
    int sink = netns_tap_open("sink0", 0);
    uint8_t frame[1514] = { 2, [6] = 2, [11] = 9 };

    netns_ip("link add br0 type bridge");
    netns_ip("link set br0 addrgenmode none up");
    netns_ip("link set %s master br0", TAPNET_IF);
    netns_ip("link set sink0 master br0");
    g_assert_cmpint(system("tc qdisc add dev sink0 root tbf rate 8kbit "
                           "burst 2k limit 4mb"), ==, 0);
    for (int round = 0; round < 3; round++) {
        tapnet_driver(t, &qvnet_modes[round], ~UINT64_C(0), 1);
        for (int i = 0; i < 30; i++) {
            qvnet_send_nowait(&t->net, 0, NULL, frame, sizeof(frame));
        }
        tapnet_driver_stop(t);
    }
    netns_ip("link del br0");
    close(sink);
    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    g_assert_true(tapnet_ping(t, 1, 56));
    tapnet_free(t);
}

/* Waits until the peer sees a frame of `from`; sends it again and again. */
static bool reaches(QVNet *from, QVNet *to, unsigned number)
{
    uint8_t frame[64], got[2048];

    memset(frame, 0xff, sizeof(frame));
    stw_be_p(frame + 12, MARK);
    stl_be_p(frame + 14, number);
    for (int i = 0; i < 50; i++) {
        g_assert_true(qvnet_send(from, NULL, frame, sizeof(frame)));
        while (qvnet_recv(to, 0, NULL, got, sizeof(got), 100) > 0) {
            if (ldw_be_p(got + 12) == MARK && ldl_be_p(got + 14) == number) {
                return true;
            }
        }
    }
    return false;
}

static QTestState *socket_end(const char *options, QVNet *n)
{
    QTestState *qts = qtest_initf(
        "-machine pc -netdev socket,id=n0,%s "
        "-device virtio-net-pci,netdev=n0,addr=4", options);

    qvnet_start(n, qts, 0, QPCI_DEVFN(4, 0), &qvnet_modes[0], 0, 1);
    return qts;
}

/* The emulator at the other end of a socket is killed, again and again. */
static void test_peer_killed(const void *opaque)
{
    QVNet a, b;
    QTestState *one = socket_end("listen=127.0.0.1:9999", &a);
    uint8_t frame[1000] = { 0xff };
    uint64_t before;

    for (unsigned round = 0; round < 3; round++) {
        QTestState *two = socket_end("connect=127.0.0.1:9999", &b);

        g_assert_true(reaches(&a, &b, 2 * round));
        g_assert_true(reaches(&b, &a, 2 * round + 1));
        for (int i = 0; i < 300; i++) {
            qvnet_send_nowait(&a, 0, NULL, frame, sizeof(frame));
            if (i == 100) {
                qtest_kill(two);
            }
        }
        qvnet_free(&b);
        drain_tx(&a);
        for (int i = 0; i < 100; i++) {
            g_assert_true(qvnet_send(&a, NULL, frame, sizeof(frame)));
        }
    }
    before = tapnet_cpu_ms(one);
    g_usleep(300000);
    g_assert_cmpuint(tapnet_cpu_ms(one) - before, <, 150);
    qvnet_stop(&a);
    qtest_quit(one);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    netns_enter();
    tapnet_add_hazard("rx-stall-stress", test_stall);
    tapnet_add_hazard("stale-header", test_stale_header);
    tapnet_add_hazard("tap-short-read", test_shortest_read);
    netns_add_test("/hazard/rx-error-returns-heads", NULL, test_rx_heads);
    netns_add_test("/hazard/hot-unplug-with-inflight", NULL,
                   test_unplug_inflight);
    netns_add_test("/hazard/reset-with-inflight", NULL, test_reset_inflight);
    netns_add_test("/hazard/peer-killed", NULL, test_peer_killed);
    return g_test_run();
}
