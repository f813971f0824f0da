/*
 * The device's side of a virtqueue: the API that device types use, the same
 * for every ring format.
 *
 * Popping gives elements of a pool that is as large as the ring, so nothing
 * is allocated per chain; a driver that makes more chains available than the
 * ring has entries breaks the device. Used elements collect in a private
 * batch by virtqueue_fill() and become visible to the driver by one
 * virtqueue_flush(), followed by one virtio_notify().
 *
 *     pop ---> OUT ---fill---> FILLED ---flush---> FREE
 *               |                  \---(IN_ORDER)---> HELD ---> FREE
 *               +--unpop, detach--> FREE
 *
 * With IN_ORDER negotiated an element that is done before an older one is
 * held back here until its turn comes.
 *
 * All of this runs in the AioContext of the queue. The control side
 * (virtio-queue.c) changes `live` and `running` only while that is stopped.
 * On a queue that is not running nothing can be popped; on one that is not
 * live, because it was reset or broken, used elements just return to the
 * pool and guest memory is not touched.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "trace/trace-hw-virtio.h"
#include "virtqueue-internal.h"

void virtqueue_error(VirtQueue *vq, const char *fmt, ...)
{
    g_autofree char *msg = NULL;
    va_list ap;

    va_start(ap, fmt);
    msg = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    virtio_error(vq->vdev, "queue %u: %s", vq->index, msg);
}

/* ------------------------------------------------------------------ pool */

void virtqueue_pool_init(VirtQueue *vq, unsigned num)
{
    unsigned i;

    if (vq->pool_num != num) {
        virtqueue_pool_free(vq);
        vq->pool = g_new0(VQElem, num);
        vq->free_elems = g_new(VQElem *, num);
        vq->batch = g_new0(VirtQueueElement *, num);
        vq->in_order_held = g_new0(VirtQueueElement *, num);
        vq->pool_num = num;
    }
    vq->nr_free = 0;
    for (i = 0; i < num; i++) {
        VQElem *elem = &vq->pool[num - 1 - i];

        elem->sg = elem->overflow ? elem->overflow : elem->inl;
        elem->sg_max = elem->overflow ? elem->sg_max : VQ_INLINE_IOV;
        elem->state = VQ_ELEM_FREE;
        vq->free_elems[vq->nr_free++] = elem;
        vq->batch[i] = vq->in_order_held[i] = NULL;
    }
}

void virtqueue_pool_free(VirtQueue *vq)
{
    unsigned i;

    for (i = 0; i < vq->pool_num; i++) {
        g_free(vq->pool[i].overflow);
    }
    g_clear_pointer(&vq->pool, g_free);
    g_clear_pointer(&vq->free_elems, g_free);
    g_clear_pointer(&vq->batch, g_free);
    g_clear_pointer(&vq->in_order_held, g_free);
    g_clear_pointer(&vq->scratch, g_free);
    vq->pool_num = vq->nr_free = 0;
}

VQElem *virtqueue_elem_get(VirtQueue *vq)
{
    VQElem *elem;

    g_assert(vq->nr_free);
    elem = vq->free_elems[--vq->nr_free];
    elem->state = VQ_ELEM_OUT;
    elem->e.len = 0;
    elem->e.opaque = NULL;
    return elem;
}

void virtqueue_elem_put(VirtQueue *vq, VQElem *elem)
{
    g_assert(elem->state != VQ_ELEM_FREE);
    elem->state = VQ_ELEM_FREE;
    vq->free_elems[vq->nr_free++] = elem;
}

/*
 * Long chains are rare, and a driver that uses them does so again: the area
 * stays with the element until the queue changes size.
 */
bool virtqueue_elem_grow(VQElem *elem, unsigned used)
{
    unsigned max = MIN(MAX(64, elem->sg_max * 2), VIRTQUEUE_MAX_SIZE);
    struct iovec *sg;

    if (used >= VIRTQUEUE_MAX_SIZE) {
        return false;
    }
    sg = g_new(struct iovec, max);
    memcpy(sg, elem->sg, elem->sg_max * sizeof(*sg));
    g_free(elem->overflow);
    elem->overflow = elem->sg = sg;
    elem->sg_max = max;
    trace_virtqueue_alloc_element(elem, sizeof(*elem), max);
    return true;
}

/* ------------------------------------------------------------------- pop */

unsigned virtqueue_pop_batch(VirtQueue *vq, VirtQueueElement **elems,
                             unsigned max)
{
    unsigned n, i;

    if (unlikely(!vq->running)) {
        return 0;
    }
    n = vq->ops->pop(vq, elems, max);
    vq->stats.popped += n;
    if (trace_event_get_state(TRACE_VIRTQUEUE_POP)) {
        for (i = 0; i < n; i++) {
            trace_virtqueue_pop(vq->vdev->name, vq->index, elems[i]->index,
                                elems[i]->in_num, elems[i]->out_num);
        }
    }
    return n;
}

VirtQueueElement *virtqueue_pop(VirtQueue *vq)
{
    VirtQueueElement *elem;

    return virtqueue_pop_batch(vq, &elem, 1) ? elem : NULL;
}

void virtqueue_unpop(VirtQueue *vq, VirtQueueElement *e)
{
    VQElem *elem = vq_elem(e);

    g_assert(elem->state == VQ_ELEM_OUT);
    if (vq->live) {
        vq->ops->unpop(vq, elem);
        vq->stats.popped--;
    }
    virtqueue_detach_element(vq, e);
}

void virtqueue_detach_element(VirtQueue *vq, VirtQueueElement *e)
{
    vq->inuse--;
    virtqueue_elem_put(vq, vq_elem(e));
}

void virtqueue_detach_all(VirtQueue *vq)
{
    unsigned i;

    for (i = 0; i < vq->pool_num && vq->inuse; i++) {
        if (vq->pool[i].state != VQ_ELEM_FREE) {
            virtqueue_detach_element(vq, &vq->pool[i].e);
        }
    }
    for (i = 0; i < vq->pool_num; i++) {
        vq->batch[i] = vq->in_order_held[i] = NULL;
    }
}

/* ------------------------------------------------------------------- push */

/*
 * What the device wrote went through host pointers; the guest addresses are
 * found again by the RAM range the pointers lie in.
 */
static void elem_set_dirty(VirtQueue *vq, const VirtQueueElement *e)
{
    const FlatView *view = vq->vdev->dma_view;
    uint64_t left = e->len, offset, len;
    unsigned i, k;

    for (i = 0; i < e->in_num && left; i++) {
        len = MIN(left, e->in_sg[i].iov_len);
        left -= len;
        for (k = 0; k < view->nr; k++) {
            const MemoryRange *r = &view->ranges[k];

            offset = (uint8_t *)e->in_sg[i].iov_base - r->host;
            if (r->host && (uint8_t *)e->in_sg[i].iov_base >= r->host &&
                offset < r->size) {
                guest_memory_set_dirty(view, r->addr + offset, len);
                break;
            }
        }
    }
}

void virtqueue_fill(VirtQueue *vq, VirtQueueElement *e, unsigned len,
                    unsigned idx)
{
    VQElem *elem = vq_elem(e);

    g_assert(elem->state == VQ_ELEM_OUT && idx < vq->pool_num);
    trace_virtqueue_fill(vq->vdev->name, vq->index, e->index, len, idx);
    elem->state = VQ_ELEM_FILLED;
    /* More than the chain can hold would tell the driver of bytes nobody
     * wrote. */
    e->len = MIN(len, e->in_size);
    vq->batch[idx] = e;
    if (unlikely(guest_memory_dirty_logging) && vq->live) {
        elem_set_dirty(vq, e);
    }
}

/* The batch joins what is held; what is complete from the oldest on becomes
 * the batch. Returns its size. */
static unsigned in_order_collect(VirtQueue *vq, unsigned count)
{
    VirtQueueElement **slot;
    unsigned i;

    for (i = 0; i < count; i++) {
        vq_elem(vq->batch[i])->state = VQ_ELEM_HELD;
        vq->in_order_held[vq_elem(vq->batch[i])->pos % vq->num] = vq->batch[i];
    }
    for (i = 0; i < vq->num; i++) {
        slot = &vq->in_order_held[vq->in_order_next % vq->num];
        if (!*slot) {
            break;
        }
        vq->batch[i] = *slot;
        *slot = NULL;
        vq->in_order_next++;
    }
    return i;
}

void virtqueue_flush(VirtQueue *vq, unsigned count)
{
    unsigned i;

    g_assert(count <= vq->pool_num);
    if (!count) {
        return;
    }
    trace_virtqueue_flush(vq->vdev->name, vq->index, count);
    if (likely(vq->live)) {
        if (unlikely(vq->in_order)) {
            count = in_order_collect(vq, count);
        }
        if (count) {
            vq->ops->flush(vq, vq->batch, count);
            vq->stats.pushed += count;
            vq->stats.batches++;
        }
    }
    for (i = 0; i < count; i++) {
        virtqueue_detach_element(vq, vq->batch[i]);
        vq->batch[i] = NULL;
    }
}

void virtqueue_push(VirtQueue *vq, VirtQueueElement *elem, unsigned len)
{
    virtqueue_fill(vq, elem, len, 0);
    virtqueue_flush(vq, 1);
}

/* --------------------------------------------------------- notifications */

void virtio_notify(VirtIODevice *vdev, VirtQueue *vq)
{
    if (unlikely(!vq->live)) {
        return;
    }
    if (!vq->ops->should_notify(vq)) {
        vq->stats.interrupts_suppressed++;
        return;
    }
    vq->stats.interrupts++;
    trace_virtio_notify(vdev->name, vq->index, vq->vector);
    virtio_interrupt(vdev, vq->vector, 1);
}

void virtio_queue_set_notification(VirtQueue *vq, bool enable)
{
    vq->notification = enable;
    if (likely(vq->live)) {
        vq->ops->set_notification(vq, enable);
    }
}

/* --------------------------------------------------------------- looking */

bool virtio_queue_empty(VirtQueue *vq)
{
    return !vq->running || vq->ops->empty(vq);
}

bool virtio_queue_ready(const VirtQueue *vq)
{
    return vq->running;
}

bool virtqueue_avail_bytes(VirtQueue *vq, uint64_t in_bytes,
                           uint64_t out_bytes)
{
    return vq->running && vq->ops->avail_bytes(vq, in_bytes, out_bytes);
}

unsigned virtqueue_inuse(const VirtQueue *vq)
{
    return vq->inuse;
}

const VirtQueueStats *virtqueue_stats(const VirtQueue *vq)
{
    return &vq->stats;
}
