/*
 * Devices and buses: realize and its unwinding, -device and its errors, paths
 * of buses, hot plug, deletion, reset order, info qtree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine.h"

/* A bridge sits on the system bus and has a bus for devices; each says what
 * happens to it. */
#define TYPE_TEST_BUS "test-Bus"
#define TYPE_TEST_DEV "test-dev"
OBJECT_DECLARE_SIMPLE_TYPE(TestDev, TEST_DEV)
struct TestDev {
    DeviceState parent_obj;
    uint32_t addr;
    bool fail;
};
#define TYPE_TEST_BRIDGE "test-bridge"
OBJECT_DECLARE_SIMPLE_TYPE(TestBridge, TEST_BRIDGE)
struct TestBridge {
    DeviceState parent_obj;
    BusState bus;
    TestDev inner;
    bool with_inner;
    bool fail_late;
};
#define TYPE_TEST_COLD "test-cold-dev"
#define TYPE_TEST_PRIVATE "test-private-dev"
#define TYPE_TEST_LOOSE "test-loose-dev"

static GString *events;

static void log_event(DeviceState *dev, const char *what)
{
    g_autofree char *name = qdev_get_printable_name(dev);

    g_string_append_printf(events, "%s:%s ", what,
                           strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
}

static const Property test_dev_props[] = {
    DEFINE_PROP_UINT32("addr", TestDev, addr, 0),
    DEFINE_PROP_BOOL("fail", TestDev, fail, false),
};

static const Property test_bridge_props[] = {
    DEFINE_PROP_BOOL("with-inner", TestBridge, with_inner, false),
    DEFINE_PROP_BOOL("fail-late", TestBridge, fail_late, false),
};

static void dev_realize(DeviceState *dev, Error **errp)
{
    log_event(dev, "realize");
    g_assert_nonnull(dev->canonical_path);
    g_assert_false(dev->realized);
    if (TEST_DEV(dev)->fail) {
        error_setg(errp, "the device does not want to");
    }
}

static void dev_unrealize(DeviceState *dev)
{
    log_event(dev, "unrealize");
}

static void dev_reset(DeviceState *dev)
{
    log_event(dev, "reset");
}

static void dev_finalize(Object *obj)
{
    g_string_append(events, "free ");
}

static void dev_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    device_class_set_props(dc, test_dev_props);
    dc->realize = dev_realize;
    dc->unrealize = dev_unrealize;
    dc->reset = dev_reset;
    dc->bus_type = TYPE_TEST_BUS;
    dc->desc = "a test";
    dc->categories = 1ul << DEVICE_CATEGORY_NETWORK;
}

static void cold_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->hotpluggable = false;
}

static void private_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = false;
}

static void bridge_init(Object *obj)
{
    TestBridge *b = TEST_BRIDGE(obj);

    qbus_init(&b->bus, sizeof(b->bus), TYPE_TEST_BUS, DEVICE(obj), "tbus");
    object_initialize_child(obj, "inner", &b->inner, sizeof(b->inner),
                            TYPE_TEST_DEV);
}

static void bridge_realize(DeviceState *dev, Error **errp)
{
    TestBridge *b = TEST_BRIDGE(dev);

    log_event(dev, "realize");
    if (b->with_inner && !qdev_realize(DEVICE(&b->inner), &b->bus, errp)) {
        return;
    }
    if (b->fail_late) {
        error_setg(errp, "the bridge breaks down");
    }
}

static void bridge_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    device_class_set_props(dc, test_bridge_props);
    dc->realize = bridge_realize;
    dc->unrealize = dev_unrealize;
    dc->reset = dev_reset;
    dc->user_creatable = true;
}

static bool bus_check_address(BusState *bus, DeviceState *dev, Error **errp)
{
    DeviceState *other;

    TAILQ_FOREACH (other, &bus->children, sibling) {
        if (TEST_DEV(dev)->addr &&
            TEST_DEV(other)->addr == TEST_DEV(dev)->addr) {
            error_setg(errp, "address %u is taken", TEST_DEV(dev)->addr);
            return false;
        }
    }
    return true;
}

static void bus_reset(BusState *bus)
{
    g_string_append_printf(events, "reset-bus:%s ", bus->name);
}

static void bus_print_dev(GString *out, DeviceState *dev, int indent)
{
    g_string_append_printf(out, "%*sat %u\n", indent, "", TEST_DEV(dev)->addr);
}

static void bus_class_init(ObjectClass *klass, const void *data)
{
    BusClass *bc = BUS_CLASS(klass);

    bc->check_address = bus_check_address;
    bc->reset = bus_reset;
    bc->print_dev = bus_print_dev;
    bc->max_dev = 3;
}

static const TypeInfo test_types[] = {
    {
        .name = TYPE_TEST_BUS,
        .parent = TYPE_BUS,
        .class_init = bus_class_init,
    },
    {
        .name = TYPE_TEST_DEV,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(TestDev),
        .instance_finalize = dev_finalize,
        .class_init = dev_class_init,
    },
    {
        .name = TYPE_TEST_COLD,
        .parent = TYPE_TEST_DEV,
        .class_init = cold_class_init,
    },
    {
        .name = TYPE_TEST_PRIVATE,
        .parent = TYPE_TEST_DEV,
        .class_init = private_class_init,
    },
    {
        .name = TYPE_TEST_LOOSE,
        .parent = TYPE_DEVICE,
    },
    {
        .name = TYPE_TEST_BRIDGE,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(TestBridge),
        .instance_init = bridge_init,
        .class_init = bridge_class_init,
    },
};
DEFINE_TYPES(test_types)

static void expect_error(Error *err, const char *message)
{
    g_assert_nonnull(err);
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
}

static void expect_events(const char *want)
{
    g_assert_cmpstr(events->str, ==, want);
    g_string_truncate(events, 0);
}

/* -device, as from the command line. */
static DeviceState *add(const char *json, Error **errp)
{
    json_t *opts = json_loads(json, 0, NULL);
    DeviceState *dev = qdev_device_add_from_json(opts, true, errp);

    json_decref(opts);
    return dev;
}

static DeviceState *add_bridge(void)
{
    DeviceState *dev =
        add("{\"driver\":\"test-bridge\",\"id\":\"br\"}", &error_abort);

    g_string_truncate(events, 0);
    return dev;
}

/* Ends the test: everything goes. */
static void tear_down(void)
{
    object_unparent(qdev_get_machine());
    g_string_truncate(events, 0);
}

static int count_children(const char *path)
{
    Object *obj = object_resolve_path(path, NULL);
    int n = 0;

    for (unsigned i = 0; obj && obj->property_order &&
                         i < obj->property_order->len; i++) {
        n += object_property_is_child(
            g_ptr_array_index(obj->property_order, i));
    }
    return n;
}

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
    g_assert_null(object_resolve_path("/machine/peripheral/br/tbus/child[0]",
                                      NULL));
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
    g_assert_true(qdev_realize_and_unref(dev, &TEST_BRIDGE(bridge)->bus,
                                         &error_abort));
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
                           "\"with-inner\":\"on\"}", &error_abort);

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

/* ---------------------------------------------------------------- errors */

static void test_device_errors(void)
{
    static const struct {
        const char *json, *message;
    } cases[] = {
        { "{}", "Parameter 'driver' is missing" },
        { "{\"driver\":\"\"}", "Parameter 'driver' is missing" },
        { "{\"driver\":3}",
          "Invalid parameter type for 'driver', expected: string" },
        { "{\"driver\":\"foo\"}", "'foo' is not a valid device model name" },
        { "{\"driver\":\"container\"}",
          "'container' is not a valid device model name" },
        { "{\"driver\":\"sys-bus-device\"}",
          "Parameter 'driver' expects a non-abstract device type" },
        { "{\"driver\":\"test-private-dev\"}",
          "Parameter 'driver' expects a pluggable device type" },
        { "{\"driver\":\"test-dev\",\"id\":\"1x\"}",
          "Parameter 'id' expects an identifier" },
        { "{\"driver\":\"test-dev\",\"id\":\"br\"}",
          "Duplicate ID 'br' for device" },
        { "{\"driver\":\"test-dev\",\"foo\":\"1\"}",
          "Property 'test-dev.foo' not found" },
        { "{\"driver\":\"test-dev\",\"addr\":\"7\"}", "address 7 is taken" },
        { "{\"driver\":\"test-dev\",\"bus\":\"x\"}", "Bus 'x' not found" },
        { "{\"driver\":\"test-dev\",\"bus\":\"\"}", "Bus '' not found" },
        { "{\"driver\":\"test-dev\",\"bus\":\"main-system-bus\"}",
          "Device 'test-dev' can't go on System bus" },
        { "{\"driver\":\"test-loose-dev\",\"bus\":\"tbus\"}",
          "Device 'test-loose-dev' can't go on test-Bus bus" },
        { "{\"driver\":\"test-dev\",\"bus\":\"tbus/foo\"}",
          "Device 'foo' not found" },
        { "{\"driver\":\"test-dev\",\"bus\":\"tbus/d0\"}",
          "Device 'd0' has no child bus" },
        { "{\"driver\":\"test-dev\",\"bus\":\"/br/foo\"}",
          "Bus 'foo' not found" },
    };

    add_bridge();
    add("{\"driver\":\"test-dev\",\"id\":\"d0\",\"addr\":\"7\"}",
        &error_abort);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Error *err = NULL;

        g_assert_null(add(cases[i].json, &err));
        expect_error(err, cases[i].message);
        g_assert_cmpint(count_children("/machine/peripheral"), ==, 2);
        g_assert_cmpint(count_children("/machine/peripheral-anon"), ==, 0);
    }
    tear_down();
}

static void test_no_bus(void)
{
    Error *err = NULL;

    g_assert_null(add("{\"driver\":\"test-dev\"}", &err));
    expect_error(g_steal_pointer(&err),
                 "No 'test-Bus' bus found for device 'test-dev'");
    tear_down();
}

static void test_full_bus(void)
{
    Error *err = NULL;

    add_bridge();
    for (int i = 0; i < 3; i++) {
        add("{\"driver\":\"test-dev\"}", &error_abort);
    }
    g_assert_null(add("{\"driver\":\"test-dev\"}", &err));
    expect_error(g_steal_pointer(&err),
                 "A 'test-Bus' bus was found but is full");
    g_assert_null(add("{\"driver\":\"test-dev\",\"bus\":\"tbus\"}", &err));
    expect_error(g_steal_pointer(&err), "Bus 'tbus' is full");
    /* A second bus has room. */
    add("{\"driver\":\"test-bridge\",\"id\":\"br2\"}", &error_abort);
    add("{\"driver\":\"test-dev\"}", &error_abort);
    tear_down();
}

static void test_hints(void)
{
    Error *err = NULL;

    add_bridge();
    add("{\"driver\":\"test-dev\",\"id\":\"d0\"}", &error_abort);
    add("{\"driver\":\"test-dev\"}", &error_abort);
    g_assert_null(qbus_find("tbus/foo", &err));
    g_assert_cmpstr(error_get_hint(err), ==,
                    "devices at \"tbus\": \"test-dev\", \"d0\"\n");
    g_clear_pointer(&err, error_free);
    g_assert_null(qbus_find("main-system-bus/br/foo", &err));
    g_assert_cmpstr(error_get_hint(err), ==, "child buses at \"br\": "
                                             "\"tbus\"\n");
    error_free(err);
    tear_down();
}

static void test_bus_paths(void)
{
    DeviceState *bridge = add_bridge();
    BusState *bus = &TEST_BRIDGE(bridge)->bus, *named, *second;
    Error *err = NULL;

    g_assert(qbus_find("tbus", &error_abort) == bus);
    g_assert(qbus_find("/", &error_abort) == sysbus_get_default());
    g_assert(qbus_find("/br", &error_abort) == bus);
    g_assert(qbus_find("/br/tbus", &error_abort) == bus);
    g_assert(qbus_find("main-system-bus/test-bridge/tbus/", &error_abort) ==
             bus);
    named = qbus_new(TYPE_TEST_BUS, bridge, NULL);
    g_assert_cmpstr(named->name, ==, "br.1");
    g_assert(qdev_get_child_bus(bridge, "br.1") == named);
    g_assert_null(qbus_find("/br", &err));
    expect_error(g_steal_pointer(&err), "Device 'br' has multiple child "
                                        "buses");
    second = qbus_new(TYPE_TEST_BUS, NULL, NULL);
    g_assert_cmpstr(second->name, ==, "test-bus.0");
    object_unref(OBJECT(second));
    tear_down();
}

/* --------------------------------------------------------------- hotplug */

static void test_hotplug(void)
{
    DeviceState *bridge, *dev;
    BusState *bus;
    Error *err = NULL;
    json_t *opts = json_pack("{s:s, s:s}", "driver", "test-dev", "id", "d0");

    bridge = add_bridge();
    bus = &TEST_BRIDGE(bridge)->bus;
    qdev_hotplug = true;
    g_assert_null(qdev_device_add_from_json(opts, false, &err));
    expect_error(g_steal_pointer(&err),
                 "Bus 'tbus' does not support hotplugging");
    g_assert_null(add("{\"driver\":\"test-cold-dev\"}", &err));
    expect_error(g_steal_pointer(&err),
                 "Parameter 'driver' expects a pluggable device type");
    dev = qdev_new(TYPE_TEST_COLD);
    g_assert_false(qdev_realize(dev, bus, &err));
    expect_error(g_steal_pointer(&err),
                 "Device 'test-cold-dev' does not support hotplugging");
    g_assert_cmpint(bus->num_children, ==, 0);
    object_unref(OBJECT(dev));
    g_string_truncate(events, 0);

    bus->hotpluggable = true;
    dev = qdev_device_add_from_json(opts, false, &error_abort);
    g_assert_true(dev->hotplugged);
    expect_events("realize:d0 reset:d0 ");
    g_assert_null(qdev_device_add_from_json(opts, false, &err));
    expect_error(g_steal_pointer(&err), "Duplicate device ID 'd0'");
    qdev_hotplug = false;
    json_decref(opts);
    tear_down();
}

static char *last_event;

static void record_event(const char *event, json_t *data)
{
    char *text = json_dumps(data, JSON_SORT_KEYS);

    g_free(last_event);
    last_event = g_strdup_printf("%s %s", event, text);
    free(text);
    json_decref(data);
}

static void test_deleted_event(void)
{
    DeviceState *dev;
    Error *err = NULL;

    add_bridge();
    dev = add("{\"driver\":\"test-dev\",\"id\":\"d0\"}", &error_abort);
    qapi_event_set_emitter(record_event);
    dev->pending_deleted_event = true;
    object_unparent(OBJECT(dev));
    qapi_event_set_emitter(NULL);
    g_assert_cmpstr(last_event, ==,
                    "DEVICE_DELETED {\"device\": \"d0\", \"path\": "
                    "\"/machine/peripheral/d0\"}");
    g_clear_pointer(&last_event, g_free);
    g_assert_null(qdev_find_device("d0", &err));
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    expect_error(g_steal_pointer(&err), "Device 'd0' not found");
    g_assert_null(qdev_find_device("/machine", &err));
    expect_error(g_steal_pointer(&err), "Device '/machine' not found");
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
    add("{\"driver\":\"test-dev\",\"id\":\"d0\",\"addr\":\"9\"}",
        &error_abort);
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

    g_test_init(&argc, &argv, NULL);
    module_call_init();
    events = g_string_new(NULL);
    g_test_add_func("/core/qdev/life", test_life);
    g_test_add_func("/core/qdev/places", test_places);
    g_test_add_func("/core/qdev/failed-realize", test_failed_realize);
    g_test_add_func("/core/qdev/failed-parent", test_failed_parent);
    g_test_add_func("/core/qdev/unrealize-order", test_unrealize_order);
    g_test_add_func("/core/qdev/realized-property", test_realized_property);
    g_test_add_func("/core/qdev/device-errors", test_device_errors);
    g_test_add_func("/core/qdev/no-bus", test_no_bus);
    g_test_add_func("/core/qdev/full-bus", test_full_bus);
    g_test_add_func("/core/qdev/hints", test_hints);
    g_test_add_func("/core/qdev/bus-paths", test_bus_paths);
    g_test_add_func("/core/qdev/hotplug", test_hotplug);
    g_test_add_func("/core/qdev/deleted-event", test_deleted_event);
    g_test_add_func("/core/qdev/reset-order", test_reset_order);
    g_test_add_func("/core/qdev/qtree", test_qtree);
    g_test_add_func("/core/qdev/devinfos", test_devinfos);
    ret = g_test_run();
    g_string_free(events, true);
    return ret;
}
