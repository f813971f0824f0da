/*
 * A NIC and a backend for tests, see net-test-clients.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net-test-clients.h"
#include "util/bswap.h"
#include "util/iov.h"

static ssize_t test_nic_receive(NetClientState *nc, const uint8_t *buf,
                                size_t size)
{
    TestNIC *t = qemu_get_nic_opaque(nc);

    if (t->blocked) {
        return 0;
    }
    t->received++;
    t->last_size = size;
    memcpy(t->last, buf, size);
    return size;
}

static void test_nic_link(NetClientState *nc)
{
    TestNIC *t = qemu_get_nic_opaque(nc);

    t->link_changes++;
}

static bool test_nic_announce(NetClientState *nc)
{
    TestNIC *t = qemu_get_nic_opaque(nc);

    t->announced++;
    return true;
}

static RxFilterInfo *test_nic_query(NetClientState *nc)
{
    RxFilterInfo *info = g_new0(RxFilterInfo, 1);

    info->name = g_strdup(nc->name);
    info->main_mac = g_strdup("52:54:00:00:00:01");
    return info;
}

static const NetClientInfo test_nic_info = {
    .type = NET_CLIENT_DRIVER_NIC,
    .size = sizeof(NICState),
    .receive = test_nic_receive,
    .link_status_changed = test_nic_link,
    .announce = test_nic_announce,
    .query_rx_filter = test_nic_query,
};

static TestNIC *start(TestNIC *t, const char *name)
{
    memcpy(t->conf.macaddr.a, "\x52\x54\x00\x00\x00\x01", ETH_ALEN);
    t->nic = qemu_new_nic(&test_nic_info, &t->conf, "test-nic", name, t);
    t->nc = qemu_get_queue(t->nic);
    qemu_format_nic_info_str(t->nc, t->conf.macaddr.a);
    for (int i = 0; i < MAX(1, t->conf.peers.queues); i++) {
        qemu_get_subqueue(t->nic, i)->do_not_pad = true;
    }
    return t;
}

TestNIC *test_nic_new(const char *name, const char *netdev)
{
    TestNIC *t = g_new0(TestNIC, 1);

    if (netdev) {
        t->conf.peers.queues = qemu_find_net_clients_except(
            netdev, t->conf.peers.ncs, NET_CLIENT_DRIVER_NIC, MAX_QUEUE_NUM);
    }
    return start(t, name);
}

TestNIC *test_nic_new_on(const char *name, NetClientState *peer)
{
    TestNIC *t = g_new0(TestNIC, 1);

    t->conf.peers.queues = 1;
    t->conf.peers.ncs[0] = peer;
    return start(t, name);
}

void test_nic_free(TestNIC *t)
{
    qemu_del_nic(t->nic);
    g_free(t);
}

static void count_sent(NetClientState *nc, ssize_t ret)
{
    TestNIC *t = qemu_get_nic_opaque(nc);

    t->sent_calls++;
    t->sent_ret = ret;
}

ssize_t test_nic_send(TestNIC *t, const void *buf, size_t size)
{
    return qemu_send_packet_async(t->nc, buf, size, count_sent);
}

unsigned test_backend_cleanups;

static TestBackend *backend(NetClientState *nc)
{
    return container_of(nc, TestBackend, nc);
}

static ssize_t backend_receive_iov(NetClientState *nc, const struct iovec *iov,
                                   int iovcnt)
{
    TestBackend *b = backend(nc);

    if (b->blocked) {
        return 0;
    }
    b->received++;
    b->iovcnt = iovcnt;
    b->last_size = iov_to_buf(iov, iovcnt, 0, b->last, sizeof(b->last));
    return b->last_size;
}

static void backend_poll(NetClientState *nc, bool enable)
{
    backend(nc)->polling = enable;
}

static void backend_cleanup(NetClientState *nc)
{
    test_backend_cleanups++;
}

static const NetClientInfo backend_info = {
    .type = NET_CLIENT_DRIVER_SOCKET,
    .size = sizeof(TestBackend),
    .receive_iov = backend_receive_iov,
    .poll = backend_poll,
    .cleanup = backend_cleanup,
};

TestBackend *test_backend_new(const char *name)
{
    NetClientState *nc = qemu_new_net_client(&backend_info, NULL, "test", name);

    nc->is_netdev = true;
    nc->do_not_pad = true;
    return backend(nc);
}

void test_fill_frame(uint8_t *f, size_t len, uint8_t tag)
{
    memset(f, tag, len);
    memset(f, 0xff, ETH_ALEN);
    memcpy(f + 6, "\x02\x00\x00\x00\x00\x01", ETH_ALEN);
    stw_be_p(f + 12, 0x88b5);
}
