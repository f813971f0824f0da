/*
 * The other end of a socket chardev, played by a test on a non-blocking
 * socket. Waiting runs the main loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_CHARDEV_PEER_H
#define TESTS_CHARDEV_PEER_H

#include "chardev-recorder.h"

#include "util/sockets.h"

static inline void peer_send(int fd, const char *text)
{
    g_assert_cmpint(fd_write_full(fd, text, strlen(text)), ==, 0);
}

static inline void peer_expect(int fd, const char *text)
{
    size_t len = strlen(text), got = 0;
    g_autofree char *buf = g_malloc0(len + 1);

    while (got < len) {
        ssize_t n = read(fd, buf + got, len - got);

        if (n > 0) {
            got += n;
        } else {
            g_assert_cmpint(n, ==, -1);
            g_assert_cmpint(errno, ==, EAGAIN);
            main_loop_wait(true);
        }
    }
    g_assert_cmpstr(buf, ==, text);
}

static inline void peer_expect_eof(int fd)
{
    char c;
    ssize_t n;

    while ((n = read(fd, &c, 1)) < 0 && errno == EAGAIN) {
        main_loop_wait(true);
    }
    g_assert_cmpint(n, <=, 0);
    close(fd);
}

#endif
