/*
 * Events: from qapi_event_send_X(), called anywhere, to every client that has
 * negotiated.
 *
 * An event sent outside the main loop travels there by a bottom half, with
 * the time at which it happened.
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

static void event_bh(void *opaque)
{
    event_broadcast(opaque);
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
        event_broadcast(event);
    } else {
        aio_bh_schedule_oneshot(qemu_get_aio_context(), event_bh, event);
    }
}

void qmp_events_init(void)
{
    qapi_event_set_emitter(event_emit);
}
