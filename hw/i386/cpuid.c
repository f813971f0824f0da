/*
 * CPUID: what the guest reads of what -cpu and -smp say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/accel.h"
#include "cpu-internal.h"
#include "hw/i386/apic.h"

#define LINEAR_BITS 48

typedef struct CpuidRegs {
    uint32_t eax, ebx, ecx, edx;
} CpuidRegs;

static uint32_t chars4(const char *s)
{
    return (uint32_t)(uint8_t)s[0] | (uint32_t)(uint8_t)s[1] << 8 |
           (uint32_t)(uint8_t)s[2] << 16 | (uint32_t)(uint8_t)s[3] << 24;
}

static void put_vendor(const X86CPU *cpu, CpuidRegs *r)
{
    char v[12] = {};

    memcpy(v, cpu->vendor, strnlen(cpu->vendor, sizeof(v)));
    r->ebx = chars4(v);
    r->edx = chars4(v + 4);
    r->ecx = chars4(v + 8);
}

static uint32_t signature(const X86CPU *cpu)
{
    uint32_t family = MIN(cpu->family, 15);
    uint32_t more = cpu->family - family;

    return more << 20 | (cpu->model >> 4) << 16 | family << 8 |
           (cpu->model & 15) << 4 | (cpu->stepping & 15);
}

static unsigned logical_cpus(const X86CPU *cpu)
{
    return cpu->threads_per_core * cpu->cores_per_socket;
}

static bool is_amd(const X86CPU *cpu)
{
    return g_str_equal(cpu->vendor, "AuthenticAMD") ||
           g_str_equal(cpu->vendor, "HygonGenuine");
}

/* Bits needed to number n things. */
static unsigned id_bits(unsigned n)
{
    return n > 1 ? 32 - __builtin_clz(n - 1) : 0;
}

static void leaf_1(X86CPU *cpu, CpuidRegs *r)
{
    unsigned threads = logical_cpus(cpu);

    r->eax = signature(cpu);
    r->ebx = cpu->apic_id << 24 | 8 << 8; /* CLFLUSH: 8 quadwords */
    r->ecx = cpu->features[FEAT_1_ECX];
    r->edx = cpu->features[FEAT_1_EDX];
    if (threads > 1) {
        r->ebx |= MIN(threads, 255) << 16;
        r->edx |= 1u << 28; /* HTT: that number is valid */
    }
    if (r->ecx & 1u << 26 && cpu->env && cpu->env->cr[4] & CR4_OSXSAVE) {
        r->ecx |= 1u << 27;
    }
    if (cpu->apic &&
        !(cpu_get_apic_base(cpu) & MSR_IA32_APICBASE_ENABLE)) {
        r->edx &= ~(1u << 9);
    }
}

/* Deterministic cache parameters, of 64-byte lines: type 1 data, 2 code, 3
 * unified. */
static void cache_leaf(CpuidRegs *r, unsigned type, unsigned level,
                       unsigned ways, unsigned sets, unsigned sharing,
                       unsigned cores)
{
    r->eax = type | level << 5 | 1 << 8 | (sharing - 1) << 14 |
             (cores - 1) << 26;
    r->ebx = 63 | (ways - 1) << 22;
    r->ecx = sets - 1;
    r->edx = 1; /* WBINVD acts on lower levels too: harmless */
}

static void leaf_4(X86CPU *cpu, uint32_t subleaf, CpuidRegs *r)
{
    unsigned threads = cpu->threads_per_core;
    unsigned cores = MIN(cpu->cores_per_socket, 64);

    switch (subleaf) {
    case 0:
        cache_leaf(r, 1, 1, 8, 64, threads, cores); /* 32 KiB */
        break;
    case 1:
        cache_leaf(r, 2, 1, 8, 64, threads, cores); /* 32 KiB */
        break;
    case 2:
        cache_leaf(r, 3, 2, 16, 4096, threads, cores); /* 4 MiB */
        break;
    }
}

static void leaf_b(X86CPU *cpu, uint32_t subleaf, CpuidRegs *r)
{
    unsigned smt_bits = id_bits(cpu->threads_per_core);

    r->ecx = subleaf & 0xff;
    r->edx = cpu->apic_id;
    if (subleaf == 0) {
        r->eax = smt_bits;
        r->ebx = cpu->threads_per_core;
        r->ecx |= 1 << 8; /* SMT */
    } else if (subleaf == 1) {
        r->eax = smt_bits + id_bits(cpu->cores_per_socket);
        r->ebx = logical_cpus(cpu);
        r->ecx |= 2 << 8; /* core */
    }
}

/* XSAVE areas: x87 and SSE in 512 bytes and the header, AVX behind. */
#define XSAVE_BASE_SIZE 576
#define XSAVE_AVX_SIZE  256

static void leaf_d(X86CPU *cpu, uint32_t subleaf, CpuidRegs *r)
{
    bool avx = x86_cpu_has(cpu, FEAT_1_ECX, 1u << 28);
    uint64_t xcr0 = cpu->env ? cpu->env->xcr0 : 1;

    if (!x86_cpu_has(cpu, FEAT_1_ECX, 1u << 26)) {
        return;
    }
    if (subleaf == 0) {
        r->eax = avx ? 7 : 3;
        r->ebx = XSAVE_BASE_SIZE + (xcr0 & 4 ? XSAVE_AVX_SIZE : 0);
        r->ecx = XSAVE_BASE_SIZE + (avx ? XSAVE_AVX_SIZE : 0);
    } else if (subleaf == 1) {
        r->eax = cpu->features[FEAT_XSAVE];
        r->ebx = r->eax & 2 ? XSAVE_BASE_SIZE + (xcr0 & 4 ? XSAVE_AVX_SIZE : 0)
                            : 0;
    } else if (subleaf == 2 && avx) {
        r->eax = XSAVE_AVX_SIZE;
        r->ebx = XSAVE_BASE_SIZE;
    }
}

static void basic_leaf(X86CPU *cpu, uint32_t leaf, uint32_t subleaf,
                       CpuidRegs *r)
{
    switch (leaf) {
    case 0:
        r->eax = cpu->cpuid_level;
        put_vendor(cpu, r);
        break;
    case 1:
        leaf_1(cpu, r);
        break;
    case 2: /* descriptors are in leaf 4 */
        r->eax = 1;
        r->ebx = 0xff;
        break;
    case 4:
        if (!is_amd(cpu)) {
            leaf_4(cpu, subleaf, r);
        }
        break;
    case 6:
        r->eax = cpu->features[FEAT_6_EAX];
        break;
    case 7:
        if (subleaf == 0) {
            r->ebx = cpu->features[FEAT_7_0_EBX];
            r->ecx = cpu->features[FEAT_7_0_ECX];
            r->edx = cpu->features[FEAT_7_0_EDX];
        }
        break;
    case 0xb:
        leaf_b(cpu, subleaf, r);
        break;
    case 0xd:
        leaf_d(cpu, subleaf, r);
        break;
    }
}

static void extended_leaf(X86CPU *cpu, uint32_t leaf, CpuidRegs *r)
{
    const char *name = cpu->model_id_padded;

    switch (leaf) {
    case 0x80000000:
        r->eax = cpu->cpuid_xlevel;
        put_vendor(cpu, r);
        break;
    case 0x80000001:
        r->eax = signature(cpu);
        r->ecx = cpu->features[FEAT_8000_0001_ECX];
        r->edx = cpu->features[FEAT_8000_0001_EDX];
        if (is_amd(cpu)) { /* mirrors the bits of leaf 1 */
            r->edx |= cpu->features[FEAT_1_EDX] & 0x0183f3ff;
        }
        if (is_amd(cpu) && logical_cpus(cpu) > 1) {
            r->ecx |= 1u << 1; /* CmpLegacy: cores, not threads */
        }
        break;
    case 0x80000002:
    case 0x80000003:
    case 0x80000004:
        name += (leaf - 0x80000002) * 16;
        *r = (CpuidRegs){chars4(name), chars4(name + 4), chars4(name + 8),
                         chars4(name + 12)};
        break;
    case 0x80000005: /* L1: 64 KiB each, 2 ways; TLBs of 255 entries */
        *r = (CpuidRegs){0x01ff01ff, 0x01ff01ff, 0x40020140, 0x40020140};
        break;
    case 0x80000006: /* L2: 512 KiB, 16 ways */
        r->eax = 0;
        r->ebx = 0x42004200;
        r->ecx = 512 << 16 | 8 << 12 | 1 << 8 | 64;
        break;
    case 0x80000007:
        r->edx = cpu->features[FEAT_8000_0007_EDX];
        break;
    case 0x80000008:
        r->eax = cpu->phys_bits | LINEAR_BITS << 8;
        r->ebx = cpu->features[FEAT_8000_0008_EBX];
        if (logical_cpus(cpu) > 1) {
            r->ecx = MIN(logical_cpus(cpu) - 1, 255) |
                     id_bits(logical_cpus(cpu)) << 12;
        }
        break;
    }
}

static void hypervisor_leaf(X86CPU *cpu, uint32_t leaf, CpuidRegs *r)
{
    bool kvm = !g_strcmp0(current_accel_name(), "kvm");
    const char *name = kvm ? "KVMKVMKVM\0\0" : "TCGTCGTCGTCG";

    if (!(kvm ? cpu->expose_kvm : cpu->expose_tcg)) {
        return;
    }
    if (leaf == 0x40000000) {
        *r = (CpuidRegs){0x40000001, chars4(name), chars4(name + 4),
                         chars4(name + 8)};
    } else if (leaf == 0x40000001 && kvm) {
        r->eax = cpu->features[FEAT_KVM];
    }
}

void x86_cpu_cpuid(X86CPU *cpu, uint32_t leaf, uint32_t subleaf, uint32_t *eax,
                   uint32_t *ebx, uint32_t *ecx, uint32_t *edx)
{
    CpuidRegs r = {};

    if (leaf >= 0x80000000 && leaf <= cpu->cpuid_xlevel) {
        extended_leaf(cpu, leaf, &r);
    } else if (leaf >= 0x40000000 && leaf < 0x40000100) {
        if (x86_cpu_has(cpu, FEAT_1_ECX, 1u << 31)) {
            hypervisor_leaf(cpu, leaf, &r);
        }
    } else {
        /* Beyond the last leaf: the last one again, as Intel's do. */
        leaf = leaf > cpu->cpuid_level ? cpu->cpuid_level : leaf;
        basic_leaf(cpu, leaf, subleaf, &r);
    }
    *eax = r.eax;
    *ebx = r.ebx;
    *ecx = r.ecx;
    *edx = r.edx;
}
