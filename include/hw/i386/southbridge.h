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
    uint8_t pirq_level;            /* bit n: PIRQ A+n is up */
    MemoryRegion reset_control_io; /* port 0xcf9 */
    uint8_t reset_control;
};

#endif
