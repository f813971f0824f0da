/*
 * PCI-to-PCI bridges: see pci-bridge.h.
 *
 * The secondary bus has memory and port spaces of its own, in which the
 * devices behind the bridge place their BARs. A window is an alias of a part
 * of them, at the same addresses, in the space of the primary bus. Any write
 * to the registers that make the windows, or to the command register, makes
 * the aliases anew.
 *
 * Limits: port windows have 16 address bits; the VGA and ISA enable bits are
 * absent; a bridge does not look at its own bus master bit when a device
 * behind it does DMA.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-bridge.h"
#include "hw/pci/pci-internal.h"

#define PCI_BRIDGE_CTL_WRITABLE \
    (PCI_BRIDGE_CTL_PARITY | PCI_BRIDGE_CTL_SERR | \
     PCI_BRIDGE_CTL_MASTER_ABORT | PCI_BRIDGE_CTL_BUS_RESET | \
     PCI_BRIDGE_CTL_FAST_BACK)

/* --------------------------------------------------------------- windows */

static PCIBridgeWindow window_io(const uint8_t *c)
{
    return (PCIBridgeWindow){
        .base = (c[PCI_IO_BASE] & PCI_IO_RANGE_MASK & 0xff) << 8,
        .limit = (c[PCI_IO_LIMIT] & PCI_IO_RANGE_MASK & 0xff) << 8 | 0xfff,
    };
}

static PCIBridgeWindow window_mem(const uint8_t *c)
{
    return (PCIBridgeWindow){
        .base = (ldw_le_p(c + PCI_MEMORY_BASE) & 0xfff0u) << 16,
        .limit = (ldw_le_p(c + PCI_MEMORY_LIMIT) & 0xfff0u) << 16 | 0xfffff,
    };
}

static PCIBridgeWindow window_pref(const uint8_t *c)
{
    uint64_t base_high = ldl_le_p(c + PCI_PREF_BASE_UPPER32);
    uint64_t limit_high = ldl_le_p(c + PCI_PREF_LIMIT_UPPER32);

    return (PCIBridgeWindow){
        .base = (ldw_le_p(c + PCI_PREF_MEMORY_BASE) & 0xfff0u) << 16 |
                base_high << 32,
        .limit = (ldw_le_p(c + PCI_PREF_MEMORY_LIMIT) & 0xfff0u) << 16 |
                 0xfffff | limit_high << 32,
    };
}

PCIBridgeWindow pci_bridge_get_window(const PCIDevice *dev, uint8_t type)
{
    if (type & PCI_BASE_ADDRESS_SPACE_IO) {
        return window_io(dev->config);
    }
    return type & PCI_BASE_ADDRESS_MEM_PREFETCH ? window_pref(dev->config)
                                                : window_mem(dev->config);
}

static void pci_bridge_map_window(PCIBridge *br, MemoryRegion *window,
                                  const char *name, MemoryRegion *behind,
                                  MemoryRegion *front, uint8_t type)
{
    PCIDevice *dev = &br->parent_obj;
    PCIBridgeWindow w = pci_bridge_get_window(dev, type);
    uint16_t enable =
        type & PCI_BASE_ADDRESS_SPACE_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
    uint64_t size = w.limit - w.base;

    memory_region_destroy(window);
    if (w.limit < w.base || !(ldw_le_p(dev->config + PCI_COMMAND) & enable)) {
        return;
    }
    size += size < UINT64_MAX; /* UINT64_MAX stands for everything */
    memory_region_init_alias(window, OBJECT(br), name, behind, w.base, size);
    memory_region_add_subregion_overlap(front, w.base, window, 1);
}

void pci_bridge_update_windows(PCIDevice *dev)
{
    PCIBridge *br = PCI_BRIDGE(dev);
    PCIBus *bus = pci_get_bus(dev);

    if (!br->sec_bus) {
        return;
    }
    memory_region_transaction_begin();
    pci_bridge_map_window(br, &br->window_mem, "pci_bridge_mem",
                          &br->address_space_mem, bus->address_space_mem,
                          PCI_BASE_ADDRESS_SPACE_MEMORY);
    pci_bridge_map_window(br, &br->window_pref, "pci_bridge_pref_mem",
                          &br->address_space_mem, bus->address_space_mem,
                          PCI_BASE_ADDRESS_MEM_PREFETCH);
    pci_bridge_map_window(br, &br->window_io, "pci_bridge_io",
                          &br->address_space_io, bus->address_space_io,
                          PCI_BASE_ADDRESS_SPACE_IO);
    memory_region_transaction_commit();
}

/* ------------------------------------------------------------- registers */

void pci_bridge_write_config(PCIDevice *dev, uint32_t addr, uint32_t val,
                             int len)
{
    PCIBridge *br = PCI_BRIDGE(dev);
    uint16_t old_ctl = ldw_le_p(dev->config + PCI_BRIDGE_CONTROL);
    uint16_t new_ctl;

    memory_region_transaction_begin();
    pci_default_write_config(dev, addr, val, len);
    if (addr < PCI_COMMAND + 2 ||
        (addr + len > PCI_IO_BASE && addr < PCI_CAPABILITY_LIST)) {
        pci_bridge_update_windows(dev);
    }
    memory_region_transaction_commit();

    new_ctl = ldw_le_p(dev->config + PCI_BRIDGE_CONTROL);
    if (~old_ctl & new_ctl & PCI_BRIDGE_CTL_BUS_RESET) {
        bus_cold_reset(&br->sec_bus->qbus);
    }
}

void pci_bridge_disable_windows(PCIDevice *dev)
{
    uint8_t *c = dev->config;

    c[PCI_IO_BASE] |= 0xf0;
    stw_le_p(c + PCI_MEMORY_BASE, 0xfff0);
    stw_le_p(c + PCI_PREF_MEMORY_BASE,
             0xfff0 | ldw_le_p(c + PCI_PREF_MEMORY_BASE));
    pci_bridge_update_windows(dev);
}

void pci_bridge_reset(DeviceState *qdev)
{
    PCIDevice *dev = PCI_DEVICE(qdev);
    uint8_t *c = dev->config;

    memset(c + PCI_PRIMARY_BUS, 0, 4);
    c[PCI_IO_BASE] = 0;
    c[PCI_IO_LIMIT] = 0;
    memset(c + PCI_MEMORY_BASE, 0, 4);
    stw_le_p(c + PCI_PREF_MEMORY_BASE, PCI_PREF_RANGE_TYPE_64);
    stw_le_p(c + PCI_PREF_MEMORY_LIMIT, PCI_PREF_RANGE_TYPE_64);
    memset(c + PCI_PREF_BASE_UPPER32, 0, 8);
    stw_le_p(c + PCI_BRIDGE_CONTROL, 0);
    pci_bridge_update_windows(dev);
}

static void pci_bridge_init_masks(PCIDevice *dev)
{
    uint8_t *w = dev->wmask;

    memset(w + PCI_PRIMARY_BUS, 0xff, 4);
    w[PCI_IO_BASE] = PCI_IO_RANGE_MASK & 0xff;
    w[PCI_IO_LIMIT] = PCI_IO_RANGE_MASK & 0xff;
    stw_le_p(w + PCI_MEMORY_BASE, PCI_MEMORY_RANGE_MASK & 0xffff);
    stw_le_p(w + PCI_MEMORY_LIMIT, PCI_MEMORY_RANGE_MASK & 0xffff);
    stw_le_p(w + PCI_PREF_MEMORY_BASE, PCI_PREF_RANGE_MASK & 0xffff);
    stw_le_p(w + PCI_PREF_MEMORY_LIMIT, PCI_PREF_RANGE_MASK & 0xffff);
    memset(w + PCI_PREF_BASE_UPPER32, 0xff, 8);
    stw_le_p(w + PCI_BRIDGE_CONTROL, PCI_BRIDGE_CTL_WRITABLE);
    stw_le_p(dev->w1cmask + PCI_SEC_STATUS,
             ldw_le_p(dev->w1cmask + PCI_STATUS));
    stw_le_p(dev->config + PCI_PREF_MEMORY_BASE, PCI_PREF_RANGE_TYPE_64);
    stw_le_p(dev->config + PCI_PREF_MEMORY_LIMIT, PCI_PREF_RANGE_TYPE_64);
}

/* --------------------------------------------------------- set-up, removal */

void pci_bridge_init(PCIDevice *dev, const char *bus_type)
{
    PCIBridge *br = PCI_BRIDGE(dev);
    PCIBus *bus;

    pci_bridge_init_masks(dev);
    memory_region_init(&br->address_space_mem, OBJECT(dev), "pci_bridge_pci",
                       UINT64_MAX);
    memory_region_init(&br->address_space_io, OBJECT(dev), "pci_bridge_io",
                       0x10000);
    bus = PCI_BUS(qbus_new(bus_type, &dev->qdev, dev->qdev.id));
    bus->parent_dev = dev;
    bus->address_space_mem = &br->address_space_mem;
    bus->address_space_io = &br->address_space_io;
    bus->qbus.hotpluggable = true;
    br->sec_bus = bus;
}

void pci_bridge_exit(PCIDevice *dev)
{
    PCIBridge *br = PCI_BRIDGE(dev);

    object_unparent(OBJECT(br->sec_bus));
    br->sec_bus = NULL;
    memory_region_destroy(&br->window_mem);
    memory_region_destroy(&br->window_pref);
    memory_region_destroy(&br->window_io);
    memory_region_destroy(&br->address_space_mem);
    memory_region_destroy(&br->address_space_io);
}

/* ---------------------------------------------------------- capabilities */

int pci_bridge_ssvid_init(PCIDevice *dev, uint8_t offset, uint16_t svid,
                          uint16_t ssid, Error **errp)
{
    int pos = pci_add_capability(dev, PCI_CAP_ID_SSVID, offset, 8, errp);

    if (pos >= 0) {
        stw_le_p(dev->config + pos + PCI_SSVID_VENDOR_ID, svid);
        stw_le_p(dev->config + pos + PCI_SSVID_DEVICE_ID, ssid);
    }
    return pos;
}

/* Known to SeaBIOS and OVMF as type 1 of Red Hat's vendor capabilities. */
#define RESERVE_CAP_SIZE         32
#define RESERVE_CAP_LEN          2
#define RESERVE_CAP_TYPE         3
#define RESERVE_CAP_BUS          4
#define RESERVE_CAP_IO           8
#define RESERVE_CAP_MEM          16
#define RESERVE_CAP_PREF_32      20
#define RESERVE_CAP_PREF_64      24
#define RESERVE_CAP_TYPE_RESERVE 1

static bool reserve_is_valid(const PCIResReserve *r, Error **errp)
{
    if (r->mem_pref_32 != UINT64_MAX && r->mem_pref_64 != UINT64_MAX) {
        error_setg(errp,
                   "PCI resource reserve cap: PREF32 and PREF64 conflict");
        return false;
    }
    if (r->mem_non_pref != UINT64_MAX && r->mem_non_pref >= UINT32_MAX) {
        error_setg(errp, "PCI resource reserve cap: mem-reserve must be "
                         "less than 4G");
        return false;
    }
    if (r->mem_pref_32 != UINT64_MAX && r->mem_pref_32 >= UINT32_MAX) {
        error_setg(errp, "PCI resource reserve cap: pref32-reserve must be "
                         "less than 4G");
        return false;
    }
    return true;
}

int pci_bridge_reserve_cap_init(PCIDevice *dev, uint8_t offset,
                                const PCIResReserve *reserve, Error **errp)
{
    uint8_t *cap;
    int pos;

    if (reserve->bus == UINT32_MAX && reserve->io == UINT64_MAX &&
        reserve->mem_non_pref == UINT64_MAX &&
        reserve->mem_pref_32 == UINT64_MAX &&
        reserve->mem_pref_64 == UINT64_MAX) {
        return 0;
    }
    if (!reserve_is_valid(reserve, errp)) {
        return -EINVAL;
    }
    pos = pci_add_capability(dev, PCI_CAP_ID_VNDR, offset, RESERVE_CAP_SIZE,
                             errp);
    if (pos < 0) {
        return pos;
    }
    cap = dev->config + pos;
    cap[RESERVE_CAP_LEN] = RESERVE_CAP_SIZE;
    cap[RESERVE_CAP_TYPE] = RESERVE_CAP_TYPE_RESERVE;
    stl_le_p(cap + RESERVE_CAP_BUS, reserve->bus);
    stq_le_p(cap + RESERVE_CAP_IO, reserve->io);
    stl_le_p(cap + RESERVE_CAP_MEM, reserve->mem_non_pref);
    stl_le_p(cap + RESERVE_CAP_PREF_32, reserve->mem_pref_32);
    stq_le_p(cap + RESERVE_CAP_PREF_64, reserve->mem_pref_64);
    return pos;
}

/* --------------------------------------------------------------- QOM type */

static void pci_bridge_class_init(ObjectClass *klass, const void *data)
{
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);
    DeviceClass *dc = DEVICE_CLASS(klass);

    k->is_bridge = true;
    k->class_id = PCI_CLASS_BRIDGE_PCI;
    k->config_write = pci_bridge_write_config;
    dc->reset = pci_bridge_reset;
    dc->categories = 1ul << DEVICE_CATEGORY_BRIDGE;
}

static const TypeInfo pci_bridge_types[] = {
    {
        .name = TYPE_PCI_BRIDGE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(PCIBridge),
        .abstract = true,
        .class_init = pci_bridge_class_init,
    },
};
DEFINE_TYPES(pci_bridge_types)
