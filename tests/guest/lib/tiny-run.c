/*
 * Running the tiny guest: see tiny-run.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <glib/gstdio.h>

#include "tests/guest/lib/tiny-run.h"

#define POLL_US       10000
#define EXPECT_SECONDS 30

struct Tiny {
    QTestState *qts;
    char *dir, *console;
    bool may_fail;
};

const char *tiny_accel(void)
{
    const char *accel = getenv("GUEST_ACCEL");

    return accel ? accel : "tcg";
}

bool tiny_kvm(void)
{
    return g_str_has_prefix(tiny_accel(), "kvm");
}

static char *image_path(const char *image)
{
    const char *dir = getenv("GUEST_DIR");

    return g_strdup_printf("%s/%s", dir ? dir : ".", image);
}

int tiny_run(const char *image, const char *append, const char *args,
             char **text)
{
    g_autofree char *path = image_path(image);
    g_autofree char *out = NULL;
    g_autofree char *command = g_strdup_printf(
        "-accel %s -m 64 -display none -nodefaults -serial stdio "
        "-device isa-debug-exit -kernel %s -append '%s' %s",
        tiny_accel(), path, append, args ? args : "");
    int status = qtest_run(command, &out);

    g_test_message("-append '%s' %s: status %d\n%s", append, args ? args : "",
                   status, out);
    if (text) {
        *text = g_steal_pointer(&out);
    }
    return status;
}

/* -------------------------------------------------------------- possible? */

/* NULL, or why not. */
static char *find_reason(void)
{
    g_autofree char *help = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) words = g_strsplit(tiny_accel(), ",", 2);
    int status;

    qtest_run("-accel help", &help);
    if (!strstr(help, words[0])) {
        return g_strdup_printf("the emulator has no accelerator %s", words[0]);
    }
    if (tiny_kvm() && access("/dev/kvm", R_OK | W_OK) < 0) {
        return g_strdup_printf("/dev/kvm: %s", g_strerror(errno));
    }
    status = tiny_run("modes-guest", "", "-no-reboot", &text);
    if (status != TINY_GOOD && tiny_kvm()) {
        /* Some implementations of KVM do not run old processor modes. */
        status = tiny_run("tiny-guest", "trial=none", "-no-reboot", NULL);
    }
    return status == TINY_GOOD
               ? NULL
               : g_strdup_printf("-accel %s runs nothing here: status %d, %s",
                                 tiny_accel(), status, text);
}

static const char *reason(void)
{
    static char *why;
    static bool asked;

    if (!asked) {
        why = find_reason();
        asked = true;
    }
    return why;
}

static void skip(const void *data)
{
    g_test_skip(reason());
}

void tiny_add_test(const char *path, const void *data, GTestDataFunc fn)
{
    g_autofree char *full = g_strconcat("/", tiny_accel(), path, NULL);

    g_strdelimit(full, ",=", '-');
    g_test_add_data_func(full, data, reason() ? skip : fn);
}

/* ------------------------------------------------------------------- life */

Tiny *tiny_start(const char *append, const char *args)
{
    Tiny *t = g_new0(Tiny, 1);
    g_autofree char *path = image_path("tiny-guest");
    g_autofree char *command = NULL;
    g_autoptr(GError) err = NULL;

    t->dir = g_dir_make_tmp("tiny-XXXXXX", &err);
    g_assert_no_error(err);
    t->console = g_build_filename(t->dir, "console", NULL);
    command = g_strdup_printf(
        "-accel %s -m 64 -chardev file,id=console,path=%s "
        "-serial chardev:console -kernel %s "
        "-append '%s' %s",
        tiny_accel(), t->console, path, append, args ? args : "");
    t->qts = qtest_init_guest(command);
    return t;
}

QTestState *tiny_qts(Tiny *t)
{
    return t->qts;
}

char *tiny_console(Tiny *t)
{
    char *text = NULL;

    if (!g_file_get_contents(t->console, &text, NULL, NULL)) {
        return g_strdup("");
    }
    return text;
}

static void G_GNUC_NORETURN died(Tiny *t, const char *wanted, const char *why)
{
    g_autofree char *text = tiny_console(t);
    g_autofree char *errors = qtest_stderr(t->qts);

    g_error("%s while waiting for '%s'; it said:\n%s\nstderr:\n%s", why,
            wanted, text, errors);
}

void tiny_may_fail(Tiny *t)
{
    t->may_fail = true;
}

static unsigned occurrences(const char *text, const char *wanted)
{
    unsigned n = 0;

    for (; (text = strstr(text, wanted)); text++) {
        n++;
    }
    return n;
}

void tiny_expect(Tiny *t, const char *wanted)
{
    tiny_expect_times(t, wanted, 1);
}

void tiny_expect_times(Tiny *t, const char *wanted, unsigned times)
{
    int64_t end = g_get_monotonic_time() + EXPECT_SECONDS * G_USEC_PER_SEC;

    for (;;) {
        bool alive = qtest_alive(t->qts);
        g_autofree char *text = tiny_console(t);

        if (occurrences(text, wanted) >= times) {
            return;
        }
        if (!t->may_fail && strstr(text, "tiny: FAIL")) {
            died(t, wanted, "the guest failed");
        }
        if (!alive) {
            died(t, wanted, "the emulator ended");
        }
        if (g_get_monotonic_time() > end) {
            died(t, wanted, "too slow");
        }
        g_usleep(POLL_US);
    }
}

uint64_t tiny_number(Tiny *t, const char *key)
{
    g_autofree char *text = tiny_console(t);
    g_auto(GStrv) words = g_strsplit(key, " ", 2);
    g_autofree char *head = g_strdup_printf("tiny: %s ", words[0]);
    const char *line = g_strrstr(text, head);
    const char *found = line ? strstr(line, words[1]) : NULL;

    if (!found) {
        g_error("the guest said nothing about '%s':\n%s", key, text);
    }
    return g_ascii_strtoull(found + strlen(words[1]), NULL, 10);
}

void tiny_quit(Tiny *t)
{
    qtest_quit(t->qts);
    g_unlink(t->console);
    g_rmdir(t->dir);
    g_free(t->console);
    g_free(t->dir);
    g_free(t);
}
