/*
 * The programs in the guest agent; each gets what a main() gets. They print
 * what the test reads, and return an exit status.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_FUNCTIONAL_AGENT_H
#define TESTS_FUNCTIONAL_AGENT_H

#include <stdint.h>

/* PID 1: brings the guest up, then serves the test or gives a shell. */
int agent_init(void);
int ethtool_main(int argc, char **argv);
int traffic_main(int argc, char **argv);
int compute_main(int argc, char **argv);

/* Prints "NAME: what: error" and returns 1. */
int agent_fail(const char *what);
/* Seconds since boot. */
double agent_now(void);

#endif
