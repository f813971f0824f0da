/*
 * What firmware does on the PC boards, done by the machine itself.
 *
 * With a kernel to boot the board makes a loader (boot.c) and, at the end of
 * every reset, programs the chips as SeaBIOS would: PCI, interrupt routing,
 * ACPI's registers, ECAM, the 8259 pair; then it has the loader put kernel and
 * tables into memory. Chips are programmed through their registers, as a CPU
 * would do it.
 *
 * Without a kernel a reset leaves the bare hardware (-accel qtest).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "acpi-aml.h"
#include "acpi-tables.h"
#include "hw/i386/boot.h"
#include "hw/i386/pc.h"

#define PC_PM_BASE 0x600
#define PC_SCI     9

#define PCI_IO_BASE_ADDR 0x1000 /* below: chips of the board */
#define PCI_IO_END       0x10000
#define PCI_MEM_END      IOAPIC_DEFAULT_ADDRESS
#define PCI_MEM_64_SIZE  (32 * GiB)
#define PCI_MEM_64_ALIGN GiB
#define PHYS_ADDR_END    (UINT64_C(1) << 40) /* of the smallest CPU type */

/* PIRQ A to D, and E to H, as SeaBIOS routes them. */
static const uint8_t pirq_irq[PIRQ_MAX] = {10, 10, 11, 11, 10, 10, 11, 11};
#define LEVEL_IRQS (1u << PC_SCI | 1u << 10 | 1u << 11)

/* -------------------------------------------------------------------- PCI */

static bool is_q35(const PCMachineState *pcms)
{
    return PC_MACHINE_GET_CLASS(pcms)->southbridge_has_pm;
}

static PCIFirmware pci_layout(const PCMachineState *pcms)
{
    uint64_t ram_end = 4 * GiB + pcms->above_4g_mem_size;
    uint64_t high = QEMU_ALIGN_UP(ram_end, PCI_MEM_64_ALIGN);
    uint64_t low_end = QEMU_ALIGN_UP(pcms->below_4g_mem_size, 256 * MiB);
    PCIFirmware fw = {
        .io = {PCI_IO_BASE_ADDR, PCI_IO_END},
        .mem = {0xc0000000, PCI_MEM_END},
    };

    /* Up to 3.5 GiB of RAM may be below; the rest is PCI's, from an address on
     * that few memory type registers can describe. */
    fw.mem.base = MAX(fw.mem.base, low_end);
    if (high >= ram_end && high < PHYS_ADDR_END) {
        fw.mem_64.base = high;
        fw.mem_64.end = MIN(high + PCI_MEM_64_SIZE, PHYS_ADDR_END);
    }
    memcpy(fw.irq_line, pirq_irq, sizeof(pirq_irq));
    return fw;
}

static void config_write(PCMachineState *pcms, int devfn, unsigned reg,
                         uint32_t val, unsigned len)
{
    pci_data_write(pcms->bus, devfn << 8 | reg, val, len);
}

static void program_pirqs(PCMachineState *pcms)
{
    SouthBridge *sb = pcms->southbridge;

    for (int i = 0; i < sb->nr_pirq; i++) {
        config_write(pcms, PCI_DEVICE(sb)->devfn, sb->pirq_reg(i), pirq_irq[i],
                     1);
    }
}

/* ACPI's registers get their address; the guest finds ACPI mode on, since
 * there is nobody whom it could ask to switch it on. */
static void program_pm(PCMachineState *pcms)
{
    int devfn = PCI_DEVICE(pcms->southbridge)->devfn;

    if (pcms->acpi == ON_OFF_AUTO_OFF) {
        return;
    }
    if (is_q35(pcms)) {
        config_write(pcms, devfn, 0x40, PC_PM_BASE | 1, 4);
        config_write(pcms, devfn, 0x44, 0x80, 1); /* enabled, SCI is 9 */
    } else {
        devfn = PCI_DEVFN(PCI_SLOT(devfn), 3);
        config_write(pcms, devfn, 0x40, PC_PM_BASE | 1, 4);
        config_write(pcms, devfn, 0x80, 1, 1);
        config_write(pcms, devfn, PCI_INTERRUPT_LINE, PC_SCI, 1);
    }
    address_space_st(&address_space_io, PC_PM_BASE + ACPI_PM1_CONTROL, 1, 2,
                     NULL); /* SCI_EN */
}

static void program_ecam(PCMachineState *pcms)
{
    if (is_q35(pcms)) {
        config_write(pcms, 0, MCH_PCIEXBAR + 4, MCH_PCIEXBAR_DEFAULT >> 32, 4);
        config_write(pcms, 0, MCH_PCIEXBAR,
                     MCH_PCIEXBAR_DEFAULT | MCH_PCIEXBAR_ENABLE, 4);
    }
}

/* ------------------------------------------------------------------- ACPI */

/* As the south bridges map the pins (southbridge.c). */
static int pc_map_slot(int slot, int pin)
{
    return (slot + 3 + pin) & 3;
}

static int q35_map_slot(int slot, int pin)
{
    if (slot >= 25 && slot != 30) {
        return pin;
    }
    return 4 + (slot == 30 ? pin : (slot + pin) % 4);
}

/* The ISA bridge, and the registers behind the link devices. */
static void add_isa_bridge(GByteArray *a, const PCMachineState *pcms)
{
    const SouthBridge *sb = pcms->southbridge;
    size_t device = aml_begin_device(a, "ISA"), field;
    char name[] = "PRQA";

    aml_name_int(a, "_ADR", (uint32_t)PCI_SLOT(PCI_DEVICE(sb)->devfn) << 16);
    aml_operation_region(a, "PIRQ", AML_PCI_CONFIG, 0x60, 0x0c);
    field = aml_begin_field(a, "PIRQ", AML_BYTE_ACC);
    for (int i = 0; i < sb->nr_pirq; i++, name[3]++) {
        if (i == 4) {
            aml_field_skip(a, 32);
        }
        aml_field(a, name, 8);
    }
    aml_end(a, field);
    acpi_add_isa_devices(a, sb->isa_bus);
    acpi_add_fw_cfg(a);
    aml_end(a, device);
}

static GByteArray *build_dsdt(PCMachineState *pcms)
{
    PCIFirmware fw = pci_layout(pcms);
    AcpiPCI pci = {
        .express = is_q35(pcms),
        .last_bus = 0xff,
        .mem = fw.mem,
        .mem_64 = fw.mem_64,
        .has_config_ports = true,
        .vga_window = true,
        .map_irq = is_q35(pcms) ? q35_map_slot : pc_map_slot,
        .first_gsi = pcms->southbridge->first_pirq_gsi,
        .nr_links = pcms->southbridge->nr_pirq,
    };
    GByteArray *a = g_byte_array_new();
    size_t host = acpi_begin_pci_host(a, &pci);

    add_isa_bridge(a, pcms);
    aml_end(a, host);
    acpi_add_links(a, pci.nr_links);
    if (is_q35(pcms)) {
        acpi_add_reserved(a, "\\_SB.DRAC", MCH_PCIEXBAR_DEFAULT,
                          PCIE_MMCFG_SIZE_MAX);
    }
    acpi_add_cpus(a);
    acpi_add_s5(a, 0);
    return a;
}

static void provide_acpi(PCMachineState *pcms)
{
    ISABus *isa = pcms->southbridge->isa_bus;
    AcpiBoard board = {
        .has_pic = pcms->pic_on != ON_OFF_AUTO_OFF,
        .has_pit = pcms->pit,
        .has_8042 = acpi_isa_has(isa, "i8042"),
        .has_rtc = true,
        .level_irqs = LEVEL_IRQS | 1u << 5, /* a link may choose it */
        .mmconfig_base = MCH_PCIEXBAR_DEFAULT,
        .mmconfig_size = is_q35(pcms) ? PCIE_MMCFG_SIZE_MAX : 0,
        .pm_base = PC_PM_BASE,
        .sci = PC_SCI,
    };
    g_autoptr(GByteArray) dsdt = NULL, tables = NULL;
    uint8_t rsdp[X86_BOOT_RSDP_SIZE];

    if (pcms->acpi == ON_OFF_AUTO_OFF) {
        return;
    }
    dsdt = build_dsdt(pcms);
    tables = g_byte_array_new();
    acpi_build_tables(&board, dsdt, x86_boot_acpi_base(pcms->boot), tables,
                      rsdp);
    x86_boot_set_acpi(pcms->boot, tables->data, tables->len, rsdp);
}

/* ------------------------------------------------------------------ board */

bool pc_firmware_init(PCMachineState *pcms, Error **errp)
{
    MachineState *ms = MACHINE(pcms);
    X86BootMap map = {
        .below_4g_mem_size = pcms->below_4g_mem_size,
        .above_4g_mem_size = pcms->above_4g_mem_size,
        .mmconfig_base = MCH_PCIEXBAR_DEFAULT,
        .mmconfig_size = is_q35(pcms) ? PCIE_MMCFG_SIZE_MAX : 0,
        .acpi_size = pcms->acpi == ON_OFF_AUTO_OFF ? 0 : x86_boot_acpi_size(ms),
    };

    if (!ms->kernel_filename) {
        return true;
    }
    pcms->boot = x86_boot_new(ms, &map, errp);
    return pcms->boot;
}

void pc_firmware_reset(PCMachineState *pcms)
{
    PCIFirmware fw;

    if (!pcms->boot) {
        return;
    }
    fw = pci_layout(pcms);
    pci_firmware_setup(pcms->bus, &fw);
    program_pirqs(pcms);
    program_pm(pcms);
    program_ecam(pcms);
    x86_pic_firmware_setup(&pcms->irqs, LEVEL_IRQS);
    x86_firmware_set_mtrrs(fw.mem.base);
    provide_acpi(pcms);
    x86_boot_reset(pcms->boot);
}
