/*
 * Internet checksums (RFC 1071).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_CHECKSUM_H
#define NET_CHECKSUM_H

#include <sys/uio.h>

#include "util/osdep.h"

/* Unfolded sum of big-endian words; offset tells the parity of buf[0]. */
uint32_t net_checksum_add_cont(const uint8_t *buf, size_t len, size_t offset);
uint32_t net_checksum_add_iov(const struct iovec *iov, unsigned cnt,
                              size_t offset, size_t len);
uint16_t net_checksum_finish(uint32_t sum);
/*
 * Completes the checksum a vnet header asks for (NEEDS_CSUM): the sum from
 * csum_start to the end goes to csum_start + csum_offset. False, and nothing
 * done, if that does not lie in the frame.
 */
bool net_checksum_complete(uint8_t *frame, size_t len, size_t csum_start,
                           size_t csum_offset);

#endif
