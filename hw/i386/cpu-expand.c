/*
 * What a CPU model comes to on this accelerator: query-cpu-model-expansion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "cpu-internal.h"

static void add_identity(json_t *props, const X86CPU *cpu)
{
    json_object_set_new(props, "family", json_integer(cpu->family));
    json_object_set_new(props, "model", json_integer(cpu->model));
    json_object_set_new(props, "stepping", json_integer(cpu->stepping));
    json_object_set_new(props, "vendor", json_string(cpu->vendor));
    json_object_set_new(props, "model-id", json_string(cpu->model_id));
}

static void add_features(json_t *props, const X86CPU *cpu)
{
    for (int w = 0; w < FEAT_COUNT; w++) {
        for (int bit = 0; bit < 32; bit++) {
            const char *name = x86_feature_words[w].names[bit];

            if (name) {
                json_object_set_new(props, name,
                                    json_boolean(cpu->features[w] & 1u << bit));
            }
        }
    }
}

typedef struct AllProps {
    json_t *props;
    X86CPU *cpu;
} AllProps;

static void add_any(ObjectProperty *p, void *opaque)
{
    AllProps *all = opaque;
    json_t *value;

    if (p->get && p->set && !strchr(p->type, '<')) {
        value = object_property_get_json(OBJECT(all->cpu), p->name, NULL);
        if (value) {
            json_object_set_new(all->props, p->name, value);
        }
    }
}

json_t *x86_cpu_model_expand(const char *model, json_t *changes, bool full,
                             Error **errp)
{
    g_autofree char *type = g_strdup_printf("%s" X86_CPU_TYPE_SUFFIX, model);
    ObjectClass *klass = object_class_by_name(type);
    json_t *props = NULL;
    X86CPU *cpu;

    if (!klass || object_class_is_abstract(klass) ||
        !object_class_dynamic_cast(klass, TYPE_X86_CPU)) {
        error_setg(errp, "CPU model '%s' not found", model);
        return NULL;
    }
    if (changes && !json_is_object(changes)) {
        error_setg(errp, "Invalid parameter type for 'model.props', expected: "
                         "object");
        return NULL;
    }
    cpu = X86_CPU(object_new(type));
    if (!changes || object_set_properties(OBJECT(cpu), changes, false, errp)) {
        cpu->check = cpu->enforce = false;
        x86_cpu_filter_features(cpu, &error_abort);
        props = json_object();
        if (full) {
            AllProps all = {props, cpu};

            object_property_foreach(klass, OBJECT(cpu), add_any, &all);
        } else {
            add_identity(props, cpu);
            add_features(props, cpu);
        }
    }
    object_unref(OBJECT(cpu));
    return props;
}
