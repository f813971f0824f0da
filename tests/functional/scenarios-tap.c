/*
 * What only a tap can show: several queues, VLANs, receive filters, and an
 * interface that goes away.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "net/eth.h"
#include "tests/functional/scenarios.h"
#include "tests/qtest/lib/netns.h"
#include "tests/qtest/lib/qip.h"
#include "util/bswap.h"

#define TEST_ETHERTYPE 0x88b5
#define VLAN_ID 7
#define VLAN_GUEST_IP 0x0a4d0702u
#define VLAN_HOST_IP 0x0a4d0701u
#define ICMP_ECHO_REQUEST 8

/* -------------------------------------------------------------- multiqueue */

/* Interrupts of a queue's vector so far. */
static uint64_t queue_interrupts(Lab *lab, Nic *nic, const char *queue)
{
    return guest_number(
        lab->g,
        "v=$(basename $(realpath /sys/class/net/%s/device)); "
        "grep \"$v-%s\\$\" /proc/interrupts | "
        "awk '{ print $2 + $3 }'", nic->ifname, queue);
}

static void set_channels(Lab *lab, Nic *nic, int count)
{
    g_autofree char *want = g_strdup_printf("combined %d", count);
    g_autofree char *text = guest_run(
        lab->g, "ethtool -L %s combined %d && ethtool -l %s", nic->ifname,
        count, nic->ifname);

    g_assert_nonnull(strstr(text, want));
}

/* Connections from both CPUs until both queues were used. */
void scenario_multiqueue(Lab *lab, Nic *nic)
{
    uint64_t before;
    bool moved = false;

    set_channels(lab, nic, 2);
    before = queue_interrupts(lab, nic, "input.1");
    for (int i = 0; i < 10 && !moved; i++) {
        Peer *sink = peer_tcp_sink();

        g_free(guest_run(lab->g,
                         "taskset %d traffic tcp-send %s %u 1000000 9",
                         1 + i % 2, nic->host_ip, peer_port(sink)));
        g_assert_cmpuint(peer_end(sink).bytes, ==, 1000000);
        moved = queue_interrupts(lab, nic, "input.1") > before;
    }
    g_assert_true(moved);
    lab_check_works(lab, nic);
    set_channels(lab, nic, 1);
    lab_check_works(lab, nic);
    set_channels(lab, nic, 2);
    lab_check_works(lab, nic);
}

/* -------------------------------------------------------------------- VLAN */

/*
 * The host's end of a VLAN, without the kernel's help, which not every kernel
 * has: a packet socket, to which the kernel gives the tag beside the frame.
 */
typedef struct VlanHost {
    int fd;
    int stop;
    unsigned echoes; /* answered */
    GThread *thread;
    QIPEnd end;
} VlanHost;

/* The next frame from the guest with the tag; its length, or -1. */
static ssize_t vlan_recv(VlanHost *v, uint8_t *frame, size_t max)
{
    char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
    struct iovec iov = { frame, max };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
                          .msg_control = control,
                          .msg_controllen = sizeof(control) };
    ssize_t n = netns_readable(v->fd, 100) ? recvmsg(v->fd, &msg, 0) : -1;
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
    struct tpacket_auxdata aux;

    if (!c || c->cmsg_type != PACKET_AUXDATA) {
        return -1;
    }
    memcpy(&aux, CMSG_DATA(c), sizeof(aux));
    return aux.tp_status & TP_STATUS_VLAN_VALID &&
               (aux.tp_vlan_tci & 0xfff) == VLAN_ID
           ? n : -1;
}

static void vlan_send(VlanHost *v, uint8_t *frame, size_t len, uint16_t id)
{
    uint8_t tagged[2048];

    g_assert_cmpuint(len + 4, <=, sizeof(tagged));
    memcpy(tagged, frame, 12);
    stw_be_p(tagged + 12, ETH_P_VLAN);
    stw_be_p(tagged + 14, id);
    memcpy(tagged + 16, frame + 12, len - 12);
    g_assert_cmpint(send(v->fd, tagged, len + 4, 0), ==, len + 4);
}

/* Turns an echo request into its answer. */
static bool make_echo_reply(VlanHost *v, uint8_t *frame, size_t len)
{
    uint8_t *ip = frame + 14, *icmp = ip + 20;
    uint32_t sum;

    if (len < 42 || ldw_be_p(frame + 12) != ETH_P_IP || ip[9] != 1 ||
        icmp[0] != ICMP_ECHO_REQUEST || ldl_be_p(ip + 16) != v->end.ip) {
        return false;
    }
    memcpy(frame, frame + 6, 6);
    memcpy(frame + 6, v->end.mac, 6);
    memmove(ip + 16, ip + 12, 4);
    stl_be_p(ip + 12, v->end.ip);
    icmp[0] = 0;
    sum = ldw_be_p(icmp + 2) + (ICMP_ECHO_REQUEST << 8);
    stw_be_p(icmp + 2, (sum & 0xffff) + (sum >> 16));
    return true;
}

static void *vlan_host(void *opaque)
{
    VlanHost *v = opaque;
    uint8_t frame[2048], reply[64];
    static const VnetHdr plain;

    while (!g_atomic_int_get(&v->stop)) {
        ssize_t n = vlan_recv(v, frame, sizeof(frame));
        QIPPacket p;

        if (n < 14) {
            continue;
        }
        p = qip_parse(frame, n, &plain, &v->end);
        if (p.kind == QIP_ARP_REQUEST) {
            size_t len = qip_arp_reply(reply, &v->end, &p.from);
            vlan_send(v, reply, len, VLAN_ID);
        } else if (make_echo_reply(v, frame, n)) {
            v->echoes++;
            vlan_send(v, frame, n, VLAN_ID);
        }
    }
    return NULL;
}

static void vlan_host_start(VlanHost *v)
{
    struct sockaddr_ll sa = { .sll_family = AF_PACKET,
                              .sll_protocol = htons(ETH_P_ALL),
                              .sll_ifindex = if_nametoindex(LAB_TAP_IF) };
    int on = 1;

    *v = (VlanHost){ .end.ip = VLAN_HOST_IP };
    netns_mac(LAB_TAP_IF, v->end.mac);
    v->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    g_assert_cmpint(v->fd, >=, 0);
    g_assert_no_errno(
        setsockopt(v->fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)));
    g_assert_no_errno(bind(v->fd, (struct sockaddr *)&sa, sizeof(sa)));
    v->thread = g_thread_new("vlan", vlan_host, v);
}

static void vlan_host_stop(VlanHost *v)
{
    g_atomic_int_set(&v->stop, 1);
    g_thread_join(v->thread);
    close(v->fd);
}

void scenario_vlan(Lab *lab, Nic *nic)
{
    g_autofree char *text = NULL;
    VlanHost v;

    vlan_host_start(&v);
    g_free(guest_run(lab->g,
                     "modprobe 8021q && "
                     "ip link add link %s name vlan7 type vlan id %d && "
                     "ip addr add 10.77.7.2/24 dev vlan7 && "
                     "ip link set vlan7 up", nic->ifname, VLAN_ID));
    text = guest_run(lab->g, "ping -c 3 -i 0.2 -W 10 -s 1400 10.77.7.1");
    g_assert_nonnull(strstr(text, "3 packets received"));
    g_assert_cmpuint(v.echoes, >=, 3);
    g_assert_cmpuint(guest_number(
        lab->g, "cat /sys/class/net/vlan7/statistics/rx_packets"), >=, 3);
    /* Beside it the untagged network goes on. */
    g_assert_true(lab_ping_host(lab, nic, 56, 1));
    g_free(guest_run(lab->g, "ip link del vlan7"));
    vlan_host_stop(&v);
}

/* ----------------------------------------------------------------- filters */

static const char *const destinations[] = {
    LAB_TAP_MAC,         /* its own */
    "52:54:00:99:99:99", /* somebody else */
    "33:33:00:00:77:77", /* a group */
    "01:00:5e:00:77:77", /* another group */
    "ff:ff:ff:ff:ff:ff", /* ends the listening */
};

static void send_to_all(int fd)
{
    for (int i = 0; i < ARRAY_SIZE(destinations); i++) {
        uint8_t frame[60] = { 0 };

        sscanf(destinations[i], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &frame[0],
               &frame[1], &frame[2], &frame[3], &frame[4], &frame[5]);
        frame[6] = 2;
        stw_be_p(frame + 12, TEST_ETHERTYPE);
        netns_packet_send(fd, NULL, frame, sizeof(frame));
    }
}

/* What of `destinations` the guest gets with the filter opened that far: bit
 * by bit. */
static unsigned received(Lab *lab, Nic *nic, int fd, const char *filter)
{
    g_autofree char *text = NULL;
    unsigned bits = 0;
    int job;

    g_free(guest_run(lab->g, "rm -f /tmp/frames-ready"));
    job = guest_spawn(lab->g, "traffic frames %s 60 %s", nic->ifname, filter);
    g_assert_true(guest_eventually(lab->g, "ready", "ls /tmp"));
    send_to_all(fd);
    text = guest_wait(lab->g, job);
    for (int i = 0; i < ARRAY_SIZE(destinations); i++) {
        bits |= strstr(text, destinations[i]) ? 1u << i : 0;
    }
    return bits;
}

void scenario_filters(Lab *lab, Nic *nic)
{
    int fd = netns_packet(LAB_TAP_IF);

    g_assert_cmphex(received(lab, nic, fd, ""), ==, 0x11);
    g_assert_cmphex(received(lab, nic, fd, "promisc"), ==, 0x1f);
    g_assert_cmphex(received(lab, nic, fd, "allmulti"), ==, 0x1d);
    g_assert_cmphex(received(lab, nic, fd, "33:33:00:00:77:77"), ==, 0x15);
    g_assert_cmphex(received(lab, nic, fd, ""), ==, 0x11);
    close(fd);
    lab_check_works(lab, nic);
}

/* ----------------------------------------------------------------- the end */

/* The administrator deletes the interface while packets fly: the guest, its
 * other card and the monitor do not suffer. */
void scenario_tap_deleted(Lab *lab, Nic *nic)
{
    Peer *udp = peer_udp_sink();
    Peer *flood = peer_udp_flood(nic->guest, 7777, 800, 2);
    int job = guest_spawn(lab->g, "traffic udp-send %s %u 800 3",
                          nic->host_ip, peer_port(udp));

    g_usleep(G_USEC_PER_SEC);
    netns_ip("link del " LAB_TAP_IF);
    g_free(guest_wait(lab->g, job));
    peer_end(flood);
    peer_end(udp);
    json_decref(qtest_qmp_ok(guest_qts(lab->g), "{'execute': 'query-status'}"));
    g_free(guest_run(lab->g, "ip link set %s down", nic->ifname));
    for (unsigned i = 0; i < lab->nnics; i++) {
        if (lab->nics[i].kind == NIC_USER) {
            lab_check_works(lab, &lab->nics[i]);
        }
    }
}
