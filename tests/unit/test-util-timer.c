/*
 * Clocks and timers: order, re-arming, the steering of guest time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/aio.h"
#include "util/atomic.h"

static AioContext *ctx;
static GString *trace;

typedef struct Probe {
    QEMUTimer *t;
    char name;
    int runs;
    int64_t rearm_ns;   /* relative; 0: not */
    int rearm_count;
    bool free_self;
    QEMUTimer *victim;  /* deleted by the callback */
    int64_t ran_at;
    QEMUClockType clock;
} Probe;

static void probe_cb(void *opaque)
{
    Probe *p = opaque;

    p->runs++;
    p->ran_at = qemu_clock_get_ns(p->clock);
    g_assert_false(timer_pending(p->t));
    g_string_append_c(trace, p->name);
    if (p->victim) {
        timer_del(p->victim);
    }
    if (p->rearm_count) {
        p->rearm_count--;
        timer_mod_ns(p->t, p->ran_at + p->rearm_ns);
    }
    if (p->free_self) {
        timer_free(p->t);
        p->t = NULL;
    }
}

static void probe_init(Probe *p, QEMUClockType clock, char name)
{
    *p = (Probe){ .name = name, .clock = clock };
    p->t = aio_timer_new(ctx, clock, SCALE_NS, probe_cb, p);
    g_assert_false(timer_pending(p->t));
    g_assert_cmpint(timer_expire_time_ns(p->t), ==, -1);
}

static void test_clocks(void)
{
    int64_t a = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
    int64_t b = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
    int64_t host = qemu_clock_get_ns(QEMU_CLOCK_HOST);

    g_assert_cmpint(b, >=, a);
    g_assert_cmpint(ABS(host / SCALE_US - g_get_real_time()), <, 1000000);
    g_assert_cmpint(qemu_clock_get_ms(QEMU_CLOCK_REALTIME), >=, a / SCALE_MS);
}

static void test_expires(void)
{
    int64_t start = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
    Probe p;

    probe_init(&p, QEMU_CLOCK_REALTIME, 'p');
    timer_mod_ns(p.t, start + 20 * SCALE_MS);
    g_assert_true(timer_pending(p.t));
    g_assert_cmpint(timer_expire_time_ns(p.t), ==, start + 20 * SCALE_MS);
    g_assert_false(aio_poll(ctx, false));
    g_assert_true(aio_poll(ctx, true));
    g_assert_cmpint(p.runs, ==, 1);
    g_assert_cmpint(p.ran_at, >=, start + 20 * SCALE_MS);
    g_assert_cmpint(p.ran_at, <, start + 200 * SCALE_MS);
    timer_free(p.t);
    timer_free(NULL);
}

static void test_units(void)
{
    QEMUTimer *t = timer_new_ms(QEMU_CLOCK_REALTIME, NULL, NULL);

    timer_mod(t, 7);
    g_assert_cmpint(timer_expire_time_ns(t), ==, 7 * SCALE_MS);
    timer_mod(t, INT64_MAX);
    g_assert_cmpint(timer_expire_time_ns(t), ==, INT64_MAX);
    timer_mod(t, INT64_MIN);
    g_assert_cmpint(timer_expire_time_ns(t), ==, 0);
    timer_del(t);
    timer_del(t);
    g_assert_false(timer_pending(t));
    timer_mod(t, 1);
    timer_free(t); /* armed */

    t = aio_timer_new(ctx, QEMU_CLOCK_VIRTUAL, SCALE_US, NULL, NULL);
    timer_mod(t, 7);
    g_assert_cmpint(timer_expire_time_ns(t), ==, 7000);
    timer_free(t);
}

static void test_order(void)
{
    static const int at[] = { 5, 3, 9, 3, 1, 5, 0 };
    int64_t base = qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - SCALE_MS;
    Probe p[ARRAY_SIZE(at)];

    g_string_truncate(trace, 0);
    for (int i = 0; i < ARRAY_SIZE(at); i++) {
        probe_init(&p[i], QEMU_CLOCK_REALTIME, 'a' + i);
        timer_mod_ns(p[i].t, base + at[i]);
    }
    aio_poll(ctx, true);
    /* By time; among equals, by arming. */
    g_assert_cmpstr(trace->str, ==, "gebdafc");
    for (int i = 0; i < ARRAY_SIZE(at); i++) {
        timer_free(p[i].t);
    }
}

/* Many timers armed, moved and deleted at random, against a sorted model. */
static void test_heap(void)
{
    enum { N = 300 };
    int64_t expect[N], last = -1;
    Probe p[N];
    int live = 0;

    qemu_clock_set_manual(true);
    qemu_clock_enable_virtual(true);
    for (int i = 0; i < N; i++) {
        probe_init(&p[i], QEMU_CLOCK_VIRTUAL, 'h');
        expect[i] = -1;
    }
    for (int round = 0; round < 5000; round++) {
        int i = g_test_rand_int_range(0, N);
        int64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);

        if (g_test_rand_int_range(0, 3)) {
            expect[i] = now + 1 + g_test_rand_int_range(0, 1000000);
            timer_mod_ns(p[i].t, expect[i]);
        } else {
            expect[i] = -1;
            timer_del(p[i].t);
        }
    }
    for (int i = 0; i < N; i++) {
        g_assert_cmpint(timer_expire_time_ns(p[i].t), ==, expect[i]);
        live += expect[i] >= 0;
    }
    for (int fired = 0; fired < live;) {
        int64_t next = qemu_clock_next_virtual_deadline();

        g_assert_cmpint(next, >, last);
        last = next;
        g_assert_cmpint(qemu_clock_warp(next), ==, next);
        for (int i = 0; i < N; i++) {
            if (expect[i] == next) {
                g_assert_cmpint(p[i].runs, ==, 1);
                g_assert_cmpint(p[i].ran_at, ==, next);
                expect[i] = -1;
                fired++;
            }
        }
    }
    g_assert_cmpint(qemu_clock_next_virtual_deadline(), ==, -1);
    for (int i = 0; i < N; i++) {
        timer_free(p[i].t);
    }
}

static void test_rearm(void)
{
    Probe p;

    qemu_clock_set_manual(true);
    qemu_clock_enable_virtual(true);
    probe_init(&p, QEMU_CLOCK_VIRTUAL, 'p');
    p.rearm_ns = 10;
    p.rearm_count = 4;
    timer_mod_ns(p.t, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + 10);
    qemu_clock_warp(qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + 35);
    g_assert_cmpint(p.runs, ==, 3);
    qemu_clock_warp(qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + 1000);
    g_assert_cmpint(p.runs, ==, 5);
    timer_free(p.t);
}

static void test_delete_in_callback(void)
{
    int64_t past = qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - 10;
    Probe killer, victim, suicide;

    probe_init(&killer, QEMU_CLOCK_REALTIME, 'k');
    probe_init(&victim, QEMU_CLOCK_REALTIME, 'v');
    probe_init(&suicide, QEMU_CLOCK_REALTIME, 's');
    killer.victim = victim.t;
    suicide.free_self = true;
    timer_mod_ns(killer.t, past);
    timer_mod_ns(victim.t, past + 1);
    timer_mod_ns(suicide.t, past + 2);
    aio_poll(ctx, true);
    g_assert_cmpint(killer.runs, ==, 1);
    g_assert_cmpint(victim.runs, ==, 0);
    g_assert_cmpint(suicide.runs, ==, 1);
    g_assert_null(suicide.t);
    timer_free(killer.t);
    timer_free(victim.t);
}

/* A timer that re-arms itself for the past must not starve the others, nor
 * keep a poll or a warp from returning. */
static void test_greedy(void)
{
    Probe greedy, modest;

    for (int clock = 0; clock <= QEMU_CLOCK_VIRTUAL; clock++) {
        int64_t now = qemu_clock_get_ns(clock);

        probe_init(&greedy, clock, 'g');
        probe_init(&modest, clock, 'm');
        greedy.rearm_ns = -1000;
        greedy.rearm_count = INT_MAX;
        timer_mod_ns(greedy.t, now - 500);
        timer_mod_ns(modest.t, now - 1);
        aio_poll(ctx, false);
        g_assert_cmpint(greedy.runs, ==, 1);
        g_assert_cmpint(modest.runs, ==, 1);
        aio_poll(ctx, true);
        g_assert_cmpint(greedy.runs, ==, 2);
        if (clock == QEMU_CLOCK_VIRTUAL) {
            timer_mod_ns(modest.t, now + 50);
            g_assert_cmpint(qemu_clock_warp(now + 100), ==, now + 100);
        }
        timer_free(greedy.t);
        timer_free(modest.t);
    }
}

static void test_virtual(void)
{
    int64_t a, b;
    Probe p;

    qemu_clock_set_manual(false);
    qemu_clock_enable_virtual(false);
    a = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    g_usleep(2000);
    g_assert_cmpint(qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL), ==, a);
    g_assert_cmpint(qemu_clock_warp(a + 5), ==, a);

    /* Stopped: what is due does not run, and does not keep us awake. */
    probe_init(&p, QEMU_CLOCK_VIRTUAL, 'p');
    timer_mod_ns(p.t, a);
    g_assert_false(aio_poll(ctx, false));
    g_assert_cmpint(qemu_clock_next_virtual_deadline(), ==, -1);

    qemu_clock_enable_virtual(true);
    g_assert_cmpint(qemu_clock_next_virtual_deadline(), ==, a);
    while (!p.runs) {
        aio_poll(ctx, true);
    }
    timer_mod_ns(p.t, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + 3 * SCALE_MS);
    while (p.runs < 2) {
        aio_poll(ctx, true);
    }
    b = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    g_assert_cmpint(b - a, >=, 3 * SCALE_MS);

    /* Neither change of mode makes it jump. */
    qemu_clock_enable_virtual(false);
    a = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    g_assert_cmpint(a, >=, b);
    g_usleep(3000);
    qemu_clock_enable_virtual(true);
    g_assert_cmpint(qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) - a, <,
                    100 * SCALE_MS);
    timer_free(p.t);
}

static void test_warp(void)
{
    AioContext *mine = aio_context_new(&error_abort);
    int64_t t0, r0;
    Probe p[3];

    aio_context_attach(mine);
    qemu_clock_set_manual(true);
    qemu_clock_enable_virtual(true);
    t0 = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    g_usleep(1000);
    g_assert_cmpint(qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL), ==, t0);

    g_string_truncate(trace, 0);
    for (int i = 0; i < 3; i++) {
        probe_init(&p[i], QEMU_CLOCK_VIRTUAL, 'a' + i);
    }
    timer_free(p[1].t);
    p[1].t = aio_timer_new(mine, QEMU_CLOCK_VIRTUAL, SCALE_NS, probe_cb, &p[1]);
    timer_mod_ns(p[0].t, t0 + 3000000);
    timer_mod_ns(p[1].t, t0 + 2000000); /* another context of this thread */
    timer_mod_ns(p[2].t, t0 + 1000000);
    /* Time stands still: nothing to wait for. */
    g_assert_false(aio_poll(ctx, false));

    r0 = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
    g_assert_cmpint(qemu_clock_warp(t0 + 2500000), ==, t0 + 2500000);
    g_assert_cmpstr(trace->str, ==, "cb");
    /* Each saw the time it asked for. */
    g_assert_cmpint(p[2].ran_at, ==, t0 + 1000000);
    g_assert_cmpint(p[1].ran_at, ==, t0 + 2000000);
    g_assert_cmpint(qemu_clock_warp(t0 + NANOSECONDS_PER_SECOND * 3600), ==,
                    t0 + NANOSECONDS_PER_SECOND * 3600);
    g_assert_cmpstr(trace->str, ==, "cba");
    g_assert_cmpint(qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - r0, <,
                    NANOSECONDS_PER_SECOND);
    /* Never backwards. */
    g_assert_cmpint(qemu_clock_warp(t0), ==,
                    t0 + NANOSECONDS_PER_SECOND * 3600);
    for (int i = 0; i < 3; i++) {
        timer_free(p[i].t);
    }
    aio_context_unref(mine);
}

static void *arm_from_thread(void *opaque)
{
    g_usleep(20000);
    timer_mod_ns(opaque, qemu_clock_get_ns(QEMU_CLOCK_REALTIME));
    return NULL;
}

/* A thread that is not the home arms a timer while the home sleeps. */
static void test_arm_from_thread(void)
{
    QemuThread *th;
    Probe far, p;

    probe_init(&far, QEMU_CLOCK_REALTIME, 'f');
    probe_init(&p, QEMU_CLOCK_REALTIME, 'p');
    timer_mod_ns(far.t, qemu_clock_get_ns(QEMU_CLOCK_REALTIME) +
                            20 * NANOSECONDS_PER_SECOND);
    th = qemu_thread_create("arm", arm_from_thread, p.t, &error_abort);
    while (!p.runs && !far.runs) {
        aio_poll(ctx, true);
    }
    g_assert_cmpint(p.runs, ==, 1);
    g_assert_cmpint(far.runs, ==, 0);
    qemu_thread_join(th);
    timer_free(far.t);
    timer_free(p.t);
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    g_assert_true(qemu_init_main_loop(&error_abort));
    ctx = qemu_get_aio_context();
    trace = g_string_new(NULL);
    g_test_add_func("/util/timer/clocks", test_clocks);
    g_test_add_func("/util/timer/expires", test_expires);
    g_test_add_func("/util/timer/units", test_units);
    g_test_add_func("/util/timer/order", test_order);
    g_test_add_func("/util/timer/heap", test_heap);
    g_test_add_func("/util/timer/rearm", test_rearm);
    g_test_add_func("/util/timer/delete", test_delete_in_callback);
    g_test_add_func("/util/timer/greedy", test_greedy);
    g_test_add_func("/util/timer/virtual", test_virtual);
    g_test_add_func("/util/timer/warp", test_warp);
    g_test_add_func("/util/timer/arm-from-thread", test_arm_from_thread);
    ret = g_test_run();
    g_string_free(trace, TRUE);
    return ret;
}
