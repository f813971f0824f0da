/*
 * The slot of an Express port (PCI Express 4.0, 6.7 and 7.5.3.9-11).
 *
 * Presence and link state follow what sits on the secondary bus. Each change
 * after reset sets an event bit; an event that is enabled raises the port's
 * interrupt: MSI-X vector 0 at the moment the condition becomes true, or INTx
 * for as long as it holds. A write to Slot Control completes at once.
 *
 * Limits: the attention button is never pressed and power is never cut; a
 * device is taken out by the host alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/msix.h"
#include "hw/pci/pci-internal.h"
#include "hw/pci/pcie-port.h"
#include "hw/pci/pcie.h"

#define SLTCTL_WRITABLE \
    (PCI_EXP_SLTCTL_ABPE | PCI_EXP_SLTCTL_PFDE | PCI_EXP_SLTCTL_MRLSCE | \
     PCI_EXP_SLTCTL_PDCE | PCI_EXP_SLTCTL_CCIE | PCI_EXP_SLTCTL_HPIE | \
     PCI_EXP_SLTCTL_AIC | PCI_EXP_SLTCTL_PIC | PCI_EXP_SLTCTL_DLLSCE)
#define SLTSTA_EVENTS \
    (PCI_EXP_SLTSTA_ABP | PCI_EXP_SLTSTA_PFD | PCI_EXP_SLTSTA_MRLSC | \
     PCI_EXP_SLTSTA_PDC | PCI_EXP_SLTSTA_CC | PCI_EXP_SLTSTA_DLLSC)

static LIST_HEAD(, PCIESlot) all_slots = LIST_HEAD_INITIALIZER(all_slots);

/* --------------------------------------------------------------- chassis */

bool pcie_chassis_add_slot(PCIESlot *slot, Error **errp)
{
    PCIESlot *other;

    LIST_FOREACH (other, &all_slots, link) {
        if (other->chassis == slot->chassis && other->slot == slot->slot) {
            error_setg(errp, "Can't add chassis slot, error %d", -EBUSY);
            error_append_hint(errp,
                              "chassis %u slot %u is taken: give each "
                              "port its own chassis= or slot=\n",
                              slot->chassis, slot->slot);
            return false;
        }
    }
    LIST_INSERT_HEAD(&all_slots, slot, link);
    return true;
}

void pcie_chassis_del_slot(PCIESlot *slot)
{
    LIST_REMOVE(slot, link);
}

/* ------------------------------------------------------------- registers */

static uint8_t *slot_cap(PCIESlot *slot)
{
    PCIDevice *dev = PCI_DEVICE(slot);

    return dev->config + dev->exp_cap;
}

static void set_bits(uint8_t *reg, uint16_t bits, bool on)
{
    uint16_t v = ldw_le_p(reg);

    stw_le_p(reg, on ? v | bits : v & ~bits);
}

static bool slot_has_device(PCIESlot *slot)
{
    PCIBus *bus = slot->parent_obj.sec_bus;

    for (int func = 0; bus && func < 8; func++) {
        if (bus->devices[PCI_DEVFN(0, func)]) {
            return true;
        }
    }
    return false;
}

/* Event bits whose enable bit is set. They have the same positions, but the
 * link's. */
static bool slot_event_pending(PCIESlot *slot)
{
    uint16_t ctl = ldw_le_p(slot_cap(slot) + PCI_EXP_SLTCTL);
    uint16_t sta = ldw_le_p(slot_cap(slot) + PCI_EXP_SLTSTA);
    uint16_t enabled = ctl & (PCI_EXP_SLTCTL_ABPE | PCI_EXP_SLTCTL_PFDE |
                              PCI_EXP_SLTCTL_MRLSCE | PCI_EXP_SLTCTL_PDCE |
                              PCI_EXP_SLTCTL_CCIE);

    QEMU_BUILD_BUG_ON(PCI_EXP_SLTCTL_PDCE != PCI_EXP_SLTSTA_PDC ||
                      PCI_EXP_SLTCTL_CCIE != PCI_EXP_SLTSTA_CC);
    if (ctl & PCI_EXP_SLTCTL_DLLSCE) {
        enabled |= PCI_EXP_SLTSTA_DLLSC;
    }
    return (ctl & PCI_EXP_SLTCTL_HPIE) && (sta & enabled);
}

static void slot_update_irq(PCIESlot *slot)
{
    PCIDevice *dev = PCI_DEVICE(slot);
    bool pending = slot_event_pending(slot);
    bool rises = pending && !slot->irq_asserted;

    slot->irq_asserted = pending;
    if (!msix_enabled(dev)) {
        pci_set_irq(dev, pending);
    } else if (rises) {
        msix_notify(dev, 0);
    }
}

static void slot_set_occupied(PCIESlot *slot, bool occupied)
{
    uint8_t *cap = slot_cap(slot);

    slot->occupied = occupied;
    set_bits(cap + PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PDS, occupied);
    set_bits(cap + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_DLLLA, occupied);
}

void pcie_cap_slot_update(PCIESlot *slot)
{
    bool occupied = slot_has_device(slot);

    if (occupied != slot->occupied) {
        slot_set_occupied(slot, occupied);
        set_bits(slot_cap(slot) + PCI_EXP_SLTSTA,
                 PCI_EXP_SLTSTA_PDC | PCI_EXP_SLTSTA_DLLSC, true);
        slot_update_irq(slot);
    }
}

void pcie_cap_slot_write_config(PCIESlot *slot, uint16_t old_ctl, uint32_t addr,
                                int len)
{
    uint32_t ctl = PCI_DEVICE(slot)->exp_cap + PCI_EXP_SLTCTL;

    if (addr >= ctl + 4 || ctl >= addr + len) {
        return;
    }
    if (ldw_le_p(slot_cap(slot) + PCI_EXP_SLTCTL) != old_ctl) {
        set_bits(slot_cap(slot) + PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_CC, true);
    }
    slot_update_irq(slot);
}

void pcie_cap_slot_init(PCIESlot *slot)
{
    PCIDevice *dev = PCI_DEVICE(slot);
    uint8_t *cap = slot_cap(slot);
    uint8_t *wmask = dev->wmask + dev->exp_cap;
    uint32_t sltcap = (uint32_t)slot->slot << 19;
    uint16_t writable = SLTCTL_WRITABLE;

    set_bits(cap + PCI_EXP_FLAGS, PCI_EXP_FLAGS_SLOT, true);
    stl_le_p(cap + PCI_EXP_LNKCAP,
             ldl_le_p(cap + PCI_EXP_LNKCAP) | PCI_EXP_LNKCAP_DLLLARC);
    if (slot->hotplug) {
        sltcap |= PCI_EXP_SLTCAP_HPC | PCI_EXP_SLTCAP_HPS | PCI_EXP_SLTCAP_ABP |
                  PCI_EXP_SLTCAP_AIP | PCI_EXP_SLTCAP_PIP;
    }
    if (slot->power_controller_present) {
        sltcap |= PCI_EXP_SLTCAP_PCP;
        writable |= PCI_EXP_SLTCTL_PCC;
    }
    stl_le_p(cap + PCI_EXP_SLTCAP, sltcap);
    stw_le_p(wmask + PCI_EXP_SLTCTL, writable);
    stw_le_p(dev->w1cmask + dev->exp_cap + PCI_EXP_SLTSTA, SLTSTA_EVENTS);
}

void pcie_cap_slot_reset(PCIESlot *slot)
{
    uint8_t *cap = slot_cap(slot);
    bool occupied = slot_has_device(slot);
    uint16_t ctl = PCI_EXP_SLTCTL_ATTN_IND_OFF;

    if (occupied) {
        ctl |= PCI_EXP_SLTCTL_PWR_IND_ON;
    } else {
        ctl |= PCI_EXP_SLTCTL_PWR_IND_OFF;
        ctl |= slot->power_controller_present ? PCI_EXP_SLTCTL_PWR_OFF : 0;
    }
    stw_le_p(cap + PCI_EXP_SLTCTL, ctl);
    set_bits(cap + PCI_EXP_SLTSTA, SLTSTA_EVENTS, false);
    slot_set_occupied(slot, occupied);
    slot_update_irq(slot);
}
