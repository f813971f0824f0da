/*
 * Inside a virtqueue: what the public API (virtqueue.c), the control side
 * (virtio-queue.c), the chain walk (vring-chain.c) and the ring formats
 * (vring-*.c) share.
 *
 * A ring format is a VirtQueueOps table and its state in VirtQueue. Elements,
 * batches, statistics, in-order completion, walking and translation are the
 * same for all formats.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_VIRTIO_VIRTQUEUE_INTERNAL_H
#define HW_VIRTIO_VIRTQUEUE_INTERNAL_H

#include "hw/virtio/virtio.h"
#include "util/atomic.h"
#include "util/bswap.h"

/* ---------------------------------------------------------- in guest memory */

#define VRING_DESC_F_NEXT 1
#define VRING_DESC_F_WRITE 2
#define VRING_DESC_F_INDIRECT 4
#define VRING_AVAIL_F_NO_INTERRUPT 1
#define VRING_USED_F_NO_NOTIFY 1

/* Split format; also the entries of its indirect tables. Little-endian. */
typedef struct VRingDesc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
} VRingDesc;
QEMU_BUILD_BUG_ON(sizeof(VRingDesc) != 16);

typedef struct VRingAvail {
    uint16_t flags;
    uint16_t idx;
    uint16_t ring[]; /* then used_event */
} VRingAvail;

typedef struct VRingUsedElem {
    uint32_t id;
    uint32_t len;
} VRingUsedElem;

typedef struct VRingUsed {
    uint16_t flags;
    uint16_t idx;
    VRingUsedElem ring[]; /* then avail_event */
} VRingUsed;

static inline uint64_t vring_split_desc_size(unsigned num)
{
    return num * sizeof(VRingDesc);
}

static inline uint64_t vring_split_avail_size(unsigned num)
{
    return offsetof(VRingAvail, ring) + 2 * (num + 1);
}

static inline uint64_t vring_split_used_size(unsigned num)
{
    return offsetof(VRingUsed, ring) + sizeof(VRingUsedElem) * num + 2;
}

/* Has index `event` been passed on the way from old to new_idx? (virtio 1.4,
 * 2.7.7.2; all modulo 2^16) */
static inline bool vring_need_event(uint16_t event, uint16_t new_idx,
                                    uint16_t old)
{
    return (uint16_t)(new_idx - event - 1) < (uint16_t)(new_idx - old);
}

/* ------------------------------------------------------------- elements */

/* Pieces an element holds without its overflow area. */
#define VQ_INLINE_IOV 18

typedef enum VQElemState {
    VQ_ELEM_FREE,
    VQ_ELEM_OUT,    /* the device has it */
    VQ_ELEM_FILLED, /* virtqueue_fill, before flush */
    VQ_ELEM_HELD,   /* flushed, but an older one is not (IN_ORDER) */
} VQElemState;

typedef struct VQElem {
    VirtQueueElement e; /* first: what the device sees */
    VQElemState state;
    uint16_t pos; /* in the order made available, modulo 2^16 */
    unsigned sg_max;
    struct iovec *sg; /* readable pieces, then writable ones */
    struct iovec *overflow;
    struct iovec inl[VQ_INLINE_IOV];
} VQElem;

static inline VQElem *vq_elem(VirtQueueElement *e)
{
    return container_of(e, VQElem, e);
}

/* -------------------------------------------------------------- formats */

/* Positions of a ring, for those who look (virtio-info.c). */
typedef struct VirtQueuePos {
    uint16_t last_avail_idx, shadow_avail_idx, used_idx, signalled_used;
} VirtQueuePos;

typedef struct VirtQueueOps {
    const char *name;
    /* Are the addresses aligned as the format wants? Sets *what if not. */
    bool (*check_addr)(VirtQueue *vq, const char **what);
    /* Finds the rings in the view. False: not (contiguous) RAM. */
    bool (*map)(VirtQueue *vq, const FlatView *view);
    void (*unmap)(VirtQueue *vq);
    /* Positions as of a queue just enabled. */
    void (*start)(VirtQueue *vq);
    /* The next chains, at most max, each into an element of the pool. */
    unsigned (*pop)(VirtQueue *vq, VirtQueueElement **elems, unsigned max);
    /* Undoes the pop of elem, the last one popped. */
    void (*unpop)(VirtQueue *vq, VQElem *elem);
    /* Publishes elements that are used, all at once. */
    void (*flush)(VirtQueue *vq, VirtQueueElement *const *elems,
                  unsigned count);
    /* Does the driver want to hear of what flush() published last? */
    bool (*should_notify)(VirtQueue *vq);
    void (*set_notification)(VirtQueue *vq, bool enable);
    bool (*empty)(VirtQueue *vq);
    /* Sums of chains not popped yet, until both are reached. */
    bool (*avail_bytes)(VirtQueue *vq, uint64_t in_bytes, uint64_t out_bytes);
    VirtQueuePos (*position)(const VirtQueue *vq);
} VirtQueueOps;

extern const VirtQueueOps vring_split_ops;

/* State of vring-split.c: host addresses, and private positions. */
typedef struct VRingSplit {
    const VRingDesc *desc;
    const VRingAvail *avail;
    VRingUsed *used;
    uint16_t last_avail_idx;   /* of the next chain to pop */
    uint16_t shadow_avail_idx; /* the driver's index when last read */
    uint16_t used_idx;         /* as published */
    uint16_t signalled_used;   /* at the last decision to interrupt or not */
    uint16_t avail_event;      /* as published */
    bool avail_event_valid;
} VRingSplit;

struct VirtQueue {
    /* Read by every data function. */
    const VirtQueueOps *ops;
    VirtIODevice *vdev;
    unsigned num;      /* size, latched at enable */
    unsigned inuse;    /* elements popped and not published */
    bool live;         /* enabled, rings mapped, device not broken */
    bool running;      /* live, and the device is active */
    bool notification; /* as the device asked last */
    bool event_idx, indirect, in_order, notify_on_empty; /* negotiated */
    VRingSplit split;
    const MemoryRange *hint; /* RAM of the last translation, in dma_view */

    VQElem *pool; /* pool_num of them */
    unsigned pool_num;
    unsigned nr_free;
    VQElem **free_elems;
    VirtQueueElement **batch;    /* filled, by position in the batch */
    VirtQueueElement **in_order_held; /* used, by pos modulo num */
    uint16_t in_order_next;      /* pos of the next to publish */
    VRingDesc *scratch; /* an indirect table that is not contiguous */
    VirtQueueStats stats;

    /* Control only. */
    unsigned index;
    unsigned num_max;  /* 0: no queue here */
    unsigned num_next; /* as the driver wrote it */
    hwaddr desc, avail, used;
    bool enabled;
    bool mapped;
    bool kick_pending;
    uint16_t vector;
    VirtIOHandleOutput handle_output;
    AioContext *ctx;
    EventNotifier host_notifier;
    bool doorbell;
};

static inline bool virtio_queue_exists(const VirtIODevice *vdev, unsigned n)
{
    return n < VIRTIO_QUEUE_MAX && vdev->vq[n].num_max;
}

/* --------------------------------------------------------- vring-chain.c */

/* A walk in progress. elem NULL: only the sums are wanted. */
typedef struct VRingChain {
    VirtQueue *vq;
    VQElem *elem;
    unsigned nr_desc;
    unsigned out_num, in_num; /* pieces in elem->sg */
    uint64_t out_size, in_size;
} VRingChain;

/*
 * Follows the split chain that starts at table[head], through its indirect
 * table if it has one. Every descriptor is read once. At most `num`
 * descriptors per table and VIRTQUEUE_MAX_SIZE in all are visited. False:
 * the chain is malformed and the device is broken now.
 */
bool vring_chain_walk(VRingChain *c, const VRingDesc *table, unsigned num,
                      unsigned head) QEMU_WARN_UNUSED;
/* The sums and pieces of a finished walk into its element. */
void vring_chain_finish(VRingChain *c);

/* ----------------------------------------------------------- virtqueue.c */

/* Breaks the device; the message gets the queue's number in front. */
void virtqueue_error(VirtQueue *vq, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* An element of the pool; never NULL while inuse < num. */
VQElem *virtqueue_elem_get(VirtQueue *vq);
void virtqueue_elem_put(VirtQueue *vq, VQElem *elem);
/* Room for at least one more piece than `used`. False: at the limit. */
bool virtqueue_elem_grow(VQElem *elem, unsigned used);
void virtqueue_pool_init(VirtQueue *vq, unsigned num);
void virtqueue_pool_free(VirtQueue *vq);

/* -------------------------------------------------------- virtio-queue.c */

/* Flags of all queues follow from device and features. */
void virtio_queues_update(VirtIODevice *vdev);
/* Rings of all enabled queues in the (new) dma_view. */
void virtio_queues_remap(VirtIODevice *vdev);
/* Handlers of the queues that were kicked while they could not run. */
void virtio_queues_run_pending(VirtIODevice *vdev);
/* All queues to what they were after realize; elements are detached. */
void virtio_queues_reset(VirtIODevice *vdev);
bool virtio_queues_idle(VirtIODevice *vdev); /* no element is out */
void virtio_queues_init(VirtIODevice *vdev);
void virtio_queues_cleanup(VirtIODevice *vdev);

/* -------------------------------------------------------------- virtio.c */

/* After anything virtio_device_active depends on has changed. */
void virtio_update_active(VirtIODevice *vdev);
/* The same, tells the device type, then lets waiting kicks through. */
void virtio_state_changed(VirtIODevice *vdev);
/* As VirtioBusClass.notify. */
void virtio_interrupt(VirtIODevice *vdev, uint16_t vector, uint8_t isr);

#endif
