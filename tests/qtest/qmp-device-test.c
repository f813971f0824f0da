/*
 * Devices and network backends made and unmade over QMP: properties, hot
 * plug that fails at every step, descriptors passed along.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/qtest/lib/qpci.h"

/* ------------------------------------------------------------- properties */

/* name, type, default: as QEMU 11.1 lists them. */
static const char *const net_properties[] = {
    "acpi-index uint32 0", "addr str -1", "aer bool false",
    "any_layout bool true", "ats bool false", "bootindex int32 -",
    "busnr busnr -", "csum bool true", "ctrl_guest_offloads bool true",
    "ctrl_mac_addr bool true", "ctrl_rx bool true", "ctrl_rx_extra bool true",
    "ctrl_vlan bool true", "ctrl_vq bool true", "disable-legacy OnOffAuto auto",
    "disable-modern bool false", "duplex str -", "event_idx bool true",
    "failover bool false", "gso bool true", "guest_announce bool true",
    "guest_csum bool true", "guest_ecn bool true", "guest_rsc_ext bool false",
    "guest_tso4 bool true", "guest_tso6 bool true", "guest_tunnel bool true",
    "guest_tunnel_csum bool true", "guest_ufo bool true",
    "guest_uso4 bool true", "guest_uso6 bool true", "hash bool false",
    "hash-ipv4 OnOffAuto auto", "hash-ipv6 OnOffAuto auto",
    "hash-ipv6ex OnOffAuto auto", "hash-tcp4 OnOffAuto auto",
    "hash-tcp6 OnOffAuto auto", "hash-tcp6ex OnOffAuto auto",
    "hash-udp4 OnOffAuto auto", "hash-udp6 OnOffAuto auto",
    "hash-udp6ex OnOffAuto auto", "host_ecn bool true", "host_mtu uint16 0",
    "host_tso4 bool true", "host_tso6 bool true", "host_tunnel bool true",
    "host_tunnel_csum bool true", "host_ufo bool true", "host_uso bool true",
    "in_order bool false", "indirect_desc bool true", "ioeventfd bool true",
    "iommu_platform bool false", "mac str -", "modern-pio-notify bool false",
    "mq bool false", "mrg_rxbuf bool true", "multifunction bool false",
    "netdev str -", "notify_on_empty bool true", "packed bool false",
    "page-per-vq bool false", "queue_reset bool true", "rombar int32 -1",
    "romfile str -", "romsize uint32 4294967295", "rsc_interval uint32 300000",
    "rss bool false", "rx_queue_size uint16 256", "speed int32 -1",
    "status bool true", "tx str -", "tx_queue_size uint16 256",
    "use-disabled-flag bool true", "use-started bool true",
    "vectors uint32 4294967295", "virtio-backend child<virtio-net-device> -",
    "virtio-pci-bus-master-bug-migration bool false",
    "x-ats-page-aligned bool true", "x-disable-legacy-check bool false",
    "x-pcie-flr-init bool true", "x-pcie-pm-no-soft-reset bool false",
    "x-txburst int32 256", "x-txtimer uint32 150000",
};

static const char *default_text(json_t *v, char *buf, size_t size)
{
    if (!v) {
        return "-";
    }
    if (json_is_array(v)) {
        return "[]";
    }
    if (json_is_boolean(v)) {
        return json_is_true(v) ? "true" : "false";
    }
    if (json_is_string(v)) {
        return json_string_value(v);
    }
    snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    return buf;
}

static void test_properties(void)
{
    QTestState *qts = qtest_init("-machine none");
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal,
                                                       g_free, NULL);
    json_t *list = qtest_qmp_ok(qts, "{'execute': 'device-list-properties', "
                                "'arguments': {'typename': "
                                "'virtio-net-pci'}}");
    json_t *p;
    size_t i;

    json_array_foreach(list, i, p) {
        char buf[32];

        g_hash_table_add(seen, g_strdup_printf(
            "%s %s %s", json_string_value(json_object_get(p, "name")),
            json_string_value(json_object_get(p, "type")),
            default_text(json_object_get(p, "default-value"), buf,
                         sizeof(buf))));
    }
    for (i = 0; i < ARRAY_SIZE(net_properties); i++) {
        if (!g_hash_table_contains(seen, net_properties[i])) {
            g_test_message("not listed: %s", net_properties[i]);
            g_test_fail();
        }
    }
    json_decref(list);
    qtest_quit(qts);
}

/* -------------------------------------------------- realize-fault-injection */

/* Bad in ways that show at different steps: parsing, properties, the bus,
 * realize of the device, realize of the transport. */
static const char *const bad_devices[] = {
    "'driver': 'nope'",
    "'driver': 'virtio-net-device'",
    "'driver': 'virtio-net-pci', 'netdev': 'nope'",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'nope': 1",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'mac': 'x'",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'mq': 'x'",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'addr': '4'",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'addr': '77'",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'addr': 'x'",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'bus': 'nope'",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'rx_queue_size': 100",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'tx_queue_size': 4096",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'rx_queue_size': 'x'",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'duplex': 'x'",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'speed': -2",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'disable-modern': true, "
    "'disable-legacy': 'on'",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'iommu_platform': true",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'romfile': '/nonexistent'",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'host_mtu': 70000",
    "'driver': 'virtio-net-pci', 'netdev': 'n0', 'vectors': -1",
};

static unsigned count_fds(QTestState *qts)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/fd", qtest_pid(qts));
    GDir *dir = g_dir_open(path, 0, NULL);
    unsigned n = 0;

    g_assert_nonnull(dir);
    while (g_dir_read_name(dir)) {
        n++;
    }
    g_dir_close(dir);
    return n;
}

/* Pages of the emulator that are its own. */
static uint64_t private_pages(QTestState *qts)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/statm",
                                            qtest_pid(qts));
    g_autofree char *text = NULL;
    unsigned long size, resident, shared;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpint(sscanf(text, "%lu %lu %lu", &size, &resident, &shared),
                    ==, 3);
    return resident - shared;
}

static void try_all(QTestState *qts)
{
    for (int i = 0; i < ARRAY_SIZE(bad_devices); i++) {
        g_free(qtest_qmp_error(qts, "{'execute': 'device_add', 'arguments': "
                                    "{'id': 'dut', %s}}", bad_devices[i]));
    }
}

static void expect_absent(QTestState *qts, const char *what)
{
    g_autofree char *text = qtest_hmp(qts, "info qtree");

    g_assert_null(strstr(text, what));
}

static void test_realize_faults(void)
{
    QTestState *qts = qtest_init("-machine pc -device virtio-net-pci,addr=4 "
                                 "-netdev hubport,id=n0,hubid=0");
    uint64_t before;
    unsigned fds;

    try_all(qts);
    try_all(qts);
    fds = count_fds(qts);
    before = private_pages(qts);
    for (int round = 0; round < 200; round++) {
        try_all(qts);
    }
    g_assert_cmpuint(count_fds(qts), ==, fds);
    /* ASan keeps what is freed; stock QEMU leaks 20 KiB a device. */
    if (qtest_is_ours() && !getenv("ASAN_OPTIONS")) {
        g_assert_cmpuint(private_pages(qts), <, before + 512);
    }
    expect_absent(qts, "dut");
    /* The netdev, the id and the slot are free. */
    json_decref(qtest_qmp_ok(qts, "{'execute': 'device_add', 'arguments': "
                             "{'driver': 'virtio-net-pci', 'id': 'dut', "
                             "'netdev': 'n0', 'addr': '5'}}"));
    g_assert_true(qpci_device_present(qts, 0, QPCI_DEVFN(5, 0)));
    qtest_quit(qts);
}

/* --------------------------------------------------------- netdevs come, go */

static void test_netdev_churn(void)
{
    QTestState *qts = qtest_init("-machine pc");
    unsigned fds = 0;

    for (int round = 0; round < 50; round++) {
        json_decref(qtest_qmp_ok(qts, "{'execute': 'netdev_add', 'arguments': "
                                 "{'type': 'hubport', 'id': 'h', "
                                 "'hubid': 1}}"));
        json_decref(qtest_qmp_ok(qts, "{'execute': 'netdev_add', 'arguments': "
                                 "{'type': 'user', 'id': 'u'}}"));
        json_decref(qtest_qmp_ok(qts, "{'execute': 'netdev_add', 'arguments': "
                                 "{'type': 'socket', 'id': 's', "
                                 "'udp': '127.0.0.1:9', "
                                 "'localaddr': '127.0.0.1:0'}}"));
        g_free(qtest_qmp_error(qts, "{'execute': 'netdev_add', 'arguments': "
                               "{'type': 'user', 'id': 'h'}}"));
        g_free(qtest_qmp_error(qts, "{'execute': 'netdev_add', 'arguments': "
                               "{'type': 'socket', 'id': 'x', "
                               "'connect': '127.0.0.1:1', "
                               "'listen': ':0'}}"));
        for (const char *id = "hus"; *id; id++) {
            json_decref(qtest_qmp_ok(qts, "{'execute': 'netdev_del', "
                                     "'arguments': {'id': '%c'}}", *id));
        }
        if (!round) {
            fds = count_fds(qts);
        }
    }
    g_assert_cmpuint(count_fds(qts), ==, fds);
    qtest_quit(qts);
}

/* A netdev goes while a NIC uses it: the NIC has no link then. */
static void test_netdev_del_in_use(void)
{
    QTestState *qts = qtest_init("-machine pc -netdev hubport,id=h,hubid=0 "
                                 "-device virtio-net-pci,netdev=h,id=nic0");
    g_autofree char *text = NULL;

    json_decref(qtest_qmp_ok(qts, "{'execute': 'netdev_del', 'arguments': "
                             "{'id': 'h'}}"));
    text = qtest_hmp(qts, "info network");
    g_assert_nonnull(strstr(text, "nic0"));
    json_decref(qtest_qmp_ok(qts, "{'execute': 'set_link', 'arguments': "
                             "{'name': 'nic0', 'up': false}}"));
    json_decref(qtest_qmp_ok(qts, "{'execute': 'set_link', 'arguments': "
                             "{'name': 'nic0', 'up': true}}"));
    qtest_quit(qts);
}

/* ------------------------------------------------------------ descriptors */

/* A monitor of its own, so that a control message can be sent. */
static int connect_monitor(const char *path)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(sa.sun_path, path, sizeof(sa.sun_path));
    for (int i = 0; connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0; i++) {
        g_assert_cmpint(i, <, 100);
        g_usleep(10000);
    }
    return fd;
}

static void send_with_fds(int sock, const char *text, const int *fds, int n)
{
    char control[CMSG_SPACE(8 * sizeof(int))] = { 0 };
    struct iovec iov = { (void *)text, strlen(text) };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    if (n) {
        struct cmsghdr *c;

        msg.msg_control = control;
        msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n * sizeof(int));
    }
    g_assert_cmpint(sendmsg(sock, &msg, MSG_NOSIGNAL), ==, strlen(text));
}

/* One line, without waiting for more than there is. */
static char *read_line(int fd)
{
    GString *s = g_string_new(NULL);
    char c;

    while (read(fd, &c, 1) == 1 && c != '\n') {
        g_string_append_c(s, c);
    }
    return g_string_free(s, false);
}

static char *command(int sock, const char *text, const int *fds, int n)
{
    send_with_fds(sock, text, fds, n);
    return read_line(sock);
}

static int greet(const char *path)
{
    int sock = connect_monitor(path);
    g_autofree char *greeting = read_line(sock);
    g_autofree char *reply = NULL;

    g_assert_nonnull(strstr(greeting, "QMP"));
    reply = command(sock, "{\"execute\": \"qmp_capabilities\"}\n", NULL, 0);
    g_assert_nonnull(strstr(reply, "return"));
    return sock;
}

#define GETFD(name) "{\"execute\": \"getfd\", \"arguments\": " \
                    "{\"fdname\": \"" name "\"}}\n"

static void expect(char *reply, const char *part)
{
    if (!strstr(reply, part)) {
        g_error("reply %s has no '%s'", reply, part);
    }
    g_free(reply);
}

static void test_getfd(void)
{
    g_autofree char *path = g_strdup_printf("/tmp/qmp-device-%d.sock",
                                            getpid());
    QTestState *qts = qtest_initf("-machine pc -qmp unix:%s,server=on,wait=off",
                                  path);
    unsigned before = count_fds(qts);
    int sock = greet(path), sv[2];

    g_assert_no_errno(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
    expect(command(sock, GETFD("x"), NULL, 0),
           "No file descriptor supplied via SCM_RIGHTS");
    expect(command(sock, GETFD("9x"), sv, 1), "expects a name not starting");
    expect(command(sock, GETFD("x"), sv, 1), "\"return\"");
    expect(command(sock, GETFD("x"), sv, 1), "\"return\""); /* replaced */
    expect(command(sock, "{\"execute\": \"closefd\", \"arguments\": "
                         "{\"fdname\": \"x\"}}\n", NULL, 0), "\"return\"");
    expect(command(sock, GETFD("net0"), &sv[1], 1), "\"return\"");
    expect(command(sock, "{\"execute\": \"netdev_add\", \"arguments\": "
                         "{\"type\": \"socket\", \"id\": \"s\", "
                         "\"fd\": \"net0\"}}\n", NULL, 0), "\"return\"");
    expect(command(sock, "{\"execute\": \"netdev_add\", \"arguments\": "
                         "{\"type\": \"socket\", \"id\": \"t\", "
                         "\"fd\": \"net0\"}}\n", NULL, 0), "\"error\"");
    expect(command(sock, "{\"execute\": \"netdev_del\", \"arguments\": "
                         "{\"id\": \"s\"}}\n", NULL, 0), "\"return\"");
    /* Descriptors nobody asked for do not stay open. */
    for (int i = 0; i < 20; i++) {
        expect(command(sock, "{\"execute\": \"query-name\"}\n", sv, 2),
               "\"return\"");
    }
    close(sock);
    for (int i = 0; count_fds(qts) > before && i < 100; i++) {
        g_usleep(10000);
    }
    g_assert_cmpuint(count_fds(qts), <=, before);
    close(sv[0]);
    close(sv[1]);
    qtest_quit(qts);
    unlink(path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qmp/device-list-properties", test_properties);
    g_test_add_func("/hazard/realize-fault-injection", test_realize_faults);
    g_test_add_func("/qmp/netdev/churn", test_netdev_churn);
    g_test_add_func("/qmp/netdev/del-in-use", test_netdev_del_in_use);
    g_test_add_func("/qmp/getfd", test_getfd);
    return g_test_run();
}
