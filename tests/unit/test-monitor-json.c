/*
 * The monitor's JSON parser: every way to cut a text into pieces, values of
 * all kinds, mistakes and what comes after them, and the limits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/json-stream.h"

/* What came out, one value or "! MESSAGE" per line. */
static void collect(void *opaque, json_t *value, Error *err)
{
    GString *out = opaque;

    if (err) {
        g_assert_null(value);
        g_string_append_printf(out, "! %s\n", error_get_pretty(err));
        error_free(err);
    } else {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT |
                                           JSON_ENSURE_ASCII);

        g_string_append_printf(out, "%s\n", text);
        free(text);
        json_decref(value);
    }
}

/* Feeds text in pieces of `piece` bytes, the first one of `first`. */
static char *run(const char *text, size_t len, size_t first, size_t piece)
{
    GString *out = g_string_new(NULL);
    JsonStream *js = json_stream_new(collect, out);
    size_t n = first;

    for (size_t at = 0; at < len; at += n, n = piece) {
        n = MIN(n, len - at);
        json_stream_feed(js, text + at, n);
    }
    json_stream_free(js);
    return g_string_free(out, FALSE);
}

static void check_len(const char *text, size_t len, const char *expected)
{
    for (size_t first = 1; first <= len; first++) {
        g_autofree char *out = run(text, len, first, len);

        g_assert_cmpstr(out, ==, expected);
    }
    for (size_t piece = 1; piece < 4; piece++) {
        g_autofree char *out = run(text, len, piece, piece);

        g_assert_cmpstr(out, ==, expected);
    }
}

static void check(const char *text, const char *expected)
{
    check_len(text, strlen(text), expected);
}

static void test_values(void)
{
    check("{}", "{}\n");
    check("[]", "[]\n");
    check("1 ", "1\n");
    check("\"x\"", "\"x\"\n");
    check("null\ntrue\nfalse\n", "null\ntrue\nfalse\n");
    check(" {\"a\" : [ 1 , -2,{\"b\":null }, true,\tfalse\r\n]} ",
          "{\"a\":[1,-2,{\"b\":null},true,false]}\n");
    check("{'a':'b\"c','d':\"e'f\"}", "{\"a\":\"b\\\"c\",\"d\":\"e'f\"}\n");
    check("[0,-0,10,1.5,-0.25,1e3,1E+2,25e-1,9223372036854775807,"
          "-9223372036854775808]",
          "[0,0,10,1.5,-0.25,1000.0,100.0,2.5,9223372036854775807,"
          "-9223372036854775808]\n");
    /* Larger ones are no integers. */
    check("18446744073709551616 ", "1.8446744073709552e19\n");
}

static void test_strings(void)
{
    check("\"\\\"\\'\\\\\\/\\b\\f\\n\\r\\t\"",
          "\"\\\"'\\\\/\\b\\f\\n\\r\\t\"\n");
    check("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"",
          "\"A\\u00E9\\u20AC\\uD83D\\uDE00\"\n");
    check("\"\xc3\xa9\xf0\x9f\x98\x80\"", "\"\\u00E9\\uD83D\\uDE00\"\n");
    check("{\"\":\"\"}", "{\"\":\"\"}\n");
}

static void test_pipelined(void)
{
    check("{\"a\":1}{\"b\":2}[]\n\n{\"c\":3}\r\n",
          "{\"a\":1}\n{\"b\":2}\n[]\n{\"c\":3}\n");
    check("{\"a\":\n1\n}\n{\n\"b\":2}", "{\"a\":1}\n{\"b\":2}\n");
}

#define E(where, what) "! " where ": JSON parse error, " what "\n"

static void test_syntax_errors(void)
{
    /* One report each, and the next value is not lost. */
    check("garbage\n{}", E("1:1", "invalid keyword 'garbage'") "{}\n");
    check("{\"a\":}\n{}", E("1:6", "expecting value") "{}\n");
    check("}\n{}", E("1:1", "expecting value") "{}\n");
    check("]{}", E("1:1", "expecting value") "{}\n");
    check("[}\n{}", E("1:2", "expecting value") "{}\n");
    check("{]{}", E("1:2", "expecting key") "{}\n");
    check("{\"a\":1,}{}", E("1:8", "expecting key") "{}\n");
    check("[1,2,]{}", E("1:6", "expecting value") "{}\n");
    check("[,]{}", E("1:2", "expecting value") "{}\n");
    check("{1:2}{}", E("1:2", "expecting key") "{}\n");
    check("{{}:2}{}", E("1:2", "expecting key") "{}\n");
    check("{\"a\" 1}{}", E("1:6", "expecting ':'") "{}\n");
    check("{\"a\"}{}", E("1:5", "expecting ':'") "{}\n");
    check("{\"a\":1 \"b\":[{}]}{}", E("1:8", "expected ',' or '}'") "{}\n");
    check("[1 2 [3]]{}", E("1:4", "expected ',' or ']'") "{}\n");
    check("[1:2]{}", E("1:3", "expected ',' or ']'") "{}\n");
    check("{\"a\":1,\"a\":2}{}", E("1:8", "duplicate key") "{}\n");
    check("{\"a\":tru}{}", E("1:6", "invalid keyword 'tru'") "{}\n");
    check("truefalse {}", E("1:1", "invalid keyword 'truefalse'") "{}\n");
    check(":{}", E("1:1", "expecting value") "{}\n");
    check("[1e999,[\"x\"]]{}", E("1:2", "number out of range") "{}\n");
    check("{\"a\":{\"b\":[1,{\"c\":x}]},\"d\":[]}{}",
          E("1:19", "invalid keyword 'x'") "{}\n");
}

static void test_string_errors(void)
{
    check("[\"\\x\", \"}\"]{}",
          E("1:2", "invalid escape sequence in string") "{}\n");
    check("[\"\\u12g4\"]{}",
          E("1:2", "invalid escape sequence in string") "{}\n");
    check("[\"\\u12\"]{}",
          E("1:2", "invalid escape sequence in string") "{}\n");
    check("\"\\u12\"{}", E("1:1", "invalid escape sequence in string") "{}\n");
    check("[\"a\\u0000b\"]{}",
          E("1:2", "\\u0000 in string is not supported") "{}\n");
    check("[\"\\ud800x\"]{}",
          E("1:2", "invalid Unicode surrogate in string") "{}\n");
    check("[\"\\ud800\"]{}",
          E("1:2", "invalid Unicode surrogate in string") "{}\n");
    check("[\"\\ud800\\u0041\"]{}",
          E("1:2", "invalid Unicode surrogate in string") "{}\n");
    check("[\"\\udc00\"]{}",
          E("1:2", "invalid Unicode surrogate in string") "{}\n");
    check("[\"\xc3(\"]{}", E("1:2", "invalid UTF-8 sequence in string") "{}\n");
    check("\"\xed\xa0\x80\"{}",
          E("1:1", "invalid UTF-8 sequence in string") "{}\n");
    check("{\"\\q\":1}{}",
          E("1:2", "invalid escape sequence in string") "{}\n");
}

static void test_lexical_errors(void)
{
    check("\xff{}", E("1:1", "stray '\xef\xbf\xbd'") "{}\n");
    check("{\"a\":\xff{}", E("1:6", "stray '\xef\xbf\xbd'") "{}\n");
    check("[1,2\xff[3]", E("1:5", "stray '\xef\xbf\xbd'") "[3]\n");
    check("[\"abc\n{}", E("1:2", "stray '\"abc\n'") "{}\n");
    check("/{}", E("1:1", "stray '/'") "{}\n");
    check("[01]{}", E("1:2", "stray '01'") E("1:4", "expecting value") "{}\n");
    check("- {}", E("1:1", "stray '- '") "{}\n");
    check("1. {}", E("1:1", "stray '1. '") "{}\n");
    check("1e+ {}", E("1:1", "stray '1e+ '") "{}\n");
    check("%d ", E("1:1", "stray '%'") E("1:2", "invalid keyword 'd'"));
    check_len("\0{}", 3, E("1:1", "stray '\xef\xbf\xbd'") "{}\n");
}

static void test_resync(void)
{
    /* A value that is never closed ends where a line starts with '{'. */
    check("{\"a\":[1 2 [ {\n{\"b\":1}\n",
          E("1:9", "expected ',' or ']'") "{\"b\":1}\n");
    check("{\"a\":1\n{\"b\":2}\n{\"c\":3}\n",
          E("2:1", "expected ',' or '}'") "{\"b\":2}\n{\"c\":3}\n");
    check("[\n{\"a\":1},\n{\"b\":2}\n]", "[{\"a\":1},{\"b\":2}]\n");
}

static void test_depth(void)
{
    GString *text = g_string_new(NULL);
    g_autofree char *out = NULL;
    g_autofree char *bad = NULL;

    for (int i = 0; i < JSON_STREAM_MAX_DEPTH; i++) {
        g_string_append_c(text, '[');
    }
    for (int i = 0; i < JSON_STREAM_MAX_DEPTH; i++) {
        g_string_append_c(text, ']');
    }
    g_string_append(text, "7 ");
    out = run(text->str, text->len, 100, 100);
    g_assert_false(g_str_has_prefix(out, "!"));
    g_assert_true(g_str_has_suffix(out, "]\n7\n"));

    g_string_prepend_c(text, '[');
    g_string_insert_c(text, text->len - 2, ']');
    bad = run(text->str, text->len, 100, 100);
    g_assert_cmpstr(bad, ==, "! JSON nesting depth limit exceeded\n7\n");
    g_string_free(text, TRUE);
}

static void test_deep_garbage(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    JsonStream *js = json_stream_new(collect, out);

    for (int i = 0; i < 1000000; i++) {
        json_stream_feed(js, i % 2 ? "{\"a\":" : "[", i % 2 ? 5 : 1);
    }
    json_stream_feed(js, "\n{\"x\":1}\n", 9);
    json_stream_free(js);
    g_assert_cmpstr(out->str, ==,
                    "! JSON nesting depth limit exceeded\n{\"x\":1}\n");
}

static void test_size(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    JsonStream *js = json_stream_new(collect, out);
    g_autofree char *block = g_malloc(MiB);
    const char *after = "\"}\n{\"x\":1}\n";

    memset(block, 'a', MiB);
    json_stream_feed(js, "{\"s\":\"", 6);
    for (size_t i = 0; i < 5 * JSON_STREAM_MAX_BYTES / MiB; i++) {
        json_stream_feed(js, block, MiB);
    }
    json_stream_feed(js, after, strlen(after));
    json_stream_free(js);
    g_assert_true(
        g_str_has_prefix(out->str, "! JSON token size limit exceeded\n"));
    g_assert_true(g_str_has_suffix(out->str, "{\"x\":1}\n"));
    /* Nothing of what was skipped is reported or kept. */
    g_assert_cmpuint(out->len, <, 200);
}

static void test_count(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    JsonStream *js = json_stream_new(collect, out);

    json_stream_feed(js, "[0", 2);
    for (unsigned i = 0; i < 2 * JSON_STREAM_MAX_VALUES; i++) {
        json_stream_feed(js, ",0", 2);
    }
    json_stream_feed(js, "]{\"x\":1}\n", 9);
    json_stream_free(js);
    g_assert_cmpstr(out->str, ==,
                    "! JSON token count limit exceeded\n{\"x\":1}\n");
}

/* Anything at all: no crash, and a line later it works again. */
static void test_random(void)
{
    static const char alphabet[] =
        "{}[]:,\"'\\u0123456789eE+-.truefalsn \n\xff";
    const char *after = "\n{\"x\":1}\n";

    for (int round = 0; round < 2000; round++) {
        g_autoptr(GString) out = g_string_new(NULL);
        JsonStream *js = json_stream_new(collect, out);

        for (int i = 0; i < 200; i++) {
            char c = round % 2
                         ? g_test_rand_int_range(0, 256)
                         : alphabet[g_test_rand_int_range(0, sizeof(alphabet))];

            json_stream_feed(js, &c, 1);
        }
        /* The first line may end an open string. */
        json_stream_feed(js, after, strlen(after));
        json_stream_feed(js, after, strlen(after));
        json_stream_free(js);
        g_assert_true(g_str_has_suffix(out->str, "{\"x\":1}\n"));
    }
}

static void test_reset(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    JsonStream *js = json_stream_new(collect, out);

    json_stream_feed(js, "\n{\"a\":[\"x", 9);
    json_stream_reset(js);
    json_stream_feed(js, "{}]", 3);
    json_stream_free(js);
    g_assert_cmpstr(out->str, ==, "{}\n" E("1:3", "expecting value"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/values", test_values);
    g_test_add_func("/json/strings", test_strings);
    g_test_add_func("/json/pipelined", test_pipelined);
    g_test_add_func("/json/syntax-errors", test_syntax_errors);
    g_test_add_func("/json/string-errors", test_string_errors);
    g_test_add_func("/json/lexical-errors", test_lexical_errors);
    g_test_add_func("/json/resync", test_resync);
    g_test_add_func("/json/depth", test_depth);
    g_test_add_func("/json/deep-garbage", test_deep_garbage);
    g_test_add_func("/json/size", test_size);
    g_test_add_func("/json/count", test_count);
    g_test_add_func("/json/random", test_random);
    g_test_add_func("/json/reset", test_reset);
    return g_test_run();
}
