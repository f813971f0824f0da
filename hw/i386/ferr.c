/*
 * FERR# and IGNNE#: exceptions of the x87 by interrupt 13.
 *
 * A CPU with CR0.NE = 0 that meets a pending exception asserts FERR#, which is
 * IRQ 13 of a PC. The handler writes port 0xf0: that takes the interrupt back
 * and asserts IGNNE#, so that the handler's own instructions do not wait, until
 * nothing is pending any more. All CPUs share the pins here; a guest with more
 * than one uses CR0.NE.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/ferr.h"
#include "util/bql.h"

#define FERR_PORT 0xf0
#define FERR_IRQ  13

OBJECT_DECLARE_SIMPLE_TYPE(FerrState, FERR)

struct FerrState {
    ISADevice parent_obj;
    MemoryRegion io;
    qemu_irq irq;
    bool raised;
    bool ignored; /* IGNNE# */
};

/* The board's; under the big lock. */
static FerrState *the_ferr;

static void ferr_set_irq(FerrState *s, bool level)
{
    if (s->raised != level) {
        s->raised = level;
        qemu_set_irq(s->irq, level);
    }
}

/* An exception is pending, or none is any more. */
static void ferr_pending(bool pending)
{
    bool locked = bql_locked();

    if (!locked) {
        bql_lock();
    }
    if (the_ferr && !(pending && the_ferr->ignored)) {
        the_ferr->ignored = false;
        ferr_set_irq(the_ferr, pending);
    }
    if (!locked) {
        bql_unlock();
    }
}

void ferr_raise(void)
{
    ferr_pending(true);
}

void ferr_clear(void)
{
    ferr_pending(false);
}

static uint64_t ferr_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0xff;
}

static void ferr_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    FerrState *s = opaque;

    if (s->raised) {
        s->ignored = true;
        ferr_set_irq(s, false);
    }
}

static const MemoryRegionOps ferr_ops = {
    .read = ferr_read,
    .write = ferr_write,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

static void ferr_reset(DeviceState *qdev)
{
    FERR(qdev)->ignored = false;
    ferr_set_irq(FERR(qdev), false);
}

static void ferr_realize(DeviceState *qdev, Error **errp)
{
    FerrState *s = FERR(qdev);
    ISABus *bus = isa_bus_from_device(&s->parent_obj);

    s->irq = isa_get_irq(&s->parent_obj, FERR_IRQ);
    memory_region_init_io(&s->io, OBJECT(s), &ferr_ops, s, "fpu-error", 1);
    memory_region_add_subregion(bus->address_space_io, FERR_PORT, &s->io);
    the_ferr = s;
}

static void ferr_unrealize(DeviceState *qdev)
{
    the_ferr = NULL;
    memory_region_destroy(&FERR(qdev)->io);
}

bool ferr_init(ISABus *bus, Error **errp)
{
    return qdev_realize_and_unref(qdev_new(TYPE_FERR), &bus->qbus, errp);
}

static void ferr_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = ferr_realize;
    dc->unrealize = ferr_unrealize;
    dc->reset = ferr_reset;
    dc->user_creatable = false; /* every board with an ISA bus has it */
    dc->categories = 1ul << DEVICE_CATEGORY_MISC;
}

static const TypeInfo ferr_types[] = {
    {
        .name = TYPE_FERR,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(FerrState),
        .class_init = ferr_class_init,
    },
};
DEFINE_TYPES(ferr_types)
