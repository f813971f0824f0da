/*
 * Who is told that the VM starts or stops.
 *
 * Starting goes up the priorities and stopping goes down, so that what others
 * depend on runs first and stops last.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev.h"

struct VMChangeStateEntry {
    VMChangeStateHandler *cb; /* NULL: deleted while being told */
    void *opaque;
    int priority;
    TAILQ_ENTRY(VMChangeStateEntry) link;
};

static TAILQ_HEAD(EntryList,
                  VMChangeStateEntry) entries = TAILQ_HEAD_INITIALIZER(entries);
static unsigned notify_depth;
static bool vm_running;

VMChangeStateEntry *
qemu_add_vm_change_state_handler_prio(VMChangeStateHandler *cb, void *opaque,
                                      int priority)
{
    VMChangeStateEntry *e = g_new0(VMChangeStateEntry, 1), *other;

    e->cb = cb;
    e->opaque = opaque;
    e->priority = priority;
    TAILQ_FOREACH (other, &entries, link) {
        if (other->priority > priority) {
            TAILQ_INSERT_BEFORE(other, e, link);
            return e;
        }
    }
    TAILQ_INSERT_TAIL(&entries, e, link);
    return e;
}

VMChangeStateEntry *qemu_add_vm_change_state_handler(VMChangeStateHandler *cb,
                                                     void *opaque)
{
    return qemu_add_vm_change_state_handler_prio(cb, opaque, 0);
}

static void free_deleted(void)
{
    VMChangeStateEntry *e, *next;

    TAILQ_FOREACH_SAFE (e, &entries, link, next) {
        if (!e->cb) {
            TAILQ_REMOVE(&entries, e, link);
            g_free(e);
        }
    }
}

void qemu_del_vm_change_state_handler(VMChangeStateEntry *e)
{
    e->cb = NULL;
    if (!notify_depth) {
        free_deleted();
    }
}

void vm_state_notify(bool running)
{
    VMChangeStateEntry *e;

    vm_running = running;
    notify_depth++;
    if (running) {
        TAILQ_FOREACH (e, &entries, link) {
            if (e->cb) {
                e->cb(e->opaque, running);
            }
        }
    } else {
        TAILQ_FOREACH_REVERSE (e, &entries, EntryList, link) {
            if (e->cb) {
                e->cb(e->opaque, running);
            }
        }
    }
    if (--notify_depth == 0) {
        free_deleted();
    }
}

bool runstate_is_running(void)
{
    return vm_running;
}
