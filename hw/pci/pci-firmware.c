/*
 * PCI as firmware leaves it: see pci-firmware.h.
 *
 * Buses are numbered depth first. Then each of three kinds of space is laid
 * out: ports, memory below 4 GiB, and prefetchable memory of 64-bit BARs,
 * which goes below 4 GiB too while there is room. A bus's resources are the
 * BARs of its functions and the windows of its bridges; a window is as large
 * as what is laid out behind it. The same walk computes sizes and, with
 * addresses, writes registers. Sorting by alignment keeps gaps small.
 *
 * All registers are written the way a CPU writes them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-bridge.h"
#include "hw/pci/pci-firmware.h"
#include "hw/pci/pci-internal.h"
#include "hw/pci/pcie-port.h"

#define IO_WINDOW_ALIGN  0x1000
#define MEM_WINDOW_ALIGN MiB
/* Room behind a port for what is plugged into it later. */
#define HOTPLUG_MEM_SIZE (2 * MiB)

typedef enum SpaceKind {
    SPACE_IO,
    SPACE_MEM,
    SPACE_PREF,
} SpaceKind;

/* A BAR, or the window of a bridge. */
typedef struct Resource {
    PCIDevice *dev;
    int region; /* -1: the window */
    uint64_t size;
    uint64_t align;
} Resource;

static void cfg_write(PCIDevice *dev, uint32_t addr, uint32_t val, int len)
{
    pci_host_config_write(dev, addr, PCI_CONFIG_SPACE_SIZE, val, len);
}

static PCIBus *bus_behind(PCIDevice *dev)
{
    return PCI_DEVICE_GET_CLASS(dev)->is_bridge ? PCI_BRIDGE(dev)->sec_bus
                                                : NULL;
}

/* ------------------------------------------------------------ bus numbers */

/* Numbers the buses behind `bus`, itself number `num`. Returns the highest
 * one given out. Bridges that find none left keep 0 and forward nothing. */
static unsigned number_buses(PCIBus *bus, unsigned num)
{
    unsigned last = num;

    for (int i = 0; i < PCI_BUS_MAX_DEVFN; i++) {
        PCIDevice *dev = bus->devices[i];
        PCIBus *behind = dev ? bus_behind(dev) : NULL;
        uint32_t reserve;
        unsigned first = last + 1;

        if (!behind || first > UINT8_MAX) {
            continue;
        }
        cfg_write(dev, PCI_PRIMARY_BUS, num, 1);
        cfg_write(dev, PCI_SECONDARY_BUS, first, 1);
        cfg_write(dev, PCI_SUBORDINATE_BUS, UINT8_MAX, 1);
        last = number_buses(behind, first);
        reserve = PCI_BRIDGE(dev)->reserve.bus;
        if (reserve != UINT32_MAX) {
            last = MIN(MAX(last, first + (uint64_t)reserve), UINT8_MAX);
        }
        cfg_write(dev, PCI_SUBORDINATE_BUS, last, 1);
    }
    return last;
}

/* -------------------------------------------------------------- resources */

static SpaceKind bar_kind(const PCIIORegion *r)
{
    const uint8_t pref64 =
        PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH;

    if (r->type & PCI_BASE_ADDRESS_SPACE_IO) {
        return SPACE_IO;
    }
    return (r->type & pref64) == pref64 ? SPACE_PREF : SPACE_MEM;
}

/* What the bridge's owner asks for; without a wish what hot-plugging needs. */
static uint64_t window_min_size(PCIDevice *dev, SpaceKind kind)
{
    const PCIResReserve *r = &PCI_BRIDGE(dev)->reserve;
    PCIESlot *slot = (PCIESlot *)object_dynamic_cast(OBJECT(dev),
                                                     TYPE_PCIE_SLOT);
    uint64_t wish;

    switch (kind) {
    case SPACE_IO:
        return r->io != UINT64_MAX ? r->io : 0;
    case SPACE_MEM:
        wish = r->mem_non_pref;
        break;
    default:
        wish = r->mem_pref_64 != UINT64_MAX ? r->mem_pref_64 : r->mem_pref_32;
        break;
    }
    if (wish != UINT64_MAX) {
        return wish;
    }
    return slot && slot->hotplug ? HOTPLUG_MEM_SIZE : 0;
}

static uint64_t lay_out_bus(PCIBus *bus, SpaceKind kind,
                            const PCIFirmwareWindow *place, uint64_t *max_align);

static void add_bars(GArray *list, PCIDevice *dev, SpaceKind kind)
{
    for (int i = 0; i < PCI_NUM_REGIONS; i++) {
        const PCIIORegion *r = &dev->io_regions[i];

        if (r->size && bar_kind(r) == kind) {
            Resource res = {dev, i, r->size, r->size};

            g_array_append_val(list, res);
        }
    }
}

static void add_window(GArray *list, PCIDevice *dev, SpaceKind kind)
{
    uint64_t grain = kind == SPACE_IO ? IO_WINDOW_ALIGN : MEM_WINDOW_ALIGN;
    Resource res = {dev, -1, 0, grain};
    uint64_t align = 1;

    res.size = lay_out_bus(bus_behind(dev), kind, NULL, &align);
    res.size = MAX(res.size, window_min_size(dev, kind));
    res.align = MAX(res.align, align);
    if (res.size && res.size <= UINT64_MAX - grain) {
        res.size = QEMU_ALIGN_UP(res.size, grain);
        g_array_append_val(list, res);
    }
}

static int by_alignment(gconstpointer a, gconstpointer b)
{
    uint64_t x = ((const Resource *)a)->align, y = ((const Resource *)b)->align;

    return x < y ? 1 : x > y ? -1 : 0;
}

/* ----------------------------------------------------------------- layout */

static void write_bar(const Resource *res, uint64_t addr)
{
    const PCIIORegion *r = &res->dev->io_regions[res->region];
    bool bridge = PCI_DEVICE_GET_CLASS(res->dev)->is_bridge;
    uint32_t reg = PCI_BASE_ADDRESS_0 + res->region * 4;

    if (res->region == PCI_ROM_SLOT) {
        reg = bridge ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS;
    }
    cfg_write(res->dev, reg, addr, 4);
    if (!(r->type & PCI_BASE_ADDRESS_SPACE_IO) &&
        (r->type & PCI_BASE_ADDRESS_MEM_TYPE_64)) {
        cfg_write(res->dev, reg + 4, addr >> 32, 4);
    }
}

static void write_window(const Resource *res, SpaceKind kind, uint64_t addr)
{
    PCIDevice *dev = res->dev;
    uint64_t last = addr + res->size - 1;

    switch (kind) {
    case SPACE_IO:
        cfg_write(dev, PCI_IO_BASE, addr >> 8, 1);
        cfg_write(dev, PCI_IO_LIMIT, last >> 8, 1);
        break;
    case SPACE_MEM:
        cfg_write(dev, PCI_MEMORY_BASE, addr >> 16, 2);
        cfg_write(dev, PCI_MEMORY_LIMIT, last >> 16, 2);
        break;
    case SPACE_PREF:
        cfg_write(dev, PCI_PREF_MEMORY_BASE, addr >> 16, 2);
        cfg_write(dev, PCI_PREF_MEMORY_LIMIT, last >> 16, 2);
        cfg_write(dev, PCI_PREF_BASE_UPPER32, addr >> 32, 4);
        cfg_write(dev, PCI_PREF_LIMIT_UPPER32, last >> 32, 4);
        break;
    }
}

static void place_resource(const Resource *res, SpaceKind kind, uint64_t addr)
{
    PCIFirmwareWindow inside = {addr, addr + res->size};

    if (res->region >= 0) {
        write_bar(res, addr);
    } else {
        write_window(res, kind, addr);
        lay_out_bus(bus_behind(res->dev), kind, &inside, NULL);
    }
}

/*
 * Everything of that kind on the bus and behind its bridges, from place->base
 * on; without `place` nothing is written. Returns the bytes used, and the
 * largest alignment met.
 */
static uint64_t lay_out_bus(PCIBus *bus, SpaceKind kind,
                            const PCIFirmwareWindow *place, uint64_t *max_align)
{
    g_autoptr(GArray) list = g_array_new(false, false, sizeof(Resource));
    uint64_t base = place ? place->base : 0;
    uint64_t end = place ? place->end : UINT64_MAX;
    uint64_t addr = base;

    for (int i = 0; i < PCI_BUS_MAX_DEVFN; i++) {
        PCIDevice *dev = bus->devices[i];

        if (dev) {
            add_bars(list, dev, kind);
        }
        if (dev && bus_behind(dev)) {
            add_window(list, dev, kind);
        }
    }
    g_array_sort(list, by_alignment);
    for (unsigned i = 0; i < list->len; i++) {
        const Resource *res = &g_array_index(list, Resource, i);
        uint64_t at = addr <= UINT64_MAX - res->align
                          ? QEMU_ALIGN_UP(addr, res->align)
                          : UINT64_MAX;

        if (at > end || res->size > end - at) {
            continue; /* no room */
        }
        if (place) {
            place_resource(res, kind, at);
        } else if (max_align) {
            *max_align = MAX(*max_align, res->align);
        }
        addr = at + res->size;
    }
    return addr - base;
}

static void assign_resources(PCIBus *root, const PCIFirmware *fw)
{
    PCIFirmwareWindow rest = fw->mem;
    uint64_t align = 1, need;

    lay_out_bus(root, SPACE_IO, &fw->io, NULL);
    rest.base += lay_out_bus(root, SPACE_MEM, &fw->mem, NULL);
    need = lay_out_bus(root, SPACE_PREF, NULL, &align);
    rest.base = MIN(QEMU_ALIGN_UP(rest.base, align), rest.end);
    lay_out_bus(root, SPACE_PREF,
                need <= rest.end - rest.base ? &rest : &fw->mem_64, NULL);
}

/* --------------------------------------------------------------- functions */

static uint8_t interrupt_line(PCIDevice *dev, const PCIFirmware *fw)
{
    int pin = dev->config[PCI_INTERRUPT_PIN] - 1;
    PCIBus *bus = pci_get_bus(dev);

    while (bus->parent_dev) {
        pin = pci_swizzle_map_irq_fn(dev, pin);
        dev = bus->parent_dev;
        bus = pci_get_bus(dev);
    }
    return bus->routing.map_irq ? fw->irq_line[bus->routing.map_irq(dev, pin)]
                                : 0;
}

/* Decoding of what has an address; a BAR without stays at 0, where it is not
 * mapped. */
static void enable_bus(PCIBus *bus, const PCIFirmware *fw)
{
    for (int i = 0; i < PCI_BUS_MAX_DEVFN; i++) {
        PCIDevice *dev = bus->devices[i];
        uint16_t command = PCI_COMMAND_IO | PCI_COMMAND_MEMORY;

        if (!dev) {
            continue;
        }
        if (dev->config[PCI_INTERRUPT_PIN]) {
            cfg_write(dev, PCI_INTERRUPT_LINE, interrupt_line(dev, fw), 1);
        }
        if (bus_behind(dev)) {
            command |= PCI_COMMAND_MASTER;
            enable_bus(bus_behind(dev), fw);
        }
        cfg_write(dev, PCI_COMMAND, command, 2);
    }
}

/* A bridge without something behind it forwards nothing. */
static void close_windows(PCIBus *bus)
{
    for (int i = 0; i < PCI_BUS_MAX_DEVFN; i++) {
        PCIDevice *dev = bus->devices[i];

        if (dev && bus_behind(dev)) {
            pci_bridge_disable_windows(dev);
            close_windows(bus_behind(dev));
        }
    }
}

void pci_firmware_setup(PCIBus *root, const PCIFirmware *fw)
{
    memory_region_transaction_begin();
    close_windows(root);
    number_buses(root, 0);
    assign_resources(root, fw);
    enable_bus(root, fw);
    memory_region_transaction_commit();
}
