/*
 * The clock of the PC/AT, on guest time (-rtc clock=vm).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/rtc-time.h"
#include "pci-test-board.h"
#include "util/option.h"

enum {
    SECONDS = 0,
    SECONDS_ALARM = 1,
    MINUTES = 2,
    MINUTES_ALARM = 3,
    HOURS = 4,
    HOURS_ALARM = 5,
    WEEKDAY = 6,
    DAY = 7,
    MONTH = 8,
    YEAR = 9,
    A = 10,
    B = 11,
    C = 12,
    D = 13,
    CENTURY = 0x32,
};

#define MS      INT64_C(1000000)
#define IRQ_BIT (1u << 8)

static uint8_t rd(int reg)
{
    port_write(0x70, reg, 1);
    return port_read(0x71, 1);
}

static void wr(int reg, uint8_t val)
{
    port_write(0x70, reg, 1);
    port_write(0x71, val, 1);
}

static bool set_options(const char *text, Error **errp)
{
    json_t *opts = keyval_parse(text, NULL, NULL, &error_abort);
    bool ok = rtc_set_options(opts, errp);

    json_decref(opts);
    return ok;
}

/* Six bytes as they are, in the order of the text 'YYMMDDhhmmss'. */
static void expect_time(const char *hex)
{
    static const uint8_t regs[] = {YEAR, MONTH, DAY, HOURS, MINUTES, SECONDS};
    char text[13];

    for (int i = 0; i < 6; i++) {
        snprintf(text + 2 * i, 3, "%02x", rd(regs[i]));
    }
    g_assert_cmpstr(text, ==, hex);
}

static void start(const char *base)
{
    g_autofree char *opts =
        g_strdup_printf("clock=vm,driftfix=none,base=%s", base);

    g_assert_true(set_options(opts, &error_abort));
    board_start("pc", 16 * MiB);
}

static void test_reads(void)
{
    start("2026-11-22T12:34:56");
    expect_time("261122123456");
    g_assert_cmphex(rd(CENTURY), ==, 0x20);
    g_assert_cmphex(rd(0x37), ==, 0x20);
    g_assert_cmphex(rd(WEEKDAY), ==, 1); /* Sunday */
    g_assert_cmphex(rd(A), ==, 0x26);
    g_assert_cmphex(rd(B), ==, 0x02);
    g_assert_cmphex(rd(D), ==, 0x80);
    g_assert_cmphex(port_read(0x70, 1), ==, 0xff);
    board_step(999 * MS);
    expect_time("261122123456");
    g_assert_cmphex(rd(A), ==, 0x26);
    board_step(MS - 244000); /* announced */
    g_assert_cmphex(rd(A), ==, 0xa6);
    expect_time("261122123456");
    board_step(244000);
    g_assert_cmphex(rd(A), ==, 0x26);
    expect_time("261122123457");
    board_step(86400 * NANOSECONDS_PER_SECOND);
    expect_time("261123123457");
    board_stop();
}

static void test_forms(void)
{
    start("2005-12-31T23:59:58");
    wr(B, 0x06); /* binary */
    expect_time("050c1f173b3a");
    wr(B, 0x04); /* 12 hours */
    g_assert_cmphex(rd(HOURS), ==, 0x80 | 11);
    wr(B, 0x00);
    g_assert_cmphex(rd(HOURS), ==, 0x91);
    board_step(2 * NANOSECONDS_PER_SECOND);
    expect_time("060101120000"); /* 12 AM */
    board_step(12 * 3600 * NANOSECONDS_PER_SECOND);
    expect_time("060101920000"); /* 12 PM */
    wr(HOURS, 0x81);
    wr(B, 0x02);
    expect_time("060101130000");
    board_stop();
}

static void set_time(const char *hex, uint8_t century)
{
    static const uint8_t regs[] = {YEAR, MONTH, DAY, HOURS, MINUTES, SECONDS};

    wr(B, rd(B) | 0x80);
    for (int i = 0; i < 6; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1]};

        wr(regs[i], strtoul(two, NULL, 16));
    }
    wr(CENTURY, century);
    expect_time(hex); /* stands */
    wr(B, rd(B) & ~0x80);
}

static void test_set(void)
{
    start("2026-11-22");
    board_step(700 * MS);
    set_time("991231235959", 0x19);
    expect_time("991231235959");
    board_step(299 * MS); /* the phase of the second is kept */
    expect_time("991231235959");
    board_step(MS);
    expect_time("000101000000");
    g_assert_cmphex(rd(CENTURY), ==, 0x20);
    wr(MINUTES, 0x30); /* while it runs */
    expect_time("000101003000");
    /* It stands while it is set, and goes on from there. */
    wr(B, 0x82);
    board_step(10 * NANOSECONDS_PER_SECOND);
    expect_time("000101003000");
    wr(B, 0x02);
    expect_time("000101003000");
    board_step(NANOSECONDS_PER_SECOND);
    expect_time("000101003001");
    /* A reset leaves the time. */
    machine_reset(current_machine);
    expect_time("000101003001");
    /* The divider held in reset: half a second from its start to the first
     * update. */
    wr(A, 0x66);
    board_step(10 * NANOSECONDS_PER_SECOND);
    expect_time("000101003001");
    wr(A, 0x26);
    board_step(499 * MS);
    expect_time("000101003001");
    board_step(MS);
    expect_time("000101003002");
    board_stop();
}

/* Whatever is in the registers. */
static void test_garbage(void)
{
    GRand *rand = g_rand_new_with_seed(g_test_rand_int());

    start("2026-11-22");
    for (int i = 0; i < 20000; i++) {
        wr(g_rand_int_range(rand, 0, 14), g_rand_int_range(rand, 0, 256));
        rd(g_rand_int_range(rand, 0, 128));
        if (i % 16 == 0) {
            board_step(g_rand_int_range(rand, 0, 2000000000));
            wr(CENTURY, g_rand_int_range(rand, 0, 256));
            wr(A, 0x26);
        }
    }
    g_rand_free(rand);
    board_stop();
}

static void test_update_interrupt(void)
{
    start("2026-11-22");
    board_step(3 * NANOSECONDS_PER_SECOND / 2);
    g_assert_cmphex(rd(C), ==, 0x10 | 0x40); /* flags come up unasked */
    g_assert_cmphex(rd(C), ==, 0);
    wr(B, 0x12);
    board_step(499 * MS);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    board_step(MS);
    g_assert_cmphex(board_irq_levels(), ==, IRQ_BIT);
    board_step(5 * NANOSECONDS_PER_SECOND); /* until it is read */
    g_assert_cmphex(board_irq_levels(), ==, IRQ_BIT);
    g_assert_cmphex(rd(C) & 0xb0, ==, 0x90);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    board_step(NANOSECONDS_PER_SECOND);
    g_assert_cmphex(board_irq_levels(), ==, IRQ_BIT);
    rd(C);
    wr(B, 0x92); /* setting stops them */
    g_assert_cmphex(rd(B), ==, 0x82);
    wr(B, 0x12);
    wr(B, 0x02);
    board_step(NANOSECONDS_PER_SECOND);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    wr(B, 0x12);
    g_assert_cmphex(board_irq_levels(), ==, IRQ_BIT); /* flagged already */
    machine_reset(current_machine);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    g_assert_cmphex(rd(B), ==, 0x02);
    board_stop();
}

static void test_alarm(void)
{
    start("2026-11-22T10:00:00");
    wr(HOURS_ALARM, 0x10);
    wr(MINUTES_ALARM, 0x05);
    wr(SECONDS_ALARM, 0x30);
    rd(C);
    wr(B, 0x22);
    board_step(329 * NANOSECONDS_PER_SECOND);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    board_step(NANOSECONDS_PER_SECOND);
    g_assert_cmphex(board_irq_levels(), ==, IRQ_BIT);
    g_assert_cmphex(rd(C) & 0xa0, ==, 0xa0);
    board_step(86399 * NANOSECONDS_PER_SECOND);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    board_step(NANOSECONDS_PER_SECOND);
    g_assert_cmphex(board_irq_levels(), ==, IRQ_BIT);
    rd(C);
    wr(HOURS_ALARM, 0xff); /* any */
    wr(MINUTES_ALARM, 0xc0);
    board_step(60 * NANOSECONDS_PER_SECOND);
    g_assert_cmphex(board_irq_levels(), ==, IRQ_BIT);
    rd(C);
    wr(SECONDS_ALARM, 0x99); /* never */
    board_step(2 * 86400 * NANOSECONDS_PER_SECOND);
    g_assert_cmphex(board_irq_levels(), ==, 0);
    wr(SECONDS_ALARM, 0xff);
    board_step(NANOSECONDS_PER_SECOND);
    g_assert_cmphex(board_irq_levels(), ==, IRQ_BIT);
    board_stop();
}

static void test_periodic(void)
{
    static const unsigned hz[16] = {0,   256, 128, 8192, 4096, 2048, 1024, 512,
                                    256, 128, 64,  32,   16,   8,    4,    2};

    start("2026-11-22");
    wr(B, 0x42);
    for (int rate = 0; rate < 16; rate++) {
        unsigned n = 0;

        wr(A, 0x20 | rate);
        rd(C);
        for (int i = 0; i < 20000; i++) {
            board_step(MS / 10);
            n += board_irq_levels() == IRQ_BIT;
            rd(C);
        }
        /* Two seconds. */
        g_assert_cmpint(n + 1, >=, 2 * hz[rate]);
        g_assert_cmpint(n, <=, 2 * hz[rate] + 1);
    }
    board_stop();
}

/* driftfix=slew: interrupts that were not taken come later. */
static void test_slew(void)
{
    unsigned n = 0;

    g_assert_true(set_options("driftfix=slew", &error_abort));
    board_start("pc", 16 * MiB);
    wr(B, 0x42);
    wr(A, 0x2f);
    rd(C);
    board_step(10 * NANOSECONDS_PER_SECOND);
    while (board_irq_levels() && n < 100) {
        rd(C);
        n++;
    }
    g_assert_cmpint(n, >=, 19);
    g_assert_cmpint(n, <=, 21);
    board_stop();
    g_assert_true(set_options("driftfix=none", &error_abort));
}

static void test_date_property(void)
{
    json_t *date;

    start("2026-11-22T12:34:56");
    date = object_property_get_json(OBJECT(current_machine), "rtc-time",
                                    &error_abort);
    g_assert_cmpint(json_integer_value(json_object_get(date, "tm_year")), ==,
                    126);
    g_assert_cmpint(json_integer_value(json_object_get(date, "tm_mon")), ==,
                    10);
    g_assert_cmpint(json_integer_value(json_object_get(date, "tm_sec")), ==,
                    56);
    json_decref(date);
    board_stop();
}

static void test_options(void)
{
    static const struct {
        const char *opts, *error;
    } bad[] = {
        {"base=foo", "invalid datetime format"},
        {"base=", "invalid datetime format"},
        {"base=99999-01-01",
         "'99999-01-01' is not a date that the clock can show"},
        {"clock=foo", "invalid option value 'foo'"},
        {"driftfix=foo", "invalid option value 'foo'"},
        {"foo=1", "Invalid parameter 'foo'"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        Error *err = NULL;

        g_assert_false(set_options(bad[i].opts, &err));
        expect_error(err, bad[i].error);
    }
    start("2006-06-17");
    expect_time("060617000000");
    board_stop();
    start("2006-13-45"); /* as QEMU: taken for what it comes to */
    expect_time("070214000000");
    board_stop();
    g_assert_true(set_options("clock=host,base=utc", &error_abort));
    g_assert_cmpint(ABS(rtc_reference_time() - time(NULL)), <=, 1);
    g_setenv("TZ", "UTC-5", true);
    g_assert_true(set_options("base=localtime", &error_abort));
    g_assert_cmpint(ABS(rtc_reference_time() - time(NULL) - 5 * 3600), <=, 1);
    g_unsetenv("TZ");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    memory_init();
    g_test_add_func("/i386/rtc/reads", test_reads);
    g_test_add_func("/i386/rtc/forms", test_forms);
    g_test_add_func("/i386/rtc/set", test_set);
    g_test_add_func("/i386/rtc/garbage", test_garbage);
    g_test_add_func("/i386/rtc/update-interrupt", test_update_interrupt);
    g_test_add_func("/i386/rtc/alarm", test_alarm);
    g_test_add_func("/i386/rtc/periodic", test_periodic);
    g_test_add_func("/i386/rtc/slew", test_slew);
    g_test_add_func("/i386/rtc/date-property", test_date_property);
    g_test_add_func("/i386/rtc/options", test_options);
    return g_test_run();
}
