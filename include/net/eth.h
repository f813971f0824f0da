/*
 * Ethernet, IPv4, IPv6, UDP and TCP as they lie in a frame. Fields are read
 * and written with the unaligned helpers of util/bswap.h at these offsets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_ETH_H
#define NET_ETH_H

#include <linux/if_ether.h> /* ETH_ALEN, ETH_HLEN, ETH_ZLEN, ETH_P_* */

#include "util/osdep.h"

/* The names the kernel has no other spelling for. */
#define ETH_P_VLAN ETH_P_8021Q
#define ETH_P_DVLAN ETH_P_8021AD
#ifndef ETH_P_NCSI
#define ETH_P_NCSI 0x88f8
#endif

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
