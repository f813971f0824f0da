/*
 * The host's side of tap tests: a network namespace of this process, its
 * interfaces, and tap netdevs "t0" in it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_TEST_HOST_H
#define NET_TEST_HOST_H

#include "util/error.h"

/* Enters the namespace; call before threads and g_test_init(). */
void test_enter_namespace(void);
/* True, and the test is skipped with the reason, if that did not work. */
bool test_skipped(void);

void test_if_set_up(const char *name, bool up);
/* A packet socket that sees and sends raw frames on an interface. */
int test_packet_socket(const char *name);
/* An attached tun/tap descriptor as a user would hand it over. */
int test_raw_tun(const char *name, short flags);
void test_delete_if(const char *name);
/* -netdev tap,id=t0 with these JSON members. */
bool test_add_tap(const char *opts, Error **errp);
#define NO_SCRIPTS "\"script\":\"no\",\"downscript\":\"no\""
void test_run_loop(void);

#endif
