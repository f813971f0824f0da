/*
 * struct virtio_net_hdr: from and to its bytes, and the checks that come before
 * every use of one (virtio 1.4, 5.1.6.2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/vnet-hdr.h"

static uint16_t field_get(const uint8_t *p, bool be)
{
    return be ? ldw_be_p(p) : ldw_le_p(p);
}

static void field_put(uint8_t *p, uint16_t v, bool be)
{
    if (be) {
        stw_be_p(p, v);
    } else {
        stw_le_p(p, v);
    }
}

void vnet_hdr_decode(VnetHdr *h, const uint8_t *raw, size_t len, bool be)
{
    h->flags = raw[0];
    h->gso_type = raw[1];
    h->hdr_len = field_get(raw + 2, be);
    h->gso_size = field_get(raw + 4, be);
    h->csum_start = field_get(raw + 6, be);
    h->csum_offset = field_get(raw + 8, be);
    h->num_buffers = len >= VNET_HDR_LEN_V1 ? field_get(raw + 10, be) : 0;
}

void vnet_hdr_encode(const VnetHdr *h, uint8_t *raw, size_t len, bool be)
{
    raw[0] = h->flags;
    raw[1] = h->gso_type;
    field_put(raw + 2, h->hdr_len, be);
    field_put(raw + 4, h->gso_size, be);
    field_put(raw + 6, h->csum_start, be);
    field_put(raw + 8, h->csum_offset, be);
    if (len >= VNET_HDR_LEN_V1) {
        field_put(raw + 10, h->num_buffers, be);
    }
    if (len > VNET_HDR_LEN_V1) {
        memset(raw + VNET_HDR_LEN_V1, 0, len - VNET_HDR_LEN_V1);
    }
}

/* False: not a type we know, or one that was not negotiated. */
static bool gso_type_allowed(uint8_t gso_type, const VnetHdrAllowed *allowed)
{
    bool ecn = gso_type & VIRTIO_NET_HDR_GSO_ECN;

    if (ecn && !allowed->ecn) {
        return false;
    }
    switch (gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
    case VIRTIO_NET_HDR_GSO_NONE:
        return !ecn;
    case VIRTIO_NET_HDR_GSO_TCPV4:
        return allowed->tso4;
    case VIRTIO_NET_HDR_GSO_TCPV6:
        return allowed->tso6;
    case VIRTIO_NET_HDR_GSO_UDP:
        return allowed->ufo && !ecn;
    case VIRTIO_NET_HDR_GSO_UDP_L4:
        return allowed->uso && !ecn;
    default:
        return false;
    }
}

const char *vnet_hdr_check(const VnetHdr *h, size_t frame_len,
                           const VnetHdrAllowed *allowed)
{
    bool needs_csum = h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;

    if (needs_csum && !allowed->csum) {
        return "flags";
    }
    if (!gso_type_allowed(h->gso_type, allowed)) {
        return "gso_type";
    }
    if (h->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
        /* 5.1.6.2.1: GSO comes with a checksum to complete and a size. */
        if (!needs_csum) {
            return "flags";
        }
        if (h->gso_size == 0) {
            return "gso_size";
        }
    }
    if (needs_csum) {
        /* Sizes are 16 bits: the sum of both and 2 cannot wrap. */
        if ((size_t)h->csum_start + 2 > frame_len) {
            return "csum_start";
        }
        if ((size_t)h->csum_start + h->csum_offset + 2 > frame_len) {
            return "csum_offset";
        }
    }
    return NULL;
}
