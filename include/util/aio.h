/*
 * AioContext: an event loop that owns file descriptors, bottom halves,
 * timers and event notifiers.
 *
 * One thread at a time runs a context, by aio_poll(). That thread is the
 * context's home: fd handlers, timers and bottom halves run there and nowhere
 * else. Functions marked [any] may be called from every thread; the others
 * only from the home thread, or before it runs. The main loop's context is
 * also served by vCPU threads that hold the big lock (util/bql.h): they may
 * call all but aio_poll(), and the loop gives the lock up while it sleeps.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_AIO_H
#define UTIL_AIO_H

#include "util/error.h"

typedef struct AioContext AioContext;
typedef struct QEMUBH QEMUBH;
typedef struct QEMUTimer QEMUTimer;
typedef void QEMUBHFunc(void *opaque);
typedef void QEMUTimerCB(void *opaque);
typedef void IOHandler(void *opaque);
/* Busy-poll probe: true if work was found (it has been done then). */
typedef bool AioPollFn(void *opaque);

/* ------------------------------------------------------------ contexts */

AioContext *aio_context_new(Error **errp);
void aio_context_ref(AioContext *ctx);   /* [any] */
void aio_context_unref(AioContext *ctx); /* [any] frees with the last */
/*
 * Runs what is ready: fd handlers, bottom halves, due timers. With blocking,
 * sleeps until there is something. Returns true if a handler ran. May be
 * nested from a handler.
 */
bool aio_poll(AioContext *ctx, bool blocking);
/* [any] Makes a sleeping aio_poll() return. */
void aio_notify(AioContext *ctx);
/* Busy polling before sleep, at most max_ns (0: off, the default). */
void aio_context_set_poll_ns(AioContext *ctx, int64_t max_ns);
/*
 * Makes the calling thread the context's home, as the first aio_poll() does
 * too. An IOThread calls it before it tells its creator that it runs.
 */
void aio_context_attach(AioContext *ctx);
/* [any] The context of this thread: its IOThread's, or the main loop's. */
AioContext *qemu_get_current_aio_context(void);
/* [any] True if the calling thread is the context's home. */
bool in_aio_context_home_thread(AioContext *ctx);

/*
 * Watches fd. NULL handlers stop watching that direction; all NULL forgets
 * the fd (do so before closing it). EPOLLHUP and EPOLLERR call io_read if
 * set, else io_write: the handler finds the cause by its read or write. A
 * handler may remove itself or any other fd.
 */
void aio_set_fd_handler(AioContext *ctx, int fd, IOHandler *io_read,
                        IOHandler *io_write, AioPollFn *io_poll, void *opaque);

/* ------------------------------------------------------- bottom halves */

/* Delete it before the context goes. name must stay valid. */
QEMUBH *aio_bh_new(AioContext *ctx, QEMUBHFunc *cb, void *opaque,
                   const char *name);
/* [any] Runs cb soon, in the context's thread; once, however often called. */
void qemu_bh_schedule(QEMUBH *bh);
/* As above, but does not wake the loop: runs when something else does, 10 ms
 * at the latest. */
void qemu_bh_schedule_idle(QEMUBH *bh);
/* [any] Takes back a schedule that has not run yet. */
void qemu_bh_cancel(QEMUBH *bh);
/* [any] Frees it when safe; never runs again once this returns in the home
 * thread. NULL allowed. */
void qemu_bh_delete(QEMUBH *bh);
/* [any] Runs cb once, then forgets it. */
void aio_bh_schedule_oneshot(AioContext *ctx, QEMUBHFunc *cb, void *opaque);
/* [any] As above and waits until cb has run; runs it directly at home. */
void aio_wait_bh_oneshot(AioContext *ctx, QEMUBHFunc *cb, void *opaque);

/* On the main loop's context. */
QEMUBH *qemu_bh_new_named(QEMUBHFunc *cb, void *opaque, const char *name);
#define qemu_bh_new(cb, opaque) qemu_bh_new_named(cb, opaque, #cb)

/* ------------------------------------------------------ event notifier */

/* An eventfd. Several sets before a clear count as one. */
typedef struct EventNotifier {
    int fd; /* -1 when not initialised */
} EventNotifier;
typedef void EventNotifierHandler(EventNotifier *e);

/* 0, or a negative errno. */
int event_notifier_init(EventNotifier *e, bool active);
void event_notifier_cleanup(EventNotifier *e);
int event_notifier_set(EventNotifier *e); /* [any] */
/* True if it was set. */
bool event_notifier_test_and_clear(EventNotifier *e);
static inline int event_notifier_get_fd(const EventNotifier *e)
{
    return e->fd;
}
void aio_set_event_notifier(AioContext *ctx, EventNotifier *e,
                            EventNotifierHandler *io_read);

/* -------------------------------------------------------------- timers */

typedef enum QEMUClockType {
    QEMU_CLOCK_REALTIME, /* monotonic, runs always */
    QEMU_CLOCK_VIRTUAL,  /* guest time: stops with the VM, qtest's to steer */
    QEMU_CLOCK_HOST,     /* wall clock */
    QEMU_CLOCK_MAX
} QEMUClockType;

#define SCALE_MS 1000000
#define SCALE_US 1000
#define SCALE_NS 1
#define NANOSECONDS_PER_SECOND INT64_C(1000000000)

int64_t qemu_clock_get_ns(QEMUClockType type); /* [any] */
static inline int64_t qemu_clock_get_ms(QEMUClockType type)
{
    return qemu_clock_get_ns(type) / SCALE_MS;
}

QEMUTimer *aio_timer_new(AioContext *ctx, QEMUClockType type, int scale,
                         QEMUTimerCB *cb, void *opaque);
/* On the main loop's context, nanosecond and millisecond units. */
QEMUTimer *timer_new_ns(QEMUClockType type, QEMUTimerCB *cb, void *opaque);
QEMUTimer *timer_new_ms(QEMUClockType type, QEMUTimerCB *cb, void *opaque);
/*
 * Timers may be armed and disarmed by any thread; timer_del and timer_free do
 * not wait for a callback that the home thread is just running.
 *
 * Arms for the absolute time `expire`, in the timer's scale.
 */
void timer_mod(QEMUTimer *t, int64_t expire);
void timer_mod_ns(QEMUTimer *t, int64_t expire_ns);
void timer_del(QEMUTimer *t);
void timer_free(QEMUTimer *t); /* NULL allowed */
bool timer_pending(const QEMUTimer *t); /* [any] */
/* Absolute ns; -1 when not armed. */
int64_t timer_expire_time_ns(const QEMUTimer *t);

/*
 * Guest time. Running: follows the host's monotonic clock. stop freezes it.
 * With qemu_clock_set_manual(true) (accelerator qtest) it moves only by
 * qemu_clock_warp(), which runs every timer that falls due on the way, in
 * order, in all contexts whose home is the caller.
 */
void qemu_clock_enable_virtual(bool running);
void qemu_clock_set_manual(bool manual);
/* Earliest deadline of the VIRTUAL clock, absolute ns, -1 if none. */
int64_t qemu_clock_next_virtual_deadline(void);
/* Advances to the absolute time dest_ns; returns the time reached. */
int64_t qemu_clock_warp(int64_t dest_ns);

/* ----------------------------------------------------------- main loop */

/* Creates the main context and makes the caller its home thread. Once. */
bool qemu_init_main_loop(Error **errp);
AioContext *qemu_get_aio_context(void); /* [any] */
/* One iteration of the main loop, on the main context. */
void main_loop_wait(bool nonblocking);
/* On the main context. */
void qemu_set_fd_handler(int fd, IOHandler *io_read, IOHandler *io_write,
                         void *opaque);

/*
 * For libraries that want poll(): fill() is called before each sleep of the
 * main loop to append to pollfds (an array of struct pollfd, which GPollFD is
 * laid out like; entries of others come first) and may lower *timeout_ms (-1:
 * none); poll() after it, with the results in the same array.
 */
typedef struct MainLoopPoll {
    void (*fill)(GArray *pollfds, int *timeout_ms, void *opaque);
    void (*poll)(GArray *pollfds, void *opaque);
    void *opaque;
} MainLoopPoll;
void main_loop_poll_add(MainLoopPoll *p);
void main_loop_poll_remove(MainLoopPoll *p);

/* ------------------------------------------------------------- threads */

typedef struct QemuThread QemuThread;
/* name: at most 15 bytes reach the kernel. NULL with *errp on failure. */
QemuThread *qemu_thread_create(const char *name, void *(*fn)(void *),
                               void *arg, Error **errp);
/* Waits for its end, frees it, returns fn's result. */
void *qemu_thread_join(QemuThread *t);

#endif
