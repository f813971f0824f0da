/*
 * What a kind of visitor provides. The core (visitor-core.c) does what is the
 * same for all: ranges of the small integers, enums, optional pointers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QAPI_VISITOR_INTERNAL_H
#define QAPI_VISITOR_INTERNAL_H

#include "qapi/visitor.h"

typedef enum VisitorKind {
    VISITOR_INPUT,
    VISITOR_OUTPUT,
    VISITOR_DEALLOC,
} VisitorKind;

/* Contracts as those of the public functions of the same name. */
typedef struct VisitorOps {
    VisitorKind kind;
    bool (*start_struct)(Visitor *v, const char *name, void **obj, size_t size,
                         Error **errp);
    bool (*check_struct)(Visitor *v, Error **errp); /* NULL: always true */
    void (*end_struct)(Visitor *v, void **obj);
    bool (*start_list)(Visitor *v, const char *name, GenericList **list,
                       size_t size, Error **errp);
    GenericList *(*next_list)(Visitor *v, GenericList *tail, size_t size);
    void (*end_list)(Visitor *v);
    int (*peek_type)(Visitor *v, const char *name, Error **errp);
    void (*optional)(Visitor *v, const char *name, bool *present);
    bool (*type_int64)(Visitor *v, const char *name, int64_t *obj,
                       Error **errp);
    bool (*type_uint64)(Visitor *v, const char *name, uint64_t *obj,
                        Error **errp);
    bool (*type_size)(Visitor *v, const char *name, uint64_t *obj,
                      Error **errp);
    bool (*type_bool)(Visitor *v, const char *name, bool *obj, Error **errp);
    bool (*type_str)(Visitor *v, const char *name, char **obj, Error **errp);
    bool (*type_number)(Visitor *v, const char *name, double *obj,
                        Error **errp);
    bool (*type_any)(Visitor *v, const char *name, json_t **obj, Error **errp);
    bool (*type_null)(Visitor *v, const char *name, Error **errp);
    /* "a.b[2].c" of the member about to be visited, to be freed. */
    char *(*full_name)(Visitor *v, const char *name);
    json_t *(*complete)(Visitor *v); /* output only */
    void (*free)(Visitor *v);
} VisitorOps;

struct Visitor {
    const VisitorOps *ops;
    bool keyval; /* input: leaves are command-line strings */
};

#endif
