/*
 * x87 loads, stores and moves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "x87-internal.h"

/* Pushes v, or what overflow of the stack gives. */
static ALWAYS_INLINE void push_value(TcgCpu *t, const FPReg *v)
{
    FPReg *r = fpu_push(t);

    r->mant = v->mant;
    r->se = v->se;
}

/* ST(7) is in use: the push overflows. True if that was dealt with. */
static ALWAYS_INLINE bool push_overflows(TcgCpu *t)
{
    if (likely(fpu_is_empty(t, 7))) {
        return false;
    }
    if (fpu_stack_fault(t, true)) {
        push_value(t, &fpu_indefinite);
    }
    return true;
}

/* ------------------------------------------------------------------ loads */

const Op *op_fld_st(TcgCpu *t, const Op *op)
{
    FPReg v;

    fpu_begin(t, op);
    fpu_note(t, op);
    if (unlikely(fpu_is_empty(t, op->aux))) {
        if (fpu_stack_fault(t, false)) {
            push_value(t, &fpu_indefinite);
        }
    } else if (!push_overflows(t)) {
        v = *fpu_st(t, op->aux);
        t->env.fpus &= ~FPUS_C1;
        push_value(t, &v);
    }
    NEXT(t, op);
}

/* With the denormal exception unmasked processors differ: some load the value
 * nevertheless. The host did if anything was there to take off its stack. */
static COLD bool was_loaded(uint16_t sw, const FPReg *r)
{
    return !(sw & FPUS_IE) && r->se != fpu_indefinite.se;
}

/* insn converts; it may raise invalid (SNaN) and denormal. */
#define LOAD(fn, insn, type, bytes) \
    const Op *fn(TcgCpu *t, const Op *op) \
    { \
        uint64_t a; \
        uint16_t sw; \
        type v; \
        FPReg r; \
\
        fpu_begin(t, op); \
        a = op_ea(t, op); \
        v = mem_ld(t, a, bytes, op); \
        fpu_note_mem(t, op, a); \
        if (!push_overflows(t)) { \
            FPU_EXEC(t, sw, "", insn " %[v]", "fstpt %[r]", \
                     L(, [r] "=m"(r)), L([v] "m"(v))); \
            if (fpu_result(t, sw) || was_loaded(sw, &r)) { \
                push_value(t, &r); \
            } \
        } \
        NEXT(t, op); \
    }
LOAD(op_fld_m32, "flds", uint32_t, 4)
LOAD(op_fld_m64, "fldl", uint64_t, 8)
LOAD(op_fild_i16, "filds", uint16_t, 2)
LOAD(op_fild_i32, "fildl", uint32_t, 4)
LOAD(op_fild_i64, "fildll", uint64_t, 8)

/* 10 bytes of memory, as they are. */
static void load_80(TcgCpu *t, uint64_t a, FPReg *v, const Op *op)
{
    v->mant = mem_ld(t, a, 8, op);
    v->se = mem_ld(t, a + 8, 2, op);
}

static void store_80(TcgCpu *t, uint64_t a, const FPReg *v, const Op *op)
{
    mem_check_write(t, a, 10, op);
    mem_st(t, a, v->mant, 8, op);
    mem_st(t, a + 8, v->se, 2, op);
}

const Op *op_fld_m80(TcgCpu *t, const Op *op)
{
    uint64_t a;
    FPReg v;

    fpu_begin(t, op);
    a = op_ea(t, op);
    load_80(t, a, &v, op);
    fpu_note_mem(t, op, a);
    if (!push_overflows(t)) {
        t->env.fpus &= ~FPUS_C1;
        push_value(t, &v);
    }
    NEXT(t, op);
}

const Op *op_fbld(TcgCpu *t, const Op *op)
{
    uint64_t a;
    uint16_t sw;
    FPReg v, r;

    fpu_begin(t, op);
    a = op_ea(t, op);
    load_80(t, a, &v, op);
    fpu_note_mem(t, op, a);
    if (!push_overflows(t)) {
        FPU_EXEC(t, sw, "", "fbld %[v]", "fstpt %[r]", L(, [r] "=m"(r)),
                 L([v] "m"(v)));
        if (fpu_result(t, sw)) {
            push_value(t, &r);
        }
    }
    NEXT(t, op);
}

/* ----------------------------------------------------------------- stores */

/* Exceptions that prevent a store to memory if unmasked. */
#define NO_STORE (FPUS_IE | FPUS_OE | FPUS_UE)

/* After a conversion for memory whose flags are sw: whether to store. */
static ALWAYS_INLINE bool may_store(const TcgCpu *t, uint16_t sw)
{
    return likely(!(sw & ~t->env.fpuc & NO_STORE));
}

static ALWAYS_INLINE void stored(TcgCpu *t, uint16_t sw, bool pop)
{
    bool done = may_store(t, sw);

    fpu_result(t, sw);
    if (pop && done) {
        fpu_pop(t);
    }
}

/* The status word of storing an empty register. */
#define SW_EMPTY (FPUS_IE | FPUS_SF)

/* insn converts ST(0), whether it pops or not; `invalid` is stored for an
 * empty register. */
#define STORE(fn, insn, type, bytes, invalid, pop) \
    const Op *fn(TcgCpu *t, const Op *op) \
    { \
        type v = invalid; \
        uint16_t sw = SW_EMPTY; \
        uint64_t a; \
\
        fpu_begin(t, op); \
        a = op_ea(t, op); \
        if (likely(!fpu_is_empty(t, 0))) { \
            FPU_EXEC(t, sw, "fldt %[s]", insn " %[v]", FPU_DROP, \
                     L(, [v] "=m"(v)), L([s] "m"(*fpu_st(t, 0)))); \
            sw &= ~FPUS_SF; \
        } \
        if (may_store(t, sw)) { \
            mem_st(t, a, v, bytes, op); \
        } else { \
            mem_check_write(t, a, bytes, op); \
        } \
        fpu_note_mem(t, op, a); \
        t->env.fpus |= sw & FPUS_SF; \
        stored(t, sw, pop); \
        NEXT(t, op); \
    }
STORE(op_fst_m32, "fsts", uint32_t, 4, 0xffc00000, op->size)
STORE(op_fst_m64, "fstl", uint64_t, 8, 0xfff8000000000000, op->size)
STORE(op_fist_i16, "fists", uint16_t, 2, 0x8000, op->size)
STORE(op_fist_i32, "fistl", uint32_t, 4, 0x80000000, op->size)
STORE(op_fistp_i64, "fistpll", uint64_t, 8, 0x8000000000000000, true)
STORE(op_fisttp_i16, "fisttps", uint16_t, 2, 0x8000, true)
STORE(op_fisttp_i32, "fisttpl", uint32_t, 4, 0x80000000, true)
STORE(op_fisttp_i64, "fisttpll", uint64_t, 8, 0x8000000000000000, true)

const Op *op_fstp_m80(TcgCpu *t, const Op *op)
{
    bool empty, done = true;
    uint64_t a;

    fpu_begin(t, op);
    a = op_ea(t, op);
    empty = fpu_is_empty(t, 0);
    if (!empty || (t->env.fpuc & FPUS_IE)) {
        store_80(t, a, empty ? &fpu_indefinite : fpu_st(t, 0), op);
    } else {
        mem_check_write(t, a, 10, op);
    }
    fpu_note_mem(t, op, a);
    t->env.fpus &= ~FPUS_C1;
    if (empty) {
        done = fpu_stack_fault(t, false);
    }
    if (done) {
        fpu_pop(t);
    }
    NEXT(t, op);
}

const Op *op_fbstp(TcgCpu *t, const Op *op)
{
    FPReg v = fpu_indefinite; /* the BCD one looks the same */
    uint16_t sw = SW_EMPTY;
    uint64_t a;

    fpu_begin(t, op);
    a = op_ea(t, op);
    if (!fpu_is_empty(t, 0)) {
        FPU_EXEC(t, sw, "fldt %[s]", "fbstp %[v]", FPU_DROP, L(, [v] "=m"(v)),
                 L([s] "m"(*fpu_st(t, 0))));
        sw &= ~FPUS_SF;
    }
    if (may_store(t, sw)) {
        store_80(t, a, &v, op);
    } else {
        mem_check_write(t, a, 10, op);
    }
    fpu_note_mem(t, op, a);
    t->env.fpus |= sw & FPUS_SF;
    stored(t, sw, true);
    NEXT(t, op);
}

/* -------------------------------------------------------------- registers */

const Op *op_fst_st(TcgCpu *t, const Op *op)
{
    const FPReg *v = &fpu_indefinite;

    fpu_begin(t, op);
    fpu_note(t, op);
    if (likely(!fpu_is_empty(t, 0))) {
        v = fpu_st(t, 0);
        t->env.fpus &= ~FPUS_C1;
    } else if (!fpu_stack_fault(t, false)) {
        NEXT(t, op);
    }
    fpu_set(t, op->aux, v);
    if (op->size) {
        fpu_pop(t);
    }
    NEXT(t, op);
}

/* D9 D8+i: FSTP that does not mind an empty register, and only pops it. */
const Op *op_fstpnce(TcgCpu *t, const Op *op)
{
    fpu_begin(t, op);
    fpu_note(t, op);
    t->env.fpus &= ~FPUS_C1;
    if (!fpu_is_empty(t, 0)) {
        fpu_set(t, op->aux, fpu_st(t, 0));
    }
    fpu_pop(t);
    NEXT(t, op);
}

const Op *op_fxch(TcgCpu *t, const Op *op)
{
    FPReg a, b;

    fpu_begin(t, op);
    fpu_note(t, op);
    a = *fpu_st(t, 0);
    b = *fpu_st(t, op->aux);
    t->env.fpus &= ~FPUS_C1;
    if (unlikely(fpu_is_empty(t, 0) || fpu_is_empty(t, op->aux))) {
        if (!fpu_stack_fault(t, false)) {
            NEXT(t, op);
        }
        a = fpu_is_empty(t, 0) ? fpu_indefinite : a;
        b = fpu_is_empty(t, op->aux) ? fpu_indefinite : b;
    }
    fpu_set(t, 0, &b);
    fpu_set(t, op->aux, &a);
    NEXT(t, op);
}

/* Op.size: the condition as of Jcc. */
const Op *op_fcmov(TcgCpu *t, const Op *op)
{
    FPReg v;

    fpu_begin(t, op);
    fpu_note(t, op);
    if (unlikely(fpu_is_empty(t, 0) || fpu_is_empty(t, op->aux))) {
        if (fpu_stack_fault(t, false)) {
            fpu_set(t, 0, &fpu_indefinite);
        }
    } else if (tcg_test_cc(t, op->size)) {
        v = *fpu_st(t, op->aux);
        fpu_set(t, 0, &v);
    }
    NEXT(t, op);
}

const Op *op_ffree(TcgCpu *t, const Op *op)
{
    fpu_begin(t, op);
    fpu_note(t, op);
    t->env.fptags |= 1 << ((fpu_top(t) + op->aux) & 7);
    t->env.fpus &= ~FPUS_C1;
    if (op->size) { /* FFREEP */
        fpu_pop(t);
    }
    NEXT(t, op);
}

const Op *op_fincstp(TcgCpu *t, const Op *op)
{
    fpu_begin(t, op);
    fpu_note(t, op);
    fpu_set_top(t, fpu_top(t) + 1);
    t->env.fpus &= ~FPUS_C1;
    NEXT(t, op);
}

const Op *op_fdecstp(TcgCpu *t, const Op *op)
{
    fpu_begin(t, op);
    fpu_note(t, op);
    fpu_set_top(t, fpu_top(t) - 1);
    t->env.fpus &= ~FPUS_C1;
    NEXT(t, op);
}
