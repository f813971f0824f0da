/*
 * The log: where trace points and qemu_log() write, and the -d and -D options.
 *
 * A line is formatted into one buffer and leaves in one write(), so lines of
 * several threads never mix, and no lock is taken. The descriptor's number
 * never changes once a file is open: another file is moved onto it, which a
 * thread that is writing does not notice.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <time.h>

#include "trace/trace-internal.h"

unsigned qemu_loglevel;

static int log_fd = STDERR_FILENO;
static bool log_timestamp;

void trace_set_timestamp(bool on)
{
    qatomic_set(&log_timestamp, on);
}

/* Regular files and terminals take it whole; the rest of a short write to a
 * full pipe or disk is lost, which is better than holding up a data path. */
static void log_write(const char *text, size_t len)
{
    int fd = qatomic_read(&log_fd);
    ssize_t n;

    do {
        n = write(fd, text, len);
    } while (n < 0 && errno == EINTR);
}

/* Appends to buf, which holds `used` of `size` bytes; returns the new use. */
static size_t log_append_time(char *buf, size_t size, size_t used)
{
    struct timespec now;
    struct tm tm;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    used += strftime(buf + used, size - used, "%Y-%m-%dT%H:%M:%S", &tm);
    used += snprintf(buf + used, size - used, ".%06ldZ ", now.tv_nsec / 1000);
    return used;
}

static void G_GNUC_PRINTF(2, 0)
    log_line(const char *name, const char *fmt, va_list ap)
{
    char buf[1024];
    char *text = buf, *heap = NULL;
    size_t used = 0;
    va_list again;
    int len;

    if (name) {
        if (qatomic_read(&log_timestamp)) {
            used = log_append_time(buf, sizeof(buf), used);
        }
        used += snprintf(buf + used, sizeof(buf) - used, "%.200s ", name);
    }
    va_copy(again, ap);
    len = vsnprintf(buf + used, sizeof(buf) - used, fmt, ap);
    if (len < 0) {
        len = 0;
        buf[used] = '\0';
    } else if (used + len + 2 > sizeof(buf)) {
        text = heap = g_malloc(used + len + 2);
        memcpy(text, buf, used);
        vsnprintf(text + used, len + 1, fmt, again);
    }
    va_end(again);

    used += len;
    if (used == 0 || text[used - 1] != '\n') {
        text[used++] = '\n';
    }
    log_write(text, used);
    g_free(heap);
}

void trace_emit(const TraceEvent *ev, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_line(ev->name, fmt, ap);
    va_end(ap);
}

void qemu_log(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_line(NULL, fmt, ap);
    va_end(ap);
}

/* "%d" is the pid, once; another % is an error. NULL with *errp. */
static char *log_expand_path(const char *path, Error **errp)
{
    const char *percent = strchr(path, '%');

    if (!percent) {
        return g_strdup(path);
    }
    if (percent[1] != 'd' || strchr(percent + 1, '%')) {
        error_setg(errp, "Bad logfile template: %s", path);
        return NULL;
    }
    return g_strdup_printf("%.*s%d%s", (int)(percent - path), path,
                           (int)getpid(), percent + 2);
}

bool qemu_log_set_file(const char *path, Error **errp)
{
    g_autofree char *name = log_expand_path(path, errp);
    int fd;

    if (!name) {
        return false;
    }
    fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) {
        error_setg_errno(errp, errno, "Error opening logfile %s", name);
        return false;
    }
    if (log_fd == STDERR_FILENO) {
        qatomic_set(&log_fd, fd);
        return true;
    }
    if (dup3(fd, log_fd, O_CLOEXEC) < 0) {
        error_setg_errno(errp, errno, "Error opening logfile %s", name);
        close(fd);
        return false;
    }
    close(fd);
    return true;
}

bool trace_set_file(const char *path, Error **errp)
{
    return qemu_log_set_file(path, errp);
}

static const struct {
    unsigned mask;
    const char *name;
    const char *help;
} log_items[] = {
    {LOG_IN_ASM, "in_asm", "show target assembly code for each compiled TB"},
    {LOG_INT, "int", "show interrupts/exceptions in short format"},
    {LOG_EXEC, "exec", "show trace before each executed TB (lots of logs)"},
    {LOG_CPU, "cpu",
     "show CPU registers before entering a TB (lots of logs)"},
    {LOG_CPU_FPU, "fpu", "include FPU registers in the 'cpu' logging"},
    {LOG_UNIMP, "unimp", "log unimplemented functionality"},
    {LOG_GUEST_ERROR, "guest_errors",
     "log when the guest OS does something invalid (eg accessing a\n"
     "non-existent register)"},
    {LOG_NET, "net", "log packets that are dropped and why"},
};

const char *qemu_log_item_name(unsigned i)
{
    return i < ARRAY_SIZE(log_items) ? log_items[i].name : NULL;
}

char *qemu_log_items_help(void)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(log_items); i++) {
        g_string_append_printf(out, "%-15s %s\n", log_items[i].name,
                               log_items[i].help);
    }
    g_string_append(out, "trace:PATTERN   enable trace events\n");
    return g_string_free(out, FALSE);
}

static void log_print_items(void)
{
    g_autofree char *items = qemu_log_items_help();

    printf("Log items (comma separated):\n%s\n"
           "Use \"-d trace:help\" to get a list of trace events.\n\n", items);
}

static unsigned log_item_mask(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(log_items); i++) {
        if (strcmp(log_items[i].name, name) == 0) {
            return log_items[i].mask;
        }
    }
    return 0;
}

static bool log_is_help(const char *text)
{
    return strcmp(text, "help") == 0 || strcmp(text, "?") == 0;
}

/* One item of -d; *help: it asked for a list, which is on stdout now. */
static bool log_apply_item(const char *item, unsigned *level, bool *help,
                           Error **errp)
{
    unsigned mask = log_item_mask(item);

    if (mask) {
        *level |= mask;
        return true;
    }
    if (log_is_help(item)) {
        *help = true;
        log_print_items();
        return true;
    }
    if (!g_str_has_prefix(item, "trace:")) {
        error_setg(errp, "Unknown log item '%s'", item);
        error_append_hint(errp, "Use \"-d help\" for a list of items.\n");
        return false;
    }
    item += strlen("trace:");
    if (log_is_help(item)) {
        *help = true;
        trace_list_events();
    } else {
        trace_enable_or_warn(item);
    }
    return true;
}

bool qemu_log_parse_arg(const char *items, bool *help, Error **errp)
{
    g_auto(GStrv) list = g_strsplit(items, ",", -1);
    unsigned level = qemu_loglevel;

    *help = false;
    for (char **item = list; *item && !*help; item++) {
        if (!log_apply_item(*item, &level, help, errp)) {
            return false;
        }
    }
    qemu_loglevel = level;
    return true;
}
