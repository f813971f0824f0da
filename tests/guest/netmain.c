/*
 * ARP and ICMP: answers both, and asks the host as ping= says.
 *
 * Options: ip=, ping=IP with count=, mask=1 (the first answer arrives while the
 * receive vector is masked), serve=N (echo requests to answer before leaving).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tiny.h"

#define ETH_ARP      0x0806
#define ETH_IP       0x0800
#define PROTO_ICMP   1
#define ICMP_REPLY   0
#define ICMP_REQUEST 8
#define PING_PAYLOAD 56
#define PING_ID      0x7479
#define RESEND_TICKS 2 /* of TICK_MS */
#define TICK_MS      500

typedef struct __attribute__((packed)) Ethernet {
    uint8_t to[6], from[6];
    uint16_t type;
} Ethernet;

typedef struct __attribute__((packed)) Arp {
    Ethernet eth;
    uint16_t hw, proto;
    uint8_t hw_len, proto_len;
    uint16_t op;
    uint8_t from_mac[6];
    uint32_t from_ip;
    uint8_t to_mac[6];
    uint32_t to_ip;
} Arp;

typedef struct __attribute__((packed)) Icmp {
    Ethernet eth;
    uint8_t version, tos;
    uint16_t len, id, fragment;
    uint8_t ttl, proto;
    uint16_t checksum;
    uint32_t from, to;
    uint8_t type, code;
    uint16_t icmp_checksum, icmp_id, sequence;
    uint8_t payload[PING_PAYLOAD];
} Icmp;

#define IP_OFFSET   sizeof(Ethernet)
#define ICMP_OFFSET offsetof(Icmp, type)

static uint32_t my_ip, peer_ip;
static uint8_t peer_mac[6];
static bool have_peer;
static uint32_t requests_sent, replies_seen, arp_sent, arp_answered, answered;

static uint16_t swap16(uint16_t v)
{
    return v << 8 | v >> 8;
}

static uint32_t swap32(uint32_t v)
{
    return __builtin_bswap32(v);
}

static uint16_t sum16(const uint8_t *data, uint32_t len)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i + 1 < len; i += 2) {
        sum += data[i] << 8 | data[i + 1];
    }
    if (len & 1) {
        sum += data[len - 1] << 8;
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

/* --------------------------------------------------------------------- ARP */

static void arp_send(uint16_t op, const uint8_t *mac, uint32_t ip)
{
    Arp a = {
        .eth = {.type = swap16(ETH_ARP)},
        .hw = swap16(1),
        .proto = swap16(ETH_IP),
        .hw_len = 6,
        .proto_len = 4,
        .op = swap16(op),
        .from_ip = swap32(my_ip),
        .to_ip = swap32(ip),
    };

    if (mac) {
        memcpy(a.eth.to, mac, 6);
        memcpy(a.to_mac, mac, 6);
    } else {
        memset(a.eth.to, 0xff, 6);
    }
    memcpy(a.eth.from, net_mac, 6);
    memcpy(a.from_mac, net_mac, 6);
    net_send(&a, sizeof(a));
}

static void arp_receive(const Arp *a, uint32_t len)
{
    if (len < sizeof(*a) || a->to_ip != swap32(my_ip)) {
        return;
    }
    if (a->op == swap16(1)) {
        arp_answered++;
        arp_send(2, a->from_mac, swap32(a->from_ip));
    } else if (a->op == swap16(2) && a->from_ip == swap32(peer_ip)) {
        memcpy(peer_mac, a->from_mac, 6);
        have_peer = true;
    }
}

/* -------------------------------------------------------------------- ICMP */

static void ping_send(void)
{
    static Icmp p;

    requests_sent++;
    memcpy(p.eth.to, peer_mac, 6);
    memcpy(p.eth.from, net_mac, 6);
    p.eth.type = swap16(ETH_IP);
    p.version = 0x45;
    p.len = swap16(sizeof(p) - IP_OFFSET);
    p.ttl = 64;
    p.proto = PROTO_ICMP;
    p.from = swap32(my_ip);
    p.to = swap32(peer_ip);
    p.checksum = 0;
    p.checksum = swap16(~sum16((uint8_t *)&p + IP_OFFSET, 20));
    p.type = ICMP_REQUEST;
    p.icmp_id = PING_ID;
    p.sequence = swap16(replies_seen + 1);
    p.icmp_checksum = 0;
    p.icmp_checksum = swap16(
        ~sum16((uint8_t *)&p + ICMP_OFFSET, sizeof(p) - ICMP_OFFSET));
    net_send(&p, sizeof(p));
}

/* The request with both addresses turned around is the answer. */
static void ping_answer(Icmp *p, uint32_t len)
{
    uint32_t sum;

    memcpy(p->eth.to, p->eth.from, 6);
    memcpy(p->eth.from, net_mac, 6);
    p->to = p->from;
    p->from = swap32(my_ip);
    p->type = ICMP_REPLY;
    sum = swap16(p->icmp_checksum) + (ICMP_REQUEST << 8);
    p->icmp_checksum = swap16((sum & 0xffff) + (sum >> 16));
    answered++;
    net_send(p, len);
}

static void icmp_receive(Icmp *p, uint32_t len)
{
    uint32_t ip_len;

    if (len < offsetof(Icmp, payload) || p->version != 0x45 ||
        p->proto != PROTO_ICMP || p->to != swap32(my_ip)) {
        return;
    }
    ip_len = swap16(p->len);
    if (ip_len < 28 || ip_len > len - IP_OFFSET) {
        return;
    }
    if (sum16((uint8_t *)p + IP_OFFSET, 20) != 0xffff ||
        sum16((uint8_t *)p + ICMP_OFFSET, ip_len - 20) != 0xffff) {
        fail("checksum of a received packet");
    }
    if (p->type == ICMP_REQUEST) {
        ping_answer(p, IP_OFFSET + ip_len);
    } else if (p->type == ICMP_REPLY && p->icmp_id == PING_ID &&
               p->sequence == swap16(replies_seen + 1)) {
        replies_seen++;
    }
}

/* -------------------------------------------------------------------- loop */

/* True if there was a frame. */
static bool receive_one(void)
{
    uint32_t len;
    uint8_t *frame = net_receive(&len);
    uint16_t type;

    if (!frame) {
        return false;
    }
    if (len >= sizeof(Ethernet)) {
        type = swap16(((Ethernet *)frame)->type);
        if (type == ETH_ARP) {
            arp_receive((Arp *)frame, len);
        } else if (type == ETH_IP) {
            icmp_receive((Icmp *)frame, len);
        }
    }
    net_receive_done();
    return true;
}

/* What there is to ask, again after a while. */
static void ask(uint32_t count)
{
    static uint32_t asked_at, replies_before;
    static bool asked, had_peer;
    bool news = had_peer != have_peer || replies_before != replies_seen;

    if (!peer_ip || replies_seen >= count ||
        (asked && !news && irqs[VECTOR_TIMER] - asked_at < RESEND_TICKS)) {
        return;
    }
    asked = true;
    asked_at = irqs[VECTOR_TIMER];
    had_peer = have_peer;
    replies_before = replies_seen;
    if (have_peer) {
        ping_send();
    } else {
        arp_sent++;
        arp_send(1, NULL, peer_ip);
    }
}

/* A masked vector's event waits in the pending bits, and comes out once. */
static void masked_exchange(void)
{
    uint32_t before, asked_at = irqs[VECTOR_TIMER] - RESEND_TICKS;

    net_mask_rx(true);
    before = irqs[VECTOR_RX];
    while (!net_rx_pending()) {
        if (irqs[VECTOR_TIMER] - asked_at >= RESEND_TICKS) {
            asked_at = irqs[VECTOR_TIMER];
            arp_sent++;
            arp_send(1, NULL, peer_ip);
        }
        sti_hlt_cli(); /* the timer */
        sti();
    }
    if (irqs[VECTOR_RX] != before) {
        fail("an interrupt while masked");
    }
    net_mask_rx(false);
    while (irqs[VECTOR_RX] == before) {
        __builtin_ia32_pause();
    }
    if (net_rx_pending()) {
        fail("still pending after the interrupt");
    }
    say("masked: held back and delivered");
}

static void report(void)
{
    say("sent arp=%u requests=%u", arp_sent, requests_sent);
    say("seen replies=%u", replies_seen);
    say("answered arp=%u requests=%u", arp_answered, answered);
    say("frames rx=%u tx=%u", net_stats.rx_frames, net_stats.tx_frames);
    say("kicks rx=%u tx=%u", net_stats.kicks[QUEUE_RX],
        net_stats.kicks[QUEUE_TX]);
    say("irqs config=%u rx=%u tx=%u timer=%u", irqs[VECTOR_CONFIG],
        irqs[VECTOR_RX], irqs[VECTOR_TX], irqs[VECTOR_TIMER]);
}

void net_main(int devfn)
{
    uint32_t count = option_number("count", 1);
    uint32_t serve = option_number("serve", 0);

    my_ip = option_ip("ip", 0x0a00020f);
    peer_ip = option_ip("ping", 0);
    net_init(devfn);
    timer_start(TICK_MS);
    sti();
    say("ready ip=%i", my_ip);
    if (option_is("mask", "1")) {
        masked_exchange();
    }
    while ((peer_ip && replies_seen < count) || answered < serve) {
        ask(count);
        if (!receive_one()) {
            net_wait();
        }
    }
    cli();
    report();
}
