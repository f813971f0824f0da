/*
 * Output visitor: builds a JSON tree from C objects.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <math.h>

#include "qapi/visitor-internal.h"

typedef struct OutputVisitor {
    Visitor parent;
    json_t *root;
    GPtrArray *stack; /* open objects and arrays; borrowed, root owns them */
} OutputVisitor;

/* Puts value where the walk is; takes over the reference. */
static void output_add(OutputVisitor *ov, const char *name, json_t *value)
{
    json_t *top;

    if (ov->stack->len == 0) {
        json_decref(ov->root);
        ov->root = value;
        return;
    }
    top = g_ptr_array_index(ov->stack, ov->stack->len - 1);
    if (json_is_array(top)) {
        json_array_append_new(top, value);
    } else {
        json_object_set_new_nocheck(top, name, value);
    }
}

static void output_push(OutputVisitor *ov, const char *name, json_t *value)
{
    output_add(ov, name, value);
    g_ptr_array_add(ov->stack, value);
}

static void output_pop(OutputVisitor *ov)
{
    g_assert(ov->stack->len > 0);
    g_ptr_array_set_size(ov->stack, ov->stack->len - 1);
}

static bool output_start_struct(Visitor *v, const char *name, void **obj,
                                size_t size, Error **errp)
{
    output_push((OutputVisitor *)v, name, json_object());
    return true;
}

static void output_end_struct(Visitor *v, void **obj)
{
    output_pop((OutputVisitor *)v);
}

static bool output_start_list(Visitor *v, const char *name, GenericList **list,
                              size_t size, Error **errp)
{
    output_push((OutputVisitor *)v, name, json_array());
    return true;
}

static GenericList *output_next_list(Visitor *v, GenericList *tail, size_t size)
{
    return tail->next;
}

static void output_end_list(Visitor *v)
{
    output_pop((OutputVisitor *)v);
}

static bool output_int64(Visitor *v, const char *name, int64_t *obj,
                         Error **errp)
{
    output_add((OutputVisitor *)v, name, json_integer(*obj));
    return true;
}

/*
 * JSON integers of the library are signed: values from 2^63 up come out
 * negative, and read back as the same bits.
 */
static bool output_uint64(Visitor *v, const char *name, uint64_t *obj,
                          Error **errp)
{
    output_add((OutputVisitor *)v, name, json_integer((json_int_t)*obj));
    return true;
}

static bool output_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    output_add((OutputVisitor *)v, name, json_boolean(*obj));
    return true;
}

static bool output_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    json_t *s;

    /* A missing string is shown as empty. Strings that come from outside
     * (file names) may not be UTF-8; JSON has to be. */
    s = json_string(*obj ? *obj : "");
    if (!s) {
        g_autofree char *valid = g_utf8_make_valid(*obj, -1);

        s = json_string(valid);
    }
    output_add((OutputVisitor *)v, name, s);
    return true;
}

static bool output_number(Visitor *v, const char *name, double *obj,
                          Error **errp)
{
    /* JSON knows neither infinity nor NaN. */
    output_add((OutputVisitor *)v, name,
               isfinite(*obj) ? json_real(*obj) : json_null());
    return true;
}

static bool output_any(Visitor *v, const char *name, json_t **obj, Error **errp)
{
    output_add((OutputVisitor *)v, name,
               *obj ? json_incref(*obj) : json_null());
    return true;
}

static bool output_null(Visitor *v, const char *name, Error **errp)
{
    output_add((OutputVisitor *)v, name, json_null());
    return true;
}

static char *output_full_name(Visitor *v, const char *name)
{
    return g_strdup(name ? name : "");
}

static json_t *output_complete(Visitor *v)
{
    OutputVisitor *ov = (OutputVisitor *)v;
    json_t *root = ov->root;

    g_assert(ov->stack->len == 0);
    ov->root = NULL;
    return root;
}

static void output_free(Visitor *v)
{
    OutputVisitor *ov = (OutputVisitor *)v;

    json_decref(ov->root);
    g_ptr_array_unref(ov->stack);
    g_free(ov);
}

static const VisitorOps output_ops = {
    .kind = VISITOR_OUTPUT,
    .start_struct = output_start_struct,
    .end_struct = output_end_struct,
    .start_list = output_start_list,
    .next_list = output_next_list,
    .end_list = output_end_list,
    .type_int64 = output_int64,
    .type_uint64 = output_uint64,
    .type_size = output_uint64,
    .type_bool = output_bool,
    .type_str = output_str,
    .type_number = output_number,
    .type_any = output_any,
    .type_null = output_null,
    .full_name = output_full_name,
    .complete = output_complete,
    .free = output_free,
};

Visitor *visitor_new_output(void)
{
    OutputVisitor *ov = g_new0(OutputVisitor, 1);

    ov->parent.ops = &output_ops;
    ov->stack = g_ptr_array_new();
    return &ov->parent;
}
