/*
 * Properties that name other objects: child<>, link<> and aliases.
 *
 * child<T> owns: it holds a reference, and its object's path goes through it.
 * link<T> refers: reading gives the target's path, writing takes a path. An
 * alias passes reads and writes on to a property of another object.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qom/object.h"

bool object_visit_path(Visitor *v, const char *name, const Object *target,
                       Error **errp)
{
    g_autofree char *path = target ? object_get_canonical_path(target) : NULL;

    if (!path) {
        path = g_strdup("");
    }
    return visit_type_str(v, name, &path, errp);
}

bool object_visit_link(Visitor *v, const char *name, const char *type,
                       Object **target, Error **errp)
{
    g_autofree char *path = NULL;
    bool ambiguous = false;

    *target = NULL;
    if (!visit_type_str(v, name, &path, errp)) {
        return false;
    }
    if (!*path) {
        return true;
    }
    *target = object_resolve_path_type(path, type, &ambiguous);
    if (*target) {
        return true;
    }
    if (ambiguous) {
        error_setg(errp, "Path '%s' does not uniquely identify an object",
                   path);
    } else if (object_resolve_path(path, &ambiguous) || ambiguous) {
        error_setg(errp, "Invalid parameter type for '%s', expected: %s", name,
                   type);
    } else {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found",
                  path);
    }
    return false;
}

/* -------------------------------------------------------------- children */

static bool child_get(Object *obj, Visitor *v, const char *name, void *opaque,
                      Error **errp)
{
    return object_visit_path(v, name, opaque, errp);
}

static Object *child_resolve(Object *obj, void *opaque)
{
    return opaque;
}

static void child_release(Object *obj, const char *name, void *opaque)
{
    Object *child = opaque;

    if (child->class->unparent) {
        child->class->unparent(child);
    }
    child->parent = NULL;
    child->parent_prop = NULL;
    object_unref(child);
}

bool object_property_is_child(const ObjectProperty *p)
{
    return p->get == child_get;
}

ObjectProperty *object_property_try_add_child(Object *obj, const char *name,
                                              Object *child, Error **errp)
{
    g_autofree char *type =
        g_strdup_printf("child<%s>", object_get_typename(child));
    ObjectProperty *p;

    g_assert(!child->parent);
    p = object_property_try_add(obj, name, type, child_get, NULL, child_release,
                                child, errp);
    if (!p) {
        return NULL;
    }
    p->resolve = child_resolve;
    object_ref(child);
    child->parent = obj;
    child->parent_prop = p;
    return p;
}

ObjectProperty *object_property_add_child(Object *obj, const char *name,
                                          Object *child)
{
    return object_property_try_add_child(obj, name, child, &error_abort);
}

void object_unparent(Object *obj)
{
    /* Without the callback it is on its way out already. */
    if (obj->parent && obj->parent_prop->release) {
        object_property_del(obj->parent, obj->parent_prop->name);
    }
}

int object_child_foreach(Object *obj, int (*fn)(Object *child, void *opaque),
                         void *opaque)
{
    for (unsigned i = 0; obj->property_order && i < obj->property_order->len;
         i++) {
        ObjectProperty *p = g_ptr_array_index(obj->property_order, i);
        int ret;

        if (!object_property_is_child(p)) {
            continue;
        }
        ret = fn(p->opaque, opaque);
        if (ret) {
            return ret;
        }
    }
    return 0;
}

int object_child_foreach_recursive(Object *obj,
                                   int (*fn)(Object *child, void *opaque),
                                   void *opaque)
{
    for (unsigned i = 0; obj->property_order && i < obj->property_order->len;
         i++) {
        ObjectProperty *p = g_ptr_array_index(obj->property_order, i);
        int ret;

        if (!object_property_is_child(p)) {
            continue;
        }
        ret = fn(p->opaque, opaque);
        if (!ret) {
            ret = object_child_foreach_recursive(p->opaque, fn, opaque);
        }
        if (ret) {
            return ret;
        }
    }
    return 0;
}

/* ----------------------------------------------------------------- links */

typedef struct LinkProperty {
    char *type;
    Object **target;
    bool (*check)(const Object *obj, const char *name, Object *val,
                  Error **errp);
} LinkProperty;

static Object *link_resolve(Object *obj, void *opaque)
{
    LinkProperty *lp = opaque;

    return *lp->target;
}

static bool link_get(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    return object_visit_path(v, name, link_resolve(obj, opaque), errp);
}

static bool link_set(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    LinkProperty *lp = opaque;
    Object *old = *lp->target, *target;

    if (!object_visit_link(v, name, lp->type, &target, errp)) {
        return false;
    }
    if (lp->check && !lp->check(obj, name, target, errp)) {
        return false;
    }
    *lp->target = object_ref(target);
    object_unref(old);
    return true;
}

static void link_release(Object *obj, const char *name, void *opaque)
{
    LinkProperty *lp = opaque;

    object_unref(g_steal_pointer(lp->target));
    g_free(lp->type);
    g_free(lp);
}

ObjectProperty *
object_property_add_link(Object *obj, const char *name, const char *type,
                         Object **target,
                         bool (*check)(const Object *obj, const char *name,
                                       Object *val, Error **errp))
{
    g_autofree char *full_type = g_strdup_printf("link<%s>", type);
    LinkProperty *lp = g_new0(LinkProperty, 1);
    ObjectProperty *p;

    lp->type = g_strdup(type);
    lp->target = target;
    lp->check = check;
    p = object_property_add(obj, name, full_type, link_get, link_set,
                            link_release, lp);
    p->resolve = link_resolve;
    return p;
}

static bool const_link_get(Object *obj, Visitor *v, const char *name,
                           void *opaque, Error **errp)
{
    return object_visit_path(v, name, opaque, errp);
}

ObjectProperty *object_property_add_const_link(Object *obj, const char *name,
                                               Object *target)
{
    g_autofree char *type =
        g_strdup_printf("link<%s>", object_get_typename(target));
    ObjectProperty *p = object_property_add(obj, name, type, const_link_get,
                                            NULL, NULL, target);

    p->resolve = child_resolve;
    return p;
}

/* --------------------------------------------------------------- aliases */

typedef struct AliasProperty {
    Object *target; /* not referenced: it is below the alias's object */
    char *target_name;
} AliasProperty;

/*
 * The accessors of the target get the name of the alias: that is the member
 * which the visitor holds, and the name that the user wrote.
 */
static bool alias_get(Object *obj, Visitor *v, const char *name, void *opaque,
                      Error **errp)
{
    AliasProperty *ap = opaque;
    ObjectProperty *p = object_property_find(ap->target, ap->target_name);

    if (!p || !p->get) {
        error_setg(errp, "Property '%s.%s' is not readable",
                   object_get_typename(obj), name);
        return false;
    }
    return p->get(ap->target, v, name, p->opaque, errp);
}

static bool alias_set(Object *obj, Visitor *v, const char *name, void *opaque,
                      Error **errp)
{
    AliasProperty *ap = opaque;
    ObjectProperty *p = object_property_find(ap->target, ap->target_name);

    if (!p || !p->set) {
        error_setg(errp, "Property '%s.%s' is not writable",
                   object_get_typename(obj), name);
        return false;
    }
    return p->set(ap->target, v, name, p->opaque, errp);
}

static Object *alias_resolve(Object *obj, void *opaque)
{
    AliasProperty *ap = opaque;

    return object_resolve_path_component(ap->target, ap->target_name);
}

static void alias_release(Object *obj, const char *name, void *opaque)
{
    AliasProperty *ap = opaque;

    g_free(ap->target_name);
    g_free(ap);
}

ObjectProperty *object_property_add_alias(Object *obj, const char *name,
                                          Object *target,
                                          const char *target_name)
{
    ObjectProperty *tp = object_property_find(target, target_name);
    AliasProperty *ap = g_new(AliasProperty, 1);
    g_autofree char *type = NULL;
    ObjectProperty *p;

    g_assert(tp);
    type = object_property_is_child(tp)
               ? g_strdup_printf("link%s", tp->type + strlen("child"))
               : g_strdup(tp->type);
    ap->target = target;
    ap->target_name = g_strdup(target_name);
    p = object_property_add(obj, name, type, tp->get ? alias_get : NULL,
                            tp->set ? alias_set : NULL, alias_release, ap);
    if (tp->resolve) {
        p->resolve = alias_resolve;
    }
    object_property_set_description(p, tp->description);
    object_property_set_default(p, json_incref(tp->defval));
    return p;
}
