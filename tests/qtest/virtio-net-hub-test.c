/*
 * Hubs, loops, captures, and the older ways to say -netdev.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "tests/qtest/lib/socknet.h"
#include "tests/qtest/lib/tapnet.h"

static const QVNetMode *const mode = &qvnet_modes[0];

static void make_frame(uint8_t *frame, size_t len, uint8_t from,
                       uint32_t number)
{
    for (size_t i = 0; i < len; i++) {
        frame[i] = i + number;
    }
    memset(frame, 0xff, 6);
    memcpy(frame + 6, (uint8_t[]){ 2, 0, 0, 0, 0, from }, 6);
    stw_be_p(frame + 12, SOCKNET_TYPE);
    if (len >= 18) {
        stl_be_p(frame + 14, number);
    }
}

/* An emulator with two NICs (slots 4, 5) and a socket (s->fd) on hub 0. */
static SockNet *start_hub(QVNet *second, const char *more)
{
    SockNet *s = g_new0(SockNet, 1);
    g_autofree char *args = NULL;
    int sv[2];

    g_assert_no_errno(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
    fcntl(sv[0], F_SETFD, FD_CLOEXEC);
    args = g_strdup_printf(
        "-machine pc -netdev hubport,id=h0,hubid=0 "
        "-netdev hubport,id=h1,hubid=0 -netdev socket,id=s0,fd=%d "
        "-netdev hubport,id=h2,hubid=0,netdev=s0 "
        "-device virtio-net-pci,id=vnet0,netdev=h0,addr=4 "
        "-device virtio-net-pci,id=vnet1,netdev=h1,addr=5 %s", sv[1], more);
    s->qts = qtest_init_fds(args, &sv[1], 1);
    close(sv[1]);
    s->fd = sv[0];
    socknet_driver(s, mode, ~UINT64_C(0));
    qvnet_start(second, s->qts, 0, QPCI_DEVFN(5, 0), mode, ~UINT64_C(0), 1);
    return s;
}

/* Not qvnet_stop(): that frees the memory of both. */
static void stop_hub(SockNet *s, QVNet *second)
{
    qvirtio_reset(&s->net.v);
    qvnet_stop(second);
    close(s->fd);
    qtest_quit(s->qts);
    g_free(s->net.pair[0].rx_slot);
    qvirtqueue_free(&s->net.pair[0].rx);
    qvirtqueue_free(&s->net.pair[0].tx);
    qvirtqueue_free(&s->net.ctrl);
    g_free(s);
}

static void expect(QVNet *n, const uint8_t *frame, size_t len)
{
    uint8_t got[2048];
    ssize_t m = qvnet_recv(n, 0, NULL, got, sizeof(got), 5000);

    g_assert_cmpint(m, >=, len);
    g_assert_cmpmem(got, len, frame, len);
    /* Nothing but padding may follow. */
    for (ssize_t i = len; i < m; i++) {
        g_assert_cmpint(i, <, 60);
        g_assert_cmphex(got[i], ==, 0);
    }
}

static void expect_socket(SockNet *s, const uint8_t *frame, size_t len)
{
    uint8_t got[2048];
    ssize_t m = socknet_recv(s, got, sizeof(got), 5000);

    g_assert_cmpint(m, >=, len);
    g_assert_cmpmem(got, len, frame, len);
}

static void expect_nothing(SockNet *s, QVNet *second)
{
    uint8_t got[2048];

    g_assert_cmpint(socknet_recv(s, got, sizeof(got), 20), ==, -1);
    g_assert_cmpint(qvnet_recv(&s->net, 0, NULL, got, sizeof(got), 0), ==,
                    -1);
    g_assert_cmpint(qvnet_recv(second, 0, NULL, got, sizeof(got), 0), ==, -1);
}

/* What enters at one port leaves at both others, once. */
static void test_three_ports(const void *opaque)
{
    uint8_t frame[1514];
    QVNet second;
    SockNet *s = start_hub(&second, "");

    /* A hub has no vnet header: nothing may be left for others to do. */
    g_assert_false(s->net.v.features & QVIRTIO_BIT(QVNET_F_CSUM));
    for (unsigned i = 0; i < 100; i++) {
        size_t len = 60 + i * 14;

        make_frame(frame, len, 1, i);
        g_assert_true(qvnet_send(&s->net, NULL, frame, len));
        expect(&second, frame, len);
        expect_socket(s, frame, len);
        make_frame(frame, len, 2, i);
        g_assert_true(qvnet_send(&second, NULL, frame, len));
        expect(&s->net, frame, len);
        expect_socket(s, frame, len);
        make_frame(frame, len, 3, i);
        socknet_send(s, frame, len);
        expect(&s->net, frame, len);
        expect(&second, frame, len);
    }
    expect_nothing(s, &second);
    stop_hub(s, &second);
}

/* A slow port does not stop the others. */
static void test_slow_port(const void *opaque)
{
    uint8_t frame[1000];
    QVNet second;
    SockNet *s = start_hub(&second, "");

    /* The second NIC has no driver and takes nothing. */
    qvirtio_reset(&second.v);
    for (unsigned i = 0; i < 3000; i++) {
        make_frame(frame, sizeof(frame), 1, i);
        g_assert_true(qvnet_send(&s->net, NULL, frame, sizeof(frame)));
        expect_socket(s, frame, sizeof(frame));
    }
    make_frame(frame, sizeof(frame), 3, 1);
    socknet_send(s, frame, sizeof(frame));
    expect(&s->net, frame, sizeof(frame));
    stop_hub(s, &second);
}

/* loopback-short: less than the shortest Ethernet frame, from NIC to NIC. */
static void test_short(const void *opaque)
{
    uint8_t frame[64];
    QVNet second;
    SockNet *s = start_hub(&second, "");

    for (size_t len = 14; len < 60; len++) {
        make_frame(frame, len, 1, len);
        g_assert_true(qvnet_send(&s->net, NULL, frame, len));
        expect(&second, frame, len);
        expect_socket(s, frame, len);
    }
    for (size_t len = 1; len < 14; len++) { /* no frame at all */
        make_frame(frame, 14, 1, len);
        g_assert_true(qvnet_send(&s->net, NULL, frame, len));
    }
    expect_nothing(s, &second);
    stop_hub(s, &second);
}

/*
 * loopback-recursion: the other end sends every frame back at once, to both
 * NICs, while each sends. Frames are received in the middle of sending.
 */
static void test_loopback(const void *opaque)
{
    uint8_t frame[1514];
    QVNet second;
    SockNet *s = start_hub(&second, "");
    unsigned echoed = 0;

    for (unsigned i = 0; i < 500; i++) {
        uint8_t got[2048];
        ssize_t n;

        make_frame(frame, sizeof(frame), 1, i);
        qvnet_send_nowait(&s->net, 0, NULL, frame, sizeof(frame));
        make_frame(frame, sizeof(frame), 2, i);
        qvnet_send_nowait(&second, 0, NULL, frame, sizeof(frame));
        while ((n = socknet_recv(s, got, sizeof(got), 0)) > 0) {
            socknet_send(s, got, n);
            echoed++;
        }
        while (qvnet_recv(&s->net, 0, NULL, got, sizeof(got), 0) > 0) {
        }
        while (qvnet_recv(&second, 0, NULL, got, sizeof(got), 0) > 0) {
        }
    }
    /* On a busy machine all of them may still be on their way. */
    if (echoed == 0) {
        uint8_t got[2048];
        ssize_t n = socknet_recv(s, got, sizeof(got), 30000);

        g_assert_cmpint(n, >, 0);
        socknet_send(s, got, n);
    }
    json_decref(qtest_qmp_ok(s->qts, "{'execute': 'query-status'}"));
    stop_hub(s, &second);
}

/* ----------------------------------------------------------------- capture */

typedef struct Pcap {
    gsize size, at;
    char *data;
} Pcap;

static void pcap_open(Pcap *p, const char *path, uint32_t snaplen)
{
    g_assert_true(g_file_get_contents(path, &p->data, &p->size, NULL));
    g_assert_cmpuint(p->size, >=, 24);
    g_assert_cmphex(ldl_le_p(p->data), ==, 0xa1b2c3d4);
    g_assert_cmpuint(ldw_le_p(p->data + 4), ==, 2);
    g_assert_cmpuint(ldw_le_p(p->data + 6), ==, 4);
    g_assert_cmpuint(ldl_le_p(p->data + 16), ==, snaplen);
    g_assert_cmpuint(ldl_le_p(p->data + 20), ==, 1);
    p->at = 24;
}

static void pcap_expect(Pcap *p, const uint8_t *frame, size_t len, size_t max)
{
    int64_t age;

    g_assert_cmpuint(p->size - p->at, >=, 16);
    age = g_get_real_time() / G_USEC_PER_SEC - ldl_le_p(p->data + p->at);
    g_assert_cmpint(ABS(age), <, 600);
    g_assert_cmpuint(ldl_le_p(p->data + p->at + 4), <, 1000000);
    g_assert_cmpuint(ldl_le_p(p->data + p->at + 8), ==, MIN(len, max));
    g_assert_cmpuint(ldl_le_p(p->data + p->at + 12), ==, len);
    p->at += 16;
    g_assert_cmpuint(p->size - p->at, >=, MIN(len, max));
    g_assert_cmpmem(p->data + p->at, MIN(len, max), frame, MIN(len, max));
    p->at += MIN(len, max);
}

static void test_dump(const void *opaque)
{
    uint8_t frame[1514];
    QVNet second;
    g_autofree char *dir = g_dir_make_tmp("vnet-dump-XXXXXX", NULL);
    g_autofree char *full = g_strdup_printf("%s/full.pcap", dir);
    g_autofree char *part = g_strdup_printf("%s/part.pcap", dir);
    g_autofree char *more = g_strdup_printf(
        "-object filter-dump,id=f0,netdev=s0,file=%s "
        "-object filter-dump,id=f1,netdev=s0,file=%s,maxlen=100", full, part);
    SockNet *s = start_hub(&second, more);
    Pcap p;

    for (int pass = 0; pass < 3; pass++) {
        if (pass) {
            pcap_open(&p, pass == 1 ? full : part, pass == 1 ? 65536 : 100);
        }
        for (unsigned i = 0; i < 50; i++) {
            size_t len = 60 + 29 * i;

            for (int from = 1; from <= 3; from += 2) {
                make_frame(frame, len, from, i);
                if (pass) {
                    pcap_expect(&p, frame, len, pass == 1 ? 65536 : 100);
                } else if (from == 1) {
                    g_assert_true(qvnet_send(&s->net, NULL, frame, len));
                    expect(&second, frame, len);
                    expect_socket(s, frame, len);
                } else {
                    socknet_send(s, frame, len);
                    expect(&s->net, frame, len);
                    expect(&second, frame, len);
                }
            }
        }
        if (pass == 0) {
            stop_hub(s, &second);
        } else {
            g_assert_cmpuint(p.at, ==, p.size);
            g_free(p.data);
        }
    }
    unlink(full);
    unlink(part);
    rmdir(dir);
}

/* ---------------------------------------------------------------- old forms */

static uint8_t find_nic(QTestState *qts)
{
    for (unsigned slot = 1; slot < 32; slot++) {
        QPCIDevice dev;

        if (qpci_device_present(qts, 0, QPCI_DEVFN(slot, 0))) {
            qpci_device_init(&dev, qts, 0, QPCI_DEVFN(slot, 0));
            if (qpci_config_read(&dev, PCI_VENDOR_ID, 2) == 0x1af4) {
                return QPCI_DEVFN(slot, 0);
            }
        }
    }
    g_error("no virtio device on the bus");
}

/* opaque: options with one %d for the socket. */
static void test_form(const void *opaque)
{
    SockNet *s = g_new0(SockNet, 1);
    g_autofree char *number = NULL;
    g_autoptr(GString) args = g_string_new(opaque);
    uint8_t frame[100];
    int sv[2];

    g_assert_no_errno(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
    fcntl(sv[0], F_SETFD, FD_CLOEXEC);
    number = g_strdup_printf("%d", sv[1]);
    g_string_replace(args, "%d", number, 0);
    s->qts = qtest_init_fds(args->str, &sv[1], 1);
    close(sv[1]);
    s->fd = sv[0];
    qvnet_start(&s->net, s->qts, 0, find_nic(s->qts), mode, ~UINT64_C(0), 1);
    s->driver = true;
    g_assert_cmphex(s->net.mac[5], ==, 0x42);
    make_frame(frame, sizeof(frame), 1, 7);
    g_assert_true(qvnet_send(&s->net, NULL, frame, sizeof(frame)));
    expect_socket(s, frame, sizeof(frame));
    socknet_send(s, frame, sizeof(frame));
    expect(&s->net, frame, sizeof(frame));
    socknet_free(s);
}

static const char *const forms[] = {
    "-machine pc -nic socket,fd=%d,model=virtio-net-pci,"
    "mac=52:54:00:12:34:42",
    "-machine pc -nic socket,fd=%d,model=virtio,mac=52:54:00:12:34:42",
    "-machine q35 -nic socket,fd=%d,model=virtio-net-pci,"
    "mac=52:54:00:12:34:42",
    "-machine pc -net nic,model=virtio,macaddr=52:54:00:12:34:42 "
    "-net socket,fd=%d",
    "-machine pc -netdev socket,id=n0,fd=%d "
    "-net nic,model=virtio-net-pci,netdev=n0,macaddr=52:54:00:12:34:42",
    "-machine pc -netdev socket,id=n0,fd=%d "
    "-device virtio-net-pci,netdev=n0,mac=52:54:00:12:34:42",
    "-machine pc -netdev '{\"type\": \"socket\", \"id\": \"n0\", "
    "\"fd\": \"%d\"}' -device '{\"driver\": \"virtio-net-pci\", "
    "\"netdev\": \"n0\", \"mac\": \"52:54:00:12:34:42\"}'",
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/hub/three-ports", NULL, test_three_ports);
    g_test_add_data_func("/hub/slow-port", NULL, test_slow_port);
    g_test_add_data_func("/hub/dump", NULL, test_dump);
    g_test_add_data_func("/hazard/loopback-short", NULL, test_short);
    g_test_add_data_func("/hazard/loopback-recursion", NULL, test_loopback);
    for (int i = 0; i < ARRAY_SIZE(forms); i++) {
        g_autofree char *path = g_strdup_printf("/net/forms/%d", i);

        g_test_add_data_func(path, forms[i], test_form);
    }
    return g_test_run();
}
