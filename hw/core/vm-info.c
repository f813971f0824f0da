/*
 * Name and UUID of the virtual machine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/vm-info.h"
#include "util/error.h"

#define UUID_NONE "00000000-0000-0000-0000-000000000000"

static char *vm_name;
static char vm_uuid[] = UUID_NONE;
static bool name_in_messages;

static void update_messages(void)
{
    error_set_guest_name(name_in_messages ? vm_name : NULL);
}

void vm_info_set_name(const char *name)
{
    g_free(vm_name);
    vm_name = g_strdup(name);
    update_messages();
}

const char *vm_info_get_name(void)
{
    return vm_name;
}

void vm_info_set_guest_name_in_messages(bool on)
{
    name_in_messages = on;
    update_messages();
}

void vm_info_set_uuid(const char *uuid)
{
    g_autofree char *lower = g_ascii_strdown(uuid, -1);

    g_assert(strlen(lower) == sizeof(vm_uuid) - 1);
    memcpy(vm_uuid, lower, sizeof(vm_uuid));
}

const char *vm_info_get_uuid(void)
{
    return vm_uuid;
}
