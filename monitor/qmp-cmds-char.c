/*
 * QMP commands of character devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "chardev/char.h"
#include "qapi/qapi-commands.h"

static void add_chardev(Chardev *chr, void *opaque)
{
    ChardevInfoList ***tail = opaque;
    ChardevInfo *info = g_new0(ChardevInfo, 1);

    info->label = g_strdup(chr->label);
    info->filename = g_strdup(chr->filename);
    info->frontend_open = chr->be != NULL;
    QAPI_LIST_APPEND(*tail, info);
}

ChardevInfoList *qmp_query_chardev(Error **errp)
{
    ChardevInfoList *list = NULL, **tail = &list;

    qemu_chr_foreach(add_chardev, &tail);
    return list;
}

ChardevBackendInfoList *qmp_query_chardev_backends(Error **errp)
{
    ChardevBackendInfoList *list = NULL, **tail = &list;

    for (const char *const *n = qemu_chr_backend_names(); *n; n++) {
        ChardevBackendInfo *info = g_new0(ChardevBackendInfo, 1);

        info->name = g_strdup(*n);
        QAPI_LIST_APPEND(tail, info);
    }
    return list;
}

ChardevReturn *qmp_chardev_add(const char *id, ChardevBackend *backend,
                               Error **errp)
{
    Visitor *v = visitor_new_output();
    bool exists = qemu_chr_find(id) != NULL;
    ChardevReturn *ret;
    json_t *json;
    Chardev *chr;

    /* Checked against the schema by now; the chardev reads its own JSON. */
    visit_type_ChardevBackend(v, NULL, &backend, &error_abort);
    json = visitor_complete(v);
    visitor_free(v);
    chr = qemu_chr_new_from_json(id, ChardevBackendKind_str(backend->type),
                                 json_object_get(json, "data"), false, errp);
    json_decref(json);
    if (!chr) {
        if (!exists) {
            error_prepend(errp, "Failed to add chardev '%s': ", id);
        }
        return NULL;
    }
    ret = g_new0(ChardevReturn, 1);
    if (backend->type == CHARDEV_BACKEND_KIND_PTY &&
        g_str_has_prefix(chr->filename, "pty:")) {
        ret->pty = g_strdup(chr->filename + strlen("pty:"));
    }
    return ret;
}

void qmp_chardev_remove(const char *id, Error **errp)
{
    qemu_chr_remove(id, errp);
}
