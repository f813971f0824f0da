/*
 * What the files of hw/pci share: the bus, and the steps a device goes
 * through that live in different files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_PCI_INTERNAL_H
#define HW_PCI_PCI_INTERNAL_H

#include "hw/pci/pci.h"
#include "util/bswap.h"

#define PCI_BUS_MAX_DEVFN 256
/* Lines of a root bus: four on i440FX, eight (PIRQ A-H) on Q35. */
#define PCI_BUS_MAX_IRQ 8

struct PCIBus {
    BusState qbus;
    MemoryRegion *address_space_mem;
    MemoryRegion *address_space_io;
    uint8_t devfn_min;     /* lowest devfn given out when none is asked for */
    PCIDevice *parent_dev; /* the bridge; NULL: a root bus */
    /* For ports that report what is in their slot: a device of this bus has
     * come or gone. */
    void (*child_changed)(PCIDevice *parent_dev);
    PCIBusRouting routing; /* root buses only */
    /* How many devices hold each line up: lines are shared. */
    int irq_count[PCI_BUS_MAX_IRQ];
    PCIDevice *devices[PCI_BUS_MAX_DEVFN];
    bool is_root;
    TAILQ_ENTRY(PCIBus) root_link; /* root buses only */
};

/* ----------------------------------------------------------------- pci.c */

/* The part of a reset that every function has: INTx, header, BARs, MSI-X. */
void pci_reset_function(PCIDevice *dev);

/* ------------------------------------------------------------- pci-bus.c */

/* After `bus` in the order they were made (pci_find_primary_bus: the first). */
PCIBus *pci_next_root_bus(PCIBus *bus);
/* The bus with that number at or below `bus`, or NULL. */
PCIBus *pci_find_bus(PCIBus *bus, int bus_num);
/* Takes dev->devfn, or the first free one, on the device's parent bus. */
bool pci_bus_claim_devfn(PCIBus *bus, PCIDevice *dev, Error **errp);
void pci_bus_release_devfn(PCIBus *bus, PCIDevice *dev);
/* A link of Express has one device at its far end: slot 0. */
bool pci_bus_is_single_slot(const PCIBus *bus);

/* ---------------------------------------------------------- pci-config.c */

void pci_config_alloc(PCIDevice *dev);
void pci_config_free(PCIDevice *dev);
/* Identity, header type and writable bits, from the class. */
void pci_config_init(PCIDevice *dev);
/* Registers of the header back to their reset values. */
void pci_config_reset(PCIDevice *dev);
void pci_update_bus_master(PCIDevice *dev);

/* One access at register addr of dev (NULL: absent), below limit (the size the
 * caller can address). */
uint32_t pci_host_config_read(PCIDevice *dev, uint32_t addr, uint32_t limit,
                              unsigned len);
void pci_host_config_write(PCIDevice *dev, uint32_t addr, uint32_t limit,
                           uint32_t val, unsigned len);

/* ------------------------------------------------------------- pci-bar.c */

void pci_update_mappings(PCIDevice *dev);
void pci_unregister_bars(PCIDevice *dev);
void pci_reset_bars(PCIDevice *dev);

/* ------------------------------------------------------------- pci-irq.c */

/* INTX_DISABLE was old_disabled before this config write. */
void pci_irq_disable_changed(PCIDevice *dev, bool was_disabled);
bool pci_irq_disabled(const PCIDevice *dev);
void pci_irq_deassert(PCIDevice *dev);

/* ------------------------------------------------------------- pci-rom.c */

/* Loads romfile into a ROM BAR; true if there is nothing to load. */
bool pci_rom_init(PCIDevice *dev, Error **errp);
void pci_rom_exit(PCIDevice *dev);

/* ---------------------------------------------------------- pci-bridge.c */

/* The windows again, from the registers. */
void pci_bridge_update_windows(PCIDevice *dev);

/* ------------------------------------------------------------ pci-info.c */

/* "Ethernet controller", or NULL. */
const char *pci_class_description(uint16_t class_id);
void pci_bus_print_dev(GString *out, DeviceState *qdev, int indent);

#endif
