/*
 * Error objects and reports: the contract of util/error.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/error.h"

static void test_set(void)
{
    Error *err = NULL;

    error_setg(NULL, "nobody asked for %d", 1);
    error_setg(&err, "value '%s' is wrong", "x");
    g_assert_cmpstr(error_get_pretty(err), ==, "value 'x' is wrong");
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_GENERIC_ERROR);
    g_assert_null(error_get_hint(err));
    error_free(err);
    error_free(NULL);
}

static void test_errno(void)
{
    Error *err = NULL;

    errno = 17;
    error_setg_errno(&err, ENOENT, "Could not open '%s'", "f");
    g_assert_cmpint(errno, ==, 17);
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "Could not open 'f': No such file or directory");
    g_clear_pointer(&err, error_free);

    error_setg_errno(&err, 0, "plain");
    g_assert_cmpstr(error_get_pretty(err), ==, "plain");
    g_clear_pointer(&err, error_free);

    error_setg_errno(&err, -EINVAL, "negative");
    g_assert_cmpstr(error_get_pretty(err), ==, "negative: Invalid argument");
    error_free(err);
}

static void test_class(void)
{
    static const char *const names[] = {
        [ERROR_CLASS_GENERIC_ERROR] = "GenericError",
        [ERROR_CLASS_COMMAND_NOT_FOUND] = "CommandNotFound",
        [ERROR_CLASS_DEVICE_NOT_ACTIVE] = "DeviceNotActive",
        [ERROR_CLASS_DEVICE_NOT_FOUND] = "DeviceNotFound",
        [ERROR_CLASS_KVM_MISSING_CAP] = "KVMMissingCap",
    };

    for (int i = 0; i < ARRAY_SIZE(names); i++) {
        g_autoptr(Error) err = NULL;

        error_set(&err, i, "m");
        g_assert_cmpint(error_get_class(err), ==, i);
        g_assert_cmpstr(error_class_name(error_get_class(err)), ==, names[i]);
    }
}

static void test_propagate(void)
{
    Error *dst = NULL, *first = NULL, *second = NULL;

    error_propagate(&dst, NULL);
    g_assert_null(dst);
    error_setg(&first, "first");
    error_setg(&second, "second");
    error_propagate(&dst, first);
    g_assert_true(dst == first);
    /* Already set: the second is freed (the leak checker sees to it). */
    error_propagate(&dst, second);
    g_assert_cmpstr(error_get_pretty(dst), ==, "first");
    error_free(dst);

    first = NULL;
    error_setg(&first, "unwanted");
    error_propagate(NULL, first);
}

static void test_prepend_hint_copy(void)
{
    Error *err = NULL;
    Error *copy;

    error_prepend(NULL, "x");
    error_prepend(&err, "x");
    error_append_hint(&err, "x");
    g_assert_null(err);

    error_set(&err, ERROR_CLASS_DEVICE_NOT_FOUND, "no 'd'");
    error_prepend(&err, "in %d: ", 7);
    error_append_hint(&err, "Try %s\n", "e");
    error_append_hint(&err, "or f\n");
    copy = error_copy(err);
    error_free(err);

    g_assert_cmpstr(error_get_pretty(copy), ==, "in 7: no 'd'");
    g_assert_cmpstr(error_get_hint(copy), ==, "Try e\nor f\n");
    g_assert_cmpint(error_get_class(copy), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    error_free(copy);
}

static void test_set_twice(void)
{
    if (g_test_subprocess()) {
        Error *err = NULL;

        error_setg(&err, "one");
        error_setg(&err, "two");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
}

static void test_fatal(void)
{
    if (g_test_subprocess()) {
        Error *err = NULL;

        error_set_progname("/usr/bin/emu");
        error_setg(&err, "it is over");
        error_append_hint(&err, "Buy another\n");
        error_propagate(&error_fatal, err);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("emu: it is over\nBuy another\n");
}

static void test_abort(void)
{
    if (g_test_subprocess()) {
        error_setg(&error_abort, "cannot be");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*Unexpected error: cannot be\n*");
}

static void test_report_format(void)
{
    if (g_test_subprocess()) {
        char *argv[] = { (char *)"emu", (char *)"-netdev",
                         (char *)"tap,id=n0", NULL };
        Error *err = NULL;

        error_set_progname("emu");
        error_report("plain %d", 1);
        loc_set_cmdline(argv, 1, 2);
        error_report("bad value");
        warn_report("odd value");
        loc_set_file("q.cfg", 7);
        info_report("noted");
        loc_clear();
        error_set_guest_name("vm1");
        error_setg(&err, "msg");
        error_reportf_err(err, "Error: ");
        error_set_guest_name(NULL);
        error_set_timestamp(true);
        error_report("late");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr(
        "emu: plain 1\n"
        "emu: -netdev tap,id=n0: bad value\n"
        "emu: -netdev tap,id=n0: warning: odd value\n"
        "emu: q.cfg:7: info: noted\n"
        "vm1 emu: Error: msg\n"
        "20*-*-*T*:*:*.??????Z emu: late\n");
}

static void hook(const char *text, void *opaque)
{
    g_string_append(opaque, text);
}

static void *report_elsewhere(void *opaque)
{
    /* The hook belongs to the thread that set it: this goes to stderr. */
    error_report("from another thread");
    return NULL;
}

static void test_print_hook(void)
{
    GString *out = g_string_new(NULL);
    Error *err = NULL;

    error_set_print_hook(hook, out);
    error_report("to the monitor");
    error_setg(&err, "with hint");
    error_append_hint(&err, "hint\n");
    warn_report_err(err);
    g_thread_join(g_thread_new("other", report_elsewhere, NULL));
    error_set_print_hook(NULL, NULL);

    g_assert_cmpstr(out->str, ==,
                    "to the monitor\nwarning: with hint\nhint\n");
    g_string_free(out, TRUE);
}

static void test_ratelimit(void)
{
    GString *out = g_string_new(NULL);
    ErrorRateLimit rl = { 0 };

    error_set_print_hook(hook, out);
    for (int i = 0; i < 100; i++) {
        error_report_ratelimited(&rl, "ring %d is broken", i);
    }
    g_assert_cmpstr(out->str, ==, "ring 0 is broken\n");
    g_assert_cmpuint(rl.suppressed, ==, 99);

    rl.last_ns -= INT64_C(1000000001);
    error_report_ratelimited(&rl, "ring is broken");
    error_set_print_hook(NULL, NULL);
    g_assert_nonnull(strstr(out->str, "99"));
    g_assert_cmpuint(rl.suppressed, ==, 0);
    g_string_free(out, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/util/error/set", test_set);
    g_test_add_func("/util/error/errno", test_errno);
    g_test_add_func("/util/error/class", test_class);
    g_test_add_func("/util/error/propagate", test_propagate);
    g_test_add_func("/util/error/prepend-hint-copy", test_prepend_hint_copy);
    g_test_add_func("/util/error/set-twice", test_set_twice);
    g_test_add_func("/util/error/fatal", test_fatal);
    g_test_add_func("/util/error/abort", test_abort);
    g_test_add_func("/util/error/report-format", test_report_format);
    g_test_add_func("/util/error/print-hook", test_print_hook);
    g_test_add_func("/util/error/ratelimit", test_ratelimit);
    return g_test_run();
}
