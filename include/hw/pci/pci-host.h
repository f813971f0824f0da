/*
 * Host bridges: how a CPU reaches the configuration space.
 *
 * The board makes the device, hands it the address spaces and realizes it on
 * the system bus; the root bus and the north bridge's own function exist from
 * then on.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_PCI_HOST_H
#define HW_PCI_PCI_HOST_H

#include "hw/pci/pci.h"

#define TYPE_PCI_HOST_BRIDGE  "pci-host-bridge"
#define TYPE_PCIE_HOST_BRIDGE "pcie-host-bridge"
OBJECT_DECLARE_SIMPLE_TYPE(PCIHostState, PCI_HOST_BRIDGE)
OBJECT_DECLARE_SIMPLE_TYPE(PCIExpressHost, PCIE_HOST_BRIDGE)

/* Configuration mechanism 1: ports 0xcf8 and 0xcfc. */
struct PCIHostState {
    DeviceState qdev;
    /* Set by the board before realize. */
    MemoryRegion *pci_memory; /* the PCI address space; the board maps it */
    MemoryRegion *io_memory;  /* port space */
    MemoryRegion *system_memory;
    uint64_t below_4g_mem_size; /* the 32-bit hole begins behind it */
    uint64_t above_4g_mem_size;

    MemoryRegion conf_mem;
    MemoryRegion data_mem;
    uint32_t config_reg;
    PCIBus *bus; /* NULL until realized */
};

/* For the realize and unrealize of a type below TYPE_PCI_HOST_BRIDGE. */
void pci_host_map_ports(PCIHostState *phb);
void pci_host_unmap_ports(PCIHostState *phb);

/* The same, and ECAM: 4 KiB of memory for each function. */
struct PCIExpressHost {
    PCIHostState pci;
    MemoryRegion mmio;
};

#define PCIE_MMCFG_SIZE_MAX (256 * MiB) /* 1 MiB per bus */
/* For realize and unrealize; the window is nowhere yet. */
void pcie_host_mmcfg_init(PCIExpressHost *e);
void pcie_host_mmcfg_exit(PCIExpressHost *e);
/* Places the window (size a power of two up to the above), or removes it. */
void pcie_host_mmcfg_map(PCIExpressHost *e, uint64_t base, uint64_t size);
void pcie_host_mmcfg_unmap(PCIExpressHost *e);

#define TYPE_I440FX_PCI_HOST   "i440FX-pcihost"
#define TYPE_I440FX_PCI_DEVICE "i440FX"
#define TYPE_Q35_HOST_DEVICE   "q35-pcihost"
#define TYPE_MCH_PCI_DEVICE    "mch"

/* PCIEXBAR of the mch: where ECAM is, if anywhere. */
#define MCH_PCIEXBAR             0x60
#define MCH_PCIEXBAR_DEFAULT     UINT64_C(0xb0000000)
#define MCH_PCIEXBAR_ENABLE      1u
#define MCH_PCIEXBAR_LENGTH_MASK (3u << 1) /* 256, 128, 64 MiB, reserved */

#endif
