/*
 * ACPI's generic event device (ACPI 6.5, 5.6.9) and the sleep and reset
 * registers of hardware-reduced ACPI (4.8.3.7), as memory.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_ACPI_GED_H
#define HW_I386_ACPI_GED_H

#include "hw/core/qdev.h"

#define TYPE_ACPI_GED "acpi-ged"
OBJECT_DECLARE_SIMPLE_TYPE(AcpiGed, ACPI_GED)

/* The event register, four bytes: what has happened; reading clears it. */
#define ACPI_GED_EVENT_SIZE 4
#define ACPI_GED_POWER_DOWN 0x02
/* Sleep control, sleep status, reset; at this distance. */
#define ACPI_GED_REGS        0x200
#define ACPI_GED_REGS_SIZE   3
#define ACPI_GED_RESET_VALUE 0x42
#define ACPI_GED_SLEEP_S5    5

struct AcpiGed {
    DeviceState qdev;
    MemoryRegion event;
    MemoryRegion regs;
    MemoryRegion *memory; /* set before realize */
    uint64_t base;        /* the same */
    qemu_irq irq;         /* the same: up while there is an event */
    uint32_t events;
};

#endif
