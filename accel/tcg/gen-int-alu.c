/*
 * Generators of arithmetic, logic and the atomic instructions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "gen-int.h"
#include "op-atomic.h"
#include "op-mov.h"

static unsigned alu_leaves(unsigned kind, unsigned size)
{
    return cc_op_of(alu_cc_kind(kind), size);
}

/* What the flag pass and a Jcc behind it have to know. */
static void alu_info(Decoder *d, const Op *op, unsigned kind, unsigned size,
                     OpFn *no_flags, bool pure)
{
    if (kind == ALU_NOT) {
        info_keeps(d, op);
        op_info(d, op)->cannot_exit = pure;
        return;
    }
    info_sets(d, op, alu_leaves(kind, size), no_flags, pure);
    if (alu_reads_carry(kind) || kind == ALU_INC || kind == ALU_DEC) {
        op_info(d, op)->reads_none = false;
    }
}

/* The row of op_cmp_jcc[] for CMP, TEST; NULL: none. */
static const CmpJccOps *fuse_row(unsigned kind, unsigned lg)
{
    switch (kind) {
    case ALU_CMP: return &op_cmp_jcc[FUSE_CMP][lg][0];
    case ALU_TEST: return &op_cmp_jcc[FUSE_TEST][lg][0];
    case ALU_TST: return &op_cmp_jcc[FUSE_TST][lg][0];
    default: return NULL;
    }
}

static const AluOps *rows(unsigned kind, unsigned lg, const AluOps **no_flags)
{
    *no_flags = &op_alu[0][kind][lg];
    return &op_alu[kind != ALU_NOT][kind][lg];
}

#define FUSE(field) (fuse ? &fuse->field : NULL)

static void alu_locked(Decoder *d, unsigned kind, unsigned size)
{
    ZydisDecodedOperand *o = d->opnd;
    uint8_t src = kind < ALU_INC ? gen_value(d, &o[1]) : SLOT_ZERO;
    MemRef m = gen_mem(d, &o[0], size, true);
    Op *op = emit(d, op_alu_locked[kind][size_log2(size)]);

    op_set_mem(op, m);
    op->r2 = src;
    alu_info(d, op, kind, size, NULL, false);
}

/* XOR r, r and SUB r, r: no operand is read. */
static void alu_zero(Decoder *d, unsigned size)
{
    unsigned lg = size_log2(size);
    Op *op = emit(d, op_zero[1][lg]);

    op->r1 = opnd_reg(&d->opnd[0]);
    info_sets(d, op, cc_op_of(CC_LOGIC, size), op_zero[0][lg], true);
}

/* The handler that knows how cc_op tells CF. */
static OpFn *known_carry(const Op *op, unsigned kind, unsigned cc)
{
    const AluOps *special = &op_alu_carry[kind == ALU_SBB][cc];
    const AluOps *any = &op_alu[1][kind][cc & 3];

    if (op->fn == any->rr) {
        return special->rr;
    }
    if (op->fn == any->ri) {
        return special->ri;
    }
    for (int form = 0; form < EA_FORMS; form++) {
        if (op->fn == any->rm[form]) {
            return special->rm[form];
        }
    }
    return NULL;
}
static OpFn *known_adc(const Op *op, unsigned cc)
{
    return known_carry(op, ALU_ADC, cc);
}
static OpFn *known_sbb(const Op *op, unsigned cc)
{
    return known_carry(op, ALU_SBB, cc);
}

static void alu_to_reg(Decoder *d, unsigned kind, unsigned size)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned lg = size_log2(size), form;
    const CmpJccOps *fuse = fuse_row(kind, lg);
    const AluOps *nf, *row = rows(kind, lg, &nf);
    uint8_t to = opnd_reg(&o[0]);
    Op *op;

    if (is_mem(&o[1])) {
        MemRef m = gen_mem(d, &o[1], size, false);

        op = emit(d, NULL);
        op_set_mem(op, m);
        form = ea_form(op);
        op->fn = row->rm[form];
        alu_info(d, op, kind, size, nf->rm[form], false);
        op_info(d, op)->fuse = FUSE(rm[form]);
    } else if (is_imm(&o[1])) {
        op = emit(d, row->ri);
        op->imm = zext(opnd_imm(d, &o[1]), size);
        alu_info(d, op, kind, size, nf->ri, true);
        op_info(d, op)->fuse = FUSE(ri);
    } else {
        op = emit(d, row->rr);
        op->r2 = opnd_reg(&o[1]);
        alu_info(d, op, kind, size, nf->rr, true);
        op_info(d, op)->fuse = FUSE(rr);
    }
    op->r1 = op->r3 = to;
    if (alu_reads_carry(kind)) {
        op_info(d, op)->specialise = kind == ALU_ADC ? known_adc : known_sbb;
    }
    if (!is_mem(&o[1]) && !alu_compares(kind)) {
        gen_merge_move(d, size);
    }
}

static void alu_to_mem(Decoder *d, unsigned kind, unsigned size, bool imm,
                       const ZydisDecodedOperand *mem,
                       const ZydisDecodedOperand *src)
{
    unsigned lg = size_log2(size), form;
    const CmpJccOps *fuse = fuse_row(kind, lg);
    const AluOps *nf, *row = rows(kind, lg, &nf);
    MemRef m = gen_mem(d, mem, size, !alu_compares(kind));
    Op *op = emit(d, NULL);

    op_set_mem(op, m);
    form = ea_form(op);
    if (imm) {
        op->fn = row->mi[form];
        op->imm = src ? zext(opnd_imm(d, src), size) : 0;
        alu_info(d, op, kind, size, nf->mi[form], false);
        op_info(d, op)->fuse = FUSE(mi[form]);
    } else {
        op->fn = row->mr[form];
        op->r2 = opnd_reg(src);
        alu_info(d, op, kind, size, nf->mr[form], false);
        op_info(d, op)->fuse = FUSE(mr[form]);
    }
}

static void gen_binary(Decoder *d, unsigned kind)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned size = opnd_size(&o[0]);
    bool same = is_reg(&o[0]) && is_reg(&o[1]) &&
                o[0].reg.value == o[1].reg.value;

    if (has_lock(d)) {
        alu_locked(d, kind, size);
    } else if (same && (kind == ALU_XOR || kind == ALU_SUB) && size != 2) {
        alu_zero(d, size);
    } else if (same && kind == ALU_TEST) {
        alu_to_reg(d, ALU_TST, size);
    } else if (is_reg(&o[0])) {
        /* TEST r, m is encoded as TEST m, r. */
        if (kind == ALU_TEST && is_mem(&o[1])) {
            alu_to_mem(d, kind, size, false, &o[1], &o[0]);
        } else {
            alu_to_reg(d, kind, size);
        }
    } else {
        alu_to_mem(d, kind, size, is_imm(&o[1]), &o[0], &o[1]);
    }
}

static void gen_unary(Decoder *d, unsigned kind)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned size = opnd_size(&o[0]);
    const AluOps *nf, *row = rows(kind, size_log2(size), &nf);

    /* NOT has only forms without flags. */
    row = kind == ALU_NOT ? nf : row;
    if (has_lock(d)) {
        alu_locked(d, kind, size);
    } else if (is_reg(&o[0])) {
        Op *op = emit(d, row->rr);

        op->r1 = op->r3 = opnd_reg(&o[0]);
        alu_info(d, op, kind, size, nf->rr, true);
        gen_merge_move(d, size);
    } else {
        alu_to_mem(d, kind, size, true, &o[0], NULL);
    }
}

#define BINARY(name, kind) \
    void gen_##name(Decoder *d) \
    { \
        gen_binary(d, kind); \
    }
#define UNARY(name, kind) \
    void gen_##name(Decoder *d) \
    { \
        gen_unary(d, kind); \
    }
BINARY(add, ALU_ADD)
BINARY(or, ALU_OR)
BINARY(adc, ALU_ADC)
BINARY(sbb, ALU_SBB)
BINARY(and, ALU_AND)
BINARY(sub, ALU_SUB)
BINARY(xor, ALU_XOR)
BINARY(cmp, ALU_CMP)
BINARY(test, ALU_TEST)
UNARY(inc, ALU_INC)
UNARY(dec, ALU_DEC)
UNARY(neg, ALU_NEG)
UNARY(not, ALU_NOT)

/* ----------------------------------------------- XCHG, XADD, CMPXCHG ... */

/* The register of the operand that is one, and memory if the other is. */
static Op *gen_exchange(Decoder *d, OpFn *const *rr, OpFn *const *mem)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned size = opnd_size(&o[0]);
    int reg = is_mem(&o[0]) ? 1 : 0;
    Op *op;

    if (is_mem(&o[0]) || is_mem(&o[1])) {
        MemRef m = gen_mem(d, &o[!reg], size, true);

        op = emit(d, mem[size_log2(size)]);
        op_set_mem(op, m);
        op->r1 = op->r2 = opnd_reg(&o[reg]);
    } else {
        op = emit(d, rr[size_log2(size)]);
        op->r1 = opnd_reg(&o[0]);
        op->r2 = opnd_reg(&o[1]);
        op_info(d, op)->cannot_exit = true;
    }
    return op;
}

void gen_xchg(Decoder *d)
{
    Op *op = gen_exchange(d, op_xchg_rr, op_xchg_mem);
    bool pure = op_info(d, op)->cannot_exit;

    info_keeps(d, op);
    op_info(d, op)->cannot_exit = pure;
}

void gen_xadd(Decoder *d)
{
    Op *op = gen_exchange(d, op_xadd_rr, op_xadd_mem);

    info_sets(d, op, cc_op_of(CC_ADD, opnd_size(&d->opnd[0])), NULL,
              op_info(d, op)->cannot_exit);
}

void gen_cmpxchg(Decoder *d)
{
    Op *op = gen_exchange(d, op_cmpxchg_rr, op_cmpxchg_mem);

    info_sets(d, op, cc_op_of(CC_SUB, opnd_size(&d->opnd[0])), NULL,
              op_info(d, op)->cannot_exit);
}

static void gen_cmpxchg_wide(Decoder *d, OpFn *fn, unsigned size)
{
    MemRef m = gen_mem(d, &d->opnd[0], size, true);
    Op *op = emit(d, fn);

    op_set_mem(op, m);
    info_merges(d, op, NULL, false);
}

void gen_cmpxchg8b(Decoder *d)
{
    gen_cmpxchg_wide(d, op_cmpxchg8b, 8);
}

void gen_cmpxchg16b(Decoder *d)
{
    gen_cmpxchg_wide(d, op_cmpxchg16b, 16);
}
