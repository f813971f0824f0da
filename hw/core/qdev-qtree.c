/*
 * "info qtree": buses and devices as they are wired.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev-internal.h"

static void print_bus(GString *out, BusState *bus, int indent, bool details);

static char *print_json(json_t *value)
{
    char *text, *ret;

    if (!value || json_is_null(value)) {
        return g_strdup("<null>");
    }
    text = json_dumps(value, JSON_ENCODE_ANY);
    ret = g_strdup(text);
    free(text);
    return ret;
}

static void print_prop(GString *out, Object *obj, const ObjectProperty *op,
                       int indent)
{
    const Property *p = qdev_prop_of(op);
    g_autofree char *value = NULL;
    json_t *json;

    if (!p || !op->get) {
        return;
    }
    if (p->info->print) {
        value = p->info->print(obj, p);
    } else {
        json = object_property_get_json(obj, op->name, NULL);
        value = print_json(json);
        json_decref(json);
    }
    g_string_append_printf(out, "%*s%s = %s\n", indent, "", op->name, value);
}

/* The driver's own first, then those of what it derives from. */
static void print_props(GString *out, DeviceState *dev, int indent)
{
    Object *obj = OBJECT(dev);
    ObjectClass *klass = object_get_class(obj);

    for (; klass; klass = object_class_get_parent(klass)) {
        GPtrArray *order = klass->property_order;

        for (unsigned i = 0; order && i < order->len; i++) {
            print_prop(out, obj, g_ptr_array_index(order, i), indent);
        }
    }
}

static void print_dev(GString *out, DeviceState *dev, int indent, bool details)
{
    BusState *bus;

    g_string_append_printf(out, "%*sdev: %s, id \"%s\"\n", indent, "",
                           object_get_typename(OBJECT(dev)), dev->id ?: "");
    indent += 2;
    if (details) {
        BusClass *bc = BUS_GET_CLASS(dev->parent_bus);

        qdev_gpio_print(out, dev, indent);
        print_props(out, dev, indent);
        if (bc->print_dev) {
            bc->print_dev(out, dev, indent);
        }
    }
    LIST_FOREACH (bus, &dev->child_bus, sibling) {
        print_bus(out, bus, indent, details);
    }
}

static void print_bus(GString *out, BusState *bus, int indent, bool details)
{
    DeviceState *dev;

    g_string_append_printf(out, "%*sbus: %s\n", indent, "", bus->name);
    indent += 2;
    g_string_append_printf(out, "%*stype %s\n", indent, "",
                           object_get_typename(OBJECT(bus)));
    TAILQ_FOREACH_REVERSE (dev, &bus->children, BusChildren, sibling) {
        print_dev(out, dev, indent, details);
    }
}

char *qdev_qtree_info(bool details)
{
    GString *out = g_string_new(NULL);

    print_bus(out, sysbus_get_default(), 0, details);
    return g_string_free(out, false);
}
