/*
 * The remaining options: help, version, defaults, run state, and those whose
 * only acceptable value is "none".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "config-host.h"
#include "hw/core/runstate.h"
#include "qapi/visitor.h"
#include "system/system-internal.h"
#include "util/option.h"

bool cmd_help(const char *arg, Error **errp)
{
    printf("%s version %s, a network device emulator with QEMU's interfaces\n",
           PROJECT_NAME, PROJECT_VERSION);
    cmdline_print_help();
    exit(0);
}

bool cmd_version(const char *arg, Error **errp)
{
    printf("QEMU emulator version %d.%d.%d (%s %s)\n"
           "The version number is that of the QEMU interface this program "
           "follows.\n",
           QEMU_INTERFACE_MAJOR, QEMU_INTERFACE_MINOR, QEMU_INTERFACE_MICRO,
           PROJECT_NAME, PROJECT_VERSION);
    exit(0);
}

bool cmd_nodefaults(const char *arg, Error **errp)
{
    start_options.nodefaults = true;
    return true;
}

bool cmd_no_user_config(const char *arg, Error **errp)
{
    return true; /* no configuration file is read unless -readconfig names it */
}

bool cmd_start_paused(const char *arg, Error **errp)
{
    start_options.start_paused = true;
    return true;
}

bool cmd_no_reboot(const char *arg, Error **errp)
{
    return runstate_set_action("reboot", "shutdown", errp);
}

bool cmd_no_shutdown(const char *arg, Error **errp)
{
    return runstate_set_action("shutdown", "pause", errp);
}

bool cmd_action(const char *arg, Error **errp)
{
    bool keyval, ok = true;
    json_t *opts = option_parse(arg, NULL, NULL, &keyval, errp);
    const char *key;
    json_t *value;

    if (!opts) {
        return false;
    }
    json_object_foreach(opts, key, value) {
        ok = ok && runstate_set_action(key, json_string_value(value), errp);
    }
    json_decref(opts);
    return ok;
}

/* -audio, -vga, -parallel and the like: devices we do not have, so only their
 * absence can be asked for. */
static bool only_none(const char *what, const char *arg, Error **errp)
{
    if (g_str_equal(arg, "none")) {
        return true;
    }
    error_setg(errp, "%s '%s' is not supported (only 'none')", what, arg);
    return false;
}

bool cmd_audio(const char *arg, Error **errp)
{
    const char *driver = arg;

    if (g_str_has_prefix(driver, "driver=")) {
        driver += strlen("driver=");
    }
    return only_none("audio driver", driver, errp);
}

bool cmd_audiodev(const char *arg, Error **errp)
{
    bool keyval, ok;
    json_t *opts = option_parse(arg, "driver", NULL, &keyval, errp);
    const char *driver, *id;

    if (!opts) {
        return false;
    }
    driver = json_string_value(json_object_get(opts, "driver"));
    id = json_string_value(json_object_get(opts, "id"));
    ok = driver && g_str_equal(driver, "none") && id;
    if (!driver || !id) {
        error_setg(errp, "Parameter '%s' is missing", driver ? "id" : "driver");
    } else if (!ok) {
        error_setg(errp, "Parameter 'driver' does not accept value '%s'",
                   driver);
    }
    json_decref(opts);
    return ok;
}

bool cmd_vga(const char *arg, Error **errp)
{
    return only_none("vga type", arg, errp);
}

bool cmd_parallel(const char *arg, Error **errp)
{
    return only_none("parallel port", arg, errp);
}

/* Nothing boots from anything here but what -device and -netdev say, so of
 * -boot only the strict flag means something: it is always so. */
bool cmd_boot(const char *arg, Error **errp)
{
    bool keyval, ok = true;
    json_t *opts = option_parse(arg, "order", NULL, &keyval, errp);
    const char *key;
    json_t *value;

    if (!opts) {
        return false;
    }
    json_object_foreach(opts, key, value) {
        bool on;

        if (!g_str_equal(key, "strict")) {
            error_setg(errp, "Parameter 'boot.%s' is unexpected", key);
            ok = false;
            break;
        }
        ok = json_is_boolean(value) ||
             parse_option_bool("boot.strict", json_string_value(value), &on,
                               errp);
    }
    json_decref(opts);
    return ok;
}

bool cmd_overcommit(const char *arg, Error **errp)
{
    bool keyval, ok = true;
    json_t *opts = option_parse(arg, NULL, NULL, &keyval, errp);
    const char *key;
    json_t *value;

    if (!opts) {
        return false;
    }
    json_object_foreach(opts, key, value) {
        const char *text = json_string_value(value);

        if (!g_str_equal(key, "mem-lock") && !g_str_equal(key, "cpu-pm")) {
            error_setg(errp, "Invalid parameter '%s'", key);
            ok = false;
            break;
        }
        if (!text || !g_str_equal(text, "off")) {
            error_setg(errp, "parameter '%s' only accepts 'off', not '%s'",
                       key, text ? text : "");
            ok = false;
            break;
        }
    }
    json_decref(opts);
    return ok;
}
