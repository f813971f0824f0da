/*
 * Devices and buses: realize and its unwinding, deletion, reset order, and
 * what info qtree and -device help say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "core-test-devices.h"

/* --------------------------------------------------------------- realize */

static void test_life(void)
{
    DeviceState *bridge = add_bridge(), *dev;
    g_autofree char *path = NULL;

    dev = add("{\"driver\":\"test-dev\",\"id\":\"d0\"}", &error_abort);
    expect_events("realize:d0 ");
    g_assert_true(dev->realized);
    g_assert_false(dev->hotplugged);
    g_assert_cmpint(OBJECT(dev)->ref, ==, 2); /* the tree and the bus */
    g_assert(qdev_get_parent_bus(dev) == &TEST_BRIDGE(bridge)->bus);
    g_assert(qdev_find_device("d0", &error_abort) == dev);
    path = object_property_get_str(OBJECT(dev), "parent_bus", &error_abort);
    g_assert_cmpstr(path, ==, "/machine/peripheral/br/tbus");
    g_assert(object_resolve_path("/machine/peripheral/br/tbus/child[0]",
                                 NULL) == OBJECT(dev));
    g_assert(object_resolve_path("/machine/unattached/sysbus", NULL) ==
             OBJECT(sysbus_get_default()));
    object_unparent(OBJECT(dev));
    expect_events("unrealize:d0 free ");
    g_assert_null(
        object_resolve_path("/machine/peripheral/br/tbus/child[0]", NULL));
    g_assert_null(qdev_find_device("d0", NULL));
    tear_down();
}

static void test_places(void)
{
    DeviceState *dev;

    add_bridge();
    dev = add("{\"driver\":\"test-dev\"}", &error_abort);
    g_assert_cmpstr(dev->canonical_path, ==,
                    "/machine/peripheral-anon/device[0]");
    g_assert(qdev_find_device("/machine/peripheral-anon/device[0]",
                              &error_abort) == dev);
    dev = qdev_new(TYPE_TEST_LOOSE);
    g_assert_true(qdev_realize_and_unref(dev, NULL, &error_abort));
    g_assert_cmpstr(dev->canonical_path, ==, "/machine/unattached/device[0]");
    tear_down();
}

static void test_failed_realize(void)
{
    DeviceState *bridge = add_bridge(), *dev;
    Error *err = NULL;

    g_assert_null(
        add("{\"driver\":\"test-dev\",\"id\":\"d0\",\"fail\":\"on\"}", &err));
    expect_error(g_steal_pointer(&err), "the device does not want to");
    expect_events("realize:d0 free ");
    g_assert_cmpint(TEST_BRIDGE(bridge)->bus.num_children, ==, 0);
    g_assert_cmpint(count_children("/machine/peripheral"), ==, 1);

    /* Without a parent of its own: it had got a place, and loses it. */
    dev = qdev_new(TYPE_TEST_DEV);
    TEST_DEV(dev)->fail = true;
    g_assert_false(qdev_realize(dev, &TEST_BRIDGE(bridge)->bus, &err));
    expect_error(g_steal_pointer(&err), "the device does not want to");
    g_assert_null(OBJECT(dev)->parent);
    g_assert_null(dev->parent_bus);
    g_assert_null(dev->canonical_path);
    g_assert_cmpint(OBJECT(dev)->ref, ==, 1);
    /* And may try again. */
    TEST_DEV(dev)->fail = false;
    g_assert_true(
        qdev_realize_and_unref(dev, &TEST_BRIDGE(bridge)->bus, &error_abort));
    tear_down();
}

static void test_failed_parent(void)
{
    Error *err = NULL;

    /* The child is up when the parent fails, and is taken down for it. */
    g_assert_null(add("{\"driver\":\"test-bridge\",\"id\":\"br\","
                      "\"with-inner\":\"on\",\"fail-late\":\"on\"}",
                      &err));
    expect_error(g_steal_pointer(&err), "the bridge breaks down");
    expect_events("realize:br realize:inner unrealize:inner free ");
    g_assert_cmpint(sysbus_get_default()->num_children, ==, 0);
    tear_down();
}

static void test_unrealize_order(void)
{
    DeviceState *dev = add("{\"driver\":\"test-bridge\",\"id\":\"br\","
                           "\"with-inner\":\"on\"}",
                           &error_abort);

    add("{\"driver\":\"test-dev\",\"id\":\"d0\"}", &error_abort);
    expect_events("realize:br realize:inner realize:d0 ");
    object_unparent(OBJECT(dev));
    expect_events("unrealize:inner unrealize:d0 unrealize:br free free ");
    g_assert_cmpint(count_children("/machine/peripheral"), ==, 0);
    tear_down();
}

static void test_realized_property(void)
{
    DeviceState *dev;
    Error *err = NULL;

    add_bridge();
    dev = add("{\"driver\":\"test-dev\",\"id\":\"d0\"}", &error_abort);
    g_assert_false(
        object_property_set_bool(OBJECT(dev), "realized", false, &err));
    expect_error(g_steal_pointer(&err),
                 "Bus 'tbus' does not support hotplugging");
    g_assert_true(dev->realized);
    dev->parent_bus->hotpluggable = true;
    object_property_set_bool(OBJECT(dev), "realized", false, &error_abort);
    g_assert_false(dev->realized);
    object_property_set_bool(OBJECT(dev), "realized", false, &error_abort);
    object_property_set_bool(OBJECT(dev), "realized", true, &error_abort);
    g_assert_true(dev->realized);
    expect_events("realize:d0 unrealize:d0 realize:d0 ");
    g_assert_null(add("{\"driver\":\"test-dev\",\"realized\":\"on\"}", &err));
    expect_error(g_steal_pointer(&err),
                 "No 'test-Bus' bus found for device 'test-dev'");
    tear_down();
}

/* ----------------------------------------------------------------- reset */

static void on_reset(void *opaque)
{
    g_string_append_printf(events, "%s ", (char *)opaque);
}

static void on_reset_once(void *opaque)
{
    g_string_append(events, "once ");
    qemu_unregister_reset(on_reset_once, opaque);
    qemu_unregister_reset(on_reset, opaque);
}

static void test_reset_order(void)
{
    char first[] = "first", gone[] = "gone", last[] = "last";

    qemu_register_reset(on_reset, first);
    qemu_register_reset(on_reset_once, gone);
    qemu_register_reset(on_reset, gone);
    qemu_register_reset(on_reset, last);
    add_bridge();
    add("{\"driver\":\"test-dev\",\"id\":\"d0\"}", &error_abort);
    add("{\"driver\":\"test-dev\",\"id\":\"d1\"}", &error_abort);
    g_string_truncate(events, 0);
    qemu_devices_reset();
    expect_events("reset:d0 reset:d1 reset-bus:tbus reset:br "
                  "first once last ");
    qemu_devices_reset();
    expect_events("reset:d0 reset:d1 reset-bus:tbus reset:br first last ");
    device_cold_reset(qdev_find_device("d1", &error_abort));
    expect_events("reset:d1 ");
    qemu_unregister_reset(on_reset, first);
    qemu_unregister_reset(on_reset, last);
    tear_down();
}

/* ----------------------------------------------------------------- texts */

static void test_qtree(void)
{
    DeviceState *bridge = add_bridge();
    g_autofree char *text = NULL;
    g_autofree char *brief = NULL;

    qdev_init_gpio_in(bridge, NULL, 2);
    add("{\"driver\":\"test-dev\",\"id\":\"d0\",\"addr\":\"9\"}", &error_abort);
    text = qdev_qtree_info(true);
    g_assert_cmpstr(text, ==,
                    "bus: main-system-bus\n"
                    "  type System\n"
                    "  dev: test-bridge, id \"br\"\n"
                    "    gpio-in \"\" 2\n"
                    "    with-inner = false\n"
                    "    fail-late = false\n"
                    "    bus: tbus\n"
                    "      type test-Bus\n"
                    "      dev: test-dev, id \"d0\"\n"
                    "        addr = 9 (0x9)\n"
                    "        fail = false\n"
                    "        at 9\n");
    brief = qdev_qtree_info(false);
    g_assert_cmpstr(brief, ==,
                    "bus: main-system-bus\n"
                    "  type System\n"
                    "  dev: test-bridge, id \"br\"\n"
                    "    bus: tbus\n"
                    "      type test-Bus\n"
                    "      dev: test-dev, id \"d0\"\n");
    tear_down();
}

static void test_devinfos(void)
{
    g_autofree char *text = qdev_devinfos_text();

    g_assert_nonnull(strstr(text, "Network devices:\n"));
    g_assert_nonnull(
        strstr(text, "name \"test-dev\", bus test-Bus, desc \"a test\"\n"));
    g_assert_nonnull(strstr(text, "\n\nUncategorized devices:\n"));
    g_assert_nonnull(strstr(text, "name \"test-loose-dev\"\n"));
    g_assert_null(strstr(text, "test-private-dev"));
}

int main(int argc, char **argv)
{
    int ret;

    test_devices_init(&argc, &argv);
    g_test_add_func("/core/qdev/life", test_life);
    g_test_add_func("/core/qdev/places", test_places);
    g_test_add_func("/core/qdev/failed-realize", test_failed_realize);
    g_test_add_func("/core/qdev/failed-parent", test_failed_parent);
    g_test_add_func("/core/qdev/unrealize-order", test_unrealize_order);
    g_test_add_func("/core/qdev/realized-property", test_realized_property);
    g_test_add_func("/core/qdev/reset-order", test_reset_order);
    g_test_add_func("/core/qdev/qtree", test_qtree);
    g_test_add_func("/core/qdev/devinfos", test_devinfos);
    ret = g_test_run();
    g_string_free(events, true);
    return ret;
}
