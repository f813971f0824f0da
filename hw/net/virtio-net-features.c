/*
 * What the device offers, what it makes of the driver's choice, and what the
 * peer is told about it.
 *
 * An offer starts from what the user allowed. Whatever needs a header in front
 * of frames (checksums, segmentation) is offered only if the peer can put one
 * there, UFO and USO only if it knows them; then goes what lacks a
 * prerequisite (virtio 1.4, 5.1.3.1). The driver's choice has to obey the same
 * table, or FEATURES_OK is refused.
 *
 * Everything else the device derives from the choice is derived here, in
 * virtio_net_set_features(); reset is the choice of nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/queue.h"
#include "trace/trace-hw-net.h"
#include "virtio-net-internal.h"

/* A bit, and the bits of which at least one has to be there with it. */
typedef struct FeatureDep {
    uint8_t bit;
    uint8_t needs[2];
    bool police; /* a driver that breaks it is refused; else only not offered */
} FeatureDep;

/* In an order that needs one pass: prerequisites first. */
static const FeatureDep feature_deps[] = {
#define NEEDS(bit, a) { VIRTIO_NET_F_##bit, { a, a }, true }
#define NEEDS_ONE(bit, a, b) { VIRTIO_NET_F_##bit, { a, b }, true }
    NEEDS(GUEST_TSO4, VIRTIO_NET_F_GUEST_CSUM),
    NEEDS(GUEST_TSO6, VIRTIO_NET_F_GUEST_CSUM),
    NEEDS_ONE(GUEST_ECN, VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_TSO6),
    NEEDS(GUEST_UFO, VIRTIO_NET_F_GUEST_CSUM),
    NEEDS(GUEST_USO4, VIRTIO_NET_F_GUEST_CSUM),
    NEEDS(GUEST_USO6, VIRTIO_NET_F_GUEST_CSUM),
    NEEDS(HOST_TSO4, VIRTIO_NET_F_CSUM),
    NEEDS(HOST_TSO6, VIRTIO_NET_F_CSUM),
    NEEDS_ONE(HOST_ECN, VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_HOST_TSO6),
    NEEDS(HOST_UFO, VIRTIO_NET_F_CSUM),
    NEEDS(HOST_USO, VIRTIO_NET_F_CSUM),
    NEEDS(CTRL_RX, VIRTIO_NET_F_CTRL_VQ),
    NEEDS(CTRL_VLAN, VIRTIO_NET_F_CTRL_VQ),
    NEEDS(GUEST_ANNOUNCE, VIRTIO_NET_F_CTRL_VQ),
    NEEDS(MQ, VIRTIO_NET_F_CTRL_VQ),
    NEEDS(CTRL_MAC_ADDR, VIRTIO_NET_F_CTRL_VQ),
#undef NEEDS
#undef NEEDS_ONE
    /* Not demanded of the driver by the text; of no use without. */
    { VIRTIO_NET_F_CTRL_RX_EXTRA,
      { VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_VQ }, false },
    { VIRTIO_NET_F_CTRL_GUEST_OFFLOADS,
      { VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_VQ }, false },
    /* The legacy bit for "all kinds of GSO". */
    { VIRTIO_NET_F_GSO, { VIRTIO_NET_F_CSUM, VIRTIO_NET_F_CSUM }, false },
};

static bool dep_missing(const FeatureDep *d, const VirtioFeatures *f)
{
    return virtio_has_feature(f, d->bit) &&
           !virtio_has_feature(f, d->needs[0]) &&
           !virtio_has_feature(f, d->needs[1]);
}

VirtioFeatures virtio_net_features_closure(VirtioFeatures f)
{
    for (unsigned i = 0; i < ARRAY_SIZE(feature_deps); i++) {
        if (dep_missing(&feature_deps[i], &f)) {
            virtio_clear_feature(&f, feature_deps[i].bit);
        }
    }
    return f;
}

bool virtio_net_validate_features(VirtIODevice *vdev, VirtioFeatures acked)
{
    for (unsigned i = 0; i < ARRAY_SIZE(feature_deps); i++) {
        const FeatureDep *d = &feature_deps[i];

        if (d->police && dep_missing(d, &acked)) {
            trace_virtio_net_features_refused(virtio_net_name(VIRTIO_NET(vdev)),
                                              d->bit, d->needs[0]);
            return false;
        }
    }
    return true;
}

/* -------------------------------------------------------------- the offer */

bool peer_has_vnet_hdr(VirtIONet *n)
{
    NetClientState *peer = qemu_get_queue(n->nic)->peer;

    return peer && qemu_has_vnet_hdr(peer);
}

static void clear_features(VirtioFeatures *f, const uint8_t *bits, unsigned nr)
{
    while (nr) {
        virtio_clear_feature(f, bits[--nr]);
    }
}

VirtioFeatures virtio_net_get_features(VirtIODevice *vdev,
                                       VirtioFeatures allowed, Error **errp)
{
    static const uint8_t with_header[] = {
        VIRTIO_NET_F_CSUM,       VIRTIO_NET_F_GUEST_CSUM,
        VIRTIO_NET_F_GSO,        VIRTIO_NET_F_GUEST_TSO4,
        VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_ECN,
        VIRTIO_NET_F_HOST_TSO4,  VIRTIO_NET_F_HOST_TSO6,
        VIRTIO_NET_F_HOST_ECN,
    };
    static const uint8_t ufo[] = { VIRTIO_NET_F_GUEST_UFO,
                                   VIRTIO_NET_F_HOST_UFO };
    static const uint8_t uso[] = { VIRTIO_NET_F_GUEST_USO4,
                                   VIRTIO_NET_F_GUEST_USO6,
                                   VIRTIO_NET_F_HOST_USO };
    /* Refused at realize when asked for; here against other ways in. */
    static const uint8_t never[] = { VIRTIO_NET_F_HASH_REPORT,
                                     VIRTIO_NET_F_RSS, VIRTIO_NET_F_RSC_EXT,
                                     VIRTIO_NET_F_STANDBY };
    VirtIONet *n = VIRTIO_NET(vdev);
    NetClientState *peer = qemu_get_queue(n->nic)->peer;
    VirtioFeatures f = allowed;

    virtio_add_feature(&f, VIRTIO_NET_F_MAC);
    if (n->net_conf.mtu) {
        virtio_add_feature(&f, VIRTIO_NET_F_MTU);
    }
    clear_features(&f, never, ARRAY_SIZE(never));
    if (!peer_has_vnet_hdr(n)) {
        clear_features(&f, with_header, ARRAY_SIZE(with_header));
    }
    if (!peer_has_vnet_hdr(n) || !qemu_has_ufo(peer)) {
        clear_features(&f, ufo, ARRAY_SIZE(ufo));
    }
    if (!peer_has_vnet_hdr(n) || !qemu_has_uso(peer)) {
        clear_features(&f, uso, ARRAY_SIZE(uso));
    }
    return virtio_net_features_closure(f);
}

/* ------------------------------------------------------------- the choice */

uint64_t virtio_net_guest_offloads(VirtioFeatures acked)
{
    const uint64_t mask = UINT64_C(1) << VIRTIO_NET_F_GUEST_CSUM |
                          UINT64_C(1) << VIRTIO_NET_F_GUEST_TSO4 |
                          UINT64_C(1) << VIRTIO_NET_F_GUEST_TSO6 |
                          UINT64_C(1) << VIRTIO_NET_F_GUEST_ECN |
                          UINT64_C(1) << VIRTIO_NET_F_GUEST_UFO |
                          UINT64_C(1) << VIRTIO_NET_F_GUEST_USO4 |
                          UINT64_C(1) << VIRTIO_NET_F_GUEST_USO6;

    return virtio_net_features_closure(acked).w[0] & mask;
}

void virtio_net_apply_guest_offloads(VirtIONet *n)
{
    VirtioFeatures f = virtio_net_features_closure(
        (VirtioFeatures){ { n->curr_guest_offloads, 0 } });
    NetOffloads ofl = {
        .csum = virtio_has_feature(&f, VIRTIO_NET_F_GUEST_CSUM),
        .tso4 = virtio_has_feature(&f, VIRTIO_NET_F_GUEST_TSO4),
        .tso6 = virtio_has_feature(&f, VIRTIO_NET_F_GUEST_TSO6),
        .ecn = virtio_has_feature(&f, VIRTIO_NET_F_GUEST_ECN),
        .ufo = virtio_has_feature(&f, VIRTIO_NET_F_GUEST_UFO),
        .uso4 = virtio_has_feature(&f, VIRTIO_NET_F_GUEST_USO4),
        .uso6 = virtio_has_feature(&f, VIRTIO_NET_F_GUEST_USO6),
    };

    n->rx_allowed = (VnetHdrAllowed){
        .csum = ofl.csum,
        .tso4 = ofl.tso4,
        .tso6 = ofl.tso6,
        .ecn = ofl.ecn,
        .ufo = ofl.ufo,
        .uso = ofl.uso4 || ofl.uso6,
    };
    for (unsigned i = 0; n->has_vnet_hdr && i < n->max_queue_pairs; i++) {
        NetClientState *peer = qemu_get_subqueue(n->nic, i)->peer;

        if (peer) {
            qemu_set_offload(peer, &ofl);
        }
    }
}

/*
 * The header between us and the peer: the driver's own length where the peer
 * knows it, the plain one where it does not, none where it has none.
 */
static void set_vnet_hdr(VirtIONet *n, const VirtioFeatures *f)
{
    bool v1 = virtio_has_feature(f, VIRTIO_F_VERSION_1);
    NetClientState *first = qemu_get_queue(n->nic)->peer;

    n->guest_hdr_len = v1 || n->mergeable_rx_bufs ? VNET_HDR_LEN_V1
                                                  : VNET_HDR_LEN_LEGACY;
    n->has_vnet_hdr = peer_has_vnet_hdr(n);
    n->host_hdr_len = 0;
    if (n->has_vnet_hdr) {
        n->host_hdr_len = qemu_has_vnet_hdr_len(first, n->guest_hdr_len)
                              ? n->guest_hdr_len
                              : VNET_HDR_LEN_LEGACY;
    }
    for (unsigned i = 0; i < n->max_queue_pairs; i++) {
        NetClientState *nc = qemu_get_subqueue(n->nic, i);

        if (nc->vnet_hdr_len != (int)n->host_hdr_len) {
            /* What waits here has a header of the other length. */
            qemu_net_queue_purge(nc->incoming_queue, NULL);
            nc->vnet_hdr_len = n->host_hdr_len;
        }
        if (n->has_vnet_hdr && nc->peer) {
            qemu_set_vnet_hdr_len(nc->peer, n->host_hdr_len);
            /* We encode little-endian whatever the host is. */
            qemu_set_vnet_le(nc->peer, true);
        }
    }
}

static void set_tx_allowed(VirtIONet *n, VirtioFeatures f)
{
    bool gso = virtio_has_feature(&f, VIRTIO_NET_F_GSO);

    n->tx_allowed = (VnetHdrAllowed){
        .csum = virtio_has_feature(&f, VIRTIO_NET_F_CSUM),
        .tso4 = gso || virtio_has_feature(&f, VIRTIO_NET_F_HOST_TSO4),
        .tso6 = gso || virtio_has_feature(&f, VIRTIO_NET_F_HOST_TSO6),
        .ecn = gso || virtio_has_feature(&f, VIRTIO_NET_F_HOST_ECN),
        .ufo = virtio_has_feature(&f, VIRTIO_NET_F_HOST_UFO),
        .uso = virtio_has_feature(&f, VIRTIO_NET_F_HOST_USO),
    };
}

void virtio_net_set_features(VirtIODevice *vdev, VirtioFeatures acked)
{
    VirtIONet *n = VIRTIO_NET(vdev);
    VirtioFeatures f = virtio_net_features_closure(acked);

    virtio_net_set_multiqueue(n, virtio_has_feature(&f, VIRTIO_NET_F_MQ));
    virtio_net_set_queue_pairs(n, 1);
    n->mergeable_rx_bufs = virtio_has_feature(&f, VIRTIO_NET_F_MRG_RXBUF);
    set_vnet_hdr(n, &f);
    set_tx_allowed(n, f);
    n->curr_guest_offloads = virtio_net_guest_offloads(f);
    virtio_net_apply_guest_offloads(n);
    n->max_plain_frame = virtio_has_feature(&f, VIRTIO_NET_F_MTU)
                             ? n->net_conf.mtu + ETH_HLEN
                             : 0;
    virtio_net_filter_set_vlan_filtering(
        &n->filter, virtio_has_feature(&f, VIRTIO_NET_F_CTRL_VLAN));
}
