/*
 * Generators of the stack, near branches and conditions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "gen-int.h"
#include "op-branch.h"
#include "op-mov.h"

/* ------------------------------------------------------------------- stack */

/* 64-bit code pushes 8 bytes, or 2. */
static unsigned stack_size(const Decoder *d)
{
    return (d->mode & MODE_CS64) && d->opsize != 2 ? 8 : d->opsize;
}

static bool is_fast(const Decoder *d, unsigned size)
{
    return (d->mode & MODE_CS64) && size == 8;
}

static Op *emit_sized(Decoder *d, OpFn *fn, unsigned size)
{
    Op *op = emit(d, fn);

    op->size = size;
    op->base = REG_OFF(R_ESP);
    info_keeps(d, op);
    return op;
}

static int segment_of_reg(ZydisRegister r)
{
    return r >= ZYDIS_REGISTER_ES && r <= ZYDIS_REGISTER_GS
               ? (int)(r - ZYDIS_REGISTER_ES)
               : -1;
}

/* The last two Ops do the same with registers that are not RSP: the first
 * becomes `both`. */
static void gen_pair(Decoder *d, OpFn *one, OpFn *both)
{
    unsigned n = d->b->nr_ops;
    Op *op = d->b->ops;

    if (n >= 2 && op[n - 1].fn == one && op[n - 2].fn == one &&
        op[n - 1].r1 != REG_OFF(R_ESP) && op[n - 2].r1 != REG_OFF(R_ESP)) {
        op[n - 2].fn = both;
    }
}

void gen_push(Decoder *d)
{
    ZydisDecodedOperand *o = &d->opnd[0];
    unsigned size = stack_size(d);
    bool fast = is_fast(d, size);

    if (is_imm(o)) {
        emit_sized(d, fast ? op_push_i64 : op_push_i, size)->imm =
            opnd_imm(d, o);
    } else if (is_reg(o) && segment_of_reg(o->reg.value) >= 0) {
        emit_sized(d, op_push_seg, size)->aux = segment_of_reg(o->reg.value);
    } else {
        uint8_t r = gen_value(d, o);

        emit_sized(d, fast ? op_push_r64 : op_push_r, size)->r1 = r;
        gen_pair(d, op_push_r64, op_push2_r64);
    }
}

/* The address is computed with the stack pointer already moved. */
static void pop_to_mem(Decoder *d, unsigned size)
{
    ZydisDecodedOperand o = d->opnd[0];

    emit_sized(d, op_stack_peek, size)->r1 = SLOT_T0;
    if (o.mem.base == ZYDIS_REGISTER_RSP || o.mem.base == ZYDIS_REGISTER_ESP) {
        o.mem.disp.value += size;
    }
    gen_store(d, SLOT_T0, gen_mem(d, &o, size, true), size);
    emit_sized(d, op_stack_drop, size);
}

void gen_pop(Decoder *d)
{
    ZydisDecodedOperand *o = &d->opnd[0];
    unsigned size = stack_size(d);

    if (is_mem(o)) {
        pop_to_mem(d, size);
    } else if (segment_of_reg(o->reg.value) >= 0) {
        gen_pop_seg(d);
    } else {
        emit_sized(d, is_fast(d, size) ? op_pop_r64 : op_pop_r, size)->r1 =
            opnd_reg(o);
        gen_pair(d, op_pop_r64, op_pop2_r64);
    }
}

void gen_pusha(Decoder *d)
{
    emit_sized(d, op_pusha, d->opsize);
}
void gen_popa(Decoder *d)
{
    emit_sized(d, op_popa, d->opsize);
}

void gen_enter(Decoder *d)
{
    Op *op = emit_sized(d, op_enter, stack_size(d));

    op->imm = d->opnd[0].imm.value.u & UINT16_MAX;
    op->aux = d->opnd[1].imm.value.u & 31;
}

void gen_leave(Decoder *d)
{
    unsigned size = stack_size(d);

    emit_sized(d, is_fast(d, size) ? op_leave64 : op_leave, size);
}

void gen_pushf(Decoder *d)
{
    Op *op = emit_sized(d, op_pushf, stack_size(d));

    op_info(d, op)->reads_none = false;
}

void gen_popf(Decoder *d)
{
    Op *op = emit_sized(d, op_popf, stack_size(d));

    op->imm = d->next_rip;
    op_info(d, op)->writes_none = false;
    gen_goto(d, d->next_rip);
}

/* ---------------------------------------------------------------- branches */

static bool is_far(const Decoder *d)
{
    return d->insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;
}

static unsigned branch_size(const Decoder *d)
{
    return d->mode & MODE_CS64 ? 8 : d->opsize;
}

static uint64_t branch_target(const Decoder *d)
{
    return zext(d->next_rip + d->opnd[0].imm.value.u, branch_size(d));
}

/* Outside of 64-bit code a target may be beyond CS, and faults here. */
static void gen_jump(Decoder *d, uint64_t rip)
{
    if (!(d->mode & MODE_CS64) && rip > d->t->env.segs[R_CS].limit) {
        Op *op = emit(d, op_check_target);

        op->imm = rip;
    }
    gen_goto(d, rip);
}

void gen_jmp(Decoder *d)
{
    ZydisDecodedOperand *o = &d->opnd[0];
    unsigned size = branch_size(d);

    if (is_far(d)) {
        gen_far_jmp(d);
    } else if (is_imm(o)) {
        gen_jump(d, branch_target(d));
    } else {
        uint8_t r = gen_value(d, o);

        emit_sized(d, size == 8 ? op_jmp_ind64 : op_jmp_ind, size)->r1 = r;
        d->end = true;
    }
}

void gen_call(Decoder *d)
{
    ZydisDecodedOperand *o = &d->opnd[0];
    unsigned size = branch_size(d);
    Op *op;

    if (is_far(d)) {
        gen_far_call(d);
    } else if (is_imm(o)) {
        uint64_t rip = branch_target(d);

        if (!(d->mode & MODE_CS64) && rip > d->t->env.segs[R_CS].limit) {
            emit(d, op_check_target)->imm = rip;
        }
        op = emit_sized(d, size == 8 ? op_call64 : op_call, size);
        op->imm = d->next_rip;
        gen_goto(d, rip);
    } else {
        uint8_t r = gen_value(d, o);

        op = emit_sized(d, size == 8 ? op_call_ind64 : op_call_ind, size);
        op->r1 = r;
        op->imm = d->next_rip;
        d->end = true;
    }
}

void gen_ret(Decoder *d)
{
    unsigned size = branch_size(d);
    Op *op;

    if (is_far(d)) {
        gen_far_ret(d);
        return;
    }
    op = emit_sized(d, size == 8 ? op_ret64 : op_ret, size);
    if (d->insn.operand_count_visible && is_imm(&d->opnd[0])) {
        op->imm = d->opnd[0].imm.value.u & UINT16_MAX;
    }
    d->end = true;
}

/*
 * The two ways on, right behind a conditional jump. Beyond the limit of CS the
 * fetch faults, one instruction later than the processor would; only code that
 * leaves its segment can tell.
 */
static void gen_two_ways(Decoder *d)
{
    gen_goto(d, d->next_rip);
    gen_goto(d, branch_target(d));
}

/* ------------------------------------------------------------- conditions */

static OpFn *known_jcc(const Op *op, unsigned cc)
{
    return op_cond[READ_JCC][cc][op->aux];
}
static OpFn *known_setcc(const Op *op, unsigned cc)
{
    return op_cond[READ_SETCC][cc][op->aux];
}
static OpFn *known_cmov4(const Op *op, unsigned cc)
{
    return op_cond[READ_CMOV4][cc][op->aux];
}
static OpFn *known_cmov8(const Op *op, unsigned cc)
{
    return op_cond[READ_CMOV8][cc][op->aux];
}

static unsigned cond_of(const Decoder *d)
{
    return d->insn.opcode & 15;
}

static Op *emit_reader(Decoder *d, unsigned reader)
{
    static OpFn *(*const known[READ_COUNT])(const Op *, unsigned) = {
        known_jcc, known_setcc, known_cmov4, known_cmov8,
    };
    Op *op = emit(d, op_cond_any[reader]);

    op->aux = cond_of(d);
    *op_info(d, op) = (OpInfo){
        .writes_none = true,
        .cannot_exit = reader != READ_JCC,
        .specialise = known[reader],
    };
    return op;
}

/* CMP or TEST right before becomes one Op with the jump. */
static bool fuse_with_previous(Decoder *d)
{
    Block *b = d->b;
    const OpInfo *info;
    OpFn *fn;

    if (b->nr_ops == 0) {
        return false;
    }
    info = &d->info[b->nr_ops - 1];
    if (!info->fuse) {
        return false;
    }
    fn = *(OpFn *const *)((const char *)info->fuse +
                          cond_of(d) * sizeof(CmpJccOps));
    if (!fn) {
        return false;
    }
    b->ops[b->nr_ops - 1].fn = fn;
    d->info[b->nr_ops - 1].cannot_exit = false;
    return true;
}

void gen_jcc(Decoder *d)
{
    if (!fuse_with_previous(d)) {
        emit_reader(d, READ_JCC);
    }
    gen_two_ways(d);
}

void gen_setcc(Decoder *d)
{
    ZydisDecodedOperand *o = &d->opnd[0];

    if (is_mem(o)) {
        emit_reader(d, READ_SETCC)->r1 = SLOT_T0;
        gen_store(d, SLOT_T0, gen_mem(d, o, 1, true), 1);
    } else {
        emit_reader(d, READ_SETCC)->r1 = opnd_reg(o);
    }
}

static void gen_mov16(Decoder *d, uint8_t to, uint8_t from)
{
    Op *op = emit(d, op_mov_rr[1]);

    op->r1 = to;
    op->r2 = from;
    info_pure(d, op);
}

void gen_cmovcc(Decoder *d)
{
    ZydisDecodedOperand *o = d->opnd;
    unsigned size = opnd_size(&o[0]);
    uint8_t from = gen_value(d, &o[1]), to = opnd_reg(&o[0]);
    Op *op;

    if (size == 2) {
        gen_mov16(d, SLOT_T1, to);
    }
    op = emit_reader(d, size == 8 ? READ_CMOV8 : READ_CMOV4);
    op->r1 = size == 2 ? SLOT_T1 : to;
    op->r2 = from;
    if (size == 2) {
        gen_mov16(d, to, SLOT_T1);
    }
}

/* -------------------------------------------------------------- JCXZ, LOOP */

static void gen_counted(Decoder *d, OpFn *fn)
{
    Op *op = emit(d, fn);

    op->size = d->adsize;
    gen_two_ways(d);
}

void gen_jcxz(Decoder *d)
{
    gen_counted(d, op_jcxz);
}
void gen_loop(Decoder *d)
{
    gen_counted(d, op_loop);
}
void gen_loope(Decoder *d)
{
    gen_counted(d, op_loope);
}
void gen_loopne(Decoder *d)
{
    gen_counted(d, op_loopne);
}
