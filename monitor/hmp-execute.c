/*
 * The human monitor's interpreter: from a line to the call of a handler.
 *
 * A line is COMMAND ARGUMENT..., separated by white space. A word in double
 * quotes may contain white space, and \n, \r, \\, \' and \" there stand for
 * what they stand for in C. What is wrong with a line is said in QEMU's words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/hmp-internal.h"

#define BLANKS " \t\n\v\f\r"

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, BLANKS);
}

/* -------------------------------------------------------------- arguments */

/* The rest of a word after its opening quote. */
static char *quoted_word(const char **p, const char **problem)
{
    static const char names[] = "nr\\'\"", values[] = "\n\r\\'\"";
    g_autoptr(GString) word = g_string_new(NULL);
    const char *s = *p;

    while (*s && *s != '"') {
        const char *escape;

        if (*s != '\\') {
            g_string_append_c(word, *s++);
            continue;
        }
        escape = s[1] ? strchr(names, s[1]) : NULL;
        if (!escape) {
            *problem = s[1] ? "unsupported escape code in string"
                            : "unterminated string";
            return NULL;
        }
        g_string_append_c(word, values[escape - names]);
        s += 2;
    }
    if (!*s) {
        *problem = "unterminated string";
        return NULL;
    }
    *p = s + 1;
    return g_strdup(word->str);
}

char *hmp_next_word(const char **p, const char **problem)
{
    const char *start = skip_blanks(*p);
    size_t len = strcspn(start, BLANKS);

    *p = start;
    if (!*start) {
        return NULL;
    }
    if (*start == '"') {
        *p = start + 1;
        return quoted_word(p, problem);
    }
    *p = start + len;
    return g_strndup(start, len);
}

/* A 32-bit number as JSON, or NULL with the message in *why. */
static json_t *parse_number(const HmpCommand *cmd, const char *word, char **why)
{
    bool negative = *word == '-';
    const char *digits = word + negative;
    uint64_t value;
    char *end;

    errno = 0;
    value = g_ascii_strtoull(digits, &end, 0);
    if (!*digits) {
        *why = g_strdup("unexpected end of expression");
    } else if (!g_ascii_isdigit(*digits) || *end) {
        *why = g_strdup_printf("invalid char '%c' in expression",
                               g_ascii_isdigit(*digits) ? *end : *digits);
    } else if (errno || value > UINT32_MAX || (negative && value)) {
        *why = g_strdup_printf("'%s' has failed: integer is for 32-bit values",
                               cmd->name);
    } else {
        return json_integer(value);
    }
    return NULL;
}

static json_t *parse_on_off(const char *word, char **why)
{
    if (g_str_equal(word, "on")) {
        return json_true();
    }
    if (g_str_equal(word, "off")) {
        return json_false();
    }
    *why = g_strdup("Expected 'on' or 'off'");
    return NULL;
}

static char *missing_message(const HmpCommand *cmd, const HmpArg *arg)
{
    switch (arg->type) {
    case HMP_NUMBER:
        return g_strdup("unexpected end of expression");
    case HMP_ON_OFF:
        return g_strdup("Expected 'on' or 'off'");
    case HMP_FILENAME:
        return g_strdup_printf("%s: filename expected", cmd->name);
    default:
        return g_strdup_printf("%s: string expected", cmd->name);
    }
}

/* False: *why says what is wrong, or the line has ended and arg is optional. */
static bool parse_one(const HmpCommand *cmd, const HmpArg *arg, const char **p,
                      json_t *args, char **why)
{
    g_autofree char *word = NULL;
    const char *problem = NULL;
    json_t *value;

    if (arg->type == HMP_TEXT) {
        *p = skip_blanks(*p);
        word = **p ? g_strdup(*p) : NULL;
        *p += strlen(*p);
    } else {
        word = hmp_next_word(p, &problem);
    }
    if (problem) {
        *why = g_strdup_printf("%s: %s", cmd->name, problem);
        return false;
    }
    if (!word) {
        *why = arg->optional ? NULL : missing_message(cmd, arg);
        return false;
    }
    value = arg->type == HMP_NUMBER   ? parse_number(cmd, word, why)
            : arg->type == HMP_ON_OFF ? parse_on_off(word, why)
                                      : json_string(word);
    if (!value) {
        return false;
    }
    json_object_set_new(args, arg->name, value);
    return true;
}

static const HmpArg *find_flag(const HmpCommand *cmd, char letter)
{
    for (const HmpArg *arg = cmd->args; arg && arg->name; arg++) {
        if (arg->type == HMP_FLAG && arg->name[0] == letter) {
            return arg;
        }
    }
    return NULL;
}

static bool has_flags(const HmpCommand *cmd)
{
    /* They are described first. */
    return cmd->args && cmd->args[0].name && cmd->args[0].type == HMP_FLAG;
}

static bool parse_flags(const HmpCommand *cmd, const char **p, json_t *args,
                        char **why)
{
    for (;;) {
        const char *s = skip_blanks(*p);

        if (s[0] != '-' || !s[1]) {
            return true;
        }
        if (!find_flag(cmd, s[1])) {
            *why =
                g_strdup_printf("%s: unsupported option -%c", cmd->name, s[1]);
            return false;
        }
        if (s[2] && !strchr(BLANKS, s[2])) {
            return true; /* not a flag: too much on the line, or a value */
        }
        json_object_set_new(args, (char[]){s[1], '\0'}, json_true());
        *p = s + 2;
    }
}

static bool parse_all(const HmpCommand *cmd, const char *text, json_t *args,
                      char **why)
{
    const char *p = text;

    if (has_flags(cmd) && !parse_flags(cmd, &p, args, why)) {
        return false;
    }
    for (const HmpArg *arg = cmd->args; arg && arg->name; arg++) {
        if (arg->type != HMP_FLAG && !parse_one(cmd, arg, &p, args, why)) {
            return !*why;
        }
    }
    if (*skip_blanks(p)) {
        *why = g_strdup_printf("%s: extraneous characters at the end of line",
                               cmd->name);
        return false;
    }
    return true;
}

json_t *hmp_parse_args(Monitor *mon, const HmpCommand *cmd, const char *text)
{
    json_t *args = json_object();
    g_autofree char *why = NULL;

    if (!parse_all(cmd, text, args, &why)) {
        monitor_printf(mon, "%s\n", why);
        json_decref(args);
        return NULL;
    }
    return args;
}

/* --------------------------------------------------------------- commands */

/* names: "stop|s". */
static bool is_name_of(const char *names, const char *name, size_t len)
{
    for (;;) {
        size_t n = strcspn(names, "|");

        if (n == len && !memcmp(names, name, len)) {
            return true;
        }
        if (!names[n]) {
            return false;
        }
        names += n + 1;
    }
}

const HmpCommand *hmp_find_command(const HmpCommand *table, const char *name,
                                   size_t len)
{
    for (; table->name; table++) {
        if (is_name_of(table->name, name, len)) {
            return table;
        }
    }
    return NULL;
}

void hmp_execute(Monitor *mon, const char *line)
{
    const HmpCommand *table = hmp_commands, *cmd;
    const char *start = skip_blanks(line), *p = start;
    int len;
    json_t *args;

    if (!*start) {
        return;
    }
    if (!g_utf8_validate(line, -1, NULL)) {
        monitor_puts(mon, "the command is not valid UTF-8\n");
        return;
    }
    do {
        len = strcspn(p, BLANKS);
        cmd = hmp_find_command(table, p, len);
        if (!cmd) {
            monitor_printf(mon, "unknown command: '%.*s'\n",
                           (int)(p + len - start), start);
            return;
        }
        p += len;
        table = cmd->sub;
        if (table && *skip_blanks(p)) {
            p = skip_blanks(p);
        } else {
            table = NULL;
        }
    } while (table);

    args = hmp_parse_args(mon, cmd, p);
    if (args) {
        cmd->run(mon, args);
        json_decref(args);
    } else {
        monitor_printf(mon, "Try \"help %.*s\" for more information\n",
                       (int)(p - start), start);
    }
}

/* ------------------------------------------------------------ for handlers */

const char *hmp_arg_str(json_t *args, const char *name)
{
    return json_string_value(json_object_get(args, name));
}

bool hmp_arg_bool(json_t *args, const char *name)
{
    return json_is_true(json_object_get(args, name));
}

void hmp_handle_error(Monitor *mon, Error *err)
{
    if (err) {
        monitor_printf(mon, "Error: %s\n", error_get_pretty(err));
        if (error_get_hint(err)) {
            monitor_puts(mon, error_get_hint(err));
        }
        error_free(err);
    }
}

void hmp_print_text(Monitor *mon, char *text)
{
    if (text) {
        monitor_puts(mon, text);
    }
    g_free(text);
}
