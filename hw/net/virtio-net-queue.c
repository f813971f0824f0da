/*
 * The pairs of queues: making and removing them, telling what an index is,
 * starting and stopping them.
 *
 * Virtqueue 2i receives and 2i+1 transmits for pair i. The control queue comes
 * behind the last pair that *could* carry traffic: index 2 without MQ, and
 * 2 * max_queue_pairs with it (virtio 1.4, 5.1.2). So the set of virtqueues is
 * a function of the acknowledged features, made anew whenever they change:
 * virtio_net_set_multiqueue().
 *
 * A pair runs while the driver is ready, the VM runs, the device is not broken
 * and the pair is among those the driver asked for by VQ_PAIRS_SET (only the
 * first after reset). virtio_net_update_queues() compares this with what is,
 * and is called wherever one of them changes. The peer's queue of a pair that
 * was not asked for is disabled, so that a multiqueue backend spreads its
 * traffic over the others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/queue.h"
#include "trace/trace-hw-net.h"
#include "virtio-net-internal.h"

/* ------------------------------------------------------------------ lookup */

VirtIONetRole virtio_net_queue_role(VirtIONet *n, unsigned index,
                                    VirtIONetQueue **q)
{
    *q = NULL;
    if (index < 2 * n->queue_pairs) {
        *q = &n->vqs[index / 2];
        return index % 2 ? VIRTIO_NET_ROLE_TX : VIRTIO_NET_ROLE_RX;
    }
    if (n->ctrl_vq && index == 2 * n->queue_pairs) {
        return VIRTIO_NET_ROLE_CTRL;
    }
    return VIRTIO_NET_ROLE_NONE;
}

VirtIONetQueue *virtio_net_pair_of(VirtIODevice *vdev, const VirtQueue *vq)
{
    VirtIONetQueue *q;

    virtio_net_queue_role(VIRTIO_NET(vdev), virtio_get_queue_index(vq), &q);
    return q;
}

NetClientState *virtio_net_client(const VirtIONetQueue *q)
{
    return qemu_get_subqueue(q->n->nic, q->index);
}

const char *virtio_net_name(const VirtIONet *n)
{
    return qemu_get_queue(n->nic)->name;
}

VirtIONetQueue *virtio_net_queue_of_client(NetClientState *nc)
{
    VirtIONet *n = qemu_get_nic_opaque(nc);

    return &n->vqs[nc->queue_index];
}

/* -------------------------------------------------------- the set of queues */

void virtio_net_add_queue(VirtIONet *n, unsigned i)
{
    VirtIODevice *vdev = &n->parent_obj;
    VirtIONetQueue *q = &n->vqs[i];
    bool timer = n->net_conf.tx && strcmp(n->net_conf.tx, "timer") == 0;

    q->rx_vq = virtio_add_queue(vdev, n->net_conf.rx_queue_size,
                                virtio_net_handle_rx);
    if (timer) {
        q->tx_vq = virtio_add_queue(vdev, n->net_conf.tx_queue_size,
                                    virtio_net_handle_tx_timer);
        q->tx_timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, virtio_net_tx_timer, q);
    } else {
        q->tx_vq = virtio_add_queue(vdev, n->net_conf.tx_queue_size,
                                    virtio_net_handle_tx_bh);
        q->tx_bh = qemu_bh_new(virtio_net_tx_bh, q);
    }
    q->tx_waiting = false;
    q->rx_kicks = true;
}

void virtio_net_del_queue(VirtIONet *n, unsigned i)
{
    VirtIODevice *vdev = &n->parent_obj;
    VirtIONetQueue *q = &n->vqs[i];

    q->running = false;
    virtio_net_rx_purge(q);
    virtio_net_tx_purge(q);
    virtio_del_queue(vdev, 2 * i);
    virtio_del_queue(vdev, 2 * i + 1);
    q->rx_vq = NULL;
    q->tx_vq = NULL;
    timer_free(q->tx_timer);
    q->tx_timer = NULL;
    qemu_bh_delete(q->tx_bh);
    q->tx_bh = NULL;
}

void virtio_net_set_multiqueue(VirtIONet *n, bool multiqueue)
{
    VirtIODevice *vdev = &n->parent_obj;
    unsigned pairs = multiqueue ? n->max_queue_pairs : 1;

    if (n->ctrl_vq && pairs == n->queue_pairs) {
        return;
    }
    if (n->ctrl_vq) {
        virtio_del_queue(vdev, 2 * n->queue_pairs);
        n->ctrl_vq = NULL;
    }
    while (n->queue_pairs > pairs) {
        virtio_net_del_queue(n, --n->queue_pairs);
    }
    while (n->queue_pairs < pairs) {
        virtio_net_add_queue(n, n->queue_pairs++);
    }
    n->ctrl_vq = virtio_add_queue(vdev, VIRTIO_NET_CTRL_QUEUE_SIZE,
                                  virtio_net_handle_ctrl);
}

/* ----------------------------------------------------------- start and stop */

void virtio_net_rx_purge(VirtIONetQueue *q)
{
    NetClientState *nc = virtio_net_client(q);

    qemu_net_queue_purge(nc->incoming_queue, NULL);
    q->rx_kicks = true;
    q->rx_filled = 0; /* the ring forgets them too */
}

void virtio_net_tx_purge(VirtIONetQueue *q)
{
    VirtQueueElement *elem = q->async_tx.elem;

    /* First, so that virtio_net_tx_complete() finds nothing to give back. */
    q->async_tx.elem = NULL;
    qemu_purge_queued_packets(virtio_net_client(q));
    if (elem) {
        virtqueue_detach_element(q->tx_vq, elem);
    }
    q->tx_waiting = false;
    if (q->tx_timer) {
        timer_del(q->tx_timer);
    }
    if (q->tx_bh) {
        qemu_bh_cancel(q->tx_bh);
    }
}

static void virtio_net_queue_start(VirtIONetQueue *q)
{
    q->running = true;
    trace_virtio_net_queue_run(virtio_net_client(q)->name, q->index, true);
    if (q->tx_waiting) {
        virtio_net_tx_schedule(q);
    }
    qemu_flush_queued_packets(virtio_net_client(q));
}

/* What is under way stays: a stopped VM goes on where it was. */
static void virtio_net_queue_stop(VirtIONetQueue *q)
{
    q->running = false;
    trace_virtio_net_queue_run(virtio_net_client(q)->name, q->index, false);
    if (q->tx_timer) {
        timer_del(q->tx_timer);
    }
    if (q->tx_bh) {
        qemu_bh_cancel(q->tx_bh);
    }
}

void virtio_net_update_queues(VirtIONet *n)
{
    bool active = virtio_device_active(&n->parent_obj);

    for (unsigned i = 0; i < n->queue_pairs; i++) {
        VirtIONetQueue *q = &n->vqs[i];
        bool run = active && i < n->curr_queue_pairs;

        if (run && !q->running) {
            virtio_net_queue_start(q);
        } else if (!run && q->running) {
            virtio_net_queue_stop(q);
        }
    }
}

static void peer_set_queue_enabled(VirtIONet *n, unsigned i, bool enable)
{
    NetClientState *peer = qemu_get_peer(qemu_get_queue(n->nic), i);
    Error *err = NULL;

    if (peer && peer->info->set_queue_enabled &&
        !peer->info->set_queue_enabled(peer, enable, &err)) {
        trace_virtio_net_peer_queue_failed(peer->name, i, enable,
                                           error_get_pretty(err));
        error_free(err);
    }
}

void virtio_net_set_queue_pairs(VirtIONet *n, unsigned pairs)
{
    n->curr_queue_pairs = pairs;
    for (unsigned i = 0; i < n->max_queue_pairs; i++) {
        peer_set_queue_enabled(n, i, i < pairs);
    }
    virtio_net_update_queues(n);
    /* What has reached a pair that is not used now would wait for ever. */
    for (unsigned i = pairs; i < n->max_queue_pairs; i++) {
        qemu_net_queue_purge(qemu_get_subqueue(n->nic, i)->incoming_queue,
                             NULL);
    }
}

/* -------------------------------------------------------------- inspection */

static void append_ring(GString *s, const char *name, const VirtQueue *vq)
{
    const VirtQueueStats *st;

    if (!vq) {
        return;
    }
    st = virtqueue_stats(vq);
    g_string_append_printf(
        s,
        "%s%s_kicks=%" PRIu64 ",%s_chains=%" PRIu64 ",%s_batches=%" PRIu64
        ",%s_interrupts=%" PRIu64 ",%s_interrupts_suppressed=%" PRIu64,
        s->len ? "," : "", name, st->kicks, name, st->pushed, name,
        st->batches, name, st->interrupts, name, st->interrupts_suppressed);
}

char *virtio_net_info_stats(NetClientState *nc)
{
    VirtIONetQueue *q = virtio_net_queue_of_client(nc);
    GString *s = g_string_new(NULL);

    append_ring(s, "rx", q->rx_vq);
    append_ring(s, "tx", q->tx_vq);
    g_string_append_printf(s, "%stx_malformed=%" PRIu64, s->len ? "," : "",
                           q->tx_malformed);
    return g_string_free(s, FALSE);
}
