/*
 * Clocks and timers.
 *
 * Each context has one binary heap of armed timers per clock, ordered by
 * expiry and, among equals, by when they were armed. The earliest expiry is
 * mirrored in an atomic, so that an event loop with nothing due takes no lock.
 *
 * A run of a heap calls the timers that were armed before it began: one that
 * re-arms itself for the past waits for the next run, behind all others that
 * are due, and cannot starve them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "aio-internal.h"

/* A wall clock can jump while we sleep; look at it this often. */
#define HOST_CLOCK_RECHECK_NS NANOSECONDS_PER_SECOND

struct QEMUTimer {
    TimerList *list;
    AioContext *ctx;
    QEMUTimerCB *cb;
    void *opaque;
    int scale;
    int64_t expire_ns; /* atomic to read, list->lock to write; -1: not armed */
    int64_t order_ns;  /* lock; the heap's key */
    uint64_t seq;      /* lock; its tie-breaker */
    guint index;       /* lock; in the heap */
};

/* ---------------------------------------------------------------- heap */

static QEMUTimer *heap_at(const TimerList *tl, guint i)
{
    return g_ptr_array_index(tl->heap, i);
}

static bool heap_less(const QEMUTimer *a, const QEMUTimer *b)
{
    return a->order_ns != b->order_ns ? a->order_ns < b->order_ns
                                      : a->seq < b->seq;
}

static void heap_put(TimerList *tl, guint i, QEMUTimer *t)
{
    g_ptr_array_index(tl->heap, i) = t;
    t->index = i;
}

static void heap_sift_up(TimerList *tl, guint i)
{
    QEMUTimer *t = heap_at(tl, i);

    while (i && heap_less(t, heap_at(tl, (i - 1) / 2))) {
        heap_put(tl, i, heap_at(tl, (i - 1) / 2));
        i = (i - 1) / 2;
    }
    heap_put(tl, i, t);
}

static void heap_sift_down(TimerList *tl, guint i)
{
    QEMUTimer *t = heap_at(tl, i);
    guint child;

    while ((child = 2 * i + 1) < tl->heap->len) {
        if (child + 1 < tl->heap->len &&
            heap_less(heap_at(tl, child + 1), heap_at(tl, child))) {
            child++;
        }
        if (!heap_less(heap_at(tl, child), t)) {
            break;
        }
        heap_put(tl, i, heap_at(tl, child));
        i = child;
    }
    heap_put(tl, i, t);
}

static void heap_remove(TimerList *tl, QEMUTimer *t)
{
    guint i = t->index;
    guint last = tl->heap->len - 1;
    QEMUTimer *moved = heap_at(tl, last);

    g_ptr_array_set_size(tl->heap, last);
    if (i != last) {
        heap_put(tl, i, moved);
        heap_sift_up(tl, i);
        heap_sift_down(tl, moved->index);
    }
}

/* -------------------------------------------------------------- timers */

static void update_first(TimerList *tl)
{
    qatomic_set(&tl->first_ns,
                tl->heap->len ? heap_at(tl, 0)->order_ns : INT64_MAX);
}

static void disarm_locked(QEMUTimer *t)
{
    if (t->expire_ns >= 0) {
        heap_remove(t->list, t);
        qatomic_set(&t->expire_ns, INT64_C(-1));
        update_first(t->list);
    }
}

QEMUTimer *aio_timer_new(AioContext *ctx, QEMUClockType type, int scale,
                         QEMUTimerCB *cb, void *opaque)
{
    QEMUTimer *t = g_new0(QEMUTimer, 1);

    t->ctx = ctx;
    t->list = &ctx->timers[type];
    t->cb = cb;
    t->opaque = opaque;
    t->scale = scale;
    t->expire_ns = -1;
    return t;
}

QEMUTimer *timer_new_ns(QEMUClockType type, QEMUTimerCB *cb, void *opaque)
{
    return aio_timer_new(qemu_get_aio_context(), type, SCALE_NS, cb, opaque);
}

QEMUTimer *timer_new_ms(QEMUClockType type, QEMUTimerCB *cb, void *opaque)
{
    return aio_timer_new(qemu_get_aio_context(), type, SCALE_MS, cb, opaque);
}

void timer_mod_ns(QEMUTimer *t, int64_t expire_ns)
{
    TimerList *tl = t->list;
    bool new_first;

    expire_ns = MAX(expire_ns, 0);
    pthread_mutex_lock(&tl->lock);
    disarm_locked(t);
    qatomic_set(&t->expire_ns, expire_ns);
    t->order_ns = MAX(expire_ns, tl->run_now_ns);
    t->seq = tl->next_seq++;
    g_ptr_array_add(tl->heap, t);
    t->index = tl->heap->len - 1;
    heap_sift_up(tl, t->index);
    new_first = t->index == 0;
    update_first(tl);
    pthread_mutex_unlock(&tl->lock);

    if (new_first && !in_aio_context_home_thread(t->ctx)) {
        aio_notify(t->ctx); /* it may sleep for longer than this */
    }
}

void timer_mod(QEMUTimer *t, int64_t expire)
{
    int64_t ns;

    if (__builtin_mul_overflow(expire, (int64_t)t->scale, &ns)) {
        ns = expire < 0 ? 0 : INT64_MAX;
    }
    timer_mod_ns(t, ns);
}

void timer_del(QEMUTimer *t)
{
    pthread_mutex_lock(&t->list->lock);
    disarm_locked(t);
    pthread_mutex_unlock(&t->list->lock);
}

void timer_free(QEMUTimer *t)
{
    if (t) {
        timer_del(t);
        g_free(t);
    }
}

bool timer_pending(const QEMUTimer *t)
{
    return qatomic_read(&t->expire_ns) >= 0;
}

int64_t timer_expire_time_ns(const QEMUTimer *t)
{
    return qatomic_read(&t->expire_ns);
}

/* Calls what is due at now_ns; see the top of the file. */
bool timer_list_run(TimerList *tl, int64_t now_ns)
{
    bool progress = false;
    int64_t outer_now;
    uint64_t limit;

    if (qatomic_read(&tl->first_ns) > now_ns) {
        return false;
    }
    pthread_mutex_lock(&tl->lock);
    limit = tl->next_seq;
    outer_now = tl->run_now_ns;
    tl->run_now_ns = now_ns;
    while (tl->heap->len) {
        QEMUTimer *t = heap_at(tl, 0);
        QEMUTimerCB *cb = t->cb;
        void *opaque = t->opaque;

        if (t->order_ns > now_ns || t->seq >= limit) {
            break;
        }
        disarm_locked(t);
        pthread_mutex_unlock(&tl->lock);
        cb(opaque); /* may free t */
        progress = true;
        pthread_mutex_lock(&tl->lock);
    }
    tl->run_now_ns = outer_now;
    pthread_mutex_unlock(&tl->lock);
    return progress;
}

/* ------------------------------------------------------------ contexts */

void aio_timers_context_init(AioContext *ctx)
{
    for (int i = 0; i < QEMU_CLOCK_MAX; i++) {
        pthread_mutex_init(&ctx->timers[i].lock, NULL);
        ctx->timers[i].heap = g_ptr_array_new();
        ctx->timers[i].first_ns = INT64_MAX;
    }
}

void aio_timers_context_cleanup(AioContext *ctx)
{
    for (int i = 0; i < QEMU_CLOCK_MAX; i++) {
        g_ptr_array_free(ctx->timers[i].heap, TRUE);
        pthread_mutex_destroy(&ctx->timers[i].lock);
    }
}

bool aio_run_timers(AioContext *ctx)
{
    bool progress = false;

    for (int i = 0; i < QEMU_CLOCK_MAX; i++) {
        TimerList *tl = &ctx->timers[i];

        if (qatomic_read(&tl->first_ns) != INT64_MAX && clock_enabled(i)) {
            progress |= timer_list_run(tl, qemu_clock_get_ns(i));
        }
    }
    return progress;
}

int64_t aio_timers_timeout_ns(AioContext *ctx)
{
    int64_t timeout = -1;

    for (int i = 0; i < QEMU_CLOCK_MAX; i++) {
        int64_t first = qatomic_read(&ctx->timers[i].first_ns);
        int64_t left;

        if (first == INT64_MAX || !clock_enabled(i)) {
            continue;
        }
        left = MAX(first - qemu_clock_get_ns(i), 0);
        if (left && !clock_advances(i)) {
            continue;
        }
        if (i == QEMU_CLOCK_HOST) {
            left = MIN(left, HOST_CLOCK_RECHECK_NS);
        }
        timeout = aio_soonest(timeout, left);
    }
    return timeout;
}
