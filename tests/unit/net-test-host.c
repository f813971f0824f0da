/*
 * The host's side of tap tests, see net-test-host.h.
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

#include "net-test-host.h"
#include "net/net.h"
#include "util/aio.h"

static const char *skip_reason;

/* A namespace of our own; why not, if not. */
static const char *try_namespace(void)
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

void test_enter_namespace(void)
{
    skip_reason = try_namespace();
}

bool test_skipped(void)
{
    if (skip_reason) {
        g_test_skip(skip_reason);
        return true;
    }
    return false;
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

void test_if_set_up(const char *name, bool up)
{
    struct ifreq ifr = { 0 };

    g_strlcpy(ifr.ifr_name, name, IFNAMSIZ);
    g_assert_cmpint(if_ioctl(SIOCGIFFLAGS, &ifr), ==, 0);
    ifr.ifr_flags = up ? ifr.ifr_flags | IFF_UP : ifr.ifr_flags & ~IFF_UP;
    g_assert_cmpint(if_ioctl(SIOCSIFFLAGS, &ifr), ==, 0);
}

int test_packet_socket(const char *name)
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

int test_raw_tun(const char *name, short flags)
{
    struct ifreq ifr = { .ifr_flags = flags };
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

    g_assert_cmpint(fd, >=, 0);
    g_strlcpy(ifr.ifr_name, name, IFNAMSIZ);
    g_assert_cmpint(ioctl(fd, TUNSETIFF, &ifr), ==, 0);
    return fd;
}

void test_delete_if(const char *name)
{
    g_autofree char *cmd = g_strdup_printf("ip link del %s", name);

    g_assert_cmpint(system(cmd), ==, 0);
}

bool test_add_tap(const char *opts, Error **errp)
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

void test_run_loop(void)
{
    for (int i = 0; i < 20; i++) {
        aio_poll(qemu_get_aio_context(), false);
    }
}
