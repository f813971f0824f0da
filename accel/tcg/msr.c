/*
 * The software CPU's model-specific registers: one table of those that are
 * plain storage, and functions for those that do something.
 *
 * A register that this CPU lacks reads as zero and ignores what is written,
 * as with QEMU's TCG: kernels probe for many, some without being ready for a
 * fault.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/tcg/tcg-sys.h"
#include "hw/i386/apic.h"

enum {
    MSR_IA32_TSC = 0x10,
    MSR_IA32_APICBASE = 0x1b,
    MSR_TSC_ADJUST = 0x3b,
    MSR_IA32_UCODE_REV = 0x8b,
    MSR_MTRRCAP = 0xfe,
    MSR_SYSENTER_CS = 0x174,
    MSR_SYSENTER_ESP,
    MSR_SYSENTER_EIP,
    MSR_MCG_CAP = 0x179,
    MSR_MCG_STATUS,
    MSR_PERF_STATUS = 0x198,
    MSR_MISC_ENABLE = 0x1a0,
    MSR_MTRR_PHYS0 = 0x200,
    MSR_MTRR_FIX64K = 0x250,
    MSR_MTRR_FIX16K = 0x258,
    MSR_MTRR_FIX4K = 0x268,
    MSR_PAT = 0x277,
    MSR_MTRR_DEF_TYPE = 0x2ff,
    MSR_TSC_DEADLINE = 0x6e0,
    MSR_X2APIC = 0x800,
};
enum {
    MSR_EFER = 0xc0000080u,
    MSR_STAR,
    MSR_LSTAR,
    MSR_CSTAR,
    MSR_FMASK,
    MSR_FSBASE = 0xc0000100u,
    MSR_GSBASE,
    MSR_KERNELGSBASE,
    MSR_TSC_AUX,
};

/* Variable ranges, fixed ranges, write-combining. */
#define MTRRCAP_VALUE (MTRR_VARIABLE | 1u << 8 | 1u << 10)
#define UCODE_REV     0x100000000ull

/* ------------------------------------------------------------ memory types */

/* Every byte of v is a memory type; UC- only in the PAT. */
static bool types_valid(uint64_t v, bool pat)
{
    const unsigned valid = pat ? 0xf3 : 0x73;

    for (unsigned i = 0; i < 8; i++, v >>= 8) {
        if ((v & 0xff) > 7 || !(valid >> (v & 7) & 1)) {
            return false;
        }
    }
    return true;
}

/* Index into mtrr_fixed[], or -1. */
static int fixed_mtrr(uint32_t index)
{
    if (index == MSR_MTRR_FIX64K) {
        return 0;
    }
    if (index == MSR_MTRR_FIX16K || index == MSR_MTRR_FIX16K + 1) {
        return 1 + index - MSR_MTRR_FIX16K;
    }
    if (index >= MSR_MTRR_FIX4K && index < MSR_MTRR_FIX4K + 8) {
        return 3 + index - MSR_MTRR_FIX4K;
    }
    return -1;
}

static uint64_t *variable_mtrr(CPUX86State *env, uint32_t index)
{
    unsigned n = index - MSR_MTRR_PHYS0;

    if (n >= 2 * MTRR_VARIABLE) {
        return NULL;
    }
    return n & 1 ? &env->mtrr_var[n / 2].mask : &env->mtrr_var[n / 2].base;
}

static bool write_mtrr(TcgCpu *t, uint32_t index, uint64_t val, bool *ours)
{
    CPUX86State *env = &t->env;
    uint64_t *var = variable_mtrr(env, index);
    int fixed = fixed_mtrr(index);

    *ours = var || fixed >= 0;
    if (fixed >= 0) {
        if (!types_valid(val, false)) {
            return false;
        }
        env->mtrr_fixed[fixed] = val;
    } else if (var) {
        /* Base: bits 8-11 are reserved; mask: 0-10. */
        uint64_t reserved = index & 1 ? 0x7ff : 0xf00;

        if (val & reserved || val >> t->cpu->phys_bits ||
            (!(index & 1) &&
             !types_valid((val & 0xff) * 0x0101010101010101, false))) {
            return false;
        }
        *var = val;
    }
    return true;
}

/* -------------------------------------------------------------- time, EFER */

/* Moves the TSC; the timer that waits for a value of it moves too. */
static void move_tsc(TcgCpu *t, uint64_t delta)
{
    bql_lock();
    t->env.tsc_offset += delta;
    t->env.tsc_adjust += delta;
    apic_tsc_changed(t->cpu);
    bql_unlock();
}

static bool write_efer(TcgCpu *t, uint64_t val)
{
    CPUX86State *env = &t->env;
    const X86CPU *cpu = t->cpu;
    uint64_t valid = EFER_LMA, changed;

    valid |= x86_cpu_has(cpu, FEAT_8000_0001_EDX, 1u << 11) ? EFER_SCE : 0;
    valid |= x86_cpu_has(cpu, FEAT_8000_0001_EDX, 1u << 29) ? EFER_LME : 0;
    valid |= x86_cpu_has(cpu, FEAT_8000_0001_EDX, 1u << 20) ? EFER_NXE : 0;
    valid |= x86_cpu_has(cpu, FEAT_8000_0001_EDX, 1u << 25) ? EFER_FFXSR : 0;
    val = (val & ~(uint64_t)EFER_LMA) | (env->efer & EFER_LMA);
    changed = val ^ env->efer;
    if (val & ~valid || (changed & EFER_LME && env->cr[0] & CR0_PG)) {
        return false;
    }
    env->efer = val;
    if (changed & EFER_NXE) {
        tcg_tlb_flush(t, false);
    }
    return true;
}

static void write_segment_base(TcgCpu *t, int seg, uint64_t val)
{
    t->env.segs[seg].base = val;
    REG64(t, SLOT_SEG_BASE + 8 * seg) = val;
}

/* ------------------------------------------------------------------- reads */

/* Registers that are a field of the state. */
static uint64_t *plain_msr(CPUX86State *env, uint32_t index)
{
    switch (index) {
    case MSR_SYSENTER_ESP:
        return &env->sysenter_esp;
    case MSR_SYSENTER_EIP:
        return &env->sysenter_eip;
    case MSR_SYSENTER_CS:
        return &env->sysenter_cs;
    case MSR_STAR:
        return &env->star;
    case MSR_LSTAR:
        return &env->lstar;
    case MSR_CSTAR:
        return &env->cstar;
    case MSR_FMASK:
        return &env->fmask;
    case MSR_KERNELGSBASE:
        return &env->kernelgsbase;
    case MSR_FSBASE:
        return &env->segs[R_FS].base;
    case MSR_GSBASE:
        return &env->segs[R_GS].base;
    case MSR_EFER:
        return &env->efer;
    case MSR_PAT:
        return &env->pat;
    case MSR_MTRR_DEF_TYPE:
        return &env->mtrr_def_type;
    case MSR_TSC_ADJUST:
        return &env->tsc_adjust;
    case MSR_TSC_AUX:
        return &env->tsc_aux;
    case MSR_MISC_ENABLE:
        return &env->misc_enable;
    case MSR_MCG_STATUS:
        return &env->mcg_status;
    default:
        return NULL;
    }
}

static bool is_apic_msr(uint32_t index)
{
    return (index & ~0xffu) == MSR_X2APIC;
}

static bool read_apic(TcgCpu *t, uint32_t index, uint64_t *val)
{
    bool ok = true;

    bql_lock();
    if (index == MSR_IA32_APICBASE) {
        *val = cpu_get_apic_base(t->cpu);
    } else if (index == MSR_TSC_DEADLINE) {
        *val = apic_get_tsc_deadline(t->cpu);
    } else {
        ok = apic_msr_read(t->cpu, index, val);
    }
    bql_unlock();
    return ok;
}

bool tcg_read_msr(TcgCpu *t, uint32_t index, uint64_t *val)
{
    CPUX86State *env = &t->env;
    const uint64_t *field = plain_msr(env, index);
    int fixed = fixed_mtrr(index);

    if (field || (field = variable_mtrr(env, index))) {
        *val = *field;
        return true;
    }
    if (fixed >= 0) {
        *val = env->mtrr_fixed[fixed];
        return true;
    }
    if (is_apic_msr(index)) {
        return read_apic(t, index, val);
    }
    switch (index) {
    case MSR_IA32_APICBASE:
    case MSR_TSC_DEADLINE:
        return read_apic(t, index, val);
    case MSR_IA32_TSC:
        *val = x86_guest_tsc(env);
        break;
    case MSR_IA32_UCODE_REV:
        *val = UCODE_REV;
        break;
    case MSR_MTRRCAP:
        *val = MTRRCAP_VALUE;
        break;
    case MSR_PERF_STATUS:
        /* The bus ratio that some kernels divide by: as QEMU's. */
        *val = 1000 | 4ull << 40;
        break;
    case MSR_MCG_CAP: /* no banks */
    default:
        *val = 0;
        break;
    }
    return true;
}

/* ------------------------------------------------------------------ writes */

static bool write_apic(TcgCpu *t, uint32_t index, uint64_t val)
{
    bool ok = true;

    bql_lock();
    if (index == MSR_IA32_APICBASE) {
        ok = cpu_set_apic_base(t->cpu, val);
    } else if (index == MSR_TSC_DEADLINE) {
        apic_set_tsc_deadline(t->cpu, val);
    } else {
        ok = apic_msr_write(t->cpu, index, val);
    }
    bql_unlock();
    return ok;
}

/* Those that plain_msr() has: what may be stored. */
static bool write_plain(TcgCpu *t, uint32_t index, uint64_t val,
                        uint64_t *field)
{
    switch (index) {
    case MSR_EFER:
        return write_efer(t, val);
    case MSR_FSBASE:
    case MSR_GSBASE:
        if (!is_canonical(val)) {
            return false;
        }
        write_segment_base(t, index == MSR_FSBASE ? R_FS : R_GS, val);
        return true;
    case MSR_KERNELGSBASE:
    case MSR_LSTAR:
    case MSR_CSTAR:
    case MSR_SYSENTER_ESP:
    case MSR_SYSENTER_EIP:
        if (!is_canonical(val)) {
            return false;
        }
        break;
    case MSR_SYSENTER_CS:
        val &= 0xffff;
        break;
    case MSR_FMASK:
        val = (uint32_t)val;
        break;
    case MSR_PAT:
        if (!types_valid(val, true)) {
            return false;
        }
        break;
    case MSR_MTRR_DEF_TYPE:
        if (val & ~0xcffull ||
            !types_valid((val & 0xff) * 0x0101010101010101, false)) {
            return false;
        }
        break;
    case MSR_TSC_ADJUST:
        move_tsc(t, val - *field);
        return true;
    case MSR_TSC_AUX:
        if (val >> 32) {
            return false;
        }
        break;
    default:
        break;
    }
    *field = val;
    return true;
}

bool tcg_write_msr(TcgCpu *t, uint32_t index, uint64_t val)
{
    uint64_t *field = plain_msr(&t->env, index);
    bool ours, ok;

    if (field) {
        return write_plain(t, index, val, field);
    }
    if (is_apic_msr(index) || index == MSR_IA32_APICBASE ||
        index == MSR_TSC_DEADLINE) {
        return write_apic(t, index, val);
    }
    ok = write_mtrr(t, index, val, &ours);
    if (ours) {
        return ok;
    }
    if (index == MSR_IA32_TSC) {
        move_tsc(t, val - x86_guest_tsc(&t->env));
    }
    return index != MSR_MTRRCAP && index != MSR_MCG_CAP;
}
