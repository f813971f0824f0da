/*
 * Clients: sending and delivery, header adaptation, links, the VM's state,
 * removal in every order, and what the monitor asks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net-test-clients.h"
#include "net/queue.h"
#include "net/vnet-hdr.h"
#include "trace/trace.h"
#include "util/bswap.h"

static TestBackend *b;
static TestNIC *t;
static uint8_t frame[NET_BUFSIZE + 64];

static void setup(void)
{
    b = test_backend_new("b0");
    t = test_nic_new("nic0", "b0");
    test_fill_frame(frame, sizeof(frame), 0x5a);
    net_vm_state_change(true);
    test_backend_cleanups = 0;
}

static void teardown(void)
{
    test_nic_free(t);
    if (qemu_find_netdev("b0")) {
        qemu_del_net_client(qemu_find_netdev("b0"));
    }
    net_vm_state_change(false);
}

/* ------------------------------------------------------------- the way */

static void test_both_ways(void)
{
    setup();
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 100);
    g_assert_cmpmem(b->last, b->last_size, frame, 100);
    g_assert_cmpint(qemu_send_packet(&b->nc, frame, 60), ==, 60);
    g_assert_cmpmem(t->last, t->last_size, frame, 60);
    g_assert_cmpuint(t->nc->stats.tx_packets, ==, 1);
    g_assert_cmpuint(t->nc->stats.tx_bytes, ==, 100);
    g_assert_cmpuint(b->nc.stats.rx_packets, ==, 1);
    g_assert_cmpuint(b->nc.stats.rx_bytes, ==, 100);
    g_assert_cmpuint(t->nc->stats.rx_bytes, ==, 60);
    g_assert_cmpuint(b->nc.stats.copies, ==, 0);
    g_assert_cmpuint(t->nc->stats.copies, ==, 0);
    teardown();
}

/* tx-64k+1 and friends: refused at the entry, whatever the pieces. */
static void test_sizes(void)
{
    struct iovec iov[2] = { { frame, NET_BUFSIZE }, { frame, 1 } };

    setup();
    g_assert_cmpint(test_nic_send(t, frame, NET_BUFSIZE), ==, NET_BUFSIZE);
    g_assert_cmpint(test_nic_send(t, frame, NET_BUFSIZE + 1), ==,
                    NET_BUFSIZE + 1);
    g_assert_cmpint(qemu_sendv_packet_async(t->nc, iov, 2, NULL), ==,
                    NET_BUFSIZE + 1);
    g_assert_cmpuint(b->received, ==, 1);
    g_assert_cmpuint(t->nc->stats.dropped[NET_DROP_TOO_LONG], ==, 2);
    /* Nothing at all is an error: 0 would say "queued". */
    g_assert_cmpint(test_nic_send(t, frame, 0), <, 0);
    g_assert_cmpuint(t->sent_calls, ==, 0);
    teardown();
}

/* loopback-short: a client that needs padding gets it wherever from. */
static void test_padding(void)
{
    setup();
    t->nc->do_not_pad = false;
    for (size_t len = 1; len <= 64; len++) {
        g_assert_cmpint(qemu_send_packet(&b->nc, frame, len), ==, len);
        g_assert_cmpuint(t->last_size, ==, MAX(len, 60));
        g_assert_cmpmem(t->last, len, frame, len);
        for (size_t i = len; i < 60; i++) {
            g_assert_cmphex(t->last[i], ==, 0);
        }
    }
    t->nc->do_not_pad = true;
    g_assert_cmpint(qemu_send_packet(&b->nc, frame, 14), ==, 14);
    g_assert_cmpuint(t->last_size, ==, 14);
    teardown();
}

/* Every pair of header lengths, few pieces or many. */
static void check_adapt(int from, int to, unsigned pieces)
{
    uint8_t packet[24 + 200], want[24] = { 0 };
    struct iovec iov[200];
    size_t size = from + 200, step = MAX(size / pieces, 1);

    memset(packet, 0, sizeof(packet));
    memcpy(packet + from, frame, 200);
    if (from) {
        packet[0] = VIRTIO_NET_HDR_F_DATA_VALID;
        packet[2] = 54;
    }
    if (from && to) {
        memcpy(want, packet, 10);
    }
    for (unsigned i = 0; i < pieces; i++) {
        iov[i].iov_base = packet + i * step;
        iov[i].iov_len = i + 1 < pieces ? step : size - i * step;
    }
    qemu_set_vnet_hdr_len(t->nc, from);
    qemu_set_vnet_hdr_len(&b->nc, to);
    g_assert_cmpint(qemu_sendv_packet_async(t->nc, iov, pieces, NULL), ==,
                    size);
    g_assert_cmpuint(b->last_size, ==, to + 200);
    g_assert_cmpmem(b->last, to, want, to);
    g_assert_cmpmem(b->last + to, 200, frame, 200);
}

static void test_adapt(void)
{
    static const int lens[] = { 0, 10, 12, 20 };

    setup();
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < 4; j++) {
            for (unsigned pieces = 1; pieces <= 200; pieces += 30) {
                check_adapt(lens[i], lens[j], pieces);
            }
        }
    }
    teardown();
}

/* Software checksum completion, and what cannot be done without headers. */
static void test_adapt_checksum(void)
{
    uint8_t packet[12 + 100] = { 0 };
    struct iovec iov[2] = { { packet, 20 }, { packet + 20, 92 } };
    VnetHdr h = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34,
                  .csum_offset = 6 };

    setup();
    qemu_set_vnet_hdr_len(t->nc, 12);
    stw_be_p(packet + 12 + 50, 0x00ff);
    vnet_hdr_encode(&h, packet, 12, false);
    g_assert_cmpint(qemu_sendv_packet_async(t->nc, iov, 2, NULL), ==, 112);
    g_assert_cmpuint(b->last_size, ==, 100);
    g_assert_cmphex(ldw_be_p(b->last + 40), ==, 0xff00);
    /* The sender's own bytes are as they were. */
    g_assert_cmphex(ldw_be_p(packet + 12 + 40), ==, 0);
    g_assert_cmpuint(b->nc.stats.copies, ==, 1);

    h.csum_start = 93;
    vnet_hdr_encode(&h, packet, 12, false);
    g_assert_cmpint(test_nic_send(t, packet, 112), ==, 112);
    h = (VnetHdr){ .flags = 1, .gso_type = 1, .gso_size = 10 };
    vnet_hdr_encode(&h, packet, 12, false);
    g_assert_cmpint(test_nic_send(t, packet, 112), ==, 112);
    /* Shorter than its own header, and nothing but a header. */
    g_assert_cmpint(test_nic_send(t, packet, 11), ==, 11);
    g_assert_cmpuint(b->nc.stats.dropped[NET_DROP_BAD_HEADER], ==, 2);
    g_assert_cmpuint(b->nc.stats.dropped[NET_DROP_TOO_SHORT], ==, 1);
    g_assert_cmpuint(b->received, ==, 1);
    g_assert_cmpuint(b->nc.stats.rx_packets, ==, 1);
    teardown();
}

/* Announcements carry no header, whatever was agreed on. */
static void test_raw(void)
{
    setup();
    qemu_set_vnet_hdr_len(t->nc, 12);
    qemu_set_vnet_hdr_len(&b->nc, 12);
    b->blocked = true;
    g_assert_cmpint(qemu_send_packet_raw(t->nc, frame, 60), ==, 0);
    b->blocked = false;
    qemu_flush_queued_packets(&b->nc);
    g_assert_cmpuint(b->last_size, ==, 72);
    g_assert_cmpmem(b->last + 12, 60, frame, 60);
    g_assert_cmpuint(t->nc->stats.tx_bytes, ==, 60);
    teardown();
}

/* ------------------------------------------------------- blocked, stopped */

static void test_blocked(void)
{
    setup();
    b->blocked = true;
    g_assert_true(qemu_can_send_packet(t->nc));
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 0);
    g_assert_false(qemu_can_send_packet(t->nc));
    g_assert_cmpuint(t->sent_calls, ==, 0);
    b->blocked = false;
    qemu_flush_queued_packets(&b->nc);
    g_assert_cmpuint(t->sent_calls, ==, 1);
    g_assert_cmpint(t->sent_ret, ==, 100);
    g_assert_true(qemu_can_send_packet(t->nc));

    /* A device that is reset drops what it still cannot take. */
    b->blocked = true;
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 0);
    qemu_flush_or_purge_queued_packets(&b->nc, true);
    g_assert_cmpuint(t->sent_calls, ==, 2);
    g_assert_cmpint(t->sent_ret, ==, 0);
    g_assert_cmpuint(qemu_net_queue_length(b->nc.incoming_queue), ==, 0);

    /* And what it has sent itself. */
    b->blocked = true;
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 0);
    qemu_purge_queued_packets(t->nc);
    g_assert_cmpuint(t->sent_calls, ==, 3);
    g_assert_cmpuint(qemu_net_queue_length(b->nc.incoming_queue), ==, 0);
    teardown();
}

static void test_vm_state(void)
{
    setup();
    g_assert_true(b->polling);
    b->blocked = true;
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 0);
    /* Stopping completes all that is on its way. */
    net_vm_state_change(false);
    g_assert_false(net_vm_running());
    g_assert_false(b->polling);
    g_assert_cmpuint(t->sent_calls, ==, 1);
    b->blocked = false;
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 0);
    g_assert_cmpuint(b->received, ==, 0);
    net_vm_state_change(true);
    g_assert_true(b->polling);
    g_assert_cmpuint(b->received, ==, 1);
    g_assert_cmpuint(t->sent_calls, ==, 2);
    teardown();
}

/* ------------------------------------------------------------------- links */

static void test_link(void)
{
    Error *err = NULL;

    setup();
    g_assert_true(net_set_link("nic0", false, &error_abort));
    g_assert_true(t->nc->link_down);
    g_assert_false(b->nc.link_down);
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 100);
    g_assert_cmpint(qemu_send_packet(&b->nc, frame, 100), ==, 100);
    g_assert_cmpuint(t->nc->stats.dropped[NET_DROP_LINK_DOWN], ==, 2);
    g_assert_cmpuint(b->received + t->received, ==, 0);
    g_assert_true(net_set_link("nic0", true, &error_abort));
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 100);
    g_assert_cmpuint(b->received, ==, 1);

    /* A backend takes its NIC along. */
    g_assert_true(net_set_link("b0", false, &error_abort));
    g_assert_true(t->nc->link_down);
    g_assert_cmpuint(t->link_changes, ==, 3);
    g_assert_true(net_set_link("b0", true, &error_abort));
    g_assert_false(t->nc->link_down);

    g_assert_false(net_set_link("zz", true, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Device 'zz' not found");
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    error_free(err);
    teardown();
}

/* -------------------------------------------------------------- coming, going */

/* The backend goes while packets wait on both sides. */
/* -d net names each packet that ends early. */
static void test_drop_log(void)
{
    g_autofree char *path = NULL, *text = NULL;
    int fd = g_file_open_tmp("drop-log-XXXXXX", &path, NULL);
    bool help;

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    setup();
    qemu_log_set_file(path, &error_abort);
    g_assert_true(net_set_link("nic0", false, &error_abort));
    test_nic_send(t, frame, 100);
    g_assert_true(qemu_log_parse_arg("net", &help, &error_abort));
    test_nic_send(t, frame, 101);
    qemu_loglevel = 0;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==,
                    "nic0: packet of 101 bytes dropped: link-down\n");
    unlink(path);
    teardown();
}

static void test_del_backend(void)
{
    NetClientState *b1;
    Error *err = NULL;

    setup();
    b->blocked = t->blocked = true;
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 0);
    g_assert_cmpint(qemu_send_packet(&b->nc, frame, 100), ==, 0);
    g_assert_true(netdev_del("b0", &error_abort));
    g_assert_cmpuint(test_backend_cleanups, ==, 1);
    g_assert_cmpuint(t->sent_calls, ==, 1);
    g_assert_cmpint(t->sent_ret, ==, 0);
    g_assert_null(t->nc->peer);
    g_assert_true(t->nic->peer_deleted);
    g_assert_true(t->nc->link_down);
    g_assert_cmpuint(t->link_changes, ==, 1);
    g_assert_cmpuint(qemu_net_queue_length(t->nc->incoming_queue), ==, 0);
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 100);
    qemu_flush_queued_packets(t->nc);
    qemu_purge_queued_packets(t->nc);
    /* Its id is free again. */
    b1 = &test_backend_new("b0")->nc;
    g_assert_true(qemu_find_netdev("b0") == b1);

    g_assert_false(netdev_del("nic0", &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Device 'nic0' not found");
    error_free(err);
    err = NULL;
    b1->is_netdev = false;
    g_assert_false(netdev_del("b0", &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Device 'b0' is not a netdev");
    error_free(err);
    teardown();
}

/* What a stream does that has read ahead: the next frame at once. */
static void send_next(NetClientState *nc, ssize_t ret)
{
    (void)!qemu_send_packet_async(nc, frame, 100, send_next);
}

/* Whichever end goes, nothing of it may stay with the other. */
static void test_del_while_streaming(void)
{
    setup();
    t->blocked = true;
    send_next(&b->nc, 0);
    g_assert_cmpuint(qemu_net_queue_length(t->nc->incoming_queue), ==, 1);
    g_assert_true(netdev_del("b0", &error_abort));
    g_assert_cmpuint(qemu_net_queue_length(t->nc->incoming_queue), ==, 0);
    t->blocked = false;
    qemu_flush_queued_packets(t->nc);
    g_assert_cmpuint(t->received, ==, 0);
    teardown();

    setup();
    t->blocked = true;
    send_next(&b->nc, 0);
    test_nic_free(t);
    t = test_nic_new("nic1", "b0");
    g_assert_cmpint(qemu_send_packet(&b->nc, frame, 100), ==, 100);
    g_assert_cmpuint(t->received, ==, 1);
    teardown();
}

/* The NIC goes: the backend can be had by another, at once and unblocked. */
static void test_del_nic(void)
{
    setup();
    b->blocked = true;
    qemu_set_vnet_hdr_len(&b->nc, 12);
    qemu_set_vnet_hdr_len(t->nc, 12);
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 0);
    b->blocked = false;
    test_nic_free(t);
    g_assert_null(b->nc.peer);
    g_assert_cmpuint(qemu_net_queue_length(b->nc.incoming_queue), ==, 0);
    g_assert_cmpint(qemu_get_vnet_hdr_len(&b->nc), ==, 0);
    g_assert_cmpint(qemu_send_packet(&b->nc, frame, 100), ==, 100);
    g_assert_cmpuint(b->nc.stats.dropped[NET_DROP_NO_PEER], ==, 1);
    t = test_nic_new("nic1", "b0");
    g_assert_cmpint(test_nic_send(t, frame, 100), ==, 100);
    g_assert_cmpuint(b->received, ==, 1);
    teardown();
}

/* Names that nobody gave. */
static void test_names(void)
{
    TestNIC *n0 = test_nic_new(NULL, NULL), *n1 = test_nic_new(NULL, NULL);

    g_assert_cmpstr(n0->nc->name, ==, "test-nic.0");
    g_assert_cmpstr(n1->nc->name, ==, "test-nic.1");
    g_assert_null(qemu_find_netdev("test-nic.0"));
    test_nic_free(n0);
    test_nic_free(n1);
}

/* Several queues: one card, one netdev. */
static void test_queues(void)
{
    TestBackend *q[3];
    NetClientState *ncs[2];

    for (int i = 0; i < 3; i++) {
        q[i] = test_backend_new("b0");
        q[i]->nc.queue_index = i;
    }
    t = test_nic_new("nic0", "b0");
    net_vm_state_change(true);
    g_assert_cmpint(t->conf.peers.queues, ==, 3);
    for (int i = 0; i < 3; i++) {
        NetClientState *nc = qemu_get_subqueue(t->nic, i);

        g_assert_cmpstr(nc->name, ==, "nic0");
        g_assert_cmpuint(nc->queue_index, ==, i);
        g_assert_true(qemu_get_nic(nc) == t->nic);
        g_assert_true(qemu_get_peer(t->nc, i) == &q[i]->nc);
        g_assert_cmpint(qemu_send_packet(nc, frame, 100), ==, 100);
        g_assert_cmpuint(q[i]->received, ==, 1);
    }
    g_assert_cmpint(qemu_find_net_clients_except("b0", ncs,
                                                 NET_CLIENT_DRIVER_NIC, 2),
                    ==, 2);
    test_backend_cleanups = 0;
    netdev_del("b0", &error_abort);
    g_assert_cmpuint(test_backend_cleanups, ==, 3);
    g_assert_cmpuint(t->link_changes, ==, 1);
    for (int i = 0; i < 3; i++) {
        g_assert_true(qemu_get_subqueue(t->nic, i)->link_down);
        g_assert_null(qemu_get_subqueue(t->nic, i)->peer);
    }
    test_nic_free(t);
    net_vm_state_change(false);
}

/* ---------------------------------------------------------------- monitor */

static void check_rx_filter_error(const char *name, const char *text)
{
    Error *err = NULL;

    g_assert_null(net_query_rx_filter(name, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, text);
    error_free(err);
}

static void test_rx_filter(void)
{
    RxFilterInfoList *list;

    setup();
    check_rx_filter_error("zz", "invalid net client name: zz");
    check_rx_filter_error("b0", "net client(b0) isn't a NIC");
    list = net_query_rx_filter(NULL, &error_abort);
    g_assert_nonnull(list);
    g_assert_null(list->next);
    g_assert_cmpstr(list->value->name, ==, "nic0");
    qapi_free_RxFilterInfoList(list);
    list = net_query_rx_filter("nic0", &error_abort);
    g_assert_cmpstr(list->value->name, ==, "nic0");
    qapi_free_RxFilterInfoList(list);
    teardown();
    g_assert_null(net_query_rx_filter(NULL, &error_abort));
}

static void test_info(void)
{
    g_autofree char *text = NULL;

    setup();
    qemu_set_info_str(&b->nc, "fd=%d", 7);
    test_nic_send(t, frame, 100);
    qemu_send_packet(&b->nc, frame, 60);
    t->nc->link_down = true;
    qemu_send_packet(&b->nc, frame, 60);
    test_backend_new("b1");
    text = net_info_network();
    g_assert_cmpstr(
        text, ==,
        "nic0: index=0,type=nic,model=test-nic,macaddr=52:54:00:00:00:01\n"
        "    rx packets=1 bytes=60, tx packets=1 bytes=100\n"
        "    dropped: link-down=1\n"
        " \\ b0: index=0,type=socket,fd=7\n"
        "       rx packets=1 bytes=100, tx packets=2 bytes=120\n"
        "b1: index=0,type=socket,\n"
        "    rx packets=0 bytes=0, tx packets=0 bytes=0\n");
    netdev_del("b1", &error_abort);
    teardown();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qemu_init_main_loop(&error_abort);
    g_test_add_func("/net/client/both-ways", test_both_ways);
    g_test_add_func("/net/client/tx-64k+1", test_sizes);
    g_test_add_func("/net/client/loopback-short", test_padding);
    g_test_add_func("/net/client/adapt", test_adapt);
    g_test_add_func("/net/client/adapt-checksum", test_adapt_checksum);
    g_test_add_func("/net/client/raw", test_raw);
    g_test_add_func("/net/client/blocked", test_blocked);
    g_test_add_func("/net/client/vm-state", test_vm_state);
    g_test_add_func("/net/client/link", test_link);
    g_test_add_func("/net/client/drop-log", test_drop_log);
    g_test_add_func("/net/client/del-backend", test_del_backend);
    g_test_add_func("/net/client/del-while-streaming",
                    test_del_while_streaming);
    g_test_add_func("/net/client/del-nic", test_del_nic);
    g_test_add_func("/net/client/names", test_names);
    g_test_add_func("/net/client/queues", test_queues);
    g_test_add_func("/net/client/rx-filter", test_rx_filter);
    g_test_add_func("/net/client/info", test_info);
    return g_test_run();
}
