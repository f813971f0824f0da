/*
 * A human at a monitor: a session over a socket or a terminal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QHMP_H
#define TESTS_QHMP_H

#include "util/osdep.h"

#include "tests/qtest/lib/libqtest.h"

typedef struct QHmp QHmp;

/* An emulator and a connection to its monitor, "hmp0" on the chardev "m0". */
typedef struct QHmpSession {
    QTestState *qts;
    QHmp *hmp;
    char *dir, *path; /* of the socket */
} QHmpSession;

/* monitor: more properties, each with its comma in front. The greeting is
 * read. */
void qhmp_start(QHmpSession *s, const char *machine, const char *monitor);
void qhmp_end(QHmpSession *s);

/* To a listening UNIX socket (waits for it), or on a descriptor, which is
 * taken over. The greeting is not read yet. */
QHmp *qhmp_connect(const char *path);
QHmp *qhmp_new(int fd);
void qhmp_free(QHmp *hmp);
int qhmp_fd(QHmp *hmp);
void qhmp_send(QHmp *hmp, const char *bytes, size_t len);
void qhmp_type(QHmp *hmp, const char *text);
/* Drops what has come so far. */
void qhmp_discard(QHmp *hmp);
/* What comes up to and with `mark`, without carriage returns; to be freed.
 * Fails the test when it does not come. */
char *qhmp_until(QHmp *hmp, const char *mark);
/* Sends a line; what is shown between its end and the next prompt. echo: the
 * line itself comes first, and has to be as it was sent. */
char *qhmp_command(QHmp *hmp, const char *line, bool echo);
/* True when the other side closes; what still comes is dropped. */
bool qhmp_wait_closed(QHmp *hmp);

#endif
