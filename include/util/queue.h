/*
 * Intrusive lists: the C library's <sys/queue.h>, and the deletion-safe walks
 * it lacks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_QUEUE_H
#define UTIL_QUEUE_H

#include <sys/queue.h>

#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(var, head, field, next)            \
    for ((var) = TAILQ_FIRST(head);                           \
         (var) && ((next) = TAILQ_NEXT(var, field), 1);       \
         (var) = (next))
#endif

#ifndef LIST_FOREACH_SAFE
#define LIST_FOREACH_SAFE(var, head, field, next)             \
    for ((var) = LIST_FIRST(head);                            \
         (var) && ((next) = LIST_NEXT(var, field), 1);        \
         (var) = (next))
#endif

#endif
