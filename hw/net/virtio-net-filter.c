/*
 * Which frames the driver wants to see: modes, address table, VLAN table
 * (virtio 1.4, 5.1.6.5.1 to 5.1.6.5.3), and what management is told of it.
 *
 * The upper half works on VirtIONetFilter alone. A filter is a pure function
 * of the negotiated features and the commands since reset: after reset the
 * device is promiscuous, and takes every VLAN until CTRL_VLAN is negotiated.
 *
 * Management is told of changes by NIC_RX_FILTER_CHANGED, but once only: the
 * next event comes after query-rx-filter was called, so that a guest cannot
 * flood the monitor.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qapi/qapi-events-net.h"
#include "util/bswap.h"
#include "virtio-net-internal.h"

#define VLAN_VID_MASK 0xfff

void virtio_net_filter_set_vlan_filtering(VirtIONetFilter *f, bool on)
{
    f->vlan_filtering = on;
    memset(f->vlans, on ? 0 : 0xff, sizeof(f->vlans));
}

void virtio_net_filter_reset(VirtIONetFilter *f)
{
    uint8_t mac[ETH_ALEN];

    memcpy(mac, f->mac, sizeof(mac));
    memset(f, 0, sizeof(*f));
    memcpy(f->mac, mac, sizeof(mac));
    f->promisc = true;
    virtio_net_filter_set_vlan_filtering(f, false);
}

bool virtio_net_filter_vlan(VirtIONetFilter *f, uint16_t vid, bool on)
{
    if (vid >= MAX_VLAN) {
        return false;
    }
    if (on) {
        f->vlans[vid / 32] |= UINT32_C(1) << (vid % 32);
    } else {
        f->vlans[vid / 32] &= ~(UINT32_C(1) << (vid % 32));
    }
    return true;
}

static bool vlan_wanted(const VirtIONetFilter *f, unsigned vid)
{
    return f->vlans[vid / 32] >> (vid % 32) & 1;
}

static bool table_has(const VirtIONetFilter *f, unsigned first, unsigned count,
                      const uint8_t *addr)
{
    for (unsigned i = first; i < first + count; i++) {
        if (memcmp(f->table[i], addr, ETH_ALEN) == 0) {
            return true;
        }
    }
    return false;
}

static bool multicast_wanted(const VirtIONetFilter *f, const uint8_t *dst)
{
    if (is_broadcast_ether_addr(dst)) {
        return !f->nobcast;
    }
    if (f->nomulti) {
        return false;
    }
    return f->allmulti || f->multi_overflow ||
           table_has(f, f->uni_count, f->multi_count, dst);
}

static bool unicast_wanted(const VirtIONetFilter *f, const uint8_t *dst)
{
    if (f->nouni) {
        return false;
    }
    return f->alluni || f->uni_overflow ||
           memcmp(dst, f->mac, ETH_ALEN) == 0 ||
           table_has(f, 0, f->uni_count, dst);
}

bool virtio_net_filter_accepts(const VirtIONetFilter *f, const uint8_t *head,
                               size_t len)
{
    if (f->promisc) {
        return true;
    }
    if (len >= VIRTIO_NET_FILTER_HEAD && ldw_be_p(head + 12) == ETH_P_VLAN &&
        !vlan_wanted(f, ldw_be_p(head + 14) & VLAN_VID_MASK)) {
        return false;
    }
    return is_multicast_ether_addr(head) ? multicast_wanted(f, head)
                                         : unicast_wanted(f, head);
}

/* ---------------------------------------------------- what management sees */

static char *mac_string(const uint8_t *mac)
{
    return g_strdup_printf(MAC_FMT, MAC_ARG(mac));
}

static strList *mac_list(const VirtIONetFilter *f, unsigned first,
                         unsigned count)
{
    strList *list = NULL;

    while (count--) {
        strList *e = g_new0(strList, 1);

        e->value = mac_string(f->table[first + count]);
        e->next = list;
        list = e;
    }
    return list;
}

/* Highest first, as QEMU lists them. */
static intList *vlan_list(const VirtIONetFilter *f)
{
    intList *list = NULL;

    for (unsigned vid = 0; vid < MAX_VLAN; vid++) {
        if (vlan_wanted(f, vid)) {
            intList *e = g_new0(intList, 1);

            e->value = vid;
            e->next = list;
            list = e;
        }
    }
    return list;
}

static RxState rx_state(bool none, bool all)
{
    return none ? RX_STATE_NONE : all ? RX_STATE_ALL : RX_STATE_NORMAL;
}

RxFilterInfo *virtio_net_filter_info(const VirtIONetFilter *f, const char *name)
{
    RxFilterInfo *info = g_new0(RxFilterInfo, 1);

    info->name = g_strdup(name);
    info->promiscuous = f->promisc;
    info->multicast = rx_state(f->nomulti, f->allmulti);
    info->unicast = rx_state(f->nouni, f->alluni);
    info->vlan = rx_state(false, !f->vlan_filtering);
    info->broadcast_allowed = !f->nobcast;
    info->multicast_overflow = f->multi_overflow;
    info->unicast_overflow = f->uni_overflow;
    info->main_mac = mac_string(f->mac);
    info->vlan_table = vlan_list(f);
    info->unicast_table = mac_list(f, 0, f->uni_count);
    info->multicast_table = mac_list(f, f->uni_count, f->multi_count);
    return info;
}

RxFilterInfo *virtio_net_query_rxfilter(NetClientState *nc)
{
    VirtIONet *n = qemu_get_nic_opaque(nc);

    n->rxfilter_notify = true;
    return virtio_net_filter_info(&n->filter, nc->name);
}

void virtio_net_rxfilter_notify(VirtIONet *n)
{
    g_autofree char *path = NULL;

    if (!n->rxfilter_notify) {
        return;
    }
    n->rxfilter_notify = false;
    path = object_get_canonical_path(OBJECT(n));
    qapi_event_send_nic_rx_filter_changed(n->netclient_name, path);
}
