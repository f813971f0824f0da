/*
 * PCI as a driver sees it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/qtest/lib/qpci.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc

/* Where BARs go. Inside the PCI windows of pc and q35; one device or a few,
 * each slot its own part. */
#define IO_BASE 0xc000
#define IO_PER_SLOT 0x100
#define MEM_BASE 0xe1000000u
#define MEM_PER_SLOT 0x100000u

static void select_register(QTestState *qts, uint8_t bus, uint8_t devfn,
                            unsigned offset)
{
    qtest_out(qts, CONFIG_ADDRESS,
              1u << 31 | bus << 16 | devfn << 8 | (offset & 0xfc), 4);
}

uint32_t qpci_config_read(QPCIDevice *dev, unsigned offset, unsigned size)
{
    select_register(dev->qts, dev->bus, dev->devfn, offset);
    return qtest_in(dev->qts, CONFIG_DATA + (offset & 3), size);
}

void qpci_config_write(QPCIDevice *dev, unsigned offset, uint32_t val,
                       unsigned size)
{
    select_register(dev->qts, dev->bus, dev->devfn, offset);
    qtest_out(dev->qts, CONFIG_DATA + (offset & 3), val, size);
}

bool qpci_device_present(QTestState *qts, uint8_t bus, uint8_t devfn)
{
    select_register(qts, bus, devfn, PCI_VENDOR_ID);
    return qtest_in(qts, CONFIG_DATA, 2) != 0xffff;
}

void qpci_device_init(QPCIDevice *dev, QTestState *qts, uint8_t bus,
                      uint8_t devfn)
{
    *dev = (QPCIDevice){ .qts = qts, .bus = bus, .devfn = devfn };
    if (!qpci_device_present(qts, bus, devfn)) {
        g_error("no PCI device at %02x:%02x.%x", bus, devfn >> 3, devfn & 7);
    }
}

static void place_bar(QPCIDevice *dev, int i, uint64_t *io, uint64_t *mem)
{
    unsigned reg = PCI_BASE_ADDRESS_0 + 4 * i;
    QPCIBar *bar = &dev->bars[i];
    uint32_t probe;
    uint64_t *next;

    qpci_config_write(dev, reg, 0xffffffff, 4);
    probe = qpci_config_read(dev, reg, 4);
    if (!probe) {
        return;
    }
    bar->is_io = probe & PCI_BASE_ADDRESS_SPACE_IO;
    bar->size = bar->is_io ? (uint16_t)(~(probe & ~3u) + 1)
                           : ~(probe & ~15u) + 1;
    next = bar->is_io ? io : mem;
    *next = QEMU_ALIGN_UP(*next, bar->size);
    bar->addr = *next;
    *next += bar->size;
    qpci_config_write(dev, reg, bar->addr, 4);
    if (!bar->is_io &&
        (probe & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
            PCI_BASE_ADDRESS_MEM_TYPE_64) {
        qpci_config_write(dev, reg + 4, 0, 4);
    }
}

void qpci_device_enable(QPCIDevice *dev)
{
    uint64_t io = IO_BASE + (dev->devfn >> 3) * IO_PER_SLOT;
    uint64_t mem = MEM_BASE + (uint64_t)(dev->devfn >> 3) * MEM_PER_SLOT;
    uint16_t cmd;

    for (int i = 0; i < 6; i++) {
        uint32_t reg = qpci_config_read(dev, PCI_BASE_ADDRESS_0 + 4 * i, 4);

        place_bar(dev, i, &io, &mem);
        if (!(reg & PCI_BASE_ADDRESS_SPACE_IO) &&
            (reg & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
                PCI_BASE_ADDRESS_MEM_TYPE_64) {
            i++; /* its upper half */
        }
    }
    cmd = qpci_config_read(dev, PCI_COMMAND, 2);
    cmd |= PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
    qpci_config_write(dev, PCI_COMMAND, cmd, 2);
}

uint8_t qpci_find_capability(QPCIDevice *dev, uint8_t id, uint8_t start)
{
    uint8_t pos = start ? qpci_config_read(dev, start + 1, 1)
                        : qpci_config_read(dev, PCI_CAPABILITY_LIST, 1);

    for (int i = 0; pos && i < 48; i++) {
        if (qpci_config_read(dev, pos, 1) == id) {
            return pos;
        }
        pos = qpci_config_read(dev, pos + 1, 1);
    }
    return 0;
}

uint64_t qpci_bar_read(QPCIDevice *dev, int bar, uint64_t offset,
                       unsigned size)
{
    const QPCIBar *b = &dev->bars[bar];

    g_assert_cmpuint(b->addr, !=, 0);
    return b->is_io ? qtest_in(dev->qts, b->addr + offset, size)
                    : qtest_read(dev->qts, b->addr + offset, size);
}

void qpci_bar_write(QPCIDevice *dev, int bar, uint64_t offset, uint64_t val,
                    unsigned size)
{
    const QPCIBar *b = &dev->bars[bar];

    g_assert_cmpuint(b->addr, !=, 0);
    if (b->is_io) {
        qtest_out(dev->qts, b->addr + offset, val, size);
    } else {
        qtest_write(dev->qts, b->addr + offset, val, size);
    }
}

static void msix_table(QPCIDevice *dev, int *bar, uint32_t *offset)
{
    uint32_t reg = qpci_config_read(dev, dev->msix_cap + PCI_MSIX_TABLE, 4);

    *bar = reg & PCI_MSIX_TABLE_BIR;
    *offset = reg & PCI_MSIX_TABLE_OFFSET;
}

void qpci_msix_enable(QPCIDevice *dev)
{
    uint32_t offset;
    uint16_t flags;
    int bar;

    dev->msix_cap = qpci_find_capability(dev, PCI_CAP_ID_MSIX, 0);
    g_assert_cmpuint(dev->msix_cap, !=, 0);
    flags = qpci_config_read(dev, dev->msix_cap + PCI_MSIX_FLAGS, 2);
    dev->msix_vectors = (flags & PCI_MSIX_FLAGS_QSIZE) + 1;
    dev->msix_words = qtest_alloc(dev->qts, dev->msix_vectors * 4);
    msix_table(dev, &bar, &offset);
    for (unsigned i = 0; i < dev->msix_vectors; i++) {
        uint32_t entry = offset + i * PCI_MSIX_ENTRY_SIZE;

        qpci_bar_write(dev, bar, entry + PCI_MSIX_ENTRY_LOWER_ADDR,
                       dev->msix_words + i * 4, 4);
        qpci_bar_write(dev, bar, entry + PCI_MSIX_ENTRY_UPPER_ADDR, 0, 4);
        qpci_bar_write(dev, bar, entry + PCI_MSIX_ENTRY_DATA, i + 1, 4);
        qpci_bar_write(dev, bar, entry + PCI_MSIX_ENTRY_VECTOR_CTRL, 0, 4);
    }
    qpci_config_write(dev, dev->msix_cap + PCI_MSIX_FLAGS,
                      flags | PCI_MSIX_FLAGS_ENABLE, 2);
}

void qpci_msix_disable(QPCIDevice *dev)
{
    uint16_t flags = qpci_config_read(dev, dev->msix_cap + PCI_MSIX_FLAGS, 2);

    qpci_config_write(dev, dev->msix_cap + PCI_MSIX_FLAGS,
                      flags & ~PCI_MSIX_FLAGS_ENABLE, 2);
}

void qpci_msix_mask(QPCIDevice *dev, unsigned vector, bool masked)
{
    uint32_t offset;
    int bar;

    msix_table(dev, &bar, &offset);
    qpci_bar_write(dev, bar,
                   offset + vector * PCI_MSIX_ENTRY_SIZE +
                       PCI_MSIX_ENTRY_VECTOR_CTRL,
                   masked, 4);
}

bool qpci_msix_fired(QPCIDevice *dev, unsigned vector)
{
    uint8_t *word = qtest_ram(dev->qts) + dev->msix_words + vector * 4;
    uint32_t zero = 0, seen;

    __atomic_exchange((uint32_t *)word, &zero, &seen, __ATOMIC_SEQ_CST);
    g_assert(seen == 0 || seen == vector + 1);
    return seen != 0;
}
