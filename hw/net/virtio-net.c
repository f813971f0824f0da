/*
 * The virtio network device: type, properties, realize, configuration space,
 * status and reset. The other files of the device, in the order of a packet's
 * road:
 *
 *   virtio-net-pci.c       the device as a PCI card
 *   virtio-net-features.c  the offer, and what follows from the driver's choice
 *   virtio-net-queue.c     pairs: virtqueues, index -> role, running or not
 *   virtio-net-tx.c        driver -> peer
 *   virtio-net-rx.c        peer -> driver
 *   virtio-net-hdr.c       the header in front of a frame, both ways
 *   virtio-net-filter.c    which frames the driver wants
 *   virtio-net-ctrl.c      the driver's commands
 *   virtio-net-announce.c  link state and announcements
 *
 * How they hold together. A pair of queues has a client in the net layer
 * (subqueue i of n->nic) whose peer is queue i of the backend. Data paths run
 * in the loop of that client. Control (features, reset, the control queue,
 * monitor commands) runs in the main loop and changes plain fields of
 * VirtIONet that the data paths read.
 *
 * What must hold:
 *   - a popped chain is used, unpopped or detached exactly once; the only one
 *     that outlives a call is async_tx.elem;
 *   - after reset, no queue of the net layer holds a packet of this device in
 *     either direction;
 *   - what the driver wrote is read once, checked, and used from the copy;
 *   - nothing the driver does ends the process or is logged without limit.
 *
 * Limits: RSS, hash reports, receive coalescing, tunnel offloads and failover
 * are not there. Switching one on is an error, except for the tunnel offloads:
 * these depend on the backend, and none of ours offers them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev-net.h"
#include "trace/trace-hw-net.h"
#include "util/bswap.h"
#include "virtio-net-internal.h"

#define MTU_MIN 68 /* virtio 1.4, 5.1.4.1 */

/* ----------------------------------------------------- configuration space */

/* As long as the fields of what is offered reach. */
static size_t config_size(const VirtIONet *n)
{
    static const struct {
        uint8_t bit;
        uint8_t end;
    } fields[] = {
        { VIRTIO_NET_F_STATUS, VIRTIO_NET_CONFIG_MAX_PAIRS },
        { VIRTIO_NET_F_MQ, VIRTIO_NET_CONFIG_MTU },
        { VIRTIO_NET_F_MTU, VIRTIO_NET_CONFIG_SPEED },
        { VIRTIO_NET_F_SPEED_DUPLEX, VIRTIO_NET_CONFIG_END },
    };
    size_t size = VIRTIO_NET_CONFIG_STATUS;

    for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
        if (n->parent_obj.host_features_props >> fields[i].bit & 1) {
            size = fields[i].end;
        }
    }
    return size;
}

static void virtio_net_get_config(VirtIODevice *vdev, uint8_t *config)
{
    const VirtIONet *n = VIRTIO_NET(vdev);
    uint8_t c[VIRTIO_NET_CONFIG_END];

    memcpy(c + VIRTIO_NET_CONFIG_MAC, n->filter.mac, ETH_ALEN);
    stw_le_p(c + VIRTIO_NET_CONFIG_STATUS, n->status);
    stw_le_p(c + VIRTIO_NET_CONFIG_MAX_PAIRS, n->max_queue_pairs);
    stw_le_p(c + VIRTIO_NET_CONFIG_MTU, n->net_conf.mtu);
    stl_le_p(c + VIRTIO_NET_CONFIG_SPEED, n->net_conf.speed);
    c[VIRTIO_NET_CONFIG_DUPLEX] = n->net_conf.duplex;
    memcpy(config, c, MIN(vdev->config_len, sizeof(c)));
}

/* Drivers from before CTRL_MAC_ADDR and VERSION_1 write the address here. */
static void virtio_net_set_config(VirtIODevice *vdev, const uint8_t *config)
{
    VirtIONet *n = VIRTIO_NET(vdev);

    if (!virtio_vdev_has_feature(vdev, VIRTIO_NET_F_CTRL_MAC_ADDR) &&
        !virtio_vdev_has_feature(vdev, VIRTIO_F_VERSION_1)) {
        virtio_net_set_mac(n, config + VIRTIO_NET_CONFIG_MAC);
    }
}

void virtio_net_set_mac(VirtIONet *n, const uint8_t mac[ETH_ALEN])
{
    if (memcmp(n->filter.mac, mac, ETH_ALEN) == 0) {
        return;
    }
    memcpy(n->filter.mac, mac, ETH_ALEN);
    qemu_format_nic_info_str(qemu_get_queue(n->nic), n->filter.mac);
    virtio_net_rxfilter_notify(n);
}

/* ------------------------------------------------------- status and reset */

static void virtio_net_set_status(VirtIODevice *vdev, uint8_t status)
{
    virtio_net_update_queues(VIRTIO_NET(vdev));
}

/* The device as a driver finds it. No pair may be running. */
static void virtio_net_initial_state(VirtIONet *n)
{
    memcpy(n->filter.mac, n->nic_conf.macaddr.a, ETH_ALEN);
    virtio_net_filter_reset(&n->filter);
    qemu_format_nic_info_str(qemu_get_queue(n->nic), n->filter.mac);
    n->status &= VIRTIO_NET_S_LINK_UP;
    virtio_net_set_features(&n->parent_obj, (VirtioFeatures){ { 0, 0 } });
}

static void virtio_net_reset(VirtIODevice *vdev)
{
    VirtIONet *n = VIRTIO_NET(vdev);

    trace_virtio_net_reset(virtio_net_name(n));
    qemu_bh_cancel(n->ctrl_bh);
    for (unsigned i = 0; i < n->queue_pairs; i++) {
        n->vqs[i].running = false;
        virtio_net_rx_purge(&n->vqs[i]);
        virtio_net_tx_purge(&n->vqs[i]);
    }
    virtio_net_initial_state(n);
}

/* One virtqueue starts over (VIRTIO_F_RING_RESET). */
static void virtio_net_queue_reset(VirtIODevice *vdev, unsigned index)
{
    VirtIONetQueue *q;

    switch (virtio_net_queue_role(VIRTIO_NET(vdev), index, &q)) {
    case VIRTIO_NET_ROLE_RX:
        virtio_net_rx_purge(q);
        break;
    case VIRTIO_NET_ROLE_TX:
        virtio_net_tx_purge(q);
        break;
    case VIRTIO_NET_ROLE_CTRL:
    case VIRTIO_NET_ROLE_NONE:
        break;
    }
}

static void virtio_net_queue_enable(VirtIODevice *vdev, unsigned index)
{
    VirtIONetQueue *q;

    if (virtio_net_queue_role(VIRTIO_NET(vdev), index, &q) ==
            VIRTIO_NET_ROLE_RX &&
        q->running) {
        qemu_flush_queued_packets(virtio_net_client(q));
    }
}

/* ----------------------------------------------------------------- realize */

static bool check_queue_size(const char *what, unsigned size, const char *stop,
                             Error **errp)
{
    if (size < VIRTIO_NET_QUEUE_MIN_SIZE || size > VIRTQUEUE_MAX_SIZE ||
        !is_power_of_2(size)) {
        error_setg(errp,
                   "Invalid %s_queue_size (= %u), must be a power of 2 between "
                   "%d and %d%s",
                   what, size, VIRTIO_NET_QUEUE_MIN_SIZE, VIRTQUEUE_MAX_SIZE,
                   stop);
        return false;
    }
    return true;
}

static const char *const hash_type_names[VIRTIO_NET_HASH_TYPES] = {
    "hash-ipv4", "hash-tcp4",   "hash-udp4",   "hash-ipv6",   "hash-tcp6",
    "hash-udp6", "hash-ipv6ex", "hash-tcp6ex", "hash-udp6ex",
};

/* What can be asked for in QEMU's words, but is not there. */
static bool check_missing(const VirtIONet *n, Error **errp)
{
    static const struct {
        uint8_t bit;
        const char *property;
    } missing[] = {
        { VIRTIO_NET_F_RSS, "rss" },
        { VIRTIO_NET_F_HASH_REPORT, "hash" },
        { VIRTIO_NET_F_RSC_EXT, "guest_rsc_ext" },
        { VIRTIO_NET_F_STANDBY, "failover" },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(missing); i++) {
        if (n->parent_obj.host_features_props >> missing[i].bit & 1) {
            error_setg(errp, "virtio-net: '%s=on' is not supported",
                       missing[i].property);
            return false;
        }
    }
    for (unsigned i = 0; i < ARRAY_SIZE(hash_type_names); i++) {
        if (n->net_conf.hash_types[i] == ON_OFF_AUTO_ON) {
            error_setg(errp, "virtio-net: '%s=on' is not supported",
                       hash_type_names[i]);
            return false;
        }
    }
    return true;
}

static bool check_speed_duplex(VirtIONet *n, Error **errp)
{
    VirtIONetConf *c = &n->net_conf;

    c->duplex = VIRTIO_NET_DUPLEX_UNKNOWN;
    if (c->duplex_str) {
        if (strcmp(c->duplex_str, "half") == 0) {
            c->duplex = VIRTIO_NET_DUPLEX_HALF;
        } else if (strcmp(c->duplex_str, "full") == 0) {
            c->duplex = VIRTIO_NET_DUPLEX_FULL;
        } else {
            error_setg(errp, "'duplex' must be 'half' or 'full'");
            return false;
        }
    }
    if (c->speed < -1) {
        error_setg(errp, "'speed' must be between 0 and INT_MAX");
        return false;
    }
    if (c->duplex_str || c->speed >= 0) {
        n->parent_obj.host_features_props |= UINT64_C(1)
                                             << VIRTIO_NET_F_SPEED_DUPLEX;
    }
    return true;
}

static bool check_conf(VirtIONet *n, Error **errp)
{
    VirtIONetConf *c = &n->net_conf;

    if (!check_missing(n, errp) || !check_speed_duplex(n, errp) ||
        !check_queue_size("rx", c->rx_queue_size, ".", errp) ||
        !check_queue_size("tx", c->tx_queue_size, "", errp)) {
        return false;
    }
    if (c->mtu) {
        if (c->mtu < MTU_MIN) {
            error_setg(errp,
                       "Invalid host_mtu (= %u), must be between %d and %d",
                       c->mtu, MTU_MIN, UINT16_MAX);
            return false;
        }
        n->parent_obj.host_features_props |= UINT64_C(1) << VIRTIO_NET_F_MTU;
    }
    n->max_queue_pairs = MAX(n->nic_conf.peers.queues, 1);
    if (n->max_queue_pairs > VIRTIO_NET_MAX_PAIRS) {
        error_setg(errp,
                   "Invalid number of queue pairs (= %u), must be a positive "
                   "integer less than %d",
                   n->max_queue_pairs, VIRTIO_NET_MAX_PAIRS + 1);
        return false;
    }
    if (c->tx && strcmp(c->tx, "timer") != 0 && strcmp(c->tx, "bh") != 0) {
        warn_report("virtio-net: Unknown option tx=%s, valid options: "
                    "\"timer\" \"bh\"\nDefaulting to \"bh\"",
                    c->tx);
    }
    return true;
}

static const NetClientInfo net_virtio_info = {
    .type = NET_CLIENT_DRIVER_NIC,
    .size = sizeof(NICState),
    .can_receive = virtio_net_can_receive,
    .receive_iov = virtio_net_receive_iov,
    .receive_burst = virtio_net_receive_burst,
    .link_status_changed = virtio_net_set_link_status,
    .query_rx_filter = virtio_net_query_rxfilter,
    .announce = virtio_net_announce,
    .info_stats = virtio_net_info_stats,
};

static void virtio_net_device_realize(DeviceState *dev, Error **errp)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtIONet *n = VIRTIO_NET(dev);

    if (!check_conf(n, errp)) {
        return;
    }
    /* Nothing below can fail. */
    virtio_init(vdev, "virtio-net", VIRTIO_ID_NET, config_size(n));
    n->vqs = g_new0(VirtIONetQueue, n->max_queue_pairs);
    qemu_macaddr_default_if_unset(&n->nic_conf.macaddr);
    n->nic = qemu_new_nic(
        &net_virtio_info, &n->nic_conf,
        n->netclient_type ? n->netclient_type : object_get_typename(OBJECT(n)),
        n->netclient_type ? n->netclient_name : dev->id, n);
    for (unsigned i = 0; i < n->max_queue_pairs; i++) {
        n->vqs[i].n = n;
        n->vqs[i].index = i;
        qemu_get_subqueue(n->nic, i)->do_not_pad = true;
    }
    n->ctrl_bh = qemu_bh_new(virtio_net_ctrl_bh, n);
    n->status = VIRTIO_NET_S_LINK_UP;
    n->rxfilter_notify = true;
    virtio_net_initial_state(n);
    virtio_net_set_link_status(qemu_get_queue(n->nic));
}

static void virtio_net_device_unrealize(DeviceState *dev)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtIONet *n = VIRTIO_NET(dev);

    qemu_bh_delete(n->ctrl_bh);
    n->ctrl_bh = NULL;
    if (n->ctrl_vq) {
        virtio_del_queue(vdev, 2 * n->queue_pairs);
        n->ctrl_vq = NULL;
    }
    while (n->queue_pairs) {
        virtio_net_del_queue(n, --n->queue_pairs);
    }
    qemu_del_nic(n->nic);
    n->nic = NULL;
    qemu_macaddr_release(&n->nic_conf.macaddr);
    g_free(n->vqs);
    n->vqs = NULL;
    g_free(n->tx_bounce);
    n->tx_bounce = NULL;
    virtio_cleanup(vdev);
}

/* -------------------------------------------------------------------- type */

void virtio_net_set_netclient_name(VirtIONet *n, const char *name,
                                   const char *type)
{
    g_free(n->netclient_name);
    g_free(n->netclient_type);
    n->netclient_name = g_strdup(name);
    n->netclient_type = g_strdup(type);
}

static void virtio_net_instance_init(Object *obj)
{
    VirtIONet *n = VIRTIO_NET(obj);

    n->nic_conf.bootindex = -1;
}

static void virtio_net_instance_finalize(Object *obj)
{
    VirtIONet *n = VIRTIO_NET(obj);

    g_free(n->netclient_name);
    g_free(n->netclient_type);
}

#define FEATURE(_name, _bit, _def)                                      \
    DEFINE_PROP_BIT64(_name, VirtIONet, parent_obj.host_features_props, \
                      VIRTIO_NET_F_##_bit, _def)
#define HASH_TYPE(_name, _i)                                       \
    DEFINE_PROP_ON_OFF_AUTO(_name, VirtIONet, net_conf.hash_types[_i], \
                            ON_OFF_AUTO_AUTO)

static const Property virtio_net_properties[] = {
    FEATURE("csum", CSUM, true),
    FEATURE("guest_csum", GUEST_CSUM, true),
    FEATURE("gso", GSO, true),
    FEATURE("guest_tso4", GUEST_TSO4, true),
    FEATURE("guest_tso6", GUEST_TSO6, true),
    FEATURE("guest_ecn", GUEST_ECN, true),
    FEATURE("guest_ufo", GUEST_UFO, true),
    FEATURE("guest_announce", GUEST_ANNOUNCE, true),
    FEATURE("host_tso4", HOST_TSO4, true),
    FEATURE("host_tso6", HOST_TSO6, true),
    FEATURE("host_ecn", HOST_ECN, true),
    FEATURE("host_ufo", HOST_UFO, true),
    FEATURE("mrg_rxbuf", MRG_RXBUF, true),
    FEATURE("status", STATUS, true),
    FEATURE("ctrl_vq", CTRL_VQ, true),
    FEATURE("ctrl_rx", CTRL_RX, true),
    FEATURE("ctrl_vlan", CTRL_VLAN, true),
    FEATURE("ctrl_rx_extra", CTRL_RX_EXTRA, true),
    FEATURE("ctrl_mac_addr", CTRL_MAC_ADDR, true),
    FEATURE("ctrl_guest_offloads", CTRL_GUEST_OFFLOADS, true),
    FEATURE("mq", MQ, false),
    FEATURE("rss", RSS, false),
    FEATURE("hash", HASH_REPORT, false),
    FEATURE("guest_rsc_ext", RSC_EXT, false),
    FEATURE("failover", STANDBY, false),
    FEATURE("guest_uso4", GUEST_USO4, true),
    FEATURE("guest_uso6", GUEST_USO6, true),
    FEATURE("host_uso", HOST_USO, true),
    DEFINE_PROP_BOOL("host_tunnel", VirtIONet, net_conf.host_tunnel, true),
    DEFINE_PROP_BOOL("host_tunnel_csum", VirtIONet, net_conf.host_tunnel_csum,
                     true),
    DEFINE_PROP_BOOL("guest_tunnel", VirtIONet, net_conf.guest_tunnel, true),
    DEFINE_PROP_BOOL("guest_tunnel_csum", VirtIONet,
                     net_conf.guest_tunnel_csum, true),
    HASH_TYPE("hash-ipv4", 0),
    HASH_TYPE("hash-tcp4", 1),
    HASH_TYPE("hash-udp4", 2),
    HASH_TYPE("hash-ipv6", 3),
    HASH_TYPE("hash-tcp6", 4),
    HASH_TYPE("hash-udp6", 5),
    HASH_TYPE("hash-ipv6ex", 6),
    HASH_TYPE("hash-tcp6ex", 7),
    HASH_TYPE("hash-udp6ex", 8),
    DEFINE_PROP_UINT32("rsc_interval", VirtIONet, net_conf.rsc_interval,
                       300000),
    DEFINE_NIC_PROPERTIES(VirtIONet, nic_conf),
    DEFINE_PROP_UINT32("x-txtimer", VirtIONet, net_conf.txtimer,
                       VIRTIO_NET_TX_TIMER_NS),
    DEFINE_PROP_INT32("x-txburst", VirtIONet, net_conf.txburst,
                      VIRTIO_NET_TX_BURST),
    DEFINE_PROP_STRING("tx", VirtIONet, net_conf.tx),
    DEFINE_PROP_UINT16("rx_queue_size", VirtIONet, net_conf.rx_queue_size,
                       VIRTIO_NET_QUEUE_DEFAULT_SIZE),
    DEFINE_PROP_UINT16("tx_queue_size", VirtIONet, net_conf.tx_queue_size,
                       VIRTIO_NET_QUEUE_DEFAULT_SIZE),
    DEFINE_PROP_UINT16("host_mtu", VirtIONet, net_conf.mtu, 0),
    DEFINE_PROP_INT32("speed", VirtIONet, net_conf.speed, -1),
    DEFINE_PROP_STRING("duplex", VirtIONet, net_conf.duplex_str),
};

/* ebpf-rss-fds: programs for RSS, of which there is none. */
static bool get_no_fds(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    json_t *list = json_array();
    bool ok = visit_type_any(v, name, &list, errp);

    json_decref(list);
    return ok;
}

static bool set_no_fds(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    json_t *list = NULL;
    bool ok = visit_type_any(v, name, &list, errp);

    if (ok && !json_is_array(list)) {
        error_setg(errp, "Invalid parameter type for '%s', expected: array",
                   name);
        ok = false;
    } else if (ok && json_array_size(list)) {
        error_setg(errp, "'%s' is not supported: virtio-net has no RSS", name);
        ok = false;
    }
    json_decref(list);
    return ok;
}

static void virtio_net_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);
    ObjectProperty *fds = object_class_property_add(
        klass, "ebpf-rss-fds", "list", get_no_fds, set_no_fds, NULL, NULL);

    object_property_set_default(fds, json_array());
    device_class_set_props(dc, virtio_net_properties);
    dc->categories |= 1ul << DEVICE_CATEGORY_NETWORK;
    vdc->legacy_features |= 1u << VIRTIO_NET_F_GSO;
    vdc->realize = virtio_net_device_realize;
    vdc->unrealize = virtio_net_device_unrealize;
    vdc->get_features = virtio_net_get_features;
    vdc->validate_features = virtio_net_validate_features;
    vdc->set_features = virtio_net_set_features;
    vdc->get_config = virtio_net_get_config;
    vdc->set_config = virtio_net_set_config;
    vdc->reset = virtio_net_reset;
    vdc->set_status = virtio_net_set_status;
    vdc->queue_reset = virtio_net_queue_reset;
    vdc->queue_enable = virtio_net_queue_enable;
}

static const TypeInfo virtio_net_info = {
    .name = TYPE_VIRTIO_NET,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIONet),
    .instance_init = virtio_net_instance_init,
    .instance_finalize = virtio_net_instance_finalize,
    .class_init = virtio_net_class_init,
};

static void virtio_register_types(void)
{
    type_register_static(&virtio_net_info);
}

type_init(virtio_register_types)
