/*
 * Faults of 64-bit code: plain ones, paging, segment registers, what needs
 * privilege, registers with reserved bits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tcg-fault.h"

#define DR6_RESET 0xffff0ff0

/* ------------------------------------------------------------------- set-ups
 */

/* All exceptions on a good stack. */
static void set_ists(TcgCpu *t)
{
    fault_put(TEST_TSS + 36, TEST_STACK0, 8);
    for (unsigned v = 0; v < 32; v++) {
        fault_put(TEST_IDT + v * 16 + 4, 1, 1);
    }
}

/* The entry for the 2 MiB at FAULT_DATA. */
static void set_data_page(uint64_t flags)
{
    fault_put(TEST_PD + FAULT_DATA / (2 * MiB) * 8, FAULT_DATA | flags, 8);
}

static void set_supervisor_page(TcgCpu *t)
{
    set_data_page(0x83);
}

static void set_read_only_page(TcgCpu *t)
{
    set_data_page(0x85);
}

static void set_read_only_no_wp(TcgCpu *t)
{
    set_data_page(0x85);
    t->env.cr[0] &= ~(uint64_t)CR0_WP;
}

static void set_reserved_page(TcgCpu *t)
{
    set_data_page(0x87 | 1 << 13); /* below a large page's address */
}

static void set_nx_page(TcgCpu *t)
{
    set_data_page(0x87 | 1ull << 63);
}

static void set_absent_data(TcgCpu *t)
{
    fault_set_desc(FAULT_SEL_FREE, UINT64_C(0x00cf13000000ffff));
}

static void set_ldt64(TcgCpu *t)
{
    fault_set_desc(FAULT_SEL_FREE, UINT64_C(0x1200820034560017));
    fault_set_desc(FAULT_SEL_FREE + 8, 0xffff8888);
}

static void set_tsd(TcgCpu *t)
{
    t->env.cr[4] |= CR4_TSD;
}

static void set_fsgsbase(TcgCpu *t)
{
    t->env.cr[4] |= CR4_FSGSBASE;
    t->env.segs[R_FS].base = 0x1234;
}

static void set_de(TcgCpu *t)
{
    t->env.cr[4] |= CR4_DE;
}

static void set_gd(TcgCpu *t)
{
    t->env.dr[7] |= 0x2000;
}

static void set_ts(TcgCpu *t)
{
    t->env.cr[0] |= CR0_TS;
}

static void set_em(TcgCpu *t)
{
    t->env.cr[0] |= CR0_EM;
}

static void set_no_osfxsr(TcgCpu *t)
{
    t->env.cr[4] &= ~(uint64_t)CR4_OSFXSR;
}

static void set_ac(TcgCpu *t)
{
    t->env.cr[0] |= CR0_AM;
    t->env.eflags |= AC_MASK;
}

/* -------------------------------------------------------------------- checks
 */

static void check_at_data(TcgCpu *t)
{
    g_assert_cmphex(fault_frame(t, 1), ==, FAULT_DATA);
}

static void check_ldt_null(TcgCpu *t)
{
    g_assert_cmphex(t->env.ldt.selector, ==, 0);
    g_assert_cmphex(t->env.ldt.limit, ==, 0);
}

static void check_ldt64(TcgCpu *t)
{
    g_assert_cmphex(t->env.ldt.base, ==, UINT64_C(0xffff888812003456));
    g_assert_cmphex(t->env.ldt.limit, ==, 0x17);
}

static void check_fs_kept(TcgCpu *t)
{
    g_assert_cmphex(t->env.segs[R_FS].base, ==, 0x1234);
}

static void check_dr6(TcgCpu *t)
{
    g_assert_cmphex(t->env.regs[R_EAX], ==, DR6_RESET);
}

static void check_gd(TcgCpu *t)
{
    g_assert_cmphex(t->env.dr[6], ==, DR6_RESET | 0x2000);
    g_assert_cmphex(t->env.dr[7] & 0x2000, ==, 0);
}

/* -------------------------------------------------------------------- cases */

/* clang-format off */
static const FaultCase cases[] = {
    /* Plain faults of 64-bit code. */
    {"xor ecx, ecx; div ecx", FAULT_LONG, NULL,
     {0x31, 0xc9, 0xf7, 0xf1}, 4,
     EXCP00_DIVZ, NO_ERROR, 2},
    {"nop; ud2", FAULT_LONG, NULL,
     {0x90, 0x0f, 0x0b}, 3,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; int3; nop", FAULT_LONG, NULL,
     {0x90, 0xcc, 0x90}, 3,
     EXCP03_INT3, NO_ERROR, 2},
    {".byte 0xf1; nop", FAULT_LONG, NULL,
     {0xf1, 0x90}, 2,
     EXCP01_DB, NO_ERROR, 1},
    {"mov rax, 0x8000000000000000; mov rbx, [rax]", FAULT_LONG, NULL,
     {0x48, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x48,
     0x8b, 0x18}, 13,
     EXCP0D_GPF, 0, 10},
    {"mov rbp, 0x8000000000000000; mov rbx, [rbp]", FAULT_LONG, NULL,
     {0x48, 0xbd, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x48,
     0x8b, 0x5d, 0x00}, 14,
     EXCP0C_STACK, 0, 10},
    {"mov rsp, 0x8000000000000000; push rax", FAULT_LONG, set_ists,
     {0x48, 0xbc, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x50},
     11,
     EXCP0C_STACK, 0, 10},
    {"mov rax, 0x8000000000000000; jmp rax", FAULT_LONG, NULL,
     {0x48, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0xff,
     0xe0}, 12,
     EXCP0D_GPF, 0, 10},
    {"mov rax, 0x8000000000000000; call rax", FAULT_LONG, NULL,
     {0x48, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0xff,
     0xd0}, 12,
     EXCP0D_GPF, 0, 10},
    /* Paging. */
    {"mov eax, 0x40000000; mov bl, [rax]", FAULT_LONG, NULL,
     {0xb8, 0x00, 0x00, 0x00, 0x40, 0x8a, 0x18}, 7,
     EXCP0E_PAGE, 0, 5, FAULT_UNMAPPED},
    {"mov eax, 0x40000000; mov [rax], bl", FAULT_LONG, NULL,
     {0xb8, 0x00, 0x00, 0x00, 0x40, 0x88, 0x18}, 7,
     EXCP0E_PAGE, 2, 5, FAULT_UNMAPPED},
    {"mov eax, 0x3ffffffc; mov [rax], rbx", FAULT_LONG, NULL,
     {0xb8, 0xfc, 0xff, 0xff, 0x3f, 0x48, 0x89, 0x18}, 8,
     EXCP0E_PAGE, 2, 5, FAULT_UNMAPPED},
    {"mov eax, 0x40000000; add [rax], ebx", FAULT_LONG, NULL,
     {0xb8, 0x00, 0x00, 0x00, 0x40, 0x01, 0x18}, 7,
     EXCP0E_PAGE, 2, 5, FAULT_UNMAPPED},
    {"mov eax, 0x40000000; lock xadd [rax], ebx", FAULT_LONG, NULL,
     {0xb8, 0x00, 0x00, 0x00, 0x40, 0xf0, 0x0f, 0xc1, 0x18}, 9,
     EXCP0E_PAGE, 2, 5, FAULT_UNMAPPED},
    {"mov eax, 0x40000000; mov bl, [rax]", FAULT_LONG_USER, NULL,
     {0xb8, 0x00, 0x00, 0x00, 0x40, 0x8a, 0x18}, 7,
     EXCP0E_PAGE, 4, 5, FAULT_UNMAPPED},
    {"mov eax, 0x40000000; mov [rax], bl", FAULT_LONG_USER, NULL,
     {0xb8, 0x00, 0x00, 0x00, 0x40, 0x88, 0x18}, 7,
     EXCP0E_PAGE, 6, 5, FAULT_UNMAPPED},
    {"mov esp, 0x40000008; push rax", FAULT_LONG_USER, NULL,
     {0xbc, 0x08, 0x00, 0x00, 0x40, 0x50}, 6,
     EXCP0E_PAGE, 6, 5, FAULT_UNMAPPED},
    {"mov eax, 0x200000; mov ebx, [rax]", FAULT_LONG_USER, set_supervisor_page,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0x8b, 0x18}, 7,
     EXCP0E_PAGE, 5, 5, FAULT_DATA},
    {"mov eax, 0x200000; mov [rax], ebx", FAULT_LONG_USER, set_supervisor_page,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0x89, 0x18}, 7,
     EXCP0E_PAGE, 7, 5, FAULT_DATA},
    {"mov eax, 0x200000; mov [rax], ebx", FAULT_LONG, set_read_only_page,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0x89, 0x18}, 7,
     EXCP0E_PAGE, 3, 5, FAULT_DATA},
    {"mov eax, 0x200000; mov [rax], ebx", FAULT_LONG, set_read_only_no_wp,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0x89, 0x18}, 7,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"mov eax, 0x200000; mov [rax], ebx", FAULT_LONG_USER, set_read_only_page,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0x89, 0x18}, 7,
     EXCP0E_PAGE, 7, 5, FAULT_DATA},
    {"mov eax, 0x200000; mov ebx, [rax]", FAULT_LONG, set_reserved_page,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0x8b, 0x18}, 7,
     EXCP0E_PAGE, 9, 5, FAULT_DATA},
    {"mov eax, 0x200000; mov ebx, [rax]", FAULT_LONG, set_nx_page,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0x8b, 0x18}, 7,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"mov eax, 0x200000; jmp rax", FAULT_LONG, set_nx_page,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0xff, 0xe0}, 7,
     EXCP0E_PAGE, 0x11, ANYWHERE, FAULT_DATA, check_at_data},
    {"mov eax, 0x200000; jmp rax", FAULT_LONG_USER, set_nx_page,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0xff, 0xe0}, 7,
     EXCP0E_PAGE, 0x15, ANYWHERE, FAULT_DATA, check_at_data},
    {"mov eax, 0x40000000; jmp rax", FAULT_LONG, NULL,
     {0xb8, 0x00, 0x00, 0x00, 0x40, 0xff, 0xe0}, 7,
     EXCP0E_PAGE, 0x10, ANYWHERE, FAULT_UNMAPPED},
    /* Segment registers. */
    {"mov eax, 0x203; mov ds, eax", FAULT_LONG, NULL,
     {0xb8, 0x03, 0x02, 0x00, 0x00, 0x8e, 0xd8}, 7,
     EXCP0D_GPF, 0x200, 5},
    {"mov eax, 0x14; mov es, eax", FAULT_LONG, NULL,
     {0xb8, 0x14, 0x00, 0x00, 0x00, 0x8e, 0xc0}, 7,
     EXCP0D_GPF, 0x14, 5},
    {"mov eax, 0x40; mov fs, eax", FAULT_LONG, NULL,
     {0xb8, 0x40, 0x00, 0x00, 0x00, 0x8e, 0xe0}, 7,
     EXCP0D_GPF, TEST_TR, 5},
    {"xor eax, eax; mov ds, eax; mov gs, eax; mov ss, eax", FAULT_LONG, NULL,
     {0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xe8, 0x8e, 0xd0}, 8,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"xor eax, eax; mov ss, eax", FAULT_LONG_USER, NULL,
     {0x31, 0xc0, 0x8e, 0xd0}, 4,
     EXCP0D_GPF, 0, 2},
    {"mov eax, 0x10; mov ss, eax", FAULT_LONG_USER, NULL,
     {0xb8, 0x10, 0x00, 0x00, 0x00, 0x8e, 0xd0}, 7,
     EXCP0D_GPF, TEST_DS, 5},
    {"mov eax, 0x10; mov ds, eax", FAULT_LONG_USER, NULL,
     {0xb8, 0x10, 0x00, 0x00, 0x00, 0x8e, 0xd8}, 7,
     EXCP0D_GPF, TEST_DS, 5},
    {"mov eax, 8; mov ss, eax", FAULT_LONG, NULL,
     {0xb8, 0x08, 0x00, 0x00, 0x00, 0x8e, 0xd0}, 7,
     EXCP0D_GPF, TEST_CS64, 5},
    {"mov eax, 0x13; mov ss, eax", FAULT_LONG, NULL,
     {0xb8, 0x13, 0x00, 0x00, 0x00, 0x8e, 0xd0}, 7,
     EXCP0D_GPF, TEST_DS, 5},
    {"mov eax, 0x50; mov ds, eax", FAULT_LONG, set_absent_data,
     {0xb8, 0x50, 0x00, 0x00, 0x00, 0x8e, 0xd8}, 7,
     EXCP0B_NOSEG, FAULT_SEL_FREE, 5},
    {"mov eax, 0x50; mov ss, eax", FAULT_LONG, set_absent_data,
     {0xb8, 0x50, 0x00, 0x00, 0x00, 0x8e, 0xd0}, 7,
     EXCP0C_STACK, FAULT_SEL_FREE, 5},
    {"nop; .byte 0x8e, 0xc8", FAULT_LONG, NULL,
     {0x90, 0x8e, 0xc8}, 3,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"mov eax, 0x40; ltr ax", FAULT_LONG, NULL,
     {0xb8, 0x40, 0x00, 0x00, 0x00, 0x0f, 0x00, 0xd8}, 8,
     EXCP0D_GPF, TEST_TR, 5},
    {"xor eax, eax; ltr ax", FAULT_LONG, NULL,
     {0x31, 0xc0, 0x0f, 0x00, 0xd8}, 5,
     EXCP0D_GPF, 0, 2},
    {"mov eax, 0x10; lldt ax", FAULT_LONG, NULL,
     {0xb8, 0x10, 0x00, 0x00, 0x00, 0x0f, 0x00, 0xd0}, 8,
     EXCP0D_GPF, TEST_DS, 5},
    {"xor eax, eax; lldt ax", FAULT_LONG, NULL,
     {0x31, 0xc0, 0x0f, 0x00, 0xd0}, 5,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_ldt_null},
    {"mov eax, 0x50; lldt ax", FAULT_LONG, set_ldt64,
     {0xb8, 0x50, 0x00, 0x00, 0x00, 0x0f, 0x00, 0xd0}, 8,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_ldt64},
    /* What needs CPL 0. */
    {"nop; hlt", FAULT_LONG_USER, NULL,
     {0x90, 0xf4}, 2,
     EXCP0D_GPF, 0, 1},
    {"nop; cli", FAULT_LONG_USER, NULL,
     {0x90, 0xfa}, 2,
     EXCP0D_GPF, 0, 1},
    {"nop; sti", FAULT_LONG_USER, NULL,
     {0x90, 0xfb}, 2,
     EXCP0D_GPF, 0, 1},
    {"nop; in al, 0x80", FAULT_LONG_USER, NULL,
     {0x90, 0xe4, 0x80}, 3,
     EXCP0D_GPF, 0, 1},
    {"nop; out dx, eax", FAULT_LONG_USER, NULL,
     {0x90, 0xef}, 2,
     EXCP0D_GPF, 0, 1},
    {"mov ecx, 1; rep outsb", FAULT_LONG_USER, NULL,
     {0xb9, 0x01, 0x00, 0x00, 0x00, 0xf3, 0x6e}, 7,
     EXCP0D_GPF, 0, 5},
    {"nop; rdmsr", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x32}, 3,
     EXCP0D_GPF, 0, 1},
    {"nop; wrmsr", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x30}, 3,
     EXCP0D_GPF, 0, 1},
    {"nop; mov rax, cr0", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x20, 0xc0}, 4,
     EXCP0D_GPF, 0, 1},
    {"nop; mov cr3, rax", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x22, 0xd8}, 4,
     EXCP0D_GPF, 0, 1},
    {"nop; mov rax, dr7", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x21, 0xf8}, 4,
     EXCP0D_GPF, 0, 1},
    {"nop; invlpg [rax]", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x01, 0x38}, 4,
     EXCP0D_GPF, 0, 1},
    {"nop; lgdt [rsp]", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x01, 0x14, 0x24}, 5,
     EXCP0D_GPF, 0, 1},
    {"nop; lidt [rsp]", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x01, 0x1c, 0x24}, 5,
     EXCP0D_GPF, 0, 1},
    {"nop; ltr ax", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x00, 0xd8}, 4,
     EXCP0D_GPF, 0, 1},
    {"nop; lldt ax", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x00, 0xd0}, 4,
     EXCP0D_GPF, 0, 1},
    {"nop; lmsw ax", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x01, 0xf0}, 4,
     EXCP0D_GPF, 0, 1},
    {"nop; clts", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x06}, 3,
     EXCP0D_GPF, 0, 1},
    {"nop; swapgs", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x01, 0xf8}, 4,
     EXCP0D_GPF, 0, 1},
    {"nop; wbinvd", FAULT_LONG_USER, NULL,
     {0x90, 0x0f, 0x09}, 3,
     EXCP0D_GPF, 0, 1},
    {"nop; .byte 0x48,0x0f,0x07", FAULT_LONG_USER, NULL,
     {0x90, 0x48, 0x0f, 0x07}, 4,
     EXCP0D_GPF, 0, 1},
    {"xor ecx, ecx; rdpmc", FAULT_LONG_USER, NULL,
     {0x31, 0xc9, 0x0f, 0x33}, 4,
     EXCP0D_GPF, 0, 2},
    {"nop; rdtsc", FAULT_LONG_USER, set_tsd,
     {0x90, 0x0f, 0x31}, 3,
     EXCP0D_GPF, 0, 1},
    {"nop; rdtsc", FAULT_LONG, set_tsd,
     {0x90, 0x0f, 0x31}, 3,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"nop; rdfsbase rax", FAULT_LONG_USER, NULL,
     {0x90, 0xf3, 0x48, 0x0f, 0xae, 0xc0}, 6,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"mov rax, 0x8000000000000000; wrfsbase rax", FAULT_LONG_USER, set_fsgsbase,
     {0x48, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0xf3,
     0x48, 0x0f, 0xae, 0xd0}, 15,
     EXCP0D_GPF, 0, 10, 0, check_fs_kept},
    /* Control registers and MSRs. */
    {"mov eax, 0x80000010; mov cr0, rax", FAULT_LONG, NULL,
     {0xb8, 0x10, 0x00, 0x00, 0x80, 0x0f, 0x22, 0xc0}, 8,
     EXCP0D_GPF, 0, 5},
    {"mov eax, 0xa0000011; mov cr0, rax", FAULT_LONG, NULL,
     {0xb8, 0x11, 0x00, 0x00, 0xa0, 0x0f, 0x22, 0xc0}, 8,
     EXCP0D_GPF, 0, 5},
    {"mov rax, 0x180000011; mov cr0, rax", FAULT_LONG, NULL,
     {0x48, 0xb8, 0x11, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00, 0x00, 0x0f,
     0x22, 0xc0}, 13,
     EXCP0D_GPF, 0, 10},
    {"mov eax, 0x11; mov cr0, rax", FAULT_LONG, NULL,
     {0xb8, 0x11, 0x00, 0x00, 0x00, 0x0f, 0x22, 0xc0}, 8,
     EXCP0D_GPF, 0, 5},
    {"mov eax, 0x600; mov cr4, rax", FAULT_LONG, NULL,
     {0xb8, 0x00, 0x06, 0x00, 0x00, 0x0f, 0x22, 0xe0}, 8,
     EXCP0D_GPF, 0, 5},
    {"mov eax, 0x80000620; mov cr4, rax", FAULT_LONG, NULL,
     {0xb8, 0x20, 0x06, 0x00, 0x80, 0x0f, 0x22, 0xe0}, 8,
     EXCP0D_GPF, 0, 5},
    {"mov rax, 0x4000000000001000; mov cr3, rax", FAULT_LONG, NULL,
     {0x48, 0xb8, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x0f,
     0x22, 0xd8}, 13,
     EXCP0D_GPF, 0, 10},
    {"mov eax, 16; mov cr8, rax", FAULT_LONG, NULL,
     {0xb8, 0x10, 0x00, 0x00, 0x00, 0x44, 0x0f, 0x22, 0xc0}, 9,
     EXCP0D_GPF, 0, 5},
    {"nop; .byte 0x0f, 0x20, 0xc8", FAULT_LONG, NULL,
     {0x90, 0x0f, 0x20, 0xc8}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; .byte 0x0f, 0x22, 0xe8", FAULT_LONG, NULL,
     {0x90, 0x0f, 0x22, 0xe8}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"mov rax, 0x100000000; mov dr7, rax", FAULT_LONG, NULL,
     {0x48, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x0f,
     0x23, 0xf8}, 13,
     EXCP0D_GPF, 0, 10},
    {"nop; mov rax, dr4", FAULT_LONG, set_de,
     {0x90, 0x0f, 0x21, 0xe0}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"mov rax, dr4", FAULT_LONG, NULL,
     {0x0f, 0x21, 0xe0}, 3,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_dr6},
    {"nop; mov rax, dr0", FAULT_LONG, set_gd,
     {0x90, 0x0f, 0x21, 0xc0}, 4,
     EXCP01_DB, NO_ERROR, 1, 0, check_gd},
    {"mov ecx, 0xc0000080; xor edx, edx; mov eax, 0x500; dec edx; wrmsr", FAULT_LONG, NULL,
     {0xb9, 0x80, 0x00, 0x00, 0xc0, 0x31, 0xd2, 0xb8, 0x00, 0x05, 0x00,
     0x00, 0xff, 0xca, 0x0f, 0x30}, 16,
     EXCP0D_GPF, 0, 14},
    {"mov ecx, 0xc0000080; xor edx, edx; mov eax, 0x400; wrmsr", FAULT_LONG, NULL,
     {0xb9, 0x80, 0x00, 0x00, 0xc0, 0x31, 0xd2, 0xb8, 0x00, 0x04, 0x00,
     0x00, 0x0f, 0x30}, 14,
     EXCP0D_GPF, 0, 12},
    {"mov ecx, 0xc0000082; mov edx, 0x80000000; wrmsr", FAULT_LONG, NULL,
     {0xb9, 0x82, 0x00, 0x00, 0xc0, 0xba, 0x00, 0x00, 0x00, 0x80, 0x0f,
     0x30}, 12,
     EXCP0D_GPF, 0, 10},
    {"mov ecx, 0xc0000100; mov edx, 0x80000000; wrmsr", FAULT_LONG, NULL,
     {0xb9, 0x00, 0x01, 0x00, 0xc0, 0xba, 0x00, 0x00, 0x00, 0x80, 0x0f,
     0x30}, 12,
     EXCP0D_GPF, 0, 10},
    {"mov ecx, 0x277; xor edx, edx; mov eax, 2; wrmsr", FAULT_LONG, NULL,
     {0xb9, 0x77, 0x02, 0x00, 0x00, 0x31, 0xd2, 0xb8, 0x02, 0x00, 0x00,
     0x00, 0x0f, 0x30}, 14,
     EXCP0D_GPF, 0, 12},
    {"mov ecx, 0x2ff; xor edx, edx; mov eax, 2; wrmsr", FAULT_LONG, NULL,
     {0xb9, 0xff, 0x02, 0x00, 0x00, 0x31, 0xd2, 0xb8, 0x02, 0x00, 0x00,
     0x00, 0x0f, 0x30}, 14,
     EXCP0D_GPF, 0, 12},
    {"mov ecx, 0xfe; wrmsr", FAULT_LONG, NULL,
     {0xb9, 0xfe, 0x00, 0x00, 0x00, 0x0f, 0x30}, 7,
     EXCP0D_GPF, 0, 5},
    /* Extensions that are off. */
    {"nop; fld1", FAULT_LONG, set_ts,
     {0x90, 0xd9, 0xe8}, 3,
     EXCP07_PREX, NO_ERROR, 1},
    {"nop; fwait", FAULT_LONG, set_ts,
     {0x90, 0x9b}, 2,
     EXCP07_PREX, NO_ERROR, 1},
    {"nop; movaps xmm0, xmm1", FAULT_LONG, set_ts,
     {0x90, 0x0f, 0x28, 0xc1}, 4,
     EXCP07_PREX, NO_ERROR, 1},
    {"nop; fld1", FAULT_LONG, set_em,
     {0x90, 0xd9, 0xe8}, 3,
     EXCP07_PREX, NO_ERROR, 1},
    {"nop; movaps xmm0, xmm1", FAULT_LONG, set_em,
     {0x90, 0x0f, 0x28, 0xc1}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; paddb mm0, mm1", FAULT_LONG, set_em,
     {0x90, 0x0f, 0xfc, 0xc1}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; movaps xmm0, xmm1", FAULT_LONG, set_no_osfxsr,
     {0x90, 0x0f, 0x28, 0xc1}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"mov eax, 0x200008; movaps xmm0, [rax]", FAULT_LONG, NULL,
     {0xb8, 0x08, 0x00, 0x20, 0x00, 0x0f, 0x28, 0x00}, 8,
     EXCP0D_GPF, 0, 5},
    {"mov eax, 0x200001; mov ebx, [rax]", FAULT_LONG_USER, set_ac,
     {0xb8, 0x01, 0x00, 0x20, 0x00, 0x8b, 0x18}, 7,
     EXCP11_ALGN, 0, 5},
    {"nop; monitor", FAULT_LONG, NULL,
     {0x90, 0x0f, 0x01, 0xc8}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; xgetbv", FAULT_LONG, NULL,
     {0x90, 0x0f, 0x01, 0xd0}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; vmcall", FAULT_LONG, NULL,
     {0x90, 0x0f, 0x01, 0xc1}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; vmmcall", FAULT_LONG, NULL,
     {0x90, 0x0f, 0x01, 0xd9}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; rsm", FAULT_LONG, NULL,
     {0x90, 0x0f, 0xaa}, 3,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; .byte 0xf0, 0x90", FAULT_LONG, NULL,
     {0x90, 0xf0, 0x90}, 3,
     EXCP06_ILLOP, NO_ERROR, 1},
};
/* clang-format on */

int main(int argc, char **argv)
{
    return fault_main(argc, argv, "/tcg/fault", cases, G_N_ELEMENTS(cases));
}
