/*
 * Frames both ways between the driver's rings and a socket backend, in every
 * mode of the scenario table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/qtest/lib/qvnet.h"

#define SLOT 4

/* An emulator with virtio-net on one end of a stream socket; the other end in
 * *fd. The socket backend puts a 32-bit length before each frame. */
static QTestState *start(int *fd, const char *device_options)
{
    g_autofree char *args = NULL;
    int sv[2];
    QTestState *qts;

    g_assert_no_errno(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
    fcntl(sv[0], F_SETFD, FD_CLOEXEC);
    args = g_strdup_printf("-machine pc -netdev socket,fd=%d,id=hs0 "
                           "-device virtio-net-pci,netdev=hs0,addr=%x%s",
                           sv[1], SLOT, device_options);
    qts = qtest_init_fds(args, &sv[1], 1);
    close(sv[1]);
    *fd = sv[0];
    return qts;
}

static void read_full(int fd, void *buf, size_t len)
{
    uint8_t *p = buf;

    while (len) {
        struct pollfd pfd = { .fd = fd, .events = POLLIN };
        ssize_t n;

        g_assert_cmpint(poll(&pfd, 1, 5000), ==, 1);
        n = read(fd, p, len);
        g_assert_cmpint(n, >, 0);
        p += n;
        len -= n;
    }
}

static void fill(uint8_t *frame, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++) {
        frame[i] = (i * 7 + seed) & 0xff;
    }
    memset(frame, 0xff, 6); /* passes every rx filter */
}

static void check_tx(QVNet *n, int fd, size_t len)
{
    uint8_t frame[2048], got[2048];
    uint32_t prefix;

    fill(frame, len, len);
    g_assert_true(qvnet_send(n, NULL, frame, len));
    read_full(fd, &prefix, 4);
    g_assert_cmpuint(ntohl(prefix), ==, len);
    read_full(fd, got, len);
    g_assert_cmpmem(frame, len, got, len);
}

static void check_rx(QVNet *n, int fd, size_t len)
{
    uint8_t frame[2048], got[70000];
    uint32_t prefix = htonl(len);
    VnetHdr hdr;

    fill(frame, len, len + 1);
    g_assert_cmpint(write(fd, &prefix, 4), ==, 4);
    g_assert_cmpint(write(fd, frame, len), ==, len);
    g_assert_cmpint(qvnet_recv(n, 0, &hdr, got, sizeof(got), 5000), ==, len);
    g_assert_cmpmem(frame, len, got, len);
    g_assert_cmpuint(hdr.gso_type, ==, VIRTIO_NET_HDR_GSO_NONE);
}

static void test_mode(const void *opaque)
{
    const QVNetMode *mode = opaque;
    int fd;
    QTestState *qts = start(&fd, "");
    QVNet n;

    qvnet_start(&n, qts, 0, QPCI_DEVFN(SLOT, 0), mode, 0, 1);
    for (size_t len = 60; len <= 1514; len += 97) {
        check_tx(&n, fd, len);
        check_rx(&n, fd, len);
    }
    /* More frames than the rings have entries: they wrap. */
    for (int i = 0; i < 600; i++) {
        check_tx(&n, fd, 64);
        check_rx(&n, fd, 64);
    }
    qvnet_stop(&n);
    /* The device works again after reset. */
    qvnet_start(&n, qts, 0, QPCI_DEVFN(SLOT, 0), mode, 0, 1);
    check_tx(&n, fd, 100);
    check_rx(&n, fd, 100);
    qvnet_stop(&n);
    close(fd);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 0; i < ARRAY_SIZE(qvnet_modes); i++) {
        g_autofree char *name = qvnet_mode_name(&qvnet_modes[i]);
        g_autofree char *path = g_strdup_printf("/virtio-net/basic/%s", name);

        g_test_add_data_func(path, &qvnet_modes[i], test_mode);
    }
    return g_test_run();
}
