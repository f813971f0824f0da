/*
 * The tap device as Linux has it: opening, what the kernel offers, offloads,
 * header length, queues. Nothing here moves a packet.
 *
 * TUNSETIFF refuses with EINVAL for several reasons that call for different
 * repairs; tap_explain() finds out which one it was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "net/vnet-hdr.h"
#include "tap-internal.h"

#define PATH_NET_TUN "/dev/net/tun"

/* Newer than the oldest headers we build with. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

/* ---------------------------------------------------------------- opening */

static int open_tun(void)
{
    int fd;

    do {
        fd = open(PATH_NET_TUN, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

static void explain_open(int err, Error **errp)
{
    const char *repair = "";

    if (err == ENOENT || err == ENODEV || err == ENXIO) {
        repair = " (is the kernel's tun module there? modprobe tun)";
    } else if (err == EACCES || err == EPERM) {
        repair = " (become root, get access to the device file, or use "
                 "-netdev user, bridge or tap,helper=)";
    }
    error_setg(errp, "could not open %s: %s%s", PATH_NET_TUN, g_strerror(err),
               repair);
}

static void set_ifname(struct ifreq *ifr, const char *ifname)
{
    memset(ifr, 0, sizeof(*ifr));
    g_strlcpy(ifr->ifr_name, ifname, IFNAMSIZ);
}

/* Whether attaching with these flags would have worked. */
static bool try_flags(const char *ifname, short flags)
{
    struct ifreq ifr;
    int fd = open_tun();
    bool ok;

    if (fd < 0) {
        return false;
    }
    set_ifname(&ifr, ifname);
    ifr.ifr_flags = flags;
    ok = ioctl(fd, TUNSETIFF, &ifr) == 0;
    close(fd);
    return ok;
}

/* Why TUNSETIFF failed for an interface that was named, and what to do. */
static const char *tap_explain(const char *ifname, bool multi_queue, int err)
{
    short mq = multi_queue ? IFF_MULTI_QUEUE : 0;

    switch (err) {
    case EPERM:
        return "no permission: become root, or make it for this user with "
               "'ip tuntap add mode tap user NAME'";
    case EBUSY:
        return "it is in use, here or in another process";
    case E2BIG:
        return "that is more queues than the kernel allows";
    case EINVAL:
        if (if_nametoindex(ifname) == 0) {
            return "not a valid interface name";
        }
        if (try_flags(ifname, IFF_TAP | IFF_NO_PI | (IFF_MULTI_QUEUE ^ mq))) {
            return multi_queue
                       ? "it has a single queue: make it with multi_queue, or "
                         "leave out queues="
                       : "it is a multi_queue interface: use queues=, or make "
                         "it without multi_queue";
        }
        if (try_flags(ifname, IFF_TUN | IFF_NO_PI | mq) ||
            try_flags(ifname, IFF_TUN | IFF_NO_PI | (IFF_MULTI_QUEUE ^ mq))) {
            return "it is a tun interface: make it with 'mode tap'";
        }
        return "it exists and is not a tap";
    default:
        return NULL;
    }
}

static void explain_setiff(const char *ifname, bool multi_queue, int err,
                           Error **errp)
{
    const char *why = tap_explain(ifname, multi_queue, err);

    if (ifname[0]) {
        error_setg(errp, "could not configure %s (%s): %s", PATH_NET_TUN,
                   ifname, g_strerror(err));
    } else {
        error_setg(errp, "could not configure %s: %s", PATH_NET_TUN,
                   g_strerror(err));
    }
    if (why) {
        /* In the message, not a hint: QMP shows no hints. */
        g_autofree char *text = NULL;

        if (errp && *errp) {
            text = g_strdup_printf("%s (%s)", error_get_pretty(*errp), why);
            error_free(*errp);
            *errp = NULL;
            error_setg(errp, "%s", text);
        }
    }
}

/* The flags for TUNSETIFF, from what the kernel has and what is asked for. */
static bool choose_flags(int fd, bool want_vnet_hdr, bool need_vnet_hdr,
                         bool multi_queue, short *flags, Error **errp)
{
    unsigned features = 0;

    if (ioctl(fd, TUNGETFEATURES, &features) < 0) {
        warn_report("TUNGETFEATURES failed: %s", g_strerror(errno));
        features = 0;
    }
    *flags = IFF_TAP | IFF_NO_PI;
    if (features & IFF_ONE_QUEUE) {
        *flags |= IFF_ONE_QUEUE;
    }
    if (want_vnet_hdr && (features & IFF_VNET_HDR)) {
        *flags |= IFF_VNET_HDR;
    } else if (need_vnet_hdr) {
        error_setg(errp, "vnet_hdr=1 requested, but no kernel support for "
                         "IFF_VNET_HDR available");
        return false;
    }
    if (multi_queue) {
        if (!(features & IFF_MULTI_QUEUE)) {
            error_setg(errp, "multiqueue required, but no kernel support for "
                             "IFF_MULTI_QUEUE available");
            return false;
        }
        *flags |= IFF_MULTI_QUEUE;
    }
    return true;
}

int tap_open(char *ifname, bool want_vnet_hdr, bool need_vnet_hdr,
             bool multi_queue, TapFlags *flags, Error **errp)
{
    struct ifreq ifr;
    short want;
    int fd = open_tun();

    if (fd < 0) {
        explain_open(errno, errp);
        return -1;
    }
    if (!choose_flags(fd, want_vnet_hdr, need_vnet_hdr, multi_queue, &want,
                      errp)) {
        close(fd);
        return -1;
    }
    set_ifname(&ifr, ifname[0] ? ifname : "tap%d");
    ifr.ifr_flags = want;
    if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
        int err = errno;

        close(fd);
        explain_setiff(ifname, multi_queue, err, errp);
        return -1;
    }
    g_strlcpy(ifname, ifr.ifr_name, IFNAMSIZ);
    flags->vnet_hdr = want & IFF_VNET_HDR;
    flags->multi_queue = multi_queue;
    return fd;
}

bool tap_probe_fd(int fd, TapFlags *flags, char *ifname, Error **errp)
{
    struct ifreq ifr = {0};

    if (ioctl(fd, TUNGETIFF, &ifr) < 0) {
        error_setg(errp, "Unable to query TUNGETIFF on FD %d: %s%s", fd,
                   g_strerror(errno),
                   errno == EBADFD   ? " (it is not attached to an interface)"
                   : errno == ENOTTY ? " (it is not a tap)"
                                     : "");
        return false;
    }
    if (!(ifr.ifr_flags & IFF_TAP)) {
        error_setg(errp, "FD %d is the tun interface '%s', a tap is needed", fd,
                   ifr.ifr_name);
        return false;
    }
    /* Whether it lacks IFF_NO_PI the kernel does not tell: IFF_NOFILTER is the
     * same bit here. */
    flags->vnet_hdr = ifr.ifr_flags & IFF_VNET_HDR;
    flags->multi_queue = ifr.ifr_flags & IFF_MULTI_QUEUE;
    g_strlcpy(ifname, ifr.ifr_name, IFNAMSIZ);
    return true;
}

bool tap_fd_is_attached(int fd)
{
    struct ifreq ifr = {0};

    return ioctl(fd, TUNGETIFF, &ifr) == 0;
}

/* --------------------------------------------------------------- settings */

bool tap_set_sndbuf(int fd, const NetdevTapOptions *tap, Error **errp)
{
    uint64_t wanted = tap->has_sndbuf ? tap->sndbuf : TAP_DEFAULT_SNDBUF;
    int sndbuf = wanted == 0 || wanted > INT_MAX ? INT_MAX : wanted;

    /* Only a limit that was asked for can be missed. */
    if (ioctl(fd, TUNSETSNDBUF, &sndbuf) < 0 && tap->has_sndbuf) {
        error_setg_errno(errp, errno, "TUNSETSNDBUF ioctl failed");
        return false;
    }
    return true;
}

/* Tries a set of offloads; leaves none on. */
static bool probe_offload(int fd, unsigned offload)
{
    bool ok = ioctl(fd, TUNSETOFFLOAD, (unsigned long)offload) == 0;

    ioctl(fd, TUNSETOFFLOAD, 0UL);
    return ok;
}

bool tap_probe_has_ufo(int fd)
{
    return probe_offload(fd, TUN_F_CSUM | TUN_F_UFO);
}

bool tap_probe_has_uso(int fd)
{
    return probe_offload(fd, TUN_F_CSUM | TUN_F_USO4 | TUN_F_USO6);
}

bool tap_fd_set_vnet_hdr_len(int fd, int len)
{
    return ioctl(fd, TUNSETVNETHDRSZ, &len) == 0;
}

bool tap_probe_vnet_hdr_len(int fd, int len)
{
    int before;

    if (ioctl(fd, TUNGETVNETHDRSZ, &before) < 0) {
        /* A kernel that knows one length only. */
        return len == VNET_HDR_LEN_LEGACY;
    }
    if (!tap_fd_set_vnet_hdr_len(fd, len)) {
        return false;
    }
    tap_fd_set_vnet_hdr_len(fd, before);
    return true;
}

int tap_fd_set_vnet_le(int fd, bool is_le)
{
    int arg = is_le;

    return ioctl(fd, TUNSETVNETLE, &arg) == 0 ? 0 : -errno;
}

int tap_fd_set_vnet_be(int fd, bool is_be)
{
    int arg = is_be;

    return ioctl(fd, TUNSETVNETBE, &arg) == 0 ? 0 : -errno;
}

void tap_fd_set_offload(int fd, const NetOffloads *ofl)
{
    /* What to do without first, when the kernel does not know it. */
    static const unsigned drop[] = {
        0,
        TUN_F_USO4 | TUN_F_USO6,
        TUN_F_UFO,
        TUN_F_TSO_ECN,
    };
    unsigned offload = 0;

    if (ofl->csum) {
        offload |= TUN_F_CSUM;
        offload |= ofl->tso4 ? TUN_F_TSO4 : 0;
        offload |= ofl->tso6 ? TUN_F_TSO6 : 0;
        offload |= (ofl->tso4 || ofl->tso6) && ofl->ecn ? TUN_F_TSO_ECN : 0;
        offload |= ofl->ufo ? TUN_F_UFO : 0;
        offload |= ofl->uso4 ? TUN_F_USO4 : 0;
        offload |= ofl->uso6 ? TUN_F_USO6 : 0;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(drop); i++) {
        offload &= ~drop[i];
        if (ioctl(fd, TUNSETOFFLOAD, (unsigned long)offload) == 0) {
            return;
        }
    }
    /* A deleted tap refuses all of it; the packet path finds that out. */
    if (errno != EBADFD) {
        warn_report("TUNSETOFFLOAD ioctl failed: %s", g_strerror(errno));
    }
}

int tap_fd_set_queue(int fd, bool enable)
{
    struct ifreq ifr = {
        .ifr_flags = enable ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE,
    };

    return ioctl(fd, TUNSETQUEUE, &ifr) == 0 ? 0 : -errno;
}
