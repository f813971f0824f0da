/*
 * Devices for the tests of qdev.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "core-test-devices.h"

GString *events;

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

void expect_error(Error *err, const char *message)
{
    g_assert_nonnull(err);
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
}

void expect_events(const char *want)
{
    g_assert_cmpstr(events->str, ==, want);
    g_string_truncate(events, 0);
}

DeviceState *add(const char *json, Error **errp)
{
    json_t *opts = json_loads(json, 0, NULL);
    DeviceState *dev = qdev_device_add_from_json(opts, true, errp);

    json_decref(opts);
    return dev;
}

DeviceState *add_bridge(void)
{
    DeviceState *dev =
        add("{\"driver\":\"test-bridge\",\"id\":\"br\"}", &error_abort);

    g_string_truncate(events, 0);
    return dev;
}

void tear_down(void)
{
    object_unparent(qdev_get_machine());
    g_string_truncate(events, 0);
}

int count_children(const char *path)
{
    Object *obj = object_resolve_path(path, NULL);
    int n = 0;

    for (unsigned i = 0;
         obj && obj->property_order && i < obj->property_order->len; i++) {
        n +=
            object_property_is_child(g_ptr_array_index(obj->property_order, i));
    }
    return n;
}

void test_devices_init(int *argc, char ***argv)
{
    g_test_init(argc, argv, NULL);
    module_call_init();
    events = g_string_new(NULL);
}
