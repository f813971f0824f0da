/*
 * The ISA bus behind the south bridge: port space and 16 interrupt lines for
 * the chips of the PC/AT.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_ISA_H
#define HW_I386_ISA_H

#include "hw/core/qdev.h"

#define TYPE_ISA_BUS    "ISA"
#define TYPE_ISA_DEVICE "isa-device"
OBJECT_DECLARE_SIMPLE_TYPE(ISABus, ISA_BUS)
OBJECT_DECLARE_SIMPLE_TYPE(ISADevice, ISA_DEVICE)

#define ISA_NUM_IRQS 16

struct ISABus {
    BusState qbus;
    MemoryRegion *address_space_io;
    qemu_irq irqs[ISA_NUM_IRQS];
};

struct ISADevice {
    DeviceState qdev;
};

/* "isa.0" on the bridge device. */
ISABus *isa_bus_new(DeviceState *bridge, MemoryRegion *io);
/* Of a device that is on one. */
ISABus *isa_bus_from_device(ISADevice *dev);
/* Where line n of the bus ends. */
void isa_bus_set_irq(ISABus *bus, int n, qemu_irq irq);
/* Line n as an input for dev; NULL if the board has not connected it. */
qemu_irq isa_get_irq(ISADevice *dev, int n);

#endif
