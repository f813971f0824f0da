/*
 * Visitor: one description of a type's members serves reading it from JSON,
 * writing it to JSON and freeing it.
 *
 * Three kinds exist. An *input* visitor walks a JSON tree and stores into C
 * objects; an *output* visitor builds a JSON tree from them; a *dealloc*
 * visitor frees them. The generated visit_type_T() functions and QOM property
 * accessors are written against this interface and work with all three.
 *
 * Input has two modes. Strict: values must have the JSON type of the schema
 * ("Invalid parameter type for 'x', expected: integer"). Keyval: leaves are
 * strings in QEMU's command-line syntax ("on", "0x10", "1G"); a string-list
 * member accepts one string or an array.
 *
 * `name` is the member's name, or NULL inside a list. Every function returns
 * false with *errp set on failure; the object is then left safe to free.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QAPI_VISITOR_H
#define QAPI_VISITOR_H

#include <jansson.h>

#include "util/error.h"

typedef struct Visitor Visitor;

typedef struct QEnumLookup {
    const char *const *names;
    int count;
} QEnumLookup;

Visitor *visitor_new_input(json_t *root, bool keyval); /* takes a reference */
/* Keyval with the error wording of the oldest options (-netdev, -chardev):
 * "Invalid parameter 'x'", "Parameter 'x' expects an int64 value". */
Visitor *visitor_new_input_opts(json_t *root);
Visitor *visitor_new_output(void);
Visitor *visitor_new_dealloc(void);
/* Output: a new reference to what was built (call once). */
json_t *visitor_complete(Visitor *v);
void visitor_free(Visitor *v);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Visitor, visitor_free)

bool visit_is_input(const Visitor *v);
bool visit_is_dealloc(const Visitor *v);
bool visit_is_keyval(const Visitor *v);

/*
 * A struct. Input: allocates *obj (size bytes, zeroed) unless obj is NULL.
 * visit_check_struct (input) fails on members nobody visited: "Parameter
 * 'foo' is unexpected". visit_end_struct always pairs with a successful start;
 * a dealloc visitor frees *obj there.
 */
bool visit_start_struct(Visitor *v, const char *name, void **obj, size_t size,
                        Error **errp);
bool visit_check_struct(Visitor *v, Error **errp);
void visit_end_struct(Visitor *v, void **obj);

/*
 * A list: elements are C structs whose first member is `next`, allocated by
 * visit_next_list. for (tail = *list; tail; tail = visit_next_list(v, tail,
 * size)) visit_type_X(v, NULL, &tail->value, errp).
 */
typedef struct GenericList {
    struct GenericList *next;
} GenericList;
bool visit_start_list(Visitor *v, const char *name, GenericList **list,
                      size_t size, Error **errp);
GenericList *visit_next_list(Visitor *v, GenericList *tail, size_t size);
/* Appends to a generated list: XList *list = NULL, **tail = &list; then
 * QAPI_LIST_APPEND(tail, value) any number of times. */
#define QAPI_LIST_APPEND(tail, element)                           \
    do {                                                          \
        *(tail) = g_malloc0(sizeof(**(tail)));                    \
        (*(tail))->value = (element);                             \
        (tail) = &(*(tail))->next;                                \
    } while (0)
void visit_end_list(Visitor *v, void **list);

/*
 * An alternate: tells the JSON type of member `name` (input only), so that
 * the caller picks the branch. -1 with *errp if it is missing.
 */
typedef enum QType {
    QTYPE_NONE,
    QTYPE_QNULL,
    QTYPE_QNUM,
    QTYPE_QSTRING,
    QTYPE_QDICT,
    QTYPE_QLIST,
    QTYPE_QBOOL,
} QType;
int visit_peek_type(Visitor *v, const char *name, Error **errp);

/* *present: input sets it, output and dealloc read it. Returns *present. */
bool visit_optional(Visitor *v, const char *name, bool *present);

bool visit_type_int(Visitor *v, const char *name, int64_t *obj, Error **errp);
bool visit_type_int8(Visitor *v, const char *name, int8_t *obj, Error **errp);
bool visit_type_int16(Visitor *v, const char *name, int16_t *obj, Error **errp);
bool visit_type_int32(Visitor *v, const char *name, int32_t *obj, Error **errp);
bool visit_type_int64(Visitor *v, const char *name, int64_t *obj, Error **errp);
bool visit_type_uint8(Visitor *v, const char *name, uint8_t *obj, Error **errp);
bool visit_type_uint16(Visitor *v, const char *name, uint16_t *obj,
                       Error **errp);
bool visit_type_uint32(Visitor *v, const char *name, uint32_t *obj,
                       Error **errp);
bool visit_type_uint64(Visitor *v, const char *name, uint64_t *obj,
                       Error **errp);
/* Keyval mode accepts size suffixes. */
bool visit_type_size(Visitor *v, const char *name, uint64_t *obj, Error **errp);
bool visit_type_bool(Visitor *v, const char *name, bool *obj, Error **errp);
/* Input allocates; the object owns the string; dealloc frees it. */
bool visit_type_str(Visitor *v, const char *name, char **obj, Error **errp);
bool visit_type_number(Visitor *v, const char *name, double *obj, Error **errp);
/* Any JSON value; input takes a reference. */
bool visit_type_any(Visitor *v, const char *name, json_t **obj, Error **errp);
bool visit_type_null(Visitor *v, const char *name, Error **errp);
/* Input: "Parameter 'x' does not accept value 'y'". */
bool visit_type_enum(Visitor *v, const char *name, int *obj,
                     const QEnumLookup *lookup, Error **errp);

const char *qapi_enum_lookup(const QEnumLookup *lookup, int val);
/* -1 with *errp (may be NULL) if unknown. */
int qapi_enum_parse(const QEnumLookup *lookup, const char *s, int def,
                    Error **errp);

/*
 * Events. The generated qapi_event_send_X() functions may be called from any
 * floor; they build the event's object and hand it to the one emitter that
 * the monitor registers (none: dropped). Takes over the reference to data,
 * which may be NULL.
 */
typedef void QapiEventEmit(const char *event, json_t *data);
void qapi_event_set_emitter(QapiEventEmit *emit);
void qapi_event_emit(const char *event, json_t *data);

#endif
