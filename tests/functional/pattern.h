/*
 * The bytes that guest and host send each other, and the sum they compare.
 * A slow CPU makes and checks them, so both take a handful of instructions for
 * eight bytes; any changed, lost, doubled or swapped byte changes the sum.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_FUNCTIONAL_PATTERN_H
#define TESTS_FUNCTIONAL_PATTERN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A stream of bytes that `seed` (not 0) decides. */
typedef struct Pattern {
    uint64_t state;
} Pattern;

/* The next bytes; every length but that of the last piece is a multiple of
 * eight. */
static inline void pattern_fill(Pattern *p, uint8_t *buf, size_t len)
{
    for (size_t i = 0; i < len; i += sizeof(p->state)) {
        size_t n = len - i < sizeof(p->state) ? len - i : sizeof(p->state);

        p->state ^= p->state << 13;
        p->state ^= p->state >> 7;
        p->state ^= p->state << 17;
        memcpy(buf + i, &p->state, n);
    }
}

/* The sum of a stream, in pieces of any length. Begins as zeros. */
typedef struct PatternSum {
    uint64_t sum;
    uint64_t bytes;
    uint8_t rest[8];
} PatternSum;

static inline void pattern_sum_word(PatternSum *s, uint64_t word)
{
    s->sum = (s->sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    s->sum ^= s->sum >> 29;
}

static inline void pattern_sum_add(PatternSum *s, const uint8_t *buf,
                                   size_t len)
{
    while (len) {
        size_t at = s->bytes % 8, n = 8 - at;
        uint64_t word;

        if (at == 0 && len >= 8) {
            memcpy(&word, buf, 8);
            n = 8;
            pattern_sum_word(s, word);
        } else {
            n = len < n ? len : n;
            memcpy(s->rest + at, buf, n);
            if (at + n == 8) {
                memcpy(&word, s->rest, 8);
                pattern_sum_word(s, word);
            }
        }
        s->bytes += n;
        buf += n;
        len -= n;
    }
}

static inline uint64_t pattern_sum_end(const PatternSum *s)
{
    PatternSum end = *s;
    uint64_t word = 0;

    memcpy(&word, s->rest, s->bytes % 8);
    pattern_sum_word(&end, word);
    pattern_sum_word(&end, s->bytes);
    return end.sum;
}

#endif
