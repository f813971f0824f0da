/*
 * Values of options: booleans, numbers and sizes as users write them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/option.h"

bool parse_option_bool(const char *name, const char *value, bool *ret,
                       Error **errp)
{
    static const char *const on[] = { "on", "yes", "true", "y", NULL };
    static const char *const off[] = { "off", "no", "false", "n", NULL };

    if (g_strv_contains(on, value)) {
        *ret = true;
        return true;
    }
    if (g_strv_contains(off, value)) {
        *ret = false;
        return true;
    }
    error_setg(errp, "Parameter '%s' expects 'on' or 'off'", name);
    return false;
}

/* What strtoll and strtoull skip in silence is refused here. */
static bool number_may_start(const char *s)
{
    return g_ascii_isxdigit(s[0]) ||
           ((s[0] == '-' || s[0] == '+') && g_ascii_isxdigit(s[1]));
}

int qemu_strtoi64(const char *s, int base, int64_t *ret)
{
    long long val;
    char *end;

    if (!s || !number_may_start(s)) {
        return -EINVAL;
    }
    errno = 0;
    val = strtoll(s, &end, base);
    if (end == s || *end) {
        return -EINVAL;
    }
    if (errno == ERANGE) {
        return -ERANGE;
    }
    *ret = val;
    return 0;
}

int qemu_strtou64(const char *s, int base, uint64_t *ret)
{
    unsigned long long val;
    char *end;

    if (!s || !number_may_start(s)) {
        return -EINVAL;
    }
    errno = 0;
    val = strtoull(s, &end, base);
    if (end == s || *end) {
        return -EINVAL;
    }
    /* strtoull would wrap "-1" around to the largest number. */
    if (errno == ERANGE || (s[0] == '-' && val)) {
        return -ERANGE;
    }
    *ret = val;
    return 0;
}

bool parse_option_number(const char *name, const char *value, uint64_t *ret,
                         Error **errp)
{
    int rc = qemu_strtou64(value, 0, ret);

    if (rc == -ERANGE && value[0] != '-') {
        error_setg(errp, "Value '%s' is too large for parameter '%s'", value,
                   name);
    } else if (rc) {
        error_setg(errp, "Parameter '%s' expects a number", name);
    }
    return rc == 0;
}

/* log2 of the unit, or -1. */
static int size_suffix_shift(char c)
{
    static const char suffixes[] = "BKMGTPE";
    const char *p = c ? strchr(suffixes, g_ascii_toupper(c)) : NULL;

    return p ? (int)(p - suffixes) * 10 : -1;
}

/*
 * 0, -EINVAL or -ERANGE. A fraction needs a unit that can be divided: "1.5"
 * and "1.5B" are refused; a hexadecimal number takes no suffix (its digits
 * include B and E).
 */
static int parse_size(const char *s, char default_suffix, uint64_t *ret)
{
    int shift = size_suffix_shift(default_suffix);
    double fraction = 0, weight = 0.1;
    bool has_fraction = false, explicit_suffix = false;
    uint64_t val, add;
    const char *p = s;

    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
        int rc = qemu_strtou64(s, 16, &val);

        if (rc || __builtin_mul_overflow(val, UINT64_C(1) << shift, ret)) {
            return rc ? rc : -ERANGE;
        }
        return 0;
    }
    if (p[0] == '-' && g_ascii_isdigit(p[1])) {
        return -ERANGE;
    }
    if (!g_ascii_isdigit(*p) && !(*p == '.' && g_ascii_isdigit(p[1]))) {
        return -EINVAL;
    }
    for (val = 0; g_ascii_isdigit(*p); p++) {
        if (__builtin_mul_overflow(val, UINT64_C(10), &val) ||
            __builtin_add_overflow(val, (uint64_t)(*p - '0'), &val)) {
            return -ERANGE;
        }
    }
    if (*p == '.') {
        has_fraction = true;
        for (p++; g_ascii_isdigit(*p); p++, weight /= 10) {
            fraction += (*p - '0') * weight;
        }
    }
    if (*p) {
        explicit_suffix = true;
        shift = size_suffix_shift(*p++);
    }
    if (shift < 0 || *p || (has_fraction && (!explicit_suffix || !shift))) {
        return -EINVAL;
    }
    add = (uint64_t)(fraction * (double)(UINT64_C(1) << shift) + 0.5);
    if (__builtin_mul_overflow(val, UINT64_C(1) << shift, &val) ||
        __builtin_add_overflow(val, add, ret)) {
        return -ERANGE;
    }
    return 0;
}

bool parse_option_size(const char *name, const char *value,
                       char default_suffix, uint64_t *ret, Error **errp)
{
    int rc = parse_size(value, default_suffix, ret);
    Error *err = NULL;

    if (rc == -ERANGE) {
        error_setg(errp, "Value '%s' is out of range for parameter '%s'",
                   value, name);
    } else if (rc) {
        error_setg(&err,
                   "Parameter '%s' expects a non-negative number below 2^64",
                   name);
        error_append_hint(&err, "Optional suffix k, M, G, T, P or E means "
                                "kilo-, mega-, giga-, tera-, peta-\n"
                                "and exabytes, respectively.\n");
        error_propagate(errp, err);
    }
    return rc == 0;
}
