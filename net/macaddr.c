/*
 * Ethernet addresses: parsing them, and giving default ones to NICs that were
 * not told theirs.
 *
 * Defaults count up from 52:54:00:12:34:56, as in QEMU. Only addresses in that
 * block are remembered, so that a NIC that names one explicitly is not given
 * a twin.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/net.h"

static const uint8_t default_prefix[5] = { 0x52, 0x54, 0x00, 0x12, 0x34 };
#define DEFAULT_FIRST 0x56

/* How many NICs use 52:54:00:12:34:xx. */
static unsigned users[256];

bool net_parse_macaddr(uint8_t mac[ETH_ALEN], const char *p)
{
    uint8_t out[ETH_ALEN];

    for (int i = 0; i < ETH_ALEN; i++) {
        unsigned v = 0;
        int digits = 0;

        if (i > 0 && *p++ != ':' && p[-1] != '-') {
            return false;
        }
        while (digits < 2 && g_ascii_isxdigit(*p)) {
            v = v * 16 + g_ascii_xdigit_value(*p++);
            digits++;
        }
        if (digits == 0) {
            return false;
        }
        out[i] = v;
    }
    if (*p) {
        return false;
    }
    memcpy(mac, out, ETH_ALEN);
    return true;
}

static bool is_default(const MACAddr *macaddr)
{
    return memcmp(macaddr->a, default_prefix, sizeof(default_prefix)) == 0;
}

/* Counts up from the first, around the block; the first again when all of it
 * is in use. */
static uint8_t next_free(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(users); i++) {
        uint8_t last = DEFAULT_FIRST + i;

        if (users[last] == 0) {
            return last;
        }
    }
    return DEFAULT_FIRST;
}

void qemu_macaddr_default_if_unset(MACAddr *macaddr)
{
    static const MACAddr zero;

    if (memcmp(macaddr, &zero, sizeof(zero)) == 0) {
        memcpy(macaddr->a, default_prefix, sizeof(default_prefix));
        macaddr->a[5] = next_free();
    }
    if (is_default(macaddr)) {
        users[macaddr->a[5]]++;
    }
}

void qemu_macaddr_release(const MACAddr *macaddr)
{
    if (is_default(macaddr) && users[macaddr->a[5]] > 0) {
        users[macaddr->a[5]]--;
    }
}
