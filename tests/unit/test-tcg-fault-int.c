/*
 * Integer instructions that fault: which access faults first, and that nothing
 * has changed by then but what the manuals say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tcg-fault.h"

#define FREE FAULT_UNMAPPED
/* The first byte of a read-only page, which the last one before it is not. */
#define READ_ONLY (TEST_DATA + 0x1000)
/* RAM of the last page before FREE. */
#define LAST_PAGE (TEST_DATA + 0x3000)

static uint64_t before[CPU_NB_REGS];

/* ----------------------------------------------------------------- set-ups */

/* Values by which changes are seen; RSI and RDI are at good memory. */
static void set_regs(TcgCpu *t)
{
    for (int i = 0; i < CPU_NB_REGS; i++) {
        if (i != R_ESP) {
            t->env.regs[i] = UINT64_C(0x1111111111111111) * i;
        }
    }
    t->env.regs[R_EAX] = 0x0123456789abcdef;
    t->env.regs[R_ESI] = TEST_DATA;
    t->env.regs[R_EDI] = TEST_DATA + 0x100;
    t->env.eflags |= CC_C | CC_Z | CC_S;
    memcpy(before, t->env.regs, sizeof(before));
}

static void set_reg(TcgCpu *t, int reg, uint64_t v)
{
    set_regs(t);
    t->env.regs[reg] = before[reg] = v;
}

static void set_rdi_free(TcgCpu *t)
{
    set_reg(t, R_EDI, FREE);
}
static void set_rsi_free(TcgCpu *t)
{
    set_reg(t, R_ESI, FREE);
}
static void set_rsp_free(TcgCpu *t)
{
    set_reg(t, R_ESP, FREE + 0x100);
}
static void set_rbp_free(TcgCpu *t)
{
    set_reg(t, R_EBP, FREE + 0x100);
}
static void set_rdi_odd(TcgCpu *t)
{
    set_reg(t, R_EDI, TEST_DATA + 8);
}
/* A page of TEST_DATA read-only, also for the supervisor. */
static void set_read_only(TcgCpu *t)
{
    for (unsigned i = 0; i < 512; i++) {
        uint64_t page = TEST_DATA + i * 0x1000;

        fault_put(TEST_PT + i * 8, page | (page == READ_ONLY ? 5 : 7), 8);
    }
    fault_put(TEST_PD + TEST_DATA / (2 * MiB) * 8, TEST_PT | 7, 8);
    set_reg(t, R_EDI, READ_ONLY);
}
/* The last eight bytes that are there, and a count of 10. */
static void set_string(TcgCpu *t, int reg)
{
    fault_put(TEST_PD + 511 * 8, TEST_PT | 7, 8);
    fault_put(TEST_PT + 511 * 8, LAST_PAGE | 7, 8);
    fault_put(LAST_PAGE + 0xff8, 0x8877665544332211, 8);
    set_reg(t, reg, FREE - 8);
    t->env.regs[R_ECX] = before[R_ECX] = 10;
}
static void set_string_to(TcgCpu *t)
{
    set_string(t, R_EDI);
}
static void set_string_from(TcgCpu *t)
{
    set_string(t, R_ESI);
}
static void set_string_down(TcgCpu *t)
{
    set_read_only(t);
    t->env.regs[R_EDI] = before[R_EDI] = READ_ONLY + 0x1002;
    t->env.regs[R_ECX] = before[R_ECX] = 10;
    t->env.eflags |= DF_MASK;
}
static void set_divide(TcgCpu *t, uint64_t dx, uint64_t ax, uint64_t by)
{
    set_reg(t, R_ECX, by);
    t->env.regs[R_EDX] = before[R_EDX] = dx;
    t->env.regs[R_EAX] = before[R_EAX] = ax;
}
static void set_div_zero(TcgCpu *t)
{
    set_divide(t, 0, 1, 0);
}
static void set_div_over(TcgCpu *t)
{
    set_divide(t, 5, 0, 5);
}
static void set_idiv_over(TcgCpu *t)
{
    set_divide(t, UINT64_MAX, (uint64_t)1 << 63, UINT64_MAX);
}
static void set_idiv_big(TcgCpu *t)
{
    /* -2^64 by 2: one too many for a negative quotient is 2^63 + 1. */
    set_divide(t, UINT64_MAX - 1, UINT64_MAX - 1, 2);
}
static void set_ret_bad(TcgCpu *t)
{
    set_regs(t);
    fault_put(t->env.regs[R_ESP], 0x800000000000, 8);
}

/* ------------------------------------------------------------------- checks */

/* All but the stack pointer, which the handler's frame has. */
static void check_regs(TcgCpu *t)
{
    for (int i = 0; i < CPU_NB_REGS; i++) {
        if (i != R_ESP) {
            g_assert_cmphex(t->env.regs[i], ==, before[i]);
        }
    }
}
static void check_same_error(TcgCpu *t)
{
    check_regs(t);
    g_assert_cmphex(fault_frame(t, 4), ==, before[R_ESP]);
    g_assert_cmphex(fault_frame(t, 3) & CC_ALL, ==, CC_C | CC_Z | CC_S);
}
static void check_same(TcgCpu *t)
{
    check_regs(t);
    g_assert_cmphex(fault_frame(t, 3), ==, before[R_ESP]);
    g_assert_cmphex(fault_frame(t, 2) & CC_ALL, ==, CC_C | CC_Z | CC_S);
}

/* Eight bytes or four words were done. */
static void check_moved(TcgCpu *t, unsigned n, int64_t step, bool from, bool to)
{
    before[R_ECX] -= n;
    before[R_ESI] += from ? n * step : 0;
    before[R_EDI] += to ? n * step : 0;
    check_same_error(t);
}
static void check_movsb(TcgCpu *t)
{
    check_moved(t, 8, 1, true, true);
}
static void check_movsw(TcgCpu *t)
{
    check_moved(t, 4, 2, true, true);
}
static void check_stosd(TcgCpu *t)
{
    check_moved(t, 2, 4, false, true);
    g_assert_cmphex(fault_get(LAST_PAGE + 0xff8, 8), ==, 0x89abcdef89abcdef);
}
static void check_lodsb(TcgCpu *t)
{
    before[R_EAX] = (before[R_EAX] & ~UINT64_C(0xff)) | 0x88;
    check_moved(t, 8, 1, true, false);
}
/* Elements at READ_ONLY + 0x1002 and 0x1000; the next one is read-only. */
static void check_stosw_down(TcgCpu *t)
{
    check_moved(t, 2, -2, false, true);
}
/* ADD before was to set them; nothing is to be seen of the dead flags pass. */
static void check_add_flags(TcgCpu *t)
{
    g_assert_cmphex(fault_frame(t, 3) & CC_ALL, ==, CC_P | CC_Z | CC_A | CC_C);
}

/* -------------------------------------------------------------------- cases */

/* clang-format off */
static const FaultCase cases[] = {
    /* The stack. */
    {"push rax, no stack", FAULT_LONG_USER, set_rsp_free, {0x50}, 1,
     EXCP0E_PAGE, 6, 0, FREE + 0xf8, check_same_error},
    {"push [rsi], no memory", FAULT_LONG, set_rsi_free, {0xff, 0x36}, 2,
     EXCP0E_PAGE, 0, 0, FREE, check_same_error},
    {"push [rsi], no stack", FAULT_LONG_USER, set_rsp_free, {0xff, 0x36}, 2,
     EXCP0E_PAGE, 6, 0, FREE + 0xf8, check_same_error},
    {"push 1, no stack", FAULT_LONG_USER, set_rsp_free, {0x6a, 0x01}, 2,
     EXCP0E_PAGE, 6, 0, FREE + 0xf8, check_same_error},
    {"pop rbx, no stack", FAULT_LONG_USER, set_rsp_free, {0x5b}, 1,
     EXCP0E_PAGE, 4, 0, FREE + 0x100, check_same_error},
    {"pop [rdi], no memory", FAULT_LONG, set_rdi_free, {0x8f, 0x07}, 2,
     EXCP0E_PAGE, 2, 0, FREE, check_same_error},
    {"pop [rdi], no stack", FAULT_LONG_USER, set_rsp_free, {0x8f, 0x07}, 2,
     EXCP0E_PAGE, 4, 0, FREE + 0x100, check_same_error},
    {"pushfq, no stack", FAULT_LONG_USER, set_rsp_free, {0x9c}, 1,
     EXCP0E_PAGE, 6, 0, FREE + 0xf8, check_same_error},
    {"popfq, no stack", FAULT_LONG_USER, set_rsp_free, {0x9d}, 1,
     EXCP0E_PAGE, 4, 0, FREE + 0x100, check_same_error},
    {"leave, no frame", FAULT_LONG, set_rbp_free, {0xc9}, 1,
     EXCP0E_PAGE, 0, 0, FREE + 0x100, check_same_error},
    {"enter 16, 0, no stack", FAULT_LONG_USER, set_rsp_free,
     {0xc8, 0x10, 0, 0}, 4, EXCP0E_PAGE, 6, 0, FREE + 0xf8, check_same_error},
    {"enter 16, 3, no frame", FAULT_LONG, set_rbp_free, {0xc8, 0x10, 0, 3}, 4,
     EXCP0E_PAGE, 0, 0, FREE + 0xf8, check_same_error},

    /* Branches. */
    {"call 1f, no stack", FAULT_LONG_USER, set_rsp_free,
     {0xe8, 0, 0, 0, 0}, 5, EXCP0E_PAGE, 6, 0, FREE + 0xf8, check_same_error},
    {"call [rsi], no memory", FAULT_LONG, set_rsi_free, {0xff, 0x16}, 2,
     EXCP0E_PAGE, 0, 0, FREE, check_same_error},
    {"call rcx, not canonical", FAULT_LONG, set_regs,
     {0xff, 0xd0}, 2, EXCP0D_GPF, 0, 0, 0, check_same_error},
    {"ret, no stack", FAULT_LONG_USER, set_rsp_free, {0xc3}, 1,
     EXCP0E_PAGE, 4, 0, FREE + 0x100, check_same_error},
    {"ret, not canonical", FAULT_LONG, set_ret_bad, {0xc3}, 1,
     EXCP0D_GPF, 0, 0, 0, check_same_error},

    /* Read-modify-write: the write is what is checked. */
    {"add [rdi], eax", FAULT_LONG, set_rdi_free, {0x01, 0x07}, 2,
     EXCP0E_PAGE, 2, 0, FREE, check_same_error},
    {"lock add [rdi], eax", FAULT_LONG, set_rdi_free, {0xf0, 0x01, 0x07}, 3,
     EXCP0E_PAGE, 2, 0, FREE, check_same_error},
    {"inc dword [rdi], read-only", FAULT_LONG, set_read_only, {0xff, 0x07}, 2,
     EXCP0E_PAGE, 3, 0, READ_ONLY, check_same_error},
    {"xchg [rdi], eax, read-only", FAULT_LONG, set_read_only, {0x87, 0x07}, 2,
     EXCP0E_PAGE, 3, 0, READ_ONLY, check_same_error},
    {"xadd [rdi], rax, crossing", FAULT_LONG, set_read_only,
     {0x48, 0x0f, 0xc1, 0x47, 0xfc}, 5, EXCP0E_PAGE, 3, 0, READ_ONLY,
     check_same_error},
    {"cmpxchg [rdi], ebx, unequal", FAULT_LONG, set_read_only,
     {0x0f, 0xb1, 0x1f}, 3, EXCP0E_PAGE, 3, 0, READ_ONLY, check_same_error},
    {"cmpxchg8b [rdi], unequal", FAULT_LONG, set_read_only,
     {0x0f, 0xc7, 0x0f}, 3, EXCP0E_PAGE, 3, 0, READ_ONLY, check_same_error},
    {"cmpxchg16b [rdi], unequal", FAULT_LONG, set_read_only,
     {0x48, 0x0f, 0xc7, 0x0f}, 4, EXCP0E_PAGE, 3, 0, READ_ONLY,
     check_same_error},
    {"cmpxchg16b [rdi], unaligned", FAULT_LONG, set_rdi_odd,
     {0x48, 0x0f, 0xc7, 0x0f}, 4, EXCP0D_GPF, 0, 0, 0, check_same_error},
    {"shl dword [rdi], 0", FAULT_LONG, set_read_only, {0xc1, 0x27, 0}, 3,
     EXCP0E_PAGE, 3, 0, READ_ONLY, check_same_error},
    {"bts [rdi], edx, far away", FAULT_LONG, set_rdi_free,
     {0x0f, 0xab, 0x17}, 3, EXCP0E_PAGE, 2, 0,
     FREE + (0x22222222 >> 5) * 4, check_same_error},
    {"setz [rdi]", FAULT_LONG, set_rdi_free, {0x0f, 0x94, 0x07}, 3,
     EXCP0E_PAGE, 2, 0, FREE, check_same_error},
    {"cmovnz eax, [rsi], not moved", FAULT_LONG, set_rsi_free,
     {0x0f, 0x45, 0x06}, 3, EXCP0E_PAGE, 0, 0, FREE, check_same_error},

    /* Strings. */
    {"rep movsb, end of destination", FAULT_LONG, set_string_to,
     {0xf3, 0xa4}, 2, EXCP0E_PAGE, 2, 0, FREE, check_movsb},
    {"rep movsb, end of source", FAULT_LONG, set_string_from,
     {0xf3, 0xa4}, 2, EXCP0E_PAGE, 0, 0, FREE, check_movsb},
    {"rep movsw, end of destination", FAULT_LONG, set_string_to,
     {0x66, 0xf3, 0xa5}, 3, EXCP0E_PAGE, 2, 0, FREE, check_movsw},
    {"rep stosd, end of destination", FAULT_LONG, set_string_to,
     {0xf3, 0xab}, 2, EXCP0E_PAGE, 2, 0, FREE, check_stosd},
    {"rep lodsb, end of source", FAULT_LONG, set_string_from,
     {0xf3, 0xac}, 2, EXCP0E_PAGE, 0, 0, FREE, check_lodsb},
    {"std; rep stosw, read-only", FAULT_LONG, set_string_down,
     {0x66, 0xf3, 0xab}, 3, EXCP0E_PAGE, 3, 0, READ_ONLY + 0xffe,
     check_stosw_down},

    /* Division. */
    {"div rcx, by 0", FAULT_LONG, set_div_zero, {0x48, 0xf7, 0xf1}, 3,
     EXCP00_DIVZ, NO_ERROR, 0, 0, check_same},
    {"div ecx, by 0", FAULT_LONG, set_div_zero, {0xf7, 0xf1}, 2,
     EXCP00_DIVZ, NO_ERROR, 0, 0, check_same},
    {"div cl, by 0", FAULT_LONG, set_div_zero, {0xf6, 0xf1}, 2,
     EXCP00_DIVZ, NO_ERROR, 0, 0, check_same},
    {"div rcx, too big", FAULT_LONG, set_div_over, {0x48, 0xf7, 0xf1}, 3,
     EXCP00_DIVZ, NO_ERROR, 0, 0, check_same},
    {"idiv rcx, -2^63 by -1", FAULT_LONG, set_idiv_over, {0x48, 0xf7, 0xf9}, 3,
     EXCP00_DIVZ, NO_ERROR, 0, 0, check_same},
    {"idiv rcx, too small", FAULT_LONG, set_idiv_big, {0x48, 0xf7, 0xf9}, 3,
     EXCP00_DIVZ, NO_ERROR, 0, 0, check_same},
    {"aam 0", FAULT_PM32, NULL, {0xd4, 0}, 2,
     EXCP00_DIVZ, NO_ERROR, 0, 0, NULL},

    /* Flags that are overwritten right after a fault are still there. */
    {"mov al, 0xff; add al, 1; add eax, [rsi]", FAULT_LONG, set_rsi_free,
     {0xb0, 0xff, 0x04, 1, 0x03, 0x06}, 6, EXCP0E_PAGE, 0, 4, FREE,
     check_add_flags},

    /* Not instructions. */
    {"lock mov [rdi], eax", FAULT_LONG, set_regs, {0xf0, 0x89, 0x07}, 3,
     EXCP06_ILLOP, NO_ERROR, 0, 0, check_same},
    {"lock add eax, ecx", FAULT_LONG, set_regs, {0xf0, 0x01, 0xc8}, 3,
     EXCP06_ILLOP, NO_ERROR, 0, 0, check_same},
    {"lock cmp [rdi], eax", FAULT_LONG, set_regs, {0xf0, 0x39, 0x07}, 3,
     EXCP06_ILLOP, NO_ERROR, 0, 0, check_same},
    {"ud0 eax, eax", FAULT_LONG, set_regs, {0x0f, 0xff, 0xc0}, 3,
     EXCP06_ILLOP, NO_ERROR, 0, 0, check_same},
    {"ud1 eax, eax", FAULT_LONG, set_regs, {0x0f, 0xb9, 0xc0}, 3,
     EXCP06_ILLOP, NO_ERROR, 0, 0, check_same},
    {"ud2", FAULT_LONG, set_regs, {0x0f, 0x0b}, 2,
     EXCP06_ILLOP, NO_ERROR, 0, 0, check_same},
    {"aaa in 64-bit code", FAULT_LONG, set_regs, {0x37}, 1,
     EXCP06_ILLOP, NO_ERROR, 0, 0, check_same},
};
/* clang-format on */

int main(int argc, char **argv)
{
    return fault_main(argc, argv, "/tcg/fault/int", cases,
                      G_N_ELEMENTS(cases));
}
