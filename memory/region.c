/*
 * Memory regions: the tree that the board builds.
 *
 * A region is RAM, registers, an alias of (a part of) another region, or a
 * pure container. The tree says what is where; what an access finds is decided
 * by the flat views made from it (flatview.c), never by walking the tree.
 * Every change here ends in a transaction, which publishes new views where
 * something differs (address-space.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "memory/memory-internal.h"

void memory_region_init(MemoryRegion *mr, Object *owner, const char *name,
                        uint64_t size)
{
    memset(mr, 0, sizeof(*mr));
    mr->name = g_strdup(name);
    mr->owner = owner;
    mr->size = size;
    mr->enabled = true;
    TAILQ_INIT(&mr->subregions);
}

void memory_region_init_io(MemoryRegion *mr, Object *owner,
                           const MemoryRegionOps *ops, void *opaque,
                           const char *name, uint64_t size)
{
    g_assert(ops->read && ops->write);
    memory_region_init(mr, owner, name, size);
    mr->ops = ops;
    mr->opaque = opaque;
}

void memory_region_init_ram_block(MemoryRegion *mr, Object *owner,
                                  const char *name, RAMBlock *block)
{
    memory_region_init(mr, owner, name, block->size);
    mr->ram = ram_block_ref(block);
    mr->readonly = block->readonly;
}

bool memory_region_init_ram(MemoryRegion *mr, Object *owner, const char *name,
                            uint64_t size, Error **errp)
{
    RAMBlock *block = ram_block_new(name, size, -1, 0, false, false, errp);

    if (!block) {
        memory_region_init(mr, owner, name, 0);
        return false;
    }
    memory_region_init_ram_block(mr, owner, name, block);
    ram_block_unref(block);
    return true;
}

bool memory_region_init_rom(MemoryRegion *mr, Object *owner, const char *name,
                            uint64_t size, Error **errp)
{
    bool ok = memory_region_init_ram(mr, owner, name, size, errp);

    mr->readonly = true;
    return ok;
}

void memory_region_init_alias(MemoryRegion *mr, Object *owner, const char *name,
                              MemoryRegion *orig, hwaddr offset, uint64_t size)
{
    memory_region_init(mr, owner, name, size);
    mr->alias = orig;
    mr->alias_offset = offset;
}

void memory_region_destroy(MemoryRegion *mr)
{
    MemoryRegion *sub;

    if (!mr->name) {
        return;
    }
    memory_region_transaction_begin();
    if (mr->container) {
        memory_region_del_subregion(mr->container, mr);
    }
    while ((sub = TAILQ_FIRST(&mr->subregions))) {
        memory_region_del_subregion(mr, sub);
    }
    /* It could still be reached as a root or through an alias. */
    mr->enabled = false;
    memory_topology_changed();
    memory_region_transaction_commit();

    ram_block_unref(mr->ram);
    mr->ram = NULL;
    mr->ops = NULL;
    mr->alias = NULL;
    g_clear_pointer(&mr->eventfds, g_array_unref);
    g_free((char *)mr->name);
    mr->name = NULL;
}

/* A region that came later goes before those of its own priority. */
static void region_link(MemoryRegion *mr, MemoryRegion *sub)
{
    MemoryRegion *other;

    TAILQ_FOREACH (other, &mr->subregions, link) {
        if (sub->priority >= other->priority) {
            TAILQ_INSERT_BEFORE(other, sub, link);
            return;
        }
    }
    TAILQ_INSERT_TAIL(&mr->subregions, sub, link);
}

void memory_region_add_subregion_overlap(MemoryRegion *mr, hwaddr offset,
                                         MemoryRegion *sub, int priority)
{
    g_assert(!sub->container);
    memory_region_transaction_begin();
    sub->container = mr;
    sub->addr = offset;
    sub->priority = priority;
    region_link(mr, sub);
    memory_topology_changed();
    memory_region_transaction_commit();
}

void memory_region_add_subregion(MemoryRegion *mr, hwaddr offset,
                                 MemoryRegion *sub)
{
    memory_region_add_subregion_overlap(mr, offset, sub, 0);
}

void memory_region_del_subregion(MemoryRegion *mr, MemoryRegion *sub)
{
    g_assert(sub->container == mr);
    memory_region_transaction_begin();
    TAILQ_REMOVE(&mr->subregions, sub, link);
    sub->container = NULL;
    memory_topology_changed();
    memory_region_transaction_commit();
}

void memory_region_set_enabled(MemoryRegion *mr, bool enabled)
{
    if (mr->enabled == enabled) {
        return;
    }
    memory_region_transaction_begin();
    mr->enabled = enabled;
    memory_topology_changed();
    memory_region_transaction_commit();
}

void memory_region_set_address(MemoryRegion *mr, hwaddr addr)
{
    if (mr->addr == addr) {
        return;
    }
    memory_region_transaction_begin();
    mr->addr = addr;
    if (mr->container) {
        TAILQ_REMOVE(&mr->container->subregions, mr, link);
        region_link(mr->container, mr);
        memory_topology_changed();
    }
    memory_region_transaction_commit();
}

void memory_region_set_size(MemoryRegion *mr, uint64_t size)
{
    g_assert(!mr->ram || size <= mr->ram->size);
    if (mr->size == size) {
        return;
    }
    memory_region_transaction_begin();
    mr->size = size;
    memory_topology_changed();
    memory_region_transaction_commit();
}

void memory_region_set_readonly(MemoryRegion *mr, bool readonly)
{
    readonly = readonly || (mr->ram && mr->ram->readonly);
    if (mr->readonly == readonly) {
        return;
    }
    memory_region_transaction_begin();
    mr->readonly = readonly;
    memory_topology_changed();
    memory_region_transaction_commit();
}

static bool eventfd_same(const MemoryRegionEventfd *a,
                         const MemoryRegionEventfd *b)
{
    return a->addr == b->addr && a->size == b->size &&
           a->match_data == b->match_data &&
           (!a->match_data || a->data == b->data) && a->e == b->e;
}

void memory_region_add_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size,
                               bool match_data, uint64_t data, EventNotifier *e)
{
    MemoryRegionEventfd fd = {addr, size, match_data, data, e};

    memory_region_transaction_begin();
    if (!mr->eventfds) {
        mr->eventfds = g_array_new(false, false, sizeof(fd));
    }
    g_array_append_val(mr->eventfds, fd);
    memory_eventfds_changed();
    memory_region_transaction_commit();
}

void memory_region_del_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size,
                               bool match_data, uint64_t data, EventNotifier *e)
{
    MemoryRegionEventfd fd = {addr, size, match_data, data, e};

    for (unsigned i = 0; mr->eventfds && i < mr->eventfds->len; i++) {
        if (eventfd_same(&g_array_index(mr->eventfds, MemoryRegionEventfd, i),
                         &fd)) {
            memory_region_transaction_begin();
            g_array_remove_index(mr->eventfds, i);
            memory_eventfds_changed();
            memory_region_transaction_commit();
            return;
        }
    }
}

void *memory_region_get_ram_ptr(MemoryRegion *mr)
{
    hwaddr offset = 0;

    while (mr->alias) {
        offset += mr->alias_offset;
        mr = mr->alias;
    }
    if (!mr->ram || offset >= mr->size) {
        return NULL;
    }
    return mr->ram->host + offset;
}

bool memory_region_is_mapped(const MemoryRegion *mr)
{
    return mr->container != NULL;
}
