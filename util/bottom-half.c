/*
 * Bottom halves: work deferred to a context's thread, scheduled from any.
 *
 * A bottom half carries its state in one atomic word. Scheduling sets bits
 * there; whoever sets PENDING first also pushes it onto the context's stack
 * with one compare-and-swap, so it is on the stack at most once and no lock
 * is needed. The home thread takes the whole stack at once and reverses it,
 * which makes the order first come, first served.
 *
 * Only the home thread frees: deletion is a bit like the others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "aio-internal.h"

#define BH_IDLE_DELAY_NS INT64_C(10000000)

enum {
    BH_PENDING = 1,   /* on bh_list or bh_ready */
    BH_SCHEDULED = 2, /* wants to run */
    BH_IDLE = 4,      /* wants to run, without hurry */
    BH_DELETED = 8,
    BH_ONESHOT = 16, /* frees itself after its run */
};

struct QEMUBH {
    AioContext *ctx;
    QEMUBHFunc *cb;
    void *opaque;
    const char *name;
    unsigned flags; /* atomic */
    QEMUBH *next;   /* valid while PENDING */
};

void aio_bh_context_init(AioContext *ctx)
{
    ctx->bh_list = NULL;
    ctx->bh_ready = NULL;
    ctx->bh_ready_tail = &ctx->bh_ready;
}

QEMUBH *aio_bh_new(AioContext *ctx, QEMUBHFunc *cb, void *opaque,
                   const char *name)
{
    QEMUBH *bh = g_new0(QEMUBH, 1);

    bh->ctx = ctx;
    bh->cb = cb;
    bh->opaque = opaque;
    bh->name = name;
    return bh;
}

static void bh_enqueue(QEMUBH *bh, unsigned flags)
{
    AioContext *ctx = bh->ctx;
    QEMUBH *head;

    /*
     * Sequentially consistent: what the caller stored before scheduling is
     * seen by the callback (pairs with the fetch_and in bh_run).
     */
    if (qatomic_fetch_or(&bh->flags, flags | BH_PENDING) & BH_PENDING) {
        return;
    }
    head = qatomic_read(&ctx->bh_list);
    do {
        bh->next = head;
    } while (!qatomic_cmpxchg_bool(&ctx->bh_list, &head, bh));
}

void qemu_bh_schedule(QEMUBH *bh)
{
    AioContext *ctx = bh->ctx;

    bh_enqueue(bh, BH_SCHEDULED);
    aio_notify(ctx);
}

void qemu_bh_schedule_idle(QEMUBH *bh)
{
    bh_enqueue(bh, BH_IDLE);
}

void qemu_bh_cancel(QEMUBH *bh)
{
    qatomic_fetch_and(&bh->flags, ~(unsigned)(BH_SCHEDULED | BH_IDLE));
}

void qemu_bh_delete(QEMUBH *bh)
{
    if (bh) {
        bh_enqueue(bh, BH_DELETED);
    }
}

void aio_bh_schedule_oneshot(AioContext *ctx, QEMUBHFunc *cb, void *opaque)
{
    QEMUBH *bh = aio_bh_new(ctx, cb, opaque, "oneshot");

    bh_enqueue(bh, BH_SCHEDULED | BH_ONESHOT);
    aio_notify(ctx);
}

/* Moves what other threads pushed behind what waits already, oldest first. */
static void bh_take_scheduled(AioContext *ctx)
{
    QEMUBH **tail = ctx->bh_ready_tail;
    QEMUBH *first = NULL;
    QEMUBH *stack;

    if (!qatomic_read(&ctx->bh_list)) {
        return;
    }
    stack = qatomic_xchg(&ctx->bh_list, NULL);
    ctx->bh_ready_tail = &stack->next;
    while (stack) {
        QEMUBH *next = stack->next;

        stack->next = first;
        first = stack;
        stack = next;
    }
    *tail = first;
}

static QEMUBH *bh_ready_pop(AioContext *ctx)
{
    QEMUBH *bh = ctx->bh_ready;

    if (bh) {
        ctx->bh_ready = bh->next;
        if (!ctx->bh_ready) {
            ctx->bh_ready_tail = &ctx->bh_ready;
        }
    }
    return bh;
}

/* Runs or frees one that was popped. */
static bool bh_run(QEMUBH *bh)
{
    /* From here on it may be scheduled anew. */
    unsigned flags = qatomic_fetch_and(
        &bh->flags, ~(unsigned)(BH_PENDING | BH_SCHEDULED | BH_IDLE));

    if (flags & BH_DELETED) {
        g_free(bh);
        return false;
    }
    if (flags & (BH_SCHEDULED | BH_IDLE)) {
        bh->cb(bh->opaque);
    }
    /* If cb deleted bh, then bh is PENDING again and freed by a later poll;
     * a oneshot's cb does not know its bh. */
    if (flags & BH_ONESHOT) {
        g_free(bh);
    }
    return flags & BH_SCHEDULED;
}

bool aio_bh_poll(AioContext *ctx)
{
    bool progress = false;
    QEMUBH *bh;

    /*
     * Taken once: a bottom half that schedules itself waits for the next
     * poll. A nested poll from a callback goes on with our rest.
     */
    bh_take_scheduled(ctx);
    while ((bh = bh_ready_pop(ctx))) {
        progress |= bh_run(bh);
    }
    return progress;
}

int64_t aio_bh_timeout_ns(AioContext *ctx)
{
    int64_t timeout = -1;

    if (ctx->bh_ready) {
        return 0;
    }
    /* Others only push in front, so the walk is safe in the home thread. */
    for (QEMUBH *bh = qatomic_load_acquire(&ctx->bh_list); bh; bh = bh->next) {
        unsigned flags = qatomic_read(&bh->flags);

        if (flags & BH_SCHEDULED) {
            return 0;
        }
        if (flags & BH_IDLE) {
            timeout = BH_IDLE_DELAY_NS;
        }
    }
    return timeout;
}

void aio_bh_context_cleanup(AioContext *ctx)
{
    QEMUBH *bh;

    bh_take_scheduled(ctx);
    while ((bh = bh_ready_pop(ctx))) {
        unsigned flags = qatomic_fetch_and(
            &bh->flags, ~(unsigned)(BH_PENDING | BH_SCHEDULED | BH_IDLE));

        /* The others belong to somebody who has yet to delete them. */
        if (flags & (BH_DELETED | BH_ONESHOT)) {
            g_free(bh);
        }
    }
}

typedef struct BhWait {
    QEMUBHFunc *cb;
    void *opaque;
    pthread_mutex_t lock;
    pthread_cond_t done_cond;
    bool done;
} BhWait;

static void bh_wait_run(void *opaque)
{
    BhWait *w = opaque;

    w->cb(w->opaque);
    pthread_mutex_lock(&w->lock);
    w->done = true;
    pthread_cond_signal(&w->done_cond);
    pthread_mutex_unlock(&w->lock);
}

void aio_wait_bh_oneshot(AioContext *ctx, QEMUBHFunc *cb, void *opaque)
{
    BhWait w = { .cb = cb,
                 .opaque = opaque,
                 .lock = PTHREAD_MUTEX_INITIALIZER,
                 .done_cond = PTHREAD_COND_INITIALIZER };

    if (in_aio_context_home_thread(ctx)) {
        cb(opaque);
        return;
    }
    aio_bh_schedule_oneshot(ctx, bh_wait_run, &w);
    pthread_mutex_lock(&w.lock);
    while (!w.done) {
        pthread_cond_wait(&w.done_cond, &w.lock);
    }
    pthread_mutex_unlock(&w.lock);
    pthread_mutex_destroy(&w.lock);
    pthread_cond_destroy(&w.done_cond);
}
