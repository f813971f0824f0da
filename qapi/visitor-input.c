/*
 * Input visitor: stores a JSON tree into C objects.
 *
 * A stack of frames holds the objects and arrays the walk is inside of. An
 * object's frame remembers which members nobody has asked for yet, so that
 * visit_check_struct() can refuse them; an array's frame knows the next
 * index. Everything borrowed in a frame lives as long as the root.
 *
 * In keyval mode the leaves are strings. Three shapes are then accepted where
 * a list is wanted: an array (the key was given several times), an object
 * with the keys "0", "1", ... ("x.0=a,x.1=b"), and a single value. Where a
 * list's element is a structure and the value a string, the string stands for
 * its member "str": that is how "hostfwd=RULE" fills a list of String.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qapi/visitor-internal.h"
#include "util/option.h"

typedef struct Frame {
    const char *name; /* of this container in the one around it */
    json_t *value;    /* object or array; referenced */
    size_t index;     /* array: the next element */
    GHashTable *left; /* object: names of members not visited; borrowed keys */
} Frame;

typedef struct InputVisitor {
    Visitor parent;
    json_t *root;
    bool opts_words;
    GArray *stack; /* of Frame */
} InputVisitor;

static Frame *input_top(InputVisitor *iv)
{
    return iv->stack->len ? &g_array_index(iv->stack, Frame, iv->stack->len - 1)
                          : NULL;
}

/* One step of a path: ".name", or the index before the one read last. */
static void append_step(InputVisitor *iv, GString *path, const Frame *in,
                        const char *name, size_t index)
{
    if (json_is_array(in->value)) {
        g_string_append_printf(path, iv->parent.keyval ? ".%zu" : "[%zu]",
                               index);
    } else {
        g_string_append_printf(path, "%s%s", path->len ? "." : "", name);
    }
}

static char *input_full_name(Visitor *v, const char *name)
{
    InputVisitor *iv = (InputVisitor *)v;
    GString *path = g_string_new(NULL);

    for (guint i = 0; i < iv->stack->len; i++) {
        const Frame *f = &g_array_index(iv->stack, Frame, i);
        size_t at = f->index ? f->index - 1 : 0;
        const char *step = name;

        if (i == 0 && f->name) {
            g_string_append(path, f->name);
        }
        if (i + 1 < iv->stack->len) {
            step = g_array_index(iv->stack, Frame, i + 1).name;
        } else if (!name && !json_is_array(f->value)) {
            break;
        }
        append_step(iv, path, f, step ? step : "", at);
    }
    if (!path->len) {
        g_string_append(path, name ? name : "null");
    }
    return g_string_free(path, FALSE);
}

static bool input_missing(InputVisitor *iv, const char *name, Error **errp)
{
    g_autofree char *full = input_full_name(&iv->parent, name);

    error_setg(errp, "Parameter '%s' is missing", full);
    return false;
}

static bool input_wrong_type(InputVisitor *iv, const char *name,
                             const char *expected, Error **errp)
{
    g_autofree char *full = input_full_name(&iv->parent, name);

    error_setg(errp, "Invalid parameter type for '%s', expected: %s", full,
               expected);
    return false;
}

static bool input_bad_value(InputVisitor *iv, const char *name,
                            const char *keyval_words, const char *opts_words,
                            Error **errp)
{
    g_autofree char *full = input_full_name(&iv->parent, name);

    error_setg(errp, "Parameter '%s' expects %s", full,
               iv->opts_words ? opts_words : keyval_words);
    return false;
}

/* The value that name (or the next element) stands for, or NULL. */
static json_t *input_find(InputVisitor *iv, const char *name, bool consume)
{
    Frame *f = input_top(iv);

    if (!f) {
        return iv->root;
    }
    if (json_is_array(f->value)) {
        json_t *value = json_array_get(f->value, f->index);

        if (consume) {
            f->index++;
        }
        return value;
    }
    if (consume) {
        g_hash_table_remove(f->left, name);
    }
    return json_object_get(f->value, name);
}

/* The same for a value that has to be there. */
static json_t *input_get(InputVisitor *iv, const char *name, Error **errp)
{
    json_t *value = input_find(iv, name, true);

    if (!value) {
        input_missing(iv, name, errp);
    }
    return value;
}

/* For leaves: of a key given several times the last one counts. */
static json_t *input_get_leaf(InputVisitor *iv, const char *name, Error **errp)
{
    json_t *value = input_get(iv, name, errp);

    if (iv->parent.keyval && json_is_array(value) && json_array_size(value)) {
        return json_array_get(value, json_array_size(value) - 1);
    }
    return value;
}

static void input_push(InputVisitor *iv, const char *name, json_t *value)
{
    Frame f = {.name = name, .value = json_incref(value)};

    if (json_is_object(value)) {
        const char *key;
        json_t *member;

        f.left = g_hash_table_new(g_str_hash, g_str_equal);
        json_object_foreach (value, key, member) {
            g_hash_table_add(f.left, (char *)key);
        }
    }
    g_array_append_val(iv->stack, f);
}

static void input_pop(InputVisitor *iv)
{
    Frame *f = input_top(iv);

    g_assert(f);
    if (f->left) {
        g_hash_table_unref(f->left);
    }
    json_decref(f->value);
    g_array_set_size(iv->stack, iv->stack->len - 1);
}

/* --------------------------------------------------- structures and lists */

static bool input_start_struct(Visitor *v, const char *name, void **obj,
                               size_t size, Error **errp)
{
    InputVisitor *iv = (InputVisitor *)v;
    Frame *f = input_top(iv);
    bool in_list = f && json_is_array(f->value);
    json_t *value = input_get(iv, name, errp);

    if (obj) {
        *obj = NULL;
    }
    if (!value) {
        return false;
    }
    if (v->keyval && in_list && json_is_string(value)) {
        json_t *wrap = json_object();

        json_object_set(wrap, "str", value);
        input_push(iv, name, wrap);
        json_decref(wrap);
    } else if (json_is_object(value)) {
        input_push(iv, name, value);
    } else {
        return input_wrong_type(iv, name, "object", errp);
    }
    if (obj) {
        *obj = g_malloc0(size);
    }
    return true;
}

static bool input_check_struct(Visitor *v, Error **errp)
{
    InputVisitor *iv = (InputVisitor *)v;
    Frame *f = input_top(iv);
    const char *key;
    json_t *member;

    if (g_hash_table_size(f->left) == 0) {
        return true;
    }
    /* In the order they were written. */
    json_object_foreach (f->value, key, member) {
        if (g_hash_table_contains(f->left, key)) {
            g_autofree char *full = input_full_name(v, key);

            if (iv->opts_words) {
                error_setg(errp, "Invalid parameter '%s'", full);
            } else {
                error_setg(errp, "Parameter '%s' is unexpected", full);
            }
            return false;
        }
    }
    g_assert_not_reached();
}

static void input_end_struct(Visitor *v, void **obj)
{
    input_pop((InputVisitor *)v);
}

/* The array that a keyval value stands for; NULL with *errp. */
static json_t *keyval_to_array(InputVisitor *iv, const char *name,
                               json_t *value, Error **errp)
{
    json_t *array;

    if (json_is_array(value)) {
        return json_incref(value);
    }
    array = json_array();
    if (!json_is_object(value)) {
        json_array_append(array, value);
        return array;
    }
    for (size_t i = 0; i < json_object_size(value); i++) {
        g_autofree char *key = g_strdup_printf("%zu", i);
        json_t *element = json_object_get(value, key);

        if (!element) {
            g_autofree char *full = input_full_name(&iv->parent, name);

            error_setg(errp, "Parameter '%s.%zu' is missing", full, i);
            json_decref(array);
            return NULL;
        }
        json_array_append(array, element);
    }
    return array;
}

static bool input_start_list(Visitor *v, const char *name, GenericList **list,
                             size_t size, Error **errp)
{
    InputVisitor *iv = (InputVisitor *)v;
    json_t *value = input_get(iv, name, errp);

    if (list) {
        *list = NULL;
    }
    if (!value) {
        return false;
    }
    if (v->keyval) {
        value = keyval_to_array(iv, name, value, errp);
        if (!value) {
            return false;
        }
        input_push(iv, name, value);
        json_decref(value);
    } else if (json_is_array(value)) {
        input_push(iv, name, value);
    } else {
        return input_wrong_type(iv, name, "array", errp);
    }
    if (list && json_array_size(input_top(iv)->value)) {
        *list = g_malloc0(size);
    }
    return true;
}

static GenericList *input_next_list(Visitor *v, GenericList *tail, size_t size)
{
    Frame *f = input_top((InputVisitor *)v);

    if (f->index >= json_array_size(f->value)) {
        return NULL;
    }
    tail->next = g_malloc0(size);
    return tail->next;
}

static void input_end_list(Visitor *v)
{
    input_pop((InputVisitor *)v);
}

static int input_peek_type(Visitor *v, const char *name, Error **errp)
{
    InputVisitor *iv = (InputVisitor *)v;
    json_t *value = input_find(iv, name, false);

    if (!value) {
        input_missing(iv, name, errp);
        return -1;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return QTYPE_QDICT;
    case JSON_ARRAY:
        return QTYPE_QLIST;
    case JSON_STRING:
        return QTYPE_QSTRING;
    case JSON_INTEGER:
    case JSON_REAL:
        return QTYPE_QNUM;
    case JSON_TRUE:
    case JSON_FALSE:
        return QTYPE_QBOOL;
    case JSON_NULL:
        return QTYPE_QNULL;
    }
    g_assert_not_reached();
}

static void input_optional(Visitor *v, const char *name, bool *present)
{
    *present = input_find((InputVisitor *)v, name, false) != NULL;
}

/* ---------------------------------------------------------------- leaves */

static bool input_int64(Visitor *v, const char *name, int64_t *obj,
                        Error **errp)
{
    InputVisitor *iv = (InputVisitor *)v;
    json_t *value = input_get_leaf(iv, name, errp);

    if (!value) {
        return false;
    }
    if (json_is_integer(value)) {
        *obj = json_integer_value(value);
        return true;
    }
    if (!v->keyval || !json_is_string(value)) {
        return input_wrong_type(iv, name, "integer", errp);
    }
    if (qemu_strtoi64(json_string_value(value), 0, obj) < 0) {
        return input_bad_value(iv, name, "integer", "an int64 value", errp);
    }
    return true;
}

static bool input_uint64(Visitor *v, const char *name, uint64_t *obj,
                         Error **errp)
{
    InputVisitor *iv = (InputVisitor *)v;
    json_t *value = input_get_leaf(iv, name, errp);
    const char *s;
    int64_t negative;

    if (!value) {
        return false;
    }
    if (json_is_integer(value)) {
        /* A negative number stands for its two's complement: the range check
         * of the smaller types catches it there. */
        *obj = (uint64_t)json_integer_value(value);
        return true;
    }
    if (!v->keyval || !json_is_string(value)) {
        return input_bad_value(iv, name, "uint64", "a uint64 value", errp);
    }
    s = json_string_value(value);
    if (qemu_strtou64(s, 0, obj) == 0 && !strchr(s, '-')) {
        return true;
    }
    if (!iv->opts_words && qemu_strtoi64(s, 0, &negative) == 0) {
        *obj = (uint64_t)negative;
        return true;
    }
    return input_bad_value(iv, name, "integer", "a uint64 value", errp);
}

static bool input_size(Visitor *v, const char *name, uint64_t *obj,
                       Error **errp)
{
    InputVisitor *iv = (InputVisitor *)v;
    json_t *value;

    if (!v->keyval) {
        return input_uint64(v, name, obj, errp);
    }
    value = input_get_leaf(iv, name, errp);
    if (!value) {
        return false;
    }
    if (json_is_integer(value)) {
        *obj = (uint64_t)json_integer_value(value);
        return true;
    }
    if (!json_is_string(value) ||
        !parse_option_size(name ? name : "size", json_string_value(value), 'B',
                           obj, NULL)) {
        return input_bad_value(iv, name, "a size value", "a size value", errp);
    }
    return true;
}

static bool input_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    InputVisitor *iv = (InputVisitor *)v;
    json_t *value = input_get_leaf(iv, name, errp);

    if (!value) {
        return false;
    }
    if (json_is_boolean(value)) {
        *obj = json_is_true(value);
        return true;
    }
    if (!v->keyval || !json_is_string(value)) {
        return input_wrong_type(iv, name, "boolean", errp);
    }
    if (!parse_option_bool(name ? name : "", json_string_value(value), obj,
                           NULL)) {
        return input_bad_value(iv, name, "'on' or 'off'", "'on' or 'off'",
                               errp);
    }
    return true;
}

static bool input_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    InputVisitor *iv = (InputVisitor *)v;
    json_t *value = input_get_leaf(iv, name, errp);

    *obj = NULL;
    if (!value) {
        return false;
    }
    if (!json_is_string(value)) {
        return input_wrong_type(iv, name, "string", errp);
    }
    *obj = g_strdup(json_string_value(value));
    return true;
}

static bool input_number(Visitor *v, const char *name, double *obj,
                         Error **errp)
{
    InputVisitor *iv = (InputVisitor *)v;
    json_t *value = input_get_leaf(iv, name, errp);
    const char *s;
    char *end;

    if (!value) {
        return false;
    }
    if (json_is_number(value)) {
        *obj = json_number_value(value);
        return true;
    }
    if (!v->keyval || !json_is_string(value)) {
        return input_wrong_type(iv, name, "number", errp);
    }
    s = json_string_value(value);
    *obj = g_ascii_strtod(s, &end);
    if (!*s || *end) {
        return input_bad_value(iv, name, "number", "a number", errp);
    }
    return true;
}

static bool input_any(Visitor *v, const char *name, json_t **obj, Error **errp)
{
    json_t *value = input_get((InputVisitor *)v, name, errp);

    *obj = json_incref(value);
    return value != NULL;
}

static bool input_null(Visitor *v, const char *name, Error **errp)
{
    InputVisitor *iv = (InputVisitor *)v;
    json_t *value = input_get(iv, name, errp);

    if (!value) {
        return false;
    }
    if (!json_is_null(value)) {
        return input_wrong_type(iv, name, "null", errp);
    }
    return true;
}

static void input_free(Visitor *v)
{
    InputVisitor *iv = (InputVisitor *)v;

    while (iv->stack->len) {
        input_pop(iv);
    }
    g_array_unref(iv->stack);
    json_decref(iv->root);
    g_free(iv);
}

static const VisitorOps input_ops = {
    .kind = VISITOR_INPUT,
    .start_struct = input_start_struct,
    .check_struct = input_check_struct,
    .end_struct = input_end_struct,
    .start_list = input_start_list,
    .next_list = input_next_list,
    .end_list = input_end_list,
    .peek_type = input_peek_type,
    .optional = input_optional,
    .type_int64 = input_int64,
    .type_uint64 = input_uint64,
    .type_size = input_size,
    .type_bool = input_bool,
    .type_str = input_str,
    .type_number = input_number,
    .type_any = input_any,
    .type_null = input_null,
    .full_name = input_full_name,
    .free = input_free,
};

Visitor *visitor_new_input(json_t *root, bool keyval)
{
    InputVisitor *iv = g_new0(InputVisitor, 1);

    iv->parent.ops = &input_ops;
    iv->parent.keyval = keyval;
    iv->root = json_incref(root);
    iv->stack = g_array_new(FALSE, FALSE, sizeof(Frame));
    return &iv->parent;
}

Visitor *visitor_new_input_opts(json_t *root)
{
    Visitor *v = visitor_new_input(root, true);

    ((InputVisitor *)v)->opts_words = true;
    return v;
}
