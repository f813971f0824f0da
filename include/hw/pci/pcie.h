/*
 * The PCI Express capability beyond what endpoints need (see
 * pcie_endpoint_cap_init in pci.h): ports and their slots.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_PCIE_H
#define HW_PCI_PCIE_H

#include "hw/pci/pci.h"

#define PCIE_CAP_VERSION 2
#define PCIE_CAP_SIZE    0x3c /* version 2, all registers */

/* Offset of an Express capability of PCI_EXP_TYPE_* type, or negative with
 * *errp. port: number of a port's link. */
int pcie_cap_init(PCIDevice *dev, uint8_t offset, uint8_t type, uint8_t port,
                  Error **errp);
/* Only with a capability (dev->exp_cap). */
void pcie_cap_reset(PCIDevice *dev);
/* After the default write: a guest may have asked for a function reset. */
void pcie_cap_write_config(PCIDevice *dev, uint32_t addr, uint32_t val,
                           int len);

#endif
