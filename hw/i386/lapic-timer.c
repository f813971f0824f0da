/*
 * The local APIC's timer. It counts down from the initial count at 1 GHz,
 * divided; or, in TSC-deadline mode, fires when the guest's TSC reaches the
 * deadline.
 *
 * The count is not kept but computed: timer_start is when it stood at the
 * initial count. A change of the divider moves timer_start so that the count
 * does not jump. The host's timer runs only for interrupts that somebody will
 * see.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/lapic-internal.h"

/* Periods below this would leave the host no time for anything else: some
 * interrupts are left out. */
#define MIN_PERIOD_NS (50 * SCALE_US)

#define DIVIDE_BITS 0x0bu

#define CPUID_1_ECX_TSC_DEADLINE (1u << 24)

static int64_t timer_now(void)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

bool apic_has_deadline(const APICState *s)
{
    return x86_cpu_has(s->parent_obj.cpu, FEAT_1_ECX, CPUID_1_ECX_TSC_DEADLINE);
}

static uint32_t timer_mode(const APICState *s)
{
    return s->lvt[APIC_LVT_TIMER] & LVT_TIMER_MODES;
}

/* Bits 0, 1 and 3: divide by 2, 4, ... 128, 1. */
static unsigned timer_shift(const APICState *s)
{
    unsigned v = (s->timer_divide & 3) | (s->timer_divide >> 1 & 4);

    return (v + 1) & 7;
}

static int64_t timer_period_ns(const APICState *s)
{
    return (int64_t)s->timer_initial << timer_shift(s);
}

uint32_t apic_timer_current(const APICState *s)
{
    uint64_t ticks;

    if (!s->timer_running) {
        return 0;
    }
    ticks = (uint64_t)(timer_now() - s->timer_start) >> timer_shift(s);
    if (timer_mode(s) == LVT_TIMER_PERIODIC) {
        return s->timer_initial - ticks % s->timer_initial;
    }
    return ticks < s->timer_initial ? s->timer_initial - ticks : 0;
}

/* A one-shot that is over has its interrupt, whoever finds out first: the
 * timer, or a register write that would make it forgotten. */
static void timer_finish(APICState *s)
{
    if (s->timer_running && !apic_timer_current(s)) {
        s->timer_running = false;
        timer_del(s->timer);
        apic_local_deliver(s, APIC_LVT_TIMER);
    }
}

/* ---------------------------------------------------------------- expiry */

static int64_t next_period_ns(const APICState *s)
{
    int64_t period = timer_period_ns(s);
    int64_t elapsed = timer_now() - s->timer_start;

    if (period < MIN_PERIOD_NS) {
        elapsed += MIN_PERIOD_NS - period;
    }
    return s->timer_start + (elapsed / period + 1) * period;
}

/* When the TSC will have reached the deadline, rounded up; calculated anew from
 * both clocks, so that errors do not add up. */
static int64_t deadline_ns(const APICState *s)
{
    uint64_t tsc = x86_guest_tsc(s->parent_obj.cpu->env);
    int64_t now = timer_now();
    unsigned __int128 wait;

    if (s->tsc_deadline <= tsc) {
        return now;
    }
    wait = (unsigned __int128)(s->tsc_deadline - tsc) * NANOSECONDS_PER_SECOND /
               x86_tsc_hz() +
           1;
    return wait > (uint64_t)(INT64_MAX - now) ? INT64_MAX : now + (int64_t)wait;
}

static void timer_arm(APICState *s)
{
    bool masked = s->lvt[APIC_LVT_TIMER] & LVT_MASKED;

    timer_del(s->timer);
    if (s->tsc_deadline) {
        timer_mod_ns(s->timer, deadline_ns(s));
    } else if (!masked && s->timer_running) {
        timer_mod_ns(s->timer, timer_mode(s) == LVT_TIMER_PERIODIC
                                   ? next_period_ns(s)
                                   : s->timer_start + timer_period_ns(s));
    }
}

static void timer_expired(void *opaque)
{
    APICState *s = opaque;

    if (s->tsc_deadline) {
        if (x86_guest_tsc(s->parent_obj.cpu->env) < s->tsc_deadline) {
            timer_arm(s);
            return;
        }
        s->tsc_deadline = 0;
    } else if (timer_mode(s) == LVT_TIMER_PERIODIC) {
        timer_arm(s);
    } else {
        timer_finish(s);
        return;
    }
    apic_local_deliver(s, APIC_LVT_TIMER);
}

/* -------------------------------------------------------------- registers */

void apic_timer_set_initial(APICState *s, uint32_t val)
{
    if (timer_mode(s) & LVT_TIMER_DEADLINE) {
        return;
    }
    timer_finish(s);
    s->timer_initial = val;
    s->timer_start = timer_now();
    s->timer_running = val;
    timer_arm(s);
}

/* Divider or mode have changed: the count goes on from where it was. */
static void timer_continue(APICState *s, uint32_t count)
{
    if (count) {
        s->timer_start = timer_now() - ((int64_t)(s->timer_initial - count)
                                        << timer_shift(s));
    }
}

void apic_timer_set_divide(APICState *s, uint32_t val)
{
    uint32_t count;

    timer_finish(s);
    count = apic_timer_current(s);
    s->timer_divide = val & DIVIDE_BITS;
    timer_continue(s, count);
    timer_arm(s);
}

void apic_timer_set_lvt(APICState *s, uint32_t val)
{
    uint32_t *lvt = &s->lvt[APIC_LVT_TIMER];
    uint32_t change = *lvt ^ val;
    uint32_t count;

    timer_finish(s);
    count = apic_timer_current(s);
    *lvt = val;
    if (change & LVT_TIMER_DEADLINE) {
        s->timer_running = false;
        s->timer_initial = 0;
        s->tsc_deadline = 0;
    } else if (change & LVT_TIMER_PERIODIC) {
        timer_continue(s, count);
    }
    timer_arm(s);
}

uint64_t lapic_get_tsc_deadline(APICCommonState *c)
{
    return APIC(c)->tsc_deadline;
}

void lapic_set_tsc_deadline(APICCommonState *c, uint64_t val)
{
    APICState *s = APIC(c);

    if (timer_mode(s) == LVT_TIMER_DEADLINE) {
        s->tsc_deadline = val;
        timer_arm(s);
    }
}

void lapic_tsc_changed(APICCommonState *c)
{
    if (APIC(c)->tsc_deadline) {
        timer_arm(APIC(c));
    }
}

void apic_timer_reset(APICState *s)
{
    s->timer_initial = 0;
    s->timer_divide = 0;
    s->timer_running = false;
    s->tsc_deadline = 0;
    timer_del(s->timer);
}

void apic_timer_init(APICState *s)
{
    s->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, timer_expired, s);
}
