/*
 * South bridges: see southbridge.h.
 *
 * PCI's interrupt lines are called PIRQ A, B, ... here. A routing register
 * per line names the ISA interrupt that it raises, with bit 7 set: none; the
 * ISA interrupt is up while any line routed to it is. PIIX3 has four lines.
 * ICH9 has eight, and each also drives an I/O APIC input of its own, 16 and
 * up, whatever its register says.
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

static int piix_pirq_reg(int pirq)
{
    return PIIX_PIRQ_REG + pirq;
}

static int ich9_pirq_reg(int pirq)
{
    return pirq < 4 ? ICH9_PIRQ_REG_A + pirq : ICH9_PIRQ_REG_E + pirq - 4;
}

/* --------------------------------------------------------------- routing */

/* Bit n: ISA interrupt n is driven by a PIRQ. */
static uint16_t southbridge_isa_levels(const SouthBridge *sb, int nr_pirq,
                                       int (*pirq_reg)(int))
{
    uint16_t levels = 0;

    for (int pirq = 0; pirq < nr_pirq; pirq++) {
        uint8_t route = sb->parent_obj.config[pirq_reg(pirq)];

        if ((sb->pirq_level & (1u << pirq)) && !(route & PIRQ_ROUTE_DISABLED)) {
            levels |= 1u << (route & PIRQ_ROUTE_IRQ_MASK);
        }
    }
    return levels;
}

/* Of the ISA interrupts only those that change are touched: others may have a
 * driver on the ISA bus. */
static void southbridge_apply(SouthBridge *sb, uint16_t before, uint16_t after)
{
    for (int n = 0; n < ISA_NUM_IRQS; n++) {
        if ((before ^ after) & (1u << n)) {
            qemu_set_irq(sb->gsi[n], after >> n & 1);
        }
    }
}

static void southbridge_set_pirq(SouthBridge *sb, int pirq, int level)
{
    if (level) {
        sb->pirq_level |= 1u << pirq;
    } else {
        sb->pirq_level &= ~(1u << pirq);
    }
}

static void piix3_set_irq(void *opaque, int pirq, int level)
{
    SouthBridge *sb = opaque;
    uint16_t before = southbridge_isa_levels(sb, PIIX_NUM_PIRQ, piix_pirq_reg);

    southbridge_set_pirq(sb, pirq, level);
    trace_pirq_route(pirq, sb->parent_obj.config[piix_pirq_reg(pirq)], level);
    southbridge_apply(sb, before,
                      southbridge_isa_levels(sb, PIIX_NUM_PIRQ, piix_pirq_reg));
}

static void ich9_set_irq(void *opaque, int pirq, int level)
{
    SouthBridge *sb = opaque;
    uint16_t before = southbridge_isa_levels(sb, ICH9_NUM_PIRQ, ich9_pirq_reg);

    southbridge_set_pirq(sb, pirq, level);
    trace_pirq_route(pirq, sb->parent_obj.config[ich9_pirq_reg(pirq)], level);
    qemu_set_irq(sb->gsi[ICH9_FIRST_GSI + pirq], level);
    southbridge_apply(sb, before,
                      southbridge_isa_levels(sb, ICH9_NUM_PIRQ, ich9_pirq_reg));
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

/* ------------------------------------------------------------- functions */

static void southbridge_write(PCIDevice *dev, uint32_t addr, uint32_t val,
                              int len, int nr_pirq, int (*pirq_reg)(int))
{
    SouthBridge *sb = SOUTHBRIDGE(dev);
    uint16_t before = southbridge_isa_levels(sb, nr_pirq, pirq_reg);

    pci_default_write_config(dev, addr, val, len);
    southbridge_apply(sb, before,
                      southbridge_isa_levels(sb, nr_pirq, pirq_reg));
}

static void piix3_config_write(PCIDevice *dev, uint32_t addr, uint32_t val,
                               int len)
{
    southbridge_write(dev, addr, val, len, PIIX_NUM_PIRQ, piix_pirq_reg);
}

static void ich9_config_write(PCIDevice *dev, uint32_t addr, uint32_t val,
                              int len)
{
    southbridge_write(dev, addr, val, len, ICH9_NUM_PIRQ, ich9_pirq_reg);
}

static void southbridge_reset(SouthBridge *sb, int nr_pirq,
                              int (*pirq_reg)(int))
{
    uint16_t before = southbridge_isa_levels(sb, nr_pirq, pirq_reg);

    for (int pirq = 0; pirq < nr_pirq; pirq++) {
        sb->parent_obj.config[pirq_reg(pirq)] = PIRQ_ROUTE_DISABLED;
    }
    southbridge_apply(sb, before, 0);
    sb->reset_control = 0;
}

static void piix3_reset(DeviceState *qdev)
{
    southbridge_reset(SOUTHBRIDGE(qdev), PIIX_NUM_PIRQ, piix_pirq_reg);
}

static void ich9_reset(DeviceState *qdev)
{
    southbridge_reset(SOUTHBRIDGE(qdev), ICH9_NUM_PIRQ, ich9_pirq_reg);
}

static void southbridge_realize(PCIDevice *dev, const PCIBusRouting *routing,
                                int nr_pirq, int (*pirq_reg)(int))
{
    SouthBridge *sb = SOUTHBRIDGE(dev);

    for (int pirq = 0; pirq < nr_pirq; pirq++) {
        dev->wmask[pirq_reg(pirq)] = PIRQ_ROUTE_DISABLED | PIRQ_ROUTE_IRQ_MASK;
        dev->config[pirq_reg(pirq)] = PIRQ_ROUTE_DISABLED;
    }
    stw_le_p(dev->config + PCI_STATUS, PCI_STATUS_DEVSEL_MEDIUM);
    qdev_init_gpio_out_named(&dev->qdev, sb->gsi, "gsi", SOUTHBRIDGE_NUM_GSI);
    memory_region_init_io(&sb->reset_control_io, OBJECT(sb), &reset_control_ops,
                          sb, "reset-control", 1);
    /* Inside the host bridge's address port, which takes only dwords. */
    memory_region_add_subregion_overlap(sb->io_memory, RESET_CONTROL_PORT,
                                        &sb->reset_control_io, 1);
    sb->isa_bus = isa_bus_new(&dev->qdev, sb->io_memory);
    pci_bus_set_routing(pci_get_bus(dev), routing);
}

static void piix3_realize(PCIDevice *dev, Error **errp)
{
    const PCIBusRouting routing = {
        .set_irq = piix3_set_irq,
        .map_irq = piix3_map_irq,
        .opaque = dev,
    };

    southbridge_realize(dev, &routing, PIIX_NUM_PIRQ, piix_pirq_reg);
}

static void ich9_realize(PCIDevice *dev, Error **errp)
{
    const PCIBusRouting routing = {
        .set_irq = ich9_set_irq,
        .map_irq = q35_map_irq,
        .opaque = dev,
    };

    southbridge_realize(dev, &routing, ICH9_NUM_PIRQ, ich9_pirq_reg);
}

/* Nobody listens any more when the bus goes on without its bridge. */
static void southbridge_exit(PCIDevice *dev)
{
    memory_region_destroy(&SOUTHBRIDGE(dev)->reset_control_io);
    pci_bus_set_routing(pci_get_bus(dev), NULL);
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
    k->config_write = piix3_config_write;
    k->device_id = PCI_DEVICE_ID_INTEL_82371SB_0;
    DEVICE_CLASS(klass)->reset = piix3_reset;
}

static void ich9_class_init(ObjectClass *klass, const void *data)
{
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = ich9_realize;
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
