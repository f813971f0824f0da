/*
 * The machine object: finding a board, making it, its RAM, its end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine.h"

MachineState *current_machine;

Object *qdev_get_machine(void)
{
    return container_get(object_get_root(), "machine");
}

/* ----------------------------------------------------------- the boards */

typedef struct MachineSearch {
    const char *name; /* NULL: the default one */
    MachineClass *found;
} MachineSearch;

static void match_machine(ObjectClass *klass, void *opaque)
{
    MachineClass *mc = MACHINE_CLASS(klass);
    MachineSearch *s = opaque;

    if (s->name ? !strcmp(mc->name, s->name) || !g_strcmp0(mc->alias, s->name)
                : mc->is_default) {
        s->found = mc;
    }
}

MachineClass *machine_find_class(const char *name)
{
    MachineSearch s = {.name = name};

    object_class_foreach(match_machine, TYPE_MACHINE, false, &s);
    return s.found;
}

MachineClass *machine_find_class_or_error(const char *name, Error **errp)
{
    MachineClass *mc = machine_find_class(name);

    if (!mc) {
        error_setg(errp, "unsupported machine type: \"%s\"", name);
        error_append_hint(errp,
                          "Use -machine help to list supported machines\n");
    }
    return mc;
}

MachineClass *machine_default_class(void)
{
    MachineSearch s = {.name = NULL};

    object_class_foreach(match_machine, TYPE_MACHINE, false, &s);
    return s.found;
}

typedef struct MachineWalk {
    void (*fn)(MachineClass *mc, void *opaque);
    void *opaque;
} MachineWalk;

static void walk_machine(ObjectClass *klass, void *opaque)
{
    MachineWalk *w = opaque;

    w->fn(MACHINE_CLASS(klass), w->opaque);
}

void machine_class_foreach(void (*fn)(MachineClass *mc, void *opaque),
                           void *opaque)
{
    MachineWalk w = {.fn = fn, .opaque = opaque};

    object_class_foreach(walk_machine, TYPE_MACHINE, false, &w);
}

static void print_machine(MachineClass *mc, void *opaque)
{
    const char *desc = mc->desc ?: "";

    if (mc->alias) {
        g_string_append_printf(opaque, "%-20s %s (alias of %s)\n", mc->alias,
                               desc, mc->name);
    }
    g_string_append_printf(opaque, "%-20s %s%s%s\n", mc->name, desc,
                           mc->is_default ? " (default)" : "",
                           mc->deprecation_reason ? " (deprecated)" : "");
}

char *machine_help(void)
{
    GString *out = g_string_new("Supported machines are:\n");

    machine_class_foreach(print_machine, out);
    return g_string_free(out, false);
}

char *machine_options_help(MachineClass *mc)
{
    return object_class_options_help(OBJECT_CLASS(mc));
}

/* ---------------------------------------------------------- life and end */

MachineState *machine_new(MachineClass *mc)
{
    Object *obj = object_new(object_class_get_name(OBJECT_CLASS(mc)));

    object_property_add_child(object_get_root(), "machine", obj);
    object_unref(obj);
    container_get(obj, "peripheral");
    container_get(obj, "peripheral-anon");
    container_get(obj, "unattached");
    current_machine = MACHINE(obj);
    return current_machine;
}

bool machine_set_options(MachineState *ms, json_t *opts, bool keyval,
                         Error **errp)
{
    json_t *props = json_copy(opts);
    bool ok;

    json_object_del(props, "type");
    ok = object_set_properties(OBJECT(ms), props, keyval, errp);
    json_decref(props);
    return ok;
}

static HostMemoryBackend *find_backend(const char *id, Error **errp)
{
    Object *obj = object_resolve_path_component(object_get_objects_root(), id);

    if (!object_dynamic_cast(obj, TYPE_MEMORY_BACKEND)) {
        error_setg(errp, "Memory backend '%s' not found", id);
        return NULL;
    }
    if (host_memory_backend_is_mapped(MEMORY_BACKEND(obj))) {
        error_setg(errp, "memory backend '%s' can't be used multiple times.",
                   id);
        return NULL;
    }
    return MEMORY_BACKEND(obj);
}

static HostMemoryBackend *make_backend(MachineState *ms, Error **errp)
{
    const char *id = MACHINE_GET_CLASS(ms)->default_ram_id;
    Object *root = object_get_objects_root(), *obj;
    json_t *props;

    if (object_resolve_path_component(root, id)) {
        error_setg(errp,
                   "object's id '%s' is reserved for the default RAM "
                   "backend, it can't be used for any other purposes",
                   id);
        error_append_hint(errp,
                          "Change the object's 'id' to something else or "
                          "disable automatic creation of the default RAM "
                          "backend by setting 'memory-backend=%s' with "
                          "'-machine'.\n",
                          id);
        return NULL;
    }
    props = json_object();
    json_object_set_new(props, "size", json_integer(ms->ram_size));
    json_object_set_new(props, "merge", json_boolean(ms->mem_merge));
    json_object_set_new(props, "dump", json_boolean(ms->dump_guest_core));
    obj = object_new_with_json("memory-backend-ram", root, id, props, false,
                               errp);
    json_decref(props);
    return obj ? MEMORY_BACKEND(obj) : NULL;
}

static bool machine_provide_ram(MachineState *ms, Error **errp)
{
    HostMemoryBackend *backend = NULL;

    if (ms->memdev_id) {
        uint64_t size;

        backend = find_backend(ms->memdev_id, errp);
        if (!backend) {
            return false;
        }
        size = host_memory_backend_get_size(backend);
        if (ms->ram_size_given && ms->ram_size != size) {
            error_setg(errp, "Machine memory size does not match the size of "
                             "the memory backend");
            return false;
        }
        ms->ram_size = size;
        ms->maxram_size = MAX(ms->maxram_size, size);
    } else if (MACHINE_GET_CLASS(ms)->default_ram_id && ms->ram_size) {
        backend = make_backend(ms, errp);
        if (!backend) {
            return false;
        }
    }
    if (backend) {
        ms->memdev = (HostMemoryBackend *)object_ref(OBJECT(backend));
        ms->ram = host_memory_backend_get_memory(backend);
        host_memory_backend_set_mapped(backend, true);
    }
    return true;
}

bool machine_run_board_init(MachineState *ms, Error **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(ms);
    Error *err = NULL;

    g_assert(!ms->board_init_done);
    if (!machine_provide_ram(ms, errp)) {
        return false;
    }
    if (mc->init) {
        mc->init(ms, &err);
    }
    if (err) {
        error_propagate(errp, err);
        return false;
    }
    ms->board_init_done = true;
    return true;
}

void qdev_machine_creation_done(void)
{
    qdev_hotplug = true;
}

void machine_reset(MachineState *ms)
{
    MachineClass *mc = MACHINE_GET_CLASS(ms);

    if (mc->reset) {
        mc->reset(ms);
    } else {
        qemu_devices_reset();
    }
}

static int keep_last(Object *child, void *opaque)
{
    *(Object **)opaque = child;
    return 0;
}

/* Last added first: what was plugged later may use what was there before. */
static void unplug_all(Object *container)
{
    for (;;) {
        Object *last = NULL;

        object_child_foreach(container, keep_last, &last);
        if (!last) {
            return;
        }
        object_unparent(last);
    }
}

void machine_free(MachineState *ms)
{
    Object *obj = OBJECT(ms);

    unplug_all(container_get(obj, "peripheral"));
    unplug_all(container_get(obj, "peripheral-anon"));
    current_machine = NULL;
    qdev_hotplug = false;
    object_unparent(obj);
}
