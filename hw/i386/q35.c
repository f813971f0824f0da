/*
 * -machine q35: Q35 host bridge with ECAM, ICH9 south bridge, PCI Express.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/pc.h"

static void pc_q35_class_init(ObjectClass *klass, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(klass);
    PCMachineClass *pcmc = PC_MACHINE_CLASS(klass);

    mc->desc = "Standard PC (Q35 + ICH9, 2009)";
    mc->alias = "q35";
    mc->max_cpus = 4096;
    pcmc->host_type = TYPE_Q35_HOST_DEVICE;
    pcmc->host_path = "q35";
    pcmc->southbridge_type = TYPE_ICH9_LPC_DEVICE;
    pcmc->southbridge_devfn = PCI_DEVFN(31, 0);
    pcmc->southbridge_multifunction = true;
    pcmc->southbridge_has_pm = true;
    /* ECAM begins at 0xb0000000. */
    pcmc->ram_limit = MCH_PCIEXBAR_DEFAULT;
    pcmc->ram_split = 0x80000000;
}

static const TypeInfo q35_types[] = {
    {
        .name = MACHINE_TYPE_NAME("pc-q35-" PC_MACHINE_VERSION),
        .parent = TYPE_PC_MACHINE,
        .class_init = pc_q35_class_init,
    },
};
DEFINE_TYPES(q35_types)
