/*
 * Packets between guest and host, as ordinary programs send them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/functional/scenarios.h"
#include "tests/qtest/lib/tapnet.h"

#define MB UINT64_C(1000000)
#define FLOOD_PORT 7777
#define RING (2 * 256) /* descriptors of all transmit queues */

void scenario_ping(Lab *lab, Nic *nic)
{
    g_assert_true(lab_ping_host(lab, nic, 56, 3));
    g_assert_true(lab_ping_host(lab, nic, 1372, 2));
    if (nic->kind == NIC_TAP) {
        g_assert_cmpuint(peer_ping(nic->guest, 56, 3, guest_ms(10)), ==, 3);
    }
}

/* Nearly 64 KiB, in more than 40 fragments; not every libslirp can. */
void scenario_large_ping(Lab *lab, Nic *nic)
{
    g_assert_true(lab_ping_host(lab, nic, 65000, 2));
    g_assert_cmpuint(peer_ping(nic->guest, 65000, 2, guest_ms(10)), ==, 2);
}

void scenario_tcp(Lab *lab, Nic *nic)
{
    uint64_t bytes = lab_choose(3 * MB, 50 * MB, 50 * MB);

    lab_tcp_to_host(lab, nic, bytes);
    lab_tcp_to_guest(lab, nic, bytes);
}

/* ---------------------------------------------------------------- offloads */

/* What the driver leaves to the card, and whether it is on: bits of the
 * combination. */
static const char *const offload_names[] = { "tx", "sg", "tso", "gso", "gro" };

/* Combinations that differ in what reaches the device. */
static const unsigned usual_combinations[] = {
    0x1f, /* all */
    0x00, /* nothing */
    0x01, /* checksums only */
    0x03, /* and several pieces */
    0x0f, /* large packets out, none put together on the way in */
    0x1b, /* no TSO: the stack cuts */
};

/* Switched off, the last thing that needs another first. */
static bool set_offloads(Lab *lab, Nic *nic, unsigned on)
{
    g_autoptr(GString) command = g_string_new(NULL);

    for (int i = 0; i < ARRAY_SIZE(offload_names); i++) {
        g_string_append_printf(command, "%sethtool -K %s %s %s",
                               i ? "; " : "", nic->ifname, offload_names[i],
                               on & (1u << i) ? "on" : "off");
    }
    return guest_try(lab->g, NULL, "%s", command->str) == 0;
}

static bool makes_sense(unsigned on)
{
    bool tx = on & 1, sg = on & 2, tso = on & 4;

    /* The stack turns off what lacks what it needs. */
    return !tso || (tx && sg);
}

static uint64_t offload_bytes(void)
{
    return lab_choose(MB / 2, 3 * MB, 50 * MB);
}

static void try_combination(Lab *lab, Nic *nic, unsigned on)
{
    g_test_message("offloads 0x%02x", on);
    set_offloads(lab, nic, on);
    lab_tcp_to_host(lab, nic, offload_bytes());
    lab_tcp_to_guest(lab, nic, offload_bytes());
}

/* Whether the host may send large packets is the card's feature, and the
 * driver tells it by a control command. */
static void switch_guest_offloads(Lab *lab, Nic *nic)
{
    g_free(guest_run(lab->g, "ethtool -K %s rx-gro-hw off", nic->ifname));
    lab_tcp_to_guest(lab, nic, offload_bytes());
    g_free(guest_run(lab->g, "ethtool -K %s rx-gro-hw on", nic->ifname));
    lab_tcp_to_guest(lab, nic, offload_bytes());
}

void scenario_offloads(Lab *lab, Nic *nic)
{
    if (lab_effort() == LAB_FULL) {
        for (unsigned on = 0; on < 1u << ARRAY_SIZE(offload_names); on++) {
            if (makes_sense(on)) {
                try_combination(lab, nic, on);
            }
        }
    } else {
        for (int i = 0; i < ARRAY_SIZE(usual_combinations); i++) {
            try_combination(lab, nic, usual_combinations[i]);
        }
    }
    set_offloads(lab, nic, 0x1f);
    if (nic->kind == NIC_TAP) { /* user networking has no large packets */
        switch_guest_offloads(lab, nic);
    }
}

/* ------------------------------------------------------------------- flood */

/* A counter of the interface in the guest. */
static uint64_t counter(Lab *lab, Nic *nic, const char *name)
{
    return guest_number(lab->g, "cat /sys/class/net/%s/statistics/%s",
                        nic->ifname, name);
}

/* What the driver counted, and what the card did; only ours does. */
typedef struct Counters {
    uint64_t guest_tx, guest_rx, card_tx, card_rx;
} Counters;

static uint64_t card_counter(Lab *lab, Nic *nic, const char *key)
{
    QTestState *qts = guest_qts(lab->g);
    uint64_t sum = 0;

    for (unsigned q = 0; qtest_is_ours() && q < LAB_TAP_QUEUES; q++) {
        sum += tapnet_counter(qts, nic->id, q, key);
    }
    return sum;
}

static Counters read_counters(Lab *lab, Nic *nic)
{
    Counters c;

    c.card_rx = card_counter(lab, nic, "rx packets");
    c.guest_tx = counter(lab, nic, "tx_packets");
    c.guest_rx = counter(lab, nic, "rx_packets") +
        counter(lab, nic, "rx_dropped");
    c.card_tx = card_counter(lab, nic, "tx packets");
    return c;
}

/*
 * Every packet the card delivered has reached the driver, and every packet it
 * sent went through the card. The driver counts those when it takes the
 * descriptors back, which may be long after, but no more than a ring of them
 * is outstanding.
 */
static void compare_counters(Lab *lab, Nic *nic, const Counters *before)
{
    Counters now = read_counters(lab, nic);
    uint64_t guest_tx = now.guest_tx - before->guest_tx;
    uint64_t card_tx = now.card_tx - before->card_tx;

    g_assert_cmpuint(guest_tx, >, 0);
    g_assert_cmpuint(now.guest_rx, >, before->guest_rx);
    if (qtest_is_ours()) {
        g_assert_cmpuint(now.guest_rx - before->guest_rx, >=,
                         now.card_rx - before->card_rx);
        g_assert_cmpuint(guest_tx, <=, card_tx + RING);
        g_assert_cmpuint(card_tx, <=, guest_tx + RING);
    }
}

void scenario_flood(Lab *lab, Nic *nic)
{
    double seconds = lab_choose(2, 5, 60);
    Counters before = read_counters(lab, nic);
    Peer *tcp_in = peer_tcp_sink();
    Peer *tcp_out = peer_tcp_source(UINT64_MAX, 77, seconds);
    Peer *udp_in = peer_udp_sink();
    Peer *udp_out = nic->kind == NIC_TAP
        ? peer_udp_flood(nic->guest, FLOOD_PORT, 800, seconds) : NULL;
    int jobs[4];
    PeerResult r;

    jobs[0] = guest_spawn(lab->g, "traffic udp-recv %d %g", FLOOD_PORT,
                          udp_out ? seconds + 10 : 0);
    jobs[1] = guest_spawn(lab->g, "traffic tcp-send %s %u 1000000000000 5 %g",
                          nic->host_ip, peer_port(tcp_in), seconds);
    jobs[2] = guest_spawn(lab->g, "traffic tcp-recv %s %u", nic->host_ip,
                          peer_port(tcp_out));
    jobs[3] = guest_spawn(lab->g, "traffic udp-send %s %u 800 %g",
                          nic->host_ip, peer_port(udp_in), seconds);
    for (int i = 3; i >= 0; i--) {
        g_autofree char *text = guest_wait(lab->g, jobs[i]);

        g_test_message("%s", g_strchomp(text));
    }
    r = peer_end(tcp_in);
    g_assert_cmpint(r.error, ==, 0);
    g_assert_cmpuint(r.bytes, >, 0);
    r = peer_end(tcp_out);
    g_assert_cmpint(r.error, ==, 0);
    r = peer_end(udp_in);
    g_assert_cmpuint(r.packets, >, 0);
    if (udp_out) {
        peer_end(udp_out);
    }
    g_usleep(G_USEC_PER_SEC); /* what is under way arrives */
    compare_counters(lab, nic, &before);
    lab_check_works(lab, nic);
}

/* --------------------------------------------------------------------- hub */

/*
 * Two cards and user networking on a hub: each card works, and hears what the
 * other sends into the network.
 */
void scenario_hub(Lab *lab, Nic *nic)
{
    Nic *other = &lab->nics[lab->nnics - 2];
    uint64_t heard;

    g_assert_cmpint(other->kind, ==, NIC_USER);
    g_free(guest_run(lab->g, "ip addr flush dev %s", other->ifname));
    lab_nic_up(lab, nic);
    heard = counter(lab, other, "rx_packets");
    lab_check_works(lab, nic);
    g_assert_cmpuint(counter(lab, other, "rx_packets"), >, heard);
    g_free(guest_run(lab->g, "ip link set %s down", nic->ifname));
    lab_nic_up(lab, other);
    lab_check_works(lab, other);
}
