/*
 * NetQueue: packets on their way to one client that cannot take them now.
 *
 * Keeps order, bounds its memory, refuses re-entrance: a packet sent while
 * this queue is delivering is queued, never delivered recursively. Packets
 * without sent_cb are dropped (and counted) when the queue is full; packets
 * with one are always queued, their sender waits for the callback and so
 * bounds them itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_QUEUE_H
#define NET_QUEUE_H

#include "net/net.h"

#define QEMU_NET_PACKET_FLAG_NONE 0
#define QEMU_NET_PACKET_FLAG_RAW (1u << 0) /* carries no vnet header */

/* Called for a packet; same return values as receive_iov. */
typedef ssize_t NetQueueDeliverFunc(NetClientState *sender, unsigned flags,
                                    const struct iovec *iov, int iovcnt,
                                    void *opaque);

/* opaque is passed to deliver: the receiving client. */
NetQueue *qemu_new_net_queue(NetQueueDeliverFunc *deliver, void *opaque);
void qemu_del_net_queue(NetQueue *queue); /* drops what it holds */
/* Delivers now, or queues a copy (returns 0). */
ssize_t qemu_net_queue_send(NetQueue *queue, NetClientState *sender,
                            unsigned flags, const uint8_t *data, size_t size,
                            NetPacketSent *sent_cb);
ssize_t qemu_net_queue_send_iov(NetQueue *queue, NetClientState *sender,
                                unsigned flags, const struct iovec *iov,
                                int iovcnt, NetPacketSent *sent_cb);
/* Queues a copy without trying (filters re-injecting in order). */
void qemu_net_queue_append_iov(NetQueue *queue, NetClientState *sender,
                               unsigned flags, const struct iovec *iov,
                               int iovcnt, NetPacketSent *sent_cb);
/* Drops the packets of one sender (NULL: all), calling sent_cb with 0. */
void qemu_net_queue_purge(NetQueue *queue, NetClientState *from);
/* Delivers until empty or blocked; true if empty. */
bool qemu_net_queue_flush(NetQueue *queue);
unsigned qemu_net_queue_length(const NetQueue *queue);

/* NetQueue's delivery to a client: adapts the vnet header, completes
 * checksums, pads, calls the receive verb. The opaque is the client. */
NetQueueDeliverFunc qemu_deliver_packet_iov;

#endif
