/*
 * Memory backends: the base class and what its kinds implement.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_HOSTMEM_INTERNAL_H
#define MEMORY_HOSTMEM_INTERNAL_H

#include "memory/memory-internal.h"

#define HOSTMEM_MAX_NODES 128

typedef enum HostMemPolicy {
    HOST_MEM_POLICY_DEFAULT,
    HOST_MEM_POLICY_PREFERRED,
    HOST_MEM_POLICY_BIND,
    HOST_MEM_POLICY_INTERLEAVE,
    HOST_MEM_POLICY_MAX
} HostMemPolicy;

struct HostMemoryBackendClass {
    ObjectClass parent_class;
    /* Makes the block from the properties; config holds what all kinds have
     * in common (fd -1). May take over config->fd. NULL with *errp. */
    RAMBlock *(*alloc)(HostMemoryBackend *backend, RAMBlockConfig *config,
                       Error **errp);
};

struct HostMemoryBackend {
    Object parent_obj;
    uint64_t size;
    bool merge, dump, prealloc, share, reserve;
    bool canonical_id; /* name the block by the whole QOM path */
    uint32_t prealloc_threads;
    HostMemPolicy policy;
    unsigned long host_nodes[HOSTMEM_MAX_NODES / (8 * sizeof(long))];
    bool complete; /* there is memory: mr and block are valid */
    bool mapped;   /* a machine or a device uses it */
    RAMBlock *block;
    MemoryRegion mr;
};

/* False with QEMU's message if the memory exists already. */
bool host_memory_backend_check_early(HostMemoryBackend *backend,
                                     const char *property, Error **errp);

/* hostmem-numa.c: the properties policy and host-nodes. */
void host_memory_backend_numa_class_init(ObjectClass *oc);
bool host_memory_backend_numa_check(HostMemoryBackend *backend, Error **errp);
bool host_memory_backend_numa_bind(HostMemoryBackend *backend, Error **errp);

/* hostmem-prealloc.c: makes every page present. */
bool host_memory_prealloc(RAMBlock *block, unsigned threads, Error **errp);

#endif
