/*
 * The socket chardev's two halves: addresses and options, and connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHAR_SOCKET_INTERNAL_H
#define CHAR_SOCKET_INTERNAL_H

#include "chardev-internal.h"

typedef enum CharSocketKind {
    CHAR_SOCKET_UNIX,
    CHAR_SOCKET_INET,
    CHAR_SOCKET_FD,
} CharSocketKind;

typedef struct CharSocketAddr {
    CharSocketKind kind;
    char *path; /* unix */
    bool abstract;
    char *host; /* inet */
    char *port;
    int64_t to;     /* last port to try; 0: only the first */
    int ipv4, ipv6; /* -1: not said */
    char *fd;       /* a number, or a name given by getfd */
} CharSocketAddr;

typedef struct CharSocketOpts {
    CharSocketAddr addr;
    bool server;
    bool wait;
    bool nodelay;
    int64_t reconnect_ms; /* 0: never */
} CharSocketOpts;

bool char_socket_opts_parse(CharSocketOpts *o, json_t *opts, bool keyval,
                            Error **errp);
void char_socket_addr_copy(CharSocketAddr *dst, const CharSocketAddr *src);
void char_socket_addr_clear(CharSocketAddr *a);

/* Sockets for the address; -1 with *errp. */
int char_socket_listen(const CharSocketAddr *a, bool keyval, Error **errp);
/* May take as long as the network does; any thread, except for kind fd. */
int char_socket_connect(const CharSocketAddr *a, bool keyval, Error **errp);

/*
 * What query-chardev shows. fd: the connection, or -1 while there is none;
 * listen_fd likewise.
 */
char *char_socket_name(const CharSocketOpts *o, int fd, int listen_fd);

#endif
