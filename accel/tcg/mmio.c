/*
 * Device registers: accesses under the big lock, doorbells without it, and the
 * switch to a new memory layout.
 *
 * A doorbell is a write that an eventfd stands for (virtio's notify). Those of
 * the address space are kept in a sorted table that never changes: a new one
 * is published while no vCPU runs, so that readers need no lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-core.h"
#include "accel/accel.h"

typedef struct Doorbell {
    hwaddr addr;
    MemoryRegionEventfd fd;
} Doorbell;

typedef struct DoorbellTable {
    unsigned nr;
    Doorbell bells[];
} DoorbellTable;

static DoorbellTable *doorbells; /* NULL: none */

/* ---------------------------------------------------------------- doorbells */

/* Index of the first bell at addr or above. */
static unsigned doorbell_lower_bound(const DoorbellTable *table, hwaddr addr)
{
    unsigned low = 0, high = table->nr;

    while (low < high) {
        unsigned mid = (low + high) / 2;

        if (table->bells[mid].addr < addr) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static bool doorbell_ring(hwaddr addr, uint64_t v, unsigned size)
{
    const DoorbellTable *table = qatomic_load_acquire(&doorbells);

    if (!table) {
        return false;
    }
    for (unsigned i = doorbell_lower_bound(table, addr);
         i < table->nr && table->bells[i].addr == addr; i++) {
        const MemoryRegionEventfd *fd = &table->bells[i].fd;

        if ((fd->size == 0 || fd->size == size) &&
            (!fd->match_data || fd->data == v)) {
            event_notifier_set(fd->e);
            return true;
        }
    }
    return false;
}

/* Publishes `table`; nobody looks at the old one any more on return. */
static void doorbells_replace(DoorbellTable *table)
{
    DoorbellTable *old = doorbells;

    cpu_exclusive_begin();
    qatomic_store_release(&doorbells, table);
    cpu_exclusive_end();
    g_free(old);
}

static DoorbellTable *doorbells_alloc(unsigned nr)
{
    DoorbellTable *table =
        g_malloc0(sizeof(*table) + (size_t)nr * sizeof(table->bells[0]));

    table->nr = nr;
    return table;
}

static void mmio_eventfd_add(MemoryListener *l, hwaddr addr,
                             const MemoryRegionEventfd *fd)
{
    unsigned nr = doorbells ? doorbells->nr : 0;
    DoorbellTable *table = doorbells_alloc(nr + 1);
    unsigned at = doorbells ? doorbell_lower_bound(doorbells, addr) : 0;

    if (nr) {
        memcpy(table->bells, doorbells->bells, at * sizeof(Doorbell));
        memcpy(table->bells + at + 1, doorbells->bells + at,
               (nr - at) * sizeof(Doorbell));
    }
    table->bells[at] = (Doorbell){addr, *fd};
    doorbells_replace(table);
}

static void mmio_eventfd_del(MemoryListener *l, hwaddr addr,
                             const MemoryRegionEventfd *fd)
{
    unsigned nr = doorbells ? doorbells->nr : 0, i;
    DoorbellTable *table;

    for (i = 0; i < nr; i++) {
        const Doorbell *bell = &doorbells->bells[i];

        if (bell->addr == addr && bell->fd.e == fd->e &&
            bell->fd.size == fd->size && bell->fd.data == fd->data &&
            bell->fd.match_data == fd->match_data) {
            break;
        }
    }
    if (i == nr) {
        return;
    }
    table = nr > 1 ? doorbells_alloc(nr - 1) : NULL;
    if (table) {
        memcpy(table->bells, doorbells->bells, i * sizeof(Doorbell));
        memcpy(table->bells + i, doorbells->bells + i + 1,
               (nr - i - 1) * sizeof(Doorbell));
    }
    doorbells_replace(table);
}

/* ------------------------------------------------------------------ accesses */

/* Handlers run without the big lock, but exceptions may be delivered by code
 * that holds it. */
static bool lock_for_mmio(void)
{
    if (bql_locked()) {
        return false;
    }
    bql_lock();
    return true;
}

uint64_t tcg_mmio_ld(uint64_t phys, unsigned size)
{
    bool locked = lock_for_mmio();
    uint64_t v = address_space_ld(&address_space_memory, phys, size, NULL);

    if (locked) {
        bql_unlock();
    }
    return v;
}

void tcg_mmio_st(uint64_t phys, uint64_t v, unsigned size)
{
    bool locked;

    if (doorbell_ring(phys, v, size)) {
        return;
    }
    locked = lock_for_mmio();
    address_space_st(&address_space_memory, phys, v, size, NULL);
    if (locked) {
        bql_unlock();
    }
}

/* ------------------------------------------------------------- a new layout */

static bool view_has_ram(const FlatView *view, const RAMBlock *ram)
{
    for (unsigned i = 0; i < view->nr; i++) {
        if (view->ranges[i].ram == ram) {
            return true;
        }
    }
    return false;
}

/* Blocks are known by host addresses, which others may get now. */
static bool view_lost_ram(const FlatView *old, const FlatView *new_view)
{
    for (unsigned i = 0; old && i < old->nr; i++) {
        if (old->ranges[i].ram &&
            !view_has_ram(new_view, old->ranges[i].ram)) {
            return true;
        }
    }
    return false;
}

/* Possibly in the middle of an instruction of the vCPU whose thread this is:
 * its access continues with the physical address, not with the TLB. */
static void mmio_commit(MemoryListener *l, FlatView *old, FlatView *new_view)
{
    bool lost = view_lost_ram(old, new_view);
    CPUState *cs;

    tcg_code_track_view(new_view);
    cpu_exclusive_begin();
    CPU_FOREACH (cs) {
        TcgCpu *t = cs->accel;

        if (!t) {
            continue;
        }
        tcg_tlb_reset(t);
        flatview_ref(new_view);
        flatview_unref(t->view);
        t->view = new_view;
        t->mmu->range = NULL;
        if (lost) {
            pthread_mutex_lock(&t->blocks->lock);
            t->blocks->flush = true;
            qatomic_set(&t->blocks->work, true);
            pthread_mutex_unlock(&t->blocks->lock);
            qatomic_set(&cs->exit_request, 1);
        }
    }
    cpu_exclusive_end();
}

static MemoryListener mmio_listener = {
    .name = "tcg",
    .priority = 10,
    .commit = mmio_commit,
    .eventfd_add = mmio_eventfd_add,
    .eventfd_del = mmio_eventfd_del,
};

void tcg_mmio_init(void)
{
    memory_listener_register(&mmio_listener, &address_space_memory);
}
