/*
 * Properties of classes and instances: adding, finding, deleting, and access
 * through visitors.
 *
 * A class property belongs to every object of the class; its accessors get
 * the object they work on. An instance property belongs to one object, and
 * the object must not have a class property of the same name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qom/type-internal.h"

static ObjectProperty *property_new(const char *name, const char *type,
                                    ObjectPropertyAccessor *get,
                                    ObjectPropertyAccessor *set,
                                    ObjectPropertyRelease *release,
                                    void *opaque)
{
    ObjectProperty *p = g_new0(ObjectProperty, 1);

    p->name = g_strdup(name);
    p->type = g_strdup(type);
    p->get = get;
    p->set = set;
    p->release = release;
    p->opaque = opaque;
    return p;
}

static void property_free(ObjectProperty *p)
{
    g_free(p->name);
    g_free(p->type);
    g_free(p->description);
    json_decref(p->defval);
    g_free(p);
}

static void property_insert(GHashTable **table, GPtrArray **order,
                            ObjectProperty *p)
{
    if (!*table) {
        *table = g_hash_table_new(g_str_hash, g_str_equal);
        *order = g_ptr_array_new();
    }
    g_hash_table_insert(*table, p->name, p);
    g_ptr_array_add(*order, p);
}

/* ---------------------------------------------------------------- adding */

/* "x[*]" becomes the first free of x[0], x[1], ... */
static char *property_pick_name(Object *obj, const char *name)
{
    size_t len = strlen(name);

    if (!g_str_has_suffix(name, "[*]")) {
        return g_strdup(name);
    }
    for (unsigned i = 0;; i++) {
        g_autofree char *full =
            g_strdup_printf("%.*s[%u]", (int)(len - 3), name, i);

        if (!object_property_find(obj, full)) {
            return g_steal_pointer(&full);
        }
    }
}

ObjectProperty *object_property_try_add(Object *obj, const char *name,
                                        const char *type,
                                        ObjectPropertyAccessor *get,
                                        ObjectPropertyAccessor *set,
                                        ObjectPropertyRelease *release,
                                        void *opaque, Error **errp)
{
    g_autofree char *full = property_pick_name(obj, name);
    ObjectProperty *p;

    if (object_property_find(obj, full)) {
        error_setg(errp,
                   "attempt to add duplicate property '%s' to object "
                   "(type '%s')",
                   full, object_get_typename(obj));
        return NULL;
    }
    p = property_new(full, type, get, set, release, opaque);
    property_insert(&obj->properties, &obj->property_order, p);
    return p;
}

ObjectProperty *
object_property_add(Object *obj, const char *name, const char *type,
                    ObjectPropertyAccessor *get, ObjectPropertyAccessor *set,
                    ObjectPropertyRelease *release, void *opaque)
{
    return object_property_try_add(obj, name, type, get, set, release, opaque,
                                   &error_abort);
}

ObjectProperty *object_class_property_add(ObjectClass *klass, const char *name,
                                          const char *type,
                                          ObjectPropertyAccessor *get,
                                          ObjectPropertyAccessor *set,
                                          ObjectPropertyRelease *release,
                                          void *opaque)
{
    ObjectProperty *p;

    g_assert(!object_class_property_find(klass, name));
    p = property_new(name, type, get, set, release, opaque);
    property_insert(&klass->properties, &klass->property_order, p);
    return p;
}

void object_property_set_description(ObjectProperty *p, const char *text)
{
    g_free(p->description);
    p->description = g_strdup(text);
}

void object_property_set_default(ObjectProperty *p, json_t *defval)
{
    json_decref(p->defval);
    p->defval = defval;
}

/* --------------------------------------------------------------- finding */

ObjectProperty *object_class_property_find(ObjectClass *klass, const char *name)
{
    for (; klass; klass = object_class_get_parent(klass)) {
        ObjectProperty *p = klass->properties
                                ? g_hash_table_lookup(klass->properties, name)
                                : NULL;

        if (p) {
            return p;
        }
    }
    return NULL;
}

ObjectProperty *object_property_find(Object *obj, const char *name)
{
    ObjectProperty *p = object_class_property_find(obj->class, name);

    if (!p && obj->properties) {
        p = g_hash_table_lookup(obj->properties, name);
    }
    return p;
}

static void class_property_foreach(ObjectClass *klass,
                                   void (*fn)(ObjectProperty *p, void *opaque),
                                   void *opaque)
{
    ObjectClass *parent = object_class_get_parent(klass);

    if (parent) {
        class_property_foreach(parent, fn, opaque);
    }
    for (unsigned i = 0;
         klass->property_order && i < klass->property_order->len; i++) {
        fn(g_ptr_array_index(klass->property_order, i), opaque);
    }
}

void object_property_foreach(ObjectClass *klass, Object *obj,
                             void (*fn)(ObjectProperty *p, void *opaque),
                             void *opaque)
{
    class_property_foreach(klass, fn, opaque);
    for (unsigned i = 0;
         obj && obj->property_order && i < obj->property_order->len; i++) {
        fn(g_ptr_array_index(obj->property_order, i), opaque);
    }
}

/* -------------------------------------------------------------- deleting */

/*
 * The callback runs while the property can still be found, so that paths
 * through it are valid; it may itself delete other properties of obj, or ask
 * for this one to be deleted again, which then is none of its business.
 */
static void object_property_remove(Object *obj, ObjectProperty *p)
{
    ObjectPropertyRelease *release = p->release;

    p->release = NULL;
    if (release) {
        release(obj, p->name, p->opaque);
    }
    if (g_ptr_array_remove(obj->property_order, p)) {
        g_hash_table_remove(obj->properties, p->name);
        property_free(p);
    }
}

void object_property_del(Object *obj, const char *name)
{
    ObjectProperty *p =
        obj->properties ? g_hash_table_lookup(obj->properties, name) : NULL;

    g_assert(p);
    object_property_remove(obj, p);
}

void object_property_del_all(Object *obj)
{
    if (!obj->property_order) {
        return;
    }
    while (obj->property_order->len) {
        object_property_remove(obj,
                               g_ptr_array_index(obj->property_order,
                                                 obj->property_order->len - 1));
    }
    g_hash_table_destroy(obj->properties);
    g_ptr_array_free(obj->property_order, true);
    obj->properties = NULL;
    obj->property_order = NULL;
}

static void class_property_release(ObjectProperty *p, void *opaque)
{
    if (p->release) {
        p->release(opaque, p->name, p->opaque);
    }
}

void object_class_property_release_all(Object *obj)
{
    class_property_foreach(obj->class, class_property_release, obj);
}

/* ---------------------------------------------------------------- access */

static ObjectProperty *property_find_err(Object *obj, const char *name,
                                         Error **errp)
{
    ObjectProperty *p = object_property_find(obj, name);

    if (!p) {
        error_setg(errp, "Property '%s.%s' not found", object_get_typename(obj),
                   name);
    }
    return p;
}

bool object_property_set(Object *obj, const char *name, Visitor *v,
                         Error **errp)
{
    ObjectProperty *p = property_find_err(obj, name, errp);

    if (!p) {
        return false;
    }
    if (!p->set) {
        error_setg(errp, "Property '%s.%s' is not writable",
                   object_get_typename(obj), name);
        return false;
    }
    return p->set(obj, v, name, p->opaque, errp);
}

bool object_property_get(Object *obj, const char *name, Visitor *v,
                         Error **errp)
{
    ObjectProperty *p = property_find_err(obj, name, errp);

    if (!p) {
        return false;
    }
    if (!p->get) {
        error_setg(errp, "Property '%s.%s' is not readable",
                   object_get_typename(obj), name);
        return false;
    }
    return p->get(obj, v, name, p->opaque, errp);
}
