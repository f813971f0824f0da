/*
 * Run state: whether the virtual machine runs, and the requests that stop,
 * reset or end it.
 *
 * Any thread may request; the main loop executes, one request at a time,
 * between two iterations, with no device code on its stack.
 *
 * Handlers of changes are registered with qemu_add_vm_change_state_handler()
 * in hw/core/qdev.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_RUNSTATE_H
#define HW_CORE_RUNSTATE_H

#include "hw/core/qdev.h"
#include "qapi/qapi-types-run-state.h"

/* Main loop thread. "prelaunch" until the first vm_start(). */
RunState runstate_get(void);
bool runstate_check(RunState state);
/* States that only a reset leads out of: "Resetting the Virtual Machine is
 * required". */
bool runstate_needs_reset(void);

/*
 * Runs or stops the guest: virtual clock, devices and vCPUs (by their change
 * state handlers); events RESUME and STOP. Nothing happens
 * if it runs, or is stopped, already. Main loop thread.
 */
void vm_start(void);
void vm_stop(RunState state);
/* Stops it for good, at exit: no event, SHUTDOWN was the last. */
void vm_shutdown(void);

/* Any thread. */
void qemu_system_reset_request(ShutdownCause reason);
void qemu_system_shutdown_request(ShutdownCause reason);
/* The same, and what the process exits with if that ends it. */
void qemu_system_shutdown_request_with_code(ShutdownCause reason,
                                            int exit_code);
void qemu_system_powerdown_request(void);
/* vm_stop() by the main loop, for vCPU threads. */
void qemu_system_vmstop_request(RunState state);
/* From a signal handler too. The process ends whatever -no-shutdown says;
 * pid is the sender, 0 if the kernel. */
void qemu_system_killed(int signal, pid_t pid);

/* Executes the requests made so far, which the main loop would do next: for
 * monitor commands, whose reply says that it is done (QEMU 11.1 sends RESET
 * and SHUTDOWN before it). Main loop thread, not from within devices. */
void qemu_process_requests(void);

/* Resets the machine now; SHUTDOWN_CAUSE_NONE: without event, at start. Main
 * loop thread. */
void qemu_system_reset(ShutdownCause reason);

/* Called when the power button is pressed, on the main loop. */
typedef void PowerdownFn(void *opaque);
void qemu_register_powerdown_handler(PowerdownFn *fn, void *opaque);
void qemu_unregister_powerdown_handler(PowerdownFn *fn, void *opaque);

/* -no-reboot is reboot=shutdown, -no-shutdown is shutdown=pause. */
typedef struct RunStateActions {
    RebootAction reboot;
    ShutdownAction shutdown;
    PanicAction panic;
    WatchdogAction watchdog;
} RunStateActions;
extern RunStateActions runstate_actions;
/* One EVENT=ACTION of -action: "reboot", "shutdown". Errors as QEMU's. */
bool runstate_set_action(const char *event, const char *action, Error **errp);

/* Runs the main loop until a shutdown is executed. Returns the status the
 * process should exit with. */
int qemu_main_loop(void);

#endif
