/*
 * What the guest did that the kernel leaves to us: port I/O and MMIO, which
 * devices handle under the big lock; the end of the world (triple fault),
 * which is a reset; and what cannot be executed at all, which stops the VM
 * with the registers on stderr.
 *
 * vCPU thread, without the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/runstate.h"
#include "kvm-internal.h"
#include "trace/trace-accel.h"

/* --------------------------------------------------------------- devices */

/* `count` accesses to one port: more than one for string instructions. */
static void handle_io(KVMVcpu *v)
{
    struct kvm_run *run = v->run;
    uint8_t *data = (uint8_t *)run + run->io.data_offset;
    unsigned size = run->io.size;
    bool out = run->io.direction == KVM_EXIT_IO_OUT;

    bql_lock();
    for (uint32_t i = 0; i < run->io.count; i++, data += size) {
        if (out) {
            address_space_write(&address_space_io, run->io.port, data, size);
        } else {
            address_space_read(&address_space_io, run->io.port, data, size);
        }
    }
    bql_unlock();
    v->io_exit = true;
}

static void handle_mmio(KVMVcpu *v)
{
    struct kvm_run *run = v->run;
    unsigned len = MIN(run->mmio.len, sizeof(run->mmio.data));

    bql_lock();
    if (run->mmio.is_write) {
        address_space_write(&address_space_memory, run->mmio.phys_addr,
                            run->mmio.data, len);
    } else {
        address_space_read(&address_space_memory, run->mmio.phys_addr,
                           run->mmio.data, len);
    }
    bql_unlock();
    v->io_exit = true;
}

/* ------------------------------------------------------------------- end */

/* The vCPU stays where it is until the main loop has reset it. */
static bool request_reset(KVMVcpu *v)
{
    kvm_park(v);
    qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
    return false;
}

static bool handle_system_event(KVMVcpu *v)
{
    switch (v->run->system_event.type) {
    case KVM_SYSTEM_EVENT_SHUTDOWN:
        kvm_park(v);
        qemu_system_shutdown_request(SHUTDOWN_CAUSE_GUEST_SHUTDOWN);
        return false;
    case KVM_SYSTEM_EVENT_RESET:
        return request_reset(v);
    }
    fprintf(stderr, "KVM: unknown system event %u\n",
            v->run->system_event.type);
    kvm_internal_error(v);
    return false;
}

void kvm_internal_error(KVMVcpu *v)
{
    g_autofree char *text = NULL;

    v->io_exit = false;
    bql_lock();
    kvm_get_state(CPU(v->cpu));
    text = x86_cpu_dump_state(v->cpu, false);
    fputs(text, stderr);
    kvm_park(v);
    qemu_system_vmstop_request(RUN_STATE_INTERNAL_ERROR);
    bql_unlock();
}

static void report_internal_error(KVMVcpu *v)
{
    struct kvm_run *run = v->run;

    fprintf(stderr, "KVM internal error. Suberror: %u\n",
            run->internal.suberror);
    for (unsigned i = 0;
         i < MIN(run->internal.ndata, ARRAY_SIZE(run->internal.data)); i++) {
        fprintf(stderr, "extra data[%u]: 0x%016" PRIx64 "\n", i,
                (uint64_t)run->internal.data[i]);
    }
    if (run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION) {
        fprintf(stderr, "emulation failure\n");
    }
    kvm_internal_error(v);
}

/* -------------------------------------------------------------- dispatch */

static bool handle_rare_exit(KVMVcpu *v)
{
    struct kvm_run *run = v->run;

    switch (run->exit_reason) {
    case KVM_EXIT_INTERNAL_ERROR:
        report_internal_error(v);
        return false;
    case KVM_EXIT_SYSTEM_EVENT:
        return handle_system_event(v);
    case KVM_EXIT_FAIL_ENTRY:
        fprintf(stderr, "KVM: entry failed, hardware error 0x%" PRIx64 "\n",
                (uint64_t)run->fail_entry.hardware_entry_failure_reason);
        break;
    case KVM_EXIT_UNKNOWN:
        fprintf(stderr, "KVM: unknown exit, hardware reason %" PRIx64 "\n",
                (uint64_t)run->hw.hardware_exit_reason);
        break;
    default:
        fprintf(stderr, "KVM: unknown exit reason %u\n", run->exit_reason);
        break;
    }
    kvm_internal_error(v);
    return false;
}

bool kvm_handle_exit(KVMVcpu *v)
{
    struct kvm_run *run = v->run;

    trace_kvm_run_exit(CPU(v->cpu)->cpu_index, run->exit_reason);
    switch (run->exit_reason) {
    case KVM_EXIT_IO:
        handle_io(v);
        return true;
    case KVM_EXIT_MMIO:
        handle_mmio(v);
        return true;
    case KVM_EXIT_IRQ_WINDOW_OPEN:
    case KVM_EXIT_INTR:
        return true;
    case KVM_EXIT_IOAPIC_EOI:
        bql_lock();
        kvm_irq_eoi(run->eoi.vector);
        bql_unlock();
        return true;
    case KVM_EXIT_SHUTDOWN:
        return request_reset(v);
    }
    return handle_rare_exit(v);
}
