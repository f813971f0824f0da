/*
 * Trace points and the log: switching on and off, options, output.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <glib/gstdio.h>

#include "trace/trace-memory.h"
#include "trace/trace.h"

static char *dir;

static char *temp_path(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

/* The log from now on; *path to be freed. */
static char *new_log(const char *name)
{
    char *path = temp_path(name);

    g_assert_true(qemu_log_set_file(path, &error_abort));
    return path;
}

static char *contents(const char *path)
{
    char *text;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void all_off(void)
{
    trace_event_enable_pattern("-*");
}

static void test_table(void)
{
    unsigned count;
    TraceEvent *const *list = trace_event_list(&count);

    g_assert_cmpuint(count, >, 0);
    g_assert_null(list[count]);
    for (unsigned i = 0; i < count; i++) {
        g_assert_true(trace_event_find(list[i]->name) == list[i]);
        g_assert_false(list[i]->enabled);
    }
    g_assert_true(trace_event_find("ram_block_new") == TRACE_RAM_BLOCK_NEW);
    g_assert_cmpstr(TRACE_RAM_BLOCK_NEW->group, ==, "memory");
    g_assert_null(trace_event_find("ram_block_ne"));
    g_assert_null(trace_event_find(""));
}

static void test_patterns(void)
{
    unsigned count;

    trace_event_list(&count);
    g_assert_cmpuint(trace_event_enable_pattern("ram_block_*"), ==, 2);
    g_assert_true(trace_event_get_state(TRACE_RAM_BLOCK_NEW));
    g_assert_true(trace_event_get_state(TRACE_RAM_BLOCK_FREE));
    g_assert_false(trace_event_get_state(TRACE_FLATVIEW_NEW));
    g_assert_cmpuint(trace_event_enable_pattern("-ram_block_fre?"), ==, 1);
    g_assert_false(trace_event_get_state(TRACE_RAM_BLOCK_FREE));
    g_assert_cmpuint(trace_event_enable_pattern("no_such_event"), ==, 0);
    g_assert_cmpuint(trace_event_enable_pattern("*"), ==, count);
    all_off();
}

static void test_output(void)
{
    g_autofree char *path = new_log("output");
    g_autofree char *text = NULL;

    trace_ram_block_free("off");
    trace_event_enable_pattern("ram_block_free");
    trace_ram_block_free("one");
    trace_set_timestamp(true);
    trace_ram_block_free("two");
    trace_set_timestamp(false);
    qemu_log("plain %d\n", 3);
    qemu_log("no newline");
    all_off();
    trace_ram_block_free("off");
    text = contents(path);
    g_assert_true(g_regex_match_simple(
        "^ram_block_free one\n"
        "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z "
        "ram_block_free two\n"
        "plain 3\n"
        "no newline\n$",
        text, 0, 0));
}

/* Longer than the buffer on the stack, and right at its end. */
static void test_long_lines(void)
{
    for (int len = 990; len < 1040; len++) {
        g_autofree char *path = new_log("long");
        g_autofree char *line = g_strnfill(len, 'x');
        g_autofree char *text = NULL;
        g_autofree char *expected =
            g_strdup_printf("ram_block_free %s\n%s\n", line, line);

        trace_event_enable_pattern("ram_block_free");
        trace_ram_block_free(line);
        qemu_log("%s\n", line);
        all_off();
        text = contents(path);
        g_assert_cmpstr(text, ==, expected);
    }
}

static void *emit_many(void *opaque)
{
    for (int i = 0; i < 2000; i++) {
        qemu_log("%s %0*d", (char *)opaque, i % 300, 7);
    }
    return NULL;
}

static void test_threads(void)
{
    g_autofree char *path = new_log("threads");
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    GThread *thread[3];
    unsigned n = 0;

    for (int i = 0; i < 3; i++) {
        thread[i] = g_thread_new("emit", emit_many,
                                 (void *)(i == 0   ? "a"
                                          : i == 1 ? "b"
                                                   : "c"));
    }
    for (int i = 0; i < 3; i++) {
        g_thread_join(thread[i]);
    }
    text = contents(path);
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (**line) {
            g_assert_true(g_regex_match_simple("^[abc] 0*7$", *line, 0, 0));
            n++;
        }
    }
    g_assert_cmpuint(n, ==, 6000);
}

/* --------------------------------------------------------------- options */

static void expect_trace_arg(const char *arg, const char *message)
{
    Error *err = NULL;
    bool help;

    g_assert_true(trace_parse_arg(arg, &help, &err) == !message);
    g_assert_false(help);
    if (message) {
        g_assert_cmpstr(error_get_pretty(err), ==, message);
        error_free(err);
    }
}

static void test_trace_arg(void)
{
    g_autofree char *path = temp_path("trace-arg");
    g_autofree char *arg =
        g_strdup_printf("enable=ram_block_new,file=%s", path);
    g_autofree char *text = NULL;

    expect_trace_arg("ram_block_free", NULL);
    g_assert_true(trace_event_get_state(TRACE_RAM_BLOCK_FREE));
    expect_trace_arg("-ram_block_free", NULL);
    g_assert_false(trace_event_get_state(TRACE_RAM_BLOCK_FREE));
    expect_trace_arg("", NULL);
    expect_trace_arg(arg, NULL);
    g_assert_true(trace_event_get_state(TRACE_RAM_BLOCK_NEW));
    trace_ram_block_new("x", 1, NULL, -1, true);
    text = contents(path);
    g_assert_cmpstr(text, ==,
                    "ram_block_new x size 0x1 host (nil) fd -1 shared 1\n");
    all_off();

    expect_trace_arg("enable=x,foo=y", "Invalid parameter 'foo'");
    expect_trace_arg("events=/nonexist/a",
                     "/nonexist/a: No such file or directory");
    expect_trace_arg("file=/nonexist/a", "Error opening logfile /nonexist/a: "
                                         "No such file or directory");
}

static void capture(const char *text, void *opaque)
{
    g_string_append(opaque, text);
}

static void test_trace_events_file(void)
{
    g_autofree char *path = temp_path("events");
    g_autofree char *arg = g_strdup_printf("events=%s", path);
    g_autofree char *expected = NULL;
    g_autoptr(GString) warnings = g_string_new(NULL);

    g_assert_true(g_file_set_contents(path,
                                      "# a comment\n\nram_block_*\n"
                                      "-ram_block_free\nno_such_event\r\n"
                                      "no_such_*\n-\nflatview_new",
                                      -1, NULL));
    error_set_print_hook(capture, warnings);
    expect_trace_arg(arg, NULL);
    error_set_print_hook(NULL, NULL);
    g_assert_true(trace_event_get_state(TRACE_RAM_BLOCK_NEW));
    g_assert_false(trace_event_get_state(TRACE_RAM_BLOCK_FREE));
    g_assert_true(trace_event_get_state(TRACE_FLATVIEW_NEW));
    g_assert_nonnull(strstr(warnings->str, "warning: trace event "
                                           "'no_such_event' does not exist"));
    g_assert_null(strchr(strchr(warnings->str, '\n') + 1, '\n'));
    all_off();
}

static void expect_log_arg(const char *arg, const char *message)
{
    Error *err = NULL;
    bool help;

    g_assert_true(qemu_log_parse_arg(arg, &help, &err) == !message);
    g_assert_false(help);
    if (message) {
        g_assert_cmpstr(error_get_pretty(err), ==, message);
        error_free(err);
    }
}

static void test_log_arg(void)
{
    g_autofree char *path = new_log("log-arg");
    g_autofree char *text = NULL;

    qemu_log_mask(LOG_UNIMP, "off");
    expect_log_arg("unimp,trace:ram_block_new", NULL);
    g_assert_cmphex(qemu_loglevel, ==, LOG_UNIMP);
    g_assert_true(trace_event_get_state(TRACE_RAM_BLOCK_NEW));
    expect_log_arg("guest_errors,net", NULL);
    g_assert_cmphex(qemu_loglevel, ==, LOG_UNIMP | LOG_GUEST_ERROR | LOG_NET);
    qemu_log_mask(LOG_UNIMP, "on");
    text = contents(path);
    g_assert_cmpstr(text, ==, "on\n");

    qemu_loglevel = 0;
    expect_log_arg("unimp,foo", "Unknown log item 'foo'");
    expect_log_arg("", NULL);
    expect_log_arg("unimp,,net", "Unknown log item ''");
    g_assert_cmphex(qemu_loglevel, ==, 0);
    all_off();
}

static void test_log_file(void)
{
    static const char *const bad[] = {"%s", "a%d%d", "a%", "%dx%s"};
    g_autofree char *pattern = temp_path("log-%d.txt");
    g_autofree char *name = g_strdup_printf("log-%d.txt", (int)getpid());
    g_autofree char *path = temp_path(name);
    g_autofree char *text = NULL;

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        g_autofree char *message =
            g_strdup_printf("Bad logfile template: %s", bad[i]);
        Error *err = NULL;

        g_assert_false(qemu_log_set_file(bad[i], &err));
        g_assert_cmpstr(error_get_pretty(err), ==, message);
        error_free(err);
    }
    g_assert_true(qemu_log_set_file(pattern, &error_abort));
    qemu_log("here");
    text = contents(path);
    g_assert_cmpstr(text, ==, "here\n");
}

static void test_help(void)
{
    if (g_test_subprocess()) {
        bool help = false;

        trace_parse_arg("help", &help, &error_abort);
        g_assert_true(help);
        trace_parse_arg("enable=?", &help, &error_abort);
        g_assert_true(help);
        qemu_log_parse_arg("unimp,help", &help, &error_abort);
        g_assert_true(help);
        qemu_log_parse_arg("trace:help", &help, &error_abort);
        g_assert_true(help);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stdout("*ram_block_new\n*ram_block_new\n"
                              "*Log items (comma separated):\n"
                              "in_asm          show *\n"
                              "unimp           log *trace:PATTERN   *"
                              "ram_block_new\n*");
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    dir = g_dir_make_tmp("test-trace-XXXXXX", NULL);
    g_test_add_func("/trace/table", test_table);
    g_test_add_func("/trace/patterns", test_patterns);
    g_test_add_func("/trace/output", test_output);
    g_test_add_func("/trace/long-lines", test_long_lines);
    g_test_add_func("/trace/threads", test_threads);
    g_test_add_func("/trace/trace-arg", test_trace_arg);
    g_test_add_func("/trace/events-file", test_trace_events_file);
    g_test_add_func("/trace/log-arg", test_log_arg);
    g_test_add_func("/trace/log-file", test_log_file);
    g_test_add_func("/trace/help", test_help);
    ret = g_test_run();
    {
        GDir *d = g_dir_open(dir, 0, NULL);
        const char *name;

        while ((name = g_dir_read_name(d))) {
            g_autofree char *path = temp_path(name);

            g_unlink(path);
        }
        g_dir_close(d);
        g_rmdir(dir);
        g_free(dir);
    }
    return ret;
}
