/*
 * The x86-64 CPU: QOM types "NAME-x86_64-cpu", the architectural state that
 * every accelerator, the loader and the monitor share, and CPUID.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_CPU_H
#define HW_I386_CPU_H

#include "hw/core/cpu.h"
#include "hw/core/machine.h"

#define TYPE_X86_CPU            "x86_64-cpu"
#define X86_CPU_TYPE_SUFFIX     "-" TYPE_X86_CPU
#define X86_CPU_TYPE_NAME(name) name X86_CPU_TYPE_SUFFIX
OBJECT_DECLARE_TYPE(X86CPU, X86CPUClass, X86_CPU)

/* ------------------------------------------------------ register numbers */

enum {
    R_EAX, R_ECX, R_EDX, R_EBX, R_ESP, R_EBP, R_ESI, R_EDI,
    R_R8, R_R9, R_R10, R_R11, R_R12, R_R13, R_R14, R_R15,
    CPU_NB_REGS,
    /* regs[] goes on with scratch registers of the software CPU. */
    CPU_NB_REG_SLOTS = 32,
};
enum { R_ES, R_CS, R_SS, R_DS, R_FS, R_GS, CPU_NB_SEGS };

#define CC_C 0x0001u
#define CC_P 0x0004u
#define CC_A 0x0010u
#define CC_Z 0x0040u
#define CC_S 0x0080u
#define TF_MASK   0x00000100u
#define IF_MASK   0x00000200u
#define DF_MASK   0x00000400u
#define CC_O 0x0800u
#define IOPL_MASK 0x00003000u
#define IOPL_SHIFT 12
#define NT_MASK   0x00004000u
#define RF_MASK   0x00010000u
#define VM_MASK   0x00020000u
#define AC_MASK   0x00040000u
#define VIF_MASK  0x00080000u
#define VIP_MASK  0x00100000u
#define ID_MASK   0x00200000u
#define CC_ALL (CC_C | CC_P | CC_A | CC_Z | CC_S | CC_O)

#define CR0_PE (1u << 0)
#define CR0_MP (1u << 1)
#define CR0_EM (1u << 2)
#define CR0_TS (1u << 3)
#define CR0_ET (1u << 4)
#define CR0_NE (1u << 5)
#define CR0_WP (1u << 16)
#define CR0_AM (1u << 18)
#define CR0_NW (1u << 29)
#define CR0_CD (1u << 30)
#define CR0_PG (1u << 31)

#define CR4_VME (1u << 0)
#define CR4_PVI (1u << 1)
#define CR4_TSD (1u << 2)
#define CR4_DE  (1u << 3)
#define CR4_PSE (1u << 4)
#define CR4_PAE (1u << 5)
#define CR4_MCE (1u << 6)
#define CR4_PGE (1u << 7)
#define CR4_PCE (1u << 8)
#define CR4_OSFXSR     (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)
#define CR4_UMIP       (1u << 11)
#define CR4_FSGSBASE   (1u << 16)
#define CR4_PCIDE      (1u << 17)
#define CR4_OSXSAVE    (1u << 18)
#define CR4_SMEP       (1u << 20)
#define CR4_SMAP       (1u << 21)

#define EFER_SCE (1u << 0)
#define EFER_LME (1u << 8)
#define EFER_LMA (1u << 10)
#define EFER_NXE (1u << 11)
#define EFER_FFXSR (1u << 14)

/* Bits of SegmentCache.flags: the descriptor's second dword, in place. */
#define DESC_TYPE_SHIFT 8
#define DESC_A_MASK   (1u << 8)
#define DESC_R_MASK   (1u << 9)  /* code: readable */
#define DESC_W_MASK   (1u << 9)  /* data: writable */
#define DESC_C_MASK   (1u << 10) /* code: conforming */
#define DESC_E_MASK   (1u << 10) /* data: expand down */
#define DESC_CS_MASK  (1u << 11) /* code, not data */
#define DESC_S_MASK   (1u << 12) /* code or data, not system */
#define DESC_DPL_SHIFT 13
#define DESC_P_MASK   (1u << 15)
#define DESC_L_MASK   (1u << 21)
#define DESC_B_MASK   (1u << 22)
#define DESC_G_MASK   (1u << 23)

enum {
    EXCP00_DIVZ = 0, EXCP01_DB, EXCP02_NMI, EXCP03_INT3, EXCP04_INTO,
    EXCP05_BOUND, EXCP06_ILLOP, EXCP07_PREX, EXCP08_DBLE, EXCP09_XERR,
    EXCP0A_TSS, EXCP0B_NOSEG, EXCP0C_STACK, EXCP0D_GPF, EXCP0E_PAGE,
    EXCP10_COPR = 16, EXCP11_ALGN, EXCP12_MCHK, EXCP13_SSE,
};

#define MSR_IA32_APICBASE_BSP    (1u << 8)
#define MSR_IA32_APICBASE_EXTD   (1u << 10)
#define MSR_IA32_APICBASE_ENABLE (1u << 11)

/* ----------------------------------------------------------------- state */

typedef struct SegmentCache {
    uint16_t selector;
    uint32_t limit; /* in bytes, granularity applied */
    uint32_t flags; /* DESC_*; 0x00f0ff00 of the descriptor */
    uint64_t base;
} SegmentCache;

typedef union ZMMReg {
    uint8_t b[16];
    uint16_t w[8];
    uint32_t l[4];
    uint64_t q[2];
    float s[4];
    double d[2];
} QEMU_ALIGNED(16) XMMReg;

/* An x87 register: `ld` is the host's own 80-bit format. MMX is in `mant`. */
typedef union FPReg {
    long double ld;
    struct {
        uint64_t mant;
        uint16_t se; /* sign and exponent */
    };
} QEMU_ALIGNED(16) FPReg;

#define MTRR_VARIABLE 8

/*
 * Registers as the architecture has them. Between cpu_get_state() and
 * cpu_put_state() it is complete; while the vCPU runs it is its accelerator's.
 */
typedef struct CPUX86State {
    uint64_t regs[CPU_NB_REG_SLOTS];
    uint64_t rip;
    uint64_t eflags; /* bit 1 is always set */
    SegmentCache segs[CPU_NB_SEGS];
    SegmentCache ldt, tr; /* flags: type and P as a descriptor's */
    SegmentCache gdt, idt; /* base and limit only */
    uint64_t cr[5]; /* cr[1] unused; CR8 is the local APIC's TPR */
    uint64_t dr[8];
    uint64_t xcr0;

    uint64_t efer, star, lstar, cstar, fmask, kernelgsbase;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
    uint64_t pat, tsc_aux, tsc_adjust, misc_enable, smbase;
    uint64_t tsc_offset; /* guest TSC - host TSC; while stopped: guest TSC */
    uint64_t mtrr_def_type, mtrr_fixed[11];
    struct {
        uint64_t base, mask;
    } mtrr_var[MTRR_VARIABLE];
    uint64_t mcg_status;
    uint64_t kvm_system_time, kvm_wall_clock, kvm_steal_time, kvm_async_pf,
        kvm_pv_eoi, kvm_poll_control; /* paravirtual clock MSRs, KVM only */
    uint64_t tsc_deadline;

    /* x87: physical registers; ST(i) is fpregs[(top + i) & 7], top is bits
     * 11-13 of fpus. */
    FPReg fpregs[8];
    uint16_t fpuc, fpus, fpop;
    uint8_t fptags; /* 1 bit per physical register: 1 is empty */
    uint64_t fpip, fpdp;
    uint16_t fpcs, fpds;
    uint32_t mxcsr;
    XMMReg xmm[16];

    /* Interrupt state for save and restore. */
    int exception_injected; /* vector being delivered, or -1 */
    bool has_error_code;
    uint32_t error_code;
    int interrupt_injected; /* external vector accepted, or -1 */
    bool interrupt_shadow;  /* after STI, MOV SS */
    bool nmi_pending, nmi_blocked;
    bool wait_for_sipi; /* application processor after INIT */
    uint8_t sipi_vector;
} CPUX86State;

/* What -cpu chose, in the words CPUID reports. Indices of features[]. */
typedef enum X86FeatureWord {
    FEAT_1_EDX, FEAT_1_ECX, FEAT_7_0_EBX, FEAT_7_0_ECX, FEAT_7_0_EDX,
    FEAT_8000_0001_EDX, FEAT_8000_0001_ECX, FEAT_8000_0007_EDX,
    FEAT_8000_0008_EBX, FEAT_KVM, FEAT_6_EAX, FEAT_XSAVE, FEAT_COUNT,
} X86FeatureWord;

struct X86CPUClass {
    CPUClass parent_class;
    const char *model; /* "qemu64" */
    bool is_max;       /* everything the accelerator can do */
    bool is_host;      /* needs KVM */
};

struct X86CPU {
    CPUState parent_obj;
    /* Owned by the accelerator, which may allocate more behind it; a plain one
     * where no accelerator runs code. NULL before realize. */
    CPUX86State *env;
    DeviceState *apic; /* the local APIC, or NULL (board none) */

    /* properties */
    uint32_t apic_id;
    uint32_t features[FEAT_COUNT];
    uint32_t cpuid_level, cpuid_xlevel;
    uint32_t family, model, stepping;
    char *vendor; /* 12 characters */
    char *model_id;
    uint32_t phys_bits; /* 0: 40, or the host's */
    bool host_phys_bits;
    bool check, enforce; /* what the accelerator lacks: warn, fail */
    bool expose_kvm, expose_tcg;
    bool migratable;

    char model_id_padded[48];
    unsigned threads_per_core, cores_per_socket; /* of -smp; at least 1 */
    bool with_apic;
};

/* ------------------------------------------------------------------- API */

/* CPUID as this CPU answers. [any] */
void x86_cpu_cpuid(X86CPU *cpu, uint32_t leaf, uint32_t subleaf, uint32_t *eax,
                   uint32_t *ebx, uint32_t *ecx, uint32_t *edx);
static inline bool x86_cpu_has(const X86CPU *cpu, X86FeatureWord word,
                               uint32_t bit)
{
    return cpu->features[word] & bit;
}

/* Power-on state; halted and waiting for SIPI unless it is the boot CPU. Big
 * lock, CPU paused or in its own thread. init: what INIT keeps (FPU, MTRRs,
 * MSRs) stays. */
void x86_cpu_reset(X86CPU *cpu, bool init);
/* Starts an application processor at vector << 12. As above. */
void x86_cpu_sipi(X86CPU *cpu, uint8_t vector);
/* Fills a segment register of real mode, or any by values. */
void x86_cpu_load_seg_cache(CPUX86State *env, int seg, uint16_t selector,
                            uint64_t base, uint32_t limit, uint32_t flags);

/* "info registers" of one CPU, whose registers are current; to be freed. fpu:
 * x87 and SSE too. */
char *x86_cpu_dump_state(X86CPU *cpu, bool fpu);

/* Makes the board's CPUs from ms->smp and ms->cpu_type, the argument of -cpu:
 * MODEL[,+FEATURE][,-FEATURE][,PROP=VALUE]..., and realizes them, with local
 * APICs if with_apic. Main loop, board init. */
bool x86_cpus_init(MachineState *ms, bool with_apic, Error **errp);
/* "unable to find CPU model 'x'" of an argument of -cpu. */
bool x86_cpu_check_option(const char *arg, Error **errp);
/*
 * What `model` with the properties `changes` (a JSON object, or NULL) comes to
 * on this accelerator: a new object of all properties (full), or of identity
 * and features. NULL with *errp: "CPU model 'x' not found", or what is wrong
 * with a property. Main loop.
 */
json_t *x86_cpu_model_expand(const char *model, json_t *changes, bool full,
                             Error **errp);
/* The models by name, a line each, for -cpu help. */
void x86_cpu_print_help(void);

#endif
