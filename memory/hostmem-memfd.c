/*
 * memory-backend-memfd: memory that has a descriptor, so that another process
 * (vhost-user) can map it, but no name. Sealed by default: nobody can shrink
 * it below us.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>

#include "memory/hostmem-internal.h"

#define TYPE_MEMORY_BACKEND_MEMFD "memory-backend-memfd"

typedef struct MemfdBackend {
    HostMemoryBackend parent_obj;
    bool hugetlb;
    bool seal;
    uint64_t hugetlbsize; /* 0: the host's default */
} MemfdBackend;

DECLARE_INSTANCE_CHECKER(MemfdBackend, MEMFD_BACKEND, TYPE_MEMORY_BACKEND_MEMFD)

static int memfd_open(const MemfdBackend *m, uint64_t bytes, Error **errp)
{
    unsigned flags = MFD_CLOEXEC;
    int fd;

    if (m->seal) {
        flags |= MFD_ALLOW_SEALING;
    }
    if (m->hugetlb) {
        flags |= MFD_HUGETLB;
        if (m->hugetlbsize) {
            flags |= __builtin_ctzll(m->hugetlbsize) << MFD_HUGE_SHIFT;
        }
    }
    fd = memfd_create(TYPE_MEMORY_BACKEND_MEMFD, flags);
    if (fd < 0) {
        error_setg_errno(errp, errno, "failed to create memfd with flags 0x%x",
                         flags);
        return -1;
    }
    if (!m->hugetlb) {
        bytes = QEMU_ALIGN_UP(bytes, (uint64_t)getpagesize());
    }
    if (ftruncate(fd, bytes) < 0) {
        error_setg_errno(errp, errno, "failed to resize memfd to %" PRIu64,
                         bytes);
        close(fd);
        return -1;
    }
    if (m->seal &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
        error_setg_errno(errp, errno, "failed to add seals 0x%x",
                         F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
        close(fd);
        return -1;
    }
    return fd;
}

static RAMBlock *memfd_backend_alloc(HostMemoryBackend *backend,
                                     RAMBlockConfig *config, Error **errp)
{
    config->fd = memfd_open(MEMFD_BACKEND(backend), config->size, errp);
    return config->fd < 0 ? NULL : ram_block_new_config(config, errp);
}

static bool get_hugetlb(Object *obj, Error **errp)
{
    return MEMFD_BACKEND(obj)->hugetlb;
}

static void set_hugetlb(Object *obj, bool value, Error **errp)
{
    if (host_memory_backend_check_early(MEMORY_BACKEND(obj), "hugetlb", errp)) {
        MEMFD_BACKEND(obj)->hugetlb = value;
    }
}

static bool get_hugetlbsize(Object *obj, Visitor *v, const char *name,
                            void *opaque, Error **errp)
{
    return visit_type_size(v, name, &MEMFD_BACKEND(obj)->hugetlbsize, errp);
}

static bool set_hugetlbsize(Object *obj, Visitor *v, const char *name,
                            void *opaque, Error **errp)
{
    uint64_t value;

    if (!host_memory_backend_check_early(MEMORY_BACKEND(obj), name, errp) ||
        !visit_type_size(v, name, &value, errp)) {
        return false;
    }
    if (!is_power_of_2(value)) {
        error_setg(errp, "Property '%s.%s' doesn't take value '%" PRIu64 "'",
                   object_get_typename(obj), name, value);
        return false;
    }
    MEMFD_BACKEND(obj)->hugetlbsize = value;
    return true;
}

static bool get_seal(Object *obj, Error **errp)
{
    return MEMFD_BACKEND(obj)->seal;
}

static void set_seal(Object *obj, bool value, Error **errp)
{
    if (host_memory_backend_check_early(MEMORY_BACKEND(obj), "seal", errp)) {
        MEMFD_BACKEND(obj)->seal = value;
    }
}

static void memfd_backend_init(Object *obj)
{
    MEMFD_BACKEND(obj)->seal = true;
    MEMORY_BACKEND(obj)->share = true;
}

static void memfd_backend_class_init(ObjectClass *oc, const void *data)
{
    ObjectProperty *p;

    MEMORY_BACKEND_CLASS(oc)->alloc = memfd_backend_alloc;

    p = object_class_property_add_bool(oc, "hugetlb", get_hugetlb, set_hugetlb);
    object_property_set_description(p, "Use huge pages");
    p = object_class_property_add(oc, "hugetlbsize", "int", get_hugetlbsize,
                                  set_hugetlbsize, NULL, NULL);
    object_property_set_description(p, "Huge pages size (ex: 2M, 1G)");
    p = object_class_property_add_bool(oc, "seal", get_seal, set_seal);
    object_property_set_description(p, "Seal growing & shrinking");
}

static const TypeInfo memfd_backend_types[] = {
    {
        .name = TYPE_MEMORY_BACKEND_MEMFD,
        .parent = TYPE_MEMORY_BACKEND,
        .instance_size = sizeof(MemfdBackend),
        .instance_init = memfd_backend_init,
        .class_init = memfd_backend_class_init,
    },
};

DEFINE_TYPES(memfd_backend_types)
