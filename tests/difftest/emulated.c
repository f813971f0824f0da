/*
 * The differential tester: cases on the software CPU, in user mode under an
 * operating system that only has exception handlers, which halt.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "difftest.h"
#include "../unit/tcg-harness.h"
#include "util/bswap.h"

/* Where the tables of the harness are seen: user code must not find them. */
#define KERNEL UINT64_C(0xffff800000000000)

/* Guest-physical. */
enum {
    PHYS_CODE = 0x400000,
    PHYS_DATA = 0x410000,
    PML4 = TEST_PT,
    KERNEL_PDPT = TEST_PT + 0x1000,
    KERNEL_PD = TEST_PT + 0x2000,
    USER_PDPT = TEST_PT + 0x3000,
    USER_PD = TEST_PT + 0x4000,
    USER_PT = TEST_PT + 0x5000,
};
#define PTE_TABLE 7 /* present, writable, user */
#define PTE_NX    (UINT64_C(1) << 63)

static TcgCpu *cpu;

static void put(uint64_t phys, uint64_t v)
{
    stq_le_p(tcg_test_ram() + phys, v);
}

static void put_user_page(uint64_t linear, uint64_t phys, uint64_t bits)
{
    put(USER_PT + (linear >> 12 & 511) * 8, phys | 0x65 | bits);
}

static void put_page_tables(void)
{
    put(PML4 + 256 * 8, KERNEL_PDPT | 3);
    put(KERNEL_PDPT, KERNEL_PD | 3);
    put(KERNEL_PD, 0xe3);
    put(PML4, USER_PDPT | PTE_TABLE);
    put(USER_PDPT, USER_PD | PTE_TABLE);
    put(USER_PD + (DT_CODE >> 21) * 8, USER_PT | PTE_TABLE);
    put_user_page(DT_CODE, PHYS_CODE, 0);
    for (unsigned i = 0; i < DT_ALL_SIZE; i += 4096) {
        put_user_page(DT_DATA + i, PHYS_DATA + i,
                      PTE_NX | (i < DT_DATA_SIZE ? 2 : 0));
    }
}

static void move_to_kernel(void)
{
    CPUX86State *env = &cpu->env;

    for (unsigned vector = 0; vector < 128; vector++) {
        put(TEST_IDT + vector * 16 + 8, KERNEL >> 32);
    }
    env->gdt.base += KERNEL;
    env->idt.base += KERNEL;
    env->tr.base += KERNEL;
    put(TEST_TSS + 4, KERNEL + TEST_STACK0);
    env->cr[3] = PML4;
}

void emulated_start(void)
{
    cpu = tcg_test_start(TEST_LONG_USER);
    tcg_get_state(CPU(cpu->cpu));
    put_page_tables();
    memset(tcg_test_ram() + PHYS_CODE, 0xcc, 4096);
    move_to_kernel();
    tcg_put_state(CPU(cpu->cpu));
}

static void put_fx(CPUX86State *env, const uint8_t *fx)
{
    unsigned top;

    env->fpuc = ldw_le_p(fx);
    env->fpus = ldw_le_p(fx + 2);
    env->fptags = ~fx[4];
    env->mxcsr = ldl_le_p(fx + 24);
    top = env->fpus >> 11;
    for (unsigned i = 0; i < 8; i++) {
        FPReg *r = &env->fpregs[(top + i) & 7];

        r->mant = ldq_le_p(fx + 32 + 16 * i);
        r->se = ldw_le_p(fx + 40 + 16 * i);
    }
    memcpy(env->xmm, fx + 160, sizeof(env->xmm));
}

static void take_fx(const CPUX86State *env, uint8_t *fx)
{
    unsigned top = env->fpus >> 11;

    memset(fx, 0, DT_FX_SIZE);
    stw_le_p(fx, env->fpuc);
    stw_le_p(fx + 2, env->fpus);
    fx[4] = ~env->fptags;
    stw_le_p(fx + 6, env->fpop);
    stq_le_p(fx + 8, env->fpip);
    stq_le_p(fx + 16, env->fpdp);
    stl_le_p(fx + 24, env->mxcsr);
    for (unsigned i = 0; i < 8; i++) {
        const FPReg *r = &env->fpregs[(top + i) & 7];

        stq_le_p(fx + 32 + 16 * i, r->mant);
        stw_le_p(fx + 40 + 16 * i, r->se);
    }
    memcpy(fx + 160, env->xmm, sizeof(env->xmm));
}

static void enter(const Case *c)
{
    static const int data_segments[] = {R_DS, R_ES, R_SS};
    CPUX86State *env = &cpu->env;
    State s;

    case_state(c, &s);
    x86_cpu_load_seg_cache(env, R_CS, c->compat ? TEST_USER_CS32
                                                : TEST_USER_CS64,
                           0, UINT32_MAX, c->compat ? 0xcffb00 : 0xaffb00);
    for (unsigned i = 0; i < ARRAY_SIZE(data_segments); i++) {
        x86_cpu_load_seg_cache(env, data_segments[i], TEST_USER_DS,
                               case_base(c),
                               c->segmented ? DT_LIMIT : UINT32_MAX,
                               c->segmented ? 0x40f300 : 0xcff300);
    }
    memcpy(env->regs, s.regs, sizeof(s.regs));
    env->rip = s.rip;
    env->eflags = s.eflags;
    env->cr[2] = 0;
    put_fx(env, s.fx);
}

static bool has_error_code(int vector)
{
    return vector == EXCP08_DBLE || vector == EXCP11_ALGN ||
           (vector >= EXCP0A_TSS && vector <= EXCP0E_PAGE);
}

static void take_outcome(Outcome *o)
{
    const CPUX86State *env = &cpu->env;
    uint64_t rip = env->rip - 1 - KERNEL - TEST_HANDLERS;
    uint64_t stack = env->regs[R_ESP] - KERNEL;
    const uint8_t *frame = tcg_test_ram() + stack;

    memset(o, 0, sizeof(*o));
    o->vector = -1;
    if (rip >= 256 || stack > TCG_TEST_RAM - 64) {
        return;
    }
    o->vector = rip / 2;
    if (has_error_code(o->vector)) {
        o->error = ldq_le_p(frame);
        frame += 8;
    }
    memcpy(o->s.regs, env->regs, sizeof(o->s.regs));
    o->s.rip = ldq_le_p(frame);
    o->s.eflags = ldq_le_p(frame + 16);
    o->s.regs[R_ESP] = ldq_le_p(frame + 24);
    o->cr2 = env->cr[2];
    take_fx(env, o->s.fx);
    memcpy(o->data, tcg_test_ram() + PHYS_DATA, DT_ALL_SIZE);
}

void emulated_run(const Case *c, Outcome *o)
{
    CPUState *cs = CPU(cpu->cpu);
    uint8_t data[DT_ALL_SIZE], code[DT_CODE_MAX];

    case_data(c, data);
    memcpy(tcg_test_ram() + PHYS_DATA, data, sizeof(data));
    memset(code, 0xcc, sizeof(code));
    memcpy(code, c->code, c->len);
    tcg_test_write(PHYS_CODE, code, sizeof(code));
    tcg_get_state(cs);
    enter(c);
    tcg_put_state(cs);
    tcg_test_run(cpu);
    take_outcome(o);
}
