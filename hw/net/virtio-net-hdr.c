/*
 * The header in front of each frame (virtio 1.4, 5.1.6): what of a driver's
 * header a peer may see, and what of a peer's header a driver may see.
 *
 * Both directions work on a private copy of the header and decide on nothing
 * else. What is handed on is made anew from the fields that were understood:
 * unknown flags, fields without meaning and hints that cannot be true are
 * gone. The rules for consistency are vnet_hdr_check()'s.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/checksum.h"
#include "util/iov.h"
#include "virtio-net-internal.h"

#define IPV4_MIN_HLEN 20
#define IPV4_MAX_HLEN 60
#define IPPROTO_NUM_UDP 17
#define UDP_HLEN 8
#define DHCP_SERVER_PORT 67

/* Clears what has no meaning in h, so that nobody downstream reads it. */
static void hdr_tidy(VnetHdr *h, size_t frame_len)
{
    h->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID;
    if (!(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)) {
        h->csum_start = 0;
        h->csum_offset = 0;
    }
    if (h->gso_type == VIRTIO_NET_HDR_GSO_NONE) {
        h->gso_size = 0;
    }
    /* A hint; but the kernel refuses a frame whose hint is beyond its end. */
    if (h->hdr_len > frame_len) {
        h->hdr_len = 0;
    }
    h->num_buffers = 0;
}

bool virtio_net_hdr_from_guest(VnetHdr *h, const uint8_t *raw, size_t hdr_len,
                               size_t frame_len, const VnetHdrAllowed *allowed,
                               bool be, const char **why)
{
    vnet_hdr_decode(h, raw, hdr_len, be);
    *why = vnet_hdr_check(h, frame_len, allowed);
    if (*why) {
        return false;
    }
    hdr_tidy(h, frame_len);
    /* DATA_VALID is a receive flag (5.1.6.2.1). */
    h->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
    return true;
}

/*
 * A DHCP server's answer over IPv4? DHCP clients read it from a raw socket,
 * and some take the unfinished checksum there for a broken one.
 */
static bool is_dhcp_reply(const struct iovec *iov, unsigned iovcnt, size_t skip,
                          size_t frame_len)
{
    uint8_t head[ETH_HLEN + IPV4_MAX_HLEN + UDP_HLEN];
    size_t have = iov_to_buf(iov, iovcnt, skip, head,
                             MIN(sizeof(head), frame_len));
    const uint8_t *ip = head + ETH_HLEN;
    size_t ip_hlen;

    if (have < ETH_HLEN + IPV4_MIN_HLEN + UDP_HLEN ||
        ldw_be_p(head + 12) != ETH_P_IP || ip[0] >> 4 != 4 ||
        ip[9] != IPPROTO_NUM_UDP) {
        return false;
    }
    ip_hlen = (ip[0] & 0xf) * 4;
    if (ip_hlen < IPV4_MIN_HLEN || have < ETH_HLEN + ip_hlen + UDP_HLEN) {
        return false;
    }
    return ldw_be_p(ip + ip_hlen) == DHCP_SERVER_PORT;
}

bool virtio_net_hdr_to_guest(VirtIONetRxHdr *rx, const uint8_t *raw,
                             size_t hdr_len, const struct iovec *iov,
                             unsigned iovcnt, size_t skip, size_t frame_len,
                             const VnetHdrAllowed *allowed, const char **why)
{
    VnetHdrAllowed check = *allowed;
    VnetHdr *h = &rx->h;
    uint32_t sum;

    memset(rx, 0, sizeof(*rx));
    *why = NULL;
    if (!raw) {
        return true;
    }
    vnet_hdr_decode(h, raw, hdr_len, false);
    /* A checksum the driver would not complete, the device does. */
    check.csum = true;
    *why = vnet_hdr_check(h, frame_len, &check);
    if (*why) {
        return false;
    }
    hdr_tidy(h, frame_len);

    if (h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM &&
        h->gso_type == VIRTIO_NET_HDR_GSO_NONE &&
        (!allowed->csum || is_dhcp_reply(iov, iovcnt, skip, frame_len))) {
        sum = net_checksum_add_iov(iov, iovcnt, skip + h->csum_start,
                                   frame_len - h->csum_start);
        rx->csum = net_checksum_finish(sum);
        if (rx->csum == 0) {
            rx->csum = 0xffff; /* the same value; 0 means "none" in UDP */
        }
        rx->csum_pos = (size_t)h->csum_start + h->csum_offset;
        rx->complete_csum = true;
        h->flags &= ~VIRTIO_NET_HDR_F_NEEDS_CSUM;
        h->csum_start = 0;
        h->csum_offset = 0;
    }
    if (!allowed->csum) {
        h->flags = 0; /* 5.1.6.4.1: nothing to say without GUEST_CSUM */
    }
    return true;
}

bool virtio_net_frame_exceeds(size_t max_plain_frame, const VnetHdr *h,
                              size_t frame_len, uint16_t ethertype)
{
    if (!max_plain_frame || h->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
        return false;
    }
    return frame_len > max_plain_frame + (ethertype == ETH_P_VLAN ? 4 : 0);
}
