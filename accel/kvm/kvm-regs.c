/*
 * Registers: from the kernel into the CPU's state struct and back.
 *
 * Only while the vCPU stands still. Fetching first is what makes a partial
 * change possible: what nobody touched goes back as it was, also where the
 * state struct has no place for it (the upper halves of vector registers, the
 * fine print of pending events).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/apic.h"
#include "kvm-internal.h"
#include "trace/trace-accel.h"
#include "util/atomic.h"

/* -------------------------------------------------------------- segments */

#define DESC_AVL_MASK (1u << 20)
#define DESC_TYPE(flags) ((flags) >> DESC_TYPE_SHIFT & 15)

static void get_segment(SegmentCache *to, const struct kvm_segment *from)
{
    to->selector = from->selector;
    to->base = from->base;
    to->limit = from->limit;
    to->flags = 0;
    if (from->unusable) {
        return;
    }
    to->flags = from->type << DESC_TYPE_SHIFT | from->dpl << DESC_DPL_SHIFT;
    to->flags |= from->s ? DESC_S_MASK : 0;
    to->flags |= from->present ? DESC_P_MASK : 0;
    to->flags |= from->avl ? DESC_AVL_MASK : 0;
    to->flags |= from->l ? DESC_L_MASK : 0;
    to->flags |= from->db ? DESC_B_MASK : 0;
    to->flags |= from->g ? DESC_G_MASK : 0;
}

static void put_segment(struct kvm_segment *to, const SegmentCache *from)
{
    *to = (struct kvm_segment){
        .selector = from->selector,
        .base = from->base,
        .limit = from->limit,
        .type = DESC_TYPE(from->flags),
        .present = !!(from->flags & DESC_P_MASK),
        .dpl = from->flags >> DESC_DPL_SHIFT & 3,
        .db = !!(from->flags & DESC_B_MASK),
        .s = !!(from->flags & DESC_S_MASK),
        .l = !!(from->flags & DESC_L_MASK),
        .g = !!(from->flags & DESC_G_MASK),
        .avl = !!(from->flags & DESC_AVL_MASK),
        .unusable = !(from->flags & DESC_P_MASK),
    };
}

/* In virtual-8086 mode hardware wants them to be exactly so. */
static void put_v86_segment(struct kvm_segment *to, const SegmentCache *from)
{
    *to = (struct kvm_segment){
        .selector = from->selector,
        .base = from->base,
        .limit = from->limit,
        .type = 3,
        .present = 1,
        .dpl = 3,
        .s = 1,
    };
}

/* ----------------------------------------------------- special registers */

static APICCommonState *apic_of(const KVMVcpu *v)
{
    return v->cpu->apic ? APIC_COMMON(v->cpu->apic) : NULL;
}

static int get_sregs(KVMVcpu *v)
{
    CPUX86State *env = &v->env;
    struct kvm_sregs s;
    int ret = kvm_vcpu_ioctl(v, KVM_GET_SREGS, &s);

    if (ret < 0) {
        return ret;
    }
    get_segment(&env->segs[R_CS], &s.cs);
    get_segment(&env->segs[R_DS], &s.ds);
    get_segment(&env->segs[R_ES], &s.es);
    get_segment(&env->segs[R_FS], &s.fs);
    get_segment(&env->segs[R_GS], &s.gs);
    get_segment(&env->segs[R_SS], &s.ss);
    get_segment(&env->tr, &s.tr);
    get_segment(&env->ldt, &s.ldt);
    env->gdt = (SegmentCache){ .base = s.gdt.base, .limit = s.gdt.limit };
    env->idt = (SegmentCache){ .base = s.idt.base, .limit = s.idt.limit };
    env->cr[0] = s.cr0;
    env->cr[2] = s.cr2;
    env->cr[3] = s.cr3;
    env->cr[4] = s.cr4;
    env->efer = s.efer;
    v->cr8 = s.cr8;
    v->apic_base = s.apic_base;
    if (apic_of(v)) {
        apic_of(v)->apicbase = s.apic_base;
    }
    return 0;
}

static int put_sregs(KVMVcpu *v)
{
    const CPUX86State *env = &v->env;
    void (*put)(struct kvm_segment *, const SegmentCache *) =
        env->eflags & VM_MASK ? put_v86_segment : put_segment;
    struct kvm_sregs s = {
        .gdt = { .base = env->gdt.base, .limit = env->gdt.limit },
        .idt = { .base = env->idt.base, .limit = env->idt.limit },
        .cr0 = env->cr[0],
        .cr2 = env->cr[2],
        .cr3 = env->cr[3],
        .cr4 = env->cr[4],
        .cr8 = v->cr8,
        .efer = env->efer,
        .apic_base = apic_of(v) ? apic_of(v)->apicbase : v->apic_base,
    };

    put(&s.cs, &env->segs[R_CS]);
    put(&s.ds, &env->segs[R_DS]);
    put(&s.es, &env->segs[R_ES]);
    put(&s.fs, &env->segs[R_FS]);
    put(&s.gs, &env->segs[R_GS]);
    put(&s.ss, &env->segs[R_SS]);
    put_segment(&s.tr, &env->tr);
    put_segment(&s.ldt, &env->ldt);
    if (env->interrupt_injected >= 0) {
        s.interrupt_bitmap[env->interrupt_injected / 64] =
            UINT64_C(1) << env->interrupt_injected % 64;
    }
    return kvm_vcpu_ioctl(v, KVM_SET_SREGS, &s);
}

/* ----------------------------------------------------- general registers */

/* In the order of R_EAX and so on. */
static const uint16_t reg_offsets[CPU_NB_REGS] = {
    offsetof(struct kvm_regs, rax), offsetof(struct kvm_regs, rcx),
    offsetof(struct kvm_regs, rdx), offsetof(struct kvm_regs, rbx),
    offsetof(struct kvm_regs, rsp), offsetof(struct kvm_regs, rbp),
    offsetof(struct kvm_regs, rsi), offsetof(struct kvm_regs, rdi),
    offsetof(struct kvm_regs, r8),  offsetof(struct kvm_regs, r9),
    offsetof(struct kvm_regs, r10), offsetof(struct kvm_regs, r11),
    offsetof(struct kvm_regs, r12), offsetof(struct kvm_regs, r13),
    offsetof(struct kvm_regs, r14), offsetof(struct kvm_regs, r15),
};

static int get_regs(KVMVcpu *v)
{
    struct kvm_regs r;
    int ret = kvm_vcpu_ioctl(v, KVM_GET_REGS, &r);

    if (ret < 0) {
        return ret;
    }
    for (unsigned i = 0; i < CPU_NB_REGS; i++) {
        memcpy(&v->env.regs[i], (uint8_t *)&r + reg_offsets[i], 8);
    }
    v->env.rip = r.rip;
    v->env.eflags = r.rflags;
    return 0;
}

static int put_regs(KVMVcpu *v)
{
    struct kvm_regs r = {
        .rip = v->env.rip,
        .rflags = v->env.eflags | 2,
    };

    for (unsigned i = 0; i < CPU_NB_REGS; i++) {
        memcpy((uint8_t *)&r + reg_offsets[i], &v->env.regs[i], 8);
    }
    return kvm_vcpu_ioctl(v, KVM_SET_REGS, &r);
}

static int get_debugregs(KVMVcpu *v)
{
    struct kvm_debugregs d;
    int ret = kvm_vcpu_ioctl(v, KVM_GET_DEBUGREGS, &d);

    if (ret < 0) {
        return ret;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(d.db); i++) {
        v->env.dr[i] = d.db[i];
    }
    v->env.dr[4] = v->env.dr[6] = d.dr6;
    v->env.dr[5] = v->env.dr[7] = d.dr7;
    return 0;
}

static int put_debugregs(KVMVcpu *v)
{
    struct kvm_debugregs d = { .dr6 = v->env.dr[6], .dr7 = v->env.dr[7] };

    for (unsigned i = 0; i < ARRAY_SIZE(d.db); i++) {
        d.db[i] = v->env.dr[i];
    }
    return kvm_vcpu_ioctl(v, KVM_SET_DEBUGREGS, &d);
}

/* ----------------------------------------------------------------- events */

static int get_events(KVMVcpu *v)
{
    CPUX86State *env = &v->env;
    struct kvm_vcpu_events *e = &v->events;
    int ret = kvm_vcpu_ioctl(v, KVM_GET_VCPU_EVENTS, e);

    if (ret < 0) {
        return ret;
    }
    env->exception_injected = e->exception.injected ? e->exception.nr : -1;
    env->has_error_code = e->exception.has_error_code;
    env->error_code = e->exception.error_code;
    env->interrupt_injected = e->interrupt.injected ? e->interrupt.nr : -1;
    env->interrupt_shadow = e->interrupt.shadow;
    env->nmi_pending = e->nmi.pending;
    env->nmi_blocked = e->nmi.masked;
    env->sipi_vector = e->sipi_vector;
    return 0;
}

static int put_events(KVMVcpu *v)
{
    const CPUX86State *env = &v->env;
    struct kvm_vcpu_events e = v->events;

    e.exception.injected = env->exception_injected >= 0;
    e.exception.nr = MAX(env->exception_injected, 0);
    e.exception.has_error_code = env->has_error_code;
    e.exception.error_code = env->error_code;
    e.interrupt.injected = env->interrupt_injected >= 0;
    e.interrupt.nr = MAX(env->interrupt_injected, 0);
    e.interrupt.shadow = env->interrupt_shadow ? e.interrupt.shadow : 0;
    if (env->interrupt_shadow && !e.interrupt.shadow) {
        e.interrupt.shadow = KVM_X86_SHADOW_INT_STI;
    }
    if (!e.interrupt.injected) {
        e.interrupt.soft = 0;
    }
    e.nmi.pending = env->nmi_pending;
    e.nmi.masked = env->nmi_blocked;
    e.nmi.injected &= env->nmi_blocked;
    e.sipi_vector = env->sipi_vector;
    e.flags = KVM_VCPUEVENT_VALID_NMI_PENDING |
              KVM_VCPUEVENT_VALID_SIPI_VECTOR | KVM_VCPUEVENT_VALID_SHADOW;
    return kvm_vcpu_ioctl(v, KVM_SET_VCPU_EVENTS, &e);
}

static bool waits_for_sipi(uint32_t mp_state)
{
    return mp_state == KVM_MP_STATE_UNINITIALIZED ||
           mp_state == KVM_MP_STATE_INIT_RECEIVED ||
           mp_state == KVM_MP_STATE_SIPI_RECEIVED;
}

static int get_mp_state(KVMVcpu *v)
{
    struct kvm_mp_state mp;
    int ret = kvm_vcpu_ioctl(v, KVM_GET_MP_STATE, &mp);

    if (ret < 0) {
        return ret;
    }
    v->mp_state = mp.mp_state;
    v->env.wait_for_sipi = waits_for_sipi(mp.mp_state);
    CPU(v->cpu)->halted = mp.mp_state != KVM_MP_STATE_RUNNABLE;
    return 0;
}

static int put_mp_state(KVMVcpu *v)
{
    struct kvm_mp_state mp = { KVM_MP_STATE_RUNNABLE };

    if (v->env.wait_for_sipi) {
        mp.mp_state = waits_for_sipi(v->mp_state)
                          ? v->mp_state
                          : KVM_MP_STATE_UNINITIALIZED;
    } else if (CPU(v->cpu)->halted) {
        mp.mp_state = KVM_MP_STATE_HALTED;
    }
    v->mp_state = mp.mp_state;
    return kvm_vcpu_ioctl(v, KVM_SET_MP_STATE, &mp);
}

/* -------------------------------------------------------------------- all */

typedef struct StatePart {
    const char *name;
    int (*get)(KVMVcpu *v);
    int (*put)(KVMVcpu *v);
} StatePart;

/* In the order that putting needs: later parts depend on modes that earlier
 * ones set. */
static const StatePart parts[] = {
    { "general registers", get_regs, put_regs },
    { "extended state", kvm_get_xsave, kvm_put_xsave },
    { "XCR0", kvm_get_xcrs, kvm_put_xcrs },
    { "special registers", get_sregs, put_sregs },
    { "MSRs", kvm_get_msrs, kvm_put_msrs },
    { "events", get_events, put_events },
    { "MP state", get_mp_state, put_mp_state },
    { "debug registers", get_debugregs, put_debugregs },
};

static void report(const KVMVcpu *v, const char *what, const char *part,
                   int ret)
{
    static ErrorRateLimit limit;

    error_report_ratelimited(&limit, "KVM: cannot %s the %s of CPU %d: %s",
                             what, part, CPU(v->cpu)->cpu_index,
                             strerror(-ret));
}

void kvm_get_state(CPUState *cpu)
{
    KVMVcpu *v = kvm_vcpu(cpu);

    if (v->has_fetched) {
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
        int ret = parts[i].get(v);

        if (ret < 0) {
            report(v, "get", parts[i].name, ret);
        }
    }
    v->fetched = v->env;
    v->has_fetched = true;
}

void kvm_put_state(CPUState *cpu)
{
    KVMVcpu *v = kvm_vcpu(cpu);

    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
        int ret = parts[i].put(v);

        if (ret < 0) {
            report(v, "set", parts[i].name, ret);
        }
    }
    v->fetched = v->env;
    v->has_fetched = true;
    v->io_exit = false;
    qatomic_set(&v->parked, false);
}
