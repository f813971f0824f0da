/*
 * Monitors: control connections over a character device, in the machine
 * protocol (QMP) or for humans (HMP).
 *
 * A Monitor is a QOM object below /objects, of type "monitor-qmp" or
 * "monitor-hmp"; -qmp, -mon and -monitor make one called compat_monitorN.
 * The base type owns the front end and the file descriptors that clients
 * handed over; a derived type says what happens to the bytes: it fills in
 * MonitorClass and adds its own properties.
 *
 * Main loop thread only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include "chardev/char.h"
#include "qom/object.h"
#include "util/queue.h"

#define TYPE_MONITOR     "monitor"
#define TYPE_MONITOR_QMP "monitor-qmp"
#define TYPE_MONITOR_HMP "monitor-hmp"
OBJECT_DECLARE_TYPE(Monitor, MonitorClass, MONITOR)

struct Monitor {
    Object parent_obj;
    char *chardev_id; /* property "chardev" */
    CharBackend chr;
    int busy;         /* commands being executed: no input meanwhile */
    bool input_held;  /* bytes were refused while busy */
    GString *capture; /* not NULL: output is collected here, not sent */
    int cpu_index;    /* of commands about one CPU; see "cpu" */
    GArray *msgfds;   /* int: came with the last message that had any */
    GHashTable *fds;  /* name -> fd: given by getfd */
    TAILQ_ENTRY(Monitor) next;
};

struct MonitorClass {
    ObjectClass parent_class;
    /* Bytes from the client. The monitor stays valid while this runs, also
     * when a command deletes it. */
    void (*read)(Monitor *mon, const uint8_t *buf, int size);
    /* The client came or went. */
    void (*event)(Monitor *mon, QEMUChrEvent event);
};

/* A QMP monitor on chr, as object "compat_monitorN". */
bool monitor_init_qmp(Chardev *chr, bool pretty, Error **errp);
/* The same for a human; readline: with line editing. */
bool monitor_init_hmp(Chardev *chr, bool readline, Error **errp);
/* At exit, after the last event: deletes all monitors. */
void monitor_cleanup(void);

/* False once it was deleted and only a running command keeps it. */
static inline bool monitor_is_live(const Monitor *mon)
{
    return mon->parent_obj.parent != NULL;
}

/* ----------------------------------------------------------------- output */

/* The monitor whose command is being executed, or NULL. */
Monitor *monitor_cur(void);
/* Sets it; returns the one before, to be put back. */
Monitor *monitor_set_cur(Monitor *mon);
bool monitor_is_qmp(const Monitor *mon);
/* The bytes as they are. */
void monitor_write(Monitor *mon, const char *buf, size_t len);
/* Text for a human: \n becomes \r\n. mon NULL: to stdout, as it is. */
void monitor_puts(Monitor *mon, const char *s);
void monitor_printf(Monitor *mon, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
void monitor_vprintf(Monitor *mon, const char *fmt, va_list ap)
    G_GNUC_PRINTF(2, 0);

/* ------------------------------------------------------------------ hooks */

/*
 * The human monitor's interpreter, for human-monitor-command: executes one
 * line and prints to mon, whose output is being captured.
 */
typedef void MonitorHmpExec(Monitor *mon, const char *cmdline);
void monitor_set_hmp_exec(MonitorHmpExec *fn);

/*
 * What query-command-line-options tells: an array (new reference) of
 * {"option", "parameters": [{"name", "type", "help"?, "default"?}]}, type
 * one of string, boolean, number, size. The floor above, which parses the
 * command line, knows it.
 */
typedef json_t *MonitorCmdlineOptions(void);
void monitor_set_cmdline_options(MonitorCmdlineOptions *fn);

#endif
