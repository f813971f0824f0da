/*
 * One access to device registers: the checks before a handler runs, and the
 * fitting of the access to what the handler can take.
 *
 * Three things are decided here for every device, so that no handler has to:
 *   - the access lies inside the region and has a size and an alignment that
 *     the region declares (hazards CVE-2020-13754, CVE-2015-7549);
 *   - the device is not already inside one of its handlers in this thread
 *     (hazard class F);
 *   - the handler sees only sizes and alignments that it implements.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "memory/memory.h"
#include "trace/trace-memory.h"

/* The handlers that run in this thread, innermost first. */
typedef struct Dispatch {
    const MemoryRegion *mr;
    const Object *owner;
    struct Dispatch *outer;
} Dispatch;

static __thread Dispatch *dispatch_stack;

static bool dispatch_enter(Dispatch *d, const MemoryRegion *mr)
{
    if (!mr->disable_reentrancy_guard) {
        for (Dispatch *p = dispatch_stack; p; p = p->outer) {
            if (p->mr == mr || (mr->owner && p->owner == mr->owner)) {
                return false;
            }
        }
    }
    d->mr = mr;
    d->owner = mr->owner;
    d->outer = dispatch_stack;
    dispatch_stack = d;
    return true;
}

static void dispatch_leave(Dispatch *d)
{
    dispatch_stack = d->outer;
}

static uint64_t size_mask(unsigned size)
{
    return MAKE_64BIT_MASK(0, size * 8);
}

/* NULL if the access is one that the region accepts, else why it is not. */
static const char *dispatch_check(const MemoryRegion *mr, hwaddr addr,
                                  unsigned size)
{
    unsigned min = mr->ops->valid.min_access_size;
    unsigned max = mr->ops->valid.max_access_size;

    if (size == 0 || size > 8 || !is_power_of_2(size)) {
        return "no such size";
    }
    if (size > mr->size || addr > mr->size - size) {
        return "beyond the end";
    }
    if (size < min || (max && size > max)) {
        return "invalid size";
    }
    if (!mr->ops->valid.unaligned && (addr & (size - 1))) {
        return "unaligned";
    }
    return NULL;
}

/* What a handler takes: the next piece of [addr, addr + left). */
typedef struct Piece {
    hwaddr addr;    /* of the handler's access */
    unsigned size;  /* of it */
    unsigned shift; /* bits below the wanted bytes */
    unsigned bytes; /* wanted */
} Piece;

static bool next_piece(const MemoryRegion *mr, hwaddr addr, unsigned left,
                       Piece *p)
{
    const MemoryRegionOps *ops = mr->ops;
    unsigned min = ops->impl.min_access_size;
    unsigned max = ops->impl.max_access_size;
    unsigned bytes = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;

    min = min ? min : ops->valid.min_access_size;
    max = max ? max : ops->valid.max_access_size;
    if (max && bytes > max) {
        bytes = max;
    }
    while (!ops->impl.unaligned && (addr & (bytes - 1))) {
        bytes /= 2;
    }
    p->addr = addr;
    p->size = bytes;
    p->shift = 0;
    p->bytes = bytes;
    if (bytes < min) {
        /* The whole aligned word; the region may end inside it. */
        p->addr = QEMU_ALIGN_DOWN(addr, (hwaddr)min);
        p->size = min;
        p->shift = (addr - p->addr) * 8;
        p->bytes = MIN(bytes, min - (unsigned)(addr - p->addr));
    }
    return p->size <= mr->size && p->addr <= mr->size - p->size;
}

static MemTxResult refuse(const MemoryRegion *mr, hwaddr addr, unsigned size,
                          const char *reason)
{
    trace_memory_region_refused(mr->name, addr, size, reason);
    return MEMTX_ERROR;
}

static bool read_pieces(MemoryRegion *mr, hwaddr addr, uint64_t *data,
                        unsigned size)
{
    Piece p;

    *data = 0;
    for (unsigned done = 0; done < size; done += p.bytes) {
        uint64_t v;

        if (!next_piece(mr, addr + done, size - done, &p)) {
            return false;
        }
        v = mr->ops->read(mr->opaque, p.addr, p.size) >> p.shift;
        *data |= (v & size_mask(p.bytes)) << (done * 8);
    }
    return true;
}

MemTxResult memory_region_dispatch_read(MemoryRegion *mr, hwaddr addr,
                                        uint64_t *data, unsigned size)
{
    const char *reason = dispatch_check(mr, addr, size);
    Dispatch d;
    bool ok;

    *data = UINT64_MAX;
    if (reason) {
        return refuse(mr, addr, size, reason);
    }
    if (!dispatch_enter(&d, mr)) {
        *data = size_mask(size);
        return refuse(mr, addr, size, "re-entered");
    }
    ok = read_pieces(mr, addr, data, size);
    dispatch_leave(&d);
    if (!ok) {
        *data = size_mask(size);
        return refuse(mr, addr, size, "word beyond the end");
    }
    trace_memory_region_ops_read(mr->name, addr, *data, size);
    return MEMTX_OK;
}

static bool write_pieces(MemoryRegion *mr, hwaddr addr, uint64_t data,
                         unsigned size)
{
    Piece p;

    for (unsigned done = 0; done < size; done += p.bytes) {
        uint64_t v = data >> (done * 8);

        if (!next_piece(mr, addr + done, size - done, &p)) {
            return false;
        }
        v &= size_mask(p.bytes);
        if (p.bytes < p.size) {
            uint64_t keep = ~(size_mask(p.bytes) << p.shift);
            uint64_t word = mr->ops->read(mr->opaque, p.addr, p.size);

            v = ((word & keep) | (v << p.shift)) & size_mask(p.size);
        }
        mr->ops->write(mr->opaque, p.addr, v, p.size);
    }
    return true;
}

/* A write that an eventfd stands for never reaches the handler. */
static bool dispatch_eventfd(MemoryRegion *mr, hwaddr addr, uint64_t data,
                             unsigned size)
{
    for (unsigned i = 0; mr->eventfds && i < mr->eventfds->len; i++) {
        MemoryRegionEventfd *fd =
            &g_array_index(mr->eventfds, MemoryRegionEventfd, i);

        if (fd->addr == addr && (fd->size == 0 || fd->size == size) &&
            (!fd->match_data || fd->data == data)) {
            trace_memory_region_eventfd(mr->name, addr, data, size);
            event_notifier_set(fd->e);
            return true;
        }
    }
    return false;
}

MemTxResult memory_region_dispatch_write(MemoryRegion *mr, hwaddr addr,
                                         uint64_t data, unsigned size)
{
    const char *reason = dispatch_check(mr, addr, size);
    Dispatch d;
    bool ok;

    if (reason) {
        return refuse(mr, addr, size, reason);
    }
    data &= size_mask(size);
    if (dispatch_eventfd(mr, addr, data, size)) {
        return MEMTX_OK;
    }
    if (!dispatch_enter(&d, mr)) {
        return refuse(mr, addr, size, "re-entered");
    }
    trace_memory_region_ops_write(mr->name, addr, data, size);
    ok = write_pieces(mr, addr, data, size);
    dispatch_leave(&d);
    return ok ? MEMTX_OK : refuse(mr, addr, size, "word beyond the end");
}
