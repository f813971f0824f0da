/*
 * The part of visitors that does not depend on their kind, and the hook
 * through which events leave the lower floors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qapi/visitor-internal.h"

void visitor_free(Visitor *v)
{
    if (v) {
        v->ops->free(v);
    }
}

json_t *visitor_complete(Visitor *v)
{
    g_assert(v->ops->kind == VISITOR_OUTPUT);
    return v->ops->complete(v);
}

bool visit_is_input(const Visitor *v)
{
    return v->ops->kind == VISITOR_INPUT;
}

bool visit_is_dealloc(const Visitor *v)
{
    return v->ops->kind == VISITOR_DEALLOC;
}

bool visit_is_keyval(const Visitor *v)
{
    return v->keyval;
}

bool visit_start_struct(Visitor *v, const char *name, void **obj, size_t size,
                        Error **errp)
{
    return v->ops->start_struct(v, name, obj, size, errp);
}

bool visit_check_struct(Visitor *v, Error **errp)
{
    return v->ops->check_struct ? v->ops->check_struct(v, errp) : true;
}

void visit_end_struct(Visitor *v, void **obj)
{
    v->ops->end_struct(v, obj);
}

bool visit_start_list(Visitor *v, const char *name, GenericList **list,
                      size_t size, Error **errp)
{
    return v->ops->start_list(v, name, list, size, errp);
}

GenericList *visit_next_list(Visitor *v, GenericList *tail, size_t size)
{
    return v->ops->next_list(v, tail, size);
}

void visit_end_list(Visitor *v, void **list)
{
    v->ops->end_list(v);
}

int visit_peek_type(Visitor *v, const char *name, Error **errp)
{
    g_assert(v->ops->peek_type);
    return v->ops->peek_type(v, name, errp);
}

bool visit_optional(Visitor *v, const char *name, bool *present)
{
    if (v->ops->optional) {
        v->ops->optional(v, name, present);
    }
    return *present;
}

/* ------------------------------------------------------------- integers */

static bool range_error(Visitor *v, const char *name, const char *type,
                        Error **errp)
{
    g_autofree char *full = name ? NULL : v->ops->full_name(v, name);

    error_setg(errp, "Parameter '%s' expects %s", name ? name : full, type);
    return false;
}

static bool visit_signed(Visitor *v, const char *name, int64_t *val,
                         int64_t min, int64_t max, const char *type,
                         Error **errp)
{
    if (!v->ops->type_int64(v, name, val, errp)) {
        return false;
    }
    if (*val < min || *val > max) {
        return range_error(v, name, type, errp);
    }
    return true;
}

static bool visit_unsigned(Visitor *v, const char *name, uint64_t *val,
                           uint64_t max, const char *type, Error **errp)
{
    if (!v->ops->type_uint64(v, name, val, errp)) {
        return false;
    }
    if (*val > max) {
        return range_error(v, name, type, errp);
    }
    return true;
}

bool visit_type_int(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    return v->ops->type_int64(v, name, obj, errp);
}

bool visit_type_int64(Visitor *v, const char *name, int64_t *obj, Error **errp)
{
    return v->ops->type_int64(v, name, obj, errp);
}

bool visit_type_int8(Visitor *v, const char *name, int8_t *obj, Error **errp)
{
    int64_t val = *obj;

    if (!visit_signed(v, name, &val, INT8_MIN, INT8_MAX, "int8_t", errp)) {
        return false;
    }
    *obj = val;
    return true;
}

bool visit_type_int16(Visitor *v, const char *name, int16_t *obj, Error **errp)
{
    int64_t val = *obj;

    if (!visit_signed(v, name, &val, INT16_MIN, INT16_MAX, "int16_t", errp)) {
        return false;
    }
    *obj = val;
    return true;
}

bool visit_type_int32(Visitor *v, const char *name, int32_t *obj, Error **errp)
{
    int64_t val = *obj;

    if (!visit_signed(v, name, &val, INT32_MIN, INT32_MAX, "int32_t", errp)) {
        return false;
    }
    *obj = val;
    return true;
}

bool visit_type_uint8(Visitor *v, const char *name, uint8_t *obj, Error **errp)
{
    uint64_t val = *obj;

    if (!visit_unsigned(v, name, &val, UINT8_MAX, "uint8_t", errp)) {
        return false;
    }
    *obj = val;
    return true;
}

bool visit_type_uint16(Visitor *v, const char *name, uint16_t *obj,
                       Error **errp)
{
    uint64_t val = *obj;

    if (!visit_unsigned(v, name, &val, UINT16_MAX, "uint16_t", errp)) {
        return false;
    }
    *obj = val;
    return true;
}

bool visit_type_uint32(Visitor *v, const char *name, uint32_t *obj,
                       Error **errp)
{
    uint64_t val = *obj;

    if (!visit_unsigned(v, name, &val, UINT32_MAX, "uint32_t", errp)) {
        return false;
    }
    *obj = val;
    return true;
}

bool visit_type_uint64(Visitor *v, const char *name, uint64_t *obj,
                       Error **errp)
{
    return v->ops->type_uint64(v, name, obj, errp);
}

bool visit_type_size(Visitor *v, const char *name, uint64_t *obj, Error **errp)
{
    return v->ops->type_size(v, name, obj, errp);
}

/* ---------------------------------------------------------- other leaves */

bool visit_type_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    return v->ops->type_bool(v, name, obj, errp);
}

bool visit_type_str(Visitor *v, const char *name, char **obj, Error **errp)
{
    return v->ops->type_str(v, name, obj, errp);
}

bool visit_type_number(Visitor *v, const char *name, double *obj, Error **errp)
{
    return v->ops->type_number(v, name, obj, errp);
}

bool visit_type_any(Visitor *v, const char *name, json_t **obj, Error **errp)
{
    return v->ops->type_any(v, name, obj, errp);
}

bool visit_type_null(Visitor *v, const char *name, Error **errp)
{
    return v->ops->type_null(v, name, errp);
}

bool visit_type_enum(Visitor *v, const char *name, int *obj,
                     const QEnumLookup *lookup, Error **errp)
{
    g_autofree char *s = NULL;
    int val;

    switch (v->ops->kind) {
    case VISITOR_DEALLOC:
        return true;
    case VISITOR_OUTPUT:
        s = g_strdup(qapi_enum_lookup(lookup, *obj));
        return v->ops->type_str(v, name, &s, errp);
    case VISITOR_INPUT:
        break;
    }
    if (!v->ops->type_str(v, name, &s, errp)) {
        return false;
    }
    val = qapi_enum_parse(lookup, s, -1, NULL);
    if (val < 0) {
        g_autofree char *full = name ? NULL : v->ops->full_name(v, name);

        error_setg(errp, "Parameter '%s' does not accept value '%s'",
                   name ? name : full, s);
        return false;
    }
    *obj = val;
    return true;
}

const char *qapi_enum_lookup(const QEnumLookup *lookup, int val)
{
    g_assert(val >= 0 && val < lookup->count);
    return lookup->names[val];
}

int qapi_enum_parse(const QEnumLookup *lookup, const char *s, int def,
                    Error **errp)
{
    if (!s) {
        return def;
    }
    for (int i = 0; i < lookup->count; i++) {
        if (lookup->names[i] && !strcmp(lookup->names[i], s)) {
            return i;
        }
    }
    error_setg(errp, "invalid parameter value: %s", s);
    return -1;
}

/* ---------------------------------------------------------------- events */

static QapiEventEmit *event_emitter;

void qapi_event_set_emitter(QapiEventEmit *emit)
{
    event_emitter = emit;
}

void qapi_event_emit(const char *event, json_t *data)
{
    if (event_emitter) {
        event_emitter(event, data);
    } else {
        json_decref(data);
    }
}
