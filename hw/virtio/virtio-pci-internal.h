/*
 * Between the files of the PCI transport.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_VIRTIO_VIRTIO_PCI_INTERNAL_H
#define HW_VIRTIO_VIRTIO_PCI_INTERNAL_H

#include <linux/virtio_pci.h>

#include "hw/virtio/virtio-pci.h"

#define VIRTIO_PCI_LEGACY_BAR 0
#define VIRTIO_PCI_MSIX_BAR 1
#define VIRTIO_PCI_MODERN_PIO_BAR 2
#define VIRTIO_PCI_MODERN_BAR 4

/* A register of a block: reads of any width are put together from these,
 * writes must be exactly one of them. */
typedef struct VirtIOPCIField {
    uint8_t offset;
    uint8_t size;
} VirtIOPCIField;

/* The device; NULL only before realize. */
static inline VirtIODevice *virtio_pci_get_vdev(VirtIOPCIProxy *proxy)
{
    return virtio_bus_get_device(&proxy->bus);
}

static inline bool virtio_pci_flag(const VirtIOPCIProxy *proxy, unsigned bit)
{
    return proxy->flags >> bit & 1;
}

static inline bool virtio_pci_legacy(const VirtIOPCIProxy *proxy)
{
    return proxy->disable_legacy == ON_OFF_AUTO_OFF;
}

static inline bool virtio_pci_modern(const VirtIOPCIProxy *proxy)
{
    return !proxy->disable_modern;
}

/* --------------------------------------------------- virtio-pci-common.c */

extern const MemoryRegionOps virtio_pci_common_ops;
extern const MemoryRegionOps virtio_pci_device_ops;

/* The field that covers addr, or NULL. */
const VirtIOPCIField *virtio_pci_find_field(const VirtIOPCIField *fields,
                                            unsigned count, hwaddr addr);

/* --------------------------------------------------- virtio-pci-legacy.c */

extern const MemoryRegionOps virtio_pci_legacy_ops;
uint64_t virtio_pci_legacy_size(VirtIOPCIProxy *proxy);

/* --------------------------------------------------- virtio-pci-notify.c */

extern const MemoryRegionOps virtio_pci_notify_ops;
extern const MemoryRegionOps virtio_pci_notify_pio_ops;
extern const MemoryRegionOps virtio_pci_isr_ops;

/* Bytes between the doorbells of two queues. */
unsigned virtio_pci_notify_multiplier(const VirtIOPCIProxy *proxy);
/* A 16-bit kick with the queue's number as its value. */
void virtio_pci_kick(VirtIOPCIProxy *proxy, uint16_t val);
/* VirtioBusClass.notify. */
void virtio_pci_notify(DeviceState *dev, uint16_t vector, uint8_t isr);
/* Reads and clears ISR. */
uint8_t virtio_pci_read_isr(VirtIOPCIProxy *proxy);
/* INTx follows from ISR and MSI-X; after a change of either. */
void virtio_pci_update_irq(VirtIOPCIProxy *proxy);
void virtio_pci_set_config_vector(VirtIOPCIProxy *proxy, uint16_t vector);
void virtio_pci_set_queue_vector(VirtIOPCIProxy *proxy, unsigned n,
                                 uint16_t vector);
void virtio_pci_release_vectors(VirtIOPCIProxy *proxy);
/* Doorbells that do not leave the vCPU thread waiting; both idempotent. */
void virtio_pci_start_ioeventfd(VirtIOPCIProxy *proxy);
void virtio_pci_stop_ioeventfd(VirtIOPCIProxy *proxy);

/* ---------------------------------------------------- virtio-pci-irqfd.c */

/* Interrupts that do not need the device's code; both idempotent. */
void virtio_pci_start_irqfds(VirtIOPCIProxy *proxy);
void virtio_pci_stop_irqfds(VirtIOPCIProxy *proxy);
/* False: the vector has no notifier now. */
bool virtio_pci_irqfd_notify(VirtIOPCIProxy *proxy, uint16_t vector);

/* ----------------------------------------------- virtio-pci-cfg-access.c */

/* Adds the capability; false with *errp. */
bool virtio_pci_cfg_access_init(VirtIOPCIProxy *proxy, Error **errp);
uint32_t virtio_pci_read_config(PCIDevice *dev, uint32_t addr, int len);
/* After the default write. */
void virtio_pci_cfg_access_written(VirtIOPCIProxy *proxy, uint32_t addr,
                                   int len);

/* ---------------------------------------------------------- virtio-pci.c */

/* A register write through one of the interfaces; decides which one the
 * driver uses until it has settled on one. */
void virtio_pci_driver_speaks(VirtIODevice *vdev, bool legacy);
void virtio_pci_write_config(PCIDevice *dev, uint32_t addr, uint32_t val,
                             int len);
/* Writes a virtio capability; extra bytes after the common ones are zero.
 * Offset in config space, 0 with *errp. */
uint8_t virtio_pci_add_cap(VirtIOPCIProxy *proxy, uint8_t type, uint8_t len,
                           uint8_t bar, const VirtIOPCIRegion *region,
                           Error **errp);

#endif
