/*
 * What the files of the network layer share with each other only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_INTERNAL_H
#define NET_INTERNAL_H

#include "net/net.h"

/* ---------------------------------------------------------------- client.c */

/* All clients, oldest first. */
extern TAILQ_HEAD(NetClientList, NetClientState) net_clients;

/*
 * Sets the link of all queues named like nc, tells the client, and, if its
 * peer is a NIC, does the same there. For set_link, and for a backend whose
 * host end has gone for good.
 */
void net_client_set_link(NetClientState *nc, bool up);

/* --------------------------------------------------------------- offload.c */

#define NET_ADAPT_IOV 64

/* Room for one packet in the form its receiver wants. */
typedef struct NetAdapted {
    const struct iovec *iov;
    int iovcnt;
    uint8_t hdr[32];
    struct iovec room[NET_ADAPT_IOV];
} NetAdapted;

/*
 * Rewrites a packet of `size` bytes with from_len bytes of vnet header for nc:
 * another header, or none with the checksum completed; padding. False: it
 * cannot be had in that form, and has been dropped.
 */
bool net_adapt_packet(NetClientState *nc, int from_len,
                      const struct iovec *iov, int iovcnt, size_t size,
                      NetAdapted *out);
/* nc->scratch, NET_SCRATCH_SIZE bytes. */
uint8_t *net_client_scratch(NetClientState *nc);
#define NET_SCRATCH_SIZE (NET_BUFSIZE + 32)

/* ------------------------------------------------------------------- net.c */

/* Makes the client; is_netdev: for -netdev, else for -net. */
bool net_client_init(const Netdev *netdev, bool is_netdev, Error **errp);
/* Members of -netdev, "type" and "id" included. NULL with *errp on error. */
Netdev *net_netdev_from_json(json_t *opts, bool keyval, Error **errp);

/* ------------------------------------------------------------- nic-table.c */

NetClientInitFn net_init_nic;
/* For -nic: the next entry, and the netdev it goes with. */
bool net_nic_reserve(const char *model, const char *mac, Error **errp);
bool net_nic_attach(const char *id);
/* On stdout. */
void net_show_nic_models(const char *header);
/* Warns about entries that no board took. */
void net_nic_check(void);
void net_nic_cleanup(void);

/* ------------------------------------------------------------------- hub.c */

typedef struct NetHub NetHub;
typedef struct NetHubPort NetHubPort;

/* A new port of hub `hub_id`, which is made if need be, connected to peer
 * (may be NULL). name NULL: "hubNportM". */
NetClientState *net_hub_add_port(int hub_id, const char *name,
                                 NetClientState *peer);
/* Packets that wait in front of port's hub can move again; true if any did. */
bool net_hub_flush(NetClientState *port);
/* The hub that nc is a port of, or is connected to; false if none. */
bool net_hub_id_for_client(const NetClientState *nc, int *id);
/* The lines of `info network` about hubs. */
void net_hub_info(GString *out);
void net_hub_check_clients(void);

/* ---------------------------------------------------------------- filter.c */

/* Deletes the filters that stand on nc, which is about to go. */
void net_filters_delete(NetClientState *nc);

/* -------------------------------------------------------------- announce.c */

void net_announce_cleanup(void);

/* ------------------------------------------------------------------ info.c */

/* "id: index=0,type=tap,..." and the counters, each line behind `indent`. */
void net_client_info_append(GString *out, const char *indent,
                            NetClientState *nc);

#endif
