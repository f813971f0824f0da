/*
 * Memory: how region trees become flat views, and who is told of a change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "memory/memory.h"

static uint64_t dummy_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

static void dummy_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
}

static const MemoryRegionOps dummy_ops = {
    .read = dummy_read,
    .write = dummy_write,
};

/* "0-3:a 4-4:b+2": inclusive bounds, region, offset in it; '!' read-only. */
static char *view_text(const FlatView *view)
{
    GString *s = g_string_new(NULL);

    for (unsigned i = 0; i < view->nr; i++) {
        const MemoryRange *r = &view->ranges[i];

        g_string_append_printf(s, "%s%" PRIx64 "-%" PRIx64 ":%s", i ? " " : "",
                               r->addr, r->addr + (r->size - 1), r->mr->name);
        if (r->offset) {
            g_string_append_printf(s, "+%" PRIx64, r->offset);
        }
        if (r->readonly) {
            g_string_append_c(s, '!');
        }
    }
    return g_string_free(s, false);
}

#define assert_view(as, expected) \
    do { \
        g_autofree char *text_ = view_text((as)->view); \
        g_assert_cmpstr(text_, ==, expected); \
    } while (0)

typedef struct Fixture {
    MemoryRegion root;
    AddressSpace as;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    memory_region_init(&f->root, NULL, "root", UINT64_MAX);
    address_space_init(&f->as, &f->root, "test");
}

static void tear_down(Fixture *f, gconstpointer data)
{
    address_space_destroy(&f->as);
    memory_region_destroy(&f->root);
}

static void io(MemoryRegion *mr, const char *name, uint64_t size)
{
    memory_region_init_io(mr, NULL, &dummy_ops, NULL, name, size);
}

/* ------------------------------------------------------------- rendering */

static void test_empty(Fixture *f, gconstpointer data)
{
    assert_view(&f->as, "");
    g_assert_null(flatview_find(f->as.view, 0));
}

static void test_overlap(Fixture *f, gconstpointer data)
{
    MemoryRegion low, high, same;

    io(&low, "low", 0x100);
    io(&high, "high", 0x10);
    io(&same, "same", 0x8);
    memory_region_add_subregion(&f->root, 0x1000, &low);
    assert_view(&f->as, "1000-10ff:low");
    memory_region_add_subregion_overlap(&f->root, 0x1020, &high, 1);
    assert_view(&f->as, "1000-101f:low 1020-102f:high 1030-10ff:low+30");
    /* Below: invisible. */
    memory_region_del_subregion(&f->root, &high);
    memory_region_add_subregion_overlap(&f->root, 0x1020, &high, -1);
    assert_view(&f->as, "1000-10ff:low");
    /* Across the edge: what sticks out is seen. */
    memory_region_set_address(&high, 0x10f8);
    assert_view(&f->as, "1000-10ff:low 1100-1107:high+8");
    memory_region_set_address(&high, 0xff8);
    assert_view(&f->as, "ff8-fff:high 1000-10ff:low");
    /* Equal priority: the later one. */
    memory_region_add_subregion(&f->root, 0x1000, &same);
    assert_view(&f->as, "ff8-fff:high 1000-1007:same 1008-10ff:low+8");

    memory_region_destroy(&same);
    memory_region_destroy(&high);
    memory_region_destroy(&low);
    assert_view(&f->as, "");
}

/* A container's own priority counts, not its children's. */
static void test_container(Fixture *f, gconstpointer data)
{
    MemoryRegion box, child, wide, other;

    memory_region_init(&box, NULL, "box", 0x100);
    io(&child, "child", 0x10);
    io(&wide, "wide", 0x1000);
    io(&other, "other", 0x10);
    memory_region_add_subregion_overlap(&box, 0x20, &child, 100);
    memory_region_add_subregion(&box, 0xf8, &wide); /* clipped by the box */
    memory_region_add_subregion(&f->root, 0x1000, &box);
    assert_view(&f->as, "1020-102f:child 10f8-10ff:wide");
    /* Holes of a container let lower regions through. */
    memory_region_add_subregion_overlap(&f->root, 0x1028, &other, -1);
    assert_view(&f->as, "1020-102f:child 1030-1037:other+8 10f8-10ff:wide");
    memory_region_set_enabled(&box, false);
    assert_view(&f->as, "1028-1037:other");
    memory_region_set_enabled(&box, true);
    memory_region_set_size(&box, 0x24);
    assert_view(&f->as, "1020-1023:child 1028-1037:other");

    memory_region_destroy(&box);
    g_assert_false(memory_region_is_mapped(&child));
    memory_region_destroy(&child);
    memory_region_destroy(&wide);
    memory_region_destroy(&other);
}

static void test_alias(Fixture *f, gconstpointer data)
{
    MemoryRegion ram, a, b, both;

    g_assert_true(
        memory_region_init_ram(&ram, NULL, "ram", 0x4000, &error_abort));
    memory_region_init_alias(&a, NULL, "a", &ram, 0, 0x1000);
    memory_region_init_alias(&b, NULL, "b", &ram, 0x3000, 0x10000);
    memory_region_add_subregion(&f->root, 0x100000, &a);
    memory_region_add_subregion(&f->root, 0x200000, &b);
    /* The second is clipped by the end of what it shows. */
    assert_view(&f->as, "100000-100fff:ram 200000-200fff:ram+3000");
    g_assert_true(flatview_find(f->as.view, 0x200010)->host ==
                  (uint8_t *)memory_region_get_ram_ptr(&ram) + 0x3000);
    g_assert_true(memory_region_get_ram_ptr(&b) ==
                  (uint8_t *)memory_region_get_ram_ptr(&ram) + 0x3000);

    /* Continuing pieces become one range again. */
    memory_region_set_address(&b, 0x101000);
    assert_view(&f->as, "100000-100fff:ram 101000-101fff:ram+3000");
    memory_region_init_alias(&both, NULL, "both", &ram, 0x1000, 0x2000);
    memory_region_add_subregion_overlap(&f->root, 0x101000, &both, 1);
    assert_view(&f->as, "100000-102fff:ram");

    /* A read-only alias makes what is seen through it read-only. */
    memory_region_set_readonly(&both, true);
    assert_view(&f->as, "100000-100fff:ram 101000-102fff:ram+1000!");
    memory_region_set_enabled(&ram, false);
    assert_view(&f->as, "");

    memory_region_destroy(&both);
    memory_region_destroy(&b);
    memory_region_destroy(&a);
    memory_region_destroy(&ram);
}

/* An alias at the top of the space, of the whole, and of a container. */
static void test_extremes(Fixture *f, gconstpointer data)
{
    MemoryRegion top, whole, shifted;
    AddressSpace second;

    io(&top, "top", 0x1000);
    memory_region_add_subregion(&f->root, UINT64_MAX - 0xfff, &top);
    assert_view(&f->as, "fffffffffffff000-fffffffffffffffe:top");

    memory_region_init_alias(&whole, NULL, "whole", &f->root, 0, UINT64_MAX);
    address_space_init(&second, &whole, "second");
    assert_view(&second, "fffffffffffff000-fffffffffffffffe:top");
    address_space_destroy(&second);

    memory_region_init_alias(&shifted, NULL, "shifted", &f->root,
                             UINT64_MAX - 0x7ff, 0x10000);
    address_space_init(&second, &shifted, "second");
    assert_view(&second, "0-7fe:top+800");
    address_space_destroy(&second);

    memory_region_destroy(&shifted);
    memory_region_destroy(&whole);
    memory_region_destroy(&top);
}

static void test_find(Fixture *f, gconstpointer data)
{
    MemoryRegion mr[20];

    for (int i = 0; i < 20; i++) {
        io(&mr[i], "x", 0x10);
        memory_region_add_subregion(&f->root, i * 0x20, &mr[i]);
    }
    for (hwaddr addr = 0; addr < 20 * 0x20; addr++) {
        const MemoryRange *r = flatview_find(f->as.view, addr);

        if (addr % 0x20 < 0x10) {
            g_assert_nonnull(r);
            g_assert_true(r->mr == &mr[addr / 0x20]);
        } else {
            g_assert_null(r);
        }
    }
    g_assert_null(flatview_find(f->as.view, UINT64_MAX));
    for (int i = 0; i < 20; i++) {
        memory_region_destroy(&mr[i]);
    }
}

/* ------------------------------------------------------------- listeners */

typedef struct Log {
    MemoryListener l;
    GString *text;
    MemoryRegion *enable_on_commit;
} Log;

static void log_commit(MemoryListener *l, FlatView *old, FlatView *view)
{
    Log *log = container_of(l, Log, l);
    g_autofree char *before = old ? view_text(old) : g_strdup("none");
    g_autofree char *after = view_text(view);

    g_assert_true(l->as->view == view);
    g_string_append_printf(log->text, "%s[%s -> %s]", l->name, before, after);
    if (log->enable_on_commit) {
        MemoryRegion *mr = log->enable_on_commit;

        log->enable_on_commit = NULL;
        memory_region_set_enabled(mr, true);
    }
}

static void log_eventfd(MemoryListener *l, char sign, hwaddr addr,
                        const MemoryRegionEventfd *fd)
{
    Log *log = container_of(l, Log, l);

    g_string_append_printf(log->text, "%c%" PRIx64 "/%u", sign, addr, fd->size);
    if (fd->match_data) {
        g_string_append_printf(log->text, "=%" PRIu64, fd->data);
    }
    g_string_append_c(log->text, ';');
}

static void log_eventfd_add(MemoryListener *l, hwaddr addr,
                            const MemoryRegionEventfd *fd)
{
    log_eventfd(l, '+', addr, fd);
}

static void log_eventfd_del(MemoryListener *l, hwaddr addr,
                            const MemoryRegionEventfd *fd)
{
    log_eventfd(l, '-', addr, fd);
}

static void log_init(Log *log, const char *name, int priority, GString *text)
{
    *log = (Log){
        .l = {.name = name, .priority = priority, .commit = log_commit},
        .text = text,
    };
}

#define assert_log(s, expected) \
    do { \
        g_assert_cmpstr((s)->str, ==, expected); \
        g_string_truncate(s, 0); \
    } while (0)

static void test_transaction(Fixture *f, gconstpointer data)
{
    g_autoptr(GString) text = g_string_new(NULL);
    MemoryRegion a, b;
    Log log;

    io(&a, "a", 0x10);
    io(&b, "b", 0x10);
    log_init(&log, "l", 0, text);
    memory_listener_register(&log.l, &f->as);
    assert_log(text, "l[none -> ]");

    memory_region_transaction_begin();
    memory_region_add_subregion(&f->root, 0, &a);
    memory_region_transaction_begin();
    memory_region_add_subregion(&f->root, 0x10, &b);
    memory_region_transaction_commit();
    assert_view(&f->as, "");
    assert_log(text, "");
    memory_region_transaction_commit();
    assert_log(text, "l[ -> 0-f:a 10-1f:b]");

    /* A change that changes nothing is not reported. */
    memory_region_transaction_begin();
    memory_region_set_enabled(&a, false);
    memory_region_set_enabled(&a, true);
    memory_region_transaction_commit();
    assert_log(text, "");
    memory_region_set_address(&b, 0x10);
    assert_log(text, "");

    memory_region_destroy(&a);
    assert_log(text, "l[0-f:a 10-1f:b -> 10-1f:b]");
    memory_listener_unregister(&log.l);
    memory_region_destroy(&b);
    assert_log(text, "");
    memory_listener_unregister(&log.l); /* idempotent */
}

static void test_listener_order(Fixture *f, gconstpointer data)
{
    g_autoptr(GString) text = g_string_new(NULL);
    MemoryRegion a, b;
    Log first, second, third;

    log_init(&second, "2", 5, text);
    log_init(&first, "1", -1, text);
    log_init(&third, "3", 5, text);
    memory_listener_register(&second.l, &f->as);
    memory_listener_register(&first.l, &f->as);
    memory_listener_register(&third.l, &f->as);
    g_string_truncate(text, 0);

    io(&a, "a", 0x10);
    io(&b, "b", 0x10);
    memory_region_set_enabled(&b, false);
    memory_region_add_subregion(&f->root, 0x10, &b);
    assert_log(text, "");
    /* A listener that changes the topology: another round, not a nested one. */
    first.enable_on_commit = &b;
    memory_region_add_subregion(&f->root, 0, &a);
    assert_log(text, "1[ -> 0-f:a]2[ -> 0-f:a]3[ -> 0-f:a]"
                     "1[0-f:a -> 0-f:a 10-1f:b]2[0-f:a -> 0-f:a 10-1f:b]"
                     "3[0-f:a -> 0-f:a 10-1f:b]");

    memory_listener_unregister(&first.l);
    memory_listener_unregister(&second.l);
    memory_listener_unregister(&third.l);
    memory_region_destroy(&a);
    memory_region_destroy(&b);
}

static void test_eventfds(Fixture *f, gconstpointer data)
{
    g_autoptr(GString) text = g_string_new(NULL);
    EventNotifier e1, e2;
    MemoryRegion a;
    Log log;

    g_assert_cmpint(event_notifier_init(&e1, false), ==, 0);
    g_assert_cmpint(event_notifier_init(&e2, false), ==, 0);
    log_init(&log, "l", 0, text);
    log.l.commit = NULL;
    log.l.eventfd_add = log_eventfd_add;
    log.l.eventfd_del = log_eventfd_del;
    memory_listener_register(&log.l, &f->as);

    io(&a, "a", 0x100);
    memory_region_add_eventfd(&a, 0x10, 2, true, 7, &e1);
    assert_log(text, ""); /* not mapped */
    memory_region_add_subregion(&f->root, 0x1000, &a);
    assert_log(text, "+1010/2=7;");
    memory_region_add_eventfd(&a, 0x20, 0, false, 0, &e2);
    assert_log(text, "+1020/0;");
    memory_region_set_address(&a, 0x2000);
    assert_log(text, "-1010/2=7;-1020/0;+2010/2=7;+2020/0;");
    /* Those below the visible end only. */
    memory_region_set_size(&a, 0x18);
    assert_log(text, "-2020/0;");
    memory_region_set_size(&a, 0x100);
    assert_log(text, "+2020/0;");
    /* One that is not there: nothing. */
    memory_region_del_eventfd(&a, 0x10, 2, true, 8, &e1);
    assert_log(text, "");
    memory_region_del_eventfd(&a, 0x10, 2, true, 7, &e1);
    assert_log(text, "-2010/2=7;");
    memory_listener_unregister(&log.l);
    assert_log(text, "-2020/0;");
    memory_listener_register(&log.l, &f->as);
    assert_log(text, "+2020/0;");
    memory_region_destroy(&a);
    assert_log(text, "-2020/0;");
    memory_listener_unregister(&log.l);
    event_notifier_cleanup(&e1);
    event_notifier_cleanup(&e2);
}

/* An old view keeps its RAM when the region is gone. */
static void test_view_keeps_ram(Fixture *f, gconstpointer data)
{
    MemoryRegion ram;
    FlatView *view;
    char got[4];

    memory_region_init_ram(&ram, NULL, "ram", 0x1000, &error_abort);
    memory_region_add_subregion(&f->root, 0, &ram);
    g_assert_cmpint(guest_memory_write(f->as.view, 0x10, "abc", 4), ==, 0);
    view = address_space_get_flatview(&f->as);
    memory_region_destroy(&ram);
    memory_region_destroy(&ram); /* idempotent */
    g_assert_cmpint(guest_memory_read(f->as.view, 0x10, got, 4), ==, -EFAULT);
    g_assert_cmpint(guest_memory_read(view, 0x10, got, 4), ==, 0);
    g_assert_cmpstr(got, ==, "abc");
    flatview_unref(view);
}

static void test_mtree(void)
{
    MemoryRegion ram, alias, regs, hidden;
    g_autofree char *tree = NULL, *flat = NULL;

    memory_region_init_ram(&ram, NULL, "pc.ram", 0x2000, &error_abort);
    memory_region_init_alias(&alias, NULL, "ram-low", &ram, 0x1000, 0x1000);
    io(&regs, "regs", 4);
    io(&hidden, "hidden", 4);
    memory_region_set_enabled(&hidden, false);
    memory_region_add_subregion(get_system_memory(), 0, &alias);
    memory_region_add_subregion_overlap(get_system_memory(), 0x800, &regs, 3);
    memory_region_add_subregion(get_system_memory(), 0x9000, &hidden);
    tree = memory_mtree_info(false, false);
    g_assert_cmpstr(
        tree, ==,
        "address-space: memory\n"
        "  0000000000000000-ffffffffffffffff (prio 0, container): system\n"
        "    0000000000000800-0000000000000803 (prio 3, i/o): regs\n"
        "    0000000000000000-0000000000000fff (prio 0, ram): "
        "alias ram-low @pc.ram 0000000000001000-0000000000001fff\n"
        "\n"
        "address-space: I/O\n"
        "  0000000000000000-000000000000ffff (prio 0, container): io\n"
        "\n"
        "memory-region: pc.ram\n"
        "  0000000000000000-0000000000001fff (prio 0, ram): pc.ram\n"
        "\n");
    flat = memory_mtree_info(true, false);
    g_assert_cmpstr(flat, ==,
                    "FlatView #0\n"
                    " AS \"memory\", root: system\n"
                    " Root memory region: system\n"
                    "  0000000000000000-00000000000007ff (prio 0, ram): pc.ram "
                    "@0000000000001000\n"
                    "  0000000000000800-0000000000000803 (prio 3, i/o): regs\n"
                    "  0000000000000804-0000000000000fff (prio 0, ram): pc.ram "
                    "@0000000000001804\n"
                    "\n"
                    "FlatView #1\n"
                    " AS \"I/O\", root: io\n"
                    " Root memory region: (none)\n"
                    "  No rendered FlatView\n"
                    "\n");
    memory_region_destroy(&alias);
    memory_region_destroy(&ram);
    memory_region_destroy(&regs);
    memory_region_destroy(&hidden);
}

#define ADD(name, fn) \
    g_test_add("/memory/topology/" name, Fixture, NULL, set_up, fn, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    memory_init();
    ADD("empty", test_empty);
    ADD("overlap", test_overlap);
    ADD("container", test_container);
    ADD("alias", test_alias);
    ADD("extremes", test_extremes);
    ADD("find", test_find);
    ADD("transaction", test_transaction);
    ADD("listener-order", test_listener_order);
    ADD("eventfds", test_eventfds);
    ADD("view-keeps-ram", test_view_keeps_ram);
    g_test_add_func("/memory/topology/mtree", test_mtree);
    return g_test_run();
}
