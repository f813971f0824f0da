/*
 * virtio-net with a stream socket at the other end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/qtest/lib/socknet.h"

SockNet *socknet_new(const char *device_options)
{
    SockNet *s = g_new0(SockNet, 1);
    g_autofree char *args = NULL;
    int sv[2];

    g_assert_no_errno(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
    fcntl(sv[0], F_SETFD, FD_CLOEXEC);
    args = g_strdup_printf("-machine pc -netdev socket,fd=%d,id=n0 "
                           "-device virtio-net-pci,netdev=n0,id=vnet0,"
                           "addr=%x,mac=52:54:00:77:00:02%s",
                           sv[1], SOCKNET_SLOT, device_options);
    s->qts = qtest_init_fds(args, &sv[1], 1);
    close(sv[1]);
    s->fd = sv[0];
    return s;
}

void socknet_driver(SockNet *s, const QVNetMode *mode, uint64_t features)
{
    qvnet_start(&s->net, s->qts, 0, QPCI_DEVFN(SOCKNET_SLOT, 0),
                mode ? mode : &qvnet_modes[0], features, 1);
    s->driver = true;
}

void socknet_driver_stop(SockNet *s)
{
    if (s->driver) {
        qvnet_stop(&s->net);
        s->driver = false;
    }
}

void socknet_free(SockNet *s)
{
    socknet_driver_stop(s);
    close(s->fd);
    qtest_quit(s->qts);
    g_free(s);
}

void socknet_send(SockNet *s, const void *frame, size_t len)
{
    uint32_t prefix = htonl(len);

    g_assert_cmpint(send(s->fd, &prefix, 4, MSG_NOSIGNAL), ==, 4);
    g_assert_cmpint(send(s->fd, frame, len, MSG_NOSIGNAL), ==, len);
    s->sent++;
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

ssize_t socknet_recv(SockNet *s, void *frame, size_t max, int timeout_ms)
{
    uint32_t prefix;

    if (!read_full(s->fd, &prefix, 4, timeout_ms)) {
        return -1;
    }
    g_assert_cmpuint(ntohl(prefix), <=, max);
    g_assert_true(read_full(s->fd, frame, ntohl(prefix), 5000));
    return ntohl(prefix);
}

int socknet_ctrl(SockNet *s, const void *bytes, size_t len, size_t cut,
                 size_t ack_len)
{
    /* The tail of what transmit buffers use: never at the same time. */
    uint64_t addr = s->net.tx_buf;
    uint8_t *p = qtest_ram(s->qts) + addr;
    QVBuf bufs[64];
    unsigned n = 0;
    uint16_t head;
    uint32_t used_len;

    g_assert_cmpuint(len, <, 4096);
    memcpy(p, bytes, len);
    memset(p + 4096, 0xee, 8);
    for (size_t at = 0; at < len; n++) {
        size_t piece = MIN(cut ? cut : n == 0 ? 2 : len, len - at);

        g_assert_cmpuint(n, <, 62);
        bufs[n] = (QVBuf){ addr + at, piece, false };
        at += piece;
    }
    if (ack_len) {
        bufs[n++] = (QVBuf){ addr + 4096, ack_len, true };
    }
    g_assert_cmpint(qvirtqueue_add(&s->net.ctrl, bufs, n), >=, 0);
    qvirtqueue_kick(&s->net.ctrl);
    g_assert_true(qvirtqueue_wait(&s->net.ctrl, &head, &used_len));
    g_assert_cmpuint(used_len, ==, ack_len ? 1 : 0);
    return ack_len ? p[4096] : -1;
}
