/*
 * HMP commands about the machine as a whole: run state, names, memory, PCI,
 * virtio devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/pci/pci.h"
#include "hw/virtio/virtio.h"
#include "memory/memory.h"
#include "monitor/hmp-internal.h"
#include "qapi/qapi-commands.h"

/* -------------------------------------------------------------- run state */

void hmp_stop(Monitor *mon, json_t *args)
{
    qmp_stop(&error_abort);
}

void hmp_cont(Monitor *mon, json_t *args)
{
    Error *err = NULL;

    qmp_cont(&err);
    hmp_handle_error(mon, err);
}

void hmp_system_reset(Monitor *mon, json_t *args)
{
    qmp_system_reset(&error_abort);
}

void hmp_system_powerdown(Monitor *mon, json_t *args)
{
    qmp_system_powerdown(&error_abort);
}

void hmp_quit(Monitor *mon, json_t *args)
{
    if (!monitor_is_qmp(mon)) {
        MONITOR_HMP(mon)->ended = true;
    }
    qmp_quit(&error_abort);
}

void hmp_info_status(Monitor *mon, json_t *args)
{
    StatusInfo *info = qmp_query_status(&error_abort);

    monitor_printf(mon, "VM status: %s", info->running ? "running" : "paused");
    if (!info->running && info->status != RUN_STATE_PAUSED) {
        monitor_printf(mon, " (%s)", RunState_str(info->status));
    }
    monitor_puts(mon, "\n");
    qapi_free_StatusInfo(info);
}

/* ------------------------------------------------------------------ names */

void hmp_info_version(Monitor *mon, json_t *args)
{
    VersionInfo *info = qmp_query_version(&error_abort);

    monitor_printf(mon, "%" PRId64 ".%" PRId64 ".%" PRId64 " (%s)\n",
                   info->qemu->major, info->qemu->minor, info->qemu->micro,
                   info->package);
    qapi_free_VersionInfo(info);
}

void hmp_info_name(Monitor *mon, json_t *args)
{
    NameInfo *info = qmp_query_name(&error_abort);

    if (info->name) {
        monitor_printf(mon, "%s\n", info->name);
    }
    qapi_free_NameInfo(info);
}

void hmp_info_uuid(Monitor *mon, json_t *args)
{
    UuidInfo *info = qmp_query_uuid(&error_abort);

    monitor_printf(mon, "%s\n", info->UUID);
    qapi_free_UuidInfo(info);
}

/* ------------------------------------------------------------ memory, PCI */

void hmp_info_mtree(Monitor *mon, json_t *args)
{
    hmp_print_text(mon, memory_mtree_info(hmp_arg_bool(args, "f"),
                                          hmp_arg_bool(args, "o")));
}

void hmp_info_pci(Monitor *mon, json_t *args)
{
    hmp_print_text(mon, pci_info_text());
}

/* ----------------------------------------------------------------- virtio */

void hmp_info_virtio(Monitor *mon, json_t *args)
{
    hmp_print_text(mon, virtio_info_text());
}

void hmp_info_virtio_status(Monitor *mon, json_t *args)
{
    Error *err = NULL;
    VirtIODevice *vdev = virtio_device_find(hmp_arg_str(args, "path"), &err);

    if (vdev) {
        hmp_print_text(mon, virtio_status_text(vdev));
    }
    hmp_handle_error(mon, err);
}

void hmp_info_virtio_queue_status(Monitor *mon, json_t *args)
{
    unsigned queue = json_integer_value(json_object_get(args, "queue"));
    Error *err = NULL;
    VirtIODevice *vdev = virtio_device_find(hmp_arg_str(args, "path"), &err);

    if (vdev) {
        hmp_print_text(mon, virtio_queue_status_text(vdev, queue, &err));
    }
    hmp_handle_error(mon, err);
}
