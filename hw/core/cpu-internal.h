/*
 * hw/core's inside of virtual CPUs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_CPU_INTERNAL_H
#define HW_CORE_CPU_INTERNAL_H

#include "hw/core/cpu.h"

/* First thing in a vCPU's thread. */
void cpu_exclusive_thread_init(void);

#endif
