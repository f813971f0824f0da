/*
 * virtio-net on a tap: both directions with the kernel, in every mode of the
 * scenario table; checksums, link, MTU; host trouble that must not matter.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <sys/socket.h>

#include "net/eth.h"
#include "tests/qtest/lib/tapnet.h"

#define S_LINK_UP 1
#define CONFIG_STATUS 6
#define CONFIG_MTU 10

/* ARP, ping and UDP in both directions. */
static void exchange(TapNet *t)
{
    int sock = netns_udp(t->host.ip, TAPNET_HOST_PORT);
    bool offload = t->net.v.features & QVIRTIO_BIT(QVNET_F_CSUM);

    netns_ip("neigh flush dev %s", TAPNET_IF);
    tapnet_resolve(t);
    for (int i = 0; i < 3; i++) {
        g_assert_true(tapnet_ping(t, i + 1, 56 + 700 * i));
    }
    for (size_t len = 1; len <= 1472; len += 490) {
        tapnet_udp_to_host(t, sock, len, false);
        if (offload) {
            tapnet_udp_to_host(t, sock, len, true);
        }
        tapnet_udp_to_guest(t, sock, len);
    }
    close(sock);
}

static void test_mode(const void *opaque)
{
    const QVNetMode *mode = opaque;
    TapNet *t = tapnet_new("", "", 1);

    tapnet_driver(t, mode, ~UINT64_C(0), 1);
    g_assert_true(t->net.v.features & QVIRTIO_BIT(QVNET_F_CSUM));
    g_assert_true(t->net.v.features & QVIRTIO_BIT(QVNET_F_GUEST_CSUM));
    exchange(t);
    tapnet_driver_stop(t);
    /* With nothing negotiated the device does the work of the offloads. */
    tapnet_driver(t, mode, 0, 1);
    exchange(t);
    tapnet_free(t);
}

/* A tap without vnet header offers no offloads. */
static void test_no_vnet_hdr(const void *opaque)
{
    TapNet *t = tapnet_new(",vnet_hdr=off", "", 1);

    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    g_assert_false(t->net.v.features & QVIRTIO_BIT(QVNET_F_CSUM));
    g_assert_false(t->net.v.features & QVIRTIO_BIT(QVNET_F_HOST_TSO4));
    exchange(t);
    tapnet_free(t);
}

/* A descriptor somebody else opened. */
static void test_fd(const void *opaque)
{
    int fd = netns_tap_open("tapfd", IFF_VNET_HDR);
    g_autofree char *args = g_strdup_printf(
        "-machine pc -netdev tap,id=n0,fd=%d "
        "-device virtio-net-pci,netdev=n0,addr=4", fd);
    QTestState *qts = qtest_init_fds(args, &fd, 1);
    QIPEnd guest = { .mac = { 2, 0, 0, 0, 0, 9 }, .ip = 0x0a4e0002 };
    uint8_t frame[64], got[2048];
    QVNet n;
    size_t len;
    ssize_t m;

    close(fd);
    netns_ip("addr add 10.78.0.1/24 dev tapfd");
    qvnet_start(&n, qts, 0, QPCI_DEVFN(4, 0), &qvnet_modes[0], 0, 1);
    len = qip_arp_request(frame, &guest, 0x0a4e0001);
    g_assert_true(qvnet_send(&n, NULL, frame, len));
    do {
        m = qvnet_recv(&n, 0, NULL, got, sizeof(got), 5000);
        g_assert_cmpint(m, >, 0);
    } while (ldw_be_p(got + 12) != ETH_P_ARP);
    qvnet_stop(&n);
    qtest_quit(qts);
}

/* ------------------------------------------------------------ link and MTU */

static void set_link(TapNet *t, const char *name, bool up)
{
    json_decref(qtest_qmp_ok(t->qts,
                             "{'execute': 'set_link', 'arguments': "
                             "{'name': '%s', 'up': %s}}", name,
                             up ? "true" : "false"));
}

static uint16_t config_status(TapNet *t)
{
    return qvirtio_config_read(&t->net.v, CONFIG_STATUS, 2);
}

/* name: the NIC's or the netdev's, the guest sees the same. */
static void check_link(TapNet *t, const char *name)
{
    uint8_t frame[64];
    size_t n = qip_arp_request(frame, &t->guest, t->host.ip);

    g_assert_cmphex(config_status(t) & S_LINK_UP, ==, S_LINK_UP);
    qpci_msix_fired(&t->net.v.pci, 0);
    set_link(t, name, false);
    g_assert_cmphex(config_status(t) & S_LINK_UP, ==, 0);
    g_assert_true(qpci_msix_fired(&t->net.v.pci, 0));
    /* What the guest sends is used and goes nowhere. */
    g_assert_true(qvnet_send(&t->net, NULL, frame, n));
    g_assert_cmpint(tapnet_next(t, 200).kind, ==, QIP_OTHER);
    /* The same state again is no change. */
    set_link(t, name, false);
    g_assert_false(qpci_msix_fired(&t->net.v.pci, 0));
    set_link(t, name, true);
    g_assert_cmphex(config_status(t) & S_LINK_UP, ==, S_LINK_UP);
    g_assert_true(qpci_msix_fired(&t->net.v.pci, 0));
    g_assert_true(tapnet_ping(t, 1, 56));
}

static void test_link(const void *opaque)
{
    TapNet *t = tapnet_new("", "", 1);
    g_autofree char *error = NULL;

    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    qpci_msix_enable(&t->net.v.pci);
    qvirtio_common_write(&t->net.v, 16, 0, 2); /* config vector */
    tapnet_static_neighbour(t);
    check_link(t, "vnet0");
    check_link(t, "n0");
    error = qtest_qmp_error(t->qts, "{'execute': 'set_link', 'arguments': "
                            "{'name': 'nobody', 'up': true}}");
    g_assert_cmpstr(error, ==, "Device 'nobody' not found");
    /* Down before the driver comes: it sees that first. */
    tapnet_driver_stop(t);
    set_link(t, "vnet0", false);
    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    g_assert_cmphex(config_status(t) & S_LINK_UP, ==, 0);
    tapnet_free(t);
}

/* A frame whose IP part is `mtu` bytes, from the host. */
static void raw_to_guest(TapNet *t, int fd, size_t ip_len)
{
    uint8_t frame[4096] = { 0 };

    memcpy(frame, t->guest.mac, 6);
    memcpy(frame + 6, t->host.mac, 6);
    stw_be_p(frame + 12, 0x88b5);
    netns_packet_send(fd, NULL, frame, 14 + ip_len);
}

static void test_mtu(const void *opaque)
{
    TapNet *t = tapnet_new("", ",host_mtu=1400", 1);
    uint8_t frame[2048], got[2048];
    VnetHdr hdr;
    int fd = netns_packet(TAPNET_IF);

    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    g_assert_true(t->net.v.features & QVIRTIO_BIT(QVNET_F_MTU));
    g_assert_cmpuint(qvirtio_config_read(&t->net.v, CONFIG_MTU, 2), ==, 1400);
    raw_to_guest(t, fd, 1400);
    g_assert_cmpint(tapnet_recv_type(t, 0x88b5, 5000), ==, 1414);
    memset(frame, 0, sizeof(frame));
    memcpy(frame, t->host.mac, 6);
    memcpy(frame + 6, t->guest.mac, 6);
    stw_be_p(frame + 12, 0x88b6);
    g_assert_true(qvnet_send(&t->net, NULL, frame, 1414));
    do {
        g_assert_cmpint(
            netns_packet_recv(fd, &hdr, got, sizeof(got), 5000), >, 0);
    } while (ldw_be_p(got + 12) != 0x88b6);
    if (qtest_is_ours()) {
        /* Beyond it nothing passes, in either direction (5.1.4.2). */
        raw_to_guest(t, fd, 1401);
        g_assert_true(qvnet_send(&t->net, NULL, frame, 1415));
        raw_to_guest(t, fd, 64);
        g_assert_cmpint(tapnet_recv_type(t, 0x88b5, 5000), ==, 78);
        g_assert_cmpuint(tapnet_counter(t->qts, "vnet0", 0, "too-long"), ==,
                         2);
    }
    close(fd);
    tapnet_free(t);
}

/* ------------------------------------------------------ the host's trouble */

/* Frames wait in front of a slow interface behind a bridge, still charged to
 * the tap's send buffer: it fills up. (A broadcast would not do: the bridge
 * clones it, and a clone is nobody's.) */
static void test_sndbuf(const void *opaque)
{
    TapNet *t = tapnet_new(",sndbuf=20000", "", 1);
    int sink = netns_tap_open("sink0", 0);
    uint8_t frame[1514] = { 0 }, got[2048];
    unsigned sent = 0, received = 0;

    netns_ip("link add br0 type bridge");
    netns_ip("link set br0 addrgenmode none up");
    netns_ip("link set %s master br0", TAPNET_IF);
    netns_ip("link set sink0 master br0");
    g_assert_cmpint(system("tc qdisc add dev sink0 root tbf rate 20mbit "
                           "burst 5k limit 4mb"), ==, 0);
    fcntl(sink, F_SETFL, O_NONBLOCK);
    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    frame[0] = 2; /* unicast to nobody */
    memcpy(frame + 6, t->guest.mac, 6);
    stw_be_p(frame + 12, 0x88b5);
    for (int64_t end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
         received < 200;) {
        ssize_t n = read(sink, got, sizeof(got));

        g_assert_cmpint(g_get_monotonic_time(), <, end);
        if (n > 0 && ldw_be_p(got + 12) == 0x88b5) {
            g_assert_cmpuint(ldl_be_p(got + 14), ==, received);
            received++;
        }
        stl_be_p(frame + 14, sent);
        if (sent < 200 &&
            qvnet_send_nowait(&t->net, 0, NULL, frame, sizeof(frame))) {
            sent++;
        }
    }
    if (qtest_is_ours()) {
        g_assert_cmpuint(tapnet_counter(t->qts, "n0", 0, "blocked-out"), >,
                         0);
    }
    close(sink);
    netns_ip("link del br0");
    tapnet_free(t);
}

/* tap-eio: the interface is down while the guest sends; then up again. */
static void test_eio(const void *opaque)
{
    TapNet *t = tapnet_new("", "", 1);
    uint8_t frame[64];
    size_t n = qip_arp_request(frame, &t->guest, t->host.ip);

    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    for (int round = 0; round < 3; round++) {
        netns_ip("link set %s down", TAPNET_IF);
        for (int i = 0; i < 300; i++) {
            g_assert_true(qvnet_send(&t->net, NULL, frame, n));
        }
        netns_ip("link set %s up", TAPNET_IF);
        tapnet_static_neighbour(t);
        tapnet_resolve(t);
        g_assert_true(tapnet_ping(t, round, 56));
    }
    if (qtest_is_ours()) {
        g_autofree char *text = qtest_stderr(t->qts);

        g_assert_cmpuint(tapnet_counter(t->qts, "n0", 0, "host-error"), ==,
                         900);
        /* Logged once a second, not once a packet. */
        g_assert_nonnull(strstr(text, "netdev 'n0': tap write failed"));
        g_assert_cmpuint(strlen(text), <, 2000);
    }
    tapnet_free(t);
}

/* tap-hup: the interface is deleted while the guest sends. */
static void test_hup(const void *opaque)
{
    TapNet *t = tapnet_new("", "", 1);
    uint8_t frame[64];
    size_t n = qip_arp_request(frame, &t->guest, t->host.ip);
    uint64_t before;

    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    for (int i = 0; i < 600; i++) {
        if (i == 100) {
            netns_ip("link del %s", TAPNET_IF);
        }
        g_assert_true(qvnet_send(&t->net, NULL, frame, n));
    }
    if (qtest_is_ours()) {
        g_assert_cmphex(config_status(t) & S_LINK_UP, ==, 0);
        before = tapnet_cpu_ms(t->qts);
        g_usleep(500000);
        g_assert_cmpuint(tapnet_cpu_ms(t->qts) - before, <, 200);
    }
    tapnet_driver_stop(t);
    /* A driver may come and go all the same. */
    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    g_assert_true(qvnet_send(&t->net, NULL, frame, n));
    tapnet_free(t);
}

/* The same with an idle guest: only the descriptor can tell. */
static void test_hup_idle(const void *opaque)
{
    TapNet *t = tapnet_new("", "", 1);
    uint64_t before;

    if (!qtest_is_ours()) {
        netns_ip("link del %s", TAPNET_IF);
        qtest_kill(t->qts);
        g_free(t);
        g_test_skip("stock QEMU spins");
        return;
    }
    tapnet_driver(t, NULL, ~UINT64_C(0), 1);
    netns_ip("link del %s", TAPNET_IF);
    before = tapnet_cpu_ms(t->qts);
    g_usleep(500000);
    g_assert_cmpuint(tapnet_cpu_ms(t->qts) - before, <, 200);
    g_assert_cmphex(config_status(t) & S_LINK_UP, ==, 0);
    tapnet_free(t);
}

/* ------------------------------------------------------------ bad options */

typedef struct BadOption {
    const char *options;
    const char *error;
} BadOption;

static const BadOption bad_options[] = {
    { "fd=99", "File descriptor '99' is not open" },
    { "fd=0", "Unable to query TUNGETIFF on FD 0" },
    /* "... number 'x'" when it starts, "... named 'x'" at run time */
    { "fd=x", "ile descriptor n" },
    { "fds=98:99", "File descriptor '98' is not open" },
    { "fd=5,ifname=tap9", "ifname=, script=, downscript=, vnet_hdr= are "
                          "invalid with fd=/fds=/helper=" },
    { "ifname=a-name-beyond-limits", "a-name-beyond-limits" },
    { "ifname=bad/name,script=no", "bad/name" },
    { "queues=0", "queues must be greater than zero" },
    { "queues=5000", "queues must not be greater than 1024" },
    { "ifname=one,queues=2,script=no", "one" },
    { "sndbuf=x", "sndbuf" },
    { "ifname=other,script=/nonexistent,downscript=no", "/nonexistent" },
};

/* tap-bad-fd: on the command line the end, at run time only an error. */
static void test_bad_options(const void *opaque)
{
    QTestState *qts = qtest_init("-machine pc");
    int single = netns_tap_open("one", 0);

    for (int i = 0; i < ARRAY_SIZE(bad_options); i++) {
        const BadOption *b = &bad_options[i];
        g_autofree char *args = g_strdup_printf(
            "-machine none -display none -netdev tap,id=n0,%s", b->options);
        g_autofree char *text = NULL;
        g_autofree char *hmp = NULL;

        g_assert_cmpint(qtest_run(args, &text), ==, 1);
        if (qtest_is_ours() && !strstr(text, b->error)) {
            g_error("%s: %s", b->options, text);
        }
        hmp = qtest_hmp(qts, "netdev_add tap,id=n0,%s", b->options);
        if (qtest_is_ours() && !strstr(hmp, b->error)) {
            g_error("%s at run time: %s", b->options, hmp);
        }
        g_assert_cmpstr(hmp, !=, "");
        g_free(qtest_hmp(qts, "netdev_del n0"));
    }
    close(single);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    netns_enter();
    for (int i = 0; i < ARRAY_SIZE(qvnet_modes); i++) {
        g_autofree char *name = qvnet_mode_name(&qvnet_modes[i]);
        g_autofree char *path = g_strdup_printf("/tap/modes/%s", name);

        netns_add_test(path, &qvnet_modes[i], test_mode);
    }
    netns_add_test("/tap/no-vnet-hdr", NULL, test_no_vnet_hdr);
    netns_add_test("/tap/fd", NULL, test_fd);
    netns_add_test("/tap/link", NULL, test_link);
    netns_add_test("/tap/mtu", NULL, test_mtu);
    netns_add_test("/tap/sndbuf", NULL, test_sndbuf);
    netns_add_test("/hazard/tap-eio", NULL, test_eio);
    netns_add_test("/hazard/tap-hup", NULL, test_hup);
    netns_add_test("/hazard/tap-hup-idle", NULL, test_hup_idle);
    netns_add_test("/hazard/tap-bad-fd", NULL, test_bad_options);
    return g_test_run();
}
