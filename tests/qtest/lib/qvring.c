/*
 * A split ring from the driver's side (virtio 1.4, 2.7), in shared guest RAM.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/virtio_pci.h>

#include "tests/qtest/lib/qvirtio.h"
#include "util/atomic.h"
#include "util/bswap.h"

#define DESC_F_NEXT 1
#define DESC_F_WRITE 2
#define DESC_F_INDIRECT 4

static uint16_t read16(const uint8_t *p)
{
    return le16_to_cpu(qatomic_load_acquire((const uint16_t *)p));
}

static void write16(uint8_t *p, uint16_t v)
{
    qatomic_store_release((uint16_t *)p, cpu_to_le16(v));
}

static uint16_t lduw_next(const uint8_t *desc)
{
    return ldw_le_p(desc + 14);
}

static uint8_t *used_event(QVirtqueue *vq)
{
    return vq->avail_p + 4 + 2 * vq->size;
}

static uint8_t *avail_event(QVirtqueue *vq)
{
    return vq->used_p + 4 + 8 * vq->size;
}

static void place_legacy(QVirtqueue *vq)
{
    QVirtio *v = vq->v;
    size_t first = QEMU_ALIGN_UP(16 * vq->size + 6 + 2 * vq->size, 4096);
    size_t total = first + QEMU_ALIGN_UP(6 + 8 * vq->size, 4096);

    vq->desc = qtest_alloc(v->pci.qts, total);
    vq->avail = vq->desc + 16 * vq->size;
    vq->used = vq->desc + first;
    qpci_bar_write(&v->pci, 0, VIRTIO_PCI_QUEUE_PFN, vq->desc >> 12, 4);
    if (vq->vector != 0xffff) {
        qpci_bar_write(&v->pci, 0, VIRTIO_MSI_QUEUE_VECTOR, vq->vector, 2);
        g_assert_cmphex(qpci_bar_read(&v->pci, 0, VIRTIO_MSI_QUEUE_VECTOR, 2),
                        ==, vq->vector);
    }
}

static void write64(QVirtio *v, unsigned offset, uint64_t val)
{
    qvirtio_common_write(v, offset, (uint32_t)val, 4);
    qvirtio_common_write(v, offset + 4, val >> 32, 4);
}

static void place_modern(QVirtqueue *vq)
{
    QVirtio *v = vq->v;
    size_t total = 16 * vq->size + QEMU_ALIGN_UP(6 + 2 * vq->size, 4) + 6 +
                   8 * vq->size;

    vq->desc = qtest_alloc(v->pci.qts, total);
    vq->avail = vq->desc + 16 * vq->size;
    vq->used = QEMU_ALIGN_UP(vq->avail + 6 + 2 * vq->size, 4);
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_SIZE, vq->size, 2);
    write64(v, VIRTIO_PCI_COMMON_Q_DESCLO, vq->desc);
    write64(v, VIRTIO_PCI_COMMON_Q_AVAILLO, vq->avail);
    write64(v, VIRTIO_PCI_COMMON_Q_USEDLO, vq->used);
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_MSIX, vq->vector, 2);
    g_assert_cmphex(qvirtio_common_read(v, VIRTIO_PCI_COMMON_Q_MSIX, 2), ==,
                    vq->vector);
    vq->notify_off =
        v->notify.offset + (uint64_t)v->notify_multiplier *
        qvirtio_common_read(v, VIRTIO_PCI_COMMON_Q_NOFF, 2);
    qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_ENABLE, 1, 2);
    g_assert_cmpuint(qvirtio_common_read(v, VIRTIO_PCI_COMMON_Q_ENABLE, 2),
                     ==, 1);
}

void qvirtqueue_init(QVirtqueue *vq, QVirtio *v, uint16_t index,
                     uint16_t size)
{
    uint16_t max;

    *vq = (QVirtqueue){ .v = v, .index = index };
    if (v->legacy) {
        qpci_bar_write(&v->pci, 0, VIRTIO_PCI_QUEUE_SEL, index, 2);
        max = qpci_bar_read(&v->pci, 0, VIRTIO_PCI_QUEUE_NUM, 2);
    } else {
        qvirtio_common_write(v, VIRTIO_PCI_COMMON_Q_SELECT, index, 2);
        max = qvirtio_common_read(v, VIRTIO_PCI_COMMON_Q_SIZE, 2);
    }
    g_assert_cmpuint(max, >, 0);
    vq->size = v->legacy || !size ? max : size;
    vq->vector = v->pci.msix_vectors > index + 1u ? index + 1 : 0xffff;
    vq->event_idx = v->features & QVIRTIO_BIT(QVIRTIO_F_EVENT_IDX);
    vq->indirect = v->features & QVIRTIO_BIT(QVIRTIO_F_INDIRECT_DESC);
    if (v->legacy) {
        place_legacy(vq);
    } else {
        place_modern(vq);
    }
    vq->desc_p = qtest_ram(v->pci.qts) + vq->desc;
    vq->avail_p = qtest_ram(v->pci.qts) + vq->avail;
    vq->used_p = qtest_ram(v->pci.qts) + vq->used;
    vq->num_free = vq->size;
    vq->chain_len = g_new0(uint16_t, vq->size);
    vq->indirect_table = g_new0(uint64_t, vq->size);
    for (unsigned i = 0; i < vq->size; i++) {
        stw_le_p(vq->desc_p + 16 * i + 14, i + 1);
    }
}

void qvirtqueue_free(QVirtqueue *vq)
{
    g_clear_pointer(&vq->chain_len, g_free);
    g_clear_pointer(&vq->indirect_table, g_free);
}

void qvirtqueue_set_desc(QVirtqueue *vq, uint16_t i, uint64_t addr,
                         uint32_t len, uint16_t flags, uint16_t next)
{
    uint8_t *d = vq->desc_p + 16 * i;

    stq_le_p(d, addr);
    stl_le_p(d + 8, len);
    stw_le_p(d + 12, flags);
    stw_le_p(d + 14, next);
}

void qvirtqueue_push_avail(QVirtqueue *vq, uint16_t head)
{
    write16(vq->avail_p + 4 + 2 * (vq->avail_idx % vq->size), head);
    vq->avail_idx++;
    write16(vq->avail_p + 2, vq->avail_idx);
}

static void add_indirect(QVirtqueue *vq, uint16_t head, const QVBuf *bufs,
                         unsigned n)
{
    uint64_t *table = &vq->indirect_table[head];
    uint16_t next = lduw_next(vq->desc_p + 16 * head);

    if (!*table) {
        *table = qtest_alloc(vq->v->pci.qts, 16 * 64);
    }
    g_assert_cmpuint(n, <=, 64);
    for (unsigned i = 0; i < n; i++) {
        uint8_t *d = qtest_ram(vq->v->pci.qts) + *table + 16 * i;

        stq_le_p(d, bufs[i].addr);
        stl_le_p(d + 8, bufs[i].len);
        stw_le_p(d + 12, (bufs[i].write ? DESC_F_WRITE : 0) |
                         (i + 1 < n ? DESC_F_NEXT : 0));
        stw_le_p(d + 14, i + 1);
    }
    qvirtqueue_set_desc(vq, head, *table, 16 * n, DESC_F_INDIRECT, next);
    vq->chain_len[head] = 1;
    vq->free_head = next;
    vq->num_free--;
}

int qvirtqueue_add(QVirtqueue *vq, const QVBuf *bufs, unsigned n)
{
    uint16_t head = vq->free_head, i = head;

    if (vq->num_free < (vq->indirect ? 1 : n)) {
        return -1;
    }
    if (vq->indirect && n > 1) {
        add_indirect(vq, head, bufs, n);
    } else {
        for (unsigned k = 0; k < n; k++) {
            uint16_t next = lduw_next(vq->desc_p + 16 * i);

            qvirtqueue_set_desc(vq, i, bufs[k].addr, bufs[k].len,
                                (bufs[k].write ? DESC_F_WRITE : 0) |
                                (k + 1 < n ? DESC_F_NEXT : 0), next);
            i = next;
        }
        vq->chain_len[head] = n;
        vq->free_head = i;
        vq->num_free -= n;
    }
    qvirtqueue_push_avail(vq, head);
    return head;
}

void qvirtqueue_kick_always(QVirtqueue *vq)
{
    vq->kicks++;
    vq->kicked_idx = vq->avail_idx;
    if (vq->v->legacy) {
        qpci_bar_write(&vq->v->pci, 0, VIRTIO_PCI_QUEUE_NOTIFY, vq->index, 2);
    } else {
        qpci_bar_write(&vq->v->pci, vq->v->notify.bar, vq->notify_off,
                       vq->index, 2);
    }
}

bool qvirtqueue_kick(QVirtqueue *vq)
{
    bool wanted;

    /* Pairs with the device's barrier between enabling notifications and
     * looking at the available index again. */
    smp_mb();
    if (vq->event_idx) {
        uint16_t event = read16(avail_event(vq));

        wanted = (uint16_t)(vq->avail_idx - event - 1) <
                 (uint16_t)(vq->avail_idx - vq->kicked_idx);
    } else {
        wanted = !(read16(vq->used_p) & 1);
    }
    if (!wanted) {
        vq->kicks_suppressed++;
        vq->kicked_idx = vq->avail_idx;
        return false;
    }
    qvirtqueue_kick_always(vq);
    return true;
}

static void release_chain(QVirtqueue *vq, uint16_t head)
{
    uint16_t last = head;

    g_assert_cmpuint(head, <, vq->size);
    g_assert_cmpuint(vq->chain_len[head], >, 0);
    for (unsigned k = 1; k < vq->chain_len[head]; k++) {
        last = lduw_next(vq->desc_p + 16 * last);
    }
    stw_le_p(vq->desc_p + 16 * last + 14, vq->free_head);
    vq->free_head = head;
    vq->num_free += vq->chain_len[head];
    vq->chain_len[head] = 0;
}

bool qvirtqueue_get(QVirtqueue *vq, uint16_t *head, uint32_t *len)
{
    const uint8_t *entry;
    uint16_t used = read16(vq->used_p + 2);

    g_assert_cmpuint((uint16_t)(used - vq->last_used), <=, vq->size);
    if (used == vq->last_used) {
        return false;
    }
    entry = vq->used_p + 4 + 8 * (vq->last_used % vq->size);
    *head = ldl_le_p(entry);
    *len = ldl_le_p(entry + 4);
    vq->last_used++;
    if (vq->event_idx && !(read16(vq->avail_p) & 1)) {
        write16(used_event(vq), vq->last_used);
        smp_mb(); /* pairs with the device's, before it reads used_event */
    }
    release_chain(vq, *head);
    return true;
}

bool qvirtqueue_wait(QVirtqueue *vq, uint16_t *head, uint32_t *len)
{
    int64_t deadline = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;

    while (!qvirtqueue_get(vq, head, len)) {
        g_autofree char *reply = NULL;

        if (g_get_monotonic_time() > deadline) {
            return false;
        }
        /* Fires a transmit timer, if one is armed. */
        reply = qtest_raw(vq->v->pci.qts, "clock_step 1000000");
    }
    return true;
}

void qvirtqueue_interrupts(QVirtqueue *vq, bool on)
{
    if (vq->event_idx) {
        write16(used_event(vq), on ? vq->last_used : vq->last_used - 1);
    }
    write16(vq->avail_p, on ? 0 : 1);
}
