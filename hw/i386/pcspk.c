/*
 * Port 0x61: gate and output of the timer's channel 2, and the speaker that
 * nobody hears.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/i8254.h"

#define PCSPK_PORT    0x61
#define PCSPK_CHANNEL 2

#define PORT61_GATE    0x01
#define PORT61_DATA    0x02
#define PORT61_REFRESH 0x10
#define PORT61_OUT     0x20

static uint64_t pcspk_read(void *opaque, hwaddr addr, unsigned size)
{
    PCSpkState *s = opaque;

    s->refresh = !s->refresh;
    return (i8254_get_gate(s->pit, PCSPK_CHANNEL) ? PORT61_GATE : 0) |
           (s->data_on ? PORT61_DATA : 0) | (s->refresh ? PORT61_REFRESH : 0) |
           (i8254_get_out(s->pit, PCSPK_CHANNEL) ? PORT61_OUT : 0);
}

static void pcspk_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    PCSpkState *s = opaque;

    s->data_on = data & PORT61_DATA;
    i8254_set_gate(s->pit, PCSPK_CHANNEL, data & PORT61_GATE);
}

static const MemoryRegionOps pcspk_ops = {
    .read = pcspk_read,
    .write = pcspk_write,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

static void pcspk_reset(DeviceState *qdev)
{
    PCSPK(qdev)->data_on = false;
    PCSPK(qdev)->refresh = false;
}

static void pcspk_realize(DeviceState *qdev, Error **errp)
{
    PCSpkState *s = PCSPK(qdev);
    ISABus *bus = isa_bus_from_device(&s->parent_obj);

    memory_region_init_io(&s->io, OBJECT(s), &pcspk_ops, s, "pcspk", 1);
    memory_region_add_subregion(bus->address_space_io, PCSPK_PORT, &s->io);
}

static void pcspk_unrealize(DeviceState *qdev)
{
    memory_region_destroy(&PCSPK(qdev)->io);
}

bool pcspk_init(ISABus *bus, I8254State *pit, Error **errp)
{
    PCSpkState *s = PCSPK(qdev_new(TYPE_PCSPK));

    s->pit = pit;
    return qdev_realize_and_unref(DEVICE(s), &bus->qbus, errp);
}

static void pcspk_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = pcspk_realize;
    dc->unrealize = pcspk_unrealize;
    dc->reset = pcspk_reset;
    dc->user_creatable = false; /* wired by the board */
    dc->categories = 1ul << DEVICE_CATEGORY_SOUND;
}

static const TypeInfo pcspk_types[] = {
    {
        .name = TYPE_PCSPK,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(PCSpkState),
        .class_init = pcspk_class_init,
    },
};
DEFINE_TYPES(pcspk_types)
