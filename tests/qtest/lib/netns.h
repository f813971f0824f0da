/*
 * A network namespace for one test process, and what tests put into it.
 *
 * netns_enter() moves the process into a new namespace; emulators it starts
 * are in there too. It is gone with the last of them, so nothing has to be
 * cleaned up, and nothing touches the host's network. Everything else here
 * fails the test when it fails.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_NETNS_H
#define TESTS_NETNS_H

#include "net/vnet-hdr.h"
#include "util/osdep.h"

/* Once, before any thread. False: netns_add_test() registers tests that are
 * skipped with the reason. */
bool netns_enter(void);
void netns_add_test(const char *path, const void *data, GTestDataFunc fn);

/* Runs "ip ..." */
void netns_ip(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
/* path: behind /proc/sys/net/ */
void netns_sysctl(const char *path, const char *value);

/* Up, and without addresses and packets of its own accord. */
void netns_up(const char *name);
/*
 * A tap whose other end is this process: what the kernel sends to it can be
 * read from the result, in frames no larger than its MTU and with complete
 * checksums, since it offers no offloads. Gone when closed. flags: further
 * IFF_*.
 */
int netns_tap_open(const char *name, int flags);
void netns_mac(const char *ifname, uint8_t mac[6]);
/* UDP socket bound to port of ip (host order). */
int netns_udp(uint32_t ip, uint16_t port);
/* Raw socket on an interface, vnet header in front of each frame. */
int netns_packet(const char *ifname);
void netns_packet_send(int fd, const VnetHdr *hdr, const void *frame,
                       size_t len);
/* Length of the next frame that came in on the interface, or -1. */
ssize_t netns_packet_recv(int fd, VnetHdr *hdr, void *frame, size_t max,
                          int timeout_ms);
/* True if fd becomes readable in time. */
bool netns_readable(int fd, int timeout_ms);

#endif
