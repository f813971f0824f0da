/*
 * Filters: QOM objects that stand on a netdev and see its packets.
 *
 * queue=tx sees what the netdev's peer is sent to (guest receives), rx what it
 * receives from it, all both. A chain runs in order towards the netdev and
 * in reverse away from it. receive_iov returns 0 to pass the packet on, or
 * the packet's size to say it has taken it over.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_FILTER_H
#define NET_FILTER_H

#include "net/net.h"
#include "qom/object.h"

#define TYPE_NETFILTER "netfilter"
OBJECT_DECLARE_TYPE(NetFilterState, NetFilterClass, NETFILTER)

typedef enum NetFilterDirection {
    NET_FILTER_DIRECTION_ALL,
    NET_FILTER_DIRECTION_RX,
    NET_FILTER_DIRECTION_TX,
} NetFilterDirection;

struct NetFilterClass {
    ObjectClass parent_class;
    void (*setup)(NetFilterState *nf, Error **errp);
    void (*cleanup)(NetFilterState *nf);
    void (*status_changed)(NetFilterState *nf, Error **errp);
    ssize_t (*receive_iov)(NetFilterState *nf, NetClientState *sender,
                           unsigned flags, const struct iovec *iov,
                           int iovcnt, NetPacketSent *sent_cb);
};

struct NetFilterState {
    Object parent;
    char *netdev_id;
    NetClientState *netdev;
    NetFilterDirection direction;
    bool on;
    char *position;
    bool insert_before;
    TAILQ_ENTRY(NetFilterState) next;
};

/* Runs nc's filters for a packet going in `direction`; 0: pass on. */
ssize_t net_filter_chain(NetClientState *nc, NetFilterDirection direction,
                         NetClientState *sender, unsigned flags,
                         const struct iovec *iov, int iovcnt,
                         NetPacketSent *sent_cb);

#endif
