/*
 * The 8254 interval timer (Intel data sheet 231164): see i8254.h.
 *
 * Nothing counts: what a channel shows is worked out from the guest time that
 * has passed since its count was loaded. A timer runs only for the changes of
 * channel 0's output.
 *
 * Limits: a count is loaded as soon as it is complete, without the one clock
 * the chip takes, and in modes 2 and 3 without waiting for the period to end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/i8254.h"

#define PIT_PORT    0x40
#define PIT_IRQ     0
#define REG_CONTROL 3

#define CONTROL_BCD      0x01
#define CONTROL_READBACK 3 /* where the number of a channel stands */

#define READBACK_NO_COUNT  0x20
#define READBACK_NO_STATUS 0x10

#define ACCESS_LATCH 0
#define ACCESS_LOW   1
#define ACCESS_HIGH  2
#define ACCESS_BOTH  3

#define STATUS_OUT        0x80
#define STATUS_NULL_COUNT 0x40

enum {
    MODE_TERMINAL_COUNT,
    MODE_ONE_SHOT,
    MODE_RATE,
    MODE_SQUARE,
    MODE_STROBE,
    MODE_HW_STROBE,
};

#define NEVER INT64_MAX

#define MAX_CATCH_UP_NS NANOSECONDS_PER_SECOND

/* ------------------------------------------------------------------- time */

static int64_t now_ns(void)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

/* Clocks since the count was loaded. */
static int64_t pit_elapsed(const PITChannel *c, int64_t now)
{
    if (c->frozen >= 0) {
        return c->frozen;
    }
    return (__int128)(now - c->load_time) * PIT_FREQ / NANOSECONDS_PER_SECOND;
}

/* When that many clocks will have passed; never before they have. */
static int64_t pit_time_of(const PITChannel *c, int64_t clocks)
{
    return c->load_time +
           ((__int128)clocks * NANOSECONDS_PER_SECOND + PIT_FREQ - 1) /
               PIT_FREQ;
}

static bool pit_hw_triggered(const PITChannel *c)
{
    return c->mode == MODE_ONE_SHOT || c->mode == MODE_HW_STROBE;
}

static bool pit_periodic(const PITChannel *c)
{
    return c->mode == MODE_RATE || c->mode == MODE_SQUARE;
}

/* Of the four others a low gate stops the counting. */
static void pit_freeze(PITChannel *c, int64_t now)
{
    if (c->frozen < 0) {
        c->frozen = pit_elapsed(c, now);
    }
}

static void pit_thaw(PITChannel *c, int64_t now)
{
    if (c->frozen >= 0) {
        c->load_time = now;
        c->load_time -= pit_time_of(c, c->frozen) - now;
        c->frozen = -1;
    }
}

/* ----------------------------------------------------------------- output */

static bool pit_out(const PITChannel *c, int64_t now)
{
    int64_t clocks = pit_elapsed(c, now);

    if (!c->loaded) {
        return c->mode != MODE_TERMINAL_COUNT;
    }
    switch (c->mode) {
    case MODE_TERMINAL_COUNT:
    case MODE_ONE_SHOT:
        return clocks >= c->count;
    case MODE_RATE:
        return !c->gate || clocks % c->count != c->count - 1;
    case MODE_SQUARE:
        return !c->gate || clocks % c->count < (c->count + 1) / 2;
    default:
        return clocks != c->count;
    }
}

/* When the output changes next, after now. */
static int64_t pit_next_change(const PITChannel *c, int64_t now)
{
    int64_t clocks = pit_elapsed(c, now);
    int64_t start, change;

    if (!c->loaded || c->frozen >= 0 || (pit_periodic(c) && c->count < 2)) {
        return NEVER;
    }
    if (!pit_periodic(c)) {
        bool strobe = c->mode == MODE_STROBE || c->mode == MODE_HW_STROBE;

        if (clocks < c->count) {
            return pit_time_of(c, c->count);
        }
        return strobe && clocks == c->count ? pit_time_of(c, c->count + 1)
                                            : NEVER;
    }
    start = clocks - clocks % c->count;
    change = start + (c->mode == MODE_RATE ? c->count - 1 : (c->count + 1) / 2);
    return pit_time_of(c, clocks < change ? change : start + c->count);
}

/* The output as it was at that time, and when it changes after it. */
static void pit_update_irq(I8254State *s, int64_t at)
{
    s->next_change = pit_next_change(&s->channels[0], at);
    qemu_set_irq(s->irq, pit_out(&s->channels[0], at));
    if (s->next_change == NEVER) {
        timer_del(s->timer);
    } else {
        timer_mod_ns(s->timer, s->next_change);
    }
}

/*
 * A timer that runs late still shows every change, or a pulse of one clock
 * would be lost; but not all the hours that a process slept through.
 */
static void pit_timer(void *opaque)
{
    I8254State *s = opaque;

    pit_update_irq(s, MAX(s->next_change, now_ns() - MAX_CATCH_UP_NS));
}

/* ------------------------------------------------------------------ count */

static uint16_t to_bcd(unsigned n)
{
    return n / 1000 << 12 | n / 100 % 10 << 8 | n / 10 % 10 << 4 | n % 10;
}

static unsigned from_bcd(uint16_t n)
{
    return (n >> 12) * 1000 + (n >> 8 & 15) * 100 + (n >> 4 & 15) * 10 +
           (n & 15);
}

/* What the counting element holds. */
static uint16_t pit_count(const PITChannel *c, int64_t now)
{
    int64_t clocks = pit_elapsed(c, now);
    int64_t wrap = c->bcd ? 10000 : 0x10000;
    int64_t left;

    if (c->mode == MODE_SQUARE) {
        int64_t half = clocks % c->count;

        /* Two at a time, once for each half of the period. */
        half = half < (c->count + 1) / 2 ? half : half - (c->count + 1) / 2;
        left = (c->count & ~1) - 2 * half;
    } else if (c->mode == MODE_RATE) {
        left = c->count - clocks % c->count;
    } else {
        left = c->count - clocks;
    }
    left = ((left % wrap) + wrap) % wrap;
    return c->bcd ? to_bcd(left) : left;
}

static void pit_load(PITChannel *c, uint16_t written, int64_t now)
{
    unsigned count = c->bcd ? from_bcd(written) : written;

    c->next_count = count ? count : c->bcd ? 10000 : 0x10000;
    if (pit_hw_triggered(c)) {
        return; /* a shot that runs goes on; the next takes it */
    }
    c->count = c->next_count;
    c->loaded = true;
    c->load_time = now;
    c->frozen = c->gate ? -1 : 0;
}

static void pit_latch_count(PITChannel *c, int64_t now)
{
    if (!c->latched_bytes) {
        c->latched_count = pit_count(c, now);
        c->latched_bytes = c->access;
    }
}

static void pit_latch_status(PITChannel *c, int64_t now)
{
    if (!c->status_latched) {
        c->status_latched = true;
        c->status = (pit_out(c, now) ? STATUS_OUT : 0) |
                    (c->loaded ? 0 : STATUS_NULL_COUNT) | c->access << 4 |
                    c->mode << 1 | c->bcd;
    }
}

/* -------------------------------------------------------------- registers */

static void pit_read_back(I8254State *s, uint8_t value, int64_t now)
{
    for (int n = 0; n < PIT_NUM_CHANNELS; n++) {
        if (value & (2 << n)) {
            if (!(value & READBACK_NO_COUNT)) {
                pit_latch_count(&s->channels[n], now);
            }
            if (!(value & READBACK_NO_STATUS)) {
                pit_latch_status(&s->channels[n], now);
            }
        }
    }
}

static void pit_write_control(I8254State *s, uint8_t value)
{
    int64_t now = now_ns();
    unsigned access = value >> 4 & 3;
    PITChannel *c;

    if (value >> 6 == CONTROL_READBACK) {
        pit_read_back(s, value, now);
        return;
    }
    c = &s->channels[value >> 6];
    if (access == ACCESS_LATCH) {
        pit_latch_count(c, now);
        return;
    }
    pit_freeze(c, now);
    c->access = access;
    c->mode = value >> 1 & 7;
    if (c->mode > MODE_HW_STROBE) {
        c->mode -= 4; /* that bit counts for modes 4 and 5 only */
    }
    c->bcd = value & CONTROL_BCD;
    c->loaded = false;
    c->next_count = 0;
    c->read_high = false;
    c->write_high = false;
    c->latched_bytes = 0;
    c->status_latched = false;
    pit_update_irq(s, now_ns());
}

static void pit_write_count(PITChannel *c, uint8_t value)
{
    int64_t now = now_ns();

    switch (c->access) {
    case ACCESS_LOW:
        pit_load(c, value, now);
        break;
    case ACCESS_HIGH:
        pit_load(c, value << 8, now);
        break;
    default:
        if (c->write_high) {
            pit_load(c, value << 8 | c->low_written, now);
        } else {
            c->low_written = value;
            if (c->mode == MODE_TERMINAL_COUNT) {
                pit_freeze(c, now); /* the first byte stops it */
                c->loaded = false;
            }
        }
        c->write_high = !c->write_high;
    }
}

static void pit_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    I8254State *s = opaque;

    if (addr == REG_CONTROL) {
        pit_write_control(s, data);
    } else {
        pit_write_count(&s->channels[addr], data);
        pit_update_irq(s, now_ns());
    }
}

static uint64_t pit_read(void *opaque, hwaddr addr, unsigned size)
{
    I8254State *s = opaque;
    PITChannel *c;
    uint16_t count;
    bool high;

    if (addr == REG_CONTROL) {
        return 0; /* not to be read */
    }
    c = &s->channels[addr];
    if (c->status_latched) {
        c->status_latched = false;
        return c->status;
    }
    count = c->latched_bytes ? c->latched_count : pit_count(c, now_ns());
    high = c->access == ACCESS_HIGH || c->read_high;
    if (c->access == ACCESS_BOTH) {
        c->read_high = !c->read_high;
    }
    c->latched_bytes &= ~(high ? ACCESS_HIGH : ACCESS_LOW);
    return high ? count >> 8 : count & 0xff;
}

static const MemoryRegionOps pit_ops = {
    .read = pit_read,
    .write = pit_write,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

bool i8254_get_out(I8254State *s, int channel)
{
    return pit_out(&s->channels[channel], now_ns());
}

bool i8254_get_gate(I8254State *s, int channel)
{
    return s->channels[channel].gate;
}

void i8254_set_gate(I8254State *s, int channel, bool level)
{
    PITChannel *c = &s->channels[channel];
    int64_t now = now_ns();
    bool rises = level && !c->gate;

    c->gate = level;
    if (pit_hw_triggered(c)) {
        if (rises && c->next_count) {
            c->count = c->next_count;
            c->loaded = true;
            c->load_time = now;
            c->frozen = -1;
        }
    } else if (!level) {
        pit_freeze(c, now);
    } else if (rises && c->loaded) {
        if (pit_periodic(c)) {
            c->frozen = 0; /* from the beginning */
        }
        pit_thaw(c, now);
    }
    pit_update_irq(s, now_ns());
}

/* ----------------------------------------------------------------- device */

static void pit_reset(DeviceState *qdev)
{
    I8254State *s = I8254(qdev);

    for (int n = 0; n < PIT_NUM_CHANNELS; n++) {
        PITChannel *c = &s->channels[n];

        /* As firmware leaves it: the clock that DOS counts. */
        *c = (PITChannel){
            .mode = MODE_SQUARE, .access = ACCESS_BOTH, .gate = n != 2};
        pit_load(c, 0, now_ns());
    }
    pit_update_irq(s, now_ns());
}

static void pit_realize(DeviceState *qdev, Error **errp)
{
    I8254State *s = I8254(qdev);
    ISABus *bus = isa_bus_from_device(&s->parent_obj);

    s->irq = isa_get_irq(&s->parent_obj, PIT_IRQ);
    s->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, pit_timer, s);
    memory_region_init_io(&s->io, OBJECT(s), &pit_ops, s, "pit", 4);
    memory_region_add_subregion(bus->address_space_io, PIT_PORT, &s->io);
}

static void pit_unrealize(DeviceState *qdev)
{
    I8254State *s = I8254(qdev);

    memory_region_destroy(&s->io);
    timer_free(s->timer);
}

I8254State *i8254_init(ISABus *bus, Error **errp)
{
    DeviceState *dev = qdev_new(TYPE_I8254);

    return qdev_realize_and_unref(dev, &bus->qbus, errp) ? I8254(dev) : NULL;
}

static void pit_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = pit_realize;
    dc->unrealize = pit_unrealize;
    dc->reset = pit_reset;
    dc->user_creatable = false; /* the board has it, and the speaker needs it */
    dc->categories = 1ul << DEVICE_CATEGORY_MISC;
}

static const TypeInfo pit_types[] = {
    {
        .name = TYPE_I8254,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(I8254State),
        .class_init = pit_class_init,
    },
};
DEFINE_TYPES(pit_types)
