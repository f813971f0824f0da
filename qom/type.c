/*
 * The types of the object model: registration, classes, casts.
 *
 * A type is a TypeInfo under a name. Registering stores it and nothing else,
 * because parents may be registered later. The first use of a name makes the
 * class, its parent's first:
 *
 *   1. the class struct starts as a copy of the parent's, so that methods are
 *      inherited; what class_size adds is zero;
 *   2. each interface of the parent, and each the type declares itself, gets a
 *      class struct of its own, a copy of the parent's version of it or of the
 *      interface's defaults. class_init reaches it by casting its klass;
 *   3. class_base_init of the ancestors, then class_init.
 *
 * Casts are made for every access to a device, so they compare the caller's
 * name with the names on the chain by address first. The linker shares equal
 * string literals, hence this nearly always decides; strcmp is for the rest.
 *
 * Classes live until the process ends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qom/type-internal.h"

static GHashTable *type_table(void)
{
    static GHashTable *table;

    if (!table) {
        table = g_hash_table_new(g_str_hash, g_str_equal);
    }
    return table;
}

static void G_GNUC_NORETURN G_GNUC_PRINTF(1, 2) type_abort(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    abort();
}

TypeImpl *type_register_static(const TypeInfo *info)
{
    TypeImpl *ti = g_new0(TypeImpl, 1);

    ti->info = *info;
    if (!g_hash_table_insert(type_table(), (void *)info->name, ti)) {
        type_abort("type '%s' is registered twice", info->name);
    }
    return ti;
}

void type_register_static_array(const TypeInfo *infos, int count)
{
    for (int i = 0; i < count; i++) {
        type_register_static(&infos[i]);
    }
}

static bool type_has_ancestor(const TypeImpl *ti, const char *name)
{
    for (unsigned i = 0; i < ti->chain_len; i++) {
        if (ti->chain[i] == name) {
            return true;
        }
    }
    for (unsigned i = 0; i < ti->chain_len; i++) {
        if (!strcmp(ti->chain[i], name)) {
            return true;
        }
    }
    return false;
}

/* --------------------------------------------------------------- classes */

static void type_init_chain(TypeImpl *ti)
{
    TypeImpl *p = ti->parent;
    unsigned i = 1;

    ti->chain_len = 1 + (p ? p->chain_len : 0);
    ti->chain = g_new(const char *, ti->chain_len);
    ti->chain[0] = ti->info.name;
    for (; i < ti->chain_len; i++) {
        ti->chain[i] = p->chain[i - 1];
    }
}

static void type_init_sizes(TypeImpl *ti)
{
    size_t min_class, min_instance;

    if (ti->parent) {
        min_class = ti->parent->class_size;
        min_instance = ti->parent->instance_size;
    } else if (ti->is_interface) {
        min_class = sizeof(InterfaceClass);
        min_instance = 0;
    } else {
        min_class = sizeof(ObjectClass);
        min_instance = sizeof(Object);
    }
    ti->class_size = ti->info.class_size ?: min_class;
    ti->instance_size = ti->info.instance_size ?: min_instance;
    if (ti->class_size < min_class || ti->instance_size < min_instance) {
        type_abort("type '%s' is smaller than its parent '%s'", ti->info.name,
                   ti->info.parent ?: "none");
    }
}

/* from: the class struct whose methods the new one starts with. */
static void type_add_iface(TypeImpl *ti, TypeImpl *iface,
                           const InterfaceClass *from)
{
    InterfaceClass *ic = g_malloc0(iface->class_size);

    memcpy(ic, from, iface->class_size);
    ic->parent_class.type = iface;
    ic->parent_class.properties = NULL;
    ic->parent_class.property_order = NULL;
    ic->concrete_class = ti->class;
    ti->ifaces = g_renew(InterfaceClass *, ti->ifaces, ti->n_ifaces + 1);
    ti->ifaces[ti->n_ifaces++] = ic;
}

static ObjectClass *type_find_iface(const TypeImpl *ti, const char *name)
{
    ObjectClass *found = NULL;

    for (unsigned i = 0; i < ti->n_ifaces; i++) {
        ObjectClass *oc = &ti->ifaces[i]->parent_class;

        if (!strcmp(oc->type->info.name, name)) {
            return oc;
        }
        if (!found && type_has_ancestor(oc->type, name)) {
            found = oc;
        }
    }
    return found;
}

static void type_init_ifaces(TypeImpl *ti)
{
    const InterfaceInfo *info = ti->info.interfaces;

    for (unsigned i = 0; ti->parent && i < ti->parent->n_ifaces; i++) {
        InterfaceClass *ic = ti->parent->ifaces[i];

        type_add_iface(ti, ic->parent_class.type, ic);
    }
    for (; info && info->type; info++) {
        TypeImpl *iface = type_get(info->type);

        if (!iface || !iface->is_interface) {
            type_abort("type '%s' implements '%s', which is no interface",
                       ti->info.name, info->type);
        }
        if (!type_find_iface(ti, info->type)) {
            type_add_iface(ti, iface, (InterfaceClass *)iface->class);
        }
    }
}

static void type_base_init(TypeImpl *base, TypeImpl *ti)
{
    if (base->parent) {
        type_base_init(base->parent, ti);
    }
    if (base->info.class_base_init) {
        base->info.class_base_init(ti->class, ti->info.class_data);
    }
}

static void type_make_class(TypeImpl *ti)
{
    if (ti->info.parent) {
        ti->parent = type_get(ti->info.parent);
        if (!ti->parent) {
            type_abort("type '%s' has the unknown parent '%s'", ti->info.name,
                       ti->info.parent);
        }
        ti->is_interface = ti->parent->is_interface;
    } else {
        ti->is_interface = !strcmp(ti->info.name, TYPE_INTERFACE);
    }
    type_init_sizes(ti);
    type_init_chain(ti);

    ti->class = g_malloc0(ti->class_size);
    if (ti->parent) {
        memcpy(ti->class, ti->parent->class, ti->parent->class_size);
    }
    ti->class->type = ti;
    ti->class->properties = NULL;
    ti->class->property_order = NULL;
    if (!ti->is_interface) {
        type_init_ifaces(ti);
    }
    if (ti->parent) {
        type_base_init(ti->parent, ti);
    }
    if (ti->info.class_init) {
        ti->info.class_init(ti->class, ti->info.class_data);
    }
}

TypeImpl *type_get(const char *name)
{
    TypeImpl *ti = g_hash_table_lookup(type_table(), name);

    if (ti && !ti->class) {
        type_make_class(ti);
    }
    return ti;
}

TypeImpl *type_get_or_abort(const char *name)
{
    TypeImpl *ti = type_get(name);

    if (!ti) {
        type_abort("unknown type '%s'", name);
    }
    return ti;
}

ObjectClass *object_class_by_name(const char *type)
{
    TypeImpl *ti = type_get(type);

    return ti ? ti->class : NULL;
}

const char *object_class_get_name(const ObjectClass *klass)
{
    return klass->type->info.name;
}

ObjectClass *object_class_get_parent(ObjectClass *klass)
{
    TypeImpl *parent = klass->type->parent;

    return parent ? parent->class : NULL;
}

bool object_class_is_abstract(const ObjectClass *klass)
{
    return klass->type->info.abstract || klass->type->is_interface;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void object_class_foreach(void (*fn)(ObjectClass *klass, void *opaque),
                          const char *implements, bool include_abstract,
                          void *opaque)
{
    unsigned n;
    g_autofree const char **names =
        (const char **)g_hash_table_get_keys_as_array(type_table(), &n);

    qsort(names, n, sizeof(*names), compare_names);
    for (unsigned i = 0; i < n; i++) {
        ObjectClass *klass = type_get(names[i])->class;

        if (implements && !object_class_dynamic_cast(klass, implements)) {
            continue;
        }
        if (include_abstract || !object_class_is_abstract(klass)) {
            fn(klass, opaque);
        }
    }
}

/* ----------------------------------------------------------------- casts */

ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type)
{
    const TypeImpl *ti;

    if (!klass) {
        return NULL;
    }
    ti = klass->type;
    if (type_has_ancestor(ti, type)) {
        return klass;
    }
    /* An interface's class struct (klass is not its type's own) has none. */
    return ti->n_ifaces ? type_find_iface(ti, type) : NULL;
}

Object *object_dynamic_cast(Object *obj, const char *type)
{
    return obj && object_class_dynamic_cast(obj->class, type) ? obj : NULL;
}

ObjectClass *object_class_dynamic_cast_assert(ObjectClass *klass,
                                              const char *type)
{
    ObjectClass *ret = object_class_dynamic_cast(klass, type);

    if (unlikely(klass && !ret)) {
        type_abort("class '%s' is not a '%s'", object_class_get_name(klass),
                   type);
    }
    return ret;
}

Object *object_dynamic_cast_assert(Object *obj, const char *type)
{
    if (unlikely(obj && !object_class_dynamic_cast(obj->class, type))) {
        type_abort("object %p of type '%s' is not a '%s'", (void *)obj,
                   object_get_typename(obj), type);
    }
    return obj;
}
