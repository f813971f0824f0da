/*
 * Run state.
 *
 * A request is a variable that holds what was asked for last; making one
 * wakes the main loop, which takes it. Of several requests made at once,
 * shutdown comes before reset, so that a guest that resets in a loop can be
 * ended.
 *
 * It lives on this floor because chips and accelerators above make requests
 * and the monitor above them too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/cpu.h"
#include "hw/core/machine.h"
#include "hw/core/runstate.h"
#include "qapi/qapi-events-run-state.h"
#include "util/aio.h"
#include "util/atomic.h"

static RunState current_state = RUN_STATE_PRELAUNCH;

/* Requests; any thread. */
static int shutdown_requested; /* ShutdownCause */
static int reset_requested;    /* ShutdownCause */
static int shutdown_exit_code = EXIT_SUCCESS;
static int powerdown_requested;
static int stop_requested; /* RunState + 1 */
static int killed_by_signal;
static int killed_by_pid;
static bool ending; /* a shutdown was executed; main loop thread */

RunStateActions runstate_actions = {
    .panic = PANIC_ACTION_SHUTDOWN,
};

RunState runstate_get(void)
{
    return current_state;
}

bool runstate_check(RunState state)
{
    return current_state == state;
}

bool runstate_needs_reset(void)
{
    return current_state == RUN_STATE_INTERNAL_ERROR ||
           current_state == RUN_STATE_SHUTDOWN;
}

void vm_start(void)
{
    if (current_state == RUN_STATE_RUNNING) {
        return;
    }
    current_state = RUN_STATE_RUNNING;
    qemu_clock_enable_virtual(true);
    vm_state_notify(true);
    resume_all_vcpus();
    qapi_event_send_resume();
}

/* False if it did not run. */
static bool halt(RunState state)
{
    if (current_state != RUN_STATE_RUNNING) {
        return false;
    }
    current_state = state;
    pause_all_vcpus();
    vm_state_notify(false);
    qemu_clock_enable_virtual(false);
    return true;
}

void vm_stop(RunState state)
{
    if (halt(state)) {
        qapi_event_send_stop();
    }
}

void vm_shutdown(void)
{
    halt(RUN_STATE_SHUTDOWN);
}

/* -------------------------------------------------------------- requests */

static void wake_main_loop(void)
{
    aio_notify(qemu_get_aio_context());
}

void qemu_system_reset_request(ShutdownCause reason)
{
    if (runstate_actions.reboot == REBOOT_ACTION_SHUTDOWN &&
        reason != SHUTDOWN_CAUSE_SUBSYSTEM_RESET) {
        qatomic_store_release(&shutdown_requested, reason);
    } else {
        qatomic_store_release(&reset_requested, reason);
    }
    wake_main_loop();
}

void qemu_system_shutdown_request(ShutdownCause reason)
{
    qatomic_store_release(&shutdown_requested, reason);
    wake_main_loop();
}

void qemu_system_shutdown_request_with_code(ShutdownCause reason,
                                            int exit_code)
{
    qatomic_set(&shutdown_exit_code, exit_code);
    qemu_system_shutdown_request(reason);
}

void qemu_system_vmstop_request(RunState state)
{
    qatomic_store_release(&stop_requested, (int)state + 1);
    wake_main_loop();
}

void qemu_system_powerdown_request(void)
{
    qatomic_store_release(&powerdown_requested, 1);
    wake_main_loop();
}

void qemu_system_killed(int signal, pid_t pid)
{
    qatomic_store_release(&killed_by_pid, (int)pid);
    qatomic_store_release(&killed_by_signal, signal);
    qemu_system_shutdown_request(SHUTDOWN_CAUSE_HOST_SIGNAL);
}

/* ------------------------------------------------------------- execution */

static bool caused_by_guest(ShutdownCause reason)
{
    return reason == SHUTDOWN_CAUSE_GUEST_SHUTDOWN ||
           reason == SHUTDOWN_CAUSE_GUEST_RESET ||
           reason == SHUTDOWN_CAUSE_GUEST_PANIC;
}

static void report_kill(int signal, int pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", pid);
    g_autofree char *cmdline = NULL;

    if (pid == 0) {
        error_report("terminating on signal %d", signal);
        return;
    }
    /* The first of the NUL-separated arguments. */
    if (!g_file_get_contents(path, &cmdline, NULL, NULL) || !*cmdline) {
        g_free(cmdline);
        cmdline = g_strdup("<unknown process>");
    }
    error_report("terminating on signal %d from pid %d (%s)", signal, pid,
                 cmdline);
}

/* True if the process is to end. */
static bool execute_shutdown(ShutdownCause reason)
{
    int signal = qatomic_xchg(&killed_by_signal, 0);

    if (signal) {
        report_kill(signal, qatomic_read(&killed_by_pid));
    }
    qapi_event_send_shutdown(caused_by_guest(reason), reason);
    if (signal || reason == SHUTDOWN_CAUSE_HOST_QMP_QUIT ||
        runstate_actions.shutdown == SHUTDOWN_ACTION_POWEROFF) {
        return true;
    }
    if (current_state == RUN_STATE_RUNNING) {
        vm_stop(RUN_STATE_SHUTDOWN);
    } else {
        current_state = RUN_STATE_SHUTDOWN;
    }
    return false;
}

void qemu_system_reset(ShutdownCause reason)
{
    CPUState *cpu;

    pause_all_vcpus();
    CPU_FOREACH (cpu) {
        cpu_get_state(cpu);
    }
    if (current_machine) {
        machine_reset(current_machine);
    } else {
        qemu_devices_reset();
    }
    CPU_FOREACH (cpu) {
        cpu_put_state(cpu);
    }
    resume_all_vcpus();
    if (reason != SHUTDOWN_CAUSE_NONE &&
        reason != SHUTDOWN_CAUSE_SUBSYSTEM_RESET) {
        qapi_event_send_reset(caused_by_guest(reason), reason);
    }
}

typedef struct PowerdownHandler {
    PowerdownFn *fn;
    void *opaque;
} PowerdownHandler;

static GArray *powerdown_handlers;

void qemu_register_powerdown_handler(PowerdownFn *fn, void *opaque)
{
    PowerdownHandler h = {fn, opaque};

    if (!powerdown_handlers) {
        powerdown_handlers = g_array_new(FALSE, FALSE, sizeof(h));
    }
    g_array_append_val(powerdown_handlers, h);
}

void qemu_unregister_powerdown_handler(PowerdownFn *fn, void *opaque)
{
    for (guint i = 0; powerdown_handlers && i < powerdown_handlers->len; i++) {
        PowerdownHandler *h =
            &g_array_index(powerdown_handlers, PowerdownHandler, i);

        if (h->fn == fn && h->opaque == opaque) {
            g_array_remove_index(powerdown_handlers, i);
            return;
        }
    }
}

static void execute_powerdown(void)
{
    qapi_event_send_powerdown();
    for (guint i = 0; powerdown_handlers && i < powerdown_handlers->len; i++) {
        PowerdownHandler *h =
            &g_array_index(powerdown_handlers, PowerdownHandler, i);

        h->fn(h->opaque);
    }
}

/* Executes what was requested. True if the process is to end. */
static bool execute_requests(void)
{
    int reason, state;

    reason = qatomic_xchg(&shutdown_requested, SHUTDOWN_CAUSE_NONE);
    if (reason != SHUTDOWN_CAUSE_NONE && execute_shutdown(reason)) {
        return true;
    }
    state = qatomic_xchg(&stop_requested, 0);
    if (state) {
        vm_stop(state - 1);
    }
    reason = qatomic_xchg(&reset_requested, SHUTDOWN_CAUSE_NONE);
    if (reason != SHUTDOWN_CAUSE_NONE) {
        qemu_system_reset(reason);
        /* A stopped machine starts from scratch at the next cont. */
        if (current_state != RUN_STATE_RUNNING) {
            current_state = RUN_STATE_PRELAUNCH;
        }
    }
    if (qatomic_xchg(&powerdown_requested, 0)) {
        execute_powerdown();
    }
    return false;
}

void qemu_process_requests(void)
{
    ending |= execute_requests();
}

int qemu_main_loop(void)
{
    for (;;) {
        qemu_process_requests();
        if (ending) {
            break;
        }
        main_loop_wait(false);
    }
    ending = false;
    return qatomic_read(&shutdown_exit_code);
}

/* --------------------------------------------------------------- -action */

bool runstate_set_action(const char *event, const char *action, Error **errp)
{
    RunStateActions *a = &runstate_actions;
    const struct {
        const char *event;
        const QEnumLookup *lookup;
        int value;
    } kinds[] = {
        {"reboot", &RebootAction_lookup, a->reboot},
        {"shutdown", &ShutdownAction_lookup, a->shutdown},
        {"panic", &PanicAction_lookup, a->panic},
        {"watchdog", &WatchdogAction_lookup, a->watchdog},
    };
    int values[G_N_ELEMENTS(kinds)];
    bool found = false;

    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        values[i] = kinds[i].value;
        if (strcmp(kinds[i].event, event)) {
            continue;
        }
        found = true;
        values[i] = qapi_enum_parse(kinds[i].lookup, action, -1, NULL);
        if (values[i] < 0) {
            error_setg(errp, "Parameter '%s' does not accept value '%s'", event,
                       action ? action : "");
            return false;
        }
    }
    if (!found) {
        error_setg(errp, "Invalid parameter '%s'", event);
        return false;
    }
    *a = (RunStateActions){values[0], values[1], values[2], values[3]};
    return true;
}
