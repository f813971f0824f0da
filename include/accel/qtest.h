/*
 * qtest: a program at the other end of a character device plays the guest. It
 * reads and writes ports and memory, watches interrupt lines and steers guest
 * time, by lines of text. See accel/qtest/server.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_QTEST_H
#define ACCEL_QTEST_H

#include "util/error.h"

/* With -accel qtest: no guest code runs and guest time stands still but for
 * clock_step and clock_set. */
bool qtest_enabled(void);

/*
 * -qtest CHARDEV and -qtest-log LOG (a file; "none"; NULL: stderr). chardev is
 * in the short form of qemu_chr_new(). Needs the machine to exist, and the
 * board to be complete before a client's first line is read, which happens in
 * the main loop at the earliest.
 */
bool qtest_server_init(const char *chardev, const char *log, Error **errp);

#endif
