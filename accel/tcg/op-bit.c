/*
 * Single bits, bit scans and counts, BMI, CRC32.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "op-atomic.h"
#include "op-bit.h"

/* ------------------------------------------------------------ BT and so on */

static ALWAYS_INLINE uint64_t bit_value(unsigned kind, uint64_t v,
                                        uint64_t bit)
{
    switch (kind) {
    case BIT_BTS: return v | bit;
    case BIT_BTR: return v & ~bit;
    case BIT_BTC: return v ^ bit;
    default: return v;
    }
}

static void bit_flags(TcgCpu *t, bool set)
{
    cc_merge(t, set ? CC_C : 0, CC_C);
}

static ALWAYS_INLINE void bit_reg(TcgCpu *t, const Op *op, unsigned kind,
                                  unsigned size, bool flags, unsigned n)
{
    uint64_t v = reg_ld(t, op->r1, size);
    uint64_t bit = UINT64_C(1) << (n & (size * 8 - 1));

    if (kind != BIT_BT) {
        reg_st(t, op->r1, bit_value(kind, v, bit), size);
    }
    if (flags) {
        bit_flags(t, v & bit);
    }
}

/* The bit offset in r2 is signed, and reaches beyond the operand; the address
 * wraps as the address size (Op.size) has it. aux is the segment. */
static uint64_t bit_address(TcgCpu *t, const Op *op, unsigned size)
{
    int64_t n = sext(REG64(t, op->r2), size);
    uint64_t base = REG64(t, SLOT_SEG_BASE + 8 * op->aux);
    uint64_t offset = op_ea(t, op) - base;

    offset = zext(offset + (n >> (3 + size_log2(size))) * size, op->size);
    if (t->mode & MODE_CS64) {
        return base + offset;
    }
    if (!(t->mode & MODE_FLAT) || op->aux >= R_FS) {
        tcg_check_limit(t, op, op->aux, offset, size, false);
    }
    return (uint32_t)(base + offset);
}

static ALWAYS_INLINE void bit_mem(TcgCpu *t, const Op *op, unsigned kind,
                                  unsigned size, bool lock, uint64_t a,
                                  unsigned n)
{
    uint64_t bit = UINT64_C(1) << (n & (size * 8 - 1)), v;
    void *p;

    if (kind == BIT_BT) {
        v = mem_ld(t, a, size, op);
    } else if ((p = mem_rw(t, a, size, op))) {
        v = host_ld(p, size);
        if (lock) {
            while (!host_cas(p, &v, bit_value(kind, v, bit), size)) {
                continue;
            }
        } else {
            host_st(p, bit_value(kind, v, bit), size);
        }
    } else {
        if (lock) {
            mem_lock_begin(t);
        }
        v = mem_ld(t, a, size, op);
        mem_st(t, a, bit_value(kind, v, bit), size, op);
        if (lock) {
            mem_lock_end(t);
        }
    }
    bit_flags(t, v & bit);
}

#define BITS(kind, size) \
    static HANDLER(rr_##kind##_##size) \
    { \
        bit_reg(t, op, kind, size, true, REG8(t, op->r2)); \
        NEXT(t, op); \
    } \
    static HANDLER(ri_##kind##_##size) \
    { \
        bit_reg(t, op, kind, size, true, op->imm); \
        NEXT(t, op); \
    } \
    static HANDLER(rr_nf_##kind##_##size) \
    { \
        bit_reg(t, op, kind, size, false, REG8(t, op->r2)); \
        NEXT(t, op); \
    } \
    static HANDLER(ri_nf_##kind##_##size) \
    { \
        bit_reg(t, op, kind, size, false, op->imm); \
        NEXT(t, op); \
    } \
    static HANDLER(mr_0_##kind##_##size) \
    { \
        bit_mem(t, op, kind, size, false, bit_address(t, op, size), \
                REG8(t, op->r2)); \
        NEXT(t, op); \
    } \
    static HANDLER(mi_0_##kind##_##size) \
    { \
        bit_mem(t, op, kind, size, false, op_ea(t, op), op->imm); \
        NEXT(t, op); \
    } \
    static HANDLER(mr_1_##kind##_##size) \
    { \
        bit_mem(t, op, kind, size, true, bit_address(t, op, size), \
                REG8(t, op->r2)); \
        NEXT(t, op); \
    } \
    static HANDLER(mi_1_##kind##_##size) \
    { \
        bit_mem(t, op, kind, size, true, op_ea(t, op), op->imm); \
        NEXT(t, op); \
    }
#define WIDE_SIZES(X, kind) X(kind, 2) X(kind, 4) X(kind, 8)
#define EACH_BIT(X) \
    WIDE_SIZES(X, BIT_BT) WIDE_SIZES(X, BIT_BTS) WIDE_SIZES(X, BIT_BTR) \
    WIDE_SIZES(X, BIT_BTC)
EACH_BIT(BITS)

#define LOG2(size) (size == 2 ? 1 : size == 4 ? 2 : 3)
#define BIT_ENTRY(kind, size) \
    [kind][LOG2(size)] = { \
        .rr = rr_##kind##_##size, \
        .ri = ri_##kind##_##size, \
        .rr_nf = rr_nf_##kind##_##size, \
        .ri_nf = ri_nf_##kind##_##size, \
        .mr = { mr_0_##kind##_##size, mr_1_##kind##_##size }, \
        .mi = { mi_0_##kind##_##size, mi_1_##kind##_##size }, \
    },
const BitOps op_bit[BIT_COUNT][4] = { EACH_BIT(BIT_ENTRY) };

/* ------------------------------------------------------------------ scans */

/* Without a bit the destination stays, upper half included. */
static ALWAYS_INLINE void bit_scan(TcgCpu *t, const Op *op, unsigned size,
                                   bool flags, bool reverse)
{
    uint64_t v = zext(reg_ld(t, op->r2, size), size);
    unsigned n = 0;

    if (v) {
        n = reverse ? 63 - __builtin_clzll(v) : __builtin_ctzll(v);
        reg_st(t, op->r1, n, size);
    }
    if (flags) {
        tcg_set_cc(t, (v ? 0 : CC_Z) | (even_parity(n) ? CC_P : 0));
    }
}

/* LZCNT and TZCNT: OF stays, as it does on the processors we looked at. */
static ALWAYS_INLINE void zero_count(TcgCpu *t, const Op *op, unsigned size,
                                     bool flags, bool leading)
{
    uint64_t v = zext(reg_ld(t, op->r2, size), size);
    unsigned n = size * 8;

    if (v) {
        n = leading ? __builtin_clzll(v) - (64 - n) : __builtin_ctzll(v);
    }
    reg_st(t, op->r1, n, size);
    if (flags) {
        cc_merge(t, (v ? 0 : CC_C) | (n ? 0 : CC_Z), CC_ALL & ~CC_O);
    }
}

static ALWAYS_INLINE void pop_count(TcgCpu *t, const Op *op, unsigned size,
                                    bool flags)
{
    uint64_t v = zext(reg_ld(t, op->r2, size), size);

    reg_st(t, op->r1, __builtin_popcountll(v), size);
    if (flags) {
        tcg_set_cc(t, v ? 0 : CC_Z);
    }
}

#define SCANS(flags, size) \
    static HANDLER(bsf_##flags##_##size) \
    { \
        bit_scan(t, op, size, flags, false); \
        NEXT(t, op); \
    } \
    static HANDLER(bsr_##flags##_##size) \
    { \
        bit_scan(t, op, size, flags, true); \
        NEXT(t, op); \
    } \
    static HANDLER(lzcnt_##flags##_##size) \
    { \
        zero_count(t, op, size, flags, true); \
        NEXT(t, op); \
    } \
    static HANDLER(tzcnt_##flags##_##size) \
    { \
        zero_count(t, op, size, flags, false); \
        NEXT(t, op); \
    } \
    static HANDLER(popcnt_##flags##_##size) \
    { \
        pop_count(t, op, size, flags); \
        NEXT(t, op); \
    }
WIDE_SIZES(SCANS, 0)
WIDE_SIZES(SCANS, 1)
#define SCAN_ENTRY(name) \
    { { NULL, name##_0_2, name##_0_4, name##_0_8 }, \
      { NULL, name##_1_2, name##_1_4, name##_1_8 } }
OpFn *const op_scan[SCAN_COUNT][2][4] = {
    SCAN_ENTRY(bsf), SCAN_ENTRY(bsr), SCAN_ENTRY(lzcnt), SCAN_ENTRY(tzcnt),
    SCAN_ENTRY(popcnt),
};

/* -------------------------------------------------------------------- BMI */

static ALWAYS_INLINE uint64_t deposit(uint64_t v, uint64_t mask, bool extract)
{
    uint64_t r = 0;

    for (unsigned n = 0; mask; n++, mask &= mask - 1) {
        uint64_t bit = mask & -mask;

        if (extract) {
            r |= v & bit ? UINT64_C(1) << n : 0;
        } else {
            r |= (v >> n) & 1 ? bit : 0;
        }
    }
    return r;
}

/* r1 from r2 and r3; carry is CF besides the flags of the result. */
static ALWAYS_INLINE void bmi(TcgCpu *t, const Op *op, unsigned kind,
                              unsigned size)
{
    uint64_t a = reg_ld(t, op->r2, size), b = reg_ld(t, op->r3, size), r;
    unsigned bits = size * 8, start = (uint8_t)b, len = (uint8_t)(b >> 8);
    uint32_t f = 0;

    switch (kind) {
    case BMI_ANDN: r = ~a & b; break;
    case BMI_BLSI: r = a & -a; f = a ? CC_C : 0; break;
    case BMI_BLSR: r = a & (a - 1); f = a ? 0 : CC_C; break;
    case BMI_BLSMSK: r = a ^ (a - 1); f = a ? 0 : CC_C; break;
    case BMI_BZHI:
        r = start < bits ? a & ~(UINT64_MAX << start) : a;
        f = start < bits ? 0 : CC_C;
        break;
    case BMI_BEXTR:
        r = start < bits ? a >> start : 0;
        r = len < bits ? r & ~(UINT64_MAX << len) : r;
        f = CC_A;
        break;
    case BMI_PDEP: r = deposit(a, b, false); break;
    default: r = deposit(a, b, true); break;
    }
    reg_st(t, op->r1, r, size);
    if (kind < BMI_PDEP) {
        r = zext(r, size);
        tcg_set_cc(t, f | (r ? 0 : CC_Z) | (msb(r, size) ? CC_S : 0) |
                          (even_parity(r) ? CC_P : 0));
    }
}

#define BMI(kind) \
    static HANDLER(kind##_4) \
    { \
        bmi(t, op, kind, 4); \
        NEXT(t, op); \
    } \
    static HANDLER(kind##_8) \
    { \
        bmi(t, op, kind, 8); \
        NEXT(t, op); \
    }
#define EACH_BMI(X) \
    X(BMI_ANDN) X(BMI_BLSI) X(BMI_BLSR) X(BMI_BLSMSK) X(BMI_BZHI) \
    X(BMI_BEXTR) X(BMI_PDEP) X(BMI_PEXT)
EACH_BMI(BMI)
#define BMI_ENTRY(kind) [kind] = { kind##_4, kind##_8 },
OpFn *const op_bmi[BMI_COUNT][2] = { EACH_BMI(BMI_ENTRY) };

/* ADCX, ADOX: an addition with one flag of its own (aux). */
static ALWAYS_INLINE void add_with(TcgCpu *t, const Op *op, unsigned size)
{
    uint64_t a = reg_ld(t, op->r1, size), b = reg_ld(t, op->r2, size);
    uint32_t flag = op->aux ? CC_O : CC_C;
    uint64_t r = a + b + !!(tcg_cc_compute(t) & flag);

    reg_st(t, op->r1, r, size);
    cc_merge(t, msb((a & b) | ((a | b) & ~r), size) ? flag : 0, flag);
}
HANDLER(op_adx4)
{
    add_with(t, op, 4);
    NEXT(t, op);
}
HANDLER(op_adx8)
{
    add_with(t, op, 8);
    NEXT(t, op);
}

/* ------------------------------------------------------------------ CRC32 */

/* Remainders of the nibbles 0 to 15 by Castagnoli's polynomial, reflected. */
static const uint32_t crc32c_nibble[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
    0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
    0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static ALWAYS_INLINE void crc32(TcgCpu *t, const Op *op, unsigned size)
{
    uint32_t crc = REG32(t, op->r1);
    uint64_t v = reg_ld(t, op->r2, size);

    for (unsigned i = 0; i < size; i++) {
        crc ^= (uint8_t)(v >> (i * 8));
        crc = crc >> 4 ^ crc32c_nibble[crc & 15];
        crc = crc >> 4 ^ crc32c_nibble[crc & 15];
    }
    SET_REG32(t, op->r1, crc);
}
#define CRC32(_, size) \
    static HANDLER(crc32_##size) \
    { \
        crc32(t, op, size); \
        NEXT(t, op); \
    }
OP_SIZES(CRC32, 0)
OpFn *const op_crc32[4] = { crc32_1, crc32_2, crc32_4, crc32_8 };
