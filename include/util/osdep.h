/*
 * Host headers and small macros that every source file may count on.
 * Every .c file includes this first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_OSDEP_H
#define UTIL_OSDEP_H

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <glib.h>

#ifndef container_of
#define container_of(ptr, type, member) \
    ((type *)((char *)(ptr) - offsetof(type, member)))
#endif

#define ARRAY_SIZE(a) G_N_ELEMENTS(a)
#define QEMU_PACKED __attribute__((packed))
#define QEMU_WARN_UNUSED __attribute__((warn_unused_result))
#define QEMU_ALIGNED(n) __attribute__((aligned(n)))
#define QEMU_BUILD_BUG_ON(cond) _Static_assert(!(cond), "build check: " #cond)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define KiB (UINT64_C(1) << 10)
#define MiB (UINT64_C(1) << 20)
#define GiB (UINT64_C(1) << 30)

/* n must be a power of two in the _ALIGN_ forms. */
#define QEMU_ALIGN_DOWN(v, n) ((v) & ~((__typeof__(v))(n) - 1))
#define QEMU_ALIGN_UP(v, n) QEMU_ALIGN_DOWN((v) + ((__typeof__(v))(n) - 1), n)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))

/* MAKE_64BIT_MASK(3, 2) == 0x18; length 1..64. */
#define MAKE_64BIT_MASK(shift, length) \
    (((~UINT64_C(0)) >> (64 - (length))) << (shift))

static inline bool is_power_of_2(uint64_t v)
{
    return v && !(v & (v - 1));
}

#endif
