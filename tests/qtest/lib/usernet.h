/*
 * A guest on user networking (libslirp): it is 10.0.2.15, the host 10.0.2.2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_USERNET_H
#define TESTS_USERNET_H

#include "tests/qtest/lib/qip.h"
#include "tests/qtest/lib/qvnet.h"

#define USERNET_HOST 0x0a000202u
#define USERNET_DNS 0x0a000203u
#define USERNET_GUEST 0x0a00020fu
#define TCP_FIN 1
#define TCP_SYN 2
#define TCP_RST 4
#define TCP_PSH 8
#define TCP_ACK 16

typedef struct UserNet {
    QTestState *qts;
    QVNet net;
    QIPEnd guest, host;
    uint8_t frame[70000];
    ssize_t frame_len;
    VnetHdr hdr;
} UserNet;

/* Options appended to -netdev user,id=n0; more: further arguments. */
UserNet *usernet_new(const char *options, const char *more);
void usernet_free(UserNet *u);

void usernet_send(UserNet *u, const void *frame, size_t len);
/* The next IPv4 packet for the guest from `ip` (0: anybody) of that protocol:
 * its transport header, *len bytes with payload; NULL when none came. ARP is
 * answered on the way. */
const uint8_t *usernet_next(UserNet *u, uint32_t ip, uint8_t protocol,
                            size_t *len, int timeout_ms);
/* Finds the MAC address of `ip`; what is sent goes there. */
void usernet_resolve(UserNet *u, uint32_t ip);
void usernet_udp(UserNet *u, uint32_t ip, uint16_t from_port, uint16_t port,
                 const void *payload, size_t len);
/* Payload of the next UDP packet from ip; NULL when none came. */
const uint8_t *usernet_udp_next(UserNet *u, uint32_t ip, uint16_t *from_port,
                                size_t *len, int timeout_ms);

typedef struct UserTcp {
    uint32_t ip;
    uint16_t port, guest_port;
    uint32_t seq, ack; /* next of ours, next of theirs */
} UserTcp;

void usernet_tcp_send(UserNet *u, UserTcp *c, uint8_t flags, const void *data,
                      size_t len);
/* The next segment of that connection; flags, payload. False: none came.
 * Acknowledged in c, not on the wire. */
bool usernet_tcp_next(UserNet *u, UserTcp *c, uint8_t *flags,
                      const uint8_t **data, size_t *len, int timeout_ms);
/* Opens a connection to ip:port. */
void usernet_tcp_connect(UserNet *u, UserTcp *c, uint32_t ip, uint16_t port);
/* Waits for a connection to port and answers it. */
void usernet_tcp_accept(UserNet *u, UserTcp *c, uint16_t port);
/* Reads data until it is what was expected. */
void usernet_tcp_expect(UserNet *u, UserTcp *c, const char *text);

/* A UDP and TCP port of 127.0.0.1 that nobody uses. */
uint16_t usernet_free_port(void);

#endif
