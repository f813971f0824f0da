/*
 * The split ring against a driver that breaks the rules: each time the device
 * is broken afterwards, has touched nothing outside what it was given, and
 * works again after a reset. Tests are named after their hazards.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/unit/vring-model.h"
#include "util/bswap.h"

#define RING FAKE_RAM
#define BUFS (FAKE_RAM + 1 * MiB)
#define TABLES (FAKE_RAM + 4 * MiB)
#define NUM 16

static void start_without(FakeVirtio *f, VRingModel *m, int bit)
{
    fake_negotiate(f, fake_offer_without(f, bit, -1));
    vring_model_init(m, f, 0, NUM, RING);
    fake_driver_ok(f);
}

static void start(FakeVirtio *f, VRingModel *m)
{
    start_without(f, m, -1);
}

/* Pops once: nothing comes, and the device says it needs a reset. */
static void expect_broken(FakeVirtio *f, VRingModel *m)
{
    unsigned irqs = f->config_irqs;
    uint64_t errors = f->vdev->errors;

    vring_model_publish(m);
    g_assert_null(virtqueue_pop(m->vq));
    g_assert_true(f->vdev->broken);
    g_assert_cmphex(f->vdev->status & VIRTIO_CONFIG_S_NEEDS_RESET, !=, 0);
    g_assert_cmpuint(f->config_irqs, ==, irqs + 1);
    g_assert_cmpuint(f->vdev->errors, ==, errors + 1);
    g_assert_cmpuint(virtqueue_inuse(m->vq), ==, 0);
    g_assert_cmpuint(f->mmio_accesses, ==, 0);
    /* It stays so, without more ado. */
    g_assert_null(virtqueue_pop(m->vq));
    g_assert_true(virtio_queue_empty(m->vq));
    g_assert_cmpuint(f->vdev->errors, ==, errors + 1);
}

static void expect_works(FakeVirtio *f, VRingModel *m)
{
    ModelSg sg = { BUFS, 8, true };
    VirtQueueElement *e;

    start(f, m);
    vring_model_add(m, &sg, 1, 0, 0, 1);
    vring_model_publish(m);
    e = virtqueue_pop(m->vq);
    g_assert_nonnull(e);
    virtqueue_push(m->vq, e, 8);
    g_assert_true(vring_model_get_used(m, NULL, NULL));
    g_assert_false(f->vdev->broken);
}

/* ----------------------------------------------------------- descriptors */

typedef struct BadChain {
    const char *name;
    int without; /* feature not negotiated */
    /* Up to three descriptors, and up to three in a table at TABLES. */
    struct {
        uint64_t addr;
        uint32_t len;
        uint16_t flags, next;
    } d[3], t[3];
} BadChain;

#define NEXT VRING_DESC_F_NEXT
#define WRITE VRING_DESC_F_WRITE
#define IND VRING_DESC_F_INDIRECT

static const BadChain bad_chains[] = {
    { "zero-length", -1, { { BUFS, 0, 0, 0 } }, {} },
    { "zero-length-second", -1,
      { { BUFS, 8, NEXT, 1 }, { BUFS, 0, WRITE, 0 } }, {} },
    { "write-before-read", -1,
      { { BUFS, 8, NEXT | WRITE, 1 }, { BUFS, 8, 0, 0 } }, {} },
    { "self-loop", -1, { { BUFS, 8, NEXT, 0 } }, {} },
    { "loop", -1,
      { { BUFS, 8, NEXT, 1 }, { BUFS, 8, NEXT, 2 }, { BUFS, 8, NEXT, 1 } },
      {} },
    { "next-out-of-table", -1, { { BUFS, 8, NEXT, NUM } }, {} },
    { "next-ffff", -1, { { BUFS, 8, NEXT, 0xffff } }, {} },
    { "addr-wrap64", -1, { { UINT64_MAX - 3, 8, 0, 0 } }, {} },
    { "addr-wrap64-write", -1, { { UINT64_MAX, 1, WRITE, 0 } }, {} },
    { "len-ffffffff", -1, { { BUFS, 0xffffffff, 0, 0 } }, {} },
    { "past-ram", -1, { { FAKE_RAM2 + FAKE_PAGE - 4, 8, 0, 0 } }, {} },
    { "before-ram", -1, { { FAKE_RAM - 1, 8, 0, 0 } }, {} },
    { "nothing-there", -1, { { 0, 8, 0, 0 } }, {} },
    { "in-mmio", -1, { { FAKE_MMIO, 8, 0, 0 } }, {} },
    { "in-mmio-write", -1, { { FAKE_MMIO, 8, WRITE, 0 } }, {} },
    { "rom-write", -1, { { FAKE_ROM, 8, WRITE, 0 } }, {} },
    { "rom-write-after-read", -1,
      { { FAKE_ROM, 8, NEXT, 1 }, { FAKE_ROM, 8, WRITE, 0 } }, {} },
    { "indirect-zero", -1, { { TABLES, 0, IND, 0 } }, {} },
    { "indirect-odd", -1, { { TABLES, 17, IND, 0 } },
      { { BUFS, 8, 0, 0 } } },
    { "indirect-small", -1, { { TABLES, 8, IND, 0 } },
      { { BUFS, 8, 0, 0 } } },
    { "indirect-nested", -1, { { TABLES, 16, IND, 0 } },
      { { TABLES, 16, IND, 0 } } },
    { "indirect-and-next", -1, { { TABLES, 16, IND | NEXT, 1 },
                                 { BUFS, 8, 0, 0 } },
      { { BUFS, 8, 0, 0 } } },
    { "indirect-unnegotiated", VIRTIO_RING_F_INDIRECT_DESC,
      { { TABLES, 16, IND, 0 } }, { { BUFS, 8, 0, 0 } } },
    { "indirect-in-mmio", -1, { { FAKE_MMIO, 16, IND, 0 } }, {} },
    { "indirect-past-ram", -1,
      { { FAKE_RAM2 + FAKE_PAGE - 16, 32, IND, 0 } }, {} },
    { "indirect-wrap64", -1, { { UINT64_MAX - 15, 32, IND, 0 } }, {} },
    { "indirect-huge", -1, { { TABLES, 0xfffffff0, IND, 0 } }, {} },
    { "indirect-next-out", -1, { { TABLES, 32, IND, 0 } },
      { { BUFS, 8, NEXT, 2 } } },
    { "indirect-loop", -1, { { TABLES, 32, IND, 0 } },
      { { BUFS, 8, NEXT, 1 }, { BUFS, 8, NEXT, 0 } } },
    { "indirect-order", -1,
      { { BUFS, 8, NEXT | WRITE, 1 }, { TABLES, 16, IND, 0 } },
      { { BUFS, 8, 0, 0 } } },
};

static void test_bad_chain(gconstpointer data)
{
    const BadChain *c = data;
    FakeVirtio *f = fake_new(NULL);
    struct vring_desc *t;
    VRingModel m;

    start_without(f, &m, c->without);
    t = fake_ptr(f, TABLES);
    for (unsigned i = 0; i < 3; i++) {
        vring_model_set_desc(&m.vr.desc[i], c->d[i].addr, c->d[i].len,
                             c->d[i].flags, c->d[i].next);
        vring_model_set_desc(&t[i], c->t[i].addr, c->t[i].len, c->t[i].flags,
                             c->t[i].next);
    }
    vring_model_offer(&m, 0);
    expect_broken(f, &m);
    expect_works(f, &m);

    /* The same chain, found by looking ahead instead of by popping: sizes
     * are judged there, places only when popped. */
    start_without(f, &m, c->without);
    for (unsigned i = 0; i < 3; i++) {
        vring_model_set_desc(&m.vr.desc[i], c->d[i].addr, c->d[i].len,
                             c->d[i].flags, c->d[i].next);
    }
    vring_model_offer(&m, 0);
    vring_model_publish(&m);
    if (!virtqueue_avail_bytes(m.vq, 1, 1)) {
        g_assert_cmpuint(f->mmio_accesses, ==, 0);
    }
    fake_free(f);
}

/* ROM may be read, and the WRITE flag of an INDIRECT descriptor is no one's
 * business. */
static void test_odd_but_legal(void)
{
    FakeVirtio *f = fake_new(NULL);
    struct vring_desc *t;
    VirtQueueElement *e;
    VRingModel m;

    start(f, &m);
    t = fake_ptr(f, TABLES);
    vring_model_set_desc(&m.vr.desc[0], FAKE_ROM, 8, NEXT, 1);
    vring_model_set_desc(&m.vr.desc[1], TABLES, 32, IND | WRITE, 0xffff);
    vring_model_set_desc(&t[0], BUFS, 8, NEXT, 1);
    vring_model_set_desc(&t[1], BUFS, 4, WRITE | 0x8000, 0);
    vring_model_offer(&m, 0);
    vring_model_publish(&m);
    e = virtqueue_pop(m.vq);
    g_assert_nonnull(e);
    g_assert_cmpuint(e->out_size, ==, 16);
    g_assert_cmpuint(e->in_size, ==, 4);
    virtqueue_push(m.vq, e, 0);
    fake_free(f);
}

/* Tables that are in order but too long, in descriptors or in bytes. */
static void test_too_long(void)
{
    FakeVirtio *f = fake_new(NULL);
    struct vring_desc *t;
    VRingModel m;

    start(f, &m);
    t = fake_ptr(f, TABLES);
    for (unsigned i = 0; i < VIRTQUEUE_MAX_SIZE + 1; i++) {
        vring_model_set_desc(&t[i], BUFS, 1, i < VIRTQUEUE_MAX_SIZE ? NEXT : 0,
                             i + 1);
    }
    vring_model_set_desc(&m.vr.desc[0], TABLES,
                         16 * (VIRTQUEUE_MAX_SIZE + 1), IND, 0);
    vring_model_offer(&m, 0);
    vring_model_publish(&m);
    g_assert_false(virtqueue_avail_bytes(m.vq, 0, UINT32_MAX));
    g_assert_true(f->vdev->broken);
    start(f, &m);
    vring_model_set_desc(&m.vr.desc[0], TABLES,
                         16 * (VIRTQUEUE_MAX_SIZE + 1), IND, 0);
    vring_model_offer(&m, 0);
    expect_broken(f, &m);

    start(f, &m);
    for (unsigned i = 0; i < 1000; i++) {
        vring_model_set_desc(&t[i], FAKE_RAM, FAKE_RAM_SIZE,
                             i < 999 ? NEXT : 0, i + 1);
    }
    vring_model_set_desc(&m.vr.desc[0], TABLES, 16 * 1000, IND, 0);
    vring_model_offer(&m, 0);
    expect_broken(f, &m);

    /* Every piece spans two regions: too many pieces. */
    start(f, &m);
    for (unsigned i = 0; i < 1000; i++) {
        vring_model_set_desc(&t[i], FAKE_RAM2 - 1, 2, i < 999 ? NEXT : 0,
                             i + 1);
    }
    vring_model_set_desc(&m.vr.desc[0], TABLES, 16 * 1000, IND, 0);
    vring_model_offer(&m, 0);
    expect_broken(f, &m);
    expect_works(f, &m);
    fake_free(f);
}

/* --------------------------------------------------------------- indices */

static void test_head(void)
{
    FakeVirtio *f = fake_new(NULL);
    static const uint16_t heads[] = { NUM, NUM + 1, 0x7fff, 0xffff };
    VRingModel m;

    for (unsigned i = 0; i < G_N_ELEMENTS(heads); i++) {
        start(f, &m);
        vring_model_offer(&m, heads[i]);
        expect_broken(f, &m);
    }
    expect_works(f, &m);
    fake_free(f);
}

/* Every jump of the index that is not 0..size, from several positions. */
static void test_avail_jump(void)
{
    FakeVirtio *f = fake_new(NULL);
    ModelSg sg = { BUFS, 8, true };
    VRingModel m;

    for (unsigned base = 0; base < 3; base++) {
        for (unsigned jump = NUM + 1; jump < 65536; jump += 97) {
            start(f, &m);
            for (unsigned i = 0; i < base; i++) {
                vring_model_add(&m, &sg, 1, 0, 0, 0);
                vring_model_publish(&m);
                virtqueue_push(m.vq, virtqueue_pop(m.vq), 0);
                g_assert_true(vring_model_get_used(&m, NULL, NULL));
            }
            m.avail_idx += jump;
            expect_broken(f, &m);
        }
    }
    /* Back by one is a jump of 65535; so it is for the one that looks. */
    start(f, &m);
    m.avail_idx--;
    vring_model_publish(&m);
    g_assert_false(virtqueue_avail_bytes(m.vq, 1, 0));
    g_assert_true(f->vdev->broken);
    expect_works(f, &m);
    fake_free(f);
}

/* CVE-2016-5403: chains made available again before they are used. */
static void test_inuse(void)
{
    FakeVirtio *f = fake_new(NULL);
    ModelSg sg = { BUFS, 8, true };
    VirtQueueElement *e[2 * NUM];
    VRingModel m;

    start(f, &m);
    for (unsigned i = 0; i < NUM; i++) {
        vring_model_add(&m, &sg, 1, 0, 0, 0);
    }
    vring_model_publish(&m);
    g_assert_cmpuint(virtqueue_pop_batch(m.vq, e, 2 * NUM), ==, NUM);
    g_assert_cmpuint(virtqueue_inuse(m.vq), ==, NUM);
    vring_model_offer(&m, 3);
    vring_model_publish(&m);
    g_assert_null(virtqueue_pop(m.vq));
    g_assert_true(f->vdev->broken);
    /* What is out comes back without a trace in guest memory. */
    for (unsigned i = 0; i < NUM; i++) {
        virtqueue_push(m.vq, e[i], 8);
    }
    g_assert_cmpuint(m.vr.used->idx, ==, 0);
    g_assert_cmpuint(virtqueue_inuse(m.vq), ==, 0);
    expect_works(f, &m);
    fake_free(f);
}

/* A good chain before the bad one is still given out. */
static void test_batch_ends_at_error(void)
{
    FakeVirtio *f = fake_new(NULL);
    ModelSg sg = { BUFS, 8, true };
    VirtQueueElement *e[8];
    VRingModel m;

    start(f, &m);
    vring_model_add(&m, &sg, 1, 0, 0, 0);
    vring_model_add(&m, &sg, 1, 0, 0, 0);
    vring_model_offer(&m, 99);
    vring_model_publish(&m);
    g_assert_cmpuint(virtqueue_pop_batch(m.vq, e, 8), ==, 2);
    g_assert_true(f->vdev->broken);
    virtqueue_push(m.vq, e[0], 0);
    virtqueue_unpop(m.vq, e[1]);
    g_assert_cmpuint(virtqueue_inuse(m.vq), ==, 0);
    fake_free(f);
}

/* ---------------------------------------------------------------- TOCTOU */

/*
 * A thread flips a descriptor between a good and a bad value while chains are
 * popped. An element that comes out is all good; the alternative is an error.
 */
typedef struct Flipper {
    volatile struct vring_desc *d;
    int field;
    int stop;
} Flipper;

static void *flip(void *opaque)
{
    Flipper *fl = opaque;

    for (unsigned i = 0; !__atomic_load_n(&fl->stop, __ATOMIC_RELAXED); i++) {
        switch (fl->field) {
        case 0:
            fl->d->len = GUINT32_TO_LE(i & 1 ? 16 : 0x7fffffff);
            break;
        case 1:
            fl->d->addr = GUINT64_TO_LE(i & 1 ? BUFS : FAKE_MMIO);
            break;
        default:
            fl->d->flags =
                GUINT16_TO_LE(i & 1 ? VRING_DESC_F_WRITE
                                    : VRING_DESC_F_NEXT | IND);
        }
    }
    return NULL;
}

static void test_toctou(void)
{
    FakeVirtio *f = fake_new(NULL);
    unsigned good = 0, bad = 0;
    VirtQueueElement *e;
    VRingModel m;

    for (int field = 0; field < 3; field++) {
        Flipper fl = { .field = field };
        GThread *t;

        start(f, &m);
        fl.d = &m.vr.desc[0];
        vring_model_set_desc(&m.vr.desc[0], BUFS, 16, VRING_DESC_F_WRITE, 0);
        t = g_thread_new("flip", flip, &fl);
        good = bad = 0;
        while (good < 300 || bad < 300) {
            vring_model_offer(&m, 0);
            vring_model_publish(&m);
            e = virtqueue_pop(m.vq);
            if (e) {
                good++;
                g_assert_cmpuint(e->in_num, ==, 1);
                g_assert_cmpuint(e->in_size, ==, 16);
                g_assert_cmpuint(e->in_sg->iov_len, ==, 16);
                g_assert_true(e->in_sg->iov_base == fake_ptr(f, BUFS));
                virtqueue_push(m.vq, e, 16);
                continue;
            }
            bad++;
            g_assert_true(f->vdev->broken);
            fake_negotiate(f, fake_offer_without(f, -1));
            m.avail_idx = 0;
            vring_model_publish(&m);
            m.vr.used->idx = 0;
            g_assert_true(vring_model_enable(&m));
            fake_driver_ok(f);
        }
        __atomic_store_n(&fl.stop, 1, __ATOMIC_RELAXED);
        g_thread_join(t);
    }
    g_assert_cmpuint(f->mmio_accesses, ==, 0);
    fake_free(f);
}

/* ------------------------------------------------------------ random bytes */

/* Descriptors, tables and indices of random, mostly small, numbers. */
static uint64_t random_value(void)
{
    static const uint64_t some[] = {
        0, 1, 8, 16, 32, 0xffff, BUFS, TABLES, RING, FAKE_RAM2, FAKE_MMIO,
        FAKE_ROM, UINT64_MAX, 0xffffffff, TABLES + 16, FAKE_RAM2 - 8,
    };

    return some[g_test_rand_int_range(0, G_N_ELEMENTS(some))];
}

/* Now and then anything, else what makes a good descriptor. */
static uint64_t mostly(uint64_t good)
{
    return g_test_rand_int_range(0, 12) ? good : random_value();
}

static void test_random(void)
{
    FakeVirtio *f = fake_new(NULL);
    VirtQueueElement *e[NUM];
    unsigned popped = 0;
    VRingModel m;

    for (unsigned round = 0; round < 20000; round++) {
        struct vring_desc *t;
        unsigned n;

        start(f, &m);
        t = fake_ptr(f, TABLES);
        for (unsigned i = 0; i < 8; i++) {
            bool ind = !g_test_rand_int_range(0, 3);

            vring_model_set_desc(&m.vr.desc[i], mostly(ind ? TABLES : BUFS),
                                 mostly(16u << g_test_rand_int_range(0, 3)),
                                 mostly(ind ? IND : (i > 2) * WRITE),
                                 mostly(g_test_rand_int_range(0, NUM)));
            vring_model_set_desc(&t[i], mostly(BUFS + 64 * i),
                                 mostly(1 + i),
                                 mostly((i > 2) * WRITE | (i < 5) * NEXT),
                                 mostly(i + 1));
        }
        for (unsigned i = 0; i < 4; i++) {
            vring_model_offer(&m, mostly(i));
        }
        vring_model_publish(&m);
        virtqueue_avail_bytes(m.vq, g_test_rand_int(), g_test_rand_int());
        n = virtqueue_pop_batch(m.vq, e, NUM);
        popped += n;
        for (unsigned i = 0; i < n; i++) {
            for (unsigned k = 0; k < e[i]->in_num; k++) {
                /* Writable pieces are where they may be written. */
                uint8_t *p = e[i]->in_sg[k].iov_base;
                size_t len = e[i]->in_sg[k].iov_len;

                g_assert_true((p >= f->ram && p + len <= f->ram +
                                                             FAKE_RAM_SIZE) ||
                              (p >= f->ram2 && p + len <= f->ram2 +
                                                              FAKE_PAGE));
            }
            virtqueue_fill(m.vq, e[i], 1, i);
        }
        virtqueue_flush(m.vq, n);
        virtio_notify(f->vdev, m.vq);
        g_assert_cmpuint(virtqueue_inuse(m.vq), ==, 0);
    }
    g_test_message("%u chains popped", popped);
    g_assert_cmpuint(f->mmio_accesses, ==, 0);
    fake_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_init();
    for (unsigned i = 0; i < G_N_ELEMENTS(bad_chains); i++) {
        g_autofree char *path =
            g_strdup_printf("/virtio/hostile/ring-%s", bad_chains[i].name);

        g_test_add_data_func(path, &bad_chains[i], test_bad_chain);
    }
    g_test_add_func("/virtio/hostile/odd-but-legal", test_odd_but_legal);
    g_test_add_func("/virtio/hostile/too-long", test_too_long);
    g_test_add_func("/virtio/hostile/ring-head", test_head);
    g_test_add_func("/virtio/hostile/ring-avail-jump", test_avail_jump);
    g_test_add_func("/virtio/hostile/ring-inuse", test_inuse);
    g_test_add_func("/virtio/hostile/batch-ends-at-error",
                    test_batch_ends_at_error);
    g_test_add_func("/virtio/hostile/ring-toctou-flip", test_toctou);
    g_test_add_func("/virtio/hostile/random", test_random);
    return g_test_run();
}
