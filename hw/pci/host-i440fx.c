/*
 * The i440FX host bridge of -machine pc: root bus "pci.0" and the north
 * bridge's function 00.0.
 *
 * Memory control registers (PAM, SMRAM) are absent: without firmware there is
 * nothing to shadow, and the area below 1 MiB is RAM as a BIOS leaves it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-host.h"
#include "util/bswap.h"

#define PCI_DEVICE_ID_INTEL_82441 0x1237

static void i440fx_pcihost_realize(DeviceState *qdev, Error **errp)
{
    PCIHostState *phb = PCI_HOST_BRIDGE(qdev);
    PCIDevice *north;

    pci_host_map_ports(phb);
    phb->bus = pci_root_bus_new(qdev, "pci.0", phb->pci_memory, phb->io_memory,
                                0, TYPE_PCI_BUS, NULL);
    qdev_get_child_bus(qdev, "pci.0")->hotpluggable = true;
    north = pci_new(PCI_DEVFN(0, 0), TYPE_I440FX_PCI_DEVICE);
    if (!pci_realize_and_unref(north, phb->bus, errp)) {
        pci_host_unmap_ports(phb);
    }
}

static void pcihost_unrealize(DeviceState *qdev)
{
    pci_host_unmap_ports(PCI_HOST_BRIDGE(qdev));
}

static const Property i440fx_pcihost_props[] = {
    DEFINE_PROP_SIZE("below-4g-mem-size", PCIHostState, below_4g_mem_size, 0),
    DEFINE_PROP_SIZE("above-4g-mem-size", PCIHostState, above_4g_mem_size, 0),
};

static void i440fx_pcihost_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = i440fx_pcihost_realize;
    dc->unrealize = pcihost_unrealize;
    device_class_set_props(dc, i440fx_pcihost_props);
}

static void i440fx_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->vendor_id = PCI_VENDOR_ID_INTEL;
    k->device_id = PCI_DEVICE_ID_INTEL_82441;
    k->revision = 2;
    k->class_id = PCI_CLASS_BRIDGE_HOST;
    dc->categories = 1ul << DEVICE_CATEGORY_BRIDGE;
    dc->desc = "Host bridge";
    dc->user_creatable = false; /* half of the host bridge */
    dc->hotpluggable = false;
}

static const InterfaceInfo i440fx_interfaces[] = {
    {INTERFACE_CONVENTIONAL_PCI_DEVICE},
    {NULL},
};

static const TypeInfo i440fx_types[] = {
    {
        .name = TYPE_I440FX_PCI_HOST,
        .parent = TYPE_PCI_HOST_BRIDGE,
        .class_init = i440fx_pcihost_class_init,
    },
    {
        .name = TYPE_I440FX_PCI_DEVICE,
        .parent = TYPE_PCI_DEVICE,
        .class_init = i440fx_class_init,
        .interfaces = i440fx_interfaces,
    },
};
DEFINE_TYPES(i440fx_types)
