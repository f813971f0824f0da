/*
 * -netdev socket: a virtual wire over a socket of the host.
 *
 * listen= and connect= are the two ends of a stream (socket-stream.c), mcast=,
 * udp= and datagram fds carry a frame per datagram (socket-dgram.c). The link
 * is down while a stream is not connected; a listener serves one connection
 * after another.
 *
 * There is no vnet header on the wire, so nothing is offloaded.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>

#include "net/socket-internal.h"
#include "util/sockets.h"

static void accept_ready(void *opaque);
static void connect_ready(void *opaque);

void net_socket_update_poll(NetSocketState *s)
{
    bool read = s->reading && !s->blocked;

    if (s->listen_fd >= 0) {
        aio_set_fd_handler(s->nc.ctx, s->listen_fd,
                           s->fd < 0 ? accept_ready : NULL, NULL, NULL, s);
    }
    if (s->fd < 0) {
        return;
    }
    if (s->connecting) {
        aio_set_fd_handler(s->nc.ctx, s->fd, NULL, connect_ready, NULL, s);
    } else if (s->dgram) {
        aio_set_fd_handler(s->nc.ctx, s->fd,
                           read ? net_socket_dgram_readable : NULL, NULL, NULL,
                           s);
    } else {
        aio_set_fd_handler(s->nc.ctx, s->fd,
                           read ? net_socket_stream_readable : NULL,
                           s->out_start < s->out_end
                               ? net_socket_stream_writable : NULL,
                           NULL, s);
    }
}

void net_socket_send_completed(NetClientState *nc, ssize_t ret)
{
    NetSocketState *s = container_of(nc, NetSocketState, nc);

    s->blocked = false;
    if (s->fd < 0) {
        return;
    }
    if (!s->dgram && s->in_start < s->in_end) {
        /* Frames that have been read wait in our buffer: epoll does not know
         * of them. */
        net_socket_stream_readable(s);
    } else {
        net_socket_update_poll(s);
    }
}

void net_socket_disconnect(NetSocketState *s, const char *reason)
{
    if (s->fd < 0) {
        return;
    }
    if (reason) {
        error_report_ratelimited(&s->error_rl,
                                 "netdev %s: socket connection ended: %s",
                                 s->nc.name, reason);
    }
    aio_set_fd_handler(s->nc.ctx, s->fd, NULL, NULL, NULL, NULL);
    close(s->fd);
    s->fd = -1;
    s->connecting = false;
    net_socket_stream_reset(s);
    if (s->listen_fd >= 0) {
        qemu_set_info_str(&s->nc, "socket: waiting for a connection");
    } else {
        qemu_set_info_str(&s->nc, "socket: not connected");
    }
    net_socket_update_poll(s);
    net_client_set_link(&s->nc, false);
}

static void stream_connected(NetSocketState *s)
{
    int one = 1;

    /* Frames are small and wait for no one: no Nagle. Fails on AF_UNIX. */
    (void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    net_socket_update_poll(s);
    net_client_set_link(&s->nc, true);
}

static void accept_ready(void *opaque)
{
    NetSocketState *s = opaque;
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    int fd = accept4(s->listen_fd, (struct sockaddr *)&sa, &len,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            error_report_ratelimited(&s->error_rl, "netdev %s: accept: %s",
                                     s->nc.name, strerror(errno));
        }
        return;
    }
    s->fd = fd;
    qemu_set_info_str(&s->nc, "socket: connection from %s:%d",
                      inet_ntoa(sa.sin_addr), ntohs(sa.sin_port));
    stream_connected(s);
}

static void connect_ready(void *opaque)
{
    NetSocketState *s = opaque;
    int err = 0;
    socklen_t len = sizeof(err);

    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0) {
        err = errno;
    }
    if (err) {
        g_autofree char *why = g_strdup_printf("connect to %s: %s", s->remote,
                                               strerror(err));
        net_socket_disconnect(s, why);
        return;
    }
    s->connecting = false;
    qemu_set_info_str(&s->nc, "socket: connect to %s", s->remote);
    stream_connected(s);
}

static void net_socket_poll(NetClientState *nc, bool enable)
{
    NetSocketState *s = container_of(nc, NetSocketState, nc);

    s->reading = enable;
    net_socket_update_poll(s);
}

static void net_socket_cleanup(NetClientState *nc)
{
    NetSocketState *s = container_of(nc, NetSocketState, nc);

    if (s->fd >= 0) {
        aio_set_fd_handler(nc->ctx, s->fd, NULL, NULL, NULL, NULL);
        close(s->fd);
        s->fd = -1;
    }
    if (s->listen_fd >= 0) {
        aio_set_fd_handler(nc->ctx, s->listen_fd, NULL, NULL, NULL, NULL);
        close(s->listen_fd);
        s->listen_fd = -1;
    }
    g_free(s->in);
    g_free(s->out);
    g_free(s->remote);
}

static const NetClientInfo net_socket_stream_info = {
    .type = NET_CLIENT_DRIVER_SOCKET,
    .size = sizeof(NetSocketState),
    .receive_iov = net_socket_stream_receive,
    .cleanup = net_socket_cleanup,
    .poll = net_socket_poll,
};

static const NetClientInfo net_socket_dgram_info = {
    .type = NET_CLIENT_DRIVER_SOCKET,
    .size = sizeof(NetSocketState),
    .receive_iov = net_socket_dgram_receive,
    .cleanup = net_socket_cleanup,
    .poll = net_socket_poll,
};

/* Takes over fd and listen_fd (-1: none). */
static NetSocketState *net_socket_new(NetClientState *peer, const char *name,
                                      bool dgram, int fd, int listen_fd)
{
    NetClientState *nc = qemu_new_net_client(
        dgram ? &net_socket_dgram_info : &net_socket_stream_info, peer,
        "socket", name);
    NetSocketState *s = container_of(nc, NetSocketState, nc);

    s->fd = fd;
    s->listen_fd = listen_fd;
    s->dgram = dgram;
    s->reading = true;
    s->in = g_malloc(SOCKET_FRAME_MAX);
    s->out = dgram ? NULL : g_malloc(SOCKET_FRAME_MAX);
    return s;
}

/* -------------------------------------------------------------- the options */

static bool init_fd(const NetdevSocketOptions *o, const char *name,
                    NetClientState *peer, Error **errp)
{
    struct sockaddr_in sa = { 0 };
    socklen_t len = sizeof(sa);
    int type = 0, fd = fd_param_parse(o->fd, errp);
    socklen_t type_len = sizeof(type);
    NetSocketState *s;

    if (fd < 0) {
        return false;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) < 0) {
        error_setg_errno(errp, errno, "can't get socket option SO_TYPE of "
                         "fd=%s", o->fd);
        close(fd);
        return false;
    }
    if (type != SOCK_STREAM && type != SOCK_DGRAM) {
        error_setg(errp, "socket type=%d for fd=%s must be either SOCK_DGRAM "
                   "or SOCK_STREAM", type, o->fd);
        close(fd);
        return false;
    }
    if (!fd_set_nonblocking(fd, errp)) {
        close(fd);
        return false;
    }
    fd_set_cloexec(fd, true);
    s = net_socket_new(peer, name, type == SOCK_DGRAM, fd, -1);
    /* A member of a multicast group sends to it; others are connected. */
    if (s->dgram && getsockname(fd, (struct sockaddr *)&sa, &len) == 0 &&
        sa.sin_family == AF_INET &&
        IN_MULTICAST(ntohl(sa.sin_addr.s_addr))) {
        s->dst = sa;
        s->has_dst = true;
    }
    qemu_set_info_str(&s->nc, "socket: fd=%d", fd);
    net_socket_update_poll(s);
    return true;
}

static bool init_listen(const NetdevSocketOptions *o, const char *name,
                        NetClientState *peer, Error **errp)
{
    g_autofree char *host = NULL;
    g_autofree char *port = NULL;
    NetSocketState *s;
    int fd;

    if (!split_host_port(o->listen, &host, &port, errp)) {
        return false;
    }
    fd = inet_listen_fd(host, port, 1, 0, errp);
    if (fd < 0) {
        return false;
    }
    s = net_socket_new(peer, name, false, -1, fd);
    s->nc.link_down = true;
    qemu_set_info_str(&s->nc, "socket: waiting for a connection on %s",
                      o->listen);
    net_socket_update_poll(s);
    return true;
}

static bool init_connect(const NetdevSocketOptions *o, const char *name,
                         NetClientState *peer, Error **errp)
{
    struct sockaddr_in sa;
    NetSocketState *s;
    int fd, ret;

    if (!parse_host_port(&sa, o->connect, errp)) {
        return false;
    }
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        error_setg_errno(errp, errno, "can't create stream socket");
        return false;
    }
    do {
        ret = connect(fd, (struct sockaddr *)&sa, sizeof(sa));
    } while (ret < 0 && errno == EINTR);
    if (ret < 0 && errno != EINPROGRESS) {
        error_setg_errno(errp, errno, "can't connect to '%s'", o->connect);
        close(fd);
        return false;
    }
    s = net_socket_new(peer, name, false, fd, -1);
    s->remote = g_strdup(o->connect);
    s->connecting = true;
    s->nc.link_down = true;
    qemu_set_info_str(&s->nc, "socket: connecting to %s", o->connect);
    net_socket_update_poll(s);
    return true;
}

static bool init_mcast(const NetdevSocketOptions *o, const char *name,
                       NetClientState *peer, Error **errp)
{
    struct sockaddr_in group;
    struct in_addr local;
    NetSocketState *s;
    int fd;

    if (!parse_host_port(&group, o->mcast, errp)) {
        return false;
    }
    if (o->localaddr && inet_aton(o->localaddr, &local) == 0) {
        error_setg(errp, "localaddr '%s' is not a valid IPv4 address",
                   o->localaddr);
        return false;
    }
    fd = net_socket_mcast_create(&group, o->localaddr ? &local : NULL, errp);
    if (fd < 0) {
        return false;
    }
    s = net_socket_new(peer, name, true, fd, -1);
    s->dst = group;
    s->has_dst = true;
    qemu_set_info_str(&s->nc, "socket: mcast=%s:%d",
                      inet_ntoa(group.sin_addr), ntohs(group.sin_port));
    net_socket_update_poll(s);
    return true;
}

static bool init_udp(const NetdevSocketOptions *o, const char *name,
                     NetClientState *peer, Error **errp)
{
    struct sockaddr_in remote, local;
    NetSocketState *s;
    int fd;

    if (!o->localaddr) {
        error_setg(errp, "localaddr= is mandatory with udp=");
        return false;
    }
    if (!parse_host_port(&local, o->localaddr, errp) ||
        !parse_host_port(&remote, o->udp, errp)) {
        return false;
    }
    fd = net_socket_udp_create(&local, errp);
    if (fd < 0) {
        return false;
    }
    s = net_socket_new(peer, name, true, fd, -1);
    s->dst = remote;
    s->has_dst = true;
    qemu_set_info_str(&s->nc, "socket: udp=%s:%d", inet_ntoa(remote.sin_addr),
                      ntohs(remote.sin_port));
    net_socket_update_poll(s);
    return true;
}

bool net_init_socket(const Netdev *netdev, const char *name,
                     NetClientState *peer, Error **errp)
{
    const NetdevSocketOptions *o = &netdev->u.socket;

    if (!!o->fd + !!o->listen + !!o->connect + !!o->mcast + !!o->udp != 1) {
        error_setg(errp, "exactly one of listen=, connect=, mcast= or udp= is "
                   "required");
        return false;
    }
    if (o->localaddr && !o->mcast && !o->udp) {
        error_setg(errp, "localaddr= is only valid with mcast= or udp=");
        return false;
    }
    if (o->fd) {
        return init_fd(o, name, peer, errp);
    }
    if (o->listen) {
        return init_listen(o, name, peer, errp);
    }
    if (o->connect) {
        return init_connect(o, name, peer, errp);
    }
    return o->mcast ? init_mcast(o, name, peer, errp)
                    : init_udp(o, name, peer, errp);
}
