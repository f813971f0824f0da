/*
 * Capabilities: the linked list in the first 256 bytes, and the two that
 * endpoints ask for by name, power management and PCI Express.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci-internal.h"
#include "hw/pci/pcie.h"

/* First aligned run of `size` bytes nobody has, or 0. */
static uint8_t pci_find_space(const PCIDevice *dev, uint8_t size)
{
    unsigned run = PCI_STD_HEADER_SIZEOF;

    for (unsigned i = PCI_STD_HEADER_SIZEOF; i < PCI_CONFIG_SPACE_SIZE; i++) {
        if (dev->used[i]) {
            run = QEMU_ALIGN_UP(i + 1, 4);
        } else if (i >= run && i - run + 1 == size) {
            return run;
        }
    }
    return 0;
}

static bool pci_space_is_free(const PCIDevice *dev, uint8_t offset,
                              uint8_t size)
{
    for (unsigned i = offset; i < offset + size; i++) {
        if (i >= PCI_CONFIG_SPACE_SIZE || dev->used[i]) {
            return false;
        }
    }
    return true;
}

int pci_add_capability(PCIDevice *dev, uint8_t cap_id, uint8_t offset,
                       uint8_t size, Error **errp)
{
    uint8_t *c = dev->config;

    if (!offset) {
        offset = pci_find_space(dev, size);
        if (!offset) {
            error_setg(errp,
                       "out of PCI config space: no room for "
                       "capability 0x%x of %u bytes",
                       cap_id, size);
            return -ENOSPC;
        }
    } else if (!pci_space_is_free(dev, offset, size)) {
        error_setg(errp,
                   "%s:%02x.%x Attempt to add PCI capability 0x%x at "
                   "offset 0x%x overlaps existing capability",
                   dev->name, PCI_SLOT(dev->devfn), PCI_FUNC(dev->devfn),
                   cap_id, offset);
        return -EINVAL;
    }
    c[offset + PCI_CAP_LIST_ID] = cap_id;
    c[offset + PCI_CAP_LIST_NEXT] = c[PCI_CAPABILITY_LIST];
    c[PCI_CAPABILITY_LIST] = offset;
    c[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
    memset(dev->used + offset, 0xff, QEMU_ALIGN_UP(size, 4));
    memset(dev->wmask + offset, 0, size);
    memset(dev->cmask + offset, 0xff, size);
    return offset;
}

uint8_t pci_find_capability(PCIDevice *dev, uint8_t cap_id)
{
    uint8_t offset = dev->config[PCI_CAPABILITY_LIST];

    if (!(dev->config[PCI_STATUS] & PCI_STATUS_CAP_LIST)) {
        return 0;
    }
    while (offset && dev->config[offset + PCI_CAP_LIST_ID] != cap_id) {
        offset = dev->config[offset + PCI_CAP_LIST_NEXT];
    }
    return offset;
}

int pci_pm_init(PCIDevice *dev, uint8_t offset, Error **errp)
{
    int cap =
        pci_add_capability(dev, PCI_CAP_ID_PM, offset, PCI_PM_SIZEOF, errp);

    if (cap < 0) {
        return cap;
    }
    stw_le_p(dev->config + cap + PCI_PM_PMC, 3); /* version 1.2 */
    /* Our devices lose nothing in D3: the guest need not restore them. */
    stw_le_p(dev->config + cap + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
    stw_le_p(dev->wmask + cap + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);
    return cap;
}

/* --------------------------------------------------------------- Express */

#define PCIE_DEVCTL_WRITABLE \
    (PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | PCI_EXP_DEVCTL_FERE | \
     PCI_EXP_DEVCTL_URRE | PCI_EXP_DEVCTL_EXT_TAG | PCI_EXP_DEVCTL_PAYLOAD)

int pcie_cap_init(PCIDevice *dev, uint8_t offset, uint8_t type, uint8_t port,
                  Error **errp)
{
    int pos =
        pci_add_capability(dev, PCI_CAP_ID_EXP, offset, PCIE_CAP_SIZE, errp);
    uint32_t devcap = PCI_EXP_DEVCAP_RBER;
    uint8_t *cap;

    if (pos < 0) {
        return pos;
    }
    cap = dev->config + pos;
    if (dev->pcie_flags & (1u << PCIE_FLAG_EXT_TAG_BIT)) {
        devcap |= PCI_EXP_DEVCAP_EXT_TAG;
    }
    dev->exp_cap = pos;
    dev->is_express = true;
    stw_le_p(cap + PCI_EXP_FLAGS, PCIE_CAP_VERSION | type << 4);
    stl_le_p(cap + PCI_EXP_DEVCAP, devcap);
    stw_le_p(dev->wmask + pos + PCI_EXP_DEVCTL, PCIE_DEVCTL_WRITABLE);
    stw_le_p(dev->w1cmask + pos + PCI_EXP_DEVSTA,
             PCI_EXP_DEVSTA_CED | PCI_EXP_DEVSTA_NFED | PCI_EXP_DEVSTA_FED |
                 PCI_EXP_DEVSTA_URD);
    if (type != PCI_EXP_TYPE_RC_END) {
        /* A link of one lane at 2.5 GT/s, as every endpoint must have. */
        stl_le_p(cap + PCI_EXP_LNKCAP,
                 PCI_EXP_LNKCAP_SLS_2_5GB | 1 << 4 | (uint32_t)port << 24);
        stl_le_p(cap + PCI_EXP_LNKCAP2, PCI_EXP_LNKCAP2_SLS_2_5GB);
        stw_le_p(cap + PCI_EXP_LNKSTA,
                 PCI_EXP_LNKSTA_CLS_2_5GB | PCI_EXP_LNKSTA_NLW_X1);
        stw_le_p(dev->wmask + pos + PCI_EXP_LNKCTL,
                 PCI_EXP_LNKCTL_CCC | PCI_EXP_LNKCTL_ES);
    }
    return pos;
}

int pcie_endpoint_cap_init(PCIDevice *dev, uint8_t offset, Error **errp)
{
    PCIBus *bus = pci_get_bus(dev);
    uint8_t type =
        pci_bus_is_root(bus) ? PCI_EXP_TYPE_RC_END : PCI_EXP_TYPE_ENDPOINT;
    int pos;

    if (!pci_is_express_bus(bus)) {
        error_setg(errp, "Bus '%s' is not a PCI Express bus", bus->qbus.name);
        return -EINVAL;
    }
    pos = pcie_cap_init(dev, offset, type, 0, errp);
    if (pos >= 0) {
        uint8_t *devcap = dev->config + pos + PCI_EXP_DEVCAP;

        stl_le_p(devcap, ldl_le_p(devcap) | PCI_EXP_DEVCAP_FLR);
    }
    return pos;
}

void pcie_cap_reset(PCIDevice *dev)
{
    uint8_t *cap = dev->config + dev->exp_cap;

    stw_le_p(cap + PCI_EXP_DEVCTL, 0);
    stw_le_p(cap + PCI_EXP_DEVSTA, 0);
    stw_le_p(cap + PCI_EXP_LNKCTL, 0);
}

void pcie_cap_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len)
{
    /* The byte of Device Control with "Initiate Function Level Reset". */
    uint32_t reg = dev->exp_cap + PCI_EXP_DEVCTL + 1;
    uint32_t devcap = ldl_le_p(dev->config + dev->exp_cap + PCI_EXP_DEVCAP);

    if ((devcap & PCI_EXP_DEVCAP_FLR) && addr <= reg && reg < addr + len &&
        (val >> ((reg - addr) * 8) & (PCI_EXP_DEVCTL_BCR_FLR >> 8))) {
        pci_device_reset(dev);
    }
}
