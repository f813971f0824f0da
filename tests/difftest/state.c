/*
 * The differential tester: the state that a case begins in, out of its seed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "difftest.h"
#include "hw/i386/cpu.h"
#include "util/bswap.h"

static uint64_t integer_value(Rng *r)
{
    uint64_t v = rng_next(r);

    switch (rng_below(r, 8)) {
    case 0:
        return rng_below(r, 16);
    case 1:
        return -(uint64_t)rng_below(r, 16);
    case 2: /* one bit, or all but one */
        v = UINT64_C(1) << (v & 63);
        return rng_chance(r, 50) ? v : ~v;
    case 3: /* around the ends of 8, 16 and 32 bits */
        return (UINT64_C(1) << (7 + 8 * rng_below(r, 8))) - 1 + (v & 1);
    case 4:
        return (uint32_t)v;
    case 5:
        return (int32_t)v;
    default:
        return v;
    }
}

static uint32_t single_value(Rng *r)
{
    static const uint32_t special[] = {
        0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000,
        0x7fc00000, 0xffc00000, 0x7f800001, 0x7fa12345, 0x00000001, 0x807fffff,
        0x00800000, 0x7f7fffff, 0x3f000000, 0x4effffff, 0x4f000000, 0xcf000000,
        0x00400000, 0x40490fdb, 0x3effffff, 0x4b000001,
    };
    uint32_t v = rng_next(r);

    switch (rng_below(r, 4)) {
    case 0:
        return special[rng_below(r, ARRAY_SIZE(special))];
    case 1: /* around 1 */
        return (v & 0x807fffff) | (120 + rng_below(r, 15)) << 23;
    case 2: /* small and large integers */
        return (v & 0x80700000) | (127 + rng_below(r, 66)) << 23;
    default:
        return v;
    }
}

static uint64_t double_value(Rng *r)
{
    static const uint64_t special[] = {
        0,
        UINT64_C(0x8000000000000000),
        UINT64_C(0x3ff0000000000000),
        UINT64_C(0x7ff0000000000000),
        UINT64_C(0xfff0000000000000),
        UINT64_C(0x7ff8000000000000),
        UINT64_C(0x7ff0000000000001),
        UINT64_C(0x7ff4123456789abc),
        UINT64_C(0x0000000000000001),
        UINT64_C(0x800fffffffffffff),
        UINT64_C(0x0010000000000000),
        UINT64_C(0x7fefffffffffffff),
        UINT64_C(0x3fe0000000000000),
        UINT64_C(0x41dfffffffc00000),
        UINT64_C(0x41e0000000000000),
        UINT64_C(0x43e0000000000000),
        UINT64_C(0x36a0000000000000), /* least single */
        UINT64_C(0x380fffffffffffff),
        UINT64_C(0x47efffffefffffff),
        UINT64_C(0x400921fb54442d18),
    };
    uint64_t v = rng_next(r);

    switch (rng_below(r, 4)) {
    case 0:
        return special[rng_below(r, ARRAY_SIZE(special))];
    case 1:
        return (v & UINT64_C(0x800fffffffffffff)) |
               (UINT64_C(1016) + rng_below(r, 15)) << 52;
    case 2:
        return (v & UINT64_C(0x800fff0000000000)) |
               (UINT64_C(1023) + rng_below(r, 66)) << 52;
    default:
        return v;
    }
}

uint64_t rng_value(Rng *r, unsigned size)
{
    unsigned kind = rng_below(r, 4);

    if (size >= 4 && kind == 0) {
        return single_value(r) | (uint64_t)single_value(r) << 32;
    }
    if (size == 8 && kind == 1) {
        return double_value(r);
    }
    return integer_value(r);
}

/* An 80-bit number. */
static void put_extended(Rng *r, uint8_t *p)
{
    uint64_t mant = rng_next(r) | UINT64_C(1) << 63;
    uint16_t se = rng_next(r);

    switch (rng_below(r, 8)) {
    case 0: /* zero, infinity, one, indefinite */
        mant = UINT64_C(1) << 63;
        se = (se & 0x8000) | (const uint16_t[]){0x3fff, 0x7fff}[se & 1];
        mant = rng_chance(r, 25) ? 0 : mant;
        se = mant ? se : se & 0x8000;
        break;
    case 1: /* NaN */
        mant = rng_next(r) | UINT64_C(1) << 63;
        se |= 0x7fff;
        break;
    case 2: /* denormal and the like */
        mant = rng_next(r);
        se &= 0x8000;
        break;
    case 3: /* unnormal, pseudo: the FPU calls them invalid */
        mant = rng_next(r);
        break;
    case 4: /* what a small integer is */
        mant = (rng_next(r) << 56) | UINT64_C(1) << 63;
        se = (se & 0x8000) | (0x3fff + rng_below(r, 70));
        break;
    case 5:
        se = (se & 0x8000) | (0x3fff - 8 + rng_below(r, 16));
        break;
    default:
        break;
    }
    stq_le_p(p, mant);
    stw_le_p(p + 8, se);
}

static void put_fx(Rng *r, uint8_t *fx)
{
    uint16_t cw = 0x37f, sw = 0;
    uint32_t mxcsr = 0x1f80;

    memset(fx, 0, DT_FX_SIZE);
    if (rng_chance(r, 50)) {
        cw = (rng_next(r) & 0xf00) | 0x7f;
    }
    if (rng_chance(r, 15)) {
        cw = (cw & ~0x3f) | (rng_next(r) & 0x3f);
    }
    sw = (rng_next(r) & 0x4700) | rng_below(r, 8) << 11;
    if (rng_chance(r, 50)) {
        sw |= rng_next(r) & cw & 0x3f; /* sticky, masked */
    }
    if (rng_chance(r, 2)) {
        sw |= rng_next(r) & 0x3f;
    }
    if (sw & ~cw & 0x3f) {
        sw |= 0x8080;
    }
    if (rng_chance(r, 50)) {
        mxcsr = (rng_next(r) & 0xe07f) | 0x1f80;
    } else if (rng_chance(r, 50)) {
        mxcsr |= 0x20;
    }
    if (rng_chance(r, 15)) {
        mxcsr = rng_next(r) & 0xffff;
    }
    stw_le_p(fx, cw);
    stw_le_p(fx + 2, sw);
    fx[4] = rng_chance(r, 30) ? 0 : rng_chance(r, 50) ? 0xff : rng_next(r);
    stl_le_p(fx + 24, mxcsr);
    stl_le_p(fx + 28, 0xffff);
    for (unsigned i = 0; i < 8; i++) {
        put_extended(r, fx + 32 + 16 * i);
    }
    for (unsigned i = 0; i < 32; i++) {
        stq_le_p(fx + 160 + 8 * i, rng_value(r, 8));
    }
}

void case_state(const Case *c, State *s)
{
    Rng r = {c->seed};

    for (unsigned i = 0; i < 16; i++) {
        s->regs[i] = rng_value(&r, 8);
        if (c->compat) {
            s->regs[i] = i < 8 ? (uint32_t)s->regs[i] : 0;
        }
    }
    s->regs[R_ESP] = DT_STACK - case_base(c);
    s->rip = DT_CODE;
    s->eflags = 0x202 | (rng_next(&r) & (CC_ALL | DF_MASK));
    put_fx(&r, s->fx);
    if (c->compat) {
        memset(s->fx + 160 + 128, 0, 128);
    }
}

void case_data(const Case *c, uint8_t data[DT_ALL_SIZE])
{
    Rng r = {c->seed ^ UINT64_C(0xda7ada7ada7ada7a)};

    /* A quarter is values of interest; the rest repeats it, shifted. */
    for (unsigned i = 0; i < DT_ALL_SIZE / 4; i += 8) {
        stq_le_p(data + i, rng_value(&r, 8));
    }
    for (unsigned i = 1; i < 4; i++) {
        unsigned n = DT_ALL_SIZE / 4;

        memcpy(data + i * n, data + 8 * i, n - 8 * i);
        memcpy(data + i * n + n - 8 * i, data, 8 * i);
    }
    for (unsigned i = 0; i < c->nr_patches; i++) {
        memcpy(data + c->patch[i].offset, c->patch[i].bytes, c->patch[i].len);
    }
}
