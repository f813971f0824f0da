/*
 * MSI-X (PCI 3.0, 6.8.2): table, pending bits, masking per vector and per
 * function.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_PCI_MSIX_H
#define HW_PCI_MSIX_H

#include "hw/pci/pci.h"

#define MSIX_MAX_ENTRIES 2048

typedef struct MSIMessage {
    uint64_t address;
    uint32_t data;
} MSIMessage;

/*
 * nentries vectors (1..2048) with table and PBA in their own memory BAR
 * `bar_nr`: table at 0, PBA at half a page or behind a longer table (where QEMU
 * has them). Call it in realize, the other in exit. 0, or a negative errno with
 * *errp.
 */
int msix_init_exclusive_bar(PCIDevice *dev, unsigned nentries, uint8_t bar_nr,
                            Error **errp);
void msix_uninit_exclusive_bar(PCIDevice *dev);
/* The enable and mask bits may have changed; pci_default_write_config() calls
 * it. */
void msix_write_config(PCIDevice *dev, uint32_t addr, uint32_t val, int len);
void msix_reset(PCIDevice *dev);

bool msix_present(const PCIDevice *dev);
bool msix_enabled(const PCIDevice *dev);
unsigned msix_nr_vectors_allocated(const PCIDevice *dev);
/* Sends the vector's message, or sets its pending bit while masked. Vectors
 * out of range, vectors not in use and all while disabled are ignored. */
void msix_notify(PCIDevice *dev, unsigned vector);
bool msix_is_masked(PCIDevice *dev, unsigned vector);
bool msix_is_pending(PCIDevice *dev, unsigned vector);
MSIMessage msix_get_message(PCIDevice *dev, unsigned vector);
/* Counted: several users of one vector. False: no such vector. */
bool msix_vector_use(PCIDevice *dev, unsigned vector);
void msix_vector_unuse(PCIDevice *dev, unsigned vector);

/*
 * For irqfd: told when a vector is unmasked (with its message) and masked.
 * use() failing leaves the vector to msix_notify(). NULL to stop.
 */
struct MSIXVectorNotifier {
    int (*use)(PCIDevice *dev, unsigned vector, MSIMessage msg);
    void (*release)(PCIDevice *dev, unsigned vector);
};
void msix_set_vector_notifiers(PCIDevice *dev, const MSIXVectorNotifier *n);

#endif
