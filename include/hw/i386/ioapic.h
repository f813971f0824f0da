/*
 * The I/O APIC: 24 interrupt inputs, each with a redirection entry that says
 * which message its interrupt is.
 *
 * Device "ioapic" on the system bus; unnamed inputs 0 to 23. A message is a
 * write to the local APICs' address (0xfee00000) in guest memory.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_IOAPIC_H
#define HW_I386_IOAPIC_H

#include "hw/core/qdev.h"

#define TYPE_IOAPIC "ioapic"
OBJECT_DECLARE_SIMPLE_TYPE(IOAPICState, IOAPIC)

#define IOAPIC_NUM_PINS        24
#define IOAPIC_DEFAULT_ADDRESS 0xfec00000
#define APIC_DEFAULT_ADDRESS   0xfee00000

struct IOAPICState {
    DeviceState qdev;
    MemoryRegion *system_memory; /* set before realize */
    MemoryRegion mmio;
    uint8_t version; /* property */
    uint8_t id;
    uint8_t select;
    uint32_t lines; /* levels of the inputs */
    uint32_t irr;   /* interrupts to be delivered */
    uint64_t redirection[IOAPIC_NUM_PINS];
    /* Told of the message of an entry that was written; NULL: nobody. */
    void (*entry_changed)(IOAPICState *s, int pin, uint64_t addr,
                          uint32_t data);
};

/* A local APIC has handled a level-triggered interrupt with this vector. */
void ioapic_eoi_broadcast(IOAPICState *s, int vector);

/* Its part of "info pic"; to be freed. */
char *ioapic_info_text(const IOAPICState *s);

#endif
