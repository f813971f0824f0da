/*
 * The clocks behind the timers, and the steering of guest time.
 *
 * Guest time (QEMU_CLOCK_VIRTUAL) is base_ns, plus what the monotonic clock
 * has advanced since ref_ns while it runs by itself. Many threads read it and
 * changes are rare, so the state is guarded by a sequence count: odd while a
 * writer is at work, and a reader that saw it change reads again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "aio-internal.h"

#include <time.h>

/* A timer that keeps re-arming for the past may hold up a warp this often. */
#define WARP_MAX_IDLE_PASSES 1000

static pthread_mutex_t virtual_lock = PTHREAD_MUTEX_INITIALIZER; /* writers */
static unsigned virtual_seq;
static int64_t virtual_base_ns;
static int64_t virtual_ref_ns;
static bool virtual_running;
static bool virtual_manual;

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return ts.tv_sec * NANOSECONDS_PER_SECOND + ts.tv_nsec;
}

static int64_t virtual_now(void)
{
    int64_t base, ref;
    unsigned seq;
    bool advances;

    do {
        /* Acquire: pairs with the release in virtual_write_end(). */
        while ((seq = qatomic_load_acquire(&virtual_seq)) & 1) {
            g_thread_yield();
        }
        base = qatomic_read(&virtual_base_ns);
        ref = qatomic_read(&virtual_ref_ns);
        advances = clock_advances(QEMU_CLOCK_VIRTUAL);
        /* Pairs with the barrier in virtual_write_begin(). */
        smp_rmb();
    } while (qatomic_read(&virtual_seq) != seq);

    return advances ? base + read_clock(CLOCK_MONOTONIC) - ref : base;
}

int64_t qemu_clock_get_ns(QEMUClockType type)
{
    switch (type) {
    case QEMU_CLOCK_VIRTUAL:
        return virtual_now();
    case QEMU_CLOCK_HOST:
        return read_clock(CLOCK_REALTIME);
    default:
        return read_clock(CLOCK_MONOTONIC);
    }
}

bool clock_enabled(QEMUClockType type)
{
    return type != QEMU_CLOCK_VIRTUAL || qatomic_read(&virtual_running);
}

bool clock_advances(QEMUClockType type)
{
    return type != QEMU_CLOCK_VIRTUAL ||
           (qatomic_read(&virtual_running) && !qatomic_read(&virtual_manual));
}

static void notify_context(AioContext *ctx, void *opaque)
{
    aio_notify(ctx);
}

static void virtual_write_begin(void)
{
    pthread_mutex_lock(&virtual_lock);
    qatomic_set(&virtual_seq, virtual_seq + 1);
    smp_wmb();
}

static void virtual_write_end(void)
{
    qatomic_store_release(&virtual_seq, virtual_seq + 1);
    pthread_mutex_unlock(&virtual_lock);
}

/* Changes the way guest time runs without letting it jump. */
static void virtual_set_mode(bool running, bool manual)
{
    int64_t now = virtual_now();

    virtual_write_begin();
    qatomic_set(&virtual_base_ns, now);
    qatomic_set(&virtual_ref_ns, read_clock(CLOCK_MONOTONIC));
    qatomic_set(&virtual_running, running);
    qatomic_set(&virtual_manual, manual);
    virtual_write_end();
    aio_foreach_context(notify_context, NULL);
}

void qemu_clock_enable_virtual(bool running)
{
    virtual_set_mode(running, qatomic_read(&virtual_manual));
}

void qemu_clock_set_manual(bool manual)
{
    virtual_set_mode(qatomic_read(&virtual_running), manual);
}

static void find_first(AioContext *ctx, void *opaque)
{
    int64_t *first = opaque;
    int64_t ns = qatomic_read(&ctx->timers[QEMU_CLOCK_VIRTUAL].first_ns);

    *first = MIN(*first, ns);
}

int64_t qemu_clock_next_virtual_deadline(void)
{
    int64_t first = INT64_MAX;

    if (clock_enabled(QEMU_CLOCK_VIRTUAL)) {
        aio_foreach_context(find_first, &first);
    }
    return first == INT64_MAX ? -1 : first;
}

static void run_virtual(AioContext *ctx, void *opaque)
{
    timer_list_run(&ctx->timers[QEMU_CLOCK_VIRTUAL], *(int64_t *)opaque);
}

static void notify_if_due(AioContext *ctx, void *opaque)
{
    if (qatomic_read(&ctx->timers[QEMU_CLOCK_VIRTUAL].first_ns) <=
        *(int64_t *)opaque) {
        aio_notify(ctx);
    }
}

static void virtual_set_time(int64_t ns)
{
    virtual_write_begin();
    qatomic_set(&virtual_base_ns, ns);
    virtual_write_end();
}

/* The first deadline of the caller's own contexts; INT64_MAX if none. */
static int64_t own_deadline(void)
{
    int64_t first = INT64_MAX;

    if (clock_enabled(QEMU_CLOCK_VIRTUAL)) {
        aio_foreach_home_context(find_first, &first);
    }
    return first;
}

int64_t qemu_clock_warp(int64_t dest_ns)
{
    int64_t now = virtual_now();
    int idle_passes = 0;

    if (!qatomic_read(&virtual_manual)) {
        return now;
    }
    while (idle_passes < WARP_MAX_IDLE_PASSES) {
        int64_t deadline = own_deadline();
        int64_t next = MAX(MIN(deadline, dest_ns), now);

        idle_passes = next > now ? 0 : idle_passes + 1;
        now = next;
        virtual_set_time(now);
        if (deadline > now) {
            break;
        }
        aio_foreach_home_context(run_virtual, &now);
    }
    now = MAX(now, dest_ns);
    virtual_set_time(now);
    aio_foreach_context(notify_if_due, &now);
    return now;
}
