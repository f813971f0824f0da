/*
 * Keyboard controller and clock of the PC boards as a guest finds them:
 * readings that a stock QEMU gives too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/qtest/lib/libqtest.h"

static const char *const boards[] = {"pc", "q35"};

static uint8_t in(QTestState *qts, uint16_t port)
{
    return qtest_in(qts, port, 1);
}

static void out(QTestState *qts, uint16_t port, uint8_t value)
{
    qtest_out(qts, port, value, 1);
}

/* --------------------------------------------------- keyboard controller */

/* ports: pairs of a port's last digit and a byte, "4aa"; answer: what is read,
 * 'm' behind what comes from the mouse. */
typedef struct KbdCase {
    const char *ports;
    const char *answer;
} KbdCase;

static const KbdCase kbd_cases[] = {
    {"420", "03"},
    {"4aa", "55"},
    {"4ab", "00"},
    {"4a9", "00"},
    {"4d0", "cf"},
    {"4c0", "80"},
    {"4a1", ""},
    {"4a7 420", "23"},
    {"4a8 420", "03"},
    {"4ad 420", "13"},
    {"4ae 420", "03"},
    {"4d3 05a", "5am"},
    {"4d2 05a", "5a"},
    {"460 065 420", "65"},
    {"460 047 420", "47"},
    {"4d1 0dd 4d0", "dd"},
    {"4d1 0df 4d0", "df"},
    {"0ff", "fa aa"},
    {"0f2", "fa ab 41"},
    {"0ed", "fa"},
    {"007", "fa"},
    {"0f0 000", "fa 41"},
    {"0f0 001", "fa"},
    {"0f0 000", "fa 43"},
    {"0f0 002", "fa"},
    {"0ee", "ee"},
    {"0f7", "fe"},
    {"005", "fe"},
    {"4d4 0f2", "fam 00m"},
    {"4d4 0ff", "fam aam 00m"},
    {"4d4 0e9", "fam 00m 02m 64m"},
    {"4d4 0eb", "fam 08m 00m 00m"},
    {"4d4 0ee 4d4 055", "fam 55m"},
    {"4d4 0ec", "fam"},
    {"4d4 0e1", "fem"},
    {"4d4 0e8 4d4 003 4d4 0e9", "fam fam fam 00m 03m 64m"},
    {"4d4 0f3 4d4 0c8 4d4 0f3 4d4 064 4d4 0f3 4d4 050 4d4 0f2",
     "fam fam fam fam fam fam fam 03m"},
    {"4f1", ""},
    {"4ff", ""},
    /* Switched off they are switched on by talking to them. */
    {"4ad 0f2", "fa ab 41"},
    {"460 067 4d4 0f2", "fam 03m"},
    {"420", "47"},
};

static char *read_answer(QTestState *qts)
{
    GString *text = g_string_new(NULL);
    uint8_t status;

    while ((status = in(qts, 0x64)) & 1) {
        g_string_append_printf(text, "%s%02x%s", text->len ? " " : "",
                               in(qts, 0x60), status & 0x20 ? "m" : "");
        g_assert_cmpint(text->len, <, 100);
    }
    return g_string_free(text, FALSE);
}

static void test_kbd(void)
{
    for (unsigned b = 0; b < G_N_ELEMENTS(boards); b++) {
        QTestState *qts = qtest_initf("-machine %s", boards[b]);

        g_assert_cmphex(in(qts, 0x64), ==, 0x18);
        for (unsigned i = 0; i < G_N_ELEMENTS(kbd_cases); i++) {
            g_auto(GStrv) writes = g_strsplit(kbd_cases[i].ports, " ", -1);
            g_autofree char *answer = NULL;

            for (char **w = writes; *w; w++) {
                out(qts, 0x60 + (**w - '0'), strtoul(*w + 1, NULL, 16));
            }
            qtest_clock_step(qts, 20000000);
            answer = read_answer(qts);
            g_assert_cmpstr(answer, ==, kbd_cases[i].answer);
        }
        g_assert_cmphex(in(qts, 0x64), ==, 0x1c);
        qtest_quit(qts);
    }
}

static void test_kbd_interrupts(void)
{
    QTestState *qts = qtest_init("-machine q35");

    g_assert_true(qtest_irq_intercept_in(qts, "ioapic"));
    out(qts, 0x60, 0xff);
    g_assert_true(qtest_get_irq(qts, 1));
    g_assert_cmphex(in(qts, 0x60), ==, 0xfa);
    qtest_clock_step(qts, 20000000);
    g_assert_true(qtest_get_irq(qts, 1));
    g_assert_cmphex(in(qts, 0x60), ==, 0xaa);
    g_assert_false(qtest_get_irq(qts, 1));
    out(qts, 0x64, 0xd4);
    out(qts, 0x60, 0xf4);
    g_assert_false(qtest_get_irq(qts, 1));
    g_assert_true(qtest_get_irq(qts, 12));
    in(qts, 0x60);
    g_assert_false(qtest_get_irq(qts, 12));
    out(qts, 0x64, 0x60); /* both off */
    out(qts, 0x60, 0x44);
    out(qts, 0x60, 0xf2);
    qtest_clock_step(qts, 20000000);
    g_assert_false(qtest_get_irq(qts, 1));
    g_assert_cmphex(in(qts, 0x64) & 1, ==, 1);
    qtest_quit(qts);
}

static void expect_reset(QTestState *qts)
{
    json_t *event = qtest_qmp_event(qts, "RESET");

    g_assert_nonnull(event);
    g_assert_true(
        json_is_true(json_object_get(json_object_get(event, "data"), "guest")));
    json_decref(event);
    g_assert_cmphex(in(qts, 0x64), ==, 0x18);
}

static void test_kbd_reset(void)
{
    QTestState *qts = qtest_init("-machine pc");

    out(qts, 0x64, 0xfe);
    expect_reset(qts);
    out(qts, 0x64, 0xd1);
    out(qts, 0x60, 0xde);
    expect_reset(qts);
    qtest_quit(qts);
}

static void test_kbd_off(void)
{
    QTestState *qts = qtest_init("-machine pc,i8042=off");

    g_assert_cmphex(in(qts, 0x64), ==, 0xff);
    qtest_quit(qts);
}

/* ------------------------------------------------------------------ clock */

static uint8_t rtc_read(QTestState *qts, uint8_t reg)
{
    out(qts, 0x70, reg);
    return in(qts, 0x71);
}

static void rtc_write(QTestState *qts, uint8_t reg, uint8_t val)
{
    out(qts, 0x70, reg);
    out(qts, 0x71, val);
}

static void test_rtc(void)
{
    QTestState *qts =
        qtest_init("-machine pc -rtc base=2026-11-22T12:34:56,clock=vm");
    json_t *event;

    g_assert_cmphex(rtc_read(qts, 9), ==, 0x26);
    g_assert_cmphex(rtc_read(qts, 8), ==, 0x11);
    g_assert_cmphex(rtc_read(qts, 7), ==, 0x22);
    g_assert_cmphex(rtc_read(qts, 6), ==, 0x01);
    g_assert_cmphex(rtc_read(qts, 4), ==, 0x12);
    g_assert_cmphex(rtc_read(qts, 0x32), ==, 0x20);
    g_assert_cmphex(rtc_read(qts, 11), ==, 0x02);
    g_assert_cmphex(rtc_read(qts, 13), ==, 0x80);
    qtest_clock_step(qts, 3600 * INT64_C(1000000000));
    g_assert_cmphex(rtc_read(qts, 4), ==, 0x13);
    g_assert_true(qtest_irq_intercept_in(qts, "ioapic"));
    rtc_read(qts, 12);
    rtc_write(qts, 11, 0x12);
    qtest_clock_step(qts, 1100000000);
    g_assert_true(qtest_get_irq(qts, 8));
    g_assert_cmphex(rtc_read(qts, 12) & 0x90, ==, 0x90);
    g_assert_false(qtest_get_irq(qts, 8));
    /* An hour back. */
    rtc_write(qts, 11, 0x82);
    rtc_write(qts, 4, 0x12);
    rtc_write(qts, 11, 0x02);
    event = qtest_qmp_event(qts, "RTC_CHANGE");
    g_assert_nonnull(event);
    /* A stock one compares with the host's time even here. */
    g_assert_cmpint(!qtest_is_ours()
                        ? 0
                        : ABS(json_integer_value(json_object_get(
                                  json_object_get(event, "data"), "offset")) +
                              3600),
                    <=, 1);
    json_decref(event);
    json_decref(qtest_qmp_ok(qts, "{'execute': 'qom-get', 'arguments': "
                                  "{'path': '/machine', "
                                  "'property': 'rtc-time'}}"));
    qtest_quit(qts);
}

/* A guest that sets the clock all the time does not flood the monitor. */
static void test_rtc_flood(void)
{
    QTestState *qts = qtest_init("-machine pc");
    unsigned n = 0;
    json_t *event;

    for (int i = 0; i < 500; i++) {
        rtc_write(qts, 11, 0x82);
        rtc_write(qts, 11, 0x02);
    }
    while ((event = qtest_qmp_event_within(qts, "RTC_CHANGE", 1500))) {
        json_decref(event);
        n++;
    }
    g_assert_cmpint(n, >=, 2);
    g_assert_cmpint(n, <=, 6);
    qtest_quit(qts);
}

static void test_rtc_options(void)
{
    static const struct {
        const char *args, *message;
    } bad[] = {
        {"base=foo", "invalid datetime format\n"
                     "valid formats: '2006-06-17T16:01:21' or '2006-06-17'\n"},
        {"clock=foo", "invalid option value 'foo'\n"},
        {"driftfix=foo", "invalid option value 'foo'\n"},
        {"foo=1", "-rtc foo=1: Invalid parameter 'foo'\n"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *args =
            g_strdup_printf("-machine none -display none -rtc %s", bad[i].args);
        g_autofree char *output = NULL;

        g_assert_cmpint(qtest_run(args, &output), ==, 1);
        g_assert_true(g_str_has_suffix(output, bad[i].message));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pc-kbd-rtc/kbd/answers", test_kbd);
    g_test_add_func("/pc-kbd-rtc/kbd/interrupts", test_kbd_interrupts);
    g_test_add_func("/pc-kbd-rtc/kbd/reset", test_kbd_reset);
    g_test_add_func("/pc-kbd-rtc/kbd/off", test_kbd_off);
    g_test_add_func("/pc-kbd-rtc/rtc", test_rtc);
    g_test_add_func("/pc-kbd-rtc/rtc/flood", test_rtc_flood);
    g_test_add_func("/pc-kbd-rtc/rtc/options", test_rtc_options);
    return g_test_run();
}
