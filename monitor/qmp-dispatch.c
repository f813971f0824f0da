/*
 * From a request to a reply.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/monitor-internal.h"
#include "qapi/qapi-commands.h"

typedef struct Request {
    const char *command; /* borrowed from the request, as the others */
    json_t *args;        /* NULL: none given */
    json_t *id;          /* NULL: none given */
} Request;

/* Takes a request apart. The id is found even if the rest is wrong. */
static bool request_parse(json_t *msg, Request *req, Error **errp)
{
    const char *key;
    json_t *value;

    if (!json_is_object(msg)) {
        error_setg(errp, "QMP input must be a JSON object");
        return false;
    }
    req->id = json_object_get(msg, "id");
    json_object_foreach (msg, key, value) {
        if (!strcmp(key, "execute")) {
            if (!json_is_string(value)) {
                error_setg(errp, "QMP input member 'execute' must be a "
                                 "string");
                return false;
            }
            req->command = json_string_value(value);
        } else if (!strcmp(key, "arguments")) {
            if (!json_is_object(value)) {
                error_setg(errp, "QMP input member 'arguments' must be an "
                                 "object");
                return false;
            }
            req->args = value;
        } else if (strcmp(key, "id")) {
            error_setg(errp, "QMP input member '%s' is unexpected", key);
            return false;
        }
    }
    if (!req->command) {
        error_setg(errp, "QMP input lacks member 'execute'");
        return false;
    }
    return true;
}

static int command_compare(const void *name, const void *cmd)
{
    return strcmp(name, ((const QmpCommand *)cmd)->name);
}

static const QmpCommand *command_find(MonitorQMP *mon, const char *name,
                                      Error **errp)
{
    bool negotiates = !strcmp(name, "qmp_capabilities");
    const QmpCommand *cmd = bsearch(name, qmp_commands, qmp_commands_count,
                                    sizeof(*cmd), command_compare);

    if (!mon->negotiated && !negotiates) {
        error_set(errp, ERROR_CLASS_COMMAND_NOT_FOUND,
                  "Expecting capabilities negotiation with "
                  "'qmp_capabilities'");
        return NULL;
    }
    if (mon->negotiated && negotiates) {
        error_set(errp, ERROR_CLASS_COMMAND_NOT_FOUND,
                  "Capabilities negotiation is already complete, command "
                  "ignored");
        return NULL;
    }
    if (!cmd) {
        error_set(errp, ERROR_CLASS_COMMAND_NOT_FOUND,
                  "The command %s has not been found", name);
    }
    return cmd;
}

json_t *qmp_error_reply(json_t *id, Error *err)
{
    json_t *reply = json_object();
    json_t *desc = json_string(error_get_pretty(err));

    if (!desc) {
        g_autofree char *valid = g_utf8_make_valid(error_get_pretty(err), -1);

        desc = json_string(valid);
    }
    if (id) {
        json_object_set(reply, "id", id);
    }
    json_object_set_new(reply, "error",
                        json_pack("{s:s, s:o}", "class",
                                  error_class_name(error_get_class(err)),
                                  "desc", desc));
    error_free(err);
    return reply;
}

json_t *qmp_dispatch(MonitorQMP *mon, json_t *msg)
{
    Request req = {0};
    Error *err = NULL;
    const QmpCommand *cmd;
    json_t *ret = NULL;
    json_t *args, *reply;
    Monitor *outer;

    if (!request_parse(msg, &req, &err)) {
        return qmp_error_reply(req.id, err);
    }
    cmd = command_find(mon, req.command, &err);
    if (!cmd) {
        return qmp_error_reply(req.id, err);
    }
    args = req.args ? json_incref(req.args) : json_object();
    outer = monitor_set_cur(&mon->parent_obj);
    cmd->fn(args, &ret, &err);
    monitor_set_cur(outer);
    json_decref(args);
    if (err) {
        json_decref(ret);
        return qmp_error_reply(req.id, err);
    }
    reply = json_object();
    json_object_set_new(reply, "return", ret ? ret : json_object());
    if (req.id) {
        json_object_set(reply, "id", req.id);
    }
    return reply;
}
