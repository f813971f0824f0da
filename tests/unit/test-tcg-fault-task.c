/*
 * Privilege changes and tasks in protected mode: inner stacks from the TSS,
 * call gates with parameters, the I/O bitmap, task switches.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tcg-fault.h"

#define GATE_ADDR  0x30000 /* code of gates and tasks */
#define TASK_TSS   0x31000
#define TASK_STACK 0x33000
#define TASK_SEL   (FAULT_SEL_FREE + 0x10)

/* -------------------------------------------------------------------- tasks */

static const struct {
    uint8_t off;
    uint32_t value;
} tss32[] = {
    {0x20, GATE_ADDR},  {0x24, 2},       {0x28, 0x11111111},
    {0x38, TASK_STACK}, {0x48, TEST_DS}, {0x4c, TEST_CS32},
    {0x50, TEST_DS},    {0x54, TEST_DS}, {0x58, TEST_DS},
    {0x5c, TEST_DS},
};

static void set_task(TcgCpu *t)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(tss32); i++) {
        fault_put(TASK_TSS + tss32[i].off, tss32[i].value, 4);
    }
    fault_set_desc(TASK_SEL,
                   UINT64_C(0x0000890000000067) | (uint64_t)TASK_TSS << 16);
    fault_put(GATE_ADDR, 0xf4, 1);
}

static void task_gate(TcgCpu *t, unsigned vector)
{
    fault_put(TEST_IDT + vector * 8,
              (uint64_t)TASK_SEL << 16 | UINT64_C(0xe5) << 40, 8);
}

/* The fault enters a task, which halts where the handler would. */
static void set_fault_task(TcgCpu *t, unsigned vector)
{
    set_task(t);
    fault_put(TASK_TSS + 0x20, TEST_HANDLERS + vector * 2, 4);
    task_gate(t, vector);
}

static void set_task_iret(TcgCpu *t)
{
    set_task(t);
    fault_put(GATE_ADDR, 0xcf, 1);
}

static void set_task_gate(TcgCpu *t)
{
    set_task(t);
    task_gate(t, EXCP0D_GPF);
}

static void set_task_busy(TcgCpu *t)
{
    set_task(t);
    fault_put(TEST_GDT + TASK_SEL + 5, 0x8b, 1);
}

static void set_task_short(TcgCpu *t)
{
    set_task(t);
    fault_put(TEST_GDT + TASK_SEL, 0x60, 2);
}

static void set_task_bad_cs(TcgCpu *t)
{
    set_task(t);
    fault_put(TASK_TSS + 0x4c, TEST_DS, 4);
}

static void set_task_trap(TcgCpu *t)
{
    set_task(t);
    fault_put(TASK_TSS + 0x64, 1, 2);
}

static void set_task16(TcgCpu *t)
{
    fault_set_desc(TASK_SEL,
                   UINT64_C(0x000081000000002b) | (uint64_t)TASK_TSS << 16);
    fault_put(TASK_TSS + 0x0e, TEST_HANDLERS + 0x200, 2);
    fault_put(TASK_TSS + 0x10, 2, 2);
    fault_put(TASK_TSS + 0x12, 0x1234, 2);
    fault_put(TASK_TSS + 0x22, TEST_DS, 2);
    fault_put(TASK_TSS + 0x24, TEST_CS32, 2);
    fault_put(TASK_TSS + 0x26, TEST_DS, 2);
    fault_put(TASK_TSS + 0x28, TEST_DS, 2);
    fault_put(TEST_HANDLERS + 0x200, 0xf4, 1);
}

static unsigned gdt_type(unsigned sel)
{
    return fault_get(TEST_GDT + sel + 5, 1);
}

static void check_task(TcgCpu *t, bool nested)
{
    g_assert_cmphex(t->env.rip, ==, GATE_ADDR + 1);
    g_assert_cmphex(t->env.regs[R_EAX], ==, 0x11111111);
    g_assert_cmphex(t->env.tr.selector, ==, TASK_SEL);
    g_assert_cmphex(t->env.tr.base, ==, TASK_TSS);
    g_assert_cmphex(gdt_type(TASK_SEL), ==, 0x8b);
    g_assert_cmphex(gdt_type(TEST_TR), ==, nested ? 0x8b : 0x89);
    g_assert_cmphex(fault_get(TEST_TSS + 0x20, 4), ==, TEST_CODE + 7);
    g_assert_cmphex(fault_get(TEST_TSS + 0x4c, 2), ==, TEST_CS32);
    g_assert_cmphex(t->env.eflags & NT_MASK, ==, nested ? NT_MASK : 0);
    g_assert_cmphex(t->env.cr[0] & CR0_TS, ==, CR0_TS);
}

static void check_task_jmp(TcgCpu *t)
{
    check_task(t, false);
}

static void check_task_call(TcgCpu *t)
{
    check_task(t, true);
    g_assert_cmphex(fault_get(TASK_TSS, 2), ==, TEST_TR);
}

static void check_task_back(TcgCpu *t)
{
    g_assert_cmphex(t->env.regs[R_EBX], ==, 7);
    g_assert_cmphex(t->env.tr.selector, ==, TEST_TR);
    g_assert_cmphex(gdt_type(TASK_SEL), ==, 0x89);
    g_assert_cmphex(gdt_type(TEST_TR), ==, 0x8b);
    g_assert_cmphex(t->env.eflags & NT_MASK, ==, 0);
    g_assert_cmphex(fault_get(TASK_TSS + 0x20, 4), ==, GATE_ADDR + 1);
}

static void check_task_error(TcgCpu *t)
{
    g_assert_cmphex(t->env.rip, ==, GATE_ADDR + 1);
    g_assert_cmphex(t->env.regs[R_ESP], ==, TASK_STACK - 4);
    g_assert_cmphex(fault_frame(t, 0), ==, 0x200);
    g_assert_cmphex(fault_get(TEST_TSS + 0x20, 4), ==, TEST_CODE + 5);
}

static void check_task16(TcgCpu *t)
{
    g_assert_cmphex(t->env.rip, ==, TEST_HANDLERS + 0x201);
    g_assert_cmphex(t->env.regs[R_EAX], ==, 0xffff1234);
}

static void check_task_trap(TcgCpu *t)
{
    g_assert_cmphex(t->env.dr[6] & 0xf00f, ==, 0x8000);
    g_assert_cmphex(fault_frame(t, 0), ==, GATE_ADDR);
    g_assert_cmphex(t->env.tr.selector, ==, TASK_SEL);
}

/* The user code's INT n could not get in; a task was told. */
static void check_on_task_stack(TcgCpu *t)
{
    g_assert_cmphex(t->env.regs[R_ESP], ==, TASK_STACK - 4);
    g_assert_cmphex(fault_get(TEST_TSS + 0x20, 4), ==, TEST_CODE + 1);
    g_assert_cmphex(fault_get(TEST_TSS + 0x4c, 2), ==, TEST_USER_CS32);
}

/* -------------------------------------------------------- privilege changes */

static void set_dpl0_gate(TcgCpu *t)
{
    fault_set_gate(t, 0x20, TEST_CS32, TEST_HANDLERS + 0x40, 0x8e);
}

static void set_absent_data(TcgCpu *t)
{
    fault_set_desc(FAULT_SEL_FREE, UINT64_C(0x00cf13000000ffff));
}

static void set_tss_ss_null(TcgCpu *t)
{
    fault_put(TEST_TSS + 8, 0, 4);
    set_fault_task(t, EXCP0A_TSS);
}

static void set_tss_ss_rpl(TcgCpu *t)
{
    fault_put(TEST_TSS + 8, TEST_USER_DS, 4);
    set_fault_task(t, EXCP0A_TSS);
}

static void set_tss_ss_absent(TcgCpu *t)
{
    set_absent_data(t);
    fault_put(TEST_TSS + 8, FAULT_SEL_FREE, 4);
    set_fault_task(t, EXCP0C_STACK);
}

static void set_tss_limit(TcgCpu *t)
{
    set_fault_task(t, EXCP0A_TSS);
    t->env.tr.limit = 7;
}

/* At 0x50 a gate to HLT, at 0x58 one to RETF 8; both take two parameters. */
static void set_call_gate(TcgCpu *t)
{
    for (unsigned i = 0; i < 2; i++) {
        uint32_t addr = GATE_ADDR + i * 0x10;

        fault_set_desc(FAULT_SEL_FREE + 8 * i,
                       (addr & 0xffff) | TEST_CS32 << 16 |
                           UINT64_C(0xec02) << 32 |
                           (uint64_t)(addr >> 16) << 48);
    }
    fault_put(GATE_ADDR, 0xf4, 1);
    fault_put(GATE_ADDR + 0x10, 0x0008ca, 3);
}

static void set_iopl_user(TcgCpu *t)
{
    t->env.eflags |= IOPL_MASK;
}

/* Ports 0x80 to 0x87. */
static void set_io_bitmap(TcgCpu *t)
{
    for (unsigned i = 0; i < 0x20; i++) {
        fault_put(TEST_TSS + 0x68 + i, i == 0x10 ? 0 : 0xff, 1);
    }
    t->env.tr.limit = 0x67 + 0x20;
}

static void check_words(TcgCpu *t, const uint32_t *words, unsigned nr)
{
    for (unsigned i = 0; i < nr; i++) {
        g_assert_cmphex(fault_frame(t, i), ==, words[i]);
    }
}

static void check_user_int(TcgCpu *t)
{
    const uint32_t words[] = {TEST_CODE + 2, TEST_USER_CS32, 2, TEST_STACK,
                              TEST_USER_DS};

    check_words(t, words, 5);
    g_assert_cmphex(t->env.regs[R_ESP], ==, TEST_STACK0 - 20);
    g_assert_cmphex(t->env.segs[R_SS].selector, ==, TEST_DS);
}

static void check_call_gate(TcgCpu *t)
{
    const uint32_t words[] = {TEST_CODE + 11, TEST_USER_CS32, 0x22,
                              0x11,           TEST_STACK - 8, TEST_USER_DS};

    g_assert_cmphex(t->env.rip, ==, GATE_ADDR + 1);
    g_assert_cmphex(t->env.regs[R_ESP], ==, TEST_STACK0 - 24);
    check_words(t, words, 6);
}

static void check_gate_return(TcgCpu *t)
{
    g_assert_cmphex(fault_frame(t, 4), ==, TEST_STACK);
    g_assert_cmphex(fault_frame(t, 5), ==, TEST_USER_DS);
}

static void check_data_dropped(TcgCpu *t)
{
    g_assert_cmphex(t->env.segs[R_DS].selector, ==, 0);
    g_assert_cmphex(t->env.segs[R_GS].selector, ==, 0);
    g_assert_cmphex(fault_frame(t, 4), ==, 0x9000);
}

/* -------------------------------------------------------------------- cases */

/* clang-format off */
static const FaultCase cases[] = {
    /* Privilege changes. */
    {"int 0x20; nop", FAULT_PM32_USER, NULL,
     {0xcd, 0x20, 0x90}, 3,
     0x20, NO_ERROR, 2, 0, check_user_int},
    {"nop; int 0x20", FAULT_PM32_USER, set_dpl0_gate,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0D_GPF, 0x102, 1},
    {"nop; int 0x20", FAULT_PM32_USER, set_tss_ss_null,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0A_TSS, 0, ANYWHERE, 0, check_on_task_stack},
    {"nop; int 0x20", FAULT_PM32_USER, set_tss_ss_rpl,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0A_TSS, TEST_USER_DS & ~3, ANYWHERE, 0, check_on_task_stack},
    {"nop; int 0x20", FAULT_PM32_USER, set_tss_ss_absent,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0C_STACK, FAULT_SEL_FREE, ANYWHERE, 0, check_on_task_stack},
    {"nop; int 0x20", FAULT_PM32_USER, set_tss_limit,
     {0x90, 0xcd, 0x20}, 3,
     EXCP0A_TSS, TEST_TR, ANYWHERE, 0, check_on_task_stack},
    {"push 0x11; push 0x22; lcall 0x53, 0", FAULT_PM32_USER, set_call_gate,
     {0x6a, 0x11, 0x6a, 0x22, 0x9a, 0x00, 0x00, 0x00, 0x00, 0x53, 0x00},
     11,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_call_gate},
    {"push 0x11; push 0x22; lcall 0x5b, 0; hlt", FAULT_PM32_USER, set_call_gate,
     {0x6a, 0x11, 0x6a, 0x22, 0x9a, 0x00, 0x00, 0x00, 0x00, 0x5b, 0x00,
     0xf4}, 12,
     EXCP0D_GPF, 0, 11, 0, check_gate_return},
    {"nop; ljmp 0x18, 0", FAULT_PM32_USER, NULL,
     {0x90, 0xea, 0x00, 0x00, 0x00, 0x00, 0x18, 0x00}, 8,
     EXCP0D_GPF, TEST_CS32, 1},
    {"nop; ljmp 0x2b, 0", FAULT_PM32, NULL,
     {0x90, 0xea, 0x00, 0x00, 0x00, 0x00, 0x2b, 0x00}, 8,
     EXCP0D_GPF, 0x28, 1},
    {"push 0x33; push 0x9000; push 0x2b; push offset 1f; retf; 1: hlt", FAULT_PM32, NULL,
     {0x6a, 0x33, 0x68, 0x00, 0x90, 0x00, 0x00, 0x6a, 0x2b, 0x68, 0x0f,
     0x00, 0x10, 0x00, 0xcb, 0xf4}, 16,
     EXCP0D_GPF, 0, ANYWHERE},
    {"push 0x33; push 0x9000; push 0x2b; push offset 1f; retf; 1: hlt", FAULT_PM32, NULL,
     {0x6a, 0x33, 0x68, 0x00, 0x90, 0x00, 0x00, 0x6a, 0x2b, 0x68, 0x0f,
     0x00, 0x10, 0x00, 0xcb, 0xf4}, 16,
     EXCP0D_GPF, 0, ANYWHERE, 0, check_data_dropped},
    {"push 0x1b; push 0; retf", FAULT_PM32, NULL,
     {0x6a, 0x1b, 0x6a, 0x00, 0xcb}, 5,
     EXCP0D_GPF, TEST_CS32, 4},
    {"cli; sti; in al, 0x80", FAULT_PM32, set_iopl_user,
     {0xfa, 0xfb, 0xe4, 0x80}, 4,
     NO_FAULT, NO_ERROR, ANYWHERE},
    {"cli; sti; in al, 0x80; hlt", FAULT_PM32_USER, set_iopl_user,
     {0xfa, 0xfb, 0xe4, 0x80, 0xf4}, 5,
     EXCP0D_GPF, 0, 4},
    {"in al, 0x80; in ax, 0x87", FAULT_PM32_USER, set_io_bitmap,
     {0xe4, 0x80, 0x66, 0xe5, 0x87}, 5,
     EXCP0D_GPF, 0, 2},
    {"in al, 0x80; in al, 0x88", FAULT_PM32_USER, set_io_bitmap,
     {0xe4, 0x80, 0xe4, 0x88}, 4,
     EXCP0D_GPF, 0, 2},
    /* Task switches. */
    {"ljmp 0x60, 0", FAULT_PM32, set_task,
     {0xea, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00}, 7,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_task_jmp},
    {"lcall 0x60, 0", FAULT_PM32, set_task,
     {0x9a, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00}, 7,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_task_call},
    {"lcall 0x60, 0; mov ebx, 7", FAULT_PM32, set_task_iret,
     {0x9a, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00, 0xbb, 0x07, 0x00, 0x00,
     0x00}, 12,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_task_back},
    {"mov eax, 0x200; mov ds, eax", FAULT_PM32, set_task_gate,
     {0xb8, 0x00, 0x02, 0x00, 0x00, 0x8e, 0xd8}, 7,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_task_error},
    {"nop; ljmp 0x60, 0", FAULT_PM32, set_task_busy,
     {0x90, 0xea, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00}, 8,
     EXCP0D_GPF, TASK_SEL, 1},
    {"nop; ljmp 0x60, 0", FAULT_PM32, set_task_short,
     {0x90, 0xea, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00}, 8,
     EXCP0A_TSS, TASK_SEL, 1},
    {"ljmp 0x60, 0", FAULT_PM32, set_task_bad_cs,
     {0xea, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00}, 7,
     SHUTDOWN, NO_ERROR, ANYWHERE},
    {"ljmp 0x60, 0", FAULT_PM32, set_task16,
     {0xea, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00}, 7,
     NO_FAULT, NO_ERROR, ANYWHERE, 0, check_task16},
    {"ljmp 0x60, 0", FAULT_PM32, set_task_trap,
     {0xea, 0x00, 0x00, 0x00, 0x00, 0x60, 0x00}, 7,
     EXCP01_DB, NO_ERROR, ANYWHERE, 0, check_task_trap},
};
/* clang-format on */

int main(int argc, char **argv)
{
    return fault_main(argc, argv, "/tcg/fault-task", cases,
                      G_N_ELEMENTS(cases));
}
