/*
 * -accel kvm, as the boards and their chips see it: which interrupt
 * controllers the kernel has, and the ways into them.
 *
 * Big lock unless said otherwise.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_KVM_H
#define ACCEL_KVM_H

#include "hw/i386/ioapic.h"

/* With -accel kvm. [any] */
bool kvm_enabled(void);

/*
 * With kernel-irqchip=on PICs, I/O APIC and local APICs are in the kernel: the
 * board makes none of them, and its global system interrupts go to
 * kvm_gsi_handler(). With "split" only the local APICs are; the board makes
 * the rest and calls kvm_connect_ioapic(). [any]
 */
bool kvm_irqchip_in_kernel(void);
bool kvm_irqchip_is_split(void);

/* Handler of the board's interrupt lines: n is the global system interrupt. */
void kvm_gsi_handler(void *opaque, int n, int level);
/* The I/O APIC in user space tells the kernel which vectors' ends it waits
 * for, and hears of them. */
void kvm_connect_ioapic(IOAPICState *ioapic);
/* The PICs in the kernel as firmware leaves them: initialized, with these
 * vectors, all but the cascade masked; level_irqs is ELCR. */
void kvm_preset_pics(uint8_t master_vector, uint8_t slave_vector,
                     uint16_t level_irqs);
/* [any] A message-signalled interrupt to the local APICs. */
void kvm_send_msi(uint64_t addr, uint32_t data);

#endif
