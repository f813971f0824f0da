/*
 * The socket backend's state, shared by its stream and datagram halves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_SOCKET_INTERNAL_H
#define NET_SOCKET_INTERNAL_H

#include <netinet/in.h>

#include "net/net-internal.h"

/* A frame with its 32-bit length. */
#define SOCKET_FRAME_MAX (4 + NET_BUFSIZE)

typedef struct NetSocketState {
    NetClientState nc;
    int fd;        /* -1: not connected */
    int listen_fd; /* -1: not a listener */
    bool connecting;
    bool reading; /* the VM runs, or has not been asked to stop */
    bool blocked; /* the peer holds a frame of ours: no reading */

    bool dgram;
    struct sockaddr_in dst; /* datagrams go there, if has_dst */
    bool has_dst;

    /* Stream, in: bytes received and not yet delivered. */
    uint8_t *in;
    size_t in_start, in_end;
    /* Stream, out: the rest of a frame the kernel took a part of. While there
     * is one, the client is blocked; nothing can get between its parts. */
    uint8_t *out;
    size_t out_start, out_end;

    char *remote; /* what connect= said, for messages */
    ErrorRateLimit error_rl;
} NetSocketState;

/* socket-stream.c; all on a connected stream. */
ssize_t net_socket_stream_receive(NetClientState *nc, const struct iovec *iov,
                                  int iovcnt);
void net_socket_stream_readable(void *opaque);
void net_socket_stream_writable(void *opaque);
/* Forgets what was received or sent in part. */
void net_socket_stream_reset(NetSocketState *s);

/* socket-dgram.c */
ssize_t net_socket_dgram_receive(NetClientState *nc, const struct iovec *iov,
                                 int iovcnt);
void net_socket_dgram_readable(void *opaque);
void net_socket_dgram_writable(void *opaque);
/* The sockets of mcast= and udp=: -1 with *errp on failure. */
int net_socket_mcast_create(const struct sockaddr_in *group,
                            const struct in_addr *local, Error **errp);
int net_socket_udp_create(const struct sockaddr_in *local, Error **errp);

/* socket.c */
/* Watches what the state calls for. */
void net_socket_update_poll(NetSocketState *s);
/* The connection is over; a listener waits for the next. reason NULL: the
 * other end closed it. */
void net_socket_disconnect(NetSocketState *s, const char *reason);
/* NetPacketSent of everything read: the peer has taken the frame. */
void net_socket_send_completed(NetClientState *nc, ssize_t ret);

#endif
