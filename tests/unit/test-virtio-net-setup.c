/*
 * virtio-net: realize, the offer of features, and the driver's choice.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/unit/virtio-net-model.h"

static void test_realize(void)
{
    static const struct {
        const char *props, *message;
    } cases[] = {
        { "rx_queue_size=100", "Invalid rx_queue_size (= 100), must be a "
                               "power of 2 between 64 and 1024." },
        { "rx_queue_size=32", "Invalid rx_queue_size (= 32), must be a power "
                              "of 2 between 64 and 1024." },
        { "rx_queue_size=2048", "Invalid rx_queue_size (= 2048), must be a "
                                "power of 2 between 64 and 1024." },
        { "tx_queue_size=0", "Invalid tx_queue_size (= 0), must be a power of "
                             "2 between 64 and 1024" },
        { "duplex=foo", "'duplex' must be 'half' or 'full'" },
        { "speed=-2", "'speed' must be between 0 and INT_MAX" },
        { "host_mtu=67",
          "Invalid host_mtu (= 67), must be between 68 and 65535" },
        { "rss=on", "virtio-net: 'rss=on' is not supported" },
        { "hash=on", "virtio-net: 'hash=on' is not supported" },
        { "guest_rsc_ext=on",
          "virtio-net: 'guest_rsc_ext=on' is not supported" },
        { "failover=on", "virtio-net: 'failover=on' is not supported" },
        { "hash-udp6ex=on", "virtio-net: 'hash-udp6ex=on' is not supported" },
        { "hash-ipv4=on", "virtio-net: 'hash-ipv4=on' is not supported" },
        { "hash-ipv4=off", NULL },
        { "netdev=nope",
          "Property 'virtio-net-device.netdev' can't find value 'nope'" },
        { "mac=12:34", "Property 'virtio-net-device.mac' doesn't take value "
                       "'12:34'" },
        { "rx_queue_size=64,tx_queue_size=1024,speed=10000,duplex=full", NULL },
        { "tx=foo", NULL },
        { "host_mtu=68,x-txburst=-1", NULL },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *text = model_realize_error(cases[i].props);

        g_assert_cmpstr(text, ==, cases[i].message);
    }
}

static uint64_t offer(Model *m)
{
    return virtio_get_host_features_word(m->vdev, 0) |
           (uint64_t)virtio_get_host_features_word(m->vdev, 1) << 32;
}

/* What is offered by whom, and the prerequisites (ND-01..20). */
static void test_offer(void)
{
    const uint64_t with_hdr =
        F(VIRTIO_NET_F_CSUM) | F(VIRTIO_NET_F_GUEST_CSUM) |
        F(VIRTIO_NET_F_HOST_TSO4) | F(VIRTIO_NET_F_GUEST_TSO4) |
        F(VIRTIO_NET_F_HOST_UFO) | F(VIRTIO_NET_F_HOST_USO) |
        F(VIRTIO_NET_F_GUEST_USO6) | F(VIRTIO_NET_F_HOST_ECN);
    const uint64_t always = F(VIRTIO_NET_F_MAC) | F(VIRTIO_NET_F_STATUS) | MRG |
                            F(VIRTIO_NET_F_CTRL_VQ) |
                            F(VIRTIO_NET_F_CTRL_RX) |
                            F(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
    Model *m;

    for (unsigned pairs = 0; pairs < 2; pairs++) {
        for (unsigned vnet = 0; vnet <= pairs; vnet++) {
            m = model_new(NULL, pairs, vnet);
            g_assert_cmphex(offer(m) & with_hdr, ==, vnet ? with_hdr : 0);
            g_assert_cmphex(offer(m) & always, ==, always);
            g_assert_cmphex(offer(m) & (F(VIRTIO_NET_F_MQ) |
                                        F(VIRTIO_NET_F_MTU) |
                                        F(VIRTIO_NET_F_GSO) |
                                        F(VIRTIO_NET_F_SPEED_DUPLEX)),
                            ==, 0);
            g_assert_true(!(virtio_get_legacy_features(m->vdev) &
                            F(VIRTIO_NET_F_GSO)) == !vnet);
            model_free(m);
        }
    }
    m = model_new("csum=off,guest_csum=off,mq=on,host_mtu=1500,speed=10", 1,
                  true);
    g_assert_cmphex(offer(m) & with_hdr, ==, 0);
    g_assert_cmphex(offer(m) >> VIRTIO_NET_F_MQ & 1, ==, 1);
    g_assert_cmphex(offer(m) >> VIRTIO_NET_F_MTU & 1, ==, 1);
    g_assert_cmphex(offer(m) >> VIRTIO_NET_F_SPEED_DUPLEX & 1, ==, 1);
    g_assert_cmpuint(virtio_config_read(m->vdev, 8, 2), ==, 1);
    g_assert_cmpuint(virtio_config_read(m->vdev, 10, 2), ==, 1500);
    g_assert_cmpuint(virtio_config_read(m->vdev, 12, 4), ==, 10);
    g_assert_cmpuint(virtio_config_read(m->vdev, 16, 1), ==, 0xff);
    model_free(m);
    m = model_new("ctrl_vq=off,mq=on", 1, true);
    g_assert_cmphex(offer(m) & (always | F(VIRTIO_NET_F_MQ)), ==,
                    F(VIRTIO_NET_F_MAC) | F(VIRTIO_NET_F_STATUS) | MRG);
    model_free(m);
}

/* DFB-02: a driver that takes a feature without its prerequisite. */
static void test_prerequisites(void)
{
    static const uint8_t pairs[][2] = {
        { VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_CSUM },
        { VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_CSUM },
        { VIRTIO_NET_F_GUEST_UFO, VIRTIO_NET_F_GUEST_CSUM },
        { VIRTIO_NET_F_GUEST_USO4, VIRTIO_NET_F_GUEST_CSUM },
        { VIRTIO_NET_F_GUEST_USO6, VIRTIO_NET_F_GUEST_CSUM },
        { VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_CSUM },
        { VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_CSUM },
        { VIRTIO_NET_F_HOST_UFO, VIRTIO_NET_F_CSUM },
        { VIRTIO_NET_F_HOST_USO, VIRTIO_NET_F_CSUM },
        { VIRTIO_NET_F_CTRL_RX, VIRTIO_NET_F_CTRL_VQ },
        { VIRTIO_NET_F_CTRL_VLAN, VIRTIO_NET_F_CTRL_VQ },
        { VIRTIO_NET_F_GUEST_ANNOUNCE, VIRTIO_NET_F_CTRL_VQ },
        { VIRTIO_NET_F_MQ, VIRTIO_NET_F_CTRL_VQ },
        { VIRTIO_NET_F_CTRL_MAC_ADDR, VIRTIO_NET_F_CTRL_VQ },
    };
    Model *m = model_new("mq=on", 1, true);

    for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++) {
        g_assert_false(model_negotiate(m, V1 | F(pairs[i][0])));
        g_assert_true(model_negotiate(m, V1 | F(pairs[i][0]) |
                                             F(pairs[i][1])));
    }
    g_assert_false(model_negotiate(m, V1 | F(VIRTIO_NET_F_CSUM) |
                                          F(VIRTIO_NET_F_HOST_ECN)));
    g_assert_true(model_negotiate(m, V1 | F(VIRTIO_NET_F_CSUM) |
                                         F(VIRTIO_NET_F_HOST_TSO6) |
                                         F(VIRTIO_NET_F_HOST_ECN)));
    g_assert_true(model_negotiate(m, V1 | F(VIRTIO_NET_F_CTRL_RX_EXTRA)));
    model_free(m);
}

int main(int argc, char **argv)
{
    model_init(&argc, &argv);
    g_test_add_func("/virtio-net/realize", test_realize);
    g_test_add_func("/virtio-net/offer", test_offer);
    g_test_add_func("/virtio-net/prerequisites", test_prerequisites);
    return g_test_run();
}
