/*
 * HMP commands about CPUs and interrupt controllers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/apic.h"
#include "monitor/hmp-internal.h"
#include "qapi/qapi-commands.h"

/* The CPU that commands about one CPU mean. NULL: mon has been told. */
static CPUState *chosen_cpu(Monitor *mon)
{
    CPUState *cpu = qemu_get_cpu(mon->cpu_index);

    if (!cpu) {
        monitor_puts(mon, "No CPU available\n");
    }
    return cpu;
}

void hmp_cpu(Monitor *mon, json_t *args)
{
    int index = json_integer_value(json_object_get(args, "index"));

    if (qemu_get_cpu(index)) {
        mon->cpu_index = index;
    } else {
        monitor_puts(mon, "invalid CPU index\n");
    }
}

void hmp_info_cpus(Monitor *mon, json_t *args)
{
    CpuInfoFastList *list = qmp_query_cpus_fast(&error_abort), *entry;

    for (entry = list; entry; entry = entry->next) {
        const CpuInfoFast *info = entry->value;
        X86CPU *cpu = X86_CPU(qemu_get_cpu(info->cpu_index));

        monitor_printf(
            mon, "%c CPU #%" PRId64 ": thread_id=%" PRId64 " model=%s\n",
            info->cpu_index == mon->cpu_index ? '*' : ' ', info->cpu_index,
            info->thread_id, X86_CPU_GET_CLASS(cpu)->model);
    }
    qapi_free_CpuInfoFastList(list);
}

/* -------------------------------------------------------------- registers */

typedef struct CpuText {
    char *(*fn)(X86CPU *cpu);
    char *text;
} CpuText;

static void make_text(CPUState *cpu, void *opaque)
{
    CpuText *t = opaque;

    t->text = t->fn(X86_CPU(cpu));
}

/* In the CPU's own thread, which does not run the guest meanwhile. */
static void print_cpu_text(Monitor *mon, CPUState *cpu,
                           char *(*fn)(X86CPU *cpu))
{
    CpuText t = {.fn = fn};

    run_on_cpu(cpu, make_text, &t);
    hmp_print_text(mon, t.text);
}

static char *registers_text(X86CPU *cpu)
{
    cpu_get_state(CPU(cpu));
    return x86_cpu_dump_state(cpu, true);
}

void hmp_info_registers(Monitor *mon, json_t *args)
{
    json_t *index = json_object_get(args, "vcpu");
    CPUState *cpu;

    if (hmp_arg_bool(args, "a")) {
        CPU_FOREACH(cpu)
        {
            monitor_printf(mon, "\nCPU#%d\n", cpu->cpu_index);
            print_cpu_text(mon, cpu, registers_text);
        }
        return;
    }
    if (index) {
        cpu = qemu_get_cpu(json_integer_value(index));
        if (!cpu) {
            monitor_printf(mon, "CPU#%d not available\n",
                           (int)json_integer_value(index));
        }
    } else {
        cpu = chosen_cpu(mon);
    }
    if (cpu) {
        monitor_printf(mon, "\nCPU#%d\n", cpu->cpu_index);
        print_cpu_text(mon, cpu, registers_text);
    }
}

void hmp_info_lapic(Monitor *mon, json_t *args)
{
    json_t *id = json_object_get(args, "apic-id");
    CPUState *cpu, *found = NULL;

    if (!id) {
        found = chosen_cpu(mon);
    } else {
        CPU_FOREACH(cpu)
        {
            if (X86_CPU(cpu)->apic_id == json_integer_value(id)) {
                found = cpu;
            }
        }
        if (!found) {
            monitor_puts(mon, "No CPU available\n");
        }
    }
    if (found) {
        print_cpu_text(mon, found, apic_info_text);
    }
}

/* -------------------------------------------------- interrupt controllers */

static int print_controller(Object *obj, void *opaque)
{
    if (object_dynamic_cast(obj, TYPE_IOAPIC)) {
        hmp_print_text(opaque, ioapic_info_text((IOAPICState *)obj));
    } else if (object_dynamic_cast(obj, TYPE_I8259)) {
        hmp_print_text(opaque, i8259_info_text((I8259State *)obj));
    }
    return 0;
}

void hmp_info_pic(Monitor *mon, json_t *args)
{
    object_child_foreach_recursive(object_get_root(), print_controller, mon);
}

/* ---------------------------------------------------------------- buttons */

void hmp_nmi(Monitor *mon, json_t *args)
{
    Error *err = NULL;

    qmp_inject_nmi(&err);
    hmp_handle_error(mon, err);
}

void hmp_system_wakeup(Monitor *mon, json_t *args)
{
    Error *err = NULL;

    qmp_system_wakeup(&err);
    hmp_handle_error(mon, err);
}
