/*
 * The fixed ACPI power management registers (ACPI 6.5, 4.8.3), which PIIX4's
 * and ICH9's south bridges have in common: PM1 events and control, PM timer.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_ACPI_PM_H
#define HW_I386_ACPI_PM_H

#include "memory/memory.h"
#include "util/aio.h"

#define ACPI_PM_TIMER_FREQ 3579545

/* Offsets in the block. */
#define ACPI_PM1_STATUS  0
#define ACPI_PM1_ENABLE  2
#define ACPI_PM1_CONTROL 4
#define ACPI_PM_TIMER    8

typedef struct AcpiPM {
    MemoryRegion io; /* the block; not mapped before acpi_pm_set_base() */
    MemoryRegion event;
    MemoryRegion control;
    MemoryRegion timer_io;
    void (*set_sci)(void *opaque, bool level);
    void *opaque;
    uint16_t status;
    uint16_t enable;
    uint16_t control_reg;
    int64_t carry; /* the count at which the timer's top bit changes next */
    QEMUTimer *timer;
} AcpiPM;

/* A block of `size` ports in io, still disabled. set_sci drives the system
 * control interrupt. */
void acpi_pm_init(AcpiPM *pm, Object *owner, MemoryRegion *io, unsigned size,
                  void (*set_sci)(void *opaque, bool level), void *opaque);
void acpi_pm_cleanup(AcpiPM *pm);
void acpi_pm_reset(AcpiPM *pm);
/* As the configuration of the bridge says. */
void acpi_pm_set_base(AcpiPM *pm, uint16_t base, bool enabled);

#endif
