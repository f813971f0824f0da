/*
 * Offloads: the verbs by which two peers agree on them, and what is done for a
 * receiver that wants a packet in another form than its sender gave it.
 *
 * A vnet header in front of a packet says what is left to do: complete a
 * checksum, cut a large packet into segments. When both ends carry headers of
 * the same length, packets pass as they are. Otherwise, per packet:
 *
 *   sender   receiver
 *   none     N         a header of N zeroes goes in front (nothing to do)
 *   N        M         the fields move over; what only one of them has is
 *                      zeroed (num_buffers and the hash are the NIC's to fill)
 *   N        none      the header goes; a checksum it asks for is completed
 *                      in a copy. GSO was never offered to a sender with such
 *                      a peer: a packet that asks for it is dropped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <assert.h>

#include "net-internal.h"
#include "net/checksum.h"
#include "net/vnet-hdr.h"
#include "trace/trace-net.h"
#include "util/iov.h"

QEMU_BUILD_BUG_ON(VNET_HDR_LEN_MAX > sizeof(((NetAdapted *)0)->hdr));

/* --------------------------------------------------------------- the verbs */

bool qemu_has_ufo(NetClientState *nc)
{
    return nc && nc->info->has_ufo && nc->info->has_ufo(nc);
}

bool qemu_has_uso(NetClientState *nc)
{
    return nc && nc->info->has_uso && nc->info->has_uso(nc);
}

bool qemu_has_vnet_hdr(NetClientState *nc)
{
    return nc && nc->info->has_vnet_hdr && nc->info->has_vnet_hdr(nc);
}

bool qemu_has_vnet_hdr_len(NetClientState *nc, int len)
{
    return nc && nc->info->has_vnet_hdr_len &&
           nc->info->has_vnet_hdr_len(nc, len);
}

int qemu_get_vnet_hdr_len(NetClientState *nc)
{
    return nc ? nc->vnet_hdr_len : 0;
}

void qemu_set_vnet_hdr_len(NetClientState *nc, int len)
{
    if (!nc) {
        return;
    }
    assert(len == 0 || (len >= VNET_HDR_LEN_LEGACY && len <= VNET_HDR_LEN_MAX));
    nc->vnet_hdr_len = len;
    if (nc->info->set_vnet_hdr_len) {
        nc->info->set_vnet_hdr_len(nc, len);
    }
}

void qemu_set_offload(NetClientState *nc, const NetOffloads *ofl)
{
    if (nc && nc->info->set_offload) {
        nc->info->set_offload(nc, ofl);
    }
}

int qemu_set_vnet_le(NetClientState *nc, bool is_le)
{
    if (!nc || !nc->info->set_vnet_le) {
        return -ENOSYS;
    }
    return nc->info->set_vnet_le(nc, is_le);
}

int qemu_set_vnet_be(NetClientState *nc, bool is_be)
{
    if (!nc || !nc->info->set_vnet_be) {
        return -ENOSYS;
    }
    return nc->info->set_vnet_be(nc, is_be);
}

/* ---------------------------------------------------------------- adapting */

uint8_t *net_client_scratch(NetClientState *nc)
{
    /* Made when first needed, kept: most clients never copy. */
    if (!nc->scratch) {
        nc->scratch = g_malloc(NET_SCRATCH_SIZE);
    }
    return nc->scratch;
}

/* The packet without its first `skip` bytes, flat, behind hdr_len bytes of
 * header. */
static void adapt_flat(NetClientState *nc, NetAdapted *out, int hdr_len,
                       const struct iovec *iov, int iovcnt, size_t skip,
                       size_t frame_len, size_t pad)
{
    uint8_t *buf = net_client_scratch(nc);

    memcpy(buf, out->hdr, hdr_len);
    iov_to_buf(iov, iovcnt, skip, buf + hdr_len, frame_len);
    memset(buf + hdr_len + frame_len, 0, pad);
    out->room[0].iov_base = buf;
    out->room[0].iov_len = hdr_len + frame_len + pad;
    out->iov = out->room;
    out->iovcnt = 1;
    nc->stats.copies++;
}

/* The same in place: header, what is left of iov, padding. */
static void adapt_scattered(NetAdapted *out, int hdr_len,
                            const struct iovec *iov, int iovcnt, size_t skip,
                            size_t frame_len, size_t pad)
{
    static uint8_t zeroes[ETH_ZLEN];
    int n = 0;

    if (hdr_len) {
        out->room[n].iov_base = out->hdr;
        out->room[n++].iov_len = hdr_len;
    }
    n += iov_copy(out->room + n, NET_ADAPT_IOV - n, iov, iovcnt, skip,
                  frame_len);
    if (pad) {
        out->room[n].iov_base = zeroes;
        out->room[n++].iov_len = pad;
    }
    out->iov = out->room;
    out->iovcnt = n;
}

/* NULL: a receiver without headers can have the packet, its checksum being
 * completed if *csum. Otherwise what is wrong. */
static const char *check_for_plain(const VnetHdr *h, size_t frame_len,
                                   bool *csum)
{
    static const VnetHdrAllowed allowed = { .csum = true };

    *csum = h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
    return vnet_hdr_check(h, frame_len, &allowed);
}

bool net_adapt_packet(NetClientState *nc, int from_len,
                      const struct iovec *iov, int iovcnt, size_t size,
                      NetAdapted *out)
{
    int to_len = nc->vnet_hdr_len;
    size_t frame_len = size - from_len, pad = 0;
    bool csum = false;
    VnetHdr h;

    if (size < (size_t)from_len) {
        net_client_drop(nc, NET_DROP_TOO_SHORT, size);
        return false;
    }
    memset(out->hdr, 0, sizeof(out->hdr));
    iov_to_buf(iov, iovcnt, 0, out->hdr, from_len);
    if (from_len && !to_len) {
        /* Our side is little-endian or native: a peer that was told to swap
         * has done so before. */
        vnet_hdr_decode(&h, out->hdr, from_len, false);
        if (check_for_plain(&h, frame_len, &csum)) {
            net_client_drop(nc, NET_DROP_BAD_HEADER, size);
            return false;
        }
    } else if (from_len != to_len) {
        int common = MIN(MIN(from_len, to_len), VNET_HDR_LEN_LEGACY);

        memset(out->hdr + common, 0, sizeof(out->hdr) - common);
    }
    if (!nc->do_not_pad && frame_len < ETH_ZLEN) {
        pad = ETH_ZLEN - frame_len;
    }
    if (csum || iovcnt > NET_ADAPT_IOV - 2) {
        adapt_flat(nc, out, to_len, iov, iovcnt, from_len, frame_len, pad);
    } else {
        adapt_scattered(out, to_len, iov, iovcnt, from_len, frame_len, pad);
    }
    if (csum) {
        net_checksum_complete(net_client_scratch(nc), frame_len, h.csum_start,
                              h.csum_offset);
    }
    trace_net_adapt(nc->name, from_len, to_len, csum);
    return true;
}
