/*
 * Notifications of the split ring, both ways: an interrupt exactly when the
 * driver wants one, and a kick never missing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <poll.h>
#include <sys/eventfd.h>

#include "tests/unit/vring-model.h"

#define RING FAKE_RAM
#define BUFS (FAKE_RAM + 1 * MiB)

static void start(FakeVirtio *f, VRingModel *m, unsigned num, bool event_idx)
{
    fake_negotiate(f, fake_offer_without(
                          f, event_idx ? -1 : VIRTIO_RING_F_EVENT_IDX, -1));
    vring_model_init(m, f, 0, num, RING);
    fake_driver_ok(f);
}

/* ------------------------------------------------------------ interrupts */

static void use_one(VRingModel *m, unsigned count)
{
    ModelSg sg = { BUFS, 8, true };

    for (unsigned i = 0; i < count; i++) {
        vring_model_add(m, &sg, 1, 0, 0, i);
    }
    vring_model_publish(m);
    for (unsigned i = 0; i < count; i++) {
        virtqueue_fill(m->vq, virtqueue_pop(m->vq), 8, i);
    }
    virtqueue_flush(m->vq, count);
    virtio_notify(m->f->vdev, m->vq);
    while (vring_model_get_used(m, NULL, NULL)) {
        continue;
    }
}

static unsigned take_irqs(FakeVirtio *f)
{
    unsigned n = f->irqs[0];

    f->irqs[0] = 0;
    return n;
}

static void test_interrupt_flags(void)
{
    FakeVirtio *f = fake_new(NULL);
    VRingModel m;

    start(f, &m, 16, false);
    virtio_queue_set_vector(f->vdev, 0, 0);
    use_one(&m, 1);
    g_assert_cmpuint(take_irqs(f), ==, 1);
    use_one(&m, 5);
    g_assert_cmpuint(take_irqs(f), ==, 1);
    /* used_event is not consulted. */
    vring_model_set_used_event(&m, 5000);
    use_one(&m, 1);
    g_assert_cmpuint(take_irqs(f), ==, 1);
    m.vr.avail->flags = GUINT16_TO_LE(VRING_AVAIL_F_NO_INTERRUPT);
    use_one(&m, 3);
    g_assert_cmpuint(take_irqs(f), ==, 0);
    /* Unknown bits mean nothing. */
    m.vr.avail->flags = GUINT16_TO_LE(0xfffe);
    use_one(&m, 1);
    g_assert_cmpuint(take_irqs(f), ==, 1);
    /* Nothing new was used. */
    virtio_notify(f->vdev, m.vq);
    g_assert_cmpuint(take_irqs(f), ==, 0);
    g_assert_cmpuint(virtqueue_stats(m.vq)->interrupts, ==, 4);
    g_assert_cmpuint(virtqueue_stats(m.vq)->interrupts_suppressed, ==, 2);
    fake_free(f);
}

/* Every batch size against every distance of the event, across the wrap: an
 * interrupt exactly if the entry the driver named is in the batch. */
static void test_interrupt_event_index(void)
{
    FakeVirtio *f = fake_new(NULL);
    uint16_t used = 0;
    VRingModel m;

    start(f, &m, 16, true);
    virtio_queue_set_vector(f->vdev, 0, 0);
    m.vr.avail->flags = GUINT16_TO_LE(VRING_AVAIL_F_NO_INTERRUPT);
    vring_model_set_used_event(&m, 0x8000);
    for (unsigned i = 0; i < 65500 / 16; i++) {
        use_one(&m, 16);
        used += 16;
    }
    take_irqs(f);
    for (unsigned batch = 1; batch <= 16; batch++) {
        for (int ahead = -20; ahead <= 20; ahead++) {
            vring_model_set_used_event(&m, used + ahead);
            use_one(&m, batch);
            used += batch;
            g_assert_cmpuint(take_irqs(f), ==,
                             ahead >= 0 && ahead < (int)batch);
        }
    }
    fake_free(f);
}

/* The driver has nothing left to give: it hears, whatever its flags say. */
static void test_notify_on_empty(void)
{
    FakeOptions o = { .legacy_only = true, .props = "event_idx=off" };
    FakeVirtio *f = fake_new(&o);
    ModelSg sg = { BUFS, 8, true };
    VRingModel m;

    f->vdev->legacy = true;
    virtio_set_status(f->vdev, 3);
    virtio_set_guest_features_word(f->vdev, 0, 1u << VIRTIO_F_NOTIFY_ON_EMPTY);
    vring_model_init(&m, f, 0, 256, RING);
    fake_driver_ok(f);
    virtio_queue_set_vector(f->vdev, 0, 0);
    m.vr.avail->flags = GUINT16_TO_LE(VRING_AVAIL_F_NO_INTERRUPT);
    vring_model_add(&m, &sg, 1, 0, 0, 0);
    vring_model_add(&m, &sg, 1, 0, 0, 0);
    vring_model_publish(&m);
    virtqueue_push(m.vq, virtqueue_pop(m.vq), 0);
    virtio_notify(f->vdev, m.vq);
    g_assert_cmpuint(take_irqs(f), ==, 0);
    virtqueue_push(m.vq, virtqueue_pop(m.vq), 0);
    virtio_notify(f->vdev, m.vq);
    g_assert_cmpuint(take_irqs(f), ==, 1);
    fake_free(f);
}

/* ----------------------------------------------------------------- kicks */

/*
 * Random steps of both sides. Whenever the device has seen an empty queue
 * with notifications on, the next chain must make the driver kick.
 */
static void run_kicks(bool event_idx)
{
    FakeVirtio *f = fake_new(NULL);
    bool asleep = false, enabled = true;
    ModelSg sg = { BUFS, 8, true };
    uint64_t got = 0;
    VRingModel m;

    start(f, &m, 16, event_idx);
    for (unsigned step = 0; step < 100000; step++) {
        uint16_t old = m.avail_idx;
        VirtQueueElement *e;

        switch (g_test_rand_int_range(0, 4)) {
        case 0:
            if (m.nr_free >= 5 && m.in_flight < 8) {
                vring_model_add(&m, &sg, 1, 0, 0, step);
                vring_model_publish(&m);
                if (vring_model_need_kick(&m, old)) {
                    asleep = false;
                }
                g_assert_false(asleep);
            }
            break;
        case 1:
            enabled = g_test_rand_bit();
            virtio_queue_set_notification(m.vq, enabled);
            asleep = false;
            break;
        default:
            e = virtqueue_pop(m.vq);
            if (e) {
                virtqueue_push(m.vq, e, 8);
                asleep = false;
            } else {
                asleep = enabled;
                g_assert_true(virtio_queue_empty(m.vq));
            }
        }
        while (vring_model_get_used(&m, NULL, NULL)) {
            got++;
        }
    }
    g_assert_cmpuint(got, >, 1000);
    fake_free(f);
}

static void test_kicks(void)
{
    run_kicks(false);
    run_kicks(true);
}

/* Flags are 0 or 1 without event index, and 0 with it. */
static void test_used_flags(void)
{
    FakeVirtio *f = fake_new(NULL);
    VRingModel m;

    for (unsigned event_idx = 0; event_idx < 2; event_idx++) {
        start(f, &m, 16, event_idx);
        virtio_queue_set_notification(m.vq, false);
        g_assert_cmpuint(m.vr.used->flags, ==, event_idx ? 0 : 1);
        virtio_queue_set_notification(m.vq, true);
        g_assert_cmpuint(m.vr.used->flags, ==, 0);
    }
    fake_free(f);
}

/*
 * Two threads: a driver that kicks only when it must, a device that sleeps
 * whenever it finds nothing. A lost wake-up shows as a wait that times out.
 */
typedef struct Stress {
    VRingModel m;
    int kick, irq;
    unsigned total;
} Stress;

static void stress_wait(int fd, const char *who)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    uint64_t v;

    if (poll(&p, 1, 20000) != 1 || read(fd, &v, 8) != 8) {
        g_error("%s: lost wake-up", who);
    }
}

static void *stress_driver(void *opaque)
{
    Stress *s = opaque;
    VRingModel *m = &s->m;
    ModelSg sg = { BUFS, 8, true };
    uint64_t one = 1;
    unsigned sent = 0, got = 0;

    while (got < s->total) {
        uint16_t old = m->avail_idx;

        while (sent < s->total && m->nr_free) {
            vring_model_add(m, &sg, 1, 0, 0, sent++);
        }
        if (m->avail_idx != old) {
            vring_model_publish(m);
            if (vring_model_need_kick(m, old)) {
                g_assert_cmpint(write(s->kick, &one, 8), ==, 8);
            }
        }
        unsigned before = got;

        while (vring_model_get_used(m, NULL, NULL)) {
            got++;
        }
        if (got == before) {
            vring_model_set_used_event(m, m->last_used);
            if (!vring_model_get_used(m, NULL, NULL)) {
                stress_wait(s->irq, "driver");
            } else {
                got++;
            }
        }
    }
    return NULL;
}

static void test_stress(void)
{
    FakeVirtio *f = fake_new(NULL);
    VirtQueueElement *e[8];
    Stress s = { .total = 300000 };
    unsigned done = 0, irqs = 0, n;
    uint64_t one = 1;
    GThread *t;

    start(f, &s.m, 16, true);
    virtio_queue_set_vector(f->vdev, 0, 0);
    s.kick = eventfd(0, EFD_NONBLOCK);
    s.irq = eventfd(0, EFD_NONBLOCK);
    t = g_thread_new("driver", stress_driver, &s);
    while (done < s.total) {
        n = virtqueue_pop_batch(s.m.vq, e, 8);
        if (!n) {
            stress_wait(s.kick, "device");
            continue;
        }
        for (unsigned i = 0; i < n; i++) {
            virtqueue_fill(s.m.vq, e[i], 8, i);
        }
        virtqueue_flush(s.m.vq, n);
        virtio_notify(f->vdev, s.m.vq);
        if (f->irqs[0] != irqs) {
            irqs = f->irqs[0];
            g_assert_cmpint(write(s.irq, &one, 8), ==, 8);
        }
        done += n;
    }
    g_thread_join(t);
    g_assert_false(f->vdev->broken);
    close(s.kick);
    close(s.irq);
    fake_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_init();
    g_test_add_func("/virtio/notify/interrupt-flags", test_interrupt_flags);
    g_test_add_func("/virtio/notify/interrupt-event-index",
                    test_interrupt_event_index);
    g_test_add_func("/virtio/notify/notify-on-empty", test_notify_on_empty);
    g_test_add_func("/virtio/notify/kicks", test_kicks);
    g_test_add_func("/virtio/notify/used-flags", test_used_flags);
    g_test_add_func("/virtio/notify/stall-stress", test_stress);
    return g_test_run();
}
