/*
 * Model-specific registers and CPUID of the software CPU: what they keep, and
 * that no value written to any of them does harm.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"
#include "hw/i386/apic.h"
#include "tcg-harness.h"

enum {
    TSC = 0x10,
    TSC_ADJUST = 0x3b,
    UCODE_REV = 0x8b,
    SYSENTER_CS = 0x174,
    MTRR_MASK0 = 0x201,
    MTRR_FIX64K = 0x250,
    PAT = 0x277,
    MTRR_DEF_TYPE = 0x2ff,
};
#define EFER    0xc0000080u
#define STAR    0xc0000081u
#define FMASK   0xc0000084u
#define GSBASE  0xc0000101u
#define TSC_AUX 0xc0000103u

static uint64_t msr(TcgCpu *t, uint32_t index)
{
    uint64_t v = 0x5a5a;

    g_assert_true(tcg_read_msr(t, index, &v));
    return v;
}

/* Ranges where some kernel or firmware finds something. */
static const struct {
    uint32_t first, nr;
} ranges[] = {
    {0, 0x2000},         {0x40000000, 0x200},   {0x4b564d00, 0x100},
    {0x80000000, 0x100}, {0xc0000000u, 0x2000}, {0xc0010000u, 0x2000},
    {0xfffffff0u, 0x10},
};

static void write_all(TcgCpu *t, uint64_t v)
{
    for (unsigned r = 0; r < G_N_ELEMENTS(ranges); r++) {
        for (uint32_t i = 0; i < ranges[r].nr; i++) {
            uint64_t old;

            tcg_write_msr(t, ranges[r].first + i, v);
            tcg_read_msr(t, ranges[r].first + i, &old);
        }
    }
}

static void test_hostile(void)
{
    static const uint64_t values[] = {
        0,
        1,
        UINT64_MAX,
        UINT64_C(1) << 63,
        UINT32_MAX,
        0xfee00900,
        UINT64_C(0x5555555555555555),
        UINT64_C(0x0606060606060606),
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
        TcgCpu *t = tcg_test_start(TEST_LONG);

        write_all(t, values[i]);
        /* Still in long mode, and it runs. */
        TEST_RUN(t, 0xb8, 0x78, 0x56, 0x34, 0x12, 0xf4);
        g_assert_cmphex(t->env.regs[R_EAX], ==, 0x12345678);
    }
}

static void test_cpuid(void)
{
    static const uint32_t bases[] = {0,           0x40000000,  0x40000100,
                                     0x80000000u, 0xc0000000u, 0xfffffff0u};
    TcgCpu *t = tcg_test_start(TEST_LONG);
    uint32_t r[4];

    for (unsigned b = 0; b < G_N_ELEMENTS(bases); b++) {
        for (uint32_t i = 0; i < 0x40; i++) {
            for (uint32_t sub = 0; sub < 0x40; sub++) {
                x86_cpu_cpuid(t->cpu, bases[b] + i, sub, &r[0], &r[1], &r[2],
                              &r[3]);
            }
        }
    }
    /* mov eax, 1; cpuid; hlt: upper halves are cleared. */
    t->env.regs[R_EBX] = t->env.regs[R_ECX] = UINT64_MAX;
    TEST_RUN(t, 0xb8, 1, 0, 0, 0, 0x0f, 0xa2, 0xf4);
    g_assert_cmphex(t->env.regs[R_EBX] >> 32, ==, 0);
    g_assert_cmphex(t->env.regs[R_ECX] >> 32, ==, 0);
    g_assert_cmphex(t->env.regs[R_EDX] & 1, ==, 1);
}

static void test_efer(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);
    uint64_t efer = msr(t, EFER);

    g_assert_cmphex(efer, ==, EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE);
    /* LME does not change while paging is on; LMA is not written. */
    g_assert_false(tcg_write_msr(t, EFER, efer & ~(uint64_t)EFER_LME));
    g_assert_false(tcg_write_msr(t, EFER, efer | 2));
    g_assert_true(tcg_write_msr(t, EFER, efer & ~(uint64_t)EFER_LMA));
    g_assert_cmphex(msr(t, EFER), ==, efer);
    t = tcg_test_start(TEST_PROT32);
    g_assert_true(tcg_write_msr(t, EFER, EFER_LME | EFER_LMA));
    g_assert_cmphex(msr(t, EFER), ==, EFER_LME);
}

static void test_plain(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    g_assert_true(tcg_write_msr(t, STAR, UINT64_MAX));
    g_assert_cmphex(msr(t, STAR), ==, UINT64_MAX);
    g_assert_true(tcg_write_msr(t, FMASK, UINT64_MAX));
    g_assert_cmphex(msr(t, FMASK), ==, UINT32_MAX);
    g_assert_true(tcg_write_msr(t, SYSENTER_CS, 0x12345));
    g_assert_cmphex(msr(t, SYSENTER_CS), ==, 0x2345);
    g_assert_false(tcg_write_msr(t, TSC_AUX, UINT64_C(1) << 32));
    g_assert_true(tcg_write_msr(t, TSC_AUX, 7));
    g_assert_cmphex(msr(t, TSC_AUX), ==, 7);
    g_assert_false(tcg_write_msr(t, GSBASE, UINT64_C(1) << 47));
    g_assert_true(tcg_write_msr(t, GSBASE, UINT64_C(0xffff800000000000)));
    g_assert_cmphex(REG64(t, SLOT_SEG_BASE + 8 * R_GS), ==,
                    UINT64_C(0xffff800000000000));
    /* A register that nobody has. */
    g_assert_true(tcg_write_msr(t, 0x12345, 1));
    g_assert_cmphex(msr(t, 0x12345), ==, 0);
    g_assert_cmphex(msr(t, UCODE_REV), !=, 0);
}

static void test_memory_types(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    g_assert_true(tcg_write_msr(t, PAT, UINT64_C(0x0007040600070406)));
    g_assert_cmphex(msr(t, PAT), ==, UINT64_C(0x0007040600070406));
    g_assert_false(tcg_write_msr(t, PAT, 3));
    g_assert_false(tcg_write_msr(t, PAT, 8));
    g_assert_true(tcg_write_msr(t, MTRR_FIX64K, UINT64_C(0x0605040100060606)));
    g_assert_false(tcg_write_msr(t, MTRR_FIX64K, 7)); /* only in the PAT */
    g_assert_true(tcg_write_msr(t, MTRR_MASK0, 0xfff800));
    g_assert_cmphex(msr(t, MTRR_MASK0), ==, 0xfff800);
    g_assert_false(tcg_write_msr(t, MTRR_MASK0, 0x400));
    g_assert_false(tcg_write_msr(t, MTRR_MASK0, UINT64_C(1) << 50));
    g_assert_true(tcg_write_msr(t, MTRR_DEF_TYPE, 0xc06));
    g_assert_false(tcg_write_msr(t, MTRR_DEF_TYPE, 0x1006));
}

static void test_tsc(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);
    uint64_t before = x86_guest_tsc(&t->env), adjust = msr(t, TSC_ADJUST);

    g_assert_true(tcg_write_msr(t, TSC_ADJUST, adjust + 1000000000000));
    g_assert_cmphex(x86_guest_tsc(&t->env) - before, >=, 1000000000000);
    g_assert_cmphex(x86_guest_tsc(&t->env) - before, <, 2000000000000);
    g_assert_true(tcg_write_msr(t, TSC, 5000));
    g_assert_cmphex(msr(t, TSC), <, 1000000000000);
    /* A write to the TSC moves TSC_ADJUST with it. */
    g_assert_cmphex(msr(t, TSC_ADJUST), !=, adjust + 1000000000000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tcg/msr/hostile", test_hostile);
    g_test_add_func("/tcg/msr/cpuid", test_cpuid);
    g_test_add_func("/tcg/msr/efer", test_efer);
    g_test_add_func("/tcg/msr/plain", test_plain);
    g_test_add_func("/tcg/msr/memory-types", test_memory_types);
    g_test_add_func("/tcg/msr/tsc", test_tsc);
    return g_test_run();
}
