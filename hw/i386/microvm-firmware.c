/*
 * What firmware would do on microvm, and its ACPI tables: see pc-firmware.c.
 *
 * The tables are of the hardware-reduced kind: no fixed registers, a generic
 * event device instead, whose interrupt means "read the event register".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "acpi-aml.h"
#include "acpi-tables.h"
#include "hw/i386/mc146818rtc.h"
#include "hw/i386/microvm.h"

#define PCI_MEM_64_SIZE (32 * GiB)
#define PHYS_ADDR_END   (UINT64_C(1) << 40)

static PCIFirmware pci_layout(const MicrovmMachineState *mms)
{
    uint64_t ram_end = 4 * GiB + mms->above_4g_mem_size;
    uint64_t high = QEMU_ALIGN_UP(ram_end, GiB);
    PCIFirmware fw = {.mem = {MICROVM_PCI_MEM, MICROVM_ECAM}};

    if (high >= ram_end && high < PHYS_ADDR_END) {
        fw.mem_64.base = high;
        fw.mem_64.end = MIN(high + PCI_MEM_64_SIZE, PHYS_ADDR_END);
    }
    for (int i = 0; i < GPEX_NUM_IRQS; i++) {
        fw.irq_line[i] = MICROVM_PCI_GSI + i;
    }
    return fw;
}

/* ------------------------------------------------------------------- DSDT */

static void add_pcie(GByteArray *a, const MicrovmMachineState *mms)
{
    PCIFirmware fw = pci_layout(mms);
    AcpiPCI pci = {
        .express = true,
        .last_bus = 0xff,
        .mem = fw.mem,
        .mem_64 = fw.mem_64,
        .map_irq = gpex_map_irq_slot,
        .first_gsi = MICROVM_PCI_GSI,
    };

    aml_end(a, acpi_begin_pci_host(a, &pci));
    acpi_add_reserved(a, "\\_SB.ECAM", MICROVM_ECAM, PCIE_MMCFG_SIZE_MAX);
}

static void add_power_button(GByteArray *a)
{
    size_t device = aml_begin_device(a, "\\_SB.PWRB");

    aml_name_eisaid(a, "_HID", "PNP0C0C");
    aml_name_int(a, "_UID", 0);
    aml_end(a, device);
}

/* _EVT reads what has happened, and tells those concerned. */
static void add_ged(GByteArray *a)
{
    static const uint32_t gsi = MICROVM_GED_GSI;
    size_t device = aml_begin_device(a, "\\_SB.GED"), block, method;

    aml_name_string(a, "_HID", "ACPI0013");
    aml_name_int(a, "_UID", 0);
    aml_name(a, "_CRS");
    block = aml_begin_resources(a);
    aml_interrupt(a, false, &gsi, 1);
    aml_end_resources(a, block);
    aml_operation_region(a, "EREG", AML_SYSTEM_MEMORY, MICROVM_GED,
                         ACPI_GED_EVENT_SIZE);
    block = aml_begin_field(a, "EREG", AML_DWORD_ACC);
    aml_field(a, "ESEL", 32);
    aml_end(a, block);

    method = aml_begin_method(a, "_EVT", 1 | AML_SERIALIZED);
    aml_byte(a, AML_STORE);
    aml_path(a, "ESEL");
    aml_byte(a, AML_LOCAL0);
    block = aml_begin_if(a);
    aml_byte(a, AML_AND);
    aml_byte(a, AML_LOCAL0);
    aml_int(a, ACPI_GED_POWER_DOWN);
    aml_byte(a, 0); /* no target */
    aml_byte(a, AML_NOTIFY);
    aml_path(a, "\\_SB.PWRB");
    aml_int(a, 0x80); /* pressed */
    aml_end(a, block);
    aml_end(a, method);
    aml_end(a, device);
}

static GByteArray *build_dsdt(const MicrovmMachineState *mms)
{
    GByteArray *a = g_byte_array_new();
    size_t scope = aml_begin_scope(a, "\\_SB");

    acpi_add_isa_devices(a, mms->isa_bus);
    acpi_add_fw_cfg(a);
    aml_end(a, scope);
    add_power_button(a);
    add_ged(a);
    if (mms->bus) {
        add_pcie(a, mms);
    }
    acpi_add_cpus(a);
    acpi_add_s5(a, ACPI_GED_SLEEP_S5);
    return a;
}

static void provide_acpi(MicrovmMachineState *mms)
{
    AcpiBoard board = {
        .has_pic = mms->pic != ON_OFF_AUTO_OFF,
        .has_pit = mms->pit != ON_OFF_AUTO_OFF,
        .has_rtc = acpi_isa_has(mms->isa_bus, TYPE_MC146818_RTC),
        .mmconfig_base = MICROVM_ECAM,
        .mmconfig_size = mms->bus ? PCIE_MMCFG_SIZE_MAX : 0,
        .pm_base = MICROVM_PM_BASE,
        .reduced_regs = MICROVM_GED + ACPI_GED_REGS,
    };
    g_autoptr(GByteArray) dsdt = NULL, tables = NULL;
    uint8_t rsdp[X86_BOOT_RSDP_SIZE];

    if (!microvm_has_acpi(mms)) {
        return;
    }
    dsdt = build_dsdt(mms);
    tables = g_byte_array_new();
    acpi_build_tables(&board, dsdt, x86_boot_acpi_base(mms->boot), tables,
                      rsdp);
    x86_boot_set_acpi(mms->boot, tables->data, tables->len, rsdp);
}

/* ------------------------------------------------------------------ board */

bool microvm_firmware_init(MicrovmMachineState *mms, Error **errp)
{
    MachineState *ms = MACHINE(mms);
    X86BootMap map = {
        .below_4g_mem_size = mms->below_4g_mem_size,
        .above_4g_mem_size = mms->above_4g_mem_size,
        .mmconfig_base = MICROVM_ECAM,
        .mmconfig_size = mms->bus ? PCIE_MMCFG_SIZE_MAX : 0,
        .acpi_size = microvm_has_acpi(mms) ? x86_boot_acpi_size(ms) : 0,
    };

    if (!ms->kernel_filename) {
        return true;
    }
    mms->boot = x86_boot_new(ms, &map, errp);
    return mms->boot;
}

void microvm_firmware_reset(MicrovmMachineState *mms)
{
    PCIFirmware fw;

    if (!mms->boot) {
        return;
    }
    fw = pci_layout(mms);
    if (mms->bus) {
        pci_firmware_setup(mms->bus, &fw);
    }
    x86_pic_firmware_setup(&mms->irqs, 0);
    x86_firmware_set_mtrrs(fw.mem.base);
    provide_acpi(mms);
    x86_boot_reset(mms->boot);
}
