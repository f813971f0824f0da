/*
 * The ACPI tables but for the contents of the DSDT: RSDP, RSDT, XSDT, FACS,
 * FADT, MADT, MCFG (ACPI 6.5, chapter 5; the PCI firmware specification).
 *
 * Numbers at fixed offsets of a table are written with their offset, which is
 * how the specification lists them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "acpi-aml.h"
#include "acpi-tables.h"
#include "hw/i386/acpi-ged.h"
#include "hw/i386/apic.h"
#include "util/bswap.h"

#define HEADER_SIZE  36
#define TABLES_ALIGN 16
#define MAX_TABLES   8

/* Tables under construction; addresses of those that the root points to. */
typedef struct AcpiBuild {
    GByteArray *out;
    uint64_t base;
    uint64_t roots[MAX_TABLES];
    unsigned nr_roots;
} AcpiBuild;

static uint8_t checksum(const uint8_t *data, size_t len)
{
    uint8_t sum = 0;

    while (len--) {
        sum += *data++;
    }
    return -sum;
}

static void put_le(GByteArray *a, uint64_t value, unsigned len)
{
    uint64_t le = cpu_to_le64(value);

    g_byte_array_append(a, (uint8_t *)&le, len);
}

/* A new table of `size` zero bytes, header filled in but for its length. */
static size_t begin_table(AcpiBuild *b, const char *signature, uint8_t revision,
                          unsigned size)
{
    size_t at = QEMU_ALIGN_UP(b->out->len, TABLES_ALIGN);
    uint8_t *h;

    g_byte_array_set_size(b->out, at + size);
    memset(b->out->data + at, 0, size);
    h = b->out->data + at;
    memcpy(h, signature, 4);
    h[8] = revision;
    memcpy(h + 10, "BOCHS ", 6);
    memcpy(h + 16, "BXPC    ", 8);
    stl_le_p(h + 24, 1);
    memcpy(h + 28, "BXPC", 4);
    stl_le_p(h + 32, 1);
    return at;
}

/* Its address. */
static uint64_t end_table(AcpiBuild *b, size_t at)
{
    uint8_t *h = b->out->data + at;
    size_t len = b->out->len - at;

    stl_le_p(h + 4, len);
    h[9] = checksum(h, len);
    return b->base + at;
}

static void add_root(AcpiBuild *b, uint64_t addr)
{
    g_assert(b->nr_roots < MAX_TABLES);
    b->roots[b->nr_roots++] = addr;
}

/* ------------------------------------------------------------------- FADT */

#define FADT_SIZE     276
#define FADT_REVISION 6
#define FADT_MINOR    3

#define FLAG_WBINVD      (1u << 0)
#define FLAG_PROC_C1     (1u << 2)
#define FLAG_POWER_BTN   (1u << 4)  /* there is no fixed one */
#define FLAG_SLEEP_BTN   (1u << 5)  /* the same */
#define FLAG_FIX_RTC     (1u << 6)  /* wake-up by the clock: not fixed */
#define FLAG_RESET_REG   (1u << 10)
#define FLAG_HW_REDUCED  (1u << 20)

#define BOOT_ARCH_LEGACY (1u << 0)
#define BOOT_ARCH_8042   (1u << 1)
#define BOOT_ARCH_NO_VGA (1u << 2)
#define BOOT_ARCH_NO_RTC (1u << 5)

#define GAS_MEMORY 0
#define GAS_IO     1

#define RESET_PORT       0xcf9
#define RESET_PORT_VALUE 0x0f

#define RTC_CENTURY_REG 0x32

/* A generic address structure. */
static void put_gas(uint8_t *p, uint8_t space, unsigned bytes, uint64_t addr)
{
    p[0] = space;
    p[1] = bytes * 8;
    p[2] = 0;
    p[3] = bytes == 1 ? 1 : bytes == 2 ? 2 : 3;
    stq_le_p(p + 4, addr);
}

static void fill_fixed_registers(const AcpiBoard *board, uint8_t *t)
{
    stw_le_p(t + 46, board->sci);
    stl_le_p(t + 56, board->pm_base);     /* PM1a_EVT_BLK */
    stl_le_p(t + 64, board->pm_base + 4); /* PM1a_CNT_BLK */
    t[88] = 4;
    t[89] = 2;
    put_gas(t + 148, GAS_IO, 4, board->pm_base);
    t[151] = 2; /* its halves are words */
    put_gas(t + 172, GAS_IO, 2, board->pm_base + 4);
    put_gas(t + 116, GAS_IO, 1, RESET_PORT);
    t[128] = RESET_PORT_VALUE;
    stl_le_p(t + 112, FLAG_WBINVD | FLAG_PROC_C1 | FLAG_SLEEP_BTN |
                          FLAG_FIX_RTC | FLAG_RESET_REG);
}

static void fill_reduced_registers(const AcpiBoard *board, uint8_t *t)
{
    put_gas(t + 116, GAS_MEMORY, 1, board->reduced_regs + 2);
    t[128] = ACPI_GED_RESET_VALUE;
    put_gas(t + 244, GAS_MEMORY, 1, board->reduced_regs);
    put_gas(t + 256, GAS_MEMORY, 1, board->reduced_regs + 1);
    stl_le_p(t + 112, FLAG_WBINVD | FLAG_POWER_BTN | FLAG_SLEEP_BTN |
                          FLAG_RESET_REG | FLAG_HW_REDUCED);
}

static void add_fadt(AcpiBuild *b, const AcpiBoard *board, uint64_t facs,
                     uint64_t dsdt)
{
    size_t at = begin_table(b, "FACP", FADT_REVISION, FADT_SIZE);
    uint8_t *t = b->out->data + at;
    uint16_t arch = BOOT_ARCH_LEGACY | BOOT_ARCH_NO_VGA;

    arch |= board->has_8042 ? BOOT_ARCH_8042 : 0;
    arch |= board->has_rtc ? 0 : BOOT_ARCH_NO_RTC;
    stl_le_p(t + 36, facs);
    stl_le_p(t + 40, dsdt);
    stw_le_p(t + 96, 0xfff); /* no C2, no C3 */
    stw_le_p(t + 98, 0xfff);
    t[108] = board->has_rtc ? RTC_CENTURY_REG : 0;
    stw_le_p(t + 109, arch);
    t[131] = FADT_MINOR;
    stq_le_p(t + 140, dsdt);
    stl_le_p(t + 76, board->pm_base + 8); /* PM_TMR_BLK */
    t[91] = 4;
    put_gas(t + 208, GAS_IO, 4, board->pm_base + 8);
    if (!board->reduced_regs) {
        fill_fixed_registers(board, t);
    } else {
        fill_reduced_registers(board, t);
    }
    add_root(b, end_table(b, at));
}

/* Firmware control structure: no header of the usual kind. */
static uint64_t add_facs(AcpiBuild *b)
{
    size_t at = QEMU_ALIGN_UP(b->out->len, 64);

    g_byte_array_set_size(b->out, at + 64);
    memset(b->out->data + at, 0, 64);
    memcpy(b->out->data + at, "FACS", 4);
    stl_le_p(b->out->data + at + 4, 64);
    return b->base + at;
}

static uint64_t add_dsdt(AcpiBuild *b, const GByteArray *dsdt)
{
    size_t at = begin_table(b, "DSDT", 2, HEADER_SIZE);

    g_byte_array_append(b->out, dsdt->data, dsdt->len);
    return end_table(b, at);
}

/* ------------------------------------------------------------------- MADT */

#define MADT_REVISION   4
#define MADT_PCAT       1
#define MADT_ENABLED    1
#define MADT_LEVEL_HIGH 0x0d
#define MADT_ALL_CPUS_8 0xff
#define LINT_NMI        1
#define XAPIC_LAST_ID   254

static void add_madt_cpu(GByteArray *a, unsigned uid, uint32_t apic_id)
{
    if (apic_id <= XAPIC_LAST_ID) {
        put_le(a, 8 << 8 | 0, 2);
        put_le(a, uid, 1);
        put_le(a, apic_id, 1);
        put_le(a, MADT_ENABLED, 4);
    } else {
        put_le(a, 16 << 8 | 9, 2);
        put_le(a, 0, 2);
        put_le(a, apic_id, 4);
        put_le(a, MADT_ENABLED, 4);
        put_le(a, uid, 4);
    }
}

static void add_madt_override(GByteArray *a, unsigned irq, unsigned gsi,
                              uint16_t flags)
{
    put_le(a, 10 << 8 | 2, 2);
    put_le(a, 0, 1); /* ISA */
    put_le(a, irq, 1);
    put_le(a, gsi, 4);
    put_le(a, flags, 2);
}

static void add_madt_irqs(GByteArray *a, const AcpiBoard *board)
{
    put_le(a, 12 << 8 | 1, 2);
    put_le(a, 0, 2); /* ID 0 */
    put_le(a, IOAPIC_DEFAULT_ADDRESS, 4);
    put_le(a, 0, 4); /* first GSI */
    if (board->has_pit) {
        add_madt_override(a, 0, 2, 0);
    }
    for (unsigned irq = 0; irq < ISA_NUM_IRQS; irq++) {
        if (board->level_irqs & (1u << irq)) {
            add_madt_override(a, irq, irq, MADT_LEVEL_HIGH);
        }
    }
}

static void add_madt(AcpiBuild *b, const AcpiBoard *board)
{
    size_t at = begin_table(b, "APIC", MADT_REVISION, HEADER_SIZE);
    bool x2apic = false;
    CPUState *cpu;

    put_le(b->out, APIC_DEFAULT_ADDRESS, 4);
    put_le(b->out, board->has_pic ? MADT_PCAT : 0, 4);
    CPU_FOREACH(cpu)
    {
        uint32_t apic_id = X86_CPU(cpu)->apic_id;

        add_madt_cpu(b->out, cpu->cpu_index, apic_id);
        x2apic |= apic_id > XAPIC_LAST_ID;
    }
    add_madt_irqs(b->out, board);
    put_le(b->out, 6 << 8 | 4, 2);
    put_le(b->out, MADT_ALL_CPUS_8, 1);
    put_le(b->out, 0, 2);
    put_le(b->out, LINT_NMI, 1);
    if (x2apic) {
        put_le(b->out, 12 << 8 | 10, 2);
        put_le(b->out, 0, 2);
        put_le(b->out, UINT32_MAX, 4); /* all */
        put_le(b->out, LINT_NMI, 4);
    }
    add_root(b, end_table(b, at));
}

/* ------------------------------------------------------------------- MCFG */

static void add_mcfg(AcpiBuild *b, const AcpiBoard *board)
{
    size_t at;

    if (!board->mmconfig_size) {
        return;
    }
    at = begin_table(b, "MCFG", 1, HEADER_SIZE + 8);
    put_le(b->out, board->mmconfig_base, 8);
    put_le(b->out, 0, 2); /* segment */
    put_le(b->out, 0, 1); /* first bus */
    put_le(b->out, board->mmconfig_size / MiB - 1, 1);
    put_le(b->out, 0, 4);
    add_root(b, end_table(b, at));
}

/* ------------------------------------------------------------------- root */

static uint64_t add_root_table(AcpiBuild *b, const char *signature,
                               unsigned width)
{
    size_t at = begin_table(b, signature, 1, HEADER_SIZE);

    for (unsigned i = 0; i < b->nr_roots; i++) {
        put_le(b->out, b->roots[i], width);
    }
    return end_table(b, at);
}

void acpi_build_tables(const AcpiBoard *board, const GByteArray *dsdt,
                       uint64_t base, GByteArray *tables,
                       uint8_t rsdp[X86_BOOT_RSDP_SIZE])
{
    AcpiBuild b = {.out = tables, .base = base};
    uint64_t facs = board->reduced_regs ? 0 : add_facs(&b);

    add_fadt(&b, board, facs, add_dsdt(&b, dsdt));
    add_madt(&b, board);
    add_mcfg(&b, board);
    memset(rsdp, 0, X86_BOOT_RSDP_SIZE);
    memcpy(rsdp, "RSD PTR ", 8);
    memcpy(rsdp + 9, "BOCHS ", 6);
    rsdp[15] = 2;
    stl_le_p(rsdp + 16, add_root_table(&b, "RSDT", 4));
    stl_le_p(rsdp + 20, X86_BOOT_RSDP_SIZE);
    stq_le_p(rsdp + 24, add_root_table(&b, "XSDT", 8));
    rsdp[8] = checksum(rsdp, 20);
    rsdp[32] = checksum(rsdp, X86_BOOT_RSDP_SIZE);
}
