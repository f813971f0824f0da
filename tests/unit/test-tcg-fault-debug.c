/*
 * Debug exceptions: single steps, breakpoints of the debug registers; NMI.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tcg-fault.h"

#define DR6_BS 0x4000

/* ------------------------------------------------------------------- set-ups
 */

static void set_tf(TcgCpu *t)
{
    t->env.eflags |= TF_MASK;
}

static void set_tf_ss(TcgCpu *t)
{
    set_tf(t);
    t->env.regs[R_EAX] = TEST_DS;
}

static void set_code_bp(TcgCpu *t)
{
    t->env.dr[0] = TEST_CODE + 2;
    t->env.dr[7] |= 1;
}

static void set_code_bp_rf(TcgCpu *t)
{
    t->env.dr[0] = TEST_CODE;
    t->env.dr[7] |= 1;
    t->env.eflags |= RF_MASK;
}

/* Four bytes at FAULT_DATA, and eight. */
static void set_write_bp(TcgCpu *t)
{
    t->env.dr[1] = FAULT_DATA;
    t->env.dr[7] |= 0xd00008;
}

static void set_access_bp(TcgCpu *t)
{
    t->env.dr[2] = FAULT_DATA;
    t->env.dr[7] |= 0xb000010;
}

static void set_nmi(TcgCpu *t)
{
    CPU(t->cpu)->interrupt_request |= CPU_INTERRUPT_NMI;
}

static void set_nmi_shadow(TcgCpu *t)
{
    set_nmi(t);
    t->env.interrupt_shadow = true;
}

static void set_nmi_blocked(TcgCpu *t)
{
    set_nmi(t);
    t->env.nmi_blocked = true;
}

static void check_nmi(TcgCpu *t)
{
    g_assert_true(t->env.nmi_blocked);
    g_assert_false(t->env.interrupt_shadow);
    g_assert_cmphex(CPU(t->cpu)->interrupt_request, ==, 0);
    g_assert_cmphex(fault_frame(t, 2) & RF_MASK, ==, 0);
}

static void check_b1(TcgCpu *t)
{
    g_assert_cmphex(t->env.dr[6] & 0xf00f, ==, 2);
}

static void check_b2(TcgCpu *t)
{
    g_assert_cmphex(t->env.dr[6] & 0xf00f, ==, 4);
}

static void check_bs(TcgCpu *t)
{
    g_assert_cmphex(t->env.dr[6] & 0xf00f, ==, DR6_BS);
    g_assert_cmphex(t->env.eflags & TF_MASK, ==, 0);
    g_assert_cmphex(fault_frame(t, 2) & (TF_MASK | RF_MASK), ==, TF_MASK);
}

static void check_b0(TcgCpu *t)
{
    g_assert_cmphex(t->env.dr[6] & 0xf00f, ==, 1);
    g_assert_cmphex(fault_frame(t, 2) & RF_MASK, ==, 0);
}

/* -------------------------------------------------------------------- cases */

/* clang-format off */
static const FaultCase cases[] = {
    /* Debug exceptions. */
    {"nop; nop", FAULT_LONG, set_tf,
     {0x90, 0x90}, 2,
     EXCP01_DB, NO_ERROR, 1, 0, check_bs},
    {"jmp 1f; nop; 1:  nop", FAULT_LONG, set_tf,
     {0xeb, 0x01, 0x90, 0x90}, 4,
     EXCP01_DB, NO_ERROR, 3, 0, check_bs},
    {"pushf; or dword ptr [rsp], 0x100; popf; nop; nop", FAULT_LONG, NULL,
     {0x9c, 0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00, 0x9d, 0x90, 0x90},
     11,
     EXCP01_DB, NO_ERROR, 10, 0, check_bs},
    {"mov eax, ss; nop", FAULT_LONG, set_tf,
     {0x8c, 0xd0, 0x90}, 3,
     EXCP01_DB, NO_ERROR, 2, 0, check_bs},
    {"mov ss, eax; nop; nop", FAULT_LONG, set_tf_ss,
     {0x8e, 0xd0, 0x90, 0x90}, 4,
     EXCP01_DB, NO_ERROR, 3, 0, check_bs},
    {"int 0x20; nop", FAULT_LONG, set_tf,
     {0xcd, 0x20, 0x90}, 3,
     0x20, NO_ERROR, 2},
    {"nop; nop; nop", FAULT_LONG, set_code_bp,
     {0x90, 0x90, 0x90}, 3,
     EXCP01_DB, NO_ERROR, 2, 0, check_b0},
    {"nop; nop; nop", FAULT_LONG, set_code_bp_rf,
     {0x90, 0x90, 0x90}, 3,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"mov eax, 0x200000; mov ebx, [rax]; mov [rax-4], ebx; mov [rax+1], bx; nop", FAULT_LONG, set_write_bp,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0x8b, 0x18, 0x89, 0x58, 0xfc, 0x66,
     0x89, 0x58, 0x01, 0x90}, 15,
     EXCP01_DB, NO_ERROR, 14, 0, check_b1},
    {"mov eax, 0x200000; mov ebx, [rax+8]; mov bl, [rax+7]; nop", FAULT_LONG, set_access_bp,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0x8b, 0x58, 0x08, 0x8a, 0x58, 0x07,
     0x90}, 12,
     EXCP01_DB, NO_ERROR, 11, 0, check_b2},
    {"mov eax, 0x200000; mov [rax-8], rbx; lock add dword ptr [rax+4], 5; nop", FAULT_LONG, set_access_bp,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0x48, 0x89, 0x58, 0xf8, 0xf0, 0x83,
     0x40, 0x04, 0x05, 0x90}, 15,
     EXCP01_DB, NO_ERROR, 14, 0, check_b2},
    {"mov edi, 0x1ffff8; mov ecx, 3; rep stosq; nop", FAULT_LONG, set_write_bp,
     {0xbf, 0xf8, 0xff, 0x1f, 0x00, 0xb9, 0x03, 0x00, 0x00, 0x00, 0xf3,
     0x48, 0xab, 0x90}, 14,
     EXCP01_DB, NO_ERROR, 10, 0, check_b1},
    {"mov esp, 0x200008; push rax; nop", FAULT_LONG, set_write_bp,
     {0xbc, 0x08, 0x00, 0x20, 0x00, 0x50, 0x90}, 7,
     EXCP01_DB, NO_ERROR, 6, 0, check_b1},
    {"mov eax, 0x200000; mov dr1, rax; mov ebx, 0x100008; mov [rax], eax; mov dr7, rbx; mov [rax], eax; nop", FAULT_LONG, NULL,
     {0xb8, 0x00, 0x00, 0x20, 0x00, 0x0f, 0x23, 0xc8, 0xbb, 0x08, 0x00,
     0x10, 0x00, 0x89, 0x00, 0x0f, 0x23, 0xfb, 0x89, 0x00, 0x90}, 21,
     EXCP01_DB, NO_ERROR, 20, 0, check_b1},
    /* Non-maskable interrupts, and what holds them off. */
    {"nop", FAULT_LONG, set_nmi,
     {0x90}, 1,
     EXCP02_NMI, NO_ERROR, 0, 0, check_nmi},
    {"nop; nop", FAULT_LONG, set_nmi_shadow,
     {0x90, 0x90}, 2,
     EXCP02_NMI, NO_ERROR, 1, 0, check_nmi},
    {"mov rbx, rsp; lea rax, [rip+1f]; push 0x10; push rbx; push 2; push 8; push rax; iretq; 1:  nop", FAULT_LONG, set_nmi_blocked,
     {0x48, 0x89, 0xe3, 0x48, 0x8d, 0x05, 0x0a, 0x00, 0x00, 0x00, 0x6a,
     0x10, 0x53, 0x6a, 0x02, 0x6a, 0x08, 0x50, 0x48, 0xcf, 0x90}, 21,
     EXCP02_NMI, NO_ERROR, 20, 0, check_nmi},
    {"nop", FAULT_LONG, set_nmi_blocked,
     {0x90}, 1,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"nop", FAULT_LONG_USER, set_nmi,
     {0x90}, 1,
     EXCP02_NMI, NO_ERROR, 0, 0, check_nmi},
    {"nop", FAULT_REAL, set_nmi,
     {0x90}, 1,
     EXCP02_NMI, NO_ERROR, 0},
};
/* clang-format on */

int main(int argc, char **argv)
{
    return fault_main(argc, argv, "/tcg/fault-debug", cases,
                      G_N_ELEMENTS(cases));
}
