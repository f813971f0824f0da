/*
 * Generators of moves, extensions, and what all integer generators share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "gen-int.h"
#include "op-mov.h"

/* ------------------------------------------------------------------ shared */

uint64_t opnd_imm(const Decoder *d, const ZydisDecodedOperand *o)
{
    uint64_t v = o->imm.value.u;

    switch (d->insn.raw.imm[0].size) {
    case 8: return (int8_t)v;
    case 16: return (int16_t)v;
    case 32: return (int32_t)v;
    default: return v;
    }
}

void info_keeps(Decoder *d, const Op *op)
{
    *op_info(d, op) = (OpInfo){.reads_none = true, .writes_none = true};
}

void info_pure(Decoder *d, const Op *op)
{
    info_keeps(d, op);
    op_info(d, op)->cannot_exit = true;
}

void info_sets(Decoder *d, const Op *op, unsigned cc_op, OpFn *no_flags,
               bool pure)
{
    *op_info(d, op) = (OpInfo){
        .no_flags = no_flags,
        .sets_all = true,
        .reads_none = true,
        .cannot_exit = pure,
        .leaves_cc = cc_op + 1,
    };
}

void info_merges(Decoder *d, const Op *op, OpFn *no_flags, bool pure)
{
    *op_info(d, op) = (OpInfo){
        .no_flags = no_flags,
        .cannot_exit = pure,
        .leaves_cc = CC_OP_EFLAGS + 1,
    };
}

void gen_load(Decoder *d, uint8_t r, const ZydisDecodedOperand *o,
              unsigned size)
{
    MemRef m = gen_mem(d, o, size, false);
    Op *op = emit(d, NULL);

    op_set_mem(op, m);
    op->r1 = r;
    op->fn = op_mov_rm[size_log2(size)][ea_form(op)];
    info_keeps(d, op);
}

void gen_store(Decoder *d, uint8_t r, MemRef m, unsigned size)
{
    Op *op = emit(d, NULL);

    op_set_mem(op, m);
    op->r2 = r;
    op->fn = op_mov_mr[size_log2(size)][ea_form(op)];
    info_keeps(d, op);
}

static void gen_const(Decoder *d, uint8_t r, uint64_t v, unsigned size)
{
    Op *op = emit(d, op_mov_ri[size_log2(size)]);

    op->r1 = r;
    op->imm = v;
    info_pure(d, op);
}

uint8_t gen_value(Decoder *d, const ZydisDecodedOperand *o)
{
    if (is_reg(o)) {
        return opnd_reg(o);
    }
    if (is_mem(o)) {
        gen_load(d, SLOT_T0, o, opnd_size(o));
    } else {
        gen_const(d, SLOT_T0, opnd_imm(d, o), 8);
    }
    return SLOT_T0;
}

/* --------------------------------------------------------------------- MOV */

static void gen_copy(Decoder *d, OpFn *fn, uint8_t to, uint8_t from)
{
    Op *op = emit(d, fn);

    op->r1 = to;
    op->r2 = from;
    info_pure(d, op);
}

void gen_merge_move(Decoder *d, unsigned size)
{
    unsigned last = d->b->nr_ops - 1;
    Op *op = &d->b->ops[last], *mov, merged = *op;

    if (last == 0 || size < 4) {
        return;
    }
    /* A 32-bit copy has cleared what a 64-bit operation would read. */
    mov = op - 1;
    if (mov->r1 != op->r1 ||
        !(mov->fn == op_mov_rr[3] ||
          (mov->fn == op_mov_rr[2] && size == 4))) {
        return;
    }
    merged.r3 = mov->r2;
    merged.r2 = op->r2 == op->r1 ? mov->r2 : op->r2;
    /* It stands for both instructions, and begins where the first does. */
    merged.pos = mov->pos;
    merged.ip_off = mov->ip_off;
    *mov = merged;
    d->info[last - 1] = d->info[last];
    d->b->nr_ops--;
}

/* Segment, control and debug registers have no offset in regs[]. */
static bool is_general(const ZydisDecodedOperand *o)
{
    return !is_reg(o) || opnd_reg(o) != SLOT_ZERO;
}

static void mov_to_mem(Decoder *d, unsigned size)
{
    ZydisDecodedOperand *o = d->opnd;
    MemRef m = gen_mem(d, &o[0], size, true);

    if (is_reg(&o[1])) {
        gen_store(d, opnd_reg(&o[1]), m, size);
    } else {
        Op *op = emit(d, NULL);

        op_set_mem(op, m);
        op->imm = opnd_imm(d, &o[1]);
        op->fn = op_mov_mi[size_log2(size)][ea_form(op)];
        info_keeps(d, op);
    }
}

void gen_mov(Decoder *d)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned size = opnd_size(&o[0]);

    if (!is_general(&o[0]) || !is_general(&o[1])) {
        gen_mov_system(d);
    } else if (is_mem(&o[0])) {
        mov_to_mem(d, size);
    } else if (is_mem(&o[1])) {
        gen_load(d, opnd_reg(&o[0]), &o[1], size);
    } else if (is_imm(&o[1])) {
        gen_const(d, opnd_reg(&o[0]), opnd_imm(d, &o[1]), size);
    } else {
        gen_copy(d, op_mov_rr[size_log2(size)], opnd_reg(&o[0]),
                 opnd_reg(&o[1]));
    }
}

void gen_movnti(Decoder *d)
{
    mov_to_mem(d, opnd_size(&d->opnd[0]));
}

/* ------------------------------------------------------------- extensions */

static void gen_extend(Decoder *d, const ExtendOps table[3][4])
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned from = opnd_size(&o[1]), to = opnd_size(&o[0]);
    const ExtendOps *row = &table[size_log2(from)][size_log2(to)];

    if (is_mem(&o[1])) {
        MemRef m = gen_mem(d, &o[1], from, false);
        Op *op = emit(d, NULL);

        op_set_mem(op, m);
        op->r1 = opnd_reg(&o[0]);
        op->fn = row->rm[ea_form(op)];
        info_keeps(d, op);
    } else {
        gen_copy(d, row->rr, opnd_reg(&o[0]), opnd_reg(&o[1]));
    }
}

void gen_movzx(Decoder *d)
{
    gen_extend(d, op_movzx);
}

void gen_movsx(Decoder *d)
{
    gen_extend(d, op_movsx);
}

#define ACCUMULATOR(name, fn, to, from) \
    void gen_##name(Decoder *d) \
    { \
        gen_copy(d, fn, REG_OFF(to), REG_OFF(from)); \
    }
ACCUMULATOR(cbw, op_movsx[0][1].rr, R_EAX, R_EAX)
ACCUMULATOR(cwde, op_movsx[1][2].rr, R_EAX, R_EAX)
ACCUMULATOR(cdqe, op_movsx[2][3].rr, R_EAX, R_EAX)
ACCUMULATOR(cwd, op_sign[1], R_EDX, R_EAX)
ACCUMULATOR(cdq, op_sign[2], R_EDX, R_EAX)
ACCUMULATOR(cqo, op_sign[3], R_EDX, R_EAX)

/* -------------------------------------------------------- LEA, byte order */

void gen_lea_insn(Decoder *d)
{
    unsigned size = opnd_size(&d->opnd[0]);
    MemRef m = gen_lea(d, &d->opnd[1]);
    Op *op = emit(d, NULL);

    op_set_mem(op, m);
    op->r1 = opnd_reg(&d->opnd[0]);
    op->fn = op_lea[size_log2(size)][ea_form(op)];
    info_pure(d, op);
}

void gen_bswap(Decoder *d)
{
    unsigned size = opnd_size(&d->opnd[0]);
    Op *op = emit(d, size == 2   ? op_bswap2
                     : size == 4 ? op_bswap4
                                 : op_bswap8);

    op->r1 = opnd_reg(&d->opnd[0]);
    info_pure(d, op);
}

void gen_movbe(Decoder *d)
{
    ZydisDecodedOperand *o = d->opnd;
    bool store = is_mem(&o[0]);
    unsigned lg = size_log2(opnd_size(&o[0]));
    MemRef m = gen_mem(d, &o[!store], opnd_size(&o[0]), store);
    Op *op = emit(d, store ? op_movbe_mr[lg] : op_movbe_rm[lg]);

    op_set_mem(op, m);
    op->r1 = op->r2 = opnd_reg(&o[store]);
    info_keeps(d, op);
}
