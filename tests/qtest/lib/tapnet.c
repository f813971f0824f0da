/*
 * A guest on a tap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "net/eth.h"
#include "tests/qtest/lib/qgso.h"
#include "tests/qtest/lib/tapnet.h"

#define HOST_IP 0x0a4d0001u
#define GUEST_IP 0x0a4d0002u

TapNet *tapnet_new(const char *netdev_options, const char *device_options,
                   unsigned queues)
{
    TapNet *t = g_new0(TapNet, 1);
    g_autofree char *more = queues > 1
        ? g_strdup_printf(",queues=%u", queues) : g_strdup("");

    t->qts = qtest_initf("-machine pc -netdev tap,id=n0,ifname=%s,script=no,"
                         "downscript=no%s%s -device virtio-net-pci,id=vnet0,"
                         "netdev=n0,addr=%x,mac=52:54:00:77:00:02%s%s",
                         TAPNET_IF, more, netdev_options, TAPNET_SLOT,
                         queues > 1 ? ",mq=on" : "", device_options);
    /* Not before: the carrier of an interface that waits for its reader comes
     * up with a delay, and the kernel drops what it sends until then. */
    netns_up(TAPNET_IF);
    netns_ip("addr add 10.77.0.1/24 dev %s", TAPNET_IF);
    netns_ip("addr add " QGSO_PREFIX "10.77.0.1/120 dev %s nodad", TAPNET_IF);
    t->host = (QIPEnd){ .ip = HOST_IP, .port = TAPNET_HOST_PORT };
    netns_mac(TAPNET_IF, t->host.mac);
    t->guest = (QIPEnd){ .mac = { 0x52, 0x54, 0x00, 0x77, 0x00, 0x02 },
                         .ip = GUEST_IP, .port = TAPNET_GUEST_PORT };
    return t;
}

void tapnet_driver(TapNet *t, const QVNetMode *mode, uint64_t features,
                   unsigned pairs)
{
    qvnet_start(&t->net, t->qts, 0, QPCI_DEVFN(TAPNET_SLOT, 0),
                mode ? mode : &qvnet_modes[0], features, pairs);
    t->driver = true;
}

void tapnet_driver_stop(TapNet *t)
{
    if (t->driver) {
        qvnet_stop(&t->net);
        t->driver = false;
    }
}

void tapnet_free(TapNet *t)
{
    tapnet_driver_stop(t);
    qtest_quit(t->qts);
    g_free(t);
}

static ssize_t recv_frame(TapNet *t, int64_t deadline)
{
    int64_t left = (deadline - g_get_monotonic_time()) / 1000;

    t->frame_len = qvnet_recv(&t->net, 0, &t->hdr, t->frame, sizeof(t->frame),
                              MAX(left, 0));
    return t->frame_len;
}

QIPPacket tapnet_next(TapNet *t, int timeout_ms)
{
    int64_t deadline = g_get_monotonic_time() + timeout_ms * INT64_C(1000);

    while (recv_frame(t, deadline) >= 0) {
        QIPPacket p = qip_parse(t->frame, t->frame_len, &t->hdr, &t->guest);

        if (p.kind == QIP_BAD) {
            g_error("damaged packet of %zd bytes: %s", t->frame_len, p.why);
        }
        if (p.kind == QIP_ARP_REQUEST) {
            uint8_t reply[64];
            size_t n = qip_arp_reply(reply, &t->guest, &p.from);

            g_assert_true(qvnet_send(&t->net, NULL, reply, n));
        } else if (p.kind != QIP_OTHER) {
            return p;
        }
    }
    return (QIPPacket){ .kind = QIP_OTHER };
}

ssize_t tapnet_recv_type(TapNet *t, uint16_t ethertype, int timeout_ms)
{
    int64_t deadline = g_get_monotonic_time() + timeout_ms * INT64_C(1000);

    while (recv_frame(t, deadline) >= 0) {
        if (ldw_be_p(t->frame + 12) == ethertype) {
            return t->frame_len;
        }
    }
    return -1;
}

void tapnet_resolve(TapNet *t)
{
    uint8_t frame[64];
    size_t n = qip_arp_request(frame, &t->guest, t->host.ip);
    QIPPacket p;

    g_assert_true(qvnet_send(&t->net, NULL, frame, n));
    p = tapnet_next(t, 5000);
    g_assert_cmpint(p.kind, ==, QIP_ARP_REPLY);
    g_assert_cmpmem(p.from.mac, 6, t->host.mac, 6);
}

void tapnet_static_neighbour(TapNet *t)
{
    netns_ip("neigh replace 10.77.0.2 lladdr 52:54:00:77:00:02 dev %s "
             "nud permanent", TAPNET_IF);
}

bool tapnet_ping(TapNet *t, uint16_t seq, size_t payload)
{
    uint8_t frame[2048];
    size_t n = qip_echo_request(frame, &t->guest, &t->host, seq, payload);
    QIPPacket p;

    if (!qvnet_send(&t->net, NULL, frame, n)) {
        return false;
    }
    p = tapnet_next(t, 5000);
    return p.kind == QIP_ECHO_REPLY && p.echo_seq == seq;
}

static void fill(uint8_t *buf, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        buf[i] = i * 5 + len;
    }
}

void tapnet_udp_to_host(TapNet *t, int sock, size_t len, bool offload)
{
    uint8_t data[2048], frame[2112], got[2048];
    VnetHdr hdr;
    size_t n;

    fill(data, len);
    n = qip_udp(frame, &hdr, &t->guest, &t->host, data, len, offload);
    g_assert_true(qvnet_send(&t->net, &hdr, frame, n));
    g_assert_true(netns_readable(sock, 5000));
    g_assert_cmpint(recv(sock, got, sizeof(got), 0), ==, len);
    g_assert_cmpmem(got, len, data, len);
}

void tapnet_udp_to_guest(TapNet *t, int sock, size_t len)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(TAPNET_GUEST_PORT),
                              .sin_addr.s_addr = htonl(GUEST_IP) };
    uint8_t data[2048];
    QIPPacket p;

    fill(data, len);
    g_assert_cmpint(
        sendto(sock, data, len, 0, (struct sockaddr *)&to, sizeof(to)), ==,
        len);
    p = tapnet_next(t, 5000);
    g_assert_cmpint(p.kind, ==, QIP_UDP);
    g_assert_cmpuint(p.from.port, ==, TAPNET_HOST_PORT);
    g_assert_cmpmem(p.payload, p.payload_len, data, len);
}

uint64_t tapnet_counter(QTestState *qts, const char *client, unsigned queue,
                        const char *key)
{
    g_autofree char *text = qtest_hmp(qts, "info network");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *head = g_strdup_printf("%s: index=%u,", client, queue);
    g_autofree char *pattern = g_strdup_printf("%s=", key);
    bool inside = false;

    for (char **line = lines; *line; line++) {
        char *found;

        if (strstr(*line, ": index=")) {
            inside = strstr(*line, head) != NULL;
        }
        found = inside ? strstr(*line, pattern) : NULL;
        if (found) {
            return g_ascii_strtoull(found + strlen(pattern), NULL, 10);
        }
    }
    return 0;
}

uint64_t tapnet_cpu_ms(QTestState *qts)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat",
                                            (int)qtest_pid(qts));
    g_autofree char *text = NULL;
    unsigned long utime, stime;
    char *rest;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    rest = strrchr(text, ')');
    g_assert_nonnull(rest);
    g_assert_cmpint(sscanf(rest + 2,
                           "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
                           "%lu %lu", &utime, &stime), ==, 2);
    return (utime + stime) * 1000 / sysconf(_SC_CLK_TCK);
}

void tapnet_add_hazard(const char *name, GTestDataFunc fn)
{
    static const int some[] = { 0, 7, 8, 15 };

    for (int i = 0; i < ARRAY_SIZE(some); i++) {
        const QVNetMode *mode = &qvnet_modes[some[i]];
        g_autofree char *mode_name = qvnet_mode_name(mode);
        g_autofree char *path = g_strdup_printf("/hazard/%s/%s", name,
                                                mode_name);

        netns_add_test(path, mode, fn);
    }
}
