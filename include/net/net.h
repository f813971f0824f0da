/*
 * The network layer: clients that are peers of each other, and the way of a
 * packet between them.
 *
 * A NetClientState is one end of a link: a NIC queue, a tap queue, a hub port.
 * Each has at most one peer. "Sending" hands a packet to the peer:
 *
 *   qemu_sendv_packet_async(nc)
 *     -> filters of nc, then of the peer
 *     -> peer->incoming_queue (a NetQueue; packets wait there only while the
 *        peer is blocked, or is being delivered to already)
 *     -> qemu_deliver_packet_iov(peer) -> peer->info->receive_iov()
 *
 * What 0 means, here and nowhere else: receive() and receive_iov() return the
 * number of bytes taken (a dropped packet counts as taken: return its size).
 * They return 0 only for "blocked": the packet stays queued, the client has
 * armed the one thing that will wake it, and calls qemu_flush_queued_packets()
 * then. A send function returns 0 when the packet was queued; its sent_cb is
 * called, with the result, when the packet has left the queue. It returns the
 * size when the packet is gone. Negative: not sent and not queued.
 *
 * Every client belongs to one AioContext (the main loop's unless said
 * otherwise), and so does its peer; functions below are called there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <sys/uio.h>

#include "net/eth.h"
#include "qapi/qapi-types-net.h"
#include "util/aio.h"
#include "util/queue.h"

typedef struct NetClientState NetClientState;
typedef struct NetClientInfo NetClientInfo;
typedef struct NetQueue NetQueue;
typedef struct NICState NICState;
typedef struct NetFilterState NetFilterState;

/* The largest frame we carry: 64 KiB of payload, headers, vnet header. */
#define NET_BUFSIZE (4096 + 65536)
#define MAX_QUEUE_NUM 1024

typedef struct NICPeers {
    NetClientState *ncs[MAX_QUEUE_NUM];
    int32_t queues;
} NICPeers;

/* What a NIC's user configures. */
typedef struct NICConf {
    MACAddr macaddr;
    NICPeers peers;
    int32_t bootindex;
} NICConf;

/* Offloads a guest accepts from its peer (bits as in TUNSETOFFLOAD's set). */
typedef struct NetOffloads {
    bool csum, tso4, tso6, ecn, ufo, uso4, uso6;
} NetOffloads;

/* Why a packet ended before its destination. */
typedef enum NetDropReason {
    NET_DROP_LINK_DOWN,
    NET_DROP_NO_PEER,
    NET_DROP_QUEUE_FULL,
    NET_DROP_TOO_SHORT,
    NET_DROP_TOO_LONG,
    NET_DROP_BAD_HEADER, /* vnet header makes no sense */
    NET_DROP_FILTERED,   /* rx filter: not for this NIC */
    NET_DROP_NO_BUFFER,  /* guest buffers too small or too few */
    NET_DROP_HOST_ERROR, /* the host refused it */
    NET_DROP_PURGED,     /* reset, or VM stopped */
    NET_DROP_MAX
} NetDropReason;
extern const char *const net_drop_reason_names[NET_DROP_MAX];

/* Kept by the client's context; rx is what came to this client. */
typedef struct NetClientStats {
    uint64_t tx_packets, tx_bytes; /* sent by this client */
    uint64_t rx_packets, rx_bytes; /* delivered to this client */
    uint64_t queued;               /* had to wait in incoming_queue */
    uint64_t copies;               /* packets copied on the way */
    uint64_t dropped[NET_DROP_MAX];
} NetClientStats;

/* Counts one drop at nc and traces it. */
void net_client_drop(NetClientState *nc, NetDropReason reason, size_t size);

typedef ssize_t NetReceive(NetClientState *nc, const uint8_t *buf,
                           size_t size);
typedef ssize_t NetReceiveIOV(NetClientState *nc, const struct iovec *iov,
                              int iovcnt);
/* ret: as the receive verb returned; 0: purged. */
typedef void NetPacketSent(NetClientState *sender, ssize_t ret);

/*
 * The verbs of a client. All but type and size may be NULL. Called in the
 * client's context, the offload and life-time ones in the main loop.
 */
struct NetClientInfo {
    NetClientDriver type;
    size_t size; /* of the client's state, NetClientState first */

    /* A packet from the peer; return values as above. receive_iov is
     * preferred when both exist. */
    NetReceive *receive;
    NetReceiveIOV *receive_iov;
    /* False: would return "blocked" now. */
    bool (*can_receive)(NetClientState *nc);
    /* True: several packets may follow one another; what they bring may be
     * shown to a guest together. False: now. See qemu_send_burst(). */
    void (*receive_burst)(NetClientState *nc, bool more);
    /* Frees what `size` does not cover. Called once. */
    void (*cleanup)(NetClientState *nc);
    /* Own or peer's link changed (see link_down), or the peer was removed. */
    void (*link_status_changed)(NetClientState *nc);
    /* NIC: its rx filter for query-rx-filter. To be freed by the caller. */
    RxFilterInfo *(*query_rx_filter)(NetClientState *nc);
    /* A backend: start or stop reading (the VM runs or is stopped). */
    void (*poll)(NetClientState *nc, bool enable);
    /* A multiqueue backend: this queue carries traffic, or not. */
    bool (*set_queue_enabled)(NetClientState *nc, bool enable, Error **errp);
    /* NIC: announce its MAC by its own means; false: not handled. */
    bool (*announce)(NetClientState *nc);
    /* For info network: what the client counts besides NetClientStats, as
     * "name=value,name=value". To be freed; NULL: nothing. */
    char *(*info_stats)(NetClientState *nc);

    /*
     * The offload verbs. A client with has_vnet_hdr() can put a struct
     * virtio_net_hdr in front of each packet both ways; set_vnet_hdr_len(n)
     * switches that on with n bytes (10, 12, 20), or off with 0.
     */
    bool (*has_vnet_hdr)(NetClientState *nc);
    bool (*has_vnet_hdr_len)(NetClientState *nc, int len);
    void (*set_vnet_hdr_len)(NetClientState *nc, int len);
    bool (*has_ufo)(NetClientState *nc);
    bool (*has_uso)(NetClientState *nc);
    /* What the peer may hand us. */
    void (*set_offload)(NetClientState *nc, const NetOffloads *ofl);
    /* 0 or negative errno: byte order of the vnet header. */
    int (*set_vnet_le)(NetClientState *nc, bool is_le);
    int (*set_vnet_be)(NetClientState *nc, bool is_be);
};

struct NetClientState {
    const NetClientInfo *info;
    bool link_down; /* set_link off, or the host end is gone */
    TAILQ_ENTRY(NetClientState) next;
    NetClientState *peer;
    NetQueue *incoming_queue; /* packets for this client */
    char *model;              /* "tap", "virtio-net-pci" */
    char *name;               /* the id */
    char *info_str;           /* for info network, after "index=N,type=T," */
    bool receive_disabled;    /* said "blocked" and was not woken since */
    bool is_netdev;           /* made by -netdev, can be a netdev= */
    bool is_datapath;         /* false: the hub's and filters' own ends */
    bool do_not_pad;          /* takes frames below 60 bytes as they are */
    unsigned queue_index;
    /*
     * Bytes of vnet header that this client puts in front of the packets it
     * sends and expects in front of those it receives. A NIC sets its own
     * (qemu_set_vnet_hdr_len on its subqueues) besides its peer's: delivery
     * adapts packets wherever the two ends differ.
     */
    int vnet_hdr_len;
    AioContext *ctx;
    NetClientStats stats;
    TAILQ_HEAD(NetFilterList, NetFilterState) filters;
    void (*destructor)(NetClientState *nc);
    NICState *nic;    /* of a NIC's queue */
    uint64_t drops;   /* calls of net_client_drop(), see deliver */
    uint8_t *scratch; /* one packet that had to be copied to be delivered */
};

struct NICState {
    NetClientState *ncs; /* array, one per queue pair */
    NICConf *conf;
    void *opaque; /* the device */
    bool peer_deleted;
};

/* -------------------------------------------------------- life of clients */

/* name NULL: "MODEL.N". A new client paired with peer (may be NULL). */
NetClientState *qemu_new_net_client(const NetClientInfo *info,
                                    NetClientState *peer, const char *model,
                                    const char *name);
/* The common part, for storage the caller owns; destructor frees it. */
void qemu_net_client_setup(NetClientState *nc, const NetClientInfo *info,
                           NetClientState *peer, const char *model,
                           const char *name,
                           void (*destructor)(NetClientState *),
                           bool is_datapath);
/* Text for info network. */
void qemu_set_info_str(NetClientState *nc, const char *fmt, ...)
    G_GNUC_PRINTF(2, 3);
/* All queues of nc's netdev; a NIC peer stays, with its link down. */
void qemu_del_net_client(NetClientState *nc);
/* One client per queue pair, peers from conf. */
NICState *qemu_new_nic(const NetClientInfo *info, NICConf *conf,
                       const char *model, const char *name, void *opaque);
void qemu_del_nic(NICState *nic);
NetClientState *qemu_get_subqueue(NICState *nic, unsigned queue_index);
NetClientState *qemu_get_queue(NICState *nic); /* subqueue 0 */
NICState *qemu_get_nic(NetClientState *nc);
void *qemu_get_nic_opaque(NetClientState *nc);
NetClientState *qemu_get_peer(NetClientState *nc, unsigned queue_index);
/* A backend (not a NIC) by id; NULL if unknown. */
NetClientState *qemu_find_netdev(const char *id);
/* The queues of id, at most max, not of type `type`; returns how many. */
int qemu_find_net_clients_except(const char *id, NetClientState **ncs,
                                 NetClientDriver type, int max);
void qemu_foreach_nic(void (*fn)(NICState *nic, void *opaque), void *opaque);
/* Takes the MAC into use; all zeroes: the next free of 52:54:00:12:34:56.. */
void qemu_macaddr_default_if_unset(MACAddr *macaddr);
void qemu_macaddr_release(const MACAddr *macaddr);
/* info_str of a NIC: "model=M,macaddr=..". */
void qemu_format_nic_info_str(NetClientState *nc, const uint8_t macaddr[6]);

/* ---------------------------------------------------------------- sending */

bool qemu_can_send_packet(NetClientState *nc);
/*
 * A sender that may have many packets at hand says so before the first (true)
 * and after the last (false), always both, in one call of its handler. The
 * peer can make use of it or not.
 */
void qemu_send_burst(NetClientState *nc, bool more);
/* See the top of this file. sent_cb NULL: a queued packet may be dropped
 * when the queue is full. */
ssize_t qemu_send_packet(NetClientState *nc, const uint8_t *buf, size_t size);
ssize_t qemu_send_packet_async(NetClientState *nc, const uint8_t *buf,
                               size_t size, NetPacketSent *sent_cb);
ssize_t qemu_sendv_packet_async(NetClientState *nc, const struct iovec *iov,
                                int iovcnt, NetPacketSent *sent_cb);
/* Without vnet header, whatever the peer negotiated (announcements). */
ssize_t qemu_send_packet_raw(NetClientState *nc, const uint8_t *buf,
                             size_t size);
/* Drops what nc has queued at its peer; sent_cb is called with 0. */
void qemu_purge_queued_packets(NetClientState *nc);
/* nc can receive again. */
void qemu_flush_queued_packets(NetClientState *nc);
/* As above; purge: drop what still cannot be delivered (device reset). */
void qemu_flush_or_purge_queued_packets(NetClientState *nc, bool purge);

/* ---------------------------------------------------------------- offloads */

bool qemu_has_ufo(NetClientState *nc);
bool qemu_has_uso(NetClientState *nc);
bool qemu_has_vnet_hdr(NetClientState *nc);
bool qemu_has_vnet_hdr_len(NetClientState *nc, int len);
int qemu_get_vnet_hdr_len(NetClientState *nc);
void qemu_set_vnet_hdr_len(NetClientState *nc, int len);
void qemu_set_offload(NetClientState *nc, const NetOffloads *ofl);
int qemu_set_vnet_le(NetClientState *nc, bool is_le);
int qemu_set_vnet_be(NetClientState *nc, bool is_be);

/* ---------------------------------------------- command line and monitor */

/*
 * Backend constructors, one per netdev kind (net_client_init_fun in net.c).
 * peer is a hub port for -net, NULL for -netdev.
 */
typedef bool NetClientInitFn(const Netdev *netdev, const char *name,
                             NetClientState *peer, Error **errp);
NetClientInitFn net_init_tap;
NetClientInitFn net_init_bridge;
NetClientInitFn net_init_slirp;
NetClientInitFn net_init_socket;
NetClientInitFn net_init_hubport;

/* Remembers one argument of -netdev, -nic or -net; "help" lists the kinds on
 * stdout and sets *help. */
bool net_parse_netdev(const char *arg, bool *help, Error **errp);
bool net_parse_nic(const char *arg, bool *help, Error **errp);
bool net_parse_net(const char *arg, bool *help, Error **errp);
/* For a command line without -nic, -net and -nodefaults: a NIC of the board's
 * model (NULL: none) on user networking. Before net_init_clients(). */
void net_set_default(const char *default_nic);
/* Makes the remembered clients. Once, before the devices. */
bool net_init_clients(Error **errp);
/* After the devices: warns about netdevs and hub ports nobody uses. */
void net_check_clients(void);
void net_cleanup(void);

/* A NIC that -nic or -net nic asked the board for. */
typedef struct NICInfo {
    MACAddr macaddr;
    char *model; /* NULL: the board's default */
    char *name;
    char *devaddr;
    NetClientState *netdev;
    int nvectors; /* -1: not said */
    bool used;
} NICInfo;
/* The next one not used yet, marked used; NULL when there is none left. */
NICInfo *net_next_nic(void);

/* The VM was started or stopped: backends poll or not, NICs flush. */
void net_vm_state_change(bool running);
bool net_vm_running(void);

/* The kinds of netdevs there are, NULL at the end; for g_strfreev(). */
char **net_kinds(void);
/* netdev_add: keyval or JSON members, "type" and "id" included. */
bool netdev_add_json(json_t *opts, bool keyval, Error **errp);
bool netdev_del(const char *id, Error **errp);
bool net_set_link(const char *name, bool up, Error **errp);
/* name NULL: all NICs. NULL with *errp on error (an empty list is no error). */
RxFilterInfoList *net_query_rx_filter(const char *name, Error **errp);
/* "info network" text. To be freed. */
char *net_info_network(void);
/* "info usernet", hostfwd_add, hostfwd_remove (netdev NULL: the only one). */
char *net_info_usernet(void);
bool net_hostfwd_add(const char *netdev, const char *rule, Error **errp);
bool net_hostfwd_remove(const char *netdev, const char *rule, Error **errp);

/* ---------------------------------------------------------------- announce */

/* Rounds of RARP frames from each NIC (or of `interfaces`), or the device's
 * own announcement. NULL: defaults 50, 550, 5, 100 ms. */
void qemu_announce_self(const AnnounceParameters *params);

#endif
