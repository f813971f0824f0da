/*
 * QMP commands that belong to no other file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/cpu.h"
#include "monitor/monitor-internal.h"
#include "qapi/qapi-commands.h"

static MonitorCmdlineOptions *cmdline_options;

void monitor_set_cmdline_options(MonitorCmdlineOptions *fn)
{
    cmdline_options = fn;
}

CommandLineOptionInfoList *qmp_query_command_line_options(const char *option,
                                                          Error **errp)
{
    json_t *json = cmdline_options ? cmdline_options() : json_array();
    g_autoptr(Visitor) v = visitor_new_input(json, false);
    CommandLineOptionInfoList *all, **p;
    bool found = false;

    json_decref(json);
    if (!visit_type_CommandLineOptionInfoList(v, NULL, &all, errp) || !option) {
        return all;
    }
    p = &all;
    while (*p) {
        CommandLineOptionInfoList *entry = *p;

        if (!strcmp(entry->value->option, option)) {
            found = true;
            p = &entry->next;
        } else {
            *p = entry->next;
            entry->next = NULL;
            qapi_free_CommandLineOptionInfoList(entry);
        }
    }
    if (!found) {
        error_setg(errp, "invalid option name: %s", option);
    }
    return all;
}

char *qmp_human_monitor_command(const char *command_line, bool has_cpu_index,
                                int64_t cpu_index, Error **errp)
{
    Monitor *mon = monitor_cur();
    int outer = mon->cpu_index;
    char *output;

    if (has_cpu_index) {
        if (cpu_index < 0 || cpu_index > INT_MAX || !qemu_get_cpu(cpu_index)) {
            error_setg(errp, "Parameter 'cpu-index' expects a CPU number");
            return NULL;
        }
        mon->cpu_index = cpu_index;
    }
    output = monitor_hmp_command(command_line, errp);
    if (has_cpu_index) {
        mon->cpu_index = outer;
    }
    return output;
}
