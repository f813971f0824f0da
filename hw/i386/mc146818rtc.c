/*
 * CMOS memory and clock of the PC/AT (MC146818A data sheet): see
 * mc146818rtc.h.
 *
 * Nothing ticks here. The second that is shown, the state of the divider chain
 * and which flags have come up follow from the distance to base_ns; rtc_sync()
 * finds what has happened since the last look. A timer runs only while
 * somebody waits for an interrupt. While the clock does not run (SET, or the
 * divider held in reset) the registers of the time are plain memory.
 *
 * The clock follows -rtc clock=. The square wave and daylight saving do not
 * exist; the day of the week follows from the date, whatever was written to it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <time.h>

#include "hw/core/machine.h"
#include "hw/core/rtc-time.h"
#include "hw/i386/mc146818rtc-internal.h"
#include "qapi/qapi-events-misc.h"

#define RTC_PORT       0x70
#define RTC_INDEX_MASK 0x7f /* bit 7 gates the NMI */
#define RTC_IRQ        8

#define RTC_CENTURY_PS2 0x37 /* another place for it */

#define REG_A_UIP   0x80
#define REG_A_RESET 0x26 /* 32768 Hz, rate 1024 Hz */

#define REG_D_VALID 0x80

/* The update is announced this long before (t_BUC). */
#define UIP_NS 244000
/* From the end of the divider's reset to the first update. */
#define DIVIDER_START_NS (NANOSECONDS_PER_SECOND / 2)
/* Of lost interrupts no more than these are made up for. */
#define MAX_LOST_TICKS 32768

/* ------------------------------------------------------------------- time */

static bool divider_runs(const MC146818RtcState *s)
{
    return (s->cmos[RTC_REG_A] & REG_A_DIVIDER) <= REG_A_DIVIDER_32KHZ;
}

static bool clock_runs(const MC146818RtcState *s)
{
    return divider_runs(s) && !(s->cmos[RTC_REG_B] & REG_B_SET);
}

static int64_t floor_div(__int128 a, int64_t b)
{
    return a >= 0 ? a / b : -(int64_t)((-a + b - 1) / b);
}

static int64_t elapsed_ns(const MC146818RtcState *s)
{
    return qemu_clock_get_ns(rtc_clock_type()) - s->base_ns;
}

static int64_t current_second(const MC146818RtcState *s)
{
    return s->base_sec + floor_div(elapsed_ns(s), NANOSECONDS_PER_SECOND);
}

/* Of the 32768 Hz oscillator, since base_ns. */
static int64_t current_tick(const MC146818RtcState *s)
{
    return floor_div((__int128)elapsed_ns(s) * RTC_HZ, NANOSECONDS_PER_SECOND);
}

/* Ticks between two periodic interrupts; 0: none. */
static int64_t rtc_period(const MC146818RtcState *s)
{
    unsigned rate = s->cmos[RTC_REG_A] & REG_A_RATE;

    if (rate == 0 || !divider_runs(s)) {
        return 0;
    }
    /* Rates 1 and 2 are those of 8 and 9. */
    return 1 << (rate <= 2 ? rate + 6 : rate - 1);
}

/* The registers say what time it is. */
static void take_time_from_registers(MC146818RtcState *s)
{
    int64_t shown = rtc_registers_to_time(s->cmos);
    g_autofree char *path = object_get_canonical_path(OBJECT(s));

    s->base_sec = shown - floor_div(elapsed_ns(s), NANOSECONDS_PER_SECOND);
    s->synced_sec = shown;
    qapi_event_send_rtc_change(shown - rtc_reference_time(), path ? path : "");
}

/* ------------------------------------------------------------- interrupts */

static int64_t second_ns(const MC146818RtcState *s, int64_t second)
{
    return s->base_ns + (second - s->base_sec) * NANOSECONDS_PER_SECOND;
}

static void rtc_arm(MC146818RtcState *s)
{
    uint8_t waiting = s->cmos[RTC_REG_B] & ~s->cmos[RTC_REG_C];
    int64_t period = rtc_period(s);
    int64_t when = INT64_MAX;

    if (!(s->cmos[RTC_REG_C] & REG_C_IRQF)) {
        if ((waiting & REG_PERIODIC) && period) {
            int64_t tick = (floor_div(s->synced_tick, period) + 1) * period;

            when =
                s->base_ns +
                ((__int128)tick * NANOSECONDS_PER_SECOND + RTC_HZ - 1) / RTC_HZ;
        }
        if ((waiting & REG_UPDATE) && clock_runs(s)) {
            when = MIN(when, second_ns(s, s->synced_sec + 1));
        }
        if ((waiting & REG_ALARM) && clock_runs(s)) {
            int64_t alarm = rtc_next_alarm(s->cmos, s->synced_sec);

            when = alarm < 0 ? when : MIN(when, second_ns(s, alarm));
        }
    }
    if (when == INT64_MAX) {
        timer_del(s->timer);
    } else {
        timer_mod_ns(s->timer, when);
    }
}

/* Raises the line if a flag asks for it; falls only by rtc_read_flags(). */
static void rtc_update_irq(MC146818RtcState *s)
{
    uint8_t *flags = &s->cmos[RTC_REG_C];

    if (*flags & s->cmos[RTC_REG_B] & REG_INTERRUPTS) {
        *flags |= REG_C_IRQF;
    }
    qemu_set_irq(s->irq, (*flags & REG_C_IRQF) != 0);
    rtc_arm(s);
}

static void sync_periodic(MC146818RtcState *s)
{
    int64_t tick = current_tick(s);
    int64_t period = rtc_period(s);
    int64_t n =
        period ? floor_div(tick, period) - floor_div(s->synced_tick, period)
               : 0;

    s->synced_tick = tick;
    if (n <= 0) {
        return;
    }
    if (!(s->cmos[RTC_REG_C] & REG_PERIODIC)) {
        s->cmos[RTC_REG_C] |= REG_PERIODIC;
        n--;
    }
    if (rtc_driftfix_slew() && (s->cmos[RTC_REG_B] & REG_PERIODIC)) {
        s->lost_ticks = MIN(s->lost_ticks + n, MAX_LOST_TICKS);
    }
}

/* Flags and line are those of this moment. */
static void rtc_sync(MC146818RtcState *s)
{
    sync_periodic(s);
    if (clock_runs(s)) {
        int64_t second = current_second(s);

        if (second > s->synced_sec) {
            int64_t alarm = rtc_next_alarm(s->cmos, s->synced_sec);

            s->cmos[RTC_REG_C] |= REG_UPDATE;
            if (alarm >= 0 && alarm <= second) {
                s->cmos[RTC_REG_C] |= REG_ALARM;
            }
        }
        s->synced_sec = second; /* the host's clock may go back */
    }
    rtc_update_irq(s);
}

static void rtc_timer(void *opaque)
{
    rtc_sync(opaque);
}

/* -------------------------------------------------------------- registers */

static bool is_time_register(int index)
{
    return index == RTC_CENTURY ||
           (index <= RTC_YEAR && index != RTC_SECONDS_ALARM &&
            index != RTC_MINUTES_ALARM && index != RTC_HOURS_ALARM);
}

static void write_time(MC146818RtcState *s, int index, uint8_t val)
{
    bool runs = clock_runs(s);

    rtc_sync(s);
    if (runs) {
        rtc_time_to_registers(s->cmos, s->synced_sec);
    }
    s->cmos[index] = val;
    if (runs) {
        take_time_from_registers(s);
        rtc_arm(s);
    }
}

/* Registers A and B: the clock, or the divider, may stop or start. */
static void write_control(MC146818RtcState *s, int index, uint8_t val)
{
    bool clock_ran, divider_ran;

    rtc_sync(s);
    clock_ran = clock_runs(s);
    divider_ran = divider_runs(s);
    s->cmos[index] = val;
    if (clock_ran && !clock_runs(s)) {
        rtc_time_to_registers(s->cmos, s->synced_sec);
    }
    if (!divider_ran && divider_runs(s)) {
        s->base_ns += elapsed_ns(s) - DIVIDER_START_NS;
    }
    if (!clock_ran && clock_runs(s)) {
        take_time_from_registers(s);
    }
    if (!(s->cmos[RTC_REG_B] & REG_PERIODIC)) {
        s->lost_ticks = 0;
    }
    s->synced_tick = current_tick(s);
    rtc_update_irq(s);
}

static void rtc_write_register(MC146818RtcState *s, int index, uint8_t val)
{
    switch (index) {
    case RTC_REG_A:
        write_control(s, index, val & ~REG_A_UIP);
        break;
    case RTC_REG_B:
        /* Setting stops the interrupts of updates. */
        write_control(s, index, val & REG_B_SET ? val & ~REG_UPDATE : val);
        break;
    case RTC_REG_C:
    case RTC_REG_D:
        break; /* read only */
    case RTC_SECONDS_ALARM:
    case RTC_MINUTES_ALARM:
    case RTC_HOURS_ALARM:
        rtc_sync(s);
        s->cmos[index] = val;
        rtc_arm(s);
        break;
    default:
        if (is_time_register(index)) {
            write_time(s, index, val);
        } else {
            s->cmos[index] = val;
        }
    }
}

/* Reading ends the interrupt. */
static uint8_t rtc_read_flags(MC146818RtcState *s)
{
    uint8_t flags;

    rtc_sync(s);
    flags = s->cmos[RTC_REG_C];
    s->cmos[RTC_REG_C] = 0;
    qemu_set_irq(s->irq, 0);
    if (s->lost_ticks) {
        s->lost_ticks--;
        s->cmos[RTC_REG_C] = REG_PERIODIC;
    }
    rtc_update_irq(s);
    return flags;
}

static bool update_in_progress(const MC146818RtcState *s)
{
    int64_t into = elapsed_ns(s) % NANOSECONDS_PER_SECOND;

    return clock_runs(s) && into >= NANOSECONDS_PER_SECOND - UIP_NS;
}

static uint8_t rtc_read_register(MC146818RtcState *s, int index)
{
    if (is_time_register(index) && clock_runs(s)) {
        uint8_t regs[RTC_CMOS_SIZE];

        regs[RTC_REG_B] = s->cmos[RTC_REG_B];
        rtc_time_to_registers(regs, current_second(s));
        return regs[index];
    }
    switch (index) {
    case RTC_REG_A:
        return s->cmos[index] | (update_in_progress(s) ? REG_A_UIP : 0);
    case RTC_REG_C:
        return rtc_read_flags(s);
    case RTC_REG_D:
        return REG_D_VALID;
    }
    return s->cmos[index];
}

static uint64_t rtc_read(void *opaque, hwaddr addr, unsigned size)
{
    MC146818RtcState *s = opaque;

    /* The index cannot be read back. */
    return addr == 0 ? 0xff : rtc_read_register(s, s->index);
}

static void rtc_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    MC146818RtcState *s = opaque;

    if (addr == 0) {
        s->index = data & RTC_INDEX_MASK;
        if (s->index == RTC_CENTURY_PS2) {
            s->index = RTC_CENTURY;
        }
    } else {
        rtc_write_register(s, s->index, data);
    }
}

static const MemoryRegionOps rtc_ops = {
    .read = rtc_read,
    .write = rtc_write,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

void mc146818rtc_set_cmos_data(MC146818RtcState *s, int addr, uint8_t value)
{
    g_assert(addr >= RTC_FIRST_FREE && addr < RTC_CMOS_SIZE &&
             addr != RTC_CENTURY);
    s->cmos[addr] = value;
}

/* ----------------------------------------------------------------- device */

/* Property "date": what the clock shows, as C's struct tm. */
static bool rtc_get_date(Object *obj, Visitor *v, const char *name,
                         void *opaque, Error **errp)
{
    MC146818RtcState *s = MC146818_RTC(obj);
    time_t now =
        clock_runs(s) ? current_second(s) : rtc_registers_to_time(s->cmos);
    bool ok = visit_start_struct(v, name, NULL, 0, errp);
    struct tm tm;

    if (!ok) {
        return false;
    }
    gmtime_r(&now, &tm);
    ok = visit_type_int32(v, "tm_year", &tm.tm_year, errp) &&
         visit_type_int32(v, "tm_mon", &tm.tm_mon, errp) &&
         visit_type_int32(v, "tm_mday", &tm.tm_mday, errp) &&
         visit_type_int32(v, "tm_hour", &tm.tm_hour, errp) &&
         visit_type_int32(v, "tm_min", &tm.tm_min, errp) &&
         visit_type_int32(v, "tm_sec", &tm.tm_sec, errp);
    visit_end_struct(v, NULL);
    return ok;
}

static void rtc_reset(DeviceState *qdev)
{
    MC146818RtcState *s = MC146818_RTC(qdev);

    /* Memory and clock have a battery; interrupts end. */
    s->index = 0;
    s->cmos[RTC_REG_B] &= ~(REG_INTERRUPTS | REG_B_SQUARE_WAVE);
    s->cmos[RTC_REG_C] = 0;
    s->lost_ticks = 0;
    rtc_update_irq(s);
}

/* Its seconds begin with the host's. */
static void start_clock(MC146818RtcState *s)
{
    int64_t now = qemu_clock_get_ns(rtc_clock_type());

    s->cmos[RTC_REG_A] = REG_A_RESET;
    s->cmos[RTC_REG_B] = REG_B_24H;
    s->base_ns = rtc_clock_type() == QEMU_CLOCK_HOST
                     ? now - now % NANOSECONDS_PER_SECOND
                     : now;
    s->base_sec = rtc_reference_time();
    s->synced_sec = current_second(s);
    s->synced_tick = current_tick(s);
}

static void rtc_realize(DeviceState *qdev, Error **errp)
{
    MC146818RtcState *s = MC146818_RTC(qdev);
    ISABus *bus = isa_bus_from_device(&s->parent_obj);

    s->irq = isa_get_irq(&s->parent_obj, RTC_IRQ);
    s->timer = timer_new_ns(rtc_clock_type(), rtc_timer, s);
    start_clock(s);
    memory_region_init_io(&s->io, OBJECT(s), &rtc_ops, s, "rtc", 2);
    memory_region_add_subregion(bus->address_space_io, RTC_PORT, &s->io);
}

static void rtc_unrealize(DeviceState *qdev)
{
    MC146818RtcState *s = MC146818_RTC(qdev);

    memory_region_destroy(&s->io);
    timer_free(s->timer);
}

MC146818RtcState *mc146818_rtc_init(ISABus *bus, Error **errp)
{
    DeviceState *dev = qdev_new(TYPE_MC146818_RTC);

    if (!qdev_realize_and_unref(dev, &bus->qbus, errp)) {
        return NULL;
    }
    object_property_add_alias(qdev_get_machine(), "rtc-time", OBJECT(dev),
                              "date");
    return MC146818_RTC(dev);
}

static void rtc_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = rtc_realize;
    dc->unrealize = rtc_unrealize;
    dc->reset = rtc_reset;
    dc->user_creatable = false; /* the board fills the memory */
    dc->categories = 1ul << DEVICE_CATEGORY_MISC;
    object_class_property_add(klass, "date", "struct tm", rtc_get_date, NULL,
                              NULL, NULL);
}

static const TypeInfo rtc_types[] = {
    {
        .name = TYPE_MC146818_RTC,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(MC146818RtcState),
        .class_init = rtc_class_init,
    },
};
DEFINE_TYPES(rtc_types)
