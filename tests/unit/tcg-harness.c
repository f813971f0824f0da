/*
 * Guest code on a software CPU, see tcg-harness.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <signal.h>
#include <sys/time.h>

#include "accel/accel.h"
#include "accel/tcg/tcg-core.h"
#include "tcg-harness.h"
#include "util/bswap.h"
#include "util/module.h"

#define RUN_SECONDS 20

static TcgCpu *test_cpu;
static MemoryRegion test_ram;

uint8_t *tcg_test_ram(void)
{
    return memory_region_get_ram_ptr(&test_ram);
}

void tcg_test_write(uint64_t phys, const void *bytes, uint64_t len)
{
    g_assert_cmpint(address_space_write(&address_space_memory, phys, bytes,
                                        len),
                    ==, MEMTX_OK);
}

static void put(uint64_t phys, uint64_t v, unsigned size)
{
    v = cpu_to_le64(v);
    tcg_test_write(phys, &v, size);
}

/* ------------------------------------------------------------------ the CPU */

static void make_cpu(void)
{
    AccelClass *ac;
    AccelState *accel;
    X86CPU *cpu;

    qemu_init_main_loop(&error_abort);
    memory_init();
    module_call_init();
    memory_region_init_ram(&test_ram, NULL, "ram", TCG_TEST_RAM, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, &test_ram);
    ac = accel_find("tcg");
    g_assert_nonnull(ac);
    accel = ACCEL(object_new(object_class_get_name(OBJECT_CLASS(ac))));
    tcg_options.tb_size = 8 * MiB;
    tcg_code_pages_init();
    tcg_mmio_init();
    cpu = X86_CPU(object_new(X86_CPU_TYPE_NAME("max")));
    for (int w = 0; w < FEAT_COUNT; w++) {
        cpu->features[w] = ac->supported_features(w);
    }
    cpu->phys_bits = 40;
    cpu_list_add(CPU(cpu));
    g_assert_true(ac->create_vcpu(CPU(cpu), &error_abort));
    test_cpu = TCG_CPU(CPU(cpu));
    object_unref(OBJECT(accel));
}

/* --------------------------------------------------------------- the tables */

static void put_gate(unsigned vector, bool long_mode)
{
    uint64_t handler = TEST_HANDLERS + vector * 2;
    unsigned size = long_mode ? 16 : 8;
    uint64_t gate = (handler & 0xffff) |
                    (uint64_t)(long_mode ? TEST_CS64 : TEST_CS32) << 16 |
                    UINT64_C(0xee) << 40 | (handler >> 16) << 48;

    put(TEST_IDT + vector * size, gate, 8);
    if (long_mode) {
        put(TEST_IDT + vector * size + 8, 0, 8);
    }
    TEST_PUT(TEST_HANDLERS + vector * 2, 0xf4, 0x90);
}

static void put_tables(bool long_mode)
{
    static const uint64_t gdt[] = {
        0,
        UINT64_C(0x00af9b000000ffff), /* TEST_CS64 */
        UINT64_C(0x00cf93000000ffff), /* TEST_DS */
        UINT64_C(0x00cf9b000000ffff), /* TEST_CS32 */
        UINT64_C(0x000f9b000000ffff), /* TEST_CS16 */
        UINT64_C(0x00cffb000000ffff), /* TEST_USER_CS32 */
        UINT64_C(0x00cff3000000ffff), /* TEST_USER_DS */
        UINT64_C(0x00affb000000ffff), /* TEST_USER_CS64 */
        UINT64_C(0x00008b0000000067) | (uint64_t)TEST_TSS << 16,
        0,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(gdt); i++) {
        put(TEST_GDT + i * 8, gdt[i], 8);
    }
    for (unsigned vector = 0; vector < 128; vector++) {
        put_gate(vector, long_mode);
    }
    if (long_mode) {
        put(TEST_TSS + 4, TEST_STACK0, 8);
    } else {
        put(TEST_TSS + 4, TEST_STACK0, 4);
        put(TEST_TSS + 8, TEST_DS, 4);
    }
    put(TEST_TSS + 0x66, 0x68, 2);
    put(TEST_PML4, TEST_PDPT | 7, 8);
    put(TEST_PDPT, TEST_PD | 7, 8);
    for (uint64_t i = 0; i < 512; i++) {
        put(TEST_PD + i * 8, i << 21 | 0x87, 8);
    }
}

static void load_seg(CPUX86State *env, int seg, uint16_t selector)
{
    uint64_t desc = ldq_le_p(tcg_test_ram() + TEST_GDT + (selector & ~7));

    x86_cpu_load_seg_cache(env, seg, selector, 0,
                           desc >> 55 & 1 ? UINT32_MAX : 0xfffff,
                           (desc >> 32) & 0x00f0ff00);
}

static void enter_protected(CPUX86State *env, TestMode mode)
{
    bool user = mode == TEST_LONG_USER;

    load_seg(env, R_CS,
             user                  ? TEST_USER_CS64
             : mode == TEST_PROT32 ? TEST_CS32
                                   : TEST_CS64);
    for (int seg = 0; seg < CPU_NB_SEGS; seg++) {
        if (seg != R_CS) {
            load_seg(env, seg, user ? TEST_USER_DS : TEST_DS);
        }
    }
    env->gdt.base = TEST_GDT;
    env->gdt.limit = 0x4f;
    env->idt.base = TEST_IDT;
    env->idt.limit = 0x7ff;
    env->tr = (SegmentCache){TEST_TR, 0x67, 0x8b00, TEST_TSS};
    env->cr[0] = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP;
    env->cr[4] = CR4_OSFXSR | CR4_OSXMMEXCPT;
    if (mode != TEST_PROT32) {
        env->cr[0] |= CR0_PG;
        env->cr[4] |= CR4_PAE;
        env->cr[3] = TEST_PML4;
        env->efer = EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE;
    }
    env->rip = TEST_CODE;
}

TcgCpu *tcg_test_start(TestMode mode)
{
    CPUX86State *env;

    if (!test_cpu) {
        make_cpu();
    }
    memset(tcg_test_ram(), 0, TCG_TEST_RAM);
    tcg_blocks_flush(test_cpu);
    put_tables(mode == TEST_LONG || mode == TEST_LONG_USER);
    tcg_get_state(CPU(test_cpu->cpu));
    x86_cpu_reset(test_cpu->cpu, false);
    env = &test_cpu->env;
    env->fpuc = 0x37f;
    env->fptags = 0xff;
    if (mode == TEST_REAL) {
        x86_cpu_load_seg_cache(env, R_CS, 0, 0, 0xffff, env->segs[R_CS].flags);
        env->rip = TEST_CODE_REAL;
    } else {
        enter_protected(env, mode);
    }
    env->regs[R_ESP] = mode == TEST_REAL ? 0x7000 : TEST_STACK;
    tcg_put_state(CPU(test_cpu->cpu));
    return test_cpu;
}

/* ------------------------------------------------------------------- running */

static void on_alarm(int sig)
{
    static const char text[] = "Bail out! the guest does not come to an end\n";

    if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0) {
        _exit(2);
    }
    _exit(1);
}

void tcg_test_run(TcgCpu *t)
{
    CPUState *cs = CPU(t->cpu);

    signal(SIGALRM, on_alarm);
    alarm(RUN_SECONDS);
    cs->halted = false;
    while (!cs->halted) {
        qatomic_set(&cs->exit_request, 0);
        tcg_cpu_exec(cs);
    }
    alarm(0);
    tcg_get_state(cs);
}

int tcg_test_vector(TcgCpu *t)
{
    uint64_t rip = t->env.rip - 1;

    return rip >= TEST_HANDLERS && rip < TEST_HANDLERS + 256 &&
                   !(rip & 1)
               ? (int)(rip - TEST_HANDLERS) / 2
               : -1;
}
