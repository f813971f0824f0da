/*
 * Random code in every mode of the software CPU: whatever the guest does, the
 * process goes on. The bytes are random, or instructions that are likely to
 * do something (common opcodes, system opcodes) with random operands; the
 * registers, control registers and page tables are as strange as the code can
 * make them.
 *
 * Runs for two seconds; TCG_FUZZ_SECONDS says otherwise. TCG_FUZZ_SEED starts
 * at a seed, which is printed before a case that crashes if TCG_FUZZ_VERBOSE is
 * set.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <signal.h>
#include <sys/time.h>

#include "tcg-fault.h"
#include "util/bswap.h"

#define CASE_USEC 1500

static CPUState *running;
static volatile sig_atomic_t stop;

static uint64_t rng_state;

static uint64_t rnd(void)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state * UINT64_C(0x2545f4914f6cdd1d);
}

static void on_timer(int sig)
{
    stop = 1;
    qatomic_set(&running->exit_request, 1);
}

/* ----------------------------------------------------------------- the code */

/* Second bytes of two-byte opcodes that are worth more visits. */
static const uint8_t system_0f[] = {
    0x00, 0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x08, 0x09, 0x20, 0x21,
    0x22, 0x23, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0xa0, 0xa1, 0xa2,
    0xa8, 0xa9, 0xae, 0xb2, 0xb4, 0xb5, 0xc7, 0xff, 0x0b, 0xb0, 0xb1,
};

/* One byte opcodes: segments, far transfers, flags, ports, interrupts. */
static const uint8_t system_1[] = {
    0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x62, 0x63, 0x6c, 0x6e,
    0x8c, 0x8e, 0x9a, 0x9c, 0x9d, 0xa4, 0xa5, 0xaa, 0xab, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd8,
    0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xe3, 0xe4, 0xe6,
    0xea, 0xec, 0xee, 0xf1, 0xf4, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};

static unsigned put_insn(uint8_t *p)
{
    static const uint8_t prefixes[] = {0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e,
                                       0x64, 0x65, 0x48, 0x4c, 0x41, 0x49};
    unsigned n = 0;

    while (rnd() % 4 == 0 && n < 4) {
        p[n++] = prefixes[rnd() % sizeof(prefixes)];
    }
    switch (rnd() % 8) {
    case 0:
        p[n++] = 0x0f;
        p[n++] = system_0f[rnd() % sizeof(system_0f)];
        break;
    case 1:
        p[n++] = system_1[rnd() % sizeof(system_1)];
        break;
    case 2:
        p[n++] = 0x0f;
        p[n++] = rnd();
        break;
    case 3:
        p[n++] = 0x0f;
        p[n++] = rnd() % 2 ? 0x38 : 0x3a;
        p[n++] = rnd();
        break;
    default:
        p[n++] = rnd();
        break;
    }
    for (unsigned i = rnd() % 7; i; i--) {
        p[n++] = rnd() % 3 ? rnd() : rnd() % 2 ? 0 : 0x10;
    }
    return n;
}

static void put_code(uint64_t at, unsigned len)
{
    uint8_t code[512 + 32];
    unsigned n = 0;

    if (rnd() % 4 == 0) {
        for (n = 0; n < len; n++) {
            code[n] = rnd();
        }
    } else {
        while (n < len) {
            n += put_insn(code + n);
        }
    }
    tcg_test_write(at, code, n);
}

/* ------------------------------------------------------------- the machine */

static uint64_t some_value(void)
{
    static const uint64_t places[] = {
        TEST_CODE,    TEST_DATA,
        TEST_STACK,   TEST_PML4,
        TEST_PD,      TEST_GDT,
        TEST_IDT,     TEST_TSS,
        TCG_TEST_RAM, UINT64_C(1) << 47,
        UINT64_MAX,   0,
        0x80000000,   UINT64_C(0xffff800000000000),
    };
    uint64_t v = rnd();

    switch (v % 4) {
    case 0:
        return rnd();
    case 1:
        return rnd() % 4096;
    default:
        return places[rnd() % G_N_ELEMENTS(places)] + rnd() % 64 - 16;
    }
}

static void scramble(TcgCpu *t)
{
    CPUX86State *env = &t->env;
    uint8_t *ram = tcg_test_ram();

    for (int i = 0; i < 16; i++) {
        if (i != R_ESP || rnd() % 8 == 0) {
            env->regs[i] = some_value();
        }
    }
    for (int i = 0; i < 8; i++) {
        env->fpregs[i].mant = rnd();
        env->fpregs[i].se = rnd();
    }
    for (int i = 0; i < 16; i++) {
        env->xmm[i].q[0] = rnd();
        env->xmm[i].q[1] = rnd();
    }
    env->eflags = (rnd() & (CC_ALL | DF_MASK | AC_MASK | IOPL_MASK)) | 2;
    if (rnd() % 8 == 0) {
        env->eflags |= TF_MASK;
    }
    if (rnd() % 4 == 0) {
        env->fpuc = rnd();
        env->mxcsr = rnd() & 0xffff;
        env->fptags = rnd();
    }
    if (rnd() % 8 == 0) {
        env->cr[0] |= rnd() & (CR0_TS | CR0_EM | CR0_AM);
    }
    if (rnd() % 4 == 0) {
        stq_le_p(ram + TEST_PD + rnd() % 512 * 8, rnd());
        stq_le_p(ram + TEST_GDT + rnd() % 10 * 8, rnd());
        stq_le_p(ram + TEST_IDT + rnd() % 256 * 8, rnd());
    }
    if (rnd() % 8 == 0) {
        env->dr[7] = rnd() & 0xffff03ff;
        env->dr[rnd() % 4] = TEST_CODE + rnd() % 64;
    }
}

/* Tables and stacks where nobody should put them: at the end of RAM, in
 * nothing, cut off, full of anything. */
static void scramble_tables(TcgCpu *t)
{
    CPUX86State *env = &t->env;
    SegmentCache *tables[] = {&env->gdt, &env->idt, &env->ldt, &env->tr};
    uint64_t mask = env->efer & EFER_LMA ? UINT64_MAX : UINT32_MAX;

    for (unsigned i = 0; i < G_N_ELEMENTS(tables); i++) {
        if (rnd() % 8 == 0) {
            tables[i]->base = some_value() & mask;
        }
        if (rnd() % 8 == 0) {
            tables[i]->limit = rnd() % 4 ? rnd() % 0x100 : (uint32_t)rnd();
        }
    }
    for (unsigned i = rnd() % 16; i; i--) { /* descriptors that look real */
        uint64_t desc = (rnd() & UINT64_C(0x00c0ff000000ffff)) |
                        (some_value() & 0xffffff) << 16 |
                        (uint64_t)(rnd() % 4 ? 0x80 : 0) << 40;

        stq_le_p(tcg_test_ram() + TEST_GDT + 0x50 + rnd() % 22 * 8, desc);
    }
    for (unsigned i = rnd() % 8; i; i--) { /* gates of all kinds */
        uint64_t gate = TEST_HANDLERS + rnd() % 256 +
                        ((rnd() % 32 * 8 + rnd() % 4) << 16) +
                        ((rnd() % 256) << 40);

        stq_le_p(tcg_test_ram() + TEST_IDT + rnd() % 64 * 8, gate);
    }
}

static void run_case(uint64_t seed)
{
    /* Again and again: the first may come just before the loop below resets
     * exit_request. */
    struct itimerval timer = {.it_value.tv_usec = CASE_USEC,
                              .it_interval.tv_usec = CASE_USEC};
    FaultMode mode;
    TcgCpu *t;

    rng_state = seed * 2 + 1;
    rnd();
    mode = rnd() % (FAULT_LONG_USER + 1);
    t = fault_start(mode);
    running = CPU(t->cpu);
    tcg_get_state(running);
    scramble(t);
    if (rnd() % 2) {
        scramble_tables(t);
    }
    if (mode == FAULT_VM86) {
        t->env.eflags |= VM_MASK;
    }
    tcg_put_state(running);
    put_code(fault_code_addr(mode), 200);
    for (unsigned i = 0; i < 8; i++) { /* some handlers do more than HLT */
        put_code(TEST_HANDLERS + rnd() % 256, 20);
    }
    put_code(rnd() % 0x1000, 200);
    stop = 0;
    running->halted = false;
    setitimer(ITIMER_REAL, &timer, NULL);
    while (!stop) {
        qatomic_set(&running->exit_request, stop);
        if (running->halted) {
            break;
        }
        tcg_cpu_exec(running);
    }
    memset(&timer, 0, sizeof(timer));
    setitimer(ITIMER_REAL, &timer, NULL);
    tcg_get_state(running);
}

static void test_random(void)
{
    const char *seconds = g_getenv("TCG_FUZZ_SECONDS");
    const char *first = g_getenv("TCG_FUZZ_SEED");
    uint64_t seed = first ? g_ascii_strtoull(first, NULL, 0)
                          : (uint64_t)g_random_int() << 20;
    int64_t end =
        g_get_monotonic_time() + (seconds ? atoi(seconds) : 2) * G_USEC_PER_SEC;
    uint64_t count = 0;

    signal(SIGALRM, on_timer);
    do {
        if (g_getenv("TCG_FUZZ_VERBOSE")) {
            fprintf(stderr, "seed %" PRIu64 "\n", seed);
        }
        run_case(seed++);
        count++;
    } while (g_get_monotonic_time() < end);
    g_test_message("%" PRIu64 " cases up to seed %" PRIu64, count, seed);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tcg/fuzz/random", test_random);
    return g_test_run();
}
