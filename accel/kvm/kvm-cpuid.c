/*
 * CPUID: what this kernel can offer a guest, and what each vCPU answers.
 *
 * The answers are the CPU model's (x86_cpu_cpuid), asked leaf by leaf and put
 * into the kernel's table, so that CPUID never leaves the kernel. To these
 * come the leaves from 0x40000000 on by which a guest finds KVM.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "kvm-internal.h"

#define KVM_LEAF          0x40000000u
#define KVM_LEAF_FEATURES 0x40000001u
#define EXTENDED_LEAF     0x80000000u

#define CPUID_1_EDX_MCE          (1u << 7)
#define CPUID_1_EDX_MCA          (1u << 14)
#define CPUID_1_ECX_XSAVE        (1u << 26)
#define CPUID_1_ECX_AVX          (1u << 28)
#define CPUID_7_EBX_AVX512F      (1u << 16)
#define CPUID_7_ECX_PKU          (1u << 3)
#define CPUID_1_ECX_X2APIC       (1u << 21)
#define CPUID_1_ECX_TSC_DEADLINE (1u << 24)
#define CPUID_1_ECX_OSXSAVE      (1u << 27)
#define CPUID_1_ECX_HYPERVISOR   (1u << 31)
#define CPUID_6_EAX_ARAT         (1u << 2)

/* ------------------------------------------------------- what there can be */

static struct kvm_cpuid2 *fetch_supported(KVMState *s)
{
    for (unsigned n = 100; n <= 1600; n *= 2) {
        struct kvm_cpuid2 *c =
            g_malloc0(sizeof(*c) + n * sizeof(c->entries[0]));
        int ret;

        c->nent = n;
        ret = kvm_ioctl(s, KVM_GET_SUPPORTED_CPUID, c);
        if (ret >= 0) {
            return c;
        }
        g_free(c);
        if (ret != -E2BIG) {
            break;
        }
    }
    return NULL;
}

static struct kvm_msr_list *fetch_msrs(KVMState *s)
{
    struct kvm_msr_list probe = { 0 }, *list;
    int ret = kvm_ioctl(s, KVM_GET_MSR_INDEX_LIST, &probe);

    if (ret < 0 && ret != -E2BIG) {
        return NULL;
    }
    list = g_malloc0(sizeof(*list) + probe.nmsrs * sizeof(list->indices[0]));
    list->nmsrs = probe.nmsrs;
    if (kvm_ioctl(s, KVM_GET_MSR_INDEX_LIST, list) < 0) {
        g_free(list);
        return NULL;
    }
    return list;
}

bool kvm_cpuid_init(KVMState *s, Error **errp)
{
    s->supported_cpuid = fetch_supported(s);
    s->msrs = fetch_msrs(s);
    if (!s->supported_cpuid || !s->msrs) {
        error_setg(errp, "failed to initialize kvm: %s failed",
                   s->supported_cpuid ? "KVM_GET_MSR_INDEX_LIST"
                                      : "KVM_GET_SUPPORTED_CPUID");
        return false;
    }
    return true;
}

enum { EAX, EBX, ECX, EDX };

static const struct {
    uint32_t leaf, subleaf;
    int reg;
} words[FEAT_COUNT] = {
    [FEAT_1_EDX] = { 1, 0, EDX },
    [FEAT_1_ECX] = { 1, 0, ECX },
    [FEAT_7_0_EBX] = { 7, 0, EBX },
    [FEAT_7_0_ECX] = { 7, 0, ECX },
    [FEAT_7_0_EDX] = { 7, 0, EDX },
    [FEAT_8000_0001_EDX] = { 0x80000001, 0, EDX },
    [FEAT_8000_0001_ECX] = { 0x80000001, 0, ECX },
    [FEAT_8000_0007_EDX] = { 0x80000007, 0, EDX },
    [FEAT_8000_0008_EBX] = { 0x80000008, 0, EBX },
    [FEAT_KVM] = { KVM_LEAF_FEATURES, 0, EAX },
    [FEAT_6_EAX] = { 6, 0, EAX },
    [FEAT_XSAVE] = { 0xd, 1, EAX },
};

static uint32_t supported(uint32_t leaf, uint32_t subleaf, int reg)
{
    const struct kvm_cpuid2 *c = kvm_state->supported_cpuid;

    for (unsigned i = 0; i < c->nent; i++) {
        const struct kvm_cpuid_entry2 *e = &c->entries[i];

        if (e->function == leaf && e->index == subleaf) {
            return reg == EAX   ? e->eax
                   : reg == EBX ? e->ebx
                   : reg == ECX ? e->ecx
                                : e->edx;
        }
    }
    return 0;
}

uint32_t kvm_supported_features(int word)
{
    uint32_t bits;

    if (!kvm_state || word < 0 || word >= FEAT_COUNT) {
        return 0;
    }
    bits = supported(words[word].leaf, words[word].subleaf, words[word].reg);
    switch (word) {
    case FEAT_1_ECX:
        /* What comes with the local APIC in the kernel; and what says that
         * the guest is one. OSXSAVE is not a choice, it follows CR4. */
        bits |= CPUID_1_ECX_HYPERVISOR | CPUID_1_ECX_X2APIC;
        if (kvm_check_extension(kvm_state, KVM_CAP_TSC_DEADLINE_TIMER)) {
            bits |= CPUID_1_ECX_TSC_DEADLINE;
        }
        bits &= ~CPUID_1_ECX_OSXSAVE;
        break;
    case FEAT_6_EAX:
        bits |= CPUID_6_EAX_ARAT;
        break;
    }
    return bits;
}

/* ------------------------------------------------------ a vCPU's answers */

#define MAX_ENTRIES 100

typedef struct Table {
    struct kvm_cpuid2 head;
    struct kvm_cpuid_entry2 entries[MAX_ENTRIES];
} Table;

/* The entry just added, to look at; NULL: no room. */
static struct kvm_cpuid_entry2 *add(Table *t, X86CPU *cpu, uint32_t leaf,
                                    uint32_t subleaf, bool indexed)
{
    struct kvm_cpuid_entry2 *e;

    if (t->head.nent == MAX_ENTRIES) {
        return NULL;
    }
    e = &t->entries[t->head.nent++];
    e->function = leaf;
    e->index = subleaf;
    e->flags = indexed ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0;
    x86_cpu_cpuid(cpu, leaf, subleaf, &e->eax, &e->ebx, &e->ecx, &e->edx);
    return e;
}

/* Components of XSAVE that the CPU's features call for. */
static uint64_t xsave_components(X86CPU *cpu)
{
    uint64_t bits = 3;

    bits |= x86_cpu_has(cpu, FEAT_1_ECX, CPUID_1_ECX_AVX) ? 4 : 0;
    bits |= x86_cpu_has(cpu, FEAT_7_0_EBX, CPUID_7_EBX_AVX512F) ? 0xe0 : 0;
    bits |= x86_cpu_has(cpu, FEAT_7_0_ECX, CPUID_7_ECX_PKU) ? 0x200 : 0;
    return bits & (supported(0xd, 0, EAX) |
                   (uint64_t)supported(0xd, 0, EDX) << 32);
}

/* Bytes that all of them together take. */
static uint32_t xsave_area_size(uint64_t components)
{
    uint32_t size = 576; /* legacy area and header */

    for (unsigned i = 2; i < 64; i++) {
        if (components >> i & 1) {
            size = MAX(size, supported(0xd, i, EAX) + supported(0xd, i, EBX));
        }
    }
    return size;
}

/* Leaf 0xd: a subleaf for each component. Sizes and places are the host's,
 * which the state has to be moved in and out of; subleaf 0's sizes and 1's EBX
 * are the kernel's to fill in. */
static void add_xsave(Table *t, X86CPU *cpu)
{
    uint64_t components = xsave_components(cpu);

    if (!x86_cpu_has(cpu, FEAT_1_ECX, CPUID_1_ECX_XSAVE)) {
        add(t, cpu, 0xd, 0, true);
        return;
    }
    for (unsigned i = 0; i < 64; i++) {
        struct kvm_cpuid_entry2 *e;

        if (i >= 2 && !(components >> i & 1)) {
            continue;
        }
        e = add(t, cpu, 0xd, i, true);
        if (e && i == 0) {
            e->eax = (uint32_t)components;
            e->ecx = xsave_area_size(components);
            e->edx = components >> 32;
        } else if (e && i >= 2) {
            e->eax = supported(0xd, i, EAX);
            e->ebx = supported(0xd, i, EBX);
            e->ecx = supported(0xd, i, ECX);
            e->edx = 0;
        }
    }
}

/* Subleaves up to the one that says that it is the last. */
static void add_list(Table *t, X86CPU *cpu, uint32_t leaf)
{
    for (unsigned i = 0; i < 64; i++) {
        struct kvm_cpuid_entry2 *e = add(t, cpu, leaf, i, true);
        bool last = !e || (leaf == 4 || leaf == 0x8000001d
                               ? !(e->eax & 0x1f)
                               : !(e->ecx & 0xff00));

        if (last) {
            break;
        }
    }
}

/* Subleaf 0 says how many there are. */
static void add_counted(Table *t, X86CPU *cpu, uint32_t leaf)
{
    struct kvm_cpuid_entry2 *e = add(t, cpu, leaf, 0, true);
    unsigned count = e ? e->eax : 0;

    for (unsigned i = 1; e && i <= count && i < 64; i++) {
        e = add(t, cpu, leaf, i, true);
    }
}

static void add_leaf(Table *t, X86CPU *cpu, uint32_t leaf)
{
    switch (leaf) {
    case 4:
    case 0xb:
    case 0x1f:
    case 0x8000001d:
        add_list(t, cpu, leaf);
        break;
    case 0xd:
        add_xsave(t, cpu);
        break;
    case 7:
    case 0x14:
        add_counted(t, cpu, leaf);
        break;
    default:
        add(t, cpu, leaf, 0, false);
        break;
    }
}

static void add_kvm_leaves(Table *t, X86CPU *cpu)
{
    struct kvm_cpuid_entry2 *e = add(t, cpu, KVM_LEAF, 0, false);

    if (e && !e->eax) {
        t->head.nent--; /* -cpu ...,kvm=off */
    } else {
        add(t, cpu, KVM_LEAF_FEATURES, 0, false);
    }
}

/* --------------------------------------------------------- machine check */

#define MCG_CTL_P (UINT64_C(1) << 8)
#define MCG_SER_P (UINT64_C(1) << 24)
#define MCE_BANKS 10

static int setup_mce(KVMVcpu *v)
{
    const uint32_t wanted = CPUID_1_EDX_MCE | CPUID_1_EDX_MCA;
    int banks = kvm_check_extension(kvm_state, KVM_CAP_MCE);
    uint64_t cap;
    int ret;

    if ((v->cpu->features[FEAT_1_EDX] & wanted) != wanted || banks <= 0) {
        return 0;
    }
    /* What it supports says nothing of banks: that is the extension's value. */
    ret = kvm_ioctl(kvm_state, KVM_X86_GET_MCE_CAP_SUPPORTED, &cap);
    if (ret < 0) {
        return ret;
    }
    cap = (cap & (MCG_CTL_P | MCG_SER_P)) | MIN(banks, MCE_BANKS);
    return kvm_vcpu_ioctl(v, KVM_X86_SETUP_MCE, &cap);
}

bool kvm_set_cpuid(KVMVcpu *v, Error **errp)
{
    g_autofree Table *t = g_new0(Table, 1);
    X86CPU *cpu = v->cpu;
    int ret;

    for (uint32_t leaf = 0; leaf <= MIN(cpu->cpuid_level, 0x3f); leaf++) {
        add_leaf(t, cpu, leaf);
    }
    add_kvm_leaves(t, cpu);
    for (uint32_t leaf = EXTENDED_LEAF;
         leaf <= MIN(cpu->cpuid_xlevel, EXTENDED_LEAF + 0x3f); leaf++) {
        add_leaf(t, cpu, leaf);
    }
    ret = kvm_vcpu_ioctl(v, KVM_SET_CPUID2, t);
    if (ret < 0) {
        error_setg_errno(errp, -ret, "kvm: KVM_SET_CPUID2 of CPU %d failed",
                         CPU(cpu)->cpu_index);
        return false;
    }
    ret = setup_mce(v);
    if (ret < 0) {
        error_setg_errno(errp, -ret, "kvm: KVM_X86_SETUP_MCE of CPU %d failed",
                         CPU(cpu)->cpu_index);
        return false;
    }
    return true;
}
