/*
 * The tap backend's packets, on real interfaces of the host kernel in a network
 * namespace of this process. The other side of the wire is a packet socket.
 * Without the right to make a namespace most of it is skipped and says so.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <signal.h>
#include <sys/socket.h>

#include "../../net/tap-internal.h"
#include "net-test-clients.h"
#include "net-test-host.h"
#include "net/vnet-hdr.h"
#include "util/bswap.h"

static GString *captured; /* what was reported */

static void capture_line(const char *text, void *opaque)
{
    g_string_append(captured, text);
}

/* A tap "vt0" that is up, with our NIC on it. */
static TestNIC *setup(const char *opts)
{
    g_autofree char *all = g_strdup_printf(
        "\"ifname\":\"vt0\"," NO_SCRIPTS "%s", opts);

    g_string_truncate(captured, 0);
    test_add_tap(all, &error_abort);
    test_if_set_up("vt0", true);
    net_vm_state_change(true);
    return test_nic_new("nic0", "t0");
}

static void teardown(TestNIC *t)
{
    test_nic_free(t);
    if (qemu_find_netdev("t0")) {
        netdev_del("t0", &error_abort);
    }
    net_vm_state_change(false);
}

/* Other traffic of the interface (neighbour discovery) passed over. */
static ssize_t recv_ours(int sock, uint8_t *buf, size_t size)
{
    ssize_t len;

    do {
        len = recv(sock, buf, size, 0);
    } while (len >= 14 && ldw_be_p(buf + 12) != 0x88b5);
    return len;
}

/* Frames go out as they are, through one or many pieces. */
static void test_transmit(void)
{
    uint8_t frame[1500], got[2000];
    struct iovec iov[100];
    TestNIC *t;
    int sock;

    if (test_skipped()) {
        return;
    }
    t = setup("");
    sock = test_packet_socket("vt0");
    for (unsigned pieces = 1; pieces <= 100; pieces += 33) {
        size_t step = sizeof(frame) / pieces;

        test_fill_frame(frame, sizeof(frame), pieces);
        for (unsigned i = 0; i < pieces; i++) {
            iov[i].iov_base = frame + i * step;
            iov[i].iov_len = i + 1 < pieces ? step : sizeof(frame) - i * step;
        }
        g_assert_cmpint(qemu_sendv_packet_async(qemu_get_queue(t->nic), iov,
                                                pieces, NULL),
                        ==, sizeof(frame));
        g_assert_cmpint(recv_ours(sock, got, sizeof(got)), ==, sizeof(frame));
        g_assert_cmpmem(got, sizeof(frame), frame, sizeof(frame));
    }
    close(sock);
    teardown(t);
}

/* tap-short: a frame without a whole Ethernet header is dropped, counted. */
static void test_transmit_short(void)
{
    NetClientState *tap;
    uint8_t frame[60];
    TestNIC *t;

    if (test_skipped()) {
        return;
    }
    t = setup("");
    tap = qemu_find_netdev("t0");
    test_fill_frame(frame, sizeof(frame), 1);
    for (size_t len = 1; len < 14; len++) {
        g_assert_cmpint(qemu_send_packet(qemu_get_queue(t->nic), frame, len),
                        ==, len);
    }
    g_assert_cmpuint(tap->stats.dropped[NET_DROP_TOO_SHORT], ==, 13);
    g_assert_cmpuint(tap->stats.rx_packets, ==, 0);
    g_assert_cmpint(qemu_send_packet(qemu_get_queue(t->nic), frame, 14), ==,
                    14);
    g_assert_cmpuint(tap->stats.rx_packets, ==, 1);
    teardown(t);
}

/* Frames come in; a blocked NIC stops the reading, a flush resumes it. */
static void test_receive(void)
{
    uint8_t frame[200];
    NetClientState *tap;
    unsigned before;
    TestNIC *t;
    int sock;

    if (test_skipped()) {
        return;
    }
    t = setup("");
    tap = qemu_find_netdev("t0");
    sock = test_packet_socket("vt0");
    test_run_loop(); /* what the kernel says when an interface comes up */
    before = t->received;
    test_fill_frame(frame, sizeof(frame), 7);
    g_assert_cmpint(send(sock, frame, sizeof(frame), 0), ==, sizeof(frame));
    test_run_loop();
    g_assert_cmpuint(t->received, ==, before + 1);
    g_assert_cmpmem(t->last, t->last_size, frame, sizeof(frame));

    t->blocked = true;
    for (int i = 0; i < 10; i++) {
        g_assert_cmpint(send(sock, frame, sizeof(frame), 0), ==,
                        sizeof(frame));
    }
    test_run_loop();
    g_assert_cmpuint(t->received, ==, before + 1);
    g_assert_cmpuint(tap->stats.tx_packets, ==, before + 2); /* one is held */
    t->blocked = false;
    qemu_flush_queued_packets(qemu_get_queue(t->nic));
    test_run_loop();
    g_assert_cmpuint(t->received, ==, before + 11);
    close(sock);
    teardown(t);
}

/* A blocked NIC that goes away leaves a tap that reads again. */
static void test_receive_new_nic(void)
{
    uint8_t frame[200];
    TestNIC *t;
    int sock;

    if (test_skipped()) {
        return;
    }
    t = setup("");
    sock = test_packet_socket("vt0");
    t->blocked = true;
    test_fill_frame(frame, sizeof(frame), 7);
    g_assert_cmpint(send(sock, frame, sizeof(frame), 0), ==, sizeof(frame));
    test_run_loop();
    test_nic_free(t);
    t = test_nic_new("nic0", "t0");
    g_assert_cmpint(send(sock, frame, sizeof(frame), 0), ==, sizeof(frame));
    test_run_loop();
    g_assert_cmpuint(t->received, ==, 1);
    close(sock);
    teardown(t);
}

/* Nothing is read while the VM is stopped; it is not lost either. */
static void test_vm_stop(void)
{
    uint8_t frame[200];
    unsigned before;
    TestNIC *t;
    int sock;

    if (test_skipped()) {
        return;
    }
    t = setup("");
    sock = test_packet_socket("vt0");
    test_run_loop();
    before = t->received;
    net_vm_state_change(false);
    test_fill_frame(frame, sizeof(frame), 9);
    g_assert_cmpint(send(sock, frame, sizeof(frame), 0), ==, sizeof(frame));
    test_run_loop();
    g_assert_cmpuint(t->received, ==, before);
    net_vm_state_change(true);
    test_run_loop();
    g_assert_cmpuint(t->received, ==, before + 1);
    close(sock);
    teardown(t);
}

/* With headers on both ends the kernel completes a checksum for us. */
static void test_vnet_hdr(void)
{
    NetClientState *nc, *tap;
    uint8_t packet[12 + 60] = { 0 }, got[100];
    uint8_t *frame = packet + 12;
    VnetHdr h = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                  .csum_start = 34, .csum_offset = 6 };
    TestNIC *t;
    int sock;

    if (test_skipped()) {
        return;
    }
    t = setup("");
    nc = qemu_get_queue(t->nic);
    tap = nc->peer;
    sock = test_packet_socket("vt0");
    g_assert_true(qemu_has_vnet_hdr(tap));
    g_assert_true(qemu_has_vnet_hdr_len(tap, 12));
    g_assert_true(qemu_has_vnet_hdr_len(tap, 20));
    g_assert_false(qemu_has_vnet_hdr_len(tap, 9));
    qemu_set_vnet_hdr_len(tap, 12);
    qemu_set_vnet_hdr_len(nc, 12);
    g_assert_cmpint(qemu_get_vnet_hdr_len(tap), ==, 12);
    test_fill_frame(frame, 60, 0x11);
    vnet_hdr_encode(&h, packet, 12, false);
    /* A bad header is refused by the kernel: dropped, and life goes on. */
    h.csum_start = 5000;
    vnet_hdr_encode(&h, packet, 12, false);
    g_assert_cmpint(qemu_send_packet(nc, packet, sizeof(packet)), ==,
                    sizeof(packet));
    g_assert_cmpuint(tap->stats.dropped[NET_DROP_HOST_ERROR], ==, 1);
    memset(packet, 0, 12);
    g_assert_cmpint(qemu_send_packet(nc, packet, sizeof(packet)), ==,
                    sizeof(packet));
    g_assert_cmpint(recv_ours(sock, got, sizeof(got)), ==, 60);
    g_assert_cmpmem(got, 60, frame, 60);

    /* And the other way a header comes in front. */
    test_run_loop();
    g_assert_cmpint(send(sock, frame, 60, 0), ==, 60);
    test_run_loop();
    g_assert_cmpuint(t->last_size, ==, 72);
    g_assert_cmpmem(t->last + 12, 60, frame, 60);
    close(sock);
    teardown(t);
}

/* A NIC with headers on a tap without, and the reverse: delivery adapts. */
static void test_vnet_hdr_mixed(void)
{
    uint8_t packet[12 + 60] = { 0 }, got[100];
    NetClientState *nc;
    TestNIC *t;
    int sock;

    if (test_skipped()) {
        return;
    }
    t = setup(",\"vnet_hdr\":false");
    nc = qemu_get_queue(t->nic);
    sock = test_packet_socket("vt0");
    g_assert_false(qemu_has_vnet_hdr(nc->peer));
    qemu_set_vnet_hdr_len(nc->peer, 12);
    g_assert_cmpint(qemu_get_vnet_hdr_len(nc->peer), ==, 0);
    qemu_set_vnet_hdr_len(nc, 12);
    test_fill_frame(packet + 12, 60, 0x22);
    g_assert_cmpint(qemu_send_packet(nc, packet, 72), ==, 72);
    g_assert_cmpint(recv_ours(sock, got, sizeof(got)), ==, 60);
    g_assert_cmpmem(got, 60, packet + 12, 60);
    test_run_loop();
    g_assert_cmpint(send(sock, packet + 12, 60, 0), ==, 60);
    test_run_loop();
    g_assert_cmpuint(t->last_size, ==, 72);
    g_assert_cmpmem(t->last, 72, packet, 72);
    close(sock);
    teardown(t);
}

/* tap-eio: an interface that is down refuses writes; up again, all is well. */
static void test_down(void)
{
    NetClientState *tap;
    uint8_t frame[60];
    TestNIC *t;

    if (test_skipped()) {
        return;
    }
    t = setup("");
    tap = qemu_find_netdev("t0");
    test_fill_frame(frame, sizeof(frame), 3);
    test_if_set_up("vt0", false);
    for (int i = 0; i < 100; i++) {
        g_assert_cmpint(qemu_send_packet(qemu_get_queue(t->nic), frame, 60),
                        ==, 60);
    }
    test_run_loop();
    g_assert_cmpuint(tap->stats.dropped[NET_DROP_HOST_ERROR], ==, 100);
    g_assert_false(tap->link_down);
    /* One line, not a hundred. */
    g_assert_nonnull(strstr(captured->str, "tap write failed"));
    g_assert_null(strstr(strchr(captured->str, '\n'), "tap write failed"));
    test_if_set_up("vt0", true);
    g_assert_cmpint(qemu_send_packet(qemu_get_queue(t->nic), frame, 60), ==,
                    60);
    g_assert_cmpuint(tap->stats.rx_packets, ==, 1);
    teardown(t);
}

/* tap-hup: a deleted interface takes the link down, and nothing spins. */
static void test_deleted(gconstpointer write_first)
{
    NetClientState *tap;
    uint8_t frame[60];
    TestNIC *t;
    int ran = 0;

    if (test_skipped()) {
        return;
    }
    t = setup("");
    tap = qemu_find_netdev("t0");
    test_fill_frame(frame, sizeof(frame), 3);
    test_delete_if("vt0");
    if (write_first) {
        g_assert_cmpint(qemu_send_packet(qemu_get_queue(t->nic), frame, 60),
                        ==, 60);
    }
    test_run_loop();
    g_assert_true(tap->link_down);
    g_assert_true(qemu_get_queue(t->nic)->link_down);
    g_assert_cmpuint(t->link_changes, ==, 1);
    for (int i = 0; i < 100; i++) {
        ran += aio_poll(qemu_get_aio_context(), false);
    }
    g_assert_cmpint(ran, ==, 0);
    /* The user may think otherwise about the link: still no harm. */
    net_set_link("t0", true, &error_abort);
    g_assert_cmpint(qemu_send_packet(qemu_get_queue(t->nic), frame, 60), ==,
                    60);
    g_assert_cmpuint(tap->stats.dropped[NET_DROP_HOST_ERROR], >=, 1);
    teardown(t);
}

/* EAGAIN: the frame waits, the fd is watched, and room delivers it. */
static void test_eagain(void)
{
    uint8_t frame[1000], got[1000];
    TapFlags flags = { 0 };
    NetClientState *tap;
    unsigned direct = 0;
    TestNIC *t;
    int sv[2];

    /* A datagram socket stands in for the interface: it can be filled up. */
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, sv), ==,
                    0);
    tap = net_tap_fd_init(NULL, "tap", "t0", sv[0], flags, 0);
    tap->is_netdev = true;
    net_vm_state_change(true);
    t = test_nic_new("nic0", "t0");
    test_fill_frame(frame, sizeof(frame), 5);
    while (test_nic_send(t, frame, sizeof(frame)) != 0) {
        g_assert_cmpuint(++direct, <, 100000);
    }
    g_assert_false(qemu_can_send_packet(qemu_get_queue(t->nic)));
    test_run_loop();
    g_assert_cmpuint(t->sent_calls, ==, 0);
    /* A socket says "room" only when most of it is. */
    for (unsigned i = 0; i < direct; i++) {
        g_assert_cmpint(read(sv[1], got, sizeof(got)), ==, sizeof(got));
        g_assert_cmpmem(got, sizeof(got), frame, sizeof(frame));
    }
    g_assert_cmpint(read(sv[1], got, sizeof(got)), <, 0);
    test_run_loop();
    g_assert_cmpuint(t->sent_calls, ==, 1);
    g_assert_cmpint(read(sv[1], got, sizeof(got)), ==, sizeof(got));
    g_assert_cmpint(read(sv[1], got, sizeof(got)), <, 0);
    g_assert_true(qemu_can_send_packet(qemu_get_queue(t->nic)));
    teardown(t);
    close(sv[1]);
}

/* tap-short-read: what is no longer than its header never becomes a frame. */
static void test_short_read(void)
{
    int sv[2];
    NetClientState *tap;
    TestNIC *t;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, sv), ==,
                    0);
    tap = net_tap_fd_init(NULL, "tap", "t0", sv[0],
                          (TapFlags){ .vnet_hdr = true }, 0);
    tap->is_netdev = true;
    net_vm_state_change(true);
    t = test_nic_new("nic0", "t0");
    for (int len = 1; len <= 10; len++) {
        g_assert_cmpint(write(sv[1], "0123456789", len), ==, len);
    }
    test_run_loop();
    g_assert_cmpuint(t->received, ==, 0);
    g_assert_cmpuint(tap->stats.dropped[NET_DROP_TOO_SHORT], ==, 10);
    g_assert_cmpint(write(sv[1], "0123456789a", 11), ==, 11);
    test_run_loop();
    g_assert_cmpuint(t->received, ==, 1);
    g_assert_cmpuint(t->last_size, ==, 1);
    teardown(t);
    close(sv[1]);
}

/* tap-hup: an fd that only ever fails is given up, and not watched for ever. */
static void test_hup(void)
{
    uint8_t frame[60];
    NetClientState *tap;
    TestNIC *t;
    int sv[2];

    g_assert_cmpint(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sv), ==, 0);
    tap = net_tap_fd_init(NULL, "tap", "t0", sv[0], (TapFlags){ 0 }, 0);
    tap->is_netdev = true;
    net_vm_state_change(true);
    t = test_nic_new("nic0", "t0");
    close(sv[1]);
    test_fill_frame(frame, sizeof(frame), 1);
    signal(SIGPIPE, SIG_IGN);
    g_assert_cmpint(test_nic_send(t, frame, 60), ==, 60);
    g_assert_cmpuint(tap->stats.dropped[NET_DROP_HOST_ERROR], ==, 1);
    for (int i = 0; i < 100; i++) {
        aio_poll(qemu_get_aio_context(), false);
    }
    g_assert_true(tap->link_down);
    g_assert_true(t->nc->link_down);
    for (int i = 0; i < 100; i++) {
        g_assert_false(aio_poll(qemu_get_aio_context(), false));
    }
    teardown(t);
}

/* Queues of a multiqueue tap can be taken out and put back. */
static void test_multiqueue(void)
{
    NetClientState *q1;
    uint8_t frame[60];
    TestNIC *t;

    if (test_skipped()) {
        return;
    }
    t = setup(",\"queues\":2");
    g_assert_cmpint(t->conf.peers.queues, ==, 2);
    q1 = qemu_get_subqueue(t->nic, 1)->peer;
    g_assert_cmpuint(q1->queue_index, ==, 1);
    test_fill_frame(frame, sizeof(frame), 1);
    g_assert_true(q1->info->set_queue_enabled(q1, false, &error_abort));
    g_assert_true(q1->info->set_queue_enabled(q1, false, &error_abort));
    test_run_loop();
    /* A packet for it anyway is lost, and does not look like a dead tap. */
    g_assert_cmpint(qemu_send_packet(qemu_get_subqueue(t->nic, 1), frame, 60),
                    ==, 60);
    test_run_loop();
    g_assert_cmpuint(q1->stats.dropped[NET_DROP_HOST_ERROR], ==, 1);
    g_assert_false(q1->link_down);
    g_assert_true(q1->info->set_queue_enabled(q1, true, &error_abort));
    g_assert_cmpint(qemu_send_packet(qemu_get_subqueue(t->nic, 1), frame, 60),
                    ==, 60);
    g_assert_cmpuint(q1->stats.rx_packets, ==, 1);
    teardown(t);
}

/* Removing a backend under a NIC: it stays, link down, without peer. */
static void test_netdev_del(void)
{
    uint8_t frame[60];
    TestNIC *t;

    if (test_skipped()) {
        return;
    }
    t = setup("");
    test_fill_frame(frame, sizeof(frame), 1);
    netdev_del("t0", &error_abort);
    g_assert_true(t->nic->peer_deleted);
    g_assert_true(qemu_get_queue(t->nic)->link_down);
    g_assert_null(qemu_get_queue(t->nic)->peer);
    g_assert_cmpuint(t->link_changes, ==, 1);
    g_assert_cmpint(qemu_send_packet(qemu_get_queue(t->nic), frame, 60), ==,
                    60);
    teardown(t);
}

int main(int argc, char **argv)
{
    captured = g_string_new(NULL);
    test_enter_namespace();
    g_test_init(&argc, &argv, NULL);
    qemu_init_main_loop(&error_abort);
    error_set_print_hook(capture_line, NULL);
    g_test_add_func("/net/tap/transmit", test_transmit);
    g_test_add_func("/net/tap/transmit-short", test_transmit_short);
    g_test_add_func("/net/tap/receive", test_receive);
    g_test_add_func("/net/tap/receive-new-nic", test_receive_new_nic);
    g_test_add_func("/net/tap/vm-stop", test_vm_stop);
    g_test_add_func("/net/tap/vnet-hdr", test_vnet_hdr);
    g_test_add_func("/net/tap/vnet-hdr-mixed", test_vnet_hdr_mixed);
    g_test_add_func("/net/tap/tap-eio", test_down);
    g_test_add_data_func("/net/tap/deleted", NULL, test_deleted);
    g_test_add_data_func("/net/tap/deleted-write", "", test_deleted);
    g_test_add_func("/net/tap/eagain", test_eagain);
    g_test_add_func("/net/tap/tap-short-read", test_short_read);
    g_test_add_func("/net/tap/tap-hup", test_hup);
    g_test_add_func("/net/tap/multiqueue", test_multiqueue);
    g_test_add_func("/net/tap/netdev-del", test_netdev_del);
    return g_test_run();
}
