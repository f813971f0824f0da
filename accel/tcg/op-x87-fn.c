/*
 * x87 functions of ST(0) and ST(1), and constants.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "x87-internal.h"

/* ST(0) is empty: it becomes the indefinite value if that is masked. */
static COLD void empty_operand(TcgCpu *t)
{
    if (fpu_stack_fault(t, false)) {
        fpu_set(t, 0, &fpu_indefinite);
    }
}

const Op *op_fchs(TcgCpu *t, const Op *op)
{
    fpu_begin(t, op);
    fpu_note(t, op);
    if (fpu_is_empty(t, 0)) {
        empty_operand(t);
    } else {
        t->env.fpus &= ~FPUS_C1;
        fpu_st(t, 0)->se ^= 0x8000;
    }
    NEXT(t, op);
}

const Op *op_fabs(TcgCpu *t, const Op *op)
{
    fpu_begin(t, op);
    fpu_note(t, op);
    if (fpu_is_empty(t, 0)) {
        empty_operand(t);
    } else {
        t->env.fpus &= ~FPUS_C1;
        fpu_st(t, 0)->se &= 0x7fff;
    }
    NEXT(t, op);
}

/* ST(0) = f(ST(0)). cc: condition codes that the function decides. */
#define UNARY(name, cc) \
    const Op *op_##name(TcgCpu *t, const Op *op) \
    { \
        uint16_t sw; \
        FPReg r; \
\
        fpu_begin(t, op); \
        fpu_note(t, op); \
        if (unlikely(fpu_is_empty(t, 0))) { \
            t->env.fpus &= ~(cc); \
            empty_operand(t); \
            NEXT(t, op); \
        } \
        FPU_EXEC(t, sw, "fldt %[a]", #name, "fstpt %[r]", \
                 L(, [r] "=m"(r)), L([a] "m"(*fpu_st(t, 0)))); \
        t->env.fpus = (t->env.fpus & ~(cc)) | (sw & (cc)); \
        if (fpu_result(t, sw)) { \
            fpu_set(t, 0, &r); \
        } \
        NEXT(t, op); \
    }
UNARY(fsqrt, 0)
UNARY(frndint, 0)
UNARY(f2xm1, 0)
UNARY(fsin, FPUS_C2)
UNARY(fcos, FPUS_C2)

/* Pushes a second result. C2: out of range, nothing happens. */
#define TWO_RESULTS(name, cc) \
    const Op *op_##name(TcgCpu *t, const Op *op) \
    { \
        uint16_t sw; \
        FPReg r0, r1; \
\
        fpu_begin(t, op); \
        fpu_note(t, op); \
        if (unlikely(fpu_is_empty(t, 0) || !fpu_is_empty(t, 7))) { \
            t->env.fpus &= ~(cc); \
            two_results_fault(t); \
            NEXT(t, op); \
        } \
        FPU_EXEC(t, sw, "fldt %[a]", #name, \
                 "fstpt %[r0]\n\tfstpt %[r1]\n\tfnclex", \
                 L(, [r0] "=m"(r0), [r1] "=m"(r1)), \
                 L([a] "m"(*fpu_st(t, 0)))); \
        t->env.fpus = (t->env.fpus & ~(cc)) | (sw & (cc)); \
        if (fpu_result(t, sw) && !(sw & (cc))) { \
            fpu_set(t, 0, &r1); \
            fpu_push(t); \
            fpu_set(t, 0, &r0); \
        } \
        NEXT(t, op); \
    }

/* Underflow before overflow; masked, both results are indefinite. */
static COLD void two_results_fault(TcgCpu *t)
{
    if (fpu_stack_fault(t, !fpu_is_empty(t, 0))) {
        fpu_set(t, 0, &fpu_indefinite);
        fpu_push(t);
        fpu_set(t, 0, &fpu_indefinite);
    }
}
TWO_RESULTS(fptan, FPUS_C2)
TWO_RESULTS(fsincos, FPUS_C2)
TWO_RESULTS(fxtract, 0)

/* The condition codes, of cc, that a function of two operands wrote: without a
 * remainder there are no bits of a quotient. */
static ALWAYS_INLINE void set_condition(TcgCpu *t, unsigned cc, uint16_t sw,
                                        const FPReg *r)
{
    if (cc && ((r->se & 0x7fff) == 0x7fff ||
               (sw & ~t->env.fpuc & (FPUS_IE | FPUS_DE)))) {
        cc = FPUS_C2;
        sw = 0;
    }
    t->env.fpus = (t->env.fpus & ~cc) | (sw & cc);
}

/* r = f(ST(0), ST(1)) into ST(i); pop: of two operands one remains. */
#define BINARY(name, cc, i, pop, drop) \
    const Op *op_##name(TcgCpu *t, const Op *op) \
    { \
        uint16_t sw; \
        bool done; \
        FPReg r; \
\
        fpu_begin(t, op); \
        fpu_note(t, op); \
        if (unlikely(fpu_is_empty(t, 0) || fpu_is_empty(t, 1))) { \
            r = fpu_indefinite; \
            set_condition(t, cc, 0, &r); \
            done = fpu_stack_fault(t, false); \
        } else { \
            FPU_EXEC(t, sw, "fldt %[b]\n\tfldt %[a]", #name, \
                     "fstpt %[r]\n\t" drop, L(, [r] "=m"(r)), \
                     L([a] "m"(*fpu_st(t, 0)), [b] "m"(*fpu_st(t, 1)))); \
            set_condition(t, cc, sw, &r); \
            done = fpu_result(t, sw); \
        } \
        if (done) { \
            fpu_set(t, i, &r); \
            if (pop) { \
                fpu_pop(t); \
            } \
        } \
        NEXT(t, op); \
    }
/* An unmasked exception leaves both operands on the host's stack. */
BINARY(fpatan, 0, 1, true, FPU_DROP)
BINARY(fyl2x, 0, 1, true, FPU_DROP)
BINARY(fyl2xp1, 0, 1, true, FPU_DROP)
BINARY(fprem, FPUS_CC, 0, false, FPU_DROP)
BINARY(fprem1, FPUS_CC, 0, false, FPU_DROP)
BINARY(fscale, 0, 0, false, FPU_DROP)

/* Constants are rounded as the control word says; no flags. */
#define CONSTANT(name) \
    const Op *op_##name(TcgCpu *t, const Op *op) \
    { \
        const uint16_t cw = t->env.fpuc, def = FPUC_DEFAULT; \
        FPReg r; \
\
        fpu_begin(t, op); \
        fpu_note(t, op); \
        if (unlikely(!fpu_is_empty(t, 7))) { \
            if (fpu_stack_fault(t, true)) { \
                fpu_push(t); \
                fpu_set(t, 0, &fpu_indefinite); \
            } \
            NEXT(t, op); \
        } \
        asm volatile("fnclex\n\tfldcw %[cw]\n\t" #name \
                     "\n\tfldcw %[def]\n\tfstpt %[r]" \
                     : [r] "=m"(r) \
                     : [cw] "m"(cw), [def] "m"(def) \
                     : FPU_CLOBBERS); \
        t->env.fpus &= ~FPUS_C1; \
        fpu_push(t); \
        fpu_set(t, 0, &r); \
        NEXT(t, op); \
    }
CONSTANT(fld1)
CONSTANT(fldl2t)
CONSTANT(fldl2e)
CONSTANT(fldpi)
CONSTANT(fldlg2)
CONSTANT(fldln2)
CONSTANT(fldz)
