/*
 * Starting an emulator and playing its guest over the qtest socket.
 *
 * A QTestState is one emulator process with a qtest and a QMP connection. The
 * binary is $QTEST_QEMU_BINARY, so the same tests can be run against a stock
 * QEMU. Guest RAM is a file both processes map: rings and buffers are plain
 * memory for the test, only registers go through the socket.
 *
 * Everything here aborts the test on a failure of the connection; what the
 * emulator answers is for the caller to judge.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_LIBQTEST_H
#define TESTS_LIBQTEST_H

#include <jansson.h>

#include "util/osdep.h"

typedef struct QTestState QTestState;

#define QTEST_RAM_SIZE (64 * MiB)

/* Extra arguments as one shell-quoted string. The common ones (accelerator,
 * sockets, display, RAM of QTEST_RAM_SIZE at 0) are added. */
QTestState *qtest_init(const char *args);
QTestState *qtest_initf(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
/* The same with descriptors that stay open in the emulator, under their own
 * numbers. */
QTestState *qtest_init_fds(const char *args, const int *fds, int nfds);
/*
 * An emulator whose accelerator, in args, runs a guest of its own: QMP only,
 * no RAM, no qtest socket.
 */
QTestState *qtest_init_guest(const char *args);
/* Ends it by QMP quit and waits; any other end than status 0 fails the test. */
void qtest_quit(QTestState *qts);
/* Waits until it ends by itself, as it must, with status 0. */
void qtest_wait_end(QTestState *qts, int timeout_ms);
/*
 * Connects to the listening qtest socket of an emulator that somebody else
 * started, with its RAM (at least QTEST_RAM_SIZE) in the file ram_path. No
 * QMP. qtest_detach() only closes the connection.
 */
QTestState *qtest_attach(const char *qtest_path, const char *ram_path);
void qtest_detach(QTestState *qts);
/* Ends it by SIGKILL. */
void qtest_kill(QTestState *qts);
pid_t qtest_pid(QTestState *qts);
/* True while the process lives. */
bool qtest_alive(QTestState *qts);
/* What it wrote to stderr so far; to be freed. */
char *qtest_stderr(QTestState *qts);
/*
 * Runs the binary with args only, to its end (10 s at most). Returns the exit
 * status; stdout and stderr together in *output, to be freed.
 */
int qtest_run(const char *args, char **output);
/* True if the binary calls itself qemu-vnet: some tests are about what only
 * ours does. */
bool qtest_is_ours(void);

/* -------------------------------------------------------------- protocol */

/* One raw line, without newline; the raw reply, to be freed. */
char *qtest_raw(QTestState *qts, const char *line);
/* The next reply, to something sent before. */
char *qtest_next_reply(QTestState *qts);
/* The same for many lines in a few writes: replies[i] answers lines[i]. Much
 * faster than one at a time; each reply to be freed. */
void qtest_raw_batch(QTestState *qts, char *const *lines, char **replies,
                     size_t n);
/* Sends without waiting; for floods of garbage. */
void qtest_send_bytes(QTestState *qts, const void *buf, size_t len);

void qtest_out(QTestState *qts, uint16_t port, uint32_t val, unsigned size);
uint32_t qtest_in(QTestState *qts, uint16_t port, unsigned size);
void qtest_write(QTestState *qts, uint64_t addr, uint64_t val, unsigned size);
uint64_t qtest_read(QTestState *qts, uint64_t addr, unsigned size);
void qtest_memwrite(QTestState *qts, uint64_t addr, const void *buf,
                    size_t len);
void qtest_memread(QTestState *qts, uint64_t addr, void *buf, size_t len);
int64_t qtest_clock_step(QTestState *qts, int64_t ns); /* ns < 0: next */
bool qtest_irq_intercept_in(QTestState *qts, const char *path);
/* Level of an intercepted line, by the messages seen so far. */
bool qtest_get_irq(QTestState *qts, int n);

/* Guest RAM as this process sees it. */
uint8_t *qtest_ram(QTestState *qts);
/* A page-aligned piece of guest RAM nobody else has; its guest address. */
uint64_t qtest_alloc(QTestState *qts, size_t size);
/* Everything allocated is free again. */
void qtest_alloc_reset(QTestState *qts);

/* ------------------------------------------------------------------- QMP */

/* A command as JSON text, printf style; the whole reply object. */
json_t *qtest_qmp(QTestState *qts, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* The same, and the reply must be a success: its "return", to be freed. */
json_t *qtest_qmp_ok(QTestState *qts, const char *fmt, ...)
    G_GNUC_PRINTF(2, 3);
/* The reply must be an error: its description, to be freed. */
char *qtest_qmp_error(QTestState *qts, const char *fmt, ...)
    G_GNUC_PRINTF(2, 3);
/* Waits (5 s) for an event of that name; its object, or NULL. */
json_t *qtest_qmp_event(QTestState *qts, const char *name);
json_t *qtest_qmp_event_within(QTestState *qts, const char *name,
                               int timeout_ms);
/* The same among what was received with replies so far, without waiting. */
json_t *qtest_qmp_pending(QTestState *qts, const char *name);
/* Drops the events that came so far. */
void qtest_qmp_drop_events(QTestState *qts);
/* Text of an HMP command, to be freed. */
char *qtest_hmp(QTestState *qts, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

#endif
