/*
 * QMP commands of the object model and of devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev.h"
#include "qapi/qapi-commands.h"
#include "qom/object.h"

static Object *resolve(const char *path, Error **errp)
{
    bool ambiguous = false;
    Object *obj = object_resolve_path(path, &ambiguous);

    if (ambiguous) {
        error_setg(errp, "Path '%s' is ambiguous", path);
        return NULL;
    }
    if (!obj) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found",
                  path);
    }
    return obj;
}

/* ------------------------------------------------------------- instances */

static void add_property(ObjectProperty *p, void *opaque)
{
    ObjectPropertyInfoList ***tail = opaque;
    ObjectPropertyInfo *info = g_new0(ObjectPropertyInfo, 1);

    info->name = g_strdup(p->name);
    info->type = g_strdup(p->type);
    QAPI_LIST_APPEND(*tail, info);
}

ObjectPropertyInfoList *qmp_qom_list(const char *path, Error **errp)
{
    ObjectPropertyInfoList *list = NULL, **tail = &list;
    Object *obj = resolve(path, errp);

    if (obj) {
        object_property_foreach(object_get_class(obj), obj, add_property,
                                &tail);
    }
    return list;
}

static json_t *get_value(Object *obj, const char *property, Error **errp)
{
    g_autoptr(Visitor) v = visitor_new_output();

    if (!object_property_get(obj, property, v, errp)) {
        return NULL;
    }
    return visitor_complete(v);
}

json_t *qmp_qom_get(const char *path, const char *property, Error **errp)
{
    Object *obj = resolve(path, errp);

    return obj ? get_value(obj, property, errp) : NULL;
}

ObjectPropertiesValuesList *qmp_qom_list_get(strList *paths, Error **errp)
{
    ObjectPropertiesValuesList *list = NULL, **tail = &list;

    for (strList *path = paths; path; path = path->next) {
        g_autoptr(ObjectPropertyInfoList) props = NULL;
        ObjectPropertiesValues *entry;
        ObjectPropertyValueList **ptail;
        Object *obj = resolve(path->value, errp);

        if (!obj) {
            qapi_free_ObjectPropertiesValuesList(list);
            return NULL;
        }
        entry = g_new0(ObjectPropertiesValues, 1);
        QAPI_LIST_APPEND(tail, entry);
        ptail = &entry->properties;
        props = qmp_qom_list(path->value, &error_abort);
        for (ObjectPropertyInfoList *p = props; p; p = p->next) {
            ObjectPropertyValue *val = g_new0(ObjectPropertyValue, 1);

            val->name = g_strdup(p->value->name);
            val->type = g_strdup(p->value->type);
            /* A property that cannot be read is listed without value. */
            val->value = get_value(obj, val->name, NULL);
            QAPI_LIST_APPEND(ptail, val);
        }
    }
    return list;
}

void qmp_qom_set(const char *path, const char *property, json_t *value,
                 Error **errp)
{
    Object *obj = resolve(path, errp);
    g_autoptr(Visitor) v = NULL;

    if (obj) {
        v = visitor_new_input(value, false);
        object_property_set(obj, property, v, errp);
    }
}

/* ----------------------------------------------------------------- types */

static void add_type(ObjectClass *klass, void *opaque)
{
    ObjectTypeInfoList ***tail = opaque;
    ObjectTypeInfo *info = g_new0(ObjectTypeInfo, 1);
    ObjectClass *parent = object_class_get_parent(klass);

    info->name = g_strdup(object_class_get_name(klass));
    info->has_abstract = info->abstract = object_class_is_abstract(klass);
    info->parent = parent ? g_strdup(object_class_get_name(parent)) : NULL;
    QAPI_LIST_APPEND(*tail, info);
}

ObjectTypeInfoList *qmp_qom_list_types(const char *implements,
                                       bool has_abstract, bool abstract,
                                       Error **errp)
{
    ObjectTypeInfoList *list = NULL, **tail = &list;

    object_class_foreach(add_type, implements, has_abstract && abstract, &tail);
    return list;
}

static void add_described_property(ObjectProperty *p, void *opaque)
{
    ObjectPropertyInfoList ***tail = opaque;
    ObjectPropertyInfo *info = g_new0(ObjectPropertyInfo, 1);

    info->name = g_strdup(p->name);
    info->type = g_strdup(p->type);
    info->description = g_strdup(p->description);
    info->default_value = json_incref(p->defval);
    QAPI_LIST_APPEND(*tail, info);
}

static bool is_interface(ObjectClass *klass)
{
    for (; klass; klass = object_class_get_parent(klass)) {
        if (!strcmp(object_class_get_name(klass), TYPE_INTERFACE)) {
            return true;
        }
    }
    return false;
}

ObjectPropertyInfoList *qmp_qom_list_properties(const char *typename,
                                                Error **errp)
{
    ObjectPropertyInfoList *list = NULL, **tail = &list;
    ObjectClass *klass = object_class_by_name(typename);
    Object *obj = NULL;

    if (!klass) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Class '%s' not found",
                  typename);
        return NULL;
    }
    if (is_interface(klass)) {
        error_setg(errp, "Parameter 'typename' expects a QOM type");
        return NULL;
    }
    /* Some properties exist in instances only. */
    if (!object_class_is_abstract(klass)) {
        obj = object_new(typename);
    }
    object_property_foreach(klass, obj, add_described_property, &tail);
    object_unref(obj);
    return list;
}

ObjectPropertyInfoList *qmp_device_list_properties(const char *typename,
                                                   Error **errp)
{
    json_t *json = qdev_list_properties(typename, errp);
    ObjectPropertyInfoList *list = NULL;
    g_autoptr(Visitor) v = NULL;

    if (json) {
        v = visitor_new_input(json, false);
        json_decref(json);
        visit_type_ObjectPropertyInfoList(v, NULL, &list, errp);
    }
    return list;
}

/* --------------------------------------------------------- life and death */

void qmp_object_add(json_t *args, json_t **ret, Error **errp)
{
    g_autoptr(Visitor) v = visitor_new_input(args, false);
    g_autoptr(ObjectOptions) opts = NULL;

    if (visit_type_ObjectOptions(v, NULL, &opts, errp)) {
        user_creatable_add(args, false, errp);
    }
}

void qmp_object_del(const char *id, Error **errp)
{
    user_creatable_del(id, errp);
}

void qmp_device_add(json_t *args, json_t **ret, Error **errp)
{
    qdev_device_add_from_json(args, false, errp);
}
