/*
 * The local APIC in user space (Intel SDM volume 3, chapter "Advanced
 * programmable interrupt controller").
 *
 * Interrupts come as messages (lapic-ipi.c), from the timer (lapic-timer.c),
 * from the pins LINT0 and LINT1, and as errors. Fixed ones set their vector's
 * bit in IRR; the highest is shown to the CPU if its class, the upper four
 * bits, is above the processor's priority, which is the higher of TPR and the
 * class of the highest vector in service. The CPU takes it (IRR to ISR) and
 * ends it with EOI. NMI, INIT and SIPI go to the CPU as they are. Interrupts of
 * the PICs pass by all this while LINT0 says ExtINT.
 *
 * Whoever changes a register on which that depends calls apic_update().
 *
 * Big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/lapic-internal.h"
#include "trace/trace-hw-i386.h"

/* --------------------------------------------------------------- priority */

static void set_bit(uint32_t *bits, uint8_t n, bool on)
{
    uint32_t bit = 1u << (n & 31);

    bits[n / 32] = on ? bits[n / 32] | bit : bits[n / 32] & ~bit;
}

static bool test_bit(const uint32_t *bits, uint8_t n)
{
    return bits[n / 32] & 1u << (n & 31);
}

static int highest_bit(const uint32_t *bits)
{
    for (int i = 7; i >= 0; i--) {
        if (bits[i]) {
            return i * 32 + 31 - __builtin_clz(bits[i]);
        }
    }
    return -1;
}

uint8_t apic_ppr(const APICState *s)
{
    int in_service = highest_bit(s->isr);
    uint8_t class = in_service < 0 ? 0 : in_service & 0xf0;

    return (s->tpr & 0xf0) >= class ? s->tpr : class;
}

/* The vector to show to the CPU, or -1. */
static int apic_pending_vector(const APICState *s)
{
    int vector = highest_bit(s->irr);

    if (vector < 0 || (vector & 0xf0) <= (apic_ppr(s) & 0xf0)) {
        return -1;
    }
    return vector;
}

static unsigned lvt_mode(uint32_t lvt)
{
    return lvt >> LVT_MODE_SHIFT & 7;
}

/* With the APIC off, LINT0 is the CPU's own interrupt pin. */
static bool pic_passes(const APICState *s)
{
    uint32_t lvt = s->lvt[APIC_LVT_LINT0];

    if (!apic_pic_level()) {
        return false;
    }
    return s->extint || !apic_is_enabled(s) ||
           (!(lvt & LVT_MASKED) && lvt_mode(lvt) == APIC_DM_EXTINT);
}

static bool lapic_has_interrupt(APICCommonState *c)
{
    return apic_pending_vector(APIC(c)) >= 0 || pic_passes(APIC(c));
}

void apic_update(APICState *s)
{
    apic_set_intr(&s->parent_obj, lapic_has_interrupt(&s->parent_obj));
}

static int lapic_get_interrupt(APICCommonState *c)
{
    APICState *s = APIC(c);
    int vector = apic_pending_vector(s);

    if (vector >= 0) {
        set_bit(s->irr, vector, false);
        set_bit(s->isr, vector, true);
    } else if (pic_passes(s)) {
        s->extint = false;
        vector = apic_pic_acknowledge();
    }
    apic_update(s);
    trace_apic_acknowledge(c->id, vector);
    return vector;
}

/* ---------------------------------------------------------------- arrival */

void apic_error(APICState *s, uint32_t bit)
{
    bool first = !(s->esr_pending & bit);

    /* The error's own vector may be illegal: once. */
    s->esr_pending |= bit;
    if (first) {
        apic_local_deliver(s, APIC_LVT_ERROR);
    }
}

void apic_accept(APICState *s, uint8_t vector, bool level)
{
    if (vector < APIC_FIRST_VECTOR) {
        apic_error(s, APIC_ESR_RECEIVE_ILLEGAL);
        return;
    }
    set_bit(s->irr, vector, true);
    set_bit(s->tmr, vector, level);
    apic_update(s);
}

static bool lvt_is_level(const APICState *s, int n)
{
    return n == APIC_LVT_LINT0 && (s->lvt[n] & LVT_LEVEL) &&
           lvt_mode(s->lvt[n]) == APIC_DM_FIXED;
}

static void local_deliver_fixed(APICState *s, int n)
{
    bool level = lvt_is_level(s, n);

    if (level) {
        if (s->lvt[n] & LVT_REMOTE_IRR) {
            return;
        }
        s->lvt[n] |= LVT_REMOTE_IRR;
    }
    apic_accept(s, s->lvt[n] & LVT_VECTOR_MASK, level);
}

void apic_local_deliver(APICState *s, int n)
{
    uint32_t lvt = s->lvt[n];

    if (lvt & LVT_MASKED) {
        return;
    }
    trace_apic_local_deliver(s->parent_obj.id, n, lvt);
    switch (lvt_mode(lvt)) {
    case APIC_DM_FIXED:
        local_deliver_fixed(s, n);
        break;
    case APIC_DM_NMI:
        cpu_interrupt(apic_cpu(&s->parent_obj), CPU_INTERRUPT_NMI);
        break;
    case APIC_DM_INIT:
        cpu_interrupt(apic_cpu(&s->parent_obj), CPU_INTERRUPT_INIT);
        break;
    }
}

static void lapic_set_lint0(APICCommonState *c, bool level)
{
    APICState *s = APIC(c);
    bool rises = level && !s->lint0;

    s->lint0 = level;
    if (rises && apic_is_enabled(s)) {
        apic_local_deliver(s, APIC_LVT_LINT0);
    }
    apic_update(s);
}

/* A level that is there counts when it is let through, an edge does not. */
void apic_lint0_changed(APICState *s)
{
    if (s->lint0 && lvt_is_level(s, APIC_LVT_LINT0)) {
        apic_local_deliver(s, APIC_LVT_LINT0);
    }
    apic_update(s);
}

static void lapic_pulse_lint1(APICCommonState *c)
{
    if (apic_is_enabled(APIC(c))) {
        apic_local_deliver(APIC(c), APIC_LVT_LINT1);
    } else {
        cpu_interrupt(apic_cpu(c), CPU_INTERRUPT_NMI);
    }
}

void apic_end_of_interrupt(APICState *s)
{
    uint32_t *lint0 = &s->lvt[APIC_LVT_LINT0];
    int vector = highest_bit(s->isr);

    if (vector < 0) {
        return;
    }
    trace_apic_eoi(s->parent_obj.id, vector);
    set_bit(s->isr, vector, false);
    if (test_bit(s->tmr, vector)) {
        apic_broadcast_eoi(vector);
        if ((*lint0 & LVT_REMOTE_IRR) &&
            (int)(*lint0 & LVT_VECTOR_MASK) == vector) {
            *lint0 &= ~LVT_REMOTE_IRR;
            if (s->lint0) {
                apic_local_deliver(s, APIC_LVT_LINT0);
            }
        }
    }
    apic_update(s);
}

/* -------------------------------------------------------------- registers */

void apic_set_tpr(APICState *s, uint8_t tpr)
{
    s->tpr = tpr;
    apic_update(s);
}

static void lapic_set_tpr(APICCommonState *c, uint8_t cr8)
{
    apic_set_tpr(APIC(c), cr8 << 4);
}

static uint8_t lapic_get_tpr(APICCommonState *c)
{
    return APIC(c)->tpr >> 4;
}

void apic_set_svr(APICState *s, uint32_t val)
{
    s->svr = val & APIC_SVR_BITS;
    if (!apic_sw_enabled(s)) {
        for (int n = 0; n < APIC_LVT_NB; n++) {
            s->lvt[n] |= LVT_MASKED;
        }
        apic_timer_set_lvt(s, s->lvt[APIC_LVT_TIMER]);
    }
    apic_update(s);
}

void apic_clear(APICState *s)
{
    memset(s->irr, 0, sizeof(s->irr));
    memset(s->isr, 0, sizeof(s->isr));
    memset(s->tmr, 0, sizeof(s->tmr));
    s->svr = 0xff;
    s->ldr = 0;
    s->dfr = UINT32_MAX;
    for (int n = 0; n < APIC_LVT_NB; n++) {
        s->lvt[n] = LVT_MASKED;
    }
    if (s->parent_obj.apicbase & MSR_IA32_APICBASE_BSP) {
        /* As firmware leaves it: kernels start with the PICs. */
        s->lvt[APIC_LVT_LINT0] = APIC_DM_EXTINT << LVT_MODE_SHIFT;
        s->lvt[APIC_LVT_LINT1] = APIC_DM_NMI << LVT_MODE_SHIFT;
    }
    s->esr = 0;
    s->esr_pending = 0;
    s->icr = 0;
    s->tpr = 0;
    s->extint = false;
    apic_timer_reset(s);
    apic_update(s);
}

static void lapic_set_base(APICCommonState *c, uint64_t val)
{
    APICState *s = APIC(c);
    bool was_enabled = apic_is_enabled(s);
    bool was_x2apic = apic_is_x2apic(s);

    c->apicbase = val;
    if (was_enabled && !apic_is_enabled(s)) {
        apic_clear(s); /* what it held is lost */
    } else if (!was_x2apic && apic_is_x2apic(s)) {
        s->icr &= UINT32_MAX; /* the destination has another form */
    }
    apic_update(s);
}

/* ----------------------------------------------------------------- device */

static void lapic_reset(APICCommonState *c, bool init)
{
    if (!init) {
        c->apicbase = APIC_DEFAULT_ADDRESS | MSR_IA32_APICBASE_ENABLE |
                      (apic_cpu(c)->cpu_index ? 0 : MSR_IA32_APICBASE_BSP);
    }
    apic_clear(APIC(c));
}

static void lapic_realize(DeviceState *qdev, Error **errp)
{
    APICState *s = APIC(APIC_COMMON(qdev));
    DeviceClass *parent = DEVICE_CLASS(object_class_by_name(TYPE_APIC_COMMON));
    Error *err = NULL;

    parent->realize(qdev, &err);
    if (err) {
        error_propagate(errp, err);
        return;
    }
    apic_timer_init(s);
    lapic_reset(&s->parent_obj, false);
}

static void lapic_unrealize(DeviceState *qdev)
{
    APICState *s = APIC(APIC_COMMON(qdev));

    timer_free(s->timer);
    s->timer = NULL;
    DEVICE_CLASS(object_class_by_name(TYPE_APIC_COMMON))->unrealize(qdev);
}

static void lapic_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    APICCommonClass *k = APIC_COMMON_CLASS(klass);

    dc->realize = lapic_realize;
    dc->unrealize = lapic_unrealize;
    k->send_msi = lapic_send_msi;
    k->set_base = lapic_set_base;
    k->set_tpr = lapic_set_tpr;
    k->get_tpr = lapic_get_tpr;
    k->reset = lapic_reset;
    k->get_interrupt = lapic_get_interrupt;
    k->has_interrupt = lapic_has_interrupt;
    k->set_lint0 = lapic_set_lint0;
    k->pulse_lint1 = lapic_pulse_lint1;
    k->mmio_read = lapic_mmio_read;
    k->mmio_write = lapic_mmio_write;
    k->msr_read = lapic_msr_read;
    k->msr_write = lapic_msr_write;
    k->get_tsc_deadline = lapic_get_tsc_deadline;
    k->set_tsc_deadline = lapic_set_tsc_deadline;
    k->tsc_changed = lapic_tsc_changed;
    k->get_regs = lapic_get_regs;
}

static const TypeInfo lapic_types[] = {
    {
        .name = TYPE_APIC,
        .parent = TYPE_APIC_COMMON,
        .instance_size = sizeof(APICState),
        .class_init = lapic_class_init,
    },
};
DEFINE_TYPES(lapic_types)
