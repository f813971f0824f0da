/*
 * Global system interrupts of the x86 boards: each is an input of the I/O
 * APIC; the first 16 are the ISA interrupts and go to the pair of 8259 too.
 * With KVM's own interrupt controllers they go to the kernel instead.
 *
 * Main loop, or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_X86_IRQ_H
#define HW_I386_X86_IRQ_H

#include "hw/i386/i8259.h"
#include "hw/i386/ioapic.h"

/* Where the interrupts end. Either may be NULL: it is not there, or in the
 * kernel. */
typedef struct X86IrqEnds {
    I8259State *pic;
    IOAPICState *ioapic;
    qemu_irq pic_intr; /* the PICs' output: to the CPUs */
} X86IrqEnds;

/* IOAPIC_NUM_PINS inputs; `ends` is looked at when one changes. */
qemu_irq *x86_gsi_new(X86IrqEnds *ends);
/* All of the above that is there. */
void x86_gsi_free(qemu_irq *gsi, X86IrqEnds *ends);
/* The I/O APIC, child "ioapic" of parent, if it is not in the kernel. */
bool x86_ioapic_init(X86IrqEnds *ends, Object *parent, Error **errp);
/* The PICs, if they are not in the kernel. */
bool x86_pic_init(X86IrqEnds *ends, ISABus *bus, Error **errp);
/* The PICs as firmware leaves them: vectors 8 and 0x70, everything masked;
 * bit n of level_irqs: interrupt n is level-triggered. In the kernel too. */
void x86_pic_firmware_setup(const X86IrqEnds *ends, uint16_t level_irqs);
/* Last: the CPUs learn of both. */
void x86_irq_connect(X86IrqEnds *ends);

#endif
