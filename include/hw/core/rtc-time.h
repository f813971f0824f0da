/*
 * -rtc: what time the machine's clock shows when nobody has set it, and which
 * of our clocks it follows.
 *
 * The option is set while the command line is parsed. Main loop or vCPU with
 * the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_RTC_TIME_H
#define HW_CORE_RTC_TIME_H

#include <jansson.h>

#include "util/aio.h"

/* The members of one -rtc option: base, clock, driftfix. Errors as QEMU's. */
bool rtc_set_options(json_t *opts, Error **errp);
/* clock=: host (default), rt, vm. */
QEMUClockType rtc_clock_type(void);
/* driftfix=slew: interrupts that came too fast are made up for. */
bool rtc_driftfix_slew(void);
/*
 * Seconds from 1970 to the date and time on the face of a clock that was set
 * as base= says and not since: UTC, or the host's local time, or the given
 * one going on from the first call.
 */
int64_t rtc_reference_time(void);

#endif
