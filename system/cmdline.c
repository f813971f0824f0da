/*
 * The command line as a list of options, and running it in phases.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "system/system-internal.h"

typedef struct CmdItem {
    const CmdOption *option; /* its first row in the table */
    char *arg;               /* or NULL */
    char **argv; /* where it stands, for messages; NULL: in a file */
    int argv_index;
    char *file;
    int line;
} CmdItem;

static GPtrArray *items;
static const CmdItem *current;

static void item_free(void *opaque)
{
    CmdItem *item = opaque;

    g_free(item->arg);
    g_free(item->file);
    g_free(item);
}

static void item_set_location(const CmdItem *item)
{
    if (item->argv) {
        loc_set_cmdline(item->argv, item->argv_index, item->arg ? 2 : 1);
    } else {
        loc_set_file(item->file, item->line);
    }
}

static const CmdOption *option_find(const char *name)
{
    for (const CmdOption *o = cmd_options; o->name; o++) {
        if (o->handle && g_str_equal(o->name, name)) {
            return o;
        }
    }
    return NULL;
}

/* Every row of the option's name that belongs to the phase. */
static bool item_run(const CmdItem *item, CmdPhase phase, Error **errp)
{
    for (const CmdOption *o = item->option; o->name; o++) {
        if (o->handle && o->phase == phase &&
            g_str_equal(o->name, item->option->name)) {
            item_set_location(item);
            current = item;
            if (!o->handle(item->arg, errp)) {
                return false;
            }
        }
    }
    return true;
}

/* Takes the item; runs what is to run now. */
static bool item_add(CmdItem *item, Error **errp)
{
    if (!items) {
        items = g_ptr_array_new_with_free_func(item_free);
    }
    g_ptr_array_add(items, item);
    return item_run(item, CMD_PHASE_NOW, errp);
}

bool cmdline_add(const char *name, const char *arg, const char *file, int line,
                 Error **errp)
{
    const CmdOption *option = option_find(name);
    CmdItem *item;

    loc_set_file(file, line);
    if (!option || !option->arg) {
        error_setg(errp, "There is no option group '%s'", name);
        return false;
    }
    item = g_new0(CmdItem, 1);
    item->option = option;
    item->arg = g_strdup(arg);
    item->file = g_strdup(file);
    item->line = line;
    return item_add(item, errp);
}

/* "help" or "?" as an element, or as the value of one (model=help). */
static bool asks_for_help(const char *arg)
{
    g_auto(GStrv) parts = g_strsplit_set(arg, ",=:", -1);

    return g_strv_contains((const char *const *)parts, "help") ||
           g_strv_contains((const char *const *)parts, "?");
}

/*
 * Help must not depend on what else the command line says, so it is looked for
 * before anything is made. The handler prints it and ends the program; one
 * that finds no question in the argument after all is not harmed.
 */
static void run_help(void)
{
    static const CmdPhase phases[] = { CMD_PHASE_LOG, CMD_PHASE_CHARDEV,
                                       CMD_PHASE_OBJECT, CMD_PHASE_NET,
                                       CMD_PHASE_DEVICE };
    Error *err = NULL;

    for (unsigned i = 0; items && i < items->len; i++) {
        const CmdItem *item = g_ptr_array_index(items, i);

        if (!item->arg || !asks_for_help(item->arg)) {
            continue;
        }
        for (unsigned p = 0; p < ARRAY_SIZE(phases); p++) {
            if (item->option->phase == phases[p] &&
                !item_run(item, phases[p], &err)) {
                error_report_err(err);
                exit(1);
            }
        }
    }
    loc_clear();
}

void cmdline_parse(int argc, char **argv)
{
    Error *err = NULL;

    for (int i = 1; i < argc;) {
        const char *name = argv[i];
        const CmdOption *option;
        CmdItem *item;

        loc_set_cmdline(argv, i, 1);
        if (name[0] != '-' || !name[1]) {
            error_report("disk images are not supported: this machine has no "
                         "disks");
            exit(1);
        }
        name += name[1] == '-' ? 2 : 1;
        option = option_find(name);
        if (!option) {
            error_report("invalid option");
            exit(1);
        }
        if (option->arg && i + 1 >= argc) {
            error_report("requires an argument");
            exit(1);
        }
        item = g_new0(CmdItem, 1);
        item->option = option;
        item->argv = argv;
        item->argv_index = i;
        item->arg = option->arg ? g_strdup(argv[i + 1]) : NULL;
        i += option->arg ? 2 : 1;
        if (!item_add(item, &err)) {
            error_report_err(err);
            exit(1);
        }
    }
    loc_clear();
    run_help();
}

void cmdline_run_phase(CmdPhase phase)
{
    Error *err = NULL;

    for (unsigned i = 0; items && i < items->len; i++) {
        if (!item_run(g_ptr_array_index(items, i), phase, &err)) {
            error_report_err(err);
            exit(1);
        }
    }
    loc_clear();
}

bool cmdline_given(const char *name, bool (*match)(const char *arg))
{
    for (unsigned i = 0; items && i < items->len; i++) {
        const CmdItem *item = g_ptr_array_index(items, i);

        if (g_str_equal(item->option->name, name) &&
            (!match || match(item->arg))) {
            return true;
        }
    }
    return false;
}

char **cmdline_current(int *idx)
{
    *idx = current->argv_index;
    return current->argv;
}

void cmdline_free(void)
{
    if (items) {
        g_ptr_array_free(items, true);
        items = NULL;
    }
}

void cmdline_print_help(void)
{
    printf("usage: %s [options]\n", error_get_progname());
    for (const CmdOption *o = cmd_options; o->name; o++) {
        g_auto(GStrv) lines = NULL;
        g_autofree char *head = NULL;

        if (!o->handle) {
            printf("\n%s:\n", o->name);
            continue;
        }
        if (!o->help) {
            continue; /* a second spelling */
        }
        head = g_strdup_printf("-%s%s%s", o->name, o->arg ? " " : "",
                               o->arg ? o->arg : "");
        lines = g_strsplit(o->help, "\n", -1);
        if (strlen(head) < 16) {
            printf("%-15s %s\n", head, lines[0]);
        } else {
            printf("%s\n%-15s %s\n", head, "", lines[0]);
        }
        for (char **line = lines + 1; *line; line++) {
            printf("%-15s %s\n", "", *line);
        }
    }
}
