/*
 * Reporting errors, warnings and notes to the user.
 *
 * A report is one line, written by one call so that reports of several
 * threads do not mix:
 *
 *   [TIMESTAMP ][GUEST ]PROGRAM: [LOCATION: ][warning: |info: ]message
 *
 * where LOCATION is the piece of the command line, or the line of a config
 * file, that the thread is working on. While a monitor command runs in the
 * thread, the monitor's hook gets the bare message instead.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/error.h"

typedef enum ReportKind {
    REPORT_ERROR,
    REPORT_WARNING,
    REPORT_INFO,
} ReportKind;

typedef struct ReportLocation {
    char **argv; /* command line: `count` words from here */
    int count;
    const char *file; /* config file, or NULL */
    int line;
} ReportLocation;

static const char *progname = "qemu-system-x86_64";
static bool with_timestamp;
static const char *guest_name;

static __thread ReportLocation location;
static __thread ErrorPrintFn *print_hook;
static __thread void *print_hook_opaque;

void error_set_progname(const char *argv0)
{
    const char *slash = strrchr(argv0, '/');

    progname = slash ? slash + 1 : argv0;
}

const char *error_get_progname(void)
{
    return progname;
}

void error_set_timestamp(bool on)
{
    with_timestamp = on;
}

void error_set_guest_name(const char *name)
{
    guest_name = name;
}

void loc_set_cmdline(char **argv, int idx, int count)
{
    location = (ReportLocation){ .argv = argv + idx, .count = count };
}

void loc_set_file(const char *name, int line)
{
    location = (ReportLocation){ .file = name, .line = line };
}

void loc_clear(void)
{
    location = (ReportLocation){ 0 };
}

void error_set_print_hook(ErrorPrintFn *fn, void *opaque)
{
    print_hook = fn;
    print_hook_opaque = opaque;
}

static void print_text(const char *text)
{
    if (print_hook) {
        print_hook(text, print_hook_opaque);
    } else {
        fputs(text, stderr);
    }
}

static void append_prefix(GString *out)
{
    if (with_timestamp) {
        g_autoptr(GDateTime) now = g_date_time_new_now_utc();
        g_autofree char *stamp = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S");

        g_string_append_printf(out, "%s.%06dZ ", stamp,
                               g_date_time_get_microsecond(now));
    }
    if (guest_name) {
        g_string_append_printf(out, "%s ", guest_name);
    }
    g_string_append_printf(out, "%s: ", progname);
}

static void append_location(GString *out)
{
    if (location.count) {
        for (int i = 0; i < location.count; i++) {
            g_string_append_printf(out, "%s%s", i ? " " : "",
                                   location.argv[i]);
        }
        g_string_append(out, ": ");
    } else if (location.file) {
        g_string_append_printf(out, "%s:%d: ", location.file, location.line);
    }
}

static G_GNUC_PRINTF(2, 0) void vreport(ReportKind kind, const char *fmt,
                                        va_list ap)
{
    GString *out = g_string_new(NULL);

    if (!print_hook) {
        append_prefix(out);
        append_location(out);
    }
    if (kind == REPORT_WARNING) {
        g_string_append(out, "warning: ");
    } else if (kind == REPORT_INFO) {
        g_string_append(out, "info: ");
    }
    g_string_append_vprintf(out, fmt, ap);
    g_string_append_c(out, '\n');
    print_text(out->str);
    g_string_free(out, TRUE);
}

static void print_hint(const Error *err)
{
    if (error_get_hint(err)) {
        print_text(error_get_hint(err));
    }
}

void error_vreport(const char *fmt, va_list ap)
{
    vreport(REPORT_ERROR, fmt, ap);
}

void error_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vreport(REPORT_ERROR, fmt, ap);
    va_end(ap);
}

void warn_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vreport(REPORT_WARNING, fmt, ap);
    va_end(ap);
}

void info_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vreport(REPORT_INFO, fmt, ap);
    va_end(ap);
}

void error_report_err(Error *err)
{
    error_report("%s", error_get_pretty(err));
    print_hint(err);
    error_free(err);
}

void warn_report_err(Error *err)
{
    warn_report("%s", error_get_pretty(err));
    print_hint(err);
    error_free(err);
}

void error_reportf_err(Error *err, const char *fmt, ...)
{
    g_autofree char *prefix = NULL;
    va_list ap;

    va_start(ap, fmt);
    prefix = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    error_report("%s%s", prefix, error_get_pretty(err));
    print_hint(err);
    error_free(err);
}

void error_report_ratelimited(ErrorRateLimit *rl, const char *fmt, ...)
{
    int64_t now_ns = g_get_monotonic_time() * 1000;
    g_autofree char *msg = NULL;
    va_list ap;

    if (rl->last_ns && now_ns - rl->last_ns < INT64_C(1000000000)) {
        rl->suppressed++;
        return;
    }
    va_start(ap, fmt);
    msg = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    if (rl->suppressed) {
        error_report("%s (%u like it not shown)", msg, rl->suppressed);
    } else {
        error_report("%s", msg);
    }
    rl->last_ns = now_ns;
    rl->suppressed = 0;
}
