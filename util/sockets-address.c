/*
 * Socket addresses as users write them, and file descriptors as options name
 * them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "util/option.h"
#include "util/sockets.h"

#include <arpa/inet.h>
#include <netdb.h>

static NamedFdLookup *named_lookup;

bool split_host_port(const char *str, char **host, char **port, Error **errp)
{
    const char *sep;

    if (str[0] == '[') {
        const char *end = strchr(str, ']');

        if (!end || end[1] != ':') {
            error_setg(errp, "IPv6 address '%s' isn't of the form "
                             "'[ADDRESS]:PORT'", str);
            return false;
        }
        *host = g_strndup(str + 1, end - str - 1);
        *port = g_strdup(end + 2);
        return true;
    }
    sep = strchr(str, ':');
    if (!sep) {
        error_setg(errp, "host address '%s' doesn't contain ':' separating "
                         "host from port", str);
        return false;
    }
    *host = g_strndup(str, sep - str);
    *port = g_strdup(sep + 1);
    return true;
}

static bool resolve_ipv4(struct in_addr *addr, const char *host, Error **errp)
{
    struct addrinfo hints = { .ai_family = AF_INET };
    struct addrinfo *res;
    struct sockaddr_in found;

    if (!*host) {
        addr->s_addr = htonl(INADDR_ANY);
        return true;
    }
    if (getaddrinfo(host, NULL, &hints, &res)) {
        error_setg(errp, "can't resolve host address '%s'", host);
        return false;
    }
    memcpy(&found, res->ai_addr, sizeof(found));
    *addr = found.sin_addr;
    freeaddrinfo(res);
    return true;
}

bool parse_host_port(struct sockaddr_in *sa, const char *str, Error **errp)
{
    g_autofree char *host = NULL;
    g_autofree char *port = NULL;
    uint64_t number;

    if (!split_host_port(str, &host, &port, errp)) {
        return false;
    }
    memset(sa, 0, sizeof(*sa));
    sa->sin_family = AF_INET;
    if (!resolve_ipv4(&sa->sin_addr, host, errp)) {
        return false;
    }
    if (qemu_strtou64(port, 10, &number) || number > UINT16_MAX) {
        error_setg(errp, "port number '%s' is invalid", port);
        return false;
    }
    sa->sin_port = htons(number);
    return true;
}

void fd_set_named_lookup(NamedFdLookup *fn)
{
    named_lookup = fn;
}

int fd_param_parse(const char *fdname, Error **errp)
{
    uint64_t number;

    if (named_lookup && *fdname && !g_ascii_isdigit(*fdname)) {
        return named_lookup(fdname, errp);
    }
    if (qemu_strtou64(fdname, 10, &number) || number > INT_MAX) {
        error_setg(errp, "Invalid file descriptor number '%s'", fdname);
        return -1;
    }
    if (!fd_is_open(number)) {
        error_setg(errp, "File descriptor '%s' is not open", fdname);
        return -1;
    }
    return number;
}
