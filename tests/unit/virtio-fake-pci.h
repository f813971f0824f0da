/*
 * The fake virtio device on the real PCI transport, below a root bus in the
 * system address spaces: for tests of the transport.
 *
 * RAM is at FAKE_RAM as with the fake transport, so that vring-model.h works
 * on both.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_VIRTIO_FAKE_PCI_H
#define TESTS_UNIT_VIRTIO_FAKE_PCI_H

#include "hw/virtio/virtio-pci.h"
#include "tests/unit/virtio-fake.h"

#define FAKE_PCI_TYPE "fake-virtio-pci"
#define FAKE_PCI_TRANSITIONAL "fake-virtio-pci-transitional"
#define FAKE_PCI_NON_TRANSITIONAL "fake-virtio-pci-non-transitional"

/* Where fake_pci_map() puts BARs. */
#define FAKE_BAR0 0xc000
#define FAKE_BAR1 0xfe000000u
#define FAKE_BAR2 0xc100
#define FAKE_BAR4 UINT64_C(0x100000000)
#define FAKE_COMMON FAKE_BAR4
#define FAKE_ISR (FAKE_BAR4 + 0x1000)
#define FAKE_CONFIG (FAKE_BAR4 + 0x2000)
#define FAKE_NOTIFY (FAKE_BAR4 + 0x3000)

typedef struct FakePCI {
    FakeVirtio fake; /* proxy: the PCI device */
    PCIDevice *pci;
    VirtIOPCIProxy *proxy;
} FakePCI;

void fake_pci_init(void);
/* express: below a root port instead of on the root bus. NULL with *errp. */
FakePCI *fake_pci_try_new(const char *type, const char *props, bool express,
                          Error **errp);
FakePCI *fake_pci_new(const char *props);
void fake_pci_free(FakePCI *p);
/* Level of INTx at the root. */
bool fake_pci_intx(void);

uint32_t cfg_read(FakePCI *p, unsigned addr, unsigned len);
void cfg_write(FakePCI *p, unsigned addr, uint32_t val, unsigned len);
/* Programs the BARs and switches on ports, memory and DMA. */
void fake_pci_map(FakePCI *p);
uint64_t mem_read(uint64_t addr, unsigned size);
void mem_write(uint64_t addr, uint64_t val, unsigned size);
uint32_t io_read(uint64_t port, unsigned size);
void io_write(uint64_t port, uint32_t val, unsigned size);
/* Unmasks vector v, its message being `data` to addr. */
void fake_pci_vector(unsigned v, uint64_t addr, uint32_t data);
void fake_pci_msix_enable(FakePCI *p, bool on);
/* As a modern driver, through the registers. */
void fake_pci_negotiate(FakePCI *p);

#endif
