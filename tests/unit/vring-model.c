/*
 * See vring-model.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/unit/vring-model.h"

#define MODEL_ALIGN 4096

uint64_t vring_model_size(unsigned num)
{
    return QEMU_ALIGN_UP((uint64_t)vring_size(num, MODEL_ALIGN), 4096);
}

void vring_model_layout(VRingModel *m, FakeVirtio *f, unsigned n, unsigned num,
                        uint64_t gpa)
{
    g_assert_cmpuint(num, <=, MODEL_MAX);
    memset(m, 0, sizeof(*m));
    m->f = f;
    m->n = n;
    m->vq = virtio_get_queue(f->vdev, n);
    m->num = num;
    m->gpa = gpa;
    m->event_idx =
        virtio_vdev_has_feature(f->vdev, VIRTIO_RING_F_EVENT_IDX);
    memset(fake_ptr(f, gpa), 0, vring_size(num, MODEL_ALIGN));
    vring_init(&m->vr, num, fake_ptr(f, gpa), MODEL_ALIGN);
    for (unsigned i = 0; i < num; i++) {
        m->free_desc[m->nr_free++] = num - 1 - i;
    }
}

bool vring_model_enable(VRingModel *m)
{
    uint64_t avail = m->gpa + ((uint8_t *)m->vr.avail - (uint8_t *)m->vr.desc);
    uint64_t used = m->gpa + ((uint8_t *)m->vr.used - (uint8_t *)m->vr.desc);

    return virtio_queue_set_num(m->f->vdev, m->n, m->num) &&
           (virtio_queue_set_addr(m->f->vdev, m->n, m->gpa, avail, used),
            virtio_queue_enable(m->f->vdev, m->n));
}

void vring_model_init(VRingModel *m, FakeVirtio *f, unsigned n, unsigned num,
                      uint64_t gpa)
{
    vring_model_layout(m, f, n, num, gpa);
    g_assert_true(vring_model_enable(m));
}

void vring_model_set_desc(struct vring_desc *d, uint64_t addr, uint32_t len,
                          uint16_t flags, uint16_t next)
{
    d->addr = GUINT64_TO_LE(addr);
    d->len = GUINT32_TO_LE(len);
    d->flags = GUINT16_TO_LE(flags);
    d->next = GUINT16_TO_LE(next);
}

void vring_model_offer(VRingModel *m, uint16_t head)
{
    m->vr.avail->ring[m->avail_idx++ % m->num] = GUINT16_TO_LE(head);
}

void vring_model_publish(VRingModel *m)
{
    __atomic_store_n(&m->vr.avail->idx, GUINT16_TO_LE(m->avail_idx),
                     __ATOMIC_RELEASE);
}

uint16_t vring_model_add(VRingModel *m, const ModelSg *sg, unsigned count,
                         unsigned indirect, uint64_t table, uint64_t cookie)
{
    unsigned direct = count - indirect;
    unsigned need = direct + (indirect ? 1 : 0);
    uint16_t slot[MODEL_MAX];

    g_assert_cmpuint(m->nr_free, >=, need);
    for (unsigned i = 0; i < need; i++) {
        slot[i] = m->free_desc[--m->nr_free];
    }
    for (unsigned i = 0; i < direct; i++) {
        bool more = i + 1 < need;

        vring_model_set_desc(&m->vr.desc[slot[i]], sg[i].addr, sg[i].len,
                             (sg[i].write ? VRING_DESC_F_WRITE : 0) |
                                 (more ? VRING_DESC_F_NEXT : 0),
                             more ? slot[i + 1] : 0xdead);
    }
    if (indirect) {
        struct vring_desc *t = fake_ptr(m->f, table);

        vring_model_set_desc(&m->vr.desc[slot[direct]], table, 16 * indirect,
                             VRING_DESC_F_INDIRECT, 0xdead);
        for (unsigned i = 0; i < indirect; i++) {
            bool more = i + 1 < indirect;

            vring_model_set_desc(&t[i], sg[direct + i].addr,
                                 sg[direct + i].len,
                                 (sg[direct + i].write ? VRING_DESC_F_WRITE
                                                       : 0) |
                                     (more ? VRING_DESC_F_NEXT : 0),
                                 more ? i + 1 : 0xdead);
        }
    }
    g_assert_cmpuint(m->chain[slot[0]], ==, 0);
    m->chain[slot[0]] = need;
    m->cookie[slot[0]] = cookie;
    m->in_flight++;
    vring_model_offer(m, slot[0]);
    return slot[0];
}

bool vring_model_need_kick(VRingModel *m, uint16_t old)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (m->event_idx) {
        return vring_need_event(
            GUINT16_FROM_LE(__atomic_load_n(
                (uint16_t *)&vring_avail_event(&m->vr), __ATOMIC_RELAXED)),
            m->avail_idx, old);
    }
    return !(GUINT16_FROM_LE(
                 __atomic_load_n(&m->vr.used->flags, __ATOMIC_RELAXED)) &
             VRING_USED_F_NO_NOTIFY);
}

bool vring_model_get_used(VRingModel *m, uint64_t *cookie, uint32_t *len)
{
    uint16_t idx = GUINT16_FROM_LE(
        __atomic_load_n(&m->vr.used->idx, __ATOMIC_ACQUIRE));
    struct vring_used_elem *e;
    uint32_t id;
    uint16_t d;

    g_assert_cmpuint((uint16_t)(idx - m->last_used), <=, m->in_flight);
    if (idx == m->last_used) {
        return false;
    }
    e = &m->vr.used->ring[m->last_used++ % m->num];
    id = GUINT32_FROM_LE(e->id);
    g_assert_cmpuint(id, <, m->num);
    g_assert_cmpuint(m->chain[id], !=, 0);
    if (cookie) {
        *cookie = m->cookie[id];
    }
    if (len) {
        *len = GUINT32_FROM_LE(e->len);
    }
    d = id;
    while (m->chain[id]--) {
        m->free_desc[m->nr_free++] = d;
        d = GUINT16_FROM_LE(m->vr.desc[d].next);
    }
    m->chain[id] = 0;
    m->in_flight--;
    return true;
}

void vring_model_set_used_event(VRingModel *m, uint16_t event)
{
    __atomic_store_n(&vring_used_event(&m->vr), GUINT16_TO_LE(event),
                     __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
