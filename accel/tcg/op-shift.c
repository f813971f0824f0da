/*
 * Shifts and rotates. SHL, SHR and SAR leave lazy flags; rotates change CF and
 * OF alone and so have to compute the others, unless nobody looks.
 *
 * What the manuals leave undefined is as the host processors we looked at have
 * it: OF is always computed as for a count of one, AF is set by shifts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "op-shift.h"

/* -------------------------------------------------------------- SHL to SAR */

/* count is 1 to 31 (63 of 64 bits), and may exceed 8 or 16 bits. */
static ALWAYS_INLINE uint64_t shift_value(TcgCpu *t, unsigned kind,
                                          unsigned size, bool flags,
                                          uint64_t v, unsigned count)
{
    uint64_t last, r;

    switch (kind) {
    case SHIFT_SHL:
        last = v << (count - 1);
        r = last << 1;
        if (flags) {
            cc_set(t, CC_SHL, size, r, last);
        }
        return r;
    case SHIFT_SHR:
        last = zext(v, size) >> (count - 1);
        r = last >> 1;
        if (flags) {
            cc_set(t, CC_SHR, size, r, last);
        }
        return r;
    default:
        last = sext(v, size) >> (count - 1);
        r = (int64_t)last >> 1;
        if (flags) {
            cc_set(t, CC_SAR, size, r, last);
        }
        return r;
    }
}

/* ----------------------------------------------------------------- rotates */

static ALWAYS_INLINE uint64_t rotl(uint64_t v, unsigned size, unsigned n)
{
    switch (size) {
    case 1: n &= 7; return (uint8_t)(v << n | (uint8_t)v >> (8 - n));
    case 2: n &= 15; return (uint16_t)(v << n | (uint16_t)v >> (16 - n));
    case 4: return (uint32_t)v << (n & 31) | (uint32_t)v >> (-n & 31);
    default: return v << (n & 63) | v >> (-n & 63);
    }
}

static ALWAYS_INLINE uint64_t rotate_value(TcgCpu *t, unsigned kind,
                                           unsigned size, bool flags,
                                           uint64_t v, unsigned count)
{
    uint64_t r = rotl(v, size, kind == SHIFT_ROL ? count : -count);

    if (flags) {
        bool top = msb(r, size);
        bool c = kind == SHIFT_ROL ? r & 1 : top;
        bool o = top ^ (kind == SHIFT_ROL ? c : msb(r << 1, size));

        cc_merge(t, (c ? CC_C : 0) | (o ? CC_O : 0), CC_C | CC_O);
    }
    return r;
}

/* Through the carry: a rotation of size * 8 + 1 bits. */
static ALWAYS_INLINE uint64_t carry_rotate(TcgCpu *t, unsigned kind,
                                           unsigned size, uint64_t v,
                                           unsigned count)
{
    unsigned bits = size * 8, n = size < 4 ? count % (bits + 1) : count;
    uint32_t f = tcg_cc_compute(t);
    bool c = f & CC_C, o;

    v = zext(v, size);
    if (n && kind == SHIFT_RCR) {
        bool out = (v >> (n - 1)) & 1;

        v = (n == bits ? 0 : v >> n) | (uint64_t)c << (bits - n) |
            (n > 1 ? v << (bits + 1 - n) : 0);
        c = out;
    } else if (n) {
        bool out = (v >> (bits - n)) & 1;

        v = (n == bits ? 0 : v << n) | (uint64_t)c << (n - 1) |
            (n > 1 ? v >> (bits + 1 - n) : 0);
        c = out;
    }
    v = zext(v, size);
    o = kind == SHIFT_RCR ? msb(v ^ (v << 1), size) : msb(v, size) ^ c;
    tcg_set_cc(t, (f & ~(CC_C | CC_O)) | (c ? CC_C : 0) | (o ? CC_O : 0));
    return v;
}

static ALWAYS_INLINE uint64_t shift(TcgCpu *t, unsigned kind, unsigned size,
                                    bool flags, uint64_t v, unsigned count)
{
    switch (kind) {
    case SHIFT_ROL:
    case SHIFT_ROR: return rotate_value(t, kind, size, flags, v, count);
    case SHIFT_RCL:
    case SHIFT_RCR: return carry_rotate(t, kind, size, v, count);
    default: return shift_value(t, kind, size, flags, v, count);
    }
}

static ALWAYS_INLINE unsigned count_of(TcgCpu *t, const Op *op, unsigned size)
{
    return REG8(t, REG_OFF(R_ECX)) & (size == 8 ? 63 : 31);
}

/* ---------------------------------------------------------------- handlers */

/* A count of 0 leaves the flags alone, but is a write all the same. */
static ALWAYS_INLINE void shift_mem(TcgCpu *t, const Op *op, unsigned kind,
                                    unsigned size, bool flags, unsigned count)
{
    uint64_t a = op_ea(t, op), v;
    void *p = mem_rw(t, a, size, op);

    v = p ? host_ld(p, size) : mem_ld(t, a, size, op);
    if (count) {
        v = shift(t, kind, size, flags, v, count);
    }
    if (p) {
        host_st(p, v, size);
    } else {
        mem_st(t, a, v, size, op);
    }
}

#define SHIFTS(kind, flags, size) \
    static HANDLER(ri_##kind##_##flags##_##size) \
    { \
        uint64_t v = reg_ld(t, op->r3, size); \
        reg_st(t, op->r1, shift(t, kind, size, flags, v, op->aux), size); \
        NEXT(t, op); \
    } \
    static HANDLER(rc_##kind##_##flags##_##size) \
    { \
        uint64_t v = reg_ld(t, op->r1, size); \
        unsigned n = count_of(t, op, size); \
        if (likely(n)) { \
            v = shift(t, kind, size, flags, v, n); \
        } \
        reg_st(t, op->r1, v, size); \
        NEXT(t, op); \
    } \
    static HANDLER(mi_##kind##_##flags##_##size) \
    { \
        shift_mem(t, op, kind, size, flags, op->aux); \
        NEXT(t, op); \
    } \
    static HANDLER(mc_##kind##_##flags##_##size) \
    { \
        shift_mem(t, op, kind, size, flags, count_of(t, op, size)); \
        NEXT(t, op); \
    }

#define EACH(X, flags) \
    OP_SIZES(X, SHIFT_ROL, flags) OP_SIZES(X, SHIFT_ROR, flags) \
    OP_SIZES(X, SHIFT_SHL, flags) OP_SIZES(X, SHIFT_SHR, flags) \
    OP_SIZES(X, SHIFT_SAR, flags)
EACH(SHIFTS, 0)
EACH(SHIFTS, 1)
OP_SIZES(SHIFTS, SHIFT_RCL, 1)
OP_SIZES(SHIFTS, SHIFT_RCR, 1)

#define LOG2(size) (size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3)
#define SHIFT_ENTRY(kind, flags, size) \
    [flags][kind][LOG2(size)] = { \
        .ri = ri_##kind##_##flags##_##size, \
        .rc = rc_##kind##_##flags##_##size, \
        .mi = mi_##kind##_##flags##_##size, \
        .mc = mc_##kind##_##flags##_##size, \
    },
const ShiftOps op_shift[2][SHIFT_COUNT][4] = {
    EACH(SHIFT_ENTRY, 0)
    EACH(SHIFT_ENTRY, 1)
    OP_SIZES(SHIFT_ENTRY, SHIFT_RCL, 1)
    OP_SIZES(SHIFT_ENTRY, SHIFT_RCR, 1)
};

/* -------------------------------------------------------------- SHLD, SHRD */

/*
 * Of 16 bits and a count above 16, the source is shifted in once more; CF and
 * OF are then as if nothing was.
 */
static ALWAYS_INLINE uint64_t shld(TcgCpu *t, unsigned size, uint64_t v,
                                   uint64_t fill, unsigned n)
{
    unsigned bits = size * 8;
    uint64_t r, last;

    v = zext(v, size);
    fill = zext(fill, size);
    if (size == 2) {
        r = (v << 32 | fill << 16 | fill) << n >> 32;
    } else {
        r = v << n | fill >> (bits - n);
    }
    last = v << (n - 1);
    cc_set(t, CC_SHL, size, r, last);
    if (size == 2 && n >= 16) {
        bool c = msb(last, 2);

        cc_merge(t, c ? CC_O : 0, CC_O);
    }
    return r;
}

static ALWAYS_INLINE uint64_t shrd(TcgCpu *t, unsigned size, uint64_t v,
                                   uint64_t fill, unsigned n)
{
    unsigned bits = size * 8;
    uint64_t r, last;

    v = zext(v, size);
    fill = zext(fill, size);
    if (size == 2) {
        r = (fill << 32 | fill << 16 | v) >> n;
    } else {
        r = v >> n | fill << (bits - n);
    }
    last = v >> (n - 1);
    cc_set(t, CC_SHR, size, r, last);
    return r;
}

#define SHXD(name, size) \
    static ALWAYS_INLINE void name##_r_##size(TcgCpu *t, const Op *op, \
                                              unsigned n) \
    { \
        uint64_t v = reg_ld(t, op->r1, size); \
        if (n) { \
            v = name(t, size, v, reg_ld(t, op->r2, size), n); \
        } \
        reg_st(t, op->r1, v, size); \
    } \
    static ALWAYS_INLINE void name##_m_##size(TcgCpu *t, const Op *op, \
                                              unsigned n) \
    { \
        uint64_t a = op_ea(t, op), v; \
        void *p = mem_rw(t, a, size, op); \
        v = p ? host_ld(p, size) : mem_ld(t, a, size, op); \
        if (n) { \
            v = name(t, size, v, reg_ld(t, op->r2, size), n); \
        } \
        mem_st(t, a, v, size, op); \
    } \
    static HANDLER(name##_ri_##size) \
    { \
        name##_r_##size(t, op, op->aux); \
        NEXT(t, op); \
    } \
    static HANDLER(name##_rc_##size) \
    { \
        name##_r_##size(t, op, count_of(t, op, size)); \
        NEXT(t, op); \
    } \
    static HANDLER(name##_mi_##size) \
    { \
        name##_m_##size(t, op, op->aux); \
        NEXT(t, op); \
    } \
    static HANDLER(name##_mc_##size) \
    { \
        name##_m_##size(t, op, count_of(t, op, size)); \
        NEXT(t, op); \
    }
SHXD(shld, 2)
SHXD(shld, 4)
SHXD(shld, 8)
SHXD(shrd, 2)
SHXD(shrd, 4)
SHXD(shrd, 8)

#define SHXD_ENTRY(name, size) \
    { name##_ri_##size, name##_rc_##size, name##_mi_##size, \
      name##_mc_##size }
const ShiftOps op_shxd[2][4] = {
    { { NULL }, SHXD_ENTRY(shld, 2), SHXD_ENTRY(shld, 4),
      SHXD_ENTRY(shld, 8) },
    { { NULL }, SHXD_ENTRY(shrd, 2), SHXD_ENTRY(shrd, 4),
      SHXD_ENTRY(shrd, 8) },
};

/* ------------------------------------- SHLX, SHRX, SARX, RORX: no flags */

#define SHIFTX(name, expr) \
    static HANDLER(name##_4) \
    { \
        uint32_t v = REG32(t, op->r2); \
        unsigned n = REG8(t, op->r3) & 31; \
        SET_REG32(t, op->r1, expr); \
        NEXT(t, op); \
    } \
    static HANDLER(name##_8) \
    { \
        uint64_t v = REG64(t, op->r2); \
        unsigned n = REG8(t, op->r3) & 63; \
        REG64(t, op->r1) = expr; \
        NEXT(t, op); \
    }
SHIFTX(shlx, v << n)
SHIFTX(shrx, v >> n)
static HANDLER(sarx_4)
{
    SET_REG32(t, op->r1, (int32_t)REG32(t, op->r2) >> (REG8(t, op->r3) & 31));
    NEXT(t, op);
}
static HANDLER(sarx_8)
{
    REG64(t, op->r1) = (int64_t)REG64(t, op->r2) >> (REG8(t, op->r3) & 63);
    NEXT(t, op);
}
static HANDLER(rorx_4)
{
    SET_REG32(t, op->r1, rotl(REG32(t, op->r2), 4, -op->aux));
    NEXT(t, op);
}
static HANDLER(rorx_8)
{
    REG64(t, op->r1) = rotl(REG64(t, op->r2), 8, -op->aux);
    NEXT(t, op);
}
OpFn *const op_shiftx[4][2] = { { shlx_4, shlx_8 }, { shrx_4, shrx_8 },
                                { sarx_4, sarx_8 }, { rorx_4, rorx_8 } };
