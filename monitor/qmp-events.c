/*
 * Events: from qapi_event_send_X(), called anywhere, to every client that has
 * negotiated.
 *
 * An event sent outside the main loop travels there by a bottom half, with
 * the time at which it happened. Of events that a guest can cause as often as
 * it likes, only one a second is sent: the first, then the latest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/monitor-internal.h"
#include "util/aio.h"

static void event_broadcast(json_t *event)
{
    Monitor *mon;

    TAILQ_FOREACH (mon, &monitor_list, next) {
        MonitorQMP *qmp;

        if (!monitor_is_qmp(mon)) {
            continue;
        }
        qmp = MONITOR_QMP(mon);
        if (qmp->negotiated) {
            qmp_send(qmp, json_incref(event));
        }
    }
    json_decref(event);
}

#define THROTTLE_NS NANOSECONDS_PER_SECOND

typedef struct Throttle {
    const char *event;
    QEMUTimer *timer; /* armed: one was sent less than a second ago */
    json_t *latest;   /* since then */
} Throttle;

static Throttle throttles[] = {
    {.event = "RTC_CHANGE"},
};

static void throttle_send(Throttle *t, json_t *event)
{
    event_broadcast(event);
    timer_mod_ns(t->timer,
                 qemu_clock_get_ns(QEMU_CLOCK_REALTIME) + THROTTLE_NS);
}

static void throttle_timer(void *opaque)
{
    Throttle *t = opaque;
    json_t *event = t->latest;

    t->latest = NULL;
    if (event) {
        throttle_send(t, event);
    }
}

static void event_deliver(json_t *event)
{
    const char *name = json_string_value(json_object_get(event, "event"));

    for (unsigned i = 0; i < G_N_ELEMENTS(throttles); i++) {
        Throttle *t = &throttles[i];

        if (!g_str_equal(t->event, name)) {
            continue;
        }
        if (!t->timer) {
            t->timer = timer_new_ns(QEMU_CLOCK_REALTIME, throttle_timer, t);
        }
        if (timer_pending(t->timer)) {
            json_decref(t->latest);
            t->latest = event;
        } else {
            throttle_send(t, event);
        }
        return;
    }
    event_broadcast(event);
}

static void event_bh(void *opaque)
{
    event_deliver(opaque);
}

static void event_emit(const char *name, json_t *data)
{
    int64_t now_us = g_get_real_time();
    json_t *event =
        json_pack("{s:{s:I, s:I}, s:s}", "timestamp", "seconds",
                  (json_int_t)(now_us / G_USEC_PER_SEC), "microseconds",
                  (json_int_t)(now_us % G_USEC_PER_SEC), "event", name);

    if (data) {
        json_object_set_new(event, "data", data);
    }
    if (in_aio_context_home_thread(qemu_get_aio_context())) {
        event_deliver(event);
    } else {
        aio_bh_schedule_oneshot(qemu_get_aio_context(), event_bh, event);
    }
}

void qmp_events_cleanup(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(throttles); i++) {
        timer_free(throttles[i].timer);
        json_decref(throttles[i].latest);
        throttles[i].timer = NULL;
        throttles[i].latest = NULL;
    }
}

void qmp_events_init(void)
{
    qapi_event_set_emitter(event_emit);
}
