/*
 * Messages between local APICs, and from devices: who a message is for, and
 * what it does there.
 *
 * A destination is an APIC ID (physical) or a set of bits compared with each
 * APIC's logical ID. Senders in xAPIC mode and devices have 8 bits for it,
 * senders in x2APIC mode 32. How logical bits are compared is up to the
 * receiver's mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/lapic-internal.h"
#include "trace/trace-hw-i386.h"

#define BROADCAST_8  0xffu
#define BROADCAST_32 0xffffffffu

/* Message address and data. */
#define MSI_ADDR_LOGICAL       (1u << 2)
#define MSI_ADDR_REDIRECT      (1u << 3)
#define MSI_ADDR_DEST_SHIFT    12
#define MSI_ADDR_DEST_HI_SHIFT 40 /* bits 31-8 of the ID, as hypervisors do */
#define MSI_DATA_MODE_SHIFT    8
#define MSI_DATA_ASSERT        (1u << 14)
#define MSI_DATA_LEVEL         (1u << 15)

/* Interrupt command. */
#define ICR_MODE_SHIFT      8
#define ICR_LOGICAL         (1u << 11)
#define ICR_ASSERT          (1u << 14)
#define ICR_SHORTHAND_SHIFT 18
#define ICR_DEST8_SHIFT     56
#define ICR_DEST32_SHIFT    32

enum { SHORTHAND_NONE, SHORTHAND_SELF, SHORTHAND_ALL, SHORTHAND_OTHERS };

typedef struct Message {
    uint32_t dest;
    uint32_t broadcast; /* the value of dest that means everybody */
    const APICState *not_to;
    bool logical;
    bool lowest; /* to one of those that match */
    bool level;
    uint8_t mode;
    uint8_t vector;
} Message;

/* ----------------------------------------------------------- destinations */

uint32_t apic_ldr(const APICState *s)
{
    uint32_t id = s->parent_obj.id;

    return apic_is_x2apic(s) ? (id >> 4) << 16 | 1u << (id & 15) : s->ldr;
}

static bool logical_match(const APICState *s, uint32_t dest)
{
    uint32_t ldr = apic_ldr(s);

    if (apic_is_x2apic(s)) {
        return ldr >> 16 == dest >> 16 && (ldr & dest & 0xffff);
    }
    ldr >>= 24;
    if (dest > 0xff) {
        return false;
    }
    if (s->dfr >> 28 == 0xf) { /* flat */
        return ldr & dest;
    }
    return (dest >> 4 == 0xf || dest >> 4 == ldr >> 4) && (ldr & dest & 0xf);
}

static bool message_is_for(const APICState *s, const Message *m)
{
    if (!apic_is_enabled(s) || s == m->not_to) {
        return false;
    }
    if (m->dest == m->broadcast) {
        return m->logical && m->broadcast == BROADCAST_8
                   ? logical_match(s, m->dest)
                   : true;
    }
    return m->logical ? logical_match(s, m->dest) : s->parent_obj.id == m->dest;
}

/* --------------------------------------------------------------- delivery */

static void deliver(APICState *s, const Message *m)
{
    CPUState *cpu = apic_cpu(&s->parent_obj);

    trace_apic_deliver(s->parent_obj.id, m->mode, m->vector, m->level);
    switch (m->mode) {
    case APIC_DM_FIXED:
    case APIC_DM_LOWEST:
        if (apic_sw_enabled(s)) {
            apic_accept(s, m->vector, m->level);
        }
        break;
    case APIC_DM_NMI:
        cpu_interrupt(cpu, CPU_INTERRUPT_NMI);
        break;
    case APIC_DM_INIT:
        cpu_interrupt(cpu, CPU_INTERRUPT_INIT);
        break;
    case APIC_DM_SIPI:
        s->parent_obj.cpu->env->sipi_vector = m->vector;
        cpu_interrupt(cpu, CPU_INTERRUPT_SIPI);
        break;
    case APIC_DM_EXTINT:
        s->extint = true;
        apic_update(s);
        break;
    }
}

/* Of those it is for, the one of lowest priority; among equals they take
 * turns. */
static void deliver_lowest(const Message *m)
{
    static unsigned last;
    APICState *best = NULL;

    for (unsigned i = 1; i <= apic_table_size; i++) {
        unsigned id = (last + i) % apic_table_size;
        APICState *s = APIC(apic_table[id]);

        if (s && message_is_for(s, m) && apic_sw_enabled(s) &&
            (!best || apic_ppr(s) < apic_ppr(best))) {
            best = s;
        }
    }
    if (best) {
        last = best->parent_obj.id;
        deliver(best, m);
    }
}

static void send(const Message *m)
{
    if (!m->logical && m->dest != m->broadcast) {
        APICState *s =
            m->dest < apic_table_size ? APIC(apic_table[m->dest]) : NULL;

        if (s && message_is_for(s, m)) {
            deliver(s, m);
        }
    } else if (m->lowest) {
        deliver_lowest(m);
    } else {
        for (unsigned id = 0; id < apic_table_size; id++) {
            APICState *s = APIC(apic_table[id]);

            if (s && message_is_for(s, m)) {
                deliver(s, m);
            }
        }
    }
}

void lapic_send_msi(APICCommonState *c, uint64_t addr, uint32_t data)
{
    uint32_t high = addr >> MSI_ADDR_DEST_HI_SHIFT;
    Message m = {
        .dest = (addr >> MSI_ADDR_DEST_SHIFT & 0xff) | high << 8,
        .broadcast = high ? BROADCAST_32 : BROADCAST_8,
        .logical = addr & MSI_ADDR_LOGICAL,
        .mode = data >> MSI_DATA_MODE_SHIFT & 7,
        .vector = data,
        .level = data & MSI_DATA_LEVEL,
    };

    if (m.level && !(data & MSI_DATA_ASSERT)) {
        return; /* the end of a level: nothing keeps it up here */
    }
    m.lowest = m.mode == APIC_DM_LOWEST ||
               (m.mode == APIC_DM_FIXED && (addr & MSI_ADDR_REDIRECT));
    if (m.mode == APIC_DM_SIPI) {
        return; /* only CPUs start CPUs */
    }
    send(&m);
}

/* -------------------------------------------------------------------- IPI */

static bool mode_is_sent(const APICState *s, unsigned mode, unsigned shorthand)
{
    bool to_self = shorthand == SHORTHAND_SELF || shorthand == SHORTHAND_ALL;

    switch (mode) {
    case APIC_DM_FIXED:
        return true;
    case APIC_DM_LOWEST:
    case APIC_DM_NMI:
    case APIC_DM_SIPI:
        return !to_self;
    case APIC_DM_INIT:
        /* Without "assert" it once meant something else. */
        return !to_self && (s->icr & ICR_ASSERT);
    default:
        return false;
    }
}

void apic_send_ipi(APICState *s)
{
    unsigned shorthand = s->icr >> ICR_SHORTHAND_SHIFT & 3;
    bool x2apic = apic_is_x2apic(s);
    Message m = {
        .dest = x2apic ? s->icr >> ICR_DEST32_SHIFT : s->icr >> ICR_DEST8_SHIFT,
        .broadcast = x2apic ? BROADCAST_32 : BROADCAST_8,
        .logical = s->icr & ICR_LOGICAL,
        .mode = s->icr >> ICR_MODE_SHIFT & 7,
        .vector = s->icr,
    };

    if (!mode_is_sent(s, m.mode, shorthand)) {
        return;
    }
    if ((m.mode == APIC_DM_FIXED || m.mode == APIC_DM_LOWEST) &&
        m.vector < APIC_FIRST_VECTOR) {
        apic_error(s, APIC_ESR_SEND_ILLEGAL);
        return;
    }
    m.lowest = m.mode == APIC_DM_LOWEST;
    if (shorthand == SHORTHAND_SELF) {
        deliver(s, &m);
        return;
    }
    if (shorthand != SHORTHAND_NONE) {
        m.not_to = shorthand == SHORTHAND_OTHERS ? s : NULL;
        m.logical = false;
        m.dest = m.broadcast;
    }
    send(&m);
}
