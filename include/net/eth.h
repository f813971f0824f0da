/*
 * Ethernet, IPv4, IPv6, UDP and TCP as they lie in a frame. Fields are read
 * and written with the unaligned helpers of util/bswap.h at these offsets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_ETH_H
#define NET_ETH_H

#include "util/osdep.h"

#define ETH_ALEN 6
#define ETH_HLEN 14
#define ETH_ZLEN 60 /* shortest frame on a wire, without FCS */

#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define ETH_P_RARP 0x8035
#define ETH_P_VLAN 0x8100
#define ETH_P_DVLAN 0x88a8
#define ETH_P_IPV6 0x86dd
#define ETH_P_NCSI 0x88f8

typedef struct MACAddr {
    uint8_t a[ETH_ALEN];
} MACAddr;

#define MAC_FMT "%02x:%02x:%02x:%02x:%02x:%02x"
#define MAC_ARG(p) (p)[0], (p)[1], (p)[2], (p)[3], (p)[4], (p)[5]

static inline bool is_multicast_ether_addr(const uint8_t *addr)
{
    return addr[0] & 0x01;
}

static inline bool is_broadcast_ether_addr(const uint8_t *addr)
{
    return (addr[0] & addr[1] & addr[2] & addr[3] & addr[4] & addr[5]) == 0xff;
}

/* Parses 52:54:00:12:34:56 ('-' separators too); false if malformed. */
bool net_parse_macaddr(uint8_t mac[ETH_ALEN], const char *p);

#endif
