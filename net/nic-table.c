/*
 * The NICs that -nic and -net nic ask for.
 *
 * The board makes them, a floor up, when it has a bus for them: it takes one
 * after the other with net_next_nic(). Those that nobody took get a warning.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <assert.h>

#include "net-internal.h"
#include "qom/object.h"

#define MAX_NICS 8

static NICInfo nics[MAX_NICS];
static int nb_nics;

/* The models we know; those that are built in have a type of that name. */
static const struct {
    const char *name, *alias;
} nic_models[] = {
    { "virtio-net-pci", "virtio" },
    { "virtio-net-pci-non-transitional", NULL },
    { "virtio-net-pci-transitional", NULL },
};

void net_show_nic_models(const char *header)
{
    printf("%s:\n", header);
    for (unsigned i = 0; i < ARRAY_SIZE(nic_models); i++) {
        if (!object_class_by_name(nic_models[i].name)) {
            continue;
        }
        printf("%s", nic_models[i].name);
        if (nic_models[i].alias) {
            printf(" (aka %s)", nic_models[i].alias);
        }
        printf("\n");
    }
}

/* An alias becomes the model's name. */
static char *model_name(const char *model)
{
    for (unsigned i = 0; i < ARRAY_SIZE(nic_models); i++) {
        if (g_strcmp0(model, nic_models[i].alias) == 0 && model) {
            return g_strdup(nic_models[i].name);
        }
    }
    return g_strdup(model);
}

bool net_nic_reserve(const char *model, const char *mac, Error **errp)
{
    NICInfo *nd = &nics[nb_nics];

    if (nb_nics == MAX_NICS) {
        error_setg(errp, "no more on-board/default NIC slots available");
        return false;
    }
    memset(nd, 0, sizeof(*nd));
    if (mac && !net_parse_macaddr(nd->macaddr.a, mac)) {
        error_setg(errp, "invalid syntax for ethernet address");
        return false;
    }
    if (is_multicast_ether_addr(nd->macaddr.a)) {
        error_setg(errp, "NIC cannot have multicast MAC address");
        return false;
    }
    nd->model = model_name(model);
    nd->nvectors = -1;
    nb_nics++;
    return true;
}

bool net_nic_attach(const char *id)
{
    nics[nb_nics - 1].netdev = qemu_find_netdev(id);
    return true;
}

bool net_init_nic(const Netdev *netdev, const char *name,
                  NetClientState *peer, Error **errp)
{
    const NetLegacyNicOptions *opts = &netdev->u.nic;
    NICInfo *nd;

    if (opts->netdev) {
        peer = qemu_find_netdev(opts->netdev);
        if (!peer) {
            error_setg(errp, "netdev '%s' not found", opts->netdev);
            return false;
        }
    }
    if (opts->has_vectors && opts->vectors > 0x7ffffff) {
        error_setg(errp, "invalid # of vectors: %" PRIu32, opts->vectors);
        return false;
    }
    if (!net_nic_reserve(opts->model, opts->macaddr, errp)) {
        return false;
    }
    nd = &nics[nb_nics - 1];
    nd->netdev = peer;
    nd->name = g_strdup(name);
    nd->devaddr = g_strdup(opts->addr);
    if (opts->has_vectors) {
        nd->nvectors = opts->vectors;
    }
    return true;
}

NICInfo *net_next_nic(void)
{
    for (int i = 0; i < nb_nics; i++) {
        if (!nics[i].used) {
            nics[i].used = true;
            return &nics[i];
        }
    }
    return NULL;
}

void net_nic_check(void)
{
    for (int i = 0; i < nb_nics; i++) {
        if (!nics[i].used) {
            warn_report("requested NIC (%s, model %s) was not created (not "
                        "supported by this machine?)",
                        nics[i].name ? nics[i].name : "anonymous",
                        nics[i].model ? nics[i].model : "unspecified");
        }
    }
}

void net_nic_cleanup(void)
{
    while (nb_nics > 0) {
        NICInfo *nd = &nics[--nb_nics];

        g_free(nd->model);
        g_free(nd->name);
        g_free(nd->devaddr);
    }
}
