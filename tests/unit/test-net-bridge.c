/*
 * The bridge helper: its access file, and the program itself in namespaces of
 * this process (network and mounts), started by root and, setuid, by a user
 * who may nothing. Skipped, saying why, where that is not possible.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "../../net/bridge-acl.h"
#include "../../net/tap-internal.h"
#include "config-host.h"

#define HELPER CONFIG_BUILD_DIR "/qemu-bridge-helper"
#define NOBODY 65534

static char *dir;
static const char *skip_reason;

/* ----------------------------------------------------------- access file */

/* "" on a bad file, else "allowed"/"denied" as far as they hold. */
static void check_acl(const char *text, const char *bridge, bool ok,
                      bool allowed, bool denied)
{
    g_autofree char *path = g_build_filename(dir, "acl", NULL);
    BridgeAcl acl = { false, false };

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(bridge_acl_read(path, bridge, &acl), ==, ok);
    if (ok) {
        g_assert_cmpint(acl.allowed, ==, allowed);
        g_assert_cmpint(acl.denied, ==, denied);
    }
    unlink(path);
}

static void test_acl(void)
{
    check_acl("", "br0", true, false, false);
    check_acl("allow br0\n", "br0", true, true, false);
    check_acl("allow br0", "br0", true, true, false);
    check_acl("allow br0\n", "br1", true, false, false);
    check_acl("allow br0\n", "br", true, false, false);
    check_acl("allow all\ndeny br1\n", "br0", true, true, false);
    check_acl("allow all\ndeny br1\n", "br1", true, true, true);
    check_acl("deny all\nallow br0\n", "br0", true, true, true);
    check_acl("# allow br0\n\n \t\n  allow\tbr1 # ours\r\n", "br1", true, true,
              false);
    check_acl("allow\n", "br0", false, false, false);
    check_acl("allow # all\n", "br0", false, false, false);
    check_acl("allow br0 br1\n", "br0", false, false, false);
    check_acl("permit br0\n", "br0", false, false, false);
    check_acl("allow br0\ndney br0\n", "br0", false, false, false);
    /* A name the kernel would cut to another one. */
    check_acl("allow abcdefghijklmno\n", "abcdefghijklmno", true, true, false);
    check_acl("allow abcdefghijklmnop\n", "abcdefghijklmnop", false, false,
              false);
}

static void test_acl_include(void)
{
    g_autofree char *inner = g_build_filename(dir, "inner", NULL);
    g_autofree char *text = g_strdup_printf("deny br1\ninclude %s\n", inner);
    g_autofree char *self = g_strdup_printf("include %s/acl\n", dir);

    /* Not there: as if not mentioned. */
    check_acl(text, "br0", true, false, false);
    g_assert_true(g_file_set_contents(inner, "allow all\n", -1, NULL));
    check_acl(text, "br0", true, true, false);
    check_acl(text, "br1", true, true, true);
    g_assert_true(g_file_set_contents(inner, "nonsense\n", -1, NULL));
    check_acl(text, "br0", false, false, false);
    unlink(inner);
    check_acl(self, "br0", false, false, false);
}

/* bridge-name-15/16 */
static void test_names(void)
{
    g_assert_true(bridge_name_fits("abcdefghijklmno"));
    g_assert_false(bridge_name_fits("abcdefghijklmnop"));
}

/* ----------------------------------------------------------- the program */

static bool skipped(void)
{
    if (skip_reason) {
        g_test_skip(skip_reason);
        return true;
    }
    return false;
}

static void set_acl(const char *text)
{
    g_assert_true(g_file_set_contents(CONFIG_SYSCONFDIR "/qemu/bridge.conf",
                                      text, -1, NULL));
    g_assert_cmpint(chmod(CONFIG_SYSCONFDIR "/qemu/bridge.conf", 0644), ==, 0);
}

static void expect_refused(const char *bridge)
{
    Error *err = NULL;

    g_assert_cmpint(net_bridge_run_helper(HELPER, bridge, &err), ==, -1);
    g_assert_nonnull(strstr(error_get_pretty(err), "bridge helper failed"));
    error_free(err);
}

/* What arrives is a tap with a vnet header, on the bridge, up. */
static void check_tap(int fd)
{
    char ifname[IFNAMSIZ];
    g_autofree char *link = NULL;
    TapFlags flags;

    g_assert_cmpint(fd, >=, 0);
    g_assert_true(tap_probe_fd(fd, &flags, ifname, &error_abort));
    g_assert_true(flags.vnet_hdr);
    link = g_strdup_printf("ip -o link show %s | grep -q 'mtu 1400.*master br7'"
                           " && ip link show %s | grep -q '[<,]UP'",
                           ifname, ifname);
    g_assert_cmpint(system(link), ==, 0);
}

static void test_helper(void)
{
    int fd;

    if (skipped()) {
        return;
    }
    set_acl("allow br7\ndeny br8\n");
    fd = net_bridge_run_helper(HELPER, "br7", &error_abort);
    check_tap(fd);
    close(fd);
    /* As a command line for the shell. */
    fd = net_bridge_run_helper(HELPER " --br=br7", "ignored", &error_abort);
    check_tap(fd);
    close(fd);
    expect_refused("br8");
    expect_refused("br9");
    set_acl("nonsense\n");
    expect_refused("br7");
    set_acl("allow all\n");
    expect_refused("lo");
    unlink(CONFIG_SYSCONFDIR "/qemu/bridge.conf");
    expect_refused("br7");
}

/* The helper's exit status with these arguments, run as uid. */
static int run_as(uid_t uid, const char *program, char *const argv[])
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        if (uid != 0 && (setgid(uid) < 0 || setuid(uid) < 0)) {
            _exit(99);
        }
        execv(program, argv);
        _exit(98);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* A user without rights gets a tap through the setuid bit, and only there. */
static void test_helper_setuid(void)
{
    g_autofree char *copy = NULL;
    g_autofree char *cmd = NULL;
    g_autofree char *fd_arg = NULL;
    char *argv[] = { (char *)"helper", (char *)"--use-vnet",
                     (char *)"--br=br7", NULL, NULL };
    int sv[2];

    if (skipped()) {
        return;
    }
    copy = g_strdup(CONFIG_SYSCONFDIR "/helper");
    cmd = g_strdup_printf("cp %s %s && chmod 4755 %s", HELPER, copy, copy);
    g_assert_cmpint(system(cmd), ==, 0);
    set_acl("allow br7\n");
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), ==, 0);
    argv[3] = fd_arg = g_strdup_printf("--fd=%d", sv[1]);
    g_assert_cmpint(run_as(NOBODY, copy, argv), ==, 0);
    /* Not setuid: no. */
    g_assert_cmpint(chmod(copy, 0755), ==, 0);
    g_assert_cmpint(run_as(NOBODY, copy, argv), ==, 1);
    g_assert_cmpint(chmod(copy, 04755), ==, 0);
    /* A bridge that only root may read about. */
    set_acl("include " CONFIG_SYSCONFDIR "/qemu/root.conf\n");
    g_assert_true(g_file_set_contents(CONFIG_SYSCONFDIR "/qemu/root.conf",
                                      "allow br7\n", -1, NULL));
    g_assert_cmpint(chmod(CONFIG_SYSCONFDIR "/qemu/root.conf", 0600), ==, 0);
    g_assert_cmpint(run_as(NOBODY, copy, argv), ==, 1);
    g_assert_cmpint(run_as(0, copy, argv), ==, 0);
    /* Bad command lines. */
    set_acl("allow all\n");
    argv[2] = (char *)"--br=abcdefghijklmnop";
    g_assert_cmpint(run_as(NOBODY, copy, argv), ==, 1);
    argv[2] = (char *)"--br=";
    g_assert_cmpint(run_as(NOBODY, copy, argv), ==, 1);
    argv[2] = (char *)"--br=br7";
    argv[3] = (char *)"--fd=0x";
    g_assert_cmpint(run_as(NOBODY, copy, argv), ==, 1);
    argv[3] = (char *)"--fd=77";
    g_assert_cmpint(run_as(NOBODY, copy, argv), ==, 1);
    argv[3] = (char *)"--what";
    g_assert_cmpint(run_as(NOBODY, copy, argv), ==, 1);
    close(sv[0]);
    close(sv[1]);
}

/* -netdev bridge, the whole way. */
static void test_netdev(void)
{
    NetdevBridgeOptions options = { .br = (char *)"br7",
                                    .helper = (char *)HELPER };
    Netdev netdev = { .id = (char *)"b0", .type = NET_CLIENT_DRIVER_BRIDGE };
    NetClientState *nc;

    if (skipped()) {
        return;
    }
    set_acl("allow br7\n");
    netdev.u.bridge = options;
    g_assert_true(net_init_bridge(&netdev, "b0", NULL, &error_abort));
    nc = qemu_find_netdev("b0");
    g_assert_nonnull(nc);
    g_assert_cmpstr(nc->info_str, ==, "helper=" HELPER ",br=br7");
    g_assert_true(qemu_has_vnet_hdr(nc));
    qemu_del_net_client(nc);
}

/* Namespaces with a bridge br7 and an empty configuration; why not, if not. */
static const char *enter_namespaces(void)
{
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0) {
        return "needs the right to make namespaces (root)";
    }
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("none", CONFIG_SYSCONFDIR, "tmpfs", 0, NULL) < 0) {
        return "cannot mount over " CONFIG_SYSCONFDIR;
    }
    g_assert_cmpint(mkdir(CONFIG_SYSCONFDIR "/qemu", 0755), ==, 0);
    /* The usual mode of the device file, whatever it is here. */
    if (mount("none", "/dev/net", "tmpfs", 0, NULL) < 0 ||
        mknod("/dev/net/tun", S_IFCHR, makedev(10, 200)) < 0 ||
        chmod("/dev/net/tun", 0666) < 0) {
        return "cannot make a /dev/net/tun";
    }
    if (system("ip link add br7 type bridge 2>/dev/null && "
               "ip link set br7 mtu 1400") != 0) {
        return "cannot make a bridge";
    }
    if (access(HELPER, X_OK) < 0) {
        return "qemu-bridge-helper is not built";
    }
    return NULL;
}

int main(int argc, char **argv)
{
    int ret;

    skip_reason = enter_namespaces();
    g_test_init(&argc, &argv, NULL);
    qemu_init_main_loop(&error_abort);
    dir = g_dir_make_tmp("bridgeXXXXXX", NULL);
    g_test_add_func("/net/bridge/acl", test_acl);
    g_test_add_func("/net/bridge/acl-include", test_acl_include);
    g_test_add_func("/net/bridge/names", test_names);
    g_test_add_func("/net/bridge/helper", test_helper);
    g_test_add_func("/net/bridge/helper-setuid", test_helper_setuid);
    g_test_add_func("/net/bridge/netdev", test_netdev);
    ret = g_test_run();
    rmdir(dir);
    g_free(dir);
    return ret;
}
