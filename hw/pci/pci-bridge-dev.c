/*
 * pci-bridge: a conventional bridge that sits on any bus and gives 32 more
 * slots.
 *
 * It has no hot-plug controller (shpc) and so no MSI: a device can be plugged
 * into it while the guest runs, but the guest has to rescan the bus.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-bridge.h"
#include "util/bswap.h"

#define TYPE_PCI_BRIDGE_DEV "pci-bridge"
OBJECT_DECLARE_SIMPLE_TYPE(PCIBridgeDev, PCI_BRIDGE_DEV)

#define PCI_DEVICE_ID_REDHAT_BRIDGE 0x0001
/* Slot numbering capability: first bridge of its chassis. */
#define PCI_SID_FIRST_IN_CHASSIS PCI_SID_ESR_FIC

struct PCIBridgeDev {
    PCIBridge parent_obj;
    uint8_t chassis_nr;
    OnOffAuto msi;
    bool shpc;
};

static bool pci_bridge_dev_check(const PCIBridgeDev *br, Error **errp)
{
    if (br->shpc) {
        error_setg(errp, "shpc=on is not supported by this pci-bridge, only "
                         "shpc=off");
        return false;
    }
    if (br->msi == ON_OFF_AUTO_ON) {
        error_setg(errp, "msi=on is not supported by this pci-bridge, only "
                         "msi=off and msi=auto");
        return false;
    }
    if (br->chassis_nr == 0) {
        error_setg(errp, "Bridge chassis not specified. Each bridge is "
                         "required to be assigned a unique chassis id > 0.");
        return false;
    }
    return true;
}

static bool pci_bridge_dev_init_caps(PCIDevice *dev, Error **errp)
{
    PCIBridgeDev *br = PCI_BRIDGE_DEV(dev);
    int pos = pci_add_capability(dev, PCI_CAP_ID_SLOTID, 0, 4, errp);

    if (pos < 0) {
        return false;
    }
    dev->config[pos + PCI_SID_ESR] = PCI_SID_FIRST_IN_CHASSIS;
    dev->config[pos + PCI_SID_CHASSIS_NR] = br->chassis_nr;
    return pci_bridge_reserve_cap_init(dev, 0, &br->parent_obj.reserve, errp) >=
           0;
}

static void pci_bridge_dev_realize(PCIDevice *dev, Error **errp)
{
    if (!pci_bridge_dev_check(PCI_BRIDGE_DEV(dev), errp)) {
        return;
    }
    pci_bridge_init(dev, TYPE_PCI_BUS);
    stw_le_p(dev->config + PCI_STATUS, PCI_STATUS_66MHZ | PCI_STATUS_FAST_BACK);
    stw_le_p(dev->config + PCI_SEC_STATUS,
             PCI_STATUS_66MHZ | PCI_STATUS_FAST_BACK);
    if (!pci_bridge_dev_init_caps(dev, errp)) {
        pci_bridge_exit(dev);
    }
}

static const Property pci_bridge_dev_props[] = {
    DEFINE_PROP_UINT8("chassis_nr", PCIBridgeDev, chassis_nr, 0),
    DEFINE_PROP_ON_OFF_AUTO("msi", PCIBridgeDev, msi, ON_OFF_AUTO_AUTO),
    DEFINE_PROP_BOOL("shpc", PCIBridgeDev, shpc, false),
    DEFINE_PCI_RESERVE_PROPERTIES(PCIBridgeDev, parent_obj.reserve),
};

static void pci_bridge_dev_class_init(ObjectClass *klass, const void *data)
{
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);
    DeviceClass *dc = DEVICE_CLASS(klass);

    k->realize = pci_bridge_dev_realize;
    k->exit = pci_bridge_exit;
    k->vendor_id = PCI_VENDOR_ID_REDHAT;
    k->device_id = PCI_DEVICE_ID_REDHAT_BRIDGE;
    dc->desc = "Standard PCI Bridge";
    device_class_set_props(dc, pci_bridge_dev_props);
}

static const InterfaceInfo pci_bridge_dev_interfaces[] = {
    {INTERFACE_CONVENTIONAL_PCI_DEVICE},
    {NULL},
};

static const TypeInfo pci_bridge_dev_types[] = {
    {
        .name = TYPE_PCI_BRIDGE_DEV,
        .parent = TYPE_PCI_BRIDGE,
        .instance_size = sizeof(PCIBridgeDev),
        .class_init = pci_bridge_dev_class_init,
        .interfaces = pci_bridge_dev_interfaces,
    },
};
DEFINE_TYPES(pci_bridge_dev_types)
