/*
 * The human monitor's completion: what can stand where the cursor is.
 *
 * The tables know the commands; a command's completer offers its arguments,
 * from what exists right now.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "chardev/char.h"
#include "hw/core/qdev.h"
#include "hw/virtio/virtio.h"
#include "monitor/hmp-internal.h"
#include "net/net.h"
#include "qom/object.h"
#include "trace/trace.h"

void hmp_complete_add(HmpCompletion *c, const char *candidate)
{
    if (!strncmp(candidate, c->word, c->word_len)) {
        g_ptr_array_add(c->found, g_strdup(candidate));
    }
}

/* Every name of every command. */
static void add_commands(HmpCompletion *c, const HmpCommand *table)
{
    for (; table->name; table++) {
        g_auto(GStrv) names = g_strsplit(table->name, "|", -1);

        for (char **name = names; *name; name++) {
            hmp_complete_add(c, *name);
        }
    }
}

/* Follows words[0..] down to the table or the command that c is about. */
static void complete_words(HmpCompletion *c, const HmpCommand *table,
                           const char *const *words, unsigned count)
{
    const HmpCommand *cmd;

    while (count) {
        cmd = hmp_find_command(table, words[0], strlen(words[0]));
        if (!cmd) {
            return;
        }
        words++;
        count--;
        if (!cmd->sub) {
            c->index = count;
            c->before = words;
            if (cmd->complete) {
                cmd->complete(c);
            }
            return;
        }
        table = cmd->sub;
    }
    add_commands(c, table);
}

GPtrArray *hmp_complete(void *opaque, const char *head, size_t *word_len)
{
    g_auto(GStrv) split = g_strsplit_set(head, " \t", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    HmpCompletion c = {.found = g_ptr_array_new_with_free_func(g_free)};
    guint last = g_strv_length(split);

    /* Of an empty line nothing is left; otherwise the last piece is the word,
     * which may be empty, and empty ones before it are but white space. */
    for (guint i = 0; i + 1 < last; i++) {
        if (*split[i]) {
            g_ptr_array_add(words, split[i]);
        }
    }
    c.word = last ? split[last - 1] : "";
    c.word_len = *word_len = strlen(c.word);
    complete_words(&c, hmp_commands, (const char *const *)words->pdata,
                   words->len);
    return c.found;
}

void hmp_complete_help(HmpCompletion *c)
{
    complete_words(c, hmp_commands, c->before, c->index);
}

/* ---------------------------------------------------------------- network */

static void add_netdevs(HmpCompletion *c)
{
    g_autofree NetClientState **ncs = g_new(NetClientState *, MAX_QUEUE_NUM);
    int count = qemu_find_net_clients_except(NULL, ncs, NET_CLIENT_DRIVER_NIC,
                                             MAX_QUEUE_NUM);

    for (int i = 0; i < count; i++) {
        hmp_complete_add(c, ncs[i]->name);
    }
}

static void add_nic(NICState *nic, void *opaque)
{
    hmp_complete_add(opaque, qemu_get_queue(nic)->name);
}

void hmp_complete_netdev_id(HmpCompletion *c)
{
    if (c->index == 0) {
        add_netdevs(c);
    }
}

static void add_on_off(HmpCompletion *c)
{
    hmp_complete_add(c, "on");
    hmp_complete_add(c, "off");
}

void hmp_complete_set_link(HmpCompletion *c)
{
    if (c->index == 0) {
        add_netdevs(c);
        qemu_foreach_nic(add_nic, c);
    } else if (c->index == 1) {
        add_on_off(c);
    }
}

void hmp_complete_netdev_add(HmpCompletion *c)
{
    g_auto(GStrv) kinds = net_kinds();

    for (char **kind = kinds; c->index == 0 && *kind; kind++) {
        hmp_complete_add(c, *kind);
    }
}

/* ------------------------------------------------------ objects, devices */

static void add_driver(ObjectClass *klass, void *opaque)
{
    if (DEVICE_CLASS(klass)->user_creatable) {
        hmp_complete_add(opaque, object_class_get_name(klass));
    }
}

void hmp_complete_device_add(HmpCompletion *c)
{
    if (c->index == 0) {
        object_class_foreach(add_driver, TYPE_DEVICE, false, c);
    }
}

static void add_type(ObjectClass *klass, void *opaque)
{
    hmp_complete_add(opaque, object_class_get_name(klass));
}

void hmp_complete_object_add(HmpCompletion *c)
{
    if (c->index == 0) {
        object_class_foreach(add_type, TYPE_USER_CREATABLE, false, c);
    }
}

static int add_child(Object *child, void *opaque)
{
    g_autofree char *name = object_get_canonical_path_component(child);

    hmp_complete_add(opaque, name);
    return 0;
}

void hmp_complete_object_id(HmpCompletion *c)
{
    if (c->index == 0) {
        object_child_foreach(object_get_objects_root(), add_child, c);
    }
}

static int add_child_path(Object *child, void *opaque)
{
    g_autofree char *path = object_get_canonical_path(child);

    hmp_complete_add(opaque, path);
    return 0;
}

/* The children of the object that the word's last slash stands behind. */
void hmp_complete_qom_path(HmpCompletion *c)
{
    const char *slash = strrchr(c->word, '/');
    g_autofree char *dir = NULL;
    Object *obj;

    if (c->index != 0) {
        return;
    }
    if (!slash) {
        if (!*c->word) {
            hmp_complete_add(c, "/");
        }
        return;
    }
    dir = g_strndup(c->word, MAX(slash - c->word, 1));
    obj = object_resolve_path(dir, NULL);
    if (obj) {
        object_child_foreach(obj, add_child_path, c);
    }
}

static void add_property(ObjectProperty *p, void *opaque)
{
    hmp_complete_add(opaque, p->name);
}

/* "[-j] PATH PROPERTY" */
void hmp_complete_qom_property(HmpCompletion *c)
{
    Object *obj;

    if (c->index && c->before[0][0] == '-') {
        c->index--;
        c->before++;
    }
    if (c->index == 0) {
        hmp_complete_qom_path(c);
    } else if (c->index == 1) {
        obj = object_resolve_path(c->before[0], NULL);
        if (obj) {
            object_property_foreach(object_get_class(obj), obj, add_property,
                                    c);
        }
    }
}

static void add_virtio_path(VirtIODevice *vdev, void *opaque)
{
    hmp_complete_add(opaque, vdev->parent_obj.canonical_path);
}

void hmp_complete_virtio_path(HmpCompletion *c)
{
    if (c->index == 0) {
        virtio_foreach_device(add_virtio_path, c);
    }
}

/* ----------------------------------------------- chardevs, trace and log */

static void add_chardev(Chardev *chr, void *opaque)
{
    hmp_complete_add(opaque, chr->label);
}

void hmp_complete_chardev_id(HmpCompletion *c)
{
    if (c->index == 0) {
        qemu_chr_foreach(add_chardev, c);
    }
}

void hmp_complete_chardev_add(HmpCompletion *c)
{
    const char *const *name = qemu_chr_backend_names();

    for (; c->index == 0 && *name; name++) {
        hmp_complete_add(c, *name);
    }
}

void hmp_complete_trace_name(HmpCompletion *c)
{
    unsigned count;
    TraceEvent *const *events = trace_event_list(&count);

    for (unsigned i = 0; c->index == 0 && i < count; i++) {
        hmp_complete_add(c, events[i]->name);
    }
}

void hmp_complete_trace_event(HmpCompletion *c)
{
    if (c->index == 1) {
        add_on_off(c);
    } else {
        hmp_complete_trace_name(c);
    }
}

/* "ITEM,ITEM": the last of them. */
void hmp_complete_log(HmpCompletion *c)
{
    const char *comma = strrchr(c->word, ',');
    int kept = comma ? comma + 1 - c->word : 0;
    const char *name;

    for (unsigned i = 0; (name = qemu_log_item_name(i)); i++) {
        g_autofree char *items = g_strdup_printf("%.*s%s", kept, c->word, name);

        hmp_complete_add(c, items);
    }
    hmp_complete_add(c, "none");
}
