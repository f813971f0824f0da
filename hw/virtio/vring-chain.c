/*
 * The walk over one descriptor chain: the only place where descriptors are
 * read.
 *
 * A guest may change a descriptor while it is looked at, link descriptors in
 * a circle, point them anywhere and claim any length. So each one is copied
 * once and judged by its copy; the walk counts its steps; every byte a chain
 * names is checked to be RAM before the device type sees the chain. What
 * comes out is a VirtQueueElement whose pieces lie in host memory.
 *
 * Chains are bounded by VIRTQUEUE_MAX_SIZE descriptors and pieces, and by
 * 2^32-1 bytes (virtio 1.4, 2.7.5.2: the driver must not exceed 2^32).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "virtqueue-internal.h"

/* One copy, and no way for the compiler to look at the original again. */
static void vring_desc_snapshot(VRingDesc *d, const VRingDesc *guest)
{
    memcpy(d, guest, sizeof(*d));
    __asm__ volatile("" : : : "memory");
    d->addr = le64_to_cpu(d->addr);
    d->len = le32_to_cpu(d->len);
    d->flags = le16_to_cpu(d->flags);
    d->next = le16_to_cpu(d->next);
}

/*
 * Guest range to pieces of host memory. Guests have few RAM ranges, and one
 * chain's pieces nearly always lie in the same: it is tried first. Dirty
 * pages are logged when the device has written them, by virtqueue_fill().
 */
static int vq_translate(VirtQueue *vq, const VRingDesc *d, bool write,
                        struct iovec *iov, unsigned max)
{
    const FlatView *view = vq->vdev->dma_view;
    const MemoryRange *r = vq->hint;
    uint64_t offset;
    int n;

    if (likely(r && d->addr >= r->addr && max)) {
        offset = d->addr - r->addr;
        if (likely(offset < r->size && d->len <= r->size - offset &&
                   !(write && r->readonly))) {
            iov->iov_base = r->host + offset;
            iov->iov_len = d->len;
            if (write) {
                ram_block_note_write(r->ram, r->host + offset, d->len);
            }
            return 1;
        }
    }
    n = guest_memory_map_iov(view, d->addr, d->len,
                             write ? GUEST_MEMORY_WRITE : GUEST_MEMORY_READ,
                             iov, max);
    if (n > 0) {
        r = flatview_find(view, d->addr);
        vq->hint = r && r->host ? r : NULL;
    }
    return n;
}

static bool chain_map(VRingChain *c, const VRingDesc *d, bool write)
{
    VQElem *elem = c->elem;
    unsigned used = c->out_num + c->in_num;
    int n;

    do {
        n = vq_translate(c->vq, d, write, elem->sg + used,
                         elem->sg_max - used);
    } while (n == -E2BIG && virtqueue_elem_grow(elem, elem->sg_max));
    if (n == -E2BIG) {
        virtqueue_error(c->vq, "Too many %s descriptors in chain, limit is %d",
                        write ? "write" : "read", VIRTQUEUE_MAX_SIZE);
        return false;
    }
    if (n <= 0) {
        virtqueue_error(c->vq,
                        "bogus descriptor: address 0x%" PRIx64
                        " length 0x%x is not %s RAM",
                        d->addr, d->len, write ? "writable" : "readable");
        return false;
    }
    if (write) {
        c->in_num += n;
    } else {
        c->out_num += n;
    }
    return true;
}

static bool chain_add(VRingChain *c, const VRingDesc *d)
{
    bool write = d->flags & VRING_DESC_F_WRITE;

    if (++c->nr_desc > VIRTQUEUE_MAX_SIZE) {
        virtqueue_error(c->vq, "chain is longer than %d descriptors",
                        VIRTQUEUE_MAX_SIZE);
        return false;
    }
    if (!d->len) {
        virtqueue_error(c->vq, "zero sized buffers are not allowed");
        return false;
    }
    if (!write && c->in_size) {
        virtqueue_error(c->vq, "Incorrect order for descriptors");
        return false;
    }
    if (c->in_size + c->out_size + d->len > UINT32_MAX) {
        virtqueue_error(c->vq, "chain is longer than 2^32-1 bytes");
        return false;
    }
    if (c->elem && !chain_map(c, d, write)) {
        return false;
    }
    if (write) {
        c->in_size += d->len;
    } else {
        c->out_size += d->len;
    }
    return true;
}

/*
 * The table an INDIRECT descriptor names. A table that spans RAM ranges is
 * copied; the usual one is read in place, entry by entry, each once.
 */
static const VRingDesc *chain_indirect(VRingChain *c, const VRingDesc *d,
                                       bool nested, unsigned *num)
{
    VirtQueue *vq = c->vq;
    const FlatView *view = vq->vdev->dma_view;
    const VRingDesc *table;

    if (!vq->indirect) {
        virtqueue_error(vq, "indirect descriptor, but "
                            "VIRTIO_RING_F_INDIRECT_DESC is not negotiated");
        return NULL;
    }
    if (nested) {
        virtqueue_error(vq, "indirect descriptor in an indirect table");
        return NULL;
    }
    if (d->flags & VRING_DESC_F_NEXT) {
        virtqueue_error(vq, "indirect descriptor with NEXT (flags 0x%x)",
                        d->flags);
        return NULL;
    }
    if (!d->len || d->len % sizeof(VRingDesc)) {
        virtqueue_error(vq, "Invalid size for indirect buffer table: %u",
                        d->len);
        return NULL;
    }
    *num = d->len / sizeof(VRingDesc);
    table = guest_memory_map(view, d->addr, d->len, GUEST_MEMORY_READ);
    if (!table && *num <= VIRTQUEUE_MAX_SIZE) {
        if (!vq->scratch) {
            vq->scratch = g_new(VRingDesc, VIRTQUEUE_MAX_SIZE);
        }
        if (!guest_memory_read(view, d->addr, vq->scratch, d->len)) {
            table = vq->scratch;
        }
    }
    if (!table) {
        virtqueue_error(vq,
                        "indirect table at 0x%" PRIx64
                        " length 0x%x is not in RAM",
                        d->addr, d->len);
    }
    return table;
}

bool vring_chain_walk(VRingChain *c, const VRingDesc *table, unsigned num,
                      unsigned head)
{
    bool indirect = false;
    unsigned i = head, steps = 0;
    VRingDesc d;

    for (;;) {
        if (i >= num) {
            virtqueue_error(c->vq, "Desc next is %u, table has %u", i, num);
            return false;
        }
        if (steps++ >= num) {
            virtqueue_error(c->vq, "Looped descriptor");
            return false;
        }
        vring_desc_snapshot(&d, &table[i]);
        if (d.flags & VRING_DESC_F_INDIRECT) {
            table = chain_indirect(c, &d, indirect, &num);
            if (!table) {
                return false;
            }
            indirect = true;
            i = steps = 0;
            continue;
        }
        if (!chain_add(c, &d)) {
            return false;
        }
        if (!(d.flags & VRING_DESC_F_NEXT)) {
            return true;
        }
        i = d.next;
    }
}

void vring_chain_finish(VRingChain *c)
{
    VirtQueueElement *e = &c->elem->e;

    e->out_num = c->out_num;
    e->in_num = c->in_num;
    e->out_sg = c->elem->sg;
    e->in_sg = c->elem->sg + c->out_num;
    e->out_size = c->out_size;
    e->in_size = c->in_size;
}
