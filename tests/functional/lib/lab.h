/*
 * What the scenarios of one program share: one guest, since booting is dear,
 * with a network card on a tap and one on user networking.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_FUNCTIONAL_LAB_H
#define TESTS_FUNCTIONAL_LAB_H

#include "tests/functional/lib/guest.h"
#include "tests/functional/lib/peer.h"

#define LAB_TAP_IF "tap0"
#define LAB_TAP_QUEUES 2
#define LAB_TAP_MAC "52:54:00:77:00:02"
#define LAB_USER_MAC "52:54:00:77:00:03"
#define LAB_HUB_MAC "52:54:00:77:00:04"
#define LAB_MTU 4000 /* what the card on user networking tells the guest */

typedef enum NicKind {
    NIC_TAP = 1,  /* the kernel of the test's namespace is at the other end */
    NIC_USER = 2, /* libslirp is */
    NIC_HUB = 4,  /* and another card of the guest, on a hub between them */
} NicKind;

#define NIC_ALL (NIC_TAP | NIC_USER)

typedef struct Nic {
    NicKind kind;
    const char *name; /* in paths of tests */
    const char *id;   /* of the -device; its netdev is that and "-net" */
    const char *mac;
    const char *guest_ip, *host_ip;
    uint32_t guest, host; /* the same as numbers */
    char *ifname;         /* in the guest */
} Nic;

typedef struct LabConfig {
    const char *name; /* the first part of the paths of tests */
    GuestConfig guest;
    const char *device_options; /* of each card; a comma in front */
    const char *pci_id;         /* of each card: "0x1041" is modern only */
    bool legacy;                /* the cards have no modern interface */
    bool multiqueue;            /* the one on the tap */
    bool hub;                   /* with a card of NIC_HUB */
    bool quick;                 /* runs with LAB_QUICK too */
} LabConfig;

typedef struct Lab {
    const LabConfig *config;
    Guest *g; /* NULL: not running */
    Nic nics[3];
    unsigned nnics;
} Lab;

typedef void LabScenario(Lab *lab, Nic *nic);

/* First thing in main(): a namespace; is there an emulator, a guest? */
void lab_init(const LabConfig *config);
/* Registers /NAME/KIND-what for each kind of card in `kinds`; 0: once, with
 * the guest's first card, as /NAME/what. */
void lab_add(const char *what, unsigned kinds, LabScenario *fn);
/* Runs them, with the same guest as long as it lives; main()'s result. */
int lab_run(void);

/* The scenario ended the emulator: the next one gets a new guest. */
void lab_guest_gone(Lab *lab);
/* The guest's side of a card: found by its MAC address, up, with addresses. */
void lab_nic_up(Lab *lab, Nic *nic);
void lab_all_up(Lab *lab);

/* $FUNCTIONAL_EFFORT: how long scenarios go on. */
typedef enum LabEffort {
    LAB_QUICK, /* where everything is slow, sanitizers: one program only */
    LAB_USUAL,
    LAB_FULL,
} LabEffort;

LabEffort lab_effort(void);
/* What of the three is wanted. */
uint64_t lab_choose(uint64_t quick, uint64_t usual, uint64_t full);

/* TCP from the guest to the host and back; the bytes must be the same. */
void lab_tcp_to_host(Lab *lab, Nic *nic, uint64_t bytes);
void lab_tcp_to_guest(Lab *lab, Nic *nic, uint64_t bytes);
/* The guest pings the host; true if all `count` were answered. */
bool lab_ping_host(Lab *lab, Nic *nic, unsigned payload, unsigned count);
/* Brief proof that a card works. */
void lab_check_works(Lab *lab, Nic *nic);

#endif
