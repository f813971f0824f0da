/*
 * QMP commands about the machine: run state, boards, PCI.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/accel.h"
#include "hw/core/machine.h"
#include "hw/core/runstate.h"
#include "hw/core/vm-info.h"
#include "hw/pci/pci.h"
#include "monitor/monitor-internal.h"
#include "qapi/qapi-commands.h"

/* -------------------------------------------------------------- run state */

StatusInfo *qmp_query_status(Error **errp)
{
    StatusInfo *info = g_new0(StatusInfo, 1);

    info->running = runstate_check(RUN_STATE_RUNNING);
    info->status = runstate_get();
    return info;
}

void qmp_stop(Error **errp)
{
    vm_stop(RUN_STATE_PAUSED);
}

void qmp_cont(Error **errp)
{
    if (runstate_needs_reset()) {
        error_setg(errp, "Resetting the Virtual Machine is required");
        return;
    }
    vm_start();
}

void qmp_system_reset(Error **errp)
{
    qemu_system_reset_request(SHUTDOWN_CAUSE_HOST_QMP_SYSTEM_RESET);
    qemu_process_requests();
}

void qmp_system_powerdown(Error **errp)
{
    qemu_system_powerdown_request();
    qemu_process_requests();
}

void qmp_set_action(bool has_reboot, RebootAction reboot, bool has_shutdown,
                    ShutdownAction shutdown, bool has_panic, PanicAction panic,
                    bool has_watchdog, WatchdogAction watchdog, Error **errp)
{
    if (has_reboot) {
        runstate_actions.reboot = reboot;
    }
    if (has_shutdown) {
        runstate_actions.shutdown = shutdown;
    }
    if (has_panic) {
        runstate_actions.panic = panic;
    }
    if (has_watchdog) {
        runstate_actions.watchdog = watchdog;
    }
}

/* ----------------------------------------------------------------- naming */

NameInfo *qmp_query_name(Error **errp)
{
    NameInfo *info = g_new0(NameInfo, 1);

    info->name = g_strdup(vm_info_get_name());
    return info;
}

UuidInfo *qmp_query_uuid(Error **errp)
{
    UuidInfo *info = g_new0(UuidInfo, 1);

    info->UUID = g_strdup(vm_info_get_uuid());
    return info;
}

/* ----------------------------------------------------------------- boards */

TargetInfo *qmp_query_target(Error **errp)
{
    TargetInfo *info = g_new0(TargetInfo, 1);

    info->arch = SYS_EMU_TARGET_X86_64;
    return info;
}

KvmInfo *qmp_query_kvm(Error **errp)
{
    KvmInfo *info = g_new0(KvmInfo, 1);

    info->present = accel_find("kvm") != NULL;
    info->enabled = !g_strcmp0(current_accel_name(), "kvm");
    return info;
}

static void add_accelerator(const char *name, void *opaque)
{
    AcceleratorList ***tail = opaque;
    int value = qapi_enum_parse(&Accelerator_lookup, name, -1, NULL);

    if (value >= 0) {
        QAPI_LIST_APPEND(*tail, value);
    }
}

AcceleratorInfo *qmp_query_accelerators(Error **errp)
{
    AcceleratorInfo *info = g_new0(AcceleratorInfo, 1);
    AcceleratorList **tail = &info->present;
    const char *name = current_accel_name();

    accel_foreach(add_accelerator, &tail);
    /* Board "none" without -accel has none; the reply has no word for that. */
    info->enabled = qapi_enum_parse(&Accelerator_lookup, name ? name : "qtest",
                                    ACCELERATOR_QTEST, NULL);
    return info;
}

static void add_machine(MachineClass *mc, void *opaque)
{
    MachineInfoList ***tail = opaque;
    MachineInfo *info = g_new0(MachineInfo, 1);

    info->name = g_strdup(mc->name);
    info->alias = g_strdup(mc->alias);
    info->has_is_default = mc->is_default;
    info->is_default = mc->is_default;
    info->cpu_max = mc->max_cpus ? mc->max_cpus : 1;
    info->hotpluggable_cpus = mc->has_hotpluggable_cpus;
    info->deprecated = mc->deprecation_reason != NULL;
    info->default_cpu_type = g_strdup(mc->default_cpu_type);
    info->default_ram_id = g_strdup(mc->default_ram_id);
    /* A board with ACPI has the property that switches it off. */
    info->acpi = object_class_property_find(OBJECT_CLASS(mc), "acpi") != NULL;
    QAPI_LIST_APPEND(*tail, info);
}

MachineInfoList *qmp_query_machines(bool has_compat_props, bool compat_props,
                                    Error **errp)
{
    MachineInfoList *list = NULL, **tail = &list;
    MachineInfoList *m;

    machine_class_foreach(add_machine, &tail);
    for (m = list; m && has_compat_props && compat_props; m = m->next) {
        m->value->has_compat_props = true;
    }
    return list;
}

/* -------------------------------------------------------------------- PCI */

PciInfoList *qmp_query_pci(Error **errp)
{
    json_t *json = pci_query();
    g_autoptr(Visitor) v = visitor_new_input(json, false);
    PciInfoList *list;

    json_decref(json);
    visit_type_PciInfoList(v, NULL, &list, errp);
    return list;
}
