/*
 * What query-command-line-options tells: option groups and their members.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine.h"
#include "monitor/monitor.h"
#include "system/system-internal.h"

typedef struct OptionGroup {
    const char *name;
    const char *members; /* "NAME:TYPE ...", b(oolean) n(umber) s(tring) z(size);
                            "": any, as the driver says */
} OptionGroup;

static const OptionGroup groups[] = {
    { "object", "" },
    { "accel", "" },
    { "net", "" },
    { "nic", "" },
    { "netdev", "" },
    { "device", "" },
    { "name", "guest:s process:s debug-threads:b" },
    { "msg", "timestamp:b guest-name:b" },
    { "run-with", "exit-with-parent:b" },
    { "action", "reboot:s shutdown:s panic:s watchdog:s" },
    { "rtc", "base:s clock:s driftfix:s" },
    { "overcommit", "mem-lock:s cpu-pm:b" },
    { "boot-opts", "strict:b" },
    { "smp-opts", "cpus:n maxcpus:n sockets:n dies:n modules:n clusters:n "
                  "cores:n threads:n books:n drawers:n" },
    { "memory", "size:z slots:n maxmem:z" },
    { "trace", "enable:s events:s file:s" },
    { "mon", "mode:s chardev:s pretty:b" },
    { "global", "driver:s property:s value:s" },
    { "chardev", "backend:s path:s input-path:s host:s port:s fd:s to:n ipv4:b "
                 "ipv6:b wait:b server:b delay:b nodelay:b reconnect-ms:n "
                 "abstract:b mux:b signal:b append:b chardev:s logfile:s "
                 "logappend:b" },
};

static json_t *parameter(const char *name, const char *type)
{
    return json_pack("{s:s, s:s}", "name", name, "type", type);
}

static const char *type_of_letter(char letter)
{
    switch (letter) {
    case 'b':
        return "boolean";
    case 'n':
        return "number";
    case 'z':
        return "size";
    default:
        return "string";
    }
}

static json_t *group_parameters(const OptionGroup *group)
{
    g_auto(GStrv) members = g_strsplit(group->members, " ", -1);
    json_t *list = json_array();

    for (char **m = members; *m && **m; m++) {
        char *colon = strchr(*m, ':');

        *colon = '\0';
        json_array_append_new(list, parameter(*m, type_of_letter(colon[1])));
    }
    return list;
}

static const char *type_of_property(const char *type)
{
    if (g_str_equal(type, "bool") || g_str_equal(type, "OnOffAuto")) {
        return "boolean";
    }
    if (g_str_equal(type, "size")) {
        return "size";
    }
    return strstr(type, "int") ? "number" : "string";
}

/* Every property some machine has, once. */
typedef struct MachineMembers {
    json_t *list;
    GHashTable *seen;
} MachineMembers;

static void add_property(ObjectProperty *p, void *opaque)
{
    MachineMembers *m = opaque;

    if (p->set && g_hash_table_add(m->seen, g_strdup(p->name))) {
        json_array_append_new(m->list,
                              parameter(p->name, type_of_property(p->type)));
    }
}

static void add_machine(MachineClass *mc, void *opaque)
{
    object_property_foreach(OBJECT_CLASS(mc), NULL, add_property, opaque);
}

static json_t *machine_parameters(void)
{
    MachineMembers m = { .list = json_array(),
                         .seen = g_hash_table_new_full(g_str_hash, g_str_equal,
                                                       g_free, NULL) };

    json_array_append_new(m.list, parameter("type", "string"));
    machine_class_foreach(add_machine, &m);
    g_hash_table_unref(m.seen);
    return m.list;
}

static json_t *group_info(const char *name, json_t *parameters)
{
    return json_pack("{s:s, s:o}", "option", name, "parameters", parameters);
}

static json_t *option_groups(void)
{
    json_t *all = json_array();

    json_array_append_new(all, group_info("machine", machine_parameters()));
    for (unsigned i = 0; i < ARRAY_SIZE(groups); i++) {
        json_array_append_new(all, group_info(groups[i].name,
                                              group_parameters(&groups[i])));
    }
    return all;
}

void option_groups_init(void)
{
    monitor_set_cmdline_options(option_groups);
}
