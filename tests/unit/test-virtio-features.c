/*
 * Feature negotiation, and the device configuration space.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/unit/virtio-fake.h"

#define ACK VIRTIO_CONFIG_S_ACKNOWLEDGE
#define DRV VIRTIO_CONFIG_S_DRIVER
#define FOK VIRTIO_CONFIG_S_FEATURES_OK
#define DOK VIRTIO_CONFIG_S_DRIVER_OK

static bool try_negotiate(FakeVirtio *f, VirtioFeatures v)
{
    virtio_set_status(f->vdev, 0);
    virtio_set_status(f->vdev, ACK);
    virtio_set_status(f->vdev, ACK | DRV);
    fake_write_features(f, v);
    virtio_set_status(f->vdev, ACK | DRV | FOK);
    return f->vdev->status & FOK;
}

static bool offered(FakeVirtio *f, unsigned bit)
{
    return virtio_get_host_features_word(f->vdev, bit / 32) >> (bit % 32) & 1;
}

static void test_offer(void)
{
    FakeVirtio *f = fake_new(NULL);

    g_assert_true(offered(f, VIRTIO_F_VERSION_1));
    g_assert_true(offered(f, VIRTIO_RING_F_INDIRECT_DESC));
    g_assert_true(offered(f, VIRTIO_RING_F_EVENT_IDX));
    g_assert_true(offered(f, VIRTIO_F_RING_RESET));
    g_assert_true(offered(f, FAKE_F_HIGH));
    g_assert_false(offered(f, VIRTIO_F_RING_PACKED));
    g_assert_false(offered(f, VIRTIO_F_ACCESS_PLATFORM));
    g_assert_false(offered(f, VIRTIO_F_IN_ORDER));
    g_assert_false(offered(f, VIRTIO_F_SR_IOV));
    g_assert_false(offered(f, 30));
    /* What only the legacy interface shows. */
    g_assert_false(offered(f, VIRTIO_F_NOTIFY_ON_EMPTY));
    g_assert_false(offered(f, VIRTIO_F_ANY_LAYOUT));
    g_assert_false(offered(f, FAKE_F_LEGACY));
    g_assert_cmphex(virtio_get_legacy_features(f->vdev), ==,
                    1u << VIRTIO_F_NOTIFY_ON_EMPTY | 1u << VIRTIO_F_ANY_LAYOUT |
                        1u << VIRTIO_RING_F_INDIRECT_DESC |
                        1u << VIRTIO_RING_F_EVENT_IDX | 1u << FAKE_F_BASE |
                        1u << FAKE_F_NEEDS_BASE | 1u << FAKE_F_LEGACY);
    for (unsigned select = 4; select < 300; select++) {
        g_assert_cmphex(virtio_get_host_features_word(f->vdev, select), ==, 0);
        g_assert_cmphex(virtio_get_guest_features_word(f->vdev, select), ==,
                        0);
    }
    g_assert_cmphex(virtio_get_host_features_word(f->vdev, UINT32_MAX), ==, 0);
    fake_free(f);
}

static void test_properties(void)
{
    FakeOptions o = { .props = "event_idx=off,indirect_desc=off,in_order=on,"
                               "queue_reset=off" };
    FakeVirtio *f = fake_new(&o);
    Error *err = NULL;

    g_assert_false(offered(f, VIRTIO_RING_F_EVENT_IDX));
    g_assert_false(offered(f, VIRTIO_RING_F_INDIRECT_DESC));
    g_assert_false(offered(f, VIRTIO_F_RING_RESET));
    g_assert_true(offered(f, VIRTIO_F_IN_ORDER));
    fake_free(f);

    o.props = "packed=on";
    g_assert_null(fake_try_new(&o, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "packed=on"));
    error_free(err);

    o.props = "packed=off";
    f = fake_new(&o);
    g_assert_false(offered(f, VIRTIO_F_RING_PACKED));
    fake_free(f);

    o = (FakeOptions){ .legacy_only = true };
    f = fake_new(&o);
    g_assert_cmphex(f->vdev->host_features.w[0] >> 32, ==, 0);
    g_assert_cmphex(f->vdev->host_features.w[1], ==, 0);
    fake_free(f);
}

/* Any subset that keeps the rules is taken, each bit left out in turn. */
static void test_subsets(void)
{
    FakeVirtio *f = fake_new(NULL);

    for (int bit = 0; bit < VIRTIO_FEATURES_BITS; bit++) {
        VirtioFeatures v = fake_offer_without(f, bit, -1);
        bool ok = bit != VIRTIO_F_VERSION_1 && bit != FAKE_F_BASE;

        g_assert_cmpint(try_negotiate(f, v), ==, ok);
        g_assert_true(virtio_features_equal(
            f->vdev->guest_features, ok ? v : (VirtioFeatures){ { 0, 0 } }));
        /* The refusal can be repaired without a reset. */
        fake_write_features(f, fake_offer_without(f, -1));
        virtio_set_status(f->vdev, f->vdev->status | FOK);
        g_assert_cmphex(f->vdev->status, ==, ACK | DRV | FOK);
    }
    fake_free(f);
}

/* One bit more than offered, each in turn. */
static void test_not_offered(void)
{
    FakeVirtio *f = fake_new(NULL);

    for (unsigned bit = 0; bit < VIRTIO_FEATURES_BITS; bit++) {
        VirtioFeatures v = fake_offer_without(f, -1);
        bool is_offered = virtio_has_feature(&v, bit);
        uint64_t ignored = f->vdev->ignored;

        virtio_add_feature(&v, bit);
        g_assert_cmpint(try_negotiate(f, v), ==, is_offered);
        g_assert_cmpuint(f->vdev->ignored != ignored, ==, !is_offered);
    }
    fake_free(f);
}

static void test_dependency(void)
{
    FakeVirtio *f = fake_new(NULL);

    g_assert_false(try_negotiate(f, fake_offer_without(f, FAKE_F_BASE, -1)));
    g_assert_true(try_negotiate(
        f, fake_offer_without(f, FAKE_F_BASE, FAKE_F_NEEDS_BASE, -1)));
    fake_free(f);
}

static void test_access_platform(void)
{
    FakeOptions o = { .props = "iommu_platform=on" };
    FakeVirtio *f = fake_new(&o);

    g_assert_true(offered(f, VIRTIO_F_ACCESS_PLATFORM));
    g_assert_true(try_negotiate(f, fake_offer_without(f, -1)));
    g_assert_false(try_negotiate(
        f, fake_offer_without(f, VIRTIO_F_ACCESS_PLATFORM, -1)));
    fake_free(f);
}

static void test_frozen(void)
{
    FakeVirtio *f = fake_new(NULL);
    VirtioFeatures v = fake_offer_without(f, -1);
    unsigned calls;

    g_assert_true(try_negotiate(f, v));
    calls = f->set_features;
    for (unsigned i = 0; i < 4; i++) {
        virtio_set_guest_features_word(f->vdev, i, 0);
    }
    virtio_set_guest_features_word(f->vdev, 4, 1);
    g_assert_true(virtio_features_equal(f->vdev->guest_features, v));
    g_assert_cmphex(virtio_get_guest_features_word(f->vdev, 1), ==,
                    v.w[0] >> 32);
    g_assert_cmpuint(f->set_features, ==, calls);
    g_assert_cmpuint(f->vdev->ignored, ==, 5);
    /* A set accepted once is accepted again. */
    g_assert_true(try_negotiate(f, v));
    /* Reset tells the type that there are none. */
    calls = f->set_features;
    virtio_reset(f->vdev);
    g_assert_cmpuint(f->set_features, ==, calls + 1);
    fake_free(f);
}

/* The legacy interface: at once, and only what is offered there. */
static void test_legacy(void)
{
    FakeVirtio *f = fake_new(NULL);
    unsigned calls = f->set_features;

    f->vdev->legacy = true;
    virtio_set_status(f->vdev, ACK | DRV);
    virtio_set_guest_features_word(f->vdev, 0, UINT32_MAX);
    g_assert_cmpuint(f->set_features, ==, calls + 1);
    g_assert_cmphex(f->vdev->guest_features.w[0], ==,
                    virtio_get_legacy_features(f->vdev));
    /* There is no second word. */
    virtio_set_guest_features_word(f->vdev, 1, 1);
    g_assert_cmphex(f->vdev->guest_features.w[0], ==,
                    virtio_get_legacy_features(f->vdev));
    virtio_set_guest_features_word(f->vdev, 0, 1u << FAKE_F_BASE);
    g_assert_cmphex(f->vdev->guest_features.w[0], ==, 1u << FAKE_F_BASE);
    virtio_set_status(f->vdev, ACK | DRV | DOK);
    virtio_set_guest_features_word(f->vdev, 0, 0);
    g_assert_cmphex(f->vdev->guest_features.w[0], ==, 1u << FAKE_F_BASE);
    fake_free(f);
}

/* --------------------------------------------------------- configuration */

static void test_config_access(void)
{
    FakeVirtio *f = fake_new(NULL);

    for (unsigned i = 0; i < FAKE_CONFIG_LEN; i++) {
        f->config[i] = i + 1;
    }
    /* Readable before negotiation. */
    g_assert_cmphex(virtio_config_read(f->vdev, 0, 4), ==, 0x04030201);
    for (unsigned size = 1; size <= 4; size *= 2) {
        for (uint32_t addr = 0; addr < 64; addr++) {
            uint32_t want = 0;

            if (addr + size > FAKE_CONFIG_LEN) {
                want = UINT32_MAX >> (32 - 8 * size);
            } else {
                for (unsigned i = 0; i < size; i++) {
                    want |= (addr + i + 1) << (8 * i);
                }
            }
            g_assert_cmphex(virtio_config_read(f->vdev, addr, size), ==, want);
        }
    }
    g_assert_cmphex(virtio_config_read(f->vdev, UINT32_MAX, 4), ==,
                    UINT32_MAX);
    /* Not writable before FEATURES_OK, and never outside. */
    virtio_config_write(f->vdev, 0, 0xff, 1);
    g_assert_cmpuint(f->config_writes, ==, 0);
    g_assert_true(try_negotiate(f, fake_offer_without(f, -1)));
    virtio_config_write(f->vdev, FAKE_CONFIG_LEN - 3, 0, 4);
    virtio_config_write(f->vdev, UINT32_MAX, 0, 4);
    virtio_config_write(f->vdev, FAKE_CONFIG_LEN, 0, 1);
    g_assert_cmpuint(f->config_writes, ==, 0);
    virtio_config_write(f->vdev, FAKE_CONFIG_LEN - 4, 0xaabbccdd, 4);
    g_assert_cmpuint(f->config_writes, ==, 1);
    g_assert_cmphex(f->config[FAKE_CONFIG_LEN - 1], ==, 0xaa);
    g_assert_cmphex(f->config[0], ==, 1);
    fake_free(f);

    /* A legacy driver may write before. */
    f = fake_new(NULL);
    f->vdev->legacy = true;
    virtio_config_write(f->vdev, 0, 0xff, 1);
    g_assert_cmphex(f->config[0], ==, 0xff);
    fake_free(f);
}

static void test_generation(void)
{
    FakeVirtio *f = fake_new(NULL);
    uint8_t before, after;

    g_assert_true(try_negotiate(f, fake_offer_without(f, -1)));
    before = virtio_config_generation(f->vdev);
    g_assert_cmpuint(virtio_config_generation(f->vdev), ==, before);
    virtio_config_read(f->vdev, 0, 4);
    g_assert_cmpuint(virtio_config_generation(f->vdev), ==, before);
    /* However many changes there are between two looks, even 256. */
    for (unsigned n = 1; n <= 512; n++) {
        for (unsigned i = 0; i < n; i++) {
            f->config[0]++;
            virtio_notify_config(f->vdev);
        }
        after = virtio_config_generation(f->vdev);
        g_assert_cmpuint(after, !=, before);
        before = after;
    }
    /* A change that nobody announced counts too. */
    f->config[5] ^= 1;
    virtio_config_read(f->vdev, 0, 4);
    g_assert_cmpuint(virtio_config_generation(f->vdev), !=, before);
    fake_free(f);
}

/* Interrupts for changes come with DRIVER_OK only. */
static void test_config_interrupt(void)
{
    FakeVirtio *f = fake_new(NULL);

    virtio_notify_config(f->vdev);
    g_assert_true(try_negotiate(f, fake_offer_without(f, -1)));
    virtio_notify_config(f->vdev);
    g_assert_cmpuint(f->config_irqs, ==, 0);
    fake_driver_ok(f);
    virtio_notify_config(f->vdev);
    g_assert_cmpuint(f->config_irqs, ==, 1);
    g_assert_cmpuint(f->vdev->isr, ==, 2);
    virtio_reset(f->vdev);
    virtio_notify_config(f->vdev);
    g_assert_cmpuint(f->config_irqs, ==, 1);
    fake_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_init();
    g_test_add_func("/virtio/features/offer", test_offer);
    g_test_add_func("/virtio/features/properties", test_properties);
    g_test_add_func("/virtio/features/subsets", test_subsets);
    g_test_add_func("/virtio/features/not-offered", test_not_offered);
    g_test_add_func("/virtio/features/dependency", test_dependency);
    g_test_add_func("/virtio/features/access-platform", test_access_platform);
    g_test_add_func("/virtio/features/frozen", test_frozen);
    g_test_add_func("/virtio/features/legacy", test_legacy);
    g_test_add_func("/virtio/config/access", test_config_access);
    g_test_add_func("/virtio/config/generation", test_generation);
    g_test_add_func("/virtio/config/interrupt", test_config_interrupt);
    return g_test_run();
}
