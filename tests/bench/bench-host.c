/*
 * The kernel's end of a tap: frames for it, frames from it, its counters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "net/eth.h"
#include "tests/bench/bench.h"
#include "tests/qtest/lib/netns.h"
#include "tests/qtest/lib/qgso.h"

#define ETHERTYPE_NOBODY 0x88b5 /* for local experiments: nobody listens */
#define MSS              1448
#define FLOOD_BATCH      64
#define ARP_REPLY        2

int64_t bench_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static int flood_socket(const char *ifname)
{
    /* Protocol 0: it sends, and is not given a copy of every frame. */
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    struct sockaddr_ll sa = {.sll_family = AF_PACKET,
                             .sll_ifindex = if_nametoindex(ifname)};
    int on = 1;

    g_assert_cmpint(fd, >=, 0);
    g_assert_no_errno(
        setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)));
    g_assert_no_errno(
        setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)));
    g_assert_no_errno(bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
    return fd;
}

void bench_port_init(BenchPort *p, const char *ifname, unsigned index)
{
    *p = (BenchPort){
        .guest = {.mac = {0x52, 0x54, 0x00, 0x77, index, 0x02},
                  .ip = 0x0a4d0002 | index << 8,
                  .port = 7001},
        .host = {.ip = 0x0a4d0001 | index << 8, .port = 7000},
    };
    g_strlcpy(p->ifname, ifname, sizeof(p->ifname));
    netns_up(ifname);
    netns_ip("link set %s txqueuelen %u", ifname, BENCH_TX_QUEUE_LEN);
    netns_ip("addr add 10.77.%u.1/24 dev %s", index, ifname);
    /* The host never has to ask for the guest, so nothing but the answers of
     * a case is on its way. */
    netns_ip("neigh replace 10.77.%u.2 lladdr 52:54:00:77:%02x:02 dev %s "
             "nud permanent",
             index, index, ifname);
    netns_mac(ifname, p->host.mac);
    p->flood_fd = flood_socket(ifname);
}

void bench_port_close(BenchPort *p)
{
    close(p->flood_fd);
}

void bench_frame(BenchFrame *f, const BenchPort *p, const BenchCase *c)
{
    static const QIPEnd nobody = {
        .mac = {0x52, 0x54, 0, 1, 2, 3}, .ip = 0x0a4dff09, .port = 9};
    const QIPEnd *from = c->kind == BENCH_RX ? &p->host : &p->guest;
    const QIPEnd *to = c->kind == BENCH_RX ? &p->guest : &nobody;

    memset(f, 0, sizeof(*f));
    if (c->kind == BENCH_PING) {
        f->len = qip_arp_request(f->data, &p->guest, p->host.ip);
    } else if (c->gso) {
        QGso gso = {.tcp = true, .mss = MSS};

        f->len = qgso_build(f->data, &f->hdr, &gso, from, to, c->len);
    } else {
        memcpy(f->data, to->mac, ETH_ALEN);
        memcpy(f->data + ETH_ALEN, from->mac, ETH_ALEN);
        stw_be_p(f->data + 2 * ETH_ALEN, ETHERTYPE_NOBODY);
        f->len = c->len;
    }
    g_assert_cmpuint(f->len, <=, sizeof(f->data));
}

bool bench_is_answer(const uint8_t *frame, size_t len)
{
    return len >= 42 && ldw_be_p(frame + 12) == ETH_P_ARP &&
           ldw_be_p(frame + 20) == ARP_REPLY;
}

void bench_flood(BenchPort *p, const BenchFrame *f, unsigned count)
{
    uint8_t raw[VNET_HDR_LEN_LEGACY];
    struct iovec iov[2] = {{raw, sizeof(raw)}, {(void *)f->data, f->len}};
    struct mmsghdr msgs[FLOOD_BATCH] = {0};

    vnet_hdr_encode(&f->hdr, raw, sizeof(raw), false);
    for (unsigned i = 0; i < FLOOD_BATCH; i++) {
        msgs[i].msg_hdr.msg_iov = iov;
        msgs[i].msg_hdr.msg_iovlen = 2;
    }
    while (count) {
        int n = sendmmsg(p->flood_fd, msgs, MIN(count, FLOOD_BATCH), 0);

        if (n < 0) {
            g_error("cannot send to %s: %s", p->ifname, g_strerror(errno));
        }
        count -= n;
    }
}

uint64_t bench_frames_in(const BenchPort *p)
{
    g_autofree char *text = NULL;
    g_autofree char *head = g_strdup_printf("%s:", p->ifname);
    unsigned long long bytes, packets;
    char *line;

    /* Not below /sys: that is the namespace somebody mounted it in. */
    g_assert_true(
        g_file_get_contents("/proc/thread-self/net/dev", &text, NULL, NULL));
    line = strstr(text, head);
    g_assert_nonnull(line);
    g_assert_cmpint(sscanf(line + strlen(head), "%llu %llu", &bytes, &packets),
                    ==, 2);
    return packets;
}

static gint compare_ns(gconstpointer a, gconstpointer b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

void bench_set_quantiles(BenchResult *r, GArray *times_ns)
{
    if (times_ns->len) {
        g_array_sort(times_ns, compare_ns);
        r->p50_ns = g_array_index(times_ns, int64_t, times_ns->len / 2);
        r->p99_ns = g_array_index(times_ns, int64_t,
                                  (uint64_t)times_ns->len * 99 / 100);
    }
}
