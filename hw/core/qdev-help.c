/*
 * What there is to plug: -device help, -device DRIVER,help and
 * device-list-properties; and the short names of drivers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev-internal.h"

static const struct {
    const char *driver;
    const char *alias;
} aliases[] = {
    {"virtio-net-pci", "virtio-net"},
};

const char *qdev_resolve_alias(const char *driver)
{
    if (object_class_by_name(driver)) {
        return driver;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(aliases); i++) {
        if (!strcmp(aliases[i].alias, driver)) {
            return aliases[i].driver;
        }
    }
    return driver;
}

static const char *driver_alias(const char *driver)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(aliases); i++) {
        if (!strcmp(aliases[i].driver, driver)) {
            return aliases[i].alias;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------ the drivers */

static const char *const category_names[DEVICE_CATEGORY_MAX + 1] = {
    [DEVICE_CATEGORY_BRIDGE] = "Controller/Bridge/Hub",
    [DEVICE_CATEGORY_USB] = "USB",
    [DEVICE_CATEGORY_STORAGE] = "Storage",
    [DEVICE_CATEGORY_NETWORK] = "Network",
    [DEVICE_CATEGORY_INPUT] = "Input",
    [DEVICE_CATEGORY_DISPLAY] = "Display",
    [DEVICE_CATEGORY_SOUND] = "Sound",
    [DEVICE_CATEGORY_MISC] = "Misc",
    [DEVICE_CATEGORY_CPU] = "CPU",
    [DEVICE_CATEGORY_WATCHDOG] = "Watchdog",
    [DEVICE_CATEGORY_MAX] = "Uncategorized",
};

typedef struct DevInfoWalk {
    GString *out;
    unsigned category;
    bool headed;
} DevInfoWalk;

static void print_devinfo(ObjectClass *klass, void *opaque)
{
    DevInfoWalk *w = opaque;
    DeviceClass *dc = DEVICE_CLASS(klass);
    const char *name = object_class_get_name(klass);
    bool here = w->category == DEVICE_CATEGORY_MAX
                    ? !dc->categories
                    : dc->categories >> w->category & 1;

    if (!here || !dc->user_creatable) {
        return;
    }
    if (!w->headed) {
        w->headed = true;
        g_string_append_printf(w->out, "%s%s devices:\n",
                               w->out->len ? "\n" : "",
                               category_names[w->category]);
    }
    g_string_append_printf(w->out, "name \"%s\"", name);
    if (dc->bus_type) {
        g_string_append_printf(w->out, ", bus %s", dc->bus_type);
    }
    if (driver_alias(name)) {
        g_string_append_printf(w->out, ", alias \"%s\"", driver_alias(name));
    }
    if (dc->desc) {
        g_string_append_printf(w->out, ", desc \"%s\"", dc->desc);
    }
    g_string_append_c(w->out, '\n');
}

char *qdev_devinfos_text(void)
{
    DevInfoWalk w = {.out = g_string_new(NULL)};

    for (; w.category <= DEVICE_CATEGORY_MAX; w.category++) {
        w.headed = false;
        object_class_foreach(print_devinfo, TYPE_DEVICE, false, &w);
    }
    return g_string_free(w.out, false);
}

void qdev_print_devinfos(void)
{
    g_autofree char *text = qdev_devinfos_text();

    fputs(text, stdout);
}

/* --------------------------------------------------------- the properties */

/* What every device has and nobody sets. */
static bool is_internal(const char *name)
{
    static const char *const names[] = {"type", "realized", "hotpluggable",
                                        "hotplugged", "parent_bus"};

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (!strcmp(names[i], name)) {
            return true;
        }
    }
    return false;
}

/* An instance, because aliases to the properties of children are made with
 * it. To be unreferenced. */
static Object *make_sample(const char *driver, Error **errp)
{
    ObjectClass *klass = object_class_by_name(qdev_resolve_alias(driver));

    if (!klass) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found",
                  driver);
        return NULL;
    }
    if (!object_class_dynamic_cast(klass, TYPE_DEVICE) ||
        object_class_is_abstract(klass)) {
        error_setg(errp,
                   "Parameter 'typename' expects a non-abstract device type");
        return NULL;
    }
    return object_new(object_class_get_name(klass));
}

static void list_property(ObjectProperty *p, void *opaque)
{
    json_t *item;

    if (is_internal(p->name)) {
        return;
    }
    item = json_object();
    json_object_set_new(item, "name", json_string(p->name));
    json_object_set_new(item, "type", json_string(p->type));
    if (p->description) {
        json_object_set_new(item, "description", json_string(p->description));
    }
    if (p->defval) {
        json_object_set(item, "default-value", p->defval);
    }
    json_array_append_new(opaque, item);
}

json_t *qdev_list_properties(const char *driver, Error **errp)
{
    Object *obj = make_sample(driver, errp);
    json_t *list;

    if (!obj) {
        return NULL;
    }
    list = json_array();
    object_property_foreach(object_get_class(obj), obj, list_property, list);
    object_unref(obj);
    return list;
}

static void help_line(ObjectProperty *p, void *opaque)
{
    if (!is_internal(p->name)) {
        g_ptr_array_add(opaque, object_property_help(p));
    }
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *qdev_device_help_text(const char *driver, Error **errp)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    Object *obj = make_sample(driver, errp);
    GString *out;

    if (!obj) {
        return NULL;
    }
    object_property_foreach(object_get_class(obj), obj, help_line, lines);
    g_ptr_array_sort(lines, compare_lines);
    out = g_string_new(NULL);
    g_string_printf(
        out, lines->len ? "%s options:\n" : "There are no options for %s.\n",
        driver);
    for (unsigned i = 0; i < lines->len; i++) {
        g_string_append(out, g_ptr_array_index(lines, i));
    }
    object_unref(obj);
    return g_string_free(out, false);
}

bool qdev_print_device_help(const char *driver, Error **errp)
{
    g_autofree char *text = qdev_device_help_text(driver, errp);

    if (!text) {
        return false;
    }
    fputs(text, stdout);
    return true;
}
