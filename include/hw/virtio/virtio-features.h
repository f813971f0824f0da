/*
 * Feature bits (virtio 1.4, 6) and sets of them: 128 bits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_VIRTIO_VIRTIO_FEATURES_H
#define HW_VIRTIO_VIRTIO_FEATURES_H

#include "util/osdep.h"

#define VIRTIO_F_NOTIFY_ON_EMPTY 24
#define VIRTIO_F_ANY_LAYOUT 27
#define VIRTIO_RING_F_INDIRECT_DESC 28
#define VIRTIO_RING_F_EVENT_IDX 29
#define VIRTIO_F_VERSION_1 32
#define VIRTIO_F_ACCESS_PLATFORM 33
#define VIRTIO_F_RING_PACKED 34
#define VIRTIO_F_IN_ORDER 35
#define VIRTIO_F_ORDER_PLATFORM 36
#define VIRTIO_F_SR_IOV 37
#define VIRTIO_F_NOTIFICATION_DATA 38
#define VIRTIO_F_NOTIF_CONFIG_DATA 39
#define VIRTIO_F_RING_RESET 40
#define VIRTIO_F_ADMIN_VQ 41

#define VIRTIO_FEATURES_BITS 128

typedef struct VirtioFeatures {
    uint64_t w[2]; /* bits 0..63, 64..127 */
} VirtioFeatures;

static inline bool virtio_has_feature(const VirtioFeatures *f, unsigned bit)
{
    return bit < VIRTIO_FEATURES_BITS && (f->w[bit / 64] >> (bit % 64) & 1);
}

static inline void virtio_add_feature(VirtioFeatures *f, unsigned bit)
{
    f->w[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static inline void virtio_clear_feature(VirtioFeatures *f, unsigned bit)
{
    f->w[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
}

static inline VirtioFeatures virtio_features_and(VirtioFeatures a,
                                                 VirtioFeatures b)
{
    return (VirtioFeatures){ { a.w[0] & b.w[0], a.w[1] & b.w[1] } };
}

static inline VirtioFeatures virtio_features_or(VirtioFeatures a,
                                                VirtioFeatures b)
{
    return (VirtioFeatures){ { a.w[0] | b.w[0], a.w[1] | b.w[1] } };
}

static inline bool virtio_features_subset(VirtioFeatures a, VirtioFeatures of)
{
    return !(a.w[0] & ~of.w[0]) && !(a.w[1] & ~of.w[1]);
}

static inline bool virtio_features_equal(VirtioFeatures a, VirtioFeatures b)
{
    return a.w[0] == b.w[0] && a.w[1] == b.w[1];
}

#endif
