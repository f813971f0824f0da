/*
 * Command-line option values, in QEMU's two forms, both parsed into a JSON
 * object.
 *
 *   keyval:  "tap,id=n0,vnet_hdr=on,addr.type=inet"
 *   JSON:    '{"type":"tap","id":"n0","vnet_hdr":true}'
 *
 * In the keyval form every leaf is a JSON string; the visitor in keyval mode
 * (qapi/visitor.h) turns it into the type that is asked for. ",," is a literal
 * comma. "a.b=x" nests. A key given several times becomes an array of its
 * values in order; scalars take the last.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef UTIL_OPTION_H
#define UTIL_OPTION_H

#include <jansson.h>

#include "util/error.h"

/*
 * Parses the keyval form. implied_key names the key of a first element
 * without '=' ("driver", "type", "file"...), NULL if there is none. A later
 * element without '=' is a boolean flag: "foo" means foo=on, "nofoo" foo=off
 * (deprecated in QEMU, accepted there with a warning, as here).
 * "help" or "?" as an element sets *help and is left out; help NULL makes it
 * an ordinary flag. Returns a new object, NULL on error.
 */
json_t *keyval_parse(const char *params, const char *implied_key, bool *help,
                     Error **errp);

/* JSON text of one object; errors name the position. */
json_t *json_parse_object(const char *text, Error **errp);

/* True if the option argument is in the JSON form (starts with '{'). */
bool option_is_json(const char *arg);

/*
 * Either form. *is_keyval tells which, for the visitor's mode.
 */
json_t *option_parse(const char *arg, const char *implied_key, bool *help,
                     bool *is_keyval, Error **errp);

/* The string at `key`, the last of a repeated one; NULL if it is not there or
 * not a string. Valid as long as opts. */
const char *option_get_str(const json_t *opts, const char *key);

/* on|yes|true|y / off|no|false|n. */
bool parse_option_bool(const char *name, const char *value, bool *ret,
                       Error **errp);
/* Decimal, 0x hex or 0 octal, whole string. */
bool parse_option_number(const char *name, const char *value, uint64_t *ret,
                         Error **errp);
/*
 * A size with an optional suffix B, K, M, G, T, P or E (1024 steps, also lower
 * case), fractions allowed ("1.5G"); without suffix, default_suffix counts
 * ('B' for bytes, 'M' for -m).
 */
bool parse_option_size(const char *name, const char *value,
                       char default_suffix, uint64_t *ret, Error **errp);
/* Strict whole-string integer parsing: 0 or -EINVAL / -ERANGE. */
int qemu_strtoi64(const char *s, int base, int64_t *ret);
int qemu_strtou64(const char *s, int base, uint64_t *ret);

/* A letter, then letters, digits, '-', '.', '_'. */
bool id_wellformed(const char *id);

#endif
