/*
 * User networking: connections from the host to the guest (hostfwd) and from
 * the guest to programs and character devices (guestfwd).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/qtest/lib/netns.h"
#include "tests/qtest/lib/usernet.h"

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons(port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* A socket of the host connected to port; -1 if nobody listens. */
static int host_connect(uint16_t port, int type)
{
    struct sockaddr_in sa = loopback(port);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* A conversation over TCP that the host begins. */
static void talk_tcp(UserNet *u, uint16_t host_port, uint16_t guest_port)
{
    int fd = host_connect(host_port, SOCK_STREAM);
    char got[64] = "";
    UserTcp c;

    g_assert_cmpint(fd, >=, 0);
    usernet_tcp_accept(u, &c, guest_port);
    g_assert_cmpint(send(fd, "from the host", 13, 0), ==, 13);
    usernet_tcp_expect(u, &c, "from the host");
    usernet_tcp_send(u, &c, TCP_ACK | TCP_PSH, "from the guest", 14);
    g_assert_true(netns_readable(fd, 5000));
    g_assert_cmpint(recv(fd, got, sizeof(got) - 1, 0), ==, 14);
    g_assert_cmpstr(got, ==, "from the guest");
    usernet_tcp_send(u, &c, TCP_ACK | TCP_RST, NULL, 0);
    close(fd);
}

static void test_tcp(const void *opaque)
{
    uint16_t port = usernet_free_port();
    g_autofree char *options = g_strdup_printf(
        ",hostfwd=tcp:127.0.0.1:%u-:2222", port);
    UserNet *u = usernet_new(options, "");

    usernet_resolve(u, USERNET_HOST);
    talk_tcp(u, port, 2222);
    talk_tcp(u, port, 2222);
    usernet_free(u);
}

static void test_udp(const void *opaque)
{
    uint16_t port = usernet_free_port(), from;
    g_autofree char *options = g_strdup_printf(
        ",hostfwd=udp:127.0.0.1:%u-10.0.2.15:7", port);
    UserNet *u = usernet_new(options, "");
    int fd = host_connect(port, SOCK_DGRAM);
    char got[64];

    usernet_resolve(u, USERNET_HOST);
    for (int i = 0; i < 20; i++) {
        char text[16];
        const uint8_t *p;
        size_t len;
        int n = g_snprintf(text, sizeof(text), "datagram %d", i);

        g_assert_cmpint(send(fd, text, n, 0), ==, n);
        p = usernet_udp_next(u, USERNET_HOST, &from, &len, 5000);
        g_assert_nonnull(p);
        g_assert_cmpmem(p, len, text, n);
        usernet_udp(u, USERNET_HOST, 7, from, text, n);
        g_assert_true(netns_readable(fd, 5000));
        g_assert_cmpint(recv(fd, got, sizeof(got), 0), ==, n);
    }
    close(fd);
    usernet_free(u);
}

/* Added and removed at run time. */
static void test_monitor(const void *opaque)
{
    uint16_t port = usernet_free_port();
    UserNet *u = usernet_new("", "");

    usernet_resolve(u, USERNET_HOST);
    g_assert_cmpint(host_connect(port, SOCK_STREAM), ==, -1);
    for (int i = 0; i < 3; i++) {
        g_autofree char *text = NULL;

        text = qtest_hmp(u->qts, "hostfwd_add n0 tcp:127.0.0.1:%u-:22", port);
        g_assert_cmpstr(text, ==, "");
        talk_tcp(u, port, 22);
        g_free(text);
        text = qtest_hmp(u->qts, "info usernet");
        g_assert_nonnull(strstr(text, "HOST_FORWARD"));
        g_free(text);
        text = qtest_hmp(u->qts, "hostfwd_remove n0 tcp:127.0.0.1:%u", port);
        g_assert_nonnull(strstr(text, "removed"));
        g_assert_cmpint(host_connect(port, SOCK_STREAM), ==, -1);
        g_free(text);
        text = qtest_hmp(u->qts, "hostfwd_remove n0 tcp:127.0.0.1:%u", port);
        g_assert_nonnull(strstr(text, "not found"));
    }
    usernet_free(u);
}

/* A program for each connection. */
static void test_guest_cmd(const void *opaque)
{
    UserNet *u = usernet_new(",guestfwd=tcp:10.0.2.100:1234-cmd:cat", "");
    UserTcp c;

    usernet_resolve(u, 0x0a000264);
    for (int i = 0; i < 3; i++) {
        usernet_tcp_connect(u, &c, 0x0a000264, 1234);
        usernet_tcp_send(u, &c, TCP_ACK | TCP_PSH, "echo this", 9);
        usernet_tcp_expect(u, &c, "echo this");
        usernet_tcp_send(u, &c, TCP_ACK | TCP_RST, NULL, 0);
    }
    usernet_free(u);
}

/* A character device, both ways. */
static void test_guest_chardev(const void *opaque)
{
    uint16_t port = usernet_free_port();
    g_autofree char *more = g_strdup_printf(
        "-chardev socket,id=c0,host=127.0.0.1,port=%u,server=on,wait=off",
        port);
    g_autoptr(GString) got = g_string_new(NULL);
    UserNet *u;
    UserTcp c;
    int fd;

    u = usernet_new(",guestfwd=tcp:10.0.2.100:80-chardev:c0", more);
    fd = host_connect(port, SOCK_STREAM);
    g_assert_cmpint(fd, >=, 0);
    usernet_resolve(u, 0x0a000264);
    usernet_tcp_connect(u, &c, 0x0a000264, 80);
    usernet_tcp_send(u, &c, TCP_ACK | TCP_PSH, "to the device", 13);
    while (got->len < 13) {
        char buf[64];
        ssize_t n;

        g_assert_true(netns_readable(fd, 5000));
        n = recv(fd, buf, sizeof(buf), 0);
        g_assert_cmpint(n, >, 0);
        g_string_append_len(got, buf, n);
    }
    g_assert_cmpstr(got->str, ==, "to the device");
    g_assert_cmpint(send(fd, "to the guest", 12, 0), ==, 12);
    usernet_tcp_expect(u, &c, "to the guest");
    close(fd);
    usernet_free(u);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    netns_enter(); /* if it can; loopback will do */
    g_test_add_data_func("/user/hostfwd/tcp", NULL, test_tcp);
    g_test_add_data_func("/user/hostfwd/udp", NULL, test_udp);
    g_test_add_data_func("/user/hostfwd/monitor", NULL, test_monitor);
    g_test_add_data_func("/user/guestfwd/cmd", NULL, test_guest_cmd);
    g_test_add_data_func("/user/guestfwd/chardev", NULL, test_guest_chardev);
    return g_test_run();
}
