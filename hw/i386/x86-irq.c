/*
 * Interrupt lines of the x86 boards: see x86-irq.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/kvm.h"
#include "hw/i386/apic.h"
#include "hw/i386/x86-irq.h"

/* The timer's interrupt is input 2 of the I/O APIC (ISA's cascade is not
 * wired to it). */
#define GSI_TIMER        0
#define IOAPIC_TIMER_PIN 2

/* Where the BIOS puts them. */
#define PIC_VECTOR_MASTER 0x08
#define PIC_VECTOR_SLAVE  0x70

static void x86_set_gsi(void *opaque, int n, int level)
{
    X86IrqEnds *ends = opaque;
    int pin = n == GSI_TIMER ? IOAPIC_TIMER_PIN : n;

    if (n < ISA_NUM_IRQS && ends->pic) {
        qemu_set_irq(i8259_get_irq(ends->pic, n), level);
    }
    qemu_set_irq(qdev_get_gpio_in(DEVICE(ends->ioapic), pin), level);
}

qemu_irq *x86_gsi_new(X86IrqEnds *ends)
{
    return qemu_allocate_irqs(kvm_irqchip_in_kernel() ? kvm_gsi_handler
                                                      : x86_set_gsi,
                              ends, IOAPIC_NUM_PINS);
}

void x86_gsi_free(qemu_irq *gsi, X86IrqEnds *ends)
{
    if (gsi) {
        for (int n = 0; n < IOAPIC_NUM_PINS; n++) {
            qemu_free_irq(gsi[n]);
        }
        g_free(gsi);
    }
    if (ends->pic_intr) {
        qemu_free_irq(ends->pic_intr);
        ends->pic_intr = NULL;
    }
}

bool x86_ioapic_init(X86IrqEnds *ends, Object *parent, Error **errp)
{
    IOAPICState *ioapic;

    if (kvm_irqchip_in_kernel()) {
        return true;
    }
    ioapic = IOAPIC(qdev_new(TYPE_IOAPIC));
    ioapic->system_memory = get_system_memory();
    object_property_add_child(parent, "ioapic", OBJECT(ioapic));
    ends->ioapic = ioapic;
    return qdev_realize_and_unref(&ioapic->qdev, sysbus_get_default(), errp);
}

bool x86_pic_init(X86IrqEnds *ends, ISABus *bus, Error **errp)
{
    if (kvm_irqchip_in_kernel()) {
        return true;
    }
    ends->pic_intr = qemu_allocate_irq(apic_pic_intr, NULL, 0);
    ends->pic = i8259_init(bus, ends->pic_intr, errp);
    return ends->pic;
}

void x86_irq_connect(X86IrqEnds *ends)
{
    apic_connect(ends->pic, ends->ioapic);
    if (kvm_irqchip_is_split()) {
        kvm_connect_ioapic(ends->ioapic);
    }
}

void x86_pic_firmware_setup(const X86IrqEnds *ends, uint16_t level_irqs)
{
    const struct {
        uint16_t port;
        uint8_t value;
    } writes[] = {
        {0x20, 0x11},
        {0x21, PIC_VECTOR_MASTER},
        {0x21, 0x04},
        {0x21, 0x01},
        {0x21, 0xfb}, /* all masked but for the cascade */
        {0xa0, 0x11},
        {0xa1, PIC_VECTOR_SLAVE},
        {0xa1, 0x02},
        {0xa1, 0x01},
        {0xa1, 0xff},
        {0x4d0, level_irqs & 0xff},
        {0x4d1, level_irqs >> 8},
    };

    if (kvm_irqchip_in_kernel()) {
        kvm_preset_pics(PIC_VECTOR_MASTER, PIC_VECTOR_SLAVE, level_irqs);
        return;
    }
    for (unsigned i = 0; ends->pic && i < ARRAY_SIZE(writes); i++) {
        address_space_st(&address_space_io, writes[i].port, writes[i].value, 1,
                         NULL);
    }
}
