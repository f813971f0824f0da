/*
 * Instances of the object model: construction, references, destruction.
 *
 * Theory of operation. Types (type.c) give an object its class; properties
 * (property.c, property-helpers.c) are its named, typed attributes; child and
 * link properties (composition.c) arrange objects in one tree whose paths
 * path.c resolves. user-creatable.c is the way in for -object.
 *
 * Construction: memory is zeroed, instance_init runs from the root type to
 * the leaf, then instance_post_init in the same order. None of them can fail.
 *
 * Destruction, when the last reference goes: instance properties are deleted,
 * last added first, which lets go of children and link targets; the class
 * properties' release callbacks run; then instance_finalize from the leaf to
 * the root. An object that has a parent cannot get here: the parent holds a
 * reference until object_unparent().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qom/type-internal.h"

static void object_run_init(Object *obj, TypeImpl *ti)
{
    if (ti->parent) {
        object_run_init(obj, ti->parent);
    }
    if (ti->info.instance_init) {
        ti->info.instance_init(obj);
    }
}

static void object_run_post_init(Object *obj, TypeImpl *ti)
{
    if (ti->parent) {
        object_run_post_init(obj, ti->parent);
    }
    if (ti->info.instance_post_init) {
        ti->info.instance_post_init(obj);
    }
}

static void object_init_with_type(Object *obj, TypeImpl *ti)
{
    memset(obj, 0, ti->instance_size);
    obj->class = ti->class;
    obj->ref = 1;
    object_run_init(obj, ti);
    object_run_post_init(obj, ti);
}

static TypeImpl *concrete_type(const char *type)
{
    TypeImpl *ti = type_get_or_abort(type);

    if (object_class_is_abstract(ti->class)) {
        fprintf(stderr, "cannot make an object of the abstract type '%s'\n",
                type);
        abort();
    }
    return ti;
}

Object *object_new(const char *type)
{
    TypeImpl *ti = concrete_type(type);
    Object *obj = g_malloc(ti->instance_size);

    object_init_with_type(obj, ti);
    obj->allocated = true;
    return obj;
}

void object_initialize(void *obj, size_t size, const char *type)
{
    TypeImpl *ti = concrete_type(type);

    g_assert(size >= ti->instance_size);
    object_init_with_type(obj, ti);
}

void object_initialize_child(Object *parent, const char *name, void *child,
                             size_t size, const char *type)
{
    object_initialize(child, size, type);
    object_property_add_child(parent, name, child);
    /* The parent's reference is the only one; no free at its end. */
    object_unref(child);
}

Object *object_ref(Object *obj)
{
    if (obj) {
        uint32_t old = __atomic_fetch_add(&obj->ref, 1, __ATOMIC_RELAXED);

        g_assert(old > 0);
    }
    return obj;
}

static void object_finalize(Object *obj)
{
    TypeImpl *ti = obj->class->type;
    bool allocated = obj->allocated;

    g_assert(!obj->parent);
    object_property_del_all(obj);
    object_class_property_release_all(obj);
    for (; ti; ti = ti->parent) {
        if (ti->info.instance_finalize) {
            ti->info.instance_finalize(obj);
        }
    }
    if (allocated) {
        g_free(obj);
    }
}

void object_unref(Object *obj)
{
    uint32_t old;

    if (!obj) {
        return;
    }
    /* Release: what this thread wrote is done before another one finalizes;
     * pairs with the acquire of the thread that takes the last one. */
    old = __atomic_fetch_sub(&obj->ref, 1, __ATOMIC_ACQ_REL);
    g_assert(old > 0);
    if (old == 1) {
        object_finalize(obj);
    }
}

ObjectClass *object_get_class(Object *obj)
{
    return obj ? obj->class : NULL;
}

const char *object_get_typename(const Object *obj)
{
    return object_class_get_name(obj->class);
}

bool object_set_properties(Object *obj, json_t *props, bool keyval,
                           Error **errp)
{
    g_autoptr(Visitor) v = visitor_new_input(props, keyval);
    const char *key;
    json_t *value;
    bool ok = true;

    if (!visit_start_struct(v, NULL, NULL, 0, errp)) {
        return false;
    }
    json_object_foreach(props, key, value)
    {
        ok = object_property_set(obj, key, v, errp);
        if (!ok) {
            break;
        }
    }
    ok = ok && visit_check_struct(v, errp);
    visit_end_struct(v, NULL);
    return ok;
}

Object *object_set_up(Object *obj, Object *parent, const char *id,
                      json_t *props, bool keyval, Error **errp)
{
    if (props && !object_set_properties(obj, props, keyval, errp)) {
        goto fail;
    }
    if (parent && !object_property_try_add_child(parent, id, obj, errp)) {
        goto fail;
    }
    if (!user_creatable_complete(obj, errp)) {
        object_unparent(obj);
        goto fail;
    }
    if (parent) {
        object_unref(obj);
    }
    return obj;

fail:
    object_unref(obj);
    return NULL;
}

Object *object_new_with_json(const char *type, Object *parent, const char *id,
                             json_t *props, bool keyval, Error **errp)
{
    ObjectClass *klass = object_class_by_name(type);

    if (!klass) {
        error_setg(errp, "invalid object type: %s", type);
        return NULL;
    }
    if (object_class_is_abstract(klass)) {
        error_setg(errp, "object type '%s' is abstract", type);
        return NULL;
    }
    return object_set_up(object_new(type), parent, id, props, keyval, errp);
}

static char *object_prop_get_type(Object *obj, Error **errp)
{
    return g_strdup(object_get_typename(obj));
}

static void object_class_init(ObjectClass *klass, const void *data)
{
    object_class_property_add_str(klass, "type", object_prop_get_type, NULL);
}

static const TypeInfo object_types[] = {
    {
        .name = TYPE_OBJECT,
        .instance_size = sizeof(Object),
        .class_size = sizeof(ObjectClass),
        .class_init = object_class_init,
        .abstract = true,
    },
    {
        .name = TYPE_INTERFACE,
        .class_size = sizeof(InterfaceClass),
        .abstract = true,
    },
};

DEFINE_TYPES(object_types)
