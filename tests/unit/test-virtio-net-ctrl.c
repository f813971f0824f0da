/*
 * virtio-net: the control queue, and what its commands do to the device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/unit/virtio-net-model.h"
#include "util/bswap.h"

#define CVQ (V1 | F(VIRTIO_NET_F_CTRL_VQ))
#define EVERYTHING                                                          \
    (CVQ | F(VIRTIO_NET_F_CTRL_RX) | F(VIRTIO_NET_F_CTRL_RX_EXTRA) |        \
     F(VIRTIO_NET_F_CTRL_VLAN) | F(VIRTIO_NET_F_CTRL_MAC_ADDR) |            \
     F(VIRTIO_NET_F_GUEST_ANNOUNCE) | F(VIRTIO_NET_F_MQ) |                  \
     F(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) | F(VIRTIO_NET_F_GUEST_CSUM) |     \
     F(VIRTIO_NET_F_GUEST_TSO4))

typedef struct Command {
    uint8_t class, cmd;
    unsigned feature;
    size_t len;
    const char *data; /* that makes it succeed */
} Command;

static const Command commands[] = {
    { 0, 0, VIRTIO_NET_F_CTRL_RX, 1, "\1" },
    { 0, 1, VIRTIO_NET_F_CTRL_RX, 1, "\1" },
    { 0, 2, VIRTIO_NET_F_CTRL_RX_EXTRA, 1, "\1" },
    { 0, 3, VIRTIO_NET_F_CTRL_RX_EXTRA, 1, "\1" },
    { 0, 4, VIRTIO_NET_F_CTRL_RX_EXTRA, 1, "\1" },
    { 0, 5, VIRTIO_NET_F_CTRL_RX_EXTRA, 1, "\1" },
    { 1, 0, VIRTIO_NET_F_CTRL_RX, 8, "\0\0\0\0\0\0\0\0" },
    { 1, 1, VIRTIO_NET_F_CTRL_MAC_ADDR, 6, "\x52\x54\0\1\2\3" },
    { 2, 0, VIRTIO_NET_F_CTRL_VLAN, 2, "\5\0" },
    { 2, 1, VIRTIO_NET_F_CTRL_VLAN, 2, "\5\0" },
    { 3, 0, VIRTIO_NET_F_GUEST_ANNOUNCE, 0, "" },
    { 4, 0, VIRTIO_NET_F_MQ, 2, "\1\0" },
    { 5, 0, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, 8, "\2\0\0\0\0\0\0\0" },
};

static const Command *command_find(unsigned class, unsigned cmd)
{
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        if (commands[i].class == class && commands[i].cmd == cmd) {
            return &commands[i];
        }
    }
    return NULL;
}

static Model *start(uint64_t features)
{
    Model *m = model_new("mq=on,mac=52:54:00:12:34:56", 2, true);

    model_start(m, features);
    return m;
}

/* ANNOUNCE_ACK is right only after the device has asked. */
static void ask_announce(Model *m)
{
    virtio_net_announce(qemu_get_queue(m->net->nic));
}

/* Every class, command and length (hazard ctrl-table). */
static void test_table(void)
{
    Model *m = start(EVERYTHING);

    for (unsigned class = 0; class < 16; class++) {
        for (unsigned cmd = 0; cmd < 8; cmd++) {
            const Command *c = command_find(class, cmd);

            for (size_t len = 0; len < 14; len++) {
                uint8_t data[16] = { 0 };
                int ack;

                /* The rings are used up by so many commands: start over. */
                model_start(m, EVERYTHING);
                ask_announce(m);
                if (c) {
                    memcpy(data, c->data, c->len);
                }
                ack = model_ctrl(m, class, cmd, data, len);
                g_assert_cmpint(ack, ==, c && len == c->len ? 0 : 1);
                g_assert_false(m->vdev->broken);
            }
        }
    }
    model_free(m);
}

/* A command without its feature is answered, and changes nothing. */
static void test_features(void)
{
    Model *m = start(EVERYTHING);

    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        const Command *c = &commands[i];

        model_start(m, EVERYTHING & ~F(c->feature));
        g_assert_cmpint(model_ctrl(m, c->class, c->cmd, c->data, c->len), ==,
                        VIRTIO_NET_ERR);
        g_assert_true(m->net->filter.promisc);
        g_assert_cmpuint(m->net->curr_queue_pairs, ==, 1);
    }
    model_free(m);
}

/* The same bytes in every possible pair of splits (hazard
 * chain-split-invariance). */
static void test_splits(void)
{
    Model *m = start(EVERYTHING);
    const uint8_t cmd[8] = { 1, 1, 0x52, 0x54, 0, 9, 8, 7 };

    for (unsigned a = 1; a < 8; a++) {
        for (unsigned b = a + 1; b < 8; b++) {
            uint64_t addr, ack;
            unsigned head, len;

            model_start(m, EVERYTHING);
            addr = model_alloc(m, sizeof(cmd));
            ack = model_alloc(m, 4);
            memcpy(m->ram + addr, cmd, sizeof(cmd));
            m->ram[ack] = 0xaa;
            ModelSeg segs[] = {
                { addr, a, false },
                { addr + a, b - a, false },
                { addr + b, 8 - b, false },
                { ack, 1, true },
                { ack + 1, 3, true },
            };
            model_add(m, m->nr_queues - 1, segs, 5);
            model_kick(m, m->nr_queues - 1);
            g_assert_true(model_used(m, m->nr_queues - 1, &head, &len));
            g_assert_cmpuint(len, ==, 1);
            g_assert_cmpuint(m->ram[ack], ==, VIRTIO_NET_OK);
            g_assert_cmpmem(m->net->filter.mac, 6, cmd + 2, 6);
        }
    }
    model_free(m);
}

/* Chains that cannot be understood or answered come back all the same. */
static void test_short(void)
{
    Model *m = start(EVERYTHING);
    unsigned vq = m->nr_queues - 1;
    uint64_t addr = model_alloc(m, 16);
    unsigned head, len;

    /* no room for an ack: not carried out */
    memcpy(m->ram + addr, "\0\0\0", 3);
    model_add(m, vq, &(ModelSeg){ addr, 3, false }, 1);
    model_kick(m, vq);
    g_assert_true(model_used(m, vq, &head, &len));
    g_assert_cmpuint(len, ==, 0);
    g_assert_true(m->net->filter.promisc);

    /* nothing but an ack, and half a header */
    for (unsigned n = 0; n < 2; n++) {
        ModelSeg segs[] = { { addr, n, false }, { addr + 8, 1, true } };

        m->ram[addr + 8] = 0xaa;
        model_add(m, vq, n ? segs : segs + 1, n ? 2 : 1);
        model_kick(m, vq);
        g_assert_true(model_used(m, vq, &head, &len));
        g_assert_cmpuint(len, ==, 1);
        g_assert_cmpuint(m->ram[addr + 8], ==, VIRTIO_NET_ERR);
    }
    g_assert_false(m->vdev->broken);
    g_assert_cmpint(model_ctrl(m, 0, 0, "\0", 1), ==, 0);
    g_assert_false(m->net->filter.promisc);
    model_free(m);
}

/* More commands than one burst, made available at once. */
static void test_many(void)
{
    Model *m = start(EVERYTHING);
    unsigned vq = m->nr_queues - 1;
    unsigned head, len, done = 0;

    for (unsigned round = 0; round < 8; round++) {
        for (unsigned i = 0; i < 32; i++) {
            uint64_t addr = model_alloc(m, 16);
            ModelSeg segs[] = { { addr, 4, false }, { addr + 8, 1, true } };

            memcpy(m->ram + addr, "\2\0\7\0", 4);
            model_add(m, vq, segs, 2);
        }
        model_kick(m, vq);
        while (model_used(m, vq, &head, &len)) {
            done++;
        }
    }
    g_assert_cmpuint(done, ==, 256);
    model_free(m);
}

static void test_mac_table(void)
{
    Model *m = start(EVERYTHING);
    VirtIONetFilter *f = &m->net->filter;
    uint8_t data[8 + 130 * 6] = { 0 };

    g_assert_cmpint(model_ctrl(m, 0, 0, "\0", 1), ==, 0);
    /* 2 unicast, 1 multicast */
    stl_le_p(data, 2);
    memcpy(data + 4, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
    stl_le_p(data + 16, 1);
    memcpy(data + 20, "\1\0\0\0\0\3", 6);
    g_assert_cmpint(model_ctrl(m, 1, 0, data, 26), ==, 0);
    g_assert_cmpuint(f->uni_count, ==, 2);
    g_assert_cmpuint(f->multi_count, ==, 1);
    g_assert_cmpmem(f->table[2], 6, "\1\0\0\0\0\3", 6);

    /* one byte too many or too few: refused, and the table as it was */
    g_assert_cmpint(model_ctrl(m, 1, 0, data, 25), ==, 1);
    g_assert_cmpint(model_ctrl(m, 1, 0, data, 27), ==, 1);
    /* counts that wrap when multiplied (hazard mac-table-wrap) */
    for (unsigned i = 0; i < 4; i++) {
        static const uint32_t counts[] = { 0xffffffff, 0x2aaaaaab, 0x80000000,
                                           3 };

        stl_le_p(data, counts[i]);
        g_assert_cmpint(model_ctrl(m, 1, 0, data, 26), ==, 1);
    }
    stl_le_p(data, 2);
    stl_le_p(data + 16, 0xffffffff);
    g_assert_cmpint(model_ctrl(m, 1, 0, data, 26), ==, 1);
    g_assert_cmpuint(f->uni_count, ==, 2);
    g_assert_cmpuint(f->multi_count, ==, 1);

    /* a full table, then one more of each kind: overflow, nothing kept */
    memset(data, 0, sizeof(data));
    stl_le_p(data, 64);
    g_assert_cmpint(model_ctrl(m, 1, 0, data, 8 + 64 * 6), ==, 0);
    g_assert_cmpuint(f->uni_count, ==, 64);
    g_assert_false(f->uni_overflow);
    stl_le_p(data + 4 + 64 * 6, 1);
    g_assert_cmpint(model_ctrl(m, 1, 0, data, 8 + 65 * 6), ==, 0);
    g_assert_cmpuint(f->uni_count, ==, 64);
    g_assert_true(f->multi_overflow);
    memset(data, 0, sizeof(data));
    stl_le_p(data, 65);
    stl_le_p(data + 4 + 65 * 6, 64);
    g_assert_cmpint(model_ctrl(m, 1, 0, data, 8 + 129 * 6), ==, 0);
    g_assert_true(f->uni_overflow);
    g_assert_cmpuint(f->uni_count, ==, 0);
    g_assert_cmpuint(f->multi_count, ==, 64);
    g_assert_false(f->multi_overflow);
    model_free(m);
}

static void test_mq(void)
{
    Model *m = start(EVERYTHING);
    uint8_t pairs[2];

    g_assert_cmpuint(m->nr_queues, ==, 5);
    g_assert_cmpuint(m->net->curr_queue_pairs, ==, 1);
    g_assert_cmpuint(m->enabled_pairs, ==, 1);
    for (unsigned n = 0; n < 0x10000; n += n < 4 ? 1 : 8191) {
        bool good = n == 1 || n == 2;

        model_start(m, EVERYTHING);
        stw_le_p(pairs, n);
        g_assert_cmpint(model_ctrl(m, 4, 0, pairs, 2), ==, good ? 0 : 1);
        g_assert_cmpuint(m->net->curr_queue_pairs, ==, good ? n : 1);
        g_assert_cmpuint(m->enabled_pairs, ==, n == 2 ? 3 : 1);
        g_assert_true(m->net->vqs[0].running);
        g_assert_true(m->net->vqs[1].running == (n == 2));
    }
    model_start(m, EVERYTHING);
    stw_le_p(pairs, 2);
    g_assert_cmpint(model_ctrl(m, 4, 0, pairs, 2), ==, 0);
    /* Reset: only the first pair, and only its queues and control. */
    virtio_set_status(m->vdev, 0);
    g_assert_cmpuint(m->net->curr_queue_pairs, ==, 1);
    g_assert_cmpuint(m->enabled_pairs, ==, 1);
    g_assert_cmpuint(virtio_get_num_queues(m->vdev), ==, 3);
    /* Kicks of queues that are gone do nothing. */
    for (unsigned i = 0; i < 8; i++) {
        virtio_queue_notify(m->vdev, i);
    }
    model_run();
    model_free(m);
}

static void test_offloads(void)
{
    Model *m = start(EVERYTHING);
    uint8_t mask[8];

    g_assert_true(m->offloads.csum && m->offloads.tso4);
    g_assert_false(m->offloads.tso6 || m->offloads.ufo);
    stq_le_p(mask, 0);
    g_assert_cmpint(model_ctrl(m, 5, 0, mask, 8), ==, 0);
    g_assert_false(m->offloads.csum || m->offloads.tso4);
    g_assert_false(m->net->rx_allowed.csum);
    /* not negotiated, not an offload, no such bit */
    for (unsigned i = 0; i < 3; i++) {
        static const uint64_t bad[] = { F(VIRTIO_NET_F_GUEST_TSO6),
                                        F(VIRTIO_NET_F_CSUM), F(40) };

        stq_le_p(mask, bad[i] | F(VIRTIO_NET_F_GUEST_CSUM));
        g_assert_cmpint(model_ctrl(m, 5, 0, mask, 8), ==, 1);
        g_assert_false(m->offloads.csum);
    }
    stq_le_p(mask, F(VIRTIO_NET_F_GUEST_CSUM) | F(VIRTIO_NET_F_GUEST_TSO4));
    g_assert_cmpint(model_ctrl(m, 5, 0, mask, 8), ==, 0);
    g_assert_true(m->offloads.csum && m->offloads.tso4);
    /* TSO without checksums is not put into effect. */
    stq_le_p(mask, F(VIRTIO_NET_F_GUEST_TSO4));
    g_assert_cmpint(model_ctrl(m, 5, 0, mask, 8), ==, 0);
    g_assert_false(m->offloads.csum || m->offloads.tso4);
    virtio_set_status(m->vdev, 0);
    g_assert_false(m->offloads.csum);
    model_free(m);
}

static void test_announce(void)
{
    Model *m = start(EVERYTHING);
    NetClientState *nc = qemu_get_queue(m->net->nic);

    g_assert_cmpint(model_ctrl(m, 3, 0, "", 0), ==, 1); /* not asked */
    g_assert_true(virtio_net_announce(nc));
    g_assert_cmpuint(m->config_interrupts, ==, 1);
    g_assert_cmpuint(virtio_config_read(m->vdev, 6, 2), ==, 3);
    g_assert_cmpint(model_ctrl(m, 3, 0, "", 0), ==, 0);
    g_assert_cmpuint(virtio_config_read(m->vdev, 6, 2), ==, 1);

    /* link off and on */
    net_set_link("be0", false, &error_abort);
    g_assert_cmpuint(virtio_config_read(m->vdev, 6, 2), ==, 0);
    g_assert_cmpuint(m->config_interrupts, ==, 2);
    g_assert_false(virtio_net_announce(nc));
    net_set_link("be0", true, &error_abort);
    g_assert_cmpuint(virtio_config_read(m->vdev, 6, 2), ==, 1);

    /* no driver, or one that does not know */
    g_assert_true(virtio_net_announce(nc));
    virtio_set_status(m->vdev, 0);
    g_assert_cmpuint(virtio_config_read(m->vdev, 6, 2), ==, 1);
    g_assert_false(virtio_net_announce(nc));
    model_start(m, CVQ);
    g_assert_false(virtio_net_announce(nc));
    model_free(m);
}

/* ------------------------------------------------------------------- events */

static unsigned events;

static void count_event(const char *event, json_t *data)
{
    if (strcmp(event, "NIC_RX_FILTER_CHANGED") == 0) {
        g_assert_nonnull(json_string_value(json_object_get(data, "path")));
        events++;
    }
    json_decref(data);
}

/* One event until management has looked. */
static void test_event(void)
{
    Model *m = start(EVERYTHING);
    NetClientState *nc = qemu_get_queue(m->net->nic);
    RxFilterInfo *info;

    qapi_event_set_emitter(count_event);
    events = 0;
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpint(model_ctrl(m, 0, 0, "\0", 1), ==, 0);
    }
    g_assert_cmpuint(events, ==, 1);
    info = nc->info->query_rx_filter(nc);
    g_assert_false(info->promiscuous);
    qapi_free_RxFilterInfo(info);
    g_assert_cmpint(model_ctrl(m, 2, 0, "\5\0", 2), ==, 0);
    g_assert_cmpint(model_ctrl(m, 2, 0, "\6\0", 2), ==, 0);
    g_assert_cmpuint(events, ==, 2);
    qapi_event_set_emitter(NULL);
    model_free(m);
}

static void test_mac(void)
{
    Model *m = start(EVERYTHING);
    const uint8_t mac[] = { 0x52, 0x54, 0, 1, 2, 3 };

    g_assert_cmpint(model_ctrl(m, 1, 1, mac, 6), ==, 0);
    for (unsigned i = 0; i < 6; i++) {
        g_assert_cmpuint(virtio_config_read(m->vdev, i, 1), ==, mac[i]);
    }
    g_assert_nonnull(strstr(qemu_get_queue(m->net->nic)->info_str,
                            "macaddr=52:54:00:01:02:03"));
    /* A modern driver cannot write it; reset brings the user's back. */
    virtio_config_write(m->vdev, 0, 0x99, 1);
    g_assert_cmpuint(virtio_config_read(m->vdev, 0, 1), ==, 0x52);
    virtio_set_status(m->vdev, 0);
    g_assert_cmpuint(virtio_config_read(m->vdev, 5, 1), ==, 0x56);
    /* A legacy one can, unless it has the command. */
    model_start(m, 0);
    virtio_config_write(m->vdev, 5, 0x77, 1);
    g_assert_cmpuint(virtio_config_read(m->vdev, 5, 1), ==, 0x77);
    model_start(m, F(VIRTIO_NET_F_CTRL_VQ) | F(VIRTIO_NET_F_CTRL_MAC_ADDR));
    virtio_config_write(m->vdev, 5, 0x77, 1);
    g_assert_cmpuint(virtio_config_read(m->vdev, 5, 1), ==, 0x56);
    model_free(m);
}

int main(int argc, char **argv)
{
    model_init(&argc, &argv);
    g_test_add_func("/virtio-net/ctrl/table", test_table);
    g_test_add_func("/virtio-net/ctrl/features", test_features);
    g_test_add_func("/virtio-net/ctrl/chain-split-invariance", test_splits);
    g_test_add_func("/virtio-net/ctrl/short", test_short);
    g_test_add_func("/virtio-net/ctrl/many", test_many);
    g_test_add_func("/virtio-net/ctrl/mac-table-wrap", test_mac_table);
    g_test_add_func("/virtio-net/ctrl/mq", test_mq);
    g_test_add_func("/virtio-net/ctrl/offloads", test_offloads);
    g_test_add_func("/virtio-net/ctrl/announce", test_announce);
    g_test_add_func("/virtio-net/ctrl/event", test_event);
    g_test_add_func("/virtio-net/ctrl/mac", test_mac);
    return g_test_run();
}
