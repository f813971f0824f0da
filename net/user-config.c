/*
 * The options of -netdev user, checked and completed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>

#include "net/user-internal.h"
#include "util/option.h"

/* DNS names and labels end up in fields of 255 bytes. */
#define NAME_MAX_LEN 255

static bool parse_ipv4(const char *text, const char *what,
                       struct in_addr *addr, Error **errp)
{
    if (text && !inet_aton(text, addr)) {
        error_setg(errp, "Failed to parse %s", what);
        return false;
    }
    return true;
}

static bool parse_ipv6(const char *text, const char *what,
                       struct in6_addr *addr, Error **errp)
{
    if (text && inet_pton(AF_INET6, text, addr) != 1) {
        error_setg(errp, "Failed to parse %s", what);
        return false;
    }
    return true;
}

/* The mask that an address had before there were netmasks. */
static in_addr_t classful_mask(in_addr_t host_order)
{
    if (IN_CLASSA(host_order)) {
        return IN_CLASSA_NET;
    }
    return IN_CLASSB(host_order) ? IN_CLASSB_NET : IN_CLASSC_NET;
}

/* ADDR, ADDR/BITS or ADDR/MASK. */
static bool parse_net(const char *text, SlirpConfig *cfg, Error **errp)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    in_addr_t addr, mask;
    uint64_t bits;

    if (!parse_ipv4(parts[0], "netmask", &cfg->vnetwork, errp)) {
        return false;
    }
    addr = ntohl(cfg->vnetwork.s_addr);
    if (!parts[1]) {
        mask = classful_mask(addr);
    } else if (qemu_strtou64(parts[1], 10, &bits) == 0) {
        if (bits < 4 || bits > 32) {
            error_setg(errp, "Invalid netmask provided (must be in range "
                       "4-32)");
            return false;
        }
        mask = (uint32_t)(UINT64_MAX << (32 - bits));
    } else {
        if (!parse_ipv4(parts[1], "netmask", &cfg->vnetmask, errp)) {
            return false;
        }
        mask = ntohl(cfg->vnetmask.s_addr);
    }
    cfg->vnetmask.s_addr = htonl(mask);
    cfg->vnetwork.s_addr = htonl(addr & mask);
    if (addr & ~mask) {
        cfg->vhost.s_addr = htonl(addr); /* host= may still say otherwise */
    }
    return true;
}

static bool in_network(const SlirpConfig *cfg, struct in_addr addr)
{
    return (addr.s_addr & cfg->vnetmask.s_addr) == cfg->vnetwork.s_addr;
}

static struct in_addr nth_host(const SlirpConfig *cfg, uint32_t n)
{
    uint32_t mask = ntohl(cfg->vnetmask.s_addr);

    return (struct in_addr){ htonl(ntohl(cfg->vnetwork.s_addr) |
                                   (n & ~mask)) };
}

static bool config_ipv4(const NetdevUserOptions *o, SlirpConfig *cfg,
                        Error **errp)
{
    const char *net = o->net ? o->net : o->ip; /* ip= is the old name */

    inet_aton("10.0.2.0", &cfg->vnetwork);
    inet_aton("255.255.255.0", &cfg->vnetmask);
    if (net && !parse_net(net, cfg, errp)) {
        return false;
    }
    if (!cfg->vhost.s_addr) {
        cfg->vhost = nth_host(cfg, 2);
    }
    cfg->vdhcp_start = nth_host(cfg, 15);
    cfg->vnameserver = nth_host(cfg, 3);

    if (!parse_ipv4(o->host, "host", &cfg->vhost, errp) ||
        !parse_ipv4(o->dns, "DNS", &cfg->vnameserver, errp) ||
        !parse_ipv4(o->dhcpstart, "DHCP start address", &cfg->vdhcp_start,
                    errp)) {
        return false;
    }
    if (!in_network(cfg, cfg->vhost)) {
        error_setg(errp, "Host doesn't belong to network");
        return false;
    }
    if (!in_network(cfg, cfg->vdhcp_start)) {
        error_setg(errp, "DHCP doesn't belong to network");
        return false;
    }
    if (cfg->vdhcp_start.s_addr == cfg->vhost.s_addr ||
        cfg->vdhcp_start.s_addr == cfg->vnameserver.s_addr) {
        error_setg(errp, "DHCP must be different from host and DNS");
        return false;
    }
    if (cfg->vnameserver.s_addr == cfg->vhost.s_addr) {
        error_setg(errp, "DNS must be different from host");
        return false;
    }
    return true;
}

static bool config_ipv6(const NetdevUserOptions *o, SlirpConfig *cfg,
                        Error **errp)
{
    struct in6_addr *prefix = &cfg->vprefix_addr6;
    int64_t bits = o->has_ipv6_prefixlen ? o->ipv6_prefixlen : 64;

    inet_pton(AF_INET6, "fec0::", prefix);
    if (!parse_ipv6(o->ipv6_prefix, "IPv6 prefix", prefix, errp)) {
        return false;
    }
    if (bits < 0 || bits > 126) {
        error_setg(errp, "Invalid IPv6 prefix provided (IPv6 prefix length "
                   "must be between 0 and 126)");
        return false;
    }
    cfg->vprefix_len = bits;
    cfg->vhost6 = *prefix;
    cfg->vhost6.s6_addr[15] |= 2;
    cfg->vnameserver6 = *prefix;
    cfg->vnameserver6.s6_addr[15] |= 3;
    return parse_ipv6(o->ipv6_host, "IPv6 host", &cfg->vhost6, errp) &&
           parse_ipv6(o->ipv6_dns, "IPv6 DNS", &cfg->vnameserver6, errp);
}

/* Which of the two protocols run. */
static bool config_families(const NetdevUserOptions *o, SlirpConfig *cfg,
                            Error **errp)
{
    /* Naming one of them as on, and not the other, means only that one. */
    bool only4 = o->has_ipv4 && o->ipv4 && !o->has_ipv6;
    bool only6 = o->has_ipv6 && o->ipv6 && !o->has_ipv4;

    cfg->in_enabled = !only6 && (!o->has_ipv4 || o->ipv4);
    cfg->in6_enabled = !only4 && (!o->has_ipv6 || o->ipv6);
    if (!cfg->in_enabled && !cfg->in6_enabled) {
        error_setg(errp, "IPv4 and IPv6 disabled");
        return false;
    }
    if (!cfg->in_enabled && (o->net || o->ip || o->host || o->dns ||
                             o->dhcpstart)) {
        error_setg(errp, "IPv4 disabled but netmask/host/dns provided");
        return false;
    }
    if (!cfg->in6_enabled && (o->ipv6_prefix || o->ipv6_host ||
                              o->ipv6_dns)) {
        error_setg(errp, "IPv6 disabled but prefix/host6/dns6 provided");
        return false;
    }
    return true;
}

static bool check_name(const char *value, const char *what, bool empty_ok,
                       Error **errp)
{
    if (value && !*value && !empty_ok) {
        error_setg(errp, "'%s' parameter cannot be empty", what);
        return false;
    }
    if (value && strlen(value) > NAME_MAX_LEN) {
        error_setg(errp, "'%s' parameter cannot exceed %d bytes", what,
                   NAME_MAX_LEN);
        return false;
    }
    return true;
}

static const char **search_list(const StringList *list)
{
    GPtrArray *names = g_ptr_array_new();

    for (; list; list = list->next) {
        g_ptr_array_add(names, list->value->str);
    }
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(names, false);
}

bool user_config_parse(const NetdevUserOptions *o, SlirpConfig *cfg,
                       Error **errp)
{
    *cfg = (SlirpConfig){ .version = 4 };
    if (o->smb || o->smbserver) {
        error_setg(errp, "smb= and smbserver= are not supported: share files "
                   "by other means");
        return false;
    }
    if (!config_families(o, cfg, errp) || !config_ipv4(o, cfg, errp) ||
        !config_ipv6(o, cfg, errp) ||
        !check_name(o->hostname, "vhostname", true, errp) ||
        !check_name(o->domainname, "domainname", false, errp) ||
        !check_name(o->bootfile, "bootfile", true, errp) ||
        !check_name(o->tftp_server_name, "tftp-server-name", true, errp)) {
        return false;
    }
    cfg->restricted = o->has_restrict && o->q_restrict;
    cfg->vhostname = o->hostname;
    cfg->tftp_server_name = o->tftp_server_name;
    cfg->tftp_path = o->tftp;
    cfg->bootfile = o->bootfile;
    cfg->vdomainname = o->domainname;
    cfg->vdnssearch = o->dnssearch ? search_list(o->dnssearch) : NULL;
    return true;
}
