/*
 * The chips of the PC boards as a guest finds them: readings that a stock QEMU
 * gives too, and what ends or resets the program.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "tests/qtest/lib/libqtest.h"
#include "tests/qtest/lib/qpci.h"

static const char *const boards[] = {"pc", "q35"};

static uint8_t in(QTestState *qts, uint16_t port)
{
    return qtest_in(qts, port, 1);
}

static void out(QTestState *qts, uint16_t port, uint8_t value)
{
    qtest_out(qts, port, value, 1);
}

/* ----------------------------------------------------------------- serial */

#define COM1 0x3f8
#define COM2 0x2f8

static void test_serial_registers(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(boards); i++) {
        QTestState *qts =
            qtest_initf("-machine %s -serial none -serial null", boards[i]);

        g_assert_cmphex(in(qts, COM1 + 5), ==, 0xff);
        g_assert_cmphex(in(qts, COM2 + 1), ==, 0);
        g_assert_cmphex(in(qts, COM2 + 2), ==, 1);
        g_assert_cmphex(in(qts, COM2 + 4), ==, 8);
        g_assert_cmphex(in(qts, COM2 + 5), ==, 0x60);
        g_assert_cmphex(in(qts, COM2 + 6), ==, 0xb0);
        out(qts, COM2 + 3, 0x80);
        g_assert_cmphex(in(qts, COM2), ==, 12);
        out(qts, COM2 + 3, 3);
        g_assert_true(qtest_irq_intercept_in(qts, "ioapic"));
        out(qts, COM2 + 1, 2);
        g_assert_true(qtest_get_irq(qts, 3));
        g_assert_cmphex(in(qts, COM2 + 2), ==, 2);
        g_assert_cmphex(in(qts, COM2 + 2), ==, 1);
        g_assert_false(qtest_get_irq(qts, 3));
        /* Through ourselves. */
        out(qts, COM2 + 1, 1);
        out(qts, COM2 + 4, 0x1b);
        g_assert_cmphex(in(qts, COM2 + 6) & 0xf0, ==, 0xb0);
        out(qts, COM2, 0x5a);
        g_assert_true(qtest_get_irq(qts, 3));
        g_assert_cmphex(in(qts, COM2 + 2), ==, 4);
        g_assert_cmphex(in(qts, COM2 + 5), ==, 0x61);
        g_assert_cmphex(in(qts, COM2), ==, 0x5a);
        g_assert_false(qtest_get_irq(qts, 3));
        qtest_quit(qts);
    }
}

/* More than the port holds is sent at once, and every byte comes back. */
static void test_serial_echo(void)
{
    g_autofree char *dir = g_dir_make_tmp("pc-chips-XXXXXX", NULL);
    g_autofree char *path = g_strdup_printf("%s/com1", dir);
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    uint8_t sent[1000], got[1000];
    QTestState *qts;
    int fd;

    g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path));
    g_assert_no_errno(bind(listener, (struct sockaddr *)&addr, sizeof(addr)));
    g_assert_no_errno(listen(listener, 1));
    qts = qtest_initf("-machine q35 -serial unix:%s", path);
    fd = accept(listener, NULL, NULL);
    g_assert_cmpint(fd, >=, 0);
    for (unsigned i = 0; i < sizeof(sent); i++) {
        sent[i] = i * 7;
    }
    out(qts, COM1 + 2, 7);
    g_assert_cmpint(write(fd, sent, sizeof(sent)), ==, sizeof(sent));
    for (unsigned i = 0; i < sizeof(sent); i++) {
        for (int n = 0; n < 1000 && !(in(qts, COM1 + 5) & 1); n++) {
            g_usleep(1000);
        }
        out(qts, COM1, in(qts, COM1));
        g_assert_cmpint(recv(fd, &got[i], 1, 0), ==, 1);
    }
    g_assert_cmpmem(got, sizeof(got), sent, sizeof(sent));
    qtest_quit(qts);
    close(fd);
    close(listener);
    unlink(path);
    rmdir(dir);
}

/* ------------------------------------------------------------------ timer */

static uint16_t pit_count(QTestState *qts, int channel)
{
    uint8_t low;

    out(qts, 0x43, channel << 6);
    low = in(qts, 0x40 + channel);
    return low | in(qts, 0x40 + channel) << 8;
}

static void test_pit(void)
{
    static const struct {
        uint8_t mode;
        uint16_t count;
    } after[] = {/* of a count of 5000, after 1 ms (1193 clocks) */
                 {0, 5000 - 1193},
                 {2, 5000 - 1193},
                 {3, 5000 - 2 * 1193},
                 {4, 5000 - 1193}};

    for (unsigned i = 0; i < G_N_ELEMENTS(after); i++) {
        QTestState *qts = qtest_init("-machine pc");

        out(qts, 0x61, 1);
        out(qts, 0x43, 0xb0 | after[i].mode << 1);
        out(qts, 0x42, 5000 & 0xff);
        out(qts, 0x42, 5000 >> 8);
        qtest_clock_step(qts, 1000000);
        g_assert_cmpint(pit_count(qts, 2), ==, after[i].count);
        out(qts, 0x43, 0xe8);
        g_assert_cmphex(in(qts, 0x42) & 0x3f, ==, 0x30 | after[i].mode << 1);
        if (after[i].mode % 2 == 0 ? qtest_is_ours() : true) {
            g_assert_cmphex(in(qts, 0x61) & 0x20, ==, after[i].mode ? 0x20 : 0);
        }
        qtest_quit(qts);
    }
}

/* ------------------------------------------------------ resets and the end */

static void expect_reset(QTestState *qts)
{
    json_t *event = qtest_qmp_event(qts, "RESET");

    g_assert_nonnull(event);
    g_assert_true(
        json_is_true(json_object_get(json_object_get(event, "data"), "guest")));
    json_decref(event);
}

static void test_reset_ports(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(boards); i++) {
        QTestState *qts = qtest_initf("-machine %s", boards[i]);

        g_assert_cmphex(in(qts, 0x92), ==, 0);
        out(qts, 0x92, 2);
        g_assert_cmphex(in(qts, 0x92), ==, 2);
        out(qts, 0x92, 3);
        expect_reset(qts);
        out(qts, 0xcf9, 2);
        out(qts, 0xcf9, 6);
        expect_reset(qts);
        qtest_quit(qts);
    }
}

/* ------------------------------------------------------------------- ACPI */

#define PM 0x600

/* As firmware does it. */
static void place_pm(QTestState *qts, bool q35)
{
    unsigned devfn = q35 ? QPCI_DEVFN(31, 0) : QPCI_DEVFN(1, 3);
    QPCIDevice dev;

    qpci_device_init(&dev, qts, 0, devfn);
    g_assert_cmphex(qpci_config_read(&dev, 0x40, 4), ==, 1);
    qpci_config_write(&dev, 0x40, PM | 1, 4);
    g_assert_cmphex(qpci_config_read(&dev, 0x40, 4), ==, PM | 1);
    qpci_config_write(&dev, q35 ? 0x44 : 0x80, q35 ? 0x80 : 1, 1);
}

static void test_acpi_registers(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(boards); i++) {
        QTestState *qts = qtest_initf("-machine %s", boards[i]);
        uint32_t ticks;

        place_pm(qts, i == 1);
        g_assert_true(qtest_irq_intercept_in(qts, "ioapic"));
        ticks = qtest_in(qts, PM + 8, 4);
        qtest_clock_step(qts, 1000000);
        g_assert_cmpint(qtest_in(qts, PM + 8, 4) - ticks, ==, 3579);
        qtest_out(qts, PM, 1, 2);
        qtest_out(qts, PM + 2, 0x0121, 2);
        g_assert_cmphex(qtest_in(qts, PM + 2, 2), ==, 0x0121);
        g_assert_false(qtest_get_irq(qts, 9));
        qtest_clock_step(qts, 2400000000);
        g_assert_cmphex(qtest_in(qts, PM, 2), ==, 1);
        g_assert_true(qtest_get_irq(qts, 9));
        qtest_out(qts, PM, 1, 2);
        g_assert_cmphex(qtest_in(qts, PM, 2), ==, 0);
        g_assert_false(qtest_get_irq(qts, 9));
        json_decref(qtest_qmp_ok(qts, "{'execute': 'system_powerdown'}"));
        json_decref(qtest_qmp_event(qts, "POWERDOWN"));
        g_assert_cmphex(qtest_in(qts, PM, 2), ==, 0x0100);
        g_assert_true(qtest_get_irq(qts, 9));
        qtest_out(qts, PM + 4, 0xdfff, 2);
        g_assert_cmphex(qtest_in(qts, PM + 4, 2), ==, 0xdfff);
        qtest_quit(qts);
    }
}

static void test_soft_off(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(boards); i++) {
        QTestState *qts = qtest_initf("-machine %s -no-shutdown", boards[i]);
        json_t *event;

        place_pm(qts, i == 1);
        qtest_out(qts, PM + 4, 0x2000, 2);
        event = qtest_qmp_event(qts, "SHUTDOWN");
        g_assert_cmpstr(json_string_value(json_object_get(
                            json_object_get(event, "data"), "reason")),
                        ==, "guest-shutdown");
        json_decref(event);
        qtest_quit(qts);
    }
}

static int exit_status(const char *args, uint16_t port, uint32_t value,
                       unsigned size)
{
    QTestState *qts = qtest_init(args);
    int status;

    out(qts, 0x80, 0);
    qtest_out(qts, port, value, size);
    g_assert_cmpint(waitpid(qtest_pid(qts), &status, 0), ==, qtest_pid(qts));
    g_assert_true(WIFEXITED(status));
    qtest_kill(qts);
    return WEXITSTATUS(status);
}

static void test_debug_exit(void)
{
    g_assert_cmpint(
        exit_status("-machine pc -device isa-debug-exit", 0x501, 0, 1), ==, 1);
    g_assert_cmpint(
        exit_status("-machine q35 -device isa-debug-exit,iobase=0xf4,iosize=4",
                    0xf4, 0x10, 4),
        ==, 33);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pc-chips/serial/registers", test_serial_registers);
    g_test_add_func("/pc-chips/serial/echo", test_serial_echo);
    g_test_add_func("/pc-chips/pit", test_pit);
    g_test_add_func("/pc-chips/reset-ports", test_reset_ports);
    g_test_add_func("/pc-chips/debug-exit", test_debug_exit);
    g_test_add_func("/pc-chips/acpi/registers", test_acpi_registers);
    g_test_add_func("/pc-chips/acpi/soft-off", test_soft_off);
    return g_test_run();
}
