/*
 * -accel tcg: the software CPU as an accelerator. Its options, the features it
 * offers to -cpu, and the life of each virtual CPU's state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/accel.h"
#include "accel/tcg/tcg-core.h"
#include "accel/tcg/tcg-fp.h"
#include "qapi/visitor.h"

#define TYPE_TCG_ACCEL ACCEL_TYPE_NAME("tcg")
OBJECT_DECLARE_SIMPLE_TYPE(TcgAccel, TCG_ACCEL)

struct TcgAccel {
    AccelState parent_obj;
    uint32_t tb_size; /* MiB, of all CPUs; 0: the default */
    bool single;
    bool one_insn;
    bool split_wx;
};

/* MiB of block cache for each CPU. It is address space until it is used. */
#define TB_SIZE_DEFAULT 128
#define TB_SIZE_MIN     4
#define TB_SIZE_MAX     16384

TcgOptions tcg_options = {.tb_size = TB_SIZE_DEFAULT * MiB};

/* ----------------------------------------------------------------- features */

/* What -cpu max offers: no more than the other files here implement. */
static uint32_t tcg_supported_features(int w)
{
    static const uint32_t words[FEAT_COUNT] = {
        /* DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV PAT PSE36
         * CLFLUSH SS */
        [FEAT_1_EDX] = 0x080bfbfc,
        /* CX16 x2APIC MOVBE POPCNT TSC-deadline RDRAND hypervisor */
        [FEAT_1_ECX] = 0xc1e02000,
        /* FSGSBASE TSC-adjust SMEP ERMS */
        [FEAT_7_0_EBX] = 0x00000283,
        /* those of leaf 1, SYSCALL NX 1GB RDTSCP LM */
        [FEAT_8000_0001_EDX] = 0x2d93fbfd,
        /* LAHF CR8-legacy */
        [FEAT_8000_0001_ECX] = 0x00000011,
        [FEAT_8000_0007_EDX] = 0x00000100, /* invariant TSC */
        /* ARAT */
        [FEAT_6_EAX] = 0x00000004,
    };

    return words[w] | tcg_fp_features(w);
}

/* --------------------------------------------------------------------- vCPUs */

static void tcg_destroy_vcpu(CPUState *cs)
{
    TcgCpu *t = cs->accel;

    if (!t) {
        return;
    }
    cs->accel = NULL;
    X86_CPU(cs)->env = NULL;
    tcg_mmu_destroy(t);
    tcg_blocks_destroy(t);
    free(t);
}

static bool tcg_create_vcpu(CPUState *cs, Error **errp)
{
    TcgCpu *t = NULL;

    if (posix_memalign((void **)&t, 64, sizeof(*t))) {
        error_setg(errp, "Could not allocate a virtual CPU");
        return false;
    }
    memset(t, 0, sizeof(*t));
    t->cpu = X86_CPU(cs);
    t->interrupt = &cs->exit_request;
    t->excp_vector = -1;
    tcg_decode_init(t->cpu);
    if (!tcg_blocks_init(t, errp)) {
        free(t);
        return false;
    }
    if (!tcg_mmu_init(t, errp)) {
        tcg_blocks_destroy(t);
        free(t);
        return false;
    }
    t->cpu->env = &t->env;
    cs->accel = t;
    return true;
}

/* ------------------------------------------------------------------- options */

static bool tcg_init_machine(AccelState *accel, MachineState *ms, Error **errp)
{
    const TcgAccel *a = TCG_ACCEL(accel);
    unsigned cpus = MAX(ms->smp.max_cpus, 1u);

    if (a->single && cpus > 1) {
        error_setg(errp,
                   "thread=single is not supported with %u CPUs: each has a "
                   "thread of its own",
                   cpus);
        return false;
    }
    if (a->tb_size) {
        tcg_options.tb_size = MAX(a->tb_size / cpus, TB_SIZE_MIN) * MiB;
    }
    tcg_options.one_insn = a->one_insn;
    tcg_code_pages_init();
    tcg_mmio_init();
    return true;
}

static char *get_thread(Object *obj, Error **errp)
{
    return g_strdup(TCG_ACCEL(obj)->single ? "single" : "multi");
}

static void set_thread(Object *obj, const char *value, Error **errp)
{
    if (strcmp(value, "multi") != 0 && strcmp(value, "single") != 0) {
        error_setg(errp, "Invalid 'thread' setting %s", value);
        return;
    }
    TCG_ACCEL(obj)->single = strcmp(value, "single") == 0;
}

static bool get_tb_size(Object *obj, Visitor *v, const char *name,
                        void *opaque, Error **errp)
{
    uint32_t value = TCG_ACCEL(obj)->tb_size;

    return visit_type_uint32(v, name, &value, errp);
}

static bool set_tb_size(Object *obj, Visitor *v, const char *name,
                        void *opaque, Error **errp)
{
    uint32_t value;

    if (!visit_type_uint32(v, name, &value, errp)) {
        return false;
    }
    if (value > TB_SIZE_MAX) {
        error_setg(errp, "tb-size %u is more than %u MiB", value, TB_SIZE_MAX);
        return false;
    }
    TCG_ACCEL(obj)->tb_size = value;
    return true;
}

static bool get_one_insn(Object *obj, Error **errp)
{
    return TCG_ACCEL(obj)->one_insn;
}

static void set_one_insn(Object *obj, bool value, Error **errp)
{
    TCG_ACCEL(obj)->one_insn = value;
}

/* No host code is made, so none is ever writable. */
static bool get_split_wx(Object *obj, Error **errp)
{
    return TCG_ACCEL(obj)->split_wx;
}

static void set_split_wx(Object *obj, bool value, Error **errp)
{
    TCG_ACCEL(obj)->split_wx = value;
}

static void tcg_accel_class_init(ObjectClass *oc, const void *data)
{
    AccelClass *ac = ACCEL_CLASS(oc);
    ObjectProperty *p;

    ac->init_machine = tcg_init_machine;
    ac->supported_features = tcg_supported_features;
    ac->create_vcpu = tcg_create_vcpu;
    ac->destroy_vcpu = tcg_destroy_vcpu;
    ac->vcpu_run = tcg_cpu_exec;
    ac->get_state = tcg_get_state;
    ac->put_state = tcg_put_state;
    p = object_class_property_add_str(oc, "thread", get_thread, set_thread);
    object_property_set_description(p, "multi: each CPU has a host thread");
    p = object_class_property_add(oc, "tb-size", "int", get_tb_size,
                                  set_tb_size, NULL, NULL);
    object_property_set_description(p, "MiB of decoded code, of all CPUs");
    p = object_class_property_add_bool(oc, "one-insn-per-tb", get_one_insn,
                                       set_one_insn);
    object_property_set_description(p, "blocks of one instruction each");
    p = object_class_property_add_bool(oc, "split-wx", get_split_wx,
                                       set_split_wx);
    object_property_set_description(p, "no effect: no host code is made");
}

static const TypeInfo tcg_accel_types[] = {
    {
        .name = TYPE_TCG_ACCEL,
        .parent = TYPE_ACCEL,
        .instance_size = sizeof(TcgAccel),
        .class_init = tcg_accel_class_init,
    },
};

DEFINE_TYPES(tcg_accel_types)
