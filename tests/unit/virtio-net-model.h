/*
 * A virtio network device without a machine: guest memory, a transport that
 * counts interrupts, a driver's side of the split rings, and a backend that
 * records frames and can be told to block.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_VIRTIO_NET_MODEL_H
#define TESTS_VIRTIO_NET_MODEL_H

#include "hw/net/virtio-net-internal.h"

#define MODEL_RAM (16 * MiB)
#define MODEL_MAX_QUEUES 9
#define MODEL_MAX_PAIRS 4
#define F(bit) (UINT64_C(1) << (bit))
#define V1 F(VIRTIO_F_VERSION_1)
#define MRG F(VIRTIO_NET_F_MRG_RXBUF)
#define RX 0 /* queues of the first pair */
#define TX 1

/* What decides about header and buffers. */
typedef struct ModelVariant {
    const char *name;
    uint64_t features;
    unsigned hdr_len;
} ModelVariant;
#define MODEL_VARIANTS 4
extern const ModelVariant model_variants[MODEL_VARIANTS];

/* The driver's side of one virtqueue. */
typedef struct ModelQueue {
    unsigned index, num;
    uint64_t desc, avail, used; /* guest addresses */
    unsigned free_desc;         /* next unused descriptor, never recycled */
    uint16_t avail_idx;
    uint16_t used_seen;
} ModelQueue;

/* One piece of a chain. */
typedef struct ModelSeg {
    uint64_t addr;
    uint32_t len;
    bool write;
} ModelSeg;

typedef struct Model {
    DeviceState *transport;
    VirtIODevice *vdev;
    VirtIONet *net;
    ModelQueue q[MODEL_MAX_QUEUES];
    unsigned nr_queues;
    uint8_t *ram;
    uint64_t heap; /* next free guest address */
    /* the backend */
    NetClientState *be[MODEL_MAX_PAIRS];
    unsigned pairs;
    GPtrArray *sent; /* GBytes: what the backend received */
    bool blocked;    /* it answers 0 */
    bool has_vnet_hdr;
    NetOffloads offloads;   /* as told last */
    int vnet_hdr_len;       /* as told last */
    unsigned enabled_pairs; /* bit per queue */
    unsigned completions;   /* of frames of the backend */
    unsigned interrupts, config_interrupts;
} Model;

/* Once per program. */
void model_init(int *argc, char ***argv);
/* props: "name=value,name=value" of virtio-net-device, or NULL. pairs 0: no
 * backend. */
Model *model_new(const char *props, unsigned pairs, bool has_vnet_hdr);
void model_free(Model *m);
/* Realizes with these properties; the message of the failure, or NULL. */
char *model_realize_error(const char *props);

/* Reset, negotiation of exactly these features, all queues, DRIVER_OK. */
void model_start(Model *m, uint64_t features);
/* The steps of it. False: FEATURES_OK refused. */
bool model_negotiate(Model *m, uint64_t features);
void model_setup_queue(Model *m, unsigned index);
/* The main loop until nothing happens any more. */
void model_run(void);
/* vm_state and the net layer's idea of it. */
void model_set_running(bool running);

/* Guest memory, 16-byte aligned, zeroed. */
uint64_t model_alloc(Model *m, size_t size);
/* Makes a chain available; returns its head. Kick separately. */
unsigned model_add(Model *m, unsigned queue, const ModelSeg *segs,
                   unsigned nr);
void model_kick(Model *m, unsigned queue);
/* The next used entry; false: none. */
bool model_used(Model *m, unsigned queue, unsigned *head, unsigned *len);
bool model_kicks_wanted(Model *m, unsigned queue);

/* One chain holding header (may be NULL) and frame in one piece. */
unsigned model_add_tx(Model *m, unsigned queue, const void *hdr,
                      size_t hdr_len, const void *frame, size_t len);
/* A receive buffer; its address. */
uint64_t model_add_rx(Model *m, unsigned queue, size_t len);
/* From the backend, with its header (host_hdr_len bytes; NULL: zeroes). */
ssize_t model_receive(Model *m, unsigned pair, const void *hdr,
                      const void *frame, size_t len);
/* Runs a control command; the ack, or -1 if the chain came back unanswered. */
int model_ctrl(Model *m, uint8_t class, uint8_t cmd, const void *data,
               size_t len);
/* A frame whose bytes follow from seed. */
void model_frame(uint8_t *frame, size_t len, unsigned seed);
/* The backend's n-th frame, without header. */
void model_assert_sent(Model *m, unsigned n, const uint8_t *frame, size_t len);
/* The next used entry is this one; there is none. */
void model_assert_used(Model *m, unsigned queue, unsigned head, unsigned len);
void model_assert_none_used(Model *m, unsigned queue);
/* Frames the first client dropped for that reason. */
uint64_t model_dropped(Model *m, NetDropReason reason);

#endif
