/*
 * Accelerators: what runs the guest's code. Each is a QOM type "NAME-accel"
 * below TYPE_ACCEL; its properties are the options of -accel.
 *
 * Main loop only, where nothing else is said.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_ACCEL_H
#define ACCEL_ACCEL_H

#include "hw/core/cpu.h"
#include "hw/core/machine.h"

#define TYPE_ACCEL        "accel"
#define TYPE_ACCEL_SUFFIX "-" TYPE_ACCEL
/* The type name of accelerator `name`: ACCEL_TYPE_NAME("qtest"). */
#define ACCEL_TYPE_NAME(name) name TYPE_ACCEL_SUFFIX
OBJECT_DECLARE_TYPE(AccelState, AccelClass, ACCEL)

struct AccelClass {
    ObjectClass parent_class;
    /* Makes the accelerator serve ms. Called before the board is built, at
     * most once with success. False: the next one is tried. */
    bool (*init_machine)(AccelState *accel, MachineState *ms, Error **errp);
    /* False: it works, but another one that can be had is better. Asked before
     * init_machine where there is a next one to try; NULL: it is. */
    bool (*is_worthwhile)(AccelState *accel, Error **errp);
    /* The CPU types it runs: "qemu64" and "max"; "host" too. */
    bool has_cpu_host;
    /* The class of local APIC it wants; NULL: ours, "apic". */
    const char *apic_type;
    /* What CPUID feature word w (X86FeatureWord) can offer at most. NULL: any
     * bit (no code runs). */
    uint32_t (*supported_features)(int w);

    /*
     * vCPUs (hw/core/cpu.h). All NULL: no code runs (qtest). create_vcpu
     * allocates cpu->accel and the CPU's state struct (X86CPU.env), on the
     * main loop; destroy_vcpu frees them.
     */
    bool (*create_vcpu)(CPUState *cpu, Error **errp);
    void (*destroy_vcpu)(CPUState *cpu);
    /* First thing in the vCPU's thread, under the big lock; may be NULL. */
    bool (*vcpu_thread_init)(CPUState *cpu, Error **errp);
    /* Runs guest code until cpu->exit_request is set or the CPU halts. vCPU
     * thread, without the big lock. */
    void (*vcpu_run)(CPUState *cpu);
    /* [any] Makes a vcpu_run() that has not yet seen exit_request see it; may
     * be NULL. */
    void (*kick)(CPUState *cpu);
    /* True if a halted CPU is the accelerator's to wait for (KVM's in-kernel
     * local APIC): vcpu_run() is called although cpu->halted. */
    bool halts_itself;
    /* The registers, see cpu_get_state(). May be NULL: always current. */
    void (*get_state)(CPUState *cpu);
    void (*put_state)(CPUState *cpu);
};

struct AccelState {
    Object parent_obj;
};

/* One -accel option. argv and idx: where it is, for messages; argv NULL if
 * that is unknown. */
typedef struct AccelOption {
    const char *arg;
    char **argv;
    int idx;
} AccelOption;

/* True if the argument of -accel asks for the list. */
bool accel_option_is_help(const char *arg);
/* The list on stdout. */
void accel_print_help(void);
/* The class of accelerator "qtest", or NULL. */
AccelClass *accel_find(const char *name);
/* Every accelerator in this binary, by name. */
void accel_foreach(void (*fn)(const char *name, void *opaque), void *opaque);

/* What property `prop` of accelerator `name` is, should that be chosen, unless
 * -accel says otherwise. Before accel_init_machine(). */
void accel_set_default(const char *name, const char *prop, const char *value);

/*
 * Chooses and starts the accelerator for ms: the first that works of the
 * `count` -accel options, in order, each "NAME[:NAME...][,PROP=VALUE...]"; or
 * of machine_accel, the list of -machine accel=NAME[:NAME...] (NULL: not
 * given). Both given is an error. Neither: "kvm:tcg", but board
 * "none" has nothing to run and does without.
 *
 * What is tried in vain is reported at once; false means that all is said.
 */
bool accel_init_machine(MachineState *ms, const AccelOption *opts,
                        unsigned count, const char *machine_accel);
/* The accelerator in use, or NULL; its name ("qtest"), or NULL. */
AccelState *current_accel(void);
/* Its class, or NULL. */
AccelClass *current_accel_class(void);
const char *current_accel_name(void);

#endif
