/*
 * The plain kinds of static properties: bits, booleans, integers, sizes,
 * strings and on/off/auto.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev.h"

/* ------------------------------------------------------------------ bits */

static bool get_bit(Object *obj, Visitor *v, const char *name,
                    const Property *p, Error **errp)
{
    uint32_t *field = object_field_prop_ptr(obj, p);
    bool value = *field >> p->bitnr & 1;

    return visit_type_bool(v, name, &value, errp);
}

static void put_bit(uint32_t *field, const Property *p, bool value)
{
    uint32_t mask = UINT32_C(1) << p->bitnr;

    *field = value ? *field | mask : *field & ~mask;
}

static bool set_bit(Object *obj, Visitor *v, const char *name,
                    const Property *p, Error **errp)
{
    bool value;

    if (!visit_type_bool(v, name, &value, errp)) {
        return false;
    }
    put_bit(object_field_prop_ptr(obj, p), p, value);
    return true;
}

static void default_bit(Object *obj, const Property *p)
{
    put_bit(object_field_prop_ptr(obj, p), p, p->defval.u);
}

static char *print_bit(Object *obj, const Property *p)
{
    uint32_t *field = object_field_prop_ptr(obj, p);

    return g_strdup(*field >> p->bitnr & 1 ? "true" : "false");
}

const PropertyInfo qdev_prop_bit = {
    .type = "bool",
    .description = "on/off",
    .get = get_bit,
    .set = set_bit,
    .set_default = default_bit,
    .print = print_bit,
};

static bool get_bit64(Object *obj, Visitor *v, const char *name,
                      const Property *p, Error **errp)
{
    uint64_t *field = object_field_prop_ptr(obj, p);
    bool value = *field >> p->bitnr & 1;

    return visit_type_bool(v, name, &value, errp);
}

static void put_bit64(uint64_t *field, const Property *p, bool value)
{
    uint64_t mask = UINT64_C(1) << p->bitnr;

    *field = value ? *field | mask : *field & ~mask;
}

static bool set_bit64(Object *obj, Visitor *v, const char *name,
                      const Property *p, Error **errp)
{
    bool value;

    if (!visit_type_bool(v, name, &value, errp)) {
        return false;
    }
    put_bit64(object_field_prop_ptr(obj, p), p, value);
    return true;
}

static void default_bit64(Object *obj, const Property *p)
{
    put_bit64(object_field_prop_ptr(obj, p), p, p->defval.u);
}

static char *print_bit64(Object *obj, const Property *p)
{
    uint64_t *field = object_field_prop_ptr(obj, p);

    return g_strdup(*field >> p->bitnr & 1 ? "true" : "false");
}

const PropertyInfo qdev_prop_bit64 = {
    .type = "bool",
    .description = "on/off",
    .get = get_bit64,
    .set = set_bit64,
    .set_default = default_bit64,
    .print = print_bit64,
};

/* ------------------------------------------------------------------ bool */

/* Visitors store into and read from a field alike, so from here on one
 * accessor does for both directions. */

static bool access_bool(Object *obj, Visitor *v, const char *name,
                        const Property *p, Error **errp)
{
    return visit_type_bool(v, name, object_field_prop_ptr(obj, p), errp);
}

static void default_bool(Object *obj, const Property *p)
{
    *(bool *)object_field_prop_ptr(obj, p) = p->defval.u;
}

static char *print_bool(Object *obj, const Property *p)
{
    bool *field = object_field_prop_ptr(obj, p);

    return g_strdup(*field ? "true" : "false");
}

const PropertyInfo qdev_prop_bool = {
    .type = "bool",
    .description = "on/off",
    .get = access_bool,
    .set = access_bool,
    .set_default = default_bool,
    .print = print_bool,
};

/* -------------------------------------------------------------- integers */

static char *print_unsigned(uint64_t value)
{
    return g_strdup_printf("%" PRIu64 " (0x%" PRIx64 ")", value, value);
}

static char *print_signed(int64_t value)
{
    return g_strdup_printf("%" PRId64 " (0x%" PRIx64 ")", value,
                           (uint64_t)value);
}

static bool access_uint8(Object *obj, Visitor *v, const char *name,
                         const Property *p, Error **errp)
{
    return visit_type_uint8(v, name, object_field_prop_ptr(obj, p), errp);
}

static void default_uint8(Object *obj, const Property *p)
{
    *(uint8_t *)object_field_prop_ptr(obj, p) = p->defval.u;
}

static char *print_uint8(Object *obj, const Property *p)
{
    return print_unsigned(*(uint8_t *)object_field_prop_ptr(obj, p));
}

const PropertyInfo qdev_prop_uint8 = {
    .type = "uint8",
    .get = access_uint8,
    .set = access_uint8,
    .set_default = default_uint8,
    .print = print_uint8,
};

static bool access_uint16(Object *obj, Visitor *v, const char *name,
                          const Property *p, Error **errp)
{
    return visit_type_uint16(v, name, object_field_prop_ptr(obj, p), errp);
}

static void default_uint16(Object *obj, const Property *p)
{
    *(uint16_t *)object_field_prop_ptr(obj, p) = p->defval.u;
}

static char *print_uint16(Object *obj, const Property *p)
{
    return print_unsigned(*(uint16_t *)object_field_prop_ptr(obj, p));
}

const PropertyInfo qdev_prop_uint16 = {
    .type = "uint16",
    .get = access_uint16,
    .set = access_uint16,
    .set_default = default_uint16,
    .print = print_uint16,
};

static bool access_uint32(Object *obj, Visitor *v, const char *name,
                          const Property *p, Error **errp)
{
    return visit_type_uint32(v, name, object_field_prop_ptr(obj, p), errp);
}

static void default_uint32(Object *obj, const Property *p)
{
    *(uint32_t *)object_field_prop_ptr(obj, p) = p->defval.u;
}

static char *print_uint32(Object *obj, const Property *p)
{
    return print_unsigned(*(uint32_t *)object_field_prop_ptr(obj, p));
}

const PropertyInfo qdev_prop_uint32 = {
    .type = "uint32",
    .get = access_uint32,
    .set = access_uint32,
    .set_default = default_uint32,
    .print = print_uint32,
};

static bool access_int32(Object *obj, Visitor *v, const char *name,
                         const Property *p, Error **errp)
{
    return visit_type_int32(v, name, object_field_prop_ptr(obj, p), errp);
}

static void default_int32(Object *obj, const Property *p)
{
    *(int32_t *)object_field_prop_ptr(obj, p) = p->defval.i;
}

static char *print_int32(Object *obj, const Property *p)
{
    return print_signed(*(int32_t *)object_field_prop_ptr(obj, p));
}

const PropertyInfo qdev_prop_int32 = {
    .type = "int32",
    .get = access_int32,
    .set = access_int32,
    .set_default = default_int32,
    .print = print_int32,
};

static bool access_uint64(Object *obj, Visitor *v, const char *name,
                          const Property *p, Error **errp)
{
    return visit_type_uint64(v, name, object_field_prop_ptr(obj, p), errp);
}

static void default_uint64(Object *obj, const Property *p)
{
    *(uint64_t *)object_field_prop_ptr(obj, p) = p->defval.u;
}

static char *print_uint64(Object *obj, const Property *p)
{
    return print_unsigned(*(uint64_t *)object_field_prop_ptr(obj, p));
}

const PropertyInfo qdev_prop_uint64 = {
    .type = "uint64",
    .get = access_uint64,
    .set = access_uint64,
    .set_default = default_uint64,
    .print = print_uint64,
};

static bool access_int64(Object *obj, Visitor *v, const char *name,
                         const Property *p, Error **errp)
{
    return visit_type_int64(v, name, object_field_prop_ptr(obj, p), errp);
}

static char *print_int64(Object *obj, const Property *p)
{
    return print_signed(*(int64_t *)object_field_prop_ptr(obj, p));
}

const PropertyInfo qdev_prop_int64 = {
    .type = "int64",
    .get = access_int64,
    .set = access_int64,
    .set_default = default_uint64,
    .print = print_int64,
};

/* ------------------------------------------------------------------ size */

static bool access_size(Object *obj, Visitor *v, const char *name,
                        const Property *p, Error **errp)
{
    return visit_type_size(v, name, object_field_prop_ptr(obj, p), errp);
}

/* "4096 (4 KiB)", with three digits where the unit does not divide it. */
static char *print_size(Object *obj, const Property *p)
{
    static const char *const units[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    uint64_t value = *(uint64_t *)object_field_prop_ptr(obj, p);
    double scaled = value;
    unsigned unit = 0;

    while (scaled >= 1024 && unit + 1 < G_N_ELEMENTS(units)) {
        scaled /= 1024;
        unit++;
    }
    return g_strdup_printf("%" PRIu64 " (%0.3g %sB)", value, scaled,
                           units[unit]);
}

const PropertyInfo qdev_prop_size = {
    .type = "size",
    .get = access_size,
    .set = access_size,
    .set_default = default_uint64,
    .print = print_size,
};

/* ---------------------------------------------------------------- string */

static bool get_string(Object *obj, Visitor *v, const char *name,
                       const Property *p, Error **errp)
{
    char **field = object_field_prop_ptr(obj, p);
    char empty[] = "";
    char *value = *field ?: empty;

    return visit_type_str(v, name, &value, errp);
}

static bool set_string(Object *obj, Visitor *v, const char *name,
                       const Property *p, Error **errp)
{
    char **field = object_field_prop_ptr(obj, p);
    char *value = NULL;

    if (!visit_type_str(v, name, &value, errp)) {
        return false;
    }
    g_free(*field);
    *field = value;
    return true;
}

static void release_string(Object *obj, const Property *p)
{
    char **field = object_field_prop_ptr(obj, p);

    g_clear_pointer(field, g_free);
}

static char *print_string(Object *obj, const Property *p)
{
    char **field = object_field_prop_ptr(obj, p);

    return g_strdup_printf("\"%s\"", *field ?: "");
}

const PropertyInfo qdev_prop_string = {
    .type = "str",
    .get = get_string,
    .set = set_string,
    .release = release_string,
    .print = print_string,
};

/* ----------------------------------------------------------- on/off/auto */

static bool access_on_off_auto(Object *obj, Visitor *v, const char *name,
                               const Property *p, Error **errp)
{
    return visit_type_OnOffAuto(v, name, object_field_prop_ptr(obj, p), errp);
}

static void default_on_off_auto(Object *obj, const Property *p)
{
    *(OnOffAuto *)object_field_prop_ptr(obj, p) = p->defval.i;
}

const PropertyInfo qdev_prop_on_off_auto = {
    .type = "OnOffAuto",
    .description = "on/off/auto",
    .enum_table = &OnOffAuto_lookup,
    .get = access_on_off_auto,
    .set = access_on_off_auto,
    .set_default = default_on_off_auto,
};
