/*
 * SYSCALL, SYSRET, SYSENTER, SYSEXIT of the software CPU. No descriptor is
 * read: the segments are what the architecture says they are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"

#define FLAT_DATA \
    (DESC_G_MASK | DESC_B_MASK | DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | \
     DESC_A_MASK)
#define FLAT_CODE \
    (DESC_G_MASK | DESC_P_MASK | DESC_S_MASK | DESC_CS_MASK | DESC_R_MASK | \
     DESC_A_MASK)

/* CS:SS of privilege level cpl; the mode follows. */
static inline void load_flat(TcgCpu *t, uint16_t cs, uint16_t ss, unsigned cpl,
                             bool is64)
{
    uint32_t dpl = cpl << DESC_DPL_SHIFT;

    tcg_load_seg(t, R_SS, (ss & ~3) | cpl, 0, UINT32_MAX, FLAT_DATA | dpl);
    tcg_load_seg(t, R_CS, (cs & ~3) | cpl, 0, UINT32_MAX,
                 FLAT_CODE | dpl | (is64 ? DESC_L_MASK : DESC_B_MASK));
    tcg_sync_mode(t);
}

/*
 * Single stepping looks at TF after SYSCALL and SYSRET, not before: the kernel,
 * which masks TF, is not trapped, and SYSRET traps where SYSCALL would have.
 */
static inline void step_over(TcgCpu *t, const Op *op, uint64_t rip)
{
    if (likely(!((t->mode | op_block(op)->mode) & MODE_TF))) {
        return;
    }
    t->env.rip = rip;
    if (t->mode & MODE_TF) {
        t->env.dr[6] |= DR6_BS;
        tcg_raise(t, NULL, EXCP01_DB);
    }
    tcg_leave(t);
}

const Op *tcg_op_syscall(TcgCpu *t, const Op *op)
{
    CPUX86State *env = &t->env;
    uint16_t sel = env->star >> 32;
    uint64_t rip;

    if (unlikely(!(env->efer & EFER_SCE))) {
        tcg_raise(t, op, EXCP06_ILLOP);
    }
    if (likely(t->mode & MODE_LMA)) {
        uint64_t eflags = tcg_get_eflags(t) & ~(uint64_t)RF_MASK;

        rip = t->mode & MODE_CS64 ? env->lstar : env->cstar;
        env->regs[R_ECX] = sys_next_rip(t, op);
        env->regs[R_R11] = eflags;
        tcg_set_eflags(t, eflags & ~env->fmask, UINT32_MAX & ~2u);
        env->eflags &= ~(uint64_t)RF_MASK;
        load_flat(t, sel, sel + 8, 0, true);
    } else {
        SET_REG32(t, REG_OFF(R_ECX), sys_next_rip(t, op));
        rip = (uint32_t)env->star;
        env->eflags &= ~(uint64_t)(IF_MASK | RF_MASK | VM_MASK);
        load_flat(t, sel, sel + 8, 0, false);
    }
    step_over(t, op, rip);
    SYS_GOTO(t, op, rip);
}

const Op *tcg_op_sysret(TcgCpu *t, const Op *op)
{
    CPUX86State *env = &t->env;
    uint16_t sel = env->star >> 48;
    bool to64 = op->size == 8;
    uint64_t rip = env->regs[R_ECX];

    if (unlikely(!(env->efer & EFER_SCE))) {
        tcg_raise(t, op, EXCP06_ILLOP);
    }
    if (unlikely(to64 && !is_canonical(rip))) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    if (!to64) {
        rip = (uint32_t)rip;
    }
    if (t->mode & MODE_LMA) {
        tcg_set_eflags(t, env->regs[R_R11],
                       CC_ALL | TF_MASK | IF_MASK | DF_MASK | IOPL_MASK |
                           NT_MASK | AC_MASK | ID_MASK | VIF_MASK | VIP_MASK);
    } else {
        env->eflags |= IF_MASK;
    }
    load_flat(t, to64 ? sel + 16 : sel, sel + 8, 3, to64);
    step_over(t, op, rip);
    SYS_GOTO(t, op, rip);
}

const Op *tcg_op_sysenter(TcgCpu *t, const Op *op)
{
    CPUX86State *env = &t->env;
    uint16_t sel = env->sysenter_cs;
    bool is64 = t->mode & MODE_LMA;

    if (sel_is_null(sel)) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    env->eflags &= ~(uint64_t)(VM_MASK | IF_MASK | RF_MASK);
    load_flat(t, sel, sel + 8, 0, is64);
    env->regs[R_ESP] = is64 ? env->sysenter_esp : (uint32_t)env->sysenter_esp;
    SYS_GOTO(t, op, is64 ? env->sysenter_eip : (uint32_t)env->sysenter_eip);
}

const Op *tcg_op_sysexit(TcgCpu *t, const Op *op)
{
    CPUX86State *env = &t->env;
    uint16_t sel = env->sysenter_cs;
    bool to64 = op->size == 8;
    uint64_t rip = env->regs[R_EDX], rsp = env->regs[R_ECX];

    if (sel_is_null(sel) ||
        (to64 && (!is_canonical(rip) || !is_canonical(rsp)))) {
        tcg_raise_err(t, op, EXCP0D_GPF, 0);
    }
    if (to64) {
        load_flat(t, sel + 32, sel + 40, 3, true);
    } else {
        rip = (uint32_t)rip;
        rsp = (uint32_t)rsp;
        load_flat(t, sel + 16, sel + 24, 3, false);
    }
    env->regs[R_ESP] = rsp;
    SYS_GOTO(t, op, rip);
}
