/*
 * Flat views: what an address space looks like to an access.
 *
 * A view is made by walking the region tree from its root, higher priority
 * first; each region fills what is still free of the window that its
 * containers and aliases leave it. The result is sorted, disjoint, and never
 * changes. It keeps its RAM blocks alive, so a data path in another thread
 * that still uses an old view cannot lose the memory below it; region
 * pointers are for the main loop only.
 *
 * Positions are signed 128-bit numbers while rendering: an alias of the upper
 * part of a region puts the start of that region below zero, and a container
 * may reach past the end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "memory/memory-internal.h"
#include "trace/trace-memory.h"

typedef __int128 Position;

typedef struct RenderWindow {
    Position start, end;
    bool readonly;
} RenderWindow;

static MemoryRange *range_at(GArray *ranges, unsigned i)
{
    return &g_array_index(ranges, MemoryRange, i);
}

static MemoryRange range_make(MemoryRegion *mr, Position base, Position start,
                              Position end, bool readonly)
{
    MemoryRange r = {
        .addr = start,
        .size = end - start,
        .mr = mr,
        .offset = start - base,
        .ram = mr->ram,
        .readonly = readonly,
    };

    r.host = mr->ram ? mr->ram->host + r.offset : NULL;
    return r;
}

/* Puts mr, which begins at base, wherever the window is still free. */
static void render_leaf(GArray *ranges, MemoryRegion *mr, Position base,
                        const RenderWindow *w)
{
    Position pos = w->start;

    for (unsigned i = 0; i < ranges->len && pos < w->end; i++) {
        Position taken = range_at(ranges, i)->addr;
        Position taken_end = taken + range_at(ranges, i)->size;

        if (taken_end <= pos) {
            continue;
        }
        if (taken > pos) {
            MemoryRange r =
                range_make(mr, base, pos, MIN(taken, w->end), w->readonly);

            g_array_insert_val(ranges, i, r);
            i++;
        }
        pos = taken_end;
    }
    if (pos < w->end) {
        MemoryRange r = range_make(mr, base, pos, w->end, w->readonly);

        g_array_append_val(ranges, r);
    }
}

static void render(GArray *ranges, MemoryRegion *mr, Position base,
                   RenderWindow w)
{
    MemoryRegion *sub;

    if (!mr->enabled) {
        return;
    }
    w.start = MAX(w.start, base);
    w.end = MIN(w.end, base + mr->size);
    w.readonly |= mr->readonly;
    if (w.start >= w.end) {
        return;
    }
    if (mr->alias) {
        render(ranges, mr->alias, base - mr->alias_offset, w);
        return;
    }
    TAILQ_FOREACH (sub, &mr->subregions, link) {
        render(ranges, sub, base + sub->addr, w);
    }
    if (mr->ops || mr->ram) {
        render_leaf(ranges, mr, base, &w);
    }
}

/* Neighbours that continue each other become one range. */
static void merge_neighbours(GArray *ranges)
{
    unsigned out = 0;

    for (unsigned i = 1; i < ranges->len; i++) {
        MemoryRange *last = range_at(ranges, out);
        MemoryRange *r = range_at(ranges, i);

        if (last->mr == r->mr && last->readonly == r->readonly &&
            last->addr + last->size == r->addr &&
            last->offset + last->size == r->offset) {
            last->size += r->size;
        } else {
            *range_at(ranges, ++out) = *r;
        }
    }
    if (ranges->len) {
        g_array_set_size(ranges, out + 1);
    }
}

FlatView *flatview_render(MemoryRegion *root)
{
    GArray *ranges = g_array_new(false, false, sizeof(MemoryRange));
    RenderWindow whole = {0, UINT64_MAX, false};
    FlatView *view = g_new0(FlatView, 1);

    render(ranges, root, 0, whole);
    merge_neighbours(ranges);

    view->ref = 1;
    view->nr = ranges->len;
    view->ranges = (MemoryRange *)g_array_free(ranges, false);
    for (unsigned i = 0; i < view->nr; i++) {
        if (view->ranges[i].ram) {
            ram_block_ref(view->ranges[i].ram);
        }
    }
    trace_flatview_new(view, root, view->nr);
    return view;
}

bool flatview_equal(const FlatView *a, const FlatView *b)
{
    if (a->nr != b->nr) {
        return false;
    }
    for (unsigned i = 0; i < a->nr; i++) {
        const MemoryRange *x = &a->ranges[i], *y = &b->ranges[i];

        if (x->addr != y->addr || x->size != y->size || x->mr != y->mr ||
            x->offset != y->offset || x->ram != y->ram || x->host != y->host ||
            x->readonly != y->readonly) {
            return false;
        }
    }
    return true;
}

void flatview_ref(FlatView *view)
{
    qatomic_inc(&view->ref);
}

void flatview_unref(FlatView *view)
{
    if (!view || qatomic_fetch_sub(&view->ref, 1) != 1) {
        return;
    }
    trace_flatview_destroy(view);
    for (unsigned i = 0; i < view->nr; i++) {
        ram_block_unref(view->ranges[i].ram);
    }
    g_free(view->ranges);
    g_free(view);
}

const MemoryRange *flatview_find(const FlatView *view, hwaddr addr)
{
    unsigned low = 0, high = view->nr;

    while (low < high) {
        unsigned mid = low + (high - low) / 2;
        const MemoryRange *r = &view->ranges[mid];

        if (addr < r->addr) {
            high = mid;
        } else if (addr - r->addr >= r->size) {
            low = mid + 1;
        } else {
            return r;
        }
    }
    return NULL;
}
