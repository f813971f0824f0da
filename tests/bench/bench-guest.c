/*
 * The guest of an emulator, as fast as a guest can be: the rings lie in shared
 * memory, so that moving packets needs the qtest socket for kicks only.
 *
 * A kick by the socket costs the emulator much more than one by an eventfd, and
 * would drown what is measured. So the driver negotiates EVENT_IDX, polls the
 * used ring instead of taking interrupts, and gives descriptors back as soon as
 * they are used: while the device is busy it asks for no kick, and a run of
 * half a second has a handful of them (BenchResult.kicks). Descriptors are
 * written once; what is recycled is the head, in the available ring.
 *
 * Receiving is measured in rounds. Frames are put into the queue of the tap
 * while the device has no buffers and so waits; then the clock starts, and the
 * driver posts exactly as many buffers as the frames take. A sender that
 * floods at the same time would compete with driver and device for two CPUs.
 *
 * A ping cannot do without a kick. It is sent without waiting for the reply of
 * the qtest protocol, which comes while the driver looks for the answer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <time.h>

#include "tests/bench/bench.h"
#include "tests/qtest/lib/netns.h"
#include "tests/qtest/lib/qvnet.h"
#include "util/atomic.h"
#include "util/bswap.h"

#define SLOT        4
#define HDR_LEN     VNET_HDR_LEN_V1
#define TX_BUF_SIZE (68 * KiB)
#define RX_BUF_SIZE 2048
#define PING_BUFS   32
#define STUCK_NS    (20 * INT64_C(1000000000))

struct BenchGuest {
    QTestState *qts;
    BenchPort port;
    clockid_t cpu_clock;
    QVirtio v;
    QVirtqueue rx, tx;
    uint64_t rx_bufs;
    uint32_t rx_buf_size;
    /* Heads of the rx queue that the driver has, oldest first. */
    uint16_t *rx_free;
    unsigned rx_free_first, rx_free_num;
    BenchFrame frame;
};

/* ------------------------------------------------------------------- life */

BenchGuest *bench_guest_new(const char *binary, const char *ifname,
                            unsigned index)
{
    BenchGuest *g = g_new0(BenchGuest, 1);

    g_setenv("QTEST_QEMU_BINARY", binary, true);
    g->qts = qtest_initf(
        "-machine pc -netdev tap,id=n0,ifname=%s,script=no,downscript=no "
        "-device virtio-net-pci,netdev=n0,addr=%x,mac=52:54:00:77:%02x:02,"
        "rx_queue_size=1024",
        ifname, SLOT, index);
    g_assert_cmpint(clock_getcpuclockid(qtest_pid(g->qts), &g->cpu_clock), ==,
                    0);
    bench_port_init(&g->port, ifname, index);
    return g;
}

void bench_guest_free(BenchGuest *g)
{
    bench_port_close(&g->port);
    qtest_quit(g->qts);
    g_free(g);
}

static int64_t cpu_now(BenchGuest *g)
{
    struct timespec ts;

    g_assert_no_errno(clock_gettime(g->cpu_clock, &ts));
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Everything from reset, so that runs do not depend on what was before. */
static void guest_start(BenchGuest *g)
{
    uint64_t features =
        QVIRTIO_BIT(QVNET_F_MAC) | QVIRTIO_BIT(QVNET_F_MRG_RXBUF) |
        QVIRTIO_BIT(QVNET_F_CSUM) | QVIRTIO_BIT(QVNET_F_GUEST_CSUM) |
        QVIRTIO_BIT(QVNET_F_HOST_TSO4) | QVIRTIO_BIT(QVNET_F_HOST_TSO6) |
        QVIRTIO_BIT(QVNET_F_GUEST_TSO4) | QVIRTIO_BIT(QVNET_F_GUEST_TSO6) |
        QVIRTIO_BIT(QVIRTIO_F_INDIRECT_DESC) |
        QVIRTIO_BIT(QVIRTIO_F_EVENT_IDX) | QVIRTIO_BIT(QVIRTIO_F_VERSION_1);

    qtest_alloc_reset(g->qts);
    qvirtio_init(&g->v, g->qts, 0, QPCI_DEVFN(SLOT, 0), false, true);
    g_assert_true(qvirtio_negotiate(&g->v, features));
    g_assert_cmphex(g->v.features, ==, features);
    qvirtqueue_init(&g->rx, &g->v, 0, 0);
    qvirtqueue_init(&g->tx, &g->v, 1, 0);
    qvirtqueue_interrupts(&g->rx, false);
    qvirtqueue_interrupts(&g->tx, false);
    qvirtio_driver_ok(&g->v);
}

static void guest_stop(BenchGuest *g)
{
    qvirtio_reset(&g->v);
    qvirtqueue_free(&g->rx);
    qvirtqueue_free(&g->tx);
    g_clear_pointer(&g->rx_free, g_free);
}

/* ------------------------------------------------------------------ rings */

static uint16_t used_idx(const QVirtqueue *vq)
{
    return le16_to_cpu(
        qatomic_load_acquire((const uint16_t *)(vq->used_p + 2)));
}

static uint16_t used_head(const QVirtqueue *vq, uint16_t pos)
{
    return ldl_le_p(vq->used_p + 4 + 8 * (pos % vq->size));
}

static uint32_t used_bytes(const QVirtqueue *vq, uint16_t pos)
{
    return ldl_le_p(vq->used_p + 8 + 8 * (pos % vq->size));
}

static void put_avail(QVirtqueue *vq, uint16_t head)
{
    stw_le_p(vq->avail_p + 4 + 2 * (vq->avail_idx++ % vq->size), head);
}

static void publish_avail(QVirtqueue *vq)
{
    qatomic_store_release((uint16_t *)(vq->avail_p + 2),
                          cpu_to_le16(vq->avail_idx));
}

/* Everything used becomes available again at once (unless `drain`). */
static unsigned tx_recycle(QVirtqueue *vq, bool drain)
{
    uint16_t used = used_idx(vq);
    unsigned n = 0;

    for (; vq->last_used != used; vq->last_used++, n++) {
        if (!drain) {
            put_avail(vq, used_head(vq, vq->last_used));
        }
    }
    if (n && !drain) {
        publish_avail(vq);
        qvirtqueue_kick(vq);
    }
    return n;
}

/* Heads 0 to num - 1, each of one buffer, wait for rx_post(). */
static void rx_prepare(BenchGuest *g, unsigned num, uint32_t buf_size)
{
    num = MIN(num, g->rx.size);
    g->rx_buf_size = buf_size;
    g->rx_bufs = qtest_alloc(g->qts, (size_t)num * buf_size);
    g->rx_free = g_new(uint16_t, g->rx.size);
    g->rx_free_first = 0;
    g->rx_free_num = num;
    for (unsigned i = 0; i < num; i++) {
        qvirtqueue_set_desc(&g->rx, i, g->rx_bufs + (uint64_t)i * buf_size,
                            buf_size, 2 /* device-writable */, 0);
        g->rx_free[i] = i;
    }
}

static unsigned rx_post(BenchGuest *g, unsigned max)
{
    unsigned n = MIN(max, g->rx_free_num);

    for (unsigned i = 0; i < n; i++) {
        put_avail(&g->rx, g->rx_free[g->rx_free_first++ % g->rx.size]);
    }
    g->rx_free_num -= n;
    if (n) {
        publish_avail(&g->rx);
        qvirtqueue_kick(&g->rx);
    }
    return n;
}

/* Buffers used up to that index are the driver's again. */
static unsigned rx_take(BenchGuest *g, uint16_t used)
{
    unsigned n = 0;

    for (; g->rx.last_used != used; g->rx.last_used++, n++) {
        g->rx_free[(g->rx_free_first + g->rx_free_num++) % g->rx.size] =
            used_head(&g->rx, g->rx.last_used);
    }
    return n;
}

static void check_progress(BenchGuest *g, int64_t since, const char *doing)
{
    if (bench_now() - since > STUCK_NS) {
        g_autofree char *text = qtest_stderr(g->qts);

        g_error("%s: nothing moves while %s\n%s", g->port.ifname, doing, text);
    }
}

/* --------------------------------------------------------------- transmit */

/* The frame as Linux lays it out: in one piece behind its header, or, if it
 * is large, headers first and then pages. */
static void tx_add(BenchGuest *g, const BenchCase *c)
{
    uint64_t addr = qtest_alloc(g->qts, TX_BUF_SIZE);
    uint8_t *p = qtest_ram(g->qts) + addr;
    size_t left = HDR_LEN + g->frame.len;
    size_t piece = c->gso ? HDR_LEN + BENCH_GSO_HEADERS : left;
    QVBuf bufs[BENCH_MAX_PIECES];
    unsigned n = 0;

    vnet_hdr_encode(&g->frame.hdr, p, HDR_LEN, false);
    memcpy(p + HDR_LEN, g->frame.data, g->frame.len);
    while (left) {
        g_assert_cmpuint(n, <, BENCH_MAX_PIECES);
        bufs[n++] = (QVBuf){addr, piece, false};
        addr += piece;
        left -= piece;
        piece = MIN(left, BENCH_PIECE);
    }
    g_assert_cmpint(qvirtqueue_add(&g->tx, bufs, n), >=, 0);
}

static void guest_tx(BenchGuest *g, const BenchCase *c, int64_t run_ns,
                     BenchResult *r)
{
    uint64_t before = bench_frames_in(&g->port), all;
    int64_t start, cpu, last;
    unsigned n;

    for (unsigned i = 0; i < c->burst; i++) {
        tx_add(g, c);
    }
    qvirtqueue_kick(&g->tx);
    cpu = cpu_now(g);
    start = last = bench_now();
    do {
        n = tx_recycle(&g->tx, false);
        r->packets += n;
        if (n) {
            last = bench_now();
        } else {
            bench_relax();
            check_progress(g, last, "sending");
        }
        r->wall_ns = bench_now() - start;
    } while (r->wall_ns < run_ns);
    r->cpu_ns = cpu_now(g) - cpu;
    r->kicks = g->tx.kicks;

    for (all = r->packets; g->tx.last_used != g->tx.avail_idx;) {
        all += tx_recycle(&g->tx, true);
        check_progress(g, last, "ending to send");
    }
    g_assert_cmpuint(bench_frames_in(&g->port) - before, ==, all);
}

/* ---------------------------------------------------------------- receive */

static void rx_round(BenchGuest *g, unsigned bufs)
{
    unsigned to_post = bufs, to_take = bufs;
    int64_t last = bench_now();

    while (to_take) {
        unsigned n = rx_take(g, used_idx(&g->rx));

        to_take -= MIN(n, to_take);
        to_post -= rx_post(g, to_post);
        if (n) {
            last = bench_now();
        } else {
            bench_relax();
            check_progress(g, last, "receiving");
        }
    }
}

static void guest_rx(BenchGuest *g, const BenchCase *c, int64_t run_ns,
                     BenchResult *r)
{
    unsigned per_frame;

    rx_prepare(g, c->gso ? 1024 : 256, c->gso ? BENCH_PIECE : RX_BUF_SIZE);
    per_frame = DIV_ROUND_UP(HDR_LEN + g->frame.len, g->rx_buf_size);
    do {
        int64_t start, cpu;

        bench_flood(&g->port, &g->frame, c->burst);
        g_usleep(200); /* the device finds that it has to wait */
        cpu = cpu_now(g);
        start = bench_now();
        rx_round(g, c->burst * per_frame);
        r->wall_ns += bench_now() - start;
        r->cpu_ns += cpu_now(g) - cpu;
        r->packets += c->burst;
    } while (r->wall_ns < run_ns);
    r->kicks = g->rx.kicks;
}

/* ------------------------------------------------------------------- ping */

/* Sends the kick if the device wants one; it is answered later. */
static bool kick_nowait(QVirtqueue *vq)
{
    QVirtio *v = vq->v;
    g_autofree char *line = NULL;
    uint16_t event;

    smp_mb(); /* as in qvirtqueue_kick() */
    event = ldw_le_p(vq->used_p + 4 + 8 * vq->size);
    if ((uint16_t)(vq->avail_idx - event - 1) >=
        (uint16_t)(vq->avail_idx - vq->kicked_idx)) {
        vq->kicked_idx = vq->avail_idx;
        return false;
    }
    vq->kicked_idx = vq->avail_idx;
    vq->kicks++;
    line = g_strdup_printf("writew 0x%" PRIx64 " 0x%x\n",
                           v->pci.bars[v->notify.bar].addr + vq->notify_off,
                           vq->index);
    qtest_send_bytes(v->pci.qts, line, strlen(line));
    return true;
}

/* The frames that came in; true if the answer is among them. */
static bool ping_take(BenchGuest *g)
{
    uint16_t used = used_idx(&g->rx);
    bool found = false;

    for (uint16_t pos = g->rx.last_used; pos != used; pos++) {
        const uint8_t *buf = qtest_ram(g->qts) + g->rx_bufs +
                             (uint64_t)used_head(&g->rx, pos) * g->rx_buf_size;
        uint32_t len = used_bytes(&g->rx, pos);

        found |= len > HDR_LEN && bench_is_answer(buf + HDR_LEN, len - HDR_LEN);
    }
    rx_take(g, used);
    return found;
}

static void ping_wait(BenchGuest *g, int64_t start)
{
    while (!ping_take(g)) {
        __builtin_ia32_pause();
        check_progress(g, start, "waiting for an answer");
    }
}

/* Head 0 of the tx queue holds the question. */
static int64_t ping_once(BenchGuest *g)
{
    int64_t start = bench_now(), took;
    bool kicked;

    put_avail(&g->tx, 0);
    publish_avail(&g->tx);
    kicked = kick_nowait(&g->tx);
    ping_wait(g, start);
    took = bench_now() - start;
    if (kicked) {
        g_autofree char *reply = qtest_next_reply(g->qts);

        g_assert_cmpstr(reply, ==, "OK");
    }
    rx_post(g, UINT_MAX);
    while (used_idx(&g->tx) != g->tx.avail_idx) {
        __builtin_ia32_pause();
        check_progress(g, start, "waiting for the used question");
    }
    return took;
}

static void guest_ping(BenchGuest *g, const BenchCase *c, int64_t run_ns,
                       BenchResult *r)
{
    g_autoptr(GArray) times = g_array_new(false, false, sizeof(int64_t));
    int64_t cpu;

    rx_prepare(g, PING_BUFS, RX_BUF_SIZE);
    rx_post(g, UINT_MAX);
    tx_add(g, c);
    qvirtqueue_kick(&g->tx);
    ping_wait(g, bench_now());
    rx_post(g, UINT_MAX);
    cpu = cpu_now(g);
    do {
        int64_t took = ping_once(g);

        g_array_append_val(times, took);
        r->wall_ns += took;
        r->packets++;
    } while (r->wall_ns < run_ns);
    r->cpu_ns = cpu_now(g) - cpu;
    r->kicks = g->tx.kicks;
    bench_set_quantiles(r, times);
}

void bench_guest_run(BenchGuest *g, const BenchCase *c, int64_t run_ns,
                     BenchResult *r)
{
    memset(r, 0, sizeof(*r));
    bench_frame(&g->frame, &g->port, c);
    guest_start(g);
    switch (c->kind) {
    case BENCH_TX:
        guest_tx(g, c, run_ns, r);
        break;
    case BENCH_RX:
        guest_rx(g, c, run_ns, r);
        break;
    case BENCH_PING:
        guest_ping(g, c, run_ns, r);
        break;
    }
    guest_stop(g);
}
