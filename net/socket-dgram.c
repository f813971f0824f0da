/*
 * Frames as datagrams: a multicast group, a UDP peer, or a datagram socket
 * somebody handed us.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>

#include "net/socket-internal.h"
#include "util/iov.h"

/* Datagrams per wake-up. */
#define READ_BUDGET 64

ssize_t net_socket_dgram_receive(NetClientState *nc, const struct iovec *iov,
                                 int iovcnt)
{
    NetSocketState *s = container_of(nc, NetSocketState, nc);
    struct msghdr msg = { .msg_iov = (struct iovec *)iov,
                          .msg_iovlen = iovcnt };
    ssize_t sent;

    if (s->has_dst) {
        msg.msg_name = &s->dst;
        msg.msg_namelen = sizeof(s->dst);
    }
    do {
        sent = sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno == EAGAIN) {
        /* Woken by net_socket_dgram_writable(). */
        aio_set_fd_handler(nc->ctx, s->fd,
                           s->reading && !s->blocked
                               ? net_socket_dgram_readable : NULL,
                           net_socket_dgram_writable, NULL, s);
        return 0;
    }
    if (sent < 0) {
        /* Nobody listens there (ECONNREFUSED), or it does not fit: datagrams
         * get lost, the link stays. */
        net_client_drop(nc, NET_DROP_HOST_ERROR, iov_size(iov, iovcnt));
    }
    return iov_size(iov, iovcnt);
}

void net_socket_dgram_writable(void *opaque)
{
    NetSocketState *s = opaque;

    net_socket_update_poll(s);
    qemu_flush_queued_packets(&s->nc);
}

void net_socket_dgram_readable(void *opaque)
{
    NetSocketState *s = opaque;

    for (int i = 0; i < READ_BUDGET && !s->blocked && s->reading; i++) {
        ssize_t n = recv(s->fd, s->in, SOCKET_FRAME_MAX,
                         MSG_DONTWAIT | MSG_TRUNC);

        if (n < 0 && errno == EAGAIN) {
            break;
        }
        if (n < 0) {
            continue; /* an ICMP error of an earlier datagram: read on */
        }
        if (n > NET_BUFSIZE) {
            net_client_drop(&s->nc, NET_DROP_TOO_LONG, n);
        } else if (n < ETH_HLEN) {
            net_client_drop(&s->nc, NET_DROP_TOO_SHORT, n);
        } else if (qemu_send_packet_async(&s->nc, s->in, n,
                                          net_socket_send_completed) == 0) {
            s->blocked = true;
        }
    }
    net_socket_update_poll(s);
}

static int dgram_socket(Error **errp)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;

    if (fd < 0) {
        error_setg_errno(errp, errno, "can't create datagram socket");
        return -1;
    }
    /* Several emulators of one host share a group's port. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0) {
        error_setg_errno(errp, errno,
                         "can't set socket option SO_REUSEADDR");
        close(fd);
        return -1;
    }
    return fd;
}

static int bind_or_close(int fd, const struct sockaddr_in *sa, Error **errp)
{
    if (bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) < 0) {
        error_setg_errno(errp, errno, "can't bind ip=%s to socket",
                         inet_ntoa(sa->sin_addr));
        close(fd);
        return -1;
    }
    return fd;
}

int net_socket_udp_create(const struct sockaddr_in *local, Error **errp)
{
    int fd = dgram_socket(errp);

    return fd < 0 ? -1 : bind_or_close(fd, local, errp);
}

int net_socket_mcast_create(const struct sockaddr_in *group,
                            const struct in_addr *local, Error **errp)
{
    struct ip_mreq membership = { .imr_multiaddr = group->sin_addr };
    uint8_t loop = 1;
    int fd;

    if (!IN_MULTICAST(ntohl(group->sin_addr.s_addr))) {
        error_setg(errp, "specified mcastaddr %s (0x%08x) does not contain a "
                   "multicast address", inet_ntoa(group->sin_addr),
                   ntohl(group->sin_addr.s_addr));
        return -1;
    }
    fd = dgram_socket(errp);
    if (fd < 0 || bind_or_close(fd, group, errp) < 0) {
        return -1;
    }
    if (local) {
        membership.imr_interface = *local;
    }
    if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership,
                   sizeof(membership)) < 0) {
        error_setg_errno(errp, errno, "can't add socket to multicast group %s",
                         inet_ntoa(group->sin_addr));
        close(fd);
        return -1;
    }
    /* Other emulators of this host are members too. */
    if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop,
                   sizeof(loop)) < 0 ||
        (local && setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, local,
                             sizeof(*local)) < 0)) {
        error_setg_errno(errp, errno, "can't set multicast options for %s",
                         inet_ntoa(group->sin_addr));
        close(fd);
        return -1;
    }
    return fd;
}
