/*
 * Guest memory for device DMA: the one place where a guest address becomes a
 * host pointer.
 *
 * Every byte of a range is checked against the RAM of the view before a
 * pointer is given out; a range that leaves RAM, touches registers, would be
 * written although it is ROM, or wraps, is refused whole. Nothing here calls
 * a device, so a ring or a buffer can never re-enter one (hazard class F).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "memory/memory.h"

static bool range_wraps(hwaddr gpa, uint64_t len)
{
    return len - 1 > UINT64_MAX - gpa;
}

static bool range_usable(const MemoryRange *r, GuestMemoryDir dir)
{
    return r->host && !(dir == GUEST_MEMORY_WRITE && r->readonly);
}

/* The range that follows r without a hole, or NULL. */
static const MemoryRange *range_next(const FlatView *view, const MemoryRange *r)
{
    const MemoryRange *next = r + 1;

    return next < view->ranges + view->nr && next->addr == r->addr + r->size
               ? next
               : NULL;
}

int guest_memory_map_iov(const FlatView *view, hwaddr gpa, uint64_t len,
                         GuestMemoryDir dir, struct iovec *iov,
                         unsigned max_iov)
{
    const MemoryRange *r;
    hwaddr addr = gpa;
    uint64_t left = len;
    unsigned n = 0;

    if (len == 0) {
        return 0;
    }
    if (range_wraps(gpa, len)) {
        return -EFAULT;
    }
    for (r = flatview_find(view, gpa); left; r = range_next(view, r)) {
        uint64_t offset, piece;

        if (!r || !range_usable(r, dir)) {
            return -EFAULT;
        }
        if (n == max_iov) {
            return -E2BIG;
        }
        offset = addr - r->addr;
        piece = MIN(left, r->size - offset);
        iov[n].iov_base = r->host + offset;
        iov[n].iov_len = piece;
        if (dir == GUEST_MEMORY_WRITE) {
            ram_block_note_write(r->ram, r->host + offset, piece);
        }
        n++;
        addr += piece;
        left -= piece;
    }
    if (dir == GUEST_MEMORY_WRITE && unlikely(guest_memory_dirty_logging)) {
        guest_memory_set_dirty(view, gpa, len);
    }
    return n;
}

void *guest_memory_map(const FlatView *view, hwaddr gpa, uint64_t len,
                       GuestMemoryDir dir)
{
    struct iovec iov;

    return guest_memory_map_iov(view, gpa, len, dir, &iov, 1) == 1
               ? iov.iov_base
               : NULL;
}

/* 0 if all of it can be used, else -EFAULT. */
static int check_range(const FlatView *view, hwaddr gpa, uint64_t len,
                       GuestMemoryDir dir)
{
    const MemoryRange *r;

    if (len == 0) {
        return 0;
    }
    if (range_wraps(gpa, len)) {
        return -EFAULT;
    }
    for (r = flatview_find(view, gpa); r && range_usable(r, dir);
         r = range_next(view, r)) {
        if (len - 1 <= r->addr + (r->size - 1) - gpa) {
            return 0;
        }
    }
    return -EFAULT;
}

int guest_memory_read(const FlatView *view, hwaddr gpa, void *buf, uint64_t len)
{
    int ret = check_range(view, gpa, len, GUEST_MEMORY_READ);
    uint8_t *p = buf;

    if (ret < 0 || len == 0) {
        return ret;
    }
    for (const MemoryRange *r = flatview_find(view, gpa); len; r++) {
        uint64_t offset = gpa - r->addr;
        uint64_t piece = MIN(len, r->size - offset);

        memcpy(p, r->host + offset, piece);
        p += piece;
        gpa += piece;
        len -= piece;
    }
    return 0;
}

int guest_memory_write(const FlatView *view, hwaddr gpa, const void *buf,
                       uint64_t len)
{
    int ret = check_range(view, gpa, len, GUEST_MEMORY_WRITE);
    const uint8_t *p = buf;

    if (ret < 0 || len == 0) {
        return ret;
    }
    for (const MemoryRange *r = flatview_find(view, gpa); len; r++) {
        uint64_t offset = gpa - r->addr;
        uint64_t piece = MIN(len, r->size - offset);

        memcpy(r->host + offset, p, piece);
        ram_block_note_write(r->ram, r->host + offset, piece);
        ram_block_set_dirty(r->ram, r->host + offset - r->ram->host, piece);
        p += piece;
        gpa += piece;
        len -= piece;
    }
    return 0;
}

void guest_memory_set_dirty(const FlatView *view, hwaddr gpa, uint64_t len)
{
    const MemoryRange *r;

    if (!guest_memory_dirty_logging || len == 0 || range_wraps(gpa, len)) {
        return;
    }
    for (r = flatview_find(view, gpa); r && r->host && len;
         r = range_next(view, r)) {
        uint64_t offset = gpa - r->addr;
        uint64_t piece = MIN(len, r->size - offset);

        ram_block_set_dirty(r->ram, r->host + offset - r->ram->host, piece);
        gpa += piece;
        len -= piece;
    }
}
