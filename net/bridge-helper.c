/*
 * qemu-bridge-helper: makes a tap on a bridge for an emulator that may not.
 *
 *   qemu-bridge-helper [--use-vnet] --br=BRIDGE --fd=UNIXFD
 *
 * It is installed setuid root (or with CAP_NET_ADMIN) and started by anyone, so
 * everything it is told is hostile. In this order: give up every capability
 * but CAP_NET_ADMIN and go back to the caller's user; refuse a name that the
 * kernel would cut; ask the access file (bridge-acl.h) as that user; make the
 * tap, join it to the bridge, bring it up; send its descriptor through the
 * socket UNIXFD. No environment variable has a say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <cap-ng.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "bridge-acl.h"
#include "config-host.h"

#define ACL_FILE CONFIG_SYSCONFDIR "/qemu/bridge.conf"
#define PROGRAM  "qemu-bridge-helper"

typedef struct Options {
    const char *bridge;
    int fd;
    bool use_vnet;
} Options;

static bool G_GNUC_PRINTF(1, 2) fail(const char *fmt, ...)
{
    va_list ap;

    fputs(PROGRAM ": ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return false;
}

static bool usage(void)
{
    fprintf(stderr, "Usage: " PROGRAM " [--use-vnet] --br=bridge --fd=unixfd\n");
    return false;
}

/* Whoever started us may have closed these; nothing of ours is to be opened
 * in the place of standard error. */
static bool occupy_standard_fds(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
        if (fd < 0) {
            return false;
        }
    } while (fd <= STDERR_FILENO);
    close(fd);
    return true;
}

static bool parse_options(int argc, char **argv, Options *o)
{
    o->bridge = NULL;
    o->fd = -1;
    o->use_vnet = false;
    for (int i = 1; i < argc; i++) {
        char *end;

        if (strcmp(argv[i], "--use-vnet") == 0) {
            o->use_vnet = true;
        } else if (strncmp(argv[i], "--br=", 5) == 0) {
            o->bridge = argv[i] + 5;
        } else if (strncmp(argv[i], "--fd=", 5) == 0) {
            long fd = strtol(argv[i] + 5, &end, 10);

            if (end == argv[i] + 5 || *end || fd < 0 || fd > INT_MAX) {
                return usage();
            }
            o->fd = fd;
        } else {
            return usage();
        }
    }
    if (!o->bridge || !o->bridge[0] || o->fd < 0) {
        return usage();
    }
    if (!bridge_name_fits(o->bridge)) {
        return fail("bridge name '%s' is too long: the maximum is %d "
                    "characters", o->bridge, IFNAMSIZ - 1);
    }
    return true;
}

/* CAP_NET_ADMIN alone is left, and the caller's user and groups. */
static bool drop_privileges(void)
{
    bool switched = geteuid() != getuid() || getegid() != getgid();
    bool bounding;

    if (capng_get_caps_process() < 0) {
        return fail("cannot read capabilities");
    }
    if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN)) {
        return fail("no permission: it must be installed setuid root, or with "
                    "the capability cap_net_admin");
    }
    bounding = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
    capng_clear(CAPNG_SELECT_BOTH);
    if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
                     CAP_NET_ADMIN) < 0) {
        return fail("cannot choose capabilities");
    }
    if (switched) {
        if (capng_change_id(getuid(), getgid(), CAPNG_CLEAR_BOUNDING) < 0) {
            return fail("cannot drop privileges");
        }
    } else if (capng_apply(bounding ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) <
               0) {
        return fail("cannot drop capabilities");
    }
    return true;
}

static bool check_access(const char *bridge)
{
    BridgeAcl acl = { false, false };

    if (!bridge_acl_read(ACL_FILE, bridge, &acl)) {
        return fail("failed to parse default acl file '%s'", ACL_FILE);
    }
    if (!acl.allowed || acl.denied) {
        return fail("access to bridge '%s' denied by acl file '%s'", bridge,
                    ACL_FILE);
    }
    return true;
}

/* ---------------------------------------------------------------- the tap */

/* A new tap; its name is stored. -1 on failure. */
static int open_tap(bool use_vnet, char ifname[IFNAMSIZ])
{
    struct ifreq ifr = { .ifr_name = "tap%d" };
    unsigned features = 0;
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        fail("could not open /dev/net/tun: %s", strerror(errno));
        return -1;
    }
    ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (use_vnet && ioctl(fd, TUNGETFEATURES, &features) == 0) {
        ifr.ifr_flags |= features & IFF_VNET_HDR;
    }
    if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
        fail("failed to create tun device: %s", strerror(errno));
        close(fd);
        return -1;
    }
    memcpy(ifname, ifr.ifr_name, IFNAMSIZ);
    return fd;
}

static struct ifreq request_for(const char *name)
{
    struct ifreq ifr = { 0 };

    memcpy(ifr.ifr_name, name, strlen(name));
    return ifr;
}

/* A bridge has the smallest MTU and lowest address of its ports; ours is to
 * change neither. */
static bool adapt_to_bridge(int ctl, const char *ifname, const char *bridge)
{
    struct ifreq tap = request_for(ifname), br = request_for(bridge);

    if (ioctl(ctl, SIOCGIFMTU, &br) < 0) {
        return fail("failed to get mtu of bridge '%s': %s", bridge,
                    strerror(errno));
    }
    tap.ifr_mtu = br.ifr_mtu;
    if (ioctl(ctl, SIOCSIFMTU, &tap) < 0) {
        return fail("failed to set mtu of device '%s' to %d: %s", ifname,
                    br.ifr_mtu, strerror(errno));
    }
    tap = request_for(ifname);
    if (ioctl(ctl, SIOCGIFHWADDR, &tap) < 0) {
        return fail("failed to get MAC address of device '%s': %s", ifname,
                    strerror(errno));
    }
    tap.ifr_hwaddr.sa_data[0] = 0xfe;
    if (ioctl(ctl, SIOCSIFHWADDR, &tap) < 0) {
        return fail("failed to set MAC address of device '%s': %s", ifname,
                    strerror(errno));
    }
    return true;
}

static bool join_bridge(int ctl, const char *ifname, const char *bridge)
{
    struct ifreq br = request_for(bridge), tap = request_for(ifname);

    br.ifr_ifindex = if_nametoindex(ifname);
    if (ioctl(ctl, SIOCBRADDIF, &br) < 0) {
        return fail("failed to add interface '%s' to bridge '%s': %s", ifname,
                    bridge, strerror(errno));
    }
    if (ioctl(ctl, SIOCGIFFLAGS, &tap) < 0) {
        return fail("failed to get interface flags for '%s': %s", ifname,
                    strerror(errno));
    }
    tap.ifr_flags |= IFF_UP;
    if (ioctl(ctl, SIOCSIFFLAGS, &tap) < 0) {
        return fail("failed to bring up the interface '%s': %s", ifname,
                    strerror(errno));
    }
    return true;
}

static bool send_fd(int sock, int fd)
{
    union {
        struct cmsghdr align;
        char buf[CMSG_SPACE(sizeof(int))];
    } control;
    char byte = 0;
    struct iovec iov = { &byte, 1 };
    struct msghdr msg = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    struct cmsghdr *cmsg;

    memset(&control, 0, sizeof(control));
    cmsg = CMSG_FIRSTHDR(&msg);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
    if (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0) {
        return fail("failed to write fd to unix socket: %s", strerror(errno));
    }
    return true;
}

static bool check_socket(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode)) {
        return fail("--fd=%d is not a socket", fd);
    }
    return true;
}

static bool serve(const Options *o)
{
    char ifname[IFNAMSIZ];
    int fd, ctl;

    ctl = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (ctl < 0) {
        return fail("failed to open control socket: %s", strerror(errno));
    }
    fd = open_tap(o->use_vnet, ifname);
    /* Process exit closes them, and with them goes a tap that failed. */
    return fd >= 0 && adapt_to_bridge(ctl, ifname, o->bridge) &&
           join_bridge(ctl, ifname, o->bridge) && send_fd(o->fd, fd);
}

int main(int argc, char **argv)
{
    Options o;

    return occupy_standard_fds() && parse_options(argc, argv, &o) &&
                   drop_privileges() && check_access(o.bridge) &&
                   check_socket(o.fd) && serve(&o)
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}
