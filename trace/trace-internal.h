/*
 * The generated table of all trace points, and the writing of a log line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRACE_TRACE_INTERNAL_H
#define TRACE_TRACE_INTERNAL_H

#include "trace/trace.h"

/* Ends with NULL, which the size does not count. */
extern TraceEvent *const trace_event_table[];
extern const unsigned trace_event_table_size;

/* Names of all points on stdout. */
void trace_list_events(void);
/* trace_event_enable_pattern(), and a warning if a plain name matches none. */
void trace_enable_or_warn(const char *pattern);

#endif
