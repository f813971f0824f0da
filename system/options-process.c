/*
 * Options about the process: its name, log, traces, pid file, daemon.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sys/prctl.h>

#include "chardev/char.h"
#include "hw/core/vm-info.h"
#include "qapi/visitor.h"
#include "system/system-internal.h"
#include "trace/trace.h"
#include "util/option.h"

bool cmd_log_items(const char *arg, Error **errp)
{
    bool help = false;
    bool ok = qemu_log_parse_arg(arg, &help, errp);

    if (ok && help) {
        exit(0);
    }
    return ok;
}

bool cmd_log_file(const char *arg, Error **errp)
{
    return qemu_log_set_file(arg, errp);
}

bool cmd_trace(const char *arg, Error **errp)
{
    bool help = false;
    bool ok = trace_parse_arg(arg, &help, errp);

    if (ok && help) {
        exit(0);
    }
    return ok;
}

/* An option group of strings and booleans: visits `arg` with fn, which may
 * not leave members unvisited. */
static bool visit_group(const char *arg, const char *implied,
                        bool (*fn)(Visitor *v, Error **errp), Error **errp)
{
    bool keyval;
    json_t *opts = option_parse(arg, implied, NULL, &keyval, errp);
    g_autoptr(Visitor) v = NULL;
    bool ok;

    if (!opts) {
        return false;
    }
    v = keyval ? visitor_new_input_opts(opts)
               : visitor_new_input(opts, false);
    json_decref(opts);
    if (!visit_start_struct(v, NULL, NULL, 0, errp)) {
        return false;
    }
    ok = fn(v, errp) && visit_check_struct(v, errp);
    visit_end_struct(v, NULL);
    return ok;
}

/* An optional member; *present tells if it was there. */
static bool visit_opt_str(Visitor *v, const char *name, char **value,
                          Error **errp)
{
    bool present;

    *value = NULL;
    return !visit_optional(v, name, &present) ||
           visit_type_str(v, name, value, errp);
}

static bool visit_opt_bool(Visitor *v, const char *name, bool *present,
                           bool *value, Error **errp)
{
    *value = false;
    return !visit_optional(v, name, present) ||
           visit_type_bool(v, name, value, errp);
}

static bool visit_name(Visitor *v, Error **errp)
{
    g_autofree char *guest = NULL;
    g_autofree char *process = NULL;
    bool present, debug_threads;

    if (!visit_opt_str(v, "guest", &guest, errp) ||
        !visit_opt_str(v, "process", &process, errp) ||
        !visit_opt_bool(v, "debug-threads", &present, &debug_threads, errp)) {
        return false;
    }
    /* Threads always carry names here, so debug-threads has nothing to do. */
    if (guest) {
        vm_info_set_name(guest);
    }
    if (process && prctl(PR_SET_NAME, process) < 0) {
        error_setg_errno(errp, errno, "could not change process name to '%s'",
                         process);
        return false;
    }
    return true;
}

bool cmd_name(const char *arg, Error **errp)
{
    return visit_group(arg, "guest", visit_name, errp);
}

bool cmd_uuid(const char *arg, Error **errp)
{
    if (!g_uuid_string_is_valid(arg)) {
        error_setg(errp, "failed to parse UUID string: wrong format");
        return false;
    }
    vm_info_set_uuid(arg);
    return true;
}

static bool visit_msg(Visitor *v, Error **errp)
{
    bool has_timestamp, timestamp, has_name, name;

    if (!visit_opt_bool(v, "timestamp", &has_timestamp, &timestamp, errp) ||
        !visit_opt_bool(v, "guest-name", &has_name, &name, errp)) {
        return false;
    }
    if (has_timestamp) {
        error_set_timestamp(timestamp);
        trace_set_timestamp(timestamp);
    }
    if (has_name) {
        vm_info_set_guest_name_in_messages(name);
    }
    return true;
}

bool cmd_msg(const char *arg, Error **errp)
{
    return visit_group(arg, NULL, visit_msg, errp);
}

static bool visit_run_with(Visitor *v, Error **errp)
{
    bool present;

    return visit_opt_bool(v, "exit-with-parent", &present,
                          &start_options.exit_with_parent, errp);
}

bool cmd_run_with(const char *arg, Error **errp)
{
    return visit_group(arg, NULL, visit_run_with, errp);
}

bool cmd_pidfile(const char *arg, Error **errp)
{
    g_free(start_options.pidfile);
    start_options.pidfile = g_strdup(arg);
    return true;
}

bool cmd_daemonize(const char *arg, Error **errp)
{
    start_options.daemonize = true;
    qemu_chr_stdio_forbid();
    return true;
}
