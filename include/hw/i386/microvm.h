/*
 * -machine microvm: a PC without chip set.
 *
 * Main loop only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_MICROVM_H
#define HW_I386_MICROVM_H

#include "hw/core/machine.h"
#include "hw/i386/acpi-ged.h"
#include "hw/i386/acpi-pm.h"
#include "hw/i386/boot.h"
#include "hw/i386/fw_cfg.h"
#include "hw/i386/isa.h"
#include "hw/i386/x86-irq.h"
#include "hw/pci/pci-firmware.h"
#include "hw/pci/pci-gpex.h"

#define TYPE_MICROVM_MACHINE MACHINE_TYPE_NAME("microvm")
OBJECT_DECLARE_SIMPLE_TYPE(MicrovmMachineState, MICROVM_MACHINE)

/* Memory map. RAM up to 3 GiB lies below the rest. */
#define MICROVM_RAM_SPLIT  UINT64_C(0xc0000000)
#define MICROVM_PCI_MEM    UINT64_C(0xc0000000)
#define MICROVM_ECAM       UINT64_C(0xe0000000)
#define MICROVM_GED        UINT64_C(0xfea00000)
/* Ports of ACPI's fixed registers, of which only the timer is told of. */
#define MICROVM_PM_BASE 0x600
#define MICROVM_PM_SIZE 64
/* Interrupts: ISA's are the first 16. */
#define MICROVM_GED_GSI 9
#define MICROVM_PCI_GSI 16

struct MicrovmMachineState {
    MachineState parent_obj;

    /* properties */
    OnOffAuto acpi;
    OnOffAuto pcie;
    OnOffAuto pic;
    OnOffAuto pit;
    OnOffAuto rtc;
    bool isa_serial;
    bool option_roms;         /* there are none anyway */
    bool auto_kernel_cmdline; /* nor virtio-mmio devices to be told of */

    uint64_t below_4g_mem_size;
    uint64_t above_4g_mem_size;
    MemoryRegion ram_below_4g;
    MemoryRegion ram_above_4g;
    MemoryRegion pci_memory;
    MemoryRegion pci_io; /* leads nowhere: there is no port space for PCI */

    ISABus *isa_bus;
    PCIBus *bus; /* NULL: pcie=off */
    X86IrqEnds irqs;
    qemu_irq *gsi;
    AcpiPM pm; /* acpi=on */
    FWCfgState *fw_cfg;
    X86Boot *boot; /* NULL: nothing to boot */
};

static inline bool microvm_has_acpi(const MicrovmMachineState *mms)
{
    return mms->acpi != ON_OFF_AUTO_OFF;
}

void microvm_add_properties(ObjectClass *klass);
/* As pc_firmware_init() and pc_firmware_reset(). */
bool microvm_firmware_init(MicrovmMachineState *mms, Error **errp);
void microvm_firmware_reset(MicrovmMachineState *mms);

#endif
