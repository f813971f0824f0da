/*
 * What the files of the human monitor share: the description of a command,
 * the interpreter, completion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_HMP_INTERNAL_H
#define MONITOR_HMP_INTERNAL_H

#include <jansson.h>

#include "monitor/monitor.h"
#include "monitor/readline.h"

typedef struct MonitorHMP {
    Monitor parent_obj;
    bool use_readline; /* property "readline" */
    ReadLine *rl;      /* from the first connection on */
    bool greeted;      /* the banner was shown to this client */
    bool focused;      /* on a mux: has the keyboard */
    bool ended;        /* "quit": takes no more commands */
} MonitorHMP;
DECLARE_INSTANCE_CHECKER(MonitorHMP, MONITOR_HMP, TYPE_MONITOR_HMP)

/* --------------------------------------------------------------- commands */

typedef enum HmpArgType {
    HMP_WORD,     /* up to white space, or "quoted" */
    HMP_FILENAME, /* the same; another message when it is missing */
    HMP_TEXT,     /* the rest of the line as it is */
    HMP_NUMBER,   /* decimal, hexadecimal or octal; 32 bits */
    HMP_ON_OFF,
    HMP_FLAG, /* -c: before the others; name is that letter */
} HmpArgType;

typedef struct HmpArg {
    const char *name;
    HmpArgType type;
    bool optional; /* so are those behind it */
} HmpArg;

/* args: what was given, by name: strings, integers, booleans. */
typedef void HmpHandler(Monitor *mon, json_t *args);

/* Where candidates go; only those that begin with word are kept. */
typedef struct HmpCompletion {
    const char *word;
    size_t word_len;
    unsigned index;            /* of the argument, 0 is the first */
    const char *const *before; /* the arguments in front of it */
    GPtrArray *found;
} HmpCompletion;
typedef void HmpCompleter(HmpCompletion *c);

typedef struct HmpCommand {
    const char *name;   /* "stop|s": all its names */
    const HmpArg *args; /* ends with NULL name; NULL: none */
    const char *params; /* shown by help */
    const char *help;
    HmpHandler *run;
    HmpCompleter *complete;       /* or NULL */
    const struct HmpCommand *sub; /* "info": its subcommands */
} HmpCommand;

/* Sorted by name; end with a NULL name. */
extern const HmpCommand hmp_commands[];
extern const HmpCommand hmp_info_commands[];

/* By one of its names, which is len bytes long; NULL if there is none. */
const HmpCommand *hmp_find_command(const HmpCommand *table, const char *name,
                                   size_t len);
/* Executes a line for mon; its output goes there. */
void hmp_execute(Monitor *mon, const char *line);
/* The arguments of cmd, new reference; NULL: mon has been told what is wrong.
 * text: behind the command's name. */
json_t *hmp_parse_args(Monitor *mon, const HmpCommand *cmd, const char *text);
/* Copies the word at *p (see HMP_WORD) and moves *p behind it. NULL at the end
 * of the line, and with *problem set if it is malformed. */
char *hmp_next_word(const char **p, const char **problem);

/* ---------------------------------------------------------- for handlers */

/* NULL if it was not given. Valid as long as args. */
const char *hmp_arg_str(json_t *args, const char *name);
bool hmp_arg_bool(json_t *args, const char *name);
/* Tells mon "Error: ..." and frees err, which may be NULL. */
void hmp_handle_error(Monitor *mon, Error *err);
/* Prints text and frees it. */
void hmp_print_text(Monitor *mon, char *text);

/* ------------------------------------------------------------- completion */

/* ops->complete of the line editor. */
GPtrArray *hmp_complete(void *opaque, const char *head, size_t *word_len);
void hmp_complete_add(HmpCompletion *c, const char *candidate);

HmpCompleter hmp_complete_chardev_add, hmp_complete_chardev_id,
    hmp_complete_device_add, hmp_complete_help, hmp_complete_log,
    hmp_complete_netdev_add, hmp_complete_netdev_id, hmp_complete_object_add,
    hmp_complete_object_id, hmp_complete_qom_path, hmp_complete_qom_property,
    hmp_complete_set_link, hmp_complete_trace_event, hmp_complete_trace_name,
    hmp_complete_virtio_path;

/* --------------------------------------------------------------- handlers */

HmpHandler hmp_announce_self, hmp_chardev_add, hmp_chardev_remove, hmp_closefd,
    hmp_cont, hmp_cpu, hmp_device_add, hmp_getfd, hmp_help, hmp_hostfwd_add,
    hmp_hostfwd_remove, hmp_info_help, hmp_log, hmp_logfile, hmp_netdev_add,
    hmp_netdev_del, hmp_nmi, hmp_object_add, hmp_object_del, hmp_qom_get, hmp_qom_list,
    hmp_qom_set, hmp_quit, hmp_set_link, hmp_stop, hmp_system_powerdown,
    hmp_system_reset, hmp_system_wakeup, hmp_trace_event;
HmpHandler hmp_info_chardev, hmp_info_cpus, hmp_info_history, hmp_info_lapic, hmp_info_mtree, hmp_info_name,
    hmp_info_network, hmp_info_pci, hmp_info_pic, hmp_info_qdm, hmp_info_qom_tree,
    hmp_info_qtree, hmp_info_registers, hmp_info_status, hmp_info_trace_events, hmp_info_usernet,
    hmp_info_uuid, hmp_info_version, hmp_info_virtio,
    hmp_info_virtio_queue_status, hmp_info_virtio_status;

#endif
