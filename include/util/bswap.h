/*
 * Byte order: converting values, and reading or writing them at any address.
 *
 * The ld*_p and st*_p forms accept unaligned pointers; packet fields are
 * always accessed through them. Naming: l = 32 bits, w = 16, q = 64;
 * _le_ / _be_ is the order in memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_BSWAP_H
#define UTIL_BSWAP_H

#include "util/osdep.h"

#define cpu_to_le16(v) GUINT16_TO_LE(v)
#define cpu_to_le32(v) GUINT32_TO_LE(v)
#define cpu_to_le64(v) GUINT64_TO_LE(v)
#define le16_to_cpu(v) GUINT16_FROM_LE(v)
#define le32_to_cpu(v) GUINT32_FROM_LE(v)
#define le64_to_cpu(v) GUINT64_FROM_LE(v)
#define cpu_to_be16(v) GUINT16_TO_BE(v)
#define cpu_to_be32(v) GUINT32_TO_BE(v)
#define cpu_to_be64(v) GUINT64_TO_BE(v)
#define be16_to_cpu(v) GUINT16_FROM_BE(v)
#define be32_to_cpu(v) GUINT32_FROM_BE(v)
#define be64_to_cpu(v) GUINT64_FROM_BE(v)

#define UTIL_BSWAP_ACCESSORS(suffix, type, order, to, from)        \
    static inline type ld##suffix##_##order##_p(const void *p)     \
    {                                                              \
        type v;                                                    \
        memcpy(&v, p, sizeof(v));                                  \
        return from(v);                                            \
    }                                                              \
    static inline void st##suffix##_##order##_p(void *p, type v)   \
    {                                                              \
        v = to(v);                                                 \
        memcpy(p, &v, sizeof(v));                                  \
    }

UTIL_BSWAP_ACCESSORS(w, uint16_t, le, cpu_to_le16, le16_to_cpu)
UTIL_BSWAP_ACCESSORS(l, uint32_t, le, cpu_to_le32, le32_to_cpu)
UTIL_BSWAP_ACCESSORS(q, uint64_t, le, cpu_to_le64, le64_to_cpu)
UTIL_BSWAP_ACCESSORS(w, uint16_t, be, cpu_to_be16, be16_to_cpu)
UTIL_BSWAP_ACCESSORS(l, uint32_t, be, cpu_to_be32, be32_to_cpu)
UTIL_BSWAP_ACCESSORS(q, uint64_t, be, cpu_to_be64, be64_to_cpu)

#undef UTIL_BSWAP_ACCESSORS

/* Little-endian access of 1, 2, 4 or 8 bytes. */
static inline uint64_t ldn_le_p(const void *p, unsigned size)
{
    uint64_t v = 0;

    memcpy(&v, p, size);
    return le64_to_cpu(v);
}

static inline void stn_le_p(void *p, unsigned size, uint64_t v)
{
    v = cpu_to_le64(v);
    memcpy(p, &v, size);
}

#endif
