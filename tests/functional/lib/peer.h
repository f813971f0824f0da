/*
 * The host's end of what a guest sends and receives: ordinary sockets, each
 * served by a thread of the test.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_FUNCTIONAL_PEER_H
#define TESTS_FUNCTIONAL_PEER_H

#include "util/osdep.h"

typedef struct Peer Peer;

typedef struct PeerResult {
    uint64_t bytes, sum; /* TCP */
    uint64_t packets;    /* UDP */
    double seconds;
    int error; /* errno of what went wrong, or 0 */
} PeerResult;

/* Listens on a port of all addresses, takes one connection and receives until
 * its end, or sends: that many bytes of a Pattern, for `seconds` at most
 * (0: no limit). */
Peer *peer_tcp_sink(void);
Peer *peer_tcp_source(uint64_t bytes, uint64_t seed, double seconds);
/* The same to a listener at address:port (host order). */
Peer *peer_tcp_source_to(uint32_t ip, uint16_t port, uint64_t bytes,
                         uint64_t seed);
/* Counts datagrams until peer_end(). */
Peer *peer_udp_sink(void);
/* Sends datagrams to ip:port as fast as it goes, for that long. */
Peer *peer_udp_flood(uint32_t ip, uint16_t port, size_t size, double seconds);

/* The port that the guest is to use. */
uint16_t peer_port(const Peer *p);
/* Waits for its end, and frees it. */
PeerResult peer_end(Peer *p);

/* The sum of that many bytes of a Pattern. */
uint64_t peer_pattern_sum(uint64_t bytes, uint64_t seed);

/* Echo requests with that payload to ip, `count` of them; how many were
 * answered, each within timeout_ms. Needs the right to use raw sockets. */
unsigned peer_ping(uint32_t ip, size_t payload, unsigned count,
                   int timeout_ms);

#endif
