/*
 * The clock of the PC/AT: registers, and the date and time in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_MC146818RTC_INTERNAL_H
#define HW_I386_MC146818RTC_INTERNAL_H

#include "hw/i386/mc146818rtc.h"
#include "util/aio.h"

#define RTC_CMOS_SIZE 128
#define RTC_HZ        32768

#define RTC_SECONDS       0x00
#define RTC_SECONDS_ALARM 0x01
#define RTC_MINUTES       0x02
#define RTC_MINUTES_ALARM 0x03
#define RTC_HOURS         0x04
#define RTC_HOURS_ALARM   0x05
#define RTC_DAY_OF_WEEK   0x06
#define RTC_DAY_OF_MONTH  0x07
#define RTC_MONTH         0x08
#define RTC_YEAR          0x09
#define RTC_REG_A         0x0a
#define RTC_REG_B         0x0b
#define RTC_REG_C         0x0c
#define RTC_REG_D         0x0d
#define RTC_FIRST_FREE    0x0e
#define RTC_CENTURY       0x32

#define REG_A_RATE          0x0f
#define REG_A_DIVIDER       0x70
#define REG_A_DIVIDER_32KHZ 0x20 /* and below, other crystals; above, reset */

#define REG_B_SET         0x80
#define REG_B_SQUARE_WAVE 0x08
#define REG_B_BINARY      0x04
#define REG_B_24H         0x02

/* Enabled by register B, flagged in register C. */
#define REG_PERIODIC   0x40
#define REG_ALARM      0x20
#define REG_UPDATE     0x10
#define REG_INTERRUPTS (REG_PERIODIC | REG_ALARM | REG_UPDATE)
#define REG_C_IRQF     0x80

struct MC146818RtcState {
    ISADevice parent_obj;
    MemoryRegion io;
    qemu_irq irq;
    QEMUTimer *timer;
    uint8_t index;
    /* Memory; registers B and C; A without UIP; the time while the clock does
     * not run. */
    uint8_t cmos[RTC_CMOS_SIZE];
    int64_t base_ns;  /* a second began then, by -rtc clock= */
    int64_t base_sec; /* that one, from 1970 */
    /* Flags are up to date until then. */
    int64_t synced_sec;
    int64_t synced_tick;
    unsigned lost_ticks; /* periodic interrupts to be made up for */
};

/* mc146818rtc-date.c: register B says in which form. Seconds from 1970. */
int64_t rtc_registers_to_time(const uint8_t *cmos);
void rtc_time_to_registers(uint8_t *cmos, int64_t seconds);
/* The next second after `after` at which the alarm registers match, or -1. */
int64_t rtc_next_alarm(const uint8_t *cmos, int64_t after);

#endif
