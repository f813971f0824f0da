/*
 * Hubs: who gets what, what blocks whom, and ports that come and go.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "../../net/net-internal.h"
#include "net-test-clients.h"
#include "net/queue.h"
#include "net/vnet-hdr.h"
#include "util/bswap.h"
#include "util/option.h"

#define PORTS 3

static NetClientState *ports[PORTS];
static TestNIC *nics[PORTS];

static void setup(void)
{
    for (int i = 0; i < PORTS; i++) {
        g_autofree char *name = g_strdup_printf("nic%d", i);

        ports[i] = net_hub_add_port(0, NULL, NULL);
        nics[i] = test_nic_new_on(name, ports[i]);
    }
    net_vm_state_change(true);
}

static void teardown(void)
{
    for (int i = 0; i < PORTS; i++) {
        if (ports[i]) {
            qemu_del_net_client(ports[i]);
        }
        test_nic_free(nics[i]);
    }
    net_vm_state_change(false);
}

/* All others, not the sender. */
static void test_flood(void)
{
    uint8_t frame[100];

    setup();
    for (int i = 0; i < PORTS; i++) {
        test_fill_frame(frame, sizeof(frame), i);
        g_assert_cmpint(test_nic_send(nics[i], frame, 100), ==, 100);
    }
    for (int i = 0; i < PORTS; i++) {
        g_assert_cmpuint(nics[i]->received, ==, PORTS - 1);
        g_assert_cmpuint(nics[i]->last_size, ==, 100);
        g_assert_cmpuint(nics[i]->last[99], ==, i == PORTS - 1 ? i - 1
                                                               : PORTS - 1);
    }
    teardown();
}

/* One slow port does not hold up the others; its packets wait for it. */
static void test_slow_port(void)
{
    uint8_t frame[100];

    setup();
    nics[2]->blocked = true;
    for (int i = 0; i < 5; i++) {
        test_fill_frame(frame, sizeof(frame), i);
        g_assert_cmpint(test_nic_send(nics[0], frame, 100), ==, 100);
    }
    g_assert_cmpuint(nics[1]->received, ==, 5);
    g_assert_cmpuint(nics[2]->received, ==, 0);
    nics[2]->blocked = false;
    qemu_flush_queued_packets(nics[2]->nc);
    g_assert_cmpuint(nics[2]->received, ==, 5);
    g_assert_cmpuint(nics[2]->last[99], ==, 4);
    teardown();
}

/* All blocked: the sender is too, and the first to recover wakes it. */
static void test_all_blocked(void)
{
    uint8_t frame[100];

    setup();
    nics[1]->blocked = nics[2]->blocked = true;
    test_fill_frame(frame, sizeof(frame), 1);
    g_assert_cmpint(test_nic_send(nics[0], frame, 100), ==, 100);
    g_assert_false(qemu_can_send_packet(nics[0]->nc));
    g_assert_cmpint(test_nic_send(nics[0], frame, 100), ==, 0);
    g_assert_cmpuint(nics[0]->sent_calls, ==, 0);
    nics[1]->blocked = false;
    qemu_flush_queued_packets(nics[1]->nc);
    g_assert_cmpuint(nics[0]->sent_calls, ==, 1);
    g_assert_cmpint(nics[0]->sent_ret, ==, 100);
    g_assert_cmpuint(nics[1]->received, ==, 2);
    g_assert_true(qemu_can_send_packet(nics[0]->nc));
    nics[2]->blocked = false;
    qemu_flush_queued_packets(nics[2]->nc);
    g_assert_cmpuint(nics[2]->received, ==, 2);
    teardown();
}

/* A sender that waits for the only other port is woken when that goes. */
static void test_blocked_port_goes(void)
{
    uint8_t frame[100];

    setup();
    qemu_del_net_client(ports[2]);
    ports[2] = NULL;
    nics[1]->blocked = true;
    test_fill_frame(frame, sizeof(frame), 1);
    g_assert_cmpint(test_nic_send(nics[0], frame, 100), ==, 100);
    g_assert_cmpint(test_nic_send(nics[0], frame, 100), ==, 0);
    qemu_del_net_client(ports[1]);
    ports[1] = NULL;
    g_assert_cmpuint(nics[0]->sent_calls, ==, 1);
    g_assert_cmpint(test_nic_send(nics[0], frame, 100), ==, 100);
    teardown();
}

/* The same when its NIC is unplugged and the port stays. */
static void test_blocked_nic_goes(void)
{
    uint8_t frame[100];

    setup();
    qemu_del_net_client(ports[2]);
    ports[2] = NULL;
    nics[1]->blocked = true;
    test_fill_frame(frame, sizeof(frame), 1);
    g_assert_cmpint(test_nic_send(nics[0], frame, 100), ==, 100);
    g_assert_cmpint(test_nic_send(nics[0], frame, 100), ==, 0);
    test_nic_free(nics[1]);
    g_assert_cmpuint(nics[0]->sent_calls, ==, 1);
    nics[1] = test_nic_new_on("nic1", ports[1]);
    g_assert_cmpint(test_nic_send(nics[0], frame, 100), ==, 100);
    g_assert_cmpuint(nics[1]->received, ==, 1);
    teardown();
}

/* A port alone on its hub sends to nowhere, and says so. */
static void test_alone(void)
{
    uint8_t frame[100];
    NetClientState *port = net_hub_add_port(5, "lonely", NULL);
    TestNIC *t = test_nic_new_on("nic", port);

    net_vm_state_change(true);
    test_fill_frame(frame, sizeof(frame), 1);
    for (int i = 0; i < 10; i++) {
        g_assert_cmpint(test_nic_send(t, frame, 100), ==, 100);
    }
    qemu_del_net_client(port);
    test_nic_free(t);
}

/* Two NICs that speak headers of different lengths, or none. */
static void test_headers(void)
{
    uint8_t packet[12 + 100] = { 0 };
    VnetHdr h = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34,
                  .csum_offset = 6 };

    setup();
    qemu_set_vnet_hdr_len(nics[0]->nc, 12);
    qemu_set_vnet_hdr_len(nics[1]->nc, 10);
    test_fill_frame(packet + 12, 100, 0);
    stw_be_p(packet + 12 + 34, 0x1234);
    vnet_hdr_encode(&h, packet, 12, false);
    g_assert_cmpint(test_nic_send(nics[0], packet, 112), ==, 112);
    /* The checksum is complete for everybody. */
    g_assert_cmpuint(nics[2]->last_size, ==, 100);
    g_assert_cmphex(ldw_be_p(nics[2]->last + 40), ==, (uint16_t)~0x1234);
    g_assert_cmpuint(nics[1]->last_size, ==, 110);
    for (int i = 0; i < 10; i++) {
        g_assert_cmphex(nics[1]->last[i], ==, 0);
    }
    g_assert_cmpmem(nics[1]->last + 10, 100, nics[2]->last, 100);
    /* GSO was never offered. */
    h.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
    h.gso_size = 50;
    vnet_hdr_encode(&h, packet, 12, false);
    g_assert_cmpint(test_nic_send(nics[0], packet, 112), ==, 112);
    g_assert_cmpuint(nics[2]->received, ==, 1);
    g_assert_cmpuint(ports[0]->stats.dropped[NET_DROP_BAD_HEADER], ==, 1);
    teardown();
}

/* A port has one queue. */
static void test_multiqueue(void)
{
    json_t *opts = keyval_parse("hubport,id=h0,hubid=3,netdev=m0", "type", NULL,
                                &error_abort);
    Error *err = NULL;

    for (int i = 0; i < 2; i++) {
        test_backend_new("m0")->nc.queue_index = i;
    }
    g_assert_false(netdev_add_json(opts, true, &err));
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "netdev 'm0' has several queues and cannot be used with "
                    "hubs");
    error_free(err);
    g_assert_null(qemu_find_netdev("h0"));
    json_decref(opts);
    netdev_del("m0", &error_abort);
}

static void test_info(void)
{
    g_autofree char *text = NULL;
    int id = -1;

    setup();
    qemu_del_net_client(ports[1]);
    ports[1] = NULL;
    text = net_info_network();
    g_assert_true(g_str_has_prefix(
        text,
        "hub 0\n"
        " \\ hub0port2: nic2: index=0,type=nic,model=test-nic,"
        "macaddr=52:54:00:00:00:01\n"));
    g_assert_nonnull(strstr(text, " \\ hub0port0: nic0: index=0,type=nic,"));
    g_assert_nonnull(strstr(text, "\nnic1: index=0,type=nic,"));
    g_assert_true(net_hub_id_for_client(ports[0], &id));
    g_assert_cmpint(id, ==, 0);
    g_assert_true(net_hub_id_for_client(nics[2]->nc, NULL));
    g_assert_false(net_hub_id_for_client(nics[1]->nc, NULL));
    teardown();
    g_free(text);
    text = net_info_network();
    g_assert_cmpstr(text, ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/hub/flood", test_flood);
    g_test_add_func("/net/hub/slow-port", test_slow_port);
    g_test_add_func("/net/hub/all-blocked", test_all_blocked);
    g_test_add_func("/net/hub/blocked-port-goes", test_blocked_port_goes);
    g_test_add_func("/net/hub/blocked-nic-goes", test_blocked_nic_goes);
    g_test_add_func("/net/hub/alone", test_alone);
    g_test_add_func("/net/hub/headers", test_headers);
    g_test_add_func("/net/hub/multiqueue", test_multiqueue);
    g_test_add_func("/net/hub/info", test_info);
    return g_test_run();
}
