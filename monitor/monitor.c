/*
 * Monitors: the base type, output, and the current monitor.
 *
 * Theory of operation. The character device hands bytes to monitor_read(),
 * which passes them to the derived type; that one executes commands right
 * there, on the main loop. While a command runs, the monitor takes no more
 * input (a command may run a nested event loop), so replies keep the order
 * of requests, and a client that sends without reading is stopped by the
 * character device's own limits.
 *
 * A command can delete the monitor it came from. monitor_read() holds a
 * reference meanwhile and drops it from a bottom half, when the character
 * device has left the stack too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/monitor-internal.h"
#include "util/aio.h"

/* Bytes taken at a time: how long one client can keep the others waiting. */
#define READ_CHUNK 4096

MonitorList monitor_list = TAILQ_HEAD_INITIALIZER(monitor_list);

static Monitor *current_monitor;
static unsigned compat_count;
static MonitorHmpExec *hmp_exec;

Monitor *monitor_cur(void)
{
    return current_monitor;
}

Monitor *monitor_set_cur(Monitor *mon)
{
    Monitor *old = current_monitor;

    current_monitor = mon;
    return old;
}

bool monitor_is_qmp(const Monitor *mon)
{
    return object_dynamic_cast((Object *)mon, TYPE_MONITOR_QMP) != NULL;
}

/* ----------------------------------------------------------------- output */

void monitor_write(Monitor *mon, const char *buf, size_t len)
{
    if (mon->capture) {
        g_string_append_len(mon->capture, buf, len);
    } else if (mon->chr.chr) {
        qemu_chr_fe_write_all(&mon->chr, (const uint8_t *)buf, len);
    }
}

void monitor_puts(Monitor *mon, const char *s)
{
    g_autoptr(GString) text = NULL;

    if (!mon) {
        fputs(s, stdout);
        return;
    }
    text = g_string_new(NULL);
    for (; *s; s++) {
        if (*s == '\n') {
            g_string_append_c(text, '\r');
        }
        g_string_append_c(text, *s);
    }
    monitor_write(mon, text->str, text->len);
}

void monitor_vprintf(Monitor *mon, const char *fmt, va_list ap)
{
    g_autofree char *text = g_strdup_vprintf(fmt, ap);

    monitor_puts(mon, text);
}

void monitor_printf(Monitor *mon, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    monitor_vprintf(mon, fmt, ap);
    va_end(ap);
}

/* ------------------------------------------------------------------ input */

static int monitor_can_read(void *opaque)
{
    Monitor *mon = opaque;

    if (!monitor_is_live(mon)) {
        return 0;
    }
    if (mon->busy) {
        mon->input_held = true;
        return 0;
    }
    return READ_CHUNK;
}

static void monitor_unref_bh(void *opaque)
{
    object_unref(opaque);
}

static void monitor_read(void *opaque, const uint8_t *buf, int size)
{
    Monitor *mon = opaque;

    object_ref(OBJECT(mon));
    monitor_collect_msgfds(mon);
    mon->busy++;
    MONITOR_GET_CLASS(mon)->read(mon, buf, size);
    mon->busy--;
    if (!monitor_is_live(mon)) {
        aio_bh_schedule_oneshot(qemu_get_aio_context(), monitor_unref_bh, mon);
        return;
    }
    if (mon->input_held && !mon->busy) {
        mon->input_held = false;
        qemu_chr_fe_accept_input(&mon->chr);
    }
    object_unref(OBJECT(mon));
}

static void monitor_event(void *opaque, QEMUChrEvent event)
{
    Monitor *mon = opaque;

    if (event == CHR_EVENT_CLOSED) {
        monitor_drop_msgfds(mon);
    }
    if (monitor_is_live(mon)) {
        MONITOR_GET_CLASS(mon)->event(mon, event);
    }
}

/* ---------------------------------------------------------------- objects */

static char *monitor_get_chardev(Object *obj, Error **errp)
{
    return g_strdup(MONITOR(obj)->chardev_id);
}

static void monitor_set_chardev(Object *obj, const char *value, Error **errp)
{
    Monitor *mon = MONITOR(obj);

    if (mon->chr.chr) {
        error_setg(errp, "Property 'chardev' can not be set now");
        return;
    }
    g_free(mon->chardev_id);
    mon->chardev_id = g_strdup(value);
}

static void monitor_complete(UserCreatable *uc, Error **errp)
{
    Monitor *mon = MONITOR(uc);
    Chardev *chr;

    if (!mon->chardev_id) {
        error_setg(errp, "Parameter 'chardev' is missing");
        return;
    }
    chr = qemu_chr_find(mon->chardev_id);
    if (!chr) {
        error_setg(errp, "chardev \"%s\" not found", mon->chardev_id);
        return;
    }
    if (!qemu_chr_fe_init(&mon->chr, chr, errp)) {
        return;
    }
    TAILQ_INSERT_TAIL(&monitor_list, mon, next);
    qemu_chr_fe_set_handlers(&mon->chr, monitor_can_read, monitor_read,
                             monitor_event, mon);
}

static void monitor_instance_init(Object *obj)
{
    Monitor *mon = MONITOR(obj);

    mon->msgfds = g_array_new(FALSE, FALSE, sizeof(int));
    mon->fds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    qmp_events_init();
    monitor_fds_init();
}

static void monitor_finalize(Object *obj)
{
    Monitor *mon = MONITOR(obj);

    if (mon->chr.chr) {
        TAILQ_REMOVE(&monitor_list, mon, next);
        qemu_chr_fe_deinit(&mon->chr);
    }
    if (current_monitor == mon) {
        current_monitor = NULL;
    }
    monitor_fds_free(mon);
    g_free(mon->chardev_id);
}

static void monitor_class_init(ObjectClass *klass, const void *data)
{
    UserCreatableClass *ucc = (UserCreatableClass *)object_class_dynamic_cast(
        klass, TYPE_USER_CREATABLE);

    ucc->complete = monitor_complete;
    object_class_property_add_str(klass, "chardev", monitor_get_chardev,
                                  monitor_set_chardev);
}

static const InterfaceInfo monitor_interfaces[] = {
    {TYPE_USER_CREATABLE},
    {NULL},
};

static const TypeInfo monitor_types[] = {
    {
        .name = TYPE_MONITOR,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(Monitor),
        .instance_init = monitor_instance_init,
        .instance_finalize = monitor_finalize,
        .abstract = true,
        .class_size = sizeof(MonitorClass),
        .class_init = monitor_class_init,
        .interfaces = monitor_interfaces,
    },
};
DEFINE_TYPES(monitor_types)

/* Takes over the reference to props, which lacks what all have. */
static bool monitor_create(const char *type, Chardev *chr, json_t *props,
                           Error **errp)
{
    g_autofree char *id = g_strdup_printf("compat_monitor%u", compat_count);
    Object *obj;

    json_object_set_new(props, "qom-type", json_string(type));
    json_object_set_new(props, "id", json_string(id));
    json_object_set_new(props, "chardev", json_string(chr->label));
    obj = user_creatable_add(props, false, errp);
    json_decref(props);
    compat_count += obj != NULL;
    return obj != NULL;
}

bool monitor_init_qmp(Chardev *chr, bool pretty, Error **errp)
{
    return monitor_create(TYPE_MONITOR_QMP, chr,
                          json_pack("{s:b}", "pretty", pretty), errp);
}

bool monitor_init_hmp(Chardev *chr, bool readline, Error **errp)
{
    return monitor_create(TYPE_MONITOR_HMP, chr,
                          json_pack("{s:b}", "readline", readline), errp);
}

void monitor_cleanup(void)
{
    Monitor *mon, *next;

    TAILQ_FOREACH_SAFE (mon, &monitor_list, next, next) {
        object_unparent(OBJECT(mon));
    }
    qmp_events_cleanup();
}

/* --------------------------------------------------------------- HMP hook */

void monitor_set_hmp_exec(MonitorHmpExec *fn)
{
    hmp_exec = fn;
}

char *monitor_hmp_command(const char *cmdline, Error **errp)
{
    Monitor *mon = monitor_cur();
    GString *outer = mon->capture;
    GString *output;

    if (!hmp_exec) {
        error_setg(errp, "The human monitor is not available");
        return NULL;
    }
    output = g_string_new(NULL);
    mon->capture = output;
    hmp_exec(mon, cmdline);
    mon->capture = outer;
    return g_string_free(output, FALSE);
}
