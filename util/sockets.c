/*
 * Sockets made from addresses, and small helpers for file descriptors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/option.h"
#include "util/sockets.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>

/* -------------------------------------------------------- descriptors */

bool fd_set_nonblocking(int fd, Error **errp)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        error_setg_errno(errp, errno,
                         "Can't set file descriptor %d non-blocking", fd);
        return false;
    }
    return true;
}

bool fd_set_cloexec(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFD);

    if (flags < 0) {
        return false;
    }
    flags = on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC;
    return fcntl(fd, F_SETFD, flags) == 0;
}

bool fd_is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

bool fd_is_socket(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

int fd_write_full(int fd, const void *buf, size_t len)
{
    const char *p = buf;

    while (len) {
        ssize_t n = write(fd, p, len);

        if (n >= 0) {
            p += n;
            len -= n;
        } else if (errno == EAGAIN) {
            struct pollfd pfd = { .fd = fd, .events = POLLOUT };

            poll(&pfd, 1, -1);
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

/* Closes fd without touching errno, for error paths. */
static void close_keep_errno(int fd)
{
    int saved = errno;

    close(fd);
    errno = saved;
}

static int connect_retry(int fd, const struct sockaddr *sa, socklen_t len)
{
    int err = 0;
    socklen_t errlen = sizeof(err);
    struct pollfd pfd = { .fd = fd, .events = POLLOUT };

    if (connect(fd, sa, len) == 0) {
        return 0;
    }
    if (errno != EINTR) {
        return -1;
    }
    /* Interrupted: it goes on by itself, and cannot be called again. */
    while (poll(&pfd, 1, -1) < 0 && errno == EINTR) {
        /* again */
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &errlen) < 0) {
        return -1;
    }
    errno = err;
    return err ? -1 : 0;
}

/* ---------------------------------------------------------------- inet */

static bool resolve(const char *host, const char *port, int ipv4, int ipv6,
                    bool passive, struct addrinfo **res, Error **errp)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                              .ai_family = AF_UNSPEC };
    const char *node = host && *host ? host : NULL;
    uint64_t number;
    int rc;

    /* getaddrinfo() would cut it to 16 bits. */
    if (qemu_strtou64(port, 10, &number) == 0 && number > UINT16_MAX) {
        error_setg(errp, "port number '%s' is invalid", port);
        return false;
    }
    if (ipv4 == 0 && ipv6 == 0) {
        error_setg(errp, "Cannot disable IPv4 and IPv6 at same time");
        return false;
    }
    if (ipv4 == 0 || (ipv6 == 1 && ipv4 != 1)) {
        hints.ai_family = AF_INET6;
    } else if (ipv6 == 0 || (ipv4 == 1 && ipv6 != 1)) {
        hints.ai_family = AF_INET;
    }
    if (passive) {
        hints.ai_flags = AI_PASSIVE;
    }
    rc = getaddrinfo(node, port, &hints, res);
    if (rc) {
        error_setg(errp, "address resolution failed for %s:%s: %s",
                   node ? node : "", port, gai_strerror(rc));
        return false;
    }
    return true;
}

static int inet_listen_one(const struct addrinfo *ai, bool dual_stack)
{
    int on = 1, v6only = !dual_stack;
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    ai->ai_protocol);

    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (ai->ai_family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
    }
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, 16) < 0) {
        close_keep_errno(fd);
        return -1;
    }
    return fd;
}

int inet_listen_fd(const char *host, const char *port, int ipv4, int ipv6,
                   Error **errp)
{
    struct addrinfo *res;
    int fd = -1, err = 0;

    if (!resolve(host, port, ipv4, ipv6, true, &res, errp)) {
        return -1;
    }
    for (struct addrinfo *ai = res; ai && fd < 0; ai = ai->ai_next) {
        fd = inet_listen_one(ai, ipv4 != 0);
        if (fd < 0 && !err) {
            err = errno;
        }
    }
    freeaddrinfo(res);
    if (fd < 0) {
        error_setg_errno(errp, err,
                         err == EADDRINUSE ? "Failed to find an available port"
                                           : "Failed to bind socket");
        errno = err;
    }
    return fd;
}

int inet_connect_fd(const char *host, const char *port, int ipv4, int ipv6,
                    Error **errp)
{
    struct addrinfo *res;
    int fd = -1, err = 0;

    if (!resolve(host, port, ipv4, ipv6, false, &res, errp)) {
        return -1;
    }
    for (struct addrinfo *ai = res; ai; ai = ai->ai_next) {
        fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC,
                    ai->ai_protocol);
        if (fd >= 0 && connect_retry(fd, ai->ai_addr, ai->ai_addrlen) == 0) {
            break;
        }
        err = errno;
        if (fd >= 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(res);
    if (fd < 0) {
        error_setg_errno(errp, err, "Failed to connect to '%s:%s'",
                         host ? host : "", port);
        return -1;
    }
    if (!fd_set_nonblocking(fd, errp)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* ---------------------------------------------------------------- unix */

static bool unix_address(struct sockaddr_un *sa, socklen_t *len,
                         const char *path, bool abstract, Error **errp)
{
    size_t n = strlen(path);
    size_t max = sizeof(sa->sun_path) - (abstract ? 1 : 0);
    Error *err = NULL;

    if (n >= max) {
        error_setg(&err, "UNIX socket path '%s' is too long", path);
        error_append_hint(&err, "Path must be less than %zu bytes\n", max);
        error_propagate(errp, err);
        return false;
    }
    memset(sa, 0, sizeof(*sa));
    sa->sun_family = AF_UNIX;
    memcpy(sa->sun_path + abstract, path, n);
    /* An abstract name is as long as the address says, without a NUL. */
    *len = abstract ? offsetof(struct sockaddr_un, sun_path) + 1 + n
                    : sizeof(*sa);
    return true;
}

/* A socket that an earlier run left behind is in the way; nothing else is
 * ours to remove. */
static bool remove_stale_socket(const char *path, Error **errp)
{
    struct stat st;

    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && unlink(path) < 0) {
        error_setg_errno(errp, errno, "Failed to unlink socket %s", path);
        return false;
    }
    return true;
}

int unix_listen_fd(const char *path, bool abstract, Error **errp)
{
    struct sockaddr_un sa;
    socklen_t len;
    int fd;

    if (!unix_address(&sa, &len, path, abstract, errp) ||
        (!abstract && !remove_stale_socket(path, errp))) {
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        error_setg_errno(errp, errno, "Failed to create Unix socket");
        return -1;
    }
    if (bind(fd, (struct sockaddr *)&sa, len) < 0) {
        error_setg_errno(errp, errno, "Failed to bind socket to %s", path);
        close(fd);
        return -1;
    }
    if (listen(fd, 16) < 0) {
        error_setg_errno(errp, errno, "Failed to listen on socket");
        close(fd);
        return -1;
    }
    return fd;
}

int unix_connect_fd(const char *path, bool abstract, Error **errp)
{
    struct sockaddr_un sa;
    socklen_t len;
    int fd;

    if (!unix_address(&sa, &len, path, abstract, errp)) {
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        error_setg_errno(errp, errno, "Failed to create socket");
        return -1;
    }
    if (connect_retry(fd, (struct sockaddr *)&sa, len) < 0) {
        error_setg_errno(errp, errno, "Failed to connect to '%s'", path);
        close(fd);
        return -1;
    }
    if (!fd_set_nonblocking(fd, errp)) {
        close(fd);
        return -1;
    }
    return fd;
}
