/*
 * A virtual CPU, whatever its architecture and whoever runs it: its thread,
 * its pending interrupts, work handed to it, and the big lock that all threads
 * but IOThreads take for device code.
 *
 * The accelerator (include/accel/accel.h) runs the guest's code; this is what
 * is around that. A vCPU thread calls AccelClass.vcpu_run() without the big
 * lock again and again; between two calls it waits while the CPU is halted or
 * stopped, and does the work that others handed to it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_CPU_H
#define HW_CORE_CPU_H

#include <pthread.h>

#include "hw/core/qdev.h"
#include "util/aio.h"
#include "util/bql.h"

#define TYPE_CPU "cpu"
OBJECT_DECLARE_TYPE(CPUState, CPUClass, CPU)

struct CPUClass {
    DeviceClass parent_class;
    /* Halted, but an interrupt (or NMI, INIT, SIPI) is there that ends it.
     * Big lock. */
    bool (*has_work)(CPUState *cpu);
};

/* How the accelerator runs a CPU: the members of AccelClass of these names. */
typedef struct CPURunOps {
    bool (*thread_init)(CPUState *cpu, Error **errp);
    void (*run)(CPUState *cpu); /* NULL: no code runs */
    void (*kick)(CPUState *cpu);
    void (*get_state)(CPUState *cpu);
    void (*put_state)(CPUState *cpu);
    bool halts_itself;
} CPURunOps;
/* Main loop, before the first CPU. */
void cpu_set_run_ops(const CPURunOps *ops);

/* What interrupt_request is made of. */
#define CPU_INTERRUPT_HARD (1u << 0) /* the INTR pin: local APIC or PIC */
#define CPU_INTERRUPT_NMI  (1u << 1)
#define CPU_INTERRUPT_INIT (1u << 2)
#define CPU_INTERRUPT_SIPI (1u << 3)

typedef void CPUWorkFn(CPUState *cpu, void *opaque);

struct CPUState {
    DeviceState parent_obj;

    int cpu_index;
    int thread_id; /* of the host; 0 before the thread runs */
    void *accel; /* the accelerator's own, between create_vcpu and destroy */

    /* Atomic: bits of CPU_INTERRUPT_*. Set by cpu_interrupt(). */
    uint32_t interrupt_request;
    /* Atomic: vcpu_run() has to return soon. Set by cpu_kick(), cleared by
     * the vCPU thread before it looks what there is to do. */
    uint32_t exit_request;

    /* Owned by the vCPU thread, or under the big lock while it is stopped. */
    bool halted;

    /* Private to hw/core/cpu.c; under the big lock unless said otherwise. */
    QemuThread *thread;
    pthread_cond_t wake; /* broadcast when the thread has something to do */
    bool created;
    bool stopped; /* has seen that it is to stop */
    bool leave;   /* the thread is to end */
    pthread_mutex_t work_lock;
    STAILQ_HEAD(, CPUWork) work; /* work_lock */
    bool in_run;      /* its own: inside vcpu_run() */
    uint32_t running; /* atomic: executes guest code; see cpu-exclusive.c */

    TAILQ_ENTRY(CPUState) link;
};

/* All CPUs by cpu_index. Changes on the main loop with vCPUs paused. */
extern TAILQ_HEAD(CPUTailQ, CPUState) cpus;
#define CPU_FOREACH(cpu) TAILQ_FOREACH (cpu, &cpus, link)
CPUState *qemu_get_cpu(int index); /* NULL if there is none */
/* [any] The vCPU whose thread this is, or NULL. */
CPUState *current_cpu(void);

/* [any] Sets bits of interrupt_request and kicks. */
void cpu_interrupt(CPUState *cpu, uint32_t mask);
void cpu_reset_interrupt(CPUState *cpu, uint32_t mask); /* [any] */
/* [any] The CPU leaves guest code soon and looks around; wakes it if halted. */
void cpu_kick(CPUState *cpu);

/* [any] Runs fn in the vCPU's thread, under the big lock, between two calls of
 * vcpu_run(). Does not wait. */
void async_run_on_cpu(CPUState *cpu, CPUWorkFn *fn, void *opaque);
/* Big lock held (given up while it waits): the same, and waits until fn has
 * run. Runs it directly in the vCPU's thread, or if that does not exist. */
void run_on_cpu(CPUState *cpu, CPUWorkFn *fn, void *opaque);

/* Big lock held. Stops all vCPUs, returns when none runs guest code; nestable
 * with resume. From a vCPU thread only via the run state requests. */
void pause_all_vcpus(void);
void resume_all_vcpus(void);

/*
 * An exclusive section: no other vCPU executes guest code between the two
 * calls (vCPUs in device code, in HLT or waiting for the big lock count as
 * not executing, and do not start again). From any thread but IOThreads; takes
 * the big lock unless the caller holds it, so mind bql_locked() inside.
 * Nestable.
 */
void cpu_exclusive_begin(void);
void cpu_exclusive_end(void);

/* Main loop. Appends a CPU to the list and gives it its index. */
void cpu_list_add(CPUState *cpu);
/* Main loop. Starts the thread of a realized CPU. It stands still while the
 * VM is paused, as it is at first. */
bool cpu_create_thread(CPUState *cpu, Error **errp);
/* Main loop, at exit: ends and joins all threads. */
void cpu_destroy_threads(void);

/* The registers in the CPU's state struct are made current (KVM fetches them);
 * what is changed in them is taken over by cpu_put_state(). Both only while
 * the vCPU is paused, or in its own thread outside vcpu_run(). */
void cpu_get_state(CPUState *cpu);
void cpu_put_state(CPUState *cpu);

#endif
