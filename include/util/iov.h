/*
 * Scatter-gather helpers. Offsets and lengths in bytes; nothing here reads or
 * writes past the vector, the return value says how much was done.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_IOV_H
#define UTIL_IOV_H

#include <sys/uio.h>

#include "util/osdep.h"

static inline size_t iov_size(const struct iovec *iov, unsigned cnt)
{
    size_t total = 0;

    for (unsigned i = 0; i < cnt; i++) {
        total += iov[i].iov_len;
    }
    return total;
}

/* The copies below when more than the first piece is concerned. */
size_t iov_from_buf_full(const struct iovec *iov, unsigned cnt, size_t offset,
                         const void *buf, size_t bytes);
size_t iov_to_buf_full(const struct iovec *iov, unsigned cnt, size_t offset,
                       void *buf, size_t bytes);

/* Is all of a copy in the first piece? Of packets, it nearly always is. */
static inline bool iov_first_holds(const struct iovec *iov, unsigned cnt,
                                   size_t offset, size_t bytes)
{
    return likely(cnt && bytes && offset <= iov->iov_len &&
                  bytes <= iov->iov_len - offset);
}

/* buf -> iov starting at offset; returns bytes copied. */
static inline size_t iov_from_buf(const struct iovec *iov, unsigned cnt,
                                  size_t offset, const void *buf, size_t bytes)
{
    if (iov_first_holds(iov, cnt, offset, bytes)) {
        memcpy((char *)iov->iov_base + offset, buf, bytes);
        return bytes;
    }
    return iov_from_buf_full(iov, cnt, offset, buf, bytes);
}

/* iov starting at offset -> buf; returns bytes copied. */
static inline size_t iov_to_buf(const struct iovec *iov, unsigned cnt,
                                size_t offset, void *buf, size_t bytes)
{
    if (iov_first_holds(iov, cnt, offset, bytes)) {
        memcpy(buf, (const char *)iov->iov_base + offset, bytes);
        return bytes;
    }
    return iov_to_buf_full(iov, cnt, offset, buf, bytes);
}

size_t iov_memset(const struct iovec *iov, unsigned cnt, size_t offset,
                  int fillc, size_t bytes);
/*
 * Describes bytes [offset, offset+bytes) of src in dst. Returns the number of
 * dst entries used; stops early when dst is full (then iov_size(dst) tells).
 */
unsigned iov_copy(struct iovec *dst, unsigned dst_cnt, const struct iovec *src,
                  unsigned src_cnt, size_t offset, size_t bytes);
/* Drops bytes at the front / back in place; returns bytes dropped. */
size_t iov_discard_front(struct iovec **iov, unsigned *cnt, size_t bytes);
size_t iov_discard_back(struct iovec *iov, unsigned *cnt, size_t bytes);

#endif
