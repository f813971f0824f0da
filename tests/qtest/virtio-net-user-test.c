/*
 * User networking: what libslirp itself answers (ARP, ping, DHCP, DNS, TFTP,
 * IPv6), and what it lets through.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "net/checksum.h"
#include "net/eth.h"
#include "tests/qtest/lib/netns.h"
#include "tests/qtest/lib/usernet.h"

static void test_ping(const void *opaque)
{
    UserNet *u = usernet_new("", "");
    uint8_t frame[256];

    usernet_resolve(u, USERNET_HOST);
    for (uint16_t seq = 1; seq <= 3; seq++) {
        size_t n = qip_echo_request(frame, &u->guest, &u->host, seq, 56);
        const uint8_t *icmp;

        usernet_send(u, frame, n);
        icmp = usernet_next(u, USERNET_HOST, IPPROTO_ICMP, &n, 5000);
        g_assert_nonnull(icmp);
        g_assert_cmpuint(icmp[0], ==, 0);
        g_assert_cmpuint(ldw_be_p(icmp + 6), ==, seq);
        g_assert_cmpuint(n, ==, 8 + 56);
    }
    usernet_free(u);
}

/* -------------------------------------------------------------------- DHCP */

static size_t dhcp_message(UserNet *u, uint8_t *p, uint8_t type)
{
    uint8_t *o = p + 240;

    memset(p, 0, 300);
    p[0] = 1;
    p[1] = 1;
    p[2] = 6;
    stl_be_p(p + 4, 0x12345678);
    memcpy(p + 28, u->guest.mac, 6);
    stl_be_p(p + 236, 0x63825363);
    *o++ = 53;
    *o++ = 1;
    *o++ = type;
    if (type == 3) {
        *o++ = 50;
        *o++ = 4;
        stl_be_p(o, USERNET_GUEST);
        o += 4;
    }
    *o++ = 255;
    return 300;
}

/* The value of an option, *len bytes; NULL if it is not there. */
static const uint8_t *dhcp_option(const uint8_t *p, size_t size, uint8_t code,
                                  unsigned *len)
{
    for (size_t at = 240; at + 1 < size && p[at] != 255;) {
        if (p[at] == 0) {
            at++;
            continue;
        }
        if (p[at] == code) {
            *len = p[at + 1];
            g_assert_cmpuint(at + 2 + *len, <=, size);
            return p + at + 2;
        }
        at += 2 + p[at + 1];
    }
    return NULL;
}

static void check_option(const uint8_t *p, size_t size, uint8_t code,
                         uint32_t want)
{
    unsigned len;
    const uint8_t *v = dhcp_option(p, size, code, &len);

    g_assert_nonnull(v);
    g_assert_cmpuint(len, ==, 4);
    g_assert_cmphex(ldl_be_p(v), ==, want);
}

/* Sends a message of that type; the answer must be of type `want`. */
static const uint8_t *dhcp_ask(UserNet *u, uint8_t type, uint8_t want,
                               size_t *size)
{
    QIPEnd from = { .ip = 0, .port = 68 };
    QIPEnd to = { .mac = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
                  .ip = 0xffffffff, .port = 67 };
    uint8_t message[300], frame[512];
    const uint8_t *p, *v;
    unsigned len;
    uint16_t port;
    VnetHdr hdr;
    size_t n = dhcp_message(u, message, type);

    memcpy(from.mac, u->guest.mac, 6);
    n = qip_udp(frame, &hdr, &from, &to, message, n, false);
    usernet_send(u, frame, n);
    p = usernet_udp_next(u, USERNET_HOST, &port, size, 5000);
    g_assert_nonnull(p);
    g_assert_cmpuint(port, ==, 67);
    g_assert_cmpuint(*size, >=, 244);
    /* A client that reads it from a raw socket wants the checksum done. */
    g_assert_cmphex(u->hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM, ==, 0);
    g_assert_cmpuint(p[0], ==, 2);
    g_assert_cmphex(ldl_be_p(p + 4), ==, 0x12345678);
    g_assert_cmphex(ldl_be_p(p + 16), ==, USERNET_GUEST);
    g_assert_cmpmem(p + 28, 6, u->guest.mac, 6);
    v = dhcp_option(p, *size, 53, &len);
    g_assert_nonnull(v);
    g_assert_cmpuint(*v, ==, want);
    return p;
}

/* dhcp-golden: the whole exchange, and what the options say. */
static void test_dhcp(const void *opaque)
{
    UserNet *u = usernet_new(",hostname=vnetguest,bootfile=boot.img,"
                             "domainname=example.org", "");
    const uint8_t *p, *v;
    unsigned len;
    size_t size;

    for (int round = 0; round < 2; round++) {
        p = dhcp_ask(u, round ? 3 : 1, round ? 5 : 2, &size);
        check_option(p, size, 54, USERNET_HOST);
        check_option(p, size, 1, 0xffffff00);
        check_option(p, size, 3, USERNET_HOST);
        check_option(p, size, 6, USERNET_DNS);
        v = dhcp_option(p, size, 12, &len);
        g_assert_nonnull(v);
        g_assert_cmpmem(v, len, "vnetguest", 9);
        v = dhcp_option(p, size, 15, &len);
        g_assert_nonnull(v);
        g_assert_cmpmem(v, len, "example.org", 11);
        g_assert_cmpstr((const char *)p + 108, ==, "boot.img");
    }
    usernet_free(u);
}

/* --------------------------------------------------------------------- DNS */

/* Makes 127.0.0.1 the host's name server, for this process and its children:
 * a mount namespace with a resolv.conf of its own. False with the reason
 * reported as a skip. */
static bool own_resolv_conf(void)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("resolv-XXXXXX", &path, NULL);
    bool ok;

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, "nameserver 127.0.0.1\n", 21), ==, 21);
    close(fd);
    ok = unshare(CLONE_NEWNS) == 0 &&
         mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
         mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0;
    if (!ok) {
        g_autofree char *text = g_strdup_printf(
            "cannot replace /etc/resolv.conf: %s", g_strerror(errno));
        g_test_skip(text);
    }
    unlink(path);
    return ok;
}

static void test_dns(const void *opaque)
{
    static const char query[] = "a question", answer[] = "an answer";
    struct sockaddr_in from;
    socklen_t from_len = sizeof(from);
    char got[64];
    const uint8_t *p;
    uint16_t port;
    UserNet *u;
    size_t len;
    int sock;

    if (!own_resolv_conf()) {
        return;
    }
    sock = netns_udp(INADDR_LOOPBACK, 53);
    u = usernet_new("", "");
    usernet_resolve(u, USERNET_DNS);
    usernet_udp(u, USERNET_DNS, 5353, 53, query, sizeof(query));
    g_assert_true(netns_readable(sock, 5000));
    g_assert_cmpint(recvfrom(sock, got, sizeof(got), 0,
                             (struct sockaddr *)&from, &from_len), ==,
                    sizeof(query));
    g_assert_cmpstr(got, ==, query);
    g_assert_cmpint(sendto(sock, answer, sizeof(answer), 0,
                           (struct sockaddr *)&from, from_len), ==,
                    sizeof(answer));
    p = usernet_udp_next(u, USERNET_DNS, &port, &len, 5000);
    g_assert_nonnull(p);
    g_assert_cmpuint(port, ==, 53);
    g_assert_cmpmem(p, len, answer, sizeof(answer));
    close(sock);
    usernet_free(u);
}

/* -------------------------------------------------------------------- TFTP */

static void read_file(UserNet *u, const char *want, size_t want_len)
{
    static const char rrq[] = "\0\1hello\0octet";
    size_t got = 0;

    usernet_udp(u, USERNET_HOST, 2000, 69, rrq, sizeof(rrq));
    for (unsigned block = 1;; block++) {
        uint8_t ack[4] = { 0, 4, block >> 8, block };
        uint16_t port;
        size_t len;
        const uint8_t *p = usernet_udp_next(u, USERNET_HOST, &port, &len,
                                            5000);

        g_assert_nonnull(p);
        g_assert_cmpuint(ldw_be_p(p), ==, 3);
        g_assert_cmpuint(ldw_be_p(p + 2), ==, block);
        g_assert_cmpuint(got + len - 4, <=, want_len);
        g_assert_cmpmem(p + 4, len - 4, want + got, len - 4);
        got += len - 4;
        usernet_udp(u, USERNET_HOST, 2000, port, ack, sizeof(ack));
        if (len - 4 < 512) {
            break;
        }
    }
    g_assert_cmpuint(got, ==, want_len);
}

static void test_tftp(const void *opaque)
{
    static const char missing[] = "\0\1nothing\0octet";
    static const char outside[] = "\0\1../../etc/passwd\0octet";
    g_autofree char *dir = g_dir_make_tmp("vnet-tftp-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(dir, "hello", NULL);
    g_autofree char *options = g_strdup_printf(",tftp=%s", dir);
    char text[5000];
    UserNet *u;

    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = i * 3 + i / 512;
    }
    g_assert_true(g_file_set_contents(file, text, sizeof(text), NULL));
    u = usernet_new(options, "");
    usernet_resolve(u, USERNET_HOST);
    read_file(u, text, sizeof(text));
    for (int i = 0; i < 2; i++) {
        uint16_t port;
        size_t len;
        const uint8_t *p;

        usernet_udp(u, USERNET_HOST, 2001 + i, 69, i ? outside : missing,
                    i ? sizeof(outside) : sizeof(missing));
        p = usernet_udp_next(u, USERNET_HOST, &port, &len, 5000);
        g_assert_nonnull(p);
        g_assert_cmpuint(ldw_be_p(p), ==, 5); /* an error */
    }
    usernet_free(u);
    unlink(file);
    rmdir(dir);
}

/* -------------------------------------------------------------------- IPv6 */

static size_t icmp6(UserNet *u, uint8_t *frame, const uint8_t *to,
                    const uint8_t *body, size_t len)
{
    uint8_t *ip = frame + 14;
    uint32_t sum;

    memset(frame, 0, 54);
    frame[0] = frame[1] = 0x33;
    memcpy(frame + 2, to + 12, 4);
    memcpy(frame + 6, u->guest.mac, 6);
    stw_be_p(frame + 12, ETH_P_IPV6);
    ip[0] = 0x60;
    stw_be_p(ip + 4, len);
    ip[6] = IPPROTO_ICMPV6;
    ip[7] = 255;
    ip[8] = 0xfe; /* fe80::15 */
    ip[9] = 0x80;
    ip[23] = 0x15;
    memcpy(ip + 24, to, 16);
    memcpy(ip + 40, body, len);
    sum = net_checksum_add_cont(ip + 8, 32, 0) + IPPROTO_ICMPV6 + len +
          net_checksum_add_cont(ip + 40, len, 0);
    stw_be_p(ip + 42, net_checksum_finish(sum));
    return 54 + len;
}

/* The next ICMPv6 message of that type. */
static const uint8_t *icmp6_next(UserNet *u, uint8_t type)
{
    for (int i = 0; i < 100; i++) {
        ssize_t n = qvnet_recv(&u->net, 0, &u->hdr, u->frame,
                               sizeof(u->frame), 50);

        if (n < 0) {
            qtest_clock_step(u->qts, 50000000);
        } else if (n >= 58 && ldw_be_p(u->frame + 12) == ETH_P_IPV6 &&
                   u->frame[20] == IPPROTO_ICMPV6 && u->frame[54] == type) {
            return u->frame + 54;
        }
    }
    return NULL;
}

static void test_ipv6(const void *opaque)
{
    static const uint8_t routers[16] = { 0xff, 2, [15] = 2 };
    static const uint8_t host_node[16] = { 0xff, 2, [11] = 1, 0xff, 0, 0, 2 };
    static const uint8_t host[16] = { 0xfe, 0xc0, [15] = 2 };
    UserNet *u = usernet_new("", "");
    uint8_t frame[128];
    uint8_t rs[16] = { 133, [8] = 1, [9] = 1 };
    uint8_t ns[32] = { 135 };
    const uint8_t *p;

    memcpy(rs + 10, u->guest.mac, 6);
    usernet_send(u, frame, icmp6(u, frame, routers, rs, sizeof(rs)));
    p = icmp6_next(u, 134);
    g_assert_nonnull(p);
    /* The prefix it tells: fec0::/64. */
    g_assert_nonnull(memmem(p, 64, "\x03\x04\x40", 3));
    memcpy(ns + 8, host, 16);
    ns[24] = 1;
    ns[25] = 1;
    memcpy(ns + 26, u->guest.mac, 6);
    usernet_send(u, frame, icmp6(u, frame, host_node, ns, sizeof(ns)));
    p = icmp6_next(u, 136);
    g_assert_nonnull(p);
    g_assert_cmpmem(p + 8, 16, host, 16);
    usernet_free(u);
}

/* ---------------------------------------------------------------- restrict */

/* Reaches a socket of the host's loopback, unless restrict=on. */
static void test_restrict(const void *opaque)
{
    bool restricted = GPOINTER_TO_INT(opaque);
    uint16_t port = usernet_free_port();
    int sock = netns_udp(INADDR_LOOPBACK, port);
    UserNet *u = usernet_new(restricted ? ",restrict=on" : "", "");
    size_t size;

    usernet_resolve(u, USERNET_HOST);
    usernet_udp(u, USERNET_HOST, 1234, port, "hello", 5);
    g_assert_cmpint(netns_readable(sock, restricted ? 300 : 5000), ==,
                    !restricted);
    dhcp_ask(u, 1, 2, &size); /* that works either way */
    close(sock);
    usernet_free(u);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    netns_enter();
    g_test_add_data_func("/user/ping", NULL, test_ping);
    g_test_add_data_func("/hazard/dhcp-golden", NULL, test_dhcp);
    g_test_add_data_func("/user/tftp", NULL, test_tftp);
    g_test_add_data_func("/user/ipv6", NULL, test_ipv6);
    g_test_add_data_func("/user/restrict/off", GINT_TO_POINTER(0),
                         test_restrict);
    g_test_add_data_func("/user/restrict/on", GINT_TO_POINTER(1),
                         test_restrict);
    /* Port 53 of the host's own loopback is not ours to take. */
    netns_add_test("/user/dns", NULL, test_dns);
    return g_test_run();
}
