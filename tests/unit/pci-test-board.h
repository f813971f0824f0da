/*
 * A PC board and a PCI device for the tests of hw/pci and hw/i386.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_UNIT_PCI_TEST_BOARD_H
#define TESTS_UNIT_PCI_TEST_BOARD_H

#include "hw/i386/pc.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie.h"
#include "util/bswap.h"

/*
 * A function with one BAR of each kind, four MSI-X vectors (BAR 1) and pin A.
 * Reads of BAR n at offset x give 0xn0 + (low four bits of x) per byte.
 */
#define TYPE_TEST_PCI "test-pci"
OBJECT_DECLARE_SIMPLE_TYPE(TestPCI, TEST_PCI)
#define TEST_PCI_VECTORS 4

struct TestPCI {
    PCIDevice parent_obj;
    MemoryRegion io;    /* BAR 0: 32 ports */
    MemoryRegion mem;   /* BAR 2: 4 KiB, 32 bits */
    MemoryRegion mem64; /* BAR 4: 64 KiB, 64 bits, prefetchable */
    unsigned vectors;   /* property; 0: no MSI-X */
    bool express;       /* property: add an Express capability */
    bool fail;          /* property: realize fails */
    int resets;
    uint64_t last_write;
};

/* Builds and resets the machine "pc" or "q35"; one at a time. */
PCMachineState *board_start(const char *name, uint64_t ram);
void board_stop(void);

/* A test device on bus; props is "name=value,..." or NULL. */
TestPCI *test_pci_new(PCIBus *bus, const char *addr, const char *props,
                      Error **errp);
/* Any device by -device syntax; aborts on failure. */
DeviceState *board_add(const char *device);
PCIBus *board_bus(const char *name);

/* Configuration through ports 0xcf8 and 0xcfc. */
uint32_t cfg_read(int bus, int devfn, int reg, unsigned len);
void cfg_write(int bus, int devfn, int reg, uint32_t val, unsigned len);
uint64_t mem_read(uint64_t addr, unsigned len);
void mem_write(uint64_t addr, uint64_t val, unsigned len);
uint64_t port_read(uint16_t port, unsigned len);
void port_write(uint16_t port, uint64_t val, unsigned len);

/* Levels of the I/O APIC's inputs, since board_start, without the timer's. */
uint32_t board_irq_levels(void);
bool board_timer_level(void);
/* Lets guest time pass. */
void board_step(int64_t ns);

void expect_error(Error *err, const char *message);

#endif
