/*
 * Making character devices: every spelling, and what wrong ones are told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-recorder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

static char *dir;

typedef struct BadArg {
    const char *arg;
    const char *message; /* a pattern */
} BadArg;

static void check_bad(const BadArg *b, Chardev *chr, Error *err)
{
    g_assert_null(chr);
    g_assert_nonnull(err);
    if (!g_pattern_match_simple(b->message, error_get_pretty(err))) {
        g_error("'%s' got '%s', not '%s'", b->arg, error_get_pretty(err),
                b->message);
    }
    error_free(err);
}

static void test_bad_args(void)
{
    static const BadArg bad[] = {
        { "socket", "chardev: no id specified" },
        { "", "chardev: no id specified" },
        { "null,id=", "Parameter 'id' expects an identifier" },
        { "null,id=1a", "Parameter 'id' expects an identifier" },
        { "null,id=a/b", "Parameter 'id' expects an identifier" },
        { "id=a", "chardev: \"a\" missing backend" },
        { "foo,id=x", "'foo' is not a valid char driver name" },
        { "null,id=a,foo=b", "Invalid parameter 'foo'" },
        { "null,id=a,=1", "Invalid parameter ''" },
        { "null,id=taken", "Duplicate ID 'taken' for chardev" },
        { "null,id=a,mux=maybe", "Parameter 'mux' expects 'on' or 'off'" },
        { "null,id=a,logfile=/nonexistent/l",
          "Could not create '/nonexistent/l': No such file or directory" },
        { "file,id=a", "chardev: file: no filename given" },
        { "file,id=a,path=/nonexistent/a",
          "Could not open '/nonexistent/a': No such file or directory" },
        { "file,id=a,path=/dev/null,append=1",
          "Parameter 'append' expects 'on' or 'off'" },
        { "file,id=a,path=/dev/null,input-path=/nonexistent/",
          "Could not open '/nonexistent/': No such file or directory" },
        { "pipe,id=a", "chardev: pipe: no device path given" },
        { "pipe,id=a,path=/nonexistent",
          "Could not open '/nonexistent': No such file or directory" },
        { "stdio,id=a,signal=x", "Parameter 'signal' expects 'on' or 'off'" },
        { "pty,id=a,path=/nonexistent/x", "Failed to create PTY symlink "
                                          "'/nonexistent/x': *" },
        { "mux,id=a", "chardev: mux: no chardev given" },
        { "mux,id=a,chardev=x", "mux: base chardev x not found" },
        { "socket,id=a", "Unable to parse FD number " },
        { "socket,id=a,port=4", "Unable to parse FD number " },
        { "socket,id=a,fd=abc", "Unable to parse FD number abc" },
        { "socket,id=a,fd=1x", "Unable to parse FD number 1x" },
        { "socket,id=a,fd=99999", "File descriptor '99999' is not a socket" },
        { "socket,id=a,fd=99999999999", "Unable to parse FD number *" },
        { "socket,id=a,host=localhost", "chardev: socket: no port given" },
        { "socket,id=a,fd=0,path=/a",
          "None or one of 'path', 'fd' or 'host' option required." },
        { "socket,id=a,path=/nonexistent/a",
          "Failed to connect to '/nonexistent/a': No such file or directory" },
        { "socket,id=a,path=/nonexistent/a,server=on,wait=off",
          "Failed to bind socket to /nonexistent/a: No such file *" },
        { "socket,id=a,path=/x,server=on,wait=maybe",
          "Parameter 'wait' expects 'on' or 'off'" },
        { "socket,id=a,path=/x,server=1",
          "Parameter 'server' expects 'on' or 'off'" },
        { "socket,id=a,path=/x,wait=off",
          "'wait' option is incompatible with socket in client connect mode" },
        { "socket,id=a,path=/x,server=on,reconnect-ms=1",
          "'reconnect-ms' option is incompatible with socket in server listen "
          "mode" },
        { "socket,id=a,fd=0,reconnect-ms=4",
          "'reconnect-ms' option is incompatible with 'fd' address type" },
        { "socket,id=a,path=/x,reconnect=1,reconnect-ms=1",
          "'reconnect' and 'reconnect-ms' are mutually exclusive" },
        { "socket,id=a,path=/x,reconnect-ms=x",
          "Parameter 'reconnect-ms' expects *" },
        { "socket,id=a,path=/x,reconnect-ms=-1",
          "Parameter 'reconnect-ms' expects a delay between *" },
        { "socket,id=a,path=/x,tls-creds=t",
          "No TLS credentials with id 't'" },
        { "socket,id=a,path=/x,telnet=on", "'telnet' is not supported*" },
        { "socket,id=a,host=127.0.0.1,port=1,ipv4=off,ipv6=off",
          "Cannot disable IPv4 and IPv6 at same time" },
        { "socket,id=a,host=127.0.0.1,port=1",
          "Failed to connect to '127.0.0.1:1': Connection refused" },
        { "socket,id=a,host=127.0.0.1,port=9,to=8,server=on,wait=off",
          "port range '9' to '8' is invalid" },
        { "socket,id=a,host=127.0.0.1,port=9,to=70000,server=on,wait=off",
          "port range '9' to '70000' is invalid" },
        { "{\"backend\":\"socket\",\"id\":\"a\"}",
          "Parameter 'addr' is missing" },
        { "{\"backend\":\"socket\",\"id\":\"a\",\"addr\":{}}",
          "Parameter 'addr.type' is missing" },
        { "{\"backend\":\"null\",\"id\":7}", "chardev: no id specified" },
        { "{\"backend\":", "1:*: JSON parse error, *" },
    };

    qemu_chr_new_from_arg("null,id=taken", &error_abort);
    for (int i = 0; i < ARRAY_SIZE(bad); i++) {
        Error *err = NULL;
        Chardev *chr = qemu_chr_new_from_arg(bad[i].arg, &err);

        check_bad(&bad[i], chr, err);
        g_assert_null(qemu_chr_find("a"));
    }
    qemu_chr_remove("taken", &error_abort);
}

static void test_bad_short_forms(void)
{
    static const BadArg bad[] = {
        { "foo", "'foo' is not a valid char driver" },
        { "", "'' is not a valid char driver" },
        { "nullx", "'nullx' is not a valid char driver" },
        { "null:x", "'null:x' is not a valid char driver" },
        { "vhost:x", "'vhost:x' is not a valid char driver" },
        { "mon:foo", "'foo' is not a valid char driver" },
        { "tcp:1", "parse error: tcp:1" },
        { "tcp:", "parse error: tcp:" },
        { "unix:/nonexistent/a", "Failed to connect to '/nonexistent/a': *" },
        { "unix:/a,bad=1", "Invalid parameter 'bad'" },
        { "fd:x", "Unable to parse FD number x" },
        { "file:/nonexistent/z", "Could not open '/nonexistent/z': *" },
        { "chardev:foo", "chardev \"foo\" not found" },
    };

    for (int i = 0; i < ARRAY_SIZE(bad); i++) {
        Error *err = NULL;
        Chardev *chr = qemu_chr_new("label", bad[i].arg, &err);

        check_bad(&bad[i], chr, err);
        g_assert_null(qemu_chr_find("label"));
        g_assert_null(qemu_chr_find("label-base"));
    }
}

static void check_made(const char *label, const char *filename)
{
    Chardev *chr = qemu_chr_find(label);

    g_assert_nonnull(chr);
    g_assert_cmpstr(chr->label, ==, label);
    if (!g_pattern_match_simple(filename, chr->filename)) {
        g_error("'%s' does not match '%s'", chr->filename, filename);
    }
    qemu_chr_remove(label, &error_abort);
    g_assert_null(qemu_chr_find(label));
}

static void test_spellings(void)
{
    g_autofree char *file = g_build_filename(dir, "o,=ut", NULL);
    g_autofree char *file_arg = g_strdup_printf("file:%s", file);
    g_autofree char *sock = g_build_filename(dir, "s=1", NULL);
    g_autofree char *sock_arg =
        g_strdup_printf("unix:%s,server=on,wait=off", sock);
    g_autofree char *sock_name =
        g_strdup_printf("disconnected:unix:%s,server=on", sock);

    qemu_chr_new("n", "null", &error_abort);
    check_made("n", "null");
    qemu_chr_new("f", file_arg, &error_abort);
    check_made("f", "file");
    g_assert_cmpint(g_unlink(file), ==, 0);
    qemu_chr_new("u", sock_arg, &error_abort);
    g_assert_true(g_file_test(sock, G_FILE_TEST_EXISTS));
    check_made("u", sock_name);
    g_assert_false(g_file_test(sock, G_FILE_TEST_EXISTS));
    qemu_chr_new("t", "tcp:127.0.0.1:0,server=on,wait=off", &error_abort);
    check_made("t", "disconnected:tcp:127.0.0.1:*,server=on");
    new_from_arg("socket,id=ab,path=emu-%d,abstract=on,server=on,wait=off",
                 getpid());
    check_made("ab", "disconnected:unix:emu-*,abstract=on,tight=on,server=on");
    new_from_arg("{\"backend\":\"socket\",\"id\":\"j\",\"addr\":{\"type\":"
                 "\"inet\",\"data\":{\"host\":\"127.0.0.1\",\"port\":\"0\"}},"
                 "\"server\":true,\"wait\":false}");
    check_made("j", "disconnected:tcp:127.0.0.1:*,server=on");
    new_from_arg("socket,id=r,path=/nonexistent/r,reconnect-ms=60000");
    run_idle();
    check_made("r", "disconnected:unix:/nonexistent/r");
}

static void test_existing(void)
{
    Chardev *chr = qemu_chr_new("n", "null", &error_abort);
    Error *err = NULL;
    CharBackend be, second;

    g_assert_true(qemu_chr_new("x", "chardev:n", &error_abort) == chr);
    g_assert_null(qemu_chr_new("n", "null", &err));
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "Chardev with id 'n' already exists");
    g_clear_pointer(&err, error_free);

    qemu_chr_fe_init(&be, chr, &error_abort);
    g_assert_false(qemu_chr_fe_init(&second, chr, &err));
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "chardev 'n' is already in use");
    g_clear_pointer(&err, error_free);
    g_assert_false(qemu_chr_remove("n", &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Chardev 'n' is busy");
    g_clear_pointer(&err, error_free);
    qemu_chr_fe_deinit(&be);
    g_assert_null(be.chr);
    qemu_chr_fe_deinit(&be);
    g_assert_true(qemu_chr_remove("n", &error_abort));
    g_assert_false(qemu_chr_remove("n", &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Chardev 'n' not found");
    error_free(err);
}

/* A front end without a chardev is a front end that nobody listens to. */
static void test_unconnected(void)
{
    CharBackend be = { 0 };
    int fd;

    g_assert_cmpint(qemu_chr_fe_write(&be, (const uint8_t *)"x", 1), ==, 1);
    g_assert_cmpint(qemu_chr_fe_write_all(&be, (const uint8_t *)"x", 1), ==, 1);
    qemu_chr_fe_printf(&be, "%d", 1);
    qemu_chr_fe_accept_input(&be);
    qemu_chr_fe_disconnect(&be);
    qemu_chr_fe_set_echo(&be, true);
    qemu_chr_fe_set_handlers(&be, NULL, NULL, NULL, NULL);
    qemu_chr_fe_deinit(&be);
    g_assert_cmpint(qemu_chr_fe_get_msgfds(&be, &fd, 1), ==, 0);
    g_assert_false(qemu_chr_fe_backend_open(&be));
}

static void count_one(Chardev *chr, void *opaque)
{
    g_string_append_printf(opaque, "%s ", chr->label);
}

static void test_foreach_cleanup(void)
{
    GString *names = g_string_new(NULL);

    new_from_arg("null,id=c");
    new_from_arg("null,id=a,mux=on");
    new_from_arg("null,id=b");
    qemu_chr_foreach(count_one, names);
    g_assert_cmpstr(names->str, ==, "c a-base a b ");
    qemu_chr_cleanup();
    g_string_truncate(names, 0);
    qemu_chr_foreach(count_one, names);
    g_assert_cmpstr(names->str, ==, "");
    g_string_free(names, TRUE);
}

static void test_help(void)
{
    if (g_test_subprocess()) {
        Error *err = NULL;

        g_assert_null(qemu_chr_new_from_arg("help", &err));
        g_assert_null(err);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stdout("*Available chardev backend types: \n*"
                              "  null\n*  socket\n*");
    g_assert_true(g_strv_contains(qemu_chr_backend_names(), "pty"));
}

static void test_logfile(void)
{
    g_autofree char *log = g_build_filename(dir, "log", NULL);
    g_autofree char *text = NULL;

    for (int append = 0; append < 2; append++) {
        Chardev *chr = new_from_arg("null,id=l,logfile=%s,logappend=%s", log,
                                    append ? "on" : "off");
        Recorder r;

        recorder_attach(&r, chr);
        recorder_write(&r, append ? "second" : "first\n");
        recorder_detach(&r);
        qemu_chr_remove("l", &error_abort);
    }
    g_assert_true(g_file_get_contents(log, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "first\nsecond");
    g_unlink(log);
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    module_call_init();
    g_assert_true(qemu_init_main_loop(&error_abort));
    dir = g_dir_make_tmp("emu-chardev-XXXXXX", NULL);
    g_test_add_func("/chardev/args/bad", test_bad_args);
    g_test_add_func("/chardev/args/bad-short", test_bad_short_forms);
    g_test_add_func("/chardev/args/spellings", test_spellings);
    g_test_add_func("/chardev/args/existing", test_existing);
    g_test_add_func("/chardev/args/unconnected", test_unconnected);
    g_test_add_func("/chardev/args/foreach-cleanup", test_foreach_cleanup);
    g_test_add_func("/chardev/args/help", test_help);
    g_test_add_func("/chardev/args/logfile", test_logfile);
    ret = g_test_run();
    run_idle();
    g_rmdir(dir);
    g_free(dir);
    return ret;
}
