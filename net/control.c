/*
 * What the monitor and the run state do to clients: removing them, cutting
 * links, asking for filters, stopping and starting traffic with the VM.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net-internal.h"

static bool vm_running;

bool net_vm_running(void)
{
    return vm_running;
}

void net_vm_state_change(bool running)
{
    NetClientState *nc, *next;

    vm_running = running;
    TAILQ_FOREACH_SAFE (nc, &net_clients, next, next) {
        if (nc->info->poll) {
            nc->info->poll(nc, running);
        }
    }
    /* Stopping: what is on its way arrives now or never, so that a stopped
     * machine does not change any more. */
    TAILQ_FOREACH_SAFE (nc, &net_clients, next, next) {
        qemu_flush_or_purge_queued_packets(nc, !running);
    }
}

bool net_set_link(const char *name, bool up, Error **errp)
{
    NetClientState *nc;

    if (qemu_find_net_clients_except(name, &nc, NET_CLIENT_DRIVER__MAX, 1) ==
        0) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found",
                  name);
        return false;
    }
    net_client_set_link(nc, up);
    return true;
}

bool netdev_del(const char *id, Error **errp)
{
    NetClientState *nc = qemu_find_netdev(id);

    if (!nc) {
        error_set(errp, ERROR_CLASS_DEVICE_NOT_FOUND, "Device '%s' not found",
                  id);
        return false;
    }
    if (!nc->is_netdev) {
        error_setg(errp, "Device '%s' is not a netdev", id);
        return false;
    }
    qemu_del_net_client(nc);
    return true;
}

/* True: *info is nc's, or NULL when it is to be passed over. */
static bool query_rx_filter(NetClientState *nc, bool named,
                            RxFilterInfo **info, Error **errp)
{
    *info = NULL;
    if (nc->info->type != NET_CLIENT_DRIVER_NIC) {
        if (named) {
            error_setg(errp, "net client(%s) isn't a NIC", nc->name);
        }
        return !named;
    }
    /* The filter is the card's: one answer for all its queues. */
    if (nc->queue_index != 0) {
        return true;
    }
    if (!nc->info->query_rx_filter) {
        if (named) {
            error_setg(errp, "net client(%s) doesn't support rx-filter "
                       "querying", nc->name);
        }
        return !named;
    }
    *info = nc->info->query_rx_filter(nc);
    return true;
}

RxFilterInfoList *net_query_rx_filter(const char *name, Error **errp)
{
    RxFilterInfoList *list = NULL, **tail = &list;
    bool found = false;
    NetClientState *nc;

    TAILQ_FOREACH (nc, &net_clients, next) {
        RxFilterInfo *info;

        if (name && strcmp(nc->name, name) != 0) {
            continue;
        }
        if (!query_rx_filter(nc, name != NULL, &info, errp)) {
            return NULL;
        }
        if (info) {
            *tail = g_new0(RxFilterInfoList, 1);
            (*tail)->value = info;
            tail = &(*tail)->next;
        }
        found = true;
        if (name) {
            break;
        }
    }
    if (name && !found) {
        error_setg(errp, "invalid net client name: %s", name);
    }
    return list;
}
