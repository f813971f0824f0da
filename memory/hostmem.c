/*
 * Memory backends (-object memory-backend-*): guest RAM that the user chose
 * the kind of. This is the base class: the properties all kinds have, and the
 * way from properties to memory.
 *
 * A kind makes the RAM block; merging, core dumps, NUMA placement and
 * preallocation are applied here. All of it happens in complete(): from then
 * on only properties that can take effect later may be set.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sys/mman.h>

#include "memory/hostmem-internal.h"

/* ------------------------------------------------------------- interface */

MemoryRegion *host_memory_backend_get_memory(HostMemoryBackend *backend)
{
    return backend->complete ? &backend->mr : NULL;
}

uint64_t host_memory_backend_get_size(HostMemoryBackend *backend)
{
    return backend->size;
}

bool host_memory_backend_is_mapped(HostMemoryBackend *backend)
{
    return backend->mapped;
}

void host_memory_backend_set_mapped(HostMemoryBackend *backend, bool mapped)
{
    backend->mapped = mapped;
}

bool host_memory_backend_check_early(HostMemoryBackend *backend,
                                     const char *property, Error **errp)
{
    if (backend->complete) {
        error_setg(errp, "cannot change property '%s' of %s", property,
                   object_get_typename(OBJECT(backend)));
        return false;
    }
    return true;
}

/* ------------------------------------------------------------ properties */

static bool get_size(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    uint64_t value = MEMORY_BACKEND(obj)->size;

    return visit_type_size(v, name, &value, errp);
}

static bool set_size(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);
    uint64_t value;

    if (!host_memory_backend_check_early(backend, name, errp) ||
        !visit_type_size(v, name, &value, errp)) {
        return false;
    }
    if (value == 0) {
        error_setg(errp, "property '%s' of %s doesn't take value '0'", name,
                   object_get_typename(obj));
        return false;
    }
    backend->size = value;
    return true;
}

static bool get_threads(Object *obj, Visitor *v, const char *name, void *opaque,
                        Error **errp)
{
    uint32_t value = MEMORY_BACKEND(obj)->prealloc_threads;

    return visit_type_uint32(v, name, &value, errp);
}

static bool set_threads(Object *obj, Visitor *v, const char *name, void *opaque,
                        Error **errp)
{
    uint32_t value;

    if (!visit_type_uint32(v, name, &value, errp)) {
        return false;
    }
    if (value == 0) {
        error_setg(errp, "property '%s' of %s doesn't take value '0'", name,
                   object_get_typename(obj));
        return false;
    }
    MEMORY_BACKEND(obj)->prealloc_threads = value;
    return true;
}

static char *get_context(Object *obj, Error **errp)
{
    return g_strdup("");
}

/* No thread-context objects exist to refer to. */
static void set_context(Object *obj, const char *value, Error **errp)
{
    if (*value) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found",
                  value);
    }
}

static bool get_merge(Object *obj, Error **errp)
{
    return MEMORY_BACKEND(obj)->merge;
}

static void apply_merge(HostMemoryBackend *backend)
{
    madvise(backend->block->host, backend->block->size,
            backend->merge ? MADV_MERGEABLE : MADV_UNMERGEABLE);
}

static void set_merge(Object *obj, bool value, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    backend->merge = value;
    if (backend->complete) {
        apply_merge(backend);
    }
}

static bool get_dump(Object *obj, Error **errp)
{
    return MEMORY_BACKEND(obj)->dump;
}

static void apply_dump(HostMemoryBackend *backend)
{
    madvise(backend->block->host, backend->block->size,
            backend->dump ? MADV_DODUMP : MADV_DONTDUMP);
}

static void set_dump(Object *obj, bool value, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    backend->dump = value;
    if (backend->complete) {
        apply_dump(backend);
    }
}

static bool get_prealloc(Object *obj, Error **errp)
{
    return MEMORY_BACKEND(obj)->prealloc;
}

/* Both properties may be set in either order. */
static bool check_reserve(bool prealloc, bool reserve, Error **errp)
{
    if (prealloc && !reserve) {
        error_setg(errp, "'prealloc=on' and 'reserve=off' are incompatible");
        return false;
    }
    return true;
}

/* What is present stays so: switching off later has no effect, as in QEMU. */
static void set_prealloc(Object *obj, bool value, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    if (!check_reserve(value, backend->reserve, errp)) {
        return;
    }
    if (!backend->complete) {
        backend->prealloc = value;
    } else if (value && !backend->prealloc) {
        backend->prealloc = host_memory_prealloc(
            backend->block, backend->prealloc_threads, errp);
    }
}

static bool get_share(Object *obj, Error **errp)
{
    return MEMORY_BACKEND(obj)->share;
}

static void set_share(Object *obj, bool value, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    if (host_memory_backend_check_early(backend, "share", errp)) {
        backend->share = value;
    }
}

static bool get_reserve(Object *obj, Error **errp)
{
    return MEMORY_BACKEND(obj)->reserve;
}

static void set_reserve(Object *obj, bool value, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    if (host_memory_backend_check_early(backend, "reserve", errp) &&
        check_reserve(backend->prealloc, value, errp)) {
        backend->reserve = value;
    }
}

static bool get_canonical_id(Object *obj, Error **errp)
{
    return MEMORY_BACKEND(obj)->canonical_id;
}

static void set_canonical_id(Object *obj, bool value, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    if (host_memory_backend_check_early(
            backend, "x-use-canonical-path-for-ramblock-id", errp)) {
        backend->canonical_id = value;
    }
}

/* -------------------------------------------------------------- complete */

static bool apply_properties(HostMemoryBackend *backend, Error **errp)
{
    if (backend->merge) {
        apply_merge(backend);
    }
    if (!backend->dump) {
        apply_dump(backend);
    }
    if (!host_memory_backend_numa_bind(backend, errp)) {
        return false;
    }
    return !backend->prealloc ||
           host_memory_prealloc(backend->block, backend->prealloc_threads,
                                errp);
}

static void host_memory_backend_complete(UserCreatable *uc, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(uc);
    Object *obj = OBJECT(uc);
    g_autofree char *id = backend->canonical_id
                              ? object_get_canonical_path(obj)
                              : object_get_canonical_path_component(obj);
    RAMBlockConfig config = {
        .idstr = id ? id : object_get_typename(obj),
        .size = backend->size,
        .fd = -1,
        .shared = backend->share,
        .noreserve = !backend->reserve,
    };

    if (backend->size == 0) {
        error_setg(errp, "Parameter 'size' is missing");
        return;
    }
    if (!host_memory_backend_numa_check(backend, errp)) {
        return;
    }
    backend->block =
        MEMORY_BACKEND_GET_CLASS(backend)->alloc(backend, &config, errp);
    if (!backend->block) {
        return;
    }
    if (!apply_properties(backend, errp)) {
        ram_block_unref(backend->block);
        backend->block = NULL;
        return;
    }
    memory_region_init_ram_block(&backend->mr, obj, config.idstr,
                                 backend->block);
    backend->complete = true;
}

static bool host_memory_backend_can_be_deleted(UserCreatable *uc)
{
    return !MEMORY_BACKEND(uc)->mapped;
}

/* ------------------------------------------------------------------ type */

static void host_memory_backend_init(Object *obj)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    backend->merge = true;
    backend->dump = true;
    backend->reserve = true;
    backend->prealloc_threads = 1;
}

static void host_memory_backend_finalize(Object *obj)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    memory_region_destroy(&backend->mr);
    ram_block_unref(backend->block);
}

static void add_bool(ObjectClass *oc, const char *name,
                     bool (*get)(Object *, Error **),
                     void (*set)(Object *, bool, Error **), const char *text)
{
    ObjectProperty *p = object_class_property_add_bool(oc, name, get, set);

    if (text) {
        object_property_set_description(p, text);
    }
}

static void host_memory_backend_class_init(ObjectClass *oc, const void *data)
{
    UserCreatableClass *ucc = USER_CREATABLE_CLASS(oc);
    ObjectProperty *p;

    ucc->complete = host_memory_backend_complete;
    ucc->can_be_deleted = host_memory_backend_can_be_deleted;

    add_bool(oc, "merge", get_merge, set_merge, "Mark memory as mergeable");
    add_bool(oc, "dump", get_dump, set_dump,
             "Set to 'off' to exclude from core dump");
    add_bool(oc, "prealloc", get_prealloc, set_prealloc, "Preallocate memory");
    p = object_class_property_add(oc, "prealloc-threads", "int", get_threads,
                                  set_threads, NULL, NULL);
    object_property_set_description(
        p, "Number of CPU threads to use for prealloc");
    p = object_class_property_add_str(oc, "prealloc-context", get_context,
                                      set_context);
    object_property_set_description(
        p, "Context to use for creating CPU threads for preallocation");
    p = object_class_property_add(oc, "size", "int", get_size, set_size, NULL,
                                  NULL);
    object_property_set_description(p, "Size of the memory region (ex: 500M)");
    host_memory_backend_numa_class_init(oc);
    add_bool(oc, "share", get_share, set_share,
             "Mark the memory as private to QEMU or shared");
    add_bool(oc, "reserve", get_reserve, set_reserve,
             "Reserve swap space (or huge pages) if applicable");
    add_bool(oc, "x-use-canonical-path-for-ramblock-id", get_canonical_id,
             set_canonical_id, NULL);
}

static const TypeInfo host_memory_backend_types[] = {
    {
        .name = TYPE_MEMORY_BACKEND,
        .parent = TYPE_OBJECT,
        .abstract = true,
        .instance_size = sizeof(HostMemoryBackend),
        .instance_init = host_memory_backend_init,
        .instance_finalize = host_memory_backend_finalize,
        .class_size = sizeof(HostMemoryBackendClass),
        .class_init = host_memory_backend_class_init,
        .interfaces = (const InterfaceInfo[]){{TYPE_USER_CREATABLE}, {NULL}},
    },
};

DEFINE_TYPES(host_memory_backend_types)
