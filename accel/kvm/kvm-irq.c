/*
 * Interrupt controllers in the kernel: all of them, or the local APICs only.
 *
 * kernel-irqchip=on: the board's interrupt lines are the kernel's global
 * system interrupts, whose routes (kvm-msi.c) lead to its PICs and I/O APIC.
 * The timer, line 0, is input 2 of the I/O APIC.
 *
 * kernel-irqchip=split: our I/O APIC sends its messages to the local APICs as
 * any device does. The kernel has a route for each of its inputs too, only to
 * learn which vectors are level-triggered: the end of such an interrupt leaves
 * KVM_RUN with KVM_EXIT_IOAPIC_EOI. Our PICs' interrupts are injected before
 * KVM_RUN (kvm-cpu.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "kvm-internal.h"
#include "trace/trace-accel.h"

static IOAPICState *user_ioapic;

void kvm_gsi_handler(void *opaque, int n, int level)
{
    struct kvm_irq_level line = { .irq = n, .level = !!level };
    int ret = kvm_vm_ioctl(kvm_state, KVM_IRQ_LINE, &line);

    trace_kvm_irq_line(n, level, ret);
}

static void ioapic_entry_changed(IOAPICState *ioapic, int pin, uint64_t addr,
                                 uint32_t data)
{
    kvm_route_set_msi(pin, addr, data);
    kvm_routes_commit();
}

void kvm_connect_ioapic(IOAPICState *ioapic)
{
    user_ioapic = ioapic;
    ioapic->entry_changed = ioapic_entry_changed;
}

void kvm_irq_eoi(uint8_t vector)
{
    trace_kvm_eoi(vector);
    if (user_ioapic) {
        ioapic_eoi_broadcast(user_ioapic, vector);
    }
}

bool kvm_irq_init(KVMState *s, Error **errp)
{
    int ret;

    if (s->chips == KVM_CHIPS_ON) {
        ret = kvm_vm_ioctl(s, KVM_CREATE_IRQCHIP, NULL);
        if (ret < 0) {
            error_setg_errno(errp, -ret, "Create kernel irqchip failed");
            return false;
        }
    } else {
        struct kvm_enable_cap cap = {
            .cap = KVM_CAP_SPLIT_IRQCHIP,
            .args = { IOAPIC_NUM_PINS },
        };

        ret = kvm_vm_ioctl(s, KVM_ENABLE_CAP, &cap);
        if (ret < 0) {
            error_setg_errno(errp, -ret,
                             "Could not enable split irqchip mode");
            return false;
        }
    }
    kvm_routes_init(s);
    ret = kvm_routes_commit();
    if (ret < 0) {
        error_setg_errno(errp, -ret, "Could not set the interrupt routes");
        return false;
    }
    return true;
}
