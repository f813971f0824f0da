/*
 * struct virtio_net_hdr: layout in both byte orders, and every combination of
 * what a sender may get wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/vnet-hdr.h"

static const VnetHdr sample = {
    .flags = 0x11,
    .gso_type = 0x22,
    .hdr_len = 0x3344,
    .gso_size = 0x5566,
    .csum_start = 0x7788,
    .csum_offset = 0x99aa,
    .num_buffers = 0xbbcc,
};
static const uint8_t sample_le[12] = { 0x11, 0x22, 0x44, 0x33, 0x66, 0x55,
                                       0x88, 0x77, 0xaa, 0x99, 0xcc, 0xbb };
static const uint8_t sample_be[12] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66,
                                       0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc };

static void assert_equal(const VnetHdr *a, const VnetHdr *b)
{
    g_assert_cmphex(a->flags, ==, b->flags);
    g_assert_cmphex(a->gso_type, ==, b->gso_type);
    g_assert_cmphex(a->hdr_len, ==, b->hdr_len);
    g_assert_cmphex(a->gso_size, ==, b->gso_size);
    g_assert_cmphex(a->csum_start, ==, b->csum_start);
    g_assert_cmphex(a->csum_offset, ==, b->csum_offset);
    g_assert_cmphex(a->num_buffers, ==, b->num_buffers);
}

static void test_layout(void)
{
    for (int be = 0; be < 2; be++) {
        const uint8_t *raw = be ? sample_be : sample_le;
        VnetHdr h, legacy = sample;
        uint8_t out[VNET_HDR_LEN_MAX];

        vnet_hdr_decode(&h, raw, 12, be);
        assert_equal(&h, &sample);
        vnet_hdr_decode(&h, raw, 20, be);
        assert_equal(&h, &sample);
        legacy.num_buffers = 0;
        vnet_hdr_decode(&h, raw, 10, be);
        assert_equal(&h, &legacy);

        memset(out, 0xee, sizeof(out));
        vnet_hdr_encode(&sample, out, 10, be);
        g_assert_cmpmem(out, 10, raw, 10);
        g_assert_cmphex(out[10], ==, 0xee);
        vnet_hdr_encode(&sample, out, 12, be);
        g_assert_cmpmem(out, 12, raw, 12);
        g_assert_cmphex(out[12], ==, 0xee);
        vnet_hdr_encode(&sample, out, 20, be);
        for (int i = 12; i < 20; i++) {
            g_assert_cmphex(out[i], ==, 0);
        }
        g_assert_cmphex(out[20], ==, 0xee);
    }
}

/* What the rules say, written down a second time and differently. */
static bool acceptable(const VnetHdr *h, size_t frame_len,
                       const VnetHdrAllowed *a)
{
    bool csum = h->flags & 1;
    size_t field_end = (size_t)h->csum_start + h->csum_offset + 2;
    bool type_ok =
        h->gso_type == 0 ||
        (h->gso_type == 1 && a->tso4) ||
        (h->gso_type == 0x81 && a->tso4 && a->ecn) ||
        (h->gso_type == 3 && a->ufo) ||
        (h->gso_type == 4 && a->tso6) ||
        (h->gso_type == 0x84 && a->tso6 && a->ecn) ||
        (h->gso_type == 5 && a->uso);

    return type_ok && (!csum || a->csum) &&
           (h->gso_type == 0 || (csum && h->gso_size > 0)) &&
           (!csum || field_end <= frame_len);
}

static VnetHdrAllowed allowed_from(unsigned bits)
{
    return (VnetHdrAllowed){
        .csum = bits & 1, .tso4 = bits & 2, .tso6 = bits & 4,
        .ecn = bits & 8,  .ufo = bits & 16, .uso = bits & 32,
    };
}

/* Every GSO type and flag, with every set of features, at every edge. */
static void test_check_all(void)
{
    static const uint16_t sizes[] = { 0, 1, 1448, 0xffff };
    static const uint16_t places[] = { 0, 1, 34, 58, 59, 60, 0xffff };

    for (unsigned bits = 0; bits < 64; bits++) {
        VnetHdrAllowed allowed = allowed_from(bits);

        for (unsigned type = 0; type < 256; type++) {
            for (unsigned i = 0; i < 4 * 8 * 7 * 7; i++) {
                VnetHdr h = {
                    .gso_type = type,
                    .flags = (i / 4) % 8,
                    .gso_size = sizes[i % 4],
                    .csum_start = places[i / 32 % 7],
                    .csum_offset = places[i / 224],
                };

                if ((vnet_hdr_check(&h, 60, &allowed) == NULL) !=
                    acceptable(&h, 60, &allowed)) {
                    g_test_message("type %#x flags %u size %u start %u offset "
                                   "%u features %#x", type, h.flags, h.gso_size,
                                   h.csum_start, h.csum_offset, bits);
                    g_test_fail();
                    return;
                }
            }
        }
    }
}

/* The answer names the field. */
static void test_check_names(void)
{
    VnetHdrAllowed all = allowed_from(63), none = allowed_from(0);
    VnetHdr h = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM };

    g_assert_cmpstr(vnet_hdr_check(&h, 60, &none), ==, "flags");
    h.csum_start = 59;
    g_assert_cmpstr(vnet_hdr_check(&h, 60, &all), ==, "csum_start");
    h.csum_start = 50;
    h.csum_offset = 9;
    g_assert_cmpstr(vnet_hdr_check(&h, 60, &all), ==, "csum_offset");
    h.csum_offset = 8;
    g_assert_null(vnet_hdr_check(&h, 60, &all));
    h.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
    g_assert_cmpstr(vnet_hdr_check(&h, 60, &all), ==, "gso_size");
    g_assert_cmpstr(vnet_hdr_check(&h, 60, &(VnetHdrAllowed){ .csum = true }),
                    ==, "gso_type");
    h.gso_size = 1;
    h.flags = 0;
    g_assert_cmpstr(vnet_hdr_check(&h, 60, &all), ==, "flags");
    h.gso_type = VIRTIO_NET_HDR_GSO_ECN;
    g_assert_cmpstr(vnet_hdr_check(&h, 60, &all), ==, "gso_type");
    /* hdr_len is a hint: any value will do. */
    h = (VnetHdr){ .hdr_len = 0xffff };
    g_assert_null(vnet_hdr_check(&h, 60, &none));
    /* Flags only the device side sets, and unknown ones, are not looked at. */
    h.flags = 0xfe;
    g_assert_null(vnet_hdr_check(&h, 0, &none));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/vnet-hdr/layout", test_layout);
    g_test_add_func("/net/vnet-hdr/check-all", test_check_all);
    g_test_add_func("/net/vnet-hdr/check-names", test_check_names);
    return g_test_run();
}
