/*
 * QOM: types with single inheritance and interfaces, instances with
 * properties, and the composition tree that gives each instance a path.
 *
 * Types are registered by name before main() (type_init) and become classes
 * when first used: the class struct of the parent is copied, then
 * class_init() of the type fills in what it overrides. Instances are reference
 * counted; a parent holds a reference to each child<> property.
 *
 * Main loop thread only, except object_ref/object_unref.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QOM_OBJECT_H
#define QOM_OBJECT_H

#include "qapi/visitor.h"
#include "util/module.h"

typedef struct TypeImpl TypeImpl;
typedef struct Object Object;
typedef struct ObjectClass ObjectClass;
typedef struct ObjectProperty ObjectProperty;
typedef struct InterfaceInfo InterfaceInfo;
typedef struct InterfaceClass InterfaceClass;

#define TYPE_OBJECT "object"
#define TYPE_INTERFACE "interface"
#define TYPE_CONTAINER "container"

struct ObjectClass {
    TypeImpl *type;
    GHashTable *properties; /* class properties by name, or NULL */
    GPtrArray *property_order; /* the same, in order of addition */
    /* Called while obj leaves its parent, with its path still valid. Inherited
     * like any method; an override calls its parent's. */
    void (*unparent)(Object *obj);
};

struct Object {
    ObjectClass *class;
    GHashTable *properties; /* instance properties by name, or NULL */
    GPtrArray *property_order; /* the same, in order of addition */
    Object *parent;
    ObjectProperty *parent_prop; /* the child<> property that holds it */
    uint32_t ref;
    bool allocated; /* made by object_new: freed with the last reference */
};

struct InterfaceInfo {
    const char *type;
};

/* An interface's class struct starts with this. One per implementing class. */
struct InterfaceClass {
    ObjectClass parent_class;
    ObjectClass *concrete_class;
};

typedef struct TypeInfo {
    const char *name;
    const char *parent;

    size_t instance_size; /* 0: the parent's */
    void (*instance_init)(Object *obj);      /* after the parent's */
    void (*instance_post_init)(Object *obj); /* once complete, parent first */
    void (*instance_finalize)(Object *obj);  /* before the parent's */

    bool abstract;
    size_t class_size; /* 0: the parent's */
    void (*class_init)(ObjectClass *klass, const void *data);
    /* Of each ancestor, root first, for every class derived from it; before
     * that class's class_init. */
    void (*class_base_init)(ObjectClass *klass, const void *data);
    const void *class_data;

    const InterfaceInfo *interfaces; /* ends with { NULL }, or NULL */
} TypeInfo;

/* The strings of info must stay valid. Registering a name twice aborts. */
TypeImpl *type_register_static(const TypeInfo *info);
void type_register_static_array(const TypeInfo *infos, int count);

#define DEFINE_TYPES(array)                                          \
    static void do_register_types_##array(void)                      \
    {                                                                \
        type_register_static_array(array, G_N_ELEMENTS(array));      \
    }                                                                \
    type_init(do_register_types_##array)

/* ------------------------------------------------------------- casting */

Object *object_dynamic_cast(Object *obj, const char *type); /* or NULL */
/* Aborts with a message if obj is not of that type. */
Object *object_dynamic_cast_assert(Object *obj, const char *type);
ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type);
ObjectClass *object_class_dynamic_cast_assert(ObjectClass *klass,
                                              const char *type);

#define OBJECT(obj) ((Object *)(obj))
#define OBJECT_CLASS(klass) ((ObjectClass *)(klass))

/*
 * OBJECT_DECLARE_SIMPLE_TYPE(Foo, FOO) declares FOO(obj), a checked cast by
 * TYPE_FOO. OBJECT_DECLARE_TYPE adds FOO_CLASS(klass) and FOO_GET_CLASS(obj).
 */
#define DECLARE_INSTANCE_CHECKER(InstanceType, NAME, typename)              \
    static inline G_GNUC_UNUSED InstanceType *NAME(const void *obj)         \
    {                                                                       \
        return (InstanceType *)object_dynamic_cast_assert(                  \
            (Object *)obj, typename);                                       \
    }
#define DECLARE_CLASS_CHECKERS(ClassType, NAME, typename)                   \
    static inline G_GNUC_UNUSED ClassType *NAME##_GET_CLASS(const void *obj) \
    {                                                                       \
        return (ClassType *)object_class_dynamic_cast_assert(               \
            object_get_class((Object *)obj), typename);                     \
    }                                                                       \
    static inline G_GNUC_UNUSED ClassType *NAME##_CLASS(const void *klass)  \
    {                                                                       \
        return (ClassType *)object_class_dynamic_cast_assert(               \
            (ObjectClass *)klass, typename);                                \
    }
#define OBJECT_DECLARE_SIMPLE_TYPE(InstanceType, NAME) \
    typedef struct InstanceType InstanceType;          \
    DECLARE_INSTANCE_CHECKER(InstanceType, NAME, TYPE_##NAME)
#define OBJECT_DECLARE_TYPE(InstanceType, ClassType, NAME)    \
    typedef struct InstanceType InstanceType;                 \
    typedef struct ClassType ClassType;                       \
    DECLARE_INSTANCE_CHECKER(InstanceType, NAME, TYPE_##NAME) \
    DECLARE_CLASS_CHECKERS(ClassType, NAME, TYPE_##NAME)
/* For an interface with class struct ClassType. */
#define OBJECT_DECLARE_INTERFACE(InstanceType, ClassType, NAME) \
    typedef struct InstanceType InstanceType;                   \
    typedef struct ClassType ClassType;                         \
    DECLARE_INSTANCE_CHECKER(InstanceType, NAME, TYPE_##NAME)   \
    DECLARE_CLASS_CHECKERS(ClassType, NAME, TYPE_##NAME)

/* ----------------------------------------------------------- instances */

/* Aborts on an unknown or abstract type. One reference, the caller's. */
Object *object_new(const char *type);
/* For an object embedded in another; no free at the end. */
void object_initialize(void *obj, size_t size, const char *type);
/* As above and makes it a child<> property `name` of parent. */
void object_initialize_child(Object *parent, const char *name, void *child,
                             size_t size, const char *type);
/* Creates by name, sets properties from `props` (a JSON object, may be NULL;
 * keyval as in visitor_new_input), adds under parent (may be NULL) as `id`, and
 * completes a user creatable. With a parent the tree holds the only reference,
 * otherwise the caller does. */
Object *object_new_with_json(const char *type, Object *parent, const char *id,
                             json_t *props, bool keyval, Error **errp);
Object *object_ref(Object *obj);
void object_unref(Object *obj); /* NULL allowed */
/* Removes it from its parent (drops the parent's reference); without parent
 * nothing happens. */
void object_unparent(Object *obj);

ObjectClass *object_get_class(Object *obj);
const char *object_get_typename(const Object *obj);
const char *object_class_get_name(const ObjectClass *klass);
ObjectClass *object_class_get_parent(ObjectClass *klass); /* or NULL */
bool object_class_is_abstract(const ObjectClass *klass);
ObjectClass *object_class_by_name(const char *type); /* or NULL */
/* Every class that is or derives from `implements` (NULL: all), by name. */
void object_class_foreach(void (*fn)(ObjectClass *klass, void *opaque),
                          const char *implements, bool include_abstract,
                          void *opaque);

/* ---------------------------------------------------------- properties */

/* Get writes to an output visitor, set reads from an input visitor, both
 * under `name`. */
typedef bool ObjectPropertyAccessor(Object *obj, Visitor *v, const char *name,
                                    void *opaque, Error **errp);
/* When the property goes; of a class property: when an instance goes. */
typedef void ObjectPropertyRelease(Object *obj, const char *name,
                                   void *opaque);

struct ObjectProperty {
    char *name;
    char *type; /* "bool", "uint16", "str", "child<foo>", "link<foo>" */
    char *description; /* or NULL */
    ObjectPropertyAccessor *get; /* NULL: write-only */
    ObjectPropertyAccessor *set; /* NULL: read-only */
    ObjectPropertyRelease *release;
    /* The object that it names, for paths: child<> and link<>; or NULL. */
    Object *(*resolve)(Object *obj, void *opaque);
    void *opaque;
    json_t *defval; /* or NULL */
};

/* NULL with *errp if obj already has the name. "x[*]" picks a free number. */
ObjectProperty *object_property_try_add(Object *obj, const char *name,
                                        const char *type,
                                        ObjectPropertyAccessor *get,
                                        ObjectPropertyAccessor *set,
                                        ObjectPropertyRelease *release,
                                        void *opaque, Error **errp);
/* The same; a duplicate aborts. */
ObjectProperty *object_property_add(Object *obj, const char *name,
                                    const char *type,
                                    ObjectPropertyAccessor *get,
                                    ObjectPropertyAccessor *set,
                                    ObjectPropertyRelease *release,
                                    void *opaque);
ObjectProperty *object_class_property_add(ObjectClass *klass, const char *name,
                                          const char *type,
                                          ObjectPropertyAccessor *get,
                                          ObjectPropertyAccessor *set,
                                          ObjectPropertyRelease *release,
                                          void *opaque);
void object_property_del(Object *obj, const char *name);
ObjectProperty *object_property_find(Object *obj, const char *name);
ObjectProperty *object_class_property_find(ObjectClass *klass,
                                           const char *name);
/* Class properties (base class first), then instance properties, in order of
 * addition. obj NULL: class properties only. */
void object_property_foreach(ObjectClass *klass, Object *obj,
                             void (*fn)(ObjectProperty *p, void *opaque),
                             void *opaque);
void object_property_set_description(ObjectProperty *p, const char *text);
/* For introspection only; steals the reference. */
void object_property_set_default(ObjectProperty *p, json_t *defval);

/* Unknown name: "Property 'TYPE.NAME' not found". */
bool object_property_set(Object *obj, const char *name, Visitor *v,
                         Error **errp);
bool object_property_get(Object *obj, const char *name, Visitor *v,
                         Error **errp);
bool object_property_set_json(Object *obj, const char *name, json_t *value,
                              Error **errp);
/* A new reference, or NULL with *errp. */
json_t *object_property_get_json(Object *obj, const char *name, Error **errp);
/* Sets every member of props (a JSON object, keyval as in visitor_new_input),
 * in order, up to the first error. */
bool object_set_properties(Object *obj, json_t *props, bool keyval,
                           Error **errp);
/* From command-line text ("on", "0x10", ...). */
bool object_property_parse(Object *obj, const char *name, const char *string,
                           Error **errp);
bool object_property_set_str(Object *obj, const char *name, const char *value,
                             Error **errp);
bool object_property_set_bool(Object *obj, const char *name, bool value,
                              Error **errp);
bool object_property_set_int(Object *obj, const char *name, int64_t value,
                             Error **errp);
bool object_property_set_uint(Object *obj, const char *name, uint64_t value,
                              Error **errp);
char *object_property_get_str(Object *obj, const char *name, Error **errp);
bool object_property_get_bool(Object *obj, const char *name, Error **errp);
int64_t object_property_get_int(Object *obj, const char *name, Error **errp);
uint64_t object_property_get_uint(Object *obj, const char *name, Error **errp);
bool object_property_set_link(Object *obj, const char *name, Object *value,
                              Error **errp);
Object *object_property_get_link(Object *obj, const char *name, Error **errp);
/* The value as a user would type it; to be freed. */
char *object_property_print(Object *obj, const char *name, Error **errp);

/* Shorthands. get returns a string to be freed. */
ObjectProperty *object_property_add_str(Object *obj, const char *name,
                                        char *(*get)(Object *, Error **),
                                        void (*set)(Object *, const char *,
                                                    Error **));
ObjectProperty *object_property_add_bool(Object *obj, const char *name,
                                         bool (*get)(Object *, Error **),
                                         void (*set)(Object *, bool,
                                                     Error **));
ObjectProperty *object_class_property_add_str(ObjectClass *klass,
                                              const char *name,
                                              char *(*get)(Object *, Error **),
                                              void (*set)(Object *,
                                                          const char *,
                                                          Error **));
ObjectProperty *object_class_property_add_bool(ObjectClass *klass,
                                               const char *name,
                                               bool (*get)(Object *, Error **),
                                               void (*set)(Object *, bool,
                                                           Error **));
ObjectProperty *object_class_property_add_enum(
    ObjectClass *klass, const char *name, const char *type,
    const QEnumLookup *lookup, int (*get)(Object *, Error **),
    void (*set)(Object *, int, Error **));

/* A line of help: "  mac=<str>             - Ethernet ... (default: x)\n"; to be
 * freed. */
char *object_property_help(const ObjectProperty *p);
/* "TYPE options:" and a line per writable class property, sorted; to be
 * freed. */
char *object_class_options_help(ObjectClass *klass);

/* Takes a reference for the property; child must have no parent. */
ObjectProperty *object_property_add_child(Object *obj, const char *name,
                                          Object *child);
/* The same; NULL with *errp if the name is taken. */
ObjectProperty *object_property_try_add_child(Object *obj, const char *name,
                                              Object *child, Error **errp);
bool object_property_is_child(const ObjectProperty *p);
/* *target is the caller's storage; check may veto (NULL: always allowed). The
 * property holds a reference to what it links to. */
ObjectProperty *object_property_add_link(
    Object *obj, const char *name, const char *type, Object **target,
    bool (*check)(const Object *obj, const char *name, Object *val,
                  Error **errp));
/* Read-only and without a reference: target must outlive the property. */
ObjectProperty *object_property_add_const_link(Object *obj, const char *name,
                                               Object *target);
/* Reads the path of an object of `type` from v: *target is borrowed, NULL for
 * an empty path. For accessors of link-like properties. */
bool object_visit_link(Visitor *v, const char *name, const char *type,
                       Object **target, Error **errp);
/* Writes the path of target (may be NULL: empty) to v. */
bool object_visit_path(Visitor *v, const char *name, const Object *target,
                       Error **errp);
/* obj.name reads and writes target.target_name. */
ObjectProperty *object_property_add_alias(Object *obj, const char *name,
                                          Object *target,
                                          const char *target_name);

/* ---------------------------------------------------- composition tree */

Object *object_get_root(void);
/* /objects, where -object lives. */
Object *object_get_objects_root(void);
/* The child container `name` of obj, made if needed. */
Object *container_get(Object *obj, const char *path);
/* "/machine/peripheral/net0", to be freed; NULL if not in the tree. */
char *object_get_canonical_path(const Object *obj);
/* The last component, to be freed. */
char *object_get_canonical_path_component(const Object *obj);
/* Absolute, or partial: the end of a path that only one object has. NULL if
 * none or several have it; *ambiguous (may be NULL) tells which. Links are
 * followed. The result is not referenced. */
Object *object_resolve_path(const char *path, bool *ambiguous);
Object *object_resolve_path_type(const char *path, const char *type,
                                 bool *ambiguous);
/* Child or link target by name, or NULL; not referenced. */
Object *object_resolve_path_component(Object *parent, const char *part);
/* Children in order of addition; stops at non-zero and returns it. */
int object_child_foreach(Object *obj, int (*fn)(Object *child, void *opaque),
                         void *opaque);
int object_child_foreach_recursive(Object *obj,
                                   int (*fn)(Object *child, void *opaque),
                                   void *opaque);

/* ------------------------------------------------------ user creatable */

#define TYPE_USER_CREATABLE "user-creatable"
typedef struct UserCreatable UserCreatable;
typedef struct UserCreatableClass {
    InterfaceClass parent_class;
    /* After all properties are set. NULL: nothing to do. */
    void (*complete)(UserCreatable *uc, Error **errp);
    /* False: object-del answers "object 'ID' is in use, can not be deleted". */
    bool (*can_be_deleted)(UserCreatable *uc);
} UserCreatableClass;
DECLARE_INSTANCE_CHECKER(UserCreatable, USER_CREATABLE, TYPE_USER_CREATABLE)
DECLARE_CLASS_CHECKERS(UserCreatableClass, USER_CREATABLE, TYPE_USER_CREATABLE)

/* -object / object-add: props holds "qom-type", "id" and properties. NULL on
 * error. The tree holds the only reference. */
Object *user_creatable_add(json_t *props, bool keyval, Error **errp);
bool user_creatable_del(const char *id, Error **errp);
/* Texts of -object help and -object TYPE,help (NULL: no such type); to be
 * freed. */
char *user_creatable_help(void);
char *user_creatable_type_help(const char *type);
/* Calls complete(), if obj is user creatable. */
bool user_creatable_complete(Object *obj, Error **errp);
/* Deletes all of them, last made first, at exit. */
void user_creatable_cleanup(void);

#endif
