/*
 * Accelerator choice, and the qtest server as a client sees it through a
 * socket: replies, interrupt lines, guest time, the log, and clients that come
 * and go.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <glib/gstdio.h>
#include <glib-unix.h>
#include <sys/socket.h>

#include "accel/accel.h"
#include "accel/qtest.h"
#include "chardev/char.h"
#include "hw/core/machine.h"
#include "util/option.h"

static MachineState *machine;
static GString *reports;

static void collect(const char *text, void *opaque)
{
    g_string_append(reports, text);
}

static const char *capture_reports(bool on)
{
    if (on) {
        g_string_truncate(reports, 0);
    }
    error_set_print_hook(on ? collect : NULL, NULL);
    return reports->str;
}

/* ----------------------------------------------------------------- accel */

static void expect_no_accel(const char *opt1, const char *opt2,
                            const char *machine_accel, const char *messages)
{
    AccelOption opts[2] = {{.arg = opt1}, {.arg = opt2}};

    capture_reports(true);
    g_assert_false(accel_init_machine(machine, opts,
                                      opt2   ? 2
                                      : opt1 ? 1
                                             : 0,
                                      machine_accel));
    capture_reports(false);
    g_assert_cmpstr(reports->str, ==, messages);
    g_assert_null(current_accel());
    g_assert_null(current_accel_name());
    g_assert_false(qtest_enabled());
}

static void test_accel_errors(void)
{
    expect_no_accel("foo", NULL, NULL, "invalid accelerator foo\n");
    expect_no_accel("foo:bar", NULL, NULL,
                    "invalid accelerator foo\n"
                    "invalid accelerator bar\n");
    expect_no_accel("foo", "bar,x=y", NULL,
                    "invalid accelerator foo\n"
                    "invalid accelerator bar\n");
    expect_no_accel(NULL, NULL, "foo:bar",
                    "invalid accelerator foo\n"
                    "invalid accelerator bar\n");
    expect_no_accel("accel", NULL, NULL, "invalid accelerator accel\n");
    expect_no_accel("device", NULL, NULL, "invalid accelerator device\n");
    expect_no_accel("", NULL, NULL, "invalid accelerator \n");
    expect_no_accel("qtest,foo=bar", NULL, NULL,
                    "Property 'qtest-accel.foo' not found\n");
    expect_no_accel("qtest", NULL, "qtest",
                    "The -accel and \"-machine accel=\" options are "
                    "incompatible\n");
}

static void find_qtest(const char *name, void *opaque)
{
    *(bool *)opaque |= strcmp(name, "qtest") == 0;
}

static void test_accel(void)
{
    char *argv[] = {(char *)"prog", (char *)"-accel", (char *)"foo:qtest"};
    AccelOption opts[] = {{"foo:qtest", argv, 1}, {"bar", NULL, 0}};
    bool found = false;

    accel_foreach(find_qtest, &found);
    g_assert_true(found);
    g_assert_nonnull(accel_find("qtest"));
    g_assert_null(accel_find("virtio-net"));
    g_assert_true(accel_option_is_help("help"));
    g_assert_true(accel_option_is_help("?"));
    g_assert_true(accel_option_is_help(""));
    g_assert_false(accel_option_is_help("qtest"));

    capture_reports(true);
    g_assert_true(accel_init_machine(machine, opts, 2, NULL));
    capture_reports(false);
    g_assert_cmpstr(reports->str, ==,
                    "invalid accelerator foo\n"
                    "falling back to qtest\n");
    g_assert_cmpstr(current_accel_name(), ==, "qtest");
    g_assert_nonnull(current_accel());
    g_assert_true(qtest_enabled());
    /* Guest time starts only now, so it still is 0. */
    qemu_clock_enable_virtual(true);
}

/* ---------------------------------------------------------------- device */

typedef struct LineDevice {
    DeviceState parent_obj;
    qemu_irq out[2];
    qemu_irq unnamed[1];
    int last_line, last_level;
} LineDevice;

static void line_set(void *opaque, int n, int level)
{
    LineDevice *d = opaque;

    d->last_line = n;
    d->last_level = level;
    qemu_set_irq(d->out[n % 2], level);
}

static void line_init(Object *obj)
{
    LineDevice *d = (LineDevice *)obj;

    qdev_init_gpio_in(DEVICE(obj), line_set, 4);
    qdev_init_gpio_in_named(DEVICE(obj), line_set, "extra", 2);
    qdev_init_gpio_out_named(DEVICE(obj), d->out, "named", 2);
}

static void board_init(MachineState *ms, Error **errp)
{
}

static void board_class_init(ObjectClass *oc, const void *data)
{
    MACHINE_CLASS(oc)->init = board_init;
}

static const TypeInfo line_types[] = {
    {
        .name = MACHINE_TYPE_NAME("test-board"),
        .parent = TYPE_MACHINE,
        .class_init = board_class_init,
    },
    {
        .name = "test-lines",
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(LineDevice),
        .instance_init = line_init,
    },
};

DEFINE_TYPES(line_types)

/* ---------------------------------------------------------------- client */

static int client = -1;

/* One end is a chardev of this name, the other `client`. */
static void connect_chardev(const char *id)
{
    g_autofree char *opt = NULL;
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==,
                    0);
    client = fds[0];
    g_unix_set_fd_nonblocking(client, true, NULL);
    opt = g_strdup_printf("socket,id=%s,fd=%d", id, fds[1]);
    g_assert_nonnull(qemu_chr_new_from_arg(opt, &error_abort));
}

static Object *make_qtest(const char *props, Error **errp)
{
    bool help = false;
    json_t *opts = keyval_parse(props, "qom-type", &help, &error_abort);
    Object *obj = user_creatable_add(opts, true, errp);

    json_decref(opts);
    return obj;
}

static void say(const char *text)
{
    g_assert_cmpint(write(client, text, strlen(text)), ==, strlen(text));
}

/* What comes until a line starts with OK, FAIL or ERR. */
static char *hear(void)
{
    GString *s = g_string_new(NULL);
    gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;

    while (!g_regex_match_simple("^(OK|FAIL|ERR).*\n$", s->str,
                                 G_REGEX_MULTILINE, 0)) {
        char buf[256];
        ssize_t n;

        g_assert_cmpint(g_get_monotonic_time(), <, deadline);
        main_loop_wait(true);
        n = read(client, buf, sizeof(buf));
        if (n > 0) {
            g_string_append_len(s, buf, n);
        }
    }
    return g_string_free(s, false);
}

static void talk(const char *request, const char *reply)
{
    g_autofree char *heard = NULL;

    say(request);
    say("\n");
    heard = hear();
    g_assert_cmpstr(heard, ==, reply);
}

static void drop_client(const char *id)
{
    close(client);
    client = -1;
    for (int i = 0; i < 10; i++) {
        main_loop_wait(true);
    }
    g_assert_true(user_creatable_del("q", &error_abort));
    g_assert_true(qemu_chr_remove(id, &error_abort));
}

static void expect_object_error(const char *props, const char *message)
{
    Error *err = NULL;

    g_assert_null(make_qtest(props, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
}

static void test_object(void)
{
    expect_object_error("qtest,id=q", "Parameter 'chardev' is missing");
    expect_object_error("qtest,id=q,chardev=foo",
                        "Cannot find character device 'foo'");
    connect_chardev("c0");
    expect_object_error("qtest,id=q,chardev=c0,log=/nonexist/x",
                        "Could not open '/nonexist/x': "
                        "No such file or directory");
    g_assert_nonnull(
        make_qtest("qtest,id=q,chardev=c0,log=none", &error_abort));
    expect_object_error("qtest,id=q2,chardev=c0",
                        "Only one instance of qtest can be created");
    talk("endianness", "OK little\n");
    drop_client("c0");
    /* And again, after the first is gone. */
    connect_chardev("c1");
    g_assert_nonnull(
        make_qtest("qtest,id=q,chardev=c1,log=none", &error_abort));
    talk("endianness", "OK little\n");
    talk("qom-tests", "OK\n");
    drop_client("c1");
}

static void test_log(void)
{
    g_autofree char *dir = g_dir_make_tmp("test-qtest-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "log", NULL);
    g_autofree char *props =
        g_strdup_printf("qtest,id=q,chardev=c2,log=%s", path);
    g_autofree char *text = NULL;

    connect_chardev("c2");
    g_assert_nonnull(make_qtest(props, &error_abort));
    talk("endianness", "OK little\n");
    drop_client("c2");
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_true(g_regex_match_simple(
        "^\\[I 0\\.000000\\] OPENED\n\\[R \\+\\d\\.\\d{6}\\] endianness\n"
        "\\[S \\+\\d\\.\\d{6}\\] OK little\n"
        "\\[I \\+\\d\\.\\d{6}\\] CLOSED\n$",
        text, 0, 0));
    g_unlink(path);
    g_rmdir(dir);
}

/* ----------------------------------------------------------- time, lines */

static void note_time(void *opaque)
{
    g_array_append_val((GArray *)opaque,
                       *(int64_t[]){qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL)});
}

static void test_clock(void)
{
    g_autoptr(GArray) fired = g_array_new(false, false, sizeof(int64_t));
    QEMUTimer *a = timer_new_ns(QEMU_CLOCK_VIRTUAL, note_time, fired);
    QEMUTimer *b = timer_new_ns(QEMU_CLOCK_VIRTUAL, note_time, fired);

    connect_chardev("c3");
    make_qtest("qtest,id=q,chardev=c3,log=none", &error_abort);
    talk("clock_step", "FAIL could not advance time\n");
    talk("clock_set 1000", "OK 1000\n");
    timer_mod_ns(a, 5000);
    timer_mod_ns(b, 3000);
    talk("clock_step", "OK 3000\n");
    g_assert_cmpuint(fired->len, ==, 1);
    talk("clock_step 500", "OK 3500\n");
    talk("clock_step 0", "FAIL could not advance time\n");
    talk("clock_step -5", "FAIL could not advance time\n");
    talk("clock_step 0x7fffffffffffffff", "FAIL could not advance time\n");
    talk("clock_step junk", "ERR invalid number 'junk'\n");
    talk("clock_set", "ERR missing argument: clock_set NS\n");
    talk("clock_set 10", "FAIL 3500\n");
    talk("clock_set -1", "FAIL 3500\n");
    g_assert_cmpuint(fired->len, ==, 1);
    talk("clock_set 1000000", "OK 1000000\n");
    g_assert_cmpuint(fired->len, ==, 2);
    g_assert_cmpint(g_array_index(fired, int64_t, 0), ==, 3000);
    g_assert_cmpint(g_array_index(fired, int64_t, 1), ==, 5000);
    timer_free(a);
    timer_free(b);
    drop_client("c3");
}

static void test_irq(void)
{
    DeviceState *dev = qdev_new("test-lines");
    DeviceState *other = qdev_new("test-lines");
    LineDevice *d = (LineDevice *)dev;

    object_property_add_child(qdev_get_machine(), "lines", OBJECT(dev));
    object_property_add_child(qdev_get_machine(), "other", OBJECT(other));
    connect_chardev("c4");
    make_qtest("qtest,id=q,chardev=c4,log=none", &error_abort);

    talk("set_irq_in lines unnamed-gpio-in 3 1", "OK\n");
    g_assert_cmpint(d->last_line, ==, 3);
    g_assert_cmpint(d->last_level, ==, 1);
    talk("set_irq_in /machine/lines extra 1 -7", "OK\n");
    g_assert_cmpint(d->last_line, ==, 1);
    g_assert_cmpint(d->last_level, ==, -7);
    talk("set_irq_in lines unnamed-gpio-in 4 1", "FAIL Unknown IRQ line\n");
    talk("set_irq_in lines unnamed-gpio-in -1 1", "FAIL Unknown IRQ line\n");
    talk("set_irq_in lines foo 0 1", "FAIL Unknown IRQ line\n");
    talk("set_irq_in lines named 0 1", "FAIL Unknown IRQ line\n");
    talk("set_irq_in lines unnamed-gpio-in x 1", "ERR invalid number 'x'\n");
    talk("set_irq_in /machine unnamed-gpio-in 0 1", "FAIL Unknown device\n");

    talk("irq_intercept_out lines nothing", "FAIL No intercepts installed\n");
    talk("irq_intercept_in lines extra",
         "FAIL Interception of named in-GPIOs not yet supported\n");
    talk("irq_intercept_out lines named", "OK\n");
    talk("irq_intercept_out lines named", "OK\n");
    talk("irq_intercept_in other", "FAIL IRQ intercept already enabled\n");
    talk("set_irq_in lines unnamed-gpio-in 1 0", "OK\n");
    talk("set_irq_in lines unnamed-gpio-in 1 1", "IRQ raise 1\nOK\n");
    talk("set_irq_in lines unnamed-gpio-in 3 5", "OK\n");
    talk("set_irq_in lines unnamed-gpio-in 3 0", "IRQ lower 1\nOK\n");
    talk("set_irq_in lines unnamed-gpio-in 0 1", "IRQ raise 0\nOK\n");

    /* Nobody listens: nothing to send to; then a new client. */
    drop_client("c4");
    line_set(d, 0, 0);
    line_set(d, 0, 1);
    connect_chardev("c5");
    make_qtest("qtest,id=q,chardev=c5,log=none", &error_abort);
    talk("irq_intercept_out lines named", "OK\n");
    talk("set_irq_in lines unnamed-gpio-in 0 1", "IRQ raise 0\nOK\n");
    drop_client("c5");
    object_unparent(OBJECT(dev));
    object_unparent(OBJECT(other));
    object_unref(OBJECT(dev));
    object_unref(OBJECT(other));
}

/* A client that sends a lot before it reads anything loses nothing, and is
 * not hung up on for what it asked for. */
static void test_slow_reader(void)
{
    const unsigned requests = 400;
    const size_t reply = strlen("OK 0x\n") + 2 * 65536;
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *buf = g_malloc(MiB);
    size_t sent = 0, got = 0;
    char last = 0;
    gint64 deadline = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;

    connect_chardev("c7");
    make_qtest("qtest,id=q,chardev=c7,log=none", &error_abort);
    for (unsigned i = 0; i < requests; i++) {
        g_string_append(out, "read 0 65536\n");
    }
    while (sent < out->len) {
        ssize_t n = write(client, out->str + sent, out->len - sent);

        sent += n > 0 ? n : 0;
        main_loop_wait(true);
    }
    for (int i = 0; i < 100; i++) {
        main_loop_wait(true);
    }
    while (got < requests * reply) {
        ssize_t n = read(client, buf, MiB);

        g_assert_cmpint(n, !=, 0);
        g_assert_cmpint(g_get_monotonic_time(), <, deadline);
        if (n > 0) {
            got += n;
            last = buf[n - 1];
        }
        main_loop_wait(true);
    }
    g_assert_cmpuint(got, ==, requests * reply);
    g_assert_cmpint(last, ==, '\n');
    talk("endianness", "OK little\n");
    drop_client("c7");
}

static void test_server_init(void)
{
    Error *err = NULL;
    int fds[2];
    g_autofree char *opt = NULL;

    capture_reports(true);
    g_assert_false(qtest_server_init("nonsense", NULL, &err));
    capture_reports(false);
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "Failed to initialize device for qtest: \"nonsense\"");
    g_assert_cmpstr(reports->str, ==,
                    "'nonsense' is not a valid char driver\n");
    error_free(err);

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==,
                    0);
    client = fds[0];
    g_unix_set_fd_nonblocking(client, true, NULL);
    opt = g_strdup_printf("socket,id=c6,fd=%d", fds[1]);
    g_assert_nonnull(qemu_chr_new_from_arg(opt, &error_abort));
    g_assert_true(qtest_server_init("chardev:c6", "none", &error_abort));
    g_assert_nonnull(object_resolve_path("/machine/qtest", NULL));
    talk("endianness", "OK little\n");
    object_unparent(object_resolve_path("/machine/qtest", NULL));
    close(client);
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    module_call_init();
    qemu_init_main_loop(&error_abort);
    memory_init();
    reports = g_string_new(NULL);
    machine = machine_new(machine_find_class("test-board"));

    g_test_add_func("/accel/errors", test_accel_errors);
    g_test_add_func("/accel/choice", test_accel);
    g_test_add_func("/qtest/object", test_object);
    g_test_add_func("/qtest/log", test_log);
    g_test_add_func("/qtest/clock", test_clock);
    g_test_add_func("/qtest/irq", test_irq);
    g_test_add_func("/qtest/slow-reader", test_slow_reader);
    g_test_add_func("/qtest/server-init", test_server_init);
    ret = g_test_run();
    g_string_free(reports, true);
    return ret;
}
