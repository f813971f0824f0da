/*
 * What the QAPI generator makes, from a schema with one of everything:
 * structures, unions, alternates, lists, events, marshalling, introspection;
 * read strictly and from the command line's strings, written, and freed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qapi/qapi-commands.h"
#include "qapi/qapi-events-test-schema.h"
#include "qapi/qapi-introspect.h"

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_DECODE_ANY, &error);

    if (!json) {
        g_error("%s: %s", text, error.text);
    }
    return json;
}

#define assert_json(json, text) \
    do { \
        json_t *expected_ = parse(text); \
        if (!json_equal(json, expected_)) { \
            g_error("line %d: got %s, expected %s", __LINE__, \
                    json_dumps(json, JSON_ENCODE_ANY), text); \
        } \
        json_decref(expected_); \
    } while (0)

static void assert_error(Error *err, const char *message)
{
    g_assert_nonnull(err);
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
}

/* Reads text into a T and writes it again. */
#define round_trip(T, in, out) \
    do { \
        json_t *json_ = parse(in); \
        Visitor *v_ = visitor_new_input(json_, false); \
        T *obj_ = NULL; \
        g_assert_true(visit_type_##T(v_, NULL, &obj_, &error_abort)); \
        visitor_free(v_); \
        json_decref(json_); \
        v_ = visitor_new_output(); \
        g_assert_true(visit_type_##T(v_, NULL, &obj_, &error_abort)); \
        json_ = visitor_complete(v_); \
        visitor_free(v_); \
        assert_json(json_, out); \
        json_decref(json_); \
        qapi_free_##T(obj_); \
    } while (0)

#define fails(T, keyval, in, message) \
    do { \
        json_t *json_ = parse(in); \
        Visitor *v_ = visitor_new_input(json_, keyval); \
        T *obj_ = (T *)1; \
        Error *err_ = NULL; \
        g_assert_false(visit_type_##T(v_, NULL, &obj_, &err_)); \
        g_assert_null(obj_); \
        assert_error(err_, message); \
        visitor_free(v_); \
        json_decref(json_); \
    } while (0)

static void test_round_trip(void)
{
#define SAME(T, text) round_trip(T, text, text)
    SAME(Empty, "{}");
    SAME(Numbers, "{}");
    SAME(Numbers, "{\"i8\":-128,\"i16\":-32768,\"i32\":-2147483648,"
                  "\"i64\":-9223372036854775808,\"u8\":255,\"u16\":65535,"
                  "\"u32\":4294967295,\"u64\":9223372036854775807,\"i\":1,"
                  "\"sz\":4096,\"d\":2.5}");
    SAME(Outer, "{\"name\":\"\"}");
    SAME(Outer, "{\"name\":\"a\",\"color\":\"dark-green\",\"static\":true,"
                "\"inner\":{\"name\":\"b\",\"color\":\"red\"},"
                "\"list\":[{\"name\":\"c\"},{\"name\":\"d\"}],\"ints\":[],"
                "\"colors\":[\"blue\",\"red\"],"
                "\"lists\":[{\"name\":\"e\",\"lists\":[]}],"
                "\"anything\":{\"x\":[null,1,{}]}}");
    SAME(Form, "{\"shape\":\"round\",\"radius\":3}");
    SAME(Form, "{\"shape\":\"square\",\"id\":\"q\",\"side\":3,"
               "\"label\":\"\\u00e9\"}");
    SAME(Form, "{\"shape\":\"flat\"}");
    SAME(Mixture, "{\"list\":[\"s\",1,true,{\"name\":\"n\"},null]}");
    SAME(Mixture, "{\"m\":null}");
    SAME(MixedList, "[]");
#undef SAME
}

static void test_fields(void)
{
    json_t *json = parse("{\"name\":\"a\",\"static\":true,\"ints\":[7,8],"
                         "\"color\":\"blue\"}");
    g_autoptr(Visitor) v = visitor_new_input(json, false);
    g_autoptr(Outer) o = NULL;

    json_decref(json);
    g_assert_true(visit_type_Outer(v, NULL, &o, &error_abort));
    g_assert_cmpstr(qapi_Outer_base(o)->name, ==, "a");
    g_assert_true(o->has_static && o->q_static);
    g_assert_true(o->has_color);
    g_assert_cmpint(o->color, ==, COL_BLUE);
    g_assert_cmpstr(Color_str(o->color), ==, "blue");
    g_assert_null(o->inner);
    g_assert_true(o->has_ints && !o->has_list);
    g_assert_cmpint(o->ints->value, ==, 7);
    g_assert_cmpint(o->ints->next->value, ==, 8);
    g_assert_null(o->ints->next->next);
}

static void test_strict_errors(void)
{
    fails(Outer, false, "{}", "Parameter 'name' is missing");
    fails(Outer, false, "[]",
          "Invalid parameter type for 'null', expected: "
          "object");
    fails(Outer, false, "{\"name\":1}",
          "Invalid parameter type for 'name', expected: string");
    fails(Outer, false, "{\"name\":\"a\",\"b\":1,\"c\":2}",
          "Parameter 'b' is unexpected");
    fails(Outer, false, "{\"name\":\"a\",\"color\":\"pink\"}",
          "Parameter 'color' does not accept value 'pink'");
    fails(Outer, false, "{\"name\":\"a\",\"color\":1}",
          "Invalid parameter type for 'color', expected: string");
    fails(Outer, false, "{\"name\":\"a\",\"static\":\"on\"}",
          "Invalid parameter type for 'static', expected: boolean");
    fails(Outer, false, "{\"name\":\"a\",\"inner\":{}}",
          "Parameter 'inner.name' is missing");
    fails(Outer, false, "{\"name\":\"a\",\"inner\":[]}",
          "Invalid parameter type for 'inner', expected: object");
    fails(Outer, false, "{\"name\":\"a\",\"list\":{}}",
          "Invalid parameter type for 'list', expected: array");
    fails(Outer, false, "{\"name\":\"a\",\"list\":[{\"name\":\"b\"},5]}",
          "Invalid parameter type for 'list[1]', expected: object");
    fails(Outer, false, "{\"name\":\"a\",\"list\":[{\"name\":\"b\",\"x\":1}]}",
          "Parameter 'list[0].x' is unexpected");
    fails(Outer, false, "{\"name\":\"a\",\"ints\":[1,\"2\"]}",
          "Invalid parameter type for 'ints[1]', expected: integer");
    fails(Outer, false, "{\"name\":\"a\",\"colors\":[\"red\",\"x\"]}",
          "Parameter 'colors[1]' does not accept value 'x'");
    fails(Outer, false,
          "{\"name\":\"a\",\"lists\":[{\"name\":\"b\","
          "\"lists\":[{\"name\":\"c\",\"inner\":{\"name\":null}}]}]}",
          "Invalid parameter type for 'lists[0].lists[0].inner.name', "
          "expected: string");
}

static void test_number_errors(void)
{
    fails(Numbers, false, "{\"i8\":128}", "Parameter 'i8' expects int8_t");
    fails(Numbers, false, "{\"i8\":-129}", "Parameter 'i8' expects int8_t");
    fails(Numbers, false, "{\"i16\":32768}", "Parameter 'i16' expects int16_t");
    fails(Numbers, false, "{\"i32\":2147483648}",
          "Parameter 'i32' expects int32_t");
    fails(Numbers, false, "{\"u8\":256}", "Parameter 'u8' expects uint8_t");
    fails(Numbers, false, "{\"u8\":-1}", "Parameter 'u8' expects uint8_t");
    fails(Numbers, false, "{\"u16\":65536}",
          "Parameter 'u16' expects uint16_t");
    fails(Numbers, false, "{\"u32\":4294967296}",
          "Parameter 'u32' expects uint32_t");
    fails(Numbers, false, "{\"u64\":1.5}", "Parameter 'u64' expects uint64");
    fails(Numbers, false, "{\"sz\":\"1k\"}", "Parameter 'sz' expects uint64");
    fails(Numbers, false, "{\"i\":1.5}",
          "Invalid parameter type for 'i', expected: integer");
    fails(Numbers, false, "{\"d\":\"1\"}",
          "Invalid parameter type for 'd', expected: number");
}

static void test_union_errors(void)
{
    fails(Form, false, "{}", "Parameter 'shape' is missing");
    fails(Form, false, "{\"shape\":\"oval\"}",
          "Parameter 'shape' does not accept value 'oval'");
    fails(Form, false, "{\"shape\":\"round\"}",
          "Parameter 'radius' is missing");
    fails(Form, false, "{\"shape\":\"round\",\"radius\":1,\"side\":1}",
          "Parameter 'side' is unexpected");
    fails(Form, false, "{\"shape\":\"flat\",\"radius\":1}",
          "Parameter 'radius' is unexpected");
    fails(Mixture, false, "{\"m\":[]}",
          "Invalid parameter type for 'm', expected: string or number or "
          "boolean or object or null");
    fails(Mixture, false, "{\"list\":[1,{}]}",
          "Parameter 'list[1].name' is missing");
}

static void test_keyval(void)
{
    json_t *json = parse("{\"name\":[\"x\",\"a\"],\"static\":\"on\","
                         "\"inner\":{\"name\":\"b\"},\"ints\":\"0x10\","
                         "\"colors\":[\"red\",\"blue\"],"
                         "\"lists\":{\"0\":{\"name\":\"c\"},"
                         "\"1\":{\"name\":\"d\"}}}");
    g_autoptr(Visitor) v = visitor_new_input(json, true);
    g_autoptr(Visitor) out = visitor_new_output();
    g_autoptr(Outer) o = NULL;

    json_decref(json);
    g_assert_true(visit_type_Outer(v, NULL, &o, &error_abort));
    visit_type_Outer(out, NULL, &o, &error_abort);
    json = visitor_complete(out);
    assert_json(json, "{\"name\":\"a\",\"static\":true,"
                      "\"inner\":{\"name\":\"b\"},\"ints\":[16],"
                      "\"colors\":[\"red\",\"blue\"],"
                      "\"lists\":[{\"name\":\"c\"},{\"name\":\"d\"}]}");
    json_decref(json);
}

static void test_keyval_numbers(void)
{
    json_t *json = parse("{\"i8\":\"-0x80\",\"u8\":\"0377\",\"u64\":"
                         "\"0x7fffffffffffffff\",\"sz\":\"1.5k\","
                         "\"d\":\"1e3\"}");
    g_autoptr(Visitor) v = visitor_new_input(json, true);
    g_autoptr(Numbers) n = NULL;

    json_decref(json);
    g_assert_true(visit_type_Numbers(v, NULL, &n, &error_abort));
    g_assert_cmpint(n->i8, ==, -128);
    g_assert_cmpint(n->u8, ==, 255);
    g_assert_cmpuint(n->u64, ==, INT64_MAX);
    g_assert_cmpuint(n->sz, ==, 1536);
    g_assert_cmpfloat(n->d, ==, 1000);
    g_assert_false(n->has_i16);
}

static void test_keyval_errors(void)
{
    fails(Outer, true, "{\"name\":\"a\",\"static\":\"maybe\"}",
          "Parameter 'static' expects 'on' or 'off'");
    fails(Outer, true, "{\"name\":\"a\",\"inner\":{\"nome\":\"b\"}}",
          "Parameter 'inner.name' is missing");
    fails(Outer, true,
          "{\"name\":\"a\",\"inner\":{\"name\":\"b\","
          "\"x\":\"1\"}}",
          "Parameter 'inner.x' is unexpected");
    fails(Outer, true, "{\"name\":\"a\",\"lists\":{\"1\":{}}}",
          "Parameter 'lists.0' is missing");
    fails(Outer, true, "{\"name\":\"a\",\"ints\":[\"1\",\"z\"]}",
          "Parameter 'ints.1' expects integer");
    fails(Numbers, true, "{\"i\":\"\"}", "Parameter 'i' expects integer");
    fails(Numbers, true, "{\"i\":\"99999999999999999999\"}",
          "Parameter 'i' expects integer");
    fails(Numbers, true, "{\"u8\":\"256\"}", "Parameter 'u8' expects uint8_t");
    fails(Numbers, true, "{\"u32\":\"-1\"}",
          "Parameter 'u32' expects uint32_t");
    fails(Numbers, true, "{\"u64\":\"1x\"}", "Parameter 'u64' expects integer");
    fails(Numbers, true, "{\"sz\":\"1q\"}", "Parameter 'sz' expects a size value");
    fails(Numbers, true, "{\"d\":\"1x\"}", "Parameter 'd' expects number");
}

static void opts_fails(const char *in, const char *message)
{
    json_t *json = parse(in);
    g_autoptr(Visitor) v = visitor_new_input_opts(json);
    Numbers *n = NULL;
    Error *err = NULL;

    json_decref(json);
    g_assert_false(visit_type_Numbers(v, NULL, &n, &err));
    assert_error(err, message);
}

static void test_opts_errors(void)
{
    opts_fails("{\"x\":\"1\"}", "Invalid parameter 'x'");
    opts_fails("{\"i\":\"x\"}", "Parameter 'i' expects an int64 value");
    opts_fails("{\"u32\":\"-1\"}", "Parameter 'u32' expects a uint64 value");
    opts_fails("{\"u32\":\"4294967296\"}", "Parameter 'u32' expects uint32_t");
    opts_fails("{\"sz\":\"x\"}", "Parameter 'sz' expects a size value");
}

/* ---------------------------------------------------------------- events */

static GString *emitted;

static void collect(const char *event, json_t *data)
{
    char *text = data ? json_dumps(data, JSON_SORT_KEYS) : NULL;

    g_string_append_printf(emitted, "%s %s\n", event, text ? text : "-");
    free(text);
    json_decref(data);
}

static void test_events(void)
{
    intList two = {.value = 2}, one = {.next = &two, .value = 1};
    Form form = {.shape = SHAPE_ROUND, .u.round.radius = 9};

    qapi_event_send_bare(); /* nobody listens: dropped */
    emitted = g_string_new(NULL);
    qapi_event_set_emitter(collect);
    qapi_event_send_bare();
    qapi_event_send_full("me", NULL, false, 0, COL_RED, NULL);
    qapi_event_send_full("me", "so", true, -3, COL_DARK_GREEN, &one);
    qapi_event_send_boxed(&form);
    qapi_event_set_emitter(NULL);
    g_assert_cmpstr(
        emitted->str, ==,
        "BARE -\n"
        "FULL {\"color\": \"red\", \"list\": [], \"who\": \"me\"}\n"
        "FULL {\"color\": \"dark-green\", \"list\": [1, 2], \"n\": -3, "
        "\"who\": \"me\", \"why\": \"so\"}\n"
        "BOXED {\"radius\": 9, \"shape\": \"round\"}\n");
    g_string_free(emitted, TRUE);
}

/* -------------------------------------------------------------- commands */

static int nothing_calls;

void qmp_nothing(Error **errp)
{
    nothing_calls++;
}

int64_t qmp_add(int64_t a, bool has_b, int64_t b, Error **errp)
{
    if (a < 0) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "no %d", (int)a);
    }
    return a + (has_b ? b : 1000);
}

InnerList *qmp_paint(Form *arg, Error **errp)
{
    InnerList *list = NULL, **tail = &list;

    for (unsigned i = 0; i < arg->u.round.radius; i++) {
        Inner *inner = g_new0(Inner, 1);

        inner->name = g_strdup_printf("%s%u", arg->id ? arg->id : "", i);
        QAPI_LIST_APPEND(tail, inner);
    }
    return list;
}

void qmp_raw(json_t *args, json_t **ret, Error **errp)
{
    *ret = json_incref(args);
}

json_t *qmp_names(bool has_names, strList *names, Error **errp)
{
    return has_names ? json_string(names ? names->value : "empty")
                     : json_integer(0);
}

static json_t *call(const char *name, const char *args, Error **errp)
{
    json_t *json = parse(args), *ret = NULL;

    for (unsigned i = 0; i < qmp_commands_count; i++) {
        if (!strcmp(qmp_commands[i].name, name)) {
            qmp_commands[i].fn(json, &ret, errp);
        }
    }
    json_decref(json);
    return ret;
}

static void check_call(const char *name, const char *args, const char *ret)
{
    json_t *json = call(name, args, &error_abort);

    if (!ret) {
        g_assert_null(json);
    } else {
        assert_json(json, ret);
    }
    json_decref(json);
}

static void check_bad_call(const char *name, const char *args,
                           const char *message)
{
    Error *err = NULL;

    g_assert_null(call(name, args, &err));
    assert_error(err, message);
}

static void test_commands(void)
{
    check_call("nothing", "{}", NULL);
    g_assert_cmpint(nothing_calls, ==, 1);
    check_bad_call("nothing", "{\"x\":1}", "Parameter 'x' is unexpected");
    g_assert_cmpint(nothing_calls, ==, 1);
    check_call("add", "{\"a\":1}", "1001");
    check_call("add", "{\"a\":1,\"b\":2}", "3");
    check_bad_call("add", "{\"b\":2}", "Parameter 'a' is missing");
    check_bad_call("add", "{\"a\":-1}", "no -1");
    check_call("paint", "{\"shape\":\"round\",\"radius\":2,\"id\":\"i\"}",
               "[{\"name\":\"i0\"},{\"name\":\"i1\"}]");
    check_call("paint", "{\"shape\":\"round\",\"radius\":0}", "[]");
    check_bad_call("paint", "{\"shape\":\"round\"}",
                   "Parameter 'radius' is missing");
    check_call("raw", "{\"any\":[1]}", "{\"any\":[1]}");
    check_call("names", "{}", "0");
    check_call("names", "{\"names\":[]}", "\"empty\"");
    check_call("names", "{\"names\":[\"n\",\"m\"]}", "\"n\"");
    for (unsigned i = 1; i < qmp_commands_count; i++) {
        g_assert_cmpstr(qmp_commands[i - 1].name, <, qmp_commands[i].name);
    }
}

/* --------------------------------------------------------- introspection */

static json_t *entity(json_t *schema, const char *name)
{
    json_t *e;
    size_t i;

    json_array_foreach (schema, i, e) {
        if (!strcmp(json_string_value(json_object_get(e, "name")), name)) {
            return e;
        }
    }
    g_error("no entity '%s'", name);
}

static json_t *arg_type(json_t *schema, const char *name)
{
    json_t *type = json_object_get(entity(schema, name), "arg-type");

    return entity(schema, json_string_value(type));
}

static void test_introspection(void)
{
    json_t *schema = json_array();
    json_t *e, *type;

    for (const char *const *t = qapi_schema_entities; *t; t++) {
        json_array_append_new(schema, parse(*t));
    }
    e = entity(schema, "nothing");
    assert_json(json_object_get(e, "meta-type"), "\"command\"");
    assert_json(json_object_get(arg_type(schema, "nothing"), "members"), "[]");
    assert_json(json_object_get(entity(schema, "add"), "ret-type"), "\"int\"");
    assert_json(json_object_get(arg_type(schema, "add"), "members"),
                "[{\"name\":\"a\",\"type\":\"int\"},"
                "{\"name\":\"b\",\"type\":\"int\",\"default\":null}]");
    assert_json(json_object_get(entity(schema, "int"), "json-type"), "\"int\"");
    assert_json(json_object_get(entity(schema, "paint"), "features"),
                "[\"unstable\"]");
    assert_json(json_object_get(arg_type(schema, "names"), "members"),
                "[{\"name\":\"names\",\"type\":\"[str]\",\"default\":null,"
                "\"features\":[\"deprecated\"]}]");
    assert_json(json_object_get(entity(schema, "[str]"), "element-type"),
                "\"str\"");
    type = arg_type(schema, "paint");
    assert_json(json_object_get(type, "tag"), "\"shape\"");
    g_assert_cmpint(json_array_size(json_object_get(type, "variants")), ==, 3);
    /* A type nobody can meet is not told. */
    for (size_t i = 0; i < json_array_size(schema); i++) {
        e = json_array_get(schema, i);
        g_assert_cmpstr(json_string_value(json_object_get(e, "name")), !=,
                        "Outer");
    }
    assert_json(json_object_get(entity(schema, "BARE"), "meta-type"),
                "\"event\"");
    json_decref(schema);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qapi/round-trip", test_round_trip);
    g_test_add_func("/qapi/fields", test_fields);
    g_test_add_func("/qapi/strict-errors", test_strict_errors);
    g_test_add_func("/qapi/number-errors", test_number_errors);
    g_test_add_func("/qapi/union-errors", test_union_errors);
    g_test_add_func("/qapi/keyval", test_keyval);
    g_test_add_func("/qapi/keyval-numbers", test_keyval_numbers);
    g_test_add_func("/qapi/keyval-errors", test_keyval_errors);
    g_test_add_func("/qapi/opts-errors", test_opts_errors);
    g_test_add_func("/qapi/events", test_events);
    g_test_add_func("/qapi/commands", test_commands);
    g_test_add_func("/qapi/introspection", test_introspection);
    return g_test_run();
}
