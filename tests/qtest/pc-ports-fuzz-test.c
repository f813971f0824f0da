/*
 * Random accesses to every port of the PC boards' chips, to the I/O APIC and
 * to the addresses of messages: the machine answers, and works afterwards.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/qtest/lib/libqtest.h"
#include "tests/qtest/lib/qpci.h"

#define ROUNDS 40
#define LINES  500
#define PM     0x600

typedef struct PortRange {
    uint16_t first;
    uint16_t last;
} PortRange;

static const PortRange ranges[] = {
    {0x20, 0x21},     {0x40, 0x43},   {0x60, 0x64},   {0x70, 0x71},
    {0x92, 0x92},     {0xa0, 0xa1},   {0x3f8, 0x3ff}, {0x4d0, 0x4d1},
    {0x501, 0x50f},   {0x510, 0x51b}, {0x600, 0x63f}, {0xcf8, 0xcff},
    {0xae00, 0xae13}, {0, 0xffff},
};

static uint16_t random_port(GRand *rand)
{
    const PortRange *r =
        &ranges[g_rand_int_range(rand, 0, G_N_ELEMENTS(ranges))];

    return g_rand_int_range(rand, r->first, r->last + 1);
}

static uint32_t random_value(GRand *rand)
{
    switch (g_rand_int_range(rand, 0, 4)) {
    case 0:
        return 1u << g_rand_int_range(rand, 0, 32);
    case 1:
        return UINT32_MAX >> g_rand_int_range(rand, 0, 32);
    case 2:
        return g_rand_int_range(rand, 0, 256);
    default:
        return g_rand_int(rand);
    }
}

/* fw_cfg's DMA may write to any RAM, which is of no interest here. */
static char *random_line(GRand *rand)
{
    static const char widths[] = "bwl";
    char width = widths[g_rand_int_range(rand, 0, 3)];
    uint64_t ioapic = 0xfec00000 + (g_rand_int_range(rand, 0, 6) << 4);
    uint64_t lapic = 0xfee00000 + (g_rand_int(rand) & 0xfffffc);

    switch (g_rand_int_range(rand, 0, 16)) {
    case 0:
        return g_strdup_printf(
            "clock_step %u",
            1 + (g_rand_int(rand) >> g_rand_int_range(rand, 4, 32)));
    case 1:
        return g_strdup_printf("writel 0x%" PRIx64 " 0x%x", ioapic,
                               g_rand_int_range(rand, 0, 0x42));
    case 2:
        return g_strdup_printf("writel 0x%" PRIx64 " 0x%x", ioapic,
                               random_value(rand));
    case 3:
        return g_strdup_printf("readl 0x%" PRIx64, ioapic);
    case 4:
        return g_strdup_printf("writel 0x%" PRIx64 " 0x%x", lapic,
                               random_value(rand));
    case 5:
        return g_strdup_printf("readl 0x%" PRIx64, lapic);
    case 6:
    case 7:
    case 8:
    case 9:
        return g_strdup_printf("in%c 0x%x", width, random_port(rand));
    default:
        return g_strdup_printf("out%c 0x%x 0x%x", width, random_port(rand),
                               random_value(rand));
    }
}

static void place_pm(QTestState *qts, bool q35)
{
    QPCIDevice dev;

    qpci_device_init(&dev, qts, 0, q35 ? QPCI_DEVFN(31, 0) : QPCI_DEVFN(1, 3));
    qpci_config_write(&dev, 0x40, PM | 1, 4);
    qpci_config_write(&dev, q35 ? 0x44 : 0x80, q35 ? 0x80 : 1, 1);
}

/* A reset brings everything back. */
static void check_works(QTestState *qts)
{
    json_decref(qtest_qmp_ok(qts, "{'execute': 'system_reset'}"));
    g_assert_cmphex(qtest_in(qts, 0x64, 1), ==, 0x18);
    qtest_out(qts, 0x64, 0xaa, 1);
    g_assert_cmphex(qtest_in(qts, 0x60, 1), ==, 0x55);
    g_assert_cmphex(qtest_in(qts, 0x3fd, 1), ==, 0x60);
    qtest_out(qts, 0x70, 0x0d, 1);
    g_assert_cmphex(qtest_in(qts, 0x71, 1), ==, 0x80);
    qtest_write(qts, 0xfec00000, 1, 4);
    g_assert_cmphex(qtest_read(qts, 0xfec00010, 4), ==, 0x170020);
}

static void test_random(const void *opaque)
{
    const char *machine = opaque;
    GRand *rand = g_rand_new_with_seed(g_test_rand_int());
    QTestState *qts = qtest_initf(
        "-machine %s -smp 3 -no-shutdown -serial null -rtc clock=vm", machine);

    for (int round = 0; round < ROUNDS; round++) {
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
        g_autofree char **replies = g_new0(char *, LINES);

        place_pm(qts, g_str_equal(machine, "q35"));
        for (int i = 0; i < LINES; i++) {
            g_ptr_array_add(lines, random_line(rand));
        }
        qtest_raw_batch(qts, (char **)lines->pdata, replies, LINES);
        for (int i = 0; i < LINES; i++) {
            if (!g_str_has_prefix(replies[i], "OK")) {
                g_error("'%s' answered '%s'", (char *)lines->pdata[i],
                        replies[i]);
            }
            g_free(replies[i]);
        }
        check_works(qts);
        qtest_qmp_drop_events(qts);
    }
    g_rand_free(rand);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/pc-ports-fuzz/pc", "pc", test_random);
    g_test_add_data_func("/pc-ports-fuzz/q35", "q35", test_random);
    return g_test_run();
}
