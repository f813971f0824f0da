/*
 * Just enough ARP, IPv4, ICMP and UDP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/checksum.h"
#include "net/eth.h"
#include "tests/qtest/lib/qip.h"
#include "util/bswap.h"

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static uint16_t checksum(const uint8_t *p, size_t len, uint32_t seed)
{
    return net_checksum_finish(seed + net_checksum_add_cont(p, len, 0));
}

static void put_eth(uint8_t *buf, const uint8_t *to, const uint8_t *from,
                    uint16_t type)
{
    memcpy(buf, to, 6);
    memcpy(buf + 6, from, 6);
    stw_be_p(buf + 12, type);
}

static size_t put_arp(uint8_t *buf, uint16_t op, const QIPEnd *from,
                      const uint8_t *to_mac, uint32_t to_ip)
{
    uint8_t *a = buf + 14;

    memset(buf, 0, 60);
    put_eth(buf, op == 1 ? broadcast : to_mac, from->mac, ETH_P_ARP);
    stw_be_p(a, 1);
    stw_be_p(a + 2, ETH_P_IP);
    a[4] = 6;
    a[5] = 4;
    stw_be_p(a + 6, op);
    memcpy(a + 8, from->mac, 6);
    stl_be_p(a + 14, from->ip);
    if (op != 1) {
        memcpy(a + 18, to_mac, 6);
    }
    stl_be_p(a + 24, to_ip);
    return 60;
}

size_t qip_arp_request(uint8_t *buf, const QIPEnd *from, uint32_t who)
{
    return put_arp(buf, 1, from, broadcast, who);
}

size_t qip_arp_reply(uint8_t *buf, const QIPEnd *from, const QIPEnd *to)
{
    return put_arp(buf, 2, from, to->mac, to->ip);
}

static void put_ip(uint8_t *ip, const QIPEnd *from, const QIPEnd *to,
                   uint8_t protocol, size_t payload)
{
    memset(ip, 0, 20);
    ip[0] = 0x45;
    stw_be_p(ip + 2, 20 + payload);
    ip[8] = 64;
    ip[9] = protocol;
    stl_be_p(ip + 12, from->ip);
    stl_be_p(ip + 16, to->ip);
    stw_be_p(ip + 10, checksum(ip, 20, 0));
}

size_t qip_echo_request(uint8_t *buf, const QIPEnd *from, const QIPEnd *to,
                        uint16_t seq, size_t payload)
{
    uint8_t *icmp = buf + 34;

    put_eth(buf, to->mac, from->mac, ETH_P_IP);
    put_ip(buf + 14, from, to, 1, 8 + payload);
    memset(icmp, 0, 8);
    icmp[0] = 8;
    stw_be_p(icmp + 4, 0x7670);
    stw_be_p(icmp + 6, seq);
    for (size_t i = 0; i < payload; i++) {
        icmp[8 + i] = i;
    }
    stw_be_p(icmp + 2, checksum(icmp, 8 + payload, 0));
    return 34 + 8 + payload;
}

/* Sum of the pseudo header; addresses from the IP header. */
static uint32_t pseudo_sum(const uint8_t *ip, uint8_t protocol, size_t len)
{
    return net_checksum_add_cont(ip + 12, 8, 0) + protocol + len;
}

size_t qip_udp(uint8_t *buf, VnetHdr *hdr, const QIPEnd *from,
               const QIPEnd *to, const void *payload, size_t len,
               bool offload)
{
    uint8_t *udp = buf + 34;
    uint32_t pseudo;

    put_eth(buf, to->mac, from->mac, ETH_P_IP);
    put_ip(buf + 14, from, to, 17, 8 + len);
    stw_be_p(udp, from->port);
    stw_be_p(udp + 2, to->port);
    stw_be_p(udp + 4, 8 + len);
    stw_be_p(udp + 6, 0);
    memcpy(udp + 8, payload, len);
    pseudo = pseudo_sum(buf + 14, 17, 8 + len);
    *hdr = (VnetHdr){ 0 };
    if (offload) {
        *hdr = (VnetHdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                          .csum_start = 34, .csum_offset = 6 };
        stw_be_p(udp + 6, ~net_checksum_finish(pseudo));
    } else {
        uint16_t sum = checksum(udp, 8 + len, pseudo);

        stw_be_p(udp + 6, sum ? sum : 0xffff);
    }
    return QIP_UDP_HEADERS + len;
}

static QIPPacket bad(const char *why)
{
    return (QIPPacket){ .kind = QIP_BAD, .why = why };
}

static QIPPacket parse_arp(const uint8_t *a, size_t len, const QIPEnd *us)
{
    QIPPacket p = { .kind = QIP_OTHER };

    if (len < 28) {
        return bad("ARP packet too short");
    }
    memcpy(p.from.mac, a + 8, 6);
    p.from.ip = ldl_be_p(a + 14);
    if (ldl_be_p(a + 24) == us->ip) {
        p.kind = ldw_be_p(a + 6) == 1 ? QIP_ARP_REQUEST : QIP_ARP_REPLY;
    }
    return p;
}

static QIPPacket parse_udp(const uint8_t *ip, const uint8_t *udp, size_t len,
                           const VnetHdr *hdr, QIPPacket p)
{
    bool unchecked = hdr->flags & (VIRTIO_NET_HDR_F_NEEDS_CSUM |
                                   VIRTIO_NET_HDR_F_DATA_VALID);

    if (len < 8 || ldw_be_p(udp + 4) != len) {
        return bad("UDP length differs from the IP length");
    }
    if (!unchecked && ldw_be_p(udp + 6) &&
        checksum(udp, len, pseudo_sum(ip, 17, len)) != 0) {
        return bad("UDP checksum");
    }
    p.kind = QIP_UDP;
    p.from.port = ldw_be_p(udp);
    p.payload = udp + 8;
    p.payload_len = len - 8;
    return p;
}

static QIPPacket parse_ip(const uint8_t *ip, size_t len, const VnetHdr *hdr,
                          const QIPEnd *us, QIPPacket p)
{
    size_t head = len ? (ip[0] & 15) * 4 : 0;
    size_t total;

    if (len < 20 || head < 20 || head > len) {
        return bad("IP header too short");
    }
    total = ldw_be_p(ip + 2);
    if (total < head || total > len) {
        return bad("IP length exceeds the frame");
    }
    if (checksum(ip, head, 0) != 0) {
        return bad("IP header checksum");
    }
    if (ldl_be_p(ip + 16) != us->ip) {
        return p;
    }
    p.from.ip = ldl_be_p(ip + 12);
    if (ip[9] == 17) {
        return parse_udp(ip, ip + head, total - head, hdr, p);
    }
    if (ip[9] == 1 && total - head >= 8 && ip[head] == 0) {
        if (checksum(ip + head, total - head, 0) != 0) {
            return bad("ICMP checksum");
        }
        p.kind = QIP_ECHO_REPLY;
        p.echo_seq = ldw_be_p(ip + head + 6);
    }
    return p;
}

QIPPacket qip_parse(const uint8_t *frame, size_t len, const VnetHdr *hdr,
                    const QIPEnd *us)
{
    QIPPacket p = { .kind = QIP_OTHER };

    if (len < 14) {
        return bad("frame shorter than an Ethernet header");
    }
    memcpy(p.from.mac, frame + 6, 6);
    switch (ldw_be_p(frame + 12)) {
    case ETH_P_ARP:
        return parse_arp(frame + 14, len - 14, us);
    case ETH_P_IP:
        return parse_ip(frame + 14, len - 14, hdr, us, p);
    default:
        return p;
    }
}
