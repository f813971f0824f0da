/*
 * The ISA bus: see isa.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/isa.h"

ISABus *isa_bus_new(DeviceState *bridge, MemoryRegion *io)
{
    ISABus *bus = ISA_BUS(qbus_new(TYPE_ISA_BUS, bridge, "isa.0"));

    bus->address_space_io = io;
    return bus;
}

ISABus *isa_bus_from_device(ISADevice *dev)
{
    return ISA_BUS(dev->qdev.parent_bus);
}

void isa_bus_set_irq(ISABus *bus, int n, qemu_irq irq)
{
    g_assert(n >= 0 && n < ISA_NUM_IRQS);
    bus->irqs[n] = irq;
}

qemu_irq isa_get_irq(ISADevice *dev, int n)
{
    g_assert(n >= 0 && n < ISA_NUM_IRQS);
    return isa_bus_from_device(dev)->irqs[n];
}

static void isa_device_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->bus_type = TYPE_ISA_BUS;
    DEVICE_CLASS(klass)->hotpluggable = false;
}

static const TypeInfo isa_types[] = {
    {
        .name = TYPE_ISA_BUS,
        .parent = TYPE_BUS,
        .instance_size = sizeof(ISABus),
    },
    {
        .name = TYPE_ISA_DEVICE,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(ISADevice),
        .abstract = true,
        .class_init = isa_device_class_init,
    },
};
DEFINE_TYPES(isa_types)
