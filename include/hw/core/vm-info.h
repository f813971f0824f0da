/*
 * What the user calls this virtual machine: -name and -uuid.
 *
 * Set while the command line is parsed; constant afterwards.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_VM_INFO_H
#define HW_CORE_VM_INFO_H

#include "util/osdep.h"

void vm_info_set_name(const char *name);
/* NULL if it has none. */
const char *vm_info_get_name(void);
/* The name stands in front of error messages (-msg guest-name=on). */
void vm_info_set_guest_name_in_messages(bool on);

/* uuid: well-formed (g_uuid_string_is_valid). */
void vm_info_set_uuid(const char *uuid);
/* In lower case; all zeroes if it was not set. */
const char *vm_info_get_uuid(void);

#endif
