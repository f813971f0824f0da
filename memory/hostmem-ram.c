/*
 * memory-backend-ram: anonymous memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "memory/hostmem-internal.h"

static RAMBlock *ram_backend_alloc(HostMemoryBackend *backend,
                                   RAMBlockConfig *config, Error **errp)
{
    return ram_block_new_config(config, errp);
}

static void ram_backend_class_init(ObjectClass *oc, const void *data)
{
    MEMORY_BACKEND_CLASS(oc)->alloc = ram_backend_alloc;
}

static const TypeInfo ram_backend_types[] = {
    {
        .name = "memory-backend-ram",
        .parent = TYPE_MEMORY_BACKEND,
        .class_init = ram_backend_class_init,
    },
};

DEFINE_TYPES(ram_backend_types)
