/*
 * An emulator with one virtio-net device whose netdev is a socket the test
 * holds the other end of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QSOCKET_H
#define TESTS_QSOCKET_H

#include "tests/qtest/lib/qpci.h"

#define QSOCKET_SLOT 4
#define QSOCKET_DEVFN QPCI_DEVFN(QSOCKET_SLOT, 0)

/*
 * machine: "pc", "q35", with more options behind it if wanted; device: what
 * follows "virtio-net-pci,netdev=hs0,addr=4,id=nic0", starting with a comma,
 * or "". The test's end of the socket is in *fd; little fits into it before
 * the emulator has to wait.
 */
QTestState *qsocket_start(int *fd, const char *machine, const char *device);
/* The next frame (behind the 32-bit length that goes before each); its
 * length, or -1 if none comes in time. */
ssize_t qsocket_recv(int fd, void *frame, size_t max, int timeout_ms);
void qsocket_send(int fd, const void *frame, size_t len);
/* A broadcast frame with contents that depend on len and seed. */
void qsocket_fill(uint8_t *frame, size_t len, unsigned seed);

#endif
