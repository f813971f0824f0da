/*
 * The 8259A (Intel data sheet 231468): see i8259.h.
 *
 * Priorities are counted from the input after the lowest one. An input is
 * requested while it is not masked and nothing of the same or a higher
 * priority is in service.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/i8259.h"

#define PIC_CASCADE_INPUT  2
#define PIC_SPURIOUS_INPUT 7
#define PIC_NO_PRIORITY    8

#define ICW1_SELECT           0x10
#define ICW1_ICW4             0x01
#define ICW1_SINGLE           0x02
#define ICW1_LEVEL            0x08
#define ICW4_AUTO_EOI         0x02
#define ICW4_SPECIAL_NESTED   0x10
#define OCW3_SELECT           0x08
#define OCW3_READ_ISR         0x01
#define OCW3_READ_REG         0x02
#define OCW3_POLL             0x04
#define OCW3_SPECIAL_MASK     0x20
#define OCW3_SET_SPECIAL_MASK 0x40

/* Operations of OCW2, bits 7 to 5. */
#define OCW2_ROTATE_AUTO_CLEAR   0
#define OCW2_EOI                 1
#define OCW2_EOI_SPECIFIC        3
#define OCW2_ROTATE_AUTO_SET     4
#define OCW2_EOI_ROTATE          5
#define OCW2_SET_PRIORITY        6
#define OCW2_EOI_ROTATE_SPECIFIC 7

/* ------------------------------------------------------------ priorities */

static int pic_input_of(const I8259State *s, int priority)
{
    return (s->lowest + 1 + priority) & 7;
}

static int pic_best_priority(const I8259State *s, uint8_t inputs)
{
    for (int p = 0; p < PIC_NO_PRIORITY; p++) {
        if (inputs & (1u << pic_input_of(s, p))) {
            return p;
        }
    }
    return PIC_NO_PRIORITY;
}

/* The input to be served now, or -1. */
static int pic_requested_input(const I8259State *s)
{
    int request = pic_best_priority(s, s->irr & ~s->imr);
    uint8_t serving = s->isr;

    if (s->special_mask) {
        serving &= ~s->imr;
    }
    if (s->special_fully_nested && s->master) {
        serving &= ~(1u << PIC_CASCADE_INPUT);
    }
    if (request < pic_best_priority(s, serving)) {
        return pic_input_of(s, request);
    }
    return -1;
}

static void pic_update(I8259State *s)
{
    qemu_set_irq(s->int_out, pic_requested_input(s) >= 0);
}

/* The slave's INT is a level whatever the registers say: a request it takes
 * back leaves nothing behind. Other edges stay latched, for sources that pulse
 * their line. */
static bool pic_input_is_level(const I8259State *s, int n)
{
    return s->level_mode || (s->elcr & (1u << n)) ||
           (s->slave && n == PIC_CASCADE_INPUT);
}

static void pic_set_input(void *opaque, int n, int level)
{
    I8259State *s = opaque;
    uint8_t bit = 1u << n;
    bool rises = level && !(s->lines & bit);

    s->lines = level ? s->lines | bit : s->lines & ~bit;
    if (pic_input_is_level(s, n)) {
        s->irr = level ? s->irr | bit : s->irr & ~bit;
    } else if (rises) {
        s->irr |= bit;
    }
    pic_update(s);
}

/* ------------------------------------------------------- acknowledge, EOI */

static void pic_acknowledge_input(I8259State *s, int n)
{
    if (!s->auto_eoi) {
        s->isr |= 1u << n;
    } else if (s->rotate_on_auto_eoi) {
        s->lowest = n;
    }
    if (!pic_input_is_level(s, n)) {
        s->irr &= ~(1u << n);
    }
    pic_update(s);
}

/* Vector of one controller; a request that has gone away is the spurious
 * one. */
static int pic_acknowledge(I8259State *s)
{
    int n = pic_requested_input(s);

    if (n < 0) {
        return s->irq_base + PIC_SPURIOUS_INPUT;
    }
    if (s->slave && n == PIC_CASCADE_INPUT) {
        int vector = pic_acknowledge(s->slave);

        pic_acknowledge_input(s, n);
        return vector;
    }
    pic_acknowledge_input(s, n);
    return s->irq_base + n;
}

int i8259_acknowledge(I8259State *master)
{
    return pic_acknowledge(master);
}

static void pic_end_of_interrupt(I8259State *s, uint8_t ocw2)
{
    unsigned op = ocw2 >> 5;
    int n = ocw2 & 7;

    if (op == OCW2_EOI || op == OCW2_EOI_ROTATE) {
        int p = pic_best_priority(s, s->isr);

        if (p == PIC_NO_PRIORITY) {
            return;
        }
        n = pic_input_of(s, p);
    }
    s->isr &= ~(1u << n);
    if (op == OCW2_EOI_ROTATE || op == OCW2_EOI_ROTATE_SPECIFIC) {
        s->lowest = n;
    }
    pic_update(s);
}

/* ------------------------------------------------------------- registers */

static void pic_start_init(I8259State *s, uint8_t icw1)
{
    s->irr = 0;
    s->imr = 0;
    s->isr = 0;
    s->lowest = 7;
    s->auto_eoi = false;
    s->rotate_on_auto_eoi = false;
    s->special_mask = false;
    s->special_fully_nested = false;
    s->poll = false;
    s->read_isr = false;
    s->init4 = icw1 & ICW1_ICW4;
    s->single = icw1 & ICW1_SINGLE;
    s->level_mode = icw1 & ICW1_LEVEL;
    s->init_state = 2;
    for (int n = 0; n < 8; n++) {
        if (pic_input_is_level(s, n)) {
            s->irr |= s->lines & (1u << n);
        }
    }
    pic_update(s);
}

static void pic_write_ocw2(I8259State *s, uint8_t value)
{
    switch (value >> 5) {
    case OCW2_ROTATE_AUTO_CLEAR:
        s->rotate_on_auto_eoi = false;
        break;
    case OCW2_ROTATE_AUTO_SET:
        s->rotate_on_auto_eoi = true;
        break;
    case OCW2_EOI:
    case OCW2_EOI_SPECIFIC:
    case OCW2_EOI_ROTATE:
    case OCW2_EOI_ROTATE_SPECIFIC:
        pic_end_of_interrupt(s, value);
        break;
    case OCW2_SET_PRIORITY:
        s->lowest = value & 7;
        pic_update(s);
        break;
    }
}

static void pic_write_ocw3(I8259State *s, uint8_t value)
{
    if (value & OCW3_POLL) {
        s->poll = true;
    }
    if (value & OCW3_READ_REG) {
        s->read_isr = value & OCW3_READ_ISR;
    }
    if (value & OCW3_SET_SPECIAL_MASK) {
        s->special_mask = value & OCW3_SPECIAL_MASK;
        pic_update(s);
    }
}

static void pic_write_data(I8259State *s, uint8_t value)
{
    switch (s->init_state) {
    case 0:
        s->imr = value;
        pic_update(s);
        break;
    case 2:
        s->irq_base = value & 0xf8;
        s->init_state = !s->single ? 3 : s->init4 ? 4 : 0;
        break;
    case 3: /* who is the slave: wired */
        s->init_state = s->init4 ? 4 : 0;
        break;
    case 4:
        s->special_fully_nested = value & ICW4_SPECIAL_NESTED;
        s->auto_eoi = value & ICW4_AUTO_EOI;
        s->init_state = 0;
        break;
    }
}

static void pic_io_write(void *opaque, hwaddr addr, uint64_t data,
                         unsigned size)
{
    I8259State *s = opaque;

    if (addr) {
        pic_write_data(s, data);
    } else if (data & ICW1_SELECT) {
        pic_start_init(s, data);
    } else if (data & OCW3_SELECT) {
        pic_write_ocw3(s, data);
    } else {
        pic_write_ocw2(s, data);
    }
}

static uint64_t pic_io_read(void *opaque, hwaddr addr, unsigned size)
{
    I8259State *s = opaque;

    if (s->poll) {
        int n = pic_requested_input(s);

        s->poll = false;
        if (n < 0) {
            return 0;
        }
        pic_acknowledge_input(s, n);
        return 0x80 | n;
    }
    if (addr) {
        return s->imr;
    }
    return s->read_isr ? s->isr : s->irr;
}

static uint64_t pic_elcr_read(void *opaque, hwaddr addr, unsigned size)
{
    return I8259(opaque)->elcr;
}

static void pic_elcr_write(void *opaque, hwaddr addr, uint64_t data,
                           unsigned size)
{
    I8259State *s = opaque;

    s->elcr = data & s->elcr_mask;
}

static const MemoryRegionOps pic_io_ops = {
    .read = pic_io_read,
    .write = pic_io_write,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

static const MemoryRegionOps pic_elcr_ops = {
    .read = pic_elcr_read,
    .write = pic_elcr_write,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

char *i8259_info_text(const I8259State *s)
{
    return g_strdup_printf("pic%d: irr=%02x imr=%02x isr=%02x hprio=%d "
                           "irq_base=%02x rr_sel=%d elcr=%02x fnm=%d\n",
                           !s->master, s->irr, s->imr, s->isr,
                           (s->lowest + 1) & 7, s->irq_base, s->read_isr,
                           s->elcr, s->special_fully_nested);
}

/* ---------------------------------------------------------------- device */

static void pic_reset(DeviceState *qdev)
{
    I8259State *s = I8259(qdev);

    s->elcr = 0;
    s->irq_base = 0;
    pic_start_init(s, 0);
    s->init_state = 0;
}

static void pic_realize(DeviceState *qdev, Error **errp)
{
    I8259State *s = I8259(qdev);
    MemoryRegion *io = isa_bus_from_device(&s->parent_obj)->address_space_io;

    memory_region_init_io(&s->io, OBJECT(s), &pic_io_ops, s, "pic", 2);
    memory_region_init_io(&s->elcr_io, OBJECT(s), &pic_elcr_ops, s, "elcr", 1);
    memory_region_add_subregion(io, s->iobase, &s->io);
    memory_region_add_subregion(io, s->elcr_addr, &s->elcr_io);
    qdev_init_gpio_in(qdev, pic_set_input, 8);
    qdev_init_gpio_out(qdev, &s->int_out, 1);
}

static void pic_unrealize(DeviceState *qdev)
{
    memory_region_destroy(&I8259(qdev)->io);
    memory_region_destroy(&I8259(qdev)->elcr_io);
}

static I8259State *pic_new(ISABus *bus, bool master, Error **errp)
{
    I8259State *s = I8259(qdev_new(TYPE_I8259));

    s->master = master;
    s->iobase = master ? 0x20 : 0xa0;
    s->elcr_addr = master ? 0x4d0 : 0x4d1;
    /* Timer, keyboard, cascade, clock and FPU are edges for ever. */
    s->elcr_mask = master ? 0xf8 : 0xde;
    return qdev_realize_and_unref(DEVICE(s), &bus->qbus, errp) ? s : NULL;
}

I8259State *i8259_init(ISABus *bus, qemu_irq out, Error **errp)
{
    I8259State *master = pic_new(bus, true, errp);
    I8259State *slave = master ? pic_new(bus, false, errp) : NULL;

    if (!slave) {
        return NULL;
    }
    master->slave = slave;
    qdev_connect_gpio_out(DEVICE(master), 0, out);
    qdev_connect_gpio_out(DEVICE(slave), 0,
                          qdev_get_gpio_in(DEVICE(master), PIC_CASCADE_INPUT));
    return master;
}

qemu_irq i8259_get_irq(I8259State *master, int n)
{
    return n < 8 ? qdev_get_gpio_in(DEVICE(master), n)
                 : qdev_get_gpio_in(DEVICE(master->slave), n - 8);
}

static const Property pic_props[] = {
    DEFINE_PROP_UINT32("iobase", I8259State, iobase, UINT32_MAX),
    DEFINE_PROP_UINT32("elcr_addr", I8259State, elcr_addr, UINT32_MAX),
    DEFINE_PROP_UINT8("elcr_mask", I8259State, elcr_mask, 0),
    DEFINE_PROP_BOOL("master", I8259State, master, false),
};

static void pic_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = pic_realize;
    dc->unrealize = pic_unrealize;
    dc->reset = pic_reset;
    dc->user_creatable = false; /* wired by the board */
    dc->categories = 1ul << DEVICE_CATEGORY_MISC;
    device_class_set_props(dc, pic_props);
}

static const TypeInfo pic_types[] = {
    {
        .name = TYPE_I8259,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(I8259State),
        .class_init = pic_class_init,
    },
};
DEFINE_TYPES(pic_types)
