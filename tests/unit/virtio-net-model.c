/*
 * See virtio-net-model.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/unit/virtio-net-model.h"
#include "util/atomic.h"
#include "util/bswap.h"

/* --------------------------------------------------------------- transport */

#define TYPE_MODEL_BUS "model-virtio-bus"
#define TYPE_MODEL_TRANSPORT "model-virtio-transport"

typedef struct ModelTransport {
    DeviceState parent_obj;
    VirtioBusState bus;
} ModelTransport;

static Model *model; /* one at a time */
static AddressSpace model_as;
static MemoryRegion model_root, model_mr;

static void model_notify(DeviceState *proxy, uint16_t vector, uint8_t isr)
{
    if (vector == VIRTIO_NO_VECTOR) {
        model->config_interrupts++;
    } else {
        model->interrupts++;
    }
}

static AddressSpace *model_get_dma_as(DeviceState *proxy)
{
    return &model_as;
}

static void model_bus_class_init(ObjectClass *klass, const void *data)
{
    VirtioBusClass *k = VIRTIO_BUS_CLASS(klass);

    k->notify = model_notify;
    k->get_dma_as = model_get_dma_as;
}

static const TypeInfo model_types[] = {
    {
        .name = TYPE_MODEL_BUS,
        .parent = TYPE_VIRTIO_BUS,
        .instance_size = sizeof(VirtioBusState),
        .class_init = model_bus_class_init,
    },
    {
        .name = TYPE_MODEL_TRANSPORT,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(ModelTransport),
    },
};
DEFINE_TYPES(model_types)

/* ----------------------------------------------------------------- backend */

static ssize_t be_receive_iov(NetClientState *nc, const struct iovec *iov,
                              int iovcnt)
{
    GByteArray *bytes;

    if (model->blocked) {
        return 0;
    }
    bytes = g_byte_array_new();
    for (int i = 0; i < iovcnt; i++) {
        g_byte_array_append(bytes, iov[i].iov_base, iov[i].iov_len);
    }
    g_ptr_array_add(model->sent, g_byte_array_free_to_bytes(bytes));
    return g_bytes_get_size(model->sent->pdata[model->sent->len - 1]);
}

static bool be_has_vnet_hdr(NetClientState *nc)
{
    return model->has_vnet_hdr;
}

static bool be_has_vnet_hdr_len(NetClientState *nc, int len)
{
    return model->has_vnet_hdr;
}

static void be_set_vnet_hdr_len(NetClientState *nc, int len)
{
    model->vnet_hdr_len = len;
}

static void be_set_offload(NetClientState *nc, const NetOffloads *ofl)
{
    model->offloads = *ofl;
}

static bool be_set_queue_enabled(NetClientState *nc, bool enable, Error **errp)
{
    if (enable) {
        model->enabled_pairs |= 1u << nc->queue_index;
    } else {
        model->enabled_pairs &= ~(1u << nc->queue_index);
    }
    return true;
}

static const NetClientInfo be_info = {
    .type = NET_CLIENT_DRIVER_TAP,
    .size = sizeof(NetClientState),
    .receive_iov = be_receive_iov,
    .has_vnet_hdr = be_has_vnet_hdr,
    .has_vnet_hdr_len = be_has_vnet_hdr_len,
    .has_ufo = be_has_vnet_hdr,
    .has_uso = be_has_vnet_hdr,
    .set_vnet_hdr_len = be_set_vnet_hdr_len,
    .set_offload = be_set_offload,
    .set_queue_enabled = be_set_queue_enabled,
};

static void be_sent(NetClientState *nc, ssize_t ret)
{
    model->completions++;
}

/* ---------------------------------------------------------------- the model */

void model_init(int *argc, char ***argv)
{
    g_test_init(argc, argv, NULL);
    module_call_init();
    qemu_init_main_loop(&error_abort);
    memory_init();
    qemu_clock_set_manual(true);
    memory_region_init(&model_root, NULL, "root", UINT64_MAX);
    memory_region_init_ram(&model_mr, NULL, "ram", MODEL_RAM, &error_abort);
    memory_region_add_subregion(&model_root, 0, &model_mr);
    address_space_init(&model_as, &model_root, "model");
    model_set_running(true);
}

void model_set_running(bool running)
{
    qemu_clock_enable_virtual(running);
    vm_state_notify(running);
    net_vm_state_change(running);
}

static bool model_realize(Model *m, const char *props, Error **errp)
{
    g_auto(GStrv) list = g_strsplit(props ? props : "", ",", -1);
    ModelTransport *t;
    DeviceState *dev;

    m->transport = qdev_new(TYPE_MODEL_TRANSPORT);
    t = (ModelTransport *)m->transport;
    qbus_init(&t->bus, sizeof(t->bus), TYPE_MODEL_BUS, m->transport, "vbus");
    qdev_realize(m->transport, NULL, &error_abort);
    dev = qdev_new(TYPE_VIRTIO_NET);
    for (unsigned i = 0; list[i]; i++) {
        g_auto(GStrv) kv = g_strsplit(list[i], "=", 2);

        if (!object_property_parse(OBJECT(dev), kv[0], kv[1], errp)) {
            object_unref(OBJECT(dev));
            return false;
        }
    }
    if (m->pairs) {
        object_property_parse(OBJECT(dev), "netdev", "be0", &error_abort);
    }
    m->vdev = VIRTIO_DEVICE(dev);
    m->net = VIRTIO_NET(dev);
    virtio_net_set_netclient_name(m->net, "net0", "virtio-net-pci");
    if (!qdev_realize(dev, &t->bus.parent_obj, errp)) {
        object_unparent(OBJECT(dev));
        object_unref(OBJECT(dev));
        return false;
    }
    return true;
}

static Model *model_make(unsigned pairs, bool has_vnet_hdr)
{
    Model *m = g_new0(Model, 1);

    g_assert_null(model);
    model = m;
    m->ram = memory_region_get_ram_ptr(&model_mr);
    memset(m->ram, 0, MODEL_RAM);
    m->heap = 4096;
    m->pairs = pairs;
    m->has_vnet_hdr = has_vnet_hdr;
    m->sent = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (unsigned i = 0; i < pairs; i++) {
        m->be[i] = qemu_new_net_client(&be_info, NULL, "tap", "be0");
        m->be[i]->is_netdev = true;
        m->be[i]->do_not_pad = true;
    }
    return m;
}

Model *model_new(const char *props, unsigned pairs, bool has_vnet_hdr)
{
    Model *m = model_make(pairs, has_vnet_hdr);

    model_realize(m, props, &error_abort);
    return m;
}

static void model_unmake(Model *m)
{
    object_unparent(OBJECT(m->transport));
    object_unref(OBJECT(m->transport));
    if (m->pairs) {
        qemu_del_net_client(m->be[0]);
    }
    model_run();
    g_ptr_array_unref(m->sent);
    g_free(m);
    model = NULL;
}

void model_free(Model *m)
{
    qdev_unrealize(DEVICE(m->vdev));
    object_unparent(OBJECT(m->vdev));
    object_unref(OBJECT(m->vdev));
    model_unmake(m);
}

char *model_realize_error(const char *props)
{
    Model *m = model_make(0, false);
    Error *err = NULL;
    char *text = NULL;

    if (model_realize(m, props, &err)) {
        model_free(m);
    } else {
        text = g_strdup(error_get_pretty(err));
        error_free(err);
        model_unmake(m);
    }
    return text;
}

void model_run(void)
{
    for (unsigned i = 0; i < 64; i++) {
        aio_poll(qemu_get_aio_context(), false);
    }
}

/* ------------------------------------------------------------- the driver */

uint64_t model_alloc(Model *m, size_t size)
{
    uint64_t addr = m->heap;

    m->heap += QEMU_ALIGN_UP(size, 16);
    g_assert_cmpuint(m->heap, <=, MODEL_RAM);
    memset(m->ram + addr, 0, size);
    return addr;
}

bool model_negotiate(Model *m, uint64_t features)
{
    virtio_set_status(m->vdev, 0);
    virtio_set_status(m->vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
    virtio_set_status(m->vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE |
                                   VIRTIO_CONFIG_S_DRIVER);
    m->vdev->legacy = !(features & F(VIRTIO_F_VERSION_1));
    virtio_set_guest_features_word(m->vdev, 0, features);
    if (m->vdev->legacy) {
        return true;
    }
    virtio_set_guest_features_word(m->vdev, 1, features >> 32);
    virtio_set_status(m->vdev, m->vdev->status | VIRTIO_CONFIG_S_FEATURES_OK);
    return m->vdev->status & VIRTIO_CONFIG_S_FEATURES_OK;
}

void model_setup_queue(Model *m, unsigned index)
{
    ModelQueue *q = &m->q[index];
    unsigned num = virtio_queue_get_max_num(m->vdev, index);

    memset(q, 0, sizeof(*q));
    q->index = index;
    q->num = num;
    q->desc = model_alloc(m, 16 * num);
    q->avail = model_alloc(m, 6 + 2 * num);
    q->used = model_alloc(m, 6 + 8 * num);
    virtio_queue_set_num(m->vdev, index, num);
    virtio_queue_set_addr(m->vdev, index, q->desc, q->avail, q->used);
    virtio_queue_set_vector(m->vdev, index, index);
    g_assert_true(virtio_queue_enable(m->vdev, index));
}

void model_start(Model *m, uint64_t features)
{
    m->heap = 4096;
    g_assert_true(model_negotiate(m, features));
    m->nr_queues = virtio_get_num_queues(m->vdev);
    g_assert_cmpuint(m->nr_queues, <=, MODEL_MAX_QUEUES);
    for (unsigned i = 0; i < m->nr_queues; i++) {
        model_setup_queue(m, i);
    }
    virtio_set_status(m->vdev,
                      m->vdev->status | VIRTIO_CONFIG_S_DRIVER_OK);
    g_ptr_array_set_size(m->sent, 0);
    m->interrupts = m->config_interrupts = m->completions = 0;
}

unsigned model_add(Model *m, unsigned queue, const ModelSeg *segs,
                   unsigned nr)
{
    ModelQueue *q = &m->q[queue];
    unsigned head = q->free_desc % q->num;
    uint16_t *avail = (uint16_t *)(m->ram + q->avail);

    for (unsigned i = 0; i < nr; i++) {
        unsigned d = (q->free_desc + i) % q->num;
        uint8_t *desc = m->ram + q->desc + 16 * d;

        stq_le_p(desc, segs[i].addr);
        stl_le_p(desc + 8, segs[i].len);
        stw_le_p(desc + 12, (i + 1 < nr ? 1 : 0) | (segs[i].write ? 2 : 0));
        stw_le_p(desc + 14, (d + 1) % q->num);
    }
    q->free_desc += nr;
    avail[2 + q->avail_idx % q->num] = head;
    qatomic_store_release(&avail[1], ++q->avail_idx);
    return head;
}

void model_kick(Model *m, unsigned queue)
{
    virtio_queue_notify(m->vdev, queue);
    model_run();
}

bool model_used(Model *m, unsigned queue, unsigned *head, unsigned *len)
{
    ModelQueue *q = &m->q[queue];
    uint16_t idx = ldw_le_p(m->ram + q->used + 2);
    uint8_t *entry;

    if (q->used_seen == idx) {
        return false;
    }
    entry = m->ram + q->used + 4 + 8 * (q->used_seen++ % q->num);
    *head = ldl_le_p(entry);
    *len = ldl_le_p(entry + 4);
    return true;
}

bool model_kicks_wanted(Model *m, unsigned queue)
{
    return !(ldw_le_p(m->ram + m->q[queue].used) & 1);
}

/* -------------------------------------------------------------- variants */

const ModelVariant model_variants[MODEL_VARIANTS] = {
    { "legacy", 0, 10 },
    { "legacy mergeable", MRG, 12 },
    { "modern", V1, 12 },
    { "modern mergeable", V1 | MRG, 12 },
};

/* -------------------------------------------------------------- shorthands */

unsigned model_add_tx(Model *m, unsigned queue, const void *hdr,
                      size_t hdr_len, const void *frame, size_t len)
{
    ModelSeg seg = { model_alloc(m, hdr_len + len), hdr_len + len, false };

    if (hdr) {
        memcpy(m->ram + seg.addr, hdr, hdr_len);
    }
    memcpy(m->ram + seg.addr + hdr_len, frame, len);
    return model_add(m, queue, &seg, 1);
}

uint64_t model_add_rx(Model *m, unsigned queue, size_t len)
{
    ModelSeg seg = { model_alloc(m, len), len, true };

    memset(m->ram + seg.addr, 0xee, len);
    model_add(m, queue, &seg, 1);
    return seg.addr;
}

ssize_t model_receive(Model *m, unsigned pair, const void *hdr,
                      const void *frame, size_t len)
{
    static const uint8_t zero[VNET_HDR_LEN_MAX];
    struct iovec iov[] = {
        { (void *)(hdr ? hdr : zero), m->be[pair]->vnet_hdr_len },
        { (void *)frame, len },
    };
    bool with = m->be[pair]->vnet_hdr_len;

    return qemu_sendv_packet_async(m->be[pair], with ? iov : iov + 1,
                                   with ? 2 : 1, be_sent);
}

int model_ctrl(Model *m, uint8_t class, uint8_t cmd, const void *data,
               size_t len)
{
    unsigned queue = m->nr_queues - 1;
    uint64_t addr = model_alloc(m, 2 + len + 1);
    ModelSeg segs[] = {
        { addr, 2 + len, false },
        { addr + 2 + len, 1, true },
    };
    unsigned head, used_head, used_len;

    m->ram[addr] = class;
    m->ram[addr + 1] = cmd;
    if (len) {
        memcpy(m->ram + addr + 2, data, len);
    }
    m->ram[addr + 2 + len] = 0xaa;
    head = model_add(m, queue, segs, 2);
    model_kick(m, queue);
    if (!model_used(m, queue, &used_head, &used_len)) {
        return -1;
    }
    g_assert_cmpuint(used_head, ==, head);
    g_assert_cmpuint(used_len, ==, 1);
    return m->ram[addr + 2 + len];
}

void model_frame(uint8_t *frame, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++) {
        frame[i] = seed * 31 + i * 7 + (i >> 8);
    }
    if (len >= ETH_HLEN) {
        memset(frame, 0xff, ETH_ALEN);
        stw_be_p(frame + 12, ETH_P_ARP);
    }
}

void model_assert_sent(Model *m, unsigned n, const uint8_t *frame, size_t len)
{
    unsigned skip = m->be[0]->vnet_hdr_len;
    const uint8_t *data;
    size_t size;

    g_assert_cmpuint(n, <, m->sent->len);
    data = g_bytes_get_data(m->sent->pdata[n], &size);
    g_assert_cmpuint(size, >=, skip);
    g_assert_cmpmem(data + skip, size - skip, frame, len);
}

uint64_t model_dropped(Model *m, NetDropReason reason)
{
    return qemu_get_queue(m->net->nic)->stats.dropped[reason];
}

void model_assert_used(Model *m, unsigned queue, unsigned head, unsigned len)
{
    unsigned used_head, used_len;

    g_assert_true(model_used(m, queue, &used_head, &used_len));
    g_assert_cmpuint(used_head, ==, head);
    g_assert_cmpuint(used_len, ==, len);
}

void model_assert_none_used(Model *m, unsigned queue)
{
    unsigned head, len;

    g_assert_false(model_used(m, queue, &head, &len));
}
