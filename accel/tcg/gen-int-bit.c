/*
 * Generators of shifts, multiplication and division, bit operations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "gen-int.h"
#include "op-bit.h"
#include "op-muldiv.h"
#include "op-shift.h"

/* ------------------------------------------------------------------ shifts */

static bool is_rotate(unsigned kind)
{
    return kind < SHIFT_SHL;
}

/* A shift by a constant that is not 0 sets all flags. */
static void shift_info(Decoder *d, const Op *op, unsigned kind, unsigned size,
                       unsigned count, OpFn *no_flags, bool pure)
{
    static const uint8_t cc_kind[SHIFT_COUNT] = {
        [SHIFT_SHL] = CC_SHL, [SHIFT_SHR] = CC_SHR, [SHIFT_SAR] = CC_SAR,
    };

    if (is_rotate(kind) || count == 0) {
        info_merges(d, op, no_flags, pure);
        if (!is_rotate(kind)) {
            op_info(d, op)->leaves_cc = 0;
        }
        /* By CL: perhaps no change at all. */
        if (count == 0) {
            op_info(d, op)->leaves_cc = 0;
        }
    } else {
        info_sets(d, op, cc_op_of(cc_kind[kind], size), no_flags, pure);
    }
}

static void gen_shift(Decoder *d, unsigned kind)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned size = opnd_size(&o[0]), lg = size_log2(size), count = 0;
    const ShiftOps *row = &op_shift[1][kind][lg], *nf = &op_shift[0][kind][lg];
    bool by_cl = is_reg(&o[1]);
    Op *op;

    if (!by_cl) {
        count = o[1].imm.value.u & (size == 8 ? 63 : 31);
    }
    if (is_mem(&o[0])) {
        MemRef m = gen_mem(d, &o[0], size, true);

        op = emit(d, by_cl ? row->mc : row->mi);
        op_set_mem(op, m);
        shift_info(d, op, kind, size, count, by_cl ? nf->mc : nf->mi, false);
    } else {
        /* By a constant 0: only a 32-bit register changes, above. */
        if (!by_cl && count == 0) {
            op = emit(d, op_alu[0][ALU_OR][lg].ri);
            op->r1 = op->r3 = opnd_reg(&o[0]);
            info_pure(d, op);
            return;
        }
        op = emit(d, by_cl ? row->rc : row->ri);
        op->r1 = op->r3 = opnd_reg(&o[0]);
        op->aux = count;
        shift_info(d, op, kind, size, count, by_cl ? nf->rc : nf->ri, true);
        if (!by_cl) {
            gen_merge_move(d, size);
        }
        return;
    }
    op->aux = count;
}

#define SHIFT(name, kind) \
    void gen_##name(Decoder *d) \
    { \
        gen_shift(d, kind); \
    }
SHIFT(rol, SHIFT_ROL)
SHIFT(ror, SHIFT_ROR)
SHIFT(rcl, SHIFT_RCL)
SHIFT(rcr, SHIFT_RCR)
SHIFT(shl, SHIFT_SHL)
SHIFT(shr, SHIFT_SHR)
SHIFT(sar, SHIFT_SAR)

static void gen_shift_double(Decoder *d, int right)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned size = opnd_size(&o[0]);
    const ShiftOps *row = &op_shxd[right][size_log2(size)];
    bool by_cl = is_reg(&o[2]), mem = is_mem(&o[0]);
    MemRef m = {0};
    Op *op;

    if (mem) {
        m = gen_mem(d, &o[0], size, true);
        op = emit(d, by_cl ? row->mc : row->mi);
        op_set_mem(op, m);
    } else {
        op = emit(d, by_cl ? row->rc : row->ri);
        op->r1 = opnd_reg(&o[0]);
    }
    op->r2 = opnd_reg(&o[1]);
    op->aux = by_cl ? 0 : o[2].imm.value.u & (size == 8 ? 63 : 31);
    info_merges(d, op, NULL, !mem);
    op_info(d, op)->leaves_cc = 0;
}

void gen_shld(Decoder *d)
{
    gen_shift_double(d, 0);
}

void gen_shrd(Decoder *d)
{
    gen_shift_double(d, 1);
}

static void gen_shiftx(Decoder *d, unsigned kind)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned size = opnd_size(&o[0]);
    uint8_t from = gen_value(d, &o[1]);
    Op *op = emit(d, op_shiftx[kind][size == 8]);

    op->r1 = opnd_reg(&o[0]);
    op->r2 = from;
    if (is_imm(&o[2])) {
        op->aux = o[2].imm.value.u & (size == 8 ? 63 : 31);
    } else {
        op->r3 = opnd_reg(&o[2]);
    }
    info_pure(d, op);
}

void gen_shlx(Decoder *d)
{
    gen_shiftx(d, 0);
}
void gen_shrx(Decoder *d)
{
    gen_shiftx(d, 1);
}
void gen_sarx(Decoder *d)
{
    gen_shiftx(d, 2);
}
void gen_rorx(Decoder *d)
{
    gen_shiftx(d, 3);
}

/* ---------------------------------------------- multiplication, division */

static void gen_accumulator(Decoder *d, OpFn *const table[2][4], bool faults)
{
    unsigned lg = size_log2(opnd_size(&d->opnd[0]));
    uint8_t by = gen_value(d, &d->opnd[0]);
    Op *op = emit(d, table[1][lg]);

    op->r2 = by;
    info_merges(d, op, table[0][lg], !faults);
}

void gen_mul(Decoder *d)
{
    gen_accumulator(d, op_mul, false);
}
void gen_div(Decoder *d)
{
    gen_accumulator(d, op_div, true);
}
void gen_idiv(Decoder *d)
{
    gen_accumulator(d, op_idiv, true);
}

void gen_imul(Decoder *d)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned lg = size_log2(opnd_size(&o[0]));
    uint8_t by;
    Op *op;

    if (d->insn.opcode_map == ZYDIS_OPCODE_MAP_DEFAULT &&
        (d->insn.opcode == 0xf6 || d->insn.opcode == 0xf7)) {
        gen_accumulator(d, op_imul, false);
        return;
    }
    by = gen_value(d, &o[1]);
    if (d->insn.opcode_map == ZYDIS_OPCODE_MAP_DEFAULT) {
        op = emit(d, op_imul_ri[1][lg]);
        op->imm = opnd_imm(d, &o[2]);
        info_merges(d, op, op_imul_ri[0][lg], true);
    } else {
        op = emit(d, op_imul_rr[1][lg]);
        op->r3 = opnd_reg(&o[0]);
        info_merges(d, op, op_imul_rr[0][lg], true);
    }
    op->r1 = opnd_reg(&o[0]);
    op->r2 = by;
}

void gen_mulx(Decoder *d)
{
    ZydisDecodedOperand *o = d->opnd;
    uint8_t by = gen_value(d, &o[2]);
    Op *op = emit(d, opnd_size(&o[0]) == 8 ? op_mulx8 : op_mulx4);

    op->r1 = opnd_reg(&o[0]);
    op->r2 = opnd_reg(&o[1]);
    op->r3 = by;
    info_pure(d, op);
}

/* -------------------------------------------------------------------- bits */

static int segment_number(const ZydisDecodedOperand *o)
{
    return o->mem.segment >= ZYDIS_REGISTER_ES &&
                   o->mem.segment <= ZYDIS_REGISTER_GS
               ? (int)(o->mem.segment - ZYDIS_REGISTER_ES)
               : R_DS;
}

static void gen_bit(Decoder *d, unsigned kind)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned size = opnd_size(&o[0]);
    const BitOps *row = &op_bit[kind][size_log2(size)];
    bool imm = is_imm(&o[1]), mem = is_mem(&o[0]);
    Op *op;

    if (mem) {
        MemRef m = gen_mem(d, &o[0], size, kind != BIT_BT);

        op = emit(d, (imm ? row->mi : row->mr)[has_lock(d)]);
        op_set_mem(op, m);
        op->aux = segment_number(&o[0]);
        op->size = d->adsize;
        info_merges(d, op, NULL, false);
    } else {
        op = emit(d, imm ? row->ri : row->rr);
        op->r1 = opnd_reg(&o[0]);
        info_merges(d, op, imm ? row->ri_nf : row->rr_nf, true);
    }
    if (imm) {
        op->imm = o[1].imm.value.u;
    } else {
        op->r2 = opnd_reg(&o[1]);
    }
}

#define BIT(name, kind) \
    void gen_##name(Decoder *d) \
    { \
        gen_bit(d, kind); \
    }
BIT(bt, BIT_BT)
BIT(bts, BIT_BTS)
BIT(btr, BIT_BTR)
BIT(btc, BIT_BTC)

static void gen_scan(Decoder *d, unsigned kind)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned lg = size_log2(opnd_size(&o[0]));
    uint8_t from = gen_value(d, &o[1]);
    Op *op = emit(d, op_scan[kind][1][lg]);

    op->r1 = opnd_reg(&o[0]);
    op->r2 = from;
    if (kind == SCAN_LZCNT || kind == SCAN_TZCNT) {
        info_merges(d, op, op_scan[kind][0][lg], true);
    } else {
        info_sets(d, op, CC_OP_EFLAGS, op_scan[kind][0][lg], true);
    }
}

#define SCAN(name, kind) \
    void gen_##name(Decoder *d) \
    { \
        gen_scan(d, kind); \
    }
SCAN(bsf, SCAN_BSF)
SCAN(bsr, SCAN_BSR)
SCAN(lzcnt, SCAN_LZCNT)
SCAN(tzcnt, SCAN_TZCNT)
SCAN(popcnt, SCAN_POPCNT)

/* ----------------------------------------------------------- BMI and others */

/* Which operands are r2 and r3; 0: none. */
static void gen_bmi(Decoder *d, unsigned kind, int a, int b)
{
    ZydisDecodedOperand *o = d->opnd;
    int mem = is_mem(&o[a]) ? a : b;
    uint8_t ra, rb = SLOT_ZERO;
    Op *op;

    /* At most one of them is memory. */
    ra = a == mem ? gen_value(d, &o[a]) : opnd_reg(&o[a]);
    if (b) {
        rb = b == mem && a != mem ? gen_value(d, &o[b]) : opnd_reg(&o[b]);
    }
    op = emit(d, op_bmi[kind][opnd_size(&o[0]) == 8]);
    op->r1 = opnd_reg(&o[0]);
    op->r2 = ra;
    op->r3 = rb;
    if (kind < BMI_PDEP) {
        info_sets(d, op, CC_OP_EFLAGS, NULL, true);
    } else {
        info_pure(d, op);
    }
}

#define BMI(name, kind, a, b) \
    void gen_##name(Decoder *d) \
    { \
        gen_bmi(d, kind, a, b); \
    }
BMI(andn, BMI_ANDN, 1, 2)
BMI(blsi, BMI_BLSI, 1, 0)
BMI(blsr, BMI_BLSR, 1, 0)
BMI(blsmsk, BMI_BLSMSK, 1, 0)
BMI(bzhi, BMI_BZHI, 1, 2)
BMI(bextr, BMI_BEXTR, 1, 2)
BMI(pdep, BMI_PDEP, 1, 2)
BMI(pext, BMI_PEXT, 1, 2)

static void gen_adx(Decoder *d, bool by_of)
{
    ZydisDecodedOperand *o = d->opnd;
    uint8_t from = gen_value(d, &o[1]);
    Op *op = emit(d, opnd_size(&o[0]) == 8 ? op_adx8 : op_adx4);

    op->r1 = opnd_reg(&o[0]);
    op->r2 = from;
    op->aux = by_of;
    info_merges(d, op, NULL, true);
}

void gen_adcx(Decoder *d)
{
    gen_adx(d, false);
}
void gen_adox(Decoder *d)
{
    gen_adx(d, true);
}

void gen_crc32(Decoder *d)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned lg = size_log2(opnd_size(&o[1]));
    uint8_t from = gen_value(d, &o[1]);
    Op *op = emit(d, op_crc32[lg]);

    op->r1 = opnd_reg(&o[0]);
    op->r2 = from;
    info_pure(d, op);
}
