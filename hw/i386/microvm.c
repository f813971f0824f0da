/*
 * -machine microvm: RAM, interrupt controllers, and only those chips of a PC
 * that Linux is at a loss without.
 *
 * There is no chip set: ISA's chips sit on a bus of their own, PCI Express
 * (pcie=on) comes from a generic host bridge, power management from a generic
 * event device; the guest learns of these from hardware-reduced ACPI tables.
 * Any interrupt is a global system interrupt (x86-irq.h).
 *
 * The ACPI timer is there nevertheless: it is the one clock by which Linux can
 * measure others on a software CPU, where reading the 8254 takes its time.
 *
 * There are no virtio-mmio devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/kvm.h"
#include "hw/i386/cpu.h"
#include "hw/i386/i8254.h"
#include "hw/i386/mc146818rtc.h"
#include "hw/i386/microvm.h"
#include "hw/i386/serial.h"

#define TYPE_ISA_BRIDGE "isabus-bridge"

/* ---------------------------------------------------------------- memory */

static bool microvm_map_memory(MicrovmMachineState *mms, Error **errp)
{
    MachineState *ms = MACHINE(mms);
    MemoryRegion *mem = get_system_memory();
    uint64_t low = MIN(ms->ram_size, MICROVM_RAM_SPLIT);

    mms->below_4g_mem_size = low;
    mms->above_4g_mem_size = ms->ram_size - low;
    if (mms->above_4g_mem_size > UINT64_MAX - 4 * GiB) {
        error_setg(errp, "ram size too large");
        return false;
    }
    memory_region_init_alias(&mms->ram_below_4g, OBJECT(mms), "ram-below-4g",
                             ms->ram, 0, low);
    memory_region_add_subregion(mem, 0, &mms->ram_below_4g);
    if (mms->above_4g_mem_size) {
        memory_region_init_alias(&mms->ram_above_4g, OBJECT(mms),
                                 "ram-above-4g", ms->ram, low,
                                 mms->above_4g_mem_size);
        memory_region_add_subregion(mem, 4 * GiB, &mms->ram_above_4g);
    }
    return true;
}

/* ----------------------------------------------------------------- chips */

static bool create_irqs(MicrovmMachineState *mms, Error **errp)
{
    DeviceState *bridge = qdev_new(TYPE_ISA_BRIDGE);

    mms->gsi = x86_gsi_new(&mms->irqs);
    mms->isa_bus = isa_bus_new(bridge, get_system_io());
    if (!x86_ioapic_init(&mms->irqs, OBJECT(mms), errp) ||
        !qdev_realize_and_unref(bridge, sysbus_get_default(), errp)) {
        return false;
    }
    for (int n = 0; n < ISA_NUM_IRQS; n++) {
        isa_bus_set_irq(mms->isa_bus, n, mms->gsi[n]);
    }
    return true;
}

static bool create_isa_chips(MicrovmMachineState *mms, Error **errp)
{
    bool with_rtc = mms->rtc == ON_OFF_AUTO_ON ||
                    (mms->rtc == ON_OFF_AUTO_AUTO && !kvm_enabled());
    I8254State *pit;

    if (mms->pic != ON_OFF_AUTO_OFF &&
        !x86_pic_init(&mms->irqs, mms->isa_bus, errp)) {
        return false;
    }
    if (mms->pit != ON_OFF_AUTO_OFF) {
        pit = i8254_init(mms->isa_bus, errp);
        if (!pit || !pcspk_init(mms->isa_bus, pit, errp)) {
            return false;
        }
    }
    if (with_rtc && !mc146818_rtc_init(mms->isa_bus, errp)) {
        return false;
    }
    return !mms->isa_serial || isa_serial_init_ports(mms->isa_bus, errp);
}

/* Interrupts are the event device's. */
static void no_sci(void *opaque, bool level)
{
}

static void create_pm(MicrovmMachineState *mms)
{
    acpi_pm_init(&mms->pm, OBJECT(mms), get_system_io(), MICROVM_PM_SIZE,
                 no_sci, NULL);
    acpi_pm_set_base(&mms->pm, MICROVM_PM_BASE, true);
}

static bool create_ged(MicrovmMachineState *mms, Error **errp)
{
    AcpiGed *ged;

    if (!microvm_has_acpi(mms)) {
        return true;
    }
    create_pm(mms);
    ged = ACPI_GED(qdev_new(TYPE_ACPI_GED));
    ged->memory = get_system_memory();
    ged->base = MICROVM_GED;
    ged->irq = mms->gsi[MICROVM_GED_GSI];
    return qdev_realize_and_unref(&ged->qdev, sysbus_get_default(), errp);
}

static bool create_pcie(MicrovmMachineState *mms, Error **errp)
{
    PCIHostState *host;
    GPEXHost *gpex;

    if (mms->pcie != ON_OFF_AUTO_ON) {
        return true;
    }
    memory_region_init(&mms->pci_memory, OBJECT(mms), "pci", UINT64_MAX);
    memory_region_add_subregion_overlap(get_system_memory(), 0,
                                        &mms->pci_memory, -1);
    memory_region_init(&mms->pci_io, OBJECT(mms), "pci-io", 0x10000);
    gpex = GPEX_HOST(qdev_new(TYPE_GPEX_HOST));
    gpex->ecam_base = MICROVM_ECAM;
    gpex->ecam_size = PCIE_MMCFG_SIZE_MAX;
    for (int i = 0; i < GPEX_NUM_IRQS; i++) {
        gpex->irq[i] = mms->gsi[MICROVM_PCI_GSI + i];
    }
    host = PCI_HOST_BRIDGE(gpex);
    host->pci_memory = &mms->pci_memory;
    host->io_memory = &mms->pci_io;
    host->system_memory = get_system_memory();
    object_property_add_child(OBJECT(mms), "pcihost", OBJECT(gpex));
    if (!qdev_realize_and_unref(&host->qdev, sysbus_get_default(), errp)) {
        return false;
    }
    mms->bus = host->bus;
    return true;
}

static void fill_fw_cfg(MicrovmMachineState *mms)
{
    MachineState *ms = MACHINE(mms);
    FWCfgState *fw = mms->fw_cfg;

    fw_cfg_add_i64(fw, FW_CFG_RAM_SIZE, ms->ram_size);
    fw_cfg_add_i16(fw, FW_CFG_NB_CPUS, ms->smp.cpus);
    fw_cfg_add_i16(fw, FW_CFG_MAX_CPUS, ms->smp.max_cpus);
    fw_cfg_add_i32(fw, FW_CFG_IRQ0_OVERRIDE, 1);
}

/* ----------------------------------------------------------------- board */

static void microvm_init(MachineState *ms, Error **errp)
{
    MicrovmMachineState *mms = MICROVM_MACHINE(ms);

    if (ms->usb) {
        error_setg(errp,
                   "usb=on is not supported: machine '%s' has no USB "
                   "controller",
                   MACHINE_GET_CLASS(ms)->name);
        return;
    }
    if (!x86_boot_check_options(ms, errp) || !microvm_map_memory(mms, errp) ||
        !x86_cpus_init(ms, true, errp) || !create_irqs(mms, errp) ||
        !create_isa_chips(mms, errp) || !create_ged(mms, errp) ||
        !create_pcie(mms, errp)) {
        return;
    }
    x86_irq_connect(&mms->irqs);
    mms->fw_cfg = fw_cfg_init_io(OBJECT(ms), get_system_io(),
                                 &address_space_memory, errp);
    if (!mms->fw_cfg) {
        return;
    }
    fill_fw_cfg(mms);
    if (microvm_firmware_init(mms, errp) && mms->bus) {
        pci_init_nics(mms->bus, "virtio-net-pci", errp);
    }
}

static void microvm_reset(MachineState *ms)
{
    MicrovmMachineState *mms = MICROVM_MACHINE(ms);

    qemu_devices_reset();
    if (mms->pm.timer) {
        acpi_pm_reset(&mms->pm);
    }
    microvm_firmware_reset(mms);
}

static void microvm_instance_init(Object *obj)
{
    MicrovmMachineState *mms = MICROVM_MACHINE(obj);

    mms->isa_serial = true;
    mms->option_roms = true;
    mms->auto_kernel_cmdline = true;
}

static void microvm_instance_finalize(Object *obj)
{
    MicrovmMachineState *mms = MICROVM_MACHINE(obj);

    x86_boot_free(mms->boot);
    if (mms->pm.timer) {
        acpi_pm_cleanup(&mms->pm);
    }
    memory_region_destroy(&mms->pci_io);
    memory_region_destroy(&mms->pci_memory);
    memory_region_destroy(&mms->ram_above_4g);
    memory_region_destroy(&mms->ram_below_4g);
    x86_gsi_free(mms->gsi, &mms->irqs);
}

static void microvm_class_init(ObjectClass *klass, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(klass);

    mc->desc = "microvm (i386)";
    mc->init = microvm_init;
    mc->reset = microvm_reset;
    mc->max_cpus = 288;
    mc->smp_dies = true;
    mc->smp_modules = true;
    mc->default_ram_id = "microvm.ram";
    mc->default_cpu_type = "qemu64-x86_64-cpu";
    mc->no_parallel = true;
    mc->no_floppy = true;
    mc->no_cdrom = true;
    microvm_add_properties(klass);
}

/* Carries the bus and nothing else. */
static void isa_bridge_class_init(ObjectClass *klass, const void *data)
{
    DEVICE_CLASS(klass)->user_creatable = false;
    DEVICE_CLASS(klass)->categories = 1ul << DEVICE_CATEGORY_BRIDGE;
}

static const TypeInfo microvm_types[] = {
    {
        .name = TYPE_MICROVM_MACHINE,
        .parent = TYPE_MACHINE,
        .instance_size = sizeof(MicrovmMachineState),
        .instance_init = microvm_instance_init,
        .instance_finalize = microvm_instance_finalize,
        .class_init = microvm_class_init,
    },
    {
        .name = TYPE_ISA_BRIDGE,
        .parent = TYPE_SYS_BUS_DEVICE,
        .class_init = isa_bridge_class_init,
    },
};
DEFINE_TYPES(microvm_types)
