/*
 * QMP commands of the network layer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/net.h"
#include "qapi/qapi-commands.h"

void qmp_netdev_add(json_t *args, json_t **ret, Error **errp)
{
    netdev_add_json(args, false, errp);
}

void qmp_netdev_del(const char *id, Error **errp)
{
    netdev_del(id, errp);
}

void qmp_set_link(const char *name, bool up, Error **errp)
{
    net_set_link(name, up, errp);
}

RxFilterInfoList *qmp_query_rx_filter(const char *name, Error **errp)
{
    return net_query_rx_filter(name, errp);
}

void qmp_announce_self(AnnounceParameters *arg, Error **errp)
{
    qemu_announce_self(arg);
}
