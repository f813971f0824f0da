/*
 * The generic PCI Express host bridge: see host-gpex.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_PCI_GPEX_H
#define HW_PCI_PCI_GPEX_H

#include "hw/pci/pci-host.h"

#define TYPE_GPEX_HOST        "gpex-pcihost"
#define TYPE_GPEX_ROOT_DEVICE "gpex-root"
OBJECT_DECLARE_SIMPLE_TYPE(GPEXHost, GPEX_HOST)

#define GPEX_NUM_IRQS 4

struct GPEXHost {
    PCIExpressHost parent_obj;
    /* Set before realize, as are the fields of PCIHostState. */
    uint64_t ecam_base;
    uint64_t ecam_size;
    qemu_irq irq[GPEX_NUM_IRQS];
};

/* The line that pin 0..3 of a slot is wired to. */
int gpex_map_irq_slot(int slot, int pin);

#endif
