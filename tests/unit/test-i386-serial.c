/*
 * The serial port: registers, interrupts, both directions against a chardev
 * that does not keep up, the -serial ports of a board.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sys/socket.h>

#include "chardev-recorder.h"
#include "hw/core/serial-hd.h"
#include "hw/i386/serial.h"
#include "pci-test-board.h"

#define COM1 0x3f8
#define IRQ4 (1u << 4)

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR };

static SerialState *uart;
static int peer; /* the other end of the chardev */

static uint8_t get(int reg)
{
    return port_read(COM1 + reg, 1);
}

static void set(int reg, uint8_t value)
{
    port_write(COM1 + reg, value, 1);
}

static bool irq_up(void)
{
    return board_irq_levels() & IRQ4;
}

static void start(void)
{
    int sv[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv), ==,
                    0);
    peer = sv[1];
    board_start("pc", 16 * MiB);
    new_from_arg("socket,id=c0,fd=%d", sv[0]);
    uart = &ISA_SERIAL(board_add("isa-serial,chardev=c0"))->serial;
    run_idle();
    machine_reset(current_machine);
}

static void stop(void)
{
    board_stop();
    qemu_chr_remove("c0", &error_abort);
    close(peer);
    run_idle();
}

static void peer_send(const char *text)
{
    g_assert_cmpint(write(peer, text, strlen(text)), ==, strlen(text));
    run_idle();
}

static void expect_sent(const char *text)
{
    char buf[64];
    ssize_t n;

    run_idle();
    n = read(peer, buf, sizeof(buf) - 1);
    buf[MAX(n, 0)] = '\0';
    g_assert_cmpstr(buf, ==, text);
}

/* ------------------------------------------------------------- registers */

static void test_reset_values(void)
{
    static const struct {
        int reg, value;
    } after[] = {
        {IER, 0}, {IIR, 1}, {LCR, 0}, {MCR, 8}, {LSR, 0x60}, {MSR, 0xb0},
    };

    start();
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(after); i++) {
            g_assert_cmphex(get(after[i].reg), ==, after[i].value);
        }
        g_assert_cmphex(get(SCR), ==, 0);
        g_assert_false(irq_up());
        set(IER, 0x0f);
        set(IIR, 0xc1);
        set(LCR, 0x80);
        set(DATA, 0x34);
        set(IER, 0x12);
        g_assert_cmphex(get(DATA) | get(IER) << 8, ==, 0x1234);
        set(LCR, 0x03);
        set(SCR, 0x5a);
        set(LSR, 0xff); /* read only */
        set(MSR, 0xff);
        g_assert_cmphex(get(LSR), ==, 0x60);
        g_assert_cmphex(get(MSR), ==, 0xb0);
        g_assert_cmphex(get(IER), ==, 0x0f);
        g_assert_cmphex(get(IIR), ==, 0xc2);
        g_assert_cmphex(get(SCR), ==, 0x5a);
        set(IER, 0xff);
        set(MCR, 0xff);
        g_assert_cmphex(get(IER), ==, 0x0f);
        g_assert_cmphex(get(MCR), ==, 0x1f);
        machine_reset(current_machine);
    }
    set(LCR, 0x80);
    g_assert_cmphex(get(DATA) | get(IER) << 8, ==, 12);
    stop();
}

static void test_polled(void)
{
    start();
    g_assert_cmphex(get(DATA), ==, 0);
    set(DATA, 'h');
    set(DATA, 'i');
    expect_sent("hi");
    g_assert_cmphex(get(LSR), ==, 0x60);
    peer_send("abc"); /* one at a time without FIFOs, and none is lost */
    for (const char *p = "abc"; *p; p++) {
        g_assert_cmphex(get(LSR), ==, 0x61);
        g_assert_cmphex(get(DATA), ==, *p);
        run_idle();
    }
    g_assert_cmphex(get(LSR), ==, 0x60);
    g_assert_cmphex(get(DATA), ==, 'c'); /* again */
    g_assert_false(irq_up());
    stop();
}

/* ------------------------------------------------------------ interrupts */

static void test_transmit_irq(void)
{
    start();
    set(IER, 2);
    g_assert_true(irq_up()); /* empty already */
    g_assert_cmphex(get(IIR), ==, 2);
    g_assert_false(irq_up());
    g_assert_cmphex(get(IIR), ==, 1);
    set(DATA, 'x');
    g_assert_true(irq_up());
    set(IER, 0);
    g_assert_false(irq_up());
    g_assert_cmphex(get(IIR), ==, 1);
    set(IER, 2);
    g_assert_true(irq_up());
    expect_sent("x");
    stop();
}

static void test_priorities(void)
{
    start();
    set(MCR, 0x10); /* everything comes from ourselves */
    (void)get(MSR);
    set(IER, 0x0f);
    set(MCR, 0x12);
    set(DATA, 1);
    set(DATA, 2); /* overrun */
    g_assert_true(irq_up());
    g_assert_cmphex(get(IIR), ==, 6);
    g_assert_cmphex(get(LSR), ==, 0x63);
    g_assert_cmphex(get(LSR), ==, 0x61);
    g_assert_cmphex(get(IIR), ==, 4);
    g_assert_cmphex(get(DATA), ==, 2);
    g_assert_cmphex(get(IIR), ==, 2);
    g_assert_cmphex(get(IIR), ==, 0);
    g_assert_true(irq_up());
    g_assert_cmphex(get(MSR), ==, 0x11);
    g_assert_cmphex(get(IIR), ==, 1);
    g_assert_false(irq_up());
    stop();
}

static void test_modem(void)
{
    start();
    set(IER, 8);
    set(MCR, 0x1f);
    g_assert_cmphex(get(MSR), ==, 0xf0); /* the ring has only begun */
    g_assert_false(irq_up());
    set(MCR, 0x1b);
    g_assert_true(irq_up());
    g_assert_cmphex(get(MSR), ==, 0xb4); /* and ended */
    g_assert_false(irq_up());
    set(MCR, 0x10);
    g_assert_cmphex(get(MSR), ==, 0x0b);
    set(MCR, 0x00);
    g_assert_cmphex(get(MSR), ==, 0xbb);
    g_assert_cmphex(get(MSR), ==, 0xb0);
    stop();
}

static void test_loopback(void)
{
    start();
    set(IIR, 0xc7);
    set(MCR, 0x10);
    peer_send("waits");
    for (int i = 0; i < 17; i++) {
        set(DATA, 'A' + i);
    }
    g_assert_cmphex(get(LSR), ==, 0x63); /* the 17th had no room */
    for (int i = 0; i < 16; i++) {
        g_assert_cmphex(get(DATA), ==, 'A' + i);
    }
    g_assert_cmphex(get(LSR), ==, 0x60);
    set(LCR, 0x43);
    g_assert_cmphex(get(LSR), ==, 0xf1);
    g_assert_cmphex(get(DATA), ==, 0);
    expect_sent("");
    set(MCR, 0);
    run_idle();
    g_assert_cmphex(get(DATA), ==, 'w');
    stop();
}

/* ----------------------------------------------------------------- FIFOs */

static void test_trigger(void)
{
    static const int levels[] = {1, 4, 8, 14};

    start();
    set(IER, 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(levels); i++) {
        g_autofree char *text = g_strnfill(levels[i] - 1, 'x');

        set(IIR, i << 6 | 7);
        if (levels[i] > 1) {
            peer_send(text);
        }
        g_assert_false(irq_up());
        peer_send("y");
        g_assert_true(irq_up());
        g_assert_cmphex(get(IIR), ==, 0xc4);
        (void)get(DATA);
        g_assert_false(irq_up());
    }
    set(IIR, 0xc7);
    g_assert_cmphex(get(LSR), ==, 0x60);
    stop();
}

static void test_timeout(void)
{
    start();
    set(LCR, 0x83);
    set(DATA, 1);
    set(IER, 0);
    set(LCR, 0x03); /* 115200 8N1: a character takes 86.8 us */
    set(IER, 1);
    set(IIR, 0xc7);
    peer_send("ab");
    board_step(346000);
    g_assert_false(irq_up());
    board_step(2000);
    g_assert_true(irq_up());
    g_assert_cmphex(get(IIR), ==, 0xcc);
    g_assert_cmphex(get(IIR), ==, 0xcc);
    g_assert_cmphex(get(DATA), ==, 'a');
    g_assert_false(irq_up()); /* a new four characters' time */
    g_assert_cmphex(get(IIR), ==, 0xc1);
    board_step(348000);
    g_assert_true(irq_up());
    g_assert_cmphex(get(DATA), ==, 'b');
    board_step(1000000);
    g_assert_false(irq_up());
    stop();
}

static void test_break(void)
{
    start();
    set(IIR, 0xc7);
    set(IER, 5);
    peer_send("a");
    uart->chr.event(uart->chr.opaque, CHR_EVENT_BREAK);
    peer_send("b");
    /* It shows when its turn comes; only bit 7 tells before. */
    g_assert_false(irq_up());
    g_assert_cmphex(get(LSR), ==, 0xe1);
    g_assert_cmphex(get(DATA), ==, 'a');
    g_assert_true(irq_up());
    g_assert_cmphex(get(IIR), ==, 0xc6);
    g_assert_cmphex(get(LSR), ==, 0xf1);
    g_assert_cmphex(get(LSR), ==, 0x61);
    g_assert_false(irq_up());
    g_assert_cmphex(get(DATA), ==, 0);
    g_assert_cmphex(get(DATA), ==, 'b');
    stop();
}

/* --------------------------------------------------------- back-pressure */

static void test_receive_pressure(void)
{
    start();
    set(IIR, 0xc7);
    for (int i = 0; i < 8; i++) {
        g_autofree char *text = g_strnfill(100, 'a' + i);

        peer_send(text);
    }
    for (int i = 0; i < 800; i++) {
        g_assert_true(get(LSR) & 1);
        g_assert_cmphex(get(DATA), ==, 'a' + i / 100);
        run_idle();
    }
    g_assert_cmphex(get(LSR), ==, 0x60);
    stop();
}

static uint8_t pattern(size_t i)
{
    return i * 7 + i / 251;
}

static void test_transmit_pressure(void)
{
    uint8_t buf[4096];
    size_t sent = 0, received = 0;
    ssize_t n;

    start();
    set(IIR, 0xc7);
    set(IER, 2);
    (void)get(IIR);
    while (get(LSR) & 0x20) {
        set(DATA, pattern(sent++));
        g_assert_cmpint(sent, <, 16 * MiB);
        run_idle();
    }
    g_assert_cmphex(get(LSR), ==, 0);
    (void)get(IIR);
    while (sent % 16) {
        set(DATA, pattern(sent++));
        if (get(LSR) & 0x60) {
            break;
        }
    }
    g_assert_false(irq_up());
    while (received < sent) {
        n = read(peer, buf, sizeof(buf));
        for (ssize_t i = 0; i < n; i++) {
            g_assert_cmphex(buf[i], ==, pattern(received++));
        }
        run_idle();
    }
    g_assert_true(irq_up());
    g_assert_cmphex(get(LSR), ==, 0x60);
    stop();
}

/* A peer that goes takes what it did not read with it; nobody waits for it. */
static void test_peer_gone(void)
{
    start();
    for (int i = 0; i < 4 * MiB && (get(LSR) & 0x20); i++) {
        set(DATA, 'x');
    }
    g_assert_cmphex(get(LSR), ==, 0);
    shutdown(peer, SHUT_RDWR);
    close(peer);
    run_idle();
    g_assert_cmphex(get(LSR), ==, 0x60);
    set(DATA, 'x');
    g_assert_cmphex(get(LSR), ==, 0x60);
    peer = dup(0);
    stop();
}

/* --------------------------------------------------------------- devices */

static void test_ports(void)
{
    static const uint16_t iobase[] = {0x3f8, 0x2f8, 0x3e8, 0x2e8};

    board_start("pc", 16 * MiB);
    for (int i = 0; i < 4; i++) {
        g_assert_cmphex(port_read(iobase[i] + LSR, 1), ==, 0xff);
        board_add("isa-serial");
        g_assert_cmphex(port_read(iobase[i] + LSR, 1), ==, 0x60);
        port_write(iobase[i] + IER, 2, 1);
        g_assert_cmphex(board_irq_levels(), ==, i % 2 ? 1 << 3 : 1 << 4);
        port_write(iobase[i] + IER, 0, 1);
        g_assert_cmphex(board_irq_levels(), ==, 0);
    }
    board_stop();
    board_start("q35", 16 * MiB);
    board_add("isa-serial,index=2,irq=10");
    board_add("isa-serial,iobase=0x1000,irq=11,baudbase=921600");
    port_write(0x3e8 + IER, 2, 1);
    port_write(0x1000 + IER, 2, 1);
    g_assert_cmphex(board_irq_levels(), ==, 1 << 10 | 1 << 11);
    board_stop();
}

static void test_serial_hd(void)
{
    Chardev *chr;

    serial_hd_add(NULL);
    chr = qemu_chr_new("serial1", "null", &error_abort);
    serial_hd_add(chr);
    g_assert_cmpint(serial_hd_count(), ==, 2);
    g_assert_true(serial_hd(1) == chr);
    g_assert_null(serial_hd(2));
    board_start("q35", 16 * MiB);
    g_assert_cmphex(port_read(0x3f8 + LSR, 1), ==, 0xff);
    g_assert_cmphex(port_read(0x2f8 + LSR, 1), ==, 0x60);
    g_assert_false(qemu_chr_remove("serial1", NULL));
    board_stop();
    qemu_chr_remove("serial1", &error_abort);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_assert_true(qemu_init_main_loop(&error_abort));
    g_test_add_func("/i386/serial/reset", test_reset_values);
    g_test_add_func("/i386/serial/polled", test_polled);
    g_test_add_func("/i386/serial/transmit-irq", test_transmit_irq);
    g_test_add_func("/i386/serial/priorities", test_priorities);
    g_test_add_func("/i386/serial/modem", test_modem);
    g_test_add_func("/i386/serial/loopback", test_loopback);
    g_test_add_func("/i386/serial/trigger", test_trigger);
    g_test_add_func("/i386/serial/timeout", test_timeout);
    g_test_add_func("/i386/serial/break", test_break);
    g_test_add_func("/i386/serial/receive-pressure", test_receive_pressure);
    g_test_add_func("/i386/serial/transmit-pressure", test_transmit_pressure);
    g_test_add_func("/i386/serial/peer-gone", test_peer_gone);
    g_test_add_func("/i386/serial/ports", test_ports);
    g_test_add_func("/i386/serial/serial-hd", test_serial_hd);
    return g_test_run();
}
