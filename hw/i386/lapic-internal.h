/*
 * The local APIC in user space: what its files share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_LAPIC_INTERNAL_H
#define HW_I386_LAPIC_INTERNAL_H

#include "hw/i386/apic.h"
#include "util/aio.h"

/* ---------------------------------------------------- common to all kinds */

/* By APIC ID; the entries of IDs that no CPU has are NULL. */
extern APICCommonState **apic_table;
extern unsigned apic_table_size;

/* What the PICs' INTR says; acknowledges it. -1 if it is down. */
bool apic_pic_level(void);
int apic_pic_acknowledge(void);
void apic_broadcast_eoi(int vector);

static inline CPUState *apic_cpu(const APICCommonState *s)
{
    return &s->cpu->parent_obj;
}
/* The CPU's INTR pin. */
void apic_set_intr(APICCommonState *s, bool level);

/* -------------------------------------------------------------- registers */

/* Register numbers: their offset in the page / 16, and MSR - 0x800. */
enum {
    APIC_ID = 0x02,
    APIC_VERSION = 0x03,
    APIC_TPR = 0x08,
    APIC_APR = 0x09,
    APIC_PPR = 0x0a,
    APIC_EOI = 0x0b,
    APIC_RRR = 0x0c,
    APIC_LDR = 0x0d,
    APIC_DFR = 0x0e,
    APIC_SVR = 0x0f,
    APIC_ISR = 0x10,
    APIC_TMR = 0x18,
    APIC_IRR = 0x20,
    APIC_ESR = 0x28,
    APIC_ICR = 0x30,
    APIC_ICR2 = 0x31,
    APIC_LVT = 0x32,
    APIC_TIMER_INITIAL = 0x38,
    APIC_TIMER_CURRENT = 0x39,
    APIC_TIMER_DIVIDE = 0x3e,
    APIC_SELF_IPI = 0x3f,
};

enum {
    APIC_LVT_TIMER,
    APIC_LVT_THERMAL,
    APIC_LVT_PERFORM,
    APIC_LVT_LINT0,
    APIC_LVT_LINT1,
    APIC_LVT_ERROR,
    APIC_LVT_NB,
};

/* Version of the Pentium 4 and later, without suppression of EOI messages. */
#define APIC_VERSION_VALUE (0x14u | (APIC_LVT_NB - 1) << 16)

#define APIC_SVR_ENABLED (1u << 8)
#define APIC_SVR_BITS    0x3ffu

#define LVT_VECTOR_MASK    0xffu
#define LVT_MODE_SHIFT     8
#define LVT_POLARITY       (1u << 13)
#define LVT_REMOTE_IRR     (1u << 14)
#define LVT_LEVEL          (1u << 15)
#define LVT_MASKED         (1u << 16)
#define LVT_TIMER_PERIODIC (1u << 17)
#define LVT_TIMER_DEADLINE (1u << 18)
#define LVT_TIMER_MODES    (LVT_TIMER_PERIODIC | LVT_TIMER_DEADLINE)

/* Delivery modes, of messages, IPIs and LVT entries. */
enum {
    APIC_DM_FIXED,
    APIC_DM_LOWEST,
    APIC_DM_SMI,
    APIC_DM_RESERVED,
    APIC_DM_NMI,
    APIC_DM_INIT,
    APIC_DM_SIPI,
    APIC_DM_EXTINT,
};

#define APIC_FIRST_VECTOR 16 /* those below are illegal */

/* Error status. */
#define APIC_ESR_SEND_ILLEGAL     (1u << 5)
#define APIC_ESR_RECEIVE_ILLEGAL  (1u << 6)
#define APIC_ESR_ILLEGAL_REGISTER (1u << 7)

typedef struct APICState {
    APICCommonState parent_obj;

    uint32_t irr[8]; /* requested */
    uint32_t isr[8]; /* in service */
    uint32_t tmr[8]; /* level-triggered */
    uint32_t svr;
    uint32_t ldr; /* xAPIC's */
    uint32_t dfr;
    uint32_t lvt[APIC_LVT_NB];
    uint32_t esr;         /* as last latched */
    uint32_t esr_pending; /* since */
    uint64_t icr;
    uint8_t tpr;
    bool lint0;  /* the pin */
    bool extint; /* a message asked for the PICs' interrupt */

    uint32_t timer_initial;
    uint32_t timer_divide;
    bool timer_running;  /* counts; one-shot: has not reached 0 */
    int64_t timer_start; /* when it was at timer_initial */
    uint64_t tsc_deadline;
    QEMUTimer *timer;
} APICState;

static inline APICState *APIC(APICCommonState *s)
{
    return (APICState *)s; /* each interrupt comes by here: no checked cast */
}
static inline bool apic_is_enabled(const APICState *s)
{
    return s->parent_obj.apicbase & MSR_IA32_APICBASE_ENABLE;
}
static inline bool apic_is_x2apic(const APICState *s)
{
    return apic_is_enabled(s) &&
           (s->parent_obj.apicbase & MSR_IA32_APICBASE_EXTD);
}
static inline bool apic_sw_enabled(const APICState *s)
{
    return s->svr & APIC_SVR_ENABLED;
}

/* lapic.c */

/* The pin to the CPU follows the registers. */
void apic_update(APICState *s);
/* A fixed interrupt. */
void apic_accept(APICState *s, uint8_t vector, bool level);
/* Entry n of the local vector table fires. */
void apic_local_deliver(APICState *s, int n);
/* Entry LINT0 of the table has changed. */
void apic_lint0_changed(APICState *s);
void apic_error(APICState *s, uint32_t bit);
void apic_end_of_interrupt(APICState *s);
uint8_t apic_ppr(const APICState *s);
void apic_set_tpr(APICState *s, uint8_t tpr);
/* All LVT entries are masked while it is off. */
void apic_set_svr(APICState *s, uint32_t val);
/* All but the ID and apicbase to the power-on state. */
void apic_clear(APICState *s);

/* lapic-ipi.c */

uint32_t apic_ldr(const APICState *s);
/* Sends what s->icr says. */
void apic_send_ipi(APICState *s);
void lapic_send_msi(APICCommonState *s, uint64_t addr, uint32_t data);

/* lapic-regs.c */

uint32_t lapic_mmio_read(APICCommonState *s, unsigned offset);
void lapic_mmio_write(APICCommonState *s, unsigned offset, uint32_t val);
bool lapic_msr_read(APICCommonState *s, uint32_t index, uint64_t *val);
bool lapic_msr_write(APICCommonState *s, uint32_t index, uint64_t val);
bool lapic_get_regs(APICCommonState *s, uint32_t regs[APIC_NUM_REGS]);

/* lapic-timer.c */

void apic_timer_init(APICState *s);
void apic_timer_reset(APICState *s);
uint32_t apic_timer_current(const APICState *s);
void apic_timer_set_initial(APICState *s, uint32_t val);
void apic_timer_set_divide(APICState *s, uint32_t val);
/* Entry "timer" of the LVT is to be val. */
void apic_timer_set_lvt(APICState *s, uint32_t val);
bool apic_has_deadline(const APICState *s);
uint64_t lapic_get_tsc_deadline(APICCommonState *s);
void lapic_set_tsc_deadline(APICCommonState *s, uint64_t val);
void lapic_tsc_changed(APICCommonState *s);

#endif
