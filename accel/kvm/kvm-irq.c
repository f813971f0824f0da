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

/* ------------------------------------------------------------------ reset */

/* Inputs that can be level-triggered. */
#define ELCR_MASK_MASTER 0xf8
#define ELCR_MASK_SLAVE  0xde
#define ENTRY_MASKED     0x10000

static void reset_chip(struct kvm_irqchip *chip)
{
    struct kvm_ioapic_state *ioapic = &chip->chip.ioapic;

    if (chip->chip_id != KVM_IRQCHIP_IOAPIC) {
        chip->chip.pic.elcr_mask = chip->chip_id == KVM_IRQCHIP_PIC_MASTER
                                       ? ELCR_MASK_MASTER
                                       : ELCR_MASK_SLAVE;
        return;
    }
    ioapic->base_address = IOAPIC_DEFAULT_ADDRESS;
    for (unsigned i = 0; i < KVM_IOAPIC_NUM_PINS; i++) {
        ioapic->redirtbl[i].bits = ENTRY_MASKED;
    }
}

static void set_chip(struct kvm_irqchip *chip)
{
    int ret = kvm_vm_ioctl(kvm_state, KVM_SET_IRQCHIP, chip);

    if (ret < 0) {
        error_report("KVM: cannot set interrupt controller %u: %s",
                     chip->chip_id, strerror(-ret));
    }
}

static void irq_reset(void *opaque)
{
    for (unsigned id = 0; id < KVM_NR_IRQCHIPS; id++) {
        struct kvm_irqchip chip = { .chip_id = id };

        reset_chip(&chip);
        set_chip(&chip);
    }
}

#define IMR_ALL         0xff
#define IMR_BUT_CASCADE 0xfb

void kvm_preset_pics(uint8_t master_vector, uint8_t slave_vector,
                     uint16_t level_irqs)
{
    const uint8_t vectors[] = { master_vector, slave_vector };
    const uint8_t masks[] = { IMR_BUT_CASCADE, IMR_ALL };

    for (unsigned id = KVM_IRQCHIP_PIC_MASTER; id <= KVM_IRQCHIP_PIC_SLAVE;
         id++) {
        struct kvm_irqchip chip = { .chip_id = id };
        struct kvm_pic_state *pic = &chip.chip.pic;

        reset_chip(&chip);
        pic->irq_base = vectors[id];
        pic->imr = masks[id];
        pic->init4 = 1;
        pic->elcr = level_irqs >> (8 * id) & pic->elcr_mask;
        set_chip(&chip);
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
        qemu_register_reset(irq_reset, NULL);
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
