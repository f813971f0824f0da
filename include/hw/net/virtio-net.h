/*
 * The virtio network device (virtio 1.4, 5.1), without its transport.
 *
 * A VirtIONet has max_queue_pairs pairs of queues (VirtIONetQueue), each with
 * a NetClientState of its own (subqueue of `nic`), and a control queue. hw/net
 * holds one file per subject; hw/net/virtio-net.c says how they work together.
 *
 * Everything here belongs to the main loop. A pair's data path (tx, rx) reads
 * the plain fields of VirtIONet; control changes them only between two packets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_NET_VIRTIO_NET_H
#define HW_NET_VIRTIO_NET_H

#include "hw/virtio/virtio.h"
#include "net/net.h"
#include "net/vnet-hdr.h"

#define TYPE_VIRTIO_NET "virtio-net-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIONet, VIRTIO_NET)

#define VIRTIO_ID_NET 1

/* Feature bits, virtio 1.4, 5.1.3. */
#define VIRTIO_NET_F_CSUM 0
#define VIRTIO_NET_F_GUEST_CSUM 1
#define VIRTIO_NET_F_CTRL_GUEST_OFFLOADS 2
#define VIRTIO_NET_F_MTU 3
#define VIRTIO_NET_F_MAC 5
#define VIRTIO_NET_F_GSO 6 /* legacy */
#define VIRTIO_NET_F_GUEST_TSO4 7
#define VIRTIO_NET_F_GUEST_TSO6 8
#define VIRTIO_NET_F_GUEST_ECN 9
#define VIRTIO_NET_F_GUEST_UFO 10
#define VIRTIO_NET_F_HOST_TSO4 11
#define VIRTIO_NET_F_HOST_TSO6 12
#define VIRTIO_NET_F_HOST_ECN 13
#define VIRTIO_NET_F_HOST_UFO 14
#define VIRTIO_NET_F_MRG_RXBUF 15
#define VIRTIO_NET_F_STATUS 16
#define VIRTIO_NET_F_CTRL_VQ 17
#define VIRTIO_NET_F_CTRL_RX 18
#define VIRTIO_NET_F_CTRL_VLAN 19
#define VIRTIO_NET_F_CTRL_RX_EXTRA 20
#define VIRTIO_NET_F_GUEST_ANNOUNCE 21
#define VIRTIO_NET_F_MQ 22
#define VIRTIO_NET_F_CTRL_MAC_ADDR 23
#define VIRTIO_NET_F_GUEST_USO4 54
#define VIRTIO_NET_F_GUEST_USO6 55
#define VIRTIO_NET_F_HOST_USO 56
#define VIRTIO_NET_F_HASH_REPORT 57
#define VIRTIO_NET_F_RSS 60
#define VIRTIO_NET_F_RSC_EXT 61
#define VIRTIO_NET_F_STANDBY 62
#define VIRTIO_NET_F_SPEED_DUPLEX 63

/* Offsets in the configuration space, 5.1.4. */
#define VIRTIO_NET_CONFIG_MAC 0
#define VIRTIO_NET_CONFIG_STATUS 6
#define VIRTIO_NET_CONFIG_MAX_PAIRS 8
#define VIRTIO_NET_CONFIG_MTU 10
#define VIRTIO_NET_CONFIG_SPEED 12
#define VIRTIO_NET_CONFIG_DUPLEX 16
#define VIRTIO_NET_CONFIG_END 17

#define VIRTIO_NET_S_LINK_UP 1
#define VIRTIO_NET_S_ANNOUNCE 2

#define VIRTIO_NET_SPEED_UNKNOWN UINT32_MAX
#define VIRTIO_NET_DUPLEX_HALF 0
#define VIRTIO_NET_DUPLEX_FULL 1
#define VIRTIO_NET_DUPLEX_UNKNOWN 0xff

/* Commands of the control queue, 5.1.6.5. */
#define VIRTIO_NET_CTRL_RX 0
#define VIRTIO_NET_CTRL_RX_PROMISC 0
#define VIRTIO_NET_CTRL_RX_ALLMULTI 1
#define VIRTIO_NET_CTRL_RX_ALLUNI 2
#define VIRTIO_NET_CTRL_RX_NOMULTI 3
#define VIRTIO_NET_CTRL_RX_NOUNI 4
#define VIRTIO_NET_CTRL_RX_NOBCAST 5
#define VIRTIO_NET_CTRL_MAC 1
#define VIRTIO_NET_CTRL_MAC_TABLE_SET 0
#define VIRTIO_NET_CTRL_MAC_ADDR_SET 1
#define VIRTIO_NET_CTRL_VLAN 2
#define VIRTIO_NET_CTRL_VLAN_ADD 0
#define VIRTIO_NET_CTRL_VLAN_DEL 1
#define VIRTIO_NET_CTRL_ANNOUNCE 3
#define VIRTIO_NET_CTRL_ANNOUNCE_ACK 0
#define VIRTIO_NET_CTRL_MQ 4
#define VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET 0
#define VIRTIO_NET_CTRL_GUEST_OFFLOADS 5
#define VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET 0
#define VIRTIO_NET_OK 0
#define VIRTIO_NET_ERR 1

/* Limits. */
#define VIRTIO_NET_QUEUE_MIN_SIZE 64
#define VIRTIO_NET_QUEUE_DEFAULT_SIZE 256
#define VIRTIO_NET_CTRL_QUEUE_SIZE 64
#define VIRTIO_NET_MAX_PAIRS ((VIRTIO_QUEUE_MAX - 1) / 2)
#define VIRTIO_NET_TX_BURST 256
#define VIRTIO_NET_TX_TIMER_NS 150000
/* 64 KiB of IP packet and its Ethernet header: nothing longer is a frame. */
#define VIRTIO_NET_MAX_FRAME 65550

#define VIRTIO_NET_HASH_TYPES 9 /* hash-* properties */

#define MAC_TABLE_ENTRIES 64
#define MAX_VLAN 4096

/*
 * What the driver wants to receive. Pure data: hw/net/virtio-net-filter.c
 * works on it without a device.
 */
typedef struct VirtIONetFilter {
    bool promisc, allmulti, alluni, nomulti, nouni, nobcast;
    bool uni_overflow, multi_overflow; /* more addresses than fit: take all */
    uint8_t mac[ETH_ALEN];             /* the device's own */
    unsigned uni_count, multi_count;   /* together at most the table */
    uint8_t table[MAC_TABLE_ENTRIES][ETH_ALEN]; /* unicast first */
    bool vlan_filtering;               /* CTRL_VLAN negotiated */
    uint32_t vlans[MAX_VLAN / 32];     /* one bit per id */
} VirtIONetFilter;

/* One pair: a receive and a transmit queue, and the client they feed. */
typedef struct VirtIONetQueue {
    VirtQueue *rx_vq;
    VirtQueue *tx_vq;
    QEMUBH *tx_bh;       /* tx=bh; else NULL */
    QEMUTimer *tx_timer; /* tx=timer; else NULL */
    /*
     * The transmit queue has something to do (kicks are off meanwhile). The
     * one thing that will do it: the bottom half or timer while the pair
     * runs, virtio_net_queue_start() while it does not.
     */
    bool tx_waiting;
    /*
     * The chain whose frame waits in the peer's NetQueue. While there is one
     * nothing is popped; virtio_net_tx_complete() goes on.
     */
    struct {
        VirtQueueElement *elem;
    } async_tx;
    bool running;   /* the pair's data paths may work */
    bool rx_kicks;  /* asked the driver to kick about new receive buffers */
    bool rx_burst;  /* the peer says when to publish, see virtio-net-rx.c */
    unsigned rx_filled; /* buffers filled and not yet published */
    struct VirtIONet *n;
    unsigned index; /* of the pair, and of its subqueue */
    uint64_t tx_malformed; /* chains given back unsent: header or length */
} VirtIONetQueue;

typedef struct VirtIONetConf {
    uint32_t txtimer; /* ns */
    int32_t txburst;  /* frames */
    char *tx;
    uint16_t rx_queue_size;
    uint16_t tx_queue_size;
    uint16_t mtu;
    int32_t speed; /* -1: unknown */
    char *duplex_str;
    uint8_t duplex;
    bool host_tunnel, host_tunnel_csum, guest_tunnel, guest_tunnel_csum;
    OnOffAuto hash_types[VIRTIO_NET_HASH_TYPES];
    uint32_t rsc_interval;
} VirtIONetConf;

struct VirtIONet {
    VirtIODevice parent_obj;
    NICState *nic;
    NICConf nic_conf;
    VirtIONetConf net_conf;
    char *netclient_name; /* the proxy's id and type */
    char *netclient_type;

    VirtIONetQueue *vqs; /* max_queue_pairs of them */
    VirtQueue *ctrl_vq;
    QEMUBH *ctrl_bh;           /* the rest of a long run of commands */
    unsigned max_queue_pairs;
    unsigned queue_pairs;      /* with virtqueues: 1, or max under MQ */
    unsigned curr_queue_pairs; /* carrying traffic */

    uint16_t status; /* VIRTIO_NET_S_* */
    VirtIONetFilter filter;
    bool rxfilter_notify; /* false: told, and not queried since */

    /* From the negotiated features, see virtio-net-features.c. */
    bool mergeable_rx_bufs;
    bool has_vnet_hdr;       /* the peer takes and gives a header */
    unsigned guest_hdr_len;  /* 10 or 12 */
    unsigned host_hdr_len;   /* 0: no header between us and the peer */
    VnetHdrAllowed tx_allowed;
    VnetHdrAllowed rx_allowed; /* as the driver set its offloads */
    size_t max_plain_frame;  /* longest frame without GSO (host_mtu) */
    uint64_t curr_guest_offloads;

    uint8_t *tx_bounce; /* for a frame in more pieces than writev takes */
};

/* Name and type for info network and events: the proxy's. Before realize. */
void virtio_net_set_netclient_name(VirtIONet *n, const char *name,
                                   const char *type);

#endif
