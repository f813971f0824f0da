/*
 * QMP commands about CPUs: which there are, which there could be, NMI.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <unistd.h>

#include "accel/accel.h"
#include "hw/i386/apic.h"
#include "monitor/monitor-internal.h"
#include "qapi/qapi-commands.h"

/* ------------------------------------------------------------------- CPUs */

/* CPUs are numbered along the topology, threads first. */
static CpuInstanceProperties *cpu_place(const CPUState *cpu)
{
    const CpuTopology *t = &current_machine->smp;
    CpuInstanceProperties *props = g_new0(CpuInstanceProperties, 1);
    unsigned n = cpu->cpu_index;

    props->has_thread_id = props->has_core_id = props->has_socket_id = true;
    props->thread_id = n % t->threads;
    n /= t->threads;
    props->core_id = n % t->cores;
    n /= t->cores;
    props->has_module_id = t->modules > 1;
    props->module_id = n % t->modules;
    n /= t->modules;
    props->has_die_id = t->dies > 1;
    props->die_id = n % t->dies;
    props->socket_id = n / t->dies;
    return props;
}

CpuInfoFastList *qmp_query_cpus_fast(Error **errp)
{
    CpuInfoFastList *list = NULL, **tail = &list;
    CPUState *cpu;

    CPU_FOREACH(cpu)
    {
        CpuInfoFast *info = g_new0(CpuInfoFast, 1);

        info->cpu_index = cpu->cpu_index;
        info->qom_path = object_get_canonical_path(OBJECT(cpu));
        info->thread_id = cpu->thread_id ? cpu->thread_id : getpid();
        info->props = cpu_place(cpu);
        info->qom_type = g_strdup(object_get_typename(OBJECT(cpu)));
        info->target = SYS_EMU_TARGET_X86_64;
        QAPI_LIST_APPEND(tail, info);
    }
    return list;
}

HotpluggableCPUList *qmp_query_hotpluggable_cpus(Error **errp)
{
    HotpluggableCPUList *list = NULL;
    CPUState *cpu;

    if (!MACHINE_GET_CLASS(current_machine)->has_hotpluggable_cpus) {
        error_setg(errp, "machine does not support hot-plugging CPUs");
        return NULL;
    }
    CPU_FOREACH(cpu)
    { /* the last comes first, as QEMU has it */
        HotpluggableCPUList *entry = g_new0(HotpluggableCPUList, 1);

        entry->value = g_new0(HotpluggableCPU, 1);
        entry->value->type = g_strdup(object_get_typename(OBJECT(cpu)));
        entry->value->vcpus_count = 1;
        entry->value->props = cpu_place(cpu);
        entry->value->qom_path = object_get_canonical_path(OBJECT(cpu));
        entry->next = list;
        list = entry;
    }
    return list;
}

/* ----------------------------------------------------------------- models */

static void add_definition(ObjectClass *klass, void *opaque)
{
    CpuDefinitionInfoList ***tail = opaque;
    const X86CPUClass *xcc = X86_CPU_CLASS(klass);
    const AccelClass *accel = current_accel_class();
    CpuDefinitionInfo *info = g_new0(CpuDefinitionInfo, 1);

    info->name = g_strdup(xcc->model);
    info->typename = g_strdup(object_class_get_name(klass));
    info->has_migration_safe = true;
    info->migration_safe = !xcc->is_max && !xcc->is_host;
    info->has_unavailable_features = true;
    if (xcc->is_host && !(accel && accel->has_cpu_host)) {
        strList **names = &info->unavailable_features;

        QAPI_LIST_APPEND(names, g_strdup("kvm"));
    }
    QAPI_LIST_APPEND(*tail, info);
}

CpuDefinitionInfoList *qmp_query_cpu_definitions(Error **errp)
{
    CpuDefinitionInfoList *list = NULL, **tail = &list;

    object_class_foreach(add_definition, TYPE_X86_CPU, false, &tail);
    return list;
}

CpuModelExpansionInfo *qmp_query_cpu_model_expansion(CpuModelExpansionType type,
                                                     CpuModelInfo *model,
                                                     Error **errp)
{
    bool full = type == CPU_MODEL_EXPANSION_TYPE_FULL;
    json_t *props = x86_cpu_model_expand(model->name, model->props, full, errp);
    CpuModelExpansionInfo *info;

    if (!props) {
        return NULL;
    }
    info = g_new0(CpuModelExpansionInfo, 1);
    info->model = g_new0(CpuModelInfo, 1);
    info->model->name = g_strdup(full ? model->name : "base");
    info->model->props = props;
    return info;
}

/* ---------------------------------------------------------------- buttons */

void qmp_inject_nmi(Error **errp)
{
    CPUState *cpu;

    if (TAILQ_EMPTY(&cpus)) {
        error_setg(errp, "machine does not provide NMIs");
        return;
    }
    CPU_FOREACH(cpu)
    {
        apic_pulse_nmi(X86_CPU(cpu));
    }
}

void qmp_system_wakeup(Error **errp)
{
    error_setg(errp, "wake-up from suspend is not supported by this guest");
}
