/*
 * The socket chardev's options: checking them, making sockets from them and
 * naming the result.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"
#include "char-socket-internal.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include "util/option.h"
#include "util/sockets.h"

typedef struct RawOpts {
    bool has_server, has_wait, has_reconnect, has_reconnect_ms;
    bool has_ipv4, has_ipv6;
    bool ipv4, ipv6;
    bool tight, telnet, tn3270, websocket, delay;
    int64_t reconnect_s;
    char *tls_creds;
    char *addr_type;
    json_t *addr;
} RawOpts;

void char_socket_addr_copy(CharSocketAddr *dst, const CharSocketAddr *src)
{
    *dst = *src;
    dst->path = g_strdup(src->path);
    dst->host = g_strdup(src->host);
    dst->port = g_strdup(src->port);
    dst->fd = g_strdup(src->fd);
}

void char_socket_addr_clear(CharSocketAddr *a)
{
    g_free(a->path);
    g_free(a->host);
    g_free(a->port);
    g_free(a->fd);
    *a = (CharSocketAddr){ 0 };
}

/* -------------------------------------------------------------- options */

/* The QMP form of an address: {"type": T, "data": {...}}, or flat. */
static bool read_json_addr(CharSocketAddr *a, RawOpts *raw, Error **errp)
{
    const char *type = json_string_value(json_object_get(raw->addr, "type"));
    json_t *data = json_object_get(raw->addr, "data");
    json_t *members;
    bool ok = false;

    if (!type) {
        error_setg(errp, "Parameter 'addr.type' is missing");
        return false;
    }
    members = json_copy(data ? data : raw->addr);
    json_object_del(members, "type");
    if (g_str_equal(type, "unix")) {
        const CharOpt table[] = {
            { "path", CHAR_OPT_STR, &a->path },
            { "abstract", CHAR_OPT_BOOL, &a->abstract },
            { "tight", CHAR_OPT_BOOL, &raw->tight },
            { NULL },
        };
        ok = char_opts_read(members, false, table, errp);
    } else if (g_str_equal(type, "inet")) {
        const CharOpt table[] = {
            { "host", CHAR_OPT_STR, &a->host },
            { "port", CHAR_OPT_STR, &a->port },
            { "to", CHAR_OPT_INT, &a->to },
            { "ipv4", CHAR_OPT_BOOL, &raw->ipv4, &raw->has_ipv4 },
            { "ipv6", CHAR_OPT_BOOL, &raw->ipv6, &raw->has_ipv6 },
            { NULL },
        };
        ok = char_opts_read(members, false, table, errp);
    } else if (g_str_equal(type, "fd")) {
        const CharOpt table[] = {
            { "str", CHAR_OPT_STR, &a->fd },
            { NULL },
        };
        ok = char_opts_read(members, false, table, errp);
    } else {
        error_setg(errp, "Parameter 'addr.type' does not accept value '%s'",
                   type);
    }
    json_decref(members);
    return ok;
}

static bool read_raw(CharSocketOpts *o, RawOpts *raw, json_t *opts,
                     bool keyval, Error **errp)
{
    CharSocketAddr *a = &o->addr;
    const CharOpt common[] = {
        { "server", CHAR_OPT_BOOL, &o->server, &raw->has_server },
        { "wait", CHAR_OPT_BOOL, &o->wait, &raw->has_wait },
        { "nodelay", CHAR_OPT_BOOL, &o->nodelay },
        { "telnet", CHAR_OPT_BOOL, &raw->telnet },
        { "tn3270", CHAR_OPT_BOOL, &raw->tn3270 },
        { "websocket", CHAR_OPT_BOOL, &raw->websocket },
        { "reconnect", CHAR_OPT_INT, &raw->reconnect_s, &raw->has_reconnect },
        { "reconnect-ms", CHAR_OPT_INT, &o->reconnect_ms,
          &raw->has_reconnect_ms },
        { "tls-creds", CHAR_OPT_STR, &raw->tls_creds },
        { NULL },
    };
    const CharOpt cli_only[] = {
        { "delay", CHAR_OPT_BOOL, &raw->delay },
        { "path", CHAR_OPT_STR, &a->path },
        { "abstract", CHAR_OPT_BOOL, &a->abstract },
        { "tight", CHAR_OPT_BOOL, &raw->tight },
        { "host", CHAR_OPT_STR, &a->host },
        { "port", CHAR_OPT_STR, &a->port },
        { "to", CHAR_OPT_INT, &a->to },
        { "ipv4", CHAR_OPT_BOOL, &raw->ipv4, &raw->has_ipv4 },
        { "ipv6", CHAR_OPT_BOOL, &raw->ipv6, &raw->has_ipv6 },
        { "fd", CHAR_OPT_STR, &a->fd },
        { NULL },
    };
    const CharOpt qmp_only[] = {
        { "addr", CHAR_OPT_ANY, &raw->addr },
        { NULL },
    };
    CharOpt table[ARRAY_SIZE(common) + ARRAY_SIZE(cli_only)];

    memcpy(table, common, sizeof(common));
    memcpy(table + ARRAY_SIZE(common) - 1, keyval ? cli_only : qmp_only,
           keyval ? sizeof(cli_only) : sizeof(qmp_only));
    if (!char_opts_read(opts, keyval, table, errp)) {
        return false;
    }
    if (!keyval && !raw->addr) {
        error_setg(errp, "Parameter 'addr' is missing");
        return false;
    }
    return keyval || read_json_addr(a, raw, errp);
}

static bool check_addr(CharSocketAddr *a, const RawOpts *raw, bool keyval,
                       Error **errp)
{
    if (!!a->path + !!a->host + !!a->fd > 1) {
        error_setg(errp,
                   "None or one of 'path', 'fd' or 'host' option required.");
        return false;
    }
    a->ipv4 = raw->has_ipv4 ? raw->ipv4 : -1;
    a->ipv6 = raw->has_ipv6 ? raw->ipv6 : -1;
    if (a->path) {
        a->kind = CHAR_SOCKET_UNIX;
        if (a->abstract && !raw->tight) {
            error_setg(errp, "Parameter 'tight' expects 'on'");
            return false;
        }
    } else if (a->host || !keyval) {
        a->kind = a->fd ? CHAR_SOCKET_FD : CHAR_SOCKET_INET;
        if (!a->fd && !a->port) {
            error_setg(errp, "chardev: socket: no port given");
            return false;
        }
    } else {
        a->kind = CHAR_SOCKET_FD;
        if (!a->fd || !g_ascii_isdigit(a->fd[0])) {
            error_setg(errp, "Unable to parse FD number %s",
                       a->fd ? a->fd : "");
            return false;
        }
    }
    return true;
}

static bool check_mode(CharSocketOpts *o, const RawOpts *raw, bool keyval,
                       Error **errp)
{
    const char *unsupported = raw->telnet ? "telnet"
                              : raw->tn3270 ? "tn3270"
                              : raw->websocket ? "websocket" : NULL;

    if (unsupported) {
        error_setg(errp, "'%s' is not supported by this socket chardev",
                   unsupported);
        return false;
    }
    if (raw->tls_creds) {
        error_setg(errp, "No TLS credentials with id '%s'", raw->tls_creds);
        return false;
    }
    if (raw->has_reconnect && raw->has_reconnect_ms) {
        error_setg(errp, "'reconnect' and 'reconnect-ms' are mutually "
                         "exclusive");
        return false;
    }
    if (raw->reconnect_s < 0 || o->reconnect_ms < 0 ||
        raw->reconnect_s > INT_MAX / 1000 || o->reconnect_ms > INT_MAX) {
        error_setg(errp, "Parameter '%s' expects a delay between 0 and %d",
                   raw->has_reconnect ? "reconnect" : "reconnect-ms",
                   raw->has_reconnect ? INT_MAX / 1000 : INT_MAX);
        return false;
    }
    if (o->server && (raw->has_reconnect || raw->has_reconnect_ms)) {
        error_setg(errp, "'%s' option is incompatible with socket in server "
                         "listen mode",
                   raw->has_reconnect ? "reconnect" : "reconnect-ms");
        return false;
    }
    if (o->addr.kind == CHAR_SOCKET_FD &&
        (raw->has_reconnect || raw->has_reconnect_ms)) {
        error_setg(errp, "'%s' option is incompatible with 'fd' address type",
                   raw->has_reconnect ? "reconnect" : "reconnect-ms");
        return false;
    }
    if (!o->server && raw->has_wait) {
        error_setg(errp, "'wait' option is incompatible with socket in client "
                         "connect mode");
        return false;
    }
    if (raw->has_reconnect) {
        o->reconnect_ms = raw->reconnect_s * 1000;
    }
    if (!raw->has_wait) {
        o->wait = o->server && keyval;
    }
    o->nodelay |= !raw->delay;
    return true;
}

bool char_socket_opts_parse(CharSocketOpts *o, json_t *opts, bool keyval,
                            Error **errp)
{
    /* The QMP schema's default of "server" is true, the command line's not. */
    RawOpts raw = { .tight = true, .delay = true };
    bool ok;

    *o = (CharSocketOpts){ .server = !keyval };
    ok = read_raw(o, &raw, opts, keyval, errp) &&
         check_addr(&o->addr, &raw, keyval, errp) &&
         check_mode(o, &raw, keyval, errp);
    g_free(raw.tls_creds);
    json_decref(raw.addr);
    if (!ok) {
        char_socket_addr_clear(&o->addr);
    }
    return ok;
}

/* -------------------------------------------------------------- sockets */

/* The descriptor that an fd= names, which must be a socket that listens, or
 * one that does not. */
static int take_fd(const CharSocketAddr *a, bool keyval, bool listening,
                   Error **errp)
{
    int on = 0, fd;
    socklen_t len = sizeof(on);
    uint64_t number;

    if (keyval) {
        if (qemu_strtou64(a->fd, 10, &number) || number > INT_MAX) {
            error_setg(errp, "Unable to parse FD number %s", a->fd);
            return -1;
        }
        fd = number;
    } else {
        fd = fd_param_parse(a->fd, errp);
        if (fd < 0) {
            return -1;
        }
    }
    if (!fd_is_socket(fd)) {
        error_setg(errp, "File descriptor '%s' is not a socket", a->fd);
        return -1;
    }
    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len);
    if (!!on != listening) {
        error_setg(errp, "File descriptor '%s' is %s", a->fd,
                   on ? "a listening socket, which needs server=on"
                      : "not a listening socket");
        return -1;
    }
    if (!fd_set_nonblocking(fd, errp)) {
        return -1;
    }
    fd_set_cloexec(fd, true);
    return fd;
}

static int listen_inet(const CharSocketAddr *a, Error **errp)
{
    uint64_t first;
    int64_t last = a->to;
    Error *err = NULL;
    int fd;

    if (!last) {
        return inet_listen_fd(a->host, a->port, a->ipv4, a->ipv6, errp);
    }
    if (qemu_strtou64(a->port, 10, &first) || first > UINT16_MAX ||
        last > UINT16_MAX || last < (int64_t)first) {
        error_setg(errp, "port range '%s' to '%" PRId64 "' is invalid",
                   a->port, last);
        return -1;
    }
    for (int64_t port = first;; port++) {
        g_autofree char *text = g_strdup_printf("%" PRId64, port);

        fd = inet_listen_fd(a->host, text, a->ipv4, a->ipv6, &err);
        if (fd >= 0 || port == last || errno != EADDRINUSE) {
            break;
        }
        error_free(err);
        err = NULL;
    }
    error_propagate(errp, err);
    return fd;
}

int char_socket_listen(const CharSocketAddr *a, bool keyval, Error **errp)
{
    switch (a->kind) {
    case CHAR_SOCKET_UNIX:
        return unix_listen_fd(a->path, a->abstract, errp);
    case CHAR_SOCKET_INET:
        return listen_inet(a, errp);
    default:
        return take_fd(a, keyval, true, errp);
    }
}

int char_socket_connect(const CharSocketAddr *a, bool keyval, Error **errp)
{
    switch (a->kind) {
    case CHAR_SOCKET_UNIX:
        return unix_connect_fd(a->path, a->abstract, errp);
    case CHAR_SOCKET_INET:
        return inet_connect_fd(a->host, a->port, a->ipv4, a->ipv6, errp);
    default:
        return take_fd(a, keyval, false, errp);
    }
}

/* ---------------------------------------------------------------- names */

static void append_sockaddr(GString *out, const struct sockaddr_storage *ss,
                            socklen_t len)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (ss->ss_family == AF_UNIX) {
        const struct sockaddr_un *un = (const struct sockaddr_un *)ss;
        size_t off = offsetof(struct sockaddr_un, sun_path);

        if (len > off && un->sun_path[0]) {
            g_string_append_len(out, un->sun_path,
                                strnlen(un->sun_path, len - off));
        }
    } else if (getnameinfo((const struct sockaddr *)ss, len, host,
                           sizeof(host), port, sizeof(port),
                           NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        bool v6 = strchr(host, ':');

        g_string_append_printf(out, "%s%s%s:%s", v6 ? "[" : "", host,
                               v6 ? "]" : "", port);
    }
}

typedef int GetNameFn(int fd, struct sockaddr *sa, socklen_t *len);

/* False if fd has no such name. */
static bool append_name_of(GString *out, GetNameFn *fn, int fd, bool *is_unix)
{
    struct sockaddr_storage ss = { 0 };
    socklen_t len = sizeof(ss);

    if (fd < 0 || fn(fd, (struct sockaddr *)&ss, &len) < 0) {
        return false;
    }
    *is_unix = ss.ss_family == AF_UNIX;
    append_sockaddr(out, &ss, len);
    return true;
}

static int local_name(int fd, struct sockaddr *sa, socklen_t *len)
{
    return getsockname(fd, sa, len);
}

static int peer_name(int fd, struct sockaddr *sa, socklen_t *len)
{
    return getpeername(fd, sa, len);
}

/* While there is no connection. Returns the kind's name. */
static const char *append_configured(GString *out, const CharSocketAddr *a,
                                     int listen_fd)
{
    bool is_unix = false;

    if (a->kind == CHAR_SOCKET_UNIX) {
        g_string_append(out, a->path);
        return "unix";
    }
    if (append_name_of(out, local_name, listen_fd, &is_unix)) {
        return is_unix ? "unix" : "tcp";
    }
    if (a->kind == CHAR_SOCKET_FD) {
        g_string_append(out, a->fd);
        return "fd";
    }
    g_string_append_printf(out, "%s:%s", a->host, a->port);
    return "tcp";
}

char *char_socket_name(const CharSocketOpts *o, int fd, int listen_fd)
{
    GString *local = g_string_new(NULL);
    GString *peer = g_string_new(NULL);
    bool is_unix = o->addr.kind == CHAR_SOCKET_UNIX;
    const char *kind;
    char *name;

    if (is_unix || fd < 0) {
        kind = append_configured(local, &o->addr, listen_fd);
    } else {
        append_name_of(local, local_name, fd, &is_unix);
        append_name_of(peer, peer_name, fd, &is_unix);
        if (is_unix && !local->len) {
            g_string_assign(local, peer->str);
        }
        kind = is_unix ? "unix" : "tcp";
    }
    name = g_strdup_printf(
        "%s%s:%s%s%s%s%s", fd < 0 ? "disconnected:" : "", kind, local->str,
        o->addr.abstract ? ",abstract=on,tight=on" : "",
        o->server ? ",server=on" : "", fd >= 0 && !is_unix ? " <-> " : "",
        fd >= 0 && !is_unix ? peer->str : "");
    g_string_free(local, TRUE);
    g_string_free(peer, TRUE);
    return name;
}
