/*
 * virtio-net as a PCI card: virtio-net-pci, and the same card for only one
 * generation of drivers (-transitional, -non-transitional).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/net/virtio-net.h"
#include "hw/virtio/virtio-pci.h"

#define TYPE_VIRTIO_NET_PCI "virtio-net-pci-base"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIONetPCI, VIRTIO_NET_PCI)

/* Of the transitional card; a modern one's follows from the virtio type. */
#define PCI_DEVICE_ID_VIRTIO_NET 0x1000

struct VirtIONetPCI {
    VirtIOPCIProxy parent_obj;
    VirtIONet vdev;
};

static void virtio_net_pci_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    VirtIONetPCI *dev = VIRTIO_NET_PCI(proxy);
    DeviceState *qdev = DEVICE(proxy);

    /* One vector per queue, one for the control queue, one for the config. */
    if (proxy->nvectors == DEV_NVECTORS_UNSPECIFIED) {
        proxy->nvectors = 2 * MAX(dev->vdev.nic_conf.peers.queues, 1) + 2;
    }
    virtio_net_set_netclient_name(&dev->vdev, qdev->id,
                                  object_get_typename(OBJECT(qdev)));
    qdev_realize(DEVICE(&dev->vdev), BUS(&proxy->bus), errp);
}

static const Property virtio_net_pci_properties[] = {
    DEFINE_PROP_BIT("ioeventfd", VirtIOPCIProxy, flags,
                    VIRTIO_PCI_FLAG_USE_IOEVENTFD_BIT, true),
    DEFINE_PROP_UINT32("vectors", VirtIOPCIProxy, nvectors,
                       DEV_NVECTORS_UNSPECIFIED),
};

static void virtio_net_pci_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);
    VirtioPCIClass *vpciklass = VIRTIO_PCI_CLASS(klass);

    k->vendor_id = PCI_VENDOR_ID_REDHAT_QUMRANET;
    k->device_id = PCI_DEVICE_ID_VIRTIO_NET;
    k->class_id = PCI_CLASS_NETWORK_ETHERNET;
    dc->categories |= 1ul << DEVICE_CATEGORY_NETWORK;
    vpciklass->realize = virtio_net_pci_realize;
    device_class_set_props(dc, virtio_net_pci_properties);
}

static void virtio_net_pci_instance_init(Object *obj)
{
    VirtIONetPCI *dev = VIRTIO_NET_PCI(obj);

    virtio_instance_init_common(obj, &dev->vdev, sizeof(dev->vdev),
                                TYPE_VIRTIO_NET);
}

static const VirtioPCIDeviceTypeInfo virtio_net_pci_info = {
    .base_name = TYPE_VIRTIO_NET_PCI,
    .generic_name = "virtio-net-pci",
    .transitional_name = "virtio-net-pci-transitional",
    .non_transitional_name = "virtio-net-pci-non-transitional",
    .instance_size = sizeof(VirtIONetPCI),
    .instance_init = virtio_net_pci_instance_init,
    .class_init = virtio_net_pci_class_init,
};

static void virtio_net_pci_register(void)
{
    virtio_pci_types_register(&virtio_net_pci_info);
}

type_init(virtio_net_pci_register)
