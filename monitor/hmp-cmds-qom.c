/*
 * HMP commands of the object model and of devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev.h"
#include "monitor/hmp-internal.h"
#include "qapi/qapi-commands.h"
#include "qom/object.h"
#include "util/option.h"

/* ---------------------------------------------------------- making things */

void hmp_device_add(Monitor *mon, json_t *args)
{
    Error *err = NULL;
    bool help = false, keyval;
    json_t *opts = option_parse(hmp_arg_str(args, "device") ?: "", "driver",
                                &help, &keyval, &err);
    const char *driver = opts ? option_get_str(opts, "driver") : NULL;

    if (help && driver) {
        hmp_print_text(mon, qdev_device_help_text(driver, &err));
    } else if (help) {
        hmp_print_text(mon, qdev_devinfos_text());
    } else if (opts) {
        qdev_device_add_from_json(opts, keyval, &err);
    }
    json_decref(opts);
    hmp_handle_error(mon, err);
}

static void object_help(Monitor *mon, const char *type)
{
    char *text = type ? user_creatable_type_help(type) : NULL;

    hmp_print_text(mon, text ?: user_creatable_help());
}

void hmp_object_add(Monitor *mon, json_t *args)
{
    g_autoptr(ObjectOptions) checked = NULL;
    g_autoptr(Visitor) v = NULL;
    Error *err = NULL;
    bool help = false, keyval;
    json_t *opts = option_parse(hmp_arg_str(args, "object"), "qom-type", &help,
                                &keyval, &err);

    if (opts && help) {
        object_help(mon, option_get_str(opts, "qom-type"));
    } else if (opts) {
        v = visitor_new_input(opts, keyval);
        if (visit_type_ObjectOptions(v, NULL, &checked, &err)) {
            user_creatable_add(opts, keyval, &err);
        }
    }
    json_decref(opts);
    hmp_handle_error(mon, err);
}

void hmp_object_del(Monitor *mon, json_t *args)
{
    Error *err = NULL;

    user_creatable_del(hmp_arg_str(args, "id"), &err);
    hmp_handle_error(mon, err);
}

/* ------------------------------------------------------------- properties */

void hmp_qom_list(Monitor *mon, json_t *args)
{
    const char *path = hmp_arg_str(args, "path");
    g_autoptr(ObjectPropertyInfoList) list = NULL;
    Error *err = NULL;

    if (!path) {
        monitor_puts(mon, "/\n");
        return;
    }
    list = qmp_qom_list(path, &err);
    for (ObjectPropertyInfoList *p = list; p; p = p->next) {
        monitor_printf(mon, "%s (%s)\n", p->value->name, p->value->type);
    }
    hmp_handle_error(mon, err);
}

void hmp_qom_get(Monitor *mon, json_t *args)
{
    Error *err = NULL;
    json_t *value = qmp_qom_get(hmp_arg_str(args, "path"),
                                hmp_arg_str(args, "property"), &err);
    char *text;

    if (!value) {
        hmp_handle_error(mon, err);
        return;
    }
    text =
        json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_INDENT(4));
    monitor_printf(mon, "%s\n", text ?: "");
    free(text);
    json_decref(value);
}

static void set_from_json(const char *path, const char *property,
                          const char *text, Error **errp)
{
    json_error_t problem;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &problem);

    if (!value) {
        error_setg(errp, "%d:%d: JSON parse error, %s", problem.line,
                   problem.column, problem.text);
        return;
    }
    qmp_qom_set(path, property, value, errp);
    json_decref(value);
}

static void set_from_text(const char *path, const char *property,
                          const char *text, Error **errp)
{
    bool ambiguous = false;
    Object *obj = object_resolve_path(path, &ambiguous);

    if (ambiguous) {
        error_setg(errp, "Path '%s' is ambiguous", path);
    } else if (!obj) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found",
                  path);
    } else {
        object_property_parse(obj, property, text, errp);
    }
}

void hmp_qom_set(Monitor *mon, json_t *args)
{
    const char *path = hmp_arg_str(args, "path");
    const char *property = hmp_arg_str(args, "property");
    const char *value = hmp_arg_str(args, "value");
    Error *err = NULL;

    if (hmp_arg_bool(args, "j")) {
        set_from_json(path, property, value, &err);
    } else {
        set_from_text(path, property, value, &err);
    }
    hmp_handle_error(mon, err);
}

/* ------------------------------------------------------------------ trees */

static int collect_child(Object *child, void *opaque)
{
    g_ptr_array_add(opaque, child);
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    g_autofree char *x =
        object_get_canonical_path_component(*(Object *const *)a);
    g_autofree char *y =
        object_get_canonical_path_component(*(Object *const *)b);

    return g_strcmp0(x, y);
}

static void print_tree(Monitor *mon, Object *obj, int indent)
{
    g_autofree char *name = object_get_canonical_path_component(obj);
    g_autoptr(GPtrArray) children = g_ptr_array_new();

    monitor_printf(mon, "%*s/%s (%s)\n", indent, "", name ?: "",
                   object_get_typename(obj));
    object_child_foreach(obj, collect_child, children);
    g_ptr_array_sort(children, compare_names);
    for (guint i = 0; i < children->len; i++) {
        print_tree(mon, g_ptr_array_index(children, i), indent + 2);
    }
}

void hmp_info_qom_tree(Monitor *mon, json_t *args)
{
    const char *path = hmp_arg_str(args, "path") ?: "/machine";
    bool ambiguous = false;
    Object *obj = object_resolve_path(path, &ambiguous);

    if (obj) {
        print_tree(mon, obj, 0);
    } else if (ambiguous) {
        monitor_printf(mon, "Warning: Path '%s' is ambiguous.\n", path);
    } else {
        monitor_printf(mon, "Path '%s' could not be resolved.\n", path);
    }
}

void hmp_info_qtree(Monitor *mon, json_t *args)
{
    hmp_print_text(mon, qdev_qtree_info(!hmp_arg_bool(args, "b")));
}

void hmp_info_qdm(Monitor *mon, json_t *args)
{
    hmp_print_text(mon, qdev_devinfos_text());
}
