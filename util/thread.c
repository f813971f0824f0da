/*
 * Threads: creating named ones and joining them.
 *
 * Signals are blocked in every thread but the main one, so that its handlers
 * see them all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/aio.h"

#include <pthread.h>
#include <signal.h>

struct QemuThread {
    pthread_t id;
    char *name;
    void *(*fn)(void *);
    void *arg;
};

static void *thread_entry(void *opaque)
{
    QemuThread *t = opaque;
    char comm[16];

    /* The kernel refuses longer names rather than shortening them. */
    g_strlcpy(comm, t->name, sizeof(comm));
    pthread_setname_np(pthread_self(), comm);
    return t->fn(t->arg);
}

QemuThread *qemu_thread_create(const char *name, void *(*fn)(void *),
                               void *arg, Error **errp)
{
    QemuThread *t = g_new0(QemuThread, 1);
    sigset_t all, old;
    int rc;

    t->name = g_strdup(name);
    t->fn = fn;
    t->arg = arg;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&t->id, NULL, thread_entry, t);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc) {
        error_setg_errno(errp, rc, "Could not create thread '%s'", name);
        g_free(t->name);
        g_free(t);
        return NULL;
    }
    return t;
}

void *qemu_thread_join(QemuThread *t)
{
    void *result;

    pthread_join(t->id, &result);
    g_free(t->name);
    g_free(t);
    return result;
}
