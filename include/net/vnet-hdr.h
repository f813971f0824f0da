/*
 * struct virtio_net_hdr (virtio 1.4, 5.1.6): layout and the one validator that
 * stands before every use of a header a guest or a peer wrote.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_VNET_HDR_H
#define NET_VNET_HDR_H

#include "util/bswap.h"

#define VIRTIO_NET_HDR_F_NEEDS_CSUM 1
#define VIRTIO_NET_HDR_F_DATA_VALID 2
#define VIRTIO_NET_HDR_F_RSC_INFO 4

#define VIRTIO_NET_HDR_GSO_NONE 0
#define VIRTIO_NET_HDR_GSO_TCPV4 1
#define VIRTIO_NET_HDR_GSO_UDP 3
#define VIRTIO_NET_HDR_GSO_TCPV6 4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#define VIRTIO_NET_HDR_GSO_ECN 0x80

/* In host byte order, after decoding. */
typedef struct VnetHdr {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t hdr_len;
    uint16_t gso_size;
    uint16_t csum_start;
    uint16_t csum_offset;
    uint16_t num_buffers;
} VnetHdr;

#define VNET_HDR_LEN_LEGACY 10
#define VNET_HDR_LEN_V1 12
#define VNET_HDR_LEN_HASH 20
#define VNET_HDR_LEN_MAX 24

/* len 10: num_buffers is neither read nor written. len beyond 12: the rest
 * is zeroed on encode. be: a big-endian legacy guest or backend. */
void vnet_hdr_decode(VnetHdr *h, const uint8_t *raw, size_t len, bool be);
void vnet_hdr_encode(const VnetHdr *h, uint8_t *raw, size_t len, bool be);

/* What a sender may use, from the negotiated features. */
typedef struct VnetHdrAllowed {
    bool csum, tso4, tso6, ecn, ufo, uso;
} VnetHdrAllowed;

/*
 * NULL if h is consistent for a frame of frame_len bytes (header excluded):
 * known GSO type that is allowed, NEEDS_CSUM where GSO demands it, gso_size
 * not 0, csum_start + csum_offset + 2 inside the frame. Otherwise the name of
 * the field that is wrong. hdr_len is only a hint and never trusted.
 */
const char *vnet_hdr_check(const VnetHdr *h, size_t frame_len,
                           const VnetHdrAllowed *allowed);

#endif
