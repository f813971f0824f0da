/*
 * What PC firmware does to PCI before it starts an operating system: bus
 * numbers, BARs and bridge windows, decoding, interrupt line registers.
 *
 * Main loop only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_PCI_FIRMWARE_H
#define HW_PCI_PCI_FIRMWARE_H

#include "hw/pci/pci.h"

/* [base, end); base == end: nothing. */
typedef struct PCIFirmwareWindow {
    uint64_t base;
    uint64_t end;
} PCIFirmwareWindow;

typedef struct PCIFirmware {
    PCIFirmwareWindow io;
    PCIFirmwareWindow mem;    /* below 4 GiB */
    PCIFirmwareWindow mem_64; /* for what does not fit below */
    /* Interrupt line of each line of the root bus (PCIBusRouting.map_irq). */
    uint8_t irq_line[8];
} PCIFirmware;

/* After a reset. What finds no room stays unassigned and off. */
void pci_firmware_setup(PCIBus *root, const PCIFirmware *fw);

#endif
