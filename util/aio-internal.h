/*
 * AioContext's inside, shared by the files that implement it.
 *
 * Who may touch what:
 *   home    only the thread that runs the context
 *   atomic  any thread, by atomic operations
 *   lock    any thread, under the lock named
 *
 * The locks are pthread's: ThreadSanitizer does not see into glib's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_AIO_INTERNAL_H
#define UTIL_AIO_INTERNAL_H

#include <pthread.h>

#include "util/aio.h"
#include "util/atomic.h"
#include "util/queue.h"

typedef struct AioHandler AioHandler;

/* Armed timers of one clock in one context: a binary heap by expiry. */
typedef struct TimerList {
    pthread_mutex_t lock;
    GPtrArray *heap;  /* lock; of QEMUTimer */
    uint64_t next_seq; /* lock; orders timers of equal expiry */
    /* lock; while timers run, the time they run at: what is armed meanwhile
     * for the past queues up behind what is due already */
    int64_t run_now_ns;
    int64_t first_ns; /* atomic to read; the heap's first, or INT64_MAX */
} TimerList;

struct AioContext {
    unsigned ref;  /* atomic */
    void *home;    /* atomic; token of the home thread, NULL: none yet */
    int epoll_fd;

    /* Waking. `notified` is set by aio_notify() and makes the next sleep not
     * happen; the eventfd is only written when `sleeping` says it must be. */
    EventNotifier notifier;
    bool notified; /* atomic */
    bool sleeping; /* atomic */

    /* Bottom halves. bh_list is a stack that any thread pushes to. The home
     * thread moves it, oldest first, to bh_ready and runs it from there. */
    QEMUBH *bh_list; /* atomic */
    QEMUBH *bh_ready, **bh_ready_tail; /* home */

    /* fd handlers; all home */
    AioHandler **handlers; /* by fd */
    unsigned nb_handlers;  /* length of the array */
    uint32_t generation;   /* of the last handler made */
    TAILQ_HEAD(, AioHandler) ready;     /* have events, not yet called */
    TAILQ_HEAD(, AioHandler) always;    /* fds epoll cannot watch */
    TAILQ_HEAD(, AioHandler) pollable;  /* have io_poll */
    uint64_t pollable_changes;

    /* busy polling; home */
    int64_t poll_max_ns;
    int64_t poll_ns; /* the present length, 0..poll_max_ns */

    TimerList timers[QEMU_CLOCK_MAX];
    LIST_ENTRY(AioContext) next; /* lock: the list of contexts */
};

/* ------------------------------------------------------- event-loop.c */

/*
 * Going to sleep, in two steps so that the main loop can sleep in poll()
 * with more descriptors than ours. begin returns how long it may last in ns,
 * -1 for ever; after it, a schedule or notify of any thread writes the
 * eventfd. end must follow.
 */
int64_t aio_sleep_begin(AioContext *ctx);
void aio_sleep_end(AioContext *ctx);
/* Calls fn for every context whose home is the caller. */
void aio_foreach_home_context(void (*fn)(AioContext *ctx, void *opaque),
                              void *opaque);
/* Calls fn for every context; fn may not make or free contexts. */
void aio_foreach_context(void (*fn)(AioContext *ctx, void *opaque),
                         void *opaque);
void aio_claim_home(AioContext *ctx);

/* ------------------------------------------------------ bottom-half.c */

void aio_bh_context_init(AioContext *ctx);
/* Frees what is scheduled or deleted but has not run. */
void aio_bh_context_cleanup(AioContext *ctx);
/* Runs what was scheduled before the call; true if one was not idle. */
bool aio_bh_poll(AioContext *ctx);
/* ns until a bottom half wants to run: 0, the idle delay, or -1. */
int64_t aio_bh_timeout_ns(AioContext *ctx);

/* ------------------------------------------------------------ timer.c */

void aio_timers_context_init(AioContext *ctx);
void aio_timers_context_cleanup(AioContext *ctx);
bool aio_run_timers(AioContext *ctx);
/* ns until the first timer is due: 0 or more, or -1. */
int64_t aio_timers_timeout_ns(AioContext *ctx);
bool timer_list_run(TimerList *tl, int64_t now_ns);

/* ------------------------------------------------------------ clock.c */

/* Timers of this clock may run. */
bool clock_enabled(QEMUClockType type);
/* It moves by itself, so that sleeping makes sense. */
bool clock_advances(QEMUClockType type);

/* -------------------------------------------------------- main-loop.c */

void aio_set_thread_context(AioContext *ctx);
/* The context set for this thread, or NULL. */
AioContext *aio_thread_context(void);

/* -1 means "none". */
static inline int64_t aio_soonest(int64_t a, int64_t b)
{
    return a < 0 ? b : b < 0 ? a : MIN(a, b);
}

#endif
