/*
 * Command-line option arguments.
 *
 * Both forms end as one JSON object, so that everything behind the command
 * line reads options the way it reads QMP arguments. The keyval form is taken
 * apart element by element and stored by dotted path; objects whose keys are
 * all numbers ("a.0=x,a.1=y") become arrays once everything has been read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/option.h"

/* Deeper nesting than any schema has; bounds the recursion over the tree. */
#define KEYVAL_MAX_DEPTH 32

bool id_wellformed(const char *id)
{
    if (!g_ascii_isalpha(id[0])) {
        return false;
    }
    for (const char *p = id + 1; *p; p++) {
        if (!g_ascii_isalnum(*p) && !strchr("-._", *p)) {
            return false;
        }
    }
    return true;
}

static bool is_index(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!g_ascii_isdigit(s[i])) {
            return false;
        }
    }
    return len > 0;
}

/* One component of a dotted key: a name, or a list index. */
static bool key_component_valid(const char *s, size_t len, bool first)
{
    if (is_index(s, len)) {
        /* Canonical only, so that "0" and "00" cannot both be there. */
        return !first && len < 10 && (s[0] != '0' || len == 1);
    }
    if (!len || !(g_ascii_isalpha(s[0]) || s[0] == '_')) {
        return false;
    }
    for (size_t i = 1; i < len; i++) {
        if (!g_ascii_isalnum(s[i]) && s[i] != '-' && s[i] != '_') {
            return false;
        }
    }
    return true;
}

static bool inconsistent_use(const char *key, size_t len, Error **errp)
{
    error_setg(errp, "Parameters '%.*s.*' used inconsistently", (int)len, key);
    return false;
}

/* Stores the last component; a repeated key collects its values. */
static bool store_leaf(json_t *obj, const char *key, const char *full,
                       const char *value, Error **errp)
{
    json_t *old = json_object_get(obj, key);
    json_t *val = json_string(value);

    if (!val) {
        error_setg(errp, "Parameter '%s' is not valid UTF-8", full);
        return false;
    }
    if (json_is_object(old)) {
        json_decref(val);
        return inconsistent_use(full, strlen(full), errp);
    }
    if (json_is_array(old)) {
        json_array_append_new(old, val);
    } else if (old) {
        json_t *both = json_array();

        json_array_append(both, old);
        json_array_append_new(both, val);
        json_object_set_new(obj, key, both);
    } else {
        json_object_set_new(obj, key, val);
    }
    return true;
}

/* Stores value under the dotted path `key`, making objects on the way. */
static bool keyval_store(json_t *root, const char *key, const char *value,
                         Error **errp)
{
    const char *part = key;
    json_t *obj = root;

    for (int depth = 0;; depth++) {
        size_t len = strcspn(part, ".");
        g_autofree char *name = g_strndup(part, len);
        json_t *next;

        if (!key_component_valid(part, len, depth == 0)) {
            error_setg(errp, "Invalid parameter '%s'", key);
            return false;
        }
        if (!part[len]) {
            return store_leaf(obj, name, key, value, errp);
        }
        if (depth == KEYVAL_MAX_DEPTH) {
            error_setg(errp, "Parameter '%s' is nested too deeply", key);
            return false;
        }
        next = json_object_get(obj, name);
        if (!next) {
            next = json_object();
            json_object_set_new(obj, name, next);
        } else if (!json_is_object(next)) {
            return inconsistent_use(key, part + len - key, errp);
        }
        obj = next;
        part += len + 1;
    }
}

/* An object whose keys are 0..n-1 as an array; NULL with *errp if it has
 * gaps. prefix: the object's own key. */
static json_t *array_from_indices(json_t *obj, const char *prefix,
                                  Error **errp)
{
    json_t *arr = json_array();

    for (size_t i = 0; i < json_object_size(obj); i++) {
        g_autofree char *idx = g_strdup_printf("%zu", i);
        json_t *elem = json_object_get(obj, idx);

        if (!elem) {
            error_setg(errp, "Parameter '%s.%s' is missing", prefix, idx);
            json_decref(arr);
            return NULL;
        }
        json_array_append(arr, elem);
    }
    return arr;
}

/* Turns the objects below obj that are lists into arrays. */
static bool keyval_listify(json_t *obj, const char *prefix, Error **errp)
{
    const char *key;
    json_t *val;

    json_object_foreach(obj, key, val) {
        g_autofree char *path = NULL;
        const char *sub;
        json_t *subval;
        size_t indices = 0;

        if (!json_is_object(val)) {
            continue;
        }
        path = prefix ? g_strdup_printf("%s.%s", prefix, key) : g_strdup(key);
        if (!keyval_listify(val, path, errp)) {
            return false;
        }
        json_object_foreach(val, sub, subval) {
            indices += is_index(sub, strlen(sub));
        }
        if (!indices) {
            continue;
        }
        if (indices != json_object_size(val)) {
            return inconsistent_use(path, strlen(path), errp);
        }
        val = array_from_indices(val, path, errp);
        if (!val) {
            return false;
        }
        /* Replacing the value of an existing key keeps the iteration valid. */
        json_object_set_new(obj, key, val);
    }
    return true;
}

/* Reads up to the next comma that is not doubled; moves *p behind it. */
static char *take_value(const char **p)
{
    GString *out = g_string_new(NULL);
    const char *s = *p;

    while (*s) {
        if (*s == ',') {
            if (s[1] != ',') {
                s++;
                break;
            }
            s++;
        }
        g_string_append_c(out, *s++);
    }
    *p = s;
    return g_string_free(out, FALSE);
}

static bool store_flag(json_t *root, const char *flag, Error **errp)
{
    bool off = g_str_has_prefix(flag, "no");
    const char *key = off ? flag + 2 : flag;
    Error *warning = NULL;

    error_setg(&warning, "short-form boolean option '%s' deprecated", flag);
    error_append_hint(&warning, "Please use %s=%s instead\n", key,
                      off ? "off" : "on");
    warn_report_err(warning);
    return keyval_store(root, key, off ? "off" : "on", errp);
}

/* Parses the element at *p. implied_key is not NULL only for the first. */
static bool keyval_parse_one(json_t *root, const char **p,
                             const char *implied_key, bool *help, Error **errp)
{
    size_t len = strcspn(*p, "=,");
    g_autofree char *key = NULL;
    g_autofree char *value = NULL;

    if ((*p)[len] == '=') {
        key = g_strndup(*p, len);
        *p += len + 1;
        value = take_value(p);
        return keyval_store(root, key, value, errp);
    }
    if (implied_key) {
        value = take_value(p);
    } else {
        value = g_strndup(*p, len);
        *p += len + ((*p)[len] == ',');
    }
    if (help && (g_str_equal(value, "help") || g_str_equal(value, "?"))) {
        *help = true;
        return true;
    }
    return implied_key ? keyval_store(root, implied_key, value, errp)
                       : store_flag(root, value, errp);
}

json_t *keyval_parse(const char *params, const char *implied_key, bool *help,
                     Error **errp)
{
    json_t *root = json_object();
    const char *p = params;

    if (help) {
        *help = false;
    }
    while (*p) {
        if (!keyval_parse_one(root, &p, implied_key, help, errp)) {
            json_decref(root);
            return NULL;
        }
        implied_key = NULL;
    }
    if (!keyval_listify(root, NULL, errp)) {
        json_decref(root);
        return NULL;
    }
    return root;
}

static const char *json_error_reason(const json_error_t *err)
{
    switch (json_error_code(err)) {
    case json_error_premature_end_of_input:
        return "premature end of input";
    case json_error_duplicate_key:
        return "duplicate key";
    default:
        return err->text;
    }
}

json_t *json_parse_object(const char *text, Error **errp)
{
    json_error_t err;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                              &err);

    if (!root) {
        if (json_error_code(&err) == json_error_end_of_input_expected) {
            error_setg(errp, "Expecting at most one JSON value");
        } else {
            error_setg(errp, "%d:%d: JSON parse error, %s", err.line,
                       err.column, json_error_reason(&err));
        }
        return NULL;
    }
    if (!json_is_object(root)) {
        error_setg(errp, "JSON object expected, got '%s'", text);
        json_decref(root);
        return NULL;
    }
    return root;
}

bool option_is_json(const char *arg)
{
    return arg[0] == '{';
}

json_t *option_parse(const char *arg, const char *implied_key, bool *help,
                     bool *is_keyval, Error **errp)
{
    if (help) {
        *help = false;
    }
    *is_keyval = !option_is_json(arg);
    return *is_keyval ? keyval_parse(arg, implied_key, help, errp)
                      : json_parse_object(arg, errp);
}

const char *option_get_str(const json_t *opts, const char *key)
{
    const json_t *val = json_object_get(opts, key);

    if (json_is_array(val) && json_array_size(val)) {
        val = json_array_get(val, json_array_size(val) - 1);
    }
    return json_string_value(val);
}
