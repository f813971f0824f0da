/*
 * A vCPU of the kernel's: its file descriptor, its thread, and KVM_RUN.
 *
 * A kick must end KVM_RUN whenever it comes. The kicker sets exit_request
 * (hw/core/cpu.c), then immediate_exit in the page shared with the kernel,
 * then sends a signal. The vCPU's thread clears immediate_exit and then looks
 * at exit_request. So a kick before that look is seen there; one between the
 * look and KVM_RUN is seen by the kernel, which does not start the guest; one
 * later interrupts the guest by the signal.
 *
 * An instruction that left KVM_RUN for port I/O or MMIO is only complete once
 * KVM_RUN was called again: it is, with immediate_exit set, before anyone else
 * may look at the registers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <signal.h>
#include <sys/mman.h>

#include "hw/i386/apic.h"
#include "kvm-internal.h"
#include "trace/trace-accel.h"
#include "util/atomic.h"

/* -------------------------------------------------------------- creation */

static bool map_run(KVMVcpu *v, int index, Error **errp)
{
    v->run = mmap(NULL, kvm_state->run_size, PROT_READ | PROT_WRITE,
                  MAP_SHARED, v->fd, 0);
    if (v->run == MAP_FAILED) {
        v->run = NULL;
        error_setg_errno(errp, errno,
                         "kvm_init_vcpu: mmap'ing vcpu state failed (%d)",
                         index);
        return false;
    }
    return true;
}

bool kvm_create_vcpu(CPUState *cpu, Error **errp)
{
    KVMVcpu *v = g_new0(KVMVcpu, 1);
    X86CPU *x86 = X86_CPU(cpu);
    uintptr_t id = x86->apic_id;

    v->cpu = x86;
    v->xsave = g_malloc0(kvm_state->xsave_size);
    v->env.exception_injected = v->env.interrupt_injected = -1;
    pthread_mutex_init(&v->park_lock, NULL);
    pthread_cond_init(&v->park_cond, NULL);
    cpu->accel = v;
    x86->env = &v->env;
    v->fd = kvm_vm_ioctl(kvm_state, KVM_CREATE_VCPU, (void *)id);
    if (v->fd < 0) {
        error_setg_errno(errp, -v->fd,
                         "kvm_init_vcpu: kvm_create_vcpu failed (%d)",
                         cpu->cpu_index);
    }
    if (v->fd < 0 || !map_run(v, cpu->cpu_index, errp)) {
        kvm_destroy_vcpu(cpu);
        return false;
    }
    return true;
}

void kvm_destroy_vcpu(CPUState *cpu)
{
    KVMVcpu *v = kvm_vcpu(cpu);

    if (!v) {
        return;
    }
    if (v->run) {
        munmap(v->run, kvm_state->run_size);
    }
    if (v->fd >= 0) {
        close(v->fd);
    }
    pthread_cond_destroy(&v->park_cond);
    pthread_mutex_destroy(&v->park_lock);
    g_free(v->xsave);
    cpu->accel = NULL;
    X86_CPU(cpu)->env = NULL;
    g_free(v);
}

/* The signal itself is the message: KVM_RUN returns. */
static void ipi_handler(int sig)
{
}

bool kvm_vcpu_thread_init(CPUState *cpu, Error **errp)
{
    KVMVcpu *v = kvm_vcpu(cpu);
    struct sigaction action = { .sa_handler = ipi_handler };
    sigset_t set;

    sigemptyset(&action.sa_mask);
    sigaction(SIG_IPI, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIG_IPI);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    v->thread = pthread_self();
    qatomic_store_release(&v->has_thread, true);
    return kvm_set_cpuid(v, errp);
}

/* ----------------------------------------------------------------- kicks */

void kvm_kick(CPUState *cpu)
{
    KVMVcpu *v = kvm_vcpu(cpu);

    qatomic_store_release(&v->run->immediate_exit, 1);
    if (qatomic_load_acquire(&v->has_thread)) {
        pthread_kill(v->thread, SIG_IPI);
    }
    smp_mb(); /* exit_request before parked; pairs with wait_parked() */
    if (qatomic_read(&v->parked)) {
        pthread_mutex_lock(&v->park_lock);
        pthread_cond_broadcast(&v->park_cond);
        pthread_mutex_unlock(&v->park_lock);
    }
}

void kvm_park(KVMVcpu *v)
{
    qatomic_set(&v->parked, true);
}

/* `parked` is set: either kvm_kick() sees that and takes the lock, or the
 * exit_request that was set before it is seen here. */
static void wait_parked(KVMVcpu *v)
{
    CPUState *cpu = CPU(v->cpu);

    pthread_mutex_lock(&v->park_lock);
    smp_mb(); /* pairs with kvm_kick() */
    while (!qatomic_read(&cpu->exit_request)) {
        pthread_cond_wait(&v->park_cond, &v->park_lock);
    }
    pthread_mutex_unlock(&v->park_lock);
}

/* ------------------------------------------------------------------- run */

/* kernel-irqchip=split: an interrupt of our PICs, when the guest is ready. */
static void inject_pic_interrupt(KVMVcpu *v)
{
    CPUState *cpu = CPU(v->cpu);
    struct kvm_interrupt intr;
    int vector;

    if (!(qatomic_read(&cpu->interrupt_request) & CPU_INTERRUPT_HARD)) {
        v->run->request_interrupt_window = 0;
        return;
    }
    if (!v->run->ready_for_interrupt_injection || !v->run->if_flag) {
        v->run->request_interrupt_window = 1;
        return;
    }
    bql_lock();
    cpu_reset_interrupt(cpu, CPU_INTERRUPT_HARD);
    vector = cpu_get_pic_interrupt(v->cpu);
    bql_unlock();
    v->run->request_interrupt_window =
        !!(qatomic_read(&cpu->interrupt_request) & CPU_INTERRUPT_HARD);
    if (vector >= 0) {
        intr.irq = vector;
        trace_kvm_inject(cpu->cpu_index, vector);
        kvm_vcpu_ioctl(v, KVM_INTERRUPT, &intr);
    }
}

/* One KVM_RUN and what it was left for. False: back to the vCPU's loop. */
static bool run_once(KVMVcpu *v)
{
    int ret = ioctl(v->fd, KVM_RUN, 0) < 0 ? -errno : 0;

    v->io_exit = false;
    if (ret == 0) {
        return kvm_handle_exit(v);
    }
    if (ret != -EINTR && ret != -EAGAIN) {
        fprintf(stderr, "error: kvm run failed %s\n", strerror(-ret));
        kvm_internal_error(v);
        return false;
    }
    return true;
}

static void finish_instruction(KVMVcpu *v)
{
    while (v->io_exit) {
        qatomic_set(&v->run->immediate_exit, 1);
        run_once(v);
    }
}

void kvm_vcpu_run(CPUState *cpu)
{
    KVMVcpu *v = kvm_vcpu(cpu);
    bool go_on = true;

    v->has_fetched = false;
    if (qatomic_read(&v->parked)) {
        wait_parked(v);
        return;
    }
    while (go_on) {
        qatomic_set(&v->run->immediate_exit, 0);
        smp_mb(); /* pairs with kvm_kick(), see the top */
        if (qatomic_read(&cpu->exit_request)) {
            break;
        }
        if (kvm_state->chips == KVM_CHIPS_SPLIT) {
            inject_pic_interrupt(v);
        }
        go_on = run_once(v);
    }
    finish_instruction(v);
}
