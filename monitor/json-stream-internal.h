/*
 * The two machines of the JSON parser: json-lexer.c makes tokens of bytes,
 * json-stream.c makes values of tokens.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MONITOR_JSON_STREAM_INTERNAL_H
#define MONITOR_JSON_STREAM_INTERNAL_H

#include "monitor/json-stream.h"

typedef enum LexState {
    LEX_START,
    LEX_STRING,
    LEX_ESCAPE,  /* after a backslash */
    LEX_UNICODE, /* in the four digits of \u */
    LEX_KEYWORD,
    LEX_MINUS, /* numbers, by what came last */
    LEX_ZERO,
    LEX_DIGITS,
    LEX_POINT,
    LEX_FRACTION,
    LEX_EXP,
    LEX_EXP_SIGN,
    LEX_EXP_DIGITS,
} LexState;

/* What the parser accepts next. */
typedef enum Expect {
    EXPECT_VALUE,
    EXPECT_FIRST,     /* after '[': a value or ']' */
    EXPECT_FIRST_KEY, /* after '{': a key or '}' */
    EXPECT_KEY,       /* after ',' in an object */
    EXPECT_COLON,
    EXPECT_SEPARATOR, /* ',' or the end of the container */
} Expect;

typedef struct Container {
    json_t *value; /* owned by the one around it; the outermost by us */
    char *key;     /* object: of the member being read */
} Container;

struct JsonStream {
    JsonStreamEmit *emit;
    void *opaque;

    LexState lex;
    GString *token;  /* as written: numbers, keywords, starts of strings */
    GString *text;   /* string contents */
    bool bad_string; /* an error was reported; the rest is skipped */
    char quote;
    unsigned unicode; /* \u: value so far */
    int unicode_digits;
    unsigned high_surrogate; /* waits for its second half, else 0 */
    unsigned line, column;   /* of the next byte, from 1 */
    unsigned token_line, token_column;

    Expect expect;
    GArray *stack; /* of Container */
    size_t bytes;  /* of the value being read */
    unsigned values;
    bool skipping; /* after a syntax error */
    unsigned skip_depth;
};

/* The lexer. */
void json_lex_byte(JsonStream *js, unsigned char c);
void json_lex_reset(JsonStream *js);

/* Tokens for the parser, and what can be wrong with them. */
void json_parse_open(JsonStream *js, char c);
void json_parse_close(JsonStream *js, char c);
void json_parse_punctuation(JsonStream *js, char c);
void json_parse_string(JsonStream *js);
void json_parse_number(JsonStream *js);
void json_parse_keyword(JsonStream *js);
/* A value that cannot be: skips to its end. */
void json_syntax_error(JsonStream *js, const char *message);
/* Something that is no token: all that was read is worthless. */
void json_lexical_error(JsonStream *js);
void json_limit_error(JsonStream *js, const char *what);
/* Ready for a new top-level value. */
void json_value_reset(JsonStream *js);

#endif
