/*
 * -rtc: see rtc-time.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <time.h>

#include "hw/core/rtc-time.h"
#include "util/option.h"

typedef enum RtcBase {
    RTC_BASE_UTC,
    RTC_BASE_LOCALTIME,
    RTC_BASE_DATE
} RtcBase;

static RtcBase rtc_base = RTC_BASE_UTC;
static QEMUClockType rtc_clock = QEMU_CLOCK_HOST;
static bool rtc_slew;
static int64_t rtc_start; /* the time shown at rtc_start_ns */
static bool rtc_started;
static int64_t rtc_start_ns; /* of rtc_clock */

QEMUClockType rtc_clock_type(void)
{
    return rtc_clock;
}

bool rtc_driftfix_slew(void)
{
    return rtc_slew;
}

/* What a wall clock on the host shows. */
static int64_t host_time(void)
{
    time_t now = time(NULL);
    struct tm tm;

    if (rtc_base != RTC_BASE_LOCALTIME) {
        return now;
    }
    tzset(); /* localtime_r() need not */
    localtime_r(&now, &tm);
    return timegm(&tm);
}

int64_t rtc_reference_time(void)
{
    int64_t now_ns = qemu_clock_get_ns(rtc_clock);

    if (rtc_base != RTC_BASE_DATE && rtc_clock == QEMU_CLOCK_HOST) {
        return host_time(); /* also when that is set */
    }
    if (!rtc_started) {
        rtc_started = true;
        rtc_start_ns = now_ns;
        if (rtc_base != RTC_BASE_DATE) {
            rtc_start = host_time();
        }
    }
    return rtc_start + (now_ns - rtc_start_ns) / NANOSECONDS_PER_SECOND;
}

/* "2006-06-17T16:01:21" or "2006-06-17"; as QEMU, not stricter. */
static bool parse_date(const char *text, Error **errp)
{
    struct tm tm = {0};

    if (sscanf(text, "%d-%d-%dT%d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6) {
        tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
        if (sscanf(text, "%d-%d-%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) !=
            3) {
            error_setg(errp, "invalid datetime format");
            error_append_hint(errp, "valid formats: '2006-06-17T16:01:21' or "
                                    "'2006-06-17'\n");
            return false;
        }
    }
    if (tm.tm_year < 0 || tm.tm_year > 9999 || tm.tm_mon < 0 ||
        tm.tm_mon > 99 || tm.tm_mday < 0 || tm.tm_mday > 99) {
        error_setg(errp, "'%s' is not a date that the clock can show", text);
        return false;
    }
    tm.tm_year -= 1900;
    tm.tm_mon--;
    rtc_base = RTC_BASE_DATE;
    rtc_start = timegm(&tm);
    return true;
}

static bool set_base(const char *text, Error **errp)
{
    if (g_str_equal(text, "utc")) {
        rtc_base = RTC_BASE_UTC;
        return true;
    }
    if (g_str_equal(text, "localtime")) {
        rtc_base = RTC_BASE_LOCALTIME;
        return true;
    }
    return parse_date(text, errp);
}

static bool set_clock(const char *text, Error **errp)
{
    static const struct {
        const char *name;
        QEMUClockType clock;
    } names[] = {
        {"host", QEMU_CLOCK_HOST},
        {"rt", QEMU_CLOCK_REALTIME},
        {"vm", QEMU_CLOCK_VIRTUAL},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(text, names[i].name)) {
            rtc_clock = names[i].clock;
            return true;
        }
    }
    error_setg(errp, "invalid option value '%s'", text);
    return false;
}

static bool set_driftfix(const char *text, Error **errp)
{
    rtc_slew = g_str_equal(text, "slew");
    if (!rtc_slew && !g_str_equal(text, "none")) {
        error_setg(errp, "invalid option value '%s'", text);
        return false;
    }
    return true;
}

bool rtc_set_options(json_t *opts, Error **errp)
{
    const char *key;
    json_t *value;

    rtc_started = false;
    json_object_foreach (opts, key, value) {
        const char *text = option_get_str(opts, key);
        bool ok;

        text = text ? text : "";
        if (g_str_equal(key, "base")) {
            ok = set_base(text, errp);
        } else if (g_str_equal(key, "clock")) {
            ok = set_clock(text, errp);
        } else if (g_str_equal(key, "driftfix")) {
            ok = set_driftfix(text, errp);
        } else {
            error_setg(errp, "Invalid parameter '%s'", key);
            ok = false;
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}
