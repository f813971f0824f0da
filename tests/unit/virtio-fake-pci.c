/*
 * See virtio-fake-pci.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/virtio_pci.h>

#include "tests/unit/virtio-fake-pci.h"
#include "util/option.h"

typedef struct FakeVirtIOPCI {
    VirtIOPCIProxy parent_obj;
    FakeDevice vdev;
} FakeVirtIOPCI;

static MemoryRegion ram;
static DeviceState *host;
static PCIBus *root;
static DeviceState *port;
static int intx_level;

/* ------------------------------------------------------------------ types */

static void fake_pci_type_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    FakeVirtIOPCI *d = container_of(proxy, FakeVirtIOPCI, parent_obj);

    if (proxy->nvectors == DEV_NVECTORS_UNSPECIFIED) {
        proxy->nvectors = FAKE_QUEUES + 1;
    }
    qdev_realize(&d->vdev.parent_obj.parent_obj, &proxy->bus.parent_obj, errp);
}

static const Property fake_pci_properties[] = {
    DEFINE_PROP_BIT("ioeventfd", VirtIOPCIProxy, flags,
                    VIRTIO_PCI_FLAG_USE_IOEVENTFD_BIT, false),
    DEFINE_PROP_UINT32("vectors", VirtIOPCIProxy, nvectors,
                       DEV_NVECTORS_UNSPECIFIED),
};

static void fake_pci_class_init(ObjectClass *klass, const void *data)
{
    PCI_DEVICE_CLASS(klass)->device_id = 0x1000;
    VIRTIO_PCI_CLASS(klass)->realize = fake_pci_type_realize;
    device_class_set_props(DEVICE_CLASS(klass), fake_pci_properties);
}

static void fake_pci_instance_init(Object *obj)
{
    FakeVirtIOPCI *d =
        container_of(VIRTIO_PCI(obj), FakeVirtIOPCI, parent_obj);

    virtio_instance_init_common(obj, &d->vdev, sizeof(d->vdev),
                                TYPE_FAKE_DEVICE);
    d->vdev.queue_size = FAKE_QUEUE_SIZE;
}

static const VirtioPCIDeviceTypeInfo fake_pci_info = {
    .base_name = "fake-virtio-pci-base",
    .generic_name = FAKE_PCI_TYPE,
    .transitional_name = FAKE_PCI_TRANSITIONAL,
    .non_transitional_name = FAKE_PCI_NON_TRANSITIONAL,
    .instance_size = sizeof(FakeVirtIOPCI),
    .instance_init = fake_pci_instance_init,
    .class_init = fake_pci_class_init,
};

static const TypeInfo fake_host_info = {
    .name = "fake-pci-host",
    .parent = TYPE_SYS_BUS_DEVICE,
};

static void root_set_irq(void *opaque, int pin, int level)
{
    intx_level = level;
}

static int root_map_irq(PCIDevice *dev, int pin)
{
    return pin;
}

void fake_pci_init(void)
{
    const PCIBusRouting routing = { root_set_irq, root_map_irq, NULL };

    type_register_static(&fake_host_info);
    virtio_pci_types_register(&fake_pci_info);
    fake_init();
    memory_region_init_ram(&ram, NULL, "ram", FAKE_RAM_SIZE, &error_abort);
    memory_region_add_subregion(get_system_memory(), FAKE_RAM, &ram);
    host = qdev_new("fake-pci-host");
    qdev_realize(host, NULL, &error_abort);
    root = pci_root_bus_new(host, "pci.0", get_system_memory(),
                            get_system_io(), 0, TYPE_PCIE_BUS, &routing);
    port = qdev_new("pcie-root-port");
    object_property_parse(OBJECT(port), "chassis", "1", &error_abort);
    qdev_realize(port, qdev_get_child_bus(host, "pci.0"), &error_abort);
}

/* -------------------------------------------------------------------- use */

FakePCI *fake_pci_try_new(const char *type, const char *props, bool express,
                          Error **errp)
{
    DeviceState *dev = qdev_new(type);
    BusState *bus = express ? LIST_FIRST(&port->child_bus)
                            : qdev_get_child_bus(host, "pci.0");
    FakeVirtIOPCI *d =
        container_of(VIRTIO_PCI(dev), FakeVirtIOPCI, parent_obj);
    FakePCI *p = g_new0(FakePCI, 1);
    json_t *json = keyval_parse(props ? props : "", NULL, NULL, &error_abort);
    bool ok;

    d->vdev.fake = &p->fake;
    p->proxy = &d->parent_obj;
    p->pci = &p->proxy->pci_dev;
    p->fake.proxy = dev;
    p->fake.vdev = &d->vdev.parent_obj;
    p->fake.ram = memory_region_get_ram_ptr(&ram);
    ok = object_set_properties(OBJECT(dev), json, true, errp) &&
         qdev_realize(dev, bus, errp);
    json_decref(json);
    if (!ok) {
        object_unref(OBJECT(dev));
        g_free(p);
        return NULL;
    }
    return p;
}

FakePCI *fake_pci_new(const char *props)
{
    FakePCI *p = fake_pci_try_new(FAKE_PCI_TYPE, props, false, &error_abort);

    fake_pci_map(p);
    return p;
}

void fake_pci_free(FakePCI *p)
{
    object_unparent(OBJECT(p->pci));
    object_unref(OBJECT(p->pci));
    g_free(p);
}

bool fake_pci_intx(void)
{
    return intx_level;
}

uint32_t cfg_read(FakePCI *p, unsigned addr, unsigned len)
{
    return PCI_DEVICE_GET_CLASS(p->pci)->config_read(p->pci, addr, len);
}

void cfg_write(FakePCI *p, unsigned addr, uint32_t val, unsigned len)
{
    PCI_DEVICE_GET_CLASS(p->pci)->config_write(p->pci, addr, val, len);
}

void fake_pci_map(FakePCI *p)
{
    cfg_write(p, PCI_BASE_ADDRESS_0, FAKE_BAR0, 4);
    cfg_write(p, PCI_BASE_ADDRESS_1, FAKE_BAR1, 4);
    cfg_write(p, PCI_BASE_ADDRESS_2, FAKE_BAR2, 4);
    cfg_write(p, PCI_BASE_ADDRESS_4, (uint32_t)FAKE_BAR4, 4);
    cfg_write(p, PCI_BASE_ADDRESS_5, FAKE_BAR4 >> 32, 4);
    cfg_write(p, PCI_COMMAND,
              PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
}

uint64_t mem_read(uint64_t addr, unsigned size)
{
    return address_space_ld(&address_space_memory, addr, size, NULL);
}

void mem_write(uint64_t addr, uint64_t val, unsigned size)
{
    address_space_st(&address_space_memory, addr, val, size, NULL);
}

uint32_t io_read(uint64_t io_port, unsigned size)
{
    return address_space_ld(&address_space_io, io_port, size, NULL);
}

void io_write(uint64_t io_port, uint32_t val, unsigned size)
{
    address_space_st(&address_space_io, io_port, val, size, NULL);
}

void fake_pci_vector(unsigned v, uint64_t addr, uint32_t data)
{
    mem_write(FAKE_BAR1 + v * 16, addr, 4);
    mem_write(FAKE_BAR1 + v * 16 + 4, addr >> 32, 4);
    mem_write(FAKE_BAR1 + v * 16 + 8, data, 4);
    mem_write(FAKE_BAR1 + v * 16 + 12, 0, 4);
}

void fake_pci_msix_enable(FakePCI *p, bool on)
{
    unsigned cap = pci_find_capability(p->pci, PCI_CAP_ID_MSIX);

    cfg_write(p, cap + PCI_MSIX_FLAGS, on ? PCI_MSIX_FLAGS_ENABLE : 0, 2);
}

void fake_pci_negotiate(FakePCI *p)
{
    const uint64_t c = FAKE_COMMON;

    mem_write(c + VIRTIO_PCI_COMMON_STATUS, 0, 1);
    mem_write(c + VIRTIO_PCI_COMMON_STATUS, 1, 1);
    mem_write(c + VIRTIO_PCI_COMMON_STATUS, 3, 1);
    for (unsigned i = 0; i < 4; i++) {
        mem_write(c + VIRTIO_PCI_COMMON_DFSELECT, i, 4);
        mem_write(c + VIRTIO_PCI_COMMON_GFSELECT, i, 4);
        mem_write(c + VIRTIO_PCI_COMMON_GF,
                  mem_read(c + VIRTIO_PCI_COMMON_DF, 4), 4);
    }
    mem_write(c + VIRTIO_PCI_COMMON_STATUS, 0xb, 1);
    g_assert_cmphex(mem_read(c + VIRTIO_PCI_COMMON_STATUS, 1), ==, 0xb);
}
