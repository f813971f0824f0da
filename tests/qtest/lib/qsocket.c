/*
 * One NIC on a socketpair.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/qtest/lib/qsocket.h"

QTestState *qsocket_start(int *fd, const char *machine, const char *device)
{
    g_autofree char *args = NULL;
    int small = 16384, sv[2];
    QTestState *qts;

    g_assert_no_errno(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
    g_assert_no_errno(setsockopt(sv[1], SOL_SOCKET, SO_SNDBUF, &small,
                                 sizeof(small)));
    fcntl(sv[0], F_SETFD, FD_CLOEXEC);
    args = g_strdup_printf("-machine %s -netdev socket,fd=%d,id=hs0 "
                           "-device virtio-net-pci,netdev=hs0,addr=%x,"
                           "id=nic0%s", machine, sv[1], QSOCKET_SLOT, device);
    qts = qtest_init_fds(args, &sv[1], 1);
    close(sv[1]);
    *fd = sv[0];
    return qts;
}

static bool read_full(int fd, void *buf, size_t len, int timeout_ms)
{
    uint8_t *p = buf;

    while (len) {
        struct pollfd pfd = { .fd = fd, .events = POLLIN };
        ssize_t n;

        if (poll(&pfd, 1, timeout_ms) != 1) {
            return false;
        }
        n = read(fd, p, len);
        g_assert_cmpint(n, >, 0);
        p += n;
        len -= n;
    }
    return true;
}

ssize_t qsocket_recv(int fd, void *frame, size_t max, int timeout_ms)
{
    uint32_t len;

    if (!read_full(fd, &len, 4, timeout_ms)) {
        return -1;
    }
    len = ntohl(len);
    g_assert_cmpuint(len, <=, max);
    g_assert_true(read_full(fd, frame, len, 5000));
    return len;
}

void qsocket_send(int fd, const void *frame, size_t len)
{
    uint32_t prefix = htonl(len);

    g_assert_cmpint(write(fd, &prefix, 4), ==, 4);
    g_assert_cmpint(write(fd, frame, len), ==, len);
}

void qsocket_fill(uint8_t *frame, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++) {
        frame[i] = (i * 7 + i / 256 + seed) & 0xff;
    }
    memset(frame, 0xff, MIN(len, 6));
}
