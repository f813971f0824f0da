/*
 * Port 0x92 of the PS/2: fast reset.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_PORT92_H
#define HW_I386_PORT92_H

#include "hw/i386/isa.h"

#define TYPE_PORT92 "port92"

bool port92_init(ISABus *bus, Error **errp);

#endif
