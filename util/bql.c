/*
 * The big lock: a fair one.
 *
 * The main loop takes it again right after each sleep. With a plain mutex a
 * busy main loop would get it back before a vCPU thread that waits has even
 * woken up, again and again; so waiters queue, and the lock is handed to the
 * first of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "util/atomic.h"
#include "util/bql.h"
#include "util/queue.h"

typedef struct BqlWaiter {
    pthread_cond_t granted_cond;
    bool granted;
    TAILQ_ENTRY(BqlWaiter) link;
} BqlWaiter;

static pthread_mutex_t state_lock = PTHREAD_MUTEX_INITIALIZER;
static bool taken; /* state_lock; stays true while it is handed over */
static TAILQ_HEAD(, BqlWaiter) waiters = TAILQ_HEAD_INITIALIZER(waiters);

static __thread bool mine;
static __thread const BqlThreadHooks *hooks;

bool bql_locked(void)
{
    return mine;
}

void bql_set_thread_hooks(const BqlThreadHooks *h)
{
    hooks = h;
}

static void take(void)
{
    if (taken) {
        BqlWaiter w = { .granted_cond = PTHREAD_COND_INITIALIZER };

        TAILQ_INSERT_TAIL(&waiters, &w, link);
        while (!w.granted) {
            pthread_cond_wait(&w.granted_cond, &state_lock);
        }
        pthread_cond_destroy(&w.granted_cond);
    }
    taken = true;
}

static void give(void)
{
    BqlWaiter *w = TAILQ_FIRST(&waiters);

    if (w) {
        TAILQ_REMOVE(&waiters, w, link);
        w->granted = true;
        pthread_cond_signal(&w->granted_cond);
    } else {
        taken = false;
    }
}

void bql_lock(void)
{
    g_assert(!mine);
    if (hooks) {
        hooks->before_lock();
    }
    pthread_mutex_lock(&state_lock);
    take();
    pthread_mutex_unlock(&state_lock);
    mine = true;
}

void bql_unlock(void)
{
    g_assert(mine);
    mine = false;
    pthread_mutex_lock(&state_lock);
    give();
    pthread_mutex_unlock(&state_lock);
    if (hooks) {
        hooks->after_unlock();
    }
}

void bql_cond_wait(pthread_cond_t *cond)
{
    static const uint32_t never;

    bql_cond_wait_unless(cond, &never);
}

bool bql_cond_wait_unless(pthread_cond_t *cond, const uint32_t *flag)
{
    bool waits;

    g_assert(mine);
    pthread_mutex_lock(&state_lock);
    /* Pairs with bql_cond_broadcast(), before which *flag was set. */
    waits = !qatomic_read(flag);
    if (waits) {
        mine = false;
        give();
        pthread_cond_wait(cond, &state_lock);
        take();
        mine = true;
    }
    pthread_mutex_unlock(&state_lock);
    return waits;
}

void bql_cond_broadcast(pthread_cond_t *cond)
{
    pthread_mutex_lock(&state_lock);
    pthread_cond_broadcast(cond);
    pthread_mutex_unlock(&state_lock);
}
