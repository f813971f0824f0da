/*
 * virtio-net: the receive filter, and what management is told of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/net/virtio-net-internal.h"
#include "util/bswap.h"

static const uint8_t own[ETH_ALEN] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
static const uint8_t other[ETH_ALEN] = { 0x52, 0x54, 0, 0xaa, 0xbb, 0xcc };
static const uint8_t third[ETH_ALEN] = { 0x52, 0x54, 0, 0xaa, 0xbb, 0xcd };
static const uint8_t group[ETH_ALEN] = { 0x01, 0, 0x5e, 1, 2, 3 };
static const uint8_t group2[ETH_ALEN] = { 0x33, 0x33, 0, 0, 0, 1 };
static const uint8_t bcast[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static VirtIONetFilter filter(void)
{
    VirtIONetFilter f;

    memset(&f, 0xa5, sizeof(f));
    memcpy(f.mac, own, sizeof(own));
    virtio_net_filter_reset(&f);
    f.promisc = false;
    return f;
}

static bool takes(const VirtIONetFilter *f, const uint8_t *dst)
{
    uint8_t head[VIRTIO_NET_FILTER_HEAD] = { 0 };

    memcpy(head, dst, ETH_ALEN);
    stw_be_p(head + 12, ETH_P_IP);
    return virtio_net_filter_accepts(f, head, 60);
}

static bool takes_vlan(const VirtIONetFilter *f, const uint8_t *dst,
                       uint16_t tci, size_t len)
{
    uint8_t head[VIRTIO_NET_FILTER_HEAD] = { 0 };

    memcpy(head, dst, ETH_ALEN);
    stw_be_p(head + 12, ETH_P_VLAN);
    stw_be_p(head + 14, tci);
    return virtio_net_filter_accepts(f, head, len);
}

static void test_reset(void)
{
    VirtIONetFilter f;

    memset(&f, 0xa5, sizeof(f));
    memcpy(f.mac, own, sizeof(own));
    virtio_net_filter_reset(&f);
    g_assert_true(f.promisc);
    g_assert_cmpmem(f.mac, ETH_ALEN, own, ETH_ALEN);
    g_assert_cmpuint(f.uni_count + f.multi_count, ==, 0);
    g_assert_true(takes(&f, other));
    g_assert_true(takes_vlan(&f, other, 7, 60));
}

static void test_modes(void)
{
    static const struct {
        const char *what;
        size_t mode; /* offset of the bool that is on, or SIZE_MAX */
        bool own, other, group, bcast;
    } cases[] = {
        { "none", SIZE_MAX, true, false, false, true },
        { "promisc", offsetof(VirtIONetFilter, promisc), true, true, true,
          true },
        { "allmulti", offsetof(VirtIONetFilter, allmulti), true, false, true,
          true },
        { "alluni", offsetof(VirtIONetFilter, alluni), true, true, false,
          true },
        { "nomulti", offsetof(VirtIONetFilter, nomulti), true, false, false,
          true },
        { "nouni", offsetof(VirtIONetFilter, nouni), false, false, false,
          true },
        { "nobcast", offsetof(VirtIONetFilter, nobcast), true, false, false,
          false },
        { "uni_overflow", offsetof(VirtIONetFilter, uni_overflow), true, true,
          false, true },
        { "multi_overflow", offsetof(VirtIONetFilter, multi_overflow), true,
          false, true, true },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        VirtIONetFilter f = filter();

        g_test_message("%s", cases[i].what);
        if (cases[i].mode != SIZE_MAX) {
            *(bool *)((char *)&f + cases[i].mode) = true;
        }
        g_assert_true(takes(&f, own) == cases[i].own);
        g_assert_true(takes(&f, other) == cases[i].other);
        g_assert_true(takes(&f, group) == cases[i].group);
        g_assert_true(takes(&f, bcast) == cases[i].bcast);
    }
}

/* The "no" modes win over the "all" modes, promiscuous over everything. */
static void test_precedence(void)
{
    VirtIONetFilter f = filter();

    f.allmulti = f.nomulti = true;
    f.alluni = f.nouni = true;
    g_assert_false(takes(&f, group));
    g_assert_false(takes(&f, own));
    f.promisc = true;
    g_assert_true(takes(&f, group));
    g_assert_true(takes(&f, own));
}

static void test_table(void)
{
    VirtIONetFilter f = filter();

    memcpy(f.table[0], other, ETH_ALEN);
    memcpy(f.table[1], group, ETH_ALEN);
    f.uni_count = 1;
    f.multi_count = 1;
    g_assert_true(takes(&f, own));
    g_assert_true(takes(&f, other));
    g_assert_false(takes(&f, third));
    g_assert_true(takes(&f, group));
    g_assert_false(takes(&f, group2));

    /* The parts of the table are not mixed up. */
    memcpy(f.table[0], group2, ETH_ALEN);
    memcpy(f.table[1], third, ETH_ALEN);
    g_assert_false(takes(&f, group2));
    g_assert_false(takes(&f, third));

    /* The last entry counts. */
    f.uni_count = MAC_TABLE_ENTRIES - 1;
    memcpy(f.table[MAC_TABLE_ENTRIES - 2], third, ETH_ALEN);
    memcpy(f.table[MAC_TABLE_ENTRIES - 1], group2, ETH_ALEN);
    g_assert_true(takes(&f, third));
    g_assert_true(takes(&f, group2));
}

static void test_vlan(void)
{
    VirtIONetFilter f = filter();

    g_assert_true(takes_vlan(&f, own, 5, 60)); /* not negotiated */
    virtio_net_filter_set_vlan_filtering(&f, true);
    g_assert_true(takes(&f, own)); /* untagged */
    g_assert_false(takes_vlan(&f, own, 5, 60));
    g_assert_true(virtio_net_filter_vlan(&f, 5, true));
    g_assert_true(takes_vlan(&f, own, 5, 60));
    g_assert_true(takes_vlan(&f, own, 0xe005, 60)); /* priority bits */
    g_assert_false(takes_vlan(&f, own, 37, 60));
    g_assert_false(takes_vlan(&f, other, 5, 60));
    g_assert_true(virtio_net_filter_vlan(&f, 5, false));
    g_assert_false(takes_vlan(&f, own, 5, 60));

    g_assert_true(virtio_net_filter_vlan(&f, 0, true));
    g_assert_true(virtio_net_filter_vlan(&f, 4095, true));
    g_assert_true(takes_vlan(&f, own, 0, 60));
    g_assert_true(takes_vlan(&f, own, 4095, 60));
    g_assert_false(virtio_net_filter_vlan(&f, 4096, true));
    g_assert_false(virtio_net_filter_vlan(&f, 0xffff, false));

    /* A frame that ends inside the tag has none. */
    g_assert_true(takes_vlan(&f, own, 99, 17));

    /* hazard vlan-renegotiate: the table follows from the features alone. */
    virtio_net_filter_set_vlan_filtering(&f, false);
    g_assert_true(takes_vlan(&f, own, 99, 60));
    virtio_net_filter_set_vlan_filtering(&f, true);
    g_assert_false(takes_vlan(&f, own, 0, 60));
}

static void test_info(void)
{
    VirtIONetFilter f = filter();
    g_autoptr(RxFilterInfo) info = NULL;
    g_autoptr(RxFilterInfo) tables = NULL;
    unsigned vlans = 0;

    f.promisc = true;
    info = virtio_net_filter_info(&f, "nic0");
    g_assert_cmpstr(info->name, ==, "nic0");
    g_assert_true(info->promiscuous);
    g_assert_true(info->broadcast_allowed);
    g_assert_cmpint(info->unicast, ==, RX_STATE_NORMAL);
    g_assert_cmpint(info->multicast, ==, RX_STATE_NORMAL);
    g_assert_cmpint(info->vlan, ==, RX_STATE_ALL);
    g_assert_cmpstr(info->main_mac, ==, "52:54:00:12:34:56");
    g_assert_null(info->unicast_table);
    g_assert_null(info->multicast_table);
    for (intList *e = info->vlan_table; e; e = e->next) {
        vlans++;
    }
    g_assert_cmpuint(vlans, ==, MAX_VLAN);
    g_assert_cmpint(info->vlan_table->value, ==, MAX_VLAN - 1);

    f.promisc = false;
    f.nouni = f.allmulti = f.nobcast = f.multi_overflow = true;
    memcpy(f.table[0], other, ETH_ALEN);
    memcpy(f.table[1], third, ETH_ALEN);
    memcpy(f.table[2], group, ETH_ALEN);
    f.uni_count = 2;
    f.multi_count = 1;
    virtio_net_filter_set_vlan_filtering(&f, true);
    virtio_net_filter_vlan(&f, 12, true);
    tables = virtio_net_filter_info(&f, "x");
    g_assert_false(tables->broadcast_allowed);
    g_assert_true(tables->multicast_overflow);
    g_assert_false(tables->unicast_overflow);
    g_assert_cmpint(tables->unicast, ==, RX_STATE_NONE);
    g_assert_cmpint(tables->multicast, ==, RX_STATE_ALL);
    g_assert_cmpint(tables->vlan, ==, RX_STATE_NORMAL);
    g_assert_cmpint(tables->vlan_table->value, ==, 12);
    g_assert_null(tables->vlan_table->next);
    g_assert_cmpstr(tables->unicast_table->value, ==, "52:54:00:aa:bb:cc");
    g_assert_cmpstr(tables->unicast_table->next->value, ==,
                    "52:54:00:aa:bb:cd");
    g_assert_null(tables->unicast_table->next->next);
    g_assert_cmpstr(tables->multicast_table->value, ==, "01:00:5e:01:02:03");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtio-net/filter/reset", test_reset);
    g_test_add_func("/virtio-net/filter/modes", test_modes);
    g_test_add_func("/virtio-net/filter/precedence", test_precedence);
    g_test_add_func("/virtio-net/filter/table", test_table);
    g_test_add_func("/virtio-net/filter/vlan", test_vlan);
    g_test_add_func("/virtio-net/filter/info", test_info);
    return g_test_run();
}
