/*
 * The event loop: descriptors and their handlers, notifiers, nesting, busy
 * polling and the main loop's poll hooks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/aio.h"
#include "util/atomic.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

static AioContext *ctx;

typedef struct End {
    int fd;
    int reads, writes;
    bool forget_on_read; /* the handler removes itself */
    struct End *victim;  /* ... or this one */
    bool close_victim;
    bool nested; /* the handler polls */
    struct End *reopen; /* ... or puts a new handler on a reused fd */
} End;

static void end_read(void *opaque);

static void end_write(void *opaque)
{
    End *e = opaque;

    e->writes++;
    aio_set_fd_handler(ctx, e->fd, end_read, NULL, NULL, e);
}

static void end_read(void *opaque)
{
    End *e = opaque;
    char c;

    e->reads++;
    if (e->forget_on_read) {
        aio_set_fd_handler(ctx, e->fd, NULL, NULL, NULL, NULL);
    } else {
        g_assert_cmpint(read(e->fd, &c, 1), ==, 1);
    }
    if (e->victim) {
        aio_set_fd_handler(ctx, e->victim->fd, NULL, NULL, NULL, NULL);
        if (e->close_victim) {
            close(e->victim->fd);
        }
    }
    if (e->reopen) {
        e->reopen->fd = dup(STDERR_FILENO);
        aio_set_fd_handler(ctx, e->reopen->fd, end_read, NULL, NULL,
                           e->reopen);
    }
    if (e->nested) {
        e->nested = false;
        aio_poll(ctx, false);
    }
}

static void pair(int sv[2])
{
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv),
                    ==, 0);
}

static void watch(End *e)
{
    aio_set_fd_handler(ctx, e->fd, end_read, NULL, NULL, e);
}

static void unwatch_close(int fd)
{
    aio_set_fd_handler(ctx, fd, NULL, NULL, NULL, NULL);
    close(fd);
}

static void test_read_write(void)
{
    End e = { 0 };
    int sv[2];

    pair(sv);
    e.fd = sv[0];
    watch(&e);
    g_assert_false(aio_poll(ctx, false));
    g_assert_cmpint(write(sv[1], "abc", 3), ==, 3);
    for (int i = 1; i <= 3; i++) {
        g_assert_true(aio_poll(ctx, true));
        g_assert_cmpint(e.reads, ==, i);
    }
    g_assert_false(aio_poll(ctx, false));

    aio_set_fd_handler(ctx, sv[0], end_read, end_write, NULL, &e);
    g_assert_true(aio_poll(ctx, true));
    g_assert_cmpint(e.writes, ==, 1);
    g_assert_false(aio_poll(ctx, false));
    unwatch_close(sv[0]);
    close(sv[1]);
}

static void hup_cb(void *opaque)
{
    ++*(int *)opaque;
}

static void test_hup(void)
{
    int reads = 0, writes = 0;
    int sv[2], pipefd[2];

    /* With io_read: it is called, and read() tells. */
    pair(sv);
    aio_set_fd_handler(ctx, sv[0], hup_cb, NULL, NULL, &reads);
    close(sv[1]);
    g_assert_true(aio_poll(ctx, true));
    g_assert_cmpint(reads, ==, 1);
    unwatch_close(sv[0]);

    /* Without: io_write gets it. A full pipe whose reader goes away. */
    g_assert_cmpint(pipe2(pipefd, O_NONBLOCK), ==, 0);
    while (write(pipefd[1], "0123456789abcdef", 16) > 0) {
        /* fill it */
    }
    aio_set_fd_handler(ctx, pipefd[1], NULL, hup_cb, NULL, &writes);
    g_assert_false(aio_poll(ctx, false));
    close(pipefd[0]);
    g_assert_true(aio_poll(ctx, true));
    g_assert_cmpint(writes, ==, 1);
    unwatch_close(pipefd[1]);
}

static void test_remove_self(void)
{
    End e = { .forget_on_read = true };
    int sv[2];

    pair(sv);
    e.fd = sv[0];
    watch(&e);
    g_assert_cmpint(write(sv[1], "x", 1), ==, 1);
    g_assert_true(aio_poll(ctx, true));
    g_assert_false(aio_poll(ctx, false));
    g_assert_cmpint(e.reads, ==, 1);
    close(sv[0]);
    close(sv[1]);
}

/* Both are ready in the same poll; the first removes (and closes) the other,
 * whose number may even come back as somebody else's. */
static void test_remove_other(void)
{
    for (int mode = 0; mode < 3; mode++) {
        End a = { 0 }, b = { 0 }, c = { 0 };
        int s1[2], s2[2];

        pair(s1);
        pair(s2);
        a = (End){ .fd = s1[0], .victim = &b, .close_victim = mode > 0,
                   .reopen = mode > 1 ? &c : NULL };
        b = (End){ .fd = s2[0], .victim = &a, .close_victim = mode > 0,
                   .reopen = mode > 1 ? &c : NULL };
        watch(&a);
        watch(&b);
        g_assert_cmpint(write(s1[1], "x", 1), ==, 1);
        g_assert_cmpint(write(s2[1], "x", 1), ==, 1);
        aio_poll(ctx, true);
        g_assert_cmpint(a.reads + b.reads, ==, 1);
        g_assert_cmpint(c.reads, ==, 0);
        if (mode > 1) {
            g_assert_cmpint(c.fd, ==, a.reads ? s2[0] : s1[0]);
            unwatch_close(c.fd);
        }
        aio_set_fd_handler(ctx, a.reads ? s1[0] : s2[0], NULL, NULL, NULL,
                           NULL);
        g_assert_false(aio_poll(ctx, false));
        close(a.reads ? s1[0] : s2[0]);
        if (!mode) {
            close(a.reads ? s2[0] : s1[0]);
        }
        close(s1[1]);
        close(s2[1]);
    }
}

/* Each event is delivered once, by whichever poll comes to it first. */
static void test_nested(void)
{
    enum { N = 8 };
    int sv[N][2];
    End e[N];

    for (int i = 0; i < N; i++) {
        pair(sv[i]);
        e[i] = (End){ .fd = sv[i][0], .nested = i < 3 };
        watch(&e[i]);
        g_assert_cmpint(write(sv[i][1], "x", 1), ==, 1);
    }
    aio_poll(ctx, true);
    for (int i = 0; i < N; i++) {
        g_assert_cmpint(e[i].reads, ==, 1);
        unwatch_close(sv[i][0]);
        close(sv[i][1]);
    }
}

/* More ready descriptors than one epoll call returns. */
static void test_many(void)
{
    enum { N = 150 };
    int sv[N][2];
    End e[N];
    int total = 0;

    for (int i = 0; i < N; i++) {
        pair(sv[i]);
        e[i] = (End){ .fd = sv[i][0] };
        watch(&e[i]);
        g_assert_cmpint(write(sv[i][1], "x", 1), ==, 1);
    }
    while (aio_poll(ctx, false)) {
        /* all */
    }
    for (int i = 0; i < N; i++) {
        total += e[i].reads;
        unwatch_close(sv[i][0]);
        close(sv[i][1]);
    }
    g_assert_cmpint(total, ==, N);
}

/* epoll refuses regular files; poll() calls them always ready, and so must
 * we ("-monitor stdio <commands.txt"). */
static void test_regular_file(void)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("aio-XXXXXX", &path, NULL);
    End e = { .fd = fd };

    g_assert_cmpint(write(fd, "abcd", 4), ==, 4);
    lseek(fd, 0, SEEK_SET);
    watch(&e);
    for (int i = 1; i <= 3; i++) {
        g_assert_true(aio_poll(ctx, true));
        g_assert_cmpint(e.reads, ==, i);
    }
    e.forget_on_read = true;
    g_assert_true(aio_poll(ctx, true));
    g_assert_false(aio_poll(ctx, false));
    close(fd);
    unlink(path);
}

typedef struct Note {
    EventNotifier e;
    unsigned seen;
    unsigned live; /* atomic */
} Note;

static void note_cb(EventNotifier *e)
{
    Note *n = container_of(e, Note, e);

    if (event_notifier_test_and_clear(e)) {
        n->seen++;
    }
}

static void *note_thread(void *opaque)
{
    Note *n = opaque;

    for (int i = 0; i < 5000; i++) {
        event_notifier_set(&n->e);
    }
    qatomic_dec(&n->live);
    event_notifier_set(&n->e);
    return NULL;
}

static void test_notifier(void)
{
    Note n = { .live = 2 };
    QemuThread *t[2];

    g_assert_cmpint(event_notifier_init(&n.e, true), ==, 0);
    g_assert_cmpint(event_notifier_get_fd(&n.e), >=, 0);
    g_assert_true(event_notifier_test_and_clear(&n.e));
    g_assert_false(event_notifier_test_and_clear(&n.e));
    g_assert_cmpint(event_notifier_set(&n.e), ==, 0);
    g_assert_cmpint(event_notifier_set(&n.e), ==, 0);
    g_assert_true(event_notifier_test_and_clear(&n.e));
    g_assert_false(event_notifier_test_and_clear(&n.e));

    aio_set_event_notifier(ctx, &n.e, note_cb);
    for (int i = 0; i < 2; i++) {
        t[i] = qemu_thread_create("note", note_thread, &n, &error_abort);
    }
    while (qatomic_read(&n.live)) {
        aio_poll(ctx, true);
    }
    for (int i = 0; i < 2; i++) {
        qemu_thread_join(t[i]);
    }
    while (aio_poll(ctx, false)) {
        /* the last one */
    }
    g_assert_cmpuint(n.seen, >=, 1);
    g_assert_cmpuint(n.seen, <=, 10002);
    aio_set_event_notifier(ctx, &n.e, NULL);
    event_notifier_set(&n.e);
    g_assert_false(aio_poll(ctx, false));
    event_notifier_cleanup(&n.e);
    g_assert_cmpint(n.e.fd, ==, -1);
    event_notifier_cleanup(&n.e);
}

static void *notify_thread(void *opaque)
{
    bool *stop = opaque;

    g_usleep(20000);
    qatomic_set(stop, true);
    aio_notify(ctx);
    return NULL;
}

static void test_notify(void)
{
    bool stop = false;
    QemuThread *t;

    /* Before the poll: it does not sleep. */
    aio_notify(ctx);
    g_assert_false(aio_poll(ctx, true));
    t = qemu_thread_create("notify", notify_thread, &stop, &error_abort);
    while (!qatomic_read(&stop)) {
        aio_poll(ctx, true);
    }
    qemu_thread_join(t);
}

typedef struct Poller {
    int asked;
    int find_at; /* says "found" at this call */
    int fd;
    bool forget;
} Poller;

static bool poller_probe(void *opaque)
{
    Poller *p = opaque;

    p->asked++;
    if (p->forget) {
        aio_set_fd_handler(ctx, p->fd, NULL, NULL, NULL, NULL);
    }
    return p->asked == p->find_at;
}

static void tick_cb(void *opaque)
{
    QEMUTimer **tick = opaque;

    timer_mod_ns(*tick, qemu_clock_get_ns(QEMU_CLOCK_REALTIME) + SCALE_MS);
}

static void test_busy_poll(void)
{
    QEMUTimer *tick;
    EventNotifier e;
    Poller p = { 0 };
    int reads = 0;
    QEMUTimer *t;

    g_assert_cmpint(event_notifier_init(&e, false), ==, 0);
    p.fd = e.fd;
    aio_set_fd_handler(ctx, e.fd, hup_cb, NULL, poller_probe, &p);
    aio_poll(ctx, false);
    g_assert_cmpint(p.asked, ==, 0); /* off by default */

    /* A spin is cut short where this thread is not let run, and would be
     * followed by a sleep without end: the ticks end that. */
    tick = aio_timer_new(ctx, QEMU_CLOCK_REALTIME, SCALE_NS, tick_cb, &tick);
    tick_cb(&tick);
    aio_context_set_poll_ns(ctx, 50 * SCALE_MS);
    p.find_at = 3;
    while (p.asked < p.find_at) {
        aio_poll(ctx, true);
    }
    g_assert_cmpint(p.asked, ==, 3);
    timer_free(tick);

    /* A descriptor without a probe is seen too. */
    aio_set_fd_handler(ctx, e.fd, hup_cb, NULL, NULL, &reads);
    event_notifier_set(&e);
    g_assert_true(aio_poll(ctx, true));
    g_assert_cmpint(reads, ==, 1);
    event_notifier_test_and_clear(&e);

    /* A timer ends the spin in time. */
    t = aio_timer_new(ctx, QEMU_CLOCK_REALTIME, SCALE_NS, hup_cb, &reads);
    timer_mod_ns(t, qemu_clock_get_ns(QEMU_CLOCK_REALTIME) + SCALE_MS);
    while (reads < 2) {
        aio_poll(ctx, true);
    }
    timer_free(t);

    /* A probe may forget its own descriptor. */
    aio_context_set_poll_ns(ctx, 50 * SCALE_MS);
    p = (Poller){ .fd = e.fd, .forget = true, .find_at = 1 };
    aio_set_fd_handler(ctx, e.fd, NULL, NULL, poller_probe, &p);
    g_assert_true(aio_poll(ctx, true));
    aio_context_set_poll_ns(ctx, 0);
    event_notifier_cleanup(&e);
}

typedef struct Hook {
    MainLoopPoll mlp;
    int fd;
    int index;
    int timeout_ms;
    int fills, polls, readable;
    bool remove_self;
} Hook;

static void hook_fill(GArray *fds, int *timeout_ms, void *opaque)
{
    Hook *h = opaque;
    GPollFD p = { .fd = h->fd, .events = G_IO_IN };

    h->fills++;
    h->index = fds->len;
    g_array_append_val(fds, p);
    if (h->timeout_ms >= 0 &&
        (*timeout_ms < 0 || *timeout_ms > h->timeout_ms)) {
        *timeout_ms = h->timeout_ms;
    }
}

static void hook_poll(GArray *fds, void *opaque)
{
    Hook *h = opaque;
    char c;

    h->polls++;
    if (g_array_index(fds, struct pollfd, h->index).revents & POLLIN) {
        g_assert_cmpint(read(h->fd, &c, 1), ==, 1);
        h->readable++;
    }
    if (h->remove_self) {
        main_loop_poll_remove(&h->mlp);
    }
}

static void test_main_loop_hooks(void)
{
    int s1[2], s2[2], s3[2];
    Hook h1, h2;
    End e = { 0 };
    int64_t start;

    pair(s1);
    pair(s2);
    pair(s3);
    h1 = (Hook){ { hook_fill, hook_poll, &h1 }, s1[0], .timeout_ms = -1 };
    h2 = (Hook){ { hook_fill, hook_poll, &h2 }, s2[0], .timeout_ms = 20 };
    e.fd = s3[0];
    watch(&e);
    main_loop_poll_add(&h1.mlp);
    main_loop_poll_add(&h2.mlp);

    start = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);
    main_loop_wait(false); /* ends by h2's time-out */
    g_assert_cmpint(qemu_clock_get_ms(QEMU_CLOCK_REALTIME) - start, >=, 15);
    g_assert_cmpint(h1.polls, ==, 1);

    h2.timeout_ms = -1;
    g_assert_cmpint(write(s1[1], "x", 1), ==, 1);
    main_loop_wait(false);
    g_assert_cmpint(h1.readable, ==, 1);
    g_assert_cmpint(h2.readable, ==, 0);

    /* The context's own descriptors end the same sleep. */
    g_assert_cmpint(write(s3[1], "x", 1), ==, 1);
    main_loop_wait(false);
    g_assert_cmpint(e.reads, ==, 1);

    h1.remove_self = true;
    main_loop_wait(true);
    g_assert_cmpint(h1.fills, ==, 4);
    g_assert_cmpint(h2.polls, ==, 4);
    main_loop_wait(true);
    g_assert_cmpint(h1.fills, ==, 4);
    g_assert_cmpint(h2.polls, ==, 5);
    main_loop_poll_remove(&h2.mlp);
    main_loop_wait(true);
    g_assert_cmpint(h2.polls, ==, 5);

    unwatch_close(s3[0]);
    for (int i = 0; i < 2; i++) {
        close(s1[i]);
        close(s2[i]);
    }
    close(s3[1]);
}

static void *bh_thread(void *opaque)
{
    g_usleep(20000);
    aio_bh_schedule_oneshot(ctx, hup_cb, opaque);
    return NULL;
}

/* A bottom half from another thread wakes the main loop's ppoll(). */
static void test_main_loop_wake(void)
{
    int sv[2], runs = 0;
    Hook h;
    QemuThread *t;

    pair(sv);
    h = (Hook){ { hook_fill, hook_poll, &h }, sv[0], .timeout_ms = -1 };
    main_loop_poll_add(&h.mlp);
    t = qemu_thread_create("bh", bh_thread, &runs, &error_abort);
    while (!runs) {
        main_loop_wait(false);
    }
    qemu_thread_join(t);
    main_loop_poll_remove(&h.mlp);
    close(sv[0]);
    close(sv[1]);
}

static void test_contexts(void)
{
    AioContext *other = aio_context_new(&error_abort);

    g_assert_true(qemu_get_current_aio_context() == ctx);
    g_assert_true(in_aio_context_home_thread(ctx));
    g_assert_false(in_aio_context_home_thread(other));
    aio_poll(other, false);
    g_assert_true(in_aio_context_home_thread(other));
    g_assert_true(qemu_get_current_aio_context() == ctx);
    aio_context_ref(other);
    aio_context_unref(other);
    aio_context_unref(other);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(qemu_init_main_loop(&error_abort));
    ctx = qemu_get_aio_context();
    g_test_add_func("/util/aio/read-write", test_read_write);
    g_test_add_func("/util/aio/hup", test_hup);
    g_test_add_func("/util/aio/remove-self", test_remove_self);
    g_test_add_func("/util/aio/remove-other", test_remove_other);
    g_test_add_func("/util/aio/nested", test_nested);
    g_test_add_func("/util/aio/many", test_many);
    g_test_add_func("/util/aio/regular-file", test_regular_file);
    g_test_add_func("/util/aio/notifier", test_notifier);
    g_test_add_func("/util/aio/notify", test_notify);
    g_test_add_func("/util/aio/busy-poll", test_busy_poll);
    g_test_add_func("/util/aio/main-loop-hooks", test_main_loop_hooks);
    g_test_add_func("/util/aio/main-loop-wake", test_main_loop_wake);
    g_test_add_func("/util/aio/contexts", test_contexts);
    return g_test_run();
}
