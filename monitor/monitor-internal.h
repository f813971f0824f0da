/*
 * What the files of the monitor share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_INTERNAL_H
#define MONITOR_INTERNAL_H

#include "monitor/json-stream.h"
#include "monitor/monitor.h"
#include "qapi/qapi-types-qom.h"

typedef struct MonitorQMP {
    Monitor parent_obj;
    bool pretty;
    MonitorQMPCloseAction close_action;
    bool negotiated; /* qmp_capabilities is done: commands, events */
    JsonStream *json;
} MonitorQMP;
DECLARE_INSTANCE_CHECKER(MonitorQMP, MONITOR_QMP, TYPE_MONITOR_QMP)

/* All monitors that have a character device. */
typedef TAILQ_HEAD(MonitorList, Monitor) MonitorList;
extern MonitorList monitor_list;

/* Sends one line of JSON; takes over the reference. */
void qmp_send(MonitorQMP *mon, json_t *msg);

/*
 * Executes a request, valid or not, and returns the reply (new reference).
 * mon is the monitor it came from.
 */
json_t *qmp_dispatch(MonitorQMP *mon, json_t *request);
/* The reply to what failed: {"id", "error"}; id may be NULL. Frees err. */
json_t *qmp_error_reply(json_t *id, Error *err);

/* Registers the emitter of events and the look-up of getfd's names; once. */
void qmp_events_init(void);
void qmp_events_cleanup(void);
void monitor_fds_init(void);

/* Keeps fds that came with bytes just read, closes those before them. */
void monitor_collect_msgfds(Monitor *mon);
/* Closes those no command has taken. */
void monitor_drop_msgfds(Monitor *mon);
/* -1 with "No file descriptor supplied via SCM_RIGHTS". */
int monitor_take_msgfd(Monitor *mon, Error **errp);
void monitor_fds_free(Monitor *mon);

/* Executes a line of the human monitor; its output, or NULL with *errp. */
char *monitor_hmp_command(const char *cmdline, Error **errp);

#endif
