/*
 * Clients: how the ends of links come and go, who is whose peer, and the way of
 * a packet from one to the other.
 *
 * The send functions here are the only way to a peer. They see to the packet's
 * size, the link and the filters, and leave the rest to the peer's NetQueue
 * (queue.c), which calls qemu_deliver_packet_iov() here. That is the one place
 * where packets are normalised (header, checksum, padding) before a client's
 * receive verb gets them. net/net.h has the contract of the return values.
 *
 * A backend that is deleted is cut from its NIC: the NIC stays without peer,
 * with its link down, and no packet of either is left in a queue.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <assert.h>

#include "net-internal.h"
#include "net/filter.h"
#include "net/queue.h"
#include "trace/trace-net.h"
#include "util/iov.h"

struct NetClientList net_clients = TAILQ_HEAD_INITIALIZER(net_clients);

const char *const net_drop_reason_names[NET_DROP_MAX] = {
    [NET_DROP_LINK_DOWN] = "link-down",
    [NET_DROP_NO_PEER] = "no-peer",
    [NET_DROP_QUEUE_FULL] = "queue-full",
    [NET_DROP_TOO_SHORT] = "too-short",
    [NET_DROP_TOO_LONG] = "too-long",
    [NET_DROP_BAD_HEADER] = "bad-header",
    [NET_DROP_FILTERED] = "filtered",
    [NET_DROP_NO_BUFFER] = "no-buffer",
    [NET_DROP_HOST_ERROR] = "host-error",
    [NET_DROP_PURGED] = "purged",
};

static bool is_nic(const NetClientState *nc)
{
    return nc->info->type == NET_CLIENT_DRIVER_NIC;
}

void net_client_drop(NetClientState *nc, NetDropReason reason, size_t size)
{
    nc->stats.dropped[reason]++;
    nc->drops++;
    trace_net_drop(nc->name, net_drop_reason_names[reason], size);
    qemu_log_mask(LOG_NET, "%s: packet of %zu bytes dropped: %s\n", nc->name,
                  size, net_drop_reason_names[reason]);
}

/* ------------------------------------------------------------------- life */

/* "MODEL.N", N counting the clients of that model. */
static char *default_name(const char *model)
{
    NetClientState *nc;
    unsigned n = 0;

    TAILQ_FOREACH (nc, &net_clients, next) {
        if (strcmp(nc->model, model) == 0 && nc->queue_index == 0) {
            n++;
        }
    }
    return g_strdup_printf("%s.%u", model, n);
}

void qemu_net_client_setup(NetClientState *nc, const NetClientInfo *info,
                           NetClientState *peer, const char *model,
                           const char *name,
                           void (*destructor)(NetClientState *),
                           bool is_datapath)
{
    nc->info = info;
    nc->model = g_strdup(model);
    nc->name = name ? g_strdup(name) : default_name(model);
    nc->info_str = g_strdup("");
    nc->is_datapath = is_datapath;
    nc->destructor = destructor;
    nc->ctx = qemu_get_aio_context();
    TAILQ_INIT(&nc->filters);
    if (peer) {
        assert(!peer->peer);
        nc->peer = peer;
        peer->peer = nc;
    }
    nc->incoming_queue = qemu_new_net_queue(qemu_deliver_packet_iov, nc);
    TAILQ_INSERT_TAIL(&net_clients, nc, next);
}

static void net_client_free(NetClientState *nc)
{
    g_free(nc);
}

NetClientState *qemu_new_net_client(const NetClientInfo *info,
                                    NetClientState *peer, const char *model,
                                    const char *name)
{
    NetClientState *nc;

    assert(info->size >= sizeof(NetClientState));
    nc = g_malloc0(info->size);
    qemu_net_client_setup(nc, info, peer, model, name, net_client_free, true);
    return nc;
}

NICState *qemu_new_nic(const NetClientInfo *info, NICConf *conf,
                       const char *model, const char *name, void *opaque)
{
    int queues = MAX(1, conf->peers.queues);
    NICState *nic;

    assert(info->type == NET_CLIENT_DRIVER_NIC);
    assert(info->size >= sizeof(NICState));
    nic = g_malloc0(info->size);
    nic->ncs = g_new0(NetClientState, queues);
    nic->conf = conf;
    nic->opaque = opaque;
    for (int i = 0; i < queues; i++) {
        NetClientState *nc = &nic->ncs[i];

        qemu_net_client_setup(nc, info, conf->peers.ncs[i], model,
                              i ? nic->ncs[0].name : name, NULL, true);
        nc->queue_index = i;
        nc->nic = nic;
    }
    return nic;
}

void qemu_set_info_str(NetClientState *nc, const char *fmt, ...)
{
    va_list ap;

    g_free(nc->info_str);
    va_start(ap, fmt);
    nc->info_str = g_strdup_vprintf(fmt, ap);
    va_end(ap);
}

void qemu_format_nic_info_str(NetClientState *nc, const uint8_t macaddr[6])
{
    qemu_set_info_str(nc, "model=%s,macaddr=" MAC_FMT, nc->model,
                      MAC_ARG(macaddr));
}

/* Leaves nc without peer and both without a packet of the other. */
static void net_client_disconnect(NetClientState *nc)
{
    NetClientState *peer = nc->peer;

    if (!peer) {
        return;
    }
    /* First: the sent_cb of a purged packet may send the next one, which must
     * not get into the queue any more. */
    nc->peer = NULL;
    peer->peer = NULL;
    qemu_net_queue_purge(peer->incoming_queue, nc);
    qemu_net_queue_purge(nc->incoming_queue, peer);
    peer->receive_disabled = false;
    if (is_nic(nc)) {
        /* The next NIC may not know what this one agreed on. */
        qemu_set_vnet_hdr_len(peer, 0);
        qemu_set_offload(peer, &(NetOffloads){ 0 });
    }
    if (peer->info->type == NET_CLIENT_DRIVER_HUBPORT) {
        /* Who waited for nc alone has nobody to wait for any more. */
        net_hub_flush(peer);
    }
}

static void net_client_destroy(NetClientState *nc)
{
    net_filters_delete(nc);
    net_client_disconnect(nc);
    TAILQ_REMOVE(&net_clients, nc, next);
    if (nc->info->cleanup) {
        nc->info->cleanup(nc);
    }
    qemu_del_net_queue(nc->incoming_queue);
    g_free(nc->name);
    g_free(nc->model);
    g_free(nc->info_str);
    g_free(nc->scratch);
    if (nc->destructor) {
        nc->destructor(nc);
    }
}

void qemu_del_net_client(NetClientState *nc)
{
    g_autofree char *name = g_strdup(nc->name);
    NetClientState *ncs[MAX_QUEUE_NUM];
    NetClientState *peer = nc->peer;
    NICState *nic = peer ? peer->nic : NULL;
    int queues;

    assert(!is_nic(nc));
    queues = qemu_find_net_clients_except(name, ncs, NET_CLIENT_DRIVER_NIC,
                                          MAX_QUEUE_NUM);
    if (nic) {
        nic->peer_deleted = true;
        for (int i = 0; i < queues; i++) {
            if (ncs[i]->peer) {
                ncs[i]->peer->link_down = true;
            }
        }
    }
    for (int i = 0; i < queues; i++) {
        net_client_destroy(ncs[i]);
    }
    if (nic && nic->ncs[0].info->link_status_changed) {
        nic->ncs[0].info->link_status_changed(&nic->ncs[0]);
    }
}

void qemu_del_nic(NICState *nic)
{
    int queues = MAX(1, nic->conf->peers.queues);

    for (int i = queues - 1; i >= 0; i--) {
        net_client_destroy(&nic->ncs[i]);
    }
    g_free(nic->ncs);
    g_free(nic);
}

/* ---------------------------------------------------------------- finding */

NetClientState *qemu_get_subqueue(NICState *nic, unsigned queue_index)
{
    return &nic->ncs[queue_index];
}

NetClientState *qemu_get_queue(NICState *nic)
{
    return qemu_get_subqueue(nic, 0);
}

NICState *qemu_get_nic(NetClientState *nc)
{
    return nc->nic;
}

void *qemu_get_nic_opaque(NetClientState *nc)
{
    return nc->nic->opaque;
}

NetClientState *qemu_get_peer(NetClientState *nc, unsigned queue_index)
{
    return nc->nic ? nc->nic->ncs[queue_index].peer : nc->peer;
}

NetClientState *qemu_find_netdev(const char *id)
{
    NetClientState *nc;

    TAILQ_FOREACH (nc, &net_clients, next) {
        if (!is_nic(nc) && strcmp(nc->name, id) == 0) {
            return nc;
        }
    }
    return NULL;
}

int qemu_find_net_clients_except(const char *id, NetClientState **ncs,
                                 NetClientDriver type, int max)
{
    NetClientState *nc;
    int n = 0;

    TAILQ_FOREACH (nc, &net_clients, next) {
        if (nc->info->type == type || (id && strcmp(nc->name, id) != 0)) {
            continue;
        }
        if (n == max) {
            break;
        }
        ncs[n++] = nc;
    }
    return n;
}

void qemu_foreach_nic(void (*fn)(NICState *nic, void *opaque), void *opaque)
{
    NetClientState *nc, *next;

    TAILQ_FOREACH_SAFE (nc, &net_clients, next, next) {
        if (is_nic(nc) && nc->queue_index == 0) {
            fn(nc->nic, opaque);
        }
    }
}

/* ------------------------------------------------------------------- link */

static void link_changed(NetClientState *nc, bool up)
{
    trace_net_link(nc->name, up);
    if (nc->info->link_status_changed) {
        nc->info->link_status_changed(nc);
    }
}

void net_client_set_link(NetClientState *nc, bool up)
{
    NetClientState *ncs[MAX_QUEUE_NUM];
    int queues = qemu_find_net_clients_except(
        nc->name, ncs, NET_CLIENT_DRIVER__MAX, MAX_QUEUE_NUM);
    bool nic_peer = nc->peer && is_nic(nc->peer);

    for (int i = 0; i < queues; i++) {
        ncs[i]->link_down = !up;
        if (nic_peer && ncs[i]->peer) {
            ncs[i]->peer->link_down = !up;
        }
    }
    link_changed(nc, up);
    /* A backend keeps its link when its NIC's goes; a NIC follows. */
    if (nic_peer) {
        link_changed(nc->peer, up);
    }
}

/* --------------------------------------------------------------- delivery */

static ssize_t receive_flat(NetClientState *nc, const struct iovec *iov,
                            int iovcnt, size_t size)
{
    uint8_t *buf;

    if (iovcnt == 1) {
        return nc->info->receive(nc, iov->iov_base, iov->iov_len);
    }
    buf = net_client_scratch(nc);
    iov_to_buf(iov, iovcnt, 0, buf, size);
    nc->stats.copies++;
    return nc->info->receive(nc, buf, size);
}

static ssize_t receive_packet(NetClientState *nc, const struct iovec *iov,
                              int iovcnt)
{
    if (nc->info->receive_iov) {
        return nc->info->receive_iov(nc, iov, iovcnt);
    }
    return receive_flat(nc, iov, iovcnt, iov_size(iov, iovcnt));
}

ssize_t qemu_deliver_packet_iov(NetClientState *sender, unsigned flags,
                                const struct iovec *iov, int iovcnt,
                                void *opaque)
{
    NetClientState *nc = opaque;
    int from_len = !sender || (flags & QEMU_NET_PACKET_FLAG_RAW)
                       ? 0 : sender->vnet_hdr_len;
    size_t size = iov_size(iov, iovcnt);
    uint64_t drops = nc->drops;
    ssize_t ret;

    if (nc->link_down) {
        net_client_drop(nc, NET_DROP_LINK_DOWN, size);
        return size;
    }
    if (nc->receive_disabled) {
        return 0;
    }
    if (likely(from_len == nc->vnet_hdr_len &&
               (nc->do_not_pad || size >= (size_t)from_len + ETH_ZLEN))) {
        ret = receive_packet(nc, iov, iovcnt);
    } else {
        NetAdapted a;

        if (!net_adapt_packet(nc, from_len, iov, iovcnt, size, &a)) {
            return size;
        }
        ret = receive_packet(nc, a.iov, a.iovcnt);
    }
    trace_net_deliver(nc->name, size, ret);
    if (ret == 0) {
        /* Until qemu_flush_queued_packets(nc). */
        nc->receive_disabled = true;
        trace_net_blocked(nc->name);
        return 0;
    }
    if (ret > 0) {
        if (nc->drops == drops) {
            nc->stats.rx_packets++;
            nc->stats.rx_bytes += size - from_len;
        }
        ret = size; /* what the sender sent, whatever form it took */
    }
    return ret;
}

/* ---------------------------------------------------------------- sending */

bool qemu_can_send_packet(NetClientState *nc)
{
    NetClientState *peer = nc->peer;

    if (!net_vm_running()) {
        return false;
    }
    if (!peer) {
        return true;
    }
    return !peer->receive_disabled &&
           (!peer->info->can_receive || peer->info->can_receive(peer));
}

/* The filters of both ends; 0: none wants it. */
static ssize_t filter_packet(NetClientState *nc, unsigned flags,
                             const struct iovec *iov, int iovcnt,
                             NetPacketSent *sent_cb)
{
    ssize_t ret = 0;

    if (!TAILQ_EMPTY(&nc->filters)) {
        ret = net_filter_chain(nc, NET_FILTER_DIRECTION_TX, nc, flags, iov,
                               iovcnt, sent_cb);
    }
    if (ret == 0 && !TAILQ_EMPTY(&nc->peer->filters)) {
        ret = net_filter_chain(nc->peer, NET_FILTER_DIRECTION_RX, nc, flags,
                               iov, iovcnt, sent_cb);
    }
    return ret;
}

static ssize_t send_packet(NetClientState *nc, unsigned flags,
                           const struct iovec *iov, int iovcnt,
                           NetPacketSent *sent_cb)
{
    size_t size = iov_size(iov, iovcnt);
    NetClientState *peer = nc->peer;
    ssize_t ret;

    if (unlikely(size > NET_BUFSIZE || nc->link_down || !peer)) {
        net_client_drop(nc,
                        size > NET_BUFSIZE ? NET_DROP_TOO_LONG
                        : nc->link_down    ? NET_DROP_LINK_DOWN
                                           : NET_DROP_NO_PEER,
                        size);
        return size;
    }
    if (unlikely(size == 0)) {
        /* Its size as a result would read "queued". */
        net_client_drop(nc, NET_DROP_TOO_SHORT, size);
        return -EINVAL;
    }
    trace_net_send(nc->name, peer->name, size);
    nc->stats.tx_packets++;
    nc->stats.tx_bytes +=
        size - (flags & QEMU_NET_PACKET_FLAG_RAW
                    ? 0 : MIN(size, (size_t)nc->vnet_hdr_len));
    ret = filter_packet(nc, flags, iov, iovcnt, sent_cb);
    if (ret != 0) {
        return ret;
    }
    return qemu_net_queue_send_iov(peer->incoming_queue, nc, flags, iov,
                                   iovcnt, sent_cb);
}

void qemu_send_burst(NetClientState *nc, bool more)
{
    NetClientState *peer = nc->peer;

    if (peer && peer->info->receive_burst) {
        peer->info->receive_burst(peer, more);
    }
}

ssize_t qemu_sendv_packet_async(NetClientState *nc, const struct iovec *iov,
                                int iovcnt, NetPacketSent *sent_cb)
{
    return send_packet(nc, QEMU_NET_PACKET_FLAG_NONE, iov, iovcnt, sent_cb);
}

ssize_t qemu_send_packet_async(NetClientState *nc, const uint8_t *buf,
                               size_t size, NetPacketSent *sent_cb)
{
    struct iovec iov = { .iov_base = (void *)buf, .iov_len = size };

    return send_packet(nc, QEMU_NET_PACKET_FLAG_NONE, &iov, 1, sent_cb);
}

ssize_t qemu_send_packet(NetClientState *nc, const uint8_t *buf, size_t size)
{
    return qemu_send_packet_async(nc, buf, size, NULL);
}

ssize_t qemu_send_packet_raw(NetClientState *nc, const uint8_t *buf,
                             size_t size)
{
    struct iovec iov = { .iov_base = (void *)buf, .iov_len = size };

    return send_packet(nc, QEMU_NET_PACKET_FLAG_RAW, &iov, 1, NULL);
}

void qemu_purge_queued_packets(NetClientState *nc)
{
    if (nc->peer) {
        qemu_net_queue_purge(nc->peer->incoming_queue, nc);
    }
}

void qemu_flush_or_purge_queued_packets(NetClientState *nc, bool purge)
{
    nc->receive_disabled = false;
    if (!qemu_net_queue_flush(nc->incoming_queue) && purge) {
        qemu_net_queue_purge(nc->incoming_queue, nc->peer);
        nc->receive_disabled = false;
    }
    /* A hub refuses packets while all its other ports are blocked: now one is
     * not. */
    if (nc->peer && nc->peer->info->type == NET_CLIENT_DRIVER_HUBPORT) {
        net_hub_flush(nc->peer);
    }
}

void qemu_flush_queued_packets(NetClientState *nc)
{
    qemu_flush_or_purge_queued_packets(nc, false);
}
