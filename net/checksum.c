/*
 * Internet checksums: the sum over flat or scattered bytes, and completing
 * the checksum that a vnet header asks for.
 *
 * The ones' complement sum does not care about byte order (RFC 1071, 2(B)), so
 * the inner loop adds native 32-bit words and the result is swapped once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/checksum.h"
#include "util/bswap.h"

static uint16_t checksum_fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

uint32_t net_checksum_add_cont(const uint8_t *buf, size_t len, size_t offset)
{
    uint64_t sum = 0;
    uint16_t folded;

    while (len >= 8) {
        uint32_t w[2];

        memcpy(w, buf, sizeof(w));
        sum += w[0];
        sum += w[1];
        buf += 8;
        len -= 8;
    }
    while (len >= 2) {
        uint16_t w;

        memcpy(&w, buf, sizeof(w));
        sum += w;
        buf += 2;
        len -= 2;
    }
    if (len) {
        uint8_t last[2] = { *buf, 0 };
        uint16_t w;

        memcpy(&w, last, sizeof(w));
        sum += w;
    }
    folded = be16_to_cpu(checksum_fold(sum));
    return offset & 1 ? GUINT16_SWAP_LE_BE(folded) : folded;
}

uint32_t net_checksum_add_iov(const struct iovec *iov, unsigned cnt,
                              size_t offset, size_t len)
{
    uint32_t sum = 0;
    size_t done = 0;

    for (unsigned i = 0; i < cnt && done < len; i++) {
        size_t part;

        if (offset >= iov[i].iov_len) {
            offset -= iov[i].iov_len;
            continue;
        }
        part = MIN(iov[i].iov_len - offset, len - done);
        sum += net_checksum_add_cont((uint8_t *)iov[i].iov_base + offset, part,
                                     done);
        /* Keeps any number of entries from overflowing. */
        sum = checksum_fold(sum);
        done += part;
        offset = 0;
    }
    return sum;
}

uint16_t net_checksum_finish(uint32_t sum)
{
    return ~checksum_fold(sum);
}

bool net_checksum_complete(uint8_t *frame, size_t len, size_t csum_start,
                           size_t csum_offset)
{
    uint16_t csum;

    if (csum_start > len || csum_offset > len - csum_start ||
        len - csum_start - csum_offset < 2) {
        return false;
    }
    /* The field holds the pseudo header's sum, which the total takes in. */
    csum = net_checksum_finish(
        net_checksum_add_cont(frame + csum_start, len - csum_start, 0));
    /* In UDP, 0 would say "no checksum"; 0xffff has the same value. */
    stw_be_p(frame + csum_start + csum_offset, csum ? csum : 0xffff);
    return true;
}
