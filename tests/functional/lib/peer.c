/*
 * The host's end of what a guest sends and receives.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/functional/lib/peer.h"
#include "tests/functional/pattern.h"

#define PIECE 65536

struct Peer {
    GThread *thread;
    int fd; /* listening, or of datagrams */
    uint16_t port;
    struct sockaddr_in to; /* port 0: whoever connects */
    uint64_t bytes, seed;  /* to send */
    size_t size;           /* of a datagram */
    double limit;          /* seconds; 0: none */
    bool endless;          /* goes on until it is told to stop */
    int stop;              /* atomic */
    PeerResult result;
};

static double now(void)
{
    return g_get_monotonic_time() / 1e6;
}

static struct sockaddr_in address(uint32_t ip, uint16_t port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons(port),
                                 .sin_addr.s_addr = htonl(ip) };
}

static Peer *peer_new(int type, bool bound)
{
    Peer *p = g_new0(Peer, 1);
    struct sockaddr_in sa = address(INADDR_ANY, 0);
    socklen_t len = sizeof(sa);

    p->fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    g_assert_cmpint(p->fd, >=, 0);
    if (bound) {
        g_assert_no_errno(bind(p->fd, (struct sockaddr *)&sa, sizeof(sa)));
        g_assert_no_errno(getsockname(p->fd, (struct sockaddr *)&sa, &len));
        p->port = ntohs(sa.sin_port);
    }
    return p;
}

/* The connection, or -1. */
static int open_connection(Peer *p)
{
    int fd;

    if (!p->to.sin_port) {
        fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC);
    } else {
        fd = connect(p->fd, (struct sockaddr *)&p->to, sizeof(p->to)) < 0
                 ? -1
                 : fcntl(p->fd, F_DUPFD_CLOEXEC, 0);
    }
    p->result.error = fd < 0 ? errno : 0;
    return fd;
}

static void *tcp_sink(void *opaque)
{
    Peer *p = opaque;
    g_autofree uint8_t *buf = g_malloc(PIECE);
    int fd = open_connection(p);
    PatternSum s = { 0 };
    double start = now();
    ssize_t n;

    if (fd < 0) {
        return NULL;
    }
    while ((n = read(fd, buf, PIECE)) > 0) {
        pattern_sum_add(&s, buf, n);
    }
    p->result.error = n < 0 ? errno : 0;
    p->result.seconds = now() - start;
    p->result.bytes = s.bytes;
    p->result.sum = pattern_sum_end(&s);
    close(fd);
    return NULL;
}

static bool send_all(int fd, const uint8_t *buf, size_t len)
{
    while (len) {
        ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        buf += n;
        len -= n;
    }
    return true;
}

static void *tcp_source(void *opaque)
{
    Peer *p = opaque;
    g_autofree uint8_t *buf = g_malloc(PIECE);
    int fd = open_connection(p);
    Pattern pattern = { p->seed };
    PatternSum s = { 0 };
    double start = now();

    if (fd < 0) {
        return NULL;
    }
    while (s.bytes < p->bytes && !(p->limit && now() > start + p->limit)) {
        size_t n = MIN(p->bytes - s.bytes, PIECE);

        pattern_fill(&pattern, buf, n);
        pattern_sum_add(&s, buf, n);
        if (!send_all(fd, buf, n)) {
            p->result.error = errno;
            break;
        }
    }
    shutdown(fd, SHUT_WR);
    if (!p->result.error && read(fd, buf, 1) < 0) {
        p->result.error = errno;
    }
    p->result.seconds = now() - start;
    p->result.bytes = s.bytes;
    p->result.sum = pattern_sum_end(&s);
    close(fd);
    return NULL;
}

static void *udp_sink(void *opaque)
{
    Peer *p = opaque;
    g_autofree uint8_t *buf = g_malloc(PIECE);

    while (!g_atomic_int_get(&p->stop)) {
        struct pollfd poll_fd = { .fd = p->fd, .events = POLLIN };

        poll(&poll_fd, 1, 100);
        while (recv(p->fd, buf, PIECE, MSG_DONTWAIT) >= 0) {
            p->result.packets++;
        }
    }
    return NULL;
}

static void *udp_flood(void *opaque)
{
    Peer *p = opaque;
    g_autofree uint8_t *buf = g_malloc0(PIECE);
    double start = now();

    while (now() < start + p->limit) {
        for (int i = 0; i < 16; i++) {
            if (sendto(p->fd, buf, p->size, 0, (struct sockaddr *)&p->to,
                       sizeof(p->to)) >= 0) {
                p->result.packets++;
            }
        }
        /* A flood is more than the guest can take, not all of this CPU. */
        g_usleep(200);
    }
    p->result.seconds = now() - start;
    return NULL;
}

static Peer *run(Peer *p, GThreadFunc fn)
{
    p->thread = g_thread_new("peer", fn, p);
    return p;
}

Peer *peer_tcp_sink(void)
{
    Peer *p = peer_new(SOCK_STREAM, true);

    g_assert_no_errno(listen(p->fd, 1));
    return run(p, tcp_sink);
}

Peer *peer_tcp_source(uint64_t bytes, uint64_t seed, double seconds)
{
    Peer *p = peer_new(SOCK_STREAM, true);

    g_assert_no_errno(listen(p->fd, 1));
    p->bytes = bytes;
    p->seed = seed;
    p->limit = seconds;
    return run(p, tcp_source);
}

Peer *peer_tcp_source_to(uint32_t ip, uint16_t port, uint64_t bytes,
                         uint64_t seed)
{
    Peer *p = peer_new(SOCK_STREAM, false);

    p->to = address(ip, port);
    p->bytes = bytes;
    p->seed = seed;
    return run(p, tcp_source);
}

Peer *peer_udp_sink(void)
{
    Peer *p = peer_new(SOCK_DGRAM, true);

    p->endless = true;
    return run(p, udp_sink);
}

Peer *peer_udp_flood(uint32_t ip, uint16_t port, size_t size, double seconds)
{
    Peer *p = peer_new(SOCK_DGRAM, false);

    g_assert_cmpuint(size, <=, PIECE);
    p->to = address(ip, port);
    p->size = size;
    p->limit = seconds;
    return run(p, udp_flood);
}

uint16_t peer_port(const Peer *p)
{
    return p->port;
}

PeerResult peer_end(Peer *p)
{
    PeerResult result;

    if (p->endless) {
        g_atomic_int_set(&p->stop, 1);
    }
    g_thread_join(p->thread);
    result = p->result;
    close(p->fd);
    g_free(p);
    return result;
}

uint64_t peer_pattern_sum(uint64_t bytes, uint64_t seed)
{
    g_autofree uint8_t *buf = g_malloc(PIECE);
    Pattern pattern = { seed };
    PatternSum s = { 0 };

    while (s.bytes < bytes) {
        size_t n = MIN(bytes - s.bytes, PIECE);

        pattern_fill(&pattern, buf, n);
        pattern_sum_add(&s, buf, n);
    }
    return pattern_sum_end(&s);
}

/* -------------------------------------------------------------------- ping */

static uint16_t internet_checksum(const uint8_t *p, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++) {
        sum += i % 2 ? p[i] : p[i] << 8;
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return ~sum;
}

/* True when the echo of `request` comes. */
static bool await_echo(int fd, const uint8_t *request, size_t len,
                       int timeout_ms)
{
    double end = now() + timeout_ms / 1e3;
    g_autofree uint8_t *got = g_malloc(PIECE + 64);

    while (now() < end) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ssize_t n = poll(&p, 1, 50) == 1 ? recv(fd, got, PIECE + 64, 0) : -1;
        size_t header = n > 0 ? (got[0] & 0xf) * 4 : 0;

        /* All but type and checksum comes back as it was. */
        if (n == header + len && got[header] == ICMP_ECHOREPLY &&
            memcmp(got + header + 4, request + 4, len - 4) == 0) {
            return true;
        }
    }
    return false;
}

unsigned peer_ping(uint32_t ip, size_t payload, unsigned count, int timeout_ms)
{
    struct sockaddr_in to = address(ip, 0);
    size_t len = 8 + payload;
    g_autofree uint8_t *request = g_malloc0(len);
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
    unsigned answered = 0;

    g_assert_cmpint(fd, >=, 0);
    for (unsigned i = 0; i < count; i++) {
        uint16_t sum;

        request[0] = ICMP_ECHO;
        request[2] = request[3] = 0;
        request[4] = getpid() >> 8;
        request[5] = getpid();
        request[7] = i;
        for (size_t at = 8; at < len; at++) {
            request[at] = at * 7 + i;
        }
        sum = internet_checksum(request, len);
        request[2] = sum >> 8;
        request[3] = sum;
        if (sendto(fd, request, len, 0, (struct sockaddr *)&to, sizeof(to)) ==
            (ssize_t)len) {
            answered += await_echo(fd, request, len, timeout_ms);
        }
    }
    close(fd);
    return answered;
}
