/*
 * tap: packets between a peer and a network interface of the host.
 *
 * One client per queue of the device, each with its own fd. Both directions run
 * in the client's context and end at the kernel:
 *
 *   out  tap_receive_iov() writes the peer's memory in place, one writev() per
 *        frame. EAGAIN (the interface's send buffer is full): "blocked", and
 *        the fd is watched for room; that is the only wake-up.
 *   in   tap_send() runs when the fd is readable and reads until EAGAIN or
 *        TAP_RX_BUDGET. A peer that is blocked stops the watching; its sent_cb,
 *        called also when the packet is purged, starts it again.
 *
 * The fd is watched exactly while it can be used: the VM runs, the queue is
 * attached, the peer is not blocked.
 *
 * With IFF_VNET_HDR there is always a vnet header at the kernel's side
 * (host_vnet_hdr_len). While the peer has not asked for headers
 * (nc.vnet_hdr_len 0), one of zeroes is put in front of what goes out and what
 * comes in loses its own.
 *
 * No error of the host ends anything: the packet is dropped and counted, one
 * line a second tells. An interface that was deleted takes the link down.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <assert.h>
#include <net/if.h>
#include <sys/syscall.h>

#include "net-internal.h"
#include "net/vnet-hdr.h"
#include "tap-internal.h"
#include "trace/trace-net.h"
#include "util/iov.h"

/* Frames read before others get their turn. */
#define TAP_RX_BUDGET 64
/* Unexpected read errors in a row before the fd is given up. */
#define TAP_MAX_READ_ERRORS 16
#define TAP_IOV             64

typedef struct TAPState {
    NetClientState nc;
    int fd;
    int host_vnet_hdr_len; /* 0: no IFF_VNET_HDR */
    bool has_ufo, has_uso;
    bool multi_queue;
    bool enabled; /* the queue is attached */
    bool vm_running;
    bool dead;                    /* the interface was deleted */
    bool peer_ready;              /* it takes what we read */
    bool write_poll;              /* a frame waits for room */
    bool watch_read, watch_write; /* what the context watches now */
    unsigned read_errors;         /* in a row */
    uint64_t blocked_out, blocked_in;
    QEMUBH *gone_bh;
    ErrorRateLimit log;
    uint8_t *buf; /* one frame on its way in */
    char *down_script, *down_script_arg;
} TAPState;

static void tap_send(void *opaque);
static void tap_writable(void *opaque);

static TAPState *tap_state(NetClientState *nc)
{
    return container_of(nc, TAPState, nc);
}

/* -------------------------------------------------------------- the watch */

static void tap_update_poll(TAPState *s)
{
    bool usable = s->enabled && !s->dead;
    bool read = usable && s->vm_running && s->peer_ready;
    bool write = usable && s->write_poll;

    if (read == s->watch_read && write == s->watch_write) {
        return;
    }
    s->watch_read = read;
    s->watch_write = write;
    trace_tap_poll(s->nc.name, s->nc.queue_index, read, write);
    aio_set_fd_handler(s->nc.ctx, s->fd, read ? tap_send : NULL,
                       write ? tap_writable : NULL, NULL, s);
}

static void tap_read_poll(TAPState *s, bool enable)
{
    s->peer_ready = enable;
    tap_update_poll(s);
}

static void tap_write_poll(TAPState *s, bool enable)
{
    s->write_poll = enable;
    tap_update_poll(s);
}

/* There is room again, or the interface is gone and the write will tell. */
static void tap_writable(void *opaque)
{
    TAPState *s = opaque;

    tap_write_poll(s, false);
    qemu_flush_queued_packets(&s->nc);
}

/* ----------------------------------------------------------------- errors */

/*
 * What follows from a deleted interface. From a bottom half: the peer may be
 * in the middle of sending to us when we notice.
 */
static void tap_gone_bh(void *opaque)
{
    TAPState *s = opaque;

    if (!s->nc.link_down) {
        error_report("netdev '%s': the tap interface is gone, its link is "
                     "down now",
                     s->nc.name);
        net_client_set_link(&s->nc, false);
    }
    /* What waited for room will not get it: let it be dropped. */
    qemu_flush_queued_packets(&s->nc);
}

static void tap_gone(TAPState *s)
{
    if (!s->dead) {
        s->dead = true;
        s->write_poll = false;
        tap_update_poll(s);
        qemu_bh_schedule(s->gone_bh);
    }
}

static void tap_error(TAPState *s, const char *op, int err)
{
    trace_tap_error(s->nc.name, op, err);
    if ((err == EBADFD || err == EIO) && !tap_fd_is_attached(s->fd)) {
        tap_gone(s);
        return;
    }
    error_report_ratelimited(&s->log, "netdev '%s': tap %s failed: %s%s",
                             s->nc.name, op, g_strerror(err),
                             err == EIO ? " (is the interface up?)" : "");
}

/* -------------------------------------------------------------------- out */

/* The number of bytes written, 0: blocked, or a negative errno. */
static ssize_t tap_write_packet(TAPState *s, const struct iovec *iov,
                                int iovcnt)
{
    ssize_t len;

    do {
        /* Not writev(): that is a cancellation point, which costs locked
         * instructions per packet in a program with threads. */
        len = syscall(SYS_writev, s->fd, iov, iovcnt);
    } while (len < 0 && errno == EINTR);
    if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        s->blocked_out++;
        tap_write_poll(s, true);
        return 0;
    }
    return len < 0 ? -errno : len;
}

/* The frame behind a header of zeroes. */
static ssize_t tap_write_with_header(TAPState *s, const struct iovec *iov,
                                     int iovcnt, size_t size)
{
    static uint8_t zeroes[VNET_HDR_LEN_MAX];
    struct iovec out[TAP_IOV];
    int n = 1;

    out[0].iov_base = zeroes;
    out[0].iov_len = s->host_vnet_hdr_len;
    if (iovcnt < TAP_IOV) {
        memcpy(out + 1, iov, iovcnt * sizeof(*iov));
        n += iovcnt;
    } else {
        uint8_t *flat = net_client_scratch(&s->nc);

        out[n].iov_base = flat;
        out[n++].iov_len = iov_to_buf(iov, iovcnt, 0, flat, size);
        s->nc.stats.copies++;
    }
    return tap_write_packet(s, out, n);
}

static ssize_t tap_receive_iov(NetClientState *nc, const struct iovec *iov,
                               int iovcnt)
{
    TAPState *s = tap_state(nc);
    size_t size = iov_size(iov, iovcnt);
    ssize_t ret;

    /* A frame without room for its addresses must not reach the kernel. */
    if (unlikely(size < (size_t)nc->vnet_hdr_len + ETH_HLEN)) {
        net_client_drop(nc, NET_DROP_TOO_SHORT, size);
        return size;
    }
    if (unlikely(s->dead || !s->enabled)) {
        net_client_drop(nc, NET_DROP_HOST_ERROR, size);
        return size;
    }
    if (s->host_vnet_hdr_len && !nc->vnet_hdr_len) {
        ret = tap_write_with_header(s, iov, iovcnt, size);
    } else {
        ret = tap_write_packet(s, iov, iovcnt);
    }
    trace_tap_write(nc->name, nc->queue_index, size, ret);
    if (ret == 0) {
        return 0;
    }
    if (unlikely(ret < 0)) {
        net_client_drop(nc, NET_DROP_HOST_ERROR, size);
        tap_error(s, "write", -ret);
    }
    return size;
}

/* --------------------------------------------------------------------- in */

static void tap_send_completed(NetClientState *nc, ssize_t len)
{
    tap_read_poll(tap_state(nc), true);
}

/* 0: read on later, or never. */
static ssize_t tap_read_packet(TAPState *s)
{
    ssize_t size;

    do {
        size = syscall(SYS_read, s->fd, s->buf, NET_BUFSIZE);
    } while (size < 0 && errno == EINTR);
    if (likely(size > 0)) {
        s->read_errors = 0;
        return size;
    }
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return 0;
    }
    /* 0 is no answer of a tap's either. */
    tap_error(s, "read", size < 0 ? errno : EIO);
    if (!s->dead && ++s->read_errors >= TAP_MAX_READ_ERRORS) {
        tap_gone(s);
    }
    return 0;
}

static void tap_send_burst(TAPState *s)
{
    for (int i = 0; i < TAP_RX_BUDGET && s->watch_read; i++) {
        ssize_t size = tap_read_packet(s);
        uint8_t *buf = s->buf;

        if (size == 0) {
            return;
        }
        trace_tap_read(s->nc.name, s->nc.queue_index, size);
        if (unlikely(size <= s->host_vnet_hdr_len)) {
            net_client_drop(&s->nc, NET_DROP_TOO_SHORT, size);
            continue;
        }
        if (s->host_vnet_hdr_len && !s->nc.vnet_hdr_len) {
            buf += s->host_vnet_hdr_len;
            size -= s->host_vnet_hdr_len;
        }
        if (qemu_send_packet_async(&s->nc, buf, size, tap_send_completed) ==
            0) {
            s->blocked_in++;
            tap_read_poll(s, false);
        }
    }
}

static void tap_send(void *opaque)
{
    TAPState *s = opaque;

    qemu_send_burst(&s->nc, true);
    tap_send_burst(s);
    qemu_send_burst(&s->nc, false);
}

/* -------------------------------------------------------------- the verbs */

static void tap_poll(NetClientState *nc, bool enable)
{
    TAPState *s = tap_state(nc);

    s->vm_running = enable;
    tap_update_poll(s);
}

static bool tap_set_queue_enabled(NetClientState *nc, bool enable, Error **errp)
{
    TAPState *s = tap_state(nc);
    int ret;

    if (enable == s->enabled) {
        return true;
    }
    /* Not to find the detached fd in error. */
    s->enabled = false;
    tap_update_poll(s);
    if (s->multi_queue && !s->dead) {
        ret = tap_fd_set_queue(s->fd, enable);
        if (ret < 0) {
            s->enabled = !enable;
            tap_update_poll(s);
            error_setg_errno(errp, -ret, "could not %s queue %u of netdev '%s'",
                             enable ? "enable" : "disable", nc->queue_index,
                             nc->name);
            return false;
        }
    }
    s->enabled = enable;
    tap_update_poll(s);
    if (!enable) {
        /* Nothing would wake what waits here for room. */
        s->write_poll = false;
        qemu_flush_queued_packets(nc);
    }
    return true;
}

static bool tap_has_ufo(NetClientState *nc)
{
    return tap_state(nc)->has_ufo;
}

static bool tap_has_uso(NetClientState *nc)
{
    return tap_state(nc)->has_uso;
}

static bool tap_has_vnet_hdr(NetClientState *nc)
{
    return tap_state(nc)->host_vnet_hdr_len != 0;
}

static bool tap_has_vnet_hdr_len(NetClientState *nc, int len)
{
    TAPState *s = tap_state(nc);

    return s->host_vnet_hdr_len &&
           (len == s->host_vnet_hdr_len || tap_probe_vnet_hdr_len(s->fd, len));
}

static void tap_set_vnet_hdr_len(NetClientState *nc, int len)
{
    TAPState *s = tap_state(nc);

    if (!s->host_vnet_hdr_len) {
        nc->vnet_hdr_len = 0;
    } else if (len != 0) {
        if (len == s->host_vnet_hdr_len ||
            tap_fd_set_vnet_hdr_len(s->fd, len)) {
            s->host_vnet_hdr_len = len;
        }
        /* If the kernel would not, delivery adapts to what it has. */
        nc->vnet_hdr_len = s->host_vnet_hdr_len;
    }
}

static void tap_set_offload(NetClientState *nc, const NetOffloads *ofl)
{
    TAPState *s = tap_state(nc);

    if (s->host_vnet_hdr_len) {
        tap_fd_set_offload(s->fd, ofl);
    }
}

static int tap_set_vnet_le(NetClientState *nc, bool is_le)
{
    return tap_fd_set_vnet_le(tap_state(nc)->fd, is_le);
}

static int tap_set_vnet_be(NetClientState *nc, bool is_be)
{
    return tap_fd_set_vnet_be(tap_state(nc)->fd, is_be);
}

static char *tap_info_stats(NetClientState *nc)
{
    TAPState *s = tap_state(nc);

    if (!s->blocked_out && !s->blocked_in) {
        return NULL;
    }
    return g_strdup_printf("blocked-out=%" PRIu64 ",blocked-in=%" PRIu64,
                           s->blocked_out, s->blocked_in);
}

static void tap_cleanup(NetClientState *nc)
{
    TAPState *s = tap_state(nc);
    Error *err = NULL;

    s->enabled = false;
    tap_update_poll(s);
    if (s->down_script &&
        !launch_script(s->down_script, s->down_script_arg, &err)) {
        error_report_err(err);
    }
    qemu_bh_delete(s->gone_bh);
    close(s->fd);
    s->fd = -1;
    g_free(s->down_script);
    g_free(s->down_script_arg);
    g_free(s->buf);
}

const NetClientInfo net_tap_info = {
    .type = NET_CLIENT_DRIVER_TAP,
    .size = sizeof(TAPState),
    .receive_iov = tap_receive_iov,
    .poll = tap_poll,
    .set_queue_enabled = tap_set_queue_enabled,
    .cleanup = tap_cleanup,
    .info_stats = tap_info_stats,
    .has_ufo = tap_has_ufo,
    .has_uso = tap_has_uso,
    .has_vnet_hdr = tap_has_vnet_hdr,
    .has_vnet_hdr_len = tap_has_vnet_hdr_len,
    .set_vnet_hdr_len = tap_set_vnet_hdr_len,
    .set_offload = tap_set_offload,
    .set_vnet_le = tap_set_vnet_le,
    .set_vnet_be = tap_set_vnet_be,
};

/* ------------------------------------------------------------------- life */

void tap_set_down_script(NetClientState *nc, const char *script,
                         const char *ifname)
{
    TAPState *s = tap_state(nc);

    assert(nc->info == &net_tap_info);
    s->down_script = g_strdup(script);
    s->down_script_arg = g_strdup(ifname);
}

NetClientState *net_tap_fd_init(NetClientState *peer, const char *model,
                                const char *name, int fd, TapFlags flags,
                                unsigned queue_index)
{
    static const NetOffloads none;
    NetClientState *nc = qemu_new_net_client(&net_tap_info, peer, model, name);
    TAPState *s = tap_state(nc);

    nc->queue_index = queue_index;
    nc->do_not_pad = true;
    s->fd = fd;
    s->multi_queue = flags.multi_queue;
    s->buf = g_malloc(NET_BUFSIZE);
    s->gone_bh = aio_bh_new(nc->ctx, tap_gone_bh, s, "tap_gone_bh");
    if (flags.vnet_hdr) {
        s->has_ufo = tap_probe_has_ufo(fd);
        s->has_uso = tap_probe_has_uso(fd);
        s->host_vnet_hdr_len = VNET_HDR_LEN_LEGACY;
        /* A persistent tap remembers what its last user set. */
        tap_fd_set_vnet_hdr_len(fd, s->host_vnet_hdr_len);
        tap_fd_set_offload(fd, &none);
    }
    s->enabled = true;
    s->peer_ready = true;
    s->vm_running = net_vm_running();
    tap_update_poll(s);
    return nc;
}
