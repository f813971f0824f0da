/*
 * Port 0x92, system control port A: bit 0 resets the machine when it rises.
 *
 * Bit 1 is the gate of address line 20, which is open whatever it says: there
 * is nothing that a closed gate would be good for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/runstate.h"
#include "hw/i386/isa.h"
#include "hw/i386/port92.h"

#define PORT92_PORT  0x92
#define PORT92_RESET 0x01

OBJECT_DECLARE_SIMPLE_TYPE(Port92State, PORT92)

struct Port92State {
    ISADevice parent_obj;
    MemoryRegion io;
    uint8_t value;
};

static uint64_t port92_read(void *opaque, hwaddr addr, unsigned size)
{
    return ((Port92State *)opaque)->value;
}

static void port92_write(void *opaque, hwaddr addr, uint64_t data,
                         unsigned size)
{
    Port92State *s = opaque;
    bool rises = data & ~s->value & PORT92_RESET;

    s->value = data;
    if (rises) {
        qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
    }
}

static const MemoryRegionOps port92_ops = {
    .read = port92_read,
    .write = port92_write,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

static void port92_reset(DeviceState *qdev)
{
    PORT92(qdev)->value = 0;
}

static void port92_realize(DeviceState *qdev, Error **errp)
{
    Port92State *s = PORT92(qdev);
    ISABus *bus = isa_bus_from_device(&s->parent_obj);

    memory_region_init_io(&s->io, OBJECT(s), &port92_ops, s, "port92", 1);
    memory_region_add_subregion(bus->address_space_io, PORT92_PORT, &s->io);
}

static void port92_unrealize(DeviceState *qdev)
{
    memory_region_destroy(&PORT92(qdev)->io);
}

bool port92_init(ISABus *bus, Error **errp)
{
    return qdev_realize_and_unref(qdev_new(TYPE_PORT92), &bus->qbus, errp);
}

static void port92_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = port92_realize;
    dc->unrealize = port92_unrealize;
    dc->reset = port92_reset;
    dc->user_creatable = false; /* every board has it */
    dc->categories = 1ul << DEVICE_CATEGORY_MISC;
}

static const TypeInfo port92_types[] = {
    {
        .name = TYPE_PORT92,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(Port92State),
        .class_init = port92_class_init,
    },
};
DEFINE_TYPES(port92_types)
