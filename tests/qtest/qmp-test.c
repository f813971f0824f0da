/*
 * QMP commands: the shape of what they return, the class and words of what
 * they refuse.
 *
 * The tables hold for a stock QEMU 11.1 as well (run this with its binary in
 * QTEST_QEMU_BINARY); shapes are written as types: {key:s} is an object with
 * a string, i an integer, b a boolean, n null, [] an empty array.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/qtest/lib/libqtest.h"

typedef struct QmpCase {
    const char *command;
    const char *class; /* of the error; NULL: it succeeds */
    const char *expect; /* words of the error, or shape of the result */
} QmpCase;

static const QmpCase protocol_cases[] = {
    { "{'execute': 'qmp_capabilities'}",
      "CommandNotFound",
      "Capabilities negotiation is already complete, command ignored" },
    { "{'execute': 'nope'}",
      "CommandNotFound",
      "The command nope has not been found" },
    { "{'execute': 1}",
      "GenericError",
      "QMP input member 'execute' must be a string" },
    { "{'exec': 'x'}",
      "GenericError",
      "QMP input member 'exec' is unexpected" },
    { "[]",
      "GenericError",
      "QMP input must be a JSON object" },
    { "'x'",
      "GenericError",
      "QMP input must be a JSON object" },
    { "{'execute': 'query-status', 'arguments': []}",
      "GenericError",
      "QMP input member 'arguments' must be an object" },
    { "{'execute': 'query-status', 'arguments': {'foo': 1}}",
      "GenericError",
      "Parameter 'foo' is unexpected" },
    { "{'execute': 'query-status', 'id': {'a': [1,2]}}",
      NULL, "{running:b,status:s}" },
    { "{'execute': 'query-status', 'id': null}",
      NULL, "{running:b,status:s}" },
    { "{'execute': 'query-status', 'foo': null}",
      "GenericError",
      "QMP input member 'foo' is unexpected" },
    { "{'exec-oob': 'query-status'}",
      "GenericError",
      "QMP input member 'exec-oob' is unexpected" },
    { "{'execute': 'closefd', 'arguments': {'fdname': 'x'}}",
      "GenericError",
      "File descriptor named 'x' not found" },
};

static const QmpCase query_cases[] = {
    { "{'execute': 'query-version'}",
      NULL, "{package:s,qemu:{major:i,micro:i,minor:i}}" },
    { "{'execute': 'query-status'}",
      NULL, "{running:b,status:s}" },
    { "{'execute': 'query-name'}",
      NULL, "{name:s}" },
    { "{'execute': 'query-uuid'}",
      NULL, "{UUID:s}" },
    { "{'execute': 'stop'}",
      NULL, "{}" },
    { "{'execute': 'cont'}",
      NULL, "{}" },
    { "{'execute': 'human-monitor-command', 'arguments': {'command-line': "
      "'nope'}}",
      NULL, "s" },
    { "{'execute': 'human-monitor-command', 'arguments': {'command-line': "
      "'info nope'}}",
      NULL, "s" },
    { "{'execute': 'human-monitor-command', 'arguments': {'command-line': "
      "'info version', 'cpu-index': 99}}",
      "GenericError",
      "Parameter 'cpu-index' expects a CPU number" },
    { "{'execute': 'human-monitor-command'}",
      "GenericError",
      "Parameter 'command-line' is missing" },
    { "{'execute': 'query-chardev'}",
      NULL, "[{filename:s,frontend-open:b,label:s}]" },
    { "{'execute': 'system_reset'}",
      NULL, "{}" },
};

static const QmpCase qom_cases[] = {
    { "{'execute': 'qom-list', 'arguments': {'path': '/'}}",
      NULL, "[{name:s,type:s}]" },
    { "{'execute': 'qom-list', 'arguments': {'path': '/machine/peripheral'}}",
      NULL, "[{name:s,type:s}]" },
    { "{'execute': 'qom-list', 'arguments': {'path': '/nope'}}",
      "DeviceNotFound",
      "Device '/nope' not found" },
    { "{'execute': 'qom-get', 'arguments': {'path': "
      "'/machine/peripheral/nic0', 'property': 'mac'}}",
      NULL, "s" },
    { "{'execute': 'qom-get', 'arguments': {'path': "
      "'/machine/peripheral/nic0', 'property': 'netdev'}}",
      NULL, "s" },
    { "{'execute': 'qom-get', 'arguments': {'path': "
      "'/machine/peripheral/nic0', 'property': 'nope'}}",
      "GenericError",
      "Property 'virtio-net-pci.nope' not found" },
    { "{'execute': 'qom-get', 'arguments': {'path': 'nic0', 'property': "
      "'realized'}}",
      NULL, "b" },
    { "{'execute': 'qom-get', 'arguments': {'path': "
      "'/machine/peripheral/nic0', 'property': 'type'}}",
      NULL, "s" },
    { "{'execute': 'qom-get', 'arguments': {'path': '/nope', 'property': "
      "'type'}}",
      "DeviceNotFound",
      "Device '/nope' not found" },
    { "{'execute': 'qom-set', 'arguments': {'path': "
      "'/machine/peripheral/nic0', 'property': 'mac', 'value': "
      "'52:54:00:00:00:01'}}",
      "GenericError",
      "Attempt to set property 'mac' on anonymous device (type "
      "'virtio-net-device') after it was realized" },
    { "{'execute': 'qom-set', 'arguments': {'path': "
      "'/machine/peripheral/nic0', 'property': 'nope', 'value': 1}}",
      "GenericError",
      "Property 'virtio-net-pci.nope' not found" },
    { "{'execute': 'qom-list-types', 'arguments': {'implements': "
      "'virtio-net-pci-base'}}",
      NULL, "[{name:s,parent:s}]" },
    { "{'execute': 'qom-list-types', 'arguments': {'implements': 'nope'}}",
      NULL, "[]" },
    { "{'execute': 'qom-list-types', 'arguments': {'implements': "
      "'virtio-net-device', 'abstract': true}}",
      NULL, "[{name:s,parent:s}]" },
    { "{'execute': 'qom-list-properties', 'arguments': {'typename': 'nope'}}",
      "DeviceNotFound",
      "Class 'nope' not found" },
};

static const QmpCase object_cases[] = {
    { "{'execute': 'object-add', 'arguments': {'qom-type': "
      "'memory-backend-ram', 'id': 'm0', 'size': 1048576}}",
      NULL, "{}" },
    { "{'execute': 'object-add', 'arguments': {'qom-type': "
      "'memory-backend-ram', 'id': 'm0', 'size': 1048576}}",
      "GenericError",
      "attempt to add duplicate property 'm0' to object (type 'container')" },
    { "{'execute': 'object-add', 'arguments': {'qom-type': 'nope', 'id': "
      "'m1'}}",
      "GenericError",
      "Parameter 'qom-type' does not accept value 'nope'" },
    { "{'execute': 'object-add', 'arguments': {'qom-type': "
      "'memory-backend-ram', 'id': 'm1'}}",
      "GenericError",
      "Parameter 'size' is missing" },
    { "{'execute': 'object-add', 'arguments': {'qom-type': "
      "'memory-backend-ram', 'id': '1m', 'size': 4096}}",
      "GenericError",
      "Parameter 'id' expects an identifier" },
    { "{'execute': 'object-del', 'arguments': {'id': 'm0'}}",
      NULL, "{}" },
    { "{'execute': 'object-del', 'arguments': {'id': 'm0'}}",
      "GenericError",
      "object 'm0' not found" },
};

static const QmpCase net_cases[] = {
    { "{'execute': 'query-rx-filter', 'arguments': {'name': 'nope'}}",
      "GenericError",
      "invalid net client name: nope" },
    { "{'execute': 'query-rx-filter', 'arguments': {'name': 'h'}}",
      "GenericError",
      "net client(h) isn't a NIC" },
    { "{'execute': 'netdev_add', 'arguments': {'type': 'hubport', 'id': 'h1',"
      " 'hubid': 3}}",
      NULL, "{}" },
    { "{'execute': 'netdev_add', 'arguments': {'type': 'hubport', 'id': 'h1',"
      " 'hubid': 3}}",
      "GenericError",
      "Duplicate ID 'h1'" },
    { "{'execute': 'netdev_add', 'arguments': {'type': 'nope', 'id': 'h2'}}",
      "GenericError",
      "Parameter 'type' does not accept value 'nope'" },
    { "{'execute': 'netdev_add', 'arguments': {'type': 'hubport', 'id': "
      "'h2'}}",
      "GenericError",
      "Parameter 'hubid' is missing" },
    { "{'execute': 'netdev_add', 'arguments': {'type': 'hubport', 'id': 'h2',"
      " 'hubid': 'x'}}",
      "GenericError",
      "Invalid parameter type for 'hubid', expected: integer" },
    { "{'execute': 'netdev_add', 'arguments': {'type': 'hubport', 'id': 'h2',"
      " 'hubid': 1, 'foo': 2}}",
      "GenericError",
      "Parameter 'foo' is unexpected" },
    { "{'execute': 'netdev_add', 'arguments': {'type': 'hubport', 'id': '2h',"
      " 'hubid': 1}}",
      "GenericError",
      "Parameter 'id' expects an identifier" },
    { "{'execute': 'netdev_add', 'arguments': {'id': 'h2'}}",
      "GenericError",
      "Parameter 'type' is missing" },
    { "{'execute': 'netdev_add', 'arguments': {'type': 'hubport'}}",
      "GenericError",
      "Parameter 'id' is missing" },
    { "{'execute': 'netdev_del', 'arguments': {'id': 'h1'}}",
      NULL, "{}" },
    { "{'execute': 'netdev_del', 'arguments': {'id': 'h1'}}",
      "DeviceNotFound",
      "Device 'h1' not found" },
    { "{'execute': 'netdev_del', 'arguments': {'id': 'nic0'}}",
      "DeviceNotFound",
      "Device 'nic0' not found" },
    { "{'execute': 'netdev_del'}",
      "GenericError",
      "Parameter 'id' is missing" },
    { "{'execute': 'set_link', 'arguments': {'name': 'nic0', 'up': false}}",
      NULL, "{}" },
    { "{'execute': 'set_link', 'arguments': {'name': 'nope', 'up': false}}",
      "DeviceNotFound",
      "Device 'nope' not found" },
    { "{'execute': 'set_link', 'arguments': {'name': 'nic0', 'up': 1}}",
      "GenericError",
      "Invalid parameter type for 'up', expected: boolean" },
    { "{'execute': 'set_link', 'arguments': {'name': 'nic0'}}",
      "GenericError",
      "Parameter 'up' is missing" },
    { "{'execute': 'announce-self', 'arguments': {'initial': 50, 'max': 550, "
      "'rounds': 5, 'step': 50}}",
      NULL, "{}" },
    { "{'execute': 'announce-self'}",
      "GenericError",
      "Parameter 'initial' is missing" },
    { "{'execute': 'announce-self', 'arguments': {'initial': -1, 'max': 550, "
      "'rounds': 5, 'step': 50}}",
      NULL, "{}" },
};

static const QmpCase device_cases[] = {
    { "{'execute': 'device-list-properties', 'arguments': {'typename': "
      "'nope'}}",
      "DeviceNotFound",
      "Device 'nope' not found" },
    { "{'execute': 'device-list-properties', 'arguments': {'typename': "
      "'memory-backend-ram'}}",
      "GenericError",
      "Parameter 'typename' expects a non-abstract device type" },
    { "{'execute': 'device-list-properties', 'arguments': {'typename': "
      "'virtio-pci'}}",
      "GenericError",
      "Parameter 'typename' expects a non-abstract device type" },
    { "{'execute': 'device_add', 'arguments': {'driver': 'nope'}}",
      "GenericError",
      "'nope' is not a valid device model name" },
    { "{'execute': 'device_add', 'arguments': {}}",
      "GenericError",
      "Parameter 'driver' is missing" },
    { "{'execute': 'device_add', 'arguments': {'driver': 'virtio-net-pci', "
      "'id': 'n1', 'netdev': 'nope'}}",
      "GenericError",
      "Property 'virtio-net-device.netdev' can't find value 'nope'" },
    { "{'execute': 'device_add', 'arguments': {'driver': 'virtio-net-pci', "
      "'id': 'n1', 'addr': '4'}}",
      "GenericError",
      "PCI: slot 4 function 0 not available for virtio-net-pci, in use by "
      "virtio-net-pci,id=nic0" },
    { "{'execute': 'device_add', 'arguments': {'driver': 'virtio-net-pci', "
      "'id': 'nic0'}}",
      "GenericError",
      "Duplicate device ID 'nic0'" },
    { "{'execute': 'device_add', 'arguments': {'driver': 'virtio-net-pci', "
      "'id': 'n1', 'mq': 'maybe'}}",
      "GenericError",
      "Invalid parameter type for 'mq', expected: boolean" },
    { "{'execute': 'device_add', 'arguments': {'driver': 'virtio-net-pci', "
      "'id': 'n1', 'foo': 1}}",
      "GenericError",
      "Property 'virtio-net-pci.foo' not found" },
    { "{'execute': 'device_add', 'arguments': {'driver': 'virtio-net-pci', "
      "'id': 'n1', 'bus': 'nope'}}",
      "GenericError",
      "Bus 'nope' not found" },
    { "{'execute': 'device_add', 'arguments': {'driver': 'virtio-net-pci', "
      "'id': 'n1', 'addr': '6'}}",
      NULL, "{}" },
};

static const QmpCase big_cases[] = {
    { "{'execute': 'query-rx-filter'}", NULL,
      "[{broadcast-allowed:b,main-mac:s,multicast:s,multicast-overflow:b,"
      "multicast-table:[],name:s,promiscuous:b,unicast:s,unicast-overflow:b,"
      "unicast-table:[],vlan:s,vlan-table:[i]}]" },
    { "{'execute': 'query-rx-filter', 'arguments': {'name': 'nic0'}}", NULL,
      "[{broadcast-allowed:b,main-mac:s,multicast:s,multicast-overflow:b,"
      "multicast-table:[],name:s,promiscuous:b,unicast:s,unicast-overflow:b,"
      "unicast-table:[],vlan:s,vlan-table:[i]}]" },
    { "{'execute': 'query-commands'}", NULL, "[{name:s}]" },
    { "{'execute': 'qom-list-types'}", NULL, "[{name:s,parent:s}]" },
};

/* ------------------------------------------------------------------ shape */

static void put_shape(GString *s, json_t *v);

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_object(GString *s, json_t *v)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    const char *key;
    json_t *member;

    json_object_foreach(v, key, member) {
        g_ptr_array_add(keys, (void *)key);
    }
    g_ptr_array_sort(keys, by_name);
    g_string_append_c(s, '{');
    for (unsigned i = 0; i < keys->len; i++) {
        g_string_append_printf(s, "%s%s:", i ? "," : "",
                               (char *)keys->pdata[i]);
        put_shape(s, json_object_get(v, keys->pdata[i]));
    }
    g_string_append_c(s, '}');
}

static void put_shape(GString *s, json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        put_object(s, v);
        break;
    case JSON_ARRAY:
        g_string_append_c(s, '[');
        if (json_array_size(v)) {
            put_shape(s, json_array_get(v, 0));
        }
        g_string_append_c(s, ']');
        break;
    default:
        g_string_append(s, json_is_string(v)    ? "s"
                           : json_is_integer(v) ? "i"
                           : json_is_boolean(v) ? "b"
                           : json_is_null(v)    ? "n"
                                                : "r");
    }
}

/* ------------------------------------------------------------------- test */

static QTestState *start(void)
{
    return qtest_init("-machine pc -name foo "
                      "-uuid 12345678-1234-1234-1234-123456789abc "
                      "-netdev hubport,id=h,hubid=0 "
                      "-device virtio-net-pci,netdev=h,addr=4,id=nic0,"
                      "mac=52:54:00:12:34:56");
}

static char *outcome(json_t *reply, const char **class)
{
    json_t *error = json_object_get(reply, "error");
    GString *shape;

    *class = NULL;
    if (error) {
        *class = json_string_value(json_object_get(error, "class"));
        return g_strdup(json_string_value(json_object_get(error, "desc")));
    }
    shape = g_string_new(NULL);
    put_shape(shape, json_object_get(reply, "return"));
    return g_string_free(shape, false);
}

static void run_cases(const QmpCase *cases, size_t n)
{
    QTestState *qts = start();

    for (size_t i = 0; i < n; i++) {
        const QmpCase *c = &cases[i];
        json_t *reply = qtest_qmp(qts, "%s", c->command);
        const char *class;
        g_autofree char *got = outcome(reply, &class);

        if (g_strcmp0(class, c->class) || g_strcmp0(got, c->expect)) {
            g_test_message("%s\n  %s: %s\n  expected %s: %s", c->command,
                           class ? class : "ok", got,
                           c->class ? c->class : "ok", c->expect);
            g_test_fail();
        }
        json_decref(reply);
    }
    qtest_quit(qts);
}

#define DEFINE_TEST(name)                                  \
    static void test_##name(void)                          \
    {                                                      \
        run_cases(name##_cases, ARRAY_SIZE(name##_cases)); \
    }

DEFINE_TEST(protocol)
DEFINE_TEST(query)
DEFINE_TEST(qom)
DEFINE_TEST(object)
DEFINE_TEST(net)
DEFINE_TEST(device)
DEFINE_TEST(big)

/* Whatever is listed as a command answers bad arguments with an error. */
static void test_every_command(void)
{
    QTestState *qts = start();
    json_t *list = qtest_qmp_ok(qts, "{'execute': 'query-commands'}");
    json_t *entry;
    size_t i;

    if (!qtest_is_ours()) {
        g_test_skip("some of stock QEMU's many commands do things");
        json_decref(list);
        qtest_quit(qts);
        return;
    }
    g_assert_cmpuint(json_array_size(list), >=, 29);
    json_array_foreach(list, i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));

        if (!strcmp(name, "netdev_add") || !strcmp(name, "device_add")) {
            continue; /* take whatever key: refused by the device */
        }
        g_free(qtest_qmp_error(qts, "{'execute': '%s', 'arguments': "
                                    "{'no-such-argument': [1, {}]}}", name));
        g_free(qtest_qmp_error(qts, "{'execute': '%s', 'arguments': 1}",
                               name));
        g_free(qtest_qmp_error(qts, "{'execute': '%s', 'nope': 1}", name));
    }
    json_decref(list);
    json_decref(qtest_qmp_ok(qts, "{'execute': 'query-status'}"));
    qtest_quit(qts);
}

/* The schema names every command and event there is. */
static void test_schema(void)
{
    QTestState *qts = start();
    json_t *schema = qtest_qmp_ok(qts, "{'execute': 'query-qmp-schema'}");
    json_t *list = qtest_qmp_ok(qts, "{'execute': 'query-commands'}");
    g_autoptr(GHashTable) commands = g_hash_table_new(g_str_hash,
                                                      g_str_equal);
    unsigned events = 0;
    json_t *entry;
    size_t i;

    json_array_foreach(schema, i, entry) {
        const char *meta = json_string_value(json_object_get(entry,
                                                             "meta-type"));
        if (!strcmp(meta, "command")) {
            g_hash_table_add(commands, (void *)json_string_value(
                                 json_object_get(entry, "name")));
        }
        events += !strcmp(meta, "event");
    }
    g_assert_cmpuint(events, >=, 5);
    json_array_foreach(list, i, entry) {
        g_assert_true(g_hash_table_contains(
            commands, json_string_value(json_object_get(entry, "name"))));
    }
    g_assert_cmpuint(g_hash_table_size(commands), ==, json_array_size(list));
    json_decref(schema);
    json_decref(list);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qmp/protocol", test_protocol);
    g_test_add_func("/qmp/query", test_query);
    g_test_add_func("/qmp/qom", test_qom);
    g_test_add_func("/qmp/object", test_object);
    g_test_add_func("/qmp/net", test_net);
    g_test_add_func("/qmp/device", test_device);
    g_test_add_func("/qmp/large", test_big);
    g_test_add_func("/qmp/every-command", test_every_command);
    g_test_add_func("/qmp/schema", test_schema);
    return g_test_run();
}
