/*
 * -netdev tap: options that go together and those that do not, descriptors that
 * are handed over, what the kernel refuses, scripts and names; on real
 * interfaces in a network namespace of this process.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "net-test-host.h"
#include "net/net.h"

/* A netdev that must fail, with this in its message; nothing stays behind. */
static void expect_error(const char *opts, const char *text)
{
    Error *err = NULL;

    g_test_message("%s", opts);
    g_assert_false(test_add_tap(opts, &err));
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
    if (test_skipped()) {
        return;
    }
    fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    expect_fd_error("\"fd\":\"%d\"", fd, "not attached to an interface");
    close(fd);
    fd = test_raw_tun("vt1", IFF_TUN | IFF_NO_PI);
    expect_fd_error("\"fd\":\"%d\"", fd, "is the tun interface 'vt1'");
    close(fd);
    fd = test_raw_tun("vt1", IFF_TAP | IFF_NO_PI);
    fd2 = test_raw_tun("vt2", IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
    both = g_strdup_printf("\"fds\":\"%d:%d\"", fd, fd2);
    expect_error(both, "not a queue of a multi_queue tap");
    close(fd);
    fd = test_raw_tun("vt1", IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE);
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

    if (test_skipped()) {
        return;
    }
    fd = test_raw_tun("vt1", IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
    opts = g_strdup_printf("\"fd\":\"%d\"", fd);
    test_add_tap(opts, &error_abort);
    info = g_strdup_printf("fd=%d", fd);
    g_assert_cmpstr(qemu_find_netdev("t0")->info_str, ==, info);
    g_assert_true(qemu_has_vnet_hdr(qemu_find_netdev("t0")));
    g_assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    netdev_del("t0", &error_abort);
    g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1);
}

/* Two queues of one device by two descriptors. */
static void test_good_fds(void)
{
    g_autofree char *opts = NULL;
    const short flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE;
    NetClientState *ncs[3];
    int fd, fd2;

    if (test_skipped()) {
        return;
    }
    fd = test_raw_tun("vt1", flags);
    fd2 = test_raw_tun("vt1", flags);
    opts = g_strdup_printf("\"fds\":\"%d:%d\"", fd, fd2);
    test_add_tap(opts, &error_abort);
    g_assert_cmpint(qemu_find_net_clients_except("t0", ncs,
                                                 NET_CLIENT_DRIVER_NIC, 3),
                    ==, 2);
    g_assert_cmpuint(ncs[1]->queue_index, ==, 1);
    netdev_del("t0", &error_abort);
    g_assert_cmpint(fcntl(fd2, F_GETFD), ==, -1);

    fd = test_raw_tun("vt1", flags);
    g_free(opts);
    opts = g_strdup_printf("\"fds\":\"%d:0%d\"", fd, fd);
    expect_error(opts, "twice");
    close(fd);
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

    if (test_skipped()) {
        return;
    }
    expect_error("\"ifname\":\"lo\"," NO_SCRIPTS, "it exists and is not a tap");
    expect_error("\"ifname\":\"a/b\"," NO_SCRIPTS,
                 "not a valid interface name");
    fd = test_raw_tun("vt1", IFF_TAP | IFF_NO_PI);
    expect_error("\"ifname\":\"vt1\"," NO_SCRIPTS,
                 "(vt1): Device or resource busy (it is in use, here");
    ioctl(fd, TUNSETPERSIST, 1);
    close(fd);
    expect_error("\"ifname\":\"vt1\",\"queues\":2," NO_SCRIPTS,
                 "it has a single queue: make it with multi_queue");
    test_delete_if("vt1");
    fd = test_raw_tun("vt1", IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE);
    ioctl(fd, TUNSETPERSIST, 1);
    close(fd);
    expect_error("\"ifname\":\"vt1\"," NO_SCRIPTS,
                 "it is a multi_queue interface: use queues=");
    test_delete_if("vt1");
    fd = test_raw_tun("vt1", IFF_TUN | IFF_NO_PI);
    ioctl(fd, TUNSETPERSIST, 1);
    close(fd);
    expect_error("\"ifname\":\"vt1\"," NO_SCRIPTS, "it is a tun interface");
    test_delete_if("vt1");
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
    g_autofree char *dir = NULL, *log = NULL, *body = NULL;
    g_autofree char *up = NULL, *down = NULL, *opts = NULL, *got = NULL;
    g_autofree char *want = NULL;

    if (test_skipped()) {
        return;
    }
    dir = g_dir_make_tmp("tapXXXXXX", NULL);
    log = g_build_filename(dir, "log", NULL);
    body = g_strdup_printf("#!/bin/sh\necho \"$0 $*\" >>%s\n", log);
    up = write_script(dir, "up", body);
    down = write_script(dir, "down", body);
    opts = g_strdup_printf("\"script\":\"%s\",\"downscript\":\"%s\","
                           "\"ifname\":\"vt1\",\"queues\":2", up, down);
    test_add_tap(opts, &error_abort);
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

    if (test_skipped()) {
        return;
    }
    fd = test_raw_tun("vt1", IFF_TAP | IFF_NO_PI);
    ioctl(fd, TUNSETPERSIST, 1);
    close(fd);
    test_add_tap("\"ifname\":\"vt1\"," NO_SCRIPTS, &error_abort);
    netdev_del("t0", &error_abort);
    g_assert_cmpuint(if_nametoindex("vt1"), !=, 0);
    test_delete_if("vt1");
    test_add_tap(NO_SCRIPTS, &error_abort);
    g_assert_cmpstr(qemu_find_netdev("t0")->info_str, ==,
                    "ifname=tap0,script=no,downscript=no");
    netdev_del("t0", &error_abort);
    g_assert_cmpuint(if_nametoindex("tap0"), ==, 0);
}

int main(int argc, char **argv)
{
    test_enter_namespace();
    g_test_init(&argc, &argv, NULL);
    qemu_init_main_loop(&error_abort);
    g_test_add_func("/net/tap-setup/tap-bad-fd", test_bad_fd);
    g_test_add_func("/net/tap-setup/good-fd", test_good_fd);
    g_test_add_func("/net/tap-setup/good-fds", test_good_fds);
    g_test_add_func("/net/tap-setup/option-rules", test_option_rules);
    g_test_add_func("/net/tap-setup/open-errors", test_open_errors);
    g_test_add_func("/net/tap-setup/scripts", test_scripts);
    g_test_add_func("/net/tap-setup/names", test_names);
    return g_test_run();
}
