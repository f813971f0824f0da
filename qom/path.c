/*
 * The composition tree: its root and containers, and paths through it.
 *
 * A path is the names of the child properties from the root ("/machine/
 * peripheral/net0"). Paths that users write may also be partial: the tail of
 * the path of one object only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qom/object.h"

Object *object_get_root(void)
{
    static Object *root;

    if (!root) {
        root = object_new(TYPE_CONTAINER);
    }
    return root;
}

Object *object_get_objects_root(void)
{
    return container_get(object_get_root(), "objects");
}

Object *container_get(Object *obj, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);

    for (char **part = parts; *part; part++) {
        Object *child;

        if (!**part) {
            continue;
        }
        child = object_resolve_path_component(obj, *part);
        if (!child) {
            child = object_new(TYPE_CONTAINER);
            object_property_add_child(obj, *part, child);
            object_unref(child);
        }
        obj = child;
    }
    return obj;
}

char *object_get_canonical_path_component(const Object *obj)
{
    return obj->parent ? g_strdup(obj->parent_prop->name) : NULL;
}

char *object_get_canonical_path(const Object *obj)
{
    const Object *root = object_get_root();
    GString *path;

    if (obj == root) {
        return g_strdup("/");
    }
    path = g_string_new(NULL);
    for (; obj->parent; obj = obj->parent) {
        g_string_prepend(path, obj->parent_prop->name);
        g_string_prepend_c(path, '/');
    }
    return g_string_free(path, obj != root);
}

Object *object_resolve_path_component(Object *parent, const char *part)
{
    ObjectProperty *p = object_property_find(parent, part);

    return p && p->resolve ? p->resolve(parent, p->opaque) : NULL;
}

/* NULL if a component is missing or the end is not of that type. */
static Object *resolve_parts(Object *obj, char **parts, const char *type)
{
    for (; obj && *parts; parts++) {
        if (**parts) {
            obj = object_resolve_path_component(obj, *parts);
        }
    }
    return object_dynamic_cast(obj, type);
}

typedef struct PartialSearch {
    char **parts;
    const char *type;
    Object *found;
    bool ambiguous;
} PartialSearch;

static int resolve_partial(Object *obj, void *opaque)
{
    PartialSearch *s = opaque;
    Object *hit = resolve_parts(obj, s->parts, s->type);

    if (hit && hit != s->found) {
        if (s->found) {
            s->ambiguous = true;
            return 1;
        }
        s->found = hit;
    }
    return 0;
}

Object *object_resolve_path_type(const char *path, const char *type,
                                 bool *ambiguous)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    Object *root = object_get_root();
    PartialSearch s = {.parts = parts, .type = type};

    if (ambiguous) {
        *ambiguous = false;
    }
    if (*path == '/') {
        return resolve_parts(root, parts, type);
    }
    if (!*path) {
        return NULL;
    }
    if (!resolve_partial(root, &s)) {
        object_child_foreach_recursive(root, resolve_partial, &s);
    }
    if (s.ambiguous) {
        if (ambiguous) {
            *ambiguous = true;
        }
        return NULL;
    }
    return s.found;
}

Object *object_resolve_path(const char *path, bool *ambiguous)
{
    return object_resolve_path_type(path, TYPE_OBJECT, ambiguous);
}

static const TypeInfo container_types[] = {
    {
        .name = TYPE_CONTAINER,
        .parent = TYPE_OBJECT,
    },
};

DEFINE_TYPES(container_types)
