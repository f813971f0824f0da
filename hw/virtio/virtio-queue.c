/*
 * The control side of virtqueues: which queues a device has, what the driver
 * sets them up to be, when they may run, and how a kick reaches its handler.
 *
 * A driver writes size and addresses, then enables the queue: they are
 * latched and checked then, and frozen until reset, so that the data path
 * never sees them change. The rings are looked up in the device's current
 * view of guest memory, again whenever that changes.
 *
 * A kick that arrives while the queue cannot run (VM stopped, before
 * DRIVER_OK, bus master off) is remembered; virtio_queues_run_pending() is
 * its one wake-up, called after every change of that state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "trace/trace-hw-virtio.h"
#include "virtqueue-internal.h"

static VirtQueue *queue_get(VirtIODevice *vdev, unsigned n)
{
    return virtio_queue_exists(vdev, n) ? &vdev->vq[n] : NULL;
}

static void queue_update(VirtQueue *vq)
{
    const VirtIODevice *vdev = vq->vdev;

    vq->live = vq->enabled && vq->mapped && !vdev->broken;
    vq->running = vq->live && vdev->active;
}

void virtio_queues_update(VirtIODevice *vdev)
{
    unsigned n;

    for (n = 0; n < vdev->nr_queues; n++) {
        if (vdev->vq[n].num_max) {
            queue_update(&vdev->vq[n]);
        }
    }
}

static void queue_latch_features(VirtQueue *vq)
{
    VirtIODevice *vdev = vq->vdev;

    vq->event_idx = virtio_vdev_has_feature(vdev, VIRTIO_RING_F_EVENT_IDX);
    vq->indirect = virtio_vdev_has_feature(vdev, VIRTIO_RING_F_INDIRECT_DESC);
    vq->in_order = virtio_vdev_has_feature(vdev, VIRTIO_F_IN_ORDER);
    vq->notify_on_empty =
        virtio_vdev_has_feature(vdev, VIRTIO_F_NOTIFY_ON_EMPTY);
}

/* ------------------------------------------------------------- existence */

VirtQueue *virtio_add_queue(VirtIODevice *vdev, unsigned queue_size,
                            VirtIOHandleOutput handle_output)
{
    VirtQueue *vq;
    unsigned n = 0;

    while (n < VIRTIO_QUEUE_MAX && vdev->vq[n].num_max) {
        n++;
    }
    g_assert(n < VIRTIO_QUEUE_MAX);
    g_assert(is_power_of_2(queue_size) && queue_size <= VIRTQUEUE_MAX_SIZE);
    vq = &vdev->vq[n];
    memset(vq, 0, sizeof(*vq));
    vq->ops = &vring_split_ops;
    vq->vdev = vdev;
    vq->index = n;
    vq->num_max = vq->num_next = queue_size;
    vq->vector = VIRTIO_NO_VECTOR;
    vq->notification = true;
    vq->handle_output = handle_output;
    vq->ctx = qemu_get_aio_context();
    vq->host_notifier.fd = -1;
    vdev->nr_queues = MAX(vdev->nr_queues, n + 1);
    return vq;
}

static void queue_stop(VirtQueue *vq)
{
    virtqueue_detach_all(vq);
    vq->enabled = vq->mapped = vq->kick_pending = false;
    vq->hint = NULL;
    vq->ops->unmap(vq);
    queue_update(vq);
}

void virtio_delete_queue(VirtQueue *vq)
{
    VirtIODevice *vdev = vq->vdev;

    virtio_queue_stop_doorbell(vq);
    queue_stop(vq);
    virtqueue_pool_free(vq);
    vq->num_max = 0;
    vq->handle_output = NULL;
    while (vdev->nr_queues && !vdev->vq[vdev->nr_queues - 1].num_max) {
        vdev->nr_queues--;
    }
}

void virtio_del_queue(VirtIODevice *vdev, unsigned n)
{
    VirtQueue *vq = queue_get(vdev, n);

    if (vq) {
        virtio_delete_queue(vq);
    }
}

void virtio_queues_init(VirtIODevice *vdev)
{
    vdev->vq = g_new0(VirtQueue, VIRTIO_QUEUE_MAX);
}

void virtio_queues_cleanup(VirtIODevice *vdev)
{
    while (vdev->nr_queues) {
        virtio_del_queue(vdev, vdev->nr_queues - 1);
    }
    g_clear_pointer(&vdev->vq, g_free);
}

VirtQueue *virtio_get_queue(VirtIODevice *vdev, unsigned n)
{
    return queue_get(vdev, n);
}

unsigned virtio_get_queue_index(const VirtQueue *vq)
{
    return vq->index;
}

unsigned virtio_get_num_queues(const VirtIODevice *vdev)
{
    return vdev->nr_queues;
}

/* ---------------------------------------------------------------- set-up */

unsigned virtio_queue_get_num(VirtIODevice *vdev, unsigned n)
{
    VirtQueue *vq = queue_get(vdev, n);

    return !vq ? 0 : vq->enabled ? vq->num : vq->num_next;
}

unsigned virtio_queue_get_max_num(VirtIODevice *vdev, unsigned n)
{
    VirtQueue *vq = queue_get(vdev, n);

    return vq ? vq->num_max : 0;
}

/* The queue if its registers may be written now. */
static VirtQueue *queue_for_setup(VirtIODevice *vdev, unsigned n,
                                  const char *what)
{
    VirtQueue *vq = queue_get(vdev, n);

    if (!vq) {
        virtio_ignored(vdev, "%s of queue %u, which does not exist", what, n);
    } else if (vq->enabled) {
        virtio_ignored(vdev, "%s of queue %u, which is enabled", what, n);
        vq = NULL;
    }
    return vq;
}

bool virtio_queue_set_num(VirtIODevice *vdev, unsigned n, unsigned num)
{
    VirtQueue *vq = queue_for_setup(vdev, n, "size");

    if (!vq) {
        return false;
    }
    if (!is_power_of_2(num) || num > vq->num_max) {
        virtio_ignored(vdev,
                       "size %u of queue %u: not a power of two up to %u",
                       num, n, vq->num_max);
        return false;
    }
    vq->num_next = num;
    return true;
}

void virtio_queue_set_addr(VirtIODevice *vdev, unsigned n, hwaddr desc,
                           hwaddr avail, hwaddr used)
{
    VirtQueue *vq = queue_for_setup(vdev, n, "address");

    if (vq) {
        vq->desc = desc;
        vq->avail = avail;
        vq->used = used;
    }
}

bool virtio_queue_enabled(VirtIODevice *vdev, unsigned n)
{
    VirtQueue *vq = queue_get(vdev, n);

    return vq && vq->enabled;
}

/* Looks the rings up in the current view. */
static bool queue_map(VirtQueue *vq)
{
    const FlatView *view = vq->vdev->dma_view;

    vq->hint = NULL;
    vq->mapped = view && vq->ops->map(vq, view);
    if (!vq->mapped) {
        vq->ops->unmap(vq);
    }
    queue_update(vq);
    return vq->mapped;
}

static void queue_map_error(VirtQueue *vq)
{
    virtqueue_error(vq,
                    "rings are not in RAM: descriptors 0x%" PRIx64
                    ", available 0x%" PRIx64 ", used 0x%" PRIx64 ", size %u",
                    vq->desc, vq->avail, vq->used, vq->num);
}

static bool queue_start(VirtQueue *vq)
{
    VirtIODevice *vdev = vq->vdev;
    const char *what;

    if (!vq->ops->check_addr(vq, &what)) {
        virtqueue_error(vq, "%s is misaligned", what);
        return false;
    }
    vq->num = vq->num_next;
    queue_latch_features(vq);
    virtqueue_pool_init(vq, vq->num);
    vq->notification = true;
    vq->in_order_next = 0;
    vq->ops->start(vq);
    vq->enabled = true;
    /* Without bus mastering there is nothing to see yet: the rings are looked
     * up when the view appears. */
    if (!queue_map(vq) && !vdev->disabled) {
        vq->enabled = false;
        queue_map_error(vq);
        return false;
    }
    return true;
}

bool virtio_queue_enable(VirtIODevice *vdev, unsigned n)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);
    VirtQueue *vq = queue_for_setup(vdev, n, "enable");

    if (!vq) {
        return false;
    }
    if (!virtio_is_legacy(vdev) &&
        !(vdev->status & VIRTIO_CONFIG_S_FEATURES_OK)) {
        virtio_ignored(vdev, "enable of queue %u before FEATURES_OK", n);
        return false;
    }
    if (vdev->broken || !queue_start(vq)) {
        return false;
    }
    if (vdc->queue_enable) {
        vdc->queue_enable(vdev, n);
    }
    return true;
}

/*
 * The legacy layout (virtio 1.4, 2.7.2): one area; the used ring starts at
 * the next 4096 byte boundary behind the available ring.
 */
void virtio_queue_set_legacy_addr(VirtIODevice *vdev, unsigned n, hwaddr addr)
{
    VirtQueue *vq = queue_get(vdev, n);
    hwaddr avail;

    if (!addr && vq) {
        virtio_queue_reset(vdev, n);
        return;
    }
    vq = queue_for_setup(vdev, n, "address");
    if (!vq) {
        return;
    }
    vq->num_next = vq->num_max;
    avail = addr + vring_split_desc_size(vq->num_next);
    virtio_queue_set_addr(
        vdev, n, addr, avail,
        QEMU_ALIGN_UP(avail + vring_split_avail_size(vq->num_next), 4096));
    virtio_queue_enable(vdev, n);
}

hwaddr virtio_queue_get_legacy_addr(VirtIODevice *vdev, unsigned n)
{
    VirtQueue *vq = queue_get(vdev, n);

    return vq ? vq->desc : 0;
}

/* ----------------------------------------------------------------- reset */

static void queue_reset(VirtQueue *vq)
{
    queue_stop(vq);
    vq->num_next = vq->num_max;
    vq->desc = vq->avail = vq->used = 0;
    vq->vector = VIRTIO_NO_VECTOR;
    vq->notification = true;
}

void virtio_queue_reset(VirtIODevice *vdev, unsigned n)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);
    VirtQueue *vq = queue_get(vdev, n);

    if (!vq) {
        return;
    }
    vq->running = false;
    if (vdc->queue_reset) {
        vdc->queue_reset(vdev, n);
    }
    queue_reset(vq);
}

void virtio_queues_reset(VirtIODevice *vdev)
{
    unsigned n;

    for (n = 0; n < vdev->nr_queues; n++) {
        if (vdev->vq[n].num_max) {
            queue_reset(&vdev->vq[n]);
        }
    }
}

/* --------------------------------------------------------- guest memory */

bool virtio_queues_idle(VirtIODevice *vdev)
{
    unsigned n;

    for (n = 0; n < vdev->nr_queues; n++) {
        if (vdev->vq[n].inuse) {
            return false;
        }
    }
    return true;
}

void virtio_queues_remap(VirtIODevice *vdev)
{
    unsigned n;

    for (n = 0; n < vdev->nr_queues; n++) {
        VirtQueue *vq = &vdev->vq[n];

        vq->hint = NULL;
        if (vq->enabled && !queue_map(vq) && !vdev->disabled &&
            !vdev->broken) {
            queue_map_error(vq);
        }
    }
}

/* --------------------------------------------------------------- vectors */

uint16_t virtio_queue_vector(VirtIODevice *vdev, unsigned n)
{
    VirtQueue *vq = queue_get(vdev, n);

    return vq ? vq->vector : VIRTIO_NO_VECTOR;
}

void virtio_queue_set_vector(VirtIODevice *vdev, unsigned n, uint16_t vector)
{
    VirtQueue *vq = queue_get(vdev, n);

    if (vq) {
        vq->vector = vector;
    }
}

/* ----------------------------------------------------------------- kicks */

static void queue_run(VirtQueue *vq)
{
    if (!vq->running || !vq->handle_output) {
        vq->kick_pending = vq->num_max != 0;
        return;
    }
    vq->kick_pending = false;
    vq->stats.kicks++;
    trace_virtio_queue_notify(vq->vdev->name, vq->index);
    vq->handle_output(vq->vdev, vq);
}

/* In the queue's loop: directly if this is it, by the doorbell otherwise. */
static void queue_kick(VirtQueue *vq)
{
    if (vq->doorbell && !in_aio_context_home_thread(vq->ctx)) {
        event_notifier_set(&vq->host_notifier);
    } else {
        queue_run(vq);
    }
}

void virtio_queue_notify(VirtIODevice *vdev, unsigned n)
{
    VirtQueue *vq = queue_get(vdev, n);

    if (!vq) {
        virtio_ignored(vdev, "kick of queue %u, which does not exist", n);
        return;
    }
    /* Old drivers use their queues before they set DRIVER_OK; the first kick
     * says so (virtio 1.4, 3.1.2). */
    if (vdev->start_on_kick && virtio_is_legacy(vdev) && vq->enabled &&
        !vdev->started) {
        vdev->started = true;
        virtio_update_active(vdev);
    }
    queue_kick(vq);
}

void virtio_queues_run_pending(VirtIODevice *vdev)
{
    unsigned n;

    for (n = 0; vdev->active && n < vdev->nr_queues; n++) {
        if (vdev->vq[n].kick_pending) {
            queue_kick(&vdev->vq[n]);
        }
    }
}

/* ------------------------------------------------------------- doorbells */

void virtio_queue_set_aio_context(VirtQueue *vq, AioContext *ctx)
{
    bool doorbell = vq->doorbell;

    virtio_queue_stop_doorbell(vq);
    vq->ctx = ctx;
    if (doorbell) {
        virtio_queue_start_doorbell(vq);
    }
}

EventNotifier *virtio_queue_get_host_notifier(VirtQueue *vq)
{
    return &vq->host_notifier;
}

static void queue_doorbell_read(EventNotifier *e)
{
    VirtQueue *vq = container_of(e, VirtQueue, host_notifier);

    if (event_notifier_test_and_clear(e)) {
        virtio_queue_notify(vq->vdev, vq->index);
    }
}

int virtio_queue_start_doorbell(VirtQueue *vq)
{
    int ret;

    if (vq->doorbell) {
        return 0;
    }
    ret = event_notifier_init(&vq->host_notifier, false);
    if (ret < 0) {
        return ret;
    }
    aio_set_event_notifier(vq->ctx, &vq->host_notifier, queue_doorbell_read);
    vq->doorbell = true;
    return 0;
}

void virtio_queue_stop_doorbell(VirtQueue *vq)
{
    if (!vq->doorbell) {
        return;
    }
    aio_set_event_notifier(vq->ctx, &vq->host_notifier, NULL);
    vq->doorbell = false;
    if (event_notifier_test_and_clear(&vq->host_notifier)) {
        queue_run(vq);
    }
    event_notifier_cleanup(&vq->host_notifier);
}
