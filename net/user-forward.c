/*
 * User networking: ports of the host that lead into the guest's network
 * (hostfwd), and addresses of that network that lead to something on the host
 * (guestfwd).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sys/un.h>

#include "chardev/char.h"
#include "net/user-internal.h"
#include "util/option.h"

struct UserGuestFwd {
    SlirpState *s;
    struct in_addr server;
    int port;
    CharBackend be; /* be.chr NULL: a command, run by libslirp */
    LIST_ENTRY(UserGuestFwd) next;
};

/* ------------------------------------------------------------------ hostfwd */

typedef struct HostFwd {
    bool is_udp;
    union {
        struct sockaddr sa;
        struct sockaddr_in in;
        struct sockaddr_un un;
    } host;
    socklen_t host_len;
    struct sockaddr_in guest;
} HostFwd;

static const char *parse_port(const char *text, int min, in_port_t *port,
                              const char *problem)
{
    uint64_t value;

    if (qemu_strtou64(text, 10, &value) || value > 65535 ||
        value < (uint64_t)min) {
        return problem;
    }
    *port = htons(value);
    return NULL;
}

static const char *parse_address(const char *text, struct in_addr *addr,
                                 const char *problem)
{
    return *text && !inet_aton(text, addr) ? problem : NULL;
}

/* Cuts text at the first `separator`; NULL if there is none. */
static char *cut(char *text, char separator)
{
    char *at = strchr(text, separator);

    if (at) {
        *at++ = '\0';
    }
    return at;
}

static const char *parse_host_part(HostFwd *f, const char *protocol,
                                   char *host)
{
    const char *problem;
    char *port;

    if (g_str_equal(protocol, "unix")) {
        f->host.un.sun_family = AF_UNIX;
        f->host_len = sizeof(f->host.un);
        if (!*host || g_strlcpy(f->host.un.sun_path, host,
                                sizeof(f->host.un.sun_path)) >=
                          sizeof(f->host.un.sun_path)) {
            return "Bad host path";
        }
        return NULL;
    }
    if (*protocol && !g_str_equal(protocol, "tcp") &&
        !g_str_equal(protocol, "udp")) {
        return "Bad protocol name";
    }
    f->is_udp = g_str_equal(protocol, "udp");
    f->host.in.sin_family = AF_INET;
    f->host_len = sizeof(f->host.in);
    port = cut(host, ':');
    if (!port) {
        return "Missing : separator";
    }
    problem = parse_address(host, &f->host.in.sin_addr, "Bad host address");
    return problem ? problem
                   : parse_port(port, 0, &f->host.in.sin_port, "Bad host port");
}

/*
 * [tcp|udp]:[HOSTADDR]:HOSTPORT[-[GUESTADDR]:GUESTPORT], or
 * unix:HOSTPATH-[GUESTADDR]:GUESTPORT. Returns what is wrong, or NULL.
 */
static const char *parse_rule(HostFwd *f, char *rule, bool with_guest)
{
    char *host = cut(rule, ':');
    char *guest = NULL, *port;
    const char *problem;

    if (!host) {
        return "No : separators";
    }
    if (with_guest) {
        guest = strrchr(host, '-');
        if (!guest) {
            return "Bad host port separator";
        }
        *guest++ = '\0';
    }
    problem = parse_host_part(f, rule, host);
    if (problem || !with_guest) {
        return problem;
    }
    f->guest.sin_family = AF_INET;
    port = cut(guest, ':');
    if (!port) {
        return "Missing guest address separator";
    }
    problem = parse_address(guest, &f->guest.sin_addr, "Bad guest address");
    return problem ? problem
                   : parse_port(port, 1, &f->guest.sin_port, "Bad guest port");
}

bool user_hostfwd_add(SlirpState *s, const char *rule, Error **errp)
{
    g_autofree char *text = g_strdup(rule);
    HostFwd f = { 0 };
    const char *problem = parse_rule(&f, text, true);

    if (problem) {
        error_setg(errp, "Invalid host forwarding rule '%s' (%s)", rule,
                   problem);
        return false;
    }
    if (slirp_add_hostxfwd(s->slirp, &f.host.sa, f.host_len,
                           (struct sockaddr *)&f.guest, sizeof(f.guest),
                           f.is_udp ? SLIRP_HOSTFWD_UDP : 0) < 0) {
        error_setg_errno(errp, errno, "Could not set up host forwarding rule "
                         "'%s'", rule);
        return false;
    }
    if (f.host.sa.sa_family == AF_UNIX) {
        g_hash_table_add(s->unix_fwds, g_strdup(f.host.un.sun_path));
    }
    return true;
}

bool user_hostfwd_remove(SlirpState *s, const char *rule, Error **errp)
{
    g_autofree char *text = g_strdup(rule);
    HostFwd f = { 0 };
    const char *problem = parse_rule(&f, text, false);

    if (problem) {
        error_setg(errp, "invalid format '%s' (%s)", rule, problem);
        return false;
    }
    if (slirp_remove_hostxfwd(s->slirp, &f.host.sa, f.host_len,
                              f.is_udp ? SLIRP_HOSTFWD_UDP : 0) < 0) {
        error_setg(errp, "host forwarding rule for %s not found", rule);
        return false;
    }
    if (f.host.sa.sa_family == AF_UNIX) {
        g_hash_table_remove(s->unix_fwds, f.host.un.sun_path);
    }
    return true;
}

/* ----------------------------------------------------------------- guestfwd */

static ssize_t guestfwd_write(const void *buf, size_t len, void *opaque)
{
    UserGuestFwd *fwd = opaque;

    return qemu_chr_fe_write_all(&fwd->be, buf, len);
}

static int guestfwd_can_read(void *opaque)
{
    UserGuestFwd *fwd = opaque;

    return slirp_socket_can_recv(fwd->s->slirp, fwd->server, fwd->port);
}

static void guestfwd_read(void *opaque, const uint8_t *buf, int size)
{
    UserGuestFwd *fwd = opaque;

    slirp_socket_recv(fwd->s->slirp, fwd->server, fwd->port, buf, size);
}

static bool parse_guestfwd(char *text, struct in_addr *server, int *port,
                           char **target)
{
    char *rest = cut(text, ':');
    char *server_port;
    in_port_t number;

    if (!rest || (*text && !g_str_equal(text, "tcp"))) {
        return false;
    }
    server_port = cut(rest, ':');
    if (!server_port || !inet_aton(rest, server)) {
        return false;
    }
    *target = cut(server_port, '-');
    if (!*target || !**target ||
        parse_port(server_port, 1, &number, "bad")) {
        return false;
    }
    *port = ntohs(number);
    return true;
}

static bool guestfwd_chardev(UserGuestFwd *fwd, const char *rule,
                             const char *target, Error **errp)
{
    g_autofree char *label = g_strdup_printf("guestfwd.tcp.%d", fwd->port);
    Chardev *chr = qemu_chr_new(label, target, errp);

    if (!chr || !qemu_chr_fe_init(&fwd->be, chr, errp)) {
        error_prepend(errp, "Could not open guest forwarding device '%s': ",
                      label);
        return false;
    }
    if (slirp_add_guestfwd(fwd->s->slirp, guestfwd_write, fwd, &fwd->server,
                           fwd->port) < 0) {
        error_setg(errp, "Conflicting/invalid host:port in guest forwarding "
                   "rule '%s'", rule);
        qemu_chr_fe_deinit(&fwd->be);
        qemu_chr_remove(label, NULL);
        return false;
    }
    qemu_chr_fe_set_handlers(&fwd->be, guestfwd_can_read, guestfwd_read, NULL,
                             fwd);
    return true;
}

bool user_guestfwd_add(SlirpState *s, const char *rule, Error **errp)
{
    g_autofree char *text = g_strdup(rule);
    UserGuestFwd *fwd = g_new0(UserGuestFwd, 1);
    char *target;

    fwd->s = s;
    if (!parse_guestfwd(text, &fwd->server, &fwd->port, &target)) {
        error_setg(errp, "Invalid guest forwarding rule '%s'", rule);
        g_free(fwd);
        return false;
    }
    if (g_str_has_prefix(target, "cmd:")) {
        if (slirp_add_exec(s->slirp, target + 4, &fwd->server, fwd->port) < 0) {
            error_setg(errp, "Conflicting/invalid host:port in guest "
                       "forwarding rule '%s'", rule);
            g_free(fwd);
            return false;
        }
    } else if (!guestfwd_chardev(fwd, rule, target, errp)) {
        g_free(fwd);
        return false;
    }
    LIST_INSERT_HEAD(&s->guestfwds, fwd, next);
    return true;
}

/* ---------------------------------------------------------------- life time */

/* libslirp leaves the socket's file behind. */
static void unix_path_free(gpointer path)
{
    unlink(path);
    g_free(path);
}

void user_forward_init(SlirpState *s)
{
    LIST_INIT(&s->guestfwds);
    s->unix_fwds = g_hash_table_new_full(g_str_hash, g_str_equal,
                                         unix_path_free, NULL);
}

void user_forward_cleanup(SlirpState *s)
{
    UserGuestFwd *fwd, *next;

    g_hash_table_unref(s->unix_fwds);

    LIST_FOREACH_SAFE(fwd, &s->guestfwds, next, next) {
        if (fwd->be.chr) {
            g_autofree char *label = g_strdup(fwd->be.chr->label);

            qemu_chr_fe_deinit(&fwd->be);
            qemu_chr_remove(label, NULL);
        }
        LIST_REMOVE(fwd, next);
        g_free(fwd);
    }
}
