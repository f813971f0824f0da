/*
 * HMP commands of character devices, file descriptors, trace points, the log
 * and the monitor itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "chardev/char.h"
#include "monitor/hmp-internal.h"
#include "qapi/qapi-commands.h"
#include "trace/trace.h"
#include "util/option.h"

/* ------------------------------------------------------ character devices */

static void chardev_help(Monitor *mon)
{
    monitor_puts(mon, "Available chardev backend types: \n");
    for (const char *const *n = qemu_chr_backend_names(); *n; n++) {
        monitor_printf(mon, "  %s\n", *n);
    }
}

/* Takes id and backend out of opts. */
static Chardev *chardev_create(json_t *opts, bool keyval, Error **errp)
{
    g_autofree char *id = g_strdup(option_get_str(opts, "id"));
    g_autofree char *backend = g_strdup(option_get_str(opts, "backend"));

    if (!id) {
        error_setg(errp, "chardev: no id specified");
        return NULL;
    }
    if (!id_wellformed(id)) {
        error_setg(errp, "Parameter 'id' expects an identifier");
        return NULL;
    }
    if (!backend) {
        error_setg(errp, "chardev: \"%s\" missing backend", id);
        return NULL;
    }
    json_object_del(opts, "id");
    json_object_del(opts, "backend");
    return qemu_chr_new_from_json(id, backend, opts, keyval, errp);
}

void hmp_chardev_add(Monitor *mon, json_t *args)
{
    Error *err = NULL;
    bool help = false, keyval;
    json_t *opts = option_parse(hmp_arg_str(args, "args"), "backend", &help,
                                &keyval, &err);
    Chardev *chr = NULL;

    if (opts && help) {
        chardev_help(mon);
    } else if (opts) {
        chr = chardev_create(opts, keyval, &err);
    }
    if (chr && g_str_has_prefix(chr->filename, "pty:")) {
        monitor_printf(mon, "char device redirected to %s (label %s)\n",
                       chr->filename + strlen("pty:"), chr->label);
    }
    json_decref(opts);
    hmp_handle_error(mon, err);
}

void hmp_chardev_remove(Monitor *mon, json_t *args)
{
    Error *err = NULL;

    qemu_chr_remove(hmp_arg_str(args, "id"), &err);
    hmp_handle_error(mon, err);
}

static void print_chardev(Chardev *chr, void *opaque)
{
    monitor_printf(opaque, "%s: filename=%s\n", chr->label, chr->filename);
}

void hmp_info_chardev(Monitor *mon, json_t *args)
{
    qemu_chr_foreach(print_chardev, mon);
}

/* ------------------------------------------------------- file descriptors */

void hmp_getfd(Monitor *mon, json_t *args)
{
    Error *err = NULL;

    qmp_getfd(hmp_arg_str(args, "fdname"), &err);
    hmp_handle_error(mon, err);
}

void hmp_closefd(Monitor *mon, json_t *args)
{
    Error *err = NULL;

    qmp_closefd(hmp_arg_str(args, "fdname"), &err);
    hmp_handle_error(mon, err);
}

/* ---------------------------------------------------------- trace and log */

void hmp_trace_event(Monitor *mon, json_t *args)
{
    Error *err = NULL;

    qmp_trace_event_set_state(hmp_arg_str(args, "name"),
                              hmp_arg_bool(args, "option"), false, false, &err);
    if (err) {
        error_report_err(err);
    }
}

void hmp_info_trace_events(Monitor *mon, json_t *args)
{
    g_autoptr(TraceEventInfoList) list = NULL;
    Error *err = NULL;

    list = qmp_trace_event_get_state(hmp_arg_str(args, "name") ?: "*", &err);
    for (TraceEventInfoList *ev = list; ev; ev = ev->next) {
        monitor_printf(mon, "%s : state %d\n", ev->value->name,
                       ev->value->state == TRACE_EVENT_STATE_ENABLED);
    }
    if (err) {
        error_report_err(err);
    }
}

static bool is_help(const char *text)
{
    return g_str_equal(text, "help") || g_str_equal(text, "?");
}

static void log_help(Monitor *mon)
{
    g_autofree char *items = qemu_log_items_help();

    monitor_printf(mon,
                   "Log items (comma separated):\n"
                   "none            remove all logs\n%s\n"
                   "Use \"log trace:help\" to get a list of trace events.\n\n",
                   items);
}

static void log_trace_help(Monitor *mon)
{
    unsigned count;
    TraceEvent *const *events = trace_event_list(&count);

    for (unsigned i = 0; i < count; i++) {
        monitor_printf(mon, "%s\n", events[i]->name);
    }
}

/* The items named, and no others, from now on. */
void hmp_log(Monitor *mon, json_t *args)
{
    const char *items = hmp_arg_str(args, "items");
    g_auto(GStrv) list = g_strsplit(items, ",", -1);
    unsigned old = qemu_loglevel;
    Error *err = NULL;
    bool help;

    if (g_str_equal(items, "none")) {
        qemu_loglevel = 0;
        return;
    }
    for (char **item = list; *item; item++) {
        if (is_help(*item)) {
            log_help(mon);
            return;
        }
        if (g_str_has_prefix(*item, "trace:") &&
            is_help(*item + strlen("trace:"))) {
            log_trace_help(mon);
            return;
        }
    }
    qemu_loglevel = 0;
    if (!qemu_log_parse_arg(items, &help, &err)) {
        qemu_loglevel = old;
        error_free(err);
        log_help(mon);
    }
}

void hmp_logfile(Monitor *mon, json_t *args)
{
    Error *err = NULL;

    if (!qemu_log_set_file(hmp_arg_str(args, "filename"), &err)) {
        error_report_err(err);
    }
}

/* ---------------------------------------------------------------- monitor */

void hmp_info_history(Monitor *mon, json_t *args)
{
    ReadLine *rl = monitor_is_qmp(mon) ? NULL : MONITOR_HMP(mon)->rl;
    const char *line;

    for (unsigned i = 0; rl && (line = readline_history_get(rl, i)); i++) {
        monitor_printf(mon, "%u: '%s'\n", i, line);
    }
}
