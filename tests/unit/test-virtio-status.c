/*
 * The status register as a state machine, and reset in every state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/unit/virtio-fake.h"

#define A VIRTIO_CONFIG_S_ACKNOWLEDGE
#define D VIRTIO_CONFIG_S_DRIVER
#define K VIRTIO_CONFIG_S_DRIVER_OK
#define F VIRTIO_CONFIG_S_FEATURES_OK
#define N VIRTIO_CONFIG_S_NEEDS_RESET
#define X VIRTIO_CONFIG_S_FAILED

/* The states a driver can reach, by the writes that lead there. */
static const uint8_t reachable[] = {
    0, A, A | D, A | D | F, A | D | F | K, X, A | X, A | D | X, A | D | F | X,
    A | D | F | K | X,
};

/* What the specification says: written down again, bit by bit. */
static uint8_t expected(uint8_t now, uint8_t val)
{
    if (!val) {
        return 0;
    }
    if (val & A) {
        now |= A;
    }
    if ((val & D) && (now & A)) {
        now |= D;
    }
    if ((val & F) && (now & D)) {
        now |= F;
    }
    if ((val & K) && (now & F)) {
        now |= K;
    }
    return now | (val & X);
}

static void go_to(FakeVirtio *f, uint8_t state)
{
    static const uint8_t order[] = { A, D, F, K, X };
    VirtioFeatures offer = fake_offer_without(f, -1);

    virtio_set_status(f->vdev, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++) {
        if (order[i] == F) {
            fake_write_features(f, offer);
        }
        if (state & order[i]) {
            virtio_set_status(f->vdev, f->vdev->status | order[i]);
        }
    }
    g_assert_cmphex(f->vdev->status, ==, state);
}

/* Every state x every value of the register. */
static void test_table(void)
{
    FakeVirtio *f = fake_new(NULL);

    for (unsigned s = 0; s < G_N_ELEMENTS(reachable); s++) {
        for (unsigned val = 0; val < 256; val++) {
            uint8_t now = reachable[s], want = expected(now, val);
            uint64_t ignored;

            go_to(f, now);
            fake_write_features(f, fake_offer_without(f, -1));
            ignored = f->vdev->ignored;
            virtio_set_status(f->vdev, val);
            g_assert_cmphex(f->vdev->status, ==, want);
            /* Bits that came and did not stay, bits that were to go. */
            g_assert_cmpuint(f->vdev->ignored > ignored, ==,
                             val && ((now & ~val) || (val & ~want & ~F)));
            g_assert_cmpint(virtio_device_active(f->vdev), ==,
                            (want & K) && !(want & X));
        }
    }
    fake_free(f);
}

static void test_reset(void)
{
    FakeVirtio *f = fake_new(NULL);

    for (unsigned s = 0; s < G_N_ELEMENTS(reachable); s++) {
        unsigned resets;

        go_to(f, reachable[s]);
        resets = f->resets;
        f->vdev->isr = 3;
        f->vdev->queue_sel = 2;
        f->vdev->config_vector = 1;
        virtio_queue_set_vector(f->vdev, 1, 2);
        virtio_set_status(f->vdev, 0);
        g_assert_cmphex(f->vdev->status, ==, 0);
        g_assert_cmpuint(f->resets, ==, resets + 1);
        g_assert_cmpuint(f->vdev->isr, ==, 0);
        g_assert_cmpuint(f->vdev->queue_sel, ==, 0);
        g_assert_cmphex(f->vdev->config_vector, ==, VIRTIO_NO_VECTOR);
        g_assert_cmphex(virtio_queue_vector(f->vdev, 1), ==, VIRTIO_NO_VECTOR);
        g_assert_cmphex(f->vdev->guest_features.w[0], ==, 0);
        g_assert_cmphex(f->vdev->guest_features.w[1], ==, 0);
        g_assert_cmphex(virtio_get_guest_features_word(f->vdev, 0), ==, 0);
        g_assert_false(virtio_device_active(f->vdev));
    }
    fake_free(f);
}

/* After an error: the bit, one configuration interrupt, nothing runs; and
 * the driver cannot set or clear the bit itself. */
static void test_needs_reset(void)
{
    FakeVirtio *f = fake_new(NULL);

    go_to(f, A | D | F | K);
    virtio_error(f->vdev, "test error %d", 1);
    g_assert_cmphex(f->vdev->status, ==, A | D | F | K | N);
    g_assert_cmpuint(f->config_irqs, ==, 1);
    g_assert_cmpuint(f->vdev->isr, ==, 2);
    g_assert_false(virtio_device_active(f->vdev));
    virtio_error(f->vdev, "test error %d", 2);
    g_assert_cmpuint(f->config_irqs, ==, 1);
    g_assert_cmpuint(f->vdev->errors, ==, 2);

    virtio_set_status(f->vdev, A | D | F | K);
    g_assert_cmphex(f->vdev->status, ==, A | D | F | K | N);
    virtio_set_status(f->vdev, 0);
    g_assert_cmphex(f->vdev->status, ==, 0);
    virtio_set_status(f->vdev, N | A);
    g_assert_cmphex(f->vdev->status, ==, A);
    go_to(f, A | D | F | K);
    g_assert_true(virtio_device_active(f->vdev));
    fake_free(f);
}

/* Before DRIVER_OK nobody listens: the bit, but no interrupt. */
static void test_error_before_driver_ok(void)
{
    FakeVirtio *f = fake_new(NULL);

    go_to(f, A | D | F);
    virtio_error(f->vdev, "test error");
    g_assert_cmphex(f->vdev->status, ==, A | D | F | N);
    g_assert_cmpuint(f->config_irqs, ==, 0);
    virtio_set_status(f->vdev, A | D | F | K);
    g_assert_false(virtio_device_active(f->vdev));
    fake_free(f);
}

/* A legacy driver may set DRIVER_OK at once, and never sees FEATURES_OK. */
static void test_legacy(void)
{
    FakeOptions o = { .legacy_only = true };
    FakeVirtio *f = fake_new(&o);

    virtio_set_status(f->vdev, A | D | F);
    g_assert_cmphex(f->vdev->status, ==, A | D);
    virtio_set_status(f->vdev, A | D | K);
    g_assert_cmphex(f->vdev->status, ==, A | D | K);
    g_assert_true(virtio_device_active(f->vdev));
    virtio_error(f->vdev, "test error");
    g_assert_cmphex(f->vdev->status, ==, A | D | K);
    g_assert_false(virtio_device_active(f->vdev));
    virtio_set_status(f->vdev, 0);
    virtio_set_status(f->vdev, K);
    g_assert_cmphex(f->vdev->status, ==, K);
    fake_free(f);
}

/* The VM stops and goes on: activity follows, the type is told. */
static void test_vm_stop(void)
{
    FakeVirtio *f = fake_new(NULL);
    unsigned calls;

    go_to(f, A | D | F | K);
    calls = f->status_calls;
    vm_state_notify(false);
    g_assert_false(virtio_device_active(f->vdev));
    g_assert_cmpuint(f->status_calls, ==, calls + 1);
    g_assert_cmphex(f->last_status, ==, A | D | F | K);
    vm_state_notify(true);
    g_assert_true(virtio_device_active(f->vdev));
    g_assert_cmpuint(f->status_calls, ==, calls + 2);
    fake_free(f);
}

static void test_bus_master(void)
{
    FakeVirtio *f = fake_new(NULL);

    go_to(f, A | D | F | K);
    fake_set_bus_master(f, false);
    g_assert_false(virtio_device_active(f->vdev));
    g_assert_cmpuint(f->vdev->errors, ==, 0);
    fake_set_bus_master(f, true);
    g_assert_true(virtio_device_active(f->vdev));
    fake_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_init();
    g_test_add_func("/virtio/status/table", test_table);
    g_test_add_func("/virtio/status/reset", test_reset);
    g_test_add_func("/virtio/status/needs-reset", test_needs_reset);
    g_test_add_func("/virtio/status/error-before-driver-ok",
                    test_error_before_driver_ok);
    g_test_add_func("/virtio/status/legacy", test_legacy);
    g_test_add_func("/virtio/status/vm-stop", test_vm_stop);
    g_test_add_func("/virtio/status/bus-master", test_bus_master);
    return g_test_run();
}
