/*
 * The lexer of the JSON parser.
 *
 * A number or keyword ends with the first byte that cannot belong to it; that
 * byte is then looked at again as the start of the next token.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/json-stream-internal.h"

/* Of a string, messages show no more than this. */
#define SHOWN_TOKEN 64

void json_lex_reset(JsonStream *js)
{
    js->lex = LEX_START;
    js->high_surrogate = 0;
    js->bad_string = false;
    g_string_truncate(js->token, 0);
    g_string_truncate(js->text, 0);
}

/* Ends the token that was collected. */
static void lex_finish(JsonStream *js, void (*parse)(JsonStream *js))
{
    js->lex = LEX_START;
    parse(js);
    json_lex_reset(js);
}

/* A string that cannot be. */
static void string_error(JsonStream *js, const char *message)
{
    if (!js->skipping && !js->bad_string) {
        json_syntax_error(js, message);
    }
    /* The rest of the string belongs to it still: its quote is not the start
     * of another. */
    js->bad_string = true;
    js->high_surrogate = 0;
    js->lex = LEX_STRING;
}

static void string_append(JsonStream *js, char c)
{
    if (js->high_surrogate) {
        string_error(js, "invalid Unicode surrogate in string");
    }
    g_string_append_c(js->text, c);
}

static void lex_string(JsonStream *js, unsigned char c)
{
    if (c == js->quote) {
        if (js->high_surrogate) {
            string_error(js, "invalid Unicode surrogate in string");
        }
        lex_finish(js, json_parse_string);
    } else if (c < 0x20 || c >= 0xfe) {
        json_lexical_error(js);
    } else if (c == '\\') {
        js->lex = LEX_ESCAPE;
    } else {
        string_append(js, c);
    }
}

static void lex_escape(JsonStream *js, unsigned char c)
{
    static const char from[] = "\"'\\/bfnrt";
    static const char to[] = "\"'\\/\b\f\n\r\t";
    const char *p = c ? strchr(from, c) : NULL;

    js->lex = LEX_STRING;
    if (c < 0x20 || c >= 0xfe) {
        json_lexical_error(js);
    } else if (c == 'u') {
        js->unicode = 0;
        js->unicode_digits = 0;
        js->lex = LEX_UNICODE;
    } else if (p) {
        string_append(js, to[p - from]);
    } else {
        string_error(js, "invalid escape sequence in string");
    }
}

static void lex_unicode(JsonStream *js, unsigned char c)
{
    unsigned code;

    if (!g_ascii_isxdigit(c)) {
        string_error(js, "invalid escape sequence in string");
        lex_string(js, c);
        return;
    }
    js->unicode = js->unicode * 16 + g_ascii_xdigit_value(c);
    if (++js->unicode_digits < 4) {
        return;
    }
    code = js->unicode;
    js->lex = LEX_STRING;
    if (js->high_surrogate) {
        if (code < 0xdc00 || code > 0xdfff) {
            string_error(js, "invalid Unicode surrogate in string");
            return;
        }
        code =
            0x10000 + ((js->high_surrogate - 0xd800) << 10) + (code - 0xdc00);
        js->high_surrogate = 0;
    } else if (code >= 0xd800 && code <= 0xdbff) {
        js->high_surrogate = code;
        return;
    } else if (code >= 0xdc00 && code <= 0xdfff) {
        string_error(js, "invalid Unicode surrogate in string");
        return;
    }
    if (code == 0) {
        /* Strings end with a zero byte everywhere else. */
        string_error(js, "\\u0000 in string is not supported");
        return;
    }
    g_string_append_unichar(js->text, code);
}

/* The state after c in a number, or LEX_START if c is not part of it. */
static LexState number_next(LexState state, unsigned char c)
{
    bool digit = g_ascii_isdigit(c);
    bool exp = c == 'e' || c == 'E';

    switch (state) {
    case LEX_MINUS:
        return c == '0' ? LEX_ZERO : digit ? LEX_DIGITS : LEX_START;
    case LEX_ZERO:
        return c == '.' ? LEX_POINT : exp ? LEX_EXP : LEX_START;
    case LEX_DIGITS:
        return digit      ? LEX_DIGITS
               : c == '.' ? LEX_POINT
               : exp      ? LEX_EXP
                          : LEX_START;
    case LEX_POINT:
        return digit ? LEX_FRACTION : LEX_START;
    case LEX_FRACTION:
        return digit ? LEX_FRACTION : exp ? LEX_EXP : LEX_START;
    case LEX_EXP:
        return digit                  ? LEX_EXP_DIGITS
               : c == '+' || c == '-' ? LEX_EXP_SIGN
                                      : LEX_START;
    case LEX_EXP_SIGN:
    case LEX_EXP_DIGITS:
        return digit ? LEX_EXP_DIGITS : LEX_START;
    default:
        g_assert_not_reached();
    }
}

/* False: c was not eaten. */
static bool lex_number(JsonStream *js, unsigned char c)
{
    LexState next = number_next(js->lex, c);

    if (next != LEX_START) {
        js->lex = next;
        return true;
    }
    switch (js->lex) {
    case LEX_ZERO:
        if (g_ascii_isdigit(c)) {
            json_lexical_error(js); /* 01 */
            return true;
        }
        G_GNUC_FALLTHROUGH;
    case LEX_DIGITS:
    case LEX_FRACTION:
    case LEX_EXP_DIGITS:
        g_string_truncate(js->token, js->token->len - 1);
        lex_finish(js, json_parse_number);
        return false;
    default:
        json_lexical_error(js); /* "-", "1.", "1e" and then something else */
        return true;
    }
}

static void lex_start(JsonStream *js, unsigned char c)
{
    js->token_line = js->line;
    js->token_column = js->column;
    if (c == '{' && js->column == 1 && js->skipping) {
        json_value_reset(js);
    }
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        g_string_truncate(js->token, 0);
        return;
    case '{':
    case '[':
        json_parse_open(js, c);
        break;
    case '}':
    case ']':
        json_parse_close(js, c);
        break;
    case ':':
    case ',':
        json_parse_punctuation(js, c);
        break;
    case '"':
    case '\'':
        js->quote = c;
        js->lex = LEX_STRING;
        return;
    case '-':
        js->lex = LEX_MINUS;
        return;
    case '0':
        js->lex = LEX_ZERO;
        return;
    default:
        if (g_ascii_isdigit(c)) {
            js->lex = LEX_DIGITS;
        } else if (g_ascii_isalpha(c)) {
            js->lex = LEX_KEYWORD;
        } else {
            json_lexical_error(js);
        }
        return;
    }
    g_string_truncate(js->token, 0);
}

void json_lex_byte(JsonStream *js, unsigned char c)
{
    bool eaten = true;

    if (js->lex == LEX_START && js->stack->len == 0 && !js->skipping) {
        js->bytes = 0; /* space between values does not count */
    }
    if (++js->bytes > JSON_STREAM_MAX_BYTES) {
        if (!js->skipping) {
            json_limit_error(js, "token size");
        }
        json_lex_reset(js);
        js->bytes = 0;
    }
    do {
        if (js->lex != LEX_STRING || js->token->len < SHOWN_TOKEN) {
            g_string_append_c(js->token, c);
        }
        switch (js->lex) {
        case LEX_START:
            lex_start(js, c);
            eaten = true;
            break;
        case LEX_STRING:
            lex_string(js, c);
            break;
        case LEX_ESCAPE:
            lex_escape(js, c);
            break;
        case LEX_UNICODE:
            lex_unicode(js, c);
            break;
        case LEX_KEYWORD:
            eaten = g_ascii_isalpha(c);
            if (!eaten) {
                g_string_truncate(js->token, js->token->len - 1);
                lex_finish(js, json_parse_keyword);
            }
            break;
        default:
            eaten = lex_number(js, c);
            break;
        }
    } while (!eaten);
    js->column++;
    if (c == '\n') {
        js->line++;
        js->column = 1;
    }
}
