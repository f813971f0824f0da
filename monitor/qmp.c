/*
 * QMP monitors: greeting, requests and replies on one connection.
 *
 * A client is greeted when it connects and must negotiate (qmp_capabilities)
 * before it can do anything else or sees events. Each request is executed and
 * answered before the next one is read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/monitor-internal.h"
#include "qapi/qapi-commands.h"
#include "util/aio.h"

void qmp_send(MonitorQMP *mon, json_t *msg)
{
    size_t flags = JSON_ENSURE_ASCII | (mon->pretty ? JSON_INDENT(4) : 0);
    char *text = json_dumps(msg, flags);
    g_autoptr(GString) line = g_string_new(text);

    free(text);
    json_decref(msg);
    /* A newline in the text is never inside a string. */
    g_string_replace(line, "\n", "\r\n", 0);
    g_string_append(line, "\r\n");
    /* Not monitor_write(): what human-monitor-command prints may be collected
     * at this moment, and an event is no part of it. */
    qemu_chr_fe_write_all(&mon->parent_obj.chr, (const uint8_t *)line->str,
                          line->len);
}

static void qmp_greet(MonitorQMP *mon)
{
    VersionInfo *info = qmp_query_version(&error_abort);
    Visitor *v = visitor_new_output();

    visit_type_VersionInfo(v, NULL, &info, &error_abort);
    qmp_send(mon, json_pack("{s:{s:o, s:[]}}", "QMP", "version",
                            visitor_complete(v), "capabilities"));
    visitor_free(v);
    qapi_free_VersionInfo(info);
}

/* One request; takes over what the parser gives. */
static void qmp_request(void *opaque, json_t *request, Error *err)
{
    MonitorQMP *mon = opaque;
    json_t *reply;

    if (!monitor_is_live(&mon->parent_obj)) {
        error_free(err); /* pipelined after its own end */
    } else if (err) {
        qmp_send(mon, qmp_error_reply(NULL, err));
    } else {
        reply = qmp_dispatch(mon, request);
        qmp_send(mon, reply);
    }
    json_decref(request);
}

static void qmp_read(Monitor *mon, const uint8_t *buf, int size)
{
    json_stream_feed(MONITOR_QMP(mon)->json, (const char *)buf, size);
}

/* close-action=delete: the monitor goes, and its character device. */
static void qmp_delete_bh(void *opaque)
{
    MonitorQMP *mon = opaque;
    g_autofree char *chardev = g_strdup(mon->parent_obj.chardev_id);

    if (monitor_is_live(&mon->parent_obj)) {
        object_unparent(OBJECT(mon));
    }
    object_unref(OBJECT(mon));
    qemu_chr_remove(chardev, NULL);
}

static void qmp_event(Monitor *base, QEMUChrEvent event)
{
    MonitorQMP *mon = MONITOR_QMP(base);

    switch (event) {
    case CHR_EVENT_OPENED:
        json_stream_reset(mon->json);
        mon->negotiated = false;
        qmp_greet(mon);
        break;
    case CHR_EVENT_CLOSED:
        json_stream_reset(mon->json);
        mon->negotiated = false;
        if (mon->close_action == MONITOR_QMP_CLOSE_ACTION_DELETE) {
            object_ref(OBJECT(mon));
            aio_bh_schedule_oneshot(qemu_get_aio_context(), qmp_delete_bh, mon);
        }
        break;
    default:
        break;
    }
}

/* ------------------------------------------------------------------ object */

static bool qmp_get_pretty(Object *obj, Error **errp)
{
    return MONITOR_QMP(obj)->pretty;
}

static void qmp_set_pretty(Object *obj, bool value, Error **errp)
{
    MONITOR_QMP(obj)->pretty = value;
}

static int qmp_get_close_action(Object *obj, Error **errp)
{
    return MONITOR_QMP(obj)->close_action;
}

static void qmp_set_close_action(Object *obj, int value, Error **errp)
{
    MONITOR_QMP(obj)->close_action = value;
}

static void qmp_instance_init(Object *obj)
{
    MonitorQMP *mon = MONITOR_QMP(obj);

    mon->json = json_stream_new(qmp_request, mon);
}

static void qmp_instance_finalize(Object *obj)
{
    json_stream_free(MONITOR_QMP(obj)->json);
}

static void qmp_class_init(ObjectClass *klass, const void *data)
{
    MonitorClass *mc = MONITOR_CLASS(klass);

    mc->read = qmp_read;
    mc->event = qmp_event;
    object_class_property_add_bool(klass, "pretty", qmp_get_pretty,
                                   qmp_set_pretty);
    object_class_property_add_enum(klass, "close-action",
                                   "MonitorQMPCloseAction",
                                   &MonitorQMPCloseAction_lookup,
                                   qmp_get_close_action, qmp_set_close_action);
}

static const TypeInfo qmp_types[] = {
    {
        .name = TYPE_MONITOR_QMP,
        .parent = TYPE_MONITOR,
        .instance_size = sizeof(MonitorQMP),
        .instance_init = qmp_instance_init,
        .instance_finalize = qmp_instance_finalize,
        .class_init = qmp_class_init,
    },
};
DEFINE_TYPES(qmp_types)
