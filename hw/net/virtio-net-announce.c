/*
 * What the device tells the driver by its status field: the link, and that it
 * should announce itself (virtio 1.4, 5.1.4.2 and 5.1.6.5.4).
 *
 * An announcement is asked for by VIRTIO_NET_S_ANNOUNCE and a configuration
 * interrupt, and acknowledged on the control queue. The rounds and times are
 * net/announce.c's; asking again before the driver has answered repeats the
 * interrupt only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "trace/trace-hw-net.h"
#include "virtio-net-internal.h"

bool virtio_net_announce(NetClientState *nc)
{
    VirtIONet *n = qemu_get_nic_opaque(nc);
    VirtIODevice *vdev = &n->parent_obj;

    /* Once per device, and by a driver that could hear and answer it. */
    if (nc->queue_index != 0 || !(n->status & VIRTIO_NET_S_LINK_UP) ||
        !virtio_device_active(vdev) ||
        !virtio_vdev_has_feature(vdev, VIRTIO_NET_F_GUEST_ANNOUNCE)) {
        return false;
    }
    trace_virtio_net_announce_notify(virtio_net_name(n));
    n->status |= VIRTIO_NET_S_ANNOUNCE;
    virtio_notify_config(vdev);
    return true;
}

bool virtio_net_announce_ack(VirtIONet *n)
{
    bool asked = n->status & VIRTIO_NET_S_ANNOUNCE;

    trace_virtio_net_handle_announce(virtio_net_name(n), asked);
    n->status &= ~VIRTIO_NET_S_ANNOUNCE;
    return asked;
}

void virtio_net_set_link_status(NetClientState *nc)
{
    VirtIONet *n = qemu_get_nic_opaque(nc);
    const NetClientState *first = qemu_get_queue(n->nic);
    bool up = !first->link_down && !(first->peer && first->peer->link_down);
    uint16_t old = n->status;

    if (up) {
        n->status |= VIRTIO_NET_S_LINK_UP;
    } else {
        n->status &= ~VIRTIO_NET_S_LINK_UP;
    }
    if (n->status != old) {
        trace_virtio_net_link_status(virtio_net_name(n), up);
        virtio_notify_config(&n->parent_obj);
    }
}
