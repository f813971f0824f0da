/*
 * Registers of the local APIC, in the page (xAPIC mode) and as MSRs (x2APIC
 * mode).
 *
 * Both numberings are the same but for the interrupt command, which is one MSR
 * of 64 bits, and for few registers that only one mode has. The page ignores
 * reserved bits and notes accesses to registers that do not exist; MSRs fault.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/lapic-internal.h"
#include "trace/trace-hw-i386.h"

#define X2APIC_MSR_FIRST      0x800u
#define X2APIC_MSR_LAST       0x8ffu
#define MSR_IA32_TSC_DEADLINE 0x6e0u

#define LVT_READ_ONLY(n) \
    ((n) == APIC_LVT_LINT0 || (n) == APIC_LVT_LINT1 \
         ? 1u << 12 | LVT_REMOTE_IRR \
         : 1u << 12)
#define LVT_WITH_MODE (LVT_VECTOR_MASK | 7u << LVT_MODE_SHIFT | LVT_MASKED)

#define ICR_LOW_BITS       0x000ccfffu /* what a write keeps */
#define ICR_X2APIC_INVALID 0xfff32000u
#define DFR_BITS           0xf0000000u
#define LDR_BITS           0xff000000u
#define DIVIDE_BITS        0x0bu

/* ------------------------------------------------------------------- read */

/* False: there is no such register. */
static bool reg_read(APICState *s, unsigned reg, uint32_t *val)
{
    bool x2apic = apic_is_x2apic(s);

    switch (reg) {
    case APIC_ID:
        *val = x2apic ? s->parent_obj.id : s->parent_obj.id << 24;
        break;
    case APIC_VERSION:
        *val = APIC_VERSION_VALUE;
        break;
    case APIC_TPR:
        *val = s->tpr;
        break;
    case APIC_APR:
    case APIC_RRR:
    case APIC_EOI:
        *val = 0;
        break;
    case APIC_PPR:
        *val = apic_ppr(s);
        break;
    case APIC_LDR:
        *val = apic_ldr(s);
        break;
    case APIC_DFR:
        *val = s->dfr;
        break;
    case APIC_SVR:
        *val = s->svr;
        break;
    case APIC_ISR ... APIC_ISR + 7:
        *val = s->isr[reg - APIC_ISR];
        break;
    case APIC_TMR ... APIC_TMR + 7:
        *val = s->tmr[reg - APIC_TMR];
        break;
    case APIC_IRR ... APIC_IRR + 7:
        *val = s->irr[reg - APIC_IRR];
        break;
    case APIC_ESR:
        *val = s->esr;
        break;
    case APIC_ICR:
        *val = s->icr;
        break;
    case APIC_ICR2:
        *val = s->icr >> 32;
        break;
    case APIC_LVT ... APIC_LVT + APIC_LVT_NB - 1:
        *val = s->lvt[reg - APIC_LVT];
        break;
    case APIC_TIMER_INITIAL:
        *val = s->timer_initial;
        break;
    case APIC_TIMER_CURRENT:
        *val = apic_timer_current(s);
        break;
    case APIC_TIMER_DIVIDE:
        *val = s->timer_divide;
        break;
    default:
        return false;
    }
    return true;
}

bool lapic_get_regs(APICCommonState *c, uint32_t regs[APIC_NUM_REGS])
{
    for (unsigned reg = 0; reg < APIC_NUM_REGS; reg++) {
        if (!reg_read(APIC(c), reg, &regs[reg])) {
            regs[reg] = 0;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ write */

static uint32_t lvt_bits(const APICState *s, unsigned n)
{
    switch (n) {
    case APIC_LVT_TIMER:
        return LVT_VECTOR_MASK | LVT_MASKED | LVT_TIMER_PERIODIC |
               (apic_has_deadline(s) ? LVT_TIMER_DEADLINE : 0);
    case APIC_LVT_LINT0:
    case APIC_LVT_LINT1:
        return LVT_WITH_MODE | LVT_POLARITY | LVT_LEVEL;
    case APIC_LVT_ERROR:
        return LVT_VECTOR_MASK | LVT_MASKED;
    default:
        return LVT_WITH_MODE;
    }
}

static void lvt_write(APICState *s, unsigned n, uint32_t val)
{
    val &= lvt_bits(s, n);
    if (!apic_sw_enabled(s)) {
        val |= LVT_MASKED;
    }
    if (n == APIC_LVT_TIMER) {
        apic_timer_set_lvt(s, val);
        return;
    }
    if (val & LVT_LEVEL) {
        val |= s->lvt[n] & LVT_REMOTE_IRR;
    }
    s->lvt[n] = val;
    if (n == APIC_LVT_LINT0) {
        apic_lint0_changed(s);
    }
}

/* Errors since the last write become readable. */
static void esr_write(APICState *s)
{
    s->esr = s->esr_pending;
    s->esr_pending = 0;
}

/* What both modes can write. */
static bool reg_write(APICState *s, unsigned reg, uint32_t val)
{
    switch (reg) {
    case APIC_TPR:
        apic_set_tpr(s, val);
        break;
    case APIC_EOI:
        apic_end_of_interrupt(s);
        break;
    case APIC_SVR:
        apic_set_svr(s, val);
        break;
    case APIC_ESR:
        esr_write(s);
        break;
    case APIC_LVT ... APIC_LVT + APIC_LVT_NB - 1:
        lvt_write(s, reg - APIC_LVT, val);
        break;
    case APIC_TIMER_INITIAL:
        apic_timer_set_initial(s, val);
        break;
    case APIC_TIMER_DIVIDE:
        apic_timer_set_divide(s, val);
        break;
    default:
        return false;
    }
    return true;
}

/* ------------------------------------------------------------------- page */

static bool page_is_there(const APICState *s)
{
    return apic_is_enabled(s) && !apic_is_x2apic(s);
}

uint32_t lapic_mmio_read(APICCommonState *c, unsigned offset)
{
    APICState *s = APIC(c);
    uint32_t val = 0;

    if (!page_is_there(s)) {
        return UINT32_MAX;
    }
    if (offset % 16 == 0 && !reg_read(s, offset / 16, &val)) {
        apic_error(s, APIC_ESR_ILLEGAL_REGISTER);
    }
    trace_apic_read(c->id, offset, val);
    return val;
}

void lapic_mmio_write(APICCommonState *c, unsigned offset, uint32_t val)
{
    APICState *s = APIC(c);
    uint32_t old;

    if (!page_is_there(s) || offset % 16) {
        return;
    }
    trace_apic_write(c->id, offset, val);
    switch (offset / 16) {
    case APIC_LDR:
        s->ldr = val & LDR_BITS;
        return;
    case APIC_DFR:
        s->dfr = val | ~DFR_BITS;
        return;
    case APIC_ICR:
        s->icr = (s->icr & ~(uint64_t)UINT32_MAX) | (val & ICR_LOW_BITS);
        apic_send_ipi(s);
        return;
    case APIC_ICR2:
        s->icr = (s->icr & UINT32_MAX) | (uint64_t)(val & 0xff000000u) << 32;
        return;
    }
    /* Writes to what can only be read are ignored. */
    if (!reg_write(s, offset / 16, val) && !reg_read(s, offset / 16, &old)) {
        apic_error(s, APIC_ESR_ILLEGAL_REGISTER);
    }
}

/* ------------------------------------------------------------------- MSRs */

static bool msr_is_readable(unsigned reg)
{
    switch (reg) {
    case APIC_APR:
    case APIC_EOI:
    case APIC_RRR:
    case APIC_DFR:
    case APIC_ICR2:
    case APIC_SELF_IPI:
        return false;
    }
    return true;
}

bool lapic_msr_read(APICCommonState *c, uint32_t index, uint64_t *val)
{
    APICState *s = APIC(c);
    unsigned reg = index - X2APIC_MSR_FIRST;
    uint32_t low;

    if (index == MSR_IA32_TSC_DEADLINE) {
        *val = s->tsc_deadline;
        return apic_has_deadline(s);
    }
    if (!apic_is_x2apic(s) || index < X2APIC_MSR_FIRST ||
        index > X2APIC_MSR_LAST || !msr_is_readable(reg) ||
        !reg_read(s, reg, &low)) {
        return false;
    }
    *val = reg == APIC_ICR ? s->icr : low;
    trace_apic_msr_read(c->id, index, *val);
    return true;
}

/* Bits that may be 1 in a write; 0: any other value than 0 is wrong. */
static uint64_t msr_valid_bits(const APICState *s, unsigned reg)
{
    switch (reg) {
    case APIC_TPR:
    case APIC_SELF_IPI:
        return 0xff;
    case APIC_SVR:
        return APIC_SVR_BITS;
    case APIC_ICR:
        return ~(uint64_t)ICR_X2APIC_INVALID;
    case APIC_LVT ... APIC_LVT + APIC_LVT_NB - 1:
        return lvt_bits(s, reg - APIC_LVT) | LVT_READ_ONLY(reg - APIC_LVT);
    case APIC_TIMER_INITIAL:
        return UINT32_MAX;
    case APIC_TIMER_DIVIDE:
        return DIVIDE_BITS;
    default:
        return 0;
    }
}

static bool x2apic_write(APICState *s, unsigned reg, uint64_t val)
{
    if (val & ~msr_valid_bits(s, reg)) {
        return false;
    }
    switch (reg) {
    case APIC_ICR:
        s->icr = val & ~(uint64_t)(1u << 12);
        apic_send_ipi(s);
        return true;
    case APIC_SELF_IPI:
        if (apic_sw_enabled(s)) {
            apic_accept(s, val, false);
        }
        return true;
    }
    return reg_write(s, reg, val);
}

bool lapic_msr_write(APICCommonState *c, uint32_t index, uint64_t val)
{
    APICState *s = APIC(c);

    if (index == MSR_IA32_TSC_DEADLINE) {
        if (!apic_has_deadline(s)) {
            return false;
        }
        lapic_set_tsc_deadline(c, val);
        return true;
    }
    trace_apic_msr_write(c->id, index, val);
    return apic_is_x2apic(s) && index >= X2APIC_MSR_FIRST &&
           index <= X2APIC_MSR_LAST &&
           x2apic_write(s, index - X2APIC_MSR_FIRST, val);
}
