/*
 * Dealloc visitor: frees what an input visitor (or hand-written code)
 * allocated. It needs no state: each object frees its members, then itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qapi/visitor-internal.h"

static bool dealloc_start_struct(Visitor *v, const char *name, void **obj,
                                 size_t size, Error **errp)
{
    return true;
}

static void dealloc_end_struct(Visitor *v, void **obj)
{
    if (obj) {
        g_free(*obj);
        *obj = NULL;
    }
}

static bool dealloc_start_list(Visitor *v, const char *name, GenericList **list,
                               size_t size, Error **errp)
{
    return true;
}

static GenericList *dealloc_next_list(Visitor *v, GenericList *tail,
                                      size_t size)
{
    GenericList *next = tail->next;

    g_free(tail);
    return next;
}

static void dealloc_end_list(Visitor *v)
{
}

static bool dealloc_int64(Visitor *v, const char *name, int64_t *obj,
                          Error **errp)
{
    return true;
}

static bool dealloc_uint64(Visitor *v, const char *name, uint64_t *obj,
                           Error **errp)
{
    return true;
}

static bool dealloc_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    return true;
}

static bool dealloc_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    g_clear_pointer(obj, g_free);
    return true;
}

static bool dealloc_number(Visitor *v, const char *name, double *obj,
                           Error **errp)
{
    return true;
}

static bool dealloc_any(Visitor *v, const char *name, json_t **obj,
                        Error **errp)
{
    g_clear_pointer(obj, json_decref);
    return true;
}

static bool dealloc_null(Visitor *v, const char *name, Error **errp)
{
    return true;
}

static char *dealloc_full_name(Visitor *v, const char *name)
{
    return g_strdup(name ? name : "");
}

static void dealloc_free(Visitor *v)
{
    g_free(v);
}

static const VisitorOps dealloc_ops = {
    .kind = VISITOR_DEALLOC,
    .start_struct = dealloc_start_struct,
    .end_struct = dealloc_end_struct,
    .start_list = dealloc_start_list,
    .next_list = dealloc_next_list,
    .end_list = dealloc_end_list,
    .type_int64 = dealloc_int64,
    .type_uint64 = dealloc_uint64,
    .type_size = dealloc_uint64,
    .type_bool = dealloc_bool,
    .type_str = dealloc_str,
    .type_number = dealloc_number,
    .type_any = dealloc_any,
    .type_null = dealloc_null,
    .full_name = dealloc_full_name,
    .free = dealloc_free,
};

Visitor *visitor_new_dealloc(void)
{
    Visitor *v = g_new0(Visitor, 1);

    v->ops = &dealloc_ops;
    return v;
}
