/*
 * The driver's half of virtio over PCI: both transports behind one set of
 * calls, and a split ring.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QVIRTIO_H
#define TESTS_QVIRTIO_H

#include "tests/qtest/lib/qpci.h"

#define QVIRTIO_F_ANY_LAYOUT 27
#define QVIRTIO_F_INDIRECT_DESC 28
#define QVIRTIO_F_EVENT_IDX 29
#define QVIRTIO_F_VERSION_1 32
#define QVIRTIO_F_RING_RESET 40
#define QVIRTIO_BIT(n) (UINT64_C(1) << (n))

typedef struct QVirtioRegion {
    int bar; /* -1: no such capability */
    uint32_t offset;
    uint32_t length;
} QVirtioRegion;

typedef struct QVirtio {
    QPCIDevice pci;
    bool legacy;
    QVirtioRegion common, notify, isr, config;
    uint32_t notify_multiplier;
    uint8_t pci_cfg_cap;
    uint64_t features; /* acked, low 64 bits */
} QVirtio;

/* Finds the device, enables it, MSI-X if wanted. legacy picks the transport
 * (the device must offer it). */
void qvirtio_init(QVirtio *v, QTestState *qts, uint8_t bus, uint8_t devfn,
                  bool legacy, bool msix);
uint64_t qvirtio_config_read(QVirtio *v, unsigned offset, unsigned size);
void qvirtio_config_write(QVirtio *v, unsigned offset, uint64_t val,
                          unsigned size);
/* A field of the common configuration (modern). */
uint64_t qvirtio_common_read(QVirtio *v, unsigned offset, unsigned size);
void qvirtio_common_write(QVirtio *v, unsigned offset, uint64_t val,
                          unsigned size);
uint8_t qvirtio_get_status(QVirtio *v);
void qvirtio_set_status(QVirtio *v, uint8_t status);
void qvirtio_add_status(QVirtio *v, uint8_t bits);
void qvirtio_reset(QVirtio *v); /* waits until status reads 0 */
uint64_t qvirtio_get_features(QVirtio *v);
/* Reset, ACKNOWLEDGE, DRIVER, features & offered, FEATURES_OK. Returns false
 * if the device refused. */
bool qvirtio_negotiate(QVirtio *v, uint64_t features);
void qvirtio_driver_ok(QVirtio *v);
uint8_t qvirtio_read_isr(QVirtio *v);

/* ------------------------------------------------------------------ ring */

typedef struct QVirtqueue {
    QVirtio *v;
    uint16_t index;
    uint16_t size;
    uint16_t vector; /* 0xffff: none */
    uint64_t desc, avail, used; /* guest addresses */
    uint8_t *desc_p, *avail_p, *used_p; /* the same here */
    uint16_t free_head;
    uint16_t num_free;
    uint16_t avail_idx;  /* ours, free running */
    uint16_t last_used;  /* ours, free running */
    uint16_t kicked_idx; /* avail_idx at the last kick decision */
    bool event_idx;
    bool indirect;
    uint16_t *chain_len; /* descriptors per head */
    uint64_t *indirect_table; /* guest address per head, 0 none */
    uint64_t notify_off;
    unsigned kicks, kicks_suppressed;
} QVirtqueue;

typedef struct QVBuf {
    uint64_t addr;
    uint32_t len;
    bool write;
} QVBuf;

/* Sets the queue up, with the device's size or a smaller one (size 0: the
 * device's), vector index+1 when MSI-X is on, and enables it. */
void qvirtqueue_init(QVirtqueue *vq, QVirtio *v, uint16_t index,
                     uint16_t size);
void qvirtqueue_free(QVirtqueue *vq);
/* Makes a chain available (not yet visible to a kick decision). Returns the
 * head, or -1 if there are not enough descriptors. */
int qvirtqueue_add(QVirtqueue *vq, const QVBuf *bufs, unsigned n);
/* Kicks if the device wants one; true if it was sent. */
bool qvirtqueue_kick(QVirtqueue *vq);
void qvirtqueue_kick_always(QVirtqueue *vq);
/* The next used element, if any. */
bool qvirtqueue_get(QVirtqueue *vq, uint16_t *head, uint32_t *len);
/* The same, waiting up to 5 s with the virtual clock advancing. */
bool qvirtqueue_wait(QVirtqueue *vq, uint16_t *head, uint32_t *len);
/* Interrupt policy: suppress, or every used element. */
void qvirtqueue_interrupts(QVirtqueue *vq, bool on);
/* Low level, for hostile tests. */
void qvirtqueue_set_desc(QVirtqueue *vq, uint16_t i, uint64_t addr,
                         uint32_t len, uint16_t flags, uint16_t next);
void qvirtqueue_push_avail(QVirtqueue *vq, uint16_t head);

#endif
