/*
 * Lazy arithmetic flags: what cc_op means, and the flags and conditions that
 * follow from it. Everything is an inline function of constants where the
 * caller knows cc_op, so that a conditional jump behind a known comparison
 * costs the host's own compare.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_FLAGS_H
#define ACCEL_TCG_FLAGS_H

#include "tcg-internal.h"

/*
 * cc_op is kind * 4 + log2(operand size). Above the operand's size cc_dst and
 * cc_src may hold anything.
 *
 *          cc_dst     cc_src
 *   ADD    result     second operand
 *   SUB    minuend    subtrahend (CMP, NEG too)
 *   LOGIC  result     -            CF = OF = AF = 0
 *   CARRY  result     carries or borrows out of each bit (ADC, SBB)
 *   INC    result     CF, which stays
 *   DEC    result     CF, which stays
 *   SHL    result     operand << (count - 1); also SHLD
 *   SHR    result     operand >> (count - 1); also SHRD
 *   SAR    result     operand >> (count - 1)
 *
 * What the manuals call undefined is as AMD's and Intel's processors have it:
 * AF is set by shifts and cleared by logic, OF of a shift by more than one is
 * computed as of one.
 */
enum {
    CC_EFLAGS, CC_ADD, CC_SUB, CC_LOGIC, CC_CARRY, CC_INC, CC_DEC, CC_SHL,
    CC_SHR, CC_SAR, CC_KINDS,
};
#define CC_OP_COUNT (CC_KINDS * 4)

static ALWAYS_INLINE unsigned size_log2(unsigned size)
{
    return size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
}

static ALWAYS_INLINE unsigned cc_op_of(unsigned kind, unsigned size)
{
    return kind == CC_EFLAGS ? CC_OP_EFLAGS : kind * 4 + size_log2(size);
}

static ALWAYS_INLINE void cc_set(TcgCpu *t, unsigned kind, unsigned size,
                                 uint64_t dst, uint64_t src)
{
    t->cc_op = cc_op_of(kind, size);
    t->cc_dst = dst;
    if (kind != CC_LOGIC) {
        t->cc_src = src;
    }
}

static ALWAYS_INLINE uint64_t zext(uint64_t v, unsigned size)
{
    switch (size) {
    case 1: return (uint8_t)v;
    case 2: return (uint16_t)v;
    case 4: return (uint32_t)v;
    default: return v;
    }
}

static ALWAYS_INLINE int64_t sext(uint64_t v, unsigned size)
{
    switch (size) {
    case 1: return (int8_t)v;
    case 2: return (int16_t)v;
    case 4: return (int32_t)v;
    default: return v;
    }
}

static ALWAYS_INLINE bool msb(uint64_t v, unsigned size)
{
    return sext(v, size) < 0;
}

/* The result that ZF, SF and PF tell of. */
static ALWAYS_INLINE uint64_t cc_result(unsigned kind, unsigned size,
                                        uint64_t dst, uint64_t src)
{
    return zext(kind == CC_SUB ? dst - src : dst, size);
}

static ALWAYS_INLINE bool cc_c(unsigned kind, unsigned size, uint64_t dst,
                               uint64_t src)
{
    switch (kind) {
    case CC_ADD: return zext(dst, size) < zext(src, size);
    case CC_SUB: return zext(dst, size) < zext(src, size);
    case CC_CARRY:
    case CC_SHL: return msb(src, size);
    case CC_LOGIC: return false;
    default: return src & 1;
    }
}

static ALWAYS_INLINE bool cc_o(unsigned kind, unsigned size, uint64_t dst,
                               uint64_t src)
{
    uint64_t top = UINT64_C(1) << (size * 8 - 1);

    switch (kind) {
    case CC_ADD: return msb((dst ^ src) & ((dst - src) ^ dst), size);
    case CC_SUB: return msb((dst ^ src) & ((dst - src) ^ dst), size);
    case CC_CARRY: return msb(src ^ (src << 1), size);
    case CC_INC: return zext(dst, size) == top;
    case CC_DEC: return zext(dst, size) == top - 1;
    case CC_SHL: return msb(src ^ dst, size);
    case CC_SHR: return msb(dst ^ (dst << 1), size);
    default: return false;
    }
}

static ALWAYS_INLINE bool cc_a(unsigned kind, uint64_t dst, uint64_t src)
{
    switch (kind) {
    case CC_ADD: return ((dst - src) ^ src ^ dst) & 0x10;
    case CC_SUB: return ((dst - src) ^ src ^ dst) & 0x10;
    case CC_CARRY: return src & 8;
    case CC_INC: return (dst & 15) == 0;
    case CC_DEC: return (dst & 15) == 15;
    case CC_LOGIC: return false;
    default: return true;
    }
}

static ALWAYS_INLINE bool even_parity(uint64_t r)
{
    return !__builtin_parity((uint8_t)r);
}

/* All six; kind is not CC_EFLAGS. */
static ALWAYS_INLINE uint32_t cc_flags(unsigned kind, unsigned size,
                                       uint64_t dst, uint64_t src)
{
    uint64_t r = cc_result(kind, size, dst, src);

    return (cc_c(kind, size, dst, src) ? CC_C : 0) |
           (even_parity(r) ? CC_P : 0) | (cc_a(kind, dst, src) ? CC_A : 0) |
           (r == 0 ? CC_Z : 0) | (msb(r, size) ? CC_S : 0) |
           (cc_o(kind, size, dst, src) ? CC_O : 0);
}

/* Conditions by their number in an opcode; bit 0 negates. */
enum {
    COND_O = 0, COND_B = 2, COND_Z = 4, COND_BE = 6, COND_S = 8, COND_P = 10,
    COND_L = 12, COND_LE = 14,
};

static ALWAYS_INLINE bool cond_of_flags(uint32_t f, unsigned cond)
{
    bool v;

    switch (cond & 14) {
    case COND_O: v = f & CC_O; break;
    case COND_B: v = f & CC_C; break;
    case COND_Z: v = f & CC_Z; break;
    case COND_BE: v = f & (CC_C | CC_Z); break;
    case COND_S: v = f & CC_S; break;
    case COND_P: v = f & CC_P; break;
    case COND_L: v = ((f >> 4) ^ f) & CC_S; break;
    default: v = (((f >> 4) ^ f) & CC_S) || (f & CC_Z); break;
    }
    return v ^ (cond & 1);
}

/* A condition of a known cc_op. */
static ALWAYS_INLINE bool cc_cond(unsigned kind, unsigned size, unsigned cond,
                                  uint64_t dst, uint64_t src)
{
    uint64_t r = cc_result(kind, size, dst, src);
    bool v;

    if (kind == CC_EFLAGS) {
        return cond_of_flags(src, cond);
    }
    switch (cond & 14) {
    case COND_O: v = cc_o(kind, size, dst, src); break;
    case COND_B: v = cc_c(kind, size, dst, src); break;
    case COND_Z:
        v = kind == CC_SUB ? zext(dst, size) == zext(src, size) : r == 0;
        break;
    case COND_BE:
        v = kind == CC_SUB ? zext(dst, size) <= zext(src, size)
                           : cc_c(kind, size, dst, src) || r == 0;
        break;
    case COND_S: v = msb(r, size); break;
    case COND_P: v = even_parity(r); break;
    case COND_L:
        v = kind == CC_SUB ? sext(dst, size) < sext(src, size)
                           : msb(r, size) != cc_o(kind, size, dst, src);
        break;
    default:
        v = kind == CC_SUB
                ? sext(dst, size) <= sext(src, size)
                : r == 0 || msb(r, size) != cc_o(kind, size, dst, src);
        break;
    }
    return v ^ (cond & 1);
}

/* CF alone, from whatever cc_op is. */
bool tcg_cc_carry(TcgCpu *t);

/* Stores flags of which only some change: mask from `f`, the others stay. */
static ALWAYS_INLINE void cc_merge(TcgCpu *t, uint32_t f, uint32_t mask)
{
    tcg_set_cc(t, (tcg_cc_compute(t) & ~mask) | f);
}

#endif
