/*
 * The control queue (virtio 1.4, 5.1.6.5).
 *
 * A command is one chain: class, command and data to read, one byte of ack to
 * write. The driver may cut it into descriptors as it likes. All of what may
 * be asked is in the table below; a command must have been made possible by a
 * negotiated feature and have exactly the length it should, or it is answered
 * VIRTIO_NET_ERR and changes nothing.
 *
 * Data is copied out of guest memory piece by piece, each byte once, and only
 * the copy is used. A chain without room for an ack cannot be answered: it is
 * given back with length 0 and its command is not carried out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "trace/trace-hw-net.h"
#include "util/bswap.h"
#include "util/iov.h"
#include "virtio-net-internal.h"

/* Commands in one go; the rest waits until the main loop had its turn. */
#define CTRL_BURST VIRTIO_NET_CTRL_QUEUE_SIZE
#define CTRL_HEADER 2
#define LEN_ANY SIZE_MAX

/* The data of a command, behind its header. */
typedef struct CtrlData {
    const struct iovec *iov;
    unsigned cnt;
    size_t size;
    uint8_t cmd;
} CtrlData;

static bool ctrl_get(const CtrlData *d, size_t offset, void *buf, size_t len)
{
    if (offset > d->size || len > d->size - offset) {
        return false;
    }
    return iov_to_buf(d->iov, d->cnt, CTRL_HEADER + offset, buf, len) == len;
}

/* ------------------------------------------------------------ the commands */

static bool ctrl_rx_mode(VirtIONet *n, const CtrlData *d)
{
    VirtIONetFilter *f = &n->filter;
    bool *const modes[] = {
        [VIRTIO_NET_CTRL_RX_PROMISC] = &f->promisc,
        [VIRTIO_NET_CTRL_RX_ALLMULTI] = &f->allmulti,
        [VIRTIO_NET_CTRL_RX_ALLUNI] = &f->alluni,
        [VIRTIO_NET_CTRL_RX_NOMULTI] = &f->nomulti,
        [VIRTIO_NET_CTRL_RX_NOUNI] = &f->nouni,
        [VIRTIO_NET_CTRL_RX_NOBCAST] = &f->nobcast,
    };
    uint8_t on;

    if (d->cmd >= ARRAY_SIZE(modes) || !ctrl_get(d, 0, &on, sizeof(on))) {
        return false;
    }
    *modes[d->cmd] = on;
    virtio_net_rxfilter_notify(n);
    return true;
}

/*
 * Reads the list at *offset: le32 count, then addresses, into the free part of
 * the table. More than fit: none is kept and *overflow says to take them all.
 */
static bool ctrl_read_macs(const CtrlData *d, size_t *offset,
                           uint8_t (*table)[ETH_ALEN], unsigned room,
                           unsigned *count, bool *overflow)
{
    uint8_t raw[4];
    uint32_t entries;

    if (!ctrl_get(d, *offset, raw, sizeof(raw))) {
        return false;
    }
    *offset += sizeof(raw);
    entries = ldl_le_p(raw);
    /* Division, because entries * 6 may wrap. */
    if (entries > (d->size - *offset) / ETH_ALEN) {
        return false;
    }
    *count = 0;
    *overflow = entries > room;
    if (!*overflow && entries) {
        if (!ctrl_get(d, *offset, table, (size_t)entries * ETH_ALEN)) {
            return false;
        }
        *count = entries;
    }
    *offset += (size_t)entries * ETH_ALEN;
    return true;
}

static bool ctrl_mac_table_set(VirtIONet *n, const CtrlData *d)
{
    VirtIONetFilter f = n->filter;
    size_t offset = 0;

    if (!ctrl_read_macs(d, &offset, f.table, MAC_TABLE_ENTRIES, &f.uni_count,
                        &f.uni_overflow) ||
        !ctrl_read_macs(d, &offset, f.table + f.uni_count,
                        MAC_TABLE_ENTRIES - f.uni_count, &f.multi_count,
                        &f.multi_overflow) ||
        offset != d->size) {
        return false;
    }
    n->filter = f;
    virtio_net_rxfilter_notify(n);
    return true;
}

static bool ctrl_mac_addr_set(VirtIONet *n, const CtrlData *d)
{
    uint8_t mac[ETH_ALEN];

    if (!ctrl_get(d, 0, mac, sizeof(mac))) {
        return false;
    }
    virtio_net_set_mac(n, mac);
    return true;
}

static bool ctrl_vlan(VirtIONet *n, const CtrlData *d)
{
    uint8_t vid[2];

    if (!ctrl_get(d, 0, vid, sizeof(vid)) ||
        !virtio_net_filter_vlan(&n->filter, ldw_le_p(vid),
                                d->cmd == VIRTIO_NET_CTRL_VLAN_ADD)) {
        return false;
    }
    virtio_net_rxfilter_notify(n);
    return true;
}

static bool ctrl_announce_ack(VirtIONet *n, const CtrlData *d)
{
    return virtio_net_announce_ack(n);
}

static bool ctrl_mq_pairs_set(VirtIONet *n, const CtrlData *d)
{
    uint8_t raw[2];
    unsigned pairs;

    if (!ctrl_get(d, 0, raw, sizeof(raw))) {
        return false;
    }
    pairs = ldw_le_p(raw);
    if (pairs < 1 || pairs > n->max_queue_pairs) {
        return false;
    }
    virtio_net_set_queue_pairs(n, pairs);
    return true;
}

static bool ctrl_guest_offloads_set(VirtIONet *n, const CtrlData *d)
{
    uint8_t raw[8];
    uint64_t offloads;

    if (!ctrl_get(d, 0, raw, sizeof(raw))) {
        return false;
    }
    offloads = ldq_le_p(raw);
    if (offloads & ~virtio_net_guest_offloads(n->parent_obj.guest_features)) {
        return false;
    }
    n->curr_guest_offloads = offloads;
    virtio_net_apply_guest_offloads(n);
    return true;
}

typedef struct CtrlCommand {
    uint8_t class;
    uint8_t cmd;
    uint8_t feature; /* that makes it possible */
    size_t len;      /* of its data */
    bool (*run)(VirtIONet *n, const CtrlData *d);
} CtrlCommand;

static const CtrlCommand ctrl_commands[] = {
    { VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC, VIRTIO_NET_F_CTRL_RX, 1,
      ctrl_rx_mode },
    { VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_ALLMULTI, VIRTIO_NET_F_CTRL_RX, 1,
      ctrl_rx_mode },
    { VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_ALLUNI,
      VIRTIO_NET_F_CTRL_RX_EXTRA, 1, ctrl_rx_mode },
    { VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_NOMULTI,
      VIRTIO_NET_F_CTRL_RX_EXTRA, 1, ctrl_rx_mode },
    { VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_NOUNI, VIRTIO_NET_F_CTRL_RX_EXTRA,
      1, ctrl_rx_mode },
    { VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_NOBCAST,
      VIRTIO_NET_F_CTRL_RX_EXTRA, 1, ctrl_rx_mode },
    { VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, VIRTIO_NET_F_CTRL_RX,
      LEN_ANY, ctrl_mac_table_set },
    { VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET,
      VIRTIO_NET_F_CTRL_MAC_ADDR, ETH_ALEN, ctrl_mac_addr_set },
    { VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_ADD, VIRTIO_NET_F_CTRL_VLAN,
      2, ctrl_vlan },
    { VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_DEL, VIRTIO_NET_F_CTRL_VLAN,
      2, ctrl_vlan },
    { VIRTIO_NET_CTRL_ANNOUNCE, VIRTIO_NET_CTRL_ANNOUNCE_ACK,
      VIRTIO_NET_F_GUEST_ANNOUNCE, 0, ctrl_announce_ack },
    { VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, VIRTIO_NET_F_MQ, 2,
      ctrl_mq_pairs_set },
    { VIRTIO_NET_CTRL_GUEST_OFFLOADS, VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET,
      VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, 8, ctrl_guest_offloads_set },
};

/* --------------------------------------------------------------- the queue */

static bool ctrl_run(VirtIONet *n, const VirtQueueElement *elem, uint8_t class,
                     uint8_t cmd)
{
    CtrlData d = { elem->out_sg, elem->out_num, elem->out_size - CTRL_HEADER,
                   cmd };

    for (unsigned i = 0; i < ARRAY_SIZE(ctrl_commands); i++) {
        const CtrlCommand *c = &ctrl_commands[i];

        if (c->class == class && c->cmd == cmd) {
            return virtio_vdev_has_feature(&n->parent_obj, c->feature) &&
                   (c->len == LEN_ANY || c->len == d.size) && c->run(n, &d);
        }
    }
    return false;
}

/* Carries out one chain; returns the bytes written into it. */
static unsigned ctrl_element(VirtIONet *n, const VirtQueueElement *elem)
{
    uint8_t header[CTRL_HEADER] = { 0 };
    uint8_t ack = VIRTIO_NET_ERR;

    if (elem->in_size < sizeof(ack)) {
        trace_virtio_net_ctrl_no_ack(virtio_net_name(n), elem->index,
                                     elem->out_size);
        return 0;
    }
    if (iov_to_buf(elem->out_sg, elem->out_num, 0, header, sizeof(header)) ==
            sizeof(header) &&
        ctrl_run(n, elem, header[0], header[1])) {
        ack = VIRTIO_NET_OK;
    }
    trace_virtio_net_handle_ctrl(virtio_net_name(n), header[0], header[1],
                                 elem->out_size, ack);
    return iov_from_buf(elem->in_sg, elem->in_num, 0, &ack, sizeof(ack));
}

void virtio_net_handle_ctrl(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIONet *n = VIRTIO_NET(vdev);
    VirtQueueElement *elem;
    unsigned done = 0;

    while (done < CTRL_BURST && (elem = virtqueue_pop(vq))) {
        unsigned len = ctrl_element(n, elem);

        virtqueue_push(vq, elem, len);
        virtio_notify(vdev, vq);
        done++;
    }
    if (done == CTRL_BURST) {
        qemu_bh_schedule(n->ctrl_bh);
    }
}

void virtio_net_ctrl_bh(void *opaque)
{
    VirtIONet *n = opaque;

    if (n->ctrl_vq && virtio_device_active(&n->parent_obj)) {
        virtio_net_handle_ctrl(&n->parent_obj, n->ctrl_vq);
    }
}
