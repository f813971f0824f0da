/*
 * Express ports with a slot: the link, the slot's hot-plug registers, and
 * their interrupt.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_PCIE_PORT_H
#define HW_PCI_PCIE_PORT_H

#include "hw/pci/pci-bridge.h"
#include "util/queue.h"

#define TYPE_PCIE_SLOT "pcie-slot"
OBJECT_DECLARE_SIMPLE_TYPE(PCIESlot, PCIE_SLOT)

struct PCIESlot {
    PCIBridge parent_obj;
    uint8_t port; /* number of the link */
    uint8_t chassis;
    uint16_t slot; /* physical slot number, unique in the chassis */
    bool hotplug;
    bool power_controller_present;
    bool occupied; /* as the registers show it */
    bool irq_asserted;
    LIST_ENTRY(PCIESlot) link; /* all slots, for their numbers */
};

/* Claims chassis and slot number; "Can't add chassis slot, error -16". */
bool pcie_chassis_add_slot(PCIESlot *slot, Error **errp);
void pcie_chassis_del_slot(PCIESlot *slot);

/* After pcie_cap_init(): the slot and link registers of the port. */
void pcie_cap_slot_init(PCIESlot *slot);
void pcie_cap_slot_reset(PCIESlot *slot);
/* After the default write; old_ctl is Slot Control before it. */
void pcie_cap_slot_write_config(PCIESlot *slot, uint16_t old_ctl, uint32_t addr,
                                int len);
/* A device came or went: presence, link state, and the events of both. */
void pcie_cap_slot_update(PCIESlot *slot);

#endif
