/*
 * South bridges: see southbridge.h.
 *
 * PCI's interrupt lines are called PIRQ A, B, ... here. A routing register
 * per line names the ISA interrupt that it raises, with bit 7 set: none; the
 * ISA interrupt is up while any line routed to it is. PIIX3 has four lines.
 * ICH9 has eight, and each also drives an I/O APIC input of its own, 16 and
 * up, whatever its register says.
 *
 * ICH9-LPC is also where ACPI's registers are (PIIX has a function of its own
 * for them); their interrupt shares an ISA interrupt with the PIRQs.
 *
 * Port 0xcf9 resets the machine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/runstate.h"
#include "hw/i386/southbridge.h"
#include "trace/trace-hw-i386.h"
#include "util/bswap.h"

#define PCI_DEVICE_ID_INTEL_82371SB_0 0x7000
#define PCI_DEVICE_ID_INTEL_ICH9_8    0x2918

#define PIRQ_ROUTE_DISABLED 0x80
#define PIRQ_ROUTE_IRQ_MASK 0x0f

#define PIIX_NUM_PIRQ   4
#define PIIX_PIRQ_REG   0x60
#define ICH9_NUM_PIRQ   8
#define ICH9_PIRQ_REG_A 0x60 /* A to D */
#define ICH9_PIRQ_REG_E 0x68 /* E to H */
#define ICH9_FIRST_GSI  16

#define ICH9_PMBASE           0x40
#define ICH9_PMBASE_MASK      0xff80
#define ICH9_PM_SIZE          128
#define ICH9_ACPI_CNTL        0x44
#define ICH9_ACPI_CNTL_ENABLE 0x80
#define ICH9_ACPI_CNTL_SCI    0x07

static int piix_pirq_reg(int pirq)
{
    return PIIX_PIRQ_REG + pirq;
}

static int ich9_pirq_reg(int pirq)
{
    return pirq < 4 ? ICH9_PIRQ_REG_A + pirq : ICH9_PIRQ_REG_E + pirq - 4;
}

/* --------------------------------------------------------------- routing */

/* Bit n: global system interrupt n is driven from here. */
static uint32_t southbridge_levels(const SouthBridge *sb)
{
    uint32_t levels = sb->sci_levels;

    for (int pirq = 0; pirq < sb->nr_pirq; pirq++) {
        uint8_t route = sb->parent_obj.config[sb->pirq_reg(pirq)];

        if (!(sb->pirq_level & (1u << pirq))) {
            continue;
        }
        if (!(route & PIRQ_ROUTE_DISABLED)) {
            levels |= 1u << (route & PIRQ_ROUTE_IRQ_MASK);
        }
        if (sb->first_pirq_gsi) {
            levels |= 1u << (sb->first_pirq_gsi + pirq);
        }
    }
    return levels;
}

/* Of the interrupts only those that change are touched: others may have a
 * driver on the ISA bus. */
static void southbridge_apply(SouthBridge *sb)
{
    uint32_t levels = southbridge_levels(sb);
    uint32_t changed = levels ^ sb->levels;

    sb->levels = levels;
    for (int n = 0; n < SOUTHBRIDGE_NUM_GSI; n++) {
        if (changed & (1u << n)) {
            qemu_set_irq(sb->gsi[n], levels >> n & 1);
        }
    }
}

static void southbridge_set_irq(void *opaque, int pirq, int level)
{
    SouthBridge *sb = opaque;

    if (level) {
        sb->pirq_level |= 1u << pirq;
    } else {
        sb->pirq_level &= ~(1u << pirq);
    }
    trace_pirq_route(pirq, sb->parent_obj.config[sb->pirq_reg(pirq)], level);
    southbridge_apply(sb);
}

void southbridge_set_sci(SouthBridge *sb, int gsi, bool level)
{
    sb->sci_levels = level ? 1u << gsi : 0;
    southbridge_apply(sb);
}

/* As the 440FX mainboards are wired. */
static int piix3_map_irq(PCIDevice *dev, int pin)
{
    return (PCI_SLOT(dev->devfn) - 1 + pin) & 3;
}

/*
 * Slots of the chip set's own functions have pins A to D on PIRQ A to D; the
 * others, and the bridge in slot 30, use PIRQ E to H in turn.
 */
static int q35_map_irq(PCIDevice *dev, int pin)
{
    int slot = PCI_SLOT(dev->devfn);

    if (slot >= 25 && slot != 30) {
        return pin;
    }
    return 4 + (slot == 30 ? pin : (slot + pin) % 4);
}

/* ----------------------------------------------------------- reset control */

#define RESET_CONTROL_PORT     0xcf9
#define RESET_CONTROL_RESET    0x04 /* starts the reset; reads 0 */
#define RESET_CONTROL_WRITABLE 0x0a /* kind of reset */

static uint64_t reset_control_read(void *opaque, hwaddr addr, unsigned size)
{
    return SOUTHBRIDGE(opaque)->reset_control;
}

static void reset_control_write(void *opaque, hwaddr addr, uint64_t data,
                                unsigned size)
{
    SOUTHBRIDGE(opaque)->reset_control = data & RESET_CONTROL_WRITABLE;
    if (data & RESET_CONTROL_RESET) {
        qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
    }
}

static const MemoryRegionOps reset_control_ops = {
    .read = reset_control_read,
    .write = reset_control_write,
    .valid = {.min_access_size = 1, .max_access_size = 1},
};

/* -------------------------------------------------------- ICH9's ACPI block */

/* What ACPI_CNTL says; the reserved selections are that of a reset. */
static int ich9_sci_gsi(const SouthBridge *sb)
{
    static const uint8_t gsi[] = {9, 10, 11, 9, 20, 21, 9, 9};

    return gsi[sb->parent_obj.config[ICH9_ACPI_CNTL] & ICH9_ACPI_CNTL_SCI];
}

static void ich9_set_sci(void *opaque, bool level)
{
    southbridge_set_sci(opaque, ich9_sci_gsi(opaque), level);
}

static void ich9_pm_update(SouthBridge *sb)
{
    const uint8_t *config = sb->parent_obj.config;

    acpi_pm_set_base(&sb->pm,
                     ldw_le_p(config + ICH9_PMBASE) & ICH9_PMBASE_MASK,
                     config[ICH9_ACPI_CNTL] & ICH9_ACPI_CNTL_ENABLE);
    ich9_set_sci(sb, sb->sci_levels);
}

/* ------------------------------------------------------------- functions */

static void southbridge_config_write(PCIDevice *dev, uint32_t addr,
                                     uint32_t val, int len)
{
    pci_default_write_config(dev, addr, val, len);
    southbridge_apply(SOUTHBRIDGE(dev));
}

static void ich9_config_write(PCIDevice *dev, uint32_t addr, uint32_t val,
                              int len)
{
    SouthBridge *sb = SOUTHBRIDGE(dev);

    southbridge_config_write(dev, addr, val, len);
    if (sb->has_pm) {
        ich9_pm_update(sb);
    }
}

static void southbridge_reset(DeviceState *qdev)
{
    SouthBridge *sb = SOUTHBRIDGE(qdev);

    for (int pirq = 0; pirq < sb->nr_pirq; pirq++) {
        sb->parent_obj.config[sb->pirq_reg(pirq)] = PIRQ_ROUTE_DISABLED;
    }
    sb->sci_levels = 0;
    southbridge_apply(sb);
    sb->reset_control = 0;
}

static void ich9_reset(DeviceState *qdev)
{
    SouthBridge *sb = SOUTHBRIDGE(qdev);

    southbridge_reset(qdev);
    if (sb->has_pm) {
        stl_le_p(sb->parent_obj.config + ICH9_PMBASE,
                 PCI_BASE_ADDRESS_SPACE_IO);
        sb->parent_obj.config[ICH9_ACPI_CNTL] = 0;
        ich9_pm_update(sb);
        acpi_pm_reset(&sb->pm);
    }
}

static void southbridge_realize(PCIDevice *dev,
                                int (*map_irq)(PCIDevice *, int))
{
    SouthBridge *sb = SOUTHBRIDGE(dev);
    const PCIBusRouting routing = {
        .set_irq = southbridge_set_irq,
        .map_irq = map_irq,
        .opaque = dev,
    };

    for (int pirq = 0; pirq < sb->nr_pirq; pirq++) {
        int reg = sb->pirq_reg(pirq);

        dev->wmask[reg] = PIRQ_ROUTE_DISABLED | PIRQ_ROUTE_IRQ_MASK;
        dev->config[reg] = PIRQ_ROUTE_DISABLED;
    }
    stw_le_p(dev->config + PCI_STATUS, PCI_STATUS_DEVSEL_MEDIUM);
    qdev_init_gpio_out_named(&dev->qdev, sb->gsi, "gsi", SOUTHBRIDGE_NUM_GSI);
    memory_region_init_io(&sb->reset_control_io, OBJECT(sb), &reset_control_ops,
                          sb, "reset-control", 1);
    /* Inside the host bridge's address port, which takes only dwords. */
    memory_region_add_subregion_overlap(sb->io_memory, RESET_CONTROL_PORT,
                                        &sb->reset_control_io, 1);
    sb->isa_bus = isa_bus_new(&dev->qdev, sb->io_memory);
    pci_bus_set_routing(pci_get_bus(dev), &routing);
}

static void piix3_realize(PCIDevice *dev, Error **errp)
{
    SouthBridge *sb = SOUTHBRIDGE(dev);

    sb->nr_pirq = PIIX_NUM_PIRQ;
    sb->pirq_reg = piix_pirq_reg;
    southbridge_realize(dev, piix3_map_irq);
}

static void ich9_realize(PCIDevice *dev, Error **errp)
{
    SouthBridge *sb = SOUTHBRIDGE(dev);

    sb->nr_pirq = ICH9_NUM_PIRQ;
    sb->pirq_reg = ich9_pirq_reg;
    sb->first_pirq_gsi = ICH9_FIRST_GSI;
    southbridge_realize(dev, q35_map_irq);
    if (sb->has_pm) {
        stw_le_p(dev->wmask + ICH9_PMBASE, ICH9_PMBASE_MASK);
        dev->wmask[ICH9_ACPI_CNTL] = ICH9_ACPI_CNTL_ENABLE | ICH9_ACPI_CNTL_SCI;
        acpi_pm_init(&sb->pm, OBJECT(sb), sb->io_memory, ICH9_PM_SIZE,
                     ich9_set_sci, sb);
    }
}

/* Nobody listens any more when the bus goes on without its bridge. */
static void southbridge_exit(PCIDevice *dev)
{
    memory_region_destroy(&SOUTHBRIDGE(dev)->reset_control_io);
    pci_bus_set_routing(pci_get_bus(dev), NULL);
}

static void ich9_exit(PCIDevice *dev)
{
    if (SOUTHBRIDGE(dev)->has_pm) {
        acpi_pm_cleanup(&SOUTHBRIDGE(dev)->pm);
    }
    southbridge_exit(dev);
}

/* ----------------------------------------------------------------- types */

static void southbridge_class_init(ObjectClass *klass, const void *data)
{
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);
    DeviceClass *dc = DEVICE_CLASS(klass);

    k->exit = southbridge_exit;
    k->vendor_id = PCI_VENDOR_ID_INTEL;
    k->class_id = PCI_CLASS_BRIDGE_ISA;
    dc->desc = "ISA bridge";
    dc->categories = 1ul << DEVICE_CATEGORY_BRIDGE;
    dc->user_creatable = false; /* wired by the board */
    dc->hotpluggable = false;
}

static void piix3_class_init(ObjectClass *klass, const void *data)
{
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = piix3_realize;
    k->config_write = southbridge_config_write;
    k->device_id = PCI_DEVICE_ID_INTEL_82371SB_0;
    DEVICE_CLASS(klass)->reset = southbridge_reset;
}

static void ich9_class_init(ObjectClass *klass, const void *data)
{
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = ich9_realize;
    k->exit = ich9_exit;
    k->config_write = ich9_config_write;
    k->device_id = PCI_DEVICE_ID_INTEL_ICH9_8;
    k->revision = 2;
    DEVICE_CLASS(klass)->reset = ich9_reset;
}

static const InterfaceInfo southbridge_interfaces[] = {
    {INTERFACE_CONVENTIONAL_PCI_DEVICE},
    {NULL},
};

static const TypeInfo southbridge_types[] = {
    {
        .name = TYPE_SOUTHBRIDGE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(SouthBridge),
        .abstract = true,
        .class_init = southbridge_class_init,
        .interfaces = southbridge_interfaces,
    },
    {
        .name = TYPE_PIIX3_DEVICE,
        .parent = TYPE_SOUTHBRIDGE,
        .class_init = piix3_class_init,
    },
    {
        .name = TYPE_ICH9_LPC_DEVICE,
        .parent = TYPE_SOUTHBRIDGE,
        .class_init = ich9_class_init,
    },
};
DEFINE_TYPES(southbridge_types)
