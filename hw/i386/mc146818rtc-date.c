/*
 * Date and time in the registers of the PC/AT's clock: BCD or binary, 12 or 24
 * hours, with a byte for the century.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <time.h>

#include "hw/i386/mc146818rtc-internal.h"

#define HOUR_PM   0x80
#define ANY_VALUE 0xc0 /* in an alarm register: matches always */

static uint8_t encode(const uint8_t *cmos, int v)
{
    return cmos[RTC_REG_B] & REG_B_BINARY ? v : v / 10 << 4 | v % 10;
}

static int decode(const uint8_t *cmos, uint8_t v)
{
    return cmos[RTC_REG_B] & REG_B_BINARY ? v : (v >> 4) * 10 + (v & 0xf);
}

static uint8_t encode_hour(const uint8_t *cmos, int hour)
{
    if (cmos[RTC_REG_B] & REG_B_24H) {
        return encode(cmos, hour);
    }
    return encode(cmos, hour % 12 ? hour % 12 : 12) |
           (hour >= 12 ? HOUR_PM : 0);
}

static int decode_hour(const uint8_t *cmos, uint8_t v)
{
    if (cmos[RTC_REG_B] & REG_B_24H) {
        return decode(cmos, v);
    }
    return decode(cmos, v & ~HOUR_PM) % 12 + (v & HOUR_PM ? 12 : 0);
}

/* The century is BCD in memory that has no form of its own. */
int64_t rtc_registers_to_time(const uint8_t *cmos)
{
    int century = (cmos[RTC_CENTURY] >> 4) * 10 + (cmos[RTC_CENTURY] & 0xf);
    struct tm tm = {
        .tm_sec = decode(cmos, cmos[RTC_SECONDS]),
        .tm_min = decode(cmos, cmos[RTC_MINUTES]),
        .tm_hour = decode_hour(cmos, cmos[RTC_HOURS]),
        .tm_mday = decode(cmos, cmos[RTC_DAY_OF_MONTH]),
        .tm_mon = decode(cmos, cmos[RTC_MONTH]) - 1,
        .tm_year = century * 100 + decode(cmos, cmos[RTC_YEAR]) - 1900,
    };

    return timegm(&tm);
}

void rtc_time_to_registers(uint8_t *cmos, int64_t seconds)
{
    time_t t = seconds;
    struct tm tm;
    int year;

    gmtime_r(&t, &tm);
    year = tm.tm_year + 1900;
    year = year < 0 ? 0 : year;
    cmos[RTC_SECONDS] = encode(cmos, tm.tm_sec);
    cmos[RTC_MINUTES] = encode(cmos, tm.tm_min);
    cmos[RTC_HOURS] = encode_hour(cmos, tm.tm_hour);
    cmos[RTC_DAY_OF_WEEK] = encode(cmos, tm.tm_wday + 1);
    cmos[RTC_DAY_OF_MONTH] = encode(cmos, tm.tm_mday);
    cmos[RTC_MONTH] = encode(cmos, tm.tm_mon + 1);
    cmos[RTC_YEAR] = encode(cmos, year % 100);
    year /= 100;
    cmos[RTC_CENTURY] = year / 10 << 4 | year % 10;
}

static bool alarm_any(const uint8_t *cmos, int index)
{
    return (cmos[index] & ANY_VALUE) == ANY_VALUE;
}

int64_t rtc_next_alarm(const uint8_t *cmos, int64_t after)
{
    int hour = decode_hour(cmos, cmos[RTC_HOURS_ALARM]);
    int minute = decode(cmos, cmos[RTC_MINUTES_ALARM]);
    int second = decode(cmos, cmos[RTC_SECONDS_ALARM]);
    int64_t end = after + 24 * 3600;
    int64_t t = after + 1;

    /* Whole hours and minutes that cannot match are skipped. */
    while (t <= end) {
        int of_day = t - (t >= 0 ? t / 86400 : (t - 86399) / 86400) * 86400;

        if (!alarm_any(cmos, RTC_HOURS_ALARM) && of_day / 3600 != hour) {
            t += 3600 - of_day % 3600;
        } else if (!alarm_any(cmos, RTC_MINUTES_ALARM) &&
                   of_day / 60 % 60 != minute) {
            t += 60 - of_day % 60;
        } else if (!alarm_any(cmos, RTC_SECONDS_ALARM) &&
                   of_day % 60 != second) {
            t++;
        } else {
            return t;
        }
    }
    return -1;
}
