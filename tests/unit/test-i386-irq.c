/*
 * From PCI's lines to the interrupt controllers: routing registers, the I/O
 * APIC, the 8259 pair.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "pci-test-board.h"

#define SLOT(n)     PCI_DEVFN(n, 0)
#define IOAPIC_BASE IOAPIC_DEFAULT_ADDRESS

/* --------------------------------------------------------------- routing */

static void test_piix_routing(void)
{
    PCMachineState *pc = board_start("pc", 16 * MiB);
    PCIDevice *a, *b;

    a = PCI_DEVICE(test_pci_new(pc->bus, "3", NULL, &error_abort)); /* C */
    b = PCI_DEVICE(test_pci_new(pc->bus, "4", NULL, &error_abort)); /* D */
    g_assert_cmphex(cfg_read(0, SLOT(1), 0x60, 4), ==, 0x80808080);
    pci_set_irq(a, 1);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    /* Routed, moved and cut while the line is up. */
    cfg_write(0, SLOT(1), 0x60, 0x0b0a0905, 4);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 10);
    cfg_write(0, SLOT(1), 0x62, 5, 1);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 5);
    /* Two lines to one interrupt. */
    cfg_write(0, SLOT(1), 0x63, 5, 1);
    pci_set_irq(b, 1);
    pci_set_irq(a, 0);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 5);
    cfg_write(0, SLOT(1), 0x63, 0xff, 1);
    g_assert_cmphex(cfg_read(0, SLOT(1), 0x63, 1), ==, 0x8f);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    cfg_write(0, SLOT(1), 0x63, 9, 1);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 9);
    machine_reset(MACHINE(pc));
    g_assert_cmphex(board_irq_levels(), ==, 0);
    g_assert_cmphex(cfg_read(0, SLOT(1), 0x60, 4), ==, 0x80808080);
    board_stop();
}

static void test_ich9_routing(void)
{
    static const struct {
        int slot, gsi;
    } wiring[] = {
        {1, 21},  {2, 22},  {3, 23},  {4, 20},
        {24, 20}, {25, 16}, {29, 16}, {30, 20},
    };
    PCMachineState *pc = board_start("q35", 16 * MiB);
    PCIDevice *dev;

    for (unsigned i = 0; i < G_N_ELEMENTS(wiring); i++) {
        g_autofree char *addr = g_strdup_printf("%x", wiring[i].slot);

        dev = PCI_DEVICE(test_pci_new(pc->bus, addr, NULL, &error_abort));
        pci_set_irq(dev, 1);
        g_assert_cmphex(board_irq_levels(), ==, 1 << wiring[i].gsi);
        pci_set_irq(dev, 0);
        g_assert_cmphex(board_irq_levels(), ==, 0);
    }
    /* The ISA interrupt beside it. */
    dev = PCI_DEVICE(test_pci_new(pc->bus, "6", NULL, &error_abort)); /* G */
    cfg_write(0, SLOT(31), 0x6a, 11, 1);
    pci_set_irq(dev, 1);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 22 | 1 << 11);
    cfg_write(0, SLOT(31), 0x6a, 0x80, 1);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 22);
    pci_set_irq(dev, 0);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    board_stop();
}

/* ---------------------------------------------------------------- I/O APIC */

static uint32_t messages;
static uint32_t last_addr, last_data;

static uint64_t apic_read(void *opaque, hwaddr addr, unsigned size)
{
    return 0;
}

static void apic_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    messages++;
    last_addr = addr;
    last_data = data;
}

static const MemoryRegionOps apic_ops = {
    .read = apic_read, .write = apic_write, .takes_messages = true};

static uint32_t ioapic_read(int reg)
{
    mem_write(IOAPIC_BASE, reg, 4);
    return mem_read(IOAPIC_BASE + 0x10, 4);
}

static void ioapic_write(int reg, uint32_t value)
{
    mem_write(IOAPIC_BASE, reg, 4);
    mem_write(IOAPIC_BASE + 0x10, value, 4);
}

static void test_ioapic(void)
{
    PCMachineState *pc = board_start("pc", 16 * MiB);
    qemu_irq edge = qdev_get_gpio_in(DEVICE(pc->irqs.ioapic), 4);
    qemu_irq level = qdev_get_gpio_in(DEVICE(pc->irqs.ioapic), 11);
    MemoryRegion apics = {0};

    memory_region_init_io(&apics, NULL, &apic_ops, NULL, "apics", 1 * MiB);
    /* In front of the CPU's. */
    memory_region_add_subregion_overlap(get_system_memory(),
                                        APIC_DEFAULT_ADDRESS, &apics, 0x2000);
    g_assert_true(OBJECT(pc->irqs.ioapic) == object_resolve_path("ioapic", NULL));
    g_assert_cmphex(ioapic_read(1), ==, 0x00170020);
    g_assert_cmphex(ioapic_read(0x10), ==, 0x10000);
    g_assert_cmphex(ioapic_read(0x40), ==, 0);
    g_assert_cmphex(ioapic_read(0xff), ==, 0);
    ioapic_write(0xff, 1);
    ioapic_write(0, 0xffffffff);
    g_assert_cmphex(ioapic_read(0), ==, 0x0f000000);
    ioapic_write(0x12, 0xffffffff);
    g_assert_cmphex(ioapic_read(0x12), ==, 0xffffafff);

    /* Masked edges are remembered once. */
    qemu_irq_raise(edge);
    qemu_irq_lower(edge);
    g_assert_cmpint(messages, ==, 0);
    ioapic_write(0x10 + 8 + 1, 0x03000000);
    ioapic_write(0x10 + 8, 0x0841); /* logical destination */
    g_assert_cmpint(messages, ==, 1);
    g_assert_cmphex(last_addr, ==, 0x3004);
    g_assert_cmphex(last_data, ==, 0x41);
    qemu_irq_raise(edge);
    qemu_irq_raise(edge);
    g_assert_cmpint(messages, ==, 2);

    /* A level: once until the end of interrupt, again while it is up. */
    ioapic_write(0x10 + 22, 0x8051);
    qemu_irq_raise(level);
    qemu_irq_raise(level);
    g_assert_cmpint(messages, ==, 3);
    g_assert_cmphex(last_data, ==, 0xc051);
    g_assert_cmphex(ioapic_read(0x10 + 22), ==, 0xc051);
    ioapic_eoi_broadcast(pc->irqs.ioapic, 0x52);
    g_assert_cmpint(messages, ==, 3);
    ioapic_eoi_broadcast(pc->irqs.ioapic, 0x51);
    g_assert_cmpint(messages, ==, 4);
    qemu_irq_lower(level);
    mem_write(IOAPIC_BASE + 0x40, 0x51, 4);
    g_assert_cmpint(messages, ==, 4);
    g_assert_cmphex(ioapic_read(0x10 + 22), ==, 0x8051);
    /* Only dwords. */
    mem_write(IOAPIC_BASE, 0xff, 1);
    g_assert_cmphex(mem_read(IOAPIC_BASE + 0x10, 4), ==, 0x8051);
    machine_reset(MACHINE(pc));
    g_assert_cmphex(ioapic_read(0x10 + 22), ==, 0x10000);
    memory_region_destroy(&apics);
    board_stop();
}

/* -------------------------------------------------------------------- PIC */

static int cpu_int;

static void cpu_int_set(void *opaque, int n, int level)
{
    cpu_int = level;
}

static PCMachineState *start_pic(void)
{
    PCMachineState *pc = board_start("pc", 16 * MiB);

    qdev_connect_gpio_out(DEVICE(pc->irqs.pic), 0,
                          qemu_allocate_irq(cpu_int_set, NULL, 0));
    /* As firmware does: vectors 0x20 and 0x70, all inputs open. */
    port_write(0x20, 0x11, 1);
    port_write(0x21, 0x20, 1);
    port_write(0x21, 0x04, 1);
    port_write(0x21, 0x01, 1);
    port_write(0xa0, 0x11, 1);
    port_write(0xa1, 0x70, 1);
    port_write(0xa1, 0x02, 1);
    port_write(0xa1, 0x01, 1);
    return pc;
}

static void stop_pic(PCMachineState *pc)
{
    qemu_irq out = pc->irqs.pic->int_out;

    qdev_connect_gpio_out(DEVICE(pc->irqs.pic), 0, NULL);
    qemu_free_irq(out);
    board_stop();
}

static void test_pic(void)
{
    PCMachineState *pc = start_pic();

    g_assert_cmpint(cpu_int, ==, 0);
    qemu_irq_raise(pc->gsi[12]);
    g_assert_cmpint(cpu_int, ==, 1);
    g_assert_cmphex(i8259_acknowledge(pc->irqs.pic), ==, 0x74);
    g_assert_cmpint(cpu_int, ==, 0);
    /* A higher priority interrupts, a lower one waits. */
    qemu_irq_raise(pc->gsi[5]);
    g_assert_cmpint(cpu_int, ==, 0);
    qemu_irq_raise(pc->gsi[1]);
    g_assert_cmphex(i8259_acknowledge(pc->irqs.pic), ==, 0x21);
    port_write(0x20, 0x20, 1); /* end of 1 */
    g_assert_cmpint(cpu_int, ==, 0);
    port_write(0xa0, 0x20, 1); /* end of 12 */
    port_write(0x20, 0x20, 1);
    g_assert_cmphex(i8259_acknowledge(pc->irqs.pic), ==, 0x25);
    port_write(0x20, 0x65, 1); /* specific */
    port_write(0x20, 0x0b, 1); /* in service */
    g_assert_cmphex(port_read(0x20, 1), ==, 0);
    /* Nothing requested: the spurious vector. */
    g_assert_cmphex(i8259_acknowledge(pc->irqs.pic), ==, 0x27);
    /* Masks. */
    port_write(0x21, 0xff, 1);
    qemu_irq_lower(pc->gsi[5]);
    qemu_irq_raise(pc->gsi[5]);
    g_assert_cmpint(cpu_int, ==, 0);
    g_assert_cmphex(port_read(0x21, 1), ==, 0xff);
    port_write(0x20, 0x0a, 1);
    g_assert_cmphex(port_read(0x20, 1), ==, 1 << 5);
    port_write(0x21, 0, 1);
    g_assert_cmpint(cpu_int, ==, 1);
    /* Poll. */
    port_write(0x20, 0x0c, 1);
    g_assert_cmphex(port_read(0x20, 1), ==, 0x85);
    g_assert_cmpint(cpu_int, ==, 0);
    stop_pic(pc);
}

static void test_pic_level(void)
{
    PCMachineState *pc = start_pic();

    port_write(0x4d1, 0xff, 1);
    port_write(0x4d0, 0xff, 1);
    g_assert_cmphex(port_read(0x4d0, 1), ==, 0xf8);
    g_assert_cmphex(port_read(0x4d1, 1), ==, 0xde);
    qemu_irq_raise(pc->gsi[10]);
    g_assert_cmphex(i8259_acknowledge(pc->irqs.pic), ==, 0x72);
    port_write(0xa0, 0x20, 1);
    port_write(0x20, 0x20, 1);
    g_assert_cmpint(cpu_int, ==, 1); /* still up */
    qemu_irq_lower(pc->gsi[10]);
    g_assert_cmpint(cpu_int, ==, 0);
    machine_reset(MACHINE(pc));
    g_assert_cmphex(port_read(0x4d1, 1), ==, 0);
    stop_pic(pc);
}

static void test_pic_rotation(void)
{
    PCMachineState *pc = start_pic();

    port_write(0x20, 0xc3, 1); /* 3 is the lowest: 4 the highest */
    qemu_irq_raise(pc->gsi[1]);
    qemu_irq_raise(pc->gsi[6]);
    g_assert_cmphex(i8259_acknowledge(pc->irqs.pic), ==, 0x26);
    port_write(0x20, 0xa0, 1); /* end, and 6 becomes the lowest */
    qemu_irq_raise(pc->gsi[7]);
    g_assert_cmphex(i8259_acknowledge(pc->irqs.pic), ==, 0x27);
    stop_pic(pc);
}

static void test_no_pic(void)
{
    MachineState *ms = machine_new(machine_find_class("q35"));

    ms->ram_size = MiB;
    object_property_parse(OBJECT(ms), "pic", "off", &error_abort);
    machine_run_board_init(ms, &error_abort);
    g_assert_null(PC_MACHINE(ms)->irqs.pic);
    g_assert_cmphex(port_read(0x21, 1), ==, 0xff);
    qemu_irq_raise(PC_MACHINE(ms)->gsi[5]);
    board_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/i386/irq/piix-routing", test_piix_routing);
    g_test_add_func("/i386/irq/ich9-routing", test_ich9_routing);
    g_test_add_func("/i386/irq/ioapic", test_ioapic);
    g_test_add_func("/i386/irq/pic", test_pic);
    g_test_add_func("/i386/irq/pic-level", test_pic_level);
    g_test_add_func("/i386/irq/pic-rotation", test_pic_rotation);
    g_test_add_func("/i386/irq/no-pic", test_no_pic);
    return g_test_run();
}
