/*
 * Running the tiny guest in an emulator, and reading what it says.
 *
 * Environment: QTEST_QEMU_BINARY; GUEST_DIR, where tiny-guest and modes-guest
 * are; GUEST_ACCEL, the value of -accel.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_GUEST_TINY_RUN_H
#define TESTS_GUEST_TINY_RUN_H

#include "tests/qtest/lib/libqtest.h"

/* Status of isa-debug-exit: all was well, or not. */
#define TINY_GOOD 33
#define TINY_BAD  35

typedef struct Tiny Tiny;

/* The value of -accel, and whether it is KVM, or KVM with in-kernel local
 * APICs only. */
const char *tiny_accel(void);
bool tiny_kvm(void);

/* g_test_add_data_func(), skipped with the reason where the accelerator cannot
 * run even the smallest guest. */
void tiny_add_test(const char *path, const void *data, GTestDataFunc fn);

/*
 * Runs it to its end, 10 s at most: the exit status, and serial port and
 * stderr together in *text (may be NULL), to be freed. image: "tiny-guest".
 */
int tiny_run(const char *image, const char *append, const char *args,
             char **text);

/* Starts it, with QMP, and without a way to end the emulator. */
Tiny *tiny_start(const char *append, const char *args);
QTestState *tiny_qts(Tiny *t);
/* Waits until it has said that; fails the test if it says FAIL, ends, or takes
 * more than half a minute. */
void tiny_expect(Tiny *t, const char *text);
/* The same until it has said that so many times. */
void tiny_expect_times(Tiny *t, const char *text, unsigned times);
/* From now on it may say FAIL. */
void tiny_may_fail(Tiny *t);
/* The number behind `key` in what it said last about it: "kicks rx=". */
uint64_t tiny_number(Tiny *t, const char *key);
/* What it has said so far; to be freed. */
char *tiny_console(Tiny *t);
/* Ends the emulator by QMP. */
void tiny_quit(Tiny *t);

#endif
