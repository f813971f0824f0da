/*
 * -device and device_add: every error, paths of buses, and hot plug.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "core-test-devices.h"

/* ---------------------------------------------------------------- errors */

static void test_device_errors(void)
{
    static const struct {
        const char *json, *message;
    } cases[] = {
        {"{}", "Parameter 'driver' is missing"},
        {"{\"driver\":\"\"}", "Parameter 'driver' is missing"},
        {"{\"driver\":3}",
         "Invalid parameter type for 'driver', expected: string"},
        {"{\"driver\":\"foo\"}", "'foo' is not a valid device model name"},
        {"{\"driver\":\"container\"}",
         "'container' is not a valid device model name"},
        {"{\"driver\":\"sys-bus-device\"}",
         "Parameter 'driver' expects a non-abstract device type"},
        {"{\"driver\":\"test-private-dev\"}",
         "Parameter 'driver' expects a pluggable device type"},
        {"{\"driver\":\"test-dev\",\"id\":\"1x\"}",
         "Parameter 'id' expects an identifier"},
        {"{\"driver\":\"test-dev\",\"id\":\"br\"}",
         "Duplicate ID 'br' for device"},
        {"{\"driver\":\"test-dev\",\"foo\":\"1\"}",
         "Property 'test-dev.foo' not found"},
        {"{\"driver\":\"test-dev\",\"addr\":\"7\"}", "address 7 is taken"},
        {"{\"driver\":\"test-dev\",\"bus\":\"x\"}", "Bus 'x' not found"},
        {"{\"driver\":\"test-dev\",\"bus\":\"\"}", "Bus '' not found"},
        {"{\"driver\":\"test-dev\",\"bus\":\"main-system-bus\"}",
         "Device 'test-dev' can't go on System bus"},
        {"{\"driver\":\"test-loose-dev\",\"bus\":\"tbus\"}",
         "Device 'test-loose-dev' can't go on test-Bus bus"},
        {"{\"driver\":\"test-dev\",\"bus\":\"tbus/foo\"}",
         "Device 'foo' not found"},
        {"{\"driver\":\"test-dev\",\"bus\":\"tbus/d0\"}",
         "Device 'd0' has no child bus"},
        {"{\"driver\":\"test-dev\",\"bus\":\"/br/foo\"}",
         "Bus 'foo' not found"},
    };

    add_bridge();
    add("{\"driver\":\"test-dev\",\"id\":\"d0\",\"addr\":\"7\"}", &error_abort);
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
    g_assert_cmpstr(error_get_hint(err), ==,
                    "child buses at \"br\": "
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

int main(int argc, char **argv)
{
    int ret;

    test_devices_init(&argc, &argv);
    g_test_add_func("/core/device-add/device-errors", test_device_errors);
    g_test_add_func("/core/device-add/no-bus", test_no_bus);
    g_test_add_func("/core/device-add/full-bus", test_full_bus);
    g_test_add_func("/core/device-add/hints", test_hints);
    g_test_add_func("/core/device-add/bus-paths", test_bus_paths);
    g_test_add_func("/core/device-add/hotplug", test_hotplug);
    g_test_add_func("/core/device-add/deleted-event", test_deleted_event);
    ret = g_test_run();
    g_string_free(events, true);
    return ret;
}
