/*
 * QMP over a real socket: greeting, negotiation, requests in any pieces,
 * replies, events to several monitors, file descriptors, deletion of a
 * monitor by its own command.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sys/stat.h>

#include "chardev/char.h"
#include "hw/core/vm-info.h"
#include "monitor-client.h"
#include "monitor/monitor.h"
#include "qapi/qapi-events-net.h"
#include "util/aio.h"
#include "util/sockets.h"

static void test_negotiation(void)
{
    Client *c = client_new();

    g_assert_true(
        monitor_init_qmp(qemu_chr_find(c->chardev), false, &error_abort));
    client_connect(c);
    expect_greeting(c);
    client_send(c, "{\"execute\":\"query-status\",\"id\":1}");
    expect(c,
           "{\"id\":1,\"error\":{\"class\":\"CommandNotFound\",\"desc\":"
           "\"Expecting capabilities negotiation with 'qmp_capabilities'\"}}");
    client_send(c, "{\"execute\":\"qmp_capabilities\","
                   "\"arguments\":{\"enable\":[\"oob\"]}}");
    expect_error(c, "GenericError", "Capability 'oob' is not available");
    client_send(c, "{\"execute\":\"qmp_capabilities\","
                   "\"arguments\":{\"enable\":[\"x\"]}}");
    expect_error(c, "GenericError",
                 "Parameter 'enable[0]' does not accept value 'x'");
    /* No events before. */
    qapi_event_send_nic_rx_filter_changed("n", "/n");
    expect_silence(c);
    client_send(c, "{\"execute\":\"qmp_capabilities\","
                   "\"arguments\":{\"enable\":[]}}");
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"qmp_capabilities\"}");
    expect_error(c, "CommandNotFound",
                 "Capabilities negotiation is already "
                 "complete, command ignored");
    /* A new client starts over. */
    client_close(c);
    client_connect(c);
    expect_greeting(c);
    client_send(c, "{\"execute\":\"query-status\"}");
    expect_error(c, "CommandNotFound",
                 "Expecting capabilities negotiation with 'qmp_capabilities'");
    client_end(c);
}

static void test_requests(void)
{
    Client *c = client_start();
    static const struct {
        const char *request, *klass, *desc;
    } bad[] = {
        {"[] ", "GenericError", "QMP input must be a JSON object"},
        {"1 ", "GenericError", "QMP input must be a JSON object"},
        {"{}", "GenericError", "QMP input lacks member 'execute'"},
        {"{\"foo\":1}", "GenericError", "QMP input member 'foo' is unexpected"},
        {"{\"execute\":1}", "GenericError",
         "QMP input member 'execute' must be a string"},
        {"{\"exec-oob\":\"stop\"}", "GenericError",
         "QMP input member 'exec-oob' is unexpected"},
        {"{\"execute\":\"stop\",\"arguments\":[]}", "GenericError",
         "QMP input member 'arguments' must be an object"},
        {"{\"execute\":\"nosuch\"}", "CommandNotFound",
         "The command nosuch has not been found"},
        {"{\"execute\":\"query-status\",\"arguments\":{\"a\":1}}",
         "GenericError", "Parameter 'a' is unexpected"},
        {"{\"execute\":\"set_link\",\"arguments\":{\"name\":\"x\","
         "\"up\":\"on\"}}",
         "GenericError", "Invalid parameter type for 'up', expected: boolean"},
        {"{\"execute\":\"set_link\",\"arguments\":{\"name\":\"x\","
         "\"up\":true}}",
         "DeviceNotFound", "Device 'x' not found"},
    };

    client_send(c, "{\"execute\":\"query-status\",\"id\":[1,{\"a\":null}]}");
    expect(c, "{\"return\":{\"status\":\"prelaunch\",\"running\":false},"
              "\"id\":[1,{\"a\":null}]}");
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        client_send(c, bad[i].request);
        expect_error(c, bad[i].klass, bad[i].desc);
    }
    client_send(c, "{\"execute\":\"query-status\",\"x\":1,\"id\":7}");
    expect(c, "{\"id\":7,\"error\":{\"class\":\"GenericError\",\"desc\":"
              "\"QMP input member 'x' is unexpected\"}}");
    client_end(c);
}

static void test_pieces(void)
{
    Client *c = client_start();
    const char *two = "{\"execute\":\"query-kvm\",\"id\":1}"
                      "{\"execute\":\"query-uuid\",\"id\":2}";

    for (const char *p = two; *p; p++) {
        const char byte[] = {*p, 0};

        client_send(c, byte);
        settle();
    }
    for (int i = 0; i < 2; i++) {
        json_decref(client_next(c));
    }
    /* Many at once: answered in order. */
    for (int i = 0; i < 500; i++) {
        g_autofree char *text =
            g_strdup_printf("{\"execute\":\"query-commands\",\"id\":%d}\n", i);

        client_send(c, text);
    }
    for (int i = 0; i < 500; i++) {
        json_t *reply = client_next(c);

        g_assert_cmpint(json_integer_value(json_object_get(reply, "id")), ==,
                        i);
        json_decref(reply);
    }
    /* Half a request of a client that leaves is not the next one's. */
    client_send(c, "{\"execute\":\"stop\"");
    settle();
    client_close(c);
    client_connect(c);
    negotiate(c);
    client_end(c);
}

static void test_garbage(void)
{
    Client *c = client_start();
    json_t *reply;

    client_send(c, "{\"execute\": nonsense }\n");
    expect_error(c, "GenericError",
                 "1:43: JSON parse error, invalid keyword 'nonsense'");
    client_send(c, "\xff\n");
    reply = client_next(c);
    g_assert_nonnull(json_object_get(reply, "error"));
    json_decref(reply);
    client_send(c, "{\"execute\":\"query-status\"}");
    expect(c, "{\"return\":{\"status\":\"prelaunch\",\"running\":false}}");
    client_end(c);
}

static void test_events(void)
{
    Client *a = client_start();
    Client *b = client_start();
    Client *late = client_new();

    g_assert_true(
        monitor_init_qmp(qemu_chr_find(late->chardev), false, &error_abort));
    client_connect(late);
    expect_greeting(late);
    qapi_event_send_nic_rx_filter_changed(NULL, "/p");
    expect_event(a, "NIC_RX_FILTER_CHANGED", "{\"path\":\"/p\"}");
    expect_event(b, "NIC_RX_FILTER_CHANGED", "{\"path\":\"/p\"}");
    expect_silence(late);
    client_close(b);
    qapi_event_send_nic_rx_filter_changed("n", "/p");
    expect_event(a, "NIC_RX_FILTER_CHANGED",
                 "{\"name\":\"n\",\"path\":\"/p\"}");
    client_close(a);
    qapi_event_send_nic_rx_filter_changed("n", "/p");
    client_end(late);
    client_free(a);
    client_free(b);
}

static void *event_thread(void *opaque)
{
    for (int i = 0; i < 100; i++) {
        qapi_event_send_nic_rx_filter_changed("n", "/thread");
    }
    return NULL;
}

static void test_events_thread(void)
{
    Client *c = client_start();
    QemuThread *t =
        qemu_thread_create("event", event_thread, NULL, &error_abort);

    qemu_thread_join(t);
    for (int i = 0; i < 100; i++) {
        expect_event(c, "NIC_RX_FILTER_CHANGED",
                     "{\"name\":\"n\",\"path\":\"/thread\"}");
    }
    client_end(c);
}

/* ----------------------------------------------------- file descriptors */

static bool same_file(int a, int b)
{
    struct stat sa, sb;

    return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
           sa.st_ino == sb.st_ino;
}

static void test_fds(void)
{
    Client *c = client_start();
    int fds[4];

    g_assert_cmpint(pipe(fds), ==, 0);
    g_assert_cmpint(pipe(fds + 2), ==, 0);
    client_send(c, "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"a\"}}");
    expect_error(c, "GenericError",
                 "No file descriptor supplied via SCM_RIGHTS");
    client_send_fds(c,
                    "{\"execute\":\"getfd\",\"arguments\":"
                    "{\"fdname\":\"1a\"}}",
                    fds, 1);
    expect_error(c, "GenericError",
                 "Parameter 'fdname' expects a name not "
                 "starting with a digit");
    /* Two with one message; two commands, one in pieces. */
    client_send_fds(c, "{\"execute\":\"getfd\",", fds, 2);
    settle();
    client_send(c, "\"arguments\":{\"fdname\":\"a\"}}"
                   "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"b\"}}");
    expect(c, "{\"return\":{}}");
    expect(c, "{\"return\":{}}");
    /* The name is free again once closed; given twice, the last one counts. */
    client_send_fds(c,
                    "{\"execute\":\"getfd\",\"arguments\":"
                    "{\"fdname\":\"a\"}}",
                    fds + 2, 1);
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"closefd\",\"arguments\":"
                   "{\"fdname\":\"b\"}}");
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"closefd\",\"arguments\":"
                   "{\"fdname\":\"b\"}}");
    expect_error(c, "GenericError", "File descriptor named 'b' not found");
    client_end(c);
    for (int i = 0; i < 4; i++) {
        close(fds[i]);
    }
}

/* fd=NAME finds what the client of the executing monitor gave. */
static void test_fd_lookup(void)
{
    Client *c = client_start();
    Monitor *mon = MONITOR(only_monitor());
    Error *err = NULL;
    int fds[2], fd;

    g_assert_cmpint(pipe(fds), ==, 0);
    client_send_fds(c,
                    "{\"execute\":\"getfd\",\"arguments\":"
                    "{\"fdname\":\"a\"}}",
                    fds, 1);
    expect(c, "{\"return\":{}}");
    g_assert_cmpint(fd_param_parse("a", &err), ==, -1);
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "File descriptor named 'a' has not been found");
    g_clear_pointer(&err, error_free);
    monitor_set_cur(mon);
    fd = fd_param_parse("a", &error_abort);
    g_assert_true(same_file(fd, fds[0]));
    g_assert_cmpint(fd_param_parse("a", NULL), ==, -1);
    monitor_set_cur(NULL);
    close(fd);
    close(fds[0]);
    close(fds[1]);
    client_end(c);
}

/* ---------------------------------------------------------------- objects */

static void test_object(void)
{
    Client *c = client_start();
    Client *d = client_new();
    g_autofree char *text = NULL;

    client_send(c, "{\"execute\":\"object-add\",\"arguments\":"
                   "{\"qom-type\":\"monitor-qmp\",\"id\":\"m\"}}");
    expect_error(c, "GenericError", "Parameter 'chardev' is missing");
    client_send(c, "{\"execute\":\"object-add\",\"arguments\":{\"qom-type\":"
                   "\"monitor-qmp\",\"id\":\"m\",\"chardev\":\"x\"}}");
    expect_error(c, "GenericError", "chardev \"x\" not found");
    text = g_strdup_printf(
        "{\"execute\":\"object-add\",\"arguments\":{\"qom-type\":"
        "\"monitor-qmp\",\"id\":\"m\",\"chardev\":\"%s\",\"pretty\":true,"
        "\"close-action\":\"delete\"}}",
        d->chardev);
    client_send(c, text);
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"qom-get\",\"arguments\":"
                   "{\"path\":\"/objects/m\",\"property\":\"pretty\"}}");
    expect(c, "{\"return\":true}");
    client_connect(d);
    client_receive(d);
    g_assert_true(g_str_has_prefix(d->in->str, "{\r\n    \"QMP\": {\r\n"));
    g_assert_true(g_str_has_suffix(d->in->str, "\r\n}\r\n"));
    /* It goes with its client. */
    client_close(d);
    g_assert_null(object_resolve_path("/objects/m", NULL));
    g_assert_null(qemu_chr_find(d->chardev));
    client_free(d);
    client_end(c);
}

/* A monitor deletes itself; what was sent after that is lost. */
static void test_suicide(void)
{
    Client *c = client_start();
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;

    path = object_get_canonical_path_component(only_monitor());
    text = g_strdup_printf("{\"execute\":\"object-del\",\"arguments\":"
                           "{\"id\":\"%s\"}}{\"execute\":\"query-status\"}",
                           path);
    client_send(c, text);
    expect(c, "{\"return\":{}}");
    expect_silence(c);
    g_assert_null(only_monitor());
    client_end(c);
}

static void test_information(void)
{
    Client *c = client_start();
    json_t *schema, *commands, *entry;
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    size_t i;

    client_send(c, "{\"execute\":\"query-target\"}");
    expect(c, "{\"return\":{\"arch\":\"x86_64\"}}");
    client_send(c, "{\"execute\":\"query-name\"}");
    expect(c, "{\"return\":{}}");
    vm_info_set_name("fred");
    vm_info_set_uuid("550E8400-e29b-41d4-a716-446655440000");
    client_send(c, "{\"execute\":\"query-name\"}");
    expect(c, "{\"return\":{\"name\":\"fred\"}}");
    client_send(c, "{\"execute\":\"query-uuid\"}");
    expect(c, "{\"return\":{\"UUID\":"
              "\"550e8400-e29b-41d4-a716-446655440000\"}}");

    /* Each command is in the schema, and only once in the list. */
    client_send(c, "{\"execute\":\"query-qmp-schema\"}");
    schema = client_next(c);
    json_array_foreach (json_object_get(schema, "return"), i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));

        g_assert_true(g_hash_table_add(names, (char *)name));
    }
    client_send(c, "{\"execute\":\"query-commands\"}");
    commands = client_next(c);
    g_assert_cmpint(json_array_size(json_object_get(commands, "return")), >,
                    30);
    json_array_foreach (json_object_get(commands, "return"), i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));

        g_assert_true(g_hash_table_contains(names, name));
    }
    json_decref(schema);
    json_decref(commands);
    client_end(c);
}

static json_t *schema_entity(json_t *schema, json_t *name)
{
    json_t *entry;
    size_t i;

    json_array_foreach (schema, i, entry) {
        if (json_equal(json_object_get(entry, "name"), name)) {
            return entry;
        }
    }
    g_error("no '%s' in the schema", json_string_value(name));
}

/* Every object of object-add exists, with the members the schema promises. */
static void test_object_schema(void)
{
    Client *c = client_start();
    json_t *reply, *schema, *cmd, *arg, *variant, *member;
    json_t *name = json_string("object-add");
    size_t i, j;

    client_send(c, "{\"execute\":\"query-qmp-schema\"}");
    reply = client_next(c);
    schema = json_object_get(reply, "return");
    cmd = schema_entity(schema, name);
    arg = schema_entity(schema, json_object_get(cmd, "arg-type"));
    json_array_foreach (json_object_get(arg, "variants"), i, variant) {
        json_t *body = schema_entity(schema, json_object_get(variant, "type"));
        const char *type = json_string_value(json_object_get(variant, "case"));
        Object *obj = object_new(type);

        g_assert_nonnull(object_dynamic_cast(obj, TYPE_USER_CREATABLE));
        json_array_foreach (json_object_get(body, "members"), j, member) {
            const char *prop =
                json_string_value(json_object_get(member, "name"));

            if (!object_property_find(obj, prop)) {
                g_error("%s has no property '%s'", type, prop);
            }
        }
        object_unref(obj);
    }
    g_assert_cmpuint(i, >=, 6);
    json_decref(name);
    json_decref(reply);
    client_end(c);
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    client_init();
    g_test_add_func("/qmp/negotiation", test_negotiation);
    g_test_add_func("/qmp/requests", test_requests);
    g_test_add_func("/qmp/pieces", test_pieces);
    g_test_add_func("/qmp/garbage", test_garbage);
    g_test_add_func("/qmp/events", test_events);
    g_test_add_func("/qmp/events-thread", test_events_thread);
    g_test_add_func("/qmp/fds", test_fds);
    g_test_add_func("/qmp/fd-lookup", test_fd_lookup);
    g_test_add_func("/qmp/object", test_object);
    g_test_add_func("/qmp/suicide", test_suicide);
    g_test_add_func("/qmp/information", test_information);
    g_test_add_func("/qmp/object-schema", test_object_schema);
    ret = g_test_run();
    client_fini();
    return ret;
}
