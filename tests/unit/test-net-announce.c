/*
 * Announcements: the frame, the rounds, who is asked, and ids.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net-test-clients.h"
#include "util/bswap.h"

static TestBackend *b;
static TestNIC *t;

static void setup(void)
{
    b = test_backend_new("b0");
    t = test_nic_new("nic0", "b0");
    net_vm_state_change(true);
}

static void teardown(void)
{
    test_nic_free(t);
    netdev_del("b0", &error_abort);
    net_vm_state_change(false);
}

static void wait_ms(int ms)
{
    int64_t end = g_get_monotonic_time() + ms * 1000;

    while (g_get_monotonic_time() < end) {
        aio_poll(qemu_get_aio_context(), false);
        g_usleep(500);
    }
}

static void test_announce(void)
{
    AnnounceParameters p = { .initial = 5, .max = 20, .rounds = 4,
                             .step = 5 };
    strList other = { .value = (char *)"nic9" };

    setup();
    qemu_announce_self(&p);
    g_assert_cmpuint(b->received, ==, 1); /* the first at once */
    g_assert_cmpuint(b->last_size, ==, 60);
    g_assert_cmphex(ldw_be_p(b->last + 12), ==, ETH_P_RARP);
    g_assert_cmphex(ldw_be_p(b->last + 20), ==, 3);
    g_assert_cmpmem(b->last, 6, "\xff\xff\xff\xff\xff\xff", 6);
    g_assert_cmpmem(b->last + 6, 6, t->conf.macaddr.a, 6);
    g_assert_cmpmem(b->last + 22, 6, t->conf.macaddr.a, 6);
    g_assert_cmpmem(b->last + 32, 6, t->conf.macaddr.a, 6);
    wait_ms(200);
    g_assert_cmpuint(b->received, ==, 4);
    g_assert_cmpuint(t->announced, ==, 4);

    /* Only the named ones; nothing with no rounds; absurd times end. */
    p.interfaces = &other;
    qemu_announce_self(&p);
    p.interfaces = NULL;
    p.rounds = 0;
    qemu_announce_self(&p);
    p = (AnnounceParameters){ .initial = -5, .max = -1, .rounds = 2,
                              .step = INT64_MIN };
    qemu_announce_self(&p);
    wait_ms(50);
    g_assert_cmpuint(b->received, ==, 6);
    teardown();
}

/* The same id replaces, another runs beside. */
static void test_announce_ids(void)
{
    AnnounceParameters p = { .initial = 1000, .max = 1000, .rounds = 100,
                             .step = 0 };

    setup();
    qemu_announce_self(&p);
    p.id = (char *)"x";
    qemu_announce_self(&p);
    g_assert_cmpuint(b->received, ==, 2);
    p.rounds = 1;
    qemu_announce_self(&p);
    p.id = NULL;
    qemu_announce_self(&p);
    g_assert_cmpuint(b->received, ==, 4);
    wait_ms(20);
    g_assert_cmpuint(b->received, ==, 4);
    teardown();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qemu_init_main_loop(&error_abort);
    g_test_add_func("/net/announce/rounds", test_announce);
    g_test_add_func("/net/announce/ids", test_announce_ids);
    return g_test_run();
}
