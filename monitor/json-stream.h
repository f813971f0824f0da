/*
 * Parser of a stream of JSON values that arrive in pieces of any size.
 *
 * It accepts what QEMU's does: JSON, with strings in single quotes too. What
 * is wrong is reported once, as "LINE:COLUMN: JSON parse error, ...", and
 * parsing goes on: after the bad token if a token was malformed, otherwise
 * after the value that was broken. A '{' in the first column of a line starts
 * a new value in any case, so that a client that sends a line per message
 * loses no more than the broken one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_JSON_STREAM_H
#define MONITOR_JSON_STREAM_H

#include <jansson.h>

#include "util/error.h"

/* Nothing a client sends makes the parser hold more than this. */
#define JSON_STREAM_MAX_DEPTH  1024
#define JSON_STREAM_MAX_BYTES  (16 * MiB) /* of one top-level value */
#define JSON_STREAM_MAX_VALUES (256 * KiB)

typedef struct JsonStream JsonStream;

/* One of value and err; the callee owns it. May not feed or free the stream
 * it comes from. */
typedef void JsonStreamEmit(void *opaque, json_t *value, Error *err);

JsonStream *json_stream_new(JsonStreamEmit *emit, void *opaque);
void json_stream_free(JsonStream *js);
void json_stream_feed(JsonStream *js, const char *buf, size_t len);
/* Forgets an unfinished value; positions start again at 1:1. */
void json_stream_reset(JsonStream *js);

#endif
