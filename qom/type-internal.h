/*
 * What the files of qom/ share about types.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOM_TYPE_INTERNAL_H
#define QOM_TYPE_INTERNAL_H

#include "qom/object.h"

/*
 * A registered type. Everything after `info` is filled in when the class is
 * made and never changes again, so that casts need no lock in any thread.
 */
struct TypeImpl {
    TypeInfo info;
    TypeImpl *parent;
    ObjectClass *class; /* NULL until first use */
    size_t class_size;
    size_t instance_size;
    bool is_interface;
    /* Names from this type up to its root, for casts. */
    const char **chain;
    unsigned chain_len;
    /* This class's own copies of the class structs of its interfaces. */
    InterfaceClass **ifaces;
    unsigned n_ifaces;
};

/* By name, with its class made; NULL if no such type. */
TypeImpl *type_get(const char *name);
/* The same; aborts if there is no such type. */
TypeImpl *type_get_or_abort(const char *name);

/* Drops every property of obj, last added first. */
void object_property_del_all(Object *obj);
/* Calls the release callbacks of the class properties for obj. */
void object_class_property_release_all(Object *obj);

/* The second half of object_new_with_json: consumes the caller's reference to
 * obj, also on failure. */
Object *object_set_up(Object *obj, Object *parent, const char *id,
                      json_t *props, bool keyval, Error **errp);

#endif
