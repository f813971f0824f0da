/*
 * A network namespace for one test process.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "net/eth.h"
#include "tests/qtest/lib/netns.h"

/* Empty: we are in one. */
static char reason[128] = "netns_enter() was not called";

bool netns_enter(void)
{
    if (access("/dev/net/tun", R_OK | W_OK) < 0) {
        g_snprintf(reason, sizeof(reason), "/dev/net/tun: %s",
                   g_strerror(errno));
        return false;
    }
    if (unshare(CLONE_NEWNET) < 0) {
        g_snprintf(reason, sizeof(reason),
                   "cannot make a network namespace: %s", g_strerror(errno));
        return false;
    }
    reason[0] = '\0';
    netns_ip("link set lo up");
    return true;
}

static void skip(const void *data)
{
    g_test_skip(reason);
}

void netns_add_test(const char *path, const void *data, GTestDataFunc fn)
{
    g_test_add_data_func(path, data, reason[0] ? skip : fn);
}

void netns_ip(const char *fmt, ...)
{
    g_autofree char *args = NULL;
    g_autofree char *command = NULL;
    g_autofree char *text = NULL;
    int status = 0;
    GError *err = NULL;
    va_list ap;

    va_start(ap, fmt);
    args = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    command = g_strconcat("ip ", args, NULL);
    g_spawn_command_line_sync(command, NULL, &text, &status, &err);
    g_assert_no_error(err);
    if (status != 0) {
        g_error("%s: %s", command, text);
    }
}

void netns_sysctl(const char *path, const char *value)
{
    g_autofree char *file = g_strdup_printf("/proc/sys/net/%s", path);
    int fd = open(file, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, value, strlen(value)) < 0) {
        g_error("%s: %s", file, g_strerror(errno));
    }
    close(fd);
}

void netns_up(const char *name)
{
    netns_ip("link set %s addrgenmode none", name);
    netns_ip("link set %s up", name);
}

int netns_tap_open(const char *name, int flags)
{
    struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | flags };
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

    g_assert_cmpint(fd, >=, 0);
    g_strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
    g_assert_no_errno(ioctl(fd, TUNSETIFF, &ifr));
    netns_up(name);
    return fd;
}

void netns_mac(const char *ifname, uint8_t mac[6])
{
    struct ifreq ifr = { 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    g_strlcpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name));
    g_assert_no_errno(ioctl(fd, SIOCGIFHWADDR, &ifr));
    memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
    close(fd);
}

int netns_udp(uint32_t ip, uint16_t port)
{
    struct sockaddr_in sa = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(ip) };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(fd, >=, 0);
    g_assert_no_errno(bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
    return fd;
}

int netns_packet(const char *ifname)
{
    struct sockaddr_ll sa = { .sll_family = AF_PACKET,
                              .sll_protocol = htons(ETH_P_ALL),
                              .sll_ifindex = if_nametoindex(ifname) };
    int on = 1;
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

    g_assert_cmpint(fd, >=, 0);
    g_assert_no_errno(
        setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)));
    g_assert_no_errno(bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
    return fd;
}

void netns_packet_send(int fd, const VnetHdr *hdr, const void *frame,
                       size_t len)
{
    static const VnetHdr none;
    uint8_t raw[VNET_HDR_LEN_LEGACY];
    struct iovec iov[2] = { { raw, sizeof(raw) }, { (void *)frame, len } };
    ssize_t n;

    vnet_hdr_encode(hdr ? hdr : &none, raw, sizeof(raw), false);
    do {
        n = writev(fd, iov, 2);
    } while (n < 0 && errno == ENOBUFS && (g_usleep(1000), true));
    if (n < 0) {
        g_error("packet socket, %zu bytes: %s", len, g_strerror(errno));
    }
    g_assert_cmpint(n, ==, len + sizeof(raw));
}

bool netns_readable(int fd, int timeout_ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    return poll(&p, 1, timeout_ms) == 1;
}

ssize_t netns_packet_recv(int fd, VnetHdr *hdr, void *frame, size_t max,
                          int timeout_ms)
{
    uint8_t raw[VNET_HDR_LEN_LEGACY];
    struct iovec iov[2] = { { raw, sizeof(raw) }, { frame, max } };
    struct sockaddr_ll from;
    struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from),
                          .msg_iov = iov, .msg_iovlen = 2 };

    while (netns_readable(fd, timeout_ms)) {
        ssize_t n = recvmsg(fd, &msg, 0);

        g_assert_cmpint(n, >=, (ssize_t)sizeof(raw));
        if (from.sll_pkttype != PACKET_OUTGOING) {
            vnet_hdr_decode(hdr, raw, sizeof(raw), false);
            return n - sizeof(raw);
        }
    }
    return -1;
}
