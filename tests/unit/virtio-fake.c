/*
 * See virtio-fake.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/unit/virtio-fake.h"
#include "util/option.h"

#define TYPE_FAKE_PROXY "fake-virtio-proxy"
#define TYPE_FAKE_BUS "fake-virtio-bus"

typedef struct FakeProxy {
    DeviceState parent_obj;
    VirtioBusState bus;
    FakeVirtio *fake;
    bool legacy_only;
    AddressSpace as;
    MemoryRegion root, all, ram, ram2, rom, mmio;
} FakeProxy;

FakeVirtio *fake_of(VirtIODevice *vdev)
{
    return container_of(vdev, FakeDevice, parent_obj)->fake;
}

/* ------------------------------------------------------------- transport */

static void fake_bus_notify(DeviceState *dev, uint16_t vector, uint8_t isr)
{
    FakeVirtio *f = container_of(dev, FakeProxy, parent_obj)->fake;

    virtio_isr_set(f->vdev, isr);
    if (isr == 2) {
        f->config_irqs++;
    } else if (vector == VIRTIO_NO_VECTOR) {
        f->intx++;
    } else {
        g_assert_cmpuint(vector, <, FAKE_QUEUES);
        f->irqs[vector]++;
    }
}

static AddressSpace *fake_bus_dma_as(DeviceState *dev)
{
    return &container_of(dev, FakeProxy, parent_obj)->as;
}

static bool fake_bus_has_modern(DeviceState *dev)
{
    return !container_of(dev, FakeProxy, parent_obj)->legacy_only;
}

static void fake_bus_class_init(ObjectClass *klass, const void *data)
{
    VirtioBusClass *k = VIRTIO_BUS_CLASS(klass);

    k->notify = fake_bus_notify;
    k->get_dma_as = fake_bus_dma_as;
    k->has_modern = fake_bus_has_modern;
}

static uint64_t fake_mmio_read(void *opaque, hwaddr addr, unsigned size)
{
    FakeProxy *p = opaque;

    p->fake->mmio_accesses++;
    return 0;
}

static void fake_mmio_write(void *opaque, hwaddr addr, uint64_t data,
                            unsigned size)
{
    FakeProxy *p = opaque;

    p->fake->mmio_accesses++;
}

static const MemoryRegionOps fake_mmio_ops = {
    .read = fake_mmio_read,
    .write = fake_mmio_write,
};

static void fake_memory_init(FakeProxy *p)
{
    memory_region_init(&p->root, OBJECT(p), "root", UINT64_MAX);
    memory_region_init(&p->all, OBJECT(p), "all", UINT64_MAX);
    memory_region_init_ram(&p->ram, OBJECT(p), "ram", FAKE_RAM_SIZE,
                           &error_abort);
    memory_region_init_ram(&p->ram2, OBJECT(p), "ram2", FAKE_PAGE,
                           &error_abort);
    memory_region_init_rom(&p->rom, OBJECT(p), "rom", FAKE_PAGE,
                           &error_abort);
    memory_region_init_io(&p->mmio, OBJECT(p), &fake_mmio_ops, p, "mmio",
                          FAKE_PAGE);
    memory_region_add_subregion(&p->root, 0, &p->all);
    memory_region_add_subregion(&p->all, FAKE_RAM, &p->ram);
    memory_region_add_subregion(&p->all, FAKE_RAM2, &p->ram2);
    memory_region_add_subregion(&p->all, FAKE_ROM, &p->rom);
    memory_region_add_subregion(&p->all, FAKE_MMIO, &p->mmio);
    address_space_init(&p->as, &p->root, "fake");
}

static void fake_proxy_unrealize(DeviceState *dev)
{
    FakeProxy *p = container_of(dev, FakeProxy, parent_obj);

    address_space_destroy(&p->as);
    memory_region_destroy(&p->mmio);
    memory_region_destroy(&p->rom);
    memory_region_destroy(&p->ram2);
    memory_region_destroy(&p->ram);
    memory_region_destroy(&p->all);
    memory_region_destroy(&p->root);
}

static void fake_proxy_realize(DeviceState *dev, Error **errp)
{
    FakeProxy *p = container_of(dev, FakeProxy, parent_obj);

    fake_memory_init(p);
    qbus_init(&p->bus, sizeof(p->bus), TYPE_FAKE_BUS, dev, NULL);
}

static void fake_proxy_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->realize = fake_proxy_realize;
    DEVICE_CLASS(klass)->unrealize = fake_proxy_unrealize;
}

void fake_set_bus_master(FakeVirtio *f, bool on)
{
    FakeProxy *p = container_of(f->proxy, FakeProxy, parent_obj);

    memory_region_set_enabled(&p->all, on);
    virtio_set_disabled(f->vdev, !on);
}

/* ---------------------------------------------------------------- device */

static void fake_handle_output(VirtIODevice *vdev, VirtQueue *vq)
{
    FakeVirtio *f = fake_of(vdev);

    f->handled[virtio_get_queue_index(vq)]++;
    if (f->handler) {
        f->handler(vdev, vq);
    }
}

static void fake_device_realize(DeviceState *dev, Error **errp)
{
    FakeDevice *d = container_of(dev, FakeDevice, parent_obj.parent_obj);

    virtio_init(&d->parent_obj, "fake", 63, FAKE_CONFIG_LEN);
    for (unsigned i = 0; i < FAKE_QUEUES; i++) {
        virtio_add_queue(&d->parent_obj, d->queue_size, fake_handle_output);
    }
}

static void fake_device_unrealize(DeviceState *dev)
{
    virtio_cleanup(VIRTIO_DEVICE(dev));
}

static VirtioFeatures fake_get_features(VirtIODevice *vdev, VirtioFeatures f,
                                        Error **errp)
{
    virtio_add_feature(&f, FAKE_F_BASE);
    virtio_add_feature(&f, FAKE_F_NEEDS_BASE);
    virtio_add_feature(&f, FAKE_F_LEGACY);
    virtio_add_feature(&f, FAKE_F_HIGH);
    return f;
}

static bool fake_validate_features(VirtIODevice *vdev, VirtioFeatures f)
{
    return virtio_has_feature(&f, FAKE_F_BASE) ||
           !virtio_has_feature(&f, FAKE_F_NEEDS_BASE);
}

static void fake_set_features(VirtIODevice *vdev, VirtioFeatures f)
{
    fake_of(vdev)->set_features++;
}

static void fake_get_config(VirtIODevice *vdev, uint8_t *config)
{
    memcpy(config, fake_of(vdev)->config, FAKE_CONFIG_LEN);
}

static void fake_set_config(VirtIODevice *vdev, const uint8_t *config)
{
    fake_of(vdev)->config_writes++;
    memcpy(fake_of(vdev)->config, config, FAKE_CONFIG_LEN);
}

static void fake_reset(VirtIODevice *vdev)
{
    fake_of(vdev)->resets++;
}

static void fake_set_status(VirtIODevice *vdev, uint8_t status)
{
    fake_of(vdev)->status_calls++;
    fake_of(vdev)->last_status = status;
}

static void fake_queue_reset(VirtIODevice *vdev, unsigned n)
{
    fake_of(vdev)->queue_resets++;
}

static void fake_queue_enable(VirtIODevice *vdev, unsigned n)
{
    fake_of(vdev)->queue_enables++;
}

static void fake_device_class_init(ObjectClass *klass, const void *data)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    vdc->realize = fake_device_realize;
    vdc->unrealize = fake_device_unrealize;
    vdc->get_features = fake_get_features;
    vdc->validate_features = fake_validate_features;
    vdc->set_features = fake_set_features;
    vdc->get_config = fake_get_config;
    vdc->set_config = fake_set_config;
    vdc->reset = fake_reset;
    vdc->set_status = fake_set_status;
    vdc->queue_reset = fake_queue_reset;
    vdc->queue_enable = fake_queue_enable;
    vdc->legacy_features |= 1u << FAKE_F_LEGACY;
}

static const TypeInfo fake_types[] = {
    {
        .name = TYPE_FAKE_PROXY,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(FakeProxy),
        .class_init = fake_proxy_class_init,
    },
    {
        .name = TYPE_FAKE_BUS,
        .parent = TYPE_VIRTIO_BUS,
        .instance_size = sizeof(VirtioBusState),
        .class_size = sizeof(VirtioBusClass),
        .class_init = fake_bus_class_init,
    },
    {
        .name = TYPE_FAKE_DEVICE,
        .parent = TYPE_VIRTIO_DEVICE,
        .instance_size = sizeof(FakeDevice),
        .class_init = fake_device_class_init,
    },
};

/* ------------------------------------------------------------------- use */

void fake_init(void)
{
    type_register_static_array(fake_types, G_N_ELEMENTS(fake_types));
    module_call_init();
    qemu_init_main_loop(&error_abort);
    memory_init();
    vm_state_notify(true);
}

static bool fake_set_props(Object *obj, const char *props, Error **errp)
{
    json_t *json = keyval_parse(props, NULL, NULL, errp);
    bool ok = json && object_set_properties(obj, json, true, errp);

    json_decref(json);
    return ok;
}

FakeVirtio *fake_try_new(const FakeOptions *o, Error **errp)
{
    static const FakeOptions none;
    FakeVirtio *f = g_new0(FakeVirtio, 1);
    FakeProxy *p;
    FakeDevice *d;

    o = o ? o : &none;
    f->proxy = qdev_new(TYPE_FAKE_PROXY);
    p = container_of(f->proxy, FakeProxy, parent_obj);
    p->fake = f;
    p->legacy_only = o->legacy_only;
    qdev_realize(f->proxy, NULL, &error_abort);

    f->vdev = VIRTIO_DEVICE(qdev_new(TYPE_FAKE_DEVICE));
    d = container_of(f->vdev, FakeDevice, parent_obj);
    d->fake = f;
    d->queue_size = o->queue_size ? o->queue_size : FAKE_QUEUE_SIZE;
    if ((o->props && !fake_set_props(OBJECT(d), o->props, errp)) ||
        !qdev_realize(&f->vdev->parent_obj, &p->bus.parent_obj, errp)) {
        object_unref(OBJECT(d));
        f->vdev = NULL;
        fake_free(f);
        return NULL;
    }
    f->ram = memory_region_get_ram_ptr(&p->ram);
    f->ram2 = memory_region_get_ram_ptr(&p->ram2);
    return f;
}

FakeVirtio *fake_new(const FakeOptions *options)
{
    return fake_try_new(options, &error_abort);
}

void fake_free(FakeVirtio *f)
{
    if (f->vdev) {
        object_unparent(OBJECT(f->vdev));
        object_unref(OBJECT(f->vdev));
    }
    object_unparent(OBJECT(f->proxy));
    object_unref(OBJECT(f->proxy));
    g_free(f);
}

void *fake_ptr(FakeVirtio *f, uint64_t gpa)
{
    if (gpa >= FAKE_RAM2) {
        g_assert_cmpuint(gpa - FAKE_RAM2, <, FAKE_PAGE);
        return f->ram2 + (gpa - FAKE_RAM2);
    }
    g_assert_cmpuint(gpa - FAKE_RAM, <, FAKE_RAM_SIZE);
    return f->ram + (gpa - FAKE_RAM);
}

VirtioFeatures fake_offer_without(FakeVirtio *f, ...)
{
    VirtioFeatures v = virtio_modern_features(f->vdev);
    va_list ap;
    int bit;

    va_start(ap, f);
    while ((bit = va_arg(ap, int)) >= 0) {
        virtio_clear_feature(&v, bit);
    }
    va_end(ap);
    return v;
}

void fake_write_features(FakeVirtio *f, VirtioFeatures v)
{
    for (unsigned i = 0; i < 4; i++) {
        virtio_set_guest_features_word(f->vdev, i,
                                       v.w[i / 2] >> (i % 2 * 32));
    }
}

void fake_negotiate(FakeVirtio *f, VirtioFeatures v)
{
    virtio_set_status(f->vdev, 0);
    virtio_set_status(f->vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
    virtio_set_status(f->vdev,
                      VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
    fake_write_features(f, v);
    virtio_set_status(f->vdev, f->vdev->status | VIRTIO_CONFIG_S_FEATURES_OK);
    g_assert_cmphex(f->vdev->status & VIRTIO_CONFIG_S_FEATURES_OK, !=, 0);
}

void fake_driver_ok(FakeVirtio *f)
{
    virtio_set_status(f->vdev, f->vdev->status | VIRTIO_CONFIG_S_DRIVER_OK);
    g_assert_cmphex(f->vdev->status & VIRTIO_CONFIG_S_DRIVER_OK, !=, 0);
}
