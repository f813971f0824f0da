/*
 * -netdev user: a network of its own for the guest, behind a TCP/IP stack in
 * this process (libslirp), which needs no privileges.
 *
 * The stack runs on the main loop: its sockets are polled there, its clock is
 * guest time. A packet for the guest that cannot be delivered waits in the
 * NIC's queue; TCP's own window limits how many.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <poll.h>

#include "net/user-internal.h"
#include "trace/trace.h"

static TAILQ_HEAD(, SlirpState) stacks = TAILQ_HEAD_INITIALIZER(stacks);

/* ---------------------------------------------------------------- callbacks */

static ssize_t user_send_packet(const void *buf, size_t len, void *opaque)
{
    SlirpState *s = opaque;
    uint8_t padded[ETH_ZLEN] = { 0 };

    /* Like a real network: no frame below the minimum. */
    if (len < sizeof(padded)) {
        memcpy(padded, buf, len);
        return qemu_send_packet(&s->nc, padded, sizeof(padded));
    }
    return qemu_send_packet(&s->nc, buf, len);
}

static void user_guest_error(const char *msg, void *opaque)
{
    qemu_log_mask(LOG_GUEST_ERROR, "user networking: %s\n", msg);
}

static int64_t user_clock_get_ns(void *opaque)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

typedef struct UserTimer {
    QEMUTimer *timer;
    SlirpState *s;
    SlirpTimerId id;
    void *cb_opaque;
} UserTimer;

static void user_timer_cb(void *opaque)
{
    UserTimer *t = opaque;

    slirp_handle_timer(t->s->slirp, t->id, t->cb_opaque);
}

static void *user_timer_new(SlirpTimerId id, void *cb_opaque, void *opaque)
{
    UserTimer *t = g_new0(UserTimer, 1);

    t->s = opaque;
    t->id = id;
    t->cb_opaque = cb_opaque;
    t->timer = timer_new_ms(QEMU_CLOCK_VIRTUAL, user_timer_cb, t);
    return t;
}

static void user_timer_free(void *timer, void *opaque)
{
    UserTimer *t = timer;

    timer_free(t->timer);
    g_free(t);
}

static void user_timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
    UserTimer *t = timer;

    timer_mod(t->timer, expire_ms);
}

static void user_register_poll_fd(int fd, void *opaque)
{
    /* All descriptors are listed anew before each sleep. */
}

static void user_notify(void *opaque)
{
    aio_notify(qemu_get_aio_context());
}

static void user_init_completed(Slirp *slirp, void *opaque)
{
    SlirpState *s = opaque;

    s->slirp = slirp;
}

static const SlirpCb user_callbacks = {
    .send_packet = user_send_packet,
    .guest_error = user_guest_error,
    .clock_get_ns = user_clock_get_ns,
    .timer_free = user_timer_free,
    .timer_mod = user_timer_mod,
    .register_poll_fd = user_register_poll_fd,
    .unregister_poll_fd = user_register_poll_fd,
    .notify = user_notify,
    .init_completed = user_init_completed,
    .timer_new_opaque = user_timer_new,
};

/* ------------------------------------------------------------------- polling */

static const struct {
    int slirp;
    int poll;
} poll_bits[] = {
    { SLIRP_POLL_IN, POLLIN },   { SLIRP_POLL_OUT, POLLOUT },
    { SLIRP_POLL_PRI, POLLPRI }, { SLIRP_POLL_ERR, POLLERR },
    { SLIRP_POLL_HUP, POLLHUP },
};

static int user_add_poll(int fd, int events, void *opaque)
{
    GArray *pollfds = opaque;
    struct pollfd p = { .fd = fd };

    for (unsigned i = 0; i < ARRAY_SIZE(poll_bits); i++) {
        if (events & poll_bits[i].slirp) {
            p.events |= poll_bits[i].poll;
        }
    }
    g_array_append_val(pollfds, p);
    return pollfds->len - 1;
}

static int user_get_revents(int idx, void *opaque)
{
    GArray *pollfds = opaque;
    short revents = g_array_index(pollfds, struct pollfd, idx).revents;
    int events = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(poll_bits); i++) {
        if (revents & poll_bits[i].poll) {
            events |= poll_bits[i].slirp;
        }
    }
    return events;
}

static void user_poll_fill(GArray *pollfds, int *timeout_ms, void *opaque)
{
    SlirpState *s = opaque;
    uint32_t timeout = *timeout_ms < 0 ? UINT32_MAX : (uint32_t)*timeout_ms;

    slirp_pollfds_fill(s->slirp, &timeout, user_add_poll, pollfds);
    *timeout_ms = timeout > INT_MAX ? -1 : (int)timeout;
}

static void user_poll_done(GArray *pollfds, void *opaque)
{
    SlirpState *s = opaque;

    slirp_pollfds_poll(s->slirp, 0, user_get_revents, pollfds);
}

/* -------------------------------------------------------------------- client */

static ssize_t net_slirp_receive(NetClientState *nc, const uint8_t *buf,
                                 size_t size)
{
    SlirpState *s = container_of(nc, SlirpState, nc);

    slirp_input(s->slirp, buf, size);
    return size;
}

static void net_slirp_cleanup(NetClientState *nc)
{
    SlirpState *s = container_of(nc, SlirpState, nc);

    if (s->has_poll) {
        main_loop_poll_remove(&s->poll);
        TAILQ_REMOVE(&stacks, s, next);
    }
    if (s->slirp) {
        slirp_cleanup(s->slirp);
    }
    user_forward_cleanup(s);
}

static const NetClientInfo net_slirp_info = {
    .type = NET_CLIENT_DRIVER_USER,
    .size = sizeof(SlirpState),
    .receive = net_slirp_receive,
    .cleanup = net_slirp_cleanup,
};

static bool add_forwards(SlirpState *s, const NetdevUserOptions *o,
                         Error **errp)
{
    for (StringList *l = o->hostfwd; l; l = l->next) {
        if (!user_hostfwd_add(s, l->value->str, errp)) {
            return false;
        }
    }
    for (StringList *l = o->guestfwd; l; l = l->next) {
        if (!user_guestfwd_add(s, l->value->str, errp)) {
            return false;
        }
    }
    return true;
}

bool net_init_slirp(const Netdev *netdev, const char *name,
                    NetClientState *peer, Error **errp)
{
    const NetdevUserOptions *o = &netdev->u.user;
    char network[INET_ADDRSTRLEN];
    SlirpConfig cfg;
    NetClientState *nc;
    SlirpState *s;

    if (!user_config_parse(o, &cfg, errp)) {
        return false;
    }
    nc = qemu_new_net_client(&net_slirp_info, peer, "user", name);
    s = container_of(nc, SlirpState, nc);
    user_forward_init(s);
    inet_ntop(AF_INET, &cfg.vnetwork, network, sizeof(network));
    qemu_set_info_str(nc, "net=%s,restrict=%s", network,
                      cfg.restricted ? "on" : "off");
    s->slirp = slirp_new(&cfg, &user_callbacks, s);
    g_free(cfg.vdnssearch);
    if (!s->slirp) {
        error_setg(errp, "user networking: libslirp %s refused the "
                   "configuration", slirp_version_string());
        qemu_del_net_client(nc);
        return false;
    }
    s->poll = (MainLoopPoll){ user_poll_fill, user_poll_done, s };
    main_loop_poll_add(&s->poll);
    TAILQ_INSERT_TAIL(&stacks, s, next);
    s->has_poll = true;
    if (!add_forwards(s, o, errp)) {
        qemu_del_net_client(nc);
        return false;
    }
    return true;
}

/* ------------------------------------------------------------------- monitor */

/* netdev NULL: the only one, or the first. */
static SlirpState *find_stack(const char *netdev, Error **errp)
{
    SlirpState *s;

    if (!netdev) {
        s = TAILQ_FIRST(&stacks);
        if (!s) {
            error_setg(errp, "user mode network stack not in use");
        }
        return s;
    }
    TAILQ_FOREACH(s, &stacks, next) {
        if (g_str_equal(s->nc.name, netdev)) {
            return s;
        }
    }
    if (qemu_find_netdev(netdev)) {
        error_setg(errp, "invalid device specified: '%s' is no user network",
                   netdev);
    } else {
        error_setg(errp, "unrecognized netdev id '%s'", netdev);
    }
    return NULL;
}

bool net_hostfwd_add(const char *netdev, const char *rule, Error **errp)
{
    SlirpState *s = find_stack(netdev, errp);

    return s && user_hostfwd_add(s, rule, errp);
}

bool net_hostfwd_remove(const char *netdev, const char *rule, Error **errp)
{
    SlirpState *s = find_stack(netdev, errp);

    return s && user_hostfwd_remove(s, rule, errp);
}

char *net_info_usernet(void)
{
    GString *out = g_string_new(NULL);
    SlirpState *s;

    TAILQ_FOREACH(s, &stacks, next) {
        char *text = slirp_connection_info(s->slirp);
        int hub = -1;

        net_hub_id_for_client(&s->nc, &hub);
        g_string_append_printf(out, "Hub %d (%s):\n%s", hub, s->nc.name,
                               text);
        g_free(text);
    }
    return g_string_free(out, false);
}
