/*
 * pcie-root-port: an Express port with one slot behind it, on a root bus.
 *
 * Limits: no advanced error reporting, no ARI; the link runs at one speed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/msix.h"
#include "hw/pci/pci-internal.h"
#include "hw/pci/pcie-port.h"
#include "hw/pci/pcie.h"

#define TYPE_PCIE_ROOT_PORT          "pcie-root-port"
#define PCI_DEVICE_ID_REDHAT_PCIE_RP 0x000c

static void root_port_child_changed(PCIDevice *dev)
{
    PCIESlot *slot = PCIE_SLOT(dev);

    /* Cold-plugged devices are there when reset looks; no event. */
    if (dev->qdev.realized && qdev_hotplug) {
        pcie_cap_slot_update(slot);
    }
}

static bool root_port_init_caps(PCIDevice *dev, Error **errp)
{
    PCIESlot *slot = PCIE_SLOT(dev);
    int pos;

    if (pci_bridge_ssvid_init(dev, 0, PCI_VENDOR_ID_REDHAT, 0, errp) < 0) {
        return false;
    }
    pos = pcie_cap_init(dev, 0, PCI_EXP_TYPE_ROOT_PORT, slot->port, errp);
    if (pos < 0) {
        return false;
    }
    stw_le_p(dev->wmask + pos + PCI_EXP_RTCTL,
             PCI_EXP_RTCTL_SECEE | PCI_EXP_RTCTL_SENFEE | PCI_EXP_RTCTL_SEFEE);
    pcie_cap_slot_init(slot);
    return pci_bridge_reserve_cap_init(dev, 0, &slot->parent_obj.reserve,
                                       errp) >= 0 &&
           msix_init_exclusive_bar(dev, 1, 0, errp) >= 0;
}

static void root_port_realize(PCIDevice *dev, Error **errp)
{
    PCIESlot *slot = PCIE_SLOT(dev);

    pci_bridge_init(dev, TYPE_PCIE_BUS);
    slot->parent_obj.sec_bus->child_changed = root_port_child_changed;
    slot->parent_obj.sec_bus->qbus.hotpluggable = slot->hotplug;
    dev->config[PCI_INTERRUPT_PIN] = 1;
    if (!root_port_init_caps(dev, errp)) {
        pci_bridge_exit(dev);
        return;
    }
    if (!pcie_chassis_add_slot(slot, errp)) {
        msix_uninit_exclusive_bar(dev);
        pci_bridge_exit(dev);
        return;
    }
    msix_vector_use(dev, 0);
}

static void root_port_exit(PCIDevice *dev)
{
    pcie_chassis_del_slot(PCIE_SLOT(dev));
    msix_uninit_exclusive_bar(dev);
    pci_bridge_exit(dev);
}

static void root_port_config_write(PCIDevice *dev, uint32_t addr, uint32_t val,
                                   int len)
{
    uint16_t old_ctl = ldw_le_p(dev->config + dev->exp_cap + PCI_EXP_SLTCTL);

    pci_bridge_write_config(dev, addr, val, len);
    pcie_cap_slot_write_config(PCIE_SLOT(dev), old_ctl, addr, len);
}

static void root_port_reset(DeviceState *qdev)
{
    PCIDevice *dev = PCI_DEVICE(qdev);

    pci_bridge_reset(qdev);
    pci_bridge_disable_windows(dev);
    stw_le_p(dev->config + dev->exp_cap + PCI_EXP_RTCTL, 0);
    pcie_cap_slot_reset(PCIE_SLOT(dev));
}

static const Property pcie_slot_props[] = {
    DEFINE_PCI_RESERVE_PROPERTIES(PCIESlot, parent_obj.reserve),
    DEFINE_PROP_BOOL("power_controller_present", PCIESlot,
                     power_controller_present, true),
    DEFINE_PROP_UINT8("chassis", PCIESlot, chassis, 0),
    DEFINE_PROP_UINT16("slot", PCIESlot, slot, 0),
    DEFINE_PROP_BOOL("hotplug", PCIESlot, hotplug, true),
    DEFINE_PROP_UINT8("port", PCIESlot, port, 0),
};

static void pcie_slot_class_init(ObjectClass *klass, const void *data)
{
    device_class_set_props(DEVICE_CLASS(klass), pcie_slot_props);
}

static void root_port_class_init(ObjectClass *klass, const void *data)
{
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);
    DeviceClass *dc = DEVICE_CLASS(klass);

    k->realize = root_port_realize;
    k->exit = root_port_exit;
    k->config_write = root_port_config_write;
    k->vendor_id = PCI_VENDOR_ID_REDHAT;
    k->device_id = PCI_DEVICE_ID_REDHAT_PCIE_RP;
    dc->reset = root_port_reset;
    dc->desc = "PCI Express Root Port";
    dc->hotpluggable = false; /* part of the chip set */
}

static const InterfaceInfo pcie_slot_interfaces[] = {
    {INTERFACE_PCIE_DEVICE},
    {NULL},
};

static const TypeInfo pcie_root_port_types[] = {
    {
        .name = TYPE_PCIE_SLOT,
        .parent = TYPE_PCI_BRIDGE,
        .instance_size = sizeof(PCIESlot),
        .abstract = true,
        .class_init = pcie_slot_class_init,
        .interfaces = pcie_slot_interfaces,
    },
    {
        .name = TYPE_PCIE_ROOT_PORT,
        .parent = TYPE_PCIE_SLOT,
        .class_init = root_port_class_init,
    },
};
DEFINE_TYPES(pcie_root_port_types)
