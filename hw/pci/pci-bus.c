/*
 * PCI buses: which device sits where, and the bus as QOM type.
 *
 * A bus is a table of 256 functions. Root buses belong to a host bridge and
 * are kept in a list; the others hang below a bridge's function, which knows
 * their number. Finding a device by bus number therefore walks down from the
 * root, entering only a bridge whose secondary to subordinate range holds the
 * number, as the bridges on a real bus forward a configuration cycle.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-internal.h"

static TAILQ_HEAD(, PCIBus) root_buses = TAILQ_HEAD_INITIALIZER(root_buses);

/* ------------------------------------------------------------ root buses */

PCIBus *pci_root_bus_new(DeviceState *parent, const char *name,
                         MemoryRegion *mem, MemoryRegion *io, uint8_t devfn_min,
                         const char *type, const PCIBusRouting *routing)
{
    PCIBus *bus = PCI_BUS(qbus_new(type, parent, name));

    bus->address_space_mem = mem;
    bus->address_space_io = io;
    bus->devfn_min = devfn_min;
    bus->is_root = true;
    TAILQ_INSERT_TAIL(&root_buses, bus, root_link);
    pci_bus_set_routing(bus, routing);
    return bus;
}

void pci_bus_set_routing(PCIBus *bus, const PCIBusRouting *routing)
{
    bus->routing = routing ? *routing : (PCIBusRouting){0};
}

PCIBus *pci_find_primary_bus(void)
{
    return TAILQ_FIRST(&root_buses);
}

PCIBus *pci_next_root_bus(PCIBus *bus)
{
    return TAILQ_NEXT(bus, root_link);
}

/* --------------------------------------------------------------- lookups */

PCIBus *pci_get_bus(const PCIDevice *dev)
{
    return (PCIBus *)dev->qdev.parent_bus;
}

bool pci_bus_is_root(const PCIBus *bus)
{
    return !bus->parent_dev;
}

bool pci_is_express_bus(const PCIBus *bus)
{
    return object_dynamic_cast(OBJECT(bus), TYPE_PCIE_BUS) != NULL;
}

bool pci_bus_is_single_slot(const PCIBus *bus)
{
    return !pci_bus_is_root(bus) && pci_is_express_bus(bus);
}

int pci_bus_num(PCIBus *bus)
{
    return bus->parent_dev ? bus->parent_dev->config[PCI_SECONDARY_BUS] : 0;
}

/* The bus below the bridge at devfn, or NULL. */
static PCIBus *pci_bus_below(PCIBus *bus, int devfn)
{
    PCIDevice *dev = bus->devices[devfn];

    if (!dev || !PCI_DEVICE_GET_CLASS(dev)->is_bridge) {
        return NULL;
    }
    return (PCIBus *)LIST_FIRST(&dev->qdev.child_bus);
}

PCIBus *pci_find_bus(PCIBus *bus, int bus_num)
{
    if (pci_bus_num(bus) == bus_num) {
        return bus;
    }
    for (int devfn = 0; devfn < PCI_BUS_MAX_DEVFN; devfn++) {
        PCIBus *child = pci_bus_below(bus, devfn);

        if (child && bus_num > 0 &&
            bus->devices[devfn]->config[PCI_SECONDARY_BUS] <= bus_num &&
            bus_num <= bus->devices[devfn]->config[PCI_SUBORDINATE_BUS]) {
            PCIBus *found = pci_find_bus(child, bus_num);

            if (found) {
                return found;
            }
        }
    }
    return NULL;
}

PCIDevice *pci_find_device(PCIBus *root, int bus_num, int devfn)
{
    PCIBus *bus = pci_find_bus(root, bus_num);

    if (!bus || devfn < 0 || devfn >= PCI_BUS_MAX_DEVFN) {
        return NULL;
    }
    return bus->devices[devfn];
}

/* ------------------------------------------------------------- addresses */

static const char *pci_type_name(PCIDevice *dev)
{
    return object_get_typename(OBJECT(dev));
}

static bool pci_slot_is_free(const PCIBus *bus, int slot)
{
    for (int func = 0; func < 8; func++) {
        if (bus->devices[PCI_DEVFN(slot, func)]) {
            return false;
        }
    }
    return true;
}

static int pci_bus_find_free_slot(const PCIBus *bus)
{
    int last = pci_bus_is_single_slot(bus) ? 0 : 31;

    for (int slot = PCI_SLOT(bus->devfn_min); slot <= last; slot++) {
        if (pci_slot_is_free(bus, slot)) {
            return slot;
        }
    }
    return -1;
}

/* The device the user meant, for "in use by". */
static char *pci_occupant_name(PCIDevice *dev)
{
    if (!dev->qdev.id) {
        return g_strdup(pci_type_name(dev));
    }
    return g_strdup_printf("%s,id=%s", pci_type_name(dev), dev->qdev.id);
}

/* A guest looks at functions 1 to 7 only if function 0 says there are some. */
static bool pci_check_multifunction(PCIBus *bus, PCIDevice *dev, int devfn,
                                    Error **errp)
{
    int slot = PCI_SLOT(devfn);
    PCIDevice *f0 = bus->devices[PCI_DEVFN(slot, 0)];

    if (PCI_FUNC(devfn)) {
        if (f0 && !f0->multifunction) {
            error_setg(errp,
                       "PCI: single function device can't be populated "
                       "in function %x.%x",
                       slot, PCI_FUNC(devfn));
            return false;
        }
        return true;
    }
    if (dev->multifunction) {
        return true;
    }
    for (int func = 1; func < 8; func++) {
        if (bus->devices[PCI_DEVFN(slot, func)]) {
            error_setg(errp,
                       "PCI: %x.0 indicates single function, but "
                       "%x.%x is already populated.",
                       slot, slot, func);
            return false;
        }
    }
    return true;
}

static bool pci_check_devfn(PCIBus *bus, PCIDevice *dev, int devfn,
                            Error **errp)
{
    int slot = PCI_SLOT(devfn);
    PCIDevice *there = bus->devices[devfn];
    PCIDevice *f0 = bus->devices[PCI_DEVFN(slot, 0)];

    if (there) {
        g_autofree char *name = pci_occupant_name(there);

        error_setg(errp,
                   "PCI: slot %d function %d not available for %s, "
                   "in use by %s",
                   slot, PCI_FUNC(devfn), pci_type_name(dev), name);
        return false;
    }
    if (slot > 0 && pci_bus_is_single_slot(bus)) {
        error_setg(errp,
                   "PCI: slot %d is not valid for %s, parent device "
                   "only allows plugging into slot 0.",
                   slot, pci_type_name(dev));
        return false;
    }
    if (dev->qdev.hotplugged && PCI_FUNC(devfn) && f0) {
        error_setg(errp,
                   "PCI: slot %d function 0 already occupied by %s, "
                   "new func %s cannot be exposed to guest.",
                   slot, f0->name, pci_type_name(dev));
        return false;
    }
    return pci_check_multifunction(bus, dev, devfn, errp);
}

bool pci_bus_claim_devfn(PCIBus *bus, PCIDevice *dev, Error **errp)
{
    int devfn = dev->devfn;

    if (devfn < 0) {
        int slot = pci_bus_find_free_slot(bus);

        if (slot < 0) {
            error_setg(errp,
                       "PCI: no slot/function available for %s, all in "
                       "use or reserved",
                       pci_type_name(dev));
            return false;
        }
        devfn = PCI_DEVFN(slot, 0);
    } else if (!pci_check_devfn(bus, dev, devfn, errp)) {
        return false;
    }
    dev->devfn = devfn;
    bus->devices[devfn] = dev;
    return true;
}

void pci_bus_release_devfn(PCIBus *bus, PCIDevice *dev)
{
    if (bus->devices[dev->devfn] == dev) {
        bus->devices[dev->devfn] = NULL;
    }
}

/* -------------------------------------------------------------- QOM type */

static void pci_bus_reset(BusState *qbus)
{
    PCIBus *bus = PCI_BUS(qbus);

    for (int devfn = 0; devfn < PCI_BUS_MAX_DEVFN; devfn++) {
        if (bus->devices[devfn]) {
            pci_reset_function(bus->devices[devfn]);
        }
    }
}

/* "0000:00:02.0:03.0": slots and functions from the root bus down. */
static char *pci_bus_get_dev_path(DeviceState *qdev)
{
    PCIDevice *dev = PCI_DEVICE(qdev);
    GString *path = g_string_new(NULL);

    for (;;) {
        g_autofree char *part = g_strdup_printf(
            ":%02x.%x", PCI_SLOT(dev->devfn), PCI_FUNC(dev->devfn));

        g_string_prepend(path, part);
        if (!pci_get_bus(dev)->parent_dev) {
            break;
        }
        dev = pci_get_bus(dev)->parent_dev;
    }
    g_string_prepend(path, "0000:00");
    return g_string_free(path, FALSE);
}

static void pci_bus_instance_finalize(Object *obj)
{
    PCIBus *bus = PCI_BUS(obj);

    if (bus->is_root) {
        TAILQ_REMOVE(&root_buses, bus, root_link);
    }
}

static void pci_bus_class_init(ObjectClass *klass, const void *data)
{
    BusClass *k = BUS_CLASS(klass);

    k->print_dev = pci_bus_print_dev;
    k->get_dev_path = pci_bus_get_dev_path;
    k->reset = pci_bus_reset;
}

static const TypeInfo pci_bus_types[] = {
    {
        .name = TYPE_PCI_BUS,
        .parent = TYPE_BUS,
        .instance_size = sizeof(PCIBus),
        .instance_finalize = pci_bus_instance_finalize,
        .class_init = pci_bus_class_init,
    },
    {
        .name = TYPE_PCIE_BUS,
        .parent = TYPE_PCI_BUS,
    },
    {
        .name = INTERFACE_PCIE_DEVICE,
        .parent = TYPE_INTERFACE,
    },
    {
        .name = INTERFACE_CONVENTIONAL_PCI_DEVICE,
        .parent = TYPE_INTERFACE,
    },
};
DEFINE_TYPES(pci_bus_types)
