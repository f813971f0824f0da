/*
 * Trace points: named places in the code that print their arguments when
 * switched on.
 *
 * Each folder lists its points in a file `trace-events`, one per line:
 *
 *   virtio_queue_notify(void *vdev, int n) "vdev %p n %d"
 *
 * and includes the header generated from it ("trace/trace-hw-virtio.h" for
 * hw/virtio), which defines trace_virtio_queue_notify(). A point that is off
 * costs one load and a predicted branch. Any thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include "util/atomic.h"
#include "util/error.h"

typedef struct TraceEvent {
    const char *name;
    const char *group; /* folder: "hw/virtio" */
    bool enabled;
} TraceEvent;

/*
 * True while the point is on: for call sites whose arguments cost something
 * to compute. trace_event_get_state(TRACE_VIRTIO_QUEUE_NOTIFY).
 */
#define trace_event_get_state(ev) unlikely(qatomic_read(&(ev)->enabled))

/*
 * One line: "name text", with the time in front under -msg timestamp=on
 * ("2026-11-22T13:23:27.776094Z name text").
 */
void trace_emit(const TraceEvent *ev, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* -msg timestamp=on. */
void trace_set_timestamp(bool on);

/* All points, from the generated table. */
TraceEvent *const *trace_event_list(unsigned *count);
/* Exact name, or NULL. */
TraceEvent *trace_event_find(const char *name);
/* A pattern with * and ?; a leading '-' switches off. Returns how many
 * matched. */
unsigned trace_event_enable_pattern(const char *pattern);

/*
 * -trace [[enable=]PATTERN][,events=FILE][,file=FILE]: "help" lists the
 * points on stdout and sets *help.
 */
bool trace_parse_arg(const char *arg, bool *help, Error **errp);
/* Output, of the log too, goes to `path` instead of stderr. */
bool trace_set_file(const char *path, Error **errp);

/* ------------------------------------------------------------------- log */

/* -d ITEM[,...]: masks below; "trace:PATTERN"; "help". */
#define LOG_GUEST_ERROR (1u << 0) /* the guest did something invalid */
#define LOG_UNIMP       (1u << 1) /* it asked for what we do not have */
#define LOG_NET         (1u << 2) /* packets dropped and why */
/* The software CPU (docs/devel/software-cpu.md): */
#define LOG_IN_ASM (1u << 3) /* blocks as they are decoded */
#define LOG_INT    (1u << 4) /* interrupts and exceptions */
#define LOG_EXEC   (1u << 5) /* blocks as they are entered */
#define LOG_CPU    (1u << 6) /* the registers then */
#define LOG_CPU_FPU (1u << 7) /* those of the FPU too */
extern unsigned qemu_loglevel;

bool qemu_log_parse_arg(const char *items, bool *help, Error **errp);
/* A line of help per item, to be freed; and the i-th name, NULL at the end. */
char *qemu_log_items_help(void);
const char *qemu_log_item_name(unsigned i);
/* -D FILE; one "%d" in it is the pid. Trace points write there too. */
bool qemu_log_set_file(const char *path, Error **errp);
/* One line; its newline is added if it has none. Any thread. Rate limiting is
 * the caller's duty where a guest can repeat. */
void qemu_log(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
#define qemu_log_mask(mask, ...) \
    do { \
        if (unlikely(qemu_loglevel & (mask))) { \
            qemu_log(__VA_ARGS__); \
        } \
    } while (0)

#endif
