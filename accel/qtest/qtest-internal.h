/*
 * The qtest protocol, apart from the character device that carries it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_QTEST_INTERNAL_H
#define ACCEL_QTEST_INTERNAL_H

#include "accel/qtest.h"
#include "memory/memory.h"

/* A longer line is answered with ERR and skipped. */
#define QTEST_MAX_LINE (64 * MiB)
/* Below what a chardev keeps for a peer that is slow to read. */
#define QTEST_MAX_REPLY (15 * MiB)
/* Of memset, and of write, whose data may be shorter than its size. */
#define QTEST_MAX_SIZE (1 * GiB)

typedef struct QTestProtocol QTestProtocol;
struct QTestProtocol {
    /* Takes a reply or an IRQ line of len bytes, newline included. */
    void (*send)(QTestProtocol *p, const char *line, size_t len);
    /* Told of each line received, without its end; may be NULL. */
    void (*received)(QTestProtocol *p, const char *line);
    /* True while the client does not read its replies: no further command
     * runs until qtest_protocol_resume(). May be NULL. */
    bool (*congested)(QTestProtocol *p);

    GByteArray *in; /* input that is not processed yet */
    size_t scanned; /* bytes of it known to hold no newline */
    bool skipping;  /* inside a line that was too long */
    bool busy;      /* a command runs */
    bool stalled;   /* complete lines wait for the client to read */
    bool reset;     /* the connection went while busy: forget the input */
};

void qtest_protocol_init(QTestProtocol *p);
void qtest_protocol_cleanup(QTestProtocol *p);
/* A new connection: forgets all input. */
void qtest_protocol_reset(QTestProtocol *p);
/* Input; every complete line is processed and answered at once, unless the
 * client does not read. Not while p->busy or p->stalled. */
void qtest_protocol_feed(QTestProtocol *p, const uint8_t *buf, size_t len);
/* Goes on after a stall, if it is over. */
void qtest_protocol_resume(QTestProtocol *p);

/* Words of a request. len saves counting megabytes of data again. */
typedef struct QTestWord {
    char *s;
    size_t len;
} QTestWord;

#define QTEST_MAX_WORDS 6

typedef struct QTestCommand {
    const char *name;
    const char *args; /* for the message when one is missing */
    int min_args;
    unsigned width; /* of an access, where the command has one */
    void (*run)(QTestProtocol *p, const struct QTestCommand *cmd,
                QTestWord *arg, int count);
} QTestCommand;

/* Groups of commands; each ends with a NULL name. */
extern const QTestCommand qtest_access_commands[];
extern const QTestCommand qtest_bulk_commands[];
extern const QTestCommand qtest_system_commands[];
/* Exist only with -accel qtest. */
extern const QTestCommand qtest_clock_commands[];
void qtest_qom_tests(QTestProtocol *p, const QTestCommand *cmd, QTestWord *arg,
                     int count);

/* Sends a line; the newline is added. */
void qtest_sendf(QTestProtocol *p, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* Numbers as strtoul takes them, base 0. Answers ERR and returns false if w
 * is none. Negative ones wrap. */
bool qtest_number(QTestProtocol *p, const QTestWord *w, uint64_t *ret);

/* No more lines to p: it goes away. */
void qtest_irq_forget(QTestProtocol *p);
/* Levels count as low again: a new client knows none of them. */
void qtest_irq_reset(void);

#endif
