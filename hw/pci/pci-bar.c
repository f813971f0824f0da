/*
 * Base address registers: claiming them, and keeping the regions behind them
 * where the guest's values say.
 *
 * A guest sizes a BAR by writing all ones, moves it while it is live, or
 * programs it half (the two dwords of a 64-bit BAR are two writes). So each
 * write to a BAR or to the command register recomputes all of them, and a
 * value that makes no usable range leaves the BAR unmapped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-internal.h"
#include "trace/trace-hw-pci.h"

/* Port space of a PC. */
#define PCI_IO_LAST 0xffff

static uint32_t pci_bar_offset(const PCIDevice *dev, int region)
{
    if (region != PCI_ROM_SLOT) {
        return PCI_BASE_ADDRESS_0 + region * 4;
    }
    return (dev->config[PCI_HEADER_TYPE] & 0x7f) == PCI_HEADER_TYPE_BRIDGE
               ? PCI_ROM_ADDRESS1
               : PCI_ROM_ADDRESS;
}

static bool pci_bar_is_64bit(const PCIIORegion *r)
{
    return !(r->type & PCI_BASE_ADDRESS_SPACE_IO) &&
           (r->type & PCI_BASE_ADDRESS_MEM_TYPE_64);
}

void pci_register_bar(PCIDevice *dev, int region, uint8_t type,
                      MemoryRegion *memory)
{
    PCIIORegion *r = &dev->io_regions[region];
    PCIBus *bus = pci_get_bus(dev);
    uint32_t offset = pci_bar_offset(dev, region);
    uint64_t wmask = ~(memory->size - 1);
    bool io = type & PCI_BASE_ADDRESS_SPACE_IO;

    g_assert(region >= 0 && region < PCI_NUM_REGIONS);
    g_assert(!r->size && is_power_of_2(memory->size));
    g_assert(memory->size >= (io ? 4 : 16));

    r->addr = PCI_BAR_UNMAPPED;
    r->size = memory->size;
    r->type = type;
    r->memory = memory;
    r->address_space = io ? bus->address_space_io : bus->address_space_mem;

    stl_le_p(dev->config + offset, type);
    if (region == PCI_ROM_SLOT) {
        wmask |= PCI_ROM_ADDRESS_ENABLE;
    }
    if (pci_bar_is_64bit(r)) {
        stq_le_p(dev->wmask + offset, wmask);
        stq_le_p(dev->cmask + offset, ~UINT64_C(0));
    } else {
        stl_le_p(dev->wmask + offset, wmask);
        stl_le_p(dev->cmask + offset, ~0u);
    }
}

uint64_t pci_get_bar_addr(PCIDevice *dev, int region)
{
    return dev->io_regions[region].addr;
}

/* Address the registers give the BAR now. */
static uint64_t pci_bar_address(const PCIDevice *dev, int region)
{
    const PCIIORegion *r = &dev->io_regions[region];
    const uint8_t *reg = dev->config + pci_bar_offset(dev, region);
    uint16_t command = ldw_le_p(dev->config + PCI_COMMAND);
    bool io = r->type & PCI_BASE_ADDRESS_SPACE_IO;
    uint64_t addr, last;

    if (!(command & (io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY))) {
        return PCI_BAR_UNMAPPED;
    }
    if (region == PCI_ROM_SLOT && !(ldl_le_p(reg) & PCI_ROM_ADDRESS_ENABLE)) {
        return PCI_BAR_UNMAPPED;
    }
    addr = pci_bar_is_64bit(r) ? ldq_le_p(reg) : ldl_le_p(reg);
    addr &= ~(r->size - 1);
    last = addr + r->size - 1;
    /* 0 and all ones are what a BAR holds before and while it is sized. */
    if (addr == 0 || last < addr) {
        return PCI_BAR_UNMAPPED;
    }
    if (io) {
        return last > PCI_IO_LAST ? PCI_BAR_UNMAPPED : addr;
    }
    if (last == UINT64_MAX || (!pci_bar_is_64bit(r) && last >= UINT32_MAX)) {
        return PCI_BAR_UNMAPPED;
    }
    return addr;
}

static void pci_bar_move(PCIDevice *dev, int region, uint64_t addr)
{
    PCIIORegion *r = &dev->io_regions[region];

    if (addr == r->addr) {
        return;
    }
    trace_pci_update_mappings(dev->name, dev->devfn, region, addr, r->size);
    if (r->addr != PCI_BAR_UNMAPPED) {
        memory_region_del_subregion(r->address_space, r->memory);
    }
    r->addr = addr;
    if (addr != PCI_BAR_UNMAPPED) {
        memory_region_add_subregion_overlap(r->address_space, addr, r->memory,
                                            1);
    }
}

void pci_update_mappings(PCIDevice *dev)
{
    memory_region_transaction_begin();
    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        if (dev->io_regions[i].size) {
            pci_bar_move(dev, i, pci_bar_address(dev, i));
        }
    }
    memory_region_transaction_commit();
}

void pci_unregister_bars(PCIDevice *dev)
{
    memory_region_transaction_begin();
    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        if (dev->io_regions[i].size) {
            pci_bar_move(dev, i, PCI_BAR_UNMAPPED);
            dev->io_regions[i] = (PCIIORegion){.addr = PCI_BAR_UNMAPPED};
        }
    }
    memory_region_transaction_commit();
}

void pci_reset_bars(PCIDevice *dev)
{
    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        const PCIIORegion *r = &dev->io_regions[i];
        uint8_t *reg = dev->config + pci_bar_offset(dev, i);

        if (!r->size) {
            continue;
        }
        if (pci_bar_is_64bit(r)) {
            stq_le_p(reg, r->type);
        } else {
            stl_le_p(reg, r->type);
        }
    }
    pci_update_mappings(dev);
}
