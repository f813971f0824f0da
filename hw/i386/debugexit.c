/*
 * isa-debug-exit: a guest that writes to its port ends the program with a
 * status of its choice, (value << 1) | 1. Tests end their guests with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/runstate.h"
#include "hw/i386/isa.h"

#define TYPE_ISA_DEBUG_EXIT "isa-debug-exit"
OBJECT_DECLARE_SIMPLE_TYPE(ISADebugExitState, ISA_DEBUG_EXIT)

struct ISADebugExitState {
    ISADevice parent_obj;
    MemoryRegion io;
    uint32_t iobase;
    uint32_t iosize;
};

static uint64_t debug_exit_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

static void debug_exit_write(void *opaque, hwaddr addr, uint64_t data,
                             unsigned size)
{
    qemu_system_shutdown_request_with_code(SHUTDOWN_CAUSE_GUEST_SHUTDOWN,
                                           (int)((uint32_t)data << 1 | 1));
}

static const MemoryRegionOps debug_exit_ops = {
    .read = debug_exit_read,
    .write = debug_exit_write,
    .valid = {.min_access_size = 1, .max_access_size = 4},
};

static void debug_exit_realize(DeviceState *qdev, Error **errp)
{
    ISADebugExitState *s = ISA_DEBUG_EXIT(qdev);
    ISABus *bus = isa_bus_from_device(&s->parent_obj);

    if (s->iosize == 0 || s->iosize > 0x10000 ||
        s->iobase > 0x10000 - s->iosize) {
        error_setg(errp,
                   "isa-debug-exit: iobase=0x%x and iosize=0x%x do not lie in "
                   "the port space",
                   s->iobase, s->iosize);
        return;
    }
    memory_region_init_io(&s->io, OBJECT(s), &debug_exit_ops, s,
                          TYPE_ISA_DEBUG_EXIT, s->iosize);
    memory_region_add_subregion(bus->address_space_io, s->iobase, &s->io);
}

static void debug_exit_unrealize(DeviceState *qdev)
{
    memory_region_destroy(&ISA_DEBUG_EXIT(qdev)->io);
}

static const Property debug_exit_props[] = {
    DEFINE_PROP_UINT32("iobase", ISADebugExitState, iobase, 0x501),
    DEFINE_PROP_UINT32("iosize", ISADebugExitState, iosize, 2),
};

static void debug_exit_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = debug_exit_realize;
    dc->unrealize = debug_exit_unrealize;
    dc->categories = 1ul << DEVICE_CATEGORY_MISC;
    device_class_set_props(dc, debug_exit_props);
}

static const TypeInfo debug_exit_types[] = {
    {
        .name = TYPE_ISA_DEBUG_EXIT,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(ISADebugExitState),
        .class_init = debug_exit_class_init,
    },
};
DEFINE_TYPES(debug_exit_types)
