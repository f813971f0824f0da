/*
 * Messages that an event notifier sends: the accelerator's way to interrupt
 * the guest without asking the device's code (irqfd).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_MSI_ROUTE_H
#define HW_PCI_MSI_ROUTE_H

#include "hw/pci/msix.h"
#include "util/aio.h"

typedef struct MSIRouteOps {
    /* From now on each setting of e sends msg. A number for remove(), or a
     * negative errno. */
    int (*add)(MSIMessage msg, EventNotifier *e);
    void (*remove)(int route, EventNotifier *e);
} MSIRouteOps;

/* The accelerator's, at its start. */
void msi_set_route_ops(const MSIRouteOps *ops);
/* NULL: no such thing; messages are written to memory. */
const MSIRouteOps *msi_get_route_ops(void);

#endif
