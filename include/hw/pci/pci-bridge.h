/*
 * PCI-to-PCI bridges: a function with a bus behind it.
 *
 * The bridge forwards configuration cycles by its bus numbers (pci-bus.c) and
 * accesses to port space, memory and prefetchable memory that fall into its
 * three windows.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_PCI_BRIDGE_H
#define HW_PCI_PCI_BRIDGE_H

#include "hw/pci/pci.h"

#define TYPE_PCI_BRIDGE "base-pci-bridge"
OBJECT_DECLARE_SIMPLE_TYPE(PCIBridge, PCI_BRIDGE)

/* What firmware is asked to set aside behind the bridge; all ones: no wish. */
typedef struct PCIResReserve {
    uint32_t bus;
    uint64_t io;
    uint64_t mem_non_pref;
    uint64_t mem_pref_32;
    uint64_t mem_pref_64;
} PCIResReserve;

struct PCIBridge {
    PCIDevice parent_obj;
    PCIBus *sec_bus;
    PCIResReserve reserve;
    /* The address spaces of the secondary bus, and the parts of them that
     * show in the primary's. */
    MemoryRegion address_space_mem;
    MemoryRegion address_space_io;
    MemoryRegion window_mem;
    MemoryRegion window_pref;
    MemoryRegion window_io;
};

/* First in a bridge's realize: registers, and the secondary bus, of type
 * bus_type, named as the device. */
void pci_bridge_init(PCIDevice *dev, const char *bus_type);
/* Last in exit. */
void pci_bridge_exit(PCIDevice *dev);
/* The config_write and the reset of a bridge, or first in it. */
void pci_bridge_write_config(PCIDevice *dev, uint32_t addr, uint32_t val,
                             int len);
void pci_bridge_reset(DeviceState *qdev);
/* The windows hold nothing after reset (base above limit); conventional
 * bridges come up with zeros instead. After pci_bridge_reset(). */
void pci_bridge_disable_windows(PCIDevice *dev);

typedef struct PCIBridgeWindow {
    uint64_t base;
    uint64_t limit; /* below base: closed */
} PCIBridgeWindow;
/* type: PCI_BASE_ADDRESS_SPACE_IO or _MEMORY, with _MEM_PREFETCH. What the
 * registers say, whether the command register enables it or not. */
PCIBridgeWindow pci_bridge_get_window(const PCIDevice *dev, uint8_t type);

/* Offset of a subsystem capability, or negative with *errp. */
int pci_bridge_ssvid_init(PCIDevice *dev, uint8_t offset, uint16_t svid,
                          uint16_t ssid, Error **errp);
/* The vendor capability that tells firmware of `reserve`; 0 when there is no
 * wish in it. */
int pci_bridge_reserve_cap_init(PCIDevice *dev, uint8_t offset,
                                const PCIResReserve *reserve, Error **errp);

#define DEFINE_PCI_RESERVE_PROPERTIES(_state, _field) \
    DEFINE_PROP_UINT32("bus-reserve", _state, _field.bus, UINT32_MAX), \
        DEFINE_PROP_SIZE("io-reserve", _state, _field.io, UINT64_MAX), \
        DEFINE_PROP_SIZE("mem-reserve", _state, _field.mem_non_pref, \
                         UINT64_MAX), \
        DEFINE_PROP_SIZE("pref32-reserve", _state, _field.mem_pref_32, \
                         UINT64_MAX), \
        DEFINE_PROP_SIZE("pref64-reserve", _state, _field.mem_pref_64, \
                         UINT64_MAX)

#endif
