/*
 * The base class of virtio devices: properties, realize and unrealize, the
 * offer of features, and the view of guest memory that the queues use.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "virtqueue-internal.h"

/* The realized ones, in order of realize. */
static TAILQ_HEAD(, VirtIODevice) virtio_devices =
    TAILQ_HEAD_INITIALIZER(virtio_devices);

void virtio_foreach_device(void (*fn)(VirtIODevice *vdev, void *opaque),
                           void *opaque)
{
    VirtIODevice *vdev, *next;

    TAILQ_FOREACH_SAFE(vdev, &virtio_devices, link, next) {
        fn(vdev, opaque);
    }
}

/* --------------------------------------------------------- guest memory */

/*
 * Elements that are out point into the RAM of the view they were popped
 * under, so it stays referenced until they are back. The blocks, not the
 * views: a driver can make any number of views while a chain is out.
 */
static void virtio_hold_ram(VirtIODevice *vdev, const FlatView *view)
{
    RAMBlock *ram;

    for (unsigned i = 0; i < view->nr; i++) {
        ram = view->ranges[i].ram;
        if (ram && !g_ptr_array_find(vdev->held_ram, ram, NULL)) {
            g_ptr_array_add(vdev->held_ram, ram_block_ref(ram));
        }
    }
}

static void virtio_memory_commit(MemoryListener *l, FlatView *old,
                                 FlatView *new_view)
{
    VirtIODevice *vdev = container_of(l, VirtIODevice, listener);

    if (virtio_queues_idle(vdev)) {
        g_ptr_array_set_size(vdev->held_ram, 0);
    } else if (vdev->dma_view) {
        virtio_hold_ram(vdev, vdev->dma_view);
    }
    flatview_unref(vdev->dma_view);
    flatview_ref(new_view);
    vdev->dma_view = new_view;
    /* Nothing at all is there: bus mastering is off. Nobody is called from
     * here, in the middle of a change; the transport does that after it, by
     * virtio_set_disabled. */
    vdev->disabled = vdev->use_disabled_flag && !new_view->nr;
    virtio_queues_remap(vdev);
    virtio_update_active(vdev);
}

static void virtio_connect_memory(VirtIODevice *vdev)
{
    VirtioBusState *bus = virtio_device_get_bus(vdev);

    vdev->dma_as = VIRTIO_BUS_GET_CLASS(bus)->get_dma_as(
        bus->parent_obj.parent);
    vdev->listener.name = "virtio";
    vdev->listener.commit = virtio_memory_commit;
    memory_listener_register(&vdev->listener, vdev->dma_as);
}

static void virtio_disconnect_memory(VirtIODevice *vdev)
{
    if (vdev->dma_as) {
        memory_listener_unregister(&vdev->listener);
        vdev->dma_as = NULL;
    }
    g_clear_pointer(&vdev->dma_view, flatview_unref);
    g_ptr_array_set_size(vdev->held_ram, 0);
}

/* ------------------------------------------------------------ life cycle */

static void virtio_vm_change(void *opaque, bool running)
{
    VirtIODevice *vdev = opaque;

    vdev->vm_running = running;
    virtio_state_changed(vdev);
}

void virtio_init(VirtIODevice *vdev, const char *name, uint16_t device_id,
                 size_t config_size)
{
    VirtioBusState *bus = virtio_device_get_bus(vdev);
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);

    vdev->bus_class = k;
    vdev->name = name;
    vdev->device_id = device_id;
    vdev->status = 0;
    vdev->isr = 0;
    vdev->queue_sel = 0;
    vdev->config_vector = VIRTIO_NO_VECTOR;
    vdev->config_len = config_size;
    vdev->config = g_malloc0(MAX(config_size, 1));
    vdev->generation = 0;
    vdev->broken = vdev->started = vdev->legacy = false;
    vdev->start_on_kick = vdev->use_started;
    vdev->vm_running = runstate_is_running();
    vdev->held_ram =
        g_ptr_array_new_with_free_func((GDestroyNotify)ram_block_unref);
    vdev->nvectors =
        k->query_nvectors ? k->query_nvectors(bus->parent_obj.parent) : 0;
    virtio_queues_init(vdev);
    vdev->vmstate = qemu_add_vm_change_state_handler(virtio_vm_change, vdev);
}

void virtio_cleanup(VirtIODevice *vdev)
{
    if (!vdev->vq) {
        return;
    }
    g_clear_pointer(&vdev->vmstate, qemu_del_vm_change_state_handler);
    virtio_queues_cleanup(vdev);
    virtio_disconnect_memory(vdev);
    g_clear_pointer(&vdev->held_ram, g_ptr_array_unref);
    g_clear_pointer(&vdev->config, g_free);
}

static bool virtio_check_properties(VirtIODevice *vdev, Error **errp)
{
    if (vdev->host_features_props >> VIRTIO_F_RING_PACKED & 1) {
        error_setg(errp, "packed=on is not supported: packed virtqueues are "
                         "not implemented, use packed=off");
        return false;
    }
    return true;
}

/* What to offer, from the user's choice and what transport and type can. */
static bool virtio_offer_features(VirtIODevice *vdev, Error **errp)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);
    VirtioBusState *bus = virtio_device_get_bus(vdev);
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);
    VirtioFeatures f = { { vdev->host_features_props, 0 } };
    bool modern = !k->has_modern || k->has_modern(bus->parent_obj.parent);
    Error *err = NULL;

    if (modern) {
        virtio_add_feature(&f, VIRTIO_F_VERSION_1);
    }
    if (vdc->get_features) {
        f = vdc->get_features(vdev, f, &err);
        if (err) {
            error_propagate(errp, err);
            return false;
        }
    }
    if (!modern) {
        f.w[0] &= UINT32_MAX;
        f.w[1] = 0;
    }
    vdev->host_features = f;
    return true;
}

static bool virtio_bus_device_plugged(VirtIODevice *vdev, Error **errp)
{
    VirtioBusState *bus = virtio_device_get_bus(vdev);
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);
    Error *err = NULL;

    if (!virtio_offer_features(vdev, errp)) {
        return false;
    }
    if (k->device_plugged) {
        k->device_plugged(bus->parent_obj.parent, &err);
        if (err) {
            error_propagate(errp, err);
            return false;
        }
    }
    virtio_connect_memory(vdev);
    return true;
}

static void virtio_device_realize(DeviceState *dev, Error **errp)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(dev);
    Error *err = NULL;

    if (!virtio_check_properties(vdev, errp)) {
        return;
    }
    if (vdc->realize) {
        vdc->realize(dev, &err);
        if (err) {
            error_propagate(errp, err);
            return;
        }
    }
    if (!virtio_bus_device_plugged(vdev, errp)) {
        if (vdc->unrealize) {
            vdc->unrealize(dev);
        }
        return;
    }
    TAILQ_INSERT_TAIL(&virtio_devices, vdev, link);
}

static void virtio_device_unrealize(DeviceState *dev)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(dev);
    VirtioBusState *bus = virtio_device_get_bus(vdev);
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);

    TAILQ_REMOVE(&virtio_devices, vdev, link);
    virtio_reset(vdev);
    if (k->device_unplugged) {
        k->device_unplugged(bus->parent_obj.parent);
    }
    virtio_disconnect_memory(vdev);
    if (vdc->unrealize) {
        vdc->unrealize(dev);
    }
}

static void virtio_device_reset(DeviceState *dev)
{
    virtio_reset(VIRTIO_DEVICE(dev));
}

static void virtio_device_finalize(Object *obj)
{
    virtio_cleanup(VIRTIO_DEVICE(obj));
}

static const Property virtio_properties[] = {
    DEFINE_VIRTIO_COMMON_FEATURES(VirtIODevice, host_features_props),
    DEFINE_PROP_BOOL("use-started", VirtIODevice, use_started, true),
    DEFINE_PROP_BOOL("use-disabled-flag", VirtIODevice, use_disabled_flag,
                     true),
    DEFINE_PROP_BOOL("x-disable-legacy-check", VirtIODevice,
                     disable_legacy_check, false),
};

static void virtio_device_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    dc->realize = virtio_device_realize;
    dc->unrealize = virtio_device_unrealize;
    dc->reset = virtio_device_reset;
    dc->bus_type = TYPE_VIRTIO_BUS;
    vdc->legacy_features =
        1u << VIRTIO_F_NOTIFY_ON_EMPTY | 1u << VIRTIO_F_ANY_LAYOUT;
    device_class_set_props(dc, virtio_properties);
}

static const TypeInfo virtio_device_info = {
    .name = TYPE_VIRTIO_DEVICE,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(VirtIODevice),
    .instance_finalize = virtio_device_finalize,
    .class_size = sizeof(VirtioDeviceClass),
    .class_init = virtio_device_class_init,
    .abstract = true,
};

static void virtio_register_types(void)
{
    type_register_static(&virtio_device_info);
}

type_init(virtio_register_types)
