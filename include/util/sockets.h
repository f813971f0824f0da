/*
 * Socket addresses as users write them, and sockets made from them.
 *
 * All sockets are non-blocking and close-on-exec. Functions return an fd, or
 * -1 with *errp naming the address and the cause.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_SOCKETS_H
#define UTIL_SOCKETS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "util/error.h"

/* "host:port", ":port", "[v6]:port"; host "" = any. Numeric or resolvable
 * names (numeric ports only). IPv4 result. */
bool parse_host_port(struct sockaddr_in *sa, const char *str, Error **errp);
/* The parts only: host (may be empty) and port string, both to be freed. */
bool split_host_port(const char *str, char **host, char **port, Error **errp);

/* host NULL or "": any; ipv4/ipv6: -1 not said, 0 off, 1 on. On failure errno
 * is EADDRINUSE if another port could work. */
int inet_listen_fd(const char *host, const char *port, int ipv4, int ipv6,
                   Error **errp);
/* Connects without blocking the caller longer than the connect itself. */
int inet_connect_fd(const char *host, const char *port, int ipv4, int ipv6,
                    Error **errp);
int unix_listen_fd(const char *path, bool abstract, Error **errp);
int unix_connect_fd(const char *path, bool abstract, Error **errp);

bool fd_set_nonblocking(int fd, Error **errp);
bool fd_set_cloexec(int fd, bool on);
/* True if fd is an open descriptor. */
bool fd_is_open(int fd);
bool fd_is_socket(int fd);
/* write() everything, waiting as needed; 0 or negative errno. */
int fd_write_full(int fd, const void *buf, size_t len);

/*
 * Resolves the fd="..." of an option: a number, or a name that getfd gave
 * (looked up through the hook that the monitor registers). Ownership passes
 * to the caller. -1 with *errp if unknown, closed or not a number.
 */
typedef int NamedFdLookup(const char *name, Error **errp);
void fd_set_named_lookup(NamedFdLookup *fn);
int fd_param_parse(const char *fdname, Error **errp);

#endif
