/*
 * The kinds of clients, and how the command line's -netdev, -nic and -net and
 * the monitor's netdev_add become clients.
 *
 *   -netdev KIND,id=I,...  a backend, for a -device with netdev=I
 *   -nic KIND,model=M,...  a backend and a card of the board's on it
 *   -net KIND,...          a backend on hub 0
 *   -net nic,...           a card of the board's on hub 0, or on netdev=I
 *
 * The arguments are checked as they are read and kept; the clients are made
 * later, in the order above, when the program has settled (daemon, monitor).
 * Cards cannot be made here, a floor below the devices: they are noted
 * (nic-table.c) and the board asks for them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <assert.h>

#include "net-internal.h"
#include "util/option.h"

/* A kind: netdev's union has its options, u.<kind>. */
static NetClientInitFn *const net_client_init_fun[NET_CLIENT_DRIVER__MAX] = {
    [NET_CLIENT_DRIVER_NIC] = net_init_nic,
    [NET_CLIENT_DRIVER_USER] = net_init_slirp,
    [NET_CLIENT_DRIVER_TAP] = net_init_tap,
    [NET_CLIENT_DRIVER_SOCKET] = net_init_socket,
    [NET_CLIENT_DRIVER_BRIDGE] = net_init_bridge,
    [NET_CLIENT_DRIVER_HUBPORT] = net_init_hubport,
};

typedef enum NetOptionKind {
    NET_OPTION_NETDEV,
    NET_OPTION_NIC,
    NET_OPTION_NET,
    NET_OPTION_MAX
} NetOptionKind;

static const char *const option_names[NET_OPTION_MAX] = {
    "-netdev", "-nic", "-net"
};
static const char *const option_groups[NET_OPTION_MAX] = {
    "netdev", "nic", "net"
};

/* One argument of the command line. */
typedef struct NetOption {
    TAILQ_ENTRY(NetOption) next;
    NetOptionKind kind;
    char *cmdline[2]; /* "-netdev", "tap,id=n0", for messages */
    Netdev *netdev;
    char *model; /* -nic */
    char *mac;
} NetOption;

static TAILQ_HEAD(, NetOption) options = TAILQ_HEAD_INITIALIZER(options);

static void net_option_free(NetOption *opt)
{
    g_free(opt->cmdline[0]);
    g_free(opt->cmdline[1]);
    qapi_free_Netdev(opt->netdev);
    g_free(opt->model);
    g_free(opt->mac);
    g_free(opt);
}

/* ---------------------------------------------------------------- clients */

bool net_client_init(const Netdev *netdev, bool is_netdev, Error **errp)
{
    NetClientInitFn *init = net_client_init_fun[netdev->type];
    NetClientState *peer = NULL, *nc;

    if (!init || (is_netdev && netdev->type == NET_CLIENT_DRIVER_NIC)) {
        error_setg(errp, "network backend '%s' is not compiled into this "
                   "binary", NetClientDriver_str(netdev->type));
        return false;
    }
    if (qemu_find_netdev(netdev->id)) {
        error_setg(errp, "Duplicate ID '%s'", netdev->id);
        return false;
    }
    if (!is_netdev) {
        if (netdev->type == NET_CLIENT_DRIVER_HUBPORT) {
            error_setg(errp, "network backend '%s' is only supported with "
                       "-netdev/-nic", NetClientDriver_str(netdev->type));
            return false;
        }
        if (netdev->type != NET_CLIENT_DRIVER_NIC || !netdev->u.nic.netdev) {
            peer = net_hub_add_port(0, NULL, NULL);
        }
    }
    if (!init(netdev, netdev->id, peer, errp)) {
        if (peer) {
            qemu_del_net_client(peer);
        }
        return false;
    }
    if (is_netdev) {
        TAILQ_FOREACH (nc, &net_clients, next) {
            if (strcmp(nc->name, netdev->id) == 0) {
                nc->is_netdev = true;
            }
        }
    }
    return true;
}

/* ---------------------------------------------------------------- parsing */

/* "#netNRR": cannot clash with what a user may write. */
static char *generate_id(void)
{
    static unsigned count;

    return g_strdup_printf("#net%u%02d", count++, g_random_int_range(0, 100));
}

static bool check_id(const char *id, Error **errp)
{
    if (!id_wellformed(id)) {
        error_setg(errp, "Parameter 'id' expects an identifier");
        error_append_hint(errp, "Identifiers consist of letters, digits, "
                          "'-', '.', '_', starting with a letter.\n");
        return false;
    }
    return true;
}

/* ipv6-net=PREFIX[/LEN] is short for ipv6-prefix=, ipv6-prefixlen=. */
static bool expand_ipv6_net(json_t *opts, Error **errp)
{
    const char *value = json_string_value(json_object_get(opts, "ipv6-net"));
    g_autofree char *prefix = NULL;
    const char *slash;
    uint64_t len;

    if (!value) {
        return true;
    }
    slash = strchr(value, '/');
    prefix = slash ? g_strndup(value, slash - value) : g_strdup(value);
    if (slash) {
        if (qemu_strtou64(slash + 1, 10, &len) < 0) {
            error_setg(errp, "parameter 'ipv6-net' expects a number after '/'");
            return false;
        }
        json_object_set_new(opts, "ipv6-prefixlen", json_string(slash + 1));
    }
    json_object_set_new(opts, "ipv6-prefix", json_string(prefix));
    json_object_del(opts, "ipv6-net");
    return true;
}

Netdev *net_netdev_from_json(json_t *opts, bool keyval, Error **errp)
{
    g_autoptr(Visitor) v = NULL;
    Netdev *netdev = NULL;

    if (keyval && !expand_ipv6_net(opts, errp)) {
        return NULL;
    }
    v = keyval ? visitor_new_input_opts(opts) : visitor_new_input(opts, false);
    if (!visit_type_Netdev(v, NULL, &netdev, errp)) {
        return NULL;
    }
    return netdev;
}

bool netdev_add_json(json_t *opts, bool keyval, Error **errp)
{
    Netdev *netdev = net_netdev_from_json(opts, keyval, errp);
    bool ok;

    if (!netdev) {
        return false;
    }
    ok = check_id(netdev->id, errp) && net_client_init(netdev, true, errp);
    qapi_free_Netdev(netdev);
    return ok;
}

char **net_kinds(void)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (int i = 0; i < NET_CLIENT_DRIVER__MAX; i++) {
        if (net_client_init_fun[i] && i != NET_CLIENT_DRIVER_NIC) {
            g_ptr_array_add(names, g_strdup(NetClientDriver_str(i)));
        }
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_steal(names, NULL);
}

static void show_netdevs(void)
{
    g_auto(GStrv) kinds = net_kinds();

    printf("Available netdev backend types:\n");
    for (char **kind = kinds; *kind; kind++) {
        printf("%s\n", *kind);
    }
}

/* Keeps an argument that parsed. Takes over opts. */
static bool add_option(NetOptionKind kind, const char *arg, json_t *opts,
                       bool keyval, char *model, char *mac, Error **errp)
{
    NetOption *opt = g_new0(NetOption, 1), *other;
    bool given = json_object_get(opts, "id") != NULL;

    opt->kind = kind;
    opt->cmdline[0] = g_strdup(option_names[kind]);
    opt->cmdline[1] = g_strdup(arg);
    opt->model = model;
    opt->mac = mac;
    if (!given && kind != NET_OPTION_NETDEV) {
        g_autofree char *id = generate_id();

        json_object_set_new(opts, "id", json_string(id));
    }
    opt->netdev = net_netdev_from_json(opts, keyval, errp);
    json_decref(opts);
    if (!opt->netdev || (given && !check_id(opt->netdev->id, errp))) {
        net_option_free(opt);
        return false;
    }
    TAILQ_FOREACH (other, &options, next) {
        if (other->kind == kind &&
            strcmp(other->netdev->id, opt->netdev->id) == 0) {
            error_setg(errp, "Duplicate ID '%s' for %s", opt->netdev->id,
                       option_groups[kind]);
            net_option_free(opt);
            return false;
        }
    }
    TAILQ_INSERT_TAIL(&options, opt, next);
    return true;
}

bool net_parse_netdev(const char *arg, bool *help, Error **errp)
{
    json_t *opts;
    bool keyval;

    *help = false;
    opts = option_parse(arg, "type", help, &keyval, errp);
    if (!opts) {
        return false;
    }
    if (*help) {
        json_decref(opts);
        show_netdevs();
        return true;
    }
    return add_option(NET_OPTION_NETDEV, arg, opts, keyval, NULL, NULL, errp);
}

/* Removes a key, returns its value. */
static char *take_option(json_t *opts, const char *key)
{
    char *value = g_strdup(json_string_value(json_object_get(opts, key)));

    json_object_del(opts, key);
    return value;
}

static bool option_is(json_t *opts, const char *key, const char *value)
{
    return g_strcmp0(json_string_value(json_object_get(opts, key)), value) ==
           0;
}

static bool is_model_help(json_t *opts)
{
    return option_is(opts, "model", "help") || option_is(opts, "model", "?");
}

static const char models_header[] =
    "Available NIC models for this configuration";

bool net_parse_nic(const char *arg, bool *help, Error **errp)
{
    json_t *opts;
    char *model, *mac;

    *help = false;
    opts = keyval_parse(arg, "type", help, errp);
    if (!opts) {
        return false;
    }
    if (*help || is_model_help(opts)) {
        if (*help) {
            show_netdevs();
            printf("\n");
            net_show_nic_models("Available NIC models (use -nic model=help for "
                                "a filtered list)");
        } else {
            net_show_nic_models(models_header);
        }
        json_decref(opts);
        *help = true;
        return true;
    }
    if (option_is(opts, "type", "none")) {
        json_decref(opts);
        return true;
    }
    if (!json_object_get(opts, "type")) {
        json_object_set_new(opts, "type", json_string("user"));
    }
    model = take_option(opts, "model");
    mac = take_option(opts, "mac");
    return add_option(NET_OPTION_NIC, arg, opts, true, model, mac, errp);
}

bool net_parse_net(const char *arg, bool *help, Error **errp)
{
    json_t *opts;

    *help = false;
    opts = keyval_parse(arg, "type", help, errp);
    if (!opts) {
        return false;
    }
    if (*help || is_model_help(opts)) {
        if (*help) {
            show_netdevs();
        } else {
            net_show_nic_models(models_header);
        }
        json_decref(opts);
        *help = true;
        return true;
    }
    if (option_is(opts, "type", "none")) {
        json_decref(opts);
        return true;
    }
    return add_option(NET_OPTION_NET, arg, opts, true, NULL, NULL, errp);
}

void net_set_default(const char *default_nic)
{
    bool help;

    if (default_nic) {
        net_parse_net("nic", &help, &error_abort);
        net_parse_net("user", &help, &error_abort);
    }
}

/* ------------------------------------------------------------- the program */

/* One -netdev: a backend that a device may name. */
static bool net_init_netdev(const NetOption *opt, Error **errp)
{
    return net_client_init(opt->netdev, true, errp);
}

/* -nic: the card first, what is wrong with it is cheap to find out. */
static bool net_init_card(const NetOption *opt, Error **errp)
{
    return net_nic_reserve(opt->model, opt->mac, errp) &&
           net_client_init(opt->netdev, true, errp) &&
           net_nic_attach(opt->netdev->id);
}

/* -net */
static bool net_init_legacy(const NetOption *opt, Error **errp)
{
    return net_client_init(opt->netdev, false, errp);
}

static bool init_options(NetOptionKind kind, Error **errp)
{
    static bool (*const init[NET_OPTION_MAX])(const NetOption *, Error **) = {
        [NET_OPTION_NETDEV] = net_init_netdev,
        [NET_OPTION_NIC] = net_init_card,
        [NET_OPTION_NET] = net_init_legacy,
    };
    NetOption *opt;

    TAILQ_FOREACH (opt, &options, next) {
        if (opt->kind != kind) {
            continue;
        }
        /* On failure this stays the place that the message refers to. */
        loc_set_cmdline(opt->cmdline, 0, 2);
        if (!init[kind](opt, errp)) {
            return false;
        }
        loc_clear();
    }
    return true;
}

bool net_init_clients(Error **errp)
{
    for (int kind = 0; kind < NET_OPTION_MAX; kind++) {
        if (!init_options(kind, errp)) {
            return false;
        }
    }
    return true;
}

void net_check_clients(void)
{
    NetClientState *nc;

    net_hub_check_clients();
    TAILQ_FOREACH (nc, &net_clients, next) {
        if (!nc->peer && nc->queue_index == 0) {
            warn_report("%s %s has no peer",
                        nc->info->type == NET_CLIENT_DRIVER_NIC ? "nic"
                                                                : "netdev",
                        nc->name);
        }
    }
    net_nic_check();
}

void net_cleanup(void)
{
    NetClientState *nc, *next;
    NetOption *opt;

    net_announce_cleanup();
    /* NICs belong to their devices. A deleted client may take others of its
     * name along, so the walk begins again each time. */
    do {
        TAILQ_FOREACH_SAFE (nc, &net_clients, next, next) {
            if (nc->info->type != NET_CLIENT_DRIVER_NIC) {
                qemu_del_net_client(nc);
                break;
            }
        }
    } while (nc);
    while ((opt = TAILQ_FIRST(&options))) {
        TAILQ_REMOVE(&options, opt, next);
        net_option_free(opt);
    }
    net_nic_cleanup();
}
