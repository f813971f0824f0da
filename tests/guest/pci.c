/*
 * PCI bus 0: through ports 0xcf8 and 0xcfc, and, where the host bridge is a
 * Q35 with its window enabled, through memory (ECAM).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tiny.h"

#define Q35_HOST_ID   0x29c08086u
#define PIIX3_ISA_ID  0x70008086u
#define ICH9_ISA_ID   0x29188086u
#define ICH9_DEVFN    (0x1f << 3)
#define PIIX3_DEVFN   (1 << 3)
#define Q35_PCIEXBAR  0x60
#define PIRQ_ROUTES   0x60 /* PIIX3 and ICH9: of PIRQ A; E of ICH9 at 0x68 */
#define OUR_IRQ       11
#define VIRTIO_VENDOR 0x1af4
#define NET_LEGACY    0x1000
#define NET_MODERN    0x1041

#define GiB 0x40000000ull
#define PAGE_2M 0x200000ull

extern uint64_t pd_high[512];

static uint64_t ecam;
static bool is_q35;
static unsigned windows;

static uint32_t port_read(unsigned devfn, unsigned reg)
{
    outl(0xcf8, 0x80000000u | devfn << 8 | (reg & 0xfc));
    return inl(0xcfc);
}

uint32_t pci_read(unsigned devfn, unsigned reg)
{
    if (ecam) {
        return MMIO32(ecam + (devfn << 12) + (reg & 0xffc));
    }
    return port_read(devfn, reg);
}

void pci_write(unsigned devfn, unsigned reg, uint32_t value)
{
    if (ecam) {
        MMIO32(ecam + (devfn << 12) + (reg & 0xffc)) = value;
    } else {
        outl(0xcf8, 0x80000000u | devfn << 8 | (reg & 0xfc));
        outl(0xcfc, value);
    }
}

uint8_t pci_read8(unsigned devfn, unsigned reg)
{
    return pci_read(devfn, reg) >> reg % 4 * 8;
}

uint16_t pci_read16(unsigned devfn, unsigned reg)
{
    return pci_read(devfn, reg) >> reg % 4 * 8;
}

static bool is_net(uint32_t id)
{
    return (id & 0xffff) == VIRTIO_VENDOR &&
           (id >> 16 == NET_LEGACY || id >> 16 == NET_MODERN);
}

static void find_ecam(void)
{
    uint32_t low;

    is_q35 = port_read(0, 0) == Q35_HOST_ID;
    if (!is_q35) {
        return;
    }
    low = port_read(0, Q35_PCIEXBAR);
    if ((low & 1) && !port_read(0, Q35_PCIEXBAR + 4)) {
        ecam = low & 0xf0000000u;
        say("ecam=%x", ecam);
    }
}

int pci_enumerate(void)
{
    int found = -1;

    find_ecam();
    for (unsigned devfn = 0; devfn < 256; devfn += 8) {
        uint32_t id = pci_read(devfn, 0);

        if (id == 0xffffffffu) {
            continue;
        }
        if (ecam && port_read(devfn, 0) != id) {
            fail("slot %u: ECAM says %x, port 0xcfc %x", devfn >> 3,
                 (uint64_t)id, (uint64_t)port_read(devfn, 0));
        }
        say("pci slot=%u id=%x:%x class=%x", devfn >> 3,
            (uint64_t)(id & 0xffff), (uint64_t)(id >> 16),
            (uint64_t)(pci_read(devfn, 8) >> 8));
        if (found < 0 && is_net(id)) {
            found = devfn;
        }
    }
    return found;
}

/* Above 4 GiB a window of 2 pages of 2 MiB is opened. */
static uint64_t map_device(uint64_t addr)
{
    uint64_t at;

    if (addr < 4 * GiB) {
        return addr;
    }
    at = 4 * GiB + windows * PAGE_2M;
    pd_high[windows++] = (addr & ~(PAGE_2M - 1)) | 0x83;
    pd_high[windows++] = ((addr & ~(PAGE_2M - 1)) + PAGE_2M) | 0x83;
    __asm__ volatile("invlpg (%0)" : : "r"(at) : "memory");
    return at + (addr & (PAGE_2M - 1));
}

uint64_t pci_map_bar(unsigned devfn, unsigned bar)
{
    uint32_t low = pci_read(devfn, 0x10 + 4 * bar);
    uint64_t addr = low & ~15u;

    if ((low & 6) == 4) {
        addr |= (uint64_t)pci_read(devfn, 0x14 + 4 * bar) << 32;
    }
    if (!addr || (low & 1)) {
        fail("BAR %u is %x: nobody gave it an address", bar, (uint64_t)low);
    }
    /* Memory, bus master; status bits are cleared by ones. */
    pci_write(devfn, 4, (pci_read(devfn, 4) & 0xffff) | 6);
    return map_device(addr);
}

/* Firmware may have chosen one; else every PIRQ goes to ours. */
unsigned pci_pic_irq(unsigned devfn)
{
    unsigned irq = pci_read8(devfn, 0x3c);
    const uint32_t all = OUR_IRQ * 0x01010101u;

    if (irq && irq < 16) {
        return irq;
    }
    if (pci_read(ICH9_DEVFN, 0) == ICH9_ISA_ID) {
        pci_write(ICH9_DEVFN, PIRQ_ROUTES, all);
        pci_write(ICH9_DEVFN, PIRQ_ROUTES + 8, all);
    } else if (pci_read(PIIX3_DEVFN, 0) == PIIX3_ISA_ID) {
        pci_write(PIIX3_DEVFN, PIRQ_ROUTES, all);
    }
    return OUR_IRQ;
}

/* Q35: PIRQ E to H by slot and pin, on inputs 20 to 23. */
unsigned pci_ioapic_pin(unsigned devfn)
{
    unsigned pin = (pci_read8(devfn, 0x3d) - 1) & 3;

    if (is_q35) {
        return 20 + ((devfn >> 3) + pin) % 4;
    }
    return pci_pic_irq(devfn);
}

unsigned pci_next_cap(unsigned devfn, unsigned from, unsigned id)
{
    unsigned at = pci_read8(devfn, from ? from + 1 : 0x34) & 0xfc;

    for (int i = 0; at && i < 48; i++) {
        if (pci_read8(devfn, at) == id) {
            return at;
        }
        at = pci_read8(devfn, at + 1) & 0xfc;
    }
    return 0;
}
