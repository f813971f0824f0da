/*
 * virtio-net: frames from the driver to the peer, blocked and not, and what
 * reset, stop and hostile drivers do to them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/queue.h"
#include "tests/unit/virtio-net-model.h"
#include "util/bswap.h"

static void test_tx(void)
{
    uint8_t frame[2000];

    for (unsigned v = 0; v < MODEL_VARIANTS; v++) {
        for (unsigned vnet = 0; vnet < 2; vnet++) {
            Model *m = model_new(NULL, 1, vnet);
            unsigned hdr_len = model_variants[v].hdr_len;
            static const size_t lens[] = { 14, 15, 59, 60, 1514, 2000 };

            model_start(m, model_variants[v].features);
            g_assert_cmpint(m->be[0]->vnet_hdr_len, ==, vnet ? hdr_len : 0);
            for (unsigned i = 0; i < ARRAY_SIZE(lens); i++) {
                unsigned head;

                model_frame(frame, lens[i], i);
                head = model_add_tx(m, TX, NULL, hdr_len, frame, lens[i]);
                model_kick(m, TX);
                model_assert_used(m, TX, head, 0);
                model_assert_sent(m, i, frame, lens[i]);
            }
            g_assert_cmpuint(m->sent->len, ==, ARRAY_SIZE(lens));
            g_assert_cmpuint(m->interrupts, ==, ARRAY_SIZE(lens));
            g_assert_true(model_kicks_wanted(m, TX));
            model_free(m);
        }
    }
}

/* The same bytes, cut anywhere into up to three descriptors. */
static void test_tx_splits(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t frame[60];
    unsigned n = 0;

    model_frame(frame, sizeof(frame), 3);
    for (unsigned a = 1; a < 30; a++) {
        for (unsigned b = a + 1; b < 40; b++) {
            uint64_t addr;
            unsigned head;

            if (n++ % 64 == 0) {
                model_start(m, V1);
            }
            addr = model_alloc(m, 72);
            memcpy(m->ram + addr + 12, frame, 60);
            ModelSeg segs[] = { { addr, a, false },
                                { addr + a, b - a, false },
                                { addr + b, 72 - b, false } };
            head = model_add(m, TX, segs, 3);
            model_kick(m, TX);
            model_assert_used(m, TX, head, 0);
            model_assert_sent(m, m->sent->len - 1, frame, 60);
        }
    }
    model_free(m);
}

/* A frame in more pieces than writev() takes goes out all the same. */
static void test_tx_pieces(void)
{
    Model *m = model_new("tx_queue_size=1024", 1, true);
    uint8_t frame[1024];
    ModelSeg segs[1024];
    uint64_t addr;
    unsigned head;

    model_frame(frame, sizeof(frame), 5);
    model_start(m, V1);
    addr = model_alloc(m, 12 + sizeof(frame));
    memcpy(m->ram + addr + 12, frame, sizeof(frame));
    /* The first descriptor holds the header and a byte: with the device's own
     * copy of the header there is one piece too many. */
    segs[0] = (ModelSeg){ addr, 13, false };
    for (unsigned i = 1; i < ARRAY_SIZE(segs); i++) {
        segs[i] = (ModelSeg){ addr + 12 + i, 1, false };
    }
    head = model_add(m, TX, segs, 1024);
    model_kick(m, TX);
    model_assert_used(m, TX, head, 0);
    model_assert_sent(m, 0, frame, sizeof(frame));
    g_assert_cmpuint(qemu_get_queue(m->net->nic)->stats.copies, ==, 1);
    model_free(m);
}

/* Malformed chains come back with length 0, are counted, and the next one is
 * sent (hazards tx-short, tx-64k+1). */
static void test_tx_malformed(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t *big = g_malloc0(70000);
    uint8_t frame[60];
    static const struct {
        size_t len; /* header included */
        NetDropReason reason;
    } cases[] = {
        { 1, NET_DROP_TOO_SHORT },  { 11, NET_DROP_TOO_SHORT },
        { 12, NET_DROP_TOO_SHORT }, { 25, NET_DROP_TOO_SHORT },
        { 12 + VIRTIO_NET_MAX_FRAME + 1, NET_DROP_TOO_LONG },
        { 70000, NET_DROP_TOO_LONG },
    };

    model_frame(frame, sizeof(frame), 1);
    model_start(m, V1);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t before = model_dropped(m, cases[i].reason);
        unsigned bad = model_add_tx(m, TX, NULL, 0, big, cases[i].len);
        unsigned good = model_add_tx(m, TX, NULL, 12, frame, 60);

        model_kick(m, TX);
        model_assert_used(m, TX, bad, 0);
        model_assert_used(m, TX, good, 0);
        g_assert_cmpuint(model_dropped(m, cases[i].reason), ==, before + 1);
        g_assert_cmpuint(m->sent->len, ==, i + 1);
    }
    /* The longest and the shortest that are right. */
    model_add_tx(m, TX, NULL, 12, big, VIRTIO_NET_MAX_FRAME);
    model_add_tx(m, TX, NULL, 12, big, ETH_HLEN);
    model_kick(m, TX);
    g_assert_cmpuint(m->sent->len, ==, ARRAY_SIZE(cases) + 2);
    g_assert_false(m->vdev->broken);
    g_free(big);
    model_free(m);
}

/* Headers against the negotiated features, and what of them goes on. */
static void test_tx_header(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t hdr[12] = { 0 }, frame[200];
    const uint8_t *out;

    model_frame(frame, sizeof(frame), 1);
    for (unsigned csum = 0; csum < 2; csum++) {
        model_start(m, V1 | (csum ? F(VIRTIO_NET_F_CSUM) : 0));
        memset(hdr, 0, sizeof(hdr));
        hdr[0] = 1;
        stw_le_p(hdr + 6, 34);
        stw_le_p(hdr + 8, 6);
        stw_le_p(hdr + 10, 77);
        model_add_tx(m, TX, hdr, 12, frame, 200);
        hdr[1] = VIRTIO_NET_HDR_GSO_TCPV4;
        stw_le_p(hdr + 4, 100);
        model_add_tx(m, TX, hdr, 12, frame, 200);
        model_kick(m, TX);
        g_assert_cmpuint(m->sent->len, ==, csum);
    }
    out = g_bytes_get_data(m->sent->pdata[0], NULL);
    g_assert_cmpuint(out[0], ==, 1);
    g_assert_cmpuint(ldw_le_p(out + 6), ==, 34);
    g_assert_cmpuint(ldw_le_p(out + 8), ==, 6);
    g_assert_cmpuint(ldw_le_p(out + 10), ==, 0);
    g_assert_cmpuint(model_dropped(m, NET_DROP_BAD_HEADER), ==, 3);

    model_start(m, V1 | F(VIRTIO_NET_F_CSUM) | F(VIRTIO_NET_F_HOST_TSO4));
    model_add_tx(m, TX, hdr, 12, frame, 200);
    model_kick(m, TX);
    g_assert_cmpuint(m->sent->len, ==, 1);
    out = g_bytes_get_data(m->sent->pdata[0], NULL);
    g_assert_cmpuint(out[1], ==, VIRTIO_NET_HDR_GSO_TCPV4);
    g_assert_cmpuint(ldw_le_p(out + 4), ==, 100);
    model_free(m);
}

/* Blocked: nothing is lost, doubled or out of order, and kicks are off. */
static void test_tx_blocked(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t frame[60];

    model_start(m, V1);
    m->blocked = true;
    for (unsigned i = 0; i < 100; i++) {
        model_frame(frame, 60, i);
        model_add_tx(m, TX, NULL, 12, frame, 60);
    }
    model_kick(m, TX);
    model_assert_none_used(m, TX);
    g_assert_nonnull(m->net->vqs[0].async_tx.elem);
    g_assert_cmpuint(virtqueue_inuse(m->net->vqs[0].tx_vq), ==, 1);
    g_assert_cmpuint(qemu_net_queue_length(m->be[0]->incoming_queue), ==, 1);
    g_assert_false(model_kicks_wanted(m, TX));
    model_kick(m, TX); /* a driver that kicks all the same */
    g_assert_cmpuint(qemu_net_queue_length(m->be[0]->incoming_queue), ==, 1);

    m->blocked = false;
    qemu_flush_queued_packets(m->be[0]);
    model_run();
    g_assert_cmpuint(m->sent->len, ==, 100);
    for (unsigned i = 0; i < 100; i++) {
        model_frame(frame, 60, i);
        model_assert_sent(m, i, frame, 60);
        model_assert_used(m, TX, i, 0);
    }
    g_assert_null(m->net->vqs[0].async_tx.elem);
    g_assert_true(model_kicks_wanted(m, TX));
    model_free(m);
}

/* Reset with a frame at the peer: neither queue holds anything of ours. */
static void test_tx_blocked_reset(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t frame[60];

    model_frame(frame, 60, 0);
    for (unsigned how = 0; how < 4; how++) {
        g_test_message("way %u", how);
        model_start(m, V1 | F(VIRTIO_F_RING_RESET));
        m->blocked = true;
        model_add_tx(m, TX, NULL, 12, frame, 60);
        model_add_tx(m, TX, NULL, 12, frame, 60);
        model_kick(m, TX);
        g_assert_nonnull(m->net->vqs[0].async_tx.elem);
        switch (how) {
        case 0:
            virtio_set_status(m->vdev, 0);
            break;
        case 1:
            virtio_queue_reset(m->vdev, TX);
            break;
        case 2: /* stopped: the net layer drops it, the chain is used */
            model_set_running(false);
            model_assert_used(m, TX, 0, 0);
            model_run();
            virtio_set_status(m->vdev, 0);
            model_set_running(true);
            break;
        case 3:
            device_cold_reset(DEVICE(m->vdev));
            break;
        }
        g_assert_null(m->net->vqs[0].async_tx.elem);
        g_assert_cmpuint(qemu_net_queue_length(m->be[0]->incoming_queue), ==,
                         0);
        g_assert_cmpuint(virtqueue_inuse(m->net->vqs[0].tx_vq), ==, 0);
        model_assert_none_used(m, TX);
        m->blocked = false;
        qemu_flush_queued_packets(m->be[0]);
        model_run();
        g_assert_cmpuint(m->sent->len, ==, 0);
    }
    model_free(m);
}

/* The backend goes away with a frame of ours in its queue. */
static void test_tx_blocked_unplug(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t frame[60];

    model_frame(frame, 60, 0);
    model_start(m, V1);
    m->blocked = true;
    for (unsigned i = 0; i < 3; i++) {
        model_add_tx(m, TX, NULL, 12, frame, 60);
    }
    model_kick(m, TX);
    qemu_del_net_client(m->be[0]);
    m->pairs = 0;
    model_run();
    for (unsigned i = 0; i < 3; i++) {
        model_assert_used(m, TX, i, 0);
    }
    g_assert_cmpuint(virtio_config_read(m->vdev, 6, 2), ==, 0);
    model_free(m);
}

static void test_tx_stop(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t frame[60];

    model_frame(frame, 60, 0);
    model_start(m, V1);
    model_add_tx(m, TX, NULL, 12, frame, 60);
    model_set_running(false);
    model_kick(m, TX);
    model_assert_none_used(m, TX);
    model_set_running(true);
    model_run();
    model_assert_used(m, TX, 0, 0);
    /* Stopped between the kick and the bottom half. */
    model_add_tx(m, TX, NULL, 12, frame, 60);
    virtio_queue_notify(m->vdev, TX);
    g_assert_true(m->net->vqs[0].tx_waiting);
    model_set_running(false);
    model_run();
    model_assert_none_used(m, TX);
    model_set_running(true);
    model_run();
    model_assert_used(m, TX, 1, 0);
    g_assert_cmpuint(m->sent->len, ==, 2);
    model_free(m);
}

/* A burst ends where it should, and the rest follows without a kick. */
static void test_tx_burst(void)
{
    Model *m = model_new("x-txburst=3", 1, true);
    VirtIONetQueue *q = &m->net->vqs[0];
    uint8_t frame[60];

    model_frame(frame, 60, 0);
    model_start(m, V1);
    for (unsigned i = 0; i < 10; i++) {
        model_add_tx(m, TX, NULL, 12, frame, 60);
    }
    g_assert_cmpint(virtio_net_flush_tx(q), ==, 3);
    g_assert_cmpuint(m->sent->len, ==, 3);
    g_assert_cmpuint(m->interrupts, ==, 1);
    model_kick(m, TX);
    g_assert_cmpuint(m->sent->len, ==, 10);
    g_assert_true(model_kicks_wanted(m, TX));
    model_free(m);
}

static void test_tx_timer(void)
{
    Model *m = model_new("tx=timer,x-txtimer=1000", 1, true);
    uint8_t frame[60];
    int64_t now;

    model_frame(frame, 60, 0);
    model_start(m, V1);
    now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
    model_add_tx(m, TX, NULL, 12, frame, 60);
    model_kick(m, TX);
    model_add_tx(m, TX, NULL, 12, frame, 60);
    g_assert_cmpuint(m->sent->len, ==, 0);
    g_assert_false(model_kicks_wanted(m, TX));
    qemu_clock_warp(now + 999);
    g_assert_cmpuint(m->sent->len, ==, 0);
    qemu_clock_warp(now + 1000);
    g_assert_cmpuint(m->sent->len, ==, 2);
    /* The second look found nothing: kicks on, or the timer again. */
    qemu_clock_warp(now + 5000);
    g_assert_true(model_kicks_wanted(m, TX));
    /* A second kick does not wait. */
    model_add_tx(m, TX, NULL, 12, frame, 60);
    model_kick(m, TX);
    g_assert_cmpuint(m->sent->len, ==, 2);
    model_kick(m, TX);
    g_assert_cmpuint(m->sent->len, ==, 3);
    model_free(m);
}

/* Frames of a second pair wait until it is asked for. */
static void test_tx_pairs(void)
{
    Model *m = model_new("mq=on", 2, true);
    uint8_t frame[60];

    model_frame(frame, 60, 0);
    model_start(m, V1 | F(VIRTIO_NET_F_CTRL_VQ) | F(VIRTIO_NET_F_MQ));
    model_add_tx(m, 3, NULL, 12, frame, 60);
    model_kick(m, 3);
    g_assert_cmpuint(m->sent->len, ==, 0);
    g_assert_cmpint(model_ctrl(m, 4, 0, "\2\0", 2), ==, 0);
    model_run();
    g_assert_cmpuint(m->sent->len, ==, 1);
    /* Taken away while blocked: the chain comes back. */
    m->blocked = true;
    model_add_tx(m, 3, NULL, 12, frame, 60);
    model_kick(m, 3);
    g_assert_nonnull(m->net->vqs[1].async_tx.elem);
    g_assert_cmpint(model_ctrl(m, 4, 0, "\1\0", 2), ==, 0);
    m->blocked = false;
    qemu_flush_queued_packets(m->be[1]);
    model_run();
    g_assert_null(m->net->vqs[1].async_tx.elem);
    model_assert_used(m, 3, 0, 0);
    model_assert_used(m, 3, 1, 0);
    model_free(m);
}

int main(int argc, char **argv)
{
    model_init(&argc, &argv);
    g_test_add_func("/virtio-net/tx/variants", test_tx);
    g_test_add_func("/virtio-net/tx/chain-split-invariance", test_tx_splits);
    g_test_add_func("/virtio-net/tx/many-pieces", test_tx_pieces);
    g_test_add_func("/virtio-net/tx/malformed", test_tx_malformed);
    g_test_add_func("/virtio-net/tx/header", test_tx_header);
    g_test_add_func("/virtio-net/tx/blocked", test_tx_blocked);
    g_test_add_func("/virtio-net/tx/blocked-reset", test_tx_blocked_reset);
    g_test_add_func("/virtio-net/tx/blocked-unplug", test_tx_blocked_unplug);
    g_test_add_func("/virtio-net/tx/stop", test_tx_stop);
    g_test_add_func("/virtio-net/tx/burst", test_tx_burst);
    g_test_add_func("/virtio-net/tx/timer", test_tx_timer);
    g_test_add_func("/virtio-net/tx/pairs", test_tx_pairs);
    return g_test_run();
}
