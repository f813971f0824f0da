/*
 * Rings a hostile or broken driver would make. Whatever it writes, the device
 * breaks (DEVICE_NEEDS_RESET and a config interrupt on the modern interface),
 * the process lives, and a reset makes the device new.
 *
 * All cases of one interface run on one emulator: each also shows that the
 * one before left nothing behind.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/virtio_pci.h>

#include "tests/qtest/lib/qsocket.h"
#include "tests/qtest/lib/qvnet.h"
#include "util/bswap.h"

#define NEXT 1
#define WRITE 2
#define INDIRECT 4
#define NEEDS_RESET 0x40

typedef enum Target { TARGET_TX, TARGET_RX, TARGET_CTRL, TARGETS } Target;
static const char *const target_names[TARGETS] = { "tx", "rx", "ctrl" };

typedef struct Board {
    QTestState *qts;
    int fd;
} Board;

static Board boards[2]; /* modern, legacy */

static Board *board(bool legacy)
{
    Board *b = &boards[legacy];

    if (!b->qts) {
        b->qts = qsocket_start(&b->fd, "pc", "");
    }
    return b;
}

typedef struct Ring {
    QVNet n;
    QVirtqueue *vq;
    Target target;
    Board *board;
    uint64_t buf; /* a page of guest memory */
} Ring;

/* Writes its hostility to the ring; the caller kicks. */
typedef void HostileFn(Ring *r);

/* ------------------------------------------------------------ hostilities */

static uint16_t write_flag(Ring *r)
{
    return r->target == TARGET_RX ? WRITE : 0;
}

static void head_oob(Ring *r)
{
    qvirtqueue_push_avail(r->vq, r->vq->size);
}

static void head_ffff(Ring *r)
{
    qvirtqueue_push_avail(r->vq, 0xffff);
}

static void next_oob(Ring *r)
{
    qvirtqueue_set_desc(r->vq, 0, r->buf, 64, write_flag(r) | NEXT,
                        r->vq->size);
    qvirtqueue_push_avail(r->vq, 0);
}

static void set_avail_idx(Ring *r, uint16_t idx)
{
    r->vq->avail_idx = idx;
    stw_le_p(r->vq->avail_p + 2, idx);
}

static void avail_jump(Ring *r)
{
    qvirtqueue_set_desc(r->vq, 0, r->buf, 64, write_flag(r), 0);
    set_avail_idx(r, r->vq->size + 1);
}

static void avail_back(Ring *r)
{
    qvirtqueue_set_desc(r->vq, 0, r->buf, 64, write_flag(r), 0);
    set_avail_idx(r, 0xffff);
}

static void loop_self(Ring *r)
{
    qvirtqueue_set_desc(r->vq, 0, r->buf, 16, write_flag(r) | NEXT, 0);
    qvirtqueue_push_avail(r->vq, 0);
}

static void loop_long(Ring *r)
{
    for (unsigned i = 0; i < r->vq->size; i++) {
        qvirtqueue_set_desc(r->vq, i, r->buf, 1, write_flag(r) | NEXT,
                            (i + 1) % r->vq->size);
    }
    qvirtqueue_push_avail(r->vq, 5);
}

static void zero_length(Ring *r)
{
    qvirtqueue_set_desc(r->vq, 0, r->buf, 0, write_flag(r), 0);
    qvirtqueue_push_avail(r->vq, 0);
}

/* A single indirect descriptor of that length; the table is at r->buf. */
static void indirect(Ring *r, uint32_t len, uint16_t more_flags)
{
    qvirtqueue_set_desc(r->vq, 0, r->buf, len, INDIRECT | more_flags, 1);
    qvirtqueue_push_avail(r->vq, 0);
}

static void table_entry(Ring *r, unsigned i, uint64_t addr, uint32_t len,
                        uint16_t flags, uint16_t next)
{
    uint8_t *d = qtest_ram(r->board->qts) + r->buf + 16 * i;

    stq_le_p(d, addr);
    stl_le_p(d + 8, len);
    stw_le_p(d + 12, flags);
    stw_le_p(d + 14, next);
}

static void indirect_zero(Ring *r)
{
    indirect(r, 0, 0);
}

static void indirect_odd(Ring *r)
{
    table_entry(r, 0, r->buf + 2048, 64, write_flag(r), 0);
    indirect(r, 17, 0);
}

static void indirect_nested(Ring *r)
{
    table_entry(r, 0, r->buf, 16, INDIRECT, 0);
    indirect(r, 16, 0);
}

static void indirect_next(Ring *r)
{
    table_entry(r, 0, r->buf + 2048, 64, write_flag(r), 0);
    qvirtqueue_set_desc(r->vq, 1, r->buf + 2048, 64, write_flag(r), 0);
    indirect(r, 16, NEXT);
}

static void indirect_loop(Ring *r)
{
    table_entry(r, 0, r->buf + 2048, 16, write_flag(r) | NEXT, 1);
    table_entry(r, 1, r->buf + 2048, 16, write_flag(r) | NEXT, 0);
    indirect(r, 32, 0);
}

static void indirect_next_oob(Ring *r)
{
    table_entry(r, 0, r->buf + 2048, 16, write_flag(r) | NEXT, 2);
    indirect(r, 32, 0);
}

static void indirect_huge(Ring *r)
{
    indirect(r, 0xfffffff0, 0);
}

static void indirect_not_ram(Ring *r)
{
    qvirtqueue_set_desc(r->vq, 0, UINT64_C(0xfffffffffffffff0), 64, INDIRECT,
                        0);
    qvirtqueue_push_avail(r->vq, 0);
}

static void indirect_unnegotiated(Ring *r)
{
    indirect_nested(r);
}

static void addr_wrap(Ring *r)
{
    qvirtqueue_set_desc(r->vq, 0, UINT64_MAX - 15, 64, write_flag(r), 0);
    qvirtqueue_push_avail(r->vq, 0);
}

static void addr_top(Ring *r)
{
    qvirtqueue_set_desc(r->vq, 0, UINT64_MAX, 1, write_flag(r), 0);
    qvirtqueue_push_avail(r->vq, 0);
}

static void addr_past_ram(Ring *r)
{
    qvirtqueue_set_desc(r->vq, 0, QTEST_RAM_SIZE - 16, 64, write_flag(r), 0);
    qvirtqueue_push_avail(r->vq, 0);
}

static void len_huge(Ring *r)
{
    qvirtqueue_set_desc(r->vq, 0, r->buf, 0xffffffff, write_flag(r), 0);
    qvirtqueue_push_avail(r->vq, 0);
}

static void len_sum(Ring *r)
{
    /* Every part is RAM, the sum is over 2^32. */
    for (unsigned i = 0; i < r->vq->size; i++) {
        qvirtqueue_set_desc(r->vq, i, 0x100000, 0x3e00000,
                            write_flag(r) |
                            (i + 1 < r->vq->size ? NEXT : 0), i + 1);
    }
    if (r->vq->size * UINT64_C(0x3e00000) <= UINT32_MAX) {
        next_oob(r); /* a short ring cannot sum up so far */
        return;
    }
    qvirtqueue_push_avail(r->vq, 0);
}

static void own_bar(Ring *r)
{
    const QPCIBar *bar = &r->n.v.pci.bars[r->n.v.legacy ? 1 : 4];

    qvirtqueue_set_desc(r->vq, 0, bar->addr, 64, write_flag(r), 0);
    qvirtqueue_push_avail(r->vq, 0);
}

static void order(Ring *r)
{
    qvirtqueue_set_desc(r->vq, 0, r->buf, 64, WRITE | NEXT, 1);
    qvirtqueue_set_desc(r->vq, 1, r->buf, 64, 0, 0);
    qvirtqueue_push_avail(r->vq, 0);
}

typedef struct Hostility {
    const char *name;
    HostileFn *fn;
    bool no_indirect; /* do not negotiate it */
} Hostility;

/* covers DAI-01, DDT-01, DDT-02, DID-01, DID-02, DID-03, DID-04, DMF-01,
 * DMF-02, SI-01 */
static const Hostility hostilities[] = {
    { "ring-head-oob", head_oob },
    { "ring-head-ffff", head_ffff },
    { "ring-next-oob", next_oob },
    { "ring-avail-jump", avail_jump },
    { "ring-avail-back", avail_back },
    { "ring-loop", loop_self },
    { "ring-loop-long", loop_long },
    { "ring-zero-length", zero_length },
    { "ring-indirect-zero", indirect_zero },
    { "ring-indirect-odd", indirect_odd },
    { "ring-indirect-nested", indirect_nested },
    { "ring-indirect-unnegotiated", indirect_unnegotiated, true },
    { "ring-indirect-next", indirect_next },
    { "ring-indirect-loop", indirect_loop },
    { "ring-indirect-next-oob", indirect_next_oob },
    { "ring-indirect-huge", indirect_huge },
    { "ring-indirect-not-ram", indirect_not_ram },
    { "ring-addr-wrap64", addr_wrap },
    { "ring-addr-top", addr_top },
    { "ring-addr-past-ram", addr_past_ram },
    { "ring-len-huge", len_huge },
    { "ring-len-sum", len_sum },
    { "ring-in-own-bar", own_bar },
    { "ring-order", order },
};

typedef struct Case {
    const Hostility *h;
    Target target;
    bool legacy;
} Case;

/* ------------------------------------------------------------------ frame */

/* Takes back what qvnet_start() posted: the ring is the test's. */
static void fresh_ring(Ring *r)
{
    QVirtqueue *vq = r->vq;
    QVirtio *v = &r->n.v;

    if (r->target != TARGET_RX) {
        return;
    }
    /* A new life of the device in which only this queue has been set up. */
    qvirtio_negotiate(v, v->features);
    qvirtqueue_free(vq);
    qvirtqueue_init(vq, v, 0, 0);
    qvirtio_driver_ok(v);
}

static void ring_start(Ring *r, const Case *c)
{
    QVNetMode mode = { .legacy = c->legacy, .mergeable = true,
                       .indirect = !c->h->no_indirect };

    r->board = board(c->legacy);
    r->target = c->target;
    qvnet_start(&r->n, r->board->qts, 0, QSOCKET_DEVFN, &mode,
                QVIRTIO_BIT(QVNET_F_CTRL_VQ) | QVIRTIO_BIT(QVNET_F_STATUS) |
                QVIRTIO_BIT(QVNET_F_CTRL_RX), 1);
    r->vq = c->target == TARGET_TX   ? &r->n.pair[0].tx
            : c->target == TARGET_RX ? &r->n.pair[0].rx
                                     : &r->n.ctrl;
    fresh_ring(r);
    r->buf = qtest_alloc(r->board->qts, 4096);
    if (!c->legacy) {
        qvirtio_common_write(&r->n.v, VIRTIO_PCI_COMMON_MSIX, 0, 2);
    }
}

static bool broken(Ring *r)
{
    for (int i = 0; i < 2000; i++) {
        if (qvirtio_get_status(&r->n.v) & NEEDS_RESET) {
            return true;
        }
        g_usleep(500);
    }
    return false;
}

/* Traffic both ways on a device started anew. */
static void check_works(Board *b, bool legacy)
{
    QVNetMode mode = { .legacy = legacy, .mergeable = true, .indirect = true,
                       .event_idx = true };
    uint8_t frame[200], got[8192], on = 1;
    ssize_t len;
    QVNet n;

    qvnet_start(&n, b->qts, 0, QSOCKET_DEVFN, &mode,
                QVIRTIO_BIT(QVNET_F_CTRL_VQ) | QVIRTIO_BIT(QVNET_F_CTRL_RX),
                1);
    qsocket_fill(frame, 200, 77);
    g_assert_true(qvnet_send(&n, NULL, frame, 200));
    g_assert_cmpint(qsocket_recv(b->fd, got, sizeof(got), 5000), ==, 200);
    g_assert_cmpmem(frame, 200, got, 200);
    qsocket_send(b->fd, frame, 200);
    do { /* what the broken device had not taken may come first */
        len = qvnet_recv(&n, 0, NULL, got, sizeof(got), 5000);
        g_assert_cmpint(len, >, 0);
    } while (len != 200);
    g_assert_cmpmem(frame, 200, got, 200);
    g_assert_cmpint(qvnet_ctrl(&n, 0, 0, &on, 1), ==, 0);
    qvnet_stop(&n);
}

/* covers ST-02, ST-03, XNR-01 */
static void test_hostile(const void *opaque)
{
    const Case *c = opaque;
    uint8_t frame[64];
    uint16_t used;
    Ring r;

    ring_start(&r, c);
    c->h->fn(&r);
    qvirtqueue_kick_always(r.vq);
    if (c->target == TARGET_RX) {
        qsocket_fill(frame, 64, 1);
        qsocket_send(r.board->fd, frame, 64);
    }
    if (!c->legacy) {
        g_assert_true(broken(&r));
        g_assert_true(qpci_msix_fired(&r.n.v.pci, 0));
    } else {
        g_usleep(3000);
        g_free(qtest_raw(r.board->qts, "clock_step 1000000"));
        g_assert_cmphex(qvirtio_get_status(&r.n.v), ==, 7);
    }
    /* It has not used what it refused, nor what is offered now. */
    set_avail_idx(&r, 0);
    qvirtqueue_set_desc(r.vq, 0, r.buf, 128, write_flag(&r), 0);
    qvirtqueue_push_avail(r.vq, 0);
    qvirtqueue_kick_always(r.vq);
    g_assert_true(qtest_alive(r.board->qts));
    memcpy(&used, r.vq->used_p + 2, 2);
    g_assert_cmpuint(used, ==, 0);
    qvnet_stop(&r.n);
    check_works(r.board, c->legacy);
}

/* ---------------------------------------------------------- rings as such */

static void set_ring(QVirtio *v, uint64_t desc, uint64_t avail, uint64_t used)
{
    const uint64_t addr[] = { desc, avail, used };

    qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_SELECT, 1, 2);
    for (int i = 0; i < 3; i++) {
        unsigned reg = VIRTIO_PCI_COMMON_Q_DESCLO + 8 * i;

        qvirtio_common_write(v, reg, (uint32_t)addr[i], 4);
        qvirtio_common_write(v, reg + 4, addr[i] >> 32, 4);
    }
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_ENABLE, 1, 2);
}

/* Parts of a ring where no RAM is, or misaligned. covers DVA-01 */
static void test_bad_place(void)
{
    Board *b = board(false);
    QVirtio v;

    for (int part = 0; part < 3; part++) {
        uint64_t bad[] = { QTEST_RAM_SIZE, QTEST_RAM_SIZE - 16,
                           UINT64_MAX - 15, UINT64_C(1) << 63, 0xe1000000,
                           0x300001, 0x300002 };

        for (int i = 0; i < ARRAY_SIZE(bad); i++) {
            uint64_t at[3] = { 0x200000, 0x210000, 0x220000 };
            bool harmless = bad[i] == 0x300002 && part == 1;

            qvirtio_init(&v, b->qts, 0, QSOCKET_DEVFN, false, false);
            if (bad[i] == 0xe1000000) {
                bad[i] = v.pci.bars[4].addr; /* its own registers */
            }
            g_assert_true(
                qvirtio_negotiate(&v, QVIRTIO_BIT(QVIRTIO_F_VERSION_1)));
            at[part] = bad[i];
            set_ring(&v, at[0], at[1], at[2]);
            qvirtio_driver_ok(&v);
            qpci_bar_write(&v.pci, v.notify.bar, v.notify.offset +
                           v.notify_multiplier, 1, 2);
            g_test_message("part %d at 0x%" PRIx64, part, bad[i]);
            g_assert_cmphex(!!(qvirtio_get_status(&v) & NEEDS_RESET), ==,
                            !harmless);
            qvirtio_reset(&v);
        }
    }
    check_works(b, false);
}

static void test_bad_place_legacy(void)
{
    static const uint32_t pfns[] = { 0x4000, 0x3fff, 0xffffffff, 0xe1000,
                                     0x80000000 };
    Board *b = board(true);

    for (int i = 0; i < ARRAY_SIZE(pfns); i++) {
        QVirtio v;

        qvirtio_init(&v, b->qts, 0, QSOCKET_DEVFN, true, false);
        qvirtio_negotiate(&v, 0);
        qpci_bar_write(&v.pci, 0, VIRTIO_PCI_QUEUE_SEL, 1, 2);
        qpci_bar_write(&v.pci, 0, VIRTIO_PCI_QUEUE_PFN, pfns[i], 4);
        qvirtio_driver_ok(&v);
        qpci_bar_write(&v.pci, 0, VIRTIO_PCI_QUEUE_NOTIFY, 1, 2);
        qvirtio_reset(&v);
    }
    check_works(b, true);
}

static void end_boards(void)
{
    for (int i = 0; i < 2; i++) {
        if (boards[i].qts) {
            close(boards[i].fd);
            qtest_quit(boards[i].qts);
        }
    }
}

static void add_cases(void)
{
    for (int h = 0; h < ARRAY_SIZE(hostilities); h++) {
        for (int i = 0; i < 2 * TARGETS; i++) {
            Case *c = g_new0(Case, 1);
            g_autofree char *path = NULL;

            c->h = &hostilities[h];
            c->target = i % TARGETS;
            c->legacy = i >= TARGETS;
            path = g_strdup_printf("/hazard/%s/%s-%s", c->h->name,
                                   c->legacy ? "legacy" : "modern",
                                   target_names[c->target]);
            g_test_add_data_func_full(path, c, test_hostile, g_free);
        }
    }
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    if (qtest_is_ours()) {
        add_cases();
        g_test_add_func("/hazard/ring-bad-place/modern", test_bad_place);
        g_test_add_func("/hazard/ring-bad-place/legacy",
                        test_bad_place_legacy);
    }
    ret = g_test_run();
    end_boards();
    return ret;
}
