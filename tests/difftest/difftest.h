/*
 * The differential tester: the same user-mode code on the processor this runs
 * on and on the software CPU. See main.c for how it works.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_DIFFTEST_DIFFTEST_H
#define TESTS_DIFFTEST_DIFFTEST_H

#include "util/osdep.h"

/* What is mapped for the code under test, at the same linear addresses on both
 * sides; nothing else is below 4 GiB. */
#define DT_CODE      UINT64_C(0x10000000) /* one page, not writable */
#define DT_DATA      UINT64_C(0x10010000) /* two pages, then one read-only */
#define DT_DATA_SIZE 0x2000
#define DT_RO_SIZE   0x1000
#define DT_ALL_SIZE  (DT_DATA_SIZE + DT_RO_SIZE)
#define DT_STACK     (DT_DATA + 0x1800)

/* The last byte of segments that are not flat, from DT_DATA: in the page that
 * cannot be written. */
#define DT_LIMIT     0x2eff

#define DT_CODE_MAX  384
#define DT_PATCH_MAX 4
#define DT_FX_SIZE   512

/* ------------------------------------------------------------ random values */

/* A stream of random numbers; the same seed gives the same stream. */
typedef struct Rng {
    uint64_t s;
} Rng;

static inline uint64_t rng_next(Rng *r)
{
    uint64_t z = r->s += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
static inline uint32_t rng_below(Rng *r, uint32_t n)
{
    return (rng_next(r) >> 32) * n >> 32;
}
/* True in `percent` of all calls. */
static inline bool rng_chance(Rng *r, unsigned percent)
{
    return rng_below(r, 100) < percent;
}
/* Integers and floating-point numbers as they make trouble, of `size` bytes
 * up to 8. */
uint64_t rng_value(Rng *r, unsigned size);

/* ------------------------------------------------------------------- cases */

/* Bytes in memory that differ from what the seed fills it with. */
typedef struct Patch {
    uint16_t offset; /* from DT_DATA */
    uint8_t len;
    uint8_t bytes[16];
} Patch;

/* A case is its code and the seed of the state it begins in. */
typedef struct Case {
    uint64_t seed;
    uint16_t len;
    bool compat; /* 32-bit code in long mode */
    bool segmented; /* the same, with DS, ES and SS from DT_DATA to DT_LIMIT */
    uint8_t nr_patches;
    uint8_t code[DT_CODE_MAX]; /* ends with INT3 */
    Patch patch[DT_PATCH_MAX];
    uint32_t undefined_flags; /* of EFLAGS, not compared */
} Case;

/* Registers before or after. fx is an FXSAVE64 image. */
typedef struct State {
    uint64_t regs[16]; /* in encoding order: RAX, RCX, RDX, RBX ... */
    uint64_t rip, eflags;
    uint8_t fx[DT_FX_SIZE] QEMU_ALIGNED(16);
} State;

typedef struct Outcome {
    State s;
    int vector;
    uint64_t error, cr2;
    uint8_t data[DT_ALL_SIZE];
} Outcome;

/* Linear address of offset 0 of data and stack. */
static inline uint64_t case_base(const Case *c)
{
    return c->segmented ? DT_DATA : 0;
}

/* state.c: what a case begins with. */
void case_state(const Case *c, State *s);
void case_data(const Case *c, uint8_t data[DT_ALL_SIZE]);

/* generate.c: random code of 1 to max instructions. */
void case_generate(Case *c, uint64_t seed, unsigned max);

/* native.c: runs cases on the processor, in a child process. */
#define NATIVE_BATCH 64
bool native_start(void);
bool native_has_compat(bool segmented);
/* n up to NATIVE_BATCH. False: the child did not come back (it is replaced). */
bool native_run(const Case *cases, unsigned n, Outcome *outcomes);
void native_stop(void);

/* emulated.c: runs one on the software CPU. */
void emulated_start(void);
void emulated_run(const Case *c, Outcome *o);

/* compare.c: what differs, as text, or NULL. */
char *outcome_compare(const Case *c, const Outcome *native,
                      const Outcome *emulated);
/* A case in full: state, code disassembled, and the line for regress.txt. */
void case_describe(const Case *c, GString *out);
/* A line of regress.txt. */
void case_to_line(const Case *c, GString *out);
bool case_from_line(const char *line, Case *c);

#endif
