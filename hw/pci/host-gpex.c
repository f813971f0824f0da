/*
 * The generic PCI Express host bridge ("gpex"), of boards without a chip set:
 * root bus "pcie.0", and configuration space in memory (ECAM) at a fixed
 * place. There are no configuration ports.
 *
 * The board chooses where ECAM is, and gives the four interrupt lines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-gpex.h"
#include "util/bswap.h"

#define PCI_DEVICE_ID_REDHAT_PCIE_HOST 0x0008

static void gpex_set_irq(void *opaque, int line, int level)
{
    qemu_set_irq(GPEX_HOST(opaque)->irq[line], level);
}

int gpex_map_irq_slot(int slot, int pin)
{
    return (slot + pin) % GPEX_NUM_IRQS;
}

static int gpex_map_irq(PCIDevice *dev, int pin)
{
    return gpex_map_irq_slot(PCI_SLOT(dev->devfn), pin);
}

static void gpex_host_realize(DeviceState *qdev, Error **errp)
{
    GPEXHost *s = GPEX_HOST(qdev);
    PCIHostState *phb = PCI_HOST_BRIDGE(qdev);
    PCIExpressHost *e = PCIE_HOST_BRIDGE(qdev);
    const PCIBusRouting routing = {
        .set_irq = gpex_set_irq,
        .map_irq = gpex_map_irq,
        .opaque = s,
    };
    PCIDevice *root;

    pcie_host_mmcfg_init(e);
    phb->bus = pci_root_bus_new(qdev, "pcie.0", phb->pci_memory, phb->io_memory,
                                0, TYPE_PCIE_BUS, &routing);
    root = pci_new(PCI_DEVFN(0, 0), TYPE_GPEX_ROOT_DEVICE);
    if (!pci_realize_and_unref(root, phb->bus, errp)) {
        pcie_host_mmcfg_exit(e);
        return;
    }
    pcie_host_mmcfg_map(e, s->ecam_base, s->ecam_size);
}

static void gpex_host_unrealize(DeviceState *qdev)
{
    pcie_host_mmcfg_exit(PCIE_HOST_BRIDGE(qdev));
}

static void gpex_host_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = gpex_host_realize;
    dc->unrealize = gpex_host_unrealize;
}

static void gpex_root_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->vendor_id = PCI_VENDOR_ID_REDHAT;
    k->device_id = PCI_DEVICE_ID_REDHAT_PCIE_HOST;
    k->class_id = PCI_CLASS_BRIDGE_HOST;
    dc->categories = 1ul << DEVICE_CATEGORY_BRIDGE;
    dc->desc = "Host bridge";
    dc->user_creatable = false; /* half of the host bridge */
    dc->hotpluggable = false;
}

static const InterfaceInfo gpex_root_interfaces[] = {
    {INTERFACE_CONVENTIONAL_PCI_DEVICE},
    {NULL},
};

static const TypeInfo gpex_types[] = {
    {
        .name = TYPE_GPEX_HOST,
        .parent = TYPE_PCIE_HOST_BRIDGE,
        .instance_size = sizeof(GPEXHost),
        .class_init = gpex_host_class_init,
    },
    {
        .name = TYPE_GPEX_ROOT_DEVICE,
        .parent = TYPE_PCI_DEVICE,
        .class_init = gpex_root_class_init,
        .interfaces = gpex_root_interfaces,
    },
};
DEFINE_TYPES(gpex_types)
