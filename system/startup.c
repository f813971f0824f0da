/*
 * From the command line to a running machine, and back.
 *
 * The order matters: the log before anything that may trace; character devices
 * and memory backends before what refers to them; the accelerator before the
 * board; netdevs before the board (its NICs) and -device; filters after
 * netdevs; monitors once there is a machine to ask about. The main loop runs
 * only after all of it, so nobody sees a machine half made.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <signal.h>
#include <sys/prctl.h>

#include "accel/accel.h"
#include "accel/qtest.h"
#include "chardev/char.h"
#include "hw/core/cpu.h"
#include "hw/core/machine.h"
#include "hw/core/runstate.h"
#include "hw/i386/cpu.h"
#include "monitor/monitor.h"
#include "net/net.h"
#include "system/system-internal.h"
#include "util/option.h"

StartOptions start_options;

void start_options_free(void)
{
    json_decref(start_options.machine);
    json_decref(start_options.smp);
    g_clear_pointer(&start_options.accels, g_array_unref);
    g_clear_pointer(&start_options.machine_accel, g_free);
    g_clear_pointer(&start_options.cpu_type, g_free);
    g_clear_pointer(&start_options.pidfile, g_free);
}

/* By address: the call that fails sets *err while the arguments are made. */
static void exit_on(bool ok, Error **err)
{
    if (!ok) {
        error_report_err(*err);
        exit(1);
    }
}

static void terminate_signal(int signal, siginfo_t *info, void *context)
{
    qemu_system_killed(signal, info ? info->si_pid : 0);
}

static void signals_init(void)
{
    struct sigaction act = { .sa_sigaction = terminate_signal,
                             .sa_flags = SA_SIGINFO };

    sigaction(SIGINT, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    signal(SIGPIPE, SIG_IGN); /* EPIPE is handled where it happens */
}

static void process_init(void)
{
    Error *err = NULL;

    if (start_options.daemonize && start_options.nographic) {
        error_report("-nographic cannot be used with -daemonize");
        exit(1);
    }
    if (start_options.daemonize) {
        exit_on(daemon_start(&err), &err);
    }
    if (start_options.exit_with_parent) {
        /* The parent may have gone before the request took effect. */
        if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() == 1) {
            error_report("cannot follow the parent process: it has ended");
            exit(1);
        }
    }
    if (start_options.pidfile) {
        exit_on(pidfile_create(start_options.pidfile, &err), &err);
        atexit(pidfile_remove);
    }
    cmdline_run_phase(CMD_PHASE_LOG);
    signals_init();
    exit_on(qemu_init_main_loop(&err), &err);
    bql_lock();
}

static MachineClass *select_machine(void)
{
    const char *name = NULL;
    MachineClass *mc;
    Error *err = NULL;

    if (start_options.machine) {
        name = json_string_value(json_object_get(start_options.machine,
                                                 "type"));
    }
    if (!name) {
        mc = machine_default_class();
        if (!mc) {
            error_report("No machine specified, and there is no default");
            error_report("Use -machine help to list supported machines");
            exit(1);
        }
        return mc;
    }
    mc = machine_find_class_or_error(name, &err);
    exit_on(mc, &err);
    json_object_del(start_options.machine, "type");
    return mc;
}

static void machine_create(MachineClass *mc)
{
    MachineState *ms = machine_new(mc);
    Error *err = NULL;

    cmdline_run_phase(CMD_PHASE_CHARDEV);
    cmdline_run_phase(CMD_PHASE_OBJECT);
    if (start_options.machine) {
        exit_on(machine_set_options(ms, start_options.machine,
                                    start_options.machine_keyval, &err), &err);
    }
    cmdline_run_phase(CMD_PHASE_MACHINE);
    if (start_options.smp) {
        exit_on(machine_parse_smp_config(ms, start_options.smp,
                                         start_options.smp_keyval, &err), &err);
    }
    exit_on(machine_check_boot_options(ms, &err), &err);
    if (!accel_init_machine(ms, (AccelOption *)start_options.accels->data,
                            start_options.accels->len,
                            start_options.machine_accel)) {
        exit(1); /* it has said why */
    }
    if (start_options.cpu_type) {
        exit_on(x86_cpu_check_option(start_options.cpu_type, &err), &err);
        ms->cpu_type = g_steal_pointer(&start_options.cpu_type);
    }
}

static void network_create(MachineClass *mc)
{
    Error *err = NULL;

    cmdline_run_phase(CMD_PHASE_NET);
    if (!start_options.nodefaults && !start_options.has_nic_option) {
        net_set_default(mc->default_nic);
    }
    exit_on(net_init_clients(&err), &err);
    cmdline_run_phase(CMD_PHASE_LATE_OBJECT);
}

static void net_vm_changed(void *opaque, bool running)
{
    net_vm_state_change(running);
}

void emu_init(int argc, char **argv)
{
    MachineClass *mc;
    Error *err = NULL;

    error_set_progname(argv[0]);
    module_call_init();
    start_options.accels = g_array_new(false, false, sizeof(AccelOption));
    cmdline_parse(argc, argv);
    process_init();
    memory_init();
    option_groups_init();
    qemu_add_vm_change_state_handler_prio(net_vm_changed, NULL, 10);

    mc = select_machine();
    machine_create(mc);
    exit_on(frontend_create_serial(!mc->no_serial, &err), &err);
    network_create(mc);
    exit_on(machine_run_board_init(current_machine, &err), &err);
    cmdline_run_phase(CMD_PHASE_DEVICE);
    cmdline_run_phase(CMD_PHASE_FRONTEND);
    exit_on(frontend_create_defaults(&err), &err);
    net_check_clients();
    qdev_prop_check_globals();
    qdev_machine_creation_done();

    qemu_system_reset(SHUTDOWN_CAUSE_NONE);
    exit_on(frontend_start_qtest(&err), &err);
    if (!start_options.start_paused) {
        vm_start();
    }
    daemon_ready();
}

void emu_cleanup(void)
{
    vm_shutdown();
    cpu_destroy_threads();
    monitor_cleanup();
    machine_free(current_machine);
    user_creatable_cleanup();
    net_cleanup();
    qemu_chr_cleanup();
    cmdline_free();
    start_options_free();
    pidfile_remove();
    bql_unlock();
}
