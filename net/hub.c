/*
 * Hubs: a packet sent to one port goes out at all others.
 *
 * A hub has a number and any number of ports; each port is a client with a
 * peer of its own (NIC or backend), so that a hub takes part in links like
 * everybody else. -net puts all it makes on hub 0; -netdev hubport,hubid=N
 * adds a port to any hub.
 *
 * Back pressure: a port is blocked only while all other ports are. A port that
 * is slower than the others has its packets wait in its peer's queue and,
 * once that is full, dropped there; it does not slow the others down. What
 * wakes a blocked port is a peer of another port that can receive again
 * (net_hub_flush).
 *
 * Ports carry packets without vnet header, so checksums are completed on the
 * way in and large packets are not offered.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <assert.h>

#include "net-internal.h"
#include "net/queue.h"
#include "util/iov.h"

struct NetHubPort {
    NetClientState nc;
    LIST_ENTRY(NetHubPort) next;
    NetHub *hub;
    int id;
};

struct NetHub {
    int id;
    LIST_ENTRY(NetHub) next;
    int num_ports; /* ever made: the next port's number */
    LIST_HEAD(, NetHubPort) ports; /* newest first */
};

static LIST_HEAD(, NetHub) hubs = LIST_HEAD_INITIALIZER(hubs);

static NetHubPort *net_hub_port(NetClientState *nc)
{
    return container_of(nc, NetHubPort, nc);
}

static ssize_t net_hub_port_receive_iov(NetClientState *nc,
                                        const struct iovec *iov, int iovcnt)
{
    NetHubPort *source = net_hub_port(nc), *port;

    LIST_FOREACH (port, &source->hub->ports, next) {
        if (port != source && port->nc.peer) {
            qemu_sendv_packet_async(&port->nc, iov, iovcnt, NULL);
        }
    }
    return iov_size(iov, iovcnt);
}

static bool net_hub_port_can_receive(NetClientState *nc)
{
    NetHubPort *source = net_hub_port(nc), *port;
    bool others = false;

    LIST_FOREACH (port, &source->hub->ports, next) {
        if (port == source || !port->nc.peer) {
            continue;
        }
        if (qemu_can_send_packet(&port->nc)) {
            return true;
        }
        others = true;
    }
    /* Alone, it takes packets to nowhere: nobody would ever wake it. */
    return !others;
}

static bool hub_flush_except(NetHub *hub, NetHubPort *except)
{
    NetHubPort *port;
    bool moved = false;

    LIST_FOREACH (port, &hub->ports, next) {
        NetQueue *queue = port->nc.incoming_queue;
        unsigned waiting = qemu_net_queue_length(queue);

        if (port != except && waiting > 0) {
            qemu_net_queue_flush(queue);
            moved |= qemu_net_queue_length(queue) < waiting;
        }
    }
    return moved;
}

static void net_hub_port_cleanup(NetClientState *nc)
{
    NetHubPort *port = net_hub_port(nc);
    NetHub *hub = port->hub;

    LIST_REMOVE(port, next);
    if (LIST_EMPTY(&hub->ports)) {
        LIST_REMOVE(hub, next);
        g_free(hub);
        return;
    }
    /* It may have been the last that could receive, and what woke the others:
     * now that it is gone, a port with nowhere to send to is not blocked. */
    hub_flush_except(hub, NULL);
}

static const NetClientInfo net_hub_port_info = {
    .type = NET_CLIENT_DRIVER_HUBPORT,
    .size = sizeof(NetHubPort),
    .can_receive = net_hub_port_can_receive,
    .receive_iov = net_hub_port_receive_iov,
    .cleanup = net_hub_port_cleanup,
};

static NetHub *net_hub_new(int id)
{
    NetHub *hub = g_new0(NetHub, 1);

    hub->id = id;
    LIST_INIT(&hub->ports);
    LIST_INSERT_HEAD(&hubs, hub, next);
    return hub;
}

static NetHub *net_hub_find(int id)
{
    NetHub *hub;

    LIST_FOREACH (hub, &hubs, next) {
        if (hub->id == id) {
            return hub;
        }
    }
    return NULL;
}

static NetHubPort *net_hub_port_new(NetHub *hub, const char *name,
                                    NetClientState *peer)
{
    int id = hub->num_ports++;
    g_autofree char *default_name = NULL;
    NetClientState *nc;
    NetHubPort *port;

    if (!name) {
        name = default_name = g_strdup_printf("hub%dport%d", hub->id, id);
    }
    nc = qemu_new_net_client(&net_hub_port_info, peer, "hub", name);
    nc->is_datapath = false;
    nc->do_not_pad = true;
    port = net_hub_port(nc);
    port->id = id;
    port->hub = hub;
    LIST_INSERT_HEAD(&hub->ports, port, next);
    return port;
}

NetClientState *net_hub_add_port(int hub_id, const char *name,
                                 NetClientState *peer)
{
    NetHub *hub = net_hub_find(hub_id);

    if (!hub) {
        hub = net_hub_new(hub_id);
    }
    return &net_hub_port_new(hub, name, peer)->nc;
}

bool net_hub_flush(NetClientState *nc)
{
    return hub_flush_except(net_hub_port(nc)->hub, net_hub_port(nc));
}

bool net_hub_id_for_client(const NetClientState *nc, int *id)
{
    if (nc->info->type != NET_CLIENT_DRIVER_HUBPORT) {
        nc = nc->peer;
        if (!nc || nc->info->type != NET_CLIENT_DRIVER_HUBPORT) {
            return false;
        }
    }
    if (id) {
        *id = container_of(nc, NetHubPort, nc)->hub->id;
    }
    return true;
}

void net_hub_info(GString *out)
{
    NetHub *hub;
    NetHubPort *port;

    LIST_FOREACH (hub, &hubs, next) {
        g_string_append_printf(out, "hub %d\n", hub->id);
        LIST_FOREACH (port, &hub->ports, next) {
            g_string_append_printf(out, " \\ %s", port->nc.name);
            if (port->nc.peer) {
                g_string_append(out, ": ");
                net_client_info_append(out, "    ", port->nc.peer);
            } else {
                g_string_append(out, "\n");
            }
        }
    }
}

static bool is_host_network(const NetClientState *nc)
{
    return nc->info->type != NET_CLIENT_DRIVER_NIC &&
           nc->info->type != NET_CLIENT_DRIVER_HUBPORT;
}

void net_hub_check_clients(void)
{
    NetHub *hub;
    NetHubPort *port;

    LIST_FOREACH (hub, &hubs, next) {
        bool has_nic = false, has_host = false;

        LIST_FOREACH (port, &hub->ports, next) {
            NetClientState *peer = port->nc.peer;

            if (!peer) {
                warn_report("hub port %s has no peer", port->nc.name);
                continue;
            }
            has_nic |= peer->info->type == NET_CLIENT_DRIVER_NIC;
            has_host |= is_host_network(peer);
        }
        if (has_host && !has_nic) {
            warn_report("hub %d with no nics", hub->id);
        }
        if (has_nic && !has_host) {
            warn_report("hub %d is not connected to host network", hub->id);
        }
    }
}

bool net_init_hubport(const Netdev *netdev, const char *name,
                      NetClientState *peer, Error **errp)
{
    const NetdevHubPortOptions *hubport = &netdev->u.hubport;
    NetClientState *queues[2];

    assert(!peer); /* -net hubport was refused before */
    if (hubport->netdev) {
        peer = qemu_find_netdev(hubport->netdev);
        if (!peer) {
            error_setg(errp, "netdev '%s' not found", hubport->netdev);
            return false;
        }
        if (peer->peer) {
            error_setg(errp, "netdev '%s' is already in use by '%s'",
                       hubport->netdev, peer->peer->name);
            return false;
        }
        /* What came in at the other queues would go nowhere. */
        if (qemu_find_net_clients_except(hubport->netdev, queues,
                                         NET_CLIENT_DRIVER_NIC, 2) > 1) {
            error_setg(errp, "netdev '%s' has several queues and cannot be "
                       "used with hubs", hubport->netdev);
            return false;
        }
    }
    net_hub_add_port(hubport->hubid, name, peer);
    return true;
}
