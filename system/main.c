/*
 * Program entry.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/core/runstate.h"
#include "system/system-internal.h"

int main(int argc, char **argv)
{
    int status;

    emu_init(argc, argv);
    status = qemu_main_loop();
    emu_cleanup();
    return status;
}
