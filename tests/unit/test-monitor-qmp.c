/*
 * QMP over a real socket: greeting, negotiation, requests in any pieces,
 * replies, events to several monitors, file descriptors, deletion of a
 * monitor by its own command, and the run state that commands change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "chardev/char.h"
#include "hw/core/runstate.h"
#include "hw/core/vm-info.h"
#include "monitor/monitor.h"
#include "qapi/qapi-events-net.h"
#include "util/aio.h"
#include "util/option.h"
#include "util/sockets.h"

static char *dir;
static unsigned count;

typedef struct Client {
    char *path;
    char *chardev;
    int fd;
    GString *in;
} Client;

/* ----------------------------------------------------------------- client */

static void client_connect(Client *c)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };

    g_strlcpy(sa.sun_path, c->path, sizeof(sa.sun_path));
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)), ==, 0);
    g_string_truncate(c->in, 0);
}

/* A chardev that listens, without monitor. */
static Client *client_new(void)
{
    Client *c = g_new0(Client, 1);
    g_autofree char *arg = NULL;

    c->chardev = g_strdup_printf("c%u", count++);
    c->path = g_build_filename(dir, c->chardev, NULL);
    arg = g_strdup_printf("socket,id=%s,path=%s,server=on,wait=off",
                          c->chardev, c->path);
    g_assert_nonnull(qemu_chr_new_from_arg(arg, &error_abort));
    c->in = g_string_new(NULL);
    c->fd = -1;
    return c;
}

static void settle(void)
{
    for (int i = 0; i < 20; i++) {
        main_loop_wait(true);
    }
}

static void client_close(Client *c)
{
    close(c->fd);
    c->fd = -1;
    settle();
}

static void client_free(Client *c)
{
    if (c->fd >= 0) {
        client_close(c);
    }
    g_string_free(c->in, TRUE);
    g_free(c->path);
    g_free(c->chardev);
    g_free(c);
}

/* What the monitor has sent by now. */
static void client_receive(Client *c)
{
    char buf[4096];
    ssize_t n;

    settle();
    while ((n = recv(c->fd, buf, sizeof(buf), 0)) > 0) {
        g_string_append_len(c->in, buf, n);
    }
}

static void client_send(Client *c, const char *text)
{
    size_t len = strlen(text);

    while (len) {
        ssize_t n = send(c->fd, text, len, 0);

        if (n > 0) {
            text += n;
            len -= n;
        } else {
            g_assert_cmpint(errno, ==, EAGAIN);
            settle();
        }
    }
}

static void client_send_fds(Client *c, const char *text, int *fds, int n)
{
    union {
        struct cmsghdr align;
        char buf[CMSG_SPACE(sizeof(int) * 4)];
    } control = { 0 };
    struct iovec iov = { (char *)text, strlen(text) };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
                          .msg_control = control.buf,
                          .msg_controllen = CMSG_SPACE(sizeof(int) * n) };
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n);
    memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * n);
    g_assert_cmpint(sendmsg(c->fd, &msg, 0), ==, strlen(text));
}

/* The next message, which has to be there; the caller's. */
static json_t *client_next(Client *c)
{
    g_autofree char *line = NULL;
    json_t *json;
    char *end;

    if (!strstr(c->in->str, "\r\n")) {
        client_receive(c);
    }
    end = strstr(c->in->str, "\r\n");
    g_assert_nonnull(end);
    line = g_strndup(c->in->str, end - c->in->str);
    g_string_erase(c->in, 0, end + 2 - c->in->str);
    json = json_loads(line, 0, NULL);
    g_assert_nonnull(json);
    return json;
}

static void expect(Client *c, const char *text)
{
    json_t *got = client_next(c);
    json_t *wanted = json_loads(text, 0, NULL);

    g_assert_nonnull(wanted);
    if (!json_equal(got, wanted)) {
        g_error("got %s, expected %s", json_dumps(got, 0), text);
    }
    json_decref(got);
    json_decref(wanted);
}

static void expect_silence(Client *c)
{
    client_receive(c);
    g_assert_cmpstr(c->in->str, ==, "");
}

static void expect_error(Client *c, const char *klass, const char *desc)
{
    json_t *got = client_next(c);
    json_t *error = json_object_get(got, "error");

    g_assert_nonnull(error);
    g_assert_cmpstr(json_string_value(json_object_get(error, "desc")), ==,
                    desc);
    g_assert_cmpstr(json_string_value(json_object_get(error, "class")), ==,
                    klass);
    json_decref(got);
}

/* data NULL: none. */
static void expect_event(Client *c, const char *name, const char *data)
{
    json_t *got = client_next(c);
    json_t *stamp = json_object_get(got, "timestamp");
    int64_t sec = json_integer_value(json_object_get(stamp, "seconds"));
    int64_t us = json_integer_value(json_object_get(stamp, "microseconds"));

    g_assert_cmpstr(json_string_value(json_object_get(got, "event")), ==,
                    name);
    g_assert_cmpint(ABS(g_get_real_time() - (sec * G_USEC_PER_SEC + us)), <,
                    10 * G_USEC_PER_SEC);
    g_assert_cmpint(us, <, G_USEC_PER_SEC);
    if (data) {
        json_t *wanted = json_loads(data, 0, NULL);

        g_assert_true(json_equal(json_object_get(got, "data"), wanted));
        json_decref(wanted);
    } else {
        g_assert_null(json_object_get(got, "data"));
    }
    json_decref(got);
}

static void expect_greeting(Client *c)
{
    expect(c, "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 11, \"minor\": 1,"
           " \"micro\": 0}, \"package\": \"qemu-vnet 0.1.0\"},"
           " \"capabilities\": []}}");
}

static void negotiate(Client *c)
{
    expect_greeting(c);
    client_send(c, "{\"execute\":\"qmp_capabilities\"}");
    expect(c, "{\"return\": {}}");
}

/* A connected client of a new monitor, negotiated. */
static Client *client_start(void)
{
    Client *c = client_new();

    g_assert_true(monitor_init_qmp(qemu_chr_find(c->chardev), false,
                                   &error_abort));
    client_connect(c);
    negotiate(c);
    return c;
}

static int find_monitor(Object *child, void *opaque)
{
    Object **found = opaque;

    if (object_dynamic_cast(child, TYPE_MONITOR_QMP)) {
        g_assert_null(*found);
        *found = child;
    }
    return 0;
}

/* The only monitor there is, or NULL. */
static Object *only_monitor(void)
{
    Object *found = NULL;

    object_child_foreach(object_get_objects_root(), find_monitor, &found);
    return found;
}

/* Takes the monitors away that a test has made. */
static void client_end(Client *c)
{
    client_close(c);
    monitor_cleanup();
    g_assert_true(qemu_chr_remove(c->chardev, &error_abort));
    client_free(c);
}

/* ------------------------------------------------------------------ tests */

static void test_negotiation(void)
{
    Client *c = client_new();

    g_assert_true(monitor_init_qmp(qemu_chr_find(c->chardev), false,
                                   &error_abort));
    client_connect(c);
    expect_greeting(c);
    client_send(c, "{\"execute\":\"query-status\",\"id\":1}");
    expect(c, "{\"id\":1,\"error\":{\"class\":\"CommandNotFound\",\"desc\":"
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
    expect_error(c, "CommandNotFound", "Capabilities negotiation is already "
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
        { "[] ", "GenericError", "QMP input must be a JSON object" },
        { "1 ", "GenericError", "QMP input must be a JSON object" },
        { "{}", "GenericError", "QMP input lacks member 'execute'" },
        { "{\"foo\":1}", "GenericError",
          "QMP input member 'foo' is unexpected" },
        { "{\"execute\":1}", "GenericError",
          "QMP input member 'execute' must be a string" },
        { "{\"exec-oob\":\"stop\"}", "GenericError",
          "QMP input member 'exec-oob' is unexpected" },
        { "{\"execute\":\"stop\",\"arguments\":[]}", "GenericError",
          "QMP input member 'arguments' must be an object" },
        { "{\"execute\":\"nosuch\"}", "CommandNotFound",
          "The command nosuch has not been found" },
        { "{\"execute\":\"query-status\",\"arguments\":{\"a\":1}}",
          "GenericError", "Parameter 'a' is unexpected" },
        { "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"x\","
          "\"up\":\"on\"}}", "GenericError",
          "Invalid parameter type for 'up', expected: boolean" },
        { "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"x\","
          "\"up\":true}}", "DeviceNotFound", "Device 'x' not found" },
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
        const char byte[] = { *p, 0 };

        client_send(c, byte);
        settle();
    }
    for (int i = 0; i < 2; i++) {
        json_decref(client_next(c));
    }
    /* Many at once: answered in order. */
    for (int i = 0; i < 500; i++) {
        g_autofree char *text = g_strdup_printf(
            "{\"execute\":\"query-commands\",\"id\":%d}\n", i);

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

    g_assert_true(monitor_init_qmp(qemu_chr_find(late->chardev), false,
                                   &error_abort));
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
    QemuThread *t = qemu_thread_create("event", event_thread, NULL,
                                       &error_abort);

    qemu_thread_join(t);
    for (int i = 0; i < 100; i++) {
        expect_event(c, "NIC_RX_FILTER_CHANGED",
                     "{\"name\":\"n\",\"path\":\"/thread\"}");
    }
    client_end(c);
}

static bool quit_after;

static void quit_bh(void *opaque)
{
    quit_after = true;
    qemu_system_shutdown_request(SHUTDOWN_CAUSE_HOST_QMP_QUIT);
}

/* Lets the main loop execute what is requested; it ends by our own request. */
static void run_requests(Client *c)
{
    quit_after = false;
    settle();
    aio_bh_schedule_oneshot(qemu_get_aio_context(), quit_bh, NULL);
    g_assert_cmpint(qemu_main_loop(), ==, 0);
    g_assert_true(quit_after);
}

static void test_run_state(void)
{
    Client *c = client_start();

    client_send(c, "{\"execute\":\"stop\"}"); /* is stopped already */
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"cont\"}");
    expect_event(c, "RESUME", NULL);
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"cont\"}");
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"query-status\"}");
    expect(c, "{\"return\":{\"status\":\"running\",\"running\":true}}");
    g_assert_true(runstate_is_running());
    client_send(c, "{\"execute\":\"stop\"}");
    expect_event(c, "STOP", NULL);
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"query-status\"}");
    expect(c, "{\"return\":{\"status\":\"paused\",\"running\":false}}");
    client_send(c, "{\"execute\":\"system_reset\"}"
                "{\"execute\":\"system_powerdown\"}");
    run_requests(c);
    expect(c, "{\"return\":{}}");
    expect(c, "{\"return\":{}}");
    expect_event(c, "RESET", "{\"guest\":false,"
                 "\"reason\":\"host-qmp-system-reset\"}");
    expect_event(c, "POWERDOWN", NULL);
    expect_event(c, "SHUTDOWN", "{\"guest\":false,"
                 "\"reason\":\"host-qmp-quit\"}");
    client_send(c, "{\"execute\":\"query-status\"}");
    expect(c, "{\"return\":{\"status\":\"prelaunch\",\"running\":false}}");
    client_end(c);
}

/* -no-reboot -no-shutdown: a reset stops the machine for good. */
static void test_actions(void)
{
    Client *c = client_start();

    client_send(c, "{\"execute\":\"set-action\",\"arguments\":"
                "{\"reboot\":\"shutdown\",\"shutdown\":\"pause\"}}");
    expect(c, "{\"return\":{}}");
    client_send(c, "{\"execute\":\"cont\"}{\"execute\":\"system_reset\"}");
    run_requests(c);
    expect_event(c, "RESUME", NULL);
    expect(c, "{\"return\":{}}");
    expect(c, "{\"return\":{}}");
    expect_event(c, "SHUTDOWN", "{\"guest\":false,"
                 "\"reason\":\"host-qmp-system-reset\"}");
    expect_event(c, "STOP", NULL);
    expect_event(c, "SHUTDOWN", "{\"guest\":false,"
                 "\"reason\":\"host-qmp-quit\"}");
    client_send(c, "{\"execute\":\"query-status\"}");
    expect(c, "{\"return\":{\"status\":\"shutdown\",\"running\":false}}");
    client_send(c, "{\"execute\":\"cont\"}");
    expect_error(c, "GenericError",
                 "Resetting the Virtual Machine is required");
    client_send(c, "{\"execute\":\"set-action\",\"arguments\":"
                "{\"reboot\":\"reset\",\"shutdown\":\"poweroff\"}}"
                "{\"execute\":\"system_reset\"}");
    run_requests(c);
    expect(c, "{\"return\":{}}");
    expect(c, "{\"return\":{}}");
    expect_event(c, "RESET", "{\"guest\":false,"
                 "\"reason\":\"host-qmp-system-reset\"}");
    json_decref(client_next(c));
    g_assert_true(runstate_check(RUN_STATE_PRELAUNCH));
    client_end(c);
}

static void test_action_option(void)
{
    Error *err = NULL;

    g_assert_true(runstate_set_action("shutdown", "pause", &error_abort));
    g_assert_cmpint(runstate_actions.shutdown, ==, SHUTDOWN_ACTION_PAUSE);
    g_assert_true(runstate_set_action("shutdown", "poweroff", &error_abort));
    g_assert_false(runstate_set_action("shutdown", "none", &err));
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "Parameter 'shutdown' does not accept value 'none'");
    g_clear_pointer(&err, error_free);
    g_assert_false(runstate_set_action("foo", "1", &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Invalid parameter 'foo'");
    error_free(err);
}

/* ----------------------------------------------------- file descriptors */

static bool same_file(int a, int b)
{
    struct stat sa, sb;

    return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
           sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
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
    client_send_fds(c, "{\"execute\":\"getfd\",\"arguments\":"
                    "{\"fdname\":\"1a\"}}", fds, 1);
    expect_error(c, "GenericError", "Parameter 'fdname' expects a name not "
                 "starting with a digit");
    /* Two with one message; two commands, one in pieces. */
    client_send_fds(c, "{\"execute\":\"getfd\",", fds, 2);
    settle();
    client_send(c, "\"arguments\":{\"fdname\":\"a\"}}"
                "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"b\"}}");
    expect(c, "{\"return\":{}}");
    expect(c, "{\"return\":{}}");
    /* The name is free again once closed; given twice, the last one counts. */
    client_send_fds(c, "{\"execute\":\"getfd\",\"arguments\":"
                    "{\"fdname\":\"a\"}}", fds + 2, 1);
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
    client_send_fds(c, "{\"execute\":\"getfd\",\"arguments\":"
                    "{\"fdname\":\"a\"}}", fds, 1);
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
        "\"close-action\":\"delete\"}}", d->chardev);
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
    json_array_foreach(json_object_get(schema, "return"), i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));

        g_assert_true(g_hash_table_add(names, (char *)name));
    }
    client_send(c, "{\"execute\":\"query-commands\"}");
    commands = client_next(c);
    g_assert_cmpint(json_array_size(json_object_get(commands, "return")), >,
                    30);
    json_array_foreach(json_object_get(commands, "return"), i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));

        g_assert_true(g_hash_table_contains(names, name));
    }
    json_decref(schema);
    json_decref(commands);
    client_end(c);
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    module_call_init();
    g_assert_true(qemu_init_main_loop(&error_abort));
    dir = g_dir_make_tmp("qmp-XXXXXX", NULL);
    g_assert_nonnull(dir);
    g_test_add_func("/qmp/negotiation", test_negotiation);
    g_test_add_func("/qmp/requests", test_requests);
    g_test_add_func("/qmp/pieces", test_pieces);
    g_test_add_func("/qmp/garbage", test_garbage);
    g_test_add_func("/qmp/events", test_events);
    g_test_add_func("/qmp/events-thread", test_events_thread);
    g_test_add_func("/qmp/run-state", test_run_state);
    g_test_add_func("/qmp/actions", test_actions);
    g_test_add_func("/qmp/action-option", test_action_option);
    g_test_add_func("/qmp/fds", test_fds);
    g_test_add_func("/qmp/fd-lookup", test_fd_lookup);
    g_test_add_func("/qmp/object", test_object);
    g_test_add_func("/qmp/suicide", test_suicide);
    g_test_add_func("/qmp/information", test_information);
    ret = g_test_run();
    qemu_chr_cleanup();
    g_rmdir(dir);
    g_free(dir);
    return ret;
}
