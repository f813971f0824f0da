/*
 * INTx: level-triggered, shared lines from a function's pin to the root bus.
 *
 * A device sets the level of its one pin. While the command register disables
 * INTx the level is kept but does not leave the device. Above it, each bridge
 * swizzles the pin by the slot below, until the root bus's map_irq names a
 * line; a line is up while any device holds it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-internal.h"
#include "trace/trace-hw-pci.h"

bool pci_irq_disabled(const PCIDevice *dev)
{
    return ldw_le_p(dev->config + PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE;
}

int pci_swizzle_map_irq_fn(PCIDevice *dev, int pin)
{
    return (PCI_SLOT(dev->devfn) + pin) % PCI_NUM_PINS;
}

/* The device's pin changed: to the root, by way of every bridge. */
static void pci_change_irq_level(PCIDevice *dev, int pin, int change)
{
    PCIBus *bus = pci_get_bus(dev);
    int irq, count;

    while (bus->parent_dev) {
        pin = pci_swizzle_map_irq_fn(dev, pin);
        dev = bus->parent_dev;
        bus = pci_get_bus(dev);
    }
    if (!bus->routing.map_irq) {
        return;
    }
    irq = bus->routing.map_irq(dev, pin);
    g_assert(irq >= 0 && irq < PCI_BUS_MAX_IRQ);
    count = bus->irq_count[irq] += change;
    g_assert(count >= 0);
    trace_pci_irq(bus->qbus.name, irq, count);
    /* Only the first to raise it and the last to lower it change the line. */
    if (count == 0 || (count == 1 && change > 0)) {
        bus->routing.set_irq(bus->routing.opaque, irq, count != 0);
    }
}

static void pci_update_irq_status(PCIDevice *dev)
{
    if (dev->irq_state) {
        dev->config[PCI_STATUS] |= PCI_STATUS_INTERRUPT;
    } else {
        dev->config[PCI_STATUS] &= ~PCI_STATUS_INTERRUPT;
    }
}

void pci_set_irq(PCIDevice *dev, int level)
{
    int pin = dev->config ? dev->config[PCI_INTERRUPT_PIN] - 1 : -1;

    level = level != 0;
    if (pin < 0 || level == dev->irq_state) {
        return;
    }
    dev->irq_state = level;
    pci_update_irq_status(dev);
    if (!pci_irq_disabled(dev)) {
        pci_change_irq_level(dev, pin, level ? 1 : -1);
    }
}

void pci_irq_disable_changed(PCIDevice *dev, bool was_disabled)
{
    bool disabled = pci_irq_disabled(dev);

    if (disabled != was_disabled && dev->irq_state) {
        pci_change_irq_level(dev, dev->config[PCI_INTERRUPT_PIN] - 1,
                             disabled ? -1 : 1);
    }
}

void pci_irq_deassert(PCIDevice *dev)
{
    pci_set_irq(dev, 0);
}
