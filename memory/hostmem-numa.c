/*
 * Memory backends: the host NUMA nodes that the memory comes from.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <linux/mempolicy.h>
#include <sys/syscall.h>

#include "memory/hostmem-internal.h"
#include "util/option.h"

#define BITS_PER_LONG (8 * sizeof(long))

static const char *const policy_names[HOST_MEM_POLICY_MAX] = {
    [HOST_MEM_POLICY_DEFAULT] = "default",
    [HOST_MEM_POLICY_PREFERRED] = "preferred",
    [HOST_MEM_POLICY_BIND] = "bind",
    [HOST_MEM_POLICY_INTERLEAVE] = "interleave",
};
static const QEnumLookup policy_lookup = {policy_names, HOST_MEM_POLICY_MAX};

static int get_policy(Object *obj, Error **errp)
{
    return MEMORY_BACKEND(obj)->policy;
}

static void set_policy(Object *obj, int policy, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);

    if (host_memory_backend_check_early(backend, "policy", errp)) {
        backend->policy = policy;
    }
}

static bool node_is_set(const HostMemoryBackend *backend, unsigned node)
{
    return backend->host_nodes[node / BITS_PER_LONG] >> (node % BITS_PER_LONG) &
           1;
}

/* The highest node asked for, plus one. */
static unsigned nodes_end(const HostMemoryBackend *backend)
{
    unsigned node = HOSTMEM_MAX_NODES;

    while (node > 0 && !node_is_set(backend, node - 1)) {
        node--;
    }
    return node;
}

static bool add_nodes(unsigned long *nodes, uint64_t first, uint64_t last,
                      Error **errp)
{
    if (first > last || last >= HOSTMEM_MAX_NODES) {
        error_setg(errp, "Invalid host-nodes value: %" PRIu64, last);
        return false;
    }
    for (uint64_t i = first; i <= last; i++) {
        nodes[i / BITS_PER_LONG] |= 1ul << (i % BITS_PER_LONG);
    }
    return true;
}

/* "3" or "0-3". */
static bool add_nodes_text(unsigned long *nodes, const char *text, Error **errp)
{
    g_auto(GStrv) part = g_strsplit(text, "-", 2);
    uint64_t first, last;

    if (!part[0] || qemu_strtou64(part[0], 0, &first) < 0 ||
        qemu_strtou64(part[1] ? part[1] : part[0], 0, &last) < 0) {
        error_setg(errp, "Parameter 'host-nodes' expects a uint64 value or "
                         "range");
        return false;
    }
    return add_nodes(nodes, first, last, errp);
}

static bool add_node_json(unsigned long *nodes, json_t *value, bool keyval,
                          Error **errp)
{
    if (keyval && json_is_string(value)) {
        return add_nodes_text(nodes, json_string_value(value), errp);
    }
    if (!json_is_integer(value)) {
        error_setg(errp, "Invalid parameter type for 'host-nodes', expected: "
                         "integer");
        return false;
    }
    return add_nodes(nodes, json_integer_value(value),
                     json_integer_value(value), errp);
}

static bool add_nodes_json(unsigned long *nodes, json_t *value, bool keyval,
                           Error **errp)
{
    json_t *item;
    size_t i;

    if (!json_is_array(value)) {
        if (keyval) {
            return add_node_json(nodes, value, keyval, errp);
        }
        error_setg(errp, "Invalid parameter type for 'host-nodes', expected: "
                         "array");
        return false;
    }
    json_array_foreach (value, i, item) {
        if (!add_node_json(nodes, item, keyval, errp)) {
            return false;
        }
    }
    return true;
}

static bool set_host_nodes(Object *obj, Visitor *v, const char *name,
                           void *opaque, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);
    unsigned long nodes[G_N_ELEMENTS(backend->host_nodes)] = {0};
    json_t *value = NULL;
    bool ok;

    if (!host_memory_backend_check_early(backend, name, errp) ||
        !visit_type_any(v, name, &value, errp)) {
        return false;
    }
    ok = add_nodes_json(nodes, value, visit_is_keyval(v), errp);
    json_decref(value);
    if (ok) {
        memcpy(backend->host_nodes, nodes, sizeof(nodes));
    }
    return ok;
}

static bool get_host_nodes(Object *obj, Visitor *v, const char *name,
                           void *opaque, Error **errp)
{
    HostMemoryBackend *backend = MEMORY_BACKEND(obj);
    json_t *list = json_array();
    bool ok;

    for (unsigned i = 0; i < HOSTMEM_MAX_NODES; i++) {
        if (node_is_set(backend, i)) {
            json_array_append_new(list, json_integer(i));
        }
    }
    ok = visit_type_any(v, name, &list, errp);
    json_decref(list);
    return ok;
}

void host_memory_backend_numa_class_init(ObjectClass *oc)
{
    ObjectProperty *p;

    p = object_class_property_add(oc, "host-nodes", "int", get_host_nodes,
                                  set_host_nodes, NULL, NULL);
    object_property_set_description(
        p, "Binds memory to the list of NUMA host nodes");
    p = object_class_property_add_enum(oc, "policy", "HostMemPolicy",
                                       &policy_lookup, get_policy, set_policy);
    object_property_set_description(p, "Set the NUMA policy");
}

bool host_memory_backend_numa_check(HostMemoryBackend *backend, Error **errp)
{
    bool any = nodes_end(backend) > 0;

    if (any && backend->policy == HOST_MEM_POLICY_DEFAULT) {
        error_setg(errp,
                   "host-nodes must be empty for policy default, or you "
                   "should explicitly specify a policy other than default");
        return false;
    }
    if (!any && backend->policy != HOST_MEM_POLICY_DEFAULT) {
        error_setg(errp, "host-nodes must be set for policy %s",
                   policy_names[backend->policy]);
        return false;
    }
    return true;
}

bool host_memory_backend_numa_bind(HostMemoryBackend *backend, Error **errp)
{
    static const int mode[HOST_MEM_POLICY_MAX] = {
        [HOST_MEM_POLICY_DEFAULT] = MPOL_DEFAULT,
        [HOST_MEM_POLICY_PREFERRED] = MPOL_PREFERRED,
        [HOST_MEM_POLICY_BIND] = MPOL_BIND,
        [HOST_MEM_POLICY_INTERLEAVE] = MPOL_INTERLEAVE,
    };
    RAMBlock *block = backend->block;

    if (backend->policy == HOST_MEM_POLICY_DEFAULT) {
        return true;
    }
    /* The kernel counts the mask's bits plus one. */
    if (syscall(SYS_mbind, block->host,
                QEMU_ALIGN_UP(block->size, block->page_size),
                mode[backend->policy], backend->host_nodes,
                (unsigned long)nodes_end(backend) + 1,
                MPOL_MF_STRICT | MPOL_MF_MOVE) < 0) {
        error_setg_errno(errp, errno, "cannot bind memory to host NUMA nodes");
        return false;
    }
    return true;
}
