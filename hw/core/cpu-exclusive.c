/*
 * Exclusive sections: guest code stands still while one thread changes what
 * all of it depends on (memory layout, code that was decoded).
 *
 * CPUState.running is 1 while a vCPU executes guest code: inside vcpu_run()
 * and without the big lock. The section's owner holds the big lock, sets
 * `pending` and then waits until nobody runs; a vCPU sets `running` and then
 * looks at `pending`. Both stores are sequentially consistent, so one of the
 * two sees the other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "cpu-internal.h"
#include "util/atomic.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static uint32_t pending; /* atomic; changes under `lock` */

/* The owner's: nesting, and whether the first one took the big lock. */
static unsigned depth;
static bool took_bql;

/* Before this vCPU thread takes the big lock: it stops executing. */
static void stop_running(void)
{
    CPUState *cpu = current_cpu();

    if (!qatomic_read(&cpu->running)) {
        return;
    }
    __atomic_store_n(&cpu->running, 0, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&pending, __ATOMIC_SEQ_CST)) {
        pthread_mutex_lock(&lock);
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&lock);
    }
}

/* After it has given up the big lock: it executes again, if inside run. */
static void start_running(void)
{
    CPUState *cpu = current_cpu();

    if (!cpu->in_run) {
        return;
    }
    for (;;) {
        __atomic_store_n(&cpu->running, 1, __ATOMIC_SEQ_CST);
        if (!__atomic_load_n(&pending, __ATOMIC_SEQ_CST)) {
            return;
        }
        stop_running();
        pthread_mutex_lock(&lock);
        while (qatomic_read(&pending)) {
            pthread_cond_wait(&cond, &lock);
        }
        pthread_mutex_unlock(&lock);
    }
}

void cpu_exclusive_thread_init(void)
{
    static const BqlThreadHooks hooks = { stop_running, start_running };

    bql_set_thread_hooks(&hooks);
}

static bool anyone_runs(void)
{
    CPUState *cpu;

    CPU_FOREACH (cpu) {
        if (__atomic_load_n(&cpu->running, __ATOMIC_SEQ_CST)) {
            return true;
        }
    }
    return false;
}

void cpu_exclusive_begin(void)
{
    bool take = !bql_locked();
    CPUState *cpu;

    if (take) {
        bql_lock();
    }
    if (depth++) {
        return;
    }
    took_bql = take;
    pthread_mutex_lock(&lock);
    __atomic_store_n(&pending, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&lock);
    CPU_FOREACH (cpu) {
        if (__atomic_load_n(&cpu->running, __ATOMIC_SEQ_CST)) {
            cpu_kick(cpu);
        }
    }
    pthread_mutex_lock(&lock);
    while (anyone_runs()) {
        pthread_cond_wait(&cond, &lock);
    }
    pthread_mutex_unlock(&lock);
}

void cpu_exclusive_end(void)
{
    g_assert(depth);
    if (--depth) {
        return;
    }
    pthread_mutex_lock(&lock);
    __atomic_store_n(&pending, 0, __ATOMIC_SEQ_CST);
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&lock);
    if (took_bql) {
        took_bql = false;
        bql_unlock();
    }
}
