/*
 * The software CPU's mode, which decoding depends on, derived from its
 * registers; and its state as the rest of the program sees it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"

/* Base 0 and limit 4 GiB. */
static inline bool spans_all(const SegmentCache *s)
{
    return s->base == 0 && s->limit == UINT32_MAX;
}

/* Any access through it is allowed, without a look at it. */
static inline bool data_is_flat(const SegmentCache *s)
{
    return spans_all(s) &&
           (s->flags & (DESC_P_MASK | DESC_S_MASK | DESC_CS_MASK | DESC_E_MASK |
                        DESC_W_MASK)) ==
               (DESC_P_MASK | DESC_S_MASK | DESC_W_MASK);
}

static uint32_t segment_mode(const CPUX86State *env)
{
    const SegmentCache *cs = &env->segs[R_CS], *ss = &env->segs[R_SS];
    uint32_t mode = desc_dpl(ss->flags);

    if (env->efer & EFER_LMA) {
        mode |= MODE_LMA;
        if (cs->flags & DESC_L_MASK) {
            return mode | MODE_CS64 | MODE_SS32 | MODE_FLAT;
        }
    }
    if (cs->flags & DESC_B_MASK) {
        mode |= MODE_CS32;
    }
    if (ss->flags & DESC_B_MASK) {
        mode |= MODE_SS32;
    }
    if (spans_all(cs) && cs->flags & DESC_R_MASK && data_is_flat(ss) &&
        data_is_flat(&env->segs[R_DS]) && data_is_flat(&env->segs[R_ES])) {
        mode |= MODE_FLAT;
    }
    return mode;
}

static uint32_t register_mode(const CPUX86State *env)
{
    uint32_t mode = 0;

    mode |= env->cr[0] & CR0_TS ? MODE_TS : 0;
    mode |= env->cr[0] & CR0_EM ? MODE_EM : 0;
    mode |= env->cr[0] & CR0_MP ? MODE_MP : 0;
    mode |= env->cr[4] & CR4_OSFXSR ? MODE_OSFXSR : 0;
    mode |= env->cr[4] & CR4_DE ? MODE_DE : 0;
    mode |= env->cr[4] & CR4_OSXSAVE ? MODE_OSXSAVE : 0;
    mode |= env->eflags & TF_MASK ? MODE_TF : 0;
    mode |= env->interrupt_shadow ? MODE_INHIBIT : 0;
    if (unlikely(env->dr[7] & 0xff)) {
        for (unsigned i = 0; i < 4; i++) {
            if (env->dr[7] >> (2 * i) & 3 &&
                !(env->dr[7] >> (16 + 4 * i) & 15)) {
                mode |= MODE_CODE_BP;
            }
        }
    }
    return mode;
}

void tcg_sync_mode(TcgCpu *t)
{
    CPUX86State *env = &t->env;
    uint32_t mode = register_mode(env);

    if (env->cr[0] & CR0_PE) {
        mode |= MODE_PE;
        if (unlikely(env->eflags & VM_MASK)) {
            mode |= MODE_VM | 3;
        } else {
            mode |= segment_mode(env);
        }
    }
    if ((mode & MODE_CPL_MASK) == 3 && env->cr[0] & CR0_AM &&
        env->eflags & AC_MASK) {
        mode |= MODE_AC;
    }
    t->mode = mode;
    t->cs_base = mode & MODE_CS64 ? 0 : env->segs[R_CS].base;
    for (int i = 0; i < CPU_NB_SEGS; i++) {
        REG64(t, SLOT_SEG_BASE + 8 * i) =
            mode & MODE_CS64 && i < R_FS ? 0 : env->segs[i].base;
    }
    tcg_mmu_sync(t);
}

void tcg_get_state(CPUState *cs)
{
    TcgCpu *t = TCG_CPU(cs);

    t->env.eflags = tcg_get_eflags(t);
}

void tcg_put_state(CPUState *cs)
{
    TcgCpu *t = TCG_CPU(cs);
    CPUX86State *env = &t->env;

    for (int i = CPU_NB_REGS; i < CPU_NB_REG_SLOTS; i++) {
        env->regs[i] = 0;
    }
    env->eflags |= 2;
    tcg_set_cc(t, env->eflags);
    t->excp_vector = -1;
    t->excp_ext = 0;
    t->ss_shadow = false;
    env->exception_injected = -1;
    tcg_sync_mode(t);
    tcg_tlb_flush(t, false);
}
