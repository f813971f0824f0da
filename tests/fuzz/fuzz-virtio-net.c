/*
 * Fuzz target: a virtio-net device's rings, headers, commands and frames, by
 * the model driver and backend of the unit tests.
 *
 * The input is a program: an operation byte, then its operands. It writes
 * descriptors, ring entries and buffers, kicks, sends from the backend, blocks
 * it, resets, stops the VM, and takes guest memory away. Descriptors are
 * encoded so that most are usable, else nothing behind the first check would
 * be reached.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "net/net-internal.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/virtio-net-model.h"
#include "util/bswap.h"

#define MAX_OPS     400
#define BUFFERS     (1 * MiB)
#define BUFFER_SIZE 2048

typedef struct Input {
    const uint8_t *p;
    size_t left;
} Input;

const char *const fuzz_seeds[] = {
    /* One frame out, one frame in, a command, a loop of descriptors. */
    "\x07\x33\x01\x01\x10\x40\x08\x01\x01\x01\x01\x04\x01\x01",
    "\x07\x77\x01\x02\x10\x10\x12\x03\x10\x10\x01\x05\x50\x02\x02",
    "\x07\xff\x02\x01\x20\x08\x11\x02\x21\x01\x02\x01\x06\x20\x01\x04\x02",
    "\x07\x0f\x01\x01\x30\x30\x11\x01\x01\x10\x01\x02\x01\x01\x03\x01",
    "\x08\x07\x01\x08\x04\x01\x09\x05\x40\x0a",
    NULL,
};

static uint8_t take(Input *in)
{
    if (!in->left) {
        return 0;
    }
    in->left--;
    return *in->p++;
}

static uint32_t take32(Input *in)
{
    uint32_t v = take(in);

    v = v << 8 | take(in);
    v = v << 8 | take(in);
    return v << 8 | take(in);
}

static uint64_t features_of(uint8_t bits)
{
    return (bits & 1 ? V1 : 0) | (bits & 2 ? MRG : 0) |
           (bits & 4 ? F(VIRTIO_RING_F_EVENT_IDX) : 0) |
           (bits & 8 ? F(VIRTIO_RING_F_INDIRECT_DESC) : 0) |
           (bits & 16
                ? F(VIRTIO_NET_F_CTRL_VQ) | F(VIRTIO_NET_F_CTRL_RX) |
                      F(VIRTIO_NET_F_CTRL_VLAN) | F(VIRTIO_NET_F_CTRL_MAC_ADDR)
                : 0) |
           (bits & 32 ? F(VIRTIO_NET_F_CSUM) | F(VIRTIO_NET_F_HOST_TSO4) |
                            F(VIRTIO_NET_F_HOST_UFO)
                      : 0) |
           (bits & 64 ? F(VIRTIO_NET_F_GUEST_CSUM) | F(VIRTIO_NET_F_GUEST_TSO4)
                      : 0) |
           (bits & 128 ? F(VIRTIO_NET_F_MQ) | F(VIRTIO_NET_F_CTRL_VQ) : 0);
}

static void restart(Model *m, Input *in)
{
    uint64_t features = features_of(take(in));

    virtio_set_status(m->vdev, 0);
    for (unsigned w = 0; w < 2; w++) {
        features &= virtio_get_host_features_word(m->vdev, w) *
                        (w ? UINT64_C(1) << 32 : 1) |
                    (w ? UINT32_MAX : ~(uint64_t)UINT32_MAX);
    }
    model_start(m, features);
}

static void op_desc(Model *m, Input *in)
{
    const ModelQueue *q = &m->q[take(in) % m->nr_queues];
    unsigned i = take(in) % q->num;
    uint8_t *d = m->ram + q->desc + 16 * i;
    uint8_t kind = take(in);

    stq_le_p(d, BUFFERS + take(in) * BUFFER_SIZE);
    stl_le_p(d + 8, kind & 0x40 ? 16 * (1 + take(in) % 8) : 8 * take(in));
    stw_le_p(d + 12, kind & 7);
    stw_le_p(d + 14, take(in) % (q->num + 1));
    if (kind & 0x80) {
        stq_le_p(d, (uint64_t)take32(in) << (take(in) % 33));
        stl_le_p(d + 8, take32(in));
    }
}

static void op_avail(Model *m, Input *in)
{
    ModelQueue *q = &m->q[take(in) % m->nr_queues];
    uint8_t *avail = m->ram + q->avail;
    unsigned n = take(in) % 8;

    while (n--) {
        stw_le_p(avail + 4 + 2 * (q->avail_idx++ % q->num), take(in));
    }
    stw_le_p(avail + 2, q->avail_idx + (take(in) == 0xff ? take32(in) : 0));
}

/* Into a buffer: headers, commands, indirect tables. */
static void op_buffer(Model *m, Input *in)
{
    uint8_t *p = m->ram + BUFFERS + take(in) * BUFFER_SIZE;
    unsigned n = take(in) % 64;

    while (n--) {
        *p++ = take(in);
    }
}

static void op_receive(Model *m, Input *in)
{
    static uint8_t frame[NET_BUFSIZE];
    unsigned pair = take(in) % m->pairs;
    size_t len = 1 + take(in) * 8 * (take(in) % 32 + 1);
    uint8_t hdr[VNET_HDR_LEN_MAX] = {0};

    for (unsigned i = 0; i < 12; i++) {
        hdr[i] = take(in);
    }
    if (m->be[pair]->stats.tx_packets < 2000) {
        model_receive(m, pair, hdr, frame, len);
    }
}

static void op_event(Model *m, Input *in)
{
    switch (take(in) % 6) {
    case 0:
        m->blocked = !m->blocked;
        break;
    case 1:
        m->blocked = false;
        qemu_flush_queued_packets(m->be[0]);
        break;
    case 2:
        model_set_running(false);
        model_run();
        model_set_running(true);
        break;
    case 3:
        virtio_queue_reset(m->vdev, take(in));
        break;
    case 4:
        virtio_set_status(m->vdev, take(in));
        break;
    default:
        net_client_set_link(m->be[0], take(in) & 1);
        break;
    }
    if (m->sent->len > 64) {
        g_ptr_array_set_size(m->sent, 0);
    }
}

static void op_config(Model *m, Input *in)
{
    uint32_t addr = take(in);
    unsigned size = 1u << (take(in) % 3);

    virtio_config_write(m->vdev, addr, take32(in), size);
    virtio_config_read(m->vdev, addr, size);
    virtio_config_generation(m->vdev);
}

static void run_program(Model *m, Input *in)
{
    for (unsigned ops = 0; in->left && ops < MAX_OPS; ops++) {
        switch (take(in) % 11) {
        case 0:
        case 1:
            op_desc(m, in);
            break;
        case 2:
        case 3:
            op_avail(m, in);
            break;
        case 4:
            virtio_queue_notify(m->vdev, take(in) % (m->nr_queues + 1));
            break;
        case 5:
            op_receive(m, in);
            break;
        case 6:
            op_buffer(m, in);
            break;
        case 7:
            restart(m, in);
            break;
        case 8:
            op_event(m, in);
            break;
        case 9:
            op_config(m, in);
            break;
        default:
            aio_poll(qemu_get_aio_context(), false);
            break;
        }
    }
}

static void discard(const char *text, void *opaque)
{
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static char *none[] = {(char *)"fuzz", NULL};
    char **args = none;
    int nr = 1;

    model_init(&nr, &args);
    error_set_print_hook(discard, NULL);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input in = {data, size};
    Model *m = model_new("mq=on,rx_queue_size=64,tx_queue_size=64", 2, true);

    restart(m, &in);
    run_program(m, &in);
    model_run();
    model_free(m);
    return 0;
}
