/*
 * QMP for tests: one JSON object a line, replies and events told apart.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <poll.h>

#include "tests/qtest/lib/libqtest-internal.h"

/* The next object, or NULL if none comes in time. */
static json_t *read_object(QTestState *qts, int timeout_ms)
{
    int64_t deadline = g_get_monotonic_time() + timeout_ms * INT64_C(1000);

    for (;;) {
        char *newline = memchr(qts->qmp_text->str, '\n', qts->qmp_text->len);
        struct pollfd p = { .fd = qts->qmp_fd, .events = POLLIN };
        int64_t left = (deadline - g_get_monotonic_time()) / 1000;
        char buf[65536];
        ssize_t n;

        if (newline) {
            json_error_t jerr;
            size_t len = newline - qts->qmp_text->str;
            json_t *obj = json_loadb(qts->qmp_text->str, len, 0, &jerr);

            if (!obj) {
                g_error("QMP: not JSON: %s: %.*s", jerr.text, (int)len,
                        qts->qmp_text->str);
            }
            g_string_erase(qts->qmp_text, 0, len + 1);
            return obj;
        }
        if (left <= 0 || poll(&p, 1, left) <= 0) {
            return NULL;
        }
        n = read(qts->qmp_fd, buf, sizeof(buf));
        if (n <= 0) {
            qtest_died(qts, "reading a QMP reply");
        }
        g_string_append_len(qts->qmp_text, buf, n);
    }
}

void qtest_qmp_handshake(QTestState *qts)
{
    json_t *greeting, *reply;

    qts->qmp_text = g_string_new(NULL);
    greeting = read_object(qts, 30000);
    if (!greeting) {
        qtest_died(qts, "waiting for the QMP greeting");
    }
    g_assert_nonnull(json_object_get(greeting, "QMP"));
    json_decref(greeting);
    reply = qtest_qmp_ok(qts, "{'execute': 'qmp_capabilities'}");
    json_decref(reply);
}

static json_t *command(QTestState *qts, const char *fmt, va_list ap)
{
    g_autofree char *command = g_strdup_vprintf(fmt, ap);
    g_autofree char *text = g_strconcat(command, "\n", NULL);

    /* Single quotes as a convenience, so none inside strings. In one piece:
     * "quit" may be obeyed before its newline is there. */
    g_strdelimit(text, "'", '"');
    qtest_send_all(qts, qts->qmp_fd, text, strlen(text));
    for (;;) {
        json_t *obj = read_object(qts, 60000);

        if (!obj) {
            qtest_died(qts, text);
        }
        if (!json_object_get(obj, "event")) {
            return obj;
        }
        g_queue_push_tail(qts->events, obj);
    }
}

json_t *qtest_qmp(QTestState *qts, const char *fmt, ...)
{
    va_list ap;
    json_t *reply;

    va_start(ap, fmt);
    reply = command(qts, fmt, ap);
    va_end(ap);
    return reply;
}

json_t *qtest_qmp_ok(QTestState *qts, const char *fmt, ...)
{
    va_list ap;
    json_t *reply, *result;

    va_start(ap, fmt);
    reply = command(qts, fmt, ap);
    va_end(ap);
    result = json_object_get(reply, "return");
    if (!result) {
        g_autofree char *text = json_dumps(reply, 0);
        g_error("QMP: '%s' answered %s", fmt, text);
    }
    json_incref(result);
    json_decref(reply);
    return result;
}

char *qtest_qmp_error(QTestState *qts, const char *fmt, ...)
{
    va_list ap;
    json_t *reply, *error;
    char *desc;

    va_start(ap, fmt);
    reply = command(qts, fmt, ap);
    va_end(ap);
    error = json_object_get(reply, "error");
    if (!error) {
        g_autofree char *text = json_dumps(reply, 0);
        g_error("QMP: '%s' did not fail: %s", fmt, text);
    }
    desc = g_strdup(json_string_value(json_object_get(error, "desc")));
    json_decref(reply);
    return desc;
}

static json_t *find_event(QTestState *qts, const char *name)
{
    for (GList *l = qts->events->head; l; l = l->next) {
        json_t *obj = l->data;

        if (!g_strcmp0(json_string_value(json_object_get(obj, "event")),
                       name)) {
            g_queue_delete_link(qts->events, l);
            return obj;
        }
    }
    return NULL;
}

json_t *qtest_qmp_event_within(QTestState *qts, const char *name,
                               int timeout_ms)
{
    int64_t deadline = g_get_monotonic_time() + timeout_ms * INT64_C(1000);
    json_t *found;

    while (!(found = find_event(qts, name))) {
        int64_t left = (deadline - g_get_monotonic_time()) / 1000;
        json_t *obj = left > 0 ? read_object(qts, left) : NULL;

        if (!obj) {
            return NULL;
        }
        g_queue_push_tail(qts->events, obj);
    }
    return found;
}

json_t *qtest_qmp_event(QTestState *qts, const char *name)
{
    return qtest_qmp_event_within(qts, name, 5000);
}

json_t *qtest_qmp_pending(QTestState *qts, const char *name)
{
    return find_event(qts, name);
}

void qtest_qmp_drop_events(QTestState *qts)
{
    json_t *obj;

    while ((obj = g_queue_pop_head(qts->events))) {
        json_decref(obj);
    }
}

char *qtest_hmp(QTestState *qts, const char *fmt, ...)
{
    g_autofree char *line = NULL;
    json_t *reply;
    char *text;
    va_list ap;

    va_start(ap, fmt);
    line = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    reply = qtest_qmp_ok(qts, "{'execute': 'human-monitor-command', "
                         "'arguments': {'command-line': '%s'}}", line);
    text = g_strdup(json_string_value(reply));
    json_decref(reply);
    return text;
}
