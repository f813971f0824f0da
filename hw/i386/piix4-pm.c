/*
 * PIIX4's power management function: see piix4-pm.h.
 *
 * PMBASE and PMREGMISC place the ACPI block; there are no SMBus, no SMI, no
 * general purpose events and no device monitors behind the other registers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/acpi-pm.h"
#include "hw/i386/piix4-pm.h"
#include "util/bswap.h"

#define PCI_DEVICE_ID_INTEL_82371AB_3 0x7113

#define PIIX4_PMBASE           0x40
#define PIIX4_PMBASE_MASK      0xffc0
#define PIIX4_PMREGMISC        0x80
#define PIIX4_PMREGMISC_PMIOSE 0x01
#define PIIX4_PM_SIZE          64
#define PIIX4_SCI_GSI          9

OBJECT_DECLARE_SIMPLE_TYPE(PIIX4PMState, PIIX4_PM)

struct PIIX4PMState {
    PCIDevice parent_obj;
    SouthBridge *southbridge; /* set before realize */
    AcpiPM pm;
};

static void piix4_pm_set_sci(void *opaque, bool level)
{
    southbridge_set_sci(((PIIX4PMState *)opaque)->southbridge, PIIX4_SCI_GSI,
                        level);
}

static void piix4_pm_update(PIIX4PMState *s)
{
    const uint8_t *config = s->parent_obj.config;

    acpi_pm_set_base(&s->pm,
                     ldw_le_p(config + PIIX4_PMBASE) & PIIX4_PMBASE_MASK,
                     config[PIIX4_PMREGMISC] & PIIX4_PMREGMISC_PMIOSE);
}

static void piix4_pm_config_write(PCIDevice *dev, uint32_t addr, uint32_t val,
                                  int len)
{
    pci_default_write_config(dev, addr, val, len);
    piix4_pm_update(PIIX4_PM(dev));
}

static void piix4_pm_reset(DeviceState *qdev)
{
    PIIX4PMState *s = PIIX4_PM(qdev);

    stl_le_p(s->parent_obj.config + PIIX4_PMBASE, PCI_BASE_ADDRESS_SPACE_IO);
    s->parent_obj.config[PIIX4_PMREGMISC] = 0;
    piix4_pm_update(s);
    acpi_pm_reset(&s->pm);
}

static void piix4_pm_realize(PCIDevice *dev, Error **errp)
{
    PIIX4PMState *s = PIIX4_PM(dev);

    stw_le_p(dev->config + PCI_STATUS,
             PCI_STATUS_DEVSEL_MEDIUM | PCI_STATUS_FAST_BACK);
    dev->config[PCI_INTERRUPT_PIN] = 1; /* what it says; SCI is a line of its
                                         * own */
    stw_le_p(dev->wmask + PIIX4_PMBASE, PIIX4_PMBASE_MASK);
    dev->wmask[PIIX4_PMREGMISC] = PIIX4_PMREGMISC_PMIOSE;
    acpi_pm_init(&s->pm, OBJECT(s), s->southbridge->io_memory, PIIX4_PM_SIZE,
                 piix4_pm_set_sci, s);
}

static void piix4_pm_exit(PCIDevice *dev)
{
    acpi_pm_cleanup(&PIIX4_PM(dev)->pm);
}

bool piix4_pm_init(SouthBridge *sb, Error **errp)
{
    PCIDevice *bridge = PCI_DEVICE(sb);
    PCIDevice *dev =
        pci_new(PCI_DEVFN(PCI_SLOT(bridge->devfn), 3), TYPE_PIIX4_PM);

    PIIX4_PM(dev)->southbridge = sb;
    return pci_realize_and_unref(dev, pci_get_bus(bridge), errp);
}

static void piix4_pm_class_init(ObjectClass *klass, const void *data)
{
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);
    DeviceClass *dc = DEVICE_CLASS(klass);

    k->realize = piix4_pm_realize;
    k->exit = piix4_pm_exit;
    k->config_write = piix4_pm_config_write;
    k->vendor_id = PCI_VENDOR_ID_INTEL;
    k->device_id = PCI_DEVICE_ID_INTEL_82371AB_3;
    k->revision = 3;
    k->class_id = PCI_CLASS_BRIDGE_OTHER;
    dc->desc = "PM";
    dc->reset = piix4_pm_reset;
    dc->categories = 1ul << DEVICE_CATEGORY_BRIDGE;
    dc->user_creatable = false; /* belongs to the south bridge */
    dc->hotpluggable = false;
}

static const InterfaceInfo piix4_pm_interfaces[] = {
    {INTERFACE_CONVENTIONAL_PCI_DEVICE},
    {NULL},
};

static const TypeInfo piix4_pm_types[] = {
    {
        .name = TYPE_PIIX4_PM,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(PIIX4PMState),
        .class_init = piix4_pm_class_init,
        .interfaces = piix4_pm_interfaces,
    },
};
DEFINE_TYPES(piix4_pm_types)
