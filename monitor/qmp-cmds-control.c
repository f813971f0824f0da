/*
 * QMP commands about the protocol: negotiation, version, what there is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "config-host.h"
#include "hw/core/runstate.h"
#include "monitor/monitor-internal.h"
#include "qapi/qapi-commands.h"
#include "qapi/qapi-introspect.h"

void qmp_qmp_capabilities(bool has_enable, QMPCapabilityList *enable,
                          Error **errp)
{
    /* None is offered in the greeting. */
    if (enable) {
        error_setg(errp, "Capability '%s' is not available",
                   QMPCapability_str(enable->value));
        return;
    }
    MONITOR_QMP(monitor_cur())->negotiated = true;
}

VersionInfo *qmp_query_version(Error **errp)
{
    VersionInfo *info = g_new0(VersionInfo, 1);

    info->qemu = g_new0(VersionTriple, 1);
    info->qemu->major = QEMU_INTERFACE_MAJOR;
    info->qemu->minor = QEMU_INTERFACE_MINOR;
    info->qemu->micro = QEMU_INTERFACE_MICRO;
    info->package = g_strdup(PROJECT_NAME " " PROJECT_VERSION);
    return info;
}

CommandInfoList *qmp_query_commands(Error **errp)
{
    CommandInfoList *list = NULL, **tail = &list;

    for (unsigned i = 0; i < qmp_commands_count; i++) {
        CommandInfo *info = g_new0(CommandInfo, 1);

        info->name = g_strdup(qmp_commands[i].name);
        QAPI_LIST_APPEND(tail, info);
    }
    return list;
}

SchemaInfoList *qmp_query_qmp_schema(Error **errp)
{
    SchemaInfoList *list = NULL, **tail = &list;

    for (const char *const *text = qapi_schema_entities; *text; text++) {
        json_t *json = json_loads(*text, 0, NULL);
        g_autoptr(Visitor) v = visitor_new_input(json, false);
        SchemaInfo *info;

        json_decref(json);
        visit_type_SchemaInfo(v, NULL, &info, &error_abort);
        QAPI_LIST_APPEND(tail, info);
    }
    return list;
}

void qmp_quit(Error **errp)
{
    qemu_system_shutdown_request(SHUTDOWN_CAUSE_HOST_QMP_QUIT);
    qemu_process_requests();
}
