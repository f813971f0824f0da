/*
 * PCI as a driver sees it: configuration space through ports 0xcf8/0xcfc,
 * BARs, MSI-X.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QPCI_H
#define TESTS_QPCI_H

#include "tests/qtest/lib/libqtest.h"

#include <linux/pci_regs.h>

typedef struct QPCIBar {
    uint64_t addr; /* guest address or port; 0: not there */
    uint64_t size;
    bool is_io;
} QPCIBar;

typedef struct QPCIDevice {
    QTestState *qts;
    uint8_t bus;
    uint8_t devfn;
    QPCIBar bars[6];
    /* MSI-X: each vector writes its number + 1 to a word of its own. */
    uint8_t msix_cap;
    unsigned msix_vectors;
    uint64_t msix_words; /* guest address */
} QPCIDevice;

#define QPCI_DEVFN(slot, fn) ((slot) << 3 | (fn))

uint32_t qpci_config_read(QPCIDevice *dev, unsigned offset, unsigned size);
void qpci_config_write(QPCIDevice *dev, unsigned offset, uint32_t val,
                       unsigned size);
/* Fails the test if nothing is there. Not enabled, BARs not placed. */
void qpci_device_init(QPCIDevice *dev, QTestState *qts, uint8_t bus,
                      uint8_t devfn);
bool qpci_device_present(QTestState *qts, uint8_t bus, uint8_t devfn);
/* Sizes and places every BAR, then switches on I/O, memory, bus master. */
void qpci_device_enable(QPCIDevice *dev);
/* Offset of the first one after `start` (0: of all), or 0. */
uint8_t qpci_find_capability(QPCIDevice *dev, uint8_t id, uint8_t start);
uint64_t qpci_bar_read(QPCIDevice *dev, int bar, uint64_t offset,
                       unsigned size);
void qpci_bar_write(QPCIDevice *dev, int bar, uint64_t offset, uint64_t val,
                    unsigned size);
/* Programs and enables all vectors, unmasked. */
void qpci_msix_enable(QPCIDevice *dev);
void qpci_msix_disable(QPCIDevice *dev);
void qpci_msix_mask(QPCIDevice *dev, unsigned vector, bool masked);
/* True if the vector fired since the last call. */
bool qpci_msix_fired(QPCIDevice *dev, unsigned vector);

#endif
