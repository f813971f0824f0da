/*
 * FERR# and IGNNE#: how the x87 reports exceptions where CR0.NE is 0, as the
 * PC/AT did it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_FERR_H
#define HW_I386_FERR_H

#include "hw/i386/isa.h"

#define TYPE_FERR "fpu-error"

/* Port 0xf0 and IRQ 13 of the board. Board init. */
bool ferr_init(ISABus *bus, Error **errp);
/* [any, takes the big lock unless it is held] An exception is pending and met an instruction
 * that waits: raises IRQ 13, unless the guest said to ignore it (IGNNE#) by a
 * write to port 0xf0. Nothing where the board has no such port. */
void ferr_raise(void);
/* [any, takes the big lock unless it is held] Nothing is pending any more: neither is ignored. */
void ferr_clear(void);

#endif
