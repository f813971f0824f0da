/*
 * Devices: objects that are plugged into buses and brought to life.
 *
 * Theory of operation. A device is configured while it is a mere object: its
 * properties are set, it may get an id and a place in the composition tree.
 * qdev_realize() then plugs it into a bus and calls the class's realize,
 * which checks the configuration and makes the device work; from then on the
 * static properties are fixed. Buses belong to the device that provides them
 * and are realized with it.
 *
 * Two trees exist and are independent: composition (who owns the object:
 * /machine/peripheral/net0) and wiring (which bus it sits on: pcie.0). Taking
 * a device out of the composition tree ends it in both: it is unrealized with
 * everything below its buses, leaves its bus, and is freed with the last
 * reference.
 *
 * Failure of realize at any point leaves no trace: what qdev_realize did is
 * undone in reverse, and devices that were realized on the buses of the
 * failed one are unrealized.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine.h"
#include "hw/core/qdev-internal.h"

bool qdev_hotplug;

DeviceState *qdev_new(const char *type)
{
    return DEVICE(object_new(type));
}

char *qdev_get_printable_name(DeviceState *dev)
{
    char *path;

    if (dev->id) {
        return g_strdup(dev->id);
    }
    path = object_get_canonical_path(OBJECT(dev));
    return path ?: g_strdup(object_get_typename(OBJECT(dev)));
}

BusState *qdev_get_parent_bus(const DeviceState *dev)
{
    return dev->parent_bus;
}

BusState *qdev_get_child_bus(DeviceState *dev, const char *name)
{
    BusState *bus;

    LIST_FOREACH (bus, &dev->child_bus, sibling) {
        if (!strcmp(bus->name, name)) {
            return bus;
        }
    }
    return NULL;
}

/* --------------------------------------------------------------- realize */

static void device_unrealize_buses(DeviceState *dev)
{
    BusState *bus;

    LIST_FOREACH (bus, &dev->child_bus, sibling) {
        qbus_unrealize(bus);
    }
}

static bool device_realize_buses(DeviceState *dev, Error **errp)
{
    BusState *bus;

    LIST_FOREACH (bus, &dev->child_bus, sibling) {
        if (!qbus_realize(bus, errp)) {
            return false;
        }
    }
    return true;
}

static bool device_can_realize(DeviceState *dev, Error **errp)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);

    if (dev->hotplugged && !dc->hotpluggable) {
        error_setg(errp, "Device '%s' does not support hotplugging",
                   object_get_typename(OBJECT(dev)));
        return false;
    }
    if (dc->bus_type && !dev->parent_bus) {
        error_setg(errp, "No '%s' bus found for device '%s'", dc->bus_type,
                   object_get_typename(OBJECT(dev)));
        return false;
    }
    return true;
}

/* dev is in the composition tree and on its bus. */
static bool device_realize(DeviceState *dev, Error **errp)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    Error *err = NULL;
    bool class_realized;

    dev->canonical_path = object_get_canonical_path(OBJECT(dev));
    if (dc->realize) {
        dc->realize(dev, &err);
    }
    class_realized = !err;
    if (!class_realized || !device_realize_buses(dev, &err)) {
        device_unrealize_buses(dev);
        if (class_realized && dc->unrealize) {
            dc->unrealize(dev);
        }
        g_clear_pointer(&dev->canonical_path, g_free);
        error_propagate(errp, err);
        return false;
    }
    dev->realized = true;
    if (dev->hotplugged) {
        /* The others got theirs when the machine started. */
        device_cold_reset(dev);
    }
    return true;
}

static bool qdev_plug(DeviceState *dev, BusState *bus, Error **errp)
{
    const char *bus_type = DEVICE_GET_CLASS(dev)->bus_type;
    BusClass *bc = BUS_GET_CLASS(bus);

    if (!bus_type || !object_dynamic_cast(OBJECT(bus), bus_type)) {
        error_setg(errp, "Device '%s' can't go on %s bus",
                   object_get_typename(OBJECT(dev)),
                   object_get_typename(OBJECT(bus)));
        return false;
    }
    if (qbus_is_full(bus)) {
        error_setg(errp, "Bus '%s' is full", bus->name);
        return false;
    }
    if (bc->check_address && !bc->check_address(bus, dev, errp)) {
        return false;
    }
    bus_add_child(bus, dev);
    return true;
}

bool qdev_realize(DeviceState *dev, BusState *bus, Error **errp)
{
    const char *bus_type = DEVICE_GET_CLASS(dev)->bus_type;
    Object *obj = OBJECT(dev);
    bool adopted = false, plugged = false;

    g_assert(!dev->realized);
    g_assert(!bus || !dev->parent_bus || bus == dev->parent_bus);
    if (!bus && !dev->parent_bus && bus_type &&
        !strcmp(bus_type, TYPE_SYSTEM_BUS)) {
        bus = sysbus_get_default();
    }
    if (bus && !dev->parent_bus) {
        if (!qdev_plug(dev, bus, errp)) {
            return false;
        }
        plugged = true;
    }
    if (!obj->parent) {
        object_property_add_child(
            container_get(qdev_get_machine(), "unattached"), "device[*]", obj);
        adopted = true;
    }
    if (device_can_realize(dev, errp) && device_realize(dev, errp)) {
        return true;
    }
    if (plugged) {
        bus_remove_child(dev->parent_bus, dev);
    }
    if (adopted) {
        object_unparent(obj);
    }
    return false;
}

bool qdev_realize_and_unref(DeviceState *dev, BusState *bus, Error **errp)
{
    bool ok = qdev_realize(dev, bus, errp);

    object_unref(OBJECT(dev));
    return ok;
}

void qdev_unrealize(DeviceState *dev)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);

    if (!dev->realized) {
        return;
    }
    /* First, so that a nested request finds nothing left to do. */
    dev->realized = false;
    device_unrealize_buses(dev);
    if (dc->unrealize) {
        dc->unrealize(dev);
    }
    g_clear_pointer(&dev->canonical_path, g_free);
}

/* ------------------------------------------------------------------ type */

static void device_send_deleted(DeviceState *dev)
{
    g_autofree char *path = object_get_canonical_path(OBJECT(dev));
    json_t *data = json_object();

    if (dev->id) {
        json_object_set_new(data, "device", json_string(dev->id));
    }
    json_object_set_new(data, "path", json_string(path ?: ""));
    qapi_event_emit("DEVICE_DELETED", data);
}

static void device_unparent(Object *obj)
{
    DeviceState *dev = DEVICE(obj);
    BusState *bus;

    qdev_unrealize(dev);
    while ((bus = LIST_FIRST(&dev->child_bus))) {
        object_unparent(OBJECT(bus));
    }
    if (dev->parent_bus) {
        bus_remove_child(dev->parent_bus, dev);
    }
    if (dev->pending_deleted_event) {
        dev->pending_deleted_event = false;
        device_send_deleted(dev);
    }
}

static bool device_get_realized(Object *obj, Error **errp)
{
    return DEVICE(obj)->realized;
}

static void device_set_realized(Object *obj, bool value, Error **errp)
{
    DeviceState *dev = DEVICE(obj);

    if (value && !dev->realized) {
        qdev_realize(dev, NULL, errp);
    } else if (!value && dev->realized) {
        /* Others count on what was there from the start: what cannot be
         * plugged into the running machine is not taken from it either. */
        if (dev->parent_bus && !dev->parent_bus->hotpluggable) {
            error_setg(errp, "Bus '%s' does not support hotplugging",
                       dev->parent_bus->name);
            return;
        }
        qdev_unrealize(dev);
    }
}

static bool device_get_hotplugged(Object *obj, Error **errp)
{
    return DEVICE(obj)->hotplugged;
}

static bool device_get_hotpluggable(Object *obj, Error **errp)
{
    DeviceState *dev = DEVICE(obj);

    return DEVICE_GET_CLASS(dev)->hotpluggable &&
           (!dev->parent_bus || dev->parent_bus->hotpluggable);
}

static Object *device_resolve_parent_bus(Object *obj, void *opaque)
{
    return OBJECT(DEVICE(obj)->parent_bus);
}

static bool device_get_parent_bus(Object *obj, Visitor *v, const char *name,
                                  void *opaque, Error **errp)
{
    return object_visit_path(v, name, OBJECT(DEVICE(obj)->parent_bus), errp);
}

static void device_instance_init(Object *obj)
{
    DeviceState *dev = DEVICE(obj);

    LIST_INIT(&dev->child_bus);
    LIST_INIT(&dev->gpios);
    dev->hotplugged = qdev_hotplug;
    qdev_props_set_defaults(obj);
}

static void device_instance_post_init(Object *obj)
{
    qdev_globals_apply(DEVICE(obj));
}

static void device_instance_finalize(Object *obj)
{
    DeviceState *dev = DEVICE(obj);

    g_assert(!dev->realized && !dev->parent_bus);
    qdev_gpio_free(dev);
    g_free(dev->id);
}

static void device_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    ObjectProperty *p;

    klass->unparent = device_unparent;
    dc->user_creatable = true;
    dc->hotpluggable = true;
    p = object_class_property_add(klass, "parent_bus", "link<bus>",
                                  device_get_parent_bus, NULL, NULL, NULL);
    p->resolve = device_resolve_parent_bus;
    object_class_property_add_bool(klass, "realized", device_get_realized,
                                   device_set_realized);
    object_class_property_add_bool(klass, "hotpluggable",
                                   device_get_hotpluggable, NULL);
    object_class_property_add_bool(klass, "hotplugged", device_get_hotplugged,
                                   NULL);
}

static const TypeInfo qdev_types[] = {
    {
        .name = TYPE_DEVICE,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(DeviceState),
        .instance_init = device_instance_init,
        .instance_post_init = device_instance_post_init,
        .instance_finalize = device_instance_finalize,
        .abstract = true,
        .class_size = sizeof(DeviceClass),
        .class_init = device_class_init,
    },
};

DEFINE_TYPES(qdev_types)
