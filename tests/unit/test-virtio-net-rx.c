/*
 * virtio-net: frames from the peer to the driver: whole or not at all, waiting
 * or dropped, and the wake-ups.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/checksum.h"
#include "net/queue.h"
#include "tests/unit/virtio-net-model.h"
#include "util/bswap.h"

static void test_rx(void)
{
    uint8_t frame[1514];

    for (unsigned v = 0; v < MODEL_VARIANTS; v++) {
        for (unsigned vnet = 0; vnet < 2; vnet++) {
            Model *m = model_new(NULL, 1, vnet);
            unsigned hdr_len = model_variants[v].hdr_len;
            static const size_t lens[] = { 14, 60, 1514 };

            model_start(m, model_variants[v].features);
            for (unsigned i = 0; i < ARRAY_SIZE(lens); i++) {
                uint64_t addr = model_add_rx(m, RX, 2000);

                model_frame(frame, lens[i], i);
                g_assert_cmpint(model_receive(m, 0, NULL, frame, lens[i]), >,
                                0);
                model_assert_used(m, RX, i, hdr_len + lens[i]);
                g_assert_cmpmem(m->ram + addr + hdr_len, lens[i], frame,
                                lens[i]);
                for (unsigned k = 0; k < 10; k++) {
                    g_assert_cmpuint(m->ram[addr + k], ==, 0);
                }
                if (hdr_len == 12) { /* hazard numbuffers-1 */
                    g_assert_cmpuint(ldw_le_p(m->ram + addr + 10), ==, 1);
                }
                g_assert_cmpuint(m->ram[addr + hdr_len + lens[i]], ==, 0xee);
            }
            g_assert_cmpuint(m->interrupts, ==, ARRAY_SIZE(lens));
            model_free(m);
        }
    }
}

/* A frame over several buffers; the last one filled to the byte or not
 * (hazard rx-merge-exact-fit). */
static void test_rx_merge(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t frame[3000], got[3012];

    for (int slack = -1; slack <= 1; slack++) {
        size_t len = 4 * 500 - 12 + slack;
        unsigned want = slack > 0 ? 5 : 4;
        uint64_t addr[6];
        size_t total = 0;

        model_start(m, V1 | MRG);
        for (unsigned i = 0; i < 6; i++) {
            addr[i] = model_add_rx(m, RX, 500);
        }
        model_frame(frame, len, slack + 7);
        g_assert_cmpint(model_receive(m, 0, NULL, frame, len), >, 0);
        for (unsigned i = 0; i < want; i++) {
            unsigned part = MIN(500, len + 12 - total);

            model_assert_used(m, RX, i, part);
            memcpy(got + total, m->ram + addr[i], part);
            total += part;
        }
        model_assert_none_used(m, RX);
        g_assert_cmpuint(m->interrupts, ==, 1);
        g_assert_cmpuint(ldw_le_p(got + 10), ==, want);
        g_assert_cmpmem(got + 12, total - 12, frame, len);
    }
    model_free(m);
}

/* Too few buffers: blocked, nothing touched, woken by the kick. */
static void test_rx_blocked(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t frame[1000];
    uint64_t addr;

    model_start(m, V1 | MRG);
    model_frame(frame, sizeof(frame), 1);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 1000), ==, 0);
    addr = model_add_rx(m, RX, 600);
    g_assert_true(model_kicks_wanted(m, RX));
    model_kick(m, RX);
    model_assert_none_used(m, RX);
    g_assert_cmpuint(m->ram[addr], ==, 0xee);
    g_assert_cmpuint(virtqueue_inuse(m->net->vqs[0].rx_vq), ==, 0);
    g_assert_true(model_kicks_wanted(m, RX));
    model_add_rx(m, RX, 600);
    model_kick(m, RX);
    model_assert_used(m, RX, 0, 600);
    model_assert_used(m, RX, 1, 412);
    g_assert_cmpuint(m->completions, ==, 1);
    model_free(m);
}

/* Frames no buffers can hold are dropped whole; the buffers stay. */
static void test_rx_too_small(void)
{
    Model *m = model_new("rx_queue_size=64", 1, true);
    uint8_t frame[1000];
    uint64_t before;

    /* not mergeable: the next buffer decides (hazard rx-truncate-nomerge) */
    model_start(m, V1);
    model_frame(frame, sizeof(frame), 1);
    model_add_rx(m, RX, 500);
    model_add_rx(m, RX, 2000);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 1000), >, 0);
    model_assert_none_used(m, RX);
    g_assert_cmpuint(model_dropped(m, NET_DROP_NO_BUFFER), ==, 1);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 488), >, 0);
    model_assert_used(m, RX, 0, 500);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 1000), >, 0);
    model_assert_used(m, RX, 1, 1012);

    /* mergeable: all of a full ring are too small */
    before = model_dropped(m, NET_DROP_NO_BUFFER);
    model_start(m, V1 | MRG);
    for (unsigned i = 0; i < 64; i++) {
        model_add_rx(m, RX, 12);
    }
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 1000), >, 0);
    g_assert_cmpuint(model_dropped(m, NET_DROP_NO_BUFFER), ==, before + 1);
    g_assert_cmpuint(virtqueue_inuse(m->net->vqs[0].rx_vq), ==, 0);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), >, 0);
    for (unsigned i = 0; i < 6; i++) {
        model_assert_used(m, RX, i, 12);
    }
    g_assert_false(m->vdev->broken);

    /* mergeable, and not even the header fits: the driver is broken */
    model_start(m, V1 | MRG);
    model_add_rx(m, RX, 11);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), >, 0);
    g_assert_true(m->vdev->broken);
    g_assert_true(m->vdev->status & VIRTIO_CONFIG_S_NEEDS_RESET);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), ==, 0);
    model_start(m, V1 | MRG);
    model_add_rx(m, RX, 100);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), >, 0);
    model_assert_used(m, RX, 0, 72);
    model_free(m);
}

/* A driver that is not ready: the frame waits; reset drops what waits. */
static void test_rx_not_ready(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t frame[60];

    model_frame(frame, 60, 1);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), ==, 0);
    virtio_set_status(m->vdev, 0);
    g_assert_cmpuint(
        qemu_net_queue_length(qemu_get_queue(m->net->nic)->incoming_queue), ==,
        0);
    g_assert_cmpuint(m->completions, ==, 1);

    model_start(m, V1);
    model_set_running(false);
    model_add_rx(m, RX, 100);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), ==, 0);
    model_assert_none_used(m, RX);
    model_set_running(true);
    model_run();
    model_assert_used(m, RX, 0, 72);

    /* ring reset and enabling again */
    model_start(m, V1 | F(VIRTIO_F_RING_RESET));
    virtio_queue_reset(m->vdev, RX);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), ==, 0);
    model_setup_queue(m, RX);
    model_add_rx(m, RX, 100);
    model_kick(m, RX);
    model_assert_used(m, RX, 0, 72);
    model_free(m);
}

/* Frames that come while the driver sets the device up. */
static void test_rx_early(void)
{
    Model *m = model_new(NULL, 1, true);
    NetClientState *nc = qemu_get_queue(m->net->nic);
    uint8_t frame[60];

    model_frame(frame, 60, 1);
    virtio_set_status(m->vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE |
                                   VIRTIO_CONFIG_S_DRIVER);
    g_assert_cmpint(m->be[0]->vnet_hdr_len, ==, 10);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), ==, 0);
    g_assert_cmpuint(qemu_net_queue_length(nc->incoming_queue), ==, 1);
    /* Its header is of another length than the driver's choice makes it. */
    virtio_set_guest_features_word(m->vdev, 1, V1 >> 32);
    virtio_set_status(m->vdev,
                      m->vdev->status | VIRTIO_CONFIG_S_FEATURES_OK);
    g_assert_cmpint(m->be[0]->vnet_hdr_len, ==, 12);
    g_assert_cmpuint(qemu_net_queue_length(nc->incoming_queue), ==, 0);

    g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), ==, 0);
    model_setup_queue(m, RX);
    model_add_rx(m, RX, 100);
    model_assert_none_used(m, RX);
    virtio_set_status(m->vdev, m->vdev->status | VIRTIO_CONFIG_S_DRIVER_OK);
    model_assert_used(m, RX, 0, 72);
    model_free(m);
}

static void test_rx_dropped(void)
{
    Model *m = model_new("host_mtu=1500", 1, true);
    uint8_t frame[1600], hdr[12] = { 0 };

    model_frame(frame, sizeof(frame), 1);
    model_start(m, V1 | F(VIRTIO_NET_F_MTU) | F(VIRTIO_NET_F_CTRL_VQ) |
                       F(VIRTIO_NET_F_CTRL_RX));
    model_add_rx(m, RX, 2000);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 13), >, 0);
    g_assert_cmpuint(model_dropped(m, NET_DROP_TOO_SHORT), ==, 1);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 1515), >, 0);
    g_assert_cmpuint(model_dropped(m, NET_DROP_TOO_LONG), ==, 1);
    hdr[1] = VIRTIO_NET_HDR_GSO_TCPV4;
    g_assert_cmpint(model_receive(m, 0, hdr, frame, 1000), >, 0);
    g_assert_cmpuint(model_dropped(m, NET_DROP_BAD_HEADER), ==, 1);
    g_assert_cmpint(model_ctrl(m, 0, 0, "\0", 1), ==, 0);
    frame[0] = 2;
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 1000), >, 0);
    g_assert_cmpuint(model_dropped(m, NET_DROP_FILTERED), ==, 1);
    model_assert_none_used(m, RX);
    frame[0] = 0xff;
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 1514), >, 0);
    model_assert_used(m, RX, 0, 1526);
    model_free(m);
}

/* Without GUEST_CSUM the device completes, wherever the field came to lie. */
static void test_rx_csum(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t frame[301], want[301], got[400], hdr[12] = { 0 };

    model_frame(frame, sizeof(frame), 9);
    hdr[0] = 1;
    stw_le_p(hdr + 6, 34);
    stw_le_p(hdr + 8, 6);
    memcpy(want, frame, sizeof(want));
    g_assert_true(net_checksum_complete(want, sizeof(want), 34, 6));
    for (unsigned size = 12; size < 80; size++) {
        size_t total = 0;
        uint64_t addr[30];
        unsigned len, head;

        model_start(m, V1 | MRG);
        for (unsigned i = 0; i < 30; i++) {
            addr[i] = model_add_rx(m, RX, size);
        }
        g_assert_cmpint(model_receive(m, 0, hdr, frame, 301), >, 0);
        while (model_used(m, RX, &head, &len)) {
            memcpy(got + total, m->ram + addr[head], len);
            total += len;
        }
        g_assert_cmpuint(got[0], ==, 0);
        g_assert_cmpmem(got + 12, total - 12, want, sizeof(want));
    }
    model_start(m, V1 | F(VIRTIO_NET_F_GUEST_CSUM));
    g_assert_true(m->offloads.csum);
    uint64_t addr = model_add_rx(m, RX, 400);
    g_assert_cmpint(model_receive(m, 0, hdr, frame, 301), >, 0);
    g_assert_cmpuint(m->ram[addr], ==, 1);
    g_assert_cmpuint(ldw_le_p(m->ram + addr + 6), ==, 34);
    g_assert_cmpmem(m->ram + addr + 12, 301, frame, 301);
    model_free(m);
}

/* A driver that adds buffers one by one, with or without a kick as the ring
 * asks for: no frame is left behind (hazard rx-stall-stress). */
static void test_rx_stall(void)
{
    Model *m = model_new("rx_queue_size=64", 1, true);
    uint8_t frame[200];
    unsigned frames = 0, head, len;

    for (unsigned event_idx = 0; event_idx < 2; event_idx++) {
        unsigned out = 0;

        model_start(m, V1 | MRG |
                           (event_idx ? F(VIRTIO_RING_F_EVENT_IDX) : 0));
        for (unsigned i = 0; i < 5000; i++) {
            if (m->heap > MODEL_RAM / 2) {
                m->heap = 64 * KiB; /* past the rings; nothing points there */
            }
            switch (g_test_rand_int_range(0, 3)) {
            case 0:
                if (!m->be[0]->peer->receive_disabled) {
                    model_frame(frame, sizeof(frame), i);
                    model_receive(m, 0, NULL, frame, sizeof(frame));
                    frames++;
                }
                break;
            default:
                if (out < 64) {
                    ModelQueue *q = &m->q[RX];
                    uint16_t event;
                    bool kick;

                    model_add_rx(m, RX, 60);
                    out++;
                    event = ldw_le_p(m->ram + q->used + 4 + 8 * q->num);
                    kick = event_idx ? event == (uint16_t)(q->avail_idx - 1)
                                     : model_kicks_wanted(m, RX);
                    if (kick) {
                        model_kick(m, RX);
                    }
                }
                break;
            }
            while (model_used(m, RX, &head, &len)) {
                out--;
            }
            /* Four buffers hold a frame: with that many, none waits. */
            g_assert_true(out < 4 || !m->be[0]->peer->receive_disabled);
        }
        g_assert_cmpuint(frames, >, 100);
    }
    model_free(m);
}

/* `n` frames of 60 bytes into buffers of 100. */
static void receive_some(Model *m, unsigned n)
{
    uint8_t frame[60];

    model_frame(frame, 60, 1);
    for (unsigned i = 0; i < n; i++) {
        model_add_rx(m, RX, 100);
        g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), ==, 60);
    }
}

static void assert_used_range(Model *m, unsigned first, unsigned end)
{
    for (unsigned i = first; i < end; i++) {
        model_assert_used(m, RX, i, 72);
    }
    model_assert_none_used(m, RX);
}

/* Frames of a burst are published 32 at a time and at its end, each lot with
 * one interrupt. */
static void test_rx_burst(void)
{
    Model *m = model_new(NULL, 1, false);
    NetClientState *nic;

    model_start(m, V1);
    nic = m->be[0]->peer;
    qemu_send_burst(m->be[0], true);
    receive_some(m, 3);
    assert_used_range(m, 0, 0);
    qemu_send_burst(m->be[0], false);
    assert_used_range(m, 0, 3);
    g_assert_cmpuint(m->interrupts, ==, 1);

    qemu_send_burst(m->be[0], true);
    receive_some(m, 40);
    assert_used_range(m, 3, 35);
    qemu_send_burst(m->be[0], false);
    assert_used_range(m, 35, 43);
    g_assert_cmpuint(m->interrupts, ==, 3);
    g_assert_cmpuint(nic->stats.rx_packets, ==, 43);
    /* An empty one does nothing. */
    qemu_send_burst(m->be[0], true);
    qemu_send_burst(m->be[0], false);
    assert_used_range(m, 43, 43);
    g_assert_cmpuint(m->interrupts, ==, 3);
    model_free(m);
}

/* Out of buffers in the middle of a burst: its end shows the driver what it
 * can use again. */
static void test_rx_burst_blocked(void)
{
    Model *m = model_new(NULL, 1, false);
    uint8_t frame[60];

    model_start(m, V1);
    model_frame(frame, 60, 1);
    qemu_send_burst(m->be[0], true);
    receive_some(m, 2);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), ==, 0);
    qemu_send_burst(m->be[0], false);
    assert_used_range(m, 0, 2);
    /* The frame that waited comes with the kick, outside of any burst. */
    model_add_rx(m, RX, 100);
    model_kick(m, RX);
    assert_used_range(m, 2, 3);
    model_free(m);
}

/* The device is broken or reset while buffers are filled. */
static void test_rx_burst_ended(void)
{
    Model *m = model_new(NULL, 1, false);
    ModelSeg bogus = { MODEL_RAM, 100, true };
    uint8_t frame[60];

    model_frame(frame, 60, 1);
    for (unsigned reset = 0; reset < 2; reset++) {
        model_start(m, V1);
        qemu_send_burst(m->be[0], true);
        receive_some(m, 2);
        model_add(m, RX, &bogus, 1);
        model_receive(m, 0, NULL, frame, 60);
        g_assert_true(m->vdev->broken);
        if (reset) {
            virtio_reset(m->vdev);
        }
        qemu_send_burst(m->be[0], false);
        model_start(m, V1);
        qemu_send_burst(m->be[0], true);
        receive_some(m, 2);
        qemu_send_burst(m->be[0], false);
        assert_used_range(m, 0, 2);
    }
    model_free(m);
}

/* Both directions at once, through a peer that answers while it receives. */
static void test_loopback(void)
{
    Model *m = model_new(NULL, 1, true);
    uint8_t frame[60];

    model_start(m, V1);
    model_frame(frame, 60, 1);
    for (unsigned i = 0; i < 8; i++) {
        model_add_rx(m, RX, 100);
        model_add_tx(m, TX, NULL, 12, frame, 60);
        model_kick(m, TX);
        model_receive(m, 0, NULL, frame, 60);
        model_assert_used(m, TX, i, 0);
        model_assert_used(m, RX, i, 72);
    }
    model_free(m);
}

int main(int argc, char **argv)
{
    model_init(&argc, &argv);
    g_test_add_func("/virtio-net/rx/variants", test_rx);
    g_test_add_func("/virtio-net/rx/merge-exact-fit", test_rx_merge);
    g_test_add_func("/virtio-net/rx/blocked", test_rx_blocked);
    g_test_add_func("/virtio-net/rx/too-small", test_rx_too_small);
    g_test_add_func("/virtio-net/rx/not-ready", test_rx_not_ready);
    g_test_add_func("/virtio-net/rx/early", test_rx_early);
    g_test_add_func("/virtio-net/rx/dropped", test_rx_dropped);
    g_test_add_func("/virtio-net/rx/csum", test_rx_csum);
    g_test_add_func("/virtio-net/rx/stall-stress", test_rx_stall);
    g_test_add_func("/virtio-net/rx/burst", test_rx_burst);
    g_test_add_func("/virtio-net/rx/burst/blocked", test_rx_burst_blocked);
    g_test_add_func("/virtio-net/rx/burst/ended", test_rx_burst_ended);
    g_test_add_func("/virtio-net/loopback", test_loopback);
    return g_test_run();
}
