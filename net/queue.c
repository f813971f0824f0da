/*
 * NetQueue: the packets on their way to one client that cannot take them yet.
 *
 * Normally the queue is empty and a packet passes straight through deliver().
 * A copy is queued in four cases:
 *   - the receiver is blocked (or the VM stopped): its wake-up is the
 *     qemu_flush_queued_packets() that it promised by returning 0;
 *   - packets wait already: order is kept, the same wake-up serves;
 *   - this queue is delivering: a packet that comes back to a receiver that is
 *     still busy with another one waits until that returns;
 *   - qemu_net_queue_append_iov() asked for it.
 *
 * Limits: packets without sent_cb are dropped when the queue holds
 * MAX_PACKETS or MAX_BYTES. A sender with sent_cb stops sending until it is
 * called, so that it has one burst in here at most.
 *
 * The sent_cb of a packet is called exactly once: with the result when the
 * packet was delivered from the queue, with 0 when it was purged.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/queue.h"
#include "trace/trace-net.h"
#include "util/iov.h"

#define MAX_PACKETS 10000
#define MAX_BYTES (64 * MiB)

typedef struct NetPacket {
    TAILQ_ENTRY(NetPacket) next;
    NetClientState *sender;
    NetPacketSent *sent_cb;
    unsigned flags;
    size_t size;
    uint8_t data[];
} NetPacket;

TAILQ_HEAD(NetPacketList, NetPacket);

struct NetQueue {
    NetQueueDeliverFunc *deliver;
    NetClientState *client; /* deliver's opaque */
    struct NetPacketList packets;
    unsigned length;
    size_t bytes;
    bool delivering;
    bool flushing;
    /* What deliver() has in hand (packet NULL: not from the queue), and
     * whether a purge asked for it meanwhile. */
    NetClientState *in_hand_sender;
    NetPacket *in_hand;
    bool in_hand_purged;
};

NetQueue *qemu_new_net_queue(NetQueueDeliverFunc *deliver, void *opaque)
{
    NetQueue *queue = g_new0(NetQueue, 1);

    queue->deliver = deliver;
    queue->client = opaque;
    TAILQ_INIT(&queue->packets);
    return queue;
}

void qemu_del_net_queue(NetQueue *queue)
{
    qemu_net_queue_purge(queue, NULL);
    g_free(queue);
}

unsigned qemu_net_queue_length(const NetQueue *queue)
{
    return queue->length;
}

static void queue_insert(NetQueue *queue, NetPacket *packet, bool at_head)
{
    if (at_head) {
        TAILQ_INSERT_HEAD(&queue->packets, packet, next);
    } else {
        TAILQ_INSERT_TAIL(&queue->packets, packet, next);
    }
    queue->length++;
    queue->bytes += packet->size;
}

static void queue_remove(NetQueue *queue, NetPacket *packet)
{
    TAILQ_REMOVE(&queue->packets, packet, next);
    queue->length--;
    queue->bytes -= packet->size;
}

static void queue_copy(NetQueue *queue, NetClientState *sender, unsigned flags,
                       const struct iovec *iov, int iovcnt,
                       NetPacketSent *sent_cb, bool at_head)
{
    size_t size = iov_size(iov, iovcnt);
    NetPacket *packet;

    if (!sent_cb &&
        (queue->length >= MAX_PACKETS || queue->bytes >= MAX_BYTES)) {
        net_client_drop(queue->client, NET_DROP_QUEUE_FULL, size);
        return;
    }
    packet = g_malloc(sizeof(*packet) + size);
    packet->sender = sender;
    packet->sent_cb = sent_cb;
    packet->flags = flags;
    packet->size = size;
    iov_to_buf(iov, iovcnt, 0, packet->data, size);
    queue_insert(queue, packet, at_head);
    queue->client->stats.queued++;
    queue->client->stats.copies++;
    trace_net_queue_append(queue->client->name, size, queue->length);
}

void qemu_net_queue_append_iov(NetQueue *queue, NetClientState *sender,
                               unsigned flags, const struct iovec *iov,
                               int iovcnt, NetPacketSent *sent_cb)
{
    queue_copy(queue, sender, flags, iov, iovcnt, sent_cb, false);
}

/* deliver(), closed against re-entrance. packet NULL: one that was never
 * queued. */
static ssize_t qemu_net_queue_deliver(NetQueue *queue, NetClientState *sender,
                                      unsigned flags, const struct iovec *iov,
                                      int iovcnt, NetPacket *packet)
{
    ssize_t ret;

    queue->delivering = true;
    queue->in_hand_sender = sender;
    queue->in_hand = packet;
    queue->in_hand_purged = false;
    ret = queue->deliver(sender, flags, iov, iovcnt, queue->client);
    queue->in_hand = NULL;
    queue->delivering = false;
    return ret;
}

ssize_t qemu_net_queue_send_iov(NetQueue *queue, NetClientState *sender,
                                unsigned flags, const struct iovec *iov,
                                int iovcnt, NetPacketSent *sent_cb)
{
    ssize_t ret;

    if (queue->delivering || !TAILQ_EMPTY(&queue->packets) ||
        (sender && !qemu_can_send_packet(sender))) {
        qemu_net_queue_append_iov(queue, sender, flags, iov, iovcnt, sent_cb);
        return 0;
    }
    ret = qemu_net_queue_deliver(queue, sender, flags, iov, iovcnt, NULL);
    if (ret == 0) {
        if (queue->in_hand_purged) {
            net_client_drop(queue->client, NET_DROP_PURGED,
                            iov_size(iov, iovcnt));
            return iov_size(iov, iovcnt);
        }
        /* Before those that were sent while this one was tried. */
        queue_copy(queue, sender, flags, iov, iovcnt, sent_cb, true);
        return 0;
    }
    /* What was sent to the receiver while it was busy. */
    if (unlikely(!TAILQ_EMPTY(&queue->packets))) {
        qemu_net_queue_flush(queue);
    }
    return ret;
}

ssize_t qemu_net_queue_send(NetQueue *queue, NetClientState *sender,
                            unsigned flags, const uint8_t *data, size_t size,
                            NetPacketSent *sent_cb)
{
    struct iovec iov = { .iov_base = (void *)data, .iov_len = size };

    return qemu_net_queue_send_iov(queue, sender, flags, &iov, 1, sent_cb);
}

/* Ends a packet that is in no list any more. */
static void packet_done(NetPacket *packet, ssize_t ret)
{
    if (packet->sent_cb) {
        packet->sent_cb(packet->sender, ret);
    }
    g_free(packet);
}

void qemu_net_queue_purge(NetQueue *queue, NetClientState *from)
{
    struct NetPacketList purged = TAILQ_HEAD_INITIALIZER(purged);
    NetPacket *packet, *next;

    if (queue->delivering && (!from || from == queue->in_hand_sender)) {
        queue->in_hand_purged = true;
        packet = queue->in_hand;
        if (packet && packet->sent_cb) {
            NetPacketSent *sent_cb = packet->sent_cb;

            /* Its sender may be gone when deliver() returns. */
            packet->sent_cb = NULL;
            sent_cb(packet->sender, 0);
        }
    }
    TAILQ_FOREACH_SAFE (packet, &queue->packets, next, next) {
        if (!from || packet->sender == from) {
            queue_remove(queue, packet);
            TAILQ_INSERT_TAIL(&purged, packet, next);
        }
    }
    /* Only now: a callback may send, and so change the queue. */
    while ((packet = TAILQ_FIRST(&purged))) {
        TAILQ_REMOVE(&purged, packet, next);
        net_client_drop(queue->client, NET_DROP_PURGED, packet->size);
        packet_done(packet, 0);
    }
}

/* The first packet; false if it has to wait. */
static bool queue_flush_one(NetQueue *queue)
{
    NetPacket *packet = TAILQ_FIRST(&queue->packets);
    struct iovec iov = { packet->data, packet->size };
    ssize_t ret;

    queue_remove(queue, packet);
    ret = qemu_net_queue_deliver(queue, packet->sender, packet->flags, &iov, 1,
                                 packet);
    if (ret == 0) {
        if (!queue->in_hand_purged) {
            queue_insert(queue, packet, true);
            return false;
        }
        net_client_drop(queue->client, NET_DROP_PURGED, packet->size);
    }
    packet_done(packet, ret);
    return true;
}

bool qemu_net_queue_flush(NetQueue *queue)
{
    /* A flush from within deliver() or a sent_cb: the loop it came from goes
     * on with what there is. */
    if (!queue->delivering && !queue->flushing) {
        queue->flushing = true;
        while (!TAILQ_EMPTY(&queue->packets) && queue_flush_one(queue)) {
            ;
        }
        queue->flushing = false;
        trace_net_queue_flush(queue->client->name, queue->length);
    }
    return TAILQ_EMPTY(&queue->packets);
}
