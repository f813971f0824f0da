/*
 * The accelerator base class, and the choice among accelerators.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "accel/accel.h"
#include "util/option.h"

static AccelState *the_accel;

AccelState *current_accel(void)
{
    return the_accel;
}

AccelClass *current_accel_class(void)
{
    return the_accel ? ACCEL_GET_CLASS(the_accel) : NULL;
}

static char *accel_name(const char *type)
{
    return g_strndup(type, strlen(type) - strlen(TYPE_ACCEL_SUFFIX));
}

const char *current_accel_name(void)
{
    static char *name;

    if (the_accel && !name) {
        name = accel_name(object_get_typename(OBJECT(the_accel)));
    }
    return name;
}

AccelClass *accel_find(const char *name)
{
    g_autofree char *type = g_strconcat(name, TYPE_ACCEL_SUFFIX, NULL);
    ObjectClass *klass = object_class_by_name(type);

    if (!klass || !object_class_dynamic_cast(klass, TYPE_ACCEL) ||
        object_class_is_abstract(klass)) {
        return NULL;
    }
    return ACCEL_CLASS(klass);
}

typedef struct ForeachArg {
    void (*fn)(const char *name, void *opaque);
    void *opaque;
} ForeachArg;

static void foreach_class(ObjectClass *klass, void *opaque)
{
    ForeachArg *arg = opaque;
    const char *type = object_class_get_name(klass);

    if (g_str_has_suffix(type, TYPE_ACCEL_SUFFIX)) {
        g_autofree char *name = accel_name(type);

        arg->fn(name, arg->opaque);
    }
}

void accel_foreach(void (*fn)(const char *name, void *opaque), void *opaque)
{
    ForeachArg arg = {fn, opaque};

    object_class_foreach(foreach_class, TYPE_ACCEL, false, &arg);
}

static void print_name(const char *name, void *opaque)
{
    printf("%s\n", name);
}

void accel_print_help(void)
{
    printf("Accelerators supported in QEMU binary:\n");
    accel_foreach(print_name, NULL);
}

bool accel_option_is_help(const char *arg)
{
    return *arg == '\0' || strcmp(arg, "help") == 0 || strcmp(arg, "?") == 0;
}

/* ---------------------------------------------------------------- choice */

/* Strings, or arrays of them of which the last counts. */
static bool set_properties(Object *obj, json_t *props, Error **errp)
{
    const char *key;
    json_t *value;

    json_object_foreach (props, key, value) {
        if (json_is_array(value)) {
            value = json_array_get(value, json_array_size(value) - 1);
        }
        if (!json_is_string(value)) {
            error_setg(errp, "Invalid parameter '%s'", key);
            return false;
        }
        if (!object_property_parse(obj, key, json_string_value(value), errp)) {
            return false;
        }
    }
    return true;
}

/* Of accel_set_default(): by type, then by property. NULL: none. */
static json_t *defaults;

void accel_set_default(const char *name, const char *prop, const char *value)
{
    g_autofree char *type = g_strconcat(name, TYPE_ACCEL_SUFFIX, NULL);
    json_t *props;

    if (!defaults) {
        defaults = json_object();
    }
    props = json_object_get(defaults, type);
    if (!props) {
        props = json_object();
        json_object_set_new(defaults, type, props);
    }
    json_object_set_new(props, prop, json_string(value));
}

static bool apply_defaults(Object *obj, Error **errp)
{
    const char *type = object_get_typename(obj);
    const char *key;
    json_t *value;
    Error *err = NULL;

    json_object_foreach (json_object_get(defaults, type), key, value) {
        const char *text = json_string_value(value);

        if (!object_property_parse(obj, key, text, &err)) {
            error_prepend(&err, "can't apply global %s.%s=%s: ", type, key,
                          text);
            error_propagate(errp, err);
            return false;
        }
    }
    return true;
}

static void set_run_ops(const AccelClass *ac)
{
    static CPURunOps ops;

    ops = (CPURunOps){
        .thread_init = ac->vcpu_thread_init,
        .run = ac->vcpu_run,
        .kick = ac->kick,
        .get_state = ac->get_state,
        .put_state = ac->put_state,
        .halts_itself = ac->halts_itself,
    };
    cpu_set_run_ops(&ops);
}

/* is_last: no other one is left to try. */
static bool try_accel(MachineState *ms, const char *name, json_t *props,
                      bool is_last, Error **errp)
{
    AccelClass *ac = accel_find(name);
    AccelState *accel;

    if (!ac) {
        error_setg(errp, "invalid accelerator %s", name);
        return false;
    }
    accel = ACCEL(object_new(object_class_get_name(OBJECT_CLASS(ac))));
    if (!apply_defaults(OBJECT(accel), errp) ||
        (props && !set_properties(OBJECT(accel), props, errp)) ||
        (!is_last && ac->is_worthwhile && !ac->is_worthwhile(accel, errp)) ||
        !ac->init_machine(accel, ms, errp)) {
        object_unref(OBJECT(accel));
        return false;
    }
    the_accel = accel;
    set_run_ops(ac);
    return true;
}

/* "kvm:tcg". *failed counts what was tried in vain and reported. */
static bool try_list(MachineState *ms, const char *names, json_t *props,
                     bool is_last, unsigned *failed)
{
    g_auto(GStrv) list = g_strsplit(names, ":", -1);

    if (*names == '\0') {
        error_report("invalid accelerator %s", names);
        (*failed)++;
    }
    for (char **name = list; *name; name++) {
        Error *err = NULL;

        if (try_accel(ms, *name, props, is_last && !name[1], &err)) {
            loc_clear();
            if (*failed) {
                error_report("falling back to %s", *name);
            }
            return true;
        }
        error_report_err(err);
        (*failed)++;
    }
    return false;
}

static bool try_option(MachineState *ms, const AccelOption *opt,
                       bool is_last, unsigned *failed)
{
    Error *err = NULL;
    json_t *props;
    const char *names;
    g_autofree char *copy = NULL;
    bool ok;

    if (opt->argv) {
        loc_set_cmdline(opt->argv, opt->idx, 2);
    }
    props = keyval_parse(opt->arg, "accel", NULL, &err);
    if (!props) {
        error_report_err(err);
        (*failed)++;
        return false;
    }
    names = json_string_value(json_object_get(props, "accel"));
    copy = g_strdup(names ? names : "");
    json_object_del(props, "accel");
    ok = try_list(ms, copy, props, is_last, failed);
    json_decref(props);
    return ok;
}

/* KVM if it works, else the software CPU. */
static bool try_default(MachineState *ms)
{
    unsigned failed = 0;

    if (strcmp(MACHINE_GET_CLASS(ms)->name, "none") == 0) {
        return true;
    }
    return try_list(ms, "kvm:tcg", NULL, true, &failed);
}

bool accel_init_machine(MachineState *ms, const AccelOption *opts,
                        unsigned count, const char *machine_accel)
{
    unsigned failed = 0;

    g_assert(!the_accel);
    if (count && machine_accel) {
        error_report("The -accel and \"-machine accel=\" options are "
                     "incompatible");
        return false;
    }
    if (machine_accel) {
        return try_list(ms, machine_accel, NULL, true, &failed);
    }
    for (unsigned i = 0; i < count; i++) {
        if (try_option(ms, &opts[i], i + 1 == count, &failed)) {
            return true;
        }
    }
    loc_clear();
    return count == 0 && try_default(ms);
}

static const TypeInfo accel_types[] = {
    {
        .name = TYPE_ACCEL,
        .parent = TYPE_OBJECT,
        .abstract = true,
        .instance_size = sizeof(AccelState),
        .class_size = sizeof(AccelClass),
    },
};

DEFINE_TYPES(accel_types)
