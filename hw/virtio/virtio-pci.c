/*
 * virtio over PCI: the proxy device that puts a virtio device on a PCI bus.
 *
 *   PCIDevice "virtio-net-pci"            (what the user creates)
 *     +- "virtio-bus"   VirtioBusState
 *     |    +- the virtio device, which is also the child "virtio-backend"
 *     +- BAR 0  legacy header and configuration, port space   (-legacy.c)
 *     +- BAR 1  MSI-X
 *     +- BAR 2  doorbell in port space, modern-pio-notify=on  (-notify.c)
 *     +- BAR 4  common, ISR, device configuration, doorbells  (-common.c,
 *               a page or more each                            -notify.c)
 *
 * Capabilities tell the driver where things are (virtio 1.4, 4.1.4). A device
 * with both interfaces is transitional and has the old ids; one without the
 * legacy interface has ids of its own. disable-legacy=auto is on below a PCI
 * Express port, where port space is scarce, and off elsewhere.
 *
 * Order of realize: this file claims what does not depend on the device, the
 * device type's realize puts its device on the bus, which calls back
 * virtio_pci_device_plugged() with features, queues and configuration known.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "util/bswap.h"
#include "virtio-pci-internal.h"

#define VIRTIO_PCI_MODERN_ID_BASE 0x1040
#define VIRTIO_PCI_MODERN_SUBSYSTEM 0x1100
#define VIRTIO_PCI_REGION_STRIDE 0x1000

/* ------------------------------------------------------- the device's calls */

static AddressSpace *virtio_pci_get_dma_as(DeviceState *dev)
{
    return pci_get_address_space(PCI_DEVICE(dev));
}

static bool virtio_pci_has_modern(DeviceState *dev)
{
    return virtio_pci_modern(VIRTIO_PCI(dev));
}

static int virtio_pci_query_nvectors(DeviceState *dev)
{
    return VIRTIO_PCI(dev)->nvectors;
}

static void virtio_pci_status_changed(DeviceState *dev, uint8_t status)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);

    if (status & VIRTIO_CONFIG_S_DRIVER_OK) {
        virtio_pci_start_ioeventfd(proxy);
        virtio_pci_start_irqfds(proxy);
    } else if (!status) {
        virtio_pci_stop_ioeventfd(proxy);
        virtio_pci_stop_irqfds(proxy);
        virtio_pci_release_vectors(proxy);
        proxy->dfselect = proxy->gfselect = 0;
        memset(proxy->vqs, 0, sizeof(proxy->vqs));
        pci_set_irq(&proxy->pci_dev, 0);
    }
}

void virtio_pci_driver_speaks(VirtIODevice *vdev, bool legacy)
{
    if (!vdev->started && !(vdev->status & (VIRTIO_CONFIG_S_FEATURES_OK |
                                            VIRTIO_CONFIG_S_DRIVER_OK))) {
        vdev->legacy = legacy;
    }
}

/* ---------------------------------------------------------------- plugging */

uint8_t virtio_pci_add_cap(VirtIOPCIProxy *proxy, uint8_t type, uint8_t len,
                           uint8_t bar, const VirtIOPCIRegion *region,
                           Error **errp)
{
    PCIDevice *dev = &proxy->pci_dev;
    int offset = pci_add_capability(dev, PCI_CAP_ID_VNDR, 0, len, errp);
    uint8_t *cap;

    if (offset < 0) {
        return 0;
    }
    cap = dev->config + offset;
    cap[offsetof(struct virtio_pci_cap, cap_len)] = len;
    cap[offsetof(struct virtio_pci_cap, cfg_type)] = type;
    cap[offsetof(struct virtio_pci_cap, bar)] = bar;
    if (region) {
        stl_le_p(cap + offsetof(struct virtio_pci_cap, offset),
                 region->offset);
        stl_le_p(cap + offsetof(struct virtio_pci_cap, length), region->size);
    }
    return offset;
}

static void region_init(VirtIOPCIProxy *proxy, VirtIOPCIRegion *r,
                        const MemoryRegionOps *ops, const char *name,
                        uint32_t offset, uint32_t size)
{
    r->offset = offset;
    r->size = size;
    memory_region_init_io(&r->mr, OBJECT(proxy), ops, proxy, name, size);
}

static bool virtio_pci_add_modern_caps(VirtIOPCIProxy *proxy, Error **errp)
{
    const uint8_t plain = sizeof(struct virtio_pci_cap);
    const uint8_t notify = sizeof(struct virtio_pci_notify_cap);
    const unsigned mult = offsetof(struct virtio_pci_notify_cap,
                                   notify_off_multiplier);
    uint8_t offset;

    if (!virtio_pci_add_cap(proxy, VIRTIO_PCI_CAP_COMMON_CFG, plain,
                            VIRTIO_PCI_MODERN_BAR, &proxy->common, errp) ||
        !virtio_pci_add_cap(proxy, VIRTIO_PCI_CAP_ISR_CFG, plain,
                            VIRTIO_PCI_MODERN_BAR, &proxy->isr, errp) ||
        !virtio_pci_add_cap(proxy, VIRTIO_PCI_CAP_DEVICE_CFG, plain,
                            VIRTIO_PCI_MODERN_BAR, &proxy->device, errp)) {
        return false;
    }
    offset = virtio_pci_add_cap(proxy, VIRTIO_PCI_CAP_NOTIFY_CFG, notify,
                                VIRTIO_PCI_MODERN_BAR, &proxy->notify, errp);
    if (!offset) {
        return false;
    }
    stl_le_p(proxy->pci_dev.config + offset + mult,
             virtio_pci_notify_multiplier(proxy));
    /* Its multiplier is 0: one port for all queues. */
    if (virtio_pci_flag(proxy, VIRTIO_PCI_FLAG_MODERN_PIO_NOTIFY_BIT) &&
        !virtio_pci_add_cap(proxy, VIRTIO_PCI_CAP_NOTIFY_CFG, notify,
                            VIRTIO_PCI_MODERN_PIO_BAR, &proxy->notify_pio,
                            errp)) {
        return false;
    }
    return virtio_pci_cfg_access_init(proxy, errp);
}

static bool virtio_pci_init_modern(VirtIOPCIProxy *proxy, Error **errp)
{
    PCIDevice *dev = &proxy->pci_dev;
    VirtIOPCIRegion *const regions[] = { &proxy->common, &proxy->isr,
                                         &proxy->device, &proxy->notify };
    const uint32_t stride = VIRTIO_PCI_REGION_STRIDE;
    uint64_t size = stride;
    unsigned i;

    region_init(proxy, &proxy->common, &virtio_pci_common_ops,
                "virtio-pci-common", 0, stride);
    region_init(proxy, &proxy->isr, &virtio_pci_isr_ops, "virtio-pci-isr",
                stride, stride);
    region_init(proxy, &proxy->device, &virtio_pci_device_ops,
                "virtio-pci-device", 2 * stride, stride);
    region_init(proxy, &proxy->notify, &virtio_pci_notify_ops,
                "virtio-pci-notify", 3 * stride,
                virtio_pci_notify_multiplier(proxy) * VIRTIO_QUEUE_MAX);
    while (size < proxy->notify.offset + proxy->notify.size) {
        size <<= 1;
    }
    memory_region_init(&proxy->modern_bar, OBJECT(proxy), "virtio-pci", size);
    for (i = 0; i < ARRAY_SIZE(regions); i++) {
        memory_region_add_subregion(&proxy->modern_bar, regions[i]->offset,
                                    &regions[i]->mr);
    }
    if (virtio_pci_flag(proxy, VIRTIO_PCI_FLAG_MODERN_PIO_NOTIFY_BIT)) {
        region_init(proxy, &proxy->notify_pio, &virtio_pci_notify_pio_ops,
                    "virtio-pci-notify-pio", 0, 4);
        memory_region_init(&proxy->io_bar, OBJECT(proxy), "virtio-pci-io", 4);
        memory_region_add_subregion(&proxy->io_bar, 0, &proxy->notify_pio.mr);
        pci_register_bar(dev, VIRTIO_PCI_MODERN_PIO_BAR,
                         PCI_BASE_ADDRESS_SPACE_IO, &proxy->io_bar);
    }
    pci_register_bar(dev, VIRTIO_PCI_MODERN_BAR,
                     PCI_BASE_ADDRESS_SPACE_MEMORY |
                         PCI_BASE_ADDRESS_MEM_PREFETCH |
                         PCI_BASE_ADDRESS_MEM_TYPE_64,
                     &proxy->modern_bar);
    return virtio_pci_add_modern_caps(proxy, errp);
}

static void virtio_pci_set_ids(VirtIOPCIProxy *proxy)
{
    PCIDeviceClass *k = PCI_DEVICE_GET_CLASS(proxy);
    uint16_t type = virtio_pci_get_vdev(proxy)->device_id;
    uint8_t *config = proxy->pci_dev.config;
    bool legacy = virtio_pci_legacy(proxy);

    stw_le_p(config + PCI_VENDOR_ID, PCI_VENDOR_ID_REDHAT_QUMRANET);
    stw_le_p(config + PCI_DEVICE_ID,
             legacy ? k->device_id : VIRTIO_PCI_MODERN_ID_BASE + type);
    config[PCI_REVISION_ID] = legacy ? 0 : 1;
    stw_le_p(config + PCI_SUBSYSTEM_VENDOR_ID,
             PCI_SUBVENDOR_ID_REDHAT_QUMRANET);
    stw_le_p(config + PCI_SUBSYSTEM_ID,
             legacy ? type : VIRTIO_PCI_MODERN_SUBSYSTEM);
    config[PCI_INTERRUPT_PIN] = 1;
}

static void virtio_pci_init_msix(VirtIOPCIProxy *proxy)
{
    Error *err = NULL;

    if (proxy->nvectors &&
        msix_init_exclusive_bar(&proxy->pci_dev, proxy->nvectors,
                                VIRTIO_PCI_MSIX_BAR, &err) < 0) {
        error_free(err);
        warn_report("unable to init msix vectors to %u", proxy->nvectors);
        proxy->nvectors = 0;
    }
}

static void virtio_pci_device_plugged(DeviceState *dev, Error **errp)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);

    if (virtio_pci_legacy(proxy) &&
        virtio_host_has_feature(vdev, VIRTIO_F_ACCESS_PLATFORM)) {
        error_setg(errp, "VIRTIO_F_IOMMU_PLATFORM was supported by neither "
                         "legacy nor transitional device");
        return;
    }
    virtio_pci_set_ids(proxy);
    if (virtio_pci_modern(proxy) && !virtio_pci_init_modern(proxy, errp)) {
        return;
    }
    virtio_pci_init_msix(proxy);
    if (virtio_pci_legacy(proxy)) {
        memory_region_init_io(&proxy->bar, OBJECT(proxy),
                              &virtio_pci_legacy_ops, proxy,
                              "virtio-pci-legacy",
                              virtio_pci_legacy_size(proxy));
        pci_register_bar(&proxy->pci_dev, VIRTIO_PCI_LEGACY_BAR,
                         PCI_BASE_ADDRESS_SPACE_IO, &proxy->bar);
    }
}

static void virtio_pci_device_unplugged(DeviceState *dev)
{
    virtio_pci_stop_ioeventfd(VIRTIO_PCI(dev));
}

/* ------------------------------------------------------------ config space */

void virtio_pci_write_config(PCIDevice *dev, uint32_t addr, uint32_t val,
                             int len)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    VirtIODevice *vdev = virtio_pci_get_vdev(proxy);

    pci_default_write_config(dev, addr, val, len);
    if (!vdev) {
        return;
    }
    virtio_set_disabled(vdev, !(ldw_le_p(dev->config + PCI_COMMAND) &
                                PCI_COMMAND_MASTER));
    /* INTx and MSI-X take over from each other. */
    virtio_pci_update_irq(proxy);
    virtio_pci_cfg_access_written(proxy, addr, len);
}

/* ----------------------------------------------------------------- realize */

/* Properties of QEMU's that have no other value here than their default. */
static bool virtio_pci_check_flags(VirtIOPCIProxy *proxy, Error **errp)
{
    static const struct {
        unsigned bit;
        bool only;
        const char *name;
    } fixed[] = {
        { VIRTIO_PCI_FLAG_BUS_MASTER_BUG_MIGRATION_BIT, false,
          "virtio-pci-bus-master-bug-migration" },
        { VIRTIO_PCI_FLAG_ATS_BIT, false, "ats" },
        { VIRTIO_PCI_FLAG_ATS_PAGE_ALIGNED_BIT, true, "x-ats-page-aligned" },
        { VIRTIO_PCI_FLAG_AER_BIT, false, "aer" },
    };
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(fixed); i++) {
        if (virtio_pci_flag(proxy, fixed[i].bit) != fixed[i].only) {
            error_setg(errp, "%s=%s is not supported, it must be %s",
                       fixed[i].name, fixed[i].only ? "off" : "on",
                       fixed[i].only ? "on" : "off");
            return false;
        }
    }
    return true;
}

static bool virtio_pci_init_express(VirtIOPCIProxy *proxy, Error **errp)
{
    PCIDevice *dev = &proxy->pci_dev;
    int pm;

    if (pcie_endpoint_cap_init(dev, 0, errp) < 0) {
        return false;
    }
    pm = pci_pm_init(dev, 0, errp);
    if (pm < 0) {
        return false;
    }
    stw_le_p(dev->config + pm + PCI_PM_CTRL,
             virtio_pci_flag(proxy, VIRTIO_PCI_FLAG_PM_NO_SOFT_RESET_BIT)
                 ? PCI_PM_CTRL_NO_SOFT_RESET
                 : 0);
    if (!virtio_pci_flag(proxy, VIRTIO_PCI_FLAG_INIT_FLR_BIT)) {
        uint8_t *devcap = dev->config + dev->exp_cap + PCI_EXP_DEVCAP;

        stl_le_p(devcap, ldl_le_p(devcap) & ~PCI_EXP_DEVCAP_FLR);
    }
    return true;
}

/* Undoes plugging; harmless for what was not reached. */
static void virtio_pci_release(VirtIOPCIProxy *proxy)
{
    virtio_pci_stop_irqfds(proxy);
    msix_uninit_exclusive_bar(&proxy->pci_dev);
    memory_region_destroy(&proxy->notify_pio.mr);
    memory_region_destroy(&proxy->io_bar);
    memory_region_destroy(&proxy->notify.mr);
    memory_region_destroy(&proxy->device.mr);
    memory_region_destroy(&proxy->isr.mr);
    memory_region_destroy(&proxy->common.mr);
    memory_region_destroy(&proxy->modern_bar);
    memory_region_destroy(&proxy->bar);
}

static void virtio_pci_realize(PCIDevice *dev, Error **errp)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);
    VirtioPCIClass *k = VIRTIO_PCI_GET_CLASS(dev);
    PCIBus *pci_bus = pci_get_bus(dev);
    bool express_port =
        pci_is_express_bus(pci_bus) && !pci_bus_is_root(pci_bus);
    Error *err = NULL;

    if (proxy->disable_legacy == ON_OFF_AUTO_AUTO) {
        proxy->disable_legacy =
            express_port ? ON_OFF_AUTO_ON : ON_OFF_AUTO_OFF;
    }
    if (!virtio_pci_modern(proxy) && !virtio_pci_legacy(proxy)) {
        error_setg(errp, "device cannot work as neither modern nor legacy "
                         "mode is enabled");
        error_append_hint(errp, "Set either disable-modern or disable-legacy "
                                "to off\n");
        return;
    }
    if (!virtio_pci_check_flags(proxy, errp) ||
        (express_port && virtio_pci_modern(proxy) &&
         !virtio_pci_init_express(proxy, errp))) {
        return;
    }
    qbus_init(&proxy->bus, sizeof(proxy->bus), TYPE_VIRTIO_PCI_BUS,
              DEVICE(dev), "virtio-bus");
    k->realize(proxy, &err);
    if (err) {
        error_propagate(errp, err);
        virtio_pci_release(proxy);
    }
}

static void virtio_pci_exit(PCIDevice *dev)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(dev);

    virtio_pci_release(proxy);
}

/* ------------------------------------------------------------------- types */

typedef struct AliasWalk {
    Object *proxy;
    Object *child;
} AliasWalk;

static void alias_property(ObjectProperty *p, void *opaque)
{
    AliasWalk *w = opaque;

    if (!g_str_has_prefix(p->type, "child<") &&
        !object_property_find(w->proxy, p->name)) {
        object_property_add_alias(w->proxy, p->name, w->child, p->name);
    }
}

void virtio_instance_init_common(Object *proxy_obj, void *child, size_t size,
                                 const char *child_type)
{
    AliasWalk w = { proxy_obj, child };

    object_initialize_child(proxy_obj, "virtio-backend", child, size,
                            child_type);
    object_property_foreach(object_get_class(w.child), w.child,
                            alias_property, &w);
}

static const Property virtio_pci_properties[] = {
    DEFINE_PROP_BIT("virtio-pci-bus-master-bug-migration", VirtIOPCIProxy,
                    flags, VIRTIO_PCI_FLAG_BUS_MASTER_BUG_MIGRATION_BIT,
                    false),
    DEFINE_PROP_BIT("modern-pio-notify", VirtIOPCIProxy, flags,
                    VIRTIO_PCI_FLAG_MODERN_PIO_NOTIFY_BIT, false),
    DEFINE_PROP_BIT("page-per-vq", VirtIOPCIProxy, flags,
                    VIRTIO_PCI_FLAG_PAGE_PER_VQ_BIT, false),
    DEFINE_PROP_BIT("ats", VirtIOPCIProxy, flags, VIRTIO_PCI_FLAG_ATS_BIT,
                    false),
    DEFINE_PROP_BIT("x-ats-page-aligned", VirtIOPCIProxy, flags,
                    VIRTIO_PCI_FLAG_ATS_PAGE_ALIGNED_BIT, true),
    DEFINE_PROP_BIT("x-pcie-pm-no-soft-reset", VirtIOPCIProxy, flags,
                    VIRTIO_PCI_FLAG_PM_NO_SOFT_RESET_BIT, false),
    DEFINE_PROP_BIT("x-pcie-flr-init", VirtIOPCIProxy, flags,
                    VIRTIO_PCI_FLAG_INIT_FLR_BIT, true),
    DEFINE_PROP_BIT("aer", VirtIOPCIProxy, flags, VIRTIO_PCI_FLAG_AER_BIT,
                    false),
};

static void virtio_pci_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = virtio_pci_realize;
    k->exit = virtio_pci_exit;
    k->config_read = virtio_pci_read_config;
    k->config_write = virtio_pci_write_config;
    k->vendor_id = PCI_VENDOR_ID_REDHAT_QUMRANET;
    k->revision = 0;
    dc->user_creatable = false;
    device_class_set_props(dc, virtio_pci_properties);
}

static const Property virtio_pci_generic_properties[] = {
    DEFINE_PROP_ON_OFF_AUTO("disable-legacy", VirtIOPCIProxy, disable_legacy,
                            ON_OFF_AUTO_AUTO),
    DEFINE_PROP_BOOL("disable-modern", VirtIOPCIProxy, disable_modern, false),
};

static void virtio_pci_generic_class_init(ObjectClass *klass, const void *data)
{
    device_class_set_props(DEVICE_CLASS(klass), virtio_pci_generic_properties);
    DEVICE_CLASS(klass)->user_creatable = true;
}

static void virtio_pci_creatable_class_init(ObjectClass *klass,
                                            const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = true;
}

static void virtio_pci_transitional_init(Object *obj)
{
    VIRTIO_PCI(obj)->disable_legacy = ON_OFF_AUTO_OFF;
    VIRTIO_PCI(obj)->disable_modern = false;
}

static void virtio_pci_non_transitional_init(Object *obj)
{
    VIRTIO_PCI(obj)->disable_legacy = ON_OFF_AUTO_ON;
    VIRTIO_PCI(obj)->disable_modern = false;
}

static const InterfaceInfo virtio_pci_both_buses[] = {
    { INTERFACE_PCIE_DEVICE },
    { INTERFACE_CONVENTIONAL_PCI_DEVICE },
    { NULL },
};

static const InterfaceInfo virtio_pci_conventional_bus[] = {
    { INTERFACE_CONVENTIONAL_PCI_DEVICE },
    { NULL },
};

void virtio_pci_types_register(const VirtioPCIDeviceTypeInfo *t)
{
    TypeInfo base = {
        .name = t->base_name,
        .parent = TYPE_VIRTIO_PCI,
        .instance_size = t->instance_size,
        .instance_init = t->instance_init,
        .class_init = t->class_init,
        .abstract = true,
    };
    TypeInfo generic = {
        .name = t->generic_name,
        .parent = t->base_name,
        .class_init = virtio_pci_generic_class_init,
        .interfaces = virtio_pci_both_buses,
    };
    TypeInfo transitional = {
        .name = t->transitional_name,
        .parent = t->base_name,
        .instance_init = virtio_pci_transitional_init,
        .class_init = virtio_pci_creatable_class_init,
        .interfaces = virtio_pci_conventional_bus,
    };
    TypeInfo non_transitional = {
        .name = t->non_transitional_name,
        .parent = t->base_name,
        .instance_init = virtio_pci_non_transitional_init,
        .class_init = virtio_pci_creatable_class_init,
        .interfaces = virtio_pci_both_buses,
    };

    type_register_static(&base);
    type_register_static(&generic);
    if (t->transitional_name) {
        type_register_static(&transitional);
    }
    if (t->non_transitional_name) {
        type_register_static(&non_transitional);
    }
}

static void virtio_pci_bus_class_init(ObjectClass *klass, const void *data)
{
    VirtioBusClass *k = VIRTIO_BUS_CLASS(klass);

    k->notify = virtio_pci_notify;
    k->get_dma_as = virtio_pci_get_dma_as;
    k->device_plugged = virtio_pci_device_plugged;
    k->device_unplugged = virtio_pci_device_unplugged;
    k->has_modern = virtio_pci_has_modern;
    k->status_changed = virtio_pci_status_changed;
    k->query_nvectors = virtio_pci_query_nvectors;
}

static const TypeInfo virtio_pci_types[] = {
    {
        .name = TYPE_VIRTIO_PCI,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(VirtIOPCIProxy),
        .class_size = sizeof(VirtioPCIClass),
        .class_init = virtio_pci_class_init,
        .abstract = true,
    },
    {
        .name = TYPE_VIRTIO_PCI_BUS,
        .parent = TYPE_VIRTIO_BUS,
        .instance_size = sizeof(VirtioBusState),
        .class_size = sizeof(VirtioBusClass),
        .class_init = virtio_pci_bus_class_init,
    },
};

DEFINE_TYPES(virtio_pci_types)
