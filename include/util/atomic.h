/*
 * Single-access and ordered-access helpers for memory shared with other
 * threads or with a guest.
 *
 * A plain C read of guest memory may be split or repeated by the compiler;
 * qatomic_read() is done exactly once, at the width of the object. Barriers
 * named smp_* pair with a barrier on the other side, which the comment at the
 * call names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_ATOMIC_H
#define UTIL_ATOMIC_H

#define qatomic_read(ptr) __atomic_load_n(ptr, __ATOMIC_RELAXED)
#define qatomic_set(ptr, v) __atomic_store_n(ptr, v, __ATOMIC_RELAXED)
#define qatomic_load_acquire(ptr) __atomic_load_n(ptr, __ATOMIC_ACQUIRE)
#define qatomic_store_release(ptr, v) __atomic_store_n(ptr, v, __ATOMIC_RELEASE)
#define qatomic_xchg(ptr, v) __atomic_exchange_n(ptr, v, __ATOMIC_SEQ_CST)
#define qatomic_fetch_add(ptr, v) __atomic_fetch_add(ptr, v, __ATOMIC_SEQ_CST)
#define qatomic_fetch_sub(ptr, v) __atomic_fetch_sub(ptr, v, __ATOMIC_SEQ_CST)
#define qatomic_fetch_or(ptr, v) __atomic_fetch_or(ptr, v, __ATOMIC_SEQ_CST)
#define qatomic_fetch_and(ptr, v) __atomic_fetch_and(ptr, v, __ATOMIC_SEQ_CST)
#define qatomic_inc(ptr) ((void)qatomic_fetch_add(ptr, 1))
#define qatomic_dec(ptr) ((void)qatomic_fetch_sub(ptr, 1))

/* *ptr == *old ? (*ptr = v, true) : (*old = *ptr, false) */
#define qatomic_cmpxchg_bool(ptr, old, v) \
    __atomic_compare_exchange_n(ptr, old, v, false, __ATOMIC_SEQ_CST, \
                                __ATOMIC_SEQ_CST)

#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)

#endif
