/*
 * "info mtree": the region trees and the flat views as text, in QEMU's form.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "memory/memory-internal.h"

/* Where devices with an id of the user's live. */
#define PERIPHERAL "/machine/peripheral/"

typedef struct MtreePrinter {
    GString *out;
    bool show_owner;
    GPtrArray *targets; /* of aliases, each to be printed once */
} MtreePrinter;

static const MemoryRegion *resolve_alias(const MemoryRegion *mr)
{
    while (mr->alias) {
        mr = mr->alias;
    }
    return mr;
}

static const char *region_type(const MemoryRegion *mr, bool readonly)
{
    mr = resolve_alias(mr);
    if (mr->ram) {
        return readonly || mr->readonly ? "rom" : "ram";
    }
    return mr->ops ? "i/o" : "container";
}

static uint64_t last_byte(uint64_t start, uint64_t size)
{
    uint64_t last = size == UINT64_MAX ? UINT64_MAX : start + size - 1;

    return size == 0 ? start : last < start ? UINT64_MAX : last;
}

static void print_owner(MtreePrinter *p, const MemoryRegion *mr)
{
    g_autofree char *path = NULL;
    const char *kind;

    if (!p->show_owner || !mr->owner) {
        return;
    }
    kind = object_dynamic_cast(mr->owner, "device") ? "dev" : "obj";
    path = object_get_canonical_path(mr->owner);
    if (!path) {
        g_string_append_printf(p->out, " owner:{%s type=%s}", kind,
                               object_get_typename(mr->owner));
    } else if (g_str_has_prefix(path, PERIPHERAL)) {
        g_string_append_printf(p->out, " owner:{%s id=%s}", kind,
                               path + strlen(PERIPHERAL));
    } else {
        g_string_append_printf(p->out, " owner:{%s path=%s}", kind, path);
    }
}

static void add_target(MtreePrinter *p, MemoryRegion *mr)
{
    if (!g_ptr_array_find(p->targets, mr, NULL)) {
        g_ptr_array_add(p->targets, mr);
    }
}

static void print_region(MtreePrinter *p, const MemoryRegion *mr, hwaddr base,
                         unsigned level)
{
    MemoryRegion *sub;

    if (!mr->enabled) {
        return;
    }
    g_string_append_printf(
        p->out, "%*s%016" PRIx64 "-%016" PRIx64 " (prio %d, %s): ", level * 2,
        "", base, last_byte(base, mr->size), mr->priority,
        region_type(mr, mr->readonly));
    if (mr->alias) {
        add_target(p, mr->alias);
        g_string_append_printf(p->out,
                               "alias %s @%s %016" PRIx64 "-%016" PRIx64,
                               mr->name, mr->alias->name, mr->alias_offset,
                               last_byte(mr->alias_offset, mr->size));
    } else {
        g_string_append(p->out, mr->name);
    }
    print_owner(p, mr);
    g_string_append_c(p->out, '\n');
    TAILQ_FOREACH (sub, &mr->subregions, link) {
        print_region(p, sub, base + sub->addr, level + 1);
    }
}

static bool root_seen_before(const AddressSpace *as)
{
    AddressSpace *other;

    TAILQ_FOREACH (other, &address_spaces, link) {
        if (other == as) {
            return false;
        }
        if (other->root == as->root) {
            return true;
        }
    }
    return false;
}

static void print_trees(MtreePrinter *p)
{
    AddressSpace *as, *same;

    TAILQ_FOREACH (as, &address_spaces, link) {
        if (root_seen_before(as)) {
            continue;
        }
        for (same = as; same; same = TAILQ_NEXT(same, link)) {
            if (same->root == as->root) {
                g_string_append_printf(p->out, "address-space: %s\n",
                                       same->name);
            }
        }
        print_region(p, as->root, as->root->addr, 1);
        g_string_append_c(p->out, '\n');
    }
    /* The array grows while targets are found below targets. */
    for (unsigned i = 0; i < p->targets->len; i++) {
        const MemoryRegion *mr = g_ptr_array_index(p->targets, i);

        g_string_append_printf(p->out, "memory-region: %s\n", mr->name);
        print_region(p, mr, mr->addr, 1);
        g_string_append_c(p->out, '\n');
    }
}

static bool view_seen_before(const AddressSpace *as)
{
    AddressSpace *other;

    TAILQ_FOREACH (other, &address_spaces, link) {
        if (other == as) {
            return false;
        }
        if (flatview_equal(other->view, as->view)) {
            return true;
        }
    }
    return false;
}

static void print_view(MtreePrinter *p, const FlatView *view)
{
    if (view->nr == 0) {
        g_string_append(p->out, "  No rendered FlatView\n\n");
        return;
    }
    for (unsigned i = 0; i < view->nr; i++) {
        const MemoryRange *r = &view->ranges[i];

        g_string_append_printf(
            p->out, "  %016" PRIx64 "-%016" PRIx64 " (prio %d, %s): %s",
            r->addr, last_byte(r->addr, r->size), r->mr->priority,
            region_type(r->mr, r->readonly), r->mr->name);
        if (r->offset) {
            g_string_append_printf(p->out, " @%016" PRIx64, r->offset);
        }
        print_owner(p, r->mr);
        g_string_append_c(p->out, '\n');
    }
    g_string_append_c(p->out, '\n');
}

static void print_views(MtreePrinter *p)
{
    AddressSpace *as, *same;
    unsigned number = 0;

    TAILQ_FOREACH (as, &address_spaces, link) {
        if (view_seen_before(as)) {
            continue;
        }
        g_string_append_printf(p->out, "FlatView #%u\n", number++);
        for (same = as; same; same = TAILQ_NEXT(same, link)) {
            if (flatview_equal(same->view, as->view)) {
                g_string_append_printf(p->out, " AS \"%s\", root: %s\n",
                                       same->name, same->root->name);
            }
        }
        g_string_append_printf(p->out, " Root memory region: %s\n",
                               as->view->nr ? as->root->name : "(none)");
        print_view(p, as->view);
    }
}

char *memory_mtree_info(bool flat, bool show_owner)
{
    MtreePrinter p = {
        .out = g_string_new(NULL),
        .show_owner = show_owner,
        .targets = g_ptr_array_new(),
    };

    if (flat) {
        print_views(&p);
    } else {
        print_trees(&p);
    }
    g_ptr_array_unref(p.targets);
    return g_string_free(p.out, false);
}
