/*
 * The character devices of -serial, in order: what the boards connect their
 * serial ports to.
 *
 * Main loop, while the machine is made.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_SERIAL_HD_H
#define HW_CORE_SERIAL_HD_H

#include "chardev/char.h"

#define MAX_SERIAL_HDS 64

/* The next one; NULL (-serial none) leaves its port out. */
void serial_hd_add(Chardev *chr);
unsigned serial_hd_count(void);
/* Of port i; NULL: there is none. */
Chardev *serial_hd(unsigned i);

#endif
