/*
 * Static properties: fields of a device that are settable until realize.
 *
 * An array of Property describes them; device_class_set_props() makes a class
 * property of each, whose accessors are those of its PropertyInfo. Defaults are
 * stored when an instance is made, before its own instance_init.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev-internal.h"

void *object_field_prop_ptr(Object *obj, const Property *p)
{
    return (char *)obj + p->offset;
}

/* ---------------------------------------------------------------- errors */

void qdev_prop_error_bad_value(Error **errp, Object *obj, const Property *p,
                               const char *value)
{
    error_setg(errp, "Property '%s.%s' doesn't take value '%s'",
               object_get_typename(obj), p->name, value);
}

void qdev_prop_error_not_found(Error **errp, Object *obj, const Property *p,
                               const char *value)
{
    error_setg(errp, "Property '%s.%s' can't find value '%s'",
               object_get_typename(obj), p->name, value);
}

void qdev_prop_error_in_use(Error **errp, Object *obj, const Property *p,
                            const char *value)
{
    error_setg(errp, "Property '%s.%s' can't take value '%s', it's in use",
               object_get_typename(obj), p->name, value);
}

/* ------------------------------------------------------------- accessors */

static bool prop_get(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    const Property *p = opaque;

    return p->info->get(obj, v, name, p, errp);
}

static bool prop_set(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    const Property *p = opaque;
    DeviceState *dev = DEVICE(obj);

    if (!dev->realized) {
        return p->info->set(obj, v, name, p, errp);
    }
    if (dev->id) {
        error_setg(errp,
                   "Attempt to set property '%s' on device '%s' (type '%s') "
                   "after it was realized",
                   name, dev->id, object_get_typename(obj));
    } else {
        error_setg(errp,
                   "Attempt to set property '%s' on anonymous device (type "
                   "'%s') after it was realized",
                   name, object_get_typename(obj));
    }
    return false;
}

static void prop_release(Object *obj, const char *name, void *opaque)
{
    const Property *p = opaque;

    if (p->info->release) {
        p->info->release(obj, p);
    }
}

static Object *prop_resolve_link(Object *obj, void *opaque)
{
    return *(Object **)object_field_prop_ptr(obj, opaque);
}

const Property *qdev_prop_of(const ObjectProperty *p)
{
    return p->get == prop_get || p->set == prop_set ? p->opaque : NULL;
}

/* --------------------------------------------------------- registration */

static json_t *prop_default_json(const Property *p)
{
    const PropertyInfo *info = p->info;

    if (!p->has_default) {
        return NULL;
    }
    if (info->enum_table) {
        return json_string(qapi_enum_lookup(info->enum_table, p->defval.i));
    }
    if (!strcmp(info->type, "bool")) {
        return json_boolean(p->defval.u != 0);
    }
    if (!strcmp(info->type, "uint32")) {
        return json_integer((uint32_t)p->defval.u);
    }
    return json_integer(p->defval.i);
}

static void class_add_prop(ObjectClass *klass, const Property *prop)
{
    const PropertyInfo *info = prop->info;
    bool is_link = prop->link_type != NULL;
    g_autofree char *type = is_link
                                ? g_strdup_printf("link<%s>", prop->link_type)
                                : g_strdup(info->type);
    ObjectProperty *p = object_class_property_add(
        klass, prop->name, type, info->get ? prop_get : NULL,
        info->set ? prop_set : NULL, prop_release, (void *)prop);

    if (info->description) {
        object_property_set_description(p, info->description);
    }
    object_property_set_default(p, prop_default_json(prop));
    if (is_link) {
        p->resolve = prop_resolve_link;
    }
}

void device_class_set_props_n(DeviceClass *dc, const Property *props, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        class_add_prop(OBJECT_CLASS(dc), &props[i]);
    }
}

static void prop_set_default(ObjectProperty *op, void *opaque)
{
    const Property *p = qdev_prop_of(op);

    if (p && p->has_default && p->info->set_default) {
        p->info->set_default(opaque, p);
    }
}

void qdev_props_set_defaults(Object *obj)
{
    object_property_foreach(object_get_class(obj), NULL, prop_set_default, obj);
}
