/*
 * Static properties of devices: every kind, defaults, errors, -global, and
 * how info qtree shows them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine.h"

#define TYPE_TEST_DEV "test-dev"
OBJECT_DECLARE_SIMPLE_TYPE(TestDev, TEST_DEV)
struct TestDev {
    DeviceState parent_obj;
    uint32_t bits;
    uint64_t bits64;
    bool flag;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    int32_t i32;
    uint64_t u64;
    int64_t i64;
    uint64_t size;
    char *str;
    OnOffAuto ooa;
    MACAddr mac;
    int32_t devfn;
    Object *link;
};
/* The same with its own defaults, a child, and aliases to it. */
#define TYPE_TEST_PROXY "test-proxy"
OBJECT_DECLARE_SIMPLE_TYPE(TestProxy, TEST_PROXY)
struct TestProxy {
    DeviceState parent_obj;
    uint32_t vectors;
    TestDev inner;
};
#define TYPE_TEST_DERIVED "test-derived-dev"

static const Property test_dev_props[] = {
    DEFINE_PROP_BIT("bit3", TestDev, bits, 3, true),
    DEFINE_PROP_BIT("bit31", TestDev, bits, 31, false),
    DEFINE_PROP_BIT64("bit63", TestDev, bits64, 63, true),
    DEFINE_PROP_BOOL("flag", TestDev, flag, true),
    DEFINE_PROP_UINT8("u8", TestDev, u8, 8),
    DEFINE_PROP_UINT16("u16", TestDev, u16, 16),
    DEFINE_PROP_UINT32("u32", TestDev, u32, UINT32_MAX),
    DEFINE_PROP_INT32("i32", TestDev, i32, -1),
    DEFINE_PROP_UINT64("u64", TestDev, u64, 64),
    DEFINE_PROP_SIGNED("i64", TestDev, i64, -64, qdev_prop_int64),
    DEFINE_PROP_SIZE("size", TestDev, size, 4096),
    DEFINE_PROP_STRING("str", TestDev, str),
    DEFINE_PROP_ON_OFF_AUTO("ooa", TestDev, ooa, ON_OFF_AUTO_AUTO),
    DEFINE_PROP_MACADDR("mac", TestDev, mac),
    DEFINE_PROP_SIGNED("addr", TestDev, devfn, -1, qdev_prop_pci_devfn),
    DEFINE_PROP_LINK("link", TestDev, link, TYPE_CONTAINER),
};

static const Property test_derived_props[] = {
    DEFINE_PROP_BOOL("own", TestDev, flag, false),
};

static const Property test_proxy_props[] = {
    DEFINE_PROP_UINT32("vectors", TestProxy, vectors, 3),
};

static void add_alias(ObjectProperty *p, void *opaque)
{
    TestProxy *proxy = opaque;

    if (qdev_prop_of(p)) {
        object_property_add_alias(OBJECT(proxy), p->name, OBJECT(&proxy->inner),
                                  p->name);
    }
}

static void proxy_init(Object *obj)
{
    TestProxy *proxy = TEST_PROXY(obj);

    object_initialize_child(obj, "inner", &proxy->inner, sizeof(proxy->inner),
                            TYPE_TEST_DEV);
    object_property_foreach(object_get_class(OBJECT(&proxy->inner)), NULL,
                            add_alias, proxy);
}

static void test_dev_init(Object *obj)
{
    /* Defaults are there before the driver's own init. */
    g_assert_cmpint(TEST_DEV(obj)->u8, ==, 8);
}

static void test_dev_class_init(ObjectClass *klass, const void *data)
{
    device_class_set_props(DEVICE_CLASS(klass), test_dev_props);
}

static void test_derived_class_init(ObjectClass *klass, const void *data)
{
    device_class_set_props(DEVICE_CLASS(klass), test_derived_props);
}

static void test_proxy_class_init(ObjectClass *klass, const void *data)
{
    device_class_set_props(DEVICE_CLASS(klass), test_proxy_props);
}

static const TypeInfo test_types[] = {
    {
        .name = TYPE_TEST_DEV,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(TestDev),
        .instance_init = test_dev_init,
        .class_init = test_dev_class_init,
    },
    {
        .name = TYPE_TEST_DERIVED,
        .parent = TYPE_TEST_DEV,
        .class_init = test_derived_class_init,
    },
    {
        .name = TYPE_TEST_PROXY,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(TestProxy),
        .instance_init = proxy_init,
        .class_init = test_proxy_class_init,
    },
};
DEFINE_TYPES(test_types)

static void expect_error(Error *err, const char *message)
{
    g_assert_nonnull(err);
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
}

static void test_defaults(void)
{
    TestDev *d = TEST_DEV(qdev_new(TYPE_TEST_DERIVED));

    g_assert_cmphex(d->bits, ==, 0x8);
    g_assert_cmphex(d->bits64, ==, UINT64_C(1) << 63);
    g_assert_false(d->flag); /* the derived class's property came later */
    g_assert_cmpint(d->u16, ==, 16);
    g_assert_cmpuint(d->u32, ==, UINT32_MAX);
    g_assert_cmpint(d->i32, ==, -1);
    g_assert_cmpuint(d->u64, ==, 64);
    g_assert_cmpint(d->i64, ==, -64);
    g_assert_cmpuint(d->size, ==, 4096);
    g_assert_null(d->str);
    g_assert_cmpint(d->ooa, ==, ON_OFF_AUTO_AUTO);
    g_assert_cmpint(d->devfn, ==, -1);
    object_unref(OBJECT(d));
}

static void test_text(void)
{
    static const struct {
        const char *name, *in, *out;
    } cases[] = {
        {"bit3", "off", "off"},
        {"bit31", "on", "on"},
        {"bit63", "no", "off"},
        {"flag", "y", "on"},
        {"u8", "255", "255"},
        {"u16", "0xffff", "65535"},
        {"u32", "4294967295", "4294967295"},
        {"i32", "-2147483648", "-2147483648"},
        {"u64", "9223372036854775807", "9223372036854775807"},
        {"i64", "-9223372036854775808", "-9223372036854775808"},
        {"size", "2M", "2097152"},
        {"str", "a=b,c", "a=b,c"},
        {"str", "", ""},
        {"ooa", "off", "off"},
        {"mac", "52:54:00:aB:CD:ef", "52:54:00:ab:cd:ef"},
        {"mac", "52-54-00-12-34-56", "52:54:00:12:34:56"},
        {"addr", "1f.7", "1f.7"},
        {"addr", "5", "05.0"},
        {"addr", "0x1e.0x2", "1e.2"},
        {"addr", "-1", "-1"},
    };
    Object *obj = OBJECT(qdev_new(TYPE_TEST_DEV));
    TestDev *d = TEST_DEV(obj);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *out = NULL;

        object_property_parse(obj, cases[i].name, cases[i].in, &error_abort);
        out = object_property_print(obj, cases[i].name, &error_abort);
        g_assert_cmpstr(out, ==, cases[i].out);
    }
    g_assert_cmphex(d->bits, ==, 0x80000000);
    g_assert_cmphex(d->bits64, ==, 0);
    g_assert_cmpint(d->i32, ==, INT32_MIN);
    g_assert_cmpint(d->mac.a[5], ==, 0x56);
    object_property_set_uint(obj, "u64", UINT64_MAX, &error_abort);
    g_assert_cmpuint(d->u64, ==, UINT64_MAX);
    object_unref(obj);
}

static void test_bad_text(void)
{
    static const struct {
        const char *name, *in, *message;
    } cases[] = {
        {"mac", "foo", "Property 'test-dev.mac' doesn't take value 'foo'"},
        {"mac", "", "Property 'test-dev.mac' doesn't take value ''"},
        {"mac", "52:54:00:12:34",
         "Property 'test-dev.mac' doesn't take value '52:54:00:12:34'"},
        {"mac", "52:54:00:12:34:5",
         "Property 'test-dev.mac' doesn't take value '52:54:00:12:34:5'"},
        {"mac", "52:54:00:12:34:56:78",
         "Property 'test-dev.mac' doesn't take value "
         "'52:54:00:12:34:56:78'"},
        {"addr", "foo", "Property 'test-dev.addr' doesn't take value 'foo'"},
        {"addr", "20", "Property 'test-dev.addr' doesn't take value '20'"},
        {"addr", "3.8", "Property 'test-dev.addr' doesn't take value '3.8'"},
        {"addr", "3.", "Property 'test-dev.addr' doesn't take value '3.'"},
        {"addr", "3.1x", "Property 'test-dev.addr' doesn't take value '3.1x'"},
        {"addr", "fffffffff3",
         "Property 'test-dev.addr' doesn't take value 'fffffffff3'"},
        {"ooa", "maybe", "Parameter 'ooa' does not accept value 'maybe'"},
        {"flag", "maybe", "Parameter 'flag' expects 'on' or 'off'"},
        {"link", "nope", "Device 'nope' not found"},
        {"nope", "1", "Property 'test-dev.nope' not found"},
        {"hotplugged", "on", "Property 'test-dev.hotplugged' is not writable"},
        {"parent_bus", "x", "Property 'test-dev.parent_bus' is not writable"},
    };
    static const char *const numbers[][2] = {
        {"u8", "256"},
        {"u8", "-1"},
        {"u16", "65536"},
        {"u32", "4294967296"},
        {"i32", "2147483648"},
        {"u64", "x"},
        {"i64", "9223372036854775808"},
        {"size", "1X"},
    };
    Object *obj = OBJECT(qdev_new(TYPE_TEST_DEV));
    Error *err = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_false(
            object_property_parse(obj, cases[i].name, cases[i].in, &err));
        expect_error(g_steal_pointer(&err), cases[i].message);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_assert_false(
            object_property_parse(obj, numbers[i][0], numbers[i][1], &err));
        g_assert_nonnull(err);
        g_clear_pointer(&err, error_free);
    }
    g_assert_cmpint(TEST_DEV(obj)->u8, ==, 8);
    g_assert_cmpint(TEST_DEV(obj)->i32, ==, -1);
    g_assert_cmpint(TEST_DEV(obj)->devfn, ==, -1);
    object_unref(obj);
}

static void test_devfn_number(void)
{
    Object *obj = OBJECT(qdev_new(TYPE_TEST_DEV));
    Error *err = NULL;

    object_property_set_int(obj, "addr", 0x2b, &error_abort);
    g_assert_cmphex(TEST_DEV(obj)->devfn, ==, 0x2b);
    object_property_set_int(obj, "addr", -1, &error_abort);
    g_assert_cmpint(TEST_DEV(obj)->devfn, ==, -1);
    g_assert_false(object_property_set_int(obj, "addr", 256, &err));
    expect_error(g_steal_pointer(&err),
                 "Property 'test-dev.addr' doesn't take value '256'");
    g_assert_false(object_property_set_int(obj, "addr", -2, &err));
    expect_error(g_steal_pointer(&err),
                 "Property 'test-dev.addr' doesn't take value '-2'");
    object_unref(obj);
}

static void test_link(void)
{
    Object *target = container_get(object_get_root(), "target");
    Object *obj = OBJECT(qdev_new(TYPE_TEST_DEV));

    object_property_set_str(obj, "link", "/target", &error_abort);
    g_assert(TEST_DEV(obj)->link == target);
    g_assert_cmpint(target->ref, ==, 2);
    g_assert(object_resolve_path_component(obj, "link") == target);
    object_property_set_link(obj, "link", NULL, &error_abort);
    g_assert_cmpint(target->ref, ==, 1);
    object_property_set_str(obj, "link", "target", &error_abort);
    object_unref(obj);
    g_assert_cmpint(target->ref, ==, 1);
    object_unparent(target);
}

static void test_after_realize(void)
{
    DeviceState *dev = qdev_new(TYPE_TEST_DEV);
    Error *err = NULL;

    qdev_realize(dev, NULL, &error_abort);
    g_assert_false(object_property_set_bool(OBJECT(dev), "flag", false, &err));
    expect_error(g_steal_pointer(&err),
                 "Attempt to set property 'flag' on anonymous device (type "
                 "'test-dev') after it was realized");
    dev->id = g_strdup("d0");
    g_assert_false(object_property_set_bool(OBJECT(dev), "flag", false, &err));
    expect_error(g_steal_pointer(&err),
                 "Attempt to set property 'flag' on device 'd0' (type "
                 "'test-dev') after it was realized");
    qdev_unrealize(dev);
    object_property_set_bool(OBJECT(dev), "flag", false, &error_abort);
    object_unparent(OBJECT(dev));
    object_unref(OBJECT(dev));
}

static json_t *find_item(json_t *list, const char *name)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        if (!strcmp(json_string_value(json_object_get(item, "name")), name)) {
            return item;
        }
    }
    return NULL;
}

static void test_list(void)
{
    json_t *list = qdev_list_properties(TYPE_TEST_PROXY, &error_abort);
    json_t *mac = json_pack(
        "{s:s, s:s, s:s}", "name", "mac", "type", "str", "description",
        "Ethernet 6-byte MAC Address, example: 52:54:00:12:34:56");
    json_t *ooa =
        json_pack("{s:s, s:s, s:s, s:s}", "name", "ooa", "type", "OnOffAuto",
                  "description", "on/off/auto", "default-value", "auto");
    json_t *u32 = json_pack("{s:s, s:s, s:I}", "name", "u32", "type", "uint32",
                            "default-value", (json_int_t)UINT32_MAX);
    Error *err = NULL;

    g_assert_true(json_equal(find_item(list, "mac"), mac));
    g_assert_true(json_equal(find_item(list, "ooa"), ooa));
    g_assert_true(json_equal(find_item(list, "u32"), u32));
    g_assert_nonnull(find_item(list, "vectors"));
    g_assert_nonnull(find_item(list, "inner"));
    g_assert_null(find_item(list, "realized"));
    g_assert_null(find_item(list, "parent_bus"));
    g_assert_null(find_item(list, "type"));
    json_decref(list);
    json_decref(mac);
    json_decref(ooa);
    json_decref(u32);
    g_assert_null(qdev_list_properties("foo", &err));
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    expect_error(g_steal_pointer(&err), "Device 'foo' not found");
    g_assert_null(qdev_list_properties(TYPE_DEVICE, &err));
    expect_error(g_steal_pointer(&err),
                 "Parameter 'typename' expects a non-abstract device type");
    g_assert_null(qdev_list_properties(TYPE_CONTAINER, &err));
    expect_error(g_steal_pointer(&err),
                 "Parameter 'typename' expects a non-abstract device type");
}

static void test_help(void)
{
    g_autofree char *text = qdev_device_help_text(TYPE_TEST_DEV, &error_abort);

    g_assert_cmpstr(
        text, ==,
        "test-dev options:\n"
        "  addr=<str>             - Slot and optional function number, "
        "example: 06.0 or 06 (default: -1)\n"
        "  bit31=<bool>           - on/off (default: off)\n"
        "  bit3=<bool>            - on/off (default: on)\n"
        "  bit63=<bool>           - on/off (default: on)\n"
        "  flag=<bool>            - on/off (default: on)\n"
        "  i32=<int32>            -  (default: -1)\n"
        "  i64=<int64>            -  (default: -64)\n"
        "  link=<link<container>>\n"
        "  mac=<str>              - Ethernet 6-byte MAC Address, example: "
        "52:54:00:12:34:56\n"
        "  ooa=<OnOffAuto>        - on/off/auto (default: auto)\n"
        "  size=<size>            -  (default: 4096)\n"
        "  str=<str>\n"
        "  u16=<uint16>           -  (default: 16)\n"
        "  u32=<uint32>           -  (default: 4294967295)\n"
        "  u64=<uint64>           -  (default: 64)\n"
        "  u8=<uint8>             -  (default: 8)\n");
}

static void test_proxy(void)
{
    Object *obj = OBJECT(qdev_new(TYPE_TEST_PROXY));
    TestProxy *proxy = TEST_PROXY(obj);
    Error *err = NULL;

    object_property_parse(obj, "mac", "52:54:00:12:34:56", &error_abort);
    g_assert_cmpint(proxy->inner.mac.a[0], ==, 0x52);
    g_assert_false(object_property_parse(obj, "mac", "x", &err));
    /* The message names the device that has the property. */
    expect_error(g_steal_pointer(&err),
                 "Property 'test-dev.mac' doesn't take value 'x'");
    object_unref(obj);
}

static void capture(const char *text, void *opaque)
{
    g_string_append(opaque, text);
}

static void test_globals(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    Object *obj;

    qdev_prop_register_global(TYPE_TEST_DEV, "u16", "77");
    qdev_prop_register_global(TYPE_TEST_PROXY, "vectors", "9");
    qdev_prop_register_global("test-nobody", "x", "1");
    qdev_prop_register_global(TYPE_TEST_DERIVED, "own", "off");
    obj = OBJECT(qdev_new(TYPE_TEST_PROXY));
    g_assert_cmpint(TEST_PROXY(obj)->vectors, ==, 9);
    g_assert_cmpint(TEST_PROXY(obj)->inner.u16, ==, 77);
    object_unref(obj);

    error_set_print_hook(capture, out);
    g_assert_cmpint(qdev_prop_check_globals(), ==, 2);
    error_set_print_hook(NULL, NULL);
    g_assert_nonnull(strstr(
        out->str, "warning: global test-nobody.x has invalid class name\n"));
    g_assert_nonnull(strstr(
        out->str, "warning: global test-derived-dev.own=off not used\n"));

    /* A hot-plugged device goes without it. */
    qdev_prop_register_global(TYPE_TEST_DERIVED, "i32", "x");
    qdev_hotplug = true;
    g_string_truncate(out, 0);
    error_set_print_hook(capture, out);
    obj = OBJECT(qdev_new(TYPE_TEST_DERIVED));
    error_set_print_hook(NULL, NULL);
    qdev_hotplug = false;
    g_assert_nonnull(
        strstr(out->str, "can't apply global test-derived-dev.i32=x: "));
    g_assert_cmpint(TEST_DEV(obj)->i32, ==, -1);
    object_unref(obj);
}

static void bad_global(void)
{
    qdev_prop_register_global(TYPE_TEST_DEV, "nope", "1");
    qdev_new(TYPE_TEST_DEV);
}

static void test_bad_global(void)
{
    g_test_trap_subprocess("/core/properties/subprocess/bad-global", 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*can't apply global test-dev.nope=1: Property "
                              "'test-dev.nope' not found*");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    g_test_add_func("/core/properties/defaults", test_defaults);
    g_test_add_func("/core/properties/text", test_text);
    g_test_add_func("/core/properties/bad-text", test_bad_text);
    g_test_add_func("/core/properties/devfn-number", test_devfn_number);
    g_test_add_func("/core/properties/link", test_link);
    g_test_add_func("/core/properties/after-realize", test_after_realize);
    g_test_add_func("/core/properties/list", test_list);
    g_test_add_func("/core/properties/help", test_help);
    g_test_add_func("/core/properties/proxy", test_proxy);
    g_test_add_func("/core/properties/globals", test_globals);
    g_test_add_func("/core/properties/bad-global", test_bad_global);
    g_test_add_func("/core/properties/subprocess/bad-global", bad_global);
    return g_test_run();
}
