/*
 * System instructions of the software CPU that are neither control transfers
 * nor control registers: descriptor tables and segment registers, segment
 * tests, CPUID, time, FS and GS bases.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"
#include "hw/i386/apic.h"

static NORETURN void gp0(TcgCpu *t, const Op *op)
{
    tcg_raise_err(t, op, EXCP0D_GPF, 0);
}

/* What UMIP hides from user code. */
static void check_umip(TcgCpu *t, const Op *op)
{
    if (unlikely(t->env.cr[4] & CR4_UMIP && tcg_cpl(t) > 0)) {
        gp0(t, op);
    }
}

/* ------------------------------------------------------- segment registers */

/* Ends a load of segment aux. */
static inline const Op *seg_loaded(TcgCpu *t, const Op *op)
{
    if (op->aux == R_SS) {
        t->env.interrupt_shadow = true;
        t->ss_shadow = true;
        tcg_sync_mode(t);
        LEAVE(t, sys_next_rip(t, op));
    }
    if (op->aux < R_FS && !(t->mode & MODE_CS64)) {
        tcg_sync_mode(t);
        SYS_GOTO(t, op, sys_next_rip(t, op));
    }
    NEXT(t, op);
}

/* aux: segment; r2: selector. */
const Op *tcg_op_mov_sreg(TcgCpu *t, const Op *op)
{
    tcg_move_to_seg(t, op, op->aux, REG16(t, op->r2));
    return seg_loaded(t, op);
}

const Op *tcg_op_pop_sreg(TcgCpu *t, const Op *op)
{
    uint64_t sel;
    Stack s;

    stack_init(&s, t, op);
    sel = stack_pop(&s, op->size);
    tcg_move_to_seg(t, op, op->aux, sel);
    if (op->aux == R_SS) {
        s.ss = t->env.segs[R_SS]; /* its width from now on */
    }
    stack_set_sp(t, &s);
    return seg_loaded(t, op);
}

/* LDS ...: selector in r2, offset in r3, to r1. */
const Op *tcg_op_load_far(TcgCpu *t, const Op *op)
{
    tcg_move_to_seg(t, op, op->aux, REG16(t, op->r2));
    switch (op->size) {
    case 2:
        REG16(t, op->r1) = REG64(t, op->r3);
        break;
    case 4:
        SET_REG32(t, op->r1, REG64(t, op->r3));
        break;
    default:
        REG64(t, op->r1) = REG64(t, op->r3);
        break;
    }
    return seg_loaded(t, op);
}

/* ----------------------------------------------------- looking at segments */

static void set_zf(TcgCpu *t, bool z)
{
    uint32_t flags = tcg_cc_compute(t) & ~CC_Z;

    tcg_set_cc(t, flags | (z ? CC_Z : 0));
}

/* The descriptor, if this privilege level may know about it. */
static bool visible_desc(TcgCpu *t, const Op *op, uint16_t sel, Desc *d)
{
    unsigned dpl;

    if (sel_is_null(sel) || !tcg_fetch_desc(t, op, sel, d)) {
        return false;
    }
    dpl = desc_dpl(d->hi);
    if (desc_is_code(d->hi) && d->hi & DESC_C_MASK) {
        return true;
    }
    return dpl >= tcg_cpl(t) && dpl >= (sel & 3u);
}

static void set_result(TcgCpu *t, const Op *op, uint64_t v)
{
    switch (op->size) {
    case 2:
        REG16(t, op->r1) = v;
        break;
    case 4:
        SET_REG32(t, op->r1, v);
        break;
    default:
        REG64(t, op->r1) = (uint32_t)v;
        break;
    }
}

static bool system_type_in(const TcgCpu *t, uint32_t hi, unsigned legacy,
                           unsigned in_long)
{
    unsigned mask = t->mode & MODE_LMA ? in_long : legacy;

    return mask >> desc_type(hi) & 1;
}

const Op *tcg_op_lar(TcgCpu *t, const Op *op)
{
    Desc d;
    bool ok = visible_desc(t, op, REG16(t, op->r2), &d);

    if (ok && !(d.hi & DESC_S_MASK)) {
        /* TSS, LDT, call and task gates; in long mode what is left of them. */
        ok = system_type_in(t, d.hi, 0x1a3e, 0x1a04);
    }
    if (ok) {
        set_result(t, op, d.hi & DESC_FLAGS);
    }
    set_zf(t, ok);
    NEXT(t, op);
}

const Op *tcg_op_lsl(TcgCpu *t, const Op *op)
{
    Desc d;
    bool ok = visible_desc(t, op, REG16(t, op->r2), &d);

    if (ok && !(d.hi & DESC_S_MASK)) {
        ok = system_type_in(t, d.hi, 0x0a0e, 0x0a04);
    }
    if (ok) {
        set_result(t, op, desc_limit(&d));
    }
    set_zf(t, ok);
    NEXT(t, op);
}

const Op *tcg_op_verr(TcgCpu *t, const Op *op)
{
    Desc d;
    bool ok = visible_desc(t, op, REG16(t, op->r2), &d) && d.hi & DESC_S_MASK &&
              (d.hi & (DESC_CS_MASK | DESC_R_MASK)) != DESC_CS_MASK;

    set_zf(t, ok);
    NEXT(t, op);
}

const Op *tcg_op_verw(TcgCpu *t, const Op *op)
{
    Desc d;
    bool ok = visible_desc(t, op, REG16(t, op->r2), &d) &&
              desc_is_writable_data(d.hi);

    set_zf(t, ok);
    NEXT(t, op);
}

/* What ARPL makes of r1 and r2, to SLOT_T1. */
const Op *tcg_op_arpl_value(TcgCpu *t, const Op *op)
{
    uint16_t dst = REG16(t, op->r1), src = REG16(t, op->r2);

    REG64(t, SLOT_T1) = (dst & 3) < (src & 3) ? (dst & ~3) | (src & 3) : dst;
    NEXT(t, op);
}

/* r1: selector to adjust, r2: that of the caller. */
const Op *tcg_op_arpl(TcgCpu *t, const Op *op)
{
    uint16_t dst = REG16(t, op->r1), src = REG16(t, op->r2);
    bool less = (dst & 3) < (src & 3);

    if (less) {
        REG16(t, op->r1) = (dst & ~3) | (src & 3);
    }
    set_zf(t, less);
    NEXT(t, op);
}

/* -------------------------------------------------------- descriptor tables */

/* The system descriptor that LLDT and LTR take. */
static void fetch_system(TcgCpu *t, const Op *op, uint16_t sel, uint16_t types,
                         Desc *d, SegmentCache *out)
{
    uint64_t high = 0;

    if (sel & 4 || !tcg_fetch_desc(t, op, sel, d) || d->hi & DESC_S_MASK ||
        !(types >> desc_type(d->hi) & 1)) {
        tcg_raise_sel(t, op, EXCP0D_GPF, sel);
    }
    if (!(d->hi & DESC_P_MASK)) {
        tcg_raise_sel(t, op, EXCP0B_NOSEG, sel);
    }
    if (t->mode & MODE_LMA) {
        high = tcg_fetch_desc_high(t, op, sel, d);
    }
    *out = tcg_desc_cache(sel, d);
    out->base |= high << 32;
    if (!is_canonical(out->base)) {
        tcg_raise_sel(t, op, EXCP0D_GPF, sel);
    }
}

const Op *tcg_op_lldt(TcgCpu *t, const Op *op)
{
    uint16_t sel = REG16(t, op->r2);
    SegmentCache ldt = {.selector = sel};
    Desc d;

    if (!sel_is_null(sel)) {
        fetch_system(t, op, sel, 1u << DESC_LDT, &d, &ldt);
    }
    t->env.ldt = ldt;
    NEXT(t, op);
}

const Op *tcg_op_ltr(TcgCpu *t, const Op *op)
{
    uint16_t sel = REG16(t, op->r2);
    uint16_t types = 1u << DESC_TSS32;
    SegmentCache tr;
    Desc d;

    if (sel_is_null(sel)) {
        gp0(t, op);
    }
    if (!(t->mode & MODE_LMA)) {
        types |= 1u << DESC_TSS16;
    }
    fetch_system(t, op, sel, types, &d, &tr);
    tr.flags |= DESC_TYPE_BUSY << DESC_TYPE_SHIFT;
    mem_st_kernel(t, d.addr + 5, tr.flags >> 8 & 0xff, 1, op);
    t->env.tr = tr;
    NEXT(t, op);
}

/* Limit and base of a table from memory; size: of the base. */
static void load_table(TcgCpu *t, const Op *op, SegmentCache *table)
{
    uint64_t a = op_ea(t, op), base;
    uint16_t limit = mem_ld(t, a, 2, op);

    if (op->size == 8) {
        base = mem_ld(t, a + 2, 8, op);
        if (!is_canonical(base)) {
            gp0(t, op);
        }
    } else {
        base = mem_ld(t, a + 2, 4, op);
        if (op->size == 2) {
            base &= 0xffffff;
        }
    }
    table->limit = limit;
    table->base = base;
}

const Op *tcg_op_lgdt(TcgCpu *t, const Op *op)
{
    load_table(t, op, &t->env.gdt);
    NEXT(t, op);
}

const Op *tcg_op_lidt(TcgCpu *t, const Op *op)
{
    load_table(t, op, &t->env.idt);
    NEXT(t, op);
}

/* aux: of the IDT. */
const Op *tcg_op_store_table(TcgCpu *t, const Op *op)
{
    const SegmentCache *table = op->aux ? &t->env.idt : &t->env.gdt;
    uint64_t a = op_ea(t, op);
    unsigned size = op->size == 8 ? 8 : 4;

    check_umip(t, op);
    mem_check_write(t, a, 2 + size, op);
    mem_st(t, a, table->limit, 2, op);
    if (size == 8) {
        mem_st(t, a + 2, table->base, 8, op);
    } else {
        mem_st(t, a + 2, table->base, 4, op);
    }
    NEXT(t, op);
}

/* What SLDT (aux 0), STR (1) and SMSW (2) store, to SLOT_T0. */
const Op *tcg_op_store_sel(TcgCpu *t, const Op *op)
{
    check_umip(t, op);
    switch (op->aux) {
    case 0:
        REG64(t, SLOT_T0) = t->env.ldt.selector;
        break;
    case 1:
        REG64(t, SLOT_T0) = t->env.tr.selector;
        break;
    default:
        REG64(t, SLOT_T0) = t->env.cr[0];
        break;
    }
    NEXT(t, op);
}

/* ---------------------------------------------------------- CPUID and time */

const Op *tcg_op_cpuid(TcgCpu *t, const Op *op)
{
    uint64_t *regs = t->env.regs;
    uint32_t leaf = regs[R_EAX], a, b, c, d;

    x86_cpu_cpuid(t->cpu, leaf, regs[R_ECX], &a, &b, &c, &d);
    regs[R_EAX] = a;
    regs[R_EBX] = b;
    regs[R_ECX] = c;
    regs[R_EDX] = d;
    NEXT(t, op);
}

static void check_tsd(TcgCpu *t, const Op *op)
{
    if (unlikely(t->env.cr[4] & CR4_TSD && tcg_cpl(t) > 0)) {
        gp0(t, op);
    }
}

static inline void set_edx_eax(TcgCpu *t, uint64_t v)
{
    SET_REG32(t, REG_OFF(R_EAX), v);
    SET_REG32(t, REG_OFF(R_EDX), v >> 32);
}

const Op *tcg_op_rdtsc(TcgCpu *t, const Op *op)
{
    check_tsd(t, op);
    set_edx_eax(t, x86_guest_tsc(&t->env));
    NEXT(t, op);
}

const Op *tcg_op_rdtscp(TcgCpu *t, const Op *op)
{
    check_tsd(t, op);
    set_edx_eax(t, x86_guest_tsc(&t->env));
    SET_REG32(t, REG_OFF(R_ECX), t->env.tsc_aux);
    NEXT(t, op);
}

const Op *tcg_op_rdpid(TcgCpu *t, const Op *op)
{
    REG64(t, op->r1) = (uint32_t)t->env.tsc_aux;
    NEXT(t, op);
}

/* ------------------------------------------------------------------- MSRs */

const Op *tcg_op_rdmsr(TcgCpu *t, const Op *op)
{
    uint64_t v = 0;

    if (!tcg_read_msr(t, t->env.regs[R_ECX], &v)) {
        gp0(t, op);
    }
    set_edx_eax(t, v);
    NEXT(t, op);
}

const Op *tcg_op_wrmsr(TcgCpu *t, const Op *op)
{
    uint64_t v = (uint32_t)t->env.regs[R_EAX] | t->env.regs[R_EDX] << 32;

    if (!tcg_write_msr(t, t->env.regs[R_ECX], v)) {
        gp0(t, op);
    }
    if (unlikely(tcg_must_look(t))) {
        LEAVE(t, sys_next_rip(t, op)); /* an IPI to itself */
    }
    NEXT(t, op);
}

/* --------------------------------------------------------- FS and GS bases */

static void set_base(TcgCpu *t, int seg, uint64_t base)
{
    t->env.segs[seg].base = base;
    REG64(t, SLOT_SEG_BASE + 8 * seg) = base;
}

const Op *tcg_op_swapgs(TcgCpu *t, const Op *op)
{
    uint64_t gs = t->env.segs[R_GS].base;

    set_base(t, R_GS, t->env.kernelgsbase);
    t->env.kernelgsbase = gs;
    NEXT(t, op);
}

static void check_fsgsbase(TcgCpu *t, const Op *op)
{
    if (unlikely(!(t->env.cr[4] & CR4_FSGSBASE))) {
        tcg_raise(t, op, EXCP06_ILLOP);
    }
}

/* aux: segment; r1: destination. */
const Op *tcg_op_rdbase(TcgCpu *t, const Op *op)
{
    uint64_t base = t->env.segs[op->aux].base;

    check_fsgsbase(t, op);
    REG64(t, op->r1) = op->size == 8 ? base : (uint32_t)base;
    NEXT(t, op);
}

const Op *tcg_op_wrbase(TcgCpu *t, const Op *op)
{
    uint64_t base = REG64(t, op->r2);

    check_fsgsbase(t, op);
    if (op->size != 8) {
        base = (uint32_t)base;
    }
    if (!is_canonical(base)) {
        gp0(t, op);
    }
    set_base(t, op->aux, base);
    NEXT(t, op);
}

/* ------------------------------------------------------------- CLAC, STAC */

const Op *tcg_op_clac(TcgCpu *t, const Op *op)
{
    t->env.eflags &= ~(uint64_t)AC_MASK;
    tcg_mmu_sync(t);
    NEXT(t, op);
}

const Op *tcg_op_stac(TcgCpu *t, const Op *op)
{
    t->env.eflags |= AC_MASK;
    tcg_mmu_sync(t);
    NEXT(t, op);
}

/* ------------------------------------------------------ software interrupts */

/* imm: vector; aux: IOPL counts in virtual-8086 mode. */
const Op *tcg_op_int(TcgCpu *t, const Op *op)
{
    if (op->aux && t->mode & MODE_VM &&
        (t->env.eflags & IOPL_MASK) != IOPL_MASK) {
        gp0(t, op);
    }
    return tcg_soft_int(t, op, op->imm, true);
}

const Op *tcg_op_into(TcgCpu *t, const Op *op)
{
    if (!(tcg_cc_compute(t) & CC_O)) {
        NEXT(t, op);
    }
    return tcg_soft_int(t, op, EXCP04_INTO, true);
}

/* A debug trap like the single step one, without a bit in DR6. */
const Op *tcg_op_int1(TcgCpu *t, const Op *op)
{
    return tcg_soft_int(t, op, EXCP01_DB, false);
}
