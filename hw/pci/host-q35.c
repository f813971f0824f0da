/*
 * The Q35 host bridge of -machine q35: root bus "pcie.0" and the memory
 * controller hub's function 00.0.
 *
 * PCIEXBAR, a register of the hub, places ECAM. After reset it names the
 * usual address but is off; firmware or whoever plays its part switches it on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-host.h"
#include "util/bswap.h"

#define PCI_DEVICE_ID_INTEL_Q35_MCH 0x29c0

#define TYPE_Q35_MCH_STATE TYPE_MCH_PCI_DEVICE
OBJECT_DECLARE_SIMPLE_TYPE(MCHPCIState, Q35_MCH_STATE)

struct MCHPCIState {
    PCIDevice parent_obj;
    PCIExpressHost *host;
};

/* ---------------------------------------------------------- host bridge */

static void q35_host_realize(DeviceState *qdev, Error **errp)
{
    PCIHostState *phb = PCI_HOST_BRIDGE(qdev);
    PCIExpressHost *e = PCIE_HOST_BRIDGE(qdev);
    PCIDevice *mch;

    pci_host_map_ports(phb);
    pcie_host_mmcfg_init(e);
    phb->bus = pci_root_bus_new(qdev, "pcie.0", phb->pci_memory, phb->io_memory,
                                0, TYPE_PCIE_BUS, NULL);
    mch = pci_new(PCI_DEVFN(0, 0), TYPE_MCH_PCI_DEVICE);
    Q35_MCH_STATE(mch)->host = e;
    if (!pci_realize_and_unref(mch, phb->bus, errp)) {
        pcie_host_mmcfg_exit(e);
        pci_host_unmap_ports(phb);
    }
}

static void q35_host_unrealize(DeviceState *qdev)
{
    pcie_host_mmcfg_exit(PCIE_HOST_BRIDGE(qdev));
    pci_host_unmap_ports(PCI_HOST_BRIDGE(qdev));
}

static const Property q35_host_props[] = {
    DEFINE_PROP_SIZE("below-4g-mem-size", PCIHostState, below_4g_mem_size, 0),
    DEFINE_PROP_SIZE("above-4g-mem-size", PCIHostState, above_4g_mem_size, 0),
};

static void q35_host_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = q35_host_realize;
    dc->unrealize = q35_host_unrealize;
    device_class_set_props(dc, q35_host_props);
}

/* ------------------------------------------------------------------ hub */

static void mch_update_pciexbar(MCHPCIState *mch)
{
    uint64_t reg = ldq_le_p(mch->parent_obj.config + MCH_PCIEXBAR);
    unsigned length = (reg & MCH_PCIEXBAR_LENGTH_MASK) >> 1;
    uint64_t size = PCIE_MMCFG_SIZE_MAX >> length;
    uint64_t base = reg & ~(size - 1);

    /* Length 3 is reserved. Without a sane base nothing is decoded. */
    if (!(reg & MCH_PCIEXBAR_ENABLE) || length == 3 || base == 0 ||
        base + size < base) {
        pcie_host_mmcfg_unmap(mch->host);
    } else {
        pcie_host_mmcfg_map(mch->host, base, size);
    }
}

static void mch_config_write(PCIDevice *dev, uint32_t addr, uint32_t val,
                             int len)
{
    pci_default_write_config(dev, addr, val, len);
    if (addr < MCH_PCIEXBAR + 8 && addr + len > MCH_PCIEXBAR) {
        mch_update_pciexbar(Q35_MCH_STATE(dev));
    }
}

static void mch_reset(DeviceState *qdev)
{
    MCHPCIState *mch = Q35_MCH_STATE(qdev);

    stq_le_p(mch->parent_obj.config + MCH_PCIEXBAR, MCH_PCIEXBAR_DEFAULT);
    mch_update_pciexbar(mch);
}

static void mch_realize(PCIDevice *dev, Error **errp)
{
    /* 64 GiB of physical addresses, on the chip; granularity 64 MiB. */
    stq_le_p(dev->wmask + MCH_PCIEXBAR, MAKE_64BIT_MASK(26, 10) |
                                            MCH_PCIEXBAR_LENGTH_MASK |
                                            MCH_PCIEXBAR_ENABLE);
}

static void mch_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = mch_realize;
    k->config_write = mch_config_write;
    k->vendor_id = PCI_VENDOR_ID_INTEL;
    k->device_id = PCI_DEVICE_ID_INTEL_Q35_MCH;
    k->class_id = PCI_CLASS_BRIDGE_HOST;
    dc->reset = mch_reset;
    dc->categories = 1ul << DEVICE_CATEGORY_BRIDGE;
    dc->desc = "Host bridge";
    dc->user_creatable = false; /* half of the host bridge */
    dc->hotpluggable = false;
}

static const InterfaceInfo mch_interfaces[] = {
    {INTERFACE_CONVENTIONAL_PCI_DEVICE},
    {NULL},
};

static const TypeInfo q35_types[] = {
    {
        .name = TYPE_Q35_HOST_DEVICE,
        .parent = TYPE_PCIE_HOST_BRIDGE,
        .class_init = q35_host_class_init,
    },
    {
        .name = TYPE_MCH_PCI_DEVICE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(MCHPCIState),
        .class_init = mch_class_init,
        .interfaces = mch_interfaces,
    },
};
DEFINE_TYPES(q35_types)
