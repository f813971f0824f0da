/*
 * Static properties that take a character device by its id.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "chardev/char.h"
#include "hw/core/qdev.h"

static bool get_chr(Object *obj, Visitor *v, const char *name,
                    const Property *p, Error **errp)
{
    const CharBackend *be = object_field_prop_ptr(obj, p);
    char empty[] = "";
    char *value = be->chr && be->chr->label ? be->chr->label : empty;

    return visit_type_str(v, name, &value, errp);
}

static bool set_chr(Object *obj, Visitor *v, const char *name,
                    const Property *p, Error **errp)
{
    CharBackend *be = object_field_prop_ptr(obj, p);
    g_autofree char *value = NULL;
    Chardev *chr;

    if (!visit_type_str(v, name, &value, errp)) {
        return false;
    }
    if (!*value) {
        qemu_chr_fe_deinit(be);
        return true;
    }
    chr = qemu_chr_find(value);
    if (!chr) {
        qdev_prop_error_not_found(errp, obj, p, value);
        return false;
    }
    if (be->chr == chr) {
        return true;
    }
    qemu_chr_fe_deinit(be);
    if (!qemu_chr_fe_init(be, chr, NULL)) {
        qdev_prop_error_in_use(errp, obj, p, value);
        return false;
    }
    return true;
}

static void release_chr(Object *obj, const Property *p)
{
    CharBackend *be = object_field_prop_ptr(obj, p);

    qemu_chr_fe_deinit(be);
}

const PropertyInfo qdev_prop_chr = {
    .type = "str",
    .description = "ID of a chardev to use as a backend",
    .get = get_chr,
    .set = set_chr,
    .release = release_chr,
};
