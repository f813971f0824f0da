/*
 * QMP commands of trace points.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qapi/qapi-commands.h"
#include "trace/trace.h"

static bool is_pattern(const char *name)
{
    return strpbrk(name, "*?") != NULL;
}

/* A name that is not a pattern has to exist. */
static bool check_name(const char *name, Error **errp)
{
    if (!is_pattern(name) && !trace_event_find(name)) {
        error_setg(errp, "unknown event \"%s\"", name);
        return false;
    }
    return true;
}

TraceEventInfoList *qmp_trace_event_get_state(const char *name, Error **errp)
{
    TraceEventInfoList *list = NULL, **tail = &list;
    TraceEvent *const *events;
    unsigned count;

    if (!check_name(name, errp)) {
        return NULL;
    }
    events = trace_event_list(&count);
    for (unsigned i = 0; i < count; i++) {
        TraceEventInfo *info;

        if (!g_pattern_match_simple(name, events[i]->name)) {
            continue;
        }
        info = g_new0(TraceEventInfo, 1);
        info->name = g_strdup(events[i]->name);
        info->state = events[i]->enabled ? TRACE_EVENT_STATE_ENABLED
                                         : TRACE_EVENT_STATE_DISABLED;
        QAPI_LIST_APPEND(tail, info);
    }
    return list;
}

void qmp_trace_event_set_state(const char *name, bool enable,
                               bool has_ignore_unavailable,
                               bool ignore_unavailable, Error **errp)
{
    TraceEvent *const *events;
    unsigned count;

    if (!check_name(name, errp)) {
        return;
    }
    /* None is ever unavailable. */
    events = trace_event_list(&count);
    for (unsigned i = 0; i < count; i++) {
        if (g_pattern_match_simple(name, events[i]->name)) {
            events[i]->enabled = enable;
        }
    }
}
