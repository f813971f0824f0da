/*
 * Integer instructions with the answers of real processors (AMD's, Intel's
 * where they agree), where they are easily got wrong: what the differential
 * tester found, decimal arithmetic, and what decoding merges or drops.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tcg-harness.h"

/* Six flags in and out, as EFLAGS has them. */
typedef struct IntCase {
    const char *name;
    TestMode mode;
    uint8_t code[24];
    uint8_t len;
    uint64_t ax, cx, dx;
    uint16_t flags;
    uint64_t want_ax, want_cx, want_dx;
    uint16_t want_flags;
} IntCase;

#define ALL 0x8d5
#define L64 TEST_LONG
#define P32 TEST_PROT32

/* clang-format off */
static const IntCase cases[] = {
    /* Shifts: counts of 0 and above the operand's size. */
    {"shld ax, dx, 15", L64, {0x66, 0x0f, 0xa4, 0xd0, 15}, 5,
     0x4567, 0, 0x23c6, 0, 0x91e3, 0, 0x23c6, 0x091},
    {"shld ax, dx, 16", L64, {0x66, 0x0f, 0xa4, 0xd0, 16}, 5,
     0x231b, 0, 0xe9e8, 0, 0xe9e8, 0, 0xe9e8, 0x895},
    {"shld ax, dx, 17", L64, {0x66, 0x0f, 0xa4, 0xd0, 17}, 5,
     0xa858, 0, 0x5ae9, ALL, 0xb5d2, 0, 0x5ae9, 0x094},
    {"shrd ax, dx, 17", L64, {0x66, 0x0f, 0xac, 0xd0, 17}, 5,
     0xa8af, 0, 0x703b, ALL, 0xb81d, 0, 0x703b, 0x894},
    {"shl eax, cl, 0", L64, {0xd3, 0xe0}, 2,
     0x1234567890, 32, 0, ALL, 0x34567890, 32, 0, ALL},
    {"shl al, 9", L64, {0xc0, 0xe0, 9}, 3,
     0xff, 0, 0, ALL, 0, 0, 0, 0x054},
    {"shl al, 8", L64, {0xc0, 0xe0, 8}, 3,
     0x01, 0, 0, 0, 0, 0, 0, 0x855},
    {"sar al, 31", L64, {0xc0, 0xf8, 31}, 3,
     0x80, 0, 0, 0, 0xff, 0, 0, 0x095},
    {"rol al, 8", L64, {0xc0, 0xc0, 8}, 3,
     0x81, 0, 0, 0, 0x81, 0, 0, 0x001},
    {"rcr al, 18", L64, {0xc0, 0xd8, 18}, 3,
     0xdd, 0, 0, ALL, 0xdd, 0, 0, 0x0d5},
    {"rcl ax, 17", L64, {0x66, 0xc1, 0xd0, 17}, 4,
     0x8001, 0, 0, 1, 0x8001, 0, 0, 0x001},

    /* 32-bit registers: what is written, and so extended, and what is not. */
    {"cmpxchg ecx, edx, unequal", L64, {0x0f, 0xb1, 0xd1}, 3,
     0xffffffff00000001, UINT64_C(0xffffffff00000002), 3, 0,
     2, UINT64_C(0xffffffff00000002), 3, 0x095},
    {"bsf eax, ecx, none", L64, {0x0f, 0xbc, 0xc1}, 3,
     UINT64_MAX, 0, 0, ALL, UINT64_MAX, 0, 0, 0x044},
    {"cmovz eax, ecx, not", L64, {0x0f, 0x44, 0xc1}, 3,
     UINT64_MAX, 5, 0, 0, UINT32_MAX, 5, 0, 0},
    {"bswap ax", L64, {0x66, 0x0f, 0xc8}, 3,
     0x11223344, 0, 0, 0, 0x11220000, 0, 0, 0},
    {"xadd eax, eax", L64, {0x0f, 0xc1, 0xc0}, 3,
     3, 0, 0, 0, 6, 0, 0, 0x004},

    /* Flags that stay. */
    {"imul eax, ecx, overflow", L64, {0x0f, 0xaf, 0xc1}, 3,
     0x10000, 0x10000, 0, 0x0d4, 0, 0x10000, 0, ALL},
    {"div ecx", L64, {0xf7, 0xf1}, 2,
     100, 7, 0, ALL, 14, 7, 2, 0x811},
    {"inc eax", L64, {0xff, 0xc0}, 2,
     0x7fffffff, 0, 0, 1, 0x80000000, 0, 0, 0x895},
    {"add al, 1; inc ecx; adc edx, 0", L64,
     {0x04, 1, 0xff, 0xc1, 0x83, 0xd2, 0}, 7,
     0xff, 1, 7, 0, 0, 2, 8, 0},
    {"add eax, ecx; adc edx, edx; adc ecx, 0", L64,
     {0x01, 0xc8, 0x11, 0xd2, 0x83, 0xd1, 0}, 7,
     0xffffffff, 2, 0x80000000, 0, 1, 3, 1, 0x004},
    {"cmp eax, ecx; sbb edx, edx", L64, {0x39, 0xc8, 0x19, 0xd2}, 4,
     1, 2, 5, 0, 1, 2, UINT32_MAX, 0x095},
    {"stc; lahf", L64, {0xf9, 0x9f}, 2, 0, 0, 0, 0x40, 0x4300, 0, 0, 0x41},

    /* A copy and what changes it become one. */
    {"mov eax, ecx; sub eax, eax", L64, {0x89, 0xc8, 0x29, 0xc0}, 4,
     1, 2, 3, 0, 0, 2, 3, 0x044},
    {"mov eax, ecx; add eax, eax", L64, {0x89, 0xc8, 0x01, 0xc0}, 4,
     1, 2, 3, 0, 4, 2, 3, 0},
    {"mov eax, ecx; add rax, rdx", L64, {0x89, 0xc8, 0x48, 0x01, 0xd0}, 5,
     1, UINT64_MAX, 1, 0, 0x100000000, UINT64_MAX, 1, 0x014},
    {"mov rax, rcx; shl eax, 4", L64, {0x48, 0x89, 0xc8, 0xc1, 0xe0, 4}, 6,
     1, UINT64_MAX, 0, 0, 0xfffffff0, UINT64_MAX, 0, 0x095},
    {"mov ecx, eax; shl ecx, cl", L64, {0x89, 0xc1, 0xd3, 0xe1}, 4,
     3, 9, 0, 0, 3, 24, 0, 0x014},
    {"mov rax, rcx; not rax", L64, {0x48, 0x89, 0xc8, 0x48, 0xf7, 0xd0}, 6,
     1, 2, 0, ALL, UINT64_C(0xfffffffffffffffd), 2, 0, ALL},

    /* Decimal arithmetic. */
    {"daa", P32, {0x27}, 1, 0x1a, 0, 0, 3, 0x80, 0, 0, 0x891},
    {"daa, both digits", P32, {0x27}, 1, 0x9a, 0, 0, 0, 0, 0, 0, 0x055},
    {"das", P32, {0x2f}, 1, 0x80, 0, 0, 0x13, 0x1a, 0, 0, 0x811},
    {"das, borrow", P32, {0x2f}, 1, 0x05, 0, 0, 0x10, 0xff, 0, 0, 0x095},
    {"aaa", P32, {0x37}, 1, 0x0c, 0, 0, 2, 0x102, 0, 0, 0x015},
    {"aas", P32, {0x3f}, 1, 0x06, 0, 0, 0x12, 0xff00, 0, 0, 0x095},
    {"aam", P32, {0xd4, 10}, 2, 63, 0, 0, 0, 0x603, 0, 0, 0x004},
    {"aad", P32, {0xd5, 10}, 2, 0x108, 0, 0, 2, 0x12, 0, 0, 0x014},
    {"salc", P32, {0xd6}, 1, 0x1200, 0, 0, 1, 0x12ff, 0, 0, 1},

    /* 16-bit counters and addresses. */
    {"loop, 16-bit counter", TEST_REAL, {0x40, 0xe2, 0xfd}, 3,
     0, 0x50003, 0, 0, 3, 0x50000, 0, 0x004},
    {"jcxz", TEST_REAL, {0xe3, 1, 0x40, 0x40}, 4,
     5, 0x10000, 0, 0, 6, 0x10000, 0, 0x004},
};
/* clang-format on */

static void run_case(const void *opaque)
{
    const IntCase *c = opaque;
    TcgCpu *t = tcg_test_start(c->mode);
    uint64_t *regs = t->env.regs;

    regs[R_EAX] = c->ax;
    regs[R_ECX] = c->cx;
    regs[R_EDX] = c->dx;
    tcg_set_eflags(t, c->flags, 0);
    tcg_test_write(t->env.rip, c->code, c->len);
    tcg_test_write(t->env.rip + c->len, "\xf4", 1);
    tcg_test_run(t);
    g_assert_cmpint(tcg_test_vector(t), ==, -1);
    g_assert_cmphex(regs[R_EAX], ==, c->want_ax);
    g_assert_cmphex(regs[R_ECX], ==, c->want_cx);
    g_assert_cmphex(regs[R_EDX], ==, c->want_dx);
    g_assert_cmphex(tcg_get_eflags(t) & CC_ALL, ==, c->want_flags);
}

/*
 * A store that changes its own block, in front of a merged copy and addition:
 * the copy is done once, not skipped.
 */
static void test_merged_stale(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);

    t->env.regs[R_EBX] = 40;
    /* mov byte [rip + 5], 0x03: the constant of "add eax, 2";
     * mov eax, ebx; add eax, 2; hlt */
    TEST_RUN(t, 0xc6, 0x05, 4, 0, 0, 0, 0x03, 0x89, 0xd8, 0x83, 0xc0, 2, 0xf4);
    g_assert_cmphex(t->env.regs[R_EAX], ==, 43);
}

/* Strings that overlap, and wrap at 16 bits. */
static void test_strings(void)
{
    TcgCpu *t = tcg_test_start(TEST_LONG);
    uint8_t *ram = tcg_test_ram();

    memcpy(ram + TEST_DATA, "abcdefgh", 8);
    t->env.regs[R_ESI] = TEST_DATA;
    t->env.regs[R_EDI] = TEST_DATA + 1;
    t->env.regs[R_ECX] = 6;
    TEST_RUN(t, 0xf3, 0xa4, 0xf4); /* rep movsb: fills */
    g_assert_cmpmem(ram + TEST_DATA, 8, "aaaaaaah", 8);
    t = tcg_test_start(TEST_LONG);
    memcpy(ram + TEST_DATA, "abcdefgh", 8);
    t->env.regs[R_ESI] = TEST_DATA + 6;
    t->env.regs[R_EDI] = TEST_DATA + 7;
    t->env.regs[R_ECX] = 7;
    TEST_RUN(t, 0xfd, 0xf3, 0xa4, 0xf4); /* std; rep movsb: moves up */
    g_assert_cmpmem(ram + TEST_DATA, 8, "aabcdefg", 8);
    t = tcg_test_start(TEST_REAL);
    t->env.regs[R_EAX] = 0x55;
    t->env.regs[R_EDI] = 0xfffe;
    t->env.regs[R_ECX] = 4;
    memset(ram + 0x10000, 0, 2);
    TEST_RUN(t, 0xf3, 0xaa, 0xf4); /* rep stosb */
    g_assert_cmpmem(ram, 3, "\x55\x55", 3);
    g_assert_cmpmem(ram + 0xfffe, 2, "\x55\x55", 2);
    g_assert_cmpuint(ram[0x10000], ==, 0);
    g_assert_cmphex(t->env.regs[R_EDI], ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/tcg/int/%u: %s", i,
                                                cases[i].name);

        g_test_add_data_func(path, &cases[i], run_case);
    }
    g_test_add_func("/tcg/int/merged-stale", test_merged_stale);
    g_test_add_func("/tcg/int/strings", test_strings);
    return g_test_run();
}
