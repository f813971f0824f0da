/*
 * Pings and TCP between the lab's guest and the host.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/functional/lib/lab.h"

#define SEED 20260906

static void say_speed(Lab *lab, Nic *nic, const char *way, uint64_t bytes,
                      int64_t start)
{
    double seconds = (g_get_monotonic_time() - start) / 1e6;

    g_test_message("%s %s: %.1f MB in %.2f s, %.1f MB/s", nic->name, way,
                   bytes / 1e6, seconds, bytes / 1e6 / seconds);
}

void lab_tcp_to_host(Lab *lab, Nic *nic, uint64_t bytes)
{
    int64_t start = g_get_monotonic_time();
    Peer *sink = peer_tcp_sink();
    g_autofree char *text = guest_run(
        lab->g, "traffic tcp-send %s %u %" PRIu64 " %d", nic->host_ip,
        peer_port(sink), bytes, SEED);
    PeerResult r = peer_end(sink);

    g_assert_cmpint(r.error, ==, 0);
    g_assert_cmpuint(r.bytes, ==, bytes);
    g_assert_cmphex(r.sum, ==, peer_pattern_sum(bytes, SEED));
    say_speed(lab, nic, "guest to host", bytes, start);
}

void lab_tcp_to_guest(Lab *lab, Nic *nic, uint64_t bytes)
{
    int64_t start = g_get_monotonic_time();
    Peer *source = peer_tcp_source(bytes, SEED, 0);
    g_autofree char *text = guest_run(lab->g, "traffic tcp-recv %s %u",
                                      nic->host_ip, peer_port(source));
    PeerResult r = peer_end(source);
    unsigned long long got, sum;

    g_assert_cmpint(r.error, ==, 0);
    g_assert_cmpint(
        sscanf(text, "received %llu bytes, sum %llx", &got, &sum), ==, 2);
    g_assert_cmpuint(got, ==, bytes);
    g_assert_cmphex(sum, ==, peer_pattern_sum(bytes, SEED));
    say_speed(lab, nic, "host to guest", bytes, start);
}

bool lab_ping_host(Lab *lab, Nic *nic, unsigned payload, unsigned count)
{
    g_autofree char *text = NULL;
    g_autofree char *all = g_strdup_printf("%u packets received", count);

    guest_try(lab->g, &text, "ping -c %u -i 0.2 -W 10 -s %u %s", count,
              payload, nic->host_ip);
    return strstr(text, all) != NULL;
}

void lab_check_works(Lab *lab, Nic *nic)
{
    g_assert_true(lab_ping_host(lab, nic, 56, 1));
    if (nic->kind == NIC_TAP) {
        g_assert_cmpuint(peer_ping(nic->guest, 56, 1, guest_ms(10)), ==, 1);
    }
    lab_tcp_to_host(lab, nic, 300000);
    lab_tcp_to_guest(lab, nic, 300000);
}
