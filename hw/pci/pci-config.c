/*
 * PCI configuration space: the bytes of a function, which of them the guest
 * may change, and the accesses that reach them.
 *
 * Each byte of config has a mask of writable bits (wmask) and of bits that a
 * 1 clears (w1cmask); everything a default write does follows from them.
 * Accesses come from the host bridges by bus number, device and register; one
 * that hits nothing, or runs over the end of the function's registers, reads
 * all ones there and writes nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/msix.h"
#include "hw/pci/pci-internal.h"
#include "hw/pci/pcie.h"
#include "trace/trace-hw-pci.h"

#define PCI_COMMAND_WRITABLE \
    (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | \
     PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE)
#define PCI_STATUS_W1C \
    (PCI_STATUS_PARITY | PCI_STATUS_SIG_TARGET_ABORT | \
     PCI_STATUS_REC_TARGET_ABORT | PCI_STATUS_REC_MASTER_ABORT | \
     PCI_STATUS_SIG_SYSTEM_ERROR | PCI_STATUS_DETECTED_PARITY)

void pci_config_alloc(PCIDevice *dev)
{
    dev->config = g_malloc0(dev->config_size);
    dev->cmask = g_malloc0(dev->config_size);
    dev->wmask = g_malloc0(dev->config_size);
    dev->w1cmask = g_malloc0(dev->config_size);
    dev->used = g_malloc0(dev->config_size);
}

void pci_config_free(PCIDevice *dev)
{
    g_clear_pointer(&dev->config, g_free);
    g_clear_pointer(&dev->cmask, g_free);
    g_clear_pointer(&dev->wmask, g_free);
    g_clear_pointer(&dev->w1cmask, g_free);
    g_clear_pointer(&dev->used, g_free);
}

static void pci_config_init_identity(PCIDevice *dev)
{
    PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    uint8_t *c = dev->config;

    stw_le_p(c + PCI_VENDOR_ID, pc->vendor_id);
    stw_le_p(c + PCI_DEVICE_ID, pc->device_id);
    c[PCI_REVISION_ID] = pc->revision;
    stw_le_p(c + PCI_CLASS_DEVICE, pc->class_id);
    c[PCI_HEADER_TYPE] =
        pc->is_bridge ? PCI_HEADER_TYPE_BRIDGE : PCI_HEADER_TYPE_NORMAL;
    if (dev->multifunction) {
        c[PCI_HEADER_TYPE] |= 0x80;
    }
    if (pc->is_bridge) {
        return; /* a bridge has its subsystem in a capability */
    }
    if (pc->subsystem_vendor_id || pc->subsystem_id) {
        stw_le_p(c + PCI_SUBSYSTEM_VENDOR_ID, pc->subsystem_vendor_id);
        stw_le_p(c + PCI_SUBSYSTEM_ID, pc->subsystem_id);
    } else {
        stw_le_p(c + PCI_SUBSYSTEM_VENDOR_ID, PCI_SUBVENDOR_ID_REDHAT_QUMRANET);
        stw_le_p(c + PCI_SUBSYSTEM_ID, PCI_SUBDEVICE_ID_QEMU);
    }
}

void pci_config_init(PCIDevice *dev)
{
    pci_config_init_identity(dev);

    stw_le_p(dev->cmask + PCI_VENDOR_ID, 0xffff);
    stw_le_p(dev->cmask + PCI_DEVICE_ID, 0xffff);
    stw_le_p(dev->cmask + PCI_STATUS, PCI_STATUS_CAP_LIST);
    dev->cmask[PCI_REVISION_ID] = 0xff;
    stw_le_p(dev->cmask + PCI_CLASS_DEVICE, 0xffff);
    dev->cmask[PCI_HEADER_TYPE] = 0xff;
    dev->cmask[PCI_CAPABILITY_LIST] = 0xff;

    stw_le_p(dev->wmask + PCI_COMMAND, PCI_COMMAND_WRITABLE);
    dev->wmask[PCI_CACHE_LINE_SIZE] = 0xff;
    dev->wmask[PCI_INTERRUPT_LINE] = 0xff;
    stw_le_p(dev->w1cmask + PCI_STATUS, PCI_STATUS_W1C);
    memset(dev->used, 0xff, PCI_STD_HEADER_SIZEOF);
}

void pci_config_reset(PCIDevice *dev)
{
    uint8_t *c = dev->config;
    uint8_t pm = pci_find_capability(dev, PCI_CAP_ID_PM);

    if (pm) {
        c[pm + PCI_PM_CTRL] &= ~PCI_PM_CTRL_STATE_MASK;
    }
    stw_le_p(c + PCI_COMMAND,
             ldw_le_p(c + PCI_COMMAND) & ~ldw_le_p(dev->wmask + PCI_COMMAND));
    stw_le_p(c + PCI_STATUS,
             ldw_le_p(c + PCI_STATUS) & ~ldw_le_p(dev->w1cmask + PCI_STATUS));
    c[PCI_CACHE_LINE_SIZE] = 0;
    c[PCI_INTERRUPT_LINE] = 0;
    if (dev->exp_cap) {
        pcie_cap_reset(dev);
    }
    pci_update_bus_master(dev);
}

void pci_update_bus_master(PCIDevice *dev)
{
    uint16_t command = ldw_le_p(dev->config + PCI_COMMAND);

    memory_region_set_enabled(&dev->bus_master_enable_region,
                              command & PCI_COMMAND_MASTER);
}

/* ---------------------------------------------------------------- access */

uint32_t pci_default_read_config(PCIDevice *dev, uint32_t addr, int len)
{
    return ldn_le_p(dev->config + addr, len);
}

static bool range_hits(uint32_t addr, int len, uint32_t first, uint32_t size)
{
    return addr < first + size && first < addr + len;
}

/* True if the write may have moved or switched a BAR. */
static bool write_hits_bars(const PCIDevice *dev, uint32_t addr, int len)
{
    bool bridge =
        (dev->config[PCI_HEADER_TYPE] & 0x7f) == PCI_HEADER_TYPE_BRIDGE;
    unsigned bars = bridge ? 2 : 6;
    uint32_t rom = bridge ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS;

    return range_hits(addr, len, PCI_BASE_ADDRESS_0, bars * 4) ||
           range_hits(addr, len, rom, 4) ||
           range_hits(addr, len, PCI_COMMAND, 2);
}

void pci_default_write_config(PCIDevice *dev, uint32_t addr, uint32_t val,
                              int len)
{
    bool was_disabled = pci_irq_disabled(dev);
    uint32_t rest = val;

    for (int i = 0; i < len; i++, rest >>= 8) {
        uint8_t *c = &dev->config[addr + i];
        uint8_t wmask = dev->wmask[addr + i];

        *c = (*c & ~wmask) | (rest & wmask);
        *c &= ~(rest & dev->w1cmask[addr + i]);
    }
    memory_region_transaction_begin();
    if (write_hits_bars(dev, addr, len)) {
        pci_update_mappings(dev);
    }
    if (range_hits(addr, len, PCI_COMMAND, 2)) {
        pci_update_bus_master(dev);
        pci_irq_disable_changed(dev, was_disabled);
    }
    memory_region_transaction_commit();
    msix_write_config(dev, addr, val, len);
    if (dev->exp_cap) {
        pcie_cap_write_config(dev, addr, val, len);
    }
}

uint32_t pci_host_config_read(PCIDevice *dev, uint32_t addr, uint32_t limit,
                              unsigned len)
{
    PCIDeviceClass *pc;
    uint32_t val = ~0u;
    unsigned n = len;

    if (dev) {
        limit = MIN(limit, dev->config_size);
    }
    if (!dev || addr >= limit) {
        return val;
    }
    n = MIN(n, limit - addr);
    pc = PCI_DEVICE_GET_CLASS(dev);
    if (n < len) {
        /* Only the bytes that exist; what lies past the end reads ones. */
        for (unsigned i = 0; i < n; i++) {
            val &= ~(0xffu << (i * 8));
            val |= (pc->config_read(dev, addr + i, 1) & 0xff) << (i * 8);
        }
    } else {
        val = pc->config_read(dev, addr, n);
    }
    trace_pci_cfg_read(dev->name, dev->devfn, addr, val, len);
    return val;
}

void pci_host_config_write(PCIDevice *dev, uint32_t addr, uint32_t limit,
                           uint32_t val, unsigned len)
{
    PCIDeviceClass *pc;

    if (dev) {
        limit = MIN(limit, dev->config_size);
    }
    if (!dev || addr >= limit) {
        return;
    }
    trace_pci_cfg_write(dev->name, dev->devfn, addr, val, len);
    pc = PCI_DEVICE_GET_CLASS(dev);
    if (len > limit - addr) {
        for (unsigned i = 0; i < limit - addr; i++) {
            pc->config_write(dev, addr + i, (val >> (i * 8)) & 0xff, 1);
        }
        return;
    }
    pc->config_write(dev, addr, val, len);
}

static PCIDevice *pci_device_by_addr(PCIBus *root, uint32_t addr)
{
    return pci_find_device(root, (addr >> 16) & 0xff, (addr >> 8) & 0xff);
}

uint32_t pci_data_read(PCIBus *root, uint32_t addr, unsigned len)
{
    return pci_host_config_read(pci_device_by_addr(root, addr), addr & 0xff,
                                PCI_CONFIG_SPACE_SIZE, len);
}

void pci_data_write(PCIBus *root, uint32_t addr, uint32_t val, unsigned len)
{
    pci_host_config_write(pci_device_by_addr(root, addr), addr & 0xff,
                          PCI_CONFIG_SPACE_SIZE, val, len);
}
