/*
 * Buses: where devices are plugged in, and how a user names one.
 *
 * A bus is a child of the device that provides it; only the main system bus
 * has none, and everything that is plugged in hangs below it. A bus and a
 * device on it hold a reference to each other until the device is taken out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine.h"
#include "hw/core/qdev-internal.h"

static BusState *main_system_bus;

/* -------------------------------------------------------------- children */

static Object *bus_resolve_child(Object *obj, void *opaque)
{
    return opaque;
}

static bool bus_get_child(Object *obj, Visitor *v, const char *name,
                          void *opaque, Error **errp)
{
    return object_visit_path(v, name, opaque, errp);
}

void bus_add_child(BusState *bus, DeviceState *dev)
{
    g_autofree char *type =
        g_strdup_printf("link<%s>", object_get_typename(OBJECT(dev)));
    ObjectProperty *p;

    object_ref(OBJECT(bus));
    object_ref(OBJECT(dev));
    dev->parent_bus = bus;
    TAILQ_INSERT_TAIL(&bus->children, dev, sibling);
    bus->num_children++;
    p = object_property_add(OBJECT(bus), "child[*]", type, bus_get_child, NULL,
                            NULL, dev);
    p->resolve = bus_resolve_child;
}

static void bus_del_child_property(BusState *bus, DeviceState *dev)
{
    GPtrArray *order = OBJECT(bus)->property_order;

    for (unsigned i = 0; i < order->len; i++) {
        ObjectProperty *p = g_ptr_array_index(order, i);

        if (p->get == bus_get_child && p->opaque == dev) {
            object_property_del(OBJECT(bus), p->name);
            return;
        }
    }
}

void bus_remove_child(BusState *bus, DeviceState *dev)
{
    g_assert(dev->parent_bus == bus);
    bus_del_child_property(bus, dev);
    TAILQ_REMOVE(&bus->children, dev, sibling);
    bus->num_children--;
    dev->parent_bus = NULL;
    object_unref(OBJECT(dev));
    object_unref(OBJECT(bus));
}

bool qbus_is_full(const BusState *bus)
{
    int max = BUS_GET_CLASS(bus)->max_dev;

    return bus->full || (max && bus->num_children >= max);
}

/* ---------------------------------------------------------------- making */

static char *bus_make_name(BusState *bus, DeviceState *parent)
{
    const char *type = object_get_typename(OBJECT(bus));
    g_autofree char *lower = NULL;

    if (parent && parent->id) {
        unsigned n = 0;
        BusState *other;

        LIST_FOREACH (other, &parent->child_bus, sibling) {
            n++;
        }
        return g_strdup_printf("%s.%u", parent->id, n);
    }
    lower = g_ascii_strdown(type, -1);
    return g_strdup_printf("%s.%d", lower, BUS_GET_CLASS(bus)->automatic_ids++);
}

static void qbus_attach(BusState *bus, DeviceState *parent, const char *name)
{
    bus->name = name ? g_strdup(name) : bus_make_name(bus, parent);
    bus->parent = parent;
    if (parent) {
        LIST_INSERT_HEAD(&parent->child_bus, bus, sibling);
        object_property_add_child(OBJECT(parent), bus->name, OBJECT(bus));
        object_unref(OBJECT(bus));
    }
}

void qbus_init(void *bus, size_t size, const char *type, DeviceState *parent,
               const char *name)
{
    object_initialize(bus, size, type);
    qbus_attach(bus, parent, name);
}

BusState *qbus_new(const char *type, DeviceState *parent, const char *name)
{
    BusState *bus = BUS(object_new(type));

    qbus_attach(bus, parent, name);
    return bus;
}

bool qbus_realize(BusState *bus, Error **errp)
{
    bus->realized = true;
    return true;
}

void qbus_unrealize(BusState *bus)
{
    DeviceState *dev, *next;

    TAILQ_FOREACH_SAFE (dev, &bus->children, sibling, next) {
        qdev_unrealize(dev);
    }
    bus->realized = false;
}

BusState *sysbus_get_default(void)
{
    if (!main_system_bus) {
        main_system_bus = qbus_new(TYPE_SYSTEM_BUS, NULL, "main-system-bus");
        object_property_add_child(
            container_get(qdev_get_machine(), "unattached"), "sysbus",
            OBJECT(main_system_bus));
        object_unref(OBJECT(main_system_bus));
        qbus_realize(main_system_bus, &error_abort);
    }
    return main_system_bus;
}

/* --------------------------------------------------------------- finding */

typedef bool BusMatch(BusState *bus, const void *opaque);

/* Depth first; a bus that is full only if there is no other. */
static BusState *bus_search(BusState *bus, BusMatch *match, const void *opaque,
                            BusState **full)
{
    DeviceState *dev;
    BusState *child, *found;

    if (match(bus, opaque)) {
        if (!qbus_is_full(bus)) {
            return bus;
        }
        if (!*full) {
            *full = bus;
        }
    }
    TAILQ_FOREACH (dev, &bus->children, sibling) {
        LIST_FOREACH (child, &dev->child_bus, sibling) {
            found = bus_search(child, match, opaque, full);
            if (found) {
                return found;
            }
        }
    }
    return NULL;
}

static bool bus_match_type(BusState *bus, const void *type)
{
    return object_dynamic_cast(OBJECT(bus), type) != NULL;
}

static bool bus_match_name(BusState *bus, const void *name)
{
    return !strcmp(bus->name, name);
}

BusState *qbus_find_by_type(const char *type, bool *full)
{
    BusState *full_bus = NULL;
    BusState *bus =
        bus_search(sysbus_get_default(), bus_match_type, type, &full_bus);

    if (full) {
        *full = !bus && full_bus;
    }
    return bus;
}

static BusState *bus_find_by_name(const char *name)
{
    BusState *full_bus = NULL;
    BusState *bus =
        bus_search(sysbus_get_default(), bus_match_name, name, &full_bus);

    return bus ?: full_bus;
}

/* "dev" of a path: an id, else a driver name, else one of its short names. */
static DeviceState *bus_find_dev(BusState *bus, const char *name)
{
    DeviceState *dev;
    const char *driver = qdev_resolve_alias(name);

    TAILQ_FOREACH (dev, &bus->children, sibling) {
        if (dev->id && !strcmp(dev->id, name)) {
            return dev;
        }
    }
    TAILQ_FOREACH (dev, &bus->children, sibling) {
        if (!strcmp(object_get_typename(OBJECT(dev)), driver)) {
            return dev;
        }
    }
    return NULL;
}

static void bus_hint_devices(Error **errp, BusState *bus)
{
    GString *text = g_string_new(NULL);
    const char *sep = " ";
    DeviceState *dev;

    TAILQ_FOREACH_REVERSE (dev, &bus->children, BusChildren, sibling) {
        g_string_append_printf(text, "%s\"%s\"", sep,
                               dev->id ?: object_get_typename(OBJECT(dev)));
        sep = ", ";
    }
    error_append_hint(errp, "devices at \"%s\":%s\n", bus->name, text->str);
    g_string_free(text, true);
}

static void dev_hint_buses(Error **errp, DeviceState *dev)
{
    GString *text = g_string_new(NULL);
    const char *sep = " ";
    BusState *bus;

    LIST_FOREACH (bus, &dev->child_bus, sibling) {
        g_string_append_printf(text, "%s\"%s\"", sep, bus->name);
        sep = ", ";
    }
    error_append_hint(errp, "child buses at \"%s\":%s\n",
                      dev->id ?: object_get_typename(OBJECT(dev)), text->str);
    g_string_free(text, true);
}

static BusState *dev_only_bus(DeviceState *dev, const char *name, Error **errp)
{
    BusState *bus = LIST_FIRST(&dev->child_bus);

    if (!bus) {
        error_setg(errp, "Device '%s' has no child bus", name);
    } else if (LIST_NEXT(bus, sibling)) {
        error_setg(errp, "Device '%s' has multiple child buses", name);
        dev_hint_buses(errp, dev);
        return NULL;
    }
    return bus;
}

/* From bus down the names in parts: device, bus, device, bus... A path that
 * ends with a device means its only bus. */
static BusState *qbus_walk(BusState *bus, char **parts, Error **errp)
{
    while (*parts) {
        DeviceState *dev;

        if (!**parts) {
            parts++;
            continue;
        }
        dev = bus_find_dev(bus, *parts);
        if (!dev) {
            error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND,
                      "Device '%s' not found", *parts);
            bus_hint_devices(errp, bus);
            return NULL;
        }
        parts++;
        if (!*parts || !**parts) {
            return dev_only_bus(dev, parts[-1], errp);
        }
        bus = qdev_get_child_bus(dev, *parts);
        if (!bus) {
            error_setg(errp, "Bus '%s' not found", *parts);
            dev_hint_buses(errp, dev);
            return NULL;
        }
        parts++;
    }
    return bus;
}

BusState *qbus_find(const char *path, Error **errp)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    BusState *bus;

    if (*path == '/') {
        bus = sysbus_get_default();
    } else {
        bus = bus_find_by_name(parts[0] ?: "");
        if (!bus) {
            error_setg(errp, "Bus '%s' not found", parts[0] ?: "");
            return NULL;
        }
    }
    return parts[0] ? qbus_walk(bus, parts + 1, errp) : bus;
}

/* ----------------------------------------------------------------- types */

static void bus_unparent(Object *obj)
{
    BusState *bus = BUS(obj);
    DeviceState *dev;

    while ((dev = TAILQ_FIRST(&bus->children))) {
        object_ref(OBJECT(dev));
        object_unparent(OBJECT(dev));
        if (dev->parent_bus) {
            /* It has no parent, or is leaving it just now. */
            qdev_unrealize(dev);
            bus_remove_child(bus, dev);
        }
        object_unref(OBJECT(dev));
    }
    bus->realized = false;
    if (bus->parent) {
        LIST_REMOVE(bus, sibling);
        bus->parent = NULL;
    }
    if (bus == main_system_bus) {
        main_system_bus = NULL;
    }
}

static bool bus_get_realized(Object *obj, Error **errp)
{
    return BUS(obj)->realized;
}

static void bus_instance_init(Object *obj)
{
    TAILQ_INIT(&BUS(obj)->children);
}

static void bus_instance_finalize(Object *obj)
{
    g_free(BUS(obj)->name);
}

static void bus_class_init(ObjectClass *klass, const void *data)
{
    klass->unparent = bus_unparent;
    object_class_property_add_bool(klass, "realized", bus_get_realized, NULL);
}

static void bus_class_base_init(ObjectClass *klass, const void *data)
{
    BUS_CLASS(klass)->automatic_ids = 0;
}

static void sys_bus_device_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->bus_type = TYPE_SYSTEM_BUS;
    dc->user_creatable = false;
}

static const TypeInfo bus_types[] = {
    {
        .name = TYPE_BUS,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(BusState),
        .instance_init = bus_instance_init,
        .instance_finalize = bus_instance_finalize,
        .abstract = true,
        .class_size = sizeof(BusClass),
        .class_init = bus_class_init,
        .class_base_init = bus_class_base_init,
    },
    {
        .name = TYPE_SYSTEM_BUS,
        .parent = TYPE_BUS,
    },
    {
        .name = TYPE_SYS_BUS_DEVICE,
        .parent = TYPE_DEVICE,
        .abstract = true,
        .class_init = sys_bus_device_class_init,
    },
};

DEFINE_TYPES(bus_types)
