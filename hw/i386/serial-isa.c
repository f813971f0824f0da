/*
 * The serial port on the ISA bus: see serial.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/serial-hd.h"
#include "hw/i386/serial.h"

static const struct {
    uint16_t iobase;
    uint8_t irq;
} isa_serial_ports[MAX_ISA_SERIAL_PORTS] = {
    {0x3f8, 4},
    {0x2f8, 3},
    {0x3e8, 4},
    {0x2e8, 3},
};

/* Ports that other devices on the bus have: the next index. */
static uint32_t isa_serial_next_index(ISASerialState *isa)
{
    BusState *bus = isa->parent_obj.qdev.parent_bus;
    uint32_t next = 0;
    DeviceState *dev;

    TAILQ_FOREACH (dev, &bus->children, sibling) {
        if (dev->realized &&
            object_dynamic_cast(OBJECT(dev), TYPE_ISA_SERIAL)) {
            next = MAX(next, ISA_SERIAL(dev)->index + 1);
        }
    }
    return next;
}

static bool isa_serial_check(ISASerialState *isa, Error **errp)
{
    if (isa->index == UINT32_MAX) {
        isa->index = isa_serial_next_index(isa);
    }
    if (isa->index >= MAX_ISA_SERIAL_PORTS) {
        error_setg(errp, "Max. supported number of ISA serial ports is %d.",
                   MAX_ISA_SERIAL_PORTS);
        return false;
    }
    if (isa->iobase == UINT32_MAX) {
        isa->iobase = isa_serial_ports[isa->index].iobase;
    }
    if (isa->isairq == UINT32_MAX) {
        isa->isairq = isa_serial_ports[isa->index].irq;
    }
    if (isa->iobase > 0x10000 - SERIAL_NUM_PORTS) {
        error_setg(errp, "isa-serial: iobase=0x%x leaves no room for %d ports",
                   isa->iobase, SERIAL_NUM_PORTS);
        return false;
    }
    if (isa->isairq >= ISA_NUM_IRQS) {
        error_setg(errp, "isa-serial: irq=%u is beyond the last one, %d",
                   isa->isairq, ISA_NUM_IRQS - 1);
        return false;
    }
    if (isa->serial.baudbase == 0) {
        error_setg(errp, "isa-serial: baudbase must not be 0");
        return false;
    }
    return true;
}

static void isa_serial_realize(DeviceState *qdev, Error **errp)
{
    ISASerialState *isa = ISA_SERIAL(qdev);
    ISABus *bus = isa_bus_from_device(&isa->parent_obj);

    if (!isa_serial_check(isa, errp)) {
        return;
    }
    isa->serial.irq = isa_get_irq(&isa->parent_obj, isa->isairq);
    serial_init(&isa->serial);
    memory_region_init_io(&isa->io, OBJECT(isa), &serial_io_ops, &isa->serial,
                          "serial", SERIAL_NUM_PORTS);
    memory_region_add_subregion(bus->address_space_io, isa->iobase, &isa->io);
}

static void isa_serial_unrealize(DeviceState *qdev)
{
    ISASerialState *isa = ISA_SERIAL(qdev);

    memory_region_destroy(&isa->io);
    serial_cleanup(&isa->serial);
}

static void isa_serial_reset(DeviceState *qdev)
{
    serial_reset(&ISA_SERIAL(qdev)->serial);
}

bool isa_serial_init_ports(ISABus *bus, Error **errp)
{
    for (unsigned i = 0; i < MAX_ISA_SERIAL_PORTS; i++) {
        Chardev *chr = serial_hd(i);
        ISASerialState *isa;

        if (!chr) {
            continue;
        }
        isa = ISA_SERIAL(qdev_new(TYPE_ISA_SERIAL));
        isa->index = i;
        if (!qemu_chr_fe_init(&isa->serial.chr, chr, errp)) {
            object_unref(OBJECT(isa));
            return false;
        }
        if (!qdev_realize_and_unref(DEVICE(isa), &bus->qbus, errp)) {
            return false;
        }
    }
    return true;
}

static const Property isa_serial_props[] = {
    DEFINE_PROP_UINT32("index", ISASerialState, index, UINT32_MAX),
    DEFINE_PROP_UINT32("iobase", ISASerialState, iobase, UINT32_MAX),
    DEFINE_PROP_UINT32("irq", ISASerialState, isairq, UINT32_MAX),
    DEFINE_PROP_CHR("chardev", ISASerialState, serial.chr),
    DEFINE_PROP_UINT32("baudbase", ISASerialState, serial.baudbase, 115200),
};

static void isa_serial_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = isa_serial_realize;
    dc->unrealize = isa_serial_unrealize;
    dc->reset = isa_serial_reset;
    dc->categories = 1ul << DEVICE_CATEGORY_INPUT;
    device_class_set_props(dc, isa_serial_props);
}

static const TypeInfo isa_serial_types[] = {
    {
        .name = TYPE_ISA_SERIAL,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(ISASerialState),
        .class_init = isa_serial_class_init,
    },
};
DEFINE_TYPES(isa_serial_types)
