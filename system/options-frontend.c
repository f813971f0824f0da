/*
 * Options that connect a character device to something of ours: monitors,
 * qtest, serial ports; and the display there is not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/qtest.h"
#include "chardev/char.h"
#include "hw/core/machine.h"
#include "hw/core/runstate.h"
#include "hw/core/serial-hd.h"
#include "monitor/monitor.h"
#include "qapi/visitor.h"
#include "system/system-internal.h"
#include "util/option.h"

static unsigned monitor_count;
static char *qtest_chardev;
static char *qtest_log;
static GSList *mon_serials; /* Chardevs of -serial mon:... */

/* "-monitor stdio" and friends: a chardev of its own, or "chardev:ID". */
static bool monitor_create(const char *arg, bool qmp, bool pretty,
                           Error **errp)
{
    g_autofree char *label = NULL;
    Chardev *chr;

    if (g_str_equal(arg, "none")) {
        return true;
    }
    label = monitor_count ? g_strdup_printf("compat_monitor%u", monitor_count)
                          : g_strdup("compat_monitor0");
    monitor_count++;
    chr = qemu_chr_new(label, arg, errp);
    if (!chr) {
        return false;
    }
    return qmp ? monitor_init_qmp(chr, pretty, errp)
               : monitor_init_hmp(chr, true, errp);
}

bool cmd_monitor(const char *arg, Error **errp)
{
    return monitor_create(arg, false, false, errp);
}

bool cmd_qmp(const char *arg, Error **errp)
{
    return monitor_create(arg, true, false, errp);
}

bool cmd_qmp_pretty(const char *arg, Error **errp)
{
    return monitor_create(arg, true, true, errp);
}

enum { MON_MODE_READLINE, MON_MODE_CONTROL };
static const char *const mon_mode_names[] = { "readline", "control" };
static const QEnumLookup mon_mode_lookup = { mon_mode_names, 2 };

static bool mon_visit(Visitor *v, char **chardev, int *mode, bool *pretty,
                      Error **errp)
{
    bool present;

    if (!visit_type_str(v, "chardev", chardev, errp)) {
        return false;
    }
    *mode = MON_MODE_READLINE;
    if (visit_optional(v, "mode", &present) &&
        !visit_type_enum(v, "mode", mode, &mon_mode_lookup, errp)) {
        return false;
    }
    *pretty = false;
    if (visit_optional(v, "pretty", &present) &&
        !visit_type_bool(v, "pretty", pretty, errp)) {
        return false;
    }
    /* A name for the monitor, which nothing refers to. */
    if (visit_optional(v, "id", &present)) {
        g_autofree char *id = NULL;
        if (!visit_type_str(v, "id", &id, errp)) {
            return false;
        }
    }
    return visit_check_struct(v, errp);
}

bool cmd_mon(const char *arg, Error **errp)
{
    g_autofree char *chardev = NULL;
    g_autoptr(Visitor) v = NULL;
    bool keyval, pretty, ok;
    Chardev *chr;
    int mode;
    json_t *opts = option_parse(arg, "chardev", NULL, &keyval, errp);

    if (!opts) {
        return false;
    }
    v = keyval ? visitor_new_input_opts(opts)
               : visitor_new_input(opts, false);
    json_decref(opts);
    if (!visit_start_struct(v, NULL, NULL, 0, errp)) {
        return false;
    }
    ok = mon_visit(v, &chardev, &mode, &pretty, errp);
    visit_end_struct(v, NULL);
    if (!ok) {
        return false;
    }
    chr = qemu_chr_find(chardev);
    if (!chr) {
        error_setg(errp, "chardev \"%s\" not found", chardev);
        return false;
    }
    return mode == MON_MODE_CONTROL ? monitor_init_qmp(chr, pretty, errp)
                                    : monitor_init_hmp(chr, true, errp);
}

static bool is_mon(const char *arg)
{
    return g_str_has_prefix(arg, "mon:");
}

/* Ctrl-A x on a terminal that several share. */
static void quit_from_mux(void)
{
    qemu_system_shutdown_request(SHUTDOWN_CAUSE_HOST_UI);
}

/* The monitor of "mon:" comes later: the serial port, which the board
 * attaches, has the keyboard at first. */
static bool serial_create(const char *arg, Error **errp)
{
    unsigned index = serial_hd_count();
    g_autofree char *label = g_strdup_printf("serial%u", index);
    Error *err = NULL;
    Chardev *chr;

    if (index == MAX_SERIAL_HDS) {
        error_setg(errp, "too many serial devices");
        return false;
    }
    if (g_str_equal(arg, "none")) {
        serial_hd_add(NULL);
        return true;
    }
    chr = qemu_chr_new(label, arg, &err);
    if (!chr) {
        error_report_err(err);
        error_setg(errp, "could not connect serial device to character "
                   "backend '%s'", arg);
        return false;
    }
    serial_hd_add(chr);
    if (is_mon(arg)) {
        mon_serials = g_slist_append(mon_serials, chr);
    }
    return true;
}

bool cmd_serial(const char *arg, Error **errp)
{
    return serial_create(arg, errp);
}

static bool is_serial_device(const char *arg)
{
    bool keyval;
    json_t *opts = option_parse(arg, "driver", NULL, &keyval, NULL);
    const char *driver = json_string_value(json_object_get(opts, "driver"));
    bool yes = driver && g_str_equal(driver, "isa-serial");

    json_decref(opts);
    return yes;
}

/* As QEMU's defaults: what is asked for by name does not come by itself. */
static bool default_serial(void)
{
    return !start_options.nodefaults && !cmdline_given("serial", NULL) &&
           !cmdline_given("device", is_serial_device);
}

static bool default_monitor(void)
{
    return !start_options.nodefaults && !cmdline_given("monitor", NULL) &&
           !cmdline_given("qmp", NULL) && !cmdline_given("qmp-pretty", NULL) &&
           !cmdline_given("mon", NULL) && !cmdline_given("serial", is_mon);
}

bool frontend_create_serial(bool machine_has_serial, Error **errp)
{
    qemu_chr_mux_set_quit(quit_from_mux);
    cmdline_run_phase(CMD_PHASE_SERIAL);
    if (!machine_has_serial || !default_serial()) {
        return true;
    }
    if (!start_options.nographic) {
        return serial_create("null", errp); /* there is no window for it */
    }
    return serial_create(default_monitor() ? "mon:stdio" : "stdio", errp);
}

bool cmd_qtest(const char *arg, Error **errp)
{
    g_free(qtest_chardev);
    qtest_chardev = g_strdup(arg);
    return true;
}

bool cmd_qtest_log(const char *arg, Error **errp)
{
    g_free(qtest_log);
    qtest_log = g_strdup(arg);
    return true;
}

bool frontend_start_qtest(Error **errp)
{
    bool ok = !qtest_chardev ||
              qtest_server_init(qtest_chardev, qtest_log, errp);

    g_free(qtest_chardev);
    g_free(qtest_log);
    qtest_chardev = qtest_log = NULL;
    return ok;
}

bool cmd_display(const char *arg, Error **errp)
{
    bool keyval;
    json_t *opts = option_parse(arg, "type", NULL, &keyval, errp);
    const char *type;
    bool ok;

    if (!opts) {
        return false;
    }
    type = json_string_value(json_object_get(opts, "type"));
    ok = type && g_str_equal(type, "none") && json_object_size(opts) == 1;
    if (!ok) {
        error_setg(errp, "Parameter 'type' does not accept value '%s' (this "
                   "program has no display: only 'none')", type ? type : "");
    }
    json_decref(opts);
    return ok;
}

bool cmd_nographic(const char *arg, Error **errp)
{
    start_options.nographic = true;
    return true;
}

bool frontend_create_defaults(Error **errp)
{
    for (; mon_serials;
         mon_serials = g_slist_delete_link(mon_serials, mon_serials)) {
        if (!monitor_init_hmp(mon_serials->data, true, errp)) {
            return false;
        }
    }
    if (!start_options.nographic || !default_monitor()) {
        return true;
    }
    /* Unless the default serial port has brought it along. */
    if (default_serial() && !MACHINE_GET_CLASS(current_machine)->no_serial) {
        return true;
    }
    return monitor_create("stdio", false, false, errp);
}
