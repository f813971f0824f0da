/*
 * File and pipe chardevs: output to a path, input from another.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "chardev-internal.h"

#include <fcntl.h>

static int open_path(const char *path, int flags, Error **errp)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);

    if (fd < 0) {
        error_setg_errno(errp, errno, "Could not open '%s'", path);
    }
    return fd;
}

static bool char_file_open(Chardev *chr, json_t *opts, bool keyval,
                           Error **errp)
{
    g_autofree char *out = NULL;
    g_autofree char *in = NULL;
    bool append = false;
    const CharOpt table[] = {
        { keyval ? "path" : "out", CHAR_OPT_STR, &out },
        { keyval ? "input-path" : "in", CHAR_OPT_STR, &in },
        { "append", CHAR_OPT_BOOL, &append },
        { NULL },
    };
    int fd_in = -1, fd_out;

    if (!char_opts_read(opts, keyval, table, errp)) {
        return false;
    }
    if (!out) {
        error_setg(errp, "chardev: file: no filename given");
        return false;
    }
    fd_out = open_path(out, O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC),
                       errp);
    if (fd_out < 0) {
        return false;
    }
    if (in) {
        fd_in = open_path(in, O_RDONLY | O_NONBLOCK, errp);
        if (fd_in < 0) {
            close(fd_out);
            return false;
        }
    }
    chr->filename = g_strdup("file");
    char_fd_start(CHARDEV_FD(chr), fd_in, fd_out);
    return true;
}

static bool char_pipe_open(Chardev *chr, json_t *opts, bool keyval,
                           Error **errp)
{
    g_autofree char *path = NULL;
    const CharOpt table[] = {
        { keyval ? "path" : "device", CHAR_OPT_STR, &path },
        { NULL },
    };
    g_autofree char *path_in = NULL;
    g_autofree char *path_out = NULL;
    int fd_in, fd_out;

    if (!char_opts_read(opts, keyval, table, errp)) {
        return false;
    }
    if (!path) {
        error_setg(errp, "chardev: pipe: no device path given");
        return false;
    }
    /* Read-write: opening a FIFO then never waits for the other side, and it
     * does not end when the other side closes. */
    path_in = g_strdup_printf("%s.in", path);
    path_out = g_strdup_printf("%s.out", path);
    fd_in = open_path(path_in, O_RDWR | O_NONBLOCK, NULL);
    fd_out = open_path(path_out, O_RDWR | O_NONBLOCK, NULL);
    if (fd_in < 0 || fd_out < 0) {
        if (fd_in >= 0) {
            close(fd_in);
        }
        if (fd_out >= 0) {
            close(fd_out);
        }
        fd_in = fd_out = open_path(path, O_RDWR | O_NONBLOCK, errp);
        if (fd_in < 0) {
            return false;
        }
    }
    chr->filename = g_strdup("pipe");
    char_fd_start(CHARDEV_FD(chr), fd_in, fd_out);
    return true;
}

static void char_file_class_init(ObjectClass *klass, const void *data)
{
    CHARDEV_CLASS(klass)->open = char_file_open;
}

static void char_pipe_class_init(ObjectClass *klass, const void *data)
{
    CHARDEV_CLASS(klass)->open = char_pipe_open;
}

static const TypeInfo char_file_types[] = {
    {
        .name = TYPE_CHARDEV_FILE,
        .parent = TYPE_CHARDEV_FD,
        .class_init = char_file_class_init,
    },
    {
        .name = TYPE_CHARDEV_PIPE,
        .parent = TYPE_CHARDEV_FD,
        .class_init = char_pipe_class_init,
    },
};

DEFINE_TYPES(char_file_types)
