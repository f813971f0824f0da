/*
 * Scatter-gather helpers.
 *
 * Everything is a walk over the vector that skips `offset` bytes and then
 * visits at most `bytes` bytes in contiguous pieces; the functions differ in
 * what they do with a piece.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/iov.h"

typedef struct IovWalk {
    const struct iovec *iov;
    unsigned cnt;
    size_t skip;
    size_t left;
} IovWalk;

/* The next piece; false at the end of the vector or of the byte range. */
static inline bool iov_walk_next(IovWalk *w, void **base, size_t *len)
{
    while (w->cnt && w->left) {
        const struct iovec *v = w->iov++;
        size_t skip = w->skip;

        w->cnt--;
        if (skip >= v->iov_len) {
            w->skip = skip - v->iov_len;
            continue;
        }
        w->skip = 0;
        *base = (char *)v->iov_base + skip;
        *len = MIN(v->iov_len - skip, w->left);
        w->left -= *len;
        return true;
    }
    return false;
}

size_t iov_from_buf_full(const struct iovec *iov, unsigned cnt, size_t offset,
                         const void *buf, size_t bytes)
{
    IovWalk w = { iov, cnt, offset, bytes };
    size_t done = 0, len;
    void *base;

    while (iov_walk_next(&w, &base, &len)) {
        memcpy(base, (const char *)buf + done, len);
        done += len;
    }
    return done;
}

size_t iov_to_buf_full(const struct iovec *iov, unsigned cnt, size_t offset,
                       void *buf, size_t bytes)
{
    IovWalk w = { iov, cnt, offset, bytes };
    size_t done = 0, len;
    void *base;

    while (iov_walk_next(&w, &base, &len)) {
        memcpy((char *)buf + done, base, len);
        done += len;
    }
    return done;
}

size_t iov_memset(const struct iovec *iov, unsigned cnt, size_t offset,
                  int fillc, size_t bytes)
{
    IovWalk w = { iov, cnt, offset, bytes };
    size_t done = 0, len;
    void *base;

    while (iov_walk_next(&w, &base, &len)) {
        memset(base, fillc, len);
        done += len;
    }
    return done;
}

unsigned iov_copy(struct iovec *dst, unsigned dst_cnt, const struct iovec *src,
                  unsigned src_cnt, size_t offset, size_t bytes)
{
    IovWalk w = { src, src_cnt, offset, bytes };
    unsigned n = 0;

    while (n < dst_cnt &&
           iov_walk_next(&w, &dst[n].iov_base, &dst[n].iov_len)) {
        n++;
    }
    return n;
}

size_t iov_discard_front(struct iovec **iov, unsigned *cnt, size_t bytes)
{
    size_t done = 0;

    while (*cnt && done < bytes) {
        struct iovec *v = *iov;

        if (v->iov_len > bytes - done) {
            v->iov_base = (char *)v->iov_base + (bytes - done);
            v->iov_len -= bytes - done;
            return bytes;
        }
        done += v->iov_len;
        (*iov)++;
        (*cnt)--;
    }
    return done;
}

size_t iov_discard_back(struct iovec *iov, unsigned *cnt, size_t bytes)
{
    size_t done = 0;

    while (*cnt && done < bytes) {
        struct iovec *v = &iov[*cnt - 1];

        if (v->iov_len > bytes - done) {
            v->iov_len -= bytes - done;
            return bytes;
        }
        done += v->iov_len;
        (*cnt)--;
    }
    return done;
}
