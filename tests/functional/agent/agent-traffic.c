/*
 * What the guest sends and receives.
 *
 *   traffic tcp-send HOST PORT BYTES SEED [SECONDS]
 *   traffic tcp-recv HOST PORT
 *       One connection to HOST, or with "-" the first one to PORT (0: any; it
 *       is printed). Bytes are a Pattern; the sum is of what was sent or received. The sender stops
 *       after that many bytes or seconds, and ends when the other side has
 *       closed too.
 *   traffic udp-send HOST PORT SIZE SECONDS
 *   traffic udp-recv PORT SECONDS
 *       As fast as it goes; counted. The receiver stops sooner after a second
 *       without any, once it had one.
 *   traffic frames IF SECONDS [promisc|allmulti|MAC]
 *       Opens the filter so far, or for that group, and makes the file
 *       /tmp/frames-ready; then prints the destination of each frame of Ethernet
 *       type 88b5 that comes in, and ends after one to ff:ff:ff:ff:ff:ff.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../pattern.h"
#include "agent.h"

#define PIECE 65536
#define TEST_ETHERTYPE 0x88b5
#define READY_FILE "/tmp/frames-ready"

static uint8_t buf[PIECE];

static struct sockaddr_in address(const char *host, const char *port)
{
    struct sockaddr_in sa = { .sin_family = AF_INET };

    inet_pton(AF_INET, host, &sa.sin_addr);
    sa.sin_port = htons(strtoul(port, NULL, 0));
    return sa;
}

static int tcp_accept(int fd, struct sockaddr_in sa)
{
    socklen_t len = sizeof(sa);
    int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
        listen(fd, 1) < 0 ||
        getsockname(fd, (struct sockaddr *)&sa, &len) < 0) {
        return -1;
    }
    printf("listening on port %d\n", ntohs(sa.sin_port));
    return accept(fd, NULL, NULL);
}

/* The connected socket, or -1. */
static int tcp_open(const char *host, const char *port)
{
    int listening = strcmp(host, "-") == 0;
    struct sockaddr_in sa = address(listening ? "0.0.0.0" : host, port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listening) {
        return tcp_accept(fd, sa);
    }
    return connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? -1 : fd;
}

static int report(const char *verb, const PatternSum *s, double start)
{
    printf("%s %llu bytes, sum %016llx, %.3f s\n", verb,
           (unsigned long long)s->bytes,
           (unsigned long long)pattern_sum_end(s), agent_now() - start);
    return 0;
}

static int send_all(int fd, const uint8_t *p, size_t len)
{
    while (len) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -1;
        }
        p += n;
        len -= n;
    }
    return 0;
}

static int tcp_send(int fd, char **arg, double seconds)
{
    uint64_t left = strtoull(arg[0], NULL, 0);
    Pattern p = { strtoull(arg[1], NULL, 0) };
    PatternSum s = { 0 };
    double start = agent_now();

    while (left && !(seconds > 0 && agent_now() > start + seconds)) {
        size_t n = left < PIECE ? left : PIECE;

        pattern_fill(&p, buf, n);
        pattern_sum_add(&s, buf, n);
        if (send_all(fd, buf, n) < 0) {
            return agent_fail("send");
        }
        left -= n;
    }
    shutdown(fd, SHUT_WR);
    if (read(fd, buf, 1) < 0) {
        return agent_fail("waiting for the other side to close");
    }
    return report("sent", &s, start);
}

static int tcp_recv(int fd)
{
    PatternSum s = { 0 };
    double start = agent_now();
    ssize_t n;

    while ((n = read(fd, buf, PIECE)) > 0) {
        pattern_sum_add(&s, buf, n);
    }
    return n < 0 ? agent_fail("receive") : report("received", &s, start);
}

static int udp_send(char **arg)
{
    struct sockaddr_in sa = address(arg[0], arg[1]);
    size_t size = strtoul(arg[2], NULL, 0);
    double end = agent_now() + strtod(arg[3], NULL);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    unsigned long sent = 0, refused = 0;

    if (size > PIECE || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
        return agent_fail("connect");
    }
    while (agent_now() < end) {
        for (int i = 0; i < 16; i++) {
            if (send(fd, buf, size, 0) >= 0) {
                sent++;
            } else {
                refused++;
            }
        }
    }
    printf("sent %lu datagrams, %lu refused\n", sent, refused);
    return 0;
}

static int udp_recv(char **arg)
{
    struct sockaddr_in sa = address("0.0.0.0", arg[0]);
    double end = agent_now() + strtod(arg[1], NULL);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    unsigned long got = 0;

    if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
        return agent_fail("bind");
    }
    while (agent_now() < end) {
        struct pollfd p = { .fd = fd, .events = POLLIN };

        if (poll(&p, 1, 1000) == 0 && got) {
            break;
        }
        while (recv(fd, buf, PIECE, MSG_DONTWAIT) >= 0) {
            got++;
        }
    }
    printf("received %lu datagrams\n", got);
    return 0;
}

/* ------------------------------------------------------------------ frames */

static int join(int fd, int ifindex, const char *what)
{
    struct packet_mreq m = { .mr_ifindex = ifindex, .mr_alen = 6 };

    if (strcmp(what, "promisc") == 0) {
        m.mr_type = PACKET_MR_PROMISC;
    } else if (strcmp(what, "allmulti") == 0) {
        m.mr_type = PACKET_MR_ALLMULTI;
    } else {
        m.mr_type = PACKET_MR_MULTICAST;
        if (sscanf(what, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &m.mr_address[0],
                   &m.mr_address[1], &m.mr_address[2], &m.mr_address[3],
                   &m.mr_address[4], &m.mr_address[5]) != 6) {
            errno = EINVAL;
            return -1;
        }
    }
    return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof(m));
}

static int frames(int argc, char **arg)
{
    struct sockaddr_ll sa = { .sll_family = AF_PACKET,
                              .sll_protocol = htons(TEST_ETHERTYPE),
                              .sll_ifindex = if_nametoindex(arg[0]) };
    double end = agent_now() + strtod(arg[1], NULL);
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC,
                    htons(TEST_ETHERTYPE));

    if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
        return agent_fail(arg[0]);
    }
    for (int i = 2; i < argc; i++) {
        if (join(fd, sa.sll_ifindex, arg[i]) < 0) {
            return agent_fail(arg[i]);
        }
    }
    close(open(READY_FILE, O_CREAT | O_WRONLY, 0644));
    memset(buf, 0, 6);
    while (agent_now() < end && memcmp(buf, "\xff\xff\xff\xff\xff\xff", 6)) {
        struct pollfd p = { .fd = fd, .events = POLLIN };

        if (poll(&p, 1, 100) == 1 && recv(fd, buf, PIECE, 0) >= 14) {
            printf("%02x:%02x:%02x:%02x:%02x:%02x\n", buf[0], buf[1], buf[2],
                   buf[3], buf[4], buf[5]);
        }
    }
    return 0;
}

static int usage(void)
{
    printf("usage: traffic tcp-send|tcp-recv|udp-send|udp-recv|frames ...\n");
    return 2;
}

static int tcp(int argc, char **argv)
{
    int sending = strcmp(argv[1], "tcp-send") == 0;
    int fd = tcp_open(argv[2], argv[3]);

    if (fd < 0) {
        return agent_fail("connect");
    }
    if (!sending) {
        return tcp_recv(fd);
    }
    return argc < 6 ? usage()
                    : tcp_send(fd, argv + 4,
                               argc > 6 ? strtod(argv[6], NULL) : 0);
}

int traffic_main(int argc, char **argv)
{
    if (argc >= 4 && strncmp(argv[1], "tcp-", 4) == 0) {
        return tcp(argc, argv);
    }
    if (argc == 6 && strcmp(argv[1], "udp-send") == 0) {
        return udp_send(argv + 2);
    }
    if (argc == 4 && strcmp(argv[1], "udp-recv") == 0) {
        return udp_recv(argv + 2);
    }
    if (argc >= 4 && strcmp(argv[1], "frames") == 0) {
        return frames(argc - 2, argv + 2);
    }
    return usage();
}
