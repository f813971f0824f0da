/*
 * The big lock: whoever runs device code that is not bound to an IOThread
 * holds it. The main loop does, except while it sleeps; vCPU threads take it
 * for MMIO, port I/O and interrupt controllers.
 *
 * "Main loop only" in a header means: with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_BQL_H
#define UTIL_BQL_H

#include <pthread.h>

#include "util/osdep.h"

/* Not recursive. */
void bql_lock(void);
void bql_unlock(void);
/* [any] True if the calling thread holds it. */
bool bql_locked(void);
/*
 * Waits for cond with the lock given up; wakes up spuriously at times. Who
 * changed what is waited for holds the lock, or uses bql_cond_broadcast().
 */
void bql_cond_wait(pthread_cond_t *cond);
/* The same unless *flag (atomic) is set. True if it waited. */
bool bql_cond_wait_unless(pthread_cond_t *cond, const uint32_t *flag);
/* [any] Wakes all that wait for cond. */
void bql_cond_broadcast(pthread_cond_t *cond);

/* Called in the thread that set them before it waits for the lock and after it
 * has given it up; not around the waits for conditions. */
typedef struct BqlThreadHooks {
    void (*before_lock)(void);
    void (*after_unlock)(void);
} BqlThreadHooks;
void bql_set_thread_hooks(const BqlThreadHooks *hooks);

#endif
