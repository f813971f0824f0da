/*
 * "info network": who is connected to whom, and what went through.
 *
 * The lines about clients have QEMU's shape, which scripts parse. Behind each
 * client come lines of ours, indented, with its counters:
 *
 *   n0: index=0,type=tap,ifname=tap0,script=no,downscript=no
 *       rx packets=12 bytes=1480, tx packets=10 bytes=980
 *       dropped: link-down=3
 *
 * rx is what came to that client from its peer, tx what it sent.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net-internal.h"
#include "net/filter.h"

static void append_drops(GString *out, const char *indent,
                         const NetClientStats *stats)
{
    bool any = false;

    for (int i = 0; i < NET_DROP_MAX; i++) {
        if (stats->dropped[i]) {
            if (!any) {
                g_string_append_printf(out, "%s    dropped:", indent);
                any = true;
            }
            g_string_append_printf(out, " %s=%" PRIu64,
                                   net_drop_reason_names[i],
                                   stats->dropped[i]);
        }
    }
    if (any) {
        g_string_append_c(out, '\n');
    }
}

typedef struct PropertyLine {
    GString *out;
    Object *obj;
} PropertyLine;

static void append_property(ObjectProperty *p, void *opaque)
{
    PropertyLine *ctx = opaque;
    g_autofree char *value = NULL;

    if (strcmp(p->name, "type") != 0) {
        value = object_property_print(ctx->obj, p->name, NULL);
    }
    if (value) {
        g_string_append_printf(ctx->out, ",%s=%s", p->name, value);
    }
}

/* "  - f0: type=filter-dump,queue=all,netdev=n0,..." */
static void append_filter(GString *out, NetFilterState *nf)
{
    Object *obj = OBJECT(nf);
    g_autofree char *id = object_get_canonical_path_component(obj);
    PropertyLine ctx = { out, obj };

    g_string_append_printf(out, "  - %s: type=%s", id ? id : "(anonymous)",
                           object_get_typename(obj));
    object_property_foreach(object_get_class(obj), obj, append_property, &ctx);
    g_string_append_c(out, '\n');
}

static void append_filters(GString *out, NetClientState *nc)
{
    NetFilterState *nf;

    if (TAILQ_EMPTY(&nc->filters)) {
        return;
    }
    g_string_append(out, "filters:\n");
    TAILQ_FOREACH (nf, &nc->filters, next) {
        append_filter(out, nf);
    }
}

void net_client_info_append(GString *out, const char *indent,
                            NetClientState *nc)
{
    const NetClientStats *stats = &nc->stats;

    g_string_append_printf(out, "%s: index=%u,type=%s,%s\n", nc->name,
                           nc->queue_index,
                           NetClientDriver_str(nc->info->type), nc->info_str);
    g_string_append_printf(out,
                           "%s    rx packets=%" PRIu64 " bytes=%" PRIu64
                           ", tx packets=%" PRIu64 " bytes=%" PRIu64 "\n",
                           indent, stats->rx_packets, stats->rx_bytes,
                           stats->tx_packets, stats->tx_bytes);
    if (stats->queued || stats->copies) {
        g_string_append_printf(out,
                               "%s    queued=%" PRIu64 " copies=%" PRIu64 "\n",
                               indent, stats->queued, stats->copies);
    }
    append_drops(out, indent, stats);
    if (nc->info->info_stats) {
        g_autofree char *own = nc->info->info_stats(nc);

        if (own) {
            g_string_append_printf(out, "%s    %s\n", indent, own);
        }
    }
    append_filters(out, nc);
}

char *net_info_network(void)
{
    GString *out = g_string_new(NULL);
    NetClientState *nc;

    net_hub_info(out);
    TAILQ_FOREACH (nc, &net_clients, next) {
        bool nic = nc->info->type == NET_CLIENT_DRIVER_NIC;

        /* A backend with a peer comes with that. */
        if (net_hub_id_for_client(nc, NULL) || (nc->peer && !nic)) {
            continue;
        }
        net_client_info_append(out, "", nc);
        if (nc->peer) {
            g_string_append(out, " \\ ");
            net_client_info_append(out, "   ", nc->peer);
        }
    }
    return g_string_free(out, FALSE);
}
