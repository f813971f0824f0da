/*
 * The x86-64 CPU as a device: its types, its life, and what it is after reset.
 *
 * A CPU has no behaviour of its own: the accelerator runs it, the local APIC
 * interrupts it. What this file decides is its identity (model, features,
 * topology) and its power-on state (Intel SDM 3A, table 10-1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <cpuid.h>

#include "accel/accel.h"
#include "cpu-internal.h"
#include "hw/i386/apic.h"
#include "util/atomic.h"

#define RESET_CR0   (CR0_ET | CR0_NW | CR0_CD)
#define RESET_PAT   UINT64_C(0x0007040600070406)
#define RESET_MXCSR 0x1f80
#define RESET_FPUC_POWERON 0x0040
#define MISC_ENABLE_FAST_STRING 1

/* ----------------------------------------------------------------- reset */

void x86_cpu_load_seg_cache(CPUX86State *env, int seg, uint16_t selector,
                            uint64_t base, uint32_t limit, uint32_t flags)
{
    env->segs[seg] = (SegmentCache){ .selector = selector,
                                     .base = base,
                                     .limit = limit,
                                     .flags = flags };
}

static void reset_segments(CPUX86State *env)
{
    const uint32_t data = DESC_P_MASK | DESC_S_MASK | DESC_W_MASK | DESC_A_MASK;
    const uint32_t code = data | DESC_CS_MASK;

    for (int seg = 0; seg < CPU_NB_SEGS; seg++) {
        x86_cpu_load_seg_cache(env, seg, 0, 0, 0xffff, data);
    }
    x86_cpu_load_seg_cache(env, R_CS, 0xf000, 0xffff0000, 0xffff, code);
    env->gdt = env->idt = (SegmentCache){ .limit = 0xffff };
    env->ldt = (SegmentCache){ .limit = 0xffff,
                               .flags = DESC_P_MASK | 2 << DESC_TYPE_SHIFT };
    env->tr = (SegmentCache){ .limit = 0xffff,
                              .flags = DESC_P_MASK | 11 << DESC_TYPE_SHIFT };
}

/* What INIT leaves alone. */
static void reset_power_on_only(CPUX86State *env)
{
    memset(env->fpregs, 0, sizeof(env->fpregs));
    memset(env->xmm, 0, sizeof(env->xmm));
    env->fpuc = RESET_FPUC_POWERON;
    env->fpus = 0;
    env->fptags = 0; /* all valid, strange as it is: FNINIT empties them */
    env->fpop = 0;
    env->fpip = env->fpdp = 0;
    env->fpcs = env->fpds = 0;
    env->mxcsr = RESET_MXCSR;
    env->xcr0 = 1;
    env->efer = 0;
    env->star = env->lstar = env->cstar = env->fmask = 0;
    env->kernelgsbase = 0;
    env->sysenter_cs = env->sysenter_esp = env->sysenter_eip = 0;
    env->pat = RESET_PAT;
    env->tsc_aux = env->tsc_adjust = 0;
    env->misc_enable = MISC_ENABLE_FAST_STRING;
    env->mtrr_def_type = 0;
    memset(env->mtrr_fixed, 0, sizeof(env->mtrr_fixed));
    memset(env->mtrr_var, 0, sizeof(env->mtrr_var));
    env->mcg_status = 0;
    env->kvm_system_time = env->kvm_wall_clock = env->kvm_steal_time = 0;
    env->kvm_async_pf = env->kvm_pv_eoi = 0;
    env->kvm_poll_control = 1;
    env->smbase = 0x30000;
    /* The TSC starts at 0 (SDM 3A, 10.1.1). */
    env->tsc_offset = 0;
    env->tsc_offset = -x86_guest_tsc(env);
}

/* What CPUID says too. */
static uint32_t cpu_signature(X86CPU *cpu)
{
    uint32_t eax, ebx, ecx, edx;

    x86_cpu_cpuid(cpu, 1, 0, &eax, &ebx, &ecx, &edx);
    return eax;
}

void x86_cpu_reset(X86CPU *cpu, bool init)
{
    CPUState *cs = CPU(cpu);
    CPUX86State *env = cpu->env;
    bool boot = cs->cpu_index == 0;

    memset(env->regs, 0, sizeof(env->regs));
    env->regs[R_EDX] = cpu_signature(cpu);
    env->rip = 0xfff0;
    env->eflags = 2;
    env->cr[0] = (init ? env->cr[0] & (CR0_NW | CR0_CD) : RESET_CR0) | CR0_ET;
    env->cr[2] = env->cr[3] = env->cr[4] = 0;
    memset(env->dr, 0, sizeof(env->dr));
    env->dr[6] = 0xffff0ff0;
    env->dr[7] = 0x400;
    reset_segments(env);
    if (init) {
        env->efer = 0;
    } else {
        reset_power_on_only(env);
    }
    env->tsc_deadline = 0;
    env->exception_injected = -1;
    env->interrupt_injected = -1;
    env->has_error_code = false;
    env->interrupt_shadow = false;
    env->nmi_pending = env->nmi_blocked = false;

    /* The startup message that follows an INIT may be here already. */
    cpu_reset_interrupt(cs, init ? ~CPU_INTERRUPT_SIPI : UINT32_MAX);
    cs->halted = !boot;
    env->wait_for_sipi = !boot;
    if (cpu->apic) {
        APIC_COMMON_GET_CLASS(cpu->apic)->reset(APIC_COMMON(cpu->apic), init);
    }
}

void x86_cpu_sipi(X86CPU *cpu, uint8_t vector)
{
    CPUX86State *env = cpu->env;

    if (!env->wait_for_sipi) {
        return;
    }
    env->wait_for_sipi = false;
    env->rip = 0;
    env->segs[R_CS].selector = vector << 8;
    env->segs[R_CS].base = (uint64_t)vector << 12;
    CPU(cpu)->halted = false;
}

static void cpu_machine_reset(void *opaque)
{
    x86_cpu_reset(opaque, false);
}

/* ------------------------------------------------------------------ time */

/* One tick is one nanosecond of guest time, so that the TSC, the timers and
 * the clocks of the board can never drift apart, and stand together. */
uint64_t x86_tsc_hz(void)
{
    return NANOSECONDS_PER_SECOND;
}

uint64_t x86_guest_tsc(const CPUX86State *env)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + env->tsc_offset;
}

static bool x86_cpu_has_work(CPUState *cs)
{
    X86CPU *cpu = X86_CPU(cs);
    uint32_t pending = qatomic_read(&cs->interrupt_request);

    if (cpu->env->wait_for_sipi) {
        return pending & (CPU_INTERRUPT_SIPI | CPU_INTERRUPT_INIT);
    }
    if (pending & (CPU_INTERRUPT_NMI | CPU_INTERRUPT_INIT)) {
        return true;
    }
    return pending & CPU_INTERRUPT_HARD && cpu->env->eflags & IF_MASK;
}

/* ------------------------------------------------------------------ life */

static bool check_identity(X86CPU *cpu, Error **errp)
{
    if (strlen(cpu->vendor) != 12) {
        error_setg(errp, "CPUID vendor value must be 12 characters long");
        return false;
    }
    if (!cpu->phys_bits) {
        uint32_t a = 0, b, c, d;

        cpu->phys_bits = 40;
        if (cpu->host_phys_bits && __get_cpuid(0x80000008, &a, &b, &c, &d)) {
            cpu->phys_bits = a & 0xff;
        }
    }
    if (cpu->phys_bits < 32 || cpu->phys_bits > 52) {
        error_setg(errp, "phys-bits should be between 32 and 52  (but is %u)",
                   cpu->phys_bits);
        return false;
    }
    memset(cpu->model_id_padded, 0, sizeof(cpu->model_id_padded));
    memcpy(cpu->model_id_padded, cpu->model_id,
           strnlen(cpu->model_id, sizeof(cpu->model_id_padded)));
    return true;
}

static void x86_cpu_realize(DeviceState *dev, Error **errp)
{
    X86CPU *cpu = X86_CPU(dev);
    AccelClass *ac = current_accel_class();

    if (X86_CPU_GET_CLASS(cpu)->is_host && !(ac && ac->has_cpu_host)) {
        error_setg(errp, "CPU model 'host' requires KVM or HVF");
        return;
    }
    if (!check_identity(cpu, errp) || !x86_cpu_filter_features(cpu, errp)) {
        return;
    }
    cpu_list_add(CPU(cpu));
    if (ac && ac->create_vcpu) {
        if (!ac->create_vcpu(CPU(cpu), errp)) {
            return;
        }
    } else {
        cpu->env = g_new0(CPUX86State, 1);
    }
    if (cpu->with_apic && !apic_create(cpu, errp)) {
        return;
    }
    qemu_register_reset(cpu_machine_reset, cpu);
    x86_cpu_reset(cpu, false);
    cpu_create_thread(CPU(cpu), errp);
}

static void x86_cpu_unrealize(DeviceState *dev)
{
    X86CPU *cpu = X86_CPU(dev);
    AccelClass *ac = current_accel_class();

    qemu_unregister_reset(cpu_machine_reset, cpu);
    if (cpu->env && ac && ac->create_vcpu) {
        ac->destroy_vcpu(CPU(cpu));
    } else {
        g_free(cpu->env);
    }
    cpu->env = NULL;
}

/* The identity of the processor this runs on. */
static void copy_host_identity(X86CPU *cpu)
{
    uint32_t a, b, c, d;
    char vendor[13] = {}, name[49] = {};

    __cpuid(0, a, b, c, d);
    memcpy(vendor, &b, 4);
    memcpy(vendor + 4, &d, 4);
    memcpy(vendor + 8, &c, 4);
    __cpuid(1, a, b, c, d);
    cpu->stepping = a & 15;
    cpu->model = (a >> 4 & 15) | (a >> 12 & 0xf0);
    cpu->family = (a >> 8 & 15) + (a >> 20 & 0xff);
    for (uint32_t i = 0; i < 3; i++) {
        __cpuid(0x80000002 + i, a, b, c, d);
        memcpy(name + i * 16, (uint32_t[]){a, b, c, d}, 16);
    }
    g_free(cpu->vendor);
    cpu->vendor = g_strdup(vendor);
    g_free(cpu->model_id);
    cpu->model_id = g_strdup(name);
}

static void x86_cpu_instance_init(Object *obj)
{
    X86CPU *cpu = X86_CPU(obj);
    X86CPUClass *xcc = X86_CPU_GET_CLASS(obj);
    bool kvm = !g_strcmp0(current_accel_name(), "kvm");

    cpu->threads_per_core = cpu->cores_per_socket = 1;
    cpu->vendor = g_strdup("AuthenticAMD");
    cpu->family = 15;
    cpu->model = 107;
    cpu->stepping = 1;
    cpu->model_id = g_strdup(xcc->is_max ? "QEMU TCG CPU version 2.5+"
                                         : "QEMU Virtual CPU version 2.5+");
    if (xcc->is_host || (xcc->is_max && kvm)) {
        copy_host_identity(cpu);
    }
    x86_cpu_model_features(xcc, cpu->features);
}

static void x86_cpu_instance_finalize(Object *obj)
{
    X86CPU *cpu = X86_CPU(obj);

    g_free(cpu->vendor);
    g_free(cpu->model_id);
}

static const Property x86_cpu_props[] = {
    DEFINE_PROP_UINT32("apic-id", X86CPU, apic_id, UINT32_MAX),
    DEFINE_PROP_UINT32("level", X86CPU, cpuid_level, 0xd),
    DEFINE_PROP_UINT32("xlevel", X86CPU, cpuid_xlevel, 0x8000000a),
    DEFINE_PROP_NODEFAULT("family", X86CPU, family, qdev_prop_uint32),
    DEFINE_PROP_NODEFAULT("model", X86CPU, model, qdev_prop_uint32),
    DEFINE_PROP_NODEFAULT("stepping", X86CPU, stepping, qdev_prop_uint32),
    DEFINE_PROP_STRING("vendor", X86CPU, vendor),
    DEFINE_PROP_STRING("model-id", X86CPU, model_id),
    DEFINE_PROP_UINT32("phys-bits", X86CPU, phys_bits, 0),
    DEFINE_PROP_BOOL("host-phys-bits", X86CPU, host_phys_bits, false),
    DEFINE_PROP_BOOL("check", X86CPU, check, true),
    DEFINE_PROP_BOOL("enforce", X86CPU, enforce, false),
    DEFINE_PROP_BOOL("kvm", X86CPU, expose_kvm, true),
    DEFINE_PROP_BOOL("tcg-cpuid", X86CPU, expose_tcg, true),
};

static const Property x86_cpu_max_props[] = {
    DEFINE_PROP_BOOL("migratable", X86CPU, migratable, true),
};

static void x86_cpu_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = x86_cpu_realize;
    dc->unrealize = x86_cpu_unrealize;
    dc->user_creatable = false; /* -smp says how many there are */
    dc->categories = 1ul << DEVICE_CATEGORY_CPU;
    CPU_CLASS(klass)->has_work = x86_cpu_has_work;
    device_class_set_props(dc, x86_cpu_props);
    x86_cpu_add_feature_props(dc);
}

typedef struct X86Model {
    const char *name;
    bool is_max, is_host;
} X86Model;

static void x86_model_class_init(ObjectClass *klass, const void *data)
{
    const X86Model *m = data;
    X86CPUClass *xcc = X86_CPU_CLASS(klass);

    xcc->model = m->name;
    xcc->is_max = m->is_max;
    xcc->is_host = m->is_host;
    if (m->is_max || m->is_host) {
        device_class_set_props(DEVICE_CLASS(klass), x86_cpu_max_props);
    }
}

static const X86Model model_qemu64 = {"qemu64", false, false};
static const X86Model model_max = {"max", true, false};
static const X86Model model_host = {"host", false, true};

static const TypeInfo x86_cpu_types[] = {
    {
        .name = TYPE_X86_CPU,
        .parent = TYPE_CPU,
        .abstract = true,
        .instance_size = sizeof(X86CPU),
        .instance_init = x86_cpu_instance_init,
        .instance_finalize = x86_cpu_instance_finalize,
        .class_size = sizeof(X86CPUClass),
        .class_init = x86_cpu_class_init,
    },
    {
        .name = X86_CPU_TYPE_NAME("qemu64"),
        .parent = TYPE_X86_CPU,
        .class_init = x86_model_class_init,
        .class_data = &model_qemu64,
    },
    {
        .name = X86_CPU_TYPE_NAME("max"),
        .parent = TYPE_X86_CPU,
        .class_init = x86_model_class_init,
        .class_data = &model_max,
    },
    {
        .name = X86_CPU_TYPE_NAME("host"),
        .parent = TYPE_X86_CPU,
        .class_init = x86_model_class_init,
        .class_data = &model_host,
    },
};

DEFINE_TYPES(x86_cpu_types)
