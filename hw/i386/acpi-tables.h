/*
 * The ACPI tables of a board.
 *
 * Main loop only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_ACPI_TABLES_H
#define HW_I386_ACPI_TABLES_H

#include "hw/i386/boot.h"
#include "hw/i386/isa.h"
#include "hw/pci/pci-firmware.h"

/* What the tables but the DSDT say. */
typedef struct AcpiBoard {
    bool has_pic;
    bool has_pit; /* interrupt 0 is the I/O APIC's input 2 */
    bool has_8042;
    bool has_rtc;
    uint32_t level_irqs;     /* bit n: ISA interrupt n is level-triggered */
    uint64_t mmconfig_base;  /* size 0: none */
    uint64_t mmconfig_size;
    uint16_t pm_base; /* ACPI's fixed registers */
    /* Not 0: the hardware-reduced model: three bytes of memory: sleep control,
     * status, reset. Of the fixed registers there is the timer only. */
    uint64_t reduced_regs;
    uint8_t sci;
} AcpiBoard;

/*
 * Appends all tables to `tables`, which will lie at `base` (64-byte aligned);
 * dsdt is the DSDT without its header. Fills in the root pointer.
 */
void acpi_build_tables(const AcpiBoard *board, const GByteArray *dsdt,
                       uint64_t base, GByteArray *tables,
                       uint8_t rsdp[X86_BOOT_RSDP_SIZE]);

/* ---------------------------------------------------- parts of the DSDT */

/* What PCI of a board looks like. */
typedef struct AcpiPCI {
    bool express;
    uint8_t last_bus;
    PCIFirmwareWindow mem;
    PCIFirmwareWindow mem_64;
    bool has_config_ports; /* 0xcf8; and port space at all */
    bool vga_window;
    /* Line of the root bus that pin 0..3 of a slot is wired to. */
    int (*map_irq)(int slot, int pin);
    /* First GSI of the lines, where they have GSIs of their own; 0: none. */
    unsigned first_gsi;
    /* Lines with a link device; 0: none. */
    unsigned nr_links;
} AcpiPCI;

/* \_SB.PCI0 with its windows and interrupts, left open: aml_end(). */
size_t acpi_begin_pci_host(GByteArray *a, const AcpiPCI *pci);
/* \_SB.LNKA, ...: route registers are fields PRQA, ... of \_SB.PCI0.ISA. */
void acpi_add_links(GByteArray *a, unsigned nr_links);
/* \_SB.C000, ... */
void acpi_add_cpus(GByteArray *a);
/* Serial ports, clock, keyboard controller: what is on the bus. */
void acpi_add_isa_devices(GByteArray *a, ISABus *bus);
/* True if the bus has a device of that type. */
bool acpi_isa_has(ISABus *bus, const char *type);
void acpi_add_fw_cfg(GByteArray *a);
/* Memory that belongs to the board: a device of PNP0C02. */
void acpi_add_reserved(GByteArray *a, const char *name, uint32_t base,
                       uint32_t size);
/* \_S5 with that sleep type. */
void acpi_add_s5(GByteArray *a, uint8_t sleep_type);

#endif
