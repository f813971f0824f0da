/*
 * A virtio device and its transport without a machine: for tests of the
 * virtio core and of device types.
 *
 * The transport counts interrupts and gives a DMA address space with
 *   RAM   at FAKE_RAM, FAKE_RAM_SIZE bytes
 *   RAM   at FAKE_RAM2 = FAKE_RAM + FAKE_RAM_SIZE, one page, another region
 *   ROM   at FAKE_ROM, one page
 *   MMIO  at FAKE_MMIO, one page
 * and nothing else. fake_set_bus_master() empties it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_VIRTIO_FAKE_H
#define TESTS_UNIT_VIRTIO_FAKE_H

#include "hw/virtio/virtio.h"

#define FAKE_RAM UINT64_C(0x100000)
#define FAKE_RAM_SIZE (UINT64_C(8) * MiB)
#define FAKE_RAM2 (FAKE_RAM + FAKE_RAM_SIZE)
#define FAKE_ROM UINT64_C(0x40000000)
#define FAKE_MMIO UINT64_C(0x50000000)
#define FAKE_PAGE 4096

#define FAKE_CONFIG_LEN 12
#define FAKE_QUEUES 3
#define FAKE_QUEUE_SIZE 256
/* A device feature; it needs FAKE_F_BASE (checked by validate_features). */
#define FAKE_F_BASE 1
#define FAKE_F_NEEDS_BASE 2
#define FAKE_F_HIGH 70
#define FAKE_F_LEGACY 6

typedef struct FakeVirtio {
    DeviceState *proxy;
    VirtIODevice *vdev;
    uint8_t *ram;  /* host address of FAKE_RAM */
    uint8_t *ram2;
    /* What the transport saw. */
    unsigned irqs[FAKE_QUEUES]; /* by vector */
    unsigned intx;              /* queue interrupts without a vector */
    unsigned config_irqs;
    /* What the device type saw. */
    unsigned handled[FAKE_QUEUES];
    unsigned resets, set_features, status_calls, config_writes;
    unsigned queue_resets, queue_enables;
    uint8_t last_status;
    unsigned mmio_accesses;
    uint8_t config[FAKE_CONFIG_LEN];
    VirtIOHandleOutput handler; /* NULL: only counted */
    void *opaque;
} FakeVirtio;

typedef struct FakeOptions {
    unsigned queue_size; /* 0: FAKE_QUEUE_SIZE */
    bool legacy_only;
    const char *props; /* "in_order=on,event_idx=off" */
} FakeOptions;

/* The device type, for other transports than the one here. */
#define TYPE_FAKE_DEVICE "fake-virtio-device"
typedef struct FakeDevice {
    VirtIODevice parent_obj;
    FakeVirtio *fake;
    unsigned queue_size;
} FakeDevice;

/* Once per program. */
void fake_init(void);
/* NULL with *errp if realize fails. */
FakeVirtio *fake_try_new(const FakeOptions *options, Error **errp);
FakeVirtio *fake_new(const FakeOptions *options);
void fake_free(FakeVirtio *f);
FakeVirtio *fake_of(VirtIODevice *vdev);

void fake_set_bus_master(FakeVirtio *f, bool on);
/* Host address of guest memory in one of the RAM regions. */
void *fake_ptr(FakeVirtio *f, uint64_t gpa);

/* What is offered, minus `without` (bits, ends with -1). */
VirtioFeatures fake_offer_without(FakeVirtio *f, ...);
void fake_write_features(FakeVirtio *f, VirtioFeatures features);
/* As a modern driver: reset to FEATURES_OK, which must stick. */
void fake_negotiate(FakeVirtio *f, VirtioFeatures features);
void fake_driver_ok(FakeVirtio *f);

#endif
