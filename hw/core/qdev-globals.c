/*
 * -global DRIVER.PROPERTY=VALUE: other defaults for the properties of a
 * driver and of those derived from it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev-internal.h"

typedef struct GlobalProperty {
    char *driver;
    char *property;
    char *value;
    bool used;
} GlobalProperty;

static GPtrArray *globals;

void qdev_prop_register_global(const char *driver, const char *property,
                               const char *value)
{
    GlobalProperty *g = g_new0(GlobalProperty, 1);

    g->driver = g_strdup(driver);
    g->property = g_strdup(property);
    g->value = g_strdup(value);
    if (!globals) {
        globals = g_ptr_array_new();
    }
    g_ptr_array_add(globals, g);
}

void qdev_globals_apply(DeviceState *dev)
{
    Object *obj = OBJECT(dev);

    for (unsigned i = 0; globals && i < globals->len; i++) {
        GlobalProperty *g = g_ptr_array_index(globals, i);
        Error *err = NULL;

        if (!object_dynamic_cast(obj, g->driver)) {
            continue;
        }
        g->used = true;
        if (object_property_parse(obj, g->property, g->value, &err)) {
            continue;
        }
        error_prepend(&err, "can't apply global %s.%s=%s: ", g->driver,
                      g->property, g->value);
        if (dev->hotplugged) {
            warn_report_err(err);
        } else {
            error_propagate(&error_fatal, err);
        }
    }
}

int qdev_prop_check_globals(void)
{
    int bad = 0;

    for (unsigned i = 0; globals && i < globals->len; i++) {
        GlobalProperty *g = g_ptr_array_index(globals, i);
        ObjectClass *klass;

        if (g->used) {
            continue;
        }
        bad++;
        klass = object_class_by_name(g->driver);
        if (!klass || !object_class_dynamic_cast(klass, TYPE_DEVICE)) {
            warn_report("global %s.%s has invalid class name", g->driver,
                        g->property);
        } else {
            warn_report("global %s.%s=%s not used", g->driver, g->property,
                        g->value);
        }
    }
    return bad;
}
