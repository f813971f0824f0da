/*
 * The local APIC on a board: the PICs through LINT0, the I/O APIC's messages
 * and their end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/apic.h"
#include "pci-test-board.h"

enum { SVR = 0xf0, EOI = 0xb0, LINT0 = 0x350 };
#define LVT_MASKED (1u << 16)
#define LVT_LEVEL  (1u << 15)
#define LVT_EXTINT 0x700
#define GSI        20
#define MS         INT64_C(1000000)

static X86CPU *cpu;

static void start(void)
{
    board_start("pc", 16 * MiB);
    cpu = X86_CPU(qemu_get_cpu(0));
}

static void apic_write(unsigned offset, uint32_t val)
{
    APICCommonState *s = APIC_COMMON(cpu->apic);

    APIC_COMMON_GET_CLASS(s)->mmio_write(s, offset, val);
}

static bool pin(void)
{
    bool up = CPU(cpu)->interrupt_request & CPU_INTERRUPT_HARD;

    g_assert_cmpint(apic_has_interrupt(cpu), ==, up);
    return up;
}

/* Vectors from 0x20, only the timer's interrupt, 100 times a second. */
static void start_pic_and_timer(void)
{
    port_write(0x20, 0x11, 1);
    port_write(0x21, 0x20, 1);
    port_write(0x21, 0x04, 1);
    port_write(0x21, 0x01, 1);
    port_write(0x21, 0xfe, 1);
    port_write(0x43, 0x34, 1);
    port_write(0x40, 11932 & 0xff, 1);
    port_write(0x40, 11932 >> 8, 1);
    while (pin()) { /* what was requested before */
        cpu_get_pic_interrupt(cpu);
        port_write(0x20, 0x20, 1);
    }
}

static void test_extint(void)
{
    start();
    start_pic_and_timer();
    for (int i = 0; i < 5; i++) {
        board_step(11 * MS);
        g_assert_true(pin());
        g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x20);
        g_assert_false(pin());
        g_assert_cmpint(cpu_get_pic_interrupt(cpu), ==, -1);
        port_write(0x20, 0x20, 1);
    }
    apic_write(SVR, 0x1ff);
    apic_write(LINT0, LVT_EXTINT | LVT_MASKED);
    board_step(11 * MS);
    g_assert_false(pin());
    apic_write(LINT0, LVT_EXTINT); /* it waits */
    g_assert_true(pin());
    apic_write(LINT0, LVT_EXTINT | LVT_MASKED);
    g_assert_false(pin());
    /* With the APIC off it is the CPU's own pin. */
    g_assert_true(cpu_set_apic_base(cpu, 0xfee00000));
    g_assert_true(pin());
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x20);
    board_stop();
}

static void test_lint0_fixed(void)
{
    start();
    apic_write(SVR, 0x1ff);
    apic_write(LINT0, 0x55);
    start_pic_and_timer();
    apic_write(EOI, 0);
    i8259_acknowledge(PC_MACHINE(current_machine)->irqs.pic);
    port_write(0x20, 0x20, 1);
    board_step(11 * MS);
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x55);
    apic_write(EOI, 0);
    board_step(11 * MS); /* nobody has acknowledged it: no new edge */
    g_assert_false(pin());
    /* A level comes again until it is gone. */
    apic_write(LINT0, LVT_LEVEL | 0x56);
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x56);
    g_assert_false(pin());
    apic_write(EOI, 0);
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x56);
    i8259_acknowledge(PC_MACHINE(current_machine)->irqs.pic);
    apic_write(EOI, 0);
    g_assert_false(pin());
    board_stop();
}

static void ioapic_write(unsigned reg, uint32_t val)
{
    mem_write(0xfec00000, reg, 4);
    mem_write(0xfec00010, val, 4);
}

static bool remote_irr(void)
{
    mem_write(0xfec00000, 0x10 + 2 * GSI, 4);
    return mem_read(0xfec00010, 4) & 1u << 14;
}

static void test_level(void)
{
    qemu_irq line;

    start();
    line =
        qdev_get_gpio_in(DEVICE(PC_MACHINE(current_machine)->irqs.ioapic), GSI);
    apic_write(SVR, 0x1ff);
    apic_write(LINT0, LVT_MASKED); /* a PIC that nobody has set up requests */
    ioapic_write(0x11 + 2 * GSI, 0);
    ioapic_write(0x10 + 2 * GSI, LVT_LEVEL | 0x61);
    qemu_set_irq(line, 1);
    g_assert_true(remote_irr());
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x61);
    g_assert_false(pin());
    apic_write(EOI, 0); /* still up: once more */
    g_assert_true(remote_irr());
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x61);
    qemu_set_irq(line, 0);
    apic_write(EOI, 0);
    g_assert_false(remote_irr());
    g_assert_false(pin());
    /* Edges need no end. */
    ioapic_write(0x10 + 2 * GSI, 0x62);
    for (int i = 0; i < 3; i++) {
        qemu_set_irq(line, 1);
        qemu_set_irq(line, 0);
        g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x62);
        apic_write(EOI, 0);
        g_assert_false(pin());
    }
    board_stop();
}

/* A device whose message names ExtINT has the PICs' interrupt taken. */
static void test_extint_message(void)
{
    start();
    apic_write(SVR, 0x1ff);
    apic_write(LINT0, LVT_EXTINT | LVT_MASKED);
    start_pic_and_timer();
    address_space_send_message(&address_space_memory, 0xfee00000, 0x700);
    g_assert_false(pin());
    board_step(11 * MS);
    g_assert_true(pin());
    g_assert_cmphex(cpu_get_pic_interrupt(cpu), ==, 0x20);
    g_assert_false(pin());
    board_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/i386/apic/board/extint", test_extint);
    g_test_add_func("/i386/apic/board/lint0-fixed", test_lint0_fixed);
    g_test_add_func("/i386/apic/board/level", test_level);
    g_test_add_func("/i386/apic/board/extint-message", test_extint_message);
    return g_test_run();
}
