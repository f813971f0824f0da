/*
 * QOM properties of all kinds, links, aliases and the composition tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qom/object.h"

#define TYPE_TEST_THING "test-thing"
OBJECT_DECLARE_SIMPLE_TYPE(TestThing, TEST_THING)
struct TestThing {
    Object parent_obj;
    char *text;
    bool flag;
    int color;
    uint64_t number;
    unsigned released;
    Object *link;
};
#define TYPE_TEST_SPECIAL "test-special-thing"

static const char *const color_names[] = {"red", "green", "blue"};
static const QEnumLookup color_lookup = {
    .names = color_names,
    .count = G_N_ELEMENTS(color_names),
};

static char *get_text(Object *obj, Error **errp)
{
    return g_strdup(TEST_THING(obj)->text);
}

static void set_text(Object *obj, const char *value, Error **errp)
{
    if (!strcmp(value, "bad")) {
        error_setg(errp, "text must not be bad");
        return;
    }
    g_free(TEST_THING(obj)->text);
    TEST_THING(obj)->text = g_strdup(value);
}

static bool get_flag(Object *obj, Error **errp)
{
    return TEST_THING(obj)->flag;
}

static void set_flag(Object *obj, bool value, Error **errp)
{
    TEST_THING(obj)->flag = value;
}

static int get_color(Object *obj, Error **errp)
{
    return TEST_THING(obj)->color;
}

static void set_color(Object *obj, int value, Error **errp)
{
    TEST_THING(obj)->color = value;
}

static bool access_number(Object *obj, Visitor *v, const char *name,
                          void *opaque, Error **errp)
{
    return visit_type_uint64(v, name, &TEST_THING(obj)->number, errp);
}

static bool access_pair(Object *obj, Visitor *v, const char *name, void *opaque,
                        Error **errp)
{
    bool ok;

    if (!visit_start_struct(v, name, NULL, 0, errp)) {
        return false;
    }
    ok = visit_type_uint64(v, "number", &TEST_THING(obj)->number, errp) &&
         visit_type_bool(v, "flag", &TEST_THING(obj)->flag, errp) &&
         visit_check_struct(v, errp);
    visit_end_struct(v, NULL);
    return ok;
}

static void count_release(Object *obj, const char *name, void *opaque)
{
    g_assert_true(obj == opaque || !opaque);
    TEST_THING(obj)->released++;
}

static void thing_finalize(Object *obj)
{
    g_assert_cmpint(TEST_THING(obj)->released, >=, 1);
    g_assert_null(TEST_THING(obj)->link);
    g_free(TEST_THING(obj)->text);
}

static void thing_class_init(ObjectClass *klass, const void *data)
{
    ObjectProperty *p;

    object_class_property_add_str(klass, "text", get_text, set_text);
    object_class_property_add_bool(klass, "flag", get_flag, set_flag);
    object_class_property_add_enum(klass, "color", "Color", &color_lookup,
                                   get_color, set_color);
    p = object_class_property_add(klass, "number", "uint64", access_number,
                                  access_number, count_release, NULL);
    object_property_set_description(p, "any number");
    object_property_set_default(p, json_integer(7));
    object_class_property_add(klass, "pair", "Pair", access_pair, access_pair,
                              NULL, NULL);
    object_class_property_add_bool(klass, "ro", get_flag, NULL);
    object_class_property_add_bool(klass, "wo", NULL, set_flag);
}

static const TypeInfo test_types[] = {
    {
        .name = TYPE_TEST_THING,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(TestThing),
        .instance_finalize = thing_finalize,
        .class_init = thing_class_init,
    },
    {
        .name = TYPE_TEST_SPECIAL,
        .parent = TYPE_TEST_THING,
    },
};
DEFINE_TYPES(test_types)

static void expect_error(Error *err, const char *message)
{
    g_assert_nonnull(err);
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
}

/* Adds a new thing as a child; the tree holds the only reference. */
static Object *add_thing(Object *parent, const char *name)
{
    Object *obj = object_new(TYPE_TEST_THING);

    object_property_add_child(parent, name, obj);
    object_unref(obj);
    return obj;
}

/* --------------------------------------------------------------- values */

static void test_values(void)
{
    Object *obj = object_new(TYPE_TEST_THING);
    g_autofree char *text = NULL;

    object_property_set_str(obj, "text", "hello", &error_abort);
    text = object_property_get_str(obj, "text", &error_abort);
    g_assert_cmpstr(text, ==, "hello");
    object_property_set_bool(obj, "flag", true, &error_abort);
    g_assert_true(object_property_get_bool(obj, "flag", &error_abort));
    object_property_set_int(obj, "number", 42, &error_abort);
    g_assert_cmpint(object_property_get_int(obj, "number", &error_abort), ==,
                    42);
    object_property_set_uint(obj, "number", UINT64_MAX, &error_abort);
    g_assert_cmpuint(TEST_THING(obj)->number, ==, UINT64_MAX);
    g_assert_cmpuint(object_property_get_uint(obj, "number", &error_abort), ==,
                     UINT64_MAX);
    object_property_set_str(obj, "color", "blue", &error_abort);
    g_assert_cmpint(TEST_THING(obj)->color, ==, 2);
    object_unref(obj);
}

static void test_text_forms(void)
{
    static const struct {
        const char *name, *in, *out;
    } cases[] = {
        {"text", "a b", "a b"},   {"flag", "on", "on"},
        {"flag", "no", "off"},    {"color", "green", "green"},
        {"number", "0x10", "16"},
    };
    Object *obj = object_new(TYPE_TEST_THING);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *out = NULL;

        object_property_parse(obj, cases[i].name, cases[i].in, &error_abort);
        out = object_property_print(obj, cases[i].name, &error_abort);
        g_assert_cmpstr(out, ==, cases[i].out);
    }
    object_unref(obj);
}

static void test_json(void)
{
    Object *obj = object_new(TYPE_TEST_THING);
    json_t *in = json_pack("{s:i, s:b}", "number", 3, "flag", 1), *out;
    g_autofree char *text = NULL;

    object_property_set_json(obj, "pair", in, &error_abort);
    g_assert_cmpuint(TEST_THING(obj)->number, ==, 3);
    out = object_property_get_json(obj, "pair", &error_abort);
    g_assert_true(json_equal(in, out));
    text = object_property_print(obj, "pair", &error_abort);
    g_assert_cmpstr(text, ==, "{\"number\": 3, \"flag\": true}");
    json_decref(in);
    json_decref(out);
    object_unref(obj);
}

static void test_errors(void)
{
    static const struct {
        const char *name, *json, *message;
    } cases[] = {
        {"nope", "1", "Property 'test-thing.nope' not found"},
        {"ro", "true", "Property 'test-thing.ro' is not writable"},
        {"type", "\"x\"", "Property 'test-thing.type' is not writable"},
        {"text", "1", "Invalid parameter type for 'text', expected: string"},
        {"text", "\"bad\"", "text must not be bad"},
        {"flag", "\"on\"",
         "Invalid parameter type for 'flag', expected: boolean"},
        {"color", "\"pink\"", "Parameter 'color' does not accept value 'pink'"},
        {"pair", "{\"number\":1}", "Parameter 'pair.flag' is missing"},
        {"pair", "{\"number\":1,\"flag\":true,\"x\":1}",
         "Parameter 'pair.x' is unexpected"},
    };
    Object *obj = object_new(TYPE_TEST_THING);
    Error *err = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        json_t *value = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);

        g_assert_false(
            object_property_set_json(obj, cases[i].name, value, &err));
        expect_error(g_steal_pointer(&err), cases[i].message);
        json_decref(value);
    }
    g_assert_null(object_property_get_json(obj, "nope", &err));
    expect_error(g_steal_pointer(&err), "Property 'test-thing.nope' not found");
    g_assert_null(object_property_get_json(obj, "wo", &err));
    expect_error(g_steal_pointer(&err),
                 "Property 'test-thing.wo' is not readable");
    g_assert_null(object_property_get_str(obj, "flag", &err));
    expect_error(g_steal_pointer(&err),
                 "Invalid parameter type for 'flag', expected: string");
    object_property_get_bool(obj, "number", &err);
    expect_error(g_steal_pointer(&err),
                 "Invalid parameter type for 'number', expected: boolean");
    g_assert_null(object_property_get_link(obj, "flag", &err));
    expect_error(g_steal_pointer(&err),
                 "Property 'test-thing.flag' is not a link");
    object_unref(obj);
}

/* ------------------------------------------------------ adding, deleting */

static void collect_name(ObjectProperty *p, void *opaque)
{
    g_string_append_printf(opaque, "%s ", p->name);
}

static void test_add_del(void)
{
    Object *obj = object_new(TYPE_TEST_SPECIAL);
    g_autoptr(GString) names = g_string_new(NULL);
    Error *err = NULL;

    object_property_add_bool(obj, "x[*]", get_flag, set_flag);
    object_property_add_str(obj, "x[*]", get_text, NULL);
    object_property_add(obj, "y", "uint64", access_number, NULL, count_release,
                        obj);
    object_property_foreach(object_get_class(obj), obj, collect_name, names);
    g_assert_cmpstr(names->str, ==,
                    "type text flag color number pair ro wo x[0] x[1] y ");
    g_assert_null(object_property_try_add(obj, "y", "bool", NULL, NULL, NULL,
                                          NULL, &err));
    expect_error(g_steal_pointer(&err),
                 "attempt to add duplicate property 'y' to object (type "
                 "'test-special-thing')");
    g_assert_null(object_property_try_add(obj, "flag", "bool", NULL, NULL, NULL,
                                          NULL, &err));
    expect_error(g_steal_pointer(&err),
                 "attempt to add duplicate property 'flag' to object (type "
                 "'test-special-thing')");
    object_property_del(obj, "x[0]");
    g_assert_null(object_property_find(obj, "x[0]"));
    object_property_add_bool(obj, "x[*]", get_flag, set_flag);
    g_assert_nonnull(object_property_find(obj, "x[0]"));
    object_property_del(obj, "y");
    g_assert_cmpint(TEST_THING(obj)->released, ==, 1);
    object_unref(obj);
}

static void test_help(void)
{
    ObjectClass *klass = object_class_by_name(TYPE_TEST_THING);
    ObjectProperty *p = object_class_property_find(klass, "number");
    g_autofree char *line = object_property_help(p);
    g_autofree char *all = object_class_options_help(klass);

    g_assert_cmpstr(line, ==,
                    "  number=<uint64>        - any number (default: 7)\n");
    g_assert_cmpstr(all, ==,
                    "test-thing options:\n"
                    "  color=<Color>\n"
                    "  flag=<bool>\n"
                    "  number=<uint64>        - any number (default: 7)\n"
                    "  pair=<Pair>\n"
                    "  text=<string>\n"
                    "  wo=<bool>\n");
}

/* ------------------------------------------------------------------ tree */

static void test_paths(void)
{
    Object *root = object_get_root();
    Object *a = container_get(root, "ta"), *b = container_get(root, "/tb/tc");
    Object *x = add_thing(a, "x"), *x2 = add_thing(b, "x");
    Object *only = add_thing(b, "only"), *found;
    g_autofree char *path = object_get_canonical_path(x2);
    g_autofree char *last = object_get_canonical_path_component(x2);
    g_autofree char *root_path = object_get_canonical_path(root);
    bool ambiguous;

    g_assert_cmpstr(path, ==, "/tb/tc/x");
    g_assert_cmpstr(last, ==, "x");
    g_assert_cmpstr(root_path, ==, "/");
    g_assert(container_get(root, "tb/tc") == b);
    g_assert(object_resolve_path("/", &ambiguous) == root);
    g_assert(object_resolve_path("/ta/x", &ambiguous) == x);
    g_assert(object_resolve_path("//ta//x", &ambiguous) == x);
    g_assert_null(object_resolve_path("/ta/y", &ambiguous));
    g_assert_null(object_resolve_path("/x", &ambiguous));
    g_assert_null(object_resolve_path("", &ambiguous));
    g_assert_false(ambiguous);
    g_assert(object_resolve_path("only", &ambiguous) == only);
    g_assert(object_resolve_path("tc/x", &ambiguous) == x2);
    g_assert_false(ambiguous);
    g_assert_null(object_resolve_path("x", &ambiguous));
    g_assert_true(ambiguous);
    g_assert_null(object_resolve_path("nothing", &ambiguous));
    g_assert_false(ambiguous);
    g_assert_null(
        object_resolve_path_type("/ta/x", TYPE_CONTAINER, &ambiguous));
    found = object_resolve_path_type("ta", TYPE_CONTAINER, &ambiguous);
    g_assert(found == a);
    object_unparent(a);
    object_unparent(b->parent);
    g_assert_null(object_resolve_path("only", &ambiguous));
}

static int collect_child(Object *child, void *opaque)
{
    g_autofree char *name = object_get_canonical_path_component(child);

    g_string_append_printf(opaque, "%s ", name);
    return !strcmp(name, "stop") ? 17 : 0;
}

static void test_children(void)
{
    Object *box = object_new(TYPE_CONTAINER), *in = container_get(box, "b");
    g_autoptr(GString) names = g_string_new(NULL);
    Error *err = NULL;
    json_t *path;
    Object *loose = object_new(TYPE_TEST_THING);

    add_thing(in, "deep");
    add_thing(box, "a");
    object_property_add_bool(box, "no-child", NULL, NULL);
    g_assert_cmpint(object_child_foreach(box, collect_child, names), ==, 0);
    g_assert_cmpstr(names->str, ==, "b a ");
    g_string_truncate(names, 0);
    object_child_foreach_recursive(box, collect_child, names);
    g_assert_cmpstr(names->str, ==, "b deep a ");
    add_thing(in, "stop");
    g_string_truncate(names, 0);
    g_assert_cmpint(object_child_foreach_recursive(box, collect_child, names),
                    ==, 17);
    g_assert_cmpstr(names->str, ==, "b deep stop ");

    g_assert_null(object_property_try_add_child(box, "a", loose, &err));
    expect_error(g_steal_pointer(&err), "attempt to add duplicate property "
                                        "'a' to object (type 'container')");
    g_assert_null(loose->parent);
    object_unref(loose);
    /* Outside the tree there are no paths. */
    g_assert_null(object_get_canonical_path(in));
    path = object_property_get_json(box, "b", &error_abort);
    g_assert_cmpstr(json_string_value(path), ==, "");
    json_decref(path);
    g_assert_false(object_property_set_str(box, "b", "/", &err));
    expect_error(g_steal_pointer(&err),
                 "Property 'container.b' is not writable");
    object_unref(box);
}

/* ----------------------------------------------------------------- links */

static bool refuse_self(const Object *obj, const char *name, Object *val,
                        Error **errp)
{
    if (obj == val) {
        error_setg(errp, "'%s' would point to itself", name);
        return false;
    }
    return true;
}

static void test_links(void)
{
    Object *box = container_get(object_get_root(), "tl");
    Object *a = add_thing(box, "a"), *b = add_thing(box, "b");
    Object *other = container_get(box, "other/a");
    Object *loose = object_new(TYPE_TEST_THING);
    g_autofree char *path = NULL;
    Error *err = NULL;

    object_property_add_link(a, "peer", TYPE_TEST_THING, &TEST_THING(a)->link,
                             refuse_self);
    path = object_property_get_str(a, "peer", &error_abort);
    g_assert_cmpstr(path, ==, "");
    object_property_set_str(a, "peer", "/tl/b", &error_abort);
    g_assert(TEST_THING(a)->link == b);
    g_assert_cmpint(b->ref, ==, 2);
    g_free(path);
    path = object_property_get_str(a, "peer", &error_abort);
    g_assert_cmpstr(path, ==, "/tl/b");
    g_assert(object_resolve_path("/tl/a/peer", NULL) == b);
    g_assert(object_property_get_link(a, "peer", &error_abort) == b);
    object_property_set_link(a, "peer", NULL, &error_abort);
    g_assert_null(TEST_THING(a)->link);
    g_assert_cmpint(b->ref, ==, 1);
    object_property_set_link(a, "peer", b, &error_abort);

    g_assert_false(object_property_set_str(a, "peer", "nope", &err));
    g_assert_cmpint(error_get_class(err), ==, ERROR_CLASS_DEVICE_NOT_FOUND);
    expect_error(g_steal_pointer(&err), "Device 'nope' not found");
    g_assert_false(object_property_set_link(a, "peer", other, &err));
    expect_error(g_steal_pointer(&err),
                 "Invalid parameter type for 'peer', expected: test-thing");
    g_assert_false(object_property_set_link(a, "peer", loose, &err));
    expect_error(g_steal_pointer(&err), "Property 'test-thing.peer' cannot "
                                        "refer to an object that has no path");
    g_assert_false(object_property_set_str(a, "peer", "/tl/a", &err));
    expect_error(g_steal_pointer(&err), "'peer' would point to itself");
    add_thing(container_get(box, "more"), "b");
    g_assert_false(object_property_set_str(a, "peer", "b", &err));
    expect_error(g_steal_pointer(&err),
                 "Path 'b' does not uniquely identify an object");
    g_assert(TEST_THING(a)->link == b);

    object_property_add_const_link(b, "const", a);
    g_assert(object_property_get_link(b, "const", &error_abort) == a);
    g_assert_false(object_property_set_str(b, "const", "", &err));
    expect_error(g_steal_pointer(&err),
                 "Property 'test-thing.const' is not writable");
    object_unref(loose);
    object_unparent(box);
}

/* --------------------------------------------------------------- aliases */

static void test_aliases(void)
{
    Object *box = container_get(object_get_root(), "tl");
    Object *inner = add_thing(box, "inner");
    json_t *pair = json_pack("{s:i, s:b}", "number", 9, "flag", 1);
    ObjectProperty *p;
    Error *err = NULL;

    p = object_property_add_alias(box, "n", inner, "number");
    g_assert_cmpstr(p->type, ==, "uint64");
    g_assert_cmpstr(p->description, ==, "any number");
    g_assert_cmpint(json_integer_value(p->defval), ==, 7);
    object_property_add_alias(box, "p", inner, "pair");
    object_property_add_alias(box, "r", inner, "ro");
    p = object_property_add_alias(box, "child-alias", box, "inner");
    g_assert_cmpstr(p->type, ==, "link<test-thing>");

    object_property_set_int(box, "n", 5, &error_abort);
    g_assert_cmpuint(TEST_THING(inner)->number, ==, 5);
    g_assert_cmpint(object_property_get_int(box, "n", &error_abort), ==, 5);
    object_property_set_json(box, "p", pair, &error_abort);
    g_assert_cmpuint(TEST_THING(inner)->number, ==, 9);
    g_assert_true(object_property_get_bool(box, "r", &error_abort));
    g_assert(object_resolve_path("/tl/child-alias", NULL) == inner);

    g_assert_false(object_property_set_bool(box, "r", true, &err));
    expect_error(g_steal_pointer(&err),
                 "Property 'container.r' is not writable");
    g_assert_false(object_property_parse(box, "n", "x", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "Parameter 'n' expects"));
    error_free(err);
    json_decref(pair);
    object_unparent(box);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    g_test_add_func("/qom/property/values", test_values);
    g_test_add_func("/qom/property/text-forms", test_text_forms);
    g_test_add_func("/qom/property/json", test_json);
    g_test_add_func("/qom/property/errors", test_errors);
    g_test_add_func("/qom/property/add-del", test_add_del);
    g_test_add_func("/qom/property/help", test_help);
    g_test_add_func("/qom/property/paths", test_paths);
    g_test_add_func("/qom/property/children", test_children);
    g_test_add_func("/qom/property/links", test_links);
    g_test_add_func("/qom/property/aliases", test_aliases);
    return g_test_run();
}
