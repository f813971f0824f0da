/*
 * Addresses, sockets made from them, and descriptor helpers. Everything stays
 * on the loopback and in a temporary directory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/aio.h"
#include "util/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

static char *dir;

static void check_error(Error **err, const char *pattern)
{
    g_assert_nonnull(*err);
    if (!g_pattern_match_simple(pattern, error_get_pretty(*err))) {
        g_error("'%s' does not match '%s'", error_get_pretty(*err), pattern);
    }
    g_clear_pointer(err, error_free);
}

static void test_parse_host_port(void)
{
    struct sockaddr_in sa;
    Error *err = NULL;

    g_assert_true(parse_host_port(&sa, "127.0.0.1:80", &error_abort));
    g_assert_cmpint(sa.sin_family, ==, AF_INET);
    g_assert_cmpuint(ntohl(sa.sin_addr.s_addr), ==, INADDR_LOOPBACK);
    g_assert_cmpuint(ntohs(sa.sin_port), ==, 80);
    g_assert_true(parse_host_port(&sa, ":65535", &error_abort));
    g_assert_cmpuint(sa.sin_addr.s_addr, ==, INADDR_ANY);
    g_assert_cmpuint(ntohs(sa.sin_port), ==, 65535);
    g_assert_true(parse_host_port(&sa, "localhost:0", &error_abort));

    g_assert_false(parse_host_port(&sa, "foo", &err));
    check_error(&err, "host address 'foo' doesn't contain ':' separating host "
                      "from port");
    g_assert_false(parse_host_port(&sa, "", &err));
    check_error(&err, "host address '' doesn't contain*");
    g_assert_false(parse_host_port(&sa, "127.0.0.1:x", &err));
    check_error(&err, "port number 'x' is invalid");
    g_assert_false(parse_host_port(&sa, "127.0.0.1:", &err));
    check_error(&err, "port number '' is invalid");
    g_assert_false(parse_host_port(&sa, "127.0.0.1:65536", &err));
    check_error(&err, "port number '65536' is invalid");
    g_assert_cmpint(inet_listen_fd("127.0.0.1", "65536", 1, 0, &err), ==, -1);
    check_error(&err, "port number '65536' is invalid");
    g_assert_false(parse_host_port(&sa, "127.0.0.1:-1", &err));
    check_error(&err, "port number '-1' is invalid");
    g_assert_false(parse_host_port(&sa, "127.0.0.300:1", &err));
    check_error(&err, "can't resolve host address '127.0.0.300'");
}

static void test_split_host_port(void)
{
    static const struct {
        const char *text, *host, *port;
    } good[] = {
        { "h:1", "h", "1" },    { ":1", "", "1" },
        { "h:", "h", "" },      { "[::1]:22", "::1", "22" },
        { "[]:0", "", "0" },
    };
    static const char *const bad[] = { "", "h", "[::1]", "[::1", "[::1]22" };

    for (int i = 0; i < ARRAY_SIZE(good); i++) {
        g_autofree char *host = NULL;
        g_autofree char *port = NULL;

        g_assert_true(split_host_port(good[i].text, &host, &port,
                                      &error_abort));
        g_assert_cmpstr(host, ==, good[i].host);
        g_assert_cmpstr(port, ==, good[i].port);
    }
    for (int i = 0; i < ARRAY_SIZE(bad); i++) {
        char *host, *port;
        Error *err = NULL;

        g_assert_false(split_host_port(bad[i], &host, &port, &err));
        error_free(err);
    }
}

static void check_flags(int fd)
{
    g_assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    g_assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    g_assert_true(fd_is_socket(fd));
}

static void check_connected(int listener, int client)
{
    int server = accept(listener, NULL, NULL);
    char buf[2];

    g_assert_cmpint(server, >=, 0);
    g_assert_cmpint(write(client, "hi", 2), ==, 2);
    g_assert_cmpint(read(server, buf, 2), ==, 2);
    g_assert_cmpmem(buf, 2, "hi", 2);
    close(server);
    close(client);
    close(listener);
}

static void test_unix(void)
{
    g_autofree char *path = g_build_filename(dir, "sock", NULL);
    g_autofree char *other = g_build_filename(dir, "file", NULL);
    Error *err = NULL;
    int l, c;

    g_assert_cmpint(unix_connect_fd(path, false, &err), ==, -1);
    check_error(&err, "Failed to connect to '*': No such file or directory");

    l = unix_listen_fd(path, false, &error_abort);
    check_flags(l);
    c = unix_connect_fd(path, false, &error_abort);
    check_flags(c);
    check_connected(l, c);

    g_assert_cmpint(unix_connect_fd(path, false, &err), ==, -1);
    check_error(&err, "Failed to connect to '*': Connection refused");

    /* The stale socket makes way; a file of the user's does not. */
    l = unix_listen_fd(path, false, &error_abort);
    close(l);
    g_assert_true(g_file_set_contents(other, "data", -1, NULL));
    g_assert_cmpint(unix_listen_fd(other, false, &err), ==, -1);
    check_error(&err, "Failed to bind socket to *: Address already in use");
    g_assert_true(g_file_test(other, G_FILE_TEST_IS_REGULAR));
    g_unlink(other);
    g_unlink(path);

    g_assert_cmpint(unix_listen_fd("/nonexistent/x", false, &err), ==, -1);
    check_error(&err, "Failed to bind socket to /nonexistent/x: *");
}

static void test_unix_lengths(void)
{
    char path[120];
    Error *err = NULL;

    memset(path, 'x', sizeof(path));
    path[108] = '\0';
    g_assert_cmpint(unix_listen_fd(path, false, &err), ==, -1);
    g_assert_cmpstr(error_get_hint(err), ==,
                    "Path must be less than 108 bytes\n");
    check_error(&err, "UNIX socket path 'xxx*' is too long");
    g_assert_cmpint(unix_connect_fd(path, true, &err), ==, -1);
    check_error(&err, "UNIX socket path 'xxx*' is too long");
}

static void test_abstract(void)
{
    g_autofree char *name = g_strdup_printf("emu-test-%d", getpid());
    Error *err = NULL;
    int l = unix_listen_fd(name, true, &error_abort);

    g_assert_cmpint(unix_connect_fd(name, false, &err), ==, -1);
    check_error(&err, "Failed to connect to *");
    check_connected(l, unix_connect_fd(name, true, &error_abort));
    g_assert_false(g_file_test(name, G_FILE_TEST_EXISTS));
}

static char *port_of(int fd)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof(ss);

    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&ss, &len), ==, 0);
    return g_strdup_printf("%d",
                           ntohs(((struct sockaddr_in *)&ss)->sin_port));
}

static void test_inet(void)
{
    g_autofree char *port = NULL;
    Error *err = NULL;
    int l, c;

    l = inet_listen_fd("127.0.0.1", "0", -1, -1, &error_abort);
    check_flags(l);
    port = port_of(l);

    g_assert_cmpint(inet_listen_fd("127.0.0.1", port, -1, -1, &err), ==, -1);
    g_assert_cmpint(errno, ==, EADDRINUSE);
    check_error(&err, "Failed to find an available port: Address already in "
                      "use");

    c = inet_connect_fd("127.0.0.1", port, -1, -1, &error_abort);
    check_flags(c);
    check_connected(l, c);

    g_assert_cmpint(inet_connect_fd("127.0.0.1", port, -1, -1, &err), ==, -1);
    check_error(&err, "Failed to connect to '127.0.0.1:*': Connection "
                      "refused");
    g_assert_cmpint(inet_connect_fd("127.0.0.1", "no-such", -1, -1, &err), ==,
                    -1);
    check_error(&err, "address resolution failed for 127.0.0.1:no-such: *");
    g_assert_cmpint(inet_connect_fd("127.0.0.1", port, 0, 0, &err), ==, -1);
    check_error(&err, "Cannot disable IPv4 and IPv6 at same time");
    g_assert_cmpint(inet_connect_fd("127.0.0.1", port, 0, 1, &err), ==, -1);
    check_error(&err, "address resolution failed for 127.0.0.1:*");
    g_assert_cmpint(inet_listen_fd("192.0.2.1", "0", -1, -1, &err), ==, -1);
    check_error(&err, "Failed to bind socket: *");
}

static void test_inet_families(void)
{
    int l4 = inet_listen_fd(NULL, "0", 1, -1, &error_abort);
    int l6 = inet_listen_fd("::1", "0", -1, -1, NULL);
    g_autofree char *port4 = port_of(l4);

    check_connected(l4, inet_connect_fd(NULL, port4, 1, -1, &error_abort));
    if (l6 < 0) {
        g_test_skip("no IPv6 on this host");
        return;
    }
    {
        g_autofree char *port6 = port_of(l6);

        g_assert_cmpint(inet_connect_fd("::1", port6, 1, 0, NULL), ==, -1);
        check_connected(l6, inet_connect_fd("::1", port6, -1, 1,
                                            &error_abort));
    }
}

static int lookup(const char *name, Error **errp)
{
    if (g_str_equal(name, "tap0")) {
        return 2;
    }
    error_setg(errp, "File descriptor named '%s' has not been found", name);
    return -1;
}

static void test_fd_param(void)
{
    static const char *const bad[] = { "", "foo", "1x", "-1", "2147483648",
                                       "99999999999999999999", " 1" };
    Error *err = NULL;

    g_assert_cmpint(fd_param_parse("2", &error_abort), ==, 2);
    for (int i = 0; i < ARRAY_SIZE(bad); i++) {
        g_assert_cmpint(fd_param_parse(bad[i], &err), ==, -1);
        check_error(&err, "Invalid file descriptor number '*'");
    }
    g_assert_cmpint(fd_param_parse("54321", &err), ==, -1);
    check_error(&err, "File descriptor '54321' is not open");

    fd_set_named_lookup(lookup);
    g_assert_cmpint(fd_param_parse("tap0", &error_abort), ==, 2);
    g_assert_cmpint(fd_param_parse("tap1", &err), ==, -1);
    check_error(&err, "File descriptor named 'tap1' has not been found");
    g_assert_cmpint(fd_param_parse("2", &error_abort), ==, 2);
    g_assert_cmpint(fd_param_parse("", &err), ==, -1);
    check_error(&err, "Invalid file descriptor number ''");
    fd_set_named_lookup(NULL);
}

static void test_fd_flags(void)
{
    int p[2];
    Error *err = NULL;

    g_assert_cmpint(pipe(p), ==, 0);
    g_assert_true(fd_is_open(p[0]));
    g_assert_false(fd_is_socket(p[0]));
    g_assert_true(fd_set_nonblocking(p[0], &error_abort));
    g_assert_true(fcntl(p[0], F_GETFL) & O_NONBLOCK);
    g_assert_true(fd_set_cloexec(p[0], true));
    g_assert_true(fcntl(p[0], F_GETFD) & FD_CLOEXEC);
    g_assert_true(fd_set_cloexec(p[0], false));
    g_assert_false(fcntl(p[0], F_GETFD) & FD_CLOEXEC);
    close(p[0]);
    close(p[1]);
    g_assert_false(fd_is_open(p[0]));
    g_assert_false(fd_is_socket(p[0]));
    g_assert_false(fd_set_cloexec(p[0], true));
    g_assert_false(fd_set_nonblocking(p[0], &err));
    check_error(&err, "Can't set file descriptor * non-blocking: *");
}

static void *slow_reader(void *opaque)
{
    int fd = GPOINTER_TO_INT(opaque);
    size_t total = 0;
    char buf[8192];
    ssize_t n;

    while ((n = read(fd, buf, sizeof(buf))) > 0) {
        total += n;
        g_usleep(10);
    }
    return GSIZE_TO_POINTER(total);
}

static void test_write_full(void)
{
    size_t size = 4 * MiB;
    g_autofree char *data = g_malloc0(size);
    QemuThread *t;
    int sv[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), ==, 0);
    g_assert_true(fd_set_nonblocking(sv[0], &error_abort));
    t = qemu_thread_create("reader", slow_reader, GINT_TO_POINTER(sv[1]),
                           &error_abort);
    g_assert_cmpint(fd_write_full(sv[0], data, size), ==, 0);
    close(sv[0]);
    g_assert_cmpuint(GPOINTER_TO_SIZE(qemu_thread_join(t)), ==, size);
    close(sv[1]);
    g_assert_cmpint(fd_write_full(-1, "x", 1), ==, -EBADF);
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    dir = g_dir_make_tmp("emu-sockets-XXXXXX", NULL);
    g_test_add_func("/util/sockets/parse-host-port", test_parse_host_port);
    g_test_add_func("/util/sockets/split-host-port", test_split_host_port);
    g_test_add_func("/util/sockets/unix", test_unix);
    g_test_add_func("/util/sockets/unix-lengths", test_unix_lengths);
    g_test_add_func("/util/sockets/abstract", test_abstract);
    g_test_add_func("/util/sockets/inet", test_inet);
    g_test_add_func("/util/sockets/inet-families", test_inet_families);
    g_test_add_func("/util/sockets/fd-param", test_fd_param);
    g_test_add_func("/util/sockets/fd-flags", test_fd_flags);
    g_test_add_func("/util/sockets/write-full", test_write_full);
    ret = g_test_run();
    g_rmdir(dir);
    g_free(dir);
    return ret;
}
