/*
 * The modern interface's registers: the common configuration structure
 * (virtio 1.4, 4.1.4.3) and the window on the device configuration.
 *
 * Fields are read at any width, as bytes of what the driver would read field
 * by field. They are written only at their own width (64-bit addresses as two
 * halves); anything else is ignored. A queue_select outside the device's
 * queues selects nothing: its fields read 0, or no vector.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "virtio-pci-internal.h"

/* Not in older kernel headers. */
#define COMMON_Q_NOTIF_CONFIG_DATA 56
#define COMMON_Q_RESET 58
#define COMMON_ADM_Q_IDX 60
#define COMMON_ADM_Q_NUM 62

static const VirtIOPCIField common_fields[] = {
    { VIRTIO_PCI_COMMON_DFSELECT, 4 },  { VIRTIO_PCI_COMMON_DF, 4 },
    { VIRTIO_PCI_COMMON_GFSELECT, 4 },  { VIRTIO_PCI_COMMON_GF, 4 },
    { VIRTIO_PCI_COMMON_MSIX, 2 },      { VIRTIO_PCI_COMMON_NUMQ, 2 },
    { VIRTIO_PCI_COMMON_STATUS, 1 },    { VIRTIO_PCI_COMMON_CFGGENERATION, 1 },
    { VIRTIO_PCI_COMMON_Q_SELECT, 2 },  { VIRTIO_PCI_COMMON_Q_SIZE, 2 },
    { VIRTIO_PCI_COMMON_Q_MSIX, 2 },    { VIRTIO_PCI_COMMON_Q_ENABLE, 2 },
    { VIRTIO_PCI_COMMON_Q_NOFF, 2 },    { VIRTIO_PCI_COMMON_Q_DESCLO, 4 },
    { VIRTIO_PCI_COMMON_Q_DESCHI, 4 },  { VIRTIO_PCI_COMMON_Q_AVAILLO, 4 },
    { VIRTIO_PCI_COMMON_Q_AVAILHI, 4 }, { VIRTIO_PCI_COMMON_Q_USEDLO, 4 },
    { VIRTIO_PCI_COMMON_Q_USEDHI, 4 },  { COMMON_Q_NOTIF_CONFIG_DATA, 2 },
    { COMMON_Q_RESET, 2 },              { COMMON_ADM_Q_IDX, 2 },
    { COMMON_ADM_Q_NUM, 2 },
};

const VirtIOPCIField *virtio_pci_find_field(const VirtIOPCIField *fields,
                                            unsigned count, hwaddr addr)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        if (addr >= fields[i].offset &&
            addr - fields[i].offset < fields[i].size) {
            return &fields[i];
        }
    }
    return NULL;
}

static uint32_t *common_address(VirtIOPCIProxy *proxy, unsigned n,
                                unsigned offset)
{
    VirtIOPCIQueue *q = &proxy->vqs[n];
    unsigned word = (offset - VIRTIO_PCI_COMMON_Q_DESCLO) / 4;

    return word < 2   ? &q->desc[word]
           : word < 4 ? &q->avail[word - 2]
                      : &q->used[word - 4];
}

/* Fields of the selected queue. */
static uint32_t common_read_queue(VirtIOPCIProxy *proxy, VirtIODevice *vdev,
                                  unsigned offset)
{
    unsigned n = vdev->queue_sel;

    if (offset == VIRTIO_PCI_COMMON_Q_MSIX) {
        return virtio_queue_vector(vdev, n);
    }
    if (!virtio_get_queue(vdev, n)) {
        return 0;
    }
    switch (offset) {
    case VIRTIO_PCI_COMMON_Q_SIZE:
        return virtio_queue_get_num(vdev, n);
    case VIRTIO_PCI_COMMON_Q_ENABLE:
        return virtio_queue_enabled(vdev, n);
    case VIRTIO_PCI_COMMON_Q_NOFF:
        return n;
    case VIRTIO_PCI_COMMON_Q_DESCLO ... VIRTIO_PCI_COMMON_Q_USEDHI:
        return *common_address(proxy, n, offset);
    default:
        /* queue_reset too: a reset is complete when the write returns. */
        return 0;
    }
}

static uint32_t common_read_field(VirtIOPCIProxy *proxy, VirtIODevice *vdev,
                                  unsigned offset)
{
    switch (offset) {
    case VIRTIO_PCI_COMMON_DFSELECT:
        return proxy->dfselect;
    case VIRTIO_PCI_COMMON_DF:
        return virtio_get_host_features_word(vdev, proxy->dfselect);
    case VIRTIO_PCI_COMMON_GFSELECT:
        return proxy->gfselect;
    case VIRTIO_PCI_COMMON_GF:
        return virtio_get_guest_features_word(vdev, proxy->gfselect);
    case VIRTIO_PCI_COMMON_MSIX:
        return vdev->config_vector;
    case VIRTIO_PCI_COMMON_NUMQ:
        return virtio_get_num_queues(vdev);
    case VIRTIO_PCI_COMMON_STATUS:
        return vdev->status;
    case VIRTIO_PCI_COMMON_CFGGENERATION:
        return virtio_config_generation(vdev);
    case VIRTIO_PCI_COMMON_Q_SELECT:
        return vdev->queue_sel;
    default:
        return common_read_queue(proxy, vdev, offset);
    }
}

static uint64_t common_read(void *opaque, hwaddr addr, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);
    const VirtIOPCIField *f;
    uint64_t val = 0;
    unsigned i;

    for (i = 0; vdev && i < size; i++) {
        f = virtio_pci_find_field(common_fields, ARRAY_SIZE(common_fields),
                                  addr + i);
        if (!f) {
            continue;
        }
        if (f->offset == addr && f->size == size) {
            return common_read_field(proxy, vdev, f->offset);
        }
        val |= (uint64_t)(common_read_field(proxy, vdev, f->offset) >>
                              (addr + i - f->offset) * 8 &
                          0xff)
               << i * 8;
    }
    return val;
}

static void common_enable_queue(VirtIOPCIProxy *proxy, VirtIODevice *vdev,
                                unsigned n, uint32_t val)
{
    VirtIOPCIQueue *q = &proxy->vqs[n];

    if (val != 1) {
        virtio_ignored(vdev, "queue_enable %u of queue %u", val, n);
        return;
    }
    virtio_queue_set_addr(vdev, n, (uint64_t)q->desc[1] << 32 | q->desc[0],
                          (uint64_t)q->avail[1] << 32 | q->avail[0],
                          (uint64_t)q->used[1] << 32 | q->used[0]);
    virtio_queue_enable(vdev, n);
}

static void common_reset_queue(VirtIOPCIProxy *proxy, VirtIODevice *vdev,
                               unsigned n, uint32_t val)
{
    if (val != 1 || !virtio_vdev_has_feature(vdev, VIRTIO_F_RING_RESET)) {
        virtio_ignored(vdev, "queue_reset %u of queue %u", val, n);
        return;
    }
    virtio_pci_set_queue_vector(proxy, n, VIRTIO_NO_VECTOR);
    virtio_queue_reset(vdev, n);
    memset(&proxy->vqs[n], 0, sizeof(proxy->vqs[n]));
}

static void common_write_queue(VirtIOPCIProxy *proxy, VirtIODevice *vdev,
                               unsigned offset, uint32_t val)
{
    unsigned n = vdev->queue_sel;

    if (!virtio_get_queue(vdev, n)) {
        virtio_ignored(vdev, "common config write at %u: no queue %u", offset,
                       n);
        return;
    }
    switch (offset) {
    case VIRTIO_PCI_COMMON_Q_SIZE:
        virtio_queue_set_num(vdev, n, val);
        break;
    case VIRTIO_PCI_COMMON_Q_MSIX:
        virtio_pci_set_queue_vector(proxy, n, val);
        break;
    case VIRTIO_PCI_COMMON_Q_ENABLE:
        common_enable_queue(proxy, vdev, n, val);
        break;
    case VIRTIO_PCI_COMMON_Q_DESCLO ... VIRTIO_PCI_COMMON_Q_USEDHI:
        if (virtio_queue_enabled(vdev, n)) {
            virtio_ignored(vdev, "address of queue %u, which is enabled", n);
        } else {
            *common_address(proxy, n, offset) = val;
        }
        break;
    case COMMON_Q_RESET:
        common_reset_queue(proxy, vdev, n, val);
        break;
    default:
        virtio_ignored(vdev, "write to read-only common config field %u",
                       offset);
    }
}

static void common_write(void *opaque, hwaddr addr, uint64_t val,
                         unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);
    const VirtIOPCIField *f = virtio_pci_find_field(
        common_fields, ARRAY_SIZE(common_fields), addr);

    if (!vdev) {
        return;
    }
    if (!f || f->offset != addr || f->size != size) {
        virtio_ignored(vdev, "common config write of %u bytes at %" PRIu64,
                       size, addr);
        return;
    }
    switch (f->offset) {
    case VIRTIO_PCI_COMMON_DFSELECT:
        proxy->dfselect = val;
        break;
    case VIRTIO_PCI_COMMON_GFSELECT:
        proxy->gfselect = val;
        break;
    case VIRTIO_PCI_COMMON_GF:
        virtio_pci_driver_speaks(vdev, false);
        virtio_set_guest_features_word(vdev, proxy->gfselect, val);
        break;
    case VIRTIO_PCI_COMMON_MSIX:
        virtio_pci_set_config_vector(proxy, val);
        break;
    case VIRTIO_PCI_COMMON_STATUS:
        virtio_pci_driver_speaks(vdev, false);
        virtio_set_status(vdev, val);
        break;
    case VIRTIO_PCI_COMMON_Q_SELECT:
        vdev->queue_sel = val;
        break;
    default:
        common_write_queue(proxy, vdev, f->offset, val);
    }
}

const MemoryRegionOps virtio_pci_common_ops = {
    .read = common_read,
    .write = common_write,
    .valid = { 1, 8, true },
    .impl = { 1, 4, true },
};

/* --------------------------------------------------------- device config */

static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    VirtIODevice *vdev = virtio_pci_get_vdev(opaque);

    return vdev ? virtio_config_read(vdev, addr, size) : 0;
}

static void device_write(void *opaque, hwaddr addr, uint64_t val,
                         unsigned size)
{
    VirtIODevice *vdev = virtio_pci_get_vdev(opaque);

    if (vdev) {
        virtio_config_write(vdev, addr, val, size);
    }
}

const MemoryRegionOps virtio_pci_device_ops = {
    .read = device_read,
    .write = device_write,
    .valid = { 1, 8, true },
    .impl = { 1, 4, true },
};
