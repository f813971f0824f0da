/*
 * Parts of the DSDT that boards have in common: see acpi-tables.h.
 *
 * A guest says with \_PIC whether it uses the I/O APIC. Where PCI's interrupt
 * lines have inputs of the I/O APIC to themselves, _PRT then names those;
 * otherwise, and with the 8259, it names link devices, through which the guest
 * chooses an ISA interrupt for each line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "acpi-aml.h"
#include "acpi-tables.h"
#include "hw/core/cpu.h"
#include "hw/core/serial-hd.h"
#include "hw/i386/fw_cfg.h"
#include "hw/i386/serial.h"

#define PCI_SLOTS 32

#define ROUTE_DISABLED 0x80
#define ROUTE_IRQ_MASK 0x0f
/* Of a link's first descriptor, in its template: the interrupt's number. */
#define LINK_IRQ_OFFSET 5

#define STA_ALL_BUT_ENABLED 0x0b
#define STA_WITHOUT_DECODE  0x09

/* -------------------------------------------------------------------- PCI */

/* PCI Express's own features, without ASPM: hot-plug, SHPC (there is none),
 * PME, AER, capability structure. */
#define OSC_NATIVE   0x1f
#define OSC_NOT_OURS 0x04 /* unknown UUID */

/* The guest may drive everything that PCI Express defines. */
static void add_osc(GByteArray *a)
{
    static const uint8_t uuid[16] = {0x5b, 0x4d, 0xdb, 0x33, 0xf7, 0x1f,
                                     0x1c, 0x40, 0x96, 0x57, 0x74, 0x41,
                                     0xc0, 0x3d, 0xd7, 0x66};
    size_t method = aml_begin_method(a, "_OSC", 4 | AML_SERIALIZED), block;

    aml_byte(a, AML_CREATE_DWORD_FIELD);
    aml_byte(a, AML_ARG0 + 3);
    aml_int(a, 0);
    aml_path(a, "CDW1");
    block = aml_begin_if(a);
    aml_byte(a, AML_LEQUAL);
    aml_byte(a, AML_ARG0);
    aml_buffer(a, uuid, sizeof(uuid));
    aml_byte(a, AML_CREATE_DWORD_FIELD);
    aml_byte(a, AML_ARG0 + 3);
    aml_int(a, 8);
    aml_path(a, "CDW3");
    aml_byte(a, AML_AND);
    aml_path(a, "CDW3");
    aml_int(a, OSC_NATIVE);
    aml_path(a, "CDW3");
    aml_end(a, block);
    block = aml_begin_else(a);
    aml_byte(a, AML_OR);
    aml_path(a, "CDW1");
    aml_int(a, OSC_NOT_OURS);
    aml_path(a, "CDW1");
    aml_end(a, block);
    aml_byte(a, AML_RETURN);
    aml_byte(a, AML_ARG0 + 3);
    aml_end(a, method);
}

static void add_pci_crs(GByteArray *a, const AcpiPCI *pci)
{
    size_t block;

    aml_name(a, "_CRS");
    block = aml_begin_resources(a);
    aml_bus_window(a, 0, pci->last_bus);
    if (pci->has_config_ports) {
        aml_io(a, 0xcf8, 8); /* configuration ports, the bridge's own */
        aml_io_window(a, 0, 0xcf7);
        aml_io_window(a, 0xd00, 0xffff);
    }
    if (pci->vga_window) {
        aml_memory_window32(a, 0xa0000, 0xbffff);
    }
    aml_memory_window32(a, pci->mem.base, pci->mem.end - 1);
    if (pci->mem_64.base < pci->mem_64.end) {
        aml_memory_window64(a, pci->mem_64.base, pci->mem_64.end - 1);
    }
    aml_end_resources(a, block);
}

/* Every pin of every slot; to links, or to GSIs. */
static void add_prt_package(GByteArray *a, const AcpiPCI *pci, bool links)
{
    char link[] = "\\_SB.LNKA";
    size_t all = aml_begin_package(a, PCI_SLOTS * 4);

    for (int slot = 0; slot < PCI_SLOTS; slot++) {
        for (int pin = 0; pin < 4; pin++) {
            int line = pci->map_irq(slot, pin);
            size_t one = aml_begin_package(a, 4);

            aml_int(a, (uint32_t)slot << 16 | 0xffff);
            aml_int(a, pin);
            if (links) {
                link[sizeof(link) - 2] = 'A' + line;
                aml_path(a, link);
                aml_int(a, 0);
            } else {
                aml_int(a, 0);
                aml_int(a, pci->first_gsi + line);
            }
            aml_end(a, one);
        }
    }
    aml_end(a, all);
}

static void add_prt(GByteArray *a, const AcpiPCI *pci)
{
    size_t method, block;

    if (!pci->first_gsi || !pci->nr_links) {
        aml_name(a, "_PRT");
        add_prt_package(a, pci, pci->nr_links);
        return;
    }
    aml_name(a, "PRTP");
    add_prt_package(a, pci, true);
    aml_name(a, "PRTA");
    add_prt_package(a, pci, false);
    method = aml_begin_method(a, "_PRT", 0);
    block = aml_begin_if(a);
    aml_path(a, "\\PICF");
    aml_byte(a, AML_RETURN);
    aml_path(a, "PRTA");
    aml_end(a, block);
    aml_byte(a, AML_RETURN);
    aml_path(a, "PRTP");
    aml_end(a, method);
}

/* \_PIC keeps what the guest says in \PICF. */
static void add_pic_method(GByteArray *a)
{
    size_t method;

    aml_name_int(a, "\\PICF", 0);
    method = aml_begin_method(a, "\\_PIC", 1);
    aml_byte(a, AML_STORE);
    aml_byte(a, AML_ARG0);
    aml_path(a, "\\PICF");
    aml_end(a, method);
}

size_t acpi_begin_pci_host(GByteArray *a, const AcpiPCI *pci)
{
    size_t device;

    if (pci->first_gsi && pci->nr_links) {
        add_pic_method(a);
    }
    device = aml_begin_device(a, "\\_SB.PCI0");
    if (pci->express) {
        aml_name_eisaid(a, "_HID", "PNP0A08");
        aml_name_eisaid(a, "_CID", "PNP0A03");
        add_osc(a);
    } else {
        aml_name_eisaid(a, "_HID", "PNP0A03");
    }
    aml_name_int(a, "_UID", 0);
    aml_name_int(a, "_SEG", 0);
    aml_name_int(a, "_BBN", 0);
    add_pci_crs(a, pci);
    add_prt(a, pci);
    return device;
}

/* ------------------------------------------------------------------ links */

/* Stores (or fetches) the interrupt's number in a template. */
static void add_irq_field(GByteArray *a)
{
    aml_int(a, LINK_IRQ_OFFSET);
    aml_path(a, "IRQV");
}

static void add_link_methods(GByteArray *a, const char *reg)
{
    size_t method = aml_begin_method(a, "_STA", 0), block;

    block = aml_begin_if(a);
    aml_byte(a, AML_AND);
    aml_path(a, reg);
    aml_int(a, ROUTE_DISABLED);
    aml_byte(a, 0); /* no target */
    aml_byte(a, AML_RETURN);
    aml_int(a, STA_WITHOUT_DECODE);
    aml_end(a, block);
    aml_byte(a, AML_RETURN);
    aml_int(a, STA_ALL_BUT_ENABLED);
    aml_end(a, method);

    method = aml_begin_method(a, "_DIS", 0);
    aml_byte(a, AML_OR);
    aml_path(a, reg);
    aml_int(a, ROUTE_DISABLED);
    aml_path(a, reg);
    aml_end(a, method);

    method = aml_begin_method(a, "_CRS", AML_SERIALIZED);
    aml_byte(a, AML_CREATE_DWORD_FIELD);
    aml_path(a, "BUF0");
    add_irq_field(a);
    aml_byte(a, AML_AND);
    aml_path(a, reg);
    aml_int(a, ROUTE_IRQ_MASK);
    aml_path(a, "IRQV");
    aml_byte(a, AML_RETURN);
    aml_path(a, "BUF0");
    aml_end(a, method);

    method = aml_begin_method(a, "_SRS", 1 | AML_SERIALIZED);
    aml_byte(a, AML_CREATE_DWORD_FIELD);
    aml_byte(a, AML_ARG0);
    add_irq_field(a);
    aml_byte(a, AML_STORE);
    aml_path(a, "IRQV");
    aml_path(a, reg);
    aml_end(a, method);
}

void acpi_add_links(GByteArray *a, unsigned nr_links)
{
    static const uint32_t possible[] = {5, 10, 11};
    static const uint32_t none[] = {0};

    for (unsigned i = 0; i < nr_links; i++) {
        g_autofree char *name = g_strdup_printf("\\_SB.LNK%c", 'A' + i);
        g_autofree char *reg = g_strdup_printf("\\_SB.PCI0.ISA.PRQ%c", 'A' + i);
        size_t device = aml_begin_device(a, name), res;

        aml_name_eisaid(a, "_HID", "PNP0C0F");
        aml_name_int(a, "_UID", i);
        aml_name(a, "_PRS");
        res = aml_begin_resources(a);
        aml_interrupt(a, true, possible, ARRAY_SIZE(possible));
        aml_end_resources(a, res);
        aml_name(a, "BUF0");
        res = aml_begin_resources(a);
        aml_interrupt(a, true, none, 1);
        aml_end_resources(a, res);
        add_link_methods(a, reg);
        aml_end(a, device);
    }
}

/* ---------------------------------------------------------------- devices */

void acpi_add_cpus(GByteArray *a)
{
    CPUState *cpu;

    CPU_FOREACH(cpu)
    {
        g_autofree char *name =
            g_strdup_printf("\\_SB.C%03X", cpu->cpu_index & 0xfff);
        size_t device = aml_begin_device(a, name);

        aml_name_string(a, "_HID", "ACPI0007");
        aml_name_int(a, "_UID", cpu->cpu_index);
        aml_end(a, device);
    }
}

bool acpi_isa_has(ISABus *bus, const char *type)
{
    DeviceState *dev;

    TAILQ_FOREACH (dev, &bus->qbus.children, sibling) {
        if (object_dynamic_cast(OBJECT(dev), type)) {
            return true;
        }
    }
    return false;
}

static void add_isa_device(GByteArray *a, const char *name, const char *id,
                           unsigned uid, uint16_t port, uint8_t ports, int irq)
{
    size_t device = aml_begin_device(a, name), res;

    aml_name_eisaid(a, "_HID", id);
    aml_name_int(a, "_UID", uid);
    aml_name_int(a, "_STA", 0x0f);
    aml_name(a, "_CRS");
    res = aml_begin_resources(a);
    aml_io(a, port, ports);
    if (irq >= 0) {
        aml_irq(a, irq);
    }
    aml_end_resources(a, res);
    aml_end(a, device);
}

static void add_keyboard(GByteArray *a)
{
    size_t device = aml_begin_device(a, "KBD"), res;

    aml_name_eisaid(a, "_HID", "PNP0303");
    aml_name_int(a, "_STA", 0x0f);
    aml_name(a, "_CRS");
    res = aml_begin_resources(a);
    aml_io(a, 0x60, 1);
    aml_io(a, 0x64, 1);
    aml_irq(a, 1);
    aml_end_resources(a, res);
    aml_end(a, device);
}

static void add_mouse(GByteArray *a)
{
    size_t device = aml_begin_device(a, "MOU"), res;

    aml_name_eisaid(a, "_HID", "PNP0F13");
    aml_name_int(a, "_STA", 0x0f);
    aml_name(a, "_CRS");
    res = aml_begin_resources(a);
    aml_irq(a, 12);
    aml_end_resources(a, res);
    aml_end(a, device);
}

void acpi_add_isa_devices(GByteArray *a, ISABus *bus)
{
    DeviceState *dev;
    unsigned nr_serial = 0;

    if (acpi_isa_has(bus, "mc146818rtc")) {
        add_isa_device(a, "RTC", "PNP0B00", 0, 0x70, 2, 8);
    }
    if (acpi_isa_has(bus, "i8042")) {
        add_keyboard(a);
        add_mouse(a);
    }
    TAILQ_FOREACH (dev, &bus->qbus.children, sibling) {
        ISASerialState *isa = (ISASerialState *)object_dynamic_cast(
            OBJECT(dev), TYPE_ISA_SERIAL);
        char name[] = "COM1";

        if (isa && nr_serial < MAX_ISA_SERIAL_PORTS) {
            name[3] += nr_serial++;
            add_isa_device(a, name, "PNP0501", nr_serial, isa->iobase,
                           SERIAL_NUM_PORTS, isa->isairq);
        }
    }
}

void acpi_add_fw_cfg(GByteArray *a)
{
    size_t device = aml_begin_device(a, "FWCF"), res;

    aml_name_string(a, "_HID", "QEMU0002");
    aml_name_int(a, "_STA", 0x0b);
    aml_name(a, "_CRS");
    res = aml_begin_resources(a);
    aml_io(a, FW_CFG_IO_BASE, 12);
    aml_end_resources(a, res);
    aml_end(a, device);
}

void acpi_add_reserved(GByteArray *a, const char *name, uint32_t base,
                       uint32_t size)
{
    size_t device = aml_begin_device(a, name), res;

    aml_name_eisaid(a, "_HID", "PNP0C02");
    aml_name_int(a, "_UID", base);
    aml_name(a, "_CRS");
    res = aml_begin_resources(a);
    aml_memory32_fixed(a, base, size);
    aml_end_resources(a, res);
    aml_end(a, device);
}

void acpi_add_s5(GByteArray *a, uint8_t sleep_type)
{
    size_t package;

    aml_name(a, "\\_S5");
    package = aml_begin_package(a, 4);
    aml_int(a, sleep_type);
    aml_int(a, sleep_type);
    aml_int(a, 0);
    aml_int(a, 0);
    aml_end(a, package);
}
