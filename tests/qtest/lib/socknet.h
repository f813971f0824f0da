/*
 * virtio-net with a stream socket of this process at the other end: every
 * frame is in our hands, no privileges needed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_SOCKNET_H
#define TESTS_SOCKNET_H

#include "tests/qtest/lib/qvnet.h"

#define SOCKNET_SLOT 4
#define SOCKNET_TYPE 0x88b5 /* Ethernet type of the frames here */

typedef struct SockNet {
    QTestState *qts;
    QVNet net;
    bool driver;
    int fd;
    uint64_t sent; /* frames, by socknet_send() */
    uint8_t frame[70000];
    VnetHdr hdr;
} SockNet;

/* Netdev n0, device vnet0 with MAC 52:54:00:77:00:02; options appended. */
SockNet *socknet_new(const char *device_options);
/* mode NULL: modern, everything on. */
void socknet_driver(SockNet *s, const QVNetMode *mode, uint64_t features);
void socknet_driver_stop(SockNet *s);
void socknet_free(SockNet *s);

void socknet_send(SockNet *s, const void *frame, size_t len);
/* The next frame of the guest; its length, or -1. */
ssize_t socknet_recv(SockNet *s, void *frame, size_t max, int timeout_ms);

/*
 * A command of these bytes (class, command, data), cut into descriptors of
 * `cut` bytes (0: header and data, as drivers do), with ack_len bytes for the
 * answer. The answer, or -1 if there was no room for it.
 */
int socknet_ctrl(SockNet *s, const void *bytes, size_t len, size_t cut,
                 size_t ack_len);

#endif
