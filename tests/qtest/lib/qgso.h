/*
 * TCP and UDP over IPv4 and IPv6, as large frames that somebody else will cut
 * into segments, and as the segments that come out.
 *
 * The IPv6 address of an end is QGSO_PREFIX followed by its IPv4 address.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QGSO_H
#define TESTS_QGSO_H

#include "tests/qtest/lib/qip.h"

#define QGSO_PREFIX "fd77::" /* "fd77::10.77.0.1" is understood by ip */
#define QGSO_MAX_HEADERS (14 + 40 + 20)

typedef struct QGso {
    bool ipv6;
    bool tcp;
    bool ecn;     /* TCP with CWR: gso_type with the ECN bit */
    uint16_t mss; /* 0: one packet, checksum left to do all the same */
} QGso;

/* Frame with the checksum left undone, and the header that says so. The
 * payload is a pattern of its offset. Returns the length. */
size_t qgso_build(uint8_t *buf, VnetHdr *hdr, const QGso *gso,
                  const QIPEnd *from, const QIPEnd *to, size_t payload);
void qgso_pattern(uint8_t *buf, size_t offset, size_t len);

typedef struct QSegment {
    bool ipv6;
    bool tcp;
    uint32_t seq; /* of TCP: offset of the payload in what was built */
    uint16_t to_port;
    const uint8_t *payload;
    size_t len;
    bool csum_ok; /* of TCP or UDP */
} QSegment;

/* False if the frame is none of ours. */
bool qgso_parse(const uint8_t *frame, size_t len, QSegment *seg);

#endif
