/*
 * AioContext: the event loop.
 *
 * One aio_poll() is: spin for a while if busy polling is on, sleep in epoll
 * until something happens or a timer is due, run bottom halves, call the
 * handlers of ready descriptors, run timers.
 *
 * Ready descriptors go through ctx->ready, a list in the context, not on the
 * stack: a poll nested in a handler takes over what the outer one had not
 * called yet, and every event is delivered once. Handlers are found by fd and
 * generation and never by a pointer that epoll kept, so that any handler can
 * go away, and its fd come back as another's, at any moment.
 *
 * Limits: a handler is called again by a nested poll while its fd stays
 * ready; who polls inside a handler must expect that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "aio-internal.h"

#include <sys/epoll.h>

#include "util/bql.h"

#define EVENTS_PER_POLL 64
#define POLL_NS_FIRST 4000
/* epoll user data of the context's own eventfd; no fd has this value. */
#define NOTIFIER_KEY UINT64_MAX

struct AioHandler {
    int fd;
    uint32_t generation;
    uint32_t watched; /* events epoll was told; 0: not in epoll */
    uint32_t revents; /* on ctx->ready if not 0 */
    bool is_always;
    IOHandler *io_read;
    IOHandler *io_write;
    AioPollFn *io_poll;
    EventNotifierHandler *notified; /* in place of io_read */
    void *opaque;
    TAILQ_ENTRY(AioHandler) ready_entry;
    TAILQ_ENTRY(AioHandler) always_entry;
    TAILQ_ENTRY(AioHandler) pollable_entry;
};

static pthread_mutex_t contexts_lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(, AioContext) contexts = LIST_HEAD_INITIALIZER(contexts);

/* Its address is the identity of the thread. */
static __thread char thread_token;

/* ------------------------------------------------------------ contexts */

AioContext *aio_context_new(Error **errp)
{
    AioContext *ctx = g_new0(AioContext, 1);
    struct epoll_event ev = { .events = EPOLLIN, .data.u64 = NOTIFIER_KEY };
    int rc;

    ctx->ref = 1;
    TAILQ_INIT(&ctx->ready);
    TAILQ_INIT(&ctx->always);
    TAILQ_INIT(&ctx->pollable);
    aio_bh_context_init(ctx);

    ctx->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (ctx->epoll_fd < 0) {
        error_setg_errno(errp, errno, "Could not create an epoll instance");
        g_free(ctx);
        return NULL;
    }
    rc = event_notifier_init(&ctx->notifier, false);
    if (rc == 0 && epoll_ctl(ctx->epoll_fd, EPOLL_CTL_ADD, ctx->notifier.fd,
                             &ev) < 0) {
        rc = -errno;
    }
    if (rc < 0) {
        error_setg_errno(errp, -rc, "Could not create an event notifier");
        event_notifier_cleanup(&ctx->notifier);
        close(ctx->epoll_fd);
        g_free(ctx);
        return NULL;
    }
    aio_timers_context_init(ctx);
    pthread_mutex_lock(&contexts_lock);
    LIST_INSERT_HEAD(&contexts, ctx, next);
    pthread_mutex_unlock(&contexts_lock);
    return ctx;
}

void aio_context_ref(AioContext *ctx)
{
    qatomic_inc(&ctx->ref);
}

void aio_context_unref(AioContext *ctx)
{
    bool last;

    /* Under the lock, so that a walk of the list finds no dying context. */
    pthread_mutex_lock(&contexts_lock);
    last = qatomic_fetch_sub(&ctx->ref, 1) == 1;
    if (last) {
        LIST_REMOVE(ctx, next);
    }
    pthread_mutex_unlock(&contexts_lock);
    if (!last) {
        return;
    }
    aio_bh_context_cleanup(ctx);
    aio_timers_context_cleanup(ctx);
    for (unsigned fd = 0; fd < ctx->nb_handlers; fd++) {
        g_free(ctx->handlers[fd]);
    }
    g_free(ctx->handlers);
    event_notifier_cleanup(&ctx->notifier);
    close(ctx->epoll_fd);
    g_free(ctx);
}

void aio_foreach_context(void (*fn)(AioContext *ctx, void *opaque),
                         void *opaque)
{
    AioContext *ctx;

    pthread_mutex_lock(&contexts_lock);
    LIST_FOREACH(ctx, &contexts, next) {
        fn(ctx, opaque);
    }
    pthread_mutex_unlock(&contexts_lock);
}

static void collect_home_context(AioContext *ctx, void *opaque)
{
    if (in_aio_context_home_thread(ctx)) {
        aio_context_ref(ctx);
        g_ptr_array_add(opaque, ctx);
    }
}

void aio_foreach_home_context(void (*fn)(AioContext *ctx, void *opaque),
                              void *opaque)
{
    g_autoptr(GPtrArray) mine = g_ptr_array_new();

    aio_foreach_context(collect_home_context, mine);
    for (guint i = 0; i < mine->len; i++) {
        AioContext *ctx = g_ptr_array_index(mine, i);

        fn(ctx, opaque);
        aio_context_unref(ctx);
    }
}

void aio_claim_home(AioContext *ctx)
{
    qatomic_set(&ctx->home, (void *)&thread_token);
}

void aio_context_attach(AioContext *ctx)
{
    AioContext *main_ctx = qemu_get_aio_context();

    aio_claim_home(ctx);
    if (!aio_thread_context() &&
        !(main_ctx && in_aio_context_home_thread(main_ctx))) {
        aio_set_thread_context(ctx);
    }
}

bool in_aio_context_home_thread(AioContext *ctx)
{
    return qatomic_read(&ctx->home) == (void *)&thread_token;
}

void aio_context_set_poll_ns(AioContext *ctx, int64_t max_ns)
{
    ctx->poll_max_ns = MAX(max_ns, 0);
    ctx->poll_ns = MIN(POLL_NS_FIRST, ctx->poll_max_ns);
}

/* --------------------------------------------------------- fd handlers */

static AioHandler *find_handler(AioContext *ctx, int fd)
{
    return fd >= 0 && (unsigned)fd < ctx->nb_handlers ? ctx->handlers[fd]
                                                      : NULL;
}

static AioHandler *make_handler(AioContext *ctx, int fd)
{
    AioHandler *h = g_new0(AioHandler, 1);

    if ((unsigned)fd >= ctx->nb_handlers) {
        unsigned n = MAX(fd + 1, 64);

        n = MAX(n, ctx->nb_handlers * 2);
        ctx->handlers = g_renew(AioHandler *, ctx->handlers, n);
        memset(ctx->handlers + ctx->nb_handlers, 0,
               (n - ctx->nb_handlers) * sizeof(*ctx->handlers));
        ctx->nb_handlers = n;
    }
    h->fd = fd;
    h->generation = ++ctx->generation;
    ctx->handlers[fd] = h;
    return h;
}

static uint64_t handler_key(const AioHandler *h)
{
    return (uint64_t)h->generation << 32 | (uint32_t)h->fd;
}

static void handler_watch(AioContext *ctx, AioHandler *h, uint32_t events)
{
    struct epoll_event ev = { .events = events, .data.u64 = handler_key(h) };
    int op = !events ? EPOLL_CTL_DEL
                     : h->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int rc;

    if (events == h->watched) {
        return;
    }
    rc = epoll_ctl(ctx->epoll_fd, op, h->fd, &ev);
    if (rc < 0 && op == EPOLL_CTL_MOD && errno == ENOENT) {
        /* Closed behind our back, and opened again. */
        rc = epoll_ctl(ctx->epoll_fd, EPOLL_CTL_ADD, h->fd, &ev);
    }
    h->watched = events;
    if (rc < 0 && op != EPOLL_CTL_DEL) {
        h->watched = 0;
        if (errno != EPERM) {
            warn_report("cannot watch file descriptor %d: %s", h->fd,
                        g_strerror(errno));
            return;
        }
        /* A regular file or the like: never blocks, so always ready. */
        h->is_always = true;
        TAILQ_INSERT_TAIL(&ctx->always, h, always_entry);
    }
}

static void forget_handler(AioContext *ctx, AioHandler *h)
{
    if (h->is_always) {
        TAILQ_REMOVE(&ctx->always, h, always_entry);
    } else {
        handler_watch(ctx, h, 0);
    }
    if (h->revents) {
        TAILQ_REMOVE(&ctx->ready, h, ready_entry);
    }
    if (h->io_poll) {
        TAILQ_REMOVE(&ctx->pollable, h, pollable_entry);
        ctx->pollable_changes++;
    }
    ctx->handlers[h->fd] = NULL;
    g_free(h);
}

static uint32_t handler_events(const AioHandler *h)
{
    return (h->io_read || h->notified ? EPOLLIN : 0) |
           (h->io_write ? EPOLLOUT : 0);
}

/* The new content of the handler of fd, in `want`. */
static void set_handler(AioContext *ctx, int fd, const AioHandler *want)
{
    AioHandler *h = find_handler(ctx, fd);

    if (!handler_events(want) && !want->io_poll) {
        if (h) {
            forget_handler(ctx, h);
        }
        return;
    }
    g_assert(fd >= 0);
    if (!h) {
        h = make_handler(ctx, fd);
    }
    if (!h->io_poll != !want->io_poll) {
        if (want->io_poll) {
            TAILQ_INSERT_TAIL(&ctx->pollable, h, pollable_entry);
        } else {
            TAILQ_REMOVE(&ctx->pollable, h, pollable_entry);
        }
        ctx->pollable_changes++;
    }
    h->io_read = want->io_read;
    h->io_write = want->io_write;
    h->io_poll = want->io_poll;
    h->notified = want->notified;
    h->opaque = want->opaque;
    if (!h->is_always) {
        handler_watch(ctx, h, handler_events(h));
    }
    /* A vCPU thread with the big lock: the loop sleeps, and epoll does not
     * tell it of what is always ready. */
    if (h->is_always && !in_aio_context_home_thread(ctx)) {
        aio_notify(ctx);
    }
}

void aio_set_fd_handler(AioContext *ctx, int fd, IOHandler *io_read,
                        IOHandler *io_write, AioPollFn *io_poll, void *opaque)
{
    AioHandler want = { .io_read = io_read,
                        .io_write = io_write,
                        .io_poll = io_poll,
                        .opaque = opaque };

    set_handler(ctx, fd, &want);
}

void aio_set_event_notifier(AioContext *ctx, EventNotifier *e,
                            EventNotifierHandler *io_read)
{
    AioHandler want = { .notified = io_read, .opaque = e };

    set_handler(ctx, e->fd, &want);
}

static void mark_ready(AioContext *ctx, AioHandler *h, uint32_t events)
{
    if (!h->revents) {
        TAILQ_INSERT_TAIL(&ctx->ready, h, ready_entry);
    }
    h->revents |= events;
}

static void mark_always_ready(AioContext *ctx)
{
    AioHandler *h;

    TAILQ_FOREACH(h, &ctx->always, always_entry) {
        uint32_t events = handler_events(h);

        if (events) {
            mark_ready(ctx, h, events);
        }
    }
}

static bool call_read(AioHandler *h)
{
    if (h->notified) {
        h->notified(h->opaque);
    } else if (h->io_read) {
        h->io_read(h->opaque);
    } else {
        return false;
    }
    return true;
}

/* Calls the handlers of everything on ctx->ready. */
static bool dispatch_ready(AioContext *ctx)
{
    const uint32_t error = EPOLLHUP | EPOLLERR;
    bool progress = false;
    AioHandler *h;

    while ((h = TAILQ_FIRST(&ctx->ready))) {
        uint32_t revents = h->revents;
        uint32_t generation = h->generation;
        bool called = false;
        int fd = h->fd;

        TAILQ_REMOVE(&ctx->ready, h, ready_entry);
        h->revents = 0;
        if (revents & (EPOLLIN | error)) {
            called = call_read(h);
            h = find_handler(ctx, fd);
            if (!h || h->generation != generation) {
                progress |= called;
                continue;
            }
        }
        if (h->io_write &&
            (revents & EPOLLOUT || (revents & error && !called))) {
            h->io_write(h->opaque);
            called = true;
        }
        progress |= called;
    }
    return progress;
}

/* -------------------------------------------------------------- waking */

void aio_notify(AioContext *ctx)
{
    /*
     * The exchange is a full barrier: what the caller stored before is seen
     * by the home thread once it has cleared `notified`. If it was set
     * already, whoever set it wakes the sleeper, for us too. Otherwise look
     * at `sleeping`: pairs with aio_sleep_begin(), which sets `sleeping` and
     * then looks at `notified`.
     */
    if (!qatomic_xchg(&ctx->notified, true) &&
        __atomic_load_n(&ctx->sleeping, __ATOMIC_SEQ_CST)) {
        event_notifier_set(&ctx->notifier);
    }
}

int64_t aio_sleep_begin(AioContext *ctx)
{
    (void)qatomic_xchg(&ctx->sleeping, true);
    if (__atomic_load_n(&ctx->notified, __ATOMIC_SEQ_CST) ||
        !TAILQ_EMPTY(&ctx->ready) || !TAILQ_EMPTY(&ctx->always)) {
        return 0;
    }
    return aio_soonest(aio_bh_timeout_ns(ctx), aio_timers_timeout_ns(ctx));
}

void aio_sleep_end(AioContext *ctx)
{
    qatomic_set(&ctx->sleeping, false);
}

/* ------------------------------------------------------------- polling */

/* epoll_wait with a time-out in ns (-1: none), as exact as the host can. */
static int epoll_wait_ns(int epfd, struct epoll_event *evs, int max,
                         int64_t timeout_ns)
{
    static bool no_pwait2; /* atomic */

    if (timeout_ns > 0 && !qatomic_read(&no_pwait2)) {
        struct timespec ts = { .tv_sec = timeout_ns / NANOSECONDS_PER_SECOND,
                               .tv_nsec =
                                   timeout_ns % NANOSECONDS_PER_SECOND };
        int n = epoll_pwait2(epfd, evs, max, &ts, NULL);

        if (n >= 0 || (errno != ENOSYS && errno != EPERM)) {
            return n;
        }
        qatomic_set(&no_pwait2, true);
    }
    if (timeout_ns > 0) {
        /* Rounded up: waking early would spin until the timer is due. */
        timeout_ns = MIN(DIV_ROUND_UP(timeout_ns, SCALE_MS), INT_MAX);
    }
    return epoll_wait(epfd, evs, max, (int)timeout_ns);
}

/* Waits and puts what is ready on ctx->ready. True if anything happened. The
 * big lock, if held, is given up meanwhile. */
static bool wait_for_events(AioContext *ctx, int64_t timeout_ns)
{
    struct epoll_event evs[EVENTS_PER_POLL];
    bool unlock = bql_locked();
    int n;

    if (unlock) {
        bql_unlock();
    }
    n = epoll_wait_ns(ctx->epoll_fd, evs, EVENTS_PER_POLL, timeout_ns);
    if (unlock) {
        bql_lock();
    }
    for (int i = 0; i < n; i++) {
        uint64_t key = evs[i].data.u64;
        AioHandler *h;

        if (key == NOTIFIER_KEY) {
            event_notifier_test_and_clear(&ctx->notifier);
            continue;
        }
        h = find_handler(ctx, (int)(uint32_t)key);
        if (h && handler_key(h) == key) {
            mark_ready(ctx, h, evs[i].events);
        }
    }
    mark_always_ready(ctx);
    return n > 0;
}

/* Asks every io_poll once. */
static bool run_io_poll(AioContext *ctx)
{
    uint64_t changes = ctx->pollable_changes;
    bool progress = false;
    AioHandler *h;

    TAILQ_FOREACH(h, &ctx->pollable, pollable_entry) {
        progress |= h->io_poll(h->opaque);
        if (ctx->pollable_changes != changes) {
            break; /* h may be gone; the rest gets its turn next time */
        }
    }
    return progress;
}

/*
 * Spins for at most ctx->poll_ns while nothing happens. Returns true if
 * something did, so that there is no reason to sleep; *progress says if an
 * io_poll has already done work.
 */
static bool busy_poll(AioContext *ctx, int64_t start, bool *progress)
{
    int64_t limit = ctx->poll_ns;

    do {
        int64_t due = aio_soonest(aio_bh_timeout_ns(ctx),
                                  aio_timers_timeout_ns(ctx));

        if (run_io_poll(ctx)) {
            *progress = true;
            return true;
        }
        if (due == 0 || qatomic_read(&ctx->notified) ||
            !TAILQ_EMPTY(&ctx->ready) || !TAILQ_EMPTY(&ctx->always) ||
            wait_for_events(ctx, 0)) {
            return true;
        }
    } while (qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - start < limit);
    return false;
}

/*
 * Chooses the next spin from how long this wait took: longer if a somewhat
 * longer spin had caught the event, shorter if none allowed would have.
 */
static void adapt_poll_ns(AioContext *ctx, int64_t waited_ns)
{
    if (waited_ns <= ctx->poll_ns) {
        return;
    }
    if (waited_ns > ctx->poll_max_ns) {
        ctx->poll_ns /= 2;
    } else {
        ctx->poll_ns = MIN(MAX(ctx->poll_ns * 2, POLL_NS_FIRST),
                           ctx->poll_max_ns);
    }
}

/* Blocks until there is work; true if an io_poll did some. */
static bool wait_blocking(AioContext *ctx)
{
    int64_t start = 0;
    bool progress = false;

    if (ctx->poll_max_ns) {
        start = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
        if (ctx->poll_ns && busy_poll(ctx, start, &progress)) {
            return progress;
        }
    }
    wait_for_events(ctx, aio_sleep_begin(ctx));
    aio_sleep_end(ctx);
    if (ctx->poll_max_ns) {
        adapt_poll_ns(ctx, qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - start);
    }
    return false;
}

bool aio_poll(AioContext *ctx, bool blocking)
{
    bool progress = false;

    if (!qatomic_read(&ctx->home)) {
        aio_context_attach(ctx);
    }
    if (blocking) {
        progress = wait_blocking(ctx);
    } else {
        wait_for_events(ctx, 0);
    }
    /* Before looking for bottom halves: see aio_notify(). */
    if (qatomic_read(&ctx->notified)) {
        (void)qatomic_xchg(&ctx->notified, false);
    }
    progress |= aio_bh_poll(ctx);
    progress |= dispatch_ready(ctx);
    progress |= aio_run_timers(ctx);
    return progress;
}
