/*
 * Task switches of the software CPU: JMP, CALL, IRET and task gates, with
 * 32-bit and 16-bit task state segments.
 *
 * The new TSS is read before anything is changed, and the old one written
 * before the new task is entered; from then on faults are the new task's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"

typedef struct Tss {
    uint32_t cr3, eip, eflags, regs[8];
    uint16_t segs[6], ldt;
} Tss;

/* Offsets within both formats. */
typedef struct TssLayout {
    uint8_t eip, eflags, regs, segs, ldt, nr_segs, step, seg_step;
    uint8_t min_limit;
} TssLayout;

static const TssLayout layout32 = {0x20, 0x24, 0x28, 0x48, 0x60, 6, 4, 4, 0x67};
static const TssLayout layout16 = {0x0e, 0x10, 0x12, 0x22, 0x2a, 4, 2, 2, 0x2b};

static uint32_t tss_ld(TcgCpu *t, const Op *op, uint32_t base, unsigned off,
                       unsigned size)
{
    uint64_t a = (uint32_t)(base + off);

    return size == 4 ? mem_ld_kernel(t, a, 4, op) : mem_ld_kernel(t, a, 2, op);
}

static void tss_st(TcgCpu *t, const Op *op, uint32_t base, unsigned off,
                   uint32_t v, unsigned size)
{
    mem_st_kernel(t, (uint32_t)(base + off), v, size, op);
}

static void read_tss(TcgCpu *t, const Op *op, uint32_t base, bool is32,
                     Tss *tss)
{
    const TssLayout *l = is32 ? &layout32 : &layout16;

    *tss = (Tss){0};
    if (is32) {
        tss->cr3 = tss_ld(t, op, base, 0x1c, 4);
    }
    tss->eip = tss_ld(t, op, base, l->eip, l->step);
    tss->eflags = tss_ld(t, op, base, l->eflags, l->step);
    for (unsigned i = 0; i < 8; i++) {
        tss->regs[i] = tss_ld(t, op, base, l->regs + i * l->step, l->step);
        if (!is32) {
            tss->regs[i] |= 0xffff0000;
        }
    }
    for (unsigned i = 0; i < l->nr_segs; i++) {
        tss->segs[i] = tss_ld(t, op, base, l->segs + i * l->seg_step, 2);
    }
    tss->ldt = tss_ld(t, op, base, l->ldt, 2);
}

static void save_task(TcgCpu *t, const Op *op, uint32_t eip, uint32_t eflags)
{
    CPUX86State *env = &t->env;
    uint32_t base = env->tr.base;
    const TssLayout *l = desc_type(env->tr.flags) & 8 ? &layout32 : &layout16;

    tss_st(t, op, base, l->eip, eip, l->step);
    tss_st(t, op, base, l->eflags, eflags, l->step);
    for (unsigned i = 0; i < 8; i++) {
        tss_st(t, op, base, l->regs + i * l->step, env->regs[i], l->step);
    }
    for (unsigned i = 0; i < l->nr_segs; i++) {
        tss_st(t, op, base, l->segs + i * l->seg_step, env->segs[i].selector,
               2);
    }
}

static void set_busy(TcgCpu *t, const Op *op, const Desc *d, bool busy)
{
    uint32_t flags = d->hi >> 8 & 0xff;

    flags = busy ? flags | DESC_TYPE_BUSY : flags & ~DESC_TYPE_BUSY;
    mem_st_kernel(t, d->addr + 5, flags, 1, op);
}

/* ---------------------------------------------------- entering the new task */

static void load_ldt(TcgCpu *t, uint16_t sel)
{
    Desc d;

    t->env.ldt = (SegmentCache){.selector = sel};
    if (sel_is_null(sel)) {
        return;
    }
    if (sel & 4 || !tcg_fetch_desc(t, NULL, sel, &d) ||
        (d.hi & (DESC_S_MASK | 0xf00)) != DESC_LDT << DESC_TYPE_SHIFT ||
        !(d.hi & DESC_P_MASK)) {
        tcg_raise_sel(t, NULL, EXCP0A_TSS, sel);
    }
    t->env.ldt = tcg_desc_cache(sel, &d);
}

static void load_vm86_segs(TcgCpu *t, const Tss *tss)
{
    for (int i = 0; i < CPU_NB_SEGS; i++) {
        tcg_load_seg(t, i, tss->segs[i], (uint64_t)tss->segs[i] << 4, 0xffff,
                     DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | DESC_A_MASK |
                         3 << DESC_DPL_SHIFT);
    }
}

static void load_task_cs(TcgCpu *t, uint16_t sel)
{
    unsigned rpl = sel & 3, dpl;
    Desc d;

    if (sel_is_null(sel) || !tcg_fetch_desc(t, NULL, sel, &d) ||
        !desc_is_code(d.hi)) {
        tcg_raise_sel(t, NULL, EXCP0A_TSS, sel);
    }
    dpl = desc_dpl(d.hi);
    if (d.hi & DESC_C_MASK ? dpl > rpl : dpl != rpl) {
        tcg_raise_sel(t, NULL, EXCP0A_TSS, sel);
    }
    if (!(d.hi & DESC_P_MASK)) {
        tcg_raise_sel(t, NULL, EXCP0B_NOSEG, sel);
    }
    tcg_mark_accessed(t, NULL, &d);
    tcg_load_desc(t, R_CS, sel, &d);
}

static void load_task_data(TcgCpu *t, int seg, uint16_t sel, unsigned cpl)
{
    unsigned dpl;
    Desc d;

    if (sel_is_null(sel)) {
        tcg_load_null(t, seg, sel, 0);
        return;
    }
    if (!tcg_fetch_desc(t, NULL, sel, &d) || !(d.hi & DESC_S_MASK) ||
        (d.hi & (DESC_CS_MASK | DESC_R_MASK)) == DESC_CS_MASK) {
        tcg_raise_sel(t, NULL, EXCP0A_TSS, sel);
    }
    dpl = desc_dpl(d.hi);
    if ((d.hi & (DESC_CS_MASK | DESC_C_MASK)) != (DESC_CS_MASK | DESC_C_MASK) &&
        ((sel & 3) > dpl || cpl > dpl)) {
        tcg_raise_sel(t, NULL, EXCP0A_TSS, sel);
    }
    if (!(d.hi & DESC_P_MASK)) {
        tcg_raise_sel(t, NULL, EXCP0B_NOSEG, sel);
    }
    tcg_mark_accessed(t, NULL, &d);
    tcg_load_desc(t, seg, sel, &d);
}

static void load_task_segs(TcgCpu *t, const Tss *tss)
{
    static const uint8_t data_segs[] = {R_ES, R_DS, R_FS, R_GS};
    unsigned cpl = tss->segs[R_CS] & 3;
    Desc d;

    /* Unusable until each is checked; the selectors are the task's already. */
    for (int i = 0; i < CPU_NB_SEGS; i++) {
        tcg_load_null(t, i, tss->segs[i], cpl);
    }
    t->mode = (t->mode & ~MODE_CPL_MASK) | cpl;
    load_ldt(t, tss->ldt);
    load_task_cs(t, tss->segs[R_CS]);
    tcg_check_ss(t, NULL, tss->segs[R_SS], cpl, false, EXCP0A_TSS, &d);
    tcg_mark_accessed(t, NULL, &d);
    tcg_load_desc(t, R_SS, tss->segs[R_SS], &d);
    for (unsigned i = 0; i < ARRAY_SIZE(data_segs); i++) {
        load_task_data(t, data_segs[i], tss->segs[data_segs[i]], cpl);
    }
}

/* All that cannot fail. */
static void load_registers(TcgCpu *t, const Tss *tss, bool is32)
{
    CPUX86State *env = &t->env;

    env->cr[0] |= CR0_TS;
    env->dr[7] &= ~(uint64_t)0x155; /* local breakpoints end with the task */
    if (is32 && env->cr[0] & CR0_PG && env->cr[3] != tss->cr3) {
        env->cr[3] = tss->cr3;
        tcg_tlb_flush(t, env->cr[4] & CR4_PGE);
    }
    for (int i = 0; i < 8; i++) {
        SET_REG32(t, REG_OFF(i), tss->regs[i]);
    }
    tcg_set_eflags(t, tss->eflags | 2, is32 ? 0x00277fd7u : 0x7fd7u);
    env->rip = tss->eip;
}

static void enter_task(TcgCpu *t, const Tss *tss, bool is32)
{
    CPUX86State *env = &t->env;

    load_registers(t, tss, is32);
    if (env->eflags & VM_MASK) {
        load_vm86_segs(t, tss);
        load_ldt(t, tss->ldt);
    } else {
        load_task_segs(t, tss);
    }
    tcg_sync_mode(t);
    if (env->rip > env->segs[R_CS].limit) {
        tcg_raise_err(t, NULL, EXCP0D_GPF, 0);
    }
}

/* -------------------------------------------------------------- the switch */

/* The descriptor of the TSS to go to. */
static void check_tss(TcgCpu *t, const Op *op, uint16_t sel, TaskSource source,
                      Desc *d)
{
    int vector = source == TASK_IRET ? EXCP0A_TSS : EXCP0D_GPF;
    unsigned want = source == TASK_IRET ? DESC_TYPE_BUSY : 0;
    bool is32;

    if (sel & 4 || sel_is_null(sel) || !tcg_fetch_desc(t, op, sel, d) ||
        (d->hi & (DESC_S_MASK | 0x500)) != 0x100 ||
        (desc_type(d->hi) & DESC_TYPE_BUSY) != want) {
        tcg_raise_sel(t, op, vector, sel);
    }
    if (!(d->hi & DESC_P_MASK)) {
        tcg_raise_sel(t, op, EXCP0B_NOSEG, sel);
    }
    is32 = desc_type(d->hi) & 8;
    if (desc_limit(d) < (is32 ? layout32.min_limit : layout16.min_limit)) {
        tcg_raise_sel(t, op, EXCP0A_TSS, sel);
    }
}

/* The old task's state and its descriptor. */
static void leave_task(TcgCpu *t, const Op *op, TaskSource source,
                       uint64_t next)
{
    uint64_t eflags = tcg_get_eflags(t);
    Desc old;

    if (source == TASK_IRET) {
        eflags &= ~(uint64_t)NT_MASK;
    }
    save_task(t, op, next, eflags);
    if (source != TASK_CALL &&
        tcg_fetch_desc(t, op, t->env.tr.selector, &old)) {
        set_busy(t, op, &old, false);
    }
}

void tcg_switch_task(TcgCpu *t, const Op *op, uint16_t sel, TaskSource source,
                     uint64_t next)
{
    CPUX86State *env = &t->env;
    bool is32;
    Desc d;
    Tss tss;

    check_tss(t, op, sel, source, &d);
    is32 = desc_type(d.hi) & 8;
    read_tss(t, op, desc_base(&d), is32, &tss);
    leave_task(t, op, source, next);
    if (source == TASK_CALL) {
        tss_st(t, op, desc_base(&d), 0, env->tr.selector, 2);
        tss.eflags |= NT_MASK;
    }
    if (source != TASK_IRET) {
        set_busy(t, op, &d, true);
    }
    d.hi |= DESC_TYPE_BUSY << DESC_TYPE_SHIFT;
    env->tr = tcg_desc_cache(sel, &d);
    enter_task(t, &tss, is32);
}

void tcg_push_task_error(TcgCpu *t, uint32_t error)
{
    Stack s;

    stack_init(&s, t, NULL);
    stack_push(&s, error, desc_type(t->env.tr.flags) & 8 ? 4 : 2);
    stack_set_sp(t, &s);
}

void tcg_task_trap(TcgCpu *t)
{
    const SegmentCache *tr = &t->env.tr;

    if (desc_type(tr->flags) & 8 &&
        mem_ld_kernel(t, sys_linear(t, tr->base + 0x64), 2, NULL) & 1) {
        t->env.dr[6] |= DR6_BT;
        tcg_raise(t, NULL, EXCP01_DB);
    }
}
