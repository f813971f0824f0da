/*
 * The mux: focus, the escape key, input kept for slow front ends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-recorder.h"

#include <sys/socket.h>

#include "util/sockets.h"

static int terminal;

static Chardev *start(void)
{
    Chardev *chr;
    int sv[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv),
                    ==, 0);
    terminal = sv[1];
    chr = new_from_arg("socket,id=m,mux=on,fd=%d", sv[0]);
    g_assert_cmpstr(chr->filename, ==, "mux");
    g_assert_nonnull(qemu_chr_find("m-base"));
    return chr;
}

static void stop(void)
{
    qemu_chr_cleanup();
    g_assert_null(qemu_chr_find("m"));
    g_assert_null(qemu_chr_find("m-base"));
    close(terminal);
}

static void type(const char *keys)
{
    g_assert_cmpint(fd_write_full(terminal, keys, strlen(keys)), ==, 0);
    run_idle();
}

static char *screen(void)
{
    GString *out = g_string_new(NULL);
    char buf[512];
    ssize_t n;

    run_idle();
    while ((n = read(terminal, buf, sizeof(buf))) > 0) {
        g_string_append_len(out, buf, n);
    }
    return g_string_free(out, FALSE);
}

static void test_focus(void)
{
    Chardev *chr = start();
    g_autofree char *shown = NULL;
    Recorder a, b;

    recorder_attach(&a, chr);
    g_assert_cmpint(a.opened, ==, 1);
    g_assert_cmpint(a.mux_in, ==, 1);
    recorder_attach(&b, chr);
    g_assert_cmpint(b.opened, ==, 1);
    g_assert_cmpint(a.mux_out, ==, 0); /* who came first talks first */
    g_assert_cmpint(b.mux_in, ==, 0);

    type("to a");
    type("\1c");
    type("to b");
    type("\1ca again");
    g_assert_cmpstr(a.got->str, ==, "to aa again");
    g_assert_cmpstr(b.got->str, ==, "to b");
    g_assert_cmpint(a.mux_in, ==, 2);
    g_assert_cmpint(a.mux_out, ==, 1);
    g_assert_cmpint(b.mux_in, ==, 1);
    g_assert_cmpint(b.mux_out, ==, 1);

    /* Both are seen. */
    recorder_write(&a, "[a]");
    recorder_write(&b, "[b]");
    shown = screen();
    g_assert_cmpstr(shown, ==, "[a][b]");
    recorder_detach(&a);
    type("x");
    g_assert_true(g_str_has_suffix(b.got->str, "x"));
    recorder_detach(&b);
    type("nobody");
    stop();
}

static void test_keys(void)
{
    Chardev *chr = start();
    g_autofree char *shown = NULL;
    Recorder r;

    recorder_attach(&r, chr);
    type("a\1\1b\1zc");
    g_assert_cmpstr(r.got->str, ==, "a\1bc");
    type("\1b");
    g_assert_cmpint(r.breaks, ==, 1);
    /* The escape key and its letter may come apart. */
    type("\1");
    type("b");
    g_assert_cmpint(r.breaks, ==, 2);
    type("\1h");
    shown = screen();
    g_assert_nonnull(strstr(shown, "C-a x    exit emulator"));
    g_assert_cmpstr(r.got->str, ==, "a\1bc");
    recorder_detach(&r);
    stop();
}

static void test_timestamps(void)
{
    Chardev *chr = start();
    g_autofree char *shown = NULL;
    Recorder r;

    recorder_attach(&r, chr);
    recorder_write(&r, "plain\n");
    type("\1t");
    recorder_write(&r, "one\ntwo");
    recorder_write(&r, " more\nthree\n");
    type("\1t");
    recorder_write(&r, "plain");
    shown = screen();
    if (!g_pattern_match_simple("plain\none\n[00:00:0?.???] two more\n"
                                "[00:00:0?.???] three\nplain", shown)) {
        g_error("unexpected: '%s'", shown);
    }
    recorder_detach(&r);
    stop();
}

static void test_slow_front_end(void)
{
    Chardev *chr = start();
    g_autofree char *many = g_strnfill(500, 'm');
    Recorder a, b;

    recorder_attach(&a, chr);
    recorder_attach(&b, chr);
    a.room = 2;
    type("abcdef");
    g_assert_cmpstr(a.got->str, ==, "ab");
    a.room = 1;
    qemu_chr_fe_accept_input(&a.be);
    g_assert_cmpstr(a.got->str, ==, "abc");
    a.room = INT_MAX;
    qemu_chr_fe_accept_input(&a.be);
    g_assert_cmpstr(a.got->str, ==, "abcdef");

    /* However stuck it is, Ctrl-A c gets us out. */
    a.room = 0;
    type(many);
    type("\1cfree");
    g_assert_cmpstr(b.got->str, ==, "free");
    a.room = INT_MAX;
    qemu_chr_fe_accept_input(&a.be);
    g_assert_cmpuint(a.got->len, >, 6);
    recorder_detach(&a);
    recorder_detach(&b);
    stop();
}

/* What a terminal does not take waits where the front end can see it. */
static int drained;

static void note_drained(void *opaque)
{
    drained++;
}

static void test_slow_terminal(void)
{
    Chardev *chr = start();
    g_autofree char *many = g_strnfill(65536, 'm');
    size_t written = 0, seen = 0;
    Recorder r;

    recorder_attach(&r, chr);
    qemu_chr_fe_set_drained(&r.be, note_drained);
    while (!qemu_chr_fe_pending(&r.be)) {
        recorder_write(&r, many);
        written += strlen(many);
        g_assert_cmpuint(written, <, 16 * MiB);
    }
    run_idle();
    g_assert_cmpuint(qemu_chr_fe_pending(&r.be), >, 0);
    drained = 0;
    while (seen < written) {
        g_autofree char *shown = screen();

        g_assert_cmpuint(strspn(shown, "m"), ==, strlen(shown));
        seen += strlen(shown);
        run_idle();
    }
    g_assert_cmpuint(seen, ==, written);
    g_assert_cmpuint(qemu_chr_fe_pending(&r.be), ==, 0);
    g_assert_cmpint(drained, >, 0);
    recorder_detach(&r);
    stop();
}

static void test_hangup(void)
{
    Chardev *chr = start();
    Recorder a, b;

    recorder_attach(&a, chr);
    recorder_attach(&b, chr);
    close(terminal);
    RUN_UNTIL(a.closed && b.closed);
    g_assert_false(qemu_chr_fe_backend_open(&a.be));
    recorder_write(&a, "gone");
    recorder_detach(&a);
    recorder_detach(&b);
    terminal = dup(STDERR_FILENO);
    stop();
}

static void test_limits(void)
{
    Chardev *chr = start();
    Error *err = NULL;
    Recorder r[4];
    CharBackend more = { 0 };

    for (int i = 0; i < 4; i++) {
        recorder_attach(&r[i], chr);
    }
    g_assert_false(qemu_chr_fe_init(&more, chr, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "'m'"));
    g_clear_pointer(&err, error_free);
    g_assert_null(qemu_chr_new_from_arg("mux,id=m2,chardev=m-base", &err));
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "chardev 'm-base' is already in use");
    g_clear_pointer(&err, error_free);
    g_assert_false(qemu_chr_remove("m-base", &err));
    g_assert_cmpstr(error_get_pretty(err), ==, "Chardev 'm-base' is busy");
    error_free(err);

    /* Removed from the middle, the others stay what they are. */
    recorder_detach(&r[1]);
    type("0");
    type("\1c");
    type("2");
    type("\1c");
    type("3");
    g_assert_cmpstr(r[0].got->str, ==, "0");
    g_assert_cmpstr(r[2].got->str, ==, "2");
    g_assert_cmpstr(r[3].got->str, ==, "3");
    recorder_detach(&r[0]);
    recorder_detach(&r[2]);
    recorder_detach(&r[3]);
    stop();
}

static bool quit_asked;

static void quit(void)
{
    quit_asked = true;
}

static void test_quit(void)
{
    Chardev *chr = start();
    g_autofree char *shown = NULL;
    Recorder r;

    qemu_chr_mux_set_quit(quit);
    recorder_attach(&r, chr);
    type("\1x");
    g_assert_true(quit_asked);
    shown = screen();
    g_assert_nonnull(strstr(shown, "QEMU: Terminated"));
    qemu_chr_mux_set_quit(NULL);
    recorder_detach(&r);
    stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    g_assert_true(qemu_init_main_loop(&error_abort));
    g_test_add_func("/chardev/mux/focus", test_focus);
    g_test_add_func("/chardev/mux/keys", test_keys);
    g_test_add_func("/chardev/mux/timestamps", test_timestamps);
    g_test_add_func("/chardev/mux/slow-front-end", test_slow_front_end);
    g_test_add_func("/chardev/mux/slow-terminal", test_slow_terminal);
    g_test_add_func("/chardev/mux/hang-up", test_hangup);
    g_test_add_func("/chardev/mux/limits", test_limits);
    g_test_add_func("/chardev/mux/quit", test_quit);
    return g_test_run();
}
