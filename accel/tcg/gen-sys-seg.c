/*
 * Decoding system instructions that deal with segments: segment registers,
 * descriptor tables, far branches, software interrupts and returns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/gen-sys.h"

int gen_seg(ZydisRegister reg)
{
    switch (reg) {
    case ZYDIS_REGISTER_ES:
        return R_ES;
    case ZYDIS_REGISTER_CS:
        return R_CS;
    case ZYDIS_REGISTER_SS:
        return R_SS;
    case ZYDIS_REGISTER_FS:
        return R_FS;
    case ZYDIS_REGISTER_GS:
        return R_GS;
    default:
        return R_DS;
    }
}

static bool is_seg(const ZydisDecodedOperand *o)
{
    return o->type == ZYDIS_OPERAND_TYPE_REGISTER &&
           ZydisRegisterGetClass(o->reg.value) == ZYDIS_REGCLASS_SEGMENT;
}

/* ------------------------------------------------------- loads and stores */

/* size bytes to r1, zero-extended. */
static const Op *op_sys_load(TcgCpu *t, const Op *op)
{
    uint64_t a = op_ea(t, op), v;

    switch (op->size) {
    case 2:
        v = mem_ld(t, a, 2, op);
        break;
    case 4:
        v = mem_ld(t, a, 4, op);
        break;
    default:
        v = mem_ld(t, a, 8, op);
        break;
    }
    REG64(t, op->r1) = v;
    NEXT(t, op);
}

/* 16 bits of r2. */
static const Op *op_sys_store16(TcgCpu *t, const Op *op)
{
    mem_st(t, op_ea(t, op), REG16(t, op->r2), 2, op);
    NEXT(t, op);
}

/* r2 to a register, in the operand size. */
static const Op *op_sys_set(TcgCpu *t, const Op *op)
{
    switch (op->size) {
    case 2:
        REG16(t, op->r1) = REG64(t, op->r2);
        break;
    case 4:
        SET_REG32(t, op->r1, REG64(t, op->r2));
        break;
    default:
        REG64(t, op->r1) = REG64(t, op->r2);
        break;
    }
    NEXT(t, op);
}

static const Op *op_sys_imm(TcgCpu *t, const Op *op)
{
    REG64(t, op->r1) = op->imm;
    NEXT(t, op);
}

/* The selector of segment aux, to SLOT_T0. */
static const Op *op_sys_selector(TcgCpu *t, const Op *op)
{
    REG64(t, SLOT_T0) = t->env.segs[op->aux].selector;
    NEXT(t, op);
}

static void gen_load(Decoder *d, MemRef m, int plus, unsigned size,
                     uint8_t slot)
{
    Op *op = emit(d, op_sys_load);

    op_set_mem(op, m);
    op->disp += plus;
    op->size = size;
    op->r1 = slot;
}

uint8_t gen_load16(Decoder *d, const ZydisDecodedOperand *o)
{
    if (o->type == ZYDIS_OPERAND_TYPE_REGISTER) {
        return gen_reg(o->reg.value);
    }
    gen_load(d, gen_mem(d, o, 2, false), 0, 2, SLOT_T0);
    return SLOT_T0;
}

/* SLOT_T0 to a register in full, or 16 bits of it to memory. */
static void gen_store_t0(Decoder *d, const ZydisDecodedOperand *o)
{
    Op *op;

    if (o->type == ZYDIS_OPERAND_TYPE_REGISTER) {
        op = emit(d, op_sys_set);
        op->r1 = gen_reg(o->reg.value);
        op->size = o->size / 8;
    } else {
        MemRef m = gen_mem(d, o, 2, true);

        op = emit(d, op_sys_store16);
        op_set_mem(op, m);
    }
    op->r2 = SLOT_T0;
}

/* -------------------------------------------------------- segment registers */

void gen_mov_seg(Decoder *d)
{
    Op *op;

    if (is_seg(&d->opnd[0])) {
        int seg = gen_seg(d->opnd[0].reg.value);
        uint8_t src;

        if (seg == R_CS) {
            gen_undefined(d);
            return;
        }
        src = gen_load16(d, &d->opnd[1]);
        op = emit(d, tcg_op_mov_sreg);
        op->aux = seg;
        op->r2 = src;
        d->end = seg == R_SS || (seg < R_FS && !(d->mode & MODE_CS64));
    } else {
        emit(d, op_sys_selector)->aux = gen_seg(d->opnd[1].reg.value);
        gen_store_t0(d, &d->opnd[0]);
    }
}

/* The size of a stack slot. */
static unsigned stack_size(const Decoder *d)
{
    return d->mode & MODE_CS64 && d->opsize == 4 ? 8 : d->opsize;
}

void gen_pop_seg(Decoder *d)
{
    int seg = gen_seg(d->opnd[0].reg.value);
    Op *op = emit(d, tcg_op_pop_sreg);

    op->aux = seg;
    op->size = stack_size(d);
    d->end = seg == R_SS || (seg < R_FS && !(d->mode & MODE_CS64));
}

/* A far pointer in memory: offset to SLOT_T0, selector to SLOT_T1. */
static void gen_load_pointer(Decoder *d, const ZydisDecodedOperand *o,
                             unsigned size)
{
    MemRef m = gen_mem(d, o, size + 2, false);

    gen_load(d, m, 0, size, SLOT_T0);
    gen_load(d, m, size, 2, SLOT_T1);
}

static void gen_lxs(Decoder *d, int seg)
{
    Op *op;

    gen_load_pointer(d, &d->opnd[1], d->opsize);
    op = emit(d, tcg_op_load_far);
    op->aux = seg;
    op->r1 = gen_reg(d->opnd[0].reg.value);
    op->r2 = SLOT_T1;
    op->r3 = SLOT_T0;
    op->size = d->opsize;
    d->end = seg == R_SS || (seg < R_FS && !(d->mode & MODE_CS64));
}

void gen_lds(Decoder *d)
{
    gen_lxs(d, R_DS);
}

void gen_les(Decoder *d)
{
    gen_lxs(d, R_ES);
}

void gen_lfs(Decoder *d)
{
    gen_lxs(d, R_FS);
}

void gen_lgs(Decoder *d)
{
    gen_lxs(d, R_GS);
}

void gen_lss(Decoder *d)
{
    gen_lxs(d, R_SS);
}

/* ----------------------------------------------------- looking at segments */

static void gen_look(Decoder *d, OpFn *fn, const ZydisDecodedOperand *o)
{
    if (gen_need_protected(d)) {
        uint8_t src = gen_load16(d, o);
        Op *op = emit(d, fn);

        op->r2 = src;
        if (o == &d->opnd[1]) {
            op->r1 = gen_reg(d->opnd[0].reg.value);
            op->size = d->opnd[0].size / 8;
        }
    }
}

void gen_lar(Decoder *d)
{
    gen_look(d, tcg_op_lar, &d->opnd[1]);
}

void gen_lsl(Decoder *d)
{
    gen_look(d, tcg_op_lsl, &d->opnd[1]);
}

void gen_verr(Decoder *d)
{
    gen_look(d, tcg_op_verr, &d->opnd[0]);
}

void gen_verw(Decoder *d)
{
    gen_look(d, tcg_op_verw, &d->opnd[0]);
}

void gen_arpl(Decoder *d)
{
    const ZydisDecodedOperand *o = &d->opnd[0];
    uint8_t src = gen_reg(d->opnd[1].reg.value), dst;
    bool memory = o->type == ZYDIS_OPERAND_TYPE_MEMORY;
    MemRef m = {0};
    Op *op;

    if (!gen_need_protected(d)) {
        return;
    }
    if (memory) {
        m = gen_mem(d, o, 2, true);
        gen_load(d, m, 0, 2, SLOT_T0);
        /* Written back before the flag changes: it may fault. */
        op = emit(d, tcg_op_arpl_value);
        op->r1 = SLOT_T0;
        op->r2 = src;
        op = emit(d, op_sys_store16);
        op_set_mem(op, m);
        op->r2 = SLOT_T1;
        dst = SLOT_T0;
    } else {
        dst = gen_reg(o->reg.value);
    }
    op = emit(d, tcg_op_arpl);
    op->r1 = dst;
    op->r2 = src;
}

/* -------------------------------------------------------- descriptor tables */

/* 2 bytes limit, and a base of 4 or 8; size 2 says that only 3 count. */
static void gen_table(Decoder *d, OpFn *fn, unsigned aux, bool write)
{
    unsigned size = d->mode & MODE_CS64 ? 8 : d->opsize == 2 ? 2 : 4;
    MemRef m = gen_mem(d, &d->opnd[0], size == 8 ? 10 : 6, write);
    Op *op = emit(d, fn);

    op_set_mem(op, m);
    op->size = size;
    op->aux = aux;
}

void gen_lgdt(Decoder *d)
{
    if (gen_need_cpl0(d)) {
        gen_table(d, tcg_op_lgdt, 0, false);
    }
}

void gen_lidt(Decoder *d)
{
    if (gen_need_cpl0(d)) {
        gen_table(d, tcg_op_lidt, 0, false);
    }
}

void gen_sgdt(Decoder *d)
{
    gen_table(d, tcg_op_store_table, 0, true);
}

void gen_sidt(Decoder *d)
{
    gen_table(d, tcg_op_store_table, 1, true);
}

static void gen_load_system(Decoder *d, OpFn *fn)
{
    if (gen_need_protected(d) && gen_need_cpl0(d)) {
        uint8_t src = gen_load16(d, &d->opnd[0]);

        emit(d, fn)->r2 = src;
    }
}

void gen_lldt(Decoder *d)
{
    gen_load_system(d, tcg_op_lldt);
}

void gen_ltr(Decoder *d)
{
    gen_load_system(d, tcg_op_ltr);
}

void gen_store_sel(Decoder *d, unsigned which)
{
    emit(d, tcg_op_store_sel)->aux = which;
    gen_store_t0(d, &d->opnd[0]);
}

void gen_sldt(Decoder *d)
{
    if (gen_need_protected(d)) {
        gen_store_sel(d, 0);
    }
}

void gen_str(Decoder *d)
{
    if (gen_need_protected(d)) {
        gen_store_sel(d, 1);
    }
}

/* ------------------------------------------------------------- far branches */

static void gen_far_operand(Decoder *d)
{
    const ZydisDecodedOperand *o = &d->opnd[0];
    Op *op;

    if (o->type == ZYDIS_OPERAND_TYPE_POINTER) {
        op = emit(d, op_sys_imm);
        op->r1 = SLOT_T0;
        op->imm = d->opsize == 2 ? o->ptr.offset & 0xffff : o->ptr.offset;
        op = emit(d, op_sys_imm);
        op->r1 = SLOT_T1;
        op->imm = o->ptr.segment;
    } else {
        gen_load_pointer(d, o, d->opsize);
    }
}

static void gen_far(Decoder *d, OpFn *fn)
{
    gen_far_operand(d);
    emit(d, fn)->size = d->opsize;
    d->end = true;
}

void gen_far_jmp(Decoder *d)
{
    gen_far(d, tcg_op_far_jmp);
}

void gen_far_call(Decoder *d)
{
    gen_far(d, tcg_op_far_call);
}

void gen_far_ret(Decoder *d)
{
    Op *op = emit(d, tcg_op_far_ret);

    op->size = d->opsize;
    if (d->opnd[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
        d->insn.operand_count_visible > 0) {
        op->imm = d->opnd[0].imm.value.u & 0xffff;
    }
    d->end = true;
}

/* ----------------------------------------------------- interrupts, returns */

static void gen_soft_int(Decoder *d, OpFn *fn, unsigned vector, bool iopl)
{
    Op *op = emit(d, fn);

    op->imm = vector;
    op->aux = iopl;
    d->end = true;
}

void gen_int(Decoder *d)
{
    gen_soft_int(d, tcg_op_int, d->opnd[0].imm.value.u & 0xff, true);
}

void gen_int3(Decoder *d)
{
    gen_soft_int(d, tcg_op_int, EXCP03_INT3, false);
}

void gen_int1(Decoder *d)
{
    gen_soft_int(d, tcg_op_int1, EXCP01_DB, false);
}

void gen_into(Decoder *d)
{
    emit(d, tcg_op_into);
}

void gen_iret(Decoder *d)
{
    bool fast = d->mode & MODE_CS64 && d->opsize == 8;

    emit(d, fast ? tcg_op_iretq : tcg_op_iret)->size = d->opsize;
    d->end = true;
}

void gen_syscall(Decoder *d)
{
    emit(d, tcg_op_syscall);
    d->end = true;
}

void gen_sysret(Decoder *d)
{
    if (!(d->mode & MODE_PE)) {
        gen_undefined(d);
    } else if (gen_need_cpl0(d)) {
        emit(d, tcg_op_sysret)->size = d->opsize;
        d->end = true;
    }
}

void gen_sysenter(Decoder *d)
{
    if (!(d->mode & MODE_PE)) {
        gen_raise(d, EXCP0D_GPF, true, 0);
        return;
    }
    emit(d, tcg_op_sysenter);
    d->end = true;
}

void gen_sysexit(Decoder *d)
{
    if (!(d->mode & MODE_PE)) {
        gen_raise(d, EXCP0D_GPF, true, 0);
    } else if (gen_need_cpl0(d)) {
        emit(d, tcg_op_sysexit)->size = d->opsize;
        d->end = true;
    }
}
