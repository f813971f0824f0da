/*
 * What the files of the virtio network device share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_NET_VIRTIO_NET_INTERNAL_H
#define HW_NET_VIRTIO_NET_INTERNAL_H

#include "hw/net/virtio-net.h"

/* ------------------------------------------- pairs (virtio-net-queue.c) */

typedef enum VirtIONetRole {
    VIRTIO_NET_ROLE_NONE, /* no queue of ours has this index now */
    VIRTIO_NET_ROLE_RX,
    VIRTIO_NET_ROLE_TX,
    VIRTIO_NET_ROLE_CTRL,
} VirtIONetRole;

/* What queue `index` is for, and its pair in *q (NULL unless RX or TX). The
 * only way from an index a guest chose to a pair. */
VirtIONetRole virtio_net_queue_role(VirtIONet *n, unsigned index,
                                    VirtIONetQueue **q);
/* The pair of a virtqueue of ours. */
VirtIONetQueue *virtio_net_pair_of(VirtIODevice *vdev, const VirtQueue *vq);
NetClientState *virtio_net_client(const VirtIONetQueue *q);
/* The name in trace lines: that of its clients. */
const char *virtio_net_name(const VirtIONet *n);
VirtIONetQueue *virtio_net_queue_of_client(NetClientState *nc);

/* Gives pair i its virtqueues, as the next free indices. */
void virtio_net_add_queue(VirtIONet *n, unsigned i);
void virtio_net_del_queue(VirtIONet *n, unsigned i);
/* Virtqueues for one pair or for all, and the control queue behind them. */
void virtio_net_set_multiqueue(VirtIONet *n, bool multiqueue);
/* The first `pairs` pairs carry traffic, the others stop. */
void virtio_net_set_queue_pairs(VirtIONet *n, unsigned pairs);
/* Starts and stops pairs as status, run state and pair count demand. */
void virtio_net_update_queues(VirtIONet *n);
/* Lets go of all that is under way in one direction of a pair. */
void virtio_net_rx_purge(VirtIONetQueue *q);
void virtio_net_tx_purge(VirtIONetQueue *q);
/* NetClientInfo.info_stats */
char *virtio_net_info_stats(NetClientState *nc);

/* ------------------------------------------------ transmit and receive */

void virtio_net_handle_tx_bh(VirtIODevice *vdev, VirtQueue *vq);
void virtio_net_handle_tx_timer(VirtIODevice *vdev, VirtQueue *vq);
/* Bottom half and timer callbacks; the opaque is the pair. */
void virtio_net_tx_bh(void *opaque);
void virtio_net_tx_timer(void *opaque);
/* Arms whichever of the two this device uses. */
void virtio_net_tx_schedule(VirtIONetQueue *q);
/*
 * Sends what the driver made available, one burst at most. Returns the number
 * of chains taken; -EBUSY when the peer has to be waited for, and
 * virtio_net_tx_complete() goes on.
 */
int virtio_net_flush_tx(VirtIONetQueue *q);
/* NetPacketSent: the frame in async_tx has left the peer's queue. */
void virtio_net_tx_complete(NetClientState *nc, ssize_t len);

void virtio_net_handle_rx(VirtIODevice *vdev, VirtQueue *vq);
/* NetClientInfo.can_receive, receive_iov and receive_burst. */
bool virtio_net_can_receive(NetClientState *nc);
ssize_t virtio_net_receive_iov(NetClientState *nc, const struct iovec *iov,
                               int iovcnt);
void virtio_net_receive_burst(NetClientState *nc, bool more);

/* ------------------------------------------------ headers (virtio-net-hdr.c) */

/*
 * The header of a frame from the driver. raw is a private copy of hdr_len
 * bytes. True: *h is what the peer may be given; otherwise *why names the
 * field that is wrong.
 */
bool virtio_net_hdr_from_guest(VnetHdr *h, const uint8_t *raw, size_t hdr_len,
                               size_t frame_len, const VnetHdrAllowed *allowed,
                               bool be, const char **why);

/* How a frame from the peer is presented to the driver. */
typedef struct VirtIONetRxHdr {
    VnetHdr h; /* num_buffers is filled in later */
    /* The device completes the checksum: this goes to csum_pos. */
    bool complete_csum;
    uint16_t csum;   /* goes in big-endian */
    size_t csum_pos; /* offset in the frame */
} VirtIONetRxHdr;
/*
 * raw: private copy of the peer's header, or NULL if it sends none; the frame
 * is frame_len bytes at offset `skip` of iov. False: *why, drop it.
 */
bool virtio_net_hdr_to_guest(VirtIONetRxHdr *rx, const uint8_t *raw,
                             size_t hdr_len, const struct iovec *iov,
                             unsigned iovcnt, size_t skip, size_t frame_len,
                             const VnetHdrAllowed *allowed, const char **why);
/*
 * Is a frame without GSO longer than the MTU allows? max_plain_frame: MTU and
 * Ethernet header; 0: no MTU. ethertype: of the frame, since a VLAN tag does
 * not count.
 */
bool virtio_net_frame_exceeds(size_t max_plain_frame, const VnetHdr *h,
                              size_t frame_len, uint16_t ethertype);

/* ------------------------------------------- filter (virtio-net-filter.c) */

#define VIRTIO_NET_FILTER_HEAD (ETH_HLEN + 4) /* bytes it looks at */

/* To the state of a device nobody has configured; mac stays. */
void virtio_net_filter_reset(VirtIONetFilter *f);
/* Once the driver's features are known: empties or fills the VLAN table. */
void virtio_net_filter_set_vlan_filtering(VirtIONetFilter *f, bool on);
/* head: the first min(len, VIRTIO_NET_FILTER_HEAD) bytes of a frame of at
 * least ETH_HLEN bytes. */
bool virtio_net_filter_accepts(const VirtIONetFilter *f, const uint8_t *head,
                               size_t len);
bool virtio_net_filter_vlan(VirtIONetFilter *f, uint16_t vid, bool on);
RxFilterInfo *virtio_net_filter_info(const VirtIONetFilter *f,
                                     const char *name);
/* NetClientInfo.query_rx_filter */
RxFilterInfo *virtio_net_query_rxfilter(NetClientState *nc);
/* Tells management once, until it looks. */
void virtio_net_rxfilter_notify(VirtIONet *n);

/* ------------------------------------- control queue, announcements, link */

void virtio_net_handle_ctrl(VirtIODevice *vdev, VirtQueue *vq);
void virtio_net_ctrl_bh(void *opaque);
/* NetClientInfo.announce: asks the driver to announce. */
bool virtio_net_announce(NetClientState *nc);
/* The driver's ACK; false if nothing was asked. */
bool virtio_net_announce_ack(VirtIONet *n);
/* NetClientInfo.link_status_changed */
void virtio_net_set_link_status(NetClientState *nc);
/* A new address of the device. */
void virtio_net_set_mac(VirtIONet *n, const uint8_t mac[ETH_ALEN]);

/* ----------------------------------- features (virtio-net-features.c) */

VirtioFeatures virtio_net_get_features(VirtIODevice *vdev,
                                       VirtioFeatures allowed, Error **errp);
bool virtio_net_validate_features(VirtIODevice *vdev, VirtioFeatures acked);
void virtio_net_set_features(VirtIODevice *vdev, VirtioFeatures acked);
/* f without the bits whose prerequisites it lacks. */
VirtioFeatures virtio_net_features_closure(VirtioFeatures f);
/* The guest offloads that these features allow, as a mask of feature bits. */
uint64_t virtio_net_guest_offloads(VirtioFeatures acked);
/* Puts curr_guest_offloads into effect, here and at the peers. */
void virtio_net_apply_guest_offloads(VirtIONet *n);
/* Does the first peer put headers in front of frames? */
bool peer_has_vnet_hdr(VirtIONet *n);

#endif
