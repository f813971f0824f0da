/*
 * The local APIC of a CPU, as seen by its CPU and by the accelerator.
 *
 * TYPE_APIC is ours, in user space; KVM's in-kernel one ("kvm-apic") has the
 * same parent and only passes messages on. The MMIO region at 0xfee00000 is
 * one for all CPUs and acts on the CPU that accesses it; a write by a device
 * (address_space_send_message) is an MSI.
 *
 * Big lock unless said otherwise.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_APIC_H
#define HW_I386_APIC_H

#include "hw/i386/cpu.h"
#include "hw/i386/i8259.h"
#include "hw/i386/ioapic.h"

#define TYPE_APIC_COMMON "apic-common"
#define TYPE_APIC        "apic"
OBJECT_DECLARE_TYPE(APICCommonState, APICCommonClass, APIC_COMMON)

#define APIC_NUM_REGS 64

struct APICCommonState {
    DeviceState parent_obj;
    X86CPU *cpu;       /* set before realize */
    uint32_t id;       /* APIC ID, set before realize */
    uint64_t apicbase; /* the MSR */
};

struct APICCommonClass {
    DeviceClass parent_class;
    /* An MSI: address and data as on the bus. */
    void (*send_msi)(APICCommonState *s, uint64_t addr, uint32_t data);
    /* apicbase or the TPR change. */
    void (*set_base)(APICCommonState *s, uint64_t val);
    void (*set_tpr)(APICCommonState *s, uint8_t cr8);
    uint8_t (*get_tpr)(APICCommonState *s); /* CR8 */
    /* System reset; INIT (keeps the ID and apicbase). */
    void (*reset)(APICCommonState *s, bool init);

    /*
     * The rest may be NULL: an APIC in the kernel, whose registers do not come
     * by here. Then the PICs' INTR drives the boot CPU's interrupt pin.
     */
    /* As cpu_get_pic_interrupt() and apic_has_interrupt(). */
    int (*get_interrupt)(APICCommonState *s);
    bool (*has_interrupt)(APICCommonState *s);
    /* The level of LINT0 is another. */
    void (*set_lint0)(APICCommonState *s, bool level);
    /* An edge of LINT1, the board's NMI line. NULL: it is an NMI. */
    void (*pulse_lint1)(APICCommonState *s);
    /* The CPU's own access to dword `offset` of the page; to an MSR. */
    uint32_t (*mmio_read)(APICCommonState *s, unsigned offset);
    void (*mmio_write)(APICCommonState *s, unsigned offset, uint32_t val);
    bool (*msr_read)(APICCommonState *s, uint32_t index, uint64_t *val);
    bool (*msr_write)(APICCommonState *s, uint32_t index, uint64_t val);
    /* IA32_TSC_DEADLINE; and the guest's TSC jumped. */
    uint64_t (*get_tsc_deadline)(APICCommonState *s);
    void (*set_tsc_deadline)(APICCommonState *s, uint64_t val);
    void (*tsc_changed)(APICCommonState *s);
    /* Registers as in the page, one per 16 bytes of it: for monitors. An APIC
     * in the kernel can do this too. */
    bool (*get_regs)(APICCommonState *s, uint32_t regs[APIC_NUM_REGS]);
};

/* Makes the local APIC of cpu (property "apic-id" applies), of the type that
 * the accelerator wants. */
bool apic_create(X86CPU *cpu, Error **errp);
/* Ends of the lines: INTR of the PICs goes to LINT0 of every CPU; level-
 * triggered EOIs go to the I/O APIC. Either may be NULL. Forgotten when the
 * last CPU's local APIC goes. */
void apic_connect(I8259State *pic, IOAPICState *ioapic);
/* Level of the PIC's INTR: a qemu_irq whose handler this is. */
void apic_pic_intr(void *opaque, int n, int level);

/*
 * What the CPU sees. cpu_get_pic_interrupt acknowledges the interrupt of
 * highest priority and returns its vector: the local APIC's, else the PIC's
 * where LINT0 lets it through; -1 if there is none after all (spurious ones
 * return their spurious vector).
 */
int cpu_get_pic_interrupt(X86CPU *cpu);
/* True if there is one that cpu_get_pic_interrupt would return. */
bool apic_has_interrupt(X86CPU *cpu);
uint64_t cpu_get_apic_base(X86CPU *cpu);
/* False: reserved bits or an illegal change of mode: #GP. */
bool cpu_set_apic_base(X86CPU *cpu, uint64_t val);
uint8_t cpu_get_apic_tpr(X86CPU *cpu);
void cpu_set_apic_tpr(X86CPU *cpu, uint8_t cr8);
/* x2APIC registers, MSRs 0x800 to 0x8ff, and IA32_TSC_DEADLINE. False: #GP. */
bool apic_msr_read(X86CPU *cpu, uint32_t index, uint64_t *val);
bool apic_msr_write(X86CPU *cpu, uint32_t index, uint64_t val);
uint64_t apic_get_tsc_deadline(X86CPU *cpu);
void apic_set_tsc_deadline(X86CPU *cpu, uint64_t val);
/* Whoever makes the guest's TSC jump (a write to it, TSC_ADJUST) says so after,
 * because the deadline then lies elsewhere. */
void apic_tsc_changed(X86CPU *cpu);
/* Startup messages leave their vector in CPUX86State.sipi_vector, for whoever
 * handles CPU_INTERRUPT_SIPI; a local APIC that gets INIT is reset by whoever
 * handles CPU_INTERRUPT_INIT, as all of the CPU: */
void apic_reset(X86CPU *cpu, bool init);
/* The NMI button: LINT1 of this CPU, which its local APIC may mask. */
void apic_pulse_nmi(X86CPU *cpu);
/* "info lapic" of one CPU; to be freed. */
char *apic_info_text(X86CPU *cpu);
/* The guest's TSC at this moment, and its rate in Hz: one clock for all CPUs,
 * which stands while the VM is stopped. [any] Implemented with the CPU. */
uint64_t x86_guest_tsc(const CPUX86State *env);
uint64_t x86_tsc_hz(void);

#endif
