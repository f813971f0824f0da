/*
 * virtio-net: headers from the driver to the peer and back.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/net/virtio-net-internal.h"
#include "net/checksum.h"
#include "util/bswap.h"

static const VnetHdrAllowed all = { true, true, true, true, true, true };
static const VnetHdrAllowed nothing;

static void raw_hdr(uint8_t *raw, uint8_t flags, uint8_t gso, uint16_t hdr_len,
                    uint16_t gso_size, uint16_t start, uint16_t offset)
{
    raw[0] = flags;
    raw[1] = gso;
    stw_le_p(raw + 2, hdr_len);
    stw_le_p(raw + 4, gso_size);
    stw_le_p(raw + 6, start);
    stw_le_p(raw + 8, offset);
    stw_le_p(raw + 10, 0xdead);
}

/* -------------------------------------------------------- from the driver */

static void test_from_tidy(void)
{
    uint8_t raw[12];
    const char *why;
    VnetHdr h;

    /* Unknown flags, fields without meaning, num_buffers: gone. */
    raw_hdr(raw, 0xfe, 0, 20, 1448, 14, 2);
    g_assert_true(
        virtio_net_hdr_from_guest(&h, raw, 12, 60, &nothing, false, &why));
    g_assert_cmpuint(h.flags, ==, 0);
    g_assert_cmpuint(h.gso_size, ==, 0);
    g_assert_cmpuint(h.csum_start, ==, 0);
    g_assert_cmpuint(h.csum_offset, ==, 0);
    g_assert_cmpuint(h.num_buffers, ==, 0);
    g_assert_cmpuint(h.hdr_len, ==, 20);

    /* A hint beyond the frame would make the kernel refuse it. */
    raw_hdr(raw, 1, 0, 61, 0, 34, 6);
    g_assert_true(
        virtio_net_hdr_from_guest(&h, raw, 12, 60, &all, false, &why));
    g_assert_cmpuint(h.hdr_len, ==, 0);
    g_assert_cmpuint(h.csum_start, ==, 34);
    g_assert_cmpuint(h.csum_offset, ==, 6);

    /* DATA_VALID is not a driver's to say. */
    raw_hdr(raw, 3, 1, 54, 1448, 34, 16);
    g_assert_true(
        virtio_net_hdr_from_guest(&h, raw, 10, 3000, &all, false, &why));
    g_assert_cmpuint(h.flags, ==, 1);
    g_assert_cmpuint(h.gso_size, ==, 1448);
}

static void test_from_refused(void)
{
    static const struct {
        uint8_t flags, gso;
        uint16_t gso_size, start, offset;
        bool allowed; /* all, or nothing */
        const char *why;
    } cases[] = {
        { 1, 0, 0, 34, 6, false, "flags" },
        { 1, 1, 1448, 34, 16, false, "flags" },
        { 0, 1, 1448, 0, 0, false, "gso_type" },
        { 0, 1, 1448, 34, 16, true, "flags" },
        { 1, 1, 0, 34, 16, true, "gso_size" },
        { 1, 2, 1448, 34, 16, true, "gso_type" },
        { 1, 0x80, 1448, 34, 16, true, "gso_type" },
        { 1, 0, 0, 99, 0, true, "csum_start" },
        { 1, 0, 0, 98, 1, true, "csum_offset" },
        { 1, 0, 0, 0xffff, 0xffff, true, "csum_start" },
        { 1, 0, 0, 10, 0xffff, true, "csum_offset" },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t raw[12];
        const char *why = NULL;
        VnetHdr h;

        raw_hdr(raw, cases[i].flags, cases[i].gso, 0, cases[i].gso_size,
                cases[i].start, cases[i].offset);
        g_assert_false(virtio_net_hdr_from_guest(
            &h, raw, 12, 100, cases[i].allowed ? &all : &nothing, false,
            &why));
        g_assert_cmpstr(why, ==, cases[i].why);
    }
}

/* Any 12 bytes: accepted headers are consistent (hazard vnet-hdr-fuzz). */
static void test_from_random(void)
{
    for (unsigned i = 0; i < 200000; i++) {
        uint8_t raw[12];
        size_t len = g_test_rand_int_range(ETH_HLEN, 200);
        const char *why;
        VnetHdr h;

        for (unsigned k = 0; k < sizeof(raw); k++) {
            raw[k] = g_test_rand_int_range(0, 4) ? g_test_rand_int_range(0, 8)
                                                 : g_test_rand_int();
        }
        if (!virtio_net_hdr_from_guest(&h, raw, 12, len, &all, false, &why)) {
            g_assert_nonnull(why);
            continue;
        }
        g_assert_cmpuint(h.flags & ~1, ==, 0);
        g_assert_cmpuint(h.hdr_len, <=, len);
        if (h.flags) {
            g_assert_cmpuint(h.csum_start + h.csum_offset + 2, <=, len);
        }
        g_assert_true(!h.gso_type || (h.flags && h.gso_size));
    }
}

/* ---------------------------------------------------------- to the driver */

static bool to_guest(VirtIONetRxHdr *rx, const uint8_t *raw,
                     const uint8_t *frame, size_t len,
                     const VnetHdrAllowed *allowed)
{
    /* In pieces, with the header still in front. */
    struct iovec iov[] = {
        { (void *)raw, 12 },
        { (void *)frame, 15 },
        { (void *)(frame + 15), len - 15 },
    };
    const char *why;

    return virtio_net_hdr_to_guest(rx, raw, 12, iov, 3, 12, len, allowed,
                                   &why);
}

static void test_to_none(void)
{
    VirtIONetRxHdr rx;
    const char *why;

    memset(&rx, 0xff, sizeof(rx));
    g_assert_true(virtio_net_hdr_to_guest(&rx, NULL, 0, NULL, 0, 0, 60,
                                          &nothing, &why));
    g_assert_cmpuint(rx.h.flags, ==, 0);
    g_assert_cmpuint(rx.h.gso_type, ==, 0);
    g_assert_false(rx.complete_csum);
}

static void test_to_flags(void)
{
    uint8_t frame[100] = { 0 };
    VirtIONetRxHdr rx;
    uint8_t raw[12];

    raw_hdr(raw, 2, 0, 0, 0, 0, 0);
    g_assert_true(to_guest(&rx, raw, frame, 100, &all));
    g_assert_cmpuint(rx.h.flags, ==, VIRTIO_NET_HDR_F_DATA_VALID);
    /* 5.1.6.4.1: without GUEST_CSUM all flags are zero */
    g_assert_true(to_guest(&rx, raw, frame, 100, &nothing));
    g_assert_cmpuint(rx.h.flags, ==, 0);
    /* RSC_INFO was not negotiated */
    raw_hdr(raw, 4, 0, 0, 0, 0, 0);
    g_assert_true(to_guest(&rx, raw, frame, 100, &all));
    g_assert_cmpuint(rx.h.flags, ==, 0);

    /* GSO the driver did not ask for, or which is inconsistent */
    raw_hdr(raw, 1, VIRTIO_NET_HDR_GSO_TCPV4, 54, 40, 34, 16);
    g_assert_true(to_guest(&rx, raw, frame, 100, &all));
    g_assert_cmpuint(rx.h.flags, ==, VIRTIO_NET_HDR_F_NEEDS_CSUM);
    g_assert_false(rx.complete_csum);
    g_assert_false(to_guest(&rx, raw, frame, 100, &nothing));
    raw_hdr(raw, 1, 0, 0, 0, 34, 65);
    g_assert_false(to_guest(&rx, raw, frame, 100, &all));
}

static uint16_t checksum_of(const uint8_t *frame, size_t len, size_t start)
{
    return net_checksum_finish(
        net_checksum_add_cont(frame + start, len - start, 0));
}

static void test_to_csum(void)
{
    uint8_t frame[101];
    VirtIONetRxHdr rx;
    uint8_t raw[12];

    for (unsigned i = 0; i < 1000; i++) {
        size_t len = g_test_rand_int_range(60, sizeof(frame) + 1);
        unsigned start = g_test_rand_int_range(14, 40);
        unsigned offset = g_test_rand_int_range(0, 9) * 2;

        for (unsigned k = 0; k < sizeof(frame); k++) {
            frame[k] = g_test_rand_int();
        }
        stw_be_p(frame + 12, ETH_P_IPV6); /* not DHCP over IPv4 */
        raw_hdr(raw, 1, 0, 0, 0, start, offset);

        g_assert_true(to_guest(&rx, raw, frame, len, &all));
        g_assert_false(rx.complete_csum);
        g_assert_cmpuint(rx.h.flags, ==, 1);
        g_assert_cmpuint(rx.h.csum_start, ==, start);

        g_assert_true(to_guest(&rx, raw, frame, len, &nothing));
        g_assert_true(rx.complete_csum);
        g_assert_cmpuint(rx.h.flags, ==, 0);
        g_assert_cmpuint(rx.h.csum_start, ==, 0);
        g_assert_cmpuint(rx.csum_pos, ==, start + offset);
        g_assert_cmpuint(rx.csum, !=, 0);
        /* The field's old value was part of the sum, as pseudo header. */
        g_assert_cmpuint(rx.csum, ==, checksum_of(frame, len, start) ?: 0xffff);
    }
}

/* A DHCP offer as a Linux host emits it: UDP checksum left to the device.
 * (hazard dhcp-golden) */
static size_t dhcp_frame(uint8_t *frame, unsigned options)
{
    unsigned ihl = 20 + options;
    size_t udp = ETH_HLEN + ihl;
    size_t len = udp + 8 + 300;
    uint32_t pseudo;

    memset(frame, 0, len);
    memset(frame, 0xff, 6);
    stw_be_p(frame + 12, ETH_P_IP);
    frame[14] = 0x40 | ihl / 4;
    stw_be_p(frame + 16, len - ETH_HLEN);
    frame[14 + 8] = 64;
    frame[14 + 9] = 17;
    stl_be_p(frame + 14 + 12, 0x0a000202);
    stl_be_p(frame + 14 + 16, 0xffffffff);
    stw_be_p(frame + udp, 67);
    stw_be_p(frame + udp + 2, 68);
    stw_be_p(frame + udp + 4, 308);
    for (unsigned i = 0; i < 300; i++) {
        frame[udp + 8 + i] = i * 7;
    }
    pseudo = net_checksum_add_cont(frame + 26, 8, 0) + 17 + 308;
    stw_be_p(frame + udp + 6, (uint16_t)~net_checksum_finish(pseudo));
    return len;
}

static void check_dhcp_csum(uint8_t *frame, size_t len, unsigned options,
                            const VirtIONetRxHdr *rx)
{
    size_t udp = ETH_HLEN + 20 + options;
    uint32_t sum;

    g_assert_true(rx->complete_csum);
    g_assert_cmpuint(rx->csum_pos, ==, udp + 6);
    stw_be_p(frame + rx->csum_pos, rx->csum);
    /* A right UDP checksum, checked the receiver's way: over all the bytes. */
    sum = net_checksum_add_cont(frame + 26, 8, 0) + 17 + 308 +
          net_checksum_add_cont(frame + udp, len - udp, 0);
    g_assert_cmpuint(net_checksum_finish(sum), ==, 0);
}

static void test_dhcp(void)
{
    uint8_t frame[512];
    VirtIONetRxHdr rx;
    uint8_t raw[12];

    for (unsigned options = 0; options <= 40; options += 8) {
        size_t len = dhcp_frame(frame, options);

        raw_hdr(raw, 1, 0, 0, 0, ETH_HLEN + 20 + options, 6);
        g_assert_true(to_guest(&rx, raw, frame, len, &all));
        g_assert_cmpuint(rx.h.flags, ==, 0);
        check_dhcp_csum(frame, len, options, &rx);
    }

    /* Another port, another protocol, a header that lies: left to the driver */
    for (unsigned i = 0; i < 4; i++) {
        size_t len = dhcp_frame(frame, 0);

        switch (i) {
        case 0:
            stw_be_p(frame + 34, 68);
            break;
        case 1:
            frame[23] = 6;
            break;
        case 2:
            frame[14] = 0x44;
            break;
        case 3:
            frame[14] = 0x65;
            break;
        }
        raw_hdr(raw, 1, 0, 0, 0, 34, 6);
        g_assert_true(to_guest(&rx, raw, frame, len, &all));
        g_assert_false(rx.complete_csum);
    }
    /* Options said to reach beyond the frame. */
    dhcp_frame(frame, 40);
    raw_hdr(raw, 1, 0, 0, 0, 34, 6);
    g_assert_true(to_guest(&rx, raw, frame, ETH_HLEN + 20 + 8, &all));
    g_assert_false(rx.complete_csum);
}

static void test_mtu(void)
{
    VnetHdr plain = { 0 };
    VnetHdr gso = { .gso_type = VIRTIO_NET_HDR_GSO_TCPV4 };

    g_assert_false(virtio_net_frame_exceeds(0, &plain, 65000, ETH_P_IP));
    g_assert_false(virtio_net_frame_exceeds(1514, &plain, 1514, ETH_P_IP));
    g_assert_true(virtio_net_frame_exceeds(1514, &plain, 1515, ETH_P_IP));
    g_assert_false(virtio_net_frame_exceeds(1514, &plain, 1518, ETH_P_VLAN));
    g_assert_true(virtio_net_frame_exceeds(1514, &plain, 1519, ETH_P_VLAN));
    g_assert_false(virtio_net_frame_exceeds(1514, &gso, 65000, ETH_P_IP));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtio-net/hdr/from-guest/tidy", test_from_tidy);
    g_test_add_func("/virtio-net/hdr/from-guest/refused", test_from_refused);
    g_test_add_func("/virtio-net/hdr/from-guest/vnet-hdr-fuzz",
                    test_from_random);
    g_test_add_func("/virtio-net/hdr/to-guest/none", test_to_none);
    g_test_add_func("/virtio-net/hdr/to-guest/flags", test_to_flags);
    g_test_add_func("/virtio-net/hdr/to-guest/csum", test_to_csum);
    g_test_add_func("/virtio-net/hdr/to-guest/dhcp-golden", test_dhcp);
    g_test_add_func("/virtio-net/hdr/mtu", test_mtu);
    return g_test_run();
}
