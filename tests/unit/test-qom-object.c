/*
 * QOM types and instances: inheritance, interfaces, casts, references,
 * construction and destruction order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qom/object.h"

#define TYPE_TEST_SPEAKER "test-speaker"
typedef struct Speaker Speaker;
typedef struct SpeakerClass {
    InterfaceClass parent_class;
    const char *(*speak)(Speaker *s);
} SpeakerClass;
DECLARE_INSTANCE_CHECKER(Speaker, SPEAKER, TYPE_TEST_SPEAKER)
DECLARE_CLASS_CHECKERS(SpeakerClass, SPEAKER, TYPE_TEST_SPEAKER)
#define TYPE_TEST_LOUD_SPEAKER "test-loud-speaker"

#define TYPE_TEST_ANIMAL "test-animal"
OBJECT_DECLARE_TYPE(TestAnimal, TestAnimalClass, TEST_ANIMAL)
struct TestAnimal {
    Object parent_obj;
    int legs;
};
struct TestAnimalClass {
    ObjectClass parent_class;
    const char *name;
    int base_inits;
};

#define TYPE_TEST_DOG "test-dog"
OBJECT_DECLARE_SIMPLE_TYPE(TestDog, TEST_DOG)
struct TestDog {
    TestAnimal parent_obj;
    int tail;
};
#define TYPE_TEST_PUPPY "test-puppy"
#define TYPE_TEST_FISH  "test-fish"

/* What ran, in order: one letter per event. */
static GString *events;
static char *unparent_path;

static void log_event(const char *s)
{
    g_string_append(events, s);
}

static const char *speak_default(Speaker *s)
{
    return "...";
}

static const char *speak_bark(Speaker *s)
{
    return "bark";
}

static void speaker_class_init(ObjectClass *klass, const void *data)
{
    SPEAKER_CLASS(klass)->speak = speak_default;
}

static void animal_init(Object *obj)
{
    TEST_ANIMAL(obj)->legs = 4;
    log_event("a");
}

static void animal_post_init(Object *obj)
{
    log_event("A");
}

static void animal_finalize(Object *obj)
{
    log_event("-a");
}

static void animal_unparent(Object *obj)
{
    g_free(unparent_path);
    unparent_path = object_get_canonical_path(obj);
    /* Asking again from inside is no error. */
    object_unparent(obj);
}

static void animal_class_init(ObjectClass *klass, const void *data)
{
    TEST_ANIMAL_CLASS(klass)->name = "animal";
    klass->unparent = animal_unparent;
}

static void animal_class_base_init(ObjectClass *klass, const void *data)
{
    TEST_ANIMAL_CLASS(klass)->base_inits++;
}

static void dog_init(Object *obj)
{
    g_assert_cmpint(TEST_ANIMAL(obj)->legs, ==, 4);
    TEST_DOG(obj)->tail = 1;
    log_event("d");
}

static void dog_post_init(Object *obj)
{
    log_event("D");
}

static void dog_finalize(Object *obj)
{
    log_event("-d");
}

static void dog_class_init(ObjectClass *klass, const void *data)
{
    SpeakerClass *sc = SPEAKER_CLASS(klass);

    g_assert(sc->parent_class.concrete_class == klass);
    g_assert(sc->speak == speak_default);
    g_assert_cmpstr(data, ==, "dog data");
    sc->speak = speak_bark;
    TEST_ANIMAL_CLASS(klass)->name = "dog";
}

static const TypeInfo test_types[] = {
    {
        .name = TYPE_TEST_SPEAKER,
        .parent = TYPE_INTERFACE,
        .class_size = sizeof(SpeakerClass),
        .class_init = speaker_class_init,
    },
    {
        .name = TYPE_TEST_LOUD_SPEAKER,
        .parent = TYPE_TEST_SPEAKER,
    },
    {
        .name = TYPE_TEST_ANIMAL,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(TestAnimal),
        .instance_init = animal_init,
        .instance_post_init = animal_post_init,
        .instance_finalize = animal_finalize,
        .abstract = true,
        .class_size = sizeof(TestAnimalClass),
        .class_init = animal_class_init,
        .class_base_init = animal_class_base_init,
    },
    {
        .name = TYPE_TEST_DOG,
        .parent = TYPE_TEST_ANIMAL,
        .instance_size = sizeof(TestDog),
        .instance_init = dog_init,
        .instance_post_init = dog_post_init,
        .instance_finalize = dog_finalize,
        .class_init = dog_class_init,
        .class_data = "dog data",
        .interfaces = (const InterfaceInfo[]){{TYPE_TEST_SPEAKER}, {NULL}},
    },
    {
        .name = TYPE_TEST_PUPPY,
        .parent = TYPE_TEST_DOG,
        /* Named again: the inherited one stays. */
        .interfaces = (const InterfaceInfo[]){{TYPE_TEST_SPEAKER}, {NULL}},
    },
    {
        .name = TYPE_TEST_FISH,
        .parent = TYPE_TEST_ANIMAL,
        .interfaces = (const InterfaceInfo[]){{TYPE_TEST_LOUD_SPEAKER}, {NULL}},
    },
};
DEFINE_TYPES(test_types)

/* ----------------------------------------------------------------- types */

static void test_inheritance(void)
{
    Object *obj;
    TestDog *dog;

    g_string_truncate(events, 0);
    obj = object_new(TYPE_TEST_DOG);
    g_assert_cmpstr(events->str, ==, "adAD");
    dog = TEST_DOG(obj);
    g_assert_cmpint(dog->tail, ==, 1);
    g_assert_cmpint(TEST_ANIMAL(dog)->legs, ==, 4);
    g_assert_cmpstr(object_get_typename(obj), ==, TYPE_TEST_DOG);
    g_assert_cmpstr(TEST_ANIMAL_GET_CLASS(dog)->name, ==, "dog");
    object_unref(obj);
    g_assert_cmpstr(events->str, ==, "adAD-d-a");
}

static void test_classes(void)
{
    ObjectClass *puppy = object_class_by_name(TYPE_TEST_PUPPY);
    ObjectClass *dog = object_class_by_name(TYPE_TEST_DOG);
    ObjectClass *animal = object_class_by_name(TYPE_TEST_ANIMAL);

    g_assert(object_class_get_parent(puppy) == dog);
    g_assert(object_class_get_parent(dog) == animal);
    g_assert_null(object_class_get_parent(object_class_by_name(TYPE_OBJECT)));
    g_assert_null(object_class_by_name("test-no-such-type"));
    g_assert_true(object_class_is_abstract(animal));
    g_assert_false(object_class_is_abstract(dog));
    g_assert_true(
        object_class_is_abstract(object_class_by_name(TYPE_TEST_SPEAKER)));
    g_assert_cmpstr(TEST_ANIMAL_CLASS(puppy)->name, ==, "dog");
    /* The copy of the parent's class counts too. */
    g_assert_cmpint(TEST_ANIMAL_CLASS(animal)->base_inits, ==, 0);
    g_assert_cmpint(TEST_ANIMAL_CLASS(dog)->base_inits, ==, 1);
    g_assert_cmpint(TEST_ANIMAL_CLASS(puppy)->base_inits, ==, 2);
}

static void collect_name(ObjectClass *klass, void *opaque)
{
    g_string_append_printf(opaque, "%s ", object_class_get_name(klass));
}

static void test_foreach(void)
{
    g_autoptr(GString) names = g_string_new(NULL);

    object_class_foreach(collect_name, TYPE_TEST_ANIMAL, true, names);
    g_assert_cmpstr(names->str, ==,
                    "test-animal test-dog test-fish test-puppy ");
    g_string_truncate(names, 0);
    object_class_foreach(collect_name, TYPE_TEST_ANIMAL, false, names);
    g_assert_cmpstr(names->str, ==, "test-dog test-fish test-puppy ");
    g_string_truncate(names, 0);
    object_class_foreach(collect_name, TYPE_TEST_SPEAKER, true, names);
    g_assert_cmpstr(names->str, ==,
                    "test-dog test-fish test-loud-speaker test-puppy "
                    "test-speaker ");
}

static void test_interfaces(void)
{
    Object *dog = object_new(TYPE_TEST_DOG);
    Object *puppy = object_new(TYPE_TEST_PUPPY);
    Object *fish = object_new(TYPE_TEST_FISH);

    g_assert_cmpstr(SPEAKER_GET_CLASS(dog)->speak(SPEAKER(dog)), ==, "bark");
    g_assert_cmpstr(SPEAKER_GET_CLASS(puppy)->speak(SPEAKER(puppy)), ==,
                    "bark");
    g_assert_cmpstr(SPEAKER_GET_CLASS(fish)->speak(SPEAKER(fish)), ==, "...");
    /* One class struct per implementing class. */
    g_assert(SPEAKER_GET_CLASS(dog) != SPEAKER_GET_CLASS(puppy));
    g_assert(SPEAKER_GET_CLASS(puppy)->parent_class.concrete_class ==
             object_get_class(puppy));
    g_assert_nonnull(object_dynamic_cast(fish, TYPE_TEST_LOUD_SPEAKER));
    g_assert_null(object_dynamic_cast(dog, TYPE_TEST_LOUD_SPEAKER));
    g_assert_nonnull(object_dynamic_cast(dog, TYPE_INTERFACE));
    object_unref(dog);
    object_unref(puppy);
    object_unref(fish);
}

static void test_casts(void)
{
    Object *dog = object_new(TYPE_TEST_DOG);
    g_autofree char *other_address = g_strdup(TYPE_TEST_ANIMAL);

    g_assert(object_dynamic_cast(dog, TYPE_OBJECT) == dog);
    g_assert(object_dynamic_cast(dog, other_address) == dog);
    g_assert_null(object_dynamic_cast(dog, TYPE_TEST_PUPPY));
    g_assert_null(object_dynamic_cast(dog, "test-no-such-type"));
    g_assert_null(object_dynamic_cast(NULL, TYPE_TEST_DOG));
    g_assert_null(TEST_DOG(NULL));
    g_assert_null(object_class_dynamic_cast(NULL, TYPE_TEST_DOG));
    object_unref(dog);
}

static void bad_cast(void)
{
    TEST_ANIMAL(object_new(TYPE_CONTAINER));
}

static void bad_abstract(void)
{
    object_new(TYPE_TEST_ANIMAL);
}

static void bad_unknown(void)
{
    object_new("test-no-such-type");
}

static void bad_twice(void)
{
    type_register_static(&(TypeInfo){.name = TYPE_TEST_DOG});
}

static void bad_parent(void)
{
    type_register_static(
        &(TypeInfo){.name = "test-orphan", .parent = "test-nobody"});
    object_class_by_name("test-orphan");
}

static void bad_size(void)
{
    type_register_static(&(TypeInfo){.name = "test-small",
                                     .parent = TYPE_TEST_DOG,
                                     .instance_size = sizeof(Object)});
    object_class_by_name("test-small");
}

static void test_aborts(void)
{
    static const struct {
        const char *path;
        const char *message;
    } cases[] = {
        {"/qom/object/subprocess/cast",
         "*of type 'container' is not a 'test-animal'*"},
        {"/qom/object/subprocess/abstract", "*abstract type 'test-animal'*"},
        {"/qom/object/subprocess/unknown",
         "*unknown type 'test-no-such-type'*"},
        {"/qom/object/subprocess/twice", "*'test-dog' is registered twice*"},
        {"/qom/object/subprocess/parent", "*unknown parent 'test-nobody'*"},
        {"/qom/object/subprocess/size",
         "*'test-small' is smaller than its parent*"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_trap_subprocess(cases[i].path, 0, 0);
        g_test_trap_assert_failed();
        g_test_trap_assert_stderr(cases[i].message);
    }
}

/* ------------------------------------------------------------- instances */

static void test_refcounts(void)
{
    Object *parent = object_new(TYPE_CONTAINER);
    Object *dog = object_new(TYPE_TEST_DOG);

    object_property_add_child(parent, "dog", dog);
    g_assert_cmpint(dog->ref, ==, 2);
    object_unref(dog);
    g_string_truncate(events, 0);
    g_assert(object_resolve_path_component(parent, "dog") == dog);
    object_ref(dog);
    object_unparent(dog);
    g_assert_cmpstr(events->str, ==, "");
    g_assert_null(dog->parent);
    g_assert_null(object_resolve_path_component(parent, "dog"));
    object_unparent(dog); /* nothing happens */
    object_unref(dog);
    g_assert_cmpstr(events->str, ==, "-d-a");
    object_unref(parent);
    object_unref(NULL);
}

static void test_destroy_order(void)
{
    Object *parent = object_new(TYPE_CONTAINER);

    object_property_add_child(parent, "first", object_new(TYPE_TEST_DOG));
    object_property_add_child(parent, "second", object_new(TYPE_TEST_FISH));
    object_unref(object_resolve_path_component(parent, "first"));
    object_unref(object_resolve_path_component(parent, "second"));
    g_string_truncate(events, 0);
    object_unref(parent);
    g_assert_cmpstr(events->str, ==, "-a-d-a");
}

static void test_embedded(void)
{
    TestDog dog;
    Object *parent = object_new(TYPE_CONTAINER);

    object_initialize_child(parent, "dog", &dog, sizeof(dog), TYPE_TEST_DOG);
    g_assert_cmpint(OBJECT(&dog)->ref, ==, 1);
    g_string_truncate(events, 0);
    object_unref(parent);
    g_assert_cmpstr(events->str, ==, "-d-a");
}

static void test_unparent_hook(void)
{
    Object *box = container_get(object_get_root(), "test-box");
    Object *dog = object_new(TYPE_TEST_DOG);

    object_property_add_child(box, "dog", dog);
    object_unref(dog);
    object_unparent(dog);
    g_assert_cmpstr(unparent_path, ==, "/test-box/dog");
    object_unparent(box);
    g_clear_pointer(&unparent_path, g_free);
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    module_call_init();
    events = g_string_new(NULL);
    g_test_add_func("/qom/object/inheritance", test_inheritance);
    g_test_add_func("/qom/object/classes", test_classes);
    g_test_add_func("/qom/object/foreach", test_foreach);
    g_test_add_func("/qom/object/interfaces", test_interfaces);
    g_test_add_func("/qom/object/casts", test_casts);
    g_test_add_func("/qom/object/aborts", test_aborts);
    g_test_add_func("/qom/object/subprocess/cast", bad_cast);
    g_test_add_func("/qom/object/subprocess/abstract", bad_abstract);
    g_test_add_func("/qom/object/subprocess/unknown", bad_unknown);
    g_test_add_func("/qom/object/subprocess/twice", bad_twice);
    g_test_add_func("/qom/object/subprocess/parent", bad_parent);
    g_test_add_func("/qom/object/subprocess/size", bad_size);
    g_test_add_func("/qom/object/refcounts", test_refcounts);
    g_test_add_func("/qom/object/destroy-order", test_destroy_order);
    g_test_add_func("/qom/object/embedded", test_embedded);
    g_test_add_func("/qom/object/unparent-hook", test_unparent_hook);
    ret = g_test_run();
    g_string_free(events, true);
    return ret;
}
