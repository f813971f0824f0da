/*
 * A model driver: the other side of a split ring, written from the
 * specification and on the kernel's structures, not on ours.
 *
 * It keeps its own account of what is in flight, and fails the test when the
 * device uses a head that is not, or uses one twice.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_VRING_MODEL_H
#define TESTS_UNIT_VRING_MODEL_H

#include <linux/virtio_ring.h>

#include "tests/unit/virtio-fake.h"

#define MODEL_MAX 1024

typedef struct ModelSg {
    uint64_t addr;
    uint32_t len;
    bool write;
} ModelSg;

typedef struct VRingModel {
    FakeVirtio *f;
    VirtQueue *vq;
    unsigned n; /* which queue */
    unsigned num;
    uint64_t gpa;   /* of the descriptor table */
    struct vring vr;
    bool event_idx;
    uint16_t avail_idx; /* to publish next */
    uint16_t last_used;
    unsigned in_flight;
    uint16_t chain[MODEL_MAX]; /* descriptors of the chain at this head, or 0 */
    uint64_t cookie[MODEL_MAX];
    unsigned nr_free;
    uint16_t free_desc[MODEL_MAX];
} VRingModel;

/* Bytes of guest memory a ring takes. */
uint64_t vring_model_size(unsigned num);
/* Lays out an empty ring at gpa and enables queue n with it. */
void vring_model_init(VRingModel *m, FakeVirtio *f, unsigned n, unsigned num,
                      uint64_t gpa);
/* The same without enabling. */
void vring_model_layout(VRingModel *m, FakeVirtio *f, unsigned n, unsigned num,
                        uint64_t gpa);
bool vring_model_enable(VRingModel *m);

/* One descriptor, any content. */
void vring_model_set_desc(struct vring_desc *d, uint64_t addr, uint32_t len,
                          uint16_t flags, uint16_t next);
/* Puts head into the next slot of the available ring. */
void vring_model_offer(VRingModel *m, uint16_t head);
/* Makes what was offered visible. */
void vring_model_publish(VRingModel *m);
/*
 * A chain of direct descriptors, offered but not published. Returns its head.
 * `table` not 0: the last `indirect` pieces go into an indirect table there.
 */
uint16_t vring_model_add(VRingModel *m, const ModelSg *sg, unsigned count,
                         unsigned indirect, uint64_t table, uint64_t cookie);
/* Would the driver kick after publishing, having published up to `old`
 * before? */
bool vring_model_need_kick(VRingModel *m, uint16_t old);
/* The next used chain, if any. */
bool vring_model_get_used(VRingModel *m, uint64_t *cookie, uint32_t *len);
/* Ask for an interrupt once `ahead` more chains are used (event index). */
void vring_model_set_used_event(VRingModel *m, uint16_t event);

#endif
