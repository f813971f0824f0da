/*
 * The properties of a machine: what -machine, -smp and -m set.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine-internal.h"
#include "util/option.h"

#define MACHINE_DEFAULT_RAM (128 * MiB)
#define MACHINE_RAM_ALIGN   (8 * KiB)

/* ---------------------------------------------- plain fields of the struct */

typedef struct MachineField {
    const char *name;
    const char *description;
    size_t offset;
    bool is_bool; /* otherwise char * */
} MachineField;

static const MachineField fields[] = {
    {"kernel", "Linux kernel image file",
     offsetof(MachineState, kernel_filename)},
    {"initrd", "Linux initial ramdisk file",
     offsetof(MachineState, initrd_filename)},
    {"append", "Linux kernel command line",
     offsetof(MachineState, kernel_cmdline)},
    {"firmware", "Firmware image", offsetof(MachineState, firmware)},
    {"usb", "Set on/off to enable/disable usb", offsetof(MachineState, usb),
     true},
    {"dump-guest-core", "Include guest memory in a core dump",
     offsetof(MachineState, dump_guest_core), true},
    {"mem-merge", "Enable/disable memory merge support",
     offsetof(MachineState, mem_merge), true},
    {"graphics", "Set on/off to enable/disable graphics emulation",
     offsetof(MachineState, enable_graphics), true},
    {"suppress-vmdesc", "Set on to disable self-describing migration",
     offsetof(MachineState, suppress_vmdesc), true},
};

static void *field_ptr(Object *obj, const MachineField *f)
{
    return (char *)MACHINE(obj) + f->offset;
}

static bool access_bool(Object *obj, Visitor *v, const char *name, void *opaque,
                        Error **errp)
{
    return visit_type_bool(v, name, field_ptr(obj, opaque), errp);
}

static bool get_str(Object *obj, Visitor *v, const char *name, void *opaque,
                    Error **errp)
{
    char **field = field_ptr(obj, opaque);
    char empty[] = "";
    char *value = *field ?: empty;

    return visit_type_str(v, name, &value, errp);
}

static bool set_str(Object *obj, Visitor *v, const char *name, void *opaque,
                    Error **errp)
{
    char **field = field_ptr(obj, opaque);
    char *value = NULL;

    if (!visit_type_str(v, name, &value, errp)) {
        return false;
    }
    g_free(*field);
    *field = value;
    return true;
}

static void release_str(Object *obj, const char *name, void *opaque)
{
    char **field = field_ptr(obj, opaque);

    g_clear_pointer(field, g_free);
}

static void add_fields(ObjectClass *klass)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
        const MachineField *f = &fields[i];
        ObjectProperty *p = object_class_property_add(
            klass, f->name, f->is_bool ? "bool" : "string",
            f->is_bool ? access_bool : get_str,
            f->is_bool ? access_bool : set_str, f->is_bool ? NULL : release_str,
            (void *)f);

        object_property_set_description(p, f->description);
    }
}

/* --------------------------------------------------------- memory-backend */

static bool get_memory_backend(Object *obj, Visitor *v, const char *name,
                               void *opaque, Error **errp)
{
    return object_visit_path(v, name, (Object *)MACHINE(obj)->memdev, errp);
}

static Object *resolve_memory_backend(Object *obj, void *opaque)
{
    return (Object *)MACHINE(obj)->memdev;
}

static bool check_not_built(MachineState *ms, const char *name, Error **errp)
{
    if (ms->board_init_done) {
        error_setg(errp,
                   "Property '%s.%s' cannot be changed once the machine "
                   "is built",
                   object_get_typename(OBJECT(ms)), name);
        return false;
    }
    return true;
}

/* Only the id: the object may come later on the command line. */
static bool set_memory_backend(Object *obj, Visitor *v, const char *name,
                               void *opaque, Error **errp)
{
    MachineState *ms = MACHINE(obj);
    char *id = NULL;

    if (!check_not_built(ms, name, errp) ||
        !visit_type_str(v, name, &id, errp)) {
        return false;
    }
    g_free(ms->memdev_id);
    ms->memdev_id = id;
    return true;
}

/* ----------------------------------------------------------------- memory */

typedef struct MemoryConfig {
    bool has_size, has_max_size, has_slots;
    uint64_t size, max_size, slots;
} MemoryConfig;

static bool apply_memory(MachineState *ms, const MemoryConfig *c, Error **errp)
{
    uint64_t size = c->has_size ? c->size : 0;

    if (size > UINT64_MAX - MACHINE_RAM_ALIGN) {
        error_setg(errp, "ram size too large");
        return false;
    }
    size = QEMU_ALIGN_UP(size, MACHINE_RAM_ALIGN);
    if (!size) {
        size = MACHINE_GET_CLASS(ms)->default_ram_size;
    }
    if (c->has_slots && c->slots && !c->has_max_size) {
        error_setg(errp, "slots specified but no max-size");
        return false;
    }
    if (c->has_max_size && c->max_size < size) {
        error_setg(errp,
                   "invalid value of maxmem: maximum memory size (0x%" PRIx64
                   ") must be at least the initial memory size (0x%" PRIx64 ")",
                   c->max_size, size);
        return false;
    }
    if (c->has_slots && c->slots && c->max_size == size) {
        error_setg(errp,
                   "invalid value of maxmem: memory slots were specified "
                   "but maximum memory size (0x%" PRIx64 ") is equal to the "
                   "initial memory size (0x%" PRIx64 ")",
                   c->max_size, size);
        return false;
    }
    ms->ram_size = size;
    ms->ram_size_given = c->has_size && c->size;
    ms->maxram_size = c->has_max_size ? c->max_size : size;
    ms->ram_slots = c->has_slots ? c->slots : 0;
    return true;
}

static bool visit_memory(Visitor *v, const char *name, MemoryConfig *c,
                         Error **errp)
{
    bool ok;

    if (!visit_start_struct(v, name, NULL, 0, errp)) {
        return false;
    }
    ok = (!visit_optional(v, "size", &c->has_size) ||
          visit_type_size(v, "size", &c->size, errp)) &&
         (!visit_optional(v, "max-size", &c->has_max_size) ||
          visit_type_size(v, "max-size", &c->max_size, errp)) &&
         (!visit_optional(v, "slots", &c->has_slots) ||
          visit_type_uint64(v, "slots", &c->slots, errp)) &&
         visit_check_struct(v, errp);
    visit_end_struct(v, NULL);
    return ok;
}

static bool get_memory(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    MachineState *ms = MACHINE(obj);
    MemoryConfig c = {
        .has_size = true,
        .size = ms->ram_size,
        .has_max_size = ms->maxram_size > ms->ram_size,
        .max_size = ms->maxram_size,
        .has_slots = ms->ram_slots != 0,
        .slots = ms->ram_slots,
    };

    return visit_memory(v, name, &c, errp);
}

static bool set_memory(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    MachineState *ms = MACHINE(obj);
    MemoryConfig c = {.has_size = false};

    return check_not_built(ms, name, errp) && visit_memory(v, name, &c, errp) &&
           apply_memory(ms, &c, errp);
}

/* One member of -m as text. */
static bool parse_memory_member(MemoryConfig *c, const char *key,
                                const char *value, Error **errp)
{
    if (!strcmp(key, "size")) {
        c->has_size = true;
        return parse_option_size(key, value, 'M', &c->size, errp);
    }
    if (!strcmp(key, "maxmem")) {
        c->has_max_size = true;
        return parse_option_size(key, value, 'B', &c->max_size, errp);
    }
    if (!strcmp(key, "slots")) {
        c->has_slots = true;
        return parse_option_number(key, value, &c->slots, errp);
    }
    error_setg(errp, "Invalid parameter '%s'", key);
    return false;
}

bool machine_set_memory(MachineState *ms, json_t *memory, Error **errp)
{
    MemoryConfig c = {.has_size = false};
    const char *key;
    json_t *value;

    json_object_foreach(memory, key, value)
    {
        if (json_is_array(value)) { /* given several times: the last counts */
            value = json_array_get(value, json_array_size(value) - 1);
        }
        if (!json_is_string(value)) {
            error_setg(errp, "Invalid parameter '%s'", key);
            return false;
        }
        if (!parse_memory_member(&c, key, json_string_value(value), errp)) {
            return false;
        }
    }
    return apply_memory(ms, &c, errp);
}

/* ------------------------------------------------------------------- type */

static void machine_instance_init(Object *obj)
{
    MachineState *ms = MACHINE(obj);
    MachineClass *mc = MACHINE_GET_CLASS(ms);

    ms->ram_size = mc->default_ram_size;
    ms->maxram_size = mc->default_ram_size;
    ms->dump_guest_core = true;
    ms->mem_merge = true;
    ms->enable_graphics = true;
    machine_default_smp(ms);
}

static void machine_instance_finalize(Object *obj)
{
    MachineState *ms = MACHINE(obj);

    if (ms->memdev) {
        host_memory_backend_set_mapped(ms->memdev, false);
        object_unref((Object *)ms->memdev);
    }
    g_free(ms->memdev_id);
    g_free(ms->cpu_type);
}

static void machine_class_base_init(ObjectClass *klass, const void *data)
{
    const char *type = object_class_get_name(klass);
    MachineClass *mc = MACHINE_CLASS(klass);

    mc->name = g_str_has_suffix(type, TYPE_MACHINE_SUFFIX)
                   ? g_strndup(type, strlen(type) - strlen(TYPE_MACHINE_SUFFIX))
                   : g_strdup(type);
    mc->alias = NULL;
    mc->is_default = false;
}

static void machine_class_init(ObjectClass *klass, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(klass);
    ObjectProperty *p;

    mc->min_cpus = 1;
    mc->max_cpus = 1;
    mc->default_cpus = 1;
    mc->default_ram_size = MACHINE_DEFAULT_RAM;

    add_fields(klass);
    p = object_class_property_add(
        klass, "memory-backend", "link<" TYPE_MEMORY_BACKEND ">",
        get_memory_backend, set_memory_backend, NULL, NULL);
    p->resolve = resolve_memory_backend;
    object_property_set_description(p, "Set RAM backend. Valid value is ID of "
                                       "hostmem based backend");
    p = object_class_property_add(klass, "memory", "MemorySizeConfiguration",
                                  get_memory, set_memory, NULL, NULL);
    object_property_set_description(p, "Memory size configuration");
    machine_class_add_smp(klass);
}

static const TypeInfo machine_types[] = {
    {
        .name = TYPE_MACHINE,
        .parent = TYPE_OBJECT,
        .instance_size = sizeof(MachineState),
        .instance_init = machine_instance_init,
        .instance_finalize = machine_instance_finalize,
        .abstract = true,
        .class_size = sizeof(MachineClass),
        .class_init = machine_class_init,
        .class_base_init = machine_class_base_init,
    },
};

DEFINE_TYPES(machine_types)
