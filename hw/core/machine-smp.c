/*
 * -smp: how many CPUs there are, and how they are arranged.
 *
 * Of cpus, maxcpus and the levels any may be left out. Levels that are left
 * out are derived so that the product is maxcpus, cores before sockets before
 * threads; without maxcpus and cpus they count 1 and the product gives them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/machine-internal.h"

enum {
    SMP_CPUS,
    SMP_DRAWERS,
    SMP_BOOKS,
    SMP_SOCKETS,
    SMP_DIES,
    SMP_CLUSTERS,
    SMP_MODULES,
    SMP_CORES,
    SMP_THREADS,
    SMP_MAXCPUS,
    SMP_MEMBERS
};

static const char *const smp_names[SMP_MEMBERS] = {
    [SMP_CPUS] = "cpus",       [SMP_DRAWERS] = "drawers",
    [SMP_BOOKS] = "books",     [SMP_SOCKETS] = "sockets",
    [SMP_DIES] = "dies",       [SMP_CLUSTERS] = "clusters",
    [SMP_MODULES] = "modules", [SMP_CORES] = "cores",
    [SMP_THREADS] = "threads", [SMP_MAXCPUS] = "maxcpus",
};

/* 0: not given. Values are below 2^32, so products of two cannot wrap. */
typedef struct SmpConfig {
    uint64_t v[SMP_MEMBERS];
} SmpConfig;

#define SMP_LIMIT UINT32_MAX

static uint64_t smp_mul(uint64_t a, uint64_t b)
{
    return a > SMP_LIMIT || b > SMP_LIMIT ? SMP_LIMIT + UINT64_C(1)
                                          : MIN(a * b, SMP_LIMIT + UINT64_C(1));
}

static uint64_t smp_product(const SmpConfig *c)
{
    uint64_t n = smp_mul(c->v[SMP_SOCKETS], c->v[SMP_DIES]);

    n = smp_mul(n, c->v[SMP_MODULES]);
    n = smp_mul(n, c->v[SMP_CORES]);
    return smp_mul(n, c->v[SMP_THREADS]);
}

static char *smp_describe(MachineClass *mc, const SmpConfig *c)
{
    GString *s = g_string_new(NULL);

    g_string_append_printf(s, "sockets (%" PRIu64 ")", c->v[SMP_SOCKETS]);
    if (mc->smp_dies) {
        g_string_append_printf(s, " * dies (%" PRIu64 ")", c->v[SMP_DIES]);
    }
    if (mc->smp_modules) {
        g_string_append_printf(s, " * modules (%" PRIu64 ")",
                               c->v[SMP_MODULES]);
    }
    g_string_append_printf(s, " * cores (%" PRIu64 ") * threads (%" PRIu64 ")",
                           c->v[SMP_CORES], c->v[SMP_THREADS]);
    return g_string_free(s, false);
}

/* Levels that this kind of machine has one of. */
static bool smp_check_levels(MachineClass *mc, SmpConfig *c, Error **errp)
{
    const struct {
        int level;
        bool supported;
    } levels[] = {
        {SMP_DIES, mc->smp_dies}, {SMP_MODULES, mc->smp_modules},
        {SMP_CLUSTERS, false},    {SMP_BOOKS, false},
        {SMP_DRAWERS, false},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(levels); i++) {
        uint64_t *value = &c->v[levels[i].level];

        if (!levels[i].supported && *value > 1) {
            error_setg(errp,
                       "%s > 1 not supported by this machine's CPU topology",
                       smp_names[levels[i].level]);
            return false;
        }
        *value = *value ?: 1;
    }
    return true;
}

static void smp_derive(SmpConfig *c)
{
    uint64_t *v = c->v;
    uint64_t max = v[SMP_MAXCPUS] ?: v[SMP_CPUS];
    int missing = -1;

    /* The level that makes up for what is left; the others count 1. */
    if (max) {
        missing = !v[SMP_CORES]     ? SMP_CORES
                  : !v[SMP_SOCKETS] ? SMP_SOCKETS
                  : !v[SMP_THREADS] ? SMP_THREADS
                                    : -1;
    }
    v[SMP_SOCKETS] = v[SMP_SOCKETS] ?: 1;
    v[SMP_CORES] = v[SMP_CORES] ?: 1;
    v[SMP_THREADS] = v[SMP_THREADS] ?: 1;
    if (missing >= 0) {
        v[missing] = max / smp_product(c);
    }
    v[SMP_MAXCPUS] = max ?: smp_product(c);
    v[SMP_CPUS] = v[SMP_CPUS] ?: v[SMP_MAXCPUS];
}

static bool smp_check(MachineClass *mc, const SmpConfig *c, Error **errp)
{
    const uint64_t *v = c->v;
    g_autofree char *text = smp_describe(mc, c);

    if (smp_product(c) != v[SMP_MAXCPUS]) {
        error_setg(errp,
                   "Invalid CPU topology: product of the hierarchy must "
                   "match maxcpus: %s != maxcpus (%" PRIu64 ")",
                   text, v[SMP_MAXCPUS]);
        return false;
    }
    if (v[SMP_MAXCPUS] < v[SMP_CPUS]) {
        error_setg(errp,
                   "Invalid CPU topology: maxcpus must be equal to or "
                   "greater than smp: %s == maxcpus (%" PRIu64
                   ") < smp_cpus (%" PRIu64 ")",
                   text, v[SMP_MAXCPUS], v[SMP_CPUS]);
        return false;
    }
    if (v[SMP_CPUS] < mc->min_cpus) {
        error_setg(errp,
                   "Invalid SMP CPUs %" PRIu64 ". The min CPUs supported "
                   "by machine '%s' is %u",
                   v[SMP_CPUS], mc->name, mc->min_cpus);
        return false;
    }
    if (v[SMP_MAXCPUS] > mc->max_cpus) {
        error_setg(errp,
                   "Invalid SMP CPUs %" PRIu64 ". The max CPUs supported "
                   "by machine '%s' is %u",
                   v[SMP_MAXCPUS], mc->name, mc->max_cpus);
        return false;
    }
    return true;
}

static bool smp_apply(MachineState *ms, SmpConfig *c, Error **errp)
{
    MachineClass *mc = MACHINE_GET_CLASS(ms);

    if (!smp_check_levels(mc, c, errp)) {
        return false;
    }
    smp_derive(c);
    if (!smp_check(mc, c, errp)) {
        return false;
    }
    ms->smp = (CpuTopology){
        .cpus = c->v[SMP_CPUS],
        .sockets = c->v[SMP_SOCKETS],
        .dies = c->v[SMP_DIES],
        .modules = c->v[SMP_MODULES],
        .cores = c->v[SMP_CORES],
        .threads = c->v[SMP_THREADS],
        .max_cpus = c->v[SMP_MAXCPUS],
    };
    return true;
}

static bool visit_smp_member(Visitor *v, SmpConfig *c, int i, Error **errp)
{
    int64_t value;
    bool present = false;

    if (!visit_optional(v, smp_names[i], &present)) {
        return true;
    }
    if (!visit_type_int(v, smp_names[i], &value, errp)) {
        return false;
    }
    if (value == 0) {
        error_setg(errp, "Invalid CPU topology: CPU topology parameters must "
                         "be greater than zero");
        return false;
    }
    if (value < 0 || value > SMP_LIMIT) {
        error_setg(errp,
                   "Invalid CPU topology: %s (%" PRId64 ") must be "
                   "between 1 and %" PRIu32,
                   smp_names[i], value, SMP_LIMIT);
        return false;
    }
    c->v[i] = value;
    return true;
}

static bool visit_smp(Visitor *v, const char *name, SmpConfig *c, Error **errp)
{
    bool ok = true;

    if (!visit_start_struct(v, name, NULL, 0, errp)) {
        return false;
    }
    for (int i = 0; ok && i < SMP_MEMBERS; i++) {
        ok = visit_smp_member(v, c, i, errp);
    }
    ok = ok && visit_check_struct(v, errp);
    visit_end_struct(v, NULL);
    return ok;
}

static bool set_smp(Object *obj, Visitor *v, const char *name, void *opaque,
                    Error **errp)
{
    MachineState *ms = MACHINE(obj);
    SmpConfig c = {.v = {0}};

    if (ms->board_init_done) {
        error_setg(errp,
                   "Property '%s.%s' cannot be changed once the machine "
                   "is built",
                   object_get_typename(obj), name);
        return false;
    }
    return visit_smp(v, name, &c, errp) && smp_apply(ms, &c, errp);
}

static bool get_smp(Object *obj, Visitor *v, const char *name, void *opaque,
                    Error **errp)
{
    const CpuTopology *t = &MACHINE(obj)->smp;
    const struct {
        const char *name;
        int64_t value;
    } members[] = {
        {"cpus", t->cpus},        {"drawers", 1},      {"books", 1},
        {"sockets", t->sockets},  {"dies", t->dies},   {"clusters", 1},
        {"modules", t->modules},  {"cores", t->cores}, {"threads", t->threads},
        {"maxcpus", t->max_cpus},
    };
    bool ok = true;

    if (!visit_start_struct(v, name, NULL, 0, errp)) {
        return false;
    }
    for (unsigned i = 0; ok && i < G_N_ELEMENTS(members); i++) {
        int64_t value = members[i].value;

        ok = visit_type_int(v, members[i].name, &value, errp);
    }
    visit_end_struct(v, NULL);
    return ok;
}

bool machine_parse_smp_config(MachineState *ms, json_t *smp, bool keyval,
                              Error **errp)
{
    json_t *props = json_pack("{s:O}", "smp", smp);
    bool ok = object_set_properties(OBJECT(ms), props, keyval, errp);

    json_decref(props);
    return ok;
}

void machine_default_smp(MachineState *ms)
{
    unsigned n = MACHINE_GET_CLASS(ms)->default_cpus;

    ms->smp = (CpuTopology){
        .cpus = n,
        .sockets = 1,
        .dies = 1,
        .modules = 1,
        .cores = n,
        .threads = 1,
        .max_cpus = n,
    };
}

void machine_class_add_smp(ObjectClass *klass)
{
    ObjectProperty *p = object_class_property_add(
        klass, "smp", "SMPConfiguration", get_smp, set_smp, NULL, NULL);

    object_property_set_description(p, "CPU topology");
}
