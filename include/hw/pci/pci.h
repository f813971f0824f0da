/*
 * PCI: buses, devices, configuration space, BARs, INTx, and the host bridges'
 * two ways in (0xcf8/0xcfc ports and ECAM).
 *
 * A device's registers appear in memory or port space by BARs the guest
 * programs; its DMA goes through its own address space, which is empty while
 * bus mastering is off.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_PCI_H
#define HW_PCI_PCI_H

#include "hw/core/qdev.h"
#include "hw/pci/pci-regs.h"

#define TYPE_PCI_DEVICE "pci-device"
#define TYPE_PCI_BUS    "PCI"
#define TYPE_PCIE_BUS   "PCIE"
/* What a device declares itself to fit on (class interfaces). */
#define INTERFACE_PCIE_DEVICE             "pci-express-device"
#define INTERFACE_CONVENTIONAL_PCI_DEVICE "conventional-pci-device"
OBJECT_DECLARE_TYPE(PCIDevice, PCIDeviceClass, PCI_DEVICE)
typedef struct PCIBus PCIBus;
typedef struct MSIXVectorNotifier MSIXVectorNotifier;
DECLARE_INSTANCE_CHECKER(PCIBus, PCI_BUS, TYPE_PCI_BUS)

#define PCI_DEVFN(slot, func)     ((((slot)&0x1f) << 3) | ((func)&7))
#define PCI_SLOT(devfn)           (((devfn) >> 3) & 0x1f)
#define PCI_FUNC(devfn)           ((devfn)&7)
#define PCI_BUILD_BDF(bus, devfn) (((bus) << 8) | (devfn))

#define PCI_CONFIG_SPACE_SIZE  0x100
#define PCIE_CONFIG_SPACE_SIZE 0x1000
#define PCI_NUM_REGIONS        7
#define PCI_ROM_SLOT           6
#define PCI_NUM_PINS           4
#define PCI_BAR_UNMAPPED       (~UINT64_C(0))

typedef struct PCIIORegion {
    uint64_t addr; /* where the guest has it now, or PCI_BAR_UNMAPPED */
    uint64_t size; /* power of two; 0: no such BAR */
    uint8_t type;  /* PCI_BASE_ADDRESS_* bits */
    MemoryRegion *memory;
    MemoryRegion *address_space;
} PCIIORegion;

struct PCIDeviceClass {
    DeviceClass parent_class;
    void (*realize)(PCIDevice *dev, Error **errp);
    void (*exit)(PCIDevice *dev);
    /* NULL: pci_default_read_config / write_config. len 1, 2 or 4, inside the
     * config space. */
    uint32_t (*config_read)(PCIDevice *dev, uint32_t addr, int len);
    void (*config_write)(PCIDevice *dev, uint32_t addr, uint32_t val, int len);
    uint16_t vendor_id;
    uint16_t device_id;
    uint8_t revision;
    uint16_t class_id;
    uint16_t subsystem_vendor_id;
    uint16_t subsystem_id;
    bool is_bridge;
};

/* Bits of the x-pcie-* properties. All but the first tune capabilities that no
 * device has (AER, ARI, a link of its own that can go down). */
#define PCIE_FLAG_EXT_TAG_BIT      0
#define PCIE_FLAG_LNKSTA_DLLLA_BIT 1
#define PCIE_FLAG_ERR_UNC_MASK_BIT 2
#define PCIE_FLAG_ARI_NEXTFN_1_BIT 3

struct PCIDevice {
    DeviceState qdev;
    uint8_t *config;  /* values; little-endian */
    uint8_t *cmask;   /* bits checked on restore */
    uint8_t *wmask;   /* bits the guest may write */
    uint8_t *w1cmask; /* bits the guest clears by writing 1 */
    uint8_t *used;    /* bytes taken by capabilities */
    uint32_t config_size;
    bool is_express; /* on a PCI Express bus with an Express capability */
    int32_t devfn;   /* property addr; -1: any */
    char name[64];
    PCIIORegion io_regions[PCI_NUM_REGIONS];
    MemoryRegion bus_master_container_region;
    MemoryRegion bus_master_enable_region;
    AddressSpace bus_master_as; /* the device's DMA */
    uint8_t irq_state;          /* INTx level as the device set it */
    uint8_t exp_cap;            /* offset of the Express capability, or 0 */
    bool multifunction;
    uint32_t acpi_index;
    uint32_t pcie_flags; /* PCIE_FLAG_* */
    char *failover_pair_id;
    char *sriov_pf;
    uint64_t max_bounce_buffer_size; /* never needed: DMA goes to RAM only */
    char *romfile;
    int32_t rombar;
    uint32_t romsize;
    bool has_rom;
    MemoryRegion rom;

    /* MSI-X; see msix.h */
    uint8_t msix_cap;
    uint16_t msix_entries_nr;
    uint8_t *msix_table;
    uint8_t *msix_pba;
    MemoryRegion msix_exclusive_bar;
    MemoryRegion msix_table_mmio;
    MemoryRegion msix_pba_mmio;
    unsigned *msix_entry_used;
    bool msix_function_masked;
    const MSIXVectorNotifier *msix_notifier;
    bool *msix_entry_notified; /* use() has succeeded, release() is owed */
};

/* --------------------------------------------------------------- devices */

/*
 * Claims a BAR in realize. type: PCI_BASE_ADDRESS_SPACE_IO or _MEMORY with
 * _MEM_TYPE_64 and _MEM_PREFETCH. The region's size must be a power of two.
 */
void pci_register_bar(PCIDevice *dev, int region, uint8_t type,
                      MemoryRegion *memory);
/* Where the guest has it now, or PCI_BAR_UNMAPPED. */
uint64_t pci_get_bar_addr(PCIDevice *dev, int region);
/* Offset of the new capability (offset 0: first fit), negative with *errp. */
int pci_add_capability(PCIDevice *dev, uint8_t cap_id, uint8_t offset,
                       uint8_t size, Error **errp);
uint8_t pci_find_capability(PCIDevice *dev, uint8_t cap_id);
uint32_t pci_default_read_config(PCIDevice *dev, uint32_t addr, int len);
void pci_default_write_config(PCIDevice *dev, uint32_t addr, uint32_t val,
                              int len);
/* What a hardware reset of the function does: everything below the device,
 * its own reset, and the configuration header. */
void pci_device_reset(PCIDevice *dev);
/* INTx of the device; ignored while disabled in the command register. */
void pci_set_irq(PCIDevice *dev, int level);
bool pci_is_express_bus(const PCIBus *bus);
bool pci_bus_is_root(const PCIBus *bus);
PCIBus *pci_get_bus(const PCIDevice *dev);
AddressSpace *pci_get_address_space(PCIDevice *dev); /* DMA */
/* Adds an Express endpoint capability (root-complex integrated on a root
 * bus), extended capabilities space included; negative with *errp. */
int pcie_endpoint_cap_init(PCIDevice *dev, uint8_t offset, Error **errp);
int pci_pm_init(PCIDevice *dev, uint8_t offset, Error **errp);
/* MSI message written to the board: goes to guest memory at addr (32 bits of
 * data), through the device's DMA space. */
void pci_msi_send(PCIDevice *dev, uint64_t addr, uint32_t data);

/* ----------------------------------------------------------------- buses */

typedef struct PCIBusRouting {
    /* Level of line `irq` (as map_irq gave it), at the root; called on
     * changes only. */
    void (*set_irq)(void *opaque, int irq, int level);
    /* The line (0..7) of a pin (0..3) of dev, a device on the root bus; pins
     * from below a bridge arrive swizzled, as the bridge's. */
    int (*map_irq)(PCIDevice *dev, int pin);
    void *opaque;
} PCIBusRouting;

/* A root bus on a host bridge device. mem and io: the PCI address spaces.
 * type: TYPE_PCI_BUS or TYPE_PCIE_BUS. routing may be NULL and is copied. */
PCIBus *pci_root_bus_new(DeviceState *parent, const char *name,
                         MemoryRegion *mem, MemoryRegion *io, uint8_t devfn_min,
                         const char *type, const PCIBusRouting *routing);
/* The other way to give it, once the chip that owns the lines exists. */
void pci_bus_set_routing(PCIBus *bus, const PCIBusRouting *routing);
/* What swizzling makes of a pin of dev one bridge further up. */
int pci_swizzle_map_irq_fn(PCIDevice *dev, int pin);
int pci_bus_num(PCIBus *bus);
PCIDevice *pci_find_device(PCIBus *root, int bus_num, int devfn);
/* Config access by address (bus << 16 | devfn << 8 | register); absent devices
 * and what lies outside their registers read all ones. */
uint32_t pci_data_read(PCIBus *root, uint32_t addr, unsigned len);
void pci_data_write(PCIBus *root, uint32_t addr, uint32_t val, unsigned len);
PCIBus *pci_find_primary_bus(void); /* NULL: a machine without PCI */
/* A device made by the board. devfn -1: any. */
PCIDevice *pci_new(int devfn, const char *type);
bool pci_realize_and_unref(PCIDevice *dev, PCIBus *bus, Error **errp);
/* NICs of -nic and -net nic. */
bool pci_init_nics(PCIBus *bus, const char *default_model, Error **errp);

/* "info pci" text, and query-pci. */
char *pci_info_text(void);
/* PciInfoList as JSON array (new reference). */
json_t *pci_query(void);

#endif
