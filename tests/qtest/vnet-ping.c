/*
 * vnet-ping: the guest of scripts/demo. It connects to the qtest socket of a
 * running emulator, drives its virtio-net device as a guest's driver would,
 * and talks to a host: ARP, ping, and a transfer over UDP in both directions.
 *
 * The transfer, for which scripts/demo-peer.py is the other end: datagrams carry
 * a type byte and a 32-bit number. The guest sends 'D' N data, is answered 'A'
 * NEXT, and ends with 'E' COUNT, answered 'F'. Then it asks 'G' NEXT, and the
 * host sends 'd' N data for the window from NEXT on, and 'e' COUNT at the end.
 * What is lost is sent again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>

#include "tests/qtest/lib/qip.h"
#include "tests/qtest/lib/qvnet.h"

#define CHUNK 1400 /* data bytes of a datagram */
#define HEAD 5
#define WINDOW 32

static char *opt_qtest, *opt_ram, *opt_ip, *opt_peer, *opt_send, *opt_receive;
static int opt_slot = 4, opt_port = 7000, opt_count = 4;
static gboolean opt_legacy, opt_pause;

static const GOptionEntry entries[] = {
    { "qtest", 0, 0, G_OPTION_ARG_FILENAME, &opt_qtest,
      "qtest socket of the emulator", "PATH" },
    { "ram", 0, 0, G_OPTION_ARG_FILENAME, &opt_ram, "file of the guest's RAM",
      "PATH" },
    { "slot", 0, 0, G_OPTION_ARG_INT, &opt_slot, "PCI slot of the device",
      "N" },
    { "legacy", 0, 0, G_OPTION_ARG_NONE, &opt_legacy,
      "use the legacy interface", NULL },
    { "ip", 0, 0, G_OPTION_ARG_STRING, &opt_ip, "our address", "ADDR" },
    { "peer", 0, 0, G_OPTION_ARG_STRING, &opt_peer, "the host's address",
      "ADDR" },
    { "port", 0, 0, G_OPTION_ARG_INT, &opt_port, "the host's UDP port", "N" },
    { "count", 0, 0, G_OPTION_ARG_INT, &opt_count, "pings", "N" },
    { "send", 0, 0, G_OPTION_ARG_FILENAME, &opt_send, "file to send", "PATH" },
    { "receive", 0, 0, G_OPTION_ARG_FILENAME, &opt_receive,
      "where to put what the host sends", "PATH" },
    { "pause", 0, 0, G_OPTION_ARG_NONE, &opt_pause,
      "wait for a line on standard input after the pings", NULL },
    { NULL },
};

typedef struct Guest {
    QTestState *qts;
    QVNet net;
    QIPEnd us, host;
    bool csum_offload;
    uint8_t frame[70000];
    uint64_t rx_frames, rx_large, rx_largest;
} Guest;

static void G_GNUC_PRINTF(1, 2) say(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
    fflush(stdout);
}

static void G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN fail(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fprintf(stderr, "vnet-ping: ");
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

/* The next packet that is for us, answering ARP on the way; QIP_OTHER when
 * none came in time. */
static QIPPacket next_packet(Guest *g, int timeout_ms, VnetHdr *hdr)
{
    int64_t deadline = g_get_monotonic_time() + timeout_ms * INT64_C(1000);

    while (g_get_monotonic_time() < deadline) {
        ssize_t len = qvnet_recv(&g->net, 0, hdr, g->frame, sizeof(g->frame),
                                 10);
        QIPPacket p;

        if (len < 0) {
            /* Guest time moves only when we say so. */
            g_free(qtest_raw(g->qts, "clock_step 10000000"));
            continue;
        }
        g->rx_frames++;
        g->rx_largest = MAX(g->rx_largest, (uint64_t)len);
        g->rx_large += len > 1514;
        p = qip_parse(g->frame, len, hdr, &g->us);
        if (p.kind == QIP_BAD) {
            fail("bad packet of %zd bytes: %s", len, p.why);
        }
        if (p.kind == QIP_ARP_REQUEST) {
            uint8_t reply[64];
            size_t n = qip_arp_reply(reply, &g->us, &p.from);

            qvnet_send(&g->net, NULL, reply, n);
        } else if (p.kind != QIP_OTHER) {
            return p;
        }
    }
    return (QIPPacket){ .kind = QIP_OTHER };
}

static void resolve(Guest *g)
{
    uint8_t frame[64];
    VnetHdr hdr;

    for (int i = 0; i < 5; i++) {
        size_t n = qip_arp_request(frame, &g->us, g->host.ip);
        QIPPacket p;

        qvnet_send(&g->net, NULL, frame, n);
        p = next_packet(g, 1000, &hdr);
        if (p.kind == QIP_ARP_REPLY) {
            memcpy(g->host.mac, p.from.mac, 6);
            say("%s is at %02x:%02x:%02x:%02x:%02x:%02x", opt_peer,
                p.from.mac[0], p.from.mac[1], p.from.mac[2], p.from.mac[3],
                p.from.mac[4], p.from.mac[5]);
            return;
        }
    }
    fail("no answer to ARP for %s", opt_peer);
}

static void ping(Guest *g)
{
    uint8_t frame[256];
    int answered = 0;
    VnetHdr hdr;

    for (int seq = 1; seq <= opt_count; seq++) {
        size_t n = qip_echo_request(frame, &g->us, &g->host, seq, 56);
        int64_t start = g_get_monotonic_time();
        QIPPacket p;

        qvnet_send(&g->net, NULL, frame, n);
        p = next_packet(g, 2000, &hdr);
        if (p.kind == QIP_ECHO_REPLY && p.echo_seq == seq) {
            answered++;
            say("64 bytes from %s: icmp_seq=%d time=%.3f ms", opt_peer, seq,
                (g_get_monotonic_time() - start) / 1000.0);
        }
    }
    say("%d pings, %d answered", opt_count, answered);
    if (answered != opt_count) {
        fail("%d of %d pings were not answered", opt_count - answered,
             opt_count);
    }
}

static void send_datagram(Guest *g, char type, uint32_t number,
                          const void *data, size_t len)
{
    uint8_t payload[HEAD + CHUNK], frame[QIP_UDP_HEADERS + HEAD + CHUNK + 64];
    VnetHdr hdr;
    size_t n;

    payload[0] = type;
    stl_be_p(payload + 1, number);
    if (len) {
        memcpy(payload + HEAD, data, len);
    }
    n = qip_udp(frame, &hdr, &g->us, &g->host, payload, HEAD + len,
                g->csum_offload);
    while (!qvnet_send_nowait(&g->net, 0, &hdr, frame, n)) {
        g_free(qtest_raw(g->qts, "clock_step 100000")); /* a round trip */
    }
}

static void send_file(Guest *g)
{
    g_autofree char *data = NULL;
    uint32_t acked = 0, next = 0, total;
    gsize size;
    VnetHdr hdr;
    int silent = 0;

    if (!g_file_get_contents(opt_send, &data, &size, NULL)) {
        fail("cannot read %s", opt_send);
    }
    total = DIV_ROUND_UP(size, CHUNK);
    while (acked <= total) {
        QIPPacket p;

        while (next < total && next < acked + WINDOW) {
            size_t at = (size_t)next * CHUNK;

            send_datagram(g, 'D', next, data + at, MIN(CHUNK, size - at));
            next++;
        }
        if (acked == total) {
            send_datagram(g, 'E', total, NULL, 0);
        }
        p = next_packet(g, 200, &hdr);
        if (p.kind == QIP_UDP && p.payload_len >= HEAD) {
            uint32_t number = ldl_be_p(p.payload + 1);

            silent = 0;
            if (p.payload[0] == 'F') {
                break;
            }
            if (p.payload[0] == 'A' && number > acked && number <= total) {
                acked = number;
                next = MAX(next, acked);
            }
        } else if (++silent > 50) {
            fail("the host stopped answering after %u datagrams", acked);
        } else {
            next = acked; /* something was lost: from there again */
        }
    }
    say("sent %zu bytes in %u datagrams%s", (size_t)size, total,
        g->csum_offload ? ", checksums left to the host (NEEDS_CSUM)" : "");
}

/* One datagram of the host's: true when it was the end. */
static bool take_datagram(FILE *out, const uint8_t *p, size_t len,
                          uint32_t *next)
{
    uint32_t number;

    if (len < HEAD) {
        return false;
    }
    number = ldl_be_p(p + 1);
    if (p[0] == 'e') {
        return number == *next;
    }
    if (p[0] == 'd' && number == *next) {
        fwrite(p + HEAD, 1, len - HEAD, out);
        (*next)++;
    }
    return false;
}

static void receive_file(Guest *g)
{
    FILE *out = fopen(opt_receive, "wb");
    uint32_t next = 0;
    bool done = false;
    int silent = 0;
    VnetHdr hdr;

    if (!out) {
        fail("cannot write %s: %s", opt_receive, strerror(errno));
    }
    while (!done) {
        uint32_t goal = next + WINDOW;

        send_datagram(g, 'G', next, NULL, 0);
        while (!done && next < goal) {
            QIPPacket p = next_packet(g, 200, &hdr);
            size_t step, at = 0;

            if (p.kind != QIP_UDP) {
                break;
            }
            silent = 0;
            /* A large frame holds several datagrams of gso_size bytes. */
            step = hdr.gso_type == VIRTIO_NET_HDR_GSO_UDP_L4 ? hdr.gso_size
                                                              : p.payload_len;
            for (; !done && at < p.payload_len; at += step) {
                done = take_datagram(out, p.payload + at,
                                     MIN(step, p.payload_len - at), &next);
            }
        }
        if (!done && ++silent > 200) {
            fail("the host stopped sending after %u datagrams", next);
        }
    }
    say("received %ld bytes in %u datagrams; %" PRIu64 " frames were larger "
        "than the MTU, the largest %" PRIu64 " bytes", ftell(out), next,
        g->rx_large, g->rx_largest);
    fclose(out);
}

static void bring_up(Guest *g)
{
    QVNetMode mode = { .legacy = opt_legacy, .mergeable = true,
                       .indirect = true, .event_idx = true };
    /* Large receive and checksum offload, no control queue needed. */
    uint64_t features =
        QVIRTIO_BIT(QVNET_F_CSUM) | QVIRTIO_BIT(QVNET_F_GUEST_CSUM) |
        QVIRTIO_BIT(QVNET_F_GUEST_TSO4) | QVIRTIO_BIT(QVNET_F_GUEST_UFO) |
        QVIRTIO_BIT(QVNET_F_GUEST_USO4) | QVIRTIO_BIT(QVNET_F_GUEST_USO6);

    qvnet_start(&g->net, g->qts, 0, QPCI_DEVFN(opt_slot, 0), &mode, features,
                1);
    memcpy(g->us.mac, g->net.mac, 6);
    g->csum_offload = g->net.v.features & QVIRTIO_BIT(QVNET_F_CSUM);
    say("virtio-net at 00:%02x.0, %s interface, features 0x%" PRIx64
        ", MAC %02x:%02x:%02x:%02x:%02x:%02x, DRIVER_OK", opt_slot,
        opt_legacy ? "legacy" : "modern", g->net.v.features, g->us.mac[0],
        g->us.mac[1], g->us.mac[2], g->us.mac[3], g->us.mac[4], g->us.mac[5]);
}

int main(int argc, char **argv)
{
    GOptionContext *context = g_option_context_new("- play a guest");
    GError *err = NULL;
    Guest *g = g_new0(Guest, 1);
    char line[8];

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &err)) {
        fail("%s", err->message);
    }
    g_option_context_free(context);
    if (!opt_qtest || !opt_ram || !opt_ip || !opt_peer) {
        fail("--qtest, --ram, --ip and --peer are required");
    }
    g->us.ip = ntohl(inet_addr(opt_ip));
    g->us.port = 7001;
    g->host.ip = ntohl(inet_addr(opt_peer));
    g->host.port = opt_port;
    g->qts = qtest_attach(opt_qtest, opt_ram);

    bring_up(g);
    resolve(g);
    ping(g);
    if (opt_pause) {
        say("paused");
        if (!fgets(line, sizeof(line), stdin)) {
            fail("nobody said to go on");
        }
    }
    if (opt_send) {
        send_file(g);
    }
    if (opt_receive) {
        receive_file(g);
    }
    qvnet_stop(&g->net);
    qtest_detach(g->qts);
    g_free(g);
    return 0;
}
