/*
 * Address spaces: a root region, its current flat view, and those who are
 * told when the view changes.
 *
 * Changes are collected by transactions. The end of the outermost one renders
 * every address space again and compares; where nothing differs, nothing
 * happens. Otherwise the new view is published, the listeners are called with
 * both views in order of priority, and only then the old one is let go. A
 * listener that changes the topology itself causes another round.
 *
 * Main loop thread (or whoever holds the big lock) only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "memory/memory-internal.h"
#include "trace/trace-memory.h"

AddressSpaceList address_spaces = TAILQ_HEAD_INITIALIZER(address_spaces);
AddressSpace address_space_memory;
AddressSpace address_space_io;

static MemoryRegion system_memory;
static MemoryRegion system_io;

static unsigned transaction_depth;
static bool topology_pending;
static bool eventfds_pending;
static bool committing;

/* ------------------------------------------------------------- eventfds */

typedef struct AddressSpaceEventfd {
    hwaddr addr; /* in the address space */
    MemoryRegionEventfd fd;
} AddressSpaceEventfd;

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int eventfd_compare(const void *pa, const void *pb)
{
    const AddressSpaceEventfd *a = pa, *b = pb;
    int order = COMPARE(a->addr, b->addr);

    order = order ? order : COMPARE(a->fd.size, b->fd.size);
    order = order ? order : COMPARE(a->fd.match_data, b->fd.match_data);
    order = order ? order : COMPARE(a->fd.data, b->fd.data);
    return order ? order : COMPARE((uintptr_t)a->fd.e, (uintptr_t)b->fd.e);
}

static GArray *eventfds_collect(const FlatView *view)
{
    GArray *list = g_array_new(false, false, sizeof(AddressSpaceEventfd));

    for (unsigned i = 0; i < view->nr; i++) {
        const MemoryRange *r = &view->ranges[i];

        for (unsigned j = 0; r->mr->eventfds && j < r->mr->eventfds->len; j++) {
            AddressSpaceEventfd item = {
                .fd = g_array_index(r->mr->eventfds, MemoryRegionEventfd, j),
            };

            if (item.fd.addr >= r->offset &&
                item.fd.addr - r->offset < r->size) {
                item.addr = r->addr + (item.fd.addr - r->offset);
                g_array_append_val(list, item);
            }
        }
    }
    g_array_sort(list, eventfd_compare);
    return list;
}

static void eventfds_notify(AddressSpace *as, const GArray *list,
                            const GArray *without, bool add)
{
    unsigned j = 0;

    for (unsigned i = 0; i < list->len; i++) {
        AddressSpaceEventfd *item =
            &g_array_index(list, AddressSpaceEventfd, i);
        int order = -1;
        MemoryListener *l, *next;

        for (; j < without->len; j++) {
            order = eventfd_compare(
                item, &g_array_index(without, AddressSpaceEventfd, j));
            if (order <= 0) {
                break;
            }
            order = -1;
        }
        if (order == 0) {
            j++;
            continue;
        }
        TAILQ_FOREACH_SAFE (l, &as->listeners, link, next) {
            if (add && l->eventfd_add) {
                l->eventfd_add(l, item->addr, &item->fd);
            } else if (!add && l->eventfd_del) {
                l->eventfd_del(l, item->addr, &item->fd);
            }
        }
    }
}

/* Tells the listeners what went and what came. */
static void address_space_update_eventfds(AddressSpace *as)
{
    GArray *old = as->eventfds;
    GArray *now = eventfds_collect(as->view);

    as->eventfds = now;
    eventfds_notify(as, old, now, false);
    eventfds_notify(as, now, old, true);
    g_array_unref(old);
}

/* ---------------------------------------------------------- transactions */

static void address_space_update_view(AddressSpace *as)
{
    FlatView *old = as->view;
    FlatView *view = flatview_render(as->root);
    MemoryListener *l, *next;

    if (flatview_equal(old, view)) {
        flatview_unref(view);
        return;
    }
    trace_address_space_update(as->name, view->nr);
    as->view = view;
    TAILQ_FOREACH_SAFE (l, &as->listeners, link, next) {
        if (l->commit) {
            l->commit(l, old, view);
        }
    }
    flatview_unref(old);
}

void memory_topology_changed(void)
{
    g_assert(transaction_depth > 0);
    topology_pending = true;
}

void memory_eventfds_changed(void)
{
    g_assert(transaction_depth > 0);
    eventfds_pending = true;
}

void memory_region_transaction_begin(void)
{
    transaction_depth++;
}

void memory_region_transaction_commit(void)
{
    g_assert(transaction_depth > 0);
    if (--transaction_depth > 0 || committing) {
        return;
    }
    committing = true;
    while (topology_pending || eventfds_pending) {
        bool topology = topology_pending;
        AddressSpace *as;

        topology_pending = false;
        eventfds_pending = false;
        if (topology) {
            TAILQ_FOREACH (as, &address_spaces, link) {
                address_space_update_view(as);
            }
        }
        TAILQ_FOREACH (as, &address_spaces, link) {
            address_space_update_eventfds(as);
        }
    }
    committing = false;
}

/* -------------------------------------------------------- address spaces */

void address_space_init(AddressSpace *as, MemoryRegion *root, const char *name)
{
    memset(as, 0, sizeof(*as));
    as->name = g_strdup(name);
    as->root = root;
    TAILQ_INIT(&as->listeners);
    as->view = flatview_render(root);
    as->eventfds = eventfds_collect(as->view);
    TAILQ_INSERT_TAIL(&address_spaces, as, link);
}

void address_space_destroy(AddressSpace *as)
{
    MemoryListener *l;

    while ((l = TAILQ_FIRST(&as->listeners))) {
        memory_listener_unregister(l);
    }
    TAILQ_REMOVE(&address_spaces, as, link);
    flatview_unref(as->view);
    as->view = NULL;
    g_array_unref(as->eventfds);
    as->eventfds = NULL;
    g_free((char *)as->name);
    as->name = NULL;
}

FlatView *address_space_get_flatview(AddressSpace *as)
{
    flatview_ref(as->view);
    return as->view;
}

void memory_init(void)
{
    memory_region_init(&system_memory, NULL, "system", UINT64_MAX);
    address_space_init(&address_space_memory, &system_memory, "memory");
    memory_region_init(&system_io, NULL, "io", 64 * KiB);
    address_space_init(&address_space_io, &system_io, "I/O");
}

MemoryRegion *get_system_memory(void)
{
    return &system_memory;
}

MemoryRegion *get_system_io(void)
{
    return &system_io;
}

/* -------------------------------------------------------------- listeners */

void memory_listener_register(MemoryListener *l, AddressSpace *as)
{
    MemoryListener *other;

    l->as = as;
    TAILQ_FOREACH (other, &as->listeners, link) {
        if (l->priority < other->priority) {
            break;
        }
    }
    if (other) {
        TAILQ_INSERT_BEFORE(other, l, link);
    } else {
        TAILQ_INSERT_TAIL(&as->listeners, l, link);
    }

    if (l->commit) {
        l->commit(l, NULL, as->view);
    }
    for (unsigned i = 0; l->eventfd_add && i < as->eventfds->len; i++) {
        AddressSpaceEventfd *item =
            &g_array_index(as->eventfds, AddressSpaceEventfd, i);

        l->eventfd_add(l, item->addr, &item->fd);
    }
}

void memory_listener_unregister(MemoryListener *l)
{
    AddressSpace *as = l->as;

    if (!as) {
        return;
    }
    for (unsigned i = 0; l->eventfd_del && i < as->eventfds->len; i++) {
        AddressSpaceEventfd *item =
            &g_array_index(as->eventfds, AddressSpaceEventfd, i);

        l->eventfd_del(l, item->addr, &item->fd);
    }
    TAILQ_REMOVE(&as->listeners, l, link);
    l->as = NULL;
}
