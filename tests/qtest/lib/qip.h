/*
 * Just enough ARP, IPv4, ICMP and UDP for a test to talk to a real stack.
 *
 * Builders write a whole frame to buf (at least 64 bytes more than the
 * payload) and return its length. Addresses are in host byte order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QIP_H
#define TESTS_QIP_H

#include "net/vnet-hdr.h"

#define QIP_UDP_HEADERS (14 + 20 + 8)

typedef struct QIPEnd {
    uint8_t mac[6];
    uint32_t ip;
    uint16_t port;
} QIPEnd;

size_t qip_arp_request(uint8_t *buf, const QIPEnd *from, uint32_t who);
size_t qip_arp_reply(uint8_t *buf, const QIPEnd *from, const QIPEnd *to);
size_t qip_echo_request(uint8_t *buf, const QIPEnd *from, const QIPEnd *to,
                        uint16_t seq, size_t payload);
/*
 * offload: leaves the UDP checksum to whoever sends it on, as hdr then says;
 * otherwise it is complete and hdr all zero.
 */
size_t qip_udp(uint8_t *buf, VnetHdr *hdr, const QIPEnd *from,
               const QIPEnd *to, const void *payload, size_t len,
               bool offload);

typedef enum QIPKind {
    QIP_OTHER,
    QIP_ARP_REQUEST, /* for our address */
    QIP_ARP_REPLY,   /* to us */
    QIP_ECHO_REPLY,
    QIP_UDP,
    QIP_BAD, /* a length or checksum is wrong: see `why` */
} QIPKind;

typedef struct QIPPacket {
    QIPKind kind;
    QIPEnd from;
    const uint8_t *payload; /* in the frame */
    size_t payload_len;
    uint16_t echo_seq;
    const char *why;
} QIPPacket;

/* Checksums are checked unless hdr says that the sender left them to us. */
QIPPacket qip_parse(const uint8_t *frame, size_t len, const VnetHdr *hdr,
                    const QIPEnd *us);

#endif
