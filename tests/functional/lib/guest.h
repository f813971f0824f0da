/*
 * A Linux guest in an emulator, and the line to the agent in it.
 *
 * The guest is what scripts/guest-image makes; the agent takes shell commands
 * (tests/functional/agent/agent-init.c). Its kernel's console is collected on
 * the first serial port, the agent is on the second; a machine with only one
 * has both on that.
 *
 * Like libqtest, everything here ends the test with a message when the guest
 * is not there any more: a panic, a reboot nobody asked for, no answer in time.
 *
 * Environment: QTEST_QEMU_BINARY, GUEST_IMAGE_TOOL (scripts/guest-image),
 * GUEST_AGENT, GUEST_IMAGE_DIR; FUNCTIONAL_SLOW multiplies all time limits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_FUNCTIONAL_GUEST_H
#define TESTS_FUNCTIONAL_GUEST_H

#include "tests/qtest/lib/libqtest.h"

typedef struct Guest Guest;

typedef struct GuestConfig {
    const char *machine;
    const char *accel;
    const char *args;   /* more arguments, or NULL */
    const char *append; /* more of the kernel's command line, or NULL */
    unsigned cpus;      /* 0: 1 */
    unsigned mem_mb;    /* 0: 192 */
    bool one_serial;
} GuestConfig;

/*
 * True if guests can run here under that accelerator. Makes the image when it
 * has to; otherwise says in *reason (static) why not.
 */
bool guest_possible(const char *accel, const char **reason);

/* Starts it and waits until the agent is there. */
Guest *guest_new(const GuestConfig *config);
/* Starts it; whoever does so waits with guest_wait_agent(). */
Guest *guest_start(const GuestConfig *config);
/* The agent says that it is there: after the start, after a reboot. */
void guest_wait_agent(Guest *g);
/* Checks the log, and ends the emulator by QMP. */
void guest_free(Guest *g);
/* The same when the guest ends it by itself: it must end with status 0. */
void guest_wait_end(Guest *g);
/* Its emulator, for QMP and HMP. */
QTestState *guest_qts(Guest *g);

/* Runs a command; what it printed, to be freed. Must succeed. */
char *guest_run(Guest *g, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* The same, any exit status; text may be NULL. */
int guest_try(Guest *g, char **text, const char *fmt, ...)
    G_GNUC_PRINTF(3, 4);
/* Runs it in the background; the number for guest_wait(). */
int guest_spawn(Guest *g, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
char *guest_wait(Guest *g, int job);
/* Sends a command and does not wait for an answer: "reboot -f". */
void guest_tell(Guest *g, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* A number that a command prints. */
uint64_t guest_number(Guest *g, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* Waits until a command prints that; false if it never does. */
bool guest_eventually(Guest *g, const char *text, const char *fmt, ...)
    G_GNUC_PRINTF(3, 4);

/* What the console showed so far; to be freed. */
char *guest_console(Guest *g);
/* Waits for text on the console; false if it does not come in time. */
bool guest_console_has(Guest *g, const char *text, int seconds);
/* Fails if the kernel's log has a warning, a stall, an oops. */
void guest_check_log(Guest *g);

/* `seconds` on an ordinary machine, as milliseconds of this one. */
int guest_ms(int seconds);

#endif
