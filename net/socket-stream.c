/*
 * Frames over a stream: each one behind its length, 32 bits in network order.
 *
 * Nothing here trusts the other end: a length beyond NET_BUFSIZE ends the
 * connection, since what follows cannot be told apart any more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/socket-internal.h"
#include "util/bswap.h"
#include "util/iov.h"

/* Reads per wake-up, so that one fast peer does not starve the loop. */
#define READ_BUDGET 32

void net_socket_stream_reset(NetSocketState *s)
{
    s->in_start = s->in_end = 0;
    s->out_start = s->out_end = 0;
    s->blocked = false;
}

/* ------------------------------------------------------------------ sending */

/* Sends what is left of a frame. True when nothing is left. */
static bool flush_out(NetSocketState *s)
{
    while (s->out_start < s->out_end) {
        ssize_t n = send(s->fd, s->out + s->out_start,
                         s->out_end - s->out_start,
                         MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            return false;
        }
        if (n < 0) {
            net_socket_disconnect(s, strerror(errno));
            return true;
        }
        s->out_start += n;
    }
    s->out_start = s->out_end = 0;
    return true;
}

void net_socket_stream_writable(void *opaque)
{
    NetSocketState *s = opaque;

    if (flush_out(s)) {
        net_socket_update_poll(s);
        qemu_flush_queued_packets(&s->nc);
    }
}

ssize_t net_socket_stream_receive(NetClientState *nc, const struct iovec *iov,
                                  int iovcnt)
{
    NetSocketState *s = container_of(nc, NetSocketState, nc);
    size_t size = iov_size(iov, iovcnt);
    uint8_t prefix[4];
    struct iovec all[64];
    struct msghdr msg = { .msg_iov = all };
    ssize_t sent;

    if (s->fd < 0 || s->connecting) {
        net_client_drop(nc, NET_DROP_LINK_DOWN, size);
        return size;
    }
    if (size > NET_BUFSIZE) {
        net_client_drop(nc, NET_DROP_TOO_LONG, size);
        return size;
    }
    if (s->out_start < s->out_end) {
        return 0; /* woken by net_socket_stream_writable() */
    }
    stl_be_p(prefix, size);
    all[0] = (struct iovec){ prefix, sizeof(prefix) };
    if (iovcnt < ARRAY_SIZE(all)) {
        memcpy(all + 1, iov, iovcnt * sizeof(*iov));
        msg.msg_iovlen = iovcnt + 1;
        do {
            sent = sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        } while (sent < 0 && errno == EINTR);
    } else {
        sent = -1; /* more pieces than we list: through the copy below */
        errno = EAGAIN;
    }
    if (sent < 0 && errno != EAGAIN) {
        net_client_drop(nc, NET_DROP_HOST_ERROR, size);
        net_socket_disconnect(s, strerror(errno));
        return size;
    }
    sent = MAX(sent, 0);
    if ((size_t)sent < 4 + size) {
        memcpy(s->out, prefix, 4);
        iov_to_buf(iov, iovcnt, 0, s->out + 4, size);
        s->out_start = sent;
        s->out_end = 4 + size;
        nc->stats.copies++;
        if (flush_out(s)) {
            return size;
        }
        net_socket_update_poll(s);
    }
    return size;
}

/* ---------------------------------------------------------------- receiving */

/* Delivers whole frames from the buffer. False: the connection is gone. */
static bool deliver_frames(NetSocketState *s)
{
    while (!s->blocked && s->in_end - s->in_start >= 4) {
        uint32_t size = ldl_be_p(s->in + s->in_start);
        const uint8_t *frame = s->in + s->in_start + 4;

        if (size > NET_BUFSIZE) {
            g_autofree char *why = g_strdup_printf(
                "frame of %" PRIu32 " bytes announced, the limit is %d", size,
                NET_BUFSIZE);

            net_client_drop(&s->nc, NET_DROP_TOO_LONG, size);
            net_socket_disconnect(s, why);
            return false;
        }
        if (s->in_end - s->in_start < 4 + (size_t)size) {
            break;
        }
        s->in_start += 4 + size;
        if (size < ETH_HLEN) {
            net_client_drop(&s->nc, NET_DROP_TOO_SHORT, size);
            continue;
        }
        if (qemu_send_packet_async(&s->nc, frame, size,
                                   net_socket_send_completed) == 0) {
            s->blocked = true;
        }
        if (s->fd < 0) {
            return false; /* delivery led to our own end */
        }
    }
    if (s->in_start == s->in_end) {
        s->in_start = s->in_end = 0;
    }
    return true;
}

static size_t make_room(NetSocketState *s)
{
    if (s->in_start) {
        memmove(s->in, s->in + s->in_start, s->in_end - s->in_start);
        s->in_end -= s->in_start;
        s->in_start = 0;
    }
    return SOCKET_FRAME_MAX - s->in_end;
}

void net_socket_stream_readable(void *opaque)
{
    NetSocketState *s = opaque;

    for (int i = 0; i < READ_BUDGET; i++) {
        size_t room;
        ssize_t n;

        if (!deliver_frames(s)) {
            return;
        }
        if (s->blocked || !s->reading) {
            break;
        }
        room = make_room(s);
        n = recv(s->fd, s->in + s->in_end, room, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            break;
        }
        if (n <= 0) {
            net_socket_disconnect(s, n < 0 ? strerror(errno) : NULL);
            return;
        }
        s->in_end += n;
    }
    net_socket_update_poll(s);
}
