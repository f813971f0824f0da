/*
 * Atomic operations of the host on guest memory, by operand size, and the
 * handlers made of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_OP_ATOMIC_H
#define ACCEL_TCG_OP_ATOMIC_H

#include "op-int.h"

/* False: *old is what is there. */
static ALWAYS_INLINE bool host_cas(void *p, uint64_t *old, uint64_t new,
                                   unsigned size)
{
#define CAS(type) \
    do { \
        type o = *old; \
        bool ok = __atomic_compare_exchange_n((type *)p, &o, (type)new, false, \
                                              __ATOMIC_SEQ_CST, \
                                              __ATOMIC_SEQ_CST); \
        *old = o; \
        return ok; \
    } while (0)
    switch (size) {
    case 1: CAS(uint8_t);
    case 2: CAS(uint16_t);
    case 4: CAS(uint32_t);
    default: CAS(uint64_t);
    }
#undef CAS
}

static ALWAYS_INLINE uint64_t host_xchg(void *p, uint64_t v, unsigned size)
{
    switch (size) {
    case 1: return __atomic_exchange_n((uint8_t *)p, v, __ATOMIC_SEQ_CST);
    case 2: return __atomic_exchange_n((uint16_t *)p, v, __ATOMIC_SEQ_CST);
    case 4: return __atomic_exchange_n((uint32_t *)p, v, __ATOMIC_SEQ_CST);
    default: return __atomic_exchange_n((uint64_t *)p, v, __ATOMIC_SEQ_CST);
    }
}

/* The old value. */
static ALWAYS_INLINE uint64_t host_add(void *p, uint64_t v, unsigned size)
{
    switch (size) {
    case 1: return __atomic_fetch_add((uint8_t *)p, v, __ATOMIC_SEQ_CST);
    case 2: return __atomic_fetch_add((uint16_t *)p, v, __ATOMIC_SEQ_CST);
    case 4: return __atomic_fetch_add((uint32_t *)p, v, __ATOMIC_SEQ_CST);
    default: return __atomic_fetch_add((uint64_t *)p, v, __ATOMIC_SEQ_CST);
    }
}

#if defined(__x86_64__)
#define host_has_cas16 true
static inline bool host_cas16(void *p, uint64_t *lo, uint64_t *hi,
                              uint64_t new_lo, uint64_t new_hi)
{
    bool ok;

    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(ok), "+m"(*(unsigned __int128 *)p), "+a"(*lo),
                       "+d"(*hi)
                     : "b"(new_lo), "c"(new_hi)
                     : "memory");
    return ok;
}
#else
#define host_has_cas16 false
static inline bool host_cas16(void *p, uint64_t *lo, uint64_t *hi,
                              uint64_t new_lo, uint64_t new_hi)
{
    return false;
}
#endif

/* [log2 of size]; r1 and r2 registers, or r1 (CMPXCHG: r2) and memory */
extern OpFn *const op_xchg_rr[4], *const op_xchg_mem[4];
extern OpFn *const op_xadd_rr[4], *const op_xadd_mem[4];
extern OpFn *const op_cmpxchg_rr[4], *const op_cmpxchg_mem[4];
OpFn op_cmpxchg8b, op_cmpxchg16b;

#endif
