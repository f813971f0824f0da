/*
 * The local APIC in the kernel, as a device: "kvm-apic" passes messages on and
 * is reset with its CPU; its registers never come by here, except to be shown.
 *
 * Big lock, vCPU paused, but for messages.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/apic.h"
#include "kvm-internal.h"
#include "util/bswap.h"

#define MSR_IA32_APICBASE 0x1b

/* Offsets in the APIC's page. */
#define APIC_ID         0x20
#define APIC_VERSION    0x30
#define APIC_DFR        0xe0
#define APIC_SVR        0xf0
#define APIC_LVT_FIRST  0x320
#define APIC_LVT_LINT0  0x350
#define APIC_LVT_LINT1  0x360
#define APIC_LVT_LAST   0x370
#define APIC_LVT_MASKED 0x10000u
#define APIC_LVT_MODE   0x700u
#define APIC_LVT_NMI    0x400u
#define APIC_LVT_EXTINT 0x700u
#define APIC_SVR_RESET  0xffu

static KVMVcpu *vcpu_of(APICCommonState *s)
{
    return kvm_vcpu(CPU(s->cpu));
}

static void send_msi(APICCommonState *s, uint64_t addr, uint32_t data)
{
    kvm_send_msi(addr, data);
}

static void set_base(APICCommonState *s, uint64_t val)
{
    s->apicbase = val;
}

static void set_tpr(APICCommonState *s, uint8_t cr8)
{
    vcpu_of(s)->cr8 = cr8;
}

static uint8_t get_tpr(APICCommonState *s)
{
    return vcpu_of(s)->cr8;
}

static void reset_registers(const KVMVcpu *v, uint32_t id)
{
    struct kvm_lapic_state state;
    uint8_t *regs = (uint8_t *)state.regs;
    uint32_t version;

    if (kvm_vcpu_ioctl(v, KVM_GET_LAPIC, &state) < 0) {
        return;
    }
    version = ldl_le_p(regs + APIC_VERSION);
    memset(&state, 0, sizeof(state));
    stl_le_p(regs + APIC_ID, id << 24);
    stl_le_p(regs + APIC_VERSION, version);
    stl_le_p(regs + APIC_DFR, UINT32_MAX);
    stl_le_p(regs + APIC_SVR, APIC_SVR_RESET);
    for (unsigned lvt = APIC_LVT_FIRST; lvt <= APIC_LVT_LAST; lvt += 0x10) {
        stl_le_p(regs + lvt, APIC_LVT_MASKED);
    }
    if (CPU(v->cpu)->cpu_index == 0) {
        /* As firmware leaves it: the PICs reach the boot CPU. */
        stl_le_p(regs + APIC_LVT_LINT0, APIC_LVT_EXTINT);
    }
    kvm_vcpu_ioctl(v, KVM_SET_LAPIC, &state);
}

/* The mode goes first: the kernel reads the ID according to it. */
static void apic_reset_kernel(APICCommonState *s, bool init)
{
    KVMVcpu *v = vcpu_of(s);

    s->apicbase = APIC_DEFAULT_ADDRESS | MSR_IA32_APICBASE_ENABLE;
    if (CPU(s->cpu)->cpu_index == 0) {
        s->apicbase |= MSR_IA32_APICBASE_BSP;
    }
    v->cr8 = 0;
    kvm_put_one_msr(v, MSR_IA32_APICBASE, s->apicbase);
    reset_registers(v, s->id);
}

static bool get_regs(APICCommonState *s, uint32_t regs[APIC_NUM_REGS])
{
    struct kvm_lapic_state state;

    if (kvm_vcpu_ioctl(vcpu_of(s), KVM_GET_LAPIC, &state) < 0) {
        return false;
    }
    for (unsigned i = 0; i < APIC_NUM_REGS; i++) {
        regs[i] = ldl_le_p(state.regs + 16 * i);
    }
    return true;
}

/* In the vCPU's thread: the kernel lets nobody else at it while it runs. */
static void inject_nmi(CPUState *cpu, void *opaque)
{
    APICCommonState *s = opaque;
    uint32_t regs[APIC_NUM_REGS];
    uint32_t lint1;

    if (get_regs(s, regs)) {
        lint1 = regs[APIC_LVT_LINT1 / 16];
        if (!(lint1 & APIC_LVT_MASKED) &&
            (lint1 & APIC_LVT_MODE) == APIC_LVT_NMI) {
            kvm_vcpu_ioctl(vcpu_of(s), KVM_NMI, NULL);
        }
    }
}

static void pulse_lint1(APICCommonState *s)
{
    async_run_on_cpu(CPU(s->cpu), inject_nmi, s);
}

static void kvm_apic_class_init(ObjectClass *klass, const void *data)
{
    APICCommonClass *k = APIC_COMMON_CLASS(klass);

    k->send_msi = send_msi;
    k->set_base = set_base;
    k->set_tpr = set_tpr;
    k->get_tpr = get_tpr;
    k->reset = apic_reset_kernel;
    k->get_regs = get_regs;
    k->pulse_lint1 = pulse_lint1;
}

static const TypeInfo kvm_apic_types[] = {
    {
        .name = TYPE_KVM_APIC,
        .parent = TYPE_APIC_COMMON,
        .class_init = kvm_apic_class_init,
    },
};

DEFINE_TYPES(kvm_apic_types)
