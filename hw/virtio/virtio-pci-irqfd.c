/*
 * Interrupts by event notifiers: while an accelerator can turn one into a
 * message (hw/pci/msi-route.h), each unmasked vector has its own, from
 * DRIVER_OK until reset.
 *
 * A masked vector has none: its event becomes a pending bit of the MSI-X
 * capability, which sends the message when the vector is unmasked. Both sides
 * of that change happen under the big lock, as the events do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/msi-route.h"
#include "trace/trace-hw-virtio.h"
#include "util/bswap.h"
#include "virtio-pci-internal.h"

#define NO_ROUTE (-1)

static int vector_use(PCIDevice *dev, unsigned vector, MSIMessage msg)
{
    VirtIOPCIIrqfd *irqfd = &VIRTIO_PCI(dev)->irqfds[vector];
    int ret = event_notifier_init(&irqfd->e, false);

    if (ret < 0) {
        return ret;
    }
    ret = msi_get_route_ops()->add(msg, &irqfd->e);
    if (ret < 0) {
        event_notifier_cleanup(&irqfd->e);
        return ret;
    }
    irqfd->route = ret;
    return 0;
}

static void vector_release(PCIDevice *dev, unsigned vector)
{
    VirtIOPCIIrqfd *irqfd = &VIRTIO_PCI(dev)->irqfds[vector];

    msi_get_route_ops()->remove(irqfd->route, &irqfd->e);
    irqfd->route = NO_ROUTE;
    event_notifier_cleanup(&irqfd->e);
}

static const MSIXVectorNotifier vector_notifier = {
    .use = vector_use,
    .release = vector_release,
};

void virtio_pci_start_irqfds(VirtIOPCIProxy *proxy)
{
    PCIDevice *dev = &proxy->pci_dev;

    if (proxy->irqfds || !msi_get_route_ops() || !msix_present(dev)) {
        return;
    }
    proxy->irqfds =
        g_new0(VirtIOPCIIrqfd, msix_nr_vectors_allocated(dev));
    for (unsigned v = 0; v < msix_nr_vectors_allocated(dev); v++) {
        proxy->irqfds[v].route = NO_ROUTE;
    }
    msix_set_vector_notifiers(dev, &vector_notifier);
}

void virtio_pci_stop_irqfds(VirtIOPCIProxy *proxy)
{
    if (proxy->irqfds) {
        msix_set_vector_notifiers(&proxy->pci_dev, NULL);
        g_clear_pointer(&proxy->irqfds, g_free);
    }
}

bool virtio_pci_irqfd_notify(VirtIOPCIProxy *proxy, uint16_t vector)
{
    PCIDevice *dev = &proxy->pci_dev;

    if (!proxy->irqfds || vector >= msix_nr_vectors_allocated(dev) ||
        proxy->irqfds[vector].route == NO_ROUTE ||
        !(ldw_le_p(dev->config + PCI_COMMAND) & PCI_COMMAND_MASTER)) {
        return false;
    }
    trace_virtio_pci_irqfd(virtio_pci_get_vdev(proxy)->name, vector);
    event_notifier_set(&proxy->irqfds[vector].e);
    return true;
}
