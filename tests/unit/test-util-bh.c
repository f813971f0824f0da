/*
 * Bottom halves: once per schedule, in order, in the home thread, and safe to
 * delete at any point.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/aio.h"
#include "util/atomic.h"

static AioContext *ctx;

typedef struct Counter {
    QEMUBH *bh;
    int runs;
    int reschedule; /* how often the callback schedules itself */
    bool delete_self;
    GString *trace;
    char name;
} Counter;

static void count(void *opaque)
{
    Counter *c = opaque;

    c->runs++;
    if (c->trace) {
        g_string_append_c(c->trace, c->name);
    }
    if (c->reschedule) {
        c->reschedule--;
        qemu_bh_schedule(c->bh);
    }
    if (c->delete_self) {
        qemu_bh_delete(c->bh);
    }
}

static void drain(void)
{
    while (aio_poll(ctx, false)) {
        /* more */
    }
}

static void test_once(void)
{
    Counter c = { 0 };

    c.bh = aio_bh_new(ctx, count, &c, "c");
    g_assert_false(aio_poll(ctx, false));
    qemu_bh_schedule(c.bh);
    qemu_bh_schedule(c.bh);
    g_assert_true(aio_poll(ctx, true));
    g_assert_cmpint(c.runs, ==, 1);
    g_assert_false(aio_poll(ctx, false));
    qemu_bh_schedule(c.bh);
    g_assert_true(aio_poll(ctx, true));
    g_assert_cmpint(c.runs, ==, 2);
    qemu_bh_delete(c.bh);
    qemu_bh_delete(NULL);
    drain();
}

static void test_reschedule(void)
{
    Counter c = { .reschedule = 3 };

    c.bh = aio_bh_new(ctx, count, &c, "c");
    qemu_bh_schedule(c.bh);
    /* Its own schedule is for the next poll: no poll lasts for ever. */
    for (int i = 1; i <= 4; i++) {
        g_assert_true(aio_poll(ctx, true));
        g_assert_cmpint(c.runs, ==, i);
    }
    g_assert_false(aio_poll(ctx, false));
    qemu_bh_delete(c.bh);
    drain();
}

static void test_order(void)
{
    GString *trace = g_string_new(NULL);
    Counter c[5];

    for (int i = 0; i < 5; i++) {
        c[i] = (Counter){ .trace = trace, .name = 'a' + i };
        c[i].bh = aio_bh_new(ctx, count, &c[i], "c");
    }
    for (int i = 0; i < 5; i++) {
        qemu_bh_schedule(c[(i * 3) % 5].bh);
    }
    aio_poll(ctx, true);
    g_assert_cmpstr(trace->str, ==, "adbec");
    for (int i = 0; i < 5; i++) {
        qemu_bh_delete(c[i].bh);
    }
    drain();
    g_string_free(trace, TRUE);
}

static void test_cancel(void)
{
    Counter c = { 0 };

    c.bh = aio_bh_new(ctx, count, &c, "c");
    qemu_bh_schedule(c.bh);
    qemu_bh_cancel(c.bh);
    g_assert_false(aio_poll(ctx, false));
    qemu_bh_schedule(c.bh);
    qemu_bh_cancel(c.bh);
    qemu_bh_schedule(c.bh);
    drain();
    g_assert_cmpint(c.runs, ==, 1);
    qemu_bh_schedule_idle(c.bh);
    qemu_bh_cancel(c.bh);
    drain();
    g_assert_cmpint(c.runs, ==, 1);
    qemu_bh_delete(c.bh);
    drain();
}

static void test_delete(void)
{
    Counter scheduled = { 0 }, self = { .delete_self = true };
    Counter both = { .delete_self = true, .reschedule = 1 };

    scheduled.bh = aio_bh_new(ctx, count, &scheduled, "c");
    qemu_bh_schedule(scheduled.bh);
    qemu_bh_delete(scheduled.bh);
    drain();
    g_assert_cmpint(scheduled.runs, ==, 0);

    self.bh = aio_bh_new(ctx, count, &self, "c");
    qemu_bh_schedule(self.bh);
    drain();
    g_assert_cmpint(self.runs, ==, 1);

    both.bh = aio_bh_new(ctx, count, &both, "c");
    qemu_bh_schedule(both.bh);
    drain();
    aio_poll(ctx, false);
    g_assert_cmpint(both.runs, ==, 1);
}

static void delete_other(void *opaque)
{
    Counter *other = opaque;

    qemu_bh_delete(other->bh);
}

static void test_delete_other(void)
{
    Counter victim = { 0 };
    QEMUBH *killer = aio_bh_new(ctx, delete_other, &victim, "killer");

    victim.bh = aio_bh_new(ctx, count, &victim, "victim");
    qemu_bh_schedule(killer);
    qemu_bh_schedule(victim.bh); /* behind it, in the same poll */
    drain();
    g_assert_cmpint(victim.runs, ==, 0);
    qemu_bh_delete(killer);
    drain();
}

static void test_idle(void)
{
    Counter c = { 0 };
    int64_t start, took;

    c.bh = aio_bh_new(ctx, count, &c, "c");
    qemu_bh_schedule_idle(c.bh);
    start = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
    while (!c.runs) {
        aio_poll(ctx, true);
    }
    took = qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - start;
    g_assert_cmpint(took, >=, 5 * SCALE_MS);
    g_assert_cmpint(took, <, 500 * SCALE_MS);

    /* With something else to do it runs along. */
    qemu_bh_schedule_idle(c.bh);
    qemu_bh_schedule(c.bh);
    start = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
    aio_poll(ctx, true);
    took = qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - start;
    g_assert_cmpint(c.runs, ==, 2);
    g_assert_cmpint(took, <, 5 * SCALE_MS);
    qemu_bh_delete(c.bh);
    drain();
}

static void test_oneshot(void)
{
    Counter c = { 0 };

    aio_bh_schedule_oneshot(ctx, count, &c);
    aio_bh_schedule_oneshot(ctx, count, &c);
    drain();
    g_assert_cmpint(c.runs, ==, 2);
    aio_wait_bh_oneshot(ctx, count, &c); /* at home: at once */
    g_assert_cmpint(c.runs, ==, 3);
}

typedef struct Nest {
    Counter *later;
    int seen;
} Nest;

static void nested_wait(void *opaque)
{
    Nest *n = opaque;

    while (!n->later->runs) {
        aio_poll(ctx, true);
    }
    n->seen = n->later->runs;
}

static void test_nested(void)
{
    Counter later = { 0 };
    Nest n = { .later = &later };

    /* What the outer poll has taken but not run must run in the nested. */
    later.bh = aio_bh_new(ctx, count, &later, "later");
    aio_bh_schedule_oneshot(ctx, nested_wait, &n);
    qemu_bh_schedule(later.bh);
    drain();
    g_assert_cmpint(n.seen, ==, 1);
    g_assert_cmpint(later.runs, ==, 1);
    qemu_bh_delete(later.bh);
    drain();
}

typedef struct Storm {
    QEMUBH *bh;
    unsigned wanted; /* atomic; what the threads asked for */
    unsigned seen;   /* home; the last value the callback found */
    unsigned live;   /* atomic */
    int oneshots;    /* home */
} Storm;

static void storm_cb(void *opaque)
{
    Storm *s = opaque;

    s->seen = qatomic_read(&s->wanted);
}

static void storm_oneshot(void *opaque)
{
    ((Storm *)opaque)->oneshots++;
}

static void *storm_thread(void *opaque)
{
    Storm *s = opaque;

    for (int i = 0; i < 20000; i++) {
        qatomic_inc(&s->wanted);
        qemu_bh_schedule(s->bh);
        if (i % 16 == 0) {
            aio_bh_schedule_oneshot(ctx, storm_oneshot, s);
        }
    }
    qatomic_dec(&s->live);
    qemu_bh_schedule(s->bh);
    return NULL;
}

static void test_threads(void)
{
    Storm s = { .live = 4 };
    QemuThread *t[4];

    s.bh = aio_bh_new(ctx, storm_cb, &s, "storm");
    for (int i = 0; i < 4; i++) {
        t[i] = qemu_thread_create("storm", storm_thread, &s, &error_abort);
    }
    /* A lost wake-up would leave us sleeping here for ever. */
    while (qatomic_read(&s.live) || s.seen != 80000) {
        aio_poll(ctx, true);
    }
    for (int i = 0; i < 4; i++) {
        qemu_thread_join(t[i]);
    }
    drain();
    g_assert_cmpint(s.oneshots, ==, 4 * 1250);
    qemu_bh_delete(s.bh);
    drain();
}

typedef struct PingPong {
    AioContext *other;
    QEMUBH *here, *there;
    int rounds; /* passed from thread to thread with the bottom half */
    bool finished; /* ours */
    bool stop;  /* atomic */
} PingPong;

static void pong(void *opaque)
{
    PingPong *p = opaque;

    g_assert_true(in_aio_context_home_thread(p->other));
    g_assert_true(qemu_get_current_aio_context() == p->other);
    p->rounds++;
    qemu_bh_schedule(p->here);
}

static void ping(void *opaque)
{
    PingPong *p = opaque;

    g_assert_false(in_aio_context_home_thread(p->other));
    if (p->rounds < 20000) {
        qemu_bh_schedule(p->there);
    } else {
        p->finished = true;
    }
}

static void *other_loop(void *opaque)
{
    PingPong *p = opaque;

    aio_context_attach(p->other);
    while (!qatomic_read(&p->stop)) {
        aio_poll(p->other, true);
    }
    return NULL;
}

static void set_flag(void *opaque)
{
    *(bool *)opaque = true;
}

static void test_pingpong(void)
{
    PingPong p = { .other = aio_context_new(&error_abort) };
    bool waited = false;
    QemuThread *t;

    p.here = aio_bh_new(ctx, ping, &p, "here");
    p.there = aio_bh_new(p.other, pong, &p, "there");
    t = qemu_thread_create("a-name-too-long-for-the-kernel", other_loop, &p,
                           &error_abort);
    qemu_bh_schedule(p.there);
    while (!p.finished) {
        aio_poll(ctx, true);
    }
    aio_wait_bh_oneshot(p.other, set_flag, &waited);
    g_assert_true(waited);

    qatomic_set(&p.stop, true);
    aio_notify(p.other);
    g_assert_null(qemu_thread_join(t));
    qemu_bh_delete(p.here);
    qemu_bh_delete(p.there);
    drain();
    aio_context_unref(p.other); /* frees the deleted one */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(qemu_init_main_loop(&error_abort));
    ctx = qemu_get_aio_context();
    g_test_add_func("/util/bh/once", test_once);
    g_test_add_func("/util/bh/reschedule", test_reschedule);
    g_test_add_func("/util/bh/order", test_order);
    g_test_add_func("/util/bh/cancel", test_cancel);
    g_test_add_func("/util/bh/delete", test_delete);
    g_test_add_func("/util/bh/delete-other", test_delete_other);
    g_test_add_func("/util/bh/idle", test_idle);
    g_test_add_func("/util/bh/oneshot", test_oneshot);
    g_test_add_func("/util/bh/nested", test_nested);
    g_test_add_func("/util/bh/threads", test_threads);
    g_test_add_func("/util/bh/ping-pong", test_pingpong);
    return g_test_run();
}
