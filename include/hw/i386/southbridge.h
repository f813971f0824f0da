/*
 * The south bridges: PIIX3 of -machine pc, ICH9-LPC of -machine q35. Each is
 * the PCI function that carries the ISA bus and routes PCI's interrupt lines
 * to the interrupt controllers.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_SOUTHBRIDGE_H
#define HW_I386_SOUTHBRIDGE_H

#include "hw/i386/acpi-pm.h"
#include "hw/i386/isa.h"
#include "hw/pci/pci.h"

#define TYPE_SOUTHBRIDGE "southbridge"
OBJECT_DECLARE_SIMPLE_TYPE(SouthBridge, SOUTHBRIDGE)
#define TYPE_PIIX3_DEVICE    "PIIX3"
#define TYPE_ICH9_LPC_DEVICE "ICH9-LPC"

#define PIRQ_MAX            8
#define SOUTHBRIDGE_NUM_GSI 24

struct SouthBridge {
    PCIDevice parent_obj;
    MemoryRegion *io_memory; /* set before realize */
    ISABus *isa_bus;
    /* Named outputs "gsi": to the interrupt controllers. */
    qemu_irq gsi[SOUTHBRIDGE_NUM_GSI];
    /* How the kind of bridge routes; set by realize. */
    int nr_pirq;
    int (*pirq_reg)(int pirq); /* where its routing register is */
    int first_pirq_gsi;        /* PIRQs drive I/O APIC inputs too; 0: no */

    uint8_t pirq_level;  /* bit n: PIRQ A+n is up */
    uint32_t sci_levels; /* bit n: ACPI drives GSI n */
    uint32_t levels;     /* bit n: output n is up */
    bool has_pm;         /* set before realize: ICH9 with ACPI's registers */
    AcpiPM pm;
    MemoryRegion reset_control_io; /* port 0xcf9 */
    uint8_t reset_control;
};

/* ACPI's interrupt, which it shares with PCI's. */
void southbridge_set_sci(SouthBridge *sb, int gsi, bool level);

#endif
