/*
 * Kicks and interrupts of the PCI transport.
 *
 * A driver kicks a queue by a 16-bit write: to the queue's own doorbell in
 * BAR 4, to the one port of BAR 2 (modern-pio-notify), or to the legacy
 * header. With ioeventfd=on these writes ring an event notifier that the
 * queue's event loop watches; the handlers here see only the writes that no
 * notifier stands for.
 *
 * The other way, an event has a vector while MSI-X is enabled, and otherwise
 * a bit in ISR, whose sum is the level of INTx. The configuration bit is set
 * in either case (virtio 1.4, 4.1.5.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "trace/trace-hw-virtio.h"
#include "util/atomic.h"
#include "virtio-pci-internal.h"

/* ------------------------------------------------------------ interrupts */

void virtio_pci_update_irq(VirtIOPCIProxy *proxy)
{
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);

    pci_set_irq(&proxy->pci_dev, vdev && !msix_enabled(&proxy->pci_dev) &&
                                     qatomic_read(&vdev->isr));
}

void virtio_pci_notify(DeviceState *dev, uint16_t vector, uint8_t isr)
{
    VirtIOPCIProxy *proxy = container_of(dev, VirtIOPCIProxy, pci_dev.qdev);
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);
    bool msix = msix_enabled(&proxy->pci_dev);

    trace_virtio_pci_notify(vdev->name, vector);
    if (!msix || isr == VIRTIO_PCI_ISR_CONFIG) {
        virtio_isr_set(vdev, isr);
    }
    if (!msix) {
        virtio_pci_update_irq(proxy);
    } else if (vector != VIRTIO_NO_VECTOR &&
               !virtio_pci_irqfd_notify(proxy, vector)) {
        msix_notify(&proxy->pci_dev, vector);
    }
}

uint8_t virtio_pci_read_isr(VirtIOPCIProxy *proxy)
{
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);
    uint8_t isr = qatomic_xchg(&vdev->isr, 0);

    virtio_pci_update_irq(proxy);
    return isr;
}

/* A vector that does not exist reads back as none, which is how the driver
 * learns that the mapping failed. */
static uint16_t vector_change(VirtIOPCIProxy *proxy, uint16_t old,
                              uint16_t vector)
{
    if (old != VIRTIO_NO_VECTOR) {
        msix_vector_unuse(&proxy->pci_dev, old);
    }
    if (vector != VIRTIO_NO_VECTOR &&
        !msix_vector_use(&proxy->pci_dev, vector)) {
        virtio_ignored(virtio_pci_get_vdev(proxy),
                       "vector %u, which does not exist", vector);
        vector = VIRTIO_NO_VECTOR;
    }
    return vector;
}

void virtio_pci_set_config_vector(VirtIOPCIProxy *proxy, uint16_t vector)
{
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);

    vdev->config_vector = vector_change(proxy, vdev->config_vector, vector);
}

void virtio_pci_set_queue_vector(VirtIOPCIProxy *proxy, unsigned n,
                                 uint16_t vector)
{
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);

    if (virtio_get_queue(vdev, n)) {
        virtio_queue_set_vector(
            vdev, n,
            vector_change(proxy, virtio_queue_vector(vdev, n), vector));
    }
}

void virtio_pci_release_vectors(VirtIOPCIProxy *proxy)
{
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);
    unsigned n;

    virtio_pci_set_config_vector(proxy, VIRTIO_NO_VECTOR);
    for (n = 0; n < virtio_get_num_queues(vdev); n++) {
        virtio_pci_set_queue_vector(proxy, n, VIRTIO_NO_VECTOR);
    }
}

/* ------------------------------------------------------------------- ISR */

static uint64_t isr_read(void *opaque, hwaddr addr, unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;

    return addr == 0 && virtio_pci_get_vdev(proxy) ? virtio_pci_read_isr(proxy)
                                                   : 0;
}

static void isr_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    VirtIODevice *vdev = virtio_pci_get_vdev(opaque);

    if (vdev) {
        virtio_ignored(vdev, "write to ISR");
    }
}

const MemoryRegionOps virtio_pci_isr_ops = {
    .read = isr_read,
    .write = isr_write,
    .valid = { 1, 8, true },
    .impl = { 1, 4, true },
};

/* ----------------------------------------------------------------- kicks */

unsigned virtio_pci_notify_multiplier(const VirtIOPCIProxy *proxy)
{
    return virtio_pci_flag(proxy, VIRTIO_PCI_FLAG_PAGE_PER_VQ_BIT) ? 4096 : 4;
}

void virtio_pci_kick(VirtIOPCIProxy *proxy, uint16_t val)
{
    virtio_queue_notify(virtio_pci_get_vdev(proxy), val);
}

static uint64_t notify_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

/* The doorbell decides which queue; the value must name some queue. Writes of
 * 32 bits are taken by their low half. */
static void notify_write(void *opaque, hwaddr addr, uint64_t val,
                         unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);
    unsigned stride = virtio_pci_notify_multiplier(proxy);

    trace_virtio_pci_notify_write(addr, val, size);
    if (!vdev) {
        return;
    }
    if (size == 1 || addr % stride ||
        (uint16_t)val >= virtio_get_num_queues(vdev)) {
        virtio_ignored(vdev,
                       "kick at offset %" PRIu64 " with value %" PRIu64
                       " of %u bytes",
                       addr, val, size);
        return;
    }
    virtio_pci_kick(proxy, addr / stride);
}

const MemoryRegionOps virtio_pci_notify_ops = {
    .read = notify_read,
    .write = notify_write,
    .valid = { 1, 8, true },
    .impl = { 1, 4, true },
};

static void notify_pio_write(void *opaque, hwaddr addr, uint64_t val,
                             unsigned size)
{
    VirtIOPCIProxy *proxy = opaque;
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);

    trace_virtio_pci_notify_write_pio(addr, val, size);
    if (!vdev) {
        return;
    }
    if (size == 1 || addr) {
        virtio_ignored(vdev, "kick of %u bytes at port offset %" PRIu64, size,
                       addr);
        return;
    }
    virtio_pci_kick(proxy, val);
}

const MemoryRegionOps virtio_pci_notify_pio_ops = {
    .read = notify_read,
    .write = notify_pio_write,
    .valid = { 1, 4, true },
    .impl = { 1, 4, true },
};

/* ------------------------------------------------------------- ioeventfd */

typedef void EventfdFn(MemoryRegion *mr, hwaddr addr, unsigned size,
                       bool match_data, uint64_t data, EventNotifier *e);

/* Every write that kicks queue n. */
static void queue_eventfds(VirtIOPCIProxy *proxy, unsigned n, EventfdFn *fn)
{
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);
    EventNotifier *e =
        virtio_queue_get_host_notifier(virtio_get_queue(vdev, n));

    if (virtio_pci_modern(proxy)) {
        fn(&proxy->notify.mr, n * virtio_pci_notify_multiplier(proxy), 2, true,
           n, e);
        if (virtio_pci_flag(proxy, VIRTIO_PCI_FLAG_MODERN_PIO_NOTIFY_BIT)) {
            fn(&proxy->notify_pio.mr, 0, 2, true, n, e);
        }
    }
    if (virtio_pci_legacy(proxy)) {
        fn(&proxy->bar, VIRTIO_PCI_QUEUE_NOTIFY, 2, true, n, e);
    }
}

/* Undoes the first `count` queues. */
static void stop_doorbells(VirtIOPCIProxy *proxy, unsigned count)
{
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);
    VirtQueue *vq;
    unsigned n;

    memory_region_transaction_begin();
    for (n = 0; n < count; n++) {
        if (virtio_get_queue(vdev, n)) {
            queue_eventfds(proxy, n, memory_region_del_eventfd);
        }
    }
    memory_region_transaction_commit();
    for (n = 0; n < count; n++) {
        vq = virtio_get_queue(vdev, n);
        if (vq) {
            virtio_queue_stop_doorbell(vq);
        }
    }
}

void virtio_pci_start_ioeventfd(VirtIOPCIProxy *proxy)
{
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);
    VirtQueue *vq;
    unsigned n;
    int ret = 0;

    if (proxy->ioeventfd_started ||
        !virtio_pci_flag(proxy, VIRTIO_PCI_FLAG_USE_IOEVENTFD_BIT)) {
        return;
    }
    memory_region_transaction_begin();
    for (n = 0; n < virtio_get_num_queues(vdev); n++) {
        vq = virtio_get_queue(vdev, n);
        if (!vq) {
            continue;
        }
        ret = virtio_queue_start_doorbell(vq);
        if (ret < 0) {
            break;
        }
        queue_eventfds(proxy, n, memory_region_add_eventfd);
    }
    memory_region_transaction_commit();
    if (ret < 0) {
        warn_report("%s: cannot make event notifiers for %u queues: %s; "
                    "kicks are slower without",
                    vdev->name, virtio_get_num_queues(vdev), strerror(-ret));
        stop_doorbells(proxy, n);
        return;
    }
    proxy->ioeventfd_started = true;
}

void virtio_pci_stop_ioeventfd(VirtIOPCIProxy *proxy)
{
    if (proxy->ioeventfd_started) {
        proxy->ioeventfd_started = false;
        stop_doorbells(proxy,
                       virtio_get_num_queues(virtio_pci_get_vdev(proxy)));
    }
}
