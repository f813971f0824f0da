/*
 * qtest: makes an object of every type, reads each of its properties and
 * writes the value back. What fails is reported; what crashes is the find.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/qtest/qtest-internal.h"

static void collect_type(ObjectClass *klass, void *opaque)
{
    g_ptr_array_add(opaque, g_strdup(object_class_get_name(klass)));
}

static void collect_property(ObjectProperty *prop, void *opaque)
{
    g_ptr_array_add(opaque, g_strdup(prop->name));
}

static void test_property(Object *obj, const char *name)
{
    ObjectProperty *prop = object_property_find(obj, name);
    Error *err = NULL;
    json_t *value;

    if (!prop || !prop->get) {
        return;
    }
    value = object_property_get_json(obj, name, &err);
    if (!value) {
        error_reportf_err(err, "qom-tests: %s.%s: get failed: ",
                          object_get_typename(obj), name);
        return;
    }
    if (prop->set && !object_property_set_json(obj, name, value, &err)) {
        error_reportf_err(err, "qom-tests: %s.%s: set failed: ",
                          object_get_typename(obj), name);
    }
    json_decref(value);
}

static void test_type(const char *type)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    Object *obj = object_new(type);

    /* By name: writing one property may take away another. */
    object_property_foreach(object_get_class(obj), obj, collect_property,
                            names);
    for (unsigned i = 0; i < names->len; i++) {
        test_property(obj, g_ptr_array_index(names, i));
    }
    object_unref(obj);
}

void qtest_qom_tests(QTestProtocol *p, const QTestCommand *cmd, QTestWord *arg,
                     int count)
{
    g_autoptr(GPtrArray) types = g_ptr_array_new_with_free_func(g_free);

    object_class_foreach(collect_type, NULL, false, types);
    for (unsigned i = 0; i < types->len; i++) {
        test_type(g_ptr_array_index(types, i));
    }
    qtest_sendf(p, "OK");
}
