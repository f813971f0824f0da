/*
 * Receive: from the peer's packet to the driver's buffers.
 *
 * virtio_net_receive_iov() takes one frame: it reads the peer's header and the
 * head of the frame once, asks the filter, reserves buffers until all of the
 * frame fits, writes frame and header, and publishes the buffers together. A
 * frame is delivered whole or not at all: when it does not fit, everything
 * popped for it is unpopped and the ring is as before. Within a burst of the
 * peer (receive_burst) frames are published RX_BATCH buffers at a time and at
 * the end: the index and the decision about an interrupt cost a full barrier
 * and a cache line that the driver's CPU owns.
 *
 * Blocked (the verb returns 0) has two causes, and each one wake-up:
 *   - the pair does not run: virtio_net_queue_start(), or the queue's enabling;
 *   - too few buffers: the kick of the driver that adds some,
 *     virtio_net_handle_rx(). Kicks are asked for first and the ring is looked
 *     at again after that, or buffers added in between would wake nobody.
 * A frame that no number of buffers can hold is dropped instead: without
 * MRG_RXBUF one that is larger than the next buffer, with it one that is
 * larger than all buffers of a full ring together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "trace/trace-hw-net.h"
#include "util/bswap.h"
#include "util/iov.h"
#include "virtio-net-internal.h"

/* Buffers published together, at least, while the peer has more frames. */
#define RX_BATCH 32

/* A frame on its way in. */
typedef struct RxFrame {
    const struct iovec *iov; /* peer's header and frame */
    unsigned iovcnt;
    size_t skip; /* length of the peer's header */
    size_t len;  /* of the frame */
    uint8_t head[VIRTIO_NET_FILTER_HEAD];
    VirtIONetRxHdr hdr;
} RxFrame;

typedef enum RxRoom {
    RX_ROOM_OK,
    RX_ROOM_WAIT,  /* more buffers could make it fit */
    RX_ROOM_NEVER, /* nothing could */
    RX_ROOM_BROKEN,
} RxRoom;

static bool rx_ready(const VirtIONetQueue *q)
{
    return q->running && virtio_queue_ready(q->rx_vq);
}

bool virtio_net_can_receive(NetClientState *nc)
{
    return rx_ready(virtio_net_queue_of_client(nc));
}

/* Counts a frame that ends here; returns its size: it is dealt with. */
static ssize_t rx_drop(VirtIONetQueue *q, NetDropReason reason, size_t size,
                       const char *why)
{
    NetClientState *nc = virtio_net_client(q);

    trace_virtio_net_rx_drop(nc->name, q->index, size, why);
    net_client_drop(nc, reason, size);
    return size;
}

/* ------------------------------------------------------- reading the frame */

/* False: dropped and counted. */
static bool rx_parse(VirtIONetQueue *q, RxFrame *f, size_t size)
{
    const VirtIONet *n = q->n;
    uint8_t raw[VNET_HDR_LEN_MAX];
    const char *why;

    f->skip = n->host_hdr_len;
    if (size < f->skip + ETH_HLEN) {
        rx_drop(q, NET_DROP_TOO_SHORT, size, "too short");
        return false;
    }
    f->len = size - f->skip;
    iov_to_buf(f->iov, f->iovcnt, 0, raw, f->skip);
    iov_to_buf(f->iov, f->iovcnt, f->skip, f->head,
               MIN(f->len, sizeof(f->head)));
    if (!virtio_net_filter_accepts(&n->filter, f->head, f->len)) {
        rx_drop(q, NET_DROP_FILTERED, size, "filtered");
        return false;
    }
    if (!virtio_net_hdr_to_guest(&f->hdr, f->skip ? raw : NULL, f->skip, f->iov,
                                 f->iovcnt, f->skip, f->len, &n->rx_allowed,
                                 &why)) {
        rx_drop(q, NET_DROP_BAD_HEADER, size, why);
        return false;
    }
    if (virtio_net_frame_exceeds(n->max_plain_frame, &f->hdr.h, f->len,
                                 ldw_be_p(f->head + 12))) {
        rx_drop(q, NET_DROP_TOO_LONG, size, "frame beyond MTU");
        return false;
    }
    return true;
}

/* ------------------------------------------------------- reserving buffers */

static void rx_unpop(VirtIONetQueue *q, VirtQueueElement **elems, unsigned cnt)
{
    while (cnt) {
        virtqueue_unpop(q->rx_vq, elems[--cnt]);
    }
}

/*
 * Pops buffers until `need` bytes fit; *cnt are in elems then. In every other
 * case none is left popped.
 */
static RxRoom rx_reserve(VirtIONetQueue *q, size_t need,
                         VirtQueueElement **elems, unsigned *cnt)
{
    VirtIONet *n = q->n;
    unsigned size = virtio_queue_get_num(&n->parent_obj,
                                         virtio_get_queue_index(q->rx_vq));
    uint64_t room = 0;
    RxRoom verdict = RX_ROOM_OK;

    *cnt = 0;
    while (room < need) {
        VirtQueueElement *elem;

        if (*cnt && (!n->mergeable_rx_bufs || *cnt >= size)) {
            verdict = RX_ROOM_NEVER;
            break;
        }
        elem = virtqueue_pop(q->rx_vq);
        if (!elem) {
            verdict = RX_ROOM_WAIT;
            break;
        }
        elems[(*cnt)++] = elem;
        room += elem->in_size;
        if (*cnt == 1 && n->mergeable_rx_bufs && room < n->guest_hdr_len) {
            /* 5.1.6.3.1: at least the header fits a mergeable buffer. */
            virtio_error(&n->parent_obj,
                         "queue %u: receive buffer of %" PRIu64
                         " bytes cannot hold a header of %u",
                         virtio_get_queue_index(q->rx_vq), room,
                         n->guest_hdr_len);
            verdict = RX_ROOM_BROKEN;
            break;
        }
    }
    if (verdict != RX_ROOM_OK) {
        rx_unpop(q, elems, *cnt);
        if (n->parent_obj.broken) {
            verdict = RX_ROOM_BROKEN;
        }
    }
    return verdict;
}

/* rx_reserve() and, if it has to wait, the arming of its wake-up. */
static RxRoom rx_reserve_or_arm(VirtIONetQueue *q, size_t need,
                                VirtQueueElement **elems, unsigned *cnt)
{
    RxRoom room = rx_reserve(q, need, elems, cnt);

    if (room == RX_ROOM_WAIT) {
        virtio_queue_set_notification(q->rx_vq, true);
        q->rx_kicks = true;
        room = rx_reserve(q, need, elems, cnt);
    }
    if (room == RX_ROOM_OK && q->rx_kicks) {
        virtio_queue_set_notification(q->rx_vq, false);
        q->rx_kicks = false;
    }
    return room;
}

/* ------------------------------------------------------ writing the buffers */

/* buf to byte `offset` of the buffers taken together. */
static void rx_store(VirtQueueElement **elems, unsigned cnt, size_t offset,
                     const uint8_t *buf, size_t len)
{
    for (unsigned i = 0; i < cnt && len; i++) {
        size_t done;

        if (offset >= elems[i]->in_size) {
            offset -= elems[i]->in_size;
            continue;
        }
        done = iov_from_buf(elems[i]->in_sg, elems[i]->in_num, offset, buf,
                            len);
        buf += done;
        len -= done;
        offset = 0;
    }
}

/* The frame, behind room for the header. */
static void rx_store_frame(const RxFrame *f, VirtQueueElement **elems,
                           unsigned cnt, size_t hdr_len)
{
    size_t skip = f->skip;
    size_t offset = hdr_len;

    for (unsigned i = 0; i < f->iovcnt; i++) {
        size_t len = f->iov[i].iov_len;

        if (skip >= len) {
            skip -= len;
            continue;
        }
        rx_store(elems, cnt, offset, (uint8_t *)f->iov[i].iov_base + skip,
                 len - skip);
        offset += len - skip;
        skip = 0;
    }
}

static void rx_store_header(const VirtIONet *n, RxFrame *f,
                            VirtQueueElement **elems, unsigned cnt)
{
    uint8_t raw[VNET_HDR_LEN_MAX];
    uint8_t csum[2];

    f->hdr.h.num_buffers = cnt;
    vnet_hdr_encode(&f->hdr.h, raw, n->guest_hdr_len,
                    virtio_is_big_endian(&n->parent_obj));
    rx_store(elems, cnt, 0, raw, n->guest_hdr_len);
    if (f->hdr.complete_csum) {
        stw_be_p(csum, f->hdr.csum);
        rx_store(elems, cnt, n->guest_hdr_len + f->hdr.csum_pos, csum,
                 sizeof(csum));
    }
}

/* What is filled becomes visible to the driver. */
static void rx_publish(VirtIONetQueue *q)
{
    unsigned cnt = q->rx_filled;

    if (cnt) {
        q->rx_filled = 0;
        virtqueue_flush(q->rx_vq, cnt);
        virtio_notify(&q->n->parent_obj, q->rx_vq);
    }
}

/* All buffers at once: the driver never sees a part of a frame. */
static void rx_complete(VirtIONetQueue *q, VirtQueueElement **elems,
                        unsigned cnt, size_t total)
{
    for (unsigned i = 0; i < cnt; i++) {
        size_t len = MIN(elems[i]->in_size, total);

        virtqueue_fill(q->rx_vq, elems[i], len, q->rx_filled++);
        total -= len;
    }
    if (!q->rx_burst || q->rx_filled >= RX_BATCH) {
        rx_publish(q);
    }
}

/* --------------------------------------------------------------- the verbs */

ssize_t virtio_net_receive_iov(NetClientState *nc, const struct iovec *iov,
                               int iovcnt)
{
    VirtIONetQueue *q = virtio_net_queue_of_client(nc);
    VirtIONet *n = q->n;
    VirtQueueElement *elems[VIRTQUEUE_MAX_SIZE];
    RxFrame f = { .iov = iov, .iovcnt = iovcnt };
    size_t size = iov_size(iov, iovcnt);
    unsigned cnt;

    trace_virtio_net_receive(nc->name, q->index, size);
    if (!rx_ready(q)) {
        return 0;
    }
    if (!rx_parse(q, &f, size)) {
        return size;
    }
    switch (rx_reserve_or_arm(q, n->guest_hdr_len + f.len, elems, &cnt)) {
    case RX_ROOM_OK:
        break;
    case RX_ROOM_WAIT:
        trace_virtio_net_rx_blocked(nc->name, q->index, size);
        return 0;
    case RX_ROOM_NEVER:
        return rx_drop(q, NET_DROP_NO_BUFFER, size, "buffers too small");
    case RX_ROOM_BROKEN:
        return rx_drop(q, NET_DROP_NO_BUFFER, size, "device broken");
    }
    rx_store_frame(&f, elems, cnt, n->guest_hdr_len);
    rx_store_header(n, &f, elems, cnt);
    trace_virtio_net_rx_packet(nc->name, q->index, elems[0]->index, cnt,
                               f.hdr.h.flags, f.hdr.h.gso_type,
                               f.hdr.h.gso_size, f.len);
    rx_complete(q, elems, cnt, n->guest_hdr_len + f.len);
    return size;
}

void virtio_net_receive_burst(NetClientState *nc, bool more)
{
    VirtIONetQueue *q = virtio_net_queue_of_client(nc);

    q->rx_burst = more;
    if (!more) {
        rx_publish(q);
    }
}

/* The driver added buffers: the frames that wait for them go on. */
void virtio_net_handle_rx(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIONetQueue *q = virtio_net_pair_of(vdev, vq);

    if (q && q->running) {
        qemu_flush_queued_packets(virtio_net_client(q));
    }
}
