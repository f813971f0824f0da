/*
 * The paravirtual clock stands while the VM does: its value is taken when the
 * vCPUs have stopped and set again before they start. A guest that watches
 * for CPUs that hang is told that it was stopped on purpose.
 *
 * Main loop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "kvm-internal.h"
#include "trace/trace-accel.h"

/* Before devices, and before vCPUs. */
#define CLOCK_PRIORITY (-10)

static struct kvm_clock_data saved;
static bool has_saved;

static void clock_stop(void)
{
    int ret;

    memset(&saved, 0, sizeof(saved));
    ret = kvm_vm_ioctl(kvm_state, KVM_GET_CLOCK, &saved);
    trace_kvm_clock(false, saved.clock, ret);
    has_saved = ret >= 0;
}

static void clock_start(void)
{
    struct kvm_clock_data clock = { .clock = saved.clock };
    CPUState *cpu;
    int ret;

    if (!has_saved) {
        return;
    }
    ret = kvm_vm_ioctl(kvm_state, KVM_SET_CLOCK, &clock);
    trace_kvm_clock(true, clock.clock, ret);
    CPU_FOREACH (cpu) {
        /* EINVAL: the guest does not use it. */
        kvm_vcpu_ioctl(kvm_vcpu(cpu), KVM_KVMCLOCK_CTRL, NULL);
    }
}

static void vm_changed(void *opaque, bool running)
{
    if (running) {
        clock_start();
    } else {
        clock_stop();
    }
}

void kvm_clock_init(KVMState *s)
{
    if (kvm_check_extension(s, KVM_CAP_ADJUST_CLOCK)) {
        qemu_add_vm_change_state_handler_prio(vm_changed, NULL,
                                              CLOCK_PRIORITY);
    }
}
