/*
 * Reading and writing properties as JSON, as text and as C values, and
 * properties made from plain getter and setter functions.
 *
 * A visitor is handed to an accessor inside a struct with one member, so the
 * accessor finds its value under its own name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qom/object.h"

/* ------------------------------------------------------------------ JSON */

/* Steals value. */
static bool property_set_value(Object *obj, const char *name, json_t *value,
                               bool keyval, Error **errp)
{
    json_t *root = json_object();
    Visitor *v;
    bool ok;

    if (!value || json_object_set_new(root, name, value)) {
        json_decref(root);
        error_setg(errp,
                   "Property '%s.%s' cannot take a value that is not "
                   "valid UTF-8",
                   object_get_typename(obj), name);
        return false;
    }
    v = visitor_new_input(root, keyval);
    json_decref(root);
    ok = visit_start_struct(v, NULL, NULL, 0, errp);
    if (ok) {
        ok = object_property_set(obj, name, v, errp) &&
             visit_check_struct(v, errp);
        visit_end_struct(v, NULL);
    }
    visitor_free(v);
    return ok;
}

bool object_property_set_json(Object *obj, const char *name, json_t *value,
                              Error **errp)
{
    return property_set_value(obj, name, json_incref(value), false, errp);
}

json_t *object_property_get_json(Object *obj, const char *name, Error **errp)
{
    g_autoptr(Visitor) v = visitor_new_output();
    json_t *root, *value = NULL;
    bool ok;

    if (!visit_start_struct(v, NULL, NULL, 0, errp)) {
        return NULL;
    }
    ok = object_property_get(obj, name, v, errp);
    visit_end_struct(v, NULL);
    if (!ok) {
        return NULL;
    }
    root = visitor_complete(v);
    value = json_incref(json_object_get(root, name));
    json_decref(root);
    return value ?: json_null();
}

bool object_property_parse(Object *obj, const char *name, const char *string,
                           Error **errp)
{
    return property_set_value(obj, name, json_string(string), true, errp);
}

char *object_property_print(Object *obj, const char *name, Error **errp)
{
    json_t *value = object_property_get_json(obj, name, errp);
    char *ret = NULL, *text;

    if (!value) {
        return NULL;
    }
    if (json_is_string(value)) {
        ret = g_strdup(json_string_value(value));
    } else if (json_is_boolean(value)) {
        ret = g_strdup(json_is_true(value) ? "on" : "off");
    } else {
        text = json_dumps(value, JSON_ENCODE_ANY);
        ret = g_strdup(text);
        free(text);
    }
    json_decref(value);
    return ret;
}

/* -------------------------------------------------------------- C values */

bool object_property_set_str(Object *obj, const char *name, const char *value,
                             Error **errp)
{
    return property_set_value(obj, name, json_string(value), false, errp);
}

bool object_property_set_bool(Object *obj, const char *name, bool value,
                              Error **errp)
{
    return property_set_value(obj, name, json_boolean(value), false, errp);
}

bool object_property_set_int(Object *obj, const char *name, int64_t value,
                             Error **errp)
{
    return property_set_value(obj, name, json_integer(value), false, errp);
}

bool object_property_set_uint(Object *obj, const char *name, uint64_t value,
                              Error **errp)
{
    char text[32];

    if (value <= INT64_MAX) {
        return object_property_set_int(obj, name, value, errp);
    }
    /* Beyond the integers of JSON here; the keyval form has no such limit. */
    snprintf(text, sizeof(text), "%" PRIu64, value);
    return object_property_parse(obj, name, text, errp);
}

bool object_property_set_link(Object *obj, const char *name, Object *value,
                              Error **errp)
{
    g_autofree char *path =
        value ? object_get_canonical_path(value) : g_strdup("");

    if (!path) {
        error_setg(errp,
                   "Property '%s.%s' cannot refer to an object that "
                   "has no path",
                   object_get_typename(obj), name);
        return false;
    }
    return object_property_set_str(obj, name, path, errp);
}

/* NULL and *errp if the value is not of the wanted type. */
static json_t *property_get_checked(Object *obj, const char *name,
                                    bool (*is_type)(const json_t *),
                                    const char *expected, Error **errp)
{
    json_t *value = object_property_get_json(obj, name, errp);

    if (value && !is_type(value)) {
        error_setg(errp, "Invalid parameter type for '%s', expected: %s", name,
                   expected);
        json_decref(value);
        return NULL;
    }
    return value;
}

static bool value_is_string(const json_t *value)
{
    return json_is_string(value);
}

static bool value_is_bool(const json_t *value)
{
    return json_is_boolean(value);
}

static bool value_is_integer(const json_t *value)
{
    return json_is_integer(value);
}

char *object_property_get_str(Object *obj, const char *name, Error **errp)
{
    json_t *value =
        property_get_checked(obj, name, value_is_string, "string", errp);
    char *ret = value ? g_strdup(json_string_value(value)) : NULL;

    json_decref(value);
    return ret;
}

bool object_property_get_bool(Object *obj, const char *name, Error **errp)
{
    json_t *value =
        property_get_checked(obj, name, value_is_bool, "boolean", errp);
    bool ret = value && json_is_true(value);

    json_decref(value);
    return ret;
}

int64_t object_property_get_int(Object *obj, const char *name, Error **errp)
{
    json_t *value =
        property_get_checked(obj, name, value_is_integer, "integer", errp);
    int64_t ret = value ? json_integer_value(value) : -1;

    json_decref(value);
    return ret;
}

uint64_t object_property_get_uint(Object *obj, const char *name, Error **errp)
{
    json_t *value =
        property_get_checked(obj, name, value_is_integer, "uint64", errp);
    uint64_t ret = value ? (uint64_t)json_integer_value(value) : 0;

    json_decref(value);
    return ret;
}

Object *object_property_get_link(Object *obj, const char *name, Error **errp)
{
    ObjectProperty *p = object_property_find(obj, name);

    if (!p) {
        error_setg(errp, "Property '%s.%s' not found", object_get_typename(obj),
                   name);
        return NULL;
    }
    if (!p->resolve) {
        error_setg(errp, "Property '%s.%s' is not a link",
                   object_get_typename(obj), name);
        return NULL;
    }
    return p->resolve(obj, p->opaque);
}

/* ------------------------------------------------- string properties */

typedef struct StringProperty {
    char *(*get)(Object *, Error **);
    void (*set)(Object *, const char *, Error **);
} StringProperty;

static bool property_get_str(Object *obj, Visitor *v, const char *name,
                             void *opaque, Error **errp)
{
    StringProperty *sp = opaque;
    Error *err = NULL;
    g_autofree char *value = sp->get(obj, &err);

    if (err) {
        error_propagate(errp, err);
        return false;
    }
    if (!value) {
        value = g_strdup("");
    }
    return visit_type_str(v, name, &value, errp);
}

static bool property_set_str(Object *obj, Visitor *v, const char *name,
                             void *opaque, Error **errp)
{
    StringProperty *sp = opaque;
    Error *err = NULL;
    g_autofree char *value = NULL;

    if (!visit_type_str(v, name, &value, errp)) {
        return false;
    }
    sp->set(obj, value, &err);
    if (err) {
        error_propagate(errp, err);
        return false;
    }
    return true;
}

static void property_release_opaque(Object *obj, const char *name, void *opaque)
{
    g_free(opaque);
}

static StringProperty *string_property_new(char *(*get)(Object *, Error **),
                                           void (*set)(Object *, const char *,
                                                       Error **))
{
    StringProperty *sp = g_new(StringProperty, 1);

    sp->get = get;
    sp->set = set;
    return sp;
}

ObjectProperty *object_property_add_str(Object *obj, const char *name,
                                        char *(*get)(Object *, Error **),
                                        void (*set)(Object *, const char *,
                                                    Error **))
{
    return object_property_add(
        obj, name, "string", get ? property_get_str : NULL,
        set ? property_set_str : NULL, property_release_opaque,
        string_property_new(get, set));
}

ObjectProperty *
object_class_property_add_str(ObjectClass *klass, const char *name,
                              char *(*get)(Object *, Error **),
                              void (*set)(Object *, const char *, Error **))
{
    return object_class_property_add(
        klass, name, "string", get ? property_get_str : NULL,
        set ? property_set_str : NULL, NULL, string_property_new(get, set));
}

/* ------------------------------------------------------ bool properties */

typedef struct BoolProperty {
    bool (*get)(Object *, Error **);
    void (*set)(Object *, bool, Error **);
} BoolProperty;

static bool property_get_bool(Object *obj, Visitor *v, const char *name,
                              void *opaque, Error **errp)
{
    BoolProperty *bp = opaque;
    Error *err = NULL;
    bool value = bp->get(obj, &err);

    if (err) {
        error_propagate(errp, err);
        return false;
    }
    return visit_type_bool(v, name, &value, errp);
}

static bool property_set_bool(Object *obj, Visitor *v, const char *name,
                              void *opaque, Error **errp)
{
    BoolProperty *bp = opaque;
    Error *err = NULL;
    bool value;

    if (!visit_type_bool(v, name, &value, errp)) {
        return false;
    }
    bp->set(obj, value, &err);
    if (err) {
        error_propagate(errp, err);
        return false;
    }
    return true;
}

static BoolProperty *bool_property_new(bool (*get)(Object *, Error **),
                                       void (*set)(Object *, bool, Error **))
{
    BoolProperty *bp = g_new(BoolProperty, 1);

    bp->get = get;
    bp->set = set;
    return bp;
}

ObjectProperty *object_property_add_bool(Object *obj, const char *name,
                                         bool (*get)(Object *, Error **),
                                         void (*set)(Object *, bool, Error **))
{
    return object_property_add(
        obj, name, "bool", get ? property_get_bool : NULL,
        set ? property_set_bool : NULL, property_release_opaque,
        bool_property_new(get, set));
}

ObjectProperty *
object_class_property_add_bool(ObjectClass *klass, const char *name,
                               bool (*get)(Object *, Error **),
                               void (*set)(Object *, bool, Error **))
{
    return object_class_property_add(
        klass, name, "bool", get ? property_get_bool : NULL,
        set ? property_set_bool : NULL, NULL, bool_property_new(get, set));
}

/* ------------------------------------------------------ enum properties */

typedef struct EnumProperty {
    const QEnumLookup *lookup;
    int (*get)(Object *, Error **);
    void (*set)(Object *, int, Error **);
} EnumProperty;

static bool property_get_enum(Object *obj, Visitor *v, const char *name,
                              void *opaque, Error **errp)
{
    EnumProperty *ep = opaque;
    Error *err = NULL;
    int value = ep->get(obj, &err);

    if (err) {
        error_propagate(errp, err);
        return false;
    }
    return visit_type_enum(v, name, &value, ep->lookup, errp);
}

static bool property_set_enum(Object *obj, Visitor *v, const char *name,
                              void *opaque, Error **errp)
{
    EnumProperty *ep = opaque;
    Error *err = NULL;
    int value;

    if (!visit_type_enum(v, name, &value, ep->lookup, errp)) {
        return false;
    }
    ep->set(obj, value, &err);
    if (err) {
        error_propagate(errp, err);
        return false;
    }
    return true;
}

ObjectProperty *
object_class_property_add_enum(ObjectClass *klass, const char *name,
                               const char *type, const QEnumLookup *lookup,
                               int (*get)(Object *, Error **),
                               void (*set)(Object *, int, Error **))
{
    EnumProperty *ep = g_new(EnumProperty, 1);

    ep->lookup = lookup;
    ep->get = get;
    ep->set = set;
    return object_class_property_add(klass, name, type,
                                     get ? property_get_enum : NULL,
                                     set ? property_set_enum : NULL, NULL, ep);
}
