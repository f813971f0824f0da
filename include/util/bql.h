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
/* Waits for cond with the lock given up. */
void bql_cond_wait(pthread_cond_t *cond);

#endif
