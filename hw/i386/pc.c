/*
 * -machine pc: i440FX host bridge, PIIX3 south bridge, conventional PCI.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/pc.h"

static void pc_i440fx_class_init(ObjectClass *klass, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(klass);
    PCMachineClass *pcmc = PC_MACHINE_CLASS(klass);

    mc->desc = "Standard PC (i440FX + PIIX, 1996)";
    mc->alias = "pc";
    mc->is_default = true;
    pcmc->host_type = TYPE_I440FX_PCI_HOST;
    pcmc->host_path = "i440fx";
    pcmc->southbridge_type = TYPE_PIIX3_DEVICE;
    pcmc->southbridge_devfn = PCI_DEVFN(1, 0);
    pcmc->southbridge_multifunction = true;
    pcmc->ram_limit = 0xe0000000;
    pcmc->ram_split = 0xc0000000;
}

static const TypeInfo pc_types[] = {
    {
        .name = MACHINE_TYPE_NAME("pc-i440fx-" PC_MACHINE_VERSION),
        .parent = TYPE_PC_MACHINE,
        .class_init = pc_i440fx_class_init,
    },
};
DEFINE_TYPES(pc_types)
