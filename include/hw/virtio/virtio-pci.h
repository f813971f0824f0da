/*
 * The PCI transport: transitional and modern.
 *
 * A proxy PCIDevice ("virtio-pci") holds a VirtioBusState, on which the virtio
 * device sits as its child "virtio-backend". BAR 0 is the legacy I/O header,
 * BAR 1 MSI-X, BAR 2 modern notifications by port if asked for, BAR 4 the
 * modern regions (virtio 1.4, 4.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_VIRTIO_VIRTIO_PCI_H
#define HW_VIRTIO_VIRTIO_PCI_H

#include "hw/pci/msix.h"
#include "hw/virtio/virtio.h"

#define TYPE_VIRTIO_PCI "virtio-pci"
#define TYPE_VIRTIO_PCI_BUS "virtio-pci-bus"
OBJECT_DECLARE_TYPE(VirtIOPCIProxy, VirtioPCIClass, VIRTIO_PCI)

struct VirtioPCIClass {
    PCIDeviceClass parent_class;
    /* The type's own realize: sets defaults (vectors) and realizes the child
     * on the bus. */
    void (*realize)(VirtIOPCIProxy *proxy, Error **errp);
};

typedef struct VirtIOPCIRegion {
    MemoryRegion mr;
    uint32_t offset;
    uint32_t size;
} VirtIOPCIRegion;

/* What the driver wrote for a queue: low and high words of addresses. */
typedef struct VirtIOPCIQueue {
    uint32_t desc[2];
    uint32_t avail[2];
    uint32_t used[2];
} VirtIOPCIQueue;

/* A vector whose message an event notifier sends. */
typedef struct VirtIOPCIIrqfd {
    EventNotifier e;
    int route; /* negative: not now */
} VirtIOPCIIrqfd;

struct VirtIOPCIProxy {
    PCIDevice pci_dev;
    VirtioBusState bus;
    MemoryRegion bar; /* legacy */
    MemoryRegion modern_bar;
    MemoryRegion io_bar; /* modern-pio-notify */
    VirtIOPCIRegion common, isr, device, notify, notify_pio;
    int config_cap; /* offset of the PCI configuration access capability */
    uint32_t flags; /* properties that are one bit */
    OnOffAuto disable_legacy;
    bool disable_modern;
    bool ioeventfd_started;
    VirtIOPCIIrqfd *irqfds; /* one per vector; NULL: none */
    uint32_t nvectors; /* vectors=; DEV_NVECTORS_UNSPECIFIED */
    uint32_t dfselect;
    uint32_t gfselect;
    VirtIOPCIQueue vqs[VIRTIO_QUEUE_MAX];
};

#define DEV_NVECTORS_UNSPECIFIED UINT32_MAX

/* Bits of VirtIOPCIProxy.flags. A device type that offers "ioeventfd" defines
 * it with DEFINE_PROP_BIT on the first, and "vectors" on nvectors. */
enum {
    VIRTIO_PCI_FLAG_USE_IOEVENTFD_BIT,
    VIRTIO_PCI_FLAG_BUS_MASTER_BUG_MIGRATION_BIT,
    VIRTIO_PCI_FLAG_MODERN_PIO_NOTIFY_BIT,
    VIRTIO_PCI_FLAG_PAGE_PER_VQ_BIT,
    VIRTIO_PCI_FLAG_ATS_BIT,
    VIRTIO_PCI_FLAG_ATS_PAGE_ALIGNED_BIT,
    VIRTIO_PCI_FLAG_PM_NO_SOFT_RESET_BIT,
    VIRTIO_PCI_FLAG_INIT_FLR_BIT,
    VIRTIO_PCI_FLAG_AER_BIT,
};

/*
 * One family of types by one call: NAME-base (abstract), NAME (both
 * generations as disable-* say), NAME-transitional, NAME-non-transitional.
 */
typedef struct VirtioPCIDeviceTypeInfo {
    const char *base_name;             /* "virtio-net-pci-base" */
    const char *generic_name;          /* "virtio-net-pci" */
    const char *transitional_name;     /* or NULL */
    const char *non_transitional_name; /* or NULL */
    size_t instance_size;
    void (*instance_init)(Object *obj);
    void (*class_init)(ObjectClass *klass, const void *data);
} VirtioPCIDeviceTypeInfo;
void virtio_pci_types_register(const VirtioPCIDeviceTypeInfo *t);

/* In instance_init: makes the child "virtio-backend" and aliases its
 * properties on the proxy. */
void virtio_instance_init_common(Object *proxy_obj, void *child, size_t size,
                                 const char *child_type);

#endif
