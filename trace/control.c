/*
 * Switching trace points on and off: patterns, the -trace option, event lists
 * in files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "trace/trace-internal.h"
#include "util/option.h"

TraceEvent *const *trace_event_list(unsigned *count)
{
    *count = trace_event_table_size;
    return trace_event_table;
}

TraceEvent *trace_event_find(const char *name)
{
    for (unsigned i = 0; i < trace_event_table_size; i++) {
        if (strcmp(trace_event_table[i]->name, name) == 0) {
            return trace_event_table[i];
        }
    }
    return NULL;
}

unsigned trace_event_enable_pattern(const char *pattern)
{
    bool enable = pattern[0] != '-';
    unsigned matched = 0;

    if (!enable) {
        pattern++;
    }
    for (unsigned i = 0; i < trace_event_table_size; i++) {
        TraceEvent *ev = trace_event_table[i];

        if (g_pattern_match_simple(pattern, ev->name)) {
            qatomic_set(&ev->enabled, enable);
            matched++;
        }
    }
    return matched;
}

void trace_enable_or_warn(const char *pattern)
{
    const char *name = pattern[0] == '-' ? pattern + 1 : pattern;

    if (*name == '\0') {
        return;
    }
    if (trace_event_enable_pattern(pattern) == 0 && !strpbrk(name, "*?")) {
        warn_report("trace event '%s' does not exist", name);
    }
}

void trace_list_events(void)
{
    for (unsigned i = 0; i < trace_event_table_size; i++) {
        printf("%s\n", trace_event_table[i]->name);
    }
}

/* One pattern a line; empty lines and those that start with # are skipped. */
static bool trace_read_events(const char *path, Error **errp)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t len;

    if (!f) {
        error_setg_errno(errp, errno, "%s", path);
        return false;
    }
    for (int number = 1; (len = getline(&line, &size, f)) >= 0; number++) {
        while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r')) {
            line[--len] = '\0';
        }
        if (len > 0 && line[0] != '#') {
            loc_set_file(path, number);
            trace_enable_or_warn(line);
        }
    }
    loc_clear();
    free(line);
    if (ferror(f)) {
        error_setg_errno(errp, errno, "%s", path);
        fclose(f);
        return false;
    }
    fclose(f);
    return true;
}

/* The value of a key; a key given several times counts the last time. */
static const char *trace_option(json_t *value)
{
    if (json_is_array(value)) {
        value = json_array_get(value, json_array_size(value) - 1);
    }
    return json_string_value(value);
}

static bool trace_apply_options(json_t *opts, bool *help, Error **errp)
{
    const char *enable = NULL, *events = NULL, *file = NULL;
    const char *key;
    json_t *value;

    json_object_foreach (opts, key, value) {
        const char *text = trace_option(value);

        if (text && strcmp(key, "enable") == 0) {
            enable = text;
        } else if (text && strcmp(key, "events") == 0) {
            events = text;
        } else if (text && strcmp(key, "file") == 0) {
            file = text;
        } else {
            error_setg(errp, "Invalid parameter '%s'", key);
            return false;
        }
    }
    if (enable && (strcmp(enable, "help") == 0 || strcmp(enable, "?") == 0)) {
        *help = true;
        return true;
    }
    if (file && !trace_set_file(file, errp)) {
        return false;
    }
    if (enable) {
        trace_enable_or_warn(enable);
    }
    return !events || trace_read_events(events, errp);
}

bool trace_parse_arg(const char *arg, bool *help, Error **errp)
{
    json_t *opts;
    bool ok = true;

    *help = false;
    opts = keyval_parse(arg, "enable", help, errp);
    if (!opts) {
        return false;
    }
    if (!*help) {
        ok = trace_apply_options(opts, help, errp);
    }
    json_decref(opts);
    if (ok && *help) {
        trace_list_events();
    }
    return ok;
}
