/*
 * The legacy interface: BAR 0, a header in port space followed by the device
 * configuration (virtio 1.4, 4.1.4.10).
 *
 * The header has two more fields while MSI-X is enabled, and the device
 * configuration moves with its end. Queues have a fixed size and one address,
 * a page number; writing it enables the queue. Features apply as they are
 * written, there is no FEATURES_OK.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "virtio-pci-internal.h"

/* The length of the header, without and with MSI-X. */
#define LEGACY_HEADER 20
#define LEGACY_HEADER_MSIX 24

static const VirtIOPCIField legacy_fields[] = {
    { VIRTIO_PCI_HOST_FEATURES, 4 },      { VIRTIO_PCI_GUEST_FEATURES, 4 },
    { VIRTIO_PCI_QUEUE_PFN, 4 },          { VIRTIO_PCI_QUEUE_NUM, 2 },
    { VIRTIO_PCI_QUEUE_SEL, 2 },          { VIRTIO_PCI_QUEUE_NOTIFY, 2 },
    { VIRTIO_PCI_STATUS, 1 },             { VIRTIO_PCI_ISR, 1 },
    { VIRTIO_MSI_CONFIG_VECTOR, 2 },      { VIRTIO_MSI_QUEUE_VECTOR, 2 },
};

static unsigned legacy_header(VirtIOPCIProxy *proxy)
{
    return msix_enabled(&proxy->pci_dev) ? LEGACY_HEADER_MSIX : LEGACY_HEADER;
}

uint64_t virtio_pci_legacy_size(VirtIOPCIProxy *proxy)
{
    uint64_t header = msix_present(&proxy->pci_dev) ? LEGACY_HEADER_MSIX
                                                    : LEGACY_HEADER;
    uint64_t want = header + virtio_pci_get_vdev(proxy)->config_len;
    uint64_t size = 4;

    while (size < want) {
        size <<= 1;
    }
    return size;
}

/* Without side effects. */
static uint32_t legacy_read_field(VirtIODevice *vdev, unsigned offset)
{
    unsigned n = vdev->queue_sel;

    switch (offset) {
    case VIRTIO_PCI_HOST_FEATURES:
        return virtio_get_legacy_features(vdev);
    case VIRTIO_PCI_GUEST_FEATURES:
        return virtio_get_guest_features_word(vdev, 0);
    case VIRTIO_PCI_QUEUE_PFN:
        return virtio_queue_get_legacy_addr(vdev, n) >>
               VIRTIO_PCI_QUEUE_ADDR_SHIFT;
    case VIRTIO_PCI_QUEUE_NUM:
        return virtio_queue_enabled(vdev, n)
                   ? virtio_queue_get_num(vdev, n)
                   : virtio_queue_get_max_num(vdev, n);
    case VIRTIO_PCI_QUEUE_SEL:
        return n;
    case VIRTIO_PCI_STATUS:
        return vdev->status;
    case VIRTIO_PCI_ISR:
        return vdev->isr;
    case VIRTIO_MSI_CONFIG_VECTOR:
        return vdev->config_vector;
    case VIRTIO_MSI_QUEUE_VECTOR:
        return virtio_queue_vector(vdev, n);
    default:
        return 0;
    }
}

/* Of an access that is not one field, or not in the header only. */
static uint8_t legacy_read_byte(VirtIODevice *vdev, unsigned header,
                                hwaddr addr)
{
    const VirtIOPCIField *f;

    if (addr >= header) {
        return virtio_config_read(vdev, addr - header, 1);
    }
    f = virtio_pci_find_field(legacy_fields, ARRAY_SIZE(legacy_fields), addr);
    return legacy_read_field(vdev, f->offset) >> (addr - f->offset) * 8;
}

static uint64_t legacy_read(void *opaque, hwaddr addr, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);
    unsigned header = legacy_header(proxy), i;
    uint64_t val = 0;

    if (!vdev) {
        return 0;
    }
    if (addr == VIRTIO_PCI_ISR && size == 1) {
        return virtio_pci_read_isr(proxy);
    }
    if (addr >= header) {
        return virtio_config_read(vdev, addr - header, size);
    }
    for (i = 0; i < size; i++) {
        val |= (uint64_t)legacy_read_byte(vdev, header, addr + i) << i * 8;
    }
    return val;
}

/* Drivers older than Linux 2.6.34 never switched bus mastering on. */
static void legacy_enable_bus_master(VirtIOPCIProxy *proxy)
{
    uint16_t command = pci_default_read_config(&proxy->pci_dev, PCI_COMMAND, 2);

    if (!(command & PCI_COMMAND_MASTER)) {
        virtio_pci_write_config(&proxy->pci_dev, PCI_COMMAND,
                                command | PCI_COMMAND_MASTER, 2);
    }
}

static void legacy_set_pfn(VirtIOPCIProxy *proxy, VirtIODevice *vdev,
                           uint32_t pfn)
{
    unsigned n = vdev->queue_sel;

    if (!pfn) {
        virtio_pci_set_queue_vector(proxy, n, VIRTIO_NO_VECTOR);
    }
    virtio_queue_set_legacy_addr(vdev, n,
                                 (hwaddr)pfn << VIRTIO_PCI_QUEUE_ADDR_SHIFT);
}

static void legacy_write_field(VirtIOPCIProxy *proxy, VirtIODevice *vdev,
                               unsigned offset, uint32_t val)
{
    switch (offset) {
    case VIRTIO_PCI_GUEST_FEATURES:
        virtio_pci_driver_speaks(vdev, true);
        virtio_set_guest_features_word(vdev, 0, val);
        break;
    case VIRTIO_PCI_QUEUE_PFN:
        virtio_pci_driver_speaks(vdev, true);
        legacy_set_pfn(proxy, vdev, val);
        break;
    case VIRTIO_PCI_QUEUE_SEL:
        vdev->queue_sel = val;
        break;
    case VIRTIO_PCI_QUEUE_NOTIFY:
        virtio_pci_kick(proxy, val);
        break;
    case VIRTIO_PCI_STATUS:
        virtio_pci_driver_speaks(vdev, true);
        if (val & VIRTIO_CONFIG_S_DRIVER_OK) {
            legacy_enable_bus_master(proxy);
        }
        virtio_set_status(vdev, val);
        break;
    case VIRTIO_MSI_CONFIG_VECTOR:
        virtio_pci_set_config_vector(proxy, val);
        break;
    case VIRTIO_MSI_QUEUE_VECTOR:
        virtio_pci_set_queue_vector(proxy, vdev->queue_sel, val);
        break;
    default:
        virtio_ignored(vdev, "write to read-only legacy register %u", offset);
    }
}

static void legacy_write(void *opaque, hwaddr addr, uint64_t val,
                         unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);
    unsigned header = legacy_header(proxy);
    const VirtIOPCIField *f;

    if (!vdev) {
        return;
    }
    if (addr >= header) {
        virtio_pci_driver_speaks(vdev, true);
        virtio_config_write(vdev, addr - header, val, size);
        return;
    }
    f = virtio_pci_find_field(legacy_fields, ARRAY_SIZE(legacy_fields), addr);
    if (f->offset != addr || f->size != size) {
        virtio_ignored(vdev, "legacy write of %u bytes at %" PRIu64, size,
                       addr);
        return;
    }
    legacy_write_field(proxy, vdev, f->offset, val);
}

const MemoryRegionOps virtio_pci_legacy_ops = {
    .read = legacy_read,
    .write = legacy_write,
    .valid = { 1, 4, true },
    .impl = { 1, 4, true },
};
