/*
 * CPUID feature words: the names of their bits, the properties made of these,
 * and what the accelerator cannot offer.
 *
 * Names are those of QEMU's properties. A bit that no accelerator here offers
 * has its name too: asking for it gets a warning that names it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/accel.h"
#include "cpu-internal.h"

const X86FeatureWordInfo x86_feature_words[FEAT_COUNT] = {
    [FEAT_1_EDX] = {1, -1, "EDX",
        {"fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce",
         "cx8", "apic", NULL, "sep", "mtrr", "pge", "mca", "cmov",
         "pat", "pse36", "pn", "clflush", NULL, "ds", "acpi", "mmx",
         "fxsr", "sse", "sse2", "ss", "ht", "tm", "ia64", "pbe"}},
    [FEAT_1_ECX] = {1, -1, "ECX",
        {"pni", "pclmulqdq", "dtes64", "monitor", "ds-cpl", "vmx", "smx", "est",
         "tm2", "ssse3", "cid", NULL, "fma", "cx16", "xtpr", "pdcm",
         NULL, "pcid", "dca", "sse4.1", "sse4.2", "x2apic", "movbe", "popcnt",
         "tsc-deadline", "aes", "xsave", NULL, "avx", "f16c", "rdrand",
         "hypervisor"}},
    [FEAT_7_0_EBX] = {7, 0, "EBX",
        {"fsgsbase", "tsc-adjust", "sgx", "bmi1", "hle", "avx2",
         "fdp-excptn-only", "smep",
         "bmi2", "erms", "invpcid", "rtm", NULL, "zero-fcs-fds", "mpx", NULL,
         "avx512f", "avx512dq", "rdseed", "adx", "smap", "avx512ifma",
         "pcommit", "clflushopt",
         "clwb", "intel-pt", "avx512pf", "avx512er", "avx512cd", "sha-ni",
         "avx512bw", "avx512vl"}},
    [FEAT_7_0_ECX] = {7, 0, "ECX",
        {NULL, "avx512vbmi", "umip", "pku", NULL, "waitpkg", "avx512vbmi2",
         "cet-ss",
         "gfni", "vaes", "vpclmulqdq", "avx512vnni", "avx512bitalg", NULL,
         "avx512-vpopcntdq", NULL,
         "la57", NULL, NULL, NULL, NULL, NULL, "rdpid", NULL,
         "bus-lock-detect", "cldemote", NULL, "movdiri", "movdir64b", NULL,
         "sgxlc", "pks"}},
    [FEAT_7_0_EDX] = {7, 0, "EDX",
        {NULL, NULL, "avx512-4vnniw", "avx512-4fmaps", "fsrm", NULL, NULL, NULL,
         "avx512-vp2intersect", NULL, "md-clear", NULL, NULL, NULL, "serialize",
         NULL,
         "tsx-ldtrk", NULL, NULL, "arch-lbr", "cet-ibt", NULL, "amx-bf16",
         "avx512-fp16",
         "amx-tile", "amx-int8", "spec-ctrl", "stibp", "flush-l1d",
         "arch-capabilities", "core-capability", "ssbd"}},
    [FEAT_8000_0001_EDX] = {0x80000001, -1, "EDX",
        {[11] = "syscall", [20] = "nx", [22] = "mmxext", [25] = "fxsr-opt",
         [26] = "pdpe1gb", [27] = "rdtscp", [29] = "lm", [30] = "3dnowext",
         [31] = "3dnow"}},
    [FEAT_8000_0001_ECX] = {0x80000001, -1, "ECX",
        {"lahf-lm", "cmp-legacy", "svm", "extapic", "cr8legacy", "abm", "sse4a",
         "misalignsse",
         "3dnowprefetch", "osvw", "ibs", "xop", "skinit", "wdt", NULL, "lwp",
         "fma4", "tce", NULL, "nodeid-msr", NULL, "tbm", "topoext",
         "perfctr-core",
         "perfctr-nb"}},
    [FEAT_8000_0007_EDX] = {0x80000007, -1, "EDX", {[8] = "invtsc"}},
    [FEAT_8000_0008_EBX] = {0x80000008, -1, "EBX",
        {[0] = "clzero", [2] = "xsaveerptr", [9] = "wbnoinvd", [12] = "ibpb",
         [14] = "ibrs", [15] = "amd-stibp", [17] = "stibp-always-on",
         [24] = "amd-ssbd", [25] = "virt-ssbd", [26] = "amd-no-ssb",
         [28] = "amd-psfd"}},
    [FEAT_KVM] = {0x40000001, -1, "EAX",
        {"kvmclock", "kvm-nopiodelay", "kvm-mmu", "kvmclock2", "kvm-asyncpf",
         "kvm-steal-time", "kvm-pv-eoi", "kvm-pv-unhalt",
         NULL, "kvm-pv-tlb-flush", NULL, "kvm-pv-ipi", "kvm-poll-control",
         "kvm-pv-sched-yield", "kvm-asyncpf-int", "kvm-msi-ext-dest-id",
         [24] = "kvmclock-stable-bit"}},
    [FEAT_6_EAX] = {6, -1, "EAX", {[2] = "arat"}},
    [FEAT_XSAVE] = {0xd, 1, "EAX",
        {"xsaveopt", "xsavec", "xgetbv1", "xsaves", "xfd"}},
};

/* Other names of QEMU's for bits of the table. */
static const struct {
    const char *name, *alias;
} aliases[] = {
    {"pni", "sse3"},         {"pclmulqdq", "pclmuldq"}, {"nx", "xd"},
    {"syscall", "i64"},      {"sse4.1", "sse4-1"},      {"sse4.1", "sse4_1"},
    {"sse4.2", "sse4-2"},    {"sse4.2", "sse4_2"},      {"fxsr-opt", "ffxsr"},
    {"lahf-lm", "lahf_lm"},  {"ds-cpl", "ds_cpl"},
    {"tsc-adjust", "tsc_adjust"}, {"cmp-legacy", "cmp_legacy"},
    {"kvm-nopiodelay", "kvm_nopiodelay"}, {"kvm-mmu", "kvm_mmu"},
    {"kvm-asyncpf", "kvm_asyncpf"}, {"kvm-steal-time", "kvm_steal_time"},
    {"kvm-pv-eoi", "kvm_pv_eoi"}, {"kvm-pv-unhalt", "kvm_pv_unhalt"},
};

uint32_t x86_feature_named_bits(X86FeatureWord w)
{
    uint32_t bits = 0;

    for (int i = 0; i < 32; i++) {
        bits |= x86_feature_words[w].names[i] ? 1u << i : 0;
    }
    return bits;
}

static void add_prop(GArray *props, const char *name, X86FeatureWord w, int bit)
{
    Property p = { .name = name,
                   .info = &qdev_prop_bit,
                   .offset = offsetof(X86CPU, features) + w * sizeof(uint32_t),
                   .bitnr = bit };

    g_array_append_val(props, p);
}

void x86_cpu_add_feature_props(DeviceClass *dc)
{
    static GArray *props; /* lives as long as the class */

    props = g_array_new(false, false, sizeof(Property));
    for (int w = 0; w < FEAT_COUNT; w++) {
        for (int bit = 0; bit < 32; bit++) {
            const char *name = x86_feature_words[w].names[bit];

            if (!name) {
                continue;
            }
            add_prop(props, name, w, bit);
            for (unsigned i = 0; i < G_N_ELEMENTS(aliases); i++) {
                if (g_str_equal(aliases[i].name, name)) {
                    add_prop(props, aliases[i].alias, w, bit);
                }
            }
        }
    }
    device_class_set_props_n(dc, (Property *)props->data, props->len);
}

static void warn_feature(const char *who, X86FeatureWord w, int bit)
{
    const X86FeatureWordInfo *f = &x86_feature_words[w];
    g_autofree char *sub =
        f->subleaf < 0 ? g_strdup("") : g_strdup_printf(",ecx=%02Xh",
                                                        f->subleaf);

    warn_report("%s doesn't support requested feature: "
                "CPUID[eax=%02Xh%s].%s%s%s [bit %d]", who, f->leaf, sub, f->reg,
                f->names[bit] ? "." : "", f->names[bit] ? f->names[bit] : "",
                bit);
}

bool x86_cpu_filter_features(X86CPU *cpu, Error **errp)
{
    AccelClass *ac = current_accel_class();
    const char *who = g_strcmp0(current_accel_name(), "tcg") ? "host" : "TCG";
    bool missing = false;

    if (!ac || !ac->supported_features) {
        return true;
    }
    for (int w = 0; w < FEAT_COUNT; w++) {
        uint32_t extra = cpu->features[w] & ~ac->supported_features(w);

        cpu->features[w] &= ~extra;
        missing |= extra;
        for (int bit = 0; bit < 32 && (cpu->check || cpu->enforce); bit++) {
            if (extra & 1u << bit) {
                warn_feature(who, w, bit);
            }
        }
    }
    if (missing && cpu->enforce) {
        error_setg(errp, "%s doesn't support requested features",
                   g_str_equal(who, "TCG") ? who : "Host");
        return false;
    }
    return true;
}

/* ---------------------------------------------------------------- models */

/* What every x86-64 processor has, and what qemu64 adds. */
static const uint32_t qemu64_features[FEAT_COUNT] = {
    /* fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36
     * clflush mmx fxsr sse sse2 */
    [FEAT_1_EDX] = 0x078bfbfd,
    [FEAT_1_ECX] = 1u << 0 | 1u << 13 | 1u << 31, /* pni cx16 hypervisor */
    [FEAT_8000_0001_EDX] = 1u << 11 | 1u << 20 | 1u << 29, /* syscall nx lm */
    [FEAT_8000_0001_ECX] = 1u << 0, /* lahf-lm */
};

/* kvmclock, nopiodelay, kvmclock2, asyncpf, steal-time, pv-eoi, stable-bit:
 * on by default where KVM has them. */
#define KVM_DEFAULT_FEATURES (0x7b | 1u << 24)

void x86_cpu_model_features(const X86CPUClass *xcc, uint32_t *features)
{
    AccelClass *ac = current_accel_class();
    bool all = (xcc->is_max || xcc->is_host) && ac && ac->supported_features;

    for (int w = 0; w < FEAT_COUNT; w++) {
        features[w] = all ? ac->supported_features(w) : qemu64_features[w];
    }
    if (all) {
        features[FEAT_1_ECX] |= 1u << 31;
        features[FEAT_8000_0007_EDX] = 0; /* invtsc forbids migration */
    }
    if (!g_strcmp0(current_accel_name(), "kvm") && ac->supported_features) {
        features[FEAT_KVM] = all ? features[FEAT_KVM] : KVM_DEFAULT_FEATURES;
        features[FEAT_KVM] &= ac->supported_features(FEAT_KVM);
        features[FEAT_1_ECX] |= ac->supported_features(FEAT_1_ECX) & 1u << 21;
    }
    if (!g_strcmp0(current_accel_name(), "tcg")) {
        /* tsc-adjust, invtsc: the TSC is guest time, whatever the host's does.
         * Linux then does not doubt it when a busy host holds up ticks. */
        features[FEAT_7_0_EBX] |= 1u << 1;
        features[FEAT_8000_0007_EDX] |= 1u << 8;
    }
}
