/*
 * String instructions: MOVS, STOS, LODS, CMPS, SCAS, alone and repeated.
 *
 * A repeated one is a loop inside its Op. The registers are right after every
 * element, so a fault or an interrupt in the middle leaves a state from which
 * the instruction just starts again. Where source and destination are plain
 * RAM, MOVS and STOS do all that is left of the page (or of the two pages) at
 * once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "op-string.h"

/* Op.size: element; aux: address size; r1: segment of the source; r2: REP_*.
 */

static ALWAYS_INLINE uint64_t string_reg(TcgCpu *t, const Op *op, int r)
{
    return zext(t->env.regs[r], op->aux);
}

static ALWAYS_INLINE void string_reg_add(TcgCpu *t, const Op *op, int r,
                                         int64_t n)
{
    reg_st(t, REG_OFF(r), t->env.regs[r] + n, op->aux);
}

/* The linear address of an element at `offset` of a segment. */
static uint64_t string_linear(TcgCpu *t, const Op *op, int seg,
                              uint64_t offset, bool write)
{
    if (t->mode & MODE_CS64) {
        return offset + (seg == R_FS || seg == R_GS ? t->env.segs[seg].base
                                                    : 0);
    }
    if (!(t->mode & MODE_FLAT) || seg == R_CS || seg >= R_FS) {
        tcg_check_limit(t, op, seg, offset, op->size, write);
    }
    return (uint32_t)(t->env.segs[seg].base + offset);
}

static uint64_t source(TcgCpu *t, const Op *op)
{
    return string_linear(t, op, op->r1, string_reg(t, op, R_ESI), false);
}

static uint64_t destination(TcgCpu *t, const Op *op, bool write)
{
    return string_linear(t, op, R_ES, string_reg(t, op, R_EDI), write);
}

static uint64_t string_ld(TcgCpu *t, const Op *op, uint64_t a)
{
    switch (op->size) {
    case 1: return mem_ld(t, a, 1, op);
    case 2: return mem_ld(t, a, 2, op);
    case 4: return mem_ld(t, a, 4, op);
    default: return mem_ld(t, a, 8, op);
    }
}

static void string_st(TcgCpu *t, const Op *op, uint64_t a, uint64_t v)
{
    switch (op->size) {
    case 1: mem_st(t, a, v, 1, op); break;
    case 2: mem_st(t, a, v, 2, op); break;
    case 4: mem_st(t, a, v, 4, op); break;
    default: mem_st(t, a, v, 8, op); break;
    }
}

static ALWAYS_INLINE int64_t string_step(TcgCpu *t, const Op *op)
{
    return t->env.eflags & DF_MASK ? -(int64_t)op->size : op->size;
}

HANDLER(op_xlat)
{
    uint64_t offset = t->env.regs[R_EBX] + REG8(t, REG_OFF(R_EAX));
    uint64_t a = string_linear(t, op, op->r1, zext(offset, op->aux), false);

    REG8(t, REG_OFF(R_EAX)) = mem_ld(t, a, 1, op);
    NEXT(t, op);
}

/* ------------------------------------------------------------- one element */

static void movs_one(TcgCpu *t, const Op *op)
{
    int64_t step = string_step(t, op);

    string_st(t, op, destination(t, op, true),
              string_ld(t, op, source(t, op)));
    string_reg_add(t, op, R_ESI, step);
    string_reg_add(t, op, R_EDI, step);
}

static void stos_one(TcgCpu *t, const Op *op)
{
    string_st(t, op, destination(t, op, true), t->env.regs[R_EAX]);
    string_reg_add(t, op, R_EDI, string_step(t, op));
}

static void lods_one(TcgCpu *t, const Op *op)
{
    uint64_t v = string_ld(t, op, source(t, op));

    reg_st(t, REG_OFF(R_EAX), v, op->size);
    string_reg_add(t, op, R_ESI, string_step(t, op));
}

static void string_compare(TcgCpu *t, const Op *op, uint64_t a, uint64_t b)
{
    t->cc_op = CC_SUB * 4 + size_log2(op->size);
    t->cc_dst = a;
    t->cc_src = b;
}

/* Both return whether the operands were equal. */
static bool cmps_one(TcgCpu *t, const Op *op)
{
    int64_t step = string_step(t, op);
    uint64_t a = string_ld(t, op, source(t, op));
    uint64_t b = string_ld(t, op, destination(t, op, false));

    string_compare(t, op, a, b);
    string_reg_add(t, op, R_ESI, step);
    string_reg_add(t, op, R_EDI, step);
    return a == b;
}

static bool scas_one(TcgCpu *t, const Op *op)
{
    uint64_t a = zext(t->env.regs[R_EAX], op->size);
    uint64_t b = string_ld(t, op, destination(t, op, false));

    string_compare(t, op, a, b);
    string_reg_add(t, op, R_EDI, string_step(t, op));
    return a == b;
}

/* -------------------------------------------------------------- whole runs */

/*
 * How many elements of size bytes, from linear address a in direction step,
 * lie in a's page; 0 if the first one crosses. The offset in the segment may
 * wrap at 16 or 32 bits before: that takes the slow way too.
 */
static uint64_t run_length(TcgCpu *t, const Op *op, int r, uint64_t a,
                           int64_t step)
{
    uint64_t in_page = a & ~TCG_PAGE_MASK, offset = string_reg(t, op, r);
    uint64_t n, to_wrap;

    if (in_page + op->size > TCG_PAGE_SIZE) {
        return 0;
    }
    if (step > 0) {
        n = (TCG_PAGE_SIZE - in_page) / op->size;
        to_wrap = op->aux == 8 ? n
                               : ((UINT64_C(1) << (op->aux * 8)) - offset) /
                                     op->size;
    } else {
        n = in_page / op->size + 1;
        to_wrap = op->aux == 8 ? n : offset / op->size + 1;
    }
    return MIN(n, to_wrap);
}

/* Runs skip limit checks: only where segments have none. */
static bool no_limits(TcgCpu *t, const Op *op)
{
    return t->mode & MODE_CS64 ||
           ((t->mode & MODE_FLAT) && op->r1 != R_CS && op->r1 < R_FS);
}

/* Elements one after the other, as overlapping copies want it. */
static void copy_run(uint8_t *dst, const uint8_t *src, uint64_t n,
                     unsigned size, int64_t step)
{
    uint64_t bytes = n * size;

    if (step > 0 && (dst + bytes <= src || src + bytes <= dst)) {
        memcpy(dst, src, bytes);
        return;
    }
    if (step < 0 && (dst < src - bytes || dst > src + bytes)) {
        memcpy(dst - bytes + size, src - bytes + size, bytes);
        return;
    }
    for (; n; n--, dst += step, src += step) {
        switch (size) {
        case 1: host_st(dst, host_ld(src, 1), 1); break;
        case 2: host_st(dst, host_ld(src, 2), 2); break;
        case 4: host_st(dst, host_ld(src, 4), 4); break;
        default: host_st(dst, host_ld(src, 8), 8); break;
        }
    }
}

static void fill_run(uint8_t *dst, uint64_t v, uint64_t n, unsigned size,
                     int64_t step)
{
    if (size == 1 || v == 0) {
        memset(step > 0 ? dst : dst - (n - 1) * size, v, n * size);
        return;
    }
    for (; n; n--, dst += step) {
        switch (size) {
        case 2: host_st(dst, v, 2); break;
        case 4: host_st(dst, v, 4); break;
        default: host_st(dst, v, 8); break;
        }
    }
}

/* How many of `count` elements were done; 0: do one the slow way. */
static uint64_t movs_run(TcgCpu *t, const Op *op, uint64_t count)
{
    int64_t step = string_step(t, op);
    uint64_t from = source(t, op), to = destination(t, op, true), n;
    void *src, *dst;

    if (!no_limits(t, op) || !probe_ld(t, from, 1, &src) ||
        !probe_st(t, to, 1, &dst)) {
        return 0;
    }
    n = MIN(count, run_length(t, op, R_ESI, from, step));
    n = MIN(n, run_length(t, op, R_EDI, to, step));
    if (n) {
        copy_run(dst, src, n, op->size, step);
        string_reg_add(t, op, R_ESI, n * step);
        string_reg_add(t, op, R_EDI, n * step);
    }
    return n;
}

static uint64_t stos_run(TcgCpu *t, const Op *op, uint64_t count)
{
    int64_t step = string_step(t, op);
    uint64_t to = destination(t, op, true), n;
    void *dst;

    if (!no_limits(t, op) || !probe_st(t, to, 1, &dst)) {
        return 0;
    }
    n = MIN(count, run_length(t, op, R_EDI, to, step));
    if (n) {
        fill_run(dst, zext(t->env.regs[R_EAX], op->size), n, op->size, step);
        string_reg_add(t, op, R_EDI, n * step);
    }
    return n;
}

/* ---------------------------------------------------------------- handlers */

/* Something waits for the CPU; or single steps, each iteration is one. */
static bool must_pause(TcgCpu *t)
{
    return unlikely(qatomic_read(t->interrupt)) || (t->mode & MODE_TF);
}

#define ECX(t, op) string_reg(t, op, R_ECX)

#define REPEAT_RUNS(name) \
    HANDLER(op_##name##_rep) \
    { \
        while (ECX(t, op)) { \
            uint64_t n = name##_run(t, op, ECX(t, op)); \
            if (n == 0) { \
                name##_one(t, op); \
                n = 1; \
            } \
            string_reg_add(t, op, R_ECX, -n); \
            if (must_pause(t) && ECX(t, op)) { \
                LEAVE(t, op_rip(op)); \
            } \
        } \
        NEXT(t, op); \
    }

#define ONE(name) \
    HANDLER(op_##name) \
    { \
        name##_one(t, op); \
        NEXT(t, op); \
    }
ONE(movs)
ONE(stos)
ONE(lods)
ONE(cmps)
ONE(scas)
REPEAT_RUNS(movs)
REPEAT_RUNS(stos)

HANDLER(op_lods_rep)
{
    while (ECX(t, op)) {
        lods_one(t, op);
        string_reg_add(t, op, R_ECX, -1);
        if (must_pause(t) && ECX(t, op)) {
            LEAVE(t, op_rip(op));
        }
    }
    NEXT(t, op);
}

/* r2: goes on while equal, or while not. */
#define REPEAT_COMPARES(name) \
    HANDLER(op_##name##_rep) \
    { \
        while (ECX(t, op)) { \
            bool equal = name##_one(t, op); \
            string_reg_add(t, op, R_ECX, -1); \
            if (equal != op->r2) { \
                break; \
            } \
            if (must_pause(t) && ECX(t, op)) { \
                LEAVE(t, op_rip(op)); \
            } \
        } \
        NEXT(t, op); \
    }
REPEAT_COMPARES(cmps)
REPEAT_COMPARES(scas)
