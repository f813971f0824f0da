/*
 * Moves: registers, loads, stores, extensions, LEA, byte swaps.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "op-mov.h"

/* ------------------------------------------------------ registers, loads */

#define MOVES(_, size) \
    static HANDLER(mov_rr_##size) \
    { \
        reg_st(t, op->r1, reg_ld(t, op->r2, size), size); \
        NEXT(t, op); \
    } \
    static HANDLER(mov_ri_##size) \
    { \
        reg_st(t, op->r1, op->imm, size); \
        NEXT(t, op); \
    } \
    static ALWAYS_INLINE void do_mov_rm_##size(TcgCpu *t, const Op *op, \
                                               uint64_t v) \
    { \
        reg_st(t, op->r1, v, size); \
    } \
    LOAD_HANDLERS(mov_rm_##size, size, do_mov_rm_##size)
OP_SIZES(MOVES, 0)

#define ENTRIES(name) { name##_1, name##_2, name##_4, name##_8 }
#define EA_ENTRY(name) { name##_EA_B, name##_EA_X }
#define EA_ENTRIES(name) \
    { EA_ENTRY(name##_1), EA_ENTRY(name##_2), EA_ENTRY(name##_4), \
      EA_ENTRY(name##_8) }
OpFn *const op_mov_rr[4] = ENTRIES(mov_rr);
OpFn *const op_mov_ri[4] = ENTRIES(mov_ri);
OpFn *const op_mov_rm[4][EA_FORMS] = EA_ENTRIES(mov_rm);

/* ---------------------------------------------------------------- stores */

#define STORE_HANDLERS(name, size, value) \
    static NOINLINE HANDLER(name##_slow) \
    { \
        mem_st_slow(t, op_ea(t, op), value, size, op); \
        NEXT(t, op); \
    } \
    STORE_FAST(name, EA_B, size, value) \
    STORE_FAST(name, EA_X, size, value)
#define STORE_FAST(name, form, size, value) \
    static HANDLER(name##_##form) \
    { \
        void *p; \
        if (unlikely(!probe_st(t, ea(t, op, form), size, &p))) { \
            return name##_slow(t, op); \
        } \
        host_st(p, value, size); \
        NEXT(t, op); \
    }
#define STORES(_, size) \
    STORE_HANDLERS(mov_mr_##size, size, reg_ld(t, op->r2, size)) \
    STORE_HANDLERS(mov_mi_##size, size, op->imm)
OP_SIZES(STORES, 0)
OpFn *const op_mov_mr[4][EA_FORMS] = EA_ENTRIES(mov_mr);
OpFn *const op_mov_mi[4][EA_FORMS] = EA_ENTRIES(mov_mi);

/* ------------------------------------------------------------ extensions */

#define EXTEND(name, conv, from, to) \
    static HANDLER(name##_rr_##from##_##to) \
    { \
        reg_st(t, op->r1, conv(reg_ld(t, op->r2, from), from), to); \
        NEXT(t, op); \
    } \
    static ALWAYS_INLINE void do_##name##_##from##_##to(TcgCpu *t, \
                                                        const Op *op, \
                                                        uint64_t v) \
    { \
        reg_st(t, op->r1, conv(v, from), to); \
    } \
    LOAD_HANDLERS(name##_rm_##from##_##to, from, do_##name##_##from##_##to)

EXTEND(movzx, zext, 1, 2)
EXTEND(movzx, zext, 1, 8)
EXTEND(movzx, zext, 2, 8)
EXTEND(movsx, sext, 1, 2)
EXTEND(movsx, sext, 1, 4)
EXTEND(movsx, sext, 1, 8)
EXTEND(movsx, sext, 2, 4)
EXTEND(movsx, sext, 2, 8)
EXTEND(movsx, sext, 4, 8)

#define EXT_ENTRY(name, from, to) \
    { name##_rr_##from##_##to, EA_ENTRY(name##_rm_##from##_##to) }
/* A zero extension to 32 bits is one to 64. */
const ExtendOps op_movzx[3][4] = {
    { { NULL }, EXT_ENTRY(movzx, 1, 2), EXT_ENTRY(movzx, 1, 8),
      EXT_ENTRY(movzx, 1, 8) },
    { { NULL }, { mov_rr_2, EA_ENTRY(mov_rm_2) }, EXT_ENTRY(movzx, 2, 8),
      EXT_ENTRY(movzx, 2, 8) },
};
const ExtendOps op_movsx[3][4] = {
    { { NULL }, EXT_ENTRY(movsx, 1, 2), EXT_ENTRY(movsx, 1, 4),
      EXT_ENTRY(movsx, 1, 8) },
    { { NULL }, { mov_rr_2, EA_ENTRY(mov_rm_2) }, EXT_ENTRY(movsx, 2, 4),
      EXT_ENTRY(movsx, 2, 8) },
    { { NULL }, { mov_rr_2, EA_ENTRY(mov_rm_2) },
      { mov_rr_4, EA_ENTRY(mov_rm_4) }, EXT_ENTRY(movsx, 4, 8) },
};

/* The sign of r2 in all bits of r1: CWD, CDQ, CQO. */
#define SIGN(_, size) \
    static HANDLER(sign_##size) \
    { \
        reg_st(t, op->r1, msb(reg_ld(t, op->r2, size), size) ? -1 : 0, size); \
        NEXT(t, op); \
    }
OP_SIZES(SIGN, 0)
OpFn *const op_sign[4] = ENTRIES(sign);

/* ------------------------------------------------------------------- LEA */

#define LEA(size, form) \
    static HANDLER(lea_##size##_##form) \
    { \
        reg_st(t, op->r1, ea(t, op, form), size); \
        NEXT(t, op); \
    }
LEA(2, EA_B)
LEA(2, EA_X)
LEA(4, EA_B)
LEA(4, EA_X)
LEA(8, EA_B)
LEA(8, EA_X)
OpFn *const op_lea[4][EA_FORMS] = {
    { NULL }, EA_ENTRY(lea_2), EA_ENTRY(lea_4), EA_ENTRY(lea_8),
};

/* ------------------------------------------------------------ byte swaps */

static ALWAYS_INLINE uint64_t swapped(uint64_t v, unsigned size)
{
    switch (size) {
    case 2: return __builtin_bswap16(v);
    case 4: return __builtin_bswap32(v);
    default: return __builtin_bswap64(v);
    }
}

/* BSWAP of a 16-bit register clears it on every processor we know. */
HANDLER(op_bswap2)
{
    REG16(t, op->r1) = 0;
    NEXT(t, op);
}
HANDLER(op_bswap4)
{
    SET_REG32(t, op->r1, __builtin_bswap32(REG32(t, op->r1)));
    NEXT(t, op);
}
HANDLER(op_bswap8)
{
    REG64(t, op->r1) = __builtin_bswap64(REG64(t, op->r1));
    NEXT(t, op);
}

#define MOVBE(size) \
    static HANDLER(movbe_rm_##size) \
    { \
        uint64_t v = mem_ld(t, op_ea(t, op), size, op); \
        reg_st(t, op->r1, swapped(v, size), size); \
        NEXT(t, op); \
    } \
    static HANDLER(movbe_mr_##size) \
    { \
        uint64_t v = swapped(reg_ld(t, op->r2, size), size); \
        mem_st(t, op_ea(t, op), v, size, op); \
        NEXT(t, op); \
    }
MOVBE(2)
MOVBE(4)
MOVBE(8)
OpFn *const op_movbe_rm[4] = { NULL, movbe_rm_2, movbe_rm_4, movbe_rm_8 };
OpFn *const op_movbe_mr[4] = { NULL, movbe_mr_2, movbe_mr_4, movbe_mr_8 };
