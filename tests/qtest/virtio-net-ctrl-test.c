/*
 * The control queue: every class, command and length, and the commands that
 * are about the device rather than about filtering.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/eth.h"
#include "tests/qtest/lib/qgso.h"
#include "tests/qtest/lib/socknet.h"
#include "tests/qtest/lib/tapnet.h"

#define CONFIG_STATUS 6
#define S_ANNOUNCE 2
#define ALL (~UINT64_C(0))

/* query-rx-filter's answer about vnet0; to be freed. */
static json_t *rx_filter(QTestState *qts)
{
    json_t *list = qtest_qmp_ok(qts, "{'execute': 'query-rx-filter', "
                                "'arguments': {'name': 'vnet0'}}");
    json_t *info = json_incref(json_array_get(list, 0));

    json_decref(list);
    return info;
}

static bool promiscuous(QTestState *qts)
{
    json_t *info = rx_filter(qts);
    bool on = json_is_true(json_object_get(info, "promiscuous"));

    json_decref(info);
    return on;
}

/* ------------------------------------------------------------- ctrl-table */

/* A command of zeroes with the one length that is right for it. */
typedef struct Right {
    uint8_t class, cmd;
    size_t len;
} Right;

static const Right right[] = {
    { 0, 0, 1 }, { 0, 1, 1 }, { 0, 2, 1 }, { 0, 3, 1 }, { 0, 4, 1 },
    { 0, 5, 1 }, /* receive modes */
    { 1, 0, 8 }, /* two empty tables */
    { 1, 1, 6 }, /* address */
    { 2, 0, 2 }, { 2, 1, 2 }, /* VLAN 0 */
    { 5, 0, 8 }, /* no offloads */
    /* An ANNOUNCE_ACK nobody waits for and 0 pairs are errors. */
};

static int expected(unsigned class, unsigned cmd, size_t len)
{
    for (int i = 0; i < ARRAY_SIZE(right); i++) {
        if (right[i].class == class && right[i].cmd == cmd &&
            right[i].len == len) {
            return 0;
        }
    }
    return 1;
}

static void test_table(const void *opaque)
{
    SockNet *s = socknet_new("");
    uint8_t bytes[32] = { 0 };

    socknet_driver(s, opaque, ALL);
    for (unsigned class = 0; class < 8; class++) {
        for (unsigned cmd = 0; cmd < 8; cmd++) {
            for (size_t len = 0; len <= 20; len++) {
                int ack;

                bytes[0] = class;
                bytes[1] = cmd;
                ack = socknet_ctrl(s, bytes, 2 + len, 0, 1);
                /* Stock QEMU does not mind bytes too many. */
                if (qtest_is_ours() && ack != expected(class, cmd, len)) {
                    g_error("class %u command %u with %zu bytes: %d", class,
                            cmd, len, ack);
                }
                g_assert_cmpint(ack, <=, 1);
            }
        }
    }
    for (unsigned class = 8; class < 256; class++) {
        bytes[0] = class;
        bytes[1] = class * 37;
        g_assert_cmpint(socknet_ctrl(s, bytes, 3, 0, 1), ==, 1);
    }
    socknet_free(s);
}

/* Without its feature no command is known. */
static void test_not_negotiated(const void *opaque)
{
    SockNet *s = socknet_new("");
    uint8_t bytes[32] = { 0 };

    if (!qtest_is_ours()) {
        socknet_free(s);
        g_test_skip("stock QEMU obeys all the same");
        return;
    }
    socknet_driver(s, opaque, QVIRTIO_BIT(QVNET_F_CTRL_VQ));
    for (int i = 0; i < ARRAY_SIZE(right); i++) {
        bytes[0] = right[i].class;
        bytes[1] = right[i].cmd;
        g_assert_cmpint(socknet_ctrl(s, bytes, 2 + right[i].len, 0, 1), ==,
                        1);
    }
    socknet_free(s);
}

/* Less than class and command; no room for the answer: not carried out. */
static void test_short(const void *opaque)
{
    static const uint8_t off[] = { 0, 0, 0 };
    SockNet *s = socknet_new("");
    QVBuf ack;
    uint16_t head;
    uint32_t len;

    socknet_driver(s, opaque, ALL);
    g_assert_true(promiscuous(s->qts));
    if (qtest_is_ours()) { /* stock QEMU wants a reset */
        g_assert_cmpint(socknet_ctrl(s, off, 1, 0, 1), ==, 1);
        g_assert_cmpint(socknet_ctrl(s, off, 3, 0, 0), ==, -1);
        ack = (QVBuf){ s->net.tx_buf + 64, 1, true };
        g_assert_cmpint(qvirtqueue_add(&s->net.ctrl, &ack, 1), >=, 0);
        qvirtqueue_kick(&s->net.ctrl);
        g_assert_true(qvirtqueue_wait(&s->net.ctrl, &head, &len));
        g_assert_cmpuint(len, ==, 1);
        g_assert_cmpuint(qtest_ram(s->qts)[ack.addr], ==, 1);
    }
    g_assert_true(promiscuous(s->qts));
    /* A long answer gets one byte. */
    g_assert_cmpint(socknet_ctrl(s, off, 3, 0, 8), ==, 0);
    g_assert_false(promiscuous(s->qts));
    socknet_free(s);
}

/* The cuts between descriptors mean nothing. */
static void test_split(const void *opaque)
{
    static const uint8_t table[] = {
        1, 0, /* MAC_TABLE_SET */
        1, 0, 0, 0, 0x02, 0x11, 0x22, 0x33, 0x44, 0x55,
        2, 0, 0, 0, 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01,
        0x33, 0x33, 0x00, 0x00, 0x00, 0x01,
    };
    static const uint8_t empty[] = { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
    SockNet *s = socknet_new("");

    socknet_driver(s, opaque, ALL);
    for (size_t cut = 1; cut <= sizeof(table); cut++) {
        json_t *info;

        g_assert_cmpint(socknet_ctrl(s, empty, sizeof(empty), cut, 1), ==, 0);
        g_assert_cmpint(socknet_ctrl(s, table, sizeof(table), cut, 1), ==, 0);
        info = rx_filter(s->qts);
        g_assert_cmpstr(json_string_value(json_array_get(
                            json_object_get(info, "unicast-table"), 0)),
                        ==, "02:11:22:33:44:55");
        g_assert_cmpuint(
            json_array_size(json_object_get(info, "multicast-table")), ==, 2);
        json_decref(info);
    }
    socknet_free(s);
}

/* More commands at once than the ring has entries, then all is answered. */
static void test_many(const void *opaque)
{
    SockNet *s = socknet_new("");
    uint64_t addr;
    uint16_t head;
    uint32_t len;
    unsigned added = 0;

    socknet_driver(s, opaque, ALL);
    addr = s->net.tx_buf;
    memset(qtest_ram(s->qts) + addr, 0, 4096);
    for (int round = 0; round < 20; round++) {
        QVBuf bufs[2] = { { addr, 3, false }, { addr + 64, 1, true } };
        unsigned n = 0;

        while (qvirtqueue_add(&s->net.ctrl, bufs, 2) >= 0) {
            n++;
        }
        qvirtqueue_kick(&s->net.ctrl);
        for (unsigned i = 0; i < n; i++) {
            g_assert_true(qvirtqueue_wait(&s->net.ctrl, &head, &len));
            g_assert_cmpuint(len, ==, 1);
        }
        added += n;
    }
    g_assert_cmpuint(added, >=, 20 * 32);
    socknet_free(s);
}

/* --------------------------------------------------------------- announcing */

static void announce_self(QTestState *qts)
{
    json_decref(qtest_qmp_ok(qts, "{'execute': 'announce-self', 'arguments': "
                             "{'initial': 50, 'max': 100, 'rounds': 1, "
                             "'step': 10}}"));
}

static int announce_ack(SockNet *s)
{
    static const uint8_t ack[] = { 3, 0 };

    return socknet_ctrl(s, ack, sizeof(ack), 0, 1);
}

static bool announce_wanted(SockNet *s)
{
    return qvirtio_config_read(&s->net.v, CONFIG_STATUS, 2) & S_ANNOUNCE;
}

static void test_announce(const void *opaque)
{
    SockNet *s = socknet_new("");

    socknet_driver(s, NULL, ALL);
    qvirtio_common_write(&s->net.v, 16, 0, 2); /* config vector */
    g_assert_false(announce_wanted(s));
    g_assert_cmpint(announce_ack(s), ==, 1);
    qpci_msix_fired(&s->net.v.pci, 0);
    announce_self(s->qts);
    for (int i = 0; !announce_wanted(s); i++) {
        g_assert_cmpint(i, <, 5000);
        g_usleep(1000);
    }
    g_assert_true(qpci_msix_fired(&s->net.v.pci, 0));
    g_assert_cmpint(announce_ack(s), ==, 0);
    g_assert_false(announce_wanted(s));
    g_assert_cmpint(announce_ack(s), ==, 1);
    /* Reset forgets it. */
    announce_self(s->qts);
    for (int i = 0; !announce_wanted(s); i++) {
        g_assert_cmpint(i, <, 5000);
        g_usleep(1000);
    }
    socknet_driver_stop(s);
    socknet_driver(s, NULL, ALL);
    g_assert_false(announce_wanted(s));
    socknet_free(s);
}

/* A driver that cannot is announced by the device: a RARP of its address. */
static void test_announce_rarp(const void *opaque)
{
    SockNet *s = socknet_new("");
    uint8_t frame[2048];
    ssize_t n;

    socknet_driver(s, NULL, 0);
    announce_self(s->qts);
    n = socknet_recv(s, frame, sizeof(frame), 5000);
    g_assert_cmpint(n, >=, 42);
    g_assert_cmphex(ldw_be_p(frame + 12), ==, 0x8035);
    g_assert_cmpmem(frame + 6, 6, s->net.mac, 6);
    g_assert_cmphex(ldw_be_p(frame + 20), ==, 3);
    g_assert_cmpmem(frame + 22, 6, s->net.mac, 6);
    g_assert_false(announce_wanted(s));
    socknet_free(s);
}

/* ----------------------------------------------------------------- offloads */

static int set_offloads(TapNet *t, uint64_t mask)
{
    uint8_t raw[8];

    stq_le_p(raw, mask);
    return qvnet_ctrl(&t->net, 5, 0, raw, sizeof(raw));
}

/* A large frame for the guest; how large the first it gets is. */
static size_t first_payload(TapNet *t, int fd)
{
    static uint8_t frame[70000];
    QGso gso = { .tcp = true, .mss = 1400 };
    VnetHdr hdr;
    QSegment seg;
    size_t n = qgso_build(frame, &hdr, &gso, &t->host, &t->guest, 14000);
    size_t first = 0, got = 0;

    netns_packet_send(fd, &hdr, frame, n);
    while (got < 14000) {
        g_assert_cmpint(tapnet_recv_type(t, ETH_P_IP, 5000), >, 0);
        g_assert_true(qgso_parse(t->frame, t->frame_len, &seg));
        first = first ? first : seg.len;
        got += seg.len;
        if (t->hdr.gso_type == 0) {
            g_assert_cmpuint(t->hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM ||
                             seg.csum_ok, ==, 1);
        }
    }
    return first;
}

static void test_offloads(const void *opaque)
{
    const uint64_t csum = QVIRTIO_BIT(QVNET_F_GUEST_CSUM);
    const uint64_t tso4 = QVIRTIO_BIT(QVNET_F_GUEST_TSO4);
    TapNet *t = tapnet_new("", "", 1);
    int fd = netns_packet(TAPNET_IF);

    tapnet_driver(t, NULL, ~QVIRTIO_BIT(QVNET_F_GUEST_TSO6), 1);
    g_assert_true(t->net.v.features &
                  QVIRTIO_BIT(QVNET_F_CTRL_GUEST_OFFLOADS));
    /* All that was negotiated is on to begin with. */
    g_assert_cmpuint(first_payload(t, fd), ==, 14000);
    g_assert_cmpint(set_offloads(t, csum), ==, 0);
    g_assert_cmpuint(first_payload(t, fd), ==, 1400);
    g_assert_cmpint(set_offloads(t, 0), ==, 0);
    g_assert_cmpuint(first_payload(t, fd), ==, 1400);
    g_assert_cmpint(set_offloads(t, csum | tso4), ==, 0);
    g_assert_cmpuint(first_payload(t, fd), ==, 14000);
    /* Not negotiated, or no offload at all: refused, and nothing changes. */
    g_assert_cmpint(set_offloads(t, csum |
                                 QVIRTIO_BIT(QVNET_F_GUEST_TSO6)), ==, 1);
    g_assert_cmpint(set_offloads(t, QVIRTIO_BIT(QVNET_F_MAC)), ==, 1);
    g_assert_cmpint(set_offloads(t, ALL), ==, 1);
    g_assert_cmpuint(first_payload(t, fd), ==, 14000);
    /* Reset puts them on again. */
    g_assert_cmpint(set_offloads(t, 0), ==, 0);
    tapnet_driver_stop(t);
    tapnet_driver(t, NULL, ALL, 1);
    g_assert_cmpuint(first_payload(t, fd), ==, 14000);
    close(fd);
    tapnet_free(t);
}

int main(int argc, char **argv)
{
    static const int modes[] = { 0, 3, 8, 15 };

    g_test_init(&argc, &argv, NULL);
    netns_enter();
    for (int i = 0; i < ARRAY_SIZE(modes); i++) {
        const QVNetMode *mode = &qvnet_modes[modes[i]];
        g_autofree char *name = qvnet_mode_name(mode);
        const struct {
            const char *name;
            GTestDataFunc fn;
        } tests[] = {
            { "hazard/ctrl-table", test_table },
            { "ctrl/not-negotiated", test_not_negotiated },
            { "ctrl/short", test_short },
            { "ctrl/split", test_split },
            { "ctrl/many", test_many },
        };

        for (int k = 0; k < ARRAY_SIZE(tests); k++) {
            g_autofree char *path = g_strdup_printf("/%s/%s", tests[k].name,
                                                    name);
            g_test_add_data_func(path, mode, tests[k].fn);
        }
    }
    g_test_add_data_func("/ctrl/announce/ack", NULL, test_announce);
    g_test_add_data_func("/ctrl/announce/rarp", NULL, test_announce_rarp);
    netns_add_test("/ctrl/guest-offloads", NULL, test_offloads);
    return g_test_run();
}
