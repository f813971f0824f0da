/*
 * HMP commands of the network layer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "monitor/hmp-internal.h"
#include "net/net.h"
#include "util/option.h"

void hmp_info_network(Monitor *mon, json_t *args)
{
    hmp_print_text(mon, net_info_network());
}

void hmp_info_usernet(Monitor *mon, json_t *args)
{
    hmp_print_text(mon, net_info_usernet());
}

void hmp_set_link(Monitor *mon, json_t *args)
{
    Error *err = NULL;

    net_set_link(hmp_arg_str(args, "name"), hmp_arg_bool(args, "up"), &err);
    hmp_handle_error(mon, err);
}

static void netdev_help(Monitor *mon)
{
    g_auto(GStrv) kinds = net_kinds();

    monitor_puts(mon, "Available netdev backend types:\n");
    for (char **kind = kinds; *kind; kind++) {
        monitor_printf(mon, "%s\n", *kind);
    }
}

void hmp_netdev_add(Monitor *mon, json_t *args)
{
    Error *err = NULL;
    bool help = false, keyval;
    json_t *opts = option_parse(hmp_arg_str(args, "netdev") ?: "", "type",
                                &help, &keyval, &err);

    if (opts && help) {
        netdev_help(mon);
    } else if (opts) {
        netdev_add_json(opts, keyval, &err);
    }
    json_decref(opts);
    hmp_handle_error(mon, err);
}

void hmp_netdev_del(Monitor *mon, json_t *args)
{
    Error *err = NULL;

    netdev_del(hmp_arg_str(args, "id"), &err);
    hmp_handle_error(mon, err);
}

/* "[NETDEV] RULE": the rule is the last. */
static void split_hostfwd(json_t *args, const char **netdev, const char **rule)
{
    const char *arg2 = hmp_arg_str(args, "arg2");

    *netdev = arg2 ? hmp_arg_str(args, "arg1") : NULL;
    *rule = arg2 ?: hmp_arg_str(args, "arg1");
}

void hmp_hostfwd_add(Monitor *mon, json_t *args)
{
    const char *netdev, *rule;
    Error *err = NULL;

    split_hostfwd(args, &netdev, &rule);
    if (!net_hostfwd_add(netdev, rule, &err)) {
        error_report_err(err);
    }
}

void hmp_hostfwd_remove(Monitor *mon, json_t *args)
{
    const char *netdev, *rule;
    Error *err = NULL;

    split_hostfwd(args, &netdev, &rule);
    if (net_hostfwd_remove(netdev, rule, &err)) {
        monitor_printf(mon, "host forwarding rule for %s removed\n", rule);
    } else {
        error_report_err(err);
    }
}

void hmp_announce_self(Monitor *mon, json_t *args)
{
    const char *interfaces = hmp_arg_str(args, "interfaces");
    AnnounceParameters params = {
        .initial = 50,
        .max = 550,
        .rounds = 5,
        .step = 100,
        .id = (char *)hmp_arg_str(args, "id"),
    };
    strList **tail = &params.interfaces;
    g_auto(GStrv) names = g_strsplit(interfaces ?: "", ",", -1);

    for (char **name = names; *name; name++) {
        QAPI_LIST_APPEND(tail, g_strdup(*name));
    }
    params.has_interfaces = params.interfaces != NULL;
    qemu_announce_self(&params);
    qapi_free_strList(params.interfaces);
}
