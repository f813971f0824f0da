/*
 * The main loop: the main context, and libraries that want poll().
 *
 * Without poll hooks, an iteration is aio_poll(). With them, the sleep is in
 * ppoll() on the context's epoll descriptor (which polls readable when a
 * handler or the notifier is ready) and the hooks' descriptors, and aio_poll()
 * follows without blocking.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "aio-internal.h"

#include <poll.h>

#include "util/bql.h"

static AioContext *main_context;
static __thread AioContext *thread_context;

/* NULL where a hook was removed during the walk; main thread only. */
static GPtrArray *poll_hooks;
static unsigned poll_hooks_walking;

bool qemu_init_main_loop(Error **errp)
{
    g_assert(!main_context);
    main_context = aio_context_new(errp);
    if (!main_context) {
        return false;
    }
    poll_hooks = g_ptr_array_new();
    aio_claim_home(main_context);
    return true;
}

AioContext *qemu_get_aio_context(void)
{
    return main_context;
}

void aio_set_thread_context(AioContext *ctx)
{
    thread_context = ctx;
}

AioContext *aio_thread_context(void)
{
    return thread_context;
}

AioContext *qemu_get_current_aio_context(void)
{
    return thread_context ? thread_context : main_context;
}

QEMUBH *qemu_bh_new_named(QEMUBHFunc *cb, void *opaque, const char *name)
{
    return aio_bh_new(main_context, cb, opaque, name);
}

void qemu_set_fd_handler(int fd, IOHandler *io_read, IOHandler *io_write,
                         void *opaque)
{
    aio_set_fd_handler(main_context, fd, io_read, io_write, NULL, opaque);
}

void main_loop_poll_add(MainLoopPoll *p)
{
    g_ptr_array_add(poll_hooks, p);
}

/* Hooks may come and go while they are being called: leave a hole then. */
void main_loop_poll_remove(MainLoopPoll *p)
{
    for (guint i = 0; i < poll_hooks->len; i++) {
        if (g_ptr_array_index(poll_hooks, i) != p) {
            continue;
        }
        if (poll_hooks_walking) {
            g_ptr_array_index(poll_hooks, i) = NULL;
        } else {
            g_ptr_array_remove_index(poll_hooks, i);
        }
        return;
    }
}

static void compact_hooks(void)
{
    while (g_ptr_array_remove(poll_hooks, NULL)) {
        /* every hole */
    }
}

static void call_fill(GArray *fds, int *timeout_ms)
{
    poll_hooks_walking++;
    for (guint i = 0; i < poll_hooks->len; i++) {
        MainLoopPoll *p = g_ptr_array_index(poll_hooks, i);

        if (p) {
            p->fill(fds, timeout_ms, p->opaque);
        }
    }
    poll_hooks_walking--;
}

static void call_poll(GArray *fds)
{
    poll_hooks_walking++;
    for (guint i = 0; i < poll_hooks->len; i++) {
        MainLoopPoll *p = g_ptr_array_index(poll_hooks, i);

        if (p) {
            p->poll(fds, p->opaque);
        }
    }
    if (--poll_hooks_walking == 0) {
        compact_hooks();
    }
}

static void wait_with_hooks(bool nonblocking)
{
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    struct pollfd own = { .fd = main_context->epoll_fd, .events = POLLIN };
    int64_t timeout_ns;
    int timeout_ms = -1;
    bool unlock = bql_locked();
    struct timespec ts;
    int rc;

    /* Ours is the first: the hooks remember indices of their own entries. */
    g_array_append_val(fds, own);
    call_fill(fds, &timeout_ms);

    timeout_ns = aio_sleep_begin(main_context);
    if (timeout_ms >= 0) {
        timeout_ns = aio_soonest(timeout_ns, (int64_t)timeout_ms * SCALE_MS);
    }
    if (nonblocking) {
        timeout_ns = 0;
    }
    ts.tv_sec = timeout_ns / NANOSECONDS_PER_SECOND;
    ts.tv_nsec = timeout_ns % NANOSECONDS_PER_SECOND;
    if (unlock) {
        bql_unlock();
    }
    rc = ppoll((struct pollfd *)fds->data, fds->len,
               timeout_ns < 0 ? NULL : &ts, NULL);
    if (unlock) {
        bql_lock();
    }
    aio_sleep_end(main_context);

    if (rc < 0) {
        /* Interrupted: revents are not to be trusted. */
        for (guint i = 0; i < fds->len; i++) {
            g_array_index(fds, struct pollfd, i).revents = 0;
        }
    }
    call_poll(fds);
}

void main_loop_wait(bool nonblocking)
{
    if (poll_hooks->len) {
        wait_with_hooks(nonblocking);
        nonblocking = true;
    }
    aio_poll(main_context, !nonblocking);
}
