/*
 * Options that make things: -object, -chardev, -netdev, -nic, -net, -device,
 * -global.
 *
 * -object runs twice: what devices and netdevs refer to (memory backends)
 * comes before them, what refers to netdevs or chardevs (filters, monitors,
 * qtest) after.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "chardev/char.h"
#include "hw/core/qdev.h"
#include "net/net.h"
#include "system/system-internal.h"
#include "util/option.h"

static void object_print_help(const char *type)
{
    g_autofree char *text = type ? user_creatable_type_help(type) : NULL;

    if (!text) {
        text = user_creatable_help();
    }
    printf("%s", text);
}

static bool object_is_late(const char *type)
{
    return g_str_has_prefix(type, "filter-") ||
           g_str_has_prefix(type, "monitor-") || g_str_equal(type, "qtest");
}

static bool object_create(const char *arg, bool late, Error **errp)
{
    bool help = false, keyval;
    json_t *opts = option_parse(arg, "qom-type", &help, &keyval, errp);
    const char *type;
    bool ok = true;

    if (!opts) {
        return false;
    }
    type = json_string_value(json_object_get(opts, "qom-type"));
    if (help) {
        object_print_help(type);
        json_decref(opts);
        exit(0);
    }
    if ((type && object_is_late(type)) == late) {
        ok = user_creatable_add(opts, keyval, errp) != NULL;
    }
    json_decref(opts);
    return ok;
}

bool cmd_object(const char *arg, Error **errp)
{
    return object_create(arg, false, errp);
}

bool cmd_late_object(const char *arg, Error **errp)
{
    return object_create(arg, true, errp);
}

bool cmd_chardev(const char *arg, Error **errp)
{
    Error *err = NULL;
    Chardev *chr = qemu_chr_new_from_arg(arg, &err);

    if (!chr && !err) {
        exit(0); /* it was a call for help */
    }
    error_propagate(errp, err);
    return chr != NULL;
}

bool cmd_netdev(const char *arg, Error **errp)
{
    bool help = false;
    bool ok = net_parse_netdev(arg, &help, errp);

    if (help) {
        exit(0);
    }
    start_options.has_nic_option = true;
    return ok;
}

bool cmd_nic(const char *arg, Error **errp)
{
    bool help = false;
    bool ok = net_parse_nic(arg, &help, errp);

    if (help) {
        exit(0);
    }
    start_options.has_nic_option = true;
    return ok;
}

bool cmd_net(const char *arg, Error **errp)
{
    bool help = false;
    bool ok = net_parse_net(arg, &help, errp);

    if (help) {
        exit(0);
    }
    start_options.has_nic_option = true;
    return ok;
}

bool cmd_device(const char *arg, Error **errp)
{
    bool help = false, keyval;
    json_t *opts = option_parse(arg, "driver", &help, &keyval, errp);
    const char *driver;
    bool ok;

    if (!opts) {
        return false;
    }
    driver = json_string_value(json_object_get(opts, "driver"));
    if (help || (driver && (g_str_equal(driver, "help") ||
                            g_str_equal(driver, "?")))) {
        ok = true;
        if (help && driver) {
            ok = qdev_print_device_help(driver, errp);
        } else {
            qdev_print_devinfos();
        }
        json_decref(opts);
        if (ok) {
            exit(0);
        }
        return false;
    }
    ok = qdev_device_add_from_json(opts, keyval, errp) != NULL;
    json_decref(opts);
    return ok;
}

bool cmd_global(const char *arg, Error **errp)
{
    const char *dot = strchr(arg, '.');
    const char *equals = strchr(arg, '=');
    const char *driver, *property, *value;
    json_t *opts;
    bool keyval;

    /* The short form driver.property=value; the value may contain anything. */
    if (dot && equals && dot < equals) {
        g_autofree char *d = g_strndup(arg, dot - arg);
        g_autofree char *p = g_strndup(dot + 1, equals - dot - 1);

        qdev_prop_register_global(d, p, equals + 1);
        return true;
    }
    opts = option_parse(arg, NULL, NULL, &keyval, errp);
    if (!opts) {
        return false;
    }
    driver = json_string_value(json_object_get(opts, "driver"));
    property = json_string_value(json_object_get(opts, "property"));
    value = json_string_value(json_object_get(opts, "value"));
    if (driver && property && value) {
        qdev_prop_register_global(driver, property, value);
    } else {
        error_setg(errp, "options 'driver', 'property', and 'value' are "
                   "required");
    }
    json_decref(opts);
    return driver && property && value;
}
