/*
 * What -serial asked for: see serial-hd.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/serial-hd.h"

static Chardev *hds[MAX_SERIAL_HDS];
static unsigned hd_count;

void serial_hd_add(Chardev *chr)
{
    g_assert(hd_count < MAX_SERIAL_HDS);
    hds[hd_count++] = chr;
}

unsigned serial_hd_count(void)
{
    return hd_count;
}

Chardev *serial_hd(unsigned i)
{
    return i < hd_count ? hds[i] : NULL;
}
