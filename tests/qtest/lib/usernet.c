/*
 * A guest on user networking.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/checksum.h"
#include "net/eth.h"
#include "tests/qtest/lib/usernet.h"

#define SLOT 4

UserNet *usernet_new(const char *options, const char *more)
{
    UserNet *u = g_new0(UserNet, 1);

    u->qts = qtest_initf("-machine pc -netdev user,id=n0%s "
                         "-device virtio-net-pci,id=vnet0,netdev=n0,addr=%x "
                         "%s", options, SLOT, more);
    qvnet_start(&u->net, u->qts, 0, QPCI_DEVFN(SLOT, 0), &qvnet_modes[0],
                ~UINT64_C(0), 1);
    u->guest = (QIPEnd){ .ip = USERNET_GUEST };
    memcpy(u->guest.mac, u->net.mac, 6);
    return u;
}

void usernet_free(UserNet *u)
{
    qvnet_stop(&u->net);
    qtest_quit(u->qts);
    g_free(u);
}

void usernet_send(UserNet *u, const void *frame, size_t len)
{
    g_assert_true(qvnet_send(&u->net, NULL, frame, len));
}

/* The next frame, ARP answered; -1 at the deadline. */
static ssize_t next_frame(UserNet *u, int64_t deadline)
{
    while (g_get_monotonic_time() < deadline) {
        u->frame_len = qvnet_recv(&u->net, 0, &u->hdr, u->frame,
                                  sizeof(u->frame), 20);
        if (u->frame_len < 0) {
            /* libslirp's timers follow the guest's clock. */
            qtest_clock_step(u->qts, 20000000);
            continue;
        }
        if (ldw_be_p(u->frame + 12) == ETH_P_ARP) {
            QIPPacket p = qip_parse(u->frame, u->frame_len, &u->hdr,
                                    &u->guest);
            uint8_t reply[64];

            if (p.kind == QIP_ARP_REQUEST) {
                usernet_send(u, reply, qip_arp_reply(reply, &u->guest,
                                                     &p.from));
            }
        }
        return u->frame_len;
    }
    return -1;
}

const uint8_t *usernet_next(UserNet *u, uint32_t ip, uint8_t protocol,
                            size_t *len, int timeout_ms)
{
    int64_t deadline = g_get_monotonic_time() + timeout_ms * INT64_C(1000);

    while (next_frame(u, deadline) >= 0) {
        const uint8_t *h = u->frame + 14;
        size_t head = (h[0] & 15) * 4;

        if (ldw_be_p(u->frame + 12) != ETH_P_IP || h[9] != protocol ||
            (ip && ldl_be_p(h + 12) != ip)) {
            continue;
        }
        g_assert_cmpuint(ldw_be_p(h + 2), <=, u->frame_len - 14);
        g_assert_cmpuint(ldw_be_p(h + 2), >=, head + 8);
        *len = ldw_be_p(h + 2) - head;
        return h + head;
    }
    return NULL;
}

void usernet_resolve(UserNet *u, uint32_t ip)
{
    uint8_t frame[64];
    size_t n = qip_arp_request(frame, &u->guest, ip);
    int64_t deadline = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;

    usernet_send(u, frame, n);
    while (next_frame(u, deadline) >= 0) {
        QIPPacket p = qip_parse(u->frame, u->frame_len, &u->hdr, &u->guest);

        if (p.kind == QIP_ARP_REPLY && p.from.ip == ip) {
            u->host = p.from;
            return;
        }
    }
    g_error("no answer to ARP for 0x%08x", ip);
}

void usernet_udp(UserNet *u, uint32_t ip, uint16_t from_port, uint16_t port,
                 const void *payload, size_t len)
{
    QIPEnd from = u->guest, to = u->host;
    uint8_t frame[2048];
    VnetHdr hdr;

    from.port = from_port;
    to.ip = ip;
    to.port = port;
    usernet_send(u, frame, qip_udp(frame, &hdr, &from, &to, payload, len,
                                   false));
}

const uint8_t *usernet_udp_next(UserNet *u, uint32_t ip, uint16_t *from_port,
                                size_t *len, int timeout_ms)
{
    size_t n;
    const uint8_t *udp = usernet_next(u, ip, IPPROTO_UDP, &n, timeout_ms);

    if (!udp) {
        return NULL;
    }
    g_assert_cmpuint(ldw_be_p(udp + 4), ==, n);
    *from_port = ldw_be_p(udp);
    *len = n - 8;
    return udp + 8;
}

/* --------------------------------------------------------------------- TCP */

void usernet_tcp_send(UserNet *u, UserTcp *c, uint8_t flags, const void *data,
                      size_t len)
{
    uint8_t frame[2048] = { 0 };
    uint8_t *ip = frame + 14, *tcp = ip + 20;
    uint32_t sum;

    memcpy(frame, u->host.mac, 6);
    memcpy(frame + 6, u->guest.mac, 6);
    stw_be_p(frame + 12, ETH_P_IP);
    ip[0] = 0x45;
    stw_be_p(ip + 2, 40 + len);
    ip[8] = 64;
    ip[9] = IPPROTO_TCP;
    stl_be_p(ip + 12, u->guest.ip);
    stl_be_p(ip + 16, c->ip);
    stw_be_p(ip + 10, net_checksum_finish(net_checksum_add_cont(ip, 20, 0)));
    stw_be_p(tcp, c->guest_port);
    stw_be_p(tcp + 2, c->port);
    stl_be_p(tcp + 4, c->seq);
    stl_be_p(tcp + 8, flags & TCP_ACK ? c->ack : 0);
    tcp[12] = 5 << 4;
    tcp[13] = flags;
    stw_be_p(tcp + 14, 8192);
    if (len) {
        memcpy(tcp + 20, data, len);
    }
    sum = net_checksum_add_cont(ip + 12, 8, 0) + IPPROTO_TCP + 20 + len +
          net_checksum_add_cont(tcp, 20 + len, 0);
    stw_be_p(tcp + 16, net_checksum_finish(sum));
    c->seq += len + !!(flags & TCP_SYN) + !!(flags & TCP_FIN);
    usernet_send(u, frame, MAX(14 + 40 + len, 60));
}

bool usernet_tcp_next(UserNet *u, UserTcp *c, uint8_t *flags,
                      const uint8_t **data, size_t *len, int timeout_ms)
{
    for (;;) {
        size_t n;
        const uint8_t *tcp = usernet_next(u, c->ip, IPPROTO_TCP, &n,
                                          timeout_ms);
        size_t head;

        if (!tcp) {
            return false;
        }
        head = (tcp[12] >> 4) * 4;
        g_assert_cmpuint(n, >=, head);
        if (ldw_be_p(tcp + 2) != c->guest_port ||
            (c->port && ldw_be_p(tcp) != c->port)) {
            continue;
        }
        c->ip = ldl_be_p(u->frame + 26);
        c->port = ldw_be_p(tcp);
        *flags = tcp[13];
        *data = tcp + head;
        *len = n - head;
        c->ack = ldl_be_p(tcp + 4) + *len + !!(*flags & TCP_SYN) +
                 !!(*flags & TCP_FIN);
        return true;
    }
}

void usernet_tcp_connect(UserNet *u, UserTcp *c, uint32_t ip, uint16_t port)
{
    static uint16_t guest_port = 40000;
    const uint8_t *data;
    uint8_t flags;
    size_t len;

    *c = (UserTcp){ .ip = ip, .port = port, .guest_port = guest_port++,
                    .seq = 1000 };
    usernet_tcp_send(u, c, TCP_SYN, NULL, 0);
    g_assert_true(usernet_tcp_next(u, c, &flags, &data, &len, 5000));
    g_assert_cmphex(flags & (TCP_SYN | TCP_ACK | TCP_RST), ==,
                    TCP_SYN | TCP_ACK);
    usernet_tcp_send(u, c, TCP_ACK, NULL, 0);
}

void usernet_tcp_accept(UserNet *u, UserTcp *c, uint16_t port)
{
    const uint8_t *data;
    uint8_t flags;
    size_t len;

    do { /* what belongs to an earlier connection is not for us */
        *c = (UserTcp){ .guest_port = port, .seq = 5000 };
        g_assert_true(usernet_tcp_next(u, c, &flags, &data, &len, 5000));
    } while ((flags & (TCP_SYN | TCP_ACK)) != TCP_SYN);
    usernet_tcp_send(u, c, TCP_SYN | TCP_ACK, NULL, 0);
}

void usernet_tcp_expect(UserNet *u, UserTcp *c, const char *text)
{
    g_autoptr(GString) got = g_string_new(NULL);

    while (got->len < strlen(text)) {
        const uint8_t *data;
        uint8_t flags;
        size_t len;

        g_assert_true(usernet_tcp_next(u, c, &flags, &data, &len, 5000));
        g_assert_cmphex(flags & TCP_RST, ==, 0);
        g_string_append_len(got, (const char *)data, len);
        if (len) {
            usernet_tcp_send(u, c, TCP_ACK, NULL, 0);
        }
    }
    g_assert_cmpstr(got->str, ==, text);
}

uint16_t usernet_free_port(void)
{
    struct sockaddr_in sa = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(sa);
    int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_no_errno(bind(tcp, (struct sockaddr *)&sa, sizeof(sa)));
    g_assert_no_errno(getsockname(tcp, (struct sockaddr *)&sa, &len));
    close(tcp);
    return ntohs(sa.sin_port);
}
