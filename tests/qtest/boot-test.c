/*
 * What a guest finds when a kernel is booted: PCI assigned, chips set up, ACPI
 * tables, the kernel where it belongs; again after each reset. The kernel is
 * a dummy: -accel qtest runs no code.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tests/qtest/lib/libqtest.h"
#include "tests/qtest/lib/qpci.h"
#include "util/bswap.h"

#define ZERO_PAGE   0x10000
#define RSDP        0xf0000
#define KERNEL      0x100000
#define SETUP_SIZE  1024
#define KERNEL_SIZE 4096

static char *kernel;

/* The least that is a bzImage. */
static void make_kernel(void)
{
    uint8_t f[SETUP_SIZE + KERNEL_SIZE];
    int fd = g_file_open_tmp("boot-test-XXXXXX", &kernel, NULL);

    g_assert_cmpint(fd, >=, 0);
    memset(f, 0, SETUP_SIZE);
    memset(f + SETUP_SIZE, 0x5a, KERNEL_SIZE);
    f[0x1f1] = 1;
    stl_le_p(f + 0x1f4, KERNEL_SIZE / 16);
    stw_le_p(f + 0x1fe, 0xaa55);
    f[0x201] = 0x6a;
    memcpy(f + 0x202, "HdrS", 4);
    stw_le_p(f + 0x206, 0x020f);
    f[0x211] = 1;
    stl_le_p(f + 0x22c, 0x7fffffff);
    stw_le_p(f + 0x236, 1);
    g_assert_cmpint(write(fd, f, sizeof(f)), ==, sizeof(f));
    close(fd);
}

static QTestState *start(const char *machine, const char *args)
{
    return qtest_initf("-machine %s -kernel %s -initrd %s -append 'x y' "
                       "-serial null %s",
                       machine, kernel, kernel, args);
}

/* ------------------------------------------------------------------- ACPI */

static uint8_t *read_table(QTestState *qts, uint64_t addr)
{
    uint32_t len = qtest_read(qts, addr + 4, 4);
    uint8_t *t;
    uint8_t sum = 0;

    g_assert_cmpuint(len, >=, 36);
    g_assert_cmpuint(len, <, 0x20000);
    t = g_malloc(len);
    qtest_memread(qts, addr, t, len);
    for (uint32_t i = 0; i < len; i++) {
        sum += t[i];
    }
    g_assert_cmphex(sum, ==, 0);
    return t;
}

/* A table that the root points to, or NULL. */
static uint8_t *find_table(QTestState *qts, const char *signature)
{
    uint8_t rsdp[36], sum = 0;
    g_autofree uint8_t *xsdt = NULL;

    qtest_memread(qts, RSDP, rsdp, sizeof(rsdp));
    g_assert_true(!memcmp(rsdp, "RSD PTR ", 8));
    for (unsigned i = 0; i < sizeof(rsdp); i++) {
        sum += rsdp[i];
    }
    g_assert_cmphex(sum, ==, 0);
    xsdt = read_table(qts, ldq_le_p(rsdp + 24));
    g_assert_true(!memcmp(xsdt, "XSDT", 4));
    for (uint32_t at = 36; at < ldl_le_p(xsdt + 4); at += 8) {
        uint8_t *t = read_table(qts, ldq_le_p(xsdt + at));

        if (!memcmp(t, signature, 4)) {
            return t;
        }
        g_free(t);
    }
    return NULL;
}

static bool contains(const uint8_t *t, const char *text)
{
    return memmem(t, ldl_le_p(t + 4), text, strlen(text));
}

static void check_acpi(QTestState *qts, const char *machine, unsigned cpus)
{
    bool reduced = g_str_has_prefix(machine, "microvm");
    g_autofree uint8_t *fadt = find_table(qts, "FACP");
    g_autofree uint8_t *madt = find_table(qts, "APIC");
    g_autofree uint8_t *mcfg = find_table(qts, "MCFG");
    g_autofree uint8_t *dsdt = read_table(qts, ldl_le_p(fadt + 40));
    unsigned lapics = 0, ioapics = 0;

    for (uint32_t at = 44; at < ldl_le_p(madt + 4); at += madt[at + 1]) {
        g_assert_cmpuint(madt[at + 1], >=, 6);
        lapics += madt[at] == 0;
        ioapics += madt[at] == 1;
    }
    g_assert_cmpuint(lapics, ==, cpus);
    g_assert_cmpuint(ioapics, ==, 1);
    g_assert_true(!mcfg == g_str_equal(machine, "pc"));
    g_assert_true(contains(dsdt, "PCI0"));
    g_assert_true(contains(dsdt, "_PRT"));
    g_assert_true(contains(dsdt, "COM1"));
    g_assert_true(contains(dsdt, "_S5_"));
    g_assert_true(!!(ldl_le_p(fadt + 112) & 1 << 20) == reduced);
    if (mcfg) {
        g_assert_cmphex(ldl_le_p(mcfg + 44), ==,
                        reduced ? 0xe0000000 : 0xb0000000);
        /* It is there: the host bridge's identity. */
        g_assert_cmphex(qtest_read(qts, ldl_le_p(mcfg + 44), 4), !=,
                        UINT32_MAX);
    }
}

/* ----------------------------------------------------------------- machine */

static void check_memory(QTestState *qts)
{
    uint8_t zp[4096];

    qtest_memread(qts, ZERO_PAGE, zp, sizeof(zp));
    g_assert_cmphex(ldl_le_p(zp + 0x202), ==, 0x53726448);
    g_assert_cmphex(ldq_le_p(zp + 0x70), ==, RSDP);
    g_assert_cmpuint(zp[0x1e8], >=, 5);
    g_assert_cmphex(qtest_read(qts, ldl_le_p(zp + 0x228), 4), ==, 0x792078);
    g_assert_cmpuint(ldl_le_p(zp + 0x21c), ==, SETUP_SIZE + KERNEL_SIZE);
    g_assert_cmphex(qtest_read(qts, ldl_le_p(zp + 0x218) + SETUP_SIZE, 4), ==,
                    0x5a5a5a5a);
    g_assert_cmphex(qtest_read(qts, KERNEL, 4), ==, 0x5a5a5a5a);
    g_assert_cmphex(qtest_read(qts, KERNEL + KERNEL_SIZE - 4, 4), ==,
                    0x5a5a5a5a);
}

/* No matter which boards have ports for it: by ECAM, or by ports. */
static uint32_t config_read(QTestState *qts, const char *machine, int slot,
                            int reg)
{
    if (g_str_has_prefix(machine, "microvm")) {
        return qtest_read(qts, 0xe0000000 + (slot << 15) + reg, 4);
    }
    qtest_out(qts, 0xcf8, 0x80000000u | slot << 11 | reg, 4);
    return qtest_in(qts, 0xcfc, 4);
}

static void check_pci(QTestState *qts, const char *machine, int slot)
{
    uint32_t bar1 = config_read(qts, machine, slot, 0x14);

    g_assert_cmphex(config_read(qts, machine, slot, 0), ==, 0x10411af4);
    g_assert_cmphex(config_read(qts, machine, slot, 4) & 3, ==, 3);
    g_assert_cmphex(bar1, >=, 0xc0000000);
    g_assert_cmphex(config_read(qts, machine, slot, 0x3c) & 0xff, !=, 0);
    /* MSI-X table, vector 0: masked. */
    g_assert_cmphex(qtest_read(qts, bar1 + 12, 4), ==, 1);
}

static const char *const machines[] = {"pc", "q35", "microvm,pcie=on"};

static void test_boot(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(machines); i++) {
        const char *m = machines[i];
        QTestState *qts = start(
            m, "-smp 3 -device virtio-net-pci,disable-legacy=on,addr=5");

        check_memory(qts);
        check_acpi(qts, m, 3);
        check_pci(qts, m, 5);
        /* The guest leaves nothing as it was. */
        for (uint64_t at = 0x1000; at < 2 * KERNEL; at += 0x1000) {
            if (at < 0xa0000 || at >= 0xc0000) {
                qtest_write(qts, at, UINT64_MAX, 8);
            }
        }
        qtest_write(qts, KERNEL + KERNEL_SIZE - 4, 0, 4);
        json_decref(qtest_qmp_ok(qts, "{'execute': 'system_reset'}"));
        json_decref(qtest_qmp_event(qts, "RESET"));
        check_memory(qts);
        check_acpi(qts, m, 3);
        check_pci(qts, m, 5);
        qtest_quit(qts);
    }
}

static void test_no_acpi(void)
{
    QTestState *qts = start("q35,acpi=off", "");
    uint8_t zp[4096];

    qtest_memread(qts, ZERO_PAGE, zp, sizeof(zp));
    g_assert_cmphex(ldq_le_p(zp + 0x70), ==, 0);
    g_assert_cmphex(qtest_read(qts, RSDP, 8), ==, 0);
    qtest_quit(qts);
}

/* Chips: PM registers, 8259. */
static void test_chips(void)
{
    static const char *const pcs[] = {"pc", "q35"};

    for (unsigned i = 0; i < G_N_ELEMENTS(pcs); i++) {
        QTestState *qts = start(pcs[i], "");

        g_assert_cmphex(qtest_in(qts, 0x604, 2), ==, 1);
        g_assert_cmphex(qtest_in(qts, 0x21, 1), ==, 0xfb);
        g_assert_cmphex(qtest_in(qts, 0xa1, 1), ==, 0xff);
        g_assert_cmphex(qtest_in(qts, 0x4d1, 1), ==, 0x0e);
        qtest_quit(qts);
    }
}

/* Behind bridges: numbers, windows that hold what is behind. */
static void test_bridges(void)
{
    QTestState *qts = start(
        "q35", "-device pcie-root-port,id=r,chassis=1,addr=4 "
               "-device virtio-net-pci,bus=r "
               "-device pci-bridge,id=b,chassis_nr=1,addr=6 "
               "-device virtio-net-pci,bus=b,addr=2");

    for (int bus = 1; bus <= 2; bus++) {
        QPCIDevice bridge, nic;
        uint32_t window, bar1, bar4, pref;

        qpci_device_init(&bridge, qts, 0, QPCI_DEVFN(bus == 1 ? 4 : 6, 0));
        qpci_device_init(&nic, qts, bus, QPCI_DEVFN(bus == 1 ? 0 : 2, 0));
        g_assert_cmphex(qpci_config_read(&bridge, 0x18, 4) & 0xffffff, ==,
                        bus << 16 | bus << 8);
        window = qpci_config_read(&bridge, 0x20, 4);
        pref = qpci_config_read(&bridge, 0x24, 4);
        bar1 = qpci_config_read(&nic, 0x14, 4);
        bar4 = qpci_config_read(&nic, 0x20, 4);
        g_assert_cmphex(bar1 >> 16, >=, window & 0xfff0);
        g_assert_cmphex(bar1 >> 16, <=, window >> 16 | 0xf);
        g_assert_cmphex(bar4 >> 16, >=, pref & 0xfff0);
        g_assert_cmphex(bar4 >> 16, <=, pref >> 16 | 0xf);
        g_assert_cmphex(qpci_config_read(&bridge, 4, 2) & 7, ==, 7);
        g_assert_cmphex(qtest_read(qts, (bar1 & ~0xfu) + 12, 4), ==, 1);
    }
    qtest_quit(qts);
}

/* ------------------------------------------------------------------ errors */

static void check_refused(const char *args, const char *message)
{
    g_autofree char *output = NULL;

    g_test_message("%s", args);
    g_assert_cmpint(qtest_run(args, &output), ==, 1);
    if (!strstr(output, message)) {
        g_test_message("%s", output);
        g_test_fail();
    }
}

static void test_errors(void)
{
    static const char base[] = "-accel qtest -display none -machine q35";
    static const struct {
        const char *args;
        const char *message;
    } cases[] = {
        {"-kernel /nonexistent",
         "could not open kernel file '/nonexistent': No such file or directory"},
        {"-kernel /tmp", "could not read kernel file '/tmp': Is a directory"},
        {"-kernel /dev/null", "could not read kernel file '/dev/null'"},
        {"-kernel KERNEL -initrd /nonexistent",
         "error reading initrd /nonexistent: "},
        {"-kernel KERNEL -m 1", "does not fit into RAM"},
        {"-initrd KERNEL", "-initrd only allowed with -kernel option"},
        {"-append x", "-append only allowed with -kernel option"},
        {"-shim x", "shim=x is not supported"},
        {"-dtb x", "dtb=x is not supported"},
        {"-bios x", "firmware=x is not supported"},
        {"-accel tcg", "there is no firmware here, a kernel must be given"},
        {"-machine microvm,ioapic2=on", "ioapic2=on is not supported"},
        {"-machine microvm -device virtio-net-pci",
         "No 'PCI' bus found for device 'virtio-net-pci'"},
        {"-machine microvm -smp 289",
         "Invalid SMP CPUs 289. The max CPUs supported by machine 'microvm' "
         "is 288"},
    };

    if (!qtest_is_ours()) {
        g_test_skip("wording and options of ours");
        return;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(GStrv) parts = g_strsplit(cases[i].args, "KERNEL", -1);
        g_autofree char *rest = g_strjoinv(kernel, parts);
        g_autofree char *args = g_strdup_printf("%s %s", base, rest);

        if (strstr(rest, "-accel")) {
            check_refused(rest, cases[i].message);
        } else {
            check_refused(args, cases[i].message);
        }
    }
}

int main(int argc, char **argv)
{
    int ret;

    g_test_init(&argc, &argv, NULL);
    make_kernel();
    g_test_add_func("/boot/memory-acpi-pci", test_boot);
    g_test_add_func("/boot/no-acpi", test_no_acpi);
    g_test_add_func("/boot/chips", test_chips);
    g_test_add_func("/boot/bridges", test_bridges);
    g_test_add_func("/boot/errors", test_errors);
    ret = g_test_run();
    unlink(kernel);
    g_free(kernel);
    return ret;
}
