/*
 * Option arguments in both forms, and the values in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/option.h"

/* What the parser warns about, for one call. */
static GString *warnings;

static void collect(const char *text, void *opaque)
{
    g_string_append(warnings, text);
}

static json_t *parse(const char *params, const char *implied, bool *help,
                     Error **errp)
{
    json_t *root;

    g_string_truncate(warnings, 0);
    error_set_print_hook(collect, NULL);
    root = keyval_parse(params, implied, help, errp);
    error_set_print_hook(NULL, NULL);
    return root;
}

static void check(const char *params, const char *implied, const char *expect)
{
    json_t *root = parse(params, implied, NULL, &error_abort);
    json_t *want = json_loads(expect, 0, NULL);

    g_assert_nonnull(want);
    if (!json_equal(root, want)) {
        g_autofree char *got = json_dumps(root, 0);

        g_error("'%s' became %s, not %s", params, got, expect);
    }
    json_decref(root);
    json_decref(want);
}

static void check_fails(const char *params, const char *message)
{
    Error *err = NULL;

    g_assert_null(parse(params, "type", NULL, &err));
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
}

static void test_plain(void)
{
    check("", NULL, "{}");
    check("a=1", NULL, "{\"a\":\"1\"}");
    check("a=1,", NULL, "{\"a\":\"1\"}");
    check("a=", NULL, "{\"a\":\"\"}");
    check("a==", NULL, "{\"a\":\"=\"}");
    check("a=b=c,d=e", NULL, "{\"a\":\"b=c\",\"d\":\"e\"}");
    check("x-Y_9=1", NULL, "{\"x-Y_9\":\"1\"}");
    g_assert_cmpuint(warnings->len, ==, 0);
}

static void test_implied(void)
{
    check("tap,id=n0", "type", "{\"type\":\"tap\",\"id\":\"n0\"}");
    check("type=tap,id=n0", "type", "{\"type\":\"tap\",\"id\":\"n0\"}");
    check(",id=n0", "type", "{\"type\":\"\",\"id\":\"n0\"}");
    check("id=n0", "type", "{\"id\":\"n0\"}");
    check("/a/b.c", "file", "{\"file\":\"/a/b.c\"}");
    check("notap", "type", "{\"type\":\"notap\"}");
    g_assert_cmpuint(warnings->len, ==, 0);
}

static void test_commas(void)
{
    check("a=1,,2,b=3", NULL, "{\"a\":\"1,2\",\"b\":\"3\"}");
    check("a=,,", NULL, "{\"a\":\",\"}");
    check("a=,,,b=1", NULL, "{\"a\":\",\",\"b\":\"1\"}");
    check("a=x,,,,y", NULL, "{\"a\":\"x,,y\"}");
    check("tap,,", "type", "{\"type\":\"tap,\"}");
    check("t,,x,,", "type", "{\"type\":\"t,x,\"}");
    check("/a,,b,id=c", "path", "{\"path\":\"/a,b\",\"id\":\"c\"}");
}

static void test_flags(void)
{
    check("server,nowait,id=a", NULL,
          "{\"server\":\"on\",\"wait\":\"off\",\"id\":\"a\"}");
    g_assert_cmpstr(warnings->str, ==,
                    "warning: short-form boolean option 'server' deprecated\n"
                    "Please use server=on instead\n"
                    "warning: short-form boolean option 'nowait' deprecated\n"
                    "Please use wait=off instead\n");
    check("unix,server", "type", "{\"type\":\"unix\",\"server\":\"on\"}");
}

static void test_help(void)
{
    bool help = true;

    json_decref(parse("tap,id=a", "type", &help, &error_abort));
    g_assert_false(help);
    for (int i = 0; i < 4; i++) {
        static const char *const forms[] = { "help", "?", "tap,help",
                                             "tap,?,id=x" };
        static const size_t left[] = { 0, 0, 1, 2 };
        json_t *root = parse(forms[i], "type", &help, &error_abort);

        g_assert_true(help);
        g_assert_null(json_object_get(root, "help"));
        g_assert_cmpuint(json_object_size(root), ==, left[i]);
        json_decref(root);
        help = false;
    }
    /* As a value it is one. */
    json_decref(parse("a=help", "type", &help, &error_abort));
    g_assert_false(help);
    check("tap,help", "type", "{\"type\":\"tap\",\"help\":\"on\"}");
}

static void test_nested(void)
{
    check("a.b=1,a.c.d=2", NULL, "{\"a\":{\"b\":\"1\",\"c\":{\"d\":\"2\"}}}");
    check("l.0=x,l.1=y", NULL, "{\"l\":[\"x\",\"y\"]}");
    check("l.1.a=y,l.0.a=x", NULL, "{\"l\":[{\"a\":\"x\"},{\"a\":\"y\"}]}");
    check("l.0.0=x", NULL, "{\"l\":[[\"x\"]]}");
    check("addr=04.0", NULL, "{\"addr\":\"04.0\"}");
}

static void test_repeated(void)
{
    json_t *root;

    check("fwd=a,fwd=b,fwd=c", NULL, "{\"fwd\":[\"a\",\"b\",\"c\"]}");
    check("a.b=1,a.b=2", NULL, "{\"a\":{\"b\":[\"1\",\"2\"]}}");
    check("t,type=u", "type", "{\"type\":[\"t\",\"u\"]}");

    root = parse("id=a,id=b,x.y=1", NULL, NULL, &error_abort);
    g_assert_cmpstr(option_get_str(root, "id"), ==, "b");
    g_assert_null(option_get_str(root, "x"));
    g_assert_null(option_get_str(root, "none"));
    json_decref(root);
}

static void test_malformed(void)
{
    char deep[600] = "a";

    check_fails("t,=3", "Invalid parameter ''");
    check_fails("t,1x=3", "Invalid parameter '1x'");
    check_fails("t,0=3", "Invalid parameter '0'");
    check_fails("t,a b=3", "Invalid parameter 'a b'");
    check_fails("t,f$=2", "Invalid parameter 'f$'");
    check_fails("t,a..b=2", "Invalid parameter 'a..b'");
    check_fails("t,a.=2", "Invalid parameter 'a.'");
    check_fails("t,.a=2", "Invalid parameter '.a'");
    check_fails("t,a.00=2", "Invalid parameter 'a.00'");
    check_fails("t,no", "Invalid parameter ''");
    check_fails("t,a=1,a.b=2", "Parameters 'a.*' used inconsistently");
    check_fails("t,a.b=2,a=1", "Parameters 'a.*' used inconsistently");
    check_fails("t,a=1,a=2,a.b=2", "Parameters 'a.*' used inconsistently");
    check_fails("t,a.0=1,a.b=2", "Parameters 'a.*' used inconsistently");
    check_fails("t,a.1=1", "Parameter 'a.0' is missing");
    check_fails("t,a.b.0=1,a.b.2=1", "Parameter 'a.b.1' is missing");
    check_fails("t,a.999999999=1", "Parameter 'a.0' is missing");
    check_fails("t,a.99999999999999999999=1",
                "Invalid parameter 'a.99999999999999999999'");
    check_fails("t,p=\xff", "Parameter 'p' is not valid UTF-8");

    for (int i = 0; i < 200; i++) {
        strcat(deep, ".a");
    }
    strcat(deep, "=1");
    g_assert_null(parse(deep, NULL, NULL, NULL));
}

static void check_json_fails(const char *text, const char *pattern)
{
    Error *err = NULL;

    g_assert_null(json_parse_object(text, &err));
    if (!g_pattern_match_simple(pattern, error_get_pretty(err))) {
        g_error("'%s': '%s' does not match '%s'", text, error_get_pretty(err),
                pattern);
    }
    error_free(err);
}

static void test_json(void)
{
    json_t *root = json_parse_object(" {\"a\": {\"b\": [1, true, null]}} ",
                                     &error_abort);

    g_assert_cmpuint(json_object_size(root), ==, 1);
    json_decref(root);

    check_json_fails("{\"a\": }", "1:*: JSON parse error, *");
    check_json_fails("{", "1:*: JSON parse error, premature end of input");
    check_json_fails("", "1:*: JSON parse error, premature end of input");
    check_json_fails("{\n\"a\":1,\n\"a\":2}",
                     "3:*: JSON parse error, duplicate key");
    check_json_fails("{} x", "Expecting at most one JSON value");
    check_json_fails("[1]", "JSON object expected, got '?1?'");
    check_json_fails("7", "JSON object expected, got '7'");
    check_json_fails("{\"a\": \"\xff\"}", "1:*: JSON parse error, *");
}

static void test_either(void)
{
    bool help, keyval;
    json_t *root;

    root = option_parse("tap,id=a", "type", &help, &keyval, &error_abort);
    g_assert_true(keyval);
    json_decref(root);
    root = option_parse("{\"type\":\"tap\"}", "type", &help, &keyval,
                        &error_abort);
    g_assert_false(keyval);
    g_assert_false(help);
    g_assert_cmpstr(option_get_str(root, "type"), ==, "tap");
    json_decref(root);
}

static void test_bool(void)
{
    static const char *const on[] = { "on", "yes", "true", "y" };
    static const char *const off[] = { "off", "no", "false", "n" };
    static const char *const bad[] = { "", "1", "0", "ON", "onn", "tru", " on" };
    bool val;

    for (int i = 0; i < ARRAY_SIZE(on); i++) {
        val = false;
        g_assert_true(parse_option_bool("x", on[i], &val, &error_abort));
        g_assert_true(val);
        g_assert_true(parse_option_bool("x", off[i], &val, &error_abort));
        g_assert_false(val);
    }
    for (int i = 0; i < ARRAY_SIZE(bad); i++) {
        g_autoptr(Error) err = NULL;

        g_assert_false(parse_option_bool("x", bad[i], &val, &err));
        g_assert_cmpstr(error_get_pretty(err), ==,
                        "Parameter 'x' expects 'on' or 'off'");
    }
}

static void test_number(void)
{
    static const struct {
        const char *text;
        uint64_t val;
        const char *error;
    } cases[] = {
        { "0", 0 },
        { "42", 42 },
        { "0x10", 16 },
        { "0XfF", 255 },
        { "010", 8 },
        { "18446744073709551615", UINT64_MAX },
        { "0xffffffffffffffff", UINT64_MAX },
        { "18446744073709551616", 0,
          "Value '18446744073709551616' is too large for parameter 'n'" },
        { "-1", 0, "Parameter 'n' expects a number" },
        { "", 0, "Parameter 'n' expects a number" },
        { " 1", 0, "Parameter 'n' expects a number" },
        { "1 ", 0, "Parameter 'n' expects a number" },
        { "1x", 0, "Parameter 'n' expects a number" },
        { "0x", 0, "Parameter 'n' expects a number" },
        { "08", 0, "Parameter 'n' expects a number" },
        { "1e3", 0, "Parameter 'n' expects a number" },
    };

    for (int i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autoptr(Error) err = NULL;
        uint64_t val = 99;

        if (cases[i].error) {
            g_assert_false(parse_option_number("n", cases[i].text, &val,
                                               &err));
            g_assert_cmpstr(error_get_pretty(err), ==, cases[i].error);
        } else {
            g_assert_true(parse_option_number("n", cases[i].text, &val,
                                              &error_abort));
            g_assert_cmpuint(val, ==, cases[i].val);
        }
    }
}

static void test_strto(void)
{
    int64_t i;
    uint64_t u;

    g_assert_cmpint(qemu_strtoi64("-9223372036854775808", 10, &i), ==, 0);
    g_assert_cmpint(i, ==, INT64_MIN);
    g_assert_cmpint(qemu_strtoi64("9223372036854775807", 0, &i), ==, 0);
    g_assert_cmpint(i, ==, INT64_MAX);
    g_assert_cmpint(qemu_strtoi64("9223372036854775808", 0, &i), ==, -ERANGE);
    g_assert_cmpint(qemu_strtoi64("+5", 0, &i), ==, 0);
    g_assert_cmpint(qemu_strtoi64("", 0, &i), ==, -EINVAL);
    g_assert_cmpint(qemu_strtoi64("-", 0, &i), ==, -EINVAL);
    g_assert_cmpint(qemu_strtoi64("5k", 0, &i), ==, -EINVAL);
    g_assert_cmpint(qemu_strtoi64(NULL, 0, &i), ==, -EINVAL);
    g_assert_cmpint(qemu_strtou64("ff", 10, &u), ==, -EINVAL);
    g_assert_cmpint(qemu_strtou64("ff", 16, &u), ==, 0);
    g_assert_cmpuint(u, ==, 255);
    g_assert_cmpint(qemu_strtou64("-1", 0, &u), ==, -ERANGE);
    g_assert_cmpint(qemu_strtou64("-0", 0, &u), ==, 0);
    g_assert_cmpint(qemu_strtou64("0x10", 10, &u), ==, -EINVAL);
}

#define BAD_SIZE "Parameter 's' expects a non-negative number below 2^64"
#define BIG_SIZE(v) "Value '" v "' is out of range for parameter 's'"

static void test_size(void)
{
    static const struct {
        const char *text;
        char suffix;
        uint64_t val;
        const char *error;
    } cases[] = {
        { "0", 'B', 0 },
        { "1", 'B', 1 },
        { "1", 'M', MiB },
        { "1b", 'M', 1 },
        { "1B", 'M', 1 },
        { "1k", 'B', KiB },
        { "1K", 'B', KiB },
        { "3m", 'B', 3 * MiB },
        { "1G", 'B', GiB },
        { "2T", 'B', 2 * GiB * KiB },
        { "1P", 'B', GiB * MiB },
        { "15E", 'B', UINT64_C(15) << 60 },
        { "1.5G", 'B', 3 * GiB / 2 },
        { "0.5k", 'B', 512 },
        { ".5G", 'B', GiB / 2 },
        { "1.G", 'B', GiB },
        { "1.0625k", 'B', 1088 },
        { "0x10", 'B', 16 },
        { "0x10", 'M', 16 * MiB },
        { "18446744073709551615", 'B', UINT64_MAX },
        { "16E", 'B', 0, BIG_SIZE("16E") },
        { "18446744073709551616", 'B', 0, BIG_SIZE("18446744073709551616") },
        { "99999999999999G", 'B', 0, BIG_SIZE("99999999999999G") },
        { "0xffffffffffffffff", 'K', 0, BIG_SIZE("0xffffffffffffffff") },
        { "-1", 'B', 0, BIG_SIZE("-1") },
        { "1x", 'B', 0, BAD_SIZE },
        { "1kk", 'B', 0, BAD_SIZE },
        { "1 k", 'B', 0, BAD_SIZE },
        { " 1", 'B', 0, BAD_SIZE },
        { "", 'B', 0, BAD_SIZE },
        { "k", 'B', 0, BAD_SIZE },
        { ".", 'B', 0, BAD_SIZE },
        { ".k", 'B', 0, BAD_SIZE },
        { "1.5", 'B', 0, BAD_SIZE },
        { "1.5", 'M', 0, BAD_SIZE },
        { "1.5B", 'B', 0, BAD_SIZE },
        { "1..5G", 'B', 0, BAD_SIZE },
        { "0x10M", 'B', 0, BAD_SIZE },
        { "0x1.8M", 'B', 0, BAD_SIZE },
        { "0x", 'B', 0, BAD_SIZE },
        { "inf", 'B', 0, BAD_SIZE },
        { "1e3", 'B', 0, BAD_SIZE },
    };

    for (int i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autoptr(Error) err = NULL;
        uint64_t val = 99;
        bool ok = parse_option_size("s", cases[i].text, cases[i].suffix, &val,
                                    &err);

        if (cases[i].error) {
            g_assert_false(ok);
            g_assert_cmpstr(error_get_pretty(err), ==, cases[i].error);
        } else {
            g_assert_null(err);
            g_assert_true(ok);
            g_assert_cmpuint(val, ==, cases[i].val);
        }
    }
}

static void test_id(void)
{
    g_assert_true(id_wellformed("a"));
    g_assert_true(id_wellformed("net0.x-y_Z"));
    g_assert_false(id_wellformed(""));
    g_assert_false(id_wellformed("0a"));
    g_assert_false(id_wellformed("_a"));
    g_assert_false(id_wellformed("a b"));
    g_assert_false(id_wellformed("a/b"));
    g_assert_false(id_wellformed("\xc3\xa4"));
}

/* Whatever comes: no crash, no leak, and either an object or an error. */
static void test_random(void)
{
    static const char alphabet[] = "aab01..,,==no?-_ \xff{}";

    for (int round = 0; round < 50000; round++) {
        char text[24];
        int len = g_test_rand_int_range(0, sizeof(text));
        g_autoptr(Error) err = NULL;
        bool help;
        json_t *root;

        for (int i = 0; i < len; i++) {
            text[i] = alphabet[g_test_rand_int_range(0, sizeof(alphabet) - 1)];
        }
        text[MIN(len, (int)sizeof(text) - 1)] = '\0';
        root = parse(text, round & 1 ? "type" : NULL,
                     round & 2 ? &help : NULL, &err);
        g_assert_true(!root == !!err);
        json_decref(root);
    }
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    warnings = g_string_new(NULL);
    g_test_add_func("/util/option/plain", test_plain);
    g_test_add_func("/util/option/implied", test_implied);
    g_test_add_func("/util/option/commas", test_commas);
    g_test_add_func("/util/option/flags", test_flags);
    g_test_add_func("/util/option/help", test_help);
    g_test_add_func("/util/option/nested", test_nested);
    g_test_add_func("/util/option/repeated", test_repeated);
    g_test_add_func("/util/option/malformed", test_malformed);
    g_test_add_func("/util/option/json", test_json);
    g_test_add_func("/util/option/either", test_either);
    g_test_add_func("/util/option/bool", test_bool);
    g_test_add_func("/util/option/number", test_number);
    g_test_add_func("/util/option/strto", test_strto);
    g_test_add_func("/util/option/size", test_size);
    g_test_add_func("/util/option/id", test_id);
    g_test_add_func("/util/option/random", test_random);
    ret = g_test_run();
    g_string_free(warnings, TRUE);
    return ret;
}
