/*
 * A QMP client inside the test program: a unix socket on which the monitor
 * under test listens. Nothing waits; the main loop runs as long as something
 * can happen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_CLIENT_H
#define MONITOR_CLIENT_H

#include <jansson.h>

#include "qom/object.h"

typedef struct Client {
    char *path;
    char *chardev; /* its id */
    int fd;        /* -1: not connected */
    GString *in;   /* received, not looked at yet */
} Client;

/* Main loop, types, a directory for the sockets; and the end of it all. */
void client_init(void);
void client_fini(void);

/* A chardev that listens, without monitor. */
Client *client_new(void);
void client_connect(Client *c);
void client_close(Client *c);
void client_free(Client *c);
/* Makes a monitor for a new client, which connects and negotiates. */
Client *client_start(void);
/* Disconnects, deletes all monitors and the client's chardev. */
void client_end(Client *c);
/* The object of the only monitor there is, or NULL. */
Object *only_monitor(void);

/* Lets happen what can happen now. */
void settle(void);
void client_send(Client *c, const char *text);
void client_send_fds(Client *c, const char *text, int *fds, int n);
/* Adds to c->in what the monitor has sent by now. */
void client_receive(Client *c);
/* The next message, which has to be there; the caller's. */
json_t *client_next(Client *c);

/* The next message is: */
void expect(Client *c, const char *text);
void expect_error(Client *c, const char *klass, const char *desc);
void expect_event(Client *c, const char *name, const char *data);
void expect_greeting(Client *c);
void expect_silence(Client *c);
void negotiate(Client *c);

#endif
