/*
 * Configuration mechanism 1, and the common part of host bridges.
 *
 * A dword written to port 0xcf8 selects bus, function and register; port
 * 0xcfc, with byte offset, is a window on it. Narrower accesses to 0xcf8 are
 * not for the bridge: other chips have registers there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-host.h"
#include "hw/pci/pci-internal.h"

#define PCI_CONFIG_ADDRESS_PORT 0xcf8
#define PCI_CONFIG_DATA_PORT    0xcfc
#define PCI_CONFIG_ENABLE       (1u << 31)
#define PCI_CONFIG_DWORD_MASK   0xfffffcu /* bus, function, register */

static uint64_t pci_host_address_read(void *opaque, hwaddr addr, unsigned size)
{
    PCIHostState *phb = opaque;

    return phb->config_reg >> (addr * 8);
}

static void pci_host_address_write(void *opaque, hwaddr addr, uint64_t data,
                                   unsigned size)
{
    PCIHostState *phb = opaque;

    if (addr == 0 && size == 4) {
        phb->config_reg = data;
    }
}

static uint32_t pci_host_data_address(const PCIHostState *phb, hwaddr addr)
{
    return (phb->config_reg & PCI_CONFIG_DWORD_MASK) | (addr & 3);
}

static uint64_t pci_host_data_read(void *opaque, hwaddr addr, unsigned size)
{
    PCIHostState *phb = opaque;

    if (!(phb->config_reg & PCI_CONFIG_ENABLE)) {
        return ~UINT64_C(0);
    }
    return pci_data_read(phb->bus, pci_host_data_address(phb, addr), size);
}

static void pci_host_data_write(void *opaque, hwaddr addr, uint64_t data,
                                unsigned size)
{
    PCIHostState *phb = opaque;

    if (phb->config_reg & PCI_CONFIG_ENABLE) {
        pci_data_write(phb->bus, pci_host_data_address(phb, addr), data, size);
    }
}

static const MemoryRegionOps pci_host_address_ops = {
    .read = pci_host_address_read,
    .write = pci_host_address_write,
    .valid = {.min_access_size = 1, .max_access_size = 4},
};

static const MemoryRegionOps pci_host_data_ops = {
    .read = pci_host_data_read,
    .write = pci_host_data_write,
    .valid = {.min_access_size = 1, .max_access_size = 4, .unaligned = true},
    .impl = {.min_access_size = 1, .max_access_size = 4, .unaligned = true},
};

void pci_host_map_ports(PCIHostState *phb)
{
    memory_region_init_io(&phb->conf_mem, OBJECT(phb), &pci_host_address_ops,
                          phb, "pci-conf-idx", 4);
    memory_region_init_io(&phb->data_mem, OBJECT(phb), &pci_host_data_ops, phb,
                          "pci-conf-data", 4);
    memory_region_add_subregion(phb->io_memory, PCI_CONFIG_ADDRESS_PORT,
                                &phb->conf_mem);
    memory_region_add_subregion(phb->io_memory, PCI_CONFIG_DATA_PORT,
                                &phb->data_mem);
}

void pci_host_unmap_ports(PCIHostState *phb)
{
    memory_region_destroy(&phb->conf_mem);
    memory_region_destroy(&phb->data_mem);
}

static void pci_host_reset(DeviceState *qdev)
{
    PCI_HOST_BRIDGE(qdev)->config_reg = 0;
}

static void pci_host_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->reset = pci_host_reset;
    dc->categories = 1ul << DEVICE_CATEGORY_BRIDGE;
    dc->fw_name = "pci";
    dc->user_creatable = false; /* the board wires its address spaces */
}

static const TypeInfo pci_host_types[] = {
    {
        .name = TYPE_PCI_HOST_BRIDGE,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(PCIHostState),
        .class_init = pci_host_class_init,
        .abstract = true,
    },
};
DEFINE_TYPES(pci_host_types)
