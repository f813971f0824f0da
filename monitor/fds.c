/*
 * File descriptors that clients hand over.
 *
 * They arrive as SCM_RIGHTS with the bytes of a command. getfd moves one to a
 * table of names, closefd closes it, and an option like tap's fd= takes it
 * out through fd_param_parse(). Names belong to the monitor they were given
 * to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/monitor-internal.h"
#include "qapi/qapi-commands.h"
#include "util/sockets.h"

/* A message with more than this is the client's mistake. */
#define MAX_MSGFDS 16

void monitor_drop_msgfds(Monitor *mon)
{
    for (guint i = 0; i < mon->msgfds->len; i++) {
        close(g_array_index(mon->msgfds, int, i));
    }
    g_array_set_size(mon->msgfds, 0);
}

void monitor_collect_msgfds(Monitor *mon)
{
    int fds[MAX_MSGFDS];
    int n = qemu_chr_fe_get_msgfds(&mon->chr, fds, MAX_MSGFDS);

    if (n > 0) {
        monitor_drop_msgfds(mon);
        g_array_append_vals(mon->msgfds, fds, n);
    }
}

int monitor_take_msgfd(Monitor *mon, Error **errp)
{
    int fd;

    if (!mon->msgfds->len) {
        error_setg(errp, "No file descriptor supplied via SCM_RIGHTS");
        return -1;
    }
    fd = g_array_index(mon->msgfds, int, 0);
    g_array_remove_index(mon->msgfds, 0);
    return fd;
}

/* Takes it out of the table; -1 if it is not there. */
static int named_fd_take(Monitor *mon, const char *name)
{
    gpointer value;

    if (!g_hash_table_lookup_extended(mon->fds, name, NULL, &value)) {
        return -1;
    }
    g_hash_table_remove(mon->fds, name);
    return GPOINTER_TO_INT(value);
}

static int named_fd_lookup(const char *name, Error **errp)
{
    Monitor *mon = monitor_cur();
    int fd = mon ? named_fd_take(mon, name) : -1;

    if (fd < 0) {
        error_setg(errp, "File descriptor named '%s' has not been found", name);
    }
    return fd;
}

void monitor_fds_init(void)
{
    fd_set_named_lookup(named_fd_lookup);
}

void monitor_fds_free(Monitor *mon)
{
    GHashTableIter iter;
    gpointer value;

    monitor_drop_msgfds(mon);
    g_array_unref(mon->msgfds);
    g_hash_table_iter_init(&iter, mon->fds);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        close(GPOINTER_TO_INT(value));
    }
    g_hash_table_unref(mon->fds);
}

/* ---------------------------------------------------------- QMP commands */

void qmp_getfd(const char *fdname, Error **errp)
{
    Monitor *mon = monitor_cur();
    int fd = monitor_take_msgfd(mon, errp);
    int old;

    if (fd < 0) {
        return;
    }
    if (g_ascii_isdigit(fdname[0])) {
        close(fd);
        error_setg(errp, "Parameter 'fdname' expects a name not starting "
                         "with a digit");
        return;
    }
    old = named_fd_take(mon, fdname);
    if (old >= 0) {
        close(old);
    }
    g_hash_table_insert(mon->fds, g_strdup(fdname), GINT_TO_POINTER(fd));
}

void qmp_closefd(const char *fdname, Error **errp)
{
    int fd = named_fd_take(monitor_cur(), fdname);

    if (fd < 0) {
        error_setg(errp, "File descriptor named '%s' not found", fdname);
        return;
    }
    close(fd);
}
