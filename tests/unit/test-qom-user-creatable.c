/*
 * Objects that users make: -object, object-add, object-del, and objects made
 * from JSON.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qom/object.h"

#define TYPE_TEST_JOB "test-job"
OBJECT_DECLARE_SIMPLE_TYPE(TestJob, TEST_JOB)
struct TestJob {
    Object parent_obj;
    bool fail;
    bool busy;
    char *text;
};

static unsigned finalized;

static void job_complete(UserCreatable *uc, Error **errp)
{
    TestJob *job = TEST_JOB(uc);

    if (job->fail) {
        error_setg(errp, "the job failed");
    }
}

static bool job_can_be_deleted(UserCreatable *uc)
{
    return !TEST_JOB(uc)->busy;
}

static bool job_get_fail(Object *obj, Error **errp)
{
    return TEST_JOB(obj)->fail;
}

static void job_set_fail(Object *obj, bool value, Error **errp)
{
    TEST_JOB(obj)->fail = value;
}

static char *job_get_text(Object *obj, Error **errp)
{
    return g_strdup(TEST_JOB(obj)->text);
}

static void job_set_text(Object *obj, const char *value, Error **errp)
{
    g_free(TEST_JOB(obj)->text);
    TEST_JOB(obj)->text = g_strdup(value);
}

static void job_finalize(Object *obj)
{
    g_free(TEST_JOB(obj)->text);
    finalized++;
}

static void job_class_init(ObjectClass *klass, const void *data)
{
    UserCreatableClass *ucc = USER_CREATABLE_CLASS(klass);

    ucc->complete = job_complete;
    ucc->can_be_deleted = job_can_be_deleted;
    object_class_property_add_bool(klass, "fail", job_get_fail, job_set_fail);
    object_class_property_add_str(klass, "text", job_get_text, job_set_text);
    object_class_property_add_bool(klass, "ro", job_get_fail, NULL);
}

static const TypeInfo test_types[] = {
    {
        .name = TYPE_TEST_JOB,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(TestJob),
        .instance_finalize = job_finalize,
        .class_init = job_class_init,
        .interfaces = (const InterfaceInfo[]){{TYPE_USER_CREATABLE}, {NULL}},
    },
};
DEFINE_TYPES(test_types)

static void expect_error(Error *err, const char *message)
{
    g_assert_nonnull(err);
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free(err);
}

static Object *add_json(const char *text, bool keyval, Error **errp)
{
    json_t *props = json_loads(text, 0, NULL);
    Object *obj = user_creatable_add(props, keyval, errp);

    json_decref(props);
    return obj;
}

static void test_user_creatable(void)
{
    Error *err = NULL;
    Object *obj;

    obj = add_json("{\"qom-type\":\"test-job\",\"id\":\"j0\",\"text\":\"hi\"}",
                   false, &error_abort);
    g_assert_cmpstr(TEST_JOB(obj)->text, ==, "hi");
    g_assert_cmpint(obj->ref, ==, 1);
    g_assert(object_resolve_path("/objects/j0", NULL) == obj);
    obj = add_json("{\"qom-type\":\"test-job\",\"id\":\"j1\",\"fail\":\"off\"}",
                   true, &error_abort);

    TEST_JOB(obj)->busy = true;
    g_assert_false(user_creatable_del("j1", &err));
    expect_error(g_steal_pointer(&err),
                 "object 'j1' is in use, can not be deleted");
    g_assert_false(user_creatable_del("j2", &err));
    expect_error(g_steal_pointer(&err), "object 'j2' not found");
    g_assert_true(user_creatable_del("j0", &error_abort));
    g_assert_null(object_resolve_path("/objects/j0", NULL));
    finalized = 0;
    user_creatable_cleanup();
    g_assert_cmpint(finalized, ==, 1);
}

static void test_user_creatable_errors(void)
{
    static const struct {
        const char *json;
        bool keyval;
        const char *message;
    } cases[] = {
        {"{}", false, "Parameter 'qom-type' is missing"},
        {"{\"qom-type\":3}", false,
         "Invalid parameter type for 'qom-type', expected: string"},
        {"{\"qom-type\":\"foo\"}", false,
         "Parameter 'qom-type' does not accept value 'foo'"},
        {"{\"qom-type\":\"container\",\"id\":\"x\"}", false,
         "Parameter 'qom-type' does not accept value 'container'"},
        {"{\"qom-type\":\"test-job\"}", false, "Parameter 'id' is missing"},
        {"{\"qom-type\":\"test-job\",\"id\":\"1x\"}", false,
         "Parameter 'id' expects an identifier"},
        {"{\"qom-type\":\"test-job\",\"id\":\"x\",\"foo\":1}", false,
         "Parameter 'foo' is unexpected"},
        {"{\"qom-type\":\"test-job\",\"id\":\"x\",\"foo\":\"1\"}", true,
         "Invalid parameter 'foo'"},
        {"{\"qom-type\":\"test-job\",\"id\":\"x\",\"ro\":\"on\"}", true,
         "Invalid parameter 'ro'"},
        {"{\"qom-type\":\"test-job\",\"id\":\"x\",\"fail\":3}", false,
         "Invalid parameter type for 'fail', expected: boolean"},
        {"{\"qom-type\":\"test-job\",\"id\":\"x\",\"fail\":true}", false,
         "the job failed"},
        {"{\"qom-type\":\"test-job\",\"id\":\"twice\"}", false,
         "attempt to add duplicate property 'twice' to object (type "
         "'container')"},
        {"{\"qom-type\":\"test-job\",\"id\":\"twice\"}", true,
         "Duplicate ID 'twice' for object"},
    };

    add_json("{\"qom-type\":\"test-job\",\"id\":\"twice\"}", false,
             &error_abort);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Error *err = NULL;

        g_assert_null(add_json(cases[i].json, cases[i].keyval, &err));
        expect_error(err, cases[i].message);
        g_assert_null(object_resolve_path("/objects/x", NULL));
    }
    user_creatable_cleanup();
}

static void test_new_with_json(void)
{
    json_t *props = json_pack("{s:s, s:b}", "text", "a", "fail", 1);
    Error *err = NULL;
    Object *obj;

    g_assert_null(object_new_with_json("foo", NULL, NULL, NULL, false, &err));
    expect_error(g_steal_pointer(&err), "invalid object type: foo");
    g_assert_null(
        object_new_with_json(TYPE_OBJECT, NULL, NULL, NULL, false, &err));
    expect_error(g_steal_pointer(&err), "object type 'object' is abstract");
    g_assert_null(
        object_new_with_json(TYPE_TEST_JOB, NULL, NULL, props, false, &err));
    expect_error(g_steal_pointer(&err), "the job failed");
    json_object_del(props, "fail");
    json_object_set_new(props, "nope", json_true());
    g_assert_null(
        object_new_with_json(TYPE_TEST_JOB, NULL, NULL, props, false, &err));
    expect_error(g_steal_pointer(&err), "Property 'test-job.nope' not found");
    json_object_del(props, "nope");
    obj = object_new_with_json(TYPE_TEST_JOB, NULL, NULL, props, false,
                               &error_abort);
    g_assert_cmpint(obj->ref, ==, 1);
    g_assert_cmpstr(TEST_JOB(obj)->text, ==, "a");
    object_unref(obj);
    json_decref(props);
}

static void test_user_creatable_help(void)
{
    g_autofree char *list = user_creatable_help();
    g_autofree char *options = user_creatable_type_help(TYPE_TEST_JOB);

    g_assert_true(g_str_has_prefix(list, "List of user creatable objects:\n"));
    g_assert_nonnull(strstr(list, "  test-job\n"));
    g_assert_cmpstr(options, ==,
                    "test-job options:\n  fail=<bool>\n  text=<string>\n");
    g_assert_null(user_creatable_type_help("foo"));
    g_assert_null(user_creatable_type_help(TYPE_CONTAINER));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    g_test_add_func("/qom/user-creatable/add-del", test_user_creatable);
    g_test_add_func("/qom/user-creatable/errors", test_user_creatable_errors);
    g_test_add_func("/qom/user-creatable/new-with-json", test_new_with_json);
    g_test_add_func("/qom/user-creatable/help", test_user_creatable_help);
    return g_test_run();
}
