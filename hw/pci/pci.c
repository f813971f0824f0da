/*
 * PCI devices: the QOM type, and the life of a function.
 *
 * Theory of operation. A function is a configuration space (pci-config.c)
 * whose registers decide everything else: base addresses place the device's
 * MemoryRegions in the bus's memory or port space (pci-bar.c), the command
 * register switches them, the function's DMA and its INTx pin (pci-irq.c),
 * capabilities (pci-caps.c) add MSI-X (msix.c) and Express. A bus (pci-bus.c)
 * is a table of functions; a bridge (pci-bridge.c) is a function with a bus
 * behind it; a host bridge (pci-host.c, pcie-host.c) turns port or memory
 * accesses of a CPU into configuration cycles.
 *
 * DMA. Each function has an address space of its own, bus_master_as: all of
 * guest memory while the guest lets it be bus master, nothing otherwise. A
 * ring or an MSI message can therefore never reach memory the guest has not
 * opened.
 *
 * Limits: no MSI without the X, no power states that lose context, no SR-IOV,
 * ATS or IOMMU; error reporting registers are absent.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/msix.h"
#include "hw/pci/pci-internal.h"

void pci_reset_function(PCIDevice *dev)
{
    if (!dev->config) {
        return;
    }
    memory_region_transaction_begin();
    pci_irq_deassert(dev);
    pci_config_reset(dev);
    pci_reset_bars(dev);
    if (PCI_DEVICE_GET_CLASS(dev)->is_bridge) {
        pci_bridge_update_windows(dev);
    }
    msix_reset(dev);
    memory_region_transaction_commit();
}

void pci_device_reset(PCIDevice *dev)
{
    device_cold_reset(&dev->qdev);
    pci_reset_function(dev);
}

AddressSpace *pci_get_address_space(PCIDevice *dev)
{
    return &dev->bus_master_as;
}

void pci_msi_send(PCIDevice *dev, uint64_t addr, uint32_t data)
{
    address_space_send_message(&dev->bus_master_as, addr, data);
}

/* --------------------------------------------------------- board's devices */

PCIDevice *pci_new(int devfn, const char *type)
{
    PCIDevice *dev = PCI_DEVICE(qdev_new(type));

    dev->devfn = devfn;
    return dev;
}

bool pci_realize_and_unref(PCIDevice *dev, PCIBus *bus, Error **errp)
{
    return qdev_realize_and_unref(&dev->qdev, &bus->qbus, errp);
}

/* ---------------------------------------------------------------- realize */

/* acpi-index names a NIC to the guest: it must be unique. */
typedef struct AcpiIndexSearch {
    PCIDevice *dev;
    bool taken;
} AcpiIndexSearch;

static int pci_match_acpi_index(Object *obj, void *opaque)
{
    AcpiIndexSearch *search = opaque;
    PCIDevice *other = (PCIDevice *)object_dynamic_cast(obj, TYPE_PCI_DEVICE);

    if (other && other != search->dev && other->qdev.realized &&
        other->acpi_index == search->dev->acpi_index) {
        search->taken = true;
    }
    return search->taken;
}

static bool pci_check_acpi_index(PCIDevice *dev, Error **errp)
{
    AcpiIndexSearch search = {.dev = dev};

    if (dev->acpi_index) {
        object_child_foreach_recursive(object_get_root(), pci_match_acpi_index,
                                       &search);
    }
    if (search.taken) {
        error_setg(errp,
                   "a PCI device with acpi-index = %" PRIu32 " already exist",
                   dev->acpi_index);
        return false;
    }
    return true;
}

/* Properties of QEMU's that only have their default here. */
static bool pci_check_absent(const PCIDevice *dev, Error **errp)
{
    if (dev->failover_pair_id && dev->failover_pair_id[0]) {
        error_setg(errp,
                   "failover_pair_id=%s is not supported: no device here can "
                   "be the primary of a failover pair",
                   dev->failover_pair_id);
        return false;
    }
    if (dev->sriov_pf && dev->sriov_pf[0]) {
        error_setg(errp,
                   "sriov-pf=%s is not supported: no device here has virtual "
                   "functions",
                   dev->sriov_pf);
        return false;
    }
    return true;
}

static bool pci_check_properties(PCIDevice *dev, Error **errp)
{
    if (!pci_check_absent(dev, errp)) {
        return false;
    }
    if (dev->romsize != UINT32_MAX && !is_power_of_2(dev->romsize)) {
        error_setg(errp, "ROM size %" PRIu32 " is not a power of two",
                   dev->romsize);
        return false;
    }
    return pci_check_acpi_index(dev, errp);
}

static void pci_dma_init(PCIDevice *dev)
{
    memory_region_init(&dev->bus_master_container_region, OBJECT(dev),
                       "bus master container", UINT64_MAX);
    memory_region_init_alias(&dev->bus_master_enable_region, OBJECT(dev),
                             "bus master", get_system_memory(), 0,
                             get_system_memory()->size);
    memory_region_set_enabled(&dev->bus_master_enable_region, false);
    memory_region_add_subregion(&dev->bus_master_container_region, 0,
                                &dev->bus_master_enable_region);
    address_space_init(&dev->bus_master_as, &dev->bus_master_container_region,
                       dev->name);
}

static void pci_dma_exit(PCIDevice *dev)
{
    address_space_destroy(&dev->bus_master_as);
    memory_region_destroy(&dev->bus_master_enable_region);
    memory_region_destroy(&dev->bus_master_container_region);
}

/* Registers, address and DMA; undone by pci_function_exit. */
static bool pci_function_init(PCIDevice *dev, PCIBus *bus, Error **errp)
{
    bool express = pci_is_express_bus(bus) &&
                   object_dynamic_cast(OBJECT(dev), INTERFACE_PCIE_DEVICE);

    if (!pci_bus_claim_devfn(bus, dev, errp)) {
        return false;
    }
    g_strlcpy(dev->name, object_get_typename(OBJECT(dev)), sizeof(dev->name));
    dev->config_size = express ? PCIE_CONFIG_SPACE_SIZE : PCI_CONFIG_SPACE_SIZE;
    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        dev->io_regions[i] = (PCIIORegion){.addr = PCI_BAR_UNMAPPED};
    }
    pci_config_alloc(dev);
    pci_config_init(dev);
    pci_dma_init(dev);
    return true;
}

static void pci_function_exit(PCIDevice *dev)
{
    pci_bus_release_devfn(pci_get_bus(dev), dev);
    pci_dma_exit(dev);
    pci_config_free(dev);
    dev->is_express = false;
    dev->exp_cap = 0;
}

static void pci_bus_child_changed(PCIBus *bus)
{
    if (bus->child_changed) {
        bus->child_changed(bus->parent_dev);
    }
}

static void pci_qdev_realize(DeviceState *qdev, Error **errp)
{
    PCIDevice *dev = PCI_DEVICE(qdev);
    PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    int32_t asked_devfn = dev->devfn;
    Error *err = NULL;

    if (!pci_check_properties(dev, errp) ||
        !pci_function_init(dev, pci_get_bus(dev), errp)) {
        return;
    }
    if (pc->realize) {
        pc->realize(dev, &err);
    }
    if (!err && !pci_rom_init(dev, &err) && pc->exit) {
        pc->exit(dev);
    }
    if (err) {
        pci_unregister_bars(dev);
        pci_function_exit(dev);
        dev->devfn = asked_devfn;
        error_propagate(errp, err);
        return;
    }
    pci_bus_child_changed(pci_get_bus(dev));
}

static void pci_qdev_unrealize(DeviceState *qdev)
{
    PCIDevice *dev = PCI_DEVICE(qdev);
    PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);

    pci_irq_deassert(dev);
    pci_unregister_bars(dev);
    pci_rom_exit(dev);
    if (pc->exit) {
        pc->exit(dev);
    }
    pci_function_exit(dev);
    pci_bus_child_changed(pci_get_bus(dev));
}

/* --------------------------------------------------------------- QOM type */

static const Property pci_props[] = {
    DEFINE_PROP_SIGNED("addr", PCIDevice, devfn, -1, qdev_prop_pci_devfn),
    DEFINE_PROP_STRING("romfile", PCIDevice, romfile),
    DEFINE_PROP_UINT32("romsize", PCIDevice, romsize, UINT32_MAX),
    DEFINE_PROP_INT32("rombar", PCIDevice, rombar, -1),
    DEFINE_PROP_BOOL("multifunction", PCIDevice, multifunction, false),
    DEFINE_PROP_UINT32("acpi-index", PCIDevice, acpi_index, 0),
    DEFINE_PROP_STRING("failover_pair_id", PCIDevice, failover_pair_id),
    DEFINE_PROP_STRING("sriov-pf", PCIDevice, sriov_pf),
    DEFINE_PROP_SIZE("x-max-bounce-buffer-size", PCIDevice,
                     max_bounce_buffer_size, 4096),
    DEFINE_PROP_BIT("x-pcie-ext-tag", PCIDevice, pcie_flags,
                    PCIE_FLAG_EXT_TAG_BIT, true),
    DEFINE_PROP_BIT("x-pcie-lnksta-dllla", PCIDevice, pcie_flags,
                    PCIE_FLAG_LNKSTA_DLLLA_BIT, true),
    DEFINE_PROP_BIT("x-pcie-err-unc-mask", PCIDevice, pcie_flags,
                    PCIE_FLAG_ERR_UNC_MASK_BIT, true),
    DEFINE_PROP_BIT("x-pcie-ari-nextfn-1", PCIDevice, pcie_flags,
                    PCIE_FLAG_ARI_NEXTFN_1_BIT, false),
};

/* "busnr", for who looks at the tree: the number the guest gave the bus. */
static bool pci_get_busnr(Object *obj, Visitor *v, const char *name,
                          void *opaque, Error **errp)
{
    PCIDevice *dev = PCI_DEVICE(obj);
    uint8_t busnr = 0;

    if (dev->qdev.parent_bus) {
        busnr = pci_bus_num(pci_get_bus(dev));
    }
    return visit_type_uint8(v, name, &busnr, errp);
}

static void pci_device_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);

    dc->bus_type = TYPE_PCI_BUS;
    dc->realize = pci_qdev_realize;
    dc->unrealize = pci_qdev_unrealize;
    pc->config_read = pci_default_read_config;
    pc->config_write = pci_default_write_config;
    device_class_set_props(dc, pci_props);
    object_class_property_add(klass, "busnr", "busnr", pci_get_busnr, NULL,
                              NULL, NULL);
}

static const TypeInfo pci_device_types[] = {
    {
        .name = TYPE_PCI_DEVICE,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(PCIDevice),
        .abstract = true,
        .class_size = sizeof(PCIDeviceClass),
        .class_init = pci_device_class_init,
    },
};
DEFINE_TYPES(pci_device_types)
