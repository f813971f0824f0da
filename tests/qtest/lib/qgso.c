/*
 * Large frames and their segments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <netinet/in.h>

#include "net/checksum.h"
#include "net/eth.h"
#include "tests/qtest/lib/qgso.h"
#include "util/bswap.h"

#define SEQ_BASE 0x10000000u

void qgso_pattern(uint8_t *buf, size_t offset, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t at = offset + i;

        buf[i] = at ^ (at >> 8) * 31;
    }
}

static uint32_t pseudo_sum(const uint8_t *ip, bool ipv6, uint8_t proto,
                           size_t l4_len)
{
    uint32_t sum = ipv6 ? net_checksum_add_cont(ip + 8, 32, 0)
                        : net_checksum_add_cont(ip + 12, 8, 0);

    return sum + proto + (l4_len >> 16) + (l4_len & 0xffff);
}

static size_t put_ip4(uint8_t *ip, const QIPEnd *from, const QIPEnd *to,
                      uint8_t proto, size_t l4_len)
{
    memset(ip, 0, 20);
    ip[0] = 0x45;
    stw_be_p(ip + 2, 20 + l4_len);
    ip[6] = 0x40; /* do not fragment */
    ip[8] = 64;
    ip[9] = proto;
    stl_be_p(ip + 12, from->ip);
    stl_be_p(ip + 16, to->ip);
    stw_be_p(ip + 10, net_checksum_finish(net_checksum_add_cont(ip, 20, 0)));
    return 20;
}

static void put_addr6(uint8_t *p, uint32_t ip)
{
    memset(p, 0, 16);
    p[0] = 0xfd;
    p[1] = 0x77;
    stl_be_p(p + 12, ip);
}

static size_t put_ip6(uint8_t *ip, const QIPEnd *from, const QIPEnd *to,
                      uint8_t proto, size_t l4_len)
{
    memset(ip, 0, 8);
    ip[0] = 0x60;
    stw_be_p(ip + 4, l4_len);
    ip[6] = proto;
    ip[7] = 64;
    put_addr6(ip + 8, from->ip);
    put_addr6(ip + 24, to->ip);
    return 40;
}

static size_t put_tcp(uint8_t *tcp, const QIPEnd *from, const QIPEnd *to,
                      bool ecn)
{
    memset(tcp, 0, 20);
    stw_be_p(tcp, from->port);
    stw_be_p(tcp + 2, to->port);
    stl_be_p(tcp + 4, SEQ_BASE);
    stl_be_p(tcp + 8, 1);
    tcp[12] = 5 << 4;
    tcp[13] = 0x18 | (ecn ? 0x80 : 0); /* PSH, ACK, CWR */
    stw_be_p(tcp + 14, 0xffff);
    return 20;
}

static size_t put_udp(uint8_t *udp, const QIPEnd *from, const QIPEnd *to,
                      size_t payload)
{
    memset(udp, 0, 8);
    stw_be_p(udp, from->port);
    stw_be_p(udp + 2, to->port);
    stw_be_p(udp + 4, 8 + payload);
    return 8;
}

static uint8_t gso_type(const QGso *gso)
{
    if (!gso->tcp) {
        return VIRTIO_NET_HDR_GSO_UDP_L4;
    }
    return (gso->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4) |
           (gso->ecn ? VIRTIO_NET_HDR_GSO_ECN : 0);
}

size_t qgso_build(uint8_t *buf, VnetHdr *hdr, const QGso *gso,
                  const QIPEnd *from, const QIPEnd *to, size_t payload)
{
    uint8_t proto = gso->tcp ? IPPROTO_TCP : IPPROTO_UDP;
    size_t l4_len = payload + (gso->tcp ? 20 : 8);
    uint8_t *ip = buf + 14, *l4;
    size_t head;

    memcpy(buf, to->mac, 6);
    memcpy(buf + 6, from->mac, 6);
    stw_be_p(buf + 12, gso->ipv6 ? ETH_P_IPV6 : ETH_P_IP);
    l4 = ip + (gso->ipv6 ? put_ip6(ip, from, to, proto, l4_len)
                         : put_ip4(ip, from, to, proto, l4_len));
    head = l4 - buf + (gso->tcp ? put_tcp(l4, from, to, gso->ecn)
                                : put_udp(l4, from, to, payload));
    qgso_pattern(buf + head, 0, payload);
    *hdr = (VnetHdr){
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .csum_start = l4 - buf,
        .csum_offset = gso->tcp ? 16 : 6,
    };
    stw_be_p(l4 + hdr->csum_offset,
             ~net_checksum_finish(pseudo_sum(ip, gso->ipv6, proto, l4_len)));
    if (gso->mss) {
        hdr->gso_type = gso_type(gso);
        hdr->gso_size = gso->mss;
        hdr->hdr_len = head;
    }
    return head + payload;
}

bool qgso_parse(const uint8_t *frame, size_t len, QSegment *seg)
{
    const uint8_t *ip = frame + 14, *l4;
    size_t l4_len;
    uint8_t proto;

    *seg = (QSegment){ 0 };
    if (len < 14 + 20 + 8) {
        return false;
    }
    seg->ipv6 = ldw_be_p(frame + 12) == ETH_P_IPV6;
    if (seg->ipv6 && len >= 14 + 40 + 8) {
        l4 = ip + 40;
        l4_len = ldw_be_p(ip + 4);
        proto = ip[6];
    } else if (ldw_be_p(frame + 12) == ETH_P_IP && ip[0] == 0x45) {
        l4 = ip + 20;
        l4_len = (size_t)ldw_be_p(ip + 2) - 20;
        proto = ip[9];
    } else {
        return false;
    }
    if (l4_len > len - (l4 - frame) || l4_len < 8) {
        return false;
    }
    seg->tcp = proto == IPPROTO_TCP;
    if ((!seg->tcp && proto != IPPROTO_UDP) || (seg->tcp && l4_len < 20)) {
        return false;
    }
    seg->to_port = ldw_be_p(l4 + 2);
    seg->seq = seg->tcp ? ldl_be_p(l4 + 4) - SEQ_BASE : 0;
    seg->payload = l4 + (seg->tcp ? (l4[12] >> 4) * 4 : 8);
    seg->len = l4 + l4_len - seg->payload;
    seg->csum_ok = net_checksum_finish(
        net_checksum_add_cont(l4, l4_len, 0) +
        pseudo_sum(ip, seg->ipv6, proto, l4_len)) == 0;
    return true;
}
