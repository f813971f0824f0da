/*
 * A guest on a tap: the kernel of this process's namespace is the host at
 * 10.77.0.1, the driver the guest at 10.77.0.2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_TAPNET_H
#define TESTS_TAPNET_H

#include "tests/qtest/lib/netns.h"
#include "tests/qtest/lib/qip.h"
#include "tests/qtest/lib/qvnet.h"

#define TAPNET_IF "tap0"
#define TAPNET_SLOT 4
#define TAPNET_GUEST_PORT 7001
#define TAPNET_HOST_PORT 7000

typedef struct TapNet {
    QTestState *qts;
    QVNet net; /* valid between tapnet_driver() and _driver_stop() */
    bool driver;
    QIPEnd guest, host;
    uint8_t frame[70000]; /* the last received */
    ssize_t frame_len;
    VnetHdr hdr;
} TapNet;

/* netns_enter() must have succeeded. The options are appended to -netdev tap
 * and -device virtio-net-pci, each with a comma in front. queues > 1: a
 * multiqueue tap and mq=on. */
TapNet *tapnet_new(const char *netdev_options, const char *device_options,
                   unsigned queues);
/* Everything on pci 4.0, from reset. NULL mode: modern, all of it on. */
void tapnet_driver(TapNet *t, const QVNetMode *mode, uint64_t features,
                   unsigned pairs);
void tapnet_driver_stop(TapNet *t);
/* Ends it cleanly, and the tap with it. */
void tapnet_free(TapNet *t);

/* The next packet for the guest, answering ARP on the way; QIP_OTHER when
 * none came in time. Damaged packets fail the test. */
QIPPacket tapnet_next(TapNet *t, int timeout_ms);
/* The next frame with that Ethernet type; its length, or -1. */
ssize_t tapnet_recv_type(TapNet *t, uint16_t ethertype, int timeout_ms);
/* The guest asks for the host's address. */
void tapnet_resolve(TapNet *t);
/* The host knows the guest's address without asking. */
void tapnet_static_neighbour(TapNet *t);
bool tapnet_ping(TapNet *t, uint16_t seq, size_t payload);
/* One datagram to `sock`, bound to TAPNET_HOST_PORT, which gets it. */
void tapnet_udp_to_host(TapNet *t, int sock, size_t len, bool offload);
/* And one from it. */
void tapnet_udp_to_guest(TapNet *t, int sock, size_t len);

/*
 * A number of `info network`: behind "KEY=" in the paragraph of the client
 * that begins with "NAME: index=QUEUE". 0 if it is not there. Ours only.
 */
uint64_t tapnet_counter(QTestState *qts, const char *client, unsigned queue,
                        const char *key);
/* CPU time the emulator has used, in milliseconds. */
uint64_t tapnet_cpu_ms(QTestState *qts);

/* Registers /hazard/NAME/MODE for four modes that differ in everything; fn gets
 * the QVNetMode. */
void tapnet_add_hazard(const char *name, GTestDataFunc fn);

#endif
