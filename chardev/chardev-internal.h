/*
 * Shared by the chardev backends.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CHARDEV_INTERNAL_H
#define CHARDEV_INTERNAL_H

#include "chardev/char.h"

#define TYPE_CHARDEV_NULL "chardev-null"
#define TYPE_CHARDEV_FILE "chardev-file"
#define TYPE_CHARDEV_STDIO "chardev-stdio"
#define TYPE_CHARDEV_PIPE "chardev-pipe"
#define TYPE_CHARDEV_PTY "chardev-pty"
#define TYPE_CHARDEV_SOCKET "chardev-socket"
#define TYPE_CHARDEV_MUX "chardev-mux"

/* Most bytes a backend hands to its front end in one go. */
#define CHR_READ_CHUNK 4096

/* ------------------------------------------------------------ options */

typedef enum CharOptType {
    CHAR_OPT_STR,  /* char *, allocated */
    CHAR_OPT_BOOL, /* bool */
    CHAR_OPT_INT,  /* int64_t */
    CHAR_OPT_ANY,  /* json_t *, a reference; JSON form only */
} CharOptType;

typedef struct CharOpt {
    const char *name;
    CharOptType type;
    void *dst;     /* keeps its value if the option is not given */
    bool *present; /* or NULL */
} CharOpt;

/* Reads opts by the table, which ends with a NULL name; a key that is not in
 * it is an error. */
bool char_opts_read(json_t *opts, bool keyval, const CharOpt *table,
                    Error **errp);

/* --------------------------------------------------------- fd streams */

/*
 * A chardev over descriptors: reads fd_in, writes fd_out. Both may be the
 * same; -1 means that direction does not exist.
 */
#define TYPE_CHARDEV_FD "chardev-fd"
OBJECT_DECLARE_SIMPLE_TYPE(CharFd, CHARDEV_FD)

struct CharFd {
    Chardev parent_obj;
    int fd_in;
    int fd_out;
    bool eof; /* nothing more will come from fd_in */
    bool reading;
    bool writing;
};

/* Takes over the descriptors and announces the peer. */
void char_fd_start(CharFd *s, int fd_in, int fd_out);

/* The terminal of stdio back to how we found it. */
void char_stdio_restore(void);

#endif
