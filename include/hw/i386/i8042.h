/*
 * The keyboard controller of the PC/AT, ports 0x60 and 0x64, with a PS/2
 * keyboard and mouse that nobody touches.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_I8042_H
#define HW_I386_I8042_H

#include "hw/i386/isa.h"

#define TYPE_I8042 "i8042"

bool i8042_init(ISABus *bus, Error **errp);

#endif
