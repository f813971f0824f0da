/*
 * The split ring (virtio 1.4, 2.7).
 *
 * Three areas in guest memory: the descriptor table and the available ring,
 * which the driver writes, and the used ring, which the device writes. Each
 * side tells the other how far it got by a 16-bit index that counts up
 * modulo 2^16, and by the flags or event index next to it when it wants to be
 * notified.
 *
 * Our side keeps private copies of everything it has written itself and never
 * reads it back. The driver's index is read only when the last copy of it is
 * exhausted, since its cache line belongs to another CPU.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "virtqueue-internal.h"

/* Heads read ahead, so that their descriptors can be prefetched. */
#define SPLIT_LOOK_AHEAD 16

static uint16_t *split_avail_event_ptr(VirtQueue *vq)
{
    return (uint16_t *)&vq->split.used->ring[vq->num];
}

static void split_dirty(VirtQueue *vq, const void *ptr, size_t len)
{
    if (unlikely(guest_memory_dirty_logging)) {
        guest_memory_set_dirty(
            vq->vdev->dma_view,
            vq->used + ((const char *)ptr - (const char *)vq->split.used),
            len);
    }
}

/*
 * Acquire: the descriptors and ring entries that idx covers are read after
 * it. Partner: the driver's write barrier between filling the entry and
 * storing avail->idx.
 */
static uint16_t split_load_avail_idx(VirtQueue *vq)
{
    return le16_to_cpu(qatomic_load_acquire(&vq->split.avail->idx));
}

static void split_store_avail_event(VirtQueue *vq, uint16_t event)
{
    VRingSplit *r = &vq->split;
    uint16_t *ptr = split_avail_event_ptr(vq);

    if (!r->avail_event_valid || r->avail_event != event) {
        qatomic_set(ptr, cpu_to_le16(event));
        split_dirty(vq, ptr, sizeof(*ptr));
        r->avail_event = event;
        r->avail_event_valid = true;
    }
}

/*
 * How many chains wait. When it looks like none, and the driver is to kick
 * for the next one, the event index must say so before the last look: else a
 * chain added in between goes without a kick, and the queue stalls.
 */
static unsigned split_available(VirtQueue *vq)
{
    VRingSplit *r = &vq->split;
    uint16_t idx, delta;

    if (r->shadow_avail_idx == r->last_avail_idx) {
        idx = split_load_avail_idx(vq);
        if (idx == r->last_avail_idx && vq->notification && vq->event_idx &&
            !(r->avail_event_valid && r->avail_event == idx)) {
            split_store_avail_event(vq, idx);
            /* Partner: the driver's barrier between storing avail->idx and
             * reading avail_event. */
            smp_mb();
            idx = split_load_avail_idx(vq);
        }
        delta = idx - r->last_avail_idx;
        if (delta > vq->num) {
            virtqueue_error(vq, "Guest moved used index from %u to %u",
                            r->last_avail_idx, idx);
            return 0;
        }
        r->shadow_avail_idx = idx;
    }
    return (uint16_t)(r->shadow_avail_idx - r->last_avail_idx);
}

/* The head in the ring entry `ahead` of the next one; any value. */
static uint16_t split_load_head(VirtQueue *vq, unsigned ahead)
{
    uint16_t slot = vq->split.last_avail_idx + ahead;

    return le16_to_cpu(
        qatomic_read(&vq->split.avail->ring[slot & (vq->num - 1)]));
}

static bool split_check_head(VirtQueue *vq, unsigned head)
{
    if (unlikely(head >= vq->num)) {
        virtqueue_error(vq, "Guest says index %u is available", head);
        return false;
    }
    return true;
}

static VQElem *split_pop_one(VirtQueue *vq, unsigned head)
{
    VRingChain c = { .vq = vq };

    if (!split_check_head(vq, head)) {
        return NULL;
    }
    if (unlikely(vq->inuse >= vq->num)) {
        virtqueue_error(vq, "Virtqueue size exceeded: %u chains of %u in use",
                        vq->inuse, vq->num);
        return NULL;
    }
    c.elem = virtqueue_elem_get(vq);
    if (!vring_chain_walk(&c, vq->split.desc, vq->num, head)) {
        virtqueue_elem_put(vq, c.elem);
        return NULL;
    }
    vring_chain_finish(&c);
    c.elem->e.index = head;
    c.elem->e.ndescs = 1;
    c.elem->pos = vq->split.last_avail_idx++;
    vq->inuse++;
    return c.elem;
}

static unsigned split_pop(VirtQueue *vq, VirtQueueElement **elems,
                          unsigned max)
{
    uint16_t heads[SPLIT_LOOK_AHEAD];
    unsigned todo = split_available(vq);
    unsigned done = 0, n, i;
    VQElem *elem;

    todo = MIN(todo, max);
    while (done < todo) {
        n = MIN(todo - done, SPLIT_LOOK_AHEAD);
        for (i = 0; i < n; i++) {
            heads[i] = split_load_head(vq, i);
            __builtin_prefetch(&vq->split.desc[heads[i] & (vq->num - 1)]);
        }
        for (i = 0; i < n; i++) {
            elem = split_pop_one(vq, heads[i]);
            if (!elem) {
                return done;
            }
            if (elem->e.out_num) {
                __builtin_prefetch(elem->e.out_sg->iov_base);
            }
            elems[done++] = &elem->e;
        }
    }
    return done;
}

static void split_unpop(VirtQueue *vq, VQElem *elem)
{
    vq->split.last_avail_idx--;
}

static void split_flush(VirtQueue *vq, VirtQueueElement *const *elems,
                        unsigned count)
{
    VRingSplit *r = &vq->split;
    VRingUsedElem *slot;
    unsigned i;

    for (i = 0; i < count; i++) {
        slot = &r->used->ring[(r->used_idx + i) & (vq->num - 1)];
        slot->id = cpu_to_le32(elems[i]->index);
        slot->len = cpu_to_le32(elems[i]->len);
        split_dirty(vq, slot, sizeof(*slot));
    }
    r->used_idx += count;
    /*
     * Release: the buffers and the entries above are visible before the
     * index. Partner: the driver's read barrier after loading used->idx.
     */
    qatomic_store_release(&r->used->idx, cpu_to_le16(r->used_idx));
    split_dirty(vq, &r->used->idx, sizeof(r->used->idx));
}

static bool split_empty(VirtQueue *vq)
{
    VRingSplit *r = &vq->split;

    return r->shadow_avail_idx == r->last_avail_idx &&
           split_load_avail_idx(vq) == r->last_avail_idx;
}

static bool split_should_notify(VirtQueue *vq)
{
    VRingSplit *r = &vq->split;
    uint16_t old = r->signalled_used, event;

    /*
     * The index is out before the driver's wish is read. Partner: the
     * driver's barrier between stating its wish (used_event, avail->flags)
     * and looking at used->idx once more.
     */
    smp_mb();
    r->signalled_used = r->used_idx;
    if (vq->notify_on_empty && !vq->inuse && split_empty(vq)) {
        return true;
    }
    if (old == r->used_idx) {
        return false;
    }
    if (!vq->event_idx) {
        return !(le16_to_cpu(qatomic_read(&r->avail->flags)) &
                 VRING_AVAIL_F_NO_INTERRUPT);
    }
    event = le16_to_cpu(qatomic_read(&r->avail->ring[vq->num]));
    return vring_need_event(event, r->used_idx, old);
}

static void split_set_notification(VirtQueue *vq, bool enable)
{
    VRingUsed *used = vq->split.used;

    if (!vq->event_idx) {
        qatomic_set(&used->flags,
                    cpu_to_le16(enable ? 0 : VRING_USED_F_NO_NOTIFY));
        split_dirty(vq, &used->flags, sizeof(used->flags));
    } else if (enable) {
        /* The first chain we have not seen yet, popped or not. Disabling
         * needs nothing: the index falls behind by itself. */
        split_store_avail_event(vq, split_load_avail_idx(vq));
    }
    if (enable) {
        /* The caller looks at the ring again after this. Partner: the
         * driver's barrier between storing avail->idx and reading
         * used->flags or avail_event. */
        smp_mb();
    }
}

static bool split_avail_bytes(VirtQueue *vq, uint64_t in_bytes,
                              uint64_t out_bytes)
{
    VRingSplit *r = &vq->split;
    uint16_t idx = split_load_avail_idx(vq);
    uint64_t in = 0, out = 0;
    unsigned i, head, n = (uint16_t)(idx - r->last_avail_idx);

    if (n > vq->num) {
        virtqueue_error(vq, "Guest moved used index from %u to %u",
                        r->last_avail_idx, idx);
        return false;
    }
    r->shadow_avail_idx = idx;
    for (i = 0; i < n && (in < in_bytes || out < out_bytes); i++) {
        VRingChain c = { .vq = vq };

        head = split_load_head(vq, i);
        if (!split_check_head(vq, head) ||
            !vring_chain_walk(&c, r->desc, vq->num, head)) {
            return false;
        }
        in += c.in_size;
        out += c.out_size;
    }
    return in >= in_bytes && out >= out_bytes;
}

static VirtQueuePos split_position(const VirtQueue *vq)
{
    const VRingSplit *r = &vq->split;

    return (VirtQueuePos){ r->last_avail_idx, r->shadow_avail_idx, r->used_idx,
                           r->signalled_used };
}

static bool split_check_addr(VirtQueue *vq, const char **what)
{
    *what = vq->desc % 16  ? "descriptor table"
            : vq->avail % 2 ? "available ring"
            : vq->used % 4  ? "used ring"
                            : NULL;
    return !*what;
}

static bool split_map(VirtQueue *vq, const FlatView *view)
{
    VRingSplit *r = &vq->split;

    r->desc = guest_memory_map(view, vq->desc, vring_split_desc_size(vq->num),
                               GUEST_MEMORY_READ);
    r->avail = guest_memory_map(view, vq->avail,
                                vring_split_avail_size(vq->num),
                                GUEST_MEMORY_READ);
    r->used = guest_memory_map(view, vq->used, vring_split_used_size(vq->num),
                               GUEST_MEMORY_WRITE);
    return r->desc && r->avail && r->used && !((uintptr_t)r->desc % 16) &&
           !((uintptr_t)r->avail % 2) && !((uintptr_t)r->used % 4);
}

static void split_unmap(VirtQueue *vq)
{
    vq->split.desc = NULL;
    vq->split.avail = NULL;
    vq->split.used = NULL;
}

static void split_start(VirtQueue *vq)
{
    memset(&vq->split, 0, sizeof(vq->split));
}

const VirtQueueOps vring_split_ops = {
    .name = "split",
    .check_addr = split_check_addr,
    .map = split_map,
    .unmap = split_unmap,
    .start = split_start,
    .pop = split_pop,
    .unpop = split_unpop,
    .flush = split_flush,
    .should_notify = split_should_notify,
    .set_notification = split_set_notification,
    .empty = split_empty,
    .avail_bytes = split_avail_bytes,
    .position = split_position,
};
