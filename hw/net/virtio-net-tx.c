/*
 * Transmit: from a kick of the driver to the peer's receive verb.
 *
 *   virtio_net_handle_tx_bh       the kick: no more kicks, schedule tx_bh
 *   virtio_net_tx_bh              one burst; then again, or kicks back on
 *   virtio_net_flush_tx           pop a batch, send each, publish the batch
 *   qemu_sendv_packet_async       filters, the peer's queue, the peer
 *   virtio_net_tx_complete        the peer took what it had to keep
 *
 * Of a chain, the header is copied and checked once and what is sent is made
 * from the copy; the frame behind it goes out in place, as guest memory. A
 * chain that makes no sense (shorter than its header, a frame too short or too
 * long for Ethernet, a header that contradicts itself or the negotiated
 * features) is given back with length 0, counted, and the next one is tried.
 *
 * Blocked: qemu_sendv_packet_async() returning 0 means that the peer's queue
 * holds a copy. Its chain stays in async_tx, chains popped behind it are
 * unpopped, and virtio_net_tx_complete() is the one thing that goes on. So
 * chains are used in order and one device has one frame queued per pair.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "trace/trace-hw-net.h"
#include "util/bswap.h"
#include "util/iov.h"
#include "virtio-net-internal.h"

#define TX_BATCH 32
/* The most pieces writev() takes. */
#define TX_MAX_SG 1024
QEMU_BUILD_BUG_ON(TX_MAX_SG > IOV_MAX);

/* -------------------------------------------------------------- one frame */

/* A chain that is not sent; it is complete for the driver. */
static void tx_malformed(VirtIONetQueue *q, const VirtQueueElement *elem,
                         NetDropReason reason, const char *why)
{
    NetClientState *nc = virtio_net_client(q);

    q->tx_malformed++;
    trace_virtio_net_tx_drop(nc->name, q->index, elem->index, elem->out_size,
                             why);
    net_client_drop(nc, reason, elem->out_size);
}

/* Copies and checks the header of a chain. False: counted, drop it. */
static bool tx_header(VirtIONetQueue *q, const VirtQueueElement *elem,
                      VnetHdr *h)
{
    const VirtIONet *n = q->n;
    uint8_t raw[VNET_HDR_LEN_MAX];
    uint8_t ethertype[2];
    size_t frame_len;
    const char *why;

    if (iov_to_buf(elem->out_sg, elem->out_num, 0, raw, n->guest_hdr_len) <
        n->guest_hdr_len) {
        tx_malformed(q, elem, NET_DROP_TOO_SHORT, "no header");
        return false;
    }
    frame_len = elem->out_size - n->guest_hdr_len;
    if (frame_len < ETH_HLEN) {
        tx_malformed(q, elem, NET_DROP_TOO_SHORT, "frame too short");
        return false;
    }
    if (frame_len > VIRTIO_NET_MAX_FRAME) {
        tx_malformed(q, elem, NET_DROP_TOO_LONG, "frame too long");
        return false;
    }
    if (!virtio_net_hdr_from_guest(h, raw, n->guest_hdr_len, frame_len,
                                   &n->tx_allowed,
                                   virtio_is_big_endian(&n->parent_obj),
                                   &why)) {
        tx_malformed(q, elem, NET_DROP_BAD_HEADER, why);
        return false;
    }
    if (n->max_plain_frame) {
        iov_to_buf(elem->out_sg, elem->out_num, n->guest_hdr_len + 12,
                   ethertype, sizeof(ethertype));
        if (virtio_net_frame_exceeds(n->max_plain_frame, h, frame_len,
                                     ldw_be_p(ethertype))) {
            tx_malformed(q, elem, NET_DROP_TOO_LONG, "frame beyond MTU");
            return false;
        }
    }
    return true;
}

/*
 * The frame behind the header as at most `max` pieces. In place, unless it is
 * scattered over more than that.
 */
static unsigned tx_frame_sg(VirtIONetQueue *q, const VirtQueueElement *elem,
                            struct iovec *sg, unsigned max, size_t frame_len)
{
    VirtIONet *n = q->n;
    unsigned cnt = iov_copy(sg, max, elem->out_sg, elem->out_num,
                            n->guest_hdr_len, frame_len);

    if (unlikely(cnt == max) && iov_size(sg, cnt) < frame_len) {
        if (!n->tx_bounce) {
            n->tx_bounce = g_malloc(VIRTIO_NET_MAX_FRAME);
        }
        iov_to_buf(elem->out_sg, elem->out_num, n->guest_hdr_len, n->tx_bounce,
                   frame_len);
        virtio_net_client(q)->stats.copies++;
        sg[0] = (struct iovec){ n->tx_bounce, frame_len };
        cnt = 1;
    }
    return cnt;
}

/* False: the frame is queued at the peer, virtio_net_tx_complete() follows. */
static bool tx_one(VirtIONetQueue *q, const VirtQueueElement *elem)
{
    VirtIONet *n = q->n;
    NetClientState *nc = virtio_net_client(q);
    struct iovec sg[TX_MAX_SG];
    uint8_t hdr[VNET_HDR_LEN_MAX];
    unsigned cnt = 0;
    size_t frame_len;
    ssize_t ret;
    VnetHdr h;

    if (!tx_header(q, elem, &h)) {
        return true;
    }
    frame_len = elem->out_size - n->guest_hdr_len;
    if (n->host_hdr_len) {
        vnet_hdr_encode(&h, hdr, n->host_hdr_len, false);
        sg[cnt++] = (struct iovec){ hdr, n->host_hdr_len };
    }
    cnt += tx_frame_sg(q, elem, sg + cnt, TX_MAX_SG - cnt, frame_len);
    trace_virtio_net_tx_packet(nc->name, q->index, elem->index, h.flags,
                               h.gso_type, h.gso_size, h.csum_start,
                               h.csum_offset, frame_len);
    ret = qemu_sendv_packet_async(nc, sg, cnt, virtio_net_tx_complete);
    return ret != 0;
}

/* ------------------------------------------------------------------ bursts */

static unsigned tx_burst(const VirtIONet *n)
{
    return MAX(n->net_conf.txburst, 1);
}

/* Sends a batch and publishes what was sent; false when blocked. */
static bool tx_batch(VirtIONetQueue *q, VirtQueueElement **elems, unsigned cnt)
{
    unsigned done;
    bool blocked = false;

    for (done = 0; done < cnt; done++) {
        if (!tx_one(q, elems[done])) {
            blocked = true;
            break;
        }
        virtqueue_fill(q->tx_vq, elems[done], 0, done);
    }
    if (blocked) {
        while (cnt > done + 1) {
            virtqueue_unpop(q->tx_vq, elems[--cnt]);
        }
        q->async_tx.elem = elems[done];
    }
    if (done) {
        virtqueue_flush(q->tx_vq, done);
        virtio_notify(&q->n->parent_obj, q->tx_vq);
    }
    return !blocked;
}

int virtio_net_flush_tx(VirtIONetQueue *q)
{
    VirtQueueElement *elems[TX_BATCH];
    unsigned burst = tx_burst(q->n);
    unsigned packets = 0;
    unsigned cnt;

    if (!q->running) {
        q->tx_waiting = true; /* virtio_net_queue_start() goes on */
        return 0;
    }
    if (q->async_tx.elem) {
        virtio_queue_set_notification(q->tx_vq, false);
        return -EBUSY;
    }
    while (packets < burst &&
           (cnt = virtqueue_pop_batch(q->tx_vq, elems,
                                      MIN(TX_BATCH, burst - packets)))) {
        if (!tx_batch(q, elems, cnt)) {
            virtio_queue_set_notification(q->tx_vq, false);
            return -EBUSY;
        }
        packets += cnt;
    }
    if (packets) {
        trace_virtio_net_flush_tx(virtio_net_client(q)->name, q->index,
                                  packets);
    }
    return packets;
}

void virtio_net_tx_schedule(VirtIONetQueue *q)
{
    q->tx_waiting = true;
    if (q->tx_timer) {
        timer_mod(q->tx_timer, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) +
                                   q->n->net_conf.txtimer);
    } else {
        qemu_bh_schedule(q->tx_bh);
    }
}

/* Flushes, and leaves either more work scheduled or kicks enabled. */
static void tx_run(VirtIONetQueue *q)
{
    int ret;

    q->tx_waiting = false;
    ret = virtio_net_flush_tx(q);
    if (ret < 0 || !q->running) {
        return;
    }
    if (ret < tx_burst(q->n)) {
        /* Frames made available before the driver saw this: look again. */
        virtio_queue_set_notification(q->tx_vq, true);
        ret = virtio_net_flush_tx(q);
        if (ret <= 0) {
            return;
        }
        virtio_queue_set_notification(q->tx_vq, false);
    }
    virtio_net_tx_schedule(q);
}

void virtio_net_tx_bh(void *opaque)
{
    tx_run(opaque);
}

void virtio_net_tx_timer(void *opaque)
{
    tx_run(opaque);
}

void virtio_net_tx_complete(NetClientState *nc, ssize_t len)
{
    VirtIONetQueue *q = virtio_net_queue_of_client(nc);
    VirtQueueElement *elem = q->async_tx.elem;

    if (!elem) {
        return; /* let go of by virtio_net_tx_purge() */
    }
    trace_virtio_net_tx_complete(nc->name, q->index, elem->index, len);
    q->async_tx.elem = NULL;
    virtqueue_push(q->tx_vq, elem, 0);
    virtio_notify(&q->n->parent_obj, q->tx_vq);
    tx_run(q);
}

/* ------------------------------------------------------------------- kicks */

void virtio_net_handle_tx_bh(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIONetQueue *q = virtio_net_pair_of(vdev, vq);

    if (!q || q->tx_waiting) {
        return;
    }
    if (!q->running) {
        q->tx_waiting = true;
        return;
    }
    if (!q->async_tx.elem) {
        virtio_queue_set_notification(vq, false);
        virtio_net_tx_schedule(q);
    }
}

/*
 * tx=timer: the first kick starts the clock, so that frames gather; a second
 * one (of a driver that kicks although told not to) does not want to wait.
 */
void virtio_net_handle_tx_timer(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIONetQueue *q = virtio_net_pair_of(vdev, vq);

    if (!q) {
        return;
    }
    if (q->running && q->tx_waiting) {
        timer_del(q->tx_timer);
        tx_run(q);
        return;
    }
    virtio_net_handle_tx_bh(vdev, vq);
}
