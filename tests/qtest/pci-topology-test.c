/*
 * Buses behind bridges and root ports, addresses that clash, devices with
 * several functions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sys/socket.h>

#include "tests/qtest/lib/qsocket.h"
#include "tests/qtest/lib/qvnet.h"

/* Bus numbers and windows as firmware would set them: 16 MiB of memory at
 * `mem`, ports 0xc000-0xcfff. */
static void open_bridge(QTestState *qts, uint8_t bus, uint8_t devfn,
                        uint8_t secondary, uint8_t last, uint32_t mem)
{
    QPCIDevice br;

    qpci_device_init(&br, qts, bus, devfn);
    g_assert_cmphex(qpci_config_read(&br, PCI_HEADER_TYPE, 1) & 0x7f, ==, 1);
    g_assert_cmphex(qpci_config_read(&br, PCI_CLASS_DEVICE, 2), ==, 0x0604);
    qpci_config_write(&br, PCI_PRIMARY_BUS,
                      last << 16 | secondary << 8 | bus, 4);
    qpci_config_write(&br, PCI_MEMORY_BASE, mem >> 16, 2);
    qpci_config_write(&br, PCI_MEMORY_LIMIT, (mem + 0xffffff) >> 16, 2);
    qpci_config_write(&br, PCI_IO_BASE, 0xc0c0, 2);
    qpci_config_write(&br, PCI_COMMAND, 7, 2);
}

static QTestState *start(int *fd, const char *machine, const char *bridges,
                         const char *where)
{
    g_autofree char *args = NULL;
    int sv[2];
    QTestState *qts;

    g_assert_no_errno(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv));
    args = g_strdup_printf("-machine %s -netdev socket,fd=%d,id=hs0 %s "
                           "-device virtio-net-pci,netdev=hs0,id=nic0,%s",
                           machine, sv[1], bridges, where);
    qts = qtest_init_fds(args, &sv[1], 1);
    close(sv[1]);
    *fd = sv[0];
    return qts;
}

static void check_traffic(QTestState *qts, int fd, uint8_t bus, uint8_t devfn)
{
    static const QVNetMode mode = { .mergeable = true, .event_idx = true };
    uint8_t frame[90], got[90];
    QVNet n;

    qvnet_start(&n, qts, bus, devfn, &mode, 0, 1);
    for (int i = 0; i < 20; i++) {
        qsocket_fill(frame, 90, i);
        g_assert_true(qvnet_send(&n, NULL, frame, 90));
        g_assert_cmpint(qsocket_recv(fd, got, 90, 5000), ==, 90);
        g_assert_cmpmem(frame, 90, got, 90);
        qsocket_send(fd, frame, 90);
        g_assert_cmpint(qvnet_recv(&n, 0, NULL, got, 90, 5000), ==, 90);
        g_assert_cmpmem(frame, 90, got, 90);
    }
    qvnet_stop(&n);
}

typedef struct Tree {
    const char *name, *machine, *bridges, *where;
    uint8_t first_devfn; /* of the bridge on bus 0 */
    uint8_t depth;
    uint8_t devfn; /* of the NIC on the last bus */
} Tree;

static const Tree trees[] = {
    { "pci-bridge", "pc", "-device pci-bridge,id=b1,chassis_nr=1,addr=3",
      "bus=b1,addr=2", 3 << 3, 1, 2 << 3 },
    { "pci-bridge-twice", "pc",
      "-device pci-bridge,id=b1,chassis_nr=1,addr=3 "
      "-device pci-bridge,id=b2,chassis_nr=2,bus=b1,addr=3",
      "bus=b2,addr=2", 3 << 3, 2, 2 << 3 },
    { "root-port", "q35", "-device pcie-root-port,id=b1,addr=3", "bus=b1",
      3 << 3, 1, 0 },
};

static void test_tree(const void *opaque)
{
    const Tree *t = opaque;
    int fd;
    QTestState *qts = start(&fd, t->machine, t->bridges, t->where);

    /* Nothing answers before the buses have numbers. */
    g_assert_false(qpci_device_present(qts, 1, t->devfn));
    for (int level = 0; level < t->depth; level++) {
        open_bridge(qts, level, level ? 3 << 3 : t->first_devfn, level + 1,
                    t->depth, 0xe1000000);
    }
    check_traffic(qts, fd, t->depth, t->devfn);
    /* query-pci sees the tree. */
    {
        json_t *r = qtest_qmp_ok(qts, "{'execute': 'query-pci'}");
        g_autofree char *text = json_dumps(r, 0);

        g_assert_nonnull(strstr(text, "pci_bridge"));
        g_assert_nonnull(strstr(text, "\"nic0\""));
        json_decref(r);
    }
    close(fd);
    qtest_quit(qts);
}

/* A bridge that forwards no memory hides what is behind it. */
static void test_closed_window(void)
{
    int fd;
    QTestState *qts = start(&fd, "pc",
                            "-device pci-bridge,id=b1,chassis_nr=1,addr=3",
                            "bus=b1,addr=2");
    QPCIDevice br;
    QVirtio v;

    open_bridge(qts, 0, 3 << 3, 1, 1, 0xe1000000);
    qvirtio_init(&v, qts, 1, 2 << 3, false, false);
    qvirtio_set_status(&v, 1);
    g_assert_cmphex(qvirtio_get_status(&v), ==, 1);
    qpci_device_init(&br, qts, 0, 3 << 3);
    qpci_config_write(&br, PCI_MEMORY_BASE, 0x0000fff0, 4);
    g_assert_cmphex(qvirtio_get_status(&v), !=, 1);
    open_bridge(qts, 0, 3 << 3, 1, 1, 0xe1000000);
    g_assert_cmphex(qvirtio_get_status(&v), ==, 1);
    qpci_config_write(&br, PCI_COMMAND, PCI_COMMAND_MASTER, 2);
    g_assert_cmphex(qvirtio_get_status(&v), !=, 1);
    qpci_config_write(&br, PCI_COMMAND, 7, 2);
    /* Secondary bus reset. */
    qpci_config_write(&br, PCI_BRIDGE_CONTROL, PCI_BRIDGE_CTL_BUS_RESET, 2);
    qpci_config_write(&br, PCI_BRIDGE_CONTROL, 0, 2);
    qpci_device_enable(&v.pci);
    g_assert_cmphex(qvirtio_get_status(&v), ==, 0);
    close(fd);
    qtest_quit(qts);
}

/* Eight functions, each a device of its own. */
static void test_multifunction(void)
{
    QTestState *qts = qtest_init(
        "-machine pc -device virtio-net-pci,addr=4.0,multifunction=on "
        "-device virtio-net-pci,addr=4.1 -device virtio-net-pci,addr=4.5 "
        "-device virtio-net-pci,addr=4.7 -device virtio-net-pci,addr=5");

    for (unsigned fn = 0; fn < 8; fn++) {
        bool there = fn == 0 || fn == 1 || fn == 5 || fn == 7;
        QPCIDevice dev;

        g_assert_cmpint(qpci_device_present(qts, 0, QPCI_DEVFN(4, fn)), ==,
                        there);
        if (there) {
            qpci_device_init(&dev, qts, 0, QPCI_DEVFN(4, fn));
            g_assert_cmphex(qpci_config_read(&dev, PCI_HEADER_TYPE, 1), ==,
                            fn ? qpci_config_read(&dev, PCI_HEADER_TYPE, 1)
                               : 0x80);
        }
    }
    g_assert_false(qpci_device_present(qts, 0, QPCI_DEVFN(5, 1)));
    qtest_quit(qts);
}

typedef struct Clash {
    const char *args, *message;
    bool ours; /* stock QEMU only warns */
} Clash;

static const Clash clashes[] = {
    { "-device virtio-net-pci,addr=4 -device virtio-net-pci,addr=4",
      "slot 4 function 0 not available for virtio-net-pci, in use by "
      "virtio-net-pci" },
    { "-device virtio-net-pci,addr=4 -device virtio-net-pci,addr=4.1",
      "PCI: single function device can't be populated in function 4.1" },
    { "-device virtio-net-pci,addr=0",
      "slot 0 function 0 not available for virtio-net-pci" },
    { "-device virtio-net-pci,addr=4.8", "addr" },
    { "-device virtio-net-pci,addr=20", "addr" },
    { "-device virtio-net-pci,addr=-2", "addr" },
    { "-device virtio-net-pci,addr=4.1.1", "addr" },
    { "-device virtio-net-pci,bus=pci.7", "Bus 'pci.7' not found" },
    { "-device pci-bridge,id=b,chassis_nr=1,addr=4 "
      "-device virtio-net-pci,bus=b,addr=1 "
      "-device virtio-net-pci,bus=b,addr=1",
      "slot 1 function 0 not available" },
    { "-machine q35 -device pcie-root-port,id=rp,addr=4 "
      "-device virtio-net-pci,bus=rp,addr=1",
      "PCI: slot 1 is not valid for virtio-net-pci, parent device only allows "
      "plugging into slot 0.", true },
    { "-machine q35 -device pcie-root-port,id=rp,addr=4 "
      "-device virtio-net-pci,bus=rp -device virtio-net-pci,bus=rp",
      "PCI: no slot/function available for virtio-net-pci", true },
};

static void test_clashes(void)
{
    for (int i = 0; i < ARRAY_SIZE(clashes); i++) {
        g_autofree char *args = g_strdup_printf(
            "-machine pc -nodefaults -display none -accel qtest %s",
            clashes[i].args);
        g_autofree char *output = NULL;
        int status;

        if (clashes[i].ours && !qtest_is_ours()) {
            continue;
        }
        status = qtest_run(args, &output);
        if (status != 1 || !strstr(output, clashes[i].message)) {
            g_test_message("%s\n  status %d: %s  expected: %s", args, status,
                           output, clashes[i].message);
            g_test_fail();
        }
    }
}

/* As many devices as a bus has room for, then one more. */
static void test_full_bus(void)
{
    QTestState *qts = qtest_init("-machine pc");
    unsigned added = 0;
    json_t *reply;

    for (;;) {
        reply = qtest_qmp(qts, "{'execute': 'device_add', 'arguments': "
                          "{'driver': 'virtio-net-pci', 'vectors': 0}}");
        if (json_object_get(reply, "error")) {
            break;
        }
        json_decref(reply);
        g_assert_cmpuint(++added, <=, 32);
    }
    g_assert_nonnull(strstr(json_string_value(json_object_get(
                                json_object_get(reply, "error"), "desc")),
                            "no slot/function available"));
    g_assert_cmpuint(added, >=, 29);
    json_decref(reply);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 0; i < ARRAY_SIZE(trees); i++) {
        g_autofree char *path = g_strdup_printf("/pci/behind/%s",
                                                trees[i].name);
        g_test_add_data_func(path, &trees[i], test_tree);
    }
    g_test_add_func("/pci/closed-window", test_closed_window);
    g_test_add_func("/pci/multifunction", test_multifunction);
    g_test_add_func("/pci/clashes", test_clashes);
    g_test_add_func("/pci/full-bus", test_full_bus);
    return g_test_run();
}
