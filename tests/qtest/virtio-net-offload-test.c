/*
 * Segmentation and receive buffers of virtio-net on a tap: large frames of
 * the guest that the kernel cuts, large frames of the kernel as the guest's
 * features allow, frames that fit the buffers exactly or not at all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include "net/eth.h"
#include "tests/qtest/lib/qgso.h"
#include "tests/qtest/lib/tapnet.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define MARK 0x88b5 /* Ethernet type of frames that are only bytes */
#define PAYLOAD 32000
#define MSS 1400

/* ---------------------------------------------------------------- transmit */

/* Behind the router that the host is, on an interface without offloads. */
static int open_sink(QIPEnd *end)
{
    int fd = netns_tap_open("sink0", 0);

    netns_sysctl("ipv4/ip_forward", "1");
    netns_sysctl("ipv6/conf/all/forwarding", "1");
    netns_ip("addr add 10.78.0.1/24 dev sink0");
    netns_ip("addr add " QGSO_PREFIX "10.78.0.1/120 dev sink0 nodad");
    netns_ip("neigh replace 10.78.0.2 lladdr 02:00:00:00:00:78 dev sink0 "
             "nud permanent");
    netns_ip("neigh replace " QGSO_PREFIX "10.78.0.2 lladdr "
             "02:00:00:00:00:78 dev sink0 nud permanent");
    *end = (QIPEnd){ .ip = 0x0a4e0002, .port = 7000 };
    return fd;
}

/* Reads segments until `payload` bytes came: each whole, none too long. */
static unsigned collect(int sink, const QGso *gso, size_t payload)
{
    g_autofree uint8_t *want = g_malloc(payload);
    uint8_t frame[4096];
    unsigned segments = 0;
    size_t got = 0;

    qgso_pattern(want, 0, payload);
    while (got < payload) {
        QSegment seg;
        ssize_t n;

        g_assert_true(netns_readable(sink, 5000));
        n = read(sink, frame, sizeof(frame));
        g_assert_cmpint(n, >, 0);
        if (!qgso_parse(frame, n, &seg) || seg.to_port != 7000) {
            continue;
        }
        g_assert_cmpint(seg.ipv6, ==, gso->ipv6);
        g_assert_cmpint(seg.tcp, ==, gso->tcp);
        g_assert_true(seg.csum_ok);
        g_assert_cmpuint(seg.len, ==, MIN(MSS, payload - got));
        if (seg.tcp) {
            g_assert_cmpuint(seg.seq, ==, got);
        }
        g_assert_cmpmem(seg.payload, seg.len, want + got, seg.len);
        got += seg.len;
        segments++;
    }
    return segments;
}

typedef struct GsoCase {
    const char *name;
    QGso gso;
    uint64_t tx_feature, rx_feature;
} GsoCase;

static const GsoCase gso_cases[] = {
    { "tso4", { .tcp = true, .mss = MSS },
      QVIRTIO_BIT(QVNET_F_HOST_TSO4), QVIRTIO_BIT(QVNET_F_GUEST_TSO4) },
    { "tso6", { .ipv6 = true, .tcp = true, .mss = MSS },
      QVIRTIO_BIT(QVNET_F_HOST_TSO6), QVIRTIO_BIT(QVNET_F_GUEST_TSO6) },
    { "tso4-ecn", { .tcp = true, .ecn = true, .mss = MSS },
      QVIRTIO_BIT(QVNET_F_HOST_TSO4) | QVIRTIO_BIT(QVNET_F_HOST_ECN),
      QVIRTIO_BIT(QVNET_F_GUEST_TSO4) | QVIRTIO_BIT(QVNET_F_GUEST_ECN) },
    { "uso4", { .mss = MSS }, QVIRTIO_BIT(QVNET_F_HOST_USO),
      QVIRTIO_BIT(QVNET_F_GUEST_USO4) | QVIRTIO_BIT(QVNET_F_GUEST_USO6) },
    { "uso6", { .ipv6 = true, .mss = MSS }, QVIRTIO_BIT(QVNET_F_HOST_USO),
      QVIRTIO_BIT(QVNET_F_GUEST_USO4) | QVIRTIO_BIT(QVNET_F_GUEST_USO6) },
};

static bool lacks(TapNet *t, uint64_t features)
{
    uint64_t missing = features & ~t->net.v.features;

    if (missing) {
        g_autofree char *text = g_strdup_printf(
            "this kernel's tap or this emulator lacks features 0x%" PRIx64,
            missing);
        g_test_skip(text);
    }
    return missing;
}

/* A large frame leaves the guest and comes out of the host in segments. */
static void test_gso_tx(const void *opaque)
{
    const GsoCase *c = opaque;
    TapNet *t = tapnet_new("", "", 1);
    static uint8_t frame[70000];
    VnetHdr hdr;
    QIPEnd end, router;
    int sink = open_sink(&end);
    size_t n;

    router = t->host;
    end.port = 7000;
    memcpy(end.mac, router.mac, 6);
    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    if (!lacks(t, c->tx_feature)) {
        n = qgso_build(frame, &hdr, &c->gso, &t->guest, &end, PAYLOAD);
        g_assert_true(qvnet_send(&t->net, &hdr, frame, n));
        g_assert_cmpuint(collect(sink, &c->gso, PAYLOAD), ==,
                         DIV_ROUND_UP(PAYLOAD, MSS));
        /* As large as IP allows. */
        n = qgso_build(frame, &hdr, &c->gso, &t->guest, &end, 65400);
        g_assert_true(qvnet_send(&t->net, &hdr, frame, n));
        g_assert_cmpuint(collect(sink, &c->gso, 65400), ==,
                         DIV_ROUND_UP(65400, MSS));
        /* And a single one, of which only the checksum is to be done. */
        n = qgso_build(frame, &hdr, &(QGso){ .ipv6 = c->gso.ipv6,
                                             .tcp = c->gso.tcp },
                       &t->guest, &end, 777);
        g_assert_true(qvnet_send(&t->net, &hdr, frame, n));
        g_assert_cmpuint(collect(sink, &c->gso, 777), ==, 1);
    }
    close(sink);
    tapnet_free(t);
}

/* What the driver did not negotiate it may not send. */
static void test_gso_tx_refused(const void *opaque)
{
    const GsoCase *c = opaque;
    TapNet *t = tapnet_new("", "", 1);
    static uint8_t frame[70000];
    VnetHdr hdr;
    size_t n = qgso_build(frame, &hdr, &c->gso, &t->guest, &t->host, PAYLOAD);

    tapnet_driver(t, NULL, QVIRTIO_BIT(QVNET_F_CSUM), 1);
    g_assert_true(qvnet_send(&t->net, &hdr, frame, n));
    g_assert_true(tapnet_ping(t, 1, 56));
    if (qtest_is_ours()) {
        g_assert_cmpuint(tapnet_counter(t->qts, "vnet0", 0, "bad-header"),
                         ==, 1);
    }
    tapnet_free(t);
}

/* ----------------------------------------------------------------- receive */

/* The next segment for `port`. */
static QSegment next_segment(TapNet *t, uint16_t port)
{
    for (;;) {
        QSegment seg;

        g_assert_cmpint(qvnet_recv(&t->net, 0, &t->hdr, t->frame,
                                   sizeof(t->frame), 5000), >, 0);
        t->frame_len = 14 + (t->frame[14] >> 4 == 6
                                 ? 40u + ldw_be_p(t->frame + 18)
                                 : ldw_be_p(t->frame + 16));
        if (qgso_parse(t->frame, t->frame_len, &seg) && seg.to_port == port) {
            return seg;
        }
    }
}

/* A large frame of the kernel reaches a guest that takes it in one piece. */
static void receive_large(TapNet *t, const GsoCase *c, const VnetHdr *sent,
                          size_t len)
{
    QSegment seg = next_segment(t, t->guest.port);

    g_assert_cmpuint(seg.len, ==, len);
    g_assert_cmphex(t->hdr.gso_type, ==, sent->gso_type);
    g_assert_cmpuint(t->hdr.gso_size, ==, MSS);
    g_assert_cmphex(t->hdr.flags, ==, VIRTIO_NET_HDR_F_NEEDS_CSUM);
    g_assert_cmpuint(t->hdr.csum_start, ==, sent->csum_start);
    g_assert_cmpuint(t->hdr.csum_offset, ==, sent->csum_offset);
}

/* And one that does not in segments with all checksums. */
static void receive_small(TapNet *t, const GsoCase *c, size_t len)
{
    g_autofree uint8_t *want = g_malloc(len);
    size_t got = 0;

    qgso_pattern(want, 0, len);
    while (got < len) {
        QSegment seg = next_segment(t, t->guest.port);

        g_assert_cmphex(t->hdr.gso_type, ==, 0);
        g_assert_cmphex(t->hdr.flags, ==, 0);
        g_assert_true(seg.csum_ok);
        g_assert_cmpuint(seg.len, ==, MIN(MSS, len - got));
        g_assert_cmpmem(seg.payload, seg.len, want + got, seg.len);
        got += seg.len;
    }
}

static void test_gso_rx(const void *opaque)
{
    const GsoCase *c = opaque;
    TapNet *t = tapnet_new("", "", 1);
    static uint8_t frame[70000];
    int fd = netns_packet(TAPNET_IF);
    VnetHdr hdr;
    size_t n = qgso_build(frame, &hdr, &c->gso, &t->host, &t->guest, PAYLOAD);

    for (int whole = 0; whole < 2; whole++) {
        tapnet_driver(t, &qvnet_modes[whole ? 4 : 0], ~UINT64_C(0), 1);
        if (!lacks(t, c->rx_feature)) {
            netns_packet_send(fd, &hdr, frame, n);
            receive_large(t, c, &hdr, PAYLOAD);
        }
        tapnet_driver_stop(t);
        tapnet_driver(t, &qvnet_modes[whole ? 4 : 0], 0, 1);
        netns_packet_send(fd, &hdr, frame, n);
        receive_small(t, c, PAYLOAD);
        tapnet_driver_stop(t);
    }
    close(fd);
    tapnet_free(t);
}

/* An ordinary socket with UDP_SEGMENT, which is what programs use. */
static void test_udp_segment(const void *opaque)
{
    TapNet *t = tapnet_new("", "", 1);
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(TAPNET_GUEST_PORT),
                              .sin_addr.s_addr = htonl(t->guest.ip) };
    int sock = netns_udp(t->host.ip, TAPNET_HOST_PORT), size = 1000;
    uint8_t data[20500];
    QIPPacket p;

    qgso_pattern(data, 0, sizeof(data));
    tapnet_static_neighbour(t);
    g_assert_no_errno(
        setsockopt(sock, SOL_UDP, UDP_SEGMENT, &size, sizeof(size)));
    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    if (!lacks(t, QVIRTIO_BIT(QVNET_F_GUEST_USO4))) {
        g_assert_cmpint(sendto(sock, data, sizeof(data), 0,
                               (struct sockaddr *)&to, sizeof(to)), ==,
                        sizeof(data));
        p = tapnet_next(t, 5000);
        g_assert_cmpint(p.kind, ==, QIP_UDP);
        g_assert_cmpuint(t->hdr.gso_type, ==, VIRTIO_NET_HDR_GSO_UDP_L4);
        g_assert_cmpuint(t->hdr.gso_size, ==, size);
        g_assert_cmpmem(p.payload, p.payload_len, data, sizeof(data));
    }
    tapnet_driver_stop(t);
    tapnet_driver(t, NULL, 0, 1);
    g_assert_cmpint(sendto(sock, data, sizeof(data), 0,
                           (struct sockaddr *)&to, sizeof(to)), ==,
                    sizeof(data));
    for (size_t at = 0; at < sizeof(data); at += size) {
        size_t want = MIN((size_t)size, sizeof(data) - at);

        p = tapnet_next(t, 5000);
        g_assert_cmpint(p.kind, ==, QIP_UDP); /* its checksum is right */
        g_assert_cmpuint(t->hdr.gso_type, ==, 0);
        g_assert_cmpmem(p.payload, p.payload_len, data + at, want);
    }
    close(sock);
    tapnet_free(t);
}

/* ------------------------------------------------------------ buffer sizes */

static void mark_frame(TapNet *t, uint8_t *frame, size_t len)
{
    qgso_pattern(frame, 0, len);
    memcpy(frame, t->guest.mac, 6);
    memcpy(frame + 6, t->host.mac, 6);
    stw_be_p(frame + 12, MARK);
}

/* rx-merge-exact-fit: header and frame fill one, two, three buffers to the
 * byte, or miss by one. */
static void test_exact_fit(const void *opaque)
{
    TapNet *t = tapnet_new("", "", 1);
    int fd = netns_packet(TAPNET_IF);
    uint8_t frame[8192];

    netns_ip("link set %s mtu 8000", TAPNET_IF);
    for (unsigned buf = 256; buf <= 2048; buf *= 2) {
        qvnet_start_sized(&t->net, t->qts, 0, QPCI_DEVFN(TAPNET_SLOT, 0),
                          &qvnet_modes[0], 0, 1, buf, UINT_MAX);
        t->driver = true;
        for (unsigned k = 1; k <= 3; k++) {
            for (int off = -1; off <= 1; off++) {
                size_t len = k * buf - t->net.hdr_len + off;

                mark_frame(t, frame, len);
                netns_packet_send(fd, NULL, frame, len);
                g_assert_cmpint(tapnet_recv_type(t, MARK, 5000), ==, len);
                g_assert_cmpmem(t->frame, len, frame, len);
                g_assert_cmpuint(t->hdr.num_buffers, ==, k + (off > 0));
            }
        }
        tapnet_driver_stop(t);
    }
    close(fd);
    tapnet_free(t);
}

/* rx-truncate-nomerge: a frame larger than the buffer is dropped whole, and
 * the buffer serves the next. */
static void test_truncate(const void *opaque)
{
    const QVNetMode *mode = opaque;
    TapNet *t = tapnet_new("", "", 1);
    int fd = netns_packet(TAPNET_IF);
    uint8_t frame[8192];
    const unsigned buf = 1536;

    netns_ip("link set %s mtu 8000", TAPNET_IF);
    qvnet_start_sized(&t->net, t->qts, 0, QPCI_DEVFN(TAPNET_SLOT, 0), mode, 0,
                      1, buf, 4);
    t->driver = true;
    for (int i = 0; i < 20; i++) {
        size_t fits = buf - t->net.hdr_len;

        mark_frame(t, frame, fits + 1);
        netns_packet_send(fd, NULL, frame, fits + 1);
        mark_frame(t, frame, 5000);
        netns_packet_send(fd, NULL, frame, 5000);
        mark_frame(t, frame, fits);
        netns_packet_send(fd, NULL, frame, fits);
        g_assert_cmpint(tapnet_recv_type(t, MARK, 5000), ==, fits);
        g_assert_cmpmem(t->frame, fits, frame, fits);
    }
    if (qtest_is_ours()) {
        g_assert_cmpuint(tapnet_counter(t->qts, "vnet0", 0, "no-buffer"), ==,
                         40);
    }
    close(fd);
    tapnet_free(t);
}

/* With merging, a frame larger than all the buffers waits for more of them
 * and arrives whole. */
static void test_merge_waits(const void *opaque)
{
    TapNet *t = tapnet_new("", "", 1);
    QVirtqueue *rx = &t->net.pair[0].rx;
    int fd = netns_packet(TAPNET_IF);
    uint8_t frame[8192];

    netns_ip("link set %s mtu 8000", TAPNET_IF);
    qvnet_start_sized(&t->net, t->qts, 0, QPCI_DEVFN(TAPNET_SLOT, 0),
                      &qvnet_modes[0], 0, 1, 1024, 16);
    t->driver = true;
    t->net.rx_repost = false;
    /* All buffers but two go, one frame each; the kernel may send something
     * of its own as well. */
    for (int i = 0; rx->last_used < 14; i++) {
        mark_frame(t, frame, 100 + i);
        netns_packet_send(fd, NULL, frame, 100 + i);
        g_assert_cmpint(tapnet_recv_type(t, MARK, 5000), ==, 100 + i);
    }
    mark_frame(t, frame, 5000);
    netns_packet_send(fd, NULL, frame, 5000);
    g_assert_cmpint(tapnet_recv_type(t, MARK, 200), ==, -1);
    for (int left = 16 - rx->last_used, slot = 0; left < 5; left++, slot++) {
        g_assert_cmpint(tapnet_recv_type(t, MARK, 0), ==, -1);
        qvnet_post_rx(&t->net, 0, slot);
        qvirtqueue_kick(rx);
    }
    g_assert_cmpint(tapnet_recv_type(t, MARK, 5000), ==, 5000);
    g_assert_cmpmem(t->frame, 5000, frame, 5000);
    g_assert_cmpuint(t->hdr.num_buffers, ==, 5);
    close(fd);
    tapnet_free(t);
}

/* numbuffers-1: without merging it is 1 in every version-1 header. */
static void test_numbuffers(const void *opaque)
{
    const QVNetMode *mode = opaque;
    TapNet *t = tapnet_new("", "", 1);
    int fd = netns_packet(TAPNET_IF);
    uint8_t frame[1514];

    tapnet_driver(t, mode, ~UINT64_C(0), 1);
    for (size_t len = 60; len <= 1514; len += 200) {
        mark_frame(t, frame, len);
        netns_packet_send(fd, NULL, frame, len);
        g_assert_cmpint(tapnet_recv_type(t, MARK, 5000), ==, len);
        g_assert_cmpuint(t->hdr.num_buffers, ==, 1);
    }
    close(fd);
    tapnet_free(t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    netns_enter();
    for (int i = 0; i < ARRAY_SIZE(gso_cases); i++) {
        const GsoCase *c = &gso_cases[i];
        g_autofree char *tx = g_strdup_printf("/offload/tx/%s", c->name);
        g_autofree char *no = g_strdup_printf("/offload/tx-refused/%s",
                                              c->name);
        g_autofree char *rx = g_strdup_printf("/offload/rx/%s", c->name);

        netns_add_test(tx, c, test_gso_tx);
        netns_add_test(no, c, test_gso_tx_refused);
        netns_add_test(rx, c, test_gso_rx);
    }
    netns_add_test("/offload/rx/udp-segment", NULL, test_udp_segment);
    netns_add_test("/offload/rx/merge-waits", NULL, test_merge_waits);
    netns_add_test("/hazard/rx-merge-exact-fit", NULL, test_exact_fit);
    netns_add_test("/hazard/rx-truncate-nomerge/modern", &qvnet_modes[4],
                   test_truncate);
    netns_add_test("/hazard/rx-truncate-nomerge/direct", &qvnet_modes[7],
                   test_truncate);
    netns_add_test("/hazard/rx-truncate-nomerge/legacy", &qvnet_modes[12],
                   test_truncate);
    netns_add_test("/hazard/numbuffers-1", &qvnet_modes[4], test_numbuffers);
    return g_test_run();
}
