/*
 * Device properties of network cards: the backend, and the place in the boot
 * order.
 *
 * A card takes all queues of its backend by one id. The backend is checked
 * when the property is set; the two become peers when the card is realized.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/qdev-net.h"

/* ----------------------------------------------------------------- netdev */

static bool get_netdev(Object *obj, Visitor *v, const char *name,
                       const Property *p, Error **errp)
{
    const NICPeers *peers = object_field_prop_ptr(obj, p);
    g_autofree char *value =
        g_strdup(peers->ncs[0] ? peers->ncs[0]->name : "");

    return visit_type_str(v, name, &value, errp);
}

static bool set_netdev(Object *obj, Visitor *v, const char *name,
                       const Property *p, Error **errp)
{
    NICPeers *peers = object_field_prop_ptr(obj, p);
    NetClientState *found[MAX_QUEUE_NUM];
    g_autofree char *value = NULL;
    int queues;

    if (!visit_type_str(v, name, &value, errp)) {
        return false;
    }
    queues = qemu_find_net_clients_except(value, found, NET_CLIENT_DRIVER_NIC,
                                          MAX_QUEUE_NUM);
    if (queues == 0) {
        qdev_prop_error_not_found(errp, obj, p, value);
        return false;
    }
    for (int i = 0; i < queues; i++) {
        if (found[i]->peer) {
            qdev_prop_error_in_use(errp, obj, p, value);
            return false;
        }
    }
    memset(peers->ncs, 0, sizeof(peers->ncs));
    for (int i = 0; i < queues; i++) {
        peers->ncs[i] = found[i];
        found[i]->queue_index = i;
    }
    peers->queues = queues;
    return true;
}

static char *print_netdev(Object *obj, const Property *p)
{
    const NICPeers *peers = object_field_prop_ptr(obj, p);

    return g_strdup_printf("\"%s\"", peers->ncs[0] ? peers->ncs[0]->name : "");
}

const PropertyInfo qdev_prop_netdev = {
    .type = "str",
    .description = "ID of a netdev to use as a backend",
    .get = get_netdev,
    .set = set_netdev,
    .print = print_netdev,
};

/* -------------------------------------------------------------- bootindex */

/* The places taken, by int32_t. */
static GHashTable *boot_order;

static void release_bootindex(Object *obj, const Property *p)
{
    const int32_t *index = object_field_prop_ptr(obj, p);

    if (boot_order && *index >= 0) {
        g_hash_table_remove(boot_order, GINT_TO_POINTER(*index));
    }
}

static bool get_bootindex(Object *obj, Visitor *v, const char *name,
                          const Property *p, Error **errp)
{
    return visit_type_int32(v, name, object_field_prop_ptr(obj, p), errp);
}

static bool set_bootindex(Object *obj, Visitor *v, const char *name,
                          const Property *p, Error **errp)
{
    int32_t *index = object_field_prop_ptr(obj, p);
    int32_t value;

    if (!visit_type_int32(v, name, &value, errp)) {
        return false;
    }
    if (!boot_order) {
        boot_order = g_hash_table_new(NULL, NULL);
    }
    if (value >= 0 && value != *index &&
        !g_hash_table_add(boot_order, GINT_TO_POINTER(value))) {
        error_setg(errp, "The bootindex %d has already been used", value);
        return false;
    }
    if (value != *index) {
        release_bootindex(obj, p);
    }
    *index = value;
    return true;
}

const PropertyInfo qdev_prop_bootindex = {
    .type = "int32",
    .get = get_bootindex,
    .set = set_bootindex,
    .release = release_bootindex,
};
