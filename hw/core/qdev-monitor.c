/*
 * -device and device_add: a device made from its description, and devices
 * found by the names that users have for them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine.h"
#include "hw/core/qdev-internal.h"
#include "util/option.h"

typedef struct DeviceOpts {
    char *driver;
    char *bus;
    char *id;
    json_t *props; /* the rest */
} DeviceOpts;

static void device_opts_free(DeviceOpts *o)
{
    g_free(o->driver);
    g_free(o->bus);
    g_free(o->id);
    json_decref(o->props);
    g_free(o);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DeviceOpts, device_opts_free)

/* Takes a string member out of props; *value is NULL if there is none. */
static bool take_string(json_t *props, const char *name, char **value,
                        Error **errp)
{
    json_t *j = json_object_get(props, name);

    if (json_is_array(j)) { /* given several times: the last one counts */
        j = json_array_get(j, json_array_size(j) - 1);
    }
    if (!j) {
        return true;
    }
    if (!json_is_string(j)) {
        error_setg(errp, "Invalid parameter type for '%s', expected: string",
                   name);
        return false;
    }
    *value = g_strdup(json_string_value(j));
    json_object_del(props, name);
    return true;
}

static Object *peripherals(void)
{
    return container_get(qdev_get_machine(), "peripheral");
}

static bool check_id(const char *id, bool keyval, Error **errp)
{
    if (!id_wellformed(id)) {
        error_setg(errp, "Parameter 'id' expects an identifier");
        error_append_hint(errp, "Identifiers consist of letters, digits, '-', "
                                "'.', '_', starting with a letter.\n");
        return false;
    }
    if (object_property_find(peripherals(), id)) {
        error_setg(errp,
                   keyval ? "Duplicate ID '%s' for device"
                          : "Duplicate device ID '%s'",
                   id);
        return false;
    }
    return true;
}

static DeviceOpts *device_opts_parse(json_t *opts, bool keyval, Error **errp)
{
    g_autoptr(DeviceOpts) o = g_new0(DeviceOpts, 1);

    o->props = json_copy(opts);
    if (!take_string(o->props, "id", &o->id, errp) ||
        (o->id && !check_id(o->id, keyval, errp)) ||
        !take_string(o->props, "driver", &o->driver, errp) ||
        !take_string(o->props, "bus", &o->bus, errp)) {
        return NULL;
    }
    if (!o->driver || !*o->driver) {
        error_setg(errp, "Parameter 'driver' is missing");
        return NULL;
    }
    return g_steal_pointer(&o);
}

static DeviceClass *find_class(const char *driver, Error **errp)
{
    ObjectClass *klass = object_class_by_name(qdev_resolve_alias(driver));
    DeviceClass *dc;

    if (!klass || !object_class_dynamic_cast(klass, TYPE_DEVICE)) {
        error_setg(errp, "'%s' is not a valid device model name", driver);
        return NULL;
    }
    if (object_class_is_abstract(klass)) {
        error_setg(errp,
                   "Parameter 'driver' expects a non-abstract device type");
        return NULL;
    }
    dc = DEVICE_CLASS(klass);
    if (!dc->user_creatable || (qdev_hotplug && !dc->hotpluggable)) {
        error_setg(errp, "Parameter 'driver' expects a pluggable device type");
        return NULL;
    }
    return dc;
}

/* *bus is NULL if the device needs none. */
static bool find_bus(const DeviceOpts *o, DeviceClass *dc, BusState **bus,
                     Error **errp)
{
    const char *driver = object_class_get_name(OBJECT_CLASS(dc));
    bool full;

    *bus = NULL;
    if (o->bus) {
        *bus = qbus_find(o->bus, errp);
        if (!*bus) {
            return false;
        }
        if (!dc->bus_type || !object_dynamic_cast(OBJECT(*bus), dc->bus_type)) {
            error_setg(errp, "Device '%s' can't go on %s bus", driver,
                       object_get_typename(OBJECT(*bus)));
            return false;
        }
        if (qbus_is_full(*bus)) {
            error_setg(errp, "Bus '%s' is full", (*bus)->name);
            return false;
        }
    } else if (dc->bus_type) {
        *bus = qbus_find_by_type(dc->bus_type, &full);
        if (!*bus && full) {
            error_setg(errp, "A '%s' bus was found but is full", dc->bus_type);
            return false;
        }
        if (!*bus) {
            error_setg(errp, "No '%s' bus found for device '%s'", dc->bus_type,
                       driver);
            return false;
        }
    }
    if (qdev_hotplug && *bus && !(*bus)->hotpluggable) {
        error_setg(errp, "Bus '%s' does not support hotplugging", (*bus)->name);
        return false;
    }
    return true;
}

static void put_in_tree(DeviceState *dev, const char *id)
{
    Object *obj = OBJECT(dev);

    if (id) {
        dev->id = g_strdup(id);
        object_property_add_child(peripherals(), id, obj);
    } else {
        object_property_add_child(
            container_get(qdev_get_machine(), "peripheral-anon"), "device[*]",
            obj);
    }
}

DeviceState *qdev_device_add_from_json(json_t *opts, bool keyval, Error **errp)
{
    g_autoptr(DeviceOpts) o = device_opts_parse(opts, keyval, errp);
    DeviceClass *dc = o ? find_class(o->driver, errp) : NULL;
    DeviceState *dev;
    BusState *bus;

    if (!dc || !find_bus(o, dc, &bus, errp)) {
        return NULL;
    }
    dev = qdev_new(object_class_get_name(OBJECT_CLASS(dc)));
    put_in_tree(dev, o->id);
    object_unref(OBJECT(dev));
    if (!object_set_properties(OBJECT(dev), o->props, keyval, errp) ||
        (!dev->realized && !qdev_realize(dev, bus, errp))) {
        object_unparent(OBJECT(dev));
        return NULL;
    }
    return dev;
}

DeviceState *qdev_find_device(const char *id, Error **errp)
{
    Object *obj = *id == '/' ? object_resolve_path(id, NULL)
                             : object_resolve_path_component(peripherals(), id);

    if (!object_dynamic_cast(obj, TYPE_DEVICE)) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found",
                  id);
        return NULL;
    }
    return DEVICE(obj);
}
