/*
 * -readconfig: options from a file in QEMU's format,
 *
 *   [netdev "n0"]
 *     type = "user"
 *   [device]
 *     driver = "virtio-net-pci"
 *     netdev = "n0"
 *
 * Each section becomes the command-line option of its name; three groups are
 * called otherwise than their option.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "system/system-internal.h"

typedef struct ConfigSection {
    char *group; /* NULL: none yet */
    int line;
    GString *arg;
} ConfigSection;

/* A value in a comma-separated option: its own commas doubled. */
static void append_value(GString *out, const char *key, const char *value)
{
    if (out->len) {
        g_string_append_c(out, ',');
    }
    g_string_append_printf(out, "%s=", key);
    for (; *value; value++) {
        g_string_append_c(out, *value);
        if (*value == ',') {
            g_string_append_c(out, ',');
        }
    }
}

static const char *option_of_group(const char *group)
{
    static const char *const names[][2] = {
        { "memory", "m" },
        { "smp-opts", "smp" },
        { "boot-opts", "boot" },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (g_str_equal(group, names[i][0])) {
            return names[i][1];
        }
    }
    return group;
}

static bool section_flush(ConfigSection *s, const char *file, Error **errp)
{
    bool ok = !s->group || cmdline_add(option_of_group(s->group), s->arg->str,
                                       file, s->line, errp);

    g_free(s->group);
    s->group = NULL;
    g_string_truncate(s->arg, 0);
    return ok;
}

/* [group] or [group "id"]; line is stripped. */
static bool parse_header(ConfigSection *s, char *line, Error **errp)
{
    size_t len = strlen(line);
    char *id;

    if (len < 3 || line[len - 1] != ']') {
        error_setg(errp, "parse error: '%s' is no section header", line);
        return false;
    }
    line[len - 1] = '\0';
    line++;
    id = strchr(line, '"');
    if (id) {
        char *end = strrchr(id + 1, '"');

        if (!end || end[1]) {
            error_setg(errp, "parse error: no closing quote in '[%s]'", line);
            return false;
        }
        *end = '\0';
        *id++ = '\0';
        append_value(s->arg, "id", id);
    }
    s->group = g_strdup(g_strstrip(line));
    return true;
}

/* key = "value"; line is stripped. */
static bool parse_member(ConfigSection *s, char *line, Error **errp)
{
    char *equals = strchr(line, '=');
    char *value;
    size_t len;

    if (!equals) {
        error_setg(errp, "parse error: '%s' is neither section nor key = "
                   "\"value\"", line);
        return false;
    }
    *equals = '\0';
    value = g_strstrip(equals + 1);
    len = strlen(value);
    if (len < 2 || value[0] != '"' || value[len - 1] != '"') {
        error_setg(errp, "parse error: value of '%s' is not in quotes",
                   g_strstrip(line));
        return false;
    }
    if (!s->group) {
        error_setg(errp, "no group defined");
        return false;
    }
    value[len - 1] = '\0';
    append_value(s->arg, g_strstrip(line), value + 1);
    return true;
}

bool cmd_readconfig(const char *arg, Error **errp)
{
    ConfigSection section = { .arg = g_string_new(NULL) };
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    GError *gerr = NULL;
    bool ok = true;

    if (!g_file_get_contents(arg, &text, NULL, &gerr)) {
        error_setg(errp, "Could not open '%s': %s", arg,
                   g_file_test(arg, G_FILE_TEST_EXISTS) ? gerr->message :
                   strerror(ENOENT));
        g_error_free(gerr);
        g_string_free(section.arg, true);
        return false;
    }
    lines = g_strsplit(text, "\n", -1);
    for (int i = 0; ok && lines[i]; i++) {
        char *line = g_strstrip(lines[i]);

        if (!*line || *line == '#') {
            continue;
        }
        loc_set_file(arg, i + 1);
        if (*line == '[') {
            ok = section_flush(&section, arg, errp);
            loc_set_file(arg, i + 1);
            section.line = i + 1;
            ok = ok && parse_header(&section, line, errp);
        } else {
            ok = parse_member(&section, line, errp);
        }
    }
    ok = ok && section_flush(&section, arg, errp);
    g_free(section.group);
    g_string_free(section.arg, true);
    return ok;
}
