/*
 * The split ring against a driver that keeps the rules.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/unit/vring-model.h"
#include "util/bswap.h"
#include "util/iov.h"

#define RING FAKE_RAM
#define BUFS (FAKE_RAM + 1 * MiB)
#define TABLES (FAKE_RAM + 4 * MiB)

static void start(FakeVirtio *f, VRingModel *m, unsigned num, bool event_idx)
{
    fake_negotiate(f, fake_offer_without(
                          f, event_idx ? -1 : VIRTIO_RING_F_EVENT_IDX, -1));
    vring_model_init(m, f, 0, num, RING);
    fake_driver_ok(f);
}

/* One readable word (the cookie), one writable one, in random pieces. */
static void add_random(VRingModel *m, uint64_t cookie, bool indirect)
{
    uint64_t base = BUFS + cookie % m->num * 64;
    unsigned cut_out = g_test_rand_int_range(0, 8);
    unsigned cut_in = g_test_rand_int_range(0, 8);
    ModelSg sg[4];
    unsigned n = 0;

    stq_le_p(fake_ptr(m->f, base), cookie);
    if (cut_out) {
        sg[n++] = (ModelSg){ base, cut_out, false };
    }
    sg[n++] = (ModelSg){ base + cut_out, 8 - cut_out, false };
    if (cut_in) {
        sg[n++] = (ModelSg){ base + 32, cut_in, true };
    }
    sg[n++] = (ModelSg){ base + 32 + cut_in, 8 - cut_in, true };
    vring_model_add(m, sg, n,
                    indirect ? (unsigned)g_test_rand_int_range(0, n + 1) : 0,
                    TABLES + cookie % m->num * 64, cookie);
}

static void answer(VirtQueueElement *e, uint64_t *cookie)
{
    uint8_t raw[8];

    g_assert_cmpuint(e->out_size, ==, 8);
    g_assert_cmpuint(e->in_size, ==, 8);
    g_assert_cmpuint(iov_to_buf(e->out_sg, e->out_num, 0, raw, 8), ==, 8);
    *cookie = ldq_le_p(raw);
    stq_le_p(raw, ~*cookie);
    g_assert_cmpuint(iov_from_buf(e->in_sg, e->in_num, 0, raw, 8), ==, 8);
}

static void collect(VRingModel *m, uint64_t *got)
{
    uint64_t cookie;
    uint32_t len;

    while (vring_model_get_used(m, &cookie, &len)) {
        g_assert_cmpuint(len, ==, 8);
        g_assert_cmphex(
            ldq_le_p(fake_ptr(m->f, BUFS + cookie % m->num * 64 + 32)), ==,
            ~cookie);
        ++*got;
    }
}

/*
 * Far more chains than the index has values, in random batches, completed in
 * random order within a batch: nothing is lost, doubled or mixed up.
 */
static void run_wrap(unsigned num, bool event_idx)
{
    FakeOptions o = { .queue_size = num };
    FakeVirtio *f = fake_new(&o);
    VirtQueueElement *elems[64];
    uint64_t sent = 0, popped = 0, got = 0, cookie;
    VRingModel m;

    start(f, &m, num, event_idx);
    while (got < 70000) {
        /* num * 64 bytes of buffers: a cookie's place must be free. */
        while (m.nr_free >= 5 && sent - got < num / 2 + 1 &&
               g_test_rand_bit()) {
            add_random(&m, sent++, g_test_rand_bit());
        }
        vring_model_publish(&m);
        unsigned n = virtqueue_pop_batch(m.vq, elems,
                                         g_test_rand_int_range(1, 64));

        for (unsigned i = 0; i < n; i++) {
            answer(elems[i], &cookie);
            g_assert_cmpuint(cookie, ==, popped++);
        }
        for (unsigned i = n; i > 1; i--) {
            unsigned j = g_test_rand_int_range(0, i);
            VirtQueueElement *t = elems[j];

            elems[j] = elems[i - 1];
            elems[i - 1] = t;
        }
        for (unsigned i = 0; i < n; i++) {
            virtqueue_fill(m.vq, elems[i], 8, i);
        }
        virtqueue_flush(m.vq, n);
        g_assert_cmpuint(virtqueue_inuse(m.vq), ==, 0);
        collect(&m, &got);
    }
    g_assert_false(f->vdev->broken);
    g_assert_cmpuint(virtqueue_stats(m.vq)->popped, ==, popped);
    g_assert_cmpuint(virtqueue_stats(m.vq)->pushed, ==, popped);
    fake_free(f);
}

static void test_wrap(void)
{
    run_wrap(8, false);
    run_wrap(8, true);
    run_wrap(256, true);
    run_wrap(1024, false);
}

/* 24 bytes out and 16 in: cut at every two places, direct, indirect and any
 * mix. The device sees the same bytes each time. */
static void test_chain_splits(void)
{
    FakeVirtio *f = fake_new(NULL);
    uint8_t raw[24];
    VRingModel m;

    start(f, &m, 64, true);
    for (unsigned i = 0; i < 24; i++) {
        *(uint8_t *)fake_ptr(f, BUFS + i) = i + 1;
    }
    for (unsigned a = 1; a <= 24; a++) {
        for (unsigned b = 1; b <= 16; b++) {
            ModelSg sg[4] = { { BUFS, a, false } };
            unsigned n = 1;
            uint32_t len;

            if (a < 24) {
                sg[n++] = (ModelSg){ BUFS + a, 24 - a, false };
            }
            sg[n++] = (ModelSg){ BUFS + 64, b, true };
            if (b < 16) {
                sg[n++] = (ModelSg){ BUFS + 64 + b, 16 - b, true };
            }
            for (unsigned ind = 0; ind <= n; ind++) {
                VirtQueueElement *e;

                vring_model_add(&m, sg, n, ind, TABLES, a * 100 + b);
                vring_model_publish(&m);
                memset(fake_ptr(f, BUFS + 64), 0, 16);
                e = virtqueue_pop(m.vq);
                g_assert_nonnull(e);
                g_assert_cmpuint(e->out_size, ==, 24);
                g_assert_cmpuint(e->in_size, ==, 16);
                g_assert_cmpuint(e->out_num + e->in_num, ==, n);
                iov_to_buf(e->out_sg, e->out_num, 0, raw, 24);
                g_assert_cmpmem(raw, 24, fake_ptr(f, BUFS), 24);
                iov_from_buf(e->in_sg, e->in_num, 0, raw, 16);
                g_assert_cmpmem(fake_ptr(f, BUFS + 64), 16, raw, 16);
                virtqueue_push(m.vq, e, 16);
                g_assert_true(vring_model_get_used(&m, NULL, &len));
                g_assert_cmpuint(len, ==, 16);
            }
        }
    }
    fake_free(f);
}

/* Chains as long as allowed, several at a time, with pieces that each span
 * two RAM regions. */
static void test_long_chains(void)
{
    FakeOptions o = { .queue_size = 1024 };
    FakeVirtio *f = fake_new(&o);
    VirtQueueElement *e[3];
    ModelSg *sg = g_new(ModelSg, 1024);
    VRingModel m;

    start(f, &m, 1024, true);
    for (unsigned i = 0; i < 1024; i++) {
        sg[i] = (ModelSg){ BUFS + i * 16, 16, i >= 512 };
    }
    for (unsigned i = 0; i < 3; i++) {
        vring_model_add(&m, sg, 1024, 1024, TABLES + i * 65536, i);
    }
    vring_model_publish(&m);
    g_assert_cmpuint(virtqueue_pop_batch(m.vq, e, 3), ==, 3);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpuint(e[i]->out_num, ==, 512);
        g_assert_cmpuint(e[i]->in_num, ==, 512);
        g_assert_true(e[i]->in_sg[511].iov_base ==
                      fake_ptr(f, BUFS + 1023 * 16));
        virtqueue_push(m.vq, e[i], 0);
        g_assert_true(vring_model_get_used(&m, NULL, NULL));
    }
    sg[0] = (ModelSg){ FAKE_RAM2 - 3, 8, true };
    vring_model_add(&m, sg, 1, 0, 0, 9);
    vring_model_publish(&m);
    e[0] = virtqueue_pop(m.vq);
    g_assert_nonnull(e[0]);
    g_assert_cmpuint(e[0]->in_num, ==, 2);
    g_assert_cmpuint(e[0]->in_size, ==, 8);
    g_assert_true(e[0]->in_sg[1].iov_base == fake_ptr(f, FAKE_RAM2));
    virtqueue_push(m.vq, e[0], 8);

    /* The indirect table itself spans the regions: it is copied. */
    sg[0] = (ModelSg){ BUFS, 5, false };
    sg[1] = (ModelSg){ BUFS + 5, 6, true };
    vring_model_add(&m, sg, 2, 2, TABLES, 10);
    memcpy(fake_ptr(f, FAKE_RAM2 - 16), fake_ptr(f, TABLES), 16);
    memcpy(fake_ptr(f, FAKE_RAM2), fake_ptr(f, TABLES + 16), 16);
    for (unsigned i = 0; i < 1024; i++) {
        if (m.vr.desc[i].addr == GUINT64_TO_LE(TABLES)) {
            m.vr.desc[i].addr = GUINT64_TO_LE(FAKE_RAM2 - 16);
        }
    }
    vring_model_publish(&m);
    e[0] = virtqueue_pop(m.vq);
    g_assert_nonnull(e[0]);
    g_assert_cmpuint(e[0]->out_size, ==, 5);
    g_assert_cmpuint(e[0]->in_size, ==, 6);
    virtqueue_push(m.vq, e[0], 0);
    g_free(sg);
    fake_free(f);
}

/* --------------------------------------------------------- the rest of it */

/* Any mix of pop, unpop, detach and push keeps the count of what is out, and
 * unpopped chains come again, in order. */
static void test_conservation(void)
{
    FakeVirtio *f = fake_new(NULL);
    GPtrArray *out = g_ptr_array_new();
    uint64_t sent = 0, got = 0, next = 0, cookie;
    VRingModel m;

    start(f, &m, 32, true);
    for (unsigned step = 0; step < 50000; step++) {
        VirtQueueElement *e;

        if (m.nr_free >= 5 && sent - got < 16) {
            add_random(&m, sent++, false);
            vring_model_publish(&m);
        }
        switch (g_test_rand_int_range(0, 3)) {
        case 0:
            e = virtqueue_pop(m.vq);
            if (e) {
                answer(e, &cookie);
                g_assert_cmpuint(cookie, ==, next++);
                g_ptr_array_add(out, e);
            }
            break;
        case 1:
            if (out->len && g_test_rand_bit()) {
                virtqueue_unpop(m.vq, g_ptr_array_steal_index(out,
                                                             out->len - 1));
                next--;
            }
            break;
        default:
            /* The oldest only: unpop takes back the youngest. */
            if (out->len) {
                virtqueue_push(m.vq, g_ptr_array_steal_index(out, 0), 8);
            }
        }
        g_assert_cmpuint(virtqueue_inuse(m.vq), ==, out->len);
        collect(&m, &got);
    }
    virtqueue_detach_all(m.vq);
    g_assert_cmpuint(virtqueue_inuse(m.vq), ==, 0);
    g_ptr_array_unref(out);
    fake_free(f);
}

/* The length told is never more than the chain can hold. */
static void test_used_len(void)
{
    FakeVirtio *f = fake_new(NULL);
    ModelSg sg[2] = { { BUFS, 100, false }, { BUFS + 100, 10, true } };
    VRingModel m;
    uint32_t len;

    start(f, &m, 16, true);
    vring_model_add(&m, sg, 2, 0, 0, 0);
    vring_model_add(&m, sg, 1, 0, 0, 0);
    vring_model_publish(&m);
    virtqueue_push(m.vq, virtqueue_pop(m.vq), 5000);
    g_assert_true(vring_model_get_used(&m, NULL, &len));
    g_assert_cmpuint(len, ==, 10);
    virtqueue_push(m.vq, virtqueue_pop(m.vq), 100);
    g_assert_true(vring_model_get_used(&m, NULL, &len));
    g_assert_cmpuint(len, ==, 0);
    fake_free(f);
}

static void test_avail_bytes(void)
{
    FakeVirtio *f = fake_new(NULL);
    ModelSg sg[2] = { { BUFS, 100, false }, { BUFS + 100, 10, true } };
    VRingModel m;

    start(f, &m, 16, true);
    g_assert_false(virtqueue_avail_bytes(m.vq, 1, 0));
    g_assert_true(virtqueue_avail_bytes(m.vq, 0, 0));
    for (unsigned i = 0; i < 3; i++) {
        vring_model_add(&m, sg, 2, i, TABLES + i * 64, 0);
    }
    g_assert_false(virtqueue_avail_bytes(m.vq, 1, 0));
    vring_model_publish(&m);
    g_assert_true(virtqueue_avail_bytes(m.vq, 30, 300));
    g_assert_false(virtqueue_avail_bytes(m.vq, 31, 0));
    g_assert_false(virtqueue_avail_bytes(m.vq, 0, 301));
    g_assert_nonnull(virtqueue_pop(m.vq));
    g_assert_true(virtqueue_avail_bytes(m.vq, 20, 200));
    g_assert_false(virtqueue_avail_bytes(m.vq, 21, 0));
    fake_free(f);
}

/* IN_ORDER: whatever order the device is done in, the driver sees the order
 * it asked in. */
static void test_in_order(void)
{
    FakeOptions o = { .props = "in_order=on" };
    FakeVirtio *f = fake_new(&o);
    GPtrArray *out = g_ptr_array_new();
    uint64_t sent = 0, got = 0, cookie;
    VirtQueueElement *e;
    VRingModel m;

    start(f, &m, 16, true);
    while (got < 70000) {
        if (m.nr_free && sent - got < 16) {
            ModelSg sg = { BUFS, 8, true };

            vring_model_add(&m, &sg, 1, 0, 0, sent++);
            vring_model_publish(&m);
        }
        e = g_test_rand_bit() ? virtqueue_pop(m.vq) : NULL;
        if (e) {
            g_ptr_array_add(out, e);
        }
        if (out->len && g_test_rand_bit()) {
            unsigned n = g_test_rand_int_range(1, MIN(out->len, 4) + 1);

            for (unsigned i = 0; i < n; i++) {
                unsigned j = g_test_rand_int_range(0, out->len);

                virtqueue_fill(m.vq, g_ptr_array_steal_index_fast(out, j), 8,
                               i);
            }
            virtqueue_flush(m.vq, n);
        }
        while (vring_model_get_used(&m, &cookie, NULL)) {
            g_assert_cmpuint(cookie, ==, got++);
        }
    }
    g_ptr_array_unref(out);
    fake_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_init();
    g_test_add_func("/virtio/split/ring-wrap-65535", test_wrap);
    g_test_add_func("/virtio/split/chain-split-invariance", test_chain_splits);
    g_test_add_func("/virtio/split/long-chains", test_long_chains);
    g_test_add_func("/virtio/split/conservation", test_conservation);
    g_test_add_func("/virtio/split/used-len", test_used_len);
    g_test_add_func("/virtio/split/avail-bytes", test_avail_bytes);
    g_test_add_func("/virtio/split/in-order", test_in_order);
    return g_test_run();
}
