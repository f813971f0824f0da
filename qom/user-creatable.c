/*
 * Objects that users make by name: -object, object-add, object-del.
 *
 * They live in /objects. Their type implements the user-creatable interface,
 * whose complete() checks the properties as a whole and starts the object.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qom/type-internal.h"
#include "util/option.h"

bool user_creatable_complete(Object *obj, Error **errp)
{
    UserCreatableClass *ucc;
    Error *err = NULL;

    if (!object_dynamic_cast(obj, TYPE_USER_CREATABLE)) {
        return true;
    }
    ucc = USER_CREATABLE_GET_CLASS(obj);
    if (ucc->complete) {
        ucc->complete((UserCreatable *)obj, &err);
    }
    if (err) {
        error_propagate(errp, err);
        return false;
    }
    return true;
}

/* Takes the string member `name` out of props; to be freed. */
static char *take_string(json_t *props, const char *name, Error **errp)
{
    json_t *value = json_object_get(props, name);
    char *ret;

    if (!value) {
        error_setg(errp, "Parameter '%s' is missing", name);
        return NULL;
    }
    if (json_is_array(value)) { /* given several times: the last one counts */
        value = json_array_get(value, json_array_size(value) - 1);
    }
    if (!json_is_string(value)) {
        error_setg(errp, "Invalid parameter type for '%s', expected: string",
                   name);
        return NULL;
    }
    ret = g_strdup(json_string_value(value));
    json_object_del(props, name);
    return ret;
}

static ObjectClass *user_creatable_class(const char *type)
{
    ObjectClass *klass = object_class_by_name(type);

    if (!klass || object_class_is_abstract(klass) ||
        !object_class_dynamic_cast(klass, TYPE_USER_CREATABLE)) {
        return NULL;
    }
    return klass;
}

static bool check_id(const char *id, bool keyval, Error **errp)
{
    if (!id_wellformed(id)) {
        error_setg(errp, "Parameter 'id' expects an identifier");
        error_append_hint(errp, "Identifiers consist of letters, digits, '-', "
                                "'.', '_', starting with a letter.\n");
        return false;
    }
    if (keyval &&
        object_resolve_path_component(object_get_objects_root(), id)) {
        error_setg(errp, "Duplicate ID '%s' for object", id);
        return false;
    }
    return true;
}

static bool check_members(Object *obj, json_t *props, bool keyval, Error **errp)
{
    const char *key;
    json_t *value;

    json_object_foreach(props, key, value)
    {
        ObjectProperty *p = object_property_find(obj, key);

        if (!p || !p->set) {
            error_setg(errp,
                       keyval ? "Invalid parameter '%s'"
                              : "Parameter '%s' is unexpected",
                       key);
            return false;
        }
    }
    return true;
}

/* Takes what it needs out of props. */
static Object *user_creatable_make(json_t *props, bool keyval, Error **errp)
{
    g_autofree char *type = take_string(props, "qom-type", errp);
    g_autofree char *id = NULL;
    Object *obj;

    if (!type) {
        return NULL;
    }
    if (!user_creatable_class(type)) {
        error_setg(errp, "Parameter 'qom-type' does not accept value '%s'",
                   type);
        return NULL;
    }
    id = take_string(props, "id", errp);
    if (!id || !check_id(id, keyval, errp)) {
        return NULL;
    }
    obj = object_new(type);
    if (!check_members(obj, props, keyval, errp)) {
        object_unref(obj);
        return NULL;
    }
    return object_set_up(obj, object_get_objects_root(), id, props, keyval,
                         errp);
}

Object *user_creatable_add(json_t *props, bool keyval, Error **errp)
{
    json_t *copy = json_copy(props);
    Object *obj = user_creatable_make(copy, keyval, errp);

    json_decref(copy);
    return obj;
}

bool user_creatable_del(const char *id, Error **errp)
{
    Object *obj = object_resolve_path_component(object_get_objects_root(), id);
    UserCreatableClass *ucc;

    if (!obj) {
        error_setg(errp, "object '%s' not found", id);
        return false;
    }
    ucc = USER_CREATABLE_GET_CLASS(obj);
    if (ucc->can_be_deleted && !ucc->can_be_deleted((UserCreatable *)obj)) {
        error_setg(errp, "object '%s' is in use, can not be deleted", id);
        return false;
    }
    object_unparent(obj);
    return true;
}

static int keep_last(Object *child, void *opaque)
{
    *(Object **)opaque = child;
    return 0;
}

void user_creatable_cleanup(void)
{
    for (;;) {
        Object *last = NULL;

        object_child_foreach(object_get_objects_root(), keep_last, &last);
        if (!last) {
            return;
        }
        object_unparent(last);
    }
}

/* ------------------------------------------------------------------ help */

static void add_type_name(ObjectClass *klass, void *opaque)
{
    g_string_append_printf(opaque, "  %s\n", object_class_get_name(klass));
}

char *user_creatable_help(void)
{
    GString *out = g_string_new("List of user creatable objects:\n");

    object_class_foreach(add_type_name, TYPE_USER_CREATABLE, false, out);
    return g_string_free(out, false);
}

char *user_creatable_type_help(const char *type)
{
    ObjectClass *klass = user_creatable_class(type);

    return klass ? object_class_options_help(klass) : NULL;
}

static const TypeInfo user_creatable_types[] = {
    {
        .name = TYPE_USER_CREATABLE,
        .parent = TYPE_INTERFACE,
        .class_size = sizeof(UserCreatableClass),
    },
};

DEFINE_TYPES(user_creatable_types)
