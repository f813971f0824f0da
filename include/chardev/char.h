/*
 * Character devices: byte streams between a front end (monitor, qtest,
 * serial port, vhost-user client) and the host.
 *
 * A Chardev is a QOM object under /chardevs, made by -chardev, chardev-add or
 * one of the short forms ("unix:PATH,server=on,wait=off", "stdio",
 * "pty", "null", "file:PATH", "pipe:PATH", "tcp:HOST:PORT", "fd:N").
 * A CharBackend is the front end's end of it; one per Chardev, except "mux".
 *
 * Main loop thread only, except qemu_chr_fe_write*.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_CHAR_H
#define CHARDEV_CHAR_H

#include <pthread.h>

#include "qom/object.h"
#include "util/aio.h"
#include "util/queue.h"

#define TYPE_CHARDEV "chardev"
OBJECT_DECLARE_TYPE(Chardev, ChardevClass, CHARDEV)

typedef enum QEMUChrEvent {
    CHR_EVENT_OPENED, /* a peer is there */
    CHR_EVENT_CLOSED, /* the peer went away */
    CHR_EVENT_BREAK,
    /* Front ends of a mux: the keyboard comes here now, or went elsewhere. */
    CHR_EVENT_MUX_IN,
    CHR_EVENT_MUX_OUT,
} QEMUChrEvent;

typedef struct CharBackend {
    Chardev *chr; /* NULL: not connected to a chardev */
    /* How many bytes the front end takes now; 0 stops reading until
     * qemu_chr_fe_accept_input(). */
    int (*can_read)(void *opaque);
    void (*read)(void *opaque, const uint8_t *buf, int size);
    void (*event)(void *opaque, QEMUChrEvent event);
    void (*drained)(void *opaque); /* see qemu_chr_fe_set_drained() */
    void *opaque;
} CharBackend;

struct Chardev {
    Object parent_obj;
    char *label;    /* the id */
    char *filename; /* "unix:PATH,server=on", "pty:/dev/pts/3", ... */
    CharBackend *be;
    bool be_open; /* OPENED was sent last */

    /* Inside chardev/ only. The lock guards output: pending, broken, and the
     * backend's descriptor against being closed during a write. */
    pthread_mutex_t write_lock;
    GByteArray *pending; /* from pending_sent on: not taken by the peer yet */
    guint pending_sent;
    bool broken;         /* a write failed: disconnect soon */
    QEMUBH *flush_bh;
    int log_fd; /* logfile=, or -1 */
};

struct ChardevClass {
    ObjectClass parent_class;
    /* opts: keyval or JSON members of the backend, without id and type. */
    bool (*open)(Chardev *chr, json_t *opts, bool keyval, Error **errp);
    /* Bytes accepted, or -1 with errno (EAGAIN: try later). With no peer, all
     * are accepted and dropped. Any thread, under write_lock. */
    int (*write)(Chardev *chr, const uint8_t *buf, int len);
    /* on: call qemu_chr_be_flush() whenever write() would succeed. */
    void (*watch_write)(Chardev *chr, bool on);
    void (*accept_input)(Chardev *chr);
    /* A handler was set or cleared: start or stop watching. */
    void (*update_read_handler)(Chardev *chr);
    void (*disconnect)(Chardev *chr);
    /* File descriptors that came with the bytes last read (SCM_RIGHTS);
     * ownership passes. Returns how many. */
    int (*get_msgfds)(Chardev *chr, int *fds, int max);
    /* For -serial/-monitor stdio: raw terminal with or without echo. */
    void (*set_echo)(Chardev *chr, bool echo);
    /* Only where several front ends share a chardev (mux): they replace the
     * one-front-end rule. handlers_changed follows qemu_chr_fe_set_handlers. */
    bool (*attach)(Chardev *chr, CharBackend *be, Error **errp);
    void (*detach)(Chardev *chr, CharBackend *be);
    void (*handlers_changed)(Chardev *chr, CharBackend *be);
    void (*drained)(Chardev *chr);
};

/* For the backends. */
int qemu_chr_be_can_write(Chardev *chr);
void qemu_chr_be_write(Chardev *chr, const uint8_t *buf, int len);
void qemu_chr_be_event(Chardev *chr, QEMUChrEvent event);
/* Sends what is pending, and watches for room if that is not all. */
void qemu_chr_be_flush(Chardev *chr);
/* Forgets what is pending; under write_lock, when the peer goes away. */
void qemu_chr_be_drop_pending(Chardev *chr);

/* ------------------------------------------------------- making them */

/* -chardev, in either form; "backend" is the implied key. "help" prints the
 * list of backends and returns NULL without an error. */
Chardev *qemu_chr_new_from_arg(const char *arg, Error **errp);
/* One backend's options: the rest of a -chardev argument (keyval), or the
 * "data" of a QMP ChardevBackend. mux=, logfile=, logappend= work for all. */
Chardev *qemu_chr_new_from_json(const char *id, const char *backend,
                                json_t *opts, bool keyval, Error **errp);
/* The short form used by -qmp, -monitor, -serial, -qtest; "chardev:ID" names
 * an existing one. "mon:X" is X behind a mux with the name `label`: the caller
 * attaches the monitor as another front end of it. */
Chardev *qemu_chr_new(const char *label, const char *filename, Error **errp);
Chardev *qemu_chr_find(const char *id);
/* "Chardev 'x' is busy" while a front end uses it. */
bool qemu_chr_remove(const char *id, Error **errp);
void qemu_chr_foreach(void (*fn)(Chardev *chr, void *opaque), void *opaque);
/* "null", "socket", ... with those made only by other ways left out. */
const char *const *qemu_chr_backend_names(void); /* ends with NULL */
/* What Ctrl-A x does on a mux; by default exit(0). */
void qemu_chr_mux_set_quit(void (*fn)(void));
void qemu_chr_cleanup(void); /* at exit: restores terminals, unlinks sockets */

/* --------------------------------------------------------- front end */

/* "chardev 'LABEL' is already in use" if it has a front end. */
bool qemu_chr_fe_init(CharBackend *be, Chardev *chr, Error **errp);
void qemu_chr_fe_deinit(CharBackend *be);
/* Sends OPENED at once if the peer is there already. All NULL: detach. */
void qemu_chr_fe_set_handlers(CharBackend *be, int (*can_read)(void *),
                              void (*read)(void *, const uint8_t *, int),
                              void (*event)(void *, QEMUChrEvent),
                              void *opaque);
void qemu_chr_fe_accept_input(CharBackend *be);
/* What could be written without waiting; -1 with errno. */
int qemu_chr_fe_write(CharBackend *be, const uint8_t *buf, int len);
/* All of it: what the peer does not take now is kept and sent later, in
 * order. A peer that stops reading for more than 16 MiB is disconnected. */
int qemu_chr_fe_write_all(CharBackend *be, const uint8_t *buf, int len);
/* Bytes that wait for the peer to read. [any] */
size_t qemu_chr_fe_pending(CharBackend *be);
/*
 * drained() is called on the main loop once nothing waits any more: for front
 * ends that stop when qemu_chr_fe_pending() says so. It may be called when
 * nothing waited. A peer that goes takes what waits with it: that is told by
 * CHR_EVENT_CLOSED. To be set after the other handlers.
 */
void qemu_chr_fe_set_drained(CharBackend *be, void (*drained)(void *opaque));
void qemu_chr_fe_printf(CharBackend *be, const char *fmt, ...)
    G_GNUC_PRINTF(2, 3);
int qemu_chr_fe_get_msgfds(CharBackend *be, int *fds, int max);
void qemu_chr_fe_disconnect(CharBackend *be);
void qemu_chr_fe_set_echo(CharBackend *be, bool echo);
/* True while the peer is there. */
bool qemu_chr_fe_backend_open(const CharBackend *be);

/* From now on stdio is an error: the process will go to the background. */
void qemu_chr_stdio_forbid(void);

#endif
