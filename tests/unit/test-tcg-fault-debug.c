/*
 * Debug exceptions: single steps, breakpoints of the debug registers.
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
};
/* clang-format on */

int main(int argc, char **argv)
{
    return fault_main(argc, argv, "/tcg/fault-debug", cases,
                      G_N_ELEMENTS(cases));
}
