/*
 * -cpu, and making the CPUs of a board.
 *
 * MODEL[,+FEATURE][,-FEATURE][,PROP=VALUE]...: the last form becomes a -global
 * of the model's type, as in QEMU; the other two are applied after those, the
 * additions first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "cpu-internal.h"
#include "hw/i386/apic.h"

static X86CPUClass *find_model(const char *name)
{
    g_autofree char *type = g_strconcat(name, X86_CPU_TYPE_SUFFIX, NULL);
    ObjectClass *klass = object_class_by_name(type);

    return klass && object_class_dynamic_cast(klass, TYPE_X86_CPU) &&
                   !object_class_is_abstract(klass)
               ? X86_CPU_CLASS(klass)
               : NULL;
}

bool x86_cpu_check_option(const char *arg, Error **errp)
{
    g_auto(GStrv) words = g_strsplit(arg, ",", 2);

    if (!words[0] || !find_model(words[0])) {
        error_setg(errp, "unable to find CPU model '%s'",
                   words[0] ? words[0] : "");
        return false;
    }
    return true;
}

typedef struct CpuOption {
    const char *type;
    GPtrArray *plus, *minus; /* feature names */
} CpuOption;

static void cpu_option_clear(CpuOption *o)
{
    g_clear_pointer(&o->plus, g_ptr_array_unref);
    g_clear_pointer(&o->minus, g_ptr_array_unref);
}

static void parse_word(CpuOption *o, const char *word)
{
    g_auto(GStrv) kv = NULL;

    if (*word == '+') {
        g_ptr_array_add(o->plus, g_strdup(word + 1));
        return;
    }
    if (*word == '-') {
        g_ptr_array_add(o->minus, g_strdup(word + 1));
        return;
    }
    kv = g_strsplit(word, "=", 2);
    qdev_prop_register_global(o->type, kv[0], kv[1] ? kv[1] : "on");
}

static bool parse_option(const MachineState *ms, CpuOption *o, Error **errp)
{
    const char *arg = ms->cpu_type;
    g_auto(GStrv) words = NULL;

    o->plus = g_ptr_array_new_with_free_func(g_free);
    o->minus = g_ptr_array_new_with_free_func(g_free);
    if (!arg) {
        o->type = MACHINE_GET_CLASS(ms)->default_cpu_type;
        return true;
    }
    if (!x86_cpu_check_option(arg, errp)) {
        return false;
    }
    words = g_strsplit(arg, ",", -1);
    o->type = object_class_get_name(OBJECT_CLASS(find_model(words[0])));
    for (char **w = words + 1; *w; w++) {
        parse_word(o, *w);
    }
    return true;
}

static bool apply_features(Object *cpu, GPtrArray *names, bool on, Error **errp)
{
    for (guint i = 0; i < names->len; i++) {
        if (!object_property_set_bool(cpu, g_ptr_array_index(names, i), on,
                                      errp)) {
            return false;
        }
    }
    return true;
}

/* The APIC ID of CPU n: each level of the topology has bits of its own. */
static uint32_t apic_id_of(const CpuTopology *t, unsigned n)
{
    unsigned cores = t->cores * t->dies * t->modules;
    unsigned thread_bits = g_bit_storage(t->threads - 1);
    unsigned core_bits = g_bit_storage(cores - 1);

    thread_bits = t->threads > 1 ? thread_bits : 0;
    core_bits = cores > 1 ? core_bits : 0;
    return (n / (t->threads * cores)) << (thread_bits + core_bits) |
           (n / t->threads % cores) << thread_bits | n % t->threads;
}

static bool make_cpu(MachineState *ms, const CpuOption *o, unsigned n,
                     bool with_apic, Error **errp)
{
    DeviceState *dev = qdev_new(o->type);
    X86CPU *cpu = X86_CPU(dev);
    bool ok;

    cpu->apic_id = apic_id_of(&ms->smp, n);
    cpu->threads_per_core = ms->smp.threads;
    cpu->cores_per_socket = ms->smp.cores * ms->smp.dies * ms->smp.modules;
    cpu->with_apic = with_apic;
    ok = apply_features(OBJECT(dev), o->plus, true, errp) &&
         apply_features(OBJECT(dev), o->minus, false, errp) &&
         qdev_realize(dev, NULL, errp);
    object_unref(OBJECT(dev));
    return ok;
}

bool x86_cpus_init(MachineState *ms, bool with_apic, Error **errp)
{
    CpuOption o = {};
    bool ok = parse_option(ms, &o, errp);

    for (unsigned n = 0; ok && n < ms->smp.cpus; n++) {
        ok = make_cpu(ms, &o, n, with_apic, errp);
    }
    cpu_option_clear(&o);
    return ok;
}

static void print_model(ObjectClass *klass, void *opaque)
{
    const X86CPUClass *xcc = X86_CPU_CLASS(klass);

    printf("  %-20s  %s\n", xcc->model,
           xcc->is_host  ? "processor with all supported host features"
           : xcc->is_max ? "Enables all features supported by the accelerator "
                           "in the current host"
                         : "QEMU Virtual CPU version 2.5+");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void x86_cpu_print_help(void)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    size_t column = 0;

    printf("Available CPUs:\n");
    object_class_foreach(print_model, TYPE_X86_CPU, false, NULL);
    for (int w = 0; w < FEAT_COUNT; w++) {
        for (int bit = 0; bit < 32; bit++) {
            if (x86_feature_words[w].names[bit]) {
                g_ptr_array_add(names,
                                (char *)x86_feature_words[w].names[bit]);
            }
        }
    }
    g_ptr_array_sort(names, compare_names);
    printf("\nRecognized CPUID flags:\n");
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);

        if (column + 1 + strlen(name) > 75) {
            printf("\n");
            column = 0;
        }
        column += printf("%s%s", column ? " " : "  ", name);
    }
    printf("\n");
}
