/*
 * Model-specific registers: those that the CPU's state struct has and this
 * kernel knows.
 *
 * Only what has changed since it was fetched is written: some of them do
 * something when written (the clock pages of the guest), and time goes back
 * when the TSC is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/apic.h"
#include "kvm-internal.h"
#include "trace/trace-accel.h"

#define MSR_IA32_TSC 0x10

typedef struct MsrField {
    uint32_t index;
    uint32_t offset; /* of a uint64_t in CPUX86State */
} MsrField;

#define FIELD(index, field) { index, offsetof(CPUX86State, field) }
#define MTRR(n) \
    FIELD(0x200 + 2 * (n), mtrr_var[n].base), \
        FIELD(0x201 + 2 * (n), mtrr_var[n].mask)

static const MsrField fields[] = {
    FIELD(0x174, sysenter_cs),
    FIELD(0x175, sysenter_esp),
    FIELD(0x176, sysenter_eip),
    FIELD(0xc0000081, star),
    FIELD(0xc0000082, lstar),
    FIELD(0xc0000083, cstar),
    FIELD(0xc0000084, fmask),
    FIELD(0xc0000102, kernelgsbase),
    FIELD(0xc0000103, tsc_aux),
    FIELD(0x277, pat),
    FIELD(0x1a0, misc_enable),
    FIELD(0x3b, tsc_adjust),
    FIELD(0x17a, mcg_status),
    FIELD(0x2ff, mtrr_def_type),
    FIELD(0x250, mtrr_fixed[0]),
    FIELD(0x258, mtrr_fixed[1]),
    FIELD(0x259, mtrr_fixed[2]),
    FIELD(0x268, mtrr_fixed[3]),
    FIELD(0x269, mtrr_fixed[4]),
    FIELD(0x26a, mtrr_fixed[5]),
    FIELD(0x26b, mtrr_fixed[6]),
    FIELD(0x26c, mtrr_fixed[7]),
    FIELD(0x26d, mtrr_fixed[8]),
    FIELD(0x26e, mtrr_fixed[9]),
    FIELD(0x26f, mtrr_fixed[10]),
    MTRR(0), MTRR(1), MTRR(2), MTRR(3), MTRR(4), MTRR(5), MTRR(6), MTRR(7),
    FIELD(0x4b564d00, kvm_wall_clock),
    FIELD(0x4b564d01, kvm_system_time),
    FIELD(0x4b564d02, kvm_async_pf),
    FIELD(0x4b564d03, kvm_steal_time),
    FIELD(0x4b564d04, kvm_pv_eoi),
    FIELD(0x4b564d05, kvm_poll_control),
    FIELD(0x6e0, tsc_deadline),
    FIELD(MSR_IA32_TSC, tsc_offset),
};

typedef struct MsrBuffer {
    struct kvm_msrs head;
    struct kvm_msr_entry entries[ARRAY_SIZE(fields)];
} MsrBuffer;

/* The state struct has the TSC as its distance to guest time, which stands
 * while the vCPU does. */
static uint64_t guest_time(void)
{
    static const CPUX86State zero;

    return x86_guest_tsc(&zero);
}

static uint64_t to_field(uint32_t index, uint64_t msr)
{
    return index == MSR_IA32_TSC ? msr - guest_time() : msr;
}

static uint64_t from_field(uint32_t index, uint64_t field)
{
    return index == MSR_IA32_TSC ? field + guest_time() : field;
}

static uint64_t *field_of(CPUX86State *env, const MsrField *f)
{
    return (uint64_t *)(void *)((uint8_t *)env + f->offset);
}

static bool is_mtrr(uint32_t index)
{
    return (index >= 0x200 && index < 0x270) || index == 0x2ff;
}

/* MTRRs are always there; the kernel does not list them. */
static bool msr_supported(uint32_t index)
{
    const struct kvm_msr_list *list = kvm_state->msrs;

    for (unsigned i = 0; i < list->nmsrs; i++) {
        if (list->indices[i] == index) {
            return true;
        }
    }
    return is_mtrr(index);
}

/* The kernel stops at the first one it does not like: it is left out. */
static int for_each_accepted(const KVMVcpu *v, unsigned long request,
                             MsrBuffer *buf,
                             void (*done)(const struct kvm_msr_entry *e,
                                          void *opaque),
                             void *opaque)
{
    unsigned first = 0, count = buf->head.nmsrs;

    while (first < count) {
        MsrBuffer part = { .head.nmsrs = count - first };
        int n;

        memcpy(part.entries, buf->entries + first,
               part.head.nmsrs * sizeof(part.entries[0]));
        n = kvm_vcpu_ioctl(v, request, &part);
        if (n < 0) {
            return n;
        }
        for (int i = 0; done && i < n; i++) {
            done(&part.entries[i], opaque);
        }
        if (n < part.head.nmsrs) {
            trace_kvm_msr_refused(request == KVM_SET_MSRS,
                                  part.entries[n].index,
                                  part.entries[n].data);
            n++;
        }
        first += n;
    }
    return 0;
}

static void store(const struct kvm_msr_entry *e, void *opaque)
{
    for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
        if (fields[i].index == e->index) {
            *field_of(opaque, &fields[i]) = to_field(e->index, e->data);
        }
    }
}

static void append(MsrBuffer *buf, uint32_t index, uint64_t data)
{
    buf->entries[buf->head.nmsrs++] =
        (struct kvm_msr_entry){ .index = index, .data = data };
}

int kvm_get_msrs(KVMVcpu *v)
{
    MsrBuffer buf = { 0 };

    for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
        if (msr_supported(fields[i].index)) {
            append(&buf, fields[i].index, 0);
        }
    }
    return for_each_accepted(v, KVM_GET_MSRS, &buf, store, &v->env);
}

int kvm_put_msrs(KVMVcpu *v)
{
    MsrBuffer buf = { 0 };

    for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
        uint64_t now = *field_of(&v->env, &fields[i]);

        if (msr_supported(fields[i].index) &&
            (!v->has_fetched || *field_of(&v->fetched, &fields[i]) != now)) {
            append(&buf, fields[i].index,
                   from_field(fields[i].index, now));
        }
    }
    return for_each_accepted(v, KVM_SET_MSRS, &buf, NULL, NULL);
}

int kvm_put_one_msr(const KVMVcpu *v, uint32_t index, uint64_t value)
{
    MsrBuffer buf = { 0 };

    append(&buf, index, value);
    return for_each_accepted(v, KVM_SET_MSRS, &buf, NULL, NULL);
}
