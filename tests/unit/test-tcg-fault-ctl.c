/*
 * Control transfers of 64-bit code through gates, frames and far pointers:
 * what they check and what they change; double and triple faults.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tcg-fault.h"

#define GATE 0x20 /* the vector that cases change */
#define STAR UINT64_C(0x0028000800000000)

/* --------------------------------------------------------------------- gates
 */

static void handler_gate(TcgCpu *t, unsigned vector, uint16_t sel,
                         uint8_t flags)
{
    fault_set_gate(t, vector, sel, TEST_HANDLERS + vector * 2, flags);
}

static void set_gate_dpl0(TcgCpu *t)
{
    handler_gate(t, GATE, TEST_CS64, 0x8e);
}

static void set_gate_absent(TcgCpu *t)
{
    handler_gate(t, GATE, TEST_CS64, 0x0e);
}

static void set_gate_type(TcgCpu *t)
{
    handler_gate(t, GATE, TEST_CS64, 0x8c);
}

static void set_gate_null(TcgCpu *t)
{
    handler_gate(t, GATE, 3, 0x8e);
}

static void set_gate_data(TcgCpu *t)
{
    handler_gate(t, GATE, TEST_DS, 0x8e);
}

static void set_gate_cs32(TcgCpu *t)
{
    handler_gate(t, GATE, TEST_CS32, 0x8e);
}

static void set_gate_rip(TcgCpu *t)
{
    fault_put(TEST_IDT + GATE * 16 + 8, 0x80000000, 4);
}

static void set_ist(unsigned vector)
{
    fault_put(TEST_TSS + 36, TEST_STACK0 - 0x1000, 8);
    fault_put(TEST_IDT + vector * 16 + 4, 1, 1);
}

static void set_gate_ist(TcgCpu *t)
{
    set_ist(GATE);
}

static void set_gate_stack(TcgCpu *t)
{
    fault_put(TEST_TSS + 4, UINT64_C(0x8000000000000000), 8);
    set_ist(EXCP0C_STACK);
}

static void set_trap_gate(TcgCpu *t)
{
    handler_gate(t, GATE, TEST_CS64, 0x8f);
}

static void set_ud_absent(TcgCpu *t)
{
    handler_gate(t, EXCP06_ILLOP, TEST_CS64, 0x0e);
}

static void set_gp_absent(TcgCpu *t)
{
    handler_gate(t, EXCP0D_GPF, TEST_CS64, 0x0e);
}

static void set_pf_absent(TcgCpu *t)
{
    handler_gate(t, EXCP0E_PAGE, TEST_CS64, 0x0e);
}

static void set_pf_and_df_absent(TcgCpu *t)
{
    set_pf_absent(t);
    handler_gate(t, EXCP08_DBLE, TEST_CS64, 0x0e);
}

static void set_no_idt(TcgCpu *t)
{
    t->env.idt.limit = 0;
}

static void set_df_ist(TcgCpu *t)
{
    set_ist(EXCP08_DBLE);
}

static void set_tss_limit(TcgCpu *t)
{
    t->env.tr.limit = 3;
}

static void set_rsp0_bad(TcgCpu *t)
{
    fault_put(TEST_TSS + 4, FAULT_UNMAPPED + 0x1000, 8);
    set_ist(EXCP08_DBLE);
}

/* The stack that the handler came in on, with the frame of n words. */
static void check_stack(TcgCpu *t, uint64_t top, unsigned n)
{
    g_assert_cmphex(t->env.regs[R_ESP], ==, top - n * 8);
}

static void check_ist(TcgCpu *t)
{
    check_stack(t, TEST_STACK0 - 0x1000, 5);
    g_assert_cmphex(fault_frame(t, 3), ==, TEST_STACK);
    g_assert_cmphex(t->env.segs[R_SS].selector, ==, TEST_DS);
}

static void check_user_int(TcgCpu *t)
{
    check_stack(t, TEST_STACK0, 5);
    g_assert_cmphex(fault_frame(t, 1), ==, TEST_USER_CS64);
    g_assert_cmphex(fault_frame(t, 3), ==, TEST_STACK);
    g_assert_cmphex(fault_frame(t, 4), ==, TEST_USER_DS);
    g_assert_cmphex(t->env.segs[R_SS].selector, ==, 0);
    g_assert_cmphex(t->env.segs[R_CS].selector, ==, TEST_CS64);
}

static void check_if_kept(TcgCpu *t)
{
    g_assert_cmphex(t->env.eflags & IF_MASK, ==, IF_MASK);
}

static void check_if_cleared(TcgCpu *t)
{
    g_assert_cmphex(t->env.eflags & IF_MASK, ==, 0);
    g_assert_cmphex(fault_frame(t, 2), ==, IF_MASK | 2);
}

/* ------------------------------------------------------------------- returns
 */

static void set_nt(TcgCpu *t)
{
    t->env.eflags |= NT_MASK;
}

static void set_absent_code(TcgCpu *t)
{
    fault_set_desc(FAULT_SEL_FREE, UINT64_C(0x00af7b000000ffff));
}

/* #GP of HLT in what IRET led to. */
static void check_now_user(TcgCpu *t)
{
    g_assert_cmphex(fault_frame(t, 2), ==, TEST_USER_CS64);
    g_assert_cmphex(fault_frame(t, 5), ==, TEST_USER_DS);
    check_stack(t, TEST_STACK0, 6);
}

static void check_now_compat(TcgCpu *t)
{
    g_assert_cmphex(fault_frame(t, 2), ==, TEST_USER_CS32);
    g_assert_cmphex(fault_frame(t, 3), ==, 0x10202);
    g_assert_cmphex(fault_frame(t, 4), ==, 0x9000);
    check_stack(t, TEST_STACK0, 6);
}

/* ----------------------------------------------------------- SYSCALL and such
 */

static void set_no_sce(TcgCpu *t)
{
    t->env.efer &= ~(uint64_t)EFER_SCE;
}

static void set_syscall(TcgCpu *t)
{
    t->env.star = STAR;
    t->env.lstar = TEST_HANDLERS + 0x200; /* zeroes, then HLT */
    fault_put(TEST_HANDLERS + 0x200, 0xf490, 2);
    t->env.fmask = IF_MASK | DF_MASK;
    t->env.eflags |= IF_MASK | DF_MASK | CC_C;
}

static void check_syscall(TcgCpu *t)
{
    g_assert_cmphex(t->env.rip, ==, TEST_HANDLERS + 0x202);
    g_assert_cmphex(t->env.regs[R_ECX], ==, TEST_CODE + 3);
    g_assert_cmphex(t->env.regs[R_R11], ==, IF_MASK | DF_MASK | CC_C | 2);
    g_assert_cmphex(t->env.eflags, ==, CC_C | 2);
    g_assert_cmphex(t->env.regs[R_ESP], ==, TEST_STACK);
    g_assert_cmphex(t->env.segs[R_CS].selector, ==, 0x08);
    g_assert_cmphex(t->env.segs[R_SS].selector, ==, 0x10);
    g_assert_cmpuint(tcg_cpl(t), ==, 0);
}

static void check_sysret(TcgCpu *t)
{
    g_assert_cmphex(fault_frame(t, 2), ==, 0x3b);
    g_assert_cmphex(fault_frame(t, 3), ==, 0x13246);
    g_assert_cmphex(fault_frame(t, 5), ==, 0x33);
}

static void check_sysret32(TcgCpu *t)
{
    g_assert_cmphex(fault_frame(t, 2), ==, 0x2b);
    g_assert_cmphex(fault_frame(t, 5), ==, 0x33);
}

static void set_sysenter(TcgCpu *t)
{
    t->env.sysenter_cs = TEST_CS64;
    t->env.sysenter_esp = 0x12340;
    t->env.sysenter_eip = TEST_HANDLERS + 0x200;
    fault_put(TEST_HANDLERS + 0x200, 0xf490, 2);
    t->env.eflags |= IF_MASK;
    /* SYSEXIT's 64-bit segments. */
    fault_set_desc(0x28, UINT64_C(0x00affb000000ffff));
    fault_set_desc(0x30, UINT64_C(0x00cff3000000ffff));
}

static void check_sysenter(TcgCpu *t)
{
    g_assert_cmphex(t->env.rip, ==, TEST_HANDLERS + 0x202);
    g_assert_cmphex(t->env.regs[R_ESP], ==, 0x12340);
    g_assert_cmphex(t->env.segs[R_CS].selector, ==, TEST_CS64);
    g_assert_cmphex(t->env.segs[R_SS].selector, ==, TEST_CS64 + 8);
    g_assert_cmphex(t->env.eflags & IF_MASK, ==, 0);
    g_assert_cmphex(t->mode & MODE_CS64, ==, MODE_CS64);
}

/* 32-bit: the selectors are 16 and 24 above SYSENTER_CS. */
static void check_sysexit(TcgCpu *t)
{
    g_assert_cmphex(fault_frame(t, 2), ==, TEST_CS64 + 16 + 3);
    g_assert_cmphex(fault_frame(t, 4), ==, 0x9000);
    g_assert_cmphex(fault_frame(t, 5), ==, TEST_CS64 + 24 + 3);
}

/* ------------------------------------------------------------- far transfers
 */

/* A 16:32 pointer at FAULT_DATA to the HLT of vector 0x60. */
static void set_pointer(uint16_t sel)
{
    fault_put(FAULT_DATA, TEST_HANDLERS + 0x300, 4);
    fault_put(FAULT_DATA + 4, sel, 2);
    fault_put(TEST_HANDLERS + 0x300, 0xf490, 2);
}

static void set_pointer_null(TcgCpu *t)
{
    set_pointer(3);
}

static void set_pointer_data(TcgCpu *t)
{
    set_pointer(TEST_DS);
}

static void set_pointer_outer(TcgCpu *t)
{
    set_pointer(TEST_USER_CS64);
}

static void set_pointer_absent(TcgCpu *t)
{
    fault_set_desc(FAULT_SEL_FREE, UINT64_C(0x00af1b000000ffff));
    set_pointer(FAULT_SEL_FREE);
}

static void set_pointer_tss(TcgCpu *t)
{
    set_pointer(TEST_TR);
}

static void set_pointer_ld(TcgCpu *t)
{
    fault_set_desc(FAULT_SEL_FREE, UINT64_C(0x00ef9b000000ffff));
    set_pointer(FAULT_SEL_FREE);
}

static void set_pointer_cs32(TcgCpu *t)
{
    set_pointer(TEST_CS32);
}

static void check_cs32(TcgCpu *t)
{
    g_assert_cmphex(t->env.rip, ==, TEST_HANDLERS + 0x302);
    g_assert_cmphex(t->mode & (MODE_CS64 | MODE_CS32), ==, MODE_CS32);
}

static void set_call_gate64(TcgCpu *t)
{
    uint64_t off = TEST_HANDLERS + 0x300;

    set_pointer(FAULT_SEL_FREE | 3);
    fault_set_desc(FAULT_SEL_FREE,
                   off | TEST_CS64 << 16 | UINT64_C(0xec) << 40);
    fault_set_desc(FAULT_SEL_FREE + 8, 0);
}

static void check_call_gate64(TcgCpu *t)
{
    g_assert_cmphex(t->env.rip, ==, TEST_HANDLERS + 0x302);
    check_stack(t, TEST_STACK0, 4);
    g_assert_cmphex(fault_frame(t, 0), ==, TEST_CODE + 7);
    g_assert_cmphex(fault_frame(t, 1), ==, TEST_USER_CS64);
    g_assert_cmphex(fault_frame(t, 2), ==, TEST_STACK);
    g_assert_cmphex(fault_frame(t, 3), ==, TEST_USER_DS);
    g_assert_cmphex(t->env.segs[R_SS].selector, ==, 0);
}

/* -------------------------------------------------------------------- cases */

/* clang-format off */
static const FaultCase cases[] = {
    /* Gates. */
    {"nop; int 0x20", FAULT_LONG_USER, set_gate_dpl0,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0D_GPF, 0x102, 1},
    {"nop; int 0x80", FAULT_LONG, NULL,
     {0x90, 0xcd, 0x80}, 3,
     EXCP0D_GPF, 0x402, 1},
    {"nop; int 0x20", FAULT_LONG, set_gate_absent,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0B_NOSEG, 0x102, 1},
    {"nop; int 0x20", FAULT_LONG, set_gate_type,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0D_GPF, 0x102, 1},
    {"nop; int 0x20", FAULT_LONG, set_gate_null,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0D_GPF, 0, 1},
    {"nop; int 0x20", FAULT_LONG, set_gate_data,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0D_GPF, TEST_DS, 1},
    {"nop; int 0x20", FAULT_LONG, set_gate_cs32,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0D_GPF, TEST_CS32, 1},
    {"nop; int 0x20", FAULT_LONG, set_gate_rip,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0D_GPF, 0, 1},
    {"int 0x20; nop", FAULT_LONG, set_gate_ist,
     {0xcd, 0x20, 0x90}, 3,
     0x20, NO_ERROR, 2, 0, check_ist},
    {"nop; int 0x20", FAULT_LONG_USER, set_gate_stack,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0C_STACK, 0, 1},
    {"int 0x20; nop", FAULT_LONG_USER, NULL,
     {0xcd, 0x20, 0x90}, 3,
     0x20, NO_ERROR, 2, 0, check_user_int},
    {"sti; nop; int 0x20; nop", FAULT_LONG, set_trap_gate,
     {0xfb, 0x90, 0xcd, 0x20, 0x90}, 5,
     0x20, NO_ERROR, 4, 0, check_if_kept},
    {"sti; nop; int 0x20; nop", FAULT_LONG, NULL,
     {0xfb, 0x90, 0xcd, 0x20, 0x90}, 5,
     0x20, NO_ERROR, 4, 0, check_if_cleared},
    /* Faults while an event is delivered. */
    {"nop; ud2", FAULT_LONG, set_ud_absent,
     {0x90, 0x0f, 0x0b}, 3,
     EXCP0B_NOSEG, 0x33, 1},
    {"nop; mov eax, 0x200; mov ds, eax", FAULT_LONG, set_gp_absent,
     {0x90, 0xb8, 0x00, 0x02, 0x00, 0x00, 0x8e, 0xd8}, 8,
     EXCP08_DBLE, 0, 6},
    {"mov eax, 0x40000000; mov bl, [rax]", FAULT_LONG, set_pf_absent,
     {0xb8, 0x00, 0x00, 0x00, 0x40, 0x8a, 0x18}, 7,
     EXCP08_DBLE, 0, 5},
    {"mov eax, 0x40000000; mov bl, [rax]", FAULT_LONG, set_pf_and_df_absent,
     {0xb8, 0x00, 0x00, 0x00, 0x40, 0x8a, 0x18}, 7,
     SHUTDOWN, NO_ERROR, 5},
    {"ud2", FAULT_LONG, set_no_idt,
     {0x0f, 0x0b}, 2,
     SHUTDOWN, NO_ERROR, ANYWHERE},
    {"mov esp, 0x40001000; mov bl, [rsp]", FAULT_LONG, NULL,
     {0xbc, 0x00, 0x10, 0x00, 0x40, 0x8a, 0x1c, 0x24}, 8,
     SHUTDOWN, NO_ERROR, ANYWHERE},
    {"mov esp, 0x40001000; mov bl, [rsp]", FAULT_LONG, set_df_ist,
     {0xbc, 0x00, 0x10, 0x00, 0x40, 0x8a, 0x1c, 0x24}, 8,
     EXCP08_DBLE, 0, 5},
    {"nop; ud2", FAULT_LONG_USER, set_tss_limit,
     {0x90, 0x0f, 0x0b}, 3,
     SHUTDOWN, NO_ERROR, ANYWHERE},
    {"mov eax, 0x40000000; mov bl, [rax]", FAULT_LONG_USER, set_rsp0_bad,
     {0xb8, 0x00, 0x00, 0x00, 0x40, 0x8a, 0x18}, 7,
     EXCP08_DBLE, 0, 5},
    /* IRETQ. */
    {"push 0x10; push rsp; push 2; push 0; push 0; iretq", FAULT_LONG, NULL,
     {0x6a, 0x10, 0x54, 0x6a, 0x02, 0x6a, 0x00, 0x6a, 0x00, 0x48, 0xcf},
     11,
     EXCP0D_GPF, 0, 9},
    {"push 0x10; push rsp; push 2; push 0x10; push 0; iretq", FAULT_LONG, NULL,
     {0x6a, 0x10, 0x54, 0x6a, 0x02, 0x6a, 0x10, 0x6a, 0x00, 0x48, 0xcf},
     11,
     EXCP0D_GPF, TEST_DS, 9},
    {"push 0x10; push rsp; push 2; push 0xb; push 0; iretq", FAULT_LONG, NULL,
     {0x6a, 0x10, 0x54, 0x6a, 0x02, 0x6a, 0x0b, 0x6a, 0x00, 0x48, 0xcf},
     11,
     EXCP0D_GPF, 0x8, 9},
    {"push 0x10; push rsp; push 2; push 0x203; push 0; iretq", FAULT_LONG, NULL,
     {0x6a, 0x10, 0x54, 0x6a, 0x02, 0x68, 0x03, 0x02, 0x00, 0x00, 0x6a,
     0x00, 0x48, 0xcf}, 14,
     EXCP0D_GPF, 0x200, 12},
    {"push 0; push rsp; push 2; push 0x3b; push 0; iretq", FAULT_LONG, NULL,
     {0x6a, 0x00, 0x54, 0x6a, 0x02, 0x6a, 0x3b, 0x6a, 0x00, 0x48, 0xcf},
     11,
     EXCP0D_GPF, 0, 9},
    {"push 0x13; push rsp; push 2; push 0x3b; push 0; iretq", FAULT_LONG, NULL,
     {0x6a, 0x13, 0x54, 0x6a, 0x02, 0x6a, 0x3b, 0x6a, 0x00, 0x48, 0xcf},
     11,
     EXCP0D_GPF, TEST_DS, 9},
    {"push 0x30; push rsp; push 2; push 0x3b; push 0; iretq", FAULT_LONG, NULL,
     {0x6a, 0x30, 0x54, 0x6a, 0x02, 0x6a, 0x3b, 0x6a, 0x00, 0x48, 0xcf},
     11,
     EXCP0D_GPF, 0x30, 9},
    {"mov rax, 0x8000000000000000; push 0x33; push rsp; push 2; push 0x3b; push rax; iretq", FAULT_LONG, NULL,
     {0x48, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x6a,
     0x33, 0x54, 0x6a, 0x02, 0x6a, 0x3b, 0x50, 0x48, 0xcf}, 20,
     EXCP0D_GPF, 0, 18},
    {"push 0x33; push rsp; push 2; push 0x3b; push 0; iretq", FAULT_LONG, set_nt,
     {0x6a, 0x33, 0x54, 0x6a, 0x02, 0x6a, 0x3b, 0x6a, 0x00, 0x48, 0xcf},
     11,
     EXCP0D_GPF, 0, 9},
    {"push 0x33; push rsp; push 2; push 0x53; push 0; iretq", FAULT_LONG, set_absent_code,
     {0x6a, 0x33, 0x54, 0x6a, 0x02, 0x6a, 0x53, 0x6a, 0x00, 0x48, 0xcf},
     11,
     EXCP0B_NOSEG, FAULT_SEL_FREE, 9},
    {"push 0x10; push rsp; push 2; push 8; push 0; iretq", FAULT_LONG_USER, NULL,
     {0x6a, 0x10, 0x54, 0x6a, 0x02, 0x6a, 0x08, 0x6a, 0x00, 0x48, 0xcf},
     11,
     EXCP0D_GPF, TEST_CS64, 9},
    {"mov rbx, rsp; lea rax, [rip+1f]; push 0; push rbx; push 2; push 8; push rax; iretq; 1: nop", FAULT_LONG, NULL,
     {0x48, 0x89, 0xe3, 0x48, 0x8d, 0x05, 0x0a, 0x00, 0x00, 0x00, 0x6a,
     0x00, 0x53, 0x6a, 0x02, 0x6a, 0x08, 0x50, 0x48, 0xcf, 0x90}, 21,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"mov rbx, rsp; lea rax, [rip+1f]; push 0x33; push rbx; push 0x202; push 0x3b; push rax; iretq; 1: hlt", FAULT_LONG, NULL,
     {0x48, 0x89, 0xe3, 0x48, 0x8d, 0x05, 0x0d, 0x00, 0x00, 0x00, 0x6a,
     0x33, 0x53, 0x68, 0x02, 0x02, 0x00, 0x00, 0x6a, 0x3b, 0x50, 0x48,
     0xcf, 0xf4}, 24,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_now_user},
    {"mov ebx, 0x9000; lea rax, [rip+1f]; push 0x33; push rbx; push 0x202; push 0x2b; push rax; iretq; 1: hlt", FAULT_LONG, NULL,
     {0xbb, 0x00, 0x90, 0x00, 0x00, 0x48, 0x8d, 0x05, 0x0d, 0x00, 0x00,
     0x00, 0x6a, 0x33, 0x53, 0x68, 0x02, 0x02, 0x00, 0x00, 0x6a, 0x2b,
     0x50, 0x48, 0xcf, 0xf4}, 26,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_now_compat},
    /* SYSCALL and SYSRET. */
    {"nop; syscall", FAULT_LONG, set_no_sce,
     {0x90, 0x0f, 0x05}, 3,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"nop; .byte 0x48,0x0f,0x07", FAULT_LONG, set_no_sce,
     {0x90, 0x48, 0x0f, 0x07}, 4,
     EXCP06_ILLOP, NO_ERROR, 1},
    {"mov rcx, 0x8000000000000000; .byte 0x48,0x0f,0x07", FAULT_LONG, NULL,
     {0x48, 0xb9, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x48,
     0x0f, 0x07}, 13,
     EXCP0D_GPF, 0, 10},
    {"nop; syscall; nop", FAULT_LONG_USER, set_syscall,
     {0x90, 0x0f, 0x05, 0x90}, 4,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_syscall},
    {"mov r11d, 0x3246; lea rcx, [rip+1f]; .byte 0x48,0x0f,0x07; 1: hlt", FAULT_LONG, set_syscall,
     {0x41, 0xbb, 0x46, 0x32, 0x00, 0x00, 0x48, 0x8d, 0x0d, 0x03, 0x00,
     0x00, 0x00, 0x48, 0x0f, 0x07, 0xf4}, 17,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_sysret},
    {"mov r11d, 0x3246; lea rcx, [rip+1f]; .byte 0x0f,0x07; 1: hlt", FAULT_LONG, set_syscall,
     {0x41, 0xbb, 0x46, 0x32, 0x00, 0x00, 0x48, 0x8d, 0x0d, 0x02, 0x00,
     0x00, 0x00, 0x0f, 0x07, 0xf4}, 16,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_sysret32},
    {"nop; sysenter", FAULT_LONG, NULL,
     {0x90, 0x0f, 0x34}, 3,
     EXCP0D_GPF, 0, 1},
    {"nop; .byte 0x0f, 0x35", FAULT_LONG, NULL,
     {0x90, 0x0f, 0x35}, 3,
     EXCP0D_GPF, 0, 1},
    {"nop; sysenter", FAULT_LONG_USER, set_sysenter,
     {0x90, 0x0f, 0x34}, 3,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_sysenter},
    {"nop; sysenter", FAULT_COMPAT_USER, set_sysenter,
     {0x90, 0x0f, 0x34}, 3,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_sysenter},
    {"lea rdx, [rip+1f]; mov ecx, 0x9000; .byte 0x0f, 0x35; 1: hlt", FAULT_LONG, set_sysenter,
     {0x48, 0x8d, 0x15, 0x07, 0x00, 0x00, 0x00, 0xb9, 0x00, 0x90, 0x00,
     0x00, 0x0f, 0x35, 0xf4}, 15,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_sysexit},
    /* Far transfers. */
    {"mov eax, 0x200000; jmp fword ptr [rax]", FAULT_LONG, set_pointer_null,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0xff, 0x28}, 7,
     EXCP0D_GPF, 0, 5},
    {"mov eax, 0x200000; jmp fword ptr [rax]", FAULT_LONG, set_pointer_data,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0xff, 0x28}, 7,
     EXCP0D_GPF, TEST_DS, 5},
    {"mov eax, 0x200000; jmp fword ptr [rax]", FAULT_LONG, set_pointer_outer,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0xff, 0x28}, 7,
     EXCP0D_GPF, 0x38, 5},
    {"mov eax, 0x200000; call fword ptr [rax]", FAULT_LONG, set_pointer_absent,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0xff, 0x18}, 7,
     EXCP0B_NOSEG, FAULT_SEL_FREE, 5},
    {"mov eax, 0x200000; jmp fword ptr [rax]", FAULT_LONG, set_pointer_tss,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0xff, 0x28}, 7,
     EXCP0D_GPF, TEST_TR, 5},
    {"mov eax, 0x200000; jmp fword ptr [rax]", FAULT_LONG, set_pointer_ld,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0xff, 0x28}, 7,
     EXCP0D_GPF, FAULT_SEL_FREE, 5},
    {"mov eax, 0x200000; jmp fword ptr [rax]", FAULT_LONG, set_pointer_cs32,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0xff, 0x28}, 7,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_cs32},
    {"mov eax, 0x200000; call fword ptr [rax]", FAULT_LONG_USER, set_call_gate64,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0xff, 0x18}, 7,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_call_gate64},
    {"push 0; push 0; retfq", FAULT_LONG, NULL,
     {0x6a, 0x00, 0x6a, 0x00, 0x48, 0xcb}, 6,
     EXCP0D_GPF, 0, 4},
    {"push 0x33; push 0x9000; push 0x3b; lea rax, [rip+1f]; push rax; retfq; 1: hlt", FAULT_LONG, NULL,
     {0x6a, 0x33, 0x68, 0x00, 0x90, 0x00, 0x00, 0x6a, 0x3b, 0x48, 0x8d,
     0x05, 0x03, 0x00, 0x00, 0x00, 0x50, 0x48, 0xcb, 0xf4}, 20,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_now_user},
};
/* clang-format on */

int main(int argc, char **argv)
{
    return fault_main(argc, argv, "/tcg/fault-ctl", cases, G_N_ELEMENTS(cases));
}
