/*
 * Announcing NICs: after a move (migration, link change, announce-self) the
 * switches on the way must learn where an address is now.
 *
 * Each round sends a reverse ARP request from every NIC, a broadcast that
 * nobody answers but every switch learns from. A guest that can announce
 * itself (VIRTIO_NET_F_GUEST_ANNOUNCE) is asked to as well: it knows its
 * VLANs and addresses. Rounds follow each other at a distance that grows from
 * `initial` by `step` up to `max` milliseconds.
 *
 * Announcements with different ids run side by side; one with the id of a
 * running one replaces it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net-internal.h"
#include "trace/trace-net.h"
#include "util/bswap.h"

#define ARP_HTYPE_ETHERNET 1
#define ARP_OP_REQUEST_REVERSE 3

#define MAX_INTERVAL_MS 100000
#define MAX_ROUNDS 1000

typedef struct AnnounceTimer {
    TAILQ_ENTRY(AnnounceTimer) next;
    QEMUTimer *timer;
    char *id;          /* "" when it was given none */
    char **interfaces; /* NULL: all NICs */
    int64_t interval, max, step; /* ms */
    int64_t rounds; /* still to do */
} AnnounceTimer;

static TAILQ_HEAD(, AnnounceTimer) timers = TAILQ_HEAD_INITIALIZER(timers);

static void announce_free(AnnounceTimer *at)
{
    trace_qemu_announce_timer_del(at->id[0] != '\0', true, at->id);
    TAILQ_REMOVE(&timers, at, next);
    timer_free(at->timer);
    g_strfreev(at->interfaces);
    g_free(at->id);
    g_free(at);
}

static void build_rarp(uint8_t frame[ETH_ZLEN], const uint8_t *mac)
{
    memset(frame, 0, ETH_ZLEN);
    memset(frame, 0xff, ETH_ALEN);
    memcpy(frame + 6, mac, ETH_ALEN);
    stw_be_p(frame + 12, ETH_P_RARP);
    stw_be_p(frame + 14, ARP_HTYPE_ETHERNET);
    stw_be_p(frame + 16, ETH_P_IP);
    frame[18] = ETH_ALEN;
    frame[19] = 4; /* of an IPv4 address */
    stw_be_p(frame + 20, ARP_OP_REQUEST_REVERSE);
    memcpy(frame + 22, mac, ETH_ALEN); /* sender; its IP address is unknown */
    memcpy(frame + 32, mac, ETH_ALEN); /* target: the same */
}

static bool is_wanted(const AnnounceTimer *at, const NetClientState *nc)
{
    return !at->interfaces ||
           g_strv_contains((const char *const *)at->interfaces, nc->name);
}

static void announce_nic(NICState *nic, void *opaque)
{
    AnnounceTimer *at = opaque;
    NetClientState *nc = qemu_get_queue(nic);
    const uint8_t *mac = nic->conf->macaddr.a;
    bool wanted = is_wanted(at, nc);
    g_autofree char *text = g_strdup_printf(MAC_FMT, MAC_ARG(mac));
    uint8_t frame[ETH_ZLEN];

    trace_qemu_announce_self_iter(at->id, nc->name, text, !wanted);
    if (!wanted) {
        return;
    }
    build_rarp(frame, mac);
    qemu_send_packet_raw(nc, frame, sizeof(frame));
    if (nc->info->announce) {
        nc->info->announce(nc);
    }
}

static void announce_round(void *opaque)
{
    AnnounceTimer *at = opaque;

    qemu_foreach_nic(announce_nic, at);
    if (--at->rounds <= 0) {
        announce_free(at);
        return;
    }
    timer_mod(at->timer, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + at->interval);
    at->interval = MIN(at->interval + at->step, at->max);
}

static AnnounceTimer *announce_find(const char *id)
{
    AnnounceTimer *at;

    TAILQ_FOREACH (at, &timers, next) {
        if (strcmp(at->id, id) == 0) {
            return at;
        }
    }
    return NULL;
}

static char **copy_names(const strList *list)
{
    GPtrArray *names = g_ptr_array_new();

    for (; list; list = list->next) {
        g_ptr_array_add(names, g_strdup(list->value));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

void qemu_announce_self(const AnnounceParameters *params)
{
    static const AnnounceParameters defaults = {
        .initial = 50, .max = 550, .rounds = 5, .step = 100,
    };
    const AnnounceParameters *p = params ? params : &defaults;
    const char *id = p->id ? p->id : "";
    AnnounceTimer *at = announce_find(id);

    if (at) {
        announce_free(at);
    }
    if (p->rounds <= 0) {
        return;
    }
    at = g_new0(AnnounceTimer, 1);
    TAILQ_INSERT_TAIL(&timers, at, next);
    at->id = g_strdup(id);
    if (p->interfaces) {
        at->interfaces = copy_names(p->interfaces);
    }
    at->max = CLAMP(p->max, 1, MAX_INTERVAL_MS);
    at->interval = CLAMP(p->initial, 1, at->max);
    at->step = CLAMP(p->step, 0, MAX_INTERVAL_MS);
    at->rounds = MIN(p->rounds, MAX_ROUNDS);
    at->timer = timer_new_ms(QEMU_CLOCK_REALTIME, announce_round, at);
    announce_round(at);
}

void net_announce_cleanup(void)
{
    AnnounceTimer *at;

    while ((at = TAILQ_FIRST(&timers))) {
        announce_free(at);
    }
}
