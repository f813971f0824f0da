/*
 * Several queue pairs on a multiqueue tap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "net/eth.h"
#include "tests/qtest/lib/tapnet.h"

#define PAIRS 4
#define CTRL_MQ 4
#define FLOWS 64
#define CONFIG_MAX_PAIRS 8

/* What the kernel has attached: "numqueues N numdisabled M". */
static unsigned kernel_queues(void)
{
    g_autofree char *text = NULL;
    unsigned n = 0;
    char *found;

    g_assert_true(g_spawn_command_line_sync("ip -d link show " TAPNET_IF,
                                            &text, NULL, NULL, NULL));
    found = strstr(text, "numqueues ");
    g_assert_nonnull(found);
    /* The link's own numqueues may come first; the tap's is the one that is
     * followed by numdisabled. */
    while (found) {
        char *next = strstr(found + 1, "numqueues ");
        unsigned disabled;

        if (sscanf(found, "numqueues %u numdisabled %u", &n, &disabled) == 2) {
            return n;
        }
        found = next;
    }
    return n;
}

static int set_pairs(TapNet *t, unsigned pairs)
{
    uint8_t raw[2] = { pairs & 0xff, pairs >> 8 };

    return qvnet_ctrl(&t->net, CTRL_MQ, 0, raw, sizeof(raw));
}

/* Datagrams of FLOWS flows from the host; how many came to each pair. */
static void spread(TapNet *t, unsigned pairs, unsigned *count)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(TAPNET_GUEST_PORT),
                              .sin_addr.s_addr = htonl(t->guest.ip) };
    unsigned got = 0;

    for (int i = 0; i < FLOWS; i++) {
        int sock = netns_udp(t->host.ip, TAPNET_HOST_PORT + i);

        g_assert_cmpint(sendto(sock, &i, sizeof(i), 0,
                               (struct sockaddr *)&to, sizeof(to)), ==,
                        sizeof(i));
        close(sock);
    }
    memset(count, 0, PAIRS * sizeof(*count));
    for (int64_t end = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;
         got < FLOWS && g_get_monotonic_time() < end;) {
        for (unsigned p = 0; p < pairs; p++) {
            ssize_t n = qvnet_recv(&t->net, p, &t->hdr, t->frame,
                                   sizeof(t->frame), 5);

            if (n > 0 &&
                qip_parse(t->frame, n, &t->hdr, &t->guest).kind == QIP_UDP) {
                count[p]++;
                got++;
            }
        }
    }
    g_assert_cmpuint(got, ==, FLOWS);
}

/* A datagram from each pair reaches the host. */
static void send_from_all(TapNet *t, unsigned pairs)
{
    int sock = netns_udp(t->host.ip, TAPNET_HOST_PORT);
    uint8_t frame[256];
    VnetHdr hdr;

    for (unsigned p = 0; p < pairs; p++) {
        unsigned got;
        size_t n = qip_udp(frame, &hdr, &t->guest, &t->host, &p, sizeof(p),
                           true);

        g_assert_true(qvnet_send_on(&t->net, p, &hdr, frame, n));
        g_assert_true(netns_readable(sock, 5000));
        g_assert_cmpint(recv(sock, &got, sizeof(got), 0), ==, sizeof(got));
        g_assert_cmpuint(got, ==, p);
    }
    close(sock);
}

static void test_activate(const void *opaque)
{
    TapNet *t = tapnet_new("", "", PAIRS);
    unsigned count[PAIRS];

    tapnet_static_neighbour(t);
    g_assert_cmpuint(kernel_queues(), ==, 1);
    tapnet_driver(t, NULL, ~UINT64_C(0), PAIRS);
    g_assert_cmpuint(qvirtio_config_read(&t->net.v, CONFIG_MAX_PAIRS, 2), ==,
                     PAIRS);
    /* After reset: the first pair only (5.1.6.5.5). */
    g_assert_cmpuint(kernel_queues(), ==, 1);
    spread(t, PAIRS, count);
    g_assert_cmpuint(count[0], ==, FLOWS);

    g_assert_cmpint(set_pairs(t, PAIRS), ==, 0);
    g_assert_cmpuint(kernel_queues(), ==, PAIRS);
    spread(t, PAIRS, count);
    for (int i = 0; i < PAIRS; i++) {
        g_assert_cmpuint(count[i], >, 0);
    }
    send_from_all(t, PAIRS);

    g_assert_cmpint(set_pairs(t, 2), ==, 0);
    g_assert_cmpuint(kernel_queues(), ==, 2);
    spread(t, PAIRS, count);
    g_assert_cmpuint(count[0] + count[1], ==, FLOWS);
    send_from_all(t, 2);

    tapnet_driver_stop(t);
    g_assert_cmpuint(kernel_queues(), ==, 1);
    tapnet_driver(t, NULL, ~UINT64_C(0), PAIRS);
    spread(t, PAIRS, count);
    g_assert_cmpuint(count[0], ==, FLOWS);
    tapnet_free(t);
}

static void test_rejected(const void *opaque)
{
    static const uint16_t bad[] = { 0, PAIRS + 1, 0x8000, 0xffff };
    TapNet *t = tapnet_new("", "", PAIRS);
    uint8_t one = 2;

    tapnet_driver(t, NULL, ~UINT64_C(0), PAIRS);
    g_assert_cmpint(set_pairs(t, 3), ==, 0);
    for (int i = 0; i < ARRAY_SIZE(bad); i++) {
        g_assert_cmpint(set_pairs(t, bad[i]), ==, 1);
        g_assert_cmpuint(kernel_queues(), ==, 3);
    }
    g_assert_cmpint(qvnet_ctrl(&t->net, CTRL_MQ, 0, &one, 1), ==, 1);
    g_assert_cmpuint(kernel_queues(), ==, 3);
    tapnet_free(t);
}

/* A driver without MQ finds the control queue at index 2 and one pair. */
static void test_not_negotiated(const void *opaque)
{
    TapNet *t = tapnet_new("", "", PAIRS);
    unsigned count[PAIRS];

    tapnet_static_neighbour(t);
    tapnet_driver(t, NULL, ~QVIRTIO_BIT(QVNET_F_MQ), 1);
    g_assert_cmpuint(t->net.ctrl.index, ==, 2);
    g_assert_cmpint(set_pairs(t, 2), ==, 1);
    g_assert_cmpuint(kernel_queues(), ==, 1);
    spread(t, 1, count);
    g_assert_cmpuint(count[0], ==, FLOWS);
    tapnet_free(t);
}

/* The number of pairs changes while frames come and go. */
static void test_change_under_load(const void *opaque)
{
    TapNet *t = tapnet_new("", "", PAIRS);
    int fd = netns_packet(TAPNET_IF);
    uint8_t frame[200] = { 0 };
    unsigned seed = 1;

    tapnet_static_neighbour(t);
    tapnet_driver(t, NULL, ~UINT64_C(0), PAIRS);
    memcpy(frame, t->guest.mac, 6);
    memcpy(frame + 6, t->host.mac, 6);
    stw_be_p(frame + 12, 0x88b5);
    for (int round = 0; round < 100; round++) {
        seed = seed * 1103515245 + 12345;
        for (int i = 0; i < 20; i++) {
            netns_packet_send(fd, NULL, frame, sizeof(frame));
            qvnet_send_nowait(&t->net, i % PAIRS, NULL, frame,
                              sizeof(frame));
        }
        g_assert_cmpint(set_pairs(t, 1 + (seed >> 16) % PAIRS), ==, 0);
        for (int p = 0; p < PAIRS; p++) {
            while (qvnet_recv(&t->net, p, &t->hdr, t->frame,
                              sizeof(t->frame), 0) > 0) {
            }
        }
    }
    g_assert_cmpint(set_pairs(t, 1), ==, 0);
    g_assert_true(tapnet_ping(t, 1, 56));
    close(fd);
    tapnet_free(t);
}

/* Unplugging under several pairs. */
static void test_netdev_del(const void *opaque)
{
    TapNet *t = tapnet_new("", "", PAIRS);
    uint8_t frame[64];
    size_t n = qip_arp_request(frame, &t->guest, t->host.ip);

    tapnet_driver(t, NULL, ~UINT64_C(0), PAIRS);
    g_assert_cmpint(set_pairs(t, PAIRS), ==, 0);
    json_decref(qtest_qmp_ok(t->qts, "{'execute': 'netdev_del', 'arguments': "
                             "{'id': 'n0'}}"));
    for (int p = 0; p < PAIRS; p++) {
        g_assert_true(qvnet_send_on(&t->net, p, NULL, frame, n));
    }
    g_assert_cmpint(set_pairs(t, 2), ==, 0);
    tapnet_free(t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    netns_enter();
    netns_add_test("/mq/activate", NULL, test_activate);
    netns_add_test("/mq/rejected", NULL, test_rejected);
    netns_add_test("/mq/not-negotiated", NULL, test_not_negotiated);
    netns_add_test("/mq/change-under-load", NULL, test_change_under_load);
    netns_add_test("/mq/netdev-del", NULL, test_netdev_del);
    return g_test_run();
}
