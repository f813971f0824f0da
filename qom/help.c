/*
 * Help texts about properties, in the columns that users know.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "qom/object.h"

static void append_default(GString *out, const json_t *defval)
{
    if (json_is_string(defval)) {
        g_string_append(out, json_string_value(defval));
    } else if (json_is_boolean(defval)) {
        g_string_append(out, json_is_true(defval) ? "on" : "off");
    } else {
        char *text = json_dumps(defval, JSON_ENCODE_ANY);

        g_string_append(out, text);
        free(text);
    }
}

char *object_property_help(const ObjectProperty *p)
{
    g_autofree char *head = g_strdup_printf("  %s=<%s>", p->name, p->type);
    GString *out = g_string_new(NULL);

    if (!p->description && !p->defval) {
        g_string_append(out, head);
    } else {
        g_string_append_printf(out, "%-24s - %s", head, p->description ?: "");
    }
    if (p->defval) {
        g_string_append(out, " (default: ");
        append_default(out, p->defval);
        g_string_append_c(out, ')');
    }
    g_string_append_c(out, '\n');
    return g_string_free(out, false);
}

static void add_line(ObjectProperty *p, void *opaque)
{
    if (p->set) {
        g_ptr_array_add(opaque, object_property_help(p));
    }
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *object_class_options_help(ObjectClass *klass)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    GString *out = g_string_new(NULL);

    object_property_foreach(klass, NULL, add_line, lines);
    g_ptr_array_sort(lines, compare_lines);
    g_string_printf(out, "%s options:\n", object_class_get_name(klass));
    for (unsigned i = 0; i < lines->len; i++) {
        g_string_append(out, g_ptr_array_index(lines, i));
    }
    return g_string_free(out, false);
}
