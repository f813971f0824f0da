/*
 * Exceptions and interrupts: IDT, local APIC with its timer, the PIC pair, the
 * I/O APIC.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tiny.h"

#define LAPIC            0xfee00000ul
#define LAPIC_EOI        (LAPIC + 0xb0)
#define LAPIC_SVR        (LAPIC + 0xf0)
#define LAPIC_ICR_LOW    (LAPIC + 0x300)
#define LAPIC_ICR_HIGH   (LAPIC + 0x310)
#define LAPIC_LVT_TIMER  (LAPIC + 0x320)
#define LAPIC_LVT_LINT0  (LAPIC + 0x350)
#define LAPIC_TIMER_INIT (LAPIC + 0x380)
#define LAPIC_TIMER_DIV  (LAPIC + 0x3e0)
#define SVR_ENABLE       0x100
#define LVT_MASKED       0x10000
#define LVT_PERIODIC     0x20000
#define LVT_EXTINT       0x700
#define ICR_PENDING      0x1000
#define TIMER_DIV_16     3
/* The timer's input under KVM and QEMU: 1 GHz. */
#define TIMER_PER_MS     (1000000 / 16)

#define MSR_X2APIC_EOI 0x80b

#define IOAPIC_SELECT 0xfec00000ul
#define IOAPIC_WINDOW 0xfec00010ul
#define ENTRY_LEVEL   0x8000

typedef struct __attribute__((packed)) Gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t ist;
    uint8_t type;
    uint16_t offset_mid;
    uint32_t offset_high;
    uint32_t zero;
} Gate;

extern uint8_t interrupt_stubs[];
void interrupt(uint64_t vector, uint64_t error, uint64_t *frame);

static Gate idt[64] __attribute__((aligned(16)));

volatile uint32_t irqs[64];
volatile uint64_t catch_at;
volatile uint32_t caught_vector;
void (*intx_handler)(void);
bool x2apic;

static void pic_eoi(unsigned irq)
{
    if (irq >= 8) {
        outb(0xa0, 0x20);
    }
    outb(0x20, 0x20);
}

/* From boot.S; frame is RIP, CS, RFLAGS, RSP, SS. */
void interrupt(uint64_t vector, uint64_t error, uint64_t *frame)
{
    irqs[vector]++;
    if (vector < 32 && catch_at) {
        caught_vector = vector;
        frame[0] = catch_at;
        catch_at = 0;
        return;
    }
    if (vector < VECTOR_PIC) {
        fail("exception %u error %x at %x", (uint32_t)vector, error,
             frame[0]);
    }
    if (vector == VECTOR_SPURIOUS) {
        return;
    }
    if (vector <= VECTOR_IOAPIC && intx_handler) {
        intx_handler();
    }
    if (vector < VECTOR_IOAPIC) {
        pic_eoi(vector - VECTOR_PIC);
    } else if (x2apic) {
        wrmsr(MSR_X2APIC_EOI, 0);
    } else {
        MMIO32(LAPIC_EOI) = 0;
    }
}

static void mask_pics(void)
{
    static const uint16_t ports[2] = {0x20, 0xa0};

    for (int i = 0; i < 2; i++) {
        outb(ports[i], 0x11);
        outb(ports[i] + 1, VECTOR_PIC + 8 * i);
        outb(ports[i] + 1, i ? 2 : 4);
        outb(ports[i] + 1, 1);
        outb(ports[i] + 1, 0xff);
    }
}

void irq_init(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } idtr = {sizeof(idt) - 1, (uintptr_t)idt};

    for (unsigned i = 0; i < 64; i++) {
        uintptr_t stub = (uintptr_t)interrupt_stubs + 16 * i;

        idt[i] = (Gate){
            .offset_low = stub,
            .selector = 0x08,
            .type = 0x8e,
            .offset_mid = stub >> 16,
        };
    }
    __asm__ volatile("lidt %0" : : "m"(idtr));
    mask_pics();
    MMIO32(LAPIC_SVR) = SVR_ENABLE | VECTOR_SPURIOUS;
}

void timer_start(uint32_t milliseconds)
{
    MMIO32(LAPIC_TIMER_DIV) = TIMER_DIV_16;
    MMIO32(LAPIC_LVT_TIMER) = LVT_PERIODIC | VECTOR_TIMER;
    MMIO32(LAPIC_TIMER_INIT) = milliseconds * TIMER_PER_MS;
}

void pic_enable(unsigned irq)
{
    uint16_t elcr = irq < 8 ? 0x4d0 : 0x4d1;
    uint16_t mask = irq < 8 ? 0x21 : 0xa1;

    outb(elcr, inb(elcr) | 1u << irq % 8);
    outb(mask, inb(mask) & ~(1u << irq % 8));
    if (irq >= 8) {
        outb(0x21, inb(0x21) & ~4u);
    }
    MMIO32(LAPIC_LVT_LINT0) = LVT_EXTINT;
}

void ioapic_enable(unsigned pin)
{
    MMIO32(LAPIC_LVT_LINT0) = LVT_MASKED;
    MMIO32(IOAPIC_SELECT) = 0x11 + 2 * pin;
    MMIO32(IOAPIC_WINDOW) = 0; /* to APIC 0 */
    MMIO32(IOAPIC_SELECT) = 0x10 + 2 * pin;
    MMIO32(IOAPIC_WINDOW) = ENTRY_LEVEL | VECTOR_IOAPIC;
}

void ipi(uint32_t apic_id, uint32_t command)
{
    MMIO32(LAPIC_ICR_HIGH) = apic_id << 24;
    MMIO32(LAPIC_ICR_LOW) = command;
    while (MMIO32(LAPIC_ICR_LOW) & ICR_PENDING) {
    }
}
