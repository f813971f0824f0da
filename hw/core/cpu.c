/*
 * Virtual CPUs: the list of them, their threads, and what others want from
 * them (interrupts, work, standing still).
 *
 * A vCPU thread holds the big lock except inside vcpu_run(). Its loop clears
 * exit_request first and looks for reasons to stop after that; cpu_kick() sets
 * it after the reason exists. So either the loop sees the reason, or
 * vcpu_run() sees exit_request.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "cpu-internal.h"
#include "util/atomic.h"

typedef struct CPUWork {
    CPUWorkFn *fn;
    void *opaque;
    bool *done; /* run_on_cpu() waits for it; NULL: nobody does */
    STAILQ_ENTRY(CPUWork) link;
} CPUWork;

struct CPUTailQ cpus = TAILQ_HEAD_INITIALIZER(cpus);

static const CPURunOps no_run_ops;
static const CPURunOps *run_ops = &no_run_ops;
static __thread CPUState *this_cpu;

/* How many pause_all_vcpus() are not resumed: one until the VM starts. */
static unsigned pause_depth = 1;
/* Something changed that a thread with the big lock may wait for. */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void cpu_set_run_ops(const CPURunOps *ops)
{
    run_ops = ops;
}

CPUState *current_cpu(void)
{
    return this_cpu;
}

CPUState *qemu_get_cpu(int index)
{
    CPUState *cpu;

    CPU_FOREACH (cpu) {
        if (cpu->cpu_index == index) {
            return cpu;
        }
    }
    return NULL;
}

void cpu_list_add(CPUState *cpu)
{
    CPUState *last = TAILQ_LAST(&cpus, CPUTailQ);

    cpu->cpu_index = last ? last->cpu_index + 1 : 0;
    TAILQ_INSERT_TAIL(&cpus, cpu, link);
}

/* ---------------------------------------------------- kicks, interrupts */

void cpu_kick(CPUState *cpu)
{
    /* After the reason for the kick; pairs with the exchange in vcpu_loop()
     * and with the checks of vcpu_run(). */
    if (qatomic_xchg(&cpu->exit_request, 1) || cpu == this_cpu) {
        return; /* on its way out; or it is us */
    }
    bql_cond_broadcast(&cpu->wake);
    if (run_ops->kick) {
        run_ops->kick(cpu);
    }
}

void cpu_interrupt(CPUState *cpu, uint32_t mask)
{
    qatomic_fetch_or(&cpu->interrupt_request, mask);
    cpu_kick(cpu);
}

void cpu_reset_interrupt(CPUState *cpu, uint32_t mask)
{
    qatomic_fetch_and(&cpu->interrupt_request, ~mask);
}

/* ------------------------------------------------------------------ work */

static void queue_work(CPUState *cpu, CPUWorkFn *fn, void *opaque, bool *done)
{
    CPUWork *w = g_new(CPUWork, 1);

    *w = (CPUWork){ .fn = fn, .opaque = opaque, .done = done };
    pthread_mutex_lock(&cpu->work_lock);
    STAILQ_INSERT_TAIL(&cpu->work, w, link);
    pthread_mutex_unlock(&cpu->work_lock);
    cpu_kick(cpu);
}

static CPUWork *take_work(CPUState *cpu)
{
    CPUWork *w;

    pthread_mutex_lock(&cpu->work_lock);
    w = STAILQ_FIRST(&cpu->work);
    if (w) {
        STAILQ_REMOVE_HEAD(&cpu->work, link);
    }
    pthread_mutex_unlock(&cpu->work_lock);
    return w;
}

static void do_work(CPUState *cpu)
{
    CPUWork *w;

    while ((w = take_work(cpu))) {
        w->fn(cpu, w->opaque);
        if (w->done) {
            *w->done = true;
            bql_cond_broadcast(&changed);
        }
        g_free(w);
    }
}

void async_run_on_cpu(CPUState *cpu, CPUWorkFn *fn, void *opaque)
{
    queue_work(cpu, fn, opaque, NULL);
}

void run_on_cpu(CPUState *cpu, CPUWorkFn *fn, void *opaque)
{
    bool done = false;

    if (cpu == this_cpu || !cpu->thread) {
        fn(cpu, opaque);
        return;
    }
    queue_work(cpu, fn, opaque, &done);
    while (!done) {
        bql_cond_wait(&changed);
    }
}

/* ---------------------------------------------------------------- thread */

static bool may_run(CPUState *cpu)
{
    if (pause_depth) {
        return false;
    }
    if (cpu->halted && !run_ops->halts_itself) {
        if (!CPU_GET_CLASS(cpu)->has_work(cpu)) {
            return false;
        }
        cpu->halted = false;
    }
    return true;
}

static void note_stopped(CPUState *cpu, bool stopped)
{
    if (cpu->stopped != stopped) {
        cpu->stopped = stopped;
        bql_cond_broadcast(&changed);
    }
}

static void run(CPUState *cpu)
{
    cpu->in_run = true;
    bql_unlock(); /* may wait for an exclusive section to end */
    run_ops->run(cpu);
    bql_lock();
    cpu->in_run = false;
}

static void vcpu_loop(CPUState *cpu)
{
    for (;;) {
        qatomic_xchg(&cpu->exit_request, 0);
        do_work(cpu);
        if (cpu->leave) {
            return;
        }
        note_stopped(cpu, pause_depth);
        if (may_run(cpu)) {
            run(cpu);
        } else {
            bql_cond_wait_unless(&cpu->wake, &cpu->exit_request);
        }
    }
}

typedef struct ThreadStart {
    CPUState *cpu;
    Error *err;
} ThreadStart;

static void *vcpu_thread(void *opaque)
{
    ThreadStart *start = opaque;
    CPUState *cpu = start->cpu;
    bool ok;

    this_cpu = cpu;
    cpu->thread_id = gettid();
    cpu_exclusive_thread_init();
    bql_lock();
    ok = !run_ops->thread_init || run_ops->thread_init(cpu, &start->err);
    cpu->created = true;
    bql_cond_broadcast(&changed);
    if (ok) {
        vcpu_loop(cpu);
    }
    cpu->stopped = true;
    bql_unlock();
    return NULL;
}

bool cpu_create_thread(CPUState *cpu, Error **errp)
{
    ThreadStart start = { .cpu = cpu };
    char name[16];

    if (!run_ops->run) {
        return true;
    }
    snprintf(name, sizeof(name), "CPU %d", cpu->cpu_index);
    cpu->thread = qemu_thread_create(name, vcpu_thread, &start, errp);
    if (!cpu->thread) {
        return false;
    }
    while (!cpu->created) {
        bql_cond_wait(&changed);
    }
    if (start.err) {
        error_propagate(errp, start.err);
        cpu->leave = true;
        return false;
    }
    return true;
}

void cpu_destroy_threads(void)
{
    CPUState *cpu;

    CPU_FOREACH (cpu) {
        if (cpu->thread) {
            cpu->leave = true;
            cpu_kick(cpu);
        }
    }
    CPU_FOREACH (cpu) {
        if (cpu->thread) {
            bql_unlock();
            qemu_thread_join(cpu->thread);
            bql_lock();
            cpu->thread = NULL;
        }
    }
}

/* ------------------------------------------------------- pause and resume */

static bool all_stopped(void)
{
    CPUState *cpu;

    CPU_FOREACH (cpu) {
        if (cpu->thread && !cpu->stopped) {
            return false;
        }
    }
    return true;
}

void pause_all_vcpus(void)
{
    CPUState *cpu;

    g_assert(!this_cpu);
    pause_depth++;
    CPU_FOREACH (cpu) {
        if (cpu->thread) {
            cpu_kick(cpu);
        }
    }
    while (!all_stopped()) {
        bql_cond_wait(&changed);
    }
}

void resume_all_vcpus(void)
{
    CPUState *cpu;

    g_assert(pause_depth);
    if (--pause_depth) {
        return;
    }
    CPU_FOREACH (cpu) {
        if (cpu->thread) {
            cpu->stopped = false;
            cpu_kick(cpu);
        }
    }
}

/* ------------------------------------------------------------- registers */

void cpu_get_state(CPUState *cpu)
{
    if (run_ops->get_state) {
        run_ops->get_state(cpu);
    }
}

void cpu_put_state(CPUState *cpu)
{
    if (run_ops->put_state) {
        run_ops->put_state(cpu);
    }
}

/* ------------------------------------------------------------------ type */

static void cpu_instance_init(Object *obj)
{
    CPUState *cpu = CPU(obj);

    cpu->cpu_index = -1;
    pthread_cond_init(&cpu->wake, NULL);
    pthread_mutex_init(&cpu->work_lock, NULL);
    STAILQ_INIT(&cpu->work);
}

static void cpu_instance_finalize(Object *obj)
{
    CPUState *cpu = CPU(obj);
    CPUWork *w;

    if (cpu->cpu_index >= 0) {
        TAILQ_REMOVE(&cpus, cpu, link);
    }
    while ((w = take_work(cpu))) {
        g_free(w);
    }
    pthread_cond_destroy(&cpu->wake);
    pthread_mutex_destroy(&cpu->work_lock);
}

static const TypeInfo cpu_types[] = {
    {
        .name = TYPE_CPU,
        .parent = TYPE_DEVICE,
        .abstract = true,
        .instance_size = sizeof(CPUState),
        .instance_init = cpu_instance_init,
        .instance_finalize = cpu_instance_finalize,
        .class_size = sizeof(CPUClass),
    },
};

DEFINE_TYPES(cpu_types)
