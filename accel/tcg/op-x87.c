/*
 * x87 arithmetic and comparisons; theory of operation.
 *
 * Registers, stack, tags and exceptions are kept in CPUX86State and handled in
 * C; what an instruction computes is computed by the host's FPU, under the
 * guest's control word, from operands loaded as they are (FPU_EXEC()). So
 * precision, rounding, NaNs and flags are a real FPU's. An exception that the
 * guest does not mask becomes pending (ES) and is reported by the next
 * instruction that waits (fpu_begin()).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/ferr.h"
#include "x87-internal.h"

const FPReg fpu_indefinite = {.mant = 0xc000000000000000, .se = 0xffff};

COLD void fpu_pending(TcgCpu *t, const Op *op)
{
    if (t->env.cr[0] & CR0_NE) {
        tcg_raise(t, op, EXCP10_COPR);
    }
    ferr_raise();
}

COLD void fpu_es_cleared(TcgCpu *t)
{
    t->env.fpus &= ~(FPUS_ES | FPUS_B);
    if (!(t->env.cr[0] & CR0_NE)) {
        ferr_clear();
    }
}

COLD bool fpu_stack_fault(TcgCpu *t, bool overflow)
{
    CPUX86State *env = &t->env;

    env->fpus = (env->fpus & ~FPUS_C1) | FPUS_IE | FPUS_SF |
                (overflow ? FPUS_C1 : 0);
    fpu_update_es(t);
    return env->fpuc & FPUS_IE;
}

/* The result of an operation on an empty register, into ST(i). */
static COLD bool underflow(TcgCpu *t, unsigned i)
{
    if (!fpu_stack_fault(t, false)) {
        return false;
    }
    fpu_set(t, i, &fpu_indefinite);
    return true;
}

/* ------------------------------------------------------------- arithmetic */

/* r = a OP b, b a register or what memory had. */
#define RUN_REGISTER(name) \
    static ALWAYS_INLINE uint16_t run_##name(TcgCpu *t, const FPReg *a, \
                                             const FPReg *b, FPReg *r) \
    { \
        uint16_t sw; \
\
        FPU_EXEC(t, sw, "fldt %[b]\n\tfldt %[a]", #name " %%st(1), %%st", \
                 "fstpt %[r]\n\tfstp %%st(0)", L(, [r] "=m"(*r)), \
                 L([a] "m"(*a), [b] "m"(*b))); \
        return sw; \
    }
#define RUN_MEMORY(name, insn, shape, type) \
    static ALWAYS_INLINE uint16_t run_##name##_##shape( \
        TcgCpu *t, const FPReg *a, type b, FPReg *r) \
    { \
        uint16_t sw; \
\
        FPU_EXEC(t, sw, "fldt %[a]", insn " %[b]", "fstpt %[r]", \
                 L(, [r] "=m"(*r)), L([a] "m"(*a), [b] "m"(b))); \
        return sw; \
    }

/* ST(d) = ST(d) OP ST(s) */
static ALWAYS_INLINE bool both_there(TcgCpu *t, unsigned d, unsigned s)
{
    return !fpu_is_empty(t, d) && !fpu_is_empty(t, s);
}

#define STACK_FORM(fn, name, d, s, pop) \
    const Op *fn(TcgCpu *t, const Op *op) \
    { \
        FPReg r; \
        bool done; \
\
        fpu_begin(t, op); \
        fpu_note(t, op); \
        if (likely(both_there(t, d, s))) { \
            done = fpu_result(t, run_##name(t, fpu_st(t, d), fpu_st(t, s), \
                                            &r)); \
            if (likely(done)) { \
                fpu_set(t, d, &r); \
            } \
        } else { \
            done = underflow(t, d); \
        } \
        if (pop && done) { \
            fpu_pop(t); \
        } \
        NEXT(t, op); \
    }

#define MEMORY_FORM(name, shape, type, size) \
    const Op *op_##name##_##shape(TcgCpu *t, const Op *op) \
    { \
        uint64_t a; \
        type v; \
        FPReg r; \
\
        fpu_begin(t, op); \
        a = op_ea(t, op); \
        v = mem_ld(t, a, size, op); \
        fpu_note_mem(t, op, a); \
        if (unlikely(fpu_is_empty(t, 0))) { \
            underflow(t, 0); \
        } else if (likely(fpu_result(t, run_##name##_##shape( \
                                            t, fpu_st(t, 0), v, &r)))) { \
            fpu_set(t, 0, &r); \
        } \
        NEXT(t, op); \
    }

#define ARITHMETIC(name, integer) \
    RUN_REGISTER(name) \
    RUN_MEMORY(name, #name "s", m32, uint32_t) \
    RUN_MEMORY(name, #name "l", m64, uint64_t) \
    RUN_MEMORY(name, #integer "s", i16, uint16_t) \
    RUN_MEMORY(name, #integer "l", i32, uint32_t) \
    STACK_FORM(op_##name##_st0, name, 0, op->aux, false) \
    STACK_FORM(op_##name##_sti, name, op->aux, 0, false) \
    STACK_FORM(op_##name##_pop, name, op->aux, 0, true) \
    MEMORY_FORM(name, m32, uint32_t, 4) \
    MEMORY_FORM(name, m64, uint64_t, 8) \
    MEMORY_FORM(name, i16, uint16_t, 2) \
    MEMORY_FORM(name, i32, uint32_t, 4)
ARITHMETIC(fadd, fiadd)
ARITHMETIC(fmul, fimul)
ARITHMETIC(fsub, fisub)
ARITHMETIC(fsubr, fisubr)
ARITHMETIC(fdiv, fidiv)
ARITHMETIC(fdivr, fidivr)

/* ------------------------------------------------------------ comparisons */

/* Condition codes of a comparison; an empty register compares as unordered.
 * Pops as many as it says, unless an exception of the operands is unmasked. */
static ALWAYS_INLINE void set_compared(TcgCpu *t, uint16_t sw, unsigned pops)
{
    CPUX86State *env = &t->env;
    uint16_t cc = sw & (FPUS_C0 | FPUS_C2 | FPUS_C3);

    env->fpus = (env->fpus & ~(FPUS_C0 | FPUS_C2 | FPUS_C3)) | cc;
    if (!fpu_result(t, sw)) {
        return;
    }
    for (; pops; pops--) {
        fpu_pop(t);
    }
}

static COLD void compare_empty(TcgCpu *t, unsigned pops)
{
    t->env.fpus |= FPUS_C0 | FPUS_C2 | FPUS_C3;
    if (fpu_stack_fault(t, false)) {
        for (; pops; pops--) {
            fpu_pop(t);
        }
    }
}

/* ST(0) with ST(i); pops in Op.size. */
#define COMPARE(name) \
    const Op *op_##name(TcgCpu *t, const Op *op) \
    { \
        uint16_t sw; \
\
        fpu_begin(t, op); \
        fpu_note(t, op); \
        if (unlikely(!both_there(t, 0, op->aux))) { \
            compare_empty(t, op->size); \
            NEXT(t, op); \
        } \
        FPU_EXEC(t, sw, "fldt %[b]\n\tfldt %[a]", #name " %%st(1)", \
                 "fstp %%st(0)\n\tfstp %%st(0)", L(), \
                 L([a] "m"(*fpu_st(t, 0)), [b] "m"(*fpu_st(t, op->aux)))); \
        set_compared(t, sw, op->size); \
        NEXT(t, op); \
    }
COMPARE(fcom)
COMPARE(fucom)

#define COMPARE_MEMORY(insn, shape, type, bytes) \
    const Op *op_fcom_##shape(TcgCpu *t, const Op *op) \
    { \
        uint64_t a; \
        uint16_t sw; \
        type v; \
\
        fpu_begin(t, op); \
        a = op_ea(t, op); \
        v = mem_ld(t, a, bytes, op); \
        fpu_note_mem(t, op, a); \
        if (unlikely(fpu_is_empty(t, 0))) { \
            compare_empty(t, op->size); \
            NEXT(t, op); \
        } \
        FPU_EXEC(t, sw, "fldt %[a]", insn " %[b]", "fstp %%st(0)", \
                 L(), L([a] "m"(*fpu_st(t, 0)), [b] "m"(v))); \
        set_compared(t, sw, op->size); \
        NEXT(t, op); \
    }
COMPARE_MEMORY("fcoms", m32, uint32_t, 4)
COMPARE_MEMORY("fcoml", m64, uint64_t, 8)
COMPARE_MEMORY("ficoms", i16, uint16_t, 2)
COMPARE_MEMORY("ficoml", i32, uint32_t, 4)

/* To EFLAGS, C1 stays; pops in Op.size. */
#define COMPARE_FLAGS(name) \
    const Op *op_##name(TcgCpu *t, const Op *op) \
    { \
        bool z, p, c, done; \
        uint16_t sw; \
\
        fpu_begin(t, op); \
        fpu_note(t, op); \
        if (unlikely(!both_there(t, 0, op->aux))) { \
            z = p = c = true; \
            done = fpu_stack_fault(t, false); \
        } else { \
            FPU_EXEC(t, sw, "fldt %[b]\n\tfldt %[a]", #name " %%st(1), %%st", \
                     "fstp %%st(0)\n\tfstp %%st(0)", \
                     L(, "=@ccz"(z), "=@ccp"(p), "=@ccc"(c)), \
                     L([a] "m"(*fpu_st(t, 0)), \
                       [b] "m"(*fpu_st(t, op->aux)))); \
            sw = (sw & ~FPUS_C1) | (t->env.fpus & FPUS_C1); \
            done = fpu_result(t, sw); \
        } \
        tcg_set_cc(t, (z ? CC_Z : 0) | (p ? CC_P : 0) | (c ? CC_C : 0)); \
        if (op->size && done) { \
            fpu_pop(t); \
        } \
        NEXT(t, op); \
    }
COMPARE_FLAGS(fcomi)
COMPARE_FLAGS(fucomi)

const Op *op_ftst(TcgCpu *t, const Op *op)
{
    uint16_t sw;

    fpu_begin(t, op);
    fpu_note(t, op);
    if (unlikely(fpu_is_empty(t, 0))) {
        compare_empty(t, 0);
        NEXT(t, op);
    }
    FPU_EXEC(t, sw, "fldt %[a]", "ftst", "fstp %%st(0)", L(),
             L([a] "m"(*fpu_st(t, 0))));
    set_compared(t, sw, 0);
    NEXT(t, op);
}

/* Classifies ST(0), also an empty one; no exceptions. */
const Op *op_fxam(TcgCpu *t, const Op *op)
{
    CPUX86State *env = &t->env;
    const FPReg *a;
    uint16_t sw;

    fpu_begin(t, op);
    fpu_note(t, op);
    a = fpu_st(t, 0);
    env->fpus &= ~FPUS_CC;
    if (fpu_is_empty(t, 0)) {
        env->fpus |= FPUS_C3 | FPUS_C0 | (a->se & 0x8000 ? FPUS_C1 : 0);
    } else {
        asm volatile("fldt %1\n\tfxam\n\tfnstsw %0\n\tfstp %%st(0)"
                     : "=a"(sw)
                     : "m"(*a)
                     : FPU_CLOBBERS);
        env->fpus |= sw & FPUS_CC;
    }
    NEXT(t, op);
}
