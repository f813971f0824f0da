/*
 * What the files of the machine share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_MACHINE_INTERNAL_H
#define HW_CORE_MACHINE_INTERNAL_H

#include "hw/core/machine.h"

/* The topology without -smp. */
void machine_default_smp(MachineState *ms);
/* The property "smp". */
void machine_class_add_smp(ObjectClass *klass);

#endif
