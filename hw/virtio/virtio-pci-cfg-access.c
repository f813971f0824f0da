/*
 * The PCI configuration access capability (virtio 1.4, 4.1.4.9): a window on
 * the device's BARs for those who cannot map them, firmware mostly.
 *
 * Four fields of the capability are writable: bar, offset, length and the
 * data. Reading or writing the data does the access. Only our own register
 * blocks can be reached, with an aligned access of 1, 2 or 4 bytes; for
 * anything else nothing happens, and reads give the data last seen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "util/bswap.h"
#include "virtio-pci-internal.h"

#define CFG_BAR 4
#define CFG_OFFSET 8
#define CFG_LENGTH 12
#define CFG_DATA 16
#define CFG_SIZE 20

bool virtio_pci_cfg_access_init(VirtIOPCIProxy *proxy, Error **errp)
{
    uint8_t *wmask;

    proxy->config_cap = virtio_pci_add_cap(proxy, VIRTIO_PCI_CAP_PCI_CFG,
                                           CFG_SIZE, 0, NULL, errp);
    if (!proxy->config_cap) {
        return false;
    }
    wmask = proxy->pci_dev.wmask + proxy->config_cap;
    wmask[CFG_BAR] = 0xff;
    memset(wmask + CFG_OFFSET, 0xff, CFG_SIZE - CFG_OFFSET);
    return true;
}

/* The block [offset, offset + length) lies in, and *offset inside it. */
static MemoryRegion *window_find(VirtIOPCIProxy *proxy, unsigned bar,
                                 uint32_t *offset, unsigned length)
{
    VirtIOPCIRegion *const regions[] = { &proxy->common, &proxy->isr,
                                         &proxy->device, &proxy->notify };
    VirtIOPCIRegion *r;
    unsigned i;

    if (bar == VIRTIO_PCI_MODERN_PIO_BAR &&
        virtio_pci_flag(proxy, VIRTIO_PCI_FLAG_MODERN_PIO_NOTIFY_BIT) &&
        *offset <= proxy->notify_pio.size - length) {
        return &proxy->notify_pio.mr;
    }
    for (i = 0; bar == VIRTIO_PCI_MODERN_BAR && i < ARRAY_SIZE(regions); i++) {
        r = regions[i];
        if (*offset >= r->offset && *offset - r->offset <= r->size - length) {
            *offset -= r->offset;
            return &r->mr;
        }
    }
    return NULL;
}

static MemoryRegion *window_target(VirtIOPCIProxy *proxy, uint32_t *offset,
                                   unsigned *length)
{
    const uint8_t *cap = proxy->pci_dev.config + proxy->config_cap;

    *offset = ldl_le_p(cap + CFG_OFFSET);
    *length = ldl_le_p(cap + CFG_LENGTH);
    if ((*length != 1 && *length != 2 && *length != 4) || *offset % *length) {
        return NULL;
    }
    return window_find(proxy, cap[CFG_BAR], offset, *length);
}

static bool touches_data(const VirtIOPCIProxy *proxy, uint32_t addr, int len)
{
    uint32_t data = proxy->config_cap + CFG_DATA;

    return proxy->config_cap && addr < data + 4 && addr + len > data;
}

uint32_t virtio_pci_read_config(PCIDevice *dev, uint32_t addr, int len)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    MemoryRegion *mr;
    uint32_t offset;
    unsigned length;
    uint64_t val;

    if (touches_data(proxy, addr, len)) {
        mr = window_target(proxy, &offset, &length);
        if (mr && memory_region_dispatch_read(mr, offset, &val, length) ==
                      MEMTX_OK) {
            stn_le_p(dev->config + proxy->config_cap + CFG_DATA, length, val);
        }
    }
    return pci_default_read_config(dev, addr, len);
}

void virtio_pci_cfg_access_written(VirtIOPCIProxy *proxy, uint32_t addr,
                                   int len)
{
    MemoryRegion *mr;
    uint32_t offset;
    unsigned length;

    if (!touches_data(proxy, addr, len)) {
        return;
    }
    mr = window_target(proxy, &offset, &length);
    if (mr) {
        memory_region_dispatch_write(
            mr, offset,
            ldn_le_p(proxy->pci_dev.config + proxy->config_cap + CFG_DATA,
                     length),
            length);
    } else {
        virtio_ignored(virtio_pci_get_vdev(proxy),
                       "configuration access of %u bytes at 0x%x", length,
                       offset);
    }
}
