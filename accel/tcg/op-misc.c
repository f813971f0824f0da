/*
 * What is rare: flag bits, decimal arithmetic, BOUND, random numbers, fences.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sched.h>
#include <sys/random.h>

#include "op-misc.h"

#define AL(t) REG8(t, REG_OFF(R_EAX))
#define AH(t) REG8(t, REG_OFF(R_EAX) + 1)
#define AX(t) REG16(t, REG_OFF(R_EAX))

/* ------------------------------------------------------------------- flags */

/* Those in disp become those of imm. */
HANDLER(op_flags_change)
{
    cc_merge(t, op->imm, op->disp);
    NEXT(t, op);
}
HANDLER(op_cmc)
{
    tcg_set_cc(t, tcg_cc_compute(t) ^ CC_C);
    NEXT(t, op);
}
HANDLER(op_cld)
{
    t->env.eflags &= ~(uint64_t)DF_MASK;
    NEXT(t, op);
}
HANDLER(op_std)
{
    t->env.eflags |= DF_MASK;
    NEXT(t, op);
}
HANDLER(op_lahf)
{
    AH(t) = (tcg_cc_compute(t) & 0xff) | 2;
    NEXT(t, op);
}
HANDLER(op_sahf)
{
    cc_merge(t, AH(t) & CC_ALL & ~CC_O, CC_ALL & ~CC_O);
    NEXT(t, op);
}
HANDLER(op_salc)
{
    AL(t) = tcg_cc_carry(t) ? 0xff : 0;
    NEXT(t, op);
}

/* ---------------------------------------------------- decimal arithmetic */

static uint32_t szp(uint8_t r)
{
    return (r ? 0 : CC_Z) | (r & 0x80 ? CC_S : 0) |
           (even_parity(r) ? CC_P : 0);
}

/*
 * The flags of adding or subtracting a correction, CF and AF apart: what
 * decimal instructions leave undefined is as of that.
 */
static uint32_t corrected(unsigned size, uint16_t v, uint16_t by, bool minus)
{
    uint32_t f = minus ? cc_flags(CC_SUB, size, v, by)
                       : cc_flags(CC_ADD, size, v + by, by);

    return f & ~(CC_C | CC_A);
}

/* AAA and AAS (aux). */
HANDLER(op_aaa)
{
    bool a = (AL(t) & 15) > 9 || (tcg_cc_compute(t) & CC_A);
    uint16_t ax = AX(t), by = a ? 0x106 : 0;

    AX(t) = (op->aux ? ax - by : ax + by) & 0xff0f;
    tcg_set_cc(t, (a ? CC_A | CC_C : 0) | corrected(2, ax, by, op->aux));
    NEXT(t, op);
}

/* DAA and DAS (aux). */
HANDLER(op_daa)
{
    uint32_t f = tcg_cc_compute(t);
    uint8_t al = AL(t), by = 0;
    bool a = (al & 15) > 9 || (f & CC_A), c = f & CC_C;
    bool high = al > 0x99 || c;

    if (a) {
        by = 6;
        /* A borrow out of the low digit's correction counts. */
        c = c || (op->aux ? al < 6 : al > 0xf9);
    }
    if (high) {
        by += 0x60;
        c = true;
    }
    AL(t) = op->aux ? al - by : al + by;
    tcg_set_cc(t, (a ? CC_A : 0) | (c ? CC_C : 0) |
                      corrected(1, al, by, op->aux));
    NEXT(t, op);
}

HANDLER(op_aam)
{
    uint8_t al = AL(t), base = op->imm;

    if (base == 0) {
        tcg_raise(t, op, EXCP00_DIVZ);
    }
    AH(t) = al / base;
    AL(t) = al % base;
    tcg_set_cc(t, szp(AL(t)));
    NEXT(t, op);
}

HANDLER(op_aad)
{
    uint8_t tens = AH(t) * (uint8_t)op->imm;

    AX(t) = (uint8_t)(AL(t) + tens);
    cc_set(t, CC_ADD, 1, AL(t), tens);
    NEXT(t, op);
}

/* ------------------------------------------------------------------- BOUND */

/* r1 between the two words at the operand, of op->size bytes. */
HANDLER(op_bound)
{
    uint64_t a = op_ea(t, op);
    int64_t v, low, high;

    if (op->size == 2) {
        low = (int16_t)mem_ld(t, a, 2, op);
        high = (int16_t)mem_ld(t, (uint32_t)(a + 2), 2, op);
        v = (int16_t)REG16(t, op->r1);
    } else {
        low = (int32_t)mem_ld(t, a, 4, op);
        high = (int32_t)mem_ld(t, (uint32_t)(a + 4), 4, op);
        v = (int32_t)REG32(t, op->r1);
    }
    if (v < low || v > high) {
        tcg_raise(t, op, EXCP05_BOUND);
    }
    NEXT(t, op);
}

/* ----------------------------------------------------------- random, fences */

/* The generator never runs dry: CF is always set. */
HANDLER(op_rdrand)
{
    uint64_t v;

    while (getrandom(&v, sizeof(v), 0) != sizeof(v)) {
        continue;
    }
    reg_st(t, op->r1, v, op->size);
    tcg_set_cc(t, CC_C);
    NEXT(t, op);
}

HANDLER(op_fence)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    NEXT(t, op);
}

/* Hints and cache control: the page has to be there. */
HANDLER(op_touch)
{
    mem_ld(t, op_ea(t, op), 1, op);
    NEXT(t, op);
}

/* Another vCPU, which may need this host CPU, has what this one spins for. */
HANDLER(op_pause)
{
    sched_yield();
    NEXT(t, op);
}
