/*
 * vCPU threads, the big lock and exclusive sections, with an accelerator whose
 * guest code is a loop that counts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/cpu.h"
#include "util/atomic.h"

#define TYPE_TEST_CPU "test-cpu"
#define NR_CPUS 3
#define ROUNDS  200

typedef struct TestCPU {
    CPUState parent_obj;
    uint64_t turns;    /* atomic: of the guest's loop */
    bool halt;         /* atomic: the guest executes HLT */
    bool wants_device; /* atomic: the guest takes the big lock in its loop */
} TestCPU;

static TestCPU *test_cpus[NR_CPUS];
static uint32_t in_exclusive; /* atomic */
static unsigned under_bql;    /* big lock */

static bool test_has_work(CPUState *cpu)
{
    return qatomic_read(&cpu->interrupt_request);
}

/* What an MMIO access does. */
static void device_access(TestCPU *t)
{
    bql_lock();
    g_assert_cmpuint(under_bql++, ==, 0);
    g_thread_yield();
    under_bql--;
    bql_unlock();
}

static void test_run(CPUState *cpu)
{
    TestCPU *t = (TestCPU *)cpu;

    g_assert_false(bql_locked());
    g_assert_true(current_cpu() == cpu);
    cpu_reset_interrupt(cpu, UINT32_MAX);
    while (!qatomic_read(&cpu->exit_request)) {
        g_assert_cmpuint(qatomic_read(&in_exclusive), ==, 0);
        qatomic_inc(&t->turns);
        if (qatomic_read(&t->wants_device)) {
            device_access(t);
        }
        if (qatomic_read(&t->halt)) {
            cpu->halted = true;
            return;
        }
    }
}

static const CPURunOps test_ops = { .run = test_run };

static uint64_t turns(int i)
{
    return qatomic_read(&test_cpus[i]->turns);
}

/* Waits, without the big lock, until CPU i has gone round again. */
static void wait_for_turn(int i)
{
    uint64_t before = turns(i);

    bql_unlock();
    while (turns(i) == before) {
        g_thread_yield();
    }
    bql_lock();
}

static void start(void)
{
    Error *err = NULL;

    bql_lock();
    cpu_set_run_ops(&test_ops);
    for (int i = 0; i < NR_CPUS; i++) {
        test_cpus[i] = (TestCPU *)object_new(TYPE_TEST_CPU);
        cpu_list_add(CPU(test_cpus[i]));
        g_assert_true(cpu_create_thread(CPU(test_cpus[i]), &err));
    }
}

static void stop(void)
{
    cpu_destroy_threads();
    for (int i = 0; i < NR_CPUS; i++) {
        object_unref(OBJECT(test_cpus[i]));
    }
    bql_unlock();
}

static void test_pause(void)
{
    start();
    g_assert_cmpuint(turns(0), ==, 0);
    resume_all_vcpus();
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t at;

        wait_for_turn(round % NR_CPUS);
        pause_all_vcpus();
        at = turns(0);
        pause_all_vcpus(); /* nested: the first resume does nothing */
        resume_all_vcpus();
        bql_unlock();
        g_usleep(50);
        bql_lock();
        g_assert_cmpuint(turns(0), ==, at);
        resume_all_vcpus();
    }
    pause_all_vcpus();
    stop();
}

static void test_halt(void)
{
    start();
    qatomic_set(&test_cpus[1]->halt, true);
    resume_all_vcpus();
    wait_for_turn(0);
    while (turns(1) == 0) {
        wait_for_turn(0);
    }
    /* Each interrupt is one turn; none is lost. */
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t before = turns(1);

        cpu_interrupt(CPU(test_cpus[1]), CPU_INTERRUPT_HARD);
        while (turns(1) == before) {
            wait_for_turn(0);
        }
    }
    pause_all_vcpus();
    g_assert_cmpuint(turns(1), <=, ROUNDS + 1);
    stop();
}

static void work_fn(CPUState *cpu, void *opaque)
{
    g_assert_true(bql_locked());
    g_assert_true(current_cpu() == cpu);
    (*(unsigned *)opaque)++;
}

static void test_work(void)
{
    unsigned done = 0;

    start();
    run_on_cpu(CPU(test_cpus[0]), work_fn, &done); /* while paused */
    g_assert_cmpuint(done, ==, 1);
    resume_all_vcpus();
    for (int i = 0; i < ROUNDS; i++) {
        async_run_on_cpu(CPU(test_cpus[i % NR_CPUS]), work_fn, &done);
        run_on_cpu(CPU(test_cpus[i % NR_CPUS]), work_fn, &done);
    }
    pause_all_vcpus();
    g_assert_cmpuint(done, ==, 1 + 2 * ROUNDS);
    stop();
}

static void exclusive_work(CPUState *cpu, void *opaque)
{
    cpu_exclusive_begin();
    qatomic_set(&in_exclusive, 1);
    g_thread_yield();
    qatomic_set(&in_exclusive, 0);
    cpu_exclusive_end();
}

static void test_exclusive(void)
{
    start();
    for (int i = 0; i < NR_CPUS; i++) {
        qatomic_set(&test_cpus[i]->wants_device, i > 0);
    }
    resume_all_vcpus();
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t at;

        wait_for_turn(0);
        cpu_exclusive_begin();
        cpu_exclusive_begin();
        cpu_exclusive_end();
        qatomic_set(&in_exclusive, 1);
        at = turns(0);
        g_usleep(20);
        g_assert_cmpuint(turns(0), ==, at);
        qatomic_set(&in_exclusive, 0);
        cpu_exclusive_end();
        run_on_cpu(CPU(test_cpus[i % NR_CPUS]), exclusive_work, NULL);
        /* Without the big lock it is taken, and given back. */
        bql_unlock();
        cpu_exclusive_begin();
        g_assert_true(bql_locked());
        cpu_exclusive_end();
        g_assert_false(bql_locked());
        bql_lock();
    }
    pause_all_vcpus();
    stop();
}

/* The main loop that gives the lock up for a moment only does not keep vCPUs
 * out: the lock goes to whoever waits. */
static void test_fair(void)
{
    start();
    qatomic_set(&test_cpus[0]->wants_device, true);
    resume_all_vcpus();
    wait_for_turn(0);
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t before = turns(0);
        unsigned tries = 0;

        while (turns(0) < before + 2) {
            bql_unlock();
            bql_lock();
            g_assert_cmpuint(tries++, <, 10000000);
        }
    }
    pause_all_vcpus();
    stop();
}

static void test_cpu_class_init(ObjectClass *klass, const void *data)
{
    CPU_CLASS(klass)->has_work = test_has_work;
}

static const TypeInfo test_types[] = {
    {
        .name = TYPE_TEST_CPU,
        .parent = TYPE_CPU,
        .instance_size = sizeof(TestCPU),
        .class_init = test_cpu_class_init,
    },
};
DEFINE_TYPES(test_types)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    module_call_init();
    g_test_add_func("/core/cpu/pause", test_pause);
    g_test_add_func("/core/cpu/halt", test_halt);
    g_test_add_func("/core/cpu/work", test_work);
    g_test_add_func("/core/cpu/exclusive", test_exclusive);
    g_test_add_func("/core/cpu/fair", test_fair);
    return g_test_run();
}
