/*
 * Faults of protected, virtual-8086 and real mode: segment limits and types,
 * what each mode forbids.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tcg-fault.h"

/* ------------------------------------------------------ segments that limit */

static void use_seg(TcgCpu *t, int seg, uint64_t desc)
{
    fault_set_desc(FAULT_SEL_FREE, desc);
    fault_load_seg(t, seg, FAULT_SEL_FREE);
}

static void set_small_ds(TcgCpu *t)
{
    use_seg(t, R_DS, UINT64_C(0x0040930000000fff));
}

static void set_expand_down(TcgCpu *t)
{
    use_seg(t, R_DS, UINT64_C(0x0000970000000fff));
}

static void set_expand_down32(TcgCpu *t)
{
    use_seg(t, R_DS, UINT64_C(0x0040970000000fff));
}

static void set_read_only(TcgCpu *t)
{
    use_seg(t, R_DS, UINT64_C(0x00cf91000000ffff));
}

static void set_exec_only(TcgCpu *t)
{
    use_seg(t, R_CS, UINT64_C(0x00cf99000000ffff));
}

static void set_cs_limit(TcgCpu *t)
{
    use_seg(t, R_CS, UINT64_C(0x00c09b00000001ff));
}

static void set_small_ss(TcgCpu *t)
{
    use_seg(t, R_SS, UINT64_C(0x0040930000001fff));
}

static void set_small_ss16(TcgCpu *t)
{
    use_seg(t, R_SS, UINT64_C(0x0000930000001fff));
}

static void set_absent_data(TcgCpu *t)
{
    fault_set_desc(FAULT_SEL_FREE, UINT64_C(0x00cf13000000ffff));
}

static void set_unreal(TcgCpu *t)
{
    t->env.segs[R_DS].limit = UINT32_MAX;
}

static void set_short_ivt(TcgCpu *t)
{
    t->env.idt.limit = 0x20;
}

static void check_pm16(TcgCpu *t)
{
    g_assert_cmphex(t->env.regs[R_ESP], ==, 0xfff0 - 12);
}

static void check_lar(TcgCpu *t)
{
    g_assert_cmphex(t->env.regs[R_EAX], ==, 0xc09b00);
    g_assert_cmphex(t->env.regs[R_EDX], ==, UINT32_MAX);
    g_assert_cmphex(t->env.regs[R_EBX], ==, 1);
}

static void check_zf_clear(TcgCpu *t)
{
    g_assert_cmphex(t->env.regs[R_EAX], ==, 0);
    g_assert_cmphex(t->env.regs[R_EBX], ==, 0);
}

/* BL: may CPL 3 read a ring 0 segment; BH: write its own. */
static void check_verr(TcgCpu *t)
{
    g_assert_cmphex(t->env.regs[R_EBX], ==, 0x100);
}

static void check_arpl(TcgCpu *t)
{
    g_assert_cmphex(t->env.regs[R_ECX], ==, 0x33);
    g_assert_cmphex(t->env.regs[R_EBX], ==, 1);
}

/* ------------------------------------------------------- virtual-8086, real */

static void set_vm86_iopl0(TcgCpu *t)
{
    t->env.eflags &= ~(uint64_t)IOPL_MASK;
}

static void set_vm86_gate_ring3(TcgCpu *t)
{
    fault_set_gate(t, 0x20, TEST_USER_CS32, TEST_HANDLERS, 0xee);
}

static void set_vm86_code(TcgCpu *t)
{
    fault_put(TEST_CODE_REAL, 0xf4, 1);
}

/* The nine words from IP on, at word `n` of the frame. */
static void check_vm86_words(TcgCpu *t, unsigned n)
{
    g_assert_cmphex(fault_frame(t, n + 1), ==, 0x800);
    g_assert_cmphex(fault_frame(t, n + 2) & VM_MASK, ==, VM_MASK);
    g_assert_cmphex(fault_frame(t, n + 3), ==, 0x6000);
    for (unsigned i = 5; i < 9; i++) {
        g_assert_cmphex(fault_frame(t, n + i), ==, 0x2000);
    }
    g_assert_cmphex(t->env.segs[R_DS].selector, ==, 0);
    g_assert_cmphex(t->env.eflags & VM_MASK, ==, 0);
}

static void check_vm86_frame(TcgCpu *t)
{
    check_vm86_words(t, 0);
}

static void check_vm86_gp(TcgCpu *t)
{
    check_vm86_words(t, 1);
    g_assert_cmphex(fault_frame(t, 1), ==, 0);
}

static void check_words(TcgCpu *t, const uint32_t *words, unsigned nr)
{
    for (unsigned i = 0; i < nr; i++) {
        g_assert_cmphex(fault_frame(t, i), ==, words[i]);
    }
}

static void check_entered_vm86(TcgCpu *t)
{
    const uint32_t words[] = {0, 0, 0x800, 0x33002, 0x6000, 5, 4, 3, 2, 1};

    check_words(t, words, 10);
}

static void check_real_int(TcgCpu *t)
{
    g_assert_cmphex(fault_frame(t, 2), ==, IF_MASK | 2);
    g_assert_cmphex(t->env.eflags & IF_MASK, ==, 0);
    g_assert_cmphex(t->env.regs[R_ESP], ==, 0x7000 - 6);
}

static void check_bx(TcgCpu *t)
{
    g_assert_cmphex(t->env.regs[R_EBX], ==, 5);
    g_assert_cmphex(t->env.regs[R_ESP], ==, 0x7000);
}

static void check_pe(TcgCpu *t)
{
    check_bx(t);
    g_assert_cmphex(t->env.cr[0] & CR0_PE, ==, CR0_PE);
}

/* -------------------------------------------------------------------- cases */

/* clang-format off */
static const FaultCase cases[] = {
    /* Limits and types of segments, 32-bit code. */
    {"xor ecx, ecx; div ecx", FAULT_PM32, NULL,
     {0x31, 0xc9, 0xf7, 0xf1}, 4,
     EXCP00_DIVZ, NO_ERROR, 2},
    {"nop; mov eax, [0xffd]", FAULT_PM32, set_small_ds,
     {0x90, 0xa1, 0xfd, 0x0f, 0x00, 0x00}, 6,
     EXCP0D_GPF, 0, 1},
    {"mov eax, [0xffc]", FAULT_PM32, set_small_ds,
     {0xa1, 0xfc, 0x0f, 0x00, 0x00}, 5,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"nop; mov byte ptr [0x1000], 1", FAULT_PM32, set_small_ds,
     {0x90, 0xc6, 0x05, 0x00, 0x10, 0x00, 0x00, 0x01}, 8,
     EXCP0D_GPF, 0, 1},
    {"mov ecx, 0x1000; fxsave [ecx]", FAULT_PM32, set_small_ds,
     {0xb9, 0x00, 0x10, 0x00, 0x00, 0x0f, 0xae, 0x01}, 8,
     EXCP0D_GPF, 0, 5},
    {"nop; mov eax, [0xfff]", FAULT_PM32, set_expand_down,
     {0x90, 0xa1, 0xff, 0x0f, 0x00, 0x00}, 6,
     EXCP0D_GPF, 0, 1},
    {"nop; mov al, [0x10000]", FAULT_PM32, set_expand_down,
     {0x90, 0xa0, 0x00, 0x00, 0x01, 0x00}, 6,
     EXCP0D_GPF, 0, 1},
    {"mov eax, [0xfffc]", FAULT_PM32, set_expand_down,
     {0xa1, 0xfc, 0xff, 0x00, 0x00}, 5,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"mov eax, [0x100000]", FAULT_PM32, set_expand_down32,
     {0xa1, 0x00, 0x00, 0x10, 0x00}, 5,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"mov eax, [0]; mov [0], eax", FAULT_PM32, set_read_only,
     {0xa1, 0x00, 0x00, 0x00, 0x00, 0xa3, 0x00, 0x00, 0x00, 0x00}, 10,
     EXCP0D_GPF, 0, 5},
    {"nop; inc dword ptr [0]", FAULT_PM32, set_read_only,
     {0x90, 0xff, 0x05, 0x00, 0x00, 0x00, 0x00}, 7,
     EXCP0D_GPF, 0, 1},
    {"nop; mov cs:[0x200000], eax", FAULT_PM32, NULL,
     {0x90, 0x2e, 0xa3, 0x00, 0x00, 0x20, 0x00}, 7,
     EXCP0D_GPF, 0, 1},
    {"nop; mov eax, cs:[0]", FAULT_PM32, set_exec_only,
     {0x90, 0x2e, 0xa1, 0x00, 0x00, 0x00, 0x00}, 7,
     EXCP0D_GPF, 0, 1},
    {"mov eax, 0x50; mov ds, eax", FAULT_PM32, set_exec_only,
     {0xb8, 0x50, 0x00, 0x00, 0x00, 0x8e, 0xd8}, 7,
     EXCP0D_GPF, FAULT_SEL_FREE, 5},
    {"xor eax, eax; mov ds, eax; mov eax, [0]", FAULT_PM32, NULL,
     {0x31, 0xc0, 0x8e, 0xd8, 0xa1, 0x00, 0x00, 0x00, 0x00}, 9,
     EXCP0D_GPF, 0, 4},
    {"xor eax, eax; mov ss, eax", FAULT_PM32, NULL,
     {0x31, 0xc0, 0x8e, 0xd0}, 4,
     EXCP0D_GPF, 0, 2},
    {"mov esp, 0x2000; mov eax, [esp]", FAULT_PM32, set_small_ss,
     {0xbc, 0x00, 0x20, 0x00, 0x00, 0x8b, 0x04, 0x24}, 8,
     EXCP0C_STACK, 0, 5},
    {"mov eax, 0x200000; jmp eax", FAULT_PM32, set_cs_limit,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0xff, 0xe0}, 7,
     EXCP0D_GPF, 0, 5},
    {"mov eax, 0x50; mov es, eax", FAULT_PM32, set_absent_data,
     {0xb8, 0x50, 0x00, 0x00, 0x00, 0x8e, 0xc0}, 7,
     EXCP0B_NOSEG, FAULT_SEL_FREE, 5},
    {"mov eax, 5; bound eax, [0x200000]", FAULT_PM32, NULL,
     {0xb8, 0x05, 0x00, 0x00, 0x00, 0x62, 0x05, 0x00, 0x00, 0x20, 0x00},
     11,
     EXCP05_BOUND, NO_ERROR, 5},
    {"mov al, 0x7f; inc al; into; nop", FAULT_PM32, NULL,
     {0xb0, 0x7f, 0xfe, 0xc0, 0xce, 0x90}, 6,
     EXCP04_INTO, NO_ERROR, 5},
    {"mov al, 1; inc al; into; nop", FAULT_PM32, NULL,
     {0xb0, 0x01, 0xfe, 0xc0, 0xce, 0x90}, 6,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"nop; .byte 0x8d, 0xc0", FAULT_PM32, NULL,
     {0x90, 0x8d, 0xc0}, 3,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"int 0x20; nop", FAULT_PM16, NULL,
     {0xcd, 0x20, 0x90}, 3,
     0x20, NO_ERROR, 2, 0, check_pm16},
    {"mov sp, 0x2001; push ax", FAULT_PM16, set_small_ss16,
     {0xbc, 0x01, 0x20, 0x50}, 4,
     SHUTDOWN, NO_ERROR, ANYWHERE},
    /* Looking at descriptors. */
    {"mov ecx, 0x18; lar eax, ecx; lsl edx, ecx; setz bl", FAULT_PM32, NULL,
     {0xb9, 0x18, 0x00, 0x00, 0x00, 0x0f, 0x02, 0xc1, 0x0f, 0x03, 0xd1,
     0x0f, 0x94, 0xc3}, 14,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_lar},
    {"mov ecx, 0x200; lar eax, ecx; setz bl", FAULT_PM32, NULL,
     {0xb9, 0x00, 0x02, 0x00, 0x00, 0x0f, 0x02, 0xc1, 0x0f, 0x94, 0xc3},
     11,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_zf_clear},
    {"mov ecx, 0x10; verr cx; setz bl; mov ecx, 0x33; verw cx; setz bh; hlt", FAULT_PM32_USER, NULL,
     {0xb9, 0x10, 0x00, 0x00, 0x00, 0x0f, 0x00, 0xe1, 0x0f, 0x94, 0xc3,
     0xb9, 0x33, 0x00, 0x00, 0x00, 0x0f, 0x00, 0xe9, 0x0f, 0x94, 0xc7,
     0xf4}, 23,
     EXCP0D_GPF, 0, 22, 0, check_verr},
    {"mov ecx, 0x31; mov eax, 3; arpl cx, ax; setz bl; hlt", FAULT_PM32_USER, NULL,
     {0xb9, 0x31, 0x00, 0x00, 0x00, 0xb8, 0x03, 0x00, 0x00, 0x00, 0x63,
     0xc1, 0x0f, 0x94, 0xc3, 0xf4}, 16,
     EXCP0D_GPF, 0, 15, 0, check_arpl},
    {"nop; lar ax, cx", FAULT_REAL, NULL,
     {0x90, 0x0f, 0x02, 0xc1}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; sldt ax", FAULT_REAL, NULL,
     {0x90, 0x0f, 0x00, 0xc0}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; verr ax", FAULT_VM86, NULL,
     {0x90, 0x0f, 0x00, 0xe0}, 4,
     EXCP06_ILLOP, NO_ERROR, ANYWHERE, 0, check_vm86_frame},
    /* Virtual-8086 mode. */
    {"int 0x20", FAULT_VM86, NULL,
     {0xcd, 0x20}, 2,
     0x20, NO_ERROR, ANYWHERE, 0, check_vm86_frame},
    {"int 0x20", FAULT_VM86, set_vm86_iopl0,
     {0xcd, 0x20}, 2,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_vm86_gp},
    {"int3", FAULT_VM86, set_vm86_iopl0,
     {0xcc}, 1,
     EXCP03_INT3, NO_ERROR, ANYWHERE},
    {"cli", FAULT_VM86, set_vm86_iopl0,
     {0xfa}, 1,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_vm86_gp},
    {"pushf", FAULT_VM86, set_vm86_iopl0,
     {0x9c}, 1,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_vm86_gp},
    {"iret", FAULT_VM86, set_vm86_iopl0,
     {0xcf}, 1,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_vm86_gp},
    {"nop; hlt", FAULT_VM86, NULL,
     {0x90, 0xf4}, 2,
     EXCP0D_GPF, 0, ANYWHERE},
    {"mov eax, cr0", FAULT_VM86, NULL,
     {0x0f, 0x20, 0xc0}, 3,
     EXCP0D_GPF, 0, ANYWHERE},
    {"in al, 0x80", FAULT_VM86, NULL,
     {0xe4, 0x80}, 2,
     EXCP0D_GPF, 0, ANYWHERE},
    {"int 0x20", FAULT_VM86, set_vm86_gate_ring3,
     {0xcd, 0x20}, 2,
     EXCP0D_GPF, 0x28, ANYWHERE},
    {"push 1; push 2; push 3; push 4; push 5; push 0x6000; push 0x23002; push 0x800; push 0; iretd", FAULT_PM32, set_vm86_code,
     {0x6a, 0x01, 0x6a, 0x02, 0x6a, 0x03, 0x6a, 0x04, 0x6a, 0x05, 0x68,
     0x00, 0x60, 0x00, 0x00, 0x68, 0x02, 0x30, 0x02, 0x00, 0x68, 0x00,
     0x08, 0x00, 0x00, 0x6a, 0x00, 0xcf}, 28,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_entered_vm86},
    /* Real mode. */
    {"xor cx, cx; div cx", FAULT_REAL, NULL,
     {0x31, 0xc9, 0xf7, 0xf1}, 4,
     EXCP00_DIVZ, NO_ERROR, 2},
    {"sti; nop; int 0x20; nop", FAULT_REAL, NULL,
     {0xfb, 0x90, 0xcd, 0x20, 0x90}, 5,
     0x20, NO_ERROR, 4, 0, check_real_int},
    {"nop; mov ax, [0xffff]", FAULT_REAL, NULL,
     {0x90, 0xa1, 0xff, 0xff}, 4,
     EXCP0D_GPF, 0, 1},
    {"mov bp, 0xffff; mov ax, [bp]", FAULT_REAL, NULL,
     {0xbd, 0xff, 0xff, 0x8b, 0x46, 0x00}, 6,
     EXCP0C_STACK, 0, 3},
    {"mov sp, 1; push ax", FAULT_REAL, NULL,
     {0xbc, 0x01, 0x00, 0x50}, 4,
     SHUTDOWN, NO_ERROR, ANYWHERE},
    {"int 0x20", FAULT_REAL, set_short_ivt,
     {0xcd, 0x20}, 2,
     SHUTDOWN, NO_ERROR, ANYWHERE},
    {"mov eax, 0x10000; mov al, [eax]", FAULT_REAL, NULL,
     {0x66, 0xb8, 0x00, 0x00, 0x01, 0x00, 0x67, 0x8a, 0x00}, 9,
     EXCP0D_GPF, 0, 6},
    {"mov eax, 0x200000; mov al, [eax]", FAULT_REAL, set_unreal,
     {0x66, 0xb8, 0x00, 0x00, 0x20, 0x00, 0x67, 0x8a, 0x00}, 9,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"nop; ltr ax", FAULT_REAL, NULL,
     {0x90, 0x0f, 0x00, 0xd8}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"pushf; push cs; push offset 1f; iret; nop; 1: mov bx, 5", FAULT_REAL, NULL,
     {0x9c, 0x0e, 0x68, 0x07, 0x80, 0xcf, 0x90, 0xbb, 0x05, 0x00}, 10,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_bx},
    {"push cs; call 1f; mov bx, 5; jmp 2f; 1: retf; 2: nop", FAULT_REAL, NULL,
     {0x0e, 0xe8, 0x05, 0x00, 0xbb, 0x05, 0x00, 0xeb, 0x01, 0xcb, 0x90},
     11,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_bx},
    {"smsw ax; or al, 1; lmsw ax; jmp 1f; 1: mov bx, 5", FAULT_REAL, NULL,
     {0x0f, 0x01, 0xe0, 0x0c, 0x01, 0x0f, 0x01, 0xf0, 0xeb, 0x00, 0xbb,
     0x05, 0x00}, 13,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_pe},
};
/* clang-format on */

int main(int argc, char **argv)
{
    return fault_main(argc, argv, "/tcg/fault-pm", cases, G_N_ELEMENTS(cases));
}
