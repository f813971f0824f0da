/*
 * CMOS memory and clock of the PC/AT (MC146818), ports 0x70 and 0x71.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_MC146818RTC_H
#define HW_I386_MC146818RTC_H

#include "hw/i386/isa.h"

#define TYPE_MC146818_RTC "mc146818rtc"
OBJECT_DECLARE_SIMPLE_TYPE(MC146818RtcState, MC146818_RTC)

MC146818RtcState *mc146818_rtc_init(ISABus *bus, Error **errp);
/* A byte of the memory, 14 and up; kept over resets. */
void mc146818rtc_set_cmos_data(MC146818RtcState *s, int addr, uint8_t value);

#endif
