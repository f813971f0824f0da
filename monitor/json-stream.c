/*
 * Incremental JSON parser.
 *
 * Two machines, one above the other. The lexer (json-lexer.c) eats a byte at
 * a time and collects the current token's text; the parser, here, keeps a
 * stack of the open objects and arrays and what it expects next. Neither
 * needs a byte twice, so the pieces in which the text arrives make no
 * difference.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <math.h>

#include "monitor/json-stream-internal.h"

/* --------------------------------------------------------------- control */

static void stack_clear(JsonStream *js)
{
    for (guint i = 0; i < js->stack->len; i++) {
        Container *c = &g_array_index(js->stack, Container, i);

        g_free(c->key);
        if (i == 0) {
            json_decref(c->value);
        }
    }
    g_array_set_size(js->stack, 0);
}

void json_value_reset(JsonStream *js)
{
    stack_clear(js);
    js->expect = EXPECT_VALUE;
    js->bytes = 0;
    js->values = 0;
    js->skipping = false;
    js->skip_depth = 0;
}

void json_stream_reset(JsonStream *js)
{
    json_value_reset(js);
    json_lex_reset(js);
    js->line = 1;
    js->column = 1;
}

static void report(JsonStream *js, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
static void report(JsonStream *js, const char *fmt, ...)
{
    g_autofree char *message = NULL;
    Error *err = NULL;
    va_list ap;

    va_start(ap, fmt);
    message = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    error_setg(&err, "%u:%u: JSON parse error, %s", js->token_line,
               js->token_column, message);
    js->emit(js->opaque, NULL, err);
}

void json_syntax_error(JsonStream *js, const char *message)
{
    unsigned depth = js->stack->len;

    report(js, "%s", message);
    json_value_reset(js);
    if (depth > 0) {
        js->skipping = true;
        js->skip_depth = depth;
    }
}

void json_lexical_error(JsonStream *js)
{
    g_autofree char *shown = NULL;

    if (!js->skipping) {
        shown = g_utf8_make_valid(js->token->str, MIN(js->token->len, 64));
        report(js, "stray '%s'", shown);
    }
    json_lex_reset(js);
    json_value_reset(js);
}

void json_limit_error(JsonStream *js, const char *what)
{
    Error *err = NULL;
    unsigned depth = js->stack->len;

    error_setg(&err, "JSON %s limit exceeded", what);
    js->emit(js->opaque, NULL, err);
    json_lex_reset(js);
    json_value_reset(js);
    js->skipping = true;
    js->skip_depth = depth;
}

/* ---------------------------------------------------------------- parser */

static Container *stack_top(JsonStream *js)
{
    return &g_array_index(js->stack, Container, js->stack->len - 1);
}

/* A complete value of any kind; takes over the reference. */
static void parse_value(JsonStream *js, json_t *value)
{
    Container *top;

    if (js->stack->len == 0) {
        json_value_reset(js);
        js->emit(js->opaque, value, NULL);
        return;
    }
    top = stack_top(js);
    if (json_is_array(top->value)) {
        json_array_append_new(top->value, value);
    } else {
        json_object_set_new_nocheck(top->value, top->key, value);
        g_clear_pointer(&top->key, g_free);
    }
    js->expect = EXPECT_SEPARATOR;
}

static bool value_allowed(JsonStream *js)
{
    if (js->expect != EXPECT_VALUE && js->expect != EXPECT_FIRST) {
        switch (js->expect) {
        case EXPECT_COLON:
            json_syntax_error(js, "expecting ':'");
            break;
        case EXPECT_SEPARATOR:
            json_syntax_error(js, json_is_object(stack_top(js)->value)
                                      ? "expected ',' or '}'"
                                      : "expected ',' or ']'");
            break;
        default:
            json_syntax_error(js, "expecting key");
            break;
        }
        return false;
    }
    if (++js->values > JSON_STREAM_MAX_VALUES) {
        json_limit_error(js, "token count");
        return false;
    }
    return true;
}

static void parse_scalar(JsonStream *js, json_t *value)
{
    if (js->skipping) {
        json_decref(value);
    } else if (!value_allowed(js)) {
        json_decref(value);
    } else {
        parse_value(js, value);
    }
}

void json_parse_open(JsonStream *js, char c)
{
    Container new_top = {0};

    if (js->skipping) {
        js->skip_depth++;
        return;
    }
    if (!value_allowed(js)) {
        if (c != '{' || js->token_column != 1) {
            /* Its closing bracket is part of what is skipped. */
            js->skip_depth += js->skipping;
            return;
        }
        json_value_reset(js);
        js->values = 1;
    }
    if (js->stack->len >= JSON_STREAM_MAX_DEPTH) {
        json_limit_error(js, "nesting depth");
        js->skip_depth++;
        return;
    }
    new_top.value = c == '{' ? json_object() : json_array();
    if (js->stack->len) {
        Container *top = stack_top(js);

        /* Attached at once: whoever frees the outermost frees all. */
        if (json_is_array(top->value)) {
            json_array_append_new(top->value, new_top.value);
        } else {
            json_object_set_new_nocheck(top->value, top->key, new_top.value);
            g_clear_pointer(&top->key, g_free);
        }
    }
    g_array_append_val(js->stack, new_top);
    js->expect = c == '{' ? EXPECT_FIRST_KEY : EXPECT_FIRST;
}

/* A closing bracket where it is not allowed. The innermost container counts
 * as closed by it, whatever its kind. */
static void close_error(JsonStream *js, bool in_object)
{
    const char *message;

    switch (js->expect) {
    case EXPECT_FIRST_KEY:
    case EXPECT_KEY:
        message = "expecting key";
        break;
    case EXPECT_COLON:
        message = "expecting ':'";
        break;
    case EXPECT_SEPARATOR:
        message = in_object ? "expected ',' or '}'" : "expected ',' or ']'";
        break;
    default:
        message = "expecting value";
        break;
    }
    json_syntax_error(js, message);
    if (js->skipping && --js->skip_depth == 0) {
        json_value_reset(js);
    }
}

void json_parse_close(JsonStream *js, char c)
{
    bool in_object;
    json_t *value;

    if (js->skipping) {
        if (js->skip_depth <= 1) {
            json_value_reset(js);
        } else {
            js->skip_depth--;
        }
        return;
    }
    in_object = js->stack->len && json_is_object(stack_top(js)->value);
    if (!js->stack->len || in_object != (c == '}') ||
        (js->expect != EXPECT_SEPARATOR &&
         js->expect != (in_object ? EXPECT_FIRST_KEY : EXPECT_FIRST))) {
        close_error(js, in_object);
        return;
    }
    value = stack_top(js)->value;
    g_array_set_size(js->stack, js->stack->len - 1);
    if (js->stack->len == 0) {
        json_value_reset(js);
        js->emit(js->opaque, value, NULL);
    } else {
        js->expect = EXPECT_SEPARATOR;
    }
}

void json_parse_punctuation(JsonStream *js, char c)
{
    if (js->skipping) {
        return;
    }
    if (c == ':' && js->expect == EXPECT_COLON) {
        js->expect = EXPECT_VALUE;
    } else if (c == ',' && js->expect == EXPECT_SEPARATOR) {
        js->expect =
            json_is_object(stack_top(js)->value) ? EXPECT_KEY : EXPECT_VALUE;
    } else if (js->expect == EXPECT_VALUE || js->expect == EXPECT_FIRST) {
        json_syntax_error(js, "expecting value");
    } else {
        value_allowed(js); /* reports what else was expected */
    }
}

void json_parse_string(JsonStream *js)
{
    Container *top;

    if (js->skipping || js->bad_string) {
        return;
    }
    if (!g_utf8_validate(js->text->str, js->text->len, NULL)) {
        json_syntax_error(js, "invalid UTF-8 sequence in string");
        return;
    }
    if (js->expect != EXPECT_KEY && js->expect != EXPECT_FIRST_KEY) {
        parse_scalar(js, json_stringn_nocheck(js->text->str, js->text->len));
        return;
    }
    top = stack_top(js);
    if (json_object_get(top->value, js->text->str)) {
        json_syntax_error(js, "duplicate key");
        return;
    }
    top->key = g_strndup(js->text->str, js->text->len);
    js->expect = EXPECT_COLON;
}

void json_parse_number(JsonStream *js)
{
    const char *s = js->token->str;
    bool integer = !strpbrk(s, ".eE");
    double real;

    if (integer) {
        char *end;
        long long val;

        errno = 0;
        val = strtoll(s, &end, 10);
        if (errno == 0) {
            parse_scalar(js, json_integer(val));
            return;
        }
    }
    /* Integers that do not fit are numbers, but nothing that wants an integer
     * takes them. */
    real = g_ascii_strtod(s, NULL);
    if (!isfinite(real)) {
        if (!js->skipping) {
            json_syntax_error(js, "number out of range");
        }
        return;
    }
    parse_scalar(js, json_real(real));
}

void json_parse_keyword(JsonStream *js)
{
    const char *s = js->token->str;
    g_autofree char *message = NULL;

    if (!strcmp(s, "true")) {
        parse_scalar(js, json_true());
    } else if (!strcmp(s, "false")) {
        parse_scalar(js, json_false());
    } else if (!strcmp(s, "null")) {
        parse_scalar(js, json_null());
    } else if (!js->skipping) {
        message = g_strdup_printf("invalid keyword '%.64s'", s);
        json_syntax_error(js, message);
    }
}

void json_stream_feed(JsonStream *js, const char *buf, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        json_lex_byte(js, buf[i]);
    }
}

JsonStream *json_stream_new(JsonStreamEmit *emit, void *opaque)
{
    JsonStream *js = g_new0(JsonStream, 1);

    js->emit = emit;
    js->opaque = opaque;
    js->token = g_string_new(NULL);
    js->text = g_string_new(NULL);
    js->stack = g_array_new(FALSE, FALSE, sizeof(Container));
    json_stream_reset(js);
    return js;
}

void json_stream_free(JsonStream *js)
{
    if (js) {
        stack_clear(js);
        g_array_unref(js->stack);
        g_string_free(js->token, TRUE);
        g_string_free(js->text, TRUE);
        g_free(js);
    }
}
