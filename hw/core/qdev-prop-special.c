/*
 * Static properties with a syntax of their own: MAC addresses, PCI addresses
 * and links to other objects.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev.h"

/* ----------------------------------------------------------- MAC address */

static bool parse_mac(const char *s, MACAddr *mac)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(mac->a); i++, s += 3) {
        bool last = i == G_N_ELEMENTS(mac->a) - 1;

        if (!g_ascii_isxdigit(s[0]) || !g_ascii_isxdigit(s[1])) {
            return false;
        }
        if (last ? s[2] != '\0' : s[2] != ':' && s[2] != '-') {
            return false;
        }
        mac->a[i] =
            g_ascii_xdigit_value(s[0]) << 4 | g_ascii_xdigit_value(s[1]);
    }
    return true;
}

static bool get_mac(Object *obj, Visitor *v, const char *name,
                    const Property *p, Error **errp)
{
    const MACAddr *mac = object_field_prop_ptr(obj, p);
    char text[] = "xx:xx:xx:xx:xx:xx";
    char *value = text;

    snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac->a[0],
             mac->a[1], mac->a[2], mac->a[3], mac->a[4], mac->a[5]);
    return visit_type_str(v, name, &value, errp);
}

static bool set_mac(Object *obj, Visitor *v, const char *name,
                    const Property *p, Error **errp)
{
    g_autofree char *value = NULL;
    MACAddr mac;

    if (!visit_type_str(v, name, &value, errp)) {
        return false;
    }
    if (!parse_mac(value, &mac)) {
        qdev_prop_error_bad_value(errp, obj, p, value);
        return false;
    }
    *(MACAddr *)object_field_prop_ptr(obj, p) = mac;
    return true;
}

const PropertyInfo qdev_prop_macaddr = {
    .type = "str",
    .description = "Ethernet 6-byte MAC Address, example: 52:54:00:12:34:56",
    .get = get_mac,
    .set = set_mac,
};

/* ----------------------------------------------------------- PCI address */

#define PCI_SLOTS     32
#define PCI_FUNCTIONS 8

/* One or more hex digits, "0x" allowed in front; below limit. */
static bool parse_hex(const char **s, unsigned limit, unsigned *value)
{
    const char *p = *s;

    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && g_ascii_isxdigit(p[2])) {
        p += 2;
    }
    if (!g_ascii_isxdigit(*p)) {
        return false;
    }
    for (*value = 0; g_ascii_isxdigit(*p); p++) {
        *value = *value * 16 + g_ascii_xdigit_value(*p);
        if (*value >= limit) {
            return false;
        }
    }
    *s = p;
    return true;
}

static bool parse_devfn(const char *s, int32_t *devfn)
{
    unsigned slot, fn = 0;

    if (!parse_hex(&s, PCI_SLOTS, &slot)) {
        return false;
    }
    if (*s == '.') {
        s++;
        if (!parse_hex(&s, PCI_FUNCTIONS, &fn)) {
            return false;
        }
    }
    if (*s) {
        return false;
    }
    *devfn = slot * PCI_FUNCTIONS + fn;
    return true;
}

static char *print_devfn(Object *obj, const Property *p)
{
    int32_t devfn = *(int32_t *)object_field_prop_ptr(obj, p);

    if (devfn < 0) {
        return g_strdup("<unset>");
    }
    return g_strdup_printf("%02x.%x", devfn / PCI_FUNCTIONS,
                           devfn % PCI_FUNCTIONS);
}

static bool get_devfn(Object *obj, Visitor *v, const char *name,
                      const Property *p, Error **errp)
{
    int32_t devfn = *(int32_t *)object_field_prop_ptr(obj, p);
    g_autofree char *value = NULL;

    value = devfn < 0 ? g_strdup("-1") : print_devfn(obj, p);
    return visit_type_str(v, name, &value, errp);
}

/* A JSON integer is the whole devfn. */
static bool set_devfn_number(Object *obj, Visitor *v, const char *name,
                             const Property *p, Error **errp)
{
    int64_t value;

    if (!visit_type_int(v, name, &value, errp)) {
        return false;
    }
    if (value < -1 || value >= PCI_SLOTS * PCI_FUNCTIONS) {
        g_autofree char *text = g_strdup_printf("%" PRId64, value);

        qdev_prop_error_bad_value(errp, obj, p, text);
        return false;
    }
    *(int32_t *)object_field_prop_ptr(obj, p) = value;
    return true;
}

static bool set_devfn(Object *obj, Visitor *v, const char *name,
                      const Property *p, Error **errp)
{
    g_autofree char *value = NULL;
    int32_t *field = object_field_prop_ptr(obj, p);
    int type = visit_peek_type(v, name, errp);

    if (type < 0) {
        return false;
    }
    if (type == QTYPE_QNUM) {
        return set_devfn_number(obj, v, name, p, errp);
    }
    if (!visit_type_str(v, name, &value, errp)) {
        return false;
    }
    if (!strcmp(value, "-1")) {
        *field = -1;
        return true;
    }
    if (!parse_devfn(value, field)) {
        qdev_prop_error_bad_value(errp, obj, p, value);
        return false;
    }
    return true;
}

static void default_devfn(Object *obj, const Property *p)
{
    *(int32_t *)object_field_prop_ptr(obj, p) = p->defval.i;
}

const PropertyInfo qdev_prop_pci_devfn = {
    .type = "str",
    .description = "Slot and optional function number, example: 06.0 or 06",
    .get = get_devfn,
    .set = set_devfn,
    .set_default = default_devfn,
    .print = print_devfn,
};

/* ----------------------------------------------------------------- links */

static bool get_link(Object *obj, Visitor *v, const char *name,
                     const Property *p, Error **errp)
{
    Object **field = object_field_prop_ptr(obj, p);

    return object_visit_path(v, name, *field, errp);
}

static bool set_link(Object *obj, Visitor *v, const char *name,
                     const Property *p, Error **errp)
{
    Object **field = object_field_prop_ptr(obj, p);
    Object *old = *field, *target;

    if (!object_visit_link(v, name, p->link_type, &target, errp)) {
        return false;
    }
    *field = object_ref(target);
    object_unref(old);
    return true;
}

static void release_link(Object *obj, const Property *p)
{
    Object **field = object_field_prop_ptr(obj, p);

    object_unref(g_steal_pointer(field));
}

const PropertyInfo qdev_prop_link = {
    .type = "link",
    .get = get_link,
    .set = set_link,
    .release = release_link,
};
