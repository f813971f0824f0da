/*
 * Cases of faults, see tcg-fault.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "tcg-fault.h"
#include "util/bswap.h"

#define GDT_LIMIT 0xff
#define VM86_SEG  0x0800 /* CS, at 0x8000 */

/* ------------------------------------------------------------------- helpers
 */

void fault_put(uint64_t addr, uint64_t v, unsigned size)
{
    v = cpu_to_le64(v);
    tcg_test_write(addr, &v, size);
}

uint64_t fault_get(uint64_t addr, unsigned size)
{
    uint64_t v = 0;

    memcpy(&v, tcg_test_ram() + addr, size);
    return le64_to_cpu(v);
}

void fault_set_desc(unsigned sel, uint64_t desc)
{
    fault_put(TEST_GDT + (sel & ~7u), desc, 8);
}

void fault_set_gate(TcgCpu *t, unsigned vector, uint16_t sel, uint32_t offset,
                    uint8_t flags)
{
    bool is_long = t->env.efer & EFER_LMA;
    unsigned size = is_long ? 16 : 8;
    uint64_t gate = (offset & 0xffff) | (uint64_t)sel << 16 |
                    (uint64_t)flags << 40 | (uint64_t)(offset >> 16) << 48;

    fault_put(t->env.idt.base + vector * size, gate, 8);
}

void fault_load_seg(TcgCpu *t, int seg, uint16_t sel)
{
    uint64_t desc = fault_get(TEST_GDT + (sel & ~7), 8);
    uint32_t hi = desc >> 32;
    uint32_t limit = (desc & 0xffff) | (hi & 0xf0000);
    uint32_t base = (desc >> 16 & 0xffffff) | (hi & 0xff000000);

    if (hi & DESC_G_MASK) {
        limit = limit << 12 | 0xfff;
    }
    x86_cpu_load_seg_cache(&t->env, seg, sel, base, limit, hi & 0x00f0ff00);
}

uint64_t fault_code_addr(FaultMode mode)
{
    return mode == FAULT_REAL || mode == FAULT_VM86 ? TEST_CODE_REAL
                                                    : TEST_CODE;
}

/* ------------------------------------------------------------------ the modes
 */

static void load_all(TcgCpu *t, uint16_t cs, uint16_t data)
{
    for (int seg = 0; seg < CPU_NB_SEGS; seg++) {
        fault_load_seg(t, seg, seg == R_CS ? cs : data);
    }
}

/* The interrupt vector table, as the handlers of the other modes. */
static void put_ivt(void)
{
    for (unsigned v = 0; v < 128; v++) {
        fault_put(v * 4, TEST_HANDLERS + v * 2, 4);
    }
}

static void enter_vm86(TcgCpu *t)
{
    CPUX86State *env = &t->env;

    for (int seg = 0; seg < CPU_NB_SEGS; seg++) {
        uint16_t sel = seg == R_CS ? VM86_SEG : seg == R_SS ? 0 : 0x2000;

        x86_cpu_load_seg_cache(env, seg, sel, sel << 4, 0xffff, 0xf300);
    }
    env->eflags |= VM_MASK | IOPL_MASK;
    env->rip = 0;
    env->regs[R_ESP] = 0x6000;
}

static void enter(TcgCpu *t, FaultMode mode)
{
    CPUX86State *env = &t->env;

    switch (mode) {
    case FAULT_REAL:
        put_ivt();
        return;
    case FAULT_PM16:
        /* 16-bit code and stack, below 64 KiB and 1 MiB. */
        fault_load_seg(t, R_CS, TEST_CS16);
        fault_set_desc(FAULT_SEL_LAST, UINT64_C(0x000093000000ffff));
        fault_load_seg(t, R_SS, FAULT_SEL_LAST);
        env->segs[R_CS].base = TEST_CODE;
        env->regs[R_ESP] = 0xfff0;
        env->rip = 0;
        break;
    case FAULT_PM32_USER:
        load_all(t, TEST_USER_CS32, TEST_USER_DS);
        break;
    case FAULT_COMPAT_USER:
        load_all(t, TEST_USER_CS32, TEST_USER_DS);
        break;
    case FAULT_VM86:
        enter_vm86(t);
        break;
    default:
        break;
    }
    env->gdt.limit = GDT_LIMIT;
}

TcgCpu *fault_start(FaultMode mode)
{
    static const uint8_t base[] = {
        [FAULT_REAL] = TEST_REAL,   [FAULT_PM16] = TEST_PROT32,
        [FAULT_PM32] = TEST_PROT32, [FAULT_PM32_USER] = TEST_PROT32,
        [FAULT_VM86] = TEST_PROT32, [FAULT_COMPAT_USER] = TEST_LONG,
        [FAULT_LONG] = TEST_LONG,   [FAULT_LONG_USER] = TEST_LONG_USER,
    };
    TcgCpu *t = tcg_test_start(base[mode]);

    enter(t, mode);
    for (int i = 0; i < CPU_NB_REGS; i++) {
        if (i != R_ESP) {
            t->env.regs[i] = 0;
        }
    }
    tcg_put_state(CPU(t->cpu));
    return t;
}

/* -------------------------------------------------------------------- checks
 */

static unsigned word_size(const TcgCpu *t)
{
    return t->env.efer & EFER_LMA ? 8 : t->env.cr[0] & CR0_PE ? 4 : 2;
}

uint64_t fault_frame(TcgCpu *t, unsigned n)
{
    unsigned size = word_size(t);

    return fault_get(t->env.segs[R_SS].base * (size != 8) + t->env.regs[R_ESP] +
                         n * size,
                     size);
}

typedef struct Before {
    uint64_t rip, regs[CPU_NB_REGS];
    uint16_t cs, ss;
} Before;

static void check_frame(TcgCpu *t, const FaultCase *c, const Before *b)
{
    bool has_error = c->error >= 0 && word_size(t) > 2;
    unsigned n = has_error;
    uint64_t ip = fault_frame(t, n), cs = fault_frame(t, n + 1);

    if (has_error) {
        g_assert_cmphex(fault_frame(t, 0), ==, c->error);
    }
    if (c->at == ANYWHERE) {
        return;
    }
    g_assert_cmphex(ip, ==, b->rip + c->at);
    g_assert_cmphex(cs, ==, b->cs);
    if (t->env.efer & EFER_LMA) {
        g_assert_cmphex(fault_frame(t, n + 4), ==, b->ss);
    }
}

void fault_run(const FaultCase *c)
{
    TcgCpu *t = fault_start(c->mode);
    CPUX86State *env = &t->env;
    uint64_t addr = fault_code_addr(c->mode);
    Before b;
    int vector;

    if (c->setup) {
        c->setup(t);
        tcg_put_state(CPU(t->cpu));
    }
    tcg_test_write(addr, c->code, c->len);
    fault_put(addr + c->len, 0xf4, 1); /* if it goes on */
    b.rip = env->rip;
    b.cs = env->segs[R_CS].selector;
    b.ss = env->segs[R_SS].selector;
    memcpy(b.regs, env->regs, sizeof(b.regs));
    tcg_test_run(t);
    vector = tcg_test_vector(t);
    if (c->vector == SHUTDOWN) {
        g_assert_cmpint(vector, ==, NO_FAULT);
        g_assert_cmpint(t->excp_vector, ==, -1);
        g_assert_false(env->eflags & IF_MASK);
    } else {
        g_assert_cmpint(vector, ==, c->vector);
    }
    if (vector >= 0) {
        check_frame(t, c, &b);
    }
    if (c->vector == EXCP0E_PAGE) {
        g_assert_cmphex(env->cr[2], ==, c->cr2);
    }
    if (c->check) {
        c->check(t);
    }
}

static void run_case(const void *opaque)
{
    fault_run(opaque);
}

int fault_main(int argc, char **argv, const char *prefix,
               const FaultCase *cases, unsigned nr)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions();
    for (unsigned i = 0; i < nr; i++) {
        g_autofree char *name = g_strdup(cases[i].name);
        g_autofree char *path = NULL;

        g_strdelimit(name, "/", '|');
        path = g_strdup_printf("%s/%u: %s", prefix, i, name);
        g_test_add_data_func(path, &cases[i], run_case);
    }
    return g_test_run();
}
