/*
 * virtio-net: a driver and a peer that do anything at all. Whatever they did,
 * the device uses each chain at most once, and works again after a reset.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/queue.h"
#include "tests/unit/virtio-net-model.h"
#include "util/bswap.h"

static unsigned up_to(unsigned n)
{
    return g_test_rand_int_range(0, n + 1);
}

static bool one_in(unsigned n)
{
    return up_to(n - 1) == 0;
}

/* Small values, powers of two and their neighbours, anything. */
static uint32_t odd_number(void)
{
    switch (up_to(3)) {
    case 0:
        return up_to(20);
    case 1:
        return (1u << up_to(31)) - 1 + up_to(2);
    case 2:
        return up_to(2000);
    default:
        return g_test_rand_int();
    }
}

/*
 * A descriptor table of nonsense, mostly inside RAM. What breaks the device
 * at once is rare, or nothing else would be seen: `wild` of 1000 fields.
 */
static void scribble_descs(Model *m, const ModelQueue *q, unsigned wild)
{
    for (unsigned i = 0; i < q->num; i++) {
        uint8_t *d = m->ram + q->desc + 16 * i;
        uint64_t addr = 1 * MiB + up_to(14 * MiB);
        uint32_t len = (q->index == RX ? VNET_HDR_LEN_V1 : 1) +
                       up_to(one_in(3) ? 30 : 3000);
        unsigned flags = one_in(3) && i + 1 < q->num ? 1 : 0;
        unsigned next = i + 1;

        if (q->index == RX || (q->index > TX && !flags)) {
            flags |= 2;
        }
        if (up_to(999) < wild) {
            addr = (uint64_t)odd_number() << up_to(32);
        }
        if (up_to(999) < wild) {
            len = odd_number();
        }
        if (up_to(999) < wild) {
            flags = up_to(7);
        }
        if (up_to(999) < wild) {
            next = odd_number();
        }
        stq_le_p(d, addr);
        stl_le_p(d + 8, len);
        stw_le_p(d + 12, flags);
        stw_le_p(d + 14, next);
    }
}

/* Makes some random heads available, and sometimes far too many. */
static void random_avail(Model *m, ModelQueue *q, unsigned wild)
{
    uint8_t *avail = m->ram + q->avail;
    unsigned n = 1 + up_to(8);

    for (unsigned i = 0; i < n; i++) {
        unsigned head = up_to(999) < wild ? odd_number() : up_to(q->num - 1);

        stw_le_p(avail + 4 + 2 * (q->avail_idx++ % q->num), head);
    }
    /* As many as there is room for, like a driver that keeps count. */
    if ((uint16_t)(q->avail_idx - ldw_le_p(m->ram + q->used + 2)) > q->num) {
        q->avail_idx -= n;
    }
    stw_le_p(avail + 2, up_to(999) < wild ? odd_number() : q->avail_idx);
}

static void random_guest(Model *m, unsigned queue, unsigned wild)
{
    ModelQueue *q = &m->q[queue];

    switch (up_to(5)) {
    case 0:
        scribble_descs(m, q, wild);
        break;
    case 1: /* headers and commands that are nearly right */
        for (unsigned i = 0; i < 64; i++) {
            m->ram[ldq_le_p(m->ram + q->desc + 16 * up_to(q->num - 1)) %
                   MODEL_RAM] = up_to(8);
        }
        break;
    default:
        random_avail(m, q, wild);
        break;
    }
    if (!one_in(4)) {
        virtio_queue_notify(m->vdev, queue);
    }
}

static void random_peer(Model *m)
{
    static uint8_t frame[70000];
    uint8_t hdr[12];
    size_t len = one_in(20) ? up_to(65600) : up_to(3000);

    switch (up_to(3)) {
    case 0:
        m->blocked = !m->blocked;
        if (!m->blocked) {
            qemu_flush_queued_packets(m->be[0]);
        }
        break;
    case 1:
        if (m->sent->len > 64) {
            g_ptr_array_set_size(m->sent, 0);
        }
        break;
    default:
        for (unsigned i = 0; i < sizeof(hdr); i++) {
            hdr[i] = one_in(3) ? g_test_rand_int() : up_to(2);
        }
        if (len && qemu_net_queue_length(
                       qemu_get_queue(m->net->nic)->incoming_queue) < 20) {
            model_receive(m, 0, one_in(2) ? hdr : NULL, frame, len);
        }
        break;
    }
}

/* Chains popped and neither used nor given back: what breaking cost before. */
static uint64_t lost[3];

static void note_lost(Model *m)
{
    for (unsigned i = 0; i < m->nr_queues; i++) {
        const VirtQueueStats *st =
            virtqueue_stats(virtio_get_queue(m->vdev, i));

        lost[i] = st->popped - st->pushed;
    }
}

/* Each popped chain is used once; only one, for transmit, may be out now. */
static void check_used(Model *m)
{
    for (unsigned i = 0; i < m->nr_queues; i++) {
        VirtQueue *vq = virtio_get_queue(m->vdev, i);
        const VirtQueueStats *st = virtqueue_stats(vq);

        g_assert_cmpuint(virtqueue_inuse(vq), <=, i == TX ? 1 : 0);
        g_assert_cmpuint(st->pushed, <=, st->popped);
        if (!m->vdev->broken) {
            g_assert_cmpuint(st->pushed + virtqueue_inuse(vq) + lost[i], ==,
                             st->popped);
        }
    }
}

static void check_works(Model *m, uint64_t features, unsigned hdr_len)
{
    uint8_t frame[60];

    m->blocked = false;
    qemu_flush_queued_packets(m->be[0]);
    memset(m->ram, 0, MODEL_RAM);
    model_start(m, features);
    model_frame(frame, sizeof(frame), 1);
    model_add_tx(m, TX, NULL, hdr_len, frame, 60);
    model_kick(m, TX);
    model_assert_used(m, TX, 0, 0);
    model_assert_sent(m, 0, frame, 60);
    model_add_rx(m, RX, 100);
    g_assert_cmpint(model_receive(m, 0, NULL, frame, 60), >, 0);
    model_assert_used(m, RX, 0, hdr_len + 60);
}

static void test_random(void)
{
    const uint64_t offloads =
        F(VIRTIO_NET_F_CSUM) | F(VIRTIO_NET_F_GUEST_CSUM) |
        F(VIRTIO_NET_F_HOST_TSO4) | F(VIRTIO_NET_F_GUEST_TSO4);
    const uint64_t control = F(VIRTIO_NET_F_CTRL_VQ) | F(VIRTIO_NET_F_CTRL_RX) |
                             F(VIRTIO_NET_F_CTRL_VLAN) |
                             F(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
    Model *m = model_new("rx_queue_size=64,tx_queue_size=64", 1, true);
    unsigned broken = 0;

    for (unsigned round = 0; round < 60; round++) {
        const ModelVariant *v = &model_variants[up_to(MODEL_VARIANTS - 1)];
        unsigned wild = round % 3;
        uint64_t features = v->features | control | (one_in(2) ? offloads : 0) |
                            (one_in(2) ? F(VIRTIO_RING_F_EVENT_IDX) : 0);

        model_start(m, features);
        g_assert_cmpuint(m->nr_queues, ==, ARRAY_SIZE(lost));
        note_lost(m);
        for (unsigned i = 0; i < m->nr_queues; i++) {
            scribble_descs(m, &m->q[i], wild);
        }
        for (unsigned step = 0; step < 300; step++) {
            if (one_in(3)) {
                random_peer(m);
            } else {
                random_guest(m, up_to(m->nr_queues - 1), wild);
            }
            if (one_in(5)) {
                model_run();
                check_used(m);
            }
            if (one_in(200)) {
                model_set_running(false);
                model_run();
                model_set_running(true);
            }
        }
        broken += m->vdev->broken;
        check_works(m, v->features, v->hdr_len);
    }
    /* Else it is not the device that was tested. */
    g_test_message("%u of 60 rounds broke the device", broken);
    g_assert_cmpuint(broken, <, 55);
    model_free(m);
}

int main(int argc, char **argv)
{
    model_init(&argc, &argv);
    g_test_add_func("/virtio-net/random", test_random);
    return g_test_run();
}
