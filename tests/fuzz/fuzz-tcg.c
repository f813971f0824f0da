/*
 * Fuzz target: the software CPU's decoder and handlers, by random code in every
 * mode of the processor.
 *
 * The input is a byte for the mode, one for what is unusual about the CPU, four
 * that registers are made of, and code. The guest's tables are in order at
 * first; the code may do what it likes with them. It ends with HLT, a triple
 * fault or after a millisecond, whichever comes first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <signal.h>
#include <sys/time.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/tcg-harness.h"
#include "util/bswap.h"

#define HEADER    6
#define CODE_MAX  1024
#define CASE_USEC 1000
/* Longer than any instruction may keep a CPU from looking around. */
#define PATIENCE_SECONDS 20

/* Mode bytes as in fuzz_modes[]; the bytes that follow make some instructions
 * of every kind. No byte is 0: these are strings. */
const char *const fuzz_seeds[] = {
    "\x01\x10\x11\x22\x33\x44\xb8\x34\x12\xcd\x10\x8e\xd8\xf3\xa4\xf4",
    "\x02\x01\x11\x22\x33\x44\x9a\x10\x20\x18\x08\xcf\xcb\xf4",
    "\x03\x01\x55\x66\x77\x44\x0f\x22\xc0\x0f\x01\x1f\x0f\x30\xea\x01\x02\x03"
    "\x04\x18\x08\xf4",
    "\x04\x01\x55\x66\x77\x11\x48\x89\xc8\xf0\x48\x0f\xb1\x11\x0f\x05\x48\xcf"
    "\xf4",
    "\x05\x01\x55\x66\x77\x11\x66\x0f\x6f\x03\x66\x0f\xef\xc1\xf3\x0f\x7f\x07"
    "\xf2\x0f\x58\xc1\x0f\xae\x07\xd9\xe8\xde\xc1\xdd\x37\xf4",
    "\x06\x02\x01\x66\x77\x11\x0f\x34\x0f\x31\x9d\x9c\x07\xc8\x10\x01\x03\xf4",
    "\x07\x04\x99\x66\x77\x11\x0f\x23\xf8\x0f\x32\xcc\xf1\xcd\x80\xf4",
    "\x08\x08\x99\x66\x77\x11\x64\x8b\x03\x65\x48\xab\xe8\x10\x01\x01\x01\xf4",
    NULL,
};

typedef struct FuzzMode {
    TestMode base;
    uint16_t cs, data; /* 0: as the base has it */
} FuzzMode;

static const FuzzMode fuzz_modes[] = {
    {TEST_REAL},
    {TEST_PROT32},
    {TEST_PROT32, TEST_CS16},
    {TEST_PROT32, TEST_USER_CS32, TEST_USER_DS},
    {TEST_LONG},
    {TEST_LONG_USER},
    {TEST_LONG, TEST_CS32},
    {TEST_LONG, TEST_CS16},
    {TEST_LONG_USER, TEST_USER_CS32, TEST_USER_DS},
};

static CPUState *running;
static volatile sig_atomic_t over;

static void on_timer(int sig)
{
    over = 1;
    qatomic_set(&running->exit_request, 1);
}

static void on_hang(int sig)
{
    abort(); /* the CPU does not look at exit_request */
}

static void set_timer(int which, time_t seconds, suseconds_t usec)
{
    struct itimerval t = {.it_value = {seconds, usec}};

    setitimer(which, &t, NULL);
}

/* ----------------------------------------------------------------- the state */

static void load_seg(CPUX86State *env, int seg, uint16_t selector)
{
    uint64_t d = ldq_le_p(tcg_test_ram() + TEST_GDT + (selector & ~7));

    x86_cpu_load_seg_cache(env, seg, selector, 0,
                           d >> 55 & 1 ? UINT32_MAX : 0xfffff,
                           (d >> 32) & 0x00f0ff00);
}

static void enter_mode(CPUX86State *env, const FuzzMode *m)
{
    if (m->cs) {
        load_seg(env, R_CS, m->cs);
    }
    for (int seg = 0; m->data && seg < CPU_NB_SEGS; seg++) {
        if (seg != R_CS) {
            load_seg(env, seg, m->data);
        }
    }
}

/* Addresses where something is, and numbers. */
static void fill_registers(CPUX86State *env, uint64_t seed)
{
    static const uint64_t places[] = {
        TEST_CODE, TEST_DATA,    TEST_STACK,          TEST_PD,
        TEST_GDT,  TEST_IDT,     TEST_TSS,            TCG_TEST_RAM,
        0,         1ull << 47,   0xffff800000000000u, UINT64_MAX,
        7,         0x80000000ul, 0xffffffff,          TEST_DATA + 0xffc,
    };

    for (unsigned i = 0; i < 16; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        if (i != R_ESP) {
            env->regs[i] = places[seed >> 60] + (seed >> 40 & 7);
        }
        env->xmm[i].q[0] = seed;
        env->xmm[i].q[1] = seed * seed;
    }
    for (unsigned i = 0; i < 8; i++) {
        env->fpregs[i].mant = seed << i;
        env->fpregs[i].se = seed >> (16 + i);
    }
}

enum {
    ODD_TF = 1 << 0,
    ODD_AC = 1 << 1,
    ODD_TS = 1 << 2,
    ODD_EM = 1 << 3,
    ODD_FPU = 1 << 4, /* everything unmasked, registers in use */
    ODD_BREAKPOINT = 1 << 5,
    ODD_IOPL = 1 << 6,
    ODD_STACK = 1 << 7,
};

static void make_odd(CPUX86State *env, uint8_t odd)
{
    env->eflags |= (odd & ODD_TF ? TF_MASK : 0) | (odd & ODD_AC ? AC_MASK : 0) |
                   (odd & ODD_IOPL ? IOPL_MASK : 0);
    env->cr[0] |= (odd & ODD_TS ? CR0_TS : 0) | (odd & ODD_EM ? CR0_EM : 0) |
                  (odd & ODD_AC ? CR0_AM : 0);
    if (odd & ODD_FPU) {
        env->fpuc = 0x340;
        env->fptags = 0x55;
        env->mxcsr = 0;
    }
    if (odd & ODD_BREAKPOINT) {
        env->dr[0] = TEST_CODE + 3;
        env->dr[1] = TEST_DATA;
        env->dr[7] = 0x00f0040f;
    }
    if (odd & ODD_STACK) {
        env->regs[R_ESP] = 3;
    }
}

/* -------------------------------------------------------------------- running */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    signal(SIGALRM, on_timer);
    signal(SIGVTALRM, on_hang);
    return 0;
}

static void run(void)
{
    over = 0;
    running->halted = false;
    set_timer(ITIMER_VIRTUAL, PATIENCE_SECONDS, 0);
    set_timer(ITIMER_REAL, 0, CASE_USEC);
    while (!over && !running->halted) {
        /* A triple fault asks for a reset, which nobody does here. */
        if (qatomic_xchg(&running->exit_request, 0) && over) {
            break;
        }
        tcg_cpu_exec(running);
    }
    set_timer(ITIMER_REAL, 0, 0);
    set_timer(ITIMER_VIRTUAL, 0, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const FuzzMode *m;
    TcgCpu *t;

    if (size <= HEADER) {
        return 0;
    }
    m = &fuzz_modes[data[0] % G_N_ELEMENTS(fuzz_modes)];
    t = tcg_test_start(m->base);
    running = CPU(t->cpu);
    tcg_get_state(running);
    enter_mode(&t->env, m);
    fill_registers(&t->env, ldl_le_p(data + 2));
    make_odd(&t->env, data[1]);
    tcg_put_state(running);
    tcg_test_write(t->env.rip, data + HEADER, MIN(size - HEADER, CODE_MAX));
    run();
    tcg_get_state(running);
    return 0;
}
