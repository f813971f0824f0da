/*
 * What the files of hw/core share about devices and buses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_QDEV_INTERNAL_H
#define HW_CORE_QDEV_INTERNAL_H

#include "hw/core/qdev.h"

/* instance_init: the defaults of the static properties. */
void qdev_props_set_defaults(Object *obj);
/* instance_post_init: -global. Ends the program on a bad value of the command
 * line; once machine creation is done it only warns. */
void qdev_globals_apply(DeviceState *dev);
void qdev_gpio_free(DeviceState *dev);
/* References both ways; the caller has checked that dev fits. */
void bus_add_child(BusState *bus, DeviceState *dev);
void bus_remove_child(BusState *bus, DeviceState *dev);
bool qbus_is_full(const BusState *bus);
/* The driver that a name or one of QEMU's short names stands for. */
const char *qdev_resolve_alias(const char *driver);
/* The lists of dev for info qtree. */
void qdev_gpio_print(GString *out, DeviceState *dev, int indent);

#endif
