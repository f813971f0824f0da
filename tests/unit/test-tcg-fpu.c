/*
 * x87, MMX and SSE of the software CPU where no processor's user mode can be
 * compared with: control registers, pointers of the FPU, images in memory.
 * Results are the differential tester's (tests/difftest).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tcg-harness.h"
#include "util/bswap.h"

/* Sets registers before the code runs. */
#define WITH(t, change) \
    do { \
        CPUX86State *env = &(t)->env; \
        tcg_get_state(CPU((t)->cpu)); \
        change; \
        tcg_put_state(CPU((t)->cpu)); \
    } while (0)

static uint64_t frame(TcgCpu *t, int word)
{
    return ldq_le_p(tcg_test_ram() + t->env.regs[R_ESP] + word * 8);
}

#define EXPECT_VECTOR(t, v) g_assert_cmpint(tcg_test_vector(t), ==, v)

/* ------------------------------------------------------------------- images */

static void test_fxsave64(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);
    const uint8_t *fx = tcg_test_ram() + TEST_DATA + 0x1000;

    WITH(t, env->xmm[15].q[1] = 0x1234567890abcdef);
    stq_le_p(tcg_test_ram() + TEST_DATA, 0x4000000000000000); /* 2.0 */
    memset(tcg_test_ram() + TEST_DATA + 0x1000, 0xee, 512);
    /* fld1; fld qword [TEST_DATA]; fxsave64 [TEST_DATA + 0x1000]; hlt */
    TEST_RUN(t, 0xd9, 0xe8, 0xdd, 0x04, 0x25, 0x00, 0x00, 0x20, 0x00, 0x48,
             0x0f, 0xae, 0x04, 0x25, 0x00, 0x10, 0x20, 0x00, 0xf4);
    EXPECT_VECTOR(t, -1);
    g_assert_cmphex(ldw_le_p(fx), ==, 0x37f);
    g_assert_cmphex(ldw_le_p(fx + 2), ==, 6 << 11);
    g_assert_cmphex(fx[4], ==, 0xc0);
    g_assert_cmphex(ldw_le_p(fx + 6), ==, 0x504);
    g_assert_cmphex(ldq_le_p(fx + 8), ==, TEST_CODE + 2);
    g_assert_cmphex(ldq_le_p(fx + 16), ==, TEST_DATA);
    g_assert_cmphex(ldl_le_p(fx + 24), ==, 0x1f80);
    g_assert_cmphex(ldl_le_p(fx + 28), ==, 0xffff);
    g_assert_cmphex(ldq_le_p(fx + 32), ==, UINT64_C(1) << 63);
    g_assert_cmphex(ldw_le_p(fx + 40), ==, 0x4000);
    g_assert_cmphex(ldw_le_p(fx + 56), ==, 0x3fff);
    g_assert_cmphex(ldq_le_p(fx + 408), ==, 0x1234567890abcdef);
    g_assert_cmphex(fx[416], ==, 0xee); /* software's own */
}

/* In 32-bit code: selectors, and only eight XMM registers. */
static void test_fxsave32(void)
{
    TcgCpu *t = tcg_test_start(TEST_PROT32);
    uint8_t *fx = tcg_test_ram() + TEST_DATA;

    memset(fx, 0xee, 512);
    /* fld1; fst dword [TEST_DATA + 0x800]; fxsave [TEST_DATA];
     * fninit; fxrstor [TEST_DATA]; hlt */
    TEST_RUN(t, 0xd9, 0xe8, 0xd9, 0x15, 0x00, 0x08, 0x20, 0x00, 0x0f, 0xae,
             0x05, 0x00, 0x00, 0x20, 0x00, 0xdb, 0xe3, 0x0f, 0xae, 0x0d, 0x00,
             0x00, 0x20, 0x00, 0xf4);
    EXPECT_VECTOR(t, -1);
    g_assert_cmphex(ldw_le_p(fx + 6), ==, 0x115);
    g_assert_cmphex(ldl_le_p(fx + 8), ==, TEST_CODE + 2);
    g_assert_cmphex(ldw_le_p(fx + 12), ==, TEST_CS32);
    g_assert_cmphex(ldl_le_p(fx + 16), ==, TEST_DATA + 0x800);
    g_assert_cmphex(ldw_le_p(fx + 20), ==, TEST_DS);
    g_assert_cmphex(fx[160 + 128], ==, 0xee);
    g_assert_cmphex(t->env.fpus, ==, 7 << 11);
    g_assert_cmphex(t->env.fptags, ==, 0x7f);
    g_assert_cmphex(t->env.fpip, ==, TEST_CODE + 2);
    g_assert_cmphex(t->env.fpregs[7].se, ==, 0x3fff);
}

static void test_fxrstor_reserved(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    stl_le_p(tcg_test_ram() + TEST_DATA + 24, 0x10000);
    /* fxrstor [TEST_DATA] */
    TEST_RUN(t, 0x0f, 0xae, 0x0c, 0x25, 0x00, 0x00, 0x20, 0x00, 0xf4);
    EXPECT_VECTOR(t, EXCP0D_GPF);
    t = tcg_test_start(TEST_LONG);
    /* fxsave [TEST_DATA + 8] */
    TEST_RUN(t, 0x0f, 0xae, 0x04, 0x25, 0x08, 0x00, 0x20, 0x00, 0xf4);
    EXPECT_VECTOR(t, EXCP0D_GPF);
    t = tcg_test_start(TEST_LONG);
    stl_le_p(tcg_test_ram() + TEST_DATA, 0x10000);
    /* ldmxcsr [TEST_DATA] */
    TEST_RUN(t, 0x0f, 0xae, 0x14, 0x25, 0x00, 0x00, 0x20, 0x00, 0xf4);
    EXPECT_VECTOR(t, EXCP0D_GPF);
    g_assert_cmphex(t->env.mxcsr, ==, 0x1f80);
}

static void test_fnstenv(void)
{
    TcgCpu *t = tcg_test_start(TEST_PROT32);
    const uint8_t *p = tcg_test_ram() + TEST_DATA;

    /* fld1; fnstenv [TEST_DATA]; hlt */
    TEST_RUN(t, 0xd9, 0xe8, 0xd9, 0x35, 0x00, 0x00, 0x20, 0x00, 0xf4);
    EXPECT_VECTOR(t, -1);
    g_assert_cmphex(ldl_le_p(p), ==, 0xffff037f);
    g_assert_cmphex(ldl_le_p(p + 4), ==, 0xffff3800);
    g_assert_cmphex(ldl_le_p(p + 8), ==, 0xffff3fff);
    g_assert_cmphex(ldl_le_p(p + 12), ==, TEST_CODE);
    g_assert_cmphex(ldl_le_p(p + 16), ==, 0x1e8 << 16 | TEST_CS32);
    /* Real mode, 16 bits: linear addresses. */
    t = tcg_test_start(TEST_REAL);
    p = tcg_test_ram() + 0x6000;
    /* fld1; fnstenv [0x6000]; hlt */
    TEST_RUN(t, 0xd9, 0xe8, 0xd9, 0x36, 0x00, 0x60, 0xf4);
    g_assert_cmphex(ldw_le_p(p), ==, 0x37f);
    g_assert_cmphex(ldw_le_p(p + 2), ==, 0x3800);
    g_assert_cmphex(ldw_le_p(p + 4), ==, 0x3fff);
    g_assert_cmphex(ldw_le_p(p + 6), ==, TEST_CODE_REAL);
    g_assert_cmphex(ldw_le_p(p + 8), ==, 0x1e8);
    g_assert_cmphex(ldw_le_p(p + 14), ==, 0);
}

/* --------------------------------------------------------------- exceptions */

static void test_pending_x87(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    WITH(t, env->fpuc = 0x37b); /* divide by zero is not masked */
    /* fld1; fldz; fdivp; mov al, 1; fwait; hlt */
    TEST_RUN(t, 0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9, 0xb0, 1, 0x9b, 0xf4);
    EXPECT_VECTOR(t, EXCP10_COPR);
    g_assert_cmphex(frame(t, 0), ==, TEST_CODE + 8);
    g_assert_cmphex(t->env.fpip, ==, TEST_CODE + 4);
    g_assert_cmphex(t->env.fpus, ==, 0x8084 | 6 << 11);
    /* FNSTSW, FNCLEX do not wait. */
    t = tcg_test_start(TEST_LONG);
    WITH(t, env->fpuc = 0x37b);
    TEST_RUN(t, 0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9, 0xdf, 0xe0, 0xdb, 0xe2,
             0x9b, 0xf4);
    EXPECT_VECTOR(t, -1);
    g_assert_cmphex(t->env.regs[R_EAX] & 0xffff, ==, 0x8084 | 6 << 11);
    g_assert_cmphex(t->env.fpus, ==, 6 << 11);
}

/* Without CR0.NE the exception goes to the board, which there is none of. */
static void test_pending_without_ne(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    WITH(t, env->fpuc = 0x37b; env->cr[0] &= ~(uint64_t)CR0_NE);
    TEST_RUN(t, 0xd9, 0xe8, 0xd9, 0xee, 0xde, 0xf9, 0x9b, 0xdb, 0xe2, 0xf4);
    EXPECT_VECTOR(t, -1);
    g_assert_cmphex(t->env.fpus, ==, 6 << 11);
}

/* An MMX instruction waits too. */
static void test_pending_mmx(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    WITH(t, env->fpuc = 0x37b; env->fpus = 0x8084);
    TEST_RUN(t, 0x0f, 0xef, 0xc0, 0xf4); /* pxor mm0, mm0 */
    EXPECT_VECTOR(t, EXCP10_COPR);
}

static void test_simd_exception(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    /* xorps xmm0, xmm0; divss xmm0, xmm0: invalid */
    WITH(t, env->mxcsr = 0x1f00);
    TEST_RUN(t, 0x0f, 0x57, 0xc0, 0xf3, 0x0f, 0x5e, 0xc0, 0xf4);
    EXPECT_VECTOR(t, EXCP13_SSE);
    g_assert_cmphex(t->env.mxcsr, ==, 0x1f01);
    g_assert_cmphex(frame(t, 0), ==, TEST_CODE + 3);
    t = tcg_test_start(TEST_LONG);
    WITH(t, env->mxcsr = 0x1f00; env->cr[4] &= ~CR4_OSXMMEXCPT);
    TEST_RUN(t, 0x0f, 0x57, 0xc0, 0xf3, 0x0f, 0x5e, 0xc0, 0xf4);
    EXPECT_VECTOR(t, EXCP06_ILLOP);
}

static void test_alignment(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    /* movups [TEST_DATA + 1], xmm0; movaps [TEST_DATA + 1], xmm0 */
    TEST_RUN(t, 0x0f, 0x11, 0x04, 0x25, 1, 0, 0x20, 0, 0x0f, 0x29, 0x04, 0x25,
             1, 0, 0x20, 0, 0xf4);
    EXPECT_VECTOR(t, EXCP0D_GPF);
    g_assert_cmphex(frame(t, 0), ==, 0);
    g_assert_cmphex(frame(t, 1), ==, TEST_CODE + 8);
}

/* ---------------------------------------------------------- CR0, CR4 rules */

typedef struct Rule {
    const char *what;
    uint8_t code[4];
    uint64_t cr0;     /* of TS, EM, MP */
    uint64_t not_cr4; /* cleared */
    int vector;
} Rule;

#define FLD1  {0xd9, 0xe8, 0xf4}
#define FWAIT {0x9b, 0xf4}
#define PXOR  {0x0f, 0xef, 0xc0, 0xf4} /* MMX */
#define XORPS {0x0f, 0x57, 0xc0, 0xf4}
#define EMMS  {0x0f, 0x77, 0xf4}

static const Rule rules[] = {
    {"fld1, TS", FLD1, CR0_TS, 0, EXCP07_PREX},
    {"fld1, EM", FLD1, CR0_EM, 0, EXCP07_PREX},
    {"fld1, MP", FLD1, CR0_MP, 0, -1},
    {"fwait, TS", FWAIT, CR0_TS, 0, -1},
    {"fwait, TS MP", FWAIT, CR0_TS | CR0_MP, 0, EXCP07_PREX},
    {"fwait, EM", FWAIT, CR0_EM, 0, -1},
    {"pxor, TS", PXOR, CR0_TS, 0, EXCP07_PREX},
    {"pxor, EM", PXOR, CR0_EM, 0, EXCP06_ILLOP},
    {"pxor, EM TS", PXOR, CR0_EM | CR0_TS, 0, EXCP06_ILLOP},
    {"pxor, no OSFXSR", PXOR, CR0_MP, CR4_OSFXSR, -1},
    {"emms, TS", EMMS, CR0_TS, 0, EXCP07_PREX},
    {"emms, EM", EMMS, CR0_EM, 0, EXCP06_ILLOP},
    {"xorps, TS", XORPS, CR0_TS, 0, EXCP07_PREX},
    {"xorps, EM", XORPS, CR0_EM, 0, EXCP06_ILLOP},
    {"xorps, no OSFXSR", XORPS, CR0_MP, CR4_OSFXSR, EXCP06_ILLOP},
    {"xorps, no OSFXSR TS", XORPS, CR0_TS, CR4_OSFXSR, EXCP06_ILLOP},
};

static void test_rules(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(rules); i++) {
        const Rule *r = &rules[i];
        TcgCpu *t = tcg_test_start(TEST_LONG);

        g_test_message("%s", r->what);
        WITH(t, env->cr[0] &= ~(uint64_t)(CR0_TS | CR0_EM | CR0_MP);
             env->cr[0] |= r->cr0; env->cr[4] &= ~r->not_cr4);
        tcg_test_write(TEST_CODE, r->code, sizeof(r->code));
        tcg_test_run(t);
        EXPECT_VECTOR(t, r->vector);
    }
}

/* What -cpu does not have is undefined, whatever the host has. */
static void test_features(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);
    uint32_t *word = &t->cpu->features[FEAT_1_ECX], saved = *word;

    *word &= ~(1u << 9); /* SSSE3 */
    TEST_RUN(t, 0x66, 0x0f, 0x38, 0x00, 0xc1, 0xf4); /* pshufb */
    EXPECT_VECTOR(t, EXCP06_ILLOP);
    *word = saved;
    t = tcg_test_start(TEST_LONG);
    TEST_RUN(t, 0xc5, 0xf9, 0xef, 0xc1, 0xf4); /* vpxor: no AVX here */
    EXPECT_VECTOR(t, EXCP06_ILLOP);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tcg/fpu/fxsave64", test_fxsave64);
    g_test_add_func("/tcg/fpu/fxsave32", test_fxsave32);
    g_test_add_func("/tcg/fpu/fxrstor-reserved", test_fxrstor_reserved);
    g_test_add_func("/tcg/fpu/fnstenv", test_fnstenv);
    g_test_add_func("/tcg/fpu/pending-x87", test_pending_x87);
    g_test_add_func("/tcg/fpu/pending-without-ne", test_pending_without_ne);
    g_test_add_func("/tcg/fpu/pending-mmx", test_pending_mmx);
    g_test_add_func("/tcg/fpu/simd-exception", test_simd_exception);
    g_test_add_func("/tcg/fpu/alignment", test_alignment);
    g_test_add_func("/tcg/fpu/rules", test_rules);
    g_test_add_func("/tcg/fpu/features", test_features);
    return g_test_run();
}
