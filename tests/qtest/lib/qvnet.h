/*
 * A virtio-net driver for tests: brings the device up with chosen features,
 * keeps receive buffers posted, sends and receives frames, runs control
 * commands.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QVNET_H
#define TESTS_QVNET_H

#include "net/vnet-hdr.h"
#include "tests/qtest/lib/qvirtio.h"

#define QVNET_F_CSUM 0
#define QVNET_F_GUEST_CSUM 1
#define QVNET_F_CTRL_GUEST_OFFLOADS 2
#define QVNET_F_MTU 3
#define QVNET_F_MAC 5
#define QVNET_F_GUEST_TSO4 7
#define QVNET_F_GUEST_TSO6 8
#define QVNET_F_GUEST_ECN 9
#define QVNET_F_GUEST_UFO 10
#define QVNET_F_HOST_TSO4 11
#define QVNET_F_HOST_TSO6 12
#define QVNET_F_HOST_ECN 13
#define QVNET_F_HOST_UFO 14
#define QVNET_F_MRG_RXBUF 15
#define QVNET_F_STATUS 16
#define QVNET_F_CTRL_VQ 17
#define QVNET_F_CTRL_RX 18
#define QVNET_F_CTRL_VLAN 19
#define QVNET_F_CTRL_RX_EXTRA 20
#define QVNET_F_GUEST_ANNOUNCE 21
#define QVNET_F_MQ 22
#define QVNET_F_CTRL_MAC_ADDR 23
#define QVNET_F_GUEST_USO4 54
#define QVNET_F_GUEST_USO6 55
#define QVNET_F_HOST_USO 56
#define QVNET_F_SPEED_DUPLEX 63

#define QVNET_MAX_PAIRS 8

/* A cell of the scenario table. */
typedef struct QVNetMode {
    bool legacy;
    bool mergeable;
    bool indirect;
    bool event_idx;
} QVNetMode;
/* All 16 of them, and "modern/merge/indirect/event" style names. */
extern const QVNetMode qvnet_modes[16];
char *qvnet_mode_name(const QVNetMode *m);

typedef struct QVNetPair {
    QVirtqueue rx, tx;
    uint64_t rx_buf; /* guest address of rx.size buffers */
    uint16_t *rx_slot; /* buffer number by head */
} QVNetPair;

typedef struct QVNet {
    QVirtio v;
    unsigned hdr_len; /* 10 or 12 */
    uint8_t mac[6];
    unsigned pairs; /* set up */
    QVNetPair pair[QVNET_MAX_PAIRS];
    QVirtqueue ctrl;
    bool has_ctrl;
    uint32_t rx_buf_size;
    unsigned rx_slots; /* at most so many receive buffers */
    bool rx_repost;    /* qvnet_recv() posts what it took again */
    uint64_t tx_buf; /* ring of transmit buffers */
    unsigned tx_next;
} QVNet;

/*
 * features: what to accept besides those the mode says; ~0 for all offered.
 * pairs > 1 needs MQ among them. Receive buffers are posted, DRIVER_OK set.
 */
void qvnet_start(QVNet *n, QTestState *qts, uint8_t bus, uint8_t devfn,
                 const QVNetMode *mode, uint64_t features, unsigned pairs);
/* The same with so many receive buffers (at most) of that size. */
void qvnet_start_sized(QVNet *n, QTestState *qts, uint8_t bus, uint8_t devfn,
                       const QVNetMode *mode, uint64_t features,
                       unsigned pairs, uint32_t rx_buf_size,
                       unsigned rx_slots);
/* Makes receive buffer `slot`, which the device does not have, available. No
 * kick. */
void qvnet_post_rx(QVNet *n, unsigned pair, uint16_t slot);
void qvnet_stop(QVNet *n); /* resets the device, frees the rest */
void qvnet_free(QVNet *n); /* where the emulator is gone */

/* One frame on pair 0, hdr NULL: all zero. Waits until the device has used
 * it. Returns false if it never does. */
bool qvnet_send(QVNet *n, const VnetHdr *hdr, const void *frame, size_t len);
bool qvnet_send_on(QVNet *n, unsigned pair, const VnetHdr *hdr,
                   const void *frame, size_t len);
/* As above, without waiting. False if the ring is full. */
bool qvnet_send_nowait(QVNet *n, unsigned pair, const VnetHdr *hdr,
                       const void *frame, size_t len);
void qvnet_reap_tx(QVNet *n, unsigned pair);
/*
 * The next received frame (merged buffers joined), waiting up to timeout_ms;
 * its length, or -1. num_buffers and used lengths are checked on the way.
 * The buffers are posted again.
 */
ssize_t qvnet_recv(QVNet *n, unsigned pair, VnetHdr *hdr, void *frame,
                   size_t max, int timeout_ms);
/* The ack byte (0 OK, 1 ERR), or -1 if the device never answered. */
int qvnet_ctrl(QVNet *n, uint8_t class, uint8_t cmd, const void *data,
               size_t len);

#endif
