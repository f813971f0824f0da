/*
 * What the two halves of libqtest share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_LIBQTEST_INTERNAL_H
#define TESTS_LIBQTEST_INTERNAL_H

#include "tests/qtest/lib/libqtest.h"

struct QTestState {
    pid_t pid;
    bool ended;
    int status; /* of waitpid, once ended */
    char *dir;  /* sockets and RAM file, until the emulator has opened them */
    int err_fd; /* its stderr and stdout; -1: not ours */
    int fd; /* qtest */
    int qmp_fd;
    GString *line; /* received, not yet a line */
    GString *qmp_text;
    GQueue *events;
    bool irq[256];
    uint8_t *ram;
    uint64_t alloc_next;
};

void qtest_send_all(QTestState *qts, int fd, const void *buf, size_t len);
void qtest_died(QTestState *qts, const char *doing) G_GNUC_NORETURN;
void qtest_qmp_handshake(QTestState *qts);

#endif
