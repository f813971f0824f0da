/*
 * Between the files of accel/kvm.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_KVM_INTERNAL_H
#define ACCEL_KVM_INTERNAL_H

#include <pthread.h>
#include <sys/ioctl.h>

#include <linux/kvm.h>

#include "accel/accel.h"
#include "accel/kvm.h"
#include "hw/i386/cpu.h"
#include "memory/memory.h"

#define TYPE_KVM_ACCEL ACCEL_TYPE_NAME("kvm")
#define TYPE_KVM_APIC  "kvm-apic"

/* The signal that takes a vCPU thread out of KVM_RUN. */
#define SIG_IPI SIGUSR1

typedef enum KVMChips {
    KVM_CHIPS_OFF,
    KVM_CHIPS_ON,
    KVM_CHIPS_SPLIT,
} KVMChips;

typedef struct KVMState {
    AccelState parent_obj;

    /* properties */
    char *device;
    KVMChips chips;
    int64_t shadow_mem; /* bytes; negative: the kernel's default */
    uint32_t dirty_ring_size;

    int fd;
    int vm_fd;
    size_t run_size; /* of a vCPU's shared page(s) */
    size_t xsave_size;
    unsigned max_vcpus, recommended_vcpus;
    struct kvm_cpuid2 *supported_cpuid;
    struct kvm_msr_list *msrs;
} KVMState;
DECLARE_INSTANCE_CHECKER(KVMState, KVM_ACCEL, TYPE_KVM_ACCEL)

/* A vCPU: CPUState.accel. */
typedef struct KVMVcpu {
    X86CPU *cpu;
    int fd;
    struct kvm_run *run;
    pthread_t thread;
    bool has_thread;
    bool io_exit; /* its own: an I/O instruction is not complete yet */

    /* It waits for reset or the end, whatever the guest was doing. */
    uint32_t parked; /* atomic */
    pthread_mutex_t park_lock;
    pthread_cond_t park_cond;

    CPUX86State env;
    CPUX86State fetched; /* env as kvm_get_state() left it */
    bool has_fetched;
    uint32_t *xsave;      /* KVMState.xsave_size bytes, as last fetched */
    uint32_t mp_state;    /* KVM_MP_STATE_*, as last fetched */
    uint64_t apic_base;   /* as last fetched or reset */
    uint64_t cr8;
    struct kvm_vcpu_events events; /* as last fetched */
} KVMVcpu;

/* The accelerator in use, or NULL. */
extern KVMState *kvm_state;

static inline KVMVcpu *kvm_vcpu(CPUState *cpu)
{
    return cpu->accel;
}

/* ioctl() on the device, the VM and a vCPU, repeated when interrupted: its
 * result, or a negative errno. */
int kvm_ioctl(KVMState *s, unsigned long request, void *arg);
int kvm_vm_ioctl(KVMState *s, unsigned long request, void *arg);
int kvm_vcpu_ioctl(const KVMVcpu *v, unsigned long request, void *arg);
/* Result of KVM_CHECK_EXTENSION: 0 if it is not there. */
int kvm_check_extension(KVMState *s, int cap);

/* ----------------------------------------------------------- kvm-memory.c */

/* Memory slots follow the guest's memory from now on. */
void kvm_memory_init(KVMState *s);

/* -------------------------------------------------------- kvm-ioeventfd.c */

/* Doorbells are the kernel's from now on. */
void kvm_ioeventfd_init(KVMState *s);

/* -------------------------------------------------------------- kvm-irq.c */

bool kvm_irq_init(KVMState *s, Error **errp);
/* A level-triggered interrupt with this vector has been handled (split). */
void kvm_irq_eoi(uint8_t vector);

/* -------------------------------------------------------------- kvm-msi.c */

/* Routes of the kernel's interrupt lines. */
void kvm_routes_init(KVMState *s);
/* Interrupt line gsi means this message. Commit follows. */
void kvm_route_set_msi(int gsi, uint64_t addr, uint32_t data);
int kvm_routes_commit(void);

/* -------------------------------------------------------------- kvm-cpu.c */

bool kvm_create_vcpu(CPUState *cpu, Error **errp);
void kvm_destroy_vcpu(CPUState *cpu);
bool kvm_vcpu_thread_init(CPUState *cpu, Error **errp);
void kvm_vcpu_run(CPUState *cpu);
void kvm_kick(CPUState *cpu);
/* The guest does not go on until its registers are set anew (reset). */
void kvm_park(KVMVcpu *v);

/* ------------------------------------------------------------- kvm-exit.c */

/* What the kernel left KVM_RUN for. False: back to the vCPU's loop. */
bool kvm_handle_exit(KVMVcpu *v);
/* The guest cannot go on: says why and stops the VM. */
void kvm_internal_error(KVMVcpu *v);

/* ------------------------------------------------------------- kvm-regs.c */

void kvm_get_state(CPUState *cpu);
void kvm_put_state(CPUState *cpu);

/* ------------------------------------------------------------ kvm-xsave.c */

/* All 0, or a negative errno. */
int kvm_get_xsave(KVMVcpu *v);
int kvm_put_xsave(KVMVcpu *v);
int kvm_get_xcrs(KVMVcpu *v);
int kvm_put_xcrs(KVMVcpu *v);

/* -------------------------------------------------------------- kvm-msr.c */

/* Both 0, or a negative errno. */
int kvm_get_msrs(KVMVcpu *v);
int kvm_put_msrs(KVMVcpu *v);
/* One register from outside the guest. */
int kvm_put_one_msr(const KVMVcpu *v, uint32_t index, uint64_t value);

/* ------------------------------------------------------------ kvm-cpuid.c */

bool kvm_cpuid_init(KVMState *s, Error **errp);
uint32_t kvm_supported_features(int word);
/* Gives the vCPU its answers. */
bool kvm_set_cpuid(KVMVcpu *v, Error **errp);

/* ------------------------------------------------------------ kvm-clock.c */

/* The paravirtual clock stands while the VM is stopped. */
void kvm_clock_init(KVMState *s);

/* kvm-probe.c: AccelClass.is_worthwhile. */
bool kvm_is_worthwhile(AccelState *accel, Error **errp);

#endif
