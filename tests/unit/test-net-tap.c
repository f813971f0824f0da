/*
 * The tap backend on real interfaces of the host kernel, in a network
 * namespace of this process. Without the right to make one, everything here
 * is skipped and says so.
 *
 * The other side of the wire is a packet socket on the interface.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "../../net/tap-internal.h"
#include "net/vnet-hdr.h"
#include "qapi/qapi-types-net.h"
#include "util/bswap.h"

static const char *skip_reason;
static GString *captured;

/* ------------------------------------------------------------------- host */

static void capture_line(const char *text, void *opaque)
{
    g_string_append(captured, text);
}

static int if_ioctl(unsigned long req, struct ifreq *ifr)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int ret;

    g_assert_cmpint(fd, >=, 0);
    ret = ioctl(fd, req, ifr);
    close(fd);
    return ret;
}

static void if_set_up(const char *name, bool up)
{
    struct ifreq ifr = { 0 };

    g_strlcpy(ifr.ifr_name, name, IFNAMSIZ);
    g_assert_cmpint(if_ioctl(SIOCGIFFLAGS, &ifr), ==, 0);
    ifr.ifr_flags = up ? ifr.ifr_flags | IFF_UP : ifr.ifr_flags & ~IFF_UP;
    g_assert_cmpint(if_ioctl(SIOCSIFFLAGS, &ifr), ==, 0);
}

/* A packet socket that sees and sends raw frames on an interface. */
static int packet_socket(const char *name)
{
    struct sockaddr_ll sll = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(0x0003), /* all */
        .sll_ifindex = if_nametoindex(name),
    };
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    htons(0x0003));

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(bind(fd, (void *)&sll, sizeof(sll)), ==, 0);
    return fd;
}

/* An attached tun/tap descriptor as a user would hand it over. */
static int raw_tun(const char *name, short flags)
{
    struct ifreq ifr = { .ifr_flags = flags };
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

    g_assert_cmpint(fd, >=, 0);
    g_strlcpy(ifr.ifr_name, name, IFNAMSIZ);
    g_assert_cmpint(ioctl(fd, TUNSETIFF, &ifr), ==, 0);
    return fd;
}

static void delete_if(const char *name)
{
    g_autofree char *cmd = g_strdup_printf("ip link del %s", name);

    g_assert_cmpint(system(cmd), ==, 0);
}

/* ------------------------------------------------------------ our own end */

/* A NIC that keeps what it gets, and can be told to block. */
typedef struct TestNIC {
    NICState *nic;
    NICConf conf;
    bool blocked;
    unsigned received, link_changes;
    size_t last_size;
    uint8_t last[NET_BUFSIZE];
} TestNIC;

static ssize_t test_nic_receive(NetClientState *nc, const uint8_t *buf,
                                size_t size)
{
    TestNIC *t = qemu_get_nic_opaque(nc);

    if (t->blocked) {
        return 0;
    }
    t->received++;
    t->last_size = size;
    memcpy(t->last, buf, size);
    return size;
}

static void test_nic_link(NetClientState *nc)
{
    TestNIC *t = qemu_get_nic_opaque(nc);

    t->link_changes++;
}

static const NetClientInfo test_nic_info = {
    .type = NET_CLIENT_DRIVER_NIC,
    .size = sizeof(NICState),
    .receive = test_nic_receive,
    .link_status_changed = test_nic_link,
};

static bool add_tap(const char *opts, Error **errp)
{
    g_autofree char *arg = g_strdup_printf(
        "{\"type\":\"tap\",\"id\":\"t0\",%s}", opts);
    json_t *json = json_loads(arg, 0, NULL);
    Visitor *v = visitor_new_input(json, false);
    Netdev *netdev = NULL;
    bool ok;

    g_assert_nonnull(json);
    visit_type_Netdev(v, NULL, &netdev, &error_abort);
    ok = net_init_tap(netdev, netdev->id, NULL, errp);
    if (ok) {
        qemu_find_netdev("t0")->is_netdev = true;
    }
    qapi_free_Netdev(netdev);
    visitor_free(v);
    json_decref(json);
    return ok;
}

#define NO_SCRIPTS "\"script\":\"no\",\"downscript\":\"no\""

static TestNIC *new_nic(const char *netdev)
{
    TestNIC *t = g_new0(TestNIC, 1);

    t->conf.peers.queues = qemu_find_net_clients_except(
        netdev, t->conf.peers.ncs, NET_CLIENT_DRIVER_NIC, MAX_QUEUE_NUM);
    t->nic = qemu_new_nic(&test_nic_info, &t->conf, "test-nic", "nic0", t);
    for (int i = 0; i < t->conf.peers.queues; i++) {
        qemu_get_subqueue(t->nic, i)->do_not_pad = true;
    }
    return t;
}

/* A tap "vt0" that is up, with our NIC on it. */
static TestNIC *setup(const char *opts)
{
    g_autofree char *all = g_strdup_printf(
        "\"ifname\":\"vt0\"," NO_SCRIPTS "%s", opts);

    g_string_truncate(captured, 0);
    add_tap(all, &error_abort);
    if_set_up("vt0", true);
    net_vm_state_change(true);
    return new_nic("t0");
}

static void teardown(TestNIC *t)
{
    qemu_del_nic(t->nic);
    g_free(t);
    if (qemu_find_netdev("t0")) {
        netdev_del("t0", &error_abort);
    }
    net_vm_state_change(false);
}

/* A frame of an experimental type that the host's stack ignores. */
static void fill_frame(uint8_t *f, size_t len, uint8_t tag)
{
    memset(f, tag, len);
    memset(f, 0xff, 6);
    memcpy(f + 6, "\x02\x00\x00\x00\x00\x01", 6);
    stw_be_p(f + 12, 0x88b5);
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

static void run_loop(void)
{
    for (int i = 0; i < 20; i++) {
        aio_poll(qemu_get_aio_context(), false);
    }
}

/* ------------------------------------------------------------------ tests */

static bool skipped(void)
{
    if (skip_reason) {
        g_test_skip(skip_reason);
        return true;
    }
    return false;
}

/* Frames go out as they are, through one or many pieces. */
static void test_transmit(void)
{
    uint8_t frame[1500], got[2000];
    struct iovec iov[100];
    TestNIC *t;
    int sock;

    if (skipped()) {
        return;
    }
    t = setup("");
    sock = packet_socket("vt0");
    for (unsigned pieces = 1; pieces <= 100; pieces += 33) {
        size_t step = sizeof(frame) / pieces;

        fill_frame(frame, sizeof(frame), pieces);
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

    if (skipped()) {
        return;
    }
    t = setup("");
    tap = qemu_find_netdev("t0");
    fill_frame(frame, sizeof(frame), 1);
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

    if (skipped()) {
        return;
    }
    t = setup("");
    tap = qemu_find_netdev("t0");
    sock = packet_socket("vt0");
    run_loop(); /* what the kernel says when an interface comes up */
    before = t->received;
    fill_frame(frame, sizeof(frame), 7);
    g_assert_cmpint(send(sock, frame, sizeof(frame), 0), ==, sizeof(frame));
    run_loop();
    g_assert_cmpuint(t->received, ==, before + 1);
    g_assert_cmpmem(t->last, t->last_size, frame, sizeof(frame));

    t->blocked = true;
    for (int i = 0; i < 10; i++) {
        g_assert_cmpint(send(sock, frame, sizeof(frame), 0), ==,
                        sizeof(frame));
    }
    run_loop();
    g_assert_cmpuint(t->received, ==, before + 1);
    g_assert_cmpuint(tap->stats.tx_packets, ==, before + 2); /* one is held */
    t->blocked = false;
    qemu_flush_queued_packets(qemu_get_queue(t->nic));
    run_loop();
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

    if (skipped()) {
        return;
    }
    t = setup("");
    sock = packet_socket("vt0");
    t->blocked = true;
    fill_frame(frame, sizeof(frame), 7);
    g_assert_cmpint(send(sock, frame, sizeof(frame), 0), ==, sizeof(frame));
    run_loop();
    qemu_del_nic(t->nic);
    g_free(t);
    t = new_nic("t0");
    g_assert_cmpint(send(sock, frame, sizeof(frame), 0), ==, sizeof(frame));
    run_loop();
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

    if (skipped()) {
        return;
    }
    t = setup("");
    sock = packet_socket("vt0");
    run_loop();
    before = t->received;
    net_vm_state_change(false);
    fill_frame(frame, sizeof(frame), 9);
    g_assert_cmpint(send(sock, frame, sizeof(frame), 0), ==, sizeof(frame));
    run_loop();
    g_assert_cmpuint(t->received, ==, before);
    net_vm_state_change(true);
    run_loop();
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

    if (skipped()) {
        return;
    }
    t = setup("");
    nc = qemu_get_queue(t->nic);
    tap = nc->peer;
    sock = packet_socket("vt0");
    g_assert_true(qemu_has_vnet_hdr(tap));
    g_assert_true(qemu_has_vnet_hdr_len(tap, 12));
    g_assert_true(qemu_has_vnet_hdr_len(tap, 20));
    g_assert_false(qemu_has_vnet_hdr_len(tap, 9));
    qemu_set_vnet_hdr_len(tap, 12);
    qemu_set_vnet_hdr_len(nc, 12);
    g_assert_cmpint(qemu_get_vnet_hdr_len(tap), ==, 12);
    fill_frame(frame, 60, 0x11);
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
    run_loop();
    g_assert_cmpint(send(sock, frame, 60, 0), ==, 60);
    run_loop();
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

    if (skipped()) {
        return;
    }
    t = setup(",\"vnet_hdr\":false");
    nc = qemu_get_queue(t->nic);
    sock = packet_socket("vt0");
    g_assert_false(qemu_has_vnet_hdr(nc->peer));
    qemu_set_vnet_hdr_len(nc->peer, 12);
    g_assert_cmpint(qemu_get_vnet_hdr_len(nc->peer), ==, 0);
    qemu_set_vnet_hdr_len(nc, 12);
    fill_frame(packet + 12, 60, 0x22);
    g_assert_cmpint(qemu_send_packet(nc, packet, 72), ==, 72);
    g_assert_cmpint(recv_ours(sock, got, sizeof(got)), ==, 60);
    g_assert_cmpmem(got, 60, packet + 12, 60);
    run_loop();
    g_assert_cmpint(send(sock, packet + 12, 60, 0), ==, 60);
    run_loop();
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

    if (skipped()) {
        return;
    }
    t = setup("");
    tap = qemu_find_netdev("t0");
    fill_frame(frame, sizeof(frame), 3);
    if_set_up("vt0", false);
    for (int i = 0; i < 100; i++) {
        g_assert_cmpint(qemu_send_packet(qemu_get_queue(t->nic), frame, 60),
                        ==, 60);
    }
    run_loop();
    g_assert_cmpuint(tap->stats.dropped[NET_DROP_HOST_ERROR], ==, 100);
    g_assert_false(tap->link_down);
    /* One line, not a hundred. */
    g_assert_nonnull(strstr(captured->str, "tap write failed"));
    g_assert_null(strstr(strchr(captured->str, '\n'), "tap write failed"));
    if_set_up("vt0", true);
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

    if (skipped()) {
        return;
    }
    t = setup("");
    tap = qemu_find_netdev("t0");
    fill_frame(frame, sizeof(frame), 3);
    delete_if("vt0");
    if (write_first) {
        g_assert_cmpint(qemu_send_packet(qemu_get_queue(t->nic), frame, 60),
                        ==, 60);
    }
    run_loop();
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
static unsigned sent_calls;

static void count_sent(NetClientState *nc, ssize_t ret)
{
    sent_calls++;
}

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
    t = new_nic("t0");
    fill_frame(frame, sizeof(frame), 5);
    sent_calls = 0;
    while (qemu_send_packet_async(qemu_get_queue(t->nic), frame,
                                  sizeof(frame), count_sent) != 0) {
        g_assert_cmpuint(++direct, <, 100000);
    }
    g_assert_false(qemu_can_send_packet(qemu_get_queue(t->nic)));
    run_loop();
    g_assert_cmpuint(sent_calls, ==, 0);
    /* A socket says "room" only when most of it is. */
    for (unsigned i = 0; i < direct; i++) {
        g_assert_cmpint(read(sv[1], got, sizeof(got)), ==, sizeof(got));
        g_assert_cmpmem(got, sizeof(got), frame, sizeof(frame));
    }
    g_assert_cmpint(read(sv[1], got, sizeof(got)), <, 0);
    run_loop();
    g_assert_cmpuint(sent_calls, ==, 1);
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
    t = new_nic("t0");
    for (int len = 1; len <= 10; len++) {
        g_assert_cmpint(write(sv[1], "0123456789", len), ==, len);
    }
    run_loop();
    g_assert_cmpuint(t->received, ==, 0);
    g_assert_cmpuint(tap->stats.dropped[NET_DROP_TOO_SHORT], ==, 10);
    g_assert_cmpint(write(sv[1], "0123456789a", 11), ==, 11);
    run_loop();
    g_assert_cmpuint(t->received, ==, 1);
    g_assert_cmpuint(t->last_size, ==, 1);
    teardown(t);
    close(sv[1]);
}

/* Queues of a multiqueue tap can be taken out and put back. */
static void test_multiqueue(void)
{
    NetClientState *q1;
    uint8_t frame[60];
    TestNIC *t;

    if (skipped()) {
        return;
    }
    t = setup(",\"queues\":2");
    g_assert_cmpint(t->conf.peers.queues, ==, 2);
    q1 = qemu_get_subqueue(t->nic, 1)->peer;
    g_assert_cmpuint(q1->queue_index, ==, 1);
    fill_frame(frame, sizeof(frame), 1);
    g_assert_true(q1->info->set_queue_enabled(q1, false, &error_abort));
    g_assert_true(q1->info->set_queue_enabled(q1, false, &error_abort));
    run_loop();
    /* A packet for it anyway is lost, and does not look like a dead tap. */
    g_assert_cmpint(qemu_send_packet(qemu_get_subqueue(t->nic, 1), frame, 60),
                    ==, 60);
    run_loop();
    g_assert_cmpuint(q1->stats.dropped[NET_DROP_HOST_ERROR], ==, 1);
    g_assert_false(q1->link_down);
    g_assert_true(q1->info->set_queue_enabled(q1, true, &error_abort));
    g_assert_cmpint(qemu_send_packet(qemu_get_subqueue(t->nic, 1), frame, 60),
                    ==, 60);
    g_assert_cmpuint(q1->stats.rx_packets, ==, 1);
    teardown(t);
}

/* --------------------------------------------------------------- set-up */

/* A netdev that must fail, with this in its message; nothing stays behind. */
static void expect_error(const char *opts, const char *text)
{
    Error *err = NULL;

    g_test_message("%s", opts);
    g_assert_false(add_tap(opts, &err));
    if (!strstr(error_get_pretty(err), text)) {
        g_test_message("got: %s", error_get_pretty(err));
        g_test_message("not: %s", text);
        g_test_fail();
    }
    error_free(err);
    g_assert_null(qemu_find_netdev("t0"));
}

static void expect_fd_error(const char *fmt, int fd, const char *text)
{
    g_autofree char *opts = g_strdup_printf(fmt, fd);

    expect_error(opts, text);
    /* A number is the user's: it stays open. */
    g_assert_cmpint(fcntl(fd, F_GETFD), >=, 0);
}

/* tap-bad-fd: descriptors are examined before they are used. */
static void test_bad_fd(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd, fd2;
    g_autofree char *both = NULL;

    expect_error("\"fd\":\"abc\"", "Invalid file descriptor number 'abc'");
    expect_error("\"fd\":\"9999\"", "'9999' is not open");
    expect_fd_error("\"fd\":\"%d\"", null, "Unable to query TUNGETIFF on FD");
    expect_fd_error("\"fds\":\"%d\"", null, "it is not a tap");
    close(null);
    if (skipped()) {
        return;
    }
    fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    expect_fd_error("\"fd\":\"%d\"", fd, "not attached to an interface");
    close(fd);
    fd = raw_tun("vt1", IFF_TUN | IFF_NO_PI);
    expect_fd_error("\"fd\":\"%d\"", fd, "is the tun interface 'vt1'");
    close(fd);
    fd = raw_tun("vt1", IFF_TAP | IFF_NO_PI);
    fd2 = raw_tun("vt2", IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
    both = g_strdup_printf("\"fds\":\"%d:%d\"", fd, fd2);
    expect_error(both, "not a queue of a multi_queue tap");
    close(fd);
    fd = raw_tun("vt1", IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE);
    g_free(both);
    both = g_strdup_printf("\"fds\":\"%d:%d\"", fd, fd2);
    expect_error(both, "vnet_hdr not consistent across given tap fds");
    close(fd);
    close(fd2);
}

/* A good descriptor works, and its vnet header is found out. */
static void test_good_fd(void)
{
    g_autofree char *opts = NULL;
    g_autofree char *info = NULL;
    int fd;

    if (skipped()) {
        return;
    }
    fd = raw_tun("vt1", IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
    opts = g_strdup_printf("\"fd\":\"%d\"", fd);
    add_tap(opts, &error_abort);
    info = g_strdup_printf("fd=%d", fd);
    g_assert_cmpstr(qemu_find_netdev("t0")->info_str, ==, info);
    g_assert_true(qemu_has_vnet_hdr(qemu_find_netdev("t0")));
    g_assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    netdev_del("t0", &error_abort);
    g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1);
}

static void test_option_rules(void)
{
    expect_error("\"fd\":\"0\",\"fds\":\"0\"", "are mutual exclusive");
    expect_error("\"fd\":\"0\",\"queues\":2", "are mutual exclusive");
    expect_error("\"helper\":\"/x\",\"queues\":2", "are mutual exclusive");
    expect_error("\"fd\":\"0\",\"ifname\":\"x\"",
                 "ifname=, script=, downscript=, vnet_hdr= are invalid");
    expect_error("\"helper\":\"/x\",\"vnet_hdr\":true",
                 "ifname=, script=, downscript=, vnet_hdr= are invalid");
    expect_error("\"queues\":0", "queues must be greater than zero");
    expect_error("\"queues\":4294967295", "queues must not be greater");
    expect_error("\"vhost\":false,\"vhostfd\":\"3\"",
                 "vhostfd(s)= is not valid without vhost");
    expect_error("\"vhostfds\":\"3:4\"", "expected 1 socket fds, got 2");
    expect_error("\"vhost\":true", "vhost");
    expect_error("\"vhost\":true", "not supported by this emulator");
    expect_error("\"vhostforce\":true", "not supported by this emulator");
    expect_error("\"vhostfd\":\"0\"", "not supported by this emulator");
    expect_error("\"ifname\":\"abcdefghijklmnop\"",
                 "'abcdefghijklmnop' is too long: the maximum is 15");
    expect_error("\"helper\":\"/nonexistent\"",
                 "bridge helper failed: could not run /nonexistent: No such");
    expect_error("\"helper\":\"/bin/true\"", "sent no file descriptor");
    expect_error("\"helper\":\"/bin/false\"", "did not succeed");
    expect_error("\"helper\":\"/bin/true\",\"br\":\"abcdefghijklmnop\"",
                 "'abcdefghijklmnop' is too long");
}

/* What TUNSETIFF refuses, with the repair. */
static void test_open_errors(void)
{
    int fd;

    if (skipped()) {
        return;
    }
    expect_error("\"ifname\":\"lo\"," NO_SCRIPTS, "it exists and is not a tap");
    expect_error("\"ifname\":\"a/b\"," NO_SCRIPTS,
                 "not a valid interface name");
    fd = raw_tun("vt1", IFF_TAP | IFF_NO_PI);
    expect_error("\"ifname\":\"vt1\"," NO_SCRIPTS,
                 "(vt1): Device or resource busy (it is in use by another");
    ioctl(fd, TUNSETPERSIST, 1);
    close(fd);
    expect_error("\"ifname\":\"vt1\",\"queues\":2," NO_SCRIPTS,
                 "it has a single queue: make it with multi_queue");
    delete_if("vt1");
    fd = raw_tun("vt1", IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE);
    ioctl(fd, TUNSETPERSIST, 1);
    close(fd);
    expect_error("\"ifname\":\"vt1\"," NO_SCRIPTS,
                 "it is a multi_queue interface: use queues=");
    delete_if("vt1");
    fd = raw_tun("vt1", IFF_TUN | IFF_NO_PI);
    ioctl(fd, TUNSETPERSIST, 1);
    close(fd);
    expect_error("\"ifname\":\"vt1\"," NO_SCRIPTS, "it is a tun interface");
    delete_if("vt1");
    expect_error("\"ifname\":\"vt1\",\"queues\":1000," NO_SCRIPTS,
                 "more queues than the kernel allows");
    g_assert_cmpuint(if_nametoindex("vt1"), ==, 0);
}

static char *write_script(const char *dir, const char *name, const char *body)
{
    char *path = g_build_filename(dir, name, NULL);

    g_assert_true(g_file_set_contents(path, body, -1, NULL));
    g_assert_cmpint(chmod(path, 0755), ==, 0);
    return path;
}

/* Scripts run with the interface's name, once up and once down. */
static void test_scripts(void)
{
    g_autofree char *dir = g_dir_make_tmp("tapXXXXXX", NULL);
    g_autofree char *log = g_build_filename(dir, "log", NULL);
    g_autofree char *body = g_strdup_printf("#!/bin/sh\necho \"$0 $*\" >>%s\n",
                                            log);
    g_autofree char *up = NULL, *down = NULL, *opts = NULL, *got = NULL;
    g_autofree char *want = NULL;

    if (skipped()) {
        return;
    }
    up = write_script(dir, "up", body);
    down = write_script(dir, "down", body);
    opts = g_strdup_printf("\"script\":\"%s\",\"downscript\":\"%s\","
                           "\"ifname\":\"vt1\",\"queues\":2", up, down);
    add_tap(opts, &error_abort);
    netdev_del("t0", &error_abort);
    g_assert_true(g_file_get_contents(log, &got, NULL, NULL));
    want = g_strdup_printf("%s vt1\n%s vt1\n", up, down);
    g_assert_cmpstr(got, ==, want);

    g_free(opts);
    opts = g_strdup_printf("\"script\":\"%s/none\",\"ifname\":\"vt1\"", dir);
    expect_error(opts, "none failed: No such file or directory");
    expect_error("\"script\":\"/bin/false\",\"ifname\":\"vt1\"",
                 "network script /bin/false failed with status 256");
    g_assert_cmpuint(if_nametoindex("vt1"), ==, 0);
    unlink(log);
    unlink(up);
    unlink(down);
    rmdir(dir);
}

/* A persistent tap stays, and the name of a new one is the kernel's choice. */
static void test_names(void)
{
    int fd;

    if (skipped()) {
        return;
    }
    fd = raw_tun("vt1", IFF_TAP | IFF_NO_PI);
    ioctl(fd, TUNSETPERSIST, 1);
    close(fd);
    add_tap("\"ifname\":\"vt1\"," NO_SCRIPTS, &error_abort);
    netdev_del("t0", &error_abort);
    g_assert_cmpuint(if_nametoindex("vt1"), !=, 0);
    delete_if("vt1");
    add_tap(NO_SCRIPTS, &error_abort);
    g_assert_cmpstr(qemu_find_netdev("t0")->info_str, ==,
                    "ifname=tap0,script=no,downscript=no");
    netdev_del("t0", &error_abort);
    g_assert_cmpuint(if_nametoindex("tap0"), ==, 0);
}

/* Removing a backend under a NIC: it stays, link down, without peer. */
static void test_netdev_del(void)
{
    uint8_t frame[60];
    TestNIC *t;

    if (skipped()) {
        return;
    }
    t = setup("");
    fill_frame(frame, sizeof(frame), 1);
    netdev_del("t0", &error_abort);
    g_assert_true(t->nic->peer_deleted);
    g_assert_true(qemu_get_queue(t->nic)->link_down);
    g_assert_null(qemu_get_queue(t->nic)->peer);
    g_assert_cmpuint(t->link_changes, ==, 1);
    g_assert_cmpint(qemu_send_packet(qemu_get_queue(t->nic), frame, 60), ==,
                    60);
    teardown(t);
}

/* ------------------------------------------------------------------- main */

/* A namespace of our own; why not, if not. */
static const char *enter_namespace(void)
{
    int fd;

    if (unshare(CLONE_NEWNET) < 0) {
        return "needs the right to make a network namespace (root)";
    }
    fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return "needs /dev/net/tun";
    }
    close(fd);
    if (system("command -v ip >/dev/null") != 0) {
        return "needs ip (iproute2)";
    }
    /* Or interfaces that come up talk of their own accord. */
    fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY);
    if (fd >= 0) {
        g_assert_cmpint(write(fd, "1", 1), ==, 1);
        close(fd);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    captured = g_string_new(NULL);
    skip_reason = enter_namespace();
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
    g_test_add_func("/net/tap/down", test_down);
    g_test_add_data_func("/net/tap/deleted", NULL, test_deleted);
    g_test_add_data_func("/net/tap/deleted-write", "", test_deleted);
    g_test_add_func("/net/tap/eagain", test_eagain);
    g_test_add_func("/net/tap/short-read", test_short_read);
    g_test_add_func("/net/tap/multiqueue", test_multiqueue);
    g_test_add_func("/net/tap/bad-fd", test_bad_fd);
    g_test_add_func("/net/tap/good-fd", test_good_fd);
    g_test_add_func("/net/tap/option-rules", test_option_rules);
    g_test_add_func("/net/tap/open-errors", test_open_errors);
    g_test_add_func("/net/tap/scripts", test_scripts);
    g_test_add_func("/net/tap/names", test_names);
    g_test_add_func("/net/tap/netdev-del", test_netdev_del);
    return g_test_run();
}
