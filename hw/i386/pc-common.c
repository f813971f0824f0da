/*
 * What the PC boards have in common: memory, host and south bridge, interrupt
 * controllers, CMOS, fw_cfg.
 *
 * Guest memory, from 0: RAM up to the PCI hole, which ends below the chips
 * and the local APICs (from 0xfec00000) under 4 GiB; the rest of RAM from
 * 4 GiB on. The PCI address space lies below all of this with a lower
 * priority, so that a BAR can never hide RAM or a chip. 0xa0000 to 0xbffff
 * belongs to PCI (VGA); 0xc0000 to 0xfffff is RAM, as firmware leaves it.
 *
 * Interrupts: PCI's lines and ISA's are global system interrupts (x86-irq.h).
 *
 * What firmware would do is in pc-firmware.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/vm-info.h"
#include "hw/i386/cpu.h"
#include "hw/i386/pc.h"
#include "hw/i386/piix4-pm.h"
#include "hw/i386/ferr.h"
#include "hw/i386/port92.h"
#include "hw/i386/serial.h"
#include "util/bswap.h"

#define PC_VGA_HOLE_BASE 0xa0000
#define PC_VGA_HOLE_END  0xc0000

/* ---------------------------------------------------------------- memory */

bool pc_split_ram(PCMachineState *pcms, Error **errp)
{
    PCMachineClass *pcmc = PC_MACHINE_GET_CLASS(pcms);
    uint64_t ram = MACHINE(pcms)->ram_size;
    uint64_t low = pcmc->ram_limit;

    if (pcms->max_ram_below_4g) {
        low = MIN(low, pcms->max_ram_below_4g);
    }
    if (ram >= low) {
        low = MIN(low, pcmc->ram_split);
    }
    pcms->below_4g_mem_size = MIN(ram, low);
    pcms->above_4g_mem_size = ram - pcms->below_4g_mem_size;
    if (pcms->above_4g_mem_size > UINT64_MAX - 4 * GiB) {
        error_setg(errp, "ram size too large");
        return false;
    }
    return true;
}

/* The part of ms->ram from offset on, at addr. */
static void pc_map_ram_part(PCMachineState *pcms, MemoryRegion *part,
                            const char *name, uint64_t offset, uint64_t end,
                            uint64_t addr)
{
    if (offset < end) {
        memory_region_init_alias(part, OBJECT(pcms), name, MACHINE(pcms)->ram,
                                 offset, end - offset);
        memory_region_add_subregion(get_system_memory(), addr, part);
    }
}

static void pc_map_memory(PCMachineState *pcms)
{
    uint64_t low = pcms->below_4g_mem_size;

    pc_map_ram_part(pcms, &pcms->ram_below_640k, "ram-below-640k", 0,
                    MIN(low, PC_VGA_HOLE_BASE), 0);
    pc_map_ram_part(pcms, &pcms->ram_below_4g, "ram-below-4g", PC_VGA_HOLE_END,
                    low, PC_VGA_HOLE_END);
    pc_map_ram_part(pcms, &pcms->ram_above_4g, "ram-above-4g", low,
                    MACHINE(pcms)->ram_size, 4 * GiB);
    memory_region_init(&pcms->pci_memory, OBJECT(pcms), "pci", UINT64_MAX);
    memory_region_add_subregion_overlap(get_system_memory(), 0,
                                        &pcms->pci_memory, -1);
}

/* ----------------------------------------------------------------- chips */

void pc_connect_gsi(PCMachineState *pcms)
{
    SouthBridge *sb = pcms->southbridge;

    pcms->gsi = x86_gsi_new(&pcms->irqs);
    for (int n = 0; n < SOUTHBRIDGE_NUM_GSI; n++) {
        qdev_connect_gpio_out_named(DEVICE(sb), "gsi", n, pcms->gsi[n]);
    }
    for (int n = 0; n < ISA_NUM_IRQS; n++) {
        isa_bus_set_irq(sb->isa_bus, n, pcms->gsi[n]);
    }
}

static bool pc_create_host(PCMachineState *pcms, Error **errp)
{
    PCMachineClass *pcmc = PC_MACHINE_GET_CLASS(pcms);
    PCIHostState *host = PCI_HOST_BRIDGE(qdev_new(pcmc->host_type));

    host->pci_memory = &pcms->pci_memory;
    host->io_memory = get_system_io();
    host->system_memory = get_system_memory();
    host->below_4g_mem_size = pcms->below_4g_mem_size;
    host->above_4g_mem_size = pcms->above_4g_mem_size;
    object_property_add_child(OBJECT(pcms), pcmc->host_path, OBJECT(host));
    pcms->host = host;
    if (!qdev_realize_and_unref(&host->qdev, sysbus_get_default(), errp)) {
        return false;
    }
    pcms->bus = host->bus;
    return true;
}

static bool pc_create_southbridge(PCMachineState *pcms, Error **errp)
{
    PCMachineClass *pcmc = PC_MACHINE_GET_CLASS(pcms);
    PCIDevice *dev = pci_new(pcmc->southbridge_devfn, pcmc->southbridge_type);
    SouthBridge *sb = SOUTHBRIDGE(dev);

    dev->multifunction = pcmc->southbridge_multifunction;
    sb->io_memory = get_system_io();
    sb->has_pm = pcmc->southbridge_has_pm && pcms->acpi != ON_OFF_AUTO_OFF;
    pcms->southbridge = sb;
    if (!pci_realize_and_unref(dev, pcms->bus, errp)) {
        return false;
    }
    pc_connect_gsi(pcms);
    return true;
}

static bool pc_create_pm(PCMachineState *pcms, Error **errp)
{
    return pcms->acpi == ON_OFF_AUTO_OFF ||
           PC_MACHINE_GET_CLASS(pcms)->southbridge_has_pm ||
           piix4_pm_init(pcms->southbridge, errp);
}

static bool pc_create_isa_chips(PCMachineState *pcms, Error **errp)
{
    ISABus *isa = pcms->southbridge->isa_bus;

    pcms->rtc = mc146818_rtc_init(isa, errp);
    if (!pcms->rtc) {
        return false;
    }
    if (pcms->pic_on != ON_OFF_AUTO_OFF &&
        !x86_pic_init(&pcms->irqs, isa, errp)) {
        return false;
    }
    if (pcms->pit_on != ON_OFF_AUTO_OFF) {
        pcms->pit = i8254_init(isa, errp);
        if (!pcms->pit || !pcspk_init(isa, pcms->pit, errp)) {
            return false;
        }
    }
    return (pcms->i8042_off || i8042_init(isa, errp)) &&
           port92_init(isa, errp) && ferr_init(isa, errp) &&
           isa_serial_init_ports(isa, errp);
}

/* ------------------------------------------------- what firmware would ask */

static void pc_set_cmos16(PCMachineState *pcms, int addr, uint64_t value)
{
    value = MIN(value, 0xffff);
    mc146818rtc_set_cmos_data(pcms->rtc, addr, value);
    mc146818rtc_set_cmos_data(pcms->rtc, addr + 1, value >> 8);
}

#define CMOS_EQUIPMENT         0x14
#define CMOS_EQUIPMENT_FPU     0x02
#define CMOS_BASE_MEMORY       0x15 /* KiB below 640 KiB */
#define CMOS_EXTENDED_MEMORY   0x17 /* KiB above 1 MiB */
#define CMOS_EXTENDED_MEMORY_2 0x30
#define CMOS_MEMORY_ABOVE_16M  0x34 /* 64 KiB units */
#define CMOS_MEMORY_ABOVE_4G   0x5b /* 64 KiB units, 3 bytes */
#define CMOS_NR_CPUS           0x5f /* less one */

static void pc_fill_cmos(PCMachineState *pcms)
{
    uint64_t low = pcms->below_4g_mem_size;
    uint64_t above_1m = low > MiB ? (low - MiB) / KiB : 0;
    uint64_t above_16m = low > 16 * MiB ? (low - 16 * MiB) / (64 * KiB) : 0;
    uint64_t high = pcms->above_4g_mem_size / (64 * KiB);

    pc_set_cmos16(pcms, CMOS_BASE_MEMORY, MIN(low / KiB, 640));
    pc_set_cmos16(pcms, CMOS_EXTENDED_MEMORY, above_1m);
    pc_set_cmos16(pcms, CMOS_EXTENDED_MEMORY_2, above_1m);
    pc_set_cmos16(pcms, CMOS_MEMORY_ABOVE_16M, above_16m);
    for (int i = 0; i < 3; i++) {
        mc146818rtc_set_cmos_data(pcms->rtc, CMOS_MEMORY_ABOVE_4G + i,
                                  MIN(high, 0xffffff) >> (i * 8));
    }
    mc146818rtc_set_cmos_data(pcms->rtc, CMOS_EQUIPMENT, CMOS_EQUIPMENT_FPU);
    mc146818rtc_set_cmos_data(pcms->rtc, CMOS_NR_CPUS,
                              MIN(MACHINE(pcms)->smp.cpus - 1, 0xff));
}

/* One line of "etc/e820": where RAM is. */
typedef struct QEMU_PACKED E820Entry {
    uint64_t address;
    uint64_t length;
    uint32_t type;
} E820Entry;

#define E820_RAM 1

/* -uuid, as 16 bytes in the order of the text. */
static void pc_add_uuid(FWCfgState *fw)
{
    const char *text = vm_info_get_uuid();
    uint8_t uuid[16] = {0};

    for (unsigned n = 0; *text && n < 2 * sizeof(uuid); text++) {
        if (*text != '-') {
            uuid[n / 2] = uuid[n / 2] << 4 | g_ascii_xdigit_value(*text);
            n++;
        }
    }
    fw_cfg_add_bytes(fw, FW_CFG_UUID, uuid, sizeof(uuid));
}

static void pc_fill_fw_cfg(PCMachineState *pcms)
{
    MachineState *ms = MACHINE(pcms);
    FWCfgState *fw = pcms->fw_cfg;
    E820Entry e820[] = {
        {0, cpu_to_le64(pcms->below_4g_mem_size), cpu_to_le32(E820_RAM)},
        {cpu_to_le64(4 * GiB), cpu_to_le64(pcms->above_4g_mem_size),
         cpu_to_le32(E820_RAM)},
    };

    pc_add_uuid(fw);
    fw_cfg_add_i64(fw, FW_CFG_RAM_SIZE, ms->ram_size);
    fw_cfg_add_i16(fw, FW_CFG_NOGRAPHIC, !ms->enable_graphics);
    fw_cfg_add_i16(fw, FW_CFG_NB_CPUS, ms->smp.cpus);
    fw_cfg_add_i16(fw, FW_CFG_MAX_CPUS, ms->smp.max_cpus);
    fw_cfg_add_i32(fw, FW_CFG_IRQ0_OVERRIDE, 1);
    fw_cfg_add_file(fw, "etc/e820", e820,
                    (pcms->above_4g_mem_size ? 2 : 1) * sizeof(e820[0]));
}

/* ----------------------------------------------------------------- board */

void pc_machine_init_board(MachineState *ms, Error **errp)
{
    PCMachineState *pcms = PC_MACHINE(ms);

    if (ms->usb) {
        error_setg(errp,
                   "usb=on is not supported: machine '%s' has no USB "
                   "controller",
                   MACHINE_GET_CLASS(ms)->name);
        return;
    }
    if (!x86_boot_check_options(ms, errp) || !pc_split_ram(pcms, errp)) {
        return;
    }
    pc_map_memory(pcms);
    if (!x86_cpus_init(ms, true, errp) || !pc_create_host(pcms, errp) ||
        !x86_ioapic_init(&pcms->irqs, OBJECT(pcms->host), errp) ||
        !pc_create_southbridge(pcms, errp) || !pc_create_pm(pcms, errp) ||
        !pc_create_isa_chips(pcms, errp)) {
        return;
    }
    x86_irq_connect(&pcms->irqs);
    pcms->fw_cfg = fw_cfg_init_io(OBJECT(ms), get_system_io(),
                                  &address_space_memory, errp);
    if (!pcms->fw_cfg) {
        return;
    }
    pc_fill_cmos(pcms);
    pc_fill_fw_cfg(pcms);
    if (pc_firmware_init(pcms, errp)) {
        pci_init_nics(pcms->bus, MACHINE_GET_CLASS(ms)->default_nic, errp);
    }
}

static void pc_machine_reset(MachineState *ms)
{
    qemu_devices_reset();
    pc_firmware_reset(PC_MACHINE(ms));
}

static void pc_machine_instance_finalize(Object *obj)
{
    PCMachineState *pcms = PC_MACHINE(obj);

    x86_boot_free(pcms->boot);
    memory_region_destroy(&pcms->pci_memory);
    memory_region_destroy(&pcms->ram_above_4g);
    memory_region_destroy(&pcms->ram_below_4g);
    memory_region_destroy(&pcms->ram_below_640k);
    x86_gsi_free(pcms->gsi, &pcms->irqs);
}

static void pc_machine_class_init(ObjectClass *klass, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(klass);

    mc->init = pc_machine_init_board;
    mc->reset = pc_machine_reset;
    mc->default_ram_id = "pc.ram";
    mc->default_cpu_type = "qemu64-x86_64-cpu";
    mc->default_nic = "virtio-net-pci";
    mc->smp_dies = true;
    mc->smp_modules = true;
    mc->max_cpus = 255;
    pc_machine_add_properties(klass);
}

static const TypeInfo pc_machine_types[] = {
    {
        .name = TYPE_PC_MACHINE,
        .parent = TYPE_MACHINE,
        .instance_size = sizeof(PCMachineState),
        .instance_finalize = pc_machine_instance_finalize,
        .class_size = sizeof(PCMachineClass),
        .abstract = true,
        .class_init = pc_machine_class_init,
    },
};
DEFINE_TYPES(pc_machine_types)
