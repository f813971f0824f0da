/*
 * The virtio device model: status, features, configuration, queues; without
 * the transport (virtio-pci.h) and the device type (hw/net/virtio-net.h).
 *
 * A device type implements VirtioDeviceClass and owns VirtQueues. The
 * transport implements VirtioBusClass: it tells the driver about interrupts
 * and gives the device its DMA address space.
 *
 * Threads: control (status, features, config, reset) runs in the main loop.
 * A VirtQueue's data functions (marked [queue]) run in the AioContext that
 * serves it, which control stops and drains first.
 *
 * A guest error breaks the device: virtio_error() sets DEVICE_NEEDS_RESET,
 * counts, logs one rate-limited line, and every later operation on its queues
 * does nothing until reset. Nothing a guest writes ends the process.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_VIRTIO_VIRTIO_H
#define HW_VIRTIO_VIRTIO_H

#include <sys/uio.h>

#include "hw/core/qdev.h"
#include "hw/virtio/virtio-features.h"

#define TYPE_VIRTIO_DEVICE "virtio-device"
#define TYPE_VIRTIO_BUS "virtio-bus"
OBJECT_DECLARE_TYPE(VirtIODevice, VirtioDeviceClass, VIRTIO_DEVICE)
OBJECT_DECLARE_TYPE(VirtioBusState, VirtioBusClass, VIRTIO_BUS)

typedef struct VirtQueue VirtQueue;
typedef struct VirtQueueElement VirtQueueElement;

#define VIRTIO_CONFIG_S_ACKNOWLEDGE 0x01
#define VIRTIO_CONFIG_S_DRIVER 0x02
#define VIRTIO_CONFIG_S_DRIVER_OK 0x04
#define VIRTIO_CONFIG_S_FEATURES_OK 0x08
#define VIRTIO_CONFIG_S_NEEDS_RESET 0x40
#define VIRTIO_CONFIG_S_FAILED 0x80

#define VIRTIO_QUEUE_MAX 1024      /* queues of one device */
#define VIRTQUEUE_MAX_SIZE 1024    /* descriptors of one queue and one chain */
#define VIRTIO_NO_VECTOR 0xffff

/* ---------------------------------------------------------------- elements */

/*
 * One chain the driver made available: a snapshot, owned by the queue's pool
 * from pop to push (or unpop/detach). The iovecs point into guest memory.
 */
struct VirtQueueElement {
    unsigned index;   /* of the head descriptor, for the used ring */
    unsigned len;     /* filled by virtqueue_fill, written by flush */
    unsigned ndescs;  /* ring slots taken (packed) */
    unsigned out_num; /* device-readable pieces */
    unsigned in_num;  /* device-writable pieces */
    struct iovec *out_sg;
    struct iovec *in_sg;
    uint64_t out_size; /* sums, bytes */
    uint64_t in_size;
    void *opaque; /* the device's, for an element in flight */
};

/* -------------------------------------------------- queues: data [queue] */

/*
 * The next available chain, or NULL: none, or the device is broken (see
 * virtio_error). At most the queue's size of elements are out at a time.
 */
VirtQueueElement *virtqueue_pop(VirtQueue *vq) QEMU_WARN_UNUSED;
/* Up to max of them; returns how many. */
unsigned virtqueue_pop_batch(VirtQueue *vq, VirtQueueElement **elems,
                             unsigned max) QEMU_WARN_UNUSED;
/* Gives back the element popped last, as if never popped. */
void virtqueue_unpop(VirtQueue *vq, VirtQueueElement *elem);
/* Gives up an element without using it (reset only). */
void virtqueue_detach_element(VirtQueue *vq, VirtQueueElement *elem);
/* All elements that are out. */
void virtqueue_detach_all(VirtQueue *vq);
/* fill at position idx of a batch, then flush count of them: the driver sees
 * them at once. len: bytes the device wrote, never more than in_size. */
void virtqueue_fill(VirtQueue *vq, VirtQueueElement *elem, unsigned len,
                    unsigned idx);
void virtqueue_flush(VirtQueue *vq, unsigned count);
/* fill + flush of one. */
void virtqueue_push(VirtQueue *vq, VirtQueueElement *elem, unsigned len);
/*
 * Interrupts the driver about used elements if it wants to hear (flags, event
 * index, NOTIFY_ON_EMPTY). Once per batch.
 */
void virtio_notify(VirtIODevice *vdev, VirtQueue *vq);
/* Asks the driver to kick, or not to. After enabling, check virtio_queue_empty
 * again: a kick may have been left out in between. */
void virtio_queue_set_notification(VirtQueue *vq, bool enable);
bool virtio_queue_empty(VirtQueue *vq);
bool virtio_queue_ready(const VirtQueue *vq); /* enabled, device alive */
/*
 * Are there at least in_bytes writable and out_bytes readable bytes in chains
 * not popped yet? Bounded by the queue size; walks no further than needed.
 */
bool virtqueue_avail_bytes(VirtQueue *vq, uint64_t in_bytes,
                           uint64_t out_bytes);
/* How many chains are out. */
unsigned virtqueue_inuse(const VirtQueue *vq);

typedef struct VirtQueueStats {
    uint64_t kicks;                 /* notifications from the driver */
    uint64_t popped, pushed;        /* chains */
    uint64_t interrupts;            /* sent */
    uint64_t interrupts_suppressed; /* the driver did not want to hear */
    uint64_t batches;               /* flushes */
} VirtQueueStats;
const VirtQueueStats *virtqueue_stats(const VirtQueue *vq);

/* ------------------------------------------------------ queues: control */

typedef void (*VirtIOHandleOutput)(VirtIODevice *vdev, VirtQueue *vq);

/* A queue of `queue_size` (power of two, at most VIRTQUEUE_MAX_SIZE), next
 * free index. handle_output runs in ctx on a kick. */
VirtQueue *virtio_add_queue(VirtIODevice *vdev, unsigned queue_size,
                            VirtIOHandleOutput handle_output);
void virtio_del_queue(VirtIODevice *vdev, unsigned n);
void virtio_delete_queue(VirtQueue *vq);
/* NULL if n is no queue. */
VirtQueue *virtio_get_queue(VirtIODevice *vdev, unsigned n);
unsigned virtio_get_queue_index(const VirtQueue *vq);
unsigned virtio_get_num_queues(const VirtIODevice *vdev);
/* Current size as negotiated, and the maximum. */
unsigned virtio_queue_get_num(VirtIODevice *vdev, unsigned n);
unsigned virtio_queue_get_max_num(VirtIODevice *vdev, unsigned n);

/* For transports. Out-of-range n: reads give 0 (vector: NO_VECTOR), writes do
 * nothing. Everything but the vector is frozen while the queue is enabled. */
bool virtio_queue_set_num(VirtIODevice *vdev, unsigned n, unsigned num);
void virtio_queue_set_addr(VirtIODevice *vdev, unsigned n, hwaddr desc,
                           hwaddr avail, hwaddr used);
/* Legacy: page frame number * align; 0 un-configures. */
void virtio_queue_set_legacy_addr(VirtIODevice *vdev, unsigned n, hwaddr addr);
hwaddr virtio_queue_get_legacy_addr(VirtIODevice *vdev, unsigned n);
/* Latches size and addresses and starts the queue. False (and the device
 * broken if a ring is not in RAM) when it cannot. */
bool virtio_queue_enable(VirtIODevice *vdev, unsigned n);
bool virtio_queue_enabled(VirtIODevice *vdev, unsigned n);
/* Ring reset of one queue (VIRTIO_F_RING_RESET). */
void virtio_queue_reset(VirtIODevice *vdev, unsigned n);
uint16_t virtio_queue_vector(VirtIODevice *vdev, unsigned n);
void virtio_queue_set_vector(VirtIODevice *vdev, unsigned n, uint16_t vector);
/* The driver kicked queue n: runs or schedules its handler. Any n. A kick that
 * comes while the device is not active is remembered, and runs when it is. */
void virtio_queue_notify(VirtIODevice *vdev, unsigned n);
/*
 * The loop that serves the queue; the main loop unless set. Only while the
 * device is not active.
 */
void virtio_queue_set_aio_context(VirtQueue *vq, AioContext *ctx);
/*
 * Doorbells of transports (ioeventfd): makes the queue's event notifier and
 * watches it in the queue's loop; the transport says which write rings it.
 * Stop handles what was rung before. Both idempotent. 0 or a negative errno.
 */
int virtio_queue_start_doorbell(VirtQueue *vq);
void virtio_queue_stop_doorbell(VirtQueue *vq);
EventNotifier *virtio_queue_get_host_notifier(VirtQueue *vq);

/* ---------------------------------------------------------------- devices */

struct VirtioDeviceClass {
    DeviceClass parent_class;
    void (*realize)(DeviceState *dev, Error **errp);
    void (*unrealize)(DeviceState *dev);
    /* What to offer, from what the user allowed. */
    VirtioFeatures (*get_features)(VirtIODevice *vdev, VirtioFeatures allowed,
                                   Error **errp);
    /* The driver's choice, after it passed validate_features (NULL: any
     * subset of the offer). May be called again after reset. */
    bool (*validate_features)(VirtIODevice *vdev, VirtioFeatures acked);
    void (*set_features)(VirtIODevice *vdev, VirtioFeatures acked);
    /* config is config_len bytes, in the guest's byte order. */
    void (*get_config)(VirtIODevice *vdev, uint8_t *config);
    void (*set_config)(VirtIODevice *vdev, const uint8_t *config);
    /* To the state after realize. Every element is detached afterwards, and
     * must not be used from then on. */
    void (*reset)(VirtIODevice *vdev);
    /* Status as just changed; also called when the VM starts or stops. */
    void (*set_status)(VirtIODevice *vdev, uint8_t status);
    void (*queue_reset)(VirtIODevice *vdev, unsigned n);
    void (*queue_enable)(VirtIODevice *vdev, unsigned n);
    /* Bits 0..31 that only the legacy interface shows. The base class has
     * NOTIFY_ON_EMPTY and ANY_LAYOUT; a type adds its own. */
    uint32_t legacy_features;
};

struct VirtIODevice {
    DeviceState parent_obj;
    const char *name; /* "virtio-net" */
    uint16_t device_id;
    uint8_t status;
    uint8_t isr;
    uint16_t queue_sel;
    VirtioFeatures host_features;    /* offered */
    VirtioFeatures guest_features;   /* acked */
    VirtioFeatures requested_features; /* written, not yet acked */
    uint64_t host_features_props;    /* bits 0..63 users switch off */
    size_t config_len;
    uint8_t *config;
    uint32_t generation; /* config_generation */
    bool generation_stale; /* changed since it was last read */
    uint16_t config_vector;
    bool broken;    /* guest error: dead until reset */
    bool vm_running;
    bool disabled;
    bool use_started, started, start_on_kick; /* legacy drivers */
    bool disable_legacy_check;
    uint64_t errors; /* guest errors since realize */
    ErrorRateLimit error_rl;
    VirtQueue *vq; /* VIRTIO_QUEUE_MAX of them */
    unsigned nr_queues; /* one more than the highest index in use */
    AddressSpace *dma_as;
    FlatView *dma_view; /* what queues translate with; referenced */
    MemoryListener listener;
    VMChangeStateEntry *vmstate;
    VirtioBusClass *bus_class; /* of the bus it is on: for interrupts */
    uint16_t nvectors;
    bool use_disabled_flag;
    bool disabled_told; /* as the device type knows */
    /* The driver speaks through the legacy interface: the transport sets it
     * with each write there, and clears it with each write to the modern one. */
    bool legacy;
    bool active; /* cached virtio_device_active */
    uint64_t ignored; /* illegal register writes, ignored */
    ErrorRateLimit ignored_rl;
    GPtrArray *held_ram; /* RAMBlocks that elements in flight may point into */
    TAILQ_ENTRY(VirtIODevice) link;
};

/* In the type's realize, on its bus: common state, config space of config_size bytes. */
void virtio_init(VirtIODevice *vdev, const char *name, uint16_t device_id,
                 size_t config_size);
void virtio_cleanup(VirtIODevice *vdev);

/* The guest did something wrong: see the top of the file. */
void virtio_error(VirtIODevice *vdev, const char *fmt, ...)
    G_GNUC_PRINTF(2, 3);
/* The driver wrote what has no effect here: counts it, and says what in the
 * log (-d guest_errors), at most once a second. */
void virtio_ignored(VirtIODevice *vdev, const char *fmt, ...)
    G_GNUC_PRINTF(2, 3);
/* Sets bits of the ISR register. Any thread. */
void virtio_isr_set(VirtIODevice *vdev, uint8_t bits);
/* The configuration changed: new generation, config interrupt. */
void virtio_notify_config(VirtIODevice *vdev);
/* The transport cannot reach guest memory (bus master off) or can again: after
 * each write of what decides that. */
void virtio_set_disabled(VirtIODevice *vdev, bool disabled);
/* Status register. Illegal transitions are ignored and counted; FEATURES_OK
 * stays clear if the features are not acceptable. 0 resets. */
void virtio_set_status(VirtIODevice *vdev, uint8_t val);
void virtio_reset(VirtIODevice *vdev);
/* What the modern interface offers: without the legacy bits. */
VirtioFeatures virtio_modern_features(VirtIODevice *vdev);
/* Feature words; select 0..3, larger reads 0. The offer is the modern one;
 * virtio_get_legacy_features is word 0 for the legacy interface. The guest's
 * word is what was written, until FEATURES_OK or reset. */
uint32_t virtio_get_host_features_word(VirtIODevice *vdev, unsigned select);
uint32_t virtio_get_legacy_features(VirtIODevice *vdev);
uint32_t virtio_get_guest_features_word(VirtIODevice *vdev, unsigned select);
/* Ignored once FEATURES_OK is set. Legacy devices apply it at once. */
void virtio_set_guest_features_word(VirtIODevice *vdev, unsigned select,
                                    uint32_t val);
/* Config space access, little-endian for modern, guest order for legacy.
 * Outside config_len reads give 0xff.., writes do nothing. size 1, 2, 4. */
uint32_t virtio_config_read(VirtIODevice *vdev, uint32_t addr, unsigned size);
void virtio_config_write(VirtIODevice *vdev, uint32_t addr, uint32_t val,
                         unsigned size);
uint8_t virtio_config_generation(VirtIODevice *vdev);

static inline bool virtio_vdev_has_feature(const VirtIODevice *vdev,
                                           unsigned bit)
{
    return virtio_has_feature(&vdev->guest_features, bit);
}
static inline bool virtio_host_has_feature(const VirtIODevice *vdev,
                                           unsigned bit)
{
    return virtio_has_feature(&vdev->host_features, bit);
}
/* Legacy guests of x86 are little-endian, as modern ones always are. */
static inline bool virtio_is_big_endian(const VirtIODevice *vdev)
{
    return false;
}
/* DRIVER_OK (or a legacy driver's first kick), VM running, not broken, guest
 * memory reachable. */
bool virtio_device_active(const VirtIODevice *vdev);
/* No VERSION_1 to expect: legacy interface, or a device that has no other. */
bool virtio_is_legacy(const VirtIODevice *vdev);

#define DEFINE_VIRTIO_COMMON_FEATURES(_state, _field)                        \
    DEFINE_PROP_BIT64("indirect_desc", _state, _field,                       \
                      VIRTIO_RING_F_INDIRECT_DESC, true),                    \
    DEFINE_PROP_BIT64("event_idx", _state, _field, VIRTIO_RING_F_EVENT_IDX,  \
                      true),                                                 \
    DEFINE_PROP_BIT64("notify_on_empty", _state, _field,                     \
                      VIRTIO_F_NOTIFY_ON_EMPTY, true),                       \
    DEFINE_PROP_BIT64("any_layout", _state, _field, VIRTIO_F_ANY_LAYOUT,     \
                      true),                                                 \
    DEFINE_PROP_BIT64("iommu_platform", _state, _field,                      \
                      VIRTIO_F_ACCESS_PLATFORM, false),                      \
    DEFINE_PROP_BIT64("packed", _state, _field, VIRTIO_F_RING_PACKED, false), \
    DEFINE_PROP_BIT64("queue_reset", _state, _field, VIRTIO_F_RING_RESET,    \
                      true),                                                 \
    DEFINE_PROP_BIT64("in_order", _state, _field, VIRTIO_F_IN_ORDER, false)

/* -------------------------------------------------------------------- bus */

struct VirtioBusClass {
    BusClass parent_class;
    /* Interrupt by a vector. isr: the bit of virtio_isr_set that the event
     * has, 1 queue, 2 configuration; the transport sets it as far as its
     * interrupts need it. */
    void (*notify)(DeviceState *proxy, uint16_t vector, uint8_t isr);
    AddressSpace *(*get_dma_as)(DeviceState *proxy);
    /* Device plugged: transport finishes (ids, BARs). */
    void (*device_plugged)(DeviceState *proxy, Error **errp);
    void (*device_unplugged)(DeviceState *proxy);
    /* True: offers VERSION_1. */
    bool (*has_modern)(DeviceState *proxy);
    /* After each change, before the device type hears of it. 0: reset. */
    void (*status_changed)(DeviceState *proxy, uint8_t status);
    int (*query_nvectors)(DeviceState *proxy);
};

struct VirtioBusState {
    BusState parent_obj;
};

VirtIODevice *virtio_bus_get_device(VirtioBusState *bus); /* or NULL */
/* The bus a device sits on. */
VirtioBusState *virtio_device_get_bus(const VirtIODevice *vdev);

/* ------------------------------------------------------------ inspection */

/* Every realized device. */
void virtio_foreach_device(void (*fn)(VirtIODevice *vdev, void *opaque),
                           void *opaque);
/* "info virtio": a line per device. To be freed. */
char *virtio_info_text(void);
/* By QOM path; NULL: "Path PATH is not a realized VirtIODevice". */
VirtIODevice *virtio_device_find(const char *path, Error **errp);
/* "info virtio-status": what transport and driver have agreed on. */
char *virtio_status_text(VirtIODevice *vdev);
/* "info virtio-queue-status", our counters included. NULL: "Invalid virtqueue
 * number N". */
char *virtio_queue_status_text(VirtIODevice *vdev, unsigned n, Error **errp);

#endif
