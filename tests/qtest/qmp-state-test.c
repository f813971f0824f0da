/*
 * Run states and events over QMP, and clients of the monitor that behave
 * badly.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "tests/qtest/lib/qsocket.h"
#include "tests/qtest/lib/qvnet.h"

static void ok(QTestState *qts, const char *name)
{
    json_decref(qtest_qmp_ok(qts, "{'execute': '%s'}", name));
}

static void expect_status(QTestState *qts, const char *status, bool running)
{
    json_t *r = qtest_qmp_ok(qts, "{'execute': 'query-status'}");

    g_assert_cmpstr(json_string_value(json_object_get(r, "status")), ==,
                    status);
    g_assert_cmpint(json_is_true(json_object_get(r, "running")), ==, running);
    json_decref(r);
}

/* The event's data, or an empty object. */
static json_t *expect_event(QTestState *qts, const char *name)
{
    json_t *event = qtest_qmp_event(qts, name), *stamp, *data;

    if (!event) {
        g_error("no event %s", name);
    }
    stamp = json_object_get(event, "timestamp");
    g_assert_true(json_is_integer(json_object_get(stamp, "seconds")));
    g_assert_true(json_is_integer(json_object_get(stamp, "microseconds")));
    data = json_object_get(event, "data");
    data = data ? json_incref(data) : json_object();
    json_decref(event);
    return data;
}

static void expect_plain_event(QTestState *qts, const char *name)
{
    json_t *data = expect_event(qts, name);

    g_assert_cmpuint(json_object_size(data), ==, 0);
    json_decref(data);
}

/* Its data say whether the guest wanted it, and why. */
static void expect_reason(QTestState *qts, const char *name, bool guest,
                          const char *reason)
{
    json_t *data = expect_event(qts, name);

    g_assert_cmpint(json_is_true(json_object_get(data, "guest")), ==, guest);
    g_assert_cmpstr(json_string_value(json_object_get(data, "reason")), ==,
                    reason);
    json_decref(data);
}

static void test_stop_cont(void)
{
    QTestState *qts = qtest_init("-machine pc");

    expect_status(qts, "running", true);
    ok(qts, "stop");
    expect_plain_event(qts, "STOP");
    expect_status(qts, "paused", false);
    qtest_qmp_drop_events(qts);
    ok(qts, "stop"); /* again: nothing to tell */
    ok(qts, "cont");
    expect_plain_event(qts, "RESUME");
    expect_status(qts, "running", true);
    ok(qts, "cont");
    ok(qts, "stop");
    ok(qts, "system_reset");
    expect_reason(qts, "RESET", false, "host-qmp-system-reset");
    expect_status(qts, "prelaunch", false);
    qtest_quit(qts);
}

static void test_start_stopped(void)
{
    QTestState *qts = qtest_init("-machine pc -S");

    expect_status(qts, "prelaunch", false);
    ok(qts, "cont");
    expect_plain_event(qts, "RESUME");
    expect_status(qts, "running", true);
    qtest_quit(qts);
}

/* PIIX4's and ICH9's soft off, as an ACPI guest does it. */
static void power_off(QTestState *qts)
{
    QPCIDevice pm;

    qpci_device_init(&pm, qts, 0, QPCI_DEVFN(1, 3));
    qpci_config_write(&pm, 0x40, 0x601, 4);
    qpci_config_write(&pm, 0x80, 1, 1);
    qtest_out(qts, 0x604, 0x2000, 2);
}

static void test_no_shutdown(void)
{
    QTestState *qts = qtest_init("-machine pc -no-shutdown");

    power_off(qts);
    expect_reason(qts, "SHUTDOWN", true, "guest-shutdown");
    expect_plain_event(qts, "STOP");
    expect_status(qts, "shutdown", false);
    g_free(qtest_qmp_error(qts, "{'execute': 'cont'}"));
    ok(qts, "system_reset");
    expect_reason(qts, "RESET", false, "host-qmp-system-reset");
    expect_status(qts, "prelaunch", false);
    qtest_quit(qts);
}

/* A guest that resets itself: the keyboard controller's way, port 0xcf9. */
static void test_guest_reset(void)
{
    QTestState *qts = qtest_init("-machine pc");
    json_t *data;

    qtest_out(qts, 0xcf9, 2, 1);
    qtest_out(qts, 0xcf9, 6, 1);
    data = expect_event(qts, "RESET");
    g_assert_true(json_is_true(json_object_get(data, "guest")));
    json_decref(data);
    expect_status(qts, "running", true);
    qtest_quit(qts);
}

static void test_no_reboot(void)
{
    QTestState *qts = qtest_init("-machine pc -no-reboot -no-shutdown");
    json_t *data;

    qtest_out(qts, 0xcf9, 6, 1);
    data = expect_event(qts, "SHUTDOWN");
    g_assert_true(json_is_true(json_object_get(data, "guest")));
    json_decref(data);
    expect_status(qts, "shutdown", false);
    qtest_quit(qts);
}

/* While the VM is stopped no queue runs; a kick then is served after. */
static void test_stopped_queues(void)
{
    static const QVNetMode mode = { .mergeable = true };
    uint8_t frame[90], got[90];
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    QVNet n;

    qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &mode, 0, 1);
    for (int round = 0; round < 3; round++) {
        qsocket_fill(frame, 90, round);
        ok(qts, "stop");
        g_assert_true(qvnet_send_nowait(&n, 0, NULL, frame, 90));
        qsocket_send(fd, frame, 90);
        g_assert_cmpint(qsocket_recv(fd, got, 90, 20), ==, -1);
        g_assert_cmpint(qvnet_recv(&n, 0, NULL, got, 90, 20), ==, -1);
        ok(qts, "cont");
        g_assert_cmpint(qsocket_recv(fd, got, 90, 5000), ==, 90);
        g_assert_cmpmem(frame, 90, got, 90);
        g_assert_cmpint(qvnet_recv(&n, 0, NULL, got, 90, 5000), ==, 90);
        g_assert_cmpmem(frame, 90, got, 90);
    }
    qvnet_stop(&n);
    close(fd);
    qtest_quit(qts);
}

/* Told once, until it is asked about. */
static void test_rx_filter_changed(void)
{
    static const QVNetMode mode = { .mergeable = true };
    int fd;
    QTestState *qts = qsocket_start(&fd, "pc", "");
    uint8_t on = 1;
    json_t *data;
    QVNet n;

    qvnet_start(&n, qts, 0, QSOCKET_DEVFN, &mode,
                QVIRTIO_BIT(QVNET_F_CTRL_VQ) | QVIRTIO_BIT(QVNET_F_CTRL_RX),
                1);
    json_decref(qtest_qmp_ok(qts, "{'execute': 'query-rx-filter'}"));
    qtest_qmp_drop_events(qts);
    for (int round = 0; round < 2; round++) {
        g_assert_cmpint(qvnet_ctrl(&n, 0, 1, &on, 1), ==, 0);
        data = expect_event(qts, "NIC_RX_FILTER_CHANGED");
        g_assert_cmpstr(json_string_value(json_object_get(data, "name")), ==,
                        "nic0");
        g_assert_nonnull(json_object_get(data, "path"));
        json_decref(data);
        json_decref(qtest_qmp_ok(qts, "{'execute': 'query-rx-filter'}"));
    }
    qvnet_stop(&n);
    close(fd);
    qtest_quit(qts);
}

/* ---------------------------------------------------------------- clients */

static int dial(const char *path)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(sa.sun_path, path, sizeof(sa.sun_path));
    for (int i = 0; connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0; i++) {
        g_assert_cmpint(i, <, 200);
        g_usleep(5000);
    }
    return fd;
}

/* True if `what` comes within 5 s. */
static bool comes(int fd, const char *what)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    struct pollfd p = { .fd = fd, .events = POLLIN };

    while (!strstr(seen->str, what)) {
        char buf[4096];
        ssize_t n;

        if (poll(&p, 1, 5000) != 1) {
            return false;
        }
        n = read(fd, buf, sizeof(buf));
        if (n <= 0) {
            return false;
        }
        g_string_append_len(seen, buf, n);
    }
    return true;
}

static void say(int fd, const char *text)
{
    g_assert_cmpint(send(fd, text, strlen(text), MSG_NOSIGNAL), ==,
                    strlen(text));
}

static QTestState *start_second(char **path)
{
    *path = g_strdup_printf("/tmp/qmp-state-%d.sock", getpid());
    return qtest_initf("-machine pc -qmp unix:%s,server=on,wait=off", *path);
}

/* Each has its own negotiation; events go to both. */
static void test_two_monitors(void)
{
    g_autofree char *path = NULL;
    QTestState *qts = start_second(&path);
    int fd = dial(path);

    g_assert_true(comes(fd, "QMP"));
    say(fd, "{\"execute\": \"query-status\"}\n");
    g_assert_true(comes(fd, "CommandNotFound"));
    ok(qts, "stop"); /* not told before the negotiation */
    ok(qts, "cont");
    say(fd, "{\"execute\": \"qmp_capabilities\"}\n");
    g_assert_true(comes(fd, "{\"return\": {}}"));
    ok(qts, "stop");
    g_assert_true(comes(fd, "\"STOP\""));
    expect_plain_event(qts, "STOP");
    say(fd, "{\"execute\": \"cont\"}\n");
    g_assert_true(comes(fd, "\"return\""));
    expect_plain_event(qts, "RESUME");
    /* A new client negotiates anew. */
    close(fd);
    fd = dial(path);
    g_assert_true(comes(fd, "QMP"));
    say(fd, "{\"execute\": \"query-status\"}\n");
    g_assert_true(comes(fd, "CommandNotFound"));
    close(fd);
    qtest_quit(qts);
    unlink(path);
}

/* A client is killed in the middle of what it says. */
static void test_killed_clients(void)
{
    static const char *const parts[] = {
        "{", "{\"execute\": \"qmp_", "{\"execute\": \"qmp_capabilities\"}",
        "{\"execute\": \"qmp_capabilities\"}\n{\"execute\": \"query-qmp-schema"
        "\"}\n{\"execute\": \"query-qmp-schema\"}\n{\"exec",
        "[[[[[[[[[[[[[[[[", "\xff\xfe\x00", "\"unterminated",
    };
    g_autofree char *path = NULL;
    QTestState *qts = start_second(&path);

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < ARRAY_SIZE(parts); i++) {
            pid_t pid = fork();

            if (pid == 0) {
                int fd = dial(path);
                send(fd, parts[i], strlen(parts[i]), MSG_NOSIGNAL);
                raise(SIGKILL);
            }
            waitpid(pid, NULL, 0);
            expect_status(qts, "running", true);
        }
    }
    {
        int fd = dial(path);
        g_assert_true(comes(fd, "QMP"));
        say(fd, "{\"execute\": \"qmp_capabilities\"}\n");
        g_assert_true(comes(fd, "{\"return\": {}}"));
        close(fd);
    }
    qtest_quit(qts);
    unlink(path);
}

/* A client that asks and never reads does not stop the others. */
static void test_deaf_client(void)
{
    g_autofree char *path = NULL;
    QTestState *qts = start_second(&path);
    int fd = dial(path);

    say(fd, "{\"execute\": \"qmp_capabilities\"}\n");
    for (int i = 0; i < 200; i++) {
        static const char ask[] = "{\"execute\": \"query-qmp-schema\"}\n";
        send(fd, ask, strlen(ask), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    for (int i = 0; i < 20; i++) {
        ok(qts, "stop");
        ok(qts, "cont");
    }
    expect_status(qts, "running", true);
    close(fd);
    ok(qts, "query-name");
    qtest_quit(qts);
    unlink(path);
}

/* Objects that lie across reads, several in one, deep and large ones. */
static void test_framing(void)
{
    static const char cmd[] = "{\"execute\": \"query-name\", \"id\": 77}";
    g_autoptr(GString) s = g_string_new(NULL);
    g_autofree char *path = NULL;
    QTestState *qts = start_second(&path);
    int fd = dial(path);

    say(fd, "{\"execute\": \"qmp_capabilities\"}");
    g_assert_true(comes(fd, "{\"return\": {}}"));
    for (const char *p = cmd; *p; p++) {
        char c[2] = { *p, 0 };
        say(fd, c);
        g_usleep(200);
    }
    g_assert_true(comes(fd, "77"));
    say(fd, "{\"execute\": \"query-name\", \"id\": 1} {\"execute\":"
            "\"query-name\", \"id\": 2}\n\n\t{\"execute\":\"query-name\","
            "\"id\": 3}");
    g_assert_true(comes(fd, "\"id\": 3"));
    for (int i = 0; i < 3000; i++) {
        g_string_append_c(s, '[');
    }
    say(fd, s->str);
    g_assert_true(comes(fd, "error"));
    say(fd, "\xff"); /* starts afresh behind this */
    say(fd, cmd);
    g_assert_true(comes(fd, "77"));
    g_string_assign(s, "{\"execute\": \"query-name\", \"id\": \"");
    for (int i = 0; i < 100000; i++) {
        g_string_append(s, "longer");
    }
    g_string_append(s, "!\"}\n");
    say(fd, s->str);
    g_assert_true(comes(fd, "longer!"));
    close(fd);
    qtest_quit(qts);
    unlink(path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qmp/state/stop-cont", test_stop_cont);
    g_test_add_func("/qmp/state/start-stopped", test_start_stopped);
    g_test_add_func("/qmp/state/no-shutdown", test_no_shutdown);
    g_test_add_func("/qmp/state/guest-reset", test_guest_reset);
    g_test_add_func("/qmp/state/no-reboot", test_no_reboot);
    g_test_add_func("/qmp/state/queues", test_stopped_queues);
    g_test_add_func("/qmp/events/rx-filter", test_rx_filter_changed);
    g_test_add_func("/qmp/clients/two", test_two_monitors);
    g_test_add_func("/qmp/clients/killed", test_killed_clients);
    g_test_add_func("/qmp/clients/deaf", test_deaf_client);
    g_test_add_func("/qmp/clients/framing", test_framing);
    return g_test_run();
}
