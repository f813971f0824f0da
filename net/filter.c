/*
 * Filters: the objects that stand on a netdev and see its packets.
 *
 * A netdev's filters form a list. A packet that the netdev sends passes them
 * from head to tail, one that is sent to the netdev from tail to head, so that
 * the tail is always the one next to the peer. A filter that takes a packet
 * over ends its way; it may put it back behind itself later.
 *
 * Not with multiqueue netdevs: a filter holds the order of one queue.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net-internal.h"
#include "net/filter.h"

ssize_t net_filter_chain(NetClientState *nc, NetFilterDirection direction,
                         NetClientState *sender, unsigned flags,
                         const struct iovec *iov, int iovcnt,
                         NetPacketSent *sent_cb)
{
    bool forward = direction == NET_FILTER_DIRECTION_TX;
    NetFilterState *nf = forward ? TAILQ_FIRST(&nc->filters)
                                 : TAILQ_LAST(&nc->filters, NetFilterList);

    while (nf) {
        ssize_t ret = 0;

        if (nf->on && (nf->direction == NET_FILTER_DIRECTION_ALL ||
                       nf->direction == direction)) {
            ret = NETFILTER_GET_CLASS(nf)->receive_iov(
                nf, sender, flags, iov, iovcnt, sent_cb);
        }
        if (ret != 0) {
            return ret;
        }
        nf = forward ? TAILQ_NEXT(nf, next)
                     : TAILQ_PREV(nf, NetFilterList, next);
    }
    return 0;
}

void net_filters_delete(NetClientState *nc)
{
    NetFilterState *nf;

    while ((nf = TAILQ_FIRST(&nc->filters))) {
        /* Its finalizer does this too, unless somebody holds a reference. */
        TAILQ_REMOVE(&nc->filters, nf, next);
        nf->netdev = NULL;
        object_unparent(OBJECT(nf));
    }
}

/* ------------------------------------------------------------- properties */

static const char *const direction_names[] = { "all", "rx", "tx" };
static const QEnumLookup direction_lookup = { direction_names, 3 };

static char *get_netdev_id(Object *obj, Error **errp)
{
    return g_strdup(NETFILTER(obj)->netdev_id);
}

static void set_netdev_id(Object *obj, const char *value, Error **errp)
{
    NetFilterState *nf = NETFILTER(obj);

    if (nf->netdev) {
        error_setg(errp, "Property 'netdev' of a filter in use can't be "
                   "changed");
        return;
    }
    g_free(nf->netdev_id);
    nf->netdev_id = g_strdup(value);
}

static int get_direction(Object *obj, Error **errp)
{
    return NETFILTER(obj)->direction;
}

static void set_direction(Object *obj, int value, Error **errp)
{
    NETFILTER(obj)->direction = value;
}

static char *get_status(Object *obj, Error **errp)
{
    return g_strdup(NETFILTER(obj)->on ? "on" : "off");
}

static void set_status(Object *obj, const char *value, Error **errp)
{
    NetFilterState *nf = NETFILTER(obj);
    NetFilterClass *nfc = NETFILTER_GET_CLASS(obj);
    bool on = strcmp(value, "on") == 0;

    if (!on && strcmp(value, "off") != 0) {
        error_setg(errp, "Invalid value for netfilter status, "
                   "should be 'on' or 'off'");
        return;
    }
    if (nf->on == on) {
        return;
    }
    nf->on = on;
    if (nf->netdev && nfc->status_changed) {
        nfc->status_changed(nf, errp);
    }
}

static char *get_position(Object *obj, Error **errp)
{
    return g_strdup(NETFILTER(obj)->position);
}

static void set_position(Object *obj, const char *value, Error **errp)
{
    NetFilterState *nf = NETFILTER(obj);

    g_free(nf->position);
    nf->position = g_strdup(value);
}

static char *get_insert(Object *obj, Error **errp)
{
    return g_strdup(NETFILTER(obj)->insert_before ? "before" : "behind");
}

static void set_insert(Object *obj, const char *value, Error **errp)
{
    NetFilterState *nf = NETFILTER(obj);

    if (strcmp(value, "before") == 0) {
        nf->insert_before = true;
    } else if (strcmp(value, "behind") == 0) {
        nf->insert_before = false;
    } else {
        error_setg(errp, "Parameter 'insert' does not accept value '%s'",
                   value);
    }
}

/* ------------------------------------------------------------------- life */

/* The one queue of the netdev the user named. */
static NetClientState *find_netdev(NetFilterState *nf, Error **errp)
{
    NetClientState *ncs[2];
    int queues;

    if (!nf->netdev_id) {
        error_setg(errp, "Parameter 'netdev' is missing");
        return NULL;
    }
    queues = qemu_find_net_clients_except(nf->netdev_id, ncs,
                                          NET_CLIENT_DRIVER_NIC, 2);
    if (queues == 0) {
        error_setg(errp, "Parameter 'netdev' expects a network backend id");
        return NULL;
    }
    if (queues > 1) {
        error_setg(errp, "multiqueue is not supported");
        return NULL;
    }
    return ncs[0];
}

/* Where to insert: *neighbour stays NULL for head and tail. */
static bool find_position(NetFilterState *nf, NetClientState *netdev,
                          NetFilterState **neighbour, Error **errp)
{
    Object *obj;

    *neighbour = NULL;
    if (strcmp(nf->position, "head") == 0 ||
        strcmp(nf->position, "tail") == 0) {
        return true;
    }
    if (!g_str_has_prefix(nf->position, "id=")) {
        error_setg(errp, "Parameter 'position' expects 'head', 'tail' or "
                   "'id=<id>'");
        return false;
    }
    obj = object_resolve_path_component(object_get_objects_root(),
                                        nf->position + 3);
    if (!obj || !object_dynamic_cast(obj, TYPE_NETFILTER) ||
        obj == OBJECT(nf)) {
        error_setg(errp, "filter '%s' not found", nf->position + 3);
        return false;
    }
    *neighbour = NETFILTER(obj);
    if ((*neighbour)->netdev != netdev) {
        error_setg(errp, "filter '%s' belongs to a different netdev",
                   nf->position + 3);
        return false;
    }
    return true;
}

static void insert_filter(NetFilterState *nf, NetFilterState *neighbour)
{
    struct NetFilterList *list = &nf->netdev->filters;

    if (neighbour && nf->insert_before) {
        TAILQ_INSERT_BEFORE(neighbour, nf, next);
    } else if (neighbour) {
        TAILQ_INSERT_AFTER(list, neighbour, nf, next);
    } else if (strcmp(nf->position, "head") == 0) {
        TAILQ_INSERT_HEAD(list, nf, next);
    } else {
        TAILQ_INSERT_TAIL(list, nf, next);
    }
}

static void netfilter_complete(UserCreatable *uc, Error **errp)
{
    NetFilterState *nf = NETFILTER(uc);
    NetFilterClass *nfc = NETFILTER_GET_CLASS(uc);
    NetFilterState *neighbour;
    NetClientState *netdev;
    Error *local = NULL;

    netdev = find_netdev(nf, errp);
    if (!netdev || !find_position(nf, netdev, &neighbour, errp)) {
        return;
    }
    nf->netdev = netdev;
    if (nfc->setup) {
        nfc->setup(nf, &local);
        if (local) {
            nf->netdev = NULL;
            error_propagate(errp, local);
            return;
        }
    }
    insert_filter(nf, neighbour);
}

static void netfilter_init(Object *obj)
{
    NetFilterState *nf = NETFILTER(obj);

    nf->on = true;
    nf->direction = NET_FILTER_DIRECTION_ALL;
    nf->position = g_strdup("tail");
}

static void netfilter_finalize(Object *obj)
{
    NetFilterState *nf = NETFILTER(obj);
    NetFilterClass *nfc = NETFILTER_GET_CLASS(obj);

    if (nf->netdev) {
        TAILQ_REMOVE(&nf->netdev->filters, nf, next);
        nf->netdev = NULL;
    }
    if (nfc->cleanup) {
        nfc->cleanup(nf);
    }
    g_free(nf->netdev_id);
    g_free(nf->position);
}

static void netfilter_class_init(ObjectClass *klass, const void *data)
{
    UserCreatableClass *ucc = USER_CREATABLE_CLASS(klass);

    object_class_property_add_enum(klass, "queue", "NetFilterDirection",
                                   &direction_lookup, get_direction,
                                   set_direction);
    object_class_property_add_str(klass, "netdev", get_netdev_id,
                                  set_netdev_id);
    object_class_property_add_str(klass, "insert", get_insert, set_insert);
    object_class_property_add_str(klass, "status", get_status, set_status);
    object_class_property_add_str(klass, "position", get_position,
                                  set_position);
    ucc->complete = netfilter_complete;
}

static const InterfaceInfo netfilter_interfaces[] = {
    { TYPE_USER_CREATABLE },
    { NULL },
};

static const TypeInfo netfilter_type = {
    .name = TYPE_NETFILTER,
    .parent = TYPE_OBJECT,
    .abstract = true,
    .instance_size = sizeof(NetFilterState),
    .instance_init = netfilter_init,
    .instance_finalize = netfilter_finalize,
    .class_size = sizeof(NetFilterClass),
    .class_init = netfilter_class_init,
    .interfaces = netfilter_interfaces,
};

static void netfilter_register(void)
{
    type_register_static(&netfilter_type);
}

type_init(netfilter_register)
