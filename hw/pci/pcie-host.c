/*
 * ECAM: the configuration space of every function as memory, 4 KiB each.
 *
 * The address in the window is bus << 20 | devfn << 12 | register; a window
 * smaller than 256 MiB leads to fewer buses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-host.h"
#include "hw/pci/pci-internal.h"

static PCIDevice *pcie_host_device(PCIExpressHost *e, hwaddr addr)
{
    return pci_find_device(e->pci.bus, addr >> 20, (addr >> 12) & 0xff);
}

static uint64_t pcie_mmcfg_read(void *opaque, hwaddr addr, unsigned size)
{
    return pci_host_config_read(pcie_host_device(opaque, addr), addr & 0xfff,
                                PCIE_CONFIG_SPACE_SIZE, size);
}

static void pcie_mmcfg_write(void *opaque, hwaddr addr, uint64_t data,
                             unsigned size)
{
    pci_host_config_write(pcie_host_device(opaque, addr), addr & 0xfff,
                          PCIE_CONFIG_SPACE_SIZE, data, size);
}

static const MemoryRegionOps pcie_mmcfg_ops = {
    .read = pcie_mmcfg_read,
    .write = pcie_mmcfg_write,
    .valid = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
    .impl = {.min_access_size = 1, .max_access_size = 4, .unaligned = true},
};

void pcie_host_mmcfg_init(PCIExpressHost *e)
{
    memory_region_init_io(&e->mmio, OBJECT(e), &pcie_mmcfg_ops, e,
                          "pcie-mmcfg-mmio", PCIE_MMCFG_SIZE_MAX);
    memory_region_set_enabled(&e->mmio, false);
    memory_region_add_subregion_overlap(e->pci.system_memory, 0, &e->mmio, 1);
}

void pcie_host_mmcfg_exit(PCIExpressHost *e)
{
    memory_region_destroy(&e->mmio);
}

void pcie_host_mmcfg_unmap(PCIExpressHost *e)
{
    memory_region_set_enabled(&e->mmio, false);
}

/* The region stays the same one: the guest may be moving it by a write that
 * came in through it. */
void pcie_host_mmcfg_map(PCIExpressHost *e, uint64_t base, uint64_t size)
{
    memory_region_transaction_begin();
    memory_region_set_address(&e->mmio, base);
    memory_region_set_size(&e->mmio, size);
    memory_region_set_enabled(&e->mmio, true);
    memory_region_transaction_commit();
}

static const TypeInfo pcie_host_types[] = {
    {
        .name = TYPE_PCIE_HOST_BRIDGE,
        .parent = TYPE_PCI_HOST_BRIDGE,
        .instance_size = sizeof(PCIExpressHost),
        .abstract = true,
    },
};
DEFINE_TYPES(pcie_host_types)
