/*
 * What the files of the guest library share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_FUNCTIONAL_GUEST_INTERNAL_H
#define TESTS_FUNCTIONAL_GUEST_INTERNAL_H

#include "tests/functional/lib/guest.h"

struct Guest {
    QTestState *qts;
    int console_fd; /* the file that the console is written to */
    int agent_fd;
    bool one_serial;
    bool ready;
    GString *input;          /* from the agent, not yet understood */
    GString *shared_console; /* one_serial: what was no answer */
};

/* Ends the test, with the end of the console. */
void guest_died(Guest *g, const char *doing) G_GNUC_NORETURN;
/* Ends the emulator at once. */
void guest_kill(Guest *g);
void guest_check_console(Guest *g);
/* Waits for bytes on the agent's line and takes them; false: none in time. */
bool guest_read_input(Guest *g, int timeout_ms);
/* Waits for the agent's greeting. */
void guest_expect_ready(Guest *g, int timeout_ms);

#endif
