/*
 * x87 and FXSAVE: what their files share, and what MMX needs of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_FPU_INTERNAL_H
#define ACCEL_TCG_FPU_INTERNAL_H

#include "tcg-internal.h"

/* The status word. */
#define FPUS_IE  0x0001u
#define FPUS_DE  0x0002u
#define FPUS_ZE  0x0004u
#define FPUS_OE  0x0008u
#define FPUS_UE  0x0010u
#define FPUS_PE  0x0020u
#define FPUS_EXC 0x003fu
#define FPUS_SF  0x0040u /* stack fault */
#define FPUS_ES  0x0080u /* an unmasked exception is pending */
#define FPUS_C0  0x0100u
#define FPUS_C1  0x0200u
#define FPUS_C2  0x0400u
#define FPUS_C3  0x4000u
#define FPUS_CC  (FPUS_C0 | FPUS_C1 | FPUS_C2 | FPUS_C3)
#define FPUS_TOP 0x3800u
#define FPUS_TOP_SHIFT 11
#define FPUS_B   0x8000u /* as ES */

/* After FNINIT; also the host's control word whenever C code runs. */
#define FPUC_DEFAULT 0x037fu

/* A waiting instruction with ES set: raises #MF (CR0.NE), or reports through
 * FERR# and IRQ 13 (hw/i386/ferr.h) and returns. */
COLD void fpu_pending(TcgCpu *t, const Op *op);
/* ES was set, and nothing is pending any more. */
COLD void fpu_es_cleared(TcgCpu *t);

/* Sets ES and B as flags and masks have it: after either changed. */
static inline void fpu_update_es(TcgCpu *t)
{
    CPUX86State *env = &t->env;

    if (env->fpus & ~env->fpuc & FPUS_EXC) {
        env->fpus |= FPUS_ES | FPUS_B;
    } else if (env->fpus & (FPUS_ES | FPUS_B)) {
        fpu_es_cleared(t);
    }
}

static ALWAYS_INLINE unsigned fpu_top(const TcgCpu *t)
{
    return (t->env.fpus & FPUS_TOP) >> FPUS_TOP_SHIFT;
}

static ALWAYS_INLINE FPReg *fpu_st(TcgCpu *t, unsigned i)
{
    return &t->env.fpregs[(fpu_top(t) + i) & 7];
}

static ALWAYS_INLINE bool fpu_is_empty(const TcgCpu *t, unsigned i)
{
    return t->env.fptags >> ((fpu_top(t) + i) & 7) & 1;
}

static ALWAYS_INLINE void fpu_set_top(TcgCpu *t, unsigned top)
{
    t->env.fpus = (t->env.fpus & ~FPUS_TOP) | (top & 7) << FPUS_TOP_SHIFT;
}

static ALWAYS_INLINE void fpu_pop(TcgCpu *t)
{
    unsigned top = fpu_top(t);

    t->env.fptags |= 1 << top;
    fpu_set_top(t, top + 1);
}

/* The new ST(0), valid; the caller stores into it. */
static ALWAYS_INLINE FPReg *fpu_push(TcgCpu *t)
{
    unsigned top = (fpu_top(t) - 1) & 7;

    fpu_set_top(t, top);
    t->env.fptags &= ~(1 << top);
    return &t->env.fpregs[top];
}

/* ST(i) gets a value and is valid. */
static ALWAYS_INLINE void fpu_set(TcgCpu *t, unsigned i, const FPReg *v)
{
    unsigned n = (fpu_top(t) + i) & 7;

    t->env.fptags &= ~(1 << n);
    t->env.fpregs[n].mant = v->mant;
    t->env.fpregs[n].se = v->se;
}

/*
 * What generators put into the Ops of x87: Op.imm is the opcode as the FPU
 * records it (11 bits), and from FPU_SEG_SHIFT the segment of the operand.
 * Op.aux is i of ST(i).
 */
#define FPU_SEG_SHIFT 16

/* An instruction that works begins: a pending exception is reported, the
 * instruction pointer is recorded. */
static ALWAYS_INLINE void fpu_begin(TcgCpu *t, const Op *op)
{
    CPUX86State *env = &t->env;

    if (unlikely(env->fpus & FPUS_ES)) {
        fpu_pending(t, op);
    }
}

static ALWAYS_INLINE void fpu_note(TcgCpu *t, const Op *op)
{
    CPUX86State *env = &t->env;

    env->fpip = op_rip(op);
    env->fpcs = env->segs[R_CS].selector;
    env->fpop = op->imm & 0x7ff;
}

/* The same with a memory operand at linear address a. */
static ALWAYS_INLINE void fpu_note_mem(TcgCpu *t, const Op *op, uint64_t a)
{
    CPUX86State *env = &t->env;
    unsigned seg = op->imm >> FPU_SEG_SHIFT;

    fpu_note(t, op);
    env->fpdp = a - REG64(t, SLOT_SEG_BASE + 8 * seg);
    env->fpds = env->segs[seg].selector;
}

/* What a masked invalid operation gives. */
extern const FPReg fpu_indefinite;

/* Stack fault; overflow: C1. True if it is masked. */
COLD bool fpu_stack_fault(TcgCpu *t, bool overflow);

/* Takes over flags and C1 from a status word of the host. False: an unmasked
 * exception of the operands prevents the result. */
static ALWAYS_INLINE bool fpu_result(TcgCpu *t, uint16_t sw)
{
    CPUX86State *env = &t->env;

    env->fpus = (env->fpus & ~FPUS_C1) | (sw & (FPUS_EXC | FPUS_C1));
    if (unlikely(sw & ~env->fpuc & FPUS_EXC)) {
        fpu_update_es(t);
        return !(sw & ~env->fpuc & (FPUS_IE | FPUS_DE | FPUS_ZE));
    }
    return true;
}

#define FPU_L(...) __VA_ARGS__

/*
 * Executes `insn` on the host's FPU between `loads` (80-bit loads) and
 * `stores` (80-bit stores and pops), with the guest's control word, and leaves
 * the status word in sw. Exceptions may be unmasked: nothing between insn and
 * FNCLEX waits, so they never trap. With the default control word flags decide
 * as in SSE_EXEC(): the host's accumulate, and only if one is new to the guest
 * it is done again. `out` begins with a comma, unless it is empty.
 */
#define FPU_EXEC(t, sw, loads, insn, stores, out, in) \
    do { \
        const uint16_t cw_ = (t)->env.fpuc, default_ = FPUC_DEFAULT; \
        if (likely(cw_ == FPUC_DEFAULT)) { \
            asm volatile(loads "\n\t" insn "\n\tfnstsw %[sw_]\n\t" stores \
                         : [sw_] "=&a"(sw) out \
                         : in \
                         : FPU_CLOBBERS); \
            if (likely(!((sw) & FPUS_EXC & ~(t)->env.fpus))) { \
                break; \
            } \
        } \
        asm volatile("fnclex\n\t" loads "\n\tfldcw %[cw]\n\t" insn \
                     "\n\tfnstsw %[sw_]\n\tfnclex\n\tfldcw %[def]\n\t" stores \
                     : [sw_] "=&a"(sw) out \
                     : in, [cw] "m"(cw_), [def] "m"(default_) \
                     : FPU_CLOBBERS); \
    } while (0)
#define FPU_CLOBBERS \
    "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"

/* Removes ST(0) of the host whether it is there or not. */
#define FPU_DROP "ffree %%st(0)\n\tfincstp"

#endif
