/*
 * The keyboard controller of the PC/AT: see i8042.h.
 *
 * One byte at a time waits in the output buffer, with its interrupt up until
 * it is read: the controller's own answers first, then the keyboard's, then the
 * mouse's. Of the output port only the processor's reset does something:
 * address line 20 is always open.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/runstate.h"
#include "hw/i386/i8042.h"
#include "hw/i386/ps2-internal.h"

#define I8042_DATA_PORT    0x60
#define I8042_COMMAND_PORT 0x64

#define I8042_KBD_IRQ   1
#define I8042_MOUSE_IRQ 12

/* Status. */
#define STATUS_FULL     0x01
#define STATUS_SYSTEM   0x04 /* passed its self test */
#define STATUS_COMMAND  0x08
#define STATUS_UNLOCKED 0x10
#define STATUS_AUX_FULL 0x20

/* The command byte, which is a mode. */
#define MODE_KBD_IRQ       0x01
#define MODE_MOUSE_IRQ     0x02
#define MODE_KBD_DISABLE   0x10
#define MODE_MOUSE_DISABLE 0x20
#define MODE_TRANSLATE     0x40
#define MODE_RESET         (MODE_KBD_IRQ | MODE_MOUSE_IRQ)

#define OUTPORT_NO_RESET 0x01
#define OUTPORT_A20      0x02
#define OUTPORT_RESET    0xcf

enum {
    CMD_READ_MODE = 0x20,
    CMD_WRITE_MODE = 0x60,
    CMD_DISABLE_MOUSE = 0xa7,
    CMD_ENABLE_MOUSE = 0xa8,
    CMD_TEST_MOUSE = 0xa9,
    CMD_SELF_TEST = 0xaa,
    CMD_TEST_KBD = 0xab,
    CMD_DISABLE_KBD = 0xad,
    CMD_ENABLE_KBD = 0xae,
    CMD_READ_INPORT = 0xc0,
    CMD_READ_OUTPORT = 0xd0,
    CMD_WRITE_OUTPORT = 0xd1,
    CMD_WRITE_KBD_BUFFER = 0xd2,
    CMD_WRITE_MOUSE_BUFFER = 0xd3,
    CMD_WRITE_MOUSE = 0xd4,
    CMD_DISABLE_A20 = 0xdd,
    CMD_ENABLE_A20 = 0xdf,
    CMD_PULSE = 0xf0, /* and up: the low bits that are 0 */
};

#define SELF_TEST_OK 0x55
#define INPORT       0x80 /* not locked */

typedef enum I8042Source {
    SOURCE_NONE, /* the output buffer is empty */
    SOURCE_CONTROLLER,
    SOURCE_KBD,
    SOURCE_MOUSE,
} I8042Source;

OBJECT_DECLARE_SIMPLE_TYPE(I8042State, I8042)

struct I8042State {
    ISADevice parent_obj;
    MemoryRegion data_io;
    MemoryRegion command_io;
    qemu_irq kbd_irq;
    qemu_irq mouse_irq;

    I8042Source source; /* of the byte in the output buffer */
    uint8_t output;
    bool as_mouse; /* and it looks as if the mouse's */
    bool system;
    uint8_t mode;
    uint8_t outport;
    uint8_t command; /* waits for its argument; 0: none does */
    PS2Keyboard kbd;
    PS2Mouse mouse;
};

/* ---------------------------------------------------------- output buffer */

static void i8042_load(I8042State *s, I8042Source source, uint8_t byte,
                       bool as_mouse)
{
    s->source = source;
    s->output = byte;
    s->as_mouse = as_mouse;
}

static void i8042_update(I8042State *s)
{
    bool full;

    if (s->source == SOURCE_NONE) {
        if (s->kbd.queue.used && !(s->mode & MODE_KBD_DISABLE)) {
            i8042_load(s, SOURCE_KBD, ps2_queue_get(&s->kbd.queue), false);
        } else if (s->mouse.queue.used && !(s->mode & MODE_MOUSE_DISABLE)) {
            i8042_load(s, SOURCE_MOUSE, ps2_queue_get(&s->mouse.queue), true);
        }
    }
    full = s->source != SOURCE_NONE;
    qemu_set_irq(s->kbd_irq, full && !s->as_mouse && (s->mode & MODE_KBD_IRQ));
    qemu_set_irq(s->mouse_irq,
                 full && s->as_mouse && (s->mode & MODE_MOUSE_IRQ));
}

static void i8042_answer(I8042State *s, uint8_t byte)
{
    i8042_load(s, SOURCE_CONTROLLER, byte, false);
}

static uint64_t i8042_read_data(void *opaque, hwaddr addr, unsigned size)
{
    I8042State *s = opaque;
    uint8_t byte = s->output;

    /* The lines fall for a moment: the next byte is another edge. */
    s->source = SOURCE_NONE;
    qemu_set_irq(s->kbd_irq, 0);
    qemu_set_irq(s->mouse_irq, 0);
    i8042_update(s);
    return byte;
}

static uint64_t i8042_read_status(void *opaque, hwaddr addr, unsigned size)
{
    I8042State *s = opaque;
    uint8_t status = STATUS_COMMAND | STATUS_UNLOCKED;

    if (s->source != SOURCE_NONE) {
        status |= STATUS_FULL | (s->as_mouse ? STATUS_AUX_FULL : 0);
    }
    return status | (s->system ? STATUS_SYSTEM : 0);
}

/* ---------------------------------------------------------------- commands */

static void i8042_set_mode(I8042State *s, uint8_t mode)
{
    s->mode = mode;
    s->kbd.translated = mode & MODE_TRANSLATE;
}

static void i8042_set_outport(I8042State *s, uint8_t value)
{
    s->outport = value;
    if (!(value & OUTPORT_NO_RESET)) {
        qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
    }
}

static void i8042_command(I8042State *s, uint8_t command)
{
    switch (command) {
    case CMD_READ_MODE:
        i8042_answer(s, s->mode);
        break;
    case CMD_DISABLE_MOUSE:
        s->mode |= MODE_MOUSE_DISABLE;
        break;
    case CMD_ENABLE_MOUSE:
        s->mode &= ~MODE_MOUSE_DISABLE;
        break;
    case CMD_DISABLE_KBD:
        s->mode |= MODE_KBD_DISABLE;
        break;
    case CMD_ENABLE_KBD:
        s->mode &= ~MODE_KBD_DISABLE;
        break;
    case CMD_SELF_TEST:
        s->system = true;
        i8042_answer(s, SELF_TEST_OK);
        break;
    case CMD_TEST_KBD:
    case CMD_TEST_MOUSE:
        i8042_answer(s, 0);
        break;
    case CMD_READ_INPORT:
        i8042_answer(s, INPORT);
        break;
    case CMD_READ_OUTPORT:
        i8042_answer(s, s->outport);
        break;
    case CMD_DISABLE_A20:
        s->outport &= ~OUTPORT_A20;
        break;
    case CMD_ENABLE_A20:
        s->outport |= OUTPORT_A20;
        break;
    case CMD_WRITE_MODE:
    case CMD_WRITE_OUTPORT:
    case CMD_WRITE_KBD_BUFFER:
    case CMD_WRITE_MOUSE_BUFFER:
    case CMD_WRITE_MOUSE:
        s->command = command;
        break;
    }
}

static void i8042_write_command(void *opaque, hwaddr addr, uint64_t data,
                                unsigned size)
{
    I8042State *s = opaque;

    s->command = 0;
    if (data >= CMD_PULSE) {
        if (!(data & OUTPORT_NO_RESET)) {
            qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
        }
        return;
    }
    i8042_command(s, data);
    i8042_update(s);
}

static void i8042_write_data(void *opaque, hwaddr addr, uint64_t data,
                             unsigned size)
{
    I8042State *s = opaque;
    uint8_t command = s->command;

    s->command = 0;
    switch (command) {
    case 0:
        s->mode &= ~MODE_KBD_DISABLE; /* talking to it switches it on */
        if (s->source == SOURCE_KBD) {
            s->source = SOURCE_NONE;
        }
        ps2_keyboard_write(&s->kbd, data);
        break;
    case CMD_WRITE_MODE:
        i8042_set_mode(s, data);
        break;
    case CMD_WRITE_OUTPORT:
        i8042_set_outport(s, data);
        break;
    case CMD_WRITE_KBD_BUFFER:
        i8042_load(s, SOURCE_CONTROLLER, data, false);
        break;
    case CMD_WRITE_MOUSE_BUFFER:
        i8042_load(s, SOURCE_CONTROLLER, data, true);
        break;
    case CMD_WRITE_MOUSE:
        s->mode &= ~MODE_MOUSE_DISABLE;
        ps2_mouse_write(&s->mouse, data);
        break;
    }
    i8042_update(s);
}

static const MemoryRegionOps i8042_data_ops = {
    .read = i8042_read_data,
    .write = i8042_write_data,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

static const MemoryRegionOps i8042_command_ops = {
    .read = i8042_read_status,
    .write = i8042_write_command,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

/* ------------------------------------------------------------------ device */

static void i8042_reset(DeviceState *qdev)
{
    I8042State *s = I8042(qdev);

    s->source = SOURCE_NONE;
    s->output = 0;
    s->system = false;
    s->command = 0;
    s->outport = OUTPORT_RESET;
    i8042_set_mode(s, MODE_RESET);
    ps2_keyboard_reset(&s->kbd);
    ps2_mouse_reset(&s->mouse);
    i8042_update(s);
}

static void i8042_realize(DeviceState *qdev, Error **errp)
{
    I8042State *s = I8042(qdev);
    MemoryRegion *io = isa_bus_from_device(&s->parent_obj)->address_space_io;

    s->kbd_irq = isa_get_irq(&s->parent_obj, I8042_KBD_IRQ);
    s->mouse_irq = isa_get_irq(&s->parent_obj, I8042_MOUSE_IRQ);
    memory_region_init_io(&s->data_io, OBJECT(s), &i8042_data_ops, s,
                          "i8042-data", 1);
    memory_region_init_io(&s->command_io, OBJECT(s), &i8042_command_ops, s,
                          "i8042-cmd", 1);
    memory_region_add_subregion(io, I8042_DATA_PORT, &s->data_io);
    memory_region_add_subregion(io, I8042_COMMAND_PORT, &s->command_io);
}

static void i8042_unrealize(DeviceState *qdev)
{
    I8042State *s = I8042(qdev);

    memory_region_destroy(&s->data_io);
    memory_region_destroy(&s->command_io);
}

bool i8042_init(ISABus *bus, Error **errp)
{
    return qdev_realize_and_unref(qdev_new(TYPE_I8042), &bus->qbus, errp);
}

static void i8042_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = i8042_realize;
    dc->unrealize = i8042_unrealize;
    dc->reset = i8042_reset;
    dc->user_creatable = false; /* the board has it, or not: i8042=off */
    dc->categories = 1ul << DEVICE_CATEGORY_INPUT;
}

static const TypeInfo i8042_types[] = {
    {
        .name = TYPE_I8042,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(I8042State),
        .class_init = i8042_class_init,
    },
};
DEFINE_TYPES(i8042_types)
