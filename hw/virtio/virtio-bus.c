/*
 * The bus between a transport and its one virtio device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/virtio/virtio.h"

VirtIODevice *virtio_bus_get_device(VirtioBusState *bus)
{
    DeviceState *dev = TAILQ_FIRST(&bus->parent_obj.children);

    return dev ? container_of(dev, VirtIODevice, parent_obj) : NULL;
}

VirtioBusState *virtio_device_get_bus(const VirtIODevice *vdev)
{
    BusState *bus = vdev->parent_obj.parent_bus;

    return bus ? container_of(bus, VirtioBusState, parent_obj) : NULL;
}

static void virtio_bus_class_init(ObjectClass *klass, const void *data)
{
    BUS_CLASS(klass)->max_dev = 1;
}

static const TypeInfo virtio_bus_info = {
    .name = TYPE_VIRTIO_BUS,
    .parent = TYPE_BUS,
    .instance_size = sizeof(VirtioBusState),
    .abstract = true,
    .class_size = sizeof(VirtioBusClass),
    .class_init = virtio_bus_class_init,
};

static void virtio_bus_register_types(void)
{
    type_register_static(&virtio_bus_info);
}

type_init(virtio_bus_register_types)
