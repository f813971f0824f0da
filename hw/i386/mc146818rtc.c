/*
 * CMOS memory and clock: see mc146818rtc.h.
 *
 * The clock shows the host's time in UTC, BCD and 24 hours. Limits: it cannot
 * be set, and it has no alarm and no periodic interrupt.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <time.h>

#include "hw/i386/mc146818rtc.h"

#define RTC_PORT       0x70
#define RTC_INDEX_MASK 0x7f /* bit 7 gates the NMI */
#define RTC_CMOS_SIZE  128

#define RTC_SECONDS      0x00
#define RTC_MINUTES      0x02
#define RTC_HOURS        0x04
#define RTC_DAY_OF_WEEK  0x06
#define RTC_DAY_OF_MONTH 0x07
#define RTC_MONTH        0x08
#define RTC_YEAR         0x09
#define RTC_REG_A        0x0a
#define RTC_REG_B        0x0b
#define RTC_REG_C        0x0c
#define RTC_REG_D        0x0d
#define RTC_FIRST_FREE   0x0e
#define RTC_CENTURY      0x32

#define REG_A_32KHZ_1024HZ 0x26
#define REG_B_24H          0x02
#define REG_D_VALID        0x80

struct MC146818RtcState {
    ISADevice parent_obj;
    MemoryRegion io;
    uint8_t index;
    uint8_t cmos[RTC_CMOS_SIZE];
};

static uint8_t to_bcd(int v)
{
    return v / 10 << 4 | v % 10;
}

static uint8_t rtc_read_time(int index)
{
    time_t now = time(NULL);
    struct tm tm;

    gmtime_r(&now, &tm);
    switch (index) {
    case RTC_SECONDS:
        return to_bcd(tm.tm_sec);
    case RTC_MINUTES:
        return to_bcd(tm.tm_min);
    case RTC_HOURS:
        return to_bcd(tm.tm_hour);
    case RTC_DAY_OF_WEEK:
        return to_bcd(tm.tm_wday + 1);
    case RTC_DAY_OF_MONTH:
        return to_bcd(tm.tm_mday);
    case RTC_MONTH:
        return to_bcd(tm.tm_mon + 1);
    case RTC_YEAR:
        return to_bcd(tm.tm_year % 100);
    default:
        return to_bcd((1900 + tm.tm_year) / 100);
    }
}

static uint64_t rtc_read(void *opaque, hwaddr addr, unsigned size)
{
    MC146818RtcState *s = opaque;

    if (addr == 0) {
        return 0xff; /* the index cannot be read back */
    }
    switch (s->index) {
    case RTC_SECONDS:
    case RTC_MINUTES:
    case RTC_HOURS:
    case RTC_DAY_OF_WEEK:
    case RTC_DAY_OF_MONTH:
    case RTC_MONTH:
    case RTC_YEAR:
    case RTC_CENTURY:
        return rtc_read_time(s->index);
    case RTC_REG_A:
        return REG_A_32KHZ_1024HZ;
    case RTC_REG_B:
        return REG_B_24H;
    case RTC_REG_C:
        return 0;
    case RTC_REG_D:
        return REG_D_VALID;
    }
    return s->cmos[s->index];
}

static void rtc_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    MC146818RtcState *s = opaque;

    if (addr == 0) {
        s->index = data & RTC_INDEX_MASK;
    } else if (s->index >= RTC_FIRST_FREE) {
        s->cmos[s->index] = data;
    }
}

static const MemoryRegionOps rtc_ops = {
    .read = rtc_read,
    .write = rtc_write,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

void mc146818rtc_set_cmos_data(MC146818RtcState *s, int addr, uint8_t value)
{
    g_assert(addr >= RTC_FIRST_FREE && addr < RTC_CMOS_SIZE);
    s->cmos[addr] = value;
}

static void rtc_reset(DeviceState *qdev)
{
    MC146818_RTC(qdev)->index = 0; /* the memory has a battery */
}

static void rtc_realize(DeviceState *qdev, Error **errp)
{
    MC146818RtcState *s = MC146818_RTC(qdev);
    ISABus *bus = isa_bus_from_device(&s->parent_obj);

    memory_region_init_io(&s->io, OBJECT(s), &rtc_ops, s, "rtc", 2);
    memory_region_add_subregion(bus->address_space_io, RTC_PORT, &s->io);
}

static void rtc_unrealize(DeviceState *qdev)
{
    memory_region_destroy(&MC146818_RTC(qdev)->io);
}

MC146818RtcState *mc146818_rtc_init(ISABus *bus, Error **errp)
{
    DeviceState *dev = qdev_new(TYPE_MC146818_RTC);

    return qdev_realize_and_unref(dev, &bus->qbus, errp) ? MC146818_RTC(dev)
                                                         : NULL;
}

static void rtc_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = rtc_realize;
    dc->unrealize = rtc_unrealize;
    dc->reset = rtc_reset;
    dc->user_creatable = false; /* the board fills the memory */
    dc->categories = 1ul << DEVICE_CATEGORY_MISC;
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
