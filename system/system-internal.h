/*
 * What the files of system/ share: the command line, in the order it was
 * given, and what it asked for.
 *
 * Start-up goes through phases. Every option is a row of the table in
 * options.c with a handler and the phase in which it runs; cmdline_run_phase()
 * calls the handlers of one phase in command-line order, so that messages
 * point at the right argument.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef SYSTEM_INTERNAL_H
#define SYSTEM_INTERNAL_H

#include <jansson.h>

#include "accel/accel.h"
#include "util/error.h"

typedef enum CmdPhase {
    CMD_PHASE_NOW,     /* while parsing: remembers, or prints help */
    CMD_PHASE_LOG,     /* -D, -d, -trace */
    CMD_PHASE_CHARDEV, /* -chardev */
    CMD_PHASE_OBJECT,  /* -object, those that devices may refer to */
    CMD_PHASE_MACHINE, /* -m, on the machine that -machine chose */
    CMD_PHASE_SERIAL,  /* -serial: the board connects them */
    CMD_PHASE_NET,     /* -netdev, -nic, -net: remembered by the net layer */
    CMD_PHASE_LATE_OBJECT, /* -object, those that refer to netdevs */
    CMD_PHASE_FRONTEND,    /* -monitor, -qmp, -mon, -qtest */
    CMD_PHASE_DEVICE,      /* -device */
} CmdPhase;

/* False with *errp: the program ends with status 1. */
typedef bool CmdHandler(const char *arg, Error **errp);

typedef struct CmdOption {
    const char *name;
    const char *arg; /* for the help; NULL: takes no argument */
    const char *help;
    CmdPhase phase;
    CmdHandler *handle;
} CmdOption;

/* The table, in the order of -help; ends with a NULL name. A row with a NULL
 * handler is a heading. */
extern const CmdOption cmd_options[];

/* Splits argv into options and runs CMD_PHASE_NOW. Errors are reported and
 * end the program with status 1. */
void cmdline_parse(int argc, char **argv);
/* The same for options read from elsewhere (-readconfig): name without '-'. */
bool cmdline_add(const char *name, const char *arg, const char *file, int line,
                 Error **errp);
void cmdline_run_phase(CmdPhase phase);
/* Whether it was given, with an argument that matches unless match is NULL. */
bool cmdline_given(const char *name, bool (*match)(const char *arg));
/* Where the handler that runs now finds itself in argv; NULL in a file. */
char **cmdline_current(int *idx);
void cmdline_free(void);
void cmdline_print_help(void);

/* What CMD_PHASE_NOW remembered. */
typedef struct StartOptions {
    json_t *machine; /* members of -machine without accel, or NULL */
    bool machine_keyval;
    char *machine_accel; /* -machine accel=, or NULL */
    GArray *accels;      /* of AccelOption: each -accel */
    json_t *smp; /* -smp */
    bool smp_keyval;
    char *cpu_type;
    char *pidfile;
    bool nodefaults;
    bool nographic;
    bool daemonize;
    bool start_paused; /* -S */
    bool has_nic_option;
    bool exit_with_parent;
} StartOptions;
extern StartOptions start_options;
void start_options_free(void);

/* options-machine.c */
CmdHandler cmd_machine, cmd_accel, cmd_smp, cmd_memory, cmd_cpu, cmd_rtc,
    cmd_kernel, cmd_append, cmd_initrd, cmd_bios, cmd_dtb, cmd_shim;
/* False: an initrd or a command line, but no kernel. */
bool machine_check_boot_options(const MachineState *ms, Error **errp);
/* options-process.c */
CmdHandler cmd_name, cmd_uuid, cmd_msg, cmd_pidfile, cmd_daemonize,
    cmd_run_with, cmd_log_items, cmd_log_file, cmd_trace;
/* options-device.c */
CmdHandler cmd_object, cmd_late_object, cmd_device, cmd_global, cmd_chardev, cmd_netdev, cmd_nic, cmd_net;
/* options-frontend.c */
CmdHandler cmd_monitor, cmd_qmp, cmd_qmp_pretty, cmd_mon, cmd_serial,
    cmd_qtest, cmd_qtest_log, cmd_display, cmd_nographic;
/* options-misc.c */
CmdHandler cmd_help, cmd_version, cmd_nodefaults, cmd_no_user_config,
    cmd_start_paused, cmd_no_reboot, cmd_no_shutdown, cmd_action,
    cmd_readconfig, cmd_audio, cmd_audiodev, cmd_vga, cmd_parallel, cmd_boot,
    cmd_overcommit;

/* options-frontend.c: -serial, or the first serial port that a machine has
 * without it. */
bool frontend_create_serial(bool machine_has_serial, Error **errp);
/* After the last option, the monitor that -nographic asks for. */
bool frontend_create_defaults(Error **errp);
/* The chardev front ends of -qtest; once, when the machine is ready. */
bool frontend_start_qtest(Error **errp);

/* daemon.c */
/* Forks; the parent waits until daemon_ready() or the child's end. */
bool daemon_start(Error **errp);
void daemon_ready(void);
bool pidfile_create(const char *path, Error **errp);
void pidfile_remove(void);

/* option-groups.c */
/* From now on query-command-line-options knows them. */
void option_groups_init(void);

/* startup.c */
void emu_init(int argc, char **argv);
void emu_cleanup(void);

#endif
