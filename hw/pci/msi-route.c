/*
 * Who turns event notifiers into messages: see msi-route.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/msi-route.h"

static const MSIRouteOps *route_ops;

void msi_set_route_ops(const MSIRouteOps *ops)
{
    route_ops = ops;
}

const MSIRouteOps *msi_get_route_ops(void)
{
    return route_ops;
}
