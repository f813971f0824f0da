/*
 * The PC boards: what -machine pc and -machine q35 have in common.
 *
 * Main loop only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_PC_H
#define HW_I386_PC_H

#include "hw/core/machine.h"
#include "hw/i386/boot.h"
#include "hw/i386/fw_cfg.h"
#include "hw/i386/i8042.h"
#include "hw/i386/i8254.h"
#include "hw/i386/mc146818rtc.h"
#include "hw/i386/southbridge.h"
#include "hw/i386/x86-irq.h"
#include "hw/pci/pci-host.h"

#define TYPE_PC_MACHINE "generic-pc-machine"
OBJECT_DECLARE_TYPE(PCMachineState, PCMachineClass, PC_MACHINE)

/* The QEMU release whose machines these are. */
#define PC_MACHINE_VERSION "11.1"

/* How a board differs from the other. */
struct PCMachineClass {
    MachineClass parent_class;
    const char *host_type;
    const char *host_path; /* child of the machine: "i440fx" */
    const char *southbridge_type;
    int southbridge_devfn;
    bool southbridge_has_pm; /* else it has a function for it */
    bool southbridge_multifunction;
    /* RAM up to ram_limit fits below the PCI hole; of more, ram_split bytes
     * stay there. */
    uint64_t ram_limit;
    uint64_t ram_split;
};

struct PCMachineState {
    MachineState parent_obj;

    uint64_t max_ram_below_4g; /* property; 0: the board's */
    OnOffAuto acpi;            /* property: registers and tables */
    OnOffAuto pic_on;          /* property pic */
    OnOffAuto pit_on;          /* property pit */
    bool i8042_off;            /* property i8042 */

    uint64_t below_4g_mem_size;
    uint64_t above_4g_mem_size;
    MemoryRegion ram_below_640k;
    MemoryRegion ram_below_4g;
    MemoryRegion ram_above_4g;
    MemoryRegion pci_memory;

    PCIHostState *host;
    PCIBus *bus;
    SouthBridge *southbridge;
    X86IrqEnds irqs;
    I8254State *pit; /* NULL: pit=off */
    MC146818RtcState *rtc;
    FWCfgState *fw_cfg;
    qemu_irq *gsi; /* global system interrupts */
    X86Boot *boot; /* NULL: nothing to boot */
};

/* MachineClass.init of both boards. */
void pc_machine_init_board(MachineState *ms, Error **errp);
/* -m, max-ram-below-4g: fills below_4g_mem_size and above_4g_mem_size. */
bool pc_split_ram(PCMachineState *pcms, Error **errp);
/* Properties of users and management tools. */
void pc_machine_add_properties(ObjectClass *klass);
/* The kernel of -kernel, if there is one; at every reset, last, what firmware
 * would do. */
bool pc_firmware_init(PCMachineState *pcms, Error **errp);
void pc_firmware_reset(PCMachineState *pcms);
/* Makes pcms->gsi and connects what drives it. */
void pc_connect_gsi(PCMachineState *pcms);

#endif
