/*
 * The NICs that -nic and -net nic ask the board for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci.h"
#include "net/net.h"

/* The class of a NIC model, by type name or by QEMU's short name. */
static ObjectClass *pci_nic_class(const char *model)
{
    ObjectClass *klass;

    if (!strcmp(model, "virtio")) {
        model = "virtio-net-pci";
    }
    klass = object_class_by_name(model);
    klass = klass ? object_class_dynamic_cast(klass, TYPE_PCI_DEVICE) : NULL;
    if (!klass || object_class_is_abstract(klass) ||
        !DEVICE_CLASS(klass)->user_creatable ||
        !(DEVICE_CLASS(klass)->categories & (1ul << DEVICE_CATEGORY_NETWORK))) {
        return NULL;
    }
    return klass;
}

static bool pci_nic_set_properties(Object *obj, const NICInfo *nd, Error **errp)
{
    g_autofree char *mac = g_strdup_printf(
        "%02x:%02x:%02x:%02x:%02x:%02x", nd->macaddr.a[0], nd->macaddr.a[1],
        nd->macaddr.a[2], nd->macaddr.a[3], nd->macaddr.a[4], nd->macaddr.a[5]);

    if (!object_property_set_str(obj, "mac", mac, errp)) {
        return false;
    }
    if (nd->netdev &&
        !object_property_set_str(obj, "netdev", nd->netdev->name, errp)) {
        return false;
    }
    if (nd->nvectors != -1 && object_property_find(obj, "vectors") &&
        !object_property_set_int(obj, "vectors", nd->nvectors, errp)) {
        return false;
    }
    return !nd->devaddr ||
           object_property_set_str(obj, "addr", nd->devaddr, errp);
}

static bool pci_nic_init(PCIBus *bus, const NICInfo *nd,
                         const char *default_model, Error **errp)
{
    const char *model = nd->model ? nd->model : default_model;
    ObjectClass *klass = pci_nic_class(model);
    PCIDevice *dev;

    if (!klass) {
        error_setg(errp, "Unsupported NIC model: %s", model);
        return false;
    }
    dev = pci_new(-1, object_class_get_name(klass));
    if (!pci_nic_set_properties(OBJECT(dev), nd, errp)) {
        object_unref(OBJECT(dev));
        return false;
    }
    return pci_realize_and_unref(dev, bus, errp);
}

bool pci_init_nics(PCIBus *bus, const char *default_model, Error **errp)
{
    NICInfo *nd;

    while ((nd = net_next_nic())) {
        if (!pci_nic_init(bus, nd, default_model, errp)) {
            return false;
        }
    }
    return true;
}
