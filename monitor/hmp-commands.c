/*
 * The human monitor's commands, and "help".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/hmp-internal.h"

#define ARGS(...) ((const HmpArg[]){__VA_ARGS__, {NULL}})

const HmpCommand hmp_info_commands[] = {
    {"chardev", NULL, "", "show the character devices", hmp_info_chardev},
    {"cpus", NULL, "", "show infos for each CPU", hmp_info_cpus},
    {"history", NULL, "", "show the command line history", hmp_info_history},
    {"lapic", ARGS({"apic-id", HMP_NUMBER, true}), "[apic-id]",
     "show local apic state (apic-id: local apic to read, default is which of "
     "current CPU)",
     hmp_info_lapic},
    {"mtree", ARGS({"f", HMP_FLAG}, {"o", HMP_FLAG}), "[-f][-o]",
     "show memory tree (-f: dump flat view for address spaces;-o: dump "
     "region owners/parents)",
     hmp_info_mtree},
    {"name", NULL, "", "show the current VM name", hmp_info_name},
    {"network", NULL, "", "show the network state", hmp_info_network},
    {"pci", NULL, "", "show PCI info", hmp_info_pci},
    {"pic", NULL, "", "show PIC state", hmp_info_pic},
    {"qdm", NULL, "", "show qdev device model list", hmp_info_qdm},
    {"qom-tree", ARGS({"path", HMP_WORD, true}), "[path]",
     "show QOM composition tree", hmp_info_qom_tree, hmp_complete_qom_path},
    {"qtree", ARGS({"b", HMP_FLAG}), "[-b]",
     "show device tree (-b: brief, omit properties)", hmp_info_qtree},
    {"registers", ARGS({"a", HMP_FLAG}, {"vcpu", HMP_NUMBER, true}),
     "[-a|vcpu]",
     "show the cpu registers (-a: show register info for all cpus; vcpu: "
     "specific vCPU to query; show the current CPU's registers if no argument "
     "is specified)",
     hmp_info_registers},
    {"status", NULL, "", "show the current VM status (running|paused)",
     hmp_info_status},
    {"trace-events", ARGS({"name", HMP_WORD, true}), "[name]",
     "show available trace-events & their state (name: event name pattern)",
     hmp_info_trace_events, hmp_complete_trace_name},
    {"usernet", NULL, "", "show user network stack connection states",
     hmp_info_usernet},
    {"uuid", NULL, "", "show the current VM UUID", hmp_info_uuid},
    {"version", NULL, "", "show the version of QEMU", hmp_info_version},
    {"virtio", NULL, "", "List all available virtio devices", hmp_info_virtio},
    {"virtio-queue-status", ARGS({"path", HMP_WORD}, {"queue", HMP_NUMBER}),
     "path queue", "Display status of a given virtio queue",
     hmp_info_virtio_queue_status, hmp_complete_virtio_path},
    {"virtio-status", ARGS({"path", HMP_WORD}), "path",
     "Display status of a given virtio device", hmp_info_virtio_status,
     hmp_complete_virtio_path},
    {NULL},
};

const HmpCommand hmp_commands[] = {
    {"announce_self",
     ARGS({"interfaces", HMP_WORD, true}, {"id", HMP_WORD, true}),
     "[interfaces] [id]", "Trigger GARP/RARP announcements", hmp_announce_self},
    {"chardev-add", ARGS({"args", HMP_WORD}), "args", "add chardev",
     hmp_chardev_add, hmp_complete_chardev_add},
    {"chardev-remove", ARGS({"id", HMP_WORD}), "id", "remove chardev",
     hmp_chardev_remove, hmp_complete_chardev_id},
    {"closefd", ARGS({"fdname", HMP_WORD}), "closefd name",
     "close a file descriptor previously passed via SCM rights", hmp_closefd},
    {"cont|c", NULL, "", "resume emulation", hmp_cont},
    {"cpu", ARGS({"index", HMP_NUMBER}), "index", "set the default CPU",
     hmp_cpu},
    {"device_add", ARGS({"device", HMP_TEXT, true}),
     "driver[,prop=value][,...]",
     "add device, like -device on the command "
     "line",
     hmp_device_add, hmp_complete_device_add},
    {"getfd", ARGS({"fdname", HMP_WORD}), "getfd name",
     "receive a file descriptor via SCM rights and assign it a name",
     hmp_getfd},
    {"help|?", ARGS({"name", HMP_TEXT, true}), "[cmd]", "show the help",
     hmp_help, hmp_complete_help},
    {"hostfwd_add", ARGS({"arg1", HMP_WORD}, {"arg2", HMP_WORD, true}),
     "[netdev_id] [tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport",
     "redirect TCP or UDP connections from host to guest (requires -net "
     "user)",
     hmp_hostfwd_add, hmp_complete_netdev_id},
    {"hostfwd_remove", ARGS({"arg1", HMP_WORD}, {"arg2", HMP_WORD, true}),
     "[netdev_id] [tcp|udp]:[hostaddr]:hostport",
     "remove host-to-guest TCP or UDP redirection", hmp_hostfwd_remove,
     hmp_complete_netdev_id},
    {"info", NULL, "[subcommand]",
     "show various information about the system state", hmp_info_help, NULL,
     hmp_info_commands},
    {"log", ARGS({"items", HMP_WORD}), "item1[,...]",
     "activate logging of the specified items", hmp_log, hmp_complete_log},
    {"logfile", ARGS({"filename", HMP_FILENAME}), "filename",
     "output logs to 'filename'", hmp_logfile},
    {"netdev_add", ARGS({"netdev", HMP_TEXT, true}),
     "[user|tap|socket|bridge|hubport],id=str[,prop=value][,...]",
     "add host network device", hmp_netdev_add, hmp_complete_netdev_add},
    {"netdev_del", ARGS({"id", HMP_WORD}), "id", "remove host network device",
     hmp_netdev_del, hmp_complete_netdev_id},
    {"nmi", NULL, "", "inject an NMI", hmp_nmi},
    {"object_add", ARGS({"object", HMP_TEXT}),
     "[qom-type=]type,id=str[,prop=value][,...]", "create QOM object",
     hmp_object_add, hmp_complete_object_add},
    {"object_del", ARGS({"id", HMP_WORD}), "id", "destroy QOM object",
     hmp_object_del, hmp_complete_object_id},
    {"qom-get", ARGS({"path", HMP_WORD}, {"property", HMP_WORD}),
     "path property", "print QOM property", hmp_qom_get,
     hmp_complete_qom_property},
    {"qom-list", ARGS({"path", HMP_WORD, true}), "path", "list QOM properties",
     hmp_qom_list, hmp_complete_qom_path},
    {"qom-set",
     ARGS({"j", HMP_FLAG}, {"path", HMP_WORD}, {"property", HMP_WORD},
          {"value", HMP_TEXT}),
     "[-j] path property value",
     "set QOM property.\n\t\t\t-j: the value is specified in json format.",
     hmp_qom_set, hmp_complete_qom_property},
    {"quit|q", NULL, "", "quit the emulator", hmp_quit},
    {"set_link", ARGS({"name", HMP_WORD}, {"up", HMP_ON_OFF}), "name on|off",
     "change the link status of a network adapter", hmp_set_link,
     hmp_complete_set_link},
    {"stop|s", NULL, "", "stop emulation", hmp_stop},
    {"system_powerdown", NULL, "", "send system power down event",
     hmp_system_powerdown},
    {"system_reset", NULL, "", "reset the system", hmp_system_reset},
    {"system_wakeup", NULL, "", "wakeup guest from suspend",
     hmp_system_wakeup},
    {"trace-event", ARGS({"name", HMP_WORD}, {"option", HMP_ON_OFF}),
     "name on|off", "changes status of a specific trace event", hmp_trace_event,
     hmp_complete_trace_event},
    {NULL},
};

/* ------------------------------------------------------------------- help */

static void help_line(Monitor *mon, const char *prefix, const HmpCommand *cmd)
{
    monitor_printf(mon, "%s%s %s -- %s\n", prefix, cmd->name, cmd->params,
                   cmd->help);
}

static void help_table(Monitor *mon, const char *prefix,
                       const HmpCommand *table)
{
    for (; table->name; table++) {
        help_line(mon, prefix, table);
    }
}

void hmp_info_help(Monitor *mon, json_t *args)
{
    help_table(mon, "info ", hmp_info_commands);
}

static const HmpCommand *find_word(const HmpCommand *table, const char **p,
                                   char **word)
{
    const char *problem = NULL;

    *word = hmp_next_word(p, &problem);
    return *word ? hmp_find_command(table, *word, strlen(*word)) : NULL;
}

void hmp_help(Monitor *mon, json_t *args)
{
    const char *p = hmp_arg_str(args, "name") ?: "";
    g_autofree char *name = NULL, *sub = NULL;
    const HmpCommand *cmd = find_word(hmp_commands, &p, &name), *subcmd;

    if (!name) {
        help_table(mon, "", hmp_commands);
    } else if (!cmd) {
        monitor_printf(mon, "unknown command: '%s'\n", name);
    } else if (!cmd->sub) {
        help_line(mon, "", cmd);
    } else {
        subcmd = find_word(cmd->sub, &p, &sub);
        if (!sub) {
            cmd->run(mon, args);
        } else if (!subcmd) {
            monitor_printf(mon, "unknown command: '%s %s'\n", name, sub);
        } else {
            help_line(mon, "info ", subcmd);
        }
    }
}
