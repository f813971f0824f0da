/*
 * The control side of queues: set-up, freezing, reset with chains out, kicks
 * at the wrong time, and guest memory that goes away.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/unit/vring-model.h"
#include "util/bswap.h"

#define RING FAKE_RAM
#define RING2 (FAKE_RAM + 64 * KiB)
#define BUFS (FAKE_RAM + 1 * MiB)
#define NUM 16

static void start(FakeVirtio *f, VRingModel *m)
{
    fake_negotiate(f, fake_offer_without(f, -1));
    vring_model_init(m, f, 0, NUM, RING);
    fake_driver_ok(f);
}

static void add(VRingModel *m, unsigned count)
{
    ModelSg sg = { BUFS, 8, true };

    for (unsigned i = 0; i < count; i++) {
        vring_model_add(m, &sg, 1, 0, 0, i);
    }
    vring_model_publish(m);
}

static void test_size(void)
{
    FakeVirtio *f = fake_new(NULL);
    uint64_t ignored;

    fake_negotiate(f, fake_offer_without(f, -1));
    for (unsigned num = 0; num < 0x20000; num++) {
        bool ok = is_power_of_2(num) && num <= FAKE_QUEUE_SIZE;
        unsigned before = virtio_queue_get_num(f->vdev, 0);

        ignored = f->vdev->ignored;
        g_assert_cmpint(virtio_queue_set_num(f->vdev, 0, num), ==, ok);
        g_assert_cmpuint(virtio_queue_get_num(f->vdev, 0), ==,
                         ok ? num : before);
        g_assert_cmpuint(f->vdev->ignored, ==, ignored + !ok);
    }
    g_assert_cmpuint(virtio_queue_get_max_num(f->vdev, 0), ==,
                     FAKE_QUEUE_SIZE);
    fake_free(f);
}

/* CVE-2017-17381 and its kind: no queue there, for every function. */
static void test_no_such_queue(void)
{
    FakeVirtio *f = fake_new(NULL);
    static const unsigned bad[] = { FAKE_QUEUES, VIRTIO_QUEUE_MAX - 1,
                                    VIRTIO_QUEUE_MAX, 0xffff, UINT_MAX };

    fake_negotiate(f, fake_offer_without(f, -1));
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        unsigned n = bad[i];

        g_assert_null(virtio_get_queue(f->vdev, n));
        g_assert_cmpuint(virtio_queue_get_num(f->vdev, n), ==, 0);
        g_assert_cmpuint(virtio_queue_get_max_num(f->vdev, n), ==, 0);
        g_assert_false(virtio_queue_set_num(f->vdev, n, 16));
        virtio_queue_set_addr(f->vdev, n, RING, RING, RING);
        virtio_queue_set_legacy_addr(f->vdev, n, RING);
        virtio_queue_set_legacy_addr(f->vdev, n, 0);
        g_assert_cmpuint(virtio_queue_get_legacy_addr(f->vdev, n), ==, 0);
        g_assert_false(virtio_queue_enable(f->vdev, n));
        g_assert_false(virtio_queue_enabled(f->vdev, n));
        virtio_queue_reset(f->vdev, n);
        virtio_queue_set_vector(f->vdev, n, 1);
        g_assert_cmphex(virtio_queue_vector(f->vdev, n), ==, VIRTIO_NO_VECTOR);
        virtio_queue_notify(f->vdev, n);
        virtio_del_queue(f->vdev, n);
    }
    g_assert_cmpuint(virtio_get_num_queues(f->vdev), ==, FAKE_QUEUES);
    /* Kicks of a queue that is gone. */
    virtio_del_queue(f->vdev, FAKE_QUEUES - 1);
    virtio_queue_notify(f->vdev, FAKE_QUEUES - 1);
    g_assert_cmpuint(virtio_get_num_queues(f->vdev), ==, FAKE_QUEUES - 1);
    g_assert_cmpuint(f->vdev->errors, ==, 0);
    fake_free(f);
}

/* ring-resize-after-enable: nothing but the vector can be changed. */
static void test_frozen(void)
{
    FakeVirtio *f = fake_new(NULL);
    VirtQueueElement *e;
    VRingModel m;

    start(f, &m);
    g_assert_cmpuint(f->queue_enables, ==, 1);
    g_assert_false(virtio_queue_set_num(f->vdev, 0, 256));
    g_assert_false(virtio_queue_set_num(f->vdev, 0, 0));
    virtio_queue_set_addr(f->vdev, 0, FAKE_MMIO, FAKE_MMIO, FAKE_MMIO);
    virtio_queue_set_legacy_addr(f->vdev, 0, RING2);
    g_assert_false(virtio_queue_enable(f->vdev, 0));
    g_assert_cmpuint(f->vdev->ignored, ==, 5);
    g_assert_cmpuint(virtio_queue_get_num(f->vdev, 0), ==, NUM);
    g_assert_cmpuint(f->queue_enables, ==, 1);
    add(&m, NUM);
    for (unsigned i = 0; i < NUM; i++) {
        e = virtqueue_pop(m.vq);
        g_assert_nonnull(e);
        virtqueue_push(m.vq, e, 8);
        g_assert_true(vring_model_get_used(&m, NULL, NULL));
    }
    fake_free(f);
}

typedef struct BadPlace {
    const char *name;
    uint64_t desc, avail, used;
} BadPlace;

static const BadPlace bad_places[] = {
    { "desc-mmio", FAKE_MMIO, RING + 4096, RING + 8192 },
    { "avail-mmio", RING, FAKE_MMIO, RING + 8192 },
    { "used-mmio", RING, RING + 4096, FAKE_MMIO },
    { "used-rom", RING, RING + 4096, FAKE_ROM },
    { "desc-nowhere", 0, RING + 4096, RING + 8192 },
    { "desc-wrap", UINT64_MAX - 15, RING + 4096, RING + 8192 },
    { "used-wrap", RING, RING + 4096, UINT64_MAX - 3 },
    { "desc-end", FAKE_RAM2 + FAKE_PAGE - 16, RING + 4096, RING + 8192 },
    { "desc-two-regions", FAKE_RAM2 - 16, RING + 4096, RING + 8192 },
    { "used-two-regions", RING, RING + 4096, FAKE_RAM2 - 8 },
    { "desc-align", RING + 8, RING + 4096, RING + 8192 },
    { "avail-align", RING, RING + 4097, RING + 8192 },
    { "used-align", RING, RING + 4096, RING + 8194 },
};

static void test_bad_place(gconstpointer data)
{
    const BadPlace *p = data;
    FakeVirtio *f = fake_new(NULL);
    VRingModel m;

    fake_negotiate(f, fake_offer_without(f, -1));
    g_assert_true(virtio_queue_set_num(f->vdev, 0, NUM));
    virtio_queue_set_addr(f->vdev, 0, p->desc, p->avail, p->used);
    g_assert_false(virtio_queue_enable(f->vdev, 0));
    g_assert_false(virtio_queue_enabled(f->vdev, 0));
    g_assert_true(f->vdev->broken);
    g_assert_cmphex(f->vdev->status & VIRTIO_CONFIG_S_NEEDS_RESET, !=, 0);
    g_assert_cmpuint(f->mmio_accesses, ==, 0);
    start(f, &m);
    g_assert_false(f->vdev->broken);
    fake_free(f);
}

/* The ROM may hold what only the driver writes. */
static void test_avail_in_rom(void)
{
    FakeVirtio *f = fake_new(NULL);

    fake_negotiate(f, fake_offer_without(f, -1));
    g_assert_true(virtio_queue_set_num(f->vdev, 0, NUM));
    virtio_queue_set_addr(f->vdev, 0, FAKE_ROM, FAKE_ROM + 1024, RING);
    g_assert_true(virtio_queue_enable(f->vdev, 0));
    fake_free(f);
}

static void test_enable_order(void)
{
    FakeVirtio *f = fake_new(NULL);
    VRingModel m;

    virtio_set_status(f->vdev, 3);
    vring_model_layout(&m, f, 0, NUM, RING);
    g_assert_false(vring_model_enable(&m));
    g_assert_false(virtio_queue_enabled(f->vdev, 0));
    g_assert_false(f->vdev->broken);
    fake_free(f);
}

/* ----------------------------------------------------------------- reset */

/* Device reset with chains out: the rings are not touched any more, and all
 * of the queue is there again. */
static void test_reset_with_chains_out(void)
{
    FakeVirtio *f = fake_new(NULL);
    VirtQueueElement *e[NUM];
    VRingModel m;

    for (unsigned out = 0; out <= NUM; out++) {
        for (unsigned filled = 0; filled <= out; filled += 3) {
            g_autofree void *copy = NULL;

            start(f, &m);
            add(&m, NUM);
            g_assert_cmpuint(virtqueue_pop_batch(m.vq, e, out), ==, out);
            for (unsigned i = 0; i < filled; i++) {
                virtqueue_fill(m.vq, e[i], 8, i);
            }
            copy = g_memdup2(fake_ptr(f, RING), vring_model_size(NUM));
            virtio_set_status(f->vdev, 0);
            g_assert_cmpuint(virtqueue_inuse(m.vq), ==, 0);
            g_assert_null(virtqueue_pop(m.vq));
            virtio_notify(f->vdev, m.vq);
            virtio_queue_set_notification(m.vq, true);
            virtqueue_flush(m.vq, 0);
            virtio_queue_notify(f->vdev, 0);
            g_assert_cmpmem(copy, vring_model_size(NUM), fake_ptr(f, RING),
                            vring_model_size(NUM));
            g_assert_cmpuint(f->intx, ==, 0);
        }
    }
    start(f, &m);
    add(&m, NUM);
    g_assert_cmpuint(virtqueue_pop_batch(m.vq, e, NUM), ==, NUM);
    fake_free(f);
}

static void test_queue_reset(void)
{
    FakeVirtio *f = fake_new(NULL);
    VirtQueueElement *e[4];
    VRingModel m;

    start(f, &m);
    virtio_queue_set_vector(f->vdev, 0, 2);
    add(&m, 8);
    g_assert_cmpuint(virtqueue_pop_batch(m.vq, e, 4), ==, 4);
    virtio_queue_reset(f->vdev, 0);
    g_assert_cmpuint(f->queue_resets, ==, 1);
    g_assert_false(virtio_queue_enabled(f->vdev, 0));
    g_assert_cmpuint(virtqueue_inuse(m.vq), ==, 0);
    g_assert_null(virtqueue_pop(m.vq));
    g_assert_cmpuint(virtio_queue_get_num(f->vdev, 0), ==, FAKE_QUEUE_SIZE);
    g_assert_cmphex(virtio_queue_vector(f->vdev, 0), ==, VIRTIO_NO_VECTOR);
    virtio_queue_notify(f->vdev, 0);
    g_assert_cmpuint(f->handled[0], ==, 0);
    /* Again, elsewhere and of another size, while the device runs. */
    vring_model_init(&m, f, 0, 2 * NUM, RING2);
    add(&m, 2 * NUM);
    for (unsigned i = 0; i < 2 * NUM; i++) {
        VirtQueueElement *again = virtqueue_pop(m.vq);

        g_assert_nonnull(again);
        virtqueue_push(m.vq, again, 8);
        g_assert_true(vring_model_get_used(&m, NULL, NULL));
    }
    fake_free(f);
}

/* ----------------------------------------------------------------- kicks */

/* A kick before DRIVER_OK, while the VM is stopped or bus mastering is off:
 * it is done later, once. */
static void test_kick_remembered(void)
{
    FakeVirtio *f = fake_new(NULL);
    VRingModel m;

    fake_negotiate(f, fake_offer_without(f, -1));
    vring_model_init(&m, f, 0, NUM, RING);
    add(&m, 1);
    virtio_queue_notify(f->vdev, 0);
    virtio_queue_notify(f->vdev, 0);
    g_assert_cmpuint(f->handled[0], ==, 0);
    g_assert_null(virtqueue_pop(m.vq));
    g_assert_false(virtio_queue_ready(m.vq));
    fake_driver_ok(f);
    g_assert_cmpuint(f->handled[0], ==, 1);
    g_assert_true(virtio_queue_ready(m.vq));

    vm_state_notify(false);
    virtio_queue_notify(f->vdev, 0);
    g_assert_cmpuint(f->handled[0], ==, 1);
    g_assert_null(virtqueue_pop(m.vq));
    vm_state_notify(true);
    g_assert_cmpuint(f->handled[0], ==, 2);

    fake_set_bus_master(f, false);
    virtio_queue_notify(f->vdev, 0);
    g_assert_cmpuint(f->handled[0], ==, 2);
    g_assert_null(virtqueue_pop(m.vq));
    fake_set_bus_master(f, true);
    g_assert_cmpuint(f->handled[0], ==, 3);
    g_assert_nonnull(virtqueue_pop(m.vq));
    g_assert_cmpuint(f->handled[1] + f->handled[2], ==, 0);
    g_assert_cmpuint(virtqueue_stats(m.vq)->kicks, ==, 3);

    /* FAILED: the driver has given up, nothing is served. */
    virtio_set_status(f->vdev, f->vdev->status | VIRTIO_CONFIG_S_FAILED);
    virtio_queue_notify(f->vdev, 0);
    g_assert_cmpuint(f->handled[0], ==, 3);
    /* Reset forgets it. */
    start(f, &m);
    g_assert_cmpuint(f->handled[0], ==, 3);
    fake_free(f);
}

/* What was popped before the VM stopped may be used while it is stopped. */
static void test_push_while_stopped(void)
{
    FakeVirtio *f = fake_new(NULL);
    VirtQueueElement *e;
    VRingModel m;

    start(f, &m);
    add(&m, 1);
    e = virtqueue_pop(m.vq);
    g_assert_nonnull(e);
    vm_state_notify(false);
    virtqueue_push(m.vq, e, 8);
    g_assert_true(vring_model_get_used(&m, NULL, NULL));
    vm_state_notify(true);
    fake_free(f);
}

/* Old drivers kick before DRIVER_OK and want an answer. */
static void test_legacy_kick(void)
{
    FakeOptions o = { .legacy_only = true };
    FakeVirtio *f = fake_new(&o);
    struct vring vr;

    virtio_set_status(f->vdev, 3);
    virtio_queue_set_legacy_addr(f->vdev, 1, RING);
    g_assert_cmphex(virtio_queue_get_legacy_addr(f->vdev, 1), ==, RING);
    g_assert_true(virtio_queue_enabled(f->vdev, 1));
    vring_init(&vr, FAKE_QUEUE_SIZE, fake_ptr(f, RING), 4096);
    vring_model_set_desc(&vr.desc[0], BUFS, 8, VRING_DESC_F_WRITE, 0);
    vr.avail->idx = GUINT16_TO_LE(1);
    virtio_queue_notify(f->vdev, 1);
    g_assert_cmpuint(f->handled[1], ==, 1);
    g_assert_true(virtio_device_active(f->vdev));
    virtqueue_push(virtio_get_queue(f->vdev, 1),
                   virtqueue_pop(virtio_get_queue(f->vdev, 1)), 8);
    g_assert_cmpuint(GUINT16_FROM_LE(vr.used->idx), ==, 1);
    g_assert_cmpuint(GUINT32_FROM_LE(vr.used->ring[0].len), ==, 8);
    /* A page number of 0 takes the queue away. */
    virtio_queue_set_legacy_addr(f->vdev, 1, 0);
    g_assert_false(virtio_queue_enabled(f->vdev, 1));
    fake_free(f);

    o.props = "use-started=off";
    f = fake_new(&o);
    virtio_set_status(f->vdev, 3);
    virtio_queue_set_legacy_addr(f->vdev, 1, RING);
    virtio_queue_notify(f->vdev, 1);
    g_assert_cmpuint(f->handled[1], ==, 0);
    fake_driver_ok(f);
    g_assert_cmpuint(f->handled[1], ==, 1);
    fake_free(f);
}

static void test_doorbell(void)
{
    FakeVirtio *f = fake_new(NULL);
    EventNotifier *e;
    VRingModel m;

    start(f, &m);
    g_assert_cmpint(virtio_queue_start_doorbell(m.vq), ==, 0);
    g_assert_cmpint(virtio_queue_start_doorbell(m.vq), ==, 0);
    e = virtio_queue_get_host_notifier(m.vq);
    event_notifier_set(e);
    event_notifier_set(e);
    g_assert_cmpuint(f->handled[0], ==, 0);
    while (aio_poll(qemu_get_aio_context(), false)) {
        continue;
    }
    g_assert_cmpuint(f->handled[0], ==, 1);
    /* Rung and not yet heard when it stops: heard then. */
    event_notifier_set(e);
    virtio_queue_stop_doorbell(m.vq);
    g_assert_cmpuint(f->handled[0], ==, 2);
    virtio_queue_stop_doorbell(m.vq);
    /* Rung, and the queue goes away. */
    g_assert_cmpint(virtio_queue_start_doorbell(m.vq), ==, 0);
    event_notifier_set(virtio_queue_get_host_notifier(m.vq));
    virtio_del_queue(f->vdev, 0);
    while (aio_poll(qemu_get_aio_context(), false)) {
        continue;
    }
    fake_free(f);
}

/* ---------------------------------------------------------------- memory */

/* Bus mastering goes off and on under chains that are out. */
static void test_memory_comes_back(void)
{
    FakeVirtio *f = fake_new(NULL);
    VirtQueueElement *e[2];
    VRingModel m;

    start(f, &m);
    add(&m, 4);
    g_assert_cmpuint(virtqueue_pop_batch(m.vq, e, 2), ==, 2);
    memset(e[1]->in_sg->iov_base, 7, 8);
    fake_set_bus_master(f, false);
    memset(e[1]->in_sg->iov_base, 8, 8);
    g_assert_null(virtqueue_pop(m.vq));
    /* What is held for them does not grow with the number of changes. */
    for (int i = 0; i < 100; i++) {
        fake_set_bus_master(f, i % 2 == 0);
    }
    g_assert_cmpuint(f->vdev->held_ram->len, <=, 3);
    virtqueue_push(m.vq, e[0], 8);
    g_assert_cmpuint(m.vr.used->idx, ==, 0);
    fake_set_bus_master(f, true);
    virtqueue_push(m.vq, e[1], 8);
    g_assert_cmpuint(GUINT16_FROM_LE(m.vr.used->idx), ==, 1);
    g_assert_nonnull(virtqueue_pop(m.vq));
    g_assert_cmpuint(f->vdev->errors, ==, 0);
    fake_free(f);
}

/* A queue enabled while bus mastering is off works once it is on. */
static void test_enable_without_memory(void)
{
    FakeVirtio *f = fake_new(NULL);
    VRingModel m;

    fake_negotiate(f, fake_offer_without(f, -1));
    fake_set_bus_master(f, false);
    vring_model_init(&m, f, 0, NUM, RING);
    fake_driver_ok(f);
    add(&m, 1);
    g_assert_null(virtqueue_pop(m.vq));
    fake_set_bus_master(f, true);
    g_assert_nonnull(virtqueue_pop(m.vq));
    fake_free(f);

    /* Without the flag it is an error at once. */
    FakeOptions o = { .props = "use-disabled-flag=off" };
    f = fake_new(&o);
    fake_negotiate(f, fake_offer_without(f, -1));
    fake_set_bus_master(f, false);
    vring_model_layout(&m, f, 0, NUM, RING);
    g_assert_false(vring_model_enable(&m));
    g_assert_true(f->vdev->broken);
    fake_free(f);
}

/* Used entries and what the device wrote are marked for migration. */
static bool page_dirty(FakeVirtio *f, uint64_t gpa)
{
    const MemoryRange *r = flatview_find(f->vdev->dma_view, gpa);

    return ram_block_test_and_clear_dirty(
        r->mr->ram, (r->offset + gpa - r->addr) / 4096);
}

static void test_dirty(void)
{
    FakeVirtio *f = fake_new(NULL);
    RAMBlock *block;
    VirtQueueElement *e;
    VRingModel m;
    uint64_t used;

    start(f, &m);
    used = RING + ((uint8_t *)m.vr.used - (uint8_t *)m.vr.desc);
    block = flatview_find(f->vdev->dma_view, RING)->mr->ram;
    add(&m, 2);
    e = virtqueue_pop(m.vq);
    ram_block_dirty_log(block, true);
    while (page_dirty(f, used) || page_dirty(f, BUFS)) {
        continue;
    }
    virtqueue_push(m.vq, e, 8);
    g_assert_true(page_dirty(f, used));
    g_assert_true(page_dirty(f, BUFS));
    g_assert_false(page_dirty(f, BUFS + 4096));
    ram_block_dirty_log(block, false);
    fake_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_init();
    g_test_add_func("/virtio/queue/size", test_size);
    g_test_add_func("/virtio/queue/no-such-queue", test_no_such_queue);
    g_test_add_func("/virtio/queue/frozen", test_frozen);
    for (unsigned i = 0; i < G_N_ELEMENTS(bad_places); i++) {
        g_autofree char *path =
            g_strdup_printf("/virtio/queue/ring-in/%s", bad_places[i].name);

        g_test_add_data_func(path, &bad_places[i], test_bad_place);
    }
    g_test_add_func("/virtio/queue/avail-in-rom", test_avail_in_rom);
    g_test_add_func("/virtio/queue/enable-order", test_enable_order);
    g_test_add_func("/virtio/queue/reset-with-chains-out",
                    test_reset_with_chains_out);
    g_test_add_func("/virtio/queue/queue-reset", test_queue_reset);
    g_test_add_func("/virtio/queue/kick-remembered", test_kick_remembered);
    g_test_add_func("/virtio/queue/push-while-stopped",
                    test_push_while_stopped);
    g_test_add_func("/virtio/queue/legacy-kick", test_legacy_kick);
    g_test_add_func("/virtio/queue/doorbell", test_doorbell);
    g_test_add_func("/virtio/queue/memory-comes-back", test_memory_comes_back);
    g_test_add_func("/virtio/queue/enable-without-memory",
                    test_enable_without_memory);
    g_test_add_func("/virtio/queue/dirty", test_dirty);
    return g_test_run();
}
