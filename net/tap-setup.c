/*
 * -netdev tap and -netdev bridge: from options to clients. Which options go
 * together, where the file descriptors come from (opened here, handed over by
 * number or name, or sent by the bridge helper), scripts, and how many queues.
 *
 * A descriptor that was handed over is examined before it is used: a mistake
 * in a netdev_add must not touch a running VM.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <assert.h>
#include <fcntl.h>
#include <net/if.h>

#include "config-host.h"
#include "net-internal.h"
#include "tap-internal.h"
#include "util/sockets.h"

#define DEFAULT_NETWORK_SCRIPT      CONFIG_SYSCONFDIR "/qemu-ifup"
#define DEFAULT_NETWORK_DOWN_SCRIPT CONFIG_SYSCONFDIR "/qemu-ifdown"

/* ------------------------------------------------------------ vhost rules */

static int count_fds(const char *fds)
{
    int n = 1;

    for (; *fds; fds++) {
        n += *fds == ':';
    }
    return n;
}

/*
 * We have no vhost. What QEMU would reject is rejected in its words, and what
 * would have used vhost is refused: the user counts on its speed.
 */
static bool check_vhost(const NetdevTapOptions *tap, int queues, Error **errp)
{
    bool given = tap->vhostfd || tap->vhostfds;
    bool vhost = tap->has_vhost
                     ? tap->vhost
                     : given || (tap->has_vhostforce && tap->vhostforce);
    int fds = tap->vhostfds ? count_fds(tap->vhostfds) : 1;

    if (!vhost) {
        if (given) {
            error_setg(errp, "vhostfd(s)= is not valid without vhost");
        }
        return !given;
    }
    if (given && fds != queues) {
        error_setg(errp, "expected %d socket fds, got %d", queues, fds);
        return false;
    }
    if (!given) {
        int fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);

        if (fd < 0) {
            error_setg(errp,
                       "tap: open vhost char device failed: "
                       "/dev/vhost-net: %s (and vhost-net is not supported by "
                       "this emulator: use vhost=off)",
                       g_strerror(errno));
            return false;
        }
        close(fd);
    }
    error_setg(errp, "vhost-net requested but could not be initialized: it is "
                     "not supported by this emulator (use vhost=off)");
    return false;
}

/* --------------------------------------------------------------- one queue */

/* Where one queue's descriptor came from, for info network. */
typedef struct TapQueue {
    int fd;
    TapFlags flags;
    char *info;
} TapQueue;

/* Takes over queue->fd, also on failure. The client, or NULL. */
static NetClientState *net_init_tap_one(const NetdevTapOptions *tap,
                                        NetClientState *peer, const char *model,
                                        const char *name, const TapQueue *queue,
                                        unsigned queue_index, Error **errp)
{
    NetClientState *nc;

    if (!tap_set_sndbuf(queue->fd, tap, errp)) {
        close(queue->fd);
        return NULL;
    }
    nc = net_tap_fd_init(peer, model, name, queue->fd, queue->flags,
                         queue_index);
    qemu_set_info_str(nc, "%s", queue->info);
    return nc;
}

/* After a failure: the queues that were made already. */
static void undo_queues(const char *name)
{
    NetClientState *nc = qemu_find_netdev(name);

    if (nc) {
        qemu_del_net_client(nc);
    }
}

/* ---------------------------------------------------------- fds from others */

/* Resolves and examines a handed-over descriptor. One that a user named by
 * number stays open on failure: it may be something else of ours. */
static bool adopt_fd(const char *text, TapQueue *queue, Error **errp)
{
    char ifname[IFNAMSIZ];

    queue->fd = fd_param_parse(text, errp);
    if (queue->fd < 0) {
        return false;
    }
    if (!tap_probe_fd(queue->fd, &queue->flags, ifname, errp)) {
        if (!g_ascii_isdigit(text[0])) {
            close(queue->fd);
        }
        return false;
    }
    fd_set_cloexec(queue->fd, true);
    if (!fd_set_nonblocking(queue->fd, errp)) {
        close(queue->fd);
        return false;
    }
    return true;
}

static bool net_init_tap_fd(const NetdevTapOptions *tap, const char *name,
                            NetClientState *peer, Error **errp)
{
    g_autofree char *info = NULL;
    TapQueue queue;

    if (!adopt_fd(tap->fd, &queue, errp)) {
        return false;
    }
    queue.info = info = g_strdup_printf("fd=%d", queue.fd);
    return net_init_tap_one(tap, peer, "tap", name, &queue, 0, errp);
}

/* On failure: what was given by name is ours alone to close. */
static void release_fds(char **fds, const TapQueue *queues, guint n)
{
    for (guint i = 0; i < n; i++) {
        if (!g_ascii_isdigit(fds[i][0])) {
            close(queues[i].fd);
        }
    }
}

static bool check_fds(char **fds, TapQueue *queues, guint i, Error **errp)
{
    for (guint j = 0; j < i; j++) {
        if (queues[i].fd == queues[j].fd) {
            error_setg(errp, "fds= names '%s' twice", fds[i]);
            return false;
        }
    }
    if (queues[i].flags.vnet_hdr != queues[0].flags.vnet_hdr) {
        error_setg(errp, "vnet_hdr not consistent across given tap fds");
        return false;
    }
    if (fds[1] && !queues[i].flags.multi_queue) {
        error_setg(errp, "FD %d is not a queue of a multi_queue tap",
                   queues[i].fd);
        return false;
    }
    return true;
}

static bool adopt_fds(char **fds, TapQueue *queues, Error **errp)
{
    for (guint i = 0; fds[i]; i++) {
        if (!adopt_fd(fds[i], &queues[i], errp)) {
            release_fds(fds, queues, i);
            return false;
        }
        if (!check_fds(fds, queues, i, errp)) {
            release_fds(fds, queues, i + 1);
            return false;
        }
    }
    return true;
}

static bool net_init_tap_fds(const NetdevTapOptions *tap, const char *name,
                             NetClientState *peer, Error **errp)
{
    g_auto(GStrv) fds = g_strsplit(tap->fds, ":", MAX_QUEUE_NUM + 1);
    guint n = g_strv_length(fds);
    g_autofree TapQueue *queues = g_new0(TapQueue, n + 1);

    if (n == 0 || n > MAX_QUEUE_NUM) {
        error_setg(errp, "fds= expects 1 to %d file descriptors",
                   MAX_QUEUE_NUM);
        return false;
    }
    if (peer && n > 1) {
        error_setg(errp, "Multiqueue tap cannot be used with hubs");
        return false;
    }
    if (!check_vhost(tap, n, errp) || !adopt_fds(fds, queues, errp)) {
        return false;
    }
    for (guint i = 0; i < n; i++) {
        g_autofree char *info = g_strdup_printf("fd=%d", queues[i].fd);

        queues[i].info = info;
        if (!net_init_tap_one(tap, peer, "tap", name, &queues[i], i, errp)) {
            release_fds(fds + i + 1, queues + i + 1, n - i - 1);
            undo_queues(name);
            return false;
        }
    }
    return true;
}

/* -------------------------------------------------------------- the helper */

static bool init_from_helper(const char *helper, const char *br,
                             const NetdevTapOptions *tap, const char *model,
                             const char *name, NetClientState *peer,
                             Error **errp)
{
    static const NetdevTapOptions no_options;
    g_autofree char *info = NULL;
    char ifname[IFNAMSIZ];
    TapQueue queue;

    queue.fd = net_bridge_run_helper(helper, br, errp);
    if (queue.fd < 0) {
        return false;
    }
    if (!tap_probe_fd(queue.fd, &queue.flags, ifname, errp) ||
        !fd_set_nonblocking(queue.fd, errp)) {
        close(queue.fd);
        return false;
    }
    queue.info = info = tap ? g_strdup_printf("helper=%s", helper)
                            : g_strdup_printf("helper=%s,br=%s", helper, br);
    return net_init_tap_one(tap ? tap : &no_options, peer, model, name, &queue,
                            0, errp);
}

bool net_init_bridge(const Netdev *netdev, const char *name,
                     NetClientState *peer, Error **errp)
{
    const NetdevBridgeOptions *bridge = &netdev->u.bridge;
    g_autofree char *helper =
        bridge->helper ? g_strdup(bridge->helper) : net_bridge_default_helper();
    const char *br = bridge->br ? bridge->br : DEFAULT_BRIDGE_INTERFACE;

    return init_from_helper(helper, br, NULL, "bridge", name, peer, errp);
}

/* --------------------------------------------------------- opened by ourselves
 */

typedef struct TapScripts {
    const char *up, *down; /* NULL: none */
} TapScripts;

/* NULL for "no" and "". */
static const char *script_or_none(const char *script, const char *def)
{
    if (!script) {
        return def;
    }
    return script[0] && strcmp(script, "no") != 0 ? script : NULL;
}

static TapScripts choose_scripts(const NetdevTapOptions *tap)
{
    TapScripts scripts = {
        script_or_none(tap->script, DEFAULT_NETWORK_SCRIPT),
        script_or_none(tap->downscript, DEFAULT_NETWORK_DOWN_SCRIPT),
    };

    /* One that nobody asked for need not be there. */
    if (!tap->downscript && access(DEFAULT_NETWORK_DOWN_SCRIPT, X_OK) < 0) {
        scripts.down = NULL;
    }
    return scripts;
}

static bool check_ifname(const char *ifname, Error **errp)
{
    if (strlen(ifname) >= IFNAMSIZ) {
        error_setg(errp,
                   "interface name '%s' is too long: the maximum is %d "
                   "characters",
                   ifname, IFNAMSIZ - 1);
        return false;
    }
    return true;
}

/* Opens one queue of ifname, which receives the interface's real name. */
static int net_tap_init(const NetdevTapOptions *tap, char *ifname,
                        bool multi_queue, const char *up_script,
                        TapFlags *flags, Error **errp)
{
    bool want = !tap->has_vnet_hdr || tap->vnet_hdr;
    bool need = tap->has_vnet_hdr && tap->vnet_hdr;
    int fd = tap_open(ifname, want, need, multi_queue, flags, errp);

    if (fd >= 0 && up_script && !launch_script(up_script, ifname, errp)) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool net_init_tap_open(const NetdevTapOptions *tap, const char *name,
                              NetClientState *peer, int queues, Error **errp)
{
    TapScripts scripts = choose_scripts(tap);
    char ifname[IFNAMSIZ] = "";

    if (tap->ifname && !check_ifname(tap->ifname, errp)) {
        return false;
    }
    g_strlcpy(ifname, tap->ifname ? tap->ifname : "", sizeof(ifname));
    for (int i = 0; i < queues; i++) {
        g_autofree char *info = NULL;
        NetClientState *nc = NULL;
        TapQueue queue;

        queue.fd = net_tap_init(tap, ifname, queues > 1,
                                i == 0 ? scripts.up : NULL, &queue.flags, errp);
        if (queue.fd >= 0) {
            queue.info = info =
                g_strdup_printf("ifname=%s,script=%s,downscript=%s", ifname,
                                scripts.up ? scripts.up : "no",
                                scripts.down ? scripts.down : "no");
            nc = net_init_tap_one(tap, peer, "tap", name, &queue, i, errp);
        }
        if (!nc) {
            undo_queues(name);
            return false;
        }
        if (i == 0 && scripts.down) {
            tap_set_down_script(nc, scripts.down, ifname);
        }
    }
    return true;
}

bool net_init_tap(const Netdev *netdev, const char *name, NetClientState *peer,
                  Error **errp)
{
    const NetdevTapOptions *tap = &netdev->u.tap;
    int queues = tap->has_queues ? MIN(tap->queues, INT_MAX) : 1;
    int sources = !!tap->fd + !!tap->fds + !!tap->helper + tap->has_queues;

    assert(netdev->type == NET_CLIENT_DRIVER_TAP);
    if (sources > 1) {
        error_setg(errp, "queues=, helper=, fds= and fd= are mutual "
                         "exclusive");
        return false;
    }
    if ((tap->fd || tap->fds || tap->helper) &&
        (tap->ifname || tap->script || tap->downscript || tap->has_vnet_hdr)) {
        error_setg(errp, "ifname=, script=, downscript=, vnet_hdr= are "
                         "invalid with fd=/fds=/helper=");
        return false;
    }
    if (queues == 0) {
        error_setg(errp, "queues must be greater than zero");
        return false;
    }
    if (queues > MAX_QUEUE_NUM) {
        error_setg(errp, "queues must not be greater than %d", MAX_QUEUE_NUM);
        return false;
    }
    if (peer && queues > 1) {
        error_setg(errp, "Multiqueue tap cannot be used with hubs");
        return false;
    }
    if (tap->br && !tap->helper) {
        warn_report("netdev '%s': br= has no effect without helper=", name);
    }
    if (tap->has_poll_us && tap->poll_us) {
        warn_report("netdev '%s': poll-us= has no effect without vhost", name);
    }
    if (tap->fds) {
        return net_init_tap_fds(tap, name, peer, errp);
    }
    if (!check_vhost(tap, queues, errp)) {
        return false;
    }
    if (tap->fd) {
        return net_init_tap_fd(tap, name, peer, errp);
    }
    if (tap->helper) {
        return init_from_helper(tap->helper,
                                tap->br ? tap->br : DEFAULT_BRIDGE_INTERFACE,
                                tap, "tap", name, peer, errp);
    }
    return net_init_tap_open(tap, name, peer, queues, errp);
}
