/*
 * The limit: a tap moved by nothing but system calls.
 *
 * Moves the same frames as the guest's device does by the cheapest calls. They
 * are written from as many buffers as the guest has in flight, by write() where
 * header and frame can lie in one piece, by writev() where the guest has the
 * frame in pages; they are read into one buffer, which stays in the cache.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <time.h>

#include "tests/bench/bench.h"
#include "tests/qtest/lib/netns.h"

#define HDR_LEN  VNET_HDR_LEN_V1
#define BUFS     256
#define BUF_SIZE (68 * KiB)
/* Looks at the clock once per so many frames. */
#define CLOCK_EVERY 64

struct BenchRaw {
    BenchPort port;
    int fd;
    uint8_t *bufs;
    BenchFrame frame;
};

BenchRaw *bench_raw_new(const char *ifname, unsigned index)
{
    BenchRaw *raw = g_new0(BenchRaw, 1);
    int hdr_len = HDR_LEN;

    raw->fd = netns_tap_open(ifname, IFF_VNET_HDR);
    g_assert_no_errno(ioctl(raw->fd, TUNSETVNETHDRSZ, &hdr_len));
    g_assert_no_errno(
        ioctl(raw->fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6));
    g_assert_no_errno(fcntl(raw->fd, F_SETFL, O_NONBLOCK));
    bench_port_init(&raw->port, ifname, index);
    raw->bufs = g_malloc0(BUFS * BUF_SIZE);
    return raw;
}

void bench_raw_free(BenchRaw *raw)
{
    bench_port_close(&raw->port);
    close(raw->fd);
    g_free(raw->bufs);
    g_free(raw);
}

static int64_t thread_cpu(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static uint8_t *buffer(BenchRaw *raw, unsigned i)
{
    return raw->bufs + (size_t)i * BUF_SIZE;
}

/* The pieces as tx_add() of bench-guest.c makes them. */
static ssize_t write_frame(const BenchRaw *raw, const BenchCase *c,
                           uint8_t *buf)
{
    size_t left = HDR_LEN + raw->frame.len;
    size_t piece = HDR_LEN + BENCH_GSO_HEADERS;
    struct iovec iov[BENCH_MAX_PIECES];
    unsigned n = 0;

    if (!c->gso) {
        return write(raw->fd, buf, left);
    }
    while (left) {
        g_assert_cmpuint(n, <, BENCH_MAX_PIECES);
        iov[n++] = (struct iovec){buf, piece};
        buf += piece;
        left -= piece;
        piece = MIN(left, BENCH_PIECE);
    }
    return writev(raw->fd, iov, n);
}

static void raw_tx(BenchRaw *raw, const BenchCase *c, int64_t run_ns,
                   BenchResult *r)
{
    uint64_t before = bench_frames_in(&raw->port);
    size_t total = HDR_LEN + raw->frame.len;
    int64_t start, cpu;

    for (unsigned i = 0; i < c->burst; i++) {
        vnet_hdr_encode(&raw->frame.hdr, buffer(raw, i), HDR_LEN, false);
        memcpy(buffer(raw, i) + HDR_LEN, raw->frame.data, raw->frame.len);
    }
    cpu = thread_cpu();
    start = bench_now();
    do {
        for (unsigned i = 0; i < CLOCK_EVERY; i++, r->packets++) {
            uint8_t *buf = buffer(raw, r->packets % c->burst);

            g_assert_cmpint(write_frame(raw, c, buf), ==, total);
        }
        r->wall_ns = bench_now() - start;
    } while (r->wall_ns < run_ns);
    r->cpu_ns = thread_cpu() - cpu;
    g_assert_cmpuint(bench_frames_in(&raw->port) - before, ==, r->packets);
}

static void raw_rx(BenchRaw *raw, const BenchCase *c, int64_t run_ns,
                   BenchResult *r)
{
    ssize_t total = HDR_LEN + raw->frame.len;

    do {
        int64_t start, cpu;

        bench_flood(&raw->port, &raw->frame, c->burst);
        cpu = thread_cpu();
        start = bench_now();
        for (unsigned i = 0; i < c->burst; i++) {
            g_assert_cmpint(read(raw->fd, raw->bufs, BUF_SIZE), ==, total);
        }
        r->wall_ns += bench_now() - start;
        r->cpu_ns += thread_cpu() - cpu;
        r->packets += c->burst;
    } while (r->wall_ns < run_ns);
}

static void raw_ping(BenchRaw *raw, int64_t run_ns, BenchResult *r)
{
    g_autoptr(GArray) times = g_array_new(false, false, sizeof(int64_t));
    int64_t cpu = thread_cpu();
    uint8_t *buf = buffer(raw, 0);
    ssize_t n;

    memset(buf, 0, HDR_LEN);
    do {
        struct iovec iov[2] = {{buf, HDR_LEN},
                               {raw->frame.data, raw->frame.len}};
        int64_t start = bench_now(), took;

        g_assert_cmpint(writev(raw->fd, iov, 2), >, 0);
        do {
            n = read(raw->fd, buffer(raw, 1), BUF_SIZE);
        } while (n < HDR_LEN ||
                 !bench_is_answer(buffer(raw, 1) + HDR_LEN, n - HDR_LEN));
        took = bench_now() - start;
        g_array_append_val(times, took);
        r->wall_ns += took;
        r->packets++;
    } while (r->wall_ns < run_ns);
    r->cpu_ns = thread_cpu() - cpu;
    bench_set_quantiles(r, times);
}

void bench_raw_run(BenchRaw *raw, const BenchCase *c, int64_t run_ns,
                   BenchResult *r)
{
    memset(r, 0, sizeof(*r));
    bench_frame(&raw->frame, &raw->port, c);
    switch (c->kind) {
    case BENCH_TX:
        raw_tx(raw, c, run_ns, r);
        break;
    case BENCH_RX:
        raw_rx(raw, c, run_ns, r);
        break;
    case BENCH_PING:
        raw_ping(raw, run_ns, r);
        break;
    }
}
